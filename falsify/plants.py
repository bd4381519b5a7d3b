"""Ways to plant a violation in a copy of the corpus' own rows, and to grade it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from falsify.hypothesis import Change, Plant, Sow, Trial
from falsify.subject import Row, Subject
from falsify.texts import Ints

__all__ = ["HOSTS", "TRIALS", "copy_id", "edited_rows", "fresh_id", "graded", "merged", "rotated", "whole"]

HOSTS: Final = 60  # 59 of 59 found shows a sensitivity of .95 (Clopper-Pearson)
TRIALS: Final = 24  # whole corpora: 24 of 24 shows .88, 23 of 24 .82
_TRIED: Final = 4  # hosts tried for each one needed: in some the claim cannot be violated
_DAMAGED: Final = 4  # one row in so many is damaged at the most, when a whole table is

Edit = Callable[[Row, np.random.Generator], Row | None]


def graded(
    make: Callable[[float], Plant],
    *,
    strength: float,
    strengths: tuple[float, ...],
    unit: str,
    power: float | None = None,
) -> Plant:
    """A plant of several strengths, from one plant for each.

    Args:
        make: The plant of a strength in 0–1; all of them have one name.
        strength: The registered one.
        strengths: Those at which the power is measured.
        unit: What a strength counts, after the number: "of the words replaced".
        power: What the test must show at the registered strength; None: what the hypothesis asks for.
    """

    def sow(at: float) -> Sow:
        return make(at).sow

    def change(at: float) -> Change:
        made = make(at)
        if made.change is None:  # no table shows what it breaks
            return lambda _subject, _rng: None
        return made.change(at)

    base = make(strength)
    return replace(
        base,
        strength=strength,
        strengths=strengths,
        unit=unit,
        graded=sow,
        power=power,
        change=change if base.change else None,
    )


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

    def damaged(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows = subject.rows_at(np.arange(subject.rows))
        wanted, done = min(hosts, len(rows) // _DAMAGED), 0
        for at in rng.permutation(len(rows)).tolist():
            if done == wanted:
                break
            changed = edit(rows[at], rng)
            if changed is not None:
                rows[at], done = changed, done + 1
        return subject.with_rows(rows) if done else None

    return Plant(name, sow, change=lambda _: damaged)


def _each(subject: Subject, rows: Ints) -> Iterator[Row]:
    for begin in range(0, len(rows), HOSTS):
        yield from subject.rows_at(rows[begin : begin + HOSTS])


def whole(name: str, change: Change, trials: int = TRIALS) -> Plant:
    """A plant that is a corpus of its own: some whole files of the subject, changed as a whole."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        for index in range(trials):
            changed = change(subject.part(index), rng)
            if changed is not None:
                yield Trial(changed)

    return Plant(name, sow, change=lambda _: change)


def merged(subject: Subject, rows: list[Row]) -> Subject:
    """The subject with these rows: instead of its own of the same id, or besides."""
    new = {row["id"]: row for row in rows}
    own = [new.pop(row["id"], row) for row in subject.rows_at(np.arange(subject.rows))]
    return subject.with_rows([*own, *new.values()])


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
