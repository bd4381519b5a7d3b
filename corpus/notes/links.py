"""Which file a link means, by Obsidian's rules.

1. A file of exactly that path from the vault's root.
2. Else a file of that path from the linking note's own folder.
3. Else the file whose path ends so; of several the one with the shortest path, of equally short ones the first in
   alphabetical order, and the link is called ambiguous.

`/x` is the root's only, `./x` and `../x` are relative to the note. Letters of either case and either Unicode form are
the same; the ending `.md` may be left out, no other. Aliases never resolve a link. Folders above the note's own
count for nothing. Observed on Obsidian 1.13 by others: github.com/pvliesdonk/markdown-vault-mcp, issues 1350 and 1358.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath

__all__ = ["Found", "Resolver", "fold"]


@dataclass(frozen=True, slots=True)
class Found:
    """The file that a link means.

    Attributes:
        path: Its path, or None where there is none.
        ambiguous: Whether another one would have done as well.
    """

    path: str | None
    ambiguous: bool = False


_NOTHING = Found(None)


def fold(text: str) -> str:
    """A name as links compare it: in Unicode form C and lower case."""
    return unicodedata.normalize("NFC", text).lower()


@dataclass(slots=True)
class Resolver:
    """Resolves links in a vault.

    Args:
        paths: All files of the vault, with `/`.
    """

    paths: Iterable[str]
    _exact: dict[str, list[str]] = field(default_factory=dict)
    _by_name: dict[str, list[str]] = field(default_factory=dict)
    _known: dict[str, Found] = field(default_factory=dict)
    _resolved: dict[tuple[str, str], Found] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in sorted(self.paths):
            folded = fold(path)
            self._exact.setdefault(folded, []).append(path)
            self._by_name.setdefault(folded.rsplit("/", 1)[-1], []).append(path)

    def resolve(self, target: str, source: str) -> Found:
        """The file that a link's target means in a note.

        Args:
            target: What stands before the `#`, percent signs decoded; empty for the note itself.
            source: Path of the note that links.
        """
        if not target:
            return Found(source)
        key = (dirname(source), target)
        found = self._resolved.get(key)
        if found is None:
            name = unicodedata.normalize("NFC", target).strip()
            found = self._resolve(name, key[0])
            if found.path is None:
                found = self._resolve(name + ".md", key[0])
            self._resolved[key] = found
        return found

    def _resolve(self, target: str, folder: str) -> Found:
        if target.startswith("/"):
            return self._at(target.lstrip("/"))
        if target.startswith(("./", "../")):
            place = normpath(join(folder, target))
            return _NOTHING if place.startswith("../") else self._at(place)
        exact = self._at(target)
        if exact.path is not None:
            return exact
        own = self._at(join(folder, target)) if folder else _NOTHING
        return own if own.path is not None else self._anywhere(target)

    def _at(self, path: str) -> Found:
        """The file at a path. Where names differ by case alone, the one that is written so."""
        found = self._exact.get(fold(path))
        if not found:
            return _NOTHING
        if path in found or len(found) == 1:
            return Found(path if path in found else found[0])
        return Found(found[0], ambiguous=True)

    def _anywhere(self, target: str) -> Found:
        key = fold(target)
        if key not in self._known:
            ending = "/" + key
            named = self._by_name.get(key.rsplit("/", 1)[-1], ())
            fitting = [path for path in named if fold(path).endswith(ending)] if "/" in key else list(named)
            fitting.sort(key=lambda path: (len(path), path))
            tie = len(fitting) > 1 and len(fitting[0]) == len(fitting[1])
            self._known[key] = Found(fitting[0], tie) if fitting else _NOTHING
        return self._known[key]
