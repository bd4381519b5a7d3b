"""Git repositories: definitions and their documentation, with the commit, file and lines that they came from.

Only objects are read, from the object database, through libgit2. There is no checkout and no `git` program:
`git status`, `diff`, `log -p`, `show`, `blame`, `archive` and `checkout` all run programs that the
repository's own configuration names (fsmonitor, textconv, filters, hooks), and so does reading a blob that a
partial clone lacks. libgit2 was seen to run none of them; a blob that is not there is a named skip.

A row's commit is the last one that changed its file, as `git log -1 -- path` finds it: rows of files that a
new commit does not touch stay the same to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from os import PathLike
from os.path import lexists
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final, NoReturn
from unicodedata import category
from urllib.parse import urlsplit

import pygit2
from pygit2.enums import FileMode, ObjectType

from corpus import code
from corpus.code.pairs import pairs
from corpus.entry import VISIBILITIES, Entry
from corpus.errors import ConfigError, SourceError
from corpus.places import place_of
from corpus.pseudonyms import fingerprint_of_key, pseudonym, user_key
from corpus.sources.base import Skip, SkipUnit, Source, Unit
from corpus.sources.history import Change, last_changes
from corpus.sources.licenses import license_files, spdx
from corpus.sources.objects import open_repository

__all__ = ["GitRepo", "is_repository"]

_MAX_FILE: Final = 1_000_000  # bytes; a tree takes about 20 times its source in memory
_MAX_ENTRIES: Final = 1_000_000
_MAX_DEPTH: Final = 200  # folders in folders
_MAX_NAME: Final = 255  # bytes
_SCP_URL: Final = re.compile(r"(?:[^@/:]+@)?(?P<host>[\w.-]{2,}):(?P<path>[^/:@][^:@]*)")


class GitRepo(Source):
    """A git repository at one of its commits.

    Args:
        path: A folder with `.git`, or a bare repository.
        rev: The commit to read: a branch, a tag, an id.
        name: What rows say as their `source`. By default `host/owner/name` of the remote `origin`, or the
            folder's name where there is none.
        visibility: `public` declares that everything in this repository may be published.
        real_names: Write authors' names into rows instead of pseudonyms.
        max_bytes: Larger files are skipped.

    Raises:
        SourceError: The path is not a repository that can be read, or has no such commit.
        ConfigError: An argument makes no sense.
    """

    kind: ClassVar[str] = "git"
    version: ClassVar[str] = "git-1"

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        rev: str = "HEAD",
        name: str | None = None,
        visibility: str = "private",
        real_names: bool = False,
        max_bytes: int = _MAX_FILE,
    ) -> None:
        if visibility not in VISIBILITIES:
            raise ConfigError("unknown visibility", expected=" | ".join(VISIBILITIES), got=repr(visibility))
        self.path = place_of(path).absolute()
        repository = _open(self.path)
        self.rev = rev
        self.commit = str(_commit_at(repository, rev, self.path).id)
        self.name = name or _name_of(repository, self.path)
        self.visibility = visibility
        self.real_names = real_names
        self.max_bytes = max_bytes

    def __repr__(self) -> str:
        return f"GitRepo({str(self.path)!r}, rev={self.rev!r}, commit={self.commit[:12]!r})"

    def units(self) -> Iterator[Unit | Skip]:
        """Every file of the commit's tree: a unit where its language is known, a named skip where it is not."""
        repository = _open(self.path)
        try:
            tree = repository[self.commit].peel(pygit2.Commit).tree
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise SourceError("the commit's files cannot be listed", where=self.path, got=error) from None
        license_ = _license_of(repository, tree)
        entries = list(_walk(tree, self.path))
        found = [self._unit(repository, path, entry) for path, entry in entries]
        paths = [unit.path for unit in found if isinstance(unit, Unit)]
        changes = last_changes(repository, self.commit, paths=paths)
        for unit in found:
            if isinstance(unit, Skip):
                yield unit
            else:
                yield replace(unit, facts={"license": license_, **self._facts(changes.get(unit.path))})

    def find(self, path: str, commit: str | None) -> Unit:
        """The unit that a row came from: the file at that commit. Raises SkipUnit where it is gone."""
        repository = _open(self.path)
        try:
            tree = repository[commit or self.commit].peel(pygit2.Commit).tree
            entry = tree[path]
        except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError):
            raise SkipUnit("missing-object", f"no {path} in commit {commit} of {self.path}") from None
        found = self._unit(repository, path, entry)
        if isinstance(found, Skip):
            raise SkipUnit(found.reason, found.detail)
        return found

    def read(self, unit: Unit) -> bytes:
        """The bytes of a file, from the object database."""
        data: bytes = _open_once(self.path).read(pygit2.Oid(hex=unit.content))[1]
        return data

    def extract(self, unit: Unit) -> Iterable[Entry]:
        """The documented definitions of one file. Runs in a worker process."""
        data = self.read(unit)
        if b"\0" in data:
            raise SkipUnit("binary", f"a NUL byte at offset {data.index(0)}")
        _check_text(data)
        language = code.language_of(unit.path, data)
        if language is None:
            raise SkipUnit("unsupported-type", "no extractor for this ending")
        return [
            pair
            for definition in code.definitions(data, language, documented=True)
            for pair in pairs(definition, language)
        ]

    def describe(self) -> dict[str, Any]:
        """Commit, settings and the fingerprint of the key behind the authors' pseudonyms, for the manifest."""
        key = None if self.real_names else fingerprint_of_key(user_key())
        return {"commit": self.commit, "pseudonym_key": key, "max_bytes": self.max_bytes}

    def location(self) -> dict[str, Any]:
        """The arguments that open this repository again."""
        return {
            "path": str(self.path),
            "rev": self.commit,
            "name": self.name,
            "visibility": self.visibility,
            "real_names": self.real_names,
            "max_bytes": self.max_bytes,
        }

    def _unit(self, repository: pygit2.Repository, path: str, entry: Any) -> Unit | Skip:
        trouble = _unsafe_name(path)
        if trouble:
            return Skip(_printable(path), "unsafe-path", trouble)
        if isinstance(entry, Skip):
            return entry
        if entry.filemode == FileMode.LINK:
            return Skip(path, "symlink", "symbolic links are recorded, never followed")
        if entry.filemode == FileMode.COMMIT:
            return Skip(path, "submodule", f"another repository, at commit {entry.id}")
        if entry.filemode == FileMode.TREE:
            return Skip(path, "too-deep", f"more than {_MAX_DEPTH} folders in folders")
        language = code.language_of(path)
        if language is None:
            return Skip(path, "unsupported-type", f"no extractor for {PurePosixPath(path).suffix or 'files like this'}")
        try:
            size = repository.odb.read_header(entry.id)[1]
        except (KeyError, pygit2.GitError):
            return Skip(path, "missing-object", f"blob {entry.id} is not in the object database (a partial clone?)")
        if size > self.max_bytes:
            return Skip(path, "too-large", f"{size} bytes, limit {self.max_bytes}")
        return Unit(path, content=str(entry.id), size=size, extractor=code.version(language))

    def _facts(self, change: Change | None) -> dict[str, Any]:
        if change is None:
            return {"commit": self.commit}
        if self.real_names:
            author = change.author_name
        else:
            author = pseudonym(user_key(), "author", change.author_email or change.author_name)
        return {"commit": change.commit, "author": author, "created_at": change.time}


