"""`vermeil batch`, from raw texts to answers that `vermeil annotate` need not ask for."""

from __future__ import annotations

import json

import pytest

from batch_server import KEY, BatchServer

LLM = ("--task", "task.toml", "--llm", "openai:m")


@pytest.fixture
def server(desk, monkeypatch):
    """The provider, which knows the answers of the desk."""
    rows = [json.loads(line) for line in (desk / "answers.jsonl").read_text().splitlines()]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with BatchServer(lambda prompt: next(row["answer"] for row in rows if row["text"] in prompt), looks=1) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{running.url}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


@pytest.mark.parametrize("llm", ["openai:m", "anthropic:m"])
def test_submit_collect_annotate(vermeil, server, llm):
    of = ("--task", "task.toml", "--llm", llm)
    submitted = vermeil("batch", "submit", "raw.txt", *of)
    assert submitted.code == 0, submitted.err
    assert "9 questions in 1 batch" in submitted.out
    assert "vermeil batch collect --wait --store answers.db" in submitted.err
    collected = vermeil("batch", "collect", "--wait")
    assert "1 batch collected: 9 answers added" in collected.out
    annotated = vermeil("annotate", "raw.txt", *of, "--out", "silver.jsonl", "--json")
    assert annotated.code == 0, annotated.err
    assert not [call for call in server.calls if call.endswith(("/completions", "/messages"))]
    assert json.loads(annotated.out)["from_store"] == 9


def test_submit_again_asks_nothing_again(vermeil, server):
    vermeil("batch", "submit", "raw.txt", *LLM, "--limit", "4")
    again = json.loads(vermeil("batch", "submit", "raw.txt", *LLM, "--json").out)
    assert (again["questions"], len(again["submitted"])) == (5, 1)
    assert json.loads(vermeil("batch", "submit", "raw.txt", *LLM, "--json").out)["questions"] == 0
    assert set(server.asked.values()) == {1}
    assert len(server.batches) == 2


def test_submit_without_texts_goes_on_with_what_was_written(vermeil, server):
    left = ["400"]
    server.on_call = lambda call, moment: left.pop() if left and call == "POST /v1/batches" else None
    failed = vermeil("batch", "submit", "raw.txt", *LLM)
    assert (failed.code, len(server.batches)) == (1, 0)
    assert "as scripted, with ***" in failed.err
    assert "Traceback" not in failed.err
    assert "1 batch submitted" in vermeil("batch", "submit").out


def test_status_says_how_far_each_batch_is(vermeil, server):
    server.looks = 3
    assert "no batches in answers.db.batches" in vermeil("batch", "status").out
    vermeil("batch", "submit", "raw.txt", *LLM)
    assert "submitted (in_progress batch_0000), 0 of 9 answered" in vermeil("batch", "status").out
    vermeil("batch", "status")
    (row,) = json.loads(vermeil("batch", "status", "--json").out)
    assert (row["step"], row["status"], row["done"], row["requests"]) == ("ended", "completed", 9, 9)


def test_collect_without_waiting_says_what_is_under_way(vermeil, server):
    server.looks = 2
    vermeil("batch", "submit", "raw.txt", *LLM)
    early = vermeil("batch", "collect")
    assert early.code == 0
    assert "0 batches collected" in early.out
    assert "in_progress" in early.out
    late = json.loads(vermeil("batch", "collect", "--json").out)
    assert (late["collected"], late["added"], late["left"]) == (1, 9, [])


def test_written_files_are_carried_by_hand(vermeil, server, desk):
    found = json.loads(vermeil("batch", "write", "raw.txt", *LLM, "--json").out)
    (file,) = found["files"]
    requests = [json.loads(line) for line in (desk / file).read_text().splitlines()]
    assert len(requests) == 9
    assert vermeil("batch", "submit").out == "0 batches submitted\n", "by hand is by hand"
    replies = [
        {"custom_id": row["custom_id"], "response": {"status_code": 200, "body": {"choices": []}}, "error": None}
        for row in requests
    ]
    (desk / "downloaded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in replies))
    assert "9 answers added" in vermeil("batch", "merge", "downloaded.jsonl").out
    assert "9 were there already" in vermeil("batch", "merge", "downloaded.jsonl").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("submit", "raw.txt", "--task", "task.toml", "--llm", "scripted:x"), 2, "scripted:x has no batch API"),
        (("submit", "raw.txt", "--llm", "openai:m"), 2, "the key 'task' is missing"),
        (("submit", *LLM), 2, "--task goes with texts, and none were named: vermeil batch submit raw.txt"),
        (("submit", "--adopt", "batch_7"), 2, "0 are in doubt"),
        (("merge", "nosuch.jsonl"), 2, "no batches in answers.db.batches"),
        (("submit", "nosuch.txt", *LLM), 2, "nosuch.txt: there is no such file"),
    ],
)
def test_mistakes_get_one_line(vermeil, server, arguments, code, said):
    ran = vermeil("batch", *arguments)
    assert (ran.code, ran.err.count("\n")) == (code, 1)
    assert said in ran.err


def test_where_there_is_nothing_to_submit_it_says_so(vermeil, server):
    ran = vermeil("batch", "submit", "--store", "gone.db")
    assert (ran.code, ran.out, ran.err) == (0, "nothing to submit: no batches in gone.db.batches\n", "")


@pytest.mark.parametrize("verb", ["submit", "status", "collect", "write", "merge"])
def test_each_verb_has_help_with_an_example(vermeil, verb):
    assert "Example:" in vermeil("batch", verb, "--help").out
