"""Grammars, loaded when they are first needed and once a process.

Node kinds are compared as numbers, resolved here from the names in the table. A kind that the installed
grammar does not have is an error on loading, not a file without definitions: grammars do rename their nodes,
and an extractor that goes on then returns almost nothing and says nothing (CodeSearchNet's, on a newer
grammar, found 59 of 891 functions).
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Final

from corpus.code.languages import Docstrings, Language, row_of
from corpus.errors import ConfigError

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Grammar", "load", "parses", "version"]

_EXTRACTOR: Final = 1  # raised with every change to what `definitions` returns: it is part of a cache's key


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's row, with its parser and the numbers of its node kinds.

    The parser is reused: it takes nothing from one file to the next, as every parse here runs to its end.
    """

    row: Language
    parser: tree_sitter.Parser
    keywords: Sequence[re.Pattern[bytes]]
    definitions: Mapping[int, str]
    bodied: frozenset[int]
    scopes: Mapping[int, tuple[int, int]]
    wrappers: Mapping[int, int]
    comments: frozenset[int]
    before: frozenset[int]
    openers: frozenset[int]
    terminators: frozenset[int]
    statements: frozenset[int]
    literals: frozenset[int]
    name: int
    body: int


@cache
def load(language: str) -> Grammar:
    """The grammar of a language.

    Raises:
        ConfigError: No row has the name, or the installed grammar lacks a node that the row names.
    """
    import tree_sitter

    row = row_of(language)
    names = _Names(tree_sitter.Language(getattr(importlib.import_module(row.module), row.entry)()), row)
    style = row.documentation
    return Grammar(
        row=row,
        parser=tree_sitter.Parser(names.language),
        # One pattern for each: a literal that a pattern begins with is searched for twice as fast.
        keywords=[re.compile(re.escape(word.encode()) + rb"\b") for word in row.keywords],
        definitions={names.kind(kind): category for kind, category in row.definitions.items()},
        bodied=names.kinds(row.bodied),
        scopes={
            names.kind(kind): (names.field(of_type), names.field(of_trait))
            for kind, (of_type, of_trait) in row.scopes.items()
        },
        wrappers={names.kind(kind): names.field(field) for kind, field in row.wrappers.items()},
        comments=names.kinds(row.comments),
        before=names.kinds((*row.comments, *row.attributes)),
        openers=names.kinds((*row.comments, *row.openers)),
        terminators=names.kinds(row.terminators, named=False),
        statements=names.kinds([style.statement] if isinstance(style, Docstrings) else []),
        literals=names.kinds(style.literals if isinstance(style, Docstrings) else []),
        name=names.field("name"),
        body=names.field("body"),
    )


@cache
def version(language: str) -> str:
    """What the result of `definitions` depends on besides its arguments; part of the key of a cache.

    Example:
        >>> version("python")  # doctest: +SKIP
        'code-1 tree-sitter-0.26.1 tree-sitter-python-0.25.0'
    """
    packages = ("tree-sitter", row_of(language).distribution)
    return " ".join([f"code-{_EXTRACTOR}", *(f"{package}-{installed(package)}" for package in packages)])


def parses(code: str, language: str) -> bool:
    """Whether a snippet is well formed by itself: a file, a definition, or a method out of its class.

    Args:
        code: As `Definition.code` gives it.
        language: A name in `LANGUAGES`.
    """
    try:
        source = code.encode()
    except UnicodeEncodeError:  # a lone surrogate is in no source file
        return False
    return not load(language).parser.parse(source).root_node.has_error


@dataclass(frozen=True, slots=True)
class _Names:
    """A grammar's numbers by name."""

    language: tree_sitter.Language
    row: Language

    def kind(self, name: str, *, named: bool = True) -> int:
        return self._known(self.language.id_for_node_kind(name, named), name)

    def kinds(self, names: Iterable[str], *, named: bool = True) -> frozenset[int]:
        return frozenset(self.kind(name, named=named) for name in names)

    def field(self, name: str) -> int:
        return self._known(self.language.field_id_for_name(name), name)

    def _known(self, number: int | None, name: str) -> int:
        if number is None:
            raise ConfigError(
                "the installed grammar does not fit this library",
                where=f"{self.row.distribution} {installed(self.row.distribution)}",
                expected=f"a node or field called {name!r}",
                hint="install the versions that constraints.txt names",
            )
        return number
