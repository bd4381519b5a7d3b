"""A person's code, notes and conversations become a training corpus that can be trusted.

    import corpus, falsify

    c = corpus.extract("~/src/ripgrep")
    c = c.normalize().filter().score().deduplicate().split()
    report = falsify.falsify(c)
    c.write("my-corpus", report=report)

    c = corpus.build("~/src/ripgrep", out="my-corpus")    # the same, in one resumable call

Importing this package takes a fraction of a second; what is heavy is imported where it is used.
"""

from __future__ import annotations

from corpus.corpus import Corpus, from_arrow, from_pandas, load
from corpus.entry import Entry, Message, Origin
from corpus.errors import (
    BuildError,
    ConfigError,
    CorpusError,
    IntegrityError,
    MissingExtraError,
    SchemaError,
    SourceError,
)
from corpus.graph import Graph
from corpus.pipeline import build, extract
from corpus.presets import PRESETS, Preset
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
from corpus.versions import library_version
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
    "SchemaError",
    "SignalBackup",
    "SignalDesktop",
    "SignalExport",
    "Skip",
    "SkipUnit",
    "Source",
    "SourceError",
    "Unit",
    "build",
    "extract",
    "from_arrow",
    "from_pandas",
    "load",
]

__version__ = library_version()
