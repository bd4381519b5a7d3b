"""What a test can see: the share of planted violations that it finds, at graded strength.

Violations are planted in a copy of at most 2,000 rows, whole files drawn with the seed, so that the power of a test on
a million rows costs what it costs on two thousand. At the registered strength each plant must be found so often that
the lower bound of its detection rate (Clopper-Pearson, one-sided 95 %) reaches what the hypothesis asks for; if one is
not, the test may not corroborate. At the other strengths the rate is told and decides nothing: where a test grows
blind is something to know, not a fault.

Rejected: one rate over all plants of a test, which a plant that is always found lifts over one that never is; and
violations planted in all rows, which makes the falsifier slower than the build of what it judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial
from falsify.statistics import at_least, at_most
from falsify.subject import Subject
from falsify.texts import Ints

__all__ = ["COPY_ROWS", "MOST_ALARMS", "Alarms", "Bench", "Grade", "measure", "pooled", "weak"]

COPY_ROWS: Final = 2000
MOST_ALARMS: Final = 0.05  # the level of a single test: one that is known to err more often may not refute
_TOLD: Final = 6  # trials of a whole corpus at a strength that decides nothing
_DIGITS: Final = 6


@dataclass(frozen=True)
class Grade:
    """How often a test finds a plant of one strength.

    Attributes:
        plant: Its name.
        strength: What was planted, 1 where the plant has one strength.
        unit: What the strength counts; empty where the plant has one strength.
        found: Plants found: rows, or whole corpora refuted.
        planted: Plants made.
        lower: One-sided 95 % lower bound of the rate (Clopper-Pearson).
        required: What the bound must reach; 0 at a strength that is only told.
        held_out: Whether thresholds were chosen without this plant.
    """

    plant: str
    strength: float
    unit: str
    found: int
    planted: int
    lower: float
    required: float
    held_out: bool

    @property
    def falls_short(self) -> bool:
        """Whether the test's power is below what was registered."""
        return self.planted > 0 and self.lower < self.required

    def __str__(self) -> str:
        told = f"{self.plant}, {self.strength:.0%} {self.unit}" if self.unit else self.plant
        return f"{told}: {self.found} of {self.planted}"


@dataclass(frozen=True)
class Alarms:
    """How often a test speaks against what is right.

    Attributes:
        flagged: False alarms.
        looked: Rows, or corpora drawn from them.
        upper: One-sided 95 % upper bound of the rate (Clopper-Pearson).
        of: `rows` of the reference corpora, or `draws` of them.
    """

    flagged: int
    looked: int
    upper: float
    of: str

    @classmethod
    def counted(cls, flagged: int, looked: int, of: str) -> Alarms | None:
        """The rate with its bound; None if nothing was looked at."""
        return cls(flagged, looked, round(at_most(flagged, looked), _DIGITS), of) if looked else None

    @property
    def are_too_many(self) -> bool:
        """Whether the test certainly errs more often than a test may."""
        return at_least(self.flagged, self.looked) > MOST_ALARMS


class Bench:
    """Where plants are sown: a copy of some rows, made when it is first needed and kept for all hypotheses."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._copy: tuple[Ints, Subject] | None = None

    def for_plant(self, plant: Plant, seen: Measurement) -> tuple[Subject, Ints]:
        """The subject that a plant is sown in, and its rows that the test found nothing wrong with."""
        if plant.everywhere:
            return self._subject, np.setdiff1d(np.arange(self._subject.rows), seen.found)
        rows, copy = self._drawn()
        return copy, np.flatnonzero(~np.isin(rows, seen.found))

    def _drawn(self) -> tuple[Ints, Subject]:
        if self._copy is None:
            subject = self._subject
            rows = subject.draw_files(np.arange(subject.rows), COPY_ROWS, subject.rng("copy"))
            self._copy = rows, subject if len(rows) == subject.rows else subject.take(rows)
        return self._copy


def measure(
    hypothesis: Hypothesis, subject: Subject, seen: Measurement, bench: Bench | None = None
) -> tuple[Grade, ...]:
    """Plant each violation of a hypothesis at each of its strengths, and count what its test finds.

    Args:
        hypothesis: What is asked.
        subject: Whose rows the plants are made of.
        seen: What the test said of the subject as it is: rows that it found are no hosts.
        bench: Shared by the hypotheses of one run.
    """
    if not subject.is_readable or not subject.rows:
        return ()
    bench = bench or Bench(subject)
    return tuple(
        _grade(hypothesis, plant, strength, *bench.for_plant(plant, seen))
        for plant in hypothesis.plants
        for strength in plant.grades
    )


def _grade(hypothesis: Hypothesis, plant: Plant, strength: float, copy: Subject, clean: Ints) -> Grade:
    decides = strength == plant.strength
    rng = copy.rng(f"{hypothesis.id} {plant.name} {strength!r}")
    trials = plant.at(strength)(copy, clean, rng)
    found = planted = 0
    for trial in trials if decides else islice(trials, _TOLD):
        hit, made = _outcome(hypothesis, trial)
        found, planted = found + hit, planted + made
    required = hypothesis.min_sensitivity if plant.power is None else plant.power
    return _counted(plant, strength, found, planted, required if decides else 0.0)


def _outcome(hypothesis: Hypothesis, trial: Trial) -> tuple[int, int]:
    """Plants that the test found in a trial, and plants that were in it."""
    seen = hypothesis.test(trial.subject)
    if trial.planted is None:
        return int(seen.value is not None and hypothesis.refuted_by(seen.value)), 1
    ids = trial.subject.ids
    return len(trial.planted & {ids[row] for row in seen.found.tolist()}), len(trial.planted)


def _counted(plant: Plant, strength: float, found: int, planted: int, required: float) -> Grade:
    lower = round(at_least(found, planted), _DIGITS) if planted else 0.0
    return Grade(plant.name, strength, plant.unit, found, planted, lower, required, plant.held_out)


def pooled(runs: Iterable[Sequence[Grade]]) -> tuple[Grade, ...]:
    """The grades of several runs of one hypothesis as those of one: their counts added up."""
    sums: dict[tuple[str, float], Grade] = {}
    for grade in (grade for run in runs for grade in run):
        key = (grade.plant, grade.strength)
        before = sums.get(key)
        sums[key] = (
            grade
            if before is None
            else replace(grade, found=grade.found + before.found, planted=grade.planted + before.planted)
        )
    return tuple(
        replace(g, lower=round(at_least(g.found, g.planted), _DIGITS) if g.planted else 0.0) for g in sums.values()
    )


def weak(grades: Sequence[Grade]) -> tuple[Grade, ...]:
    """The registered plants of which too few were found."""
    return tuple(grade for grade in grades if grade.falls_short)
