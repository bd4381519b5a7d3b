"""Whose lines they are: a repository's mailmap, its authors, and blame by libgit2, in this process.

A line is theirs whose last change, as `git blame` finds it, was committed under one of their addresses or names,
before or after `.mailmap`; a definition is, when more than half of its lines that are not blank are. libgit2 agrees
with `git blame` on the author of 99.8 % of the lines of four repositories (16,600 lines), and takes four times as
long. git itself is not run: `git blame` runs programs that a repository's configuration names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from corpus.errors import ConfigError, SourceError
from corpus.sources.base import SkipUnit
from corpus.sources.history import Change, change_of, commits, text_of
from corpus.sources.objects import Objects

__all__ = ["MAILMAP", "Owners", "Person", "author_list", "line_owners", "majority", "people_of"]

MAILMAP: Final = ".mailmap"

_TRAILER: Final = re.compile(
    rb"^[A-Za-z][A-Za-z-]{0,40}-by:[ \t]*([^<>\n]{1,200}?)[ \t]*<([^<>\n]{1,254})>", re.MULTILINE
)
_CACHED_BLOB: Final = 1_000_000  # bytes; libgit2 keeps no blobs by default, and blame reads each version many times

Person = tuple[str, str]
"""Name and address."""


def author_list(authors: str | Iterable[str]) -> tuple[str, ...]:
    """Addresses and names as somebody wrote them, sorted.

    Raises:
        ConfigError: One of them is empty or no text.
    """
    named = [authors] if isinstance(authors, str) else list(authors)
    for one in named:
        if not isinstance(one, str) or not one.strip():
            raise ConfigError("an author has no name", where="authors", expected="an address or a name", got=repr(one))
    return tuple(sorted({one.strip() for one in named}))


class Owners:
    """The people whose code is wanted.

    Args:
        authors: Addresses (compared without case) and names (compared as they are).
        mailmap: The bytes of the repository's `.mailmap`.
    """

    def __init__(self, authors: Iterable[str], mailmap: bytes = b"") -> None:
        self.authors = tuple(authors)
        self._names = frozenset(self.authors)
        self._addresses = frozenset(one.casefold() for one in self.authors if "@" in one)
        try:
            self._known = pygit2.Mailmap.from_buffer(mailmap.decode("utf-8", "replace").replace("\0", ""))
        except (ValueError, pygit2.GitError):
            self._known = pygit2.Mailmap()

    def resolve(self, change: Change) -> Person:
        """Name and address of a commit's author, as `.mailmap` has them."""
        return self.canonical(change.author_name, change.author_email)

    def canonical(self, name: str, address: str) -> Person:
        """Name and address of somebody, as `.mailmap` has them."""
        if "\0" in name + address:
            return name, address
        name, address = self._known.resolve(name, address)
        return name, address

    def match(self, change: Change) -> Person | None:
        """Who of the wanted people made a commit, as `.mailmap` has them, or None."""
        resolved = self.resolve(change)
        for name, address in (resolved, (change.author_name, change.author_email)):
            if address.casefold() in self._addresses or name in self._names:
                return resolved
        return None

    def check(self, objects: Objects, start: bytes, where: object) -> None:
        """Refuse authors of whom the history knows none.

        Raises:
            SourceError: It knows none of them. Nobody else's name is told.
        """
        seen = set[Person]()
        for oid, commit in commits(objects, start):
            change = change_of(oid, commit)
            if self.match(change) is not None:
                return
            seen.add(self.resolve(change))
        raise SourceError(
            "nobody of this name or address wrote anything here",
            where=where,
            expected=f"one of the {len(seen)} authors of this history",
            got=", ".join(self.authors),
            hint="git shortlog -se HEAD lists them",
        )


def people_of(objects: Objects, start: bytes) -> Iterator[Person]:
    """Everybody whom a history names: authors, committers, and who signed, reviewed or helped; each spelling once.

    Args:
        objects: Of the repository.
        start: Raw id of the commit to begin at.
    """
    seen = set[tuple[bytes, bytes]]()
    for _, commit in commits(objects, start):
        said = [line.partition(b">")[0].partition(b"<")[::2] for line in (commit.author, commit.committer)]
        if b"-by:" in commit.message:
            said += _TRAILER.findall(commit.message)
        for name, address in said:
            if (name, address) not in seen:
                seen.add((name, address))
                yield text_of(name.strip(), commit), text_of(address.strip(), commit)


def line_owners(
    repository: pygit2.Repository, objects: Objects, path: str, commit: str, owners: Owners
) -> list[Person | None]:
    """For each line of a file at a commit, which of the wanted people wrote it last.

    Args:
        repository: Open.
        objects: Of the same repository.
        path: The file.
        commit: Full id.
        owners: Who is wanted.

    Raises:
        SkipUnit: The history cannot be read so far back.
    """
    pygit2.settings.cache_object_limit(ObjectType.BLOB, _CACHED_BLOB)
    try:
        hunks = list(repository.blame(path, newest_commit=commit))
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise SkipUnit("missing-object", f"blame cannot read the file's history: {error}") from None
    known: dict[bytes, Person | None] = {}
    found: list[Person | None] = []
    for hunk in hunks:
        oid = hunk.final_commit_id.raw
        if oid not in known:
            by = objects.commit(oid)
            known[oid] = None if by is None else owners.match(change_of(oid, by))
        found += [known[oid]] * hunk.lines_in_hunk
    return found


def majority(lines: Iterable[tuple[str, Person | None]]) -> Person | None:
    """Who of the wanted people wrote most of some lines, if they wrote more than half of those that are not blank."""
    told = [person for text, person in lines if text.strip()]
    ours: Mapping[Person, int] = Counter(person for person in told if person is not None)
    if 2 * sum(ours.values()) <= len(told):
        return None
    return max(ours, key=lambda person: (ours[person], person))
