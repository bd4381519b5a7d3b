"""Matrix: events, whoever wrote them down.

Element's JSON export (a file, or `export.json` in a zip), the room folders of Synapse's `export-data`,
matrix-commander's JSON lines and responses of `/messages` and `/sync` all hold the events of the Client-Server API,
wrapped differently. Edits and redactions are kept as what they are and applied when all exports of a room are at
hand, since they may stand in another one than the message.

An edit that a server only bundles with its message (`m.relations`, since 1.7 the whole event) is applied too: the event
itself may lie in a page that nobody saved. What Element exports has the text of the last edit alone.

Rules are those of the specification: a reply's fallback is cut where there is a reply, a thread's `is_falling_back`
is none, notices are bots, a caption is a body that differs from the file's name.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import json
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, Final
from urllib.parse import unquote

from corpus.chats.jsonstream import values
from corpus.chats.model import EDIT, MESSAGE, REACTION, REDACTION, USED, SheetWriter, mention, third_person
from corpus.chats.signal_text import MALFORMED, clean
from corpus.sources.base import SkipUnit

__all__ = ["read_matrix", "read_matrix_zip", "read_state"]

_LISTS: Final = frozenset({"messages", "chunk"})
_PILL: Final = re.compile(
    r"""<a\s[^<>]{0,200}?href=["']https://matrix\.to/#/(@|%40)([^"'?<>]+)[^"'<>]*["'][^<>]{0,200}>([^<]*)</a>"""
)
_EMPTY_ROOM: Final = re.compile(r"Empty room(?: \(was (.+)\))?")
_FILES: Final = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_MESSAGE_REASONS: Final[Mapping[str, str]] = {
    "m.notice": "bot",
    "m.server_notice": "bot",
    "m.location": "location",
    "m.key.verification.request": "system",
    "m.bad.encrypted": "undecryptable",
}
_EVENT_REASONS: Final[Mapping[str, str]] = {
    "m.room.encrypted": "undecryptable",
    "m.sticker": "sticker",
    "m.poll.response": "poll",
    "m.poll.end": "poll",
    "org.matrix.msc3381.poll.response": "poll",
    "org.matrix.msc3381.poll.end": "poll",
    "m.beacon": "location",
}
_POLLS: Final = ("m.poll.start", "org.matrix.msc3381.poll.start")
_SHORT_LOCALPART: Final = 3
_TWO: Final = 2


def read_matrix(file: IO[bytes], keep: Collection[str], room: str | None = None) -> bytes:
    """The sheet of a file of events, in whatever of the known layouts.

    Args:
        file: Its bytes, JSON in UTF-8.
        keep: Reasons to be disregarded.
        room: The room of events that name none.

    Raises:
        SkipUnit: It is no JSON, or holds no event.
    """
    reader = _Reader(keep)
    forwards = room is not None  # Synapse writes what came first first; Element too
    for name, value in values(file, _LISTS):
        forwards = forwards or name == "messages"
        reader.about(name, value)
        for event, named in _events(name, value):
            reader.event(event, named or room)
    reader.finish()
    if not reader.seen:
        raise SkipUnit("not-matrix", "the file holds no event: none of its values has a type")
    reader.writer.newest_first = set() if forwards else reader.backwards()
    return reader.writer.finish()


def read_state(file: IO[bytes]) -> bytes:
    """The sheet of a state of a room that Synapse exports beside its events: what its members are called, no message.

    Raises:
        SkipUnit: It is no JSON.
    """
    reader = _Reader(())
    for _, value in values(file):
        if isinstance(value, dict):
            reader.state(value)
    return reader.writer.finish()


