"""`vermeil merge`: several teachers' labels as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from vermeil import formats
from vermeil.cli.options import Column, Json, LabelColumn
from vermeil.cli.terminal import note, note_unwritten, out, print_json, working
from vermeil.errors import SettingsError
from vermeil.files import same_file
from vermeil.formats.sniff import labelled_format_of
from vermeil.silver.merging import merge_teachers

EXAMPLE = (
    "Example: [bold]vermeil merge gpt.jsonl claude.jsonl --gold gold.conll --out silver.jsonl[/bold]; "
    "each of them has to have labelled texts of gold, too."
)


def command(
    silver: Annotated[list[Path], typer.Argument(help="The labels of each teacher.")],
    gold: Annotated[Path, typer.Option("--gold", help="Human labels, by which the teachers are judged.")],
    out_file: Annotated[Path, typer.Option("--out", help="File for the merged labels (.jsonl keeps votes).")],
    column: Column = None,
    label_column: LabelColumn = None,
    json: Json = False,
) -> None:
    """Merge the labels of several teachers, each believed as far as it is right on gold."""
    names = _names(silver)
    if any(same_file(path, out_file) for path in (*silver, gold)):
        raise SettingsError(f"--out {out_file} is one of the files to be merged, or gold itself; name another file")
    labelled_format_of(out_file, None)
    with working("merging"):
        judge = formats.read(gold, column=column or "text", label_column=label_column)
        teachers = {name: formats.read(path, kind=judge.kind) for name, path in zip(names, silver, strict=True)}
        merged = merge_teachers(teachers, judge)
        lost = formats.write(merged.silver, out_file)
    if json:
        print_json({"out": str(out_file), "labels": sum(len(e.labels) for e in merged.silver), **merged.as_dict()})
    else:
        out.print(str(merged), markup=False)
    note_unwritten(lost)
    note(f"written: {out_file}")


def _names(files: Sequence[Path]) -> list[str]:
    """Teachers are called by their files, and where these are called alike, by their folders, too."""
    names = [path.name.partition(".")[0] for path in files]
    if len(set(names)) < len(names):
        names = [f"{path.resolve().parent.name}/{name}" for path, name in zip(files, names, strict=True)]
    if len(set(names)) < len(names):
        raise SettingsError(
            f"teachers are called by their files, so names must differ, got {', '.join(names)}; name each file once, "
            "or rename one of them"
        )
    return names
