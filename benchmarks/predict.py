"""How fast an exported student labels sentences, beside its peers: one run, one machine, taking turns.

Needs a folder that `vermeil export` wrote with an int8 file, and labelled sentences that it was not trained on. Writes
docs/results/predict-speed.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import machine
from machine import spread
from predictors import MODELS, Predictor, Row, predictors
from products import best_rate, matrices, operations
from tokenizers import Tokenizer

from vermeil import formats
from vermeil.data import Dataset, Span
from vermeil.evaluate.score import score
from vermeil.provenance import cores

PAGE = Path(__file__).parents[1] / "docs" / "results" / "predict-speed.md"
INT8 = "vermeil, int8"
PROBE = 128  # texts, for the choice of a batch size

Rounds = dict[str, list[Row]]


def main() -> None:
    """Run the contest and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("model", type=Path, help="folder that vermeil export wrote")
    options.add_argument("--test", type=Path, required=True, help="labelled sentences")
    options.add_argument("--train", type=Path, required=True, help="labelled sentences for peers that must learn")
    options.add_argument("--texts", type=int, default=0, help="only so many of the sentences, 0 for all")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="+", default=[""], help="contestants whose names start so")
    options.add_argument("--out", type=Path, default=PAGE, help="the page, - for none")
    given = options.parse_args()
    test, train = formats.read(given.test), formats.read(given.train)
    MODELS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        training = Path(folder) / "train.jsonl"
        training.write_text("".join(json.dumps(row) + "\n" for row in _rows(train)))
        chosen = [each for each in predictors(training) if each.contestant.name.startswith(tuple(given.only))]
        rows = _rows(test)
        rows = [rows[n * len(rows) // given.texts] for n in range(given.texts)] if given.texts else rows
        batches = {each.contestant.name: _best_batch(each, given.model, rows) for each in chosen}
        rounds = contest(chosen, given.model, rows, batches, given.rounds)
    print(json.dumps({"batches": batches, "rounds": _without_spans(rounds)}, indent=1))
    if str(given.out) != "-":
        given.out.write_text(page(chosen, rounds, batches, test, rows), encoding="utf-8")


def contest(
    chosen: list[Predictor], model: Path, rows: list[Row], batches: dict[str, int | None], rounds: int
) -> Rounds:
    """Every contestant in every round, in turns."""
    found: Rounds = {each.contestant.name: [] for each in chosen}
    for number in range(rounds):
        turn = number % len(chosen)
        for each in chosen[turn:] + chosen[:turn]:
            name = each.contestant.name
            run = each.run(model, each.sample(rows), batches[name])
            found[name].append(run | _share(model, rows, run["seconds"]) if name == INT8 else run)
            print(f"round {number + 1}, {name}: {found[name][-1]['rate']:.1f} sentences/s", flush=True)
    return found


def _rows(sentences: Dataset) -> list[Row]:
    return [
        {"text": each.text, "spans": [(span.start, span.end, span.label) for span in each.labels]} for each in sentences
    ]


def _best_batch(each: Predictor, model: Path, rows: list[Row]) -> int | None:
    """The batch size at which it is fastest on a few texts, after it is installed (and has learnt)."""
    each.contestant.install()
    few = each.sample(rows)
    few = few[:: max(1, len(few) // PROBE)]
    rates = {batch: each.run(model, few, batch)["rate"] for batch in each.batches}
    print(f"{each.contestant.name}: sentences/s by batch size {rates}", flush=True)
    return max(rates, key=lambda batch: rates[batch]) if rates else None


def _share(model: Path, rows: list[Row], seconds: float) -> Row:
    """What onnxruntime's int8 product reaches here and now, and the share of it in a prediction of the rows."""
    shapes = matrices(model / "model.int8.onnx")
    encoded = Tokenizer.from_file(str(model / "tokenizer.json")).encode_batch([row["text"] for row in rows])
    needed = sum(len(each.ids) for each in encoded) * operations(shapes)
    rate = best_rate(shapes, cores())
    return {"operations": needed, "peak": rate, "share": needed / seconds / rate}


def _without_spans(rounds: Rounds) -> Rounds:
    left_out = {"spans", "labelled"}
    return {
        name: [{key: run[key] for key in run if key not in left_out} for run in runs] for name, runs in rounds.items()
    }


def page(
    chosen: list[Predictor],
    rounds: Rounds,
    batches: dict[str, int | None],
    test: Dataset,
    rows: list[Row],
) -> str:
    """The page of results."""
    versions = {name: number for runs in rounds.values() for name, number in runs[0]["versions"].items()}
    ours = rounds.get(INT8, [])
    lines = [
        "# How fast a student labels sentences",
        "",
        f"{len(rows):,} of the {len(test):,} sentences of {test.name}. The contestants take turns, each in a process",
        "of its own; loading and a first small batch are left out. Median of the rounds, in brackets the slowest and",
        "the fastest. The ratio is how many times as fast vermeil's int8 file was in the same round. *Processor* is",
        "seconds of all cores for 1,000 sentences, *memory* the largest resident size of the process. F1 is strict, in",
        "points, over the sentences that the contestant labelled.",
        "",
        "| contestant | batch | sentences | sentences/s | vermeil int8 is faster by | processor | memory, MB | F1 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *[_line(each, rounds[each.contestant.name], batches, ours, test) for each in chosen],
        "",
        *[f"- {each.contestant.name}: {each.contestant.settings}." for each in chosen],
        "",
        *_share_lines(ours),
        machine.made({name: number for name, number in versions.items() if name != "vermeil"}),
        "",
    ]
    return "\n".join(lines)


def _line(each: Predictor, runs: list[Row], batches: dict[str, int | None], ours: list[Row], test: Dataset) -> str:
    ratios = [own["rate"] / run["rate"] for own, run in zip(ours, runs, strict=False)]
    processor = statistics.median(1000 * run["cpu_seconds"] / run["texts"] for run in runs)
    cells = [
        each.contestant.name,
        str(batches[each.contestant.name] or "by length"),
        f"{runs[0]['texts']:,}",
        spread([run["rate"] for run in runs]),
        spread(ratios) if ratios else "",
        f"{processor:.1f}",
        f"{max(run['peak_mb'] for run in runs):.0f}",
        f"{100 * _f1(runs[0], test):.2f}" if each.judged else "",
    ]
    return f"| {' | '.join(cells)} |"


def _f1(run: Row, test: Dataset) -> float:
    """Its strict F1 on the texts that it labelled, which are found again by their text."""
    gold = {example.text: example for example in test}
    rows = [gold[text] for text in run["labelled"]]
    return score(rows, [[Span(start, end, label) for start, end, label in spans] for spans in run["spans"]]).f1


def _share_lines(runs: list[Row]) -> list[str]:
    if not runs:
        return []
    share, peak = (spread([scale * run[key] for run in runs]) for key, scale in (("share", 100), ("peak", 1e-9)))
    return [
        f"The matrix products of these sentences are {runs[0]['operations'] / 1e9:,.0f} billion int8 operations.",
        f"`MatMulInteger` alone, in the shapes of the model and on all cores, did {peak} billion",
        f"a second right after each of vermeil's runs: these reached {share} % of it. The aim is 60 %.",
        "",
    ]


if __name__ == "__main__":
    main()
