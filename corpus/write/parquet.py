"""Parquet that everyone reads and whose bytes follow from the rows alone.

zstd, content-defined chunking and a page index, as the Hub stores them best; page checksums, since without
them a third of random byte errors is read as different data. Row groups hold about 100 MB, files at most 500.
Dictionaries are built anew from the values that are really there: an Arrow dictionary may still hold what a
filter has removed, and it would be written.

Every file is read back and compared with what was to be written before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.entry import MESSAGES, SCHEMA, SPLITS, messages_array
from corpus.errors import IntegrityError
from corpus.fingerprint import fingerprint
from corpus.store import Spool, filtered
from corpus.write.files import sha256_of, sync

__all__ = ["by_split", "read_tables", "write_split", "write_table"]

_FILE_BYTES: Final = 500 * 1024**2
_GROUP_BYTES: Final = 100 * 1024**2
_WINDOW: Final = 65_536


def by_split(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each of `SPLITS`, some of which may be none; rows that were never split are all `train`."""
    splits = table["split"].cast(pa.string()).fill_null("train")
    for name in SPLITS:
        yield name, filtered(table, pc.equal(splits, name))


def write_split(table: pa.Table, folder: Path, split: str) -> list[dict[str, Any]]:
    """Write the rows of one split as `split-00000-of-0000N.parquet`, `messages` added.

    Returns:
        For each file its name, number of rows, bytes, SHA-256 and Arrow bytes.
    """
    count = max(1, -(-table.nbytes // _FILE_BYTES))
    rows = -(-len(table) // count)
    written = []
    for index in range(count):
        part = table.slice(index * rows, rows)
        whole = part.append_column(MESSAGES, messages_array(part)).replace_schema_metadata(SCHEMA.metadata)
        written.append(write_table(whole, folder / f"{split}-{index:05d}-of-{count:05d}.parquet"))
    return written


def write_table(table: pa.Table, path: Path) -> dict[str, Any]:
    """Write one Parquet file, flush it to the disk and read it back.

    Returns:
        Its name, number of rows, bytes, SHA-256 and Arrow bytes, as `datasets` counts them.

    Raises:
        IntegrityError: What was read back is not what was written.
    """
    table = canonical(table)
    group = max(1, _GROUP_BYTES * len(table) // max(1, table.nbytes))
    pq.write_table(
        table,
        path,
        compression="zstd",
        row_group_size=group,
        use_content_defined_chunking=True,
        write_page_index=True,
        write_page_checksum=True,
    )
    sync(path)
    back = pq.read_table(path, page_checksum_verification=True)
    if fingerprint(back) != fingerprint(table):
        raise IntegrityError("a file that was just written reads back differently", where=path, hint="check the disk")
    return {
        "name": path.name,
        "rows": len(table),
        "bytes": path.stat().st_size,
        "arrow_bytes": _plain_bytes(table),
        "sha256": sha256_of(path),
    }


def _plain_bytes(table: pa.Table) -> int:
    """Bytes of a table in memory without dictionaries, which is how `datasets` holds and counts it."""
    size = 0
    for field, column in zip(table.schema, table.columns, strict=True):
        if not pa.types.is_dictionary(field.type):
            size += column.nbytes
            continue
        for start in range(0, len(column), _WINDOW):  # a window at a time: written out, a column may be large
            size += column.slice(start, _WINDOW).cast(field.type.value_type).nbytes
    return size


def canonical(table: pa.Table) -> pa.Table:
    """The same rows in one chunk a column, each dictionary in order of first use and free of unused values."""
    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_dictionary(field.type):
            columns.append(column.cast(field.type.value_type).combine_chunks().dictionary_encode().cast(field.type))
        else:
            columns.append(column.combine_chunks())
    return pa.Table.from_arrays(columns, schema=table.schema)


def read_tables(paths: list[Path], schema: pa.Schema) -> pa.Table:
    """The rows of several files, in that order, with the columns of the schema; memory-mapped once they are large.

    Raises:
        IntegrityError: A file is damaged, or has other columns.
    """
    spool = Spool(schema)
    for path in paths:
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                for index in range(file.num_row_groups):
                    group = file.read_row_group(index, columns=schema.names)
                    spool.add(group.select(schema.names).cast(schema))
        except (pa.ArrowException, OSError, KeyError) as error:
            raise IntegrityError("a Parquet file cannot be read", where=path, got=error) from None
    return spool.table()
