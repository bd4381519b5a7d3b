"""The parts of a file in which documentation stands: of definitions without any not even the parse is needed.

A part begins and ends where a definition at the left margin does. The text alone does not tell: a string may hold code.
So who parses the parts looks whether they are without an error, and whether a node reaches over a gap. Where none does,
a gap begins between two definitions; what is in it is read only so far as to say that it ends there, too, and where
that is not plain nothing is left out. Part by part, each is then read as it is in the whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["PYTHON", "RUST", "Seams", "parts"]

_LEAST: Final = 200  # bytes of a gap that is worth leaving out
_MOST: Final = 64  # gaps: a parser asks of each token in which part it is
_HIDING: Final = re.compile(rb"/\*|#\"|\\\"|'[\"{}()\[\]]'")
_BRACKETS: Final = ((b"{", b"}"), (b"(", b")"), (b"[", b"]"))
_STRING_OR_COMMENT: Final = re.compile(rb'"[^"\n]*"|//[^\n]*')


@dataclass(frozen=True, slots=True)
class Seams:
    """Where a file of a language may be cut.

    Attributes:
        pattern: Ends where a line at the left margin begins that ends what stands above.
        closed: Whether the text between two seams plainly ends in the state in which it begins: in no string, comment
            or bracket.
        prefix: What begins something that belongs to the next definition; None where nothing does that a seam parts.
        definition: What stands behind that where its definition has come.
    """

    pattern: re.Pattern[bytes]
    closed: Callable[[bytes, int, int], bool]
    prefix: bytes | None = None
    definition: re.Pattern[bytes] | None = None


def parts(source: bytes, places: Iterable[int], seams: Seams) -> list[tuple[int, int]]:
    """Where the parts of a file begin and end in which some places lie; all of it where nothing can be left out.

    Args:
        source: The file.
        places: In order; what stands right above one goes with it.
        seams: Where it may be cut.
    """
    found: list[tuple[int, int]] = []
    start = end = 0
    for place in places:
        if place < end:
            continue
        begin = _last(source, end, place, seams) if place - end >= _LEAST and len(found) < _MOST else end
        if begin - end >= _LEAST and seams.closed(source, end, begin):
            found += [(start, end)] if start < end else []
            start = begin
        seam = seams.pattern.search(source, place)
        end = len(source) if seam is None else seam.end()
    return [*found, (start, end)]


def _last(source: bytes, start: int, end: int, seams: Seams) -> int:
    """The last seam in a range from which on all belongs together; its start, a seam itself, where there is none."""
    found = [start, *[seam.end() for seam in seams.pattern.finditer(source, start, end)]]
    if seams.prefix is not None and seams.definition is not None:
        at = source.rfind(seams.prefix, start, found[-1])
        while at >= 0 and seams.definition.search(source, at, found[-1]) is None:
            del found[max(1, bisect_right(found, at)) :]
            at = source.rfind(seams.prefix, start, found[-1])
    return found[-1]


def _without_long_strings(source: bytes, start: int, end: int) -> bool:
    """Python: a string that goes on over lines has three quotes or a backslash at a line's end, which no seam has."""
    return source.find(b'"""', start, end) < 0 and source.find(b"'''", start, end) < 0


def _balanced(source: bytes, start: int, end: int) -> bool:
    """Rust: strings that end on their line, brackets in pairs, and nothing that hides a quote or a bracket."""
    text = source[start:end]
    if _HIDING.search(text) is not None:
        return False
    text = _STRING_OR_COMMENT.sub(b"", text)
    return b'"' not in text and all(text.count(one) == text.count(other) for one, other in _BRACKETS)


PYTHON: Final = Seams(
    re.compile(rb"\n(?=[A-Za-z_@])(?<!\\\n)(?!(?:elif|else|except|finally)\b)"),
    _without_long_strings,
    prefix=b"@",
    definition=re.compile(rb"\n(?<!\\\n)[ \t\f]*(?:async[ \t]+)?(?:def|class)\b"),
)
RUST: Final = Seams(re.compile(rb"\n\}\n"), _balanced)
