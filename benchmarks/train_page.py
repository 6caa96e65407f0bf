"""docs/results/train-speed.md, written from what `train.py` measured."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import machine
from machine import spread

Rounds = dict[str, list[dict[str, Any]]]

RECIPE, BEST = "Trainer, run_ner.py", "Trainer, fastest"
HEAD = """# How fast students are taught

{setting}.

Every contestant sees each sentence once, so all take the same steps; they take turns, each in a process and an
environment of its own. *Tokens/s* counts the file's tokens over the seconds of the training loop, without imports,
loading and reading; *a processor second* is one that the contestant's own threads worked, which other work on the
machine hardly changes. Median of the rounds, in brackets the smallest and the largest; the ratio is vermeil's to the
contestant's in the same round. F1 is strict, on {asked} test sentences, vermeil's scorer for all.

| contestant | tokens/s | vermeil's ratio | tokens a processor second | vermeil's ratio | F1 | memory, MB |
| --- | --- | --- | --- | --- | --- | --- |
"""


def page(rounds: Rounds, settings: Mapping[str, str], setting: str, asked: int, load: str) -> str:
    """The page of results.

    Args:
        settings: of each contestant, in words.
    """
    rows = [_row(name, runs, rounds["vermeil"]) for name, runs in rounds.items() if runs]
    notes = [_note(name, settings[name], runs) for name, runs in rounds.items()]
    lines = [*rows, "", *notes, "", *_targets(rounds), "", load, "", machine.made(), ""]
    return HEAD.format(setting=setting, asked=asked) + "\n".join(lines)


def _note(name: str, how: str, runs: list[dict[str, Any]]) -> str:
    if not runs:
        return f"- {name}: no figures, it failed or was stopped."
    versions = ", ".join(f"{package} {number}" for package, number in runs[0]["versions"].items())
    return f"- {name}: {how} ({versions})."


def _row(name: str, runs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> str:
    scores = [100 * run["f1"] for run in runs if run["f1"] is not None]
    cells = [name]
    for rate in ("rate", "processor_rate"):
        cells += [spread([run[rate] for run in runs], 0), spread(_ratios(runs, ours, rate), 2)]
    cells += [spread(scores, 1) if scores else "not measured", f"{max(run['memory_mb'] for run in runs):,.0f}"]
    return f"| {' | '.join(cells)} |"


def _ratios(runs: list[dict[str, Any]], ours: list[dict[str, Any]], rate: str) -> list[float]:
    return [own[rate] / run[rate] for run, own in zip(runs, ours, strict=False)]


def _targets(rounds: Rounds) -> list[str]:
    lines = []
    for name, target in ((RECIPE, 5.0), (BEST, 1.5)):
        if runs := rounds.get(name):
            ratios = [statistics.median(_ratios(runs, rounds["vermeil"], rate)) for rate in ("rate", "processor_rate")]
            verdict = "met" if min(ratios) >= target else "not met"
            by_clock, by_processor = (f"{ratio:.2f}" for ratio in ratios)
            lines.append(
                f"- The aim of {target:g} times the tokens/s of {name}: {by_clock} by the clock, {by_processor} by "
                f"processor time, {verdict}."
            )
    return lines
