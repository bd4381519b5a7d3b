"""Words, parts of words and shingles of many texts at once, as numpy arrays.

One pass of `re` over each text and one dictionary of words; all the rest (hashing, shingling, sets) works on
whole arrays, so 10,000 rows of 1.5 kB take about a second. The numbers that stand for words follow the order
of the texts, not Python's hash, so nothing here depends on PYTHONHASHSEED.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Ints", "Sets", "Words", "parts", "sets_of", "shingles", "words"]

Ints = npt.NDArray[np.int64]

_WORD: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # the constants of splitmix64 (Steele, Lea, Flood 2014)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)

# The commonest English words and the keywords that nearly every function holds: they say nothing of a pair.
_STOP: Final = """
a an and any are as at be been but by can do does for from has have if in into is it its may must no not of on or other
should so such than that the their them then there these they this to used was we when where which while will with you
your def self return returns class import none true false else elif try except raise fn let mut pub impl use struct
match some ok err
"""
STOP_WORDS: Final = frozenset(_STOP.split())


@dataclass(frozen=True)
class Words:
    """The words of `rows` texts, one after the other.

    Attributes:
        ids: Number of each word in `vocabulary`; all texts joined.
        starts: Where each text begins in `ids`; `rows + 1` long.
        vocabulary: The distinct words, in order of appearance.
    """

    ids: Ints
    starts: Ints
    vocabulary: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The number of texts."""
        return len(self.starts) - 1

    @cached_property
    def row_of(self) -> Ints:
        """The text that each word belongs to."""
        return np.repeat(np.arange(self.rows), np.diff(self.starts))


@dataclass(frozen=True)
class Sets:
    """A set of small integers for each of `rows` texts.

    Attributes:
        items: The members, ascending within a set; all sets joined.
        starts: Where each set begins in `items`; `rows + 1` long.
        universe: Members are below this number.
    """

    items: Ints
    starts: Ints
    universe: int

    @property
    def sizes(self) -> Ints:
        """How many members each set has."""
        return np.diff(self.starts)

    @cached_property
    def keys(self) -> Ints:
        """`set * universe + member`, ascending: membership is one binary search."""
        return np.repeat(np.arange(len(self.starts) - 1), self.sizes) * self.universe + self.items


def words(texts: Iterable[str], pattern: re.Pattern[str] = _WORD, *, lower: bool = True) -> Words:
    """The words of each text."""
    number: dict[str, int] = {}
    ids: list[int] = []
    starts = [0]
    for text in texts:
        found = pattern.findall(text.lower() if lower else text)
        ids += [number.setdefault(word, len(number)) for word in found]
        starts.append(len(ids))
    return Words(np.array(ids, np.int64), np.array(starts, np.int64), tuple(number))


@lru_cache(maxsize=1 << 17)
def parts(word: str) -> tuple[str, ...]:
    """An identifier or a word split at underscores and camelCase, in lower case, crudely stemmed, no stop words."""
    found = (part.lower() for part in _PART.findall(word))
    return tuple(_stem(part) for part in found if len(part) > 1 and part not in STOP_WORDS)


def _stem(part: str) -> str:
    """`parses`, `parsed` and `parsing` meet in `pars`: docstrings conjugate what names hold in the infinitive."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if part.endswith(ending) and len(part) - len(ending) >= 3:
            return part[: -len(ending)]
    return part


def shingles(of: Words, size: int) -> Sets:
    """The set of word n-grams of each text; a shorter text is one shingle as a whole, an empty one has none."""
    mixed = _mix(of.ids.astype(np.uint64) + np.uint64(1))
    count = len(mixed)
    rolled = np.zeros(count, np.uint64)
    ends = of.starts[1:]
    left = np.repeat(ends, np.diff(of.starts)) - np.arange(count)  # words from here to the end of the text
    for offset in range(size):
        inside = left > offset
        ahead = np.zeros(count, np.uint64)
        ahead[: max(0, count - offset)] = mixed[offset:]
        rolled = np.where(inside, _mix(rolled * _GOLDEN + ahead), rolled)
    begins = np.arange(count) - np.repeat(of.starts[:-1], np.diff(of.starts))
    whole = (left >= size) | (begins == 0)
    return sets_of(of.row_of[whole], rolled[whole], of.rows)


def sets_of(row: Ints, value: npt.NDArray[np.generic], rows: int) -> Sets:
    """Sets from (row, value) pairs in any order; values are numbered by their order."""
    distinct, number = np.unique(value, return_inverse=True)
    universe = max(1, len(distinct))
    keys = np.unique(row * universe + number)
    owner, items = np.divmod(keys, universe)
    starts = np.searchsorted(owner, np.arange(rows + 1))
    return Sets(items.astype(np.int64), starts.astype(np.int64), universe)


def joined(*columns: Sequence[str]) -> list[str]:
    """The columns' texts side by side, row by row."""
    return ["\n".join(texts) for texts in zip(*columns, strict=True)]


def _mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finalizer of splitmix64: every bit of the input reaches every bit of the output."""
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))
