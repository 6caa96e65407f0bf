"""Asks one question as often as it takes, under what all questions to the same LLM share."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from vermeil.annotate._attempts import encodable
from vermeil.annotate.budget import Reservation, Spending
from vermeil.annotate.ledger import SPENT, STOPPED
from vermeil.annotate.outage import Outage
from vermeil.annotate.pace import Limits, Pace
from vermeil.annotate.patience import Patience
from vermeil.errors import (
    BudgetSpent,
    LLMBusy,
    LLMError,
    LLMUnavailable,
    NoReply,
    UnreadableAnswer,
    VermeilError,
)
from vermeil.exchange import Answer, Prompt
from vermeil.execute.loop import background_loop
from vermeil.execute.threads import in_thread
from vermeil.llms.base import LLM, StatesQuotas

Kind = Literal["answer", "repair", "many", "verify"]


@dataclass(frozen=True)
class Question:
    """What is asked, and what for.

    Args:
        text: what is to be labelled; of several, their prompt's own text.
        prompt: under which the answer is stored, with its `key`.
        sent: what the LLM is sent in place of the prompt: a repair shows it its own answer.
        voter: the number of the one that is asked.
        kind: "repair" asks again after an unreadable answer, "many" for several texts, "verify" about doubtful labels.
    """

    text: str
    prompt: Prompt
    key: str
    voter: int = 0
    kind: Kind = "answer"
    sent: Prompt | None = None


class Stopped(VermeilError):
    """The run is over: this question was not asked, or not again."""


@dataclass(frozen=True)
class Asked:
    """How asking ended: with a body, or with an error.

    Args:
        answer: what the body says; None where it cannot be read, and `error` says why.
        rejected: bodies that were no replies, before this one.
        tries: attempts that were made.
        saved: to be called from any thread once the body is on the disk. Only then another question may take its
            place: so that no more answers are at risk than may be on the wire.
    """

    body: str | None = None
    answer: Answer | None = None
    error: Exception | None = None
    rejected: tuple[str, ...] = ()
    tries: int = 0
    saved: Callable[[], object] = field(default=lambda: None, compare=False)

    @property
    def ends_the_run(self) -> bool:
        """Whether the error is not this question's own: no other one would fare better."""
        return self.error is not None and _ends_the_run(self.error)

    @property
    def tokens_in(self) -> int:
        """As far as the server said; of a reply without an answer, too."""
        return self.answer.tokens_in if self.answer else getattr(self.error, "tokens_in", 0)

    @property
    def tokens_out(self) -> int:
        """As `tokens_in`."""
        return self.answer.tokens_out if self.answer else getattr(self.error, "tokens_out", 0)


