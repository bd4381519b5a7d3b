"""For each test a defect that it alone sees: switch the test off, and a corpus that holds it is not refuted.

A test that finds nothing but what its neighbours find, too, is none: it would be missed by nobody. So each has a plant
here that is its own, as weak as it may be and as people make it: a share just beyond the threshold of this test and
below those of the others, or rows that the others do not look at. They decide nothing in a run, which has enough to do
with its plants at graded strength, and are no part of what is registered; the mutation table and the suite sow them.

A planted corpus is what a pipeline would have made that had the defect from the start: tokens are counted and rows
scored after it, and ledger, sources and a second build agree with it. So all other tests are asked, those of what was
recorded as well, and none of them has an excuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from corpus.entry import estimate_asked, estimate_tokens
from falsify import defects, slips
from falsify.defects import LEAST
from falsify.hypothesis import Change, Plant, Trial
from falsify.reference import clean_subject
from falsify.subject import Subject
from falsify.texts import Ints

__all__ = ["SOLE", "as_built"]

_FLOOR: Final = 0.1  # of a score, as Q2 has it
_TRIALS: Final = 6  # a corpus; 24 of 24 of four corpora show .88


def as_built(subject: Subject, *, scored: bool = False) -> Subject:
    """The corpus that a pipeline would have made that gave these rows: nothing on record speaks against them.

    Args:
        subject: Rows with a defect.
        scored: Whether to score the rows anew; of a row or two nobody's threshold is reached.
    """
    names = ("system", "history", "instruction", "input", "output")
    columns = zip(*(subject.column(name) for name in names), strict=True)
    rows = [dict(zip(names, values, strict=True)) for values in columns]
    counted = subject.with_column("tokens_input", [estimate_asked(row) for row in rows])
    counted = counted.with_column("tokens_output", [estimate_tokens(row["output"]) for row in rows])
    return _recorded(_scored(counted) if scored else counted)


def _recorded(subject: Subject) -> Subject:
    """A ledger, sources and a second build that agree with the rows."""
    made = clean_subject(subject.table)
    given = {name: getattr(made, name) for name in ("lineage", "reread", "rebuild", "versions", "parses")}
    return replace(subject, given=subject.table, removed=None, **given)


def _scored(subject: Subject) -> Subject:
    """The rows scored anew, without those that a filter takes out for a score that is too low."""
    from corpus.curate.scores import places, quality

    signals: list[Mapping[str, float | None]] = [{}] * subject.rows
    for rows, place in places(subject.table):
        for at, row in enumerate(rows):
            signals[row] = place.signals(at)
    values = [quality(one) for one in signals]
    scored = subject.with_column("signals", signals).with_column("quality", values)
    return scored.take(np.flatnonzero(np.array(values) >= _FLOOR))


def _sole(name: str, change: Change, *, scored: bool = False, all_rows: bool = False, trials: int = _TRIALS) -> Plant:
    """A plant in the rows, of which all that is on record is made afterwards."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        made = change(subject, rng)
        return None if made is None else as_built(made, scored=scored)

    return _plant(name, changed, all_rows=all_rows, trials=trials)


def _beside(name: str, change: Change) -> Plant:
    """A plant in what is handed in with the rows."""
    return _plant(name, lambda subject, rng: change(as_built(subject), rng))


def _noted(name: str, change: Change) -> Plant:
    """A plant in what a row records of its texts: nothing is counted or scored after it."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        made = change(as_built(subject), rng)
        return None if made is None else _recorded(made)

    return _plant(name, changed)


def _plant(name: str, made: Change, *, all_rows: bool = False, trials: int = _TRIALS) -> Plant:
    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        for index in range(trials):
            corpus = made(subject if all_rows else subject.part(index), rng)
            if corpus is not None:
                yield Trial(corpus)

    return Plant(name, sow, power=0.0)  # told, and required of nobody


def _of(rows: Callable[[Subject], Subject | None], change: Change) -> Change:
    """A change in a corpus that has been made of some of the rows."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        chosen = rows(subject)
        return None if chosen is None or not chosen.rows else change(chosen, rng)

    return changed


def _unlined(subject: Subject) -> Subject:
    """Rows that do not say their lines, as another tool may give them: no row is known to tell what another tells."""
    nothing = [None] * subject.rows
    return subject.with_column("line_start", nothing).with_column("line_end", nothing)


def _summaries(subject: Subject) -> Subject:
    """The same with the first paragraphs of documentation: what tells of parameters contradicts other code."""
    both = zip(subject.texts("task"), subject.texts("output"), strict=True)
    first = [text.split("\n\n")[0] if task == "document" else text for task, text in both]
    return _unlined(subject.with_column("output", first))


