"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The measuring data beside the clone; never part of the project."""
    if not SHARED.exists():
        pytest.skip(f"needs the measuring data in {SHARED.name}/ beside the clone")
    return SHARED
