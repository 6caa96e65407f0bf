"""Progress of a comparison: one bar for all cells, one for each cell under way."""

from __future__ import annotations

import threading

from rich.markup import escape
from rich.progress import TaskID

from vermeil.cli.terminal import bars, err
from vermeil.compare import Progress, Result


class CellBars:
    """A context; its methods go into `compare` as `on_plan`, `on_progress` and `on_result`.

    The display begins with the first cell, so that what is printed before stands above it.

    Args:
        cells: how many there are, where that is known before they are planned.
    """

    def __init__(self, cells: int | None = None) -> None:
        self.display = bars()
        self.total = self.display.add_task("[bold]cells", total=cells, note="")
        self.rows: dict[str, tuple[TaskID, str]] = {}
        self.lock = threading.Lock()  # progress comes from a thread of its own

    def __enter__(self) -> CellBars:
        return self

    def __exit__(self, *exception: object) -> None:
        self.display.stop()

    def on_plan(self, cells: int) -> None:
        """So many cells are going to be run, or were done before."""
        self.display.update(self.total, total=cells)

    def on_progress(self, progress: Progress) -> None:
        """Move the bar of one cell; a new thing to do starts it anew."""
        with self.lock:
            self.display.start()
            row, doing = self.rows.get(progress.cell, (None, ""))
            if row is None or doing != progress.doing:
                if row is not None:
                    self.display.remove_task(row)
                row = self.display.add_task(
                    f"{escape(progress.cell)} {progress.doing}", total=progress.total, completed=progress.done, note=""
                )
                self.rows[progress.cell] = (row, progress.doing)
            self.display.update(row, completed=progress.done)

    def on_result(self, result: Result, done_before: bool) -> None:
        """A cell is finished: one line that stays."""
        with self.lock:
            self.display.start()
            row, _ = self.rows.pop(result.name, (None, ""))
            if row is not None:
                self.display.remove_task(row)
            self.display.advance(self.total)
        how = "done before" if done_before else f"{result.seconds:.0f} s"
        scores = result.scores
        err.print(f"{result.name}: {scores.figures.name} {100 * scores.value:.1f} ({how})", markup=False)
