"""Groups, votes, pieces, repairs, second looks, budgets and a moody LLM together: what must hold whatever happens."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from names_task import Names

from vermeil.annotate.annotator import Annotator
from vermeil.annotate.budget import Budget, Spending
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience
from vermeil.annotate.store import AnswerStore
from vermeil.data import Example
from vermeil.errors import LLMBusy, LLMError
from vermeil.exchange import Answer, Message, Prompt

PATIENCE = Patience(attempts=2, first_wait=0.001, hopeless=10_000)
MOODS = ("good", "good", "good", "blind", "garbage", "busy", "refused", "missing")
TEXTS = st.lists(st.text("AbB. \n", max_size=30), max_size=12)


class Moody:
    """Answers each prompt by a mood that depends on the prompt and on how often it was asked."""

    settings: Mapping[str, Any] = {}

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.asked: Counter[Prompt] = Counter()
        self.good: Counter[Prompt] = Counter()
        self.settings = {"model": name}
        self._seed = seed
        self._lock = threading.Lock()

    async def ask(self, prompt: Prompt) -> str:
        with self._lock:
            self.asked[prompt] += 1
            mood = random.Random(f"{self._seed}{prompt.text}{self.asked[prompt]}").choice(MOODS)
            if mood == "busy":
                raise LLMBusy("busy", cause="overload")
            if mood == "refused":
                raise LLMError("refused")
            if mood == "garbage":
                return "who knows"
            answer = self._answer(prompt, mood)
            self.good[prompt] += mood in ("good", "blind")
            return answer

    def read(self, body: str) -> Answer:
        return Answer(body, tokens_in=10, tokens_out=5)

    def _answer(self, prompt: Prompt, mood: str) -> str:
        system, text = prompt.messages[0].content, prompt.messages[1].content
        if system.startswith("Which"):
            return json.dumps(["NAME"] * len(json.loads(text.split("\n")[-1])))
        if "together" in system:
            shared = json.loads(text)
            return json.dumps({str(n): _names(one) for n, one in enumerate(shared, 1) if mood != "missing" or n > 1})
        return "[]" if mood == "blind" else json.dumps(_names(text))


class Together(Names):
    """The small task, with shared requests whose texts may hold anything."""

    def prompt_many(self, texts: Sequence[str], examples: Sequence[Example] | None = None) -> Prompt:
        return Prompt(
            (Message("system", f"{self.guideline} Here are texts together."), Message("user", json.dumps(texts)))
        )


def _names(text: str) -> list[str]:
    return sorted({word for word in text.replace(".", " ").split() if word[0].isupper()} & {"A", "B", "Ab", "Bb"})[:1]


METHODS = st.builds(
    Method,
    samples=st.integers(1, 2),
    keep=st.sampled_from([0.3, 0.5, 1.0]),
    verify=st.sampled_from([None, 0.9]),
    longest=st.sampled_from([10, 100]),
    overlap=st.sampled_from([0, 4]),
    texts_per_request=st.integers(1, 3),
    repair=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(TEXTS, METHODS, st.integers(0, 999), st.integers(1, 2), st.sampled_from([None, 60, 300]), st.booleans())
def test_whatever_happens_texts_come_out_in_order_money_is_accounted_for_and_good_answers_are_asked_for_once(
    texts: list[str], method: Method, seed: int, voters: int, most: int | None, retry: bool
) -> None:
    llms = [Moody(f"own:{n}", seed + n) for n in range(voters)]
    budget = Budget(tokens=most) if most else None
    with AnswerStore() as store:
        spent = []
        for _ in range(2):  # the second run goes on where the first one ended
            annotator = Annotator(
                Together(), llms, store, method, limits=Limits(3), patience=PATIENCE, budget=budget, retry_failed=retry
            )
            watch(annotator, spent)
            silver = annotator.annotate(texts)
            assert silver.texts == tuple(texts)
            assert not spent[-1].holding
            report = annotator.report
            assert report.distinct == len(set(texts)) == len({e.text for e in silver})
            assert report.unasked == 0 or report.budget_spent
        store.verify()
        for llm in llms:
            assert all(count <= method.samples for count in llm.good.values()), "a good answer is paid for once"
        again = Annotator(Together(), llms, store, method, asking=False).annotate(texts)
    for one, other in zip(silver, again, strict=True):
        assert other.labels == one.labels or other.state == "unlabelled", "what is stored reads the same"


def watch(annotator: Annotator, spent: list[Spending]) -> None:
    """Keep what the annotator counts its money with."""
    made_by = annotator._spending

    def made() -> Spending:
        spent.append(made_by())
        return spent[-1]

    pytest.MonkeyPatch().setattr(annotator, "_spending", made)
