"""The sentences of a report: what was run, what came out, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vermeil.compare import BASELINE
from vermeil.report.content import Content, Line
from vermeil.report.numbers import bounds, gain, many, percent

INTERVALS = (
    "F1 is strict: a label counts as right when its start, end and name are. Intervals (95 %) come from drawing the "
    "{units} of the test set anew, 2,000 times, the same draws for every strategy, and hold the scatter of the seeds "
    "too, where there are several. The intervals of differences are not corrected for the number of strategies."
)
EQUAL_STEPS = (
    "All strategies take the same number of steps, but not the same diet: the mean share of silver differs, "
    "so compare a schedule with a constant share of the same mean before praising its shape."
)


def what_was_run(content: Content) -> str:
    """One or two sentences: strategies, seeds, steps, data."""
    comparison = content.comparison
    seeds = max(len(line.f1_by_seed) for line in content.lines)
    sets: Mapping[str, Any] = comparison.made.get("data", {})
    learnt = [f"{_texts(sets[kind])} {kind} texts" for kind in ("gold", "silver") if kind in sets]
    from_what = f" on {' and '.join(learnt)}" if learnt else ""
    labels = sum(content.support.values())
    return (
        f"{many(len(content.lines), 'strategy', 'strategies')}, {many(seeds, 'seed')} each, trained for "
        f"{_steps(content.lines)}{from_what}, scored on {many(len(comparison.test), 'text')} with "
        f"{many(labels, 'label')} ({comparison.test.name or 'test'})."
    )


def what_came_out(content: Content) -> str:
    """The best strategy by dev, its test score, and whether it differs from gold alone."""
    best = content.best
    if best is None:
        return "There was no dev set, so no strategy is called the best: choosing by this table is choosing by test."
    said = f"Best on dev: {best.strategy}, with a test F1 of {percent(best.f1.value)} (95 % {bounds(best.f1)})"
    if best.against is None:
        return f"{said}."
    beyond = best.against.low > 0 or best.against.high < 0
    verdict = "more than chance would give" if beyond else "which may well be chance"
    return f"{said}, {gain(best.against)} points against {BASELINE}: {verdict}."


def remarks(content: Content) -> Iterator[str]:
    """How the numbers are meant, and what is missing."""
    yield INTERVALS.format(units=content.lines[0].f1.units)
    if len(content.lines) > 1:
        yield EQUAL_STEPS
    if not content.several_seeds:
        yield "There is one seed only: how far another seed would fall from these numbers is not known."
    missing = _missing(content)
    if missing:
        yield f"The comparison is not finished: it lacks {many(missing, 'cell')}."


def facts(content: Content) -> Iterator[tuple[str, str]]:
    """Name and value of everything needed to repeat the comparison."""
    made = content.comparison.made
    for name in ("command", "made"):
        if made.get(name):
            yield name, str(made[name])
    for kind, data in made.get("data", {}).items():
        yield f"{kind} data", _about(data)
    for group in ("settings", "versions", "machine"):
        yield from ((f"{group}: {name}", text) for name, text in _flat(made.get(group, {})))
    for name, strategy in made.get("strategies", {}).items():
        for number, stage in enumerate(strategy.get("stages", ()), start=1):
            yield f"strategy {name}, stage {number}", ", ".join(f"{key} {value}" for key, value in stage.items())


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _about(data: Mapping[str, Any]) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in data.get("examples", {}).items())
    return f"{data.get('name') or 'unnamed'}: {states}; {data.get('labels', 0):,} labels; sha256 {data.get('sha256')}"


def _texts(data: Mapping[str, Any]) -> str:
    examples = data.get("examples", {})
    return f"{examples.get('labels', 0) + examples.get('empty', 0):,}"


def _steps(lines: tuple[Line, ...]) -> str:
    few, most = min(line.steps for line in lines), max(line.steps for line in lines)
    return many(most, "step") if few == most else f"{few:,} to {most:,} steps"


def _missing(content: Content) -> int:
    made = content.comparison.made
    strategies, seeds = made.get("strategies", {}), made.get("settings", {}).get("seeds", ())
    cells = int(made.get("cells", len(strategies) * len(seeds)))
    return max(0, cells - sum(len(row.results) for row in content.comparison))
