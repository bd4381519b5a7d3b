"""Does the quality of a row mean something: shams are refuted, and a row that is made worse does not rise.

The score is computed anew on a sample of whole files (by the library's scorer, or the one that is handed in) and held
against the column: a constant, a random number or a length has no rank in common with it. The laws are then tried on
that scorer, on documentation that is prose alone: noise, disorder and cuts must not raise a row's score. And people:
where they have said of rows whether they are good, nine in ten must be.

The laws are kept by the library's own score in prose and not in documentation that has parts: a cut that takes a field
away, or leaves two that say the same half said, is no change for the worse. Lower bounds (95 % in all) of the share of
rows that the worst change raises by .01 or more, in prose alone and in all documentation: requests .01 and .02, flask
.00 and .00, ripgrep .00 and .01, gson .03 and .13, guzzle .00 and .11, plug .01 and .09, telescope.nvim .03 and .22,
clap .047. Of 25 corpora in 17 languages one is beyond .05 (Penlight, .06 of 23 texts; .17 of all), and one has no
prose alone (Newtonsoft.Json). A score turned upside down is raised in .71 to .89.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, not_applicable, untested
from falsify.plants import TRIALS
from falsify.prose import cut, shuffled
from falsify.statistics import Floats, at_least, at_most, binomial_tail, bootstrap, spearman
from falsify.subject import Scorer, Subject, prose_column
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "LAWS", "is_prose", "library_score"]

_LOOKED: Final = 600
_LEAST: Final = 60  # scored rows: of fewer, chance alone reaches a correlation of .2
_RELATED: Final = 0.30
_RAISED: Final = 0.05  # share of rows that a change for the worse may raise
_PROSE: Final = 20  # rows of prose alone: of so many a score that is turned raises 14 or more
_EPSILON: Final = 0.01  # less is no rise
_TRIALS: Final = 15  # 15 of 15 shows .82; each scores some files six times
_VERDICTS: Final = 29  # all good of so many show nine in ten (Clopper-Pearson)
_GOOD: Final = 0.9
_PART: Final = re.compile(
    r"^[ \t]*(?:[@\\][A-Za-z]|:[A-Za-z][\w ]*:|</?[A-Za-z]"  # tags, fields, elements
    r"|\#{1,6}[ ]|[-=~`]{3}|\w[\w ]{0,30}:[ \t]*$"  # headings, rules, fences
    r"|[-*+•][ ]|\d+[.)][ ]|>{1,3}[ ]|\.\.[ ]|\[[^]\n]+\]:"  # items, quotes and sessions, directives, links
    r"|\w+ +- |(?<=\n)(?:Returns?|Raises|Yields)\b)",  # the fields of TomDoc
    re.MULTILINE,
)
"""What begins a part of documentation that is more than prose."""


def library_score(table: pa.Table) -> list[float]:
    """The quality of rows as this library computes it, among the rows of their files."""
    from corpus.curate.scores import places, quality

    found = [0.0] * len(table)
    for rows, place in places(table):
        for at, row in enumerate(rows):
            found[row] = quality(place.signals(at))
    return found


def _sample(subject: Subject) -> Subject:
    rows = subject.draw_files(np.arange(subject.rows), _LOOKED, subject.rng("scoring"))
    return subject if len(rows) == subject.rows else subject.take(rows)


def _scored_again(subject: Subject) -> Floats:
    """The quality of the rows computed anew: dear, and the same whatever quality they have."""
    if "score" not in subject.kept:
        subject.kept["score"] = (subject.scorer or library_score)(subject.table)
    return np.asarray(subject.kept["score"], np.float64)


def _scores(subject: Subject) -> tuple[Subject, Floats, Floats] | Measurement:
    """Some whole files, their quality, and the same computed anew."""
    values = subject.column("quality")
    if all(value is None for value in values):
        return untested("no row has a quality")
    drawn = _sample(subject)
    held = np.array([np.nan if value is None else value for value in drawn.column("quality")], np.float64)
    if int((~np.isnan(held)).sum()) < _LEAST:
        return untested(f"fewer than {_LEAST} rows have a quality")
    return drawn, np.nan_to_num(held), _scored_again(drawn)


def _related(subject: Subject) -> Measurement:
    found = _scores(subject)
    if isinstance(found, Measurement):
        return found
    drawn, held, again = found
    value = spearman(held, again)
    # Rows of one file are scored among each other, so files are drawn again, not rows.
    _, upper = bootstrap(drawn.clusters, lambda rows: spearman(held[rows], again[rows]), drawn.rng("Q3 files"))
    reason = f"Spearman's correlation with the score computed anew is {value:.2f}, upper bound {upper:.2f}"
    return Measurement(upper, drawn.rows, how=f"{drawn.rows} of {subject.rows} by whole files", reason=reason)


def _noise(share: float) -> Callable[[str, np.random.Generator], str]:
    def change(text: str, rng: np.random.Generator) -> str:
        letters = rng.integers(0, 26, len(text))
        hit = rng.random(len(text)) < share
        chars = zip(text, hit.tolist(), letters.tolist(), strict=True)
        return "".join(string.ascii_lowercase[n] if h and char not in " \n\t" else char for char, h, n in chars)

    return change


LAWS: Final[dict[str, Callable[[str, np.random.Generator], str]]] = {
    "noise 5 %": _noise(0.05),
    "noise 15 %": _noise(0.15),
    "shuffled words": shuffled,
    "cut at 60 %": lambda text, _: cut(text, 0.6),
}
"""Changes for the worse: none may raise a score."""


def _laws(subject: Subject) -> Measurement:
    found = _scores(subject)
    if isinstance(found, Measurement):
        return found
    drawn, held, again = found
    if spearman(held, again) < _RELATED:
        return untested("what computed the quality is not known here, so nothing can be scored again")
    rows = drawn.where(["document"])
    if len(rows) < _PROSE:
        return not_applicable(f"fewer than {_PROSE} rows document a definition")
    # Without a field, or half of a list, documentation with parts may well be better than it was.
    rows = np.array([i for i in rows.tolist() if is_prose(drawn.prose[i])], np.int64)
    if len(rows) < _PROSE:
        return untested(f"{len(rows)} rows document a definition in prose alone; {_PROSE} are needed", len(rows))
    worst, said, risen = 0.0, "no change for the worse raises a score", np.empty(0, np.int64)
    for name, change in LAWS.items():
        rng = drawn.rng(name)
        score = _rescored(drawn, rows, lambda text, rng=rng, change=change: change(text, rng))  # type: ignore[misc]
        raised = rows[score > again[rows] + _EPSILON]
        lower = at_least(len(raised), len(rows), 1 - 0.05 / len(LAWS))
        if lower >= worst:
            worst, risen = lower, raised
            said = f"{name} raises the score of {len(raised)} of {len(rows)} rows"
    place = {name: index for index, name in enumerate(subject.ids)}
    evidence = np.array(sorted(place[drawn.ids[i]] for i in risen.tolist()), np.int64)
    how = f"{drawn.rows} of {subject.rows} by whole files"

    def chance(threshold: float) -> float:
        return min(1.0, len(LAWS) * binomial_tail(len(risen), len(rows), threshold))

    return Measurement(worst, len(rows), evidence, how, said, chance=chance)


def is_prose(text: str) -> bool:
    """Whether a text says something in five words or more, and has no parts: no tags, fields, lists, headings, code."""
    return len(text.split()) >= 5 and not _PART.search(text)


def _rescored(drawn: Subject, rows: Ints, change: Callable[[str], str]) -> Floats:
    """What the rows score when each is spoilt, the others of its file as they are."""
    if drawn.scorer is None:
        return _among_others(drawn, set(rows.tolist()), change)
    columns = {name: list(drawn.texts(name)) for name in ("input", "output")}
    for row in rows.tolist():
        column = columns[prose_column(drawn.column("task")[row])]
        column[row] = change(column[row])
    table = drawn
    for name, values in columns.items():
        table = table.with_column(name, values)
    return np.asarray(drawn.scorer(table.table), np.float64)[rows]


def _among_others(drawn: Subject, rows: set[int], change: Callable[[str], str]) -> Floats:
    from corpus.curate.scores import places, quality

    plain = drawn.rows_at(np.arange(drawn.rows))
    score = {}
    for held, place in places(drawn.table):
        for at, row in enumerate(held):
            if row in rows:
                name = prose_column(plain[row]["task"])
                score[row] = quality(place.signals(at, {**plain[row], name: change(plain[row][name])}))
    return np.array([score[row] for row in sorted(rows)], np.float64)


def _reviewed(subject: Subject) -> Measurement:
    """The share of rows that people called good: the verdict of a row is its last."""
    if subject.reviews is None:
        return untested("nobody's verdicts on rows were handed in")
    names = subject.reviews.column_names
    if "id" not in names or "verdict" not in names:
        return untested("the verdicts have no columns id and verdict")
    known = set(subject.ids)
    told = zip(subject.reviews["id"].to_pylist(), subject.reviews["verdict"].to_pylist(), strict=True)
    said = {name: verdict for name, verdict in told if name in known and verdict in ("good", "bad")}
    if len(said) < _VERDICTS:
        return untested(f"{len(said)} rows were judged; {_VERDICTS} are needed", len(said))
    good = sum(verdict == "good" for verdict in said.values())
    lower, upper = at_least(good, len(said)), at_most(good, len(said))
    reason = f"{good} of {len(said)} judged rows are good: {lower:.1%} to {upper:.1%}"
    if lower < _GOOD <= upper:
        return untested(f"{reason}; more verdicts are needed to tell", len(said))
    bad = np.array([row for row, name in enumerate(subject.ids) if said.get(name) == "bad"], np.int64)
    return Measurement(good / len(said), len(said), bad, "what was judged", reason)


def _shams(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """A constant and a random number as qualities; that of length is the plant of another hypothesis."""
    del clean
    drawn = subject.take(subject.draw_files(np.arange(subject.rows), 4 * _LEAST, rng))
    _scored_again(drawn)  # once for all trials
    for index in range(TRIALS):
        ways = (np.full(drawn.rows, rng.random()), rng.random(drawn.rows))
        yield Trial(drawn.with_column("quality", ways[index % 2].tolist()))


def _upside_down(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """A scorer with its sign turned, on some files at a time."""
    del clean
    for _ in range(_TRIALS):
        drawn = subject.take(subject.draw_files(subject.where(["document"]), 2 * _LEAST, rng))
        values = (1.0 - _scored_again(drawn)).tolist()
        turned = replace(drawn.with_column("quality", values), scorer=_turned(drawn.scorer or library_score))
        turned.kept["score"] = values
        yield Trial(turned)


def _turned(scorer: Scorer) -> Scorer:
    return lambda table: [1.0 - value for value in scorer(table)]


def _disliked(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """As many verdicts as there are, of which a fifth to a half is bad."""
    del clean
    for _ in range(TRIALS):
        rows = rng.permutation(subject.rows)[: max(_VERDICTS, min(subject.rows, 200))]
        said: list[dict[str, Any]] = [
            {"id": subject.ids[row], "verdict": "bad" if at < (0.2 + 0.3 * rng.random()) * len(rows) else "good"}
            for at, row in enumerate(rows.tolist())
        ]
        yield Trial(replace(subject, reviews=pa.Table.from_pylist(said)))


HYPOTHESES: Final = (
    Hypothesis(
        id="Q3",
        family="quality",
        claim="Quality is not a number that has nothing to do with the rows",
        statistic="upper bound (95 %, by files drawn again) of Spearman's correlation with the score computed anew",
        threshold=_RELATED,
        floor=True,
        population="sample",
        test=_related,
        plants=(Plant("a constant or a random number as quality", _shams),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="Q4",
        family="quality",
        claim="No change for the worse raises the score of more than 5 % of the documentation in prose alone",
        statistic="largest lower bound (95 % in all) of the share of rows that noise, disorder or a cut raises",
        threshold=_RAISED,
        population="sample",
        test=_laws,
        plants=(Plant("a scorer with its sign turned", _upside_down, everywhere=True),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
        version=2,
    ),
    Hypothesis(
        id="Q5",
        family="quality",
        claim="No less than nine in ten of the rows that people judged are good",
        statistic="share of judged rows that were called good; untested where its 95 % interval holds .90",
        threshold=_GOOD,
        floor=True,
        population="what was judged",
        test=_reviewed,
        plants=(Plant("verdicts of which a fifth or more is bad", _disliked, everywhere=True),),
        points=2,
        rate=None,
        min_sensitivity=0.8,
        needs="reviews",
    ),
)
