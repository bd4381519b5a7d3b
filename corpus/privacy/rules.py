"""All rules, in the order of their tables."""

from __future__ import annotations

from typing import Final

from corpus.privacy.rule import Rule
from corpus.privacy.rules_assignments import ASSIGNMENTS
from corpus.privacy.rules_blocks import BLOCKS
from corpus.privacy.rules_personal import PERSONAL
from corpus.privacy.rules_prose import PROSE
from corpus.privacy.rules_tokens import TOKENS

__all__ = ["RULES", "table"]

RULES: Final[tuple[Rule, ...]] = (*BLOCKS, *TOKENS, *ASSIGNMENTS, *PROSE, *PERSONAL)


def table() -> str:
    """The rules as a table in Markdown: what each is called, what it finds, what becomes of it, who says so."""
    rows = [f"| `{rule.name}` | {rule.kind} | {rule.action} | {rule.source} |" for rule in RULES]
    return "\n".join(["| rule | kind | action | source |", "|---|---|---|---|", *rows])
