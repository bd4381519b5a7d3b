"""Is a row there twice, and does a side of the split know the other: exact joins over all rows.

None of this uses the sketches that the pipeline deduplicates with. Measured on 6,068 rows of the standard
library that had been deduplicated: no pair of rows within a task at Jaccard .85, one of 956 held-out rows at
containment .5 in a training row (a copied method), none at .8. Of ten packages split by file, two had a short row
that stands to 80 % in a longer one across the split, none a copy: so copies are forbidden, passages rationed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, share, untested
from falsify.joins import contained, overlaps, similar
from falsify.plants import HOSTS, copy_id, graded, merged
from falsify.subject import Row, Subject, split_by
from falsify.texts import Grams, Ints, shingled, shingled_words, shingles, words

__all__ = ["HYPOTHESES"]

_NEAR: Final = 0.85  # Jaccard of word 5-grams: about 3 % of the words differ
_REPLACED: Final = "of the words replaced"
_NOTED: Final = 20  # rows that a report names
_LEAST: Final = 20  # distinct 8-grams: what is shorter is shared by accident (signatures, licence lines)


def _key(row: Row) -> tuple[str, ...]:
    """What makes a row the same as another: the instruction counts where there is nothing else to ask about."""
    texts = (row["input"] or row["instruction"], row["output"])
    return (row["task"], *(" ".join(text.split()) for text in texts))


_PLACE: Final = ("source", "path", "line_start", "line_end")


def _exact(subject: Subject) -> Measurement:
    """Rows with a twin. Two questions about the same place (its two arguments) may have one answer."""
    names = ("task", "instruction", "input", "output", *_PLACE)
    columns = [subject.texts(n) if n in names[:4] else subject.column(n) for n in names]
    seen: dict[tuple[str, ...], list[tuple[int, Row]]] = {}
    found: dict[int, int] = {}
    for index, values in enumerate(zip(*columns, strict=True)):
        row = dict(zip(names, values, strict=True))
        twins = seen.setdefault(_key(row), [])
        # Against the first few only: a template that fills the table must not cost the square of it.
        same = [other for other, twin in twins if _is_same_question(row, twin)]
        if same:
            found |= {index: same[0], **{other: index for other in same if other not in found}}
        elif len(twins) < 8:
            twins.append((index, row))
    result = share(sorted(found), subject.rows, "repeat another row of their task")
    return replace(result, notes=_notes(subject, found, "repeats"))


def _notes(subject: Subject, twins: Mapping[int, int], what: str) -> dict[int, str]:
    """Which row each of some rows is like."""
    return {row: f"{what} row {subject.ids[twins[row]]}" for row in sorted(twins)[:_NOTED]}


def _is_same_question(row: Row, twin: Row) -> bool:
    if row["instruction"] == twin["instruction"]:
        return True
    return row["path"] is not None and any(row[name] != twin[name] for name in _PLACE)


def _near(subject: Subject) -> Measurement:
    found: dict[int, int] = {}
    complete = True
    for task in sorted(set(subject.texts("task"))):
        rows = subject.where([task])
        pairs = similar(shingled_words(subject.body_words, 5, rows), _NEAR)
        complete &= pairs.complete
        # Rows about one long definition differ in what is asked of it: the answers must be alike as well.
        outputs = subject.texts("output")
        either, place = np.unique(np.concatenate([pairs.left, pairs.right]), return_inverse=True)
        answers = shingled((outputs[i] for i in rows[either].tolist()), 5)
        alike = _jaccard(answers, place[: len(pairs.left)], place[len(pairs.left) :]) >= _NEAR
        left, right = rows[pairs.left[alike]].tolist(), rows[pairs.right[alike]].tolist()
        found |= dict(zip(right, left, strict=True)) | dict(zip(left, right, strict=True))
    result = share(sorted(found), subject.rows, "nearly repeat another row of their task", tolerated=True)
    result = replace(result, notes=_notes(subject, found, "nearly repeats"))
    if complete or (result.value or 0) > 0.01:
        return result
    return untested("more candidate pairs than fit into memory; " + result.reason, subject.rows)


def _jaccard(sets: Grams, left: Ints, right: Ints) -> Any:
    both = overlaps(sets, left, right)
    return both / np.maximum(1, sets.sizes[left] + sets.sizes[right] - both)


def _sides(subject: Subject) -> tuple[Ints, Ints] | None:
    split = np.array([side or "" for side in subject.column("split")], dtype=object)
    train, held = np.flatnonzero(split == "train"), np.flatnonzero((split != "train") & (split != ""))
    return (train, held) if len(train) and len(held) else None


def _leaks(threshold: float, *, copies: bool) -> Callable[[Subject], Measurement]:
    def test(subject: Subject) -> Measurement:
        sides = _sides(subject)
        if sides is None:
            return untested("the rows are not split into train and validation or test")
        train, held = sides
        grams = subject.body_grams
        held = held[grams.sizes[held] >= _LEAST]
        if not len(held):
            return untested(f"no held-out row has {_LEAST} distinct 8-grams")
        pairs = contained(grams, held, train, threshold)
        left, right = held[pairs.left], train[pairs.right]
        if copies:
            # As much of the training row stands in the held-out one: a copy, not a passage.
            alike = pairs.share * grams.sizes[left] >= threshold * grams.sizes[right] - 1e-9
            left, right = left[alike], right[alike]
        found = np.unique(left)
        what = f"of validation and test {'copy' if copies else 'stand in'} one row of train to {threshold:.0%} or more"
        result = share(found, held, what, tolerated=not copies)
        twins = dict(zip(left.tolist(), right.tolist(), strict=True))
        result = replace(result, notes=_notes(subject, twins, "is a copy of" if copies else "stands in"))
        if not pairs.complete and not len(found):
            return untested("more candidate pairs than fit into memory", len(held))
        return result

    return test


def _crossed_groups(subject: Subject) -> Measurement:
    """Rows of a group on two sides; by source also those of a source on two, by time those that are out of order."""
    if not any(subject.column("split")):
        return untested("the rows are not split")
    by = split_by(subject)
    found = set(_on_two_sides(subject, "group"))
    what = "belong to a group that stands on two sides"
    if by == "source":
        found |= set(_on_two_sides(subject, "source"))
        what = "belong to a group or source that stands on two sides"
    if by == "time":
        found |= set(_out_of_time(subject))
        what += ", or are not newer than all rows of the sides before"
    return share(sorted(found), subject.rows, what)


def _on_two_sides(subject: Subject, column: str) -> list[int]:
    sides: dict[str, set[str]] = {}
    names = subject.texts(column)
    for name, side in zip(names, subject.column("split"), strict=True):
        if side is not None:
            sides.setdefault(name, set()).add(side)
    return [row for row, name in enumerate(names) if len(sides.get(name, ())) > 1]


def _out_of_time(subject: Subject) -> list[int]:
    """Held-out rows that are no newer than the newest row of a side before theirs, and rows without a date."""
    split, dates = subject.column("split"), subject.column("created_at")
    newest: Any = None
    found = [row for row, (side, date) in enumerate(zip(split, dates, strict=True)) if side and date is None]
    for side in ("train", "validation", "test"):
        own = [row for row, name in enumerate(split) if name == side and dates[row] is not None]
        if newest is not None:
            found += [row for row in own if dates[row] <= newest]
        newest = max([dates[row] for row in own] + ([newest] if newest is not None else []), default=None)
    return found


def _pairs_of(name: str, twin: Callable[[Row, np.random.Generator], Row | None], *, hosts_too: bool) -> Plant:
    """A plant of which one half are clean rows and the other half their altered copies."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        hosts = clean[rng.permutation(len(clean))[: 3 * HOSTS]]
        rows: list[Row] = []
        planted: list[frozenset[str]] = []
        for host in subject.rows_at(hosts):
            copy = twin({**host, "id": copy_id(host["id"], name, 0)}, rng) if len(planted) < HOSTS else None
            if copy is not None:
                rows += [{**host, "split": "train"}, copy]
                planted.append(frozenset((host["id"], copy["id"])) if hosts_too else frozenset((copy["id"],)))
        if planted:
            yield Trial(subject.with_rows(rows), frozenset().union(*planted))

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        trial = next(sow(subject, np.arange(subject.rows), rng), None)
        return None if trial is None else merged(subject, trial.subject.rows_at(np.arange(trial.subject.rows)))

    return Plant(name, sow, change=lambda _: change)


