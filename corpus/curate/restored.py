"""Deduplication as it was, from what a corpus keeps of it: rows, removed rows, pairs, its line of the lineage.

Nothing is compared again. Which rows are exact duplicates is known by hashing their texts once more, and the groups
that rows were born into by their places. Whether that is how it was is not taken on trust: decided at the same
threshold, the same rows must go for the same ones and the same groups come out, or it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate.duplicates import VERSION, Deduplicated, evidence_of, staged
from corpus.entry import SCHEMA, entry_group
from corpus.errors import ConfigError
from corpus.store import concat

__all__ = ["restored"]

_LATER: Final = ("decontaminate", "split")  # stages that take rows out and deal them, and change no text
_HINT: Final = "deduplicate again: deduplicate(threshold=…) on the rows as they were"


def restored(table: pa.Table, removed: pa.Table, pairs: pa.Table, lineage: Sequence[Mapping[str, Any]]) -> Deduplicated:
    """The stage of deduplication that a lineage tells of.

    Args:
        table: Rows with `SCHEMA`, after it and perhaps after decontamination and the split.
        removed: With `REMOVED_SCHEMA`.
        pairs: With `PAIRS_SCHEMA`.
        lineage: One record for each stage.

    Raises:
        ConfigError: There was none, it was not the last stage that changed rows, or what is kept does not give it.
    """
    names = [record["stage"] for record in lineage]
    if "deduplicate" not in names:
        raise ConfigError("there is no deduplication to decide anew", expected="a corpus as deduplicate() gave it")
    at = names.index("deduplicate")
    others = [name for name in names[at + 1 :] if name not in _LATER]
    repeated = [name for name in names[:at] if name in _LATER]
    if others or repeated:
        raise ConfigError("other stages stand beside deduplication", got=", ".join(others + repeated), hint=_HINT)
    record = lineage[at]
    config = record["config"]
    if record["version"] != VERSION or config["against"] is not None:
        raise ConfigError("it was done by another version's rule, or against a corpus not at hand", hint=_HINT)
    if "pairs_from" not in record:
        raise ConfigError("the corpus has families of texts so alike that not all pairs were looked at", hint=_HINT)
    stages = removed["stage"].cast(pa.string())
    gone = removed.filter(pc.equal(stages, "deduplicate"))
    later = removed.filter(pc.is_in(stages, pa.array(_LATER)))
    after = concat([table, later.select(SCHEMA.names)], SCHEMA)
    before = concat([_born(after), gone.select(SCHEMA.names)], SCHEMA)
    evidence = evidence_of(before, pairs, record["pairs_from"])
    done = staged(before, SCHEMA.empty_table(), evidence, config) if len(before) == record["rows_in"] else None
    if done is None or _outcome(done.table, done.removed) != _outcome(after, gone):
        raise ConfigError(
            "what is kept of deduplication does not give its outcome",
            expected="every row in the group of its file, note or conversation, and none added, changed or left out",
            hint=_HINT,
        )
    return done


def _born(table: pa.Table) -> pa.Table:
    """Rows in the groups of their places, those of tables by themselves, and on no side."""
    columns = zip(*(table[name].to_pylist() for name in ("kind", "source", "path", "id")), strict=True)
    groups = [
        row if kind == "table" or path is None else entry_group(kind, source, path)
        for kind, source, path, row in columns
    ]
    values = {"group": pa.array(groups, SCHEMA.field("group").type), "split": pa.nulls(len(table), pa.string())}
    for name, column in values.items():
        field = SCHEMA.field(name)
        table = table.set_column(SCHEMA.get_field_index(name), field, column.cast(field.type))
    return table


def _outcome(table: pa.Table, removed: pa.Table) -> tuple[dict[str, str], dict[str, str]]:
    """The group of each row that stays, the row for which each other one went."""
    return (
        dict(zip(table["id"].to_pylist(), table["group"].to_pylist(), strict=True)),
        dict(zip(removed["id"].to_pylist(), removed["kept_id"].to_pylist(), strict=True)),
    )
