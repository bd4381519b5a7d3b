"""Defects of whole corpora, each of which one test alone is to see: in copies, sides, order, templates and records.

What is planted is weak: a share just beyond the threshold that it is made for. A change gives None for a corpus that
cannot hold the defect.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.curate.contamination import Item, collected
from corpus.entry import entry_id, estimate_tokens
from falsify.belonging import pairs_of_rows
from falsify.hypothesis import Change
from falsify.joins import contained
from falsify.plants import copy_id, rotated
from falsify.prose import shuffled
from falsify.reference import corpora
from falsify.relevance import strata
from falsify.scoring import library_score
from falsify.slips import COMMENT, enough, every
from falsify.statistics import at_least
from falsify.subject import Row, Subject, prose_column

__all__ = [
    "LEAST",
    "again",
    "backwards",
    "behind_a_word",
    "by_path",
    "capped",
    "copied",
    "crossed",
    "dealt",
    "disliked",
    "exchanged_docs",
    "few_of_held",
    "few_rows",
    "foreign_signals",
    "headed",
    "lost_count",
    "merged_groups",
    "moved",
    "no_test",
    "no_version",
    "one_low",
    "one_problem",
    "one_row_of_another",
    "one_token_more",
    "one_unscored",
    "qualities",
    "shuffled_inside",
    "small_context",
    "smallest_task",
    "source_moved_on",
    "spoilt",
    "swapped_rows",
    "swapped_sides",
    "templates",
    "undated_file",
    "upside_down",
    "vendored",
    "without_a_task",
    "wrong_type",
]

LEAST: Final = 60  # rows of a table, of which the tests of belonging ask for 40 that can be compared
_HELD: Final = ("validation", "test")


def few_rows(subject: Subject, rng: np.random.Generator) -> Subject:
    """Fewer rows than any share can be told of."""
    return subject.take(np.arange(min(subject.rows, int(rng.integers(2, 20)))))


def wrong_type(subject: Subject, rng: np.random.Generator) -> Subject:
    """A column as another tool writes it."""
    del rng
    index = subject.table.column_names.index("quality")
    table = subject.table.set_column(index, "quality", subject.table["quality"].cast(pa.float32()))
    return replace(subject, given=table)


def lost_count(subject: Subject, rng: np.random.Generator) -> Subject:
    """A stage that counts a row more than the next one was given."""
    stages = [dict(stage) for stage in subject.lineage or ()]
    at = int(rng.integers(len(stages)))
    stages[at]["rows_out"] = int(stages[at]["rows_out"]) + 1
    return replace(subject, lineage=stages)


def source_moved_on(subject: Subject, rng: np.random.Generator) -> Subject:
    """The source says something else of a row than it did."""
    name = subject.ids[int(rng.integers(subject.rows))]

    def reread(rows: pa.Table) -> list[str | None]:
        return ["its lines hold something else" if one == name else None for one in rows["id"].to_pylist()]

    return replace(subject, reread=reread)


def small_context(subject: Subject, rng: np.random.Generator) -> Subject:
    """A model that reads a little less than the longest row has."""
    del rng
    longest = max(a + b for a, b in zip(subject.column("tokens_input"), subject.column("tokens_output"), strict=True))
    return replace(subject, tokenize=lambda texts: [estimate_tokens(text) for text in texts], context=int(longest))


_ALIKE: Final = ("category", "task", "language")


def moved(part: float, *, files: bool = False, tasks: tuple[str, ...] = ()) -> Change:
    """Answers of some tasks dealt to other questions of their category and side, or of their file."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        outputs = subject.texts("output")
        rows = subject.where(tasks)
        names = [*([subject.files] if files else []), *(subject.column(n) for n in (*_ALIKE, "split"))]
        dealt_anew = rotated([outputs[row] for row in rows.tolist()], strata(*names)[rows], rng, part)
        changed = list(outputs)
        for row, text in zip(rows.tolist(), dealt_anew, strict=True):
            changed[row] = text
        return subject.with_column("output", changed) if changed != outputs else None

    return change


