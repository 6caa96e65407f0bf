"""`README.md` of an exported folder: what the model is, what made it, how good it is, how to use it."""

from __future__ import annotations

import json
import platform
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from vermeil.data import Dataset
from vermeil.deploy.card_scores import figures_beside, metrics_of, model_index, score_rows
from vermeil.deploy.published import without_places
from vermeil.errors import SettingsError
from vermeil.evaluate.figures import FIGURES
from vermeil.evaluate.score import Scores
from vermeil.provenance import cores
from vermeil.silver.settings import SilverSettings
from vermeil.students._card import Card
from vermeil.students.transformer.heads import head_for

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT = 60, 5  # of the plot of shares, in characters
_LONGEST = 60  # characters of an example
_NO_RECORD = {"examples": {}, "labels": 0}


@dataclass(frozen=True)
class CardFacts:
    """All that the card is made from.

    Args:
        run: the training run's record, empty where there is none.
        gold: human labels to take examples from.
        scored: by the name of the data, the scores and the texts a second.
        export: `Export.as_dict()`.
        sizes: bytes by name of file.
        window: pieces that the network sees at once.
    """

    card: Card
    run: Mapping[str, Any]
    gold: Dataset | None
    scored: Mapping[str, tuple[Scores, float]]
    export: Mapping[str, Any]
    sizes: Mapping[str, int]
    window: int


