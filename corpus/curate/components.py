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
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate.candidates import components
from corpus.entry import entry_group
from corpus.sketch import Ints

__all__ = [
    "LARGEST",
    "SHORTEST_SILENCE",
    "Grouping",
    "Links",
    "connected",
    "in_order",
    "is_silent",
    "lone_places",
    "numbered",
    "steps_of",
    "time_blocks",
]

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
        cuts: What was too large, as JSON values: `group`, `rows`, `files`, and either `parts`, `largest_part` (its
            rows) and `similarity` (the highest that was needed) or, where it could not be cut, `parts` 1.
        blocks: Lone conversations and notes that were cut by time; see `time_blocks`.
    """

    names: pa.Array
    joined: int
    cuts: list[dict[str, Any]]
    blocks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """What the lineage says."""
        found = {"groups_joined": self.joined, "components_cut": len(self.cuts)}
        return {**found, "largest_cut": self.cuts[:_NAMED], "time_blocks": self.blocks}


def steps_of(together: float, apart: float) -> list[float]:
    """The similarities, ascending, that join and cut; which of them a pair reaches is all that matters of it.

    Args:
        together: The similarity from which rows belong together.
        apart: The similarity of the removal rule.
    """
    return [together, *(step for step in _STEPS if together < step < apart), *([apart] if apart > together else [])]


def numbered(table: pa.Table) -> tuple[pa.Array, Ints]:
    """The names of the groups of a table, ascending, and the number of each row's group among them."""
    groups = table["group"].combine_chunks()
    encoded = (groups if len(groups) else pa.array([], pa.string())).dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy().astype(np.int64)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return encoded.dictionary.take(pa.array(order)), rank[encoded.indices.to_numpy()]


def connected(table: pa.Table, links: Links, *, together: float, apart: float, largest: float = LARGEST) -> Grouping:
    """The groups of rows, joined by `links`, cut where they are too large.

    Args:
        table: Rows with `SCHEMA`, in the groups that they were born into.
        links: Pairs of rows that share `together` or more: all of them, or as many as connect the same rows at
            each of `steps_of`.
        together: The similarity from which rows belong together.
        apart: The similarity of the removal rule: what is as alike as that is never parted.
        largest: The share of the rows that a group may have, 0-1; two of the largest files always may be one.
    """
    names, of_row = numbered(table)
    sizes = np.bincount(of_row, minlength=len(names))
    limit = max(largest * len(table), 2 * int(sizes.max(initial=0)))
    same = _same_definition(table, of_row)
    left = np.concatenate([of_row[links.left], same[0]])
    right = np.concatenate([of_row[links.right], same[1]])
    share = np.concatenate([links.share, np.full(len(same[0]), 2.0)])  # one definition is never parted
    steps = steps_of(together, apart)
    whole = root = _components(len(names), left, right, share >= steps[0])
    depth = np.zeros(len(names), np.int64)  # of each group the step that it took
    for number, step in enumerate(steps[1:], 1):
        is_large = np.bincount(root, weights=sizes, minlength=len(names))[root] > limit
        if not is_large.any():
            break
        root = np.where(is_large, _components(len(names), left, right, share >= step), root)
        depth[is_large] = number
    cuts = _cuts(names, whole, root, depth, sizes, limit, steps)
    joined = int((root != np.arange(len(names))).sum())
    return Grouping(names.take(pa.array(root)).take(pa.array(of_row)), joined, cuts)


def _components(nodes: int, left: Ints, right: Ints, some: npt.NDArray[np.bool_]) -> Ints:
    return components(nodes, left[some], right[some])


def _cuts(
    names: pa.Array, whole: Ints, root: Ints, depth: Ints, sizes: Ints, limit: float, steps: Sequence[float]
) -> list[dict[str, Any]]:
    """What was too large: its rows, files and parts, and the similarity that it took to part it."""
    rows = np.bincount(whole, weights=sizes, minlength=len(names))
    members = np.flatnonzero(rows[whole] > limit)
    members = members[np.argsort(whole[members], kind="stable")]
    starts = np.flatnonzero(np.diff(whole[members], prepend=-1))
    cuts = []
    for files in np.split(members, starts[1:]) if len(members) else []:
        own = np.bincount(np.unique(root[files], return_inverse=True)[1], weights=sizes[files])
        cut = {"group": names[int(files[0])].as_py(), "rows": int(sizes[files].sum()), "files": len(files)}
        cut |= {"parts": len(own)}
        if len(own) > 1:
            cut |= {"largest_part": int(own.max()), "similarity": steps[int(depth[files].max())]}
        cuts.append(cut)
    return sorted(cuts, key=lambda cut: (-cut["rows"], cut["group"]))


