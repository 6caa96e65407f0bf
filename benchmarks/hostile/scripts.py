"""Payloads in every place of the page where something foreign is shown: does one of their scripts run?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import vermeil as vm
from hostile.browser import Page
from hostile.payloads import as_name
from vermeil.data import Example, Span
from vermeil.students.base import Student

_SHOW = "document.getElementById('text').value = {0}; document.getElementById('form').requestSubmit(); 0"
_CLEAR = "document.getElementById('marked').replaceChildren(); 0"
_SHOWN = "document.getElementById('marked').hasChildNodes()"
_TEXT = "[...document.getElementById('marked').childNodes].map((e) => (e.firstChild ?? e).data).join('')"
_LABELS = "[...document.querySelectorAll('#rows td:nth-child(2)')].map((e) => e.textContent)"


def finder(labels: Mapping[str, str]) -> Student:
    """A student that finds just these words."""
    learner = vm.student("memorizer", sorted(set(labels.values())))
    learner.learn([Example(word, (Span(0, len(word), label),)) for word, label in labels.items()])
    return learner


async def as_text(page: Page, payloads: Sequence[str]) -> list[str]:
    """Shows each as the text, with names in it; returns those that ran or were not shown as they are."""
    bad = []
    with vm.serving(finder(dict.fromkeys(("alert", "img", "svg", "script", "x"), "NAME"))) as address:
        await page.open(address)
        for payload in payloads:
            await page.run(_CLEAR)
            await page.run(_SHOW.format(json.dumps(payload)))
            await page.until(_SHOWN)
            if await ran(page) or await page.run(_TEXT) != payload:
                bad.append(payload)
    return bad


async def as_labels(page: Page, payloads: Sequence[str]) -> list[str]:
    """Shows all of them as labels of one text, and as the labels of the model."""
    words = {f"w{number}": payload for number, payload in enumerate(payloads)}
    with vm.serving(finder(words)) as address:
        await page.open(address)
        await page.run(_SHOW.format(json.dumps(" ".join(words))))
        await page.until(_SHOWN)
        shown = await page.run(_LABELS)
    return list(payloads) if await ran(page) else [each for each in payloads if each not in shown]


async def as_model_name(page: Page, payload: str, folder: Path) -> bool:
    """Shows it as the name of the model's folder; whether it ran or was not shown as it is."""
    name = as_name(payload)
    finder({"Ada": "PER"}).save(folder / name)
    with vm.serving(folder / name) as address:
        await page.open(address)
        await page.until("document.getElementById('model').textContent !== '…'")
        shown = await page.run("document.getElementById('model').textContent")
    return await ran(page) or shown != name


async def ran(page: Page) -> bool:
    """Whether a script of a payload ran since the page was opened."""
    return bool(await page.run("window.ran.length"))


async def as_html(page: Page, payloads: Sequence[str]) -> list[str]:
    """Puts each into a page that takes it for HTML; returns those that ran, which shows that it would be seen."""
    await page.open("data:text/html,<div id=here></div>")
    seen = []
    for payload in payloads:
        await page.run(f"window.ran = []; document.getElementById('here').innerHTML = {json.dumps(payload)}; 0")
        await asyncio.sleep(0.05)
        if await ran(page):
            seen.append(payload)
    return seen
