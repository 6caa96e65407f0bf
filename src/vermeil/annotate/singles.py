"""One text, one answer: found in the store, on its way, or asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vermeil.annotate.asking import Asked, Question
from vermeil.annotate.desk import Desk
from vermeil.annotate.reading import UNASKED, Reading, read, unread
from vermeil.tasks import repair_prompt

Slot = Callable[[Reading], None]
"""Takes the reading of a piece to the text that it is of."""


class Singles:
    """Who waits for which answer; equal questions are asked once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._slots: dict[str, list[Slot]] = {}
        self._failed: dict[str, Reading] = {}

    def want(self, text: str, voter: int, slot: Slot) -> Question | None:
        """Get the reading to its slot, now or later; returns the question if it is to be asked."""
        desk = self._desk
        prompt = desk.prompt(text)
        key = desk.key(voter, prompt)
        if reading := self._failed.get(key) or desk.known(text, voter, key):
            slot(reading)
        elif not desk.asking or key in desk.elsewhere:
            slot(UNASKED)
        elif key in self._slots:
            self._slots[key].append(slot)
        else:
            self._slots[key] = [slot]
            return Question(text, prompt, key, voter)
        return None

    def take(self, question: Question, asked: Asked) -> None:
        """Read what came; where only its form is wrong, show it to the LLM and ask once more."""
        if asked.answer is None:
            self.settle(question.key, unread(asked.error))
            return
        reading = read(self._desk.task, question.text, asked.answer)
        if question.kind == "answer" and reading.unreadable and not reading.cut and self._repairs:
            sent = repair_prompt(question.prompt, reading.unreadable, reading.failed)
            self._desk.outbox.appendleft(replace(question, sent=sent, kind="repair"))
            return
        if question.kind == "repair" and not reading.failed:
            reading = replace(reading, repaired=", ".join(filter(None, ("asked again", reading.repaired))))
        self.settle(question.key, reading)

    def settle(self, key: str, reading: Reading) -> None:
        """Give the reading to all who wait for it."""
        if reading.failed:
            self._failed[key] = replace(
                reading, unreadable=""
            )  # so that the same text isn't asked for again in this run
        for slot in self._slots.pop(key, ()):
            slot(reading)

    def unask(self, question: Question) -> None:
        """Nobody will be asked this: what was known before holds, even if it was to be asked for again."""
        before = self._before(question)
        if before and question.kind == "repair":
            before = replace(before, stored=False)  # it came in this run
        self.settle(question.key, before or UNASKED)

    def _before(self, question: Question) -> Reading | None:
        desk, text, voter = self._desk, question.text, question.voter
        alone = desk.known(text, voter, question.key)
        if alone or desk.method.texts_per_request == 1:
            return alone
        return desk.known(text, voter, desk.key(voter, desk.prompt_many((text,))))

    @property
    def _repairs(self) -> bool:
        return self._desk.method.repair and self._desk.asking
