"""How rows about code ask: several natural phrasings of each question, chosen by a hash of what names the row.

The choice is no chance: the same definition is asked about in the same words in every run, on every machine. A
model that sees one phrasing only learns to answer that phrasing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Final

__all__ = ["GAP", "phrase", "summary_in", "words_of"]

GAP: Final = "<missing lines>"
"""What stands in code for the lines that a `complete` row asks for."""

_PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "document": (
        "Write the documentation of this {what}.",
        "Document this {what}.",
        "Write {comment} for this {what}.",
        "What should the documentation of this {what} say?",
    ),
    "implement": (
        "Implement this {what}. {summary}",
        "Write {a_what} that does the following: {summary}",
        "I need {a_what} with the signature below. {summary}",
        "Write the code of this {what}. What it does: {summary}",
    ),
    "implement-file": (
        "Implement this {what}. {summary}",
        "Write {a_what} that does the following: {summary}",
        "I need {a_what}. {summary}",
        "Write the code of this {what}. What it does: {summary}",
    ),
    "implement-documented": ("Implement this {what}, so that it does what its documentation says.",),
    "explain": (
        "What does the {what} {name} do?",
        "Explain the {what} {name}.",
        "What is the {what} {name} for?",
        "Describe the {what} {name}.",
    ),
    "explain-value": (
        "What is the {what} {name} for?",
        "Explain the {what} {name}.",
        "Describe the {what} {name}.",
    ),
    "complete": (
        "Some lines of this {what} are missing. What belongs at {gap}?",
        "Complete this {what}: write the lines that {gap} stands for.",
        "Fill in {gap} in this {what}.",
    ),
    "argument": (
        "What do the parameters of {name} mean?",
        "Explain the parameters of the {what} {name}.",
        "Which arguments does the {what} {name} take, and what are they for?",
    ),
    "error": (
        "When does {name} fail?",
        "Which errors can the {what} {name} give, and when?",
        "What can go wrong when {name} is called?",
    ),
    "example": (
        "Show an example of how {name} is used.",
        "How do I use the {what} {name}?",
        "Give an example in {title} that uses {name}.",
    ),
}
_SEEDS: Final = {question: zlib.crc32(f"{question}\0".encode()) for question in _PHRASES}
_LEADS: Final = dict.fromkeys(
    re.escape(text.removesuffix("{summary}")) for name in ("implement", "implement-file") for text in _PHRASES[name]
)
_VOWELS: Final = tuple("AEIOU")
_WHAT: Final = r"[^.:\n`]{1,40}?(?: `[^`\n]+`)?"
_SUMMARY: Final = re.compile("|".join(re.sub(r"\\\{(?:a_)?what\\\}", lambda _: _WHAT, lead) for lead in _LEADS))


def words_of(what: str, **words: str) -> dict[str, str]:
    """What fills the phrasings: `words`, what is spoken of with its article, and the mark of a gap."""
    return {"what": what, "a_what": f"{'an' if what.startswith(_VOWELS) else 'a'} {what}", "gap": GAP, **words}


def phrase(question: str, symbol: str, words: Mapping[str, str]) -> str:
    """A question in one of its phrasings.

    Args:
        question: What is asked; a task, or the category where that says more.
        symbol: The qualified name that the row is about: it decides which phrasing.
        words: What fills the phrasing, see `words_of`.
    """
    phrases = _PHRASES[question]
    return phrases[zlib.crc32(symbol.encode(), _SEEDS[question]) % len(phrases)].format_map(words)


def summary_in(instruction: str) -> str:
    """The summary in an instruction of `implement`; an empty text where it is not of ours."""
    match = _SUMMARY.match(instruction)
    return instruction[match.end() :] if match else ""
