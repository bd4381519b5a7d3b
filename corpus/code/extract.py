"""From the bytes of a file to its definitions, in one walk over its syntax tree.

The walk is a loop with a stack of its own, since files nest deeper than Python recurses, and it reads only
subtrees in which a keyword of a definition occurs (see `corpus.code.languages`). It meets siblings in order,
so the comments and attributes that belong to a definition are at hand when it comes; asking a node for its
previous sibling costs a search from its parent. Nothing is split into lines: rows come from the grammar and
texts are slices of the bytes.

Definitions inside the arguments of a macro are not seen: a grammar has only tokens there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corpus.code import layout
from corpus.code.comments import Fragment, comment_removals, comment_text, fragment_of
from corpus.code.docstrings import docstring_cut, docstring_text
from corpus.code.grammar import Grammar, load
from corpus.code.languages import DocComments

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Definition", "definitions"]

# Definitions inside definitions, beyond which none is returned. Each holds the text of all that are in it, so
# without a limit 1 MB of `fn a(){fn a(){…` would become 60 GB. Code that people write stays below 10.
_MAX_DEPTH: Final = 32

_PATH: Final = re.compile(r"[\w#]+(?:::[\w#]+)*")


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, type or module as it stands in a file.

    Attributes:
        category: `function` (methods too), `type` or `module`, as in `corpus.entry.CATEGORIES`.
        symbol: Qualified name in the way of the language: `Class.method`, `module::Type::method`,
            `<Type as Trait>::method`; empty for the file itself. Twins (overloads, `#[cfg]`) share one.
        signature: The header as written, without decorators, attributes and what ends it; empty for a module.
        doc: The documentation as clean text; empty where there is none.
        code: The definition without its own documentation, moved to the left margin. Decorators, attributes
            and the documentation of what it contains stay.
        line_start: First line of the whole definition, with decorators, attributes and documentation; 1-based.
        line_end: Its last line, inclusive.
        has_error: The grammar could not read a part of it.
        trivial: There is nothing to implement: no body, or one that says so (`pass`, `todo!()`). Never so for
            a module.
    """

    category: str
    symbol: str
    signature: str
    doc: str
    code: str
    line_start: int
    line_end: int
    has_error: bool = False
    trivial: bool = False

    @property
    def documented(self) -> bool:
        """Whether there is any documentation."""
        return self.doc != ""


class _Site(NamedTuple):
    """Where a definition was found: its node, what stands around it and what stands before it."""

    category: str
    symbol: str
    node: tree_sitter.Node
    outer: tree_sitter.Node
    before: Sequence[tree_sitter.Node]


@dataclass(slots=True)
class _Frame:
    """The siblings that the walk is among."""

    nodes: Iterator[tree_sitter.Node]
    scope: str = ""
    depth: int = 0
    before: list[tree_sitter.Node] = field(default_factory=list)


@dataclass(slots=True)
class _Documentation:
    """What documents a definition, and how its code looks without."""

    text: str = ""
    removals: list[tuple[int, int]] = field(default_factory=list)
    filler: bytes = b""
    first: tree_sitter.Node | None = None
    hollow: bool = False


def definitions(source: bytes, language: str) -> list[Definition]:
    r"""Every definition of a file, documented or not, in order of position; the file itself comes first.

    The time it takes is proportional to the source. What the grammar cannot read is walked as well, and what
    is found there says so (`has_error`).

    Args:
        source: The file, in UTF-8 (the caller has checked that). A byte order mark and `\r\n` are understood;
            texts come out with `\n`.
        language: A name in `corpus.code.LANGUAGES`.

    Raises:
        ConfigError: There is no such language.
        UnicodeDecodeError: The source is not UTF-8.

    Example:
        >>> [d.symbol for d in definitions(b"class A:\n    def f(self): ...\n", "python")]
        ['', 'A', 'A.f']
    """
    grammar = load(language)
    source = layout.normalize(source)
    root = grammar.parser.parse(source).root_node
    found = [_file(source, root, grammar)]
    found.extend(_definition(source, site, grammar) for site in _sites(source, root, grammar))
    return found


