"""Splits that cannot leak: whole groups, stratified by category, and sticky.

A group (a file and what is joined to it) goes to one side as a whole. Groups are dealt out one after another,
the largest first and equals in the order of a hash, each to the split that is furthest below its share of the
categories that the group holds, so that every split gets every category that there is enough of. Nothing
depends on the order of rows.

With `previous`, groups that an earlier corpus has placed stay where they are and only the others are dealt
out: a corpus that grows by a day changes by a day, and no row of yesterday's test set is trained on today.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

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
        previous: An earlier corpus with splits; its rows' groups, found by id, keep their side.

    Raises:
        ConfigError: The ratios are no shares.
    """
    shares = dict(ratios or RATIOS)
    in_range = all(0 <= share <= 1 for share in shares.values())  # false for NaN
    if set(shares) != set(SPLITS) or not in_range or abs(sum(shares.values()) - 1) > 1e-9:
        raise ConfigError("the ratios are no shares", expected=f"{', '.join(SPLITS)} that sum to 1", got=shares)
    groups = table["group"].to_pylist()
    composition = _composition(groups, table["category"].to_pylist())
    pinned = _pinned(table, previous)
    placed = _deal(composition, shares, pinned)
    splits = [placed[group] for group in groups]
    done = _by_split(with_columns(table, {"split": splits}))
    facts = {
        "groups": len(composition),
        "groups_kept_in_place": len(pinned),
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
    """The side on which each group already is. A group that was joined from two sides goes where it is tested.

    Test before validation before train: a row that was ever used for testing is never trained on.
    """
    if previous is None:
        return {}
    side = dict(zip(previous["id"].to_pylist(), previous["split"].to_pylist(), strict=True))
    pinned: dict[str, str] = {}
    for row, group in zip(table["id"].to_pylist(), table["group"].to_pylist(), strict=True):
        earlier = side.get(row)
        if earlier is not None:
            pinned[group] = max(earlier, pinned.get(group, earlier), key=SPLITS.index)
    return pinned


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
    for group in sorted(free, key=lambda name: (-composition[name].total(), _hash(name))):
        counts = composition[group]
        placed[group] = max(SPLITS, key=lambda split: _need(split, counts, held, totals, shares))
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
