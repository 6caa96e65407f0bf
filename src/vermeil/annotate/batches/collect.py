"""Waits for batches, and fetches what they came to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vermeil.annotate.batches.folder import RESULTS, Batch, BatchState, api_for, seen
from vermeil.errors import LLMBusy
from vermeil.execute.loop import wait_for
from vermeil.llms.base import LLM

FIRST_WAIT = 15.0
"""Seconds between two looks at a batch; they grow, since most batches take minutes and some take a day."""

LONGEST_WAIT = 300.0


@dataclass(frozen=True)
class Progress:
    """How far the batches are together: counts of requests, and what keeps us waiting."""

    done: int
    failed: int
    total: int
    note: str = ""


OnProgress = Callable[[Progress], None]


def refresh(batch: Batch, llm: LLM) -> BatchState:
    """Ask the provider how far the batch is, once.

    Raises:
        LLMError: it doesn't say; `LLMBusy` if it may later.
    """
    if batch.state.step != "submitted":
        return batch.state
    remote = wait_for(api_for(batch, llm).get(batch.state.remote))
    with batch.held() as state:
        if state.step != "submitted" or state.remote != remote.id:
            return state
        return batch.advance(step="ended" if remote.ended else "submitted", **seen(remote))


def fetch(batch: Batch, llm: LLM) -> BatchState:
    """Fetch the results of a batch that has ended, whole files or none.

    Raises:
        LLMError: they can't be fetched.
    """
    with batch.held() as state:
        if state.step != "ended":
            return state
        api = api_for(batch, llm)
        for name in RESULTS:
            (batch.path / name).unlink(missing_ok=True)
            if name in state.files:
                wait_for(api.download(state.files[name], batch.path / name))
        return batch.advance(step="fetched")


def poll(
    batch: Batch, llm: LLM, on_progress: OnProgress = lambda progress: None, first_wait: float = FIRST_WAIT
) -> BatchState:
    """Wait until the batch has ended."""
    for _ in collect([batch], lambda batch: llm, on_progress, first_wait=first_wait, fetching=False):
        pass
    return batch.state


def collect(
    batches: Sequence[Batch],
    llm_of: Callable[[Batch], LLM],
    on_progress: OnProgress = lambda progress: None,
    *,
    wait: bool = True,
    first_wait: float = FIRST_WAIT,
    fetching: bool = True,
) -> Iterator[Batch]:
    """Each batch whose results are here, as soon as they are.

    A provider that can't be reached is waited for, as long as it takes: a closed lid is no reason to stop.

    Args:
        wait: false looks once.
        fetching: false yields those that have ended, without their results.
    """
    left = [batch for batch in batches if batch.state.step in ("submitted", "ended", "fetched")]
    shown = list(left)
    seconds = first_wait
    while left:
        note = ""
        for batch in list(left):
            try:
                done = _step(batch, llm_of(batch), fetching)
            except LLMBusy as error:
                if not wait:
                    raise
                note, seconds = str(error), max(seconds, error.retry_after or 0.0)
                continue
            if done:
                left.remove(batch)
                yield batch
        on_progress(_progress(shown, note))
        if not wait or not left:
            return
        time.sleep(seconds)
        seconds = min(LONGEST_WAIT, seconds * 1.5)


def _step(batch: Batch, llm: LLM, fetching: bool) -> bool:
    """Whether there is nothing more to wait for."""
    refresh(batch, llm)
    if fetching:
        fetch(batch, llm)
    return batch.state.step in (("fetched", "merged") if fetching else ("ended", "fetched", "merged"))


def _progress(batches: Sequence[Batch], note: str) -> Progress:
    states = [batch.state for batch in batches]
    return Progress(
        sum(state.requests if state.step in ("fetched", "merged") else state.done for state in states),
        sum(state.failed for state in states),
        sum(state.requests for state in states),
        note,
    )
