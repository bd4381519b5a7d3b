"""From the bytes of a file to its definitions: what `corpus.code.walk` finds, with documentation, code and lines.

Nothing is split into lines: rows come from the grammar and texts are slices of the bytes.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from corpus.code import layout
from corpus.code.comments import (
    above,
    begins_line,
    comment_removals,
    comment_text,
    documents_file,
    fragment_of,
    without_stars,
)
from corpus.code.docstrings import docstring_cut, docstring_text, plain_docstring
from corpus.code.grammar import Grammar, load
from corpus.code.language import Docs, Fragment
from corpus.code.walk import Macros, Site, bodies_of, documented_sites, merged, sites_of

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Definition", "definitions"]

# From this many bytes on, the code of a type or a module is shown as an outline.
_LONG: Final = 2_000

_ENDING: Final = 100  # bytes that may end a header

# Comments that say that they are documentation, where plain ones may be, too.
_MARKED: Final = re.compile(rb"/\*[*!]|//[/!]|---|--\[=*\[-")

# What comments begin with, by what the line comments of a language do.
_COMMENT_SIGNS: Final = {"#": (b"#",), "//": (b"//", b"/*")}

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
        noun: What people call it, where neither its category nor its signature says so; else empty.
        shared: A plain comment above several constants, of which only this one has any: it may speak of all.
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
    noun: str = ""
    shared: bool = False

    @property
    def documented(self) -> bool:
        """Whether there is any documentation."""
        return self.doc != ""


class _Filled:
    """A definition while it is filled: a frozen dataclass calls a function for each of its fields."""

    __slots__ = tuple(one.name for one in fields(Definition))


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
        documented: Leave out those without documentation; a third of the time goes into them. They are not even parsed
            where that can be told, and so not whether they could be.

    Raises:
        ConfigError: There is no such language.
        UnicodeDecodeError: The source is not UTF-8.

    Example:
        >>> [d.symbol for d in definitions(b"class A:\n    def f(self): ...\n", "python")]
        ['', 'A', 'A.f']
    """
    grammar = load(language)
    source = layout.normalize(source)
    places = grammar.places(source) if documented else []
    if documented and grammar.silent(source, places):
        return []  # of a fifth of the Rust that people write not even the parse is needed
    part = grammar.in_parts(source, places) if documented else None
    reader = _Reader(source, grammar.parse(source) if part is None else part, grammar)
    file = reader.file(documented=documented)
    if part is not None and file is not None:  # which is rare, and speaks of all that it holds
        reader = _Reader(source, grammar.parse(source), grammar)
        file = reader.file(documented=documented)
    if documented:
        walked = documented_sites(source, reader.root, grammar, places, reader.macros)
    else:
        walked = sites_of(source, reader.root, grammar, macros=reader.macros)
    found = [file]
    found.extend(reader.definition(site, documented=documented) for site in reader.sites(walked))
    return [definition for definition in found if definition is not None]


