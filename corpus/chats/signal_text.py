"""What all exports of Signal have in common: ids, numbers, names, and mentions in texts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from collections.abc import Iterable
from typing import Any, Final

from corpus.chats.model import mention

__all__ = [
    "MALFORMED",
    "aci_key",
    "chat_keys",
    "clean",
    "full_names",
    "group_keys",
    "number_key",
    "placed",
    "whole_number",
]

MALFORMED: Final = (AttributeError, TypeError, ValueError, KeyError, IndexError, OverflowError, RecursionError)
"""What reading a message raises whose fields are not of the format's types; it is left out as `malformed`."""


def aci_key(value: object, kind: str = "aci") -> str | None:
    """The key of an account id, given as bytes, as base64 (proto3 JSON) or as a UUID's text; None if it is none.

    Args:
        value: What stands in the data.
        kind: `aci`, or `pni` for the id of a number; a text may say the latter of itself.
    """
    if isinstance(value, str) and value:
        kind = "pni" if value.startswith("PNI:") else kind
        value = value.removeprefix("PNI:")
        try:
            return f"{kind}:{uuid.UUID(value)}"
        except ValueError:
            try:
                value = base64.b64decode(value, validate=True)
            except binascii.Error:
                return None
    if isinstance(value, bytes) and len(value) == 16:
        return f"{kind}:{uuid.UUID(bytes=value)}"
    return None


def number_key(value: object) -> str | None:
    """The key of a phone number in E.164, with or without its plus sign."""
    digits = str(value).removeprefix("+") if isinstance(value, str | int) and value else ""
    return f"e164:{digits}" if digits.isascii() and digits.isdigit() else None


def group_keys(master: object = None, identifier: object = None) -> list[str]:
    """The keys of a group: its id, and its master key as a hash, since who has the master key can join the group."""
    keys = []
    if isinstance(master, str) and master:
        master = base64.b64decode(master)
    if isinstance(master, bytes) and master:
        keys.append(f"group-master:{hashlib.sha256(master).hexdigest()}")
    if isinstance(identifier, str) and identifier:
        keys.append(f"group:{_group_id(identifier)}")
    return keys


def _group_id(text: str) -> str:
    """In hexadecimal: Android writes `__signal_group__v2__!` and that, Desktop base64."""
    if "!" in text:
        return text.rpartition("!")[2].lower()
    try:
        return base64.b64decode(text, validate=True).hex()
    except binascii.Error:
        return text


def chat_keys(person: Iterable[str]) -> list[str]:
    """The keys of the conversation of two with somebody."""
    return [f"direct:{key}" for key in person]


def full_names(given: object, family: object = None) -> list[object]:
    """A name and its parts."""
    parts = [part for part in (given, family) if isinstance(part, str) and part]
    return [" ".join(parts), *parts]


def whole_number(value: Any) -> int:
    """A number that proto3 JSON writes as a string; 0 where there is none."""
    return int(value) if value else 0


def clean(body: str) -> str:
    """A text without NUL, which marks mentions in a sheet, and without placeholders that nothing refers to."""
    if "\0" in body:
        body = body.replace("\0", "")
    return body.replace("\ufffc", "") if "\ufffc" in body else body


def placed(body: str, ranges: Iterable[tuple[int, int, int]]) -> str:
    """A text with its mentions where they belong.

    Args:
        body: The text, in which U+FFFC stands for each mention.
        ranges: Start and length in UTF-16 code units, and the number of who is mentioned. A length may be 0; what
            overlaps or lies outside of the text is no mention.
    """
    units = body.encode("utf-16-le", "surrogatepass")
    parts, at = [], 0
    for start, length, person in sorted(ranges):
        if at <= start <= start + length <= len(units) // 2:
            parts += [_text(units[2 * at : 2 * start]), mention(person)]
            at = start + length
    return "".join([*parts, _text(units[2 * at :])])


def _text(units: bytes) -> str:
    return clean(units.decode("utf-16-le", "surrogatepass"))
