from __future__ import annotations

import itertools
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pygit2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygit2.enums import ObjectType

from corpus.errors import SourceError
from corpus.sources import history
from corpus.sources.history import Change, boundary, last_changes

ENTRIES = st.one_of(
    st.none(), st.tuples(st.sampled_from([b"1", b"2"]), st.sampled_from([b"100644", b"100755", b"120000"]))
)
NAMES = ["a", "b*", "d/a", "d/b", "d/e/f", "x", "x/y", "é\udcff"]
State = dict[str, tuple[bytes, bytes]]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[list[int], State, int]]:
    """Commits as (parents, files, time): merges that take from either side, reverts, equal and backward clocks."""
    commits: list[tuple[list[int], State, int]] = []
    for index in range(draw(st.integers(1, 12))):
        parents = draw(st.lists(st.integers(max(0, index - 4), index - 1), max_size=3)) if index else []
        files: State = {}
        for name in NAMES:
            sides = [commits[parent][1].get(name) for parent in parents]
            entry = draw(st.sampled_from([*sides, *sides, "edit"])) if sides else "edit"
            value = draw(ENTRIES) if entry == "edit" else entry
            if value is not None:
                files[name] = value
        if "x" in files:
            files.pop("x/y", None)
        commits.append((parents, files, draw(st.integers(0, 4))))
    return commits


def write_tree(repo: pygit2.Repository, files: State) -> pygit2.Oid:
    entries: list[tuple[bytes, bytes, pygit2.Oid]] = []
    inside: dict[str, State] = {}
    for path, (content, mode) in files.items():
        head, slash, rest = path.partition("/")
        if slash:
            inside.setdefault(head, {})[rest] = (content, mode)
        else:
            entries.append((os.fsencode(head), mode, repo.odb.write(ObjectType.BLOB, content)))
    entries += [(os.fsencode(name), b"40000", write_tree(repo, below)) for name, below in inside.items()]
    entries.sort(key=lambda entry: entry[0] + b"/" * (entry[1] == b"40000"))
    return repo.odb.write(
        ObjectType.TREE, b"".join(b"%b %b\0%b" % (mode, name, oid.raw) for name, mode, oid in entries)
    )


def write_commit(
    repo: pygit2.Repository,
    files: State,
    parents: list[pygit2.Oid],
    time: int = 0,
    author: bytes = b"A <a@x> 7 +0000",
    more: bytes = b"",
) -> pygit2.Oid:
    lines = [b"tree %b" % str(write_tree(repo, files)).encode()]
    lines += [b"parent %b" % str(parent).encode() for parent in parents]
    lines += [b"author " + author, b"committer C <c@x> %d +0000" % (1_700_000_000 + time)]
    return repo.odb.write(ObjectType.COMMIT, b"\n".join(lines) + b"\n" + more + b"\nmessage\n")


def git_says(repo: pygit2.Repository, commit: pygit2.Oid, path: str) -> str:
    command = [
        "git",
        "--literal-pathspecs",
        "--git-dir",
        repo.path,
        "log",
        "-1",
        "--format=%H",
        str(commit),
        "--",
        path,
    ]
    environment = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> pygit2.Repository:
    return pygit2.init_repository(tmp_path_factory.mktemp("history") / "r.git", bare=True)


@pytest.fixture
def repo(tmp_path: Path) -> pygit2.Repository:
    return pygit2.init_repository(tmp_path / "r.git", bare=True)


