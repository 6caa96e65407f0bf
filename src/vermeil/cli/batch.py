"""`vermeil batch`: ask about many texts at once, through a provider's batch API, at its lower price."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from vermeil import llms
from vermeil.annotate import batches
from vermeil.annotate.batches import Batch, Merged, Written
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.voters import voters
from vermeil.cli.annotate_options import Options, annotator_of, settings_of
from vermeil.cli.options import Column, Config, Json, SetOfAnnotating, TaskFile, resolve
from vermeil.cli.terminal import bar, bytes_bar, note, out, print_json
from vermeil.counted import many
from vermeil.data import Example
from vermeil.errors import SettingsError, UserError
from vermeil.exchange import canonical
from vermeil.formats.texts import Texts, open_texts
from vermeil.llms.base import LLM

app = typer.Typer(
    no_args_is_help=True,
    help="Ask about many texts at once, at a provider's batch price: submit, collect (hours later), annotate.",
)

STORE = Path("answers.db")

Store = Annotated[Path, typer.Option(help="Answer store; the batches lie beside it, in STORE.batches.")]
RawTexts = Annotated[Path | None, typer.Argument(help="Texts, as for vermeil annotate.", show_default=False)]
Names = Annotated[
    list[str] | None,
    typer.Option("--llm", help="ADAPTER:MODEL of openai, azure or anthropic; several vote.", show_default=False),
]
Limit = Annotated[int | None, typer.Option(help="Only the first N texts.", show_default=False)]
StoreFlag = Annotated[Path | None, typer.Option("--store", help="Answer store (answers.db).", show_default=False)]


@app.command(
    "submit",
    epilog="Example: [bold]vermeil batch submit raw.txt --task task.toml --llm openai:gpt-5-mini[/bold]; "
    "without texts it goes on with what was written.",
)
def submit_command(
    texts: RawTexts = None,
    task: TaskFile = None,
    llm: Names = None,
    store: StoreFlag = None,
    limit: Limit = None,
    column: Column = None,
    adopt: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The batch in doubt is the provider's batch ID.", show_default=False),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="The batch in doubt never arrived: send it anew.")] = False,
    config: Config = None,
    settings: SetOfAnnotating = None,
    json: Json = False,
) -> None:
    """Hand in, as batches, what vermeil annotate would ask now. Run it again after any stop: nothing is asked twice."""
    flags = {name: value for name, value in locals().items() if name in Options.model_fields}
    options = resolve(Options, config, settings, flags) if texts or config else None
    if not options and (given := [f"--{name}" for name in ("task", "llm", "limit", "column") if flags[name]]):
        raise SettingsError(
            f"{given[0]} goes with texts, and none were named: vermeil batch submit raw.txt {given[0]} …"
        )
    folder = batches.folder_of(options.store if options else store or STORE)
    llm_of = _LLMs()
    if adopt or again:
        _decide(batches.batches_in(folder), llm_of, adopt)
    written = _write(options, by_hand=False) if options else None
    submitted = _submit(batches.batches_in(folder), llm_of)
    if json:
        print_json({"questions": written.questions if written else 0, "submitted": [_row(b) for b in submitted]})
        return
    if written:
        out.print(str(written), markup=False)
    elif not batches.batches_in(folder):
        out.print(f"nothing to submit: no batches in {folder}", markup=False)
        return
    out.print(f"{many(len(submitted), 'batch', 'batches')} submitted", markup=False)
    note(f"next: vermeil batch collect --wait --store {quote(str(folder).removesuffix('.batches'))}")


@app.command("status", epilog="Example: [bold]vermeil batch status --store answers.db[/bold]")
def status_command(store: Store = STORE, json: Json = False) -> None:
    """Say how far each batch is, as its provider sees it."""
    found = batches.batches_in(batches.folder_of(store))
    llm_of = _LLMs()
    for batch in found:
        batches.refresh(batch, llm_of(batch))
    if json:
        print_json([_row(batch) for batch in found])
        return
    shown = [_line(batch) for batch in found] or [f"no batches in {batches.folder_of(store)}"]
    out.print("\n".join(shown), markup=False)


@app.command("collect", epilog="Example: [bold]vermeil batch collect --wait && vermeil annotate raw.txt …[/bold]")
def collect_command(
    store: Store = STORE,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all batches have ended, a day at most.")] = False,
    json: Json = False,
) -> None:
    """Fetch the results of batches that have ended, and keep their answers in the store."""
    found = [batch for batch in batches.batches_in(batches.folder_of(store)) if batch.state.waiting]
    llm_of = _LLMs()
    ended = _fetched(found, llm_of, wait)
    merged = Merged()
    if ended:
        with AnswerStore(store) as answers:
            for batch in ended:
                merged += batches.merge(batch, llm_of(batch), answers)
    left = [batch for batch in found if batch.state.waiting]
    if json:
        print_json({**merged.as_dict(), "collected": len(ended), "left": [_row(batch) for batch in left]})
        return
    shown = [f"{many(len(ended), 'batch', 'batches')} collected: {merged}", *map(_line, left)]
    out.print("\n".join(shown), markup=False)


@app.command(
    "write", epilog="Example: [bold]vermeil batch write raw.txt --task task.toml --llm openai:gpt-5-mini[/bold]"
)
def write_command(
    texts: RawTexts = None,
    task: TaskFile = None,
    llm: Names = None,
    store: StoreFlag = None,
    limit: Limit = None,
    column: Column = None,
    config: Config = None,
    settings: SetOfAnnotating = None,
    json: Json = False,
) -> None:
    """Only write the files of requests, for a person to upload; vermeil batch merge takes the results."""
    flags = {name: value for name, value in locals().items() if name in Options.model_fields}
    written = _write(resolve(Options, config, settings, flags), by_hand=True)
    files = [str(batch.requests) for batch in written.batches]
    if json:
        print_json({"questions": written.questions, "waiting": written.waiting, "files": files})
        return
    out.print("\n".join([str(written), *files]), markup=False)


@app.command("merge", epilog="Example: [bold]vermeil batch merge output.jsonl errors.jsonl --store answers.db[/bold]")
def merge_command(
    files: Annotated[list[Path], typer.Argument(help="Result files, as the provider gave them.")],
    store: Store = STORE,
    json: Json = False,
) -> None:
    """Keep the answers of result files that were downloaded by hand."""
    found = batches.batches_in(batches.folder_of(store))
    if not found:
        raise UserError(f"no batches in {batches.folder_of(store)}: name the store that they were written for")
    with AnswerStore(store) as answers:
        merged = batches.merge_files(files, found, _LLMs(), answers)
    print_json(merged.as_dict()) if json else out.print(str(merged), markup=False)


class _LLMs:
    """The LLM that a batch was written for, made once."""

    def __init__(self) -> None:
        self._made: dict[str, LLM] = {}

    def __call__(self, batch: Batch) -> LLM:
        options = batch.state.options
        key = canonical(options)
        if key not in self._made:
            llm = llms.llm(options["llm"], **options["settings"])
            self._made[key] = voters([llm], options["sample"])[-1][1]
        return self._made[key]


def _write(options: Options, by_hand: bool) -> Written:
    """Batches of each voter's own open questions."""
    with bytes_bar("reading") as on_bytes:
        raw = open_texts(options.texts, column=options.column, limit=options.limit, on_progress=on_bytes)
    written = Written()
    with AnswerStore(options.store) as answers:
        annotator = annotator_of(options, answers)
        asked = voters(annotator.llms, annotator.method.samples)
        with bar("writing questions", len(raw) * len(asked)) as advance:
            for place, (number, voter) in enumerate(asked):
                texts = _counted(raw, advance)
                questions = batches.open_questions(
                    texts, annotator.task, voter, answers, options.retry_failed, annotator.method
                )
                name, sample = options.llm[number], 1 + place // len(annotator.llms)
                made = {"llm": name, "settings": settings_of(name, options.llm_settings), "sample": sample}
                folder = batches.folder_of(options.store)
                written += batches.write_batches(questions, voter, folder, options=made, by_hand=by_hand)
    return written


