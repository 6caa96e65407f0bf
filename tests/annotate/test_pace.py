"""How fast an LLM is asked."""

from __future__ import annotations

import asyncio
import pickle
import time

import pytest
from rate_limits import RULES, AtOnce, Says, ask_for
from virtual_time import run_virtually

from vermeil.annotate.pace import Limits, Pace
from vermeil.errors import LLMBusy, SettingsError
from vermeil.exchange import Quota, Quotas

MINUTES = 20


@pytest.mark.parametrize("says", ["retry-after", "nothing", "headers"])
@pytest.mark.parametrize("name", RULES)
def test_a_limit_of_60_a_minute_is_used_and_hardly_ever_hit(name: str, says: Says) -> None:
    outcome = run_virtually(ask_for(MINUTES, RULES[name](), says))
    assert outcome.per_minute(300, 60 * MINUTES) >= 0.85 * 60
    assert outcome.share_refused() <= 0.05
