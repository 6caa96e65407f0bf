"""What made a file of silver labels, to lie beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from vermeil.annotate.annotator import Annotator
from vermeil.provenance import provenance


def annotation_record(annotator: Annotator, options: Mapping[str, Any] = MappingProxyType({})) -> str:
    """JSON of the annotator's last run: task, prompt, LLMs, method, report, the fingerprints of texts and labels.

    `prompt_sha256` is that of the task's prompt for an empty text: it changes when anything but the text does. The
    record holds no API key.
    """
    prompt = annotator.task.prompt("")
    report, method = annotator.report, annotator.method
    values = {
        "task": dict(annotator.task.settings),
        "prompt_sha256": hashlib.sha256(f"{prompt.text}\0{prompt.schema}".encode()).hexdigest(),
        "llms": [{"name": llm.name, "settings": dict(llm.settings)} for llm in annotator.llms],
        "method": {**method.settings, "longest": method.longest_for(annotator.task.kind)},
        "texts": {"count": report.texts, "sha256": report.texts_sha256},
        "silver_sha256": report.silver_sha256,
        "report": report.as_dict(),
        "options": dict(options),
    }
    return json.dumps(values | provenance(), indent=1, ensure_ascii=False, default=str) + "\n"
