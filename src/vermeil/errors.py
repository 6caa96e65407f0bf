"""Every error that a user can meet.

VermeilError                 exit code 1: something failed that is not the user's mistake
├── UserError                exit code 2: something to put right in a file, an option or a name
│   ├── DataError            a file or an example is not what it claims to be
│   ├── SettingsError        a setting is unknown, of the wrong kind, or missing (a key, a price)
│   ├── CheckpointError      a checkpoint is damaged, or of another run or version
│   ├── UnknownName          a name is not in the list; the message holds the list
│   ├── ModelError           a folder is not a model that can be loaded safely
│   └── MissingExtra         an optional dependency is not installed
├── TrainingDiverged         a step would have ruined the student; another seed or setting may do well
├── StoreError               the answer store cannot be opened, or is held by another run
│   └── NoStore              exit code 2: what was named is no answer store, but some other file or a folder
├── HubError                 a model hub cannot be reached, or fails
├── OutputError              exit code 2: a result could not be written; nothing half-written is left
├── BudgetSpent              a run stopped at the spending limit that the user set
├── UnreadableAnswer         the LLM answered, but not in the form that was asked for
│   ├── NoReply              what came is no reply of this API (a portal's page, an error): ask again
│   └── Refusal              the LLM, or the provider's filter, would not answer: asking again does not help
└── LLMError                 the LLM refused this one prompt
    ├── LLMBusy              overloaded or rate-limited: the same call may succeed later
    └── LLMUnavailable       no call can succeed (wrong key, no such model, no credit): stop the run

Every message says what came, what was expected, and what to do about it, in one line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal


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


class CheckpointError(UserError):
    """A run cannot go on from the checkpoint that is there; `why` is the message without what to do."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why, advice)
        self.why = why

    def __str__(self) -> str:
        return "; ".join(self.args)


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


class TrainingDiverged(VermeilError):
    """A step would have ruined the student; other seeds or settings may do well."""


class StoreError(VermeilError):
    """The answer store cannot be opened, or another run holds it."""


class NoStore(StoreError):
    """What was named is no answer store, but some other file or a folder."""

    exit_code = 2


class HubError(VermeilError):
    """A model hub cannot be reached, or fails."""


class OutputError(VermeilError):
    """A result could not be written."""

    exit_code = 2


class BudgetSpent(VermeilError):
    """The run stopped at the spending limit that the user set."""


class UnreadableAnswer(VermeilError):
    """The LLM answered, but not in the form that was asked for; its tokens were paid for all the same."""

    def __init__(self, message: str, tokens_in: int = 0, tokens_out: int = 0) -> None:
        super().__init__(message)
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out


class NoReply(UnreadableAnswer):
    """What came is no reply of this API, but a portal's page, an error object, or cut off: the same call may work."""


class Refusal(UnreadableAnswer):
    """The LLM would not answer, or the provider's filter held the answer back."""


class LLMError(VermeilError):
    """The LLM refused this one prompt; another prompt may well succeed."""


Busy = Literal["rate", "overload", "unreachable", "fault"]
"""Why a call may succeed later: too many calls; too much load; nobody listens; it broke off, or took too long."""


class LLMBusy(LLMError):
    """The same call may succeed later; `retry_after` holds the seconds that the server asked for, if it did."""

    def __init__(self, message: str, retry_after: float | None = None, cause: Busy = "fault") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.cause = cause


class LLMUnavailable(LLMError):
    """No call can succeed: no such model, a wrong key, no credit left."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error message: `" (did you mean 'sigmoid'?)"`, or nothing where no name is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