def _sites(source: bytes, root: tree_sitter.Node, grammar: Grammar) -> Iterator[_Site]:
    """All definitions below the root, outer before inner, earlier before later."""
    positions = sorted(match.start() for word in grammar.keywords for match in word.finditer(source))
    keywords = itertools.chain(positions, itertools.repeat(len(source)))
    keyword = next(keywords)
    frames = [_Frame(iter(root.children))]
    while frames:
        frame = frames[-1]
        for node in frame.nodes:
            kind = node.kind_id
            if kind in grammar.before:
                frame.before.append(node)
                continue
            before, frame.before = frame.before, []
            if node.end_byte <= keyword:
                continue
            outer = node
            if kind in grammar.wrappers:
                node = node.child_by_field_id(grammar.wrappers[kind]) or node  # noqa: PLW2901 - the one inside
            while keyword < node.start_byte:
                keyword = next(keywords)
            if keyword >= node.end_byte or frame.depth >= _MAX_DEPTH:
                continue
            category, scope = _name(source, node, frame.scope, grammar)
            if category:
                yield _Site(category, scope, node, outer, before)
                keyword = next(keywords)  # its own
            if keyword < node.end_byte:
                frames.append(_Frame(iter(node.children), scope, frame.depth + (scope != frame.scope)))
                break
        else:
            frames.pop()


def _name(source: bytes, node: tree_sitter.Node, scope: str, grammar: Grammar) -> tuple[str, str]:
    """The category of a node, empty where it is no definition, and the scope of what is in it."""
    kind = node.kind_id
    category = grammar.definitions.get(kind, "")
    if category:
        name = node.child_by_field_id(grammar.name)
        if name is None or name.is_missing:
            return "", scope
        if kind in grammar.bodied and node.child_by_field_id(grammar.body) is None:
            return "", scope
        own = source[name.start_byte : name.end_byte].decode()
    elif kind in grammar.scopes:
        own = _implementation(source, node, *grammar.scopes[kind])
    else:
        return "", scope
    return category, f"{scope}{grammar.row.separator}{own}" if scope else own


def _implementation(source: bytes, node: tree_sitter.Node, of_type: int, of_trait: int) -> str:
    """What an `impl` block adds to the names in it: `Type`, `<Type as Trait>` or `<[T]>`."""
    names = []
    for part in (node.child_by_field_id(of_type), node.child_by_field_id(of_trait)):
        text = b"" if part is None else source[part.start_byte : part.end_byte]
        names.append(" ".join(text.decode().split()))
    own, trait = names
    if trait:
        return f"<{own} as {trait}>"
    path = own.partition("<")[0]
    return path if _PATH.fullmatch(path) else f"<{own}>"


def _file(source: bytes, root: tree_sitter.Node, grammar: Grammar) -> Definition:
    documentation = _documentation(source, root, (), grammar)
    code = layout.cut(source, 0, len(source), documentation.removals)
    lines = source.count(b"\n") + (not source.endswith(b"\n"))
    return Definition("module", "", "", documentation.text, layout.dedent(code, b""), 1, lines, root.has_error)


def _definition(source: bytes, site: _Site, grammar: Grammar) -> Definition:
    node, outer = site.node, site.outer
    body = node.child_by_field_id(grammar.body)
    documentation = _documentation(source, body, site.before, grammar)
    first = documentation.first or outer
    start, (row, column) = first.start_byte, first.start_point
    indent = layout.indentation(source, start - column)
    code = layout.cut(source, start, outer.end_byte, documentation.removals, documentation.filler)
    return Definition(
        category=site.category,
        symbol=site.symbol,
        signature="" if site.category == "module" else _signature(source, node, body, grammar),
        doc=documentation.text,
        code=layout.dedent(code, indent),
        line_start=row + 1,
        line_end=_last_row(outer) + 1,
        has_error=outer.has_error or any(part.has_error for part in site.before),
        trivial=site.category != "module" and documentation.hollow,
    )


def _last_row(node: tree_sitter.Node) -> int:
    row, column = node.end_point
    return row - (column == 0)  # a node that ends with a line break ends at the start of the next line


