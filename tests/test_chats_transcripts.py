"""Transcripts: earlier texts and reactions are the same in every layout, and what is gone is gone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import chats_world
import pytest
from chats_world import (
    ANNA,
    BEN,
    EDITED,
    ME,
    OWN_ACI,
    PASSPHRASE,
    REACTED,
    Said,
    Somebody,
    Talk,
    _field,
    _number,
    export_frames,
    seal,
    statement,
    write_backup,
    write_desktop,
    write_export,
    write_signal_export,
    write_sigtop,
)
from hypothesis import given
from test_chats_matrix import ANSWER, ASKED, OWNER, _concatenated, _lines, edit, message
from test_chats_properties import SPEAK, spellings, talks
from test_chats_signal import joined, rows, skipped, texts

import corpus
from corpus.chats import backup_frames
from corpus.chats.model import Sheet
from corpus.chats.transcript import Transcript
from corpus.pseudonyms import pseudonym, user_key
from corpus.sources.chats import ChatSource


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_frames, "_ROUNDS", 10)
    monkeypatch.setattr(chats_world, "ROUNDS", 10)


def talk(group: bool = True) -> Talk:
    said = [
        Said(ANNA, "Who brings the tent, Benedikt?", before=["Who brings teh tent?", "Who brings the tent?"]),
        Said(ME, "I have one for three of us.", reactions=[(ANNA, "👍"), (BEN if group else ME, "❤️")]),
        Said(ANNA, "Wonderful", quotes=1, reactions=[(ME, "😂")]),
        Said(ME, "It is green and a little wet.", before=["It is green"], reactions=[(ANNA, "😮")]),
    ]
    return Talk([ANNA, BEN] if group else [ANNA], said, group=group)


def one(source: ChatSource) -> Transcript:
    (found,) = source.transcripts()
    return found


def called(person: Somebody) -> str:
    return pseudonym(user_key(), "person", f"aci:{person.aci}")


def exports(folder: Path, said: Talk) -> dict[str, ChatSource]:
    found: dict[str, ChatSource] = {"plain": corpus.SignalExport(write_export(folder / "plain", [said]))}
    for name, version in (("now", 1360), ("2025", 1270), ("2024", 1000), ("2020", 80)):
        found[name] = corpus.SignalDesktop(write_desktop(folder / name, [said], version=version))
    file = write_backup(folder / "x.backup", [said])
    return found | {"backup": corpus.SignalBackup(file, passphrase=PASSPHRASE)}


@pytest.mark.parametrize("group", [False, True])
def test_every_layout_of_signal_gives_the_same_transcript(tmp_path: Path, few_rounds: None, group: bool) -> None:
    found = exports(tmp_path, talk(group))
    plain = one(found["plain"])
    asked, answer, _, last = plain
    anna = called(ANNA)
    assert asked.text == ("Who brings the tent, " + (called(BEN) if group else "Benedikt") + "?")
    assert [earlier.text for earlier in asked.edits] == ["Who brings teh tent?", "Who brings the tent?"]
    assert asked.sent is not None
    steps = [timedelta(milliseconds=step * EDITED) for step in range(3)]
    assert [earlier.sent for earlier in asked.edits] + [asked.edited] == [asked.sent + step for step in steps]
    assert (answer.reactions[0].emoji, answer.reactions[0].by) == ("👍", anna)
    assert answer.sent is not None
    assert answer.reactions[0].sent == answer.sent + timedelta(milliseconds=REACTED)
    assert answer.reactions[1].by == (called(BEN) if group else answer.by)
    assert plain[2].quotes == 1
    assert [earlier.text for earlier in last.edits] == ["It is green"]
    assert [given.emoji for given in last.reactions] == ["😮"]
    for name, source in found.items():
        assert one(source).messages == plain.messages, name
        facts = joined(source)[1].facts
        assert (facts["messages_edited"], facts["reactions"]) == (2, 4), name


def test_a_message_that_was_edited_is_the_same_in_all_exports(tmp_path: Path, few_rounds: None) -> None:
    found = exports(tmp_path, talk())
    together = corpus.SignalExport(tmp_path / "plain", found["now"], found["2020"], found["backup"])  # type: ignore[arg-type] - all but the first are sources of Signal
    assert one(together).messages == one(found["plain"]).messages
    facts = joined(together)[1].facts
    assert facts["messages_left_out"] == {"duplicate": 3 * 4, "edit": 3}


def test_an_export_of_before_an_edit_knows_the_text_of_then(tmp_path: Path) -> None:
    before = Talk([ANNA], [Said(ANNA, "Seven o'clok?"), Said(ME, "Seven it is, at the gate.")])
    after = Talk([ANNA], [Said(ANNA, "Seven o'clock?", before=["Seven o'clok?"]), before.said[1]])
    old, new = write_export(tmp_path / "old", [before]), write_export(tmp_path / "new", [after])
    file = new / "main.jsonl"
    item = json.loads(file.read_text().splitlines()[-2])
    lost = {**item["chatItem"], "revisions": [{**item["chatItem"]["revisions"][0], "standardMessage": {}}]}
    file.write_text(file.read_text().replace(json.dumps(item), json.dumps({"chatItem": lost})))
    assert one(corpus.SignalExport(new))[0].edits == ()
    for order in ([old, new], [new, old]):
        (asked, _) = one(corpus.SignalExport(*order))
        assert (asked.text, [earlier.text for earlier in asked.edits]) == ("Seven o'clock?", ["Seven o'clok?"])


def test_a_quotation_of_any_version_of_a_message_is_found(tmp_path: Path) -> None:
    said = [
        Said(ANNA, "At the new gate", before=["At the gate"]),
        Said(ME, "I know where that is.", after=20_000, quotes=0),
    ]
    for version in (0, 1):
        folder = write_export(tmp_path / str(version), [Talk([ANNA], said)])
        first = int(
            json.loads((folder / "main.jsonl").read_text().splitlines()[-2])["chatItem"]["revisions"][0]["dateSent"]
        )
        quote, target = f'"targetSentTimestamp": "{first}"', f'"targetSentTimestamp": "{first + version * EDITED}"'
        (folder / "main.jsonl").write_text((folder / "main.jsonl").read_text().replace(quote, target))
        (row,) = rows(corpus.SignalExport(folder))
        assert row.instruction == "At the new gate"


@pytest.mark.parametrize(("before", "after"), [("1", "2"), ("2", "1")])
def test_a_reaction_that_was_taken_back_is_gone_with_the_later_export(tmp_path: Path, before: str, after: str) -> None:
    said = talk().said
    later = [*said[:1], Said(ME, said[1].text, reactions=[(BEN, "❤️")]), *said[2:]]
    old = write_export(tmp_path / before, [talk()])
    new = write_export(tmp_path / after, [Talk([ANNA, BEN], later, group=True)])
    (old / "main.jsonl").write_text((old / "main.jsonl").read_text().replace('"1750000000000"', '"1740000000000"'))
    answer = one(corpus.SignalExport(old, new))[1]
    assert [(given.emoji, given.by) for given in answer.reactions] == [("❤️", called(BEN))]


def test_what_one_export_knows_to_be_deleted_leaves_nothing_of_another(tmp_path: Path) -> None:
    gone = [
        Said(s.by, s.text, s.after, "deleted" if at == 1 else "", quotes=s.quotes) for at, s in enumerate(talk().said)
    ]
    for name, parts in (("1", [talk().said, gone]), ("2", [gone, talk().said])):
        paths = [
            write_export(tmp_path / name / str(number), [Talk([ANNA, BEN], part, group=True)])
            for number, part in enumerate(parts)
        ]
        source = corpus.SignalExport(*paths)
        sheets = [Sheet.from_bytes(source.parse(unit)) for unit in source.units() if isinstance(unit, corpus.Unit)]
        ((_, chat),) = source._joined(sheets)[3]
        assert (chat.bodies[1], chat.edits and chat.edits[1], chat.reactions and chat.reactions[1]) == ("", None, None)
        assert len(one(source)) == 3


@pytest.mark.parametrize("special", ["deleted", "disappearing", "view-once"])
def test_what_is_left_out_leaves_no_earlier_text_and_no_reaction(
    tmp_path: Path, few_rounds: None, special: str
) -> None:
    said = [Said(ANNA, "last", special=special, before=["first"], reactions=[(ME, "👍")]), Said(ME, "And what was it?")]
    for name, source in exports(tmp_path, Talk([ANNA], said)).items():
        assert len(one(source)) == 1, name
        unit = next(unit for unit in source.units() if isinstance(unit, corpus.Unit))
        columns = Sheet.from_bytes(source.parse(unit)).messages  # the sheet that lies in the cache
        assert columns["edits"].null_count == columns["reactions"].null_count == len(columns), name


def test_reactions_of_old_backups_are_read(tmp_path: Path, few_rounds: None) -> None:
    """Before 2021 a list in the message's row; then a table that says which of two tables of messages it means."""
    listed = _field(1, _field(1, "🎈".encode()) + _number(2, 2) + _number(3, 1500) + _number(4, 1600))
    frames = [
        statement("CREATE TABLE recipient (_id, phone, uuid, signal_profile_name)"),
        statement("INSERT INTO recipient VALUES (?,?,?,?)", (2, ANNA.number, str(ANNA.aci), "Anna")),
        statement("CREATE TABLE thread (_id, thread_recipient_id)"),
        statement("INSERT INTO thread VALUES (?,?)", (1, 2)),
        statement("CREATE TABLE sms (_id, thread_id, address, date, date_sent, type, body, reactions)"),
        statement("CREATE TABLE mms (_id, thread_id, address, date, date_received, msg_box, body)"),
        statement("INSERT INTO sms VALUES (?,?,?,?,?,?,?,?)", (1, 1, 2, 1000, 1000, 23, "with a list", listed)),
        statement("INSERT INTO mms VALUES (?,?,?,?,?,?,?)", (1, 1, 2, 2000, 2000, 23, "with a row")),
        statement("CREATE TABLE reaction (_id, message_id, is_mms, author_id, emoji, date_sent)"),
        statement("INSERT INTO reaction VALUES (?,?,?,?,?,?)", (1, 1, 1, 2, "🚲", 2500)),
    ]
    (tmp_path / "x.backup").write_bytes(seal(frames))
    found = one(corpus.SignalBackup(tmp_path / "x.backup", passphrase=PASSPHRASE))
    given = [(said.text, [(r.emoji, r.by) for r in said.reactions]) for said in found]
    assert given == [("with a list", [("🎈", called(ANNA))]), ("with a row", [("🚲", called(ANNA))])]


