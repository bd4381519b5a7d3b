"""RE2 as the detector uses it: patterns over bytes, in linear time whatever the text, without Python's match objects.

In UTF-8 every negated class is some ten instructions, 250 times over; as Latin-1 a byte is a character. What is asked
of text in letters beyond ASCII is asked of Python's `re` instead, which knows them: see `in_words`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from corpus.errors import ConfigError

__all__ = ["Search", "Span", "compiled", "in_words", "search_of", "whole"]

Span = tuple[int, int]
Search = Callable[[bytes, int, int, bool], "list[Span] | None"]

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


def search_of(pattern: Any) -> Search:
    """A pattern's search from and to a place, at its start alone or anywhere: the spans of the match and its groups.

    Python's object of a match takes longer than the match. Where RE2's own call cannot be reached the usual one serves.
    """
    import re2

    inner, anchor = getattr(pattern, "_regexp", None), getattr(re2, "_Anchor", None)
    if inner is None or anchor is None:  # pragma: no cover (another make of the package)
        groups = range(pattern.groups + 1)

        def usual(data: bytes, start: int, end: int, here: bool) -> list[Span] | None:
            match = (pattern.match if here else pattern.search)(data, start, end)
            return [match.span(group) for group in groups] if match else None

        return usual
    call, at_start, anywhere = inner.Match, anchor.ANCHOR_START, anchor.UNANCHORED

    def direct(data: bytes, start: int, end: int, here: bool) -> list[Span] | None:
        spans: list[Span] = call(at_start if here else anywhere, data, start, end)
        return spans if spans[0][0] >= 0 else None

    return direct


def whole(pattern: str) -> Callable[[bytes], bool]:
    """Whether a pattern matches all of some bytes."""
    search = search_of(compiled(rf"(?:{pattern})\z"))
    return lambda data: search(data, 0, len(data), True) is not None


def in_words(pattern: str) -> Callable[[bytes], bool]:
    r"""Whether a pattern of Python's `re` is somewhere in UTF-8: by RE2 where that is the same, which is in ASCII.

    `\s` has to stand in brackets: RE2's own is not Python's.
    """
    slow = re.compile(pattern)

    @cache
    def quick() -> Search:
        return search_of(compiled(pattern.replace(r"\s", r" \t-\r\x1c-\x1f")))

    def found(data: bytes) -> bool:
        if data.isascii():
            return quick()(data, 0, len(data), False) is not None
        return slow.search(data.decode("utf-8", "replace")) is not None

    return found
