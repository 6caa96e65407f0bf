"""A4, A5, A6: what is stored is not asked for again, and what changes the answer is."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from loopback_server import for_vermeil
from texts import LABELS, texts

import vermeil as vm
from proofs import Seen
from vermeil.annotate.stored import answer_key
from vermeil.llms import openai, scripted


def other_parser(count: int = 1000) -> Seen:
    """A4: another reader of the same answers."""

    class FirstOnly(vm.NER):
        def parse(self, answer: str, text: str) -> Any:  # noqa: ANN401 - as the task's own
            parsed = super().parse(answer, text)
            return replace(parsed, labels=parsed.labels[:1])

    llm = _llm()
    with vm.AnswerStore() as store:
        before, _ = vm.annotate(texts(count), vm.NER(LABELS), llm, store)
        calls = llm.calls
        after, _ = vm.annotate(texts(count), FirstOnly(LABELS), llm, store)
    new = llm.calls - calls
    differ = sum(old.labels != now.labels for old, now in zip(before, after, strict=True))
    figure = f"{count} texts read by another parser: {new} new calls, other labels for {differ} texts"
    return Seen(figure, new == 0 and differ > 0, {"calls": new, "differ": differ})


def other_rows(rounds: int = 200, seed: int = 0) -> Seen:
    """A5: rows in another order, repeated, left out, appended, under other ids."""
    chance = random.Random(seed)
    llm = _llm()
    asked: set[str] = set()
    wrong = rows = 0
    with vm.AnswerStore() as store:
        for _ in range(rounds):
            drawn = chance.choices([vm.Example(text, source="") for text in texts(1000)], k=chance.randint(1, 60))
            shuffled = [replace(example, id=str(chance.randrange(10**6))) for example in drawn]
            before = llm.calls
            silver, _ = vm.annotate(shuffled, vm.NER(LABELS), llm, store)
            new = {example.text for example in shuffled} - asked
            wrong += llm.calls - before != len(new) or [e.id for e in silver] != [e.id for e in shuffled]
            asked |= new
            rows += len(shuffled)
    figure = f"{rows:,} rows in {rounds} runs, {len(asked)} texts: {llm.calls} calls, {wrong} runs with another number"
    return Seen(
        figure, not wrong and llm.calls == len(asked), {"calls": llm.calls, "texts": len(asked), "wrong": wrong}
    )


@dataclass(frozen=True)
class Change:
    """Something that may differ between two runs, and whether it changes the answer."""

    name: str
    matters: bool
    task: Mapping[str, Any] | None = None
    llm: Mapping[str, Any] | None = None
    model: str = "m"


SHOWN = vm.Example("Alice flew to Cairo.", (vm.Span(0, 5, "PER"), vm.Span(14, 19, "LOC")))
OTHER = vm.Example("Alice flew to Quito.", (vm.Span(0, 5, "PER"), vm.Span(14, 19, "LOC")))

CHANGES = (
    Change("model", True, model="n"),
    Change("temperature", True, llm={"temperature": 0.5}),
    Change("top_p", True, llm={"top_p": 0.5}),
    Change("seed", True, llm={"seed": 1}),
    Change("max_tokens", True, llm={"max_tokens": 99}),
    Change("reasoning_effort", True, llm={"reasoning_effort": "low"}),
    Change("a field of the user's own", True, llm={"extra": {"top_k": 3}}),
    Change("guideline", True, task={"guideline": "Titles are not part of a name."}),
    Change("a label's definition", True, task={"labels": {**LABELS, "PER": "a person"}}),
    Change("a label's name", True, task={"labels": {("LOC_" if k == "LOC" else k): v for k, v in LABELS.items()}}),
    Change("order of labels", True, task={"labels": dict(reversed(LABELS.items()))}),
    Change("examples", True, task={"examples": (SHOWN,)}),
    Change("another example", True, task={"examples": (OTHER,)}),
    Change("prompt", True, task={"prompt_name": "chain-of-thought"}),
    Change("schema (confidence)", True, task={"confidence": True}),
    Change("nothing", False),
    Change("address of the server", False, llm={"base_url": "http://127.0.0.1:2/v1"}),
    Change("deadline", False, llm={"deadline": 7.0}),
    Change("cap on a reply", False, llm={"max_bytes": 10_000}),
)


def other_keys() -> Seen:
    """A6: the key of a question changes with what changes its answer, and with nothing else."""
    keys = {change.name: _key(change) for change in CHANGES}
    same = [c.name for c in CHANGES if c.matters and keys[c.name] == keys["nothing"]]
    differ = [c.name for c in CHANGES if not c.matters and keys[c.name] != keys["nothing"]]
    clashes = sum(c.matters for c in CHANGES) - len({keys[c.name] for c in CHANGES if c.matters})
    kinds = sum(c.matters for c in CHANGES)
    figure = (
        f"{kinds} kinds of change: {kinds - len(same)} change the key{_listed(same)}; "
        f"{len(CHANGES) - kinds} that must not: {len(differ)} do{_listed(differ)}; {clashes} clashes"
    )
    return Seen(figure, not (same or differ or clashes), {"same": len(same), "differ": len(differ)})


def _key(change: Change) -> str:
    task = vm.NER(**{"labels": LABELS, **(change.task or {})})
    llm = openai.LLM(change.model, **{"base_url": "http://127.0.0.1:1/v1", **(change.llm or {})})
    return answer_key(llm.settings, task.prompt("Anna sang."))


def _listed(names: list[str]) -> str:
    return f" (not: {', '.join(names)})" if names else ""


def _llm() -> scripted.LLM:
    return scripted.LLM("m", lambda prompt: for_vermeil(prompt[prompt.rfind("No. ") :].split("\n", 1)[0]))
