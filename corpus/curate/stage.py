"""What every stage gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from corpus.entry import REMOVED_SCHEMA, SCHEMA

__all__ = ["Stage", "removed_rows"]


@dataclass(frozen=True, slots=True)
class Stage:
    """The outcome of a stage.

    Attributes:
        name: What the lineage and the `stage` column of removed rows call it.
        version: Changes whenever the same input may give another output.
        config: What it was told, as JSON values.
        rows_in: Number of rows before it.
        table: The rows after it, with `SCHEMA`.
        removed: The rows that it removed, with `REMOVED_SCHEMA`.
        facts: What else it has to say: numbers for the card, as JSON values.
        pairs: Rows that it compared, with `PAIRS_SCHEMA`; None where it compares none.
    """

    name: str
    version: str
    config: Mapping[str, Any]
    rows_in: int
    table: pa.Table
    removed: pa.Table
    facts: Mapping[str, Any]
    pairs: pa.Table | None = None

    @property
    def record(self) -> dict[str, Any]:
        """This stage's line in the lineage; rows_in = rows_out + what was removed."""
        reasons = Counter(self.removed["reason"].cast(pa.string()).to_pylist())
        return {
            "stage": self.name,
            "version": self.version,
            "config": dict(self.config),
            "rows_in": self.rows_in,
            "rows_out": len(self.table),
            "removed": dict(sorted(reasons.items())),
            **self.facts,
        }


def removed_rows(
    rows: pa.Table,
    stage: str,
    reasons: Sequence[str],
    details: Sequence[str],
    kept_ids: Sequence[str | None] | None = None,
    similarities: Sequence[float | None] | None = None,
) -> pa.Table:
    """Rows with the columns that say why they were removed; one reason and one detail a row."""
    count = len(rows)
    added = {
        "stage": pa.array([stage] * count, pa.string()),
        "reason": pa.array(reasons, pa.string()),
        "detail": pa.array(details, pa.string()),
        "kept_id": pa.array(kept_ids or [None] * count, pa.string()),
        "similarity": pa.array(similarities or [None] * count, pa.float64()),
    }
    arrays = [rows[name] for name in SCHEMA.names]
    arrays += [values.cast(REMOVED_SCHEMA.field(name).type) for name, values in added.items()]
    return pa.Table.from_arrays(arrays, schema=REMOVED_SCHEMA)
