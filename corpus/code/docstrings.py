"""Documentation that is a string: the first statement of a body, as Python has it.

What counts is left to Python itself: `ast.literal_eval` reads the literal, so prefixes, escapes, implicit
concatenation and parentheses mean what they mean there, and bytes or an f-string are no documentation.
Stripping quotes by hand eats those that belong to the text (90 of 7,871 in Django, Flask and requests).
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from corpus.code.layout import removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tree_sitter

    from corpus.code.grammar import Grammar

__all__ = ["docstring_cut", "docstring_text", "plain_docstring"]

_REST_OF_STATEMENT: Final = re.compile(rb"[ \t\f]*(?:;[ \t\f]*)?(?:#[^\n]*)?")


_QUOTES: Final = frozenset({b'"""', b"'''"})
_REST_OF_LINE: Final = re.compile(rb"[ \t]*(?:\n|\Z)")
_BLANKS: Final = re.compile(rb"\s*")
_WIDEST: Final = 40  # columns of a docstring that people write


def plain_docstring(source: bytes, body: tree_sitter.Node, filler: bytes) -> tuple[str, tuple[int, int], bytes] | None:
    """The documentation that a body opens with, as most do: plain quotes, nothing else on the line of the closing ones.

    The same as `docstring_text` and `docstring_cut` give, without a look at the nodes.

    Args:
        source: A file that parses.
        body: A body in it.
        filler: What stands for a body that is empty without it.

    Returns:
        The text, what to take away, and what to put in its place; None where that takes a look at the nodes.
    """
    start, end = body.byte_range
    quotes = source[start : start + 3]
    close = source.find(quotes, start + 3, end) if quotes in _QUOTES else -1
    value = source[start + 3 : close] if close >= 0 else b"\\"
    line_end = _REST_OF_LINE.match(source, close + 3) if b"\\" not in value else None
    if line_end is None:
        return None
    behind = _BLANKS.match(source, line_end.end())
    following = behind.end() if behind else end
    if source.startswith(b"#", following):
        return None
    column = body.start_point[1]
    text = _aligned(value.decode(), column)
    if following >= end and filler:
        return text, (start, close + 3), filler
    return text, removal(source, start, column, close + 3), b""


def docstring_text(source: bytes, statement: tree_sitter.Node, grammar: Grammar) -> str | None:
    """The documentation that a first statement is, cleaned, or None where it is something else.

    Args:
        source: The file.
        statement: First statement of a body.
        grammar: The language's.

    Returns:
        The text as `inspect.cleandoc` gives it; empty when nothing but white space is in it.
    """
    if statement.kind_id not in grammar.statements or statement.child_count != 1:
        return None
    literal = statement.child(0)
    if literal.kind_id not in grammar.literals or literal.has_error:
        return None
    value = _value(source[literal.start_byte : literal.end_byte].decode())
    # A lone surrogate, which an escape can name, cannot be written to any file: it stays an escape.
    if value is None:
        return None
    text = _clean(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _clean(value: str) -> str:
    return inspect.cleandoc(value) if "\n" in value else value.expandtabs().lstrip()


def _aligned(value: str, column: int) -> str:
    """What `inspect.cleandoc` gives, where every line stands below the quotes or is empty, as nearly all do."""
    margin = "\n" + " " * column
    moved = value.replace(margin, "\n")
    lines = value.count("\n")
    filled = (len(value) - len(moved)) // column if column else lines
    is_margin = column <= _WIDEST and lines == filled + value.count("\n\n") and "\t" not in value
    if not is_margin or not _flush(column).search(value):
        return _clean(value)
    first, _, rest = moved.partition("\n")
    return f"{first.lstrip()}\n{rest}".strip("\n")


@lru_cache(_WIDEST + 1)
def _flush(column: int) -> re.Pattern[str]:
    """A line that is indented by no more than the column."""
    return re.compile(rf"\n {{{column}}}\S")


def _value(literal: str) -> str | None:
    quotes = literal[:3]
    if quotes in {'"""', "'''"} and literal.find(quotes, 3) == len(literal) - 3 and "\\" not in literal:
        return literal[3:-3]  # nothing in it is to be read otherwise; most are of this kind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `\d` in a docstring is the author's affair
        try:
            value = ast.literal_eval(literal)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    return value if isinstance(value, str) else None


def docstring_cut(
    source: bytes, statements: Sequence[tree_sitter.Node], filler: bytes
) -> tuple[tuple[int, int], bytes]:
    """What to take away with a docstring, and what to put in its place.

    Args:
        source: The file.
        statements: The body's first statement, which is the docstring, and its second, if any.
        filler: What stands for a body that is empty without it.
    """
    first = statements[0]
    if len(statements) == 1 and filler:
        return (first.start_byte, first.end_byte), filler
    rest = _REST_OF_STATEMENT.match(source, first.end_byte)
    end = rest.end() if rest else first.end_byte
    return removal(source, first.start_byte, first.start_point[1], end), b""
