"""langextract, as its documentation has it for a server with OpenAI's API; one batch, so that there are no waves."""

from __future__ import annotations

import logging
import time

import langextract as lx
import openai  # noqa: F401 - else it is imported within the time that is taken
from _contest import contest, labels
from langextract.factory import ModelConfig

EXAMPLE = lx.data.ExampleData(
    text="Alice of Initech flew to Cairo.",
    extractions=[
        lx.data.Extraction("PER", "Alice"),
        lx.data.Extraction("ORG", "Initech"),
        lx.data.Extraction("LOC", "Cairo"),
    ],
)


def annotate(url: str, texts: list[str], in_flight: int) -> tuple[float, int, int]:
    """Seconds, texts with an answer, labels that were placed."""
    logging.disable(logging.WARNING)
    described = "; ".join(f"{label}: {meaning}" for label, meaning in labels().items())
    documents = [lx.data.Document(text=text, document_id=str(number)) for number, text in enumerate(texts)]
    began = time.perf_counter()
    results = lx.extract(
        documents,
        prompt_description=f"Extract the names in the order of the text. {described}",
        examples=[EXAMPLE],
        config=ModelConfig(
            model_id="m",
            provider="openai",
            provider_kwargs={"base_url": url, "api_key": "none", "max_workers": in_flight},
        ),
        batch_length=len(texts),
        max_workers=in_flight,
        show_progress=False,
    )
    found = [[e for e in result.extractions or () if e.char_interval] for result in results]
    return time.perf_counter() - began, len(results), sum(map(len, found))


if __name__ == "__main__":
    contest(annotate, "langextract", "openai")
