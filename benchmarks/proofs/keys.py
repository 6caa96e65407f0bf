"""A10: keys planted in the environment, a server that repeats them, and a search through all that is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from proofs import Seen
from proofs.cases import Case

PLANTED = {
    "OPENAI_API_KEY": "sk-planted-openai-0123456789abcdefghij",
    "AZURE_OPENAI_API_KEY": "planted0azure0key0123456789abcdef",
    "ANTHROPIC_API_KEY": "sk-ant-planted-anthropic-0123456789",
}
ADDRESSES = ("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "ANTHROPIC_BASE_URL")
PROVIDERS = ("openai:m", "azure:m", "anthropic:m")


def _echo(status: int, headers: Mapping[str, str] | None = None) -> Callable[[Any, str], None]:
    def reply(http: Any, said: str) -> None:  # noqa: ANN401 - the handler
        error = {"message": f"you sent {said}", "type": "invalid_request_error"}
        http.reply({"error": error, "type": "error"}, status, {k: v + said for k, v in (headers or {}).items()})

    return reply


def _content(http: Any, said: str) -> None:  # noqa: ANN401 - the handler
    """A reply in the form of either API, whose content is what was sent."""
    answer = json.dumps({"entities": [{"text": said, "type": "PER"}]})
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}
    block = {"type": "text", "text": answer}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "input_tokens": 1, "output_tokens": 1}
    whole = {"choices": [choice], "content": [block], "type": "message", "role": "assistant", "stop_reason": "end_turn"}
    http.reply({**whole, "model": said, "usage": usage})


def _half(http: Any, said: str) -> None:  # noqa: ANN401 - the handler
    http.send_response(200)
    http.send_header("Content-Length", "10000")
    http.end_headers()
    http.wfile.write(f'{{"said": "{said}'.encode())
    http.close_connection = True


def _page(http: Any, said: str) -> None:  # noqa: ANN401 - the handler
    http.raw(200, f"<html><title>{said}</title>{said}</html>".encode(), {"Content-Type": "text/html"})


ECHOES: dict[str, Callable[[Any, str], None]] = {
    "content": _content,
    "400": _echo(400),
    "401": _echo(401),
    "403": _echo(403),
    "404": _echo(404),
    "429": _echo(429, {"Retry-After": "0 "}),
    "500": _echo(500),
    "529": _echo(529, {"X-Request-Id": ""}),
    "error in 200": _echo(200),
    "redirect": _echo(307, {"Location": "http://elsewhere.example/?key="}),
    "page": _page,
    "half a body": _half,
}
"""Ways in which a server, or what stands before it, gives back the headers that it was sent."""


class Parrot:
    """A server that repeats the request's headers in one way, to be used with `with`."""

    def __init__(self, way: str) -> None:
        self._way = way
        self.heard = 0

    def __enter__(self) -> Self:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, ECHOES[self._way]))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler(parrot: Parrot, way: Callable[[Any, str], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            said = " ".join(value for value in self.headers.values() if "planted" in value)
            parrot.heard += bool(said)
            way(self, said)

        def reply(self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:  # noqa: ANN401
            self.raw(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

        def raw(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


RUNS = 2  # of each provider and way

IN_PYTHON = """
import faulthandler, logging, sys, traceback
logging.basicConfig(level=logging.DEBUG, filename=sys.argv[3])
import vermeil as vm
from vermeil.annotate.patience import Patience
from vermeil.annotate.record import annotation_record
faulthandler.enable()
llm = vm.llm(sys.argv[1])
store = vm.AnswerStore(sys.argv[2])
hasty = Patience(attempts=2, first_wait=0.01, hopeless=3)
annotator = vm.Annotator(vm.NER({"PER": "a person"}), llm, store, patience=hasty)
try:
    silver = annotator.annotate([f"No. {n}: Anna Berg left Oslo." for n in range(5)])
    print(silver, list(silver), annotator.report, annotator.report.as_dict(), annotation_record(annotator, {}))
except Exception:
    traceback.print_exc()
    print(vars(sys.exc_info()[1]), sys.exc_info()[1].__cause__, sys.exc_info()[1].__context__)
print(repr(llm), llm.settings, [row for row in store.rows()], list(store.attempts()))
store.close()
"""
"""A user's own program: everything printed that can be printed, with all logs on."""


def keys(ways: tuple[str, ...] = tuple(ECHOES), providers: tuple[str, ...] = PROVIDERS) -> Seen:
    """Each provider against each way of repeating the key, by the command line and by Python."""
    found: list[str] = []
    searched = reached = 0
    with tempfile.TemporaryDirectory() as folder:
        for provider in providers:
            for way in ways:
                place = Path(folder) / f"{provider} {way}".replace(":", "-")
                with Parrot(way) as parrot:
                    _run(place, provider, parrot.url)
                    reached += parrot.heard >= RUNS
                files = [file for file in place.rglob("*") if file.is_file()]
                searched += len(files)
                found += [f"{provider}, {way}: {file.name}" for file in files if _holds_a_key(file)]
    pairs = len(providers) * len(ways)
    figure = (
        f"{RUNS * pairs} runs ({', '.join(providers)}; the key repeated in {len(ways)} ways; by the command line, and "
        f"in Python with all logs on), {searched} files searched: {len(found)} hold a key"
        f"{': ' + '; '.join(found[:3]) if found else ''}"
    )
    if reached < pairs:
        figure += f"; {pairs - reached} pairs never sent their key, and show nothing"
    return Seen(figure, not found and reached == pairs, {"found": len(found), "searched": searched, "reached": reached})


def _run(place: Path, provider: str, url: str) -> None:
    """Once by the command line and once in Python; leaves everything that there is in the folder."""
    environment = {**PLANTED, **dict.fromkeys(ADDRESSES, url)}
    hasty = ("--set", "patience.attempts=2", "--set", "patience.first_wait=0.01", "--set", "patience.hopeless=3")
    case = Case(place, url, 5, hasty, environment, provider)
    ran = case.finish()
    (place / "printed.txt").write_text(ran.stdout + ran.stderr)
    script = [sys.executable, "-c", IN_PYTHON, provider, str(place / "own.db"), str(place / "own.log")]
    process = subprocess.run(script, capture_output=True, text=True, env=case.variables(), timeout=120)
    (place / "own.txt").write_text(process.stdout + process.stderr)


def _holds_a_key(file: Path) -> bool:
    raw = file.read_bytes()
    return any(key.encode() in raw for key in PLANTED.values())
