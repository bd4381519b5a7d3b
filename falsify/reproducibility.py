"""Do the same sources give the same rows again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from corpus.fingerprint import fingerprint
from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, untested
from falsify.plants import HOSTS
from falsify.subject import Subject
from falsify.texts import Ints

__all__ = ["HYPOTHESES"]


def _rebuilt(subject: Subject) -> Measurement:
    if subject.rebuild is None:
        return untested("no way to build the corpus again was handed in")
    again = subject.rebuild()
    if "messages" in again.column_names:
        again = again.drop_columns(["messages"])
    if fingerprint(again) == fingerprint(subject.given):
        return Measurement(0.0, subject.rows, how="all, in their order", reason="a second build gives the same rows")
    return Measurement(1.0, subject.rows, how="all, in their order", reason=_difference(subject.given, again))


def _difference(first: pa.Table, again: pa.Table) -> str:
    if first.column_names != again.column_names:
        return "a second build gives other columns"
    if len(first) != len(again):
        return f"a second build gives {len(again)} rows instead of {len(first)}"
    for name in first.column_names:
        if not first[name].equals(again[name]) and first[name].to_pylist() != again[name].to_pylist():
            return f"a second build gives other values of {name}"
    return "a second build gives other types"


def _other_build(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """Two rows swapped, one left out, one altered by a character: what a set, a race or a clock does."""
    del clean
    table = subject.given.slice(0, min(20, subject.rows))
    for index in range(HOSTS if len(table) > 1 else 0):
        order = np.arange(len(table))
        at = int(rng.integers(0, len(table) - 1))
        if index % 3 == 0:
            order[[at, at + 1]] = order[[at + 1, at]]
        elif index % 3 == 1:
            order = np.delete(order, at)
        other = table.take(pa.array(order))
        if index % 3 == 2:
            values = other["output"].to_pylist()
            values[at] += " "
            place = other.column_names.index("output")
            other = other.set_column(place, other.schema.field("output"), pa.array(values, pa.string()))
        yield Trial(replace(subject.with_table(table), rebuild=lambda other=other: other))  # type: ignore[misc]


HYPOTHESES: Final = (
    Hypothesis(
        id="R1",
        family="reproducibility",
        claim="A second build does not give other rows",
        statistic="1 if the fingerprints of the two tables differ, else 0",
        threshold=0,
        test=_rebuilt,
        plants=(Plant("two rows swapped, one left out or one character added", _other_build),),
        points=5,
        rate=None,
        needs="rebuild",
    ),
)
