"""From sources to entries: list, look in the cache, extract the rest in workers, put facts and ids on the rows.

Listing happens here, of several sources in workers; extraction runs in disposable workers. What a unit yields is cached
under its content and the version of what read it, in one SQLite file that survives a kill at any moment, so a build
that is started again goes on where it stopped and a second build reads only what changed. A unit that crashed
its worker, took too long or ran out of memory is skipped by name and tried again in the next build.

Rows come out in the order of (kind, source, path, position), whatever the number of workers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Container, Generator, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cache import Cache, Whole
from corpus.drafts import DRAFT, batch_of, decode
from corpus.entry import (
    SCHEMA,
    SKIPPED_SCHEMA,
    Entry,
    entry_group,
    entry_ids,
)
from corpus.errors import BuildError, ConfigError, SchemaError
from corpus.forgotten import forgotten_people
from corpus.graph import Graph
from corpus.people import Person, sorted_people
from corpus.privacy.detector import VERSION as DETECTOR
from corpus.privacy.known import Secret, searched, together
from corpus.progress import bar
from corpus.pseudonyms import fingerprint_of_key, user_key
from corpus.sources.base import JoinedSource, Skip, Source, Unit
from corpus.sources.reading import Listed, Telling, Work, listed, printable, read_telling_unit
from corpus.store import Spool
from corpus.validation import validate, validate_ids
from corpus.workers import Failure, Limits, Workers
from corpus.write.files import free_bytes

__all__ = ["Extraction", "extract_all", "joined_drafts"]

_STAMPED_UNITS: Final = 256  # units whose rows get their ids and facts in one go
_A_LISTING: Final = 10**12  # stands for bytes: nothing else travels with it, and it may take hours
_A_WHILE: Final = 0.2  # seconds of listing in which workers could have started
_LOOKED_UP: Final = 64  # units that the cache is asked for in one go
_JOINED_ROWS: Final = 256  # rows of a joined source that become one batch, and all others of their last path

_WHOLE: Final = 64 * 1024**2  # bytes of a source's rows up to which they are also kept as they are
_STAMP: Final = 1  # raised with every change to what `_stamp` makes of drafts

_DRAFT_TEXT: Final = str(DRAFT)

_Readers = Workers[Work, bytes | Skip | Listed | Telling]

_Seen = dict[str, int]
"""How many rows of a source had this path, symbol and task so far, where a later unit may have more of them."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What came out of the sources.

    Attributes:
        table: The entries, with `SCHEMA`.
        skipped: The units that were not read, with `SKIPPED_SCHEMA`.
        read: Number of units that were read, `cached` ones included.
        cached: Number of them that came from the cache.
        limits: What one unit was allowed to cost.
        sources: One dict for each source, for the manifest.
        graph: How what joined sources hold hangs together.
        secrets: What the units are known to hold; as the people in memory, and in `.private/cache`.
        people: Who is known to the sources; in memory, and in `.private/cache` where a corpus is written.
    """

    table: pa.Table
    skipped: pa.Table
    read: int
    cached: int
    limits: Limits
    sources: tuple[dict[str, Any], ...] = ()
    graph: Graph = field(default_factory=Graph)
    people: tuple[Person, ...] = ()
    secrets: tuple[Secret, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """The first line of a corpus' lineage."""
        reasons = Counter(self.skipped["reason"].cast(pa.string()).to_pylist())
        return {
            "stage": "extract",
            "config": {"seconds": self.limits.seconds, "memory": self.limits.memory},
            "units": self.read + len(self.skipped),
            "read": self.read,
            "skipped": len(self.skipped),
            "skipped_by_reason": dict(sorted(reasons.items())),
            "rows_out": len(self.table),
        }


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done for a source, by number: its units in order, their keys, which the cache has; and its people.

    `whole_key` names all that its rows depend on, as it was before it was listed; None where that cannot be said, or
    nothing is kept for a later run.
    """

    number: int
    source: Source
    units: list[Unit]
    skips: list[Skip]
    keys: Mapping[str, bytes]
    known: Set[str]
    people: tuple[Person, ...]
    whole_key: bytes | None = None
    whole: Whole | None = None


@dataclass(slots=True)
class _Outcome:
    """What has come out so far."""

    rows: Spool = field(default_factory=lambda: Spool(SCHEMA))
    skipped: Spool = field(default_factory=lambda: Spool(SKIPPED_SCHEMA))
    read: int = 0
    cached: int = 0
    sources: list[dict[str, Any]] = field(default_factory=list)
    graphs: list[Graph] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    # Of the source at hand: its secrets, its rows, their bytes, units that were read, whether one of them may be read
    # another time.
    own_secrets: list[Secret] = field(default_factory=list)
    own: list[pa.Table] = field(default_factory=list)
    own_bytes: int = 0
    own_read: int = 0
    failed: bool = False

    def begin(self) -> None:
        """What comes now is of another source."""
        self.own_secrets, self.own, self.own_bytes, self.own_read, self.failed = [], [], 0, 0, False

    def add(self, rows: pa.Table) -> None:
        """Add rows of the source at hand."""
        self.rows.add(rows)
        self.own_bytes += rows.nbytes
        self.own.append(rows)
        if self.own_bytes > _WHOLE:
            self.own.clear()


def extract_all(
    sources: Sequence[Source],
    *,
    cache: Path | None = None,
    workers: int = 1,
    limits: Limits | None = None,
    progress: bool | None = None,
) -> Extraction:
    """Read everything that the sources hold.

    Args:
        sources: In the order in which their rows shall come.
        cache: Where to remember what units yielded; None remembers nothing.
        workers: Number of worker processes.
        limits: What one unit may cost.
        progress: Whether to show a bar; None shows it on a terminal and in a notebook.

    Raises:
        SourceError: A source cannot be listed.
        SchemaError: A source yields an entry that is none.
        BuildError: There is not enough room on the disk, or the cache is damaged.
    """
    done = _Outcome()
    pool = Workers(partial(read_telling_unit, sources), workers=workers, limits=limits, size=_size)
    with Cache(cache) as store, pool:
        # What is listed is begun with at once, while others are listed; nothing is kept before all are.
        begun = [(plan, _begun(plan, pool)) for plan in _plans(sources, store, pool, apart=workers > 1)]
        if cache is not None:
            _check_room(
                cache.parent, sum(plan.whole.size if plan.whole else _bytes_in(plan.units) for plan, _ in begun)
            )
        for plan, outcomes in begun:
            if plan.whole is not None:
                _take_whole(plan.source, plan.whole, done)
                continue
            results = _results(plan, store, outcomes, done)
            with contextlib.closing(results):
                shown = bar(results, plan.source.name, total=len(plan.units), show=progress)
                skipped = _collect(plan, shown, done)
            _keep_whole(plan, skipped, store, done)
    table = done.rows.table()
    validate_ids(table)  # all else was looked at part by part
    return Extraction(
        table,
        done.skipped.table(),
        done.read,
        done.cached,
        limits or Limits(),
        tuple(done.sources),
        Graph.together(done.graphs),
        sorted_people(done.people),
        together(done.secrets),
    )


def _collect(plan: _Plan, results: Iterable[tuple[Unit, bytes | Skip]], done: _Outcome) -> pa.Table:
    """Stamp the rows of one source and add them, and its skips, to what is done; gives the skips."""
    source, skips, read_before, facts = plan.source, list(plan.skips), done.read, {}
    done.begin()
    done.failed = any(map(_may_come, skips))
    readable = _readable(results, skips, done)
    if isinstance(source, JoinedSource):
        joined = source.join(readable)
        _add(source, joined_drafts(source, joined.entries), done)
        done.read -= len(joined.skips)
        done.cached -= sum(skip.path in plan.known for skip in joined.skips)
        skips += joined.skips
        done.graphs += [joined.graph] if joined.graph is not None else []
        facts = joined.facts
        done.people += joined.people
    else:
        _add(source, ((unit, decode(result)) for unit, result in readable), done)
        done.people += plan.people
    skipped = _skipped_table(source, skips)
    done.skipped.add(skipped)
    done.own_read = done.read - read_before
    done.secrets += done.own_secrets
    done.sources.append(_described(source, done.own_read, len(skips), facts))
    return skipped


def _described(source: Source, read: int, skipped: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A source for the manifest."""
    return {
        "kind": source.kind,
        "name": source.name,
        "version": source.version,
        "visibility": source.visibility,
        "units": read + skipped,
        "read": read,
        **source.describe(),
        **facts,
    }