@pytest.mark.parametrize("late_limit", [10_000, -1], ids=["by time", "topological"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits=histories())
def test_every_path_gets_the_commit_that_git_log_finds(
    shared: pygit2.Repository,
    monkeypatch: pytest.MonkeyPatch,
    late_limit: int,
    commits: list[tuple[list[int], State, int]],
) -> None:
    monkeypatch.setattr(history, "_LATE_LIMIT", late_limit)
    ids: list[pygit2.Oid] = []
    for parents, files, time in commits:
        ids.append(write_commit(shared, files, [ids[parent] for parent in parents], time))
    found = last_changes(shared, ids[-1])
    assert {path: change.commit for path, change in found.items()} == {
        path: git_says(shared, ids[-1], path) for path in commits[-1][1]
    }


@settings(max_examples=100, deadline=None)
@given(commits=histories(), data=st.data())
def test_known_results_and_chosen_paths_change_nothing(
    shared: pygit2.Repository, commits: list[tuple[list[int], State, int]], data: st.DataObject
) -> None:
    ids: list[pygit2.Oid] = []
    for parents, files, time in commits:
        ids.append(write_commit(shared, files, [ids[parent] for parent in parents], time))
    whole = last_changes(shared, ids[-1])
    earlier = data.draw(st.sets(st.sampled_from(ids), max_size=3))
    paths = data.draw(st.sets(st.sampled_from(NAMES)))
    known = {str(commit): last_changes(shared, commit, paths=paths) for commit in earlier}
    assert last_changes(shared, ids[-1], known=known) == whole
    chosen = last_changes(shared, ids[-1], paths=[*paths, "absent", "d", "a/b", "", "/", "d/e/f/"])
    assert chosen == {path: change for path, change in whole.items() if path in paths}


def test_a_walk_stops_at_a_known_commit(repo: pygit2.Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    old = write_commit(repo, {"a": (b"1", b"100644"), "b": (b"1", b"100644")}, [])
    middle = write_commit(repo, {"a": (b"2", b"100644"), "b": (b"1", b"100644")}, [old], 1)
    new = write_commit(repo, {"a": (b"2", b"100644"), "b": (b"2", b"100644")}, [middle], 2)
    known = {str(middle): last_changes(repo, middle)}
    monkeypatch.setattr(history, "_hand_over", _counting(history._hand_over, calls := []))
    assert {path: change.commit for path, change in last_changes(repo, new, known=known).items()} == {
        "a": str(middle),
        "b": str(new),
    }
    assert len(calls) == 2  # of the new commit; at the known one nothing was left to hand over


def _counting(function, calls):  # type: ignore[no-untyped-def]
    def counted(walk, objects, commit, here):  # type: ignore[no-untyped-def]
        calls.append(commit)
        return function(walk, objects, commit, here)

    return counted


def test_thousands_of_commits_and_directories_need_no_recursion(repo: pygit2.Repository) -> None:
    tip = write_commit(repo, {"deep": (b"0", b"100644")}, [])
    tree = repo.odb.write(ObjectType.TREE, b"100644 f\0" + repo.odb.write(ObjectType.BLOB, b"x").raw)
    for _ in range(1200):
        tree = repo.odb.write(ObjectType.TREE, b"40000 d\0" + tree.raw)
    for _ in range(2000):
        tip = repo.odb.write(
            ObjectType.COMMIT, b"tree %b\nparent %b\nauthor A <a> 1 +0\n\n" % (str(tree).encode(), str(tip).encode())
        )
    found = last_changes(repo, tip)
    assert list(found) == ["d/" * 1200 + "f"]


def test_a_tree_that_holds_itself_many_times_is_refused(repo: pygit2.Repository) -> None:
    tree = repo.odb.write(ObjectType.BLOB, b"bomb")
    mode = b"100644"
    for _ in range(10):
        tree = repo.odb.write(ObjectType.TREE, b"".join(b"%b %d\0%b" % (mode, n, tree.raw) for n in range(10)))
        mode = b"40000"
    tip = repo.odb.write(ObjectType.COMMIT, b"tree %b\nauthor A <a> 1 +0\n\n" % str(tree).encode())
    with pytest.raises(SourceError, match="too many paths"):
        last_changes(repo, tip)
    assert len(last_changes(repo, tip, paths=["/".join("0" * 10), "1"])) == 1


@pytest.mark.parametrize(
    ("author", "more", "expected"),
    [
        (b"Ada <ada@x> 86400 +0200", b"", ("Ada", "ada@x", 86400)),
        ("J\u00fcrgen <j@x> 1 +0000".encode("latin-1"), b"encoding ISO-8859-1\n", ("Jürgen", "j@x", 1)),
        ("J\u00fcrgen <j@x> 1 +0000".encode("latin-1"), b"encoding nonsense\n", ("J\ufffdrgen", "j@x", 1)),
        (b"\\ud800 <j@x> 1 +0000", b"encoding unicode_escape\n", ("?", "j@x", 1)),
        (b"A <a@x> 99999999999999999 +0000", b"", ("A", "a@x", 0)),
        (b"A <a@x> 9999999999999999999999 +0000", b"", ("A", "a@x", 0)),
        (b"A <a@x>", b"", ("A", "a@x", 0)),
        (b"no address", b"", ("no address", "", 0)),
        (b"", b"", ("", "", 0)),
        (b"A <<b> c> 5 +0000", b"", ("A", "<b", 5)),
    ],
)
def test_an_author_line_is_read_as_far_as_it_can_be(
    repo: pygit2.Repository, author: bytes, more: bytes, expected: tuple[str, str, int]
) -> None:
    tip = write_commit(repo, {"a": (b"1", b"100644")}, [], author=author, more=more)
    name, email, seconds = expected
    assert last_changes(repo, tip) == {"a": Change(str(tip), name, email, datetime.fromtimestamp(seconds, UTC))}


def test_a_missing_parent_is_where_history_begins(repo: pygit2.Repository) -> None:
    missing, blob = pygit2.Oid(hex="1" * 40), repo.odb.write(ObjectType.BLOB, b"not a commit")
    for parent in (missing, blob):
        old = write_commit(repo, {"a": (b"1", b"100644"), "b": (b"1", b"100644")}, [parent])
        new = write_commit(repo, {"a": (b"1", b"100644"), "b": (b"2", b"100644")}, [old], 1)
        assert {path: change.commit for path, change in last_changes(repo, new).items()} == {
            "a": str(old),
            "b": str(new),
        }


def test_a_missing_tree_hides_only_what_is_below_it(repo: pygit2.Repository) -> None:
    blob = repo.odb.write(ObjectType.BLOB, b"1")
    gone = b"2" * 20

    def commit(below: bytes, *parents: pygit2.Oid) -> pygit2.Oid:
        tree = repo.odb.write(ObjectType.TREE, b"100644 a\0" + blob.raw + b"40000 d\0" + below)
        header = b"".join(b"parent %b\n" % str(parent).encode() for parent in parents)
        return repo.odb.write(ObjectType.COMMIT, b"tree %b\n%bauthor A <a> 1 +0\n\n" % (str(tree).encode(), header))

    readable = repo.odb.write(ObjectType.TREE, b"100644 f\0" + blob.raw).raw
    old = commit(gone)
    new = commit(readable, old)
    assert {path: change.commit for path, change in last_changes(repo, new).items()} == {"a": str(old), "d/f": str(new)}
    assert list(last_changes(repo, old)) == ["a"]


def test_a_mode_of_old_git_is_the_mode_that_it_means(repo: pygit2.Repository) -> None:
    old = write_commit(repo, {"a": (b"1", b"100664")}, [])
    new = write_commit(repo, {"a": (b"1", b"100644")}, [old], 1)
    assert last_changes(repo, new)["a"].commit == git_says(repo, new, "a") == str(old)


def test_grafts_and_replacements_are_ignored(repo: pygit2.Repository) -> None:
    old = write_commit(repo, {"a": (b"1", b"100644")}, [])
    new = write_commit(repo, {"a": (b"1", b"100644")}, [old], 1)
    other = write_commit(repo, {"a": (b"9", b"100644")}, [], 2)
    (Path(repo.path) / "info").mkdir(exist_ok=True)
    (Path(repo.path) / "info" / "grafts").write_text(f"{old} {new}\n{new} {old}\n")  # a circle
    repo.create_reference(f"refs/replace/{old}", other)
    assert last_changes(pygit2.Repository(repo.path), new)["a"].commit == str(old)


def test_a_shallow_clone_ends_at_its_boundary(repo: pygit2.Repository, tmp_path: Path) -> None:
    tip = write_commit(repo, {"a": (b"1", b"100644")}, [])
    ids = [tip]
    for number in range(1, 6):
        tip = write_commit(repo, {"a": (b"1", b"100644"), "b": (b"%d" % number, b"100644")}, [tip], number)
        ids.append(tip)
    repo.create_reference("refs/heads/main", tip)
    repo.set_head("refs/heads/main")
    target = tmp_path / "shallow"
    source = Path(repo.path).as_uri()
    subprocess.run(["git", "clone", "-q", "--bare", "--depth", "2", source, target], check=True, capture_output=True)
    clone = pygit2.Repository(target)
    assert boundary(clone) == [str(ids[-2])]
    assert boundary(repo) == []
    found = {path: change.commit for path, change in last_changes(clone, "HEAD").items()}
    assert found == {"a": str(ids[-2]), "b": str(ids[-1])} == {path: git_says(clone, tip, path) for path in found}


@pytest.mark.parametrize("commit", ["HEAD", "nothing", "0" * 40, "\0", ""])
def test_what_is_no_commit_is_an_error_for_a_person(repo: pygit2.Repository, commit: str) -> None:
    with pytest.raises(SourceError):
        last_changes(repo, commit)


def test_a_revision_may_be_a_name_or_a_tag(repo: pygit2.Repository) -> None:
    tip = write_commit(repo, {"a": (b"1", b"100644")}, [])
    repo.create_reference("refs/heads/main", tip)
    repo.create_tag("v1", tip, pygit2.enums.ObjectType.COMMIT, pygit2.Signature("T", "t@x"), "tag")
    assert last_changes(repo, "v1") == last_changes(repo, "main") == last_changes(repo, tip)
    with pytest.raises(SourceError):
        last_changes(repo, repo[tip].peel(pygit2.Tree).id)


def test_the_walk_ends_when_every_path_has_its_answer(repo: pygit2.Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    tip = write_commit(repo, {"d/e/f": (b"0", b"100644"), "gone": (b"0", b"100644")}, [])
    for number in range(1, 5):
        tip = write_commit(repo, {"d/e/f": (b"%d" % number, b"100644")}, [tip], number)
    monkeypatch.setattr(history, "_hand_over", _counting(history._hand_over, calls := []))
    assert last_changes(repo, tip)["d/e/f"].commit == str(tip)
    assert len(calls) == 1


def test_paths_that_meet_again_at_a_fork_are_all_kept(repo: pygit2.Repository) -> None:
    names = ["a", "b", "c", "d/a", "d/b", "d/c", "d/e/a", "d/e/b", "d/e/c", "d/e/d"]
    base: State = dict.fromkeys(names, (b"0", b"100644"))
    fork = write_commit(repo, base, [])
    # What the left side changed goes down the right side, and the two sets meet at the fork.
    for split in itertools.product([True, False], repeat=len(names) - 3):
        right = {name for name, side in zip(names[3:], split, strict=True) if side}
        one = write_commit(repo, {**base, **dict.fromkeys(right, (b"1", b"100644"))}, [fork], 1)
        two = write_commit(repo, {**base, **dict.fromkeys(set(names) - right, (b"2", b"100644"))}, [fork], 1)
        tip = write_commit(repo, base, [one, two], 2)
        assert {change.commit for change in last_changes(repo, tip).values()} == {str(fork)}
        assert sorted(last_changes(repo, tip)) == names
