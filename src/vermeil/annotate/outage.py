"""Whether the LLM answers at all: one text's failure is its own, everybody's is the server's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from vermeil.annotate.patience import Patience
from vermeil.errors import LLMBusy, LLMError, LLMUnavailable

_UNREACHABLE = 3  # tries at a server that has never answered: it isn't there
_REFUSALS = 5  # times `hopeless`: so many prompts refused in a row are no accident
_LONGEST_PROBE_WAIT = 30.0


class Outage:
    """Counts failures in a row, whosever they are. All methods are called in one event loop.

    While an LLM that has answered before is out of service, one question at a time tries it, and the others wait
    without using up their attempts: a server that restarts, or a closed lid, costs time and no text.

    Args:
        sleep: false if the run was stopped meanwhile.
    """

    def __init__(
        self,
        patience: Patience,
        sleep: Callable[[float], Awaitable[bool]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._ever_answered = False
        self._failures = 0
        self._since = 0.0
        self._probes = 0
        self._probe: asyncio.Future[None] | None = None

    @property
    def down(self) -> bool:
        """Whether only one question at a time should try."""
        return self._ever_answered and self._failures >= self._patience.hopeless

    def answered(self) -> None:
        """There was a reply."""
        self._ever_answered = True
        self._failures = self._probes = 0

    def failed(self, error: LLMError, tries: int) -> None:
        """Note a failed attempt, the `tries`-th at its question.

        Raises:
            LLMUnavailable: going on makes no sense.
        """
        self._since = self._since if self._failures else self._clock()
        self._failures += 1
        busy = isinstance(error, LLMBusy)
        if not self._ever_answered:
            self._check_first(error, tries)
        elif busy and self.down and (seconds := self._clock() - self._since) >= self._patience.outage:
            raise LLMUnavailable(f"no answer for {seconds:,.0f} s ({self._failures:,} attempts), the last: {error}")
        elif not busy and self._failures >= _REFUSALS * self._patience.hopeless:
            raise LLMUnavailable(f"{self._failures:,} attempts failed in a row, the last with: {error}")

    def _check_first(self, error: LLMError, tries: int) -> None:
        if isinstance(error, LLMBusy) and error.cause == "unreachable" and tries >= _UNREACHABLE:
            raise LLMUnavailable(str(error))
        refused = not isinstance(error, LLMBusy)  # the same answer to every prompt: waiting doesn't help
        tried_long = tries >= min(4, self._patience.attempts)  # many that meet one short outage are no sign
        if self._failures >= self._patience.hopeless and (refused or tried_long):
            raise LLMUnavailable(f"the first {self._failures} attempts all failed, the last with: {error}")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """Around an attempt: waits while another one finds out whether the LLM is back. False for such a try."""
        while self.down and self._probe is not None:
            await asyncio.shield(self._probe)  # one who leaves leaves the others waiting
        if not self.down:
            yield True
            return
        self._probe = asyncio.get_running_loop().create_future()
        self._probes += 1
        try:
            await self._sleep(min(_LONGEST_PROBE_WAIT, 0.5 * 2**self._probes))
            yield False
        finally:
            probe, self._probe = self._probe, None
            probe.set_result(None)
