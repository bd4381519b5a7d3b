"""What a row of the table of languages consists of. The rows themselves stand in `corpus.code.languages`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from corpus.code.parts import Seams

if TYPE_CHECKING:
    import tree_sitter

__all__ = [
    "Docs",
    "Docstrings",
    "Finder",
    "Fragment",
    "Heading",
    "Kind",
    "Language",
    "Mark",
    "Marker",
    "Namer",
    "Reader",
    "Rewriter",
    "Scoper",
]


class Fragment(NamedTuple):
    """One comment, attribute or string that is documentation. A tuple: a file has thousands.

    Attributes:
        start: Its first byte.
        end: Behind its last byte; the line break that a grammar counts to a comment's line included.
        column: Bytes before it on its line.
        inner: Whether it documents what it is in, rather than what follows.
        sort: `line`, `block`, `attribute` or `text`: fragments of one sort are indented alike.
        text: Without markers.
    """

    start: int
    end: int
    column: int
    inner: bool
    sort: str
    text: str


Namer = Callable[[bytes, "tree_sitter.Node"], "tuple[str, str] | None"]
"""Category and name of a node, or None where it is no definition."""

Scoper = Callable[[bytes, "tree_sitter.Node"], str]
"""What a node that is no definition adds to the names in it; empty where nothing."""

Rewriter = Callable[[bytes], bytes]
"""The source as a grammar can read it, of the same length and with the same lines."""
Finder = Callable[["tree_sitter.Node"], "tree_sitter.Node | None"]
"""The body of a node, or None where it has none; the node itself where its statements stand in it directly."""

Heading = Callable[["tree_sitter.Node"], int]
"""Where the header of a node ends, where that is not where its body begins."""

Reader = Callable[[bytes, "tree_sitter.Node"], "Fragment | None"]
"""Documentation that is neither a comment nor a docstring, or None where a node is none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A node kind that is a definition.

    Attributes:
        category: As in `corpus.entry.CATEGORIES`.
        name: Field that holds the name, or what finds category and name.
        body: Fields that lead to the body, one inside the other; empty where there never is one. Or what finds it.
        bodies: Kinds of the body, where no field leads to it.
        heading: What finds the end of the header; None where the body tells.
        bodied: Without a body it is no definition.
        whole: Its header may be all there is to it; without a body it is not trivial.
        lasting: It counts only outside of functions, as constants do; a function in a variable counts anywhere.
        scope: The names in it are qualified by its own.
        noun: What people call it, where neither its category nor its header says so.
    """

    category: str
    name: str | Namer = "name"
    body: tuple[str, ...] | Finder = ("body",)
    bodies: tuple[str, ...] = ()
    heading: Heading | None = None
    bodied: bool = False
    whole: bool = False
    lasting: bool = False
    scope: bool = True
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """How a comment of documentation begins and ends.

    Attributes:
        start: Its first bytes.
        end: Its last bytes; empty for one that ends with its line.
        inner: It documents what it stands in, not what follows.
    """

    start: bytes
    end: bytes = b""
    inner: bool = False


class Mark(NamedTuple):
    """Where documentation may begin.

    Attributes:
        needed: Bytes that stand in every match: a search for them is some ten times as fast.
        pattern: What finds the places.
    """

    needed: bytes
    pattern: re.Pattern[bytes]


@dataclass(frozen=True, slots=True)
class Docstrings:
    """Documentation is a string that stands as the first statement of a body.

    Attributes:
        statement: Kind of the statement.
        literals: Kinds of what it may consist of; whether that is a plain string is for its value to say.
        opening: What stands in every definition that has one, and perhaps elsewhere: the end of the header with
            the beginning of a string.
        header: What stands before the end of a header in its last line, and perhaps in others.
        silent: What a file begins with that has no documentation of its own.
    """

    statement: str
    literals: tuple[str, ...]
    opening: re.Pattern[bytes]
    header: re.Pattern[bytes]
    silent: re.Pattern[bytes]

    def places(self, source: bytes) -> Iterator[int]:
        """Where a header may end that a string follows; a string on the same line may be a value of a mapping."""
        looked, is_header = 0, False
        for match in self.opening.finditer(source):
            place = match.start()
            if b"\n" not in match[0]:
                line = source.rfind(b"\n", looked, place)
                start = line - 1 if line > 0 else looked
                is_header = (is_header and line < 0) or self.header.search(source, start, place) is not None
                looked = place
                if not is_header:
                    continue
            yield place

    def marks(self) -> tuple[Mark, ...]:
        """Where documentation may begin, but that of the file."""
        return (Mark(b"", self.opening),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Docs:
    """Documentation is comments, attributes or strings above the definition, or at the start of its body.

    Attributes:
        markers: Comments that are documentation; of several that fit, the first counts.
        plain: What begins like one of them and is none.
        rulers: Lines that frame documentation or part it, and say nothing.
        continued: Comments that go on with documentation when they come right below it.
        within: Where documentation begins in a comment that begins otherwise; the group `indent` is what stands
            before it on its line.
        inside: What a body begins with that may open with documentation; None where none ever does.
        adjacent: It must end on the line above the definition (or above what belongs to it), and a blank line
            ends it: so where every comment may be documentation.
        nearest: Of several blocks only the last one counts.
        stars: A block comment has a column of stars on its left that is no text.
        attribute: Attributes that are documentation; the group `text` is a string literal of Rust's.
        reader: Reads nodes of the kinds in `Language.documents`.
        trailing: What documents the definition that it follows, from the definition's last byte on; the group
            `text` is its text. Looked at where nothing stands above.
        file_tag: Says in a comment that it documents the file.
        file_heads: Kinds at the top of a file; what documents them documents the file.
        file_other: The first comments of a file document it where no definition follows directly, unless this
            is found in them; None where they never do.
        file_fields: What is left out of the documentation of a file.
    """

    markers: tuple[Marker, ...] = ()
    plain: re.Pattern[bytes] | None = None
    rulers: re.Pattern[bytes] | None = None
    continued: bytes = b""
    within: re.Pattern[bytes] | None = None
    inside: re.Pattern[bytes] | None = None
    adjacent: bool = False
    nearest: bool = False
    stars: bool = True
    attribute: re.Pattern[bytes] | None = None
    reader: Reader | None = None
    trailing: re.Pattern[bytes] | None = None
    file_tag: re.Pattern[str] | None = None
    file_heads: tuple[str, ...] = ()
    file_other: re.Pattern[str] | None = None
    file_fields: re.Pattern[str] | None = None

    def marks(self) -> tuple[Mark, ...]:
        """Where documentation may begin; empty where that cannot be told."""
        if self.reader is not None or self.trailing is not None or self.continued:
            return ()
        starts = [m.start for m in self.markers if not m.end]
        lines = b"|".join(re.escape(start) for start in starts)
        blocks = [Mark(m.start, re.compile(re.escape(m.start))) for m in self.markers if m.end]
        # Where every comment may be documentation, some grammars put one outside of a node and the next one inside.
        further = b"" if self.adjacent else rb"(?:\n[ \t]*(?:%s)[^\n]*)*" % lines
        shared = (starts[0] if len(starts) == 1 else starts[0][:2]) if starts else b""
        shared = shared if all(start.startswith(shared) for start in starts) else b""
        run = [Mark(shared, re.compile(rb"(?:%s)[^\n]*%s" % (lines, further)))] if starts else []
        attribute = [Mark(b"doc", re.compile(rb"#!?\s*\[\s*doc"))] if self.attribute is not None else []
        return (*run, *blocks, *attribute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One row of the table. Kinds and fields are names of the grammar, checked when it is loaded.

    Attributes:
        name: As it stands in the column `language`.
        title: As people write it.
        distribution: Package that brings the grammar; its version is part of `version`.
        module: Module to import for it.
        entry: Function of the module that gives the grammar.
        endings: Of file names, in lower case.
        keywords: Words (or other bytes) of which one stands in every definition that lies in an `opaque` node.
        callables: Those of them of which one stands in every definition of a function; empty for all.
        opaque: Kinds that are read only where a keyword occurs in them; None for all kinds. Where a definition
            needs no keyword, these are the bodies of functions.
        definitions: Node kinds that are definitions.
        scopes: Kinds that qualify the names in them without being definitions.
        separator: Between the parts of a qualified name.
        joints: A name may begin with one of these instead; alone it goes without.
        wrappers: Kinds that stand around a definition and belong to it, to a pattern that a node must match at
            its first byte to be one, or None for every node.
        attributes: Kinds that stand before a definition and belong to it.
        documents: Kinds that `Docs.reader` reads, before a definition or at the start of its body.
        belonging: What nodes of some of these kinds must match at their first byte to belong to a definition.
        carriers: Kinds whose borders do not part documentation from its definition: what is left at their end, or
            stands before them, goes to the next definition.
        openers: Kinds that may stand before the documentation of what they are in.
        guards: Kinds that may stand around a whole file.
        comments: Kinds of comments.
        macros: Kinds whose text is read as items of the file where a keyword occurs in it, to the kind of the
            node inside that holds the text between its first and last byte.
        clauses: Neighbours of one name are one definition: its type, its cases.
        header_end: What ends a header and is no part of the signature, nor are blanks before it.
        documentation: Where documentation is written.
        hollow: A statement that implements nothing.
        filler: What stands for a body that consisted of documentation, where the language needs something.
        elided: What stands for the body of a function in an outline; empty where bodies stay. A comment of one
            line only stands for a body that begins a line.
        contexts: What to put around a snippet to see whether it parses, where it may not stand alone.
        trailers: Kinds that follow a definition and belong to it.
        line_comment: What a comment begins with that goes to the end of its line.
        bare: Kinds of bodies without braces, whose bounds a grammar guesses: a comment right in front of one is in
            it, comments at its end stand above what follows.
        seams: Where a file may be cut between definitions; None where that cannot be told.
        rewriter: Takes out of the source what no grammar can read.
        sibling: Language whose files may have the same endings, and what stands in those.
    """

    name: str
    title: str
    distribution: str
    module: str
    entry: str = "language"
    endings: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    callables: tuple[str, ...] = ()
    opaque: tuple[str, ...] | None = None
    definitions: Mapping[str, Kind]
    scopes: Mapping[str, Scoper] = field(default_factory=dict)
    separator: str = "."
    joints: str = ""
    wrappers: Mapping[str, re.Pattern[bytes] | None] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    belonging: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict)
    carriers: tuple[str, ...] = ()
    openers: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    comments: tuple[str, ...]
    macros: Mapping[str, str] = field(default_factory=dict)
    clauses: bool = False
    header_end: re.Pattern[bytes] = re.compile(rb"[{:;=]\s*\Z")
    documentation: Docstrings | Docs
    hollow: re.Pattern[bytes]
    filler: bytes = b""
    elided: bytes = b"{ /* ... */ }"
    contexts: tuple[tuple[str, str], ...] = (("", ""),)
    trailers: tuple[str, ...] = ()
    line_comment: str = "//"
    bare: tuple[str, ...] = ()
    seams: Seams | None = None
    rewriter: Rewriter | None = None
    sibling: tuple[str, re.Pattern[bytes]] | None = None

    @property
    def docstring(self) -> bool:
        """Whether documentation is a string in the body."""
        return isinstance(self.documentation, Docstrings)
