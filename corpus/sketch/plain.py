"""The kernel in NumPy: the same numbers as `kernel.c`, bit for bit, where that was not compiled.

What a token is, and every formula, stands in `kernel.c`. Here a whole column is one array of bytes, a word is
hashed eight bytes at a time together with all others of the column, and greedy settling is a Python loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from corpus.sketch.arrays import Ints, Sets, Settled, Shingles, Task, Text, U64s

__all__ = ["agreements", "band_keys", "distinct", "overlaps", "settle", "shingles", "signatures", "sort"]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_PAIRS: Final = 1 << 16  # of signatures that are compared at once
_BLANK, _WORD, _OTHER, _LEAD = range(4)


def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.full(256, _OTHER, np.uint8)
    kinds[[*range(9, 14), *range(28, 33)]] = _BLANK
    kinds[[*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *range(128, 256)]] = _WORD
    kinds[[0xC2, *range(0xE2, 0xEA), *range(0xEF, 0xF5)]] = _LEAD
    return kinds


_KINDS: Final = _kinds()


def _mix(value: U64s) -> U64s:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


def _step(state: U64s, block: U64s) -> U64s:
    state = (state ^ block) * _MIX_1
    return state ^ (state >> np.uint64(29))


def _lower(block: U64s) -> U64s:
    low = block & np.uint64(0x7F7F7F7F7F7F7F7F)
    capital = (low + np.uint64(0x3F3F3F3F3F3F3F3F)) ^ (low + np.uint64(0x2525252525252525))
    return block | ((capital & ~block & np.uint64(0x8080808080808080)) >> np.uint64(2))


def shingles(texts: Sequence[Text], widths: npt.NDArray[np.int32], code: npt.NDArray[np.uint8]) -> Shingles:
    """See `corpus.sketch.shingles`."""
    rows = len(texts[0].starts) - 1
    digests = np.zeros(rows, np.uint64)
    found = []
    for column, text in enumerate(texts):
        hashes, counts, sums, places = _column(text, widths[:, column], code[:, column])
        digests = _step(digests ^ sums, places)
        found.append((hashes, counts))
    counts = np.stack([count for _, count in found], axis=1).reshape(-1)
    ends = np.cumsum(counts)
    joined = np.empty(int(ends[-1]) if len(ends) else 0, np.uint64)
    for column, (hashes, count) in enumerate(found):
        begins = ends[column :: len(texts)] - count
        joined[np.repeat(begins, count) + _within(count)] = hashes
    return Shingles(joined, ends, digests)


def _within(counts: Ints) -> Ints:
    """0, 1, 2 … for each count."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def _column(text: Text, widths: npt.NDArray[np.int32], code: npt.NDArray[np.uint8]) -> tuple[U64s, Ints, U64s, U64s]:
    """Shingles, how many each text has, and the sum and count of its tokens as written."""
    rows = len(text.starts) - 1
    begins, ends, is_word = _tokens(text)
    owner = np.searchsorted(text.starts, begins, side="right") - 1
    exact, folded = _hashes(text.data, begins, ends)
    tokens = np.bincount(owner, minlength=rows)
    place = (_within(tokens).astype(np.uint64) + np.uint64(1)) * _GOLDEN
    sums = _segment_sums(_step(exact, place), tokens)
    taken = is_word | (code[owner] != 0)
    counts = np.bincount(owner[taken], minlength=rows)
    rolled, counts = _roll(folded[taken], counts, widths.astype(np.int64))
    return rolled, counts, sums, tokens.astype(np.uint64) * _GOLDEN


def _segment_sums(values: U64s, counts: Ints) -> U64s:
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    ends = np.cumsum(counts)
    return np.asarray(total[ends] - total[ends - counts], np.uint64)


