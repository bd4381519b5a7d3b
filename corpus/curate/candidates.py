"""Which rows may be duplicates of each other: signatures in bands, by sorting, without an object per row.

MinHash with 128 slots (datasketch's scheme `affine32`, seed 1) in 16 bands of 8: rows that agree in a band are
candidates, which finds 95 % of pairs at a similarity of .8. Of each row 16 keys are held (128 bytes); signatures
and shingles are computed again where they are needed, for candidates only. A band is one sort of 64-bit numbers:
the high bits of the key and the number of the row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus import sketch
from corpus.curate.shingles import COLUMNS, compared, shingles_of
from corpus.engines import current
from corpus.sketch import Ints, U64s
from corpus.store import batches

__all__ = [
    "BANDS",
    "SLOTS",
    "Buckets",
    "Signed",
    "buckets_of",
    "components",
    "digests_of",
    "each",
    "each_batch",
    "permutations",
    "sign",
]

SLOTS: Final = 128
BANDS: Final = 16
_SEED: Final = 1
_BATCH: Final = 4096

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Signed:
    """What is held of each row.

    Attributes:
        keys: Of its bands, (bands, rows).
        digests: Equal for rows of one task with equal tokens, in their order, as written.
        sizes: How many shingles it has, repetitions counted.
    """

    keys: U64s
    digests: U64s
    sizes: Ints


@dataclass(frozen=True, slots=True)
class Buckets:
    """Who meets whom: entries in order of rows.

    Attributes:
        rows: Of each entry.
        numbers: Its bucket, 0 and on; every bucket has two rows or more.
        components: Of each row the smallest one that it is connected with over buckets.
    """

    rows: Ints
    numbers: npt.NDArray[np.int32]
    components: Ints


@cache
def permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """The multiplier and the term of each slot, as datasketch draws them, whose import takes half a second."""
    draw = np.random.RandomState(_SEED)
    factors = draw.randint(0, 1 << 31, SLOTS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, draw.randint(0, 1 << 32, SLOTS, dtype=np.uint32)


def each_batch(table: pa.Table, work: Callable[[pa.Table], T]) -> Iterator[T]:
    """What a function makes of each batch of rows, in order."""
    return each(batches(table, _BATCH), work)


def each(parts: Iterable[pa.Table], work: Callable[[pa.Table], T]) -> Iterator[T]:
    """What a function makes of each table, in order: by threads where the engine is this process."""
    return current().map(work, parts, threads=True)


def sign(table: pa.Table, words: int) -> Signed:
    """Keys, digests and sizes of all rows, a batch at a time.

    Args:
        table: Rows with `SCHEMA`.
        words: Words in a shingle.
    """
    signed = Signed(
        np.empty((BANDS, len(table)), np.uint64), np.empty(len(table), np.uint64), np.empty(len(table), np.int64)
    )
    permutations()  # before threads ask for it at once
    at = 0
    for keys, digests, sizes in each_batch(table.select(COLUMNS), partial(_signed, words)):
        to = at + len(sizes)
        signed.keys[:, at:to], signed.digests[at:to], signed.sizes[at:to] = keys, digests, sizes
        at = to
    return signed


def _signed(words: int, batch: pa.Table) -> tuple[U64s, U64s, Ints]:
    what = compared(batch)
    found = shingles_of(what, words)
    ends = found.ends[what.code.shape[1] - 1 :: what.code.shape[1]]
    seeds = _seeds(batch["task"])
    keys = sketch.band_keys(sketch.signatures(found.hashes, ends, *permutations()), BANDS, seeds)
    return keys, found.digests ^ seeds, np.diff(ends, prepend=0)


def digests_of(table: pa.Table) -> U64s:
    """The digests of `Signed` alone."""
    parts = each_batch(
        table.select(COLUMNS), lambda batch: shingles_of(compared(batch), 1).digests ^ _seeds(batch["task"])
    )
    return np.concatenate([*parts, np.empty(0, np.uint64)])


def _seeds(tasks: pa.ChunkedArray) -> U64s:
    """A number for each row's task: rows of different tasks are no duplicates."""
    encoded = tasks.unify_dictionaries().combine_chunks()
    names = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in encoded.dictionary.to_pylist()]
    numbers = np.array([int.from_bytes(name, "little") for name in names], np.uint64)
    return np.asarray(numbers[encoded.indices.to_numpy(zero_copy_only=False)], np.uint64)


def buckets_of(keys: U64s) -> Buckets:
    """Rows that agree in a band, from the keys of each row, (bands, rows)."""
    found: list[tuple[Ints, Ints, Ints]] = []
    count = 0
    for row, number, head in current().map(_met, iter(keys)):
        found.append((row, number + count, head))
        count += int(number[-1]) + 1 if len(number) else 0
    row, number, head = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(row, kind="stable")
    return Buckets(row[order], number[order].astype(np.int32), components(keys.shape[1], row, head))


def _met(band: U64s) -> tuple[Ints, Ints, Ints]:
    """The rows that agree with another one in a band, by bucket: row, number of the bucket, its first row."""
    rows = len(band)
    bits = max(1, int(rows).bit_length())
    low = np.uint64((1 << bits) - 1)
    packed = (band & ~low) | np.arange(rows, dtype=np.uint64)
    sketch.sort(packed)
    key, row = packed >> np.uint64(bits), (packed & low).astype(np.int64)
    same = key[1:] == key[:-1]
    member = np.zeros(rows, np.bool_)
    member[1:] |= same
    member[:-1] |= same
    first = np.ones(rows, np.bool_)
    first[1:] = ~same
    first, row = first[member], row[member]
    number = np.cumsum(first) - 1
    return row, number, row[first][number]


def components(nodes: int, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> Ints:
    """The smallest node that each node is connected with, by edges `left[i]`-`right[i]`.

    The larger of two labels is hooked to the smaller one, then labels are followed to their end; a few rounds.
    """
    label = np.arange(nodes)
    while True:
        one, other = label[left], label[right]
        apart = one != other
        if not apart.any():
            return label
        left, right = left[apart], right[apart]
        np.minimum.at(label, np.maximum(one, other)[apart], np.minimum(one, other)[apart])
        while True:
            further = label[label]
            if np.array_equal(further, label):
                break
            label = further
