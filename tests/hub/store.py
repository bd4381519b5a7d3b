"""What a Hub remembers: users, repositories, commits, branches, tags, pull requests and large files."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import yaml

__all__ = ["Blob", "Commit", "PullRequest", "RefusalError", "Repo", "Store", "User"]

Role = str  # "write" or "read"
MAIN: Final = "refs/heads/main"
ROLE_ANONYMOUS: Final = "anonymous"


class RefusalError(Exception):
    """An answer that is an error, as the Hub gives it: a status, a sentence, and a code that clients know."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class User:
    """Who asks: a name, and whether the token may write."""

    name: str
    role: Role = "write"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a commit: its bytes, or the name of the large file that it points to."""

    content: bytes = b""
    sha256: str | None = None
    large_size: int = 0

    @property
    def size(self) -> int:
        return self.large_size if self.sha256 else len(self.content)

    @property
    def pointer(self) -> bytes:
        """What git holds: the bytes, or the LFS pointer."""
        if self.sha256 is None:
            return self.content
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n".encode()

    @property
    def oid(self) -> str:
        """The git object id of what git holds."""
        data = self.pointer
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

    def facts(self) -> dict[str, Any]:
        lfs = {"oid": self.sha256, "sha256": self.sha256, "size": self.size, "pointerSize": len(self.pointer)}
        return {"size": self.size, "oid": self.oid, **({"lfs": lfs} if self.sha256 else {})}


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of all files, and where it came from."""

    oid: str
    tree: Mapping[str, Blob]
    parent: str | None
    title: str
    message: str
    author: str
    date: str


@dataclass(slots=True)
class PullRequest:
    """A pull request: its own ref, based on a branch."""

    number: int
    title: str
    author: str
    base: str
    date: str
    status: str = "open"
    merged: str | None = None

    @property
    def ref(self) -> str:
        return f"refs/pr/{self.number}"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(slots=True)
