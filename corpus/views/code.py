"""Code in colours, and prose with the code in it: what the page of `corpus review` shows, as a notebook's HTML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from corpus.colours import Run, coloured
from corpus.highlight import blocks
from corpus.show import plain
from corpus.views.style import clip, text

__all__ = ["MOST", "block", "highlighted", "prose"]

MOST: Final = 12_000
"""Characters of one text that are shown."""


def highlighted(code: str, language: str | None) -> str:
    """Code as HTML in which what is told apart has a class: `t-` and the name of the run; escaped in any case.

    Args:
        code: The text.
        language: As a row names it; unknown and None give plain text.
    """
    return _html(coloured(clip(plain(code), MOST), language))


def block(code: str, language: str | None) -> str:
    """Code as a block of its own."""
    return f"<pre>{highlighted(code, language)}</pre>"


def prose(words: str) -> str:
    """Text in which fenced code is shown as code."""
    parts = blocks(clip(plain(words.strip()), MOST), None)
    return "".join(
        f"<pre>{_html(part['runs'])}</pre>" if part["code"] else f'<div class="cv-say">{_html(part["runs"])}</div>'
        for part in parts
    )


def _html(runs: Iterable[Run]) -> str:
    return "".join(f'<span class="t-{kind}">{text(said)}</span>' if kind else text(said) for kind, said in runs)
