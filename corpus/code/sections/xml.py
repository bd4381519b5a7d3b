"""C#'s elements."""

from __future__ import annotations

import html
import re
from typing import Final

from corpus.code.sections.lines import add_parameters, dedent, make_item
from corpus.code.sections.markup import XML_NAME, plain_html
from corpus.code.sections.model import Example, Reading

__all__ = ["XML_TAG", "read_xml"]


XML_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<tag>summary|remarks|param|typeparam|returns|value|exception|example|code)\b(?P<rest>[^<>]*)>"
)


def read_xml(reading: Reading, doc: str) -> None:
    """Elements of the outermost level; what stands between them is prose."""
    depth, opened, rest, last = 0, "", "", 0
    for match in XML_TAG.finditer(doc):
        tag = match["tag"]
        if match["rest"].endswith("/") or (tag == "code" and depth == 0):
            continue
        if depth == 0 and not match["close"]:
            reading.prose.extend(doc[last : match.start()].split("\n"))
            opened, rest, last, depth = tag, match["rest"], match.end(), 1
        elif tag == opened:
            depth += -1 if match["close"] else 1
            if depth == 0:
                _read_element(reading, opened, rest, doc[last : match.start()])
                last = match.end()
    reading.prose.extend(doc[last:].split("\n"))


def _read_element(reading: Reading, tag: str, rest: str, text: str) -> None:
    name = XML_NAME.search(rest)
    said = name[1] if name else ""
    plain = dedent(text.split("\n"))
    if tag in ("param", "typeparam"):
        add_parameters(reading, [f"<{said}>" if tag == "typeparam" else said], "", plain)
    elif tag in ("returns", "value"):
        if plain:
            reading.returns.append(make_item(reading, "", "", plain))
    elif tag == "exception":
        reading.errors.append(make_item(reading, said[2:] if said[1:2] == ":" else said, "", plain))
    elif tag == "example":
        _xml_example(reading, text)
    elif tag == "summary":
        reading.prose[:0] = [*plain.split("\n"), ""]
    else:
        reading.prose.extend(["", *plain.split("\n"), ""])


def _xml_example(reading: Reading, text: str) -> None:
    last, said = 0, ""
    for match in XML_TAG.finditer(text):
        if match["tag"] != "code":
            continue
        between = text[last : match.start()]
        last = match.end()
        if match["close"]:
            code = html.unescape(dedent(between.removeprefix("<![CDATA[").removesuffix("]]>").split("\n")))
            if code:
                reading.examples.append(Example(code, reading.language, said))
        else:
            said = " ".join(plain_html(between).split())
    reading.prose.extend(["", *dedent(text[last:].split("\n")).split("\n")])
