"""`vermeil annotate`: an LLM labels raw text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from vermeil.annotate.annotator import Annotator, Progress
from vermeil.annotate.job import Standing
from vermeil.annotate.plan import first_prompt, plan
from vermeil.annotate.record import annotation_record
from vermeil.annotate.store import AnswerStore
from vermeil.cli.annotate_options import Options, annotator_of, hints, target_of
from vermeil.cli.options import Column, Config, Json, LabelColumn, SetOfAnnotating, TaskFile, resolve
from vermeil.cli.terminal import bar, bytes_bar, note, note_unwritten, out, print_json
from vermeil.counted import many
from vermeil.errors import BudgetSpent
from vermeil.exchange import Prompt
from vermeil.files import write_text
from vermeil.formats import write
from vermeil.formats.texts import Texts, open_texts

EXAMPLE = (
    "Example: [bold]vermeil annotate raw.txt --task task.toml --llm openai:gpt-5-mini --out silver.jsonl[/bold]; "
    "add --plan to see calls, tokens, price and time first. The key comes from OPENAI_API_KEY, another server from "
    "OPENAI_BASE_URL. All options, also rarer ones, can stand in a TOML file (--config) or after --set."
)

Texts_ = Annotated[
    Path | None,
    typer.Argument(
        help="Texts: one a line, JSONL, CSV, TSV, Parquet, CoNLL, a folder of .txt; .gz too; - is standard input."
    ),
]
LLMs = Annotated[
    list[str] | None,
    typer.Option("--llm", help="ADAPTER:MODEL, such as openai:gpt-5-mini; several vote.", show_default=False),
]


def command(
    texts: Texts_ = None,
    task: TaskFile = None,
    llm: LLMs = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="File for the labels (JSONL, CoNLL, CSV).", show_default=False)
    ] = None,
    store: Annotated[Path | None, typer.Option(help="Answer store (answers.db).", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first N texts.", show_default=False)] = None,
    column: Column = None,
    label_column: LabelColumn = None,
    in_flight: Annotated[int | None, typer.Option(help="Most calls at once (32).", show_default=False)] = None,
    requests_per_minute: Annotated[float | None, typer.Option(help="Most calls a minute.", show_default=False)] = None,
    tokens_per_minute: Annotated[float | None, typer.Option(help="Most tokens a minute.", show_default=False)] = None,
    budget: Annotated[str | None, typer.Option(help="Spend no more: 5.00, or '2M tokens'.", show_default=False)] = None,
    samples: Annotated[int | None, typer.Option(help="Answers of each LLM that vote (1).", show_default=False)] = None,
    examples: Annotated[
        str | None,
        typer.Option(help="Choose shown examples: fixed, random, similarity, coverage.", show_default=False),
    ] = None,
    examples_from: Annotated[
        Path | None, typer.Option(help="Gold that examples are drawn from.", show_default=False)
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Human labels of some texts, to score the LLM's.", show_default=False)
    ] = None,
    retry_failed: Annotated[
        bool | None, typer.Option(help="Ask again where a stored answer is unreadable (on).", show_default=False)
    ] = None,
    stored_only: Annotated[
        bool | None, typer.Option("--stored-only", help="Ask nothing; read the store anew.", show_default=False)
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan", help="Calls, tokens, price, time; asks --probe texts.")] = False,
    probe: Annotated[int, typer.Option(min=0, help="Texts that a plan asks; their answers are kept.")] = 5,
    show_prompt: Annotated[bool, typer.Option("--show-prompt", help="Print the first prompt; ask nothing.")] = False,
    config: Config = None,
    settings: SetOfAnnotating = None,
    json: Json = False,
) -> None:
    """Let an LLM label raw texts. Every answer is kept: stop it, run it again, and nothing is asked twice."""
    given = dict(locals())
    flags = {name: given[name] for name in given if name in Options.model_fields} | {"out": out_file}
    options = resolve(Options, config, settings, flags)
    with bytes_bar("reading") as on_bytes:
        raw = open_texts(options.texts, column=options.column, limit=options.limit, on_progress=on_bytes)
    with AnswerStore() as none_yet:  # mistakes in the options leave no empty store behind
        annotator = annotator_of(options, none_yet)
    if show_prompt:
        _show_prompt(first_prompt(annotator, raw), json)
    elif plan_only:
        _plan(annotator, options, raw, probe, json)
    else:
        _annotate(annotator, options, raw, json)


def _show_prompt(prompt: Prompt, json: bool) -> None:
    if json:
        print_json(asdict(prompt))
    else:
        out.print(prompt.text, markup=False)


def _plan(annotator: Annotator, options: Options, raw: Texts, probe: int, json: bool) -> None:
    with AnswerStore(options.store if probe or options.store.exists() else ":memory:") as annotator.store:
        planned = plan(annotator, raw, probe=probe)
    if json:
        print_json(planned.as_dict())
        return
    out.print(str(planned), markup=False)
    if not options.prices:
        note("for the price, give what a million tokens cost: --set prices.input=0.25 --set prices.output=2")


def _annotate(annotator: Annotator, options: Options, raw: Texts, json: bool) -> None:
    target = target_of(options, raw.name, annotator.task.kind, json)
    for hint in hints(annotator):
        note(hint)
    with (
        AnswerStore(options.store) as annotator.store,
        bar("annotating", len(raw)) as advance,
        closing(annotator.stream(raw, _shown_by(advance))) as labelled,
    ):
        lost = write(labelled, target)
    note_unwritten(lost)
    _report(annotator, options, target, json)
    if annotator.report.budget_spent:
        unasked = many(annotator.report.unasked, "text was not asked for", "texts were not asked for")
        raise BudgetSpent(
            f"the budget of {options.budget} is spent, and {unasked}; "
            "the same command with a higher --budget goes on from there"
        )


def _shown_by(advance: Callable[..., None]) -> Progress:
    shown = 0

    def on_progress(standing: Standing) -> None:
        nonlocal shown
        advance(standing.done - shown, note=str(standing))
        shown = standing.done

    return on_progress


def _report(annotator: Annotator, options: Options, target: Path, json: bool) -> None:
    if str(target) == "-":
        note(str(annotator.report))  # standard output holds the labels
        return
    record = annotation_record(annotator, options.model_dump(mode="json"))
    write_text(target.with_name(f"{target.name}.run.json"), record)
    if json:
        print_json({"out": str(target), **annotator.report.as_dict()})
    else:
        out.print(str(annotator.report), markup=False)
        command = f"vermeil train --task {quote(str(options.task))} --silver {quote(str(target))} --gold … --out model/"
        note(f"written: {target}; next: {command}" if annotator.report.labels else f"written: {target}")
