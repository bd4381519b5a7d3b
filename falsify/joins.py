"""Exact joins of sets: which pairs overlap enough. Found without any sketch, so that it can refute one.

The pipeline finds near-duplicates by MinHash and LSH; a falsifier that used the same would miss the same. Here
the prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007) makes an exact join affordable: two
sets that share at least o members share at least one of the n - o + 1 rarest of either, so only those are
looked up, and a shingle that stands in thousands of rows is looked up only where nothing rarer is left. What
is found so is then counted in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from falsify.texts import Ints, Sets

__all__ = ["Pairs", "contained", "overlaps", "similar"]

BUDGET: Final = 30_000_000  # candidate pairs held at once: 0.25 GB an array
_CHUNK: Final = 4_000_000  # lookups at once while overlaps are counted


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


def similar(sets: Sets, threshold: float) -> Pairs:
    """All pairs of different rows (left < right) of one table with Jaccard index of at least `threshold`."""
    sizes = sets.sizes
    row, item, _ = _prefix(sets, _document_frequency(sets), sizes - _needed(sizes, threshold) + 1)
    order = np.lexsort((row, sizes[row], item))
    row, item = row[order], item[order]
    # Within a shingle's list, rows ascend by size: the partners of a row are those up to size / threshold.
    low = np.searchsorted(item, item, side="left")
    key = item * (int(sizes.max(initial=0)) + 2) + sizes[row]
    top = item * (int(sizes.max(initial=0)) + 2) + np.minimum(
        np.floor(sizes[row] / threshold + 1e-9).astype(np.int64), int(sizes.max(initial=0)) + 1
    )
    end = np.searchsorted(key, top, side="right")
    position = np.arange(len(row))
    left, right, complete = _expand(position, np.maximum(position + 1, low), end)
    a, b = row[left], row[right]
    a, b = np.minimum(a, b), np.maximum(a, b)
    a, b = _distinct(a, b, len(sizes))
    both = overlaps(sets, a, sets, b)
    share = both / np.maximum(1, sizes[a] + sizes[b] - both)
    keep = share >= threshold
    return Pairs(a[keep], b[keep], share[keep], complete)


def contained(small: Sets, large: Sets, threshold: float) -> Pairs:
    """All pairs (row of `small`, row of `large`) where the large set holds `threshold` of the small one or more.

    Both must number their members alike (made from one `sets_of`).
    """
    sizes = small.sizes
    frequency = _document_frequency(large)
    row, item, _ = _prefix(small, frequency, sizes - _needed(sizes, threshold) + 1)
    owner = np.repeat(np.arange(len(large.starts) - 1), large.sizes)
    order = np.argsort(large.items, kind="stable")
    begin = np.searchsorted(large.items[order], item, side="left")
    end = np.searchsorted(large.items[order], item, side="right")
    left, right, complete = _expand(np.arange(len(row)), begin, end)
    a, b = _distinct(row[left], owner[order][right], len(large.starts) - 1)
    share = overlaps(small, a, large, b) / np.maximum(1, sizes[a])
    keep = share >= threshold
    return Pairs(a[keep], b[keep], share[keep], complete)


def overlaps(left: Sets, a: Ints, right: Sets, b: Ints) -> Ints:
    """The number of members that set `a[i]` of `left` and set `b[i]` of `right` share."""
    result = np.zeros(len(a), np.int64)
    ends = np.cumsum(left.sizes[a])
    begin = 0
    while begin < len(a):
        base = ends[begin - 1] if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, base + _CHUNK, side="right")))
        sizes = left.sizes[a[begin:stop]]
        pair = np.repeat(np.arange(stop - begin), sizes)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        item = left.items[left.starts[a[begin:stop]][pair] + within]
        wanted = b[begin:stop][pair] * right.universe + item
        result[begin:stop] = np.bincount(pair[_member(right.keys, wanted)], minlength=stop - begin)
        begin = stop
    return result


def _member(keys: Ints, wanted: Ints) -> npt.NDArray[np.bool_]:
    if not len(keys):
        return np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.asarray(keys[at] == wanted)


def _needed(sizes: Ints, threshold: float) -> Ints:
    """The least overlap that reaches the threshold; Jaccard >= t implies an overlap of t * n with either set."""
    return np.asarray(np.maximum(1, np.ceil(threshold * sizes - 1e-9)), np.int64)


def _document_frequency(sets: Sets) -> Ints:
    return np.bincount(sets.items, minlength=sets.universe).astype(np.int64)


def _prefix(sets: Sets, frequency: Ints, length: Ints) -> tuple[Ints, Ints, Ints]:
    """The `length` rarest members of each set, those that occur nowhere else left out: (row, item, rank)."""
    row = np.repeat(np.arange(len(sets.sizes)), sets.sizes)
    order = np.lexsort((sets.items, frequency[sets.items], row))
    row, item = row[order], sets.items[order]
    rank = np.arange(len(row)) - np.repeat(sets.starts[:-1], sets.sizes)
    keep = (rank < length[row]) & (frequency[item] > 0)
    return row[keep], item[keep], rank[keep]


def _expand(left: Ints, begin: Ints, end: Ints) -> tuple[Ints, Ints, bool]:
    """Every (left[i], j) with begin[i] <= j < end[i], as far as the budget goes."""
    count = np.maximum(0, end - begin)
    total = np.cumsum(count)
    complete = not len(total) or int(total[-1]) <= BUDGET
    if not complete:
        stop = int(np.searchsorted(total, BUDGET, side="right"))
        left, begin, count = left[:stop], begin[:stop], count[:stop]
    first = np.repeat(left, count)
    within = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    return first, np.repeat(begin, count) + within, complete


def _distinct(a: Ints, b: Ints, width: int) -> tuple[Ints, Ints]:
    a, b = np.divmod(np.unique(a * width + b), max(1, width))
    return a, b
