"""Deal whole groups to train, validation and test so that all rows and every stratum come near their quotas.

What is made small is the sum of squared distances from the quotas, over the features that rows have (all rows, each
category, language, source, and each stratum of the three). Groups that have as many rows of each feature are one
kind: which of them is where makes no difference, so that a kind is counted out and its groups, in the order of a hash,
are cut at the counts.

First the largest group, equals in the order of the hash, goes where the sum grows least, and so on. That is not near
enough: where two groups of two sides would have to change places, neither can go first, since all rows count most. So
chains of up to three changes follow, each the best after the one before, and are kept where the sum is smaller at
their end: a change of side, two groups in each other's place, three in a ring. For groups of one size and one stratum
each these are all simple cycles of the flow between strata and three sides, hence all that can be gained. Everything is
determined by the groups' rows and hashes, nothing by the order of rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from corpus.entry import SPLITS

__all__ = ["Features", "deal"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Part = tuple[Ints, Ints]

# Weights beside 1 of a stratum. Measured in docs/log.md.
_OVERALL: Final = 2.0  # all rows
_MARGINAL: Final = 0.2  # a category, language or source
_ROUNDS: Final = 4  # of chains over the kinds that are worth most
_KINDS: Final = 1_000  # that chains are made of, those that a change of side brings most: kinds squared is the memory
_CHAIN: Final = 3  # changes; there are three sides
_LEAST: Final = 1e-9  # what is gained must be more than sums of floats are off


@dataclass(frozen=True, slots=True)
class Features:
    """What quotas are kept of: all rows, each category, language and source, and each stratum.

    Attributes:
        of_row: The features of each row, 5 a row, as numbers; the first is that of all rows, 0.
        totals: How many rows have each.
    """

    of_row: Ints
    totals: Ints


class _Sides:
    """What each side holds of each feature, and how far from its quota one more group would put it.

    Rows are counted in groups of the mean size that a feature's groups have, since no stratum can come nearer to its
    quota than its groups allow: a distance counts as its square over that size, the same on each side. (Over the quota,
    what test is off counts eightfold, and small strata are kept while large ones are not: docs/log.md.)
    """

    def __init__(self, features: Features, shares: Mapping[str, float], parts: Mapping[str, Part]) -> None:
        self.open = [side for side in SPLITS if shares[side]]
        self.held = np.zeros((len(self.open), len(features.totals)))
        self.quota = np.array([shares[side] for side in self.open])[:, None] * features.totals
        holders = np.zeros(len(features.totals))
        for numbers, _ in parts.values():
            holders[numbers] += 1
        weight = np.full(len(features.totals), _MARGINAL)
        weight[features.of_row[:, -1]] = 1
        weight[:1] = _OVERALL
        self.weight = weight * holders / np.maximum(1, features.totals)

    def cost(self, part: Part) -> Floats:
        """What the squared distance from the quotas grows by on each side, if a group is added there."""
        numbers, counts = part
        after = 2 * (self.held[:, numbers] - self.quota[:, numbers]) + counts
        return np.asarray((self.weight[numbers] * counts * after).sum(axis=1))

    def add(self, side: int, part: Part, times: int = 1) -> None:
        numbers, counts = part
        self.held[side, numbers] += times * counts


def deal(
    units: Sequence[str], features: Features, shares: Mapping[str, float], pinned: Mapping[str, str]
) -> dict[str, str]:
    """The side of each unit.

    Args:
        units: The group (or what else is kept whole) of each row.
        features: What the rows have.
        shares: Of each of `SPLITS`; a share of 0 gets nothing.
        pinned: Units that have their side already.
    """
    parts = _parts(units, features)
    sides = _Sides(features, shares, parts)
    for unit, side in pinned.items():
        if side in sides.open:
            sides.add(sides.open.index(side), parts[unit])
    free = sorted((unit for unit in parts if unit not in pinned), key=lambda unit: (-parts[unit][1][0], _hash(unit)))
    kinds = _kinds(free, parts)
    counts = np.zeros((len(kinds), len(sides.open)), np.int64)
    kind_of = {unit: index for index, kind in enumerate(kinds) for unit in kind}
    for left, unit in zip(range(len(free), 0, -1), free, strict=True):
        cost = sides.cost(parts[unit])
        empty = sides.held[:, 0] == 0
        if left <= empty.sum():  # the last, smallest groups, or a side would get none
            cost = np.where(empty, cost, np.inf)
        best = int(cost.argmin())
        counts[kind_of[unit], best] += 1
        sides.add(best, parts[unit])
    _search([parts[kind[0]] for kind in kinds], counts, sides)
    placed = dict(pinned)
    for kind, held in zip(kinds, counts.tolist(), strict=True):
        placed.update(zip(kind, np.repeat(sides.open, held).tolist(), strict=True))
    return placed


def _kinds(free: Sequence[str], parts: Mapping[str, Part]) -> list[list[str]]:
    """Groups that have as many rows of each feature, together, in their order."""
    kinds: dict[tuple[bytes, bytes], list[str]] = {}
    for unit in free:
        numbers, counts = parts[unit]
        kinds.setdefault((numbers.tobytes(), counts.tobytes()), []).append(unit)
    return list(kinds.values())


def _parts(units: Sequence[str], features: Features) -> dict[str, Part]:
    """The features of each unit, ascending, and how many of its rows have each; the first is that of all rows."""
    names = sorted(set(units))
    number = {name: index for index, name in enumerate(names)}
    of_row = np.array([number[unit] for unit in units], np.int64)
    width = max(1, len(features.totals))
    packed, counts = np.unique((of_row[:, None] * width + features.of_row).ravel(), return_counts=True)
    owner, feature = np.divmod(packed, width)
    bounds = np.searchsorted(owner, np.arange(len(names) + 1))
    return {
        name: (feature[begin:end], counts[begin:end])
        for name, (begin, end) in zip(names, pairwise(bounds.tolist()), strict=True)
    }


def _hash(unit: str) -> bytes:
    return hashlib.blake2b(unit.encode(), digest_size=8).digest()


# Changing sides.


def _search(kinds: Sequence[Part], counts: Ints, sides: _Sides) -> None:
    """Change sides as long as the distance from the quotas falls, in `counts` (kinds, sides) and in `sides`."""
    if not kinds or len(sides.open) < 2:
        return
    for _ in range(_ROUNDS):
        chains = _Chains(kinds, counts, sides)
        gained = chains.run()
        counts[chains.among] = chains.counts
        for index, change in zip(chains.among.tolist(), chains.changes(), strict=True):
            for side, times in enumerate(change.tolist()):
                if times:
                    sides.add(side, kinds[index], times)
        if not gained:
            break


class _Chains:
    """The kinds that are worth a change of side, and what each change brings after those before it.

    The distance is a square, so what a group costs on a side changes with each group that comes there by the same
    amount, whatever else is there: by twice what the two have in common (`_common`).
    """

    def __init__(self, kinds: Sequence[Part], counts: Ints, sides: _Sides) -> None:
        bounds = np.cumsum([0, *(len(numbers) for numbers, _ in kinds)])
        numbers = np.concatenate([one for one, _ in kinds])
        rows = np.concatenate([many for _, many in kinds]).astype(np.float64)
        weighted = sides.weight[numbers] * rows
        apart = sides.held[:, numbers] - sides.quota[:, numbers]
        slope = 2 * np.add.reduceat(weighted * apart, bounds[:-1], axis=1)
        square = np.tile(np.add.reduceat(weighted * rows, bounds[:-1]), (len(sides.open), 1))
        begin = self._change(slope.T, square.T, counts)
        best = begin.reshape(len(kinds), -1).min(axis=1)
        self.among = np.sort(np.argsort(best, kind="stable")[:_KINDS])
        self.slope, self.square = slope.T[self.among], square.T[self.among]
        self.counts = counts[self.among]
        self._before = self.counts.copy()
        self._size = np.array([kinds[index][1][0] for index in self.among.tolist()], np.int64)
        self._held = sides.held[:, 0].copy()
        self._common = np.empty((len(self.among), len(self.among)))
        lengths = np.diff(bounds)[self.among]
        inside = np.concatenate([np.arange(bounds[i], bounds[i + 1]) for i in self.among.tolist()])
        starts = np.cumsum(lengths) - lengths
        spread = np.zeros(len(sides.weight))
        for row, index in enumerate(self.among.tolist()):
            one, many = kinds[index]
            spread[one] = many
            self._common[row] = 2 * np.add.reduceat(weighted[inside] * spread[numbers[inside]], starts)
            spread[one] = 0

    @staticmethod
    def _change(slope: Floats, square: Floats, counts: Ints) -> Floats:
        """What it costs to put a group of each kind from each side to each other: kinds, from, to."""
        leave = np.where(counts > 0, square - slope, np.inf)
        change: Floats = leave[:, :, None] + (square + slope)[:, None, :]
        for side in range(counts.shape[1]):
            change[:, side, side] = np.inf
        return change

    def _move(self, kind: int, here: int, there: int) -> None:
        self.slope[:, here] -= self._common[kind]
        self.slope[:, there] += self._common[kind]
        self.counts[kind, here] -= 1
        self.counts[kind, there] += 1
        self._held[here] -= self._size[kind]
        self._held[there] += self._size[kind]

    def run(self) -> bool:
        gained = False
        for kind in range(len(self.among)):
            for here in range(len(self._held)):
                for there in range(len(self._held)):
                    if here != there and self.counts[kind, here]:
                        gained |= self._chain(kind, here, there)
        return gained

    def _chain(self, kind: int, here: int, there: int) -> bool:
        """Change the side of one group, then twice what is best, and keep what has the smallest sum."""
        total, best, keep = 0.0, -_LEAST, 0
        done: list[tuple[int, int, int]] = []
        one = self.square[kind, here] - self.slope[kind, here] + self.square[kind, there] + self.slope[kind, there]
        while True:
            self._move(kind, here, there)
            done.append((kind, here, there))
            total += one
            if total < best and (self._held > 0).all():
                best, keep = total, len(done)
            if len(done) == _CHAIN:
                break
            change = self._change(self.slope, self.square, self.counts)
            change[kind, there, here] = np.inf  # back again
            kind, here, there = (int(i) for i in np.unravel_index(int(change.argmin()), change.shape))
            one = change[kind, here, there]
            if not np.isfinite(one):
                break
        for kind, here, there in reversed(done[keep:]):
            self._move(kind, there, here)
        return keep > 0

    def changes(self) -> Ints:
        return self.counts - self._before
