"""What the sources of conversations have in common: files to be listed, a sheet of each, rows of all together."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from corpus.chats.merge import Conversation, People, conversations
from corpus.chats.model import KEEPABLE, Sheet
from corpus.chats.names import Names
from corpus.chats.pairs import Shape, rows
from corpus.chats.transcript import Transcript, transcribe
from corpus.entry import Entry
from corpus.errors import ConfigError, SourceError
from corpus.people import Person
from corpus.pseudonyms import fingerprint_of_key, pseudonym, user_key
from corpus.sources.base import Joined, JoinedSource, Skip, SkipUnit, Unit

__all__ = ["ChatSource", "Found", "Secret"]

_PIECE = 1 << 20
_FOREIGN = frozenset({"not-signal", "not-matrix", "not-json"})
_IDS = frozenset({"aci", "pni", "e164", "user"})  # keys of people that say who somebody is outside of their export


class Secret:
    """A key or a passphrase: in memory, and in nothing that is shown, written or compared.

    Args:
        value: What is secret.
    """

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<secret>"

    def __getstate__(self) -> str:
        return self.value

    def __setstate__(self, value: str) -> None:
        self.value = value


@dataclass(frozen=True, slots=True)
class Found:
    """A file of an export.

    Attributes:
        name: What its unit is called.
        path: Where it lies.
        layout: Which reader reads it.
        also: Files that belong to it: a database's log.
        secret: What opens it.
    """

    name: str
    path: Path
    layout: str
    also: tuple[Path, ...] = ()
    secret: Secret | None = None


class ChatSource(JoinedSource):
    """A source of conversations. Its units are files of exports; the `path` of a row is its conversation."""

    visibility = "private"
    forgets: ClassVar[bool] = True  # what was deleted or has vanished is nowhere in a corpus's folder

    def __init__(
        self,
        *,
        name: str | None = None,
        keep: Collection[str] = (),
        silence: float = 3600.0,
        min_words: int = 2,
        max_tokens: int = 2048,
        persona: str | None = None,
        min_reactions: int = 0,
    ) -> None:
        self.name = self.kind if name is None else name
        self._files: dict[str, Found | Skip] = {}
        self.keep = tuple(sorted(set(_known(keep))))
        self.shape = Shape(
            _above("silence", silence),
            int(_above("min_words", min_words)),
            int(_above("max_tokens", max_tokens)),
            persona,
            _count("min_reactions", min_reactions),
        )

    @abstractmethod
    def found(self) -> Iterator[Found | Skip]:
        """The files of all exports, in any order.

        Raises:
            SourceError: One of them is not where it was, or what opens it does not.
        """

    @abstractmethod
    def read(self, found: Found) -> bytes:
        """The sheet of one file.

        Raises:
            SkipUnit: It cannot be read.
        """

    @abstractmethod
    def owner(self) -> str:
        """What identifies the owner."""

    def me(self) -> list[str]:
        """Keys of the owner that the data does not tell."""
        return []

    def units(self) -> Iterator[Unit | Skip]:
        """A unit for each file, named by its content."""
        self._files = self._listed()
        for name, found in self._files.items():
            if isinstance(found, Skip):
                yield found
                continue
            try:
                content, size = _digest([found.path, *found.also])
            except OSError as error:
                yield Skip(name, "unreadable", f"{error.strerror}")
                continue
            yield Unit(name, content, size, extractor=f"{found.layout} keep={','.join(self.keep)}")

    def _listed(self) -> dict[str, Found | Skip]:
        """What was found, each by a name of its own."""
        listed: dict[str, Found | Skip] = {}
        for found in self.found():
            name, number = found.path if isinstance(found, Skip) else found.name, 1
            unique = name
            while unique in listed:
                number += 1
                unique = f"{name} ({number})"
            listed[unique] = found
        return listed

    def parse(self, unit: Unit) -> bytes:
        """The sheet of a unit. See `corpus.chats.model`."""
        found = (self._files or self._listed()).get(unit.path)
        if not isinstance(found, Found):
            raise SkipUnit("missing", f"there is no {unit.path} any more")
        return self.read(found)

    def transcripts(self) -> Iterator[Transcript]:
        """The conversations as they are read, with edits and reactions, in the order of their names.

        Everything is read anew, in this process, and people are called as in the rows. Files of something else that lie
        among those of an export are passed over.

        Raises:
            SourceError: A file is damaged, all are of something else, or nothing says who the owner is.
        """
        sheets: list[Sheet] = []
        refused: SourceError | None = None
        for unit in sorted(self.units(), key=lambda unit: unit.path):
            try:
                if isinstance(unit, Skip):
                    raise SkipUnit(unit.reason, unit.detail)
                sheets.append(Sheet.from_bytes(self.parse(unit)))
            except SkipUnit as skip:
                where = f"{self.name}/{unit.path}"
                refused = SourceError(f"a file cannot be read: {skip.reason}", where=where, got=skip.detail)
                if skip.reason not in _FOREIGN:
                    raise refused from None
        if refused is not None and not sheets:
            raise refused
        _, _, names, chats = self._joined(sheets)
        for path, chat in chats:
            if chat.authors:
                yield transcribe(chat, path, names)

    def join(self, parsed: Iterable[tuple[Unit, bytes]]) -> Joined:
        """The rows of all conversations."""
        sheets = [Sheet.from_bytes(data) for _, data in parsed]
        joined = Joined(())
        joined.entries = self._entries(sheets, joined.facts, joined.people)
        return joined

    def _joined(self, sheets: Sequence[Sheet]) -> tuple[bytes, People, Names, Iterator[tuple[str, Conversation]]]:
        """The key of the pseudonyms, who is there and what they are called, and the conversations of all sheets."""
        key = user_key()
        people, chats = conversations(sheets, self.me(), lambda identity: pseudonym(key, "chat", identity))
        if sheets and not people.known_owner:
            raise SourceError(
                "nothing in the export says who you are, and it is not guessed by a name",
                where=f"{self.kind} source {self.name!r}",
                hint='corpus.MatrixExport(path, me="@you:example.org"), or --me @you:example.org',
            )
        return key, people, Names(people, key, self.owner()), chats

    def _entries(self, sheets: Sequence[Sheet], facts: dict[str, Any], known: list[Person]) -> Iterator[Entry]:
        key, people, names, chats = self._joined(sheets)
        places: dict[int, list[str]] = defaultdict(list)
        counts: Counter[str] = Counter()
        total = held = edited = reactions = 0
        for path, chat in chats:
            total += len(chat.authors) + chat.duplicates
            held += bool(chat.authors)  # a contact with whom nobody ever spoke is no conversation
            for partner in () if chat.group else chat.partners:
                places[partner].append(path)
            counts["duplicate"] += chat.duplicates
            edited += sum(bool(when) and not reason for when, reason in zip(chat.edited, chat.reasons, strict=True))
            reactions += sum(len(given or ()) for given in chat.reactions or ())
            yield from rows(chat, path, names, self.shape, key, counts)
        known.extend(_people(people, names, places))
        used = counts.pop("used", 0)
        facts.update(
            conversations=held,
            messages=total,
            messages_edited=edited,
            messages_used=used,
            reactions=reactions,
            messages_left_out={reason: count for reason, count in sorted(counts.items()) if count},
            pseudonym_fingerprint=fingerprint_of_key(key),
        )

    def options(self) -> dict[str, Any]:
        """The arguments by which rows are made."""
        return {
            "keep": list(self.keep),
            "silence": self.shape.silence,
            "min_words": self.shape.min_words,
            "max_tokens": self.shape.max_tokens,
            "persona": self.shape.persona,
            "min_reactions": self.shape.min_reactions,
        }

    def describe(self) -> dict[str, Any]:
        """How rows were made, for the manifest: that there is a persona, not what it is."""
        return {**self.options(), "persona": self.shape.persona is not None}


def _people(people: People, names: Names, places: Mapping[int, Sequence[str]]) -> Iterator[Person]:
    """Everybody in the conversations, under the pseudonym that the rows have, with those that are theirs."""
    for number, person in enumerate(people.all):
        ids = tuple(
            sorted(kind_and_value[2] for key in person.keys if (kind_and_value := key.partition(":"))[0] in _IDS)
        )
        here = tuple(sorted(places.get(number, ())))
        yield Person(names.called[number], tuple(sorted(person.names)), ids, near=True, places=here)


def _known(keep: Collection[str]) -> Collection[str]:
    for reason in [keep] if isinstance(keep, str) else keep:
        if reason not in KEEPABLE:
            raise ConfigError("this cannot be kept", where="keep", expected=" | ".join(KEEPABLE), got=repr(reason))
    return [keep] if isinstance(keep, str) else keep


def _above(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ConfigError("an argument makes no sense", where=name, expected="a number above 0", got=repr(value))
    return value


def _count(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError("an argument makes no sense", where=name, expected="a whole number from 0", got=repr(value))
    return value


def _digest(files: Sequence[Path]) -> tuple[str, int]:
    """A hash over files that belong together, and their bytes."""
    digest = hashlib.sha256()
    size = 0
    for path in files:
        with path.open("rb") as file:
            before = size
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
        digest.update(f"\0{size - before}\0".encode())
    return digest.hexdigest(), size
