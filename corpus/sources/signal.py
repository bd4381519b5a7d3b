"""Signal: conversations from its own export, its desktop database, Android's backups, and from other tools.

All of them are read into one model, so a source may take several: the same chat from two of them is one conversation.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Final

from corpus.chats.backup_frames import check_passphrase
from corpus.chats.signal_backup import read_backup
from corpus.chats.signal_desktop import check_key, database_key, read_desktop
from corpus.chats.signal_export import long_texts, read_plaintext
from corpus.chats.signal_tools import read_signal_export, read_sigtop
from corpus.errors import ConfigError, SourceError
from corpus.places import place_of
from corpus.sources.base import Skip
from corpus.sources.chats import ChatSource, Found, Secret

__all__ = ["SignalBackup", "SignalDesktop", "SignalExport", "is_desktop", "is_signal_export"]

_HEAD: Final = 1 << 16


def is_signal_export(path: Path) -> bool:
    """Whether a path is Signal's own plaintext export: its folder, or the `main.jsonl` in it."""
    file = path / "main.jsonl" if path.is_dir() else path
    if file.name != "main.jsonl" or not file.is_file():
        return False
    with file.open("rb") as stream:
        first = stream.readline(_HEAD)
    return b'"backupTimeMs"' in first or (path.is_dir() and (path / "metadata.json").is_file())


def is_desktop(path: Path) -> bool:
    """Whether a path is the configuration folder of Signal Desktop."""
    return path.is_dir() and (path / "sql" / "db.sqlite").is_file() and (path / "config.json").is_file()


def _desktop_folder() -> Path:
    """Where Signal Desktop keeps its data on this machine."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Signal"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home)) / "Signal"
    configured = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "Signal"
    flatpak = home / ".var/app/org.signal.Signal/config/Signal"
    return flatpak if is_desktop(flatpak) and not is_desktop(configured) else configured


class _Signal(ChatSource):
    """What the three have in common.

    Args:
        name: What rows say as their `source`; two sources of a corpus need two names.
        keep: What is left out by default and shall not be: `disappearing`, `story-reply`, `poll`.
        silence: Seconds after which a conversation begins anew.
        min_words: Words that you must have said in a row.
        max_tokens: The longest row, by the estimate of 4 bytes a token.
        persona: A system prompt for all rows.
        min_reactions: How often others must have reacted to what you say in a row; 0 asks for none.
    """

    kind: ClassVar[str] = "signal"
    version: ClassVar[str] = "signal-3"

    def owner(self) -> str:
        """There is one owner of Signal's exports, whom the exports know without an id."""
        return "signal:self"

    def read(self, found: Found) -> bytes:
        """The sheet of one file."""
        secret = found.secret.value if found.secret is not None else ""
        if found.layout == "desktop":
            return read_desktop(found.path, secret, self.keep)
        with found.path.open("rb") as file:
            if found.layout == "plaintext":
                return read_plaintext(file, self.keep, long_texts(found.path.parent))
            if found.layout == "backup":
                return read_backup(file, secret, self.keep)
            return read_signal_export(file) if found.layout == "signal-export" else read_sigtop(file, self.keep)


class SignalExport(_Signal):
    """Conversations of one or more exports of Signal.

    Args:
        *exports: Folders of Signal's plaintext export, files or folders of signal-export and sigtop, and other
            sources of Signal (`SignalDesktop`, `SignalBackup`) whose conversations are to be the same.
        **options: `name`, `keep`, `silence`, `min_words`, `max_tokens`, `persona`, `min_reactions`; see
            `SignalDesktop`.

    Raises:
        SourceError: There is nothing at a path, or nothing of Signal's.
    """

    def __init__(self, *exports: str | PathLike[str] | _Signal, **options: Any) -> None:
        super().__init__(**options)
        if not exports:
            raise ConfigError("no export was given", expected='corpus.SignalExport("signal-export-…")')
        self.parts = [one if isinstance(one, _Signal) else place_of(one).absolute() for one in exports]
        for _ in self._paths():
            pass

    def _paths(self) -> Iterator[Path]:
        for part in self.parts:
            if isinstance(part, Path):
                if not part.exists():
                    raise SourceError("there is nothing at this path", where=part, hint="check the spelling")
                yield part

    def found(self) -> Iterator[Found | Skip]:
        """The files of all exports."""
        for part in self.parts:
            yield from part.found() if isinstance(part, _Signal) else _files(part)

    def location(self) -> dict[str, Any]:
        """The paths; nothing, where a part needs a secret or is a source of its own."""
        if any(isinstance(part, _Signal) for part in self.parts):
            return {}
        return {"paths": [os.fspath(part) for part in self._paths()], "name": self.name, **self.options()}


