"""Grammars, loaded when they are first needed and once a process.

Node kinds are compared as numbers, resolved here from the names in the table. A kind that the installed
grammar does not have is an error on loading, not a file without definitions: grammars do rename their nodes,
and an extractor that goes on then returns almost nothing and says nothing (CodeSearchNet's, on a newer
grammar, found 59 of 891 functions).
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Final

from corpus.code.comments import Run
from corpus.code.language import Docs, Docstrings, Finder, Heading, Kind, Language, Mark, Namer, Scoper
from corpus.code.languages import row_of
from corpus.code.parts import parts
from corpus.errors import ConfigError

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Grammar", "GrammarKind", "load", "parses", "version"]

_EXTRACTOR: Final = 9  # raised with every change to what `definitions` returns: it is part of a cache's key


@dataclass(frozen=True, slots=True)
class GrammarKind:
    """A `Kind` with the numbers of its fields.

    Attributes:
        category: Of the definition.
        namer: Finds category and name, where that is not a field's text.
        name: Number of the field that holds the name.
        body: Numbers of the fields that lead to the body.
        bodies: Kinds of the body, where no field leads to it.
        bodied: Without a body it is no definition.
        whole: Without a body it is not trivial.
        lasting: It counts only outside of functions.
        deep: The body is not among the node's own children.
        finder: Finds the body, where no field leads to it.
        heading: Finds the end of the header, where the body does not tell.
        scope: The names in it are qualified by its own.
        noun: What people call it, where its category does not say so.
    """

    category: str
    namer: Namer | None
    name: int
    body: tuple[int, ...]
    bodies: frozenset[int]
    bodied: bool
    whole: bool
    lasting: bool
    deep: bool
    finder: Finder | None
    heading: Heading | None
    scope: bool
    noun: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's row, with its parser and the numbers of its node kinds.

    The parser is reused: it takes nothing from one file to the next, as every parse here runs to its end. `direct` is a
    language in which every definition has a keyword, and its body, if any, among its children.
    """

    row: Language
    parser: tree_sitter.Parser
    keywords: Sequence[re.Pattern[bytes]]
    callables: Sequence[re.Pattern[bytes]]
    opaque: frozenset[int] | None
    definitions: Mapping[int, GrammarKind]
    scopes: Mapping[int, Scoper]
    wrappers: Mapping[int, re.Pattern[bytes] | None]
    macros: Mapping[int, int]
    comments: frozenset[int]
    attributes: frozenset[int]
    documents: frozenset[int]
    before: frozenset[int]
    belonging: Mapping[int, re.Pattern[bytes]]
    carriers: frozenset[int]
    openers: frozenset[int]
    guards: frozenset[int]
    bare: frozenset[int]
    trailers: frozenset[int]
    file_heads: frozenset[int]
    statements: frozenset[int]
    literals: frozenset[int]
    brace: int | None
    run: Run | None
    marks: Sequence[Mark]
    direct: bool

    def places(self, source: bytes) -> list[int]:
        """Where documentation may begin in a source, in order; of no use where there are no `marks`."""
        style = self.row.documentation
        if isinstance(style, Docstrings):
            return list(style.places(source))
        found = [
            [match.start() for match in mark.pattern.finditer(source)] for mark in self.marks if mark.needed in source
        ]
        return sorted(itertools.chain(*found)) if len(found) > 1 else found[0] if found else []

    def silent(self, source: bytes, places: Sequence[int]) -> bool:
        """Whether it is plain without a parse that nothing in a source is documented.

        Args:
            source: The file.
            places: What `places` gives for it.
        """
        return bool(self.marks) and not places and not self._speaks_for_itself(source, places)

    def in_parts(self, source: bytes, places: Sequence[int]) -> tree_sitter.Node | None:
        """The root of a tree of all definitions with documentation; None where what has none cannot be left out.

        Nobody asks for what is not documented: tests, mostly. A file that documents itself is asked for as a whole.

        Args:
            source: The file.
            places: What `places` gives for it.
        """
        seams = self.row.seams
        if seams is None or not places or self._speaks_for_itself(source, places):
            return None
        found = parts(source, places, seams)
        if found == [(0, len(source))]:
            return None
        root = self._parse_parts(source, found)
        return None if root.has_error or any(_reaches_over(root, end) for _, end in found[:-1]) else root

    def _parse_parts(self, source: bytes, places: Iterable[tuple[int, int]]) -> tree_sitter.Node:
        """The root of a tree of some parts of a source, in order and of whole lines, as if there were nothing else."""
        from tree_sitter import Point, Range

        ranges, row, seen = [], 0, 0
        for start, end in places:
            first = row + source.count(b"\n", seen, start)
            row, seen = first + source.count(b"\n", start, end), end
            ranges.append(Range(Point(first, 0), Point(row, end - 1 - source.rfind(b"\n", start, end)), start, end))
        return self.parse_ranges(source, ranges)

    def parse_ranges(self, source: bytes, ranges: list[tree_sitter.Range]) -> tree_sitter.Node:
        """The root of a tree of what lies in some ranges of a source, in order."""
        self.parser.included_ranges = ranges
        try:
            return self.parser.parse(source).root_node
        finally:
            self.parser.included_ranges = []

    def _speaks_for_itself(self, source: bytes, places: Sequence[int]) -> bool:
        """Whether a file may have documentation of its own."""
        style = self.row.documentation
        if isinstance(style, Docstrings):
            return style.silent.match(source) is None
        starts = (b"#!", *(marker.start for marker in style.markers if marker.inner))
        return any(source.startswith(starts, place) for place in places[:1])

    def parse(self, source: bytes) -> tree_sitter.Node:
        """The root of a source's tree."""
        rewriter = self.row.rewriter
        return self.parser.parse(source if rewriter is None else rewriter(source)).root_node


