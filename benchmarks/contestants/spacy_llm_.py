"""spacy-llm with its newest NER task. It asks one call at a time, and spaCy offers several processes."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterable
from typing import Any

import spacy
from _contest import contest, labels
from spacy_llm.models.rest.openai.model import OpenAI
from spacy_llm.registry import registry


class Elsewhere(OpenAI):
    """As shipped, it calls api.openai.com when it is made, whatever its endpoint."""

    def _verify_auth(self) -> None:
        """There is nothing to verify."""


def annotate(url: str, texts: list[str], in_flight: int) -> tuple[float, int, int]:
    """Seconds, texts with an answer, labels that were placed."""
    os.environ["OPENAI_API_KEY"] = "none"
    warnings.simplefilter("ignore")

    @registry.llm_models("loopback.v1")
    def model() -> Any:  # noqa: ANN401 - what spacy-llm asks for
        return Elsewhere("m", f"{url}/chat/completions", {}, True, 5, 1.0, 30.0, 8000)

    nlp = spacy.blank("en")
    task = {"@llm_tasks": "spacy.NER.v3", "labels": list(labels()), "label_definitions": labels()}
    nlp.add_pipe("llm", config={"task": task, "model": {"@llm_models": "loopback.v1"}})
    processes = int(os.environ.get("SPACY_PROCESSES", "1"))
    began = time.perf_counter()
    documents: Iterable[Any] = nlp.pipe(texts, batch_size=max(1, len(texts) // (4 * processes)), n_process=processes)
    found = [len(document.ents) for document in documents]
    return time.perf_counter() - began, len(found), sum(found)


if __name__ == "__main__":
    contest(annotate, "spacy-llm", "spacy")
