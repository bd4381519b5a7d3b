"""Where a syntax tree holds definitions.

The walk is a loop with a stack of its own, since files nest deeper than Python recurses. It reads only subtrees
in which a keyword of a definition occurs, or where definitions need no keyword, all but the bodies of functions
without one (see `corpus.code.languages`). It meets siblings in order, so the comments and attributes that belong
to a definition are at hand when it comes; asking a node for its previous sibling costs a search from its parent.

It is our own instead of queries because a query costs a third of the parse on top, and its predicates about
adjacent comments are not applied by the Python binding.

Where it is known at which bytes documentation stands, and the file parses, the walk goes straight there: a node finds
its child at a byte without making the others, and a tree is balanced, so that it takes as long as it is deep.

A grammar sees only tokens in the arguments of a macro. Where a macro stands for items (`cfg_rt! { … }`) its text
is parsed once more, in place, and what can be read there without an error is walked like the rest.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from corpus.code.grammar import Grammar, GrammarKind

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Macros", "Site", "bodies_of", "documented_sites", "merged", "sites_of"]

# Definitions inside definitions, beyond which none is returned. Each holds the text of all that are in it, so
# without a limit 1 MB of `fn a(){fn a(){…` would become 60 GB. Code that people write stays below 10.
_MAX_DEPTH: Final = 32
_MAX_MACROS: Final = 8  # macros inside macros: each level parses its text once more

_NEIGHBOURS: Final = 8  # comments and attributes above a definition that are looked for one by one

_DOCUMENTS: Final = re.compile(rb"//[/!]|/\*[*!]|doc\b")

_Children = Callable[["tree_sitter.Node"], Iterable["tree_sitter.Node"]]


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
        return _body(self.node, self.kind)


class Macros:
    """What stands in the macros of a file, parsed once.

    Args:
        source: The file.
        grammar: Its language's.
    """

    def __init__(self, source: bytes, grammar: Grammar) -> None:
        self.source = source
        self._grammar = grammar
        self._roots: dict[int, tree_sitter.Node | None] = {}

    def root(self, node: tree_sitter.Node) -> tree_sitter.Node | None:
        """What stands between the braces of a macro, as a tree at its place in the file; None where it has none."""
        start = node.start_byte
        if start not in self._roots:
            self._roots[start] = _root_of_macro(self.source, node, self._grammar)
        return self._roots[start]


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
    macros: Macros | None = None,
    straight: bool = False,
) -> Iterator[Site]:
    """All definitions below the root, outer before inner, earlier before later.

    Args:
        source: The file.
        root: Its tree.
        grammar: The language's.
        documented: Read only what documentation stands in, or above; others may be given or not.
        places: What `Grammar.places` gives for the file, where that is known.
        macros: Those of the file, where they were looked at before.
        straight: Go straight to the places; the file parses.
    """
    macros = macros or Macros(source, grammar)
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
    children: _Children = partial(_near, places=positions, grammar=grammar) if straight else _all_children
    frames = [_Frame(iter(children(root)))]
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
                inner = _inner(macros, node, kind, frame, before, grammar, documented, children)
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
                inner = frame.below(children(node) if within is None else (within,), scope)
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
    named = _name(source, node, known, frame.inside) if known is not None else None
    if known is None or named is None:
        return None
    category, own = named
    outer, frame.outer, frame.before = frame.outer or node, None, []
    return Site(category, _symbol(frame.scope, own, grammar), node, outer, before, known)


def _symbol(scope: str, own: str, grammar: Grammar) -> str:
    """A name qualified by what it is in."""
    if grammar.row.joints and own[0] in grammar.row.joints:
        return f"{scope}{own}" if scope else own[1:]
    return f"{scope}{grammar.row.separator}{own}" if scope else own


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


def _name(source: bytes, node: tree_sitter.Node, kind: GrammarKind, inside: bool) -> tuple[str, str] | None:
    """Category and name of a node, or None where it is no definition; `inside` of a function some are none."""
    if kind.namer is not None:
        named = kind.namer(source, node)
        if named is not None and kind.lasting and inside and (named[0] == kind.category or not _may_have_body(kind)):
            return None  # but a function in a variable counts wherever it is
        return named
    if kind.lasting and inside:
        return None
    name = node.child_by_field_id(kind.name)
    if name is None or name.is_missing:
        return None
    if kind.bodied and node.child_by_field_id(kind.body[0]) is None:
        return None
    return kind.category, source[name.start_byte : name.end_byte].decode()


def _may_have_body(kind: GrammarKind) -> bool:
    return bool(kind.body) or kind.finder is not None


def _body(node: tree_sitter.Node, kind: GrammarKind) -> tree_sitter.Node | None:
    """The body of a definition, or None where it has none."""
    if kind.finder is not None:
        return kind.finder(node)
    if kind.bodies:
        return next((child for child in node.children if child.kind_id in kind.bodies), None)
    found: tree_sitter.Node | None = node
    for field_id in kind.body:
        found = found.child_by_field_id(field_id) if found is not None else None
    return found if kind.body else None


def _all_children(node: tree_sitter.Node) -> Iterable[tree_sitter.Node]:
    return node.children


def _near(node: tree_sitter.Node, places: Sequence[int], grammar: Grammar) -> Iterator[tree_sitter.Node]:
    """The children of a node that hold one of the places or stand below one, and comments and attributes around them.

    A place is asked for at each step, since whoever walks has gone beyond some by then.
    """
    before, cursor = grammar.before, node.walk()
    end, position = node.end_byte, node.start_byte
    while True:
        number = bisect_left(places, position)
        if number == len(places) or places[number] >= end or cursor.goto_first_child_for_byte(places[number]) is None:
            return
        child: tree_sitter.Node | None = cursor.node
        kind = child.kind_id if child is not None else 0
        if child is not None and (kind in before or kind in grammar.definitions or kind in grammar.wrappers):
            yield from _above(node, child, position, before)
        while child is not None:
            yield child
            position = child.end_byte
            following = cursor.node if cursor.goto_next_sibling() else None
            if following is None:
                return
            goes_on, kind = kind in before, following.kind_id
            child = following if goes_on or kind in before else None
        cursor.goto_parent()


def _above(
    within: tree_sitter.Node, node: tree_sitter.Node, start: int, kinds: Container[int]
) -> list[tree_sitter.Node]:
    """The children of some kinds right in front of another, from a byte on."""
    found: list[tree_sitter.Node] = []
    other = node.prev_sibling
    while other is not None and other.kind_id in kinds and other.start_byte >= start:
        found.append(other)
        if len(found) > _NEIGHBOURS:  # each of them is looked for from the first on
            siblings = within.children
            last = bisect_left(siblings, node.start_byte, key=_start_of)
            first = last
            while first and siblings[first - 1].kind_id in kinds and siblings[first - 1].start_byte >= start:
                first -= 1
            return siblings[first:last]
        other = other.prev_sibling
    return found[::-1]


def _start_of(node: tree_sitter.Node) -> int:
    return node.start_byte


def documented_sites(
    source: bytes, root: tree_sitter.Node, grammar: Grammar, places: Sequence[int], macros: Macros
) -> Iterator[Site]:
    """The sites of all definitions that have documentation, and of some that have none, as `sites_of` gives them.

    Args:
        source: The file.
        root: Its tree.
        grammar: The language's.
        places: What `Grammar.places` gives for the file.
        macros: Those of the file.
    """
    if grammar.marks and not root.has_error:  # with errors a node may have any number of children in one row
        if grammar.row.docstring:
            return _with_docstrings(source, root, grammar, places)
        return sites_of(source, root, grammar, documented=True, places=places, macros=macros, straight=True)
    return sites_of(source, root, grammar, documented=True, places=places, macros=macros)


def _with_docstrings(source: bytes, root: tree_sitter.Node, grammar: Grammar, places: Iterable[int]) -> Iterator[Site]:
    """The definitions that hold one of the places: their documentation stands in them, and nothing above counts."""
    cursor = root.walk()
    # End of a node, name and number of the definitions that it is in, wrapper that it is.
    levels: list[tuple[int, str, int, tree_sitter.Node | None]] = [(len(source), "", 0, None)]
    for place in places:
        while levels[-1][0] <= place:
            levels.pop()
            cursor.goto_parent()
        _, scope, depth, wrapper = levels[-1]
        while depth < _MAX_DEPTH and cursor.goto_first_child_for_byte(place) is not None:
            node = cursor.node
            if node is None:
                break
            kind, outer = node.kind_id, wrapper
            wrapper = (outer or node) if kind in grammar.wrappers else None
            known = grammar.definitions.get(kind)
            named = _name(source, node, known, inside=False) if known is not None else None
            if known is not None and named is not None:
                scope, depth = _symbol(scope, named[1], grammar), depth + 1
                before = [] if outer is None else [one for one in outer.children if one.kind_id in grammar.before]
                yield Site(named[0], scope, node, outer or node, before, known)
            levels.append((node.end_byte, scope, depth, wrapper))


def bodies_of(within: tree_sitter.Node, grammar: Grammar, macros: Macros) -> Iterator[tuple[int, int]]:
    """Where the bodies of functions in a node lie, but for those in others, in a file that parses.

    Args:
        within: A node; what it is itself does not count.
        grammar: Of a language in which every definition has a keyword and its body among its children.
        macros: Those of the file.
    """
    source, end = macros.source, within.end_byte
    start, seen = within.start_byte, 0
    keywords = sorted([match.start() for word in grammar.callables for match in word.finditer(source, start, end)])
    cursors = [within.walk()]
    # End of a node, definitions, functions and macros that it is in, whether another tree is entered in it.
    levels = [(end, 0, False, 0, False)]
    for keyword in keywords:
        if keyword < seen:
            continue
        while levels[-1][0] <= keyword:
            if levels.pop()[4]:
                cursors.pop()
            cursors[-1].goto_parent()
        _, depth, inside, inner, _ = levels[-1]
        while depth < _MAX_DEPTH and cursors[-1].goto_first_child_for_byte(keyword) is not None:
            node = cursors[-1].node
            if node is None:
                break
            body, root = None, None
            named = _named(source, node, inside, grammar)
            if inner and node.has_error:  # what of a macro cannot be read is not walked
                depth = _MAX_DEPTH
            elif named is not None:
                body = _body(node, named[1]) if named[0] == "function" else None
                depth, inside = depth + 1, inside or named[0] == "function"
            elif node.kind_id in grammar.macros and not inside:
                root = macros.root(node) if inner < _MAX_MACROS else None
                inner, depth = inner + 1, _MAX_DEPTH if root is None else depth
            else:
                depth += node.kind_id in grammar.scopes
            levels.append((node.end_byte, depth, inside, inner, root is not None))
            if root is not None:
                cursors.append(root.walk())
            if body is not None:
                seen = body.end_byte
                yield body.start_byte, seen
                break


def _named(source: bytes, node: tree_sitter.Node, inside: bool, grammar: Grammar) -> tuple[str, GrammarKind] | None:
    """Category and kind of a definition that parses, or None where a node is none."""
    known = grammar.definitions.get(node.kind_id)
    if known is None:
        return None
    if known.namer is None and not known.lasting and not known.bodied:
        return known.category, known  # what parses has its name
    named = _name(source, node, known, inside)
    return (named[0], known) if named is not None else None


def _inner(
    macros: Macros,
    node: tree_sitter.Node,
    kind: int,
    frame: _Frame,
    before: list[tree_sitter.Node],
    grammar: Grammar,
    documented: bool,
    children: _Children,
) -> _Frame | None:
    """The siblings inside of a node that is no definition; None where there are none."""
    source = macros.source
    if kind in grammar.wrappers and _wraps(source, node, grammar.wrappers[kind]):
        inner = frame.below(node.children, frame.scope)
        inner.outer, inner.before = frame.outer or node, before
        frame.outer, frame.before = None, []
        return inner
    if kind in grammar.macros and not frame.inside:
        silent = documented and not _DOCUMENTS.search(source, node.start_byte, node.end_byte)
        root = None if silent or frame.macros >= _MAX_MACROS else macros.root(node)
        nodes = [] if root is None else [item for item in root.children if not item.has_error]
        inner = frame.below(nodes, frame.scope)
        inner.macros += 1
        return inner
    inner = frame.below(children(node), frame.scope)
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


def _root_of_macro(source: bytes, node: tree_sitter.Node, grammar: Grammar) -> tree_sitter.Node | None:
    from tree_sitter import Point, Range

    inside = next((child for child in node.children if child.kind_id == grammar.macros[node.kind_id]), None)
    if inside is None or not source.startswith(b"{", inside.start_byte):
        return None
    (row, column), (last_row, last_column) = inside.start_point, inside.end_point
    place = Range(Point(row, column + 1), Point(last_row, last_column - 1), inside.start_byte + 1, inside.end_byte - 1)
    return grammar.parse_ranges(source, [place])


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
