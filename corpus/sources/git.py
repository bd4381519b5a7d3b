"""Git repositories: definitions and their documentation, with the commit, file and lines that they came from.

Only objects are read, from the object database, through libgit2. There is no checkout and no `git` program:
`git status`, `diff`, `log -p`, `show`, `blame`, `archive` and `checkout` all run programs that the
repository's own configuration names (fsmonitor, textconv, filters, hooks), and so does reading a blob that a
partial clone lacks. libgit2 was seen to run none of them; a blob that is not there is a named skip.

A row's commit is the last one that changed its file, as `git log -1 -- path` finds it: rows of files that a
new commit does not touch stay the same to the byte.

What is not worth reading is left out with its reason: files that nobody wrote or that are somebody else's (`skip`),
licences (`licenses`), other people's definitions (`authors`). With `history`, commits become rows too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final
from unicodedata import category
from urllib.parse import urlsplit

import pygit2
from pygit2.enums import FileMode, ObjectType

from corpus import code
from corpus.code.pairs import pairs
from corpus.entry import VISIBILITIES, Entry
from corpus.errors import ConfigError, SourceError
from corpus.people import Person
from corpus.places import place_of
from corpus.presets import preset_of
from corpus.pseudonyms import fingerprint_of_key, pseudonym, user_key
from corpus.sources import commits
from corpus.sources.allowed import SIDECAR, allow_list, file_license, permits, sidecar_license
from corpus.sources.attributes import FILE, Attributes
from corpus.sources.attributes import MAX_BYTES as MAX_ATTRIBUTES
from corpus.sources.authors import MAILMAP, Owners, author_list, line_owners, majority, people_of
from corpus.sources.base import Skip, SkipUnit, Source, Unit
from corpus.sources.history import Change, boundary, change_of, last_changes
from corpus.sources.leftout import left_out, reasons_of, unwritten
from corpus.sources.licenses import license_files, spdx
from corpus.sources.objects import Objects
from corpus.sources.opening import open_own, refuse_grafts

__all__ = ["GitRepo"]

_MAX_FILE: Final = 1_000_000  # bytes; a tree takes about 20 times its source in memory
_MAX_ENTRIES: Final = 1_000_000
_MAX_DEPTH: Final = 200  # folders in folders
_MAX_NAME: Final = 255  # bytes
_MAX_MAILMAP: Final = 1_000_000  # bytes; Linux' has 40 kB
_MAX_SIDECAR: Final = 64_000  # bytes
_CACHED_COMMITS: Final = 16_384  # between listing files and listing people
_HIDDEN: Final = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com", re.IGNORECASE)
_PLAIN_PATH: Final = re.compile(r"(?:\w[\w.+-]*/)*\w[\w.+-]*", re.ASCII)  # as most are; nothing in it is unsafe
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
        authors: Addresses or names of people: only definitions of which they wrote more than half of the lines that
            are not blank, by blame and the repository's `.mailmap`, and only their commits. Their row's `author` is
            who of them wrote most of it.
        history: Also make rows of commits, see `corpus.sources.commits`; a number looks at the newest so many.
        licenses: SPDX ids; files of other licences, or of none that is known, are skipped.
        skip: Reasons for which files are left out, of `corpus.sources.leftout.REASONS`; `()` leaves none out. By
            default all but `test`, or what the preset says.
        preset: Rules of a published data set, by its name in `corpus.PRESETS`. Its gates are for `Corpus.filter`.

    Raises:
        SourceError: The path is not a repository that can be read, or has no such commit.
        ConfigError: An argument makes no sense.
    """

    kind: ClassVar[str] = "git"
    version: ClassVar[str] = "git-2"

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        rev: str = "HEAD",
        name: str | None = None,
        visibility: str = "private",
        real_names: bool = False,
        max_bytes: int = _MAX_FILE,
        authors: str | Iterable[str] = (),
        history: bool | int = False,
        licenses: str | Iterable[str] | None = None,
        skip: Iterable[str] | None = None,
        preset: str | None = None,
    ) -> None:
        if visibility not in VISIBILITIES:
            raise ConfigError("unknown visibility", expected=" | ".join(VISIBILITIES), got=repr(visibility))
        if not isinstance(history, int) or history < 0:
            raise ConfigError(
                "history makes no sense", expected="True, False or a number of commits", got=repr(history)
            )
        usual = preset_of(preset)
        self.path = place_of(path).absolute()
        repository = open_own(self.path)
        self.rev = rev
        self.commit = str(_commit_at(repository, rev, self.path).id)
        self.name = name or _name_of(repository, self.path)
        self.visibility = visibility
        self.real_names = real_names
        self.max_bytes = max_bytes
        self.authors = author_list(authors)
        if self.authors:
            refuse_grafts(self.path)
        self.history = history
        self.licenses = None if licenses is None else allow_list(licenses)
        self.skip = reasons_of(usual.skip if skip is None else skip)
        self.preset = preset
        self._strict = usual.strict_commits
        self._commits: dict[str, Any] = {}  # what listing them has counted

    def __repr__(self) -> str:
        return f"GitRepo({str(self.path)!r}, rev={self.rev!r}, commit={self.commit[:12]!r})"

    def units(self) -> Iterator[Unit | Skip]:
        """Every file of the commit's tree: a unit where it shall be read, a named skip where not; then commits."""
        repository = open_own(self.path)
        tree = _tree_at(repository, self.commit, self.path)
        if self.authors:
            self._owners().check(Objects(repository), bytes.fromhex(self.commit), self.path)
        entries = list(_walk(tree, self.path))
        attributes = _attributes(repository, entries)
        lost = _lost(repository, entries)
        found = [
            lost.get(path) or self._left_out(path, attributes) or self._unit(repository, path, entry)
            for path, entry in entries
        ]
        paths = [unit.path for unit in found if isinstance(unit, Unit)]
        for known in (_history_at, _license_at, _mailmap_at):
            known.cache_clear()  # it may have grown, a shallow clone's have deepened, a partial one's been completed
        changes = last_changes(repository, self.commit, paths=paths, objects=_history_at(self.path, self.commit))
        sidecars = {path.removesuffix(SIDECAR): entry for path, entry in entries if path.endswith(SIDECAR)}
        called = cache(self._called)  # the key is a file, and a person has many
        for unit in found:
            if isinstance(unit, Skip):
                yield unit
            else:
                license_ = self._license(repository, unit.path, sidecars)
                yield self._decided(
                    replace(unit, facts={"license": license_, **self._facts(changes.get(unit.path), called)})
                )
        if self.history:
            yield from self._commit_units(repository, attributes)

    def find(self, path: str, commit: str | None) -> Unit:
        """The unit that a row came from: the file at that commit, and what that commit changed in it.

        Raises SkipUnit where it is gone. A row of a definition and one of a commit may come from the same path and
        commit, so with `history` the unit gives both.
        """
        repository = open_own(self.path)
        try:
            tree = repository[commit or self.commit].peel(pygit2.Commit).tree
            entry = tree[path]
        except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError):
            raise SkipUnit("missing-object", f"no {path} in commit {commit} of {self.path}") from None
        found = self._unit(repository, path, entry)
        if isinstance(found, Skip):
            raise SkipUnit(found.reason, found.detail)
        beside = _entry_at(repository, self.commit, path + SIDECAR)
        sidecars = {} if beside is None else {path: beside}
        own = bytes.fromhex(commit or self.commit)
        made = Objects(repository).commit(own)
        who = {"commit": commit or self.commit} if made is None else self._facts(change_of(own, made), self._called)
        facts = {"license": self._license(repository, path, sidecars), **who}
        content = f"{found.content}@{commit or self.commit}" if self.history else found.content
        return self._decided(replace(found, content=content, facts=facts))

    def text_of(self, path: str, commit: str | None) -> str:
        """The file at a commit, as text. Raises SkipUnit where it is gone."""
        return self.read(self.find(path, commit)).decode(errors="replace")

    def text_in(self, unit: Unit) -> tuple[str, str | None] | None:
        """The file of a unit; of a commit alone nothing, since what it changed stands in its row."""
        if unit.content.startswith("@"):
            return None
        data = self.read(unit)
        return data.decode(errors="replace"), code.language_of(unit.path, data)

    def read(self, unit: Unit) -> bytes:
        """The bytes of a file, from the object database."""
        return self._read(unit.content.partition("@")[0])

    def _read(self, blob: str) -> bytes:
        return _blob_at(self.path, blob)

    def extract(self, unit: Unit) -> Iterable[Entry]:
        """The documented definitions of one file, what one commit changed, or both. Runs in a worker process."""
        blob, _, commit = unit.content.partition("@")
        found: list[Entry] = []
        skipped: SkipUnit | None = None
        for given, entries in ((blob, self._definitions), (commit, self._change)):
            try:
                found += entries(unit) if given else []
            except SkipUnit as skip:
                skipped = skipped or skip
        if skipped is not None and not found:
            raise skipped
        return found

    def _definitions(self, unit: Unit) -> list[Entry]:
        data = self.read(unit)
        text = _decoded(data)
        language = code.language_of(unit.path, data)
        if language is None:
            raise SkipUnit("unsupported-type", "no extractor for this ending")
        license_ = self._checked(text, unit)
        definitions = code.definitions(data, language, documented=True)
        found = [pair for definition in definitions for pair in pairs(definition, language)]
        if self.authors and found:
            found = self._theirs(found, text, unit)
        return [replace(entry, license=license_) for entry in found] if license_ else found

    def _change(self, unit: Unit) -> list[Entry]:
        """The row of a commit; its file may have been another one than today's in all but its path."""
        repository = _open_once(self.path)
        objects, oid = Objects(repository), bytes.fromhex(unit.content.partition("@")[2])
        commit = objects.commit(oid)
        settings = commits.Settings(self._strict, lambda _: True, lambda _: None)
        found = commits.change_in(objects, oid, commit, settings) if commit else "missing-object"
        if isinstance(found, str):
            raise SkipUnit(found, "the commit is not one to learn from")
        language = code.language_of(found.path)
        if language is None:
            raise SkipUnit("unsupported-type", "no extractor for this ending")
        before, after = self._read(found.before.hex()), self._read(found.after.hex())
        _decoded(before)
        license_ = self._checked(_decoded(after), replace(unit, path=found.path))
        row = commits.entry_of(found, before, after, language, strict=self._strict, source=self.name, license_=license_)
        return [row]

    def _checked(self, text: str, unit: Unit) -> str | None:
        """What a file says of its own licence; it is skipped where a person did not write it, or may not share it."""
        trouble = unwritten(text, unit.path, self.skip)
        if trouble:
            raise SkipUnit(*trouble)
        own = file_license(text)
        license_ = own or unit.facts.get("license")
        if self.licenses is not None and not permits(license_, self.licenses):
            raise SkipUnit("license", f"{license_ or 'unknown'}, allowed: {', '.join(sorted(self.licenses))}")
        return own

    def _theirs(self, entries: list[Entry], text: str, unit: Unit) -> list[Entry]:
        """The rows of which the wanted people wrote more than half, with who of them wrote most."""
        repository = _open_once(self.path)
        owners = self._owners()
        lines = text.split("\n")
        people = line_owners(repository, Objects(repository), unit.path, unit.facts["commit"], owners)
        found = []
        for entry in entries:
            span = slice((entry.line_start or 1) - 1, entry.line_end)
            person = majority(zip(lines[span], people[span], strict=False))
            if person is not None:
                found.append(replace(entry, author=self._called(*person)))
        if not found:
            theirs = sum(person is not None for person in people)
            raise SkipUnit("other-authors", f"{theirs} of {len(people)} lines are theirs, and no definition mostly")
        return found

    def listing(self) -> str | None:
        """Commit, settings, versions and keys. With `history` nothing is remembered: listing it counts commits too."""
        if self.history:
            return None
        known = {
            **self.location(),
            "key": None if self.real_names else fingerprint_of_key(user_key()),
            "boundary": sorted(boundary(open_own(self.path))),
            "versions": [code.version(language) for language in code.LANGUAGES],
        }
        return json.dumps(known, sort_keys=True, default=str)

    def describe(self) -> dict[str, Any]:
        """Commit, settings and the fingerprint of the key behind the authors' pseudonyms, for the manifest."""
        key = None if self.real_names else fingerprint_of_key(user_key())
        return {
            "commit": self.commit,
            "pseudonym_fingerprint": key,
            "max_bytes": self.max_bytes,
            "skip": list(self.skip),
            **({"preset": self.preset} if self.preset else {}),
            **({"authors": len(self.authors)} if self.authors else {}),
            **({"licenses": sorted(self.licenses)} if self.licenses is not None else {}),
            **({"commits": self._commits} if self.history else {}),
        }

    def location(self) -> dict[str, Any]:
        """The arguments that open this repository again."""
        return {
            "path": str(self.path),
            "rev": self.commit,
            "name": self.name,
            "visibility": self.visibility,
            "real_names": self.real_names,
            "max_bytes": self.max_bytes,
            "authors": list(self.authors),
            "history": self.history,
            "licenses": None if self.licenses is None else sorted(self.licenses),
            "skip": list(self.skip),
            "preset": self.preset,
        }

    def people(self) -> Iterator[Person]:
        """Everybody whom the history names, under the pseudonym that their rows have; addresses only with `real_names`.

        An address of GitHub's that says no more than a handle gives the handle.
        """
        owners, found, key = self._owners(), dict[str, tuple[set[str], set[str]]](), user_key()
        objects = _history_at(self.path, self.commit)  # as `units` left it: the same history, read once
        _history_at.cache_clear()
        for name, address in people_of(objects, bytes.fromhex(self.commit)):
            known = owners.canonical(name, address)
            called = pseudonym(key, "author", known[1] or known[0])
            names, ids = found.setdefault(called, (set(), set()))
            ids |= {*_handles(address), *_handles(known[1])}
            if not self.real_names:
                names |= {name, known[0]}
        for called, (names, ids) in sorted(found.items()):
            yield Person(called, tuple(sorted(names - {""})), tuple(sorted(ids - {""})))

    def places(self, commit: str | None) -> Iterator[str]:
        """The paths of a commit's tree."""
        for path, _ in _walk(_tree_at(open_own(self.path), commit or self.commit, self.path), self.path):
            yield path

    def _left_out(self, path: str, attributes: Attributes) -> Skip | None:
        if _unsafe_name(path):
            return None  # which says so itself
        trouble = left_out(path, self.skip, attributes)
        return Skip(path, *trouble) if trouble else None

    def _license(self, repository: pygit2.Repository, path: str, sidecars: Mapping[str, Any]) -> str | None:
        """The licence of a file that says nothing itself: its `.license` file, or the repository's."""
        if path in sidecars:
            beside = sidecar_license(_small(repository, sidecars[path], _MAX_SIDECAR).decode("utf-8", "replace"))
            if beside:
                return beside
        return _license_at(self.path, self.commit)

    def _decided(self, unit: Unit) -> Unit:
        """A unit whose extractor names all that its rows depend on besides its content."""
        parts: list[object] = [unit.extractor, self.skip]
        if self.licenses is not None:
            parts += ["licenses", sorted(self.licenses), unit.facts.get("license")]
        if self.authors and not unit.content.startswith("@"):
            key = None if self.real_names else fingerprint_of_key(user_key())
            mailmap = hashlib.sha256(_mailmap_at(self.path, self.commit)).hexdigest()
            parts += ["authors", self.authors, mailmap, key, unit.path, unit.facts["commit"]]
        if "@" in unit.content:
            parts += ["commit", self._strict, self.name]
        digest = hashlib.sha256(repr(parts[1:]).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return replace(unit, extractor=f"{unit.extractor} {digest}")

    def _commit_units(self, repository: pygit2.Repository, attributes: Attributes) -> Iterator[Unit]:
        """A unit for each commit to learn from. Its path holds an empty name, which no file's path can."""

        def path_reason(path: str) -> str | None:
            if _unsafe_name(path):
                return "unsafe-path"
            trouble = left_out(path, self.skip, attributes)
            return trouble[0] if trouble else (None if code.language_of(path) else "unsupported-type")

        owners = self._owners()
        is_ours: Callable[[Change], bool] = (
            (lambda by: owners.match(by) is not None) if self.authors else lambda _: True
        )
        settings = commits.Settings(self._strict, is_ours, path_reason)
        refusals, found = Counter[str](), 0
        limit = None if self.history is True else self.history
        called = cache(self._called)
        for one in commits.changes(Objects(repository), bytes.fromhex(self.commit), settings, limit, refusals):
            try:
                size = sum(repository.odb.read_header(pygit2.Oid(raw=blob))[1] for blob in (one.before, one.after))
            except (KeyError, pygit2.GitError):
                refusals["missing-object"] += 1
                continue
            found += 1
            facts = {"license": self._license(repository, one.path, {}), **self._facts(one.change, called)}
            extractor = code.version(str(code.language_of(one.path)))
            place = f"{one.path}//{one.change.commit}"
            yield self._decided(Unit(place, f"@{one.change.commit}", size, extractor, facts))
        rules = "CommitPackFT" if self._strict else "after CommitPackFT"
        self._commits = {
            "rules": rules,
            "looked_at": found + refusals.total(),
            "read": found,
            "left_out": dict(sorted(refusals.items())),
        }

    def _owners(self) -> Owners:
        return Owners(self.authors, _mailmap_at(self.path, self.commit))

    def _called(self, name: str, address: str) -> str:
        """What rows call a person."""
        return name if self.real_names else pseudonym(user_key(), "author", address or name)

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
            return _missing(path, entry)
        if size > self.max_bytes:
            return Skip(path, "too-large", f"{size} bytes, limit {self.max_bytes}")
        return Unit(path, content=str(entry.id), size=size, extractor=code.version(language))

    def _facts(self, change: Change | None, called: Callable[[str, str], str]) -> dict[str, Any]:
        if change is None:
            return {"commit": self.commit}
        author = called(change.author_name, change.author_email)
        return {"commit": change.commit, "author": author, "created_at": change.time}


@lru_cache(maxsize=16)
def _open_once(path: Path) -> pygit2.Repository:
    return open_own(path)


@lru_cache(maxsize=1)
def _history_at(path: Path, commit: str) -> Objects:
    del commit
    return Objects(open_own(path), commits=_CACHED_COMMITS)


def _tree_at(repository: pygit2.Repository, commit: str, path: Path) -> pygit2.Tree:
    try:
        return repository[commit].peel(pygit2.Commit).tree
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise SourceError("the commit's files cannot be listed", where=path, got=error) from None


def _entry_at(repository: pygit2.Repository, commit: str, path: str) -> Any:
    try:
        return repository[commit].peel(pygit2.Commit).tree[path]
    except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError):
        return None


