"""Settings from TOML files and dotted overrides, checked by strict models that stand beside the code they set."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from vermeil.errors import SettingsError, nearest
from vermeil.files import read_text


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys refused, numbers finite and never read out of strings.

    Where several values are wanted they are a tuple; a list will do.

    Raises:
        SettingsError: a key is unknown, missing, or its value doesn't fit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - what doesn't fit is refused
        try:
            super().__init__(
                **{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
            )
        except ValidationError as error:
            raise explain(error, type(self), type(self).__name__) from None

    # Settings inside of others are then made by pydantic, which knows where they stand, and not by this constructor.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


_KEY = re.compile(r"""(?:^|\.)(?:["']([^"']+)["']|([^."']*))""")  # a."b.c".d is three keys

Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path | str) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        SettingsError: it is no TOML; the message holds the line.
    """
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}") from None


def check(values: Mapping[str, Any], model: type[Model], where: str) -> Model:
    """`values` as `model`; `where` (a file's name, as a rule) begins the message of an error.

    Raises:
        SettingsError: a key is unknown, missing, or its value doesn't fit.
    """
    try:
        # Checked as JSON: there a strict model still takes a list for a tuple, as a TOML file must write it.
        return model.model_validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        raise explain(error, model, where) from None


def explain(error: ValidationError, model: type[BaseModel], where: str) -> SettingsError:
    """The first thing wrong, in one line: where, which key, what came, what was expected."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"] if not _names_a_kind(part))
    if first["type"] == "extra_forbidden":
        known = _keys_at(model, first["loc"][:-1])
        near = nearest(str(first["loc"][-1]), known) or _in_a_table(str(first["loc"][-1]), model, first["loc"][:-1])
        return SettingsError(f"{where}: unknown key {key!r}{near}; known here: {', '.join(sorted(known))}")
    if first["type"] == "missing":
        return SettingsError(f"{where}: the key {key!r} is missing")
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    prefix = f"{key}: " if key else ""
    came = f", got {first['input']!r:.80}" if first["type"] != "value_error" else ""
    return SettingsError(f"{where}: {prefix}{message}{came}")


def _names_a_kind(part: int | str) -> bool:
    """Where several kinds of value fit, pydantic says which one it tried; no user wrote that."""
    return isinstance(part, str) and (
        part.endswith("Settings") or part.startswith(("dict[", "constrained-", "literal["))
    )


def _in_a_table(key: str, model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Which table at this place knows the key, as a hint."""
    tables = {table: _keys_at(model, (*location, table)) for table in _keys_at(model, location)}
    found = [table for table, keys in tables.items() if key in keys and keys != _keys_at(model, location)]
    return f" (did you mean '{found[0]}.{key}'?)" if found else ""


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that a (nested) model knows."""
    for part in location:
        inner = model.model_fields[part].annotation if part in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def file_values(path: Path, model: type[BaseModel]) -> dict[str, Any]:
    """The tables of a TOML file for the model; relative paths in it are meant from where the file lies.

    Raises:
        SettingsError: it is no TOML.
    """
    paths = {name for name, field in model.model_fields.items() if "Path" in str(field.annotation)}
    return {key: _from(path.parent, value) if key in paths else value for key, value in read_toml(path).items()}


def _from(home: Path, value: Any) -> Any:  # noqa: ANN401 - whatever the file holds; what is no path is refused later
    if isinstance(value, dict):
        return {key: _from(home, inner) for key, inner in value.items()}
    return str(home / value) if isinstance(value, str) and value != "-" else value


def override(values: dict[str, Any], overrides: Iterable[str]) -> None:
    """Write `train.steps=500` and its like into nested tables; values are TOML, bare words are strings.

    Raises:
        SettingsError: an override has no "=", or leads through something that is no table.
    """
    for text in overrides:
        path, equals, value = text.partition("=")
        keys = [quoted or bare for quoted, bare in _KEY.findall(path.strip())]
        if not equals or not all(keys) or _KEY.sub("", path.strip()):
            raise SettingsError(f"an override reads key=value or table.key=value, got {text!r}")
        table = values
        for key in keys[:-1]:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise SettingsError(f"the override {text!r} leads through {key!r}, which is no table")
        table[keys[-1]] = _toml_value(value.strip())


def _toml_value(text: str) -> Any:  # noqa: ANN401 - a TOML value is of any type
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
