"""Ways to plant a violation in a copy of the corpus' own rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from falsify.hypothesis import Plant, Trial
from falsify.subject import Row, Subject
from falsify.texts import Ints

__all__ = ["HOSTS", "TRIALS", "copy_id", "edited_rows", "fresh_id", "rotated", "whole"]

HOSTS: Final = 60  # 59 of 59 found shows a sensitivity of .95 (Clopper-Pearson)
TRIALS: Final = 24  # whole corpora: 24 of 24 shows .88, 23 of 24 .82
_TRIED: Final = 4  # hosts tried for each one needed: in some the claim cannot be violated
COPY_ROWS: Final = 240  # rows of a whole planted corpus

Edit = Callable[[Row, np.random.Generator], Row | None]


def edited_rows(name: str, edit: Edit, hosts: int = HOSTS, *, keep_id: bool = False) -> Plant:
    """A plant in single rows.

    Args:
        name: What is planted.
        edit: Changes a copy of a row so that it violates the claim; None if it cannot violate it.
        hosts: How many rows. A small corpus' rows serve more than once, with another random edit each time.
        keep_id: The copies keep their ids, and each row serves once: for what looks a row up by its id.
    """

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        if not len(clean):
            return
        chosen = clean[rng.permutation(len(clean))[: _TRIED * hosts]]
        rows: list[Row] = []
        for index, row in enumerate(_each(subject, chosen if keep_id else np.resize(chosen, _TRIED * hosts))):
            changed = edit(row if keep_id else {**row, "id": copy_id(row["id"], name, index)}, rng)
            if changed is not None:
                rows.append(changed)
            if len(rows) == hosts:
                break
        if rows:
            yield Trial(subject.with_rows(rows), frozenset(row["id"] for row in rows))

    return Plant(name, sow)


def _each(subject: Subject, rows: Ints) -> Iterator[Row]:
    for begin in range(0, len(rows), HOSTS):
        yield from subject.rows_at(rows[begin : begin + HOSTS])


def whole(name: str, change: Callable[[Subject, np.random.Generator], Subject | None], trials: int = TRIALS) -> Plant:
    """A plant that is a corpus of its own: some whole files of the subject, changed as a whole."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        for _ in range(trials):
            rows = subject.draw_files(np.arange(subject.rows), COPY_ROWS, rng)
            changed = change(subject.take(rows), rng)
            if changed is not None:
                yield Trial(changed)

    return Plant(name, sow)


def rotated(values: list[Any], strata: Ints, rng: np.random.Generator, part: float = 1.0) -> list[Any]:
    """Each value moved to another row of its stratum: one step round a random order; or only a part of them."""
    moved = list(values)
    rows = np.arange(len(values))
    chosen = rows if part >= 1 else rng.choice(rows, int(part * len(rows)), replace=False)
    for stratum in np.unique(strata[chosen]):
        members = rng.permutation(chosen[strata[chosen] == stratum]).tolist()
        for source, target in zip(members, members[1:] + members[:1], strict=True):
            moved[target] = values[source]
    return moved


def copy_id(of: str, name: str, index: int) -> str:
    """An id for a copy of a row."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{of}\0{name}\0{index}"))


def fresh_id(rng: np.random.Generator) -> str:
    """A random id."""
    return str(uuid.UUID(bytes=rng.bytes(16), version=4))
