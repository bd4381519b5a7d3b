"""Is the corpus many things or one thing many times; are its sides alike; does one source fill it.

The skeleton of a text is what is left of it when every word that fewer than a tenth of the texts hold, and
every number, is masked and runs of masks are joined: "Tests function 7." and "Tests function 8." become the
same. Share of the rows in the most frequent skeleton of their task, measured: standard library .017 (code) and
.009 (docstrings) of 3,034, requests .022 of 225, doc comments of ripgrep .013 of 1,697, worst slice of 60
neighbouring rows (the methods of `decimal`) .050; a template with names filled in .98 to 1.0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeGuard

import numpy as np

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, not_applicable, untested
from falsify.integrity import MINIMUM_ROWS
from falsify.plants import TRIALS, graded, whole
from falsify.statistics import Floats, at_least
from falsify.subject import Subject, split_by
from falsify.texts import Ints, Lexicon, Words

__all__ = ["HYPOTHESES", "one_template", "skeletons", "word_overlap"]

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_COMMON: Final = 0.10  # words of at least this share of the texts are the template's own
_LENGTH: Final = 40  # tokens of a skeleton that are compared: a template shows at its beginning
_TARGET: Final = {"train": 0.8, "validation": 0.1, "test": 0.1}  # where the lineage tells no other
_GROUPS: Final = 50  # with 50 groups at 10 % each, an empty side has a chance of .9^50 = .5 %
_OFF: Final = 0.05  # beyond what whole groups allow
_EMPTY: Final = 0.01  # an empty side that has more of a chance than this is only as far off as its ratio
_OPENING: Final = 8  # words: fewer may be the beginning of many sentences ("Returns true if the given")
_OPENING_WORD: Final = re.compile(r"\w+")
_SAMPLED: Final = 4000  # texts a task: the share of a skeleton is then known to .01


def skeletons(texts: Sequence[str], lexicon: Lexicon | None = None) -> list[str]:
    """What is left of each text when its rare words and its numbers are masked; "" where no word is left."""
    found = (lexicon or Lexicon()).words(texts, _TOKEN)
    held = np.unique(found.row_of * max(1, len(found.vocabulary)) + found.ids) % max(1, len(found.vocabulary))
    frequency = np.bincount(held, minlength=len(found.vocabulary))
    keep = frequency >= _COMMON * len(texts)
    shown = ["_" if not kept or word.isdigit() else word for word, kept in zip(found.vocabulary, keep, strict=True)]
    return [_skeleton(shown, found, row) for row in range(found.rows)]


def _skeleton(shown: list[str], found: Words, row: int) -> str:
    tokens: list[str] = []
    for number in found.ids[found.starts[row] : found.starts[row + 1]].tolist():
        if len(tokens) >= _LENGTH:
            break
        part = shown[number]
        if not tokens or (part, tokens[-1]) != ("_", "_"):
            tokens.append(part)
    return " ".join(tokens) if any(part[0].isalpha() for part in tokens) else ""


def _templates(first: int, column: str, least: int) -> Callable[[Subject], Measurement]:
    """A test on the share of rows whose text has one of the `first` most frequent skeletons of its task."""

    def test(subject: Subject) -> Measurement:
        texts, looked, filled, found = subject.texts(column), 0, 0, []
        for task in sorted(set(subject.texts("task"))):
            rows = np.array([row for row in subject.where([task]).tolist() if texts[row]], np.int64)
            if len(rows) < least:
                continue
            drawn = subject.draw(rows, _SAMPLED, f"skeletons {column} {task}")
            shapes = _shapes(subject, f"skeletons {column} {task}", [texts[row] for row in drawn.tolist()])
            # A skeleton without a word ("_.") is any text of rare words, not a template.
            top = dict(Counter(shape for shape in shapes if shape).most_common(first))
            looked, filled = looked + len(drawn), filled + sum(top.values())
            found += [row for row, shape in zip(drawn.tolist(), shapes, strict=True) if shape in top]
        if not looked:
            return untested(f"no task has {least} rows with a text to compare")
        reason = f"{filled} of {looked} {column}s fill the {first} most frequent templates of their task"
        value = filled / looked
        return Measurement(value, looked, np.sort(np.array(found, np.int64)), _drawn(looked, subject), reason)

    return test


def _shapes(subject: Subject, label: str, texts: Sequence[str]) -> list[str]:
    """The skeletons of a task's texts, taken apart once for all tests that draw the same."""
    if label not in subject.kept:
        subject.kept[label] = skeletons(texts, subject.lexicon)
    shapes: list[str] = subject.kept[label]
    return shapes


def _drawn(looked: int, subject: Subject) -> str:
    return "all" if looked == subject.rows else f"{looked} of {subject.rows}, seed {subject.seed}"


