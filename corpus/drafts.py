"""What a unit yields, as it travels from a worker and lies in the cache: an Arrow record batch of its rows.

Light to import: a worker needs nothing else of Arrow, and starts a tenth of a second sooner.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.abc import MetaPathFinder
from typing import Any, Final

import pyarrow as pa

from corpus.entry import SCHEMA, Entry, origin_row, signals_row
from corpus.sources.base import Skip, SkipUnit, Source, Unit
from corpus.sources.reading import printable

__all__ = ["DRAFT", "batch_of", "decode", "draft_entries", "extract_unit"]

_DERIVED: Final = {"id", "kind", "source", "visibility", "tokens_input", "tokens_output", "group", "split", "quality"}
DRAFT: Final = pa.schema(
    [
        pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
        for f in SCHEMA
        if f.name not in _DERIVED
    ]
)
"""What a unit yields and the cache holds: an entry without what follows from its unit and its source."""


def extract_unit(source: Source, unit: Unit) -> bytes | Skip:
    """The rows of one unit as the bytes of an Arrow record batch, or why there are none. Runs in a worker.

    A unit that was read and has no rows, as every second file of code has none, is no bytes at all.
    """
    _allocate_plainly()
    try:
        rows = list(source.extract(unit))
    except SkipUnit as skip:
        return Skip(unit.path, printable(skip.reason), printable(skip.detail))
    if not rows:
        return b""
    plain = batch_of(rows).serialize()
    return len(plain).to_bytes(8, "little") + bytes(pa.compress(plain, codec="zstd"))


def decode(data: bytes) -> pa.RecordBatch:
    """The rows behind `extract_unit`'s bytes."""
    if not data:
        return _no_rows()
    size = int.from_bytes(data[:8], "little")
    return pa.ipc.read_record_batch(pa.decompress(data[8:], decompressed_size=size, codec="zstd"), DRAFT)


@cache
def _no_rows() -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in DRAFT], schema=DRAFT)


def batch_of(rows: list[Entry]) -> pa.RecordBatch:
    """Entries as rows of a draft, column by column: a dict for each row would take longer than parsing."""
    for entry in rows:
        if not isinstance(entry, Entry):
            raise TypeError(f"extract() yielded {type(entry).__name__}, expected corpus.Entry")
    _keep_pandas_out()
    return pa.RecordBatch.from_arrays([_draft_column(rows, f) for f in DRAFT], schema=DRAFT)


def _draft_column(rows: list[Entry], field_: pa.Field) -> pa.Array:
    values = [getattr(entry, field_.name) for entry in rows]
    if not any(values) and field_.nullable and all(value is None for value in values):
        return pa.nulls(len(rows), field_.type)
    if field_.name in _NESTED:
        values = _NESTED[field_.name](values)
    return pa.array(values, field_.type)


_NESTED: Final[Mapping[str, Callable[[list[Any]], list[Any]]]] = {
    "history": lambda values: [[{"role": m.role, "content": m.content} for m in turns] for turns in values],
    "origins": lambda values: [[origin_row(origin) for origin in origins] for origins in values],
    "signals": lambda values: [signals_row(signals) for signals in values],
}


@cache
def _allocate_plainly() -> None:
    """Let Arrow take what it needs: its own allocator takes a gibibyte of addresses at once, which may be the limit."""
    pa.set_memory_pool(pa.system_memory_pool())


@cache
def _keep_pandas_out() -> None:
    """Build a first array with pandas out of reach, in a worker: else pyarrow imports it, a quarter of a second.

    It asks for pandas once, to recognise its objects, and again when one is really wanted.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([""])
    finally:
        sys.meta_path.remove(finder)


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError("not now", name=fullname)


def draft_entries(data: bytes) -> list[dict[str, Any]]:
    """The rows behind `extract_unit`'s bytes, as plain dicts without what is derived."""
    rows: list[dict[str, Any]] = decode(data).to_pylist()
    return rows
