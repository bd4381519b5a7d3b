"""Code in colours, by pygments where it is installed (the extra `notebook`), and as plain text where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpus.show import plain
from corpus.views.style import clip, text

__all__ = ["block", "highlighted", "prose"]

_MOST: Final = 12_000  # characters that are shown: a lexer's expressions may be slow on what was made to be
_FENCE: Final = re.compile(r"^```([\w+#-]*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


def highlighted(code: str, language: str | None) -> str:
    """Code as HTML in which tokens have pygments' short classes, with `t-` before them; escaped in any case.

    Args:
        code: The text.
        language: As a row names it; unknown and None give plain text.
    """
    shown = clip(plain(code), _MOST)
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound
    except ImportError:
        return text(shown)
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return text(shown)
    coloured = str(highlight(shown, lexer, HtmlFormatter(nowrap=True, classprefix="t-")))
    return coloured if shown.endswith("\n") else coloured.removesuffix("\n")  # the formatter ends every line


def block(code: str, language: str | None) -> str:
    """Code as a block of its own."""
    return f"<pre>{highlighted(code, language)}</pre>"


def prose(words: str) -> str:
    """Text in which fenced code is shown as code."""
    return "".join(_parts(words))


def _parts(words: str) -> Iterator[str]:
    end = 0
    for fence in _FENCE.finditer(words):
        yield from _said(words[end : fence.start()])
        yield block(fence[2], fence[1] or None)
        end = fence.end()
    yield from _said(words[end:])


def _said(words: str) -> Iterator[str]:
    if words.strip():
        yield f'<div class="cv-say">{text(clip(words.strip(), _MOST))}</div>'
