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


def test_rows_are_stored_as_they_are_read_and_taken_back_if_a_later_one_is_wrong(task: Names, tmp_path: Path) -> None:
    rows = [{"text": f"Anna sang {number}", "answer": "[]"} for number in range(1000)]
    file = written(tmp_path / "a.jsonl", *rows, {"text": "half \ud800", "answer": "[]"})
    with AnswerStore(tmp_path / "answers.db") as store:
        store.put(LLM("other"), task.prompt("kept"), "kept", "[]")
        with pytest.raises(DataError, match=r"a\.jsonl:1001: .*half a character"):
            import_answers(file, task, LLM("claude"), store)
        assert [row.text for row in store.rows()] == ["kept"]
        imported = import_answers(written(file, *rows), task, LLM("claude"), store)
        assert str(imported) == "1,000 answers added, 0 were there already"
    with AnswerStore(tmp_path / "answers.db") as store:
        store.verify()
        assert len(store) == 1001


def test_an_import_that_is_stopped_leaves_nothing(task: Names, tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", *({"text": f"text {number}", "answer": "[]"} for number in range(500)))

    def stop_at_300(rows: list[int] = []) -> None:  # noqa: B006 (it counts)
        rows.append(1)
        if len(rows) == 300:
            raise KeyboardInterrupt

    with AnswerStore(tmp_path / "answers.db") as store:
        with pytest.raises(KeyboardInterrupt):
            import_answers(file, task, LLM("claude"), store, stop_at_300)
        assert len(store) == 0
        store.put(LLM("claude"), task.prompt("after"), "after", "[]")
        assert len(store) == 1


def test_each_row_is_told_as_it_goes(task: Names, tmp_path: Path) -> None:
    told: list[str] = []
    with AnswerStore() as store:
        import_answers(written(tmp_path / "a.jsonl", *ROWS), task, LLM("claude"), store, lambda: told.append("in"))
        export_answers(store, tmp_path / "out.jsonl", lambda: told.append("out"))
    assert told == ["in", "in", "out", "out"]
