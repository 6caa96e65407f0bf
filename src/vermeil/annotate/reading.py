"""From a stored answer to labels, or to the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.data import Example, Lost, Span
from vermeil.errors import DataError, UnreadableAnswer
from vermeil.exchange import Answer, Prompt
from vermeil.llms.base import LLM
from vermeil.llms.scripted import Form
from vermeil.tasks.base import Task


@dataclass(frozen=True)
class Reading:
    """What became of one text.

    Args:
        failed: why there are no labels, "" if the answer was read.
        repaired: how a malformed answer was read all the same.
        again: another answer to the same question may do better.
        stored: the answer was there before this run.
    """

    labels: tuple[Span, ...] = ()
    lost: tuple[Lost, ...] = ()
    failed: str = ""
    repaired: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cut: bool = False
    again: bool = False
    stored: bool = False

    def label(self, example: Example, source: str) -> Example:
        """The example with these labels in place of its own."""
        return replace(example, labels=self.labels, source=source, lost=self.lost, failed=self.failed)


def read(task: Task, llm: LLM, text: str, body: str, form: Form = "body") -> Reading:
    """The labels in an answer.

    An answer that cannot be read, was cut off, or has labels none of which could be used is a `Reading` that
    failed: as an empty or a half-labelled text it would teach that there are no names where there are some.
    """
    answer = Answer("")
    try:
        answer = llm.read(body) if form == "body" else Answer(body)
        parsed = task.parse(answer.text, text)
        Example(text, parsed.labels)  # out of range, or overlapping
    except (UnreadableAnswer, DataError) as error:
        hint = f" ({CUT})" if answer.cut else ""
        return _reading(answer, failed=f"{error}{hint}", again=True)
    if "cut" in parsed.repaired:
        saved = tuple(Lost(text[span.start : span.end], span.label, "in a cut answer") for span in parsed.labels)
        return _reading(answer, lost=saved + parsed.lost, failed=CUT, repaired=parsed.repaired, again=True)
    if parsed.lost and not parsed.labels:
        return _reading(answer, lost=parsed.lost, failed="none of the labels in the answer could be used")
    return _reading(answer, labels=parsed.labels, lost=parsed.lost, repaired=parsed.repaired)


CUT = "the answer was cut off; raise max_tokens"


def _reading(
    answer: Answer,
    *,
    labels: tuple[Span, ...] = (),
    lost: tuple[Lost, ...] = (),
    failed: str = "",
    repaired: str = "",
    again: bool = False,
) -> Reading:
    return Reading(labels, lost, failed, repaired, answer.tokens_in, answer.tokens_out, answer.cut, again)


def stored_reading(
    store: AnswerStore, task: Task, llm: LLM, text: str, prompt: Prompt, retry_failed: bool
) -> Reading | None:
    """What the store knows of this text; None if it is to be asked for."""
    stored = store.get(answer_key(llm.settings, prompt))
    if stored is None:
        return None
    reading = replace(read(task, llm, text, stored.body, stored.form), stored=True)
    return None if reading.again and retry_failed else reading
