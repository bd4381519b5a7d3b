"""A hash of what a table says, whatever its chunks, offsets, dictionaries and the bytes under its nulls.

It binds a falsification report to the rows that were judged: Arrow holds equal tables in many forms, so
neither its buffers nor a Parquet file written by another version can be hashed as they are.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["fingerprint"]

_WINDOW: Final = 65_536


def fingerprint(table: pa.Table) -> str:
    """The BLAKE2b-256 of a table's column names and values, as 64 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=32)
    for name, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"{name}\0{len(column)}\0".encode())
        for start in range(0, len(column), _WINDOW):  # windows of rows, so that chunks do not matter
            _update(digest, _whole(column.slice(start, _WINDOW)))
    return digest.hexdigest()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _update(digest: Any, array: pa.Array) -> None:
    kind = array.type
    if pa.types.is_dictionary(kind):
        _update(digest, array.cast(kind.value_type))
    else:
        digest.update(np.packbits(array.is_null().to_numpy(zero_copy_only=False)).tobytes())
        _update_values(digest, array)


def _update_values(digest: Any, array: pa.Array) -> None:
    kind = array.type
    if pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            _update(digest, pc.struct_field(array, index))
    elif pa.types.is_list(kind):
        _update_numbers(digest, pc.list_value_length(array))
        _update(digest, pc.list_flatten(array))
    elif pa.types.is_string(kind):
        _update_numbers(digest, pc.binary_length(array))
        digest.update(_text_bytes(array.drop_null()))
    elif pa.types.is_timestamp(kind):
        _update_numbers(digest, array.cast(pa.int64()))
    elif pa.types.is_boolean(kind):
        _update_numbers(digest, array.cast(pa.int8()))
    else:
        _update_numbers(digest, array)


def _update_numbers(digest: Any, array: pa.Array) -> None:
    digest.update(np.ascontiguousarray(array.fill_null(0).to_numpy(zero_copy_only=False)).tobytes())


def _text_bytes(array: pa.Array) -> memoryview:
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return memoryview(data)[ends[0] : ends[-1]]
