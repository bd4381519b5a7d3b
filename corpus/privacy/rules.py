"""All rules, in the order of their tables."""

from __future__ import annotations

import hashlib
from typing import Final

from corpus.privacy.rule import Rule
from corpus.privacy.rules_assignments import ASSIGNMENTS
from corpus.privacy.rules_blocks import BLOCKS
from corpus.privacy.rules_personal import PERSONAL
from corpus.privacy.rules_prose import PROSE
from corpus.privacy.rules_tokens import TOKENS

__all__ = ["RULES", "fingerprint", "table"]

RULES: Final[tuple[Rule, ...]] = (*BLOCKS, *TOKENS, *ASSIGNMENTS, *PROSE, *PERSONAL)


def fingerprint() -> str:
    """A hash of what the rules say; their checks are code, which it does not see."""
    told = [(r.name, r.kind, r.pattern, r.keywords, r.anchored, r.reach, r.action, r.group) for r in RULES]
    return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()


def table() -> str:
    """The rules as a table in Markdown: what each is called, what it finds, what becomes of it, who says so."""
    rows = [f"| `{rule.name}` | {rule.kind} | {rule.action} | {rule.source} |" for rule in RULES]
    return "\n".join(["| rule | kind | action | source |", "|---|---|---|---|", *rows])
