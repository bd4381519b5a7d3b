"""The mutation table: test by plant by strength, what is found, what is flagged wrongly, and with which bounds.

    python -m falsify.table docs/falsification.md requests=requests.parquet flask=… vault=… chat=… [--known WRONG.json]

takes corpora that are taken to be right, as Parquet files or folders with `data/*.parquet`, plants every violation in
each of them often enough to show .95 (59 of 59), draws 300 sub-corpora for the false alarms, and writes the table
between two marks of the document. `python -m falsify.table --reference` draws anew from the reference corpora, whose
false alarms ship with the library, and is to be run first when a hypothesis has changed. Everything is done on copies
of 2,000 rows.

Nobody's corpus is right in everything. WRONG.json says of a test which rows somebody looked at and found to be what it
forbids, `{"D1b": {"why": [ids]}}`: these are left out where its false alarms are counted, and the table says so.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import ConfigError
from falsify.hypothesis import Hypothesis, Measurement, Plant
from falsify.judge import FIRST, HYPOTHESES
from falsify.power import Alarms, Bench, Grade, measure, pooled
from falsify.reference import (
    DRAWS,
    RECORD,
    all_drawn_alarms,
    clean_subject,
    corpora,
    equipped,
    false_alarms,
    record,
    row_alarms,
    subjects,
    without,
)
from falsify.sole import SOLE
from falsify.subject import Subject

__all__ = ["Line", "escapes", "lines", "main", "markdown", "necessity", "refuting"]

Known = Mapping[str, Mapping[str, Sequence[str]]]
"""By test and by what is wrong the ids of rows that truly are what it forbids."""

_RECORDED: Final = ("I6", "Q6")  # tokens and signals, counted and computed again
_WANTED: Final = 59  # found, of as many: a sensitivity of .95
_ROUNDS: Final = 6  # draws of other rows and other plants, until there are enough
BEGIN: Final = "<!-- mutation table: begin -->"
END: Final = "<!-- mutation table: end -->"


@dataclass(frozen=True)
class Line:
    """One test.

    Attributes:
        hypothesis: What is asked.
        grades: Its plants at their strengths, all corpora together; the last is the one that is its own.
        own: False alarms on the reference corpora that ship with the library.
        others: False alarms on the corpora that were handed in.
        needed_for: Plants that no other test finds.
    """

    hypothesis: Hypothesis
    grades: tuple[Grade, ...]
    own: Alarms | None
    others: Alarms | None
    needed_for: tuple[str, ...]


def lines(
    clean: Mapping[str, pa.Table],
    hypotheses: Sequence[Hypothesis] = HYPOTHESES,
    draws: int = DRAWS,
    known: Known | None = None,
) -> tuple[Line, ...]:
    """The table, one line a test, for corpora that are taken to be right, but for rows that are known to be wrong.

    A test that can judge none of them is put to all of them in one.

    Columns, words, parts and draws of a corpus are made once and put to all tests, which is most of what they cost.
    """
    given = [clean_subject(table) for table in clean.values()]
    needed = necessity([clean_subject(subject.part(0).given) for subject in given], hypotheses)
    own = escapes([*_shipped(), *given], hypotheses)
    joint = [clean_subject(pa.concat_tables(list(clean.values())).unify_dictionaries())] if len(clean) > 1 else []
    grades, told = _grades(hypotheses, given), _sole_grades(hypotheses, given)
    grades |= _grades([h for h in hypotheses if not grades[h.id]], joint)
    others = _alarms(hypotheses, given, joint, draws, known or {})
    return tuple(
        Line(h, grades[h.id] + told[h.id], false_alarms(h), others[h.id], own[h.id] + needed[h.id]) for h in hypotheses
    )


def _shipped() -> tuple[Subject, ...]:
    """The reference corpora, all in one and each by itself."""
    return clean_subject(pa.concat_tables(list(corpora().values())).unify_dictionaries()), *subjects()


def _alarms(
    hypotheses: Sequence[Hypothesis], clean: Sequence[Subject], joint: Sequence[Subject], draws: int, known: Known
) -> dict[str, Alarms | None]:
    """How often each test speaks against these corpora, or against all in one where it can judge none of them."""
    wrong = {name: frozenset(row for rows in why.values() for row in rows) for name, why in known.items()}
    asked = [hypothesis for hypothesis in hypotheses if not hypothesis.errs_by_row]
    found = all_drawn_alarms(asked, clean, draws, wrong)
    found |= all_drawn_alarms([hypothesis for hypothesis in asked if found[hypothesis.id] is None], joint, draws, wrong)
    for hypothesis in hypotheses:
        if hypothesis.errs_by_row:
            right = [without(subject, wrong.get(hypothesis.id, frozenset())) for subject in clean]
            found[hypothesis.id] = row_alarms(hypothesis, right)
    return found


def _grades(hypotheses: Sequence[Hypothesis], clean: Sequence[Subject]) -> dict[str, tuple[Grade, ...]]:
    """The power of each test, all corpora together: in each of them, and in other draws of them until it is enough."""
    runs: dict[str, list[tuple[Grade, ...]]] = {hypothesis.id: [] for hypothesis in hypotheses}
    left = list(hypotheses)
    for seed in range(_ROUNDS):
        for subject in clean if left else ():
            drawn = replace(subject, seed=seed)
            bench = Bench(drawn)
            for hypothesis in left:
                own = equipped(drawn, hypothesis, drawn)
                seen = hypothesis.test(own)
                if seen.value is not None and not hypothesis.refuted_by(seen.value):
                    runs[hypothesis.id].append(measure(hypothesis, own, seen, bench if own is drawn else None))
        left = [hypothesis for hypothesis in left if runs[hypothesis.id] and not _is_enough(runs[hypothesis.id])]
    return {name: pooled(of) for name, of in runs.items()}


def _is_enough(runs: Sequence[tuple[Grade, ...]]) -> bool:
    return all(grade.planted >= _WANTED for grade in pooled(runs) if grade.required)


def _sole_grades(hypotheses: Sequence[Hypothesis], clean: Sequence[Subject]) -> dict[str, tuple[Grade, ...]]:
    """How often each test finds the plant that is its own, all corpora together."""
    nothing = Measurement(0.0, 0)  # a corpus is its host, not a row
    asked = {h.id: replace(h, plants=(SOLE[h.id],)) for h in hypotheses if h.id in SOLE}
    runs: dict[str, list[tuple[Grade, ...]]] = {hypothesis.id: [] for hypothesis in hypotheses}
    for subject in clean:
        bench = Bench(subject)
        for name, hypothesis in asked.items():
            runs[name].append(measure(hypothesis, subject, nothing, bench))
    return {name: tuple(grade for grade in pooled(of) if grade.planted) for name, of in runs.items()}


def escapes(clean: Sequence[Subject], hypotheses: Sequence[Hypothesis] = HYPOTHESES) -> dict[str, tuple[str, ...]]:
    """For each test its own plant, if there is a corpus in which that plant is refuted by this test and by no other.

    All tests are asked, and the corpus is one that had the defect before anything was recorded of it.
    """
    return {h.id: _escaped(h, clean, hypotheses) for h in hypotheses}


def _escaped(hypothesis: Hypothesis, clean: Sequence[Subject], hypotheses: Sequence[Hypothesis]) -> tuple[str, ...]:
    plant = SOLE.get(hypothesis.id)
    if plant is None:
        return ()
    asked = [hypothesis, *(other for other in hypotheses if other is not hypothesis)]
    for subject in clean:
        trial = next(plant.sow(subject, subject.where(()), subject.rng(f"necessity {plant.name}")), None)
        if trial is not None and refuting(trial.subject, asked, enough=2) == {hypothesis.id}:
            return (plant.name,)
    return ()


def necessity(clean: Sequence[Subject], hypotheses: Sequence[Hypothesis] = HYPOTHESES) -> dict[str, tuple[str, ...]]:
    """For each test its plants that would escape without it: for which no other test refutes one of the corpora.

    These are strong, and most are found by several tests; `escapes` tries one that was made for the test alone. Tests
    that hold the rows against what was recorded of them find nearly every plant; they are asked of their own alone,
    since a corpus that was wrong from the start records what is wrong.
    """
    alone: dict[str, set[str]] = {hypothesis.id: set() for hypothesis in hypotheses}
    for subject in clean:
        before = refuting(subject, hypotheses)
        for hypothesis in hypotheses:
            others = (other for other in hypotheses if other is not hypothesis)
            asked = [hypothesis, *(other for other in others if other.id not in _RECORDED)]
            asked = [one for one in asked if one.id not in before]
            for plant in hypothesis.plants:
                broken = _broken(subject, plant, hypothesis)
                # Where nothing could be planted in nothing, only the test of emptiness has something to say.
                if broken is None or not (broken.rows or hypothesis.id in FIRST):
                    continue
                found = refuting(broken, asked, enough=2)
                if len(found) == 1:
                    alone[found.pop()].add(plant.name)
    return {name: tuple(sorted(plants)) for name, plants in alone.items()}


def _broken(subject: Subject, plant: Plant, owner: Hypothesis) -> Subject | None:
    """The corpus with a plant in it; a single trial where the plant does not stand in the rows."""
    rng = subject.rng(f"necessity {plant.name}")
    if plant.change is not None:
        broken = plant.change(plant.strength)(subject, rng)
        # Ledger, source and rebuild of the corpus before would speak against any plant, those that are theirs aside.
        reread = subject.reread if owner.needs == "reread" else None
        if broken is None:
            return None
        return replace(broken, lineage=_told(subject), reread=reread, rebuild=None, removed=None)
    trial = next(plant.sow(subject, subject.where(()), rng), None)
    return None if trial is None else trial.subject


def _told(subject: Subject) -> list[Mapping[str, object]]:
    return [
        {name: stage[name] for name in ("stage", "version", "config") if name in stage}
        for stage in subject.lineage or ()
        if "config" in stage
    ]


def refuting(subject: Subject, hypotheses: Sequence[Hypothesis], enough: int | None = None) -> set[str]:
    """The ids of the tests that refute a corpus; no more of them than are enough."""
    found: set[str] = set()
    for hypothesis in hypotheses:
        if len(found) == enough:
            break
        if (subject.is_readable and subject.rows) or hypothesis.id in FIRST:
            value = hypothesis.test(subject).value
            if value is not None and hypothesis.refuted_by(value):
                found.add(hypothesis.id)
    return found


def markdown(table: Sequence[Line], names: Sequence[str], known: Known | None = None) -> str:
    """The table as Markdown: powers, then false alarms, then what was known to be wrong and left out of these."""
    measured = f"Measured on {', '.join(names)}. Bounds are one-sided 95 % (Clopper-Pearson)."
    told = [
        f"{measured} † marks plants that no threshold was chosen by.",
        "",
        "| test | plant | strength | found | at least | required |",
        "|---|---|---|---|---|---|",
        *(_power_row(line, grade) for line in table for grade in line.grades),
        *(
            f"| {line.hypothesis.id} | could not be planted in these corpora | | | | |"
            for line in table
            if not line.grades
        ),
        "",
        "| test | false alarms, corpora that ship | at most | these corpora | at most | plants that only it finds |",
        "|---|---|---|---|---|---|",
        *(_alarm_row(line) for line in table),
        *_left_out(known or {}),
    ]
    return "\n".join(told)


def _power_row(line: Line, grade: Grade) -> str:
    strength = f"{grade.strength:.0%} {grade.unit}" if grade.unit else ""
    mark = " †" if grade.held_out else ""
    required = f"{grade.required:.2f}" if grade.required else ""
    if grade.falls_short:
        required += " **falls short**"
    found = f"{grade.found}/{grade.planted}"
    return f"| {line.hypothesis.id} | {grade.plant}{mark} | {strength} | {found} | {grade.lower:.3f} | {required} |"


def _alarm_row(line: Line) -> str:
    cells = [line.hypothesis.id]
    for alarms in (line.own, line.others):
        cells += (
            [f"{alarms.flagged}/{alarms.looked} {alarms.of}", f"{alarms.upper:.2%}"] if alarms else ["not judged", ""]
        )
    needed = "; ".join(line.needed_for) or "**none**"
    return f"| {' | '.join(cells)} | {needed} |"


def _left_out(known: Known) -> list[str]:
    if not known:
        return []
    told = [f"{sum(map(len, why.values()))} for {name} ({'; '.join(why)})" for name, why in known.items()]
    return ["", f"Rows that truly are what a test forbids, and are left out of its false alarms: {', '.join(told)}."]


def main(arguments: Sequence[str]) -> None:
    """Write the table into a document, between its marks; with `--reference` alone, the draws that ship.

    Raises:
        ConfigError: An argument is not NAME=PATH, the document has no marks, or what is known to be wrong is not there.
    """
    if list(arguments) == ["--reference"]:
        RECORD.write_text(json.dumps(record(HYPOTHESES), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        sys.stdout.write(f"{RECORD}\n")
        return
    given, wrong = list(arguments), None
    if "--known" in given[:-1]:
        at = given.index("--known")
        wrong, given = Path(given[at + 1]), given[:at] + given[at + 2 :]
    if len(given) < 2 or not all("=" in argument for argument in given[1:]):
        raise ConfigError("what to measure on?", expected="DOCUMENT NAME=PATH …", got=" ".join(arguments) or "nothing")
    document = Path(given[0])
    text = document.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ConfigError("the document has no place for the table", where=document, expected=f"{BEGIN} … {END}")
    clean = {name: _read(Path(path)) for name, _, path in (argument.partition("=") for argument in given[1:])}
    names = [f"{name} ({len(table)} rows)" for name, table in clean.items()]
    known = None if wrong is None else _known(wrong, clean)
    told = markdown(lines(clean, known=known), names, known)
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    document.write_text(f"{head}{BEGIN}\n{told}\n{END}{tail}", encoding="utf-8")
    sys.stdout.write(f"{document}\n")


def _known(path: Path, clean: Mapping[str, pa.Table]) -> Known:
    """What is known to be wrong; each row must be there, or the list is about other corpora."""
    try:
        known: Known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError("what is known to be wrong cannot be read", where=path, got=error) from None
    there = {name for table in clean.values() for name in table["id"].to_pylist()}
    gone = sorted({row for why in known.values() for rows in why.values() for row in rows} - there)
    if gone:
        raise ConfigError("rows that are said to be wrong are in none of the corpora", where=path, got=", ".join(gone))
    return known


def _read(path: Path) -> pa.Table:
    files = sorted(path.glob("data/*.parquet")) if path.is_dir() else [path]
    if not files:
        raise ConfigError("there is no corpus", where=path, expected="a Parquet file, or a folder with data/*.parquet")
    table = pa.concat_tables([pq.read_table(file) for file in files]).unify_dictionaries()
    return table.drop_columns(["messages"]) if "messages" in table.column_names else table


if __name__ == "__main__":
    main(sys.argv[1:])
