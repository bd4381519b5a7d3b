"""Selection: the best rows that are not alike, after DEITA (Liu et al. 2024, arXiv:2312.15685, section 3.3).

Rows are gone through from the best to the worst, and one is taken unless it is too close to one that was taken. Close
is the cosine of hashed counts of words and pairs of words, weighted by rarity: no model is asked. Greedy facility
location was looked at and left: it needs the similarity of every two rows, which a hundred thousand rows do not fit
into memory. Here the vectors of the taken rows are all that is held, and the work is rows looked at times rows taken.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate import english
from corpus.curate.stage import Stage, removed_rows
from corpus.curate.words import words_of
from corpus.entry import REMOVED_SCHEMA, SCHEMA
from corpus.errors import ConfigError
from corpus.store import Spool, batches

__all__ = ["VERSION", "select"]

VERSION: Final = "select-1"

WIDTH: Final = 512  # of a vector: two texts without a word in common then have a cosine of 0 +- .04
_BLOCK: Final = 512  # rows compared at once
_SCALE: Final = 1000.0  # whole numbers, whose products add up to the same in any order, on any machine
_LOOKED: Final = 4000  # characters of each side that are looked at

Vectors = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def select(
    table: pa.Table, n: int, *, diversity: float = 0.5, by: pa.ChunkedArray | Sequence[float | None] | None = None
) -> Stage:
    """The best `n` rows of which no two are more alike than `1 - diversity`; the others go to `removed`.

    Args:
        table: Scored rows.
        n: How many rows; where there are not so many that are unlike, there are fewer.
        diversity: 0-1: 0 takes the best whatever they say, 0.1 leaves out what is nearly the same, 0.5 what says much
            the same.
        by: A number for each row, higher for better ones, to go by instead of `quality`; a row without one is not
            selected.

    Raises:
        ConfigError: `n`, `diversity` or `by` makes no sense, or a row has no quality.
    """
    _check(n, diversity)
    quality = _ranked_by(table, by)
    ids = np.asarray(table["id"].to_pylist(), object)
    order = np.lexsort((ids.astype(str), -quality)) if len(table) else np.empty(0, np.int64)
    order = order[: len(order) - int(np.isnan(quality).sum())]  # those without a number are last
    taken, near, likeness = _greedy(table, order, n, 1.0 - diversity)
    chosen = np.zeros(len(table), bool)
    chosen[taken] = True
    kept, removed, start = Spool(SCHEMA), Spool(REMOVED_SCHEMA), 0
    for batch in batches(table):
        mask = chosen[start : start + len(batch)]
        kept.add(batch.filter(pa.array(mask)))
        rest = (np.flatnonzero(~mask) + start).tolist()
        alike = [int(near[row]) >= 0 for row in rest]
        removed.add(
            removed_rows(
                batch.filter(pa.array(~mask)),
                "select",
                ["alike" if same else "not-selected" for same in alike],
                [
                    f"a cosine of {likeness[row]:.2f} to a better row" if same else _standing(quality[row], by is None)
                    for row, same in zip(rest, alike, strict=True)
                ],
                [ids[near[row]] if same else None for row, same in zip(rest, alike, strict=True)],
                [float(likeness[row]) if same else None for row, same in zip(rest, alike, strict=True)],
            )
        )
        start += len(batch)
    done = kept.table()
    config = {"n": n, "diversity": diversity, **({} if by is None else {"by": _fingerprint(quality)})}
    return Stage("select", VERSION, config, len(table), done, removed.table(), {"lost": _lost(table, done)})


def _check(n: int, diversity: float) -> None:
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ConfigError("so many rows cannot be selected", where="n", expected="a whole number from 1", got=repr(n))
    number = isinstance(diversity, int | float) and not isinstance(diversity, bool)
    if not number or not 0 <= diversity <= 1:
        raise ConfigError(
            "this is no diversity", where="diversity", expected="a number in 0-1", got=repr(diversity)[:80]
        )


def _ranked_by(table: pa.Table, by: pa.ChunkedArray | Sequence[float | None] | None) -> npt.NDArray[np.float64]:
    """What each row is ranked by; NaN where it has no number."""
    if by is not None:
        values = by if isinstance(by, pa.Array | pa.ChunkedArray) else pa.array(by, pa.float64())
        if len(values) != len(table):
            raise ConfigError(
                "the numbers to select by are not those of the rows", where="by", expected=f"{len(table)} numbers",
                got=len(values),
            )  # fmt: skip
        return np.asarray([math.nan if value is None else value for value in values.to_pylist()], np.float64)
    if table["quality"].null_count:
        raise ConfigError(
            "rows without a quality cannot be compared",
            expected="a quality in each row",
            got=f"{table['quality'].null_count} rows without",
            hint="score() comes first",
        )
    return np.asarray(table["quality"].to_pylist(), np.float64)


def _standing(value: float, is_quality: bool) -> str:
    """The number that was not enough for a row."""
    if math.isnan(value):
        return "no number to select by"
    return f"quality {value:.3f}" if is_quality else f"{value:.3f} in what was selected by"


def _fingerprint(values: npt.NDArray[np.float64]) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()[:16]


def _greedy(table: pa.Table, order: Ints, n: int, most: float) -> tuple[list[int], Ints, npt.NDArray[np.float64]]:
    """The rows that are taken, and for each that is too close to one of them, to which and how close."""
    near, likeness = np.full(len(table), -1, np.int64), np.zeros(len(table))
    taken: list[int] = []
    held: Vectors = np.empty((min(n, len(table)), WIDTH), np.float32)
    for rows, vectors in _blocks(table, order):
        before = len(taken)
        outside = vectors @ held[:before].T / _SCALE**2
        inside = vectors @ vectors.T / _SCALE**2
        mine: list[int] = []  # places in this block that were taken
        for at, row in enumerate(rows.tolist()):
            close = [(float(outside[at].max()), taken[int(outside[at].argmax())])] if before else []
            if mine:
                best = max(mine, key=lambda other: (inside[at, other], -other))
                close.append((float(inside[at, best]), int(rows[best])))
            value, which = max(close, default=(-1.0, -1), key=lambda item: item[0])
            if most < 1.0 and value > most:
                near[row], likeness[row] = which, min(1.0, value)
                continue
            held[len(taken)] = vectors[at]
            taken.append(row)
            mine.append(at)
            if len(taken) == n:
                return taken, near, likeness
    return taken, near, likeness


def _blocks(table: pa.Table, order: Ints) -> Iterator[tuple[Ints, Vectors]]:
    texts = table.select(["instruction", "input", "output"])
    for start in range(0, len(order), _BLOCK):
        rows = order[start : start + _BLOCK]
        yield rows, np.stack([_vector(row) for row in texts.take(pa.array(rows)).to_pylist()])


def _vector(row: dict[str, Any]) -> Vectors:
    """Hashed, signed counts of the words of a row and of pairs of them, of length `_SCALE`."""
    vector = np.zeros(WIDTH, np.float32)
    for text in (row["input"] or row["instruction"], row["output"]):
        words = words_of(text[:_LOOKED])
        counts = Counter(words)
        counts.update(f"{one} {other}" for one, other in itertools.pairwise(words))
        for term, times in counts.items():
            hashed = zlib.crc32(term.encode("utf-8", "surrogatepass"))
            weight = (1 + math.log(times)) * english.rarity(term.partition(" ")[0])
            vector[hashed % WIDTH] += weight if hashed & (1 << 31) else -weight
    length = math.sqrt(math.fsum((vector.astype(np.float64) ** 2).tolist()))
    return np.rint(vector / length * _SCALE).astype(np.float32) if length else vector


def _lost(before: pa.Table, after: pa.Table) -> dict[str, list[str]]:
    """The sources and languages of which no row is left."""
    lost = {}
    for name in ("source", "language"):
        values = [set(pc.unique(table[name].cast(pa.string())).to_pylist()) - {None} for table in (before, after)]
        lost[name] = sorted(values[0] - values[1])
    return lost
