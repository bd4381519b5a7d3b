"""The prose of a documentation: its first sentence, and the rest."""

from __future__ import annotations

import re
from typing import Final

from corpus.code.sections.lines import HEADING, ROLES, outside_fences
from corpus.code.sections.model import Dialect

__all__ = ["COST", "summarize"]


_BLANK_RUN: Final = re.compile(r"\n(?:[ \t]*\n){2,}")
_BLANKS: Final = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE_END: Final = re.compile(r"[.!?。！？](?:(?<=[。！？])|(?=[\"')\]`*_]*(?:\s+[\"'(\[`*_]*[A-Z0-9]|$)))")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|eg|ie|etc|vs|cf|approx|resp|incl|al|no|Dr|Mr|Mrs|St|N\.B|n\.b|a\.k\.a|viz|w\.r\.t)|\.)\Z"
)
_TITLE_MARK: Final = re.compile(r"\A={1,6}[ \t]+")
# Titles of sections that say something beside what a definition does: no summary is behind them.
_ASIDES: Final = frozenset(
    {"safety", "cancel safety", "cancellation safety", "note", "notes", "warning", "warnings", "caution", "important"}
    | {"implementation", "implementation notes", "implementation note", "invariants", "invariant", "see also"}
    | {"compatibility", "performance", "stability", "remarks", "todo", "background", "caveats", "limitations", *ROLES}
)
_LIST_ITEM: Final = re.compile(r"\n[ \t]*(?:[-*+•]|\d+[.)])[ \t]+\S")
_CALL: Final = re.compile(r"(?:[\w, ]+=[ ]?)?[\w.]+\([^\n]*\)(?:[ ]?->[ ]?[^\n]+)?\Z")
_UNDERLINE: Final = re.compile(r"\n[ \t]*[-=~^]{3,}[ \t]*(?=\n|$)")
COST: Final = re.compile(
    r"\s*(?:\\\(\s*O\([^\n]{0,120}?\\\)|/O\([^\n]{0,80}?\)/|\$O\([^\n]{0,80}?\)\$|O\([^()\n]{0,80}\)(?=\.))[.,:]?\s+"
)
"""What a function costs, where that is said before what it does, as in Haddock."""
_SENTENCES_WITHIN: Final = 2000  # characters of a first paragraph in which the end of a sentence is looked for


_COST_WITHIN: Final = 10  # characters in which a cost begins


def summarize(prose: str, dialect: Dialect) -> tuple[str, str]:
    """The first sentence on one line, and the rest, both as plain words."""
    prose = outside_fences(prose, dialect.markup)
    if "\n\n\n" in prose:
        prose = outside_fences(prose, lambda text: _BLANK_RUN.sub("\n\n", text))
    prose = prose.strip("\n").rstrip()
    cost = COST.match(prose) if "O(" in prose[:_COST_WITHIN] else None
    paragraph, before, rest = _first_paragraph(prose[cost.end() :] if cost else prose)
    before = "\n\n".join(filter(None, (cost[0].strip(), before))) if cost else before
    heading = HEADING.match(paragraph)
    aside = heading is not None and heading["title"].rstrip("#: \t").lower() in _ASIDES
    if aside or paragraph.startswith(("```", "~~~")):
        return "", prose
    end = heading.end() if heading else _sentence_end(paragraph)
    listed = _LIST_ITEM.search(paragraph, 0, end) if "\n" in paragraph else None
    end = listed.start() if listed else end
    summary = paragraph[:end]
    if "\n" in summary:
        summary = " ".join(_UNDERLINE.sub("", summary).split())
    parts = (before, paragraph[end:].strip("\n").strip(" "), rest)
    if summary.startswith("="):
        summary = _TITLE_MARK.sub("", summary)
    return summary.strip("# \t"), "\n\n".join([part for part in parts if part])


def _first_paragraph(prose: str) -> tuple[str, str, str]:
    """The first paragraph, what stands before it (a signature, as in NumPy and Julia), and what is behind."""
    if "\n" not in prose:
        return prose, "", ""
    head, *tail = _BLANKS.split(prose, maxsplit=1)
    if tail and (head.startswith(("    ", "\t")) or ("(" in head and _CALL.match(head))):
        rest = prose[len(head) :].lstrip()
        second, *tail = _BLANKS.split(rest, maxsplit=1)
        return second, head, _behind(rest, second) if tail else ""
    return head, "", _behind(prose, head) if tail else ""


def _behind(prose: str, head: str) -> str:
    """What follows a paragraph, without the blank lines between; its own indentation stays."""
    rest = prose[len(head) :]
    blank = len(rest) - len(rest.lstrip())
    return rest[rest.rfind("\n", 0, blank) + 1 :]


def _sentence_end(text: str) -> int:
    """Where the first sentence ends; not in code or parentheses, nor behind an abbreviation."""
    ticks = depth = last = 0
    for match in _SENTENCE_END.finditer(text, 0, _SENTENCES_WITHIN):
        end = match.end()
        ticks += text.count("`", last, end)
        depth += text.count("(", last, end) - text.count(")", last, end)
        last = end
        if ticks % 2 or depth > 0:
            continue
        if match[0] == "." and _ABBREVIATION.search(text, max(0, end - 8), end - 1):
            continue
        while end < len(text) and text[end] in "\"')]`*_":
            end += 1
        return end
    return len(text)
