"""The page in a real browser: what a person sees and does, and that nothing foreign becomes a script."""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack

import pytest
from hostile import scripts
from hostile.browser import PROGRAM, tab
from hostile.payloads import PAYLOADS

import vermeil as vm
from vermeil.data import Example, whole
from vermeil.execute.loop import wait_for

if PROGRAM is None:
    pytest.skip("needs Chromium", allow_module_level=True)

SHOWN = "document.getElementById('marked').hasChildNodes()"
MARKS = "[...document.querySelectorAll('#marked mark')].map((e) => e.textContent)"
STATUS = "document.getElementById('status').textContent"
FOCUS = "document.activeElement.id || document.activeElement.tagName"
CONTRAST = """
(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = [];
  for (const className of ["", "small", "bad", ...Array.from({ length: 8 }, (_, i) => `t${i}`)]) {
    const element = document.createElement(className.startsWith("t") ? "mark" : "p");
    element.className = className;
    document.getElementById("marked").append(element);
    const style = getComputedStyle(element);
    const behind = className.startsWith("t") ? style.backgroundColor : getComputedStyle(document.body).backgroundColor;
    const [low, high] = [light(style.color), light(behind)].sort((a, b) => a - b);
    seen.push((high + 0.05) / (low + 0.05));
    element.remove();
  }
  return Math.min(...seen);
})()
"""


class Tab:
    """A browser's tab, used step by step."""

    def __init__(self, page):
        self.page = page

    def open(self, address):
        self.page.asked.clear()
        wait_for(self.page.open(address))
        self.until("document.getElementById('model').textContent !== '…'")

    def run(self, script):
        return wait_for(self.page.run(script))

    def until(self, condition):
        wait_for(self.page.until(condition))

    def type(self, text):
        wait_for(self.page.call("Input.insertText", text=text))

    def press(self, key, modifiers=0):
        wait_for(self.page.press(key, modifiers))

    def call(self, method, **parameters):
        return wait_for(self.page.call(method, **parameters))


@pytest.fixture(scope="module")
def browser():
    stack = AsyncExitStack()
    yield Tab(wait_for(stack.enter_async_context(tab())))
    wait_for(stack.aclose())


@pytest.fixture
def opened(browser, served):
    browser.open(served.address)
    return browser


def test_text_is_typed_and_its_names_are_marked_with_label_and_score(opened):
    opened.type("👩‍🚀 Ada flew to Oslo,\nand Ada stayed.")
    opened.press("Enter", modifiers=2)
    opened.until(SHOWN)
    assert opened.run(MARKS) == ["Ada PER 100 %", "Oslo LOC 100 %", "Ada PER 100 %"]
    assert opened.run(scripts._TEXT) == "👩‍🚀 Ada flew to Oslo,\nand Ada stayed."
    opened.until(f"{STATUS} === '3 names found: 2 PER, 1 LOC.'")
    assert opened.run("document.querySelector('#rows tr').innerText") == "Ada\tPER\t100 %\t4–7"
    assert opened.run("new Set([...document.querySelectorAll('#marked mark')].map((e) => e.className)).size") == 2


def test_the_classes_of_a_text_are_listed_with_bars(browser, serve):
    learner = vm.student("memorizer", ["joy", "grief"], kind="class")
    learner.learn([Example(t, (whole(t, each),), kind="class") for t, each in (("glad", "joy"), ("grey", "grief"))])
    browser.open(serve(learner).address)
    browser.until("document.querySelector('button').textContent === 'Find the class'")
    browser.type("So glad")
    browser.press("Enter", modifiers=2)
    browser.until("!document.getElementById('classes').hidden")
    assert browser.run("document.querySelector('#classes mark').textContent") == "joy"
    assert browser.run("document.querySelector('#classes meter').value") == pytest.approx(0.75)
    assert browser.run("document.querySelector('#classes meter').getAttribute('aria-label')") == "how sure it is of joy"
    assert browser.run(STATUS) == "It is in: joy 75 %."
    assert browser.run("document.getElementById('names').hidden && document.getElementById('marked').hidden")