def _tokens(text: Text) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Where the column's tokens begin and end, and which of them are words."""
    low, high = int(text.starts[0]), int(text.starts[-1])
    data = text.data[low:high]
    kinds = _KINDS[data]
    single = np.zeros(0, np.bool_)
    if (kinds == _LEAD).any():
        single, kinds = _spread(data, kinds)
    word = kinds == _WORD
    before = np.zeros(len(data), np.bool_)
    before[1:] = word[:-1]
    first = text.starts[:-1] - low
    before[first[first < len(data)]] = False  # no token spans two texts
    opens = word & ~before
    closes = np.ones(len(data), np.bool_)
    closes[:-1] = ~word[1:] | opens[1:]
    begins = np.flatnonzero(opens | (kinds == _OTHER) | (kinds == _LEAD))
    is_word = word[begins]
    ends = begins + 1
    ends[is_word] = np.flatnonzero(word & closes) + 1
    if len(single):
        lead = kinds[begins] == _LEAD
        byte = data[begins[lead]]
        ends[lead] += np.where(byte < 0xE0, 1, np.where(byte < 0xF0, 2, 3))
        is_word[lead] = single
    return begins + low, ends + low, is_word


def _spread(
    data: npt.NDArray[np.uint8], kinds: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8]]:
    """Which characters with a lead of their own are words, and kinds in which their further bytes begin nothing."""
    at = np.flatnonzero(kinds == _LEAD)
    byte = data[at]
    after = data[np.minimum(at + 1, len(data) - 1)]
    kinds = kinds.copy()
    for further, least in ((1, 0xC0), (2, 0xE0), (3, 0xF0)):
        kinds[at[byte >= least] + further] = _BLANK
    return (byte >= 0xE4) | ((byte == 0xE3) & (after != 0x80)), kinds


def _hashes(data: npt.NDArray[np.uint8], begins: Ints, ends: Ints) -> tuple[U64s, U64s]:
    """The hash of each token as written, and in lower case."""
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    eight = np.ndarray((len(data) + 1,), "<u8", buffer=padded, strides=(1,))
    lengths = ends - begins
    exact = lengths.astype(np.uint64) * _GOLDEN
    folded = exact.copy()
    left = np.arange(len(begins))
    done = 0
    while len(left):
        block = eight[begins[left] + done].astype(np.uint64)
        short = np.minimum(lengths[left] - done, 8)
        block &= np.where(short < 8, (np.uint64(1) << (np.uint64(8) * (short % 8).astype(np.uint64))), 0) - np.uint64(1)
        exact[left] = _step(exact[left], block)
        folded[left] = _step(folded[left], _lower(block))
        done += 8
        left = left[lengths[left] > done]
    return _mix(exact), _mix(folded)


def _roll(tokens: U64s, counts: Ints, widths: Ints) -> tuple[U64s, Ints]:
    """Shingles of token hashes; a text of fewer tokens than its width is one shingle."""
    width = np.minimum(widths, counts)
    made = np.where(counts > 0, counts - np.maximum(width, 1) + 1, 0)
    begins = np.repeat(np.cumsum(counts) - counts, made) + _within(made)
    each = np.repeat(width, made)
    rolled = np.zeros(len(begins), np.uint64)
    for offset in range(int(width.max(initial=0))):
        ahead = tokens[np.minimum(begins + offset, len(tokens) - 1)]
        rolled = np.where(each > offset, rolled * _GOLDEN + ahead, rolled)
    return rolled, made


def signatures(
    hashes: U64s, ends: Ints, factors: npt.NDArray[np.uint32], terms: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint32]:
    """See `corpus.sketch.signatures`."""
    mixed = hashes.astype(np.uint32)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    found = np.full((len(ends), len(factors)), 0xFFFFFFFF, np.uint32)
    begins = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    some = np.flatnonzero(ends > begins)
    if len(some):
        for slot, (factor, term) in enumerate(zip(factors, terms, strict=True)):
            found[some, slot] = np.minimum.reduceat(mixed * factor + term, begins[some])
    return found


def band_keys(found: npt.NDArray[np.uint32], bands: int, seeds: U64s) -> npt.NDArray[np.uint64]:
    """See `corpus.sketch.band_keys`."""
    width = found.shape[1] // bands
    keys = np.empty((bands, len(found)), np.uint64)
    for band in range(bands):
        key = seeds + np.array([band], np.uint64) * _GOLDEN
        for slot in range(band * width, (band + 1) * width):
            key = _step(key, found[:, slot].astype(np.uint64))
        keys[band] = _mix(key)
    return keys


