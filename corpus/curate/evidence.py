"""What each candidate is like, exactly, and what follows: LSH proposes, evidence disposes.

Rows are visited from the best to the worst and compared with rows that are *kept*, so each removed row is a direct
neighbour of the row that stays: chains of neighbours, which make union-find throw away rows that are like nothing
left, cannot arise. Candidates fall into components that share no bucket, so they are settled some components at a
time: only their shingles are in memory.

Every pair from `MARGIN` below the threshold is written down. Pairs with rows that had gone already decide nothing,
but another threshold may need them: they are looked at too, up to a number that grows with the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus import sketch
from corpus.curate.candidates import SLOTS, Signed, buckets_of, each, permutations
from corpus.curate.shingles import COLUMNS, TEXTS, compared, shingles_of
from corpus.engines import current
from corpus.sketch import Ints, Sets, Settled, Task, joined
from corpus.store import picked

__all__ = ["MARGIN", "Decision", "Evidence", "decide", "gather", "twins_of"]

MARGIN: Final = 0.1
_ANSWERS: Final = 0.5  # what says less than half the same is no duplicate, however much code it is said of
_HELD: Final = 8_000_000  # shingles of candidates at once: 64 MB, three times
_MOST: Final = 4096  # kept candidates of a row: beyond, a family of texts alike would cost its square
_SPEND: Final = (8, 1_000_000)  # comparisons with removed rows: so many a row, and in all


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a decision at any threshold from `floor` on needs.

    Attributes:
        order: Rows from the best to the worst.
        fixed: How many of them, from the front, stay whatever they are like.
        twins: Of each row the best one with the same tokens.
        left: Of each pair of at least `floor` the worse row.
        right: The better one.
        similarity: Exact; of question and answer, if one of them is less alike than the whole.
        containment: The share of the smaller row's shingles that the other one has.
        estimate: Share of slots in which the signatures agree.
        floor: Least similarity of a pair.
        complete: Whether all pairs of candidates were looked at, those with removed rows too.
        cut: Rows with more candidates than were looked at.
    """

    order: Ints
    fixed: int
    twins: Ints
    left: Ints
    right: Ints
    similarity: npt.NDArray[np.float64]
    containment: npt.NDArray[np.float64]
    estimate: npt.NDArray[np.float64]
    floor: float
    complete: bool
    cut: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Which row each one is a duplicate of: itself where it stays, and how alike they are."""

    kept: Ints
    similarity: npt.NDArray[np.float64]


def gather(table: pa.Table, signed: Signed, order: Ints, fixed: int, words: int, threshold: float) -> Evidence:
    """Compare all candidates.

    Args:
        table: Rows with `SCHEMA`.
        signed: Of its rows.
        order: Its rows from the best to the worst.
        fixed: How many of them, from the front, stay.
        words: Words in a shingle.
        threshold: Similarity from which a row goes.
    """
    twins = twins_of(signed.digests, order)
    active = order[(twins[order] == order) & (signed.sizes[order] > 0)]  # from the best to the worst
    fixed_rows = np.zeros(len(table), np.uint8)
    fixed_rows[order[:fixed]] = 1
    floor = round(max(threshold - MARGIN, 0.0), 9)  # .7 and not a little more
    account = _Account(_SPEND[0] * len(table) + _SPEND[1])
    portions = _portions(table.select(COLUMNS), signed, active, fixed_rows)
    pairs = [_no_pairs()]
    parts = ((portion, account.left) for portion in portions)
    for found in current().map(partial(_settled, words, threshold, floor), parts):
        pairs.append(found.pairs)
        account.left -= found.spent
        account.cut += found.cut
    left, right, similarity, containment, estimate, settled = (
        np.concatenate(values) for values in zip(*pairs, strict=True)
    )
    complete = account.left > 0 and not account.cut
    chosen = np.lexsort((right, left))
    if not complete:  # which pairs with removed rows were looked at depends on the order of work
        chosen = chosen[settled[chosen]]
    return Evidence(
        order, fixed, twins, left[chosen], right[chosen], similarity[chosen], containment[chosen], estimate[chosen],
        floor, complete, account.cut,
    )  # fmt: skip


def _no_pairs() -> tuple[npt.NDArray[Any], ...]:
    return tuple(np.empty(0, kind) for kind in (np.int64, np.int64, np.float64, np.float64, np.float64, np.bool_))


def twins_of(digests: npt.NDArray[np.uint64], order: Ints) -> Ints:
    """Of each row the best one with the same digest, by the order from the best row to the worst."""
    by_digest = order[np.argsort(digests[order], kind="stable")]
    first = np.ones(len(order), np.bool_)
    first[1:] = digests[by_digest[1:]] != digests[by_digest[:-1]]
    twins = np.empty(len(order), np.int64)
    twins[by_digest] = by_digest[first][np.cumsum(first) - 1] if len(order) else by_digest
    return twins


class _Texts:
    """Rows of a table by their ascending numbers, batch by batch, read when they are asked for."""

    def __init__(self, table: pa.Table, rows: Ints) -> None:
        self._table, self._rows = table, rows

    def __iter__(self) -> Iterator[pa.Table]:
        return picked(self._table, self._rows)

    def __reduce__(self) -> tuple[type[list[pa.Table]], tuple[list[pa.Table]]]:
        return list, (list(self),)  # elsewhere the table is not at hand


@dataclass(frozen=True, slots=True)
class _Portion:
    """Rows of some components, which share no bucket with any other row.

    Attributes:
        rows: From the best to the worst.
        places: Of each its place among the same rows in ascending order.
        texts: Those rows in ascending order, as tables.
        fixed: Which of them stay, in the order of `rows`.
        bucket_ends: Where the buckets of each end.
        buckets: Of all of them.
    """

    rows: Ints
    places: Ints
    texts: Iterable[pa.Table]
    fixed: npt.NDArray[np.uint8]
    bucket_ends: Ints
    buckets: npt.NDArray[np.int32]


@dataclass(slots=True)
class _Account:
    """Comparisons with removed rows that are left, and rows that had too many candidates."""

    left: int
    cut: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """What became of a portion: its pairs, comparisons with removed rows, rows with too many candidates."""

    pairs: tuple[npt.NDArray[Any], ...]
    spent: int
    cut: int


def _portions(table: pa.Table, signed: Signed, active: Ints, fixed: npt.NDArray[np.uint8]) -> Iterator[_Portion]:
    """The rows that have candidates, in portions."""
    found = buckets_of(signed.keys[:, active])
    if not len(found.rows):
        return
    met, counts = np.unique(found.rows, return_counts=True)
    begins = np.cumsum(counts) - counts
    by_component = np.argsort(found.components[met], kind="stable")
    labels = found.components[met[by_component]]
    held = np.cumsum(signed.sizes[active[met[by_component]]])
    portion = (held - 1) // (_HELD // current().finer)
    portion = portion[np.searchsorted(labels, labels)]  # a component stays together
    for number in np.unique(portion):
        chosen = np.sort(by_component[portion == number])
        size = counts[chosen]
        entries = np.repeat(begins[chosen] - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))
        buckets = np.unique(found.numbers[entries], return_inverse=True)[1].astype(np.int32)
        rows = active[met[chosen]]
        ascending = np.sort(rows)
        places = np.searchsorted(ascending, rows)
        yield _Portion(rows, places, _Texts(table, ascending), fixed[rows], np.cumsum(size), buckets)


def _settled(words: int, threshold: float, floor: float, part: tuple[_Portion, int]) -> _Found:
    """Compare the candidates of a portion, and spend at most so many comparisons with removed rows.

    Portions that are worked on at the same time may spend the same ones. If they spend more in all than there were,
    pairs with removed rows are left out of the evidence, so it does not matter which of them were looked at.
    """
    portion, spend = part
    sets = _sets(portion.texts, words)
    done = sketch.settle(
        Task(
            portion.places, sets.whole, sets.parts, TEXTS, sets.apart[portion.places], portion.fixed,
            portion.bucket_ends, portion.buckets, threshold, floor, _ANSWERS, _MOST, spend,
        )
    )  # fmt: skip
    return _Found(_measured(sets, portion.rows, portion.places, done), spend - done.spend, done.cut)


@dataclass(frozen=True, slots=True)
class _Sets:
    """Rows as they are compared: sets, sets of their texts, whether those count, and signatures."""

    whole: Sets
    parts: Sets
    apart: npt.NDArray[np.uint8]
    signatures: npt.NDArray[np.uint32]


def _sets(parts: Iterable[pa.Table], words: int) -> _Sets:
    made = list(each(parts, partial(_sets_of, words)))
    return _Sets(
        joined([one.whole for one in made]),
        joined([one.parts for one in made]),
        np.concatenate([one.apart for one in made]),
        np.concatenate([one.signatures for one in made]),
    )


def _sets_of(words: int, batch: pa.Table) -> _Sets:
    what = compared(batch)
    found = shingles_of(what, words)
    ends = found.ends[TEXTS - 1 :: TEXTS]
    signatures = sketch.signatures(found.hashes, ends, *permutations())
    whole = sketch.distinct(found.hashes, ends)
    if (np.diff(found.ends, prepend=0).reshape(-1, TEXTS)[:, :-1] == 0).all():  # answers are all there is
        parts = Sets(whole.hashes, np.stack([whole.ends - whole.sizes] * (TEXTS - 1) + [whole.ends], 1).reshape(-1))
    else:
        parts = sketch.distinct(found.hashes, found.ends)
    return _Sets(whole, parts, what.own, signatures)


def _measured(sets: _Sets, rows: Ints, places: Ints, done: Settled) -> tuple[npt.NDArray[Any], ...]:
    """Pairs with their similarity, containment, estimate, and whether the better row stays."""
    sizes, left, right = sets.whole.sizes, places[done.left], places[done.right]
    smaller = np.minimum(sizes[left], sizes[right])
    estimate = sketch.agreements(sets.signatures, left, right) / SLOTS
    stays = done.kept[done.right] == done.right
    return rows[done.left], rows[done.right], done.shares, done.shared / np.maximum(smaller, 1), estimate, stays


def decide(evidence: Evidence, threshold: float) -> Decision:
    """Which rows stay: from the best to the worst, each against those that stayed before it.

    Args:
        evidence: With `floor` of at most the threshold.
        threshold: Similarity from which a row goes.
    """
    rows = len(evidence.order)
    rank = np.empty(rows, np.int64)
    rank[evidence.order] = np.arange(rows)
    kept, similarity = np.arange(rows), np.zeros(rows)
    near = evidence.similarity >= threshold
    left, right, share = evidence.left[near], evidence.right[near], evidence.similarity[near]
    by_rank = np.lexsort((rank[right], -share, rank[left]))  # a row's most similar one first; of equals, the best
    for one, other, value in zip(left[by_rank].tolist(), right[by_rank].tolist(), share[by_rank].tolist(), strict=True):
        if kept[one] == one and kept[other] == other:
            kept[one], similarity[one] = other, value
    twin = evidence.twins
    similarity = np.where(twin == np.arange(rows), similarity, np.where(kept[twin] == twin, 1.0, similarity[twin]))
    kept = kept[twin]
    stays = evidence.order[: evidence.fixed]
    kept[stays], similarity[stays] = stays, 0.0
    return Decision(kept, similarity)
