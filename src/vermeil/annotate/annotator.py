"""Raw text in, labelled examples out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

from vermeil.annotate.agreement import Agreement
from vermeil.annotate.asking import Line, Question
from vermeil.annotate.budget import Budget, Prices, Spending
from vermeil.annotate.desk import Desk
from vermeil.annotate.job import Job, Standing, drawn_now
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import DEFAULT_PATIENCE, Patience
from vermeil.annotate.report import AnnotationReport, Spent, Tally
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.teacher import AgainstGold
from vermeil.annotate.voters import voters
from vermeil.data import Dataset, Example, as_examples
from vermeil.errors import LLMUnavailable
from vermeil.exchange import Prompt
from vermeil.execute.concurrent import Concurrent
from vermeil.llms.base import LLM, Learns
from vermeil.tasks.base import Task

Progress = Callable[[Standing], None]
"""Told how far the run is, after each few texts."""

_LONGEST_WAIT = 0.5  # seconds: a store that fails frees no slots, and nothing would ever come in
_TOLD = 0.1  # seconds between two reports of progress


class Annotator:
    """Asks LLMs about each text that the store has no answer to, keeps the answers, and reads them.

    Args:
        llms: one, or several whose labels are merged by votes.
        store: None keeps the answers in memory, for this annotator only.
        retry_failed: ask again where the stored answer cannot be read.
        asking: false asks nothing, and labels only what the store has answers to.
        elsewhere: keys of questions that are being asked in another way, such as a batch; they are left alone.
        gold: human labels of some of the texts, to score the LLM's labels with; the LLM doesn't see them.
    """

    def __init__(
        self,
        task: Task,
        llms: LLM | Sequence[LLM],
        store: AnswerStore | None = None,
        method: Method = Method(),  # noqa: B008 - frozen
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        patience: Patience = DEFAULT_PATIENCE,
        budget: Budget | None = None,
        prices: Prices | Mapping[str, Prices] | None = None,
        retry_failed: bool = True,
        asking: bool = True,
        elsewhere: Collection[str] = frozenset(),
        gold: Dataset | None = None,
    ) -> None:
        self.task = task
        self.llms = list(llms) if isinstance(llms, Sequence) else [llms]
        self.store = AnswerStore() if store is None else store
        self.method = method
        self.limits = limits
        self.patience = patience
        self.retry_failed = retry_failed
        self.asking = asking
        self.elsewhere = elsewhere
        self.gold = gold
        self.report = AnnotationReport()
        self.budget = budget
        self.prices = prices
        self.voters = voters(self.llms, method.samples)
        self._spending()  # a budget without prices is a mistake now, not when the run begins

    @property
    def source(self) -> str:
        """Who gave the labels: the name of the LLM, or of all of them."""
        return "+".join(llm.name for llm in self.llms)

    def prompt(self, text: str) -> Prompt:
        """What an LLM is asked about this text."""
        return self.desk().prompt(text)

    def desk(self, *, asking: bool = True) -> Desk:
        """What a run works with, or a plan of one.

        Args:
            asking: false where nobody is to be asked.
        """
        return Desk(
            self.task,
            [llm for _, llm in self.voters],
            self.store,
            self.method,
            retry_failed=self.retry_failed,
            asking=asking,
            elsewhere=self.elsewhere,
        )

    def _spending(self) -> Spending:
        return Spending(self.budget, self.prices, [llm.name for llm in self.llms])

    def annotate(self, texts: Iterable[str | Example], on_progress: Progress = lambda standing: None) -> Dataset:
        """Label every text, in the order given, in memory; see `stream`."""
        labelled = tuple(self.stream(texts, on_progress))
        return Dataset(labelled, texts.name if isinstance(texts, Dataset) else "")

    def stream(
        self, texts: Iterable[str | Example], on_progress: Progress = lambda standing: None
    ) -> Generator[Example, None, None]:
        """Label texts as they are drawn, and give them back in their order; `report` then says how it went.

        Equal texts are asked for once. Labels that the examples had are replaced; their ids, tokens and documents
        stay. Memory holds the texts that wait for one before them, at most `MOST_TEXTS`.

        Raises:
            DataError: `texts` is one string.
            LLMUnavailable: no call can succeed. The answers until then are kept.
            StoreError: an answer could not be written.
            KeyboardInterrupt: after the answers under way have come in and are kept.
        """
        examples = as_examples(texts)
        run = _Run(self, on_progress, len(texts) if isinstance(texts, Sized) else None)
        try:
            yield from run.labelled(examples)
        finally:
            self.report = run.report()
            run.close()
            self.store.flush()


def annotate(
    texts: Iterable[str | Example],
    task: Task,
    llm: LLM | Sequence[LLM],
    store: AnswerStore | None = None,
    on_progress: Progress = lambda standing: None,
    **options: Any,  # noqa: ANN401 - those of the Annotator
) -> tuple[Dataset, AnnotationReport]:
    """Label texts, and say how it went: an `Annotator` that is used once."""
    annotator = Annotator(task, llm, store, **options)
    return annotator.annotate(texts, on_progress), annotator.report


class _Run:
    """One run of an annotator: its job, its lines to the LLMs, and what it counts."""

    def __init__(self, annotator: Annotator, on_progress: Progress, total: int | None) -> None:
        made_by = annotator
        self._annotator = annotator
        self._on_progress = on_progress
        self._began = self._told = time.monotonic()
        self._untold = True
        self._tally = Tally()
        self._agreement = Agreement(made_by.task.kind) if len(made_by.voters) > 1 else None
        self._against_gold = AgainstGold(made_by.gold) if made_by.gold is not None else None
        self._spending = made_by._spending()
        self._lines = [Line(llm, made_by.limits, made_by.patience, self._spending) for llm in made_by.llms]
        self._line_of = [self._lines[number] for number, _ in made_by.voters]
        self._desk = made_by.desk(asking=made_by.asking)
        self._job = Job(self._desk, total)

    def labelled(self, examples: Iterator[Example]) -> Iterator[Example]:
        job = self._job
        self._recall()
        crew: Concurrent[Question, Any] = Concurrent(self._ask, 2 * self._annotator.limits.in_flight)
        with crew:
            try:
                while not (job.fatal or crew.interrupted):
                    room = not job.full and job.waiting <= crew.most
                    drawn = drawn_now(examples) if room else []
                    job.admit(drawn)
                    if not drawn and crew.free > job.waiting:
                        job.close_groups()
                    crew.start(job.questions(crew.free))
                    idle = not drawn or not crew.free
                    # What was not told yet is told in a moment, whether or not something comes.
                    longest = _TOLD if self._untold else _LONGEST_WAIT
                    for question, asked in crew.results(wait=idle, longest=longest):
                        job.take(question, asked)
                        self._untold = True
                    job.look_at_store()
                    yield from self._ready()
                    if room and not drawn and job.empty:
                        break
            finally:
                self._end(crew)
        if job.fatal:
            raise self._explained(job.fatal)
        if crew.interrupted:
            raise KeyboardInterrupt

    async def _ask(self, question: Question) -> Any:  # noqa: ANN401
        return await self._line_of[question.voter].ask(question)

    def _ready(self) -> Iterator[Example]:
        job, source = self._job, self._annotator.source
        for labelling, reading in job.ready():
            example = reading.label(labelling.example, source, self._desk.task.kind)
            self._tally.add(example, reading, labelling.first)
            if self._agreement and reading.asked:
                self._agreement.add(labelling.by_voter([voter.name for voter in self._desk.voters]))
            if self._against_gold:
                self._against_gold.add(example)
            yield example
        if time.monotonic() - self._told >= _TOLD or (job.empty and job.standing.done):
            self._tell()

    def _tell(self) -> None:
        self._told, self._untold = time.monotonic(), False
        standing, spending = self._job.standing, self._spending
        standing.in_flight = sum(line.pace.in_flight for line in self._lines)
        standing.tokens = spending.tokens_in + spending.tokens_out
        standing.cost = spending.cost
        self._on_progress(standing)

    def _end(self, crew: Concurrent[Question, Any]) -> None:
        """Let what is on the wire come in, and keep it: it is paid for."""
        for line in self._lines:
            line.stop()
        # A stream that nobody closed is closed when the program ends: the loop's thread is gone by then.
        while crew.under_way and not sys.is_finalizing():
            if crew.interrupted:  # somebody watches, and shall know what is waited for
                self._job.standing.stopping = True
                self._tell()
            for question, asked in crew.results(longest=_LONGEST_WAIT):
                self._job.take(question, asked)
        for llm in self._annotator.llms:
            if isinstance(llm, Learns) and (lessons := llm.lessons()):
                self._annotator.store.learn(repr(llm), lessons)

    def _recall(self) -> None:
        for llm in self._annotator.llms:
            if isinstance(llm, Learns):
                llm.recall(self._annotator.store.lessons(repr(llm)))

    def _explained(self, error: Exception) -> Exception:
        """The error, with what was kept where a run stops for want of an LLM."""
        store = self._annotator.store
        count = len(store) if isinstance(error, LLMUnavailable) and store.path != ":memory:" else 0
        if not count:
            return error
        return LLMUnavailable(
            f"{error} ({count:,} answers are kept in {store.path}: the same command goes on from there)"
        )

    def close(self) -> None:
        self._job.close()

    def report(self) -> AnnotationReport:
        spending = self._spending
        spent = Spent(
            spending.calls,
            spending.tokens_in,
            spending.tokens_out,
            spending.cost,
            spending.unknown_attempts,
            time.monotonic() - self._began,
        )
        if self._job.out_of_budget:
            stopped = "the budget is spent; a higher one goes on from here"
        elif self._annotator.asking:
            stopped = "they wait in a batch: vermeil batch collect" if self._annotator.elsewhere else ""
        else:
            stopped = "only stored answers were to be used"
        parts = [part for part in (self._agreement, self._against_gold and self._against_gold.scores()) if part]
        return self._tally.report(
            stopped=stopped,
            budget_spent=self._job.out_of_budget,
            spent=spent,
            agreement=self._agreement.as_dict() if self._agreement else None,
            against_gold=self._against_gold.scores().as_dict() if self._against_gold else None,
            parts=tuple(map(str, parts)),
        )
