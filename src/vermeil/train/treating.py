"""Before the first step: the teacher is judged by gold, and the student told how to treat its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vermeil.data import GOLD, Dataset, Kind
from vermeil.errors import SettingsError
from vermeil.silver.overlap import check_overlap, labelled_by_both, outside
from vermeil.silver.reliability import counted
from vermeil.silver.settings import SilverSettings
from vermeil.silver.treatment import Treatment
from vermeil.silver.trust import trust
from vermeil.students.base import Student, TreatsSilver

_SILVER = "silver"


@dataclass(frozen=True)
class Treated:
    """The sets to learn from, how silver is treated, and what was estimated for that, as plain values."""

    gold: Dataset
    silver: Dataset
    treatment: Treatment | None = None
    estimated: Mapping[str, Any] | None = None


def treated(
    gold: Dataset,
    silver: Dataset,
    overlap: Dataset,
    labels: tuple[str, ...],
    settings: SilverSettings,
    kind: Kind = "spans",
) -> Treated:
    """How this silver is to be treated; nothing is changed where the settings say so, or where there is none.

    Where labels are judged, the silver of texts that gold has too serves for that alone and is not learnt from.

    Args:
        overlap: labels that the teacher gave to texts of gold, besides those in `silver`.

    Raises:
        SettingsError: labels of this kind cannot be treated so.
        DataError: errors are to be estimated, but the teacher labelled no text of gold.
    """
    if not settings.changes or not len(silver):
        return Treated(gold, silver)
    settings.check_for(kind)
    gold, silver = _of(gold, GOLD), _of(silver, _SILVER)
    if not settings.judges:
        return Treated(gold, silver, Treatment(settings, None), {})
    both = labelled_by_both(gold, Dataset((*silver, *(replace(each, id="") for each in overlap)), silver.name))
    if settings.errors:
        check_overlap(both, gold, silver)
    judge = trust(both, labels, errors=settings.errors, scores=settings.scores, kind=kind)
    estimated = {"texts": len(both), **judge.as_dict()}
    if both:
        estimated["errors"] = counted(both, labels).as_dict()
    return Treated(gold, outside(silver, gold), Treatment(settings, judge), estimated)


def tell(student: Student, treatment: Treatment | None, steps: int) -> None:
    """Let the student treat silver so from here on, in a run of so many steps.

    Raises:
        SettingsError: it cannot.
    """
    if isinstance(student, TreatsSilver):
        student.treat_silver(treatment.in_run_of(steps) if treatment else None)
    elif treatment:
        raise SettingsError(
            f"the student {type(student).__name__} takes silver as it is; leave the settings of silver out, "
            "or choose another student"
        )


def left_out(student: Student) -> Mapping[str, int]:
    """What of silver the student did not learn from, by reason."""
    return student.left_out if isinstance(student, TreatsSilver) else {}


def _of(examples: Dataset, source: str) -> Dataset:
    """With a source that says which of the two sets it is; a file of silver may not name its teacher."""
    if all((example.source == GOLD) == (source == GOLD) for example in examples):
        return examples
    changed = (e if (e.source == GOLD) == (source == GOLD) else replace(e, source=source) for e in examples)
    return replace(examples, examples=tuple(changed))