def model_card(facts: CardFacts) -> str:
    """Markdown with the front matter that model hubs read. Texts of users are shown as code, and are never markup."""
    environment = Environment(
        loader=PackageLoader("vermeil.deploy", ""),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": code, "yaml": yaml}
    values = _values(facts)
    return environment.get_template(f"{values['task']}.md.jinja").render(values)


def code(text: object) -> str:
    """A user's text as a span of code, on one line, also inside a table: nothing in it is markup."""
    shown = "".join(" " if _unseen(character) else character for character in str(text))
    shown = " ".join(shown.split()).replace("|", "\\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{fence}{space}{shown}{space}{fence}"


def yaml(value: object) -> str:
    """JSON with nothing but ASCII in it, which is YAML as well."""
    return json.dumps(value, ensure_ascii=True)


def share_plot(shares: Sequence[float]) -> str:
    """Shares of silver from 0 to 1 over the steps of the run, as a plot of characters: hubs show no drawing of ours."""
    size = max(1, -(-len(shares) // _WIDTH))
    means = [fmean(shares[start : start + size]) for start in range(0, len(shares), size)]
    names = {_HEIGHT - 1: "100 %", 0: "0 %"}
    lines = [
        f"{names.get(row, ''):>5} │{''.join(_bar(mean, row) for mean in means)}" for row in reversed(range(_HEIGHT))
    ]
    last = f"{len(shares):,}"
    steps = f"1{last:>{len(means) - 1}}" if len(means) > len(last) else "1"
    return "\n".join([*lines, f"      └{'─' * len(means)}", f"  step {steps}"])


def _bar(share: float, row: int) -> str:
    """The part of a bar that lies in a row, counted from below."""
    filled = round(8 * (share * _HEIGHT - row))
    return _BARS[min(filled, 8) - 1] if filled > 0 else " "


def examples_of(gold: Dataset, labels: Sequence[str], most: int = 4) -> list[tuple[str, int, list[str]]]:
    """Each label with its count and the names that carry it most often."""
    names: dict[str, Counter[str]] = {label: Counter() for label in labels}
    for example in gold:
        for span in example.labels:
            if span.label in names:
                names[span.label][example.text[span.start : span.end]] += 1
    return [
        (label, counts.total(), [_cut(name) for name, _ in counts.most_common(most)]) for label, counts in names.items()
    ]


def _values(facts: CardFacts) -> dict[str, Any]:
    settings, made = facts.card.settings, facts.run.get("settings", {})
    head = head_for(settings.get("kind", "spans"), facts.card.labels)
    figures = FIGURES[head.kind]
    silver, told = _silver(facts.run), facts.run.get("annotation", {})
    return {
        "task": head.task,
        "several": head.kind == "classes",
        "figure": figures.name,
        "judged_by": facts.export["figure"],
        "rule": figures.rule,
        "metrics": metrics_of(figures),
        "beside": figures_beside(facts.scored, figures),
        "labels": facts.card.labels,
        "parameters": int(settings.get("parameters", 0)),
        "encoder": Path(str(settings.get("encoder", "?"))).name,
        "examples": examples_of(facts.gold, facts.card.labels) if facts.gold else [],
        "examples_from": facts.gold.name if facts.gold else "",
        "run": facts.run,
        "gold": _counts(made.get("gold", _NO_RECORD)),
        "silver": _counts(silver),
        "strategy": _strategy(facts.run),
        "steps": made.get("settings", {}).get("steps") or 0,
        "share": float(facts.run.get("mean_share", 0)),
        "plot": share_plot(facts.run.get("curves", {}).get("share", [])),
        "meanings": told.get("labels", {}),
        "teachers": without_places(silver.get("teachers", [])),
        "prompt": told.get("prompt_sha256"),
        "treatment": _treatment(facts.run),
        "scores": [row for name, (scores, _) in facts.scored.items() for row in score_rows(name, scores)],
        "results": model_index(facts.scored, head.task, metrics_of(figures)),
        "judged": any(each["score"] is not None for each in facts.export["tries"]),
        "default": facts.export["default"],
        "verdict": facts.export["verdict"],
        "speeds": [(name, f"{speed:,.0f}") for name, (_, speed) in facts.scored.items()],
        "machine": f"{cores()} cores ({platform.machine()})",
        "files": _files(facts),
        "window": facts.window,
        "viterbi": settings.get("decoding", "viterbi") == "viterbi",
    }


def _files(facts: CardFacts) -> list[dict[str, str]]:
    """Name and size of each file, and of those that were judged on dev what they scored and how fast they were."""
    kept = next((each for each in facts.export["tries"] if each["kept"]), None)
    found = {"model.onnx": facts.export["float32"], "model.int8.onnx": kept}
    rows = []
    for name, size in facts.sizes.items():
        judged = found.get(name) or {}
        score, speed = judged.get("score"), judged.get("texts_per_second")
        shown = {
            "score": "" if score is None else f"{100 * score:.1f}",
            "speed": "" if speed is None else f"{speed:,.0f}",
        }
        rows.append({"name": name, "size": f"{size / 1e6:.1f}"} | shown)
    return rows


def _counts(described: Mapping[str, Any]) -> dict[str, int]:
    return {"texts": sum(described["examples"].values()), "labels": int(described["labels"])}


def _strategy(run: Mapping[str, Any]) -> str:
    """Its name, where the user gave one, else its stages."""
    options = run.get("options", {})
    if options.get("strategy") and not options.get("stages"):
        return str(options["strategy"])
    stages = run.get("settings", {}).get("strategy", {}).get("stages", [])
    return ", then ".join(str(stage.get("schedule", "?")) for stage in stages) or "not recorded"


def _silver(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is recorded of the silver that was learnt: none, where there was some that no step drew."""
    found: Mapping[str, Any] = run.get("settings", {}).get("silver", _NO_RECORD)
    return found if run.get("mean_share") else _NO_RECORD


def _treatment(run: Mapping[str, Any]) -> str:
    """What was done with the silver that was learnt, where anything was."""
    found = run.get("settings", {}).get("settings", {}).get("silver", {})
    try:
        settings = SilverSettings(**found)
    except SettingsError:  # of a version with other ones
        return ""
    return str(settings) if settings.changes and run.get("mean_share") else ""


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _unseen(character: str) -> bool:
    """Control and format characters: line breaks, and those that turn the direction of the text around them."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
