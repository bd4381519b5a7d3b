"""What a worker does with a unit. Light to import: parsing a note needs no Arrow, so a worker starts sooner."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.sources.base import JoinedSource, Skip, SkipUnit, Source, Unit

__all__ = ["Work", "parse_unit", "printable", "read_unit"]


Work = tuple[int, Unit | None]
"""The number of a source and one of its units; None asks for the list of all."""


def read_unit(sources: Sequence[Source], work: Work) -> bytes | Skip | list[Unit | Skip]:
    """What one unit yields, in the form that is cached, or why there is nothing; or all units of a source.

    Args:
        sources: All of them.
        work: What is wanted.
    """
    number, unit = work
    source = sources[number]
    if unit is None:
        return list(source.units())
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
