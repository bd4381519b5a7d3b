"""Is there a score, does it mean more than length, and is it good enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from falsify.hypothesis import Hypothesis, Measurement, untested
from falsify.integrity import MINIMUM_ROWS
from falsify.plants import whole
from falsify.statistics import Floats, spearman
from falsify.subject import Subject
from falsify.texts import Ints

__all__ = ["HYPOTHESES"]

_FLOOR: Final = 0.1
_MEAN: Final = 0.5


def _scored(subject: Subject) -> tuple[Ints, Floats] | None:
    values = subject.column("quality")
    rows = np.array([row for row, value in enumerate(values) if value is not None], np.int64)
    if len(rows) < MINIMUM_ROWS:
        return None
    return rows, np.array([values[row] for row in rows.tolist()], np.float64)


def _meaning(subject: Subject) -> Measurement:
    scored = _scored(subject)
    if scored is None:
        return untested(f"fewer than {MINIMUM_ROWS} rows have a quality")
    rows, values = scored
    if len(rows) < subject.rows:
        return Measurement(
            1.0, subject.rows, reason=f"{subject.rows - len(rows)} of {subject.rows} rows have no quality"
        )
    if len(np.unique(values)) < 3:
        return Measurement(1.0, subject.rows, reason=f"quality takes {len(np.unique(values))} values in all")
    length = np.array([len(text) for text in subject.texts("output")], np.float64)
    correlation = spearman(values, length)
    return Measurement(abs(correlation), len(rows), reason=f"Spearman's correlation with length is {correlation:.2f}")


def _enough(subject: Subject) -> Measurement:
    scored = _scored(subject)
    if scored is None:
        return untested(f"fewer than {MINIMUM_ROWS} rows have a quality")
    rows, values = scored
    low = rows[values < _FLOOR]
    mean = float(values.mean())
    missed = max((_MEAN - mean) / _MEAN, len(low) / len(rows))
    reason = f"mean {mean:.3f}, {len(low)} of {len(rows)} rows below {_FLOOR}"
    return Measurement(max(0.0, missed), len(rows), low, reason=reason)


def _score(values: Sequence[float], subject: Subject) -> Subject:
    return subject.with_column("quality", [min(1.0, max(0.0, float(value))) for value in values])


def _sham(subject: Subject, rng: np.random.Generator) -> Subject:
    """A constant, or the length of the answer."""
    if rng.integers(2):
        return _score([float(rng.random())] * subject.rows, subject)
    length = np.array([len(text) for text in subject.texts("output")], np.float64)
    return _score((length / (1.0 + length.max())).tolist(), subject)


def _poor(subject: Subject, rng: np.random.Generator) -> Subject:
    """All scores low, or one of them below the floor."""
    values = np.array([value or 0.0 for value in subject.column("quality")], np.float64)
    if rng.integers(2):
        return _score((values * 0.9 * _MEAN / max(values.mean(), _MEAN)).tolist(), subject)
    values[int(rng.integers(len(values)))] = _FLOOR * rng.random() * 0.99
    return _score(values.tolist(), subject)


HYPOTHESES: Final = (
    Hypothesis(
        id="Q1",
        family="quality",
        claim="Quality is not missing, not constant and not the length of the answer",
        statistic="absolute rank correlation (Spearman) of quality and the answer's length; 1 if missing or constant",
        threshold=0.9,
        test=_meaning,
        plants=(whole("a constant, or the length", _sham),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="Q2",
        family="quality",
        claim=f"Mean quality is not below {_MEAN}, and no row is below {_FLOOR}",
        statistic="share of rows below the floor, or the relative distance of the mean to its minimum if larger",
        threshold=0,
        test=_enough,
        plants=(whole("low scores, or one very low one", _poor),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
    ),
)
