"""What every part of a run works with: who is asked, what is stored, what is to be asked next."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from vermeil.annotate.asking import Question
from vermeil.annotate.method import Method
from vermeil.annotate.reading import Reading, read_stored
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.exchange import Prompt
from vermeil.llms.base import LLM
from vermeil.tasks.base import Task


class Desk:
    """Shared by the parts of one run; only the caller's thread comes near it.

    Args:
        retry_failed: ask again where what is stored cannot be read.
        asking: false once nothing more is to be asked.
        elsewhere: keys of questions that are being asked in another way.
    """

    def __init__(
        self,
        task: Task,
        voters: Sequence[LLM],
        store: AnswerStore,
        method: Method,
        *,
        retry_failed: bool,
        asking: bool,
        elsewhere: Collection[str] = frozenset(),
    ) -> None:
        self.task = task
        self.voters = voters
        self.store = store
        self.method = method
        self.asking = asking
        self.elsewhere = elsewhere
        self.outbox: deque[Question] = deque()
        self.retry_failed = retry_failed

    def prompt(self, text: str) -> Prompt:
        """The question for one text, with the examples that were chosen for it."""
        choose = self.method.examples
        return self.task.prompt(text, choose(text)) if choose else self.task.prompt(text)

    def prompt_many(self, texts: Sequence[str]) -> Prompt:
        """The question for several texts at once; they share the task's own examples."""
        return self.task.prompt_many(texts)

    def key(self, voter: int, prompt: Prompt) -> str:
        """Under which this voter's answer lies."""
        return answer_key(self.voters[voter].settings, prompt)

    def known(self, text: str, voter: int, key: str) -> Reading | None:
        """What is stored; None where it is to be asked for."""
        stored = self.store.get(key)
        if stored is None:
            return None
        reading = read_stored(self.task, self.voters[voter], text, stored)
        return None if reading.again and self.retry_failed and self.asking else reading
