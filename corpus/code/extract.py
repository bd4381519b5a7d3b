"""From the bytes of a file to its definitions: what `corpus.code.walk` finds, with documentation, code and lines.

Nothing is split into lines: rows come from the grammar and texts are slices of the bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from corpus.code import layout
from corpus.code.comments import above, begins_line, comment_removals, comment_text, fragment_of, without_stars
from corpus.code.docstrings import docstring_cut, docstring_text
from corpus.code.grammar import Grammar, load
from corpus.code.language import Docs, Fragment
from corpus.code.walk import Site, merged, sites_of

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Definition", "definitions"]

# From this many bytes on, the code of a type or a module is shown as an outline.
_LONG: Final = 2_000

_MAY_OPEN_DOCSTRING: Final = frozenset(b"\"'rRuUbBfF(#\\ \t\f\n")


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, type, constant, macro or module as it stands in a file.

    Attributes:
        category: `function` (methods too), `type`, `constant`, `macro` or `module`, as in
            `corpus.entry.CATEGORIES`.
        symbol: Qualified name in the way of the language: `Class.method`, `module::Type::method`,
            `<Type as Trait>::method`; empty for the file itself. Twins (overloads, `#[cfg]`) share one.
        signature: The header as written, with decorators and attributes, without what ends it; empty for a file
            and a module.
        doc: The documentation as clean text; empty where there is none.
        code: The definition without its own documentation, moved to the left margin. Decorators, attributes
            and the documentation of what it contains stay.
        line_start: First line of the whole definition, with decorators, attributes and documentation; 1-based.
        line_end: Its last line, inclusive.
        has_error: The grammar could not read a part of it.
        trivial: There is nothing to implement: no body, or one that says so (`pass`, `todo!()`). Never so for
            a module, a constant or a macro.
        outline: For a long type or module its code with the bodies of its functions left out; else empty.
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
    outline: str = ""

    @property
    def documented(self) -> bool:
        """Whether there is any documentation."""
        return self.doc != ""


@dataclass(slots=True)
class _Documentation:
    """What documents a definition, and how its code looks without."""

    text: str = ""
    removals: list[tuple[int, int, bytes]] = field(default_factory=list)
    first: tree_sitter.Node | None = None


def definitions(source: bytes, language: str, *, documented: bool = False) -> list[Definition]:
    r"""The definitions of a file in order of position; the file itself comes first.

    The time it takes is proportional to the source. What the grammar cannot read is walked as well, and what
    is found there says so (`has_error`).

    Args:
        source: The file, in UTF-8 (the caller has checked that). A byte order mark and `\r\n` are understood;
            texts come out with `\n`.
        language: A name in `corpus.code.LANGUAGES`.
        documented: Leave out those without documentation; a third of the time goes into them.

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
    walked = sites_of(source, root, grammar, documented=documented)
    if grammar.row.clauses:
        walked = merged(source, walked, lambda site: _documentation(source, site, None, grammar).text != "")
    sites = list(walked)
    found = []
    of_file = _of_file(source, root, grammar)
    if of_file.text or not documented:
        found.append(_file(source, root, sites, of_file, grammar))
    for index, site in enumerate(sites):
        body = site.body()
        documentation = _documentation(source, site, body, grammar)
        if documentation.text or not documented:
            found.append(_definition(source, sites, index, body, documentation, grammar))
    return found


def _of_file(source: bytes, root: tree_sitter.Node, grammar: Grammar) -> _Documentation:
    """What documents the file itself."""
    style = grammar.row.documentation
    if not isinstance(style, Docs):
        return _in_docstring(source, root, grammar)
    fragments = list(_inside(source, root, grammar, style))
    found = _found(source, None, fragments or _at_top(source, root, grammar, style))
    if style.file_fields is not None:
        found.text = style.file_fields.sub("", found.text).strip()
    return found


def _at_top(source: bytes, root: tree_sitter.Node, grammar: Grammar, style: Docs) -> list[Fragment]:
    """Comments at the top of a file that say that they document it, or that stand above what names it."""
    if style.file_other is not None:
        return _first_comments(source, root, grammar, style)
    if style.file_tag is None and not grammar.file_heads:
        return []
    before: list[tree_sitter.Node] = []
    for node in _children(root):
        if node.kind_id in grammar.before:
            before.append(node)
            fragment = fragment_of(source, node, style)
            if fragment is not None and style.file_tag is not None and style.file_tag.search(fragment.text):
                return [fragment]
        elif node.kind_id in grammar.file_heads:
            return above(source, before, grammar.comments, style, node)[1]
        elif node.is_named and node.kind_id not in grammar.openers:
            break
    return []