def _check_text(data: bytes) -> None:
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        detail = f"line {line}: byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        raise SkipUnit("not-utf-8", detail) from None


def is_repository(path: Path) -> bool:
    """Whether a path looks like a repository with a work tree, or a bare one."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def _open(path: Path) -> pygit2.Repository:
    if not is_repository(path):
        raise SourceError(
            "this is not a git repository", where=path, expected="a folder with .git, or a bare repository"
        )
    _refuse_borrowed_objects(path)
    return open_repository(path)


@lru_cache(maxsize=16)
def _open_once(path: Path) -> Any:
    return _open(path).odb


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


def _commit_at(repository: pygit2.Repository, rev: str, path: Path) -> pygit2.Commit:
    if repository.is_empty or (rev == "HEAD" and repository.head_is_unborn):
        raise SourceError("the repository has no commits yet", where=path, hint="git add . && git commit")
    try:
        return repository.revparse_single(rev).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError) as error:
        raise SourceError("no such commit", where=path, expected="a branch, a tag or an id", got=repr(rev)) from error


def _name_of(repository: pygit2.Repository, path: Path) -> str:
    """`host/owner/name` of origin, without the credentials that a URL may hold; or the folder's name."""
    try:
        url = str(repository.config["remote.origin.url"])
        scp = _SCP_URL.fullmatch(url)
        parts = urlsplit(url)
        host, place = (scp["host"], scp["path"]) if scp else (parts.hostname or "", parts.path)
    except (KeyError, ValueError):  # no such remote; not UTF-8; brackets without an address in them
        host = place = ""
    folder = path.resolve()
    remote = f"{host.lower()}/{place.strip('/')}" if host and place.strip("/") else ""
    name = remote or (folder.parent if folder.name == ".git" else folder).name or "repository"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name).removesuffix(".git")


