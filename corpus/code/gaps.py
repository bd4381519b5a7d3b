"""Code with some of its lines missing, to be filled in."""

from __future__ import annotations

import re
import zlib
from typing import Final

from corpus.code import Definition
from corpus.code.phrasing import GAP

__all__ = ["COMMENT", "with_gap"]

_WORDS: Final = 3  # in the lines that are missing, at least
_GAP_LINES: Final = (2, 12)  # fewest and most lines to be filled in
_FILLABLE: Final = (8, 80)  # lines of a function that is asked to be filled in
# A line that closes what was opened above, or goes on with it: a body in braces, a call in a chain, an operator, a
# comment.
_GOES_ON: Final = re.compile(
    r"[)\]}{.?:,]|(?:else|elif|elsif|except|finally|catch|end|case|rescue|ensure|when|fi|done|esac)\b"
    r"|&&|\|\||=>?(?:\s|\Z)|->|\*(?:\s|/|\Z)|(?:and|or|then|do|where)\b"
)
_UNFINISHED: Final = ("(", "[", ",", "\\", "+", "&&", "||")
COMMENT: Final = re.compile(r"\s*(?:#(?![!\[])|//|--|;|%|/\*|\(\*|\{-)")
"""How a line begins that is a comment, in any language."""


def with_gap(definition: Definition) -> tuple[str, str] | None:
    """The code with some whole lines taken out, and those lines, moved to the left margin; None where it is too short.

    The lines are whole statements of one block. Which ones is decided by a hash of the name.
    """
    lines = definition.code.split("\n")
    if not _FILLABLE[0] <= len(lines) <= _FILLABLE[1]:
        return None
    indents = [len(line) - len(text) if (text := line.lstrip()) else None for line in lines]  # None for a blank one
    first = definition.signature.count("\n") + 1
    found = _gap(lines, indents, first, zlib.crc32(definition.symbol.encode()))
    if found is None:
        return None
    start, stop = found
    missing = lines[start:stop]
    indent = indents[start] or 0
    gap = missing[0][:indent] + GAP
    return "\n".join([*lines[:start], gap, *lines[stop:]]), "\n".join(line[indent:] for line in missing)


def _gap(lines: list[str], indents: list[int | None], first: int, dice: int) -> tuple[int, int] | None:
    """A run of lines, from `first` on, that is whole statements of one block: nothing in it is less indented."""
    count = len(lines) - first
    longest = min(_GAP_LINES[1], count // 2)
    for step in range(count):
        start = first + (dice + step) % count
        indent = indents[start]
        if not indent or not _begins(lines, start, indent):
            continue
        best = None
        for stop in range(start + 1, min(len(lines), start + longest + 1)):
            here = indents[stop]
            if here is not None and here <= indent:
                if here < indent or not _GOES_ON.match(lines[stop], here):
                    best = stop
                if here < indent:
                    break
        if best is None or _is_listed(lines, indents, start, best):
            continue
        while best > start and (indents[best - 1] is None or COMMENT.match(lines[best - 1])):
            best -= 1
        if best - start < _GAP_LINES[0]:
            continue
        if len(" ".join(lines[start:best]).split(None, _WORDS)) > _WORDS:
            return start, best
    return None


def _is_listed(lines: list[str], indents: list[int | None], start: int, stop: int) -> bool:
    """Whether lines are elements of a list: one of the least indented ends with a comma, and nothing deeper follows."""
    for at in range(start, stop):
        if indents[at] == indents[start] and lines[at].rstrip().endswith(","):
            below = (indents[number] for number in range(at + 1, len(lines)))
            following = next((indent for indent in below if indent is not None), 0)
            if following <= (indents[start] or 0):
                return True
    return False


def _begins(lines: list[str], start: int, indent: int) -> bool:
    """Whether a statement may begin in a line: it closes nothing and goes on with nothing that stands above."""
    above = lines[start - 1]
    if COMMENT.match(lines[start]):
        if COMMENT.match(above):
            return False  # in the middle of a comment
        first = next((line.lstrip() for line in lines[start:] if line.strip() and not COMMENT.match(line)), "")
        if _GOES_ON.match(first):
            return False
    if _GOES_ON.match(lines[start], indent):
        return False
    return not above.rstrip().endswith(_UNFINISHED) and not above.lstrip().startswith("@")
