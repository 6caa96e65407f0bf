"""The sentences of a report: what was run, how the numbers are meant, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vermeil.compare import BASELINE, Comparison, steps_said
from vermeil.counted import many
from vermeil.report.content import Content
from vermeil.report.lines import Line
from vermeil.report.places import MOST

INTERVALS = (
    "{rule} Intervals (95 %) come from drawing the "
    "{units} of the test set anew, at least 2,000 times, the same draws for every strategy, and hold the scatter of "
    "the seeds too, where there are several. The intervals of differences are not corrected for the number of "
    "strategies, their marks and p-values are (Holm)."
)
EQUAL_STEPS = (
    "All strategies take the same number of steps, but not the same diet: the mean share of silver differs, "
    "so compare a schedule with a constant share of the same mean before praising its shape."
)
ONE_SEED = "There is one seed only: how far another seed would fall from these numbers is not known."
NO_COSTS = (
    "What labels cost is not known, so it is left out: give what one gold text and one silver answer cost as "
    "[costs] in the study file, or to vermeil report as --gold-cost and --silver-cost."
)


def what_was_run(content: Content) -> str:
    """One or two sentences: strategies, seeds, steps, data."""
    comparison = content.comparison
    seeds = max(len(line.by_seed) for line in content.lines)
    sets: Mapping[str, Any] = comparison.made.get("data", {})
    kinds = [kind for kind in sets if kind == "gold" or kind.startswith("silver")]
    learnt = [f"{_texts(sets[kind])} {kind} texts" for kind in kinds]
    sizes = {line.condition.gold for line in content.lines} | {line.condition.silver for line in content.lines}
    up_to = "up to " if sizes - {None} else ""
    from_what = f" on {up_to}{' and '.join(learnt)}" if learnt else ""
    labels = sum(content.support.values())
    steps = steps_said([line.steps for line in content.lines])
    return (
        f"{_rows(content)}, {many(seeds, 'seed')} each, trained for "
        f"{steps}{from_what}, scored on {many(len(comparison.test), 'text')} with "
        f"{many(labels, 'label')} ({comparison.test.name or 'test'})."
    )


def remarks(content: Content) -> Iterator[str]:
    """How the numbers are meant, and what is missing."""
    yield INTERVALS.format(rule=content.figures.rule, units=content.lines[0].score.units)
    if len(content.lines) > 1 and content.equal_steps:
        yield EQUAL_STEPS
    if not content.several_seeds:
        yield ONE_SEED


def marks(comparison: Comparison) -> Iterator[str]:
    """What the signs at the gains mean, and of how many comparisons they are."""
    family = [c for c in comparison.contrasts if c.question == "gold alone"]
    if not family:
        return
    seeds = any(contrast.difference.seeds > 1 for contrast in family)
    corrected = f"p < 0.05 after Holm's correction over {many(len(family), 'comparison')} with {BASELINE}"
    yield f"* {corrected}, {'on other texts and with other seeds' if seeds else 'on other texts; one seed'}"
    if seeds:
        yield "(*) the same on other texts, for these very students only: other seeds may decide otherwise"
    if any(contrast.noise for contrast in family):
        yield "≈ inside the noise of the test labels: other labels move the gain by as much as it is"


def mark(line: Line) -> str:
    """The sign at a line's gain."""
    found = line.contrast
    if found is None:
        return ""
    seeds = found.difference.seeds > 1
    sure = "*" if found.significant else "(*)" if seeds and found.significant_on_texts else ""
    return f"{sure}{'≈' if found.doubtful else ''}"


def left_out(content: Content) -> str:
    """What a figure doesn't show, for its caption; nothing where it shows all."""
    hidden = len(content.lines) - len(content.view)
    if not hidden:
        return ""
    labels = "the recommended one's labels" if content.best else "the same labels"
    shown = f"shown are {many(len(content.view), 'row')} that could draw on {labels}"
    return f"{shown}, {MOST} at most; the CSV has all {len(content.lines):,}"


def _rows(content: Content) -> str:
    strategies = many(len({line.strategy for line in content.lines}), "strategy", "strategies")
    rows = len(content.lines)
    return strategies if len({line.strategy for line in content.lines}) == rows else f"{strategies} in {rows:,} rows"


def _texts(data: Mapping[str, Any]) -> str:
    examples = data.get("examples", {})
    return f"{examples.get('labels', 0) + examples.get('empty', 0):,}"
