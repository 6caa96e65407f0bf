"""How long to try: the waits between attempts, and when a run is hopeless.

Limits of rate and spending belong here too, between the worker and the LLM, once there are any.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable, SettingsError
from vermeil.exchange import Prompt
from vermeil.llms.base import LLM


@dataclass(frozen=True)
class Patience:
    """Exponential waits with full jitter, so that workers that failed together don't come back together.

    Args:
        attempts: for one text.
        first_wait: seconds; the most that is waited after the first failure, doubled after each further one.
        longest_wait: seconds; a server that asks for more (`Retry-After`) is not waited for.
        hopeless: failures in a row, without any answer yet, after which the whole run stops.
    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0
    hopeless: int = 20

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.hopeless < 1 or self.first_wait < 0 or self.longest_wait < 0:
            raise SettingsError(f"attempts and hopeless are at least 1, and no wait is negative; got {self}")

    def wait(self, attempt: int, retry_after: float | None) -> float | None:
        """Seconds before the next attempt, None to give up. The server's wish is a lower bound."""
        if attempt >= self.attempts or (retry_after or 0.0) > self.longest_wait:
            return None
        jitter = random.uniform(0, min(self.longest_wait, self.first_wait * 2 ** (attempt - 1)))
        return min(self.longest_wait, (retry_after or 0.0) + jitter)


DEFAULT_PATIENCE = Patience()


class Run:
    """What the workers of one run know together: whether any answer came, and whether it is time to stop."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._answered = False
        self._failures = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return Run, (self.patience,)  # in another process it counts for itself

    def stop(self) -> None:
        """Wake those that wait for another attempt: there will be none."""
        self._stop.set()

    def answered(self) -> None:
        """There was an answer: from now on failures are those of single texts."""
        self._answered = True

    def failed(self, error: LLMError, attempt: int) -> None:
        """Note a failed attempt.

        Raises:
            LLMUnavailable: there have been so many, and no answer, that going on makes no sense.
        """
        with self._lock:
            self._failures += 1
        refused = not isinstance(error, LLMBusy)  # the same answer to every prompt: waiting doesn't help
        tried_long = attempt >= min(4, self.patience.attempts)  # many workers that meet one short outage are no sign
        if not self._answered and self._failures >= self.patience.hopeless and (refused or tried_long):
            raise LLMUnavailable(f"the first {self._failures} attempts all failed, the last with: {error}")

    def wait(self, attempt: int, error: LLMBusy) -> bool:
        """Wait before the next attempt; False when there is to be none."""
        seconds = self.patience.wait(attempt, error.retry_after)
        return seconds is not None and not self._stop.wait(seconds) and not self._stop.is_set()


@dataclass(frozen=True)
class Question:
    """A text, and the prompt that asks for its labels."""

    text: str
    prompt: Prompt


@dataclass(frozen=True)
class Asked:
    """How asking ended: with a body, or with an error."""

    body: str = ""
    error: Exception | None = None


def patient_worker(llm: LLM, run: Run) -> Callable[[Question], Asked]:
    """A worker that tries again while the LLM is busy. Errors are results here: the other answers still count."""

    def ask(question: Question) -> Asked:
        try:
            return Asked(_ask_patiently(llm, run, question.prompt))
        except Exception as error:
            return Asked(error=error)

    return ask


def _ask_patiently(llm: LLM, run: Run, prompt: Prompt) -> str:
    attempt = 0
    while True:
        attempt += 1
        try:
            body = llm.ask(prompt)
        except LLMUnavailable:
            raise
        except LLMError as error:
            run.failed(error, attempt)
            if not isinstance(error, LLMBusy) or not run.wait(attempt, error):
                raise
        else:
            run.answered()
            return body
