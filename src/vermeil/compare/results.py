"""The results folder: a cell is written once it is done, and read back only if nothing it depends on has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vermeil import formats
from vermeil.compare.cells import Cell, Result
from vermeil.compare.comparison import Comparison, Row
from vermeil.data import Dataset
from vermeil.errors import DataError
from vermeil.evaluate.score import Scores
from vermeil.files import read_text, write_text
from vermeil.train.trainer import Run


class Results:
    """A folder of cells.

    comparison.json · test.jsonl · cells/NAME.json · cells/NAME.predictions.jsonl · model/ (the best on dev)
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @property
    def models(self) -> Path:
        """Where cells put their models until the best one is known."""
        return self.folder / "cells" / "models"

    def write_start(
        self, made: Mapping[str, Any], cells: Iterable[Cell], fingerprints: Mapping[str, str], test: Dataset
    ) -> None:
        """What is going to be run, with fingerprints; an interrupted comparison can be read as far as it went."""
        rows: dict[str, dict[str, str]] = {}
        for cell in cells:
            rows.setdefault(cell.strategy, {})[cell.name] = fingerprints[cell.name]
        formats.write(test, self.folder / "test.jsonl")
        write_text(self.folder / "comparison.json", _json({"made": made, "cells": rows, "test": test.name}))

    def write(self, cell: Cell, fingerprint: str, test: Dataset, result: Result) -> None:
        """Keep a finished cell: predictions first, so that a cell's JSON says that both are whole."""
        predicted = [
            replace(example, labels=spans, source=f"student {cell.name}", lost=())
            for example, spans in zip(test, result.predictions, strict=True)
        ]
        formats.write(Dataset(tuple(predicted)), self._predictions(cell.name))
        values = {
            "fingerprint": fingerprint,
            "strategy": result.strategy,
            "seed": result.seed,
            "seconds": result.seconds,
            "scores": result.scores.as_dict(),
            "dev": result.dev.as_dict() if result.dev else None,
            "run": result.run.as_dict(),
        }
        write_text(self._cell(cell.name), json.dumps(values))

    def read(self, name: str, fingerprint: str) -> Result | None:
        """A cell that is done already, or None if there is none or it was made of something else."""
        if not self._cell(name).exists():
            return None
        values = _read_json(self._cell(name))
        return self._result(values, name) if values.get("fingerprint") == fingerprint else None

    def keep_model(self, name: str) -> Path:
        """Make the model of that cell the folder's `model/`, and drop those of the other cells."""
        target = self.folder / "model"
        chosen = self.models / name
        if chosen.exists():
            shutil.rmtree(target, ignore_errors=True)
            chosen.rename(target)
        shutil.rmtree(self.models, ignore_errors=True)
        return target

    def comparison(self) -> Comparison:
        """All finished cells of the folder.

        Raises:
            DataError: it is no results folder, or no cell is finished yet.
        """
        start = self.folder / "comparison.json"
        if not start.exists():
            raise DataError(
                f"{self.folder} is no results folder: it has no comparison.json; make one with vermeil compare"
            )
        values = _read_json(start)
        rows = []
        for strategy, cells in values["cells"].items():
            results = (self.read(name, fingerprint) for name, fingerprint in cells.items())
            if done := tuple(result for result in results if result):
                rows.append(Row(strategy, done))
        if not rows:
            raise DataError(f"{self.folder} has no finished cell yet; run the same vermeil compare again to go on")
        test = replace(formats.read(self.folder / "test.jsonl"), name=values["test"])
        return Comparison(tuple(rows), test, values["made"])

    def _result(self, values: Mapping[str, Any], name: str) -> Result:
        return Result(
            strategy=values["strategy"],
            seed=values["seed"],
            scores=Scores.from_dict(values["scores"]),
            dev=Scores.from_dict(values["dev"]) if values["dev"] else None,
            run=Run.from_dict(values["run"]),
            seconds=values["seconds"],
            predictions=tuple(example.labels for example in formats.read(self._predictions(name))),
        )

    def _cell(self, name: str) -> Path:
        return self.folder / "cells" / f"{name}.json"

    def _predictions(self, name: str) -> Path:
        return self.folder / "cells" / f"{name}.predictions.jsonl"


def read_comparison(folder: Path | str) -> Comparison:
    """What `vermeil compare` left in a folder, finished or not.

    Raises:
        DataError: it is no results folder, or no cell is finished yet.
    """
    return Results(folder).comparison()


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
