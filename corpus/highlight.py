"""Texts as a page shows them: code in colours, prose as it is, nothing that a reader could be deceived by.

What comes out are runs of text with the name of a class each, never HTML: the page sets them as text. Characters
that turn the direction of writing, or that a terminal obeys, are shown as U+FFFD and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from corpus.colours import Run, coloured
from corpus.show import plain

__all__ = ["LONGEST", "blocks", "lines_of", "shown"]

LONGEST: Final = 40_000
"""Characters of one text that are shown."""

_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)


def shown(text: str) -> tuple[str, int, int]:
    """A text fit to be shown, how many characters in it were replaced, and how many are left out at its end."""
    text = text.replace("\r\n", "\n")
    cut = plain(text[:LONGEST])
    return cut, sum(a != b for a, b in zip(cut, text, strict=False)), max(0, len(text) - LONGEST)


def lines_of(runs: list[Run]) -> list[list[Run]]:
    """Runs cut at line feeds, which are left out."""
    lines: list[list[Run]] = [[]]
    for name, text in runs:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append((name, part))
    return lines


def blocks(text: str, language: str | None) -> list[dict[str, Any]]:
    """A text as blocks of code and prose.

    Args:
        text: Fit to be shown.
        language: The programming language that all of it is in; None for prose, whose fenced parts are code.
    """
    if language is not None:
        return [_code(text, language)]
    return [part for part in _fenced(text) if part["code"] or part["runs"]]


def _fenced(text: str) -> Iterator[dict[str, Any]]:
    at, opened = 0, None
    for fence in _FENCE.finditer(text):
        if opened is None:
            yield _prose(text[at : fence.start()])
        elif fence[1].startswith(opened[1]) and not fence[2]:
            yield _code(text[at : fence.start()].removesuffix("\n"), opened[2] or None)
        else:
            continue  # a fence inside another one is text
        opened = fence if opened is None else None
        at = fence.end() + 1
    rest = text[at:]
    yield _prose(rest) if opened is None else _code(rest, opened[2] or None)


def _prose(text: str) -> dict[str, Any]:
    text = text.strip("\n")
    return {"code": False, "language": None, "runs": [("", text)] if text else []}


def _code(text: str, language: str | None) -> dict[str, Any]:
    return {"code": True, "language": language, "runs": coloured(text, language)}
