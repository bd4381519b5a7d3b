"""What a worker does with a unit. Light to import: parsing a note needs no Arrow, so a worker starts sooner."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.sources.base import JoinedSource, Skip, SkipUnit, Source, Unit

__all__ = ["parse_unit", "printable", "read_unit"]


def read_unit(sources: Sequence[Source], work: tuple[int, Unit]) -> bytes | Skip:
    """What one unit yields, in the form that is cached, or why there is nothing.

    Args:
        sources: All of them.
        work: The number of the unit's source, and the unit.
    """
    number, unit = work
    source = sources[number]
    if isinstance(source, JoinedSource):
        return parse_unit(source, unit)
    from corpus.extraction import extract_unit

    return extract_unit(source, unit)


def parse_unit(source: JoinedSource, unit: Unit) -> bytes | Skip:
    """What `parse` gives for a unit, or why there is nothing."""
    try:
        return source.parse(unit)
    except SkipUnit as skip:
        return Skip(unit.path, printable(skip.reason), printable(skip.detail))


def printable(text: object) -> str:
    """As text that any file takes: what is not UTF-8 in a file's name or an exception's message, as an escape."""
    return str(text).encode(errors="backslashreplace").decode()
