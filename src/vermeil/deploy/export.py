"""A trained student as a folder to deploy: safetensors, tokenizer, ONNX, a card, and the fingerprints of all of it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from vermeil import students
from vermeil.data import Dataset
from vermeil.deploy.model_card import CardFacts, model_card
from vermeil.deploy.onnx_model import largest_difference, write_onnx
from vermeil.deploy.predictor import OnDone
from vermeil.deploy.published import without_places
from vermeil.deploy.quantize import TRIES, Measured, Try, quantize, write_int8
from vermeil.errors import DataError, MissingExtra, ModelError, OutputError, VermeilError, nearest
from vermeil.evaluate.figures import FIGURES
from vermeil.evaluate.score import Scores, evaluate
from vermeil.files import new_folder
from vermeil.formats.kinds import NAMES
from vermeil.provenance import provenance
from vermeil.students._card import NAME, read_card, read_json
from vermeil.students.transformer.manifest import write_manifest

if TYPE_CHECKING:
    from vermeil.students.transformer.student import Transformer

FLOAT, INT8, RUN = "model.onnx", "model.int8.onnx", "run.json"

LARGEST_DIFFERENCE = 1e-3
"""Of logits, between torch and onnxruntime."""

When = Literal["auto", "always", "never"]

# what transformers writes for a network and a fast tokenizer; nothing else of a model folder is taken along
_TAKEN = ("config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*.json", "special_tokens_map.json")


@dataclass(frozen=True)
class Export:
    """What became of an export.

    Args:
        default: the ONNX file that vermeil uses: int8 where it passed, else float32.
        figure: what files are judged by, such as accuracy or macro F1.
        difference: the largest between logits of torch and of the float32 file.
        float32: what that file scores on dev, None without one.
        tries: the quantisation settings tried, in order.
        verdict: one line for the user: which file is the default, and why.
    """

    folder: Path
    default: str
    figure: str
    difference: float
    float32: Measured | None
    tries: tuple[Try, ...]
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the folder's own record."""
        return {
            "default": self.default,
            "verdict": self.verdict,
            "figure": self.figure,
            "largest_difference": self.difference,
            "float32": self.float32._asdict() if self.float32 else None,
            "tries": [each.as_dict() for each in self.tries],
        }


def export(
    model: Path | str,
    out: Path | str,
    *,
    dev: Dataset | None = None,
    test: Dataset | None = None,
    gold: Dataset | None = None,
    int8: When = "auto",
    most_lost: float = 0.005,
    measure: str = "",
    on_stage: Callable[[str], None] = lambda stage: None,
    on_texts: Callable[[int], None] = lambda count: None,
    on_done: OnDone = lambda count: None,
) -> Export:
    """Write an exported folder, whole or not at all.

    Args:
        model: a trained folder, or ORG/NAME@REVISION on a model hub.
        dev: human labels that the int8 file is judged by; without them, or where float32 gets none of them right, there
            is no such file, unless `int8` is "always".
        test: human labels whose scores stand on the card.
        gold: human labels whose most frequent names stand on the card as examples; none without them.
        int8: "auto" keeps an int8 file that loses at most `most_lost` of what it is judged by, "always" one that was
            not judged, too.
        measure: what it is judged by; by default F1, or accuracy where each text has one class. "macro F1" counts rare
            labels as much as frequent ones.
        on_stage: told what is begun once the model is loaded: writing, and each file that is scored.
        on_texts: told how many texts that scores, before the first; `on_done` is then told of those that are done.

    Raises:
        ModelError: the folder is not safe, not whole, or its student is no network.
        DataError: the labels given are of another kind than the student's, or it doesn't know one of them.
        MissingExtra: a package for exporting is not installed.
        UnknownName: such labels are not judged by that measure.
        OutputError: `out` is the model's own folder, or cannot be written.
    """
    watch = _Watch(on_stage, on_texts, on_done)
    place, out = students.find(model), Path(out)
    model = place.folder
    _check_apart(model, out)
    student = _network_student(model)
    gate = _Gate(dev, most_lost, *FIGURES[student.kind].chosen(measure), watch)
    for labels in (dev, test, gold):
        _check_labels(labels, student)
    with new_folder(out) as inside:
        _take_along(model, inside)
        on_stage("writing ONNX")
        write_onnx(student, inside / FLOAT)
        on_stage("comparing ONNX with torch")
        difference = largest_difference(student, inside / FLOAT)
        if not difference <= LARGEST_DIFFERENCE:
            raise VermeilError(
                f"{model}: ONNX and torch differ by {difference:g} in a logit; this network can't be used"
            )
        done = _quantised(inside, out, difference, int8, gate)
        _write_card(inside, done, place.name)
        scored = {
            f"{kind} ({each.name})" if each.name else kind: _scores_for_card(inside, done.default, kind, each, watch)
            for kind, each in (("dev", dev), ("test", test))
            if each
        }
        on_stage("writing the model card")
        facts = CardFacts(
            read_card(model), _run(model), gold, scored, done.as_dict(), _sizes(inside), _window(student, inside)
        )
        (inside / "README.md").write_text(model_card(facts), encoding="utf-8")
        write_manifest(inside)
    return done


