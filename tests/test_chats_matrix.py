"""Matrix: every wrapping of events gives the same rows; edits, redactions, replies and notices by the specification."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chats_world import ANNA, BEN, ME, Said, Talk, element_export, events
from test_chats_signal import joined, rows, skipped, texts

import corpus
from corpus.sources.base import JoinedSource, SkipUnit

OWNER = "@me:example.org"
Event = dict[str, Any]


def talk(group: bool = True) -> Talk:
    said = [
        Said(BEN if group else ANNA, "When does the ferry leave on Saturday?"),
        Said(ME, "At nine, and again at noon."),
        Said(ANNA, "Benedikt Okafor should take the later one", mentions=[(0, 15, BEN)], after=7200),
        Said(ME, "He gets seasick in the mornings, yes.", quotes=2),
        *(
            Said((BEN if group else ANNA) if at % 2 else ME, f"left out as {kind}", special=kind)
            for at, kind in enumerate(LEFT_OUT)
        ),
        Said(ANNA, "waves from the pier", special="emote", after=7200),
        Said(ME, "I see you, wait there!"),
        Said(ANNA, "the boat with the blue sail", special="caption"),
        Said(ME, "That one belongs to my uncle."),
    ]
    return Talk([ANNA, BEN] if group else [ANNA], said, group=group)


LEFT_OUT = ["bot", "attachment", "location", "undecryptable", "system", "deleted", "sticker", "call", "reaction"]


def as_file(folder: Path, name: str, found: list[Event]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    write = WRAPPINGS[name]
    write(path, found)
    return path


def _element(path: Path, found: list[Event]) -> None:
    path.write_text(json.dumps(element_export(found), indent=4), encoding="utf-8")


def _zip(path: Path, found: list[Event]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("matrix - A room/images/a.jpg", b"\xff\xd8")
        archive.writestr("matrix - A room/export.json", json.dumps(element_export(found)))


def _concatenated(path: Path, found: list[Event]) -> None:
    path.write_text("".join(json.dumps(event) for event in found))


def _lines(path: Path, found: list[Event]) -> None:
    path.write_text("".join(json.dumps(event) + "\n" for event in found))


def _commander(path: Path, found: list[Event]) -> None:
    room = {"room_id": "!room:example.org", "own_user_id": OWNER}
    wrapped = [
        {"source": {k: v for k, v in e.items() if k != "room_id"}, "room": room, "sender_nick": "x"} for e in found
    ]
    path.write_text("".join(json.dumps(event) + "\n" for event in wrapped))


def _messages(path: Path, found: list[Event]) -> None:
    path.write_text(json.dumps({"chunk": found[::-1], "start": "t2", "end": "t1"}))


def _sync(path: Path, found: list[Event]) -> None:
    bare = [{k: v for k, v in event.items() if k != "room_id"} for event in found]
    room = {"state": {"events": bare[:3]}, "timeline": {"events": bare[3:], "limited": False}}
    path.write_text(json.dumps({"next_batch": "s1", "rooms": {"join": {"!room:example.org": room}}}))


WRAPPINGS: dict[str, Callable[[Path, list[Event]], None]] = {
    "export.json": _element, "export.zip": _zip, "events": _concatenated, "spec.jsonl": _lines,
    "commander.jsonl": _commander, "messages.json": _messages, "sync.json": _sync,
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize("group", [False, True])
def test_every_wrapping_gives_the_same_rows(tmp_path: Path, name: str, group: bool) -> None:
    found = events(talk(group))
    source = corpus.MatrixExport(as_file(tmp_path, name, found), me=OWNER)
    entries, done = joined(source)
    assert [e.output for e in entries] == [
        "At nine, and again at noon.", "He gets seasick in the mornings, yes.", "That one belongs to my uncle."
    ]  # fmt: skip
    anna, ben = names(source, ANNA.user), names(source, BEN.user)
    said = f"@{ben} should take the later one"
    assert entries[1].instruction == (f"{anna}: {said}" if group else said)
    third = [m.content for m in entries[2].messages]
    assert third[0] == (f"{anna}: * {anna} waves from the pier" if group else f"* {anna} waves from the pier")
    assert done.facts["messages_left_out"] == {**dict.fromkeys(LEFT_OUT, 1), "system": 3 + group}
    assert done.facts["messages"] == len(found)


def names(source: JoinedSource, user: str) -> str:
    from corpus.pseudonyms import pseudonym, user_key

    return pseudonym(user_key(), "person", f"user:{user}")


def test_the_same_room_in_two_wrappings_is_one_conversation(tmp_path: Path) -> None:
    found = events(talk())
    paths = [as_file(tmp_path, name, found) for name in WRAPPINGS]
    entries, done = joined(corpus.MatrixExport(*paths, me=OWNER))
    assert texts(entries) == texts(rows(corpus.MatrixExport(paths[0], me=OWNER)))
    assert done.facts["conversations"] == 1
    assert done.facts["messages_left_out"]["duplicate"] == len(found) * (len(paths) - 1)


def test_the_owner_is_said_and_never_guessed(tmp_path: Path) -> None:
    found = events(talk())
    with pytest.raises(corpus.SourceError, match="who you are"):
        rows(corpus.MatrixExport(as_file(tmp_path, "export.json", found)))
    told = corpus.MatrixExport(as_file(tmp_path, "commander.jsonl", found))
    assert [e.output for e in rows(told)] == [e.output for e in rows(corpus.MatrixExport(*told.paths, me=OWNER))]
    (hers,) = rows(corpus.MatrixExport(*told.paths, me=ANNA.user))  # what is said wins over what the data says
    assert hers.output == "the boat with the blue sail"
    with pytest.raises(corpus.ConfigError, match="no id of Matrix"):
        corpus.MatrixExport(*told.paths, me="Robin")


def test_synapses_folder_is_read_room_by_room(tmp_path: Path) -> None:
    for room in ("!one:example.org", "!two:example.org"):
        folder = tmp_path / "rooms" / room
        (folder / "state").mkdir(parents=True)
        found = [{**event, "event_id": event["event_id"] + room} for event in events(talk(), room=room)]
        (folder / "events").write_text("".join(json.dumps(event) for event in found))
        (folder / "state" / "$x").write_text("{}")
    entries, done = joined(corpus.MatrixExport(tmp_path, me=OWNER))
    assert done.facts["conversations"] == 2
    assert len(entries) == 6
    assert len({entry.path for entry in entries}) == 2


def test_synapse_tells_names_in_states_beside_the_events(tmp_path: Path) -> None:
    """Synapse 1.136, `admin_cmd.FileExfiltrationWriter`: PDUs without ids, states at gaps, those of an invitation.

    The first event of a room of version 12 names no room (MSC4291): the folder does.
    """
    folder = tmp_path / "rooms" / "!dag"
    (folder / "state").mkdir(parents=True)
    base = {"hashes": {"sha256": "x"}, "depth": 5, "prev_events": [], "auth_events": [], "unsigned": {"age_ts": 1}}
    create = {**base, "type": "m.room.create", "state_key": "", "sender": OWNER, "content": {"room_version": "12"}}
    asked = message("", BEN.user, 1000, "Did Zorinka call? And Quirin?", room_id="!dag")
    answer = message("", OWNER, 2000, "She did, at noon.", room_id="!dag")
    said = [
        {k: v for k, v in {**base, **event, "room_id": "!dag"}.items() if k != "event_id"} for event in (asked, answer)
    ]
    (folder / "events").write_text("".join(json.dumps(event) for event in [create, *said]))
    member = {**base, "type": "m.room.member", "room_id": "!dag", "sender": ANNA.user, "state_key": ANNA.user}
    state = [create, {**member, "content": {"membership": "join", "displayname": "Zorinka"}}]
    (folder / "state" / "$5GoQ").write_text("".join(json.dumps(event) for event in state))
    stripped = {
        "type": "m.room.member",
        "sender": BEN.user,
        "state_key": BEN.user,
        "content": {"displayname": "Quirin"},
    }
    (folder / "invite_state").write_text(json.dumps(stripped))
    profile = tmp_path / "user_data" / "profile"
    profile.parent.mkdir()
    profile.write_text(json.dumps({"name": OWNER, "displayname": "Robin"}))
    entries, done = joined(corpus.MatrixExport(tmp_path, me=OWNER))
    (entry,) = entries
    anna, ben = names(corpus.MatrixExport(tmp_path), ANNA.user), names(corpus.MatrixExport(tmp_path), BEN.user)
    assert entry.instruction == f"Did {anna} call? And {ben}?"
    assert (done.facts["conversations"], done.facts["messages"]) == (1, 3)
    (folder / "invite_state").write_text("{")
    units = [unit for unit in corpus.MatrixExport(tmp_path, me=OWNER).units() if unit.path.endswith("invite_state")]
    assert len(units) == 1
    with pytest.raises(SkipUnit, match="broken-json"):
        corpus.MatrixExport(tmp_path, me=OWNER).parse(units[0])  # type: ignore[arg-type] - it is a unit and no skip


def commander(event: Event, nick: str, room: str = "!room:example.org") -> str:
    """A line of matrix-commander 8.0 (`message_callback`): nio's event, room and members, by their attributes."""
    users = {
        user: {"user_id": user, "display_name": name, "avatar_url": None, "power_level": 0}
        for user, name in ((OWNER, "Robin"), (BEN.user, "Quirin"))
    }
    described = {"room_id": room, "own_user_id": OWNER, "room_version": "10", "users": users, "encrypted": True}
    extra = {"room_display_name": "A room", "sender_nick": nick, "event_datetime": "2023-11-14 22:13:20"}
    return json.dumps({"source": event, "room": described, **extra}) + "\n"


