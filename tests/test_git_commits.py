"""Commits as rows: which count, what a row holds, and that it can be read again from where it says it is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pygit2
import pytest
from conftest import PYTHON, RUST, Grown, read_here, shell
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus.errors import ConfigError
from corpus.sources.commits import MAX_FILE
from corpus.sources.messages import message_of, refused

CHANGED = PYTHON.replace(b"return seconds / 86400", b"return seconds / (24 * 60 * 60)")
FASTER = RUST.replace(b"*uses += 1;", b"*uses = uses.saturating_add(1);")


def changes(found: Iterable[corpus.Entry]) -> list[corpus.Entry]:
    return [entry for entry in found if entry.task == "change"]


def whole(path: Path, **arguments: object) -> corpus.Corpus:
    """All that a repository holds, extracted in a worker."""
    return corpus.extract(source_of(path, **arguments), workers=1, progress=False)


def source_of(path: Path, **arguments: object) -> corpus.GitRepo:
    return corpus.GitRepo(path, **{"history": True, **arguments})  # type: ignore[arg-type]


def rows(path: Path, **arguments: object) -> list[corpus.Entry]:
    return changes(read_here(source_of(path, **arguments))[0])


def facts(path: Path, **arguments: object) -> Any:
    source = source_of(path, **arguments)
    list(source.units())
    return source.describe().get("commits")


def one(tmp_path: Path, before: bytes, after: bytes, message: str, path: str = "moons.py") -> Path:
    """A repository in which one commit changed one file."""
    grown = Grown(tmp_path / "grown")
    grown.commit({path: before})
    grown.commit({path: after}, message=message)
    return grown.path


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fix the period of moons in days", None),
        ("printer: fix the period of moons in days", None),
        ("feat(moons)!: add the period of moons", None),
        ("[moons] Add the period of the moons (#123)", None),
        ("Let the period of moons be a float", None),
        ("Add it", "few-words"),
        ("moons: add the period now", "few-words"),
        ("x", "message-length"),
        ("Merge branch 'main' into moons and suns", "merge"),
        ("Bump the version of all moons to 3", "version"),
        ("2.3.1 and its changes for all moons", "version"),
        ('Revert "Fix the period of moons in days"', "revert"),
        ("Fix issue 1234 about periods of moons", "reference"),
        ("Fix #12 about the periods of moons", "reference"),
        ("See https://example.org for what was fixed", "reference"),
        ("Take back 0123456789012345678901234567890123456789 for moons", "reference"),
        ("Fix what I wrote about the moons", "first-person"),
        ("Address code review of the moons once more", "chatter"),
        ("Fix a typo in the moons' documentation", "chatter"),
        ("Moons have periods that are floats now", "not-imperative"),
        ("Fixed the period of moons in days", "not-imperative"),
        ("Fix the period in moons.py of all moons", "file-name"),
    ],
)
def test_a_message_is_refused_by_name(message: str, expected: str | None) -> None:
    assert refused(message_of(message), "src/moons.py", strict=False) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fix the period of suns in days", None),
        ("printer: fix the period of suns in days", "not-capitalised"),
        ("Fix the period of suns in days (#12)", "reference"),
        ("Let the period of suns be a float", "not-imperative"),
        ("Fix the period of moons in days", "file-name"),
    ],
)
def test_the_rules_of_commitpackft_are_asked_as_they_were_written(message: str, expected: str | None) -> None:
    assert refused(message_of(message), "src/moons.py", strict=True) == expected


@pytest.mark.parametrize(
    ("message", "instruction"),
    [
        ("net: fix the thing (#12)\n\nFixes #11", "Fix the thing"),
        ("Fix the thing\n\nIt was slow.\n\nSigned-off-by: A <a@b.c>", "Fix the thing\n\nIt was slow."),
        ("Fix the thing\n\nCo-authored-by: A <a@b.c>\nCloses: #3", "Fix the thing"),
        ("Fix the thing\n\n* fix lint\n* try again", "Fix the thing"),
        ("Fix the thing\n\n## Motivation\n\nIt was slow.", "Fix the thing"),
        ("Fix the thing\n\nSee https://example.org", "Fix the thing"),
        ("Fix the thing\n\n" + "It was slow. " * 100, "Fix the thing"),
        ("Fix the thing [skip ci]", "Fix the thing"),
        ("Fix thing: it was slow", "Fix thing: it was slow"),
    ],
)
def test_the_question_is_what_the_message_asks_for(message: str, instruction: str) -> None:
    assert message_of(message).instruction == instruction


@given(st.text(max_size=200))
def test_any_text_is_a_message_and_its_instruction_holds_no_address(text: str) -> None:
    message = message_of(text)
    refused(message, "a.py", strict=True)
    assert "@" not in message.body


def test_a_row_holds_the_definition_before_and_after(tmp_path: Path) -> None:
    found = whole(one(tmp_path, PYTHON, CHANGED, "moons: write the length of a day as it is counted"))
    (row,) = changes(found)
    assert row.instruction == "Write the length of a day as it is counted"
    assert row.input.startswith("def period(")
    assert row.input.endswith("return seconds / 86400")
    assert row.output == row.input.replace("86400", "(24 * 60 * 60)")
    assert (row.category, row.task, row.path, row.language) == ("commit", "change", "moons.py", "python")
    assert row.commit is not None
    assert row.symbol == row.commit[:12]
    assert (row.line_start, row.line_end) == (4, 13)
    before, after = row.origins
    assert (before.commit, before.line_start, before.line_end) == (str(parent(tmp_path, row.commit)), 4, 13)
    assert (after.commit, after.path, after.line_start) == (row.commit, "moons.py", 4)
    assert row.signals["well_formedness"] == 1.0
    assert found.reread() == [None] * len(found)


def parent(tmp_path: Path, commit: str) -> pygit2.Oid:
    return pygit2.Repository(str(tmp_path / "grown"))[commit].peel(pygit2.Commit).parent_ids[0]


def test_a_method_stands_at_the_margin_and_rows_of_a_file_are_one_group(tmp_path: Path) -> None:
    found = whole(one(tmp_path, RUST, FASTER, "Count without an overflow of uses", "words.rs"))
    (row,) = changes(found)
    assert row.output.startswith("/// Count one more use")
    assert "\n    *uses = uses.saturating_add(1);" in row.output
    assert {entry.group for entry in found} == {row.group}
    assert len({entry.id for entry in found}) == len(found)


def test_a_change_in_two_neighbours_holds_both_and_no_more(tmp_path: Path) -> None:
    text = b"import os\n\n" + b"\n\n".join(
        b"def f%d(a, b):\n    '''Adds what it is given to %d, and returns it.'''\n    c = a + b\n    return c + %d\n"
        % (n, n, n)
        for n in range(9)
    )
    after = text.replace(b"c + 3\n", b"c + 3000\n").replace(b"c + 4\n", b"c + 4000\n")
    (row,) = rows(one(tmp_path, text, after, "Count in thousands from three on"))
    assert row.input.startswith("def f3(")
    assert row.input.endswith("return c + 4")
    assert "def f5" not in row.input
    added = text.replace(b"def f7", b"def between(a):\n    return a\n\n\ndef f7")
    (row,) = rows(one(tmp_path / "added", text, added, "Add a function between two others"))
    assert "def between" in row.output
    assert "def between" not in row.input


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (PYTHON, PYTHON.replace(b"    ", b"        "), "commit-blanks-only"),
        (b"a = 1\n", b"a = 2\n", "commit-too-short"),
        (PYTHON, PYTHON.rpartition(b"\n\n")[0] + b"\n", "commit-only-removes"),
        (b"f('" + b"x" * 9000 + b"')\n", b"f('" + b"y" * 9000 + b"')\n", "commit-too-long"),
        (PYTHON, PYTHON + b"SUM = '" + b"6ac71251909227f8" * 4 + b"'\n", "commit-digest"),
        (PYTHON, PYTHON + b"# " + b"x" * MAX_FILE, "commit-file-too-large"),
        (b"", PYTHON, "commit-one-sided"),
        (b"# \xff\n" + PYTHON, PYTHON, "not-utf-8"),
        (PYTHON, b"# \0\n" + PYTHON, "binary"),
        (PYTHON, b"# Generated by make_moons.py\n" + PYTHON, "generated"),
    ],
)  # fmt: skip
def test_what_nothing_is_to_be_learned_from_is_skipped_by_name(
    tmp_path: Path, before: bytes, after: bytes, reason: str
) -> None:
    found, skipped = read_here(source_of(one(tmp_path, before, after, "Change the moons as they should be")))
    assert changes(found) == []
    commit = pygit2.Repository(str(tmp_path / "grown")).head.target
    assert skipped[f"moons.py//{commit}"].reason == reason


def test_commits_that_do_not_count_are_counted_by_reason(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    grown.commit({"moons.py": PYTHON}, message="Add the moons to the almanac")
    grown.commit({"moons.py": CHANGED}, "dependabot[bot] <bot@example.org>", "Fix the period of moons in days")
    grown.commit({"moons.py": PYTHON, "suns.py": PYTHON}, message="Fix the period of moons in days")
    grown.commit({"words.rs": RUST}, message="Add the words of the almanac")
    grown.commit({"notes.txt": b"x"}, message="Add notes about all of this")
    grown.commit({"notes.txt": b"y"}, message="Change notes about all of this")
    grown.commit({"vendor/moons.py": PYTHON}, message="Add what others wrote about moons")
    grown.commit({"vendor/moons.py": CHANGED}, message="Fix what others wrote about moons")
    grown.commit({}, message="Change nothing at all this time")
    grown.commit({"words.rs": FASTER}, message="Count without an overflow of uses")
    assert facts(grown.path) == {
        "rules": "after CommitPackFT",
        "looked_at": 10,
        "read": 1,
        "left_out": {
            "added-file": 3, "bot": 1, "first-commit": 1, "no-file": 1, "several-files": 1, "unsupported-type": 1,
            "vendored": 1,
        },
    }  # fmt: skip
    assert len(rows(grown.path)) == 1
    assert len(rows(grown.path, history=1)) == 1
    assert facts(grown.path, history=1)["looked_at"] == 1
    assert facts(grown.path, history=False) is None


def test_a_merge_does_not_count(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    grown.commit({"moons.py": PYTHON, "words.rs": RUST})
    other = grown.repo.head.target
    grown.commit({"moons.py": CHANGED}, message="Write the length of a day in full")
    repo, head = grown.repo, grown.repo.head.target
    who = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000)
    tree = repo[head].peel(pygit2.Tree).id
    repo.create_commit("HEAD", who, who, "Write the length of a day in full", tree, [head, other])
    assert facts(grown.path)["left_out"] == {"first-commit": 1, "merge": 1}


def test_a_row_of_a_commit_is_not_confused_with_one_of_a_definition_at_the_same_place(tmp_path: Path) -> None:
    found = whole(one(tmp_path, PYTHON, CHANGED, "Write the length of a day in full"))
    (row,) = changes(found)
    same = [entry for entry in found if (entry.path, entry.commit) == (row.path, row.commit)]
    assert {entry.task for entry in same} >= {"change", "document", "implement"}
    wrong = found.table.to_pylist()
    for entry in wrong:
        if entry["task"] == "change":
            entry["input"] += " "
    verdicts = found.reread(pa.Table.from_pylist(wrong, schema=found.table.schema))
    assert [verdict is None for verdict in verdicts] == [entry["task"] != "change" for entry in wrong]


def test_strict_rows_are_whole_files_with_the_subject(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    grown.commit({"suns.py": PYTHON})
    grown.commit({"suns.py": CHANGED}, message="Write the length of days in full\n\nIt was a riddle.")
    (row,) = changes(found := whole(grown.path, preset="commitpackft"))
    assert row.instruction == "Write the length of days in full"
    assert (row.input, row.output) == (PYTHON.decode(), CHANGED.decode())
    assert (row.line_start, row.line_end) == (1, CHANGED.count(b"\n"))
    assert found.source_facts[0]["commits"]["rules"] == "CommitPackFT"
    assert found.reread() == [None] * len(found)


def test_the_second_run_reads_only_what_is_new_and_gives_the_same(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    grown.commit({"moons.py": PYTHON, "words.rs": RUST})
    grown.commit({"moons.py": CHANGED}, message="Write the length of a day in full")
    cache = tmp_path / "cache.sqlite"
    source = corpus.GitRepo(grown.path, history=True)
    first = corpus.extract(source, workers=2, progress=False, cache=cache)
    again = corpus.extract(source, workers=1, progress=False, cache=cache)
    assert again.cache_use is not None
    assert again.cache_use.extracted == 0
    assert again.fingerprint == first.fingerprint
    grown.commit({"words.rs": FASTER}, message="Count without an overflow of uses")
    grown_on = corpus.extract(corpus.GitRepo(grown.path, history=True), workers=1, progress=False, cache=cache)
    assert grown_on.cache_use is not None
    assert grown_on.cache_use.extracted == 2
    assert len(changes(grown_on)) == 2


def test_two_changes_that_nearly_repeat_each_other_are_one(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    grown.commit({"moons.py": PYTHON})
    grown.commit({"moons.py": CHANGED}, message="Write the length of a day in full")
    grown.commit({"moons.py": CHANGED.replace(b"24 * 60", b"23 * 60")}, message="Count the days of the stars instead")
    done = whole(grown.path).normalize().filter().score().deduplicate()
    assert len(changes(done)) == 1
    (gone,) = [row for row in done.removed.to_pylist() if row["task"] == "change"]
    assert (gone["reason"], gone["kept_id"]) == ("near-duplicate", changes(done)[0].id)


def test_the_shell_knows_history(tmp_path: Path) -> None:
    one(tmp_path, PYTHON, CHANGED, "Write the length of a day in full")
    done = shell("extract", tmp_path / "grown", "--history", "--out", tmp_path / "out", "--workers", "1")
    assert done.returncode == 0, done.stderr
    loaded = corpus.load(tmp_path / "out")
    assert len(changes(loaded)) == 1
    assert loaded.reread() == [None] * len(loaded)


@pytest.mark.parametrize("wrong", [-1, "all", None, 1.5])
def test_a_history_that_makes_no_sense_is_refused(almanac: Path, wrong: object) -> None:
    with pytest.raises(ConfigError, match="history"):
        corpus.GitRepo(almanac, history=wrong)  # type: ignore[arg-type]


def test_a_hostile_name_of_a_file_is_no_unit(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    for text in (PYTHON, CHANGED):
        blob = grown.repo.create_blob(text)
        tree = grown.repo.odb.write(pygit2.enums.ObjectType.TREE, b"100644 a\x01b.py\0" + blob.raw)
        who = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000)
        parents = [] if grown.repo.head_is_unborn else [grown.repo.head.target]
        grown.repo.create_commit("HEAD", who, who, "Write the length of a day in full", tree, parents)
    assert facts(grown.path)["left_out"]["unsafe-path"] == 1


def test_what_a_commit_changed_is_what_git_says(library: Path) -> None:
    repository = pygit2.Repository(str(library))
    from corpus.sources.commits import Settings, change_in
    from corpus.sources.history import commits
    from corpus.sources.objects import Objects

    objects = Objects(repository)
    settings = Settings(strict=False, is_ours=lambda _: True, path_reason=lambda _: None)
    for oid, commit in commits(objects, repository.head.target.raw):
        command = ["git", "--git-dir", repository.path, "diff-tree", "-r", "--root", "--name-only", "--no-commit-id"]
        named = subprocess.run([*command, oid.hex()], capture_output=True, text=True, check=True).stdout.split()
        found = change_in(objects, oid, commit, settings)
        assert isinstance(found, str)
        assert len(named) > 1 or found != "several-files"
