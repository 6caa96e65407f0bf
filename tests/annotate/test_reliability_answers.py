"""Short versions of A4, A5, A6, L1, L2, L6 of docs/results/reliability.md: `benchmarks/proofs` at small size."""

from __future__ import annotations

from proofs.labels import any_text, orders, quotes
from proofs.stored import other_keys, other_parser, other_rows


def test_another_parser_makes_other_labels_and_no_calls() -> None:
    seen = other_parser(60)
    assert seen.met, seen.figure


def test_whatever_happens_to_rows_only_new_texts_are_asked_for() -> None:
    seen = other_rows(15)
    assert seen.met, seen.figure


def test_what_changes_the_answer_changes_the_key_and_nothing_else_does() -> None:
    seen = other_keys()
    assert seen.met, seen.figure


def test_labels_of_any_text_keep_their_words_from_the_answer_to_the_file() -> None:
    seen = any_text(300)
    assert seen.met, seen.figure


def test_quotes_stand_where_they_belong_and_cut_answers_keep_what_was_whole() -> None:
    seen = quotes(300)
    assert seen.met, seen.figure


def test_a_text_that_gives_orders_changes_no_other_text() -> None:
    seen = orders(40)
    assert seen.met, seen.figure