def word_overlap(texts: Sequence[str], rng: np.random.Generator, pairs: int = 2000) -> float:
    """The mean Jaccard index of the word sets of random pairs of texts."""
    sets = [frozenset(_TOKEN.findall(text.lower())) for text in texts]
    left = rng.integers(0, len(sets), pairs)
    right = (left + rng.integers(1, len(sets), pairs)) % len(sets)
    both = [len(sets[a] & sets[b]) / max(1, len(sets[a] | sets[b])) for a, b in zip(left, right, strict=True)]
    return float(np.mean(both))


def _overlap(subject: Subject) -> Measurement:
    outputs, values, looked = subject.texts("output"), [], 0
    for task in sorted(set(subject.texts("task"))):
        rows = subject.draw(subject.where([task]), 1000, f"overlap {task}")
        if len(rows) >= MINIMUM_ROWS:
            rng = subject.rng(f"overlap pairs {task}")
            values.append(word_overlap([outputs[row] for row in rows.tolist()], rng))
            looked += len(rows)
    if not values:
        return untested(f"no task has {MINIMUM_ROWS} rows")
    reason = f"two random answers of a task share {max(values):.0%} of their words, in the most uniform task"
    return Measurement(max(values), looked, how=_drawn(looked, subject), reason=reason)


def one_template(subject: Subject, rng: np.random.Generator) -> Subject:
    """Every answer and material from one template, with names of the corpus' own words filled in."""
    vocabulary = [word for word in subject.body_words.vocabulary if word.isalpha() and len(word) > 3] or ["thing"]
    wording = ("Tests function {}.", "Returns the {} of this {} object.", "Computes {} and gives it to the {} of {}.")
    pattern = wording[int(rng.integers(len(wording)))]
    names = [[vocabulary[i] for i in rng.integers(0, len(vocabulary), 3)] for _ in range(subject.rows)]
    outputs = [pattern.format(*three) for three in names]
    inputs = [f"def {three[0]}_{three[1]}():\n    return {index}" for index, three in enumerate(names)]
    return subject.with_column("output", outputs).with_column("input", inputs)


def _some_templates(part: float) -> Callable[[Subject, np.random.Generator], Subject]:
    """A part of the answers from one template, the others as they are."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject:
        filled = one_template(subject, rng)
        if part >= 1:
            return filled
        chosen = rng.random(subject.rows) < part
        for name in ("output", "input"):
            both = zip(chosen.tolist(), filled.texts(name), subject.texts(name), strict=True)
            filled = filled.with_column(name, [new if taken else old for taken, new, old in both])
        return filled

    return change


def _template_plant(name: str, strengths: tuple[float, ...]) -> Plant:
    return graded(
        lambda part: whole(name, _some_templates(part)), strength=1.0, strengths=strengths, unit="of the answers"
    )


def _few_templates(subject: Subject, rng: np.random.Generator) -> Subject:
    ten = [one_template(subject, rng) for _ in range(8)]
    outputs = [ten[row % 8].texts("output")[row] for row in range(subject.rows)]
    return subject.with_column("output", outputs)


def _ratios(subject: Subject) -> dict[str, float]:
    """The ratios that the corpus was split with: those of the lineage's last stage `split`, else 80 / 10 / 10."""
    for stage in reversed(subject.lineage or ()):
        if stage.get("stage") == "split":
            config = stage.get("config")
            told = config.get("ratios") if isinstance(config, Mapping) else None
            return {side: float(told[side]) for side in _TARGET} if _are_ratios(told) else _TARGET
    return _TARGET


def _are_ratios(told: object) -> TypeGuard[Mapping[str, float]]:
    if not isinstance(told, Mapping) or set(told) != set(_TARGET):
        return False
    in_range = all(isinstance(ratio, int | float) and 0 <= ratio <= 1 for ratio in told.values())  # false for NaN
    return in_range and abs(sum(told.values()) - 1) <= 1e-6


def _stratification(subject: Subject) -> Measurement:
    split, ratios = subject.column("split"), _ratios(subject)
    if not any(split):
        return untested("the rows are not split")
    if split_by(subject) != "group":
        return not_applicable(f"the split is by {split_by(subject)}, which decides what a side holds")
    worst, judged, said = -1.0, 0, "no share is off"
    categories = subject.texts("category")
    for category in sorted(set(categories)):
        rows = [row for row, name in enumerate(categories) if name == category and split[row]]
        sizes = Counter(subject.texts("group")[row] for row in rows)
        if len(sizes) < _GROUPS:
            continue
        weight = np.array(sorted(sizes.values())) / len(rows)
        play = {side: _play(target, weight) for side, target in ratios.items()}
        if not _would_show(ratios, play):
            continue
        judged += len(rows)
        for side, target in ratios.items():
            part = sum(split[row] == side for row in rows) / len(rows)
            is_missing = part == 0 and (1 - target) ** len(sizes) < _EMPTY
            excess = 1.0 if is_missing else abs(part - target) - play[side]
            if excess > worst:
                worst, said = excess, f"{category}: {part:.1%} in {side}, {target:.0%} wanted, {play[side]:.1%} of play"
    if not judged:
        return untested(f"no category has {_GROUPS} groups, or so many that sides of equal size would show")
    return Measurement(worst, judged, reason=said)


