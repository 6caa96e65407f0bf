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
        stored: the answer was there before this run.
    """

    labels: tuple[Span, ...] = ()
    lost: tuple[Lost, ...] = ()
    failed: str = ""
    repaired: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cut: bool = False
    stored: bool = False

    def label(self, example: Example, source: str) -> Example:
        """The example with these labels in place of its own."""
        return replace(example, labels=self.labels, source=source, lost=self.lost, failed=self.failed)


def read(task: Task, llm: LLM, text: str, body: str, form: Form = "body") -> Reading:
    """The labels in an answer; one that cannot be read is a `Reading` that failed, never an empty one."""
    answer = Answer("")
    try:
        answer = llm.read(body) if form == "body" else Answer(body)
        parsed = task.parse(answer.text, text)
        Example(text, parsed.labels)  # out of range, or overlapping
    except (UnreadableAnswer, DataError) as error:
        hint = " (cut off at the length limit; raise max_tokens)" if answer.cut else ""
        return Reading(
            failed=f"{error}{hint}", tokens_in=answer.tokens_in, tokens_out=answer.tokens_out, cut=answer.cut
        )
    return Reading(
        parsed.labels,
        parsed.lost,
        repaired=parsed.repaired,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cut=answer.cut,
    )


def stored_reading(
    store: AnswerStore, task: Task, llm: LLM, text: str, prompt: Prompt, retry_failed: bool
) -> Reading | None:
    """What the store knows of this text; None if it is to be asked for."""
    stored = store.get(answer_key(llm.settings, prompt))
    if stored is None:
        return None
    reading = replace(read(task, llm, text, stored.body, stored.form), stored=True)
    return None if reading.failed and retry_failed else reading
