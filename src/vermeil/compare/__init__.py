"""Strategies side by side on one test set: cell by cell, resumable, with all that a report needs."""

from vermeil.compare.cells import Cell, Progress, Result
from vermeil.compare.comparison import Comparison
from vermeil.compare.conditions import Condition
from vermeil.compare.contrasts import Contrast, LabelNoise
from vermeil.compare.costs import Costs
from vermeil.compare.curves import Curve, Multiplier
from vermeil.compare.grid import compare
from vermeil.compare.halving import Pick, PickSettings, Round, Watch, pick
from vermeil.compare.plan import CompareSettings
from vermeil.compare.results import read_comparison
from vermeil.compare.rows import BASELINE, Row, steps_said
from vermeil.compare.study import StudyFile, pick_of_study, read_study, run_study

__all__ = [
    "BASELINE",
    "Cell",
    "CompareSettings",
    "Comparison",
    "Condition",
    "Contrast",
    "Costs",
    "Curve",
    "LabelNoise",
    "Multiplier",
    "Pick",
    "PickSettings",
    "Progress",
    "Result",
    "Round",
    "Row",
    "StudyFile",
    "Watch",
    "compare",
    "pick",
    "pick_of_study",
    "read_comparison",
    "read_study",
    "run_study",
    "steps_said",
]
