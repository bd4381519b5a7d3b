"""Which files a vault holds, and what its `.obsidian` folder says of them.

Names that begin with a dot are hidden, links out of the vault are not followed. Settings that cannot be read are the
usual ones: they are a convenience, never a reason to lose a vault.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from corpus.errors import SourceError

__all__ = [
    "ATTACHMENT",
    "BASE",
    "CANVAS",
    "NOTE",
    "File",
    "Settings",
    "is_vault",
    "kind_of",
    "place_in",
    "read_settings",
    "walk",
]

NOTE: Final = "note"
CANVAS: Final = "canvas"
BASE: Final = "base"
ATTACHMENT: Final = "attachment"

_KINDS: Final = {".md": NOTE, ".canvas": CANVAS, ".base": BASE}
_MAX_SETTINGS: Final = 4_000_000
_MAX_FILES: Final = 1_000_000
_MAX_DEPTH: Final = 100
_MOMENT: Final = re.compile(
    r"\[([^\]]*)\]|(YYYY|YY|MMMM|MMM|MM|M|DDDD|DDD|DD|Do|D|dddd|ddd|dd|WW|W|ww|w|gggg|GGGG|HH|mm|ss|Q)|(.)", re.DOTALL
)
_TOKENS: Final = {
    "YYYY": r"\d{4}",
    "gggg": r"\d{4}",
    "GGGG": r"\d{4}",
    "YY": r"\d\d",
    "MMMM": r"[^\W\d]+",
    "MMM": r"[^\W\d]+\.?",
}
_TOKENS_WORDS: Final = {"dddd": r"[^\W\d]+", "ddd": r"[^\W\d]+\.?", "dd": r"[^\W\d]+\.?", "Do": r"\d+\w*"}


@dataclass(frozen=True, slots=True)
class File:
    """One entry of the vault that is not a folder.

    Attributes:
        path: Inside the vault, with `/`, in Unicode form C, as Obsidian lists it.
        place: Where it is.
        size: Bytes.
        trouble: Reason and detail for which it is not read, or None.
    """

    path: str
    place: Path
    size: int
    trouble: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What `.obsidian` says.

    Attributes:
        ignored: `userIgnoreFilters`: beginnings of paths, or regular expressions between two slashes.
        templates: Folders of templates.
        daily_folder: Folder of daily notes.
        daily_name: What the path of a daily note below that folder looks like, without `.md`.
    """

    ignored: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    daily_folder: str = ""
    daily_name: re.Pattern[str] = re.compile(r"\d{4}-\d\d-\d\d")

    def is_template(self, path: str) -> bool:
        """Whether a note lies in a folder of templates."""
        return any(path.startswith(folder + "/") for folder in self.templates)

    def is_daily(self, path: str) -> bool:
        """Whether a note is named as daily notes are."""
        folder = self.daily_folder + "/" if self.daily_folder else ""
        if not path.startswith(folder):
            return False
        name = path[len(folder) :].removesuffix(".md")
        return bool(self.daily_name.fullmatch(name) or self.daily_name.fullmatch(name.rsplit("/", 1)[-1]))


def is_vault(path: Path) -> bool:
    """Whether a folder is a vault: Obsidian keeps its settings in `.obsidian`."""
    return (path / ".obsidian").is_dir()


def kind_of(path: str) -> str:
    """`note`, `canvas`, `base` or `attachment`."""
    return _KINDS.get(PurePosixPath(path).suffix.lower(), ATTACHMENT)


def read_settings(root: Path) -> Settings:
    """The settings of a vault; the usual ones where it has none or they cannot be read."""
    app = _json(root, "app.json")
    ignored = tuple(text for text in _listed(app.get("userIgnoreFilters")) if text)
    folders = [
        _json(root, "templates.json").get("folder"),
        _json(root, "plugins/templater-obsidian/data.json").get("templates_folder"),
    ]
    daily = _json(root, "daily-notes.json")
    folder, name = daily.get("folder"), daily.get("format")
    return Settings(
        ignored=ignored,
        templates=tuple(_folder(text) for text in folders if isinstance(text, str) and _folder(text)),
        daily_folder=_folder(folder) if isinstance(folder, str) else "",
        daily_name=_date_pattern(name if isinstance(name, str) and name else "YYYY-MM-DD"),
    )


