"""How silver labels are treated while a student learns: options for every strategy, and sets of them by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from vermeil.data import Kind
from vermeil.errors import SettingsError, UnknownName
from vermeil.settings import Settings

Doubt = Literal["missed", "invented", "type", "boundary"]
"""How silver differs from what the student finds, if the student is right."""


_DOUBTS: Mapping[Kind, tuple[Doubt, ...]] = {
    "spans": get_args(Doubt),
    "class": ("type",),
    "classes": ("missed", "invented"),
}

_USES = {
    "mask": "leaves out what is rather wrong,",
    "weight": "lets each word count by how likely it is right,",
    "soft": "teaches how likely each tag is,",
    "correct": "corrects for what the teacher mistakes,",
}


class SilverSettings(Settings):
    """What is done with silver labels; by default they are taken as they are. Gold is never touched.

    Args:
        errors: judge labels by the teacher's errors on the gold texts that it labelled too.
        scores: judge them by confidence or votes, calibrated on those texts where there are any.
        use: what follows for a word that may be wrong. "mask" leaves it out where it is rather wrong than right;
            "weight" lets it count by how likely it is right; "soft" teaches how likely each tag is; "correct" lets
            the student be right where the teacher errs, by computing what the teacher would have said (`errors`
            alone).
        disagreement: leave words out where silver differs from what the student finds, if it differs in these ways.
        after: share of the run's steps before the student is asked.
        generalised: q of generalised cross-entropy, (1 - p**q) / q: 0 is cross-entropy, 1 counts every word alike
            however unlikely the student finds it.
        smoothing: part of each target that is shared out among all tags.
    """

    errors: bool = False
    scores: bool = False
    use: Literal["mask", "weight", "soft", "correct"] = "weight"
    disagreement: tuple[Doubt, ...] = Field(default=(), strict=False)  # `_by_name` has read the file's list already
    after: float = Field(default=0.3, ge=0, le=1)
    generalised: float = Field(default=0.0, ge=0, le=1)
    smoothing: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _check(self) -> SilverSettings:
        if self.use == "correct" and (self.scores or not self.errors):
            raise ValueError('use = "correct" goes by the errors alone; set errors = true and scores = false')
        if self.use != "weight" and not self.judges:
            raise ValueError(f"use = {self.use!r} follows from judging labels; set errors = true or scores = true")
        if self.after != type(self).model_fields["after"].default and not self.disagreement:
            raise ValueError("after says when disagreement is looked for, and none is; set disagreement")
        return self

    @property
    def judges(self) -> bool:
        """Whether labels are judged before anything is learnt."""
        return self.errors or self.scores

    @property
    def changes(self) -> bool:
        """Whether anything is done at all."""
        return bool(self.judges or self.disagreement or self.generalised or self.smoothing)

    def check_for(self, kind: Kind) -> None:
        """Refuse what cannot be done with labels of that kind.

        Raises:
            SettingsError: none of the differences that are looked for can be there.
        """
        if self.disagreement and not set(self.disagreement) & set(_DOUBTS[kind]):
            raise SettingsError(
                f"disagreement = {list(self.disagreement)} leaves nothing out: labels of the kind {kind!r} differ by "
                f"{' or '.join(_DOUBTS[kind])} alone; name that"
            )

    def __str__(self) -> str:
        said = [" and ".join(name for name in ("errors", "scores") if getattr(self, name))] if self.judges else []
        said = [f"{_USES[self.use]} by {judged}" for judged in said]
        said += [f"leaves out where the student finds it {', '.join(self.disagreement)}"] if self.disagreement else []
        said += [f"generalised cross-entropy, q {self.generalised:g}"] if self.generalised else []
        said += [f"smoothing {self.smoothing:g}"] if self.smoothing else []
        return "; ".join(said) or "as it is"


AS_IT_IS = SilverSettings()

TREATMENTS: Mapping[str, SilverSettings] = {
    "as-it-is": AS_IT_IS,
    "masked": SilverSettings(errors=True, use="mask"),
    "weighted": SilverSettings(errors=True, use="weight"),
    "soft": SilverSettings(errors=True, use="soft"),
    "corrected": SilverSettings(errors=True, use="correct"),
    "scored": SilverSettings(scores=True),
    "soft-scored": SilverSettings(scores=True, use="soft"),
    "doubted": SilverSettings(disagreement=("missed", "invented", "type", "boundary")),
    "generalised": SilverSettings(generalised=0.7),
    "smoothed": SilverSettings(smoothing=0.1),
    # the best on dev over both strategies that were measured, see docs/results/silver-options.md
    "trusted": SilverSettings(errors=True, use="weight"),
}


def treatment(name: str) -> SilverSettings:
    """The settings of that name.

    Raises:
        UnknownName: there are none; the message lists those there are.
    """
    if name not in TREATMENTS:
        raise UnknownName("treatment of silver", name, TREATMENTS)
    return TREATMENTS[name]


def _by_name(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds; what is no name is checked as a table
    name = value.get("treatment") if isinstance(value, Mapping) else value
    if not isinstance(name, str):
        return value
    changed = {key: own for key, own in value.items() if key != "treatment"} if isinstance(value, Mapping) else {}
    try:
        return treatment(name).model_dump() | changed if changed else treatment(name)
    except UnknownName as error:
        raise ValueError(str(error)) from None


def _all_by_name(value: Any) -> Any:  # noqa: ANN401 - as above
    return {name: name for name in value} if isinstance(value, list | tuple) else value


Silver = Annotated[SilverSettings, BeforeValidator(_by_name)]
"""A table of settings, the name of one in `TREATMENTS`, or `treatment`, such a name, with what is to be different."""

Treatments = Annotated[dict[str, Silver], BeforeValidator(_all_by_name)]
"""Several to be compared: a table of them by name, or just names."""
