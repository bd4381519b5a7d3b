"""Scores: seven signals in 0-1 and one `quality` computed from them by a rule that can be read.

The signals are described in `corpus.curate.signals`, what they see and what not in docs/quality.md. `quality` is their
product, each to the power of its weight in `WEIGHTS`:

    quality = relevance ** 0.48 * novelty ** 1.0 * ... * information ** 0.86

A product, because a row with one grave defect is a bad row, however good the rest: a mean would let six good signals
outvote the one that sees it. It rises with each signal. A signal that has no meaning for a row counts as 1, and none
counts for less than `FLOOR`. The weights were fitted on the packages of `corpus.curate.english.FITTED_ON`.

A signal is computed from the row and the rows of its own file, note or chat, and from nothing else: one more file in a
corpus changes no score of another.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus.curate import english
from corpus.curate.signals import Place
from corpus.curate.stage import Stage
from corpus.engines import current
from corpus.entry import REMOVED_SCHEMA, SCHEMA, SIGNALS
from corpus.store import BATCH_ROWS, Spool, batches, with_columns

__all__ = ["FLOOR", "VERSION", "WEIGHTS", "places", "quality", "score"]

VERSION: Final = "score-6"

WEIGHTS: Final[Mapping[str, float]] = {
    "relevance": 0.48,
    "novelty": 1.0,
    "completeness": 0.24,
    "well_formedness": 0.2,
    "consistency": 0.4,
    "readability": 0.31,
    "information": 0.86,
}
FLOOR: Final = 0.02
"""What a signal counts for at the least, so that one that is 0 does not hide the others."""

LARGEST: Final = 20_000  # rows of one file or chat that are judged together; a longer one is judged in pieces
_READ: Final = (
    "id", "category", "task", "history", "instruction", "input", "output", "path", "line_start", "symbol", "language",
    "signals",
)  # fmt: skip

Ints = npt.NDArray[np.int64]


def score(table: pa.Table) -> Stage:
    """Compute every row's signals and its `quality`. Removes nothing: a threshold is the filter's business."""
    values = np.full((len(table), len(SIGNALS)), np.nan)
    for rows, found in current().map(_judged, _parts(table)):
        values[rows] = found
    done, start = Spool(SCHEMA), 0
    for batch in batches(table):
        signals = [_named(row) for row in values[start : start + len(batch)].tolist()]
        done.add(with_columns(batch, {"signals": signals, "quality": [quality(row) for row in signals]}))
        start += len(batch)
    config = {"weights": dict(WEIGHTS), "floor": FLOOR, "english": english.VERSION}
    return Stage("score", VERSION, config, len(table), done.table(), REMOVED_SCHEMA.empty_table(), {})


def _judged(part: _Part) -> tuple[Ints, npt.NDArray[np.float64]]:
    """The rows of a part, and their signals, (rows, signals); NaN where one has no meaning."""
    values = np.full((len(part.rows), len(SIGNALS)), np.nan)
    for start, place in _places_in(part):
        for at in range(len(place)):
            found = place.signals(at)
            values[start + at] = [math.nan if found[name] is None else found[name] for name in SIGNALS]
    return part.rows, values


def quality(signals: Mapping[str, float | None]) -> float:
    """One number from the signals of a row: their weighted product, 0-1."""
    logs = (WEIGHTS[name] * math.log(max(FLOOR, value)) for name, value in signals.items() if value is not None)
    return round(math.exp(math.fsum(logs)), 6)


def places(table: pa.Table) -> Iterator[tuple[list[int], Place]]:
    """The rows of each file, note or chat of a table, by their numbers, and what they are judged in.

    Files that stand together in the table are read together, a batch at a time.
    """
    for part in _parts(table):
        for start, place in _places_in(part):
            yield part.rows[start : start + len(place)].tolist(), place


class _Part(NamedTuple):
    """Some places, whole.

    Attributes:
        rows: The numbers of their rows, place by place.
        read: What is read of these rows, in the same order.
        cuts: From where to where among them each place goes.
    """

    rows: Ints
    read: pa.Table
    cuts: list[tuple[int, int]]


def _parts(table: pa.Table) -> Iterator[_Part]:
    """The table by places, about a batch of rows at a time."""
    order, ends = _by_place(table)
    columns = table.select(_READ)
    start = 0
    for stop in _pieces(ends):
        rows = order[start:stop]
        straight = int(rows[-1]) - int(rows[0]) == len(rows) - 1 and bool((np.diff(rows) > 0).all())
        read = columns.slice(int(rows[0]), len(rows)) if straight else columns.take(pa.array(rows))
        yield _Part(rows, read, [(first - start, last - start) for first, last in _between(ends, start, stop)])
        start = stop


def _places_in(part: _Part) -> Iterator[tuple[int, Place]]:
    """Each place of a part, and where its rows begin."""
    plain = part.read.to_pylist()
    for first, last in part.cuts:
        yield first, Place(plain[first:last])


def _by_place(table: pa.Table) -> tuple[Ints, Ints]:
    """Row numbers in the order of places, and where each place ends among them."""
    if not len(table):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    numbers: dict[tuple[str, ...], int] = {}
    of = np.empty(len(table), np.int64)
    start = 0
    for batch in batches(table.select(["kind", "source", "path", "group"])):
        columns = [batch[name].cast(pa.string()).to_pylist() for name in ("kind", "source", "path", "group")]
        for at, (kind, source, path, group) in enumerate(zip(*columns, strict=True)):
            key = (kind, source, path) if path is not None else (kind, source, "", group)
            of[start + at] = numbers.setdefault(key, len(numbers))
        start += len(batch)
    order = np.argsort(of, kind="stable")
    return order, np.flatnonzero(np.diff(of[order], append=-1)) + 1


def _pieces(ends: Ints) -> Iterator[int]:
    """Where to stop reading, at the end of a place, so that about a batch of rows is held at once."""
    held = 0
    for at, end in enumerate(ends.tolist()):
        if end - held >= BATCH_ROWS or at == len(ends) - 1:
            yield end
            held = end


def _between(ends: Ints, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The places between two ends; a very long one in pieces."""
    low, high = np.searchsorted(ends, [start, stop], side="right")
    edges = [start, *ends[low:high].tolist()]
    for first, last in itertools.pairwise(edges):
        for at in range(first, last, LARGEST):
            yield at, min(last, at + LARGEST)


def _named(values: Sequence[float]) -> dict[str, Any]:
    return {name: None if math.isnan(value) else value for name, value in zip(SIGNALS, values, strict=True)}
