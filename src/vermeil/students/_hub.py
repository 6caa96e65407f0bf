"""Models from a hub: plain files of one commit, in a folder of their own, under the names that the hub gives them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from vermeil import __version__
from vermeil.errors import HubError, ModelError
from vermeil.files import new_folder, writing_errors
from vermeil.students._card import NAME

_COMMIT = re.compile("[0-9a-f]{40}")
_PLAIN = re.compile(r"[A-Za-z0-9_][\w.-]*\.(json|safetensors|onnx|txt|model|md)", re.ASCII)
"""Files that are fetched: none in folders, no pickles, no code."""

_TIMEOUT = 20  # seconds


def fetched(name: str, revision: str) -> tuple[Path, str]:
    """The folder with the files of that revision, and ORG/NAME@COMMIT.

    Raises:
        ModelError: there is no such model or revision, or it is no model of vermeil's.
        HubError: the hub cannot be reached, or fails.
    """
    known = _kept(name) / revision
    if _COMMIT.fullmatch(revision) and known.is_dir():
        return known, f"{name}@{revision}"
    with asking(f"{name}@{revision}"):
        info = api().model_info(name, revision=revision, timeout=_TIMEOUT)
    commit, files = str(info.sha), [each.rfilename for each in info.siblings or ()]
    if _COMMIT.fullmatch(revision) and commit != revision:
        raise HubError(f"{name}@{revision}: the hub answers with another commit ({commit[:40]!r}); nothing is fetched")
    if not _COMMIT.fullmatch(commit):
        raise HubError(f"{name}@{revision}: the hub does not say which commit that is")
    wanted = sorted(file for file in files if _PLAIN.fullmatch(file))
    if NAME not in wanted:
        raise ModelError(f"{name}@{revision}: no model of vermeil's (it has no {NAME}); `vermeil push` writes one")
    return _fetch(name, commit, wanted), f"{name}@{commit}"


def api() -> HfApi:
    """The hub of HF_ENDPOINT, with the token of HF_TOKEN; a token that lies in a file is not looked for."""
    token = os.environ.get("HF_TOKEN", "").strip()
    endpoint = os.environ.get("HF_ENDPOINT") or None
    return HfApi(endpoint=endpoint, token=token or False, library_name="vermeil", library_version=__version__)


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Every way in which a hub fails, as one line in our own words: those of the server may repeat the token."""
    known = "the token of HF_TOKEN may not see it" if os.environ.get("HF_TOKEN") else "it is private: then set HF_TOKEN"
    try:
        with _bars():
            yield
    except GatedRepoError:
        raise ModelError(f"{what}: its owner gives access on request; ask on its page, and set HF_TOKEN") from None
    except RepositoryNotFoundError:
        raise ModelError(f"{what}: the hub shows no such model; check the name, or {known}") from None
    except RevisionNotFoundError:
        raise ModelError(f"{what}: the model has no such commit, tag or branch; check what stands behind @") from None
    except OfflineModeIsEnabled:
        raise HubError(f"{what}: is not kept here, and HF_HUB_OFFLINE is set; unset it, or name a folder") from None
    except HfHubHTTPError as error:
        raise _refused(what, error.response.status_code) from None
    except LocalEntryNotFoundError as error:
        if isinstance(error.__cause__, HfHubHTTPError):
            raise _refused(what, error.__cause__.response.status_code) from None
        raise HubError(f"{what}: the hub cannot be reached; try again later") from None
    except httpx2.HTTPError as error:
        raise HubError(f"{what}: the hub cannot be reached ({type(error).__name__}); try again later") from None
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # of the disk
        raise HubError(f"{what}: the hub's library gave up ({type(error).__name__}); try again later") from None


def _refused(what: str, status: int) -> ModelError | HubError:
    if status in (401, 403):
        return ModelError(f"{what}: the hub refuses ({status}); set HF_TOKEN to a token that may do this")
    if status in (400, 404, 409, 412, 422):
        return ModelError(f"{what}: the hub refuses ({status}); check name and revision, and run again")
    return HubError(f"{what}: the hub fails ({status}); try again later")


def _fetch(name: str, commit: str, files: list[str]) -> Path:
    target = _kept(name) / commit
    with writing_errors(target), _alone(target.parent):
        if target.is_dir():
            return target
        with new_folder(target) as inside, asking(f"{name}@{commit}"):
            for file in files:
                api().hf_hub_download(name, file, revision=commit, local_dir=inside)
            shutil.rmtree(inside / ".cache", ignore_errors=True)  # what the library notes for itself
    return target


def _kept(name: str) -> Path:
    """Where the commits of a model lie, besides the library's own cache: that one is made of links."""
    return Path(os.environ.get("HF_HOME") or constants.HF_HOME).expanduser() / "vermeil" / name.replace("/", "--")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no two processes fetch the same model at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _bars() -> Iterator[None]:
    """The library's progress bars, only where somebody watches."""
    if sys.stderr.isatty() or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
