"""Which figures say something about labels of a kind: the one place that knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vermeil.data import Kind
from vermeil.errors import UnknownName
from vermeil.evaluate.counts import SCHEMES, Scheme
from vermeil.evaluate.mistakes import KINDS
from vermeil.evaluate.mistakes import Kind as Mistake

Measure = Literal["precision", "recall", "f1", "accuracy"]
"""What intervals and paired tests are made of: micro precision, recall and F1, and the part of texts all right."""


@dataclass(frozen=True)
class Figures:
    """What is said of labels of one kind.

    Figures are named by where `vermeil.evaluate.score.Scores` has them: "macro_f1", "calibration.error".

    Args:
        measure: what rows of a comparison are compared and chosen by; JSON and CSV call it so.
        choices: figures that can be chosen by in its place, by name; the first is `measure` itself.
        name: how tables call it; `axis` how axes do; `rule` what it is, in a sentence.
        beside: further columns of a comparison, by heading.
        summary: what stands beneath a table by label, by name.
        mistakes: the kinds of mistakes that can be made, with their names.
        schemes: lenient views of the same predictions.
        by_class: whether each text is sorted whole, so that confusion and calibration can be shown.
    """

    measure: Measure
    name: str
    axis: str
    rule: str
    beside: Mapping[str, str]
    summary: Mapping[str, str]
    mistakes: Mapping[Mistake, str]
    choices: Mapping[str, str]
    schemes: tuple[Scheme, ...] = ()
    by_class: bool = False

    @property
    def title(self) -> str:
        """The name at the beginning of a heading."""
        return f"{self.name[:1].upper()}{self.name[1:]}"

    def choice(self, name: str) -> str:
        """The one spelling of a figure to choose by; empty for `measure`, which needs no saying.

        Raises:
            UnknownName: nothing can be chosen by that.
        """
        known, place = self.chosen(name)
        return "" if place == self.measure else known

    def chosen(self, name: str = "") -> tuple[str, str]:
        """Name and place of a figure to choose by, such as "macro F1" (also "macro-f1"); by default, `measure`.

        Raises:
            UnknownName: nothing can be chosen by that.
        """
        wanted = name.replace("-", " ").replace("_", " ").casefold() or self.name.casefold()
        for known, place in self.choices.items():
            if known.casefold() == wanted:
                return known, place
        raise UnknownName("figure to choose by", name, self.choices)


_SORTING: Mapping[Mistake, str] = {"type": "confused", "missed": "missed", "invented": "invented"}
_CALIBRATION = "calibration.error"

FIGURES: Mapping[Kind, Figures] = {
    "spans": Figures(
        measure="f1",
        name="F1",
        axis="strict F1",
        rule="F1 is strict: a label counts as right when its start, end and name are.",
        beside={"precision": "precision", "recall": "recall"},
        summary={"macro F1": "macro_f1", "partial F1": "partial.f1", "type-only F1": "type_only.f1"},
        mistakes={kind: kind for kind in KINDS if kind != "right"},
        choices={"F1": "f1", "macro F1": "macro_f1"},
        schemes=SCHEMES,
    ),
    "class": Figures(
        measure="accuracy",
        name="accuracy",
        axis="accuracy",
        rule="Accuracy is the part of the texts with the right class; where each text was given one, it is micro F1.",
        beside={"macro F1": "macro_f1", "calibration error": _CALIBRATION},
        summary={"accuracy": "accuracy", "macro F1": "macro_f1"},
        mistakes=_SORTING,
        choices={"accuracy": "accuracy", "macro F1": "macro_f1"},
        by_class=True,
    ),
    "classes": Figures(
        measure="f1",
        name="micro F1",
        axis="micro F1",
        rule="Micro F1 counts the classes of all texts alike; an exact match has all classes of its text and no other.",
        beside={
            "precision": "precision",
            "recall": "recall",
            "macro F1": "macro_f1",
            "exact match": "accuracy",
            "calibration error": _CALIBRATION,
        },
        summary={"exact match": "accuracy", "macro F1": "macro_f1"},
        mistakes=_SORTING,
        choices={"micro F1": "f1", "macro F1": "macro_f1", "exact match": "accuracy"},
        by_class=True,
    ),
}