def exchanged_docs(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Two or three documentations exchanged: too few for what is asked of the whole."""
    outputs = list(subject.texts("output"))
    told = sorted({told for told, _ in pairs_of_rows(subject) if len(set(outputs[told].split())) >= 12})
    count = max(2, enough(subject.rows, 0.005) // 2)
    if len(told) < 4 * count:
        return None
    chosen = rng.choice(told, count, replace=False).tolist()
    for row, other in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        outputs[row] = subject.texts("output")[other]
    return subject.with_column("output", outputs)


_CODE_SIGN: Final = re.compile(r"```|~~~|>>>|::|<code>|\[\[")
"""Code or links in a text, which break when it is cut or put in another order."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])(\s+)")


def shuffled_inside(text: str, rng: np.random.Generator) -> str:
    """Words of each sentence in another order, but for the last: a sentence that was made a set of words."""
    said = []
    for part in _SENTENCE.split(text):
        words = part.split()
        said.append(part if len(words) < 3 else f"{shuffled(' '.join(words[:-1]), rng)} {words[-1]}")
    return "".join(said)


def spoilt(change: Callable[[str, np.random.Generator], str], part: float, tasks: tuple[str, ...] = ()) -> Change:
    """The prose of a part of the rows of each task changed; None where there are not so many that can be."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows, done = subject.rows_at(np.arange(subject.rows)), 0
        for task in sorted(set(tasks or subject.texts("task")) - {"complete"}):
            own, column = rng.permutation(subject.where((task,))).tolist(), prose_column(task)
            left = round(part * len(own))
            for at in own:
                text = rows[at][column]
                other = text if not left or _CODE_SIGN.search(text) else change(text, rng)
                if other != text:
                    rows[at], left, done = {**rows[at], column: other}, left - 1, done + 1
        return subject.with_rows(rows) if done >= 20 else None

    return changed


def _shuffled_but_last(text: str, rng: np.random.Generator) -> str:
    *words, last = text.split() or [""]
    return f"{shuffled(' '.join(words), rng)} {last}".strip() if len(words) > 2 else text


def smallest_task(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The task with the fewest texts that can be judged by themselves, all its texts spoilt."""
    tasks = (task for task, text in zip(subject.texts("task"), subject.prose, strict=True) if len(text.split()) >= 8)
    sizes = Counter(task for task in tasks if task != "complete")
    fit = sorted((size, task) for task, size in sizes.items() if size >= 45)
    if len(fit) < 2:
        return None
    return spoilt(_shuffled_but_last, 1.0, (fit[0][1],))(subject, rng)


_RUN: Final = re.compile(r"\S+")


def behind_a_word(text: str, rng: np.random.Generator) -> str:
    """A text cut behind one of its words, as a limit of tokens cuts it."""
    ends = [match.end() for match in _RUN.finditer(text)]
    return text[: ends[max(0, int(rng.uniform(0.4, 0.95) * len(ends)) - 1)]] if len(ends) > 1 else text


def backwards(text: str, rng: np.random.Generator) -> str:
    """The words of a text in reverse."""
    del rng
    return " ".join(text.split()[::-1])


def _copy(row: Row, taken: set[str], **other: Any) -> Row:
    """A copy under an id that is its place's own."""
    copy = {**row, **other}
    if copy["path"] is None or copy["kind"] == "table":
        name = copy_id(row["id"], "copy", len(taken))
    else:
        place = (copy["kind"], copy["source"], copy["path"], copy["symbol"] or "", copy["task"])
        name = next(name for ordinal in range(10**6) if (name := entry_id(*place, ordinal)) not in taken)
    taken.add(name)
    return {**copy, "id": name}


def _edited(row: Row, part: float, rng: np.random.Generator) -> Row:
    """A part of all words of material and answer replaced, in one stretch of the longer one."""
    column = max(("input", "output"), key=lambda name: len(row[name]))
    spans = [match.span() for match in re.finditer(r"\w+", row[column])]
    both = len(re.findall(r"\w+", f"{row['input']} {row['output']}"))
    count = min(len(spans), max(1, int(part * both)))
    at = int(rng.integers(0, len(spans) - count + 1))
    begin, end = spans[at][0], spans[at + count - 1][1]
    middle = " ".join(f"edited{index}" for index in range(count))
    return {**row, column: row[column][:begin] + middle + row[column][end:]}


