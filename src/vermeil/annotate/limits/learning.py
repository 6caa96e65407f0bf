"""The rate that a server allows, learnt from its refusals where nothing states it.

What it accepted in the last minute or so before a refusal, divided by the time until it accepts again, is what it
allows: a burst that went well and the silence after it, taken together.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable

from vermeil.annotate.limits.flow import Flow

_FIRST_PAUSE = 0.25  # seconds, doubled with each refusal in a row
_GRACE = 1.0  # seconds without a refusal after which a request counts as accepted: refusals come quickly
_LONGEST_GAP = 90.0  # seconds between two events; more is a machine that was suspended
_MEMORY = 60.0  # seconds of which the estimate is made: limits are per minute, as a rule
_PROOF = 20  # accepted requests that make an estimate
_DEAR = 5.0  # times the length of the last trouble must pass before more is tried near the limit
_STEP = 0.02
_MOST_STEP = 0.25
_FEW = 5
_TRICKLES = (0.4, 5.0)  # seconds of trouble: too short for a window that starts anew, too long for a fast flow
_TRICKLE = 2  # times as fast as the one request came through that ended it


class LearntRate:
    """Paces evenly at the learnt rate, and tries a little more now and then.

    Args:
        longest_wait: seconds; a longer `Retry-After` is no pause for all.
        chance: a random number in [0, 1), so that several programs don't come back at once.
    """

    def __init__(self, longest_wait: float, chance: Callable[[], float] = random.random) -> None:
        self._longest_wait = longest_wait
        self._chance = chance
        self._flow = Flow()
        self._history = _History()
        self._opened = False
        self._ceiling = math.inf  # the rate at which it refused
        self._guesses = 3  # estimates in a row that little was known for
        self._trouble_began = math.nan  # NaN while there is none
        self._rate_before: float | None = None
        self._level = 0  # refusals in a row
        self._before = 0  # under way, and sent before the last refusal that counted
        self._alike = 0  # of those, refused less answered, since trouble began
        self._quiet_until = -math.inf
        self._clear_at = math.inf  # then the one that tries counts as accepted
        self._grown = 0  # accepted since the rate was raised
        self._held = False  # the rate held something back since it was raised
        self._step = _STEP
        self._not_before = -math.inf  # nothing is tried near the limit

    @property
    def rate(self) -> float | None:
        """Requests a second, None while the server has refused nothing."""
        return self._flow.rate

    def wait(self, now: float) -> float:
        """Seconds until the next may go."""
        if now < self._quiet_until:
            return self._quiet_until - now
        if self._clear_at <= now:
            self._over(now)
        elif self._level and self._clear_at < math.inf:  # one tries, the others wait for how it goes
            return self._clear_at - now
        wait = self._flow.wait(now)
        self._held = self._held or wait > 0
        return wait

    def sent(self, now: float, under_way: int) -> None:
        """One goes now, besides so many."""
        self._history.see(now)
        if self._troubled and self._clear_at == math.inf:
            self._clear_at = now + _GRACE
            self._flow.rate = self._estimate(now - self._trouble_began)
        self._flow.take(now)
        self._history.accept()
        self._grown += 1
        if self._flow.rate and self._held and not self._troubled:
            self._flow.rate = self._grow(self._flow.rate, now, under_way)

    def answered(self, now: float, under_way: int) -> None:
        """One ended that was not refused, while so many others were under way."""
        self._history.see(now)
        if not self._opened:
            self._opened = True  # the first went alone, which says nothing about what is allowed
            self._history.begin()
        if self._before:
            self._before -= 1
            self._alike -= 1
        elif self._clear_at < math.inf and not under_way:
            self._over(now)  # it was the one that tried

    def refused(self, now: float, retry_after: float | None, under_way: int) -> None:
        """One was refused, while so many others were under way."""
        self._history.see(now)
        self._history.accept(-1)
        asked_for = retry_after if retry_after and retry_after <= self._longest_wait else 0.0
        tried = self._level > 0 and self._clear_at < math.inf
        if self._before and not tried:
            self._before -= 1
            self._alike += 1
            self._quiet(now, asked_for)
            return
        if self._troubled:
            self._level += 1
        else:
            self._trouble_began, self._rate_before, self._alike = now, self._flow.rate, 0
            self._level = 0 if self._history.proves else self._level
            if self._history.proves or self._ceiling == math.inf:
                self._ceiling = min(self._flow.rate or math.inf, self._history.rate)
            else:
                self._ceiling = max(self._flow.rate or 0.0, 0.7 * self._ceiling)
        self._before = under_way
        self._clear_at = math.inf
        shortest = max(_FIRST_PAUSE, 1 / self._flow.rate if self._flow.rate else 0.0)
        own = min(self._longest_wait, shortest * 2 ** (self._level - 1)) if self._level else 0.0
        self._quiet(now, max(asked_for, own))

    def pause(self, until: float) -> None:
        """Nothing before then, whatever the reason."""
        self._quiet_until = max(self._quiet_until, until)

    def rested(self, seconds: float) -> None:
        """Nothing was wanted for so long, which says nothing about what is allowed."""
        if not self._troubled:
            self._history.skip(seconds)

    @property
    def _troubled(self) -> bool:
        return not math.isnan(self._trouble_began)

    def _quiet(self, now: float, seconds: float) -> None:
        if seconds:
            self.pause(now + seconds * (1 + 0.1 * self._chance()))

    def _over(self, now: float) -> None:
        """It accepts again."""
        self._guesses = 0 if self._history.proves else min(3, self._guesses + 1)
        self._not_before = now + _DEAR * (now - self._trouble_began)
        self._trouble_began, self._clear_at = math.nan, math.inf
        self._grown, self._held, self._step = 0, False, _STEP
        self._history.begin()

    def _estimate(self, trouble: float) -> float:
        """Requests a second, after so many seconds in which they were refused."""
        found, rate = self._history.rate, self._rate_before
        if rate is None:
            # Where most were refused, what was accepted before was a full bucket, which won't be full again; a
            # refusal among many answers says nothing.
            trickles = self._alike >= _FEW and _TRICKLES[0] < trouble < _TRICKLES[1]
            return min(found, _TRICKLE / trouble) if trickles else found
        least = 0.0
        if not self._history.proves:
            least = max(rate * 0.85 ** (2**self._guesses), 0.7 * self._history.recent_rate)
        return min(max(found, least), 0.95 * rate)

    def _grow(self, rate: float, now: float, under_way: int) -> float:
        if rate < 0.92 * self._ceiling:
            enough, step = self._grown >= (_FEW if self._guesses else max(2 * _FEW, under_way)), 0.1
        else:
            enough, step = self._grown >= max(20, under_way) and now >= self._not_before, self._step
            if enough and rate > 1.05 * self._ceiling:
                self._step = min(_MOST_STEP, 2 * self._step)
        if not enough:
            return rate
        self._history.mark()
        self._grown, self._held = 0, False
        return rate * (1 + step)


class _History:
    """What was accepted, and in how much time, not counting when nothing was wanted or the machine was suspended."""

    def __init__(self) -> None:
        self.accepted = 0  # sent, and not refused
        self._recent = 0.0  # accepted; what is long ago counts little
        self._seconds = 0.0
        self._seen = math.nan
        self._marks: deque[tuple[float, int]] = deque([(0.0, 0)])

    @property
    def proves(self) -> bool:
        """Whether enough was accepted for an estimate."""
        return self.accepted - self._marks[0][1] >= _PROOF

    @property
    def rate(self) -> float:
        """Accepted a second."""
        began, before = self._marks[0]
        return max(1, self.accepted - before) / max(0.001, self._seconds - began)

    @property
    def recent_rate(self) -> float:
        """Accepted a second over the last minute or so, whatever was forgotten."""
        return self._recent / _MEMORY

    def see(self, now: float) -> None:
        """Time has passed."""
        if now > self._seen:
            passed = min(_LONGEST_GAP, now - self._seen)
            self._seconds += passed
            self._recent *= math.exp(-passed / _MEMORY)
        self._seen = now

    def accept(self, count: int = 1) -> None:
        """So many were sent; -1 for one that was refused."""
        self.accepted += count
        self._recent += count

    def skip(self, seconds: float) -> None:
        """Time has passed that doesn't count."""
        self._seen += seconds

    def mark(self) -> None:
        """From here on memory may begin, once it is long enough."""
        if self._seconds - self._marks[-1][0] >= 1:
            self._marks.append((self._seconds, self.accepted))
        while len(self._marks) > 1 and self._marks[1][0] <= self._seconds - _MEMORY:
            self._marks.popleft()

    def begin(self) -> None:
        """Forget what was before."""
        self._marks = deque([(self._seconds, self.accepted)])
