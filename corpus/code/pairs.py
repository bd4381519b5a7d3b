"""A documented definition as questions and answers: `document` (code to documentation) and `implement` (back)."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.code import LANGUAGES, Definition
from corpus.entry import Entry

__all__ = ["documentation_of", "pairs"]


def pairs(definition: Definition, language: str) -> Iterator[Entry]:
    """The entries that a definition gives: none without documentation, and no `implement` without a body.

    The documentation never stands in the code of the same row: it would be the answer to `document`, and
    `implement` would teach to repeat the question.
    """
    if not definition.doc or not definition.code.strip():
        return
    what = f"{LANGUAGES[language].title} {definition.category}"
    facts = {
        "category": definition.category,
        "symbol": definition.symbol or None,
        "language": language,
        "line_start": definition.line_start,
        "line_end": definition.line_end,
        "signals": {"well_formedness": 0.0 if definition.has_error else 1.0},
    }
    yield Entry(
        task="document",
        instruction=f"Write the documentation of this {what}.",
        input=definition.code,
        output=definition.doc,
        **facts,  # type: ignore[arg-type]
    )
    if not definition.trivial:
        yield Entry(
            task="implement",
            instruction=f"Implement this {what}, so that it does what its documentation says.",
            input="\n\n".join(filter(None, (_without_blank_lines(definition.signature), definition.doc))),
            output=definition.code,
            **facts,  # type: ignore[arg-type]
        )


def _without_blank_lines(signature: str) -> str:
    """The signature, so that the first blank line of an `implement` row is where its documentation begins."""
    return "\n".join(line for line in signature.split("\n") if line.strip())


def documentation_of(category: str, task: str, material: str, answer: str) -> str | None:
    """The documentation in a row that `pairs` made; None for another task.

    Args:
        category: The row's `category`; a module has no signature before its documentation.
        task: The row's `task`.
        material: Its `input`.
        answer: Its `output`.
    """
    if task == "document":
        return answer
    if task == "implement" and category == "module":
        return material
    if task == "implement":
        _, blank_line, documentation = material.partition("\n\n")
        return documentation if blank_line else material
    return None
