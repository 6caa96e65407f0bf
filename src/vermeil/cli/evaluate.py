"""`vermeil evaluate`: a model's labels, or a teacher's, against human ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vermeil import formats, students
from vermeil.cli.options import Column, Json, LabelColumn
from vermeil.cli.terminal import bar, note, note_teacher, out, print_json, working
from vermeil.errors import SettingsError, nearest
from vermeil.evaluate.score import Scores, evaluate, score_examples
from vermeil.evaluate.significance import interval

EXAMPLE = (
    "Examples: [bold]vermeil evaluate model/ test.conll[/bold] · "
    "[bold]vermeil evaluate --predicted silver.jsonl gold.conll[/bold] (how good is the teacher?) · "
    "[bold]vermeil evaluate model/ reviews.csv --column review --label-column sentiment[/bold]"
)


def command(
    paths: Annotated[list[Path], typer.Argument(metavar="[MODEL] GOLD", help="Model folder, then the gold file.")],
    predicted: Annotated[
        Path | None, typer.Option(help="Score the labels of this file; then no model is named.", show_default=False)
    ] = None,
    column: Column = None,
    label_column: LabelColumn = None,
    json: Json = False,
) -> None:
    """Score labels against gold, with a 95 % interval: strict F1 of spans, or accuracy, confusion, calibration."""
    if len(paths) != (1 if predicted else 2):
        wanted = "the gold file alone beside --predicted" if predicted else "a model folder and a gold file"
        raise SettingsError(f"expected {wanted}, got: {' '.join(map(str, paths))}")
    read = partial(formats.read, paths[-1], column=column or "text", label_column=label_column)
    if predicted:
        gold = read()
        scores = score_examples(gold, formats.read(predicted, kind=gold.kind))
    else:
        with working("loading the model"):
            model = students.load(paths[0])
        gold = read(kind=model.kind)
        _warn(gold.labels, model.labels)
        with bar("labelling", len(gold)) as advance:
            scores = evaluate(model, gold, advance)
    note_teacher(gold)
    _print(scores, json)


def _warn(wanted: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Gold may know more labels than the model; a typing error looks the same."""
    unknown = [f"{label!r}{nearest(label, given)}" for label in wanted if label not in given]
    if unknown:
        note(f"the model gives no label named {', '.join(unknown)}: those of gold all count as missed")


def _print(scores: Scores, json: bool) -> None:
    bounds, by = interval([scores]), scores.figures.measure
    if json:
        print_json({**scores.as_dict(), f"{by}_low": bounds.low, f"{by}_high": bounds.high, "units": bounds.units})
        return
    out.print(str(scores), markup=False, soft_wrap=True)
    low, high = 100 * bounds.low, 100 * bounds.high
    said = f"{100 * bounds.value:.1f}, 95 % interval {low:.1f} to {high:.1f} (bootstrap over {bounds.units})"
    out.print(f"{scores.figures.name} {said}")
