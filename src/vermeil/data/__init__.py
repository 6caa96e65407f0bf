"""What flows through the library: spans, examples, datasets.

Each is frozen and validated when made, so that no later code has to ask whether it is sound.
"""

from vermeil.data.dataset import Dataset, as_examples, check_dataset, unlabelled
from vermeil.data.example import GOLD, Example, Kind, State, kind_of, whole
from vermeil.data.span import Found, Lost, Span, Vote

__all__ = [
    "GOLD",
    "Dataset",
    "Example",
    "Found",
    "Kind",
    "Lost",
    "Span",
    "State",
    "Vote",
    "as_examples",
    "check_dataset",
    "kind_of",
    "unlabelled",
    "whole",
]
