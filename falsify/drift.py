"""Are the sides of a split alike, and is this release like the one before it.

The sides: a classifier that is trained to tell held-out rows from training rows on one half of the groups is tried on
the other half (a two-sample test by classifier; Lopez-Paz and Oquab 2017). Where groups were dealt by chance it wins
half of the comparisons, give or take what dealing them anew comes to (a permutation test). It is a naive Bayes over
hashed words: what it must see is another source, topic or language.

The release: distance of Jensen and Shannon between the shares of tasks, categories, languages and kinds and of lengths
in ten classes, its lower bound by drawing groups again. With many rows every difference is significant, so what counts
is how large it is. A group that both releases have is drawn for both: two draws of one corpus are at some distance, the
larger the fewer groups it has (.17 at the least for 47 rows in 12 groups), and the same release is at none. Measured:
three and five sixths of the files of six corpora against all of them at most .058, a task left out or answers cut by a
third .146 and more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from corpus import sketch
from falsify.hypothesis import Change, Hypothesis, Measurement, Plant, Trial, not_applicable, untested
from falsify.plants import TRIALS
from falsify.statistics import Z_95, Floats, mean_chance
from falsify.subject import Subject, split_by
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "Told", "jensen_shannon", "told_apart"]

Flags = npt.NDArray[np.bool_]

_SLOTS: Final = 1 << 14
_LOOKED: Final = 4000
_HELD: Final = 60  # held-out rows, below which nothing is said
_GROUPS: Final = 20  # groups of either side: of 13, half to train on, chance alone reaches an AUC of .73
_DEALT: Final = 50  # the standard deviation is then known to a tenth
_DRAWS: Final = 100
_RELEASE: Final = 100  # rows: of 28 of 47 chance alone reaches a distance of .16
_COLUMNS: Final = ("task", "category", "language", "kind")


@dataclass(frozen=True)
class Told:
    """How well held-out rows are told from training rows.

    Attributes:
        rows: The held-out rows.
        auc: The share of pairs of a held-out and a training row that the classifier puts in the right order.
        mean: The mean of the same where the groups are dealt to the sides anew.
        deviation: Its standard deviation.
    """

    rows: int
    auc: float
    mean: float
    deviation: float


def told_apart(subject: Subject, rng: np.random.Generator) -> Told | None:
    """How well held-out rows are told, and how well if other groups were held out; None where that is moot.

    How far chance goes is not known from the rows, nor from the groups that are held out alone: files of a folder are
    about one thing, and the classifier is trained on as few groups as it is tried on. So groups are dealt anew, among
    those of about one size, and the whole is done again. Groups of a size that only one side has are left out: a
    large one goes to train whatever it is about.
    """
    held, groups, size = _sides(subject)
    either = np.intersect1d(size[held], size[~held])
    chosen = np.flatnonzero(np.isin(size, either)[groups])
    held_rows = held[groups[chosen]]
    sides = [len(np.unique(groups[chosen[rows]])) for rows in (held_rows, ~held_rows)]
    if min(sides) < _GROUPS or held_rows.sum() < _HELD:
        return None
    names, numbers = np.unique(groups[chosen], return_inverse=True)
    held, size = held[names], size[names]
    classifier = _Classifier(subject.take(chosen), numbers)
    anew = [classifier.auc(_dealt_anew(held, size, rng)) for _ in range(_DEALT)]
    return Told(int(held_rows.sum()), classifier.auc(held), float(np.mean(anew)), float(np.std(anew, ddof=1)))


def _sides(subject: Subject) -> tuple[Flags, Ints, Ints]:
    """Which groups are held out, the group of each row, and the class of each group's size: one doubling, one class."""
    groups = _grouped(subject.texts("group"))
    held = np.zeros(int(groups.max()) + 1, np.bool_)
    held[groups[np.isin(np.array(subject.texts("split"), dtype=object), ["validation", "test"])]] = True
    return held, groups, np.log2(np.bincount(groups)).astype(np.int64)


def _dealt_anew(held: Flags, size: Ints, rng: np.random.Generator) -> Flags:
    """As many other groups of each size held out."""
    dealt = np.zeros(len(held), np.bool_)
    for one in np.unique(size):
        members = np.flatnonzero(size == one)
        dealt[members] = held[rng.permutation(members)]
    return dealt


