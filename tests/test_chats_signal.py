"""Signal: every layout gives the same rows, what is left out is counted, and what is damaged is an error or a skip."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chats_world
import pytest
import sqlcipher3
from chats_world import (
    ANNA,
    BEN,
    KEY,
    ME,
    PASSPHRASE,
    Said,
    Talk,
    export_frames,
    plain_database,
    seal,
    statement,
    write_backup,
    write_desktop,
    write_export,
    write_signal_export,
    write_sigtop,
)
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import corpus
from corpus import show
from corpus.chats import backup_frames
from corpus.sources.base import Joined, JoinedSource, Skip, SkipUnit, Unit


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch passphrases a little only: a second each, which one test pays."""
    monkeypatch.setattr(backup_frames, "_ROUNDS", 10)
    monkeypatch.setattr(chats_world, "ROUNDS", 10)


LEFT_OUT = ["disappearing", "view-once", "sticker", "call", "deleted", "attachment", "payment", "gift", "system"]


def everything(group: bool = False) -> Talk:
    """A conversation with a message of every kind that is left out, and three exchanges between them."""
    said = [
        Said(ANNA, "Did the parcel with the lamps arrive yesterday?"),
        Said(ME, "It came this morning, both lamps are whole."),
        *(Said(ANNA if at % 2 else ME, f"nobody reads this {kind}", special=kind) for at, kind in enumerate(LEFT_OUT)),
        Said(BEN if group else ANNA, "And where will you hang them?", after=7200),
        Said(ANNA, "Not above the stairs please, \ufffc", mentions=[(29, 1, BEN)]),
        Said(ME, "One in the hall, the other above the table.", before=["One in the hal"]),
        Said(ANNA, "Good plan. Do you have a drill?", after=7200),
        Said(ME, "Your brother lent me his last week.", quotes=-3 % 15),
    ]
    return Talk([ANNA, BEN] if group else [ANNA], said, group=group)


def rows(source: JoinedSource) -> list[corpus.Entry]:
    return list(joined(source)[0])


def joined(source: JoinedSource) -> tuple[list[corpus.Entry], Joined]:
    parsed = [(unit, source.parse(unit)) for unit in sorted(_units(source), key=lambda u: u.path)]
    done = source.join(parsed)
    return list(done.entries), done


def _units(source: JoinedSource) -> list[Unit]:
    return [unit for unit in source.units() if isinstance(unit, Unit)]


def texts(entries: list[corpus.Entry]) -> list[list[tuple[str, str]]]:
    return [[(m.role, m.content) for m in entry.messages] for entry in entries]


@pytest.mark.parametrize("group", [False, True])
def test_every_layout_gives_the_same_rows(tmp_path: Path, few_rounds: None, group: bool) -> None:
    talk = everything(group)
    expected = rows(corpus.SignalExport(write_export(tmp_path / "plain", [talk])))
    assert len(expected) == 3
    assert all(entry.history == () for entry in expected)
    assert expected[1].instruction.count("person-") == 1 + 2 * group  # the mention, and who speaks
    for name, version in (("now", 1360), ("2025", 1270), ("2024", 1000), ("2020", 80)):
        desktop = corpus.SignalDesktop(write_desktop(tmp_path / name, [talk], version=version))
        assert texts(rows(desktop)) == texts(expected), name
        assert [e.symbol for e in rows(desktop)] == [e.symbol for e in expected], name
    backup = corpus.SignalBackup(write_backup(tmp_path / "x.backup", [talk]), passphrase=PASSPHRASE)
    assert texts(rows(backup)) == texts(expected)


def test_sigtop_gives_the_records_of_desktop(tmp_path: Path) -> None:
    talk = everything()
    desktop = corpus.SignalDesktop(write_desktop(tmp_path / "desktop", [talk]))
    sigtop = corpus.SignalExport(write_sigtop(tmp_path / "sigtop", talk))
    answers = [entry.output for entry in rows(sigtop)]
    assert answers == [entry.output for entry in rows(desktop)]
    both = corpus.SignalExport(tmp_path / "sigtop", desktop)
    entries, done = joined(both)
    assert texts(entries) == texts(rows(desktop))
    assert done.facts["messages_left_out"]["duplicate"] == len(talk.said)


