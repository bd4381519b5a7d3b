"""The conversations of an Android backup of Signal, read from its statements without ever running one.

The backup rebuilds a database by SQL. Running SQL of a file would be running what was read, so the statements are only
looked at: `CREATE TABLE` says what the columns are called, `INSERT` brings a row. Tables and columns of all versions
since 2018 are known by their names (one table `message` since 168; `sms` and `mms` before).

Every version of a message that was edited is a row: the latest says when it was edited, those before it name the
latest. They are no messages of their own here, but what it said before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, Final

from corpus.chats.backup_frames import ATTACHMENT, KEY_VALUE, STATEMENT, frames
from corpus.chats.model import USED, SheetWriter
from corpus.chats.protobuf import fields, signed
from corpus.chats.signal_text import MALFORMED, aci_key, chat_keys, clean, full_names, group_keys, number_key, placed
from corpus.sources.base import SkipUnit

__all__ = ["read_backup"]

_TABLES: Final = {"message", "sms", "mms", "recipient", "thread", "groups", "mention", "attachment", "part", "poll",
    "reaction",
}  # fmt: skip
_CREATE: Final = re.compile(
    r"\A\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"'`\[]?(\w+)[\"'`\]]?\s*\(", re.IGNORECASE
)
_INSERT: Final = re.compile(
    r"\A\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+[\"'`\[]?(\w+)[\"'`\]]?\s*(?:\(([^)]*)\))?\s*VALUES", re.IGNORECASE
)
_NAME: Final = re.compile(r"[\"'`\[]?(\w+)")
_CONSTRAINTS: Final = {"PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT"}
_LONG_TEXT: Final = "text/x-signal-plain"
_LARGEST_TEXT: Final = 1 << 20

# Signal-Android, MessageTypes: the low five bits are the kind, the others are flags.
_BASE: Final = 0x1F
_INBOX: Final = 20
_OUTBOX: Final = range(21, 27)
_CALLS: Final = {1, 2, 3, 8, 10, 11, 12}
_BAD_DECRYPT: Final = 13
_FLAGS: Final = (
    0xFF00 | 0x10000 | 0x20000 | 0x40000 | 0x80000 | 0x400000
)  # keys, groups and who left them, timers, sessions
_SPECIAL: Final = 0xF00000000
_SPECIALS: Final = {0x100000000: "story-reply", 0x200000000: "gift", 0x300000000: "payment"}

_NAMES: Final = (
    "signal_profile_name", "profile_joined_name", "system_joined_name", "system_display_name", "username",
)  # fmt: skip

Row = Mapping[str, Any]


def read_backup(file: IO[bytes], passphrase: str, keep: Collection[str]) -> bytes:
    """The sheet of a backup.

    Args:
        file: Its bytes.
        passphrase: 30 digits.
        keep: Reasons to be disregarded.

    Raises:
        SkipUnit: It is damaged, cut or no backup. Nothing of such a file is used.
    """
    tables = _Tables()
    wanted: set[int] = set()
    for field, value, payload in frames(file, passphrase, wanted, _LARGEST_TEXT):
        try:
            if field == STATEMENT:
                row = tables.add(value)
                if row and row.get("ct", row.get("content_type")) == _LONG_TEXT:
                    wanted.add(row["_id"])
            elif field == ATTACHMENT and payload:
                tables.texts[dict(fields(value)).get(1)] = payload.decode(errors="replace")
            elif field == KEY_VALUE:
                tables.set_value(value)
        except MALFORMED:
            raise SkipUnit("damaged", "a frame of the backup is not of Signal's") from None
    return _Reader(tables, keep).sheet()


class _Tables:
    """The rows that matter, as they come."""

    def __init__(self) -> None:
        self.columns: dict[str, list[str]] = {}
        self.rows: dict[str, list[Row]] = {name: [] for name in _TABLES}
        self.texts: dict[Any, str] = {}
        self.values: dict[str, str] = {}

    def add(self, data: bytes) -> Row | None:
        """Look at one statement; the row that it brings, if that is of a table that matters."""
        found = list(fields(data))
        statement = next((value.decode() for number, value in found if number == 1 and isinstance(value, bytes)), "")
        insert = _INSERT.match(statement)
        if insert is None:
            create = _CREATE.match(statement)
            if create:
                self.columns[create[1]] = list(_columns(statement[create.end() :]))
            return None
        table = insert[1]
        if table not in _TABLES:
            return None
        columns = [c.strip(" \"'`[]") for c in insert[2].split(",")] if insert[2] else self.columns.get(table, [])
        parameters = [_parameter(value) for number, value in found if number == 2 and isinstance(value, bytes)]
        row = {name: value for name, value in zip(columns, parameters, strict=True) if value is not None}
        self.rows[table].append(_slim(table, row))
        return row

    def set_value(self, data: bytes) -> None:
        """A setting; the owner's account is among them."""
        found = dict(fields(data))
        name, text = found.get(1), found.get(7)
        if name in {b"account.aci", b"account.e164"} and isinstance(name, bytes) and isinstance(text, bytes):
            self.values[name.decode()] = text.decode()


