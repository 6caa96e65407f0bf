"""docs/results/reliability.md, written from the results that `reliability.py` keeps beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "docs" / "results" / "reliability.json"

TESTS = {
    "A1": ("test_reliability_stops", "test_interruptions"),
    "A2": ("test_reliability_stops", "test_store"),
    "A3": ("test_reliability_stops", "test_store"),
    "A4": ("test_reliability_answers",),
    "A5": ("test_reliability_answers",),
    "A6": ("test_reliability_answers", "test_store"),
    "A7": ("test_reliability_faults",),
    "A8": ("test_reliability_faults",),
    "A8-budget": ("test_reliability_faults",),
    "A9": ("test_reliability_faults",),
    "A10": ("test_reliability_keys",),
    "L1": ("test_reliability_answers",),
    "L2": ("test_reliability_answers",),
    "L5": ("test_significance",),
    "L6": ("test_reliability_answers",),
    "T1": ("test_training_killed", "test_resuming"),
    "T2": ("test_transformer", "test_resuming"),
}
"""Modules of tests/annotate, tests/evaluate, tests/train and tests/students that hold the short versions."""

HEAD = """# What may not break

Each promise was tried with the command beside it; the figure is what was seen, also where it is worse than the target.
Everything runs on this machine alone: the texts are made by `benchmarks/texts.py`, the LLM is a server on loopback
(`benchmarks/loopback_server.py`, or the fault server of the tests). Short versions run in the test suite.
"""


def write_page() -> None:
    """Write the page from the results that there are."""
    results: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text())
    RESULTS.with_suffix(".md").write_text("\n".join([HEAD, *_table(results), "", *_details(results)]))


def _table(results: dict[str, dict[str, Any]]) -> list[str]:
    rows = ["| | target | | short version |", "| --- | --- | --- | --- |"]
    for name, result in results.items():
        tests = ", ".join(f"`{module}`" for module in TESTS[name])
        rows.append(f"| [{name}](#{name.lower()}) | {result['target']} | {_verdict(result)} | {tests} |")
    return rows


def _details(results: dict[str, dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for name, result in results.items():
        when = f"{result['date']}, {result['seconds']:.0f} s on {result['machine']}: `{result['command']}`"
        lines += [f"## {name}", "", f"{_verdict(result).capitalize()}. {_sentence(result['figure'])}", "", when, ""]
    return lines


def _verdict(result: dict[str, Any]) -> str:
    return "met" if result["met"] else "**not met**"


def _sentence(figure: str) -> str:
    return figure if figure.endswith(".") else f"{figure}."
