"""Obsidian vaults: notes as questions and answers, and the knowledge graph between them.

Each note is parsed by itself in a worker and cached by its bytes; links, embeds and the graph are joined anew in every
run, so a second run after one note changed parses one note. Nothing that is read is run: no plugin, query or template.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from corpus.errors import ConfigError, SourceError
from corpus.notes.links import fold
from corpus.notes.vault import ATTACHMENT, BASE, CANVAS, NOTE, File, kind_of, place_in, read_settings, walk
from corpus.places import place_of
from corpus.sources.base import Joined, JoinedSource, Skip, SkipUnit, Unit

if TYPE_CHECKING:
    from corpus.entry import Entry
    from corpus.notes.canvas import Canvas
    from corpus.notes.compose import Vault
    from corpus.notes.parse import Note

__all__ = ["ObsidianVault"]

_MAX_FILE: Final = 1_000_000
_MEANT: Final = {True: ("true", "yes", "on", "y", "1"), False: ("false", "no", "off", "n", "0")}
_PRIVATE: Final[Mapping[str, Any]] = {"private": True, "publish": False}


class ObsidianVault(JoinedSource):
    """An Obsidian vault, or any folder of Markdown.

    Args:
        path: The vault's folder, the one with `.obsidian` in it.
        name: What rows say as their `source`; by default the folder's name.
        visibility: `public` declares that everything in this vault may be published.
        folders: Only notes in these folders give rows; all by default.
        exclude: Nothing below these is read: beginnings of paths, or regular expressions between two slashes, as in
            Obsidian's own list of excluded files, which counts too unless `ignore_filters` is False.
        tags: Only notes with one of these tags, or one below it, give rows; all by default.
        exclude_tags: Notes with one of these tags, or one below it, are left out.
        exclude_properties: Notes with one of these properties at this value are left out, `private: true` and
            `publish: false` by default.
        templates: Whether notes in a folder of templates give rows.
        daily: Whether daily notes give rows.
        ignore_filters: Whether Obsidian's own list of excluded files counts.
        max_bytes: Larger files are skipped.

    Raises:
        SourceError: The path is no folder.
        ConfigError: An argument makes no sense.
    """

    kind: ClassVar[str] = "obsidian"
    version: ClassVar[str] = "obsidian-2"

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        visibility: str = "private",
        folders: Sequence[str] = (),
        exclude: Sequence[str] = (),
        tags: Sequence[str] = (),
        exclude_tags: Sequence[str] = (),
        exclude_properties: Mapping[str, Any] = _PRIVATE,
        templates: bool = False,
        daily: bool = True,
        ignore_filters: bool = True,
        max_bytes: int = _MAX_FILE,
    ) -> None:
        from corpus.entry import VISIBILITIES  # and Arrow with it, which no worker needs to parse a note

        if visibility not in VISIBILITIES:
            raise ConfigError("unknown visibility", expected=" | ".join(VISIBILITIES), got=repr(visibility))
        for what, given in (("folders", folders), ("exclude", exclude), ("tags", tags), ("exclude_tags", exclude_tags)):
            if isinstance(given, str):
                raise ConfigError("this is one text, and a list is asked for", where=what, got=repr(given))
        self.path = place_of(path).absolute()
        if not self.path.is_dir():
            raise SourceError("there is no vault at this path", where=self.path, expected="a folder")
        self.name = name or "".join(
            c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in self.path.resolve().name
        )
        self.visibility = visibility
        self.folders = tuple(_folder(folder) for folder in folders)
        self.exclude = tuple(exclude)
        self.tags = tuple(_tag(tag) for tag in tags)
        self.exclude_tags = tuple(_tag(tag) for tag in exclude_tags)
        self.exclude_properties = dict(exclude_properties)
        self.templates, self.daily, self.ignore_filters = templates, daily, ignore_filters
        self.max_bytes = max_bytes
        self.settings = read_settings(self.path)
        self._filters = [_filter(text) for text in (*self.exclude, *(self.settings.ignored if ignore_filters else ()))]

    def __repr__(self) -> str:
        return f"ObsidianVault({str(self.path)!r})"

    def units(self) -> Iterator[Unit | Skip]:
        """Every file: a unit for a note, a canvas, a base; a named skip for what is not read."""
        for file in walk(self.path):
            yield self._unit(file)

    def _unit(self, file: File) -> Unit | Skip:
        why = file.trouble or self._closed(file.path)
        if why:
            return Skip(file.path, *why)
        if kind_of(file.path) == ATTACHMENT:
            return Skip(file.path, "attachment", "a node of the graph; its content is not read")
        if file.size > self.max_bytes:
            return Skip(file.path, "too-large", f"{file.size} bytes, at most {self.max_bytes}")
        try:
            data = _read(file.place)
        except OSError as error:
            return Skip(file.path, "unreadable", str(error.strerror))
        return Unit(file.path, content=hashlib.sha256(data).hexdigest(), size=file.size, extractor=kind_of(file.path))

    def text_of(self, path: str, commit: str | None) -> str:
        """A note as it is now, of those that the vault's source reads. Raises SkipUnit for any other path."""
        del commit
        file = next((file for file in walk(self.path) if file.path == path), None)
        if file is None:
            raise SkipUnit("missing", f"the vault has no {path} any more")
        if isinstance(found := self._unit(file), Skip):
            raise SkipUnit(found.reason, found.detail)
        return _read(file.place).decode(errors="replace")

    def text_in(self, unit: Unit) -> tuple[str, str | None]:
        """The file of a unit."""
        return _read(place_in(self.path, unit.path)).decode(errors="replace"), None

    def _closed(self, path: str) -> tuple[str, str] | None:
        """Why a file is not read, whatever is in it."""
        for filter_, written in self._filters:
            if filter_(path):
                return "excluded", f"excluded by {written!r}"
        if self.folders and not any(path.startswith(folder + "/") for folder in self.folders):
            return "excluded", "in none of the chosen folders"
        if not self.daily and kind_of(path) == NOTE and self.settings.is_daily(path):
            return "excluded", "a daily note"
        return None

    def parse(self, unit: Unit) -> bytes:
        """What is to be known of one file. Runs in a worker process."""
        data = _read(place_in(self.path, unit.path))
        if hashlib.sha256(data).hexdigest() != unit.content:
            raise OSError("the file changed while it was read")
        kind = kind_of(unit.path)
        return json.dumps(_parsed(kind, data), ensure_ascii=False, separators=(",", ":")).encode()

    def join(self, parsed: Iterable[tuple[Unit, bytes]]) -> Joined:
        """Entries and graph of the whole vault."""
        from corpus.notes.canvas import Canvas
        from corpus.notes.compose import Vault
        from corpus.notes.graph import graph_of
        from corpus.notes.parse import Note
        from corpus.notes.persons import people_of
        from corpus.pseudonyms import user_key

        joined = Joined(())
        roles: dict[str, str] = {}
        notes: dict[str, Note] = {}
        canvases: dict[str, Canvas] = {}
        for unit, data in parsed:
            values = json.loads(data)
            skip = values.get("skip")
            if skip:
                joined.skips.append(Skip(unit.path, *skip))
            elif kind_of(unit.path) == NOTE:
                self._note(unit.path, Note.from_json(values), notes, roles, joined)
            elif kind_of(unit.path) == CANVAS:
                canvases[unit.path] = Canvas(**values)
        kinds = {file.path: kind_of(file.path) for file in walk(self.path) if file.trouble is None}
        kinds |= dict.fromkeys(notes, NOTE)
        roles |= {path: "excluded" for path in kinds if self._closed(path)}
        closed = frozenset(path for path, role in roles.items() if role != "daily")
        vault = Vault(self.name, kinds, notes, canvases, closed)
        joined.graph = graph_of(vault, roles)
        joined.people += people_of(self.name, notes, user_key())
        joined.entries = self._entries(vault, roles, joined)
        return joined

    def _note(self, path: str, note: Note, notes: dict[str, Note], roles: dict[str, str], joined: Joined) -> None:
        """Take a note in, or say why not."""
        why = self._unwanted(note)
        if why:
            roles[path] = "excluded"
            joined.skips.append(Skip(path, "excluded", why))
            return
        notes[path] = note
        if self.settings.is_template(path) and not self.templates:
            roles[path] = "template"
            joined.skips.append(Skip(path, "template", "in a folder of templates; its links are in the graph"))
        elif note.properties.get("excalidraw-plugin"):
            roles[path] = "drawing"
            joined.skips.append(Skip(path, "drawing", "a drawing of the plugin Excalidraw; its links are in the graph"))
        elif self.settings.is_daily(path):
            roles[path] = "daily"

    def _unwanted(self, note: Note) -> str | None:
        """Why a note gives no rows, from its tags and properties."""
        own = [fold(tag.name) for tag in note.tags]
        for key in ("tags", "tag"):
            own += [_tag(tag) for text in note.written.get(key, ()) for tag in text.split()]
        hit = next((tag for tag in self.exclude_tags if _has(own, tag)), None)
        if hit is not None:
            return f"tagged #{hit}"
        if self.tags and not any(_has(own, tag) for tag in self.tags):
            return "has none of the chosen tags"
        said = [*note.written.items(), *note.properties.items()]
        for key, value in self.exclude_properties.items():
            if any(name.lower() == key.lower() and _same(given, value) for name, given in said):
                return f"{key}: {value}"
        return None

    def _entries(self, vault: Vault, roles: Mapping[str, str], joined: Joined) -> Iterator[Entry]:
        from corpus.notes.entries import NoteEntries

        languages = Counter(note.language for note in vault.notes.values() if note.language)
        usual = max(languages, key=lambda name: (languages[name], name)) if languages else "en"
        daily = frozenset(path for path, role in roles.items() if role == "daily")
        makers = NoteEntries(vault, daily, usual)
        for path in sorted(vault.notes):
            if path not in vault.closed:
                yield from makers.of(path)
        graph = joined.graph
        statuses = Counter(graph.links["status"].to_pylist()) if graph is not None else {}
        joined.facts |= {
            "files": dict(sorted(Counter(vault.kinds.values()).items())),
            "links": dict(sorted(statuses.items())),
            "unreadable_properties": sum(note.problem is not None for note in vault.notes.values()),
            "sections_left_out": dict(sorted(makers.left_out.items())),
        }

    def describe(self) -> dict[str, Any]:
        """Settings for the manifest; names of folders and tags are the vault's own business and stay out of it."""
        chosen = ("folders", "exclude", "tags", "exclude_tags")
        return {
            "max_bytes": self.max_bytes,
            "templates": self.templates,
            "daily": self.daily,
            "chosen_by": sorted(name for name in chosen if getattr(self, name)),
        }

    def location(self) -> dict[str, Any]:
        """The arguments that open this vault again."""
        return {
            "path": str(self.path),
            "name": self.name,
            "visibility": self.visibility,
            "folders": list(self.folders),
            "exclude": list(self.exclude),
            "tags": list(self.tags),
            "exclude_tags": list(self.exclude_tags),
            "exclude_properties": self.exclude_properties,
            "templates": self.templates,
            "daily": self.daily,
            "ignore_filters": self.ignore_filters,
            "max_bytes": self.max_bytes,
        }