def _small(repository: pygit2.Repository, entry: Any, limit: int) -> bytes:
    """The bytes of a small file that says something about others; none where it is large, lost, or no file."""
    try:
        if entry is None or entry.type != ObjectType.BLOB or entry.filemode == FileMode.LINK:
            return b""
        if repository.odb.read_header(entry.id)[1] > limit:
            return b""
        data: bytes = repository.odb.read(entry.id)[1]
    except (KeyError, AttributeError, pygit2.GitError):
        return b""
    return data


@lru_cache(maxsize=1)  # a unit is extracted, and then searched for secrets
def _blob_at(path: Path, blob: str) -> bytes:
    data: bytes = _open_once(path).odb.read(pygit2.Oid(hex=blob))[1]
    return data


@lru_cache(maxsize=16)
def _license_at(path: Path, commit: str) -> str | None:
    repository = _open_once(path)
    return _license_of(repository, _tree_at(repository, commit, path))


@lru_cache(maxsize=16)
def _mailmap_at(path: Path, commit: str) -> bytes:
    repository = _open_once(path)
    return _small(repository, _entry_at(repository, commit, MAILMAP), _MAX_MAILMAP)


def _lost(repository: pygit2.Repository, entries: Sequence[tuple[str, Any]]) -> dict[str, Skip]:
    """Files that say something of others (licence, authors, attributes), and are not there.

    Where it is read it then says nothing. It is told here, so that nobody remembers what was made without it.
    """
    named = {MAILMAP, *license_files(path for path, _ in entries if "/" not in path)}
    return {
        path: _missing(path, entry)
        for path, entry in entries
        if (path in named or path.endswith((SIDECAR, FILE))) and _is_lost(repository, entry)
    }