def test_signal_export_says_who_reacted_and_not_when(tmp_path: Path) -> None:
    found = one(corpus.SignalExport(write_signal_export(tmp_path, talk(group=False))))
    answer, wonderful = found[1], found[2]
    assert not found.group
    assert [(given.emoji, given.by, given.sent) for given in answer.reactions] == [
        ("👍", found[0].by, None), ("❤️", answer.by, None)
    ]  # fmt: skip
    assert wonderful.reactions[0].by == answer.by


def test_files_of_something_else_among_those_of_an_export_are_passed_over(tmp_path: Path) -> None:
    """signal-export 3.9 writes `exported_stickers/<pack>/data.json` and, when asked, `meta.json` beside the chats."""
    folder = write_signal_export(tmp_path, talk(group=False))
    pack = folder / "exported_stickers" / "0a" / "data.json"
    pack.parent.mkdir(parents=True)
    pack.write_text(json.dumps({"title": "Cats", "stickers": []}))
    (folder / "meta.json").write_text(json.dumps({"members": []}, indent=2))
    assert len(one(corpus.SignalExport(folder))) == 4
    with pytest.raises(corpus.SourceError, match="cannot be read: not-signal"):
        list(corpus.SignalExport(pack).transcripts())
    (folder / "cut.json").write_text('[{"conversationId": ')
    with pytest.raises(corpus.SourceError, match="cannot be read: broken-json"):
        list(corpus.SignalExport(folder).transcripts())


