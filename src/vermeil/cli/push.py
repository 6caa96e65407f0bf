"""`vermeil push`: an exported model to a model hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.options import Json
from vermeil.cli.terminal import note, out, print_json
from vermeil.deploy.hub import push

EXAMPLE = (
    "Example: [bold]HF_TOKEN=… vermeil push exported/ my-team/news-names --private[/bold]; "
    "then anywhere: [bold]vermeil predict my-team/news-names@COMMIT texts.txt[/bold]"
)


def command(
    folder: Annotated[Path, typer.Argument(help="Folder that `vermeil export` wrote.")],
    name: Annotated[str, typer.Argument(metavar="ORG/NAME", help="The repository; it is made if there is none.")],
    private: Annotated[bool, typer.Option("--private", help="Only for those who are let in.")] = False,
    json: Json = False,
) -> None:
    """Send an exported folder to a hub: that of HF_ENDPOINT, else huggingface.co, with the token of HF_TOKEN."""
    pushed = push(folder, name, private=private)
    if json:
        print_json({"model": pushed})
        return
    out.print(pushed, markup=False)
    note(f"next: vermeil predict {pushed} texts.txt")
