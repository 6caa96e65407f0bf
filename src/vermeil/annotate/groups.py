"""Several texts in one request, each answer tied to its text by its number."""

from __future__ import annotations

from vermeil.annotate.asking import Asked, Question
from vermeil.annotate.desk import Desk
from vermeil.annotate.reading import read
from vermeil.annotate.singles import Singles, Slot
from vermeil.errors import UnreadableAnswer
from vermeil.exchange import Answer


class Groups:
    """Texts that wait to share a request. Each text's part is stored under a key of its own, whoever shared with it.

    A text that has no part in the answer is asked for alone.
    """

    def __init__(self, desk: Desk, singles: Singles) -> None:
        self._desk = desk
        self._singles = singles
        self._open: list[list[Question]] = [[] for _ in desk.voters]
        self._asked: dict[str, list[Question]] = {}

    def want(self, text: str, voter: int, slot: Slot) -> None:
        """Get the reading to its slot: from an earlier part, an earlier answer to this text alone, or by asking."""
        desk = self._desk
        part = desk.known(text, voter, desk.key(voter, desk.prompt_many((text,))))
        alone = desk.known(text, voter, desk.key(voter, desk.prompt(text))) if part and part.failed else None
        if part:
            slot(alone if alone and not alone.failed else part)
        elif question := self._singles.want(text, voter, slot):
            self._open[voter].append(question)
            if len(self._open[voter]) >= desk.method.texts_per_request:
                self._close(voter)

    def close(self) -> None:
        """Ask for the texts that wait: no more will join them soon."""
        for voter in range(len(self._open)):
            self._close(voter)

    def take(self, question: Question, asked: Asked) -> None:
        """Store each text's part, and ask for those alone that have none."""
        desk = self._desk
        members = self._asked.pop(question.key)
        try:
            parts = desk.task.split(asked.answer.text, len(members)) if asked.answer else {}
        except UnreadableAnswer:
            parts = {}
        for number, member in enumerate(members, start=1):
            if (part := parts.get(number)) is not None:
                prompt = desk.prompt_many((member.text,))
                desk.store.put(desk.voters[member.voter], prompt, member.text, part, "text")
                self._singles.settle(member.key, read(desk.task, member.text, Answer(part)))
            elif desk.asking:
                desk.outbox.append(member)
            else:
                self._singles.unask(member)

    def unask(self, question: Question) -> None:
        """Nobody will be asked this."""
        for member in self._asked.pop(question.key):
            self._singles.unask(member)

    def _close(self, voter: int) -> None:
        members, self._open[voter] = self._open[voter], []
        if len(members) < 2:
            self._desk.outbox.extend(members)
            return
        prompt = self._desk.prompt_many([member.text for member in members])
        key = self._desk.key(voter, prompt)
        self._asked[key] = members
        self._desk.outbox.append(Question(prompt.messages[-1].content, prompt, key, voter, "many"))
