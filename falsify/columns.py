"""Somebody else's columns under our names: any table of instruction pairs can be judged.

    falsify.falsify("theirs.parquet", columns={"instruction": "prompt", "output": "completion"})

Our names stand left, theirs right, and only what the map names is read: a column that happens to be called `id` or
`quality` means something else there. What can be derived is derived as `corpus.from_arrow` does it (ids from content,
each row a group of its own); what nobody knows stays unknown, and the tests that need it are `untested`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import pyarrow as pa

from corpus.entry import MESSAGES, SCHEMA
from corpus.errors import SchemaError
from corpus.foreign import adopt
from corpus.guess import did_you_mean

__all__ = ["adopted", "is_ours", "mapped", "needs_a_map"]

_PAIR: Final = ("instruction", "output")
_DERIVED: Final = ("id", "signals", "origins")  # of other types there, or made from the rest here
_OURS: Final = ("id", "kind", "task", "group")  # a table that has these was meant to be a corpus
_ALIASES: Final = {
    "instruction": ("instruction", "prompt", "question", "query", "problem", "input"),
    "output": ("output", "completion", "response", "answer", "solution", "chosen"),
    "messages": ("messages", "conversations", "conversation", "turns", "chat"),
}


def is_ours(table: pa.Table) -> bool:
    """Whether a table was meant to be a corpus of this library, right or wrong."""
    return set(table.column_names) >= set(_OURS)


def needs_a_map(table: pa.Table, where: object) -> SchemaError:
    """The error that says how to name the columns of a table that is none of ours."""
    guess = _guess(table.column_names)
    told = " ".join(f"--column {ours}={theirs}" for ours, theirs in guess.items())
    return SchemaError(
        f"the table is not a corpus of this library: {where}",
        expected="its columns, or a map of instruction and output, or of messages, to the table's own",
        got=", ".join(table.column_names) or "no columns",
        hint=f"perhaps {told}, or columns={guess!r}" if guess else "--column instruction=… --column output=…",
    )


def _guess(names: Iterable[str]) -> dict[str, str]:
    folded = {name.casefold(): name for name in names}
    found = {
        ours: next((folded[alias] for alias in aliases if alias in folded), None) for ours, aliases in _ALIASES.items()
    }
    pair = {ours: theirs for ours in _PAIR if (theirs := found[ours]) is not None}
    if len(pair) == len(_PAIR) and len(set(pair.values())) == len(_PAIR):
        return pair
    return {"messages": found["messages"]} if found["messages"] is not None else {}


def mapped(table: pa.Table, columns: Mapping[str, str]) -> pa.Table:
    """The columns that the map names, under our names.

    Raises:
        SchemaError: A name on either side is none, a column serves twice, or the pairs are not among them.
    """
    ours = [name for name in SCHEMA.names if name not in _DERIVED] + [MESSAGES.name]
    for name, theirs in columns.items():
        _known(name, ours, "the map names a column that a corpus does not have")
        _known(theirs, table.column_names, f"the map looks for {name!r} in a column that the table does not have")
        if table.column_names.count(theirs) > 1:
            raise SchemaError("the table has a column twice", column=theirs, expected="one of that name")
    if not set(columns) >= set(_PAIR) and MESSAGES.name not in columns:
        raise SchemaError(
            "the map does not say where the pairs are",
            expected="instruction and output, or messages",
            got=", ".join(columns) or "an empty map",
        )
    return pa.table({name: _plain(table[theirs]) for name, theirs in columns.items()})


def adopted(table: pa.Table, columns: Mapping[str, str], name: str) -> pa.Table:
    """A table with our schema from somebody else's.

    Args:
        table: As it came.
        columns: Our names and theirs.
        name: What the rows say as their `source`.

    Raises:
        SchemaError: The map or the table does not fit, a value is missing, or a value does not fit its column.
    """
    rows, _ = adopt(mapped(table, columns), name, {})
    return rows


def _known(name: object, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name in known:
        return
    hint = did_you_mean(name, known, alike=0.5)
    raise SchemaError(what, expected=", ".join(known) or "no columns", got=repr(name), hint=hint)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without dictionaries and views, which other writers use where we do not."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    return column
