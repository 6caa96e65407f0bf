"""What a run may spend, and what it has spent: counted before the money goes, not after."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vermeil.errors import SettingsError

_HOW_TO_PRICE = "say what a million tokens cost: --set prices.input=0.25 --set prices.output=2 (or give it in tokens)"
_BYTES_PER_TOKEN = 3.0  # of UTF-8, until a reply has come; English has 4, so this is on the safe side
_FIRST_ANSWER = 256  # tokens, until a reply has come; the first request goes alone
_NEWEST = 0.05  # weight of the newest answer in what the next ones are taken to be
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in whatever currency."""

    tokens_in: float
    tokens_out: float

    def __post_init__(self) -> None:
        if not (0 <= self.tokens_in < math.inf and 0 <= self.tokens_out < math.inf):
            raise SettingsError(f"a price is 0 or more, got {self.tokens_in} in and {self.tokens_out} out")

    def cost(self, tokens_in: float, tokens_out: float) -> float:
        """Of so many tokens."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


@dataclass(frozen=True)
class Budget:
    """The most that a run may spend, of money, of tokens (in and out together), or of both."""

    money: float | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        for most in (self.money, self.tokens):
            if most is not None and not 0 < most < math.inf:
                raise SettingsError(f"a budget is above 0, got {most}")

    def __str__(self) -> str:
        money = "" if self.money is None else f"{self.money:,.2f}"
        tokens = "" if self.tokens is None else f"{self.tokens:,} tokens"
        return " and ".join(filter(None, (money, tokens))) or "no limit"


def read_budget(text: str) -> Budget:
    """`"5.00"` in the currency of the prices, or `"500000 tokens"`, `"2M tokens"`.

    Raises:
        SettingsError: it is neither.
    """
    found = re.fullmatch(r"(\d[\d_]*(?:\.\d+)?|\.\d+)\s*(?:([kmg]?)\s*(tokens?))?", text.strip(), re.IGNORECASE)
    if found is None:
        raise SettingsError(f"a budget is an amount of money (5.00) or of tokens ('2M tokens'), got {text!r}")
    number, unit, tokens = found.groups()
    if tokens:
        return Budget(tokens=round(float(number) * _UNITS[unit.lower()]))
    return Budget(money=float(number))


@dataclass(frozen=True)
class Reservation:
    """What one attempt is expected to take, held until it is known.

    Args:
        cost: 0 where there are no prices.
    """

    llm: str
    prompt_bytes: int
    tokens_in: float
    tokens_out: float
    cost: float


class Spending:
    """Counts what attempts take. Each is reserved before it is made, and then settled, freed, or left unknown.

    It may be called from several threads. The sum of what was spent, what may have been, and what is reserved never
    grows over the budget by a `reserve`: it is exceeded at most by what those under way take more than expected.

    Args:
        prices: of the LLM, or of each by its name.
        llms: names that all need a price, where `prices` go by names.

    Raises:
        SettingsError: the budget is of money, and a price is missing.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        prices: Prices | Mapping[str, Prices] | None = None,
        llms: Iterable[str] = (),
    ) -> None:
        self._budget = budget or Budget()
        self._prices = prices
        if self._budget.money is not None and not prices:
            raise SettingsError(f"a budget of {self._budget.money:,.2f} needs prices; {_HOW_TO_PRICE}")
        self._lock = threading.Lock()
        self._usage: dict[str, _Usage] = {}
        self.calls = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.unsaid_calls = 0
        self.unknown_attempts = 0
        self._counted_tokens = self._counted_cost = 0.0  # spent, as far as is known, and guessed where it isn't
        self._unknown_tokens = self._unknown_cost = 0.0
        self._held_tokens = self._held_cost = 0.0  # reserved
        self._held = 0
        for llm in llms:
            self.price(llm)

    @property
    def cost(self) -> float | None:
        """Of the attempts that were answered, estimated where the server didn't say; None without prices."""
        return self._counted_cost if self._prices else None

    @property
    def unknown_cost(self) -> float | None:
        """An estimate, of the attempts that broke off and may have been paid for; None without prices."""
        return self._unknown_cost if self._prices else None

    @property
    def holding(self) -> bool:
        """Whether attempts are under way: what they turn out to take may leave room for more."""
        return self._held > 0

    def price(self, llm: str) -> Prices | None:
        """What this LLM costs, None without prices."""
        if not isinstance(self._prices, Mapping):
            return self._prices
        if llm not in self._prices:
            raise SettingsError(f"there is no price for {llm!r}, only for {', '.join(self._prices)}")
        return self._prices[llm]

    def estimate(self, prompt_bytes: int, llm: str = "") -> int:
        """Tokens that a call with such a prompt will take, in and out, rather too many than too few."""
        with self._lock:
            return round(sum(self._of(llm).expected(prompt_bytes)))

    def reserve(self, prompt_bytes: int, llm: str = "") -> Reservation | None:
        """Before an attempt; None where it would go over the budget."""
        with self._lock:
            tokens_in, tokens_out = self._of(llm).expected(prompt_bytes)
            prices = self.price(llm)
            cost = prices.cost(tokens_in, tokens_out) if prices else 0.0
            tokens = self._counted_tokens + self._unknown_tokens + self._held_tokens + tokens_in + tokens_out
            if tokens > (self._budget.tokens or math.inf):
                return None
            if self._counted_cost + self._unknown_cost + self._held_cost + cost > (self._budget.money or math.inf):
                return None
            reservation = Reservation(llm, prompt_bytes, tokens_in, tokens_out, cost)
            self._hold(reservation)
            return reservation

    def settle(self, reservation: Reservation, tokens_in: int, tokens_out: int) -> None:
        """There was a reply; with 0 and 0 the server didn't say what it took, and the estimate counts."""
        with self._lock:
            self._hold(reservation, -1)
            self.calls += 1
            if not tokens_in and not tokens_out:
                self.unsaid_calls += 1
                self._count(reservation.tokens_in, reservation.tokens_out, reservation.cost)
                return
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out
            prices = self.price(reservation.llm)
            self._count(tokens_in, tokens_out, prices.cost(tokens_in, tokens_out) if prices else 0.0)
            self._of(reservation.llm).learn(reservation.prompt_bytes, tokens_in, tokens_out)

    def free(self, reservation: Reservation) -> None:
        """It was turned away before any work was done, and costs nothing."""
        with self._lock:
            self._hold(reservation, -1)

    def unknown(self, reservation: Reservation) -> None:
        """It broke off, and may have been paid for: the estimate stays counted, and is shown apart."""
        with self._lock:
            self._hold(reservation, -1)
            self.unknown_attempts += 1
            self._unknown_tokens += reservation.tokens_in + reservation.tokens_out
            self._unknown_cost += reservation.cost

    def _count(self, tokens_in: float, tokens_out: float, cost: float) -> None:
        self._counted_tokens += tokens_in + tokens_out
        self._counted_cost += cost

    def _hold(self, reservation: Reservation, sign: int = 1) -> None:
        self._held += sign
        self._held_tokens += sign * (reservation.tokens_in + reservation.tokens_out)
        self._held_cost += sign * reservation.cost

    def _of(self, llm: str) -> _Usage:
        return self._usage.setdefault(llm, _Usage())


class _Usage:
    """What calls to one LLM take, learnt from its replies."""

    def __init__(self) -> None:
        self._prompt_bytes = self._tokens_in = 0
        self._mean = self._variance = math.nan  # of tokens out; newer answers weigh more

    def expected(self, prompt_bytes: int) -> tuple[float, float]:
        """Tokens in and out: of answers a high estimate, two deviations above the mean."""
        if not self._tokens_in:
            return prompt_bytes / _BYTES_PER_TOKEN, _FIRST_ANSWER
        return prompt_bytes * self._tokens_in / self._prompt_bytes, self._mean + 2 * math.sqrt(self._variance)

    def learn(self, prompt_bytes: int, tokens_in: int, tokens_out: int) -> None:
        """One call took so many."""
        self._prompt_bytes += max(1, prompt_bytes)
        self._tokens_in += tokens_in
        if math.isnan(self._mean):
            self._mean, self._variance = float(tokens_out), (tokens_out / 4) ** 2
        apart = tokens_out - self._mean
        self._mean += _NEWEST * apart
        self._variance = (1 - _NEWEST) * (self._variance + _NEWEST * apart * apart)
