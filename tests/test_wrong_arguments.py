"""What a notebook's user gets wrong at first is told in one line, with what to give instead."""

from __future__ import annotations

import pytest

import vermeil as vm

GOLD = vm.Dataset(tuple(vm.Example(f"Ada left, {number}.", (vm.Span(0, 3, "PER"),)) for number in range(8)), "gold")
FILMS = vm.Dataset((vm.Example("dull", (vm.whole("dull", "bad"),), kind="class"),), "films")
SETTINGS = vm.CompareSettings(student="memorizer", train={"steps": 2}, keep_model=False)


def compared(strategies="gold-only", labels=("PER",), **changes):
    return vm.compare(strategies, labels, **{"gold": GOLD, "test": GOLD, "settings": SETTINGS, **changes})


def taught(strategy="gold-only", **changes):
    return vm.train(vm.student("memorizer", ["PER"]), strategy, **{"gold": GOLD, **changes})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: compared([vm.one_stage(vm.Sigmoid())]),
            r'got Strategy\(.*takes strategies of your own by name: {"mine"',
        ),
        (lambda: compared(labels=vm.NER(labels=["PER"])), r"got NER\(.*give a list, or the labels of the task"),
        (lambda: compared(labels="PER"), "labels are the names of labels, got 'PER'"),
        (lambda: compared(dev=None), r"^dev: a Dataset was expected, got None; give vermeil\.read\(FILE\)"),
        (lambda: compared(silver=[GOLD]), r"^silver \(of several teachers: a table of them by name\): a Dataset"),
        (lambda: compared(silver={"gpt": "silver.jsonl"}), "^silver gpt: a Dataset was expected, got 'silver.jsonl'"),
        (lambda: taught(gold="gold.conll"), "^gold: a Dataset was expected, got 'gold.conll'"),
        (lambda: taught(gold=list(GOLD)), r"^gold: a Dataset was expected, got \[Example"),
        (lambda: taught(vm.Sigmoid()), r"got Sigmoid\(.*; a schedule becomes one by vermeil\.one_stage"),
        (lambda: taught(settings={"steps": 5}), r"settings of a run are TrainSettings, got {'steps': 5}"),
        (
            lambda: vm.evaluate(vm.student("memorizer", ["PER"]), "test.conll"),
            "a Dataset was expected, got 'test.conll'",
        ),
        (lambda: vm.evaluate(vm.student("memorizer", ["PER"]), FILMS), "films has labels of the kind 'class', and the"),
        (
            lambda: vm.student("memorizer", ["PER"], kind="foo"),
            "no kind of labels named 'foo'; there are: class, classes",
        ),
        (lambda: vm.NER(labels="PER"), "got the one name 'PER'; give a list or table"),
    ],
)
def test_it_is_told_in_one_line(call, message):
    with pytest.raises(vm.VermeilError, match=message) as caught:
        call()
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_one_strategy_needs_no_list_and_results_are_shown_in_a_line():
    comparison = compared()
    assert [row.name for row in comparison] == ["gold-only"]
    assert repr(comparison) == "<Comparison rows=1 cells=1>"
    assert repr(taught(settings=vm.TrainSettings(steps=3))).startswith("<Run: 3 steps in 0 s, mean share of silver 0%")


def test_reports_take_the_folder_of_results_and_studies_their_file(tmp_path):
    compared(out=tmp_path / "results")
    assert vm.report(tmp_path / "results", tmp_path / "page.html").exists()
    vm.write(GOLD, tmp_path / "gold.jsonl")
    (tmp_path / "task.toml").write_text('task = "ner"\n[labels]\nPER = "a person"\n')
    (tmp_path / "study.toml").write_text(
        'task = "task.toml"\ngold = "gold.jsonl"\ntest = "gold.jsonl"\nstrategies = ["gold-only"]\n'
        'student = "memorizer"\nkeep_model = false\nout = "out"\n[train]\nsteps = 2\n'
    )
    assert len(vm.run_study(str(tmp_path / "study.toml")).rows) == 1
