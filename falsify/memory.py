"""Is there a passage that a model would learn by heart: fifty words that stand in ten definitions or more.

Carlini et al. (2023, Quantifying memorization) found that what a model can recite grows with how often it saw it.
Licence headers, generated tables and boilerplate are such passages. A definition is counted once, whatever its rows:
its code stands in several by design.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from falsify.hypothesis import Hypothesis, Measurement, not_applicable, share
from falsify.plants import whole
from falsify.subject import Subject
from falsify.texts import Ints, Words

__all__ = ["HYPOTHESES"]

_LENGTH: Final = 50  # words
_TIMES: Final = 10  # definitions
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_BASE: Final = 0xD1342543DE82EF95  # odd, so that it has an inverse modulo 2^64
_CHUNK: Final = 1_000_000  # words at once: 0.1 GB


def _definitions(subject: Subject) -> Ints:
    """Of each place the row that says most; a row that names no place is one by itself."""
    names = ("source", "path", "symbol", "line_start")
    number: dict[object, int] = {}
    columns = zip(subject.ids, *(subject.column(name) for name in names), strict=True)
    place = np.array(
        [
            number.setdefault((source, path, symbol, line) if path is not None else row, len(number))
            for row, source, path, symbol, line in columns
        ],
        np.int64,
    )
    sizes = np.diff(subject.body_words.starts)
    order = np.lexsort((-sizes, place))
    _, first = np.unique(place[order], return_index=True)
    return np.sort(order[first])


def _passages(ids: Ints, starts: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
    """A hash of each sequence of 50 words of each text, and the text that it stands in.

    The sum of the words' hashes, each times a power of the base (Karp and Rabin 1987), modulo 2^64: of all sequences at
    once, as differences of one running sum.
    """
    mixed = _mixed(ids.astype(np.uint64) + np.uint64(1))
    count = max(0, len(ids) - _LENGTH + 1)
    total = np.zeros(len(ids) + 1, np.uint64)
    np.cumsum(mixed * _powers(_BASE, len(ids)), out=total[1:])
    rolled = _mixed((total[_LENGTH:] - total[:count]) * _powers(pow(_BASE, -1, 1 << 64), count))
    row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    inside = row[:count] == row[len(row) - count :] if count else np.zeros(0, bool)
    return rolled[inside], row[:count][inside]


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = values * _FACTOR
    values ^= values >> np.uint64(29)
    values *= _FACTOR
    values ^= values >> np.uint64(31)
    return values


def _powers(base: int, count: int) -> npt.NDArray[np.uint64]:
    """The powers of a number from the power of 0 on, modulo 2^64."""
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)


def _repeated(subject: Subject) -> Measurement:
    chosen = _definitions(subject)
    held = subject.body_words.some(chosen)
    long = np.flatnonzero(np.diff(held.starts) >= _LENGTH)
    if not len(long):
        return not_applicable(f"no definition has {_LENGTH} words")
    bits = np.uint64(min(24, max(12, len(held.ids).bit_length())))
    seen = np.zeros(1 << int(bits), np.uint32)
    for values, rows in _chunks(held):
        # Once a definition: a passage that is repeated within one is another matter.
        distinct = np.unique((_bucket(values, bits) << np.uint64(32)) | rows.astype(np.uint64))
        bucket, count = np.unique(distinct >> np.uint64(32), return_counts=True)
        seen[bucket] += count.astype(np.uint32)
    often = seen >= _TIMES
    kept = [
        (values[often[_bucket(values, bits)]], rows[often[_bucket(values, bits)]]) for values, rows in _chunks(held)
    ]
    found = _in_many(np.concatenate([one for one, _ in kept]), np.concatenate([one for _, one in kept]))
    return share(chosen[found], len(chosen), f"hold {_LENGTH} words that stand in {_TIMES} definitions", tolerated=True)


def _bucket(values: npt.NDArray[np.uint64], bits: np.uint64) -> npt.NDArray[np.uint64]:
    """The upper bits of a hash: what is counted first, to see which passages may be frequent at all."""
    return np.asarray(values >> (np.uint64(64) - bits))


def _chunks(held: Words) -> Iterator[tuple[npt.NDArray[np.uint64], Ints]]:
    """The passages of all texts, some texts at a time."""
    first = 0
    while first < held.rows:
        last = int(np.searchsorted(held.starts, held.starts[first] + _CHUNK, side="right")) - 1
        last = min(held.rows, max(first + 1, last))
        begin, end = int(held.starts[first]), int(held.starts[last])
        values, rows = _passages(held.ids[begin:end], held.starts[first : last + 1] - begin)
        yield values, rows + first
        first = last


def _in_many(values: npt.NDArray[np.uint64], rows: Ints) -> Ints:
    """The rows with a value that ten rows have or more."""
    if not len(values):
        return np.empty(0, np.int64)
    order = np.lexsort((rows, values))
    values, rows = values[order], rows[order]
    new = np.r_[True, (values[1:] != values[:-1]) | (rows[1:] != rows[:-1])]
    values, rows = values[new], rows[new]
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.unique(rows[count[inverse] >= _TIMES])


def _licensed(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The same sixty words at the head of a fifth of the definitions, ten or more."""
    vocabulary = [word for word in subject.body_words.vocabulary if word.isalpha()]
    if len(vocabulary) < 60:
        return None
    said = " ".join(vocabulary[i] for i in rng.choice(len(vocabulary), 60, replace=False))
    files = sorted(set(subject.texts("symbol")))
    chosen = {
        files[i] for i in rng.choice(len(files), min(len(files), max(2 * _TIMES, len(files) // 5)), replace=False)
    }
    hosts = [symbol in chosen for symbol in subject.texts("symbol")]
    texts = zip(subject.texts("output"), hosts, strict=True)
    return subject.with_column("output", [f"{said}\n{text}" if host else text for text, host in texts])


HYPOTHESES: Final = (
    Hypothesis(
        id="D8",
        family="distribution",
        claim="No more than 1 % of the definitions hold a passage of 50 words that stands in ten of them",
        statistic="lower bound (95 %) of the share of definitions with such a passage",
        threshold=0.01,
        test=_repeated,
        plants=(whole("a header of 60 words at a fifth of the definitions", _licensed),),
        points=1,
        grave=0.10,
        rate=None,
        min_sensitivity=0.8,
    ),
)
