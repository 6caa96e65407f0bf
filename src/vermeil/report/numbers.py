"""How numbers are written for people: scores as percentages with one decimal."""

from __future__ import annotations

from vermeil.compare import Costs, Multiplier
from vermeil.evaluate.significance import Difference, Interval


def percent(score: float) -> str:
    """72.4 for 0.724; differences under a point are within the noise of most test sets' labels."""
    return f"{100 * score:.1f}"


def known(score: float | None) -> str:
    """A score, and nothing where it isn't known."""
    return "" if score is None else percent(score)


def signed(score: float) -> str:
    """+1.3 or −0.4, with a true minus sign; a difference that rounds to nothing is 0.0."""
    text = f"{100 * score:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def bounds(interval: Interval) -> str:
    """70.1–74.6."""
    return f"{percent(interval.low)}–{percent(interval.high)}"


def reach(difference: Difference) -> str:
    """−0.5 to +3.0."""
    return f"{signed(difference.low)} to {signed(difference.high)}"


def gain(difference: Difference | None) -> str:
    """+1.3 (−0.5 to +3.0), and nothing where there is no difference to speak of."""
    return f"{signed(difference.value)} ({reach(difference)})" if difference else ""


def duration(seconds: float) -> str:
    """44 s, 3.5 min, 1.2 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def money(cost: float | None, prices: Costs | None) -> str:
    """1,234.50 €: amounts from 100 on without pennies."""
    if cost is None:
        return ""
    text = f"{cost:,.0f}" if cost >= 100 or cost == int(cost) else f"{cost:,.2f}"
    return f"{text} {prices.currency}".strip() if prices else text


def p_value(p: float) -> str:
    """0.012, and < 0.001 where nothing more exact should be believed."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def times_gold(found: Multiplier) -> tuple[str, str]:
    """A gold multiplier and its interval, which is empty where it says nothing more."""
    value, _, interval = str(found).partition(" (")
    interval = interval.rstrip(")")
    return value, "" if interval == f"{value} to {value}" else interval
