"""What a reply that is no success means for the run: come back later, give up on this text, or stop."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vermeil.errors import Busy, LLMBusy, LLMError, LLMUnavailable
from vermeil.llms._address import Access
from vermeil.llms._limits import retry_after
from vermeil.llms._server import Reply

_BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 529}
_HOPELESS = {404, 405, 410, 426}
_CAUSES: dict[int, Busy] = {429: "rate", 503: "overload", 529: "overload"}

_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error")
_NO_MODEL = ("model_not_found", "invalid_model", "deploymentnotfound")
_OVERLOADED = ("overloaded_error", "server_is_overloaded", "slow_down")
_KEY_LIKE = re.compile(r"\b(?:sk|pk|key)-[\w*.-]{6,}", re.IGNORECASE)
_LONGEST = 300  # characters of a server's message that we repeat


def error_of(reply: Reply, access: Access, set_by_user: Mapping[str, Any] | None = None) -> LLMError:
    """The error for a status that isn't a success, with what the server said.

    Args:
        set_by_user: the settings that go with each request: one that the server refuses, it will refuse again.
    """
    said = f"{access.base_url} answered {reply.status}: {message_of(reply.text)}"
    stated = _error_in(reply.text)
    codes = {str(stated.get(name)).lower() for name in ("code", "type")}
    if codes.intersection(_NO_CREDIT) or reply.status == 402 or "credit balance is too low" in reply.text:
        return LLMUnavailable(f"{said}; the account has no credit left")
    if reply.status in (401, 403, 407) and not _is_moderated(stated):
        return LLMUnavailable(f"{said}; check {access.key_from}")
    if reply.status in _HOPELESS or codes.intersection(_NO_MODEL):
        return LLMUnavailable(f"{said}; check the name of the model, and {access.url_from}")
    if codes.intersection(_OVERLOADED):
        return LLMBusy(said, retry_after(reply.headers, reply.text), "overload")
    if reply.status in _BUSY:
        return LLMBusy(said, retry_after(reply.headers, reply.text), _CAUSES.get(reply.status, "fault"))
    if (name := stated.get("param")) and name in (set_by_user or {}):
        return LLMUnavailable(f"{said}; change or leave out the setting {name}")
    return LLMError(said)


def message_of(body: str) -> str:
    """The server's own words, in one short line, without anything that looks like a key."""
    said = _parsed(body)
    if said is None:
        said = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", body[:20_000], flags=re.DOTALL | re.IGNORECASE)
    while isinstance(said, Mapping) or (isinstance(said, list) and said):
        if isinstance(said, list):
            said = said[0]
        else:
            said = next((said[name] for name in ("error", "message", "detail", "msg") if said.get(name)), str(said))
    line = " ".join("".join(c if c.isprintable() else " " for c in str(said)).split())
    line = _KEY_LIKE.sub("***", line)
    return (line[:_LONGEST] + "…" if len(line) > _LONGEST else line) or "nothing more"


def _error_in(body: str) -> Mapping[str, Any]:
    """The object that says what is wrong, where the body has one."""
    said = _parsed(body)
    if isinstance(said, list) and said:
        said = said[0]
    if isinstance(said, Mapping):
        error = said.get("error")
        return error if isinstance(error, Mapping) else said
    return {}


def _is_moderated(stated: Mapping[str, Any]) -> bool:
    """A router's 403 for one text, not for the key."""
    more = stated.get("metadata")
    return isinstance(more, Mapping) and ("flagged_input" in more or "reasons" in more)


def _parsed(body: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
