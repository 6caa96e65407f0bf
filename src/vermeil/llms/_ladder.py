"""Which form of answer a server takes, learnt from what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from vermeil.llms._server import Reply

_LESSON = "answer_format"
_STATUSES = (400, 404, 415, 422, 500, 501)
_STATUSES_WITHOUT_A_REASON = (400, 415, 422, 501)


class Ladder:
    """The forms of an answer, the strictest first; each LLM goes down as far as its server makes it.

    Args:
        signs: what an error says, in small letters, that is about the form.
    """

    def __init__(self, forms: Sequence[str], signs: Sequence[str]) -> None:
        self.forms = tuple(forms)
        self._signs = tuple(signs)
        self._lock = threading.Lock()
        self._first = 0
        self._proven: set[str] = set()

    def form(self, *, schema: bool) -> str:
        """The form to begin with; without a schema there is but one."""
        return self.forms[self._first if schema else -1]

    def worked(self, form: str) -> None:
        """A reply came to a request in this form."""
        if form not in self._proven:
            with self._lock:
                self._first = max(self._first, self.forms.index(form))
                self._proven.add(form)

    def after(self, form: str, refusal: Reply) -> str | None:
        """The next form to try, None if the form is not to blame.

        One that has worked before is given up for this prompt alone, and only if the refusal names it; a refusal
        that doesn't say why counts against a form that has never worked.
        """
        rung = self.forms.index(form)
        if rung == len(self.forms) - 1:
            return None
        said = refusal.text.lower()
        named = refusal.status in _STATUSES and any(sign in said for sign in self._signs)
        proven = form in self._proven
        if named and not proven:
            with self._lock:
                self._first = max(self._first, rung + 1)
        if named or (refusal.status in _STATUSES_WITHOUT_A_REASON and not proven):
            return self.forms[rung + 1]
        return None

    def lessons(self) -> Mapping[str, str]:
        """What was found out, empty before the first reply."""
        return {_LESSON: self.forms[self._first]} if self._proven or self._first else {}

    def recall(self, lessons: Mapping[str, str]) -> None:
        """Begin where an earlier run arrived; a form that isn't known any more is passed over."""
        if (form := lessons.get(_LESSON)) in self.forms:
            with self._lock:
                self._first = max(self._first, self.forms.index(form))
