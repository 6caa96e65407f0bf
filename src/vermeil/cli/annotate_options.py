"""What `vermeil annotate` and `vermeil batch` can be told, and the annotator that it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from vermeil import formats, llms
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.batches import folder_of, waiting_keys
from vermeil.annotate.budget import Prices, read_budget
from vermeil.annotate.examples import Chooser, chooser
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience
from vermeil.annotate.store import AnswerStore
from vermeil.data import Dataset, Kind
from vermeil.errors import SettingsError
from vermeil.files import same_file
from vermeil.formats.sniff import check_holds, labelled_format_of
from vermeil.settings import Settings
from vermeil.students.transformer.embedding import embedder
from vermeil.tasks import read_task
from vermeil.tasks.base import Task

_RECORDED = "scripted:"
"""The adapter whose model is a file of answers."""


class PriceSettings(Settings):
    """What the user's provider charges for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class MethodSettings(Settings):
    """`[method]`: see `Method`."""

    keep: float = 0.5
    verify: float | None = None
    longest: int | None = None
    overlap: int = Method.overlap
    texts_per_request: int = 1
    repair: bool = True


class PatienceSettings(Settings):
    """`[patience]`: see `Patience`."""

    attempts: int = Patience.attempts
    first_wait: float = Patience.first_wait
    longest_wait: float = Patience.longest_wait
    longest: float = Patience.longest
    hopeless: int = Patience.hopeless
    outage: float = Patience.outage


class Options(Settings):
    """What `--config` may hold.

    `llm_settings` go to the LLM (temperature, max_tokens, base_url, ...); where several LLMs need different ones,
    a table by name: `[llm_settings."openai:gpt-5-mini"]`. So do `prices`. `label_column` is that of `gold` and
    `examples_from`, whose texts then stand in `column`, too.
    """

    texts: Path
    column: str = "text"
    label_column: str | None = None
    task: Path
    llm: tuple[str, ...] = Field(min_length=1)
    llm_settings: dict[str, Any] = Field(default_factory=dict)
    store: Path = Path("answers.db")
    out: Path | None = None
    limit: int | None = Field(default=None, ge=1)
    in_flight: int = Limits.in_flight
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    budget: str | None = None
    prices: PriceSettings | dict[str, PriceSettings] | None = None
    samples: int = 1
    method: MethodSettings = MethodSettings()
    patience: PatienceSettings = PatienceSettings()
    examples: Literal["fixed", "random", "similarity", "coverage"] | None = None
    examples_from: Path | None = None
    shown: int = Field(default=8, ge=1)
    gold: Path | None = None
    retry_failed: bool = True
    stored_only: bool = False

    @field_validator("llm", mode="before")
    @classmethod
    def _one_will_do(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value

    @field_validator("budget", mode="before")
    @classmethod
    def _number_is_money(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) else value


def annotator_of(options: Options, store: AnswerStore) -> Annotator:
    """The annotator that the options describe.

    Raises:
        SettingsError: they don't fit together.
    """
    task = read_task(options.task)
    if of_nobody := [key for key in options.llm_settings if ":" in key and key not in options.llm]:
        raise SettingsError(f"llm_settings has a table for {of_nobody[0]!r}, and the LLMs are {', '.join(options.llm)}")
    method = Method(samples=options.samples, examples=_chooser(options, task), **options.method.model_dump())
    return Annotator(
        task,
        [llms.llm(name, **settings_of(name, options.llm_settings)) for name in options.llm],
        store,
        method,
        limits=Limits(options.in_flight, options.requests_per_minute, options.tokens_per_minute),
        patience=Patience(**options.patience.model_dump()),
        budget=read_budget(options.budget) if options.budget else None,
        prices=_prices(options),
        retry_failed=options.retry_failed,
        asking=not options.stored_only,
        elsewhere=waiting_keys(folder_of(options.store)),
        gold=_gold(options, options.gold, task) if options.gold else None,
    )


def target_of(options: Options, texts: str, kind: Kind, json: bool = False) -> Path:
    """Where the labels go: found out before anything is paid for.

    Args:
        texts: the name of the file of texts.
        kind: what the labels are.
        json: whether standard output is taken by the report.

    Raises:
        SettingsError: the file is one that the run reads, or it cannot hold labels.
        DataError: it cannot hold labels of this kind.
    """
    stem = "texts" if texts == "standard input" else Path(texts).name.split(".")[0] or "texts"
    target = options.out or Path(f"{stem}.silver.jsonl")
    if str(target) == "-":
        if json:
            raise SettingsError("--json prints the report where --out - prints the labels; give --out a file")
        return target
    for name in ("texts", "task", "gold", "examples_from", "store"):
        read: Path | None = getattr(options, name)
        if read and same_file(read, target):
            raise SettingsError(f"--out {target} is the file of the {name.replace('_', ' ')} itself; name another file")
    for llm in options.llm:
        if llm.startswith(_RECORDED) and same_file(llm.removeprefix(_RECORDED), target):
            raise SettingsError(f"--out {target} is the file of the recorded answers itself; name another file")
    check_holds(labelled_format_of(target, None), kind, f"--out {target}")
    return target


def hints(annotator: Annotator) -> Iterator[str]:
    """What a user may not have meant, though it can be done."""
    method, scored = annotator.method, annotator.task.settings.get("confidence")
    if method.verify is not None and len(annotator.llms) * method.samples == 1 and not scored:
        yield "method.verify asks about labels with a low score, and these will have none: add --samples or an --llm"
    if method.samples == 1:
        return
    chosen = "choose it with: --set llm_settings.temperature=0.7"
    for llm in annotator.llms:
        temperature = llm.settings.get("temperature")
        if temperature == 0:
            yield f"at temperature 0 the samples of {llm.name} are nearly one answer, paid for several times; {chosen}"
        elif temperature is None:
            yield f"no temperature is set for the samples of {llm.name}, so its server's own holds; {chosen}"


def settings_of(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Those of all LLMs, and those of the table with this one's name."""
    shared = {key: value for key, value in settings.items() if ":" not in key}
    own = settings.get(name, {})
    if not isinstance(own, dict):
        raise SettingsError(f"the settings of {name} are a table, got {own!r:.80}")
    return {**shared, **own}


def _prices(options: Options) -> Prices | dict[str, Prices] | None:
    if isinstance(options.prices, dict):
        return {name: Prices(price.input, price.output) for name, price in options.prices.items()}
    return Prices(options.prices.input, options.prices.output) if options.prices else None


def _gold(options: Options, path: Path, task: Task) -> Dataset:
    """Human labels; only where the column of the labels is named are they rows like those of the texts."""
    column = options.column if options.label_column else "text"
    return formats.read(path, labels=task.labels, kind=task.kind, column=column, label_column=options.label_column)


def _chooser(options: Options, task: Task) -> Chooser | None:
    way = options.examples or ("coverage" if options.examples_from else None)
    if way is None:
        return None
    if options.examples_from is None:
        raise SettingsError(f"examples are chosen ({way}) from gold: name the file with --examples-from")
    gold = _gold(options, options.examples_from, task)
    return chooser(way, gold, options.shown, embed=embedder() if way == "similarity" else None)
