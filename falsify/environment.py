"""Is it on record what a corpus was made with, so that somebody else can make it again.

Every stage names its version and its configuration, extraction its limits; a corpus from disk brings the versions of
the packages that its bytes depend on as well. A stage without a version cannot be replayed. What was made with other
packages than are installed here cannot be compared by building it again here: that is untested, and not refuted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import numpy as np

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, untested
from falsify.plants import HOSTS
from falsify.subject import Stage, Subject
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "undeclared"]

_FIRST: Final = "extract"  # has units and limits, and its version is that of each extractor
_NOT_REPLAYED: Final = ("forget",)


def undeclared(lineage: Any, versions: Mapping[str, str] | None) -> list[str]:
    """What a lineage and a record of versions leave unsaid, in words."""
    told = []
    for index, stage in enumerate(lineage):
        name = str(stage.get("stage") or f"stage {index}")
        if not stage.get("stage"):
            told.append(f"{name} has no name")
        if name not in (_FIRST, *_NOT_REPLAYED) and not stage.get("version"):
            told.append(f"{name} has no version")
        if name not in _NOT_REPLAYED and not isinstance(stage.get("config"), Mapping):
            told.append(f"{name} has no configuration")
    if versions is not None:
        told += [f"{name} has no version" for name, version in versions.items() if not version or version == "0"]
    return told


def _environment(subject: Subject) -> Measurement:
    if not subject.lineage:
        return untested("no lineage was handed in")
    told = undeclared(subject.lineage, subject.versions)
    if told:
        return Measurement(float(len(told)), len(subject.lineage), how="every stage", reason="; ".join(told[:5]))
    if subject.versions is None:
        return untested("every stage names its version; the versions of the packages were not handed in")
    from corpus.versions import versions

    here = {**{name: _installed(name) for name in subject.versions}, **versions()}
    other = [f"{name} {here[name]}" for name, one in subject.versions.items() if here[name] != one]
    if other:
        return untested(f"it was made with other packages than are here: {', '.join(other[:5])}")
    reason = f"{len(subject.lineage)} stages and {len(subject.versions)} packages name their versions, which are here"
    return Measurement(0.0, len(subject.lineage), how="every stage", reason=reason)


def _installed(name: str) -> str:
    """The version of a package that is here: what drew a card's plots is on record where they were drawn, too."""
    try:
        return version(name)
    except (PackageNotFoundError, ValueError):
        return "missing"


def _unsaid(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """A version or a configuration that somebody left out."""
    del clean
    lineage: list[Stage] = list(subject.lineage or ())
    places = [(at, key) for at, stage in enumerate(lineage) for key in ("version", "config") if stage.get(key)]
    packages = sorted(subject.versions or ())
    for index in range(HOSTS if places else 0):
        if packages and index % 2:
            name = packages[int(rng.integers(len(packages)))]
            yield Trial(replace(subject, versions={**(subject.versions or {}), name: ""}))
            continue
        at, key = places[int(rng.integers(len(places)))]
        stages = [dict(stage) for stage in lineage]
        del stages[at][key]
        if stages[at].get("stage") not in _NOT_REPLAYED:
            yield Trial(replace(subject, lineage=stages))


HYPOTHESES: Final = (
    Hypothesis(
        id="R2",
        family="reproducibility",
        claim="Nothing that a corpus was made with is left unsaid",
        statistic="number of stages without version or configuration, and of packages without version",
        threshold=0,
        test=_environment,
        plants=(Plant("a version or a configuration left out", _unsaid, everywhere=True),),
        points=1,
        rate=None,
        needs="lineage",
    ),
)
