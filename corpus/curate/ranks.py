"""Statistics over ranks: how well a number tells two kinds of rows apart, or agrees with another number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "auc", "interval", "ranks", "spearman"]

Floats = npt.NDArray[np.float64]

DRAWS: Final = 300  # of the bootstrap: the ends of a 95 % interval are then known to a few percent of its width


def ranks(values: Floats) -> Floats:
    """Ranks from 1; those of equals are their mean."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place].astype(np.float64)


def auc(good: Floats, bad: Floats) -> float:
    """How often one of the good is above one of the bad, equals half (the area under the ROC curve, 0-1)."""
    if not len(good) or not len(bad):
        return float("nan")
    above = ranks(np.concatenate([good, bad]))[: len(good)].sum() - len(good) * (len(good) + 1) / 2
    return float(above / (len(good) * len(bad)))


def spearman(one: Floats, other: Floats) -> float:
    """Correlation of ranks; 0 where one of the two is constant."""
    a, b = ranks(one), ranks(other)
    if not len(a) or a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def interval(
    statistic: Callable[[npt.NDArray[np.int64]], float], cluster: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float]:
    """A 95 % interval of a statistic by a bootstrap that draws whole clusters: rows of one file are not independent.

    Args:
        statistic: From row numbers, which may repeat.
        cluster: The cluster of each row, from 0.
        rng: Draws.
    """
    order = np.argsort(cluster, kind="stable")
    ends = np.cumsum(np.bincount(cluster))
    members = np.split(order, ends[:-1])
    found = [
        statistic(np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))]))
        for _ in range(DRAWS)
    ]
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)
