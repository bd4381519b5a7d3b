"""Conversations from several exports: the same people, the same chats, every message once.

People and chats are the same where they share a key. A chat that has none (signal-export knows names only; a bare list
of events names no room) is recognised by its messages: three of them of some length, or all where there are fewer.
`corpus.chats.order` says how their messages are put in order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.chats.model import Sheet
from corpus.chats.order import (
    ME,
    ZONES,
    Earlier,
    Given,
    Ident,
    Rows,
    applied,
    merged,
    merged_by_wall,
    once,
    quotes,
    wall_mark,
)
from corpus.chats.union import Union

__all__ = ["Conversation", "Participant", "People", "conversations"]

NOBODY: Final = -1

_LOCAL: Final = ("file:", "name:")  # keys that mean something in their own sheet only
_WEAK: Final = ("file:", "desktop:")  # keys by which no other export knows a chat
_RANK: Final = ("aci:", "user:", "group-master:", "group:", "room:", "direct:", "e164:", "pni:", "desktop:")
_TELLING: Final = 12  # characters of a message that is not said every day
_AGREE: Final = 3
_MOST: Final = 64  # messages that are alike in second and text: a flood recognises nothing


@dataclass(slots=True)
class Participant:
    """Somebody, over all exports.

    Attributes:
        identity: The strongest of their keys.
        names: All that they are called anywhere.
        keys: All of them: two accounts with one number are one person with two ids.
    """

    identity: str
    names: list[str]
    keys: list[str]


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
        edited: Milliseconds of the last edit of each message, or 0.
        edits: What each message said before it was edited; None where none was.
        reactions: The reactions to each message, by people of `People.all`; None where there are none.
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
    edited: list[int]
    edits: list[Earlier | None] | None
    reactions: list[Given | None] | None
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
        self.edits = table["edits"].null_count < len(table)
        self.reactions = table["reactions"].null_count < len(table)
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
        self._made = [
            sheet.exported or (pc.max(sheet.messages["sent"]).as_py() or 0) for sheet in sheets
        ]  # an export that does not say when it was made: at its last message
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
                yield wall_mark(sents[at], author >= 0 and self._persons.find(author) == ME, body), sents[at], author

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
                if place != own and abs(when - sent) <= ZONES:
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
        identity = {root: self._called(min(found, key=_strength), names[root]) for root, found in keys.items() if found}
        identity[ME] = "self"
        order = [ME, *sorted((root for root in identity if root != ME), key=lambda root: (identity[root], root))]
        self._people = [
            Participant(identity[root], list(names[root]), list(dict.fromkeys(keys[root]))) for root in order
        ]
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
        ordered = sorted(in_time, key=lambda part: (-self._made[part[0]], part[0]))
        rows = merged([self._rows(number, chat) for number, chat in ordered])
        for number, chat in on_wall:
            other = self._rows(number, chat)
            rows = other if rows is None else merged_by_wall(rows, other)
        if rows is None:
            raise AssertionError("a conversation has at least one part")
        applied(rows)
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
            quotes(rows),
            rows.revision,
            rows.edits,
            rows.reactions,
            rows.duplicates,
        )

    def _rows(self, number: int, chat: int) -> Rows:
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
        rows = Rows(author, sent, kind, reason, revision, bodies, ident, target)
        if columns.edits:
            rows.edits = [self._edits(found, people) for found in columns.texts("edits", chat)]
        if columns.reactions:
            rows.reactions = [_reactions(found, people) for found in columns.texts("reactions", chat)]
        return once(rows) if events is not None else rows

    def _edits(self, found: list[dict[str, Any]] | None, people: Any) -> Earlier | None:
        if found is None:
            return None
        placed = [self._placed(one["body"], people) if "\0" in one["body"] else one["body"] for one in found]
        return [(one["sent"], body) for one, body in zip(found, placed, strict=True)]

    def _placed(self, body: str, people: Any) -> str:
        """A body with its mentions by the numbers of everybody instead of those of its sheet."""
        parts = body.split("\0")
        for at in range(1, len(parts), 2):
            parts[at] = parts[at][0] + str(people[int(parts[at][1:])])
        return "\0".join(parts)


def _reactions(found: list[dict[str, Any]] | None, people: Any) -> Given | None:
    return None if found is None else [(int(people[one["author"]]), one["emoji"], one["sent"]) for one in found]


def _strength(key: str) -> tuple[int, str]:
    rank = next((rank for rank, prefix in enumerate(_RANK) if key.startswith(prefix)), len(_RANK))
    return rank, key
