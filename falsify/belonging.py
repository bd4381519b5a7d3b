"""Do rows about one definition agree, and does no answer fit another definition of its file far better than its own.

`falsify.semantics` asks how close the answers of a corpus are to their questions on the whole; a twentieth of the
answers moved within their files hardly shows there. Here each row is asked:

- The code that was asked for by a name holds it: of 1,622 rows of requests, flask and ripgrep none did not.
- Two rows about the same lines tell the same: the words of the documentation that one row gives stand in the row that
  asks for its code, or gives a part of it.
- A row whose answer fits another question of its file at least three times as well as its own, and whose own question
  another answer of the file as well, is suspicious. Shares in requests, flask, ripgrep and the standard library:

                  as it is                 a fifth moved            found of those moved
    document      .036 .031 .078 .063      .137 .139 .181 .162      .60 to .65
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import numpy as np

from falsify.hypothesis import Change, Hypothesis, Measurement, Plant, Trial, not_applicable, share, untested
from falsify.plants import TRIALS, edited_rows, graded
from falsify.relevance import cosine, strata, vectors
from falsify.statistics import Floats
from falsify.subject import Row, Subject
from falsify.texts import Ints, last_name

__all__ = ["HYPOTHESES", "holds_name", "margins", "pairs_of_rows", "unmarked"]

_WORD: Final = re.compile(r"\w+")
_MARKUP: Final = re.compile(
    r"^[ \t]*[@\\](?:author|since|see|version)\b.*$|^[ \t]*\[[^\]\n]*\]:.*$|</?code[^<>]*>"
    r"|</?[A-Za-z][\w:]*|\b(?:name|cref|href|langword|type)=|@\w+|\\[a-z]+|:[a-z]+:",
    re.MULTILINE,
)
"""Lines, tags and attributes of documentation that a rendering of it leaves out."""
_NAMED: Final = ("function", "type", "constant", "macro")
_AGREE: Final = 0.6  # share of the words that must be found again; markup and layout take some
_LEAST: Final = 5  # words: of fewer, the same ones may be found anywhere
_NEIGHBOURS: Final = 32  # rows of the file on each side that an answer is tried at
_FAR: Final = 0.5  # (rival - own) / (rival + own): the rival fits three times as well
_LOOKED: Final = 3000
_PAIRS: Final = 250  # of fewer, one class whose methods are alike is too much
_Place = tuple[str, str, int, int]


def _names(subject: Subject) -> Measurement:
    columns = [subject.column(name) for name in ("task", "category", "symbol", "output")]
    looked, found = 0, []
    for row, (task, category, symbol, code) in enumerate(zip(*columns, strict=True)):
        name = last_name(symbol) if task == "implement" and category in _NAMED else None
        if name is None:
            continue
        looked += 1
        if not holds_name(code, name):
            found.append(row)
    if not looked:
        return not_applicable("no row asks for a named definition")
    return share(found, looked, "ask for a definition by a name that their code does not hold", tolerated=True)


def holds_name(text: str, name: str) -> bool:
    """Whether a name, which is a word, stands in a text as a word: `re` would compile an expression for each name."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _WORD.match(text[at - 1 : at]) and not _WORD.match(text[end : end + 1]):
            return True
        at = text.find(name, at + 1)
    return False


@lru_cache(maxsize=1 << 13)
def _words(text: str) -> frozenset[str]:
    """The words that are said; the names of tags and their attributes, which a rendering leaves out, are not."""
    return frozenset(map(sys.intern, _WORD.findall(_MARKUP.sub(" ", text).lower())))


def pairs_of_rows(subject: Subject) -> list[tuple[int, int]]:
    """Each row that documents a definition with each that implements or explains the same lines."""
    columns = zip(*(subject.column(n) for n in ("source", "path", "line_start", "line_end", "task")), strict=True)
    at: dict[_Place, dict[str, list[int]]] = {}
    for row, (source, path, start, end, task) in enumerate(columns):
        if path is not None and start is not None and task in ("document", "implement", "explain"):
            at.setdefault((source, path, start, end), {}).setdefault(task, []).append(row)
    return [
        (told, twin)
        for tasks in at.values()
        for told in tasks.get("document", ())
        for twin in (*tasks.get("implement", ()), *tasks.get("explain", ()))
    ]


def unmarked(text: str) -> str:
    """A text without the lines, tags and attributes that a rendering of documentation leaves out."""
    return _MARKUP.sub(" ", text)


def _twins(subject: Subject) -> Measurement:
    """Rows that say something else than another row about the same lines."""
    looked: set[int] = set()
    found: set[int] = set()
    for told, twin in pairs_of_rows(subject):
        same = _agree(subject, told, twin)
        looked |= {told, twin} if same is not None else set()
        found |= {told, twin} if same is False else set()
    if not looked:
        return not_applicable("no two rows tell of the same definition")
    return share(
        sorted(found), len(looked), "tell something else than another row about the same lines", tolerated=True
    )


def _agree(subject: Subject, told: int, twin: int) -> bool | None:
    """Whether the shorter of two texts about a definition is found in the other; None where it is too short."""
    said = subject.texts("output")[told]
    if subject.texts("task")[twin] == "implement":
        question = f"{subject.texts('instruction')[twin]}\n{subject.texts('input')[twin]}"
        small, large = _words(said), _words(question)
    else:
        small, large = _words(subject.texts("output")[twin]), _words(said) | _words(subject.texts("input")[told])
    return None if len(small) < _LEAST else len(small & large) >= _AGREE * len(small)


