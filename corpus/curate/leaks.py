"""What a split leaks: rows of validation and test that stand by half in one row of train.

Groups keep together what shares text, as long as they are not too large. A family of copies that is larger than its
share is cut (`corpus.curate.components`), and a cut may part what shares less than the rule of removal asks; what it
asks is not what whoever tests for leaks will ask either: it leaves comments out, keeps material and answer apart, and
weighs punctuation. So sides are compared once more when they are known, by the plain measure: the 8-grams of words,
comments included, of material and answer as one text.

The join is exact (the prefix filter of Chaudhuri, Ganti, Kaushik 2006): two sets that share k members share at least
one of any n - k + 1 of the n members of the one. Those that the fewest held-out rows hold are looked up, so that a
licence header or an idiom proposes nothing as long as it is less than half of a row. Only held-out rows are in memory;
the others are read once, a batch at a time. A row that was found is not looked for again, so that a family of copies
does not cost the square of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus import sketch
from corpus.curate.candidates import each
from corpus.curate.shingles import BODY, body
from corpus.sketch import Ints, Sets, U64s, joined
from corpus.store import picked

__all__ = ["LEAKED", "Leaks", "leaks"]

LEAKED: Final = 0.5
"""The share of a held-out row's 8-grams that one row of train may not hold."""

_WORDS: Final = 8
_FEWEST: Final = 20  # a row of fewer distinct shingles shares half of them by accident
_BITS: Final = 22  # of a hash, by which its holders are counted: then a rare shingle may be taken for a common one
_BUCKET_BITS: Final = 23  # of a hash, by which its entries are found
_PART: Final = 1 << 22  # shingles ordered at once
_PAIRS: Final = 1 << 21  # pairs proposed at once

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leaks:
    """Rows that give way, each with one row on the other side for which it does.

    Attributes:
        rows: Their numbers, ascending.
        others: The number of the row on the other side.
        shares: How much of the held-out one stands in the one of train, 0-1.
    """

    rows: Ints
    others: Ints
    shares: Floats

    @classmethod
    def joined(cls, parts: Sequence[Leaks]) -> Self:
        """Those of one part or more, of which no two have a row in common."""
        rows, others, shares = (np.concatenate(one) for one in zip(*map(astuple, parts), strict=True))
        order = np.argsort(rows)
        return cls(rows[order], others[order], shares[order])


def leaks(table: pa.Table, held: Ints, train: Ints, *, kept: bool = False) -> Leaks:
    """The rows that must go so that no held-out row stands by half in a row of train.

    Args:
        table: Rows with `SCHEMA`.
        held: Numbers of held-out rows, ascending.
        train: Numbers of rows of train, ascending.
        kept: The held-out rows stay and rows of train give way; else it is the other way round.
    """
    table = table.select(BODY)
    other, share = np.full(len(table), -1, np.int64), np.zeros(len(table))
    index = _Index(table, held if len(train) else held[:0])
    at = 0
    for sets in each(picked(table, train if len(index.rows) else train[:0]), _sets):
        rows = train[at : at + len(sets)]
        at += len(sets)
        for found, place, shares in index.holders(sets, once=kept):
            gone, why = (rows[place], index.rows[found]) if kept else (index.rows[found], rows[place])
            gone, first = np.unique(gone, return_index=True)
            other[gone], share[gone] = why[first], shares[first]
            if not kept:
                index.forget(found)
    rows = np.flatnonzero(other >= 0)
    return Leaks(rows, other[rows], share[rows])