def _take_whole(source: Source, whole: Whole, done: _Outcome) -> None:
    """Add what an earlier run made of a source that is as it was."""
    rows, skipped = (pa.ipc.open_stream(pa.py_buffer(data)).read_all() for data in (whole.rows, whole.skipped))
    done.rows.add(rows)
    done.skipped.add(skipped)
    done.read += whole.read
    done.cached += whole.read
    done.people += whole.people
    done.secrets += whole.secrets
    done.sources.append(_described(source, whole.read, len(skipped), {}))


def _keep_whole(plan: _Plan, skipped: pa.Table, store: Cache, done: _Outcome) -> None:
    """Keep all that came of a source, where it can say that it is as it was, nothing failed and it is not large."""
    if plan.whole_key is not None and not done.failed and done.own_bytes <= _WHOLE:
        rows, left_out = _stream(done.own, SCHEMA), _stream([skipped], SKIPPED_SCHEMA)
        store.put_whole(
            _named(plan.source),
            plan.whole_key,
            Whole(done.own_read, _bytes_in(plan.units), plan.people, together(done.own_secrets), left_out, rows),
        )


def _stream(tables: Sequence[pa.Table], schema: pa.Schema) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for table in tables:
            writer.write_table(table)
    return bytes(sink.getvalue())