def read_matrix_zip(file: IO[bytes], keep: Collection[str]) -> bytes:
    """The sheet of Element's zip: of the `export.json` in it.

    Raises:
        SkipUnit: It is damaged, or an export as HTML or text.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = sorted(name for name in archive.namelist() if name.rpartition("/")[2] == "export.json")
            if not names:
                raise SkipUnit("not-json", "the zip holds no export.json: export the room again, as JSON")
            with archive.open(names[0]) as member:
                return read_matrix(member, keep)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise SkipUnit("damaged", f"the zip cannot be read: {error}") from None


def _events(name: str, value: Any) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """The events in a value, each with the room that its surroundings name."""
    if name in _LISTS:
        yield (value if isinstance(value, dict) else {}), None
    elif not isinstance(value, dict):
        return
    elif "type" in value and "content" in value:
        yield value, None
    elif isinstance(value.get("source"), dict):  # matrix-commander
        found = value.get("room")
        room = found if isinstance(found, dict) else {}
        known = room.get("room_id", value.get("room_id"))
        extra = {
            "own_user_id": room.get("own_user_id"),
            "sender_nick": value.get("sender_nick"),
            "users": room.get("users"),
        }
        yield {**value["source"], **extra}, known if isinstance(known, str) else None
    elif isinstance(value.get("rooms"), dict):  # /sync
        for state in ("join", "leave"):
            for named, found in _items(value["rooms"].get(state)):
                for part in ("state", "state_after", "timeline"):
                    listed = found.get(part) if isinstance(found, dict) else None
                    events = listed.get("events") if isinstance(listed, dict) else None
                    yield from ((e, named) for e in (events if isinstance(events, list) else ()) if isinstance(e, dict))


def _items(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


class _Reader:
    """The rooms and people of one file."""

    def __init__(self, keep: Collection[str]) -> None:
        self.writer = SheetWriter()
        self.seen = 0
        self._keep = keep
        self._people: dict[str, int] = {}
        self._rooms: dict[str, int] = {}
        self._versions: dict[str, str] = {}
        self._users: Mapping[str, Any] = {}
        self._room_name = ""
        self._named = False
        self._senders: set[str] = set()
        self._stamps: dict[int, int] = {}
        self._steps: dict[int, int] = {}

    def about(self, name: str, value: Any) -> None:
        """What Element says of a room: names of people, without their ids, which may stand nowhere else."""
        if name == "room_creator" and isinstance(value, str):
            self.writer.person([f"name:{value}"], [value])
        elif name == "room_name" and isinstance(value, str):
            empty = _EMPTY_ROOM.fullmatch(value)
            self._room_name = (empty[1] or "") if empty else value

    def finish(self) -> None:
        """After the last event: a room of two that nobody has named is called by the name of one of them."""
        if self._room_name and not self._named and len(self._senders) <= _TWO:
            self.writer.person([f"name:{self._room_name}"], [self._room_name])

    def backwards(self) -> set[int]:
        """The rooms whose events come newest first: responses for `dir=b`, what matrix-commander says for `--tail`.

        More steps lead back in time than on, so that one clock that was wrong turns nothing round.
        """
        return {chat for chat, steps in self._steps.items() if steps < 0}

    def _step(self, chat: int, stamp: object) -> None:
        if isinstance(stamp, int):
            before = self._stamps.get(chat, stamp)
            self._steps[chat] = self._steps.get(chat, 0) + (stamp > before) - (stamp < before)
            self._stamps[chat] = stamp

    def event(self, event: Mapping[str, Any], room: str | None) -> None:
        """One event."""
        named = event.get("room_id") or room
        room = named if isinstance(named, str) else ""
        chat = self._rooms.get(room)
        if chat is None:
            chat = self._rooms[room] = self.writer.chat([f"room:{room}"] if room else [])
        kind, sender = event.get("type"), event.get("sender")
        if "state_key" not in event:  # a state comes in no order
            self._step(chat, event.get("origin_server_ts"))
        self.seen += isinstance(kind, str)
        try:
            if isinstance(kind, str) and "sender" not in event and kind != "m.room.message":
                self.writer.message(chat, -1, 0, "system")  # account data, typing, receipts, keys: said by nobody
            elif isinstance(kind, str) and isinstance(sender, str) and sender:
                self._add(event, kind, sender, chat, room)
            else:
                self.writer.message(chat, -1, 0, "malformed")
        except MALFORMED:
            self.writer.message(chat, -1, 0, "malformed")

    def _add(self, event: Mapping[str, Any], kind: str, sender: str, chat: int, room: str) -> None:
        content = event.get("content") or {}
        author = self._person(sender, me=event.get("own_user_id") == sender)
        self._senders.add(sender)
        self._named = self._named or kind == "m.room.name"
        if event.get("sender_nick"):
            self._members(event)
        if "state_key" in event:
            self._state(event, kind, content, room)
        name = event.get("event_id") or self._reference(event, kind, content, room)
        name = name if isinstance(name, str) else None
        sent = int(event.get("origin_server_ts") or 0)
        unsigned = event.get("unsigned") or {}
        if kind == "m.room.redaction" and not unsigned.get("redacted_because"):
            target = event.get("redacts") or content.get("redacts")
            target = target if isinstance(target, str) else None
            self.writer.message(chat, author, sent, "redaction", kind=REDACTION, event=name, target=target)
            return
        reason, body, what, target = self._content(event, kind, content, author)
        revision, edits = 0, []
        if what == MESSAGE and isinstance(unsigned.get("m.relations"), dict):
            latest = unsigned["m.relations"].get("m.replace") or {}
            revision = int(latest.get("origin_server_ts") or 0)
            later = self._bundled(latest, sender, author) if not reason else body
            if later and later != body:
                edits, body = [(sent, body)], later
        self.writer.message(
            chat, author, sent, reason, body, kind=what, revision=revision, event=name, target=target, edits=edits
        )

    def _bundled(self, edit: Mapping[str, Any], sender: str, author: int) -> str:
        """The text of an edit that stands in the message that it edits; none where only its id stands there."""
        fresh = (edit.get("content") or {}).get("m.new_content")
        if not isinstance(fresh, dict) or edit.get("sender") != sender:
            return ""
        reason, body = self._text(fresh, author, reply=False)
        return "" if reason else body

    def _person(self, user: str, *, me: bool = False) -> int:
        number = self._people.get(user)
        if number is None or me:
            local = user[1:].partition(":")[0]
            names = [user, local] if len(local) >= _SHORT_LOCALPART else [user]
            number = self._people[user] = self.writer.person([f"user:{user}"], names, me=me)
        return number

    def state(self, event: Mapping[str, Any]) -> None:
        """What an event of a room's state says people are called."""
        content = event.get("content")
        with contextlib.suppress(*MALFORMED):
            if "state_key" in event and isinstance(content, dict):
                self._state(event, str(event.get("type")), content, "")

    def _members(self, event: Mapping[str, Any]) -> None:
        """What matrix-commander says beside an event: the sender's name, and once a room those of its members."""
        self.writer.person([f"user:{event['sender']}"], [event["sender_nick"]])
        users = event.get("users")
        if not isinstance(users, dict) or self._users == users:
            return
        self._users = users
        for user, member in users.items():
            if isinstance(member, dict):
                self._person(user)
                self.writer.person([f"user:{user}"], [member.get("display_name"), member.get("name")])

    def _state(self, event: Mapping[str, Any], kind: str, content: Mapping[str, Any], room: str) -> None:
        """What people are called, and the version of the room."""
        if kind == "m.room.create":
            self._versions[room] = str(content.get("room_version", "1"))
        if kind != "m.room.member" or not isinstance(event["state_key"], str) or not event["state_key"]:
            return
        before = event.get("prev_content") or (event.get("unsigned") or {}).get("prev_content") or {}
        self._person(event["state_key"])
        self.writer.person([f"user:{event['state_key']}"], [before.get("displayname"), content.get("displayname")])

    def _content(
        self, event: Mapping[str, Any], kind: str, content: Mapping[str, Any], author: int
    ) -> tuple[str, str, int, str | None]:
        """Reason or text, whether it is a message or an edit, and what it edits or answers."""
        if "state_key" in event:
            return "system", "", MESSAGE, None
        if kind == "m.reaction":
            relation = content.get("m.relates_to") or {}
            emoji, answered = relation.get("key"), relation.get("event_id")
            if (
                relation.get("rel_type") != "m.annotation"
                or not isinstance(emoji, str)
                or not isinstance(answered, str)
            ):
                return "reaction", "", MESSAGE, None
            return "reaction", clean(emoji), REACTION, answered
        if (event.get("unsigned") or {}).get("redacted_because") or not content:
            return "deleted", "", MESSAGE, None
        if kind != "m.room.message":
            reason, body = self._other(kind, content)
            return reason, body, MESSAGE, None
        relation = content.get("m.relates_to") or {}
        if relation.get("rel_type") == "m.replace":
            fresh = content.get("m.new_content")
            reason, body = self._text(fresh, author, reply=False) if isinstance(fresh, dict) else ("edit", "")
            edited = relation.get("event_id")
            return ("edit" if reason else USED), body, EDIT, edited if isinstance(edited, str) else None
        reply = relation.get("m.in_reply_to") or {}
        answered = reply.get("event_id")
        reason, body = self._text(content, author, reply=bool(answered))
        if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back"):
            answered = None
        return reason, body, MESSAGE, answered if isinstance(answered, str) else None

    def _text(self, content: Mapping[str, Any], author: int, *, reply: bool) -> tuple[str, str]:
        kind = content.get("msgtype")
        body = content.get("body")
        if isinstance(kind, str) and kind in _MESSAGE_REASONS:
            return _MESSAGE_REASONS[kind], ""
        if kind in _FILES:
            name = content.get("filename")
            if not isinstance(name, str) or name == body:
                return "attachment", ""
        elif kind not in {"m.text", "m.emote"}:
            return "unknown", ""
        if not isinstance(body, str):
            return "malformed", ""
        body = _without_fallback(clean(body)) if reply else clean(body)
        formatted = content.get("formatted_body")
        if isinstance(formatted, str) and "matrix.to" in formatted:
            body = self._with_pills(body, formatted)
        if not body.strip():
            return "empty", ""
        return USED, third_person(author, body) if kind == "m.emote" else body

    def _with_pills(self, body: str, formatted: str) -> str:
        """Mentions, which the plain text writes by the name that somebody had then."""
        for _, user, text in _PILL.findall(formatted):
            name = html.unescape(text)
            person = self._person("@" + unquote(user))
            if not name[:1].islower():  # else somebody has linked a word of their own
                self.writer.person([f"user:@{unquote(user)}"], [name.removeprefix("@")])
            if len(name) > 1 and name in body:
                body = body.replace(name, mention(person), 1)
        return body

    def _other(self, kind: str, content: Mapping[str, Any]) -> tuple[str, str]:
        if kind in _POLLS:
            return self._poll(content)
        if kind in _EVENT_REASONS:
            return _EVENT_REASONS[kind], ""
        if kind.startswith("m.call"):
            return "call", ""
        return (
            "system" if kind.startswith(("m.room.", "m.key.", "m.space.", "m.policy.", "m.presence")) else "unknown"
        ), ""

    def _poll(self, content: Mapping[str, Any]) -> tuple[str, str]:
        if "poll" not in self._keep:
            return "poll", ""
        poll = content.get("m.poll") or content.get("org.matrix.msc3381.poll.start") or {}
        question = poll.get("question") or {}
        text = question.get("m.text") or question.get("org.matrix.msc1767.text") or question.get("body")
        if isinstance(text, list):
            text = next((part.get("body") for part in text if isinstance(part, dict)), "")
        return (USED, clean(text)) if isinstance(text, str) and text.strip() else ("poll", "")

    def _reference(self, event: Mapping[str, Any], kind: str, content: Mapping[str, Any], room: str) -> str | None:
        """The id of an event as servers keep it, without one: its reference hash, since room version 3.

        Only of events that others refer to: of a message, an encrypted one or a redaction, whose redacted content is
        empty (but for `redacts` since version 11).
        """
        if "hashes" not in event or "state_key" in event:
            return None
        version = self._versions.get(room, "")
        old = version.isdigit() and int(version) < 11
        redacted = {name: event[name] for name in _HASHED if name in event}
        if old:
            redacted.update({name: event[name] for name in _HASHED_BEFORE_11 if name in event})
        since_11 = kind == "m.room.redaction" and not old and "redacts" in content
        redacted["content"] = {"redacts": content["redacts"]} if since_11 else {}
        canonical = json.dumps(redacted, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = base64.b64encode(hashlib.sha256(canonical.encode()).digest(), None if version == "3" else b"-_")
        return "$" + digest.decode().rstrip("=")


_HASHED: Final = (
    "type", "room_id", "sender", "hashes", "depth", "prev_events", "auth_events", "origin_server_ts",
)  # fmt: skip
_HASHED_BEFORE_11: Final = ("prev_state", "origin", "membership")


def _without_fallback(body: str) -> str:
    """A reply without the quotation before it: lines that begin with `>`, and one that is empty."""
    if not body.startswith("> "):
        return body
    lines = body.split("\n")
    at = 0
    while at < len(lines) and (lines[at].startswith("> ") or lines[at] == ">"):
        at += 1
    if at < len(lines) and not lines[at]:
        at += 1
    return "\n".join(lines[at:])
