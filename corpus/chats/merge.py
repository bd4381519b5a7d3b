"""Conversations from several exports: the same people, the same chats, every message once.

People and chats are the same where they share a key. A chat that has none (signal-export knows names only; a bare
list of events names no room) is recognised by its messages: three of them of some length, at the same second of a
quarter of an hour, since time zones differ by quarters, and by nobody else's claim. Order is that of the export. Two
orders are merged at the messages that both have, and between those by time; so a clock that was wrong, summer time or
equal times put nothing out of order.

A message is the same by its event id, or by author and time of sending. Of two versions the later revision is used, and
one that was deleted anywhere is deleted. All of this is linear in the number of messages (times the logarithm of the
number of exports of one chat).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.chats.model import EDIT, MESSAGE, REASONS, REDACTION, Sheet
from corpus.chats.union import Union

__all__ = ["Conversation", "Participant", "People", "conversations"]

ME: Final = 0
NOBODY: Final = -1

_CODE: Final = {reason: number for number, reason in enumerate(REASONS)}
_USED: Final = _CODE[""]
_DELETED: Final = _CODE["deleted"]
_DUPLICATE: Final = _CODE["duplicate"]
_LOCAL: Final = ("file:", "name:")  # keys that mean something in their own sheet only
_WEAK: Final = ("file:", "desktop:")  # keys by which no other export knows a chat
_RANK: Final = ("aci:", "user:", "group-master:", "group:", "room:", "direct:", "e164:", "desktop:")
_TELLING: Final = 12  # characters of a message that is not said every day
_AGREE: Final = 3
_MOST: Final = 64  # messages that are alike in second and text: a flood recognises nothing
_ZONE_STEP: Final = 900
_ZONES: Final = 14 * 3600 * 1000  # no two zones are further apart than 26 hours, and none is further than 14 from UTC

Ident = Any  # an event id, or author and milliseconds


@dataclass(slots=True)
class Participant:
    """Somebody, over all exports.

    Attributes:
        identity: The strongest of their keys.
        names: All that they are called anywhere.
    """

    identity: str
    names: list[str]


@dataclass(slots=True)
class People:
    """Everybody; number 0 is the owner.

    Attributes:
        all: By number.
        known_owner: Whether any export, or `me`, says who the owner is.
    """

    all: list[Participant]
    known_owner: bool


@dataclass(slots=True)
class Conversation:
    """One chat with all its messages, in order.

    Attributes:
        identity: The strongest of its keys.
        group: Whether it is a group's.
        partners: People other than the owner who are known to take part.
        authors: A number of `People.all`, or -1, for each message.
        sent: Milliseconds.
        reasons: Numbers of `corpus.chats.model.REASONS`.
        bodies: Texts, with mentions as people of `People.all`.
        idents: What identifies each message; None where it is author and time.
        quotes: For each message the number of the one that it quotes, or -1; None where nothing is quoted.
        duplicates: Messages that stood in another export too.
    """

    identity: str
    group: bool
    partners: set[int]
    authors: list[int]
    sent: list[int]
    reasons: list[int]
    bodies: list[str]
    idents: list[Ident] | None
    quotes: list[int] | None
    duplicates: int


def conversations(
    sheets: Sequence[Sheet], me: Iterable[str], name: Callable[[str], str]
) -> tuple[People, Iterator[tuple[str, Conversation]]]:
    """The people of all sheets, and the conversations that they lead, each with a name, in the order of these.

    Args:
        sheets: What the exports hold, in an order that does not change.
        me: Keys of the owner that the data does not tell.
        name: Names a conversation by its identity.
    """
    joiner = _Joiner(sheets, me)
    return joiner.people(), joiner.conversations(name)


@dataclass(slots=True)
class _Rows:
    """The messages of one chat, in order, in one list for each column."""

    author: list[int]
    sent: list[int]
    kind: list[int]
    reason: list[int]
    revision: list[int]
    body: list[str]
    ident: list[Ident] | None
    target: list[Ident] | None
    duplicates: int = 0

    def __len__(self) -> int:
        return len(self.author)


class _Columns:
    """A sheet sorted by chat: what is of one chat is one slice."""

    def __init__(self, sheet: Sheet) -> None:
        table = sheet.messages.combine_chunks()
        chat = table["chat"].to_numpy()
        order = np.argsort(chat, kind="stable")
        if len(order) and (np.diff(chat) < 0).any():
            table = table.take(pa.array(order)).combine_chunks()
        self.table = table
        self.bounds = np.searchsorted(chat[order], np.arange(len(sheet.chats) + 1))
        self.events = table["event"].null_count < len(table)
        self.targets = table["target"].null_count < len(table)
        self.quotes = bool(len(table)) and bool((table["target_author"].to_numpy() >= 0).any())

    def numbers(self, name: str, chat: int) -> Any:
        low, high = self.bounds[chat], self.bounds[chat + 1]
        return self.table[name].slice(low, high - low).to_numpy()

    def texts(self, name: str, chat: int) -> list[Any]:
        low, high = self.bounds[chat], self.bounds[chat + 1]
        found: list[Any] = self.table[name].slice(low, high - low).to_pylist()
        return found


class _Joiner:
    """People and chats of all sheets, joined."""

    def __init__(self, sheets: Sequence[Sheet], me: Iterable[str]) -> None:
        self._sheets = sheets
        self._columns = [_Columns(sheet) for sheet in sheets]
        self._persons = Union()
        self._person_keys: dict[str, int] = {}
        self._persons.add()  # the owner
        self._person_keys.update(dict.fromkeys(me, ME))
        self._told = bool(self._person_keys)  # who is told is the owner, whatever the data says
        self._of_sheet = [self._join_people(number, sheet) for number, sheet in enumerate(sheets)]
        self._chats = Union()
        self._chat_keys: dict[str, int] = {}
        self._chat_nodes = [self._join_chats(number, sheet) for number, sheet in enumerate(sheets)]
        self._recognise()
        self._number()

    def _join_people(self, sheet_number: int, sheet: Sheet) -> list[int]:
        nodes = []
        for person in sheet.people:
            node = self._persons.add()
            for key in person.keys:
                scoped = f"{sheet_number}:{key}" if key.startswith(_LOCAL) else key
                self._persons.join(node, self._person_keys.setdefault(scoped, node))
            if person.me and not self._told:
                self._persons.join(node, ME)
            nodes.append(node)
        return nodes

    def _join_chats(self, sheet_number: int, sheet: Sheet) -> list[int]:
        nodes = []
        for chat in sheet.chats:
            node = self._chats.add()
            for key in chat.keys:
                scoped = self._chat_key(sheet_number, key)
                self._chats.join(node, self._chat_keys.setdefault(scoped, node))
            nodes.append(node)
        return nodes

    def _chat_key(self, sheet_number: int, key: str) -> str:
        if key.startswith("direct:"):
            person = key.removeprefix("direct:")
            scoped = f"{sheet_number}:{person}" if person.startswith(_LOCAL) else person
            node = ME if person == "self" else self._person_keys.get(scoped)
            return key if node is None else f"direct:{self._persons.find(node)}"
        return f"{sheet_number}:{key}" if key.startswith(_LOCAL) else key

    # Chats without a key.

    def _recognise(self) -> None:
        weak = [
            (number, chat)
            for number, sheet in enumerate(self._sheets)
            for chat in range(len(sheet.chats))
            if all(key.startswith(_WEAK) for key in sheet.chats[chat].keys)
        ]
        if not weak or len(self._sheets) + len(weak) < 3:
            return
        index: dict[Any, list[tuple[int, int, int]]] = defaultdict(list)
        told: Counter[int] = Counter()
        for place, (number, chat) in enumerate(weak):
            for mark, sent, author in self._marks(number, chat):
                if len(index[mark]) < _MOST:
                    index[mark].append((place, sent, author))
                told[place] += 1
        order = {pair: place for place, pair in enumerate(weak)}
        for number, sheet in enumerate(self._sheets):
            for chat in range(len(sheet.chats)):
                self._claim(number, chat, weak, index, told, own=order.get((number, chat), -1))

    def _marks(self, number: int, chat: int) -> Iterator[tuple[Any, int, int]]:
        """What a message is recognised by: second, side and text; with its time and its author."""
        columns, nodes = self._columns[number], self._of_sheet[number]
        events = columns.texts("event", chat) if columns.events else None
        sents, authors = columns.numbers("sent", chat).tolist(), columns.numbers("author", chat).tolist()
        for at, body in enumerate(columns.texts("body", chat)):
            author = nodes[authors[at]] if authors[at] >= 0 else NOBODY
            if events is not None and events[at] is not None:
                yield events[at], 0, author
            elif len(body) >= _TELLING:
                yield _mark(sents[at], author >= 0 and self._persons.find(author) == ME, body), sents[at], author

    def _claim(
        self,
        number: int,
        chat: int,
        weak: Sequence[tuple[int, int]],
        index: dict[Any, list[tuple[int, int, int]]],
        told: Counter[int],
        *,
        own: int,
    ) -> None:
        """Join the chats without a key that this one has enough messages of."""
        found: Counter[int] = Counter()
        pairs: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
        for mark, sent, author in self._marks(number, chat):
            for place, when, other in index.get(mark, ()):
                if place != own and abs(when - sent) <= _ZONES:
                    found[place] += 1
                    pairs[place][other, author] += 1
        for place, count in found.items():
            if count < min(_AGREE, told[place]) or own > place:
                continue
            sheet, its = weak[place]
            self._chats.join(self._chat_nodes[number][chat], self._chat_nodes[sheet][its])
            times = Counter(other for other, _ in pairs[place])
            for other, author in pairs[place]:
                if times[other] == 1 and other >= 0 and author >= 0:
                    self._persons.join(other, author)

    # Numbers that are the same for all sheets.

    def _number(self) -> None:
        keys: dict[int, list[str]] = defaultdict(list)
        names: dict[int, dict[str, None]] = defaultdict(dict)
        self._known_owner = self._told
        for number, sheet in enumerate(self._sheets):
            for person, node in zip(sheet.people, self._of_sheet[number], strict=True):
                root = self._persons.find(node)
                self._known_owner = self._known_owner or person.me
                keys[root] += person.keys
                names[root].update(dict.fromkeys(person.names))
        keys[ME] = ["self"]
        identity = {root: self._called(min(found, key=_strength), names[root]) for root, found in keys.items() if found}
        order = [ME, *sorted((root for root in identity if root != ME), key=lambda root: (identity[root], root))]
        self._people = [Participant(identity[root], list(names[root])) for root in order]
        self._place = place = {root: index for index, root in enumerate(order)}
        self._people_of = [
            np.array([*(place[self._persons.find(node)] for node in nodes), NOBODY], np.int64)
            for nodes in self._of_sheet
        ]

    def _called(self, key: str, names: Iterable[str]) -> str:
        """A key that is a number in one export says of nobody who it is: their names do, to tell them from others."""
        return f"{key} {' '.join(sorted(names))}" if key.startswith("file:") else key

    def people(self) -> People:
        """Everybody."""
        return People(self._people, self._known_owner)

    def conversations(self, name: Callable[[str], str]) -> Iterator[tuple[str, Conversation]]:
        """Every chat, in the order of their names."""
        parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, nodes in enumerate(self._chat_nodes):
            for chat, node in enumerate(nodes):
                parts[self._chats.find(node)].append((number, chat))
        identities = [(self._identity(found), found) for found in parts.values()]
        for named, identity, found in sorted((name(identity), identity, found) for identity, found in identities):
            yield named, self._conversation(identity, found)

    def _identity(self, parts: list[tuple[int, int]]) -> str:
        """The strongest key; of a conversation of two that of the other; without any, its first message."""
        keys = [self._named(number, key) for number, chat in parts for key in self._sheets[number].chats[chat].keys]
        if keys:
            return min(keys, key=_strength)
        number, chat = parts[0]
        rows = self._rows(number, chat)
        return f"first:{self._people[rows.author[0]].identity}:{rows.sent[0]}" if len(rows) else "empty:"

    def _named(self, number: int, key: str) -> str:
        if not key.startswith("direct:"):
            return key
        person = key.removeprefix("direct:")
        node = self._person_keys.get(f"{number}:{person}" if person.startswith(_LOCAL) else person)
        known = ME if person == "self" else node
        return key if known is None else f"direct:{self._people[self._place[self._persons.find(known)]].identity}"

    def _conversation(self, identity: str, parts: list[tuple[int, int]]) -> Conversation:
        in_time = [(number, chat) for number, chat in parts if not self._sheets[number].wall_clock]
        on_wall = [(number, chat) for number, chat in parts if self._sheets[number].wall_clock]
        ordered = sorted(in_time, key=lambda part: (-self._sheets[part[0]].exported, part[0]))
        rows = _merged([self._rows(number, chat) for number, chat in ordered])
        for number, chat in on_wall:
            other = self._rows(number, chat)
            rows = other if rows is None else _merged_by_wall(rows, other)
        if rows is None:
            raise AssertionError("a conversation has at least one part")
        _apply(rows)
        partners = {person for person in rows.author if person > ME}
        speakers = {
            author for author, reason in zip(rows.author, rows.reason, strict=True) if author != ME and not reason
        }
        chats = [self._sheets[number].chats[chat] for number, chat in parts]
        return Conversation(
            identity,
            any(chat.group for chat in chats) or len(speakers) > 1,
            partners,
            rows.author,
            rows.sent,
            rows.reason,
            rows.body,
            rows.ident,
            _quotes(rows),
            rows.duplicates,
        )

    def _rows(self, number: int, chat: int) -> _Rows:
        columns, people = self._columns[number], self._people_of[number]
        author = people[columns.numbers("author", chat)].tolist()
        sent = columns.numbers("sent", chat).tolist()
        events = columns.texts("event", chat) if columns.events else None
        ident = None
        if events is not None:
            ident = [
                e if e is not None else pair for e, pair in zip(events, zip(author, sent, strict=True), strict=True)
            ]
        target: list[Ident] | None = columns.texts("target", chat) if columns.targets else None
        if columns.quotes:
            authors = people[columns.numbers("target_author", chat)].tolist()
            sents = columns.numbers("target_sent", chat).tolist()
            target = [(a, s) if a >= 0 else None for a, s in zip(authors, sents, strict=True)]
        kind, reason, revision = (columns.numbers(name, chat).tolist() for name in ("kind", "reason", "revision"))
        bodies = [self._placed(body, people) if "\0" in body else body for body in columns.texts("body", chat)]
        rows = _Rows(author, sent, kind, reason, revision, bodies, ident, target)
        return _once(rows) if events is not None else rows

    def _placed(self, body: str, people: Any) -> str:
        """A body with its mentions by the numbers of everybody instead of those of its sheet."""
        parts = body.split("\0")
        for at in range(1, len(parts), 2):
            parts[at] = parts[at][0] + str(people[int(parts[at][1:])])
        return "\0".join(parts)


def _strength(key: str) -> tuple[int, str]:
    rank = next((rank for rank, prefix in enumerate(_RANK) if key.startswith(prefix)), len(_RANK))
    return rank, key


def _mark(sent: int, mine: bool, body: str) -> tuple[int, bool, str]:
    return sent // 1000 % _ZONE_STEP, mine, " ".join(body.replace("`", "").split())


def _once(rows: _Rows) -> _Rows:
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


def _taken(rows: _Rows, keep: Sequence[int]) -> _Rows:
    """Some of the messages, in this order."""
    return _Rows(
        [rows.author[at] for at in keep],
        [rows.sent[at] for at in keep],
        [rows.kind[at] for at in keep],
        [rows.reason[at] for at in keep],
        [rows.revision[at] for at in keep],
        [rows.body[at] for at in keep],
        None if rows.ident is None else [rows.ident[at] for at in keep],
        None if rows.target is None else [rows.target[at] for at in keep],
    )


def _merged(parts: list[_Rows]) -> _Rows | None:
    """All parts as one, two by two."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = parts[-1:] if len(parts) % 2 else []
        parts = [_merge(one, other, _matches(one, other)) for one, other in pairs] + odd
    return parts[0] if parts else None


