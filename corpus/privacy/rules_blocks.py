"""Private keys: the whole block from its first line to its last, or as far as it goes where one of them is missing.

A block is found by its first line and followed from there: through escaped line ends, quotes, comment signs, diff signs
and indentation, which a pattern would have to repeat at every place. What lies between must be a key's body, so that a
program that merely names the lines (`"-----BEGIN PRIVATE KEY-----"`) is left alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from corpus.privacy.placeholders import real
from corpus.privacy.rule import Rule

__all__ = ["BLOCKS"]

# An RSA key of 16,384 bits takes 13 kB, an OpenPGP key with photos and signatures some 50.
_LONGEST: Final = 65536
# A body of 40 characters: an Ed25519 key takes 64.
_SHORTEST_BODY: Final = 40
# What stands between two pieces of a body: line ends, real or escaped, and what quotes, comments, diffs, tables and the
# joining of strings put around a line.
_GLUE: Final = r"""(?:[ \t\r\n"'`+>|#*,;.()&_-]|\\[nrt\\"'n]|//|\\u000[aAdD]|&#1[03];|<br ?/?>)"""
_BLANK: Final = r"(?: |\+|%20)"  # in an address or a form, too
_HEADERS: Final = r"(?:Proc-Type|DEK-Info|Comment|Version|Hash|Charset|Subject|x-[a-z-]{1,20}): ?[^\n\\]{0,120}"
_BODY: Final = (
    rf"(?:{_GLUE}{{0,60}}(?:{_HEADERS}|[A-Za-z0-9+/]{{16,}}={{0,2}}))+"
    rf"(?:{_GLUE}{{1,12}}[A-Za-z0-9+/]{{1,76}}={{0,2}}(?:{_GLUE}{{1,12}}=[A-Za-z0-9+/]{{4}})?)?"
)


@cache
def _pattern(pattern: str) -> Any:
    import re2

    return re2.compile(pattern.encode())


def _material(data: bytes) -> int:
    """How many characters of base64 stand in runs that no text has."""
    return sum(m.end() - m.start() for m in _pattern(r"[A-Za-z0-9+/=]{16,}").finditer(data))


def _block(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """From a block's first line to its last; to where the body ends if the next block comes first, or none does."""
    limit = min(len(data), end + _LONGEST)
    following = data.find(b"-----BEGIN", end, limit)
    last = _pattern(r"-----END[^\n-]{0,60}-----").search(data, end, following if following >= 0 else limit)
    if last is not None and _is_body(data[end : last.start()]):
        return [(start, last.end())]
    body = _pattern(_BODY).match(data, end, following if following >= 0 else limit)
    if body is not None and _material(body.group()) >= _SHORTEST_BODY:
        return [(start, body.end())]
    return []


def _is_body(data: bytes) -> bool:
    if b"%0" in data:
        data = unquote_to_bytes(data)
    material = _material(data)
    return material >= _SHORTEST_BODY and material * 2 >= len(data) - data.count(b" ") - 200


def _putty(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """PuTTY's file from its first line to its MAC, or to where its base64 ends."""
    window = data[end : end + _LONGEST]
    mac = _pattern(r"Private-(?:MAC|Hash): ?[0-9a-f]{1,128}").search(window)
    if mac is not None:
        return [(start, end + mac.end())]
    line = rf"(?:{_GLUE}{{0,60}}(?:[A-Z][A-Za-z0-9-]{{2,30}}: ?[^\n\\]{{0,200}}|[A-Za-z0-9+/]{{16,}}={{0,2}}))+"
    body = _pattern(line).search(window)
    return [(start, end + body.end())] if body is not None and _material(body.group()) >= _SHORTEST_BODY else []


def _rest(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The end of a block whose first line is missing, as far as its body reaches back."""
    window = data[max(0, start - 16384) : start]
    window = window[window.rfind(b"-----") + 5 if b"-----" in window else 0 :]
    body = None
    for body in _pattern(_BODY).finditer(window):  # noqa: B007 (the last of them)
        pass
    if body is None or len(window) - body.end() > 80 or _material(body.group()) < _SHORTEST_BODY:
        return []
    return [(start - len(window) + body.start(), end)]


BLOCKS: Final[tuple[Rule, ...]] = (
    Rule(
        name="private-key-block",
        kind="private-key",
        pattern=rf"-{{4,5}} ?BEGIN{_BLANK}(?:[A-Z0-9]|{_BLANK}){{0,40}}PRIVATE{_BLANK}KEY(?:{_BLANK}BLOCK)? ?-{{4,5}}",
        keywords=("-----begin", "---- begin"),
        reach=(1, 100),
        grow=_block,
        action="remove",
        source="RFC 7468 sections 10 and 11; RFC 1421 section 4.4; RFC 9580 section 6.2; PROTOCOL.key of OpenSSH",
    ),
    Rule(
        name="private-key-rest",
        kind="private-key",
        pattern=r"-----END [ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        keywords=("-----end",),
        reach=(0, 100),
        grow=_rest,
        action="remove",
        source="RFC 7468 section 10, where the block was cut",
    ),
    Rule(
        name="putty-private-key",
        kind="private-key",
        pattern=r"PuTTY-User-Key-File-\d: ?[\w@.-]{1,60}",
        keywords=("putty-user-key-file",),
        anchored=True,
        grow=_putty,
        action="remove",
        source="https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
    ),
    Rule(
        name="json-web-key",
        kind="private-key",
        pattern=r"""\{[^{}]{0,600}"kty"[^{}]*\}""",
        keywords=('"kty"',),
        reach=(700, 4000),
        action="remove",
        check=lambda found: (
            _pattern(r'"(?:d|k)"\s*:\s*"[\w-]{22,}"').search(found.data, found.start, found.end) is not None
        ),
        source="RFC 7517 section 4; RFC 7518 section 6",
    ),
    Rule(
        name="xml-rsa-key",
        kind="private-key",
        pattern=r"<RSAKeyValue>[A-Za-z0-9+/=<>\s]*<D>[A-Za-z0-9+/=\s]{40,}</D>[A-Za-z0-9+/=<>\s]*</RSAKeyValue>",
        keywords=("<rsakeyvalue>",),
        anchored=True,
        reach=(0, 8000),
        action="remove",
        source="https://learn.microsoft.com/en-us/dotnet/api/system.security.cryptography.rsa.toxmlstring",
    ),
    Rule(
        name="wireguard-key",
        kind="private-key",
        pattern=r"""(?i)(?:private|preshared|psk|wireguard|wg\d?)[\w .'"-]{0,30}?[:=\s]{1,4}["'`]{0,1}(?P<v>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)""",
        keywords=("privatekey", "private key", "private_key", "presharedkey", "preshared", "psk", "wireguard", "wg"),
        reach=(0, 140),
        action="remove",
        check=real,
        source="https://man7.org/linux/man-pages/man8/wg.8.html: 32 bytes in base64, the last character of 4 bits",
    ),
)
