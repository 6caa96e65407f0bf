"""What `import vermeil` gives, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import vermeil as vm


@pytest.mark.parametrize("name", vm.__all__)
def test_every_public_name_is_there_and_documented(name):
    found = getattr(vm, name)
    assert not isinstance(found, ModuleType)
    assert name in {"GOLD", "STRATEGIES", "TREATMENTS"} or found.__doc__


def test_a_function_is_not_hidden_by_the_folder_of_its_name():
    import vermeil.compare.grid
    import vermeil.train.trainer  # noqa: F401

    assert all(callable(getattr(vm, name)) for name in ("train", "compare", "annotate", "report", "evaluate", "demo"))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'vermeil' has no attribute 'tarin'"):
        _ = vm.tarin


def test_importing_vermeil_loads_nothing_heavy():
    code = (
        "import sys, vermeil; print(sorted({'torch', 'transformers', 'numpy', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_names_listed_are_the_names_that_can_be_loaded():
    assert set(vm.__all__) == set(vm._HOME)
