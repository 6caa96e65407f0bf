"""What a training run did: its steps, its settings, the record that lies beside the model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vermeil.data import GOLD, Dataset
from vermeil.errors import DataError
from vermeil.files import read_text
from vermeil.provenance import provenance
from vermeil.train.choosing import Check, best_of


@dataclass(frozen=True)
class Step:
    """What happened in one optimiser step: its number from 0, its stage, the loss, the share planned and drawn.

    Args:
        dev: the score on dev after it, where dev was looked at.
    """

    number: int
    stage: int
    loss: float
    planned: float
    share: float
    dev: float | None = None


@dataclass(frozen=True)
class Run:
    """What a training run did; `settings` has everything resolved, so that the run can be repeated.

    Args:
        checks: what was seen on dev, where the model was chosen by it.
    """

    steps: tuple[Step, ...]
    seconds: float
    settings: Mapping[str, Any]
    checks: tuple[Check, ...] = ()

    def __repr__(self) -> str:  # at the end of a notebook's cell, too, where every step would be shown
        return f"<Run: {len(self.steps):,} steps in {self.seconds:.0f} s, mean share of silver {self.mean_share:.0%}>"

    @property
    def kept(self) -> int:
        """The number of steps that made the model: all, or those up to the best on dev."""
        return best_of(self.checks).step if self.checks else len(self.steps)

    @property
    def mean_share(self) -> float:
        """The silver part of all examples that made the model: what was really used, not what was planned."""
        return sum(step.share for step in self.steps[: self.kept]) / self.kept

    def as_dict(self) -> dict[str, Any]:
        """Plain values, the steps as columns; `from_dict` reads them back."""
        curves = {name: [round(getattr(step, name), 6) for step in self.steps] for name in CURVES}
        return {
            "mean_share": self.mean_share,
            "seconds": self.seconds,
            "settings": dict(self.settings),
            "curves": curves,
        } | ({"checks": [astuple(check) for check in self.checks], "kept": self.kept} if self.checks else {})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Run:
        """Read what `as_dict` gave."""
        columns = [values["curves"][name] for name in CURVES]
        steps = tuple(Step(i, *row) for i, row in enumerate(zip(*columns, strict=True)))
        checks = tuple(Check(*check) for check in values.get("checks", ()))
        return cls(steps, values["seconds"], values["settings"], checks)


CURVES = ("stage", "loss", "planned", "share")


def run_record(
    run: Run,
    options: Mapping[str, Any] = MappingProxyType({}),
    annotation: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """`run.json`, to lie beside the model: what the run did, versions, machine, command, the user's options.

    Args:
        annotation: what the teacher was told, as `annotation_of` finds it.
    """
    told = {"options": dict(options), "annotation": dict(annotation)}
    values = run.as_dict() | provenance() | {name: each for name, each in told.items() if each}
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def annotation_of(silver: Dataset, file: Path) -> dict[str, Any]:
    """What the teacher was told: the prompt's sha256, and what each label means.

    It stands in the record that `vermeil annotate` leaves beside its file. Nothing is taken from one of other labels:
    another run may have left it there.
    """
    try:
        record = json.loads(read_text(f"{file}.run.json"))
        if record["silver_sha256"] == silver.sha256:
            return {"prompt_sha256": record["prompt_sha256"], "labels": record["task"].get("labels", {})}
    except (DataError, ValueError, LookupError, TypeError):
        pass  # there is none, or none that says so
    return {}


def describe(examples: Dataset) -> dict[str, Any]:
    """Name, sizes and fingerprint of a dataset, for the run record; the teachers, where people did not label it."""
    states = Counter(example.state for example in examples)
    labels = sum(len(example.labels) for example in examples)
    teachers = Counter(example.source for example in examples if example.source not in ("", GOLD))
    found = {"name": examples.name, "examples": dict(states), "labels": labels, "sha256": examples.sha256}
    return found | ({"teachers": [name for name, _ in teachers.most_common()]} if teachers else {})
