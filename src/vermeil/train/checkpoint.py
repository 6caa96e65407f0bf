"""Checkpoints of a training run: whole or not there, and only ever picked up by the run that they belong to.

A checkpoint is a folder `step-N` of JSON and safetensors that is made beside and renamed; the one before it goes
only then. It lies beside the model's folder, not in it: an earlier model stays in use until the new one is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vermeil.errors import CheckpointError
from vermeil.exchange import canonical
from vermeil.files import new_folder
from vermeil.lock import LOCK, held
from vermeil.students.base import State

EVERY = 60.0
"""Seconds between two checkpoints; writing one of the embedded student's takes about half a second."""

_VALUES, _ARRAYS, _BEST = "state.json", "state.safetensors", "best.safetensors"
_KEYS = ("made_of", "student", "steps", "seconds", "choice")
_ANEW = "start anew with --fresh"


@dataclass(frozen=True)
class Reached:
    """How far a run came: the student's state, what happened in each step, and the seconds that it took.

    Args:
        choice: what was seen on dev, and the best state by it, where the run's model is chosen so.
    """

    student: State
    steps: Sequence[Sequence[float]]
    seconds: float
    choice: State = State()  # noqa: RUF009 - frozen


class Checkpoints:
    """The checkpoints of one run, held by one process; made by `checkpoints`."""

    def __init__(self, folder: Path, every: float, keep_last: bool) -> None:
        self._folder, self._every, self.keep_last = folder, every, keep_last
        self._saved = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether the last one is old enough for another."""
        return time.monotonic() - self._saved >= self._every

    def save(self, reached: Reached, made_of: Mapping[str, Any]) -> None:
        """Keep how far the run came, and forget what was kept before.

        Args:
            made_of: everything that the run's result depends on.
        """
        earlier = self._whole()
        name = f"step-{len(reached.steps):09d}"
        if earlier and earlier[-1].name == name:
            return
        content = {
            "made_of": made_of,
            "student": reached.student.values,
            "steps": reached.steps,
            "seconds": reached.seconds,
            "choice": reached.choice.values,
        }
        with new_folder(self._folder / name) as inside:
            for file, arrays in ((_ARRAYS, reached.student.arrays), (_BEST, reached.choice.arrays)):
                _save(inside / file, arrays)
            (inside / _VALUES).write_text(json.dumps(content) + "\n", encoding="utf-8")
        for each in earlier:
            shutil.rmtree(each, ignore_errors=True)
        self._saved = time.monotonic()

    def last(self, made_of: Mapping[str, Any]) -> Reached | None:
        """What was kept last, if anything was.

        Raises:
            CheckpointError: it is damaged, or belongs to another run than one made of this, or to another version.
        """
        whole = self._whole()
        if not whole:
            return None
        try:
            content = json.loads((whole[-1] / _VALUES).read_text(encoding="utf-8"))
            if lacking := [key for key in _KEYS if key not in content]:
                raise self.of_another_version(f"no {', '.join(lacking)}")
            self._check(content["made_of"], made_of)
            state = State(_arrays(whole[-1] / _ARRAYS), content["student"])
            choice = State(_arrays(whole[-1] / _BEST), content["choice"])
            return Reached(state, content["steps"], content["seconds"], choice)
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = f"{whole[-1]}: the checkpoint is damaged ({_reason(error)})"
            raise CheckpointError(why, f"delete it, or {_ANEW}") from None

    def of_another_version(self, how: Exception | str) -> CheckpointError:
        """What to raise where the last one is whole, but not what this version writes."""
        why = f"{self._whole()[-1]}: the checkpoint was written by another version of vermeil ({_reason(how)})"
        return CheckpointError(why, f"finish that run with its own version, or {_ANEW}")

    def remove(self) -> None:
        """The run is whole, its checkpoints are not needed any more."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _whole(self) -> list[Path]:
        return sorted(self._folder.glob("step-*"))

    def _check(self, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        before, now = dict(_flat(theirs)), dict(_flat(json.loads(canonical(ours))))
        other = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
        if other:
            more = f" and {len(other) - 3} more" if len(other) > 3 else ""
            why = f"{self._folder} belongs to a run with another {', '.join(other[:3])}{more}"
            raise CheckpointError(why, f"finish that one with its own command, delete the folder, or {_ANEW}")


@contextmanager
def checkpoints(
    folder: Path | str, *, every: float = EVERY, fresh: bool = False, keep_last: bool = False
) -> Iterator[Checkpoints]:
    """The checkpoints in a folder, which is gone afterwards if none is left in it.

    Args:
        every: seconds from one to the next; 0 for one after each step.
        fresh: forget what an earlier run left there.
        keep_last: keep the state after the last step whatever the time, for a caller who has more to do with it.

    Raises:
        OutputError: another process trains there, or the folder cannot be written.
    """
    folder = Path(folder)
    with held(folder, f"another run keeps its checkpoints in {folder}; wait for it, or choose another folder"):
        _clear(folder, everything=fresh)
        try:
            yield Checkpoints(folder, every, keep_last)
        finally:
            if folder.is_dir() and [entry.name for entry in folder.iterdir()] == [LOCK]:
                shutil.rmtree(folder, ignore_errors=True)


def beside(model: Path) -> Path:
    """The folder for the checkpoints of a run that will write its model there."""
    whole = Path(os.path.realpath(model))
    return whole.with_name(f"{whole.name}.checkpoint")


def digest(state: State) -> str:
    """sha256 of a student's state: equal for equal bits."""
    found = hashlib.sha256(canonical(state.values).encode())
    for name in sorted(state.arrays):
        found.update(name.encode())
        found.update(state.arrays[name].tobytes())
    return found.hexdigest()


def _reason(error: Exception | str) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0][:100]


def _clear(folder: Path, *, everything: bool) -> None:
    """Remove what was being written when a run was killed, hidden by its name; or all there is."""
    for entry in folder.iterdir():
        if entry.is_dir() and (everything or entry.name.startswith(".step-")):
            shutil.rmtree(entry, ignore_errors=True)


def _save(path: Path, arrays: Mapping[str, Any]) -> None:
    if arrays:
        from safetensors.numpy import save_file

        save_file(dict(arrays), path)


def _arrays(path: Path) -> Mapping[str, Any]:
    if not path.exists():  # a student without arrays
        return {}
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from None


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value
