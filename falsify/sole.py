"""For each test a defect that it alone sees: switch the test off, and a corpus that holds it is not refuted.

A test that finds nothing but what its neighbours find, too, is none: it would be missed by nobody. So each has a plant
here that is its own, as weak as it may be and as people make it: a share just beyond the threshold of this test and
below those of the others, or rows that the others do not look at. None of them decides anything in a run, which has
enough to do with its plants at graded strength; they are asked of by the mutation table and by the suite.

A planted corpus is what a pipeline would have made that had the defect from the start: tokens are counted and rows
scored after it, and ledger, sources and a second build agree with it. So all other tests are asked, those of what was
recorded as well, and none of them has an excuse.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.code.sections import sections
from corpus.curate.contamination import Item, collected
from corpus.entry import CODE_COLUMN, CODE_COLUMNS, SCHEMA, entry_id, estimate_asked, estimate_tokens
from falsify.belonging import pairs_of_rows
from falsify.hypothesis import Change, Plant, Trial
from falsify.plants import copy_id, fresh_id, rotated
from falsify.prose import cut, shuffled
from falsify.reference import clean_subject, corpora
from falsify.relevance import strata
from falsify.scoring import library_score
from falsify.statistics import at_least
from falsify.subject import Row, Subject, prose_column
from falsify.texts import Ints

__all__ = ["SOLE", "as_built"]

_FLOOR: Final = 0.1  # of a score, as Q2 has it
_TRIALS: Final = 15  # 15 of 15 shows .82; four corpora together 60, which shows .95
_HELD: Final = ("validation", "test")

Edit = Callable[[Row, np.random.Generator], Row | None]


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


def _sole(name: str, change: Change, *, scored: bool = False, all_rows: bool = False) -> Plant:
    """A plant in the rows, of which all that is on record is made afterwards."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        made = change(subject, rng)
        return None if made is None else as_built(made, scored=scored)

    return _plant(name, changed, all_rows=all_rows)


def _beside(name: str, change: Change) -> Plant:
    """A plant in what is handed in with the rows."""
    return _plant(name, lambda subject, rng: change(as_built(subject), rng))


def _noted(name: str, change: Change) -> Plant:
    """A plant in what a row records of its texts: nothing is counted or scored after it."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        made = change(as_built(subject), rng)
        return None if made is None else _recorded(made)

    return _plant(name, changed)


def _plant(name: str, made: Change, *, all_rows: bool = False) -> Plant:
    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del clean
        for index in range(_TRIALS):
            corpus = made(subject if all_rows else subject.part(index), rng)
            if corpus is not None:
                yield Trial(corpus)

    return Plant(name, sow, change=lambda _: made)


def _enough(rows: int, threshold: float) -> int:
    """Of so many rows the least number whose share is beyond a threshold, as a lower bound."""
    return next(count for count in range(1, rows + 1) if at_least(count, rows) > threshold)


def _some(edit: Edit, threshold: float = 0.0) -> Change:
    """As few rows edited as refute a test with this threshold; None where there are not so many to edit."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows = subject.rows_at(np.arange(subject.rows))
        wanted = _enough(len(rows), threshold)
        for at in rng.permutation(len(rows)).tolist():
            changed = edit(rows[at], rng) if wanted else None
            if changed is not None:
                rows[at], wanted = changed, wanted - 1
        return None if wanted else subject.with_rows(rows)

    return change


def _every(edit: Edit, least: int, part: float = 1.0) -> Change:
    """Each row that can be edited, or a part of them; None where these are fewer than `least`."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows, done = [], 0
        for row in subject.rows_at(np.arange(subject.rows)):
            changed = edit(row, rng) if rng.random() < part else None
            done += changed is not None
            rows.append(row if changed is None else changed)
        return subject.with_rows(rows) if done >= least else None

    return change


def _of(rows: Callable[[Subject], Subject | None], change: Change) -> Change:
    """A change in a corpus that has been made of some of the rows."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        chosen = rows(subject)
        return None if chosen is None or not chosen.rows else change(chosen, rng)

    return changed


# Corpora that some tests do not speak of.


def _unlined(subject: Subject) -> Subject:
    """Rows that do not say their lines, as another tool may give them: no row is known to tell what another tells."""
    nothing = [None] * subject.rows
    return subject.with_column("line_start", nothing).with_column("line_end", nothing)


