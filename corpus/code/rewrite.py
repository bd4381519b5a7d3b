"""What a grammar cannot read is written over before the parse, in place: lengths, lines and offsets stay.

Only the parser sees the result. Texts are slices of the source as it was.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final, NamedTuple

from corpus.code.language import Rewriter

__all__ = ["Rewrite", "rewriter"]

_NOT_LINE_BREAK: Final = re.compile(rb"[^\n]")


class Rewrite(NamedTuple):
    """One thing that is written over.

    Attributes:
        word: What is written over it; blanks where that is too long, or empty.
        pattern: Its first group is what is written over.
        needed: One of these stands in every source in which the pattern is found; empty where that is not known.
            A search for them is some ten times as fast.
    """

    word: bytes
    pattern: re.Pattern[bytes]
    needed: tuple[bytes, ...] = ()


def rewriter(*rewrites: Rewrite | Rewriter) -> Rewriter:
    """What writes over all of these, in this order."""

    def rewrite(source: bytes) -> bytes:
        for one in rewrites:
            if not isinstance(one, Rewrite):
                source = one(source)
                continue
            word, pattern, needed = one
            if not needed or any(part in source for part in needed):
                source = pattern.sub(partial(_written_over, word), source)
        return source

    return rewrite


def _written_over(word: bytes, match: re.Match[bytes]) -> bytes:
    (start, end), first = match.span(1), match.start()
    if len(word) <= end - start and b"\n" not in match[1]:
        filler = word.ljust(end - start)
    else:
        filler = _NOT_LINE_BREAK.sub(b" ", match[1])
    return match[0][: start - first] + filler + match[0][end - first :]