def _parsed(kind: str, data: bytes) -> dict[str, Any]:
    """One file as plain values; `skip` in them says why it could not be read."""
    from corpus.notes.canvas import Canvas, parse_base, parse_canvas
    from corpus.notes.parse import parse_note

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        detail = f"line {line}: byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        return {"skip": ("not-utf-8", detail)}
    if "\0" in text:
        return {"skip": ("binary", f"a NUL byte at offset {data.index(0)}")}
    if kind == CANVAS:
        canvas = parse_canvas(text)
        return {name: getattr(canvas, name) for name in Canvas.__slots__}
    if kind == BASE:
        views, skip = parse_base(text)
        return {"views": views, "skip": skip}
    return parse_note(text).to_json()


def _read(place: Path) -> bytes:
    """A file's bytes; a symbolic link in its place is an error."""
    handle = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        return file.read()


def _folder(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip("/")


def _tag(text: str) -> str:
    return fold(text.lstrip("#").strip("/"))


def _has(own: list[str], tag: str) -> bool:
    return any(name == tag or name.startswith(tag + "/") for name in own)


def _same(value: object, wanted: object) -> bool:
    """Whether a property has a value, a text in any case, or holds it in its list.

    YAML 1.2 reads `private: yes` as a text, and who wrote it meant it.
    """
    if isinstance(value, list):
        return any(_same(item, wanted) for item in value)
    if isinstance(wanted, bool):
        return str(value).strip().lower() in _MEANT[wanted]
    return value == wanted or str(value).casefold() == str(wanted).casefold()


def _filter(written: str) -> tuple[Any, str]:
    """A test of paths from a line of a list of excluded files.

    Raises:
        ConfigError: A regular expression cannot be read.
    """
    if len(written) > 2 and written.startswith("/") and written.endswith("/"):
        try:
            return re.compile(written[1:-1]).search, written
        except re.error as error:
            raise ConfigError(
                "a regular expression cannot be read",
                where=written,
                got=error,
                hint="ignore_filters=False reads the vault without Obsidian's own list, exclude=[...] says it anew",
            ) from None
    beginning = unicodedata.normalize("NFC", written)
    return (lambda path: path.startswith(beginning)), written