def test_tables_of_before_2023_are_read(tmp_path: Path, few_rounds: None) -> None:
    said = [Said(ANNA, "Shall we take the early train?"), Said(ME, "Yes, I would rather arrive before noon.")] * 2
    talk = Talk([ANNA], [*said, Said(ANNA, "gone", special="disappearing")])
    backup = corpus.SignalBackup(
        write_backup(tmp_path / "x.backup", [talk], old=True, version=0), passphrase=PASSPHRASE
    )
    entries, done = joined(backup)
    assert texts(entries) == texts(rows(corpus.SignalExport(write_export(tmp_path / "plain", [talk]))))
    assert done.facts["messages_left_out"] == {"disappearing": 1}


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    talk = everything()
    for source in (
        corpus.SignalExport(write_export(tmp_path / "plain", [talk])),
        corpus.SignalDesktop(write_desktop(tmp_path / "desktop", [talk])),
    ):
        _, done = joined(source)
        assert done.facts["messages_left_out"] == dict.fromkeys(sorted(LEFT_OUT), 1)
        assert done.facts["messages"] == len(talk.said)
        assert done.facts["messages_used"] == len(talk.said) - len(LEFT_OUT)


@pytest.mark.parametrize("kind", ["disappearing", "story-reply", "poll"])
def test_what_is_to_be_kept_is_kept(tmp_path: Path, kind: str) -> None:
    talk = Talk([ANNA], [Said(ANNA, "Which colour for the door?", special=kind), Said(ME, "Blue, as it always was.")])
    folder = write_export(tmp_path / "plain", [talk])
    assert rows(corpus.SignalExport(folder)) == []
    (kept,) = rows(corpus.SignalExport(folder, keep=[kind]))
    assert kept.instruction == "Which colour for the door?"
    (same,) = rows(corpus.SignalDesktop(write_desktop(tmp_path / "desktop", [talk]), keep=[kind]))
    assert same.instruction == kept.instruction


@pytest.mark.parametrize("kind", ["story-reply", "poll"])
def test_what_is_kept_of_one_kind_may_still_vanish(tmp_path: Path, kind: str) -> None:
    talk = Talk([ANNA], [Said(ANNA, "Which colour for the door?", special=kind), Said(ME, "Blue, as it always was.")])
    file = write_export(tmp_path, [talk]) / "main.jsonl"
    file.write_text(file.read_text().replace('{"chatItem": {', '{"chatItem": {"expiresInMs": "60000", '))
    _, done = joined(corpus.SignalExport(tmp_path, keep=[kind]))
    assert done.facts["messages_left_out"] == {"disappearing": 1, kind: 1}
    assert len(rows(corpus.SignalExport(tmp_path, keep=[kind, "disappearing"]))) == 1


@pytest.mark.parametrize("time", ["²", "9" * 5000, "x"])
def test_a_date_of_the_export_that_is_none_raises_nothing(tmp_path: Path, time: str) -> None:
    file = write_export(tmp_path, [everything()]) / "main.jsonl"
    expected = texts(rows(corpus.SignalExport(tmp_path)))
    file.write_text(file.read_text().replace('"1750000000000"', json.dumps(time)))
    assert texts(rows(corpus.SignalExport(tmp_path))) == expected


def test_who_left_a_group_and_polls_are_no_texts_of_a_backup(tmp_path: Path, few_rounds: None) -> None:
    columns = "_id, date_sent, date_received, thread_id, from_recipient_id, type, body"
    spoken = 0xA00000 | 20
    frames = [
        statement(f"CREATE TABLE message ({columns})"),
        statement("CREATE TABLE poll (_id INTEGER, message_id INTEGER)"),
        statement("INSERT INTO message VALUES (?,?,?,?,?,?,?)", (1, 1, 1, 1, 2, spoken | 0x20000, "CkdyZ3JvdXA=")),
        statement("INSERT INTO message VALUES (?,?,?,?,?,?,?)", (2, 2, 2, 1, 2, spoken, "Which colour?")),
        statement("INSERT INTO poll VALUES (?,?)", (1, 2)),
    ]
    (tmp_path / "x.backup").write_bytes(seal(frames))
    backup = corpus.SignalBackup(tmp_path / "x.backup", passphrase=PASSPHRASE)
    assert joined_facts(backup) == {"poll": 1, "system": 1}
    kept = corpus.SignalBackup(tmp_path / "x.backup", passphrase=PASSPHRASE, keep=["poll"])
    assert joined_facts(kept) == {"system": 1, "unanswered": 1}


