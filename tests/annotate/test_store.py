"""The answer store: nothing paid is lost, nobody else gets in."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key, plain
from vermeil.errors import DataError, StoreError
from vermeil.exchange import Message, Prompt, canonical
from vermeil.llms.scripted import LLM

LLM_ = LLM("tiny")
PROMPT = Prompt((Message("system", "Find names."), Message("user", "Anna sang.")), '{"type":"array"}')
SHARED = AnswerStore()
KEY = answer_key(LLM_.settings, PROMPT)


def asking(text: str) -> Prompt:
    return Prompt((Message("user", text),))


def test_an_answer_is_found_again(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        store.put(LLM_, PROMPT, "Anna sang.", '["Anna"]')
    with AnswerStore(tmp_path / "answers.db") as store:
        found = store.get(KEY)
    assert found is not None
    assert (found.text, found.body, found.form, found.attempt, found.llm) == (
        "Anna sang.",
        '["Anna"]',
        "body",
        1,
        "scripted:tiny",
    )


def test_an_answer_that_is_not_on_the_disk_yet_is_found_too(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        for number in range(30):
            store.put(LLM_, asking(str(number)), str(number), f"body {number}")
            found = store.get(answer_key(LLM_.settings, asking(str(number))))
            assert found is not None
            assert found.body == f"body {number}"


def test_every_attempt_is_kept_and_the_newest_counts() -> None:
    with AnswerStore() as store:
        for body in ("first", "second", "third"):
            store.put(LLM_, PROMPT, "Anna sang.", body)
        found = store.get(KEY)
        assert found is not None
        assert (found.body, found.attempt) == ("third", 3)
        assert [row.attempt for row in store.rows()] == [1, 2, 3]
        assert (store.stats().answers, store.stats().questions) == (3, 1)


def test_an_unknown_key_has_no_answer() -> None:
    with AnswerStore() as store:
        assert store.get("0" * 64) is None
        assert len(store) == 0


def test_a_lone_answer_reaches_the_disk_without_being_asked_to(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "answers.db")
    store.put(LLM_, PROMPT, "Anna sang.", "[]")
    deadline = time.monotonic() + 5
    while threading.active_count() > 1 and time.monotonic() < deadline and _writers():
        time.sleep(0.01)
    copy = tmp_path / "copy.db"
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes((tmp_path / f"answers.db{suffix}").read_bytes())
    with AnswerStore(copy) as seen:
        assert len(seen) == 1
    store.close()


def _writers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "vermeil-store"]


def test_many_threads_may_put_at_once(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:

        def work(worker: int) -> None:
            for number in range(50):
                store.put(LLM_, asking(f"{worker} {number}"), "text", "body")

        threads = [threading.Thread(target=work, args=[worker]) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store) == 400
        store.verify()


@pytest.mark.parametrize(
    ("llm_settings", "prompt"),
    [
        ({"adapter": "scripted", "model": "other"}, PROMPT),
        ({"adapter": "scripted", "model": "tiny", "temperature": 0}, PROMPT),
        (LLM_.settings, replace(PROMPT, schema="")),
        (LLM_.settings, replace(PROMPT, messages=PROMPT.messages[:1])),
        (LLM_.settings, replace(PROMPT, messages=PROMPT.messages[::-1])),
        (LLM_.settings, replace(PROMPT, messages=(Message("user", "Find names."), PROMPT.messages[1]))),
    ],
    ids=["model", "parameter", "schema", "messages", "order", "role"],
)
def test_whatever_changes_the_answer_changes_the_key(llm_settings: Mapping[str, Any], prompt: Prompt) -> None:
    assert answer_key(llm_settings, prompt) != KEY


def test_the_key_does_not_depend_on_the_order_of_settings() -> None:
    assert answer_key({"a": 1, "b": 2}, PROMPT) == answer_key({"b": 2, "a": 1}, PROMPT)


def test_the_key_stays_what_it_was_or_all_stores_are_worthless() -> None:
    assert KEY == "6511746e2abbf464bd3175e10d74131e2a8358a7aaaf170921f78e68b2abc8da"


@settings(max_examples=100, deadline=None)
@given(text=st.text(), body=st.text())
def test_any_unicode_survives(text: str, body: str) -> None:
    SHARED.put(LLM_, asking(text), text, body)
    found = SHARED.get(answer_key(LLM_.settings, asking(text)))
    assert found is not None
    assert (found.text, found.body) == (text, body)


def test_half_a_character_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        with pytest.raises(DataError, match="half a character"):
            store.put(LLM_, PROMPT, "a\ud800", "[]")
        store.put(LLM_, PROMPT, "Anna sang.", "[]")
        assert len(store) == 1


def test_a_store_is_its_owners_alone(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        store.put(LLM_, PROMPT, "Anna sang.", "[]")
        store.flush()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_second_store_on_the_same_file_is_refused(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db"), pytest.raises(StoreError, match="in use by another run; wait"):
        AnswerStore(tmp_path / "answers.db")
    AnswerStore(tmp_path / "answers.db").close()


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    script = f"from vermeil.annotate.store import AnswerStore; AnswerStore({str(path)!r})"
    with AnswerStore(path) as store:
        store.put(LLM_, PROMPT, "Anna sang.", "[]")
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert "in use by another run" in other.stderr
        store.put(LLM_, asking("b"), "b", "[]")
        assert len(store) == 2
        store.verify()


def test_what_is_no_store_is_named_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("These are my notes, and no database at all. " * 50)
    before = text.read_bytes()
    with pytest.raises(StoreError, match=r"notes\.txt is not an answer store"):
        AnswerStore(text)
    assert text.read_bytes() == before


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("create table songs (name)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        AnswerStore(path)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    AnswerStore(path).close()
    newer = sqlite3.connect(path)
    newer.execute("pragma user_version = 99")
    newer.close()
    with pytest.raises(StoreError, match="newer vermeil"):
        AnswerStore(path)


@pytest.mark.parametrize("name", ["", "file/answers.db"], ids=["a folder", "below a file"])
def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        AnswerStore(tmp_path / name)


def full(store: AnswerStore) -> bool:
    try:
        store.flush()
    except StoreError:
        return True
    return False


def test_a_full_disk_is_named_and_what_was_saved_is_kept(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "answers.db")
    store.put(LLM_, PROMPT, "Anna sang.", "[]")
    store.flush()
    pages = store._database.one("pragma page_count")[0]
    store._database.one(f"pragma max_page_count = {pages + 2}")
    number = 0
    while not full(store):
        number += 1
        store.put(LLM_, asking(str(number)), str(number), "x" * 5000)
    with pytest.raises(StoreError, match="disk is full; free some space"):
        store.flush()
    store._database.one(
        "pragma max_page_count = 1000000"
    )  # somebody makes room: what was held in memory is written now
    store.close()
    with AnswerStore(tmp_path / "answers.db") as again:
        assert again.get(KEY) is not None
        assert len(again) == number + 1
        again.verify()


def test_a_damaged_answer_is_found(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    with AnswerStore(path) as store:
        store.put(LLM_, PROMPT, "Anna sang.", "[]")
        store.verify()
    database = sqlite3.connect(path)
    database.execute("update answers set text = replace(text, 'Anna', 'Hanna')")
    database.commit()
    database.close()
    with AnswerStore(path) as store, pytest.raises(StoreError, match="under a wrong key"):
        store.verify()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    with AnswerStore(path) as store:
        for number in range(200):
            store.put(LLM_, asking(str(number)), str(number), "x" * 500)
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 20] = b"\xff" * (4096 * 17)
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="damaged"), AnswerStore(path) as store:
        store.verify()


def test_stats_say_what_is_there() -> None:
    with AnswerStore() as store:
        store.put(LLM_, PROMPT, "a", "[]")
        store.put(LLM("big"), PROMPT, "a", "[]")
        assert str(store.stats()) == "2 answers to 2 questions (scripted:big 1, scripted:tiny 1)"


def test_what_was_learned_of_a_server_is_known_to_the_next_run(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        store.learn("server m", {"format": "json_schema", "old": "1"})
        store.learn("server m", {"format": "json_object"})
        store.learn("other", {"format": "text"})
        assert store.lessons("server m") == {"format": "json_object"}
    with AnswerStore(tmp_path / "answers.db") as store:
        assert store.lessons("server m") == {"format": "json_object"}
        assert store.lessons("unheard of") == {}


@settings(max_examples=100, deadline=None)
@given(head=st.lists(st.text(), max_size=2), last=st.text(), start=st.integers(0, 9), end=st.integers(0, 9))
def test_a_prompt_comes_back_as_it_was_asked(head: list[str], last: str, start: int, end: int) -> None:
    prompt = Prompt((*(Message("system", content) for content in head), Message("user", last)), '{"a":1}')
    SHARED.put(LLM_, prompt, last[start:end], "[]")
    found = SHARED.get(answer_key(LLM_.settings, prompt))
    assert found is not None
    assert (found.prompt, found.settings) == (canonical(plain(prompt)), canonical(LLM_.settings))
    assert found.sound


def test_a_prompt_is_kept_once_for_all_its_texts(tmp_path: Path) -> None:
    rules = Message("system", "Find every name. " * 500)
    with AnswerStore(tmp_path / "answers.db") as store:
        for number in range(1000):
            text = f"Anna sang {number} songs."
            store.put(LLM_, Prompt((rules, Message("user", f"Label:\n{text}\n"))), text, "[]")
    assert (tmp_path / "answers.db").stat().st_size < 300_000
