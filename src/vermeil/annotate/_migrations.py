"""What takes an answer store from each version to the next; a step that was released is never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from vermeil.annotate._parts import milliseconds, parts_of
from vermeil.exchange import Message, Prompt

OURS = 0x7665726D
"""SQLite's application_id of an answer store: "verm"."""

_FIRST = (
    """create table answers (
        id integer primary key,
        key text not null,
        llm text not null,
        settings text not null,
        prompt text not null,
        text text not null,
        body text not null,
        form text not null check (form in ('body', 'text')),
        attempt integer not null,
        created text not null
    )""",
    "create unique index answers_by_key on answers (key, attempt)",
    f"pragma application_id = {OURS}",
)

_SECOND = (
    # what all questions of a run have in common: the LLM, and all of the prompt but its last message
    """create table contexts (
        id integer primary key,
        digest blob not null unique,
        llm text not null,
        settings text not null,
        messages text not null,
        role text not null,
        schema text not null
    )""",
    # what stands around the text in the last message; no `after`: the text doesn't occur in it
    """create table frames (
        id integer primary key,
        digest blob not null unique,
        before text not null,
        after text
    )""",
    "alter table answers rename to answers_1",
    "drop index answers_by_key",
    """create table answers (
        id integer primary key,
        key blob not null,
        context integer not null references contexts (id),
        frame integer not null references frames (id),
        text text not null,
        body text not null,
        form text not null check (form in ('body', 'text')),
        created integer not null -- milliseconds since 1970, UTC
    )""",
    "create index answers_by_key on answers (key)",
    "create table llms (id integer primary key, name text not null unique)",
    """create table attempts (
        id integer primary key,
        key blob not null,
        llm integer references llms (id),
        words text not null,
        state text not null check (state in ('sent', 'got', 'failed', 'unknown')),
        sent integer not null,
        ended integer,
        reason text not null default '',
        tries integer not null default 0,
        tokens_in integer not null default 0,
        tokens_out integer not null default 0
    )""",
    "create index attempts_open on attempts (id) where state = 'sent'",
    """create table lessons (
        about text primary key not null,
        lessons text not null -- JSON
    )""",
)


def _first(database: sqlite3.Connection) -> None:
    for statement in _FIRST:
        database.execute(statement)


def _second(database: sqlite3.Connection) -> None:
    """A run's prompt is kept once, not with every answer; what is sent out is on record."""
    for statement in _SECOND:
        database.execute(statement)
    for row in database.execute("select * from answers_1 order by id"):
        _take_over(database, *row)
    database.execute("drop table answers_1")


def _take_over(
    database: sqlite3.Connection,
    number: int,
    key: str,
    llm: str,
    settings: str,
    prompt: str,
    text: str,
    *rest: Any,  # noqa: ANN401 (as SQLite has it)
) -> None:
    body, form, _, created = rest  # attempts under one key are in the order of their ids
    try:
        digest, asked, when = bytes.fromhex(key), _prompt(prompt), milliseconds(created)
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError(f"answer {number} is damaged ({error})") from error
    context, frame = parts_of(llm, settings, asked, text)
    database.execute("insert or ignore into contexts values (null, ?, ?, ?, ?, ?, ?)", context)
    database.execute("insert or ignore into frames values (null, ?, ?, ?)", frame)
    database.execute(
        """insert into answers values (?, ?, (select id from contexts where digest = ?),
            (select id from frames where digest = ?), ?, ?, ?, ?)""",
        (number, digest, context.digest, frame.digest, text, body, form, when),
    )


def _prompt(stored: str) -> Prompt:
    found = json.loads(stored)
    return Prompt(tuple(Message(role, content) for role, content in found["messages"]), found["schema"])


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _second)
"""Each runs in a transaction of its own; a `ValueError` undoes it."""
