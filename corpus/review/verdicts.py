"""What reviewers said of rows: one Parquet file beside the corpus, in `.private/`, written whole or not at all.

It holds texts that people typed (notes, corrections), which nobody redacts, so it is never published. A verdict is
bound to the row's text by a hash: on a row whose text has changed since, it does not count (`current`). One row a
reviewer and row of the corpus; a later verdict replaces an earlier one.

The file is written anew for each verdict: with 500 verdicts of 1 kB that takes some 10 ms, and a person needs seconds
for each. In return there is one file that is complete whenever a process dies.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.curate.corrections import text_hash, text_hashes
from corpus.errors import BuildError, IntegrityError
from corpus.places import place_of
from corpus.write.files import private_folder, replace_file

__all__ = [
    "CRITERIA",
    "SCHEMA",
    "SCHEMA_VERSION",
    "VERDICTS",
    "current",
    "forget_verdicts",
    "load_verdicts",
    "save_verdicts",
    "text_hash",
    "text_hashes",
    "verdicts_path",
]

CRITERIA: Final = ("accurate", "helpful", "idiomatic", "complete")
"""What is asked of a row beside the verdict; each is yes, no, or not said."""

VERDICTS: Final = ("good", "bad")

SCHEMA_VERSION: Final = 1

SCHEMA: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # of the row
        pa.field("text_hash", pa.string(), nullable=False),  # of the row's text as it was shown
        pa.field("reviewer", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),  # judged, skipped, or open: taken back
        pa.field("verdict", pa.string()),  # good or bad; null unless judged
        *(pa.field(name, pa.bool_()) for name in CRITERIA),
        pa.field("note", pa.string(), nullable=False),
        pa.field("correction", pa.string()),  # the answer as the reviewer would have it
        pa.field("informed", pa.bool_(), nullable=False),  # given after signals and quality had been seen
        pa.field("seconds", pa.float64(), nullable=False),  # that the row was looked at
        pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),  # of the sample
        pa.field("rows", pa.int64(), nullable=False),  # in the sample that was asked for
        pa.field("weight", pa.float64(), nullable=False),  # rows of the corpus that this one stands for in the sample
    ],
    metadata={"corpus.reviews_version": str(SCHEMA_VERSION)},
)
"""A verdict. `id` and `verdict` are what `Corpus.calibrate` reads; `verdict` is null where a row was skipped."""

FILE: Final = "reviews.parquet"
_LOCK: Final = "reviews.lock"
_ORDER: Final = ("at", "reviewer", "id")
_PATIENCE: Final = 20.0  # seconds to wait for another reviewer's write, which takes some milliseconds


def verdicts_path(folder: str | PathLike[str]) -> Path:
    """Where the verdicts on a corpus lie."""
    from corpus.write.folder import PRIVATE

    return place_of(folder) / PRIVATE / FILE


def load_verdicts(folder: str | PathLike[str], *, all: bool = False) -> pa.Table:  # noqa: A002 - the word for it
    """The verdicts on a corpus, with `SCHEMA`, oldest first.

    Args:
        folder: The folder of a corpus; no verdicts where nobody reviewed it.
        all: Also those that were taken back (`status` is `open`).

    Raises:
        IntegrityError: The file is damaged, or another version wrote it.
    """
    path = verdicts_path(folder)
    try:  # opened once: another reviewer may put a new file in its place between two looks at its name
        with path.open("rb") as file:
            found = pq.read_table(pa.BufferReader(file.read()), page_checksum_verification=True)
    except FileNotFoundError:
        return SCHEMA.empty_table()
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError("the verdicts cannot be read", where=path, got=str(error)[:200]) from None
    version = (found.schema.metadata or {}).get(b"corpus.reviews_version", b"none").decode(errors="replace")
    if version != str(SCHEMA_VERSION) or found.schema.names != SCHEMA.names:
        raise IntegrityError(
            "the verdicts were written with another schema",
            where=path,
            expected=f"version {SCHEMA_VERSION}",
            got=version,
        )
    table = found.cast(SCHEMA)
    if all:
        return table
    return table.filter(pa.array([status != "open" for status in table["status"].to_pylist()], pa.bool_()))


def current(verdicts: pa.Table, table: pa.Table) -> pa.Table:
    """The verdicts whose row is in a corpus and says what it said when it was judged.

    Args:
        verdicts: With `SCHEMA`.
        table: The rows of a corpus, with `corpus.entry.SCHEMA`.
    """
    import pyarrow.compute as pc

    judged = table.filter(pc.is_in(table["id"], verdicts["id"].unique()))
    known = dict(text_hashes(judged))
    pairs = zip(verdicts["id"].to_pylist(), verdicts["text_hash"].to_pylist(), strict=True)
    return verdicts.filter(pa.array([known.get(id_) == hash_ for id_, hash_ in pairs], pa.bool_()))


def save_verdicts(folder: str | PathLike[str], records: Iterable[Mapping[str, Any]]) -> None:
    """Add verdicts, each in place of what the same reviewer said of the same row; on disk when this returns.

    Args:
        folder: The folder of a corpus.
        records: One mapping a verdict, with the columns of `SCHEMA`.

    Raises:
        IntegrityError: What is there is damaged; it is left as it is.
        BuildError: Another process holds the file for too long.
    """
    fresh = {(one["reviewer"], one["id"]): dict(one) for one in records}
    private = verdicts_path(folder).parent
    with locked(private):
        kept = [row for row in load_verdicts(folder, all=True).to_pylist() if (row["reviewer"], row["id"]) not in fresh]
        write_file(private, as_table([*kept, *fresh.values()]))


def forget_verdicts(folder: str | PathLike[str], ids: set[str], named: Any) -> int:
    """Take away what reviewers said of rows that have gone, and what names somebody who is forgotten.

    Args:
        folder: The folder of a corpus.
        ids: The rows that are still there, removed ones included. A verdict on any other row goes: nothing says
            whose that row was.
        named: Tells of a text whether it names them.

    Returns:
        How many went.
    """
    private = verdicts_path(folder).parent
    if not (private / FILE).exists():
        return 0
    with locked(private):
        rows = load_verdicts(folder, all=True).to_pylist()
        texts = [(row["note"], row["correction"] or "", row["reviewer"]) for row in rows]
        kept = [
            row
            for row, said in zip(rows, texts, strict=True)
            if row["id"] in ids and not any(named(text) for text in said if text)
        ]
        if len(kept) < len(rows):
            write_file(private, as_table(kept))
    return len(rows) - len(kept)


def as_table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Verdicts in the order of the file, oldest first."""
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in _ORDER))
    return pa.Table.from_pylist([dict(row) for row in ordered], schema=schema)


def write_file(private: Path, table: pa.Table) -> None:
    """Put verdicts in the place of those in a `.private` folder, whole or not at all; the caller holds the lock."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    replace_file(private / FILE, sink.getvalue())


@contextmanager
def locked(private: Path) -> Iterator[None]:
    """Hold the verdicts in a `.private` folder for this process and thread: two reviewers may be at work at once."""
    import filelock

    lock = filelock.FileLock(private_folder(private) / _LOCK, timeout=_PATIENCE)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise BuildError("another process holds the verdicts", where=private / _LOCK, hint="try again") from None
    try:
        yield
    finally:
        lock.release()
