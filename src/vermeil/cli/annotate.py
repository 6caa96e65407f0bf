"""`vermeil annotate`: an LLM labels raw text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import Field

from vermeil import formats, llms
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.plan import Prices, plan
from vermeil.annotate.record import annotation_record
from vermeil.annotate.store import AnswerStore
from vermeil.cli.options import Column, Config, Json, Set, TaskFile, resolve
from vermeil.cli.terminal import bar, note, note_unwritten, out, print_json
from vermeil.data import Dataset
from vermeil.execute.local import Threads
from vermeil.files import write_text
from vermeil.settings import Settings
from vermeil.tasks import read_task

EXAMPLE = (
    "Example: [bold]vermeil annotate raw.txt --task task.toml --llm openai:gpt-5-mini --out silver.jsonl[/bold]; "
    "add --plan to see calls and tokens first. The key comes from OPENAI_API_KEY, another server from OPENAI_BASE_URL."
)


class PriceSettings(Settings):
    """What the user's provider charges for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class Options(Settings):
    """What `--config` may hold; `llm_settings` go to the LLM (temperature, max_tokens, base_url, ...)."""

    texts: Path
    column: str = "text"
    task: Path
    llm: str
    llm_settings: dict[str, Any] = Field(default_factory=dict)
    store: Path = Path("answers.db")
    out: Path | None = None
    workers: int = Field(default=8, ge=1, le=512)
    limit: int | None = Field(default=None, ge=1)
    retry_failed: bool = True
    prices: PriceSettings | None = None


def command(
    texts: Annotated[
        Path | None, typer.Argument(help="Texts: one a line, JSONL or CoNLL; .gz too; - is standard input.")
    ] = None,
    task: TaskFile = None,
    llm: Annotated[
        str | None, typer.Option(help="ADAPTER:MODEL, such as openai:gpt-5-mini.", show_default=False)
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="File for the labels (JSONL, CoNLL).", show_default=False)
    ] = None,
    store: Annotated[Path | None, typer.Option(help="Answer store (answers.db).", show_default=False)] = None,
    workers: Annotated[int | None, typer.Option(help="Calls under way at once (8).", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first N texts.", show_default=False)] = None,
    column: Column = None,
    retry_failed: Annotated[
        bool | None, typer.Option(help="Ask again where a stored answer is unreadable (on).", show_default=False)
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan", help="Count calls, tokens and price; ask nothing.")] = False,
    show_prompt: Annotated[bool, typer.Option(help="Print the prompt of the first text; ask nothing.")] = False,
    config: Config = None,
    settings: Set = None,
    json: Json = False,
) -> None:
    """Let an LLM label raw texts. Every answer is kept: stop it, run it again, and nothing is asked twice."""
    flags: dict[str, Any] = {
        "texts": texts,
        "task": task,
        "llm": llm,
        "out": out_file,
        "store": store,
        "workers": workers,
    }
    flags |= {"limit": limit, "column": column, "retry_failed": retry_failed}
    options = resolve(Options, config, settings, flags)
    raw = formats.read_texts(options.texts, column=options.column)
    raw = Dataset(raw.examples[: options.limit], raw.name)
    if show_prompt:
        out.print(read_task(options.task).prompt(raw[0].text).text, markup=False)
    elif plan_only:
        _plan(options, raw, json)
    else:
        _annotate(options, raw, json)


def _plan(options: Options, raw: Dataset, json: bool) -> None:
    prices = Prices(options.prices.input, options.prices.output) if options.prices else None
    with AnswerStore(options.store if options.store.exists() else ":memory:") as answers:
        planned = plan(
            raw,
            read_task(options.task),
            llms.llm(options.llm, **options.llm_settings),
            answers,
            prices,
            retry_failed=options.retry_failed,
        )
    if json:
        print_json(planned.as_dict())
    else:
        out.print(str(planned), markup=False)
        if prices is None:
            note("for the price, give what a million tokens cost: --set prices.input=0.25 --set prices.output=2")


def _annotate(options: Options, raw: Dataset, json: bool) -> None:
    target = options.out or Path(f"{Path(raw.name).name.split('.')[0] or 'texts'}.silver.jsonl")
    with AnswerStore(options.store) as answers, bar("annotating", len(set(raw.texts))) as advance:
        annotator = Annotator(
            read_task(options.task),
            llms.llm(options.llm, **options.llm_settings),
            answers,
            Threads(options.workers),
            retry_failed=options.retry_failed,
        )
        shown = 0

        def on_progress(done: int, total: int) -> None:
            nonlocal shown
            advance(done - shown)
            shown = done

        silver = annotator.annotate(raw, on_progress)
    note_unwritten(formats.write(silver, target))
    if str(target) != "-":
        record = annotation_record(annotator, silver, options.model_dump(mode="json"))
        write_text(target.with_name(f"{target.name}.run.json"), record)
    if json:
        print_json({"out": str(target), **annotator.report.as_dict()})
        return
    out.print(str(annotator.report), markup=False)
    note(f"written: {target}; next: vermeil train --task {options.task} --silver {target} --gold … --out model/")
