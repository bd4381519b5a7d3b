"""What a worker does with a unit. Light to import: parsing a note needs no Arrow, so a worker starts sooner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpus.people import Person
from corpus.sources.base import JoinedSource, Skip, SkipUnit, Source, Unit

__all__ = ["Listed", "Work", "listed", "parse_unit", "printable", "read_unit"]


Work = tuple[int, Unit | None]
"""The number of a source and one of its units; None asks for the list of all."""


class Listed(NamedTuple):
    """What a source says of itself before anything is read.

    Attributes:
        units: What it holds, and what of it is not read.
        people: Who is known to it; nobody where they are known only when it joins its units.
    """

    units: list[Unit | Skip]
    people: tuple[Person, ...]


def read_unit(sources: Sequence[Source], work: Work) -> bytes | Skip | Listed:
    """What one unit yields, in the form that is cached, or why there is nothing; or what `listed` gives.

    Args:
        sources: All of them.
        work: What is wanted.
    """
    number, unit = work
    source = sources[number]
    if unit is None:
        return listed(source)
    if isinstance(source, JoinedSource):
        return parse_unit(source, unit)
    from corpus.drafts import extract_unit

    return extract_unit(source, unit)


def listed(source: Source) -> Listed:
    """The units of a source and its people, in one go: both may stand in the same history."""
    units = list(source.units())
    return Listed(units, () if isinstance(source, JoinedSource) else tuple(source.people()))


def parse_unit(source: JoinedSource, unit: Unit) -> bytes | Skip:
    """What `parse` gives for a unit, or why there is nothing."""
    try:
        return source.parse(unit)
    except SkipUnit as skip:
        return Skip(unit.path, printable(skip.reason), printable(skip.detail))


def printable(text: object) -> str:
    """As text that any file takes: what is not UTF-8 in a file's name or an exception's message, as an escape."""
    return str(text).encode(errors="backslashreplace").decode()
