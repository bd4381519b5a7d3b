"""JSON that is larger than memory: the values of a file one after the other, and those of one long list in it.

An export is one object with one long list (`messages`, `chunk`), one list, one object a line, or objects without
anything between them. All are read here, a window of the file at a time, by the standard library's own decoder.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final

from corpus.sources.base import SkipUnit

__all__ = ["lines", "values"]

_WINDOW: Final = 1 << 20
_LARGEST: Final = 64 << 20  # characters of one value: no message comes near, and a bomb does not get further
_BLANK: Final = re.compile(r"[ \t\r\n]*")


def lines(file: IO[bytes]) -> Iterator[Any]:
    """One value a line.

    `raw_decode` on a decoded line takes half the time of `json.loads` on bytes, which guesses their encoding first.

    Raises:
        SkipUnit: `broken-json` or `not-utf-8`, with the line.
    """
    decode = json.JSONDecoder().raw_decode
    number = 0
    try:
        for line in file:
            number += 1
            if len(line) > _LARGEST:
                raise SkipUnit("broken-json", f"line {number} has {len(line)} bytes, at most {_LARGEST}")
            text = line.decode("utf-8" if number > 1 else "utf-8-sig").strip()
            if text:
                value, end = decode(text)
                if end < len(text):
                    raise SkipUnit("broken-json", f"line {number}: more than one value")
                yield value
    except UnicodeDecodeError as error:
        raise SkipUnit("not-utf-8", f"line {number}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise SkipUnit("broken-json", f"line {number}: {error}") from None


def values(file: IO[bytes], lists: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Every value of a file with the name that it has.

    The members of a top-level object that has a list of one of these names come one by one, those of the list too,
    each with the list's name; a top-level list gives its elements, and any other value is given whole, without a name.
    An object without such a list is given whole.

    Args:
        file: Bytes of UTF-8.
        lists: Names of the lists that are long.

    Raises:
        SkipUnit: `broken-json` or `not-utf-8`, with the place.
    """
    window = _Window(file)
    try:
        while window.peek():
            if window.peek() == "[":
                for value in window.elements():
                    yield "", value
            elif window.peek() == "{" and lists:
                yield from _object(window, lists)
            else:
                yield "", window.value()
    except UnicodeDecodeError as error:
        raise SkipUnit("not-utf-8", str(error)) from None
    except (ValueError, RecursionError) as error:
        raise SkipUnit("broken-json", f"near character {window.place}: {error}") from None


def _object(window: _Window, lists: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """An object whole, or from its long list on by its members."""
    whole: dict[str, Any] = {}
    streamed = False
    for name in window.names():
        if name in lists and window.peek() == "[":
            streamed = True
            yield from ((key, value) for key, value in whole.items())
            whole.clear()
            for value in window.elements():
                yield name, value
        elif streamed:
            yield name, window.value()
        else:
            whole[name] = window.value()
    if not streamed:
        yield "", whole


class _Window:
    """The part of a file that is being decoded."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._before = 0
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode

    @property
    def place(self) -> int:
        """Characters before the next one to be read."""
        return self._before + self._at

    def _more(self, size: int = _WINDOW) -> bool:
        if self._ended:
            return False
        data = self._file.read(size)
        self._ended = not data
        self._before += self._at
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return True

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            match = _BLANK.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, *expected: str) -> str:
        """The next character, which must be one of these."""
        found = self.peek()
        if found not in expected:
            raise ValueError(f"{' or '.join(expected)} expected, found {found or 'the end'}")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value. What does not fit the window is tried again with twice as much, so time stays linear."""
        self.peek()
        size = _WINDOW
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError:
                if len(self._text) - self._at > _LARGEST or not self._more(size):
                    raise
                size *= 2
                continue
            if end == len(self._text) and not self._ended:
                self._more(size)  # a number may go on
                continue
            self._at = end
            return value

    def elements(self) -> Iterator[Any]:
        """The elements of the list that begins here."""
        self.take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    def names(self) -> Iterator[str]:
        """The names of the object that begins here; the caller takes each one's value."""
        self.take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise ValueError("a name expected")  # noqa: TRY004 - the file's mistake, not a caller's
            self.take(":")
            yield name
            if self.take(",", "}") == "}":
                return
