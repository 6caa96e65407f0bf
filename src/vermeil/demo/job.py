"""Annotate, compare, report, predict: the steps that a user takes on data of their own, on the embedded corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vermeil import formats
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.importing import Imported, import_answers
from vermeil.annotate.report import AnnotationReport
from vermeil.annotate.store import AnswerStore
from vermeil.compare import CompareSettings, Comparison, Progress, Result, compare
from vermeil.data import Dataset, Example
from vermeil.deploy.predictor import predict
from vermeil.evaluate.score import Scores, score_examples
from vermeil.files import read_text, write_text
from vermeil.llms.scripted import LLM
from vermeil.provenance import cores
from vermeil.report import report
from vermeil.tasks import read_task
from vermeil.train.trainer import TrainSettings

CORPUS = Path(__file__).parent
STRATEGIES = ("gold-only", "silver-only", "pooled", "silver-then-gold", "sigmoid")
SETTINGS = CompareSettings(train=TrainSettings(steps=140, batch_size=8), workers=min(cores(), 2))
SENTENCE = "Marguerite Oyelaran of Halden Shipping flew from Tromsø to Lisbon to open the Iberian Film Week."


@dataclass(frozen=True)
class Silver:
    """The teacher's labels: what came of its answers, and how good they are by the corpus' own gold."""

    labels: Dataset
    imported: Imported
    report: AnnotationReport
    scores: Scores
    calls: int


@dataclass(frozen=True)
class Outcome:
    """What the demo leaves: the comparison, the report's file, the model's folder, a sentence that it labelled."""

    silver: Silver
    comparison: Comparison
    report: Path
    model: Path
    labelled: Example


def demo(
    out: Path | str = "vermeil-demo",
    *,
    settings: CompareSettings = SETTINGS,
    on_silver: Callable[[Silver], None] = lambda silver: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_result: Callable[[Result, bool], None] = lambda result, done_before: None,
) -> Outcome:
    """Do the whole job in the folder `out`; run again, it goes on where it was interrupted.

    Args:
        on_silver: called once the texts are annotated, before the training begins.
    """
    out = Path(out)
    write_text(out / "task.toml", read_text(CORPUS / "task.toml"))  # for the user to start from
    silver = _annotate(out)
    on_silver(silver)
    comparison = compare(
        STRATEGIES,
        read_task(CORPUS / "task.toml").labels,
        gold=formats.read(CORPUS / "gold.jsonl"),
        silver=silver.labels,
        dev=formats.read(CORPUS / "dev.jsonl"),
        test=formats.read(CORPUS / "test.jsonl"),
        settings=settings,
        out=out,
        on_progress=on_progress,
        on_result=on_result,
    )
    written = report(comparison, out)
    return Outcome(silver, comparison, written, out / "model", predict(out / "model", [SENTENCE])[0])


def _annotate(out: Path) -> Silver:
    """The ordinary annotate step. This LLM has no reply of its own: a missing answer would be an error, not a call."""
    task = read_task(CORPUS / "task.toml")
    llm = LLM("claude")
    with AnswerStore(out / "answers.db") as answers:
        imported = import_answers(CORPUS / "answers.jsonl", task, llm, answers)
        annotator = Annotator(task, llm, answers)
        silver = annotator.annotate(formats.read_texts(CORPUS / "raw.txt"))
    formats.write(silver, out / "silver.jsonl")
    scores = score_examples(formats.read(CORPUS / "raw_gold.jsonl"), silver)
    return Silver(silver, imported, annotator.report, scores, llm.calls)
