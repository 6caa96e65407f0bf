"""Raw text in, labelled examples out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vermeil.annotate.reading import Reading, read, stored_reading
from vermeil.annotate.report import AnnotationReport, report_on
from vermeil.annotate.retries import DEFAULT_PATIENCE, Asked, Patience, Question, Run, patient_worker
from vermeil.annotate.store import AnswerStore
from vermeil.data import Dataset, Example
from vermeil.errors import LLMError, LLMUnavailable, StoreError
from vermeil.execute.base import Executor
from vermeil.execute.local import Threads
from vermeil.llms.base import LLM
from vermeil.tasks.base import Task

Progress = Callable[[int, int], None]
"""Told how many distinct texts are done, and how many there are."""


class Annotator:
    """Asks the LLM about each text that the store has no answer to, keeps the answers, and reads them.

    Args:
        store: None keeps the answers in memory, for this annotator only.
        executor: None for 8 threads.
        retry_failed: ask again where the stored answer cannot be read.
    """

    def __init__(
        self,
        task: Task,
        llm: LLM,
        store: AnswerStore | None = None,
        executor: Executor | None = None,
        *,
        retry_failed: bool = True,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self.task = task
        self.llm = llm
        self.store = AnswerStore() if store is None else store
        self.executor = executor or Threads()
        self.retry_failed = retry_failed
        self.patience = patience
        self.report = AnnotationReport()

    def annotate(self, texts: Iterable[str | Example], on_progress: Progress = lambda done, total: None) -> Dataset:
        """Label every text, in the order given; equal texts are asked for once. `report` then says how it went.

        Labels that the examples had are replaced; their ids, tokens and documents stay.

        Raises:
            LLMUnavailable: no call can succeed. The answers until then are kept.
            StoreError: an answer could not be written.
            KeyboardInterrupt: after the answers under way have come in and are kept.
        """
        examples = [Example(text, source="") if isinstance(text, str) else text for text in texts]
        job = _Job(self, list(dict.fromkeys(example.text for example in examples)), on_progress)
        try:
            job.finish()
        finally:
            self.store.flush()
        labelled = tuple(job.readings[example.text].label(example, self.llm.name) for example in examples)
        silver = Dataset(labelled, texts.name if isinstance(texts, Dataset) else "")
        self.report = report_on(silver, job.readings)
        return silver


def annotate(
    texts: Iterable[str | Example],
    task: Task,
    llm: LLM,
    store: AnswerStore | None = None,
    on_progress: Progress = lambda done, total: None,
    *,
    workers: int = 8,
    retry_failed: bool = True,
) -> tuple[Dataset, AnnotationReport]:
    """Label texts, and say how it went: an `Annotator` that is used once."""
    annotator = Annotator(task, llm, store, Threads(workers), retry_failed=retry_failed)
    return annotator.annotate(texts, on_progress), annotator.report


class _Job:
    """One run over distinct texts: what is known of each so far, and why it has to stop, if it has to."""

    def __init__(self, annotator: Annotator, texts: list[str], on_progress: Progress) -> None:
        self.readings: dict[str, Reading] = {}
        self._task, self._llm, self._store = annotator.task, annotator.llm, annotator.store
        self._executor, self._retry_failed = annotator.executor, annotator.retry_failed
        self._run = Run(annotator.patience)
        self._texts = texts
        self._on_progress = on_progress
        self._fatal: Exception | None = None

    def finish(self) -> None:
        llm, run = self._llm, self._run  # what travels to a worker: `self` holds the store
        questions = _Closing(self._questions(), run.stop)
        for question, asked in self._executor.map(lambda: patient_worker(llm, run), questions):
            self._take(question, asked)
        if isinstance(self._fatal, LLMUnavailable):
            raise LLMUnavailable(f"{self._fatal}{self._kept()}") from self._fatal
        if self._fatal:
            raise self._fatal

    def _questions(self) -> Iterator[Question]:
        """What is to be asked; what the store knows is read on the way."""
        try:
            for text in self._texts:
                if self._fatal:
                    return
                if question := self._question(text):
                    yield question
        except Exception as error:
            self._fatal = error  # raised once the answers under way are kept

    def _question(self, text: str) -> Question | None:
        prompt = self._task.prompt(text)
        known = stored_reading(self._store, self._task, self._llm, text, prompt, self._retry_failed)
        if known:
            self._done(text, known)
            return None
        return Question(text, prompt)

    def _take(self, question: Question, asked: Asked) -> None:
        if asked.error is None:
            try:
                self._store.put(self._llm, question.prompt, question.text, asked.body)
            except StoreError as error:
                self._stop(error)
            else:
                self._done(question.text, read(self._task, self._llm, question.text, asked.body))
        elif isinstance(asked.error, LLMError) and not isinstance(asked.error, LLMUnavailable):
            self._done(question.text, Reading(failed=str(asked.error)))
        else:
            self._stop(asked.error)

    def _stop(self, error: Exception) -> None:
        self._fatal = self._fatal or error
        self._run.stop()

    def _done(self, text: str, reading: Reading) -> None:
        self.readings[text] = reading
        self._on_progress(len(self.readings), len(self._texts))

    def _kept(self) -> str:
        count = len(self._store)
        if not count or self._store.path == ":memory:":
            return ""
        return f" ({count:,} answers are kept in {self._store.path}: the same command goes on from there)"


class _Closing:
    """Questions that, when the executor closes them, wake the workers that wait for another attempt.

    A generator alone couldn't: closing one that has run out does nothing.
    """

    def __init__(self, questions: Iterator[Question], on_close: Callable[[], None]) -> None:
        self._questions = questions
        self.close = on_close

    def __iter__(self) -> Iterator[Question]:
        return self

    def __next__(self) -> Question:
        return next(self._questions)
