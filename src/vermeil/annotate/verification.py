"""A second look at doubtful labels, and only at them."""

from __future__ import annotations

from vermeil.annotate.asking import Asked, Question
from vermeil.annotate.desk import Desk
from vermeil.annotate.labelling import Labelling
from vermeil.annotate.reading import Reading
from vermeil.annotate.votes import doubtful, verified
from vermeil.data import Span
from vermeil.errors import UnreadableAnswer

_ASKED = 0  # the voter that is asked: the first LLM


class Verification:
    """Asks about the spans of a text whose score is low. Without a verdict the labels stay as they were."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: dict[str, list[tuple[Labelling, Reading, tuple[Span, ...]]]] = {}
        self._in_vain: set[str] = set()

    def finish(self, labelling: Labelling, reading: Reading) -> None:
        """Give the text its final reading, now or after a question."""
        desk, bound = self._desk, self._desk.method.verify
        spans = doubtful(reading, bound) if bound is not None and not reading.failed and reading.asked else ()
        if not spans:
            labelling.final = reading
            return
        prompt = desk.task.verify_prompt(labelling.example.text, spans)
        key = desk.key(_ASKED, prompt)
        labelling.final = self._known(key, labelling, reading, spans)
        if labelling.final is not None:
            return
        if key not in self._waiting:
            desk.outbox.appendleft(Question(labelling.example.text, prompt, key, _ASKED, "verify"))
        self._waiting.setdefault(key, []).append((labelling, reading, spans))

    def take(self, question: Question, asked: Asked) -> None:
        """Apply the verdicts."""
        for labelling, reading, spans in self._waiting.pop(question.key, ()):
            judged = self._judged(labelling, reading, asked.answer.text, spans) if asked.answer else None
            if judged is None:
                self._in_vain.add(question.key)  # not asked again in this run
            labelling.final = judged or reading

    def unask(self, question: Question) -> None:
        """Nobody will be asked this."""
        for labelling, reading, _ in self._waiting.pop(question.key, ()):
            labelling.final = reading

    def _known(self, key: str, labelling: Labelling, reading: Reading, spans: tuple[Span, ...]) -> Reading | None:
        """By the stored verdicts, or as it was where none will come; None where they are to be asked for."""
        desk = self._desk
        said = self._stored(key)
        judged = None if said is None else self._judged(labelling, reading, said, spans)
        asks = desk.asking and key not in self._in_vain and (desk.retry_failed or key not in desk.store)
        return judged or (None if asks else reading)

    def _stored(self, key: str) -> str | None:
        stored = self._desk.store.get(key)
        if stored is None:
            return None
        try:
            return stored.body if stored.form == "text" else self._desk.voters[_ASKED].read(stored.body).text
        except UnreadableAnswer:
            return None

    def _judged(self, labelling: Labelling, reading: Reading, answer: str, spans: tuple[Span, ...]) -> Reading | None:
        try:
            verdicts = self._desk.task.read_verdicts(answer, spans)
        except UnreadableAnswer:
            return None
        return verified(reading, verdicts, spans, labelling.example.text, self._desk.task.kind)
