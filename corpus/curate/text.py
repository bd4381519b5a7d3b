"""Normalising: the same text is written the same way, so that it can be compared, hashed and read.

Prose becomes NFC, with line feeds only, no form feeds, no blanks at the ends of lines, no byte order mark and no
blank lines around it. Code keeps its characters (a string literal may mean its own form), and only its line ends,
its form feeds (page breaks of old files) and the blank lines around it change. What is normalised here is recorded,
and replayed when rows are verified.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from corpus.curate.stage import Stage
from corpus.engines import current
from corpus.entry import CODE_COLUMNS, REMOVED_SCHEMA, estimate_asked, estimate_tokens
from corpus.store import Spool, batches, with_columns

__all__ = ["VERSION", "normalize", "normalize_row"]

VERSION: Final = "normalize-2"

_TEXT: Final = ("instruction", "input", "output")
_LINE_ENDS: Final = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_CODE_LINE_ENDS: Final = re.compile(r"\r\n?")
_TRAILING: Final = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_EDGES: Final = re.compile(r"\A(?:\ufeff|[ \t]*\n)+|\s+\Z")


def normalize(table: pa.Table) -> Stage:
    """Normalise the texts of every row, and estimate its tokens again. Removes nothing."""
    done = Spool(table.schema)
    changed = 0
    for after, count in current().map(_normalized, batches(table)):
        done.add(after)
        changed += count
    return Stage(
        "normalize", VERSION, {}, len(table), done.table(), REMOVED_SCHEMA.empty_table(), {"texts_changed": changed}
    )


def _normalized(batch: pa.Table) -> tuple[pa.Table, int]:
    """A batch with its texts normalised, and how many of them changed."""
    rows = batch.select(["task", "language", "system", "history", *_TEXT]).to_pylist()
    after = [normalize_row(row) for row in rows]
    changed = sum(old[name] != new[name] for old, new in zip(rows, after, strict=True) for name in _TEXT)
    return _replaced(batch, after), changed


def normalize_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row with its texts normalised: a pure function, replayed when a row is extracted again.

    Args:
        row: Column name to value; `task`, `language` and the texts are looked at.
    """
    code_columns = CODE_COLUMNS.get(row["task"], ()) if row["language"] else ()
    texts = {name: _code(row[name]) if name in code_columns else _prose(row[name]) for name in _TEXT}
    history = [{"role": turn["role"], "content": _prose(turn["content"])} for turn in row["history"]]
    system = None if row["system"] is None else _prose(row["system"])
    return {**row, **texts, "history": history, "system": system}


def _prose(text: str) -> str:
    text = _LINE_ENDS.sub("\n", text.replace("\f", ""))
    return _BLANK_EDGES.sub("", _TRAILING.sub("", unicodedata.normalize("NFC", text)))


def _code(text: str) -> str:
    return _BLANK_EDGES.sub("", _CODE_LINE_ENDS.sub("\n", text.replace("\f", "")))


def _replaced(batch: pa.Table, rows: list[dict[str, Any]]) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in ("system", "history", *_TEXT)}
    columns["tokens_input"] = [estimate_asked(row) for row in rows]
    columns["tokens_output"] = [estimate_tokens(row["output"]) for row in rows]
    return with_columns(batch, columns)
