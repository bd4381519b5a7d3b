"""Numbers for the card that no stage computes: counts by two columns, spreads, lengths.

They are computed once, when a corpus is written, and stand in its manifest; the card and its plots are made of the
manifest alone. Every number follows from the rows and not from how they lie in chunks.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.entry import SIGNALS

__all__ = ["BINS", "QUANTILES", "UNKNOWN", "cross", "statistics"]

UNKNOWN: Final = "unknown"
BINS: Final = 20
"""Bins of the histogram of quality, each of equal width in 0-1."""
QUANTILES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)

_CROSSED: Final = (("category", "split"), ("task", "split"), ("language", "split"), ("source", "license"))
_LENGTHS: Final = ("tokens_input", "tokens_output")


def statistics(table: pa.Table) -> dict[str, Any]:
    """What the card tells of the rows besides their counts, as JSON values.

    Args:
        table: The rows, with `SCHEMA`.

    Returns:
        `crossed` (counts by two columns), `quality` and `signals` (spread of what was scored), `lengths` (in tokens, by
        powers of two), `created_at` (first and last), `distinct` (groups, paths, authors), `synthetic`, `turns`.
    """
    return {
        "crossed": {f"{one}_by_{other}": cross(table, one, other) for one, other in _CROSSED},
        "quality": _spread(table["quality"]),
        "signals": _signals(table),
        "lengths": {name: _lengths(table[name]) for name in _LENGTHS},
        "created_at": _times(table["created_at"]),
        "distinct": {
            name: pc.count_distinct(table[name].cast(pa.string())).as_py() for name in ("group", "path", "author")
        },
        "synthetic": _yes_or_no(table["synthetic"]),
        "turns": {
            "system": len(table) - table["system"].null_count,
            "history": pc.sum(pc.greater(pc.list_value_length(table["history"]), 0)).as_py() or 0,
        },
    }


def cross(table: pa.Table, one: str, other: str) -> dict[str, dict[str, int]]:
    """How many rows have each pair of values of two columns, by the one and then by the other."""
    pair = pa.table({name: table[name].cast(pa.string()).fill_null(UNKNOWN) for name in (one, other)})
    found: dict[str, dict[str, int]] = {}
    for row in pair.group_by([one, other]).aggregate([([], "count_all")]).to_pylist():
        found.setdefault(row[one], {})[row[other]] = row["count_all"]
    return {name: dict(sorted(found[name].items())) for name in sorted(found)}


def _spread(column: pa.ChunkedArray) -> dict[str, Any] | None:
    """How values in 0-1 are spread; None where there are none."""
    values = column.drop_null().to_numpy()
    if not len(values):
        return None
    return {
        "rows": len(values),
        "mean": round(float(np.mean(values)), 4),
        "quantiles": [round(float(value), 4) for value in np.quantile(values, QUANTILES)],
        "histogram": np.histogram(values, bins=BINS, range=(0.0, 1.0))[0].tolist(),
    }


def _signals(table: pa.Table) -> dict[str, dict[str, Any]]:
    """The mean of each signal over the rows that it was computed for."""
    fields = table.schema.field("signals").type
    names = [field.name for field in fields] if pa.types.is_struct(fields) else list(SIGNALS)
    found = {}
    for name in names:
        values = pc.struct_field(table["signals"], name).drop_null().to_numpy()
        if len(values):
            found[name] = {"rows": len(values), "mean": round(float(np.mean(values)), 4)}
    return found


def _lengths(column: pa.ChunkedArray) -> dict[str, Any]:
    values = column.to_numpy()
    if not len(values):
        return {"sum": 0, "median": None, "p95": None, "longest": None, "histogram": {}}
    powers = np.frexp(np.maximum(values, 1))[1] - 1  # exact, where a logarithm is rounded
    return {
        "sum": int(values.sum(dtype=np.int64)),
        "median": int(np.quantile(values, 0.5, method="lower")),
        "p95": int(np.quantile(values, 0.95, method="lower")),
        "longest": int(values.max()),
        "histogram": {str(2 ** int(power)): n for power, n in sorted(Counter(powers.tolist()).items())},
    }


def _times(column: pa.ChunkedArray) -> dict[str, Any] | None:
    known = len(column) - column.null_count
    if not known:
        return None
    ends = pc.min_max(column).as_py()
    return {"rows": known, "first": ends["min"].date().isoformat(), "last": ends["max"].date().isoformat()}


def _yes_or_no(column: pa.ChunkedArray) -> dict[str, int]:
    yes = pc.sum(column).as_py() or 0
    known = len(column) - column.null_count
    return {"yes": yes, "no": known - yes, UNKNOWN: column.null_count}
