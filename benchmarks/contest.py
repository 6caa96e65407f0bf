"""Who takes part in `annotate.py`, each in a virtual environment of its own, and one round of one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loopback import Loopback

HERE = Path(__file__).parent
VENVS = HERE / ".venvs"


@dataclass(frozen=True)
class Contestant:
    """A library, and how it is asked.

    Args:
        name: as it stands in the table.
        script: in `contestants/`.
        client: the answers that it wants, see `loopback_server.py`; "" for vermeil's.
        packages: what is installed; empty for the environment that this runs in.
        settings: what was chosen for throughput, in words.
        environment: further variables.
    """

    name: str
    script: str
    client: str = ""
    packages: tuple[str, ...] = ()
    settings: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """The interpreter that has its packages."""
        return VENVS / self.client / "bin" / "python" if self.packages else Path(sys.executable)

    def install(self) -> None:
        """Make its environment, unless it is there."""
        done = VENVS / self.client / "installed.txt"
        if not self.packages or (done.exists() and done.read_text().split() == list(self.packages)):
            return
        venv.create(VENVS / self.client, with_pip=True, clear=True)
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *self.packages]
        subprocess.run(command, check=True)
        done.write_text("\n".join(self.packages))


_SPACY = ("spacy-llm==0.7.4", "spacy==3.8.18")

CONTESTANTS = (
    Contestant("vermeil", "vermeil_.py", settings="in flight 64, an answer store on the disk"),
    Contestant(
        "langextract",
        "langextract_.py",
        "langextract",
        ("langextract[openai]==1.7.1",),
        "max_workers 64, all texts in one batch (no waves)",
    ),
    Contestant(
        "distilabel",
        "distilabel_.py",
        "distilabel",
        ("distilabel[openai]==1.5.3", "requests"),
        "input_batch_size 64; its answers are not read and not placed, since it has no task for entities",
    ),
    Contestant(
        "spacy-llm, 32 processes",
        "spacy_llm_.py",
        "spacy",
        _SPACY,
        "NER.v3, nlp.pipe with 32 processes: the best of 8, 16, 32 and 64",
        {"SPACY_PROCESSES": "32"},
    ),
    Contestant("spacy-llm", "spacy_llm_.py", "spacy", _SPACY, "NER.v3, as it comes: one call at a time"),
)


def one_round(contestant: Contestant, server: Loopback, texts: Path, in_flight: int) -> dict[str, Any]:
    """Its figures, with what the server saw of it.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    server.reset()
    script = HERE / "contestants" / contestant.script
    command = [str(contestant.python), str(script), server.url(contestant.client), str(texts), str(in_flight)]
    environment = {**os.environ, **contestant.environment, "OPENAI_API_KEY": "none"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1800)
    if ran.returncode:
        raise RuntimeError(f"{contestant.name} failed: {ran.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    arrivals = server.times()["arrivals"]
    return {
        **figures,
        "calls": server.counts()["calls"],
        "most_in_flight": server.counts()["most_in_flight"],
        "calls_seconds": arrivals[-1] - arrivals[0],
    }
