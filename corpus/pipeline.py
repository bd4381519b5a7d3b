"""The whole way in one call. The only place that knows the order of the stages.

`build` is resumable: what was extracted stays in the cache inside the folder, so a run that was killed goes
on where it stopped, and ends in the same bytes as one that was not. Two builds into one folder at once are
refused by a lock that the system drops with the process that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corpus.carried import corrections, gathered, settle
from corpus.corpus import Against, CacheUse, Corpus
from corpus.curate import BENCHMARKS, Settings
from corpus.curate.gates import configuration as configuration_of
from corpus.engines import check_engine, using
from corpus.extraction import extract_all
from corpus.forgotten import forgotten_people
from corpus.places import place_of
from corpus.privacy.forgetting import heeded
from corpus.progress import steps
from corpus.pseudonyms import pseudonym, user_key
from corpus.sources.base import Source
from corpus.sources.detect import resolve_sources
from corpus.split import check_split
from corpus.verify import limits_of
from corpus.versions import versions
from corpus.workers import Limits
from corpus.write.croissant import require_croissant
from corpus.write.files import locked, private_folder
from corpus.write.folder import CACHE, PRIVATE, check_place

if TYPE_CHECKING:
    from falsify import Report

__all__ = ["build", "default_workers", "extract", "judge", "second_build"]

AnySource = Source | str | PathLike[str]

_STEPS: Final = 4  # of curation, as they are named on a terminal


def extract(
    *sources: AnySource,
    workers: int | None = None,
    limits: Limits | None = None,
    cache: str | PathLike[str] | None = None,
    progress: bool | None = None,
) -> Corpus:
    """Everything that the sources hold, as it is: not yet normalised, filtered or split.

    Args:
        *sources: Paths of repositories and vaults, or `corpus.GitRepo(...)` and the like.
        workers: Number of worker processes; by default one for each core that this process may use.
        limits: What one file may cost before it is skipped.
        cache: A file that remembers what was extracted; None remembers nothing.
        progress: Whether to show a bar; None shows it on a terminal and in a notebook.

    Raises:
        SourceError: A source cannot be read at all.
        ConfigError: No source, or two of the same name.
    """
    found = resolve_sources(sources)
    file = None if cache is None else place_of(cache)
    done = extract_all(
        found, cache=file, workers=default_workers() if workers is None else workers, limits=limits, progress=progress
    )
    return _without_forgotten(
        Corpus(
            done.table,
            skipped=done.skipped,
            lineage=(done.record,),
            sources=tuple(found),
            source_facts=done.sources,
            cache_use=CacheUse(extracted=done.read - done.cached, cached=done.cached),
            graph=done.graph,
            people=done.people,
            secrets=done.secrets,
        )
    )


def _without_forgotten(corpus: Corpus) -> Corpus:
    """A corpus without those who were forgotten: they do not come back."""
    forgotten = forgotten_people()
    if not forgotten:
        return corpus
    from corpus.privacy.forgetting import without

    key = user_key()
    paths = {path for one in corpus.people if one.called in forgotten for path in one.places}
    known = corpus.table["path"].cast(pa.string()).unique().to_pylist()
    paths |= {path for path in known if path is not None and pseudonym(key, "note", path) in forgotten}
    found = without(corpus, forgotten, paths)
    return found.corpus if found.rows or found.skipped or found.nodes else replace(corpus, people=found.corpus.people)


def build(
    *sources: AnySource,
    out: str | PathLike[str],
    workers: int | None = None,
    limits: Limits | None = None,
    redact: bool | Mapping[str, Any] = True,
    gates: Mapping[str, float | None] | None = None,
    duplicates: Mapping[str, Any] | None = None,
    against: Against | Sequence[Against] = BENCHMARKS,
    ratios: Mapping[str, float] | None = None,
    by: str = "group",
    previous: Corpus | None = None,
    engine: str = "local",
    seed: int = 0,
    croissant: bool = False,
    configuration: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Corpus:
    """From sources to a corpus on disk: extracted, curated, split, judged, written.

    Args:
        *sources: Paths of repositories and vaults, or `corpus.GitRepo(...)` and the like.
        out: The folder to write to: new, empty, or an earlier corpus, which is replaced as a whole.
        workers: Number of worker processes; by default one for each core that this process may use.
        limits: What one file may cost before it is skipped.
        redact: Arguments for `Corpus.redact`, or False: then what the sources hold, the rows hold.
        gates: Thresholds for `Corpus.filter`.
        duplicates: Arguments for `Corpus.deduplicate`.
        against: What `Corpus.decontaminate` looks for; an empty sequence for nothing.
        ratios: Shares for `Corpus.split`.
        by: What `Corpus.split` keeps whole or in order: `group`, `source` or `time`.
        previous: An earlier corpus, whose rows stay on their side of the split; what people said of them is taken
            along if it was loaded from a folder. See `corpus.carried`.
        engine: Where curation runs: `local`, or `ray` for the cluster of Ray that runs, or one of `workers` processes
            for as long as it takes. The result is the same, byte for byte. Texts travel to the nodes of the cluster.
        seed: Seed of the falsifier's samples.
        croissant: Also write `croissant.json`, the card for machines; needs the extra `croissant`.
        configuration: What the manifest says of the file that these arguments stand in. See `corpus.config`.
        progress: Whether to show bars; None shows them on a terminal and in a notebook.

    Returns:
        The corpus as written, with the falsification report in `report`.

    Raises:
        SourceError: A source cannot be read at all.
        ConfigError: An argument makes no sense, or the place holds something else.
        MissingExtraError: The engine's package is not installed.
        BuildError: Another build is at work there, or the disk is full.
    """
    workers = default_workers() if workers is None else workers
    check_engine(engine)
    check_split(ratios, by)
    thresholds: dict[str, Any] = dict(gates or {})
    configuration_of(thresholds)
    if isinstance(redact, Mapping) and not any(isinstance(value, str) for value in redact.values()):
        Settings(tuple(redact.get("keep", ())), tuple(redact.get("public", ())))
    found = resolve_sources(sources)
    folder = place_of(out)
    check_place(folder)
    if croissant:
        require_croissant()
    private = private_folder(folder / PRIVATE)
    with locked(private):
        units = private_folder(private / CACHE) / "units.sqlite"
        for old in private.glob("cache.sqlite*"):  # where an earlier version had it
            old.replace(units.with_name(old.name.replace("cache", "units", 1)))
        told = corrections(_said(private, previous))
        raw = extract(*found, workers=workers, limits=limits, cache=units, progress=progress)
        with steps(_STEPS, show=progress) as step:
            step("normalizing" if redact is False else "redacting")
            raw = raw.normalize()
            safe = raw.redact(**({} if redact is True else redact)) if redact is not False else raw
            safe = safe.correct(told) if told else safe
            with using(engine, workers=workers, folder=private):  # to a cluster only what was redacted travels
                step("scoring and filtering")
                curated = safe.score().filter(dry_run=False, **thresholds)
                step("deduplicating")
                curated = curated.deduplicate(**(duplicates or {}))
                # After deduplication, so that a copy is looked for once; before the split: quotas are of what stays.
                step("decontaminating and splitting")
                clean = curated.decontaminate(against) if _is_any(against) else curated
                done = replace(clean.split(ratios, by=by, previous=previous), configuration=configuration or {})
        report = judge(done, workers=workers, seed=seed, versions=versions(), progress=progress)
        done.write(folder, report=report, croissant=croissant)
        carried = settle(private, partial(_said, private, previous), done, told)
    return replace(done, report=report.to_dict(), carried=carried, folder=folder)


def _said(private: Path, previous: Corpus | None) -> pa.Table | None:
    """What people say by now of the corpus that lies here and of an earlier one."""
    earlier = [] if previous is None or previous.folder is None else [previous.folder / PRIVATE]
    return heeded(gathered(private, *earlier), previous)


def judge(
    corpus: Corpus,
    *,
    workers: int | None = None,
    seed: int = 0,
    again: bool = False,
    versions: Mapping[str, str] | None = None,
    progress: bool | None = False,
) -> Report:
    """Try to refute a corpus, handing the falsifier what it needs to read rows again and to rebuild them.

    Args:
        corpus: With its sources at hand, or else the tests that need them are `untested`.
        workers: Number of worker processes.
        seed: Seed of the samples.
        again: Also extract and curate everything once more, without a cache, and compare; not done where the
            splits followed an earlier corpus, which is not at hand.
        versions: Of the packages that it was made with.
        progress: Whether to show a bar; None shows it on a terminal and in a notebook.
    """
    from falsify import falsify

    workers = default_workers() if workers is None else workers
    rebuild = second_build(corpus, workers) if again else None
    return falsify(corpus, rebuild=rebuild, versions=versions, seed=seed, workers=workers, progress=progress)


def second_build(corpus: Corpus, workers: int) -> Callable[[], pa.Table] | None:
    """What extracts and curates a corpus once more, without a cache; None where its lineage does not say enough."""
    return partial(_rebuilt, corpus, workers) if _can_replay(corpus) else None


def _can_replay(corpus: Corpus) -> bool:
    """Whether the lineage says all that a rebuild needs: another corpus that a stage looked at is not at hand."""
    if any(record["stage"] == "correct" for record in corpus.lineage):
        return False  # what was written by hand is in no source
    if any(record["stage"] == "forget" for record in corpus.lineage[2:]):
        return False  # who was forgotten after the splits leaves before them in another build
    configs = [record.get("config", {}) for record in corpus.lineage]
    looked = any(c.get("previous") or c.get("corpora") or c.get("against") is not None for c in configs)
    return bool(corpus.sources) and not looked


def _rebuilt(corpus: Corpus, workers: int) -> pa.Table:
    """The rows that the same sources, stages and configurations give now."""
    fresh = extract(*corpus.sources, workers=workers, limits=limits_of(corpus.lineage), progress=False)
    for record in corpus.lineage[1:]:
        fresh = fresh.replay(record)
    return fresh.table


def _is_any(against: Against | Sequence[Against]) -> bool:
    return isinstance(against, str | PathLike | Corpus) or len(against) > 0


def default_workers() -> int:
    """One worker for each core that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
