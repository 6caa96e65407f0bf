# ruff: noqa: ANN401  (JSON, and a handler class that is made per server)
"""A real HTTP server with the batch APIs of OpenAI and Anthropic, and what can go wrong with each batch and line."""

from __future__ import annotations

import email.parser
import email.policy
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "sk-planted-0123456789abcdef"

Fate = Callable[[str], str]
"""From a prompt to what becomes of it; see `_results`. "" answers it."""

OnCall = Callable[[str, str], str | None]
"""Told of each call, as "POST /v1/batches", "before" it is done and "after"; "lost" drops it, a number is a status."""


@dataclass
class BatchServer:
    """Start it with `with`; `answer` makes the content of a good reply from the prompt."""

    answer: Callable[[str], str] = lambda prompt: "[]"
    fate: Fate = lambda prompt: ""
    on_call: OnCall = lambda call, moment: None
    looks: int = 2
    """How often a batch has to be looked at until it has ended."""
    wrong_with_all: str = ""
    """Why every batch is turned down; OpenAI only."""
    unnamed: int = 0
    """Looks at a completed batch that don't name its files yet; OpenAI only."""
    calls: Counter[str] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    """How often each custom id was handed in with a batch of ours."""

    def __enter__(self) -> BatchServer:
        self._lock = threading.RLock()
        self._http = _Listener(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def add(self, requests: list[dict[str, Any]], upload: str = "", metadata: Any = None) -> dict[str, Any]:
        """Make a batch, as another program of the account might."""
        with self._lock:
            name = f"batch_{len(self.batches):04}"
            batch = {"id": name, "requests": requests, "looks": 0, "created": time.time(), "upload": upload}
            self.batches[name] = batch | {"metadata": metadata}
            self.asked.update(request["custom_id"] for request in requests)
            return self.batches[name]

    def add_foreign(self, count: int) -> None:
        """A batch of another program."""
        messages = [{"role": "user", "content": "x"}]
        requests = [{"custom_id": f"other{i}", "body": {"messages": messages}} for i in range(count)]
        self.add(requests)
        for request in requests:
            del self.asked[request["custom_id"]]

    def reply_to(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        with self._lock:
            if path == "/v1/files":
                name = f"file-{len(self.files)}"
                self.files[name] = body
                return {"id": name, "object": "file", "purpose": "batch", "bytes": len(body)}
            if path.startswith("/v1/files/"):
                return self.files.get(path.split("/")[3])
            if path.startswith("/v1/messages/batches"):
                return self._anthropic(method, path.removeprefix("/v1/messages/batches").strip("/"), query, body)
            return self._openai(method, path.removeprefix("/v1/batches").strip("/"), query, body)

    def _openai(self, method: str, rest: str, query: dict[str, str], body: Any) -> Any:
        if method == "POST":
            requests = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
            return _openai_view(self, self.add(requests, body["input_file_id"], body.get("metadata")))
        if rest:
            return _openai_view(self, self._looked_at(rest)) if rest in self.batches else None
        return self._page(query, "after", _openai_view)

    def _anthropic(self, method: str, rest: str, query: dict[str, str], body: Any) -> Any:
        if method == "POST":
            return _anthropic_view(self, self.add(body["requests"]))
        name, _, results = rest.partition("/")
        if name and name not in self.batches:
            return None
        if results:
            good, bad = _results(self, self.batches[name], _anthropic_line)
            return "".join(good + bad)
        return _anthropic_view(self, self._looked_at(name)) if name else self._page(query, "after_id", _anthropic_view)

    def _looked_at(self, name: str) -> dict[str, Any]:
        self.batches[name]["looks"] += 1
        return self.batches[name]

    def _page(self, query: dict[str, str], after: str, view: Callable[..., Any]) -> dict[str, Any]:
        newest = list(self.batches)[::-1]
        start = newest.index(query[after]) + 1 if after in query else 0
        end = start + min(int(query.get("limit", 20)), 3)  # short pages, so that they are turned
        return {"data": [view(self, self.batches[name]) for name in newest[start:end]], "has_more": end < len(newest)}


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


def _results(server: BatchServer, batch: dict[str, Any], line: Callable[..., str]) -> tuple[list[str], list[str]]:
    """Lines of answers and lines of errors; answers come in another order than questions."""
    good, bad = [], []
    for request in batch["requests"][::-1]:
        custom_id = request["custom_id"]
        prompt = (request.get("body") or request.get("params"))["messages"][-1]["content"]
        fate, answer = server.fate(prompt), server.answer(prompt)
        if fate in ("error", "expired", "refused"):
            bad.append(line(custom_id, answer, fate))
        elif fate == "unknown":
            good.append(line("f" * 64, answer, ""))
        elif fate == "garbage":
            good.append('{"custom_id": "cut\n')
        elif fate != "missing":
            good.append(line(custom_id, answer, ""))
        if fate == "twice":
            good.append(line(custom_id, answer, ""))
        if fate == "differs":
            good.append(line(custom_id, '["another"]', ""))
        if fate == "both":
            bad.append(line(custom_id, answer, "error"))
    return good, bad


def _openai_line(custom_id: str, answer: str, fate: str) -> str:
    message = {"role": "assistant", "content": answer}
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    body: Any = {"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}
    found = {"id": f"req_{custom_id[:8]}", "custom_id": custom_id, "response": None, "error": None}
    if fate == "expired":
        found["error"] = {"code": "batch_expired", "message": "This request could not be executed in time."}
    else:
        status, body = (400, {"error": {"message": f"bad request with {KEY}"}}) if fate else (200, body)
        found["response"] = {"status_code": status, "request_id": "r", "body": body}
    return json.dumps(found) + "\n"


def _anthropic_line(custom_id: str, answer: str, fate: str) -> str:
    result: dict[str, Any] = {"type": "expired"}
    if fate in ("error", "refused"):
        inner = {"type": "invalid_request_error", "message": f"bad request with {KEY}"}
        result = {"type": "errored", "error": {"type": "error", "error": inner}}
    elif not fate:
        content = [{"type": "text", "text": answer}]
        usage = {"input_tokens": 100, "output_tokens": 20}
        message = {"type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn"}
        result = {"type": "succeeded", "message": {"id": "msg_1", "model": "m", **message, "usage": usage}}
    return json.dumps({"custom_id": custom_id, "result": result}) + "\n"


def _openai_view(server: BatchServer, batch: dict[str, Any]) -> dict[str, Any]:
    ended = batch["looks"] >= server.looks
    view = {"id": batch["id"], "object": "batch", "created_at": int(batch["created"]), "metadata": batch["metadata"]}
    view |= {"input_file_id": batch["upload"], "output_file_id": None, "error_file_id": None, "errors": None}
    counts = {"total": len(batch["requests"]), "completed": 0, "failed": 0}
    status = "completed" if ended else "in_progress"
    if ended and server.wrong_with_all:
        status = "failed"
        errors = [{"code": "invalid_json_line", "line": 3, "message": server.wrong_with_all}]
        view["errors"] = {"object": "list", "data": errors}
    elif ended:
        good, bad = _results(server, batch, _openai_line)
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                view[name] = f"{name}-{batch['id']}"
                server.files[f"{name}-{batch['id']}"] = "".join(lines)
        counts |= {"completed": len(good), "failed": len(bad)}
        if server.unnamed:
            server.unnamed -= 1
            view |= {"output_file_id": None, "error_file_id": None}
    return view | {"status": status, "request_counts": counts}


def _anthropic_view(server: BatchServer, batch: dict[str, Any]) -> dict[str, Any]:
    ended = batch["looks"] >= server.looks
    created = datetime.fromtimestamp(batch["created"], UTC).isoformat().replace("+00:00", "Z")
    good, bad = _results(server, batch, _anthropic_line)
    counts = {"succeeded": 0, "errored": 0, "expired": 0, "canceled": 0, "processing": len(batch["requests"])}
    if ended:
        counts |= {"succeeded": len(good), "errored": len(bad), "processing": 0}
    return {
        "id": batch["id"],
        "type": "message_batch",
        "created_at": created,
        "processing_status": "ended" if ended else "in_progress",
        "request_counts": counts,
        # Never to be followed: a key would go wherever a body says.
        "results_url": f"http://127.0.0.1:9/{batch['id']}" if ended else None,
    }


def _handler(server: BatchServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self._body()
            if self.headers["Content-Type"].startswith("multipart/"):
                self._answer(_file_in(self.headers["Content-Type"], raw))
            else:
                self._answer(json.loads(raw))

        def do_GET(self) -> None:
            self._answer(None)

        def _body(self) -> bytes:
            if length := self.headers.get("Content-Length"):
                return self.rfile.read(int(length))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(self, body: Any) -> None:
            url = urlsplit(self.path)
            call = f"{self.command} {url.path}"
            server.calls[call] += 1
            sent = self.headers.get("x-api-key") or self.headers.get("Authorization", "").removeprefix("Bearer ")
            if sent != KEY:
                return self._send({"error": {"message": f"wrong key {sent}"}}, 401)
            for moment in ("before", "after"):
                if moment == "after":
                    query = {name: values[0] for name, values in parse_qs(url.query).items()}
                    found = server.reply_to(self.command, url.path, query, body)
                verdict = server.on_call(call, moment)
                if verdict == "lost":
                    self.close_connection = True
                    return None
                if verdict:
                    return self._send({"error": {"message": f"as scripted, with {KEY}"}}, int(verdict))
            if found is None:
                return self._send({"error": {"message": f"no such thing: {url.path}"}}, 404)
            return self._send(found)

        def _send(self, body: Any, status: int = 200) -> None:
            raw = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header(
                "Content-Type", "application/octet-stream" if isinstance(body, str) else "application/json"
            )
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _file_in(content_type: str, raw: bytes) -> str:
    """The file of a form, whose purpose has to be batch."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + raw)
    parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
    assert str(parts["purpose"].get_content()).strip() == "batch"
    assert str(parts["file"].get_filename()).endswith(".jsonl")
    return bytes(parts["file"].get_payload(decode=True)).decode()
