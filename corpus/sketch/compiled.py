"""The kernel as compiled from `kernel.c`, through ctypes: it needs no Python headers and holds no lock.

Without a compiler at installation there is no library, and importing this module is an ImportError. So it is where
the library was compiled from another source than the one that lies beside it.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from corpus.sketch.arrays import Ints, Sets, Settled, Shingles, Task, Text, U64s

__all__ = ["agreements", "band_keys", "distinct", "overlaps", "settle", "shingles", "signatures", "sort"]

_ROOM: Final = 1 << 20  # pairs that one call reports
_PAIRS: Final = ("left", "right", "shares", "shared")


def _load() -> ctypes.CDLL:
    file = Path(__file__).parent / "_kernel.so"
    if not file.exists():
        raise ImportError("the kernel was not compiled when this library was installed")
    try:
        library = ctypes.CDLL(str(file))
        made_of = (ctypes.c_char * 64).in_dll(library, "source").value.decode()
    except (OSError, ValueError) as error:  # of another machine, or no library of ours
        raise ImportError(f"{file} cannot be loaded: {error}") from None
    if made_of != hashlib.sha256(file.with_name("kernel.c").read_bytes()).hexdigest():
        raise ImportError(f"{file} was compiled from another kernel.c: install this library again")
    library.settle.restype = ctypes.c_int64
    library.prepare()
    return library


_LIBRARY: Final = _load()


def _at(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _of(kind: type[np.generic], array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.ascontiguousarray(array, kind)


def shingles(texts: Sequence[Text], widths: npt.NDArray[np.int32], code: npt.NDArray[np.uint8]) -> Shingles:
    """See `corpus.sketch.shingles`."""
    rows = len(texts[0].starts) - 1
    data = [_of(np.uint8, text.data) for text in texts]
    starts = [_of(np.int64, text.starts) for text in texts]
    widths, code = _of(np.int32, widths), _of(np.uint8, code)
    hashes = np.empty(sum(int(start[-1] - start[0]) for start in starts) + 1, np.uint64)
    ends, digests = np.empty(rows * len(texts), np.int64), np.empty(rows, np.uint64)
    _LIBRARY.shingles(
        ctypes.c_int64(rows),
        ctypes.c_int64(len(texts)),
        (ctypes.c_void_p * len(texts))(*(array.ctypes.data for array in data)),
        (ctypes.c_void_p * len(texts))(*(array.ctypes.data for array in starts)),
        _at(widths),
        _at(code),
        _at(hashes),
        _at(ends),
        _at(digests),
    )
    return Shingles(hashes[: int(ends[-1]) if len(ends) else 0], ends, digests)


def signatures(
    hashes: U64s, ends: Ints, factors: npt.NDArray[np.uint32], terms: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint32]:
    """See `corpus.sketch.signatures`."""
    hashes, ends = _of(np.uint64, hashes), _of(np.int64, ends)
    factors, terms = _of(np.uint32, factors), _of(np.uint32, terms)
    found = np.empty((len(ends), len(factors)), np.uint32)
    rows, slots = ctypes.c_int64(len(ends)), ctypes.c_int64(len(factors))
    _LIBRARY.signatures(rows, _at(hashes), _at(ends), slots, _at(factors), _at(terms), _at(found))
    return found


def band_keys(found: npt.NDArray[np.uint32], bands: int, seeds: U64s) -> npt.NDArray[np.uint64]:
    """See `corpus.sketch.band_keys`."""
    found, seeds = _of(np.uint32, found), _of(np.uint64, seeds)
    keys = np.empty((bands, len(found)), np.uint64)
    rows, width = ctypes.c_int64(len(found)), ctypes.c_int64(found.shape[1] // bands)
    _LIBRARY.band_keys(rows, _at(found), ctypes.c_int64(bands), width, _at(seeds), _at(keys))
    return keys


def distinct(hashes: U64s, ends: Ints) -> Sets:
    """See `corpus.sketch.distinct`."""
    hashes, ends = np.array(hashes, np.uint64), np.array(ends, np.int64)
    if _LIBRARY.distinct(ctypes.c_int64(len(ends)), _at(hashes), _at(ends)):
        raise MemoryError
    return Sets(hashes[: int(ends[-1]) if len(ends) else 0].copy(), ends)


def sort(values: U64s) -> None:
    """See `corpus.sketch.sort`."""
    if _LIBRARY.sort_numbers(ctypes.c_int64(len(values)), _at(values)):
        raise MemoryError


def overlaps(sets: Sets, left: Ints, right: Ints) -> Ints:
    """See `corpus.sketch.overlaps`."""
    left, right = _of(np.int64, left), _of(np.int64, right)
    found = np.empty(len(left), np.int64)
    pairs = ctypes.c_int64(len(left))
    _LIBRARY.overlaps(_at(sets.hashes), _at(sets.ends), pairs, _at(left), _at(right), _at(found))
    return found


def agreements(found: npt.NDArray[np.uint32], left: Ints, right: Ints) -> Ints:
    """See `corpus.sketch.agreements`."""
    found, left, right = _of(np.uint32, found), _of(np.int64, left), _of(np.int64, right)
    counts = np.empty(len(left), np.int64)
    slots, pairs = ctypes.c_int64(found.shape[1]), ctypes.c_int64(len(left))
    _LIBRARY.agreements(_at(found), slots, pairs, _at(left), _at(right), _at(counts))
    return counts


class _Sets(ctypes.Structure):
    _fields_ = (("hashes", ctypes.c_void_p), ("ends", ctypes.c_void_p))


class _Settlement(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("rows", "texts")),
        ("places", ctypes.c_void_p),
        *((name, _Sets) for name in ("whole", "parts")),
        *((name, ctypes.c_void_p) for name in ("apart", "fixed", "bucket_ends", "buckets")),
        *((name, ctypes.c_double) for name in ("threshold", "floor", "last")),
        *((name, ctypes.c_int64) for name in ("most", "room", "spend", "next", "cut")),
        *(
            (name, ctypes.c_void_p)
            for name in (
                "kept",
                "similarity",
                "heads",
                "links",
                "owners",
                "stamps",
                "left",
                "right",
                "shares",
                "shared",
            )
        ),
    )


def settle(task: Task) -> Settled:
    """See `corpus.sketch.settle`."""
    rows = len(task.fixed)
    room = max(_ROOM, rows)
    inputs = {
        "places": _of(np.int64, task.places),
        "apart": _of(np.uint8, task.apart),
        "fixed": _of(np.uint8, task.fixed),
        "bucket_ends": _of(np.int64, task.bucket_ends),
        "buckets": _of(np.int32, task.buckets),
    }
    entries = len(inputs["buckets"])
    state: dict[str, npt.NDArray[Any]] = {
        "kept": np.empty(rows, np.int64),
        "similarity": np.empty(rows),
        "heads": np.full(int(task.buckets.max(initial=-1)) + 1, -1, np.int64),
        "links": np.empty(entries, np.int64),
        "owners": np.empty(entries, np.int64),
        "stamps": np.full(rows, -1, np.int64),
        "left": np.empty(room, np.int64),
        "right": np.empty(room, np.int64),
        "shares": np.empty(room),
        "shared": np.empty(room, np.int64),
    }
    settlement = _Settlement(
        rows=rows,
        texts=task.texts,
        whole=_Sets(task.whole.hashes.ctypes.data, task.whole.ends.ctypes.data),
        parts=_Sets(task.parts.hashes.ctypes.data, task.parts.ends.ctypes.data),
        threshold=task.threshold,
        floor=task.floor,
        last=task.last,
        most=task.most,
        room=room,
        spend=task.spend,
        **{name: array.ctypes.data for name, array in (inputs | state).items()},
    )
    pairs = [[np.empty(0, state[name].dtype) for name in _PAIRS]]
    while settlement.next < rows:
        found = _LIBRARY.settle(ctypes.byref(settlement))
        pairs.append([state[name][:found].copy() for name in _PAIRS])
    left, right, shares, shared = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return Settled(state["kept"], state["similarity"], left, right, shares, shared, settlement.spend, settlement.cut)