def _table(subject: Subject, task_of: Mapping[str, str]) -> Subject | None:
    """Rows of some tasks, under the names of others, as a table has them: without file, name or side."""
    gone = dict.fromkeys(("path", "symbol", "line_start", "line_end", "commit", "split"))
    rows = subject.rows_at(subject.where(tuple(task_of)))
    if len(rows) < LEAST:
        return None
    return subject.with_rows(
        [{**row, **gone, "kind": "table", "group": row["id"], "task": task_of[row["task"]]} for row in rows]
    )


def _changes(subject: Subject) -> Subject:
    """Rows that ask for code as a table has them that calls them changes of a file."""
    tasks = ["change" if task == "implement" else task for task in subject.column("task")]
    return _unlined(subject.with_column("task", tasks).with_column("kind", ["table"] * subject.rows))


def _documentation(subject: Subject) -> Subject:
    """Nothing but documentation: no row tells what another tells."""
    return subject.take(subject.where(("document",)))


def _as_table(*tasks: str, **renamed: str) -> Callable[[Subject], Subject | None]:
    names = {**{task: task for task in tasks}, **renamed}
    return lambda subject: _table(subject, names)


_CODE_ONLY: Final = ("document", "implement")
SOLE: Final[Mapping[str, Plant]] = {
    "I1": _sole("a corpus of a dozen rows", defects.few_rows),
    "I2": _beside("a column of another type", defects.wrong_type),
    "I3": _sole("one random id", slips.some(slips.random_id)),
    "I4": _beside("one row more than the stage before gave", defects.lost_count),
    "I5": _beside("one row whose source has moved on", defects.source_moved_on),
    "S1": _sole("a bracket left open in a few definitions", slips.some(slips.open_bracket, 0.01)),
    "S2": _sole("one line that ends as in Windows", slips.some(slips.with_return)),
    "S3": _sole("one row without its question", slips.some(slips.unasked)),
    "S4": _sole("one answer with the end of a text in it", slips.some(slips.end_of_text)),
    "S5": _sole("a few answers that end in code", slips.some(slips.open_fence, 0.005)),
    "S6": _sole("one talk in which nobody answered", slips.some(slips.unanswered)),
    "S7": _sole("names whose accents were read by the wrong table", slips.some(slips.accents, 0.001)),
    "S8": _sole("a few notes with a link left open", slips.some(slips.open_link, 0.005)),
    "S9": _beside("a model that reads less than the longest row has", defects.small_context),
    "C8": _sole("files with a licence of their own under that of the project", slips.some(slips.other_licence, 0.02)),
    "C1": _sole(
        "changes at other messages, in a table that names no file",
        _of(_as_table(implement="change"), defects.moved(1.0)),
        scored=True,
    ),
    "C1b": _sole(
        "changes at other messages of their file",
        _of(_changes, defects.moved(1.0, files=True, tasks=("change",))),
        scored=True,
    ),
    "C1c": _sole(
        "explanations at other questions, in a table that names no file",
        _of(_as_table("explain", "answer"), defects.moved(1.0)),
        scored=True,
    ),
    "C1d": _sole(
        "replies at other messages",
        _of(_as_table("reply", document="reply", answer="reply"), defects.moved(1.0)),
        scored=True,
    ),
    "C1e": _sole(
        "three quarters of the documentation at other code, in a table that names no file",
        _of(_as_table(*_CODE_ONLY), defects.moved(0.75, tasks=("document",))),
        scored=True,
    ),
    "C1f": _sole(
        "a quarter of the code at other questions, in a table without names",
        _of(_as_table(*_CODE_ONLY), defects.moved(0.25, tasks=("implement",))),
        scored=True,
    ),
    "C1g": _sole(
        "documentation at other code of its file",
        _of(_summaries, defects.moved(0.57, files=True, tasks=("document",))),
        scored=True,
    ),
    "C2": _sole("names as explanations", _of(_unlined, slips.some(slips.echo, 0.02))),
    "C3": _sole("a few placeholders", _of(_unlined, slips.some(slips.todo, 0.01))),
    "C4": _sole("a few answers in their question", slips.some(slips.in_its_question, 0.01)),
    "C1k": _sole("a few definitions under another name", slips.some(slips.renamed_code, 0.01)),
    "C1h": _sole("two documentations exchanged", defects.exchanged_docs),
    "C1i": _sole(
        "three in ten of the documentation at a neighbour",
        _of(_summaries, defects.moved(0.3, files=True, tasks=("document",))),
        scored=True,
        all_rows=True,
    ),
    "T1": _sole(
        "nearly half of the texts with the words of each sentence in another order",
        _of(_unlined, defects.spoilt(defects.shuffled_inside, 0.45)),
        scored=True,
    ),
    "T2": _sole(
        "every answer of a table cut behind a word",
        _of(_as_table("explain", "answer"), defects.spoilt(defects.behind_a_word, 1.0)),
        scored=True,
    ),
    "T1b": _sole(
        "the texts of the smallest task with their words in another order",
        _of(_unlined, defects.smallest_task),
        scored=True,
    ),
    "C5": _sole("parameters renamed in the code alone", slips.every(slips.parameter_renamed, 5, 0.7), scored=True),
    "C6": _sole("examples without their closing brackets", slips.every(slips.bracket_lost, 5)),
    "C7": _sole(
        "one example in the documentation of everything",
        _of(_unlined, slips.every(slips.same_example, 20)),
        scored=True,
    ),
    "D1": _sole("one row twice", defects.copied(defects.again, "", lambda _: 1)),
    "D1b": _sole(
        "a few definitions in a copy of their file",
        defects.copied(defects.vendored, "train", lambda s: slips.enough(s.rows, 0.011)),
    ),
    "D2": _sole(
        "one held-out row that copies a row of train", defects.copied(defects.crossed(0.04), "train", lambda _: 1)
    ),
    "D2b": _sole(
        "held-out rows that stand by half in a row of train",
        defects.copied(defects.crossed(0.3), "train", defects.few_of_held),
    ),
    "D3": _sole("two groups that were found to be one after the split", defects.merged_groups),
    "D4": _sole("a category of which nothing came into test", defects.no_test, all_rows=True),
    "D4b": _sole("train and validation exchanged", defects.swapped_sides),
    "D5": _sole(
        "a third of the documentation by one template", _of(_documentation, defects.templates(1, 0.4)), scored=True
    ),
    "D5b": _sole("the same phrases in all answers", _of(_unlined, slips.every(slips.stock, 20)), scored=True),
    "D5c": _sole("documentation by ten templates", _of(_documentation, defects.templates(10, 0.75)), scored=True),
    "D5d": _sole(
        "a greeting before two answers in five", _of(_unlined, slips.every(slips.greeting, 20, 0.45)), scored=True
    ),
    "D6": _sole("one row of a second source", defects.one_row_of_another),
    "D7": _sole("one row that quotes a benchmark", defects.one_problem),
    "D8": _sole("one licence at the head of a dozen definitions", defects.headed),
    "D9": _sole("sides dealt in the order of paths", defects.by_path, all_rows=True, trials=1),
    "D10": _sole("a release without a task that the one before had", defects.without_a_task),
    "R1": _beside("two rows in another order", defects.swapped_rows),
    "R2": _beside("a stage without its version", defects.no_version),
    "Q1": _noted("one row that was never scored", defects.qualities(defects.one_unscored)),
    "Q2": _noted("one very low score", defects.qualities(defects.one_low)),
    "Q3": _noted("scores dealt to other rows", defects.qualities(defects.dealt)),
    "Q4": _noted("a scorer with its sign turned, on a scale of its own", defects.upside_down),
    "Q5": _beside("a quarter of what people judged is bad", defects.disliked),
    "P1": _sole("one token of a provider", slips.some(slips.key)),
    "P2": _sole("one path of somebody's home", slips.some(slips.home)),
    "I6": _noted("one count that is not its text's", defects.one_token_more),
    "I7": _sole("a few rows under another author than their file", slips.some(slips.other_author, 0.01)),
    "I8": _sole("a file or two that were written in 1970", defects.undated_file),
    "Q6": _noted("signals dealt to other rows", defects.foreign_signals),
    "C1m": _sole("the sentences of some documentation moved", slips.some(slips.sentences_moved, 0.03)),
    "T3": _sole(
        "one text in five with its words turned round",
        _of(_unlined, defects.spoilt(defects.backwards, 0.2)),
        scored=True,
    ),
    "T4": _sole("all prose in small letters", slips.every(slips.small, 40), scored=True),
    "S10": _sole("prose cut at one length, which many texts have now", _of(_unlined, defects.capped), scored=True),
    "S11": _sole(
        "a paragraph said twice in some answers", _of(_unlined, slips.some(slips.paragraph_again, 0.02)), scored=True
    ),
    "S12": _sole("quotation marks as HTML writes them", _of(_unlined, slips.some(slips.escaped, 0.03)), scored=True),
    "S13": _sole("code whose lines begin at the margin", slips.some(slips.flat, 0.01)),
}
"""One plant a test, by its id."""
