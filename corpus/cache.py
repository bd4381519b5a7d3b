"""What units yielded, by content and version, in one SQLite file that survives a kill at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.errors import BuildError
from corpus.sources.base import Skip

__all__ = ["Cache"]


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
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS drafts (key BLOB PRIMARY KEY, reason TEXT, data BLOB, digest BLOB) STRICT"
            )

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def has(self, key: bytes) -> bool:
        """Whether a unit was read before."""
        with self._readable():
            return self._db.execute("SELECT 1 FROM drafts WHERE key = ?", (key,)).fetchone() is not None

    def get(self, key: bytes) -> bytes | Skip:
        """The serialised rows of a unit that was read before, or why it was skipped.

        Raises:
            BuildError: The file is damaged: SQLite reads a changed page without a word.
        """
        with self._readable():
            query = "SELECT reason, data, digest FROM drafts WHERE key = ?"
            reason, data, digest = self._db.execute(query, (key,)).fetchone()
        if digest != _digest(key, reason, data):
            raise BuildError("the cache is damaged", where=self._path, hint="delete it")
        return data if reason is None else Skip("", reason, data.decode())

    def put(self, found: Sequence[tuple[bytes, bytes | Skip]]) -> None:
        """Remember what units yielded, all in one transaction."""
        rows = [
            (key, value.reason, value.detail.encode()) if isinstance(value, Skip) else (key, None, value)
            for key, value in found
        ]
        signed = [(*row, _digest(*row)) for row in rows]
        with self._readable(), contextlib.closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.executemany("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?)", signed)
            cursor.execute("COMMIT")

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise BuildError(
                "the cache cannot be read or written", where=self._path, got=error, hint="if it is damaged, delete it"
            ) from None


def _digest(key: bytes, reason: str | None, data: bytes) -> bytes:
    return hashlib.blake2b(b"\0".join((key, (reason or "").encode(), data)), digest_size=16).digest()
