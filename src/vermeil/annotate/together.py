"""Several readings as one: what they cost and could not use."""

from __future__ import annotations

from collections.abc import Collection

from vermeil.annotate.reading import Reading


def together(readings: Collection[Reading]) -> Reading:
    """All but labels, votes and failures; what several of them lost counts once."""
    return Reading(
        lost=tuple(dict.fromkeys(item for reading in readings for item in reading.lost)),
        repaired=", ".join(dict.fromkeys(reading.repaired for reading in readings if reading.repaired)),
        tokens_in=sum(reading.tokens_in for reading in readings),
        tokens_out=sum(reading.tokens_out for reading in readings),
        cut=any(reading.cut for reading in readings),
        again=any(reading.again for reading in readings),
        stored=all(reading.stored for reading in readings),
    )
