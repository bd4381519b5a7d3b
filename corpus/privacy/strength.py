"""Whether a value could be a password or a drawn token, or is an identifier, a label, a path, a word."""

from __future__ import annotations

import re
from typing import Final

from corpus.privacy.placeholders import dummy, entropy, reference

__all__ = ["password_like", "random_like", "turns", "wordy"]

# Searched in values of bounded length only, each a plain class or a literal: linear whatever the engine.
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z_]*(?:[-._:/ ]+[A-Za-z_]+)*[.:;,!?]?")
_CALL: Final = re.compile(r"[\w\])]\(|\w\[|::|->|=>|==|&&|\|\||\$\{|%[sdr@(]|\{\w*\}|<[/a-zA-Z]|\\[dwsx]|\(\?")
_PATH: Final = re.compile(r"(?:\.{0,2}/|~/|[A-Za-z]:\\|[a-z][a-z0-9+.-]*://|[\w-]+(?:/[\w.-]+){2,})")
_VOWELS: Final = frozenset("aeiouyAEIOUY")


def turns(value: str) -> int:
    """How often letters, digits and the two cases take turns; an initial capital does not count.

    A drawn string does so at half of its places, an identifier at its humps and before its number.
    """
    count = 0
    for one, two in zip(value, value[1:], strict=False):
        if one.isdigit() != two.isdigit() and one.isalnum() and two.isalnum():
            count += 1
        elif one.islower() and two.isupper():
            count += 1
    return count


def random_like(value: str, *, shortest: int = 10, floor: float = 3.0) -> bool:
    """Whether a value looks drawn: many turns, high entropy, no words, no path, nothing of a program."""
    if not shortest <= len(value) <= 4096 or any(c.isspace() for c in value) or dummy(value) or reference(value):
        return False
    if _IDENTIFIER.fullmatch(value) and turns(value) * 5 < len(value):
        return False
    if _CALL.search(value) or (_PATH.match(value) and turns(value) * 6 < len(value)):
        return False
    if not any(c.isdigit() for c in value) and turns(value) * 5 < len(value):
        return False
    return entropy(value) >= floor and turns(value) >= max(3, len(value) // 8)


def wordy(value: str) -> bool:
    """Whether a value is words, whole or joined as an identifier joins them, with at most a number at the end."""
    return bool(_IDENTIFIER.fullmatch(value.rstrip("0123456789")))


def password_like(value: str, *, weak: bool = False) -> bool:
    """Whether somebody could have chosen a value for a password.

    Args:
        value: The value, without its quotes.
        weak: Whether the place leaves no doubt that a password stands there: a plain word is one then.
    """
    if not 4 <= len(value) <= 200 or dummy(value) or reference(value) or _CALL.search(value):
        return False
    if any(c.isspace() for c in value) or "://" in value or value.startswith(("./", "../", "/", "~/", "--")):
        return False
    if weak:
        return True
    if value.isdigit():
        return len(value) >= 6
    if _IDENTIFIER.fullmatch(value):
        return turns(value) * 3 >= len(value) or _diceware(value)
    letters = any(c.isalpha() for c in value)
    digits = any(c.isdigit() for c in value)
    symbols = any(not c.isalnum() and c not in "_-./:" for c in value)
    if letters and digits:
        return True
    return symbols and letters and sum(c.isalpha() for c in value) >= 3 and not value.endswith(("...", ":", "?"))


def _diceware(value: str) -> bool:
    words = re.split(r"[-._]", value)
    return len(words) >= 4 and all(3 <= len(word) <= 9 and word.isalpha() for word in words) and "-" in value
