"""A8: a server that allows so many calls a minute and refuses the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loopback import Loopback
from texts import LABELS, texts

import vermeil as vm
from proofs import Seen
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience

ROUND_TRIP = 0.2
"""Seconds: calls that were sent before the first refusal could be known have arrived by then."""


@dataclass(frozen=True)
class Weather:
    """One kind of limit, and what the user knows of it."""

    name: str
    fixed: bool = False
    retry_after: bool = True
    stated: bool = False
    known: bool = False


WEATHERS = (
    Weather("an even limit"),
    Weather("a limit by the window", fixed=True),
    Weather("an even limit, no Retry-After", retry_after=False),
    Weather("an even limit, stated in headers", stated=True),
    Weather("an even limit that the user set", known=True),
)


def storms(
    limit: int = 60, window: float = 60.0, windows: float = 4.0, in_flight: int = 32, weathers: int = len(WEATHERS)
) -> Seen:
    """As many texts as are allowed in so many windows, under each kind of limit."""
    rates: list[float] = []
    further: list[float] = []
    told: list[str] = []
    failed = 0
    for weather in WEATHERS[:weathers]:
        rate, refused, lost, first = _storm(weather, limit, window, windows, in_flight)
        rates.append(rate)
        further.append(refused)
        failed += lost
        told.append(f"{weather.name}: {rate:.0%} of the allowed rate, {first} refusals at first, {refused:.1%} further")
    figure = f"{limit} calls in {window:g} s, {in_flight} in flight. {'; '.join(told)}. {failed} texts failed"
    met = min(rates) >= 0.9 and max(further) <= 0.05 and not failed
    return Seen(figure, met, {"rate": min(rates), "further": max(further), "failed": failed})


def _storm(
    weather: Weather, limit: int, window: float, windows: float, in_flight: int
) -> tuple[float, float, int, int]:
    """Share of the allowed rate; share of calls refused after the first storm; failed texts; the first storm's size.

    The rate is that of the calls that were taken, the share of refusals is in them.
    """
    count = int(limit * windows)
    with (
        Loopback(0.05, limit, window, weather.fixed, weather.retry_after, weather.stated) as server,
        vm.AnswerStore() as store,
    ):
        llm = vm.llm("openai:m", base_url=server.url())
        limits = Limits(in_flight, limit / window * 60) if weather.known else Limits(in_flight)
        patience = Patience(attempts=50, longest_wait=window + 1)
        annotator = vm.Annotator(vm.NER(LABELS), llm, store, Method(), limits=limits, patience=patience)
        silver = annotator.annotate(list(texts(count)))
        times = server.times()
    arrivals = sorted(times["arrivals"])
    share = _share_of_windows(arrivals, limit, window) if weather.fixed else _share_of_rate(arrivals, limit, window)
    refusals = sorted(times["refusals"])
    storm = [moment for moment in refusals if moment < refusals[0] + ROUND_TRIP] if refusals else []
    further = (len(refusals) - len(storm)) / count
    return share, further, sum(bool(example.failed) for example in silver), len(storm)


def _share_of_rate(arrivals: list[float], limit: int, window: float) -> float:
    """Of a limit that refills evenly. A full bucket lets the first calls through at once; the others make the rate."""
    return (len(arrivals) - limit) / (arrivals[-1] - arrivals[limit - 1]) / (limit / window)


def _share_of_windows(arrivals: list[float], limit: int, window: float) -> float:
    """Of a limit by the window: what was taken in the windows that had passed when the last call came."""
    passed = max(1, math.floor((arrivals[-1] - arrivals[0]) / window))
    taken = sum(moment < arrivals[0] + passed * window for moment in arrivals)
    return taken / (limit * passed)
