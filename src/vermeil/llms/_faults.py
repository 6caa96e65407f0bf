"""What an HTTP status means for the run: come back later, give up on this text, or stop."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable
from vermeil.llms._server import Reply

_BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 529}
_HOPELESS = {401, 402, 403, 404, 405, 407, 410, 426}
_KEY_LIKE = re.compile(r"\b(?:sk|pk|key)-[\w*.-]{6,}", re.IGNORECASE)
_LONGEST = 300  # characters of a server's message that we repeat


def error_of(reply: Reply, base_url: str, url_from: str, key_from: str) -> LLMError:
    """The error for a status that isn't a success, with what the server said."""
    said = f"{base_url} answered {reply.status}: {message_of(reply.text)}"
    if reply.status in (401, 403, 407):
        return LLMUnavailable(f"{said}; check {key_from}")
    if reply.status in _HOPELESS:
        return LLMUnavailable(f"{said}; check the name of the model, and {url_from}")
    if "insufficient_quota" in reply.text:
        return LLMUnavailable(f"{said}; the account has no credit left")
    if reply.status in _BUSY:
        return LLMBusy(said, retry_after(reply.headers))
    return LLMError(said)


def message_of(body: str) -> str:
    """The server's own words, in one short line, without anything that looks like a key."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", body[:20_000], flags=re.DOTALL | re.IGNORECASE)
    while isinstance(said, Mapping):
        said = next((said[name] for name in ("error", "message", "detail", "msg") if said.get(name)), str(said))
    line = " ".join("".join(c if c.isprintable() else " " for c in str(said)).split())
    line = _KEY_LIKE.sub("***", line)
    return (line[:_LONGEST] + "…" if len(line) > _LONGEST else line) or "nothing more"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the server asks us to wait, if it says so in a way that can be read."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return _seconds_until(headers.get("retry-after", ""), headers.get("date", ""))


def _seconds_until(then: str, now: str) -> float | None:
    """Between two HTTP dates, both by the server's clock: ours may be wrong."""
    try:
        until = parsedate_to_datetime(then)
        since = parsedate_to_datetime(now) if now else datetime.now(UTC)
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