class SignalDesktop(_Signal):
    """Conversations of Signal Desktop, from its encrypted database. Signal may be running: a copy is read.

    Args:
        path: Signal's configuration folder; the usual one of this machine by default.
        key: The database's key of 64 hexadecimal digits; by default that of `config.json`, decrypted with the keyring.
        password: What the keyring holds for Signal, where it cannot be asked.
        **options: `name` (what rows say as their `source`), `keep` (what is left out by default and shall not be:
            `disappearing`, `story-reply`, `poll`), `silence` (seconds after which a conversation begins anew),
            `min_words` (that you must have said in a row), `max_tokens` (of the longest row), `persona` (a system
            prompt), `min_reactions` (how often others must have reacted to what you say in a row).

    Raises:
        SourceError: It is no such folder.
    """

    def __init__(
        self,
        path: str | PathLike[str] | None = None,
        *,
        key: str | None = None,
        password: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.path = (_desktop_folder() if path is None else place_of(path)).absolute()
        self._key = None if key is None else Secret(key)
        self._password = None if password is None else Secret(password)
        if not (self.path / "sql" / "db.sqlite").is_file():
            raise SourceError(
                "there is no Signal Desktop",
                where=self.path,
                expected="a folder with sql/db.sqlite",
                hint="on Linux ~/.config/Signal, on macOS ~/Library/Application Support/Signal",
            )

    def found(self) -> Iterator[Found]:
        """The database, with what opens it.

        Raises:
            SourceError: Nothing says the key, or it is not the database's.
        """
        database = self.path / "sql" / "db.sqlite"
        password = None if self._password is None else self._password.value
        key = database_key(self.path, password) if self._key is None else self._key.value
        check_key(database, key)
        log = database.with_name("db.sqlite-wal")
        yield Found("desktop/db.sqlite", database, "desktop", (log,) if log.is_file() else (), Secret(key))

    def location(self) -> dict[str, Any]:
        """The folder, where no secret is needed to open it again."""
        if self._key is not None or self._password is not None:
            return {}
        return {"desktop": os.fspath(self.path), "name": self.name, **self.options()}


class SignalBackup(_Signal):
    """Conversations of a backup that Signal made on Android (`signal-….backup`).

    Args:
        path: The file.
        passphrase: The 30 digits that Signal showed.
        **options: As of `SignalDesktop`.

    Raises:
        SourceError: There is no such file.
    """

    def __init__(self, path: str | PathLike[str], *, passphrase: str, **options: Any) -> None:
        super().__init__(**options)
        self.path = place_of(path).absolute()
        self._passphrase = Secret(passphrase)
        if not self.path.is_file():
            raise SourceError("there is no backup at this path", where=self.path, expected="a file signal-….backup")

    def found(self) -> Iterator[Found]:
        """The file.

        Raises:
            SourceError: The passphrase is not this backup's.
        """
        check_passphrase(self.path, self._passphrase.value)
        yield Found(self.path.name, self.path, "backup", (), self._passphrase)


def _files(path: Path) -> Iterator[Found | Skip]:
    """The files of an export, recognised by their names and first bytes."""
    if path.is_file():
        yield _file(path, path.parent)
        return
    if (path / "main.jsonl").is_file():
        yield Found(f"{path.name}/main.jsonl", path / "main.jsonl", "plaintext")
        return
    if (path / "main").is_file() and (path / "metadata").is_file():
        raise SourceError(
            "this is Signal's encrypted backup of version 2, which is not read",
            where=path,
            hint="export in plain text instead: Signal Desktop, Preferences, Chats, Export",
        )
    if is_desktop(path):
        raise SourceError("this is Signal Desktop's folder", where=path, hint="corpus.SignalDesktop(path)")
    files = sorted(file for file in path.rglob("*.json") if file.is_file() and not file.is_symlink())
    if not files:
        raise SourceError(
            "this is no export of Signal",
            where=path,
            expected="main.jsonl (Signal), data.json (signal-export) or *.json (sigtop)",
        )
    for file in files:
        yield _file(file, path)


def _file(file: Path, folder: Path) -> Found | Skip:
    name = file.relative_to(folder).as_posix()
    if file.name == "main.jsonl":
        return Found(name, file, "plaintext")
    if file.suffix == ".backup":
        raise SourceError("a backup needs its passphrase", where=file, hint='corpus.SignalBackup(path, passphrase="…")')
    try:
        with file.open("rb") as stream:
            head = stream.readline(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError as error:
        return Skip(name, "unreadable", f"{error.strerror}")
    if head.startswith(b"["):
        return Found(name, file, "sigtop")
    try:
        first = json.loads(head)
    except ValueError:
        return Skip(name, "not-signal", "the file begins neither like signal-export's nor like sigtop's JSON")
    if isinstance(first, dict) and {"date", "sender"} <= first.keys():
        return Found(name, file, "signal-export")
    return Skip(name, "not-signal", "the first line is no message of signal-export: date and sender expected")