@pytest.mark.parametrize("backwards", [False, True])
def test_matrix_commander_says_names_beside_events_and_may_say_the_newest_first(
    tmp_path: Path, backwards: bool
) -> None:
    """`--listen all` gives the oldest first and `--tail` the newest, of one room after the other."""
    lines = []
    for room in ("!one:x", "!two:x"):
        said = [
            message(f"$1{room}", ANNA.user, 1000, "Is Quirin with you?"),
            message(f"$2{room}", OWNER, 900, "He is in the garden, Zorinka."),  # a clock that was wrong
            message(f"$3{room}", ANNA.user, 3000, "Call him, please"),
            message(f"$4{room}", OWNER, 4000, "I just did, he comes."),
        ]
        nicks = ["Zorinka", "Robin", "Zorinka", "Robin"]
        found = [
            commander({k: v for k, v in event.items() if k != "room_id"}, nick, room)
            for event, nick in zip(said, nicks, strict=True)
        ]
        lines += found[::-1] if backwards else found
    (tmp_path / "x.jsonl").write_text(
        '{"room_id": "!i:x", "event": "m.room.member", "membership": "invite"}\n' + "".join(lines)
    )
    source = corpus.MatrixExport(tmp_path / "x.jsonl")
    anna, ben = names(source, ANNA.user), names(source, BEN.user)
    expected = [
        ("user", f"Is {ben} with you?"), ("assistant", f"He is in the garden, {anna}."), ("user", "Call him, please"),
        ("assistant", "I just did, he comes."),
    ]  # fmt: skip
    assert texts(rows(source)) == [expected, expected]