def _first_comments(source: bytes, root: tree_sitter.Node, grammar: Grammar, style: Docs) -> list[Fragment]:
    """The first comments of a file, up to a blank line: those that say that they document it, else the first."""
    blocks: list[list[Fragment]] = []
    row, below = -2, -1
    for node in _children(root):
        below = node.start_point[0]
        if node.kind_id not in grammar.comments and node.kind_id not in grammar.openers:
            break
        fragment = fragment_of(source, node, style)
        if blocks and below <= row + 1 and node.kind_id in grammar.comments:
            blocks[-1].extend([fragment] if fragment is not None else [])
        else:
            blocks.append([fragment] if fragment is not None else [])
        row, below = layout.last_row(node), -1
    texts = [(block, comment_text(block)) for block in blocks]
    tagged = [block for block, text in texts if style.file_tag is not None and style.file_tag.search(text)]
    if tagged:
        return tagged[0]
    if texts and 0 <= below <= row + 1:  # of what stands below it
        texts.pop()
    return next(
        (block for block, text in texts if block and style.file_other and not style.file_other.search(text)), []
    )


def _file(
    source: bytes, root: tree_sitter.Node, sites: Sequence[Site], documentation: _Documentation, grammar: Grammar
) -> Definition:
    code = layout.cut(source, 0, len(source), documentation.removals)
    lines = source.count(b"\n") + (not source.endswith(b"\n"))
    outline = b""
    if documentation.text and len(code) > _LONG:
        outline = layout.cut(
            source, 0, len(source), _in_order(documentation.removals, _bodies(source, sites, root, grammar))
        )
    return Definition(
        category="module",
        symbol="",
        signature="",
        doc=documentation.text,
        code=layout.dedent(code, b""),
        line_start=1,
        line_end=lines,
        has_error=root.has_error,
        outline=layout.dedent(outline, b""),
    )


def _definition(
    source: bytes,
    sites: Sequence[Site],
    index: int,
    body: tree_sitter.Node | None,
    documentation: _Documentation,
    grammar: Grammar,
) -> Definition:
    site = sites[index]
    outer, category = site.outer, site.category
    first = documentation.first or outer
    start, end, (row, column) = first.start_byte, site.last.end_byte, first.start_point
    if documentation.removals and first.kind_id in grammar.comments and documentation.removals[0][0] > start:
        behind = documentation.removals[0][0]  # it begins in a comment that began otherwise
        start, row, column = behind, row + source.count(b"\n", start, behind), 0
    indent = layout.indentation(source, start - column)
    code = layout.cut(source, start, end, documentation.removals)
    outline = b""
    if documentation.text and len(code) > _LONG and category in {"type", "module"}:
        bodies = _bodies(source, sites[index + 1 :], site.last, grammar)
        outline = layout.cut(source, start, end, _in_order(documentation.removals, bodies))
    return Definition(
        category=category,
        symbol=site.symbol,
        signature="" if category == "module" else _signature(source, site, body, documentation, grammar),
        doc=documentation.text,
        code=layout.dedent(code, indent),
        line_start=row + 1,
        line_end=layout.last_row(site.last) + 1,
        has_error=outer.has_error or any(part.has_error for part in (*site.before, *site.more)),
        trivial=category in {"function", "type"} and _trivial(source, site, body, documentation, grammar),
        outline=layout.dedent(outline, indent),
    )


def _bodies(
    source: bytes, sites: Iterable[Site], within: tree_sitter.Node, grammar: Grammar
) -> Iterator[tuple[int, int, bytes]]:
    """The bodies of functions in a node, to be left out of its outline."""
    end, seen = within.end_byte, 0
    elided = grammar.row.elided
    own_line = elided.startswith(grammar.row.line_comment.encode())
    if not elided:
        return
    for site in sites:
        if site.node.start_byte >= end:
            return
        body = site.body() if site.category == "function" and site.node.start_byte >= seen else None
        if body is None:
            continue
        span = (body.start_byte, body.end_byte)
        if own_line:
            parts = list(_statements(body, grammar, site))
            if not parts or not begins_line(source, parts[0]):
                continue
            first, last = parts[0].start_byte, parts[-1].end_byte
            span = (first, first + len(source[first:last].rstrip()))  # some grammars count the line break
        seen = body.end_byte
        if span[1] - span[0] > len(elided):
            yield *span, elided