class _Index:
    """Held-out rows by those of their shingles of which every row that holds half of them holds one.

    Args:
        table: Rows with `BODY`.
        held: Numbers of rows, ascending.
    """

    def __init__(self, table: pa.Table, held: Ints) -> None:
        sets = joined(list(each(picked(table, held), _sets)))
        long = np.flatnonzero(sets.sizes >= _FEWEST)
        self.rows = held[long]
        self.sets = sets.some(long) if len(long) < len(sets) else sets
        self.needed = np.ceil(LEAKED * self.sets.sizes - 1e-9).astype(np.int64)
        self._lookups = self.sets.sizes - self.needed + 1
        self._open = np.ones(len(self.rows), np.bool_)
        self._low = np.uint64(len(self.rows).bit_length())
        entries = self._rarest()
        sketch.sort(entries)
        self._enter(entries)

    def _enter(self, entries: U64s) -> None:
        """Hold shingles and whose they are, in one number each, ascending; find them by their highest bits."""
        bits = min(_BUCKET_BITS, len(entries).bit_length() + 1)
        self._shift = np.uint64(64 - bits)
        counts = np.zeros(1 << bits, np.int64)
        for begin in range(0, len(entries), _PART):
            part = entries[begin : begin + _PART] >> self._shift
            counts += np.bincount(part.astype(np.int64), minlength=1 << bits)
        self._starts = np.zeros(len(counts) + 1, np.int32)
        np.cumsum(counts, out=self._starts[1:])
        self._entries = entries
        self._closed = 0  # entries of rows that are looked for no more

    def _owners(self, entries: U64s) -> Ints:
        return (entries & ((np.uint64(1) << self._low) - np.uint64(1))).astype(np.int64)

    def _rarest(self) -> U64s:
        """The shingles that are looked up, their rows in the lowest bits: of each row those that the fewest hold."""
        bits = min(_BITS, len(self.sets.hashes).bit_length() + 2)
        low = np.uint64(64 - bits)
        held = np.zeros(1 << bits, np.int64)
        for begin in range(0, len(self.sets.hashes), _PART):
            part = self.sets.hashes[begin : begin + _PART] >> low
            held += np.bincount(part.astype(np.int64), minlength=1 << bits)
        entries = np.empty(int(self._lookups.sum()), np.uint64)
        begin = at = 0
        while begin < len(self.sets):
            base = int(self.sets.ends[begin - 1]) if begin else 0
            stop = max(begin + 1, int(np.searchsorted(self.sets.ends, base + _PART, side="right")))
            part = self.sets.hashes[base : int(self.sets.ends[stop - 1])]
            sizes = self.sets.sizes[begin:stop]
            row = np.repeat(np.arange(begin, stop), sizes)
            order = np.lexsort((held[part >> low], row))  # stable: of equals the lower hash
            rank = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            keep = rank < self._lookups[row]
            found = part[order[keep]] >> self._low << self._low
            entries[at : at + len(found)] = found | row[keep].astype(np.uint64)
            at += len(found)
            begin = stop
        return entries

    def forget(self, found: Ints) -> None:
        """Look for these rows no more; their entries are taken out when they have become many."""
        self._open[found] = False
        self._closed += int(self._lookups[np.unique(found)].sum())
        if 8 * self._closed > len(self._entries):
            self._enter(self._entries[self._open[self._owners(self._entries)]])

    def holders(self, sets: Sets, *, once: bool) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Rows of this index by half in one of these sets: their places, those of the sets, and how much stands there.

        Args:
            sets: Of some rows of train.
            once: Of each set one row is enough.
        """
        hit = np.flatnonzero(self._counts(sets.hashes)[1])
        place = np.searchsorted(sets.ends, hit, side="right")
        # The first of each set, then the second of each: where copies are many, the first says it.
        order = np.argsort(np.arange(len(hit)) - np.searchsorted(place, place), kind="stable")
        grams, place = sets.hashes[hit[order]], place[order]
        open_ = np.ones(len(sets), np.bool_)
        first = once  # a look at one row for each shingle: where copies are many, it decides most sets
        while len(grams):
            begin, count = self._counts(grams)
            some = (count > 0) & open_[place]
            grams, place, begin, count = grams[some], place[some], begin[some], count[some]
            count = np.minimum(count, 1) if first else count
            total = np.cumsum(count)
            now = max(1, int(np.searchsorted(total, _PAIRS, side="right")))
            some = np.repeat(np.arange(len(count[:now])), count[:now])
            entry = begin[some] + np.arange(len(some)) - (total - count)[some]
            entries = self._entries[entry]
            same = (entries ^ grams[some]) >> self._low == 0
            found = self._found(self._owners(entries[same]), place[some[same]], sets)
            yield found
            open_[found[1]] &= not once
            if not first:
                grams, place = grams[now:], place[now:]
            first = False

    def _counts(self, grams: U64s) -> tuple[Ints, Ints]:
        """Where the entries begin among which a shingle's are, and how many these are."""
        bucket = (grams >> self._shift).astype(np.int64)
        begin = self._starts[bucket].astype(np.int64)
        return begin, self._starts[bucket + 1] - begin

    def _found(self, row: Ints, place: Ints, sets: Sets) -> tuple[Ints, Ints, Floats]:
        """Of the proposed pairs those that hold, each once."""
        some = self._open[row] & (sets.sizes[place] >= self.needed[row])
        row, place = np.divmod(np.unique(row[some] * len(sets) + place[some]), len(sets))
        own, at = np.unique(row, return_inverse=True)
        both = sketch.overlaps(joined([sets, self.sets.some(own)]), place, len(sets) + at)
        some = both >= self.needed[row]
        return row[some], place[some], both[some] / self.sets.sizes[row[some]]


def _sets(batch: pa.Table) -> Sets:
    """The distinct shingles of each row."""
    texts = body(batch)
    shape = (len(batch), 1)
    found = sketch.shingles([texts], np.full(shape, _WORDS, np.int32), np.zeros(shape, np.uint8))
    return sketch.distinct(found.hashes, found.ends)
