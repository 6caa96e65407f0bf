"""Exact scores: a label is right when its start, end and name are; a class is a label of the whole text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, reduce
from operator import add, attrgetter
from statistics import fmean
from typing import Any, Protocol, runtime_checkable

from vermeil.data import Dataset, Example, Kind, Span, check_dataset, kind_of
from vermeil.errors import DataError
from vermeil.evaluate.calibration import Bin, Calibration, calibration
from vermeil.evaluate.counts import Counts, Lenient, Numbers, Scheme, table_of, view
from vermeil.evaluate.figures import FIGURES, Figures
from vermeil.evaluate.mistakes import mistakes
from vermeil.evaluate.pairing import check_gold, check_predicted, pair
from vermeil.evaluate.shown import shown


@dataclass(frozen=True)
class Scores:
    """How well predictions match gold, with all that intervals and tables need; `FIGURES` says what there is by kind.

    Args:
        by_label: counts for each label name that occurs in gold or in the predictions.
        views: nervaluate's schemes: "strict", "exact", "partial" and "ent_type"; of spans only.
        per_example: counts of each text in order, for the bootstrap.
        documents: the document of each text, "" where it isn't known.
        failed: texts without a prediction since the teacher's answer could not be used; their labels are all missed.
        absent: texts that the predictions don't contain or that nobody labelled; their labels are all missed.
        exact: whether each text has all its labels and no other; never so for one without a prediction.
        confusion: gold and predicted class to how many, "" where there is none on that side; of classes only.
        calibration: what the scores of predicted classes are worth; None where they have none.
    """

    by_label: Mapping[str, Counts]
    views: Mapping[str, Lenient]
    per_example: tuple[Counts, ...]
    documents: tuple[str, ...]
    failed: int = 0
    absent: int = 0
    kind: Kind = "spans"
    exact: tuple[bool, ...] = ()
    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        if len(self.documents) != len(self.per_example):
            raise DataError(f"scores of {len(self.per_example)} texts name {len(self.documents)} documents")
        if not self.exact:
            same = tuple(counts.right == counts.predicted == counts.gold for counts in self.per_example)
            object.__setattr__(self, "exact", same)

    @cached_property
    def table(self) -> Numbers:
        """A row for each text: how many labels are right, predicted and in gold, and whether the text is all right."""
        return table_of(self.per_example, self.exact)

    @property
    def figures(self) -> Figures:
        """Which of the figures say something about labels of this kind."""
        return FIGURES[self.kind]

    @property
    def value(self) -> float:
        """The one figure by which predictions of this kind are compared: F1, or accuracy where texts have one class."""
        return self.figure(self.figures.measure) or 0.0

    def chosen(self, by: str = "") -> float:
        """The figure to choose by of that name, such as "macro F1" (see `Figures.chosen`); by default, `value`.

        Raises:
            UnknownName: predictions of this kind are not chosen by that.
        """
        return self.figure(self.figures.chosen(by)[1]) or 0.0

    def figure(self, name: str) -> float | None:
        """The figure of that name (see `Figures`); None where these predictions have none."""
        part, _, _ = name.partition(".")
        return None if getattr(self, part) is None else float(attrgetter(name)(self))

    @property
    def micro(self) -> Counts:
        """All labels together."""
        return reduce(add, self.by_label.values(), Counts())

    @property
    def precision(self) -> float:
        """Micro precision."""
        return self.micro.precision

    @property
    def recall(self) -> float:
        """Micro recall."""
        return self.micro.recall

    @property
    def f1(self) -> float:
        """Micro F1: what "F1" means here where nothing else is said."""
        return self.micro.f1

    @property
    def accuracy(self) -> float:
        """The part of the texts that have all their labels and no other; 0 where there is no text."""
        return fmean(self.exact) if self.exact else 0.0

    @property
    def macro_f1(self) -> float:
        """The mean of the labels' F1, each label counting the same; 0 where there is no label."""
        return fmean(counts.f1 for counts in self.by_label.values()) if self.by_label else 0.0

    @property
    def partial(self) -> Lenient:
        """Half a point for a prediction that overlaps gold, whatever its label."""
        return self.views["partial"]

    @property
    def type_only(self) -> Lenient:
        """A full point for a prediction that overlaps gold of the same label."""
        return self.views["ent_type"]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them back. The figures at the top are there for human readers."""
        named = ["precision", "recall", "f1", "macro_f1", "accuracy", *self.figures.beside.values()]
        return {
            **{name.replace(".", "_"): self.figure(name) for name in named},
            "kind": self.kind,
            "by_label": {label: asdict(counts) for label, counts in self.by_label.items()},
            "views": {name: asdict(seen) for name, seen in self.views.items()},
            "per_example": [[c.right, c.predicted, c.gold] for c in self.per_example],
            "documents": list(self.documents) if any(self.documents) else [],
            "failed": self.failed,
            "absent": self.absent,
            "exact": list(map(int, self.exact)),
            "confusion": [[*pair, count] for pair, count in self.confusion.items()],
            "calibration": asdict(self.calibration) if self.calibration else None,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scores:
        """Read what `as_dict` gave.

        Raises:
            DataError: a part is missing or isn't what it should be.
        """
        try:
            per_example = tuple(Counts(*counts) for counts in values["per_example"])
            kind = values.get("kind", "spans")  # scores of before there were classes have none of what follows
            return cls(
                by_label={label: Counts(**counts) for label, counts in values["by_label"].items()},
                views={name: Lenient(**values["views"][name]) for name in FIGURES[kind].schemes},
                per_example=per_example,
                documents=tuple(values["documents"]) or ("",) * len(per_example),
                failed=values["failed"],
                absent=values["absent"],
                kind=kind,
                exact=tuple(map(bool, values.get("exact", ()))),
                confusion={(gold, given): count for gold, given, count in values.get("confusion", ())},
                calibration=_calibration(values.get("calibration")),
            )
        except (KeyError, TypeError, AttributeError, DataError) as error:
            raise DataError(f"these are not saved scores ({error!r}); score the predictions again") from error

    def __str__(self) -> str:
        return shown(self)


@runtime_checkable
class Predictor(Protocol):
    """Whatever labels texts; every student is one."""

    def predict(
        self, examples: Sequence[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> Sequence[Sequence[Span]]:
        """Spans for each text, in order."""


def score(gold: Sequence[Example], predicted: Sequence[Sequence[Span]]) -> Scores:
    """Compare predictions with gold, text by text, in order.

    A gold label that could not be placed (`Example.lost`) counts as missed, under its own name.

    Raises:
        DataError: gold has a failed or unlabelled example, the lengths differ, or predicted spans are unsound.
    """
    check_gold(gold)
    check_predicted(gold, predicted)
    spans, kind = [frozenset(found) for found in predicted], kind_of(gold)
    figures = FIGURES[kind]
    return Scores(
        by_label=_by_label(gold, spans),
        views={scheme: _view(gold, spans, scheme) for scheme in figures.schemes},
        per_example=tuple(
            Counts(len(found.intersection(e.labels)), len(found), len(e.labels) + len(e.lost))
            for e, found in zip(gold, spans, strict=True)
        ),
        documents=tuple(e.document for e in gold),
        kind=kind,
        confusion=mistakes(gold, predicted, keep=0).confusion if figures.by_class else {},
        calibration=calibration(gold, predicted) if figures.by_class else None,
    )


def score_examples(gold: Dataset, predicted: Dataset) -> Scores:
    """Score one labelled dataset by another: how good a teacher is, or a saved prediction file.

    Examples are matched by id where all of both have one and any agree, else by text. A failed or absent one counts
    as no labels, so all of its gold labels are missed; `Scores` says how many there were.

    Raises:
        DataError: as `score`, or equal ids with different texts, or no example in common.
    """
    found = pair(gold, predicted)
    scores = score(gold.examples, [example.labels if example else () for example in found])
    states = [example.state if example else "unlabelled" for example in found]
    read = [state in ("labels", "empty") for state in states]
    return replace(
        scores,
        failed=states.count("failed"),
        absent=states.count("unlabelled"),
        exact=tuple(right and answered for right, answered in zip(scores.exact, read, strict=True)),
    )


def evaluate(predictor: Predictor, dataset: Dataset, on_done: Callable[[int], None] = lambda count: None) -> Scores:
    """Let a student, or anything with its `predict`, label the texts and score what it gives.

    Args:
        on_done: called with the number of examples done since the last call.

    Raises:
        DataError: it is no student, but the folder of one; the dataset is none, holds nothing to score by, or labels of
            another kind.
    """
    if not isinstance(predictor, Predictor):
        raise DataError(f"a student was expected, got {str(predictor)[:80]!r}; give vermeil.load(FOLDER)")
    check_dataset(dataset, "what is scored by")
    kind = getattr(predictor, "kind", dataset.kind)
    if dataset.labels and (kind == "spans") != (dataset.kind == "spans"):
        raise DataError(
            f"{dataset.name or 'the dataset'} has labels of the kind {dataset.kind!r}, and the student gives labels of "
            f"the kind {kind!r}; score it by labels of that kind"
        )
    check_gold(dataset.examples)
    return score(dataset.examples, predictor.predict(dataset.examples, on_done))


def _by_label(gold: Sequence[Example], predicted: Sequence[frozenset[Span]]) -> dict[str, Counts]:
    right, given, true = Counter[str](), Counter[str](), Counter[str]()
    for example, found in zip(gold, predicted, strict=True):
        right.update(span.label for span in found.intersection(example.labels))
        given.update(span.label for span in found)
        true.update(span.label for span in example.labels)
        true.update(lost.label for lost in example.lost)
    return {label: Counts(right[label], given[label], true[label]) for label in sorted(true | given)}


def _view(gold: Sequence[Example], predicted: Sequence[Iterable[Span]], scheme: Scheme) -> Lenient:
    views = (
        view(e.labels, found, scheme) + Lenient(missed=len(e.lost)) for e, found in zip(gold, predicted, strict=True)
    )
    return reduce(add, views, Lenient())


def _calibration(values: Mapping[str, Any] | None) -> Calibration | None:
    if not values:
        return None
    return Calibration(tuple(Bin(**each) for each in values["bins"]), values["adaptive"], values["brier"])
