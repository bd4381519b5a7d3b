"""Several rows in one of fixed length, and none can see another.

A packed row has no attention mask; its `position_ids` begin anew with each part, from which the attention of
`transformers` (sdpa, eager, flash) keeps the parts apart. That holds only without a cache (`use_cache=False`: with the
default the parts see one another and nothing says so), so `training.loop.leak` measures it before training begins.

Best-fit decreasing leaves less empty than wrapping does and cuts nothing (Ding et al. 2024, "Fewer Truncations Improve
Language Modeling").
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np

from training.masking import IGNORED, Ints

__all__ = ["fits", "packed_fault", "positions"]


def fits(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Which rows go together: each into the fullest bin that still holds it, the longest first.

    Args:
        lengths: Of each row; none above `capacity`.
        capacity: Tokens of a packed row.

    Returns:
        Row numbers of each bin. Every row is in one of them; the same lengths give the same bins.
    """
    bins: list[list[int]] = []
    by_room: dict[int, list[int]] = {}
    rooms: list[int] = []  # sorted, at most `capacity` of them
    for row in sorted(range(len(lengths)), key=lambda row: (-lengths[row], row)):
        length = lengths[row]
        at = bisect_left(rooms, length)
        if at == len(rooms):
            bins.append([row])
            _put(by_room, rooms, capacity - length, len(bins) - 1)
            continue
        room = rooms[at]
        chosen = by_room[room].pop()
        if not by_room[room]:
            del by_room[room], rooms[at]
        bins[chosen].append(row)
        _put(by_room, rooms, room - length, chosen)
    return bins


def _put(by_room: dict[int, list[int]], rooms: list[int], room: int, chosen: int) -> None:
    if room not in by_room:
        by_room[room] = []
        insort(rooms, room)
    by_room[room].append(chosen)


def positions(lengths: Sequence[int]) -> Ints:
    """Position ids of parts that follow one another: 0, 1, … in each."""
    return np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])


def packed_fault(ids: Ints, labels: Ints, places: Ints, stop_id: int, parts: int) -> str | None:
    """What is wrong with a packed row, or None. Looked at in what is written, apart from how it was made.

    Args:
        ids: Tokens.
        labels: Labels.
        places: Position ids.
        stop_id: The token that ends each part's loss.
        parts: How many rows it holds.
    """
    if not len(ids) == len(labels) == len(places):
        return "tokens, labels and positions differ in number"
    starts = np.flatnonzero(places == 0)
    if len(starts) != parts or starts[:1].tolist() != [0]:
        return f"positions begin anew {len(starts)} times for {parts} rows"
    ends = np.append(starts[1:], len(ids))
    if not np.array_equal(places, positions((ends - starts).tolist())):
        return "positions do not count up inside a row"
    if np.any(labels[starts] != IGNORED):
        return "the first token of a row carries loss, so the row before it would predict it"
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        kept = np.flatnonzero(labels[start:end] != IGNORED)
        if not len(kept):
            return "a row has no token that carries loss"
        if labels[start + kept[-1]] != stop_id:
            return "a row's last token with loss is not the stop token"
    return None