def _respaced(row: Row, rng: np.random.Generator) -> Row:
    return {**row, "output": row["output"].replace(" ", "  ", int(rng.integers(0, 3))) + "\n"}


def _edited(row: Row, rng: np.random.Generator, part: float) -> Row:
    """One word in 1 / part replaced, in one stretch: scattered edits hit five 5-grams each, a stretch only its own."""
    column = max(("input", "output"), key=lambda name: len(row[name]))
    spans = [match.span() for match in re.finditer(r"\w+", row[column])]
    count = int(part * len(spans))
    if not count:
        return row
    at = int(rng.integers(0, len(spans) - count + 1))
    begin, end = spans[at][0], spans[at + count - 1][1]
    middle = " ".join(f"edited{index}" for index in range(count))
    return {**row, column: row[column][:begin] + middle + row[column][end:]}


def _near_copy(part: float) -> Callable[[Row, np.random.Generator], Row | None]:
    def twin(row: Row, rng: np.random.Generator) -> Row | None:
        changed = _edited(row, rng, part)
        grams = [shingles(words([row[c], changed[c]]), 5) for c in ("input", "output")]
        whole = shingles(words([f"{r['input']}\n{r['output']}" for r in (row, changed)]), 5)
        pair = (np.array([0]), np.array([1]))
        # Kept only if it is what the claim forbids: one word in ten changes more than 15 % of the 5-grams.
        is_near = _jaccard(whole, *pair)[0] >= _NEAR and (not row["output"] or _jaccard(grams[1], *pair)[0] >= _NEAR)
        return changed if is_near else None

    return twin


