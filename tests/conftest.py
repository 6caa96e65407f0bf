"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# In CI a property test tries the same cases every time; at a desk it looks for new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The measuring data beside the clone; never part of the project."""
    if not SHARED.exists():
        pytest.skip(f"needs the measuring data in {SHARED.name}/ beside the clone")
    return SHARED