class _Reader:
    """Reads the definitions of one file.

    Args:
        source: The file.
        root: Its tree.
        grammar: Its language's.
    """

    def __init__(self, source: bytes, root: tree_sitter.Node, grammar: Grammar) -> None:
        self.source = source
        self.root = root
        self.grammar = grammar
        self.style = grammar.row.documentation
        self.broken = root.has_error
        self.macros = Macros(source, grammar)
        self._spans: list[tuple[int, int]] | None = None  # of all bodies, where the file was asked for them

    def sites(self, walked: Iterator[Site]) -> Iterator[Site]:
        """The sites of a walk, those of one definition as one."""
        if not self.grammar.row.clauses:
            return walked
        return merged(self.source, walked, lambda site: self._documentation(site, None).text != "")

    def file(self, *, documented: bool) -> Definition | None:
        """The file itself; None where it has no documentation and only what has is wanted."""
        documentation = self._of_file()
        if documented and not documentation.text:
            return None
        source, root = self.source, self.root
        code = layout.cut(source, 0, len(source), documentation.removals)
        outline = b""
        if documentation.text and len(code) > _LONG:
            outline = layout.cut(source, 0, len(source), _in_order(documentation.removals, self._bodies(root)))
        return Definition(
            category="module",
            symbol="",
            signature="",
            doc=documentation.text,
            code=layout.dedent(code, b""),
            line_start=1,
            line_end=source.count(b"\n") + (not source.endswith(b"\n")),
            has_error=self.broken,
            outline=layout.dedent(outline, b""),
        )

    def definition(self, site: Site, *, documented: bool) -> Definition | None:
        """What stands at a site; None where it has no documentation and only what has is wanted."""
        body = site.body()
        documentation = self._documentation(site, body)
        if documented and not documentation.text:
            return None
        if self.grammar.trailers and not site.more:
            site = site._replace(tail=_trailer(site.outer, self.grammar) or site.tail)
        source, outer, category = self.source, site.outer, site.category
        first = documentation.first or outer
        last = site.last
        start, end, (row, column) = first.start_byte, last.end_byte, first.start_point
        if documentation.removals and first.kind_id in self.grammar.comments and documentation.removals[0][0] > start:
            behind = documentation.removals[0][0]  # it begins in a comment that began otherwise
            start, row, column = behind, row + source.count(b"\n", start, behind), 0
        indent = layout.indentation(source, start - column)
        code = layout.cut(source, start, end, documentation.removals)
        outline = b""
        if documentation.text and len(code) > _LONG and category in {"type", "module"}:
            outline = layout.cut(source, start, end, _in_order(documentation.removals, self._bodies(site.outer)))
        found: Any = _Filled()
        found.category, found.symbol, found.doc, found.noun = category, site.symbol, documentation.text, site.kind.noun
        found.signature = ""
        if category != "module":
            found.signature = _signature(source, site, body, documentation, self.grammar)
        found.code = layout.dedent(code, indent)
        found.line_start, found.line_end = row + 1, layout.last_row(last) + 1
        found.has_error = self.broken and (outer.has_error or any(p.has_error for p in (*site.before, *site.more)))
        found.trivial = category in {"function", "type"} and _trivial(source, site, body, documentation, self.grammar)
        found.outline = layout.dedent(outline, indent)
        found.shared = category in {"constant", "macro"} and self._shared(site, documentation)
        found.__class__ = Definition
        made: Definition = found
        return made

    def _shared(self, site: Site, documentation: _Documentation) -> bool:
        """Whether a comment that is not marked as documentation heads several definitions of a kind."""
        first, last = documentation.first, site.last
        if not isinstance(self.style, Docs) or not self.style.adjacent or first is None or not documentation.text:
            return False
        if _MARKED.match(self.source, first.start_byte) is not None:
            return False
        following = last.next_named_sibling
        return (
            following is not None
            and following.kind_id == site.outer.kind_id
            and following.start_point[0] == layout.last_row(last) + 1
        )

    def _bodies(self, within: tree_sitter.Node) -> Iterator[tuple[int, int, bytes]]:
        """The bodies of functions in a node, to be left out of its outline."""
        elided = self.grammar.row.elided
        if not elided:
            return
        for start, end in self._bodies_in(within):
            if end - start > len(elided):
                yield start, end, elided

    def _bodies_in(self, within: tree_sitter.Node) -> Iterable[tuple[int, int]]:
        """Where those bodies lie; what is known of the file is true of what lies in it, but for what lies in a body."""
        if self.broken or not self.grammar.direct:
            return self._walked(within)
        if within == self.root:
            self._spans = list(bodies_of(within, self.grammar, self.macros))
            return self._spans
        if self._spans is None:
            return bodies_of(within, self.grammar, self.macros)
        start, end = within.byte_range
        first = bisect_right(self._spans, (start, start))
        if first and self._spans[first - 1][1] > start:
            return bodies_of(within, self.grammar, self.macros)
        return self._spans[first : bisect_right(self._spans, (end, end))]

    def _walked(self, within: tree_sitter.Node) -> Iterator[tuple[int, int]]:
        seen = 0
        for site in sites_of(self.source, within, self.grammar, macros=self.macros):
            body = site.body() if site.category == "function" and site.node.start_byte >= seen else None
            span = self._span(site, body) if body is not None else None
            if span is not None:
                seen = span[1]
                yield span

    def _span(self, site: Site, body: tree_sitter.Node) -> tuple[int, int] | None:
        """What to leave out of a body; None where what stands for it needs a line of its own and would not have it."""
        if not self.grammar.row.elided.startswith(self.grammar.row.line_comment.encode()):
            return body.start_byte, min(body.end_byte, site.last.end_byte)
        parts = list(_statements(body, self.grammar, site))
        if not parts or not begins_line(self.source, parts[0]):
            return None
        first, last = parts[0].start_byte, parts[-1].end_byte
        return first, first + len(self.source[first:last].rstrip())  # some grammars count the line break

    def _of_file(self) -> _Documentation:
        if not isinstance(self.style, Docs):
            return self._in_docstring(self.root)
        fragments = _inside(self.source, self.root, self.grammar, self.style)
        found = _found(self.source, None, fragments or _at_top(self.source, self.root, self.grammar, self.style))
        if self.style.file_fields is not None:
            found.text = self.style.file_fields.sub("", found.text).strip()
        return found

    def _in_docstring(self, body: tree_sitter.Node | None) -> _Documentation:
        source, grammar = self.source, self.grammar
        if body is None or (source[body.start_byte : body.start_byte + 1] or b"x")[0] not in _MAY_OPEN_DOCSTRING:
            return _Documentation()
        plain = None if self.broken else plain_docstring(source, body, grammar.row.filler)
        if plain is not None:
            return _Documentation(plain[0], [(*plain[1], plain[2])])
        opening = list(itertools.islice(_statements(body, grammar), 2))
        text = docstring_text(source, opening[0], grammar) if opening else None
        if text is None:
            return _Documentation()
        (start, end), filler = docstring_cut(source, opening, grammar.row.filler)
        return _Documentation(text, [(start, end, filler)])

    def _documentation(self, site: Site, body: tree_sitter.Node | None) -> _Documentation:
        source, style, grammar = self.source, self.style, self.grammar
        if not isinstance(style, Docs):
            return self._in_docstring(body)
        first: tree_sitter.Node | None = None
        fragments: list[Fragment] = []
        if site.before:
            first, fragments = above(source, site.before, grammar.comments, style, site.outer, grammar.run)
        if style.inside is not None and body is not None and style.inside.match(source, body.start_byte):
            fragments = [*fragments, *_inside(source, body, grammar, style)]
        if not fragments and style.trailing is not None:
            last, end = site.last.end_byte, site.node.end_byte
            match = style.trailing.match(source, last) or style.trailing.match(source, end)
            if match is not None:
                return _behind(match, style, last)
        return _found(source, first, fragments)