def test_all_kinds_of_lines_of_signal_export_are_told_apart(tmp_path: Path) -> None:
    kinds = ["sticker", "attachment", "deleted", "call", "system"]
    said = [*(Said(ANNA, "x", special=kind) for kind in kinds), Said(ANNA, "((hug))"), Said(ME, "And one for you.")]
    folder = write_signal_export(tmp_path, Talk([ANNA], said))
    found = one(corpus.SignalExport(folder))
    assert found.left_out == dict.fromkeys(sorted(kinds), 1)
    assert [uttered.text for uttered in found] == ["((hug))", "And one for you."]
    file = next(folder.rglob("data.json"))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["sticker"], lines[1]["sticker"] = "🐈", ""
    file.write_text("\n".join(map(json.dumps, lines)))
    assert one(corpus.SignalExport(folder)).left_out == found.left_out


def test_somebody_whom_signal_export_does_not_know_has_spoken(tmp_path: Path) -> None:
    """signal-export 3.9, `create_message`: `No-Sender` is one whose id no contact has; a change has no body."""
    folder = write_signal_export(tmp_path, Talk([ANNA], [Said(ANNA, "Is it far?"), Said(ME, "Half an hour by bike.")]))
    file = next(folder.rglob("data.json"))
    file.write_text(file.read_text().replace('"Anna Schmidt"', '"No-Sender"'))
    (row,) = rows(corpus.SignalExport(folder))
    assert (row.instruction, row.output) == ("Is it far?", "Half an hour by bike.")


