"""Kinds of mistakes, row by row."""

from __future__ import annotations

from vermeil.report.content import Content
from vermeil.report.figures.canvas import BLUE, GREEN, ORANGE, PURPLE, RED, Figure, figure, rows
from vermeil.report.places import short_names
from vermeil.report.words import left_out


def mistakes(content: Content) -> Figure:
    """How many of each kind, means over seeds."""
    kinds = content.figures.mistakes
    colours = dict(zip(kinds, (ORANGE, GREEN, PURPLE, BLUE, RED), strict=False))
    lines, names = content.viewed, short_names([line.condition for line in content.viewed])
    drawn, axes = rows([names[line.name] for line in lines])
    left = [0.0] * len(lines)
    for kind, name in kinds.items():
        counts = [content.wrong[line.name][kind] for line in lines]
        axes.barh(range(len(lines)), counts, left=left, height=0.62, color=colours[kind], label=name)
        left = [start + count for start, count in zip(left, counts, strict=True)]
    axes.set_xlabel("labels in the test set, mean over seeds" if content.several_seeds else "labels in the test set")
    drawn.legend(loc="outside upper center", ncols=len(kinds), handlelength=0.9, columnspacing=1.1, fontsize=9)
    said = "; ".join(
        f"{line.name}: " + ", ".join(f"{kinds[kind]} {count:.0f}" for kind, count in content.wrong[line.name].items())
        for line in lines
    )
    caption = (
        "shorter is better",
        "missed: gold has a label where nothing was predicted",
        "invented: the reverse",
        left_out(content),
    )
    return figure(drawn, "mistakes", "Kinds of mistakes", caption, f"Mistakes by strategy. {said}")
