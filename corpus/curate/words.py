"""Words of texts and of code, as scores compare them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["STEM", "last_part", "name_parts", "prose_of", "words_of"]

STEM: Final = 6
"""Letters of a word that are compared: "computes", "computing" and "computation" are one."""

_PARTS: Final = re.compile(r"[a-z]{2,}|[A-Z](?:[a-z]+|[A-Z]+(?![a-z]))|[^\W\d_A-Za-z]{2,}")  # one letter is no word
_FENCED: Final = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_SESSION: Final = re.compile(r"^[ \t]*>>>.*(?:\n[ \t]*\S.*)*", re.MULTILINE)
_BETWEEN: Final = re.compile(r"::|[.#:]")


def words_of(text: str) -> list[str]:
    """The words of a text or of code, identifiers taken apart at case and underscores, in lower case."""
    found = _PARTS.findall(text)
    return "\n".join(found).lower().split("\n") if found else []


def prose_of(text: str) -> str:
    """A text without the code that it shows: fenced blocks and sessions of an interpreter."""
    if "```" in text or "~~~" in text:
        text = _FENCED.sub("", text)
    return _SESSION.sub("", text) if ">>>" in text else text


def last_part(symbol: str) -> str:
    """The last part of a qualified name."""
    return _BETWEEN.split(symbol.partition("/")[0])[-1]


@lru_cache(maxsize=1 << 12)
def name_parts(symbol: str) -> tuple[str, ...]:
    """The words of the last part of a qualified name."""
    return tuple(words_of(last_part(symbol)))
