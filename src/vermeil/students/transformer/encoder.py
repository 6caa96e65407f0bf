"""An encoder by name: the embedded one, a folder, or an id on the model hub; always ends as a folder of plain files."""

from __future__ import annotations

import re
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

from vermeil.errors import ModelError
from vermeil.students.transformer.embedded import embedded_encoder

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
# plain files only: no pickles, no code
_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]


def find_encoder(name: str) -> Path:
    """The folder of the encoder; an id on the hub is downloaded, unless it lies in the local cache.

    Raises:
        ModelError: there is no such folder and no such id, or the hub cannot be reached.
    """
    if name == "minilm":
        return embedded_encoder()
    if Path(name).is_dir():
        return Path(name)
    if not _HUB_ID.fullmatch(name) or name.startswith("."):
        raise ModelError(f"the encoder {name!r} is neither a folder nor an id on the model hub; check the path")
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    remedy = "give a folder that holds it, or the embedded encoder 'minilm'"
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=_FILES, ignore_patterns=["*/*"]))
    except RepositoryNotFoundError:
        raise ModelError(
            f"the encoder {name!r} is no folder here and no public id on the model hub; {remedy}"
        ) from None
    except LocalEntryNotFoundError:
        why = "HF_HUB_OFFLINE is set" if huggingface_hub.constants.HF_HUB_OFFLINE else "the hub cannot be reached"
        raise ModelError(f"the encoder {name!r} is not in the local cache and {why}; {remedy}") from None
    except (HfHubHTTPError, OSError, ValueError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise ModelError(f"the encoder {name!r} could not be fetched from the hub ({reason}); {remedy}") from None
