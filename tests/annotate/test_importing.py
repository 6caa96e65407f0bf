"""Answers in and out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from names_task import Names

from vermeil.annotate.annotator import annotate
from vermeil.annotate.importing import export_answers, import_answers
from vermeil.annotate.store import AnswerStore
from vermeil.errors import DataError
from vermeil.llms import openai
from vermeil.llms.scripted import LLM

ROWS = [{"text": "Anna sang", "answer": '["Anna"]'}, {"text": "rain fell", "answer": "[]"}]


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("llm", [LLM("claude"), openai.LLM("m", base_url="http://127.0.0.1:9/v1")])
def test_imported_answers_are_not_asked_for(task: Names, llm: LLM, tmp_path: Path) -> None:
    with AnswerStore() as store:
        imported = import_answers(written(tmp_path / "a.jsonl", *ROWS), task, llm, store)
        silver, report = annotate(["Anna sang", "rain fell"], task, llm, store)
    assert (imported.added, imported.present) == (2, 0)
    assert [example.state for example in silver] == ["labels", "empty"]
    assert (report.from_store, report.asked) == (2, 0)


def test_what_is_there_already_is_counted_and_stays(task: Names, tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", *ROWS, {"text": "Anna sang", "answer": "[]"})
    with AnswerStore() as store:
        first = import_answers(file, task, LLM("claude"), store)
        second = import_answers(file, task, LLM("claude"), store)
        silver, _ = annotate(["Anna sang"], task, LLM("claude"), store)
    assert (first.added, first.present, second.added, second.present) == (2, 1, 0, 3)
    assert silver[0].state == "labels"


def test_a_bad_row_is_named_and_nothing_is_imported(task: Names, tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", *ROWS, {"text": "Bob", "label": 1})
    with AnswerStore() as store:
        with pytest.raises(DataError, match=r"a\.jsonl:3: no string under 'answer' \(it has text, label\)"):
            import_answers(file, task, LLM("claude"), store)
        assert len(store) == 0


def test_a_missing_file_is_named(task: Names, tmp_path: Path) -> None:
    with AnswerStore() as store, pytest.raises(DataError, match=r"nosuch\.jsonl"):
        import_answers(tmp_path / "nosuch.jsonl", task, LLM("claude"), store)


def test_what_is_exported_can_be_imported_elsewhere(task: Names, llm: LLM, tmp_path: Path) -> None:
    texts = ["Anna sang", "Bob sang", "naïve café"]
    with AnswerStore() as store, AnswerStore() as other:
        silver, _ = annotate(texts, task, llm, store)
        assert export_answers(store, tmp_path / "out.jsonl") == 3
        import_answers(tmp_path / "out.jsonl", task, llm, other)
        again, report = annotate(texts, task, llm, other)
    assert (again, report.asked) == (silver, 0)


def test_an_exported_answer_is_not_taken_for_that_of_another_llm_or_prompt(
    task: Names, llm: LLM, tmp_path: Path
) -> None:
    with AnswerStore() as store, AnswerStore() as other:
        annotate(["Anna sang"], task, llm, store)
        export_answers(store, tmp_path / "out.jsonl")
        with pytest.raises(DataError, match=r"out\.jsonl:1: .*another prompt or LLM"):
            import_answers(tmp_path / "out.jsonl", task, LLM("other"), other)
        with pytest.raises(DataError, match="another prompt or LLM"):
            import_answers(tmp_path / "out.jsonl", Names(guideline="Other."), llm, other)
