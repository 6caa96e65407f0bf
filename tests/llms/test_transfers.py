"""Files to and from a server: whole or not at all, without the key, within bounds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vermeil.errors import LLMBusy, LLMError, OutputError
from vermeil.llms._address import Access
from vermeil.llms._server import Server

KEY = "sk-test-0123456789abcdef"
LINES = "".join(f'{{"custom_id": "{number}", "text": "Łódź 😀"}}\n' for number in range(10_000))


class Files(BaseHTTPRequestHandler):
    """Keeps what is posted, and sends what the path asks for."""

    protocol_version = "HTTP/1.1"
    posted: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.headers["Content-Type"], body))
        self.send(b'{"id": "file-1"}')

    def do_GET(self) -> None:
        bodies = {
            "/v1/lines": LINES.encode(),
            "/v1/key": b"x" * 70_000 + KEY.encode() + b"y" * 70_000,
            "/v1/query?a=1&version=7": b"{}",
        }
        if self.path == "/v1/short":
            self.send(LINES.encode(), claim=10**6)
            self.close_connection = True
        elif self.path == "/v1/slow":
            self.send(b"a", claim=2)
            threading.Event().wait(1)
            self.close_connection = True
        elif self.path in bodies:
            self.send(bodies[self.path])
        else:
            self.send(f"no {self.path} for {KEY}".encode(), 404)

    def send(self, body: bytes, status: int = 200, claim: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(claim or len(body)))
        self.send_header("X-Echo", KEY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Listener(("127.0.0.1", 0), Files) as http:
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/v1/"
        http.shutdown()


@pytest.fixture
def server(url: str) -> Server:
    return Server(Access(url, "URL", "KEY", KEY), deadline=0.5, max_bytes=1000)


def test_a_file_is_downloaded_whole_however_long(server: Server, tmp_path: Path) -> None:
    reply = asyncio.run(server.download("/lines", tmp_path / "out.jsonl"))
    assert reply.good
    assert (tmp_path / "out.jsonl").read_text("utf-8") == LINES


def test_the_key_is_struck_out_wherever_it_lies_in_a_file(server: Server, tmp_path: Path) -> None:
    asyncio.run(server.download("/key", tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "x" * 70_000 + "***" + "y" * 70_000


@pytest.mark.parametrize(("path", "said"), [("/short", "broke off"), ("/slow", r"sent nothing of a file for 0\.5 s")])
def test_a_download_that_breaks_leaves_what_was_there(server: Server, tmp_path: Path, path: str, said: str) -> None:
    (tmp_path / "out").write_text("earlier")
    with pytest.raises(LLMBusy, match=said):
        asyncio.run(server.download(path, tmp_path / "out"))
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("out", "earlier")]


def test_a_download_has_a_cap(server: Server, tmp_path: Path) -> None:
    with pytest.raises(LLMError, match="longer than 100,000 bytes"):
        asyncio.run(server.download("/lines", tmp_path / "out", most=100_000))
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_there_comes_back_as_a_reply(server: Server, tmp_path: Path) -> None:
    reply = asyncio.run(server.download("/none", tmp_path / "out"))
    assert (reply.status, reply.text) == (404, "no /v1/none for ***")
    assert reply.headers["x-echo"] == "***"
    assert not list(tmp_path.iterdir())


def test_a_download_that_cannot_be_written_says_so(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        asyncio.run(server.download("/lines", tmp_path / "file" / "out"))


def test_a_file_is_posted_as_a_form(server: Server, tmp_path: Path) -> None:
    (tmp_path / "requests.jsonl").write_text(LINES, "utf-8")
    reply = asyncio.run(server.post_file("/files", tmp_path / "requests.jsonl", {"purpose": "batch"}))
    assert reply.text == '{"id": "file-1"}'
    kind, body = Files.posted[-1]
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
    assert parts["purpose"].get_payload(decode=True) == b"batch"
    assert parts["file"].get_filename() == "requests.jsonl"
    assert parts["file"].get_payload(decode=True) == LINES.encode()


def test_a_query_goes_with_every_path(url: str) -> None:
    versioned = Server(Access(url, "URL", "KEY", query="version=7"), deadline=5, max_bytes=1000)
    assert asyncio.run(versioned.get("/query?a=1")).text == "{}"
    assert "/v1/query?version=7 " in asyncio.run(versioned.get("/query")).text


def test_a_get_has_the_same_cap_and_errors(server: Server) -> None:
    with pytest.raises(LLMError, match="longer than 1,000 bytes"):
        asyncio.run(server.get("/lines"))
    with pytest.raises(LLMBusy, match=r"within 0\.5 s"):
        asyncio.run(server.get("/slow"))
