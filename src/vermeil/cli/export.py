"""`vermeil export`: a trained model as a folder to deploy."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vermeil import formats, students
from vermeil.cli.options import Column, Json, LabelColumn
from vermeil.cli.terminal import Stages, note_teacher, out, print_json
from vermeil.deploy.export import When, export

EXAMPLE = "Example: [bold]vermeil export model/ --dev dev.conll --out exported/[/bold]"


def command(
    model: Annotated[Path, typer.Argument(help="Model folder that `vermeil train` wrote.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder to write; never the model's own.")],
    dev: Annotated[
        Path | None, typer.Option(help="Human labels that the int8 file is judged by.", show_default=False)
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Human labels to score for the card.", show_default=False)] = None,
    gold: Annotated[
        Path | None,
        typer.Option(help="Human labels: the card shows some of their names, or texts.", show_default=False),
    ] = None,
    column: Column = None,
    label_column: LabelColumn = None,
    int8: Annotated[When, typer.Option(help="auto: if its score on dev holds; always: unjudged, too; never.")] = "auto",
    most_lost: Annotated[float, typer.Option(min=0, max=100, help="Points on dev that int8 may cost.")] = 0.5,
    measure: Annotated[
        str, typer.Option(help="What int8 is judged by: F1 or accuracy by default; macro-f1.", show_default=False)
    ] = "",
    json: Json = False,
) -> None:
    """Export a model: safetensors, ONNX in float32 and int8, a model card, and a manifest with fingerprints."""
    read = partial(formats.read, kind=students.kind_of(model), column=column or "text", label_column=label_column)
    judged, scored, shown = (read(path) if path else None for path in (dev, test, gold))
    for human in filter(None, (judged, scored, shown)):
        note_teacher(human)
    with Stages("loading the model") as stages:
        done = export(
            model,
            out_folder,
            dev=judged,
            test=scored,
            gold=shown,
            int8=int8,
            most_lost=most_lost / 100,
            measure=measure,
            on_stage=stages.on_stage,
            on_texts=stages.on_texts,
            on_done=stages.on_done,
        )
    if json:
        print_json(done.as_dict())
        return
    for tried in done.tries:
        score = (
            f"{done.figure} {100 * tried.score:.2f} on dev, {tried.texts_per_second:,.0f} texts/s"
            if tried.score is not None
            else "not judged"
        )
        out.print(f"int8 {tried.setting.name}: {tried.bytes / 1e6:.1f} MB, {score}", markup=False)
    out.print(f"{done.folder}: {done.default} is used; {done.verdict}", markup=False)
