"""What a user of `vermeil annotate` may get wrong: found before anything is paid for, with nothing left behind."""

from __future__ import annotations

import io
import json
import re

import pytest

ANNOTATE = ("annotate", "raw.txt", "--task", "task.toml", "--llm", "scripted:answers.jsonl")
SILVER = (*ANNOTATE, "--out", "silver.jsonl")
OPENAI = ("annotate", "raw.txt", "--task", "task.toml", "--llm", "openai:m", "--out", "silver.jsonl")
PRICES = ("--set", "prices.input=1")
CASES = {
    "out is the texts": ((*ANNOTATE, "--out", "raw.txt"), "raw.txt is the file of the texts itself"),
    "out is a link to the texts": ((*ANNOTATE, "--out", "link.jsonl"), "link.jsonl is the file of the texts itself"),
    "out is the gold": ((*ANNOTATE, "--gold", "gold.conll", "--out", "./gold.conll"), "is the file of the gold"),
    "out is the store": ((*ANNOTATE, "--store", "x.jsonl", "--out", "x.jsonl"), "is the file of the store"),
    "out is the answers": ((*ANNOTATE, "--out", "answers.jsonl"), "answers.jsonl is the file of the recorded answers"),
    "store is the texts": ((*SILVER, "--store", "raw.txt"), "raw.txt is not an answer store; name another file"),
    "store is a folder": ((*SILVER, "--store", "."), r"\. cannot be opened: this is a folder; name another file"),
    "store below a file": ((*SILVER, "--store", "raw.txt/a.db"), "raw.txt/a.db cannot be opened: part of its path"),
    "out holds no labels": ((*ANNOTATE, "--out", "silver.txt"), "plain text holds no labels"),
    "out of no format": ((*ANNOTATE, "--out", "silver.db"), "does not say which format"),
    "two things on standard output": ((*ANNOTATE, "--out", "-", "--json"), "--json .* --out -"),
    "unknown task": ((*SILVER, "--task", "gone.toml"), "gone.toml: there is no such file"),
    "unknown adapter": (("annotate", "raw.txt", "--task", "task.toml", "--llm", "opnai:m"), "did you mean 'openai'"),
    "no adapter": (("annotate", "raw.txt", "--task", "task.toml", "--llm", "m-5"), "adapter:model, such as openai:"),
    "too many at once": ((*SILVER, "--in-flight", "513"), "1 to 512 requests"),
    "no requests": ((*SILVER, "--requests-per-minute", "nan"), "requests_per_minute: input should be a finite number"),
    "budget without prices": ((*SILVER, "--budget", "5"), "needs prices"),
    "budget of nothing": ((*SILVER, "--budget", "0 tokens"), "a budget is above 0"),
    "half a price": ((*SILVER, *PRICES), "the key 'prices.output' is missing"),
    "price below 0": ((*SILVER, *PRICES, "--set", "prices.output=-1"), r"options: prices\.output: .*got -1"),
    "price of another": (
        (*SILVER, "--set", 'prices."a:b.1".input=1', "--set", 'prices."a:b.1".output=1'),
        "no price for 'scripted:answers.jsonl', only for a:b.1",
    ),
    "examples without gold": ((*SILVER, "--examples", "random"), "--examples-from"),
    "gold with odd labels": ((*SILVER, "--gold", "odd.conll"), "odd.conll:1: the label 'PERS'"),
    "the same LLM twice": ((*SILVER, "--llm", ANNOTATE[-1], "--llm", ANNOTATE[-1]), "named twice"),
    "settings of another LLM": ((*SILVER, "--set", 'llm_settings."a:b".seed=1'), "a table for 'a:b'"),
    "settings that are no table": ((*SILVER, "--set", 'llm_settings."scripted:answers.jsonl"=1'), "are a table, got 1"),
    "a reply that is none": ((*SILVER, "--set", "llm_settings.reply=3"), "reply is a function or a table"),
    "extra that is no table": ((*OPENAI, "--set", "llm_settings.extra=[1]"), "extra is a table of further fields"),
    "an address that is none": ((*OPENAI, "--set", "llm_settings.base_url=3"), "a base URL looks like .* got 3"),
    "no number": ((*OPENAI, "--set", "llm_settings.temperature=nan"), "temperature is a number, got nan"),
    "patience that is no number": ((*SILVER, "--set", "patience.first_wait=nan"), "first_wait: input should be a"),
    "an override that is none": ((*SILVER, "--set", 'prices.a"b=1'), "reads key=value"),
    "pieces too short": ((*SILVER, "--set", "method.longest=10"), "pieces overlap"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), CASES.values(), ids=CASES)
