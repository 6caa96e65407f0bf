"""What a server says about its limits: when to come back, and how much it still allows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vermeil.exchange import Quota, Quotas

_DAY = 86_400.0
_MINUTE = 60.0
_PARTS = re.compile(r"(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?")
_MILLISECONDS = (86_400_000, 3_600_000, 60_000, 1000, 1)
_IN_WORDS = re.compile(r'(?:try again in|"retryDelay":)[\s"]*([\d.]+[\d.dhms]*[dhms])', re.IGNORECASE)

Headers = Mapping[str, str]
"""By names in small letters."""


def seconds_in(duration: str) -> float | None:
    """ "6m0s", "1.5s", "20ms" or a bare number of seconds; None for anything else."""
    duration = duration.strip()
    found = _PARTS.fullmatch(duration)
    try:
        if found and duration:
            parts = zip(found.groups(), _MILLISECONDS, strict=True)
            return _plausible(sum(float(number) * unit for number, unit in parts if number) / 1000)
        return _plausible(float(duration))
    except ValueError:
        return None


def retry_after(headers: Headers, body: str = "") -> float | None:
    """The seconds that the server asks us to wait, if it says so in a way that can be read."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (seconds := _number(headers.get(name))) is not None:
            return seconds * unit
    if (seconds := _seconds_until(headers.get("retry-after", ""), headers)) is not None:
        return seconds
    if said := _IN_WORDS.search(body):
        return seconds_in(said[1])
    quotas = quotas_in(headers)
    used_up = [quota.reset for quota in (quotas.requests, quotas.tokens) if quota and not quota.remaining]
    return max(used_up, default=None)


def quotas_in(headers: Headers) -> Quotas:
    """The quotas as OpenAI or Anthropic state them; what cannot be meant is left out."""
    if "x-ratelimit-limit-requests" in headers or "x-ratelimit-limit-tokens" in headers:
        return Quotas(*(_quota(headers, f"x-ratelimit-{{}}-{what}") for what in ("requests", "tokens")))
    if "anthropic-ratelimit-requests-limit" in headers or "anthropic-ratelimit-tokens-limit" in headers:
        tokens = [_quota(headers, f"anthropic-ratelimit-{what}-{{}}") for what in ("tokens", "input-tokens")]
        return Quotas(_quota(headers, "anthropic-ratelimit-requests-{}"), next(filter(None, tokens), None))
    return Quotas()


def _quota(headers: Headers, pattern: str) -> Quota | None:
    limit = _number(headers.get(pattern.format("limit")))
    remaining = _number(headers.get(pattern.format("remaining")))
    stated = headers.get(pattern.format("reset"))
    reset = _MINUTE if stated is None else _reset(stated, headers)
    if not limit or remaining is None or remaining > limit or reset is None or reset > 2 * _DAY:
        return None
    return Quota(limit, remaining, reset)


def _reset(stated: str, headers: Headers) -> float | None:
    seconds = seconds_in(stated)
    return seconds if seconds is not None else _seconds_until(stated, headers)


def _seconds_until(then: str, headers: Headers) -> float | None:
    """From the reply's own date, if it has one: our clock may be wrong."""
    until, sent = _time(then), _time(headers.get("date", ""))
    return max(0.0, (until - (sent or datetime.now(UTC))).total_seconds()) if until else None


def _time(stated: str) -> datetime | None:
    """An HTTP date, or RFC 3339."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            time = parse(stated)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None


def _number(stated: str | None) -> float | None:
    try:
        return _plausible(float(stated or ""))
    except ValueError:
        return None


def _plausible(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