def _same_definition(table: pa.Table, of_row: Ints) -> tuple[Ints, Ints]:
    """Pairs of born groups that hold tasks of one definition: a source of one's own may have told them apart."""
    named = pc.and_(pc.is_valid(table["path"]), pc.not_equal(pc.fill_null(table["symbol"].cast(pa.string()), ""), ""))
    rows = np.flatnonzero(named.to_numpy())
    definition = np.zeros(len(rows), np.int64)
    for name in ("kind", "source", "path", "symbol"):
        values = table[name].cast(pa.string()).filter(named).combine_chunks().dictionary_encode()
        codes = values.indices.to_numpy().astype(np.int64)
        definition = np.unique(definition * (len(values.dictionary) + 1) + codes, return_inverse=True)[1]
    first = np.full(len(rows), len(of_row), np.int64)
    np.minimum.at(first, definition, of_row[rows])
    one, other = first[definition], of_row[rows]
    return one[one != other], other[one != other]


def lone_places(table: pa.Table) -> set[tuple[str, str, str | None]]:
    """The only conversation or note of each kind that has one: (kind, source, path)."""
    columns = [table[name].cast(pa.string()) for name in ("kind", "source", "path")]
    some = pa.table(columns, names=["kind", "source", "path"]).filter(pc.is_in(columns[0], pa.array(_LONE)))
    distinct = some.group_by(some.column_names).aggregate([]).to_pylist()
    places = [(row["kind"], row["source"], row["path"]) for row in distinct]
    count = Counter(kind for kind, _, _ in places)
    return {place for place in places if count[place[0]] == 1}


def time_blocks(table: pa.Table) -> tuple[pa.ChunkedArray, list[dict[str, Any]]]:
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
    changed: dict[int, str] = {}
    records = []
    for place in sorted(lone_places(table), key=str):
        rows = in_order(table, place)
        numbers = [row for row, _ in rows]
        groups = table["group"].take(pa.array(numbers)).unique().to_pylist()
        if len(rows) < _FEWEST_ROWS or len(groups) > 1:
            continue
        starts, silence = _starts(rows)
        for begin, end in pairwise([*starts, len(rows)]):
            name = entry_group(place[0], groups[0], table["id"][numbers[begin]].as_py())
            changed |= dict.fromkeys(numbers[begin:end], name)
        hours = None if silence is None else silence.total_seconds() / 3600
        records.append(
            {"source": place[1], "path": place[2], "rows": len(rows), "blocks": len(starts), "silence_hours": hours}
        )
    if not changed:
        return table["group"], records
    mask = np.zeros(len(table), np.bool_)
    mask[list(changed)] = True
    names = pa.array([changed[row] for row in sorted(changed)], pa.string())
    born = table["group"].combine_chunks()
    return pa.chunked_array([pc.replace_with_mask(born, pa.array(mask), names)]), records


def in_order(table: pa.Table, place: tuple[str, str, str | None]) -> list[tuple[int, datetime | None]]:
    """The rows of one conversation or note in the order of date, line and id: number and date."""
    is_there = np.ones(len(table), np.bool_)
    for name, value in zip(("kind", "source", "path"), place, strict=True):
        column = table[name].cast(pa.string())
        same = pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, value), False)
        is_there &= same.to_numpy()
    rows = np.flatnonzero(is_there)
    some = table.select(("created_at", "line_start", "id")).take(pa.array(rows))
    values = zip(rows.tolist(), *(some[name].to_pylist() for name in some.column_names), strict=True)
    ordered = sorted(values, key=lambda row: (row[1].timestamp() if row[1] else 0.0, row[2] or 0, row[3]))
    return [(row, date) for row, date, *_ in ordered]


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
