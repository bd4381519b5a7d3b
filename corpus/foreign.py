"""Somebody else's table becomes a corpus: `instruction` and `output`, or `messages`, are enough.

What can be derived is derived (ids from content, one group a row, token estimates); provenance that nobody
knows stays null, and the falsifier says `untested` of it. Columns that the schema does not have are dropped
and named in the lineage, and so are `messages` beside pairs, columns that messages fill, and what turns have
besides role and content (`messages.tool_calls`), so nothing vanishes without a word.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from corpus.entry import MESSAGES, SCHEMA, SIGNALS, estimate_asked, estimate_tokens
from corpus.errors import SchemaError
from corpus.validation import validate

__all__ = ["adopt"]

_NAMESPACE: Final = uuid.UUID("0d1c7d0e-9d58-5d0b-8f0a-6f3c1d9f2a54")
_PAIR: Final = {"instruction", "output"}
_FROM_MESSAGES: Final = {"system", "history", *_PAIR}  # columns that turns fill, whatever the table has in them
_DEFAULTS: Final[Mapping[str, Any]] = {
    "kind": "table",
    "task": "answer",
    "input": "",
    "history": [],
    "origins": [],
    "visibility": "private",
}


def adopt(table: pa.Table, name: str, constants: Mapping[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    """A table with `SCHEMA` from one with other columns, and its line in the lineage.

    Args:
        table: The table as it came.
        name: What rows say as their `source`, where the table does not.
        constants: Column and value for all rows, where the table does not have it.

    Raises:
        SchemaError: The pairs are not there, or a value does not fit its column.
    """
    for column in constants:
        if column not in SCHEMA.names:
            raise SchemaError("there is no such column", column=column, expected=" | ".join(SCHEMA.names), got=column)
    given = set(table.column_names)
    for column in given:
        if table.column_names.count(column) > 1:
            raise SchemaError("the table has a column twice", column=column, expected="one of that name")
    rows = _rows(table)
    for row in rows:
        for column, value in {**_DEFAULTS, "source": name, **constants}.items():
            if row.get(column) is None:
                row[column] = value
        if row.get("category") is None:
            row["category"] = "conversation" if row["history"] else "pair"
    _refuse_other_types(rows)
    _derive(rows)
    arrays = [_array(field, [row.get(field.name) for row in rows]) for field in SCHEMA]
    adopted = pa.Table.from_arrays(arrays, schema=SCHEMA)
    validate(adopted)
    return adopted, {"stage": "adopt", "rows_out": len(adopted), "columns_dropped": _dropped(table)}


def _dropped(table: pa.Table) -> list[str]:
    """What of a table has no place in a corpus: columns, and `messages.tool_calls` for a key inside of them."""
    given = set(table.column_names)
    if given >= _PAIR:
        used = given & set(SCHEMA.names)
    else:
        used = (given & set(SCHEMA.names)) - _FROM_MESSAGES | {MESSAGES.name}
    kept = {field.name: _keys(field.type) for field in [*SCHEMA, MESSAGES]}
    inside = {f"{n}.{key}" for n in used for key in _keys(table.schema.field(n).type) - kept[n]}
    return sorted((given - used) | inside)


def _keys(kind: pa.DataType) -> set[str]:
    """The names inside a column of structs, or of lists of them."""
    while not pa.types.is_map(kind) and hasattr(kind, "value_type"):
        kind = kind.value_type
    return {field.name for field in kind} if pa.types.is_struct(kind) else set()


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    names = set(table.column_names)
    if names >= _PAIR:
        rows: list[dict[str, Any]] = table.select([n for n in table.column_names if n in SCHEMA.names]).to_pylist()
        for column in ("instruction", "output"):
            _refuse_nulls(rows, column)
        return rows
    if MESSAGES.name in names:
        kept = [n for n in table.column_names if n in SCHEMA.names or n == MESSAGES.name]
        return [_from_messages(row, index) for index, row in enumerate(table.select(kept).to_pylist())]
    raise SchemaError(
        "the table has no pairs",
        expected="the columns instruction and output, or messages",
        got=", ".join(table.column_names) or "no columns",
        hint="rename them first: table.rename_columns({...})",
    )


def _refuse_nulls(rows: Sequence[Mapping[str, Any]], column: str) -> None:
    for index, row in enumerate(rows):
        if row[column] is None:
            raise SchemaError("a value is missing", column=column, row=index, expected="text", got=None)


def _from_messages(row: dict[str, Any], index: int) -> dict[str, Any]:
    """System prompt, history, question and answer from chat turns that end with question and answer."""
    turns = row.pop(MESSAGES.name) or []
    if not _is_turns(turns):
        raise _misfit(MESSAGES.name, index, "a list of turns with role and content", turns)
    system, turns = (turns[0]["content"], turns[1:]) if turns and turns[0]["role"] == "system" else (None, turns)
    roles = [turn["role"] for turn in turns]
    if roles[-2:] != ["user", "assistant"]:
        raise SchemaError(
            "a conversation does not end with a question and its answer",
            column=MESSAGES.name,
            row=index,
            expected="…, user, assistant",
            got=", ".join(roles) or "no turns",
        )
    history = [{"role": turn["role"], "content": turn["content"]} for turn in turns[:-2]]
    pair = {"instruction": turns[-2]["content"], "output": turns[-1]["content"]}
    return {**row, "system": system, "history": history, **pair}


def _refuse_other_types(rows: Sequence[Mapping[str, Any]]) -> None:
    """What is derived is derived from texts: numbers or lists in their place are an error that names the row."""
    for index, row in enumerate(rows):
        for column in ("system", "instruction", "input", "output"):
            if not isinstance(row.get(column), str | None):
                raise _misfit(column, index, "text", row[column])
        if not _is_turns(row["history"]):
            raise _misfit("history", index, "a list of turns with role and content", row["history"])
        if not isinstance(row.get("signals"), Mapping | None):
            raise _misfit("signals", index, "name and number", row["signals"])


def _is_turns(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(turn, Mapping) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)
        for turn in value
    )


def _misfit(column: str, row: int, expected: object, got: object) -> SchemaError:
    return SchemaError("a value does not fit its column", column=column, row=row, expected=expected, got=repr(got)[:80])


def _derive(rows: Sequence[dict[str, Any]]) -> None:
    """Ids from content and an ordinal among equals, a group of its own, and token estimates, where they are missing."""
    seen: Counter[str] = Counter()
    for row in rows:
        content = "\0".join(str(row.get(name)) for name in ("system", "history", "instruction", "input", "output"))
        if row.get("id") is None:
            row["id"] = str(uuid.uuid5(_NAMESPACE, f"{row['source']}\0{content}\0{seen[content]}"))
            seen[content] += 1
        if row.get("group") is None:
            row["group"] = row["id"]
        if row.get("tokens_input") is None:
            row["tokens_input"] = estimate_asked(row)
        if row.get("tokens_output") is None:
            row["tokens_output"] = estimate_tokens(row["output"])
        if row.get("signals") is not None:
            row["signals"] = {name: row["signals"].get(name) for name in SIGNALS}


def _array(field: pa.Field, values: list[Any]) -> pa.Array:
    plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    try:
        return pa.array(values, plain).cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        row, got = next(((i, v) for i, v in enumerate(values) if not _fits(v, plain)), (None, None))
        raise _misfit(field.name, row or 0, plain, got) from None


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], kind).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        return False
    return True
