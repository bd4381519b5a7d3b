"""Conversations that tests make up, and how each application would write them down.

What is written here is written from the descriptions of the formats alone, and shares no code with the readers: frames
of Signal's export, databases made with SQLCipher itself, backups enciphered step by step, events of Matrix.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ME = "me"
KEY = "0123456789abcdef" * 4
PASSPHRASE = "12345 67890 12345 67890 12345 67890"
ROUNDS = 250_000  # of the passphrase of a backup
START = 1_700_000_000_000
EDITED = 5_000
REACTED = 60_000


@dataclass(frozen=True)
class Somebody:
    """A contact."""

    given: str
    family: str = ""
    number: str = "+4915112345678"

    @property
    def aci(self) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, self.given + self.family + self.number)

    @property
    def user(self) -> str:
        return f"@{self.given.lower()}:example.org"


@dataclass
class Said:
    """One message: by whom, what, how many seconds after the one before, and what is special about it.

    `before` is what it said before it was edited, each `EDITED` milliseconds after the last; `reactions` come `REACTED`
    milliseconds after it.
    """

    by: Somebody | str
    text: str = ""
    after: float = 10.0
    special: str = ""
    mentions: Sequence[tuple[int, int, Somebody]] = ()
    quotes: int | None = None
    before: Sequence[str] = ()
    reactions: Sequence[tuple[Somebody | str, str]] = ()


@dataclass
class Talk:
    """One conversation, of two where nobody but `others[0]` is named a member."""

    others: Sequence[Somebody]
    said: Sequence[Said]
    group: bool = False
    times: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        at = START
        for said in self.said:
            at += int(said.after * 1000)
            self.times.append(at)


ANNA = Somebody("Anna", "Schmidt", "+4915112345678")
BEN = Somebody("Benedikt", "Okafor", "+16105550101")
OWN_ACI = uuid.uuid5(uuid.NAMESPACE_OID, "the owner")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# Signal's plaintext export.


def write_export(folder: Path, talks: Sequence[Talk]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(frame, ensure_ascii=False) for frame in export_frames(talks)]
    (folder / "main.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "metadata.json").write_text('{"version": 1}')
    return folder


def export_frames(talks: Sequence[Talk]) -> list[dict[str, Any]]:
    people = _people(talks)
    number = {person: str(index + 10) for index, person in enumerate(people)}
    frames: list[dict[str, Any]] = [
        {"version": "1", "backupTimeMs": "1750000000000", "mediaRootBackupKey": b64(bytes(32))},
        {"account": {"givenName": "Robin", "familyName": "Ich", "username": "robin.42"}},
        {"recipient": {"id": "1", "self": {}}},
        {"recipient": {"id": "2", "releaseNotes": {}}},
    ]
    for person in people:
        contact = {
            "aci": b64(person.aci.bytes),
            "e164": person.number.removeprefix("+"),
            "profileGivenName": person.given,
            **({"profileFamilyName": person.family} if person.family else {}),
            "visibility": "VISIBLE",
        }
        frames.append({"recipient": {"id": number[person], "contact": contact}})
    for index, talk in enumerate(talks):
        chat, recipient = str(index + 1), number[talk.others[0]]
        if talk.group:
            recipient = str(100 + index)
            group = {"masterKey": b64(master_key(index)), "snapshot": {"title": {"title": "Some of us"}}}
            frames.append({"recipient": {"id": recipient, "group": group}})
        frames.append({"chat": {"id": chat, "recipientId": recipient}})
        frames += [{"chatItem": _item(talk, at, chat, number)} for at in range(len(talk.said))]
    return frames


def master_key(index: int) -> bytes:
    return hashlib.sha256(f"group {index}".encode()).digest()


def _people(talks: Sequence[Talk]) -> list[Somebody]:
    named = [person for talk in talks for person in talk.others]
    mentioned = [person for talk in talks for said in talk.said for _, _, person in said.mentions]
    return list(dict.fromkeys([*named, *mentioned]))


def _item(talk: Talk, at: int, chat: str, number: dict[Somebody, str]) -> dict[str, Any]:
    said, sent = talk.said[at], talk.times[at]
    item: dict[str, Any] = {"chatId": chat, "dateSent": str(sent)}
    if isinstance(said.by, str):
        item |= {"authorId": "1", "outgoing": {"dateReceived": str(sent), "sendStatus": []}}
    else:
        item |= {"authorId": number[said.by], "incoming": {"dateReceived": str(sent + 300), "read": True}}
    standard = _standard(talk, said, number)
    specials: dict[str, dict[str, Any]] = {
        "": {"standardMessage": standard},
        "disappearing": {"standardMessage": standard, "expiresInMs": "3600000", "expireStartDate": str(sent)},
        "view-once": {"viewOnceMessage": {}},
        "sticker": {"stickerMessage": {"sticker": {"emoji": "x"}}},
        "call": {"updateMessage": {"individualCall": {"type": "AUDIO_CALL"}}},
        "deleted": {"remoteDeletedMessage": {}},
        "attachment": {"standardMessage": {"attachments": [{"pointer": {"contentType": "image/jpeg"}}]}},
        "poll": {"poll": {"question": said.text, "options": [{"option": "Yes"}, {"option": "No"}]}},
        "story-reply": {"directStoryReplyMessage": {"textReply": {"text": {"body": said.text}}}},
        "contact": {"contactMessage": {}},
        "payment": {"paymentNotification": {}},
        "gift": {"giftBadge": {}},
        "unknown": {},
    }
    if said.before:  # Signal-Desktop 8.10, ts/services/backups/export: dateSent is that of the last edit
        versions = [
            {**item, "dateSent": str(sent + EDITED * version), "standardMessage": {"text": {"body": text}}}
            for version, text in enumerate(said.before)
        ]
        item |= {"dateSent": str(sent + EDITED * len(versions)), "revisions": versions}
    if said.special == "system":
        del item["outgoing" if isinstance(said.by, str) else "incoming"]
        return item | {"directionless": {}, "updateMessage": {"simpleUpdate": {"type": "IDENTITY_UPDATE"}}}
    return item | specials[said.special]


def _standard(talk: Talk, said: Said, number: dict[Somebody, str]) -> dict[str, Any]:
    text: dict[str, Any] = {"body": said.text}
    if said.mentions:
        text["bodyRanges"] = [
            {"start": start, "length": length, "mentionAci": b64(person.aci.bytes)}
            for start, length, person in said.mentions
        ]
    standard: dict[str, Any] = {"text": text}
    if said.reactions:
        standard["reactions"] = [
            {
                "emoji": emoji,
                "authorId": "1" if isinstance(who, str) else number[who],
                "sentTimestamp": str(talk.times[talk.said.index(said)] + REACTED),
                "sortOrder": str(order),
            }
            for order, (who, emoji) in enumerate(said.reactions, 1)
        ]
    if said.quotes is not None:
        quoted = talk.said[said.quotes]
        standard["quote"] = {
            "targetSentTimestamp": str(talk.times[said.quotes]),
            "authorId": "1" if isinstance(quoted.by, str) else number[quoted.by],
            "text": {"body": quoted.text},
            "type": "NORMAL",
        }
    return standard


# Signal Desktop.


def write_desktop(
    folder: Path, talks: Sequence[Talk], *, version: int = 1360, key: str = KEY, config: dict[str, Any] | None = None
) -> Path:
    import sqlcipher3

    (folder / "sql").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"key": key} if config is None else config))
    db = sqlcipher3.connect(str(folder / "sql" / "db.sqlite"))
    db.execute(f"PRAGMA key = \"x'{key}'\"")
    _fill_desktop(db, talks, version)
    db.commit()
    db.close()
    return folder


def _fill_desktop(db: Any, talks: Sequence[Talk], version: int) -> None:
    service = "sourceServiceId" if version >= 88 else "sourceUuid"
    extra = ", timestamp INTEGER, isErased INTEGER, isViewOnce INTEGER, expireTimer INTEGER" if version >= 1270 else ""
    db.execute(f"PRAGMA user_version = {version}")
    db.execute("CREATE TABLE items (id TEXT PRIMARY KEY, json TEXT)")
    db.execute("INSERT INTO items VALUES ('uuid_id', ?)", (json.dumps({"id": "uuid_id", "value": f"{OWN_ACI}.1"}),))
    own = "serviceId" if version >= 88 else "uuid"
    db.execute(
        f"CREATE TABLE conversations (id TEXT PRIMARY KEY, json TEXT, type TEXT, name TEXT, profileName TEXT, "
        f"profileFamilyName TEXT, profileFullName TEXT, e164 TEXT, {own} TEXT, groupId TEXT)"
    )
    db.execute(
        f"CREATE TABLE messages (rowid INTEGER PRIMARY KEY ASC, id TEXT UNIQUE, json TEXT, type TEXT, body TEXT, "
        f"conversationId TEXT, received_at INTEGER, sent_at INTEGER, source TEXT, {service} TEXT, storyId TEXT, "
        f"hasAttachments INTEGER{extra})"
    )
    if version >= 1360:
        db.execute(
            "CREATE TABLE message_attachments (messageId TEXT, editHistoryIndex INTEGER, attachmentType TEXT, "
            "orderInMessage INTEGER, path TEXT, localKey TEXT, size INTEGER, version INTEGER)"
        )
    for person in _people(talks):
        record = {"id": person.given, "type": "private", "nicknameGivenName": f"\u2068{person.given}\u2069"}
        values = (person.given, json.dumps(record), "private", None, person.given, person.family or None, None)
        db.execute(
            "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, person.number, str(person.aci), None),
        )
    db.execute(
        f"INSERT INTO conversations (id, json, type, {own}) VALUES ('own conversation', '{{}}', 'private', ?)",
        (str(OWN_ACI),),
    )
    for index, talk in enumerate(talks):
        name = talk.others[0].given
        if talk.group:
            name = f"group {index}"
            record = {"id": name, "type": "group", "masterKey": b64(master_key(index))}
            group = b64(hashlib.sha256(master_key(index)).digest())
            db.execute(
                "INSERT INTO conversations VALUES (?, ?, 'group', 'Some of us', NULL, NULL, NULL, NULL, NULL, ?)",
                (name, json.dumps(record), group),
            )
        for at in range(len(talk.said)):
            _insert_desktop(db, desktop_record(talk, at, name), service, version)


def desktop_record(talk: Talk, at: int, conversation: str) -> dict[str, Any]:
    """The record that Desktop keeps of a message, which sigtop exports."""
    said = talk.said[at]
    mine = isinstance(said.by, str)
    record: dict[str, Any] = {
        "id": f"{conversation}-{at}",
        "type": "outgoing" if mine else "incoming",
        "body": said.text,
        "conversationId": conversation,
        "received_at": at + 1,
        "sent_at": talk.times[at],
        "timestamp": talk.times[at],
        "sourceServiceId": str(OWN_ACI if isinstance(said.by, str) else said.by.aci),
    }
    if said.mentions:
        record["bodyRanges"] = [
            {"start": start, "length": length, "mentionAci": str(person.aci)} for start, length, person in said.mentions
        ]
    if said.quotes is not None:
        quoted = talk.said[said.quotes]
        aci = OWN_ACI if isinstance(quoted.by, str) else quoted.by.aci
        record["quote"] = {"id": talk.times[said.quotes], "authorAci": str(aci), "text": quoted.text}
    changes: dict[str, dict[str, Any]] = {
        "disappearing": {"expireTimer": 3600},
        "view-once": {"isViewOnce": True, "body": ""},
        "sticker": {"sticker": {"packId": "x"}, "body": ""},
        "call": {"type": "call-history", "body": ""},
        "deleted": {"deletedForEveryone": True, "body": ""},
        "attachment": {"attachments": [{"contentType": "image/jpeg"}], "hasAttachments": 1, "body": ""},
        "poll": {"poll": {"question": said.text}, "body": ""},
        "story-reply": {"storyReplyContext": {"authorAci": "x"}},
        "contact": {"contact": [{"name": {}}], "body": ""},
        "payment": {"payment": {"kind": 1}, "body": ""},
        "gift": {"giftBadge": {"level": 1}, "body": ""},
        "system": {"type": "keychange", "body": ""},
    }
    if said.before:  # Signal-Desktop 8.10, ts/util/handleEditMessage: the newest first, the current one among them
        sent = talk.times[at]
        versions = [
            {"body": text, "timestamp": sent + EDITED * version, "received_at": at + 1}
            for version, text in enumerate([*said.before, said.text])
        ]
        record |= {"editHistory": versions[::-1], "editMessageTimestamp": versions[-1]["timestamp"]}
    if said.reactions:
        record["reactions"] = [
            {
                "emoji": emoji,
                "fromId": "own conversation" if isinstance(who, str) else who.given,
                "targetTimestamp": talk.times[at],
                "timestamp": talk.times[at] + REACTED,
            }
            for who, emoji in said.reactions
        ]
    return record | changes.get(said.special, {})


def _insert_desktop(db: Any, record: dict[str, Any], service: str, version: int) -> None:
    columns = {
        "id": record["id"], "type": record["type"], "body": record["body"], "received_at": record["received_at"],
        "conversationId": record["conversationId"], "sent_at": record["sent_at"], service: record["sourceServiceId"],
        "hasAttachments": record.get("hasAttachments", 0),
    }  # fmt: skip
    if version >= 1270:  # columns have moved out of the record
        for name in ("timestamp", "isErased", "isViewOnce", "expireTimer"):
            columns[name] = record.pop(name, None)
        for name in ("id", "type", "body", "received_at", "conversationId", "sent_at", "sourceServiceId"):
            record.pop(name)
    else:
        record[service] = record.pop("sourceServiceId")
    columns["json"] = json.dumps(record)
    marks = ", ".join("?" * len(columns))
    db.execute(f"INSERT INTO messages ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values()))


# Android's backup.


def write_backup(path: Path, talks: Sequence[Talk], *, version: int = 1, old: bool = False) -> Path:
    """A backup of the tables of today, or of before version 168 (`sms` and `mms`)."""
    path.write_bytes(seal(backup_frames(talks, old=old), version=version))
    return path


def backup_frames(talks: Sequence[Talk], *, old: bool = False) -> list[bytes]:
    frames = [statement(sql, values) for sql, values in (_old_rows(talks) if old else _new_rows(talks))]
    value = _field(1, b"account.aci") + _field(7, str(OWN_ACI).encode())
    return [*frames, _field(9, value)]


def seal(frames: Iterable[bytes | tuple[bytes, bytes]], *, version: int = 1, passphrase: str = PASSPHRASE) -> bytes:
    """Encipher frames, each with what follows it, and the frame that ends them."""
    iv, salt = bytes(range(16)), bytes(range(32))
    digits = passphrase.replace(" ", "").encode()
    stretched = hashlib.sha512(salt)
    value = digits
    for _ in range(ROUNDS):
        stretched.update(value)
        stretched.update(digits)
        value = stretched.digest()
        stretched = hashlib.sha512()
    extracted = hmac.digest(bytes(32), value[:32], "sha256")  # HKDF, RFC 5869, in two steps
    first = hmac.digest(extracted, b"Backup Export\x01", "sha256")
    second = hmac.digest(extracted, first + b"Backup Export\x02", "sha256")
    header = _field(1, _field(1, iv) + _field(2, salt) + (_number(3, version) if version else b""))
    out = [len(header).to_bytes(4, "big"), header]
    counter = int.from_bytes(iv[:4], "big")
    for frame in [*frames, _number(6, 1)]:
        content, payload = frame if isinstance(frame, tuple) else (frame, None)
        out.append(_sealed(content, counter, iv, first, second, version))
        counter += 1
        if payload is not None:
            nonce = counter.to_bytes(4, "big") + iv[4:]
            sealed = Cipher(algorithms.AES(first), modes.CTR(nonce)).encryptor().update(payload)
            out += [sealed, hmac.digest(second, nonce + sealed, "sha256")[:10]]
            counter += 1
    return b"".join(out)


def _sealed(content: bytes, counter: int, iv: bytes, key: bytes, mac_key: bytes, version: int) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter.to_bytes(4, "big") + iv[4:])).encryptor()
    length = (len(content) + 10).to_bytes(4, "big")
    if version:
        length = cipher.update(length)
    sealed = cipher.update(content)
    mac = hmac.digest(mac_key, (length if version else b"") + sealed, "sha256")[:10]
    return length + sealed + mac


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _field(field_number: int, value: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(value)) + value


def statement(sql: str, values: Sequence[Any] = ()) -> bytes:
    parameters = b""
    for value in values:
        if value is None:
            parameters += _field(2, _number(5, 1))
        elif isinstance(value, int):
            parameters += _field(2, _number(2, value))
        elif isinstance(value, bytes):
            parameters += _field(2, _field(4, value))
        else:
            parameters += _field(2, _field(1, value.encode()))
    return _field(2, _field(1, sql.encode()) + parameters)


Rows = list[tuple[str, Sequence[Any]]]


_NEW_TABLES = """
CREATE TABLE recipient (_id INTEGER PRIMARY KEY AUTOINCREMENT, e164 TEXT, aci TEXT, group_id TEXT DEFAULT NULL,
  profile_given_name TEXT, profile_family_name TEXT, CHECK (1, 2));
