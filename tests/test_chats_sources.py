"""Exports are recognised by their paths, found again by a corpus, and read from the shell."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from chats_world import (
    ANNA,
    ME,
    Said,
    Talk,
    element_export,
    events,
    write_backup,
    write_desktop,
    write_export,
)
from conftest import ROOT, shell

import corpus
from corpus.cache import Cache
from corpus.chats.model import Sheet
from corpus.sources.detect import source_of

TALK = Talk([ANNA], [Said(ANNA, "Is the kettle on?"), Said(ME, "It boils in a minute or two.")])


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conversations of the fixtures as exports."""
    folder = tmp_path_factory.mktemp("exports")
    subprocess.run([sys.executable, ROOT / "fixtures" / "conversations.py", folder], check=True, timeout=300)
    return folder


def test_unambiguous_exports_are_recognised(tmp_path: Path) -> None:
    plain = write_export(tmp_path / "signal-export-2025-01-01", [TALK])
    desktop = write_desktop(tmp_path / "Signal", [TALK])
    element = tmp_path / "export.json"
    element.write_text(json.dumps(element_export(events(TALK))))
    archive = tmp_path / "matrix - A room - Chat Export - 2025-01-01T00-00-00.000Z.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x/export.json", element.read_text())
    rooms = tmp_path / "synapse" / "rooms" / "!r:x"
    rooms.mkdir(parents=True)
    (rooms / "events").write_text("".join(json.dumps(event) for event in events(TALK)))
    found = [source_of(path) for path in (plain, plain / "main.jsonl", desktop, element, archive, tmp_path / "synapse")]
    assert [type(source).__name__ for source in found] == [
        "SignalExport", "SignalExport", "SignalDesktop", "MatrixExport", "MatrixExport", "MatrixExport"
    ]  # fmt: skip
    for nothing in ('{"messages": [], "a": 1}', "[]", ""):
        (tmp_path / "other.json").write_text(nothing)
        with pytest.raises(corpus.SourceError, match="not a source that can be read"):
            source_of(tmp_path / "other.json")
    with pytest.raises(corpus.SourceError, match="needs its passphrase"):
        source_of(write_backup(tmp_path / "signal.backup", [TALK]))


def test_a_loaded_corpus_finds_its_exports_again_where_no_secret_is_needed(tmp_path: Path) -> None:
    element = tmp_path / "export.json"
    element.write_text(json.dumps(element_export(events(TALK))))
    made = corpus.extract(
        corpus.SignalExport(write_export(tmp_path / "x", [TALK]), silence=60, persona="You are Robin."),
        corpus.MatrixExport(element, me="@me:example.org", max_tokens=100),
        corpus.SignalDesktop(write_desktop(tmp_path / "d", [TALK]), name="desktop"),
        workers=1,
        progress=False,
    )
    made.write(tmp_path / "corpus")
    again = corpus.load(tmp_path / "corpus")
    assert len(again.sources) == 2 + 1
    assert again.reread() == [None] * 3
    for source in (*made.sources, corpus.SignalExport(tmp_path / "x", name="mine")):
        where = dict(source.location())
        assert where.pop("name") == source.name
        place = where.pop("paths", None) or [where.pop("desktop")]
        assert type(source)(*place, name=source.name, **where).location() == source.location()
    assert {row["persona"] for row in again.source_facts} == {True, False}


def test_a_second_build_reads_only_what_changed(tmp_path: Path) -> None:
    one, other = write_export(tmp_path / "one", [TALK]), write_export(tmp_path / "other", [TALK])
    source = corpus.SignalExport(one, other)
    cache = tmp_path / "cache.sqlite"
    first = corpus.extract(source, workers=1, cache=cache, progress=False)
    assert first.cache_use is not None
    assert (first.cache_use.extracted, first.cache_use.cached) == (2, 0)
    answer = Talk(TALK.others, [*TALK.said, Said(ANNA, "Then I bring the cups."), Said(ME, "Bring the blue ones.")])
    write_export(other, [answer])
    second = corpus.extract(corpus.SignalExport(one, other), workers=1, cache=cache, progress=False)
    assert second.cache_use is not None
    assert (second.cache_use.extracted, second.cache_use.cached) == (1, 1)
    assert [entry.output for entry in second] == ["Bring the blue ones."]
    assert second[0].id == first[0].id
    assert second[0].history[1].content == first[0].output


