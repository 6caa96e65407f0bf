"""The measuring data of the studies: CoNLL-2003 with three teachers, read with the public API.

They lie beside the clone, in `../shared/data`; nothing of them is part of the project.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import vermeil as vm

DATA = Path(__file__).parents[1].parent / "shared" / "data"
TASK = Path(__file__).parent / "conll.toml"


@dataclass(frozen=True)
class Conll:
    """The sets of a study; train sentences carry the ids `train-0`, `train-1`, ... that the teachers use.

    Args:
        other_tests: the test set with its labels corrected by others, by the name of the correction.
        teachers: silver by teacher: "strong" (a Claude model), "weak" (GPT-3.5) and "crowd" (crowd workers), the last
            two from NoiseBench.
        bbc: the strong teacher on BBC news, from outside of the corpus.
    """

    train: vm.Dataset
    dev: vm.Dataset
    test: vm.Dataset
    other_tests: Mapping[str, vm.Dataset]
    teachers: Mapping[str, vm.Dataset]
    bbc: vm.Dataset

    @property
    def labels(self) -> tuple[str, ...]:
        """The four entity types."""
        return labels()


def read_conll(data: Path = DATA) -> Conll:
    """Gold, and the silver of all teachers."""
    if not data.exists():
        sys.exit(f"the studies need the measuring data in {data}; they are not part of the project")
    train = vm.read(data / "conll2003/eng.train")
    numbered = tuple(replace(example, id=f"train-{i}") for i, example in enumerate(train))
    teachers = data / "teachers"
    return Conll(
        train=vm.Dataset(numbered, train.name),
        dev=vm.read(data / "conll2003/eng.testa"),
        test=vm.read(data / "conll2003/eng.testb"),
        other_tests={
            "CoNLL++": vm.read(data / "conllpp_wang2019/test.jsonl"),
            "CleanCoNLL": vm.read(data / "cleanconll/test.jsonl"),
        },
        teachers={
            "strong": _recorded(teachers / "claude/conll2003_train.answers.jsonl", "strong teacher"),
            "weak": _tagged(teachers / "gpt35/conll2003_train.silver.jsonl", "weak teacher", "gpt-3.5"),
            "crowd": _tagged(teachers / "crowd/conll2003_train.silver.jsonl", "crowd", "crowd"),
        },
        bbc=_recorded(teachers / "claude/bbc.answers.jsonl", "strong teacher on BBC news"),
    )


def gold_outside(conll: Conll, size: int | None = None, seed: int = 0) -> vm.Dataset:
    """Gold sentences that neither the strong nor the weak teacher labelled: a run never has both labels of one.

    Args:
        size: so many of them; None for all.
    """
    labelled = [example for name in ("strong", "weak") for example in conll.teachers[name]]
    ids, texts = {example.id for example in labelled}, {example.text for example in labelled}
    free = (example for example in conll.train if example.id not in ids and example.text not in texts)
    gold = vm.Dataset(tuple(free), "CoNLL-2003 train, outside of the silver")
    return gold if size is None else gold.sample(size, seed)


def _recorded(path: Path, name: str) -> vm.Dataset:
    """Recorded raw answers, put into a store and read by the ordinary annotate step: no call is made."""
    task, llm, store = vm.read_task(TASK), vm.llm("scripted:strong"), vm.AnswerStore()
    vm.import_answers(path, task, llm, store)
    silver, report = vm.annotate(vm.read_texts(path), task, llm, store)
    print(f"{name}: {report}")
    return replace(silver, name=name)


def _tagged(path: Path, name: str, source: str) -> vm.Dataset:
    labelled = tuple(replace(example, source=source) for example in vm.read(path))
    return vm.Dataset(labelled, name)


def labels() -> tuple[str, ...]:
    """The four entity types."""
    return tuple(tomllib.loads(TASK.read_text(encoding="utf-8"))["labels"])