def _table(subject: Subject, task_of: Mapping[str, str]) -> Subject:
    """Rows of some tasks, under the names of others, as they stand in a table: by themselves, without file or name."""
    gone = dict.fromkeys(("path", "symbol", "line_start", "line_end", "commit"))
    rows = subject.rows_at(subject.where(tuple(task_of)))
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


def _as_table(*tasks: str, **renamed: str) -> Callable[[Subject], Subject]:
    names = {**{task: task for task in tasks}, **renamed}
    return lambda subject: _table(subject, names)


# What is planted.


def _random_id(row: Row, rng: np.random.Generator) -> Row | None:
    return {**row, "id": fresh_id(rng)} if row["path"] is not None and row["kind"] != "table" else None


def _few_rows(subject: Subject, rng: np.random.Generator) -> Subject:
    return subject.take(np.arange(min(subject.rows, int(rng.integers(2, 20)))))


def _wrong_type(subject: Subject, rng: np.random.Generator) -> Subject:
    del rng
    index = subject.table.column_names.index("quality")
    table = subject.table.set_column(index, "quality", subject.table["quality"].cast(pa.float32()))
    return replace(subject, given=table)


def _lost_count(subject: Subject, rng: np.random.Generator) -> Subject:
    stages = [dict(stage) for stage in subject.lineage or ()]
    at = int(rng.integers(len(stages)))
    stages[at]["rows_out"] = int(stages[at]["rows_out"]) + 1
    return replace(subject, lineage=stages)


def _source_moved_on(subject: Subject, rng: np.random.Generator) -> Subject:
    """The source says something else of a row than it did."""
    name = subject.ids[int(rng.integers(subject.rows))]

    def reread(rows: pa.Table) -> list[str | None]:
        return ["its lines hold something else" if one == name else None for one in rows["id"].to_pylist()]

    return replace(subject, reread=reread)