def _leaked(part: float, threshold: float) -> Callable[[Row, np.random.Generator], Row | None]:
    def twin(row: Row, rng: np.random.Generator) -> Row | None:
        changed = _edited(row, rng, part)
        grams = shingles(words(f"{r['input'] or r['instruction']}\n{r['output']}" for r in (changed, row)), 8)
        # Kept only if the claim forbids it: a short row loses a third of its 8-grams with a single word.
        both = int(overlaps(grams, np.array([0]), np.array([1]))[0])
        if grams.sizes[0] < _LEAST or both < threshold * grams.sizes.max():
            return None
        return {**changed, "split": ("validation", "test")[int(rng.integers(2))]}

    return twin


def _crossed(row: Row, rng: np.random.Generator) -> Row:
    return {**row, "split": ("validation", "test")[int(rng.integers(2))]}


HYPOTHESES: Final = (
    Hypothesis(
        id="D1",
        family="distribution",
        claim="No row repeats another one of its task",
        statistic="share of rows whose material and answer, white space aside, are those of another row",
        threshold=0,
        test=_exact,
        plants=(_pairs_of("the same row with other white space", _respaced, hosts_too=False),),
        points=2,
        veto=True,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D1b",
        family="distribution",
        claim="No more than 1 % of the rows nearly repeat another one of their task",
        statistic="lower bound (95 %) of the share of rows with Jaccard >= .85 of word 5-grams to another, exact join",
        threshold=0.01,
        test=_near,
        plants=(
            graded(
                lambda part: _pairs_of("a copy, some words replaced", _near_copy(part), hosts_too=False),
                strength=0.02,
                strengths=(0.0, 0.02, 0.04),
                unit=_REPLACED,
            ),
        ),
        points=1,
        grave=0.10,
        rate=0.02,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D2",
        family="distribution",
        claim="No row of validation or test is a copy of a row of train",
        statistic=f"share of held-out rows (>= {_LEAST} distinct 8-grams) that share 80 % of both with a row of train",
        threshold=0,
        test=_leaks(0.8, copies=True),
        plants=(
            graded(
                lambda part: _pairs_of("a training row on the other side", _leaked(part, 0.8), hosts_too=False),
                strength=0.05,
                strengths=(0.0, 0.02, 0.05, 0.10),
                unit=_REPLACED,
            ),
        ),
        points=2,
        veto=True,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D2b",
        family="distribution",
        claim="No more than 1 % of validation and test stand by half in a row of train",
        statistic="lower bound (95 %) of the share of held-out rows of which a single training row holds 50 %",
        threshold=0.01,  # file-wise splits of mature code leak 1.2 % at 30 %, repository-wise ones none of 3,087
        test=_leaks(0.5, copies=False),
        plants=(
            graded(
                lambda part: _pairs_of("a passage of train on the other side", _leaked(part, 0.5), hosts_too=False),
                strength=0.25,
                strengths=(0.10, 0.25, 0.40),
                unit=_REPLACED,
            ),
        ),
        points=1,
        veto=True,
        rate=0.05,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D3",
        family="distribution",
        claim="No group stands on two sides of the split; no source, if it is by source; no time, if by time",
        statistic="share of rows whose group (or source) has rows on another side, or that are out of time",
        threshold=0,
        test=_crossed_groups,
        version=2,
        plants=(_pairs_of("a row of a group on another side", _crossed, hosts_too=True),),
        points=2,
        veto=True,
        min_sensitivity=0.8,
    ),
)
