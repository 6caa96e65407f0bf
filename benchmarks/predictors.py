"""Who takes part in `predict.py`, with what setting, and one run of one of them."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contest import HERE, VENVS, Contestant

Row = dict[str, Any]

MODELS = VENVS / "models"
"""What contestants trained themselves, kept for the next run."""

_THREADS = str(len(os.sched_getaffinity(0)))


@dataclass(frozen=True)
class Predictor:
    """A contestant and how it predicts.

    Args:
        setting: what its script is told; `{}` stands for the batch size.
        batches: the batch sizes that are tried first, on a few texts.
        texts: how many it labels at most, for those that would take too long.
        judged: whether its names are scored.
    """

    contestant: Contestant
    setting: str
    batches: tuple[int, ...] = ()
    texts: int = 1_000_000
    judged: bool = True

    def run(self, model: Path, rows: Sequence[Row], batch: int | None) -> Row:
        """Its figures over the texts, and the spans that it found.

        Raises:
            RuntimeError: it failed; with the end of what it said.
        """
        with tempfile.TemporaryDirectory() as folder:
            texts, out = Path(folder) / "texts.jsonl", Path(folder) / "spans.jsonl"
            texts.write_text("".join(json.dumps({"text": row["text"]}) + "\n" for row in rows))
            script = HERE / "contestants" / self.contestant.script
            own = MODELS / "spacy" if self.contestant.client == "spacy" else model
            setting = self.setting.replace("{}", str(batch))
            command = [str(self.contestant.python), "-W", "ignore", str(script), str(own), setting]
            environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": _THREADS}
            ran = subprocess.run([*command, str(texts), str(out)], capture_output=True, text=True, env=environment)
            if ran.returncode:
                raise RuntimeError(f"{self.contestant.name} failed: {ran.stderr[-2000:]}")
            figures: Row = json.loads(ran.stdout.strip().splitlines()[-1])
            spans = [json.loads(line) for line in out.read_text().splitlines()]
        labelled = [row["text"] for row in rows]
        return {
            **figures,
            "rate": len(rows) / figures["seconds"],
            "texts": len(rows),
            "labelled": labelled,
            "spans": spans,
        }

    def sample(self, rows: Sequence[Row]) -> list[Row]:
        """The texts that it labels: all, or some at equal distances."""
        count = min(self.texts, len(rows))
        return [rows[number * len(rows) // count] for number in range(count)]


def predictors(training: Path) -> tuple[Predictor, ...]:
    """All of them; `training` holds the labelled texts for those that must learn first."""
    mine = "one batch of like length on each core"
    return (
        Predictor(Contestant("vermeil, int8", "predict_vermeil.py", settings=mine), "model.int8.onnx"),
        Predictor(Contestant("vermeil, float32", "predict_vermeil.py", settings=mine), "model.onnx"),
        Predictor(
            Contestant("transformers pipeline", "predict_pipeline.py", settings='torch, aggregation "first"'),
            "{}",
            (1, 8, 32, 128),
        ),
        Predictor(
            Contestant(
                "plain onnxruntime, int8",
                "predict_onnxruntime.py",
                settings="the same int8 file as optimum would drive it: transformers' tokenizer, batches in order",
            ),
            "model.int8.onnx {}",
            (1, 8, 32),
        ),
        Predictor(
            Contestant(
                "spaCy",
                "predict_spacy.py",
                "spacy",
                ("spacy-llm==0.7.4", "spacy==3.8.18"),
                "its small pipeline's architecture without vectors, 8 epochs over the same sentences",
            ),
            f"{training} {{}}",
            (64, 256),
        ),
        Predictor(
            Contestant(
                "flair",
                "predict_flair.py",
                "predict-flair",
                ("torch==2.13.0", "flair==0.15.1"),
                "its tagger with the weights of the same model",
            ),
            "{}",
            (8, 32),
            400,
        ),
        Predictor(
            Contestant(
                "GLiNER, untrained",
                "predict_gliner.py",
                "predict-gliner",
                ("torch==2.13.0", "gliner==0.2.29"),
                "the shape of its small model (six layers of 768) with random weights, four labels: no hub was at "
                "hand, so nothing is said of its labels",
            ),
            "{}",
            (1, 8),
            48,
            judged=False,
        ),
    )