def _idents(rows: _Rows) -> list[Ident]:
    return rows.ident if rows.ident is not None else list(zip(rows.author, rows.sent, strict=True))


def _matches(one: _Rows, other: _Rows) -> list[int]:
    """For each message of the other where the same stands in the one, or -1; of equal ones the first is the first."""
    places: dict[Ident, list[int]] = defaultdict(list)
    for at, ident in enumerate(_idents(one)):
        places[ident].append(at)
    for found in places.values():
        found.reverse()
    return [places[ident].pop() if places.get(ident) else -1 for ident in _idents(other)]


def _wall_matches(one: _Rows, other: _Rows) -> list[int]:
    """The same for an export that has the time on a wall: by second of the quarter, side and text."""
    places: dict[Any, list[int]] = defaultdict(list)
    for at in range(len(one) - 1, -1, -1):
        places[_mark(one.sent[at], one.author[at] == ME, one.body[at])].append(at)
    matches = []
    for sent, author, body in zip(other.sent, other.author, other.body, strict=True):
        found = places.get(_mark(sent, author == ME, body), [])
        while found and one.sent[found[-1]] < sent - _ZONES:
            found.pop()
        matches.append(found.pop() if found and one.sent[found[-1]] <= sent + _ZONES else -1)
    return matches


def _merged_by_wall(one: _Rows, other: _Rows) -> _Rows:
    """The same, times on the wall set right by those of the messages that both have: each by the last one before it."""
    matches = _wall_matches(one, other)
    shift = next((one.sent[match] - other.sent[at] for at, match in enumerate(matches) if match >= 0), 0)
    for at, match in enumerate(matches):
        if match >= 0:
            shift = one.sent[match] - other.sent[at]
        other.sent[at] += shift
    return _merge(one, other, matches)


