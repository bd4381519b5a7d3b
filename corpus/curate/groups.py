"""Groups: which rows must stay on one side of every split because they share text.

Rows are born into the group of their file. Two groups become one when a row of the one holds a large part of
the 8-word shingles of a row of the other. The join is not LSH's business: at a containment of .3, 16 bands of 8
rows would find almost nothing. An inverted index over shingles proposes pairs of rows, and their exact
containment decides. A shingle that more than `_COMMON` rows hold (a licence header, an idiom) proposes only its
shortest holder with all others and each with the next longer one, so among more than that many rows that share
one passage and nothing else a pair may be missed; the falsifier looks for such leaks in another way. What is
short shares a part by accident: of a row of few shingles more is asked, or a third of a corpus becomes one group
(measured on two repositories).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus.curate.components import LARGEST, Grouping, Links, connected, time_blocks
from corpus.curate.shingles import Hashes, Shingler, compared_texts, containment
from corpus.store import with_columns

__all__ = ["joined_groups"]

_WORDS: Final = 8
_FEWEST: Final = 10  # a row of fewer distinct shingles shares them by accident
_FEW: Final = 20  # and one of fewer than this shares some of them by accident, so more is asked of it
_TOGETHER_FEW: Final = 0.6
_COMMON: Final = 64


def joined_groups(table: pa.Table, together: float, apart: float = 1.0, largest: float = LARGEST) -> Grouping:
    """The group of each row after joining; see `corpus.curate.components`.

    Args:
        table: Rows with `SCHEMA`, in the groups of their files, notes and conversations.
        together: Containment of the smaller set of shingles, 0-1, from which two rows belong together.
        apart: The similarity at which rows are removed: what is as alike as that stays together in any case.
        largest: The share of the rows that one group may have, 0-1.
    """
    names, blocks = time_blocks(table)
    born = with_columns(table, {"group": names})
    grouping = connected(born, _links(born, together), together=together, apart=apart, largest=largest)
    return replace(grouping, blocks=blocks)


def _links(table: pa.Table, together: float) -> Links:
    names: list[str] = table["group"].to_pylist()
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    of_row = np.array([number[name] for name in names], dtype=np.int64)
    shingles = _shingles(table)
    found = [
        (one, other, share)
        for one, other in _candidates(shingles, of_row)
        if (share := _share(shingles[one], shingles[other])) >= together
    ]
    pairs = np.array([pair[:2] for pair in found], np.int64).reshape(-1, 2)
    return Links(pairs[:, 0], pairs[:, 1], np.array([share for *_, share in found], np.float64))


def _share(one: Hashes, other: Hashes) -> float:
    """The containment, 0 where that of short rows is too low to count."""
    share = containment(one, other)
    return share if min(len(one), len(other)) >= _FEW or share >= _TOGETHER_FEW else 0.0


def _shingles(table: pa.Table) -> list[Hashes]:
    shingler = Shingler(_WORDS)
    empty = np.empty(0, np.uint64)
    sets = (shingler(texts) for texts in compared_texts(table))
    return [found if len(found) >= _FEWEST else empty for found in sets]


def _candidates(shingles: Sequence[Hashes], group: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Pairs of rows of different groups that share a shingle, those that share most first."""
    hashes = np.concatenate([*shingles, np.empty(0, np.uint64)])
    lengths = np.array([len(found) for found in shingles], np.int64)
    holders = np.repeat(np.arange(len(shingles)), lengths)
    order = np.argsort(hashes, kind="stable")
    hashes, holders = hashes[order], holders[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]]) if len(hashes) else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, len(hashes)])
    pairs: list[npt.NDArray[Any]] = []
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        rows = holders[start : start + size]
        if size <= _COMMON:
            left, right = np.triu_indices(size, 1)
        else:  # the shortest with all, and each with the next longer
            rows = rows[np.argsort(lengths[rows], kind="stable")]
            left = np.r_[np.zeros(size - 1, np.int64), np.arange(1, size - 1)]
            right = np.r_[np.arange(1, size), np.arange(2, size)]
        apart = group[rows[left]] != group[rows[right]]
        one, other = rows[left[apart]], rows[right[apart]]
        pairs.append(np.minimum(one, other) * len(shingles) + np.maximum(one, other))
    if not pairs:
        return []
    packed, counts = np.unique(np.concatenate(pairs), return_counts=True)
    by_evidence = packed[np.argsort(-counts, kind="stable")]
    return [(int(pair) // len(shingles), int(pair) % len(shingles)) for pair in by_evidence]