def _open_bracket(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    return {**row, "input": row["input"] + "\n(("} if row["task"] == "document" and row["language"] else None


def _with_return(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    return {**row, "output": row["output"].replace("\n", "\r\n", 1)} if "\n" in row["output"] else None


def _unasked(row: Row, rng: np.random.Generator) -> Row | None:
    """Material and answer without the question."""
    del rng
    return {**row, "instruction": " " if not row["input"] else ""} if row["output"] else None


def _end_of_text(row: Row, rng: np.random.Generator) -> Row:
    del rng
    return {**row, "output": f"{row['output']}<|endoftext|>"}


def _unanswered(row: Row, rng: np.random.Generator) -> Row:
    """A turn before the question that nobody answered."""
    del rng
    return {**row, "history": [*(row["history"] or ()), {"role": "user", "content": "Are you there?"}]}


def _accents(row: Row, rng: np.random.Generator) -> Row:
    """A name whose accents were read by the wrong table; no sign of it is a control character."""
    name = ("café", "naïve", "Müller", "señor")[int(rng.integers(4))]
    return {**row, "output": f"{row['output']} ({name.encode().decode('latin-1')})"}


def _open_fence(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    return {**row, "output": f"{row['output']}\n\n```\nlet x"} if row["task"] not in CODE_COLUMNS else None


def _open_link(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    return {**row, "output": f"{row['output']}\n\nSee [[it"} if row["kind"] == "obsidian" else None


def _small_context(subject: Subject, rng: np.random.Generator) -> Subject:
    """A model that reads a little less than the longest row has."""
    del rng
    longest = max(a + b for a, b in zip(subject.column("tokens_input"), subject.column("tokens_output"), strict=True))
    return replace(subject, tokenize=lambda texts: [estimate_tokens(text) for text in texts], context=int(longest))


_COMMENT: Final = {"python": "#", "ruby": "#", "lua": "--", "php": "#"}


def _other_licence(row: Row, rng: np.random.Generator) -> Row | None:
    """A file that came with a licence of its own, which its head says, under that of the project."""
    del rng
    if row["task"] != "document" or not row["language"] or not row["license"]:
        return None
    sign = _COMMENT.get(row["language"], "//")
    other = "GPL-3.0-only" if "GPL" not in row["license"] else "MIT"
    return {**row, "input": f"{sign} SPDX-License-Identifier: {other}\n{row['input']}"}


_ALIKE: Final = ("category", "task", "language")
_HEADER: Final = 400  # characters of code in which its header stands


def _tells(subject: Subject, row: int) -> bool:
    """Whether a documentation has sections for parameters, results or errors."""
    language = subject.column("language")[row]
    if not language:
        return False
    found = sections(subject.texts("output")[row], language, subject.texts("input")[row][:_HEADER])
    return bool(found.parameters or found.returns or found.errors)


def _moved(part: float, *, files: bool = False, tasks: tuple[str, ...] = (), untold: bool = False) -> Change:
    """Answers of some tasks dealt to other questions of their category and side, or of their file."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        outputs = subject.texts("output")
        # What tells of parameters contradicts another signature: one test more would see it.
        plain = [row for row in subject.where(tasks).tolist() if not untold or not _tells(subject, row)]
        rows = np.array(plain, np.int64)
        names = [*([subject.files] if files else []), *(subject.column(n) for n in (*_ALIKE, "split"))]
        moved = rotated([outputs[row] for row in rows.tolist()], strata(*names)[rows], rng, part)
        changed = list(outputs)
        for row, text in zip(rows.tolist(), moved, strict=True):
            changed[row] = text
        return subject.with_column("output", changed) if changed != outputs else None

    return change


def _renamed_code(row: Row, rng: np.random.Generator) -> Row | None:
    """Code under another name than the one that it was asked for by."""
    if row["task"] != "implement" or not row["symbol"] or row["category"] != "function":
        return None
    name = re.split(r"\W+", row["symbol"])[-1]
    if len(name) < 3:
        return None
    other = "".join(chr(97 + int(i)) for i in rng.integers(0, 26, 9))
    changed = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, row["output"])
    return {**row, "output": changed} if changed != row["output"] else None


def _exchanged_docs(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Two or three documentations exchanged: too few for what is asked of the whole."""
    told = sorted({told for told, _ in pairs_of_rows(subject)})
    count = max(2, _enough(subject.rows, 0.005) // 2)
    if len(told) < 4 * count:
        return None
    chosen = rng.choice(told, count, replace=False).tolist()
    outputs = list(subject.texts("output"))
    for row, other in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        outputs[row] = subject.texts("output")[other]
    return subject.with_column("output", outputs)


def _echo(row: Row, rng: np.random.Generator) -> Row | None:
    if row["task"] not in ("document", "explain") or not row["symbol"]:
        return None
    name = " ".join(re.findall(r"[A-Za-z][a-z]*", row["symbol"].rsplit(".", 1)[-1]))
    return {**row, "output": (f"{name}.", f"The {name}.")[int(rng.integers(2))]} if name else None


def _todo(row: Row, rng: np.random.Generator) -> Row | None:
    said = ("TODO: document this.", "FIXME later", "Add description here.")
    return {**row, "output": said[int(rng.integers(3))]} if row["task"] not in CODE_COLUMNS else None


def _in_its_question(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    long = len(row["output"]) >= 40
    return {**row, "instruction": f"{row['instruction']}\n\n{row['output']}"} if long else None


def _parameter_renamed(row: Row, rng: np.random.Generator) -> Row | None:
    """A parameter that has another name in the code than in the documentation, which is that of a commit before."""
    del rng
    if row["task"] != "document" or row["category"] != "function" or not row["language"]:
        return None
    told = sections(row["output"], row["language"], row["input"][:_HEADER]).parameters
    for name in (item.name.strip("*`&") for item in told):
        if name.isidentifier() and re.search(rf"(?<!\w){name}(?!\w)", row["input"]):
            return {**row, "input": re.sub(rf"(?<!\w){name}(?!\w)", f"{name}_given", row["input"])}
    return None


def _bracket_lost(row: Row, rng: np.random.Generator) -> Row | None:
    """Examples that lost their closing brackets, as where links are taken out of Markdown carelessly."""
    del rng
    if row["task"] != "document" or not row["language"]:
        return None
    shown = [one.source for one in sections(row["output"], row["language"], row["input"][:_HEADER]).examples]
    output = row["output"]
    for line in (line for source in shown for line in source.split("\n") if ")" in line):
        output = output.replace(line, line.replace(")", ""))
    return {**row, "output": output} if output != row["output"] else None


_SHOWN: Final = {"python": "\n\n>>> zyx = qwv({0})\n", "rust": "\n\n```\nlet zyx = qwv({0});\n```"}


def _same_example(row: Row, rng: np.random.Generator) -> Row | None:
    """The example of the project's first page, in the documentation of everything."""
    way = _SHOWN.get(row["language"] or "")
    if row["task"] != "document" or not row["symbol"] or way is None:
        return None
    return {**row, "output": row["output"].rstrip() + way.format(int(rng.integers(10**6)))}


_SENTENCE: Final = re.compile(r"(?<=[.!?])(\s+)")


def _shuffled_inside(text: str, rng: np.random.Generator) -> str:
    """Words of each sentence in another order, but for the last: a sentence that was made a set of words."""
    said = []
    for part in _SENTENCE.split(text):
        words = part.split()
        said.append(part if len(words) < 3 else f"{shuffled(' '.join(words[:-1]), rng)} {words[-1]}")
    return "".join(said)


def _spoilt(change: Callable[[str, np.random.Generator], str], part: float, tasks: tuple[str, ...] = ()) -> Change:
    """The prose of a part of the rows changed."""

    def edit(row: Row, rng: np.random.Generator) -> Row | None:
        if row["task"] == "complete" or (tasks and row["task"] not in tasks):
            return None
        column = prose_column(row["task"])
        changed = change(row[column], rng)
        return {**row, column: changed} if changed != row[column] else None

    return _every(edit, 20, part)


_RUN: Final = re.compile(r"\S+")


def _behind_a_word(text: str, rng: np.random.Generator) -> str:
    ends = [match.end() for match in _RUN.finditer(text)]
    return text[: ends[max(0, int(rng.uniform(0.4, 0.95) * len(ends)) - 1)]] if len(ends) > 1 else text


def _backwards(text: str, rng: np.random.Generator) -> str:
    del rng
    return " ".join(text.split()[::-1])


def _small(row: Row, rng: np.random.Generator) -> Row | None:
    """All prose in small letters: the answer, or question and material where the answer is code."""
    del rng
    if row["task"] in ("complete", "change"):
        return None
    columns = ("instruction", "input") if CODE_COLUMN.get(row["task"]) == "output" else ("output",)
    return {**row, **{name: row[name].lower() for name in columns}}


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
    """A part of the words of material and answer replaced, in one stretch of the longer one."""
    column = max(("input", "output"), key=lambda name: len(row[name]))
    spans = [match.span() for match in re.finditer(r"\w+", row[column])]
    count = max(1, int(part * len(spans)))
    at = int(rng.integers(0, len(spans) - count + 1))
    begin, end = spans[at][0], spans[at + count - 1][1]
    middle = " ".join(f"edited{index}" for index in range(count))
    return {**row, column: row[column][:begin] + middle + row[column][end:]}


def _copied(copies: Callable[[Row, set[str], np.random.Generator], Row | None], of: str, count: Callable[[Subject], int]) -> Change:
    """Copies of long rows beside them: of train, or of any side."""

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


def _again(row: Row, taken: set[str], rng: np.random.Generator) -> Row:
    del rng
    return _copy(row, taken)


def _vendored(row: Row, taken: set[str], rng: np.random.Generator) -> Row | None:
    """The same definition in a copy of its file, where somebody has changed a word or two."""
    if row["task"] not in ("document", "explain", "answer", "reply"):
        return None
    nowhere = {"line_start": None, "line_end": None}
    return _copy(_edited(row, 0.01, rng), taken, path=f"copies/{row['path']}", **nowhere)


def _crossed(part: float) -> Callable[[Row, set[str], np.random.Generator], Row | None]:
    def copy(row: Row, taken: set[str], rng: np.random.Generator) -> Row | None:
        if row["task"] not in ("document", "explain", "answer", "reply"):
            return None
        other = {"line_start": None, "line_end": None, "split": _HELD[int(rng.integers(2))]}
        made = _copy(_edited(row, part, rng), taken, path=f"copies/{row['path']}", **other)
        return {**made, "group": made["id"]}

    return copy


def _few_of_held(subject: Subject) -> int:
    """As many held-out rows more as are beyond 1 % of them, as a lower bound."""
    held = sum(side in _HELD for side in subject.column("split"))
    return next(count for count in range(1, subject.rows) if at_least(count, held + count) > 0.01)


def _merged_groups(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Two groups that were found to be one after the sides had been dealt."""
    split, groups = subject.column("split"), list(subject.texts("group"))
    train = [row for row, side in enumerate(split) if side == "train"]
    held = [row for row, side in enumerate(split) if side in _HELD]
    if not train or not held:
        return None
    one, other = groups[train[int(rng.integers(len(train)))]], groups[held[int(rng.integers(len(held)))]]
    return subject.with_column("group", [one if group == other else group for group in groups])


def _no_test(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Rows of one task and category, dealt by chance, of which none came into test: those were lost."""
    most = Counter(zip(subject.texts("task"), subject.texts("category"), strict=True)).most_common(1)[0][0]
    both = zip(subject.texts("task"), subject.texts("category"), strict=True)
    own = subject.take(np.array([row for row, pair in enumerate(both) if pair == most], np.int64))
    sides = ["validation" if at % 10 == 0 else "train" for at in rng.permutation(own.rows).tolist()]
    return own.with_column("split", sides).with_column("group", own.ids)


def _swapped_sides(subject: Subject, rng: np.random.Generator) -> Subject:
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


def _templates(first: int, part: float) -> Change:
    """Documentation that a tool made of the names alone, by some templates."""

    def edit(row: Row, rng: np.random.Generator) -> Row | None:
        if row["task"] != "document" or not _named(row):
            return None
        return {**row, "output": _TEMPLATES[int(rng.integers(first))].format(_named(row))}

    return _every(edit, 20, part)


_PHRASES: Final = (
    "Please feel free to ask me.", "I hope this helps you today.", "Always check what comes back.",
    "Your mileage may vary a lot.", "Do read the whole manual first.", "Let us know about any problem.",
    "Thank you for using our work.", "Keep backups before you try it.", "More examples can be found online.",
)  # fmt: skip


def _stock(row: Row, rng: np.random.Generator) -> Row | None:
    """The same polite phrases around an answer, in any order."""
    if row["task"] in CODE_COLUMNS and row["task"] != "document":
        return None
    order = rng.permutation(len(_PHRASES)).tolist()
    return {**row, "output": f"{row['output'].rstrip()}\n\n{' '.join(_PHRASES[at] for at in order)}"}


def _greeting(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    greeted = "Of course, here is what you have been looking for: "
    return {**row, "output": greeted + row["output"]} if row["task"] not in ("complete", "implement", "change") else None


def _one_row_of_another(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A second source of which next to nothing was left: a single row."""
    counts = Counter(subject.texts("source"))
    if counts.most_common(1)[0][1] < 40:
        return None
    largest = counts.most_common(1)[0][0]
    own = subject.take(np.array([row for row, name in enumerate(subject.texts("source")) if name == largest], np.int64))
    name = next(name for name in ("lantern", "kiln") if name != largest)
    others = [row for row in corpora()[name].to_pylist() if row["split"] == "train" and row["task"] == "explain"]
    return own.with_rows([*own.rows_at(np.arange(own.rows)), others[int(rng.integers(len(others)))]])


def _one_problem(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """One row that quotes a problem whose hashes are known."""
    words = sorted({word for word in subject.body_words.vocabulary if word.isalpha() and len(word) > 3})
    if len(words) < 40:
        return None
    text = " ".join(words[i] for i in rng.choice(len(words), 20, replace=False))
    outputs = list(subject.texts("output"))
    outputs[int(rng.integers(len(outputs)))] += f"\n\n{text}."
    known = collected([({"name": "trial"}, [Item("a problem", [text])])])
    return replace(subject.with_column("output", outputs), benchmarks=(known,))


def _headed(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The same licence at the head of the code of a dozen definitions."""
    words = [word for word in subject.body_words.vocabulary if word.isalpha()]
    if len(words) < 60:
        return None
    said = " ".join(words[i] for i in rng.choice(len(words), 60, replace=False))

    def edit(row: Row, rng: np.random.Generator) -> Row | None:
        if row["task"] != "document" or row["split"] != "train" or not row["language"]:
            return None
        return {**row, "input": f"{_COMMENT.get(row['language'], '//')} {said}\n{row['input']}"} if rng else None

    return _every(edit, 12, 0.3)(subject, rng)


def _by_path(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Sides dealt in the order of the paths, so that train and test are about other things."""
    del rng
    first: dict[str, str] = {}
    for group, (source, path) in zip(subject.texts("group"), subject.files, strict=True):
        first[group] = min(first.get(group, "\uffff"), f"{source}\0{path}")
    size = Counter(subject.texts("group"))
    side, held = {}, 0
    for group in sorted(first, key=lambda name: first[name]):
        side[group] = _HELD[len(side) % 2] if held < 0.22 * subject.rows else "train"
        held += size[group] if side[group] != "train" else 0
    return subject.with_column("split", [side[group] for group in subject.texts("group")])


def _without_a_task(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A release that has lost a task that was a fifth of it or more."""
    tasks = np.array(subject.texts("task"))
    common = [name for name in sorted(set(tasks.tolist())) if 0.15 <= float((tasks == name).mean()) <= 0.85]
    if not common:
        return None
    rows = np.flatnonzero(tasks != common[int(rng.integers(len(common)))])
    return replace(subject.take(rows), previous=subject.table)


def _swapped_rows(subject: Subject, rng: np.random.Generator) -> Subject:
    """A second build that gives two rows in another order."""
    order = np.arange(subject.rows)
    at = int(rng.integers(subject.rows - 1))
    order[[at, at + 1]] = order[[at + 1, at]]
    other = subject.given.take(pa.array(order))
    return replace(subject, rebuild=lambda: other)


def _no_version(subject: Subject, rng: np.random.Generator) -> Subject:
    del rng
    return replace(subject, lineage=[{k: v for k, v in stage.items() if k != "version"} for stage in subject.lineage or ()])


def _qualities(change: Callable[[list[float], np.random.Generator], Sequence[float | None]]) -> Change:
    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        values = subject.column("quality")
        if any(value is None for value in values):
            return None
        return subject.with_column("quality", change(list(values), rng))

    return changed


def _one_unscored(values: list[float], rng: np.random.Generator) -> Sequence[float | None]:
    at = int(rng.integers(len(values)))
    return [None if row == at else value for row, value in enumerate(values)]


def _one_low(values: list[float], rng: np.random.Generator) -> Sequence[float | None]:
    at = int(rng.integers(len(values)))
    return [0.05 if row == at else value for row, value in enumerate(values)]


def _dealt(values: list[float], rng: np.random.Generator) -> Sequence[float | None]:
    """Joined by the wrong key."""
    return [values[at] for at in rng.permutation(len(values)).tolist()]


def _upside_down(subject: Subject, rng: np.random.Generator) -> Subject:
    """A scorer with its sign turned, on a scale of its own, and the qualities that it gave."""
    del rng

    def scorer(table: pa.Table) -> list[float]:
        return [1.0 - 0.4 * value for value in library_score(table)]

    scored = subject.with_column("quality", scorer(subject.table))
    return replace(scored, scorer=scorer)


def _foreign_signals(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """The signals of a tenth of the rows are those of others: joined by the wrong key."""
    signals = list(subject.column("signals"))
    if not all(signals):
        return None
    moved = rotated(signals, np.zeros(len(signals), np.int64), rng, 0.15)
    return subject.with_column("signals", moved)


def _disliked(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A quarter of the rows that people looked at is bad."""
    rows = rng.permutation(subject.rows)[:60].tolist()
    said = [{"id": subject.ids[row], "verdict": "good" if at % 4 else "bad"} for at, row in enumerate(rows)]
    return replace(subject, reviews=pa.Table.from_pylist(said)) if len(rows) == 60 else None


def _key(row: Row, rng: np.random.Generator) -> Row:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    token = "".join(letters[i] for i in rng.integers(0, len(letters), 36))
    return {**row, "output": f"{row['output']}\n# ghp_{token}"}


def _home(row: Row, rng: np.random.Generator) -> Row:
    name = "".join(chr(97 + int(i)) for i in rng.integers(0, 26, 9))
    return {**row, "output": f"{row['output']}\n# /home/{name}/notes"}


def _one_token_more(subject: Subject, rng: np.random.Generator) -> Subject:
    """A count that is not that of the text: made before something was taken out of it."""
    counts = list(subject.column("tokens_output"))
    counts[int(rng.integers(len(counts)))] += 3
    return subject.with_column("tokens_output", counts)


def _other_author(row: Row, rng: np.random.Generator) -> Row | None:
    return {**row, "author": copy_id(row["id"], "author", int(rng.integers(9)))} if row["kind"] == "git" else None


def _undated_file(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Whole files that were written on the first of January 1970: a clock that was never set."""
    files = sorted({file for file, date in zip(subject.files, subject.column("created_at"), strict=True) if date})
    chosen: set[tuple[str, str]] = set()
    size, wanted = Counter(subject.files), _enough(subject.rows, 0.01)
    for at in rng.permutation(len(files)).tolist():
        if sum(size[file] for file in chosen) < wanted:
            chosen.add(files[at])
    if not chosen:
        return None
    never = datetime(1970, 1, 1, tzinfo=UTC)
    dates = zip(subject.files, subject.column("created_at"), strict=True)
    return subject.with_column("created_at", [never if file in chosen else date for file, date in dates])


def _sentences_moved(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    parts = re.split(r"(?<=[.!?])\s+", row["output"])
    if row["task"] != "document" or len(parts) < 2 or min(len(part.split()) for part in (parts[0], parts[-1])) < 6:
        return None
    return {**row, "output": " ".join([*parts[1:], parts[0]])}


_CODE_SIGN: Final = re.compile(r"```|~~~|>>>|::|<code>")


def _capped(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Answers cut where a fifth of them is longer."""
    del rng
    outputs, tasks = subject.texts("output"), subject.texts("task")
    both = zip(tasks, outputs, strict=True)
    is_prose = [task not in ("implement", "complete", "change") and not _CODE_SIGN.search(text) for task, text in both]
    lengths = [len(text) for text, prose in zip(outputs, is_prose, strict=True) if prose]
    most = int(np.quantile(lengths, 0.85)) if lengths else 0
    cut_off = [text[:most] if prose else text for text, prose in zip(outputs, is_prose, strict=True)]
    return subject.with_column("output", cut_off) if most >= 100 else None


def _paragraph_again(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    told = [one for one in re.split(r"\n[ \t]*\n", row["output"]) if len(one.strip()) >= 50]
    return {**row, "output": f"{row['output']}\n\n{told[0]}"} if told and row["task"] not in CODE_COLUMNS else None


def _escaped(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    text = row["output"].replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;")
    return {**row, "output": text} if text != row["output"] and row["task"] not in ("implement", "complete") else None


def _flat(row: Row, rng: np.random.Generator) -> Row | None:
    """Code whose lines begin at the margin: what an editor's field of one line, or a table's cell, leaves of it."""
    del rng
    if row["task"] != "document" or not row["language"] or row["language"] == "python":
        return None
    lines = [line.strip() for line in row["input"].split("\n")]
    opens = len(lines) >= 5 and any(line.endswith(("{", "(", "[")) for line in lines[:-2])
    return {**row, "input": "\n".join(lines)} if opens else None


_CODE_ONLY: Final = ("document", "implement")

SOLE: Final[Mapping[str, Plant]] = {
    "I1": _sole("a corpus of a dozen rows", _few_rows),
    "I2": _beside("a column of another type", _wrong_type),
    "I3": _sole("one random id", _some(_random_id)),
    "I4": _beside("one row more than the stage before gave", _lost_count),
    "I5": _beside("one row whose source has moved on", _source_moved_on),
    "S1": _sole("a bracket left open in a few definitions", _some(_open_bracket, 0.01)),
    "S2": _sole("one line that ends as in Windows", _some(_with_return)),
    "S3": _sole("one row without its question", _some(_unasked)),
    "S4": _sole("one answer with the end of a text in it", _some(_end_of_text)),
    "S5": _sole("a few answers that end in code", _some(_open_fence, 0.005)),
    "S6": _sole("one talk in which nobody answered", _some(_unanswered)),
    "S7": _sole("names whose accents were read by the wrong table", _some(_accents, 0.001)),
    "S8": _sole("a few notes with a link left open", _some(_open_link, 0.005)),
    "S9": _beside("a model that reads less than the longest row has", _small_context),
    "C8": _sole("files with a licence of their own under that of the project", _some(_other_licence, 0.02)),
    "C1": _sole("changes at other messages, in a table that names no file",
                _of(_as_table(implement="change"), _moved(1.0)), scored=True),
    "C1b": _sole("changes at other messages of their file",
                 _of(_changes, _moved(1.0, files=True, tasks=("change",))), scored=True),
    "C1c": _sole("explanations at other questions, in a table that names no file",
                 _of(_as_table("explain", "answer"), _moved(1.0)), scored=True),
    "C1d": _sole("replies at other messages", _of(_as_table("reply", document="reply", answer="reply"), _moved(1.0)), scored=True),
    "C1e": _sole("half of the documentation at other code, in a table that names no file",
                 _of(_as_table(*_CODE_ONLY), _moved(0.55, tasks=("document",))), scored=True),
    "C1f": _sole("a quarter of the code at other questions, in a table without names",
                 _of(_as_table(*_CODE_ONLY), _moved(0.25, tasks=("implement",))), scored=True),
    "C1g": _sole("documentation at other code of its file",
                 _of(_unlined, _moved(0.9, files=True, tasks=("document",), untold=True)), scored=True),
    "C2": _sole("names as explanations", _of(_unlined, _some(_echo, 0.02))),
    "C3": _sole("a few placeholders", _of(_unlined, _some(_todo, 0.01))),
    "C4": _sole("a few answers in their question", _some(_in_its_question, 0.01)),
    "C1k": _sole("a few definitions under another name", _some(_renamed_code, 0.01)),
    "C1h": _sole("two documentations exchanged", _exchanged_docs),
    "C1i": _sole("a fifth of the documentation at a neighbour",
                 _of(_unlined, _moved(0.3, files=True, tasks=("document",), untold=True)), scored=True, all_rows=True),
    "T1": _sole("half of the texts with the words of each sentence in another order",
                _of(_unlined, _spoilt(_shuffled_inside, 0.5)), scored=True),
    "T2": _sole("every answer of a table cut behind a word",
                _of(_as_table("explain", "answer"), _spoilt(_behind_a_word, 1.0)), scored=True),
    "T1b": _sole("the explanations with their words in another order",
                 _of(_unlined, _spoilt(_shuffled_inside, 1.0, ("answer",))), scored=True),
    "C5": _sole("parameters renamed in the code alone", _every(_parameter_renamed, 5, 0.7), scored=True),
    "C6": _sole("examples without their closing brackets", _every(_bracket_lost, 5)),
    "C7": _sole("one example in the documentation of everything", _of(_unlined, _every(_same_example, 20)), scored=True),
    "D1": _sole("one row twice", _copied(_again, "", lambda _: 1)),
    "D1b": _sole("a few definitions in a copy of their file", _copied(_vendored, "train", lambda s: _enough(s.rows, 0.011))),
    "D2": _sole("one held-out row that copies a row of train", _copied(_crossed(0.04), "train", lambda _: 1)),
    "D2b": _sole("held-out rows that stand by half in a row of train", _copied(_crossed(0.3), "train", _few_of_held)),
    "D3": _sole("two groups that were found to be one after the split", _merged_groups),
    "D4": _sole("a category of which nothing came into test", _no_test, all_rows=True),
    "D4b": _sole("train and validation exchanged", _swapped_sides),
    "D5": _sole("a third of the documentation by one template", _of(_documentation, _templates(1, 0.55)), scored=True),
    "D5b": _sole("the same phrases in all answers", _of(_unlined, _every(_stock, 20)), scored=True),
    "D5c": _sole("documentation by ten templates", _of(_documentation, _templates(10, 0.9)), scored=True),
    "D5d": _sole("a greeting before two answers in five", _of(_unlined, _every(_greeting, 20, 0.45)), scored=True),
    "D6": _sole("one row of a second source", _one_row_of_another),
    "D7": _sole("one row that quotes a benchmark", _one_problem),
    "D8": _sole("one licence at the head of a dozen definitions", _headed),
    "D9": _sole("sides dealt in the order of paths", _by_path, all_rows=True),
    "D10": _sole("a release without a task that the one before had", _without_a_task),
    "R1": _beside("two rows in another order", _swapped_rows),
    "R2": _beside("a stage without its version", _no_version),
    "Q1": _noted("one row that was never scored", _qualities(_one_unscored)),
    "Q2": _noted("one very low score", _qualities(_one_low)),
    "Q3": _noted("scores dealt to other rows", _qualities(_dealt)),
    "Q4": _noted("a scorer with its sign turned, on a scale of its own", _upside_down),
    "Q5": _beside("a quarter of what people judged is bad", _disliked),
    "P1": _sole("one token of a provider", _some(_key)),
    "P2": _sole("one path of somebody's home", _some(_home)),
    "I6": _noted("one count that is not its text's", _one_token_more),
    "I7": _sole("a few rows under another author than their file", _some(_other_author, 0.01)),
    "I8": _sole("a file or two that were written in 1970", _undated_file),
    "Q6": _noted("signals dealt to other rows", _foreign_signals),
    "C1m": _sole("the sentences of some documentation moved", _some(_sentences_moved, 0.03)),
    "T3": _sole("one text in five with its words turned round", _of(_unlined, _spoilt(_backwards, 0.2)), scored=True),
    "T4": _sole("all prose in small letters", _every(_small, 40), scored=True),
    "S10": _sole("answers cut at one length", _of(_unlined, _capped), scored=True),
    "S11": _sole("a paragraph said twice in some answers", _of(_unlined, _some(_paragraph_again, 0.02))),
    "S12": _sole("quotation marks as HTML writes them", _of(_unlined, _some(_escaped, 0.03))),
    "S13": _sole("code whose lines begin at the margin", _some(_flat, 0.01)),
}  # fmt: skip
"""One plant a test, by its id."""
