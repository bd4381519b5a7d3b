"""What other programs export of Signal: signal-export's `data.json` and sigtop's JSON.

signal-export (carderne) writes one message a line, with a time on the exporting machine's wall and names in place of
ids, `Me` for its owner. So such a chat has no key: it is recognised as one of another export by its messages, or stands
for itself; `No-Sender` is somebody whom it did not find. sigtop writes a list of Signal Desktop's records, that is of
what the column `json` holds: of messages that Signal stored since version 1270 of its database (2025) neither text nor
conversation stand there, which no reader can bring back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import IO, Any, Final

from corpus.chats.jsonstream import lines, values
from corpus.chats.model import USED, SheetWriter
from corpus.chats.signal_records import add_record
from corpus.chats.signal_text import MALFORMED, aci_key, clean, number_key
from corpus.sources.base import SkipUnit

__all__ = ["read_signal_export", "read_sigtop"]

_OWNER: Final = "Me"
_NOBODY: Final = {"No-Sender", "", None}
_KEPT: Final = frozenset(
    ("attachments", "bodyRanges", "editHistory", "errors", "preview", "quote", "reactions", "schemaVersion",
     "sendStateByConversationId")
)  # fmt: skip


def read_signal_export(file: IO[bytes]) -> bytes:
    """The sheet of one chat's `data.json`.

    Raises:
        SkipUnit: It is broken, or not of signal-export.
    """
    writer = SheetWriter()
    writer.wall_clock = True
    chat = writer.chat([])
    speakers: set[str] = set()
    for record in lines(file):
        if not isinstance(record, dict) or not {"date", "sender"} <= record.keys():
            raise SkipUnit("not-signal", "a line is no message of signal-export: date and sender expected")
        try:
            _add(writer, chat, record)
            if record["sender"] != _OWNER and record["sender"] not in _NOBODY:
                speakers.add(record["sender"])
        except MALFORMED:
            writer.message(chat, -1, 0, "malformed")
    writer.chats[chat].group = len(speakers) > 1
    return writer.finish()


def _add(writer: SheetWriter, chat: int, record: Mapping[str, Any]) -> None:
    author = _person(writer, record["sender"])
    sent = datetime.fromisoformat(record["date"]).replace(tzinfo=UTC)
    body = clean(record.get("body") or "").rstrip()
    reactions = [(_person(writer, name), emoji, 0) for name, emoji in record.get("reactions") or () if emoji]
    writer.message(chat, author, int(sent.timestamp() * 1000), *_content(record, author, body), reactions=reactions)


def _person(writer: SheetWriter, name: Any) -> int:
    if name == _OWNER:
        return writer.person(["self"], me=True)
    return -1 if name in _NOBODY else writer.person([f"name:{name}"], [name])


def _content(record: Mapping[str, Any], author: int, body: str) -> tuple[str, str]:
    if record.get("deleted"):
        return "deleted", ""
    if record.get("call") or record.get("missed"):
        return "call", ""
    if record.get("sticker"):
        return "sticker", ""
    if author < 0 and not body:
        return "system", ""
    if body:
        return USED, body
    return ("attachment" if record.get("attachments") else "empty"), ""


def read_sigtop(file: IO[bytes], keep: Collection[str]) -> bytes:
    """The sheet of a chat that sigtop exported.

    Raises:
        SkipUnit: It is broken, or not of sigtop.
    """
    writer = SheetWriter()
    writer.person(["self"], me=True)
    records = [record for _, record in values(file)]
    if not all(isinstance(record, dict) for record in records):
        raise SkipUnit("not-signal", "an element is no record of Signal Desktop: an object expected")
    speakers: dict[str, set[str]] = {}
    for record in records:
        if "conversationId" not in record:
            continue
        heard = speakers.setdefault(str(record["conversationId"]), set())
        if record.get("type") == "incoming":
            heard.add(str(record.get("sourceServiceId") or record.get("sourceUuid") or record.get("source")))
    if records and not speakers:
        _refuse(records)
    chats = {name: writer.chat([f"desktop:{name}"], group=len(heard) > 1) for name, heard in sorted(speakers.items())}
    for name, heard in sorted(speakers.items()):
        if len(heard) == 1:  # who reacts is called by the conversation with them
            (speaker,) = heard
            writer.person([aci_key(speaker) or number_key(speaker), f"file:{name}"])
    for record in records:
        chat = chats[str(record["conversationId"])] if "conversationId" in record else next(iter(chats.values()))
        if "conversationId" not in record:
            writer.message(chat, -1, 0, "incomplete")
            continue
        try:
            add_record(writer, chat, record, keep, lambda _: None)
        except MALFORMED:
            writer.message(chat, -1, 0, "malformed")
    return writer.finish()


def _refuse(records: Collection[Mapping[str, Any]]) -> None:
    """Say why there is no conversation in a list of records."""
    if any(not _KEPT.isdisjoint(record) for record in records):
        raise SkipUnit(
            "incomplete",
            "sigtop has no texts of what Signal Desktop stored since 2025: read its database, corpus.SignalDesktop()",
        )
    raise SkipUnit("not-signal", "no element is a record of Signal Desktop: conversationId expected")