def _named(source: Source) -> bytes:
    return f"{source.kind} {source.name}".encode(errors="surrogatepass")


def _whole_key(source: Source, listing: bytes | None, store: Cache) -> bytes | None:
    """Names all that the rows of a source depend on; None where it cannot be said, or nothing is kept.

    Args:
        source: The source.
        listing: Its `_listing_key`.
        store: The cache.
    """
    if listing is None or not store.stays or isinstance(source, JoinedSource):
        return None
    made = (str(SCHEMA), _DRAFT_TEXT, str(_STAMP), DETECTOR)
    parts = (listing.hex(), source.visibility, *made, *sorted(forgotten_people()))
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=20).digest()


def _bytes_in(units: Iterable[Unit]) -> int:
    return sum(unit.size for unit in units)


def _readable(
    results: Iterable[tuple[Unit, bytes | Skip]], skips: list[Skip], done: _Outcome
) -> Iterator[tuple[Unit, bytes]]:
    """The units that could be read; the others go to the skips."""
    for unit, result in results:
        if isinstance(result, Skip):
            skips.append(Skip(unit.path, result.reason, result.detail))
        else:
            done.read += 1
            yield unit, result


def _add(source: Source, drafts: Iterable[tuple[Unit, pa.RecordBatch]], done: _Outcome) -> None:
    pending: list[tuple[Unit, pa.RecordBatch]] = []
    seen: _Seen = {}
    for draft in drafts:
        if not len(draft[1]):
            continue
        pending.append(draft)
        if len(pending) >= _STAMPED_UNITS:
            done.add(_stamp(source, pending, seen))
            pending.clear()
    if pending:
        done.add(_stamp(source, pending, seen))


def joined_drafts(source: Source, entries: Iterable[Entry]) -> Iterator[tuple[Unit, pa.RecordBatch]]:
    """The rows of a joined source by path, each path as if it were a unit.

    Raises:
        SchemaError: An entry has no path, or comes after one of a later path.
    """
    before = ""
    waiting: list[Entry] = []  # a batch for each path would take as long as making the entries
    for path, same in groupby(entries, key=lambda entry: entry.path if isinstance(entry, Entry) else None):
        if path is None or path < before:
            raise SchemaError(
                f"a source joins its entries in no order of paths, in {source.kind} source {source.name!r}",
                expected=f"a path from {before!r} on",
                got=repr(path),
            )
        before = path
        waiting += same
        if len(waiting) >= _JOINED_ROWS:
            yield from _by_path(waiting)
            waiting.clear()
    yield from _by_path(waiting)


def _by_path(rows: list[Entry]) -> Iterator[tuple[Unit, pa.RecordBatch]]:
    """Entries as one batch, cut where another path begins; the parts share its memory."""
    batch, start = batch_of(rows), 0
    for path, same in groupby(rows, key=lambda entry: str(entry.path)):
        count = sum(1 for _ in same)
        yield Unit(path, content="", size=0), batch.slice(start, count)
        start += count


