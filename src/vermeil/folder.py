"""A folder is a registry: the file name is the name that users type.

`load("student", students, "memorizer")` imports `vermeil.students.memorizer` and nothing else, so a
heavy dependency is needed only by those who use it.
"""

from __future__ import annotations

import ast
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
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


def abouts(package: ModuleType) -> dict[str, str]:
    """Each name with the first sentence of its module, read without importing it: what `vermeil list` shows."""
    return {name: _first_sentence(package, name) for name in names(package)}


def _first_sentence(package: ModuleType, name: str) -> str:
    spec = find_spec(f"{package.__name__}.{name}")
    source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
    return (ast.get_docstring(ast.parse(source)) or "").split("\n", 1)[0]
