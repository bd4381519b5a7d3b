from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import hostile
import pygit2
import pytest
from pygit2.enums import ObjectType

from corpus.errors import SourceError
from corpus.sources.history import boundary, last_changes
from corpus.sources.objects import open_repository

# Every way to run git on the hostile repository that is known to run one of its programs.
COMMANDS = {
    "status": {"core.fsmonitor", "filter.clean"},
    "diff": {"core.fsmonitor", "include.diff.command"},
    "diff --no-ext-diff": {"diff.textconv"},
    "diff HEAD~1 HEAD": {"include.diff.command"},
    "log -p": {"gpg.program", "diff.textconv"},
    "show": {"gpg.program", "diff.textconv"},
    "archive HEAD": {"filter.smudge", "filter.process"},
    "checkout -f": {"filter.smudge", "hooksPath.post-checkout"},
    "add .": {"filter.clean", "hooksPath.post-index-change"},
    "commit -a --allow-empty-message": {"core.editor", "hooksPath.pre-commit"},
    "evil": {"alias.evil"},
    "fetch": {"ext-url"},
    "-c core.hooksPath=.git/hooks checkout -f": {"hook.post-checkout"},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_canaries_sing_when_git_is_run(tmp_path: Path, command: str) -> None:
    repo, canaries = hostile.hostile_repository(tmp_path)
    assert hostile.fired(canaries) == []
    hostile.git(repo, *command.split())
    assert set(hostile.fired(canaries)) >= COMMANDS[command]


def test_a_terminal_makes_git_run_the_pager(tmp_path: Path) -> None:
    repo, canaries = hostile.hostile_repository(tmp_path)
    ours, theirs = os.openpty()
    try:
        hostile.git(repo, "log", "-1", stdout=theirs)
        hostile.git(repo, "show", "-s", stdout=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert {"core.pager", "pager.log"} <= set(hostile.fired(canaries))


def test_a_missing_blob_makes_git_run_ssh(tmp_path: Path) -> None:
    repo, canaries = hostile.partial_clone(tmp_path)
    hostile.git(repo, "cat-file", "-p", "HEAD:gone.py")
    assert hostile.fired(canaries) == ["core.sshCommand"]


def read_everything(path: Path) -> tuple[dict[str, str], list[bytes]]:
    """The last change of every path, and every blob that a path of the first commit names."""
    repo = open_repository(path)
    blobs = []
    stack = [repo.revparse_single("HEAD").peel(pygit2.Tree).id]
    while stack:
        try:
            kind, data = repo.odb.read(stack.pop())
        except KeyError:
            continue
        if kind != ObjectType.TREE:
            blobs.append(data)
            continue
        while data:
            head, _, data = data.partition(b"\0")
            if not head.startswith((hostile.SUBMODULE, hostile.LINK)):
                stack.append(pygit2.Oid(raw=data[:20]))
            data = data[20:]
    return {name: change.commit for name, change in last_changes(repo, "HEAD").items()}, blobs


@pytest.mark.parametrize("build", [hostile.hostile_repository, hostile.partial_clone])
def test_reading_objects_runs_nothing(tmp_path: Path, build: Callable[[Path], tuple[Path, Path]]) -> None:
    path, canaries = build(tmp_path)
    changes, blobs = read_everything(path)
    assert "a.py" in changes
    assert any(blob.startswith(hostile.SOURCE) for blob in blobs)
    assert hostile.fired(canaries) == []


@pytest.mark.parametrize(
    "build",
    [
        hostile.bare,
        hostile.shallow_clone,
        hostile.missing_parent,
        hostile.symlinks,
        hostile.submodules,
        hostile.alternates,
        hostile.odd_names,
        hostile.odd_contents,
        hostile.deep_tree,
    ],
)
def test_every_strange_repository_has_a_history(tmp_path: Path, build: Callable[[Path], Path]) -> None:
    path = build(tmp_path)
    repo = open_repository(path)
    changes = last_changes(repo, "HEAD")
    head = str(repo.head.target)
    assert changes["a.py"].commit == head
    assert {change.commit for change in changes.values()} == {head}
    plain = {path: change for path, change in changes.items() if not re.search("//|a/b.py", f"/{path}")}
    assert last_changes(repo, head, paths=changes) == plain  # a name that holds a slash cannot be asked for


def test_git_agrees_on_the_hostile_history(tmp_path: Path) -> None:
    path, canaries = hostile.hostile_repository(tmp_path)
    changes = last_changes(open_repository(path), "HEAD")
    for name, change in changes.items():
        # rev-list: an alias that hides `log` is ignored by git, but a pager or a signature check may not be
        said = hostile.git(path, "rev-list", "-1", "HEAD", "--", name, hardened=True).stdout.decode().strip()
        assert said == change.commit
    assert hostile.fired(canaries) == []
    assert changes["a.py"].commit != changes["n.txt"].commit


def test_odd_names_come_back_as_they_were_written(tmp_path: Path) -> None:
    found = last_changes(open_repository(hostile.odd_names(tmp_path)), "HEAD")
    names = [name.decode("utf-8", "surrogateescape") for name in hostile.ODD_NAMES]
    expected = {f"{directory}/{name}" for directory in [*names, "inner"] for name in names}
    assert set(found) == {"a.py", *expected}


def test_links_and_submodules_are_paths_that_are_not_followed(tmp_path: Path) -> None:
    assert set(last_changes(open_repository(hostile.symlinks(tmp_path)), "HEAD")) == {
        "a.py", "dir", "file.py", "self.py", "up.py",
    }  # fmt: skip
    assert set(last_changes(open_repository(hostile.submodules(tmp_path)), "HEAD")) == {
        ".gitmodules", "a.py", "sub", "sub\r",
    }  # fmt: skip


def test_a_shallow_clone_knows_its_boundary(tmp_path: Path) -> None:
    repo = open_repository(hostile.shallow_clone(tmp_path))
    assert boundary(repo) == [str(repo.head.target)]


def test_a_tree_bomb_and_an_empty_repository_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="too many paths"):
        last_changes(open_repository(hostile.tree_bomb(tmp_path)), "HEAD")
    with pytest.raises(SourceError, match="no such commit"):
        last_changes(open_repository(hostile.empty(tmp_path)), "HEAD")


def test_the_ways_out_lead_to_the_secret_when_they_are_followed(tmp_path: Path) -> None:
    assert open_repository(hostile.alternates(tmp_path)).revparse_single("HEAD:b.py").data == hostile.SECRET
    assert open_repository(hostile.gitdir_file(tmp_path)).revparse_single("HEAD:secret.py").data == hostile.SECRET
    assert (hostile.symlinks(tmp_path) / "up.py").read_bytes() == hostile.SECRET


@pytest.mark.parametrize("name", ["nothing", "file", "directory/below"])
def test_what_is_no_repository_is_an_error_for_a_person(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    repo = hostile.bare(tmp_path)
    (tmp_path / "directory" / "below").mkdir(parents=True)
    repo.rename(tmp_path / "directory" / ".git")
    with pytest.raises(SourceError, match="no git repository"):
        open_repository(tmp_path / name)
