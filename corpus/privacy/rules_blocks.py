"""Private keys: the whole block from its first line to its last, or as far as it goes where the last is missing."""

from __future__ import annotations

from typing import Final

from corpus.privacy.rule import Rule

__all__ = ["BLOCKS"]

BLOCKS: Final[tuple[Rule, ...]] = (
    Rule(
        name="private-key-block",
        kind="private-key",
        pattern=r"-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-]|--[^-]|---[^-]|----[^-]){0,400}",
        keywords=("-----begin",),
        reach=(0, 16384),
        action="remove",
        source="RFC 7468 section 10; RFC 4716; RFC 9580 section 6.2",
    ),
)
