"""PostgreSQL's SQL, so that the grammar reads it: dollar quotes, placeholders of extensions, commands of psql.

`$$ … $$` is a string, and what stands in it is in whatever language the function is in. The grammar reads SQL in it
and loses what follows where it is PL/pgSQL; for the parse it becomes a string in plain quotes.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-DOLLAR-QUOTING
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["rewrite_sql"]

_TOKEN: Final = re.compile(rb"--|/\*|'|(?<![\w$])\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$")
_PLACEHOLDER: Final = re.compile(rb"@(extschema(?::\w+)?|extowner)@")
_COMMAND: Final = re.compile(rb"^\\[a-z!?][^\n]*", re.MULTILINE)
_NOT_LINE_BREAK: Final = re.compile(rb"[^\n]")
_ENDS: Final = {b"--": b"\n", b"/*": b"*/", b"'": b"'"}


def rewrite_sql(source: bytes) -> bytes:
    """The source with dollar quotes as plain ones, of the same length and with the same lines; linear in its length."""
    if b"\\" in source:
        source = _COMMAND.sub(lambda match: b" " * len(match[0]), source)
    if b"@ext" in source:
        source = _PLACEHOLDER.sub(lambda match: b"_" + match[1].replace(b":", b"_") + b"_", source)
    return _plainly_quoted(source) if b"$" in source else source


def _plainly_quoted(source: bytes) -> bytes:
    last = {match[0]: match.start() for match in _TOKEN.finditer(source) if match[0].startswith(b"$")}
    parts: list[bytes] = []
    done = position = 0
    while (match := _TOKEN.search(source, position)) is not None:
        opening, start = match[0], match.start()
        dollars = opening.startswith(b"$")
        if dollars and last.get(opening, -1) <= start:  # it is not closed
            position = match.end()
            continue
        end = source.find(_ENDS.get(opening, opening), match.end())
        if end < 0:
            break
        position = end + len(_ENDS.get(opening, opening))
        if dollars:
            inside = _NOT_LINE_BREAK.sub(b" ", source[start + 1 : position - 1])
            parts += [source[done:start], b"'", inside, b"'"]
            done = position
    return b"".join([*parts, source[done:]])
