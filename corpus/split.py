"""Splits that cannot leak: whole groups, stratified by category, language and source jointly, and sticky.

A group (a file and what is joined to it, `corpus.curate.components`) goes to one side as a whole, so that all rows
and every stratum come near their quotas (`corpus.dealing`). Nothing depends on the order of rows. (Dealing within each
stratum in the order of a hash was measured beside it: benchmarks/splits.py, docs/splits.md.)

With `previous`, groups that an earlier corpus has placed stay where they are and only the others are dealt
out: a corpus that grows by a day changes by a day. Rows are recognised by id and by text, so a file that is
moved or copied keeps its side; one that is moved and rewritten is new. Where groups of two sides grow together
they go to the side that is tested, and the lineage names the groups and the rows that this moved.

By source, what is dealt is a source with all that shares a group with it. By time, what is older trains and what is
newer tests; a row on the wrong side of its own group's window is removed, and so is a row without a date.

Last, sides are compared (`corpus.curate.leaks`): a held-out row that stands by half in a row of train is removed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate.components import SHORTEST_SILENCE, in_order, is_silent, lone_places
from corpus.curate.duplicates import digests
from corpus.curate.leaks import Leaks, leaks
from corpus.curate.stage import Stage, removed_rows
from corpus.dealing import Features, deal
from corpus.entry import REMOVED_SCHEMA, SCHEMA, SPLITS
from corpus.errors import ConfigError
from corpus.store import concat, filtered, picked, with_columns
from corpus.timesplit import windows

__all__ = ["BY", "RATIOS", "VERSION", "assign_splits", "check_split", "splits_of", "strata_table"]

VERSION: Final = "split-4"
RATIOS: Final[Mapping[str, float]] = {"train": 0.8, "validation": 0.1, "test": 0.1}
BY: Final = ("group", "source", "time")
STRATUM: Final = ("category", "language", "source")

_NAMED: Final = 100  # strata, merges and moved rows that the lineage lists; the others are counted

Ints = npt.NDArray[np.int64]


def check_split(ratios: Mapping[str, float] | None, by: str) -> None:
    """Refuse what `assign_splits` would, before there are rows: a build may take hours until then.

    Raises:
        ConfigError: The ratios are no shares, or `by` is not one of the three.
    """
    shares = RATIOS if ratios is None else ratios
    if not _are_shares(shares):
        raise ConfigError("the ratios are no shares", expected=f"{', '.join(SPLITS)} that sum to 1", got=repr(shares))
    if by not in BY:
        raise ConfigError("a split is by something else", where="by", expected=" | ".join(BY), got=repr(by))


def assign_splits(
    table: pa.Table,
    *,
    ratios: Mapping[str, float] | None = None,
    by: str = "group",
    previous: pa.Table | None = None,
) -> Stage:
    """Give every row its split.

    Args:
        table: Rows with `SCHEMA`.
        ratios: Share of each of `SPLITS`; they sum to 1.
        by: What is kept whole: `group`; `source`, and groups with it; or `time`, so that no row of train is as new as
            one of validation or test, and groups with it.
        previous: An earlier corpus with splits; its rows' groups, found by id or text, keep their side.

    Raises:
        ConfigError: The ratios are no shares, or `by` is not one of the three, or no row has a date to split by.
    """
    check_split(ratios, by)
    shares = RATIOS if ratios is None else ratios
    shares = {side: float(shares[side]) for side in SPLITS}
    gone = REMOVED_SCHEMA.empty_table()
    rows_in = len(table)
    facts: dict[str, Any] = {}
    known: dict[str, str] = {}
    if by == "time":
        if previous is not None:
            raise ConfigError(
                "a split by time cannot keep an earlier one", where="previous", hint="time goes on, and rows with it"
            )
        table, splits, gone = windows(table, shares)
    else:
        known = _known_sides(table, previous)
        splits, facts = _dealt(table, shares, known, previous, by)
        table, splits, gone = _embargo(table, splits)
    table, splits, leaked, told = _without_leaks(table, splits, known)
    gone = concat([gone, leaked], REMOVED_SCHEMA)
    done = _by_split(with_columns(table, {"split": splits}))
    return Stage(
        "split",
        VERSION,
        {"ratios": shares, "by": by, "previous": previous is not None},
        rows_in,
        done,
        gone,
        {
            "groups": pc.count_distinct(table["group"]).as_py(),
            **facts,
            **told,
            "rows": dict(sorted(Counter(splits).items())),
            **_strata_facts(done, shares),
        },
    )


def _are_shares(shares: object) -> bool:
    if not isinstance(shares, Mapping) or set(shares) != set(SPLITS):
        return False
    in_range = all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares.values())  # false for NaN
    return in_range and abs(sum(shares.values()) - 1) <= 1e-9


def _by_split(table: pa.Table) -> pa.Table:
    """The rows of train, then of validation, then of test, each in the order in which they came, as on disk."""
    splits = table["split"].cast(pa.string())
    return concat([filtered(table, pc.equal(splits, name)) for name in SPLITS], SCHEMA)


def _dealt(
    table: pa.Table, shares: Mapping[str, float], known: Mapping[str, str], previous: pa.Table | None, by: str
) -> tuple[list[str], dict[str, Any]]:
    units = _units(table) if by == "source" else table["group"].to_pylist()
    sides = _earlier_sides(table, units, known)
    pinned = {unit: max(found, key=SPLITS.index) for unit, found in sides.items()}
    placed = deal(units, _features(table), shares, pinned)
    splits = [placed[unit] for unit in units]
    moved = _moved(table, splits, previous)
    merges = [
        {"group": unit, "sides": dict(sorted(found.items())), "side": pinned[unit]}
        for unit, found in sorted(sides.items())
        if len(found) > 1
    ]
    facts = {
        "groups_kept_in_place": len(pinned),
        "rows_moved": len(moved),
        "moved": moved[:_NAMED],
        "groups_merged_across_sides": len(merges),
        "merged": merges[:_NAMED],
    }
    if by == "source":
        facts["sources_dealt"] = len(set(units))
    return splits, facts


def _units(table: pa.Table) -> list[str]:
    """The source of each row, or the first of the sources that share groups with it."""
    sources, groups = table["source"].to_pylist(), table["group"].to_pylist()
    root: dict[str, str] = {source: source for source in sources}

    def find(source: str) -> str:
        while root[source] != source:
            root[source] = root[root[source]]
            source = root[source]
        return source

    first: dict[str, str] = {}
    for source, group in sorted(set(zip(sources, groups, strict=True))):
        one, other = find(first.setdefault(group, source)), find(source)
        root[max(one, other)] = min(one, other)
    return [find(source) for source in sources]


# What an earlier corpus says.


def _known_sides(table: pa.Table, previous: pa.Table | None) -> dict[str, str]:
    """The side on which each row already is, by its id: found by the id or by the text, since what moves has another.

    Of several sides it is the one that is tested most.
    """
    if previous is None:
        return {}
    sides: dict[str | bytes, str] = {}
    for row, text, side in zip(previous["id"].to_pylist(), digests(previous), _sides(previous), strict=True):
        if side is not None:
            sides.update({key: max(side, sides.get(key, side), key=SPLITS.index) for key in (row, text)})
    found = {}
    for row, text in zip(table["id"].to_pylist(), digests(table), strict=True):
        known = [sides[key] for key in (row, text) if key in sides]
        if known:
            found[row] = max(known, key=SPLITS.index)
    return found


def _earlier_sides(table: pa.Table, units: Sequence[str], known: Mapping[str, str]) -> dict[str, Counter[str]]:
    """The sides on which each unit's rows already are, with their number.

    A unit that was joined from two sides goes where it is tested, test before validation before train: what was used
    for testing is not trained on.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row, unit in zip(table["id"].to_pylist(), units, strict=True):
        if row in known:
            found[unit][known[row]] += 1
    return dict(found)


