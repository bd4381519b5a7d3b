"""Commits and trees as they are stored, parsed leniently: what walks a history needs, and nothing that runs.

They are parsed here from the raw objects because libgit2's own parser applies `.git/info/grafts`, with which a
repository could make its history a circle, refuses a commit whose author line git accepts, and gives names as
text. Objects come through libgit2, which compares each with the hash that it was asked for, does not follow
`refs/replace`, and fetches nothing when an object of a partial clone is missing.
"""

from __future__ import annotations

import functools
import os
import re
from binascii import unhexlify
from collections import OrderedDict
from pathlib import Path
from typing import Final, NamedTuple

import pygit2

from corpus.errors import SourceError

__all__ = ["TREE", "Commit", "Objects", "TreeEntries", "boundary", "open_repository", "seconds"]

TREE: Final = 0o040000
"""The mode of a directory in a tree."""

TreeEntries = dict[bytes, tuple[int, bytes]]
"""A parsed tree: name to mode and object id."""

_CACHED_ENTRIES: Final = 200_000  # tree entries kept parsed, at about 200 bytes each
_MAX_BYTES: Final = 16 * 1024**2  # of one commit or tree; the size is read before the object, which may be a zip bomb

_ENTRY: Final = re.compile(rb"([0-7]{1,7}) ([^\0]*)\0(.{20})", re.DOTALL)
_OID: Final = re.compile(rb"[0-9a-f]{40}\Z")
# A commit as git writes it, signed or not; what is anything else is read line by line.
_USUAL: Final = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)author ([^\n]*)\ncommitter ([^\n]*)"
    rb"(?:\ngpgsig [^\n]*(?:\n [^\n]*)*)?\n\n"
)
_TIME: Final = re.compile(rb"\s*(-?\d{1,18})\b")


class Commit(NamedTuple):
    """What a walk needs of a commit.

    Attributes:
        tree: Raw id of its tree.
        parents: Raw ids, in order; empty at a shallow clone's boundary.
        time: When it was committed, in seconds since the epoch.
        author: The author line, `name <e-mail> seconds zone`.
        encoding: What its text is encoded in; empty means UTF-8.
        message: What it says, as bytes.
        committer: The committer line.
    """

    tree: bytes
    parents: tuple[bytes, ...]
    time: int
    author: bytes
    encoding: bytes
    message: bytes = b""
    committer: bytes = b""


def open_repository(path: str | os.PathLike[str]) -> pygit2.Repository:
    """Open the repository that lies at a path, not one above it.

    A partial clone is opened too, which libgit2 refuses unless told that its objects may be missing; this
    setting is the process's. libgit2 fetches nothing, so a missing object stays missing.

    Raises:
        SourceError: There is no repository, or one in a format that cannot be read (SHA-256, reftable).
    """
    allowed = pygit2.settings.extensions
    if "partialclone" not in allowed:
        pygit2.settings.set_extensions([*allowed, "partialclone"])
    try:
        return pygit2.Repository(os.fspath(path), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
    except (KeyError, ValueError, pygit2.GitError) as error:
        trust = f"if you trust it: git config --global --add safe.directory {os.fspath(path)}"
        raise SourceError(
            "no git repository can be opened here",
            where=os.fspath(path),
            got=error,
            hint=trust if "owned by" in str(error) else None,
        ) from None


def boundary(repo: pygit2.Repository) -> list[str]:
    """The commits whose parents a shallow clone left out, sorted; empty for a full clone."""
    base = Path(repo.path)
    try:
        if (base / "commondir").is_file():  # a linked worktree keeps the list with its repository
            base /= (base / "commondir").read_text(encoding="utf-8").strip()
        if not (base / "shallow").is_file():  # a pipe of that name would keep us waiting for ever
            return []
        lines = (base / "shallow").read_bytes().split()
    except (OSError, ValueError):
        return []
    return sorted(line.decode() for line in lines if _OID.match(line))


class Objects:
    """Commits and trees by raw id, parsed leniently; None for what is missing or damaged.

    Args:
        repo: Open.
        commits: How many are kept parsed, at one or two kilobytes each. A commit is asked for as a parent, for its
            time, and when its turn comes.
    """

    def __init__(self, repo: pygit2.Repository, commits: int = 256) -> None:
        self._odb = repo.odb
        self._boundary = {bytes.fromhex(oid) for oid in boundary(repo)}
        self._trees: OrderedDict[bytes, TreeEntries] = OrderedDict()
        self._entries = 0
        self.commit = functools.lru_cache(commits)(self._commit)

    def _commit(self, oid: bytes) -> Commit | None:
        data = self._read(oid, pygit2.enums.ObjectType.COMMIT)
        if data is None:
            return None
        usual = _USUAL.match(data)
        if usual is not None:
            shown = () if oid in self._boundary else tuple(map(unhexlify, usual[2].split()[1::2]))
            return Commit(unhexlify(usual[1]), shown, seconds(usual[4]), usual[3], b"", data[usual.end() :], usual[4])
        header, _, message = data.partition(b"\n\n")
        lines = [line.partition(b" ")[::2] for line in header.split(b"\n")]
        tree = [value for key, value in lines if key == b"tree" and _OID.match(value)]
        parents = [value for key, value in lines if key == b"parent" and _OID.match(value)]
        if not tree:
            return None
        fields = dict(reversed(lines))  # the first of each name counts
        shown = () if oid in self._boundary else tuple(bytes.fromhex(parent.decode()) for parent in parents)
        return Commit(
            tree=bytes.fromhex(tree[0].decode()),
            parents=shown,
            time=seconds(fields.get(b"committer", b"")),
            author=fields.get(b"author", b""),
            encoding=fields.get(b"encoding", b""),
            message=message,
            committer=fields.get(b"committer", b""),
        )

    def tree(self, oid: bytes) -> TreeEntries | None:
        """The entries of a tree; where a damaged tree has a name twice, the last."""
        if oid in self._trees:
            self._trees.move_to_end(oid)
            return self._trees[oid]
        data = self._read(oid, pygit2.enums.ObjectType.TREE)
        if data is None:
            return None
        entries = {name: (_mode(mode), below) for mode, name, below in _ENTRY.findall(data) if name}
        self._trees[oid] = entries
        self._entries += len(entries)
        while self._entries > _CACHED_ENTRIES and len(self._trees) > 1:
            self._entries -= len(self._trees.popitem(last=False)[1])
        return entries

    def _read(self, oid: bytes, kind: pygit2.enums.ObjectType) -> bytes | None:
        try:
            found, size = self._odb.read_header(pygit2.Oid(raw=oid))
            if found != kind or size > _MAX_BYTES:
                return None
            return self._odb.read(pygit2.Oid(raw=oid))[1]
        except (KeyError, ValueError, pygit2.GitError):
            return None


@functools.lru_cache(64)
def _mode(text: bytes) -> int:
    """A mode as git compares it: old repositories hold 100664 and 040000, which mean 100644 and 40000."""
    mode = int(text, 8)
    kind = mode & 0o170000
    if kind == 0o100000:
        return 0o100755 if mode & 0o100 else 0o100644
    return kind if kind in {0o120000, TREE} else 0o160000


def seconds(line: bytes) -> int:
    """Seconds since the epoch in an author or committer line; 0 where there is no time, as git has it."""
    found = _TIME.match(line.rpartition(b">")[2])
    return int(found[1]) if found else 0