def _play(target: float, weight: Floats) -> float:
    """What whole groups allow: one group more or less, or three standard deviations if they fall by hash."""
    return max(float(weight[-1]), 3 * float(np.sqrt(target * (1 - target) * np.square(weight).sum())))


def _would_show(ratios: Mapping[str, float], play: Mapping[str, float]) -> bool:
    """Whether sides that are dealt otherwise would be seen: what cannot refute may not corroborate either."""
    other = _other_ratios(ratios)
    # The groups of other sides fall by chance as well: five standard deviations in all.
    return any(abs(other[side] - target) - 5 / 3 * play[side] > _OFF for side, target in ratios.items())


def _other_ratios(ratios: Mapping[str, float]) -> Mapping[str, float]:
    """Equal sides; where they should be equal, a test of eight tenths."""
    if max(abs(ratio - 1 / 3) for ratio in ratios.values()) < 0.2:
        return {"train": 0.1, "validation": 0.1, "test": 0.8}
    return dict.fromkeys(_TARGET, 1 / 3)


def _unbalanced(subject: Subject, rng: np.random.Generator) -> Subject:
    """A side that a category lacks, or sides of equal size: of another size, where they should be equal."""
    ratios = _ratios(subject)
    if rng.integers(2):
        # A side that should hold less than a fifteenth may be empty by chance.
        small = [side for side in ("validation", "test") if ratios[side] > 1 / 15] or ["train"]
        gone = small[int(rng.integers(len(small)))]
        to = max((side for side in ratios if side != gone), key=lambda side: ratios[side])
        return subject.with_column("split", [to if side == gone else side for side in subject.column("split")])
    other = _other_ratios(ratios)
    names = sorted(set(subject.texts("group")))
    dealt = rng.choice(list(other), len(names), p=list(other.values())).tolist()
    of = dict(zip(names, dealt, strict=True))
    return subject.with_column("split", [of[group] for group in subject.texts("group")])


def _on_whole(name: str, change: Callable[[Subject, np.random.Generator], Subject], trials: int) -> Plant:
    """A plant that needs all rows: a few files have not enough groups."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        for _ in range(trials):
            yield Trial(change(subject, rng))

    return Plant(name, sow, change=lambda _: change)


def _largest(subject: Subject) -> Measurement:
    """How much larger than train the larger of the held-out sides is."""
    sides = Counter(side for side in subject.column("split") if side)
    if not sides:
        return untested("the rows are not split")
    ratios = _ratios(subject)
    if ratios["train"] <= max(ratios["validation"], ratios["test"]):
        return not_applicable("the split was not meant to make train the largest side")
    side = max(("validation", "test"), key=lambda name: sides[name])
    value = (sides[side] - sides["train"]) / sides.total()
    reason = f"{sides['train']} rows of train, {sides[side]} of {side}"
    return Measurement(value, sides.total(), reason=reason)


def _exchanged(subject: Subject, rng: np.random.Generator) -> Subject:
    """The names of train and of a held-out side exchanged."""
    held = [side for side in ("validation", "test") if side in subject.column("split")]
    side = held[int(rng.integers(len(held)))] if held else "test"
    other = {"train": side, side: "train"}
    return subject.with_column("split", [other.get(name, name) for name in subject.column("split")])


def _opening(text: str) -> str | None:
    """The first words of a text; None where it has no others."""
    found = list(islice(_OPENING_WORD.finditer(text), _OPENING + 1))
    return " ".join(match[0].lower() for match in found[:_OPENING]) if len(found) > _OPENING else None


def _openings(subject: Subject) -> Measurement:
    """The answers of a task that begin with the same words: a greeting or a formula, whatever comes after it."""
    openings = [_opening(text) for text in subject.texts("output")]
    worst, looked, said, found = 0.0, 0, "no two answers begin alike", np.empty(0, np.int64)
    for task in sorted(set(subject.texts("task"))):
        rows = np.array([row for row in subject.where([task]).tolist() if openings[row]], np.int64)
        if len(rows) < MINIMUM_ROWS:
            continue
        looked += len(rows)
        first, hits = Counter(openings[row] for row in rows.tolist()).most_common(1)[0]
        share = at_least(hits, len(rows))
        if share > worst:
            worst, said = share, f"{hits} of {len(rows)} answers to {task} begin with {first!r}"
            found = np.array([row for row in rows.tolist() if openings[row] == first], np.int64)
    if not looked:
        return untested(f"no task has {MINIMUM_ROWS} answers of more than {_OPENING} words")
    return Measurement(worst, looked, found, reason=said)


def _same_opening(part: float) -> Callable[[Subject, np.random.Generator], Subject | None]:
    """A sentence of the corpus' own words before a part of the answers."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        vocabulary = [word for word in subject.body_words.vocabulary if word.isalpha()]
        if len(vocabulary) < _OPENING:
            return None
        said = " ".join(vocabulary[i] for i in rng.choice(len(vocabulary), _OPENING, replace=False)).capitalize()
        taken = (rng.random(subject.rows) < part).tolist()
        texts = zip(subject.texts("output"), taken, strict=True)
        return subject.with_column("output", [f"{said}. {text}" if hit else text for text, hit in texts])

    return change