CREATE TABLE thread (_id INTEGER PRIMARY KEY, recipient_id INTEGER, active INTEGER DEFAULT 0);
CREATE TABLE groups (_id INTEGER PRIMARY KEY, group_id TEXT, recipient_id INTEGER, master_key BLOB);
CREATE TABLE mention (_id INTEGER, message_id INTEGER, recipient_id INTEGER, range_start INTEGER, range_length INTEGER);
CREATE TABLE attachment (_id INTEGER, message_id INTEGER, content_type TEXT, sticker_pack_id TEXT);
CREATE TABLE message ("_id" INTEGER PRIMARY KEY, date_sent INTEGER NOT NULL, date_received INTEGER,
  thread_id INTEGER REFERENCES thread (_id), from_recipient_id INTEGER, type INTEGER, body TEXT, quote_id INTEGER,
  quote_author INTEGER, view_once INTEGER DEFAULT 0, remote_deleted INTEGER, expires_in INTEGER, story_type INTEGER,
  parent_story_id INTEGER, latest_revision_id INTEGER, UNIQUE(date_sent, thread_id));
CREATE TABLE reaction (_id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, author_id INTEGER NOT NULL,
  emoji TEXT NOT NULL, date_sent INTEGER NOT NULL, date_received INTEGER NOT NULL);
