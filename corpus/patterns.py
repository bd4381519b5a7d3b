"""RE2 over bytes, in linear time whatever the text: for the detector, and for workers that do not load its rules.

Spans stand for Python's match objects, which take longer. In UTF-8 every negated class is some ten instructions, 250
times over; as Latin-1 a byte is a character. What is asked of text in letters beyond ASCII is asked of Python's `re`
instead, which knows them: see `in_words`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from corpus.errors import ConfigError

__all__ = ["Search", "Span", "at_start", "compiled", "in_words", "search_of", "unanchored"]

Span = tuple[int, int]
Search = Callable[[Any, bytes, int, int], list[Span]]
"""Where it may match, in what, from and to where, to the spans of the match and its groups: (-1, -1) is none."""

# Bytes of an RE2 program's states. With RE2's own 8 MB the rules of prose throw theirs away and begin anew.
_MEMORY: Final = 32 << 20


@cache
def compiled(pattern: str, name: str = "") -> Any:
    """A pattern, compiled once a process: detectors are made often, patterns change never.

    Args:
        pattern: RE2's syntax.
        name: The rule that has it, for the error.

    Raises:
        ConfigError: RE2 does not read it.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, whatever they mean: classes stay small
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        raise ConfigError(f"The pattern of rule {name!r} is not RE2.", where=f"rule {name}", got=str(error)) from error


@cache
def at_start() -> Any:
    """Where a search may match: at its start alone."""
    import re2

    return re2._Anchor.ANCHOR_START if hasattr(re2, "_Anchor") else "at its start"


@cache
def unanchored() -> Any:
    """Where a search may match: anywhere."""
    import re2

    return re2._Anchor.UNANCHORED if hasattr(re2, "_Anchor") else "anywhere"


def search_of(pattern: Any) -> Search:
    """A pattern's search; at its start alone or anywhere, as its first argument says.

    Python's object of a match takes longer than the match. Where RE2's own call cannot be reached the usual one serves.
    """
    inner = getattr(pattern, "_regexp", None)
    if inner is not None and not isinstance(unanchored(), str):
        call: Search = inner.Match
        return call
    groups = range(pattern.groups + 1)  # another make of the package

    def usual(where: Any, data: bytes, start: int, end: int) -> list[Span]:
        match = (pattern.match if where == at_start() else pattern.search)(data, start, end)
        return [match.span(group) for group in groups] if match else [(-1, -1)]

    return usual


def in_words(pattern: str) -> Callable[[bytes], bool]:
    r"""Whether a pattern of Python's `re` is somewhere in UTF-8: by RE2 where that is the same, which is in ASCII.

    `\s` has to stand in brackets: RE2's own is not Python's.
    """
    slow = re.compile(pattern)

    @cache
    def quick() -> Callable[[bytes], bool]:
        search, anywhere = search_of(compiled(pattern.replace(r"\s", r" \t-\r\x1c-\x1f"))), unanchored()
        return lambda data: search(anywhere, data, 0, len(data))[0][0] >= 0

    def found(data: bytes) -> bool:
        if data.isascii():
            return quick()(data)
        return slow.search(data.decode("utf-8", "replace")) is not None

    return found