def distinct(hashes: U64s, ends: Ints) -> Sets:
    """See `corpus.sketch.distinct`."""
    owner = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    order = np.lexsort((hashes, owner))
    hashes, owner = hashes[order], owner[order]
    new = np.ones(len(hashes), np.bool_)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    return Sets(hashes[new], np.cumsum(np.bincount(owner[new], minlength=len(ends))).astype(np.int64))


def sort(values: U64s) -> None:
    """See `corpus.sketch.sort`."""
    values.sort()


def overlaps(sets: Sets, left: Ints, right: Ints) -> Ints:
    """See `corpus.sketch.overlaps`."""
    return np.fromiter((_common(sets, a, b) for a, b in zip(left, right, strict=True)), np.int64, len(left))


def _common(sets: Sets, one: int, other: int) -> int:
    return len(np.intersect1d(sets[one], sets[other], assume_unique=True))


def agreements(found: npt.NDArray[np.uint32], left: Ints, right: Ints) -> Ints:
    """See `corpus.sketch.agreements`."""
    some = range(0, len(left), _PAIRS)
    counts = [(found[left[at : at + _PAIRS]] == found[right[at : at + _PAIRS]]).sum(axis=1) for at in some]
    return np.concatenate([*counts, np.empty(0, np.int64)])


def settle(task: Task) -> Settled:
    """See `corpus.sketch.settle`."""
    rows = len(task.fixed)
    kept, similarity = np.arange(rows), np.zeros(rows)
    members: dict[int, list[int]] = defaultdict(list)
    pairs: list[tuple[int, int, float, int]] = []
    spend, cut = task.spend, 0
    for row in range(rows):
        buckets = task.buckets[task.begin(row) : task.bucket_ends[row]].tolist()
        best, highest, compared = -1, 0.0, 0
        seen: set[int] = set()
        for other in _better(members, buckets) if not task.fixed[row] else ():
            if compared == task.most:
                break
            removed = kept[other] != other
            if other in seen or (removed and spend <= 0):
                continue
            seen.add(other)
            spend -= int(removed)
            compared += int(not removed)
            share, both = _similarity(task, row, other)
            if share < task.floor:
                continue
            pairs.append((row, other, share, both))
            if not removed and (share > highest or (share == highest and other < best)):
                best, highest = other, share
        cut += int(compared >= task.most)
        if best >= 0 and highest >= task.threshold:
            kept[row], similarity[row] = best, highest
        if kept[row] == row or spend > 0:
            for bucket in buckets:
                members[bucket].append(row)
    left, right, shares, shared = (np.array([pair[at] for pair in pairs], kind) for at, kind in enumerate("qqdq"))
    return Settled(kept, similarity, left, right, shares, shared, spend, cut)


def _better(members: dict[int, list[int]], buckets: list[int]) -> Iterator[int]:
    """The better rows of each bucket in turn, the newest first."""
    for bucket in buckets:
        yield from reversed(members[bucket])


def _similarity(task: Task, row: int, better: int) -> tuple[float, int]:
    one, other = int(task.places[row]), int(task.places[better])
    sizes = sorted((len(task.whole[one]), len(task.whole[other])))
    if sizes[0] < task.floor * sizes[1]:
        return 0.0, 0
    least, both = _jaccard(task.whole, one, other), _common(task.whole, one, other)
    if least < task.floor:
        return least, both
    apart = task.apart[row] and task.apart[better]
    for text in (0, task.texts - 1) if apart else (task.texts - 1,):
        share = _jaccard(task.parts, task.texts * one + text, task.texts * other + text)
        if share < least and (apart or share < task.last):
            least = share
    return least, both


def _jaccard(sets: Sets, one: int, other: int) -> float:
    both = _common(sets, one, other)
    union = len(sets[one]) + len(sets[other]) - both
    return both / union if union else 1.0
