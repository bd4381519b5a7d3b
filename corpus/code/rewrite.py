"""What a grammar cannot read is written over before the parse, in place: lengths, lines and offsets stay.

Only the parser sees the result. Texts are slices of the source as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from corpus.code.language import Rewriter

__all__ = ["rewriter"]

_NOT_LINE_BREAK: Final = re.compile(rb"[^\n]")


def rewriter(rewrites: Sequence[tuple[bytes, re.Pattern[bytes]]]) -> Rewriter:
    """What writes words over the first groups of patterns; where a word is too long, blanks."""

    def rewrite(source: bytes) -> bytes:
        for word, pattern in rewrites:
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
