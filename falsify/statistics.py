"""The few statistics that the verdicts rest on, in numpy and the standard library.

Clopper and Pearson (1934) for shares, Mayo's severity for "nothing found", the AUC as the share of comparisons
won, Storey (2002) for the share of rows that behave as if by chance. No normal approximation where a count may
be zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "Z_95",
    "Floats",
    "at_least",
    "at_most",
    "binomial_tail",
    "bootstrap",
    "detectable_rate",
    "effective_number",
    "holm",
    "mean_bounds",
    "mean_chance",
    "normal_tail",
    "severity",
    "spearman",
    "storey",
]

Floats = npt.NDArray[np.float64]

CONFIDENCE: Final = 0.95
Z_95: Final = 1.6448536269514722  # the normal quantile of .95: one-sided bounds


def at_least(hits: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided lower bound of a share (Clopper-Pearson): 59 of 59 shows .95 with 95 % confidence."""
    _check(hits, trials)
    if hits == 0:
        return 0.0
    # The p at which so many hits or more have just the probability 1 - confidence; it grows with p.
    return _bisect(lambda p: _log_tail(hits, trials, p) < math.log1p(-confidence))


def at_most(hits: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound of a share: 0 of 59 shows at most .0495."""
    _check(hits, trials)
    return 1.0 - at_least(trials - hits, trials, confidence)


def severity(looked: int, sensitivity: float, rate: float, found: int = 0) -> float:
    """How likely more than `found` defects would have been found in `looked` rows, were they as frequent as `rate`.

    Mayo's severity of "fewer than `rate` of the rows are defective": 1 - (1 - s p0)^n where nothing was found.
    """
    if looked <= found:
        return 0.0
    return math.exp(_log_tail(found + 1, looked, sensitivity * rate))


def detectable_rate(looked: int, sensitivity: float, confidence: float = CONFIDENCE) -> float:
    """The least defect rate that nothing found excludes with this confidence: about 3 / (s n), the rule of three."""
    if looked == 0 or sensitivity == 0:
        return 1.0
    return min(1.0, -math.expm1(math.log1p(-confidence) / looked) / sensitivity)


def binomial_tail(hits: int, trials: int, rate: float) -> float:
    """How likely so many hits or more are where each trial hits with this rate."""
    return math.exp(_log_tail(hits, trials, rate))


def holm(chances: Sequence[float], level: float = 1 - CONFIDENCE) -> list[bool]:
    """Which hypotheses stay refuted when all p-values together may err with probability `level` (Holm 1979)."""
    order = sorted(range(len(chances)), key=lambda i: chances[i])
    kept = [False] * len(chances)
    for rank, index in enumerate(order):
        if chances[index] > level / (len(chances) - rank):
            break
        kept[index] = True
    return kept


def effective_number(cluster: npt.NDArray[np.int64]) -> float:
    """How many independent rows these are worth if rows of one unit say the same: (sum n)^2 / sum n^2 (Kish 1965)."""
    _, sizes = np.unique(cluster, return_counts=True)
    return float(sizes.sum()) ** 2 / float(np.square(sizes, dtype=np.float64).sum()) if len(sizes) else 0.0


def bootstrap(
    units: npt.NDArray[np.int64],
    statistic: Callable[[npt.NDArray[np.int64]], float],
    rng: np.random.Generator,
    draws: int = 200,
    confidence: float = CONFIDENCE,
) -> tuple[float, float]:
    """One-sided lower and upper bound of a statistic, by drawing whole units with replacement (percentiles).

    Args:
        units: The source unit (repository, file, chat) of each row; rows of one are not independent.
        statistic: Takes the numbers of rows, repeated as drawn; gives the statistic of these rows.
        rng: Draws the units.
        draws: How many times.
        confidence: Of each bound.
    """
    order = np.argsort(units, kind="stable")
    _, starts = np.unique(units[order], return_index=True)
    members = np.split(order, starts[1:])
    values = []
    for _ in range(draws):
        drawn = rng.integers(0, len(members), len(members)).tolist()
        values.append(statistic(np.concatenate([members[unit] for unit in drawn])))
    low, high = np.quantile(np.array(values, np.float64), [1 - confidence, confidence])
    return float(low), float(high)


def normal_tail(z: float) -> float:
    """How likely a standard normal is above z."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def mean_bounds(
    values: Floats, cluster: npt.NDArray[np.int64], weights: Floats | None = None
) -> tuple[float, float, float]:
    """Mean, and its one-sided 95 % lower and upper bound; rows of one cluster are not independent.

    The standard error is that of a ratio of cluster sums (Liang and Zeger 1986): the files are what was drawn,
    the rows of a file come with it.

    Args:
        values: One a row.
        cluster: The source unit of each row.
        weights: What each row counts; None: all the same.
    """
    counts = np.ones(len(values)) if weights is None else weights
    total = float(counts.sum())
    mean = float((counts * values).sum()) / total
    deviations = np.bincount(cluster, weights=counts * (values - mean))
    clusters = len(np.unique(cluster))
    scale = clusters / max(1, clusters - 1)
    error = math.sqrt(scale * float(np.square(deviations).sum())) / total
    return mean, mean - Z_95 * error, mean + Z_95 * error


def mean_chance(mean: float, error: float, *, above: bool) -> Callable[[float], float]:
    """How likely so high (or so low) a mean is, by its standard error, where the truth is a threshold."""

    def chance(threshold: float) -> float:
        beyond = mean - threshold if above else threshold - mean
        return normal_tail(beyond / error) if error else float(beyond <= 0)

    return chance


def storey(values: Floats) -> Floats:
    """Twice the indicator of the lower half: its mean estimates the share of rows that are there by chance.

    A row whose answer belongs elsewhere wins against a random answer as often as not, so its share of wins is
    uniform in 0-1 and falls below one half every other time. Ties at one half count half.
    """
    below = (values < 0.5).astype(np.float64) + 0.5 * (values == 0.5)
    return np.asarray(2.0 * below)


def spearman(left: Floats, right: Floats) -> float:
    """Spearman's rank correlation, ties at their mean rank; 0 where one side is constant."""
    a, b = _ranks(left), _ranks(right)
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale else 0.0


def _ranks(values: Floats) -> Floats:
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return np.asarray((ends - (count - 1) / 2)[inverse], np.float64)


def _check(hits: int, trials: int) -> None:
    if not (0 <= hits <= trials and trials > 0):
        raise ValueError(f"a share needs 0 <= hits <= trials and trials > 0, got {hits} of {trials}")


def _log_tail(hits: int, trials: int, p: float) -> float:
    """The logarithm of P(X >= hits) for X binomial; in log space, where neither 10^-300 nor 10^6 trials hurt."""
    if p <= 0.0:
        return -math.inf
    if p >= 1.0:
        return 0.0
    k = np.arange(hits, trials + 1, dtype=np.float64)
    terms = _log_choose(trials, hits) + k * math.log(p) + (trials - k) * math.log1p(-p)
    top = float(terms.max())
    return min(0.0, top + math.log(float(np.exp(terms - top).sum())))


def _log_choose(trials: int, hits: int) -> Floats:
    """The logarithm of C(trials, k) for k = hits … trials, from the ratios of neighbours."""
    first = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    k = np.arange(hits, trials, dtype=np.float64)
    steps = np.log((trials - k) / (k + 1))
    return np.concatenate([[first], first + np.cumsum(steps)])


def _bisect(below: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):  # 2^-60 is finer than a double near 1
        middle = (low + high) / 2
        if below(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
