"""The falsifier under test, and any other validator: defects to plant in rows, and corpora that are wrong as a whole.

`plants()` are the defects that the falsifier's own tests are measured with, for whoever wants to measure others:

    from falsify import mutants

    for name, plant in mutants.plants().items():
        broken, planted = plant.apply(table, strength=None, seed=0)
        found = my_validator(broken)            # ids
        print(name, len(planted & found), "of", len(planted))

`mutation_test` puts whole corpora that are wrong before the falsifier, each of which it must refute.
The first four are those that the forerunner of this falsifier gave 75, 94, 94 and 100 of 100 points: an empty
table, every answer moved to another question (within the category; within the file), and a hundred rows from
one template.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.entry import CODE_COLUMN, SCHEMA
from corpus.errors import ConfigError
from corpus.reserved import RESERVED_TOKENS
from falsify.distribution import one_template
from falsify.hypothesis import FAMILIES, Change, Hypothesis, Plant
from falsify.judge import HYPOTHESES, judge, subject_of
from falsify.plants import copy_id, fresh_id, rotated
from falsify.relevance import strata
from falsify.report import Report
from falsify.subject import Parses, Rebuild, Reread, Stage, Subject

__all__ = ["MUTANTS", "Mutant", "MutationReport", "mutation_test", "plants"]

_ROWS: Final = 1500  # whole files of a large corpus stand for it: a mutant is wrong everywhere


def plants(family: str | None = None) -> dict[str, Plant]:
    """The defects that stand in the rows of a table, by name.

    Args:
        family: Only those of hypotheses of this family; see `falsify.hypothesis.FAMILIES`.

    Raises:
        ConfigError: There is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise ConfigError("there is no such family of hypotheses", expected=", ".join(FAMILIES), got=family)
    chosen = (h for h in HYPOTHESES if family in (None, h.family))
    return {plant.name: plant for h in chosen for plant in h.plants if plant.change is not None}


@dataclass(frozen=True)
class Mutant:
    """One corpus that is wrong, and what became of it.

    Attributes:
        name: What was done to it.
        verdict: The falsifier's verdict; `not applicable` if it could not be made of this corpus.
        killed_by: Ids of the hypotheses that were refuted by it and not by the corpus as it is.
    """

    name: str
    verdict: str
    killed_by: tuple[str, ...]

    @property
    def killed(self) -> bool:
        """Whether the falsifier saw it."""
        return self.verdict == "refuted" and bool(self.killed_by)


@dataclass(frozen=True)
class MutationReport:
    """Which wrong corpora the falsifier refutes.

    Attributes:
        mutants: Each with its killers.
        verdict: The verdict on the corpus as it is (its part that the mutants were made of).
        seed: Every draw follows from it.
    """

    mutants: tuple[Mutant, ...]
    verdict: str
    seed: int

    @property
    def escaped(self) -> tuple[str, ...]:
        """Names of the mutants that were made and not refuted."""
        return tuple(m.name for m in self.mutants if m.verdict != "not applicable" and not m.killed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        mutants = [{**asdict(m), "killed_by": list(m.killed_by), "killed": m.killed} for m in self.mutants]
        return {"verdict": self.verdict, "seed": self.seed, "escaped": list(self.escaped), "mutants": mutants}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MutationReport:
        """The report that `to_dict` gave."""
        names = [f.name for f in fields(Mutant)]
        mutants = tuple(
            Mutant(**{**{n: one[n] for n in names}, "killed_by": tuple(one["killed_by"])}) for one in values["mutants"]
        )
        return cls(mutants, values["verdict"], values["seed"])

    def __str__(self) -> str:
        made = [m for m in self.mutants if m.verdict != "not applicable"]
        head = f"{sum(m.killed for m in made)} of {len(made)} mutants killed; the corpus as it is: {self.verdict}"
        return "\n".join([head, *(f"{_sign(m)} {m.name:<56} {_killers(m)}" for m in self.mutants)])

    def _repr_html_(self) -> str:
        cells = ((_sign(m), m.name, _killers(m)) for m in self.mutants)
        rows = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in cells)
        return f"<p>{html.escape(str(self).splitlines()[0])}</p><table>{rows}</table>"


def mutation_test(
    corpus: Any,
    *,
    reread: Reread | None = None,
    rebuild: Rebuild | None = None,
    lineage: Sequence[Stage] | None = None,
    removed: pa.Table | None = None,
    seed: int = 0,
    sample: int = 1000,
    workers: int = 1,
    parses: Parses | None = None,
) -> MutationReport:
    """Make corpora that are wrong as a whole out of this one, and see which of them the falsifier refutes.

    The arguments are those of `falsify`. Of a large corpus some 1,500 rows are used, whole files.

    Returns:
        Each mutant with the hypotheses that it was refuted by and that the corpus as it is was not.
    """
    subject = subject_of(
        corpus,
        reread=reread,
        rebuild=rebuild,
        lineage=lineage,
        removed=removed,
        seed=seed,
        sample=sample,
        workers=workers,
        parses=parses,
    )
    rng = subject.rng("mutation test")
    small = subject.take(subject.draw_files(np.arange(subject.rows), _ROWS, rng))
    # A mutant's rows are in no source and in no ledger: only what was changed about those is judged by them.
    small = replace(small, reread=None, rebuild=None, lineage=None, removed=None)
    before = judge(small, HYPOTHESES)
    mutants = []
    for name, change, needs in MUTANTS:
        base = subject if needs else small
        mutant = change(base, base.rng(name))
        chosen = tuple(h for h in HYPOTHESES if not needs or h.needs == needs)
        known = judge(base, chosen, power=False) if needs and mutant is not None else before
        mutants.append(_mutant(name, known, None if mutant is None else _judged(mutant, chosen)))
    return MutationReport(tuple(mutants), before.verdict, seed)


