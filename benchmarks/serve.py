"""The local server: how long clients wait, and what those who mean harm get. Writes docs/results/serve.md.

    python benchmarks/serve.py exported/ [--seconds 20]

The folder is one that `vermeil export` wrote. The proofs in a browser need Chromium, and are left out without it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hostile import scripts, strangers
from hostile.attacks import ATTACKS, Attack
from hostile.browser import PROGRAM, tab
from hostile.clients import Waited, ask
from hostile.payloads import PAYLOADS
from machine import made, resident_mb

PAGE = Path(__file__).parents[1] / "docs" / "results" / "serve.md"
LOADS = ((1, 1), (8, 1), (32, 1), (32, 8))
"""Clients, and texts in each request."""

ATTACKERS = 4

HEAD = """# The local server

One process with {model} ({file}), clients in a process of their own, on the same cores. Each client asks again as soon
as it has its answer. The load of the machine by others is given with each part: with it, times are upper bounds.
"""


def main() -> None:
    """Run all parts, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load")
    asked = parser.parse_args()
    parts = [
        HEAD.format(model=f"`{asked.model.name}`", file=_file(asked.model)),
        *loads(asked.model, asked.seconds),
        *attacks(asked.model, asked.seconds / 2),
        *names(asked.model),
        *(asyncio.run(payloads()) if PROGRAM else ["## Scripts\n\nNot run: there is no Chromium here.\n"]),
        made(),
    ]
    PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


def loads(model: Path, seconds: float) -> list[str]:
    """How long many clients at once wait."""
    rows = ["| clients | texts a request | texts/s | median | p99 | p99 / median | texts a round |",
            "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    before = _load()
    for clients, texts in LOADS:
        with served(model) as (address, _):
            ask(address, clients, 2, texts=texts)
            rounds = _rounds(address)
            waited = ask(address, clients, seconds, texts=texts)
            assert not waited.failures
            together = [new - old for new, old in zip(_rounds(address), rounds, strict=True)]
        rows.append(
            f"| {clients} | {texts} | {texts * waited.rate:,.0f} | {waited.median:.1f} ms | {waited.p99:.1f} ms | "
            f"{waited.p99 / waited.median:.1f} | {together[0] / together[1]:.1f} |"
        )
        print(rows[-1], flush=True)
    return [
        f"## How long clients wait\n\n{seconds:g} s each, after 2 s to warm up. Aim: p99 under 5 medians. {before}\n",
        *rows,
        "",
    ]


def attacks(model: Path, seconds: float) -> list[str]:
    """What clients that mean well wait for while others mean harm."""
    rows = ["| attack | tried | answers (0: closed without one) | median | p99 | memory |",
            "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    before = _load()
    with served(model) as (address, process):
        calm = ask(address, 4, seconds, pause=0.05)
        rows.append(f"| none | | | {calm.median:.1f} ms | {calm.p99:.1f} ms | {resident_mb(process.pid):.0f} MB |")
        for attack in ATTACKS:
            with under(attack, address, seconds) as answers:
                waited = ask(address, 4, seconds, pause=0.05)
            rows.append(_attack_row(attack, answers, waited, resident_mb(process.pid)))
            print(rows[-1], flush=True)
    head = (
        f"## While others mean harm\n\n{ATTACKERS} attackers at once, each again and again; four clients that ask "
        f"for one text, and again 50 ms after the answer. Aims: no 5xx, p99 under 200 ms. {before}\n"
    )
    return [head, *rows, ""]


def names(model: Path) -> list[str]:
    """What strangers get: twenty hosts, ten origins, every route."""
    with served(model) as (address, _):
        tried = list(strangers.tried(int(address.rpartition(":")[2])))
    let_in = [each for each in tried if strangers.let_in(each)]
    statuses = Counter(each.answer.status for each in tried if not each.ours)
    listed = ", ".join(f"{status} {times:,} times" for status, times in sorted(statuses.items()))
    own = sum(each.ours and each.answer.status in (200, 404, 405) for each in tried)
    return [
        "## Names and origins\n",
        f"20 hosts × 10 origins × {len(strangers.ROUTES)} routes × 5 methods, {len(tried):,} requests: "
        f"{len(let_in)} strangers got through; they were answered {listed}. "
        f"Of the server's own {sum(each.ours for each in tried):,}, {own:,} were let in.\n",
    ]


async def payloads() -> list[str]:
    """Whether a script runs that stands in a text, a label or the name of a model."""
    async with tab() as page:
        control = await scripts.as_html(page, PAYLOADS)
        text = await scripts.as_text(page, PAYLOADS)
        label = await scripts.as_labels(page, PAYLOADS)
        with tempfile.TemporaryDirectory() as folder:
            name = [each for each in PAYLOADS if await scripts.as_model_name(page, each, Path(folder))]
        version = (await page.call("Browser.getVersion"))["product"]
    return [
        "## Scripts\n",
        f"{len(PAYLOADS)} payloads in headless {version}. Ran, or were not shown as they are: {len(text)} as the text, "
        f"{len(label)} as labels, {len(name)} as the name of the model's folder (with a space for each slash). "
        f"{len(control)} of them run where a page takes them for HTML.\n",
    ]


@contextmanager
def served(model: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`vermeil serve` as a process, and its address."""
    command = [sys.executable, "-m", "vermeil", "serve", str(model), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = process.stderr.readline()
        threading.Thread(target=process.stderr.read, daemon=True).start()
        address = re.search(r"http://\S+", said)
        assert address, said
        try:
            yield address[0], process
        finally:
            process.terminate()
            assert process.wait(60) == 0


@contextmanager
def under(attack: Attack, address: str, seconds: float) -> Iterator[Counter[int]]:
    """The attack from several processes, as long as the block lasts; the answers that they got."""
    code = f"from hostile.attacks import *\nimport time\nuntil = time.time() + {seconds}\n"
    code += f"while time.time() < until: print({attack.__name__}({address.rpartition(':')[2]}), flush=True)"
    command = [sys.executable, "-c", code]
    here = Path(__file__).parent
    attackers = [subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, text=True) for _ in range(ATTACKERS)]
    time.sleep(0.5)
    answers: Counter[int] = Counter()
    yield answers
    for attacker in attackers:
        out, _ = attacker.communicate(timeout=120)
        answers.update(map(int, out.split()))


def _attack_row(attack: Attack, answers: Counter[int], waited: Waited, memory: float) -> str:
    name = attack.__name__.replace("_", " ")
    listed = ", ".join(f"{status} × {times:,}" for status, times in sorted(answers.items()))
    failed = f" ({waited.failures} failed)" if waited.failures else ""
    return (
        f"| {name} | {sum(answers.values()):,} | {listed} | {waited.median:.1f} ms | {waited.p99:.1f} ms{failed} | "
        f"{memory:.0f} MB |"
    )


def _rounds(address: str) -> list[float]:
    """Texts and rounds so far."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=30) as reply:
        lines = dict(line.rsplit(" ", 1) for line in reply.read().decode().splitlines() if line[0] != "#")
    return [float(lines["vermeil_round_texts_sum"]), float(lines["vermeil_round_texts_count"])]


def _load() -> str:
    return f"Load before it began: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores."


def _file(model: Path) -> str:
    files = sorted(model.glob("*.onnx"), key=lambda path: path.stat().st_size)
    return f"{files[0].name}, {files[0].stat().st_size / 1e6:.0f} MB" if files else "not exported"


if __name__ == "__main__":
    main()
