"""Words, parts of words and shingles of many texts at once, as numpy arrays.

One pass of `re` over each text and one dictionary of words; all the rest (hashing, shingling, sets) works on
whole arrays, so 10,000 rows of 1.5 kB take about half a second. The numbers that stand for words follow the order
of the texts, not Python's hash, so nothing here depends on PYTHONHASHSEED. Shingles are made of some thousand texts at
a time, and what is kept of them is one 64-bit hash for each that is different within its text.

Plants are copies of a few rows over and over, most of whose texts are as they were: a `Lexicon` remembers their words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from corpus import sketch

__all__ = [
    "Grams",
    "Ints",
    "Lexicon",
    "Sets",
    "Words",
    "joined",
    "last_name",
    "parts",
    "shingled",
    "shingled_words",
    "shingles",
    "words",
]

Ints = npt.NDArray[np.int64]
U64s = npt.NDArray[np.uint64]

_BATCH: Final = 4096  # texts that are taken apart at once: their arrays take some 100 MB
_FEW: Final = 64  # texts: to look that many up takes longer than to take them apart
_MANY: Final = 8192  # texts: more are no plant, and are not asked for again
_REMEMBERED: Final = 4_000_000  # words: with their texts some 50 MB

_WORD: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")
_ARITY: Final = re.compile(r"/\d+\Z")  # of Erlang and Elixir: `put/2`
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

    def some(self, rows: Ints) -> Words:
        """The words of these texts, in this order, by the numbers that they have in all of them."""
        sizes = np.diff(self.starts)[rows]
        ends = np.cumsum(sizes)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        ids = self.ids[np.repeat(self.starts[:-1][rows], sizes) + within]
        return Words(ids, np.concatenate([np.zeros(1, np.int64), ends]), self.vocabulary)


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


@dataclass(frozen=True)
class Grams:
    """The set of shingles of each of some texts.

    Attributes:
        items: 64-bit hashes, ascending within a set; all sets joined.
        ends: Where each set ends in `items`.
    """

    items: U64s
    ends: Ints

    def __len__(self) -> int:
        return len(self.ends)

    @cached_property
    def sizes(self) -> Ints:
        """How many members each set has."""
        return np.diff(self.ends, prepend=0)

    def some(self, rows: Ints) -> Grams:
        """The sets of these rows, in this order."""
        found = sketch.Sets(self.items, self.ends).some(rows)
        return Grams(found.hashes, found.ends)


Split = Callable[[str], list[str]]


def words(texts: Iterable[str], pattern: re.Pattern[str] = _WORD, *, lower: bool = True) -> Words:
    """The words of each text."""
    return _taken_apart(texts, _splitter(pattern, lower=lower))


def _splitter(pattern: re.Pattern[str], *, lower: bool) -> Split:
    return (lambda text: pattern.findall(text.lower())) if lower else pattern.findall


def _terms(text: str) -> list[str]:
    return [part for word in _WORD.findall(text) for part in parts(word)]


def _taken_apart(texts: Iterable[str], split: Split) -> Words:
    number: dict[str, int] = {}
    ids, ends = [np.empty(0, np.int64)], [np.zeros(1, np.int64)]
    stream = iter(texts)
    while batch := list(islice(stream, _BATCH)):
        found = _words(batch, split, number)
        ids.append(found.ids)
        ends.append(found.starts[1:] + ends[-1][-1])
    return Words(np.concatenate(ids), np.concatenate(ends), tuple(number))


def _words(texts: Iterable[str], split: Split, number: dict[str, int]) -> Words:
    """The words of each text, numbered on from those that are numbered already; without their vocabulary."""
    ids: list[int] = []
    starts = [0]
    for text in texts:
        ids += [number.setdefault(word, len(number)) for word in split(text)]
        starts.append(len(ids))
    return Words(np.array(ids, np.int64), np.array(starts, np.int64), ())


class Lexicon:
    """The words of texts that are asked for again and again: each text is taken apart once.

    What it gives is what `words` gives. It forgets everything when it has grown too large.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def words(self, texts: Sequence[str], pattern: re.Pattern[str] = _WORD, *, lower: bool = True) -> Words:
        """The words of each text."""
        return self._split(texts, f"{lower} {pattern.pattern}", _splitter(pattern, lower=lower))

    def terms(self, texts: Sequence[str]) -> Words:
        """The `parts` of the words of each text."""
        return self._split(texts, "parts", _terms)

    def _split(self, texts: Sequence[str], name: str, split: Split) -> Words:
        if not _FEW <= len(texts) <= _MANY:
            return _taken_apart(texts, split)
        known = self._known.get(name)
        if known is None or known.held > _REMEMBERED:
            known = self._known[name] = _Known(split)
        return known.words(texts)