def _check_room(folder: Path, size: int) -> None:
    """Refuse to begin where the disk would be full in the middle.

    Entries hold a text about twice (code to documentation and back), the cache holds them once more.
    """
    needed, free = 4 * size + 64 * 1024**2, free_bytes(folder)
    if free < needed:
        raise BuildError(
            "there is not enough room on the disk",
            where=folder,
            expected=f"{needed >> 20} MiB free for {size >> 20} MiB of sources",
            got=f"{free >> 20} MiB free",
        )


def _size(work: Work) -> int:
    """Bytes that a worker reads; a listing is work of its own, and takes the time that a history needs."""
    return _A_LISTING if work[1] is None else work[1].size


def _begun(plan: _Plan, pool: _Readers) -> Iterator[bytes | Skip | Telling | Failure]:
    """What each unit that the cache does not have yields, in order."""
    work = [(plan.number, unit) for unit in plan.units if unit.path not in plan.known]
    return (found for _, found in pool.map(work) if not isinstance(found, Listed))


def _plans(sources: Sequence[Source], store: Cache, pool: _Readers, *, apart: bool) -> Iterator[_Plan]:
    """What is to be done for each source: nothing, where it is as it was; workers list several, if `apart`."""
    listings = [_listing_key(source) for source in sources]
    keys = [_whole_key(source, listing, store) for source, listing in zip(sources, listings, strict=True)]
    wholes: dict[int, Whole] = {}
    for number, (source, key) in enumerate(zip(sources, keys, strict=True)):
        found = store.whole(_named(source), key) if key is not None else None
        if found is not None:
            wholes[number] = found
    stored = store.keys() if len(wholes) < len(sources) else set()
    told = _listed(sources, listings, store, pool if apart else None, wholes)
    for number, source in enumerate(sources):
        if number in wholes:
            yield _Plan(number, source, [], [], {}, frozenset(), (), whole=wholes[number])
        else:
            yield replace(_plan(number, source, next(told), store, stored), whole_key=keys[number])


def _plan(number: int, source: Source, told: Listed, store: Cache, stored: set[bytes]) -> _Plan:
    """What is to be read of a source; what it holds no longer leaves the cache, and `stored`, first."""
    units: list[Unit] = []
    skips: list[Skip] = []
    for found in told.units:
        if not isinstance(found, Unit | Skip):
            raise ConfigError(
                "units() yields something else than units and skips",
                where=f"{source.kind} source {source.name!r}",
                expected="corpus.Unit or corpus.Skip",
                got=repr(found)[:80],
            )
        if isinstance(found, Skip):
            skips.append(found)
        elif printable(found.path) != found.path:
            skips.append(Skip(found.path, "unsafe-path", "the name is not UTF-8"))
        else:
            units.append(found)
    units.sort(key=lambda unit: unit.path)
    for one, other in pairwise(units):
        if one.path == other.path:
            raise ConfigError(
                "a source lists a unit twice", where=f"{source.kind} source {source.name!r}", got=one.path
            )
    keys = {unit.path: _key(source, unit) for unit in units}
    if isinstance(source, JoinedSource) and source.forgets:
        store.hold(_named(source), set(keys.values()))
        stored &= store.keys()
    return _Plan(number, source, units, skips, keys, {path for path, key in keys.items() if key in stored}, told.people)


def _listed(
    sources: Sequence[Source],
    listings: Sequence[bytes | None],
    store: Cache,
    pool: _Readers | None,
    wholes: Container[int],
) -> Iterator[Listed]:
    """What each source but `wholes` says of itself, from the cache where it can say that nothing has changed.

    Walking the histories of several repositories is work for several processes; what a worker cannot list is listed
    here, and raises here what it has to say.
    """
    keys = [None if number in wholes else key for number, key in enumerate(listings)]
    known = {i: found for i, key in enumerate(keys) if key is not None and (found := store.listing(key)) is not None}
    missing: list[Work] = [(i, None) for i, key in enumerate(keys) if key is not None and i not in known]
    told = pool.map(missing, more=True) if pool is not None and len(missing) > 1 else None
    for number, (source, key) in enumerate(zip(sources, keys, strict=True)):
        if number in wholes:
            continue
        if number in known:
            yield known[number]
            continue
        answer = next(told)[1] if told is not None and key is not None else None
        if isinstance(answer, Listed):
            found = answer
        else:
            with pool.beforehand(_A_WHILE) if pool is not None and key is not None else contextlib.nullcontext():
                found = listed(source)
        if key is not None and not any(_may_come(unit) for unit in found.units):
            store.put_listing(key, found)
        yield found


