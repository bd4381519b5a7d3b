"""Lines, what hangs below them, and the titles of sections: what all styles of documentation share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from corpus.code.sections.model import Item, Reading

__all__ = [
    "CLOSING",
    "ERROR_WORD",
    "FENCE",
    "HEADING",
    "NO_NAMES",
    "ROLES",
    "add_parameters",
    "closing_bracket",
    "dedent",
    "deeper",
    "fence_end",
    "fenced",
    "hanging",
    "indent_of",
    "keep_prose",
    "make_item",
    "next_line",
    "outside_fences",
    "until",
]


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """A text in which everything but fenced blocks is changed."""
    if "```" not in text and "~~~" not in text:
        return change(text)
    parts: list[str] = []
    start = 0
    for fence, end in fenced(text):
        if start < fence.start():
            parts.append(change(text[start : fence.start() - 1]))
        parts.append(text[fence.start() : end - 1 if end <= len(text) else None])
        start = end
    if start <= len(text):
        parts.append(change(text[start:]))
    return "\n".join(parts)


def fenced(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """The fenced blocks of a text: the line that opens each, and where the line behind it begins."""
    position = 0
    marks = _FENCE_MARK if "~~~" in text else _TICKS
    while (mark := marks.search(text, position)) is not None:
        fence = _FENCE_LINE.match(text, text.rfind("\n", 0, mark.start()) + 1)
        if fence is None:  # the rest of the line is no fence either
            position = text.find("\n", mark.end())
            if position < 0:
                break
            continue
        position = _behind_fence(text, fence)
        yield fence, position


def _behind_fence(text: str, fence: re.Match[str]) -> int:
    """Where the line behind a fenced block begins, see `fence_end`; beyond the text where there is none."""
    mark, indent = fence["mark"], fence.start("mark") - fence.start()
    position = fence.end() + 1
    while position <= len(text):
        if not indent:  # no other line than one with the mark ends it
            at = text.find(mark, position)
            if at < 0:
                return len(text) + 1
            position = max(position, text.rfind("\n", 0, at) + 1)
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return end + 1
        if indent and line and indent_of(text[position:end]) < indent:
            return position
        position = end + 1
    return position


def indent_of(line: str) -> int:
    """How many characters of white space a line begins with."""
    return len(line) - len(line.lstrip())


def dedent(lines: Iterable[str]) -> str:
    """Lines without the indentation that all share and without blank lines around."""
    lines = [line.rstrip() for line in lines]
    if lines and lines[0][:1].strip():
        return "\n".join(lines).rstrip("\n")
    margin = min([len(line) - len(line.lstrip()) for line in lines if line], default=0)
    if not margin:
        return "\n".join(lines).strip("\n")
    return "\n".join([line[margin:] for line in lines]).strip("\n")


def hanging(first: str, rest: Sequence[str]) -> str:
    """A text whose first line stands behind its head; the others are dedented on their own."""
    return f"{first.strip()}\n{dedent(rest)}".strip() if rest else first.strip()


def until(lines: list[str], start: int, end: Callable[[str], bool]) -> int:
    """The first line from `start` on that ends a section; lines in fences do not."""
    index = start
    while index < len(lines):
        line = lines[index]
        fence = FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            index = fence_end(lines, index, fence)
        elif line and end(line):
            break
        else:
            index += 1
    return index


def next_line(lines: list[str], index: int) -> int:
    """The first line from `index` on that is not blank."""
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def make_item(reading: Reading, name: str, kind: str, text: str) -> Item:
    """An item with its inline markup read as plain words."""
    return Item(name.strip(), kind.strip(), reading.dialect.markup(text).strip())


def add_parameters(reading: Reading, names: Iterable[str], kind: str, text: str) -> None:
    """One parameter for each name, where something is said about them."""
    if text.strip():
        reading.parameters.extend(make_item(reading, name.replace("\\", ""), kind, text) for name in names)


FENCE: Final = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)\Z")


_TICKS: Final = re.compile(r"```")
_FENCE_MARK: Final = re.compile(r"```|~~~")
_FENCE_LINE: Final = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$", re.MULTILINE)


def fence_end(lines: list[str], index: int, fence: re.Match[str]) -> int:
    """The line behind a fenced block: an unclosed one ends with what it is in, be it the text."""
    mark, indent = fence["mark"], indent_of(lines[index])
    index += 1
    while index < len(lines):
        line = lines[index]
        if not indent and mark not in line:
            index += 1
            continue
        stripped = line.strip()
        if stripped.startswith(mark) and not stripped.strip(mark[0]):
            return index + 1
        if indent and stripped and indent_of(line) < indent:
            return index
        index += 1
    return index


def deeper(lines: list[str], start: int, indent: int) -> int:
    """The end of a run of lines that are blank or indented more than `indent`; blank ones at its end are not in it."""
    end = index = start
    while index < len(lines):
        line = lines[index]
        text = line.lstrip()
        if text:
            if len(line) - len(text) <= indent:
                break
            end = index + 1
        index += 1
    return end


_PARAMETERS: Final = frozenset(
    {"args", "arguments", "argument", "parameters", "parameter", "params", "param", "keyword args"}
    | {"keyword arguments", "other parameters", "keyword parameters", "positional arguments", "inputs"}
)
_RETURNS: Final = frozenset(
    {"returns", "return", "yields", "yield", "return value", "return values", "returned value", "return type"}
)
_ERRORS: Final = frozenset({"raises", "raise", "errors", "error", "throws", "exceptions", "panics", "panic"})
_EXAMPLES: Final = frozenset({"examples", "example", "usage", "example usage", "usage example", "usage examples"})
ROLES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_PARAMETERS, "parameters")
    | dict.fromkeys(_RETURNS, "returns")
    | dict.fromkeys(_ERRORS, "errors")
    | dict.fromkeys(_EXAMPLES, "examples")
)
ERROR_WORD: Final = re.compile(r"\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\Z")
NO_NAMES: Final = frozenset(  # words that a colon follows in prose; parameters are seldom capitalised
    {"Note", "NOTE", "Notes", "Warning", "WARNING", "Example", "Examples", "Default", "Defaults", "Returns", "Raises"}
    | {"TODO", "See", "If", "if", "e.g", "i.e", "E.g", "I.e", "Otherwise", "Caution", "Important", "Tip", "Hint"}
)
CLOSING: Final[Mapping[str, str]] = MappingProxyType({"(": ")", "[": "]", "{": "}", "<": ">"})


def keep_prose(reading: Reading, section: list[str], leftover: list[str] | None) -> None:
    """Lines of a section that belong to no item stay in the prose; with its title where there is no item at all."""
    if leftover is None:
        reading.prose.extend(["", *section, ""])
    elif leftover:
        reading.prose.extend(["", *leftover, ""])


def closing_bracket(text: str, start: int) -> int:
    """Where the bracket at `start` is closed, or -1."""
    waiting: list[str] = []
    for index in range(start, len(text)):
        character = text[index]
        if character in CLOSING:
            waiting.append(CLOSING[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
            if not waiting:
                return index
    return -1


HEADING: Final = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<title>\S[^\n]*)")
