"""Everything needed to repeat a comparison: the command, a study file, data by their hashes, versions, machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vermeil.compare import Comparison
from vermeil.errors import SettingsError, UnknownName
from vermeil.report.toml import toml
from vermeil.train.strategies import strategy

_GROUPS = ("versions", "machine")


def facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Name and value of what a study file doesn't hold."""
    made = comparison.made
    for name in ("command", "made"):
        if made.get(name):
            yield name, str(made[name])
    for kind, data in made.get("data", {}).items():
        yield f"{kind} data", _about(data)
    for group in _GROUPS:
        yield from ((f"{group}: {name}", text) for name, text in _flat(made.get(group, {})))
    for name, count in made.get("gave_way", {}).items():
        yield f"{name} left out, labelled on the other side too", f"{count:,}"


def study(comparison: Comparison) -> str:
    """A study file that asks for the same cells; empty where the comparison doesn't know how it was made.

    Paths are the names under which the data were read: their hashes tell whether they are the same files.
    """
    made = comparison.made
    settings = {key: value for key, value in made.get("settings", {}).items() if value not in (None, {}, [], ())}
    if not settings:
        return ""
    data: Mapping[str, Any] = made.get("data", {})
    named = {kind: described.get("name") or f"{kind}.jsonl" for kind, described in data.items()}
    silver = {kind.removeprefix("silver "): name for kind, name in named.items() if kind.startswith("silver ")}
    others = {kind.removeprefix("test "): name for kind, name in named.items() if kind.startswith("test ")}
    names, own = _strategies(made.get("strategies", {}), _controls(comparison))
    paths = {kind: named[kind] for kind in ("gold", "silver", "dev", "test") if kind in named}
    columns = {key: made[key] for key in ("column", "label_column") if key in made}
    values = {"task": "task.toml", **paths, **columns, "strategies": names, **settings}
    values |= {"silver": silver} if silver else {}
    values |= {"other_tests": others} if others else {}
    values |= {"strategy": own} if own else {}
    return _notes(data) + toml(values)


def set_values(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Every setting, defaults too, by its dotted name."""
    yield from _flat(comparison.made.get("settings", {}))


def stages(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """What each strategy consists of, stage by stage."""
    for name, values in comparison.made.get("strategies", {}).items():
        for number, stage in enumerate(values.get("stages", ()), start=1):
            yield f"{name}, stage {number}", ", ".join(f"{key} {value}" for key, value in stage.items())


def differing(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """What the runs' own records say where not all rows have the same: by row and seed."""
    runs = {f"{row.name}, seed {r.seed}": dict(_flat(r.run.settings)) for row in comparison for r in row.results}
    told = ("strategy.", "gold.", "silver.", "settings.seed", "student.seed")  # said elsewhere, by row
    keys = dict.fromkeys(key for values in runs.values() for key in values if not key.startswith(told))
    vary = [key for key in keys if len({values.get(key) for values in runs.values()}) > 1]
    for name, values in runs.items():
        if said := ", ".join(f"{key} {values[key]}" for key in vary if key in values):
            yield name, said


def _strategies(every: Mapping[str, Any], controls: set[str]) -> tuple[list[str], dict[str, Any]]:
    """Names that anybody's vermeil knows with just these stages, and the stages of the others."""
    names, own = [], {}
    for name, values in every.items():
        if name in controls:
            continue
        if _known(name, values):
            names.append(name)
        else:
            own[name] = {"stages": values.get("stages", ())}
    return names, own


def _known(name: str, values: Mapping[str, Any]) -> bool:
    try:
        return strategy(name).as_dict() == values
    except (UnknownName, SettingsError):
        return False


def _controls(comparison: Comparison) -> set[str]:
    """Strategies that stand there as controls alone: the setting adds them again."""
    made = comparison.made
    controls = {name for own in made.get("controls", {}).values() for name in own.values()}
    asked = {row.strategy for row in comparison if row.name not in controls}
    return {row.strategy for row in comparison if row.name in controls} - asked


def _notes(data: Mapping[str, Any]) -> str:
    lines = [f"# {kind}: sha256 {described.get('sha256')}" for kind, described in data.items()]
    start = "# The same cells again. Paths are names as read: put yours in, and the task's file."
    return "\n".join([start, *(" ".join(line.split()) for line in lines)]) + "\n\n"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _about(data: Mapping[str, Any]) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in data.get("examples", {}).items())
    return f"{data.get('name') or 'unnamed'}: {states}; {data.get('labels', 0):,} labels; sha256 {data.get('sha256')}"
