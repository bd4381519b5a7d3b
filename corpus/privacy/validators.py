"""Checks of a candidate: what its digits, letters and neighbours say beyond its shape."""

from __future__ import annotations

from typing import Final

from corpus.privacy.rule import Candidate

__all__ = ["email"]

_RESERVED_DOMAINS: Final = ("example.com", "example.net", "example.org")
_RESERVED_TOP: Final = frozenset({"example", "invalid", "localhost", "test"})


def email(found: Candidate) -> bool:
    """Whether an address can be somebody's: the names of RFC 2606 are nobody's."""
    domain = found.value.rpartition("@")[2].lower()
    if domain.rpartition(".")[2] in _RESERVED_TOP:
        return False
    return not any(domain == name or domain.endswith("." + name) for name in _RESERVED_DOMAINS)
