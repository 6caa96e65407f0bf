"""Connections: who closes them, what lies on the way, and whom they trust."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from fault_server import FaultServer
from vermeil.errors import LLMBusy, LLMUnavailable, SettingsError
from vermeil.exchange import Message, Prompt
from vermeil.llms import _address
from vermeil.llms.openai import LLM

KEY = "sk-test-0123456789abcdef"
PROMPT = Prompt((Message("user", "Anna sang."),))

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    _address.encryption.cache_clear()
    yield
    _address.encryption.cache_clear()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@contextlib.contextmanager
def talking(talk: Talk, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that says what `talk` says; its port."""

    async def talk_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    loop = asyncio.new_event_loop()
    running = loop.run_until_complete(asyncio.start_server(talk_and_close, host, 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        running.close()
        loop.run_until_complete(cancel_all())
        loop.close()


async def cancel_all() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.sleep(0)


def reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


GOOD = reply(b'{"choices": [{"message": {"content": "hello"}}]}')


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return head + await reader.readexactly(int(length.partition(b":")[2]))


async def say_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            await request_of(reader)
            writer.write(GOOD)


# Who closes them


def test_one_llm_is_asked_from_many_loops_one_after_the_other(server: FaultServer) -> None:
    asked = LLM("m", base_url=server.url)
    for _ in range(5):
        asyncio.run(asked.ask(PROMPT))
    del asked
    gc.collect()  # a session left open would warn now, and a warning fails the test


def test_an_llm_that_is_dropped_closes_its_connections() -> None:
    closed = threading.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await say_hello(reader, writer)
        closed.set()

    async def ask_and_drop(port: int) -> None:
        asked = LLM("m", base_url=f"http://127.0.0.1:{port}/v1")
        await asked.ask(PROMPT)
        del asked
        assert await asyncio.to_thread(closed.wait, 2)

    with talking(talk) as port:
        asyncio.run(ask_and_drop(port))


def test_calls_share_kept_connections() -> None:
    connections: list[object] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await say_hello(reader, writer)

    async def ask_often(port: int) -> None:
        asked = LLM("m", base_url=f"http://127.0.0.1:{port}/v1")
        for _ in range(3):
            await asyncio.gather(*(asked.ask(PROMPT) for _ in range(4)))

    with talking(talk) as port:
        asyncio.run(ask_often(port))
    assert len(connections) == 4


def test_as_many_calls_are_under_way_as_are_made() -> None:
    number, waiting = 300, []
    everybody_came = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        waiting.append(writer)
        if len(waiting) == number:
            everybody_came.set()
        await everybody_came.wait()
        writer.write(GOOD)

    async def ask_at_once(port: int) -> list[str]:
        asked = LLM("m", base_url=f"http://127.0.0.1:{port}/v1", deadline=20)
        return await asyncio.gather(*(asked.ask(PROMPT) for _ in range(number)))

    with talking(talk) as port:
        assert len(asyncio.run(ask_at_once(port))) == number


PROGRAM = """
import asyncio, os, sys, threading
from vermeil.exchange import Message, Prompt
from vermeil.llms.openai import LLM
prompt = Prompt((Message("user", "Anna sang."),))
llm = LLM("m", base_url=sys.argv[1], deadline=5)
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
ask = lambda: asyncio.run_coroutine_threadsafe(llm.ask(prompt), loop).result(5)
ask()
"""
FORKS = """
child = os.fork()
if not child:
    asyncio.run(llm.ask(prompt))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
ask()
"""


@pytest.mark.parametrize("more", ["", FORKS], ids=["ends", "forks"])
def test_a_program_leaves_no_complaint_behind(server: FaultServer, more: str) -> None:
    command = [sys.executable, "-W", "always", "-X", "dev", "-c", PROGRAM + more, server.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.requests) == (3 if more else 1)


TOO_MANY = """
import resource
async def ask_many():
    return await asyncio.gather(*(llm.ask(prompt) for _ in range(120)), return_exceptions=True)
resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80))
found = asyncio.run_coroutine_threadsafe(ask_many(), loop).result(20)
failed = [error for error in found if not isinstance(error, str)]
assert 20 < len(failed) < 100, failed
assert {error.cause for error in failed} == {"overload"} and "ulimit -n" in str(failed[0])
"""


def test_calls_beyond_what_the_system_allows_are_told_apart_and_the_others_are_answered(server: FaultServer) -> None:
    server.delay = 0.2
    command = [sys.executable, "-c", PROGRAM + TOO_MANY, server.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# Connections that the server closed meanwhile


def test_a_kept_connection_that_the_server_closes_under_the_request_is_no_fault() -> None:
    connections: list[object] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await request_of(reader)
        writer.write(GOOD)
        if len(connections) > 1:
            await say_hello(reader, writer)
        else:
            await request_of(reader)
            writer.transport.abort()

    async def ask_twice(port: int) -> None:
        asked = LLM("m", base_url=f"http://127.0.0.1:{port}/v1")
        await asked.ask(PROMPT)
        await asked.ask(PROMPT)

    with talking(talk) as port:
        asyncio.run(ask_twice(port))
    assert len(connections) == 2


@pytest.mark.parametrize("late", [False, True], ids=["fresh", "late"])
def test_a_connection_that_breaks_otherwise_is_a_fault_and_nothing_is_sent_again(late: bool) -> None:
    requests: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            requests.append(await request_of(reader))
            if late and len(requests) == 1:
                writer.write(GOOD)
                continue
            await asyncio.sleep(1.2 * late)  # so late that the LLM may have been at work
            writer.transport.abort()
            return

    async def ask(port: int) -> None:
        asked = LLM("m", base_url=f"http://127.0.0.1:{port}/v1")
        if late:
            await asked.ask(PROMPT)
        with pytest.raises(LLMBusy, match="broke off") as caught:
            await asked.ask(PROMPT)
        assert caught.value.cause == "fault"

    with talking(talk) as port:
        asyncio.run(ask(port))
    assert len(requests) == 1 + late


# What lies on the way


def test_a_server_is_found_under_its_ipv6_number() -> None:
    try:
        with talking(say_hello, "::1") as port:
            asked = LLM("m", base_url=f"http://[::1]:{port}/v1")
            assert asked.read(asyncio.run(asked.ask(PROMPT))).text == "hello"
    except OSError:
        pytest.skip("this machine has no IPv6")


def test_another_machine_is_reached_through_the_proxy_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request_of(reader))
        writer.write(GOOD)

    with talking(talk) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://anna:hunter2@127.0.0.1:{port}")
        asyncio.run(LLM("m", base_url="http://llm.invalid/v1").ask(PROMPT))
        assert seen[0].startswith(b"POST http://llm.invalid/v1/chat/completions HTTP/1.1\r\n")
        assert b"proxy-authorization: basic yw5uytpodw50zxiy" in seen[0].lower()
        monkeypatch.setenv("NO_PROXY", "llm.invalid")
        with pytest.raises(LLMBusy, match=r"cannot reach http://llm\.invalid"):
            asyncio.run(LLM("m", base_url="http://llm.invalid/v1", deadline=20).ask(PROMPT))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (b"407 Who are you", LLMUnavailable, "proxy .* answered 407: put a user and a password into its URL"),
        (b"502 Bad Gateway", LLMBusy, "proxy .* answered 502"),
    ],
)
def test_a_proxy_that_turns_us_back_is_named(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, kind: type[Exception], said: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")

    with talking(talk) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://anna:hunter2@127.0.0.1:{port}")
        with pytest.raises(kind, match=said) as caught:
            asyncio.run(LLM("m", base_url="https://llm.invalid/v1").ask(PROMPT))
    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(LLMBusy, match=r"its proxy: Connection refused") as caught:
        asyncio.run(LLM("m", base_url="http://llm.invalid/v1").ask(PROMPT))
    assert caught.value.cause == "unreachable"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://", "http://[::1", "http://a:port"])
def test_a_proxy_that_cannot_be_used_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(SettingsError, match=r"ALL_PROXY can't be used.* NO_PROXY"):
        LLM("m", base_url="https://llm.invalid/v1")
    LLM("m", base_url="http://localhost:8000/v1")


def test_passwords_in_a_netrc_file_stay_there(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    (tmp_path / "netrc").write_text("default login anna password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    asyncio.run(LLM("m", base_url=server.url).ask(PROMPT))
    assert "authorization" not in server.requests[0].headers


# Whom they trust


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*made, *files, *subject], check=True, capture_output=True)
    return folder


@contextlib.contextmanager
def talking_safely(certificate: Path) -> Iterator[str]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with talking(say_hello, tls=tls) as port:
        yield f"https://localhost:{port}/v1"


def test_a_certificate_that_nobody_signed_is_not_trusted(certificate: Path) -> None:
    with talking_safely(certificate) as url, pytest.raises(LLMBusy, match=r"not trusted.*SSL_CERT_FILE") as caught:
        asyncio.run(LLM("m", base_url=url).ask(PROMPT))
    assert caught.value.cause == "unreachable"


def test_a_certificate_in_ssl_cert_file_is_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    with talking_safely(certificate) as url:
        asked = LLM("m", base_url=url)
        assert asked.read(asyncio.run(asked.ask(PROMPT))).text == "hello"


def test_a_certificate_for_another_name_is_not_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    with talking_safely(certificate) as url, pytest.raises(LLMBusy, match="not trusted"):
        asyncio.run(LLM("m", base_url=url.replace("localhost", "127.0.0.1")).ask(PROMPT))


def test_https_at_a_server_without_it_says_so(server: FaultServer) -> None:
    with pytest.raises(LLMBusy, match="cannot reach https://"):
        asyncio.run(LLM("m", base_url=server.url.replace("http:", "https:"), deadline=5).ask(PROMPT))


def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE names .*none\.pem"):
        LLM("m", base_url="https://llm.invalid/v1")
    (tmp_path / "none.pem").write_text("hello")
    with pytest.raises(SettingsError, match="holds no certificates"):
        asyncio.run(LLM("m", base_url="https://llm.invalid/v1").ask(PROMPT))
