"""Turn an LLM's labels (silver) and a few human ones (gold) into a small, fast model that you own.

The public names, in the order in which data meet them. Each is loaded when it is first used, so that
`import vermeil` is quick and needs no torch.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vermeil.annotate.annotator import Annotator, annotate
    from vermeil.annotate.budget import Budget, Prices
    from vermeil.annotate.examples import chooser
    from vermeil.annotate.importing import export_answers, import_answers
    from vermeil.annotate.method import Method
    from vermeil.annotate.pace import Limits
    from vermeil.annotate.patience import Patience
    from vermeil.annotate.plan import plan
    from vermeil.annotate.record import annotation_record
    from vermeil.annotate.store import AnswerStore
    from vermeil.blend.schedules import Constant, Cosine, Linear, Natural, Power, Sigmoid, Step, schedule
    from vermeil.compare import (
        CompareSettings,
        Comparison,
        Costs,
        PickSettings,
        StudyFile,
        compare,
        pick,
        pick_of_study,
        read_comparison,
        read_study,
        run_study,
    )
    from vermeil.data import GOLD, Dataset, Example, Span, Vote, unlabelled, whole
    from vermeil.demo import demo
    from vermeil.deploy.bulk import pipeline_entities, predict_files
    from vermeil.deploy.export import Export, export
    from vermeil.deploy.hub import push
    from vermeil.deploy.predictor import predict, predict_stream
    from vermeil.deploy.serving import ServeSettings, serve, server_app, serving
    from vermeil.errors import VermeilError
    from vermeil.evaluate.mistakes import Mistakes, mistakes
    from vermeil.evaluate.score import Scores, evaluate, score, score_examples
    from vermeil.evaluate.significance import difference, differences, holm, interval
    from vermeil.formats import read, read_texts, write
    from vermeil.formats.texts import open_texts
    from vermeil.llms import llm
    from vermeil.report import report
    from vermeil.silver.merging import merge_teachers
    from vermeil.silver.reliability import reliability
    from vermeil.silver.settings import TREATMENTS, SilverSettings
    from vermeil.students import load, student
    from vermeil.tasks import read_task
    from vermeil.tasks.classify import Classify
    from vermeil.tasks.ner import NER
    from vermeil.train.run import Run, run_record
    from vermeil.train.strategies import STRATEGIES, Stage, Strategy, one_stage, strategy
    from vermeil.train.trainer import TrainSettings, train

__version__ = "0.1.0"

_HOMES = {
    "data": "Span Vote whole Example Dataset unlabelled GOLD",
    "errors": "VermeilError",
    "formats": "read read_texts write",
    "formats.texts": "open_texts",
    "tasks": "read_task",
    "tasks.ner": "NER",
    "tasks.classify": "Classify",
    "llms": "llm",
    "annotate.store": "AnswerStore",
    "annotate.annotator": "Annotator annotate",
    "annotate.record": "annotation_record",
    "annotate.method": "Method",
    "annotate.examples": "chooser",
    "annotate.pace": "Limits",
    "annotate.patience": "Patience",
    "annotate.budget": "Budget Prices",
    "annotate.plan": "plan",
    "annotate.importing": "import_answers export_answers",
    "silver.reliability": "reliability",
    "silver.merging": "merge_teachers",
    "silver.settings": "TREATMENTS SilverSettings",
    "blend.schedules": "Constant Natural Linear Sigmoid Power Cosine Step schedule",
    "train.strategies": "STRATEGIES strategy Strategy Stage one_stage",
    "train.trainer": "train TrainSettings",
    "train.run": "Run run_record",
    "students": "student load",
    "evaluate.score": "evaluate score score_examples Scores",
    "evaluate.mistakes": "mistakes Mistakes",
    "evaluate.significance": "interval difference differences holm",
    "compare": "compare pick CompareSettings PickSettings Costs Comparison read_comparison StudyFile read_study "
    "run_study pick_of_study",
    "report": "report",
    "deploy.predictor": "predict predict_stream",
    "deploy.bulk": "predict_files pipeline_entities",
    "deploy.export": "export Export",
    "deploy.hub": "push",
    "deploy.serving": "serve serving server_app ServeSettings",
    "demo": "demo",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [  # noqa: RUF022 - in the order in which data meet them
    "Span",
    "Vote",
    "whole",
    "Example",
    "Dataset",
    "unlabelled",
    "GOLD",
    "VermeilError",
    "read",
    "read_texts",
    "open_texts",
    "write",
    "read_task",
    "NER",
    "Classify",
    "llm",
    "AnswerStore",
    "Annotator",
    "annotate",
    "Method",
    "chooser",
    "Limits",
    "Patience",
    "Budget",
    "annotation_record",
    "plan",
    "Prices",
    "import_answers",
    "export_answers",
    "reliability",
    "merge_teachers",
    "TREATMENTS",
    "SilverSettings",
    "Constant",
    "Natural",
    "Linear",
    "Sigmoid",
    "Power",
    "Cosine",
    "Step",
    "schedule",
    "STRATEGIES",
    "strategy",
    "Strategy",
    "Stage",
    "one_stage",
    "train",
    "TrainSettings",
    "Run",
    "run_record",
    "student",
    "load",
    "evaluate",
    "score",
    "score_examples",
    "Scores",
    "mistakes",
    "Mistakes",
    "interval",
    "difference",
    "differences",
    "holm",
    "compare",
    "pick",
    "CompareSettings",
    "PickSettings",
    "Costs",
    "Comparison",
    "read_comparison",
    "StudyFile",
    "read_study",
    "run_study",
    "pick_of_study",
    "report",
    "predict",
    "predict_stream",
    "predict_files",
    "pipeline_entities",
    "export",
    "Export",
    "push",
    "serve",
    "serving",
    "server_app",
    "ServeSettings",
    "demo",
]


class _Public(ModuleType):
    """`vm.train` is the function although a folder is called so, too: Python would let the folder hide it."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name not in _HOME:
            raise AttributeError(f"module 'vermeil' has no attribute {name!r}")
        found = getattr(import_module(f"vermeil.{_HOME[name]}"), name)
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [*__all__, "__version__"]


sys.modules[__name__].__class__ = _Public
