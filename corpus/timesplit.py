"""Splits by time: what is older trains, what is newer tests, and nothing stands on both sides of a border.

Two dates part the rows at the wanted shares; rows of one date are never parted. A group lies in the window that
holds most of its rows, and its rows of other windows are removed: to train on them would be to know what is tested,
to leave them out is to lose them with a reason. Only a conversation is parted at a border, since who splits a
conversation by time wants its future tested; the rows next to the border are left out if no silence lies there. A
row without a date is removed, since it may be of any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Final

import pyarrow as pa

from corpus.curate.components import SHORTEST_SILENCE, is_silent
from corpus.curate.stage import removed_rows
from corpus.entry import REMOVED_SCHEMA, SPLITS, entry_group
from corpus.errors import ConfigError
from corpus.store import filtered, with_columns

__all__ = ["windows"]

_CONVERSATION: Final = "conversation"


def windows(table: pa.Table, shares: Mapping[str, float]) -> tuple[pa.Table, list[str], pa.Table]:
    """Split rows by their dates.

    Args:
        table: Rows with `SCHEMA`.
        shares: Share of each of `SPLITS`.

    Returns:
        The rows that stay, in the groups that they now have; the side of each; and the rows that were removed, for
        the reasons `no-date`, `time-border` and `embargo`.

    Raises:
        ConfigError: There are rows, and none has a date.
    """
    dates: list[datetime | None] = table["created_at"].to_pylist()
    known = [date for date in dates if date is not None]
    if dates and not known:
        raise ConfigError("no row has a date to split by", where="created_at", hint='split by="group" instead')
    opens = _borders(known, shares)
    window = [None if date is None else SPLITS[bisect_right(opens, date)] for date in dates]
    groups = _parted(table, window)
    side_of = _sides(groups, window)
    why: dict[int, tuple[str, str]] = {}
    for row, (date, own, group) in enumerate(zip(dates, window, groups, strict=True)):
        if date is None:
            why[row] = ("no-date", "it may be older or newer than the rows that test")
        elif own != side_of[group]:
            why[row] = ("time-border", f"of {date:%Y-%m-%d}, when rows are {own}, and its group is {side_of[group]}")
    why |= _embargo(table, window, why)
    return _removed(with_columns(table, {"group": groups}), window, why)


def _borders(dates: list[datetime], shares: Mapping[str, float]) -> list[datetime]:
    """The first date of validation and that of test, where the shares are reached most nearly."""
    count = sorted(Counter(dates).items())
    before = [0, *accumulate(number for _, number in count)]  # rows older than each date, and all rows
    opens = [date for date, _ in count]
    borders = []
    for wanted in accumulate(shares[side] * len(dates) for side in SPLITS[:-1]):
        at = min(range(len(before)), key=lambda index: (abs(before[index] - wanted), index))
        borders.append(opens[at] if at < len(opens) else datetime.max.replace(tzinfo=dates[0].tzinfo))
    return borders


def _parted(table: pa.Table, window: list[str | None]) -> list[str]:
    """The groups of rows, in which one conversation has a group for each window."""
    names: list[str] = table["group"].to_pylist()
    places: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for name, category, path in zip(names, table["category"].to_pylist(), table["path"].to_pylist(), strict=True):
        places[name].add((category, path))
    alone = {name for name, found in places.items() if len(found) == 1 and next(iter(found))[0] == _CONVERSATION}
    return [
        entry_group(_CONVERSATION, name, side) if name in alone and side not in (None, SPLITS[0]) else name
        for name, side in ((name, str(side) if side else None) for name, side in zip(names, window, strict=True))
    ]


def _sides(groups: list[str], window: list[str | None]) -> dict[str, str]:
    """The window that holds most rows of each group; of two with as many the later one, where it is tested."""
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for group, side in zip(groups, window, strict=True):
        if side is not None:
            count[group][side] += 1
    return {group: max(found, key=lambda side: (found[side], SPLITS.index(side))) for group, found in count.items()}


def _embargo(
    table: pa.Table, window: list[str | None], gone: Mapping[int, tuple[str, str]]
) -> dict[int, tuple[str, str]]:
    """The rows of a conversation before a border, where no silence lies between them and the first after it."""
    columns = ("source", "path", "created_at", "line_start", "id", "category")
    values = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
    chats: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for row, (source, path, *_, category) in enumerate(values):
        if category == _CONVERSATION and row not in gone:
            chats[source, path].append(row)
    found = {}
    for rows in chats.values():
        rows.sort(key=lambda row: (values[row][2], values[row][3] or 0, values[row][4]))
        for one, other in pairwise(rows):
            if window[one] != window[other] and not is_silent(values[one][2], values[other][2]):
                hours = SHORTEST_SILENCE.total_seconds() / 3600
                found[one] = ("embargo", f"less than {hours:g} hours before a row of {window[other]} in the same text")
    return found


def _removed(
    table: pa.Table, window: list[str | None], why: Mapping[int, tuple[str, str]]
) -> tuple[pa.Table, list[str], pa.Table]:
    sides = [side for row, side in enumerate(window) if row not in why and side is not None]
    if not why:
        return table, sides, REMOVED_SCHEMA.empty_table()
    rows = sorted(why)
    gone = removed_rows(table.take(rows), "split", [why[row][0] for row in rows], [why[row][1] for row in rows])
    return filtered(table, pa.array([row not in why for row in range(len(table))])), sides, gone
