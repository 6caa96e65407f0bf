"""What is published says nothing of the folders of whoever made it."""

from __future__ import annotations

import pytest

from vermeil.deploy.published import without_places


@pytest.mark.parametrize(
    ("recorded", "published"),
    [
        ("/home/ada/secret project/gold.conll", "gold.conll"),
        ("../ada/silver.jsonl", "silver.jsonl"),
        ("~/encoder", "encoder"),
        ("data/gold.conll.gz", "gold.conll.gz"),
        ("vermeil train --gold /home/ada/g.conll --out=~ada/model x", "vermeil train --gold g.conll --out=model x"),
        ("transformer:/home/ada/encoder", "transformer:encoder"),
        ("transformer:org/name", "transformer:org/name"),
        ("org/name", "org/name"),
        ({"a": ["/x/y", 1, None]}, {"a": ["y", 1, None]}),
    ],
)
def test_paths_are_cut_down_to_names_and_models_of_hubs_stay(recorded, published):
    assert without_places(recorded) == published