def _network_student(model: Path) -> Transformer:
    student = students.load(model)
    if (model / FLOAT).is_file():
        raise ModelError(f"{model}: this is an exported model; export the folder that `vermeil train` wrote")
    if not hasattr(student, "network"):
        raise ModelError(f"{model}: this kind of student has no network that could be exported; train a transformer")
    return cast("Transformer", student)


def _check_labels(given: Dataset | None, student: Transformer) -> None:
    if not given:
        return
    name, known = given.name or "the data", {label.casefold(): label for label in student.labels}
    if given.kind != student.kind:
        raise DataError(
            f"{name} has {NAMES[given.kind]}, where the model gives {NAMES[student.kind]}; give a file of those"
        )
    if unknown := [label for label in given.labels if label not in student.labels]:
        alike = known.get(unknown[0].casefold(), unknown[0])  # `per` and PER have no character in common
        raise DataError(
            f"{name} has the label {unknown[0]!r}{nearest(alike, student.labels)}, where the model gives "
            f"{', '.join(student.labels)}; rename it, or leave it out"
        )


def _check_apart(model: Path, out: Path) -> None:
    one, other = model.resolve(), out.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise OutputError(f"{out}: an export has a folder of its own, outside of the model's; choose another name")


def _take_along(model: Path, inside: Path) -> None:
    for path in sorted({path for pattern in _TAKEN for path in model.glob(pattern)}):
        shutil.copyfile(path, inside / path.name)
    if (model / RUN).is_file():
        run = without_places(read_json(model / RUN))
        (inside / RUN).write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.copyfile(model / NAME, inside / NAME)


@dataclass(frozen=True)
class _Watch:
    """Who is told what is begun, how many texts it scores, and how many of them are done."""

    stage: Callable[[str], None]
    texts: Callable[[int], None]
    done: OnDone


@dataclass(frozen=True)
class _Gate:
    """What an int8 file has to pass: it costs at most so much of a figure, which has a name and a place in scores."""

    dev: Dataset | None
    most_lost: float
    figure: str
    place: str
    watch: _Watch

    def measured(self, path: Path) -> Measured:
        scores, speed = _scores(path.parent, path.name, self.dev or Dataset(()), self.watch)
        return Measured(scores.figure(self.place) or 0.0, speed)

    def verdict(self, measured: Measured, tries: Sequence[Try]) -> str:
        best = tries[-1] if tries[-1].kept else max(tries, key=lambda each: each.score or 0.0)
        change = f"{self.figure} {100 * (best.score or 0):.2f} on dev against {100 * measured.score:.2f}"
        if best.kept:
            return f"int8 ({best.setting.name}): {change}"
        lost = f"{100 * self.most_lost:g} points"
        return f"float32: none of {len(tries)} int8 settings lost at most {lost} (the best: {change})"

    def no_verdict(self, measured: Measured | None) -> str:
        if measured:
            return f"float32: on dev it scores {self.figure} 0.00 itself, so that int8 cannot be judged; is dev right?"
        why = f"{self.dev.name or 'dev'} has no labels, and without them" if self.dev else "without --dev"
        return f"float32: {why} an int8 file cannot be judged"