def _listing_key(source: Source) -> bytes | None:
    listing = source.listing()
    if listing is None:
        return None
    place = json.dumps(source.location(), sort_keys=True, default=str)
    parts = ("listed", source.kind, source.version, listing, place, fingerprint_of_key(user_key()))
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=20).digest()


def _results(
    plan: _Plan, store: Cache, fresh: Iterator[bytes | Skip | Telling | Failure], done: _Outcome
) -> Generator[tuple[Unit, bytes | Skip]]:
    """What each unit yields, in order; from the cache where it is there, else from a worker and into the cache."""
    unsaved: list[tuple[bytes, bytes | Skip]] = []
    secrets: dict[bytes, tuple[Secret, ...]] = {}  # of these
    remembered = _remembered(plan, store)
    held = store.secrets({plan.keys[path] for path in plan.known}) if plan.known else {}
    try:
        for unit in plan.units:
            key = plan.keys[unit.path]
            if unit.path in plan.known:
                found = next(remembered)
                done.cached += isinstance(found, bytes)
                # What it held was first read at another path, perhaps.
                done.own_secrets += [replace(secret, places=(unit.path,)) for secret in held.get(key, ())]
                yield unit, found
                continue
            outcome = next(fresh)
            if isinstance(outcome, Failure):
                done.failed = True
                yield unit, Skip(unit.path, outcome.reason, outcome.detail)
                continue
            if isinstance(outcome, Skip) and _may_come(outcome):
                done.failed = True
                yield unit, outcome
                continue
            if isinstance(outcome, Telling):
                if shown := searched(outcome.text, outcome.language, unit.path):
                    secrets[key] = shown
                    done.own_secrets += shown
                outcome = outcome.data
            unsaved.append((key, outcome))
            if len(unsaved) >= _STAMPED_UNITS:
                store.put(unsaved, secrets)
                unsaved.clear()
                secrets.clear()
            yield unit, outcome
    finally:
        store.put(unsaved, secrets)


def _may_come(outcome: Unit | Skip) -> bool:
    """Whether it is for an object that is not there, as in a partial clone: git fetches it, and no name changes."""
    return isinstance(outcome, Skip) and outcome.reason == "missing-object"


def _remembered(plan: _Plan, store: Cache) -> Iterator[bytes | Skip]:
    """What the cache holds of a source's units, in order, a few at a time."""
    keys = [plan.keys[unit.path] for unit in plan.units if unit.path in plan.known]
    for start in range(0, len(keys), _LOOKED_UP):
        yield from store.get(keys[start : start + _LOOKED_UP])


def _key(source: Source, unit: Unit) -> bytes:
    parts = (source.kind, source.version, unit.extractor, unit.content, _DRAFT_TEXT, DETECTOR)
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=20).digest()


def _stamp(source: Source, pending: Sequence[tuple[Unit, pa.RecordBatch]], seen: _Seen) -> pa.Table:
    """Entries from drafts: facts of their unit where they have none, provenance, ids, groups, token estimates."""
    drafts = pa.Table.from_batches([batch for _, batch in pending], schema=DRAFT).combine_chunks()
    units = [unit for unit, _ in pending]
    unit_of = pa.array(np.repeat(np.arange(len(units)), [len(batch) for _, batch in pending]))
    columns: dict[str, Any] = {name: drafts[name] for name in DRAFT.names}
    for name in sorted({name for unit in units for name in unit.facts} | {"path"}):
        if name not in DRAFT.names:
            raise ConfigError("a unit states a fact that is no column", where=source.name, got=name)
        facts = [unit.path if name == "path" else unit.facts.get(name) for unit in units]
        known = _as_column(facts, SCHEMA.field(name), source).take(unit_of)
        given = drafts[name]
        if given.null_count == len(given):
            columns[name] = known
        else:
            columns[name] = pc.coalesce(given, known.cast(given.type))
    count = len(drafts)
    paths = columns["path"].cast(pa.string()).to_pylist()
    for name, value in (("kind", source.kind), ("source", source.name), ("visibility", source.visibility)):
        columns[name] = pa.repeat(value, count)
    symbols = drafts["symbol"].fill_null("").to_pylist()
    columns["id"] = _ids(source, paths, symbols, drafts["task"].to_pylist(), {unit.path for unit in units}, seen)
    groups = {path: entry_group(source.kind, source.name, path) for path in dict.fromkeys(paths)}
    columns["group"] = [groups[path] for path in paths]
    columns["tokens_input"], columns["tokens_output"] = _token_estimates(drafts)
    columns["quality"] = columns["split"] = pa.nulls(count)
    arrays = [_as_column(columns[f.name], f, source) for f in SCHEMA]
    return _checked(source, pa.Table.from_arrays(arrays, schema=SCHEMA))


