"""Is this a corpus at all: rows, schema, ids, counts, provenance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.entry import SCHEMA, entry_id
from corpus.errors import CorpusError, SchemaError
from corpus.validation import validate
from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, share, untested
from falsify.plants import HOSTS, edited_rows, fresh_id
from falsify.subject import Row, Stage, Subject
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "MINIMUM_ROWS", "broken_counts"]

MINIMUM_ROWS: Final = 20
"""Below this no share can be told from zero: of 20 rows, none found still allows 14 % (Clopper-Pearson)."""

_Place = tuple[str, str, str, str, str]
_SLACK: Final = 1024  # ordinals tried beyond the rows that are left: their neighbours may have been removed


def _rows(subject: Subject) -> Measurement:
    return Measurement(float(subject.rows), subject.rows, reason=f"{subject.rows} rows")


def _fewer(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    del clean
    for count in rng.integers(0, MINIMUM_ROWS, HOSTS).tolist():
        yield Trial(subject.take(np.arange(min(count, subject.rows))))


def _too_few(subject: Subject, rng: np.random.Generator) -> Subject:
    return subject.take(np.arange(min(subject.rows, int(rng.integers(0, MINIMUM_ROWS)))))


def _schema(subject: Subject) -> Measurement:
    try:
        validate(subject.given)
    except SchemaError as error:
        reason = "; ".join(str(error).split("\n  "))
        found = [] if error.row is None else _row_of(subject, error.row)
        return Measurement(1.0, subject.rows, np.array(found, np.int64), reason=reason)
    return Measurement(0.0, subject.rows, reason="columns, types, nulls, values and ranges are those of the schema")


def _row_of(subject: Subject, given: int) -> list[int]:
    """Where a row of the table as given stands among the ordered ones."""
    if not subject.is_readable:
        return []
    name = subject.given["id"][given].as_py()
    return [subject.ids.index(name)] if name in subject.ids else []


def _broken_tables(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    if not len(clean):
        return
    for index in range(HOSTS):
        table = subject.table.take(pa.array(rng.choice(clean, min(5, len(clean)), replace=False)))
        yield Trial(replace(subject, given=_broken(table, index), table=table))


def _unlike(subject: Subject, rng: np.random.Generator) -> Subject:
    return replace(subject, given=_broken(subject.table, int(rng.integers(HOSTS))))


def _broken(table: pa.Table, index: int) -> pa.Table:
    """One of six ways in which a table is not a corpus."""
    names = SCHEMA.names
    ways = (
        lambda: table.drop_columns([names[index % len(names)]]),
        lambda: table.append_column("extra", pa.array([0] * len(table))),
        lambda: _with(table, "output", [None, *table["output"].to_pylist()[1:]], pa.string()),
        lambda: _with(table, "id", ["no-uuid", *table["id"].to_pylist()[1:]], pa.string()),
        lambda: _with(table, "task", ["tell-a-joke"] * len(table), SCHEMA.field("task").type),
        lambda: _with(table, "quality", [1.0 + index] * len(table), pa.float64()),
    )
    return ways[index % len(ways)]()


def _with(table: pa.Table, name: str, values: list[Any], kind: pa.DataType) -> pa.Table:
    return table.set_column(table.column_names.index(name), SCHEMA.field(name), pa.array(values, kind))


def _ids(subject: Subject) -> Measurement:
    ids = subject.ids
    count: dict[str, int] = {}
    for name in ids:
        count[name] = count.get(name, 0) + 1
    twice = {row for row, name in enumerate(ids) if count[name] > 1}
    groups: dict[_Place, list[int]] = {}
    columns = [subject.column(name) for name in ("kind", "source", "path", "symbol", "task")]
    for row, (kind, source, path, symbol, task) in enumerate(zip(*columns, strict=True)):
        if path is not None and kind != "table":
            groups.setdefault((kind, source, path, symbol or "", task), []).append(row)
    strangers = {row for key, rows in groups.items() for row in _not_of(key, rows, ids)}
    where = sum(map(len, groups.values()))
    what = f"have an id that occurs twice or that does not follow from their provenance (known for {where})"
    return share(sorted(twice | strangers), subject.rows, what)


def _not_of(key: _Place, rows: list[int], ids: list[str]) -> set[int]:
    """The rows of one place whose id is none of that place's, whatever the ordinal."""
    left = {ids[row]: row for row in rows}
    for ordinal in range(2 * len(rows) + _SLACK):
        left.pop(entry_id(*key, ordinal), None)
        if not left:
            break
    return set(left.values())


