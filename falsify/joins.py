"""Exact joins of sets: which pairs overlap enough. Found without any sketch, so that it can refute one.

The pipeline finds near-duplicates by MinHash and LSH; a falsifier that used the same would miss the same. Here
the prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007) makes an exact join affordable: two
sets that share at least o members share at least one of the n - o + 1 rarest of either, so only those are
looked up, and a shingle that stands in thousands of rows is looked up only where nothing rarer is left. What
is found so is then counted in full (by the C kernel of `corpus.sketch`, where it was compiled).

In memory are the hashes of all shingles and how many rows hold each, 12 bytes a shingle; all else is a part at a time:
the rows whose rarest members are sought, the part of the hashes whose holders are counted, the candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from corpus import sketch
from falsify.texts import Grams, Ints, U64s

__all__ = ["Pairs", "contained", "overlaps", "similar"]

BUDGET: Final = 30_000_000  # candidate pairs looked at in all
_CANDIDATES: Final = 2_000_000  # candidate pairs held at once
_PART: Final = 4_000_000  # shingles sorted at once

Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows and how much they share.

    Attributes:
        left: Row of the first set.
        right: Row of the second.
        share: Jaccard index or containment, 0-1.
        complete: False where there were more candidates than `BUDGET`: what is here is true, not all of it.
    """

    left: Ints
    right: Ints
    share: npt.NDArray[np.float64]
    complete: bool


def similar(sets: Grams, threshold: float) -> Pairs:
    """All pairs of different rows (left < right) of one table with Jaccard index of at least `threshold`."""
    sizes = sets.sizes
    held = _holders(sets.items, sets.items)
    # What one row alone holds finds no other; it still counts among the rarest.
    row, rarest = _prefix(sets, held, sizes - _needed(sizes, threshold) + 1, least=2)
    item = np.unique(rarest, return_inverse=True)[1]
    order = np.lexsort((row, sizes[row], item))
    row, item = row[order], item[order]
    # Within a shingle's list, rows ascend by size: the partners of a row are those up to size / threshold.
    most = int(sizes.max(initial=0))
    key = item * (most + 2) + sizes[row]
    largest = np.minimum(np.floor(sizes[row] / threshold + 1e-9).astype(np.int64), most + 1)
    end = np.searchsorted(key, item * (most + 2) + largest, side="right")
    position = np.arange(len(row))
    found = []
    lots, complete = _expand(position + 1, end)
    for left, right in lots:
        a, b = np.minimum(row[left], row[right]), np.maximum(row[left], row[right])
        a, b = _distinct(a, b, len(sizes))
        both = overlaps(sets, a, b)
        share = both / np.maximum(1, sizes[a] + sizes[b] - both)
        found.append((a, b, share, share >= threshold))
    return _pairs(found, len(sizes), complete)


def contained(sets: Grams, small: Ints, large: Ints, threshold: float) -> Pairs:
    """All pairs (place in `small`, place in `large`) where the large set holds `threshold` of the small one or more.

    Args:
        sets: The sets of all rows.
        small: Rows whose sets may stand in others.
        large: The rows of these others.
        threshold: Share of the small set.
    """
    within, around = sets.some(small), sets.some(large)
    sizes = within.sizes
    held = _holders(within.items, around.items)
    row, rarest = _prefix(within, held, sizes - _needed(sizes, threshold) + 1, least=1)
    wanted, place = np.unique(rarest, return_inverse=True)
    owner, member = _owners(around, wanted)
    begin, end = np.searchsorted(member, place, side="left"), np.searchsorted(member, place, side="right")
    del within, around
    found = []
    lots, complete = _expand(begin, end)
    for left, right in lots:
        a, b = _distinct(row[left], owner[right], len(large))
        share = overlaps(sets, small[a], large[b]) / np.maximum(1, sizes[a])
        found.append((a, b, share, share >= threshold))
    return _pairs(found, len(large), complete)


def overlaps(sets: Grams, a: Ints, b: Ints) -> Ints:
    """The number of members that the sets `a[i]` and `b[i]` share."""
    return sketch.overlaps(sketch.Sets(sets.items, sets.ends), a, b)


def _needed(sizes: Ints, threshold: float) -> Ints:
    """The least overlap that reaches the threshold; Jaccard >= t implies an overlap of t * n with either set."""
    return np.asarray(np.maximum(1, np.ceil(threshold * sizes - 1e-9)), np.int64)


