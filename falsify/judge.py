"""One run: every hypothesis is put to the test, and every test to its plants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Final

import pyarrow as pa

from corpus.curate.contamination import Fingerprints
from corpus.errors import ConfigError, CorpusError
from corpus.fingerprint import fingerprint
from corpus.progress import bar
from falsify import (
    belonging,
    contaminants,
    distribution,
    documents,
    drift,
    duplicates,
    environment,
    forms,
    integrity,
    memory,
    privacy,
    prose,
    quality,
    records,
    reproducibility,
    scoring,
    semantics,
    syntax,
    wording,
)
from falsify.hypothesis import Hypothesis, Measurement, registration, spared, untested
from falsify.opening import opened, table_of
from falsify.power import Alarms, Bench, Grade, measure, weak
from falsify.reference import false_alarms
from falsify.report import Report, Result, Sensitivity, verdict_of
from falsify.statistics import detectable_rate, severity
from falsify.subject import Detector, Parses, Rebuild, Reread, Scorer, Stage, Subject, Tokenize
from falsify.thresholds import changes, registered

__all__ = ["FIRST", "HYPOTHESES", "falsify", "judge", "subject_of"]

HYPOTHESES: Final[tuple[Hypothesis, ...]] = (
    *integrity.HYPOTHESES,
    *syntax.HYPOTHESES,
    *forms.HYPOTHESES,
    *semantics.HYPOTHESES,
    *belonging.HYPOTHESES,
    *prose.HYPOTHESES,
    *documents.HYPOTHESES,
    *duplicates.HYPOTHESES,
    *distribution.HYPOTHESES,
    *contaminants.HYPOTHESES,
    *memory.HYPOTHESES,
    *drift.HYPOTHESES,
    *reproducibility.HYPOTHESES,
    *environment.HYPOTHESES,
    *quality.HYPOTHESES,
    *scoring.HYPOTHESES,
    *privacy.HYPOTHESES,
    *records.HYPOTHESES,
    *wording.HYPOTHESES,
)
"""All hypotheses, in the order of the report; the score is out of 100, whatever their points add up to."""

_EVIDENCE: Final = 20
_DIGITS: Final = 6


def falsify(
    corpus: Any,
    *,
    sources: Sequence[Any] = (),
    columns: Mapping[str, str] | None = None,
    register: str | PathLike[str] | None = None,
    power: bool = True,
    reread: Reread | None = None,
    rebuild: Rebuild | bool | None = None,
    lineage: Sequence[Stage] | None = None,
    removed: pa.Table | None = None,
    versions: Mapping[str, str] | None = None,
    previous: Any = None,
    reviews: pa.Table | None = None,
    benchmarks: Sequence[Fingerprints] = (),
    tokenize: Tokenize | None = None,
    context: int | None = None,
    scorer: Scorer | None = None,
    seed: int = 0,
    sample: int = 1000,
    workers: int = 1,
    parses: Parses | None = None,
    detector: Detector | None = None,
    progress: bool | None = None,
) -> Report:
    """Try to refute a corpus, and say how strong the tests were.

    Args:
        corpus: A `Corpus`, a table with `corpus.entry.SCHEMA`, the folder of a corpus, a Parquet file, or a folder of
            Parquet files. Of a corpus its `removed`, `lineage` and `reread` are used where the argument is not given.
        sources: Where a corpus came from, as paths or `corpus.GitRepo(...)` and the like: its rows are read again from
            there, and it is built again. By default those that lie where they lay when it was built, for reading only.
        columns: Our names and those of somebody else's table, `{"instruction": "prompt", "output": "completion"}` or
            `{"messages": "conversations"}`. Only what it names is read.
        register: A file of thresholds that was registered before the data was seen; see `falsify.register`.
        power: Whether to plant violations and count those that each test finds. Without, nothing is corroborated: the
            run can refute, and that is all it can do.
        reread: Takes a table of some of the rows; gives for each None if extraction from its source gives the
            same bytes, else a sentence that says what differs.
        rebuild: Builds the corpus once more from its sources; True: from those at hand.
        lineage: One mapping a stage: `stage`, and of `units`, `read`, `skipped`, `rows_in`, `rows_out`, `removed` (a
            count a reason) those that it knows.
        removed: The removed rows, with `corpus.entry.REMOVED_SCHEMA`.
        versions: Of the packages that the corpus was made with, by name; of a folder those of its manifest.
        previous: An earlier release, in any form that `corpus` may have: drift is drift against it.
        reviews: Verdicts of people, `id` and `verdict` (good, bad); of a corpus on disk those of `corpus review`.
        benchmarks: What a model will be tested with, besides what ships with the library.
        tokenize: Counts the tokens of texts with the tokenizer of the model that is to be trained.
        context: How many tokens that model reads.
        scorer: Gives a table of rows their quality; by default that of this library.
        seed: Every draw follows from it.
        sample: Rows that a sampled hypothesis looks at, at the most.
        workers: Processes for parsing and for a second build.
        parses: Says whether code (text, language) parses, in this process; by default `corpus.code.parses` is
            called in disposable workers.
        detector: Somebody else's detector of secrets: takes texts, says for each whether one is in it. See
            `falsify.sweeper.credsweeper`.
        progress: Whether to show bars; None shows them on a terminal and in a notebook.

    Returns:
        The report. The same rows in the same order and the same arguments give the same report.

    Raises:
        ConfigError: There is no corpus at this place, a number makes no sense, or the registration cannot be meant.
        SchemaError: It is somebody else's table, and there is no map of its columns or one that does not fit.
        IntegrityError: What is on disk is damaged.
        SourceError: One of `sources` cannot be opened.
    """
    hypotheses = HYPOTHESES if register is None else registered(register, HYPOTHESES)
    subject = subject_of(
        corpus,
        sources=sources,
        columns=columns,
        reread=reread,
        rebuild=rebuild,
        lineage=lineage,
        removed=removed,
        versions=versions,
        previous=None if previous is None else table_of(previous),
        reviews=reviews,
        benchmarks=benchmarks,
        tokenize=tokenize,
        context=context,
        scorer=scorer,
        seed=seed,
        sample=sample,
        workers=workers,
        parses=parses,
        detector=detector,
    )
    return judge(subject, hypotheses, power=power, progress=progress)


def subject_of(
    corpus: Any, *, sources: Sequence[Any] = (), columns: Mapping[str, str] | None = None, **given: Any
) -> Subject:
    """The subject of a run: the table, and what its holder knows unless the caller says otherwise."""
    for name in ("sample", "workers"):
        if isinstance(given[name], bool) or not isinstance(given[name], int) or given[name] < 1:
            raise ConfigError(f"{name} makes no sense", expected="1 or more", got=repr(given[name]))
    again = given.get("rebuild") is True
    if isinstance(given.get("rebuild"), bool):
        given["rebuild"] = None
    found = opened(corpus, sources=sources, columns=columns, rebuild=again, workers=given["workers"])
    for name in ("removed", "lineage", "versions", "reviews", "reread", "rebuild"):
        if given.get(name) is None:
            given[name] = getattr(found, name)
    return Subject.of(found.table, **given)


def judge(
    subject: Subject, hypotheses: Sequence[Hypothesis], *, power: bool = True, progress: bool | None = False
) -> Report:
    """Test each of the hypotheses on the subject, and each test on its plants.

    Args:
        subject: What is judged.
        hypotheses: By what: as they ship, or with what was registered for them.
        power: Whether plants are sown. Without, a claim can be refuted, and none corroborated.
        progress: Whether to show bars; None shows them on a terminal and in a notebook.
    """
    seen = [_measured(hypothesis, subject) for hypothesis in bar(hypotheses, "testing", show=progress, unit="test")]
    chance, bench = spared(hypotheses, seen), Bench(subject)
    results = tuple(
        _result(hypothesis, subject, found, bench, power=power, stands=hypothesis.id not in chance)
        for hypothesis, found in bar(
            list(zip(hypotheses, seen, strict=True)), "testing the tests", show=progress, unit="test"
        )
    )
    verdict, score = verdict_of(results, {h.id: h.needs for h in hypotheses})
    return Report(
        verdict=verdict,
        score=score,
        results=results,
        fingerprint=fingerprint(subject.given),
        registration=registration(hypotheses),
        seed=subject.seed,
        rows=subject.rows,
        shipped=registration(HYPOTHESES),
        changes=changes(HYPOTHESES, hypotheses),
        power=power,
    )


def _result(
    hypothesis: Hypothesis, subject: Subject, seen: Measurement, bench: Bench, *, power: bool, stands: bool
) -> Result:
    grades: tuple[Grade, ...] = ()
    # Without power only a refutation asks for them: whether the test may refute at all.
    asked = seen.value is not None and (power or hypothesis.refuted_by(seen.value))
    alarms = false_alarms(hypothesis) if asked else None
    if seen.value is None:
        verdict, reason = ("untested" if seen.applicable else "not applicable"), seen.reason
    elif hypothesis.refuted_by(seen.value):
        verdict, reason = _refuted(seen, alarms, stands=stands)
    else:
        grades = measure(hypothesis, subject, seen, bench) if power else ()
        verdict, reason = _corroborated(seen, grades, power=power)
    control = _sensitivity(grades)
    is_proven = verdict == "corroborated" and control is not None
    if is_proven and control and hypothesis.rate is not None and not len(seen.found):
        reason += f"; {detectable_rate(seen.looked, control.lower):.2%} of them would have shown (95 %)"
    return Result(
        id=hypothesis.id,
        family=hypothesis.family,
        claim=hypothesis.claim,
        verdict=verdict,
        veto=hypothesis.veto,
        points=hypothesis.points,
        earned=float(hypothesis.points) if verdict == "corroborated" else 0.0,
        statistic=None if seen.value is None else round(float(seen.value), _DIGITS),
        threshold=float(hypothesis.threshold),
        looked=seen.looked,
        population=seen.how,
        evidence=_evidence(subject, seen),
        severity=_severity(hypothesis, control, seen) if is_proven and control else None,
        rate=hypothesis.rate,
        sensitivity=control,
        reason=reason,
        version=hypothesis.version,
        grave=verdict == "refuted" and seen.value is not None and hypothesis.is_grave(seen.value),
        notes=_notes(subject, seen),
        power=grades,
        alarms=alarms,
    )


def _measured(hypothesis: Hypothesis, subject: Subject) -> Measurement:
    if hypothesis.id not in FIRST:
        if not subject.is_readable:
            return untested("the table does not have the schema")
        if not subject.rows:
            return untested("there are no rows")
    try:
        return hypothesis.test(subject)
    except CorpusError as error:  # a source that is gone, a package that is not there: nothing was seen
        where = "" if error.where is None else f", {error.where}"
        return untested(f"it could not be decided: {error.what}{where}")


FIRST: Final = ("I1", "I2")  # what can be asked of any table


def _sensitivity(grades: Sequence[Grade]) -> Sensitivity | None:
    """Of all plants at their registered strength; the bound is that of the weakest."""
    asked = [grade for grade in grades if grade.required and grade.planted]
    if not asked:
        return Sensitivity(0, 0, 0.0) if grades else None
    counts = (sum(grade.found for grade in asked), sum(grade.planted for grade in asked))
    return Sensitivity(*counts, min(grade.lower for grade in asked))


def _corroborated(seen: Measurement, grades: Sequence[Grade], *, power: bool) -> tuple[str, str]:
    if not power:
        return "untested", f"{seen.reason}; the power of the test was not measured"
    if not any(grade.planted for grade in grades if grade.required):
        return "untested", f"{seen.reason}; no violation could be planted in these rows"
    escaped = weak(grades)
    if not escaped:
        return "corroborated", seen.reason
    worst = min(escaped, key=lambda grade: grade.lower)
    return "untested", (
        f"{seen.reason}; its own plants escape: {worst.found} of {worst.planted} found shows a sensitivity of "
        f"{worst.lower:.2f}, {worst.required:.2f} is needed ({worst.plant})"
    )


def _refuted(seen: Measurement, alarms: Alarms | None, *, stands: bool) -> tuple[str, str]:
    if alarms is not None and alarms.are_too_many:
        told = f"{alarms.flagged} of {alarms.looked} {alarms.of} of corpora that are right"
        return "untested", f"{seen.reason}; but the test speaks against {told}, too"
    if not stands:
        return "untested", f"{seen.reason}; among as many sampled tests this one may be chance (Holm)"
    return "refuted", seen.reason


def _severity(hypothesis: Hypothesis, control: Sensitivity, seen: Measurement) -> float:
    if hypothesis.rate is None:
        return control.lower
    return round(severity(seen.looked, control.lower, hypothesis.rate, len(seen.found)), _DIGITS)


def _evidence(subject: Subject, seen: Measurement) -> tuple[str, ...]:
    return tuple(subject.ids[row] for row in seen.found[:_EVIDENCE].tolist()) if subject.is_readable else ()


def _notes(subject: Subject, seen: Measurement) -> tuple[str, ...]:
    if not seen.notes or not subject.is_readable:
        return ()
    return tuple(seen.notes.get(row, "") for row in seen.found[:_EVIDENCE].tolist())
