"""The measuring data of the studies: CoNLL-2003 with three teachers, read with the public API.

They lie beside the clone, in `../shared/data`; nothing of them is part of the project.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import vermeil as vm

DATA = Path(__file__).parents[1].parent / "shared" / "data"
TASK = Path(__file__).parent / "conll.toml"


@dataclass(frozen=True)
class Conll:
    """The sets of a study; train sentences carry the ids `train-0`, `train-1`, ... that the teachers use."""

    train: vm.Dataset
    test: vm.Dataset
    strong: vm.Dataset
    weak: vm.Dataset


def read_conll(data: Path = DATA) -> Conll:
    """Train and test gold, and the silver of the strong and the weak teacher."""
    if not data.exists():
        sys.exit(f"the studies need the measuring data in {data}; they are not part of the project")
    train = vm.read(data / "conll2003/eng.train")
    numbered = tuple(replace(example, id=f"train-{i}") for i, example in enumerate(train))
    return Conll(
        train=vm.Dataset(numbered, train.name),
        test=vm.read(data / "conll2003/eng.testb"),
        strong=_strong(data / "teachers/claude/conll2003_train.answers.jsonl"),
        weak=_weak(data / "teachers/gpt35/conll2003_train.silver.jsonl"),
    )


def gold_outside(conll: Conll, size: int, seed: int) -> vm.Dataset:
    """`size` gold sentences that no teacher labelled: gold and silver of one run never share a sentence."""
    labelled = {example.id for silver in (conll.strong, conll.weak) for example in silver}
    texts = {example.text for silver in (conll.strong, conll.weak) for example in silver}
    free = (example for example in conll.train if example.id not in labelled and example.text not in texts)
    return vm.Dataset(tuple(free), "CoNLL-2003 train, outside of the silver").sample(size, seed)


def _strong(path: Path) -> vm.Dataset:
    """Recorded raw answers, put into a store and read by the ordinary annotate step: no call is made."""
    task, llm, store = vm.read_task(TASK), vm.llm("scripted:strong"), vm.AnswerStore()
    vm.import_answers(path, task, llm, store)
    silver, report = vm.annotate(vm.read_texts(path), task, llm, store)
    print(f"strong teacher: {report}")
    return replace(silver, name="strong teacher")


def _weak(path: Path) -> vm.Dataset:
    silver = vm.read(path)
    labelled = tuple(replace(example, source="gpt-3.5") for example in silver)
    return vm.Dataset(labelled, "weak teacher")


def labels() -> tuple[str, ...]:
    """The four entity types."""
    return tuple(tomllib.loads(TASK.read_text(encoding="utf-8"))["labels"])
