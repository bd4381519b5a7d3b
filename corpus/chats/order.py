"""The messages of one chat from several exports, in one order.

Two orders are merged at the messages that both have, and between those by time, each keeping its own order; so a clock
that was wrong, summer time or equal times put nothing out of order. A message is the same by its event id, or by author
and time of sending; one whose time was read from a wall, by second of the quarter of an hour, side and text, since
zones differ by quarters. Of two versions the later revision is used and the other is an earlier text of it; one that
was deleted anywhere is deleted, its earlier texts and reactions with it. Of reactions the later export knows which
there are: one that it does not have was taken back. Linear in the number of messages, times the logarithm of the number
of exports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from corpus.chats.model import EDIT, MESSAGE, REACTION, REASONS, REDACTION

__all__ = [
    "ME",
    "ZONES",
    "Earlier",
    "Given",
    "Ident",
    "Rows",
    "applied",
    "merged",
    "merged_by_wall",
    "once",
    "quotes",
    "wall_mark",
]

ME: Final = 0
"""The number of the owner among everybody."""

ZONES: Final = 14 * 3600 * 1000
"""Milliseconds that a wall may be away from UTC."""

_CODE: Final = {reason: number for number, reason in enumerate(REASONS)}
_USED: Final = _CODE[""]
_DELETED: Final = _CODE["deleted"]
_VANISHED: Final = frozenset(_CODE[reason] for reason in ("deleted", "disappearing", "view-once", "story"))
"""What was not meant to stay: it is gone whatever another export has of it."""
_ZONE_STEP: Final = 900

Ident = Any
"""What identifies a message: an event id, or author and milliseconds."""

Earlier = list[tuple[int, str]]
"""Milliseconds and text of what a message said before it was edited, the oldest first."""

Given = list[tuple[int, str, int]]
"""Reactions to a message: who, emoji, milliseconds or 0."""


@dataclass(slots=True)
class Rows:
    """The messages of one chat, in order, in one list for each column."""

    author: list[int]
    sent: list[int]
    kind: list[int]
    reason: list[int]
    revision: list[int]
    body: list[str]
    ident: list[Ident] | None
    target: list[Ident] | None
    edits: list[Earlier | None] | None = None
    reactions: list[Given | None] | None = None
    duplicates: int = 0

    def __len__(self) -> int:
        return len(self.author)


def wall_mark(sent: int, mine: bool, body: str) -> tuple[int, bool, str]:
    """What is the same of a message in two exports that may differ in their zone of time."""
    return sent // 1000 % _ZONE_STEP, mine, " ".join(body.replace("`", "").split())


def once(rows: Rows) -> Rows:
    """Events that stand twice in one file (overlapping responses) once."""
    if rows.ident is None or len(set(rows.ident)) == len(rows):
        return rows
    first: dict[Ident, int] = {}
    keep: list[int] = []
    for at, ident in enumerate(rows.ident):
        if first.setdefault(ident, at) == at:
            keep.append(at)
        else:
            _update(rows, first[ident], rows, at)
    done = _taken(rows, keep)
    done.duplicates = rows.duplicates + len(rows) - len(keep)
    return done


def _taken(rows: Rows, keep: Sequence[int]) -> Rows:
    """Some of the messages, in this order."""
    return Rows(
        [rows.author[at] for at in keep],
        [rows.sent[at] for at in keep],
        [rows.kind[at] for at in keep],
        [rows.reason[at] for at in keep],
        [rows.revision[at] for at in keep],
        [rows.body[at] for at in keep],
        None if rows.ident is None else [rows.ident[at] for at in keep],
        None if rows.target is None else [rows.target[at] for at in keep],
        None if rows.edits is None else [rows.edits[at] for at in keep],
        None if rows.reactions is None else [rows.reactions[at] for at in keep],
    )


def merged(parts: list[Rows]) -> Rows | None:
    """All parts as one, two by two."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = parts[-1:] if len(parts) % 2 else []
        parts = [_merge(one, other, _matches(one, other)) for one, other in pairs] + odd
    return parts[0] if parts else None


def _idents(rows: Rows) -> list[Ident]:
    return rows.ident if rows.ident is not None else list(zip(rows.author, rows.sent, strict=True))


def _matches(one: Rows, other: Rows) -> list[int]:
    """For each message of the other where the same stands in the one, or -1; of equal ones the first is the first."""
    places: dict[Ident, list[int]] = defaultdict(list)
    for at, ident in enumerate(_idents(one)):
        places[ident].append(at)
    for found in places.values():
        found.reverse()
    return [places[ident].pop() if places.get(ident) else -1 for ident in _idents(other)]


