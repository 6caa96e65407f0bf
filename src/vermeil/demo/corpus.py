"""The embedded corpora: a folder of `corpora/` holds all that the demo needs for one kind of labelling."""

from __future__ import annotations

from pathlib import Path

from vermeil import formats
from vermeil.data import Dataset
from vermeil.errors import UnknownName
from vermeil.settings import Settings, check, read_toml
from vermeil.tasks import Task, read_task
from vermeil.train.trainer import TrainSettings

CORPORA = Path(__file__).parent / "corpora"
DEFAULT = "ner"


class Job(Settings):
    """What `demo.toml` says of a corpus.

    Args:
        about: what its texts are, and how many of them are annotated.
        sentence: what the model labels in the end.
        out: folder for the results, where the user names none.
    """

    about: str
    sentence: str
    out: Path
    train: TrainSettings


class Corpus:
    """The corpus of that name: its task, what an LLM answered to its texts, and its human labels.

    Raises:
        UnknownName: there is none.
    """

    def __init__(self, name: str = DEFAULT) -> None:
        if name not in corpora():
            raise UnknownName("corpus", name, corpora())
        self.folder = CORPORA / name
        self.job = check(read_toml(self.folder / "demo.toml"), Job, f"corpora/{name}/demo.toml")

    @property
    def task_file(self) -> Path:
        """What is labelled, as a user writes it."""
        return self.folder / "task.toml"

    @property
    def task(self) -> Task:
        """What is labelled."""
        return read_task(self.task_file)

    @property
    def answers(self) -> Path:
        """The recorded answers of an LLM to `texts`."""
        return self.folder / "answers.jsonl"

    @property
    def texts(self) -> Dataset:
        """What is annotated."""
        return formats.read_texts(self.folder / "raw.txt")

    def labelled(self, name: str) -> Dataset:
        """Human labels: gold, dev, test, or raw_gold, which only the teacher is scored by."""
        return formats.read(self.folder / f"{name}.jsonl", kind=self.task.kind)


def corpora() -> list[str]:
    """The names of the embedded corpora."""
    return sorted(file.parent.name for file in CORPORA.glob("*/demo.toml"))
