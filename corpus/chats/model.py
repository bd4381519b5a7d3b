"""The one model of a conversation, whatever application it was exported from: people, chats, messages.

What one export holds is a `Sheet`: tables of people and chats, and the messages in columns, in the order in which the
application shows them. A reader fills one with a `SheetWriter`; it travels from the worker to the caller, and lies in
the cache, as the bytes of an Arrow stream. A million messages are a few columns here and not a million objects, which
is what keeps reading them within a small multiple of parsing their JSON.

People and chats are known by keys (`aci:…`, `e164:…`, `user:…`, `room:…`) and never by a name: two sheets speak of
the same person when they share a key. Names are kept only to be taken out of texts. A message that is not to be used is
still a line of its sheet, without its text and with a reason, so that messages = used + left out.

What a message said before it was edited, and who reacted to it, stand in its line: lists that are null for nearly all
messages, and cost these four bytes each. Where an application sends reactions and edits as messages of their own
(Matrix), they are lines of a kind of their own until `corpus.chats.order` puts them where they belong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

__all__ = [
    "EDIT",
    "KEEPABLE",
    "MESSAGE",
    "REACTION",
    "REASONS",
    "REDACTION",
    "USED",
    "Chat",
    "Person",
    "Sheet",
    "SheetWriter",
    "mention",
    "third_person",
]

MESSAGE: Final = 0
EDIT: Final = 1
REDACTION: Final = 2
REACTION: Final = 3

USED: Final = ""
REASONS: Final = (
    USED,
    "disappearing",  # it was to vanish, or is to: expiry timer
    "view-once",
    "story",
    "story-reply",
    "poll",
    "call",
    "sticker",
    "contact",
    "location",
    "payment",
    "gift",
    "attachment",  # nothing but a picture, a file, a recording
    "incomplete",  # a long text of which only the beginning is there
    "deleted",
    "system",  # membership, names, timers, keys: what nobody said
    "bot",  # notices, release notes
    "undecryptable",
    "reaction",
    "empty",
    "malformed",  # fields of another type than the format's
    "unknown",
    "edit",  # its text went into the message that it edits
    "redaction",
    "duplicate",  # the same message in another export
)
"""Why a message is left out; a sheet holds the number of its reason. `USED` is not left out by the reader."""

KEEPABLE: Final = ("disappearing", "story-reply", "poll")
"""Reasons that a source may be told to disregard."""

_CODE: Final = {reason: number for number, reason in enumerate(REASONS)}
_ROWS: Final = 1 << 16  # messages a batch: what a reader holds as Python objects at a time
_SCHEMA: Final = pa.schema(
    [
        pa.field("chat", pa.int32(), nullable=False),
        pa.field("author", pa.int32(), nullable=False),
        pa.field("sent", pa.int64(), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),
        pa.field("reason", pa.int8(), nullable=False),
        pa.field("revision", pa.int64(), nullable=False),
        pa.field("body", pa.large_string(), nullable=False),
        pa.field("event", pa.string()),
        pa.field("target", pa.string()),
        pa.field("target_author", pa.int32(), nullable=False),
        pa.field("target_sent", pa.int64(), nullable=False),
        pa.field("edits", pa.list_(pa.struct([("sent", pa.int64()), ("body", pa.string())]))),
        pa.field(
            "reactions", pa.list_(pa.struct([("author", pa.int32()), ("emoji", pa.string()), ("sent", pa.int64())]))
        ),
    ]
)
_INT64: Final = (1 << 63) - 1
_BIDI: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Person:
    """Somebody who takes part.

    Attributes:
        keys: What identifies them, the strongest first. Never a name, but where an export has nothing else.
        names: What they are called: full names, given names, nicknames, user names, numbers.
        me: Whether the data says that this is the owner of the export.
    """

    keys: list[str]
    names: list[str] = field(default_factory=list)
    me: bool = False


@dataclass(slots=True)
class Chat:
    """One conversation, as one export has it.

    Attributes:
        keys: What identifies it. None where an export knows only a name: such a chat is recognised by its messages.
        group: Whether it is a group's.
    """

    keys: list[str]
    group: bool = False


@dataclass(slots=True)
class Sheet:
    """What one export holds.

    Attributes:
        people: Those whom `author` and `target_author` number; -1 is nobody known.
        chats: Those that `chat` numbers.
        messages: Columns `chat`, `author`, `sent` (milliseconds; of a message that was edited those of its first
            text), `kind` (`MESSAGE`, `EDIT`, `REDACTION`, `REACTION`), `reason` (a number of `REASONS`), `revision`
            (milliseconds of the last edit, or 0; of two versions of a message the later one wins), `body` (of a
            `REACTION` the emoji), `event` (an id that is unique in the world, where there is one; else author and
            `sent` identify), `target` or `target_author` and `target_sent` (what is quoted, edited, redacted or
            reacted to), `edits` (milliseconds and text of each earlier version, the oldest first), `reactions`
            (author, emoji, milliseconds or 0).
        exported: Milliseconds of the export's own date, or 0.
        wall_clock: Whether `sent` is the time on a wall and not in the world: the export names no time zone.
    """

    people: list[Person]
    chats: list[Chat]
    messages: pa.Table
    exported: int = 0
    wall_clock: bool = False

    @classmethod
    def from_bytes(cls, data: bytes) -> Sheet:
        """The sheet behind `SheetWriter.finish`."""
        with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
            table = reader.read_all()
        head = json.loads(table.schema.metadata[b"sheet"])
        table = table.replace_schema_metadata(None)
        if head["newest_first"]:
            order = np.arange(len(table))
            backwards = np.isin(table["chat"].to_numpy(), head["newest_first"])
            order[backwards] = order[backwards][::-1]
            table = table.take(pa.array(order))
        people = [Person(*person) for person in head["people"]]
        chats = [Chat(*chat) for chat in head["chats"]]
        return cls(people, chats, table, head["exported"], head["wall_clock"])


class SheetWriter:
    """Collects what a reader finds, a batch of messages at a time.

    Attributes:
        people: Grows by `person`.
        chats: Grows by `chat`.
        exported: To be set where the export has a date.
        wall_clock: To be set where it names no time zone.
        newest_first: Chats whose messages come backwards.
    """

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.chats: list[Chat] = []
        self.exported = 0
        self.wall_clock = False
        self.newest_first: set[int] = set()
        self._people: dict[str, int] = {}
        self._chats: dict[str, int] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._batches: list[pa.RecordBatch] = []

    def person(self, keys: Iterable[str | None], names: Iterable[object] = (), *, me: bool = False) -> int:
        """The number of a person who is known by any of these keys; what is new about them is added."""
        given = [key if key.isascii() else _whole(key) for key in keys if key]
        number = next((self._people[key] for key in given if key in self._people), None)
        if number is None:
            number = len(self.people)
            self.people.append(Person([]))
        person = self.people[number]
        person.me = person.me or me
        for key in given:
            if self._people.setdefault(key, number) == number and key not in person.keys:
                person.keys.append(key)
        person.names += [name for name in map(_name, names) if name and name not in person.names]
        return number

    def known(self, key: str | None) -> int:
        """The number of the person who has this key, or -1."""
        return self._people.get(key, -1) if key else -1

    def chat(self, keys: Iterable[str | None], *, group: bool = False) -> int:
        """The number of a chat that is known by any of these keys, or a new one where there is none."""
        given = [key if key.isascii() else _whole(key) for key in keys if key]
        number = next((self._chats[key] for key in given if key in self._chats), None)
        if number is None:
            number = len(self.chats)
            self.chats.append(Chat([]))
        chat = self.chats[number]
        chat.group = chat.group or group
        for key in given:
            if self._chats.setdefault(key, number) == number and key not in chat.keys:
                chat.keys.append(key)
        return number

    def message(
        self,
        chat: int,
        author: int,
        sent: int,
        reason: str,
        body: str = "",
        *,
        kind: int = MESSAGE,
        revision: int = 0,
        event: str | None = None,
        target: str | None = None,
        target_author: int = -1,
        target_sent: int = 0,
        edits: Sequence[tuple[int, str]] = (),
        reactions: Sequence[tuple[int, str, int]] = (),
    ) -> None:
        """Add one message; of one that is left out neither text nor earlier texts nor reactions are kept."""
        if reason and kind != REACTION:
            body, edits, reactions = "", (), ()
        earlier = [(_stamp(when), _whole(text)) for when, text in edits] if edits else None
        given = [(who, _whole(emoji), _stamp(when)) for who, emoji, when in reactions] if reactions else None
        code = _CODE[reason]
        if not (-_INT64 < sent < _INT64 and -1 < revision < _INT64 and -1 < target_sent < _INT64):
            sent, revision, target_sent = 0, 0, 0
        self._rows.append(
            (chat, author, sent, kind, code, revision, body, event, target, target_author, target_sent, earlier, given)
        )
        if len(self._rows) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True))
        arrays = [_array(values, f) for values, f in zip(columns, _SCHEMA, strict=True)]
        self._batches.append(pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA))
        self._rows.clear()

    def finish(self) -> bytes:
        """The bytes of the whole sheet."""
        if self._rows:
            self._flush()
        head = {
            "people": [(p.keys, p.names, p.me) for p in self.people],
            "chats": [(c.keys, c.group) for c in self.chats],
            "exported": self.exported,
            "wall_clock": self.wall_clock,
            "newest_first": sorted(self.newest_first),
        }
        schema = _SCHEMA.with_metadata({"sheet": json.dumps(head)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            for batch in self._batches:
                writer.write_batch(batch)
        return bytes(sink.getvalue())


def _array(values: tuple[Any, ...], column: pa.Field) -> pa.Array:
    try:
        return pa.array(values, column.type)
    except UnicodeEncodeError:  # JSON may hold half of a surrogate pair, which is no text
        return pa.array([None if v is None else _whole(v) for v in values], column.type)


def _stamp(when: int) -> int:
    """Milliseconds that a column holds; 0 for what is none."""
    return when if 0 < when < _INT64 else 0


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _name(name: object) -> str:
    """A name without the marks that set its direction, which Signal puts around names."""
    return _whole(_BIDI.sub("", name)).strip() if isinstance(name, str) else ""


def mention(person: int) -> str:
    """What stands in a body where somebody is mentioned; NUL is in no text (readers take it out)."""
    return f"\0@{person}\0"


def third_person(person: int, body: str) -> str:
    """A body that says what its author does: `* … waves`."""
    return f"* \0 {person}\0 {body}"
