"""The whole job with batches, and a process that runs it in processes of their own, to be killed."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from names_task import Names

from vermeil import llms
from vermeil.annotate import batches
from vermeil.annotate.store import AnswerStore
from vermeil.llms.base import LLM

TEXTS = tuple(f"Anna met Bob {number}" for number in range(5))
SETTLE = 0.1


@cache  # kept to the end: connections that the garbage collector finds are warned of
def llm_at(url: str, provider: str) -> LLM:
    if provider == "openai":
        return llms.llm("openai:m", base_url=f"{url}/v1", deadline=10)
    return llms.llm("anthropic:m", base_url=url, deadline=10)


def run(llm: LLM, store: Path, texts: Sequence[str] = TEXTS, most: int | None = None, settle: float = SETTLE) -> None:
    """Write, submit, wait, fetch, merge; what is done already is not done again."""
    folder = batches.folder_of(store)
    with AnswerStore(store) as answers:
        batches.write_batches(batches.open_questions(texts, Names(), llm, answers), llm, folder, most_requests=most)
    for batch in batches.batches_in(folder):
        batches.submit(batch, llm, settle)
    for batch in batches.collect(batches.batches_in(folder), lambda batch: llm, first_wait=0.01):
        with AnswerStore(store) as answers:
            batches.merge(batch, llm, answers)


def serve() -> None:
    """For each line of standard input, a fork that runs the job; prints its number, then how it ended."""
    for line in sys.stdin:
        url, provider, store, most, settle = json.loads(line)
        if not (number := os.fork()):
            try:
                run(llm_at(url, provider), Path(store), most=most, settle=settle)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(number, flush=True)
        print(os.waitpid(number, 0)[1], flush=True)
