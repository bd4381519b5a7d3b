"""Are the sides of a split alike, and is this release like the one before it.

The sides: a classifier that is trained to tell held-out rows from training rows on one half of the groups is tried on
the other half (a two-sample test by classifier; Lopez-Paz and Oquab 2017). Where groups were dealt by chance it wins
half of the comparisons. It is a naive Bayes over hashed words: what it must see is another source, topic or language.

The release: distance of Jensen and Shannon between the shares of tasks, categories, languages and kinds and of lengths
in ten classes, its lower bound by drawing groups again. With many rows every difference is significant, so what counts
is how large it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from corpus import sketch
from falsify.hypothesis import Change, Hypothesis, Measurement, Plant, Trial, not_applicable, untested
from falsify.plants import TRIALS
from falsify.statistics import Z_95, Floats, mean_bounds, mean_chance
from falsify.subject import Subject, split_by
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "jensen_shannon", "told_apart"]

Flags = npt.NDArray[np.bool_]

_SLOTS: Final = 1 << 14
_LOOKED: Final = 4000
_HELD: Final = 60  # held-out rows, and as many groups of both sides, below which nothing is said
_GROUPS: Final = 12
_DRAWS: Final = 100
_COLUMNS: Final = ("task", "category", "language", "kind")


def told_apart(subject: Subject) -> tuple[Ints, Floats] | None:
    """The held-out rows, and the share of training rows that look less held-out than each; None where that is moot."""
    split = np.array([side or "" for side in subject.column("split")], dtype=object)
    held = np.isin(split, ["validation", "test"])
    groups = _grouped(subject.texts("group"))
    if min(len(np.unique(groups[held])), len(np.unique(groups[split == "train"]))) < _GROUPS or held.sum() < _HELD:
        return None
    # Groups in an order of their own, dealt to the two halves so that each has held-out ones.
    fold = np.empty(groups.max() + 1, np.int64)
    for side in (held, ~held):
        own = np.unique(groups[side])
        fold[own] = np.arange(len(own)) % 2
    folds = fold[groups]
    terms, owner = _terms(subject)
    won = np.full(subject.rows, np.nan)
    for half in (0, 1):
        scores = _scores(terms, owner, held, folds != half)
        for_train = np.sort(scores[(folds == half) & (split == "train")])
        own = np.flatnonzero((folds == half) & held)
        if len(for_train):
            low, high = (np.searchsorted(for_train, scores[own], side=side) for side in ("left", "right"))
            won[own] = (low + high) / (2 * len(for_train))
    rows = np.flatnonzero(~np.isnan(won))
    return rows, won[rows]


def _terms(subject: Subject) -> tuple[Ints, Ints]:
    """The hashed words of all rows, each once a row, and the row of each."""
    found = subject.body_words
    terms = sketch.distinct(((found.ids * 2654435761) % _SLOTS).astype(np.uint64), found.starts[1:])
    return terms.hashes.astype(np.int64), np.repeat(np.arange(found.rows), np.diff(terms.ends, prepend=0))


def _scores(terms: Ints, owner: Ints, held: Flags, trained: Flags) -> Floats:
    """The mean logarithm of how much more often a row's words stand in held-out rows than in training rows."""
    rates = []
    for side in (held, ~held):
        chosen = (side & trained)[owner]
        rates.append((np.bincount(terms[chosen], minlength=_SLOTS) + 1.0) / (int((side & trained).sum()) + 2.0))
    weight = np.log(rates[0] / rates[1])
    count = np.maximum(1, np.bincount(owner, minlength=len(held)))
    return np.asarray(np.bincount(owner, weights=weight[terms], minlength=len(held)) / count)


def _alike(subject: Subject) -> Measurement:
    if not any(subject.column("split")):
        return untested("the rows are not split")
    if split_by(subject) != "group":
        return not_applicable(f"the split is by {split_by(subject)}, so the sides are meant to differ")
    drawn = subject.take(subject.draw_files(np.arange(subject.rows), _LOOKED, subject.rng("D9")))
    told = told_apart(drawn)
    if told is None:
        return untested(f"{_HELD} held-out rows and {_GROUPS} groups on either side are needed")
    rows, won = told
    group = _grouped(drawn.texts("group"))
    mean, lower, upper = mean_bounds(won, group[rows])
    reason = f"a classifier tells held-out rows with AUC {mean:.3f}, 95 % bounds {lower:.3f} and {upper:.3f}"
    how = f"{drawn.rows} of {subject.rows}, seed {subject.seed}"
    chance = mean_chance(mean, (mean - lower) / Z_95, above=True)
    return Measurement(lower, len(rows), how=how, reason=reason, chance=chance)


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
    rng = subject.rng("drift")
    worst, said = 0.0, "nothing has moved"
    groups = [_grouped(one.texts("group")) for one in (subject, before)]
    for name, now, then, classes in _classes(subject, before):
        draws = [
            jensen_shannon(_shares(now, groups[0], classes, rng), _shares(then, groups[1], classes, rng))
            for _ in range(_DRAWS)
        ]
        lower = float(np.quantile(draws, 0.05))
        if lower > worst:
            worst, said = lower, f"{name}: distance {np.median(draws):.3f}, lower bound {lower:.3f}"
    return Measurement(worst, subject.rows, reason=said)


def _grouped(names: Sequence[str]) -> Ints:
    """The number of each name among all of them, in their order."""
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], np.int64)


def _shares(classes: Ints, group: Ints, many: int, rng: np.random.Generator) -> Floats:
    """The shares of classes among the rows of as many groups, drawn with replacement."""
    groups = int(group.max()) + 1
    times = np.bincount(rng.integers(0, groups, groups), minlength=groups)[group]
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
        statistic="lower bound (95 %, clustered by group) of the AUC of a classifier across groups",
        threshold=0.60,
        population="sample",
        test=_alike,
        plants=(_on_all("half of the held-out answers in the words of another source", _of_one_kind),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D10",
        family="distribution",
        claim="This release is not made of other things than the one before it",
        statistic="largest lower bound (95 %, by groups drawn again) of the distance of Jensen and Shannon",
        threshold=0.10,
        test=_drift,
        plants=(_on_all("a task left out, or answers cut by a third", _without_a_class),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
        needs="previous",
    ),
)
