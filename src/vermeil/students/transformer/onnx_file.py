"""What an ONNX file must not hold: weights outside of it, and operators that onnxruntime doesn't bring along.

onnxruntime refuses unknown operators and paths that lead out of a model's folder, but follows those that stay within
it; for a model given as bytes, that folder is wherever the process stands. The file is read here by its
wire format (protobuf: a key that holds a field's number and kind, then the value), so that Python is enough.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from vermeil.errors import ModelError

_DOMAINS = {"", "ai.onnx", "com.microsoft"}
_BYTES = {1: 8, 5: 4}  # sizes of the kinds of fixed length

# of onnx.proto: the numbers of the fields that lead to tensors and operators, message by message
_INSIDE = {
    ("model", 7): "graph",
    ("model", 8): "version",
    ("model", 20): "training",
    ("model", 25): "function",
    ("graph", 1): "node",
    ("graph", 5): "tensor",
    ("graph", 15): "sparse",
    ("function", 7): "node",
    ("function", 9): "version",
    ("function", 11): "attribute",  # with its default
    ("node", 5): "attribute",
    ("attribute", 5): "tensor",
    ("attribute", 6): "graph",
    ("attribute", 10): "tensor",
    ("attribute", 11): "graph",
    ("attribute", 22): "sparse",
    ("attribute", 23): "sparse",
    ("training", 1): "graph",
    ("training", 2): "graph",
    ("sparse", 1): "tensor",
    ("sparse", 2): "tensor",
}
_EXTERNAL, _LOCATION = 13, 14  # of a tensor
_DEEPEST = 40


def check_onnx(path: Path) -> None:
    """Refuse an ONNX file that leads out of itself, or needs operators of others.

    Raises:
        ModelError: names the file, and what is wrong with it.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _walk(content, 0, len(content), "model", 0)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file; the model is not whole, export it again") from None
    except (OSError, ValueError, IndexError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: not an ONNX file, or damaged ({error}); export it again") from None
    if found:
        raise ModelError(f"{path}: {found}, and is refused; export the model again")
    if found is None:
        raise ModelError(f"{path}: not an ONNX file (it has no graph); export it again")


def _walk(content: mmap.mmap, start: int, end: int, message: str, depth: int) -> str | None:
    """What is wrong inside a message; "" if nothing is, None if a model has no graph."""
    if depth > _DEEPEST:
        return "is nested without end"
    graphs = 0
    for number, kind, first, last in _fields(content, start, end):
        if message == "tensor" and (number == _EXTERNAL or (number == _LOCATION and first)):
            return "keeps weights in another file"
        domain = {"version": 1, "node": 7}.get(message) == number
        if domain and (name := content[first:last].decode()) not in _DOMAINS:
            return f"needs operators of {name[:40]!r}"
        inner = _INSIDE.get((message, number))
        if inner and kind == 2 and (wrong := _walk(content, first, last, inner, depth + 1)):
            return wrong
        graphs += message == "model" and number == 7
    return None if message == "model" and not graphs else ""


def _fields(content: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Number and kind of each field, and where its content lies; of a plain number, the number itself."""
    while start < end:
        key, start = _number(content, start, end)
        if key >> 32:  # onnxruntime would cut it, and see another field
            raise ValueError(f"the number of a field before byte {start} is too large")
        kind = key & 7
        if kind == 0:
            value, start = _number(content, start, end)
            yield key >> 3, kind, value, value
            continue
        if kind == 2:
            size, start = _number(content, start, end)
        elif kind in _BYTES:
            size = _BYTES[kind]
        else:
            raise ValueError(f"an unknown kind of field at byte {start}")
        if start + size > end:
            raise ValueError(f"it ends within a field that begins at byte {start}")
        yield key >> 3, kind, start, start + size
        start += size


def _number(content: mmap.mmap, start: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where the next thing begins."""
    value = shift = 0
    while start < end and shift < 70:
        byte = content[start]
        value, start, shift = value | (byte & 127) << shift, start + 1, shift + 7
        if byte < 128:
            return value, start
    raise ValueError(f"a broken number at byte {start}")
