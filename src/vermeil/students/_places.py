"""Where a model lies: in a folder here, or at a revision on a model hub, from where it is fetched once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from vermeil.errors import MissingExtra, ModelError

HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_AT = re.compile(rf"(?P<name>{HUB_NAME.pattern})@(?P<revision>[A-Za-z0-9][\w./-]*)", re.ASCII)


class Place(NamedTuple):
    """The folder, and how records call the model: the folder's own name, or ORG/NAME@COMMIT."""

    folder: Path
    name: str


def find(model: Path | str) -> Place:
    """The place of a model: a folder, or ORG/NAME@REVISION on a hub; a folder of that name goes first.

    A revision is a commit, a tag or a branch. A commit that was fetched once needs no network again; of a tag or a
    branch, the hub is asked which commit it is now, and records name that.

    Raises:
        ModelError: the hub has no such model or revision, or doesn't show it.
        HubError: the hub cannot be reached, or fails.
        MissingExtra: huggingface_hub is not installed.
    """
    folder = Path(model)
    if folder.is_dir():
        return Place(folder, folder.name.strip(".") or folder.resolve().name)
    if there := _AT.fullmatch(str(model)):
        try:
            from vermeil.students import _hub  # loads huggingface_hub
        except ModuleNotFoundError:
            raise MissingExtra(f"fetching {model} from a hub", "hub") from None
        return Place(*_hub.fetched(there["name"], there["revision"]))
    if HUB_NAME.fullmatch(str(model)):
        raise ModelError(
            f"{model}: there is no such folder; if it is a model on a hub, name its revision too: {model}@COMMIT"
        )
    return Place(folder, folder.name)
