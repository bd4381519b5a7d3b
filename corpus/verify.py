"""Re-extraction: a row is made again from the place that it names, and compared with what the corpus holds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pyarrow as pa

from corpus.curate.corrections import text_hash
from corpus.curate.redaction import VERSION as REDACT
from corpus.curate.redaction import Redactor, finders_of, redactor_of, settings_of
from corpus.curate.text import VERSION as NORMALIZE
from corpus.curate.text import normalize_row
from corpus.drafts import draft_entries
from corpus.errors import IntegrityError, SourceError
from corpus.extraction import joined_drafts
from corpus.people import Person
from corpus.privacy.detector import Finder
from corpus.privacy.known import Secret, digest
from corpus.progress import bar
from corpus.pseudonyms import user_key
from corpus.sources.base import JoinedSource, Skip, SkipUnit, Source, Unit
from corpus.sources.reading import Work, read_unit
from corpus.workers import Failure, Limits, Workers

__all__ = ["Replay", "limits_of", "original_places", "reread"]

_HASHED: Final = re.compile(r"[a-z]-[a-z2-7]{12}(?![a-z2-7])")  # the end of a pseudonym
_DIGESTS: Final = ("people_digest", "known", "known_digest")
_PLACE: Final = ("symbol", "task", "line_start", "line_end")
_COMPARED: Final = (
    "category", "system", "history", "instruction", "input", "output", "language", "origins",
    "license", "author", "created_at",
)  # fmt: skip


def reread(
    rows: pa.Table,
    sources: Iterable[Source],
    lineage: Sequence[Mapping[str, Any]],
    *,
    people: Sequence[Person] = (),
    secrets: Sequence[Secret] = (),
    finders: Sequence[Finder] = (),
    workers: int = 1,
    limits: Limits | None = None,
    progress: bool | None = False,
) -> list[str | None]:
    """Extract rows again from `commit:path:line_start-line_end` and compare them byte for byte.

    Args:
        rows: Rows with `SCHEMA`.
        sources: The sources that they came from.
        lineage: The stages that the corpus went through; those that change texts are replayed.
        people: Whom the sources knew when the corpus was redacted.
        secrets: What the sources were known to hold then.
        finders: Further finders that it was redacted with.
        workers: Number of worker processes.
        limits: What one unit may cost; by default what it was allowed to cost when it was extracted.
        progress: Whether to show a bar.

    Returns:
        For each row None where it is the same, else what is not.

    Raises:
        SourceError: A source that rows came from is not among `sources`.
        IntegrityError: A recorded stage was done by another version.
    """
    limits = limits or limits_of(lineage)
    replay = Replay(lineage, people, finders, secrets)
    by_name = {(source.kind, replay.name(source.name, loose=False)): source for source in sources}
    wanted: dict[tuple[str, str], dict[tuple[str, str | None], list[int]]] = defaultdict(lambda: defaultdict(list))
    held = rows.select(["id", "kind", "source", "path", "commit", *_PLACE, *_COMPARED]).to_pylist()
    for index, row in enumerate(held):
        wanted[row["kind"], row["source"]][row["path"], row["commit"]].append(index)
    for kind, name in sorted(set(wanted) - set(by_name)):
        raise SourceError(
            "a source that rows came from is not at hand",
            where=f"{kind} source {name!r}",
            hint="put it back where it was, or name it: corpus.load(path, sources=[...])",
        )
    verdicts: list[str | None] = [None] * len(held)
    asked = [by_name[place_of] for place_of in wanted]
    # One set of workers for all sources: each that starts costs half a second.
    with Workers(partial(read_unit, asked), workers=workers, limits=limits, size=_size) as pool:
        for number, (place_of, places) in enumerate(wanted.items()):
            source = by_name[place_of]
            originals = original_places(source, places, replay)
            found = _read_again(source, number, list(originals), partial(pool.map, more=len(asked) > 1))
            for place, outcome in bar(found, f"verifying {place_of[1]}", total=len(places), show=progress):
                for index in places[originals[place]]:
                    verdicts[index] = _difference(held[index], outcome, replay, source)
    return verdicts


class Replay:
    """What the recorded stages do to a row that was read again.

    Args:
        lineage: The stages that the corpus went through.
        people: Whom the sources knew.
        finders: Further finders, of which those are taken that redaction asked.
        secrets: What the sources were known to hold.

    Raises:
        IntegrityError: A stage was done by another version, with another key, knew other people or secrets, or asked a
            finder that is not among `finders`.
    """

    def __init__(
        self,
        lineage: Sequence[Mapping[str, Any]],
        people: Sequence[Person],
        finders: Sequence[Finder] = (),
        secrets: Sequence[Secret] = (),
    ) -> None:
        records = {record["stage"]: record for record in lineage if record["stage"] in ("normalize", "redact")}
        for stage, version in (("normalize", NORMALIZE), ("redact", REDACT)):
            if stage in records and records[stage]["version"] != version:
                raise IntegrityError(
                    f"the stage {stage} was done by another version, which cannot be replayed",
                    expected=version,
                    got=records[stage]["version"],
                    hint="build it again, or verify it with the version that built it",
                )
        self._normalized = "normalize" in records
        self.corrected: Mapping[str, str] = next(
            (record["config"]["rows"] for record in lineage if record["stage"] == "correct"), {}
        )
        self._redactor: Redactor | None = None
        if "redact" in records:
            record = records["redact"]
            for later in lineage:
                if later["stage"] == "forget":
                    record = {**record, **{name: later[name] for name in _DIGESTS if name in later}}
            self._redactor = self._checked(record, people, finders, secrets)

    @staticmethod
    def _checked(
        record: Mapping[str, Any], people: Sequence[Person], finders: Sequence[Finder], secrets: Sequence[Secret]
    ) -> Redactor:
        settings = settings_of(record["config"])
        redactor = redactor_of(settings, people, user_key(), finders_of(settings, finders), secrets)
        if redactor.identities.digest(redactor.key) != record["people_digest"]:
            raise IntegrityError(
                "the people whom the redaction knew are not at hand, so it cannot be replayed",
                where="redact",
                expected=f"{record['people']} people, digest {record['people_digest']}",
                got=f"{len(redactor.identities)} people",
                hint="they lie in .private/cache, under the pseudonym key of who built the corpus: build it again",
            )
        if digest(secrets, redactor.key) != record["known_digest"]:
            raise IntegrityError(
                "the secrets that the redaction knew are not at hand, so it cannot be replayed",
                where="redact",
                expected=f"{record['known']} secrets, digest {record['known_digest']}",
                got=f"{len(secrets)} secrets",
                hint="they lie in .private/cache, under the pseudonym key of who built the corpus: build it again",
            )
        return redactor

    def name(self, name: str, *, loose: bool = True) -> str:
        """A path or the name of a source, as rows have it."""
        return name if self._redactor is None else self._redactor.name(name, loose=loose)[0]

    def shown(self, text: str) -> str:
        """A sentence about a row, in which nothing is named that rows do not name."""
        return text if self._redactor is None else self._redactor.text(text)[0]

    def row(self, draft: dict[str, Any], source: Source) -> dict[str, Any]:
        """A row as the stages leave it."""
        done = normalize_row(draft) if self._normalized else draft
        if self._redactor is None:
            return done
        return self._redactor.row({**done, "kind": source.kind, "source": source.name})[0]


_Place = tuple[str, str | None]


def original_places(source: Source, places: Iterable[_Place], replay: Replay) -> dict[_Place, _Place]:
    """The places in the source behind those that rows name; redaction may have changed a path."""
    if isinstance(source, JoinedSource):
        known = {replay.name(path): path for path in source.places(None)}
        return {(known.get(path, path), commit): (path, commit) for path, commit in places}
    listed: dict[str | None, dict[str, str]] = {}
    found: dict[_Place, _Place] = {}
    for path, commit in places:
        original = path
        if _HASHED.search(path):
            if commit not in listed:
                listed[commit] = {replay.name(one): one for one in source.places(commit)}
            original = listed[commit].get(path, path)
        found[original, commit] = (path, commit)
    return found


def limits_of(lineage: Sequence[Mapping[str, Any]]) -> Limits:
    """The limits under which a corpus was extracted; the usual ones where its lineage does not say."""
    config: Mapping[str, Any] = next(
        (record.get("config", {}) for record in lineage if record["stage"] == "extract"), {}
    )
    return Limits(**config)


_Map = Callable[[Iterable[Work]], Iterator[tuple[Work, Any]]]


def _size(work: Work) -> int:
    return work[1].size if work[1] else 0


def _read_again(
    source: Source, number: int, places: list[_Place], read: _Map
) -> Iterable[tuple[_Place, list[dict[str, Any]] | str]]:
    """The rows at each place of a source, which the workers know by its number; or why there are none."""
    if isinstance(source, JoinedSource):
        yield from _joined_again(source, number, places, read)
        return
    units = list(zip(places, _found(source, places), strict=True))
    outcomes = read((number, unit) for _, unit in units if isinstance(unit, Unit))
    for place, unit in units:
        outcome = unit if isinstance(unit, Skip) else next(outcomes)[1]
        if isinstance(outcome, Skip | Failure):
            yield place, f"{outcome.reason}: {outcome.detail}"
        elif isinstance(outcome, bytes):
            yield place, [_with_facts(draft, unit) for draft in draft_entries(outcome)]


def _joined_again(
    source: JoinedSource, number: int, places: list[_Place], read: _Map
) -> Iterable[tuple[_Place, list[dict[str, Any]] | str]]:
    """The rows at the places; all units are parsed again, since each may have a part in any row."""
    units = sorted((unit for unit in source.units() if isinstance(unit, Unit)), key=lambda unit: unit.path)
    outcomes = read((number, unit) for unit in units)
    parsed = ((unit, outcome) for (_, unit), outcome in outcomes if unit is not None and isinstance(outcome, bytes))
    wanted = {path for path, _ in places}
    found = {
        unit.path: [_with_facts(draft, unit) for draft in batch.to_pylist()]
        for unit, batch in joined_drafts(source, source.join(parsed).entries)
        if unit.path in wanted
    }
    for place in places:
        yield place, found.get(place[0]) or f"missing: the source has no {place[0]} any more"


def _with_facts(draft: dict[str, Any], unit: Unit | Skip) -> dict[str, Any]:
    """A row as extraction stamps it: what it leaves unknown is what its unit states as a fact."""
    facts = unit.facts if isinstance(unit, Unit) else {}
    return {name: facts.get(name) if value is None else value for name, value in draft.items()}


def _found(source: Source, places: Iterable[tuple[str, str | None]]) -> Iterable[Unit | Skip]:
    """The unit behind each place. A source without a `find` of its own is listed once, and not once a place."""
    if type(source).find is Source.find:
        listed = {unit.path: unit for unit in source.units() if isinstance(unit, Unit | Skip)}
        for path, _ in places:
            yield listed.get(path) or Skip(path, "missing", f"the source has no {path} any more")
        return
    for path, commit in places:
        try:
            yield source.find(path, commit)
        except SkipUnit as skip:
            yield Skip(path, skip.reason, skip.detail)


def _difference(
    row: Mapping[str, Any], outcome: list[dict[str, Any]] | str, replay: Replay, source: Source
) -> str | None:
    where = f"{row['commit'] or ''}:{row['path']}:{row['line_start']}-{row['line_end']}"
    if isinstance(outcome, str):
        return f"{where} cannot be read again: {replay.shown(outcome)}"
    near = [draft for draft in outcome if all(draft[name] == row[name] for name in _PLACE[1:])]
    again = [replay.row(draft, source) for draft in near]
    again = [draft for draft in again if draft["symbol"] == row["symbol"]]
    if not again:
        return f"{where} holds no {row['task']} of {row['symbol'] or 'the file'}"
    before = replay.corrected.get(row["id"])
    if before is not None:  # its answer was written by hand; its source must still give what was corrected
        return None if any(text_hash(draft) == before for draft in again) else f"{where} is not what was corrected"
    # Several rows may come from one place: the one that is most alike is the one that it was.
    differing = min(([name for name in _COMPARED if draft[name] != row[name]] for draft in again), key=len)
    if not differing:
        return None
    return f"{where} differs in {', '.join(differing)}"
