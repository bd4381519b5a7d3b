"""Shingles, MinHash signatures and exact comparisons of whole columns of text at once.

Two implementations give the same numbers, bit for bit: `compiled` (C, made at installation where there is a
compiler) and `plain` (NumPy, always there, some ten times slower). What a token is stands in `kernel.c`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from corpus.sketch import plain
from corpus.sketch.arrays import Ints, Sets, Settled, Shingles, Task, Text, U64s, joined

_kernel: Any = plain  # a module, and mypy compares no two
try:
    from corpus.sketch import compiled
except ImportError:
    COMPILED = False
else:
    COMPILED = True
    _kernel = compiled

__all__ = [
    "COMPILED",
    "VERSION",
    "Ints",
    "Sets",
    "Settled",
    "Shingles",
    "Task",
    "Text",
    "U64s",
    "agreements",
    "band_keys",
    "distinct",
    "joined",
    "overlaps",
    "settle",
    "shingles",
    "signatures",
    "sort",
]

VERSION: Final = "sketch-1"
"""Changes whenever a text may get other shingles, or a row another signature."""


def shingles(texts: Sequence[Text], widths: npt.NDArray[np.int32], code: npt.NDArray[np.uint8]) -> Shingles:
    """The shingles of rows of texts; none spans two texts, and a text with fewer tokens than its width is one.

    Args:
        texts: Columns of as many texts each.
        widths: Tokens in a shingle, (rows, columns).
        code: 1 where a shingle takes punctuation too, 0 where it is of words, (rows, columns).
    """
    made: Shingles = _kernel.shingles(texts, widths, code)
    return made


def signatures(
    hashes: U64s, ends: Ints, factors: npt.NDArray[np.uint32], terms: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint32]:
    """MinHash signatures, (sets, slots), as datasketch's scheme `affine32` makes them of the hashes' low 32 bits.

    Args:
        hashes: Members of all sets; repetitions change nothing.
        ends: Where each set ends in `hashes`.
        factors: The odd multiplier of each slot.
        terms: What each slot adds.
    """
    made: npt.NDArray[np.uint32] = _kernel.signatures(hashes, ends, factors, terms)
    return made


def band_keys(found: npt.NDArray[np.uint32], bands: int, seeds: U64s) -> npt.NDArray[np.uint64]:
    """A key for each band of each signature, (bands, rows): equal parts and seeds give equal keys.

    Args:
        found: Signatures, (rows, slots).
        bands: How many; slots beyond a multiple of it are not used.
        seeds: One a row; rows of different seeds meet in no band.
    """
    used = np.ascontiguousarray(found[:, : found.shape[1] // bands * bands])
    made: U64s = _kernel.band_keys(used, bands, seeds)
    return made


def distinct(hashes: U64s, ends: Ints) -> Sets:
    """Each segment of hashes as a set: ascending, nothing twice.

    Raises:
        MemoryError: There is none.
    """
    made: Sets = _kernel.distinct(hashes, ends)
    return made


def sort(values: U64s) -> None:
    """Sort numbers in place: by their digits, in a quarter to a half of the time that NumPy's comparisons take.

    Args:
        values: Contiguous in memory.

    Raises:
        MemoryError: There is none.
    """
    _kernel.sort(values)


def overlaps(sets: Sets, left: Ints, right: Ints) -> Ints:
    """The number of members that the sets `left[i]` and `right[i]` share."""
    made: Ints = _kernel.overlaps(sets, left, right)
    return made


def agreements(found: npt.NDArray[np.uint32], left: Ints, right: Ints) -> Ints:
    """In how many slots the signatures `left[i]` and `right[i]` agree."""
    made: Ints = _kernel.agreements(found, left, right)
    return made


def settle(task: Task) -> Settled:
    """Keep or remove rows, from the best to the worst, each by its exact similarity to those that were kept.

    A row is compared with the better rows that share a bucket with it. It goes where the kept one that is most
    like it reaches the threshold; of equals, the best.
    """
    made: Settled = _kernel.settle(task)
    return made
