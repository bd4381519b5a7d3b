"""Where entries come from: one module per kind of source.

A source lists its units cheaply (`Source.units`) and extracts one unit into entries (`Source.extract`) in a
disposable worker process. Git follows this protocol, and so does a source of your own: see docs/sources.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from corpus.lazy import lazy

if TYPE_CHECKING:
    from corpus.sources.base import Joined, JoinedSource, Skip, SkipUnit, Source, Unit
    from corpus.sources.detect import source_of
    from corpus.sources.git import GitRepo
    from corpus.sources.matrix import MatrixExport
    from corpus.sources.obsidian import ObsidianVault
    from corpus.sources.signal import SignalBackup, SignalDesktop, SignalExport

__all__ = [
    "GitRepo",
    "Joined",
    "JoinedSource",
    "MatrixExport",
    "ObsidianVault",
    "SignalBackup",
    "SignalDesktop",
    "SignalExport",
    "Skip",
    "SkipUnit",
    "Source",
    "Unit",
    "source_of",
]

_PLACES: Final = {
    "corpus.sources.base": ("Joined", "JoinedSource", "Skip", "SkipUnit", "Source", "Unit"),
    "corpus.sources.detect": ("source_of",),
    "corpus.sources.git": ("GitRepo",),
    "corpus.sources.matrix": ("MatrixExport",),
    "corpus.sources.obsidian": ("ObsidianVault",),
    "corpus.sources.signal": ("SignalBackup", "SignalDesktop", "SignalExport"),
}


def __getattr__(name: str) -> Any:
    return lazy(__name__, _PLACES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