def test_zips_of_all_versions_of_element_are_recognised(tmp_path: Path) -> None:
    """element-web, `Exporter.makeFileNameNoExtension`; in 2021 `santizeFileName` wrote hyphens for blanks."""
    from corpus.sources.detect import source_of

    for name in (
        "Element - A room - Chat Export - 2026-11-21T15-24-33.000Z.zip",
        "Element---A-room---Chat-Export---Nov-21,-2021.zip",
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(f"{name.removesuffix('.zip')}/export.json", json.dumps(element_export(events(talk()))))
        source = source_of(tmp_path / name)
        assert isinstance(source, corpus.MatrixExport)
        assert len(rows(corpus.MatrixExport(tmp_path / name, me=OWNER))) == 3


def reference(event: Event, version: int) -> str:
    """The id of a message event, computed as the specification says."""
    kept = {k: v for k, v in event.items() if k not in {"unsigned", "signatures", "event_id"}}
    if version >= 11:
        kept.pop("origin", None)
    kept["content"] = {}
    data = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return "$" + (digest if version == 3 else digest.replace("+", "-").replace("/", "_"))


@pytest.mark.parametrize("version", [3, 6, 10, 11])
def test_events_without_ids_are_known_by_their_reference_hash(tmp_path: Path, version: int) -> None:
    base = {
        "room_id": "!r:x",
        "hashes": {"sha256": "x"},
        "depth": 5,
        "prev_events": [],
        "auth_events": [],
        "origin": "x",
    }
    create = {
        **base,
        "type": "m.room.create",
        "state_key": "",
        "sender": OWNER,
        "content": {"room_version": str(version)},
    }

    def said(sender: str, sent: int, content: Event) -> Event:
        return {**base, "type": "m.room.message", "sender": sender, "origin_server_ts": sent, "content": content}

    asked = said(ANNA.user, 1000, {"msgtype": "m.text", "body": "Is the stoev off?"})
    edit = {"m.new_content": {"msgtype": "m.text", "body": "Is the stove off?"}, "msgtype": "m.text", "body": "* x"}
    edit["m.relates_to"] = {"rel_type": "m.replace", "event_id": reference(asked, version)}
    edited = said(ANNA.user, 2000, edit)
    answer = said(OWNER, 3000, {"msgtype": "m.text", "body": "I turned it off myself."})
    late = said(OWNER, 4000, {"msgtype": "m.text", "body": "sent by mistake"})
    gone = {**base, "type": "m.room.redaction", "sender": OWNER, "origin_server_ts": 5000, "content": {}}
    gone["content" if version >= 11 else "redacts"] = (
        {"redacts": reference(late, version)} if version >= 11 else reference(late, version)
    )
    path = tmp_path / "events"
    path.write_text("".join(json.dumps(event) for event in [create, asked, edited, answer, late, gone]))
    entries, done = joined(corpus.MatrixExport(path, me=OWNER))
    assert [(e.instruction, e.output) for e in entries] == [("Is the stove off?", "I turned it off myself.")]
    assert done.facts["messages_left_out"] == {"deleted": 1, "edit": 1, "redaction": 1, "system": 1}


def message(name: str, sender: str, sent: int, body: str, **content: Any) -> Event:
    return {
        "type": "m.room.message", "event_id": name, "sender": sender, "origin_server_ts": sent, "room_id": "!r:x",
        "content": {"msgtype": "m.text", "body": body, **content},
    }  # fmt: skip


def edit(name: str, sender: str, sent: int, target: str, body: str) -> Event:
    relation = {"rel_type": "m.replace", "event_id": target}
    new = {"msgtype": "m.text", "body": body}
    return message(name, sender, sent, f"* {body}", **{"m.relates_to": relation, "m.new_content": new})


ASKED = message("$1", ANNA.user, 1000, "first text of the question")
ANSWER = message("$9", OWNER, 9000, "an answer of several words")


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ([edit("$2", ANNA.user, 2000, "$1", "second text")], "second text"),
        ([edit("$3", ANNA.user, 3000, "$1", "third"), edit("$2", ANNA.user, 2000, "$1", "second")], "third"),
        ([edit("$b", ANNA.user, 2000, "$1", "larger id"), edit("$a", ANNA.user, 2000, "$1", "smaller")], "larger id"),
        ([edit("$2", BEN.user, 2000, "$1", "by another")], ASKED["content"]["body"]),
        ([edit("$2", ANNA.user, 2000, "$1", "second"), edit("$3", ANNA.user, 3000, "$2", "edit of an edit")], "second"),
        (
            [
                edit("$2", ANNA.user, 2000, "$1", "second"),
                {"type": "m.room.redaction", "event_id": "$3", "sender": ANNA.user, "redacts": "$2", "room_id": "!r:x",
                 "origin_server_ts": 5, "content": {}},
            ],
            ASKED["content"]["body"],
        ),
        ([message("$2", ANNA.user, 2000, "* x", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}})],
         ASKED["content"]["body"]),
    ],
)  # fmt: skip
def test_only_valid_edits_count_and_the_latest_of_them(tmp_path: Path, between: list[Event], expected: str) -> None:
    path = tmp_path / "events"
    _concatenated(path, [ASKED, *between, ANSWER])
    (entry,) = rows(corpus.MatrixExport(path, me=OWNER))
    assert entry.instruction == expected


