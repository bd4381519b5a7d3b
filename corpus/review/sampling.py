"""Which rows are shown: a sample in which each category of each source has its share, drawn with a seed.

A stratum is a category of a source. Each gets its share of the sample by the largest remainder, and one row at the
least while there are places: in a plain random sample what is rare is not seen. A row says how many rows of the
corpus it stands for (`weight`), so that a share can be weighted back. Within a stratum rows are taken in the order
of a hash of seed and id: the same seed gives the same rows whatever their order is, and most of them again after a
rebuild.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

__all__ = ["Drawn", "draw", "order_for", "places_of"]

Stratum = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row of a sample.

    Attributes:
        id: The row's.
        category: Its category.
        source: Its source.
        index: Its place in the corpus, 0-based.
        weight: How many rows of the corpus it stands for.
    """

    id: str
    category: str
    source: str
    index: int
    weight: float


def draw(table: pa.Table, n: int, seed: int = 0) -> list[Drawn]:
    """A stratified sample of the rows of a corpus, in the order of the corpus.

    Args:
        table: With `corpus.entry.SCHEMA`.
        n: How many rows, at most.
        seed: Another seed gives other rows.
    """
    columns = [table[name].cast(pa.string()).to_pylist() for name in ("id", "category", "source")]
    strata: dict[Stratum, list[tuple[bytes, int, str]]] = defaultdict(list)
    for index, (id_, category, source) in enumerate(zip(*columns, strict=True)):
        strata[category, source].append((_rank(seed, id_), index, id_))
    given = places_of({stratum: len(rows) for stratum, rows in strata.items()}, n)
    drawn = [
        Drawn(id_, *stratum, index, len(strata[stratum]) / places)
        for stratum, places in given.items()
        for _, index, id_ in sorted(strata[stratum])[:places]
    ]
    return sorted(drawn, key=lambda one: one.index)


def order_for(drawn: Sequence[Drawn], seed: int, reviewer: str) -> list[Drawn]:
    """The rows in the order in which a reviewer sees them: everybody in another one, the same one every time."""
    return sorted(drawn, key=lambda one: (_rank(seed, f"{reviewer}\0{one.id}"), one.id))


def places_of(sizes: Mapping[Stratum, int], n: int) -> dict[Stratum, int]:
    """How many rows of each stratum are drawn, those without any left out.

    Args:
        sizes: Rows of each stratum.
        n: How many rows in all; fewer where the strata hold no more.
    """
    total = sum(sizes.values())
    n = max(0, min(n, total))
    names = sorted(sizes, key=lambda stratum: (-sizes[stratum], stratum))
    if n <= len(names):
        return dict.fromkeys(names[:n], 1)
    exact = {name: (n - len(names)) * (sizes[name] - 1) / max(1, total - len(names)) for name in names}
    given = {name: 1 + int(exact[name]) for name in names}  # one each, the rest by their share of the rest
    by_remainder = sorted(names, key=lambda name: (int(exact[name]) - exact[name], name))
    short = n - sum(given.values())
    open_ = [name for name in by_remainder if given[name] < sizes[name]]
    for name in open_[:short]:
        given[name] += 1
    return given


def _rank(seed: int, text: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{text}".encode(), digest_size=16).digest()
