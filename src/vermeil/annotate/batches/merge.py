"""Results into the answer store: each under its own question, or reported."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vermeil.annotate.asking import said_in
from vermeil.annotate.batches.folder import RESULTS, Batch, batch_api, check_llm, has_lines
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.counted import many
from vermeil.errors import NoReply, StoreError
from vermeil.exchange import Message, Prompt
from vermeil.files import lines
from vermeil.llms._batch import Result, line_in
from vermeil.llms.base import LLM


@dataclass(frozen=True)
class Merged:
    """What became of the questions of a batch, or of several.

    Args:
        added: answers that are now in the store.
        present: answers that were there already, from an earlier merge.
        failed: questions that the provider did not answer, by reason.
        contradicted: questions with two different answers, neither of which was taken.
        missing: questions without a line in the results.
        unknown: lines that belong to no question.
        repeated: lines that say again what another one said.
        unreadable: lines that are no results.
    """

    added: int = 0
    present: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    contradicted: int = 0
    missing: int = 0
    unknown: int = 0
    repeated: int = 0
    unreadable: int = 0

    def __add__(self, other: Merged) -> Merged:
        """Both together."""
        mine, theirs = asdict(self), asdict(other)
        sums = {name: mine[name] + theirs[name] for name in mine if name != "failed"}
        return Merged(failed=dict(Counter(self.failed) + Counter(other.failed)), **sums)

    @property
    def open(self) -> int:
        """Questions that are still without an answer."""
        return sum(self.failed.values()) + self.contradicted + self.missing

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        present = many(self.present, "was there already", "were there already")
        lines = [f"{many(self.added, 'answer')} added" + (f", {present}" if self.present else "")]
        lines += [f"{count:,} without an answer: {why}" for why, count in self.failed.items()]
        rest = {
            "questions with two different answers, neither of which was taken": self.contradicted,
            "questions without a result": self.missing,
            "results of questions that were not asked, left out": self.unknown,
            "repeated results, left out": self.repeated,
            "lines that are no results, left out": self.unreadable,
        }
        lines += [f"{count:,} {what}" for what, count in rest.items() if count]
        if self.open:
            lines.append(f"vermeil annotate, or another batch, asks for the {self.open:,} that are open")
        return "\n  ".join(lines)


def merge(batch: Batch, llm: LLM, store: AnswerStore) -> Merged:
    """Put the fetched answers of a batch into the store, raw.

    Raises:
        SettingsError: this is not the LLM that the batch was written for.
        StoreError: the batch is not fetched, an answer could not be written, or none of the results is ours.
    """
    with batch.held() as state:
        if state.step == "merged":
            return Merged(**(state.merged or {}))
        if state.step != "fetched":
            raise StoreError(f"the results of {state.name} are not fetched yet (it is {state.step}); collect it first")
        files = [batch.path / name for name in RESULTS if has_lines(batch.path / name)]
        merged = _Merge([batch], lambda batch: llm, store).run(files)
        if merged.unknown and merged.missing == state.requests:
            raise StoreError(
                f"none of the {merged.unknown:,} results of {state.remote} belongs to {state.name}: it was taken for "
                "another batch; send it anew with: vermeil batch submit --again"
            )
        if state.problem and merged.missing == state.requests:
            merged = Merged(failed={state.problem: state.requests})
        batch.advance(step="merged", merged=merged.as_dict())
        return merged


def merge_files(
    files: Sequence[Path], batches: Sequence[Batch], llm_of: Callable[[Batch], LLM], store: AnswerStore
) -> Merged:
    """Put the answers of result files that were fetched by hand into the store, whichever batch they belong to.

    A batch that has a line in them is merged then: what it has no answer to can be asked again.
    """
    run = _Merge(batches, llm_of, store)
    merged = run.run(files)
    for batch in run.met:
        with batch.held():
            batch.advance(step="merged", merged=batch.state.merged or merged.as_dict())
    return merged


class _Merge:
    """Two passes over the results: one finds questions that are answered twice, the other keeps what is left."""

    def __init__(self, batches: Sequence[Batch], llm_of: Callable[[Batch], LLM], store: AnswerStore) -> None:
        self._store = store
        self._llms: dict[str, LLM] = {}
        self._places: dict[str, tuple[Batch, int]] = {}
        for batch in batches:
            self._llms[batch.name] = llm_of(batch)
            check_llm(batch, self._llms[batch.name])
            self._places |= {str(row["key"]): (batch, place) for place, row in batch.rows()}
        self._said: dict[str, bytes] = {}  # the fingerprint of an answer, b"" for two that differ
        self._failed: dict[str, str] = {}
        self._taken: set[str] = set()
        self._counts: Counter[str] = Counter()
        self.met: list[Batch] = []

    def run(self, files: Sequence[Path]) -> Merged:
        """Keep what can be kept, and count the rest."""
        for result in self._results(files):
            self._note(result)
        unknown, unreadable = self._counts["unknown"], self._counts["unreadable"]  # the second pass meets them again
        for result in self._results(files):
            self._take(result)
        self._store.flush()
        met = {self._places[key][0].name for key in (*self._said, *self._failed)}
        self.met = list({batch.name: batch for batch, _ in self._places.values() if batch.name in met}.values())
        asked = [key for key, (batch, _) in self._places.items() if batch.name in met or len(self._llms) == 1]
        failed = Counter(_kind(why) for key, why in self._failed.items() if key not in self._said)
        return Merged(
            self._counts["added"],
            self._counts["present"],
            dict(failed.most_common()),
            sum(not said for said in self._said.values()),
            sum(key not in self._said and key not in self._failed for key in asked),
            unknown,
            self._counts["repeated"],
            unreadable,
        )

    def _results(self, files: Sequence[Path]) -> Iterator[Result]:
        for _, line in (pair for file in files for pair in lines(file)):
            if not line.strip():
                continue
            try:
                found = line_in(line)
                if found["custom_id"] not in self._places:
                    self._counts["unknown"] += 1
                    continue
                batch, _ = self._places[found["custom_id"]]
                yield batch_api(self._llms[batch.name]).result(found)
            except NoReply:
                self._counts["unreadable"] += 1

    def _note(self, result: Result) -> None:
        if result.failed:
            self._counts["repeated"] += result.custom_id in self._failed
            self._failed[result.custom_id] = result.failed
            return
        said = hashlib.sha256(result.body.encode()).digest()
        if self._said.setdefault(result.custom_id, said) != said:
            self._said[result.custom_id] = b""

    def _take(self, result: Result) -> None:
        if result.failed or not self._said[result.custom_id]:
            return
        if result.custom_id in self._taken:
            self._counts["repeated"] += 1
            return
        self._taken.add(result.custom_id)
        batch, place = self._places[result.custom_id]
        llm, (text, prompt) = self._llms[batch.name], _question(batch, place)
        key = answer_key(llm.settings, prompt)
        stored = self._store.get(key)
        if stored is not None and stored.body == result.body:
            self._counts["present"] += 1
            return
        asked = said_in(llm, result.body)
        self._store.put(
            llm,
            prompt,
            text,
            result.body,
            key=key,
            attempt_id=self._store.sent(key, llm.name, text),
            tokens_in=asked.tokens_in,
            tokens_out=asked.tokens_out,
        )
        self._counts["added"] += 1


def _question(batch: Batch, place: int) -> tuple[str, Prompt]:
    row = batch.row_at(place)
    messages = tuple(Message(role, content) for role, content in row["prompt"]["messages"])
    return row["text"], Prompt(messages, row["prompt"]["schema"])


def _kind(reason: str) -> str:
    """The reason without the numbers that differ from text to text."""
    return re.sub(r"\d{4,}", "N", reason)
