"""The card says what made the model, and shows users' texts as they are: never as markup."""

from __future__ import annotations

import json
import re

import pytest

from vermeil.data import Dataset, Example, Span
from vermeil.deploy.model_card import CardFacts, code, examples_of, model_card, sparkline
from vermeil.evaluate.score import score
from vermeil.students._card import Card

HOSTILE = (
    "<script>alert(1)</script>",
    "![x](https://evil.example/x.png)",
    "a | b",
    "`` ` ``",
    "---\nlicense: mit\n---",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.\u202c\u2066",
    "\\",
    "# a heading",
)
RUN = {
    "mean_share": 0.5,
    "settings": {
        "strategy": {"stages": [{"schedule": "constant"}]},
        "settings": {"steps": 4},
        "gold": {"examples": {"labels": 3, "empty": 1}, "labels": 7},
        "silver": {"examples": {"labels": 1200}, "labels": 2400},
    },
    "curves": {"share": [1.0, 1.0, 0.0, 0.0]},
}


def facts(labels=("PER",), run=RUN, gold=None, scores=None, settings=None):
    """What a card is made from."""
    export = {"default": "model.onnx", "verdict": "float32, as asked for", "tries": [], "float32": None}
    card = Card(
        "transformer", tuple(labels), {"parameters": 1234, "encoder": "minilm", "window": 64} | (settings or {})
    )
    return CardFacts(card, run, gold, scores or {}, export, {"model.onnx": 1_500_000})


def front_matter(card):
    """The lines between the first two rules."""
    assert card.startswith("---\n")
    return card.split("\n---\n", 1)[0].splitlines()[1:]


def test_the_card_tells_how_the_model_was_made():
    card = model_card(facts())
    assert "| silver (LLM) | 1,200 | 2,400 |" in card
    assert "| gold (human) | 4 | 7 |" in card
    assert "Mean share of silver: 50%" in card
    assert "`██▁▁`" in card
    assert "None: the model was exported without" in card


def test_scores_stand_there_with_their_interval():
    gold = [Example("Ada flew.", (Span(0, 3, "PER"),), id=str(i)) for i in range(9)]
    card = model_card(facts(scores={"news.conll": score(gold, [(Span(0, 3, "PER"),)] * 6 + [()] * 3)}))
    assert re.search(r"\| `news.conll` \| all \| 100.0 \| 66.7 \| 80.0 \| \d+\.\d–\d+\.\d \| 9 \|", card)
    assert any(line.startswith("model-index: ") for line in front_matter(card))


def test_the_teacher_is_named_where_its_record_lies_beside_the_silver(tmp_path):
    record = {"llms": [{"name": "openai:teacher"}], "prompt_sha256": "ab" * 32}
    (tmp_path / "silver.jsonl.run.json").write_text(json.dumps(record))
    card = model_card(facts(run=RUN | {"options": {"silver": str(tmp_path / "silver.jsonl"), "strategy": "pooled"}}))
    assert f"Teacher: `openai:teacher`; sha256 of the prompt: `{'ab' * 32}`" in card
    assert "Strategy: `pooled`" in card


def test_a_run_without_a_record_is_said_to_be_one():
    assert "without a record of its training" in model_card(facts(run={}))


def test_examples_are_the_names_that_occur_most():
    texts = ["Ada"] * 3 + ["Bob"] * 2 + ["x" * 90]
    gold = Dataset(tuple(Example(text, (Span(0, len(text), "PER"),), id=str(i)) for i, text in enumerate(texts)))
    assert examples_of(gold, ("PER", "LOC")) == [("PER", 6, ["Ada", "Bob", "x" * 59 + "…"]), ("LOC", 0, [])]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_text(text):
    gold = Dataset((Example(text, (Span(0, len(text), text),), id="a"),))
    found = {text: score(gold.examples, [gold.examples[0].labels])}
    run = RUN | {"options": {"strategy": text}}
    card = model_card(facts((text,), run, gold, found, {"encoder": text}))
    plain = model_card(facts(("PER",), RUN, Dataset((Example("Ada", (Span(0, 3, "PER"),)),)), {"d": found[text]}))
    assert [line.partition(":")[0] for line in front_matter(card)] == [
        line.partition(":")[0] for line in front_matter(plain)
    ]
    assert card.count("\n") == plain.count("\n")
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", card.split("\n---\n", 1)[1])
    assert not re.search(r"<script|evil\.example|49|\u202e", outside)


@pytest.mark.parametrize("text", HOSTILE)
def test_code_opens_and_closes_with_more_ticks_than_are_inside(text):
    shown = code(text)
    ticks = len(re.match("`+", shown)[0])
    assert shown.endswith("`" * ticks)
    assert "`" * ticks not in shown[ticks:-ticks]
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)\|", shown)


def test_a_long_run_fits_one_line():
    assert sparkline([i / 999 for i in range(1000)]) == "".join(sorted(sparkline([i / 999 for i in range(1000)])))
    assert len(sparkline([0.5] * 1000)) == 40
    assert sparkline([]) == ""
