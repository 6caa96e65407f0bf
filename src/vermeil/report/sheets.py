"""The numbers behind the tables and figures, in full, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from math import isinf

from vermeil.compare import Condition, Contrast
from vermeil.evaluate.calibration import BINS
from vermeil.evaluate.significance import Interval
from vermeil.report.content import Content, on_dev, steps_by
from vermeil.report.lines import Line
from vermeil.report.text import visible

Value = str | int | float | None

_HEADS = {"other": "beside", "p_swap": "p_texts", "p_swap_corrected": "p_texts_corrected"}
"""Of contrasts, what tables call otherwise than JSON."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[Value]]) -> str:
    """CSV with a header; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue()


def results(content: Content) -> str:
    """One row per row of the comparison: the table with all digits."""
    return _records(_row(line, content) for line in content.lines)


def sheets(content: Content) -> dict[str, str]:
    """CSV by the name of the figure or table that it belongs to; those without a row are left out."""
    curves, by = [(line, content.curves[line.name]) for line in content.lines], content.figures.measure
    rounds = content.comparison.made.get("pick", {}).get("rounds", [])
    made = {
        by: _records(
            _at(line) | {"seed": seed, by: score} for line in content.lines for seed, score in line.by_seed.items()
        ),
        "learning": _records(_learning(content)),
        "worth": _records(_worth(line) for line in content.lines if line.worth),
        "tests": _records(_tests(content)),
        "costs": _records(_costs(line, content) for line in content.lines if line.cost is not None),
        "share": _records(
            {"row": line.name, "progress": _curved(at), "planned": _curved(planned), "drawn": _curved(drawn)}
            for line, c in curves
            for at, planned, drawn in zip(c.progress, c.planned, c.drawn, strict=True)
        ),
        "loss": _records(
            {"row": line.name, "progress": _curved(at), "loss": _curved(loss)}
            for line, c in curves
            for at, loss in zip(c.progress, c.loss, strict=True)
        ),
        "labels": _records(_labels(content)),
        "mistakes": _records(
            _at(line) | {"kind": content.figures.mistakes[kind], "mean_count": count}
            for line in content.lines
            for kind, count in content.wrong[line.name].items()
        ),
        "confusion": _records(_confusion(content)),
        "calibration": _records(_calibration(content)),
        "contrasts": _records(map(_contrast, content.comparison.contrasts)),
        "rounds": _records(
            {"round": one["number"], "steps": steps_by(one)[name], "row": name, _dev(content): score}
            for one in rounds
            for name, score in on_dev(one).items()
        ),
    }
    return {name: text for name, text in made.items() if text}


def _records(rows: Iterable[Mapping[str, Value]]) -> str:
    every = list(rows)
    return csv_text(every[0], (row.values() for row in every)) if every else ""


def _at(line: Line) -> dict[str, Value]:
    return {"row": line.name, **_axes(line.condition)}


def _axes(condition: Condition) -> dict[str, Value]:
    return {axis: value or "" for axis, value in condition.as_dict().items()}


def _dev(content: Content) -> str:
    return f"dev_{content.comparison.chosen_by[1]}"


def _row(line: Line, content: Content) -> dict[str, Value]:
    gap, found, by = line.against, line.contrast, content.figures.measure
    return _at(line) | {
        "best_on_dev": _yes(line.best),
        **{name.replace(".", "_"): line.beside[name] for name in content.figures.beside.values()},
        **_bounded(by, line.score),
        f"{by}_spread": line.spread,
        _dev(content): line.dev_score,
        "gain": gap.value if gap else None,
        "gain_low": gap.low if gap else None,
        "gain_high": gap.high if gap else None,
        "gain_p": gap.p if gap else None,
        "gain_p_corrected": found.p if found else None,
        "gain_p_texts_corrected": found.p_texts if found else None,
        **{f"{by}_by_{name}": score.value for name, score in line.others.items()},
        "gold_multiplier": line.worth.value if line.worth else None,
        "gold_multiplier_is_a_bound": _yes(line.worth.beyond or line.worth.below) if line.worth else None,
        "cost": line.cost,
        "gold_sentences": line.gold,
        "silver_sentences": line.silver,
        "mean_share": line.share,
        "steps": line.steps,
        "seconds": line.seconds,
        "seeds": " ".join(map(str, line.by_seed)),
    }


def _yes(true: object) -> str:
    return "yes" if true else "no"


def _bounded(by: str, score: Interval) -> dict[str, Value]:
    return {by: score.value, f"{by}_low": score.low, f"{by}_high": score.high}


def _learning(content: Content) -> Iterator[dict[str, Value]]:
    for curve in content.comparison.curves:
        for size, score in curve.points:
            axes = {**_axes(curve.condition), "gold": size}
            yield {"curve": curve.name, **axes, **_bounded(content.figures.measure, score)}


def _worth(line: Line) -> dict[str, Value]:
    found = line.worth
    assert found
    sizes = {"needed": found.needed, "needed_low": found.low, "needed_high": found.high}
    return _at(line) | {
        "gold_used": found.used,
        **{name: "beyond the curve" if isinf(size) else size or "below the curve" for name, size in sizes.items()},
        "multiplier": found.value,
        "curve_from": found.smallest,
        "curve_to": found.largest,
    }


def _tests(content: Content) -> Iterator[dict[str, Value]]:
    for line in content.lines:
        noise = line.contrast.noise if line.contrast else None
        for name in ("", *line.others) if line.others else ():
            score = line.others[name] if name else line.score
            gain = noise.by_labels.get(name) if noise else None  # None of other texts
            yield _at(line) | {"labels": name, **_bounded(content.figures.measure, score), "gain": gain}


def _costs(line: Line, content: Content) -> dict[str, Value]:
    amounts: dict[str, Value] = {"gold_sentences": line.gold, "silver_answers": line.answers, "cost": line.cost}
    return _at(line) | amounts | _bounded(content.figures.measure, line.score) | {_dev(content): line.dev_score}


def _labels(content: Content) -> Iterator[dict[str, Value]]:
    for line in content.lines:
        for label, support in content.support.items():
            if found := content.by_label[line.name].get(label):
                scores = {"precision": found.precision, "recall": found.recall, "f1": found.f1}
                yield _at(line) | {"label": label, **scores, "support": support}


def _contrast(contrast: Contrast) -> dict[str, Value]:
    return {_HEADS.get(name, name): value for name, value in contrast.as_dict().items()}


def _confusion(content: Content) -> Iterator[dict[str, Value]]:
    for line in content.lines:
        for (gold, given), count in content.confusion.get(line.name, {}).items():
            yield _at(line) | {"gold": gold, "predicted": given, "mean_count": count}


def _calibration(content: Content) -> Iterator[dict[str, Value]]:
    for line in content.lines:
        for at, found in enumerate(content.calibration.get(line.name, ())):
            edges: dict[str, Value] = {"score_from": at / BINS, "score_to": (at + 1) / BINS, "count": found.count}
            means = (found.confidence, found.accuracy) if found.count else (None, None)
            yield _at(line) | edges | {"mean_score": means[0], "right": means[1]}


def _curved(value: float) -> float:
    """A point of a curve, to four digits: a grid has thousands of them."""
    return float(f"{value:.4g}")


def _harmless(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return f"'{visible(value)}" if value.startswith(_FORMULA) else visible(value)
