"""Headless Chromium over its DevTools protocol: enough of it to use a page, and to see whether a script got through."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
"""Where it is; None on a machine that has none."""

_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")
_WATCH = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt"]) window[name] = (...said) => { window.ran.push([name, ...said]); };
window.stopped = [];
document.addEventListener("securitypolicyviolation", (event) => window.stopped.push(event.violatedDirective));
"""


class Page:
    """One tab: scripts of payloads leave their mark in `window.ran`; `asked` are the addresses it went to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.ensure_future(self._read())
        self._loaded = asyncio.Event()
        self.asked: list[str] = []

    async def start(self) -> None:
        """Watch what the page does from its first script on."""
        for domain in ("Page", "Network", "Runtime"):
            await self.call(f"{domain}.enable")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)

    async def open(self, address: str) -> None:
        """Go there, and wait until it is loaded."""
        self._loaded.clear()
        await self.call("Page.navigate", url=address)
        await asyncio.wait_for(self._loaded.wait(), 20)

    async def run(self, script: str) -> Any:  # noqa: ANN401 - JSON
        """The value of an expression, awaited if it is a promise."""
        reply = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in reply:
            raise RuntimeError(json.dumps(reply["exceptionDetails"])[:500])
        return reply["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait for an expression to be true."""
        async with asyncio.timeout(20):
            while not await self.run(condition):
                await asyncio.sleep(0.01)

    async def press(self, key: str, modifiers: int = 0) -> None:
        """A key, as a person presses it; 2 is Ctrl, 8 is Shift."""
        code = {"Enter": 13, "Tab": 9}[key]
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        await self.call("Input.dispatchKeyEvent", type="rawKeyDown", **about)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """One command of the protocol."""
        number = next(self._numbers)
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        reply = await asyncio.wait_for(self._replies[number], 30)
        del self._replies[number]
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        result: dict[str, Any] = reply["result"]
        return result

    async def _read(self) -> None:
        async for message in self._socket:
            event = json.loads(message.data)
            if future := self._replies.get(event.get("id", 0)):
                future.set_result(event)
            elif event.get("method") == "Page.loadEventFired":
                self._loaded.set()
            elif event.get("method") == "Network.requestWillBeSent":
                self.asked.append(event["params"]["request"]["url"])
            elif event.get("method") == "Page.javascriptDialogOpening":
                raise AssertionError("a dialogue opened")


@asynccontextmanager
async def tab() -> AsyncIterator[Page]:
    """An empty tab of a new browser, which ends with the block."""
    assert PROGRAM
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, *_OPTIONS, f"--user-data-dir={folder}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{await _port(Path(folder))}/json/list") as reply:
                    address = next(
                        each["webSocketDebuggerUrl"] for each in await reply.json() if each["type"] == "page"
                    )
                async with session.ws_connect(address, max_msg_size=2**26) as socket:
                    page = Page(socket)
                    await page.start()
                    yield page
        finally:
            process.kill()
            await process.wait()


async def _port(folder: Path) -> int:
    said = folder / "DevToolsActivePort"
    for _ in range(1000):
        if said.exists() and (lines := said.read_text().splitlines()):
            return int(lines[0])
        await asyncio.sleep(0.02)
    raise TimeoutError("Chromium did not start")
