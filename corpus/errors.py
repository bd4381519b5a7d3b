"""What can go wrong, for the person who reads it.

    CorpusError
    ├── SchemaError        a table is not a corpus: which column, which row
    ├── SourceError        a repository, vault or export cannot be read
    ├── ConfigError        an argument or a setting makes no sense
    ├── BuildError         a build cannot go on: locked, no disk, stopped
    ├── IntegrityError     what is on disk is not what the manifest says
    ├── PublishError       a corpus cannot be published, or the Hub refused
    └── MissingExtraError  an optional package is not installed (also an ImportError)

Each carries its facts as attributes, so a program can act on them, and prints them as
what, where, expected, got and what to do. The shell's face prints the same text and no traceback.
"""

from __future__ import annotations

__all__ = [
    "BuildError",
    "ConfigError",
    "CorpusError",
    "IntegrityError",
    "MissingExtraError",
    "PublishError",
    "SchemaError",
    "SourceError",
]


class CorpusError(Exception):
    """Base of every error that this library raises for a user's mistake or a broken input.

    Args:
        what: What is wrong, in one sentence.
        where: The file, line, column or source that it is about.
        expected: What would have been right.
        got: What was found instead.
        hint: What to do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        expected: object = None,
        got: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.got = got
        self.hint = hint

    def __str__(self) -> str:
        """What is wrong and what to do, in which no secret and no address stands, whatever the facts hold."""
        facts = [("where", self.where), ("expected", self.expected), ("got", self.got), ("to do", self.hint)]
        return _masked("\n".join([self.what, *(f"  {name}: {fact}" for name, fact in facts if fact is not None)]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_masked(self.what)!r})"


def _masked(text: str) -> str:
    from corpus.privacy.masking import masked  # which knows errors itself

    return masked(text)


class SchemaError(CorpusError):
    """A table does not follow the entry's schema.

    Args:
        what: What is wrong, in one sentence.
        column: The column it is about, or None when it is about the table.
        row: The 0-based row, or None when it is about the column.
        expected: What would have been right.
        got: What was found instead.
        hint: What to do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        column: str | None = None,
        row: int | None = None,
        expected: object = None,
        got: object = None,
        hint: str | None = None,
    ) -> None:
        parts = [f"column {column!r}"] * (column is not None) + [f"row {row}"] * (row is not None)
        super().__init__(what, where=", ".join(parts) or None, expected=expected, got=got, hint=hint)
        self.column = column
        self.row = row


class SourceError(CorpusError):
    """A source cannot be read at all; one unreadable unit of it is a named skip, not an error."""


class ConfigError(CorpusError):
    """An argument or a setting has a value that cannot be meant."""


class BuildError(CorpusError):
    """A build cannot begin or go on: another one holds the place, or the disk is full."""


class IntegrityError(CorpusError):
    """A corpus on disk is incomplete, or its bytes are not those that its manifest names."""


class PublishError(CorpusError):
    """A corpus must not be published as it is, or the Hub refused; what the Hub shows is as it was, or complete."""


class MissingExtraError(CorpusError, ImportError):
    """An optional package is needed for this step and is not installed.

    Args:
        package: The module that could not be imported.
        extra: The extra of this distribution that brings it.
        step: What needed it.
    """

    def __init__(self, package: str, *, extra: str, step: str) -> None:
        super().__init__(
            f"{step} needs the package {package!r}, which is not installed",
            hint=f'pip install "sovereign-corpus[{extra}]"',
        )
        self.package = package
        self.extra = extra