class _Classifier:
    """Naive Bayes over the hashed words of rows; what can be counted before the sides are known is counted once."""

    def __init__(self, subject: Subject, groups: Ints) -> None:
        found = subject.body_words
        terms = sketch.distinct(((found.ids * 2654435761) % _SLOTS).astype(np.uint64), found.starts[1:])
        sizes = np.diff(terms.ends, prepend=0)
        kinds, self._terms = np.unique(terms.hashes.astype(np.int64), return_inverse=True)
        self._groups, self._width = groups, len(kinds)
        self._owner, self._count = np.repeat(np.arange(len(sizes)), sizes), np.maximum(1, sizes)
        pairs, self._times = np.unique(groups[self._owner] * self._width + self._terms, return_counts=True)
        self._pair_group, self._pair_term = np.divmod(pairs, max(1, self._width))

    def auc(self, held: Flags) -> float:
        """Trained on one half of the groups and tried on the other, both ways."""
        fold = np.empty(len(held), np.int64)  # dealt by turns, so that each half has held-out ones
        for side in (held, ~held):
            fold[side] = np.arange(int(side.sum())) % 2
        part = 2 * fold + held
        rows = np.bincount(part[self._groups], minlength=4)
        seen = np.bincount(
            part[self._pair_group] * self._width + self._pair_term, self._times, 4 * self._width
        ).reshape(4, self._width)
        rates = np.log((seen + 1.0) / (rows[:, None] + 2.0))
        weight = np.stack([rates[3] - rates[2], rates[1] - rates[0]])  # each half by what the other one says
        at = fold[self._groups]
        told = np.bincount(self._owner, weight.ravel()[at[self._owner] * self._width + self._terms], len(at))
        score, is_held, won = told / self._count, held[self._groups], 0.0
        for half in (0, 1):
            others = np.sort(score[(at == half) & ~is_held])
            own = score[(at == half) & is_held]
            below, up_to = (np.searchsorted(others, own, side=side).sum() for side in ("left", "right"))
            won += (below + up_to) / (2 * len(others))
        return float(won / is_held.sum())


def _alike(subject: Subject) -> Measurement:
    if not any(subject.column("split")):
        return untested("the rows are not split")
    if split_by(subject) != "group":
        return not_applicable(f"the split is by {split_by(subject)}, so the sides are meant to differ")
    rng = subject.rng("D9")
    split = np.flatnonzero(np.array([bool(side) for side in subject.column("split")]))
    drawn = subject.take(subject.draw_files(split, _LOOKED, rng))
    told = told_apart(drawn, rng)
    if told is None:
        return untested(
            f"{_HELD} held-out rows and {_GROUPS} groups on either side are needed, of sizes that both have"
        )
    reason = (
        f"a classifier tells held-out rows with AUC {told.auc:.3f}; "
        f"where groups are dealt anew with {told.mean:.3f}, standard deviation {told.deviation:.3f}"
    )
    how = f"{drawn.rows} of {subject.rows}, seed {subject.seed}"
    chance = mean_chance(told.auc, told.deviation, above=True)
    return Measurement(told.auc - Z_95 * told.deviation, told.rows, how=how, reason=reason, chance=chance)


def jensen_shannon(left: Floats, right: Floats) -> float:
    """The distance of Jensen and Shannon of two distributions: 0 where they are equal, 1 where they share nothing."""
    middle = (left + right) / 2
    parts = [float((side[side > 0] * np.log2(side[side > 0] / middle[side > 0])).sum()) / 2 for side in (left, right)]
    return float(np.sqrt(max(0.0, sum(parts))))


def _classes(now: Subject, before: Subject) -> Iterator[tuple[str, Ints, Ints, int]]:
    """Name, class of each row of now and of before, and the number of classes."""
    for name in _COLUMNS:
        number: dict[object, int] = {}
        both = [[number.setdefault(value, len(number)) for value in one.column(name)] for one in (now, before)]
        yield name, np.array(both[0], np.int64), np.array(both[1], np.int64), len(number)
    lengths = [np.array([len(text) for text in one.texts("output")]) for one in (now, before)]
    edges = np.unique(np.quantile(lengths[1], np.linspace(0.1, 0.9, 9)))
    yield "length", np.searchsorted(edges, lengths[0]), np.searchsorted(edges, lengths[1]), len(edges) + 1


