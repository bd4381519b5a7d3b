"""A person's code, notes and conversations become a training corpus that can be trusted.

    import corpus, falsify

    c = corpus.extract("~/src/ripgrep")
    c = c.normalize().score().filter().deduplicate().split()
    report = falsify.falsify(c)
    c.write("my-corpus", report=report)

    c = corpus.build("~/src/ripgrep", out="my-corpus")    # the same, in one resumable call

Importing this package takes a fraction of a second; what is heavy is imported where it is used.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from corpus.lazy import lazy
from corpus.versions import library_version

if TYPE_CHECKING:
    from corpus.corpus import Corpus, from_arrow, from_pandas, load
    from corpus.difference import diff
    from corpus.entry import Entry, Message, Origin
    from corpus.errors import (
        BuildError,
        ConfigError,
        CorpusError,
        IntegrityError,
        MissingExtraError,
        PublishError,
        SchemaError,
        SourceError,
    )
    from corpus.graph import Graph
    from corpus.hub import Publication, publish
    from corpus.parsed import parse
    from corpus.pipeline import build, extract
    from corpus.presets import PRESETS, Preset
    from corpus.privacy.auditing import audit
    from corpus.privacy.forgetting import forget
    from corpus.privacy.publishing import obstacles
    from corpus.review.face import review
    from corpus.sources import (
        GitRepo,
        Joined,
        JoinedSource,
        MatrixExport,
        ObsidianVault,
        SignalBackup,
        SignalDesktop,
        SignalExport,
        Skip,
        SkipUnit,
        Source,
        Unit,
    )
    from corpus.workers import Limits

__all__ = [
    "PRESETS",
    "BuildError",
    "ConfigError",
    "Corpus",
    "CorpusError",
    "Entry",
    "GitRepo",
    "Graph",
    "IntegrityError",
    "Joined",
    "JoinedSource",
    "Limits",
    "MatrixExport",
    "Message",
    "MissingExtraError",
    "ObsidianVault",
    "Origin",
    "Preset",
    "Publication",
    "PublishError",
    "SchemaError",
    "SignalBackup",
    "SignalDesktop",
    "SignalExport",
    "Skip",
    "SkipUnit",
    "Source",
    "SourceError",
    "Unit",
    "audit",
    "build",
    "diff",
    "extract",
    "forget",
    "from_arrow",
    "from_pandas",
    "load",
    "obstacles",
    "parse",
    "publish",
    "review",
]

__version__ = library_version()

_PLACES: Final = {
    "corpus.corpus": ("Corpus", "from_arrow", "from_pandas", "load"),
    "corpus.difference": ("diff",),
    "corpus.entry": ("Entry", "Message", "Origin"),
    "corpus.errors": (
        "BuildError",
        "ConfigError",
        "CorpusError",
        "IntegrityError",
        "MissingExtraError",
        "PublishError",
        "SchemaError",
        "SourceError",
    ),
    "corpus.graph": ("Graph",),
    "corpus.hub": ("Publication", "publish"),
    "corpus.parsed": ("parse",),
    "corpus.pipeline": ("build", "extract"),
    "corpus.privacy.auditing": ("audit",),
    "corpus.privacy.forgetting": ("forget",),
    "corpus.privacy.publishing": ("obstacles",),
    "corpus.presets": ("PRESETS", "Preset"),
    "corpus.sources": (
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
    ),
    "corpus.workers": ("Limits",),
}


def __getattr__(name: str) -> Any:
    public = any(name in names for names in _PLACES.values())
    return lazy(__name__, _PLACES, name) if public else _module(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _module(name: str) -> ModuleType:
    """A module of this package: `corpus.sources` needs no import of its own."""
    try:
        if name.startswith("_"):
            raise ModuleNotFoundError(name=f"{__name__}.{name}")
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
