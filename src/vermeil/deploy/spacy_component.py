"""`nlp.add_pipe("vermeil", config={"model": folder})`: a model's labels as `doc.ents` or `doc.cats` of spaCy.

A model of classes gives `doc.cats` each of them with how likely it is, as spaCy's own do. spaCy finds this file by the
entry point `spacy_factories`. Names are placed on spaCy's tokens by their characters; those that begin or end within a
token are counted, kept on `doc._.vermeil_unaligned`, and warned about once.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from spacy.language import Language
from spacy.tokens import Doc
from spacy.tokens import Span as Entity
from spacy.util import filter_spans

from vermeil import students
from vermeil.data import Example, Span
from vermeil.errors import OutputError, SettingsError
from vermeil.files import new_folder
from vermeil.students._card import read_card
from vermeil.students.base import Student, Weighs

Alignment = Literal["strict", "contract", "expand"]

_KEPT = "model"  # the folder inside of the one that spaCy gives the component

if not Doc.has_extension("vermeil_unaligned"):
    Doc.set_extension("vermeil_unaligned", default=())
if not Entity.has_extension("vermeil_score"):
    Entity.set_extension("vermeil_score", default=None)


@Language.factory(
    "vermeil",
    assigns=["doc.ents", "doc.cats", "doc._.vermeil_unaligned"],
    default_config={"model": "", "alignment": "strict", "overwrite": True},
)
def make(nlp: Language, name: str, model: str, alignment: str, overwrite: bool) -> VermeilEntities:
    """The component that spaCy asks for.

    Args:
        model: a folder, trained or exported, or ORG/NAME@REVISION on a model hub.
        alignment: of a name that begins or ends within a token: "strict" leaves it out, "contract" and "expand" take
            the tokens inside of it, or all that it touches.
        overwrite: whether entities that are there already give way; otherwise ours are added where there is room.
    """
    component = VermeilEntities(name, model, alignment, overwrite)
    # spacy.load makes a component only to call its from_disk: by then the first folder may be gone, or be another one.
    # Nothing but spaCy's own record of what was saved tells that from a user's add_pipe.
    if name not in nlp._meta.get("components", ()):
        component.look()
    return component


class VermeilEntities:
    """A student as a component of spaCy; made by `nlp.add_pipe("vermeil", ...)`.

    `labels` are those that it can give. `entity._.vermeil_score` is how sure the model is. `unaligned` counts the names
    that were not placed as they were found; a process that spaCy starts for `n_process` counts for itself.
    """

    def __init__(self, name: str, model: str, alignment: str = "strict", overwrite: bool = True) -> None:
        if not model:
            raise SettingsError('which model? nlp.add_pipe("vermeil", config={"model": "FOLDER"})')
        if alignment not in ("strict", "contract", "expand"):
            raise SettingsError(f"alignment is one of strict, contract, expand, got {alignment!r}")
        self.name, self.unaligned = name, 0
        self.labels: tuple[str, ...] = ()
        self._model, self._alignment, self._overwrite = model, alignment, overwrite
        self._loaded: tuple[int, Student] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without the loaded model, which another process loads for itself."""
        return {**vars(self), "_loaded": None}

    def look(self) -> None:
        """Find out which labels the model gives, without loading it.

        Raises:
            ModelError: there is none.
        """
        self.labels = read_card(students.find(self._model).folder).labels

    def __call__(self, doc: Doc) -> Doc:
        """Label one text."""
        return next(self._labelled([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Label a stream of texts, so many at once."""
        rest = iter(stream)
        while docs := list(islice(rest, batch_size)):
            yield from self._labelled(docs)

    def to_disk(self, path: Path | str, *, exclude: Sequence[str] = ()) -> None:
        """Take the model along: a saved pipeline needs nothing outside of its folder."""
        source, target = students.find(self._model).folder, Path(path) / _KEPT
        if source.resolve() == target.resolve():
            return
        if source.resolve() in target.resolve().parents:
            raise OutputError(f"{path}: lies within the model's own folder; save the pipeline elsewhere")
        with new_folder(target) as inside:
            for file in source.iterdir():
                if file.is_file() and not file.name.startswith("."):
                    shutil.copyfile(file, inside / file.name)

    def from_disk(self, path: Path | str, *, exclude: Sequence[str] = ()) -> VermeilEntities:
        """Use the model that was taken along; it is checked like every other one."""
        self._model, self._loaded = str(Path(path) / _KEPT), None
        self.labels = self._student().labels
        return self

    def _student(self) -> Student:
        """The model, loaded anew in each process: onnxruntime's threads don't come along into a forked one."""
        if self._loaded is None or self._loaded[0] != os.getpid():
            self._loaded = os.getpid(), students.load(self._model)
        return self._loaded[1]

    def _labelled(self, docs: Sequence[Doc]) -> Iterator[Doc]:
        examples = [Example(doc.text, source="") for doc in docs]
        student = self._student()
        if student.kind == "spans":
            for doc, spans in zip(docs, student.predict(examples), strict=True):
                self._place(doc, spans)
                yield doc
            return
        for doc, scores in zip(docs, _scores(student, examples), strict=True):
            doc.cats = scores if self._overwrite else {**doc.cats, **scores}
            yield doc

    def _place(self, doc: Doc, spans: Sequence[Span]) -> None:
        found, unaligned = [], []
        for span in spans:
            entity = doc.char_span(span.start, span.end, label=span.label, alignment_mode=self._alignment)
            score = None if span.score is None else float(span.score)
            if entity is None or (entity.start_char, entity.end_char) != (span.start, span.end):
                unaligned.append({"start": span.start, "end": span.end, "label": span.label, "score": score})
            if entity is not None:
                found.append((entity, score))
        earlier = [] if self._overwrite else list(doc.ents)
        taken = {number for entity in earlier for number in range(entity.start, entity.end)}
        free = [entity for entity, _ in found if taken.isdisjoint(range(entity.start, entity.end))]
        doc.ents = (*earlier, *filter_spans(free))
        scores = {(entity.start, entity.end, entity.label_): score for entity, score in found}
        for entity in doc.ents:
            if (score := scores.get((entity.start, entity.end, entity.label_))) is not None:
                entity._.vermeil_score = score
        doc._.vermeil_unaligned = unaligned  # plain values: spaCy sends documents from process to process
        self._report(doc, unaligned)

    def _report(self, doc: Doc, unaligned: Sequence[dict[str, Any]]) -> None:
        if unaligned and not self.unaligned:
            first = unaligned[0]
            text = doc.text[first["start"] : first["end"]]
            warnings.warn(
                f"{self.name}: {text!r} ({first['label']}) does not begin and end with spaCy's tokens; they are on "
                "doc._.vermeil_unaligned and counted by the component's `unaligned`",
                stacklevel=2,
            )
        self.unaligned += len(unaligned)


def _scores(student: Student, examples: Sequence[Example]) -> list[dict[str, float]]:
    """How likely each class is; of a student that can't tell, those that it gives, with their scores."""
    if isinstance(student, Weighs):
        return student.probabilities(examples)
    return [{each.label: float(each.score or 0.0) for each in classes} for classes in student.predict(examples)]