def _wall_matches(one: Rows, other: Rows) -> list[int]:
    """The same for an export that has the time on a wall: by second of the quarter, side and text."""
    places: dict[Any, list[int]] = defaultdict(list)
    for at in range(len(one) - 1, -1, -1):
        places[wall_mark(one.sent[at], one.author[at] == ME, one.body[at])].append(at)
    matches = []
    for sent, author, body in zip(other.sent, other.author, other.body, strict=True):
        found = places.get(wall_mark(sent, author == ME, body), [])
        while found and one.sent[found[-1]] < sent - ZONES:
            found.pop()
        matches.append(found.pop() if found and one.sent[found[-1]] <= sent + ZONES else -1)
    return matches


def merged_by_wall(one: Rows, other: Rows) -> Rows:
    """The same, times on the wall set right by those of the messages that both have: each by the last one before it.

    Other tools export what was deleted or disappears as if it were not: such a message is known by its time.
    """
    matches = _wall_matches(one, other)
    vanished: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for at, reason in enumerate(one.reason):
        if reason in _VANISHED:
            vanished[one.sent[at] // 1000, one.author[at] == ME].append(at)
    shift = next((_shift(one, match, other, at) for at, match in enumerate(matches) if match >= 0), 0)
    for at, match in enumerate(matches):
        if match >= 0:
            shift = _shift(one, match, other, at)
        other.sent[at] += shift
        if match < 0 and vanished:
            matches[at] = _vanished(vanished, other.sent[at] // 1000, other.author[at] == ME)
    return _merge(one, other, matches)


def _shift(one: Rows, match: int, other: Rows, at: int) -> int:
    return (one.sent[match] // 1000 - other.sent[at] // 1000) * 1000


def _vanished(places: dict[tuple[int, bool], list[int]], second: int, mine: bool) -> int:
    """Which message without a text any more this is: that of the same second and side, or of an hour off (summer)."""
    for off in (0, 3600, -3600):
        if found := places.get((second + off, mine)):
            return found.pop(0)
    return -1


def _merge(one: Rows, other: Rows, matches: Sequence[int]) -> Rows:
    """Two orders as one: at what both have they meet, between that the earlier head goes first."""
    both = Rows([], [], [], [], [], [], _idents(one) + _idents(other), None)
    for name in ("author", "sent", "kind", "reason", "revision", "body"):
        setattr(both, name, getattr(one, name) + getattr(other, name))
    if one.target is not None or other.target is not None:
        both.target = (one.target or [None] * len(one)) + (other.target or [None] * len(other))
    if one.edits is not None or other.edits is not None:
        both.edits = (one.edits or [None] * len(one)) + (other.edits or [None] * len(other))
    if one.reactions is not None or other.reactions is not None:
        both.reactions = (one.reactions or [None] * len(one)) + (other.reactions or [None] * len(other))
    order: list[int] = []
    here = last = 0
    waiting: list[int] = []
    for at, match in enumerate(matches):
        if match < 0:
            waiting.append(len(one) + at)
            continue
        _update(both, match, both, len(one) + at)
        if match >= last:
            order += _by_time(both.sent, range(here, match), waiting)
            order.append(match)
            here = last = match + 1
            waiting = []
    order += _by_time(both.sent, range(here, len(one)), waiting)
    done = _taken(both, order)
    done.duplicates = one.duplicates + other.duplicates + sum(match >= 0 for match in matches)
    return done


def _by_time(sent: Sequence[int], one: Sequence[int], other: Sequence[int]) -> list[int]:
    if not one or not other:
        return [*one, *other]
    order, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        if sent[one[i]] <= sent[other[j]]:
            order.append(one[i])
            i += 1
        else:
            order.append(other[j])
            j += 1
    return [*order, *one[i:], *other[j:]]


def _update(rows: Rows, at: int, other: Rows, its: int) -> None:
    """Of two versions of a message the one that counts: gone, else the later revision, else the one with a text."""
    mine, its_reason = rows.reason[at], other.reason[its]
    if its_reason in _VANISHED and mine != _DELETED:
        _delete(rows, at, its_reason)
    if rows.reason[at] in _VANISHED:
        return
    history = _history(rows, at, other, its)
    later = other.revision[its] > rows.revision[at] and its_reason == _USED
    if later or (mine != _USED and its_reason == _USED):
        rows.reason[at], rows.body[at] = its_reason, other.body[its]
        rows.revision[at] = other.revision[its]
        if rows.target is not None and other.target is not None:
            rows.target[at] = rows.target[at] or other.target[its]
        if mine != _USED and other.reactions is not None and other.reactions[its]:
            rows.reactions = rows.reactions or [None] * len(rows)
            rows.reactions[at] = other.reactions[its]
    if history:
        now = rows.revision[at] or rows.sent[at]
        versions = [(when, text) for when, text in history if when < now]
        after = [text for _, text in [*versions[1:], (now, rows.body[at])]]
        rows.edits = rows.edits or [None] * len(rows)
        rows.edits[at] = [one for one, text in zip(versions, after, strict=False) if one[1] != text] or None


def _delete(rows: Rows, at: int, reason: int = _DELETED) -> None:
    """Take everything from a message that was deleted, or was not meant to stay."""
    rows.reason[at], rows.body[at] = reason, ""
    for column in (rows.edits, rows.reactions):
        if column is not None:
            column[at] = None


def _history(rows: Rows, at: int, other: Rows, its: int) -> Earlier:
    """All texts that two versions of a message know it to have had; none where both are the same version."""
    found: dict[int, str] = {}
    for side, place in ((other, its), (rows, at)):
        earlier = side.edits[place] if side.edits is not None else None
        found.update(earlier or ())
    if other.revision[its] != rows.revision[at]:
        for side, place in ((other, its), (rows, at)):
            if side.reason[place] == _USED:
                found[side.revision[place] or side.sent[place]] = side.body[place]
    return sorted(found.items())


def applied(rows: Rows) -> None:
    """Redactions, edits and reactions: done where they are valid, and then no messages of their own."""
    if rows.ident is None or rows.target is None or not any(rows.kind):
        return
    place = {ident: at for at, ident in enumerate(rows.ident)}
    for at, kind in enumerate(rows.kind):
        target = place.get(rows.target[at], -1) if kind == REDACTION else -1
        if target >= 0 and rows.kind[target] == REACTION:
            rows.body[target] = ""
        elif target >= 0 and rows.kind[target] != REDACTION:
            _delete(rows, target)
    _edit(rows, rows.ident, rows.target, place)
    _react(rows, rows.target, place)


def _edit(rows: Rows, idents: Sequence[Ident], targets: Sequence[Ident], place: dict[Ident, int]) -> None:
    """Give messages the text of their latest valid edit, and remember the others."""
    edits: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for at, kind in enumerate(rows.kind):
        target = place.get(targets[at], -1) if kind == EDIT else -1
        if (
            target < 0
            or rows.reason[at] != _USED
            or rows.kind[target] != MESSAGE
            or rows.author[target] != rows.author[at]
        ):
            continue
        edits[target].append((rows.sent[at], str(idents[at]), at))
    if edits and rows.edits is None:
        rows.edits = [None] * len(rows)
    for target, found in edits.items():
        if rows.reason[target] != _USED or rows.edits is None:
            continue
        found.sort()
        known = dict(rows.edits[target] or ())
        if not rows.revision[target]:  # else it is not the first text that stands there
            known[rows.sent[target]] = rows.body[target]
        known.update((sent, rows.body[at]) for sent, _, at in found)
        if found[-1][0] >= rows.revision[target]:  # else the server knew a later one
            rows.revision[target] = found[-1][0]
            rows.body[target] = rows.body[found[-1][2]]
        rows.edits[target] = sorted((when, text) for when, text in known.items() if when < rows.revision[target])
    for at, kind in enumerate(rows.kind):
        if kind == EDIT:
            rows.reason[at], rows.body[at] = _CODE["edit"], ""


def _react(rows: Rows, targets: Sequence[Ident], place: dict[Ident, int]) -> None:
    """Give messages their reactions, each person's of each kind once, as the specification has it."""
    given: dict[int, dict[tuple[int, str], int]] = defaultdict(dict)
    for at, kind in enumerate(rows.kind):
        target = place.get(targets[at], -1) if kind == REACTION and rows.body[at] else -1
        if target >= 0 and rows.kind[target] == MESSAGE and rows.reason[target] == _USED:
            given[target].setdefault((rows.author[at], rows.body[at]), rows.sent[at])
        if kind == REACTION:
            rows.body[at] = ""
    if given and rows.reactions is None:
        rows.reactions = [None] * len(rows)
    for target, found in given.items():
        if rows.reactions is not None:
            rows.reactions[target] = [(author, emoji, sent) for (author, emoji), sent in found.items()]


def quotes(rows: Rows) -> list[int] | None:
    """Which message each one quotes: one that comes before it and is used."""
    if rows.target is None:
        return None
    place = {ident: at for at, ident in enumerate(_idents(rows))}
    for at, earlier in enumerate(rows.edits or ()):  # Signal quotes a version of a message by that version's time
        for when in [when for when, _ in earlier or ()] + [rows.revision[at]] * bool(earlier):
            place.setdefault((rows.author[at], when), at)
    quoted = [place.get(target, -1) if target is not None else -1 for target in rows.target]
    return [to if 0 <= to < at and rows.reason[to] == _USED else -1 for at, to in enumerate(quoted)]
