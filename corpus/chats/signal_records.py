"""A message as Signal Desktop keeps it: the record in its database, which sigtop exports as it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from corpus.chats.model import USED, SheetWriter
from corpus.chats.signal_text import aci_key, clean, number_key, placed, whole_number

__all__ = ["add_record", "own_keys"]

_CALLS: Final = ("call-history",)
_SPOKEN: Final = ("incoming", "outgoing")
_OBJECTS: Final[Mapping[str, str]] = {
    "sticker": "sticker",
    "contact": "contact",
    "payment": "payment",
    "giftBadge": "gift",
}
LongText = Callable[[Mapping[str, Any]], str | None]


def add_record(
    writer: SheetWriter, chat: int, record: Mapping[str, Any], keep: Collection[str], long_text: LongText
) -> None:
    """Add one record to a sheet.

    Args:
        writer: The sheet.
        chat: The number of its chat there.
        record: Field to value, the columns of the database over what its `json` holds.
        keep: Reasons to be disregarded.
        long_text: Finds the whole text of a record whose `body` is only its beginning.

    Raises:
        Exception: One of `signal_text.MALFORMED`.
    """
    change = record.get("profileChange")
    if change:  # what somebody was called before; `changedId` is their conversation's
        changed = record.get("changedId") or record.get("conversationId")
        writer.person([f"file:{changed}"], [change.get("oldName"), change.get("newName")])
    author = _author(writer, record)
    sent = whole_number(record.get("sent_at") or record.get("timestamp"))
    reason = _reason(record, keep)
    body = ""
    if reason in keep or not reason:
        reason, body = _text(writer, record, keep, long_text)
    edits = _edits(writer, record, long_text) if record.get("editHistory") and not reason else []
    revision = 0
    if edits:
        sent, revision = edits[0][0], whole_number(record.get("editMessageTimestamp")) or edits.pop()[0]
        edits = [(when, text) for when, text in edits if when != revision and text]
    quote = record.get("quote") or {}
    target_author = -1
    if quote:
        target_author = _person(writer, quote.get("authorAci") or quote.get("authorUuid"), quote.get("author"))
    writer.message(
        chat,
        author,
        sent,
        reason,
        body,
        revision=revision,
        target_author=target_author,
        target_sent=whole_number(quote.get("id")),
        edits=edits,
        reactions=_reactions(writer, record) if record.get("reactions") and not reason else (),
    )


def _edits(writer: SheetWriter, record: Mapping[str, Any], long_text: LongText) -> list[tuple[int, str]]:
    """All versions of a message, the oldest first; `editHistory` has the newest first, the current one among them.

    The text of one of which only the beginning is left is empty: Signal removes the files of earlier long texts.
    """
    found = []
    for one in record["editHistory"]:
        whole = long_text(one["bodyAttachment"]) if one.get("bodyAttachment") else one.get("body")
        found.append((whole_number(one.get("timestamp")), _placed(writer, {**one, "body": whole})))
    return sorted((when, text) for when, text in found if when)


def _reactions(writer: SheetWriter, record: Mapping[str, Any]) -> list[tuple[int, str, int]]:
    """Reactions, each by the conversation with who reacted, or by a number before 2020; one without emoji is gone."""
    return [
        (
            writer.known(number_key(one.get("fromId")) or f"file:{one.get('fromId')}"),
            one["emoji"],
            whole_number(one.get("timestamp")),
        )
        for one in record["reactions"]
        if one.get("emoji")
    ]


def own_keys(items: Mapping[str, Any]) -> list[str | None]:
    """The keys of the owner, of the values of `items`: `uuid_id` and `number_id`, each followed by a device."""
    account = str(items.get("uuid_id") or "").partition(".")[0]
    return [aci_key(account), number_key(str(items.get("number_id") or "").partition(".")[0])]


def _author(writer: SheetWriter, record: Mapping[str, Any]) -> int:
    if record.get("type") == "outgoing":
        return writer.person(["self"], me=True)
    return _person(writer, record.get("sourceServiceId") or record.get("sourceUuid"), record.get("source"))


def _person(writer: SheetWriter, account: object, number: object) -> int:
    keys = [aci_key(account), number_key(number)]
    return writer.person(keys) if any(keys) else -1


def _reason(record: Mapping[str, Any], keep: Collection[str]) -> str:
    """Why it is left out whatever it says, or what would have to be disregarded."""
    kind = record.get("type")
    if kind in _CALLS:
        return "call"
    if kind == "story":
        return "story"
    if kind not in _SPOKEN:
        return "system"
    if record.get("isErased") or record.get("deletedForEveryone") or record.get("deletedForEveryoneByAdminAci"):
        return "deleted"
    if record.get("isViewOnce"):
        return "view-once"
    if whole_number(record.get("expireTimer")) and "disappearing" not in keep:
        return "disappearing"
    if (record.get("storyId") or record.get("storyReplyContext")) and "story-reply" not in keep:
        return "story-reply"
    return next((reason for name, reason in _OBJECTS.items() if record.get(name)), USED)


def _text(
    writer: SheetWriter, record: Mapping[str, Any], keep: Collection[str], long_text: LongText
) -> tuple[str, str]:
    body = record.get("body") or ""
    if record.get("poll"):
        body = (record["poll"].get("question") or "") if "poll" in keep else ""
        if not body.strip():
            return "poll", ""
    if record.get("bodyAttachment"):
        whole = long_text(record["bodyAttachment"])
        if whole is None:
            return "incomplete", ""
        body = whole
    body = _placed(writer, {"body": body, "bodyRanges": record.get("bodyRanges")})
    if body.strip():
        return USED, body
    return ("attachment" if record.get("attachments") or record.get("hasAttachments") else "empty"), ""


def _placed(writer: SheetWriter, version: Mapping[str, Any]) -> str:
    """A text with its mentions where they belong."""
    body = version.get("body") or ""
    if not version.get("bodyRanges"):
        return clean(body)
    ranges = []
    for found in version["bodyRanges"]:
        key = aci_key(found.get("mentionAci") or found.get("mentionUuid"))
        if key is not None:
            start, length = whole_number(found.get("start")), whole_number(found.get("length"))
            ranges.append((start, length, writer.person([key])))
    return placed(body, ranges)