def test_pasted_text_is_labelled_without_a_key(opened):
    opened.type("To Oslo")
    opened.until(SHOWN)
    assert opened.run(MARKS) == ["Oslo LOC 100 %"]


def test_the_keyboard_is_enough(opened):
    assert opened.run(FOCUS) == "text"
    opened.type("nobody")
    opened.press("Tab")
    assert opened.run(FOCUS) == "BUTTON"
    opened.press("Enter")
    opened.until(f"{STATUS} === 'No names found.'")
    assert opened.run(FOCUS) == "BUTTON"
    assert opened.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    opened.press("Tab", modifiers=8)
    assert opened.run(FOCUS) == "text"


def test_a_screen_reader_finds_names_and_roles(opened):
    opened.type("Ada")
    opened.press("Enter", modifiers=2)
    opened.until(SHOWN)
    opened.call("Accessibility.enable")
    nodes = opened.call("Accessibility.getFullAXTree")["nodes"]
    said = {(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n["ignored"]}
    for role, name in (
        ("textbox", "Text"),
        ("button", "Find names"),
        ("heading", "Names in the text"),
        ("region", "Names in the text"),
        ("columnheader", "score"),
        ("main", ""),
    ):
        assert (role, name) in said
    [status] = [n for n in nodes if n.get("role", {}).get("value") == "status"]
    assert {p["name"]: p["value"].get("value") for p in status["properties"]}["live"] == "polite"
    assert opened.run("document.documentElement.lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_by_day_and_by_night(opened, scheme):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    opened.call("Emulation.setEmulatedMedia", features=[feature])
    assert (opened.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)") == (
        scheme == "light"
    )
    assert opened.run(CONTRAST) >= 4.5
    opened.call("Emulation.setEmulatedMedia", features=[])


def test_a_refusal_is_shown_and_the_names_of_another_text_are_not(browser, serve):
    browser.open(serve(longest=10).address)
    browser.type("Ada")
    browser.until(SHOWN)
    browser.type(" and much more")
    browser.until(f"{STATUS} !== '1 name found: 1 PER.'")
    assert browser.run(STATUS) == "text 1 has 17 characters, at most 10 are taken; cut it up"
    assert browser.run("document.getElementById('found').hidden")


def test_a_server_that_has_gone_is_said_so(browser):
    with vm.serving(scripts.finder({"Ada": "PER"})) as address:
        browser.open(address)
    browser.type("Ada")
    browser.until(f"{STATUS} !== ''")
    assert browser.run(STATUS) == "The server cannot be reached; is it still running?"


def test_the_page_asks_nobody_else(opened, served):
    opened.type("Ada in Oslo")
    opened.until(SHOWN)
    assert len(opened.page.asked) >= 5
    assert {address for address in opened.page.asked if not address.startswith((served.address, "data:,"))} == set()
    assert opened.run("window.stopped") == []


def test_what_would_run_as_html_is_shown_as_text(browser, tmp_path):
    some = PAYLOADS[::20]
    assert len(wait_for(scripts.as_html(browser.page, some))) >= 4
    assert wait_for(scripts.as_text(browser.page, some)) == []
    assert wait_for(scripts.as_labels(browser.page, PAYLOADS)) == []
    assert not wait_for(scripts.as_model_name(browser.page, PAYLOADS[17], tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(900)  # a server for each of them
def test_two_hundred_payloads_everywhere(browser, tmp_path):
    assert len(set(PAYLOADS)) == 200
    assert wait_for(scripts.as_text(browser.page, PAYLOADS)) == []
    assert [each for each in PAYLOADS if wait_for(scripts.as_model_name(browser.page, each, tmp_path))] == []


def test_only_the_last_of_several_questions_is_answered(opened, served):
    threads = [threading.Thread(target=served.predict, args=({"text": "Ada"},)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for part in ("Ada ", "in ", "Oslo"):
        opened.type(part)
        opened.press("Enter", modifiers=2)
    opened.until(f"{STATUS} === '2 names found: 1 PER, 1 LOC.'")
    assert opened.run(scripts._TEXT) == "Ada in Oslo"
    for thread in threads:
        thread.join()
