"""The lines around a row, read from its source where that still lies where it lay.

The source is not redacted, and who reviews need not be who owns it. So the whole file goes through what redacted
the corpus before any line of it is shown; where that cannot be repeated, or moves the lines, nothing is shown and
the reason is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from corpus.errors import CorpusError
from corpus.sources.base import JoinedSource, SkipUnit, Source
from corpus.verify import Replay, original_places

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["Around", "Surroundings"]

_BESIDE: Final = 8  # lines before and after the row's own
_INSIDE: Final = 80  # of the row's own lines
_LARGEST: Final = 1 << 20
_HASHED: Final = re.compile(r"[a-z]-[a-z2-7]{12}(?![a-z2-7])")


@dataclass(frozen=True, slots=True)
class Around:
    """The lines around a row.

    Attributes:
        first: Number of the first line, 1-based.
        lines: The lines, without line feeds.
        start: First and `end` last of the row's own lines.
        end: See `start`.
        why: Why there are none, or what is to be known of them.
        head: The lines before the first, which say in what it begins: a string, a comment.
    """

    first: int = 0
    lines: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    why: str = ""
    head: tuple[str, ...] = ()


class Surroundings:
    """Reads the lines around rows of a corpus.

    Args:
        corpus: With its sources at hand, or else there are no lines.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._texts: dict[tuple[str, str, str, str | None], str | Around] = {}

    def of(self, row: Mapping[str, Any]) -> Around:
        """The lines around a row, or why there are none."""
        path, start, end = row["path"], row["line_start"], row["line_end"]
        if path is None or start is None or end is None:
            return Around(why="This row names no lines of a file.")
        key = (row["kind"], row["source"], path, row["commit"])
        if key not in self._texts:
            self._texts.clear()  # rows come in no order: one file is kept
            try:
                self._texts[key] = self._text(*key)
            except (CorpusError, OSError, SkipUnit) as error:
                self._texts[key] = Around(why=f"The source cannot be read: {self._shown(error)}.")
        text = self._texts[key]
        return text if isinstance(text, Around) else _window(text, start, end, versioned=row["commit"] is not None)

    def _text(self, kind: str, name: str, path: str, commit: str | None) -> str | Around:
        source = self._sources.get((kind, name))
        if source is None:
            return Around(why="The source does not lie where it lay when the corpus was built.")
        text = source.text_of(self._original(source, path, commit), commit)
        if text is None:
            return Around(why="A source of this kind has no lines around a row.")
        if len(text) > _LARGEST:
            return Around(why="The file is too large to be shown.")
        clean = self._replay.shown(text)
        if clean.count("\n") != text.count("\n"):
            return Around(why="Something was redacted over several lines of this file, so it is not shown.")
        return clean

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self._corpus.lineage, self._corpus.people, self._corpus.finders, self._corpus.secrets)

    @cached_property
    def _sources(self) -> dict[tuple[str, str], Source]:
        return {(one.kind, self._replay.name(one.name, loose=False)): one for one in self._corpus.sources}

    def _original(self, source: Source, path: str, commit: str | None) -> str:
        """The path in the source behind the one that a row names; only a redacted one is looked for."""
        if not _HASHED.search(path):
            return path
        places = original_places(source, [(path, None if isinstance(source, JoinedSource) else commit)], self._replay)
        return next((original for original, _ in places), path)

    def _shown(self, error: Exception) -> str:
        """What went wrong in one sentence that names no place of this machine."""
        if isinstance(error, CorpusError):
            return error.what
        if isinstance(error, SkipUnit):
            return error.reason
        return error.strerror or "no reason given" if isinstance(error, OSError) else str(error)


def _window(text: str, start: int, end: int, *, versioned: bool) -> Around:
    lines = text.split("\n")
    if end > len(lines):
        return Around(why="The file has fewer lines now than the row names.")
    first, last = max(1, start - _BESIDE), min(len(lines), end + _BESIDE)
    said = [] if versioned else ["The file as it is now."]
    if end - start + 1 > _INSIDE:
        last = start + _INSIDE - 1
        said.append(f"The row's own lines go on to {end}.")
    shown = [line.removesuffix("\r") for line in lines[:last]]
    return Around(first, tuple(shown[first - 1 :]), start, end, " ".join(said), tuple(shown[: first - 1]))
