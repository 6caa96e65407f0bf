"""Strategies side by side on one test set: cell by cell, resumable, with all that a report needs."""

from vermeil.compare.cells import Cell, Progress, Result
from vermeil.compare.comparison import Comparison, Row
from vermeil.compare.grid import CompareSettings, compare
from vermeil.compare.results import read_comparison

__all__ = ["Cell", "CompareSettings", "Comparison", "Progress", "Result", "Row", "compare", "read_comparison"]