@pytest.mark.parametrize("table", ["recipient", "thread", "mention", "attachment", "message"])
def test_a_row_of_a_backup_without_its_number_raises_nothing(tmp_path: Path, few_rounds: None, table: str) -> None:
    file = write_backup(tmp_path / "signal.backup", [everything()])
    whole = rows(corpus.SignalBackup(file, passphrase=PASSPHRASE))
    odd = statement(f"INSERT INTO {table} (body, content_type) VALUES (?, ?)", ["x", "image/png"])
    made = chats_world.backup_frames([everything()])
    (tmp_path / "odd.backup").write_bytes(seal([*made, odd]))
    assert texts(rows(corpus.SignalBackup(tmp_path / "odd.backup", passphrase=PASSPHRASE))) == texts(whole)


def joined_facts(source: JoinedSource) -> dict[str, int]:
    found: dict[str, int] = joined(source)[1].facts["messages_left_out"]
    return found


def test_what_people_were_called_before_is_replaced_in_desktop(tmp_path: Path) -> None:
    talk = Talk([ANNA], [Said(ANNA, "Anna Schmidt was Zenobia Quirk"), Said(ME, "I remember when it was Zenobia.")])
    folder = write_desktop(tmp_path, [talk])
    with contextlib.closing(sqlcipher3.connect(str(folder / "sql" / "db.sqlite"))) as db:
        db.execute(f"PRAGMA key = \"x'{KEY}'\"")
        (chat,) = db.execute("SELECT conversationId FROM messages").fetchone()
        change = {"profileChange": {"type": "name", "oldName": "Zenobia Quirk", "newName": "Anna"}, "changedId": chat}
        db.execute(
            "INSERT INTO messages (id, json, type, conversationId, received_at, sent_at) VALUES (?, ?, ?, ?, 0, 1)",
            ("change", json.dumps(change), "profile-change", chat),
        )
        db.commit()
    (entry,) = rows(corpus.SignalDesktop(folder))
    assert "Zenobia" not in entry.instruction + entry.output
    assert entry.output.startswith("I remember when it was person-")


def test_exports_of_one_account_are_one_conversation(tmp_path: Path) -> None:
    talk = everything()
    half = Talk([ANNA], talk.said[:12])
    plain, desktop = write_export(tmp_path / "plain", [talk]), write_desktop(tmp_path / "desktop", [half])
    together = corpus.SignalExport(plain, corpus.SignalDesktop(desktop))
    entries, done = joined(together)
    assert texts(entries) == texts(rows(corpus.SignalExport(plain)))
    assert done.facts["conversations"] == 1
    assert done.facts["messages_left_out"]["duplicate"] == len(half.said)
    assert done.facts["messages"] == len(talk.said) + len(half.said)


@pytest.mark.parametrize("zone", [0, 2, -5])
def test_an_export_that_knows_only_names_joins_the_conversation_with_the_same_messages(
    tmp_path: Path, zone: int
) -> None:
    said = [
        Said(by, text, after=4000 if at % 4 == 0 else 20)
        for at, (by, text) in enumerate(
            [
                (ANNA, "The gardener wants to come on Monday already."),
                (ME, "Then the hedge has to be cut before Sunday."),
                (ANNA, "I can borrow the long ladder from next door."),
                (ME, "Do that, ours has a broken step."),
                (ANNA, "What about the cherry tree, shall he cut it too?"),
                (ME, "Only what hangs over the fence, nothing more."),
            ]
        )
    ]
    talk = Talk([ANNA], said)
    plain = write_export(tmp_path / "plain", [Talk([ANNA], said[:5])])
    tool = write_signal_export(tmp_path / "tool", talk, zone=zone)
    entries, done = joined(corpus.SignalExport(plain, tool))
    assert done.facts["conversations"] == 1
    assert done.facts["messages_left_out"]["duplicate"] == 5
    assert [e.output for e in entries] == [
        "Do that, ours has a broken step.",
        "Only what hangs over the fence, nothing more.",
    ]
    assert [e.output for e in rows(corpus.SignalExport(tool))] == [e.output for e in entries]