def _sides(previous: pa.Table) -> list[str | None]:
    sides: list[str | None] = previous["split"].to_pylist()
    return sides


def _moved(table: pa.Table, splits: list[str], previous: pa.Table | None) -> list[dict[str, str]]:
    """The rows of the earlier corpus that are on another side: their group grew together with a tested one."""
    if previous is None:
        return []
    now = dict(zip(table["id"].to_pylist(), splits, strict=True))
    before = zip(previous["id"].to_pylist(), _sides(previous), strict=True)
    return [
        {"id": row, "from": side, "to": now[row]}
        for row, side in sorted(before, key=lambda pair: pair[0])
        if side is not None and row in now and now[row] != side
    ]


# What quotas are kept of.


def _features(table: pa.Table) -> Features:
    codes = [_codes(_values(table, name)) for name in STRATUM]
    joint = _codes(list(zip(*(code.tolist() for code in codes), strict=True)))
    columns, begin = [np.zeros(len(table), np.int64)], 1
    for code in (*codes, joint):
        columns.append(code + begin)
        begin += int(code.max(initial=-1)) + 1
    of_row = np.stack(columns, axis=1)
    return Features(of_row, np.bincount(of_row.ravel(), minlength=begin).astype(np.int64))


def _values(table: pa.Table, name: str) -> list[str]:
    found: list[str] = table[name].cast(pa.string()).fill_null("unknown").to_pylist()
    return found


