"""`vermeil predict`: a model labels texts."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.terminal import bars, note, note_unwritten
from vermeil.deploy.bulk import predict_files

EXAMPLE = (
    "Examples: [bold]vermeil predict model/ texts.txt > labels.jsonl[/bold] · "
    "[bold]vermeil predict model/ news/ more.jsonl.gz --out labels.conll[/bold] (stopped, the same command goes on) · "
    "[bold]echo 'Alice flew to Lima.' | vermeil predict model/ -[/bold]"
)


def command(
    model: Annotated[Path, typer.Argument(help="Model folder, trained or exported.")],
    texts: Annotated[
        list[Path],
        typer.Argument(
            help="Texts: one a line, JSONL, CSV, TSV, Parquet or CoNLL, .gz too; folders (a text in each .txt file); - "
            "is standard input."
        ),
    ],
    out_file: Annotated[Path, typer.Option("--out", help="File to write; - is standard output.")] = Path("-"),
    format: Annotated[
        str | None,
        typer.Option(help="jsonl, json, parquet; csv, tsv (classes); conll, token-jsonl (spans).", show_default=False),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(
            help="How TEXTS are read, where name or content misleads: text (one a line), folders (one a file), or a "
            "format as above.",
            show_default=False,
        ),
    ] = None,
    column: Annotated[str, typer.Option(help="The text in rows of JSONL, CSV or Parquet.")] = "text",
    shape: Annotated[
        str, typer.Option(help="spans: vermeil's rows; pipeline: entities or classes as transformers' pipeline gives.")
    ] = "spans",
    limit: Annotated[int | None, typer.Option(help="No more than so many texts.", show_default=False)] = None,
) -> None:
    """Label texts with a model, in the order of the input, however many; a file that was begun is gone on with."""
    with bars() as progress:
        show = partial(progress.update, progress.add_task("labelling", total=None, note=""))
        done = predict_files(
            model,
            texts,
            out_file,
            column=column,
            format=format,
            input_format=input_format,
            shape=shape,
            limit=limit,
            on_texts=lambda count: show(total=count),
            on_done=lambda count: show(advance=count),
        )
    if done.before:
        note(f"{done.before:,} of {done.texts:,} texts had been labelled before the run was stopped")
    note_unwritten(done.unwritten)
    if str(out_file) != "-":
        note(f"written: {out_file}, {done.texts:,} {'text' if done.texts == 1 else 'texts'}")
