"""API keys and tokens of providers, each as its vendor publishes it."""

from __future__ import annotations

from typing import Final

from corpus.privacy.rule import Rule

__all__ = ["TOKENS"]

TOKENS: Final[tuple[Rule, ...]] = (
    Rule(
        name="github-token",
        kind="api-key",
        pattern=r"gh[pousr]_[A-Za-z0-9]{36,255}\b",
        keywords=("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        anchored=True,
        action="remove",
        source="https://github.blog/engineering/behind-githubs-new-authentication-token-formats/",
    ),
)
