"""Hands a batch in, once: after a kill or a broken connection the provider's list says whether it has it."""

from __future__ import annotations

import time

from vermeil.annotate.batches.folder import Batch, BatchState, api_for, batches_in, seen
from vermeil.errors import LLMBusy, LLMError, UserError
from vermeil.execute.loop import wait_for
from vermeil.llms._batch import BatchAPI, RemoteBatch
from vermeil.llms.base import LLM

SETTLE = 30.0
"""Seconds after which a batch that was handed in is on the provider's list."""

ATTEMPTS = 5
"""At handing one batch in."""

LONGEST_WAIT = 60.0
"""Seconds; a provider that asks for more is not waited for."""


def submit(batch: Batch, llm: LLM, settle: float = SETTLE) -> BatchState:
    """Hand the batch in, unless the provider has it already.

    Run it again whatever stopped it: what was begun is looked for on the provider's list before anything is sent.

    Args:
        settle: see `SETTLE`.

    Raises:
        UserError: several batches on the list may be this one; `adopt` one, or `submit_again`.
        LLMError: the provider doesn't take it.
    """
    with batch.held() as state:
        if state.by_hand and state.step == "written":
            raise UserError(f"the batch {state.name} was written to be handed in by hand; merge its results")
        api = api_for(batch, llm)
        for attempt in range(1, ATTEMPTS):
            try:
                return _submitted(batch, api, settle)
            except LLMBusy as error:
                if (error.retry_after or 0.0) > LONGEST_WAIT:
                    raise
                time.sleep(max(error.retry_after or 0.0, min(settle, 2.0**attempt)))
        return _submitted(batch, api, settle)


def adopt(batch: Batch, llm: LLM, remote: str) -> BatchState:
    """Take the provider's batch of this id for ours.

    Raises:
        UserError: it has another number of requests, or belongs to another batch.
        LLMError: there is no such batch.
    """
    with batch.held() as state:
        if state.step not in ("written", "submitting"):
            raise UserError(f"the batch {state.name} is known to be {state.remote}; nothing to adopt")
        found = wait_for(api_for(batch, llm).get(remote))
        if remote in _claimed(batch):
            raise UserError(f"{remote} belongs to another batch in {batch.path.parent}")
        if found.total and found.total != state.requests:
            raise UserError(f"{remote} has {found.total:,} requests, {state.name} has {state.requests:,}: not the same")
        return batch.advance(step="submitted", **seen(found))


def submit_again(batch: Batch) -> BatchState:
    """Forget that the batch was handed in, so that `submit` does it anew: if the provider has it, it is paid twice."""
    with batch.held() as state:
        if state.step == "merged":
            raise UserError(f"the batch {state.name} is merged; what stayed unanswered goes into the next batch")
        return batch.advance(
            step="written", upload="", remote="", status="", problem="", done=0, failed=0, files={}, by_hand=False
        )


def _submitted(batch: Batch, api: BatchAPI, settle: float) -> BatchState:
    state = batch.state
    if state.step == "submitting":
        state = _found(batch, api, settle)
    return _handed_in(batch, api) if state.step == "written" else state


def _handed_in(batch: Batch, api: BatchAPI) -> BatchState:
    state = batch.state
    upload = state.upload or wait_for(api.upload(batch.requests))
    batch.advance(upload=upload)
    newest = wait_for(api.newest())
    batch.advance(
        step="submitting", newest=newest.id if newest else "", newest_created=newest.created if newest else 0.0
    )
    try:
        remote = wait_for(api.create(batch.requests, state.name, upload))
    except LLMBusy as error:
        if error.cause in ("rate", "unreachable"):
            batch.advance(step="written")  # it was turned away at the door
        raise
    except LLMError:
        batch.advance(step="written", upload="")  # refused, perhaps since the upload is gone
        raise
    return batch.advance(step="submitted", **seen(remote))


def _found(batch: Batch, api: BatchAPI, settle: float) -> BatchState:
    """Submitted, if the provider's list has it, and written if it hasn't."""
    for wait in (0.0, settle):
        time.sleep(wait)
        if (remote := _on_the_list(batch, api)) is not None:
            return batch.advance(step="submitted", **seen(remote))
    return batch.advance(step="written")


def _on_the_list(batch: Batch, api: BatchAPI) -> RemoteBatch | None:
    state = batch.state
    recent = wait_for(api.since(state.newest, state.newest_created))
    if api.marked:
        ours = {state.name, state.upload} - {""}
        return next((remote for remote in recent if ours & remote.marks), None)
    claimed = _claimed(batch)
    fitting = [remote for remote in recent if remote.total == state.requests and remote.id not in claimed]
    if len(fitting) > 1:
        names = ", ".join(remote.id for remote in fitting)
        raise UserError(
            f"{len(fitting)} batches at {state.server} may be {state.name} ({names}): say which with --adopt ID, "
            "or send it anew with --again if none of them is yours"
        )
    return fitting[0] if fitting else None


def _claimed(batch: Batch) -> set[str]:
    """The ids of the other batches beside this one."""
    return {other.state.remote for other in batches_in(batch.path.parent) if other.name != batch.name} - {""}
