"""distilabel: a pipeline with its text generation, since it has no task for named entities; answers are not read."""

from __future__ import annotations

import logging
import time

from _contest import contest, labels
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


def annotate(url: str, texts: list[str], in_flight: int) -> tuple[float, int, int]:
    """Seconds, texts with an answer, and 0, since nothing is placed."""
    logging.disable(logging.WARNING)
    described = "\n".join(f"- {label}: {meaning}" for label, meaning in labels().items())
    template = f"List the names in the text as JSON.\n{described}\n<text>\n{{{{ instruction }}}}\n</text>"
    began = time.perf_counter()
    with Pipeline(name="names") as pipeline:
        load = LoadDataFromDicts(data=[{"instruction": text} for text in texts], batch_size=len(texts))
        generate = TextGeneration(
            llm=OpenAILLM(model="m", base_url=url, api_key="none"),
            template=template,
            input_batch_size=in_flight,
        )
        load >> generate
    answers = pipeline.run(use_cache=False)["default"]["train"]["generation"]
    return time.perf_counter() - began, sum(answer is not None for answer in answers), 0


if __name__ == "__main__":
    contest(annotate, "distilabel", "openai")
