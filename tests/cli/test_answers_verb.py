"""`vermeil answers`: what is stored can be looked at, checked, moved and forgotten."""

from __future__ import annotations

import json
import sqlite3

import pytest

from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.exchange import Message, Prompt
from vermeil.llms.scripted import LLM

TEXTS = ("Ada flew to Paris.", "Alan saw 100% of it.", "Grace stayed.")


def asking(text):
    return Prompt((Message("system", "Find names."), Message("user", f"Text: {text}")))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Three answers of one LLM and one of another; one attempt failed, one was left open."""
    monkeypatch.chdir(tmp_path)
    with AnswerStore("answers.db") as kept:
        for number, text in enumerate(TEXTS):
            attempt = kept.sent(key_of(text), "scripted:tiny", text)
            kept.put(
                LLM("tiny"), asking(text), text, f"[{number}]", attempt_id=attempt, tokens_in=10 + number, tokens_out=1
            )
        kept.put(LLM("big"), asking(TEXTS[0]), TEXTS[0], "imported", "text")
        kept.ended(kept.sent(key_of("x"), "scripted:tiny", "x"), "overloaded", 3)
        kept.sent(key_of("Bob [red] left"), "scripted:tiny", "Bob [red] left")
    return tmp_path / "answers.db"


def key_of(text):
    return answer_key(LLM("tiny").settings, asking(text))


def test_stats_count_answers_attempts_and_tokens(vermeil, store):
    shown = vermeil("answers", "stats").out
    assert "4 answers to 4 questions (scripted:big 1, scripted:tiny 3)" in shown
    assert "5 asked: 3 answered, 1 failed, 1 unknown; 33 tokens in, 3 out" in shown
    assert "perhaps paid for, since a run was killed: 'Bob [red] left'" in shown
    found = json.loads(vermeil("answers", "stats", "--json").out)
    assert (found["answers"], found["ledger"]["unknown"], found["ledger"]["tokens_in"]) == (4, 1, 33)


def test_show_finds_by_text_and_by_key_newest_first(vermeil, store):
    found = json.loads(vermeil("answers", "show", "ada", "--json").out)
    assert [row.get("body", row.get("answer")) for row in found] == ["imported", "[0]"]
    assert "prompt" not in found[0]
    found = json.loads(vermeil("answers", "show", key_of(TEXTS[2])[:9], "--json", "--prompt").out)
    assert found[0]["text"] == TEXTS[2]
    assert found[0]["prompt"]["messages"][1] == ["user", f"Text: {TEXTS[2]}"]


def test_show_takes_signs_as_they_are(vermeil, store):
    assert [row["text"] for row in json.loads(vermeil("answers", "show", "100%", "--json").out)] == [TEXTS[1]]
    assert json.loads(vermeil("answers", "show", "_da", "--json").out) == []
    assert json.loads(vermeil("answers", "show", "\\", "--json").out) == []
    assert vermeil("answers", "show", "half \udc80").out == "no such answer\n"


def test_show_shows_as_many_as_asked(vermeil, store):
    shown = vermeil("answers", "show", "--limit", "1", "--prompt").out
    assert "scripted:big  attempt 1" in shown
    assert "[system]\nFind names.\n\n[user]\nText: Ada flew to Paris.\n\nimported" in shown
    assert "scripted:tiny" not in shown
    assert vermeil("answers", "show", "--limit", "0").code == 2


def test_verify_says_that_all_is_well(vermeil, store):
    assert vermeil("answers", "verify").out == "answers.db is sound: 4 answers\n"
    assert json.loads(vermeil("answers", "verify", "--json").out) == {"answers": 4, "sound": True}


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("update answers set text = 'Eve' where id = 2", "the answer to 'Eve' lies under a wrong key"),
        ("delete from frames", "has lost what it refers to"),
        ("update contexts set messages = '[' where id = 1", "an answer in it is none"),
        ("update contexts set settings = '{'", "under a wrong key"),
    ],
)
def test_verify_names_the_damage_in_one_line(vermeil, store, damage, found):
    database = sqlite3.connect(store)
    database.execute(damage)
    database.commit()
    database.close()
    ran = vermeil("answers", "verify")
    assert ran.code == 1
    assert found in ran.err
    assert ran.err.count("\n") == 1


def test_a_store_is_not_exported_into_itself(vermeil, store):
    ran = vermeil("answers", "export", "./answers.db")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "answers.db is the answer store itself" in ran.err
    assert json.loads(vermeil("answers", "stats", "--json").out)["answers"] == 4


def test_forget_deletes_what_was_named_and_the_ledger_stays(vermeil, store):
    assert json.loads(vermeil("answers", "forget", "--llm", "scripted:big", "--yes", "--json").out) == {"forgotten": 1}
    assert vermeil("answers", "forget", "--key", key_of(TEXTS[0])[:12], "--yes").out == "1 answer forgotten\n"
    found = json.loads(vermeil("answers", "stats", "--json").out)
    assert (found["answers"], found["ledger"]["got"]) == (2, 3)


@pytest.mark.parametrize("options", [(), ("--key", "xyz"), ("--key", "0" * 65)])
def test_forget_forgets_nothing_by_mistake(vermeil, store, options):
    ran = vermeil("answers", "forget", "--yes", *options)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert json.loads(vermeil("answers", "stats", "--json").out)["answers"] == 4


def test_a_store_that_a_run_holds_is_not_shown(vermeil, store):
    with AnswerStore(store):
        for verb in ("stats", "show", "verify"):
            ran = vermeil("answers", verb)
            assert (ran.code, ran.out) == (1, "")
            assert "in use by another run; wait until it is done (until then nobody else can read it)" in ran.err


def test_a_file_that_is_no_store_is_the_users_mistake(vermeil, store):
    store.with_name("notes.txt").write_text("These are my notes.\n")
    for verb in ("stats", "show", "verify"):
        ran = vermeil("answers", verb, "--store", "notes.txt")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "vermeil: notes.txt is not an answer store; name another file with --store\n"


def test_a_store_that_is_not_there_is_not_made(vermeil, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for verb in (["stats"], ["show"], ["verify"], ["export", "a.jsonl"], ["forget", "--key", "a", "--yes"]):
        ran = vermeil("answers", *verb)
        assert (ran.code, "there is no answer store answers.db" in ran.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["stats", "show", "export", "import", "verify", "forget"])
def test_every_verb_has_an_example_and_json(vermeil, verb):
    shown = vermeil("answers", verb, "--help").out
    assert "Example: vermeil answers" in shown
    assert "--json" in shown