def _quantised(inside: Path, out: Path, difference: float, int8: When, gate: _Gate) -> Export:
    if int8 == "never":
        return Export(out, FLOAT, gate.figure, difference, None, (), "float32, as asked for")
    measured = None
    if gate.dev and gate.dev.labels:
        gate.watch.stage("scoring float32 on dev")
        measured = gate.measured(inside / FLOAT)
    if measured and measured.score > 0:
        tries = tuple(_tried(inside, gate, measured.score - gate.most_lost))
        used = INT8 if tries[-1].kept else FLOAT
        return Export(out, used, gate.figure, difference, measured, tries, gate.verdict(measured, tries))
    if int8 == "auto":
        return Export(out, FLOAT, gate.figure, difference, measured, (), gate.no_verdict(measured))
    gate.watch.stage("writing int8")
    write_int8(inside / FLOAT, inside / INT8, TRIES[0])
    tried = Try(TRIES[0], (inside / INT8).stat().st_size, None, None, kept=True)
    said = f"int8, as asked for; nobody knows what {gate.figure} it costs"
    return Export(out, INT8, gate.figure, difference, measured, (tried,), said)


def _tried(inside: Path, gate: _Gate, lowest: float) -> Iterator[Try]:
    """One setting after the other, until one scores that much on dev."""
    for number, setting in enumerate(TRIES, start=1):
        gate.watch.stage(f"trying int8 on dev, {number} of at most {len(TRIES)} ({setting.name})")
        (tried,) = quantize(inside / FLOAT, inside / INT8, gate.measured, lowest, (setting,))
        yield tried
        if tried.kept:
            return


def _scores(folder: Path, file: str, gold: Dataset, watch: _Watch) -> tuple[Scores, float]:
    """What a file of the folder scores on all of the data, and its texts a second."""
    try:
        from vermeil.students.transformer.exported import Exported
    except ModuleNotFoundError:
        raise MissingExtra("scoring an exported model", "serve") from None
    student = Exported.load(folder, read_card(folder), file=file)
    watch.texts(len(gold))
    began = time.perf_counter()
    scores = evaluate(student, gold, watch.done)
    return scores, len(gold) / (time.perf_counter() - began)


def _scores_for_card(folder: Path, file: str, kind: str, gold: Dataset, watch: _Watch) -> tuple[Scores, float]:
    watch.stage(f"scoring the file to be used on {kind}, for the card")
    return _scores(folder, file, gold, watch)


def _write_card(inside: Path, done: Export, model: str) -> None:
    """The student's own `vermeil.json`, with what the export adds to it."""
    values = without_places(read_json(inside / NAME))
    files = [name for name in (FLOAT, INT8) if (inside / name).is_file()]
    values |= {
        "tags": list(read_json(inside / "config.json")["id2label"].values()),
        "onnx": {"default": done.default, "files": files},
        "export": {"model": model} | done.as_dict() | without_places(provenance()),
    }
    (inside / NAME).write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _run(model: Path) -> dict[str, Any]:
    return read_json(model / RUN) if (model / RUN).is_file() else {}


def _window(student: Transformer, inside: Path) -> int:
    """Pieces that the network sees at once: no more than its own limit, which stands in the tokenizer's settings."""
    asked: int = student.settings["window"]
    longest: int = read_json(inside / "tokenizer_config.json").get("model_max_length", asked)
    return min(asked, longest)


def _sizes(inside: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(inside.iterdir())}