def _dominance(subject: Subject) -> Measurement:
    count = Counter(subject.texts("source"))
    if len(count) < 2:
        return not_applicable("there is one source")
    name, most = min(count.items(), key=lambda pair: (-pair[1], pair[0]))
    return Measurement(most / subject.rows, subject.rows, reason=f"{most} of {subject.rows} rows come from {name}")


def _dominated(subject: Subject, rng: np.random.Generator) -> Subject:
    names = sorted(set(subject.texts("source")))
    keep = rng.random(subject.rows) < 0.01
    other = [name if kept else names[0] for name, kept in zip(subject.texts("source"), keep.tolist(), strict=True)]
    other[0] = "another"
    return subject.with_column("source", other)


HYPOTHESES: Final = (
    Hypothesis(
        id="D4",
        family="distribution",
        claim="No category is missing from a side of the split, or far from the ratios that the corpus was split with",
        statistic="largest deviation of a category's share from its ratio, less what whole groups allow",
        threshold=_OFF,
        test=_stratification,
        plants=(_on_whole("a side without a category, or three sides of equal size", _unbalanced, TRIALS),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
        version=4,
    ),
    Hypothesis(
        id="D4b",
        family="distribution",
        claim="No held-out side is larger than train, where train was meant to be the largest",
        statistic="by how much of all split rows the larger of validation and test exceeds train",
        threshold=0,
        test=_largest,
        plants=(_on_whole("train and a held-out side exchanged", _exchanged, TRIALS),),
        points=1,
        grave=0.2,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D5",
        family="distribution",
        claim="No single template makes more than a quarter of the answers",
        statistic="share of answers with the most frequent skeleton of their task",
        threshold=0.25,
        test=_templates(1, "output", MINIMUM_ROWS),
        plants=(_template_plant("answers from one template", (0.35, 0.5, 1.0)),),
        points=1,
        veto=True,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D5b",
        family="distribution",
        claim="No two random answers of a task share two fifths of their words",
        statistic="mean Jaccard index of the words of random pairs of answers, of the most uniform task",
        # Prose .07-.12, code .19-.29 (worst: 60 methods of `decimal`); one template .43-.68.
        threshold=0.40,
        test=_overlap,
        plants=(_template_plant("alike answers from one template", (0.7, 1.0)),),
        points=1,
        veto=True,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D5c",
        family="distribution",
        claim="No ten templates make half of the answers",
        statistic="share of answers with one of the ten most frequent skeletons of their task (60 rows or more)",
        threshold=0.50,  # 10 of 60 is .17 by itself; measured at most .37 of 60 and .11 of 225 or more
        test=_templates(10, "output", 60),
        plants=(whole("answers from eight templates", _few_templates),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D5d",
        family="distribution",
        claim="No more than a fifth of the answers to a task begin with the same eight words",
        statistic="largest lower bound (95 %) of the share of a task's answers with its most frequent opening",
        # Of 14 corpora in eleven languages, tasks of 20 answers or more: at most .14 of 51, .06 of 60 or more.
        threshold=0.20,
        test=_openings,
        plants=(
            graded(
                lambda part: whole("the same sentence before answers", _same_opening(part)),
                strength=0.5,
                strengths=(0.2, 0.35, 0.5, 1.0),
                unit="of the answers",
            ),
        ),
        points=1,
        grave=0.50,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="D6",
        family="distribution",
        claim="No source makes nearly all of a corpus of several sources",
        statistic="share of the largest source",
        threshold=0.95,
        test=_dominance,
        plants=(whole("nearly all rows from one source", _dominated),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
    ),
)
