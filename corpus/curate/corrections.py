"""Corrections by hand: an answer as a reviewer would have it, put in place of the one that the source gives.

A correction is bound to the text that it corrects by a hash. Where a row says something else by now it is not
applied: somebody would otherwise answer a question that they were never shown. What was typed is redacted as
everything else is. The lineage names the rows and the hash of what each said before, so that a corrected row is still
verified: what its source gives again must be what was corrected.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow as pa

from corpus.curate.redaction import Redactor
from corpus.curate.stage import Stage
from corpus.entry import CODE_COLUMNS, REMOVED_SCHEMA, estimate_tokens
from corpus.store import batches, with_columns

__all__ = ["HASHED", "VERSION", "correct", "text_hash", "text_hashes"]

VERSION: Final = "correct-1"
HASHED: Final = ("system", "history", "instruction", "input", "output")
"""What a reviewer judges of a row; the columns of its hash."""


def text_hash(row: Mapping[str, Any]) -> str:
    """A hash of what a reviewer judges, 32 hexadecimal digits: the `text_hash` of `reviews.parquet`."""
    told = json.dumps([row[name] for name in HASHED], ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def text_hashes(table: pa.Table) -> Iterator[tuple[str, str]]:
    """The id of each row of a corpus, and the hash of its text."""
    for batch in batches(table.select(["id", *HASHED])):
        for row in batch.to_pylist():
            yield row["id"], text_hash(row)


def correct(table: pa.Table, corrections: Mapping[tuple[str, str], str], redactor: Redactor | None = None) -> Stage:
    """The rows with the answers that were corrected.

    Args:
        table: Rows with `SCHEMA`, redacted.
        corrections: Id and text hash of a row to its answer.
        redactor: What redacted the rows, for what was typed.
    """
    outputs: list[str] = []
    tokens: list[int] = []
    rows: dict[str, str] = {}
    for batch in batches(table.select(["id", "task", "language", "tokens_output", *HASHED])):
        for row in batch.to_pylist():
            hash_ = text_hash(row)
            told = corrections.get((row["id"], hash_))
            if told is None or told == row["output"]:
                outputs.append(row["output"])
                tokens.append(row["tokens_output"])
                continue
            code = row["language"] if "output" in CODE_COLUMNS.get(row["task"], ()) else None
            said = told if redactor is None else redactor.text(told, code)[0]
            outputs.append(said)
            tokens.append(estimate_tokens(said))
            rows[row["id"]] = hash_
    done = with_columns(table, {"output": outputs, "tokens_output": tokens}) if rows else table
    return Stage("correct", VERSION, {"rows": rows}, len(table), done, REMOVED_SCHEMA.empty_table(), {})