def _signature(source: bytes, node: tree_sitter.Node, body: tree_sitter.Node | None, grammar: Grammar) -> str:
    """All of a definition but its body, comments behind the header and the token that ends it."""
    start, body_start, behind = node.start_byte, -1 if body is None else body.start_byte, False
    end, rest = start, b""
    for child in node.children:
        kind = child.kind_id
        if kind in grammar.comments or kind in grammar.terminators:
            continue
        if child.is_error:
            break
        if child.start_byte == body_start:
            behind = True
        elif behind:  # the bounds of `struct X<T>(T) where …;` stand there
            rest += b" " + source[child.start_byte : child.end_byte]
        else:
            end = child.end_byte
    indent = layout.indentation(source, start - node.start_point[1])
    return layout.dedent(source[start:end] + rest, indent)


def _documentation(
    source: bytes, body: tree_sitter.Node | None, before: Sequence[tree_sitter.Node], grammar: Grammar
) -> _Documentation:
    if isinstance(grammar.row.documentation, DocComments):
        return _in_comments(source, body, before, grammar, grammar.row.documentation)
    return _in_docstring(source, body, grammar)


def _in_docstring(source: bytes, body: tree_sitter.Node | None, grammar: Grammar) -> _Documentation:
    statements = _statements(body, grammar)
    opening = list(itertools.islice(statements, 2))
    text = docstring_text(source, opening[0], grammar) if opening else None
    if text is None:
        return _Documentation(hollow=_hollow(source, itertools.chain(opening, statements), grammar))
    removed, filler = docstring_cut(source, opening, grammar.row.filler)
    hollow = _hollow(source, itertools.chain(opening[1:], statements), grammar)
    return _Documentation(text, [removed], filler, hollow=hollow)


def _in_comments(
    source: bytes,
    body: tree_sitter.Node | None,
    before: Sequence[tree_sitter.Node],
    grammar: Grammar,
    style: DocComments,
) -> _Documentation:
    first, outer = _above(source, before, grammar, style)
    fragments = [*outer, *_inside(source, body, grammar, style)]
    return _Documentation(
        text=comment_text(fragments) if fragments else "",
        removals=comment_removals(source, fragments) if fragments else [],
        first=first,
        hollow=_hollow(source, _statements(body, grammar), grammar),
    )


def _above(
    source: bytes, before: Sequence[tree_sitter.Node], grammar: Grammar, style: DocComments
) -> tuple[tree_sitter.Node | None, list[Fragment]]:
    """The first node above a definition that belongs to it, and the documentation from there on."""
    first: tree_sitter.Node | None = None
    fragments: list[Fragment] = []
    for node in before:
        fragment = fragment_of(source, node, style)
        if fragment is not None and fragment.inner:  # documents what both are in: nothing above is ours
            first, fragments = None, []
            continue
        if fragment is not None:
            fragments.append(fragment)
        if first is None and (fragment is not None or node.kind_id not in grammar.comments):
            first = node
    return first, fragments


def _inside(source: bytes, body: tree_sitter.Node | None, grammar: Grammar, style: DocComments) -> Iterator[Fragment]:
    """The documentation that a body opens with."""
    for node in _children(body):
        if node.kind_id in grammar.openers:
            fragment = fragment_of(source, node, style)
            if fragment is not None and fragment.inner:
                yield fragment
        elif node.is_named:
            return


def _hollow(source: bytes, statements: Iterator[tree_sitter.Node], grammar: Grammar) -> bool:
    pattern = grammar.row.hollow
    return all(pattern.match(source, node.start_byte, node.end_byte) for node in statements)


def _statements(body: tree_sitter.Node | None, grammar: Grammar) -> Iterator[tree_sitter.Node]:
    return (node for node in _children(body) if node.is_named and node.kind_id not in grammar.comments)


def _children(node: tree_sitter.Node | None) -> Iterator[tree_sitter.Node]:
    """A node's children, one by one: most questions are answered by the first."""
    cursor = node.walk() if node is not None else None
    going = cursor is not None and cursor.goto_first_child()
    while cursor is not None and going:
        if cursor.node is not None:
            yield cursor.node
        going = cursor.goto_next_sibling()
