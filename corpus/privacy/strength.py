"""Whether a value could be a password or a drawn token, or is an identifier, a label, a path, a word."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from corpus.privacy.placeholders import dummy, reference, varied

__all__ = ["password_like", "random_like", "turns", "unquoted", "wordy"]

# Searched in values of bounded length only, each a plain class or a literal: linear whatever the engine.
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z_]*(?:[-._:/ |,=&+]+[A-Za-z_]+)*[.:;,!?]?")
# Names that end in a number as passwords do.
_TERM: Final = re.compile(
    r"(?i)(?:argon2\w*|bcrypt|scrypt|pbkdf2\w*|(?:hmac[-_]?)?sha-?\d+(?:sum)?|md[45]|oauth-?\d(?:\.\d)?|utf-?\d+\w*|base\d\d|ipv[46]|http/?\d|x509"
    r"|win(?:32|64)|python-?[23](?:\.\d+)?|py[23]\d*|aes-?\d+(?:-\w+)?|rsa-?\d+|ed25519|(?:x?(?:chacha|salsa)|poly|aes|kyber|curve|secp|blake|x(?=25519|448))\d+(?:(?:poly|x)\d+|[-_]?(?:gcm|cbc|ctr|siv|ccm|[rk]1))?|(?:u?int|float)\d+|log4j|i18n|l10n|k8s|ec2|s3|e2e|v\d+(?:\.\d+)*)[.,;:]?"
)
_CALL: Final = re.compile(r"[\w\])]\(|\w\[|::|->|=>|==|&&|\|\||\$\{|%[sdr@(]|\{\w*\}|<[/a-zA-Z]|\\[dwsx]|\(\?")
_PATH: Final = re.compile(r"(?:\.{0,2}/|~/|[A-Za-z]:\\|[a-z][a-z0-9+.-]*://|[\w-]+(?:/[\w.-]+){2,})")
_TURN: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SPACE: Final = re.compile(r"\s")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")
_SYMBOL: Final = re.compile(r"[^\w./:-]")


# Small letters, capitals, digits, and all else, each as one of its kind.
_KINDS: Final = bytes(
    97 if 97 <= code < 123 else 65 if 65 <= code < 91 else 48 if 48 <= code < 58 else 95 for code in range(256)
)


@lru_cache(maxsize=1024)
def turns(value: str) -> int:
    """How often letters, digits and the two cases take turns; an initial capital does not count.

    A drawn string does so at half of its places, an identifier at its humps and before its number.
    """
    if not value.isascii():
        return len(_TURN.findall(value))
    kinds = value.encode().translate(_KINDS)
    count = kinds.count
    return count(b"aA") + count(b"a0") + count(b"A0") + count(b"0a") + count(b"0A")


def random_like(value: str, *, shortest: int = 10, floor: float = 3.0) -> bool:
    """Whether a value looks drawn: many turns, high entropy, no words, no path, nothing of a program."""
    if not shortest <= len(value) <= 4096 or _SPACE.search(value) or dummy(value) or reference(value):
        return False
    # Letters and digits alone are no path and nothing of a program, and an identifier where there is no digit.
    plain = value.isalnum() and value.isascii()
    if (value.isalpha() and turns(value) * 5 < len(value)) if plain else _composed(value):
        return False
    if not _DIGIT.search(value) and turns(value) * 4 < len(value) and not _mixed(value):
        return False
    return turns(value) >= max(3, len(value) // 8) and varied(value, floor)


def _composed(value: str) -> bool:
    """Whether a value is an identifier, an expression or a path."""
    if _IDENTIFIER.fullmatch(value) and turns(value) * 5 < len(value):
        return True
    if not _noise(value) and _CALL.search(value.replace("==", "")):
        return True
    return _PATH.match(value) is not None and turns(value) * 6 < len(value)


def _noise(value: str) -> bool:
    """Whether a long value has letters of both cases, digits and signs in no order that a program has."""
    signs = set(_SIGN.findall(value))
    return len(value) >= 24 and len(signs) >= 3 and _WORD.search(value) is None and turns(value) * 8 >= len(value)


_SIGN: Final = re.compile(r"[^\w\s]")
_WORD: Final = re.compile(r"[A-Za-z]{7}|[a-z]{5}")


def _mixed(value: str) -> bool:
    """Whether letters alone are drawn from both cases: of a name's humps fewer are capital, and they stand apart."""
    capitals = sum(letter.isupper() for letter in value)
    return len(value) >= 14 and 3 * len(value) <= 10 * capitals <= 7 * len(value) and turns(value) * 6 >= len(value)


