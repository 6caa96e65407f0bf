"""A8, the money: a run that may spend only so much."""

from __future__ import annotations

from loopback import Loopback
from loopback_server import TOKENS
from texts import LABELS, texts

import vermeil as vm
from proofs import Seen
from vermeil.annotate.budget import read_budget
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits


def capped(count: int = 2000, in_flight: int = 64, share: float = 0.5) -> Seen:
    """A budget of tokens for a share of the texts; the server says what each call cost."""
    budget = int(count * share) * TOKENS
    with Loopback(0.05) as server, vm.AnswerStore() as store:
        llm = vm.llm("openai:m", base_url=server.url())
        limits = Limits(in_flight)
        annotator = vm.Annotator(
            vm.NER(LABELS), llm, store, Method(), limits=limits, budget=read_budget(f"{budget} tokens")
        )
        silver = annotator.annotate(list(texts(count)))
        spent = server.counts()["calls"] * TOKENS
    states = [example.state for example in silver]
    labelled, unlabelled = len(states) - states.count("unlabelled"), states.count("unlabelled")
    figure = (
        f"{count} texts, {in_flight} in flight, a budget of {budget:,} tokens: {spent:,} spent, {labelled} texts "
        f"labelled, {unlabelled} left as unlabelled"
    )
    met = spent <= budget + in_flight * TOKENS and spent >= 0.9 * budget and labelled == spent // TOKENS
    return Seen(figure, met, {"over": max(0, spent - budget), "labelled": labelled})
