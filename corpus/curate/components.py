"""Which rows no split may separate, and what is done where that would be half of a corpus.

Rows are born into the group of their file, note or conversation (docs/design.md). Groups become one where rows of
both share text (`corpus.curate.groups`) or are tasks of one definition. At the loose similarity that keeps copies
together, chains of neighbours now and then tie a large part of a corpus into one component, which then has no test
set. A component that is larger than its share is therefore cut: the similarity that joins is raised step by step
inside of it, up to that of the removal rule, and each part is cut only as far as it must be, so that what is parted
is always what shares least. Files are never cut. Each cut is named in the lineage, and so is what stays too large.

Cutting everything at the removal rule's similarity at once was tried and parts more than it must: docs/log.md.

Who has only one conversation or one note has no groups at all; `time_blocks` makes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus.entry import entry_group

__all__ = [
    "LARGEST",
    "SHORTEST_SILENCE",
    "Grouping",
    "Links",
    "connected",
    "in_order",
    "is_silent",
    "lone_places",
    "time_blocks",
]

Ints = npt.NDArray[np.int64]

LARGEST: Final = 0.02  # of a corpus' rows; a fifth of the test set
SHORTEST_SILENCE: Final = timedelta(hours=6)

_STEPS: Final = (0.4, 0.5, 0.6, 0.7)  # containments between joining and removing
_NAMED: Final = 20  # cuts that the lineage describes; the others are counted
_SILENCES: Final = (*(timedelta(days=n) for n in (30, 14, 7, 3, 1)), timedelta(hours=12), SHORTEST_SILENCE)
_BLOCKS: Final = 10  # so that one of them is a tenth
_LARGEST_BLOCK: Final = 0.3  # of the rows that are cut
_FEWEST_ROWS: Final = 30  # three a block
_LONE: Final = ("obsidian", "signal", "matrix")


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of rows that belong together.

    Attributes:
        left: Row number of one.
        right: Row number of the other.
        share: How much of the smaller one the larger one holds, 0-1.
    """

    left: Ints
    right: Ints
    share: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups of a table's rows.

    Attributes:
        names: The group of each row.
        joined: How many groups became part of another.
        cuts: What was too large, as JSON values: `group`, `rows`, `files`, and either `parts` and `similarity` (the
            highest that was needed) or, where it could not be cut, `parts` 1.
        blocks: Lone conversations and notes that were cut by time; see `time_blocks`.
    """

    names: list[str]
    joined: int
    cuts: list[dict[str, Any]]
    blocks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """What the lineage says."""
        found = {"groups_joined": self.joined, "components_cut": len(self.cuts)}
        return {**found, "largest_cut": self.cuts[:_NAMED], "time_blocks": self.blocks}


def connected(table: pa.Table, links: Links, *, together: float, apart: float, largest: float = LARGEST) -> Grouping:
    """The groups of rows, joined by `links`, cut where they are too large.

    Args:
        table: Rows with `SCHEMA`, in the groups that they were born into.
        links: Pairs of rows that share `together` or more.
        together: The similarity from which rows belong together.
        apart: The similarity of the removal rule: what is as alike as that is never parted.
        largest: The share of the rows that a group may have, 0-1; two of the largest files always may be one.
    """
    born = table["group"].to_pylist()
    order = sorted(set(born))
    number = {name: index for index, name in enumerate(order)}
    of_row = np.array([number[name] for name in born], np.int64)
    sizes = np.bincount(of_row, minlength=len(order))
    edges = _edges(of_row, links, _same_definition(table, of_row))
    limit = max(largest * len(born), 2 * int(sizes.max(initial=0)))
    steps = [together, *(step for step in _STEPS if together < step < apart), *([apart] if apart > together else [])]
    roots = np.arange(len(order))
    cuts = []
    for members in _components(np.arange(len(order)), edges, steps[0]):
        parts = list(_cut(members, edges, sizes, limit, steps))
        for part, _ in parts:
            roots[part] = part.min()
        rows = int(sizes[members].sum())
        if rows > limit:
            similarity = {"similarity": max(step for _, step in parts)} if len(parts) > 1 else {}
            name = order[members.min()]
            cuts.append({"group": name, "rows": rows, "files": len(members), "parts": len(parts), **similarity})
    cuts.sort(key=lambda cut: (-cut["rows"], cut["group"]))
    names = [order[root] for root in roots]
    return Grouping([names[index] for index in of_row], int((roots != np.arange(len(order))).sum()), cuts)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Pairs of born groups, each with the highest similarity of its rows; every pair once in each direction."""

    start: Ints
    other: Ints
    share: npt.NDArray[np.float64]

    def of(self, node: int) -> slice:
        return slice(int(self.start[node]), int(self.start[node + 1]))


def _edges(of_row: Ints, links: Links, same: tuple[Ints, Ints]) -> _Edges:
    one = np.concatenate([of_row[links.left], same[0]])
    other = np.concatenate([of_row[links.right], same[1]])
    share = np.concatenate([links.share, np.full(len(same[0]), 2.0)])  # one definition is never parted
    differ = one != other
    one, other, share = one[differ], other[differ], share[differ]
    one, other, share = np.r_[one, other], np.r_[other, one], np.r_[share, share]
    order = np.lexsort((-share, other, one))
    one, other, share = one[order], other[order], share[order]
    first = np.r_[True, (one[1:] != one[:-1]) | (other[1:] != other[:-1])] if len(one) else np.empty(0, bool)
    one, other, share = one[first], other[first], share[first]
    nodes = int(of_row.max(initial=-1)) + 1
    return _Edges(np.searchsorted(one, np.arange(nodes + 1)).astype(np.int64), other, share)


