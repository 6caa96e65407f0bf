"""A million short texts through the annotator: answers a second, memory along the way, the size of the store.

The LLM is scripted and answers at once, so that what is measured is everything else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import machine
from loopback_server import for_vermeil
from texts import LABELS, texts

import vermeil as vm
from vermeil.llms import scripted

PAGE = Path(__file__).parents[1] / "docs" / "results" / "annotate-million.md"


def main() -> None:
    """Annotate, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="for the store and the labels; else one that is removed again")
    options.add_argument("--out", type=Path, default=PAGE, help="the page, - for none")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        figures = annotate(given.texts, given.folder or Path(spare))
    print(json.dumps(figures))
    if str(given.out) != "-":
        given.out.write_text(page(figures))


def annotate(count: int, folder: Path) -> dict[str, object]:
    """Figures of a run, and of a second one over the same store."""
    llm = scripted.LLM("m", lambda prompt: for_vermeil(prompt[prompt.rfind("No. ") :].split("\n", 1)[0]))
    store, out = folder / "answers.db", folder / "silver.jsonl"
    first = _run(count, llm, store, out)
    again = _run(count, llm, store, out)
    return {
        "texts": count,
        "calls": llm.calls,
        "first": first,
        "again": again,
        "store_mb": sum(file.stat().st_size for file in folder.glob("answers.db*")) / 2**20,
        "silver_mb": out.stat().st_size / 2**20,
    }


def _run(count: int, llm: scripted.LLM, path: Path, out: Path) -> dict[str, object]:
    memory: list[float] = []
    began = time.perf_counter()
    with vm.AnswerStore(path) as store:
        annotator = vm.Annotator(vm.NER(LABELS), llm, store)
        vm.write(_watched(annotator.stream(texts(count)), count, memory), out)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rate": count / seconds, "memory_mb": memory}


def _watched(examples: Iterator[vm.Example], count: int, memory: list[float]) -> Iterator[vm.Example]:
    """The same examples; the memory of this process is noted after each tenth of them."""
    for number, example in enumerate(examples, start=1):
        if number * 10 // count > len(memory):
            memory.append(machine.resident_mb())
        yield example


def page(figures: dict[str, object]) -> str:
    """The page of results."""
    rows = []
    for name, key in (("asking", "first"), ("reading the store", "again")):
        run = figures[key]
        assert isinstance(run, dict)
        memory = run["memory_mb"]
        change = f"{memory[-1] / memory[0] - 1:+.0%}"
        listed = " ".join(f"{value:.0f}" for value in memory)
        rows.append(f"| {name} | {run['seconds']:.0f} | {run['rate']:.0f} | {listed} | {change} |")
    return "\n".join(
        [
            "# A million texts",
            "",
            f"{figures['texts']:,} short texts through `Annotator.stream` into a store and a file, with a scripted LLM",
            f"that answers at once; then the same again, from the store ({figures['calls']:,} calls in all). Memory of",
            "the whole process in MB after each tenth of the texts; the target is that it stays within 10 % from the",
            "first tenth to the last.",
            "",
            "| run | seconds | texts/s | memory, MB | last against first |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"The store has {figures['store_mb']:.0f} MB, the labels {figures['silver_mb']:.0f} MB.",
            "",
            machine.made(),
            "",
        ]
    )


if __name__ == "__main__":
    main()
