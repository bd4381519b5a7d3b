from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

import corpus

pytestmark = pytest.mark.usefixtures("plants")

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "fixtures" / "repositories.py"
PROJECTS = ROOT / "fixtures" / "projects"

# What a change to fixtures/projects or to the histories changes, and nothing else may.
HEADS = {
    "lantern": "eceb14b137538a1b288b52761510055075caff69",
    "kiln": "43bd2cbe93ddeca75b3802a7d8eceb4449067798",
}

PLANTED = {
    ("lantern", "src/lantern/gaps.py", "differences", "exact-duplicate"),
    ("lantern", "src/lantern/alarms.py", "first_below", "near-duplicate"),
    ("lantern", "src/lantern/parsing.py", "parse_header", "placeholder"),
    ("kiln", "src/backoff.rs", "Backoff::total", "placeholder"),
    ("lantern", "src/lantern/readings.py", "get_sensor_names", "name-echo"),
    ("lantern", "src/lantern/units.py", "symbols", "terse"),
    ("lantern", "drafts/forecast.py", "forecast", "broken-syntax"),
    ("lantern", "drafts/forecast.py", None, "broken-syntax"),
    ("lantern", "src/lantern/_crc_table.py", None, "long-line"),
}

ACCESSORS = {
    "<ManualClock as Clock>::now",
    "Job::after",
    "Job::backoff",
    "Job::priority",
    "Priority::level",
    "Scheduler::ageing",
    "Scheduler::stats",
}
"""What hands out or takes a field of kiln and does no more: not a fault, and nothing to learn."""