def _holders(of: U64s, among: U64s) -> Counts:
    """In how many sets each hash of `of` stands, where `among` holds the members of all sets."""
    result = np.zeros(len(of), np.uint32)
    parts = 1 << max(0, (len(among) // _PART)).bit_length()
    shift = np.uint64(64 - parts.bit_length() + 1)
    for part in range(parts):
        mine = among if parts == 1 else among[among >> shift == part]
        distinct, count = np.unique(mine, return_counts=True)
        if not len(distinct):
            continue
        at = slice(None) if parts == 1 else np.flatnonzero(of >> shift == part)
        place = np.minimum(np.searchsorted(distinct, of[at]), len(distinct) - 1)
        result[at] = np.where(distinct[place] == of[at], count[place], 0)
    return result


def _prefix(sets: Grams, held: Counts, length: Ints, *, least: int) -> tuple[Ints, U64s]:
    """The `length` rarest members of each set that `least` sets or more hold: (row, hash).

    Args:
        sets: The sets.
        held: How many sets hold each member.
        length: How many of each set; of equally rare ones those of the lowest hash.
        least: What is held by fewer is left out, after it was counted among the rarest.
    """
    rows: list[Ints] = [np.empty(0, np.int64)]
    items: list[U64s] = [np.empty(0, np.uint64)]
    begin = 0
    while begin < len(sets):
        base = int(sets.ends[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(sets.ends, base + _PART, side="right")))
        sizes = sets.sizes[begin:stop]
        row = np.repeat(np.arange(stop - begin), sizes)
        part = slice(base, int(sets.ends[stop - 1]))
        order = np.lexsort((held[part], row))  # stable: equally rare ones stay in the order of their hashes
        rank = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        keep = (rank < length[begin:stop][row]) & (held[part][order] >= least)
        rows.append(row[keep] + begin)
        items.append(sets.items[part][order][keep])
        begin = stop
    return np.concatenate(rows), np.concatenate(items)


def _owners(sets: Grams, wanted: U64s) -> tuple[Ints, Ints]:
    """The rows that hold one of these hashes, and which: by the hash, then by the row."""
    rows: list[Ints] = [np.empty(0, np.int64)]
    places: list[Ints] = [np.empty(0, np.int64)]
    for begin in range(0, len(sets.items) if len(wanted) else 0, _PART):
        part = sets.items[begin : begin + _PART]
        place = np.minimum(np.searchsorted(wanted, part), len(wanted) - 1)
        hit = np.flatnonzero(wanted[place] == part)
        rows.append(np.searchsorted(sets.ends, begin + hit, side="right"))
        places.append(place[hit])
    row, place = np.concatenate(rows), np.concatenate(places)
    order = np.lexsort((row, place))
    return row[order], place[order]


def _expand(begin: Ints, end: Ints) -> tuple[Iterator[tuple[Ints, Ints]], bool]:
    """Every (i, j) with begin[i] <= j < end[i], some at a time, as far as the budget goes; and whether that is all."""
    count = np.maximum(0, end - begin)
    total = np.cumsum(count)
    complete = not len(total) or int(total[-1]) <= BUDGET
    stop = len(total) if complete else int(np.searchsorted(total, BUDGET, side="right"))
    return _lots(begin, count[:stop], total[:stop]), complete


def _lots(begin: Ints, count: Ints, total: Ints) -> Iterator[tuple[Ints, Ints]]:
    first = 0
    while first < len(count):
        base = int(total[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(total, base + _CANDIDATES, side="right")))
        sizes = count[first:last]
        left = np.repeat(np.arange(first, first + len(sizes)), sizes)
        within = np.arange(len(left)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        yield left, begin[left] + within
        first = last


def _distinct(a: Ints, b: Ints, width: int) -> tuple[Ints, Ints]:
    a, b = np.divmod(np.unique(a * width + b), max(1, width))
    return a, b


def _pairs(
    found: list[tuple[Ints, Ints, npt.NDArray[np.float64], npt.NDArray[np.bool_]]], width: int, complete: bool
) -> Pairs:
    """What was kept of each lot, every pair once, in order."""
    a = np.concatenate([np.empty(0, np.int64), *(left[keep] for left, _, _, keep in found)])
    b = np.concatenate([np.empty(0, np.int64), *(right[keep] for _, right, _, keep in found)])
    share = np.concatenate([np.empty(0), *(value[keep] for _, _, value, keep in found)])
    _, first = np.unique(a * width + b, return_index=True)
    return Pairs(a[first], b[first], share[first], complete)