def _reaches_over(root: tree_sitter.Node, gap: int) -> bool:
    """Whether a node of a file holds what stands before a gap and what stands behind it."""
    cursor = root.walk()
    node = cursor.node if cursor.goto_first_child_for_byte(gap) is not None else None
    return node is not None and node.start_byte < gap


@cache
def load(language: str) -> Grammar:
    """The grammar of a language.

    Raises:
        ConfigError: No row has the name, or the installed grammar lacks a node that the row names.
    """
    import tree_sitter

    row = row_of(language)
    module = importlib.import_module(row.module)
    names = _Names(tree_sitter.Language(getattr(module, row.entry)()), row)
    style = row.documentation
    strings = style if isinstance(style, Docstrings) else None
    definitions = {names.kind(name): names.definition(kind) for name, kind in row.definitions.items()}
    return Grammar(
        row=row,
        parser=tree_sitter.Parser(names.language),
        keywords=_searched(row.keywords),
        callables=_searched(row.callables or row.keywords),
        opaque=None if row.opaque is None else names.kinds(row.opaque),
        definitions=definitions,
        scopes={names.kind(name): scoper for name, scoper in row.scopes.items()},
        wrappers={names.kind(name): pattern for name, pattern in row.wrappers.items()},
        macros={names.kind(name): names.kind(inside) for name, inside in row.macros.items()},
        comments=names.kinds(row.comments),
        attributes=names.kinds(row.attributes),
        documents=names.kinds(row.documents),
        before=names.kinds((*row.comments, *row.attributes, *row.documents)),
        belonging={names.kind(name): pattern for name, pattern in row.belonging.items()},
        carriers=names.kinds(row.carriers),
        openers=names.kinds((*row.comments, *row.openers, *row.documents)),
        guards=names.kinds(row.guards),
        bare=names.kinds(row.bare),
        trailers=names.kinds(row.trailers),
        file_heads=names.kinds(style.file_heads if isinstance(style, Docs) else ()),
        statements=names.kinds((strings.statement,) if strings else ()),
        literals=names.kinds(strings.literals if strings else ()),
        brace=names.language.id_for_node_kind("{", False),
        run=Run.of(style) if isinstance(style, Docs) else None,
        marks=() if row.clauses or row.carriers or row.belonging or row.bare else style.marks(),
        direct=row.opaque is None and not any(kind.deep or kind.finder for kind in definitions.values()),
    )


def _searched(words: Iterable[str]) -> list[re.Pattern[bytes]]:
    """One pattern for each: a literal that a pattern begins with is searched for twice as fast."""
    return [re.compile(re.escape(word.encode()) + (rb"\b" if word[-1].isalnum() else b"")) for word in words]


@cache
def version(language: str) -> str:
    """What the result of `definitions` depends on besides its arguments; part of the key of a cache.

    Example:
        >>> version("python")  # doctest: +SKIP
        'code-1 tree-sitter-0.26.1 tree-sitter-python-0.25.0'
    """
    row = row_of(language)
    siblings = (row_of(row.sibling[0]).distribution,) if row.sibling is not None else ()
    packages = ("tree-sitter", row.distribution, *siblings)
    return " ".join([f"code-{_EXTRACTOR}", *(f"{package}-{installed(package)}" for package in packages)])


def parses(code: str, language: str) -> bool:
    """Whether a snippet is well formed by itself: a file, a definition, or a method out of its class.

    Args:
        code: As `Definition.code` gives it.
        language: A name in `LANGUAGES`.
    """
    grammar = load(language)
    for before, after in grammar.row.contexts:
        try:
            source = f"{before}{code}{after}".encode()
        except UnicodeEncodeError:  # a lone surrogate is in no source file
            return False
        if not grammar.parse(source).has_error:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Names:
    """A grammar's numbers by name."""

    language: tree_sitter.Language
    row: Language

    def definition(self, kind: Kind) -> GrammarKind:
        namer, name = (None, self.field(kind.name)) if isinstance(kind.name, str) else (kind.name, 0)
        finder, fields = (None, kind.body) if isinstance(kind.body, tuple) else (kind.body, ())
        body = () if kind.bodies else tuple(self.field(part) for part in fields)
        return GrammarKind(
            category=kind.category,
            namer=namer,
            name=name,
            body=body,
            bodies=self.kinds(kind.bodies),
            bodied=kind.bodied,
            whole=kind.whole,
            lasting=kind.lasting,
            deep=len(body) > 1,
            finder=finder,
            heading=kind.heading,
            scope=kind.scope,
            noun=kind.noun,
        )

    def kind(self, name: str) -> int:
        named = self.language.id_for_node_kind(name, True)
        return self._known(named or self.language.id_for_node_kind(name, False), name)

    def kinds(self, names: Iterable[str]) -> frozenset[int]:
        return frozenset(self.kind(name) for name in names)

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
