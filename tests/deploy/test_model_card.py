"""The card says what made the model, and shows users' texts as they are: never as markup."""

from __future__ import annotations

import json
import re

import pytest

from vermeil.data import Dataset, Example, Span
from vermeil.deploy.model_card import CardFacts, code, examples_of, model_card, share_plot
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

EXPORT = {"default": "model.onnx", "verdict": "float32, as asked for", "tries": [], "float32": None, "figure": "F1"}


def facts(labels=("PER",), run=RUN, gold=None, scores=None, settings=None, export=EXPORT):
    """What a card is made from."""
    card = Card("transformer", tuple(labels), {"parameters": 1234, "encoder": "minilm"} | (settings or {}))
    scored = {name: (found, 123.4) for name, found in (scores or {}).items()}
    return CardFacts(card, run, gold, scored, export, {"model.onnx": 1_500_000, "model.int8.onnx": 400_000}, window=64)


def taught(teachers, **more):
    """A run whose silver has these teachers."""
    made = RUN["settings"]
    return RUN | {"settings": made | {"silver": made["silver"] | {"teachers": teachers}}} | more


def front_matter(card):
    """The lines between the first two rules."""
    assert card.startswith("---\n")
    return card.split("\n---\n", 1)[0].splitlines()[1:]


def test_the_card_tells_how_the_model_was_made():
    card = model_card(facts())
    assert "| silver (LLM) | 1,200 | 2,400 |" in card
    assert "| gold (human) | 4 | 7 |" in card
    assert "Mean share of silver: 50%" in card
    assert share_plot(RUN["curves"]["share"]) in card
    assert "None: the model was exported without" in card


def test_scores_stand_there_with_their_interval():
    gold = [Example("Ada flew.", (Span(0, 3, "PER"),), id=str(i)) for i in range(9)]
    card = model_card(facts(scores={"news.conll": score(gold, [(Span(0, 3, "PER"),)] * 6 + [()] * 3)}))
    assert re.search(r"\| `news.conll` \| all \| 100.0 \| 66.7 \| 80.0 \| \d+\.\d–\d+\.\d \| 9 \|", card)
    assert any(line.startswith("model-index: ") for line in front_matter(card))


def test_the_teacher_is_that_of_the_run_whatever_lies_where_its_silver_lay(tmp_path):
    other = {"llms": [{"name": "openai:other"}], "prompt_sha256": "cd" * 32, "task": {"labels": {"PER": "otherwise"}}}
    (tmp_path / "silver.jsonl.run.json").write_text(json.dumps(other))
    options = {"silver": str(tmp_path / "silver.jsonl"), "strategy": "pooled"}
    card = model_card(facts(run=taught(["openai:teacher"], options=options)))
    assert "Teacher: `openai:teacher`.\n" in card
    assert "Strategy: `pooled`" in card
    assert "other" not in card.partition("## Scores")[0]


def test_the_prompt_is_named_where_the_run_knew_it_and_folders_of_this_machine_are_not():
    run = taught(["one", "openai:/home/ada/llama"], annotation={"prompt_sha256": "ab" * 32})
    assert f"Teacher: `one`, `openai:llama`; sha256 of the prompt: `{'ab' * 32}`." in model_card(facts(run=run))


def test_silver_that_no_step_drew_has_no_teacher_and_no_treatment():
    made = taught(["openai:teacher"])["settings"]
    treated = made | {"settings": {"steps": 4, "silver": {"errors": True}}}
    card = model_card(facts(run=RUN | {"settings": treated, "mean_share": 0}))
    assert "| silver (LLM) | 0 | 0 |" in card
    assert "Teacher" not in card
    assert "Treatment" not in card


def test_a_treatment_of_silver_is_named():
    silver = {"errors": True, "use": "mask", "disagreement": ["missed"]}
    run = RUN | {"settings": RUN["settings"] | {"settings": {"steps": 4, "silver": silver}}}
    said = "leaves out what is rather wrong, by errors; leaves out where the student finds it missed"
    assert f"Treatment of silver: `{said}`." in model_card(facts(run=run))
    assert "Treatment" not in model_card(facts())


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


def test_the_plot_shows_the_share_of_silver_step_by_step():
    assert share_plot([1.0, 1.0, 0.5, 0.0]).splitlines() == [
        "100 % │██  ",
        "      │██  ",
        "      │██▄ ",
        "      │███ ",
        "  0 % │███ ",
        "      └────",
        "  step 1  4",
    ]


def test_the_plot_of_a_long_run_is_no_wider():
    lines = share_plot([i / 999 for i in range(1000)]).splitlines()
    assert max(map(len, lines)) <= 67
    assert lines[-1].endswith("1,000")
    assert all("".join(sorted(line[7:])) == line[7:] for line in lines[:5])
    assert len(share_plot([]).splitlines()) == 7


def test_files_are_shown_with_what_dev_said_of_them_and_that_dev_chose():
    tried = {"score": 0.91, "texts_per_second": 999.6, "kept": True}
    export = EXPORT | {"float32": {"score": 0.92, "texts_per_second": 333.3}, "tries": [tried | {"kept": False}, tried]}
    gold = [Example("Ada flew.", (Span(0, 3, "PER"),))]
    card = model_card(facts(export=export, scores={"dev": score(gold, [gold[0].labels])}))
    assert "| `model.onnx` | 1.5 | 92.0 | 333 |" in card
    assert "| `model.int8.onnx` | 0.4 | 91.0 | 1,000 |" in card
    assert "was chosen on dev" in card
    assert "It labelled 123 texts of `dev` a second" in card
    assert "was chosen on dev" not in model_card(facts(scores={"dev": score(gold, [gold[0].labels])}))


def test_labels_are_explained_as_they_were_to_the_teacher():
    card = model_card(facts(("PER", "LOC"), RUN | {"annotation": {"labels": {"PER": "people, by <b>name</b>"}}}))
    assert "- `PER`: `people, by <b>name</b>`\n- `LOC`\n" in card
