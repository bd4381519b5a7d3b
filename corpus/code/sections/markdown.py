"""Sections under headings, and Swift's lists."""

from __future__ import annotations

import re
from typing import Final

from corpus.code.sections.lines import (
    HEADING,
    NO_NAMES,
    ROLES,
    add_parameters,
    dedent,
    hanging,
    indent_of,
    keep_prose,
    make_item,
    until,
)
from corpus.code.sections.model import Reading
from corpus.code.sections.walk import read_examples

__all__ = ["headed_section", "swift_list"]


_RDOC_HEADING: Final = re.compile(r"(?P<level>={1,6})[ \t]*(?P<title>\w[^\n]*)")
_BULLET: Final = re.compile(r"(?P<indent>[ \t]{0,3})(?:[-*+]|\d{1,9}[.)])[ \t]+(?P<text>\S.*)")
_CODE_NAMES: Final = re.compile(
    r"(?:\*\*)?\[?`(?P<names>[^`\n]+`(?:[ ]*,[ ]*`[^`\n]+`)*)\]?(?:\*\*)?[ ]*(?:\((?P<type>[^()\n]*)\))?(?:\*\*)?"
    r"[ ]*(?::(?!:)|-{1,3}(?=[ ])|–|—|=>)[ ]*(?P<text>.*)"
)
_WORD_NAME: Final = re.compile(
    r"(?:\*\*|__|\*|<tt>:?)?(?P<names>[A-Za-z_][\w.]*)(?:</tt>|\*\*|__|\*)?[ ]*(?:\((?P<type>[^()\n]*)\))?"
    r"(?::(?!:)|[ ]+(?:-{1,3}|–|—|:)(?=[ ]))[ ]*(?:\*\*)?(?P<text>.*)"
)
_SWIFT: Final = re.compile(
    r"[-*+][ ]+(?P<key>parameters?|returns|throws)(?:[ ]+(?P<name>\w+))?[ ]*:[ ]*(?P<text>.*)", re.IGNORECASE
)


def headed_section(reading: Reading, index: int) -> int:
    """`# Errors` and everything up to the next heading of its level."""
    line = reading.lines[index]
    pattern = _RDOC_HEADING if line.startswith("=") and reading.language == "ruby" else HEADING
    match = pattern.match(line)
    title = match["title"].rstrip("#=: \t").lower() if match else ""
    role = ROLES.get(title, "")
    if match is None or not role:
        return index
    level = len(match["level"])

    def ends(other: str) -> bool:
        found = pattern.match(other) if other.lstrip(" ")[:1] in "#=" else None
        return found is not None and len(found["level"]) <= level

    end = until(reading.lines, index + 1, ends)
    body = reading.lines[index + 1 : end]
    if role == "examples":
        read_examples(reading, body, [line])
    elif role == "parameters":
        keep_prose(reading, [line, *body], _listed(reading, body))
    else:
        _say(reading, role, title, body)
    return end


def _say(reading: Reading, role: str, title: str, body: list[str]) -> None:
    """What is returned or goes wrong: an item for each entry of a list that names one, else one for all."""
    text = dedent(body)
    if not text:
        return
    items, leftover = _list_items(body)
    named = [_named(reading, item, _CODE_NAMES) for item in items]
    if title.startswith("panic"):
        reading.errors.append(make_item(reading, "panic", "", text))
    elif role == "errors" and named and None not in named and not any(line.strip() for line in leftover):
        reading.errors.extend(
            make_item(reading, name, "", said) for names, _, said in filter(None, named) for name in names
        )
    else:
        (reading.returns if role == "returns" else reading.errors).append(make_item(reading, "", "", text))


def _listed(reading: Reading, body: list[str]) -> list[str] | None:
    """The parameters of a Markdown list."""
    items, leftover = _list_items(body)
    found = False
    for item in items:
        named = _named(reading, item, _CODE_NAMES) or _named(reading, item, _WORD_NAME)
        if named is None:
            leftover.extend([item[0], *item[1:]])
            continue
        found = True
        names, kind, text = named
        add_parameters(reading, names, kind, text)
    return [line for line in leftover if line.strip()] if found else None


def _list_items(lines: list[str]) -> tuple[list[list[str]], list[str]]:
    """Items of the outermost list, each with what belongs to it, and the lines that belong to none."""
    items: list[list[str]] = []
    leftover: list[str] = []
    margin, blank = -1, False
    for line in lines:
        match = _BULLET.match(line)
        if match and (margin < 0 or len(match["indent"]) <= margin):
            margin = len(match["indent"])
            items.append([line])
        elif items and not line.strip():
            items[-1].append("")
        elif items and (indent_of(line) > margin or not blank):
            items[-1].append(line)
        else:
            leftover.append(line)
        blank = not line.strip()
    return items, leftover


def _named(reading: Reading, item: list[str], pattern: re.Pattern[str]) -> tuple[list[str], str, str] | None:
    """The names, type and text of an item of a list."""
    bullet = _BULLET.match(item[0])
    match = pattern.match(bullet["text"]) if bullet else None
    if match is None:
        return None
    names, kind = [name.strip(" `") for name in re.split(r"`[ ]*,[ ]*`", match["names"])], match["type"] or ""
    if reading.language == "julia" and "::" in names[-1]:
        kind = names[-1].partition("::")[2].partition("=")[0].rstrip("; ")
        names = [name.partition("::")[0] for name in names]
    if not all(names) or names[0] in NO_NAMES:
        return None
    return names, kind, hanging(match["text"], item[1:])


def swift_list(reading: Reading, index: int) -> int:
    """`- Parameter x: text`, `- Parameters:` and the list below it, `- Returns:`, `- Throws:`."""
    match = _SWIFT.match(reading.lines[index])
    key = match["key"].lower() if match else ""
    if match is None or (key == "parameter") != (match["name"] is not None):
        return index
    end = until(reading.lines, index + 1, lambda line: not line[0].isspace())
    rest = reading.lines[index + 1 : end]
    text = hanging(match["text"], rest)
    if key == "parameters":
        indent = min((indent_of(line) for line in rest if line.strip()), default=0)
        keep_prose(reading, reading.lines[index:end], _listed(reading, [line[indent:] for line in rest]))
    elif key == "parameter":
        add_parameters(reading, [match["name"]], "", text)
    else:
        (reading.returns if key == "returns" else reading.errors).append(make_item(reading, "", "", text))
    return end