class _Known:
    """The words of some texts, by numbers of their own."""

    def __init__(self, split: Split) -> None:
        self.held = 0
        self._of = split
        self._number: dict[str, int] = {}
        self._vocabulary: list[str] = []
        self._ids: dict[str, npt.NDArray[np.int32]] = {}

    def words(self, texts: Sequence[str]) -> Words:
        """The words of each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._ids]
        made = _words(new, self._of, self._number)
        self.held += len(made.ids)
        for text, ids in zip(new, np.split(made.ids.astype(np.int32), made.starts[1:-1]), strict=False):
            self._ids[text] = ids.copy()
        if len(self._number) > len(self._vocabulary):
            self._vocabulary += islice(self._number, len(self._vocabulary), None)
        found = [self._ids[text] for text in texts]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(ids) for ids in found])])
        return self._numbered(np.concatenate(found), starts)

    def _numbered(self, ids: npt.NDArray[np.int32], starts: Ints) -> Words:
        """By the order of appearance in these texts."""
        first = np.full(len(self._vocabulary), -1, np.int64)
        first[ids[::-1]] = np.arange(len(ids))[
            ::-1
        ]  # of several places the last that is written: the first in the texts
        present = np.flatnonzero(first >= 0)
        order = present[np.argsort(first[present])]
        number = np.empty(len(first), np.int64)
        number[order] = np.arange(len(order))
        return Words(number[ids], starts, tuple(self._vocabulary[word] for word in order.tolist()))


def last_name(symbol: str | None) -> str | None:
    """The last word of a symbol, its arity aside: `put` of `Plug.Conn.put/2`; None where it has no word."""
    found = _WORD.findall(_ARITY.sub("", symbol or ""))
    return found[-1] if found else None


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


def shingled(texts: Iterable[str], size: int) -> Grams:
    """The set of word n-grams of each text: `shingles(words(texts), size)`, some texts at a time."""
    number: dict[str, int] = {}
    stream = iter(texts)
    batches = iter(lambda: list(islice(stream, _BATCH)), [])
    return _joined(shingles(_words(batch, _splitter(_WORD, lower=True), number), size) for batch in batches)


def shingled_words(of: Words, size: int, rows: Ints) -> Grams:
    """The set of word n-grams of some of the texts, some of them at a time."""
    batches = (rows[begin : begin + _BATCH] for begin in range(0, len(rows), _BATCH))
    return _joined(shingles(of.some(batch), size) for batch in batches)


def _joined(parts: Iterable[Grams]) -> Grams:
    items: list[U64s] = [np.empty(0, np.uint64)]
    ends: list[Ints] = [np.empty(0, np.int64)]
    done = 0
    for made in parts:
        items.append(made.items)
        ends.append(made.ends + done)
        done += len(made.items)
    return Grams(np.concatenate(items), np.concatenate(ends))


def shingles(of: Words, size: int) -> Grams:
    """The set of word n-grams of each text; a shorter text is one shingle as a whole, an empty one has none."""
    mixed = _mix(of.ids.astype(np.uint64) + np.uint64(1))
    count = len(mixed)
    left = np.repeat(of.starts[1:], np.diff(of.starts)) - np.arange(count)  # words from here to the end of the text
    rolled = np.zeros(count, np.uint64)
    for offset in range(size):
        ahead = mixed[offset:]
        inside = left[: len(ahead)] > offset
        np.copyto(rolled[: len(ahead)], _mix(rolled[: len(ahead)] * _GOLDEN + ahead), where=inside)
    begins = np.zeros(count, np.bool_)
    begins[of.starts[:-1][np.diff(of.starts) > 0]] = True
    whole = (left >= size) | begins
    kept = np.concatenate([np.zeros(1, np.int64), np.cumsum(whole)])
    found = sketch.distinct(rolled[whole], kept[of.starts[1:]])
    return Grams(found.hashes, found.ends)


def joined(*columns: Sequence[str]) -> list[str]:
    """The columns' texts side by side, row by row."""
    return ["\n".join(texts) for texts in zip(*columns, strict=True)]


def _mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finalizer of splitmix64: every bit of the input reaches every bit of the output."""
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))