def _is_lost(repository: pygit2.Repository, entry: Any) -> bool:
    a_file = not isinstance(entry, Skip) and entry.type == ObjectType.BLOB and entry.filemode != FileMode.LINK
    return a_file and entry.id not in repository.odb


def _missing(path: str, entry: Any) -> Skip:
    return Skip(path, "missing-object", f"blob {entry.id} is not in the object database (a partial clone?)")


def _attributes(repository: pygit2.Repository, entries: Iterable[tuple[str, Any]]) -> Attributes:
    """What the tree's `.gitattributes` say; one that is too large says nothing."""
    return Attributes(
        {
            path.rpartition("/")[0]: _small(repository, entry, MAX_ATTRIBUTES)
            for path, entry in entries
            if path.rpartition("/")[2] == FILE
        }
    )


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise SkipUnit("binary", f"a NUL byte at offset {data.index(0)}")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        detail = f"line {line}: byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        raise SkipUnit("not-utf-8", detail) from None


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


def _handles(address: str) -> tuple[str, ...]:
    """An address, and the handle in it where GitHub made it."""
    handle = _HIDDEN.fullmatch(address)
    return (address, handle[1]) if handle else (address,)


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
    if len(path) <= _MAX_NAME and _PLAIN_PATH.fullmatch(path):
        return None
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