def _in_order(*cuts: Iterable[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    return sorted(itertools.chain(*cuts), key=lambda cut: (cut[0], -cut[1]))


def _signature(
    source: bytes, site: Site, body: tree_sitter.Node | None, documentation: _Documentation, grammar: Grammar
) -> str:
    """Decorators, attributes and header, without the body, comments in it and what ends it."""
    node, outer = site.node, site.outer
    first = documentation.first or outer
    attributes = [
        source[part.start_byte : part.end_byte].strip()
        for part in site.before
        if part.kind_id in grammar.attributes
        and first.start_byte <= part.start_byte < outer.start_byte
        and not any(start <= part.start_byte < end for start, end, _ in documentation.removals)
    ]
    start, body_start = node.start_byte, -1 if body is None else body.start_byte
    end, rest = start, b""
    heading = site.kind.heading
    behind_header = body or node.child_by_field_id(site.kind.body[0]) if site.kind.deep else None
    if heading is not None:
        end = heading(node)
    elif behind_header is not None:
        end = behind_header.start_byte
    else:
        behind = False
        for child in node.children:
            if child.kind_id in grammar.comments:
                continue
            if child.is_error or child.kind_id == grammar.brace:
                break
            if child.start_byte == body_start:
                behind = True
            elif behind:  # the bounds of `struct X<T>(T) where …;` stand there
                rest += b" " + source[child.start_byte : child.end_byte]
            else:
                end = child.end_byte
    comments = [
        (*layout.removal(source, part.start_byte, part.start_point[1], part.end_byte), b"")
        for part in site.before
        if outer.start_byte <= part.start_byte and part.kind_id in grammar.comments
    ]
    header = grammar.row.header_end.sub(b"", layout.cut(source, outer.start_byte, end, comments) + rest)
    indent = layout.indentation(source, outer.start_byte - outer.start_point[1])
    return layout.dedent(b"\n".join([*attributes, header]), indent)


def _trivial(
    source: bytes, site: Site, body: tree_sitter.Node | None, documentation: _Documentation, grammar: Grammar
) -> bool:
    """Whether there is nothing to implement. What is in another form than statements is for the pattern to judge."""
    if site.more or (body is not None and not body.child_count):
        return False
    statements = _statements(body, grammar, site)
    if not isinstance(grammar.row.documentation, Docs) and documentation.removals:
        next(statements, None)
    pattern = grammar.row.hollow
    return all(pattern.match(source, node.start_byte, node.end_byte) for node in statements)


def _documentation(source: bytes, site: Site, body: tree_sitter.Node | None, grammar: Grammar) -> _Documentation:
    style = grammar.row.documentation
    if not isinstance(style, Docs):
        return _in_docstring(source, body, grammar)
    first: tree_sitter.Node | None = None
    fragments: list[Fragment] = []
    if site.before:
        first, fragments = above(source, site.before, grammar.comments, style, site.outer, grammar.run)
    fragments = [*fragments, *_inside(source, body, grammar, style)]
    if not fragments and style.trailing is not None:
        match = style.trailing.match(source, site.last.end_byte) or style.trailing.match(source, site.node.end_byte)
        if match is not None:
            text = match["text"].decode()
            if style.continued:
                text = text.replace("\n" + style.continued.decode(), "\n")
            inside = match.end() <= site.last.end_byte  # between a signature and its clauses
            removals = [(*match.span(), b"")] if inside else []
            return _Documentation(comment_text([Fragment(0, 0, 0, False, "block", without_stars(text))]), removals)
    return _found(source, first, fragments)


def _found(source: bytes, first: tree_sitter.Node | None, fragments: list[Fragment]) -> _Documentation:
    if not fragments:
        return _Documentation(first=first)
    removals = [(start, end, b"") for start, end in comment_removals(source, fragments)]
    return _Documentation(comment_text(fragments), removals, first)


def _in_docstring(source: bytes, body: tree_sitter.Node | None, grammar: Grammar) -> _Documentation:
    if body is None or (source[body.start_byte : body.start_byte + 1] or b"x")[0] not in _MAY_OPEN_DOCSTRING:
        return _Documentation()
    opening = list(itertools.islice(_statements(body, grammar), 2))
    text = docstring_text(source, opening[0], grammar) if opening else None
    if text is None:
        return _Documentation()
    (start, end), filler = docstring_cut(source, opening, grammar.row.filler)
    return _Documentation(text, [(start, end, filler)])


def _inside(source: bytes, body: tree_sitter.Node | None, grammar: Grammar, style: Docs) -> Iterator[Fragment]:
    """The documentation that a body opens with."""
    if style.inside is None or body is None or not style.inside.match(source, body.start_byte):
        return
    for node in _children(body):
        kind = node.kind_id
        if kind in grammar.openers:
            reader = style.reader if kind in grammar.documents else None
            fragment = reader(source, node) if reader is not None else fragment_of(source, node, style)
            if fragment is not None and fragment.inner:
                yield fragment
        elif node.is_named:
            return


def _statements(
    body: tree_sitter.Node | None, grammar: Grammar, site: Site | None = None
) -> Iterator[tree_sitter.Node]:
    """What a body consists of; where it is the definition itself, what stands behind the header."""
    found = (node for node in _children(body) if node.is_named and node.kind_id not in grammar.comments)
    if site is None or site.kind.heading is None or body != site.node:
        return found
    end = site.kind.heading(site.node)
    return (node for node in found if node.start_byte >= end)


def _children(node: tree_sitter.Node | None) -> Iterator[tree_sitter.Node]:
    """A node's children, one by one: most questions are answered by the first."""
    cursor = node.walk() if node is not None else None
    going = cursor is not None and cursor.goto_first_child()
    while cursor is not None and going:
        if cursor.node is not None:
            yield cursor.node
        going = cursor.goto_next_sibling()
