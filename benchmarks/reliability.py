"""The promises about answers, money, labels and training, at full length.

`python benchmarks/reliability.py A1 --rounds 100` prints the figure and whether the target was met, and writes them
into docs/results/reliability.md. Without a name, all are tried. The tests hold the short versions.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import machine
from proofs import Seen
from proofs.chance import chance
from proofs.clock import clock
from proofs.faults import faults
from proofs.full_disk import full_disk
from proofs.keys import keys
from proofs.killed import killed
from proofs.labels import any_text, orders, quotes
from proofs.second import second
from proofs.spending import capped
from proofs.stored import other_keys, other_parser, other_rows
from proofs.storms import storms
from proofs.training import killed_training, trained_twice
from reliability_page import RESULTS, write_page


@dataclass(frozen=True)
class Proof:
    """What is tried.

    Args:
        target: in words.
    """

    attempt: Callable[..., Seen]
    target: str


PROOFS = {
    "A1": Proof(
        killed,
        "killed at 100 random moments: no saved answer lost or asked for again, no more texts asked for twice than "
        "were in flight, the same output as an unbroken run's",
    ),
    "A2": Proof(full_disk, "a disk full at 20 byte counts: a clean stop that names it, no saved answer lost, resumes"),
    "A3": Proof(second, "a second process on the same store: a clear refusal, integrity_check ok after 50 rounds"),
    "A4": Proof(other_parser, "another parser: 0 new calls"),
    "A5": Proof(other_rows, "rows reordered, repeated, appended, renamed: calls only for new texts"),
    "A6": Proof(other_keys, "what changes the answer changes the key, and nothing else does"),
    "A7": Proof(
        faults,
        "5,000 texts, a fault in 20 % of the calls: each text ends as its labels or as a failure with its reason, no "
        "attempt outlives its deadline by 1 s, memory grows by less than 50 MB, no unhandled exception",
    ),
    "A8": Proof(
        storms,
        "refusals at a limit of 60 a minute: at least 90 % of the allowed rate, at most 5 % refused after the first "
        "storm",
    ),
    "A8-budget": Proof(capped, "a spending cap: overrun by no more than what was in flight"),
    "A9": Proof(clock, "the wall clock moved by a day: no stall over 1 s, no burst"),
    "A10": Proof(keys, "planted keys: 0 found in files, logs, stores, reports, tracebacks"),
    "L1": Proof(any_text, "10,000 random Unicode texts: the labels' words stay the same, 100 %"),
    "L2": Proof(
        quotes,
        "at least 99.5 % at the right occurrence, no invented quote placed, at least 95 % of the whole entries of a "
        "cut answer saved",
    ),
    "L5": Proof(
        chance,
        "10,000 null simulations at 5 %: equal systems called different in 4 to 6 % by texts or documents, in at most "
        "6 % over seeds too or in a corrected family",
    ),
    "L6": Proof(orders, "texts that give orders: no other text's labels change, no label outside of the task's"),
    "T1": Proof(
        killed_training,
        "training killed at 30 random steps, inside a save too, then resumed: weights bit-equal to the unbroken run's, "
        "no partial checkpoint picked",
    ),
    "T2": Proof(
        trained_twice, "the same seed twice: the same weights, bit by bit; other batches in prediction: equal to 1e-5"
    ),
}


def main() -> int:
    """Try what was asked for; 1 if a target was missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROOFS)}; all if none is given")
    options.add_argument("--rounds", type=int, help="where there are rounds")
    options.add_argument("--count", type=int, help="texts, where that can be chosen")
    options.add_argument("--dry", action="store_true", help="print the figures, and write nothing")
    given = options.parse_args()
    if unknown := set(given.names) - PROOFS.keys():
        options.error(f"no {', '.join(sorted(unknown))}; there are: {', '.join(PROOFS)}")
    missed = 0
    for name in given.names or PROOFS:
        result = attempt(name, {"rounds": given.rounds, "count": given.count})
        print(
            f"{name}: {'met' if result['met'] else 'NOT MET'}. {result['figure']} [{result['seconds']:.0f} s]",
            flush=True,
        )
        missed += not result["met"]
        if not given.dry:
            keep(name, result)
    return int(missed > 0)


def attempt(name: str, options: dict[str, int | None]) -> dict[str, Any]:
    """One proof, with those of the options that it knows."""
    proof = PROOFS[name]
    known = inspect.signature(proof.attempt).parameters
    chosen = {option: value for option, value in options.items() if value is not None and option in known}
    began = time.monotonic()
    seen = proof.attempt(**chosen)
    typed = [part for option, value in chosen.items() for part in (f"--{option}", str(value))]
    return {
        "target": proof.target,
        "figure": seen.figure,
        "met": seen.met,
        "seconds": time.monotonic() - began,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": " ".join(["python benchmarks/reliability.py", name, *typed]),
        "machine": machine.processor(),
    }


def keep(name: str, result: dict[str, Any]) -> None:
    """Put the result beside those of the other proofs, and write the page anew."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = result
    RESULTS.write_text(json.dumps({known: results[known] for known in PROOFS if known in results}, indent=1) + "\n")
    write_page()


if __name__ == "__main__":
    sys.exit(main())
