"""Groups: which rows must stay on one side of every split because they share text.

Rows are born into the group of their file. Two groups become one when a row of the one holds a large part of the
8-word shingles of a row of the other, unless that would tie too much together (`corpus.curate.components`). The join
is not LSH's business: at a containment of .3, 16 bands of 8 rows would find almost nothing. It is exact, by counting:
every shingle that two rows share proposes them once, so how often they were proposed is how much they share.

A shingle that more than `_COMMON` rows hold (a licence header, an idiom) would cost the square of its holders. It
proposes the shortest of them, and the shortest that is not short, with all others, and each with the next longer:
of rows that share one passage, a pair that belongs together is connected so, because the shortest belongs to all
others when anyone does. It is counted as what the pair may share, and only where that could decide, the two rows'
shingles are compared. What can be missed are rows that share several common passages, none of them enough alone, and
nothing rarer. What is short shares a part by accident: of a row of few shingles more is asked, or a third of a corpus
becomes one group (measured on two repositories).

Memory does not grow with the corpus, but for some numbers a row: shingles and pairs go to scratch files by ranges, one
file each, and one range is sorted at a time. Nor is a pair held that says nothing new: of what pairs share only the
highest of the similarities at which groups are cut matters, so for each of these the groups that are connected are
known, and a pair that would connect what is connected at every one that it may reach is not looked at further. What is
handed on are connections, fewer than there are groups for each similarity, and not pairs, of which a family of copies
has the square of its number.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus import sketch
from corpus.curate.candidates import components, each, each_batch
from corpus.curate.components import LARGEST, Grouping, Links, connected, numbered, steps_of, time_blocks
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
_WRITTEN: Final = 1 << 18  # numbers that are written to a scratch file at once
_SOME: Final = 1 << 18  # pairs that are looked up at once
_HELD: Final = 4_000_000  # shingles of rows that are compared at once


def joined_groups(table: pa.Table, together: float, apart: float = 1.0, largest: float = LARGEST) -> Grouping:
    """The group of each row after joining; see `corpus.curate.components`.

    Args:
        table: Rows with `SCHEMA`, in the groups of their files, notes and conversations.
        together: Containment of the smaller set of shingles, 0-1, from which two rows belong together.
        apart: The similarity at which rows are removed: what is as alike as that stays together in any case.
        largest: The share of the rows that one group may have, 0-1.
    """
    names, blocks = time_blocks(table)
    born = table.set_column(table.schema.get_field_index("group"), table.schema.field("group"), names)
    links = _Join(born.select(COLUMNS), numbered(born)[1], steps_of(together, apart)).links()
    grouping = connected(born, links, together=together, apart=apart, largest=largest)
    return replace(grouping, blocks=blocks)


class _Scratch:
    """Numbers in a file without a name, by ranges: what is in one range is read back together, in its order.

    One file, whatever the number of ranges: many systems let a process have 256 open. So numbers are collected and
    written some at a time, range by range, and where each range's part of it begins is known.

    Args:
        ranges: How many, 256 at most.
    """

    def __init__(self, ranges: int) -> None:
        self._ranges = ranges
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        self._held: list[tuple[U64s, npt.NDArray[np.uint8]]] = []
        self._count = 0
        self._cuts: list[Ints] = []  # of each time that was written: where the ranges begin in the file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, values: U64s, where: npt.NDArray[Any]) -> None:
        """Append values, each to its range."""
        self._held.append((values, where.astype(np.uint8)))
        self._count += len(values)
        if self._count >= _WRITTEN:
            self._write()

    def _write(self) -> None:
        """What was collected, range by range."""
        values, where = (np.concatenate(parts) for parts in zip(*self._held, strict=True))
        self._held, self._count = [], 0
        ends = np.cumsum(np.bincount(where, minlength=self._ranges))
        self._cuts.append((self._file.tell() >> 3) + np.r_[0, ends])
        self._file.write(values[np.argsort(where, kind="stable")].data)

    def read(self) -> Iterator[U64s]:
        """The values of each range in turn."""
        if self._held:
            self._write()
        cuts = np.stack(self._cuts or [np.zeros(self._ranges + 1, np.int64)])
        for begins, ends in zip(cuts[:, :-1].T, cuts[:, 1:].T, strict=True):
            values = np.empty(int((ends - begins).sum()), np.uint64)
            at = 0
            for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
                self._file.seek(begin << 3)
                at += self._file.readinto(values[at : at + end - begin].data) >> 3
            yield values


@dataclass
class _Join:
    """One join over the rows of a table.

    Attributes:
        table: The rows.
        group: The number of each row's group.
        steps: The containments, ascending, at which it matters whether groups are connected.
    """

    table: pa.Table
    group: Ints
    steps: Sequence[float]

    def __post_init__(self) -> None:
        rows = len(self.table)
        self.sizes = np.zeros(rows, np.int64)
        self.common = np.zeros(rows, np.int64)  # of each row: shingles that many hold
        self.bits = np.uint64(max(1, rows.bit_length()))
        # Of each group, for each step, the smallest one that it is connected with by pairs that reach it.
        self.roots = np.tile(np.arange(int(self.group.max(initial=-1)) + 1), (len(self.steps), 1))
        self.ranges = 1 << min(7, max(0, int(self.table.nbytes // _RANGE).bit_length()))

    def links(self) -> Links:
        """Pairs of rows that connect at each step what all pairs of rows would connect."""
        with _Scratch(self.ranges) as held, _Scratch(self.ranges) as pairs, _Scratch(self.ranges) as common:
            self._shingle(held)
            for packed in held.read():
                self._propose(packed, pairs, common)
            undecided = self._count(pairs, common)
        self._compare(*undecided)
        row = np.zeros(self.roots.shape[1], np.int64)  # one of each group: which one says nothing
        row[self.group] = np.arange(len(self.group))
        step, group = np.nonzero(self.roots != np.arange(self.roots.shape[1]))
        return Links(row[group], row[self.roots[step, group]], np.asarray(self.steps, np.float64)[step])

    def _join(self, one: Ints, other: Ints, reached: Ints) -> None:
        """Connect the groups of rows, at as many steps as each pair reaches."""
        for step, root in enumerate(self.roots):
            some = reached > step
            ends = root[self.group[np.r_[one[some], other[some]]]]
            nodes, places = np.unique(ends, return_inverse=True)
            if len(nodes):
                root[nodes] = nodes[components(len(nodes), *np.split(places, 2))]
                root[:] = root[root]

    def _apart(self, one: Ints, other: Ints, reached: Ints | npt.NDArray[np.uint8] | int) -> npt.NDArray[np.bool_]:
        """Pairs of rows whose groups are not connected at the highest step they may reach: others need no decision."""
        some = np.asarray(reached, np.int64)
        step = np.maximum(some, 1) - 1
        return np.asarray((some > 0) & (self.roots[step, self.group[one]] != self.roots[step, self.group[other]]))

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
            packed = ((hashes << top) >> self.bits << self.bits) | row
            held.add(np.asarray(packed, np.uint64), where)
            at += len(sets)

    def _propose(self, packed: U64s, pairs: _Scratch, common: _Scratch) -> None:
        """The pairs of rows of different groups that share a shingle of this range."""
        sketch.sort(packed)  # rows ascend within a shingle
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
                pairs.add(*self._packed(some[:, one].reshape(-1), some[:, other].reshape(-1)))
        for start, count in zip(starts[counts > _COMMON].tolist(), counts[counts > _COMMON].tolist(), strict=True):
            among = rows[start : start + count]
            self.common[among] += 1
            one, other = self._links(among)
            common.add(*self._packed(np.minimum(one, other), np.maximum(one, other)))

    def _links(self, among: Ints) -> tuple[Ints, Ints]:
        """The shortest, and the shortest that is not short, with all others; each with the next longer."""
        among = among[np.argsort(self.sizes[among], kind="stable")]
        hubs = among[np.unique([0, min(int(np.searchsorted(self.sizes[among], _FEW)), len(among) - 1)])]
        one = np.concatenate([*(np.full(len(among), hub) for hub in hubs), among[:-1]])
        return one, np.concatenate([*(among for _ in hubs), among[1:]])

    def _packed(self, low: Ints, high: Ints) -> tuple[U64s, Ints]:
        """Pairs of rows of different groups, in one number each, and the range of each pair's lower row."""
        apart = self.group[low] != self.group[high]
        low, high = low[apart], high[apart]
        return (low.astype(np.uint64) << self.bits) | high.astype(np.uint64), low * self.ranges // len(self.group)

    def _count(self, pairs: _Scratch, common: _Scratch) -> tuple[U64s, npt.NDArray[np.uint8]]:
        """Join by what counting finds, a range at a time; the pairs that common shingles may take further, how far."""
        undecided, reach = [np.empty(0, np.uint64)], [np.empty(0, np.uint8)]
        for counted, linked in zip(pairs.read(), common.read(), strict=True):
            both, counts = self._numbers(counted)
            alone = _without(self._numbers(linked)[0], both)
            both, counts = np.r_[both, alone], np.r_[counts, np.zeros(len(alone), np.int64)]
            one, other = self._rows(both)
            sure = self._reached(one, other, counts)
            self._join(one, other, sure)
            most = self._reached(one, other, counts + np.minimum(self.common[one], self.common[other]))
            open_ = (most > sure) & self._apart(one, other, most)
            undecided.append(both[open_])
            reach.append(most[open_].astype(np.uint8))
        return np.concatenate(undecided), np.concatenate(reach)

    def _numbers(self, counted: U64s) -> tuple[U64s, Ints]:
        """Each pair that may connect something, and how often it is there; little more memory than the pairs take."""
        count = 0
        for begin in range(0, len(counted), _SOME):
            some = counted[begin : begin + _SOME]
            left = some[self._apart(*self._rows(some), len(self.steps))]
            counted[count : count + len(left)] = left
            count += len(left)
        counted = counted[:count]
        sketch.sort(counted)
        starts = np.flatnonzero(np.r_[np.ones(min(count, 1), np.bool_), counted[1:] != counted[:-1]])
        return counted[starts], np.diff(starts, append=count)

    def _rows(self, pairs: U64s) -> tuple[Ints, Ints]:
        low = (np.uint64(1) << self.bits) - np.uint64(1)
        return (pairs >> self.bits).astype(np.int64), (pairs & low).astype(np.int64)

    def _reached(self, one: Ints, other: Ints, shared: Ints) -> Ints:
        """How many steps pairs reach by so many shingles."""
        smaller = np.minimum(self.sizes[one], self.sizes[other])
        share = shared / np.maximum(smaller, 1)
        share[(smaller < _FEW) & (share < _TOGETHER_FEW)] = 0
        return np.searchsorted(self.steps, share, side="right")

    def _compare(self, undecided: U64s, most: npt.NDArray[np.uint8]) -> None:
        """Decide what counting did not, some rows at a time."""
        order = np.argsort(undecided, kind="stable")
        one, other = self._rows(undecided[order])
        most = most[order]
        while True:
            apart = self._apart(one, other, most)
            one, other, most = one[apart], other[apart], most[apart]
            if not len(one):
                return
            now = max(1, int(np.searchsorted(np.cumsum(self.sizes[one] + self.sizes[other]), _HELD, side="right")))
            rows, places = np.unique(np.r_[one[:now], other[:now]], return_inverse=True)
            sets = joined(list(each(picked(self.table, rows), _sets)))
            some = len(one[:now])
            shared = sketch.overlaps(sets, places[:some], places[some:])
            self._join(one[:now], other[:now], self._reached(one[:now], other[:now], shared))
            one, other, most = one[now:], other[now:], most[now:]


def _without(some: U64s, others: U64s) -> U64s:
    """Those of ascending numbers that are not among other ascending ones."""
    if not len(others):
        return some
    nearest = others[np.minimum(np.searchsorted(others, some), len(others) - 1)]
    return np.asarray(some[nearest != some], np.uint64)


def _sets(batch: pa.Table) -> Sets:
    """The distinct shingles of each row: of words, code as it stands, comments included."""
    found = shingles_of(compared(batch, as_code=False), _WORDS)
    return sketch.distinct(found.hashes, found.ends[TEXTS - 1 :: TEXTS])