@pytest.mark.parametrize("kind", ["deleted", "disappearing", "view-once"])
@pytest.mark.parametrize("tool", [True, False])
def test_what_is_gone_in_one_export_does_not_come_back_with_another(tmp_path: Path, kind: str, tool: bool) -> None:
    said = [
        Said(ANNA, "The gardener wants to come on Monday already."),
        Said(ME, "Then the hedge has to be cut before Sunday."),
        Said(ANNA, "I can borrow the long ladder from next door."),
        Said(ME, "Do that, ours has a broken step."),
        Said(ANNA, "The secret is under the stone."),
        Said(ME, "Nobody will ever look for it there."),
    ]
    gone = [Said(s.by, s.text, special=kind) if "secret" in s.text else s for s in said]
    plain, whole = write_export(tmp_path / "plain", [Talk([ANNA], gone)]), Talk([ANNA], said)
    other = write_signal_export(tmp_path / "x", whole, zone=2) if tool else write_export(tmp_path / "x", [whole])
    for order in ([plain, other], [other, plain]):
        entries, done = joined(corpus.SignalExport(*order))
        assert "secret" not in str(entries)
        assert done.facts["messages_left_out"] == {"duplicate": 6, kind: 1, "unasked": 1}
        assert done.facts["messages_used"] == 4


def test_a_database_that_does_not_open_says_so_in_the_error_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write_desktop(tmp_path / "desktop", [everything()])
    with pytest.raises(corpus.SourceError):
        rows(corpus.SignalDesktop(folder, key="f" * 64))
    assert capfd.readouterr() == ("", "")


def test_a_long_text_is_whole_or_left_out(tmp_path: Path) -> None:
    talk = Talk([ANNA], [Said(ANNA, "Tell me everything about it!"), Said(ME, "It began")])
    whole = "It began on a Tuesday. " * 100
    digest = hashlib.sha256(whole.encode()).digest()
    frames = export_frames([talk])
    pointer = {
        "contentType": "text/x-signal-plain",
        "locatorInfo": {"plaintextHash": base64.b64encode(digest).decode()},
    }
    frames[-1]["chatItem"]["standardMessage"]["longText"] = pointer
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "main.jsonl").write_text("\n".join(map(json.dumps, frames)))
    entries, done = joined(corpus.SignalExport(folder))
    assert (entries, done.facts["messages_left_out"]) == ([], {"incomplete": 1, "unanswered": 1})
    file = folder / "files" / digest.hex()[:2] / f"{digest.hex()}.txt"
    file.parent.mkdir(parents=True)
    file.write_text(whole)
    (entry,) = rows(corpus.SignalExport(folder))
    assert entry.output == whole
    file.write_text(whole.replace("Tuesday", "Monday"))
    assert rows(corpus.SignalExport(folder)) == []


