"""What units yielded, by content and version, in one SQLite file that survives a kill at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from corpus.errors import BuildError
from corpus.people import Person
from corpus.privacy.known import Secret, from_values, to_values
from corpus.sources.base import Skip, Unit
from corpus.sources.reading import Listed

__all__ = ["Cache", "Whole"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Whole(NamedTuple):
    """All that came of a source, so that nothing of it need be looked at again while the source is as it was.

    Attributes:
        read: Number of units that were read.
        size: Their bytes, skipped ones included.
        people: Who is known to the source.
        secrets: What its units are known to hold.
        skipped: The skipped units, as an Arrow stream.
        rows: The entries, as an Arrow stream.
    """

    read: int
    size: int
    people: tuple[Person, ...]
    secrets: tuple[Secret, ...]
    skipped: bytes
    rows: bytes


class Cache:
    """What units yielded, by content and version. Safe against a kill at any moment.

    Args:
        path: An SQLite file that is made when it is not there; None keeps nothing.

    Raises:
        BuildError: The file is there and is no cache of ours.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        with self._readable():
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS drafts (key BLOB PRIMARY KEY, reason TEXT, data BLOB, digest BLOB) STRICT"
            )
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS listings (key BLOB PRIMARY KEY, data BLOB, digest BLOB) STRICT"
            )
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS wholes"
                " (source BLOB PRIMARY KEY, key BLOB, told BLOB, skipped BLOB, rows BLOB, digest BLOB) STRICT"
            )
            self._db.execute("CREATE TABLE IF NOT EXISTS secrets (key BLOB PRIMARY KEY, data BLOB, digest BLOB) STRICT")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS held (source BLOB, key BLOB, PRIMARY KEY (source, key))"
                " STRICT, WITHOUT ROWID"
            )

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def keys(self) -> set[bytes]:
        """The keys of all units that were read before."""
        with self._readable():
            return {key for (key,) in self._db.execute("SELECT key FROM drafts")}

    def listing(self, key: bytes) -> Listed | None:
        """What a source said of itself before; None where it has not.

        Raises:
            BuildError: The file is damaged.
        """
        with self._readable():
            row = self._db.execute("SELECT data, digest FROM listings WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            self._check(row[1], _digest(key, None, row[0]))
        units, people = json.loads(zlib.decompress(row[0]))
        return Listed([_listed(values) for values in units], _people(people))

    def put_listing(self, key: bytes, found: Listed) -> None:
        """Remember what a source said of itself."""
        values = [[_plain(unit) for unit in found.units], _plain_people(found.people)]
        data = zlib.compress(json.dumps(values, separators=(",", ":")).encode(), 1)
        with self._readable():
            self._db.execute("INSERT OR REPLACE INTO listings VALUES (?, ?, ?)", (key, data, _digest(key, None, data)))

    @property
    def stays(self) -> bool:
        """Whether anything is kept for a later run."""
        return self._path is not None

    def whole(self, source: bytes, key: bytes) -> Whole | None:
        """All that came of a source; None where nothing is known of it as it is now.

        Args:
            source: Names the source.
            key: Names all that its rows depend on.

        Raises:
            BuildError: The file is damaged.
        """
        with self._readable():
            query = "SELECT told, skipped, rows, digest FROM wholes WHERE source = ? AND key = ?"
            row = self._db.execute(query, (source, key)).fetchone()
            if row is None:
                return None
            told, skipped, rows, digest = row
            self._check(digest, _digest_of(source, key, told, skipped, rows))
        read, size, people, secrets = json.loads(told)
        return Whole(read, size, _people(people), from_values(secrets), skipped, rows)

    def put_whole(self, source: bytes, key: bytes, found: Whole) -> None:
        """Remember all that came of a source, and no longer what came of it as it was before."""
        told = _json([found.read, found.size, _plain_people(found.people), to_values(found.secrets)])
        values = (source, key, told, found.skipped, found.rows)
        with self._readable():
            self._db.execute("INSERT OR REPLACE INTO wholes VALUES (?, ?, ?, ?, ?, ?)", (*values, _digest_of(*values)))

    def get(self, keys: Sequence[bytes]) -> list[bytes | Skip]:
        """The serialised rows of units that were read before, or why they were skipped.

        Args:
            keys: Each of which is in `keys()`.

        Raises:
            BuildError: The file is damaged: SQLite reads a changed page without a word.
        """
        with self._readable():
            marks = ",".join("?" * len(keys))
            rows = self._db.execute(f"SELECT key, reason, data, digest FROM drafts WHERE key IN ({marks})", keys)  # noqa: S608 - question marks
            found = {key: (reason, data, digest) for key, reason, data, digest in rows}
            read: list[bytes | Skip] = []
            for key in keys:
                reason, data, digest = found.get(key, (None, b"", b""))
                self._check(digest, _digest(key, reason, data))
                read.append(data if reason is None else Skip("", reason, data.decode()))
        return read

    def secrets(self, keys: Set[bytes]) -> dict[bytes, tuple[Secret, ...]]:
        """What units that were read before are known to hold, by their keys.

        Args:
            keys: Theirs; most units hold none.

        Raises:
            BuildError: The file is damaged.
        """
        found: dict[bytes, tuple[Secret, ...]] = {}
        with self._readable():
            for key, data, digest in self._db.execute("SELECT key, data, digest FROM secrets ORDER BY key"):
                if key in keys:
                    self._check(digest, _digest(key, None, data))
                    found[key] = from_values(json.loads(data))
        return found

    def put(
        self, found: Sequence[tuple[bytes, bytes | Skip]], secrets: Mapping[bytes, Sequence[Secret]] | None = None
    ) -> None:
        """Remember what units yielded, all in one transaction.

        Args:
            found: Key and rows of each, or why it was skipped.
            secrets: What of them hold secrets, by their keys.
        """
        rows = [
            (key, value.reason, value.detail.encode()) if isinstance(value, Skip) else (key, None, value)
            for key, value in found
        ]
        signed = [(*row, _digest(*row)) for row in rows]
        told = [(key, _json(to_values(held))) for key, held in (secrets or {}).items()]
        held = [(key, data, _digest(key, None, data)) for key, data in told]
        with self._readable(), contextlib.closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.executemany("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?)", signed)
            cursor.executemany("INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)", held)
            cursor.execute("COMMIT")

    def hold(self, source: bytes, keys: Set[bytes]) -> None:
        """Forget what a source held at its last run and holds no longer, unless another one does.

        Called before anything new is put, so that a run which is killed leaves nothing that is never forgotten.
        """
        with self._readable(), contextlib.closing(self._db.cursor()) as cursor:
            held = {key for (key,) in cursor.execute("SELECT key FROM held WHERE source = ?", (source,))}
            cursor.execute("BEGIN")
            cursor.executemany("DELETE FROM held WHERE source = ? AND key = ?", ((source, key) for key in held - keys))
            for table in ("drafts", "secrets"):
                cursor.executemany(
                    f"DELETE FROM {table} WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM held WHERE key = ?1)",  # noqa: S608 - two names
                    ((key,) for key in held - keys),
                )
            cursor.executemany("INSERT INTO held VALUES (?, ?)", ((source, key) for key in keys - held))
            cursor.execute("COMMIT")

    def _check(self, digest: bytes, expected: bytes) -> None:
        if digest != expected:
            raise BuildError("the cache is damaged", where=self._path, hint="delete it")

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:  # a message may quote what is damaged, which is no text
            raise BuildError(
                "the cache cannot be read or written", where=self._path, got=error, hint="if it is damaged, delete it"
            ) from None


def _json(values: Any) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()


def _plain_people(people: Iterable[Person]) -> list[list[Any]]:
    return [[one.called, one.names, one.ids, one.near, one.places] for one in people]


def _people(values: Iterable[list[Any]]) -> tuple[Person, ...]:
    return tuple([Person(who, tuple(names), tuple(ids), near, tuple(at)) for who, names, ids, near, at in values])


def _plain(unit: Unit | Skip) -> list[Any]:
    """A unit as JSON; a time as what it counts since the epoch, in microseconds."""
    if isinstance(unit, Skip):
        return [unit.path, unit.reason, unit.detail]
    facts = {k: {"time": (v - _EPOCH) // _MICROSECOND} if isinstance(v, datetime) else v for k, v in unit.facts.items()}
    return [unit.path, unit.content, unit.size, unit.extractor, facts]


def _listed(values: list[Any]) -> Unit | Skip:
    if len(values) == 3:
        return Skip(*values)
    path, content, size, extractor, facts = values
    times = {k: _EPOCH + v["time"] * _MICROSECOND for k, v in facts.items() if isinstance(v, dict)}
    return Unit(path, content, size, extractor, {**facts, **times})


def _digest_of(*parts: bytes) -> bytes:
    """Of parts of any length, each of which counts with it."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        _refuse_others(part, bytes)
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def _refuse_others(value: object, *kinds: type) -> None:
    """SQLite does not look at what kind a value is when it is read, and a changed bit can make it another."""
    if not isinstance(value, kinds):
        raise sqlite3.DataError("a value of another kind than was written")


def _digest(key: bytes, reason: str | None, data: bytes) -> bytes:
    _refuse_others(reason, str, type(None))
    _refuse_others(data, bytes)
    return hashlib.blake2b(b"\0".join((key, (reason or "").encode(), data)), digest_size=16).digest()