def _codes(values: Sequence[Any]) -> Ints:
    """Values as numbers in their own order, so that the order of rows decides nothing."""
    number = {value: index for index, value in enumerate(sorted(set(values)))}
    return np.array([number[value] for value in values], np.int64)


# A conversation or note that is alone, and stands on several sides.


def _embargo(table: pa.Table, splits: list[str]) -> tuple[pa.Table, list[str], pa.Table]:
    """Remove rows that stand next to a more tested one of the same lone conversation or note, without a silence.

    What goes is the row of train beside one of validation or test, and that of validation beside one of test: what
    somebody wrote next would otherwise be trained on and what they wrote before it be tested.
    """
    details: dict[int, str] = {}
    for place in sorted(lone_places(table), key=str):
        for (one, before), (other, after) in pairwise(in_order(table, place)):
            if splits[one] != splits[other] and not is_silent(before, after):
                gone, tested = sorted((one, other), key=lambda row: SPLITS.index(splits[row]))
                hours = SHORTEST_SILENCE.total_seconds() / 3600
                details[gone] = f"less than {hours:g} hours from a row of {splits[tested]} in the same text"
    if not details:
        return table, splits, REMOVED_SCHEMA.empty_table()
    rows = sorted(details)
    stay = np.ones(len(table), bool)
    stay[rows] = False
    removed = removed_rows(table.take(rows), "split", ["embargo"] * len(rows), [details[row] for row in rows])
    return filtered(table, pa.array(stay)), [side for side, kept in zip(splits, stay, strict=True) if kept], removed


# What stands on two sides all the same.


