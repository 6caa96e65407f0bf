"""What is sent to a server and what comes back; OpenAPI is made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from vermeil.data import Kind, Span
from vermeil.errors import SettingsError
from vermeil.settings import Settings, explain


class Asked(Settings):
    """One text, or several; give one of the two keys."""

    text: str | None = Field(default=None, examples=["Alice flew to Lima."])
    texts: tuple[str, ...] | None = Field(default=None, examples=[["Alice flew to Lima.", "Nobody was there."]])

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError('either "text" or "texts" was expected')
        return self

    @classmethod
    def read(cls, body: bytes) -> Sequence[str]:
        """The texts of a request.

        Raises:
            SettingsError: the body is not what it should be, in one line.
        """
        try:
            asked = cls.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            if first["type"] == "json_invalid":
                raise SettingsError(f"the request is no JSON that can be read: {first['ctx']['error']}") from None
            raise explain(error, cls, "the request") from None
        return [asked.text] if asked.text is not None else asked.texts or ()


class Name(BaseModel):
    """A name that was found: `text[start:end]`, counted in Unicode code points."""

    start: int
    end: int = Field(description="The first character after it.")
    label: str
    score: float | None = Field(description="How sure the model is, in [0, 1].")
    text: str = Field(description="The name itself.")


class Labelled(BaseModel):
    """What was found in one text."""

    spans: list[Name]


class Reply(BaseModel):
    """One result for each text, in their order."""

    results: list[Labelled]

    @classmethod
    def of(cls, texts: Sequence[str], found: Sequence[Sequence[Span]]) -> Self:
        """The reply for texts and their spans."""
        return cls(
            results=[
                Labelled(
                    spans=[
                        Name(start=s.start, end=s.end, label=s.label, score=s.score, text=text[s.start : s.end])
                        for s in spans
                    ]
                )
                for text, spans in zip(texts, found, strict=True)
            ]
        )


class Class(BaseModel):
    """A class that a text is in."""

    label: str
    score: float | None = Field(description="How sure the model is, in [0, 1].")


class Sorted(BaseModel):
    """The classes of one text: one, or any number, as the model is made; a blank text has none."""

    classes: list[Class]


class SortedReply(BaseModel):
    """One result for each text, in their order."""

    results: list[Sorted]

    @classmethod
    def of(cls, texts: Sequence[str], found: Sequence[Sequence[Span]]) -> Self:
        """The reply for texts and their classes, the likeliest first."""
        ranked = (sorted(classes, key=lambda span: -(span.score or 0.0)) for classes in found)
        return cls(
            results=[Sorted(classes=[Class(label=s.label, score=s.score) for s in classes]) for classes in ranked]
        )


REPLIES: Mapping[Kind, type[Reply | SortedReply]] = {"spans": Reply, "class": SortedReply, "classes": SortedReply}
"""What comes back, by the kind of labels that the model gives."""


class Most(BaseModel):
    """The limits of a request."""

    texts: int
    longest: int = Field(description="Characters of a text.")
    body: int = Field(description="Bytes.")


class Health(BaseModel):
    """Whether the server labels, with which model, and how much it takes at once."""

    status: str = Field(examples=["ok"])
    model: str
    labels: list[str]
    kind: Kind = Field(description="What its labels are: spans, one class of a text, or any number of classes.")
    version: str
    most: Most


class Problem(BaseModel):
    """Why there is no answer: what came, what was expected, what to do, in one line."""

    error: str
