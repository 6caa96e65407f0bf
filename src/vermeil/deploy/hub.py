"""An exported folder to a model hub: one commit that holds the folder and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vermeil.errors import MissingExtra, ModelError, SettingsError
from vermeil.students._card import NAME, read_card, read_json
from vermeil.students._places import HUB_NAME
from vermeil.students.transformer.manifest import MANIFEST
from vermeil.students.transformer.safety import check_saved

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_CARD = "README.md"
_OF_HUBS = {".gitattributes", _CARD}  # what a hub may put into a new repository


def push(folder: Path | str, name: str, *, private: bool = False) -> str:
    """Send an exported folder to the hub of HF_ENDPOINT (huggingface.co without it); ORG/NAME@COMMIT comes back.

    The repository is made if there is none. Earlier files of a model stay in its history. The token is that of
    HF_TOKEN, and goes nowhere else.

    Args:
        name: ORG/NAME.
        private: only those who are let in may see it; a repository that others can see is refused then.

    Raises:
        ModelError: the folder is no exported one, was changed, or the repository holds something else.
        SettingsError: the name cannot be one, or HF_TOKEN is not set.
        HubError: the hub cannot be reached, or fails; nothing of the commit is there then.
        MissingExtra: huggingface_hub is not installed.
    """
    files = _files(Path(folder))
    if not HUB_NAME.fullmatch(name):
        raise SettingsError(f"{name!r} is no name on a hub; ORG/NAME was expected, without a revision")
    if not os.environ.get("HF_TOKEN", "").strip():
        raise SettingsError("HF_TOKEN is not set; make a token that may write on the hub's page, and export it")
    try:
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

        from vermeil.students._hub import api, asking
    except ModuleNotFoundError:
        raise MissingExtra("pushing to a hub", "hub") from None
    hub = api()
    with asking(name):
        try:
            parent = _parent(hub, name, private)
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            hub.create_repo(name, private=private or None)
            parent = _parent(hub, name, private)
        done = hub.upload_folder(
            repo_id=name,
            folder_path=folder,
            allow_patterns=files,
            delete_patterns="*",
            commit_message="Exported with vermeil",
            parent_commit=parent,
        )
    return f"{name}@{done.oid}"


def _files(folder: Path) -> list[str]:
    """The files that the folder's manifest lists, itself, and the card."""
    read_card(folder)
    if not (folder / MANIFEST).is_file():
        raise ModelError(
            f"{folder}: only an exported folder is pushed, and it has no {MANIFEST}; first: vermeil export {folder}"
        )
    check_saved(folder)
    return [*read_json(folder / MANIFEST)["files"], MANIFEST, _CARD]


def _parent(hub: HfApi, name: str, private: bool) -> str | None:
    """The commit that the new one stands upon; if another came meanwhile, the hub refuses."""
    info = hub.model_info(name)
    files = {each.rfilename for each in info.siblings or ()}
    if private and not info.private:
        raise ModelError(f"{name}: everybody can see this repository; make it private on its page, or choose another")
    if files - _OF_HUBS and NAME not in files:
        raise ModelError(
            f"{name}: holds something else ({', '.join(sorted(files - _OF_HUBS)[:3])}), which would be removed; "
            "choose another name"
        )
    return info.sha
