"""Documentation that is comments: above a definition, or at the start of what it is in, as Rust has it.

The text is what rustdoc would render: fragments in the order of the source, joined by line breaks; the column
of stars of a block comment goes (after rustc's `beautify_doc_string`); each sort of fragment loses the leading
space that all its lines share. Attributes whose text is not a literal (`#[doc = include_str!(…)]`) or depends
on the build (`cfg_attr`) say nothing that can be read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from corpus.code.languages import DocComments
from corpus.code.layout import removal

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Fragment", "comment_removals", "comment_text", "fragment_of"]

_ESCAPE: Final = re.compile(
    r"\\(?:(?P<line>\n\s*)|x(?P<byte>[0-7][0-9a-fA-F])|u\{(?P<point>[0-9a-fA-F_]{1,8})\}|(?P<plain>[nrt0\\'\"]))"
)
_PLAIN_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", "'": "'", '"': '"'}
_STARS: Final = re.compile(r"[ \t]*(?=\*)")


class Fragment(NamedTuple):
    """One comment or attribute that is documentation. A tuple: a file has thousands.

    Attributes:
        start: Its first byte.
        end: Behind its last byte; the line break that a grammar counts to a comment's line included.
        column: Bytes before it on its line.
        inner: Whether it documents what it is in, rather than what follows.
        sort: `line`, `block` or `attribute`: fragments of one sort are indented alike.
        text: Without markers.
    """

    start: int
    end: int
    column: int
    inner: bool
    sort: str
    text: str


def fragment_of(source: bytes, node: tree_sitter.Node, style: DocComments) -> Fragment | None:
    """A comment or attribute as documentation, or None where it is none.

    Args:
        source: The file.
        node: The comment or attribute.
        style: How the language marks documentation.
    """
    start = node.start_byte
    if source.startswith(style.plain, start):
        return None
    if source.startswith(style.outer, start):
        inner = False
    elif source.startswith(style.inner, start):
        inner = True
    else:
        return _attribute(source, node, style) if source.startswith(b"#", start) else None
    end = node.end_byte
    text = source[start + 3 : end].decode()
    if source.startswith(b"//", start):
        return Fragment(start, end, node.start_point[1], inner, "line", text.removesuffix("\n"))
    return Fragment(start, end, node.start_point[1], inner, "block", _without_stars(text.removesuffix("*/")))


def comment_text(fragments: Iterable[Fragment]) -> str:
    """The documentation that fragments make together."""
    lines = [(fragment.sort, line) for fragment in fragments for line in fragment.text.split("\n")]
    margins: dict[str, int] = {}
    for sort, line in lines:
        text = line.lstrip(" \t")
        if text:
            margins[sort] = min(len(line) - len(text), margins.get(sort, len(line)))
    return "\n".join([line[margins.get(sort, 0) :] for sort, line in lines]).strip("\n").rstrip()


def comment_removals(source: bytes, fragments: Iterable[Fragment]) -> list[tuple[int, int]]:
    """What to take away with fragments: those that only white space parts go together."""
    runs: list[tuple[Fragment, Fragment]] = []
    for fragment in fragments:
        if runs and not source[runs[-1][1].end : fragment.start].strip():
            runs[-1] = (runs[-1][0], fragment)
        else:
            runs.append((fragment, fragment))
    return [removal(source, first.start, first.column, last.end) for first, last in runs]


def _attribute(source: bytes, node: tree_sitter.Node, style: DocComments) -> Fragment | None:
    start, end = node.start_byte, node.end_byte
    match = style.attribute.fullmatch(source, start, end)
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


def _without_stars(text: str) -> str:
    """The text of a block comment without its frame of stars and its own indentation."""
    lines = text.split("\n")
    if len(lines) > 1 and not lines[-1].strip("* \t"):
        lines[-1] = ""
    rest = [line for line in lines[1:] if line.strip()]
    columns = {match.end() if (match := _STARS.match(line)) else -1 for line in rest}
    if len(columns) == 1 and -1 not in columns:
        column = columns.pop() + 1
        lines[1:] = [line[column:] for line in lines[1:]]
        rest = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip(" \t")) for line in rest), default=0)
    return "\n".join([lines[0].strip(" \t"), *(line[margin:] for line in lines[1:])]).strip("\n")