class Repo:
    """One repository, with at least an initial commit on `main`."""

    kind: str
    name: str
    private: bool
    generation: int
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    pulls: list[PullRequest] = field(default_factory=list)
    large: set[str] = field(default_factory=set)  # large files that this repository may point to

    @property
    def owner(self) -> str:
        return self.name.split("/", maxsplit=1)[0]

    def resolve(self, revision: str) -> Commit:
        """The commit that a branch, tag, pull request or hash names."""
        for candidate in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}"):
            if candidate in self.refs:
                return self.commits[self.refs[candidate]]
        if revision in self.commits:
            return self.commits[revision]
        raise RefusalError(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def branch(self, revision: str) -> str:
        """The ref that a commit to this revision moves."""
        for candidate in (revision, f"refs/heads/{revision}"):
            if candidate in self.refs and not candidate.startswith("refs/tags/"):
                return candidate
        raise RefusalError(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def add(self, ref: str, tree: Mapping[str, Blob], title: str, message: str, author: str) -> Commit:
        parent = self.refs.get(ref)
        date = now()
        digest = hashlib.sha1(usedforsecurity=False)
        for part in (str(self.generation), str(len(self.commits)), str(parent), title, message, author, date):
            digest.update(part.encode() + b"\0")
        for path, blob in sorted(tree.items()):
            digest.update(f"{path}\0{blob.oid}\0".encode())
        commit = Commit(digest.hexdigest(), dict(tree), parent, title, message, author, date)
        self.commits[commit.oid] = commit
        self.refs[ref] = commit.oid
        return commit

    def history(self, revision: str) -> Iterator[Commit]:
        commit: Commit | None = self.resolve(revision)
        while commit is not None:
            yield commit
            commit = self.commits[commit.parent] if commit.parent else None

    def pull(self, number: int) -> PullRequest:
        if not 1 <= number <= len(self.pulls):
            raise RefusalError(404, "Discussion not found")
        return self.pulls[number - 1]

    def open_pull(
        self, title: str, author: str, *, base: str = MAIN, start: str | None = None, status: str = "open"
    ) -> PullRequest:
        """A pull request that starts at a commit: the base's newest, where none is named."""
        pull = PullRequest(len(self.pulls) + 1, title, author, base, now(), status)
        self.refs[pull.ref] = self.resolve(start).oid if start else self.refs[base]
        self.pulls.append(pull)
        return pull

    def merge(self, number: int, author: str) -> Commit:
        """Bring what a pull request changed to its base; refused where the base changed the same files."""
        pull = self.pull(number)
        if pull.status != "open":
            raise RefusalError(400, f"This pull request is {pull.status}")
        theirs = self.commits[self.refs[pull.ref]]
        ours = self.commits[self.refs[pull.base]]
        if conflicts := self.conflicts(pull):
            raise RefusalError(409, f"There are conflicts in {', '.join(conflicts)}")
        start = self._common(ours, theirs)
        tree = dict(ours.tree)
        for path in changed(start.tree, theirs.tree):
            if path in theirs.tree:
                tree[path] = theirs.tree[path]
            else:
                tree.pop(path, None)
        commit = self.add(pull.base, tree, f"{pull.title} (#{number})", "", author)
        pull.status, pull.merged = "merged", commit.oid
        return commit

    def conflicts(self, pull: PullRequest) -> list[str]:
        theirs, ours = self.commits[self.refs[pull.ref]], self.commits[self.refs[pull.base]]
        start = self._common(ours, theirs)
        both = changed(start.tree, theirs.tree) & changed(start.tree, ours.tree)
        return sorted(path for path in both if theirs.tree.get(path) != ours.tree.get(path))

    def _common(self, ours: Commit, theirs: Commit) -> Commit:
        known = {commit.oid for commit in self.history(ours.oid)}
        return next(commit for commit in self.history(theirs.oid) if commit.oid in known)

    def facts(self, commit: Commit, blobs: bool = False) -> dict[str, Any]:
        siblings = [
            {"rfilename": path, **({**blob.facts(), "blobId": blob.oid} if blobs else {})}
            for path, blob in sorted(commit.tree.items())
        ]
        return {
            "_id": f"{self.generation:024x}", "id": self.name, "author": self.owner, "sha": commit.oid,
            "private": self.private, "gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": [],
            "createdAt": next(reversed(list(self.history(MAIN)))).date, "lastModified": commit.date,
            "siblings": siblings, "cardData": card_data(commit.tree.get("README.md")),
        }  # fmt: skip


def changed(old: Mapping[str, Blob], new: Mapping[str, Blob]) -> set[str]:
    """The paths that differ between two trees."""
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


@functools.lru_cache(64)
def card_data(readme: Blob | None) -> dict[str, Any]:
    """The YAML at the head of a card, or nothing: what cannot be read breaks no page of the Hub."""
    text = readme.content.decode("utf-8", "replace") if readme else ""
    if not text.startswith("---\n") or "\n---" not in text[4:]:
        return {}
    try:
        data = yaml.safe_load(text[4 : text.index("\n---", 3)])
    except yaml.YAMLError:
        return {}
    return data if isinstance(data, dict) else {}


class Store:
    """All users, repositories and large files."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self.users = dict(users)
        self.repos: dict[tuple[str, str], Repo] = {}
        self.large: dict[str, bytes] = {}
        self._made = 0

    def user(self, token: str | None) -> User:
        if token is None:
            return User("", ROLE_ANONYMOUS)
        if token not in self.users:
            raise RefusalError(401, "Invalid credentials in Authorization header")
        return self.users[token]

    def create(self, kind: str, name: str, user: User, *, private: bool) -> Repo:
        if user.role != "write":
            status = 401 if user.role == ROLE_ANONYMOUS else 403
            raise RefusalError(status, "You don't have the rights to create a repository here")
        if name.split("/", maxsplit=1)[0] != user.name:
            raise RefusalError(
                403, f"You don't have the rights to create a {kind} under the namespace of somebody else"
            )
        if (kind, name) in self.repos:
            raise RefusalError(409, "You already created this repo")
        self._made += 1
        repo = Repo(kind, name, private, self._made)
        attributes = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"
        repo.add(MAIN, {".gitattributes": Blob(attributes)}, "initial commit", "", user.name)
        self.repos[kind, name] = repo
        return repo

    def repo(self, kind: str, name: str, user: User, *, write: bool = False) -> Repo:
        """A repository that this user may see, and write to where asked; the Hub does not say which was wrong."""
        repo = self.repos.get((kind, name))
        if repo is None or (repo.private and repo.owner != user.name):
            if user.role == ROLE_ANONYMOUS:
                raise RefusalError(401, "Invalid username or password.", "RepoNotFound")
            raise RefusalError(404, "Repository not found", "RepoNotFound")
        if write and (user.role != "write" or repo.owner != user.name):
            raise RefusalError(
                401 if user.role == ROLE_ANONYMOUS else 403, "Authorization error: no right to write here"
            )
        return repo
