"""An exported student: onnxruntime, tokenizers and numpy label texts as the trained one does, without torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from vermeil.data import Example, Kind, Span
from vermeil.errors import ModelError, UserError, VermeilError
from vermeil.provenance import cores
from vermeil.students._card import NAME, Card, read_json
from vermeil.students._labels import checked
from vermeil.students.transformer import ONNX
from vermeil.students.transformer.batches import inputs
from vermeil.students.transformer.heads import Head, head_for
from vermeil.students.transformer.reader import Reader
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.safety import check_saved
from vermeil.students.transformer.tagging import Tagger

BUDGET = 256
"""Pieces computed at once by one core: what lies between two products stays in its cache."""

_SLOW_FUSION = "SkipLayerNormFusion"  # a sum and a layer norm take a fifth of the time of onnxruntime's one operator
_FATAL_ONLY = 4  # of onnxruntime's levels of logging: what else fails is raised
_OUTSIDE = "session.model_external_initializers_file_folder_path"  # where it looks for weights in other files


class Exported:
    """A student that only predicts: with the words, windows and decoding of the one that was exported.

    Its labels are those of the trained student, and its scores differ by less than 1e-4 (float32).
    """

    def __init__(
        self, path: Path, card: Card, session: InferenceSession, reader: Reader, head: Head, padding: int
    ) -> None:
        self._folder, self._path, self._card = path.parent, path, card
        self._session, self._head, self._padding = session, head, padding
        self._types_wanted = any(each.name == "token_type_ids" for each in session.get_inputs())
        self._tagger = Tagger(reader, head, self._unit_logits, budget=BUDGET, at_once=cores())

    @classmethod
    def load(cls, folder: Path, card: Card, *, file: str | None = None) -> Exported:
        """The exported student of a folder.

        Args:
            file: which ONNX file of the folder, which may still be written; None for the one that the folder names.

        Raises:
            ModelError: the folder is not whole, may run code, or isn't an exported student.
        """
        path, words = folder / (file or _default(folder)), folder / "tokenizer.json"
        weights = {each.name for kind in ("*.safetensors", "*.onnx") for each in folder.glob(kind)}
        check_saved(folder, unread=weights - {path.name}, sealed=file is None)
        head = _head(folder, card)
        session, tokenizer = _session(path), _tokenizer(words)
        config = read_json(folder / "tokenizer_config.json")
        window, overlap = _window(folder, card, config), int(card.settings["overlap"])
        data_words = card.settings["words"] == "data"
        with _blamed(words, "a text cannot be cut with it"):
            reader = Reader(tokenizer, card.labels, head, window=window, overlap=overlap, data_words=data_words)
            rows = reader.rows(0, reader.pieces(Example("Alice flew to Lima.", source="")))
            pieces = tokenizer.get_vocab(with_added_tokens=False)
        student = cls(path, card, session, reader, head, _padding(tokenizer, config))
        student._unit_logits([*rows, Row(0, (max(pieces.values(), default=0),), (), (), ())])  # are all pieces known?
        return student

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that it can give."""
        return self._card.labels

    @property
    def kind(self) -> Kind:
        """What its labels are."""
        return self._head.kind

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of the student that was exported."""
        return self._card.settings

    def start_stage(self, steps: int, learning_rate: float | None = None) -> None:
        """It doesn't learn."""
        raise VermeilError(f"{self._folder} is an exported model and learns nothing more; train the run's own model")

    def learn(self, batch: Sequence[Example]) -> float:
        """It doesn't learn."""
        raise VermeilError(f"{self._folder} is an exported model and learns nothing more; train the run's own model")

    def predict(
        self, examples: Sequence[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> list[tuple[Span, ...]]:
        """Labels for each text, in the order of the examples; a span's score is the mean probability of its words."""
        return [spans for _, spans in self.stream(examples, on_done)]

    def stream(
        self, examples: Iterable[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> Iterator[tuple[Example, tuple[Span, ...]]]:
        """The same for texts that need not fit in memory: each example with its labels, in order."""
        return self._tagger.stream(examples, on_done)

    def probabilities(self, examples: Sequence[Example]) -> list[dict[str, float]]:
        """How likely each class is, for each text, also those that `predict` doesn't give; of a blank text, none."""
        return self._tagger.probabilities(examples)

    def save(self, folder: Path, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        """It is a folder already."""
        raise VermeilError(f"{self._folder} is an exported model; copy its folder as it is")

    def _unit_logits(self, group: Sequence[Row]) -> NDArray[np.float32]:
        fed = inputs(group, self._padding)
        if self._types_wanted:
            fed["token_type_ids"] = np.zeros_like(fed["input_ids"])
        with _blamed(self._path, "a text cannot be labelled with it"):
            logits = np.asarray(self._session.run(["logits"], fed)[0])
        expected = (*fed["input_ids"].shape[: 1 if self._head.pools else 2], len(self._head.names))
        if logits.shape != expected or logits.dtype.kind != "f":
            raise ModelError(
                f"{self._path}: the labels {', '.join(self.labels)} need logits of the shape {expected}, "
                f"got {logits.dtype} of {logits.shape}; export it again"
            )
        units = np.asarray(self._head.units(logits, group), np.float32)
        if not np.isfinite(units).all():
            raise ModelError(f"{self._path}: some of its logits are no finite numbers; export it again")
        return units


def _head(folder: Path, card: Card) -> Head:
    kind, legal = card.settings.get("kind", "spans"), card.settings.get("decoding", "viterbi") == "viterbi"
    try:
        return head_for(kind, checked(card.labels, kind), legal=legal)
    except UserError as error:
        raise ModelError(f"{folder / NAME}: {error}") from None


def _default(folder: Path) -> str:
    """The ONNX file that the folder's card names; of a folder without such a line, the one in float32."""
    named = read_json(folder / NAME).get("onnx")
    file = named.get("default") if isinstance(named, dict) else ONNX
    if not isinstance(file, str) or Path(file).name != file or not file.endswith(".onnx"):
        raise ModelError(f"{folder / NAME}: names {file!r} as its ONNX file, which it cannot be; export it again")
    return file


def _session(path: Path) -> InferenceSession:
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; the model is not whole, export it again")
    options = SessionOptions()
    options.intra_op_num_threads = 1  # each core has a batch of its own: then none waits for the others
    options.log_severity_level = _FATAL_ONLY
    options.enable_mem_pattern = False  # it would keep a plan for every shape that comes by
    options.add_session_config_entry(_OUTSIDE, os.devnull)  # no folder: nothing lies in it, should any be asked for
    with _blamed(path, "onnxruntime cannot read it"):
        session = InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"], disabled_optimizers=[_SLOW_FUSION]
        )
    names = {each.name for each in session.get_inputs()}
    if not {"input_ids", "attention_mask"} <= names <= {"input_ids", "attention_mask", "token_type_ids"}:
        raise ModelError(f"{path}: input_ids and attention_mask were expected as inputs, got {', '.join(names)}")
    return session


def _tokenizer(path: Path) -> Tokenizer:
    with _blamed(path, "cannot be read as a tokenizer"):
        tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _padding(tokenizer: Tokenizer, config: Mapping[str, Any]) -> int:
    named = config.get("pad_token")
    name = named.get("content") if isinstance(named, dict) else named
    return tokenizer.token_to_id(name) or 0 if isinstance(name, str) else 0


def _window(folder: Path, card: Card, config: Mapping[str, Any]) -> int:
    """Pieces that the network sees at once: the trained student wrote its limit into the tokenizer's settings."""
    limits = (card.settings.get("window"), config.get("model_max_length"))
    if not all(isinstance(limit, int) and limit > 0 for limit in limits):
        raise ModelError(f"{folder}: vermeil.json and tokenizer_config.json don't say how long a window is; {limits}")
    return min(limit for limit in limits if isinstance(limit, int))


@contextmanager
def _blamed(path: Path, what: str) -> Iterator[None]:
    """Whatever fails is that file's fault: kinds of error that share no base, and Rust's panics, no Exceptions."""
    try:
        yield
    except (VermeilError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        reason = (str(error).strip() or type(error).__name__).split("\n", 1)[0][:200]
        raise ModelError(f"{path}: {what} ({reason}); export it again") from None
