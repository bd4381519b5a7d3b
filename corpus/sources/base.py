"""The protocol that every source follows: list units cheaply, extract one unit into entries.

A unit is what is read, cached and skipped as a whole: a file of a repository, a note, a chat. Listing happens
in the caller's process (or in a worker, where `listing` names all that it depends on) and must not parse anything;
extraction happens in a disposable worker process under limits of time and memory, so a source object must pickle:
open files and connections in `extract`.

What a unit yields may depend on nothing but the unit's content and the source's version, since that is how it
is cached. What else is true of all its rows (commit, author, licence) goes into `Unit.facts`, which are added
afterwards: a commit that touches nothing but a date extracts nothing again.

Where units say something only together (notes that link to each other, exports of one chat that overlap) a source
is a `JoinedSource`: what parsing one unit gives is cached, and joining all of it is done anew in every run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from corpus.entry import Entry
    from corpus.graph import Graph
    from corpus.people import Person


__all__ = ["Joined", "JoinedSource", "Skip", "SkipUnit", "Source", "Unit"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that is read as a whole.

    Attributes:
        path: Its path inside the source, with `/`, unique there. Rows get it as their `path`.
        content: Names its bytes: a blob's object id, a file's hash. Equal content
            gives equal entries, wherever it lies.
        size: Bytes to be read.
        extractor: What reads it and in which version, where one source has several (a grammar, say).
        facts: Columns that are alike for all its rows and not part of its content (`commit`, `author`,
            `created_at`, `license`); a value that the entry itself has wins.
    """

    path: str
    content: str
    size: int
    extractor: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skip:
    """A unit that is listed and not read.

    Attributes:
        path: Its path inside the source.
        reason: A short name that can be counted: `too-large`, `not-utf-8`, `symlink`.
        detail: A sentence for a person, with the numbers.
    """

    path: str
    reason: str
    detail: str


class SkipUnit(Exception):  # noqa: N818 - it is a decision, not an error
    """Raised by `Source.extract` to skip the unit with a reason.

    Args:
        reason: A short name that can be counted.
        detail: A sentence for a person, with the numbers.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Source(ABC):
    """Something that entries come from. Subclass it to add a source of your own.

    Attributes:
        kind: One of `corpus.entry.KINDS`, or a name of your own that starts with `x-`.
        name: What rows say as their `source`: stable, the same on another machine, unique in a corpus.
        version: Version of the extraction; another version discards what was cached.
        visibility: `private` unless the owner has declared the source public.
    """

    kind: ClassVar[str]
    name: str
    version: ClassVar[str] = "1"
    visibility: str = "private"

    @abstractmethod
    def units(self) -> Iterable[Unit | Skip]:
        """Everything that the source holds, each to be read or skipped, in any order."""

    @abstractmethod
    def extract(self, unit: Unit) -> Iterable[Entry]:
        """The entries of one unit, in order of their lines. Runs in a worker process.

        Raises:
            SkipUnit: The unit cannot be read; it is listed in `Corpus.skipped`.
        """

    def listing(self) -> str | None:
        """Names all that `units` depends on, so that its answer, and what came of it, may be remembered.

        None where that cannot be said.
        """
        return None

    def describe(self) -> dict[str, Any]:
        """Facts for the manifest, as JSON: no path of this machine, nothing private."""
        return {}

    def location(self) -> dict[str, Any]:
        """What is needed to find the source again on this machine; kept in `.private/cache`, never published."""
        return {}

    def people(self) -> Iterable[Person]:
        """Who is known to the source by name, address or number, to be found in all rows of a corpus.

        Cheap: it is asked once in every run. A `JoinedSource` says it when it joins, in `Joined.people`.
        """
        return ()

    def places(self, commit: str | None) -> Iterable[str]:
        """The paths that rows can come from, at a commit: a row's path may be redacted, and is found among these."""
        del commit
        return [unit.path for unit in self.units() if isinstance(unit, Unit)]

    def text_of(self, path: str, commit: str | None) -> str | None:
        """The text of the file that a row came from, for a person to look at; None where rows come from no file.

        Args:
            path: The row's `path`.
            commit: The row's `commit`, if it has one.

        Raises:
            SkipUnit: The file is gone, or is not read.
        """
        del path, commit  # a source says it where its rows have lines
        return None

    def text_in(self, unit: Unit) -> tuple[str, str | None] | None:
        """The text of a unit as it stands in its file, to be searched for secrets that rows show a part of only.

        With the programming language that it is written in, if it is code. None where a unit is no text. Runs in a
        worker process, after the unit was read.
        """
        del unit  # a source says it where its units are texts
        return None

    def find(self, path: str, commit: str | None) -> Unit:
        """The unit that a row came from, to extract it again.

        Args:
            path: The row's `path`.
            commit: The row's `commit`, if it has one.

        Raises:
            SkipUnit: There is no such unit any more.
        """
        del commit  # a source without history has its units as they are now
        for unit in self.units():
            if isinstance(unit, Unit) and unit.path == path:
                return unit
        raise SkipUnit("missing", f"the source has no {path} any more")


@dataclass(slots=True)
class Joined:
    """What the units of a source give together.

    Attributes:
        entries: With a `path` each, rows of one path one after the other, paths in ascending order.
        skips: Units that were parsed and turn out to be nothing; they count as skipped, not as read.
        graph: How what was joined hangs together, if the source knows.
        facts: For the manifest, as JSON.
        people: Who is known to the source. These three may be filled while `entries` is consumed.
    """

    entries: Iterable[Entry]
    skips: list[Skip] = field(default_factory=list)
    graph: Graph | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)


class JoinedSource(Source):
    """A source whose units say something only together. Parsing is done in workers and cached, joining is not.

    Attributes:
        forgets: Whether the cache shall forget what a unit held that has changed or is gone.
    """

    forgets: ClassVar[bool] = False

    @abstractmethod
    def parse(self, unit: Unit) -> bytes:
        """What is to be known of one unit, in a form of the source's own. Runs in a worker process.

        Raises:
            SkipUnit: The unit cannot be read.
        """

    @abstractmethod
    def join(self, parsed: Iterable[tuple[Unit, bytes]]) -> Joined:
        """The entries of all units. Runs in the caller's process, on what `parse` gave, in time linear in it.

        Args:
            parsed: Each unit that could be read, in order of its path, with what `parse` gave for it.
        """

    def extract(self, unit: Unit) -> Iterator[Entry]:
        """The entries that a unit gives by itself."""
        yield from self.join([(unit, self.parse(unit))]).entries
