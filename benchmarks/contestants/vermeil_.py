"""vermeil, with an answer store on the disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from _contest import contest, labels

import vermeil as vm
import vermeil.llms.openai  # else it is imported within the time that is taken
from vermeil.annotate.pace import Limits

vm.annotate, vm.AnswerStore, vm.NER  # noqa: B018 - names are loaded when they are first used


def annotate(url: str, texts: list[str], in_flight: int) -> tuple[float, int, int]:
    """Seconds, texts with an answer, labels that were placed."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with vm.AnswerStore(Path(folder) / "answers.db") as store:
            llm = vm.llm("openai:m", base_url=url)
            silver, _ = vm.annotate(texts, vm.NER(labels()), llm, store, limits=Limits(in_flight))
        seconds = time.perf_counter() - began
    answered = [example for example in silver if example.state in ("labels", "empty")]
    return seconds, len(answered), sum(len(example.labels) for example in answered)


if __name__ == "__main__":
    contest(annotate, "vermeil")
