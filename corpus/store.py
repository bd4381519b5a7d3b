"""Tables that may be larger than memory: rows are added in batches and come back as one Arrow table.

Below `IN_MEMORY` bytes they stay in memory. Above it they go to a temporary file in Arrow's stream format,
which is memory-mapped: the system reads what is looked at and drops what is not. What was looked at counts as memory of
this process until then, so whoever goes over a table gives it back on the way. The file never has a name, so nothing
stays behind, whatever ends the process.
"""

from __future__ import annotations

import mmap
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

__all__ = ["BATCH_ROWS", "IN_MEMORY", "Spool", "batches", "concat", "filtered", "picked", "release", "with_columns"]

IN_MEMORY: Final = 256 * 1024**2
BATCH_ROWS: Final = 4096
_RELEASED: Final = 16  # batches that are gone over before their pages are given back

_MAPPED: Final[weakref.WeakSet[mmap.mmap]] = weakref.WeakSet()


class Spool:
    """Collects tables of one schema and gives them back as one.

    Args:
        schema: The schema of every table that will be added.
        limit: Bytes to hold in memory before a file is used.
    """

    def __init__(self, schema: pa.Schema, *, limit: int = IN_MEMORY) -> None:
        self._schema = schema
        self._limit = limit
        self._held: list[pa.Table] = []
        self._bytes = 0
        self._file: Any = None
        self._writer: Any = None

    def add(self, table: pa.Table) -> None:
        """Append rows. The table's columns must be those of the schema, in that order."""
        if not len(table):
            return
        table = pa.Table.from_arrays(table.columns, schema=self._schema)
        if self._writer is not None:
            self._writer.write_table(table)
            return
        self._held.append(table)
        self._bytes += table.nbytes
        if self._bytes > self._limit:
            self._spill()

    def table(self) -> pa.Table:
        """All rows in the order in which they were added. The spool is finished after this."""
        if self._file is None:
            return pa.concat_tables(self._held) if self._held else self._schema.empty_table()
        self._writer.close()
        with self._file as file:
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        _MAPPED.add(mapped)
        return pa.ipc.open_stream(pa.py_buffer(mapped)).read_all()

    def _spill(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by table(), or with the process
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        for table in self._held:
            self._writer.write_table(table)
        self._held.clear()


def release() -> None:
    """Give back the memory in which temporary files are mapped; what is looked at again is read again."""
    if hasattr(mmap, "MADV_DONTNEED"):
        for mapped in tuple(_MAPPED):
            mapped.madvise(mmap.MADV_DONTNEED)


def _in_turn(count: int) -> Iterator[int]:
    """0 to `count`, and now and then the pages of what was looked at are given back."""
    for number in range(count):
        yield number
        if number % _RELEASED == _RELEASED - 1:
            release()


def batches(table: pa.Table, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """The table in slices of at most `rows` rows, without copying."""
    for number in _in_turn(-(-len(table) // rows)):
        yield table.slice(number * rows, rows)


def concat(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Tables of one schema as one, without copying; an empty one where there is none."""
    found = [table for table in tables if len(table)]
    return pa.concat_tables(found) if found else schema.empty_table()


def filtered(table: pa.Table, mask: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The rows for which the mask is true; null counts as false."""
    spool = Spool(table.schema)
    for number, batch in enumerate(batches(table)):
        spool.add(batch.filter(mask.slice(number * BATCH_ROWS, BATCH_ROWS)))
    return spool.table()


def picked(table: pa.Table, rows: Any) -> Iterator[pa.Table]:
    """Rows by their ascending numbers, batch by batch: a whole column may be larger than one array can be."""
    cuts = np.searchsorted(rows, np.arange(0, len(table) + BATCH_ROWS, BATCH_ROWS))
    for number in _in_turn(len(cuts) - 1):
        start, stop = cuts[number : number + 2]
        if stop > start:
            yield table.slice(number * BATCH_ROWS, BATCH_ROWS).take(pa.array(rows[start:stop] - number * BATCH_ROWS))


def with_columns(table: pa.Table, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """The table with some of its columns replaced by plain values, one a row, in the column's own type."""
    for name, values in columns.items():
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        table = table.set_column(index, field, pa.array(values, plain).cast(field.type))
    return table
