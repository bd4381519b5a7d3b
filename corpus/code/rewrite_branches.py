"""Conditional lines whose branches are no code by themselves: the first branch is read, as if it were always there.

    #if HAVE_OFFSETS
        if (a is DateTime date)
        {
    #else
        DateTime date = (DateTime)a;
    #endif

A grammar that knows `#if` wants whole statements between the lines, and loses the class around where there are none.
Blocks of which each branch is balanced are left alone, so what stands in any of them is read.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

__all__ = ["rewrite_branches"]

_LINE: Final = re.compile(rb"^[ \t]*#[ \t]*(if|el|endif)[^\n]*", re.MULTILINE)
_STRING: Final = re.compile(rb"//[^\n]*|\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])*+'")
_PART: Final = re.compile(rb"\s*(?:else\b|,|&&|\|\|)")  # how a branch begins that goes on with what is above
_UNFINISHED: Final = re.compile(rb"(?:\belse|,|&&|\|\|)\Z")
_ENDING: Final = 10  # bytes that the end of a branch is looked for in
_NOT_LINE_BREAK: Final = re.compile(rb"[^\n]")


def rewrite_branches(source: bytes) -> bytes:
    """The source with the first branch of such blocks only, of the same length and with the same lines.

    Blocks around other blocks are left as they are. Linear in the length.
    """
    if b"#if" not in source and b"# if" not in source:
        return source
    blanks: list[tuple[int, int]] = []
    block: list[re.Match[bytes]] = []  # the lines of the innermost block so far
    for line in _LINE.finditer(source):
        if line[1] == b"if":
            block = [line]
        elif line[1] == b"endif":
            if block:
                blanks += _other_branches(source, [*block, line])
            block = []
        elif block:
            block.append(line)
    parts: list[bytes] = []
    done = 0
    for start, end in blanks:
        parts += [source[done:start], _NOT_LINE_BREAK.sub(b" ", source[start:end])]
        done = end
    return b"".join([*parts, source[done:]]) if blanks else source


def _other_branches(source: bytes, lines: list[re.Match[bytes]]) -> list[tuple[int, int]]:
    """What to blank of a block: nothing where each of its branches is balanced."""
    spans = [(one.end(), other.start()) for one, other in itertools.pairwise(lines)]
    if all(_whole(_STRING.sub(b"", source[start:end])) for start, end in spans):
        return []
    return [lines[0].span(), (lines[1].start(), lines[-1].end())]


def _whole(branch: bytes) -> bool:
    if branch.count(b"{") != branch.count(b"}") or _PART.match(branch) is not None:
        return False
    return _UNFINISHED.search(branch.rstrip()[-_ENDING:]) is None
