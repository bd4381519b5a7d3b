"""Checks of a candidate: what its digits, letters and neighbours say beyond its shape."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Final

from corpus.privacy.placeholders import dummy, varied
from corpus.privacy.rule import Candidate

__all__ = ["discord", "github_checksum", "json_web_token", "luhn", "private_in_base64", "slack"]

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


# From a digit's character to the sum of the digits of its double.
_DOUBLED: Final = bytes(sum(map(int, str(2 * (code - 48)))) if 48 <= code < 58 else 0 for code in range(256))


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1 annex B."""
    data = digits.encode()
    return (sum(data[-1::-2]) - 48 * len(data[-1::-2]) + sum(data[-2::-2].translate(_DOUBLED))) % 10 == 0


def github_checksum(found: Candidate) -> bool:
    """Whether the last six characters are the CRC-32 of those in front, in base 62, as GitHub and npm make them."""
    body = found.value.rpartition("_")[2]
    number = 0
    for letter in body[-6:]:
        number = number * 62 + _BASE62.index(letter)
    return zlib.crc32(body[:-6].encode()) == number


def json_web_token(found: Candidate) -> bool:
    """Whether the first part is a JSON object with an algorithm."""
    head = _decoded(found.value.partition(".")[0])
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and ("alg" in header or "typ" in header or "enc" in header)


def private_in_base64(found: Candidate) -> bool:
    """Whether base64 holds a PEM block of a private key."""
    return b"PRIVATE KEY" in _decoded(found.value[:60])


def discord(found: Candidate) -> bool:
    """Whether the parts look drawn at random: an identifier of a program has no such digits."""
    value = found.value
    head = value.partition(".")[0]
    mixed = any(c.isdigit() for c in value) and any(c.islower() for c in head) and any(c.isupper() for c in head[1:])
    return mixed and not dummy(value) and varied(value, 4)


def slack(found: Candidate) -> bool:
    """Whether the numbers of a team and of a user are in it."""
    return sum(c.isdigit() for c in found.value) >= 8 and not dummy(found.value)


def _decoded(text: str) -> bytes:
    piece = text[: len(text) - len(text) % 4] if len(text) % 4 == 1 else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(piece.replace("-", "+").replace("_", "/"))
    except (binascii.Error, ValueError):
        return b""