def test_an_edit_in_one_export_edits_the_message_in_another(tmp_path: Path) -> None:
    one, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    _lines(one, [ASKED, ANSWER])
    _lines(other, [ASKED, edit("$2", ANNA.user, 2000, "$1", "text of the other export")])
    (entry,) = rows(corpus.MatrixExport(one, other, me=OWNER))
    assert entry.instruction == "text of the other export"
    redaction = {"type": "m.room.redaction", "event_id": "$r", "sender": ANNA.user, "redacts": "$1", "room_id": "!r:x"}
    _lines(other, [{**redaction, "origin_server_ts": 2000, "content": {}}])
    assert rows(corpus.MatrixExport(one, other, me=OWNER)) == []


@pytest.mark.parametrize(
    ("body", "relation", "expected"),
    [
        ("> <@a:x> old\n> text\n\nnew words", {"m.in_reply_to": {"event_id": "$0"}}, "new words"),
        ("> a quotation of mine\n\nnew words", {}, "> a quotation of mine\n\nnew words"),
        ("no fallback since 1.13", {"m.in_reply_to": {"event_id": "$0"}}, "no fallback since 1.13"),
        (
            "> <@a:x> old\n\nin a thread",
            {"rel_type": "m.thread", "event_id": "$0", "is_falling_back": True, "m.in_reply_to": {"event_id": "$0"}},
            "in a thread",
        ),
    ],
)  # fmt: skip
def test_the_fallback_of_a_reply_is_cut_where_there_is_a_reply(
    tmp_path: Path, body: str, relation: Event, expected: str
) -> None:
    _lines(tmp_path / "x.jsonl", [message("$1", ANNA.user, 1000, body, **{"m.relates_to": relation}), ANSWER])
    (entry,) = rows(corpus.MatrixExport(tmp_path / "x.jsonl", me=OWNER))
    assert entry.instruction == expected