def margins(subject: Subject) -> tuple[Ints, Floats]:
    """For each row with neighbours in its file how much better than its own the best of theirs fits, -1 to 1.

    The lesser of two numbers: of its answer at another question, and of another answer at its question.
    """
    asked, answered = vectors(subject.questions, subject.texts("output"), subject.lexicon)
    stratum = strata(subject.files, subject.column("task"), subject.column("language"))
    left, right = _beside(stratum)
    n = np.arange(subject.rows)
    own = cosine(asked, n, answered, n)
    there, back = cosine(asked, left, answered, right), cosine(asked, right, answered, left)
    best = []
    for of_left, of_right in ((back, there), (there, back)):
        most = np.zeros(subject.rows)
        np.maximum.at(most, left, of_left)
        np.maximum.at(most, right, of_right)
        best.append((most - own) / np.maximum(1e-9, most + own))
    has = np.unique(np.concatenate([left, right]))
    return has, np.minimum(*best)[has]


def _beside(stratum: Ints) -> tuple[Ints, Ints]:
    """Each pair of rows that are near each other in their stratum."""
    order = np.argsort(stratum, kind="stable")
    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for shift in range(1, _NEIGHBOURS + 1):
        same = stratum[order[shift:]] == stratum[order[:-shift]]
        if not same.any():
            break
        lefts.append(order[:-shift][same])
        rights.append(order[shift:][same])
    return np.concatenate(lefts), np.concatenate(rights)


def _elsewhere(label: str, task: str) -> Callable[[Subject], Measurement]:
    def test(subject: Subject) -> Measurement:
        rows = subject.where([task])
        if not len(rows):
            return not_applicable(f"no row of the task {task}")
        drawn_rows = subject.draw_files(rows, _LOOKED, subject.rng(label))
        drawn = subject.take(drawn_rows)
        row, margin = margins(drawn)
        if len(row) < _PAIRS:
            return untested(f"{len(row)} rows have another one in their file; {_PAIRS} are needed", len(row))
        found = drawn_rows[row[margin > _FAR]]
        what = "fit another definition of their file far better than their own, and it them"
        result = share(found, len(row), what, tolerated=True)
        how = (
            "all" if len(drawn_rows) == len(rows) else f"{len(row)} of {len(rows)} by whole files, seed {subject.seed}"
        )
        return Measurement(result.value, result.looked, result.found, how, result.reason)

    return test


def _pairs(subject: Subject, task: str, part: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of rows of one file and language, a part of all rows of the task, drawn at random."""
    rows = rng.permutation(subject.where([task]))
    stratum = strata(subject.files, subject.column("language"))
    waiting: dict[int, int] = {}
    pairs = []
    for row in rows.tolist():
        other = waiting.pop(int(stratum[row]), None)
        if other is None:
            waiting[int(stratum[row])] = row
        else:
            pairs.append((other, row))
    return pairs[: max(1, round(part * len(rows) / 2))]


def _whole_files(name: str, change: Change) -> Plant:
    """A plant in all rows of the copy: in a few hundred, a twentieth is a few."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        for _ in range(TRIALS):
            changed = change(subject, rng)
            if changed is not None:
                yield Trial(changed)

    return Plant(name, sow, change=lambda _: change)


def _moved(name: str, strength: float, strengths: tuple[float, ...]) -> Plant:
    return graded(
        lambda part: _whole_files(name, _within_files("document", part)),
        strength=strength,
        strengths=strengths,
        unit="of the documentation moved",
    )


def _within_files(task: str, part: float) -> Change:
    """A plant: a part of the answers dealt to other questions of their file."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        outputs = subject.texts("output")
        moved = list(outputs)
        for one, other in _pairs(subject, task, part, rng):
            moved[one], moved[other] = outputs[other], outputs[one]
        changed = sum(a != b for a, b in zip(outputs, moved, strict=True))
        return subject.with_column("output", moved) if changed >= 2 else None

    return change


def _unnamed(row: Row, rng: np.random.Generator) -> Row | None:
    """The code under another name, as the code of another definition is."""
    name = last_name(row["symbol"]) if row["task"] == "implement" and row["category"] in _NAMED else None
    if name is None:
        return None
    other = "".join(chr(97 + int(i)) for i in rng.integers(0, 26, 9))
    return {**row, "output": re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, row["output"])}


HYPOTHESES: Final = (
    Hypothesis(
        id="C1k",
        family="semantics",
        claim="No more than 1 % of the code lacks the name that it was asked for by",
        statistic="lower bound (95 %) of the share of code without the last part of its symbol",
        threshold=0.01,
        test=_names,
        plants=(edited_rows("code under another name", _unnamed),),
        points=1,
        grave=0.05,
        rate=0.02,
        applies_to=("implement",),
    ),
    Hypothesis(
        id="C1h",
        family="semantics",
        claim="No more than 0.5 % of the rows contradict another row about the same lines",
        statistic="lower bound (95 %) of the share of rows of which less than 60 % of the words stand in their twin",
        threshold=0.005,  # in eight languages .2 % of 8,800 rows; requests, flask, ripgrep: none of 4,076
        test=_twins,
        plants=(_moved("documentation moved away from what its twin tells", 0.05, (0.02, 0.05, 0.2)),),
        points=2,
        grave=0.05,
        rate=None,
        min_sensitivity=0.8,
        applies_to=("document", "implement", "explain"),
    ),
    Hypothesis(
        id="C1i",
        family="semantics",
        claim="No more than 10 % of the documentation fits another definition of its file far better",
        statistic="lower bound (95 %) of the share of rows that a rival of the same file beats three times, both ways",
        threshold=0.10,
        population="sample",
        test=_elsewhere("C1i", "document"),
        plants=(_moved("documentation moved to a neighbour that it fits as little", 0.2, (0.1, 0.2, 0.5)),),
        points=1,
        grave=0.25,
        rate=None,
        min_sensitivity=0.8,
        applies_to=("document",),
    ),
)