CREATE INDEX message_date ON message (date_sent)
"""
_OLD_TABLES = """
CREATE TABLE recipient (_id INTEGER PRIMARY KEY, phone TEXT, uuid TEXT, group_id TEXT, signal_profile_name TEXT,
  profile_family_name TEXT);
CREATE TABLE thread (_id INTEGER PRIMARY KEY, thread_recipient_id INTEGER);
CREATE TABLE sms (_id INTEGER PRIMARY KEY, thread_id INTEGER, address INTEGER, date INTEGER, date_sent INTEGER,
  type INTEGER, body TEXT, expires_in INTEGER);
CREATE TABLE mms (_id INTEGER PRIMARY KEY, thread_id INTEGER, address INTEGER, date INTEGER, date_received INTEGER,
  msg_box INTEGER, body TEXT, expires_in INTEGER)
"""


def _new_rows(talks: Sequence[Talk]) -> Rows:
    people = _people(talks)
    number = {person: index + 2 for index, person in enumerate(people)}
    rows: Rows = [
        *((statement, ()) for statement in _NEW_TABLES.strip().split(";\n")),
        ("INSERT INTO recipient VALUES (?, ?, ?, ?, ?, ?)", (1, None, str(OWN_ACI), None, "Robin", None)),
    ]  # fmt: skip
    rows += [
        ("INSERT INTO recipient VALUES (?, ?, ?, ?, ?, ?)", (number[p], p.number, str(p.aci), None, p.given, p.family))
        for p in people
    ]
    row = 0
    for index, talk in enumerate(talks):
        recipient = number[talk.others[0]]
        if talk.group:
            recipient = 500 + index
            group = "__signal_group__v2__!" + hashlib.sha256(master_key(index)).hexdigest()
            rows.append(("INSERT INTO groups VALUES (?, ?, ?, ?)", (index, group, recipient, master_key(index))))
            rows.append(("INSERT INTO recipient VALUES (?, ?, ?, ?, ?, ?)", (recipient, None, None, group, None, None)))
        rows.append(("INSERT INTO thread VALUES (?, ?, ?)", (index + 1, recipient, 1)))
        for at, said in enumerate(talk.said):
            row += 1
            rows += _new_message(row, index + 1, talk, at, said, number)
    return rows


def _new_message(row: int, thread: int, talk: Talk, at: int, said: Said, number: dict[Somebody, int]) -> Rows:
    mine = isinstance(said.by, str)
    kind = (23 if mine else 20) | 0x800000
    kind = {"call": 1, "system": 20 | 0x10000, "payment": 0x300000000 | 20, "gift": 0x200000000 | 20}.get(
        said.special, kind
    )
    quoted = talk.said[said.quotes] if said.quotes is not None else None
    sent = talk.times[at]
    no_text = {"view-once", "sticker", "call", "deleted", "attachment", "system", "payment", "gift"}
    values: list[Any] = [
        row, sent, sent + 300, thread, 1 if isinstance(said.by, str) else number[said.by], kind,
        None if said.special in no_text else said.text,
        talk.times[said.quotes] if said.quotes is not None else 0,
        0 if quoted is None else (1 if isinstance(quoted.by, str) else number[quoted.by]),
        int(said.special == "view-once"), int(said.special == "deleted"),
        3_600_000 if said.special == "disappearing" else 0, 0, -5 if said.special == "story-reply" else 0, None,
    ]  # fmt: skip
    rows: Rows = [(f"INSERT INTO message VALUES ({', '.join('?' * len(values))})", values)]
    if said.before:  # Signal-Android 7, MessageTable.insertEditMessageInbox: the latest row is sent when it was edited
        values[1] = sent + EDITED * len(said.before)
        for version, text in enumerate(said.before):
            at_then = [row + 100_000 * (version + 1), sent + EDITED * version]
            older = [*at_then, *values[2:6], text, *values[7:-1], row]
            rows.append((f"INSERT INTO message VALUES ({', '.join('?' * len(older))})", older))
    for who, emoji in said.reactions:
        recipient = 1 if isinstance(who, str) else number[who]
        values = [row, recipient, emoji, sent + REACTED, sent + REACTED]
        rows.append(
            ("INSERT INTO reaction (message_id, author_id, emoji, date_sent, date_received) VALUES (?,?,?,?,?)", values)
        )
    if said.special in {"attachment", "sticker"}:
        pack = "x" if said.special == "sticker" else None
        rows.append(("INSERT INTO attachment VALUES (?, ?, ?, ?)", (row, row, "image/webp", pack)))
    rows += [
        ("INSERT INTO mention VALUES (?, ?, ?, ?, ?)", (row, row, number[person], start, length))
        for start, length, person in said.mentions
    ]
    return rows


def _old_rows(talks: Sequence[Talk]) -> Rows:
    """Texts of two in `sms`, those of groups in `mms`, as before version 168."""
    people = _people(talks)
    number = {person: index + 2 for index, person in enumerate(people)}
    rows: Rows = [(statement, ()) for statement in _OLD_TABLES.strip().split(";\n")]
    rows += [
        ("INSERT INTO recipient VALUES (?, ?, ?, ?, ?, ?)", (number[p], p.number, str(p.aci), None, p.given, p.family))
        for p in people
    ]
    for index, talk in enumerate(talks):
        recipient = number[talk.others[0]]
        if talk.group:
            recipient = 500 + index
            group = "__signal_group__v2__!" + hashlib.sha256(master_key(index)).hexdigest()
            rows.append(("INSERT INTO recipient VALUES (?, ?, ?, ?, ?, ?)", (recipient, None, None, group, None, None)))
        rows.append(("INSERT INTO thread VALUES (?, ?)", (index + 1, recipient)))
        for at, said in enumerate(talk.said):
            sent, mine = talk.times[at], isinstance(said.by, str)
            author = recipient if isinstance(said.by, str) else number[said.by]
            expires = 3_600_000 if said.special == "disappearing" else 0
            kind = 23 if mine else 20
            if at % 2:
                values = (at, index + 1, author, sent, sent + 300, kind, said.text, expires)
                rows.append(("INSERT INTO mms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values))
            else:
                values = (at, index + 1, author, sent + 300, sent, kind, said.text, expires)
                rows.append(("INSERT INTO sms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values))
    return rows


# signal-export and sigtop.


def write_signal_export(folder: Path, talk: Talk, *, zone: int = 0) -> Path:
    """One chat as signal-export writes it, on a machine so many hours east of Greenwich.

    signal-export 3.9, `models.Message.dict_str`. Until 2026-06 `sticker` was an emoji, or empty; there were no such
    files before 2024-03.
    """
    blank = {"body": "  "}
    file = folder / " ".join(person.given for person in talk.others) / "data.json"
    file.parent.mkdir(parents=True)
    lines = []
    for said, sent in zip(talk.said, talk.times, strict=True):
        date = datetime.fromtimestamp(sent // 1000 + zone * 3600, UTC).replace(tzinfo=None)
        sender = "Me" if isinstance(said.by, str) else f"{said.by.given} {said.by.family}".strip()
        record = {
            "date": date.isoformat(), "sender": sender, "body": said.text + "  ", "quote": "", "sticker": None,
            "attachments": [],
            "deleted": False, "call": False, "missed": False,
            "reactions": [["Me" if isinstance(by, str) else f"{by.given} {by.family}".strip(), emoji]
                          for by, emoji in said.reactions],
        }  # fmt: skip
        changes: dict[str, dict[str, Any]] = {
            "sticker": {
                "sticker": {"id": "1", "packId": "x", "packKey": "x", "emoji": "x", "extension": None},
                **blank,
            },
            "attachment": {"attachments": [{"name": "1.jpg", "path": "media/1.jpg", "missing_kind": None}], **blank},
            "deleted": {"deleted": True, **blank},
            "call": {"call": True, "missed": True, "body": "Missed voice call  "},
            "system": {"sender": "No-Sender", **blank},
        }
        lines.append(json.dumps(record | changes.get(said.special, {}), ensure_ascii=False))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_sigtop(folder: Path, talk: Talk) -> Path:
    folder.mkdir(parents=True)
    name = talk.others[0].given if not talk.group else "group 0"
    records = [desktop_record(talk, at, name) for at in range(len(talk.said))]
    (folder / f"{name}.json").write_text(json.dumps(records))
    return folder


# Matrix.


def events(talk: Talk, *, room: str = "!room:example.org", me: str = "@me:example.org") -> list[dict[str, Any]]:
    """The events of a room; `Said.quotes` are replies with their fallback."""
    members = [(me, "Robin"), *((person.user, f"{person.given} {person.family}".strip()) for person in talk.others)]
    found: list[dict[str, Any]] = [
        _event("m.room.member", user, {"membership": "join", "displayname": name}, START, room, f"$join{i}", state=user)
        for i, (user, name) in enumerate(members)
    ]
    for at, (said, sent) in enumerate(zip(talk.said, talk.times, strict=True)):
        sender = me if isinstance(said.by, str) else said.by.user
        content: dict[str, Any] = {"msgtype": "m.text", "body": said.text}
        if said.quotes is not None:
            quoted = talk.said[said.quotes]
            user = me if isinstance(quoted.by, str) else quoted.by.user
            content["body"] = f"> <{user}> {quoted.text}\n\n{said.text}"
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": f"$event{said.quotes}"}}
        if said.mentions:
            pills = [f'<a href="https://matrix.to/#/{p.user}">{p.given} {p.family}</a>' for _, _, p in said.mentions]
            content |= {"format": "org.matrix.custom.html", "formatted_body": " ".join(pills)}
        found.append(_special(_event("m.room.message", sender, content, sent, room, f"$event{at}"), said))
    return found


def _event(
    kind: str, sender: str, content: dict[str, Any], sent: int, room: str, name: str, *, state: str | None = None
) -> dict[str, Any]:
    event = {
        "type": kind, "sender": sender, "content": content, "origin_server_ts": sent, "event_id": name, "room_id": room,
        "unsigned": {"age": 1},
    }  # fmt: skip
    return event if state is None else {**event, "state_key": state}


def _special(event: dict[str, Any], said: Said) -> dict[str, Any]:
    body = said.text
    contents: dict[str, dict[str, Any]] = {
        "bot": {"msgtype": "m.notice", "body": body},
        "emote": {"msgtype": "m.emote", "body": body},
        "attachment": {"msgtype": "m.image", "body": "picture.jpg", "url": "mxc://x/y"},
        "caption": {"msgtype": "m.image", "body": body, "filename": "picture.jpg", "url": "mxc://x/y"},
        "location": {"msgtype": "m.location", "body": "here", "geo_uri": "geo:1,2"},
        "undecryptable": {"msgtype": "m.bad.encrypted", "body": "** Unable to decrypt: the keys are not here **"},
        "system": {"msgtype": "m.key.verification.request", "body": "x"},
    }
    if said.special in contents:
        return {**event, "content": contents[said.special]}
    if said.special == "deleted":
        return {**event, "content": {}, "unsigned": {"redacted_because": {"type": "m.room.redaction"}}}
    kinds = {"sticker": "m.sticker", "call": "m.call.invite", "reaction": "m.reaction"}
    return {**event, "type": kinds[said.special]} if said.special in kinds else event


def element_export(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "room_name": "A room", "room_creator": "Robin", "topic": "", "export_date": "1/1/2025", "exported_by": "Robin",
        "messages": list(found),
    }  # fmt: skip


def plain_database(path: Path) -> None:
    """A database that is not encrypted, and not Signal's."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE other (id)")
    db.commit()
    db.close()
