"""One run, seen from the caller: which texts are on their way, what is to be asked, what is done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from vermeil.annotate._seen import Seen
from vermeil.annotate.asking import Asked, Kind, Question, Stopped
from vermeil.annotate.desk import Desk
from vermeil.annotate.groups import Groups
from vermeil.annotate.labelling import Labelling
from vermeil.annotate.reading import BLANK, Reading
from vermeil.annotate.singles import Singles, Slot
from vermeil.annotate.verification import Verification
from vermeil.annotate.votes import Rule
from vermeil.data import Example
from vermeil.errors import BudgetSpent, StoreError

MOST_TEXTS = 20_000
"""Texts on their way at once: one slow answer holds back those behind it, since they come out in order."""

MOST_CHARACTERS = 32 * 2**20

# What is let in, at most, before the answers that have come meanwhile are looked at.
_TURN = 256  # texts
_TURN_CHARACTERS = 2**20
_TURN_SECONDS = 0.05  # texts may come slower than answers


@dataclass
class Standing:
    """How far a run is, for whoever watches.

    Args:
        total: texts in all, None where that isn't known.
        stored: texts whose answers were there before.
        asked: questions that were handed to an LLM and have ended.
        in_flight: calls on the wire.
        tokens: paid for in this run.
        cost: in the currency of the prices; None without them.
        stopping: after a Ctrl-C, while what is under way comes in.
    """

    total: int | None = None
    done: int = 0
    stored: int = 0
    failed: int = 0
    asked: int = 0
    in_flight: int = 0
    tokens: int = 0
    cost: float | None = None
    stopping: bool = False

    def __str__(self) -> str:
        if self.stopping:
            return f"stopping, still to come: {self.in_flight:,} (Ctrl-C again gives them up)"
        counts = {"stored": self.stored, "failed": self.failed, "in flight": self.in_flight, "tokens": self.tokens}
        shown = [f"{count:,} {what}" for what, count in counts.items() if count]
        return " · ".join(shown if self.cost is None else [*shown, f"cost {self.cost:,.2f}"])


class _Part(Protocol):
    def take(self, question: Question, asked: Asked) -> None: ...
    def unask(self, question: Question) -> None: ...


class Job:
    """`admit` lets texts in, `questions` gives what is to be asked, `take` takes what came, `ready` what is done.

    Only it touches the store, and it stores what came before it reads it.
    """

    def __init__(self, desk: Desk, total: int | None = None) -> None:
        self.fatal: Exception | None = None
        self.out_of_budget = False
        self.standing = Standing(total)
        self._desk = desk
        self._singles = Singles(desk)
        self._groups = Groups(desk, self._singles)
        self._verification = Verification(desk)
        self._parts: Mapping[Kind, _Part] = {
            "answer": self._singles,
            "repair": self._singles,
            "many": self._groups,
            "verify": self._verification,
        }
        self._seen = Seen()
        self._texts: deque[Labelling] = deque()
        self._characters = 0
        self._names = [voter.name for voter in desk.voters]
        self._rule = Rule(desk.method.keep, desk.task.kind, tuple(desk.task.labels))
        self._ledger: dict[tuple[str, str], int] = {}

    @property
    def full(self) -> bool:
        """Whether texts have to come out before more are let in."""
        return len(self._texts) >= MOST_TEXTS or self._characters >= MOST_CHARACTERS

    @property
    def empty(self) -> bool:
        """Whether no text is on its way."""
        return not self._texts

    @property
    def waiting(self) -> int:
        """Questions that nobody has been given yet."""
        return len(self._desk.outbox)

    def admit(self, examples: Iterable[Example]) -> None:
        """Let texts in; what the store knows of them is read at once."""
        method = self._desk.method
        want = self._singles_want if method.texts_per_request == 1 else self._groups.want
        for example in examples:
            first = self._seen.first_time(example.text)
            pieces = method.pieces(example.text, self._rule.kind)
            labelling = Labelling(example, pieces, len(self._names), first, self._rule)
            labelling.final = None if pieces else BLANK
            self._texts.append(labelling)
            self._characters += len(example.text)
            for voter in range(len(self._names)):
                for number, (start, end) in enumerate(pieces):
                    want(example.text[start:end], voter, self._slot(labelling, voter, number))

    def close(self) -> None:
        """Forget which texts were seen."""
        self._seen.close()

    def close_groups(self) -> None:
        """Ask for texts that have been waiting to share a request."""
        self._groups.close()

    def questions(self, most: int) -> list[Question]:
        """At most so many of the questions that wait, each noted as handed out."""
        outbox = self._desk.outbox
        taken = [outbox.popleft() for _ in range(min(most, len(outbox)))]
        for question in taken:
            self._ledger[question.key, question.kind] = self._desk.store.sent(
                question.key, self._names[question.voter], question.text
            )
        return taken

    def take(self, question: Question, asked: Asked) -> None:
        """Keep what came, then read it."""
        self.standing.asked += 1
        try:
            self._keep(question, asked)
            self._read(question, asked)
        except Exception as error:  # the answers beside this one are paid for, too: they are kept before the run ends
            self.fatal = self.fatal or error

    def look_at_store(self) -> None:
        """End the run if an answer could not be written: what follows would be paid for and lost."""
        try:
            self._desk.store.check()
        except StoreError as error:
            self.fatal = self.fatal or error

    def ready(self) -> Iterator[tuple[Labelling, Reading]]:
        """The texts that are done, in the order in which they came."""
        while self._texts and (final := self._texts[0].final) is not None:
            labelling = self._texts.popleft()
            self._characters -= len(labelling.example.text)
            self.standing.done += 1
            self.standing.stored += final.stored
            self.standing.failed += bool(final.failed)
            yield labelling, final

    def _singles_want(self, text: str, voter: int, slot: Slot) -> None:
        if question := self._singles.want(text, voter, slot):
            self._desk.outbox.append(question)

    def _slot(self, labelling: Labelling, voter: int, piece: int) -> Slot:
        def put(reading: Reading) -> None:
            if labelling.put(voter, piece, reading):
                self._verification.finish(labelling, labelling.merged(self._names))

        return put

    def _keep(self, question: Question, asked: Asked) -> None:
        """Every body that came, the last one as the answer; and in the ledger, how it ended."""
        store, llm = self._desk.store, self._desk.voters[question.voter]
        attempt = self._ledger.pop((question.key, question.kind), None)
        for body in asked.rejected:
            store.put(llm, question.prompt, question.text, body, key=question.key)
        if asked.body is None:
            if attempt is not None:
                store.ended(attempt, str(asked.error), asked.tries)
            return
        store.put(
            llm,
            question.prompt,
            question.text,
            asked.body,
            key=question.key,
            attempt_id=attempt,
            tokens_in=asked.tokens_in,
            tokens_out=asked.tokens_out,
            on_saved=asked.saved,
        )

    def _read(self, question: Question, asked: Asked) -> None:
        if asked.ends_the_run:
            self.fatal = self.fatal or asked.error
        elif isinstance(asked.error, BudgetSpent):
            self._stop_asking()
            self._parts[question.kind].unask(question)
        elif not isinstance(asked.error, Stopped):
            self._parts[question.kind].take(question, asked)

    def _stop_asking(self) -> None:
        self._desk.asking, self.out_of_budget = False, True
        self._groups.close()
        while self._desk.outbox:
            question = self._desk.outbox.popleft()
            self._parts[question.kind].unask(question)


def drawn_now(examples: Iterator[Example]) -> list[Example]:
    """The next few; at least one, unless there are no more."""
    drawn, characters, until = [], 0, time.monotonic() + _TURN_SECONDS
    for example in islice(examples, _TURN):
        drawn.append(example)
        characters += len(example.text)
        if characters >= _TURN_CHARACTERS or time.monotonic() >= until:
            break
    return drawn