def test_what_was_deleted_is_gone_from_the_cache_too(tmp_path: Path) -> None:
    said = [*TALK.said, Said(ANNA, "The secret is under the stone."), Said(ME, "I have forgotten it already.")]
    cache = tmp_path / "cache.sqlite"

    def remembered(said: list[Said]) -> list[bytes]:
        export = write_export(tmp_path / "x", [Talk([ANNA], said)])
        corpus.extract(corpus.SignalExport(export), workers=1, cache=cache, progress=False)
        with contextlib.closing(sqlite3.connect(cache)) as db:
            return [data for (data,) in db.execute("SELECT data FROM drafts")]

    (before,) = remembered(said)
    (after,) = remembered([Said(s.by, s.text, special="deleted" * ("secret" in s.text)) for s in said])
    assert "secret" in str(Sheet.from_bytes(before).messages["body"])
    assert "secret" not in str(Sheet.from_bytes(after).messages["body"])


def test_a_cache_forgets_what_no_source_holds(tmp_path: Path) -> None:
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.hold(b"one", {b"a", b"b"})
        cache.hold(b"two", {b"b", b"c"})
        cache.put([(key, 5000 * (key + b"-secret")) for key in (b"a", b"b", b"c", b"other")])
        cache.hold(b"one", {b"d"})
        assert cache.keys() == {b"b", b"c", b"other"}
        cache.hold(b"two", set())
        assert cache.keys() == {b"other"}
    assert not re.search(rb"[abc]-secret", (tmp_path / "cache.sqlite").read_bytes())


def test_the_shell_asks_who_you_are_and_publishes_no_chat(tmp_path: Path, exports: Path) -> None:
    places = [exports / "signal-export", exports / "element.json"]
    refused = shell("build", *places, "--out", tmp_path / "c", "-q")
    assert refused.returncode == 2
    assert "--me" in refused.stderr
    public = shell("build", *places, "--public", places[0], "--me", "@robin:example.org", "--out", tmp_path / "d", "-q")
    assert public.returncode == 2
    assert "not one person's" in public.stderr


PEOPLE = "Anna Lindqvist Benedikt Okafor Rosalind Achterberg Tilda Vance Oskar Brandt Robin Falk".split()  # noqa: SIM905 - as one reads them


def test_the_fixtures_name_nobody_and_are_not_refuted(tmp_path: Path, exports: Path) -> None:
    built = tmp_path / "c"
    places = [exports / "signal-export", exports / "element.json"]
    done = shell("build", *places, "--me", "@robin:example.org", "--out", built, "-q")
    assert done.returncode == 0, done.stderr
    verified = shell("inspect", built, "--verify", "-q")
    assert verified.returncode == 0, verified.stdout
    made = corpus.load(built)
    text = "\n".join(message.content for entry in made for message in entry.messages)
    assert [name for name in PEOPLE if name in text] == []
    assert "4711" not in text
    report = json.loads((built / "falsification.json").read_text())
    assert report["results"]
    assert [result["id"] for result in report["results"] if result["verdict"] == "refuted"] == []
    (matrix, signal) = made.source_facts
    for facts in (matrix, signal):
        assert facts["messages"] == facts["messages_used"] + sum(facts["messages_left_out"].values())
    assert signal["messages_left_out"] == {
        "attachment": 1, "call": 1, "disappearing": 1, "short": 2, "sticker": 1, "unanswered": 4, "unasked": 4
    }  # fmt: skip
    assert (signal["messages_edited"], signal["reactions"]) == (2, 6)
    assert (matrix["messages_edited"], matrix["reactions"]) == (1, 3)
    _nobody_is_named_in_any_file(built)


def _nobody_is_named_in_any_file(built: Path) -> None:
    """Rows, card, report and manifest; columns are read back, since their bytes are compressed."""
    files = [file for file in built.rglob("*") if file.is_file() and ".private" not in file.relative_to(built).parts]
    assert {file.name for file in files} >= {"README.md", "manifest.json", "falsification.json"}
    shown = [file.read_bytes().decode(errors="replace") for file in files]
    shown.append(str(corpus.load(built).table.to_pylist()))
    words = {word for text in shown for word in re.findall(r"[a-z]+", text.casefold())}
    assert words.isdisjoint(name.casefold() for name in PEOPLE)
    assert not [text for text in shown if re.search(r"49151\d{4}|@\w+:example\.org", text)]
