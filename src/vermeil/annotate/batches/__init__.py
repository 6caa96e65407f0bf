"""Many questions at once at a lower price: the batch APIs, as files that survive a kill at every step.

A batch is a folder. It is written, submitted, waited for, fetched and merged into the answer store; each step is
recorded on the disk, and whatever was begun is finished, never begun again.
"""

from __future__ import annotations

from vermeil.annotate.batches.collect import Progress, collect, fetch, poll, refresh
from vermeil.annotate.batches.folder import Batch, BatchState, batches_in, folder_of
from vermeil.annotate.batches.merge import Merged, merge, merge_files
from vermeil.annotate.batches.submit import adopt, submit, submit_again
from vermeil.annotate.batches.write import OpenQuestion, Written, open_questions, waiting_keys, write_batches

__all__ = [
    "Batch",
    "BatchState",
    "Merged",
    "OpenQuestion",
    "Progress",
    "Written",
    "adopt",
    "batches_in",
    "collect",
    "fetch",
    "folder_of",
    "merge",
    "merge_files",
    "open_questions",
    "poll",
    "refresh",
    "submit",
    "submit_again",
    "waiting_keys",
    "write_batches",
]
