"""A run that goes on begins at the start of a part, as an unbroken one would: its texts share batches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vermeil.data import Example
from vermeil.deploy.unfinished import unfinished
from vermeil.parts import CHARACTERS, TEXTS, parts


def texts(count, length=5):
    return [Example(f"{number:0{length}}", source="") for number in range(count)]


def left_after(folder, given, labelled, cut=0):
    """How many texts count as labelled after a run that wrote rows for so many, and the first text that does not."""
    with unfinished(folder / "out", "0123abcd") as rows:
        assert rows.go_on(iter(given))[0] == 0
        for example in given[:labelled]:
            rows.add(replace(example, source="me"))
    if cut:
        (path,) = folder.glob(".out.*")
        path.write_bytes(path.read_bytes()[:-cut])
    with unfinished(folder / "out", "0123abcd") as rows:
        done, rest = rows.go_on(iter(given))
        remaining = list(rest)
        assert [example.text for example in rows.examples()] == [example.text for example in given[:done]]
        rows.remove()
    assert remaining == given[done:]
    return done


@pytest.mark.parametrize(
    ("labelled", "kept"),
    [(0, 0), (1, 0), (TEXTS - 1, 0), (TEXTS, TEXTS), (TEXTS + 1, TEXTS), (2 * TEXTS + 9, 2 * TEXTS), (3000, 3000)],
)
def test_rows_behind_the_last_whole_part_are_labelled_anew_unless_all_are_there(tmp_path, labelled, kept):
    assert left_after(tmp_path, texts(3000), labelled) == kept


def test_a_row_that_was_cut_off_takes_its_part_with_it(tmp_path):
    assert left_after(tmp_path, texts(3000), 2 * TEXTS, cut=3) == TEXTS
    assert left_after(tmp_path, texts(3000), 3000, cut=3) == 2 * TEXTS


def test_parts_of_long_texts_are_shorter(tmp_path):
    long = texts(30, CHARACTERS // 10)
    assert [len(part) for part in parts(long)] == [11, 11, 8]
    assert left_after(tmp_path, long, 23) == 22
