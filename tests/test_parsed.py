"""`corpus.parse`: what it says of one file is what a build does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import shellworld
from conftest import ROOT
from shellworld import CODE

import corpus
from corpus.errors import ConfigError, SourceError
from corpus.parsed import Parsed

pytestmark = pytest.mark.usefixtures("module_in_this_process")

LONG = b'def f():\n    """Splits what it is given into words and counts them."""\n    return 1\n'
SECRET = b'def login():\n    """Logs in with the key AKIAQYLPMN5HHHFPZAM2 of the bucket."""\n    return 1\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parsed") / "repo"
    files = {
        "waves.py": CODE,
        "LICENSE": b"SPDX-License-Identifier: MIT\n",
        ".gitattributes": b"made.py linguist-generated\n",
        "made.py": CODE,
        "vendor/other.py": CODE,
        "terse.py": b'def f(x):\n    """Does."""\n    return x + 1\n',
    }
    return shellworld.repository(folder, files)


@pytest.fixture(scope="module")
def waves(place: Path) -> Parsed:
    return corpus.parse(place / "waves.py")


def test_rows_are_those_that_a_build_extracts(place: Path, waves: Parsed) -> None:
    whole = corpus.extract(place, workers=1).normalize().redact()
    columns = ("category", "task", "symbol", "line_start", "instruction", "output")
    built = {tuple(row[n] for n in columns) for row in whole.table.to_pylist() if row["path"] == "waves.py"}
    assert {tuple(getattr(row, n) for n in columns) for row in waves.rows} == built
    skipped = {row["unit"]: row["reason"] for row in whole.skipped.to_pylist()}
    for name in ("made.py", "vendor/other.py"):
        found = corpus.parse(place / name)
        assert found.skipped is not None
        assert found.skipped[0] == skipped[name]
        assert not found.rows


def test_definitions_are_listed_documented_or_not(waves: Parsed) -> None:
    seen = {one.name: one for one in waves.seen}
    assert (seen["wave"].note, seen["still"].note) == ("documented", "not documented")
    assert seen["wave"].rows > 0 == seen["still"].rows
    assert [one.line_start for one in waves.seen] == sorted(one.line_start for one in waves.seen)
    assert waves.facts["language"] == "python"
    assert waves.skipped is None
    assert sum(one.rows for one in waves.seen) == len(waves.rows)


def test_a_file_without_any_definition_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_bytes(b"")
    assert "Seen: no definition" in str(corpus.parse(tmp_path / "empty.py"))


def test_what_gates_and_redaction_remove_is_said_with_the_reason(place: Path) -> None:
    terse = corpus.parse(place / "terse.py")
    assert {row.removed for row in terse.rows} == {"filter: terse"}
    assert not terse.kept
    assert "filter: terse" in repr(terse)
    (place / "new.py").write_bytes(SECRET)
    secret = corpus.parse(place / "new.py")
    assert any((row.removed or "").startswith("redact: ") for row in secret.rows)
    assert "AKIAQYLPMN5HHHFPZAM2" not in repr(secret) + str(secret.to_dict())


def test_a_language_may_be_given_where_the_name_says_none(place: Path) -> None:
    (place / "script").write_bytes(LONG)
    without = corpus.parse(place / "script")
    assert without.skipped is not None
    assert without.skipped[0] == "unsupported-type"
    assert corpus.parse(place / "script", language="python").rows
    with pytest.raises(ConfigError, match="no such language"):
        corpus.parse(place / "script", language="phyton")


def test_a_note_is_read_with_its_vault_and_alone(tmp_path: Path) -> None:
    inside = corpus.parse(ROOT / "fixtures" / "vault" / "Telescope.md")
    assert inside.kind == "obsidian"
    assert inside.facts["backlinks"] == 7
    assert inside.facts["links"] == {"resolved": 3}
    assert [one.name for one in inside.seen] == ["Aperture", "Glossary", "Kinds"]
    (tmp_path / "Alone.md").write_text("# Alone\n\nA note that stands alone and links to [[Nothing]] at all.\n")
    (tmp_path / "Other.md").write_text("# Other\n")
    alone = corpus.parse(tmp_path / "Alone.md")
    assert alone.facts["links"] == {"unresolved": 1}
    assert [one.name for one in alone.seen] == ["Alone"]


def test_an_export_of_chats_is_told_in_numbers(tmp_path: Path) -> None:
    import subprocess
    import sys

    subprocess.run([sys.executable, ROOT / "fixtures" / "conversations.py", tmp_path], check=True, timeout=300)
    found = corpus.parse(tmp_path / "element.json", me="@robin:example.org")
    assert found.kind == "matrix"
    assert found.facts["messages"] >= found.facts["messages used"] > 0
    assert found.rows
    with pytest.raises(SourceError, match="who you are"):
        corpus.parse(tmp_path / "element.json")


def test_it_shows_itself_without_what_a_terminal_or_a_page_obeys(waves: Parsed) -> None:
    assert "Rows: " in repr(waves)
    found = replace(waves, file="<script>alert(1)</script>\x1b[31m.py")
    assert "\x1b" not in repr(found)
    assert "<script>" not in found._repr_html_()
