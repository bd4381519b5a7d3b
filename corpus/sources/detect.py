"""What a path is: `corpus.build("~/src/ripgrep")` says where, and this says what."""

from __future__ import annotations

import re
from itertools import pairwise
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from corpus.entry import KINDS
from corpus.errors import ConfigError, CorpusError, SourceError
from corpus.guess import near_path
from corpus.notes.vault import is_vault
from corpus.places import place_of
from corpus.sources.base import Source
from corpus.sources.git import GitRepo
from corpus.sources.matrix import MatrixExport, is_matrix_export
from corpus.sources.obsidian import ObsidianVault
from corpus.sources.opening import is_repository
from corpus.sources.signal import SignalDesktop, SignalExport, is_desktop, is_signal_export
from corpus.validation import is_known_or_own

__all__ = ["relocate", "resolve_sources", "source_of"]

_REMOTE: Final = re.compile(r"[\w.-]+@[\w.-]+:")  # git@github.com:psf/requests.git
_TABLES: Final = {".csv", ".jsonl", ".parquet", ".tsv"}


def source_of(source: Source | str | PathLike[str]) -> Source:
    """The source that a path leads to; a `Source` is returned as it is.

    A folder with `.obsidian` is a vault, also where git keeps its history: what its owner opens in Obsidian are notes.
    `corpus.GitRepo(path)` reads the code in it.

    Raises:
        SourceError: There is nothing at the path, or nothing that this library reads.
    """
    if isinstance(source, Source):
        return source
    if not isinstance(source, str | PathLike):
        raise ConfigError("this is not a source", expected="a path or a corpus.Source", got=type(source).__name__)
    path = place_of(source)
    if not path.exists():
        near = near_path(path) or "check the spelling"
        hint = "a repository is copied first: corpus clone URL" if _REMOTE.match(fspath(source)) else near
        raise SourceError("there is nothing at this path", where=fspath(source), hint=hint)
    if is_vault(path):
        return ObsidianVault(path)
    if is_repository(path):
        return GitRepo(path)
    if is_signal_export(path):
        return SignalExport(path)
    if is_desktop(path):
        return SignalDesktop(path)
    if is_matrix_export(path):
        return MatrixExport(path)
    if path.suffix == ".backup" and path.is_file():
        raise SourceError("a backup of Signal needs its passphrase", where=path, hint="corpus.SignalBackup(path, …)")
    raise SourceError(
        "this is not a source that can be read",
        where=path,
        expected="a git repository (.git, or bare), an Obsidian vault (.obsidian), or an export of Signal or Matrix",
        got=_what_is_at(path),
        hint=_what_to_do(path),
    )


def _what_to_do(path: Path) -> str:
    """What makes a source of what is none."""
    if path.suffix.lower() in _TABLES:
        return "rows that are there already are read in Python: corpus.from_pandas; corpus falsify judges Parquet"
    if not path.is_dir():
        return "name the folder of the repository or vault; corpus parse FILE shows what is seen in one file"
    return (
        "git init && git add . && git commit makes a folder of code a repository; "
        'corpus.ObsidianVault(path), or kind = "obsidian" in corpus.toml, reads any folder of Markdown'
    )


def _place(source: Source) -> object:
    """Where a source lies, for an error."""
    found = source.location()
    return found.get("path") or found.get("paths") or found


def _what_is_at(path: Path) -> str:
    """What a path leads to that is no source, in the words of whoever gave it."""
    if not path.is_dir():
        return "a file"
    if (path / "manifest.json").is_file() and (path / "data").is_dir():
        return "a corpus, which is made of sources"
    return "a folder without .git and .obsidian" if any(path.iterdir()) else "an empty folder"


def resolve_sources(sources: tuple[Source | str | PathLike[str], ...]) -> list[Source]:
    """The sources behind the arguments, in the order of their kind and name.

    Raises:
        ConfigError: There is none, or two of them would have the same name in the corpus.
    """
    if not sources:
        raise ConfigError(
            "no source was given", expected="at least one repository or vault", hint="corpus build PATH --out DIR"
        )
    found = [source_of(source) for source in sources]
    for source in found:
        _check_names(source)
    found.sort(key=lambda s: (s.kind, s.name))
    for one, other in pairwise(found):
        if (one.kind, one.name) == (other.kind, other.name):
            raise ConfigError(
                "two sources have the same name, so their rows could not be told apart",
                where=f"{one.kind} source {one.name!r}",
                got=f"{_place(one)} and {_place(other)}",
                hint=f'give one a name of its own: corpus.{type(one).__name__}(path, name="…")',
            )
    return found


def _check_names(source: Source) -> None:
    """Refuse a source of one's own whose kind or name no row could hold, before anything is read."""
    for what, expected, good in (
        (
            "kind",
            f"{' | '.join(KINDS)}, or a name of your own that starts with x-",
            is_known_or_own(source.kind, KINDS),
        ),
        ("name", "text that is not empty", isinstance(source.name, str) and source.name.isprintable() and source.name),
    ):
        if not good:
            raise ConfigError(
                f"a source has no {what} that can be used",
                where=type(source).__qualname__,
                expected=expected,
                got=ascii(getattr(source, what)),
            )


def relocate(locations: object) -> list[Source]:
    """The sources of a corpus on disk that still lie where they lay when it was built; others are left out."""
    found: list[Source] = []
    for location in locations if isinstance(locations, list) else []:
        if not isinstance(location, dict):
            continue
        try:
            source = _relocated(dict(location))
        except (CorpusError, OSError, TypeError, ValueError):
            continue  # it is gone, or somebody has changed the file that says where it lay
        if source is not None:
            found.append(source)
    return found


def _relocated(location: dict[str, Any]) -> Source | None:
    """The source that a location describes; None where it needs what is not kept, such as a secret."""
    kind = location.pop("kind", None)
    openers: dict[object, Any] = {GitRepo.kind: GitRepo, ObsidianVault.kind: ObsidianVault}
    if kind in openers and "path" in location:
        opened: Source = openers[kind](location.pop("path"), **location)
        return opened
    if kind == SignalDesktop.kind and "desktop" in location:
        return SignalDesktop(location.pop("desktop"), **location)
    makers: dict[object, Any] = {SignalExport.kind: SignalExport, MatrixExport.kind: MatrixExport}
    if kind in makers and location.get("paths"):
        made: Source = makers[kind](*location.pop("paths"), **location)
        return made
    return None
