"""Opening a repository that a stranger may have prepared: only its own objects, and nothing that leads elsewhere."""

from __future__ import annotations

import re
from os.path import lexists
from pathlib import Path
from typing import NoReturn

import pygit2

from corpus.errors import SourceError
from corpus.sources.objects import open_repository

__all__ = ["is_repository", "open_own", "refuse_grafts"]


def is_repository(path: Path) -> bool:
    """Whether a path looks like a repository with a work tree, or a bare one."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def open_own(path: Path) -> pygit2.Repository:
    """A repository that holds its own objects, opened.

    Raises:
        SourceError: It is no repository, or it leads to the objects of another one.
    """
    if not is_repository(path):
        raise SourceError(
            "this is not a git repository", where=path, expected="a folder with .git, or a bare repository"
        )
    _refuse_borrowed_objects(path)
    return open_repository(path)


def _refuse_borrowed_objects(path: Path) -> None:
    """Refuse a repository that leads to the objects of another one: the user named, and may publish, this one only.

    Looked at before libgit2 opens anything: it follows all of these, and a pipe keeps it waiting for ever.
    """
    folder = _common_folder(path)
    for name in ("", "objects", "objects/info", "objects/pack", "refs"):
        if (folder / name).is_symlink():
            _refuse("is a link to another place", folder / name, "a folder of the repository's own")
    for name in ("config", "packed-refs", "shallow", "info/grafts", "objects/info/alternates"):
        if lexists(folder / name) and not (folder / name).is_file():
            _refuse("holds something that is no file", folder / name, "an ordinary file")
    alternates = folder / "objects" / "info" / "alternates"
    if alternates.is_file() and alternates.read_bytes().strip():
        _refuse("borrows objects from another one", alternates, "a repository that holds its own objects")


def refuse_grafts(path: Path) -> None:
    """Refuse to blame a history that `.git/info/grafts` bends: libgit2 follows it, and a circle keeps it for ever."""
    grafts = _common_folder(path) / "info" / "grafts"
    if lexists(grafts) and grafts.stat().st_size:
        raise SourceError(
            "the repository's history is grafted, and cannot be blamed for authors=",
            where=grafts,
            expected="a history as its commits have it",
            hint="git replace --convert-graft-file, or leave authors out",
        )


def _common_folder(path: Path) -> Path:
    """The folder that holds the objects: `.git`, a bare repository itself, or what a linked worktree belongs to."""
    own = path / ".git"
    if own.is_file() and not own.is_symlink():
        folder = _linked_folder(own)
        if folder is None:
            _refuse("is a file that leads to a repository that does not know this folder", own, "a worktree of it")
        worktrees = folder.parent
        return worktrees.parent if worktrees.name == "worktrees" else folder
    folder = own if lexists(own) else path
    if lexists(folder / "commondir"):
        _refuse("keeps its objects in another one", folder / "commondir", "a repository that holds its own objects")
    return folder


def _refuse(what: str, where: Path, expected: str) -> NoReturn:
    hint = "if you trust it, copy it first: corpus clone PATH"
    raise SourceError(f"the repository {what}", where=where, expected=expected, hint=hint)


def _linked_folder(file: Path) -> Path | None:
    """The folder that a `.git` file names, if it points back here as git's worktrees and submodules do."""
    match = re.match(rb"gitdir: (.+?)\s*\Z", file.read_bytes()[:4096])
    if not match:
        return None
    folder = (file.parent / match[1].decode(errors="surrogateescape")).resolve()
    back = folder / "gitdir"
    if back.is_file():
        leads_here = Path(back.read_text(errors="surrogateescape").strip()).resolve() == file.resolve()
        common = folder / "commondir"
        named = common.read_text(errors="surrogateescape").strip() if common.is_file() else ""
        usual = folder.parent.name == "worktrees" and (folder / named).resolve() == folder.parent.parent
        return folder if leads_here and usual else None
    if not (folder / "config").is_file() or lexists(folder / "commondir"):
        return None
    try:
        worktree = pygit2.Config(str(folder / "config"))["core.worktree"]
    except (KeyError, OSError, pygit2.GitError):
        return None
    return folder if worktree is not None and (folder / worktree).resolve() == file.parent.resolve() else None
