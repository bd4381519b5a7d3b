"""What English prose about software looks like: how rare a word is, and which words follow each other.

Two tables of hashed counts, fitted by `benchmarks/english.py` on documentation under permissive licences and shipped
beside this file (0.8 MB, one byte a slot). A text cannot be read back from them. A larger model sees more and costs a
thousand times as much; these see what the scores need: noise makes words that nobody writes, shuffling makes pairs that
nobody writes, a cut ends a text in words that no sentence ends in.

Only prose in English is judged by them: see `is_foreign`.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

from corpus.errors import IntegrityError

__all__ = [
    "END",
    "FILE",
    "FITTED_ON",
    "PAIR_SLOTS",
    "START",
    "VERSION",
    "WORD_SLOTS",
    "affinities",
    "end_affinity",
    "is_foreign",
    "known",
    "rarity",
    "shape",
    "slot",
    "tokens",
]

VERSION: Final = "english-1"
FILE: Final = "english.bin"
CHECKSUM: Final = "77dd97b503161e14"
FITTED_ON: Final = (
    "CPython 3.11 (PSF)", "attrs (MIT)", "fsspec (BSD)", "huggingface_hub (Apache)", "networkx (BSD)", "numpy (BSD)",
    "pandas (BSD)", "pydantic (MIT)", "pygments (BSD)", "pytest (MIT)", "rich (MIT)", "scipy (BSD)", "tokio (MIT)",
)  # fmt: skip
"""What the tables were fitted on; nothing that a figure in docs/quality.md is measured on."""

WORD_SLOTS: Final = 1 << 18
PAIR_SLOTS: Final = 1 << 19
START: Final = "<"
END: Final = ">"
STEP: Final = 20  # slots hold a logarithm in steps of 1/20, 1-255; 0 is what was never seen
LOWEST: Final = -5.0  # of the affinity of two words
UNSEEN: Final = 12.0  # rarity of a word that was never seen
_TAIL: Final = 200  # characters in which the last word of a text stands
FREQUENT: Final = 4.5  # a word up to this rarity stands for itself in a pair, a rarer one for its shape

_TOKEN: Final = re.compile(r"\w+(?:'\w+)?|[^\w\s]")
_BREAK: Final = re.compile(r"\n[ \t]*\n")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP: Final = _words(
    """
    the a an of to is and in for be this that with on it if or are as by not from will you can was your have but
    at when i we
    """
)
# Small words of German, French, Spanish, Italian, Portuguese, Dutch, Swedish and Danish that no English text has.
_FOREIGN: Final = _words(
    """
    der und das nicht ist ein eine für mit auf den zu von wird ich le les des une est dans pour qui que sur pas
    je du et la el los las una por con para del es y il di che della sono non um uma dos em não os het een van
    niet och att som av og det
    """
)
_ENDINGS: Final = ("ing", "tion", "ed", "ly", "es", "s", "er", "al", "ive", "able", "ment", "ity", "ous", "en")


_in_use: list[bytes] = []


def _table() -> bytes:
    if not _in_use:
        data = files("corpus.curate").joinpath(FILE).read_bytes()
        found = hashlib.sha256(data).hexdigest()[:16]
        if found != CHECKSUM:
            raise IntegrityError("the table of English is not the one that was shipped", expected=CHECKSUM, got=found)
        _in_use.append(data)
    return _in_use[0]


def use(data: bytes) -> None:
    """Judge by another table from now on, while one is fitted."""
    _in_use[:] = [data]
    for remembered in (rarity, shape, affinity, _frequency):
        remembered.cache_clear()


def slot(text: str, slots: int) -> int:
    """Where a text is counted; the same on every machine."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) & (slots - 1)


@lru_cache(maxsize=1 << 16)
def rarity(word: str) -> float:
    """Minus the logarithm of the share of texts that hold a word in lower case; `UNSEEN` where none did."""
    value = _table()[slot(word, WORD_SLOTS)]
    return value / STEP if value else UNSEEN


def known(words: Iterable[str]) -> int:
    """How many of some words in lower case are ones that people write."""
    return sum([value < UNSEEN for value in map(rarity, words)])


def is_foreign(words: Sequence[str]) -> bool:
    """Whether words in lower case are those of a text in another language, or in letters other than Latin ones."""
    small = sum(map(_FOREIGN.__contains__, words))
    if small >= 2 and 12 * small >= len(words) and small > 2 * sum(map(_STOP.__contains__, words)):
        return True
    return not "".join(words).isascii() and 4 * len([word for word in words if not word.isascii()]) > len(words)


def tokens(text: str) -> list[str]:
    """Words, signs and breaks between paragraphs of a text, as they are paired."""
    found: list[str] = []
    for paragraph in _BREAK.split(text):
        found += (START, *map(shape, _TOKEN.findall(paragraph)), END)
    return found


@lru_cache(maxsize=1 << 16)
def shape(token: str) -> str:
    """A frequent word as it is, with a mark where it has a capital; of a rare one what it looks like."""
    if not (token[0].isalnum() or token[0] == "_"):
        return token
    if token.isdigit():
        return "9"
    lower = token.lower()
    mark = "^" if token[0].isupper() else ""
    if rarity(lower) <= FREQUENT:
        return mark + lower
    if "_" in token or not token.isalpha() or token[1:] != lower[1:]:
        return "_"
    return mark + "-" + next((ending for ending in _ENDINGS if lower.endswith(ending)), "")


def affinities(found: Sequence[str]) -> list[float]:
    """For each two neighbours how much more often they are neighbours than by chance, as a logarithm."""
    return list(map(affinity, found, itertools.islice(found, 1, None)))


def end_affinity(text: str) -> float | None:
    """The affinity of the last token of a text and its end; None where it has none."""
    end = text[-_TAIL:].rsplit(None, 1)
    last = _TOKEN.findall(end[-1]) if end else []  # no token goes over a blank
    return affinity(shape(last[-1]), END) if last else None


@lru_cache(maxsize=1 << 18)
def affinity(one: str, other: str) -> float:
    """The logarithm of how often two tokens follow each other by how often they would by chance."""
    value = _table()[WORD_SLOTS + slot(f"{one} {other}", PAIR_SLOTS)]
    if value:
        return (value - 1) / STEP + LOWEST
    # Never seen together: the more frequent both are, the more that says.
    expected = _frequency(one) + _frequency(other)
    return max(LOWEST, min(0.0, -1.0 - expected))


@lru_cache(maxsize=1 << 14)
def _frequency(token: str) -> float:
    """The logarithm of how often a token is expected, so that two of them add up to that of their pair."""
    value = _table()[slot("\t" + token, WORD_SLOTS)]
    return (value - 1) / STEP if value else 0.0
