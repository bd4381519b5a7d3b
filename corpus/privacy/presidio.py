"""A finder that asks a model: names and places which no source carries, by presidio and a spaCy model of one's own.

The model is a folder that the user has; nothing is downloaded, ever. Only its named entities are asked for: what has a
form (addresses, numbers, keys) is found by the rules, in linear time, which presidio's own patterns do not promise.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError, MissingExtraError
from corpus.places import place_of
from corpus.privacy.rule import Finding

__all__ = ["KINDS", "PresidioFinder", "from_values", "presidio_finder"]

KINDS: Final[Mapping[str, str]] = {
    "PERSON": "person",
    "LOCATION": "location",
    "ORGANIZATION": "organization",
    "NRP": "group",  # nationality, religion, politics
    "DATE_TIME": "date",
}
"""Entities of presidio's model recogniser to the kinds of their findings."""

_RULE: Final = "presidio"
_PACKAGES: Final = ("presidio-analyzer", "spacy")
_PIECE: Final = 20_000  # characters that the model sees at once; spaCy refuses a million
# What stands where something was: a model takes `<PERSON>` for a name.
_STAND_IN: Final = re.compile(r"<[A-Z][A-Z_]*(?:-[a-z2-7]{8})?>|\b(?:person|author)-[a-z2-7]{12}\b")
_WORD: Final = re.compile(r"\w(?:.*\w)?[.)]?", re.DOTALL)


class PresidioFinder:
    """What `presidio_finder` gives: a `Finder`, which loads its model when it is first asked.

    Attributes:
        name: All that an answer depends on, and no path: packages, model, a hash of its files, what is asked for.
        code: Whether it is asked about source code: no, a model of language sees names in it everywhere.
    """

    code: Final = False

    def __init__(self, model: Path, language: str, entities: Sequence[str], score: float) -> None:
        versions = ", ".join(f"{package} {_version(package)}" for package in _PACKAGES)
        self._told = (model, language, tuple(entities), score)
        self.name = f"{versions}, {_model_name(model)} ({language}): {' '.join(entities)} from {score}"
        self._engine: Any = None

    def __repr__(self) -> str:
        return f"<PresidioFinder {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._told  # a worker loads its own

    def __call__(self, text: str) -> Iterator[Finding]:
        """Names and places in a text, in order; none in what stands for something already."""
        engine = self._engine = self._engine or _engine(*self._told[:3])
        _, language, entities, score = self._told
        for start, piece in _pieces(text):
            found = engine.analyze(text=piece, language=language, entities=list(entities), score_threshold=score)
            for one in sorted(found, key=lambda one: (one.start, one.end, one.entity_type)):
                for low, high in _named(piece, one.start, one.end):
                    yield Finding(start + low, start + high, KINDS[one.entity_type], _RULE, "redact")

    def to_values(self) -> dict[str, Any]:
        """What `from_values` makes it from again, as JSON values; with a path of this machine."""
        model, language, entities, score = self._told
        return {"presidio": str(model.absolute()), "language": language, "entities": list(entities), "score": score}


def presidio_finder(
    model: str | PathLike[str],
    *,
    language: str = "en",
    entities: Iterable[str] = ("PERSON", "LOCATION"),
    score: float = 0.5,
) -> PresidioFinder:
    """A finder of names and places by presidio, for `Corpus.redact(finders=…)` and `Detector(finders=…)`.

    Args:
        model: The folder of a spaCy pipeline that finds named entities, with `meta.json` and `config.cfg` in it. A name
            is no folder: what bears the name of a spaCy model on PyPI is not spaCy's. Loading a model runs its code.
        language: The language that the model is of, as presidio names it.
        entities: What is asked for: keys of `KINDS`.
        score: Findings of a lower score are left out.

    Raises:
        ConfigError: There is no such model, or no such entity.
        MissingExtraError: presidio or spaCy is not installed.
    """
    wanted = tuple(sorted(set(entities)))
    unknown = [entity for entity in wanted if entity not in KINDS]
    if unknown or not wanted:
        raise ConfigError(
            "no model is asked for that", where="entities", expected=" | ".join(KINDS), got=unknown or "nothing"
        )
    folder = place_of(model)
    if not all((folder / name).is_file() for name in ("meta.json", "config.cfg")):
        raise ConfigError(
            "there is no spaCy model",
            where=folder,
            expected="the folder of one, with meta.json and config.cfg",
            hint="get one from github.com/explosion/spacy-models/releases and unpack it; PyPI has none",
        )
    return PresidioFinder(folder, language, wanted, float(score))


def from_values(values: object) -> tuple[PresidioFinder, ...]:
    """Finders back from their `to_values`; without those whose model or packages are not there any more."""
    found = []
    for one in values if isinstance(values, list) else []:
        try:
            entities, score = one["entities"], one["score"]
            found.append(presidio_finder(one["presidio"], language=one["language"], entities=entities, score=score))
        except (ConfigError, MissingExtraError, KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise MissingExtraError(package, extra="presidio", step="finding names by a model") from None


def _model_name(folder: Path) -> str:
    """Name and version of a model, and a hash of its files: another model finds other names."""
    try:
        told = json.loads((folder / "meta.json").read_text("utf-8"))
        name = f"{told.get('lang')}_{told.get('name')} {told.get('version')}"
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError("the description of a spaCy model cannot be read", where=folder, got=error) from None
    whole = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        with path.open("rb") as stream:
            whole.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{name} {whole.hexdigest()}"


def _engine(model: Path, language: str, entities: Sequence[str]) -> Any:
    """Presidio with one recogniser. The model is handed over loaded: presidio would download what it does not find."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    told = SpacyNlpEngine(models=[{"lang_code": language, "model_name": str(model)}])
    told.nlp = {language: spacy.load(model)}
    registry = RecognizerRegistry(
        recognizers=[SpacyRecognizer(supported_language=language, supported_entities=list(entities))],
        supported_languages=[language],
    )
    return AnalyzerEngine(registry=registry, nlp_engine=told, supported_languages=[language])


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text in pieces that a model takes, cut at a line's end, or at a blank, or anywhere."""
    at = 0
    while at < len(text):
        end = at + _PIECE
        if end < len(text):
            end = max(text.rfind("\n", at, end), text.rfind(" ", at + _PIECE // 2, end)) + 1 or end
        if not text[at:end].isspace():
            yield at, text[at:end]
        at = end


def _named(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The words of a finding, without what stands for something already."""
    at = start
    for taken in [*_STAND_IN.finditer(text, max(0, start - 64), min(len(text), end + 64)), None]:
        low, high = (end, end) if taken is None else taken.span()
        word = _WORD.search(text, at, min(low, end)) if at < min(low, end) else None
        if word:
            yield word.span()
        at = max(at, high)
