# ruff: noqa: ANN401  (JSON, and a handler class that is made per server)
"""A real HTTP server that answers like OpenAI's, Azure's or Anthropic's, with one scripted fault per request."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def completion(content: Any, **choice: Any) -> dict[str, Any]:
    """What `/chat/completions` sends when all is well."""
    return {
        "object": "chat.completion",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}, **choice}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }


def message(answer: Any, **more: Any) -> dict[str, Any]:
    """What `/messages` sends when all is well; an answer that is no text is the input of the tool."""
    block = {"type": "text", "text": answer} if isinstance(answer, str) else _tool_use(answer)
    return {
        "type": "message",
        "role": "assistant",
        "content": [block],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 20},
        **more,
    }


def _tool_use(answer: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": answer}


@dataclass
class Request:
    """One request as the server saw it; the names of headers are in small letters."""

    body: dict[str, Any]
    key: str
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][-1]["content"])


Script = Callable[[Request, int], str]
"""From the request and how often its prompt was asked before to the name of a fault, "" for none."""


@dataclass
class FaultServer:
    """Start it with `with`; `answer` makes the content of a good reply from the prompt."""

    answer: Callable[[str], str] = lambda prompt: '{"entities": []}'
    script: Script = lambda request, before: ""
    delay: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    requests: list[Request] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> FaultServer:
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def note(self, request: Request) -> int:
        with self._lock:
            before = self.calls[request.prompt]
            self.calls[request.prompt] += 1
            self.requests.append(request)
            return before

    def pause(self, seconds: float) -> bool:
        """Whether the server is still open afterwards."""
        return not self._closing.wait(seconds)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            keys = (headers.get(name) for name in ("authorization", "x-api-key", "api-key"))
            key = next(filter(None, keys), "").removeprefix("Bearer ")
            self.asked = Request(body, key, self.path, headers)
            before = server.note(self.asked)
            fault = server.script(self.asked, before)
            if server.delay:
                time.sleep(server.delay)
            if fault:
                (FAULTS.get(fault) or MORE_FAULTS[fault])(self)
            elif self.path.endswith("/messages"):
                self.reply(message(json.loads(self.good()) if body.get("tools") else self.good()))
            else:
                self.reply(completion(self.good()))
            server.answered[self.asked.prompt] += 1

        def reply(self, body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
            raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def good(self) -> str:
            return server.answer(self.asked.prompt)

        def pause(self, seconds: float) -> bool:
            return server.pause(seconds)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _hang(http: Any) -> None:
    http.pause(30)
    http.close_connection = True


def _drip(http: Any) -> None:
    http.send_response(200)
    http.send_header("Content-Length", "100000")
    http.end_headers()
    while http.pause(0.05):
        http.wfile.write(b" ")
        http.wfile.flush()


def _drip_headers(http: Any) -> None:
    http.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while http.pause(0.05):
        http.wfile.write(b"a")
        http.wfile.flush()


def _reset(http: Any) -> None:
    http.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    http.connection.close()
    http.close_connection = True


def _short(http: Any) -> None:
    http.send_response(200)
    http.send_header("Content-Length", "1000")
    http.end_headers()
    http.wfile.write(b'{"choices": [')
    http.close_connection = True


def _error(status: int, message: str = "the server has a problem", **headers: str) -> Callable[[Any], None]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda http: http.reply({"error": {"message": message}}, status, sent)


def _echo_key(http: Any) -> None:
    http.reply({"error": {"message": f"Incorrect API key provided: {http.asked.key}."}}, 401)


_BOMB = gzip.compress(b" " * 100_000_000, 1)


def _bomb(http: Any) -> None:
    http.reply(_BOMB, 200, {"Content-Encoding": "gzip"})


def _later(http: Any) -> None:
    _error(429, Retry_After=formatdate(time.time() + 1, usegmt=True))(http)


def _message(**message: Any) -> Callable[[Any], None]:
    return lambda http: http.reply(completion(None, message={"role": "assistant", "content": None, **message}))


def _refuse_format(http: Any, formats: tuple[str, ...], status: int) -> None:
    asked = http.asked.body.get("response_format", {}).get("type", "text")
    if asked in formats:
        http.reply({"error": {"message": f"response_format of type {asked} is not supported"}}, status)
    else:
        http.reply(completion(http.good()))


FAULTS: dict[str, Callable[[Any], None]] = {
    "hang": _hang,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "reset": _reset,
    "short-body": _short,
    "html": lambda http: http.reply(
        "<html><title>Portal</title>Please sign in</html>", 200, {"Content-Type": "text/html"}
    ),
    "error-in-200": lambda http: http.reply({"error": {"message": "engine overloaded"}}),
    "null-choices": lambda http: http.reply({"choices": None}),
    "refusal": _message(refusal="I can't help with that."),
    "tool-call": _message(tool_calls=[{"id": "1"}]),
    "filter": lambda http: http.reply(completion("", finish_reason="content_filter")),
    "length": lambda http: http.reply(completion('{"entities": [', finish_reason="length")),
    "empty": lambda http: http.reply(completion("")),
    "429-0": _error(429, Retry_After="0"),
    "429-5": _error(429, Retry_After="5"),
    "429-3600": _error(429, Retry_After="3600"),
    "429-date": _later,
    "429-garbage": _error(429, Retry_After="soon, thanks"),
    "500": _error(500),
    "502": _error(502),
    "503": _error(503),
    "529": _error(529),
    "400": _error(400, "this text is too long"),
    "401": _echo_key,
    "404": _error(404, "The model `nosuch` does not exist"),
    "redirect": lambda http: http.reply("", 307, {"Location": "http://elsewhere.example/v1/chat/completions"}),
    "bomb": _bomb,
    "charset": lambda http: http.reply(
        json.dumps(completion(http.good()), ensure_ascii=False).encode(),
        200,
        {"Content-Type": "application/json; charset=utf-16"},
    ),
    "not-utf8": lambda http: http.reply(json.dumps(completion("caf\xe9"), ensure_ascii=False).encode("latin-1")),
    "duplicate-keys": lambda http: http.reply('{"choices": [], ' + json.dumps(completion(http.good()))[1:]),
    "nan": lambda http: http.reply(json.dumps({**completion(http.good()), "score": float("nan")})),
    "nested": lambda http: http.reply("[" * 100_000),
    "two-objects": lambda http: http.reply(json.dumps(completion(http.good())) * 2),
    "think": lambda http: http.reply(completion("<think>Hmm, {names}?</think>\n" + http.good())),
    "fenced": lambda http: http.reply(completion(f"Sure!\n```json\n{http.good()}\n```\nAnything else?")),
    "parts": lambda http: http.reply(completion([{"type": "text", "text": http.good()}])),
    "no-schema": lambda http: _refuse_format(http, ("json_schema",), 400),
    "no-formats": lambda http: _refuse_format(http, ("json_schema", "json_object"), 422),
    "format-500": lambda http: _refuse_format(http, ("json_schema", "json_object"), 500),
}


def _refusal(status: int, kind: str, said: str, **headers: str) -> Callable[[Any], None]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    error = {"type": kind, "code": kind, "message": said}
    return lambda http: http.reply({"type": "error", "error": error}, status, sent)


def _refuse_tools(http: Any) -> None:
    if http.asked.body.get("tools"):
        http.reply({"error": {"message": "tool_choice forces tool use, not allowed when thinking is enabled"}}, 400)
    elif http.asked.body.get("output_config"):
        http.reply({"error": {"message": "output_config: Extra inputs are not permitted"}}, 400)
    else:
        http.reply(message(http.good()))


def _close_after(http: Any) -> None:
    """Answer well, and close a connection that the client is not told to let go."""
    http.reply(completion(http.good()))
    http.close_connection = True


def _garbled(http: Any) -> None:
    http.send_response(200)
    http.send_header("Transfer-Encoding", "chunked")
    http.end_headers()
    http.pause(0.05)  # so that it comes after the head
    http.wfile.write(b"zz\r\nnot a length")
    http.close_connection = True


MORE_FAULTS: dict[str, Callable[[Any], None]] = {
    "no-credit": _refusal(429, "insufficient_quota", "You exceeded your current quota"),
    "low-balance": _refusal(400, "invalid_request_error", "Your credit balance is too low to access the API."),
    "402": _error(402, "Insufficient Balance"),
    "403": _error(403, "this key may not use the model"),
    "overloaded": _refusal(529, "overloaded_error", "Overloaded"),
    "slow-down": _refusal(500, "server_is_overloaded", "slow down", Retry_After="7"),
    "429-ms": _error(429, retry_after_ms="1500"),
    "429-azure": _error(429, x_ms_retry_after_ms="2500"),
    "429-words": _error(429, "Rate limit reached for requests. Please try again in 1m2.5s."),
    "429-used-up": _error(
        429, x_ratelimit_limit_requests="60", x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="6m0s"
    ),
    "bad-setting": lambda http: http.reply(
        {"error": {"message": "Unsupported value: 'temperature'", "param": "temperature", "code": "unsupported_value"}},
        400,
    ),
    "filtered-prompt": _refusal(400, "content_filter", "The prompt was filtered"),
    "garbled": _garbled,
    "closing": _close_after,
    "gzip": lambda http: http.reply(
        gzip.compress(json.dumps(completion(http.good())).encode()), 200, {"Content-Encoding": "gzip"}
    ),
    "bom": lambda http: http.reply(b"\xef\xbb\xbf" + json.dumps(completion(http.good())).encode()),
    "no-gzip": lambda http: http.reply(completion(http.good()), 200, {"Content-Encoding": "gzip"}),
    "brotli": lambda http: http.reply(b"\x0b\x02", 200, {"Content-Encoding": "br"}),
    "claude-refusal": lambda http: http.reply(message("I can't help with that.", stop_reason="refusal")),
    "claude-cut": lambda http: http.reply(message({"entities": []}, stop_reason="max_tokens")),
    "claude-cut-early": lambda http: http.reply(message({}, stop_reason="max_tokens")),
    "claude-empty": lambda http: http.reply(message("", content=[])),
    "claude-error": lambda http: http.reply({"type": "error", "error": {"type": "api_error", "message": "Oops"}}),
    "claude-thinks": lambda http: http.reply(
        message("", content=[{"type": "thinking", "thinking": "{x}"}, {"type": "text", "text": http.good()}])
    ),
    "no-tools": _refuse_tools,
}
"""Faults beyond those that a run must go through: of other providers, of the account, of the wire."""