_MESSAGE_COLUMNS: Final = {
    "_id", "thread_id", "from_recipient_id", "recipient_id", "address", "date_sent", "date", "date_received", "type",
    "msg_box", "body", "quote_id", "quote_author", "view_once", "reveal_duration", "remote_deleted", "deleted_by",
    "expires_in", "story_type", "is_story", "parent_story_id", "latest_revision_id", "reactions",
}  # fmt: skip


def _slim(table: str, row: Row) -> Row:
    """A message's row without what is not looked at: there may be a million of them."""
    if table not in {"message", "sms", "mms"}:
        return row
    return {name: value for name, value in row.items() if name in _MESSAGE_COLUMNS and value != 0}


def _columns(text: str) -> Iterator[str]:
    """The names of the columns between the parentheses of a `CREATE TABLE`."""
    depth, start, pieces, quote = 0, 0, [], ""
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'`":
            quote = sign
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth == 0:
            pieces.append(text[start:at])
            break
        elif sign == ")":
            depth -= 1
        elif sign == "," and depth == 0:
            pieces.append(text[start:at])
            start = at + 1
    for piece in map(str.strip, pieces):
        name = _NAME.match(piece)
        if name and (piece[0] in "\"'`[" or name[1].upper() not in _CONSTRAINTS):
            yield name[1]


def _parameter(data: bytes) -> Any:
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            return value.decode(errors="replace")
        if number == 2 and isinstance(value, int):
            return signed(value)
        if number in {3, 4}:
            return value
    return None


