"""Strategies: which labels a student sees, in which order, for how long.

A strategy is one or more stages; each stage has a schedule of its own. Phase 2 of the paper (sequences) and
phase 3 (blends that change) are therefore one mechanism.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass, replace
from typing import Any

from vermeil.blend.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Linear,
    Natural,
    Power,
    Schedule,
    Sigmoid,
    Step,
    schedule,
)
from vermeil.errors import SettingsError, UnknownName, nearest
from vermeil.train.stages import Stage, Strategy, one_stage, schedule_name

__all__ = [
    "STRATEGIES",
    "Stage",
    "Strategy",
    "call_name",
    "one_stage",
    "parameters",
    "strategy",
    "strategy_from",
    "varied",
]

GOLD, SILVER, BOTH = Constant(0.0), Constant(1.0), Natural()
FIRST, SECOND = 0.6, 0.4
"""Default split of the steps between two stages; 60/40 did best in first trials."""


def _two(first: Schedule, second: Schedule, about: str) -> Strategy:
    return Strategy((Stage(first, FIRST), Stage(second, SECOND)), about)


def _gradual() -> Strategy:
    """All gold with ever less silver, then gold alone; each stage shorter, as its data are fewer."""
    schedules: tuple[Schedule, ...] = (Natural(1.0), Natural(0.3), Natural(0.1), GOLD)
    parts = (0.4, 0.3, 0.2, 0.1)
    stages = (Stage(mix, part, restart=mix is schedules[0]) for mix, part in zip(schedules, parts, strict=True))
    return Strategy(tuple(stages), "both pooled, with less silver in each of four stages (gradual fine-tuning)")


STRATEGIES: Mapping[str, Strategy] = {
    # phase 2: fixed mixes and sequences
    "gold-only": one_stage(GOLD, "human labels only: what the silver has to beat"),
    "silver-only": one_stage(SILVER, "LLM labels only"),
    "pooled": one_stage(BOTH, "both poured together, each by its size"),
    "half-and-half": one_stage(Constant(0.5), "half of each batch silver; the equal-share control for the blends"),
    "silver-then-gold": _two(SILVER, GOLD, "LLM labels first, then human ones: the paper's Simple Mix"),
    "silver-then-gold-continued": Strategy(
        (Stage(SILVER, FIRST), Stage(GOLD, SECOND, restart=False)), "the same, the optimiser not begun anew"
    ),
    "silver-then-gold-gently": Strategy(
        (Stage(SILVER, 0.9), Stage(GOLD, 0.1, learning_rate=0.1)), "LLM labels, then a few steps on gold at a low rate"
    ),
    "gold-then-silver": _two(GOLD, SILVER, "the reverse order"),
    "silver-then-mixed": _two(SILVER, BOTH, "LLM labels first, then both pooled (the paper's v1)"),
    "gold-then-gold": _two(GOLD, GOLD, "control: what the restart of the optimiser alone does"),
    "gradual": _gradual(),
    # phase 3: blends that change over time
    "linear": one_stage(Linear(), "silver falls from all to none in a straight line"),
    "sigmoid": one_stage(Sigmoid(), "silver falls slowly, fast in the middle, slowly (the paper's sigmoid decay)"),
    "power": one_stage(Power(), "silver falls fast at first (the paper's power decay)"),
    "cosine": one_stage(Cosine(), "half a cosine wave from all silver to none"),
    "step": one_stage(Step(), "silver falls in four levels"),
}

_CALL = re.compile(r"([^()]+?)\s*\((.*)\)")


def strategy(name: str) -> Strategy:
    """A strategy by name, also with parameters, as `varied` takes them: `sigmoid(midpoint=0.4, epochs=5)`.

    The name of a schedule is one stage of it: `constant(share=0.3)`.

    Raises:
        UnknownName: nothing is called so; the message lists the strategies.
        SettingsError: it is no name; a parameter is unknown or out of range.
    """
    if not isinstance(name, str):
        raise SettingsError(
            f"the name of a strategy was expected, got {name!r:.60}; a schedule becomes one by vermeil.one_stage(...), "
            'and a comparison takes strategies of your own by name: {"mine": ...}'
        )
    call = _CALL.fullmatch(name.strip())
    base, parameters = (call[1], _parameters(call[2], name)) if call else (name.strip(), {})
    if base in STRATEGIES:
        return varied(base, STRATEGIES[base], parameters)
    if base in SCHEDULES:
        return one_stage(schedule(base, **parameters))
    raise UnknownName("strategy", base, STRATEGIES)


def call_name(base: str, parameters: Mapping[str, float | bool]) -> str:
    """The name by which `strategy` finds it: `sigmoid(midpoint=0.4)`."""
    if not parameters:
        return base
    said = (
        f"{key}={str(value).lower() if isinstance(value, bool) else f'{value:g}'}" for key, value in parameters.items()
    )
    return f"{base}({', '.join(said)})"


def varied(name: str, base: Strategy, parameters: Mapping[str, Any]) -> Strategy:
    """The strategy with other parameters.

    Those of a strategy with one stage are its schedule's. Several stages have three: `first`, the first stage's
    part of the steps (the others keep their proportions); `restart`, whether the later stages begin with a fresh
    optimiser; `rate`, the last stage's learning rate as a multiple of the run's.

    Raises:
        SettingsError: a parameter is unknown or out of range.
    """
    if not parameters:
        return base
    if len(base.stages) == 1:
        stage = base.stages[0]
        if not is_dataclass(stage.schedule) or isinstance(stage.schedule, type):
            raise SettingsError(f"the strategy {name} is a function of your own; it has no parameters to set")
        own = asdict(stage.schedule) | dict(parameters)
        return replace(base, stages=(replace(stage, schedule=schedule(schedule_name(stage.schedule), **own)),))
    for key, value in parameters.items():
        if key not in _SEQUENCE:
            raise SettingsError(f"the strategy {name} doesn't take {key}{nearest(key, _SEQUENCE)}; {_TAKES}")
        if isinstance(value, bool) != (key == "restart") or not isinstance(value, bool | int | float):
            raise SettingsError(f"the strategy {name}: {key} cannot be {value!r}; {_TAKES}")
    return _resequenced(base, **parameters)


def parameters(strategy: Strategy) -> dict[str, Any]:
    """What `varied` takes for the strategy, with the values that it has now; nothing for a constant share.

    A constant of another share is another strategy: `constant(share=0.3)`.
    """
    first, *rest = strategy.stages
    if rest:
        last = rest[-1]
        return {"first": first.share_of_steps, "restart": last.restart, "rate": last.learning_rate}
    named = is_dataclass(first.schedule) and not isinstance(first.schedule, Constant | type)
    return asdict(first.schedule) if named else {}  # type: ignore[call-overload]


_SEQUENCE = ("first", "restart", "rate")
_TAKES = "several stages take first (a share of the steps), restart (true or false) and rate (a multiple)"


def _resequenced(
    base: Strategy, first: float | None = None, restart: bool | None = None, rate: float | None = None
) -> Strategy:
    start, *rest = base.stages
    if first is not None:
        if not 0 < first < 1:
            raise SettingsError(f"the first stage's share of the steps lies in (0, 1), got {first}")
        scale = (1 - first) / (1 - start.share_of_steps)
        start = replace(start, share_of_steps=first)
        rest = [replace(stage, share_of_steps=round(stage.share_of_steps * scale, 12)) for stage in rest]
    if restart is not None:
        rest = [replace(stage, restart=restart) for stage in rest]
    if rate is not None:
        rest[-1] = replace(rest[-1], learning_rate=rate)
    return replace(base, stages=(start, *rest))


def _parameters(text: str, name: str) -> dict[str, Any]:
    try:
        values = tomllib.loads(f"values = {{{text}}}")["values"]
    except tomllib.TOMLDecodeError:
        values = None
    if not isinstance(values, dict):
        raise SettingsError(f"parameters of a strategy read name(key=value, key=value), got {name!r}")
    return values


def strategy_from(values: Mapping[str, Any], where: str) -> Strategy:
    """A strategy out of plain values: `{"stages": [{"schedule": "sigmoid", "midpoint": 0.4}]}`.

    Raises:
        SettingsError: a key is missing or unknown, or a value is of the wrong kind.
        UnknownName: no such schedule.
    """
    unknown = set(values) - {"stages", "about"}
    if unknown:
        raise SettingsError(f"{where}: unknown key {min(unknown)!r}; a strategy has stages and, if you like, about")
    stages = values.get("stages", ())
    if not isinstance(stages, list | tuple) or not all(isinstance(stage, Mapping) for stage in stages):
        raise SettingsError(f"{where}: stages is a list of tables, got {stages!r:.80}")
    return Strategy(tuple(_stage(dict(stage), where) for stage in stages), str(values.get("about", "")))


def _stage(values: dict[str, Any], where: str) -> Stage:
    if "schedule" not in values:
        raise SettingsError(f"{where}: every stage needs a schedule; there are: {', '.join(sorted(SCHEDULES))}")
    own = {key: values.pop(key) for key in ("share_of_steps", "restart", "learning_rate") if key in values}
    for key, value in own.items():
        if isinstance(value, bool) != (key == "restart") or not isinstance(value, bool | int | float):
            kind = "true or false" if key == "restart" else "a number"
            raise SettingsError(f"{where}: {key} of a stage is {kind}, got {value!r}")
    return Stage(schedule(str(values.pop("schedule")), **values), **own)