def test_sigtop_of_today_has_no_texts_and_that_is_said(tmp_path: Path) -> None:
    """sigtop (2026-07), `fmt_json.go`: the column `json` as it is, without body and conversation since 1270."""
    folder = write_sigtop(tmp_path / "a", talk(group=False))
    file = next(folder.glob("*.json"))
    records = json.loads(file.read_text())
    moved = ("id", "type", "body", "received_at", "conversationId", "sent_at", "timestamp", "sourceServiceId")
    today = [{"schemaVersion": 14, **{k: v for k, v in r.items() if k not in moved}} for r in records]
    whole = one(corpus.SignalExport(folder))
    assert [(given.emoji, given.by) for given in whole[1].reactions] == [("👍", called(ANNA)), ("❤️", "somebody")]
    file.write_text(json.dumps([*records[:3], today[3]]))
    assert one(corpus.SignalExport(folder)).left_out == {"incomplete": 1}
    file.write_text(json.dumps(today))
    assert skipped(corpus.SignalExport(folder)) == "incomplete"
    with pytest.raises(corpus.SourceError, match="cannot be read: incomplete"):
        list(corpus.SignalExport(folder).transcripts())
    file.write_text("[\n]\n")
    assert list(corpus.SignalExport(folder).transcripts()) == []


# Matrix.


def reaction(name: str, sender: str, target: str, key: str, **more: Any) -> dict[str, Any]:
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}}
    event = {"type": "m.reaction", "event_id": name, "sender": sender, "origin_server_ts": 9500, "room_id": "!r:x"}
    return {**event, "content": content, **more}


def redaction(name: str, sender: str, target: str) -> dict[str, Any]:
    event = {
        "type": "m.room.redaction",
        "event_id": name,
        "sender": sender,
        "origin_server_ts": 9900,
        "room_id": "!r:x",
    }
    return {**event, "redacts": target, "content": {}}


def of_user(user: str) -> str:
    return pseudonym(user_key(), "person", f"user:{user}")


