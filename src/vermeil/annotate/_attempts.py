"""Keeps the ledger of a store: one row for each question that was handed to an LLM."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator

from vermeil.annotate._database import Database
from vermeil.annotate._parts import iso
from vermeil.annotate._writer import Insert, Row
from vermeil.annotate.ledger import SPENT, STOPPED, Attempt, Ledger, State

LLMS = Insert("insert or ignore into llms (name)", "(?)", once=True)
ATTEMPTS = Insert(
    "insert into attempts (id, key, llm, words, state, sent, ended, reason, tries, tokens_in, tokens_out)",
    "(?, ?, (select id from llms where name = ?), ?, ?, ?, ?, ?, ?, ?, ?)",
    # The end of an attempt comes as a row with its id; an answer outweighs a failure, and adds to those before.
    """on conflict (id) do update set ended = excluded.ended,
        state = case state when 'got' then 'got' else excluded.state end,
        reason = case when 'got' in (state, excluded.state) then '' else excluded.reason end,
        tries = max(tries, excluded.tries),
        tokens_in = tokens_in + excluded.tokens_in, tokens_out = tokens_out + excluded.tokens_out""",
)

# The table knows four states: those that were never asked lie among the failed.
_STATE = f"case when state = 'failed' and reason in ('{STOPPED}', '{SPENT}') then 'unasked' else state end"
_SELECT = f"""select attempts.id, attempts.key, name,
        coalesce(nullif(words, ''), (select substr(text, 1, 40) from answers where answers.key = attempts.key), ''),
        {_STATE}, reason, tries, tokens_in, tokens_out, sent, ended
    from attempts join llms on llms.id = llm"""
_MOST_TOKENS = 10**12  # no call costs more, whatever a server says; sums of it stay in SQLite's range
_WORDS = 40  # characters of a text that are kept
_SHOWN = 20


class Attempts:
    """The rows that tell of attempts, and what they come to.

    What an earlier run left as sent is unknown from now on: it may have been paid for, and can't tell us any more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        database.one("update attempts set state = 'unknown' where state = 'sent'")
        (newest,) = database.one("select coalesce(max(id), 0) from attempts")
        self._numbers = itertools.count(newest + 1)

    def sent(self, key: bytes, llm: str, text: str) -> tuple[int, tuple[Row, ...]]:
        """The number of a new attempt, and the rows that put it on record."""
        number, llm = next(self._numbers), encodable(llm)
        values = (number, key, llm, encodable(text[:_WORDS]), "sent", now(), None, "", 0, 0, 0)
        return number, ((LLMS, (llm,)), (ATTEMPTS, values))

    def got(self, number: int, tokens_in: int, tokens_out: int) -> Row:
        """The row that ends an attempt with its answer."""
        return _end(number, "got", "", 0, tokens_in, tokens_out)

    def failed(self, number: int, reason: str, tries: int, tokens_in: int, tokens_out: int) -> Row:
        """The row that ends an attempt without an answer."""
        return _end(number, "failed", encodable(reason), tries, tokens_in, tokens_out)

    def ledger(self) -> Ledger:
        """The sums over all attempts."""
        counts: Counter[State] = Counter()
        by_llm: dict[str, dict[State, int]] = {}
        tokens_in = tokens_out = 0
        for llm, state, count, of_in, of_out in self._database.all(
            f"""select name, {_STATE} as now_in, count(*), sum(tokens_in), sum(tokens_out)
                from attempts join llms on llms.id = llm group by llm, now_in order by name, now_in"""
        ):
            counts[state] += count
            by_llm.setdefault(llm, {})[state] = count
            tokens_in, tokens_out = tokens_in + of_in, tokens_out + of_out
        left = self._database.all(f"{_SELECT} where state = 'unknown' order by attempts.id limit ?", _SHOWN)
        words = tuple(row[3] for row in left if row[3])
        ends = (counts["sent"], counts["got"], counts["failed"], counts["unknown"])
        return Ledger(*ends, tokens_in, tokens_out, by_llm, words, counts["unasked"])

    def each(self, state: State | None) -> Iterator[Attempt]:
        """The attempts in this state, or all, in the order in which they were sent."""
        for row in self._database.all(f"{_SELECT} where {_STATE} = coalesce(?, {_STATE}) order by attempts.id", state):
            number, key, llm, words, now_in, reason, tries, tokens_in, tokens_out, sent, ended = row
            times = iso(sent), iso(ended)
            yield Attempt(number, key.hex(), llm, words, now_in, reason, tries, tokens_in, tokens_out, *times)


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def encodable(text: str) -> str:
    """What others said, with half characters made harmless: a record of a failure must never fail itself."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _end(number: int, state: State, reason: str, tries: int, tokens_in: int, tokens_out: int) -> Row:
    paid = (min(max(0, count), _MOST_TOKENS) for count in (tokens_in, tokens_out))
    return ATTEMPTS, (number, b"", None, "", state, 0, now(), reason, tries, *paid)
