"""Files in, one labelled file out: in the order of the input, never all in memory, resumed after a stop."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from vermeil import __version__, formats, students
from vermeil.data import Example
from vermeil.deploy.predictor import OnDone, predict_stream
from vermeil.deploy.sources import open_sources
from vermeil.deploy.unfinished import unfinished
from vermeil.errors import OutputError, SettingsError, UnknownName
from vermeil.files import replacing, sha256_of
from vermeil.formats import Unwritten
from vermeil.formats.sniff import Format, check_holds, labelled_format_of, written_name

Shape = Literal["spans", "pipeline"]


@dataclass(frozen=True)
class Labelled:
    """What became of the texts: how many there are, how many a run before this had labelled, what is not written."""

    texts: int
    before: int
    unwritten: Unwritten


def predict_files(
    model: Path | str,
    paths: Sequence[Path | str],
    out: Path | str = "-",
    *,
    column: str = "text",
    format: str | None = None,
    input_format: str | None = None,
    shape: str = "spans",
    limit: int | None = None,
    on_texts: Callable[[int], None] = lambda count: None,
    on_done: OnDone = lambda count: None,
) -> Labelled:
    """Label the texts of files, folders and standard input (`-`), and write them in their order.

    Until all are labelled, the rows lie in a hidden file beside `out`. Stopped in whatever way, the same call goes on
    where that file ends, as long as the model is the same; standard output (`-`) is written as the labels come.

    Args:
        model: a folder, trained or exported, or ORG/NAME@REVISION on a model hub.
        column: of JSON and Parquet rows, the one that holds the text.
        format: of what is written; by default the end of its name decides.
        input_format: of the texts; by default it is seen from name and content of each file.
        shape: "spans", vermeil's own rows; or "pipeline", for each text a line as transformers' pipeline gives it: the
            list of entities, whose `word` here is the text itself; the class, or null for a blank text; or the list of
            classes, the likeliest first.
        limit: no more than so many texts.
        on_texts: called with the number of texts, before the first is labelled.

    Raises:
        ModelError: the folder is not a model that can be loaded safely.
        DataError: a file is not what it should be, or `out` cannot hold such labels; nothing is labelled then.
        OutputError: the file cannot be written, or another run is writing it.
    """
    if Path(out).is_dir():  # said before hours of work
        raise OutputError(f"{out} was not written: this is a folder; name a file in it")
    format = _format(out, format, shape)
    place = students.find(model)
    student = students.load(place.folder)
    check_holds(format, student.kind, written_name(out))
    write = partial(_write, out=out, format=format, shape=shape)
    texts = open_sources(paths, column=column, format=input_format, limit=limit, without=out)
    on_texts(len(texts))
    source = f"student {place.name}"
    target = Path(os.path.realpath(out))
    if str(out) == "-" or (target.exists() and not target.is_file()):
        return Labelled(len(texts), 0, write(predict_stream(student, texts, on_done, source=source)))
    with unfinished(target, _fingerprint(place)) as rows:
        before, rest = rows.go_on(iter(texts))
        on_done(before)
        for labelled in predict_stream(student, rest, on_done, source=source):
            rows.add(labelled)
        lost = write(rows.examples())
        rows.remove()
    return Labelled(len(texts), before, lost)


def pipeline_result(example: Example) -> Any:  # noqa: ANN401 (JSON)
    """What transformers' pipeline gives: the entities; a class (None where there is none); classes, likeliest first."""
    if example.kind == "spans":
        return pipeline_entities(example)
    ranked = sorted(example.labels, key=lambda span: -(span.score or 0.0))
    classes = [{"label": span.label, "score": span.score} for span in ranked]
    return classes if example.kind == "classes" else next(iter(classes), None)


def pipeline_entities(example: Example) -> list[dict[str, Any]]:
    """The spans as the dictionaries that transformers' token-classification pipeline gives."""
    return [
        {
            "entity_group": span.label,
            "score": span.score,
            "word": example.text[span.start : span.end],
            "start": span.start,
            "end": span.end,
        }
        for span in example.labels
    ]


def _format(out: Path | str, format: str | None, shape: str) -> Format:
    """The format to write; a wrong name of one is found before any text is labelled."""
    if shape not in get_args(Shape):
        raise UnknownName("shape", shape, get_args(Shape))
    found = labelled_format_of(out, "jsonl" if str(out) == "-" and format is None else format)
    if shape == "pipeline" and found != "jsonl":
        raise SettingsError(f"the shape 'pipeline' is written as jsonl, not as {found}; leave one of the two out")
    return found


def _write(examples: Iterable[Example], out: Path | str, format: Format, shape: str) -> Unwritten:
    if shape == "spans":
        return formats.write(examples, out, format=format)
    with replacing(out) as stream:
        for example in examples:
            stream.write(json.dumps(pipeline_result(example), ensure_ascii=False) + "\n")
    return Unwritten()


def _fingerprint(model: students.Place) -> str:
    """Of everything that decides which labels a text gets: cards (.md) and hidden files don't."""
    digest = hashlib.sha256(f"{__version__} {model.name}".encode())
    for path in sorted(model.folder.iterdir()):
        if path.is_file() and path.suffix != ".md" and not path.name.startswith("."):
            digest.update(f"{path.name} {sha256_of(path)}\n".encode())
    return digest.hexdigest()[:16]
