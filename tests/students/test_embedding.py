"""Texts become vectors that say how alike they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vermeil.errors import MissingExtra, ModelError
from vermeil.students.transformer.embedding import embedder

TEXTS = [
    "The cat sat on the mat.",
    "A kitten was lying on the rug.",
    "Shares fell sharply in Tokyo.",
    "東京で株価が下がった。",
    "x" * 50_000,
    "word " * 5_000,
    " \n",
    "half of \ud800",
]


def test_each_text_has_a_vector_of_length_one_and_nothing_has_none(tiny_encoder: Path) -> None:
    vectors = embedder(str(tiny_encoder))(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == len(TEXTS)
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths == pytest.approx([1, 1, 1, 1, 1, 1, 0, 1], abs=1e-5)
    assert embedder(str(tiny_encoder))([]).shape == (0, vectors.shape[1])


def test_company_and_order_change_nothing_and_equal_calls_give_equal_bits(tiny_encoder: Path) -> None:
    embed = embedder(str(tiny_encoder))
    together = embed(TEXTS)
    assert np.array_equal(embed(TEXTS), together)
    assert np.array_equal(embedder(str(tiny_encoder))(TEXTS), together)
    assert np.array_equal(embed(TEXTS[:1]), embed(TEXTS[:1]))
    assert np.allclose(embed(TEXTS[::-1])[::-1], together, atol=1e-5)
    assert np.allclose(np.vstack([embed([text]) for text in TEXTS]), together, atol=1e-5)


def test_threads_and_random_numbers_of_the_user_stay_as_they_are(tiny_encoder: Path) -> None:
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    embedder(str(tiny_encoder))(TEXTS[:1])
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads


def test_the_embedded_encoder_finds_what_is_alike() -> None:
    try:
        embed = embedder()
    except ModelError as error:
        pytest.skip(str(error))
    cat, kitten, shares = embed(TEXTS[:3])
    assert cat @ kitten > cat @ shares + 0.3
    assert embed.settings["name"] == "minilm"
    assert len(embed.settings["sha256"]) == 64


def test_a_folder_that_is_no_encoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        embedder(str(tmp_path))


def test_importing_it_loads_no_torch_and_without_torch_it_says_what_to_install() -> None:
    script = (
        "import sys\n"
        "from vermeil.students.transformer.embedding import embedder\n"
        "assert 'torch' not in sys.modules\n"
        "sys.modules['torch'] = None\n"
        "try:\n    embedder()\nexcept Exception as error:\n    print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.startswith(MissingExtra.__name__)
    assert "pip install 'vermeil[train]'" in said
