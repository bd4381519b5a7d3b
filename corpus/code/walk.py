"""Where a syntax tree holds definitions.

The walk is a loop with a stack of its own, since files nest deeper than Python recurses. It reads only subtrees
in which a keyword of a definition occurs, or where definitions need no keyword, all but the bodies of functions
without one (see `corpus.code.languages`). It meets siblings in order, so the comments and attributes that belong
to a definition are at hand when it comes; asking a node for its previous sibling costs a search from its parent.

It is our own instead of queries because a query costs a third of the parse on top, and its predicates about
adjacent comments are not applied by the Python binding.

A grammar sees only tokens in the arguments of a macro. Where a macro stands for items (`cfg_rt! { … }`) its text
is parsed once more, in place, and what can be read there without an error is walked like the rest.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corpus.code.grammar import Grammar, GrammarKind

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Site", "merged", "sites_of"]

# Definitions inside definitions, beyond which none is returned. Each holds the text of all that are in it, so
# without a limit 1 MB of `fn a(){fn a(){…` would become 60 GB. Code that people write stays below 10.
_MAX_DEPTH: Final = 32
_MAX_MACROS: Final = 8  # macros inside macros: each level parses its text once more

_DOCUMENTS: Final = re.compile(rb"//[/!]|/\*[*!]|doc\b")


class Site(NamedTuple):
    """Where a definition was found.

    Attributes:
        category: Of the definition.
        symbol: Its qualified name.
        node: Its node.
        outer: What stands around the node and belongs to it; else the node itself.
        before: Comments and attributes above it.
        kind: What the table says of its node kind.
        more: Neighbours that are part of it.
        tail: Its last node of code, where comments that are not its own may lie behind it.
    """

    category: str
    symbol: str
    node: tree_sitter.Node
    outer: tree_sitter.Node
    before: Sequence[tree_sitter.Node]
    kind: GrammarKind
    more: tuple[tree_sitter.Node, ...] = ()
    tail: tree_sitter.Node | None = None

    @property
    def last(self) -> tree_sitter.Node:
        """The last node of the definition."""
        return self.more[-1] if self.more else self.tail or self.outer

    def body(self) -> tree_sitter.Node | None:
        """The node of its body, or None where it has none."""
        if self.kind.finder is not None:
            return self.kind.finder(self.node)
        if self.kind.bodies:
            return next((child for child in self.node.children if child.kind_id in self.kind.bodies), None)
        found: tree_sitter.Node | None = self.node
        for field_id in self.kind.body:
            found = found.child_by_field_id(field_id) if found is not None else None
        return found if self.kind.body else None


@dataclass(slots=True)
class _Frame:
    """The siblings that the walk is among.

    Attributes:
        nodes: Those that are still to come.
        scope: Qualified name of what they are in.
        depth: Definitions that they are in.
        inside: They are in a function.
        macros: Macros that they are in.
        outer: The wrapper that they are in, as long as the definition which it belongs to has not come.
        before: Comments and attributes since the last node of another kind.
        carries: What is left of these at the end goes on.
    """

    nodes: Iterator[tree_sitter.Node]
    scope: str = ""
    depth: int = 0
    inside: bool = False
    macros: int = 0
    outer: tree_sitter.Node | None = None
    before: list[tree_sitter.Node] = field(default_factory=list)
    carries: bool = False

    def below(self, nodes: Iterable[tree_sitter.Node], scope: str) -> _Frame:
        return _Frame(iter(nodes), scope, self.depth, self.inside, self.macros)


def sites_of(  # noqa: C901, PLR0912, PLR0915 - a call for each node would cost a tenth of the parse
    source: bytes,
    root: tree_sitter.Node,
    grammar: Grammar,
    *,
    documented: bool = False,
    places: Sequence[int] | None = None,
) -> Iterator[Site]:
    """All definitions below the root, outer before inner, earlier before later.

    Args:
        source: The file.
        root: Its tree.
        grammar: The language's.
        documented: Read only what documentation stands in, or above; others may be given or not.
        places: What `Grammar.places` gives for the file, where that is known.
    """
    marked = documented and bool(grammar.marks)
    # Where definitions need no keyword, a documented one in the body of a function is found by its documentation.
    words = [] if marked else [*grammar.keywords, *(m.pattern for m in grammar.marks if grammar.opaque is not None)]
    if marked:
        positions = places if places is not None else grammar.places(source)
    else:
        start, end = root.start_byte, root.end_byte
        positions = sorted([match.start() for word in words for match in word.finditer(source, start, end)])
    keywords = itertools.chain(positions, itertools.repeat(len(source) + 1))
    keyword = next(keywords)
    opaque, before_kinds, belonging, bare = grammar.opaque, grammar.before, grammar.belonging, grammar.bare
    frames = [_Frame(iter(root.children))]
    while frames:
        frame = frames[-1]
        for node in frame.nodes:
            kind = node.kind_id
            if kind in before_kinds and (
                kind not in belonging or belonging[kind].match(source, node.start_byte) is not None
            ):
                frame.before.append(node)
                continue
            before = frame.before
            if before and frame.outer is None:
                frame.before = []
            end = node.end_byte
            guarded = marked or opaque is None or kind in opaque
            if guarded:
                # What stands above it may document it; the first definition in a wrapper takes the wrapper.
                perhaps = marked and (before or frame.outer is not None)
                if end <= keyword and not perhaps:
                    continue
                start = node.start_byte
                while keyword < start:
                    keyword = next(keywords)
                if keyword >= end and not perhaps:
                    continue
            elif not node.is_named:
                continue
            if frame.depth >= _MAX_DEPTH:
                continue
            site = _site(source, node, kind, frame, before, grammar)
            if site is None:
                if not node.child_count:
                    continue
                inner = _inner(source, node, kind, frame, before, grammar, documented)
                if bare and kind in grammar.scopes:
                    frame.before = _tail(node, grammar)[1]
            else:
                if bare:
                    last, frame.before = _tail(site.outer, grammar)
                    site = site._replace(tail=last)
                yield site
                if opaque is None and not marked:
                    keyword = next(keywords)  # its own
                if guarded and keyword >= end:
                    continue
                # What a typedef or an assignment gives a name to is no second definition.
                within = site.body() if site.kind.deep else None
                scope = site.symbol if site.kind.scope else frame.scope
                inner = frame.below(node.children if within is None else (within,), scope)
                inner.depth += 1
                inner.inside = frame.inside or site.category == "function"
            if inner is not None:
                frames.append(inner)
                break
        else:
            frames.pop()
            if frame.carries:
                frames[-1].before = frame.before


def _site(
    source: bytes, node: tree_sitter.Node, kind: int, frame: _Frame, before: list[tree_sitter.Node], grammar: Grammar
) -> Site | None:
    """The definition that a node is, or None; it takes the wrapper and what stands before it."""
    known = grammar.definitions.get(kind)
    if known is None or (known.lasting and frame.inside and known.namer is None):
        return None
    named = _name(source, node, known)
    if named is None:
        return None
    category, own = named
    if known.lasting and frame.inside and (category == known.category or not (known.body or known.finder)):
        return None  # but a function in a variable counts wherever it is
    if grammar.row.joints and own[0] in grammar.row.joints:
        symbol = f"{frame.scope}{own}" if frame.scope else own[1:]
    else:
        symbol = f"{frame.scope}{grammar.row.separator}{own}" if frame.scope else own
    outer, frame.outer, frame.before = frame.outer or node, None, []
    return Site(category, symbol, node, outer, before, known)


def _tail(node: tree_sitter.Node, grammar: Grammar) -> tuple[tree_sitter.Node, list[tree_sitter.Node]]:
    """The last node of code in a node, and the comments behind it that stand no further right than the node."""
    column = node.start_point[1]
    comments: list[tree_sitter.Node] = []
    while node.child_count:
        children = node.children
        while children and children[-1].kind_id in grammar.comments and children[-1].start_point[1] <= column:
            comments.append(children.pop())
        if not children:
            break
        node = children[-1]
    return node, comments[::-1]


def _name(source: bytes, node: tree_sitter.Node, kind: GrammarKind) -> tuple[str, str] | None:
    """Category and name of a node, or None where it is no definition."""
    if kind.namer is not None:
        return kind.namer(source, node)
    name = node.child_by_field_id(kind.name)
    if name is None or name.is_missing:
        return None
    if kind.bodied and node.child_by_field_id(kind.body[0]) is None:
        return None
    return kind.category, source[name.start_byte : name.end_byte].decode()


def _inner(
    source: bytes,
    node: tree_sitter.Node,
    kind: int,
    frame: _Frame,
    before: list[tree_sitter.Node],
    grammar: Grammar,
    documented: bool,
) -> _Frame | None:
    """The siblings inside of a node that is no definition; None where there are none."""
    if kind in grammar.wrappers and _wraps(source, node, grammar.wrappers[kind]):
        inner = frame.below(node.children, frame.scope)
        inner.outer, inner.before = frame.outer or node, before
        frame.outer, frame.before = None, []
        return inner
    if kind in grammar.macros and not frame.inside:
        silent = documented and not _DOCUMENTS.search(source, node.start_byte, node.end_byte)
        nodes = [] if silent or frame.macros >= _MAX_MACROS else _items_of_macro(source, node, grammar)
        inner = frame.below(nodes, frame.scope)
        inner.macros += 1
        return inner
    children = node.children
    if not children:
        return None
    inner = frame.below(children, frame.scope)
    if kind in grammar.bare:
        inner.before = before
    if kind in grammar.carriers:
        inner.before, inner.carries = before, True
    elif kind in grammar.scopes:
        own = grammar.scopes[kind](source, node)
        inner.scope = f"{frame.scope}{grammar.row.separator}{own}" if frame.scope and own else frame.scope or own
        inner.depth += 1
    return inner


def _wraps(source: bytes, node: tree_sitter.Node, pattern: re.Pattern[bytes] | None) -> bool:
    return pattern is None or pattern.match(source, node.start_byte) is not None


def _items_of_macro(source: bytes, node: tree_sitter.Node, grammar: Grammar) -> list[tree_sitter.Node]:
    """What stands between the braces of a macro, as nodes at their places in the file; those without an error."""
    from tree_sitter import Point, Range

    inside = next((child for child in node.children if child.kind_id == grammar.macros[node.kind_id]), None)
    if inside is None or not source.startswith(b"{", inside.start_byte):
        return []
    (row, column), (last_row, last_column) = inside.start_point, inside.end_point
    place = Range(Point(row, column + 1), Point(last_row, last_column - 1), inside.start_byte + 1, inside.end_byte - 1)
    grammar.parser.included_ranges = [place]
    try:
        root = grammar.parser.parse(source).root_node
    finally:
        grammar.parser.included_ranges = []
    return [item for item in root.children if not item.has_error]


def merged(source: bytes, sites: Iterable[Site], documented: Callable[[Site], bool]) -> Iterator[Site]:
    """Neighbours of one name as one definition; what documents the first of them documents all.

    Args:
        source: The file.
        sites: In order.
        documented: Whether one has documentation of its own, and so begins a definition.
    """
    waiting: Site | None = None
    for site in sites:
        if waiting is not None and _alike(waiting, site) and _touch(source, waiting, site) and not documented(site):
            waiting = waiting._replace(more=(*waiting.more, site.outer))
            continue
        if waiting is not None:
            yield waiting
        waiting = site
    if waiting is not None:
        yield waiting


def _touch(source: bytes, one: Site, other: Site) -> bool:
    """Whether only comments and attributes stand between two definitions."""
    start = other.before[0].start_byte if other.before else other.outer.start_byte
    return not source[one.last.end_byte : start].strip(b" \t\r\n;")


def _alike(one: Site, other: Site) -> bool:
    return (one.category, one.symbol) == (other.category, other.symbol)
