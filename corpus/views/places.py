"""Where a row comes from, as an address that a browser opens: the forge's page of that commit, or the file here.

A row of a repository names it as `host/owner/name`, which is all that a known forge needs; nothing is asked of it.
Another repository's file, and a note, is linked where it lies, if it still lies there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from corpus.entry import Entry
from corpus.sources.base import Source

__all__ = ["folders", "link", "place"]

# Each forge's own way to point at lines of a file in a commit.
_GITEA: Final = "https://{repo}/src/commit/{commit}/{path}#L{start}-L{end}"
_GITLAB: Final = "https://{repo}/-/blob/{commit}/{path}#L{start}-{end}"
_FORGES: Final[Mapping[str, str]] = {
    "github.com": "https://{repo}/blob/{commit}/{path}#L{start}-L{end}",
    "gitlab.com": _GITLAB,
    "salsa.debian.org": _GITLAB,
    "gitlab.gnome.org": _GITLAB,
    "invent.kde.org": _GITLAB,
    "codeberg.org": _GITEA,
    "gitea.com": _GITEA,
    "bitbucket.org": "https://{repo}/src/{commit}/{path}#lines-{start}:{end}",
    "git.sr.ht": "https://{repo}/tree/{commit}/item/{path}#L{start}-{end}",
}


def place(entry: Entry) -> str:
    """Source, path and lines, as a person reads them."""
    lines = "" if entry.line_start is None else f":{entry.line_start}"
    lines += f"-{entry.line_end}" if lines and entry.line_end not in {None, entry.line_start} else ""
    return " ".join(filter(None, (entry.source, f"{entry.path or ''}{lines}")))


def folders(sources: Iterable[Source]) -> dict[str, Path]:
    """The folders of the sources that have one, by their names in rows."""
    found = ((source.name, source.location().get("path")) for source in sources)
    return {name: Path(path) for name, path in found if path}


def link(entry: Entry, known: Mapping[str, Path] | None = None) -> str | None:
    """An address of the lines that a row comes from; None where there is none.

    Args:
        entry: The row. A path in which something was redacted has no address any more.
        known: Where sources lie on this machine, see `folders`.
    """
    if not entry.path or "<" in entry.path:
        return None
    forge = _FORGES.get(entry.source.partition("/")[0]) if entry.kind == "git" and entry.commit else None
    start, end = entry.line_start or 1, entry.line_end or entry.line_start or 1
    if forge is not None:
        return forge.format(
            repo=quote(entry.source, safe="/~"), commit=entry.commit, path=quote(entry.path), start=start, end=end
        )
    folder = (known or {}).get(entry.source)
    return None if folder is None else _file(folder, entry.path, start)


def _file(folder: Path, path: str, line: int) -> str | None:
    file = folder / path
    try:
        inside = file.is_file() and file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # too long a name, or a NUL in it
        return None
    return f"{file.resolve().as_uri()}#L{line}" if inside else None
