"""Personal data that has a form: addresses, numbers, places."""

from __future__ import annotations

from typing import Final

from corpus.privacy.rule import Rule
from corpus.privacy.validators import email

__all__ = ["PERSONAL"]

PERSONAL: Final[tuple[Rule, ...]] = (
    Rule(
        name="email",
        kind="email",
        pattern=r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        keywords=("@",),
        reach=(64, 255),
        check=email,
        source="RFC 5322 section 3.4.1 without comments, quoted strings and address literals; RFC 1035 section 2.3.4",
    ),
)
