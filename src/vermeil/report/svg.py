"""Make matplotlib's SVG fit for a page: no fixed size, no clashing ids, colours that follow the reader's theme."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from vermeil.report.text import visible

INK, SOFT, CALM = "#24292f", "#6e7781", "#d0d7de"
"""Text, thin lines and grid; on a page they become variables, so that a dark theme can change them."""

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_THEME = {INK: "var(--ink, #24292f)", SOFT: "var(--soft, #6e7781)", CALM: "var(--calm, #d0d7de)"}
_FONT = re.compile(r"'[^;]*sans-serif")


def clean(svg: str, name: str) -> str:
    """A standalone SVG document in which every id starts with the figure's name."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    # Safe to parse: matplotlib made it just now, and the only foreign text in it is escaped.
    root = ElementTree.fromstring(visible(svg))
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    for element in root.iter():
        for key, value in element.attrib.items():
            element.set(key, _own(key, value, name))
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    return ElementTree.tostring(root, encoding="unicode")


def inline(svg: str, alt: str) -> str:
    """The same for use inside an HTML page: named for screen readers, coloured by the page."""
    root = ElementTree.fromstring(svg)
    root.set("role", "img")
    root.set("aria-label", visible(alt))
    for element in root.iter():
        for key in ("style", "fill", "stroke"):
            if key in element.attrib:
                element.set(key, _themed(element.attrib[key]))
    return ElementTree.tostring(root, encoding="unicode")


def standalone(svg: str, alt: str) -> str:
    """The same as a file of its own: on white, whatever the viewer's theme."""
    root = ElementTree.fromstring(svg)
    root.set("style", "background: #fff")
    title = ElementTree.Element(f"{{{_SVG}}}title")
    title.text = visible(alt)
    root.insert(0, title)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _own(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == f"{{{_LINK}}}href":
        return value.replace("#", f"#{name}-", 1)
    if key == "style":
        value = _FONT.sub("system-ui, sans-serif", value)
    return value.replace("url(#", f"url(#{name}-")


def _themed(style: str) -> str:
    for colour, variable in _THEME.items():
        style = style.replace(colour, variable)
    return style
