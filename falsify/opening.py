"""What somebody hands in to be judged becomes a table, and what is known beside it.

A corpus or a table is taken as it is; a path is a folder that this library wrote, a Parquet file, or a folder of
Parquet files. What cannot be read is an error that says what it is and what was expected; nothing of that kind is ever
judged, so nothing of it ever passes.

The tests of this package import of `corpus` only what is below every stage. This module is the one exception, and it
imports `corpus.load` and the way to build again only when a path or sources are handed in: whoever has a corpus on disk
should not have to know how to open its sources. What it finds reaches the tests as plain functions (`reread`,
`rebuild`), so that no test can come to lean on the stages that it judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.errors import ConfigError, IntegrityError, SchemaError
from corpus.guess import near_path
from corpus.places import place_of
from falsify.columns import adopted, is_ours, needs_a_map
from falsify.subject import Rebuild, Reread, Stage

__all__ = ["Opened", "opened", "read", "table_of"]

_MANIFEST: Final = "manifest.json"
_MAGIC: Final = b"PAR1"
_TEXTS: Final = {".csv": "read_csv", ".json": "read_json", ".jsonl": "read_json", ".tsv": "read_csv"}


@dataclass(frozen=True)
class Opened:
    """A table to be judged, and what its holder knows of it.

    Attributes:
        table: The rows.
        removed: The removed rows, or None.
        lineage: One mapping a stage, or None.
        versions: Of the packages that it was made with, or None.
        reviews: Verdicts of people on rows that still say what was judged, or None.
        reread: Extracts rows again from their sources, or None.
        rebuild: Builds the whole corpus again, or None.
    """

    table: pa.Table
    removed: pa.Table | None = None
    lineage: Sequence[Stage] | None = None
    versions: Mapping[str, str] | None = None
    reviews: pa.Table | None = None
    reread: Reread | None = None
    rebuild: Rebuild | None = None


def opened(
    what: Any,
    *,
    sources: Sequence[Any] = (),
    columns: Mapping[str, str] | None = None,
    rebuild: bool = False,
    workers: int = 1,
) -> Opened:
    """The table behind a corpus, a table or a path, and what is known beside it.

    Args:
        what: A corpus, a table, or a path.
        sources: Where a corpus came from: paths, or sources of this library.
        columns: Our names and those of somebody else's table.
        rebuild: Also hand in how to build it again, from `sources` or those that lie where they lay.
        workers: Processes for a second build.

    Raises:
        ConfigError: Sources are given for what has none.
        SourceError: A source cannot be opened.
        CorpusError: As `read`.
    """
    holder = read(what, columns=columns)
    if not isinstance(holder, pa.Table):
        found = _held(holder, sources, rebuild, workers)
        return replace(found, versions=_versions(place_of(what))) if isinstance(what, str | PathLike) else found
    if sources:
        hint = "write it with Corpus.write, and give the folder"
        raise ConfigError("sources belong to a corpus that knows its stages", got="a bare table", hint=hint)
    return Opened(holder)


def read(what: Any, *, columns: Mapping[str, str] | None = None) -> Any:
    """What `falsify` judges: a corpus with all that it knows, or a table with its rows.

    Args:
        what: A corpus, a table, the folder of a corpus, a Parquet file, or a folder of Parquet files.
        columns: Our names and those of somebody else's table.

    Returns:
        A `Corpus` (or what was given, if that has a `table`), or a `pyarrow.Table`.

    Raises:
        ConfigError: It is none of them.
        SchemaError: It is somebody else's table and there is no map of its columns, or one that does not fit.
        IntegrityError: It is damaged.
    """
    name, found = "table", what
    if isinstance(what, str | PathLike):
        place = place_of(what)
        name, found = place.stem or name, _from_path(place, foreign=columns is not None)
        if isinstance(found, pa.Table) and columns is None and not is_ours(found):
            raise needs_a_map(found, place)
    if columns is not None and isinstance(found, pa.Table):
        return adopted(found, columns, name)
    if columns is not None:
        raise ConfigError("a corpus has the columns of this library, so there is no map to give", got="columns")
    if not isinstance(found, pa.Table) and not isinstance(getattr(found, "table", None), pa.Table):
        raise ConfigError(
            "this is not a corpus",
            expected="a Corpus, a pyarrow.Table with corpus.entry.SCHEMA, a folder of a corpus, or Parquet",
            got=type(what).__name__,
        )
    return found


def _held(holder: Any, sources: Sequence[Any], rebuild: bool, workers: int) -> Opened:
    again: Rebuild | None = None
    if sources or rebuild:
        from corpus.pipeline import second_build
        from corpus.sources.detect import resolve_sources

        if sources:
            holder = replace(holder, sources=tuple(resolve_sources(tuple(sources))))
        again = second_build(holder, workers)
    known = {name: getattr(holder, name, None) for name in ("removed", "lineage", "reread")}
    return Opened(holder.table, rebuild=again, reviews=_reviews(holder), **known)


def _reviews(holder: Any) -> pa.Table | None:
    """What people said of the rows as they are now, knowing nothing of the score."""
    folder = getattr(holder, "folder", None)
    if folder is None:
        return None
    from corpus.review.verdicts import current, load_verdicts

    said = load_verdicts(folder)
    if not said.num_rows:
        return None
    table = current(said, holder.table)
    unled = pc.and_(pc.equal(table["status"], "judged"), pc.invert(table["informed"]))
    return table.filter(unled).select(["id", "verdict"])


def table_of(what: Any) -> pa.Table:
    """The rows of what `read` takes, without the turns that a file on disk has beside them."""
    holder = read(what)
    table: pa.Table = holder if isinstance(holder, pa.Table) else holder.table
    return table.drop_columns(["messages"]) if "messages" in table.column_names else table


def _versions(place: Path) -> Mapping[str, str]:
    from corpus.write.folder import read_manifest

    found: dict[str, str] = read_manifest(place)["versions"]
    return found


def _from_path(place: Path, *, foreign: bool) -> Any:
    """A Corpus, or the bare table of what this library did not write."""
    if not place.exists():
        raise ConfigError("there is nothing at this place", where=place, hint=near_path(place) or "check the spelling")
    if place.is_dir() and (place / _MANIFEST).is_file() and not foreign:
        from corpus.corpus import load

        return load(place)
    if place.is_dir():
        return _from_folder(place)
    if not place.is_file():
        raise ConfigError("this is no file", where=place, expected="a corpus, or Parquet", got="a device or a pipe")
    return _read(place)


def _from_folder(place: Path) -> pa.Table:
    """The rows of all Parquet files below a folder, in the order of their paths; hidden folders left aside."""
    files = sorted(
        file
        for file in place.rglob("*.parquet")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(place).parts)
    )
    if not files:
        there = sorted(entry.name for entry in place.iterdir())
        raise ConfigError(
            "there is no Parquet in this folder",
            where=place,
            expected="a corpus that this library wrote, or *.parquet",
            got=", ".join(there[:5]) + (", …" if len(there) > 5 else "") or "an empty folder",
            hint=f"a corpus is made of it first: corpus build {place} --out DIR" if ".git" in there else None,
        )
    tables = [_read(file) for file in files]
    for file, table in zip(files, tables, strict=True):
        if not table.schema.equals(tables[0].schema):
            raise SchemaError(
                f"the files of a folder have different columns: {file.name} is not like {files[0].name}",
                expected=_columns(tables[0]),
                got=_columns(table),
                hint="give one file, or a folder of files that belong together",
            )
    return pa.concat_tables(tables)


def _columns(table: pa.Table) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in table.schema)


def _read(file: Path) -> pa.Table:
    try:
        with file.open("rb") as opened_file:
            magic = opened_file.read(len(_MAGIC))
    except OSError as error:
        raise IntegrityError("the file cannot be read", where=file, got=error.strerror) from None
    if magic != _MAGIC:
        reader = _TEXTS.get(file.suffix.lower())
        hint = f"pandas.{reader}({file.name!r}).to_parquet(…) makes Parquet of it" if reader else None
        got = "an empty file" if not magic else f"a file that begins with {magic!r}"
        raise ConfigError("this is no Parquet file", where=file, expected="PAR1 in front", got=got, hint=hint)
    try:
        with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
            return parquet.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        hint = "it is damaged or was not written to its end: get it once more"
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise IntegrityError("a Parquet file cannot be read", where=file, got=told, hint=hint) from None