def _at_top(source: bytes, root: tree_sitter.Node, grammar: Grammar, style: Docs) -> list[Fragment]:
    """Comments at the top of a file that say that they document it, or that stand above what names it."""
    if style.file_other is not None:
        return _first_comments(source, root, grammar, style)
    if style.file_tag is None and not grammar.file_heads:
        return []
    before: list[tree_sitter.Node] = []
    nodes = _tops(root, grammar)
    for node in nodes:
        if node.kind_id in grammar.before:
            before.append(node)
            fragment = fragment_of(source, node, style)
            if fragment is not None and documents_file(fragment, style):
                return [fragment, *_going_on(source, nodes, grammar, style, fragment)]
        elif node.kind_id in grammar.file_heads:
            return above(source, before, grammar.comments, style, node)[1]
        elif node.is_named and node.kind_id not in grammar.openers:
            break
    return []


def _going_on(
    source: bytes, nodes: Iterable[tree_sitter.Node], grammar: Grammar, style: Docs, above: Fragment
) -> Iterator[Fragment]:
    """The lines of documentation right below another."""
    end = above.end
    for node in nodes:
        gap = source[end : node.start_byte]
        fragment = fragment_of(source, node, style) if node.kind_id in grammar.comments else None
        if above.sort != "line" or fragment is None or fragment.sort != "line" or gap.strip() or gap.count(b"\n") > 1:
            return
        end = fragment.end
        yield fragment


def _tops(root: tree_sitter.Node, grammar: Grammar) -> Iterator[tree_sitter.Node]:
    """The nodes of a file, and those in what guards it against being read twice."""
    for node in _children(root):
        if node.kind_id in grammar.guards:
            yield from itertools.islice(_children(node), 2, None)  # behind the word and what it asks for
        else:
            yield node


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


def _trailer(node: tree_sitter.Node, grammar: Grammar) -> tree_sitter.Node | None:
    """The last of what follows a node and belongs to it: the text of a heredoc."""
    last, following = None, node.next_sibling
    while following is not None and following.kind_id in grammar.trailers:
        last, following = following, following.next_sibling
    return last


