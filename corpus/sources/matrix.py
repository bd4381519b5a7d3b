"""Matrix: conversations from Element's exports, Synapse's `export-data`, matrix-commander and responses of the API."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Final

from corpus.chats.matrix import read_matrix, read_matrix_zip, read_state
from corpus.errors import ConfigError, SourceError
from corpus.places import place_of
from corpus.sources.base import Skip
from corpus.sources.chats import ChatSource, Found

__all__ = ["MatrixExport", "is_matrix_export"]

_HEAD: Final = 1 << 16
_USER: Final = re.compile(r"@[^\s:]*:\S+")
_ELEMENT: Final = "---Chat-Export---"  # in the names of its zips: with blanks, before 2022 with hyphens
_ENDINGS: Final = {".json": "events", ".jsonl": "events", ".ndjson": "events", ".zip": "zip"}


def is_matrix_export(path: Path) -> bool:
    """Whether a path is an export of Element, as JSON or zip, or the folder of Synapse's `export-data`."""
    if path.is_dir():
        return any(path.glob("rooms/*/events"))
    if path.suffix == ".zip":
        return _ELEMENT in path.name.replace(" ", "-")
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return b'"room_name"' in head and b'"exported_by"' in head and b'"messages"' in head


class MatrixExport(ChatSource):
    """Conversations of one or more exports of Matrix.

    Args:
        *exports: Element's `export.json` or zip, the folder of Synapse's `export-data`, matrix-commander's JSON
            lines, files of `/messages` and `/sync`, or folders of such files.
        me: Your id, `@you:example.org`. It is needed where the export does not say it: Element's names its owner by a
            display name only, and by that nobody is recognised.
        name: What rows say as their `source`; two sources of a corpus need two names.
        keep: What is left out by default and shall not be: `poll`.
        silence: Seconds after which a conversation begins anew.
        min_words: Words that you must have said in a row.
        max_tokens: The longest row, by the estimate of 4 bytes a token.
        persona: A system prompt for all rows.
        min_reactions: How often others must have reacted to what you say in a row; 0 asks for none.

    Raises:
        SourceError: There is nothing at a path.
        ConfigError: `me` is no id of Matrix.
    """

    kind: ClassVar[str] = "matrix"
    version: ClassVar[str] = "matrix-3"

    def __init__(
        self,
        *exports: str | PathLike[str],
        me: str | None = None,
        name: str = "matrix",
        keep: Collection[str] = (),
        silence: float = 3600.0,
        min_words: int = 2,
        max_tokens: int = 2048,
        persona: str | None = None,
        min_reactions: int = 0,
    ) -> None:
        super().__init__(
            name=name,
            keep=keep,
            silence=silence,
            min_words=min_words,
            max_tokens=max_tokens,
            persona=persona,
            min_reactions=min_reactions,
        )
        if not exports:
            raise ConfigError("no export was given", expected='corpus.MatrixExport("export.json", me="@me:hs")')
        if me is not None and not _USER.fullmatch(me):
            raise ConfigError("this is no id of Matrix", where="me", expected="@you:example.org", got=repr(me))
        self._me = me
        self.paths = [place_of(path).absolute() for path in exports]
        for path in self.paths:
            if not path.exists():
                raise SourceError("there is nothing at this path", where=path, hint="check the spelling")

    def owner(self) -> str:
        """The id of the owner, or, where the data says it, nothing more than that."""
        return f"user:{self._me}" if self._me is not None else "matrix:self"

    def me(self) -> list[str]:
        """The key of the owner."""
        return [] if self._me is None else [f"user:{self._me}"]

    def found(self) -> Iterator[Found | Skip]:
        """The files of all exports."""
        for path in self.paths:
            if path.is_file():
                yield _file(path, path.name)
                continue
            rooms = sorted(path.glob("rooms/*/events"))
            for file in rooms:
                yield Found(file.relative_to(path).as_posix(), file, "room")
            for file in sorted([*path.glob("rooms/*/*_state"), *path.glob("rooms/*/state/*")]) if rooms else ():
                if file.is_file() and not file.is_symlink():
                    yield Found(file.relative_to(path).as_posix(), file, "state")
            if not rooms:
                yield from _folder(path)

    def read(self, found: Found) -> bytes:
        """The sheet of one file."""
        with found.path.open("rb") as file:
            if found.layout == "zip":
                return read_matrix_zip(file, self.keep)
            if found.layout == "state":
                return read_state(file)
            return read_matrix(file, self.keep, found.path.parent.name if found.layout == "room" else None)

    def location(self) -> dict[str, Any]:
        """Where the exports lie, and how they are read."""
        return {"paths": [os.fspath(path) for path in self.paths], "me": self._me, "name": self.name, **self.options()}


def _folder(path: Path) -> Iterator[Found | Skip]:
    files = sorted(
        file for file in path.iterdir() if file.suffix in _ENDINGS and file.is_file() and not file.is_symlink()
    )
    if not files:
        raise SourceError(
            "this is no export of Matrix",
            where=path,
            expected="rooms/…/events (Synapse), or files that end in .json, .jsonl or .zip",
        )
    for file in files:
        yield _file(file, file.name)


def _file(file: Path, name: str) -> Found | Skip:
    if file.suffix in {".txt", ".html"}:
        return Skip(name, "not-json", "an export as text or HTML has no ids: export the room again, as JSON")
    return Found(name, file, _ENDINGS.get(file.suffix, "events"))
