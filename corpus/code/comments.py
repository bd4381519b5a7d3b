"""Documentation that is comments: above a definition, or at the start of what it is in, as Rust has it.

The text is what rustdoc would render: fragments in the order of the source, joined by line breaks; the column
of stars of a block comment goes (after rustc's `beautify_doc_string`); each sort of fragment loses the leading
space that all its lines share. Attributes whose text is not a literal (`#[doc = include_str!(…)]`) or depends
on the build (`cfg_attr`) say nothing that can be read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corpus.code.languages import DocComments

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Fragment", "comment_text", "fragment_of"]

_ESCAPE: Final = re.compile(
    r"\\(?:(?P<line>\n\s*)|x(?P<byte>[0-7][0-9a-fA-F])|u\{(?P<point>[0-9a-fA-F_]{1,8})\}|(?P<plain>[nrt0\\'\"]))"
)
_PLAIN_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", "'": "'", '"': '"'}
_STARS: Final = re.compile(r"[ \t]*(?=\*)")


@dataclass(frozen=True, slots=True)
class Fragment:
    """One comment or attribute that is documentation.

    Attributes:
        node: Where it stands.
        inner: Whether it documents what it is in, rather than what follows.
        sort: `line`, `block` or `attribute`: fragments of one sort are indented alike.
        text: Without markers.
    """

    node: tree_sitter.Node
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
    start, end = node.start_byte, node.end_byte
    mark = source[start : start + 4].decode(errors="replace")
    if mark[:1] == "#":
        return _attribute(source[start:end], node, style)
    if mark.startswith(style.plain) or not mark.startswith((*style.outer, *style.inner)):
        return None
    inner = mark.startswith(style.inner)
    text = source[start + 3 : end].decode().rstrip("\n")
    if mark[1] == "/":
        return Fragment(node, inner, "line", text)
    return Fragment(node, inner, "block", _without_stars(text.removesuffix("*/")))


def comment_text(fragments: Iterable[Fragment]) -> str:
    """The documentation that fragments make together."""
    parts = [(fragment.sort, fragment.text.split("\n")) for fragment in fragments]
    margins: dict[str, int] = {}
    for sort, lines in parts:
        for line in lines:
            if not line.isspace() and line:
                margin = len(line) - len(line.lstrip(" \t"))
                margins[sort] = min(margin, margins.get(sort, margin))
    shifted = [line[margins.get(sort, 0) :] if line.strip() else "" for sort, lines in parts for line in lines]
    return "\n".join(shifted).strip("\n").rstrip()


def _attribute(text: bytes, node: tree_sitter.Node, style: DocComments) -> Fragment | None:
    match = style.attribute.fullmatch(text)
    if match is None:
        return None
    literal = match["text"].decode()
    if literal.startswith("r"):
        hashes = len(match["hashes"]) + 1
        value = literal[hashes + 1 : -hashes]
    else:
        value = _ESCAPE.sub(_unescape, literal[1:-1])
    return Fragment(node, text.startswith(b"#!"), "attribute", value)


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
    if lines and lines[0] and not lines[0].strip("*"):
        lines[0] = ""
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