def _in_order(*cuts: Iterable[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    return sorted(itertools.chain(*cuts), key=lambda cut: (cut[0], -cut[1]))


def _signature(
    source: bytes, site: Site, body: tree_sitter.Node | None, documentation: _Documentation, grammar: Grammar
) -> str:
    """Decorators, attributes and header, without the body, comments in it and what ends it."""
    node, outer = site.node, site.outer
    short = _plain_header(source, site, body, grammar)
    if short is not None:
        return short
    first = documentation.first or outer
    attributes = [
        source[part.start_byte : part.end_byte].strip()
        for part in site.before
        if part.kind_id in grammar.attributes
        and first.start_byte <= part.start_byte < outer.start_byte
        and not _is_removed(part.start_byte, documentation.removals)
    ]
    start, body_start = node.start_byte, -1 if body is None else body.start_byte
    end, rest = start, b""
    heading = site.kind.heading
    behind_header = (body or _value(node, site.kind.body[0])) if site.kind.deep else None
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
            elif behind and not grammar.bare:  # the bounds of `struct X<T>(T) where …;` stand there
                rest += b" " + source[child.start_byte : child.end_byte]
            else:
                end = child.end_byte
    comments = [
        (*layout.removal(source, part.start_byte, part.start_point[1], part.end_byte), b"")
        for part in site.before
        if outer.start_byte <= part.start_byte and part.kind_id in grammar.comments
    ]
    header = _open_ended(layout.cut(source, outer.start_byte, end, comments) + rest, grammar.row.header_end)
    indent = layout.indentation(source, outer.start_byte - outer.start_point[1])
    return layout.dedent(b"\n".join([*attributes, header]), indent)


def _is_removed(position: int, removals: Sequence[tuple[int, int, bytes]]) -> bool:
    """Whether a byte lies in one of some ranges, which are in order."""
    number = bisect_right(removals, position, key=_start_of)
    return number > 0 and position < removals[number - 1][1]


def _start_of(removal: tuple[int, int, bytes]) -> int:
    return removal[0]


def _plain_header(source: bytes, site: Site, body: tree_sitter.Node | None, grammar: Grammar) -> str | None:
    """The header where no attribute stands above it, no comment is in it and its body ends it: most are so."""
    node, signs = site.node, _COMMENT_SIGNS.get(grammar.row.line_comment)
    if body is None or signs is None or not grammar.direct or node.has_error:
        return None
    if any(part.kind_id in grammar.attributes for part in site.before):
        return None
    start, body_start = node.start_byte, body.start_byte
    if body.end_byte != node.end_byte or start != site.outer.start_byte:
        return None
    header = source[start:body_start]
    for sign in signs:
        if sign in header:
            return None
    if b"\n" in header:
        return layout.dedent(
            _open_ended(header, grammar.row.header_end), layout.indentation(source, start - node.start_point[1])
        )
    return _open_ended(header, grammar.row.header_end).strip().decode()


def _open_ended(header: bytes, ending: re.Pattern[bytes]) -> bytes:
    """A header without what ends it. A search over all of it would go over each run of blanks again and again."""
    header = header.rstrip()
    match = ending.search(header, max(0, len(header) - _ENDING))
    return header if match is None else header[: match.start()].rstrip()


def _value(node: tree_sitter.Node, field_id: int) -> tree_sitter.Node | None:
    """What a definition consists of, where it is the last of it."""
    value = node.child_by_field_id(field_id)
    last = next((child for child in reversed(node.children) if child.is_named), None)
    return value if value == last else None


def _trivial(
    source: bytes, site: Site, body: tree_sitter.Node | None, documentation: _Documentation, grammar: Grammar
) -> bool:
    """Whether there is nothing to implement. What is in another form than statements is for the pattern to judge."""
    if site.more or (site.kind.whole if body is None else not body.child_count):
        return False
    pattern = grammar.row.hollow
    is_string = grammar.row.docstring and bool(documentation.removals)
    if body is not None and site.kind.heading is None and body.named_child_count > is_string:
        first = body.named_child(int(is_string))  # nearly always a statement that decides it
        is_statement = first is not None and first.kind_id not in grammar.comments
        if is_string and is_statement:
            is_statement = first.start_byte >= documentation.removals[0][1]
        if is_statement and pattern.match(source, first.start_byte, first.end_byte) is None:
            return False
    statements = _statements(body, grammar, site)
    if is_string:
        next(statements, None)
    return all(pattern.match(source, node.start_byte, node.end_byte) for node in statements)


def _behind(match: re.Match[bytes], style: Docs, last: int) -> _Documentation:
    """Documentation that stands behind a definition, or between a signature and its clauses."""
    text = match["text"].decode()
    if style.continued:
        text = text.replace("\n" + style.continued.decode(), "\n")
    removals = [(*match.span(), b"")] if match.end() <= last else []
    return _Documentation(comment_text([Fragment(0, 0, 0, False, "block", without_stars(text))]), removals)


def _found(source: bytes, first: tree_sitter.Node | None, fragments: list[Fragment]) -> _Documentation:
    if not fragments:
        return _Documentation(first=first)
    removals = [(start, end, b"") for start, end in comment_removals(source, fragments)]
    return _Documentation(comment_text(fragments), removals, first)


def _inside(source: bytes, body: tree_sitter.Node, grammar: Grammar, style: Docs) -> list[Fragment]:
    """The documentation that a body opens with."""
    found: list[Fragment] = []
    if style.inside is None or not style.inside.match(source, body.start_byte):
        return found
    for node in _children(body):
        kind = node.kind_id
        if kind in grammar.openers:
            reader = style.reader if kind in grammar.documents else None
            fragment = reader(source, node) if reader is not None else fragment_of(source, node, style)
            if fragment is not None and fragment.inner:
                found.append(fragment)
        elif node.is_named:
            break
    return found


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
