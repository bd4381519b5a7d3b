"""Signal's own plaintext export: a folder with `main.jsonl`, one frame a line, in proto3's JSON.

64-bit numbers are strings there, bytes are base64, and what has its default value is left out. Frames come after those
that they refer to, and messages in the order in which Signal shows them. (Signal-Desktop's and libsignal's
`exportLocalPlaintextBackup`; the fields are those of `Backup.proto`.) A message that was edited is sent when it was
edited last; when it was said is the time of its first revision.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import IO, Any, Final

from corpus.chats.jsonstream import lines
from corpus.chats.model import USED, SheetWriter
from corpus.chats.signal_text import (
    MALFORMED,
    aci_key,
    chat_keys,
    clean,
    full_names,
    group_keys,
    number_key,
    placed,
    whole_number,
)
from corpus.sources.base import SkipUnit

__all__ = ["long_texts", "read_plaintext"]

LongText = Callable[[Mapping[str, Any]], str | None]

_OTHER: Final[Mapping[str, str]] = {
    "stickerMessage": "sticker",
    "contactMessage": "contact",
    "remoteDeletedMessage": "deleted",
    "adminDeletedMessage": "deleted",
    "viewOnceMessage": "view-once",
    "paymentNotification": "payment",
    "giftBadge": "gift",
}
_LARGEST_TEXT: Final = 1 << 20
_LONGEST_NUMBER: Final = 20  # digits of 64 bits


def read_plaintext(file: IO[bytes], keep: Collection[str], long_text: LongText) -> bytes:
    """The sheet of a `main.jsonl`.

    Args:
        file: Its bytes.
        keep: Reasons to be disregarded, of `corpus.chats.model.KEEPABLE`.
        long_text: Finds the text that a file of the export holds, by its `FilePointer`.

    Raises:
        SkipUnit: It is broken, or not such an export.
    """
    reader = _Reader(keep, long_text)
    item = reader.item
    header = True
    for frame in lines(file):
        if not isinstance(frame, dict):
            raise SkipUnit("not-signal", "a line of main.jsonl is no object")
        found = frame.get("chatItem")
        if found is not None:
            item(found)
        elif header and "backupTimeMs" in frame:
            reader.writer.exported = _number(frame["backupTimeMs"])
        else:
            reader.frame(frame)
        header = False
    if header:
        raise SkipUnit("truncated", "the file is empty: the export did not finish")
    return reader.writer.finish()


def _number(value: object) -> int:
    digits = str(value) if isinstance(value, str | int) else ""
    return int(digits) if len(digits) <= _LONGEST_NUMBER and digits.isascii() and digits.isdigit() else 0


class _Reader:
    """Recipients and chats by the ids that they have in this file."""

    def __init__(self, keep: Collection[str], long_text: LongText) -> None:
        self.writer = SheetWriter()
        self._keep = keep
        self._long_text = long_text
        self._me = self.writer.person(["self"], me=True)
        self._recipients: dict[str, int] = {}
        self._addresses: dict[str, tuple[list[str], bool]] = {}
        self._chats: dict[str, int] = {}
        self._news: set[int] = set()

    def frame(self, frame: Mapping[str, Any]) -> None:
        """A frame that is no message; one that is malformed is as if it were not there."""
        try:
            if "recipient" in frame:
                self._recipient(frame["recipient"])
            elif "chat" in frame:
                self._chat(frame["chat"])
            elif "account" in frame:
                account = frame["account"]
                names = full_names(account.get("givenName"), account.get("familyName"))
                self.writer.person(["self"], [*names, account.get("username")], me=True)
        except MALFORMED:
            return

    def _recipient(self, recipient: Mapping[str, Any]) -> None:
        number = str(recipient.get("id", "0"))
        keys = [f"file:{number}"]
        if "contact" in recipient:
            contact = recipient["contact"]
            keys, names = _contact(contact, keys)
            self._recipients[number] = self.writer.person(keys, names)
            self._addresses[number] = chat_keys(keys), False
        elif "group" in recipient:
            group = recipient["group"]
            self._addresses[number] = group_keys(group.get("masterKey")), True
        elif "self" in recipient:
            self._recipients[number] = self._me
            self._addresses[number] = chat_keys(["self"]), False
        elif "releaseNotes" in recipient:
            self._recipients[number] = self.writer.person(["release-notes"])
            self._addresses[number] = chat_keys(["release-notes"]), False

    def _chat(self, chat: Mapping[str, Any]) -> None:
        number, recipient = str(chat.get("id", "0")), str(chat.get("recipientId", "0"))
        keys, group = self._addresses.get(recipient, ([], False))
        self._chats[number] = self.writer.chat(keys, group=group)
        if keys == ["direct:release-notes"]:
            self._news.add(self._chats[number])

    def item(self, item: Any) -> None:
        """One message, or what else stands between messages."""
        try:
            chat, author, sent = self._place(item)
            reason, body, quoted = self._content(item, chat)
            revision, edits = 0, []
            if "revisions" in item and not reason:
                edits = [
                    (int(one.get("dateSent") or 0), self._content(one, chat)[1]) for one in item["revisions"] or ()
                ]
                sent, revision = (edits[0][0], sent) if edits else (sent, 0)
                edits = [(when, text) for when, text in edits if text]
            reactions = self._reactions(item) if not reason else ()
            target_author, target_sent = -1, 0
            if quoted:
                target_author = self._recipients.get(str(quoted.get("authorId", "0")), -1)
                target_sent = _number(quoted.get("targetSentTimestamp"))
        except MALFORMED:
            self.writer.message(self.writer.chat(["file:nowhere"]), -1, 0, "malformed")
            return
        self.writer.message(
            chat, author, sent, reason, body,
            revision=revision, target_author=target_author, target_sent=target_sent, edits=edits, reactions=reactions,
        )  # fmt: skip

    def _reactions(self, item: Mapping[str, Any]) -> list[tuple[int, str, int]]:
        message = item.get("standardMessage") or item.get("directStoryReplyMessage") or item.get("poll") or {}
        if "reactions" not in message:
            return []
        return [
            (self._recipients.get(str(one.get("authorId", "0")), -1), one["emoji"], _number(one.get("sentTimestamp")))
            for one in message["reactions"] or ()
            if one.get("emoji")
        ]

    def _place(self, item: Mapping[str, Any]) -> tuple[int, int, int]:
        number = str(item.get("chatId", "0"))
        chat = self._chats.get(number)
        if chat is None:
            chat = self._chats[number] = self.writer.chat([f"file:{number}"])
        author = self._me if "outgoing" in item else self._recipients.get(str(item.get("authorId", "0")), -1)
        return chat, author, int(item.get("dateSent") or 0)

    def _content(self, item: Mapping[str, Any], chat: int) -> tuple[str, str, Mapping[str, Any] | None]:
        """The reason why it is left out, or its text, and what it quotes."""
        message = item.get("standardMessage")
        if chat in self._news:
            return "bot", "", None
        if message is not None and whole_number(item.get("expiresInMs")) and "disappearing" not in self._keep:
            return "disappearing", "", None
        if message is None:
            reason, body = self._other(item)
            return reason, body, None
        if "incoming" not in item and "outgoing" not in item:
            return "system", "", None
        text = message.get("text")
        long = message.get("longText")
        if long is None and text:
            body = text.get("body") or ""
            if "bodyRanges" in text or "\0" in body or "\ufffc" in body:
                body = self._with_mentions(body, text)
            reason = USED if body and not body.isspace() else "empty"
            return reason, body, message.get("quote")
        reason, body = self._long(text or {}, long)
        if reason == "empty" and message.get("attachments"):
            reason = "attachment"
        return reason, body, message.get("quote")

    def _long(self, text: Mapping[str, Any], pointer: Mapping[str, Any] | None) -> tuple[str, str]:
        if pointer is None:
            return "empty", ""
        whole = self._long_text(pointer)
        if whole is None:
            return "incomplete", ""
        body = self._with_mentions(whole, text)
        return (USED, body) if body.strip() else ("empty", "")

    def _with_mentions(self, body: str, text: Mapping[str, Any]) -> str:
        ranges = []
        for found in text.get("bodyRanges") or ():
            key = aci_key(found.get("mentionAci"))
            if key is not None:
                start, length = whole_number(found.get("start")), whole_number(found.get("length"))
                ranges.append((start, length, self.writer.person([key])))
        return placed(body, ranges)

    def _other(self, item: Mapping[str, Any]) -> tuple[str, str]:
        """What is no standard message."""
        for name, reason in _OTHER.items():
            if name in item:
                return reason, ""
        spoken = "incoming" in item or "outgoing" in item
        kept = spoken and not (whole_number(item.get("expiresInMs")) and "disappearing" not in self._keep)
        if "updateMessage" in item:
            return self._update(item["updateMessage"], item), ""
        if "directStoryReplyMessage" in item:
            reply = (item["directStoryReplyMessage"].get("textReply") or {}).get("text") or {}
            body = self._with_mentions(reply.get("body") or "", reply)
            return (USED, body) if kept and body.strip() and "story-reply" in self._keep else ("story-reply", "")
        if "poll" in item:
            question = clean(item["poll"].get("question") or "")
            return (USED, question) if kept and question.strip() and "poll" in self._keep else ("poll", "")
        return "unknown", ""

    def _update(self, update: Mapping[str, Any], item: Mapping[str, Any]) -> str:
        """Calls and changes. A change of somebody's name tells what they were called before."""
        if "individualCall" in update or "groupCall" in update:
            return "call"
        change = update.get("profileChange")
        author = self._recipients.get(str(item.get("authorId", "0")))
        if change and author is not None:
            key = next(iter(self.writer.people[author].keys))
            self.writer.person([key], [change.get("previousName"), change.get("newName")])
        return "system"