def _json(root: Path, name: str) -> dict[str, Any]:
    file = root / ".obsidian" / name
    try:
        if not file.resolve().is_relative_to(root.resolve()) or file.stat().st_size > _MAX_SETTINGS:
            return {}
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _folder(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip("/ ")


def _date_pattern(name: str) -> re.Pattern[str]:
    """The pattern of a name in moment.js' format (https://momentjs.com/docs/#/displaying/format)."""
    parts = []
    for quoted, token, other in _MOMENT.findall(name[:200]):
        if token:
            parts.append(_TOKENS.get(token) or _TOKENS_WORDS.get(token) or r"\d{1,3}")
        else:
            parts.append(re.escape(quoted or other))
    return re.compile("".join(parts))


def walk(root: Path) -> Iterator[File]:
    """Every file of a vault but hidden ones, folder by folder in the order of their names.

    Raises:
        SourceError: The vault cannot be listed, or holds more than a million files.
    """
    stack: list[tuple[Path, str, int]] = [(root, "", 0)]
    count = 0
    while stack:
        folder, prefix, depth = stack.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            if not prefix:
                raise SourceError("the vault cannot be listed", where=root, got=error) from None
            yield File(prefix.removesuffix("/"), folder, 0, ("unreadable", f"the folder cannot be listed: {error}"))
            continue
        for entry, name in _named(entries):
            count += 1
            if count > _MAX_FILES:
                raise SourceError("the vault holds too many files", where=root, expected=f"at most {_MAX_FILES}")
            path = prefix + (name or _shown(entry.name))
            if name is None:
                yield File(path, folder / entry.name, 0, _unusable(entry.name))
            elif not entry.is_dir(follow_symlinks=False):
                yield _file(entry, path, folder / entry.name)
            elif depth < _MAX_DEPTH:
                stack.append((folder / entry.name, path + "/", depth + 1))
            else:
                yield File(path, folder / entry.name, 0, ("too-deep", f"more than {_MAX_DEPTH} folders in folders"))


def _named(entries: list[os.DirEntry[str]]) -> Iterator[tuple[os.DirEntry[str], str | None]]:
    """The entries of a folder that are not hidden, with the name that the vault knows them by, None if it has none.

    A vault's names are in Unicode form C. Of two names that are the same then, one is the file: the one that is
    written in form C, else the first.
    """
    chosen: dict[str, str] = {}
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.name)
        if name not in chosen or entry.name == name:
            chosen[name] = entry.name
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.name)
        if not name.startswith("."):
            usable = chosen[name] == entry.name and _is_text(name)
            yield entry, name if usable else None


def _is_text(name: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


def _unusable(name: str) -> tuple[str, str]:
    if _is_text(name):
        return "same-name", "another file's name is the same in another Unicode form"
    return "unsafe-path", "the name holds a control character or is not UTF-8"


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def place_in(root: Path, path: str) -> Path:
    """Where the file with a path in the vault lies: names on the disk may be in another Unicode form.

    Raises:
        FileNotFoundError: There is none.
    """
    place = root
    for name in path.split("/"):
        if not os.path.lexists(place / name):
            entries = sorted((entry.name for entry in place.iterdir()), key=os.fsencode)
            found = next((entry for entry in entries if unicodedata.normalize("NFC", entry) == name), None)
            if found is None:
                raise FileNotFoundError(f"the vault has no {path} any more")
            place /= found
        else:
            place /= name
    return place


def _file(entry: os.DirEntry[str], path: str, place: Path) -> File:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return File(path, place, 0, ("unreadable", str(error)))
    if stat.S_ISLNK(found.st_mode):
        return File(path, place, 0, ("symlink", "symbolic links are recorded, never followed"))
    if not stat.S_ISREG(found.st_mode):
        return File(path, place, 0, ("not-a-file", "a pipe, a socket or a device"))
    return File(path, place, found.st_size)
