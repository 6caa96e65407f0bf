"""`vermeil serve`: a model behind HTTP, with a page to try it on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.options import Config, SetOfServing, resolve
from vermeil.cli.terminal import note
from vermeil.counted import many
from vermeil.deploy.serving import ServeSettings, serve

EXAMPLE = (
    "Examples: [bold]vermeil serve exported/[/bold], then open http://127.0.0.1:8000 or "
    '[bold]curl 127.0.0.1:8000/predict --json \'{"text": "Alice flew to Lima."}\'[/bold] · '
    "[bold]vermeil serve exported/ --host 0.0.0.0 --name labels.example.org[/bold]"
)


def command(
    model: Annotated[Path, typer.Argument(help="Model folder, exported or trained.")],
    host: Annotated[
        str | None, typer.Option(help="Address to listen at (127.0.0.1: this machine alone).", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port (8000); 0 takes a free one.", show_default=False)] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="Another host name under which it is reached.", show_default=False)
    ] = None,
    config: Config = None,
    overrides: SetOfServing = None,
) -> None:
    """Serve a model: a page for people, /predict for programs, /health, /metrics, /openapi.json. Ctrl-C ends it."""
    settings = resolve(ServeSettings, config, overrides, {"host": host, "port": port, "names": name})
    given_up = serve(model, settings, lambda address: note(f"{model} is served at {address} (Ctrl-C stops)"))
    note(f"stopped; given up: {many(given_up, 'request')}" if given_up else "stopped; what was under way is done")