def _contact(contact: Mapping[str, Any], otherwise: list[str]) -> tuple[list[str], list[object]]:
    found = [aci_key(contact.get("aci")), number_key(contact.get("e164")), aci_key(contact.get("pni"), "pni")]
    keys = [key for key in found if key] or otherwise
    nick = contact.get("nickname") or {}
    names = [
        *full_names(contact.get("profileGivenName"), contact.get("profileFamilyName")),
        *full_names(contact.get("systemGivenName"), contact.get("systemFamilyName")),
        *full_names(nick.get("given"), nick.get("family")),
        contact.get("systemNickname"),
        contact.get("username"),
    ]
    number = number_key(contact.get("e164"))
    return keys, [*names, "+" + number.removeprefix("e164:") if number else None]


def long_texts(folder: Path) -> LongText:
    """How to find the texts that lie in files beside `main.jsonl`, each named by the hash of its content."""

    def find(pointer: Mapping[str, Any]) -> str | None:
        digest = (pointer.get("locatorInfo") or {}).get("plaintextHash")
        if not digest:
            return None
        name = base64.b64decode(digest).hex()
        for file in sorted((folder / "files" / name[:2]).glob(f"{name}.*")):
            if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST_TEXT:
                continue
            data = file.read_bytes()
            if hashlib.sha256(data).hexdigest() == name:
                return data.decode(errors="replace")
        return None

    return find
