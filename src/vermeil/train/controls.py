"""Controls: what stands beside a strategy to tell its shape from its diet, and its silver from its restarts."""

from __future__ import annotations

from dataclasses import replace
from math import floor, log10

from vermeil.blend.schedules import Constant
from vermeil.train.stages import Stage, Strategy, one_stage
from vermeil.train.strategies import FIRST, GOLD, call_name

FLAT = 1e-3
"""Shares that differ by less than this are the same: no batch of a usual size can show it."""


def equal_share(strategy: Strategy, total: int) -> tuple[str, Strategy] | None:
    """A constant of the same mean share in a run of `total` steps; None where the share never changes.

    The share is rounded to a hundredth; near 0 and 1 to two digits of the side that is seldom drawn, so that a control
    of little gold has not half as much again, or none.

    Args:
        strategy: with natural shares `resolved`.
    """
    shares = [share for stage in strategy.shares(total) for share in stage]
    if max(shares) - min(shares) < FLAT:
        return None
    mean = sum(shares) / len(shares)
    share = round(mean, max(2, 1 - floor(log10(min(mean, 1 - mean)))))
    about = f"control: {100 * share:g}% silver in every batch"
    return call_name("constant", {"share": share}), one_stage(Constant(share), about)


def gold_restarted(name: str, strategy: Strategy) -> tuple[str, Strategy] | None:
    """The same stages, rates and restarts on gold alone, by name; None where nothing restarts or all is gold."""
    if not any(stage.restart for stage in strategy.stages[1:]):
        return None
    stages = tuple(replace(stage, schedule=GOLD) for stage in strategy.stages)
    if stages == strategy.stages:
        return None
    return _restarted_name(name, stages), Strategy(stages, f"control: gold alone, restarted as {name} is")


def _restarted_name(name: str, stages: tuple[Stage, ...]) -> str:
    first, second, *others = stages
    if others or first.learning_rate != 1:
        return f"gold alone, restarted as {name}"
    parameters = {"first": first.share_of_steps} if first.share_of_steps != FIRST else {}
    return call_name(
        "gold-then-gold", parameters | ({"rate": second.learning_rate} if second.learning_rate != 1 else {})
    )