def _counted(texts: Texts, advance: Callable[..., None]) -> Iterator[Example]:
    for example in texts:
        advance()
        yield example


def _decide(found: Sequence[Batch], llm_of: Callable[[Batch], LLM], adopt: str | None) -> None:
    """What the user says of the one batch that may have arrived or not."""
    doubtful = [batch for batch in found if batch.state.step == "submitting"]
    doubtful = doubtful or [batch for batch in found if batch.state.step == "fetched"]  # with results of others
    if len(doubtful) != 1:
        raise SettingsError(f"--adopt and --again are about the one batch in doubt, and {len(doubtful)} are in doubt")
    if adopt:
        batches.adopt(doubtful[0], llm_of(doubtful[0]), adopt)
    else:
        batches.submit_again(doubtful[0])


def _submit(found: Sequence[Batch], llm_of: Callable[[Batch], LLM]) -> list[Batch]:
    to_do = [batch for batch in found if batch.state.step in ("written", "submitting") and not batch.state.by_hand]
    with bar("submitting", len(to_do)) as advance:
        for batch in to_do:
            batches.submit(batch, llm_of(batch))
            advance()
    return to_do


def _fetched(found: Sequence[Batch], llm_of: Callable[[Batch], LLM], wait: bool) -> list[Batch]:
    total = sum(batch.state.requests for batch in found if batch.state.step in ("submitted", "ended", "fetched"))
    with bar("waiting" if wait else "looking", total) as advance:
        shown = 0

        def on_progress(progress: batches.Progress) -> None:
            nonlocal shown
            advance(progress.done + progress.failed - shown, note=progress.note)
            shown = progress.done + progress.failed

        return list(batches.collect(found, llm_of, on_progress, wait=wait))


def _row(batch: Batch) -> dict[str, Any]:
    state = batch.state
    shown = ("name", "step", "llm", "requests", "done", "failed", "remote", "status", "problem", "by_hand")
    return {name: getattr(state, name) for name in shown}


def _line(batch: Batch) -> str:
    state = batch.state
    failed = f", {state.failed:,} failed" if state.failed else ""
    problem = f": {state.problem}" if state.problem else ""
    said = f" ({state.status} {state.remote})" if state.remote else " (to be handed in by hand)" * state.by_hand
    return f"{state.name}  {state.step}{said}, {state.done:,} of {state.requests:,} answered{failed}{problem}"