def _drift(subject: Subject) -> Measurement:
    if subject.previous is None:
        return not_applicable("no earlier release was handed in")
    before = Subject.of(subject.previous)
    if not before.is_readable or not before.rows:
        return untested("the earlier release has no rows in the schema")
    if min(subject.rows, before.rows) < _RELEASE:
        return untested(f"{_RELEASE} rows of either release are needed")
    rng = subject.rng("drift")
    names = _grouped([*subject.texts("group"), *before.texts("group")])
    groups, many = (names[: subject.rows], names[subject.rows :]), int(names.max()) + 1
    worst, said = 0.0, "nothing has moved"
    for name, now, then, classes in _classes(subject, before):
        draws = []
        for _ in range(_DRAWS):
            times = np.bincount(rng.integers(0, many, many), minlength=many)
            sides = zip((now, then), groups, strict=True)
            draws.append(jensen_shannon(*(_shares(side, times[group], classes) for side, group in sides)))
        lower = float(np.quantile(draws, 0.05))
        if lower > worst:
            worst, said = lower, f"{name}: distance {np.median(draws):.3f}, lower bound {lower:.3f}"
    return Measurement(worst, subject.rows, reason=said)


def _grouped(names: Sequence[str]) -> Ints:
    """The number of each name among all of them, in their order."""
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], np.int64)


def _shares(classes: Ints, times: Ints, many: int) -> Floats:
    """The shares of classes among rows of which each was drawn so many times."""
    counts = np.bincount(classes, weights=times, minlength=many)
    return np.asarray(counts / max(1.0, float(counts.sum())), np.float64)


def _of_one_kind(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The held-out side made of what is most unlike the rest: the words of half of it are another source's."""
    held = [row for row, side in enumerate(subject.column("split")) if side in ("validation", "test")]
    texts = list(subject.texts("output"))
    for row in rng.permutation(held)[: len(held) // 2].tolist():
        texts[row] = " ".join(f"zq{int(n)}" for n in rng.integers(0, 400, 30))
    return subject.with_column("output", texts)


def _on_all(name: str, change: Change) -> Plant:
    """A plant that needs all rows: a few files have not enough groups."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        small = subject.take(subject.draw_files(np.arange(subject.rows), _LOOKED, rng))
        for _ in range(TRIALS):
            changed = change(small, rng)
            if changed is not None:
                yield Trial(changed)

    return Plant(name, sow, change=lambda _: change)


def _without_a_class(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A release that lost a fifth of its rows or more, all of one task, category or language; or was cut by a third."""
    before = subject.table
    tasks = np.array(subject.texts("task"))
    common = [name for name in sorted(set(tasks.tolist())) if 0.15 <= float((tasks == name).mean()) <= 0.85]
    if common and rng.integers(2):
        rows = np.flatnonzero(tasks != common[int(rng.integers(len(common)))])
        return replace(subject.take(rows), previous=before)
    shorter = subject.with_column("output", [text[: int(0.7 * len(text))] for text in subject.texts("output")])
    return replace(shorter, previous=before)


HYPOTHESES: Final = (
    Hypothesis(
        id="D9",
        family="distribution",
        claim="Held-out rows cannot be told from training rows by their words",
        statistic="lower bound (95 %, groups dealt anew) of the AUC of a classifier across groups of like sizes",
        threshold=0.60,
        population="sample",
        test=_alike,
        plants=(_on_all("half of the held-out answers in the words of another source", _of_one_kind),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
        version=2,
    ),
    Hypothesis(
        id="D10",
        family="distribution",
        claim="This release is not made of other things than the one before it",
        statistic="largest lower bound (95 %, by groups drawn again for both) of the distance of Jensen and Shannon",
        threshold=0.10,
        test=_drift,
        plants=(_on_all("a task left out, or answers cut by a third", _without_a_class),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
        needs="previous",
        version=2,
    ),
)
