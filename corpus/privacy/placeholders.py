"""What only stands where a secret would: placeholders, examples, references to where the secret lies, plain words."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache, lru_cache
from typing import Any, Final

from corpus.privacy.rule import Candidate

__all__ = ["dummy", "entropy", "real", "reference", "varied"]

_DUMMIES: Final = tuple(
    """
    example changeme change_me change-me placeholder dummy redacted your_ your- yourpass yoursecret yourtoken
    yourkey yourapi **** .... ____ insert replace todo fixme deadbeef 1234567890 0123456789 abcdefgh abcd1234
    00000000 11111111 foobar loremipsum notreal not-a-real fake sample censored removed hidden secret-here ••• ●●●
    … test-token test_token
    """.split()
)
_AROUND: Final = "0123456789!_-.*@#$=:;,?&/\\'\"`()[]{}<>"
# Words that name what is missing; as a whole value they are its placeholder.
WORDS: Final = frozenset(
    """
    password passwort passwd pass pwd pw passphrase secret secrets token key apikey api_key mypassword mysecret
    mytoken mykey my_password my_secret user username login admin root test tests testing string str text bytes
    none null nil undefined true false yes no empty default required optional unknown value values type basic
    bearer digest auth oauth http https localhost host changeit change name email phone number integer
    boolean object array void any bool int float double char not_set unset foo bar baz kennwort contraseña senha
    wachtwoord parola пароль
    """.split()
)
_OPENERS: Final = (
    "${",
    "$(",
    "{{",
    "<",
    "%(",
    "#{",
    "[[",
    "@{",
    "{",
    "ENC[",
    "!vault",
    "$ANSIBLE_VAULT",
    "vault:",
    "ref+",
    "op://",
    "arn:",
)
_ELSEWHERE: Final = re.compile(
    r"(?i)environ|getenv|(?:get|fetch)_env\b|process\.env|secrets\.|env\.|config\.|vault\.|\$\{|\{\{|\$\("
)
_NOT_ALNUM: Final = re.compile(r"[\W_]+")
_SEQUENCES: Final = (
    "abcdefghijklmnopqrstuvwxyz01234567890 qwertyuiopasdfghjklzxcvbnm zyxwvutsrqponmlkjihgfedcba09876543210"
)


def entropy(text: str) -> float:
    """Shannon's entropy of a text's characters, in bits a character; of an empty text 0."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if total else 0.0


def varied(text: str, floor: float) -> bool:
    """Whether a text's entropy is that much or more: how many characters there are and how many differ often tells."""
    told = _told_by_kinds(len(text), len(set(text)), floor)
    return entropy(text) >= floor if told is None else told


@lru_cache(maxsize=4096)
def _told_by_kinds(total: int, kinds: int, floor: float) -> bool | None:
    """What the least and the greatest entropy say that so many characters of so many kinds can have."""
    if not total:
        return floor <= 0
    rest = total - kinds + 1  # of one kind all that can be, of the others one each: the least
    least = (kinds - 1) / total * math.log2(total) + rest / total * math.log2(total / rest)
    if least - _ROUNDING > floor:
        return True
    return False if math.log2(kinds) + _ROUNDING < floor else None


_ROUNDING: Final = 1e-9


@cache
def _dummies(shortest: int) -> Any:
    """An automaton of the words that are that long: an alternation of seventy takes Python a microsecond a letter."""
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word in _DUMMIES:
        if len(word) >= shortest:
            automaton.add_word(word, None)
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1024)
def dummy(value: str) -> bool:
    """Whether a value says itself that it is none: `changeme`, `xxxx`, `abcdefgh`, one character repeated."""
    lower = value.lower()
    if lower in WORDS or lower.strip(_AROUND) in WORDS:
        return True
    if "xxxx" in value or "XXXX" in value:
        return True
    # In a long drawn string a short word stands by chance.
    if next(_dummies(1 if len(lower) <= 64 else 6).iter(lower), None) is not None:
        return True
    run = lower if lower.isalnum() else _NOT_ALNUM.sub("", lower)
    if len(run) < 3 or len(set(run)) <= max(2, min(4, len(run) // 5)):
        return True
    return 6 <= len(run) <= 40 and run in _SEQUENCES


def reference(value: str) -> bool:
    """Whether a value says where the secret lies instead of being it: `${VAR}`, `{{ x }}`, `os.environ[…]`, `$PASS`."""
    if value.startswith(_OPENERS) or (
        value.startswith("$") and value[1:].replace("_", "a").isalnum() and value[1:2].isalpha()
    ):
        return True
    if value.startswith("%") and value.endswith("%"):
        return True
    # One of these is in whatever the pattern finds; a pattern of ten words takes three microseconds to find nothing.
    if "." not in value and "$" not in value and "{{" not in value and "env" not in value.lower():
        return False
    return _ELSEWHERE.search(value) is not None


def real(found: Candidate) -> bool:
    """Whether a token's own characters could have been drawn at random."""
    value = found.value
    return not dummy(value) and varied(value, 2.5)
