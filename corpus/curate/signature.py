"""What a function's header says, read from its code, to hold its documentation against it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["header_of", "identifiers", "names_in"]

_WORD: Final = re.compile(r"[^\W\d]\w*")
_OPENS: Final = "([{"
_CLOSES: Final = ")]}"
_LONGEST: Final = 4000  # characters that a list of parameters may have
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_PARAMETER: Final = re.compile(r"(?:^|,)\s*([^\W\d]\w*)")
_NESTED: Final = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}")


def header_of(code: str, name: str) -> str | None:
    """What stands between the parentheses of a function's header; None where there are none.

    Args:
        code: The whole definition.
        name: The last part of its name.
    """
    named = (
        re.search(rf"(?<![\w.\"']){re.escape(name)}\s*(?:[\[<][^()]{{0,200}})?\(", code[:_LONGEST]) if name else None
    )
    if named is None:
        return None
    first = named.end() - 1
    depth = 0
    for match in _BRACKET.finditer(code, first, first + _LONGEST):
        depth += 1 if match[0] in _OPENS else -1
        if depth == 0:
            return code[first + 1 : match.start()]
    return None


def names_in(header: str) -> list[str]:
    """The parameters of a Python header in their order, without `self`, `cls`, `*args` and `**kwargs`."""
    flat = header
    while (shorter := _NESTED.sub("", flat)) != flat:
        flat = shorter
    return [name for name in _PARAMETER.findall(flat) if name not in ("self", "cls")]


def identifiers(text: str) -> frozenset[str]:
    """All names in a piece of code."""
    return frozenset(_WORD.findall(text))
