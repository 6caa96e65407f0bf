"""What the terminal shows: results on standard output, progress and complaints on standard error."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from vermeil.data import Dataset, Span
from vermeil.files import writing_errors
from vermeil.formats import Unwritten


class _Terminal(Console):
    """A console that prints what it is given, and leaves it to the program how to end where that can't be done."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 (rich's own)
        super().__init__(**settings, highlight=False, emoji=False)  # `openai:m:` is no picture of an M

    def print(self, *objects: Any, **settings: Any) -> None:  # noqa: ANN401 (rich's own)
        """Print; where the disk is full, say so as for any other file."""
        with nullcontext() if self.stderr else writing_errors("-"):
            super().print(*objects, **settings)

    def on_broken_pipe(self) -> None:
        """By itself rich would end the program as a failure."""
        raise BrokenPipeError


out = _Terminal(soft_wrap=True)
err = _Terminal(stderr=True, soft_wrap=True)

COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")


_WIDE = 10_000  # characters: no table is wider


def print_table(made: Callable[[int | None], Table]) -> None:
    """A table that fits the terminal; in a file or a pipe, it is as wide as it takes.

    Args:
        made: gives the table for so many characters in a line, or, for None, the whole of it.
    """
    if out.is_terminal or "COLUMNS" in os.environ:
        out.print(made(out.width))
    else:
        _Terminal(width=_WIDE).print(made(None))


class RateColumn(ProgressColumn):
    """Units a second, so that a user can tell slow from stuck."""

    def render(self, task: Task) -> Text:
        """The rate of the last seconds, or of the whole task once it is done."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f}/s" if speed else "", style="progress.data.speed")


def bars() -> Progress:
    """A progress display with counts, rate, time left and a note; it is silent where nobody watches."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[note]}"),
        console=err,
        disable=not err.is_terminal,
    )


@contextmanager
def bar(description: str, total: int | None) -> Iterator[Callable[..., None]]:
    """One progress bar: `advance(count)`, or `advance(count, note="...")`."""
    with bars() as progress:
        task = progress.add_task(escape(description), total=total, note="")

        def advance(count: int = 1, note: str | None = None) -> None:
            progress.update(task, advance=count)
            if note is not None:
                progress.update(task, note=escape(note))

        yield advance


@contextmanager
def bytes_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told how many bytes of how many are done; it vanishes when they are."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, disable=not err.is_terminal, transient=True) as shown:
        task = shown.add_task(escape(description), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total or None)


@contextmanager
def counting(description: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told how many parts of how many are done; it vanishes when they are."""
    with bars() as shown:
        task = shown.add_task(escape(description), total=None, note="")
        yield lambda done, total: shown.update(task, completed=done, total=total or None)
        shown.remove_task(task)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner for work of a few seconds whose length is not known; silent where nobody watches."""
    with err.status(escape(what)) if err.is_terminal else nullcontext():
        yield


class Stages:
    """A context that shows one thing being done after the other; its methods go into `export` as its callbacks.

    On a terminal each is a spinner, and a bar once it is known of how many texts; elsewhere a line.

    Args:
        first: what is done before the first stage; no line says it.
    """

    def __init__(self, first: str) -> None:
        self._shown = ExitStack()
        self._stage = first
        self._advance: Callable[..., None] = lambda count: None

    def __enter__(self) -> Stages:
        self._shown.enter_context(working(self._stage))
        return self

    def __exit__(self, *exception: object) -> None:
        self._shown.close()

    def on_stage(self, stage: str) -> None:
        """Something new is begun."""
        self._shown.close()
        self._stage = stage
        if err.is_terminal:
            self._shown.enter_context(working(stage))
        else:
            note(stage)

    def on_texts(self, count: int) -> None:
        """It takes so many texts."""
        self._shown.close()
        self._advance = self._shown.enter_context(bar(self._stage, count))

    def on_done(self, count: int) -> None:
        """So many more of them are done."""
        self._advance(count)


def complain(message: str) -> None:
    """One line on standard error, whatever characters the message quotes."""
    err.print(f"vermeil: {' '.join(message.split())}", style="red" if err.is_terminal else "", markup=False)


def note(message: str) -> None:
    """A line for the person who watches; not part of the result."""
    err.print(message, markup=False)


def note_unwritten(lost: Unwritten) -> None:
    """Say what the chosen format could not hold; JSONL holds everything."""
    if lost:
        note(f"{len(lost):,} texts or labels cannot be expressed in this format and are left out; JSONL holds all")
    if lost.respaced:
        note(
            f"{lost.respaced:,} texts are spaced otherwise as tokens, and read back they are not the same texts as in "
            "other files; JSONL keeps them"
        )


def note_teacher(human: Dataset) -> None:
    """Say where labels that are to be those of people are an LLM's: files may have been swapped."""
    if human.teacher:
        note(f"{human.name} has labels from {human.teacher}, not from people; is it the silver?")


def print_json(values: Mapping[str, Any] | Sequence[Any]) -> None:
    """For `jq`: plain JSON, no colours, no wrapping."""
    with writing_errors("-"):
        print(json.dumps(values, indent=2, ensure_ascii=False))


def flush() -> None:
    """Have all that was printed written now: while Python shuts down, it is too late for a message."""
    with writing_errors("-"):
        print(end="", flush=True)


def highlighted(text: str, spans: Sequence[Span]) -> Text:
    """The text with its spans in colour, each followed by its label: readable without colour, too."""
    shown, end = Text(), 0
    labels = sorted({span.label for span in spans})
    for span in sorted(spans):
        colour = COLOURS[labels.index(span.label) % len(COLOURS)]
        shown.append(text[end : span.start])
        shown.append(f"[{text[span.start : span.end]}]", style=f"bold {colour}")
        shown.append(span.label, style=f"{colour} reverse")
        end = span.end
    shown.append(text[end:])
    return shown