def test_a_long_text_of_desktop_is_decrypted_and_authenticated(tmp_path: Path) -> None:
    import sqlcipher3

    talk = Talk([ANNA], [Said(ANNA, "Tell me everything about it!"), Said(ME, "It began")])
    folder = write_desktop(tmp_path / "desktop", [talk])
    whole, key = b"It began on a Tuesday. " * 100, bytes(range(64))
    padder = padding.PKCS7(128).padder()
    padded = padder.update(whole) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key[:32]), modes.CBC(bytes(16))).encryptor()
    body = bytes(16) + encryptor.update(padded) + encryptor.finalize()
    file = folder / "attachments.noindex" / "ab" / "abcd"
    file.parent.mkdir(parents=True)
    file.write_bytes(body + hmac.digest(key[32:], body, "sha256"))
    db = sqlcipher3.connect(str(folder / "sql" / "db.sqlite"))
    db.execute(f"PRAGMA key = \"x'{KEY}'\"")
    values = ("Anna-1", -1, "long-message", 0, "ab/abcd", base64.b64encode(key).decode(), len(whole), 2)
    db.execute("INSERT INTO message_attachments VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    db.commit()
    (entry,) = rows(corpus.SignalDesktop(folder))
    assert entry.output.encode() == whole
    earlier = {"body": "It be", "timestamp": 1_600_000_000_000}
    for index, expected in ((1, [whole.decode()]), (0, ["It be"])):
        db.execute("UPDATE message_attachments SET editHistoryIndex = ?", (index,))
        record = json.dumps({"editHistory": [{"body": "It began", "timestamp": 1_700_000_050_000}, earlier]})
        db.execute("UPDATE messages SET json = ? WHERE id = 'Anna-1'", (record,))
        db.commit()
        ((_, said),) = corpus.SignalDesktop(folder).transcripts()
        assert [version.text for version in said.edits] == expected
    db.execute("UPDATE message_attachments SET editHistoryIndex = -1")
    db.execute("UPDATE messages SET json = '{}'")
    db.commit()
    file.write_bytes(body[:-1] + b"\0" + hmac.digest(key[32:], body, "sha256"))
    assert rows(corpus.SignalDesktop(folder)) == []
    db.execute("UPDATE message_attachments SET path = '../../../etc/passwd', version = 1")
    db.commit()
    db.close()
    assert rows(corpus.SignalDesktop(folder)) == []


def test_a_database_of_before_2020_knows_people_by_their_numbers(tmp_path: Path) -> None:
    """Versions 8 to 19: a conversation's id is the number, and messages have a `source` and no id of an account."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "config.json").write_text(json.dumps({"key": KEY}))
    with contextlib.closing(sqlcipher3.connect(str(tmp_path / "sql" / "db.sqlite"))) as db:
        db.execute(f"PRAGMA key = \"x'{KEY}'\"")
        db.execute("PRAGMA user_version = 19")
        db.execute(
            "CREATE TABLE conversations (id STRING PRIMARY KEY ASC, json TEXT, type STRING, name TEXT, members TEXT)"
        )
        db.execute("CREATE TABLE items (id STRING PRIMARY KEY ASC, json TEXT)")
        db.execute(
            "CREATE TABLE messages (id STRING PRIMARY KEY ASC, json TEXT, sent_at INTEGER, conversationId STRING,"
            " received_at INTEGER, source STRING, type TEXT, body TEXT, hasAttachments INTEGER)"
        )
        own = json.dumps({"id": "number_id", "value": "+4917000000.1"})
        db.execute("INSERT INTO items VALUES ('number_id', ?)", (own,))
        record = {"id": ANNA.number, "profileName": "Anna"}
        db.execute(
            "INSERT INTO conversations VALUES (?, ?, 'private', 'Zorinka', NULL)", (ANNA.number, json.dumps(record))
        )
        reactions = json.dumps({"reactions": [{"emoji": "x", "fromId": ANNA.number, "timestamp": 5}]})
        insert = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"
        db.execute(insert, ("a", "{}", 1000, ANNA.number, 1, ANNA.number, "incoming", "Is Zorinka the name?"))
        db.execute(insert, ("b", reactions, 2000, ANNA.number, 2, None, "outgoing", "It is what I call you."))
        db.commit()
    found = corpus.SignalDesktop(tmp_path)
    ((asked, answer),) = (list(chat) for chat in found.transcripts())
    assert asked.text == f"Is {asked.by} the name?"
    assert [given.by for given in answer.reactions] == [asked.by]
    plain = write_export(
        tmp_path / "plain", [Talk([ANNA], [Said(ANNA, "And later?"), Said(ME, "Still the same one.")])]
    )
    assert joined(corpus.SignalExport(plain, found))[1].facts["conversations"] == 1


# What is wrong is said.


def test_a_wrong_key_is_an_error(tmp_path: Path) -> None:
    folder = write_desktop(tmp_path / "desktop", [everything()])
    for key in ("f" * 64, "not hexadecimal", ""):
        with pytest.raises(corpus.SourceError, match="key"):
            list(corpus.SignalDesktop(folder, key=key).units())


def test_a_wrong_passphrase_is_an_error(tmp_path: Path, few_rounds: None) -> None:
    file = write_backup(tmp_path / "x.backup", [everything()])
    for passphrase in ("54321 " * 6, "12345", "passphrase"):
        with pytest.raises(corpus.SourceError, match="passphrase"):
            list(corpus.SignalBackup(file, passphrase=passphrase).units())


def skipped(source: JoinedSource) -> str:
    (unit,) = _units(source)
    with pytest.raises(SkipUnit) as skip:
        source.parse(unit)
    return skip.value.reason


def test_a_flipped_bit_or_a_cut_makes_a_backup_unreadable_as_a_whole(tmp_path: Path, few_rounds: None) -> None:
    talk = Talk([ANNA], [Said(ANNA, "Is the key under the mat?"), Said(ME, "No, the neighbour has it.")])
    file = write_backup(tmp_path / "x.backup", [talk])
    whole = file.read_bytes()
    source = corpus.SignalBackup(file, passphrase=PASSPHRASE)
    assert len(rows(source)) == 1
    for place in (len(whole) // 2, len(whole) - 30, len(whole) - 1):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert skipped(source) in {"damaged", "truncated"}
    for cut in (len(whole) - 1, len(whole) - 16, len(whole) * 2 // 3):
        file.write_bytes(whole[:cut])
        assert skipped(source) in {"damaged", "truncated"}
    file.write_bytes(write_backup(file, [talk], version=2).read_bytes())
    assert skipped(source) == "unknown-version"
    file.write_bytes(b"not a backup at all")
    assert skipped(source) == "not-signal"


def test_payloads_of_a_backup_are_authenticated(tmp_path: Path, few_rounds: None) -> None:
    attachment = b"\x22\x06" + b"\x08\x01\x10\x01\x18\x05"  # row 1, id 1, 5 bytes
    sealed = seal([(attachment, b"bytes")])
    file = tmp_path / "x.backup"
    source_of = lambda: corpus.SignalBackup(file, passphrase=PASSPHRASE)  # noqa: E731 - said twice
    file.write_bytes(sealed)
    assert skipped(source_of()) == "not-signal"  # it has no tables, and was read to its end
    at = len(sealed) - 29  # in the payload: its code and the last frame take 26
    file.write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
    assert skipped(source_of()) in {"damaged", "truncated"}


def test_a_flipped_bit_or_a_cut_makes_a_database_unreadable_as_a_whole(tmp_path: Path) -> None:
    talk = Talk(
        [ANNA], [Said(ANNA if at % 2 else ME, f"Message number {at} of the long evening.") for at in range(200)]
    )
    folder = write_desktop(tmp_path / "desktop", [talk])
    file = folder / "sql" / "db.sqlite"
    whole = file.read_bytes()
    source = corpus.SignalDesktop(folder)
    assert rows(source)
    for page in range(1, len(whole) // 4096):
        place = page * 4096 + 1000
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert skipped(source) == "damaged", page
    file.write_bytes(whole[: len(whole) // 2])
    assert skipped(source) == "damaged"
    file.write_bytes(whole[:100])
    assert skipped(source) == "damaged"


def test_a_database_that_is_open_is_read_with_its_log(tmp_path: Path) -> None:
    import sqlcipher3

    talk = Talk([ANNA], [Said(ANNA, "Shall I bring bread?"), Said(ME, "Bring two, there are six of us.")])
    folder = write_desktop(tmp_path / "desktop", [talk])
    db = sqlcipher3.connect(str(folder / "sql" / "db.sqlite"))
    db.execute(f"PRAGMA key = \"x'{KEY}'\"")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("CREATE TABLE other (text)")
    db.execute("INSERT INTO other VALUES (?)", ("x" * 20_000,))
    db.execute("UPDATE messages SET body = 'Bring three, we are nine now.' WHERE type = 'outgoing'")
    db.commit()
    before = {file: file.read_bytes() for file in (folder / "sql").iterdir() if file.suffix != ".sqlite-shm"}
    (entry,) = rows(corpus.SignalDesktop(folder))
    assert entry.output == "Bring three, we are nine now."
    after = {file: file.read_bytes() for file in (folder / "sql").iterdir() if file.suffix != ".sqlite-shm"}
    assert before == after
    log = folder / "sql" / "db.sqlite-wal"
    whole = log.read_bytes()
    for at in range(0, len(whole), len(whole) // 20):
        log.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert skipped(corpus.SignalDesktop(folder)) == "damaged", at
    for size in (1, 31, len(whole) - 1):
        log.write_bytes(whole[:size])
        assert skipped(corpus.SignalDesktop(folder)) == "damaged", size
    log.write_bytes(whole)
    db.execute("PRAGMA wal_checkpoint(RESTART)")  # the next frames overwrite the first of this round
    db.execute("UPDATE messages SET body = 'Bring four.' WHERE type = 'outgoing'")
    db.commit()
    assert len(log.read_bytes()) == len(whole)
    assert [entry.output for entry in rows(corpus.SignalDesktop(folder))] == ["Bring four."]
    db.close()


def sealed_key(key: str, password: bytes, rounds: int, prefix: bytes) -> str:
    derived = hashlib.pbkdf2_hmac("sha1", password, b"saltysalt", rounds, 16)
    padder = padding.PKCS7(128).padder()
    data = padder.update(key.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(derived), modes.CBC(b" " * 16)).encryptor()
    return (prefix + encryptor.update(data) + encryptor.finalize()).hex()


@pytest.mark.parametrize(
    ("prefix", "password", "rounds"), [(b"v11", "of the keyring", 1), (b"v10", "of macOS", 1003), (b"v10", None, 1)]
)
def test_an_encrypted_key_is_opened_with_what_the_keyring_holds(
    tmp_path: Path, prefix: bytes, password: str | None, rounds: int
) -> None:
    sealed = sealed_key(KEY, (password or "peanuts").encode(), rounds, prefix)
    config = {"encryptedKey": sealed, "safeStorageBackend": "gnome_libsecret"}
    folder = write_desktop(tmp_path / "desktop", [everything()], config=config)
    assert rows(corpus.SignalDesktop(folder, password=password))
    if password is not None:
        with pytest.raises(corpus.SourceError, match=r"cannot be decrypted|does not open"):
            list(corpus.SignalDesktop(folder, password="another one").units())


def test_the_keyring_is_asked_for_signals_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.chats import signal_desktop

    asked = []
    monkeypatch.setattr(signal_desktop, "_keyring", lambda: asked.append(1) or "of the keyring")
    config = {"encryptedKey": sealed_key(KEY, b"of the keyring", 1, b"v11")}
    source = corpus.SignalDesktop(write_desktop(tmp_path / "desktop", [everything()], config=config))
    units = _units(source)
    assert asked == [1]
    travelled = pickle.loads(pickle.dumps(source))
    monkeypatch.setattr(signal_desktop, "_keyring", lambda: pytest.fail("a worker asks no keyring"))
    assert travelled.parse(units[0])


def test_a_folder_without_a_key_says_so(tmp_path: Path) -> None:
    folder = write_desktop(tmp_path / "desktop", [everything()], config={"window": {}})
    with pytest.raises(corpus.SourceError, match="names no key"):
        list(corpus.SignalDesktop(folder).units())
    (folder / "sql" / "db.sqlite").unlink()
    plain_database(folder / "sql" / "db.sqlite")
    with pytest.raises(corpus.SourceError, match="does not open"):
        list(corpus.SignalDesktop(folder, key=KEY).units())


@pytest.mark.parametrize("damage", ["cut", "not json", "list", "latin-1", "empty"])
def test_a_damaged_export_is_skipped_as_a_whole(tmp_path: Path, damage: str) -> None:
    file = write_export(tmp_path / "plain", [everything()]) / "main.jsonl"
    data = file.read_bytes()
    changed = {
        "cut": data[: len(data) - 30],
        "not json": data + b"{]\n",
        "list": data + b"[]\n",
        "empty": b"",
        "latin-1": data.replace(b"lamps", b"l\xe4mps"),
    }
    file.write_bytes(changed[damage])
    expected = {"list": "not-signal", "latin-1": "not-utf-8", "empty": "truncated"}.get(damage, "broken-json")
    assert skipped(corpus.SignalExport(file.parent)) == expected


def test_secrets_are_shown_nowhere_and_are_asked_for_again(tmp_path: Path, few_rounds: None) -> None:
    backup = write_backup(tmp_path / "x.backup", [everything()])
    desktop = write_desktop(tmp_path / "desktop", [everything()], config={})
    secret = PASSPHRASE.replace(" ", "")
    sources: list[Any] = [
        corpus.SignalBackup(backup, passphrase=secret),
        corpus.SignalDesktop(desktop, key=KEY),
        corpus.SignalExport(corpus.SignalBackup(backup, passphrase=secret), corpus.SignalDesktop(desktop, key=KEY)),
    ]
    out = tmp_path / "corpus"
    made = corpus.build(sources[2], out=out, workers=1, progress=False)
    again = corpus.load(out)
    assert again.sources == ()
    with pytest.raises(corpus.SourceError, match="not at hand"):
        again.reread()
    assert corpus.load(out, sources=[sources[2]]).reread() == [None] * len(made)
    for file in out.rglob("*"):
        data = file.read_bytes() if file.is_file() else b""
        assert secret.encode() not in data, file
        assert KEY.encode() not in data, file
    for source in sources:
        units = _units(source)
        shown = [repr(source), repr(vars(source)), repr(units), repr(source.location()), repr(source.describe())]
        assert source.location() == {}
        assert not [text for text in shown if secret in text or KEY in text]
        with pytest.raises(corpus.SourceError) as wrong:
            raise_with(source, secret)
        assert secret not in str(wrong.value)
        assert KEY not in str(wrong.value)


def raise_with(source: JoinedSource, secret: str) -> None:
    """The error that a wrong secret gives, wrong by its last sign."""
    from corpus.sources.chats import Secret

    for part in [source, *getattr(source, "parts", ())]:
        for name, value in vars(part).items():
            if isinstance(value, Secret):
                setattr(part, name, Secret(value.value[:-1] + ("1" if value.value[-1] != "1" else "2")))
    list(source.units())


def test_what_is_no_export_is_named(tmp_path: Path) -> None:
    (tmp_path / "v2").mkdir()
    for name in ("main", "metadata"):
        (tmp_path / "v2" / name).write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.backup").write_bytes(b"x")
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: list(corpus.SignalExport(tmp_path / "v2").units()), "version 2"),
        (lambda: list(corpus.SignalExport(tmp_path / "empty").units()), "no export of Signal"),
        (lambda: list(corpus.SignalExport(tmp_path / "x.backup").units()), "passphrase"),
        (lambda: corpus.SignalExport(tmp_path / "nowhere"), "nothing at this path"),
        (lambda: corpus.SignalDesktop(tmp_path / "empty"), "no Signal Desktop"),
    ]
    for call, words in cases:
        with pytest.raises(corpus.SourceError, match=words):
            call()
    (tmp_path / "empty" / "other.json").write_text('{"a": 1}')
    (found,) = corpus.SignalExport(tmp_path / "empty").units()
    assert isinstance(found, Skip)
    assert found.reason == "not-signal"
    with pytest.raises(corpus.ConfigError, match="cannot be kept"):
        corpus.SignalExport(tmp_path / "empty", keep=["secrets"])
    with pytest.raises(corpus.ConfigError, match="makes no sense"):
        corpus.SignalExport(tmp_path / "empty", silence=0)


@pytest.mark.parametrize("package", ["sqlcipher3", "cryptography"])
def test_a_missing_package_names_the_extra(
    tmp_path: Path, few_rounds: None, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    backup = write_backup(tmp_path / "x.backup", [everything()])
    config = {"encryptedKey": sealed_key(KEY, b"peanuts", 1, b"v10")}
    desktop = write_desktop(tmp_path / "desktop", [everything()], config=config)
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    sources: list[JoinedSource] = [corpus.SignalDesktop(desktop)]
    if package == "cryptography":
        sources.append(corpus.SignalBackup(backup, passphrase=PASSPHRASE))
    for source in sources:
        with pytest.raises(corpus.MissingExtraError, match=r"sovereign-corpus\[signal\]"):
            list(source.units())


def test_what_a_row_shows_has_its_earlier_turns(tmp_path: Path) -> None:
    said = [
        Said(ANNA, "Is it late?"),
        Said(ME, "Half past ten."),
        Said(ANNA, "Then good night!"),
        Said(ME, "Sleep well, all of you."),
    ]
    (entry,) = rows(corpus.SignalExport(write_export(tmp_path / "x", [Talk([ANNA], said)]), persona="You are Robin."))
    shown = show.entry_text(entry)
    order = ["You are Robin.", "Is it late?", "── assistant", "Half past ten.", "Then good", "── answer", "Sleep"]
    places = [shown.index(text) for text in order]
    assert places == sorted(places)
    html = entry._repr_html_()
    assert [html.index(text) for text in order[1:2] + order[3:5] + order[6:]] == sorted(
        html.index(text) for text in order[1:2] + order[3:5] + order[6:]
    )
    assert html.count("margin-left:auto") == 2  # what I say is to the right
    assert html.count("margin-right:auto") == 3
    assert "<pre" not in html
