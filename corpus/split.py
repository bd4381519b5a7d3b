"""Splits that cannot leak: whole groups, stratified by category, and sticky.

A group (a file and what is joined to it) goes to one side as a whole. Groups are dealt out one after another,
the largest first and equals in the order of a hash, each to the split that is furthest below its share of the
categories that the group holds, so that every split gets every category that there is enough of. Nothing
depends on the order of rows.

With `previous`, groups that an earlier corpus has placed stay where they are and only the others are dealt
out: a corpus that grows by a day changes by a day. Rows are recognised by id and by text, so a file that is
moved or copied keeps its side; one that is moved and rewritten is new. Where groups of two sides grow together
they go to the side that is tested, and the lineage counts the rows that this moved.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate.duplicates import digests
from corpus.curate.stage import Stage
from corpus.entry import REMOVED_SCHEMA, SCHEMA, SPLITS
from corpus.errors import ConfigError
from corpus.store import concat, filtered, with_columns

__all__ = ["RATIOS", "VERSION", "assign_splits"]

VERSION: Final = "split-1"
RATIOS: Final[Mapping[str, float]] = {"train": 0.8, "validation": 0.1, "test": 0.1}


def assign_splits(
    table: pa.Table, *, ratios: Mapping[str, float] | None = None, previous: pa.Table | None = None
) -> Stage:
    """Give every row its split.

    Args:
        table: Rows with `SCHEMA`.
        ratios: Share of each of `SPLITS`; they sum to 1.
        previous: An earlier corpus with splits; its rows' groups, found by id or text, keep their side.

    Raises:
        ConfigError: The ratios are no shares.
    """
    shares = RATIOS if ratios is None else ratios
    if not _are_shares(shares):
        raise ConfigError("the ratios are no shares", expected=f"{', '.join(SPLITS)} that sum to 1", got=repr(shares))
    shares = dict(shares)
    groups = table["group"].to_pylist()
    composition = _composition(groups, table["category"].to_pylist())
    pinned = _pinned(table, previous)
    placed = _deal(composition, shares, pinned)
    splits = [placed[group] for group in groups]
    done = _by_split(with_columns(table, {"split": splits}))
    facts = {
        "groups": len(composition),
        "groups_kept_in_place": len(pinned),
        "rows_moved": _moved(table, splits, previous),
        "rows": dict(sorted(Counter(splits).items())),
    }
    return Stage(
        "split",
        VERSION,
        {"ratios": shares, "previous": previous is not None},
        len(table),
        done,
        REMOVED_SCHEMA.empty_table(),
        facts,
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


def _composition(groups: list[str], categories: list[str]) -> dict[str, Counter[str]]:
    composition: dict[str, Counter[str]] = defaultdict(Counter)
    for group, category in zip(groups, categories, strict=True):
        composition[group][category] += 1
    return composition


def _pinned(table: pa.Table, previous: pa.Table | None) -> dict[str, str]:
    """The side on which each group already is, found by the id or by the text of its rows.

    By the text too, since a file that is moved or copied has other ids. A group that was joined from two sides
    goes where it is tested, test before validation before train: what was used for testing is not trained on.
    """
    if previous is None:
        return {}
    sides: dict[str | bytes, str] = {}
    for row, text, side in zip(previous["id"].to_pylist(), digests(previous), _sides(previous), strict=True):
        if side is not None:
            sides.update({key: max(side, sides.get(key, side), key=SPLITS.index) for key in (row, text)})
    pinned: dict[str, str] = {}
    for row, text, group in zip(table["id"].to_pylist(), digests(table), table["group"].to_pylist(), strict=True):
        for earlier in (sides[key] for key in (row, text) if key in sides):
            pinned[group] = max(earlier, pinned.get(group, earlier), key=SPLITS.index)
    return pinned


def _sides(previous: pa.Table) -> list[str | None]:
    sides: list[str | None] = previous["split"].to_pylist()
    return sides


def _moved(table: pa.Table, splits: list[str], previous: pa.Table | None) -> int:
    """How many rows of the earlier corpus are on another side: their group grew together with a tested one."""
    if previous is None:
        return 0
    now = dict(zip(table["id"].to_pylist(), splits, strict=True))
    before = zip(previous["id"].to_pylist(), _sides(previous), strict=True)
    return sum(side is not None and now.get(row, side) != side for row, side in before)


def _deal(
    composition: Mapping[str, Counter[str]], shares: Mapping[str, float], pinned: Mapping[str, str]
) -> dict[str, str]:
    totals: Counter[str] = Counter()
    for counts in composition.values():
        totals.update(counts)
    held: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    placed = dict(pinned)
    for group, split in pinned.items():
        held[split].update(composition[group])
    free = [group for group in composition if group not in placed]
    free.sort(key=lambda name: (-composition[name].total(), _hash(name)))
    for left, group in zip(range(len(free), 0, -1), free, strict=True):
        counts = composition[group]
        empty = [split for split in SPLITS if shares[split] and not held[split]]
        sides = empty if left <= len(empty) else SPLITS  # the last, smallest groups, or a side would get none
        placed[group] = max(sides, key=lambda split: _need(split, counts, held, totals, shares))
        held[placed[group]].update(counts)
    return placed


def _need(
    split: str,
    counts: Mapping[str, int],
    held: Mapping[str, Counter[str]],
    totals: Mapping[str, int],
    shares: Mapping[str, float],
) -> float:
    """How far below its share of the group's categories a split would still be, as a part of that share.

    The mean over categories, each counted alike: a rare one weighs as much as a common one.
    """
    if not shares[split]:
        return float("-inf")
    fill = [(held[split][name] + count) / (shares[split] * totals[name]) for name, count in counts.items()]
    return -math.fsum(fill) / len(fill)  # exact, so that the order of rows decides no tie


def _hash(group: str) -> bytes:
    return hashlib.blake2b(group.encode(), digest_size=8).digest()
