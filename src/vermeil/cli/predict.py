"""`vermeil predict`: a model labels texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vermeil import formats
from vermeil.cli.terminal import bar, note_unwritten
from vermeil.deploy.predictor import predict

EXAMPLE = (
    "Examples: [bold]vermeil predict model/ texts.txt > labels.jsonl[/bold] · "
    "[bold]echo 'Alice flew to Lima.' | vermeil predict model/ -[/bold]"
)


def command(
    model: Annotated[Path, typer.Argument(help="Model folder.")],
    texts: Annotated[Path, typer.Argument(help="Texts: one a line, JSONL or CoNLL; .gz too; - is standard input.")],
    out_file: Annotated[Path, typer.Option("--out", help="File to write; - is standard output.")] = Path("-"),
    format: Annotated[
        str | None,
        typer.Option(help="conll, json, jsonl, text or token-jsonl; by the name of the file.", show_default=False),
    ] = None,
    column: Annotated[str, typer.Option(help="Name of the text in JSONL rows.")] = "text",
) -> None:
    """Label texts with a trained model: JSONL with text and spans, in the order of the input."""
    raw = formats.read_texts(texts, column=column)
    with bar("labelling", len(raw)) as advance:
        labelled = predict(model, raw, advance)
    note_unwritten(formats.write(labelled, out_file, format=format or ("jsonl" if str(out_file) == "-" else None)))
