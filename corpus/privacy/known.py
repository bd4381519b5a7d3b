"""Secrets that a source is known to hold: what one place shows to be one is looked for in all others.

A row shows a part of its file. Where the name that calls a value a password, or the first line of a private key, stands
in another part, no rule finds what is left of it in the row. So the units themselves are searched as they are read, and
the rows of a corpus before they are redacted; a value that nobody would write by chance is then masked wherever it
stands. A plain word is not: as a password it is one where it is said to be one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from corpus.privacy.environment import RULE as ENVIRONMENT
from corpus.privacy.rule import ACTIONS, Action, Finding
from corpus.privacy.strength import password_like, random_like, turns

if TYPE_CHECKING:
    from corpus.privacy.detector import Detector

__all__ = [
    "KINDS",
    "PART",
    "KnownSecrets",
    "Secret",
    "digest",
    "from_values",
    "lasting",
    "searched",
    "to_values",
    "together",
]

KINDS: Final = ("passphrase", "password", "private-key", "secret")
"""What a name or a first line tells that may stand elsewhere; a token with a mark of its own is found by that."""
PART: Final = "part-of-a-key"
_KEY: Final = "private-key"
_LINE_OF_KEY: Final = re.compile(r"[A-Za-z0-9+/=]{24,}")
_ESCAPED: Final = re.compile(r"\\[nrt]")
_SIGN: Final = re.compile(r"[^\w\s%./:-]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")
_SHORTEST: Final = 7
_ROOMY: Final = 10  # characters among which letters and digits need not take turns so often
_LONGEST: Final = 4096
_TURNING: Final = (
    6  # characters of a key's line to one turn, at most: padding and names have fewer, base64 three times as many
)
_FEWEST_SIGNS: Final = 6  # different ones
_ALONE: Final = 12  # a shorter value counts where no letter or digit stands beside it


@dataclass(frozen=True, slots=True, order=True)
class Secret:
    """A value that is a secret wherever it stands.

    Attributes:
        value: The value.
        kind: What it is, as findings say it.
        rule: What found it first.
        action: What becomes of a row with it.
        places: Paths of the units or rows that showed it to be one, as the source has them.
    """

    value: str
    kind: str
    rule: str
    action: Action
    places: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Secret({self.kind!r})"  # an error that shows one shows no value


def lasting(text: str, findings: Iterable[Finding], place: str | None) -> set[Secret]:
    """The secrets among the findings of a text that are secrets wherever they stand.

    Args:
        text: What was searched.
        findings: What was found.
        place: The path that it came from, if it has one.
    """
    places = () if place is None else (place,)
    found = set()
    for one in findings:
        if one.kind not in KINDS or one.rule == ENVIRONMENT:
            continue
        value = text[one.start : one.end]
        if one.kind == _KEY:
            lines = _LINE_OF_KEY.findall(_ESCAPED.sub("\n", value))
            found |= {
                Secret(line, _KEY, PART, "remove", places) for line in lines if turns(line) * _TURNING >= len(line)
            }
        elif one.kind == "passphrase" or _lasts(value):
            found.add(Secret(value, one.kind, one.rule, one.action, places))
    return found


def _lasts(value: str) -> bool:
    """Whether nobody writes a value but who means this one."""
    if not _SHORTEST <= len(value) <= _LONGEST:
        return False
    if random_like(value):
        return True
    if not password_like(value) or len(set(value)) < _FEWEST_SIGNS:
        return False
    if _SIGN.search(value) and _LETTER.search(value) and _DIGIT.search(value):
        return True  # `Orchid6101$`
    return len(value) > _SHORTEST and turns(value) >= (3 if len(value) < _ROOMY else 2)


def searched(text: str, language: str | None, place: str) -> tuple[Secret, ...]:
    """The lasting secrets of a unit's text, in order.

    Args:
        text: As it stands in its file.
        language: The programming language that it is written in, if it is code.
        place: Its path.
    """
    return tuple(sorted(lasting(text, _detector().find(text, language=language), place)))


@cache
def _detector() -> Detector:
    from corpus.privacy.detector import Detector

    return Detector(kinds=KINDS)


def together(secrets: Iterable[Secret]) -> tuple[Secret, ...]:
    """Each value once, with all places that showed it: the gravest action, then the first kind and rule by name."""
    found: dict[str, Secret] = {}
    for one in sorted(secrets, key=lambda one: (one.value, ACTIONS.index(one.action), one.kind, one.rule, one.places)):
        known = found.setdefault(one.value, one)
        found[one.value] = replace(known, places=tuple(sorted({*known.places, *one.places})))
    return tuple(found.values())


def digest(secrets: Iterable[Secret], key: bytes) -> str:
    """Of what is looked for, by which it can be told whether it is at hand; nobody without the key can test a guess."""
    told = sorted((one.value, one.kind, one.action) for one in secrets)
    return hashlib.blake2b(json.dumps(told).encode(), key=key, digest_size=8, person=b"known secrets").hexdigest()


def to_values(secrets: Iterable[Secret]) -> list[list[Any]]:
    """Secrets as JSON values."""
    return [[one.value, one.kind, one.rule, one.action, list(one.places)] for one in secrets]


def from_values(values: object) -> tuple[Secret, ...]:
    """Secrets back from `to_values`; none where it is something else, as the file may come from anyone."""
    found = []
    for one in values if isinstance(values, list) else []:
        if not isinstance(one, list) or len(one) != 5 or not isinstance(one[4], list):
            return ()
        value, kind, rule, action, places = one
        if (
            not all(isinstance(text, str) for text in (value, kind, rule, *places))
            or not value
            or action not in ACTIONS
        ):
            return ()
        found.append(Secret(value, kind, rule, action, tuple(places)))
    return tuple(found)


class KnownSecrets:
    """A finder of known secrets.

    Args:
        secrets: What is looked for.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        import ahocorasick

        self._automaton = ahocorasick.Automaton()
        for one in secrets:
            self._automaton.add_word(one.value, one)
        if len(self._automaton):
            self._automaton.make_automaton()

    def __call__(self, text: str) -> Iterator[Finding]:
        """Where these values stand in a text."""
        for last, one in self._automaton.iter(text) if len(self._automaton) else ():
            start, end = last + 1 - len(one.value), last + 1
            if len(one.value) >= _ALONE or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                yield Finding(start, end, one.kind, one.rule, one.action)

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return next(self(text), None) is not None
