"""Run as a program in a network namespace of its own: the demo of each corpus, and a round of training and prediction.

Arguments: the folder for the results, in which each corpus gets one. Prints one line of JSON for the tests.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import vermeil as vm
from vermeil.demo import Corpus, Outcome, corpora

STEPS = 6  # enough to go through everything; what is learnt is another test's business


def main() -> None:
    out = Path(sys.argv[1])
    train = vm.TrainSettings(steps=STEPS, batch_size=8)
    outcomes = {
        name: vm.demo(out / name, task=name, settings=vm.CompareSettings(train=train, workers=2)) for name in corpora()
    }
    corpus = Corpus()
    student = vm.student("minilm", corpus.task.labels)
    vm.train(student, vm.STRATEGIES["gold-only"], gold=corpus.labelled("gold"), settings=train)
    student.save(out / "second")
    labelled = vm.predict(out / "second", ["Alice flew to Lima."])
    said = {name: _said(outcome) for name, outcome in outcomes.items()}
    network = {"interfaces": [name for _, name in socket.if_nameindex()], "reachable": _reachable()}
    print(json.dumps({**said, **network, "predicted": len(labelled)}))


def _said(outcome: Outcome) -> dict[str, Any]:
    """What a demo left."""
    return {
        "calls": outcome.silver.calls,
        "teacher": outcome.silver.scores.value,
        "texts": outcome.silver.report.texts,
        "failed": sum(reason.count for reason in outcome.silver.report.failed.values()),
        "rows": [row.strategy for row in outcome.comparison],
        "sentence": outcome.labelled.text,
        "classes": outcome.labelled.classes,
    }


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