def copied(
    copies: Callable[[Row, set[str], np.random.Generator], Row | None], of: str, count: Callable[[Subject], int]
) -> Change:
    """Copies of long rows beside them.

    Args:
        copies: Makes a copy, under an id that is not among those that are taken; None where a row cannot be copied.
        of: The side whose rows are copied; "": of any.
        count: How many.
    """

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows = subject.rows_at(np.arange(subject.rows))
        taken, wanted = set(subject.ids), count(subject)
        made: list[Row] = []
        for at in rng.permutation(len(rows)).tolist():
            row = rows[at]
            is_host = (not of or row["split"] == of) and len(re.findall(r"\w+", row["input"] + row["output"])) >= 80
            copy = copies(row, taken, rng) if is_host and len(made) < wanted else None
            made += [] if copy is None else [copy]
        return subject.with_rows([*rows, *made]) if len(made) == wanted else None

    return change


def again(row: Row, taken: set[str], rng: np.random.Generator) -> Row:
    """The row once more, as where a file was read twice."""
    del rng
    return _copy(row, taken)


def vendored(row: Row, taken: set[str], rng: np.random.Generator) -> Row | None:
    """The same definition in a copy of its file, where somebody has changed a word or two."""
    if row["task"] not in ("document", "explain", "answer", "reply"):
        return None
    nowhere = {"line_start": None, "line_end": None}
    return _copy(_edited(row, 0.01, rng), taken, path=f"copies/{row['path']}", **nowhere)


def crossed(part: float) -> Callable[[Row, set[str], np.random.Generator], Row | None]:
    """A copy on another side, a part of its words replaced, in a group of its own."""

    def copy(row: Row, taken: set[str], rng: np.random.Generator) -> Row | None:
        if row["task"] not in ("document", "explain", "answer", "reply"):
            return None
        other = {"line_start": None, "line_end": None, "split": _HELD[int(rng.integers(2))]}
        made = _copy(_edited(row, part, rng), taken, path=f"copies/{row['path']}", **other)
        return {**made, "group": made["id"]}

    return copy


def few_of_held(subject: Subject) -> int:
    """As many held-out rows more as are beyond 1 % of them, as a lower bound."""
    held = sum(side in _HELD for side in subject.column("split"))
    return next(count for count in range(1, subject.rows) if at_least(count, held + count) > 0.01)