class Line:
    """All that the questions to one LLM share: its pace, whether it answers at all, the money.

    Its `ask` runs in the background loop, for many questions at once.
    """

    def __init__(self, llm: LLM, limits: Limits, patience: Patience, spending: Spending) -> None:
        self.llm = llm
        self.pace = Pace(limits, longest_wait=patience.longest_wait)
        self._patience = patience
        self._spending = spending
        self._over = asyncio.Event()
        self._outage = Outage(patience, self._sleep)
        self._call = _caller(llm)
        self._quotas = llm if isinstance(llm, StatesQuotas) else None

    def stop(self) -> None:
        """From any thread: let what is on the wire come in, and begin nothing more."""
        background_loop().call_soon_threadsafe(self._stop)

    async def ask(self, question: Question) -> Asked:
        """Ask until there is a reply, or no hope of one. Errors are results: the other questions still count."""
        trail = _Trail()
        try:
            return await self._ask(question.sent or question.prompt, trail)
        except Exception as error:
            if _ends_the_run(error):
                self._stop()
            return Asked(error=error, rejected=tuple(trail.rejected), tries=trail.tries)

    async def _ask(self, prompt: Prompt, trail: _Trail) -> Asked:
        size = len(prompt.text.encode()) + len(prompt.schema)
        while True:
            async with self._outage.turn() as counts:
                trail.tries += counts
                try:
                    asked = await self._attempt(prompt, size, trail)
                except LLMUnavailable:
                    raise
                except LLMError as error:
                    trail.seconds += counts * (time.monotonic() - trail.went)
                    self._outage.failed(error, trail.tries)
                    problem: LLMError = error
                else:
                    self._outage.answered()
                    return asked
            if not isinstance(problem, LLMBusy):
                raise problem
            wait = self._patience.wait(trail.tries, problem.retry_after, trail.seconds)
            if wait is None or not await self._sleep(wait):
                raise problem
            trail.seconds += wait

    async def _attempt(self, prompt: Prompt, size: int, trail: _Trail) -> Asked:
        tokens = self._spending.estimate(size, self.llm.name)
        if not await self.pace.admit(tokens):
            raise Stopped(f"{STOPPED} again" if trail.calls else STOPPED)
        trail.went = time.monotonic()
        try:
            reserved = await self._reserve(size, trail)
            trail.calls += 1
            body = await self._call_and_account(prompt, reserved)
        except LLMBusy as error:
            self.pace.busy(error, tokens)
            self._heed_quotas()  # those of a refusal say most
            raise
        except BaseException as error:
            if _ends_the_run(error):
                self._stop()  # before the next ones are let go
            self.pace.done(0, tokens)
            raise
        asked = said_in(self.llm, body)
        self._spending.settle(reserved, asked.tokens_in, asked.tokens_out)
        self._heed_quotas()
        done = partial(self.pace.done, asked.tokens_in + asked.tokens_out, tokens)
        if isinstance(asked.error, NoReply):
            done()
            trail.rejected.append(body)
            raise LLMBusy(str(asked.error))
        loop = background_loop()
        saved: Callable[[], object] = partial(loop.call_soon_threadsafe, done)
        return replace(asked, rejected=tuple(trail.rejected), tries=trail.tries, saved=saved)

    def _heed_quotas(self) -> None:
        if self._quotas:
            self.pace.stated(self._quotas.quotas)

    async def _reserve(self, size: int, trail: _Trail) -> Reservation:
        while (reserved := self._spending.reserve(size, self.llm.name)) is None:
            # Those under way may take less than was put aside for them.
            if not self._spending.holding or not await self._sleep(0.05):
                raise BudgetSpent(f"{SPENT} again" if trail.calls else SPENT)
        return reserved

    async def _call_and_account(self, prompt: Prompt, reserved: Reservation) -> str:
        """The body. Turned away at the door, a call costs nothing; cut off in the middle, it may have been paid for."""
        try:
            return await self._call(prompt)
        except asyncio.CancelledError as error:
            self._spending.unknown(reserved)
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            raise LLMBusy(f"the call was cancelled by what {self.llm.name} is made of") from error
        except LLMBusy as error:
            (self._spending.unknown if error.cause == "fault" else self._spending.free)(reserved)
            raise
        except BaseException as error:
            (self._spending.free if isinstance(error, LLMError) else self._spending.unknown)(reserved)
            raise

    async def _sleep(self, seconds: float) -> bool:
        """False if the run was stopped meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return True
        return False

    def _stop(self) -> None:
        self._over.set()
        self.pace.close()


@dataclass
class _Trail:
    """What happened to one question so far."""

    tries: int = 0
    calls: int = 0  # tries that reached the wire; of probes, too, which are no tries
    rejected: list[str] = field(default_factory=list)
    went: float = 0.0
    seconds: float = 0.0  # of calls and waits between them; not of queues, nor while the server was away


def _ends_the_run(error: BaseException) -> bool:
    own = (LLMError, UnreadableAnswer, BudgetSpent, Stopped)
    return isinstance(error, LLMUnavailable) or not isinstance(error, own)


def _caller(llm: LLM) -> Callable[[Prompt], Awaitable[str]]:
    """Its `ask`, as a coroutine function whose result can be stored: a plain function runs in a thread."""
    plain = not inspect.iscoroutinefunction(llm.ask)

    async def call(prompt: Prompt) -> str:
        body: object = await in_thread(llm.ask, prompt) if plain else llm.ask(prompt)
        if inspect.isawaitable(body):
            body = await body
        if not isinstance(body, str):
            raise LLMUnavailable(f"ask of {llm.name} returns the reply as a string, and gave {type(body).__name__}")
        return encodable(body)

    return call


def said_in(llm: LLM, body: str) -> Asked:
    """The answer in a raw body, or what is wrong with it; and the tokens that it took."""
    try:
        return Asked(body, llm.read(body))
    except UnreadableAnswer as error:
        return Asked(body, error=error)
    except Exception as error:  # a reader that breaks must not lose a body that was paid for
        said = f"the reply broke the reader of {llm.name}: {type(error).__name__}: {error}"
        return Asked(body, error=UnreadableAnswer(said))
