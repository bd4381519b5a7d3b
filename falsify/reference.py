"""Corpora that are right, and how often each test speaks against them.

`reference.parquet` holds the rows that the library makes of its own fixtures (`fixtures/reference.py`): a Python and a
Rust project, and a vault with conversations. They were written for this library, so that a copy can lie in
everybody's installation. What a test finds wrong in them is a false alarm.

Tests that one row can refute look at all of them in every run: a few milliseconds. Tests of whole corpora, of samples
and of shares need hundreds of draws (0 of 299 shows 1 %), which would cost more than the run itself; those were made
when the test was registered, stand in `reference.json` under the hash of its registration, and count for nothing once
that changes.

    python -m falsify.table --reference

draws them again. The draws are of the same three corpora: their bound is one for corpora like these. What the tests say
of somebody else's stands in docs/falsification.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.entry import estimate_tokens
from corpus.versions import versions
from falsify.hypothesis import Hypothesis, registration, spared
from falsify.power import COPY_ROWS, Alarms
from falsify.subject import PART_ROWS, Subject

__all__ = [
    "DRAWS",
    "RECORD",
    "all_drawn_alarms",
    "clean_subject",
    "corpora",
    "drawn_alarms",
    "equipped",
    "false_alarms",
    "record",
    "recorded",
    "row_alarms",
    "subjects",
    "without",
]

DRAWS: Final = 300  # none of 299 shows 1 %
_UNRECORDED: Final = 6  # draws for a test that the shipped file does not know
_PART: Final = 0.6  # of the rows of a corpus: draws differ, and each is still like the whole
_MOST: Final = 0.85  # for a test that asks for more: draws of nearly all of it differ less
_LIKED: Final = 20
_CONTEXT: Final = 32_768
_TRIED: Final = 4  # draws made for each that is wanted: a test may ask for more than most of them hold
_READ_AGAIN: Final = ("path", "line_start", "line_end", "input", "output")
_HERE: Final = Path(__file__).parent
_ROWS: Final = _HERE / "reference.parquet"
RECORD: Final = _HERE / "reference.json"


def corpora() -> dict[str, pa.Table]:
    """The reference corpora by name."""
    table = pq.read_table(_ROWS)
    kinds = table["kind"].cast(pa.string())
    is_code = pc.equal(kinds, "git")
    code, home = table.filter(is_code), table.filter(pc.invert(is_code))
    names = code["source"].cast(pa.string())
    found = {name: code.filter(pc.equal(names, name)) for name in sorted(set(names.to_pylist()))}
    return {**found, "home": home}


@cache
def subjects() -> tuple[Subject, ...]:
    """The reference corpora, with all that a holder of a corpus can hand in."""
    return tuple(clean_subject(table) for table in corpora().values())


def clean_subject(table: pa.Table) -> Subject:
    """A table that is taken to be right, with a ledger, a source and a rebuild that agree with it."""
    count = len(table)
    truth = {row["id"]: row for row in table.select(["id", *_READ_AGAIN]).to_pylist()}

    def reread(rows: pa.Table) -> list[str | None]:
        told = rows.select(["id", *_READ_AGAIN]).to_pylist()
        return [None if truth.get(row["id"]) == row else "other bytes" for row in told]

    lineage = [
        {"stage": "extract", "config": {}, "units": count, "read": count, "skipped": 0, "rows_out": count},
        {
            "stage": "redact",
            "version": 1,
            "config": {"keep": [], "public": []},
            "rows_in": count,
            "rows_out": count,
            "removed": {},
        },
    ]
    return Subject.of(
        table,
        lineage=lineage,
        reread=reread,
        rebuild=lambda: table,
        versions=versions(),
        parses=_parses,
    )


def _parses(code: str, language: str) -> bool:
    """In this process: nobody but us wrote what is parsed here."""
    from corpus.code import parses

    return parses(code, language)


@cache
def false_alarms(hypothesis: Hypothesis) -> Alarms | None:
    """How often a test speaks against the reference corpora; None if it has nothing to say of them."""
    if hypothesis.errs_by_row:
        return row_alarms(hypothesis, subjects())
    known = recorded().get(hypothesis.id)
    if known is not None and known["registration"] == registration([hypothesis]):
        return Alarms.counted(known["flagged"], known["looked"], "draws")
    return drawn_alarms(hypothesis, subjects(), _UNRECORDED)


def row_alarms(hypothesis: Hypothesis, clean: Sequence[Subject]) -> Alarms | None:
    """Rows of clean corpora that a test finds something wrong with."""
    seen = [hypothesis.test(equipped(subject, hypothesis, subject)) for subject in clean]
    told = [one for one in seen if one.value is not None]
    return Alarms.counted(sum(len(one.found) for one in told), sum(one.looked for one in told), "rows")


def drawn_alarms(hypothesis: Hypothesis, clean: Sequence[Subject], draws: int) -> Alarms | None:
    """Draws of clean corpora, whole files, that a test refutes; corpora that it cannot judge do not count."""
    return all_drawn_alarms([hypothesis], clean, draws)[hypothesis.id]


def all_drawn_alarms(
    hypotheses: Sequence[Hypothesis], clean: Sequence[Subject], draws: int, wrong: Mapping[str, Set[str]] | None = None
) -> dict[str, Alarms | None]:
    """The same for several tests, by id: each draw is made once and put to all of them, its texts taken apart once.

    Sampled tests share their error (Holm) in a draw, as they do in a run. The corpora that a test can judge share its
    draws, and all tests begin with the same ones of a corpus. A draw that a test cannot judge is made up for by
    another one, until `_TRIED` times as many were looked at.

    Args:
        hypotheses: The tests.
        clean: Corpora that are taken to be right.
        draws: How many a test must judge.
        wrong: By test the ids of rows that were looked at and truly are what it forbids: no corpus that holds them is a
            clean one for it.
    """
    held, counts = list(clean), {}
    for hypothesis in hypotheses:
        places = range(len(clean))
        if gone := (wrong or {}).get(hypothesis.id):
            places = range(len(held), len(held) + len(clean))
            held += [without(subject, gone) for subject in clean]
        counts[hypothesis.id] = _Counts([(at, size) for at in places if (size := _size(hypothesis, held[at]))])
    while asked := _asked(hypotheses, counts, draws):
        for (at, size, index), tests in asked.items():
            for hypothesis, is_flagged in _judged(tests, hypotheses, _draw(held[at], size, index), held[at]):
                counts[hypothesis.id].looked += 1
                counts[hypothesis.id].flagged += is_flagged
    return {name: Alarms.counted(found.flagged, found.looked, "draws") for name, found in counts.items()}


def equipped(subject: Subject, hypothesis: Hypothesis, whole: Subject) -> Subject:
    """Rows of a corpus that is right, with what a test asks its holder for and `clean_subject` has not.

    An earlier release, of which some files are gone since; verdicts, one in `_LIKED` of which says bad; the estimate of
    tokens that rows record, and a context that is as long as is usual.
    """
    if hypothesis.needs == "previous":
        return replace(subject, previous=whole.given)
    if hypothesis.needs == "reviews":
        verdicts = ["good" if row % _LIKED else "bad" for row in range(subject.rows)]
        return replace(subject, reviews=pa.table({"id": subject.ids, "verdict": verdicts}))
    if hypothesis.needs == "tokenize":
        return replace(subject, tokenize=lambda texts: [estimate_tokens(text) for text in texts], context=_CONTEXT)
    return subject


def without(subject: Subject, ids: Set[str]) -> Subject:
    """A corpus without some of its rows."""
    kept = [row for row, name in enumerate(subject.ids) if name not in ids]
    return subject if len(kept) == subject.rows else subject.take(kept)


@dataclass
class _Counts:
    """Where the draws of a test come from, corpus and rows; how many were made, judged and refuted."""

    sized: list[tuple[int, int]]
    made: int = 0
    looked: int = 0
    flagged: int = 0


def _asked(
    hypotheses: Sequence[Hypothesis], counts: Mapping[str, _Counts], draws: int
) -> dict[tuple[int, int, int], list[Hypothesis]]:
    """The next draws (corpus, rows, number) and the tests that they are put to; none if each has enough."""
    asked: dict[tuple[int, int, int], list[Hypothesis]] = {}
    for hypothesis in hypotheses:
        found = counts[hypothesis.id]
        lacking = min(draws - found.looked, _TRIED * draws - found.made) if found.sized else 0
        for number in range(found.made, found.made + lacking):
            at, size = found.sized[number % len(found.sized)]
            asked.setdefault((at, size, number // len(found.sized)), []).append(hypothesis)
        found.made += lacking
    return asked


def _judged(
    tests: Sequence[Hypothesis], all_tests: Sequence[Hypothesis], drawn: Subject, whole: Subject
) -> Iterator[tuple[Hypothesis, bool]]:
    """Which of the tests can judge a draw, and whether they refute it.

    With what a sampled test refutes all others are asked as well, whatever was to be counted: it is with them that
    it shares its error.
    """
    seen = {hypothesis.id: hypothesis.test(equipped(drawn, hypothesis, whole)) for hypothesis in tests}
    against = [h for h in tests if (value := seen[h.id].value) is not None and h.refuted_by(value)]
    if any(h.population == "sample" for h in against):
        sharing = [h for h in all_tests if h.population == "sample"]
        against_chance = spared(sharing, [seen.get(h.id) or h.test(drawn) for h in sharing])
        against = [h for h in against if h.id not in against_chance]
    return ((h, h in against) for h in tests if seen[h.id].value is not None)


def _size(hypothesis: Hypothesis, subject: Subject) -> int:
    """Rows of a draw: as many as a plant has, or more where the test asks for more; 0 if nearly all are not enough."""
    # Of a release a few files are no release like it.
    sizes = ((PART_ROWS, _PART), (COPY_ROWS, _PART), (COPY_ROWS, _MOST))
    for size, part in sizes[1:] if hypothesis.needs == "previous" else sizes:
        most = min(size, max(1, int(part * subject.rows)))
        if hypothesis.test(equipped(_draw(subject, most, 0), hypothesis, subject)).value is not None:
            return most
    return 0


def _draw(subject: Subject, size: int, index: int) -> Subject:
    """Some of a corpus' files; the counts of its lineage, the removed and a rebuild are about all of them."""
    rows = subject.draw_files(np.arange(subject.rows), size, subject.rng(f"draw {index}"))
    taken = subject.take(rows)
    told = [{**stage, **_counts(stage, taken.rows)} for stage in subject.lineage or ()]
    rebuild = (lambda: taken.given) if subject.rebuild else None
    return replace(taken, lineage=told or None, removed=None, rebuild=rebuild)


def _counts(stage: Mapping[str, Any], rows: int) -> dict[str, Any]:
    told: dict[str, Any] = {name: rows for name in ("units", "read", "rows_in", "rows_out") if name in stage}
    return told | {name: type(stage[name])() for name in ("skipped", "removed") if name in stage}


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """What was drawn when the tests were registered, by hypothesis."""
    if not RECORD.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def record(hypotheses: Sequence[Hypothesis], draws: int = DRAWS) -> dict[str, dict[str, Any]]:
    """Draws for every test that needs them, with the hash of what was registered."""
    told = {}
    asked = [hypothesis for hypothesis in hypotheses if not hypothesis.errs_by_row]
    alarms = all_drawn_alarms(asked, subjects(), draws)
    for hypothesis in asked:
        found = alarms[hypothesis.id]
        counts = {"flagged": found.flagged, "looked": found.looked} if found else {"flagged": 0, "looked": 0}
        told[hypothesis.id] = {"registration": registration([hypothesis]), **counts}
    return told
