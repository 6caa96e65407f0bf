"""What made a file of silver labels, to lie beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from vermeil.annotate.annotator import Annotator
from vermeil.data import Dataset
from vermeil.provenance import provenance


def annotation_record(annotator: Annotator, silver: Dataset, options: Mapping[str, Any] = MappingProxyType({})) -> str:
    """JSON of task, prompt, LLM settings, report and the fingerprints of texts and labels. It holds no API key.

    `prompt_sha256` is that of the prompt for an empty text: it changes when anything but the text does.
    """
    prompt = annotator.task.prompt("")
    texts = hashlib.sha256("\0".join(silver.texts).encode("utf-8", "surrogatepass")).hexdigest()
    values = {
        "task": dict(annotator.task.settings),
        "prompt_sha256": hashlib.sha256(f"{prompt.text}\0{prompt.schema}".encode()).hexdigest(),
        "llm": {"name": annotator.llm.name, "settings": dict(annotator.llm.settings)},
        "texts": {"name": silver.name, "count": len(silver), "sha256": texts},
        "silver_sha256": silver.sha256,
        "report": annotator.report.as_dict(),
        "options": dict(options),
    }
    return json.dumps(values | provenance(), indent=1, ensure_ascii=False, default=str) + "\n"
