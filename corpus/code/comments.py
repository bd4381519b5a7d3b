"""Documentation that is comments: above a definition, or at the start of what it is in.

The text is what the language's own tool would render: fragments in the order of the source, joined by line
breaks; the column of stars of a block comment goes (after rustc's `beautify_doc_string`); each sort of fragment
loses the leading space that all its lines share. Attributes whose text is not a literal
(`#[doc = include_str!(…)]`) or depends on the build (`cfg_attr`) say nothing that can be read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from corpus.code.language import Docs, Fragment
from corpus.code.layout import behind_text, last_row, removal

if TYPE_CHECKING:
    import tree_sitter

__all__ = [
    "Above",
    "Run",
    "above",
    "begins_line",
    "comment_removals",
    "comment_text",
    "documents_file",
    "fragment_of",
    "without_stars",
]

_ESCAPE: Final = re.compile(
    r"\\(?:(?P<line>\n\s*)|x(?P<byte>[0-7][0-9a-fA-F])|u\{(?P<point>[0-9a-fA-F_]{1,8})\}|(?P<plain>[nrt0\\'\"]))"
)
_PLAIN_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", "'": "'", '"': '"'}
_FLUSH: Final = re.compile(r"\n[^ \t\n]")
_ONE_SPACE: Final = re.compile(r"^[ \t][^ \t\n]", re.MULTILINE)
_FIRST_COLUMN: Final = re.compile(r"^[ \t]", re.MULTILINE)
_SPACE: Final = re.compile(r"^ [^ \t\n]", re.MULTILINE)
_MARGIN: Final = 100  # bytes of indentation that people write
_RULER: Final = re.compile(r"-{5,}")
_BLANK: Final = frozenset({"", " ", "\t", "\n"})
_STARS: Final = re.compile(r"[ \t]*(?=\*)")

Above = tuple["tree_sitter.Node | None", list[Fragment]]
"""The first node above a definition that belongs to it, and the documentation from there on."""


def fragment_of(source: bytes, node: tree_sitter.Node, style: Docs) -> Fragment | None:
    """A comment or attribute as documentation, or None where it is none.

    Args:
        source: The file.
        node: The comment or attribute.
        style: How the language marks documentation.
    """
    start = node.start_byte
    if style.attribute is not None and source.startswith(b"#", start):
        return _attribute(source, node, style.attribute)
    if style.plain is not None and style.plain.match(source, start):
        return None
    if style.rulers is not None and style.rulers.match(source, start):
        return Fragment(start, node.end_byte, node.start_point[1], False, "line", "")
    column = node.start_point[1]
    if style.within is not None and not any(source.startswith(marker.start, start) for marker in style.markers):
        later = style.within.search(source, start, node.end_byte)
        if later is not None:
            start, column = later.end("indent"), len(later["indent"])
    for marker in style.markers:
        if source.startswith(marker.start, start):
            break
    else:
        return None
    end = node.end_byte
    text = source[start + len(marker.start) : end].decode()
    if not marker.end:
        if style.continued and "\n" in text:  # one node of several lines
            mark = style.continued.decode()
            lines = [line.lstrip(" \t") for line in f"{mark}{text}".split("\n")]
            text = "\n".join(["" if _RULER.fullmatch(line) else line.removeprefix(mark) for line in lines])
        return Fragment(start, end, column, marker.inner, "line", text.removesuffix("\n"))
    text = text.rstrip().removesuffix(marker.end.decode())
    return Fragment(
        start,
        end,
        node.start_point[1],
        marker.inner,
        "block",
        without_stars(text) if style.stars else _without_margin(text.split("\n")),
    )


def above(
    source: bytes,
    before: Sequence[tree_sitter.Node],
    comments: frozenset[int],
    style: Docs,
    below: tree_sitter.Node | None,
    run: Run | None = None,
) -> Above:
    """What documents a definition from above.

    Args:
        source: The file.
        before: Comments and attributes above it, in order.
        comments: Kinds of comments.
        style: How the language marks documentation.
        below: The definition.
        run: How lines of documentation that follow each other are read in one go.
    """
    first: tree_sitter.Node | None = None
    fragments: list[Fragment] = []
    row = -1
    if run is not None and len(before) > 1:
        fragment, lines = run.read(source, before[0])
        if fragment is not None and not documents_file(fragment, style):
            first, row = before[0], last_row(before[lines - 1])
            fragments, before = [fragment], before[lines:]
    for node in before:
        comment = node.kind_id in comments
        joined = node.start_point[0] <= row + 1
        row = last_row(node)
        fragment = _read(source, node, style, comment=comment, going_on=joined and bool(fragments))
        if style.adjacent:
            if not joined:
                first, fragments = None, []
            if fragment is not None and not begins_line(source, node):  # it speaks of what stands before it
                continue
        if fragment is not None:
            if fragment.inner or documents_file(fragment, style):  # of what both are in: nothing above is ours
                first, fragments = None, []
                continue
            fragments.append(fragment)
        if first is None and (fragment is not None or not comment):
            first = node
    if style.adjacent and below is not None and below.start_point[0] > row + 1:
        return None, []
    if style.rulers is not None and not any(fragment.text for fragment in fragments):
        return None, []
    return _nearest(before, first, fragments) if style.nearest and len(fragments) > 1 else (first, fragments)


class Run:
    """Reads lines of documentation that follow each other in one go: most documentation is nothing else.

    Args:
        style: How the language marks documentation.
    """

    def __init__(self, style: Docs) -> None:
        starts = [m.start for m in style.markers if not m.end and not m.inner]
        marker = b"|".join(re.escape(start) for start in starts)
        plain = b"".join(b"(?!%s)" % none.pattern for none in (style.plain, style.rulers) if none is not None)
        line = rb"%s(?:%s)[^\n]*" % (plain, marker)
        self._adjacent = style.adjacent
        self._only = starts[0] if len(starts) == 1 else b""
        self._lines = re.compile(rb"%s(?:\n[ \t]*%s)*\n?" % (line, line))
        self._marker = re.compile(rb"^[ \t]*(?:%s)" % marker, re.MULTILINE)

    @classmethod
    def of(cls, style: Docs) -> Run | None:
        """What reads the lines of a style; None where it has no markers of lines."""
        return cls(style) if any(not m.end and not m.inner for m in style.markers) else None

    def read(self, source: bytes, first: tree_sitter.Node) -> tuple[Fragment | None, int]:
        """The lines from a comment on, and how many they are; None where they are fewer than two."""
        start = first.start_byte
        match = self._lines.match(source, start)
        if match is None or (self._adjacent and not begins_line(source, first)):
            return None, 0
        found = match[0].removesuffix(b"\n")
        lines = found.count(b"\n") + 1
        if lines == 1:
            return None, 0
        column = first.start_point[1]
        return Fragment(start, match.end(), column, False, "line", self._text(source, start, column, found)), lines

    def _text(self, source: bytes, start: int, column: int, lines: bytes) -> str:
        """What stands behind the markers; where they all stand below each other, without a look at each line."""
        aligned = b"\n" + source[start - column : start] + self._only
        if self._only and column < _MARGIN and lines.count(b"\n") == lines.count(aligned):
            return lines[len(self._only) :].replace(aligned, b"\n").decode()
        return self._marker.sub(b"", lines).decode()


def _read(source: bytes, node: tree_sitter.Node, style: Docs, *, comment: bool, going_on: bool) -> Fragment | None:
    if not comment and style.reader is not None:
        return style.reader(source, node)
    fragment = fragment_of(source, node, style)
    if fragment is None and going_on and style.continued and source.startswith(style.continued, node.start_byte):
        text = source[node.start_byte + len(style.continued) : node.end_byte].decode()
        fragment = Fragment(node.start_byte, node.end_byte, node.start_point[1], False, "line", text.rstrip("\n"))
    return fragment


def begins_line(source: bytes, node: tree_sitter.Node) -> bool:
    """Whether nothing but white space stands before a node on its line."""
    start = node.start_byte
    line = start - node.start_point[1]
    return behind_text(source, line, start) == line


def documents_file(fragment: Fragment, style: Docs) -> bool:
    """Whether a comment says that it documents the file."""
    return style.file_tag is not None and style.file_tag.search(fragment.text) is not None


def _nearest(before: Sequence[tree_sitter.Node], first: tree_sitter.Node | None, fragments: list[Fragment]) -> Above:
    """The last block, or the last run of lines; attributes above it still belong to the definition."""
    last = len(fragments) - 1
    start = last
    while fragments[last].sort == "line" and start > 0 and fragments[start - 1].sort == "line":
        start -= 1
    kept = fragments[start:]
    dropped = {fragment.start for fragment in fragments[:start]}
    rest = [node for node in before if first is not None and node.start_byte >= first.start_byte]
    ours = [node for node in rest if node.start_byte not in dropped]
    return (ours[0] if ours else None), kept


def comment_text(fragments: Sequence[Fragment]) -> str:
    """The documentation that fragments make together."""
    if len(fragments) == 1:
        return _dedented(fragments[0].text)
    lines = [(fragment.sort, line) for fragment in fragments for line in fragment.text.split("\n")]
    margins: dict[str, int] = {}
    for sort, line in lines:
        text = line.lstrip(" \t")
        if text:
            margins[sort] = min(len(line) - len(text), margins.get(sort, len(line)))
    spaced = {sort for sort, line in lines if line.startswith(" ")}
    kept = [
        line if sort in spaced and margins.get(sort) == 1 and line.startswith("\t") else line[margins.get(sort, 0) :]
        for sort, line in lines
    ]
    return "\n".join(kept).strip("\n").rstrip()


def _dedented(text: str) -> str:
    if text[:1] in _BLANK and not _FLUSH.search(text):
        if _ONE_SPACE.search(text):
            # A tab among lines that begin with a space is indentation: so gofmt writes code.
            spaced = "\t" not in text or _SPACE.search(text)
            text = f"\n{text}".replace("\n ", "\n")[1:] if spaced else _FIRST_COLUMN.sub("", text)
        else:
            lines = text.split("\n")
            margin = min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip(" \t")), default=0)
            text = "\n".join([line[margin:] for line in lines])
    return text.strip("\n").rstrip()


def comment_removals(source: bytes, fragments: Iterable[Fragment]) -> list[tuple[int, int]]:
    """What to take away with fragments: those that only white space parts go together."""
    runs: list[tuple[Fragment, Fragment]] = []
    for fragment in fragments:
        if runs and not source[runs[-1][1].end : fragment.start].strip():
            runs[-1] = (runs[-1][0], fragment)
        else:
            runs.append((fragment, fragment))
    return [removal(source, first.start, first.column, last.end) for first, last in runs]


def _attribute(source: bytes, node: tree_sitter.Node, pattern: re.Pattern[bytes]) -> Fragment | None:
    start, end = node.start_byte, node.end_byte
    match = pattern.fullmatch(source, start, end)
    if match is None:
        return None
    literal = match["text"].decode()
    if literal.startswith("r"):
        hashes = len(match["hashes"]) + 1
        value = literal[hashes + 1 : -hashes]
    else:
        value = _ESCAPE.sub(_unescape, literal[1:-1])
    return Fragment(start, end, node.start_point[1], source.startswith(b"#!", start), "attribute", value)


def _unescape(match: re.Match[str]) -> str:
    if match["plain"]:
        return _PLAIN_ESCAPES[match["plain"]]
    if match["line"]:
        return ""
    number = int(match["byte"] or match["point"].replace("_", ""), 16)
    return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else match[0]


def without_stars(text: str) -> str:
    """The text of a block comment without its frame of stars and its own indentation."""
    lines = text.split("\n")
    if len(lines) > 1 and not lines[-1].strip("* \t"):
        lines[-1] = ""
    rest = [line for line in lines[1:] if line.strip()]
    columns = {match.end() if (match := _STARS.match(line)) else -1 for line in rest}
    if len(columns) == 1 and -1 not in columns:
        column = columns.pop() + 1
        lines[1:] = [line[column:] for line in lines[1:]]
    return _without_margin(lines)


def _without_margin(lines: list[str]) -> str:
    rest = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip(" \t")) for line in rest), default=0)
    return "\n".join([lines[0].strip(" \t"), *(line[margin:] for line in lines[1:])]).strip("\n")
