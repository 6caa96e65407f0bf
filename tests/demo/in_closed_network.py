"""Run as a program in a network namespace of its own: the demo, and a round of training and prediction.

Arguments: the folder for the results. Prints one line of JSON for the test.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import vermeil as vm
from vermeil.demo.job import CORPUS, SETTINGS

STEPS = 6  # enough to go through everything; what is learnt is another test's business


def main() -> None:
    out = Path(sys.argv[1])
    settings = SETTINGS.model_copy(update={"train": vm.TrainSettings(steps=STEPS, batch_size=8)})
    outcome = vm.demo(out, settings=settings)
    gold = vm.read(CORPUS / "gold.jsonl")
    student = vm.student("minilm", gold.labels)
    vm.train(student, vm.STRATEGIES["gold-only"], gold=gold, settings=settings.train)
    student.save(out / "second")
    labelled = vm.predict(out / "second", ["Alice flew to Lima."])
    print(
        json.dumps(
            {
                "interfaces": [name for _, name in socket.if_nameindex()],
                "reachable": _reachable(),
                "calls": outcome.silver.calls,
                "teacher_f1": outcome.silver.scores.f1,
                "texts": outcome.silver.report.texts,
                "rows": [row.strategy for row in outcome.comparison],
                "sentence": outcome.labelled.text,
                "predicted": len(labelled),
            }
        )
    )


def _reachable() -> bool:
    """Whether even this machine's own loopback address answers; without an interface it cannot."""
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            probe.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