def merged_groups(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Two groups that were found to be one after the sides had been dealt."""
    split, groups = subject.column("split"), list(subject.texts("group"))
    train = [row for row, side in enumerate(split) if side == "train"]
    held = [row for row, side in enumerate(split) if side in _HELD]
    if not train or not held:
        return None
    one, other = groups[train[int(rng.integers(len(train)))]], groups[held[int(rng.integers(len(held)))]]
    return subject.with_column("group", [one if group == other else group for group in groups])


def _unlike(subject: Subject) -> Subject:
    """The rows that share little with any other, so that they can be dealt one by one."""
    rows = np.arange(subject.rows)
    pairs = contained(subject.body_grams, rows, rows, 0.45)
    like: dict[int, set[int]] = {}
    for one, other in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        like.setdefault(one, set()).add(other)
        like.setdefault(other, set()).add(one)
    kept: set[int] = set()
    for row in rows.tolist():
        if not like.get(row, set()) & kept:
            kept.add(row)
    return subject.take(sorted(kept))


def no_test(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Rows of one task and category, dealt by chance, of which none came into test: those were lost."""
    most = Counter(zip(subject.texts("task"), subject.texts("category"), strict=True)).most_common(1)[0][0]
    both = zip(subject.texts("task"), subject.texts("category"), strict=True)
    own = _unlike(subject.take(np.array([row for row, pair in enumerate(both) if pair == most], np.int64)))
    sides = ["validation" if at % 10 == 0 else "train" for at in rng.permutation(own.rows).tolist()]
    return own.with_column("split", sides).with_column("group", own.ids)


def swapped_sides(subject: Subject, rng: np.random.Generator) -> Subject:
    """The names of two sides exchanged."""
    del rng
    other = {"train": "validation", "validation": "train"}
    return subject.with_column("split", [other.get(side, side) for side in subject.column("split")])


def _named(row: Row) -> str:
    parts = re.findall(r"[A-Za-z][a-z]*", (row["symbol"] or "").rsplit(".", 1)[-1].rsplit(":", 1)[-1])
    return " ".join(parts).lower()


_TEMPLATES: Final = (
    "Gets or sets the {0} of this object.", "A helper that takes care of {0} for its caller.",
    "Use {0} wherever such a thing is needed.", "Performs {0}, and tells whether it went well.",
    "See {0} in the manual.", "Internal: {0}, not to be called from outside!",
    "Called by the scheduler, {0} must not block.", "{0}: deprecated since long ago.",
    "Wraps {0} in a lock.", "Everything about {0} is said here.",
)  # fmt: skip


def templates(first: int, part: float) -> Change:
    """A part of the documentation as a tool makes it of the names alone, by some templates."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows = subject.rows_at(np.arange(subject.rows))
        names = [_named(row) for row in rows]
        often = Counter(word for name in names for word in set(name.split()))
        # Where a word is in the names of many, the template is more than one.
        fit = [at for at, name in enumerate(names) if name and max(often[w] for w in name.split()) <= 0.06 * len(rows)]
        count = min(len(fit), int(part * len(rows)))
        for place, at in enumerate(rng.permutation(fit)[:count].tolist()):
            rows[at] = {**rows[at], "output": _TEMPLATES[place % first].format(names[at])}
        return subject.with_rows(rows) if count >= max(20, 0.8 * part * len(rows)) else None

    return change


def one_row_of_another(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A second source of which next to nothing was left: a single row."""
    counts = Counter(subject.texts("source"))
    if counts.most_common(1)[0][1] < 40:
        return None
    largest = counts.most_common(1)[0][0]
    own = subject.take(np.array([row for row, name in enumerate(subject.texts("source")) if name == largest], np.int64))
    name = next(name for name in ("lantern", "kiln") if name != largest)
    others = [row for row in corpora()[name].to_pylist() if row["split"] == "train" and row["task"] == "explain"]
    return own.with_rows([*own.rows_at(np.arange(own.rows)), others[int(rng.integers(len(others)))]])


def one_problem(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """One row that quotes a problem whose hashes are known."""
    words = sorted({word for word in subject.body_words.vocabulary if word.isalpha() and len(word) > 3})
    if len(words) < 40:
        return None
    text = " ".join(words[i] for i in rng.choice(len(words), 20, replace=False))
    outputs = list(subject.texts("output"))
    outputs[int(rng.integers(len(outputs)))] += f"\n\n{text}."
    known = collected([({"name": "trial"}, [Item("a problem", [text])])])
    return replace(subject.with_column("output", outputs), benchmarks=(known,))


def headed(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The same licence at the head of the code of a dozen definitions."""
    words = [word for word in subject.body_words.vocabulary if word.isalpha()]
    if len(words) < 60:
        return None
    said = " ".join(words[i] for i in rng.choice(len(words), 60, replace=False))

    def edit(row: Row, rng: np.random.Generator) -> Row | None:
        del rng
        if row["task"] != "document" or row["split"] != "train" or not row["language"]:
            return None
        return {**row, "input": f"{COMMENT.get(row['language'], '//')} {said}\n{row['input']}"}

    return every(edit, 12, 0.3)(subject, rng)


def by_path(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Sides dealt in the order of the paths within each category, so that train and test are about other things."""
    del rng
    own = _unlike(subject)
    if 2 * len(set(own.files)) > own.rows:  # a row a file: their order tells nothing
        return None
    split = ["train"] * own.rows
    for name in sorted(set(own.texts("category"))):
        rows = sorted((own.files[row], row) for row, other in enumerate(own.texts("category")) if other == name)
        for at, (_, row) in enumerate(rows[: round(0.24 * len(rows))]):
            split[row] = _HELD[at % 2]
    return own.with_column("split", split).with_column("group", own.ids)


def without_a_task(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A release that has lost a task that was a fifth of it or more."""
    tasks = np.array(subject.texts("task"))
    common = [name for name in sorted(set(tasks.tolist())) if 0.15 <= float((tasks == name).mean()) <= 0.85]
    if not common:
        return None
    rows = np.flatnonzero(tasks != common[int(rng.integers(len(common)))])
    return replace(subject.take(rows), previous=subject.table)


def swapped_rows(subject: Subject, rng: np.random.Generator) -> Subject:
    """A second build that gives two rows in another order."""
    order = np.arange(subject.rows)
    at = int(rng.integers(subject.rows - 1))
    order[[at, at + 1]] = order[[at + 1, at]]
    other = subject.given.take(pa.array(order))
    return replace(subject, rebuild=lambda: other)


def no_version(subject: Subject, rng: np.random.Generator) -> Subject:
    """A ledger whose stages do not say their versions."""
    del rng
    return replace(
        subject, lineage=[{k: v for k, v in stage.items() if k != "version"} for stage in subject.lineage or ()]
    )


def qualities(change: Callable[[list[float], np.random.Generator], Sequence[float | None]]) -> Change:
    """A change of the scores alone; None where there are rows without one."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        values = subject.column("quality")
        if any(value is None for value in values):
            return None
        return subject.with_column("quality", change(list(values), rng))

    return changed


def one_unscored(values: list[float], rng: np.random.Generator) -> Sequence[float | None]:
    """A row without a score."""
    at = int(rng.integers(len(values)))
    return [None if row == at else value for row, value in enumerate(values)]


def one_low(values: list[float], rng: np.random.Generator) -> Sequence[float | None]:
    """A row below the floor."""
    at = int(rng.integers(len(values)))
    return [0.05 if row == at else value for row, value in enumerate(values)]


def dealt(values: list[float], rng: np.random.Generator) -> Sequence[float | None]:
    """The scores of other rows: joined by the wrong key."""
    return [values[at] for at in rng.permutation(len(values)).tolist()]


def upside_down(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A scorer with its sign turned, on a scale of its own, and the qualities that it gave."""
    del rng
    if len(subject.where(("document",))) < LEAST:
        return None

    def scorer(table: pa.Table) -> list[float]:
        return [1.0 - 0.4 * value for value in library_score(table)]

    scored = subject.with_column("quality", scorer(subject.table))
    return replace(scored, scorer=scorer)


def foreign_signals(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The signals of one row in seven are those of another: joined by the wrong key."""
    signals = list(subject.column("signals"))
    if not all(signals):
        return None
    return subject.with_column("signals", rotated(signals, np.zeros(len(signals), np.int64), rng, 0.15))


def disliked(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A quarter of the rows that people looked at is bad."""
    rows = rng.permutation(subject.rows)[:60].tolist()
    said = [{"id": subject.ids[row], "verdict": "good" if at % 4 else "bad"} for at, row in enumerate(rows)]
    return replace(subject, reviews=pa.Table.from_pylist(said)) if len(rows) == 60 else None


def one_token_more(subject: Subject, rng: np.random.Generator) -> Subject:
    """A count that is not that of the text: made before something was taken out of it."""
    counts = list(subject.column("tokens_output"))
    counts[int(rng.integers(len(counts)))] += 3
    return subject.with_column("tokens_output", counts)


def undated_file(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Whole files that were written on the first of January 1970: a clock that was never set."""
    files = sorted({file for file, date in zip(subject.files, subject.column("created_at"), strict=True) if date})
    chosen: set[tuple[str, str]] = set()
    size, wanted = Counter(subject.files), enough(subject.rows, 0.01)
    for at in rng.permutation(len(files)).tolist():
        if sum(size[file] for file in chosen) < wanted:
            chosen.add(files[at])
    if not chosen:
        return None
    never = datetime(1970, 1, 1, tzinfo=UTC)
    dates = zip(subject.files, subject.column("created_at"), strict=True)
    return subject.with_column("created_at", [never if file in chosen else date for file, date in dates])


def capped(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Answers cut where one in seven is longer."""
    del rng
    outputs, tasks = subject.texts("output"), subject.texts("task")
    both = zip(tasks, outputs, strict=True)
    is_prose = [task not in ("implement", "complete", "change") and not _CODE_SIGN.search(text) for task, text in both]
    lengths = [len(text) for text, prose in zip(outputs, is_prose, strict=True) if prose]
    most = int(np.quantile(lengths, 0.85)) if lengths else 0
    cut_off = [text[:most] if prose else text for text, prose in zip(outputs, is_prose, strict=True)]
    return subject.with_column("output", cut_off) if most >= 100 else None