def _walk(root: pygit2.Tree, where: Path) -> Iterator[tuple[str, Any]]:
    """Every entry below a tree that is not a folder, folders that are too deep, a `Skip` for one that is lost.

    Never recursive.

    Raises:
        SourceError: There are more than a million: a few trees that hold each other many times can claim
            billions of files in a kilobyte.
    """
    stack: list[tuple[str, int, Any]] = [("", 0, root)]
    seen = 0
    while stack:
        prefix, depth, tree = stack.pop()
        try:
            entries = list(tree)
        except (KeyError, ValueError, pygit2.GitError):
            path = prefix.removesuffix("/")
            yield path, Skip(path, "missing-object", f"folder {tree.id} cannot be read: files in it are not listed")
            continue
        for entry in entries:
            # A slash inside a name would make a path that leads elsewhere; shown as a backslash, it is refused.
            path = prefix + _text(entry.raw_name or b"").replace("/", "\\")
            seen += 1
            if seen > _MAX_ENTRIES:
                raise SourceError("the commit holds too many files", where=where, expected=f"at most {_MAX_ENTRIES}")
            if entry.type == ObjectType.TREE and depth < _MAX_DEPTH:
                stack.append((path + "/", depth + 1, entry))
            else:
                yield path, entry


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _printable(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _unsafe_name(path: str) -> str | None:
    """Why a path is not one that git itself would check out, or None."""
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return "the name is not UTF-8"
    parts = path.split("/")
    if any(part.lower() in {"", ".", "..", ".git"} for part in parts):
        return "the name leads out of the tree or into .git"
    if "\\" in path or any(category(char) == "Cc" for char in path):
        return "the name holds a control character or a backslash"
    if len(raw) > 16 * _MAX_NAME or any(len(part.encode()) > _MAX_NAME for part in parts):
        return f"the name is longer than {_MAX_NAME} bytes"
    return None


def _license_of(repository: pygit2.Repository, tree: pygit2.Tree) -> str | None:
    blobs = {_text(entry.raw_name or b""): entry for entry in tree if entry.type == ObjectType.BLOB}
    files: dict[str, bytes] = {}
    for name in license_files(blobs):
        try:
            if repository.odb.read_header(blobs[name].id)[1] <= _MAX_FILE:
                files[name] = repository.odb.read(blobs[name].id)[1]
        except (KeyError, pygit2.GitError):
            continue  # a blob that a partial clone lacks: the licence stays unknown
    return spdx(files)
