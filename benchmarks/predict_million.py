"""A million lines through an exported student, as `vermeil predict` labels a file: speed, and memory on the way."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import machine
from texts import texts

from vermeil.deploy.bulk import predict_files

PAGE = Path(__file__).parents[1] / "docs" / "results" / "predict-million.md"


def main() -> None:
    """Label the lines, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("model", type=Path, help="folder that vermeil export wrote")
    options.add_argument("--texts", type=int, default=1_000_000)
    options.add_argument("--out", type=Path, default=PAGE, help="the page, - for none")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory = label(given.model, given.texts, Path(folder))
    print(json.dumps({"texts": given.texts, "seconds": seconds, "memory_mb": memory}))
    if str(given.out) != "-":
        given.out.write_text(page(given.texts, seconds, memory))


def label(model: Path, count: int, folder: Path) -> tuple[float, list[float]]:
    """Seconds, and the memory of this process after each tenth of the lines."""
    lines, memory, done = folder / "lines.txt", list[float](), 0
    with lines.open("w") as stream:
        stream.writelines(f"{text}\n" for text in texts(count))

    def on_done(more: int) -> None:
        nonlocal done
        done += more
        while len(memory) < done * 10 // count:
            memory.append(machine.resident_mb())

    began = time.perf_counter()
    predict_files(model, [lines], folder / "labels.jsonl", on_done=on_done)
    seconds = time.perf_counter() - began
    written = sum(1 for _ in (folder / "labels.jsonl").open())
    assert written == count, f"{written} of {count} lines were written"
    return seconds, memory


def page(count: int, seconds: float, memory: list[float]) -> str:
    """The page of results."""
    return "\n".join(
        [
            "# A million lines labelled",
            "",
            f"{count:,} short lines of a file through what `vermeil predict` calls, with an exported student, to a",
            f"file of JSON lines: {seconds:.0f} s, {count / seconds:.0f} lines a second. Memory of the process in MB",
            f"after each tenth of the lines: {' '.join(f'{value:.0f}' for value in memory)}; last against first:",
            f"{memory[-1] / memory[0] - 1:+.0%}. The target is that it stays within 10 %.",
            "",
            machine.made(),
            "",
        ]
    )


if __name__ == "__main__":
    main()