def _ids(
    source: Source, paths: list[str], symbols: list[str], tasks: list[str], own: set[str], seen: _Seen
) -> pa.StringArray:
    """One id a row; rows that are alike in path, symbol and task are numbered in order of their position."""
    alike = [f"{path}\0{symbol}\0{task}" for path, symbol, task in zip(paths, symbols, tasks, strict=True)]
    here: _Seen = {}
    names = []
    for name in alike:
        ordinal = here.get(name)
        if ordinal is None:
            ordinal = seen.get(name, 0)
        here[name] = ordinal + 1
        names.append(f"{name}\0{ordinal}")
    if seen or not own.issuperset(paths):  # rows with a path of their own, of which another unit may have more
        seen.update({n: here[n] for path, n in zip(paths, alike, strict=True) if path not in own or n in seen})
    return entry_ids(source.kind, source.name, names)


def _token_estimates(drafts: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Estimates of the tokens that are asked and answered; see `estimate_tokens`."""
    asked = sum((_bytes_of(drafts[name]) for name in ("system", "instruction", "input")), _bytes_of_turns(drafts))
    return pa.array(-(-asked // 4), pa.int32()), pa.array(-(-_bytes_of(drafts["output"]) // 4), pa.int32())


def _bytes_of(texts: pa.ChunkedArray) -> Any:
    return pc.binary_length(texts).fill_null(0).to_numpy().astype(np.int64)


def _bytes_of_turns(drafts: pa.Table) -> Any:
    history = drafts["history"].combine_chunks()
    offsets = history.offsets.to_numpy()
    sizes = pc.binary_length(history.values.field("content")).to_numpy(zero_copy_only=False)
    return np.diff(np.concatenate([[0], np.cumsum(sizes)])[offsets])


def _as_column(values: Any, field_: pa.Field, source: Source) -> Any:
    if isinstance(values, list):
        try:
            values = pa.array(values, type=_plain(field_.type))
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise SchemaError(
                f"a {source.kind} source states a fact that does not fit its column, in {source.name!r}",
                column=field_.name,
                expected=_plain(field_.type),
                got=error,
            ) from None
    return values.cast(field_.type)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _checked(source: Source, table: pa.Table) -> pa.Table:
    """The table, or an error that names the source: a whole build's table would not say whose fault it is."""
    try:
        validate(table)
    except SchemaError as error:
        row = error.row or 0
        place = f"{source.kind} source {source.name!r}, {table['path'][row].as_py()}" if len(table) else source.name
        raise SchemaError(
            f"a source yields an entry that is none: {error.what}, in {place}",
            column=error.column,
            row=error.row,
            expected=error.expected,
            got=error.got,
            hint="see docs/sources.md",
        ) from None
    return table


def _skipped_table(source: Source, skips: Sequence[Skip]) -> pa.Table:
    skips = sorted(skips, key=lambda skip: skip.path)
    told = {"unit": "path", "reason": "reason", "detail": "detail"}
    columns: dict[str, Any] = {
        **{name: pa.repeat(value, len(skips)) for name, value in (("kind", source.kind), ("source", source.name))},
        **{name: pa.array([printable(getattr(s, of)) for s in skips], pa.string()) for name, of in told.items()},
    }
    return pa.Table.from_arrays([columns[f.name].cast(f.type) for f in SKIPPED_SCHEMA], schema=SKIPPED_SCHEMA)
