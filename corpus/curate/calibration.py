"""Calibration: from a person's verdicts to the probability that this person calls a row good.

The verdicts of rated rows are fitted to their signals and the logarithms of those by logistic regression, with a
penalty that holds the weights near those of `corpus.curate.scores.WEIGHTS` times one common slope: few verdicts move
only slope and threshold, many move single weights. No weight becomes negative, so `quality` stays monotone in every
signal. An interval comes from the fit's covariance. Isotonic regression was not taken: it makes a stair, and rows on
one step can no longer be told apart.

Too few verdicts, or verdicts that are all alike, say nothing: then nothing changes, and the record says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.curate.ranks import Floats, auc
from corpus.curate.scores import FLOOR, WEIGHTS
from corpus.curate.stage import Stage
from corpus.entry import REMOVED_SCHEMA, SCHEMA, SIGNALS
from corpus.errors import ConfigError
from corpus.places import place_of
from corpus.store import Spool, batches, with_columns

__all__ = ["LEAST", "VERSION", "Model", "calibrate", "fit", "ratings_from", "verdicts_of"]

VERSION: Final = "calibrate-1"

LEAST: Final = 40
"""Verdicts, and `LEAST_EACH` of either kind, below which nothing is fitted: the slope is then lost in its error."""

LEAST_EACH: Final = 8
_PENALTY: Final = 0.5  # of a weight that leaves its usual one, against a verdict
_ROUNDS: Final = 50
_GOOD: Final = frozenset({"good", "accept", "accepted", "keep", "yes", "true", "1", "up"})
_BAD: Final = frozenset({"bad", "reject", "rejected", "drop", "no", "false", "0", "down"})


@dataclass(frozen=True)
class Model:
    """What was fitted.

    Attributes:
        bias: Of the logistic function.
        weights: Signal to the weight of its logarithm, none negative.
        linear: Signal to the weight of itself, none negative.
        covariance: Of bias, weights and linear weights, in that order, for intervals.
        rows: Verdicts that it was fitted on.
        good: How many of them are good.
        auc: On the verdicts, by ten-fold cross-validation, and `interval` its 95 % bounds.
        interval: See `auc`.
    """

    bias: float
    weights: Mapping[str, float]
    linear: Mapping[str, float]
    covariance: Sequence[Sequence[float]]
    rows: int
    good: int
    auc: float
    interval: tuple[float, float]

    def probability(self, signals: Mapping[str, float | None]) -> float:
        """The probability that the person calls a row good."""
        return _sigmoid(self._score(_features(signals)))

    def bounds(self, signals: Mapping[str, float | None]) -> tuple[float, float]:
        """The 95 % interval of that probability."""
        features = np.array([1.0, *_features(signals)])
        spread = 1.96 * math.sqrt(max(0.0, float(features @ np.array(self.covariance) @ features)))
        middle = self._score(features[1:].tolist())
        return _sigmoid(middle - spread), _sigmoid(middle + spread)

    def _score(self, features: Sequence[float]) -> float:
        weights = [held[name] for held in (self.weights, self.linear) for name in SIGNALS]
        return self.bias + math.fsum(weight * value for weight, value in zip(weights, features, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, for the lineage."""
        return {
            "bias": self.bias, "weights": dict(self.weights), "linear": dict(self.linear),
            "covariance": [list(row) for row in self.covariance],
            "rows": self.rows, "good": self.good, "auc": self.auc, "interval": list(self.interval),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Model:
        """A model as a lineage holds it."""
        return cls(**{**values, "interval": tuple(values["interval"])})


def calibrate(table: pa.Table, ratings: pa.Table | Model | None) -> Stage:
    """Make `quality` the probability that the person who rated rows calls a row good.

    Args:
        table: Scored rows.
        ratings: Columns `id` and `verdict` (good or bad, in several words) or `rating` (0-1, or a scale that is
            halved at its middle); or a model that was fitted before; None for one that could not be.

    Returns:
        The stage; where there are too few verdicts the rows are as they were, and `facts` say why.

    Raises:
        ConfigError: Columns are missing, a verdict cannot be read, or the rows are not scored.
    """
    why = None
    model = ratings if isinstance(ratings, Model) else None
    if isinstance(ratings, pa.Table):
        signals, verdicts = _rated(table, verdicts_of(ratings))
        why = _too_few(verdicts)
        model = None if why else fit(signals, verdicts)
    done = table
    if model is not None:
        spool = Spool(SCHEMA)
        for batch in batches(table):
            held = batch["signals"].to_pylist()
            spool.add(with_columns(batch, {"quality": [round(model.probability(row or {}), 6) for row in held]}))
        done = spool.table()
    config = {"model": None if model is None else model.to_dict()}
    return Stage(
        "calibrate", VERSION, config, len(table), done, REMOVED_SCHEMA.empty_table(), {"unchanged": why} if why else {}
    )


def verdicts_of(ratings: pa.Table) -> dict[str, bool]:
    """Row id to whether it was called good; the last verdict on a row counts.

    Raises:
        ConfigError: Columns are missing, or a verdict cannot be read.
    """
    names = ratings.column_names
    column = next((name for name in ("verdict", "rating") if name in names), None)
    if "id" not in names or column is None:
        raise ConfigError("ratings lack a column", expected="id, and verdict or rating", got=", ".join(names))
    values = ratings[column].to_pylist()
    given = [(id_, value) for id_, value in zip(ratings["id"].to_pylist(), values, strict=True) if value is not None]
    numbers = [value for _, value in given if isinstance(value, int | float) and not isinstance(value, bool)]
    middle = (min(numbers) + max(numbers)) / 2 if numbers and max(numbers) > 1 else 0.5
    return {id_: _is_good(value, middle, id_) for id_, value in given}


def ratings_from(given: object) -> pa.Table:
    """Ratings as a table, from a table, a DataFrame, or the path of a Parquet or CSV file.

    Raises:
        ConfigError: It is none of these, or cannot be read.
    """
    if isinstance(given, pa.Table):
        return given
    if isinstance(given, str | PathLike):
        path = place_of(given)
        try:
            if path.suffix.lower() == ".csv":
                from pyarrow import csv

                return csv.read_csv(path)
            from pyarrow import parquet

            return parquet.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise ConfigError("the ratings cannot be read", where=path, got=str(error)[:200]) from None
    if hasattr(given, "__dataframe__") or hasattr(given, "to_dict"):
        return pa.Table.from_pandas(given, preserve_index=False)
    raise ConfigError("these are no ratings", expected="a table or a path", got=type(given).__name__)


def _is_good(value: object, middle: float, id_: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return value > middle
    word = str(value).strip().lower()
    if word not in _GOOD | _BAD:
        raise ConfigError(
            "a verdict cannot be read", where=f"row {id_}", expected="good or bad, or a number", got=repr(value)[:80]
        )
    return word in _GOOD


def _rated(table: pa.Table, verdicts: Mapping[str, bool]) -> tuple[list[Mapping[str, float | None]], list[bool]]:
    """The signals of the rated rows and what was said of them, in the order of their ids."""
    found: dict[str, Mapping[str, float | None]] = {}
    for batch in batches(table.select(["id", "signals", "quality"])):
        for row in batch.to_pylist():
            if row["id"] in verdicts:
                if row["quality"] is None:
                    raise ConfigError(
                        "a rated row has no score", where=f"row {row['id']}", expected="signals", hint="score() first"
                    )
                found[row["id"]] = row["signals"] or {}
    return [found[id_] for id_ in sorted(found)], [verdicts[id_] for id_ in sorted(found)]


def _too_few(verdicts: Sequence[bool]) -> str | None:
    good = sum(verdicts)
    if len(verdicts) >= LEAST and min(good, len(verdicts) - good) >= LEAST_EACH:
        return None
    return (
        f"{len(verdicts)} verdicts on rows of this corpus, {good} of them good; at least {LEAST} are needed, "
        f"{LEAST_EACH} of either kind: quality stays as it was"
    )


def fit(signals: Sequence[Mapping[str, float | None]], verdicts: Sequence[bool]) -> Model:
    """Fit a model to verdicts.

    Args:
        signals: One mapping a row.
        verdicts: Whether each row was called good; some are and some are not.
    """
    features = np.array([_features(row) for row in signals])
    said = np.array(verdicts, np.float64)
    bias, weights, covariance = _fitted(features, said)
    named = [round(float(weight), 6) for weight in weights]
    out = _cross_validated(features, said)
    found = auc(out[said == 1], out[said == 0])
    spread = 1.96 * _auc_error(found, int(said.sum()), int((1 - said).sum()))
    return Model(
        round(bias, 6),
        dict(zip(SIGNALS, named[: len(SIGNALS)], strict=True)),
        dict(zip(SIGNALS, named[len(SIGNALS) :], strict=True)),
        [[round(float(value), 8) for value in row] for row in covariance],
        len(said),
        int(said.sum()),
        round(found, 4),
        (round(max(0.0, found - spread), 4), round(min(1.0, found + spread), 4)),
    )


def _features(signals: Mapping[str, float | None]) -> list[float]:
    """The logarithm of each signal, and what it lacks to 1; 0 where it has no meaning."""
    values = [1.0 if (value := signals.get(name)) is None else value for name in SIGNALS]
    return [*(math.log(max(FLOOR, value)) for value in values), *(value - 1.0 for value in values)]


def _fitted(features: Floats, said: Floats) -> tuple[float, Floats, Floats]:
    """Bias, weights and covariance: Newton's method on slope and bias first, then on each weight, none below 0."""
    usual = np.array([*(WEIGHTS[name] for name in SIGNALS), *(0.0 for _ in SIGNALS)])
    first = np.column_stack([np.ones(len(said)), features @ usual])
    bias, slope = _newton(first, said, np.zeros(2), np.array([1e-3, 1e-2]))[0]
    centre = np.r_[bias, max(0.1, slope) * usual]
    penalty = np.r_[1e-3, np.full(len(usual), _PENALTY)]
    free = np.ones(len(centre), bool)
    found = centre.copy()
    covariance: Floats = np.zeros((len(centre), len(centre)))
    columns = np.column_stack([np.ones(len(said)), features])
    while True:
        part, spread = _newton(columns[:, free], said, centre[free], penalty[free])
        found[:] = 0.0
        found[free] = part
        below = free & (found < 0) & (np.arange(len(found)) > 0)
        if not below.any():
            covariance[np.ix_(free, free)] = spread
            return float(found[0]), found[1:], covariance
        free &= ~below


def _newton(columns: Floats, said: Floats, centre: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    """The most probable weights of a logistic regression with a normal prior, and their covariance."""
    weights = centre.copy()
    inverse: Floats = np.eye(len(centre))
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ weights, -50, 50)))
        hessian = (columns.T * (chance * (1 - chance))) @ columns + np.diag(penalty)
        inverse = np.linalg.inv(hessian).astype(np.float64)
        step = inverse @ (columns.T @ (said - chance) - penalty * (weights - centre))
        weights = weights + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return weights, inverse


def _cross_validated(features: Floats, said: Floats) -> Floats:
    """What each row is given by a model that did not see it."""
    out = np.empty(len(said))
    fold = np.empty(len(said), np.int64)
    for kind in (0, 1):
        rows = np.flatnonzero(said == kind)
        fold[rows] = np.arange(len(rows)) % 10
    for number in range(10):
        here = fold == number
        bias, weights, _ = _fitted(features[~here], said[~here])
        out[here] = bias + features[here] @ weights
    return out


def _auc_error(value: float, good: int, bad: int) -> float:
    """The standard error of an AUC (Hanley and McNeil 1982)."""
    one, two = value / (2 - value), 2 * value**2 / (1 + value)
    top = value * (1 - value) + (good - 1) * (one - value**2) + (bad - 1) * (two - value**2)
    return math.sqrt(max(0.0, top) / (good * bad))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))