def test_reactions_of_matrix_are_those_that_nobody_took_back(tmp_path: Path) -> None:
    taken_back = {"redacted_because": {"type": "m.room.redaction"}}
    found = [
        ASKED,
        ANSWER,
        reaction("$a", ANNA.user, "$9", "👍"),
        reaction("$b", ANNA.user, "$9", "👍"),  # the specification: the same again counts once
        reaction("$c", BEN.user, "$9", "as benedikt@x says"),
        reaction("$d", BEN.user, "$9", "❤️"),
        redaction("$e", BEN.user, "$d"),
        reaction("$f", ANNA.user, "$9", "😂", content={}, unsigned=taken_back),
        reaction("$g", ANNA.user, "$nowhere", "😂"),
        message("$h", OWNER, 9950, "and that was all"),
    ]
    _concatenated(tmp_path / "events", found)
    source = corpus.MatrixExport(tmp_path / "events", me=OWNER)
    _, answer, _ = one(source)
    assert [(given.emoji, given.by) for given in answer.reactions] == [
        ("👍", of_user(ANNA.user)), (f"as {of_user(BEN.user)}@x says", of_user(BEN.user))
    ]  # fmt: skip
    (row,) = rows(source)  # what was taken back is no hole in the conversation
    assert row.output == "an answer of several words\nand that was all"
    assert joined(source)[1].facts["messages_left_out"] == {"reaction": 6, "redaction": 1}


def test_reactions_in_one_export_belong_to_a_message_in_another(tmp_path: Path) -> None:
    _lines(tmp_path / "a.jsonl", [ASKED, ANSWER])
    _lines(tmp_path / "b.jsonl", [ANSWER, reaction("$a", ANNA.user, "$9", "👍")])
    both = corpus.MatrixExport(tmp_path / "a.jsonl", tmp_path / "b.jsonl", me=OWNER)
    assert [given.emoji for given in one(both)[1].reactions] == ["👍"]


def test_what_a_message_of_matrix_said_before_is_known(tmp_path: Path) -> None:
    found = [
        ASKED,
        edit("$3", ANNA.user, 3000, "$1", "third"),
        edit("$2", ANNA.user, 2000, "$1", "second"),
        edit("$4", BEN.user, 4000, "$1", "by another"),
        ANSWER,
    ]
    _concatenated(tmp_path / "events", found)
    asked, _ = one(corpus.MatrixExport(tmp_path / "events", me=OWNER))
    versions = [(earlier.text, earlier.sent.timestamp()) for earlier in asked.edits if earlier.sent]
    assert versions == [(ASKED["content"]["body"], 1.0), ("second", 2.0)]
    assert (asked.text, asked.edited and asked.edited.timestamp()) == ("third", 3.0)
    _concatenated(tmp_path / "events", [*found, redaction("$5", ANNA.user, "$1")])
    assert [said.text for said in one(corpus.MatrixExport(tmp_path / "events", me=OWNER))] == [
        ANSWER["content"]["body"]
    ]


def test_an_edit_that_is_only_bundled_with_its_message_counts(tmp_path: Path) -> None:
    """Client-Server API 1.7 and later, "Event replacements": `m.replace` in `m.relations` is the whole latest edit."""
    latest = edit("$3", ANNA.user, 3000, "$1", "third")
    bundled = {**ASKED, "unsigned": {"m.relations": {"m.replace": latest}}}
    forged = {**ASKED, "unsigned": {"m.relations": {"m.replace": {**latest, "sender": BEN.user}}}}
    element = {**bundled, "content": {"msgtype": "m.text", "body": "third"}}  # what Element exports: the latest alone
    earlier = edit("$2", ANNA.user, 2000, "$1", "second")
    first = ASKED["content"]["body"]
    for events, expected in (
        ([bundled], ("third", [first])),
        ([bundled, earlier], ("third", [first, "second"])),
        ([bundled, earlier, latest], ("third", [first, "second"])),
        ([element], ("third", [])),
        ([element, earlier, latest], ("third", ["second"])),
        ([forged], (first, [])),
    ):
        _concatenated(tmp_path / "events", [*events, ANSWER])
        asked, _ = one(corpus.MatrixExport(tmp_path / "events", me=OWNER))
        assert (asked.text, [version.text for version in asked.edits]) == expected


def test_two_exports_that_know_the_same_text_know_no_edit(tmp_path: Path) -> None:
    """An edit whose text nobody can read (it is encrypted) may be bundled in one of two responses."""
    bundled = {"m.relations": {"m.replace": {"event_id": "$2", "origin_server_ts": 2000, "type": "m.room.encrypted"}}}
    _lines(tmp_path / "a.jsonl", [ASKED, ANSWER])
    _lines(tmp_path / "b.jsonl", [{**ASKED, "unsigned": bundled}, ANSWER])
    both = corpus.MatrixExport(tmp_path / "a.jsonl", tmp_path / "b.jsonl", me=OWNER)
    assert one(both)[0].edits == ()


