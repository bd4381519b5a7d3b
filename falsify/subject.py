"""The corpus under test, in the forms that the hypotheses read: columns as lists, texts as words, draws by seed.

A subject is immutable and its rows are ordered by id, whatever order they came in: every draw and every
verdict is then the same for the same rows. A plant is another subject, made of copies of its rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate.contamination import Fingerprints
from corpus.entry import CODE_COLUMN, SCHEMA
from falsify.texts import Grams, Ints, Lexicon, Words, shingled_words

__all__ = [
    "PART_ROWS",
    "Detector",
    "Parses",
    "Rebuild",
    "Reread",
    "Row",
    "Scorer",
    "Stage",
    "Subject",
    "Tokenize",
    "prose_column",
    "split_by",
]

PART_ROWS: Final = 240  # rows of a whole planted corpus

Row = dict[str, Any]
Stage = Mapping[str, Any]
Reread = Callable[[pa.Table], Sequence[str | None]]
Rebuild = Callable[[], pa.Table]
Parses = Callable[[str, str], bool]
Detector = Callable[[Sequence[str]], Sequence[bool]]
Tokenize = Callable[[Sequence[str]], Sequence[int]]
Scorer = Callable[[pa.Table], Sequence[float]]


@dataclass(frozen=True)
class Subject:
    """What is judged, and what the caller handed in to judge it by.

    Attributes:
        table: The rows, in the columns of `SCHEMA`, ordered by id.
        given: The table as it came, before columns and order were looked at.
        removed: The removed rows, or None.
        lineage: One mapping of counts a stage, or None.
        reread: Extracts rows again from their sources, or None.
        rebuild: Builds the whole corpus again, or None.
        parses: Says whether code parses; None: `corpus.code.parses` in disposable workers.
        detector: Says of texts whether there is a secret in each, or None.
        versions: The versions of the packages that the corpus was made with, by name, or None.
        previous: The rows of an earlier release, or None.
        reviews: Verdicts of people: `id` and `verdict` (good, bad), or None.
        tokenize: Counts the tokens of texts with the tokenizer of the model that is to be trained, or None.
        context: How many tokens that model reads, or None.
        benchmarks: Hashes of what a model will be tested with, besides those that ship with the library.
        scorer: Gives a table of rows their quality; None: that of this library.
        seed: Every draw follows from it.
        sample: Rows that a sampled hypothesis looks at, at the most.
        workers: Processes for what runs in workers.
        lexicon: Remembers the words of texts, for all copies of a subject.
    """

    table: pa.Table
    given: pa.Table
    removed: pa.Table | None = None
    lineage: Sequence[Stage] | None = None
    reread: Reread | None = None
    rebuild: Rebuild | None = None
    parses: Parses | None = None
    detector: Detector | None = None
    versions: Mapping[str, str] | None = None
    previous: pa.Table | None = None
    reviews: pa.Table | None = None
    tokenize: Tokenize | None = None
    context: int | None = None
    scorer: Scorer | None = None
    benchmarks: Sequence[Fingerprints] = ()
    seed: int = 0
    sample: int = 1000
    workers: int = 1
    lexicon: Lexicon = field(default_factory=Lexicon, repr=False, compare=False)

    @classmethod
    def of(cls, table: pa.Table, **given: Any) -> Subject:
        """A subject from a table as the caller has it; a column `messages`, as on disk, is left aside."""
        if "messages" in table.column_names:
            table = table.drop_columns(["messages"])
        return cls(table=ordered(table), given=table, **given)

    @cached_property
    def is_readable(self) -> bool:
        """Whether the columns are those of the schema; if not, only the schema itself can be judged."""
        return _types(self.given) == _types(SCHEMA.empty_table()) and _is_valid(self.given)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.table.num_rows)

    def column(self, name: str) -> list[Any]:
        """A column as plain values."""
        if name not in self._columns:
            self._columns[name] = self.table[name].to_pylist()
        return self._columns[name]

    def texts(self, name: str) -> list[str]:
        """A text column, an empty string where there is none."""
        if name not in self._texts:
            self._texts[name] = [value or "" for value in self.column(name)]
        return self._texts[name]

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        return {}

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What was computed of everything but the quality, by name: it stays when only the quality changes."""
        return {}

    @cached_property
    def ids(self) -> list[str]:
        """The ids."""
        return self.texts("id")

    @cached_property
    def questions(self) -> list[str]:
        """Instruction and material of each row."""
        return [f"{a}\n{b}" for a, b in zip(self.texts("instruction"), self.texts("input"), strict=True)]

    @cached_property
    def bodies(self) -> list[str]:
        """What makes a row itself: material and answer; the instruction instead, where there is no material."""
        columns = (self.texts(name) for name in ("instruction", "input", "output"))
        return [f"{b or a}\n{c}" for a, b, c in zip(*columns, strict=True)]

    @cached_property
    def body_words(self) -> Words:
        """The words of `bodies`."""
        return self.lexicon.words(self.bodies)

    @cached_property
    def body_grams(self) -> Grams:
        """The 8-grams of `bodies`."""
        return shingled_words(self.body_words, 8, np.arange(self.rows))

    @cached_property
    def prose(self) -> list[str]:
        """The text of each row that is not code: the answer, or the material where the answer is code."""
        tasks, inputs, outputs = (self.texts(name) for name in ("task", "input", "output"))
        texts = zip(tasks, inputs, outputs, strict=True)
        return [asked if prose_column(task) == "input" else answer for task, asked, answer in texts]

    @cached_property
    def files(self) -> list[tuple[str, str]]:
        """The file, note or chat of each row; its group, where no path is known."""
        columns = (self.texts(name) for name in ("source", "path", "group"))
        return [(source, path or group) for source, path, group in zip(*columns, strict=True)]

    @cached_property
    def clusters(self) -> Ints:
        """What was drawn as one, numbered: files; where there are few, groups; where there are few, rows."""
        for names in (self.files, self.column("group")):
            number: dict[object, int] = {}
            numbers = np.array([number.setdefault(name, len(number)) for name in names], np.int64)
            if len(number) >= 10:
                return numbers
        return np.arange(self.rows)

    def where(self, tasks: Sequence[str]) -> Ints:
        """The rows of these tasks; all, if none is named."""
        if not tasks:
            return np.arange(self.rows)
        return np.array([i for i, task in enumerate(self.column("task")) if task in tasks], np.int64)

    def rng(self, label: str) -> np.random.Generator:
        """A generator of its own for each use: one hypothesis more or less changes no other's draws."""
        digest = hashlib.blake2b(f"{self.seed}\0{label}".encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(digest, "big"))

    def draw(self, rows: Ints, count: int, label: str) -> Ints:
        """`count` of these rows at random, without replacement, in order; all, if there are no more."""
        if len(rows) <= count:
            return rows
        return np.sort(self.rng(label).choice(rows, count, replace=False))

    def draw_files(self, rows: Ints, count: int, rng: np.random.Generator) -> Ints:
        """About `count` of these rows, whole files: what is compared within a file needs all of it."""
        if len(rows) <= count:
            return rows
        file = self.file_order[rows]
        order = np.argsort(file, kind="stable")
        ends = np.flatnonzero(np.diff(file[order], append=-1)) + 1
        drawn: list[Ints] = []
        held = 0
        for index in rng.permutation(len(ends)).tolist():
            begin = int(ends[index - 1]) if index else 0
            # A file larger than a quarter of the draw would be all of it: its first rows stand for it.
            drawn.append(rows[order[begin : min(int(ends[index]), begin + max(1, count // 4))]])
            held += len(drawn[-1])
            if held >= count:
                break
        return np.sort(np.concatenate(drawn))

    @cached_property
    def file_order(self) -> Ints:
        """The file of each row, as its place among all files in the order of their names."""
        place = {name: index for index, name in enumerate(sorted(set(self.files)))}
        return np.array([place[name] for name in self.files], np.int64)

    def part(self, index: int) -> Subject:
        """A draw of whole files, some `PART_ROWS` rows; the same one whenever it is asked for by its number.

        What is planted in whole corpora is planted in these: columns and texts are then taken apart once for all.
        """
        if index not in self._parts:
            drawn = self.draw_files(np.arange(self.rows), PART_ROWS, self.rng(f"part {index}"))
            self._parts[index] = self.take(drawn)
        return self._parts[index]

    @cached_property
    def _parts(self) -> dict[int, Subject]:
        return {}

    def take(self, rows: Ints | Sequence[int]) -> Subject:
        """A copy with some of the rows."""
        return self.with_table(self.table.take(pa.array(np.asarray(rows, np.int64))))

    def with_table(self, table: pa.Table) -> Subject:
        """A copy with another table: a plant."""
        return replace(self, table=ordered(table), given=table)

    def with_rows(self, rows: Sequence[Row]) -> Subject:
        """A copy that holds these rows."""
        return self.with_table(pa.Table.from_pylist(list(rows), schema=SCHEMA))

    def with_column(self, name: str, values: Sequence[Any]) -> Subject:
        """A copy with another column."""
        field = SCHEMA.field(name)
        index = self.table.column_names.index(name)
        table = self.table.set_column(index, field, pa.array(list(values), field.type))
        if name == "id":
            return self.with_table(table)
        changed = replace(self, table=table, given=table)  # the order of the ids is still the same
        known = {other: column for other, column in self._columns.items() if other != name}
        changed._columns.update(known)
        if name == "quality":
            changed.kept.update(self.kept)
        return changed

    def rows_at(self, rows: Ints | Sequence[int]) -> list[Row]:
        """Some rows as mappings of plain values."""
        found: list[Row] = self.table.take(pa.array(np.asarray(rows, np.int64))).to_pylist()
        return found


def prose_column(task: str) -> str:
    """Which column of a task holds text that is not code: the answer, or the material where the answer is code."""
    return "input" if CODE_COLUMN.get(task) == "output" else "output"


def split_by(subject: Subject) -> str:
    """What the last split of the lineage kept whole or in order: `group`, `source` or `time`."""
    for stage in reversed(subject.lineage or ()):
        if stage.get("stage") == "split":
            config = stage.get("config")
            told = config.get("by") if isinstance(config, Mapping) else None
            return told if told in ("source", "time") else "group"
    return "group"


def ordered(table: pa.Table) -> pa.Table:
    """The rows in order of their ids; a table without ids as it is."""
    if "id" not in table.column_names or table.schema.field("id").type != pa.string():
        return table
    return table.take(pc.sort_indices(table["id"]))


def _types(table: pa.Table) -> dict[str, Any]:
    return dict(zip(table.schema.names, table.schema.types, strict=True))


def _is_valid(table: pa.Table) -> bool:
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