def _without_leaks(
    table: pa.Table, splits: list[str], known: Mapping[str, str]
) -> tuple[pa.Table, list[str], pa.Table, dict[str, Any]]:
    """Remove held-out rows that stand by half in a row of train.

    The held-out row goes, since of a family of copies fewer are held out than trained on. But where an earlier corpus
    was tested with it, and the row of train is new, that one goes: what is tested must not shrink as a corpus grows.
    """
    held = np.array([side != SPLITS[0] for side in splits], np.bool_)
    old = np.array([row in known for row in table["id"].to_pylist()], np.bool_)
    stay = np.ones(len(table), np.bool_)
    found = []
    for tested, trained, kept in ((old, old, False), (old, ~old, True), (~old, np.True_, False)):
        rows = (np.flatnonzero(stay & held & tested), np.flatnonzero(stay & ~held & trained))
        found.append(leaks(table, *rows, kept=kept))
        stay[found[-1].rows] = False
    gone = Leaks.joined(found)
    rows = gone.rows.tolist()
    told = {"rows_held_out": int(held.sum()), "leaks": dict(sorted(Counter(splits[row] for row in rows).items()))}
    if not rows:
        return table, splits, REMOVED_SCHEMA.empty_table(), told
    removed = removed_rows(
        concat(picked(table, gone.rows), SCHEMA),
        "split",
        ["leak"] * len(rows),
        [
            f"{share:.0%} of it stands in a row of train" if tested else f"{share:.0%} of a held-out row stands in it"
            for tested, share in zip(held[gone.rows].tolist(), gone.shares.tolist(), strict=True)
        ],
        table["id"].take(pa.array(gone.others)).to_pylist(),
        gone.shares.tolist(),
    )
    return filtered(table, pa.array(stay)), [splits[row] for row in np.flatnonzero(stay).tolist()], removed, told


# What was wanted and what came.


def strata_table(table: pa.Table, shares: Mapping[str, float] = RATIOS) -> pa.Table:
    """Each stratum of a split table, the largest first: its groups and rows, and for each side wanted and got.

    Args:
        table: Rows with `SCHEMA` and splits.
        shares: The ratios that it was split with.

    Returns:
        One row a stratum: `category`, `language`, `source`, `groups`, `rows`, and for each of `SPLITS` `train_wanted`
        (rows, a float) and `train` (rows).
    """
    columns = [_values(table, name) for name in (*STRATUM, "group", "split")]
    rows: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for *stratum, group, side in zip(*columns, strict=True):
        rows[tuple(stratum)][side] += 1
        groups[tuple(stratum)].add(group)
    order = sorted(rows, key=lambda stratum: (-rows[stratum].total(), stratum))
    found: dict[str, Any] = {name: [stratum[i] for stratum in order] for i, name in enumerate(STRATUM)}
    found["groups"] = [len(groups[stratum]) for stratum in order]
    found["rows"] = [rows[stratum].total() for stratum in order]
    for side in SPLITS:
        found[f"{side}_wanted"] = [round(shares[side] * rows[stratum].total(), 1) for stratum in order]
        found[side] = [rows[stratum][side] for stratum in order]
    return pa.table(found, schema=_STRATA)


def splits_of(table: pa.Table, lineage: Sequence[Mapping[str, Any]]) -> pa.Table:
    """`strata_table` by the ratios of the last split in a lineage; no rows where there was none."""
    configs = [record.get("config", {}) for record in lineage if record["stage"] == "split"]
    return strata_table(table, configs[-1]["ratios"]) if configs else _STRATA.empty_table()


_STRATA: Final = pa.schema(
    [
        *((name, pa.string()) for name in STRATUM),
        ("groups", pa.int64()),
        ("rows", pa.int64()),
        *(field for side in SPLITS for field in ((f"{side}_wanted", pa.float64()), (side, pa.int64()))),
    ]
)


def _strata_facts(table: pa.Table, shares: Mapping[str, float]) -> dict[str, Any]:
    """The largest strata with what was wanted and got, and those that cannot be on three sides."""
    found = strata_table(table, shares).to_pylist()
    small = [[row[name] for name in STRATUM] for row in found if row["groups"] < len(SPLITS)]
    return {
        "strata": [
            {
                **{name: row[name] for name in (*STRATUM, "groups", "rows")},
                "wanted": {side: row[f"{side}_wanted"] for side in SPLITS},
                "got": {side: row[side] for side in SPLITS},
            }
            for row in found[:_NAMED]
        ],
        "strata_in_all": len(found),
        "small_strata": small[:_NAMED],
        "small_strata_in_all": len(small),
    }