def make(folder: Path, **environment: str) -> list[Path]:
    """Run the script as a user does, and give the paths that it prints."""
    command = [sys.executable, str(SCRIPT), str(folder)]
    done = subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True, text=True)
    return [Path(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make(tmp_path_factory.mktemp("repositories"))


# Nobody planted this: one body and signature for two types.
ALIKE = {("<Queue<T> as Default>::default", "exact-duplicate", "implement")}


@pytest.fixture(scope="module")
def built(repositories: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[corpus.Corpus]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORPUS_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))  # also to read rows again
        yield corpus.build(*repositories, out=tmp_path_factory.mktemp("built") / "corpus", workers=2, progress=False)


def history(path: Path) -> list[pygit2.Commit]:
    repository = pygit2.Repository(str(path))
    return list(repository.walk(repository.head.target))


def test_commit_ids_are_the_same_everywhere(repositories: list[Path]) -> None:
    assert {path.name: str(history(path)[0].id) for path in repositories} == HEADS


def test_nothing_of_the_machine_enters_a_commit(tmp_path: Path) -> None:
    home = tmp_path / "home-of-somebody"
    home.mkdir()
    config = "[user]\n\tname = Somebody\n\temail = s@example.com\n[core]\n\tautocrlf = true\n\tfileMode = false\n"
    (home / ".gitconfig").write_text(config + "[init]\n\tdefaultBranch = trunk\n[i18n]\n\tcommitEncoding = latin1\n")
    made = make(
        tmp_path / "repositories",
        HOME=str(home),
        XDG_CONFIG_HOME=str(home),
        TZ="Asia/Kathmandu",
        LC_ALL="C",
        GIT_AUTHOR_NAME="Somebody",
        GIT_AUTHOR_DATE="1700000000 +0000",
        GIT_COMMITTER_EMAIL="s@example.com",
    )
    assert {path.name: str(history(path)[0].id) for path in made} == HEADS
    assert {pygit2.Repository(str(path)).head.shorthand for path in made} == {"main"}
    words = [str(tmp_path), str(ROOT), f"{getpass.getuser()}@", f"@{socket.gethostname()}", "Somebody"]
    for path in made:
        repository = pygit2.Repository(str(path))
        for oid in repository:
            text = repository[oid].read_raw()
            assert not [word for word in words if word.encode() in text]


def test_a_history_has_several_authors_and_files_that_different_commits_changed_last(built: corpus.Corpus) -> None:
    for source in ("lantern", "kiln"):
        rows = [entry for entry in built if entry.source == source]
        assert len({entry.commit for entry in rows}) >= 4
        assert len({entry.author for entry in rows}) == 3
        assert all(entry.author is not None and entry.author.startswith("author-") for entry in rows)


def test_histories_are_four_to_six_commits_of_invented_people(repositories: list[Path]) -> None:
    for path in repositories:
        commits = history(path)
        assert 4 <= len(commits) <= 6
        assert {commit.author.email.partition("@")[2] for commit in commits} == {"example.org"}
        assert [commit.commit_time for commit in commits] == sorted((c.commit_time for c in commits), reverse=True)


def test_the_last_commit_holds_every_file_of_the_project_and_the_work_tree_is_clean(repositories: list[Path]) -> None:
    for path in repositories:
        repository = pygit2.Repository(str(path))
        held = {entry.path: bytes(repository[entry.id].data) for entry in repository.index}
        listed = subprocess.run(
            ["git", "-C", str(PROJECTS / path.name), "ls-files", "-z"], check=False, capture_output=True, text=True
        )
        wanted = [name for name in listed.stdout.split("\0") if name] or list(held)  # an sdist has no repository
        assert held == {name: (PROJECTS / path.name / name).read_bytes() for name in wanted}
        assert repository.status() == {}


def test_what_is_there_already_is_left_and_something_else_is_refused(tmp_path: Path) -> None:
    made = make(tmp_path)
    before = {file: file.stat().st_mtime_ns for path in made for file in path.rglob("*")}
    assert make(tmp_path) == made
    assert {file: file.stat().st_mtime_ns for path in made for file in path.rglob("*")} == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["kiln", "lantern"]
    shutil.rmtree(tmp_path / "kiln")
    (tmp_path / "kiln").mkdir()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        make(tmp_path)
    assert "is there already" in caught.value.stderr
    assert list((tmp_path / "kiln").iterdir()) == []


def test_a_build_of_both_gives_rows_of_both_languages(built: corpus.Corpus) -> None:
    found = built.stats()
    assert found["by_language"].keys() == {"python", "rust"}
    assert min(found["by_language"].values()) > 150
    assert found["by_license"].keys() == {"MIT", "MIT OR Apache-2.0"}
    assert set(found["by_category"]) == {
        "function", "type", "module", "constant", "argument", "error", "example"
    }  # fmt: skip
    assert min(found["by_split"].values()) > 20
    assert built.report is not None
    assert built.report["verdict"] == "corroborated", built.report


def test_each_planted_fault_is_removed_for_its_reason_and_nothing_else_is(built: corpus.Corpus) -> None:
    columns = ("source", "path", "symbol", "reason", "task")
    all_removed = [tuple(row[name] for name in columns) for row in built.removed.to_pylist()]
    removed = [row for row in all_removed if row[3] != "boilerplate"]
    assert {row[2] for row in all_removed if row[3] == "boilerplate"} == ACCESSORS
    alike = {row for row in removed if row[2:] in ALIKE}
    assert len(alike) == len(ALIKE)
    assert {row[:4] for row in removed if row not in alike} == PLANTED
    assert {row[4] for row in removed if row not in alike} >= {"document", "implement"}


def test_what_cannot_be_read_is_skipped_by_name(built: corpus.Corpus) -> None:
    skipped = {(row["source"], row["unit"]): row for row in built.skipped.to_pylist()}
    latin = skipped.pop(("lantern", "tools/convert_station.py"))
    assert (latin["reason"], latin["detail"]) == ("not-utf-8", "line 4: byte 0xb0 at offset 140 is not UTF-8")
    assert {row["reason"] for row in skipped.values()} == {"unsupported-type"}
    assert ("kiln", "Cargo.toml") in skipped


def test_rows_of_both_are_extracted_again_from_their_commits(built: corpus.Corpus) -> None:
    assert set(built.reread(workers=2)) == {None}


def test_lantern_works() -> None:
    command = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--doctest-modules",
        "src",
        "tests",
    ]
    done = subprocess.run(command, cwd=PROJECTS / "lantern", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
def test_kiln_compiles(tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / "kiln", tmp_path / "kiln", ignore=shutil.ignore_patterns("target"))
    command = ["cargo", "check", "--offline", "--quiet", "--all-targets"]
    done = subprocess.run(command, cwd=tmp_path / "kiln", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