def _judged(mutant: Subject, hypotheses: Sequence[Hypothesis]) -> Report:
    """The report on a mutant. Power decides what corroborates, never what refutes: only escapes are worth its cost."""
    report = judge(mutant, hypotheses, power=False)
    return report if report.verdict == "refuted" else judge(mutant, hypotheses)


def _mutant(name: str, before: Report, after: Report | None) -> Mutant:
    if after is None:
        return Mutant(name, "not applicable", ())
    return Mutant(name, after.verdict, tuple(sorted(set(after.refuted) - set(before.refuted))))


def _empty(subject: Subject, rng: np.random.Generator) -> Subject:
    del rng
    return subject.with_table(SCHEMA.empty_table())


def _moved(*columns: str, part: float = 1.0) -> Change:
    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        names = [subject.files if name == "file" else subject.column(name) for name in columns]
        outputs = subject.texts("output")
        moved = rotated(outputs, strata(*names), rng, part)
        changed = sum(a != b for a, b in zip(outputs, moved, strict=True))
        return subject.with_column("output", moved) if changed > part * subject.rows / 2 else None

    return change


def _template(subject: Subject, rng: np.random.Generator) -> Subject:
    return one_template(subject, rng)


def _doubled(subject: Subject, rng: np.random.Generator) -> Subject:
    del rng
    rows = subject.rows_at(np.arange(subject.rows))
    return subject.with_rows([*rows, *({**row, "id": copy_id(row["id"], "doubled", 0)} for row in rows)])


def _leaking(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """A tenth of the training rows stands in test as well, in a group of its own."""
    rows = subject.rows_at(np.arange(subject.rows))
    train = [row for row in rows if row["split"] == "train"]
    if not train:
        return None
    chosen = [train[i] for i in rng.choice(len(train), max(1, len(train) // 10), replace=False).tolist()]
    copies = [
        {**row, "id": copy_id(row["id"], "leak", 0), "group": copy_id(row["group"], "leak", 0), "split": "test"}
        for row in chosen
    ]
    return subject.with_rows([*rows, *copies])


def _swallowed(subject: Subject, rng: np.random.Generator) -> Subject | None:
    if not subject.lineage or not subject.rows:
        return None
    return subject.take(np.delete(np.arange(subject.rows), int(rng.integers(subject.rows))))


def _shifted(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Every row claims the lines after its own."""
    del rng
    if subject.reread is None or all(line is None for line in subject.column("line_start")):
        return None
    for name in ("line_start", "line_end"):
        subject = subject.with_column(name, [None if n is None else n + 1 for n in subject.column(name)])
    return subject


def _half_empty(subject: Subject, rng: np.random.Generator) -> Subject:
    del rng
    return subject.with_column("instruction", ["" if i % 2 else t for i, t in enumerate(subject.texts("instruction"))])


def _cut(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """All code ends after 70 % of its characters, as a limit that nobody looked at would end it."""
    del rng
    tasks = subject.column("task")
    if not any(task in CODE_COLUMN for task in tasks):
        return None
    for name in ("input", "output"):
        texts = zip(tasks, subject.column(name), strict=True)
        cut = [t[: int(0.7 * len(t))] if t and CODE_COLUMN.get(task) == name else t for task, t in texts]
        subject = subject.with_column(name, cut)
    return subject


def _ended(subject: Subject, rng: np.random.Generator) -> Subject:
    """Each answer ends with the token that a chat template ends it with."""
    token = RESERVED_TOKENS[int(rng.integers(len(RESERVED_TOKENS)))]
    return subject.with_column("output", [text + token for text in subject.texts("output")])


def _random_ids(subject: Subject, rng: np.random.Generator) -> Subject | None:
    known = zip(subject.column("path"), subject.column("kind"), strict=True)
    if all(path is None or kind == "table" for path, kind in known):
        return None
    return subject.with_column("id", [fresh_id(rng) for _ in range(subject.rows)])


def _given_away(subject: Subject, rng: np.random.Generator) -> Subject:
    del rng
    asked = zip(subject.texts("instruction"), subject.texts("output"), strict=True)
    return subject.with_column("instruction", [f"{question}\n\n{answer}" for question, answer in asked])


MUTANTS: Final[tuple[tuple[str, Change, str], ...]] = (
    ("no rows", _empty, ""),
    ("every answer moved to another question of its category", _moved("category", "task", "language"), ""),
    ("every answer moved to another question of its file", _moved("file", "category", "task", "language"), ""),
    ("two fifths of the answers moved within their task", _moved("task", part=0.4), ""),
    ("every row from one template", _template, ""),
    ("every second question empty", _half_empty, ""),
    ("all code cut at 70 %", _cut, ""),
    ("a reserved token in every answer", _ended, ""),
    ("every id random", _random_ids, ""),
    ("every answer inside its question", _given_away, ""),
    ("every row twice", _doubled, ""),
    ("training rows in test", _leaking, ""),
    ("a row swallowed", _swallowed, "lineage"),
    ("provenance shifted by a line", _shifted, "reread"),
)
"""Name, change, and what must have been handed in for it; it is then judged by what reads that, on all rows."""


def _sign(mutant: Mutant) -> str:
    return "–" if mutant.verdict == "not applicable" else "✓" if mutant.killed else "✗"


def _killers(mutant: Mutant) -> str:
    if mutant.verdict == "not applicable":
        return "not applicable"
    return "killed by " + ", ".join(mutant.killed_by) if mutant.killed else f"escaped ({mutant.verdict})"
