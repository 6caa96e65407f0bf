"""What the terminal shows while something takes its time."""

from __future__ import annotations

import io
import re

from vermeil.cli import terminal
from vermeil.cli.terminal import Stages


def shown_by_stages(monkeypatch, *, force_terminal):
    said = io.StringIO()
    monkeypatch.setattr(terminal, "err", terminal._Terminal(file=said, force_terminal=force_terminal, width=100))
    with Stages("loading the model") as stages:
        stages.on_stage("scoring [int8] on dev")
        stages.on_texts(600)
        stages.on_done(600)
        stages.on_stage("writing the card")
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", said.getvalue())


def test_a_stage_is_a_spinner_and_a_bar_once_its_texts_are_counted(monkeypatch):
    shown = shown_by_stages(monkeypatch, force_terminal=True)
    assert re.search(r"\S loading the model", shown)
    assert re.search(r"scoring \[int8\] on dev \S+ 600/600", shown)
    assert re.search(r"\S writing the card", shown)


def test_where_nobody_watches_a_stage_is_a_line(monkeypatch):
    shown = shown_by_stages(monkeypatch, force_terminal=False)
    assert shown == "scoring [int8] on dev\nwriting the card\n"
