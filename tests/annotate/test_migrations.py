"""A store of the first version, as the first vermeil wrote it, goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import Stored, answer_key, plain
from vermeil.errors import StoreError
from vermeil.exchange import Message, Prompt, canonical
from vermeil.llms.scripted import LLM

VERSION_1 = (
    """create table answers (
        id integer primary key,
        key text not null,
        llm text not null,
        settings text not null,
        prompt text not null,
        text text not null,
        body text not null,
        form text not null check (form in ('body', 'text')),
        attempt integer not null,
        created text not null
    )""",
    "create unique index answers_by_key on answers (key, attempt)",
    "pragma application_id = 1986359917",
    "pragma user_version = 1",
    "pragma journal_mode = wal",
)
RULES = Message("system", "Find names. " * 200)
WHEN = "2025-03-04T05:06:07.089+00:00"


def answer(llm: LLM, prompt: Prompt, text: str, attempt: int = 1) -> Stored:
    key, settings = answer_key(llm.settings, prompt), canonical(llm.settings)
    return Stored(key, llm.name, settings, canonical(plain(prompt)), text, "[1]", "text", attempt, WHEN)


def rows() -> list[Stored]:
    tiny, big = LLM("tiny"), LLM("big")
    odd = "naïve \0 <text> 𝒳\u2028"
    return [
        answer(tiny, Prompt((RULES, Message("user", "<text>\nAnna sang.\n</text>")), "{}"), "Anna sang."),
        answer(tiny, Prompt((RULES, Message("user", "<text>\nAnna sang.\n</text>")), "{}"), "Anna sang.", 2),
        answer(big, Prompt((RULES, Message("user", odd))), odd),
        answer(big, Prompt((RULES, Message("user", "nothing of it"))), "another text"),
        answer(tiny, Prompt((Message("user", "a"), Message("assistant", "b"), Message("user", "c c c"))), "c"),
        answer(tiny, Prompt((Message("user", "empty"),)), ""),
        answer(tiny, Prompt(()), "no messages"),
    ]


def write(path: Path, answers: Sequence[Stored]) -> None:
    database = sqlite3.connect(path)
    for statement in VERSION_1:
        database.execute(statement)
    database.executemany(
        "insert into answers values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [tuple(vars(row).values()) for row in answers]
    )
    database.commit()
    database.close()


def test_no_answer_of_it_changes(tmp_path: Path) -> None:
    write(tmp_path / "answers.db", rows())
    with AnswerStore(tmp_path / "answers.db") as store:
        assert list(store.rows()) == rows()
        store.verify()
        assert store.get(rows()[0].key) == rows()[1]
        store.put(LLM("tiny"), Prompt(()), "no messages", "[]")
        assert len(store) == len(rows()) + 1
    with AnswerStore(tmp_path / "answers.db") as store:
        assert list(store.rows())[:-1] == rows()


def test_it_takes_less_room_from_then_on(tmp_path: Path) -> None:
    prompts = [Prompt((RULES, Message("user", f"Anna sang {n} songs."))) for n in range(500)]
    write(tmp_path / "answers.db", [answer(LLM("tiny"), prompt, prompt.messages[-1].content) for prompt in prompts])
    before = (tmp_path / "answers.db").stat().st_size
    AnswerStore(tmp_path / "answers.db").close()
    assert (tmp_path / "answers.db").stat().st_size < before / 5


@pytest.mark.parametrize("column", ["key", "prompt", "created"])
def test_a_damaged_one_is_named_and_left_as_it_is(tmp_path: Path, column: str) -> None:
    path = tmp_path / "answers.db"
    write(path, rows())
    database = sqlite3.connect(path)
    database.execute(f"update answers set {column} = 'what?' where id = 3")
    database.commit()
    database.close()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"answers\.db cannot be brought to store version 2: answer 3 is damaged"):
            AnswerStore(path)
    database = sqlite3.connect(path)
    assert database.execute("select count(prompt) from answers").fetchone() == (len(rows()),)
    assert database.execute("pragma user_version").fetchone() == (1,)
    database.close()
