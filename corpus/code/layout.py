"""Where text lies in a file: lines, indentation, and what to cut so that no trace of a cut is left.

All positions are byte offsets; a grammar's columns count bytes too and are never applied to `str`. Every
function looks only at the line it is asked about, by patterns anchored there, so that a file of one line with
ten thousand definitions costs no more than the same file over many lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["behind_text", "cut", "dedent", "indentation", "last_row", "normalize", "removal"]

_BOM: Final = b"\xef\xbb\xbf"
_SPACES: Final = re.compile(rb"[ \t\f]*")
_REST: Final = re.compile(rb"[ \t\f]*(?:\n|\Z)")
_WHITE: Final = b" \t\f\v\r"
_MARGIN: Final = 100  # bytes of indentation that people write
_DEEPEST: Final = 1_000  # bytes of indentation: a line of blanks with many definitions behind them is no indentation
_BLANK_LINES: Final = re.compile(rb"(?:[ \t\f]*\n)*")


def normalize(source: bytes) -> bytes:
    r"""The source as a compiler reads it: no byte order mark, `\n` for `\r\n`. Line numbers stay."""
    source = source.removeprefix(_BOM)
    return source.replace(b"\r\n", b"\n") if b"\r" in source else source  # one byte is found ten times as fast as two


def indentation(source: bytes, line: int) -> bytes:
    """The white space that a line begins with.

    Args:
        source: The file.
        line: Offset of the line's first byte.
    """
    match = _SPACES.match(source, line, line + _DEEPEST)
    return match[0] if match else b""


def removal(source: bytes, start: int, column: int, end: int) -> tuple[int, int]:
    """What to take away so that a range vanishes with its lines.

    Whole lines with the blank lines below them, where nothing else stands there; otherwise the range with the
    white space that set it apart.

    Args:
        source: The file.
        start: First byte of the range.
        column: Bytes between the beginning of its line and `start`.
        end: Behind its last byte; a final line break is not counted.

    Returns:
        The range to cut.
    """
    line = start - column
    if source[end - 1 : end] == b"\n":
        end -= 1
    rest = _REST.match(source, end)
    if rest is None:
        return start, _end(_SPACES, source, end)
    behind = behind_text(source, line, start)
    return (line, _end(_BLANK_LINES, source, rest.end())) if behind == line else (behind, end)


def behind_text(source: bytes, line: int, position: int) -> int:
    """Where the white space in front of a position begins; the beginning of its line where nothing else stands there.

    It goes backwards: what else stands on the line is not read.

    Args:
        source: The file.
        line: Offset of the line's first byte.
        position: An offset on the line.
    """
    if position - line <= _MARGIN and not source[line:position].strip(_WHITE):
        return line  # nearly always
    while position > line and source[position - 1] in _WHITE:
        position -= 1
    return position


def cut(source: bytes, start: int, end: int, removals: Sequence[tuple[int, int, bytes]]) -> bytes:
    """A range of the source without parts of it.

    Args:
        source: The file.
        start: First byte.
        end: Behind the last byte.
        removals: Ranges in order of position, which may begin before `start`, and what stands in place of each.
            One that lies in another is ignored.
    """
    if not removals:
        return source[start:end]
    kept = []
    for first, last, filler in removals:
        if last > start:
            kept += [source[start : max(first, start)], filler]
            start = last
    kept.append(source[start:end])
    return b"".join(kept)


def dedent(text: bytes, indent: bytes) -> str:
    """Text moved to the left by an indentation; a line that has less of it stays as it is."""
    if indent:
        text = text.replace(b"\n" + indent, b"\n")
    return text.strip().decode()


def last_row(node: tree_sitter.Node) -> int:
    """The last line that a node stands on, 0-based; one that ends with a line break ends where the next begins."""
    row, column = node.end_point
    return row - (column == 0)


def _end(pattern: re.Pattern[bytes], source: bytes, position: int) -> int:
    match = pattern.match(source, position)
    return match.end() if match else position
