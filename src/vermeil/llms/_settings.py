"""Checks the settings that adapters are made with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from vermeil.errors import SettingsError


def number(name: str, value: float | None) -> float | None:
    """The value.

    Raises:
        SettingsError: it is no number.
    """
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value)):
        raise SettingsError(f"{name} is a number, got {value!r}")
    return value


def positive(name: str, value: float) -> float:
    """The value.

    Raises:
        SettingsError: it is no number above 0.
    """
    if not number(name, value) or not value > 0:
        raise SettingsError(f"{name} is above 0, got {value!r}")
    return value


def fields(given: Mapping[str, Any], extra: Mapping[str, Any] | None, ours: Collection[str]) -> dict[str, Any]:
    """The fields of a request that were set.

    Raises:
        SettingsError: one is of the wrong kind, or among those that vermeil sets itself.
    """
    if extra is not None and not isinstance(extra, Mapping):
        raise SettingsError(f"extra is a table of further fields of a request, got {extra!r:.80}")
    for name in extra or {}:
        if name in ours:
            raise SettingsError(f"extra can't set {name!r}: vermeil sets it itself")
    set_ones = {name: value for name, value in given.items() if value is not None}
    return set_ones | dict(extra or {})
