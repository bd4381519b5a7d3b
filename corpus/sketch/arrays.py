"""What both implementations of the kernel take and give: plain arrays under names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Ints", "Sets", "Settled", "Shingles", "Task", "Text", "U64s", "joined"]

Ints = npt.NDArray[np.int64]
U64s = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Text:
    """A column of texts, as Arrow holds it.

    Attributes:
        data: UTF-8 of all texts.
        starts: Where each begins in `data`, and where the last ends: one more than there are texts.
    """

    data: npt.NDArray[np.uint8]
    starts: Ints


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of rows of texts, repeated as often as they occur.

    Attributes:
        hashes: Of all shingles, row by row and text by text.
        ends: Where those of each text end in `hashes`: rows * texts.
        digests: One a row, of its texts' tokens in their order, capitals and punctuation included.
    """

    hashes: U64s
    ends: Ints
    digests: U64s


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of hashes, each ascending.

    Attributes:
        hashes: The members of all sets, one after the other.
        ends: Where each set ends in `hashes`.
    """

    hashes: U64s
    ends: Ints

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> U64s:
        return self.hashes[int(self.ends[index - 1]) if index else 0 : int(self.ends[index])]

    @property
    def sizes(self) -> Ints:
        """How many members each set has."""
        return np.diff(self.ends, prepend=0)

    def some(self, indices: Ints) -> Sets:
        """The sets of these numbers, in this order."""
        sizes = self.sizes[indices]
        ends = np.cumsum(sizes)
        members = np.repeat(self.ends[indices] - ends, sizes) + np.arange(int(sizes.sum()))
        return Sets(self.hashes[members], ends)


def joined(parts: Sequence[Sets]) -> Sets:
    """The sets of all parts, one after the other."""
    shifts = np.cumsum([0, *(len(part.hashes) for part in parts)])
    ends = [part.ends + shift for part, shift in zip(parts, shifts, strict=False)]
    return Sets(
        np.concatenate([*(part.hashes for part in parts), np.empty(0, np.uint64)]),
        np.concatenate([*ends, np.empty(0, np.int64)]),
    )


@dataclass(frozen=True, slots=True)
class Task:
    """Rows from the best to the worst, of which each is to be kept or removed.

    Attributes:
        places: Which of the sets is each row's own.
        whole: The sets.
        parts: The sets of their texts: text `t` at place `i` is `texts * i + t`.
        texts: How many texts a row has, at least two.
        apart: Rows of which the first and last text must be alike each for itself as well (uint8).
        fixed: Rows that stay, whatever they are like (uint8).
        bucket_ends: Where the buckets of each row end in `buckets`.
        buckets: Numbers of buckets, 0 and on; rows of one bucket are candidates.
        threshold: Similarity from which a row is removed.
        floor: Similarity from which a pair is reported.
        last: Below it, the similarity of the last texts is that of any two rows.
        most: Kept rows that a row is compared with, at most.
        spend: Comparisons with removed rows, which decide nothing but complete the pairs.
    """

    places: Ints
    whole: Sets
    parts: Sets
    texts: int
    apart: npt.NDArray[np.uint8]
    fixed: npt.NDArray[np.uint8]
    bucket_ends: Ints
    buckets: npt.NDArray[np.int32]
    threshold: float
    floor: float
    last: float
    most: int
    spend: int

    def begin(self, row: int) -> int:
        """Where the buckets of a row begin."""
        return int(self.bucket_ends[row - 1]) if row else 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the rows of a `Task`.

    Attributes:
        kept: Of each row itself, or the kept row that it is most like.
        similarity: To that one; 0 for a row that stays.
        left: Of each reported pair the row.
        right: And the better row that it was compared with.
        shares: Their similarity.
        shared: How many members they have in common as a whole.
        spend: Comparisons left.
        cut: Rows that had `Task.most` kept candidates, or more.
    """

    kept: Ints
    similarity: npt.NDArray[np.float64]
    left: Ints
    right: Ints
    shares: npt.NDArray[np.float64]
    shared: Ints
    spend: int
    cut: int
