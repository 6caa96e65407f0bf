"""How fast texts are annotated: vermeil and its peers, in one run, against one server that answers after a fixed delay.

Contestants take turns, so that what else the machine does hits all alike. Writes docs/results/annotate-speed.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import machine
from contest import CONTESTANTS, Contestant, one_round
from loopback import Loopback
from machine import spread
from texts import texts

PAGE = Path(__file__).parents[1] / "docs" / "results" / "annotate-speed.md"

Rounds = dict[str, list[dict[str, Any]]]
Alone = dict[int, list[dict[str, Any]]]


def main() -> None:
    """Run the contest, then vermeil alone, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--delay", type=float, default=0.05, help="seconds until an answer")
    options.add_argument("--in-flight", type=int, default=64)
    options.add_argument("--only", default="", help="contestants whose name starts so")
    options.add_argument("--alone", type=int, default=20_000, help="texts for vermeil alone, 0 to leave it out")
    options.add_argument("--out", type=Path, default=PAGE, help="the page, - for none")
    given = options.parse_args()
    chosen = [contestant for contestant in CONTESTANTS if contestant.name.startswith(given.only)]
    for contestant in chosen:
        contestant.install()
    rounds = contest(chosen, given.texts, given.rounds, given.delay, given.in_flight)
    rates = alone(given.alone, given.rounds, 0.25, (128, 512)) if given.alone else {}
    print(json.dumps({"contest": rounds, "alone": rates}, indent=1))
    if str(given.out) != "-":
        ideal = given.texts / given.in_flight * given.delay
        setting = f"{given.texts:,} texts, {given.delay * 1000:g} ms an answer, {given.in_flight} in flight"
        given.out.write_text(page(chosen, rounds, rates, setting, ideal))


def contest(chosen: list[Contestant], count: int, rounds: int, delay: float, in_flight: int) -> Rounds:
    """Every contestant in every round; its figures, or the reason why there are none."""
    found: Rounds = {contestant.name: [] for contestant in chosen}
    with Loopback(delay) as server, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.txt"
        file.write_text("\n".join(texts(count)))
        for number in range(rounds):
            for contestant in chosen[number % len(chosen) :] + chosen[: number % len(chosen)]:
                found[contestant.name].append(one_round(contestant, server, file, in_flight))
    return found


def alone(count: int, rounds: int, delay: float, sizes: tuple[int, ...]) -> Alone:
    """By calls in flight, round by round: vermeil's rate as a share of the ideal, one call per delay for each."""
    found: Alone = {in_flight: [] for in_flight in sizes}
    for _ in range(rounds):
        for in_flight, runs in found.items():
            figures = contest([CONTESTANTS[0]], count, 1, delay, in_flight)["vermeil"][0]
            rate, ideal = count / figures["seconds"], in_flight / delay
            runs.append({"texts": count, "rate": rate, "ideal": ideal, "share": rate / ideal, **figures})
    return found


def page(chosen: list[Contestant], rounds: Rounds, rates: Alone, setting: str, ideal: float) -> str:
    """The page of results."""
    versions = {name: number for runs in rounds.values() for name, number in runs[0]["versions"].items()}
    return "\n".join(
        [
            "# How fast texts are annotated",
            "",
            f"{setting}: at best {ideal:.2f} s. One server in a process of its own answers every contestant, in the",
            "form that it wants; the contestants take turns. Median of the rounds, in brackets the fastest and the",
            "slowest. *Seconds* is from the call to the results in hand, imports left out; *calling* is from the first",
            "call to the last, as the server saw it, without the starting of processes; *processor* is the",
            "contestant's own time, imports included. The ratio is to vermeil in the same round.",
            "",
            "| contestant | seconds | ratio | calling | most in flight | processor | answered | labels placed |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *[_row(name, runs, rounds["vermeil"]) for name, runs in rounds.items() if "vermeil" in rounds],
            "",
            *[f"- {contestant.name}: {contestant.settings}." for contestant in chosen],
            "",
            *_alone_table(rates),
            machine.made({name: number for name, number in versions.items() if name != "vermeil"}),
            "",
        ]
    )


def _row(name: str, runs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> str:
    ratios = [run["seconds"] / own["seconds"] for run, own in zip(runs, ours, strict=True)]
    last = runs[-1]
    cells = [
        name,
        spread([run["seconds"] for run in runs]),
        spread(ratios),
        spread([run["calls_seconds"] for run in runs]),
        str(max(run["most_in_flight"] for run in runs)),
        spread([run["cpu_seconds"] for run in runs]),
        f"{last['answered']:,}",
        f"{last['labels']:,}" if last["labels"] else "none",
    ]
    return f"| {' | '.join(cells)} |"


def _alone_table(rates: Alone) -> list[str]:
    if not rates:
        return []
    rows = [
        f"| {in_flight} | {runs[0]['texts']:,} | {spread([run['rate'] for run in runs], 0)} | {runs[0]['ideal']:.0f} "
        f"| {spread([100 * run['share'] for run in runs], 1)} | {max(run['most_in_flight'] for run in runs)} "
        f"| {spread([run['cpu_seconds'] / run['texts'] * 1000 for run in runs])} |"
        for in_flight, runs in rates.items()
    ]
    return [
        "vermeil alone, 250 ms an answer (the aim at 128 in flight: 90 % of the ideal rate):",
        "",
        "| in flight | texts | texts/s | ideal | share, % | most in flight | ms of processor a text |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


if __name__ == "__main__":
    main()