def test_names_of_then_and_ids_are_replaced(tmp_path: Path) -> None:
    member = {
        "type": "m.room.member", "event_id": "$m", "sender": ANNA.user, "state_key": ANNA.user, "origin_server_ts": 1,
        "room_id": "!r:x", "content": {"membership": "join", "displayname": "Captain Zora"},
        "unsigned": {"prev_content": {"membership": "join", "displayname": "Zorinka"}},
    }  # fmt: skip
    asked = message("$1", BEN.user, 1000, "Ask zorinka, Captain Zora, @anna:example.org or @nobody:elsewhere.net:8448!")
    _lines(tmp_path / "x.jsonl", [member, asked, ANSWER])
    source = corpus.MatrixExport(tmp_path / "x.jsonl", me=OWNER)
    (entry,) = rows(source)
    anna, stranger = names(source, ANNA.user), names(source, "@nobody:elsewhere.net:8448")
    assert entry.instruction == f"Ask {anna}, {anna}, @{anna} or @{stranger}!"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("x.json", b'{"messages": [{"type": "m.room.mess', "broken-json"),
        ("x.json", b'{"room_name": "x", "exported_by": "y", "messages": []}', "not-matrix"),
        ("x.json", b'{"messages": [1, null, "x", {}]}', "not-matrix"),
        ("x.json", b"[" * 200_000, "broken-json"),
        ("x.json", b'{"chunk": [{"type": "m\xff"}]}', "not-utf-8"),
        ("x.zip", b"PK\x03\x04 not a zip", "damaged"),
        ("x.json", b"", "not-matrix"),
    ],
)
def test_what_cannot_be_read_is_skipped_with_its_reason(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert skipped(corpus.MatrixExport(tmp_path / name, me=OWNER)) == reason


def test_a_zip_whose_stream_is_damaged_is_skipped(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/export.json", json.dumps(element_export(events(talk()))))
    start = 30 + len("x/export.json")
    reasons = set()
    for at in range(start, start + 200, 3):
        data = bytearray(whole.getvalue())
        data[at] ^= 0xFF
        file = tmp_path / f"{at}.zip"
        file.write_bytes(data)
        reasons.add(skipped(corpus.MatrixExport(file, me="@me:example.org")))
    assert reasons <= {"damaged", "broken-json", "not-utf-8"}
    assert "damaged" in reasons


def test_an_html_export_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("room/messages.html", "<html>")
    assert skipped(corpus.MatrixExport(tmp_path / "x.zip", me=OWNER)) == "not-json"


JUNK: list[Any] = [
    None,
    5,
    -1,
    1.5,
    True,
    "x",
    "",
    [],
    {},
    [1],
    {"a": 1},
    10**400,
    "\ud83d",
    "\0",
    [[]],
    {"event_id": 5},
]


def test_fields_of_any_type_raise_nothing(tmp_path: Path) -> None:
    whole = message("$1", ANNA.user, 1000, "body", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$2"}})
    whole |= {"unsigned": {"m.relations": {"m.replace": {"origin_server_ts": 1}}}, "redacts": "$1", "state_key": "x"}
    found: list[Event] = []
    for value in JUNK:
        for field in (*whole, "hashes"):
            for kind in ("m.room.message", "m.room.member", "m.room.redaction", "m.poll.start", "m.room.create"):
                event = {**whole, "type": kind, field: value}
                found += [event, {k: v for k, v in event.items() if k != "state_key"}]
        for field in ("msgtype", "body", "formatted_body", "m.relates_to", "m.new_content", "filename"):
            found.append({**whole, "content": {**whole["content"], field: value}})
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in [*found, ANSWER]))
    _, done = joined(corpus.MatrixExport(path, me=OWNER))
    left = sum(done.facts["messages_left_out"].values())
    assert done.facts["messages"] == left + done.facts["messages_used"]
    assert done.facts["messages_left_out"]["malformed"] > 0


@pytest.mark.parametrize("link", ['<a href="{}">{}</a>', "<a class='x' href='{}' rel='y'>{}</a>"])
def test_a_name_that_only_a_mention_tells_is_one_everywhere(tmp_path: Path, link: str) -> None:
    pill = link.format("https://matrix.to/#/@qq:example.org", "Brunhilde") + ": hi"
    formatted = {"format": "org.matrix.custom.html", "formatted_body": pill}
    said = [("@b:example.org", "Brunhilde: hi", formatted), ("@b:example.org", "Brunhilde is late", {})]
    (row,) = rows(
        corpus.MatrixExport(_said(tmp_path, [*said, ("@me:example.org", "She always is.", {})]), me="@me:example.org")
    )
    assert "Brunhilde" not in row.instruction
    assert len(set(re.findall(r"person-[a-z2-7]{12}", row.instruction))) == 1


@pytest.mark.parametrize(
    "head", [{"room_name": "Brunhilde"}, {"room_name": "Empty room (was Brunhilde)"}, {"room_creator": "Brunhilde"}]
)
def test_a_name_that_only_the_head_of_an_export_tells_is_found(tmp_path: Path, head: dict[str, str]) -> None:
    said = [("@b:example.org", "Brunhilde here, in an empty room.", {}), ("@me:example.org", "I see, good day.", {})]
    (row,) = rows(corpus.MatrixExport(_said(tmp_path, said, **head), me="@me:example.org"))
    assert re.fullmatch(r"(person|name)-[a-z2-7]{12} here, in an empty room\.", row.instruction)


def test_the_name_of_a_room_of_three_is_no_persons_name(tmp_path: Path) -> None:
    said = [("@b:example.org", "The garden is wet.", {}), ("@c:example.org", "A wet garden.", {})]
    said.append(("@me:example.org", "As it should be.", {}))
    (row,) = rows(corpus.MatrixExport(_said(tmp_path, said, room_name="Garden"), me="@me:example.org"))
    assert "The garden is wet." in row.instruction


def _said(folder: Path, said: list[tuple[str, str, dict[str, str]]], **head: str) -> Path:
    """An export of Element in which nobody's membership stands."""
    messages = [
        {
            "type": "m.room.message",
            "event_id": f"${at}",
            "room_id": "!room:example.org",
            "sender": sender,
            "origin_server_ts": 1_700_000_000_000 + at,
            "content": {"msgtype": "m.text", "body": body, **more},
        }
        for at, (sender, body, more) in enumerate(said)
    ]
    file = folder / "export.json"
    file.write_text(json.dumps({**head, "exported_by": "Robin", "messages": messages}))
    return file


@pytest.mark.parametrize("events_", [5, 1.5, True, "x", {"a": 1}, None])
@pytest.mark.parametrize("part", ["timeline", "state"])
def test_events_of_a_sync_that_are_no_list_are_none(tmp_path: Path, events_: Any, part: str) -> None:
    rooms = {"!one:example.org": {part: {"events": events_}}, "!two:example.org": {"timeline": {"events": [ANSWER]}}}
    (tmp_path / "sync.json").write_text(json.dumps({"rooms": {"join": rooms}}))
    _, done = joined(corpus.MatrixExport(tmp_path / "sync.json", me=OWNER))
    assert done.facts["messages"] == 1
