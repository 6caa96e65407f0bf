"""The results folder: a cell is written once it is done, and found again by the fingerprint of what made it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from vermeil import formats
from vermeil.compare.cells import Cell, Result
from vermeil.compare.comparison import Comparison
from vermeil.compare.conditions import Condition
from vermeil.compare.rows import Row
from vermeil.data import Dataset, Kind, Span
from vermeil.errors import DataError, OutputError
from vermeil.evaluate.score import Scores
from vermeil.files import lines, read_text, write_text
from vermeil.formats.class_rows import classes_in
from vermeil.formats.span_rows import span_of
from vermeil.lock import held
from vermeil.train.run import Run

_SHORT = 16  # characters of a fingerprint in a file's name: 64 bits


_WRITTEN = ("test.jsonl", "model", "vermeil.json", "pick.json", "report.html", "report.md", "results.csv", "figures")
"""What a folder may have of somebody else: what a comparison and its report write, and the card of a model."""


class Results:
    """A folder of cells.

    comparison.json · test.jsonl · cells/NAME.FINGERPRINT.json and .predictions.jsonl · model/ (the best on dev)

    Cells are kept whatever the next comparison asks for: one that comes back to them finds them again.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.cells = self.folder / "cells"
        self._paths: dict[str, Path] = {}
        self._read: dict[str, Result] = {}  # by fingerprint: a grid asks what is there, and asks again for its rows

    @property
    def models(self) -> Path:
        """Where cells put their models until the best one is known."""
        return self.cells / "models"

    @property
    def picked(self) -> Path:
        """How the winner of a pick was found; none after a comparison that picked nothing."""
        return self.folder / "pick.json"

    @property
    def unfinished(self) -> Path:
        """Where cells under way keep their checkpoints."""
        return self.cells / "unfinished"

    def held(self) -> AbstractContextManager[None]:
        """Keep other comparisons out: each would take the other's list of rows for its own, and drop its models.

        Raises:
            OutputError: another one is at work there, or the folder cannot be written.
        """
        where = self.folder
        return held(where, f"another comparison is at work in {where}; wait for it, or choose another folder")

    def check_own(self) -> None:
        """Refuse a folder in which a comparison would write over what is not its own.

        Raises:
            OutputError: there are such files.
        """
        theirs = [name for name in _WRITTEN if (self.folder / name).exists()]
        if theirs and not (self.folder / "comparison.json").exists():
            raise OutputError(
                f"{self.folder} has {', '.join(theirs)}, but no comparison.json: a comparison would write over what is "
                "not its own; name another folder"
            )

    def drop_unfinished(self, fingerprint: str | None = None) -> None:
        """Delete the checkpoints of that cell; of all, those that only an earlier comparison asked for among them."""
        shutil.rmtree(self.unfinished / (fingerprint or ""), ignore_errors=True)

    def write_start(self, made: Mapping[str, Any], cells: Iterable[tuple[Cell, str]], test: Dataset) -> None:
        """What is going to be run, with fingerprints; an interrupted comparison can be read as far as it went."""
        rows: dict[Condition, list[str]] = {}
        for cell, fingerprint in cells:
            rows.setdefault(cell.condition, []).append(fingerprint)
        plain = [{"condition": condition.as_dict(), "cells": prints} for condition, prints in rows.items()]
        self.picked.unlink(missing_ok=True)  # it speaks of another comparison's model
        write_text(self.folder / "comparison.json", _json({"made": made, "rows": plain, "test": test.name}))
        formats.write(test, self.folder / "test.jsonl")

    def write(self, cell: Cell, fingerprint: str, test: Dataset, result: Result) -> None:
        """Keep a finished cell: predictions first, so that a cell's JSON says that both are whole."""
        predicted = [
            replace(example, labels=spans, source=f"student {cell.name}", lost=())
            for example, spans in zip(test, result.predictions, strict=True)
        ]
        path = self._path(fingerprint) or self.cells / f"{cell.slug}.{fingerprint[:_SHORT]}.json"
        formats.write(Dataset(tuple(predicted)), _predictions(path))
        values = {
            "fingerprint": fingerprint,
            "condition": result.condition.as_dict(),
            "seed": result.seed,
            "seconds": result.seconds,
            "gold": result.gold,
            "silver": result.silver,
            "scores": result.scores.as_dict(),
            "dev": result.dev.as_dict() if result.dev else None,
            "others": {name: scores.as_dict() for name, scores in result.others.items()},
            "run": result.run.as_dict(),
        }
        write_text(path, json.dumps(values))
        self._paths[fingerprint[:_SHORT]] = path
        self._read.pop(fingerprint, None)

    def read(self, condition: Condition, fingerprint: str) -> Result | None:
        """A cell that is done already, as one of this condition; None if there is none."""
        path = self._path(fingerprint)
        if path is None or not path.exists():
            return None
        if fingerprint not in self._read:
            values = _read_json(path)
            if values.get("fingerprint") != fingerprint:
                return None
            self._read[fingerprint] = _result(condition, values, path)
        return replace(self._read[fingerprint], condition=condition)

    def _path(self, fingerprint: str) -> Path | None:
        """Where that cell was written; it may bear the name of another condition that comes to the same."""
        if not self._paths and self.cells.exists():
            self._paths = {path.name.split(".")[-2]: path for path in self.cells.glob("*.json")}
        return self._paths.get(fingerprint[:_SHORT])

    def has_model(self, fingerprint: str) -> bool:
        """Whether that cell's model is the folder's, or among those that wait for the best one to be known."""
        kept = self.folder / "model.json"
        is_kept = kept.exists() and _read_json(kept).get("cell") == fingerprint and (self.folder / "model").exists()
        return is_kept or (self.models / fingerprint).exists()

    def drop_models(self, fingerprints: Iterable[str]) -> None:
        """Delete the models of these cells: a model can be a thousand times as large as its scores."""
        for fingerprint in fingerprints:
            shutil.rmtree(self.models / fingerprint, ignore_errors=True)

    def keep_model(self, fingerprint: str) -> Path:
        """Make the model of that cell the folder's `model/`, and drop those of the other cells."""
        target, chosen = self.folder / "model", self.models / fingerprint
        if chosen.exists():
            (self.folder / "model.json").unlink(missing_ok=True)  # so that it never speaks of another model
            shutil.rmtree(target, ignore_errors=True)
            chosen.rename(target)
            write_text(self.folder / "model.json", _json({"cell": fingerprint}))
        shutil.rmtree(self.models, ignore_errors=True)
        return target

    def comparison(self) -> Comparison:
        """All finished cells of the comparison that was asked for last.

        Raises:
            DataError: it is no results folder, or no cell is finished yet.
        """
        start = self.folder / "comparison.json"
        if not start.exists():
            raise DataError(
                f"{self.folder} is no results folder: it has no comparison.json; make one with vermeil compare"
            )
        values = _read_json(start)
        choose_by = values.get("made", {}).get("settings", {}).get("train", {}).get("choose_by", "")
        if "rows" not in values:
            raise DataError(f"{start} was written by an earlier version; run the same vermeil compare again")
        rows = []
        for row in values["rows"]:
            condition = Condition(**row["condition"])
            results = (self.read(condition, fingerprint) for fingerprint in row["cells"])
            if done := tuple(result for result in results if result):
                rows.append(Row(condition, done, choose_by))
        if not rows:
            raise DataError(f"{self.folder} has no finished cell yet; run the same vermeil compare again to go on")
        test = replace(formats.read(self.folder / "test.jsonl"), name=values["test"])
        return Comparison(tuple(rows), test, values["made"])


