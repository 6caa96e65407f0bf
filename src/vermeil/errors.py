"""Every error that a user can meet.

VermeilError                 exit code 1: something failed that is not the user's mistake
├── UserError                exit code 2: something to put right in a file, an option or a name
│   ├── DataError            a file or an example is not what it claims to be
│   ├── SettingsError        a setting is unknown, of the wrong kind, or missing (a key, a price)
│   ├── UnknownName          a name is not in the list; the message holds the list
│   ├── ModelError           a folder is not a model that can be loaded safely
│   └── MissingExtra         an optional dependency is not installed
├── StoreError               the answer store cannot be opened, or is held by another run
├── OutputError              a result could not be written; nothing half-written is left
├── UnreadableAnswer         the LLM answered, but not in the form that was asked for
└── LLMError                 the LLM refused this one prompt
    ├── LLMBusy              overloaded or rate-limited: the same call may succeed later
    └── LLMUnavailable       no call can succeed (wrong key, no such model, no server): stop the run

Every message says what came, what was expected, and what to do about it, in one line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class VermeilError(Exception):
    """Base class: `except VermeilError` catches all of ours and nothing else."""

    exit_code = 1


class UserError(VermeilError):
    """Something that the user can put right."""

    exit_code = 2


class DataError(UserError):
    """A file or an example is not what it claims to be."""


class SettingsError(UserError):
    """A setting is unknown, of the wrong kind, or missing."""


class UnknownName(UserError):
    """A name was not found; the message names the nearest one and lists those that exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        super().__init__(f"no {kind} named {name!r}{nearest(name, known)}; there are: {', '.join(known)}")


class ModelError(UserError):
    """A folder is not a model that can be loaded safely."""


class MissingExtra(UserError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional dependency: pip install 'vermeil[{extra}]'")


class StoreError(VermeilError):
    """The answer store cannot be opened, or another run holds it."""


class OutputError(VermeilError):
    """A result could not be written."""

    exit_code = 2


class UnreadableAnswer(VermeilError):
    """The LLM answered, but not in the form that was asked for."""


class LLMError(VermeilError):
    """The LLM refused this one prompt; another prompt may well succeed."""


class LLMBusy(LLMError):
    """The LLM is overloaded or rate-limited; `retry_after` holds the seconds that it asked for, if it did."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LLMUnavailable(LLMError):
    """No call can succeed: no server, no such model, a wrong key."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error message: `" (did you mean 'sigmoid'?)"`, or nothing where no name is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
