"""Groups: which rows must stay on one side of every split because they share text.

Rows are born into the group of their file. Two groups become one when a row of the one holds a large part of the
8-word shingles of a row of the other. The join is not LSH's business: at a containment of .3, 16 bands of 8 rows
would find almost nothing. It is exact, by counting: every shingle that two rows share proposes them once, so how
often they were proposed is how much they share.

A shingle that more than `_COMMON` rows hold (a licence header, an idiom) would cost the square of its holders. It
proposes the shortest of them, and the shortest that is not short, with all others, and each with the next longer:
of rows that share one passage, a pair that belongs together is connected so, because the shortest belongs to all
others when anyone does. It is counted as what the pair may share, and only where that could decide, the two rows'
shingles are compared. What can be missed are rows that share several common passages, none of them enough alone, and
nothing rarer. What is short shares a part by accident: of a row of few shingles more is asked, or a third of a corpus
becomes one group (measured on two repositories).

Memory does not grow with the corpus, but for some numbers a row: shingles and pairs go to scratch files by ranges, and
one range is sorted at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus import sketch
from corpus.curate.candidates import components, each, each_batch
from corpus.curate.shingles import COLUMNS, TEXTS, compared, shingles_of
from corpus.sketch import Ints, Sets, U64s, joined
from corpus.store import picked

__all__ = ["joined_groups"]

_WORDS: Final = 8
_FEWEST: Final = 10  # a row of fewer distinct shingles shares them by accident
_FEW: Final = 20  # and one of fewer than this shares some of them by accident, so more is asked of it
_TOGETHER_FEW: Final = 0.6
_COMMON: Final = 64
_RANGE: Final = 1 << 23  # bytes of text whose shingles are sorted at once: some million
_HELD: Final = 4_000_000  # shingles of rows that are compared at once


def joined_groups(table: pa.Table, together: float) -> tuple[pa.Array, int]:
    """The group of each row after joining, and how many groups were joined to another.

    Args:
        table: Rows with `SCHEMA`.
        together: Containment of the smaller set of shingles, 0-1, from which two rows belong together.
    """
    names = table["group"].combine_chunks()
    if not len(names):
        return pa.array([], pa.string()), 0
    encoded = names.dictionary_encode()
    order = np.argsort(np.array(encoded.dictionary.to_pylist(), dtype=object))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    of_row = rank[encoded.indices.to_numpy()]
    root = _Join(table.select(COLUMNS), of_row, together).roots()
    final = encoded.dictionary.take(pa.array(order[root]))
    return final.take(pa.array(of_row)), int((root != np.arange(len(root))).sum())


class _Scratch:
    """Numbers in files without a name, by ranges: what is in one range is read back together.

    Args:
        ranges: How many.
    """

    def __init__(self, ranges: int) -> None:
        self._stack = ExitStack()
        self._files = [self._stack.enter_context(tempfile.TemporaryFile()) for _ in range(ranges)]  # noqa: SIM115 - it is

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, values: npt.NDArray[Any], where: npt.NDArray[Any]) -> None:
        """Append values, each to its range."""
        if len(self._files) == 1:
            self._files[0].write(values.tobytes())
            return
        order = np.argsort(where, kind="stable")
        cuts = np.searchsorted(where[order], np.arange(len(self._files) + 1))
        values = values[order]
        for file, start, stop in zip(self._files, cuts[:-1], cuts[1:], strict=True):
            file.write(values[start:stop].tobytes())

    def read(self) -> Iterator[U64s]:
        """The values of each range in turn."""
        for file in self._files:
            file.seek(0)
            yield np.frombuffer(file.read(), np.uint64).copy()


@dataclass
class _Join:
    """One join over the rows of a table.

    Attributes:
        table: The rows.
        group: The number of each row's group.
        together: The containment from which rows belong together.
    """

    table: pa.Table
    group: Ints
    together: float

    def __post_init__(self) -> None:
        rows = len(self.table)
        self.sizes = np.zeros(rows, np.int64)
        self.common = np.zeros(rows, np.int64)  # of each row: shingles that many hold
        self.bits = np.uint64(max(1, rows.bit_length()))
        self.root = np.arange(int(self.group.max()) + 1)  # of each group the smallest one that it is joined to
        self.ranges = 1 << min(7, max(0, int(self.table.nbytes // _RANGE).bit_length()))

    def roots(self) -> Ints:
        """The smallest group that each group is joined to."""
        with _Scratch(self.ranges) as held, _Scratch(self.ranges) as pairs, _Scratch(self.ranges) as links:
            self._shingle(held)
            for packed in held.read():
                self._propose(packed, pairs, links)
            undecided = self._count(pairs, links)
        self._compare(undecided)
        return self.root

    def _join(self, one: Ints, other: Ints) -> None:
        """Join the groups of rows."""
        some = np.unique(np.stack([self.group[one], self.group[other]]), axis=1) if len(one) else np.empty((2, 0), int)
        groups = np.arange(len(self.root))
        self.root = components(len(groups), np.r_[groups, some[0]], np.r_[self.root, some[1]])

    def _apart(self, one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
        """Pairs of rows whose groups are not joined yet: the others need no decision."""
        return np.asarray(self.root[self.group[one]] != self.root[self.group[other]])

    def _shingle(self, held: _Scratch) -> None:
        """Shingle and row in one number, to the range of the shingle's highest bits."""
        at = 0
        top = np.uint64(self.ranges.bit_length() - 1)
        for sets in each_batch(self.table, _sets):
            rows = np.arange(at, at + len(sets))
            self.sizes[rows] = np.where(sets.sizes >= _FEWEST, sets.sizes, 0)
            row = np.repeat(rows, sets.sizes)
            keep = self.sizes[row] > 0
            hashes, row = sets.hashes[keep], row[keep].astype(np.uint64)
            where = hashes >> (np.uint64(64) - top) if top else np.zeros(len(hashes), np.uint64)
            held.add(((hashes << top) >> self.bits << self.bits) | row, where)
            at += len(sets)

    def _propose(self, packed: U64s, pairs: _Scratch, links: _Scratch) -> None:
        """The pairs of rows of different groups that share a shingle of this range."""
        packed.sort()
        key = packed >> self.bits
        starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.empty(0, np.int64)
        counts = np.diff(np.r_[starts, len(key)])
        rows = (packed & ((np.uint64(1) << self.bits) - np.uint64(1))).astype(np.int64)
        for count in np.unique(counts[(counts > 1) & (counts <= _COMMON)]).tolist():
            among = rows[starts[counts == count][:, None] + np.arange(count)]
            one, other = np.triu_indices(count, 1)
            step = max(1, (1 << 20) // len(one))
            for begin in range(0, len(among), step):
                some = among[begin : begin + step]
                self._add(pairs, some[:, one].reshape(-1), some[:, other].reshape(-1))
        for start, count in zip(starts[counts > _COMMON].tolist(), counts[counts > _COMMON].tolist(), strict=True):
            among = rows[start : start + count]
            self.common[among] += 1
            self._add(links, *self._links(among), once=True)

    def _links(self, among: Ints) -> tuple[Ints, Ints]:
        """The shortest, and the shortest that is not short, with all others; each with the next longer."""
        among = among[np.argsort(self.sizes[among], kind="stable")]
        hubs = among[np.unique([0, min(int(np.searchsorted(self.sizes[among], _FEW)), len(among) - 1)])]
        one = np.concatenate([*(np.full(len(among), hub) for hub in hubs), among[:-1]])
        return one, np.concatenate([*(among for _ in hubs), among[1:]])

    def _add(self, pairs: _Scratch, one: Ints, other: Ints, *, once: bool = False) -> None:
        apart = self.group[one] != self.group[other]
        one, other = one[apart], other[apart]
        low, high = np.minimum(one, other), np.maximum(one, other)
        packed = (low.astype(np.uint64) << self.bits) | high.astype(np.uint64)
        if once:
            packed = np.unique(packed)
            low = (packed >> self.bits).astype(np.int64)
        pairs.add(packed, low * self.ranges // len(self.group))

    def _count(self, pairs: _Scratch, links: _Scratch) -> U64s:
        """Join what counting decides, a range at a time; the pairs that common shingles may decide."""
        undecided = [np.empty(0, np.uint64)]
        for counted, linked in zip(pairs.read(), links.read(), strict=True):
            both, counts = np.unique(counted[self._apart(*self._rows(counted))], return_counts=True)
            alone = np.setdiff1d(linked, both)
            both, counts = np.r_[both, alone], np.r_[counts, np.zeros(len(alone), np.int64)]
            one, other = self._rows(both)
            sure = self._belong(one, other, counts)
            self._join(one[sure], other[sure])
            maybe = self._belong(one, other, counts + np.minimum(self.common[one], self.common[other]))
            undecided.append(both[maybe & self._apart(one, other)])
        return np.concatenate(undecided)

    def _rows(self, pairs: U64s) -> tuple[Ints, Ints]:
        low = (np.uint64(1) << self.bits) - np.uint64(1)
        return (pairs >> self.bits).astype(np.int64), (pairs & low).astype(np.int64)

    def _belong(self, one: Ints, other: Ints, shared: Ints) -> npt.NDArray[np.bool_]:
        smaller = np.minimum(self.sizes[one], self.sizes[other])
        asked = np.where(smaller < _FEW, max(self.together, _TOGETHER_FEW), self.together)
        return np.asarray(shared / np.maximum(smaller, 1) >= asked)

    def _compare(self, undecided: U64s) -> None:
        """Decide what counting did not, some rows at a time."""
        one, other = self._rows(np.sort(undecided))
        while True:
            apart = self._apart(one, other)
            one, other = one[apart], other[apart]
            if not len(one):
                return
            now = max(1, int(np.searchsorted(np.cumsum(self.sizes[one] + self.sizes[other]), _HELD, side="right")))
            rows, places = np.unique(np.r_[one[:now], other[:now]], return_inverse=True)
            sets = joined(list(each(picked(self.table, rows), _sets)))
            some = len(one[:now])
            found = self._belong(one[:now], other[:now], sketch.overlaps(sets, places[:some], places[some:]))
            self._join(one[:now][found], other[:now][found])
            one, other = one[now:], other[now:]


def _sets(batch: pa.Table) -> Sets:
    """The distinct shingles of each row: of words, code as it stands, comments included."""
    found = shingles_of(compared(batch, as_code=False), _WORDS)
    return sketch.distinct(found.hashes, found.ends[TEXTS - 1 :: TEXTS])
