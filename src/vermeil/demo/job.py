"""Annotate, compare, report, predict: the steps that a user takes on data of their own, on an embedded corpus."""

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
from vermeil.demo.corpus import DEFAULT, Corpus
from vermeil.deploy.predictor import predict
from vermeil.evaluate.score import Scores, score_examples
from vermeil.files import read_text, write_text
from vermeil.llms.scripted import LLM
from vermeil.provenance import cores
from vermeil.report import report

STRATEGIES = ("gold-only", "silver-only", "pooled", "silver-then-gold", "sigmoid")


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
    out: Path | str | None = None,
    *,
    task: str = DEFAULT,
    settings: CompareSettings | None = None,
    on_silver: Callable[[Silver], None] = lambda silver: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_result: Callable[[Result, bool], None] = lambda result, done_before: None,
) -> Outcome:
    """Do the whole job in the folder `out`; run again, it goes on where it was interrupted.

    Args:
        out: where the results go; by default a folder named by the corpus, in the present one.
        task: which of the embedded corpora; each is named by its task.
        settings: in place of the corpus' own.
        on_silver: called once the texts are annotated, before the training begins.

    Raises:
        UnknownName: there is no corpus for this task.
    """
    corpus = Corpus(task)
    out = corpus.job.out if out is None else Path(out)
    write_text(out / "task.toml", read_text(corpus.task_file))  # for the user to start from
    silver = _annotate(corpus, out)
    on_silver(silver)
    comparison = compare(
        STRATEGIES,
        corpus.task.labels,
        gold=corpus.labelled("gold"),
        silver=silver.labels,
        dev=corpus.labelled("dev"),
        test=corpus.labelled("test"),
        settings=settings or CompareSettings(train=corpus.job.train, workers=min(cores(), 2)),
        out=out,
        on_progress=on_progress,
        on_result=on_result,
    )
    written = report(comparison, out)
    return Outcome(silver, comparison, written, out / "model", predict(out / "model", [corpus.job.sentence])[0])


def _annotate(corpus: Corpus, out: Path) -> Silver:
    """The ordinary annotate step. This LLM has no reply of its own: a missing answer would be an error, not a call."""
    task, llm = corpus.task, LLM("claude")
    with AnswerStore(out / "answers.db") as answers:
        imported = import_answers(corpus.answers, task, llm, answers)
        annotator = Annotator(task, llm, answers, retry_failed=False)
        silver = annotator.annotate(corpus.texts)
    formats.write(silver, out / "silver.jsonl")
    scores = score_examples(corpus.labelled("raw_gold"), silver)
    return Silver(silver, imported, annotator.report, scores, llm.calls)