def read_comparison(folder: Path | str) -> Comparison:
    """What `vermeil compare` left in a folder, finished or not.

    Raises:
        DataError: it is no results folder, or no cell is finished yet.
    """
    return Results(folder).comparison()


def _result(condition: Condition, values: Mapping[str, Any], path: Path) -> Result:
    scores = Scores.from_dict(values["scores"])
    predictions = tuple(_labels(_predictions(path), scores.kind))
    if len(predictions) != len(scores.per_example):
        raise DataError(
            f"{_predictions(path)} has {len(predictions):,} rows of predictions where {len(scores.per_example):,} were "
            "scored; delete the file, and its cell's, and run again"
        )
    return Result(
        condition=condition,
        seed=values["seed"],
        scores=scores,
        dev=Scores.from_dict(values["dev"]) if values["dev"] else None,
        run=Run.from_dict(values["run"]),
        seconds=values["seconds"],
        predictions=predictions,
        others={name: Scores.from_dict(scores) for name, scores in values["others"].items()},
        gold=values["gold"],
        silver=values["silver"],
    )


def _predictions(cell: Path) -> Path:
    return cell.with_name(cell.name.removesuffix(".json") + ".predictions.jsonl")


def _labels(path: Path, kind: Kind) -> Iterator[tuple[Span, ...]]:
    """Of each row the labels alone: their texts, which take most of the time, are those of the test set."""
    for number, line in lines(path):
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
            if kind == "spans":
                yield tuple(span_of(entry, row["text"], where, None) for entry in row["spans"])
            else:
                yield tuple(classes_in(row, row["text"], where, None, kind))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise DataError(
                f"{where}: not a row of predictions; delete the file, and its cell's, and run again"
            ) from None


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is no valid JSON ({error}); delete it and run the comparison again") from None
    if not isinstance(values, dict):
        raise DataError(f"{path} should hold a JSON object, got a {type(values).__name__}; delete it and run again")
    return values
