"""From an answer to labels, or to the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vermeil.annotate._attempts import encodable
from vermeil.annotate.stored import Stored
from vermeil.data import Example, Kind, Lost, Span, Vote
from vermeil.errors import DataError, UnreadableAnswer
from vermeil.exchange import Answer
from vermeil.llms.base import LLM
from vermeil.tasks.base import OUTSIDE_JSON, Task

CUT = "the answer was cut off; raise max_tokens"


@dataclass(frozen=True)
class Reading:
    """What became of one text.

    Args:
        failed: why there are no labels, "" if the answer was read.
        repaired: how a malformed answer was read all the same.
        again: another answer to the same question may do better.
        unreadable: the answer itself, where its form was wrong: the LLM can be shown what was.
        stored: the answer was there before this run.
        asked: false where nobody has been asked: no answer is stored, and the run asks no more.
        votes: who named what, where several were asked.
    """

    labels: tuple[Span, ...] = ()
    lost: tuple[Lost, ...] = ()
    failed: str = ""
    repaired: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cut: bool = False
    again: bool = False
    unreadable: str = ""
    stored: bool = False
    asked: bool = True
    votes: tuple[Vote, ...] = ()

    def label(self, example: Example, source: str, kind: Kind) -> Example:
        """The example with these labels in place of its own; unlabelled where nobody was asked."""
        return replace(
            example,
            labels=self.labels,
            source=source if self.asked else "",
            lost=self.lost,
            failed=self.failed,
            votes=self.votes,
            kind=kind,
        )


UNASKED = Reading(asked=False)
"""Of a text that no answer is stored for, in a run that asks no more."""

BLANK = Reading(failed="a blank text is in no class", asked=False)
"""Of a text without words that is to have a class."""


def read(task: Task, text: str, answer: Answer) -> Reading:
    """The labels in an answer.

    An answer that cannot be read, was cut off, or has labels none of which could be used is a `Reading` that
    failed: as an empty or a half-labelled text it would teach that there are no names where there are some.
    """
    try:
        parsed = task.parse(answer.text, text)
        Example(text, parsed.labels, kind=task.kind)  # out of range, or overlapping
    except (UnreadableAnswer, DataError) as error:
        hint = f" ({CUT})" if answer.cut else ""
        return _reading(answer, Reading(failed=f"{error}{hint}", again=True, unreadable=answer.text))
    if "cut" in parsed.repaired or (answer.cut and parsed.repaired == OUTSIDE_JSON):
        saved = tuple(Lost(text[span.start : span.end], span.label, "in a cut answer") for span in parsed.labels)
        return _reading(answer, Reading((), saved + parsed.lost, CUT, parsed.repaired, again=True))
    if parsed.lost and not parsed.labels:
        return _reading(answer, Reading(lost=parsed.lost, failed="none of the labels in the answer could be used"))
    return _reading(answer, Reading(parsed.labels, parsed.lost, repaired=parsed.repaired))


def unread(error: Exception | None) -> Reading:
    """A text that has no answer, or whose reply holds none."""
    if isinstance(error, UnreadableAnswer):
        return Reading(failed=str(error), tokens_in=error.tokens_in, tokens_out=error.tokens_out, again=True)
    return Reading(failed=str(error), again=True)


def read_body(task: Task, llm: LLM, text: str, body: str) -> Reading:
    """The labels in a provider's raw reply."""
    try:
        return read(task, text, llm.read(body))
    except UnreadableAnswer as error:
        return unread(error)


def read_stored(task: Task, llm: LLM, text: str, stored: Stored) -> Reading:
    """What a stored answer says."""
    found = read_body(task, llm, text, stored.body) if stored.form == "body" else read(task, text, Answer(stored.body))
    return replace(found, stored=True)


def _reading(answer: Answer, reading: Reading) -> Reading:
    lost = tuple(Lost(encodable(one.text), encodable(one.label), one.reason) for one in reading.lost)
    return replace(
        reading,
        lost=lost,
        failed=encodable(reading.failed),
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cut=answer.cut,
    )