def wordy(value: str) -> bool:
    """Whether a value is words, whole or joined as an identifier joins them, with at most a number at the end."""
    return bool(_IDENTIFIER.fullmatch(value.rstrip("0123456789")))


_WRAPPED: Final = re.compile(
    rb"""(?:[A-Za-z@$]{0,2}|\\{1,3}|`{1,3}|\*\*)(?:"(.*)"|'(.*)'|`(.*)`|\xe2\x80(?:\x9e|\x9c|\x98)(.*)\xe2\x80(?:\x9c|\x9d|\x99)|\xc2\xab\s?(.*?)\s?\xc2\xbb|\*\*(.*)\*\*)""",
    re.DOTALL,
)


# To the end of the word, or of the element that it stands in.
_BARE_REST: Final = re.compile(rb"""(?:[^\s"'`<]|<(?!/)){0,250}""")
_SET_BY_SHELL: Final = re.compile(rb"(?:^|[\s;&])[A-Z][A-Z0-9_]*=$", re.ASCII)  # then `;` ends a command


def unquoted(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """A value without the quotes that it was matched with, or to its end where it has none and only began to match.

    A pattern with one group is faster than one with a group for each quote, and a short match than a long one.
    """
    match = _WRAPPED.fullmatch(data, start, end)
    if match is None or match.lastindex is None:
        rest = _BARE_REST.match(data, end)
        stop = rest.end() if rest else end
        ended = data[stop - 1 : stop] == b";" and _SET_BY_SHELL.search(data, max(0, start - 60), start)
        return [(start, stop - 1 if ended else stop)]
    low, high = match.span(match.lastindex)
    while high - low > 2 and data[low : low + 1] in {b'"', b"'"} and data[low] == data[high - 1]:
        low, high = low + 1, high - 1  # of `"""…"""`
    while high > low and data[high - 1 : high] == b"\\":
        high -= 1  # of `\\"…\\"` inside a string
    return [(low, high)]


@lru_cache(maxsize=16384)
def password_like(value: str, *, weak: bool = False) -> bool:
    """Whether somebody could have chosen a value for a password.

    Args:
        value: The value, without its quotes.
        weak: Whether the place leaves no doubt that a password stands there: a plain word is one then.
    """
    if not 4 <= len(value) <= 200 or dummy(value) or reference(value):
        return False
    if value.isalnum() and value.isascii():
        return _word_like(value, weak=weak)
    if _CALL.search(value.rstrip("=") if value[:-1].rstrip("=").isalnum() else value):  # of base64 the end is no call
        return False
    if _SPACE.search(value) or "://" in value or value.startswith(("./", "../", "/", "~/", "--")):
        return False
    if weak:
        return True
    if _TERM.fullmatch(value):
        return False
    if value.isdigit():
        return len(value) >= 6
    if _IDENTIFIER.fullmatch(value):
        return turns(value) * 3 >= len(value) or _diceware(value)
    letters = len(_LETTER.findall(value))
    if letters and _DIGIT.search(value):
        return True
    return letters >= 3 and _SYMBOL.search(value) is not None and not value.endswith(("...", ":", "?", "="))


def _word_like(value: str, *, weak: bool) -> bool:
    """As `password_like`, of letters and digits alone, which are nothing of a program."""
    if weak:
        return True
    if value.isdigit():
        return len(value) >= 6
    if value.isalpha():
        return turns(value) * 3 >= len(value)
    return not _TERM.fullmatch(value)


def _diceware(value: str) -> bool:
    words = re.split(r"[-._]", value)
    return len(words) >= 4 and all(3 <= len(word) <= 9 and word.isalpha() for word in words) and "-" in value
