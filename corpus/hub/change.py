"""What one commit on top of another shall do, and whether a revision shows what it did."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpus.hub.publication import Published
from corpus.write.folder import SHARD

__all__ = ["Change", "change_to", "hash_of"]

_ATTRIBUTES: Final = ".gitattributes"  # to which the Hub adds a line for a large file that none of its lines names


@dataclass(frozen=True)
class Change:
    """What one commit on top of a head shall do.

    Attributes:
        head: The commit that it builds on.
        files: Every file of the corpus, and whether it is new; then those that are deleted.
        contents: Path to what is sent: a file on this machine, or bytes.
        wanted: Path to git object id, or SHA-256 of a large file: the tree after it, as far as it is ours.
        others: Path to what the Hub calls the file, for those at the head that are not touched.
        digest: Of all this.
    """

    head: str
    files: tuple[Published, ...]
    contents: Mapping[str, Path | bytes]
    wanted: Mapping[str, frozenset[str]]
    others: Mapping[str, str]
    digest: str

    @property
    def deleted(self) -> tuple[str, ...]:
        """Paths of files that go."""
        return tuple(file.path for file in self.files if file.change == "deleted")

    def operations(self) -> list[Any]:
        """As the Hub's client wants them: made anew for each request, since it marks those that are done."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        sent = [file.path for file in self.files if file.change in {"new", "changed"}]
        contents = {path: self.contents[path] for path in sent}
        added = [CommitOperationAdd(path, c if isinstance(c, bytes) else str(c)) for path, c in contents.items()]
        return [*added, *(CommitOperationDelete(path) for path in self.deleted)]

    def is_shown(self, there: Mapping[str, Any]) -> bool:
        """Whether a tree shows the corpus: every file of it, and no rows besides, and nothing that was deleted."""
        strangers = [path for path in there if _is_shard(path) and path not in self.wanted]
        strangers += [path for path in self.deleted if path in there]
        return not strangers and all(path in there and hash_of(there[path]) in ids for path, ids in self.wanted.items())

    def is_all(self, there: Mapping[str, Any]) -> bool:
        """Whether a tree is that of the head with this change and nothing else: nobody has slipped a file in."""
        others = {path: hash_of(entry) for path, entry in there.items() if path not in self.wanted}
        return self.is_shown(there) and _without(others) == _without(self.others)


def change_to(
    head: str, there: Mapping[str, Any], contents: Mapping[str, Path | bytes], beside: Collection[str]
) -> Change:
    """What has to be sent, against the tree of a head.

    Args:
        head: The commit.
        there: Path to what the Hub says of each file at it.
        contents: Path to what the corpus has: a file on this machine, or bytes.
        beside: Paths of an earlier publication's files that are not rows, to be deleted where this one has none.
    """
    stale = sorted(path for path in there if (_is_shard(path) or path in beside) and path not in contents)
    names = {path: _names(content) for path, content in sorted(contents.items())}
    files = [
        Published(path, name.size, name.sha256, _compared(there.get(path), name.ids)) for path, name in names.items()
    ]
    files += [Published(path, there[path].size, hash_of(there[path]), "deleted") for path in stale]
    wanted = {path: name.ids for path, name in names.items()}
    others = {path: hash_of(entry) for path, entry in there.items() if path not in wanted and path not in stale}
    text = "\n".join([head, *(f"{file.path} {file.sha256} {file.change}" for file in files)])
    return Change(head, tuple(files), contents, wanted, others, hashlib.sha256(text.encode()).hexdigest())


def hash_of(entry: Any) -> str:
    """What the Hub calls a file: the SHA-256 of a large one, the git object id of another."""
    return str(entry.lfs.sha256) if entry.lfs is not None else str(entry.blob_id)


@dataclass(frozen=True, slots=True)
class _Name:
    """What a content is called: by git where it is small, by its SHA-256 where it is large."""

    size: int
    sha256: str
    ids: frozenset[str]


def _names(content: Path | bytes) -> _Name:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    blob, sha256 = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False), hashlib.sha256()
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        while data := file.read(1 << 20):
            blob.update(data)
            sha256.update(data)
    return _Name(size, sha256.hexdigest(), frozenset({blob.hexdigest(), sha256.hexdigest()}))


def _is_shard(path: str) -> bool:
    """Whether a path of the repository is one of a split's files, of this corpus or of an earlier one."""
    folder, _, name = path.partition("/")
    return folder == "data" and SHARD.fullmatch(name) is not None


def _compared(entry: Any, ids: frozenset[str]) -> str:
    if entry is None:
        return "new"
    return "unchanged" if hash_of(entry) in ids else "changed"


def _without(tree: Mapping[str, str]) -> dict[str, str]:
    return {path: name for path, name in tree.items() if path != _ATTRIBUTES}
