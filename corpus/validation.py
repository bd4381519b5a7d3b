"""Is a table a corpus? Errors name the column, the first row that is wrong, what was expected and what is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.entry import CATEGORIES, KINDS, ROLES, SCHEMA, SPLITS, TASKS, VISIBILITIES
from corpus.errors import SchemaError

__all__ = ["is_known_or_own", "validate", "validate_ids"]

_UUID: Final = r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z"
_OWN_NAME: Final = re.compile(r"x-[a-z0-9]+(-[a-z0-9]+)*\Z")


def validate(table: pa.Table, schema: pa.Schema = SCHEMA) -> None:
    """Refuse a table that is not a corpus.

    Args:
        table: The table to look at.
        schema: `SCHEMA`, or `REMOVED_SCHEMA` for removed rows.

    Raises:
        SchemaError: Names the column, the first row that is wrong, what was expected and what was found.
    """
    _validate_columns(table, schema)
    _validate_nulls(table, schema)
    _validate_text(table)
    for column, allowed, open_ended in (
        ("kind", KINDS, True),
        ("category", CATEGORIES, True),
        ("task", TASKS, True),
        ("visibility", VISIBILITIES, False),
        ("split", SPLITS, False),
    ):
        _validate_values(table, column, allowed, open_ended=open_ended)
    validate_ids(table)
    _validate_lines(table)
    _validate_range(table, "quality", 0.0, 1.0)
    for name in ("tokens_input", "tokens_output"):
        _validate_range(table, name, 0, 2**31 - 1)
    _validate_roles(table)


def _validate_columns(table: pa.Table, schema: pa.Schema) -> None:
    for name in schema.names:
        if name not in table.column_names:
            raise SchemaError(
                "a column is missing",
                column=name,
                expected=schema.field(name).type,
                got="no such column",
                hint="corpus.from_arrow() adds what can be derived",
            )
    for name in table.column_names:
        if name not in schema.names:
            raise SchemaError("a column is not part of the schema", column=name, expected="no such column", got=name)
    for name in schema.names:
        expected, got = schema.field(name).type, table.schema.field(name).type
        if expected != got:
            raise SchemaError("a column has another type", column=name, expected=expected, got=got)


def _validate_nulls(table: pa.Table, schema: pa.Schema) -> None:
    for name in (f.name for f in schema if not f.nullable):
        if table[name].null_count:
            row = _first(pc.is_null(table[name]))
            raise SchemaError("a value is missing", column=name, row=row, expected=schema.field(name).type, got=None)


def _validate_text(table: pa.Table) -> None:
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise SchemaError("the table's buffers are damaged", expected="valid Arrow data", got=error) from None


def _validate_values(table: pa.Table, column: str, allowed: Sequence[str], *, open_ended: bool) -> None:
    for value in pc.unique(table[column].cast(pa.string())).to_pylist():
        if value is None or value in allowed or (open_ended and is_known_or_own(value, allowed)):
            continue
        row = _first(pc.equal(table[column].cast(pa.string()), value))
        own = ", or a name of your own that starts with x-" if open_ended else ""
        raise SchemaError(
            f"unknown {column}", column=column, row=row, expected=" | ".join(allowed) + own, got=repr(value)
        )


def is_known_or_own(value: object, allowed: Sequence[str]) -> bool:
    """Whether a kind, category or task is one of ours, or one of the user's own that starts with `x-`."""
    return isinstance(value, str) and (value in allowed or _OWN_NAME.match(value) is not None)


def validate_ids(table: pa.Table) -> None:
    """Refuse a table in which an id is no UUID or stands twice, see `validate`."""
    ids = table["id"]
    row = _first(pc.invert(pc.match_substring_regex(ids, _UUID)))
    if row is not None:
        raise SchemaError(
            "an id is not a UUID",
            column="id",
            row=row,
            expected="a UUID in its canonical form",
            got=repr(ids[row].as_py()),
        )
    if pc.count_distinct(ids).as_py() == len(table):
        return
    seen: dict[str, int] = {}
    for row, value in enumerate(ids.to_pylist()):
        if value in seen:
            raise SchemaError(
                "an id occurs twice",
                column="id",
                row=row,
                expected="unique ids",
                got=f"{value}, as in row {seen[value]}",
            )
        seen[value] = row


def _validate_lines(table: pa.Table) -> None:
    start, end = table["line_start"], table["line_end"]
    for wrong, what in (
        (pc.xor(pc.is_null(start), pc.is_null(end)), "only one of line_start and line_end is known"),
        (pc.less(start, 1), "a line number is below 1"),
        (pc.less(end, start), "a row ends before it starts"),
    ):
        row = _first(wrong)
        if row is not None:
            got = f"{start[row].as_py()}-{end[row].as_py()}"
            raise SchemaError(what, column="line_start", row=row, expected="1 <= line_start <= line_end", got=got)


def _validate_range(table: pa.Table, column: str, low: float, high: float) -> None:
    values = table[column]
    inside = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))  # false for NaN
    row = _first(pc.invert(inside))
    if row is not None:
        raise SchemaError(
            "a value is out of range", column=column, row=row, expected=f"{low} to {high}", got=values[row].as_py()
        )


def _validate_roles(table: pa.Table) -> None:
    roles = pc.unique(pc.struct_field(pc.list_flatten(table["history"]), "role")).to_pylist()
    unknown = sorted(set(roles) - set(ROLES))
    if not unknown:
        return
    for row, turns in enumerate(table["history"].to_pylist()):
        if any(turn["role"] in unknown for turn in turns):
            raise SchemaError(
                "unknown role", column="history", row=row, expected=" | ".join(ROLES), got=repr(unknown[0])
            )


def _first(mask: pa.ChunkedArray) -> int | None:
    """The first row where the mask is true; null counts as false."""
    index = pc.index(mask, True).as_py()
    return None if index < 0 else int(index)