# What a user does with them.


def test_only_answers_that_others_reacted_to(tmp_path: Path) -> None:
    said = [
        Said(ANNA, "Shall we walk?", after=9000),
        Said(ME, "Yes, around the lake.", reactions=[(ANNA, "👍")]),
        Said(ANNA, "And if it rains?", after=9000, reactions=[(ME, "😂")]),
        Said(ME, "Then we swim instead.", reactions=[(ME, "😎")]),
    ]
    folder = write_export(tmp_path, [Talk([ANNA], said)])
    assert len(rows(corpus.SignalExport(folder))) == 2
    liked = corpus.SignalExport(folder, min_reactions=1)
    entries, done = joined(liked)
    assert [entry.output for entry in entries] == ["Yes, around the lake."]
    assert done.facts["messages_left_out"] == {"no-reaction": 2}
    for wrong in (-1, 1.5, True, "1"):
        with pytest.raises(corpus.ConfigError, match="makes no sense"):
            corpus.SignalExport(folder, min_reactions=wrong)


@SPEAK
@given(talks())
def test_nobody_else_is_in_a_transcript_by_name_number_or_id(spoken: Talk) -> None:
    import tempfile

    somebody = spoken.others[0]
    said = [
        Said(
            s.by,
            s.text,
            s.after,
            mentions=s.mentions,
            before=spellings(somebody)[:8],
            reactions=[(somebody, somebody.given)],
        )
        for s in spoken.said
    ]
    with tempfile.TemporaryDirectory() as folder:
        shown = one(corpus.SignalExport(write_export(Path(folder), [Talk(spoken.others, said, spoken.group)])))
    text = re.sub(r"(person|author|name|chat)-[a-z2-7]{12}", "", f"{shown}{shown._repr_html_()}{shown!r}")
    for person in spoken.others:
        assert not re.search(rf"(?<!\w){re.escape(person.given)}(?!\w)", text, re.IGNORECASE)
        assert person.number[-8:] not in re.sub(r"\D", "", re.sub(r"\d+-\d+-\d+|\d+:\d+|datetime\(.*?\)", "", text))
        assert str(person.aci) not in text


def test_a_transcript_shows_itself_and_nothing_that_a_terminal_or_a_browser_obeys(tmp_path: Path) -> None:
    said = [
        Said(ANNA, "look \x1b[31m<script>", before=["<b>look"], reactions=[(ME, "👍")]),
        Said(ME, "I see nothing there.", quotes=0, after=86_400),
        *(Said(ME, f"message {at}") for at in range(300)),
    ]
    shown = one(corpus.SignalExport(write_export(tmp_path, [Talk([ANNA], said)])))
    lines = str(shown).splitlines()
    assert lines[0] == f"── {shown.name}, of two, 302 messages"
    assert lines[2:8] == [
        "   2023-11-14", "", f"{called(ANNA)}  22:13, edited 22:13", "    look �[31m<script>", "    before: <b>look",
        f"    👍 {shown[1].by}",
    ]  # fmt: skip
    assert f"    > {called(ANNA)}: look �[31m<script>" in lines
    assert "    … 102 more" in lines
    assert (len(shown), len(list(shown))) == (302, 302)
    html = shown._repr_html_()
    assert "\x1b" not in html
    assert "<script>" not in html
    assert "<s>&lt;b&gt;look</s>" in html
    assert "#fff" not in html.lower()  # the notebook's own colours, be it dark or light


def test_what_nothing_was_said_in_is_no_conversation(tmp_path: Path) -> None:
    frames = export_frames([talk(), Talk([Somebody("Chidi")], [])])
    (tmp_path / "main.jsonl").write_text("\n".join(map(json.dumps, frames)))
    source = corpus.SignalExport(tmp_path)
    assert len(list(source.transcripts())) == 1
    assert joined(source)[1].facts["conversations"] == 1
    assert str(OWN_ACI) not in str(one(source))
    assert texts(rows(source))
