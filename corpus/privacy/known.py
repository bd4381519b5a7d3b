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
import unicodedata
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
_LONGEST_LINE: Final = 8192
_FEWEST_OF_LINE: Final = 12  # different characters: of 24 that are drawn there are 20
_LINE_OF_KEY: Final = re.compile(r"[A-Za-z0-9+/=]{24,}")
_OF_JSON: Final = re.compile(r'"(?:d|k|p|q|dp|dq|qi)"\s*:\s*"([\w-]{22,8192})"')
_PUBLIC: Final = re.compile(r"<Modulus>[^<]*")
_ESCAPED: Final = re.compile(r"\\[nrt]")
_SIGN: Final = re.compile(r"[^\w\s%./:=<>()\[\]{};,|+-]")  # that an expression seldom has: `i=0;i<n` is no password
_OPERATOR: Final = re.compile(r"[=<>()\[\]{};,|+]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")
_FIELD: Final = re.compile(r"&[A-Za-z_]\w{0,30}=")  # `…&user=jane`
_OPENING: Final = "\"'`„“”‘’«»*_([{<"
_CLOSING: Final = "\"'`„“”‘’«»*_)]}>.,;:!?"
_ENDING: Final = ").,;:"
_SHORTEST: Final = 7
_ROOMY: Final = 10  # characters among which letters and digits need not take turns so often
_LONGEST: Final = 4096
# Characters of a key's line to one turn, at most: padding and names have fewer, base64 three times as many.
_TURNING: Final = 6
_FEWEST_SIGNS: Final = 6  # different ones
# A name lacks the second, a digest one of these.
_OF_KEY: Final = tuple(map(re.compile, ("[A-Z]", "[0-9]", "[G-Zg-z]")))
# What programs and texts are full of, whatever somebody calls it: `Uint8Array`, `getUserById`, `v1.2.3-rc1`, a date, an
# address, a colour. Whoever names a common thing a password would else mask it in everybody's rows.
_PART_OF_NAME: Final = re.compile(
    r"(?i:i18n|l10n|a11y|k8s|x86|mp[34])|v\d[a-z]?(?![a-z0-9])|[A-Z]?[a-z]+|[A-Z]{1,5}(?![a-z])|\d+(?:x\d{1,2}(?!\d))?|^[@$#]|[-_.:/]|[!?]$"
)
_WORD: Final = re.compile(r"(?i)(?=.*[aeiouy])(?!.*[^aeiouy]{4})[a-z]{3,}")
_OTHER_PARTS: Final = frozenset(
    "as at btn by ctx db ddl dst fmt fv gl go gzip html http https id if in io is js log lz md ms my no ns of on or os"
    " ptr py rfc rgb rpc rs sha sql src ssh ssl str tcp tls to ts udp ui up utf vec xml".split()
)
_NUMBER: Final = re.compile(
    r"(?:\d|1[0-68]|2[0-4]|32|48|64|80|86|96|100|12[78]|160|192|224|25[56]|26[45]|384|443|512|1024|2048|4096|8080|8443"
    r"|8601|8859|3339)(?:x\d+)?"
)
_LONGEST_NAME: Final = 64
_USUAL: Final = re.compile(  # no part can be read in two ways: linear
    r"v?\d{1,4}(?:[.-]\d{1,4})+(?:[-+.T]?[A-Za-z]{0,8}[-.:]?[\d:.Z+]{0,15})?|v\d{1,2}(?:alpha|beta|rc)\d{1,2}"
    r"|[\w.+-]+@[\w-]+(?:\.[A-Za-z]+)+|@?[\w.-]+/[\w.-]+@v?\d[\w.-]*|(?:[\w.-]+/)+[\w-]+\.[a-z]{1,5}|#[0-9A-Fa-f]{3,8}"
)
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
            found |= {
                Secret(line, _KEY, PART, "remove", places) for line in _lines(one.rule, value) if _is_of_key(line)
            }
        elif one.kind == "passphrase":
            found.add(Secret(value, one.kind, one.rule, one.action, places))
        else:
            found |= {Secret(form, one.kind, one.rule, one.action, places) for form in _forms(value) if _lasts(form)}
    return found


def _lines(rule: str, key: str) -> list[str]:
    """The lines of a private key, or its numbers, without those that are public."""
    if rule == "json-web-key":
        return _OF_JSON.findall(key)
    private = key.rpartition("Private-Lines:")[2]  # of PuTTY's file, behind the public ones; else all
    return _LINE_OF_KEY.findall(_PUBLIC.sub("\n", _ESCAPED.sub("\n", private)))


def _is_of_key(line: str) -> bool:
    """Whether characters of base64 are drawn; a line that repeats itself would be found at each of its repetitions."""
    if len(line) > _LONGEST_LINE or len(set(line)) < _FEWEST_OF_LINE:
        return False
    return turns(line) * _TURNING >= len(line) and all(sign.search(line) for sign in _OF_KEY)


def _forms(value: str) -> set[str]:
    """A value as it was found, and without what a sentence, Markdown or a form puts around it, and nobody elsewhere."""
    core = _FIELD.split(value)[0].lstrip(_OPENING).rstrip(_CLOSING)
    ended = value[value.find(core) :].rstrip(_ENDING)  # a sign that people add to a word stays
    forms = {value, ended, core}
    return forms if value.isascii() else forms | {unicodedata.normalize("NFC", form) for form in forms}  # as prose is


def _lasts(value: str) -> bool:
    """Whether nobody writes a value but who means this one."""
    if not _SHORTEST <= len(value) <= _LONGEST:
        return False
    if _everyones(value):
        return False
    if random_like(value):
        return True
    if _OPERATOR.search(value.rstrip("=")):
        return False
    if not password_like(value) or len(set(value)) < _FEWEST_SIGNS:
        return False
    if _SIGN.search(value) and _LETTER.search(value) and _DIGIT.search(value):
        return True  # `Orchid6101$`
    return len(value) > _SHORTEST and turns(value) >= (3 if len(value) < _ROOMY else 2)


def _everyones(value: str) -> bool:
    """Whether a value is a name, a version, a date, an address or a colour, of which anybody may write the same."""
    if _USUAL.fullmatch(value):
        return True
    if len(value) > _LONGEST_NAME:
        return False
    parts = _PART_OF_NAME.findall(value)
    known = [part for part in parts if part.isalnum()]
    if sum(map(len, parts)) < len(value) or 5 * len(known) > 2 * len(value):  # what is drawn takes turns more often
        return False
    return all(map(_is_of_name, known[:-1])) and (_is_of_name(known[-1]) or value.endswith("_t"))


def _is_of_name(part: str) -> bool:
    if part[0].isdigit():
        return _NUMBER.fullmatch(part) is not None
    if len(part) < 6 and (part.isupper() or not part.isalpha() or part.lower() in _OTHER_PARTS):
        return True
    return _WORD.fullmatch(part) is not None


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
        covered: tuple[int, str] | None = None
        for start, end, one in self._standing(text):  # of those that end together the longest comes first
            if covered != (end, one.action):
                covered = end, one.action
                yield Finding(start, end, one.kind, one.rule, one.action)

    def at(self, text: str, place: str) -> set[Secret]:
        """Those of them that stand in a text, with its path as their place."""
        return {replace(one, places=(place,)) for _, _, one in self._standing(text)}

    def _standing(self, text: str) -> Iterator[tuple[int, int, Secret]]:
        for last, one in self._automaton.iter(text) if len(self._automaton) else ():
            start, end = last + 1 - len(one.value), last + 1
            if len(one.value) >= _ALONE or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                yield start, end, one

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return next(self(text), None) is not None