def _same_definition(table: pa.Table, of_row: Ints) -> tuple[Ints, Ints]:
    """Pairs of born groups that hold tasks of one definition: a source of one's own may have told them apart."""
    columns = (table[name].to_pylist() for name in ("kind", "source", "path", "symbol"))
    first: dict[tuple[Any, ...], int] = {}
    pairs = {
        (first.setdefault(key, int(group)), int(group))
        for *key_, group in zip(*columns, of_row.tolist(), strict=True)
        if (key := tuple(key_))[2] is not None and key[3]
    }
    found = np.array(sorted(pair for pair in pairs if pair[0] != pair[1]), np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _components(nodes: Ints, edges: _Edges, least: float) -> Iterator[Ints]:
    """The connected components of some nodes by edges of at least a similarity, in order of their first node."""
    free = set(nodes.tolist())
    for node in nodes.tolist():
        if node not in free:
            continue
        free.discard(node)
        found, waiting = [node], [node]
        while waiting:
            near = edges.of(waiting.pop())
            for other in edges.other[near][edges.share[near] >= least].tolist():
                if other in free:
                    free.discard(other)
                    found.append(other)
                    waiting.append(other)
        yield np.array(sorted(found), np.int64)


def _cut(
    members: Ints, edges: _Edges, sizes: Ints, limit: float, steps: Sequence[float]
) -> Iterator[tuple[Ints, float]]:
    """The parts of a component, each with the similarity that it took to part it."""
    if len(steps) == 1 or sizes[members].sum() <= limit:
        yield members, steps[0]
        return
    for part in _components(members, edges, steps[1]):
        yield from _cut(part, edges, sizes, limit, steps[1:])


def lone_places(table: pa.Table) -> set[tuple[str, str, str | None]]:
    """The only conversation or note of each kind that has one: (kind, source, path)."""
    places = set(zip(*(table[name].to_pylist() for name in ("kind", "source", "path")), strict=True))
    count = Counter(kind for kind, _, _ in places)
    return {place for place in places if place[0] in _LONE and count[place[0]] == 1}


def time_blocks(table: pa.Table) -> tuple[list[str], list[dict[str, Any]]]:
    """The group that each row is born into, where the only conversation or note of its kind is cut by time.

    Cut is at silences: the longest of `_SILENCES` that gives ten blocks or more, none above .3 of the rows. A
    conversation that never falls silent, and a note, whose rows have one date, are cut into ten runs of equal
    length in their order; `corpus.split` then leaves out the rows between two sides.

    Args:
        table: Rows with `SCHEMA`.

    Returns:
        The groups, and a record of each conversation or note that was cut: `source`, `path`, `rows`, `blocks` and
        `silence_hours`, which is null for runs.
    """
    names: list[str] = table["group"].to_pylist()
    records = []
    for place in sorted(lone_places(table), key=str):
        rows = in_order(table, place)
        groups = {names[row] for row, _ in rows}
        if len(rows) < _FEWEST_ROWS or len(groups) > 1:
            continue
        starts, silence = _starts(rows)
        ids, group = table["id"], groups.pop()
        for begin, end in pairwise([*starts, len(rows)]):
            name = entry_group(place[0], group, ids[rows[begin][0]].as_py())
            for row, _ in rows[begin:end]:
                names[row] = name
        hours = None if silence is None else silence.total_seconds() / 3600
        records.append(
            {"source": place[1], "path": place[2], "rows": len(rows), "blocks": len(starts), "silence_hours": hours}
        )
    return names, records


def in_order(table: pa.Table, place: tuple[str, str, str | None]) -> list[tuple[int, datetime | None]]:
    """The rows of one conversation or note in the order of date, line and id: number and date."""
    columns = ("kind", "source", "path", "created_at", "line_start", "id")
    values = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
    rows = [row for row, value in enumerate(values) if value[:3] == place]
    key = [(value[3].timestamp() if value[3] else 0.0, value[4] or 0, value[5]) for value in values]
    return [(row, values[row][3]) for row in sorted(rows, key=key.__getitem__)]


def _starts(rows: Sequence[tuple[int, datetime | None]]) -> tuple[list[int], timedelta | None]:
    """Where blocks begin, and the silence between them; None where they are runs of equal length."""
    for silence in _SILENCES:
        starts = [0, *(at + 1 for at, (one, two) in enumerate(pairwise(rows)) if is_silent(one[1], two[1], silence))]
        longest = max(end - begin for begin, end in pairwise([*starts, len(rows)]))
        if len(starts) >= _BLOCKS and longest <= _LARGEST_BLOCK * len(rows):
            return starts, silence
    return [len(rows) * block // _BLOCKS for block in range(_BLOCKS)], None


def is_silent(one: datetime | None, two: datetime | None, silence: timedelta = SHORTEST_SILENCE) -> bool:
    """Whether two dates are that far apart; unknown ones are not."""
    return one is not None and two is not None and two - one >= silence
