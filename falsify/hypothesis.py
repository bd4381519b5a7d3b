"""What a hypothesis is: a claim that forbids something, and everything that was fixed before the run.

A hypothesis is (claim, statistic, decision rule, population, plants, veto, grave and points, version). `test` takes a
subject and gives a `Measurement`: a number, how many rows were looked at, and the rows that speak against the
claim. The decision is separate: the claim is refuted when the number is above the threshold (below it, for a
`floor`). What stands in `spec` is hashed before the run, so nobody can move a threshold after seeing the data.

Its plants are its positive control. Each makes violations of the claim from the corpus' own rows; what share
of them the test finds is its sensitivity, and a test that misses too many of them may not corroborate.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.errors import ConfigError
from falsify.statistics import at_least, binomial_tail, holm
from falsify.subject import Subject
from falsify.texts import Ints

__all__ = [
    "FAMILIES",
    "Change",
    "Hypothesis",
    "Measurement",
    "Plant",
    "Trial",
    "not_applicable",
    "registration",
    "share",
    "spared",
    "untested",
]

FAMILIES: Final = ("integrity", "syntax", "semantics", "distribution", "reproducibility", "quality", "privacy")


@dataclass(frozen=True)
class Measurement:
    """What a test saw, before anything is decided.

    Attributes:
        value: The statistic; None if it could not be computed.
        looked: The number of rows (or equations, or pairs of tables) looked at.
        found: The rows that speak against the claim, ascending.
        how: How these rows were drawn.
        reason: A sentence: what was seen, or why there is no value.
        applicable: False if the corpus has nothing that the claim is about.
        notes: What speaks against a row, by row; where `reason` does not say it of all.
        chance: How likely so extreme a number is by chance where the truth is just the threshold (the argument): the
            p-value of a refutation. None where nothing is left to chance.
    """

    value: float | None
    looked: int
    found: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    how: str = "all"
    reason: str = ""
    applicable: bool = True
    notes: Mapping[int, str] = field(default_factory=dict)
    chance: Callable[[float], float] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Trial:
    """One planted subject.

    Attributes:
        subject: A copy with violations in it.
        planted: Ids of the rows that must be found; None if the plant is the corpus as a whole, which the test
            must refute.
    """

    subject: Subject
    planted: frozenset[str] | None = None


Sow = Callable[[Subject, Ints, np.random.Generator], Iterator[Trial]]
Change = Callable[[Subject, np.random.Generator], Subject | None]


@dataclass(frozen=True)
class Plant:
    """A generator of violations, of one strength or of several.

    Attributes:
        name: What is planted, in a few words.
        sow: Takes the subject, rows that the test found nothing wrong with, and a generator of random numbers; at the
            registered strength.
        strength: The registered strength: at this one the test must show its power.
        strengths: All strengths at which the power is measured; the registered one only, if none is named.
        unit: What a strength counts, after the number: "of the words replaced".
        graded: `sow` at a strength; None where there is one strength.
        power: The lower bound of the detection rate that is required at `strength`; None: the hypothesis'.
        everywhere: Whether it needs the whole subject and not a copy of some rows: what it breaks is not in the rows.
        change: The same violation in a whole table at a strength, for validators of others (`falsify.mutants`).
    """

    name: str
    sow: Sow
    strength: float = 1.0
    strengths: tuple[float, ...] = ()
    unit: str = ""
    graded: Callable[[float], Sow] | None = None
    power: float | None = None
    everywhere: bool = False
    change: Callable[[float], Change] | None = None

    @property
    def grades(self) -> tuple[float, ...]:
        """All strengths, ascending."""
        return tuple(sorted({self.strength, *self.strengths}))

    @property
    def held_out(self) -> bool:
        """Whether no threshold may be chosen by what this plant shows: a third of all, by a hash of the name.

        The rule is older than any plant to come, so that nobody picks the ones that suit.
        """
        return hashlib.blake2b(self.name.encode(), digest_size=8).digest()[0] % 3 == 0

    def at(self, strength: float) -> Sow:
        """`sow` at one of its strengths.

        Raises:
            ConfigError: The plant has no such strength.
        """
        if strength == self.strength:
            return self.sow
        if self.graded is None or not 0 <= strength <= 1:
            raise ConfigError(
                "the plant has no such strength",
                where=self.name,
                expected="a share of 0 to 1" if self.graded else f"{self.strength:g}, its only one",
                got=strength,
            )
        return self.graded(strength)

    def apply(
        self, table: pa.Table, *, strength: float | None = None, seed: int = 0
    ) -> tuple[pa.Table, frozenset[str]]:
        """Plant violations in a whole table, to see whether a validator finds them.

        Args:
            table: Rows with `corpus.entry.SCHEMA`.
            strength: One of 0 to 1, where the plant has more than one; None: the registered one.
            seed: What is drawn follows from it.

        Returns:
            A copy with violations, rows ordered by id, and the ids of the rows that are new or not as they were; none,
            if nothing in these rows can be violated (no code to cut, no chat to forge).

        Raises:
            ConfigError: The plant has no such strength, or what it breaks is not in a table.
        """
        at = self.strength if strength is None else strength
        self.at(at)
        if self.change is None:
            raise ConfigError("what this plant breaks is not in the rows", where=self.name, hint="see mutants.plants()")
        subject = Subject.of(table, seed=seed)
        changed = self.change(at)(subject, subject.rng(f"{self.name} {at!r}")) if subject.rows else None
        if changed is None:
            return subject.given, frozenset()
        return changed.given, _others(subject.given, changed.given)

    @property
    def spec(self) -> dict[str, Any]:
        """What is fixed of it before the run."""
        return {"name": self.name, "strength": self.strength, "strengths": list(self.grades), "power": self.power}


def _others(before: pa.Table, after: pa.Table) -> frozenset[str]:
    """Ids of the rows that are in `after` only, or once more than before."""
    if after.column_names != before.column_names:
        return frozenset()
    left: dict[str, list[Any]] = {}
    for row in before.to_pylist():
        left.setdefault(row["id"], []).append(row)
    found = set()
    for row in after.to_pylist():
        own = left.get(row["id"], [])
        if row in own:
            own.remove(row)
        else:
            found.add(str(row["id"]))
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A claim that data can refute.

    Attributes:
        id: Short name, the same in every release.
        family: One of `FAMILIES`.
        claim: What must never be seen.
        statistic: What is computed.
        threshold: The claim is refuted beyond it.
        test: Computes the statistic.
        plants: Its positive controls.
        points: Its weight in the score, earned when corroborated.
        veto: Whether its refutation refutes the corpus.
        grave: The value of the statistic beyond which a refutation refutes the corpus without a veto; None if no
            value does. It lies beyond the threshold, in the threshold's direction.
        floor: Refuted below the threshold instead of above it.
        population: `all` rows, or a `sample`.
        rate: The defect rate p0 that a corroboration excludes; None where the plant is the whole corpus, and the
            severity is how surely such a plant is refuted.
        min_sensitivity: Lower bound of the share of plants found, below which the verdict is `untested`.
        needs: What the caller must hand in: `reread`, `rebuild`, `lineage` or nothing.
        applies_to: Tasks that the claim is about; empty: all.
        version: Raised when the meaning changes; results are compared per version.
    """

    id: str
    family: str
    claim: str
    statistic: str
    threshold: float
    test: Callable[[Subject], Measurement]
    plants: tuple[Plant, ...]
    points: int
    veto: bool = False
    grave: float | None = None
    floor: bool = False
    population: str = "all"
    rate: float | None = 0.005
    min_sensitivity: float = 0.95
    needs: str = ""
    applies_to: tuple[str, ...] = ()
    version: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether the claim is about the corpus as a whole, and not about single rows."""
        return self.rate is None

    @property
    def errs_by_row(self) -> bool:
        """Whether a single row that is wrongly flagged refutes: else a false alarm is a corpus that is."""
        return not self.is_whole and self.population == "all" and self.threshold == 0

    def refuted_by(self, value: float) -> bool:
        """The decision rule."""
        return value < self.threshold if self.floor else value > self.threshold

    def is_grave(self, value: float) -> bool:
        """Whether a refutation by this value refutes the corpus, whatever else was found."""
        if self.grave is None or not self.refuted_by(value):
            return False
        return value < self.grave if self.floor else value > self.grave

    @property
    def spec(self) -> dict[str, Any]:
        """Everything that is fixed before the run, as plain values."""
        return {
            "id": self.id,
            "family": self.family,
            "claim": self.claim,
            "statistic": self.statistic,
            "rule": "refuted below the threshold" if self.floor else "refuted above the threshold",
            "threshold": self.threshold,
            "population": self.population,
            "plants": [plant.spec for plant in self.plants],
            "min_sensitivity": self.min_sensitivity,
            "rate": self.rate,
            "points": self.points,
            "veto": self.veto,
            "grave": self.grave,
            "needs": self.needs,
            "applies_to": list(self.applies_to),
            "version": self.version,
        }


def registration(hypotheses: Iterable[Hypothesis]) -> str:
    """BLAKE2b-256 over the canonical JSON of the hypotheses' specs: what was fixed before the run."""
    specs = sorted((h.spec for h in hypotheses), key=lambda spec: str(spec["id"]))
    text = json.dumps(specs, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()


def untested(reason: str, looked: int = 0) -> Measurement:
    """No value, and why."""
    return Measurement(None, looked, reason=reason)


def not_applicable(reason: str) -> Measurement:
    """The corpus has nothing that the claim is about."""
    return Measurement(None, 0, reason=reason, applicable=False)


def share(found: Ints | Sequence[int], looked: Ints | int, what: str, *, tolerated: bool = False) -> Measurement:
    """The share of the rows looked at that speak against the claim.

    Args:
        found: The rows that do.
        looked: The rows looked at, or their number.
        what: What is wrong with them, after "n of m rows".
        tolerated: Whether the threshold is above zero: the value is then the lower bound of the share, so that
            chance alone refutes in no more than 5 % of the cases.
    """
    rows = np.sort(np.asarray(found, np.int64))
    count = looked if isinstance(looked, int) else len(looked)
    if not count:
        return untested("no row to look at")
    value = at_least(len(rows), count) if tolerated else len(rows) / count
    hits = len(rows)
    chance = (lambda threshold: binomial_tail(hits, count, threshold)) if tolerated else None
    return Measurement(value, count, rows, reason=f"{hits} of {count} rows {what}", chance=chance)


def spared(hypotheses: Sequence[Hypothesis], seen: Sequence[Measurement]) -> frozenset[str]:
    """Sampled hypotheses that are refuted alone, but not when all sampled ones together may err in 5 % of the runs."""
    asked = [
        (hypothesis, found.chance(hypothesis.threshold), found.value)
        for hypothesis, found in zip(hypotheses, seen, strict=True)
        if hypothesis.population == "sample" and found.chance is not None and found.value is not None
    ]
    kept = holm([chance for _, chance, _ in asked])
    return frozenset(
        h.id for (h, _, value), stands in zip(asked, kept, strict=True) if h.refuted_by(value) and not stands
    )