class _Reader:
    """People, chats and messages of the rows."""

    def __init__(self, tables: _Tables, keep: Collection[str]) -> None:
        self._tables = tables
        self._keep = keep
        self._writer = SheetWriter()
        values = tables.values
        own = [aci_key(values.get("account.aci")), number_key(values.get("account.e164"))]
        self._writer.person(["self", *own], me=True)
        self._people: dict[str, int] = {}
        self._chats: dict[str, int] = {}
        self._mentions: dict[int, list[Row]] = {}
        self._attached: dict[int, str] = {}
        self._long: dict[int, str | None] = {}
        self._earlier: dict[int, list[Row]] = {}
        for row in tables.rows["message"]:
            if row.get("latest_revision_id"):
                self._earlier.setdefault(row["latest_revision_id"], []).append(row)
        self._reactions: dict[tuple[str, int], list[Row]] = {}
        for row in tables.rows["reaction"]:
            table = "message" if "is_mms" not in row else "mms" if row["is_mms"] else "sms"
            self._reactions.setdefault((table, row.get("message_id", -1)), []).append(row)
        self._polls = {row.get("message_id") for row in tables.rows["poll"]}

    def sheet(self) -> bytes:
        """Read everything."""
        rows = self._tables.rows
        if not any(name in self._tables.columns for name in ("message", "sms", "mms")):
            raise SkipUnit("not-signal", "the backup makes no table of messages")
        masters = {str(row.get("group_id")): row.get("master_key") for row in rows["groups"]}
        addresses: dict[str, tuple[list[str], bool]] = {}
        for row in rows["recipient"]:
            addresses[str(row.get("_id"))] = self._recipient(row, masters)
        for row in rows["thread"]:
            named = (row.get(name) for name in ("recipient_id", "thread_recipient_id", "recipient_ids"))
            number = str(next((value for value in named if value), ""))
            keys, group = addresses.get(number, ([f"file:{number}"], False))
            self._chats[str(row.get("_id"))] = self._writer.chat(keys, group=group)
        for row in rows["mention"]:
            self._mentions.setdefault(row.get("message_id", -1), []).append(row)
        self._attachments([*rows["attachment"], *rows["part"]])
        self._messages()
        return self._writer.finish()

    def _recipient(self, row: Row, masters: Mapping[str, Any]) -> tuple[list[str], bool]:
        group = row.get("group_id")
        if group:
            return group_keys(masters.get(str(group)), str(group)), True
        number = number_key(row.get("e164") or row.get("phone"))
        found = [aci_key(row.get("aci") or row.get("uuid")), number, aci_key(row.get("pni"), "pni")]
        keys = [key for key in found if key] or [f"file:{row.get('_id')}"]
        names = [
            *full_names(
                row.get("profile_given_name") or row.get("signal_profile_name"), row.get("profile_family_name")
            ),
            *full_names(row.get("system_given_name"), row.get("system_family_name")),
            *full_names(row.get("nickname_given_name"), row.get("nickname_family_name")),
            *(
                row.get(name)
                for name in ("profile_joined_name", "system_joined_name", "system_display_name", "username")
            ),
            "+" + number.removeprefix("e164:") if number else None,
        ]
        self._people[str(row.get("_id"))] = self._writer.person(keys, names)
        return chat_keys(keys), False

    def _attachments(self, rows: list[Row]) -> None:
        for row in rows:
            message = row.get("message_id", row.get("mid", -1))
            if row.get("content_type", row.get("ct")) == _LONG_TEXT:
                self._long[message] = self._tables.texts.get(row.get("_id"))
            else:
                self._attached[message] = "sticker" if row.get("sticker_pack_id") else "attachment"

    def _messages(self) -> None:
        rows = [(name, row) for name in ("message", "mms", "sms") for row in self._tables.rows[name]]
        rows.sort(key=lambda pair: _received(*pair))
        for table, row in rows:
            number = str(row.get("thread_id"))
            if number not in self._chats:
                self._chats[number] = self._writer.chat([f"file:thread-{number}"])
            try:
                self._message(table, row, self._chats[number])
            except MALFORMED:
                self._writer.message(self._chats[number], -1, 0, "malformed")

    def _message(self, table: str, row: Row, chat: int) -> None:
        kind = row.get("type" if table != "mms" else "msg_box", 0)
        author = row.get("from_recipient_id") or row.get("recipient_id") or row.get("address")
        number = self._people.get(str(author), -1)
        if kind & _BASE in _OUTBOX:
            number = self._writer.person(["self"], me=True)
        reason = self._reason(row, kind)
        body = ""
        if not reason:
            asked = table == "message" and row.get("_id") in self._polls and "poll" not in self._keep
            reason, body = ("poll", "") if asked else self._text(table, row)
        sent = row.get("date_sent", row.get("date", 0)) if table != "mms" else row.get("date", 0)
        revision, edits = 0, []
        if table == "message" and row.get("_id") in self._earlier:
            edits = sorted((one.get("date_sent", 0), self._text(table, one)[1]) for one in self._earlier[row["_id"]])
            sent, revision = edits[0][0], sent
            edits = [(when, text) for when, text in edits if text]
        if reason == "edit":
            number = -1  # so that it is not taken for the message that it was a version of
        quoted = self._people.get(str(row.get("quote_author")), -1) if row.get("quote_id") else -1
        self._writer.message(
            chat,
            number,
            sent,
            reason,
            body,
            revision=revision,
            target_author=quoted,
            target_sent=row.get("quote_id", 0),
            edits=edits,
            reactions=() if reason else self._given(table, row),
        )

    def _given(self, table: str, row: Row) -> list[tuple[int, str, int]]:
        """The reactions to a message: rows of a table since 2021, and before a list in the message's own row."""
        found = [
            (one.get("author_id"), one["emoji"], one.get("date_sent", 0))
            for one in self._reactions.get((table, row.get("_id", 0)), ())
        ]
        for _, one in fields(row["reactions"]) if isinstance(row.get("reactions"), bytes) else ():
            old = dict(fields(one)) if isinstance(one, bytes) else {}
            emoji = old.get(1)
            if isinstance(emoji, bytes):
                found.append((old.get(2), emoji.decode(errors="replace"), old.get(3, 0)))
        return [(self._by(author), emoji, sent) for author, emoji, sent in found]

    def _by(self, recipient: object) -> int:
        return self._people.get(str(recipient), -1)

    def _reason(self, row: Row, kind: int) -> str:
        base = kind & _BASE
        if base in _CALLS:
            return "call"
        if base == _BAD_DECRYPT:
            return "undecryptable"
        if (base != _INBOX and base not in _OUTBOX) or kind & _FLAGS:
            return "system"
        if kind & _SPECIAL:
            return _SPECIALS.get(kind & _SPECIAL, "system")
        if row.get("remote_deleted") or row.get("deleted_by"):
            return "deleted"
        if row.get("latest_revision_id"):
            return "edit"
        if row.get("view_once") or row.get("reveal_duration"):
            return "view-once"
        if row.get("expires_in") and "disappearing" not in self._keep:
            return "disappearing"
        if row.get("story_type") or row.get("is_story"):
            return "story"
        return "story-reply" if row.get("parent_story_id") and "story-reply" not in self._keep else USED

    def _text(self, table: str, row: Row) -> tuple[str, str]:
        body, number = row.get("body") or "", row.get("_id", 0)
        attached = table != "sms"  # the tables of attachments and mentions name rows of mms alone
        if attached and number in self._long:
            whole = self._long[number]
            if whole is None:
                return "incomplete", ""
            body = whole
        if attached and number in self._mentions:
            ranges = [
                (found.get("range_start", 0), found.get("range_length", 0), self._people[str(found["recipient_id"])])
                for found in self._mentions[number]
                if str(found.get("recipient_id")) in self._people
            ]
            body = placed(body, ranges)
        else:
            body = clean(body)
        if body.strip():
            return USED, body
        return (self._attached.get(number, "empty") if attached else "empty"), ""


def _received(table: str, row: Row) -> tuple[int, int, int]:
    """When it came; what came in the same millisecond in the order of its table."""
    when = row.get("date_received") or (row.get("date", 0) if table == "sms" else row.get("date_sent", 0))
    return (when if isinstance(when, int) else 0, int(table == "sms"), row.get("_id", 0))