def test_a_mistake_is_one_line_and_leaves_every_file_as_it_was(vermeil, desk, arguments, message):
    (desk / "odd.conll").write_text("Ada B-PERS\n")
    (desk / "link.jsonl").symlink_to("raw.txt")
    before = {path.name: path.read_bytes() for path in desk.iterdir()}
    ran = vermeil(*arguments)
    assert ran.code == 2, ran.out + ran.err
    assert ran.err.count("\n") == 1
    assert re.search(message, ran.err), ran.err
    assert {path.name: path.read_bytes() for path in desk.iterdir()} == before


def test_labels_on_standard_output_are_nothing_but_labels(vermeil, desk):
    ran = vermeil(*ANNOTATE, "--out", "-")
    assert [json.loads(line)["state"] for line in ran.out.splitlines()] == ["labels"] * 9
    assert "18 labels" in ran.err
    assert "vermeil train" not in ran.err


@pytest.mark.parametrize(
    ("setting", "said"), [("0", "at temperature 0 the samples"), (None, "no temperature is set"), ("0.7", "")]
)
def test_samples_that_may_not_differ_are_pointed_out_once(vermeil, desk, monkeypatch, setting, said):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    chosen = ("--set", f"llm_settings.temperature={setting}") if setting else ()
    ran = vermeil("annotate", "raw.txt", "--task", "task.toml", "--llm", "openai:m", "--samples", "3", *chosen)
    hints = [line for line in ran.err.splitlines() if "samples of" in line]
    assert len(hints) == bool(said)
    assert said in ran.err


def test_the_prompt_that_is_shown_is_the_one_that_is_asked_first(vermeil, desk):
    alone = vermeil(*ANNOTATE, "--show-prompt").out
    shared = vermeil(*ANNOTATE, "--show-prompt", "--set", "method.texts_per_request=3").out
    cut = ("--set", "method.longest=12", "--set", "method.overlap=0")
    assert [prompt.count(" flew to ") for prompt in (alone, shared)] == [1, 3]
    assert "flew to Paris" not in vermeil(*ANNOTATE, "--show-prompt", *cut).out
    assert not (desk / "answers.db").exists()


def test_the_prompt_is_shown_to_a_program_too(vermeil, desk):
    shown = json.loads(vermeil(*ANNOTATE, "--show-prompt", "--json").out)
    assert [message["role"] for message in shown["messages"]][-1] == "user"
    assert "Ada Lovelace flew to Paris." in shown["messages"][-1]["content"]
    assert "entities" in shown["schema"]


def test_training_is_no_next_step_where_there_are_no_labels(vermeil, desk):
    assert "; next: vermeil train" in vermeil(*SILVER).err
    texts = (desk / "raw.txt").read_text().splitlines()
    rows = [json.dumps({"text": text, "answer": '{"entities": []}'}) + "\n" for text in texts]
    (desk / "answers.jsonl").write_text("".join(rows))
    ran = vermeil(*SILVER)
    assert (ran.code, ran.err) == (0, "written: silver.jsonl\n")


def test_a_folder_that_cannot_be_is_found_out_before_anything_is_asked(vermeil, desk):
    ran = vermeil(*ANNOTATE, "--out", "raw.txt/silver.jsonl")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "0 answers" in vermeil("answers", "stats").out


def test_a_verb_that_needs_another_one_prints_its_help_and_no_complaint(vermeil, desk):
    for verb in ("answers", "batch"):
        ran = vermeil(verb)
        assert (ran.code, ran.err) == (2, "")
        assert "Usage:" in ran.out


def test_a_second_look_that_will_find_nothing_to_look_at_is_pointed_out(vermeil, desk):
    assert "these will have none" in vermeil(*SILVER, "--set", "method.verify=0.8").err
    (desk / "task.toml").write_text("confidence = true\n" + (desk / "task.toml").read_text())
    assert "these will have none" not in vermeil(*SILVER, "--set", "method.verify=0.8").err


def test_answers_are_forgotten_only_after_a_yes(vermeil, desk, monkeypatch):
    vermeil(*SILVER)
    for said in ("n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        ran = vermeil("answers", "forget", "--llm", ANNOTATE[-1])
        assert ran.code == 1
        assert "nothing was deleted" in ran.err
    assert "9 answers" in vermeil("answers", "stats").out
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "9 answers forgotten" in vermeil("answers", "forget", "--llm", ANNOTATE[-1]).out