def _merge(one: _Rows, other: _Rows, matches: Sequence[int]) -> _Rows:
    """Two orders as one: at what both have they meet, between that the earlier head goes first."""
    both = _Rows([], [], [], [], [], [], _idents(one) + _idents(other), None)
    for name in ("author", "sent", "kind", "reason", "revision", "body"):
        setattr(both, name, getattr(one, name) + getattr(other, name))
    if one.target is not None or other.target is not None:
        both.target = (one.target or [None] * len(one)) + (other.target or [None] * len(other))
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


def _update(rows: _Rows, at: int, other: _Rows, its: int) -> None:
    """Of two versions of a message the one that counts: deleted, else the later revision, else the one with a text."""
    mine, its_reason = rows.reason[at], other.reason[its]
    if mine == _DELETED:
        return
    later = other.revision[its] > rows.revision[at] and its_reason == _USED
    if its_reason == _DELETED or later or (mine != _USED and its_reason == _USED):
        rows.reason[at], rows.body[at] = its_reason, other.body[its]
        rows.revision[at] = other.revision[its]
        if rows.target is not None and other.target is not None:
            rows.target[at] = rows.target[at] or other.target[its]


def _apply(rows: _Rows) -> None:
    """Redactions and edits: done where they are valid, and then no messages of their own."""
    if rows.ident is None or rows.target is None or not any(rows.kind):
        return
    place = {ident: at for at, ident in enumerate(rows.ident)}
    for at, kind in enumerate(rows.kind):
        target = place.get(rows.target[at], -1) if kind == REDACTION else -1
        if target >= 0 and rows.kind[target] != REDACTION:
            rows.reason[target], rows.body[target] = _DELETED, ""
    latest: dict[int, tuple[int, str, int]] = {}
    for at, kind in enumerate(rows.kind):
        target = place.get(rows.target[at], -1) if kind == EDIT else -1
        if (
            target < 0
            or rows.reason[at] != _USED
            or rows.kind[target] != MESSAGE
            or rows.author[target] != rows.author[at]
        ):
            continue
        latest[target] = max(latest.get(target, (-1, "", -1)), (rows.sent[at], str(rows.ident[at]), at))
    for target, (_, _, at) in latest.items():
        if rows.reason[target] == _USED:
            rows.body[target] = rows.body[at]
    for at, kind in enumerate(rows.kind):
        if kind == EDIT:
            rows.reason[at], rows.body[at] = _CODE["edit"], ""


def _quotes(rows: _Rows) -> list[int] | None:
    """Which message each one quotes: one that comes before it and is used."""
    if rows.target is None:
        return None
    place = {ident: at for at, ident in enumerate(_idents(rows))}
    quoted = [place.get(target, -1) if target is not None else -1 for target in rows.target]
    return [to if 0 <= to < at and rows.reason[to] == _USED else -1 for at, to in enumerate(quoted)]