def _foreign_id(row: Row, rng: np.random.Generator) -> Row | None:
    if row["path"] is None or row["kind"] == "table":
        return None
    return {**row, "id": fresh_id(rng)}


def _same_ids(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    del rng
    for row in np.resize(clean, HOSTS if len(clean) else 0).tolist():
        yield Trial(subject.take([row, row]))


def _repeated(subject: Subject, rng: np.random.Generator) -> Subject | None:
    if not subject.rows:
        return None
    return subject.take(np.sort(np.append(np.arange(subject.rows), rng.integers(subject.rows))))


def broken_counts(subject: Subject) -> list[str]:
    """The equations between the counts of the stages, the removed rows and the table that do not hold."""
    lineage = subject.lineage or ()
    broken = []
    before: float | None = None
    for index, stage in enumerate(lineage):
        name = str(stage.get("stage", index))
        if "units" in stage and stage["units"] != _count(stage.get("read")) + _count(stage.get("skipped")):
            broken.append(f"{name}: units is not read + skipped")
        if before is not None and "rows_in" in stage and stage["rows_in"] != before:
            broken.append(f"{name}: rows_in is {stage['rows_in']}, the stage before gave {before}")
        gone = _count(stage.get("removed")) + _count(stage.get("forgotten"))
        if "rows_in" in stage and stage["rows_in"] != _count(stage.get("rows_out")) + gone:
            broken.append(f"{name}: rows_in is not rows_out + removed")
        before = stage.get("rows_out", before)
    if before is not None and before != subject.rows:
        broken.append(f"the last stage gave {before} rows, the table has {subject.rows}")
    return broken + _broken_removals(subject, lineage)


def _count(value: Any) -> float:
    if isinstance(value, Mapping):
        return float(sum(_count(part) for part in value.values()))
    return float(value or 0)


def _broken_removals(subject: Subject, lineage: Any) -> list[str]:
    """Where the removed rows are not those of the ledger, by stage and reason."""
    if subject.removed is None:
        return []
    names = ["stage", "reason"]
    keys = pa.table({name: subject.removed[name].cast(pa.string()) for name in names})
    counted = keys.group_by(names).aggregate([([], "count_all")]).to_pylist()
    seen = {(row["stage"], row["reason"]): int(row["count_all"]) for row in counted}
    told: dict[tuple[str, str], float] = {}
    for stage in lineage:
        if isinstance(stage.get("removed"), Mapping):
            for reason, count in stage["removed"].items():
                key = (str(stage.get("stage")), str(reason))
                told[key] = told.get(key, 0) + _count(count)
        for name, reason, count in stage.get("forgotten_removed", ()):  # somebody who left, from these too
            told[name, reason] = told.get((name, reason), 0) - count
    wrong = sorted(key for key in seen.keys() | told.keys() if seen.get(key, 0) != told.get(key, 0))
    return [
        f"{stage}: {told.get((stage, reason), 0):g} removed as {reason!r}, {seen.get((stage, reason), 0)} found"
        for stage, reason in wrong
    ]


def _conservation(subject: Subject) -> Measurement:
    if not subject.lineage:
        return untested("no lineage was handed in")
    broken = broken_counts(subject)
    told = "all counts add up" if not broken else "; ".join(broken[:5])
    removed = "" if subject.removed is not None else "; the removed rows were not handed in"
    return Measurement(float(len(broken)), len(subject.lineage), how="every stage", reason=told + removed)


def _miscounted(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    del clean
    lineage = subject.lineage or ()
    places = [(index, key) for index, stage in enumerate(lineage) for key in _bound(stage)]
    for _ in range(HOSTS if places else 0):
        index, key = places[rng.integers(len(places))]
        stages = [dict(stage) for stage in lineage]
        stages[index][key] = _count(stages[index][key]) + float(rng.choice([-1, 1]))
        yield Trial(replace(subject, lineage=stages))


def _bound(stage: Stage) -> list[str]:
    """The counts of a stage that stand in an equation."""
    names = ["rows_out"] if "rows_out" in stage else []
    names += ["rows_in", "removed"] if "rows_in" in stage else []
    return names + (["units", "read", "skipped"] if "units" in stage else [])


def _provenance(subject: Subject) -> Measurement:
    if subject.reread is None:
        return untested("no way to read the sources again was handed in")
    known = [row for row, path in enumerate(subject.column("path")) if path is not None]
    if not known:
        return untested("no row says where it comes from")
    rows = subject.draw(np.array(known, np.int64), subject.sample, "I5")
    try:
        said = list(subject.reread(subject.table.take(pa.array(rows))))
    except CorpusError as error:
        return untested(f"the sources cannot be read again: {error.what}, {error.where}")
    if len(said) != len(rows):
        return untested(f"reread gave {len(said)} answers for {len(rows)} rows")
    found = [(row, text) for row, text in zip(rows.tolist(), said, strict=True) if text is not None]
    first = f": {found[0][1]}" if found else ""
    result = share([row for row, _ in found], rows, f"are not what their source gives{first}")
    return replace(result, how=f"{len(rows)} of {len(known)} at random, seed {subject.seed}")


def _other_bytes(row: Row, rng: np.random.Generator) -> Row | None:
    if row["path"] is None:
        return None
    at = int(rng.integers(0, len(row["output"]) + 1))
    return {**row, "output": row["output"][:at] + "\u2205" + row["output"][at:]}


def _ungrounded(row: Row, rng: np.random.Generator) -> Row | None:
    """A sentence that the source does not have, or one of its numbers changed."""
    if row["path"] is None:
        return None
    number = re.search(r"\d+", row["output"])
    if number is not None and rng.integers(2):
        return {
            **row,
            "output": row["output"][: number.start()] + f"{int(number[0]) + 1}" + row["output"][number.end() :],
        }
    return {
        **row,
        "output": f"{row['output'].rstrip()} It was {int(rng.integers(2, 99))} degrees in the harbour that day.",
    }


HYPOTHESES: Final = (
    Hypothesis(
        id="I1",
        family="integrity",
        claim="No corpus is empty or too small to be judged",
        statistic="number of rows",
        threshold=MINIMUM_ROWS,
        floor=True,
        test=_rows,
        plants=(Plant("fewer rows", _fewer, change=lambda _: _too_few),),
        points=1,
        veto=True,
        rate=None,
    ),
    Hypothesis(
        id="I2",
        family="integrity",
        claim="No column, type, null or value is outside the schema",
        statistic="1 if corpus.entry.validate refuses the table, else 0",
        threshold=0,
        test=_schema,
        plants=(Plant("a column, type or value that the schema forbids", _broken_tables, change=lambda _: _unlike),),
        points=3,
        veto=True,
        rate=None,
    ),
    Hypothesis(
        id="I3",
        family="integrity",
        claim="No two rows share an id, and no id belongs to another place than its row's",
        statistic="share of rows with an id that is not their own",
        threshold=0,
        test=_ids,
        plants=(edited_rows("a random id", _foreign_id), Plant("a row twice", _same_ids, change=lambda _: _repeated)),
        points=2,
        grave=0.01,
    ),
    Hypothesis(
        id="I4",
        family="integrity",
        claim="No unit and no row vanishes between two stages",
        statistic="number of equations between the stages' counts that do not hold",
        threshold=0,
        test=_conservation,
        plants=(Plant("one count off by one", _miscounted, everywhere=True),),
        points=3,
        veto=True,
        rate=None,
        needs="lineage",
    ),
    Hypothesis(
        id="I5",
        family="integrity",
        claim="No row differs from what its source gives when it is read again",
        statistic="share of rows that differ",
        threshold=0,
        population="sample",
        test=_provenance,
        plants=(
            edited_rows("a character that is not in the source", _other_bytes, keep_id=True),
            edited_rows("a foreign sentence or another number in a text", _ungrounded, keep_id=True),
        ),
        points=5,
        veto=True,
        min_sensitivity=0.9,  # 29 of 29: a small corpus has no 59 rows to plant in
        needs="reread",
    ),
)
