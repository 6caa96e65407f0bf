"""A folder is a registry: the file name is the name that users type.

`load("student", students, "memorizer")` imports `vermeil.students.memorizer` and nothing else, so a
heavy dependency is needed only by those who use it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

from vermeil.errors import UnknownName


def names(package: ModuleType) -> list[str]:
    """What there is to choose from; `base` and `_private` files are not choices."""
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in found if name != "base" and not name.startswith("_"))


def load(kind: str, package: ModuleType, name: str) -> ModuleType:
    """The module of that name.

    Raises:
        UnknownName: there is none; the message lists those there are.
    """
    if name not in names(package):
        raise UnknownName(kind, name, names(package))
    return import_module(f"{package.__name__}.{name}")


def first_line(module: ModuleType) -> str:
    """The first sentence of a module's docstring: what `vermeil list` shows."""
    return (module.__doc__ or "").strip().split("\n", 1)[0]
