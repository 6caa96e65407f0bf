"""Options of the verbs: from a TOML file, from `--set`, from flags, each overriding the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel

from vermeil.errors import SettingsError
from vermeil.settings import check, file_values, override

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="TOML file with options of this verb.", show_default=False)
]


def _set(example: str) -> Any:  # noqa: ANN401 - typer says no more of an option either
    """`--set`, with a setting of the verb to show how it is written."""
    return typer.Option("--set", metavar="KEY=VALUE", help=f"Override one setting: {example}.", show_default=False)


Set = Annotated[list[str] | None, _set("train.steps=500")]
SetOfAnnotating = Annotated[list[str] | None, _set("llm_settings.temperature=0")]
SetOfServing = Annotated[list[str] | None, _set("texts=256")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
TaskFile = Annotated[
    Path | None, typer.Option("--task", help="Task file (TOML): what is labelled.", show_default=False)
]

Gold = Annotated[Path | None, typer.Option("--gold", help="Human labels.", show_default=False)]
Silver = Annotated[Path | None, typer.Option("--silver", help="LLM labels.", show_default=False)]
Dev = Annotated[Path | None, typer.Option("--dev", help="Human labels to choose by.", show_default=False)]
ChooseBy = Annotated[
    str | None,
    typer.Option("--choose-by", help="Figure on dev that tells the best, such as macro-f1.", show_default=False),
]
Column = Annotated[
    str | None, typer.Option("--column", help="The text in rows of JSONL, CSV or Parquet (text).", show_default=False)
]
LabelColumn = Annotated[
    str | None,
    typer.Option("--label-column", help="The labels in rows of human ones that are your own.", show_default=False),
]

_ARGUMENTS = ("texts",)
"""Settings that stand on the command line without a flag."""

Model = TypeVar("Model", bound=BaseModel)


def resolve(model: type[Model], config: Path | None, overrides: list[str] | None, flags: dict[str, Any]) -> Model:
    """The options of a verb: file, then `--set`, then the flags that were given (those not None).

    Paths in the file are meant from the file's own folder, those on the command line from where one stands.

    Raises:
        SettingsError: an option is unknown, missing, or its value doesn't fit.
    """
    values = file_values(config, model) if config else {}
    override(values, overrides or ())
    override_with(values, flags)
    where = str(config) if config else "options"
    missing = (name for name, field in model.model_fields.items() if field.is_required() and name not in values)
    for name in missing:
        given = f"the argument {name.upper()}" if name in _ARGUMENTS else f"--{name.replace('_', '-')}"
        raise SettingsError(f"{where}: the key {name!r} is missing; give {given}")
    return check(values, model, where)


def override_with(values: dict[str, Any], flags: dict[str, Any]) -> None:
    """Write the flags that were given into the tables; `train.steps` goes into the table `train`."""
    for key, value in flags.items():
        if value is None or value == []:
            continue
        *tables, last = key.split(".")
        place = values
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise SettingsError(f"{table} is a table of settings, got {place!r:.80}; write it as [{table}]")
        place[last] = str(value) if isinstance(value, Path) else value
