"""Taking people out of texts: who is known by a name, a number or an id is called by a pseudonym instead, everywhere.

What is replaced comes from the data (contacts, members, profiles), never from a model's guess, so the same person has
the same pseudonym in bodies, mentions and as a speaker. Names are compared as words, whatever their case, so that
`Ann` is not found in `annual`; a possessive or plural `s` may follow. Where a name is a word of every day as well
(`Will`, `May`) only its capitalised form is taken, and what somebody is to the owner (`Mum`) is no name. A name that
several people bear stands for the one who takes part in the conversation, and else for the name itself, which says of
nobody whose it is.

A number is found in whatever spelling, by its digits; an id of Matrix by its form, known or not. Phone numbers,
addresses and secrets of strangers are the business of redaction.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from corpus.chats.merge import People
from corpus.pseudonyms import pseudonym

__all__ = ["EVERYDAY", "NO_NAMES", "Called", "Names", "plain_letters"]

# Letters and digits, and the marks that belong to them: vowel signs of India's scripts, points, accents.
_MARKS: Final = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0971-\u0dff"
_WORD: Final = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_BLANKS: Final = bytes(byte if byte >= 128 or _WORD.match(chr(byte)) else 32 for byte in range(256))
_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = re.compile(r"\+?\(?\d[\d \-/()._\u00a0\u2009\u2010-\u2015\u202f\u2212]{5,}\d")
_USER: Final = re.compile(r"(?:@|%40)[^\s:@/%]+(?::|%3[Aa])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?")
_MENTION: Final = re.compile(r"\0(.)(\d+)\0")
_GAP: Final = re.compile(r"(?:[^\w\n]|_){0,3}")
_UNSPACED: Final = re.compile(
    "[\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_FEWEST_DIGITS: Final = 7  # of a number written without its country: fewer are dates, prices, years
_SHORTEST_JOINED: Final = 5  # letters of a name whose words are written as one
_SHORTEST: Final = 3  # letters of a part of a name that stands for it in any case; two only as they are written


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVERYDAY: Final = _listed(
    "abe amber angel april art august autumn bill bob brook carol chance chase christian clay cliff cole dale"
    " dawn dean dick don drew earl eve faith faye flora frank gene ginger glen grace grant guy hank harmony"
    " hazel heath heather holly hope ivy jack jade jasmine jay jean jewel jim joy june kay lance laurel lee"
    " lily luna major mark mason max may melody mercy mike miles misty nick norm olive opal page paris pat"
    " patience pearl penny pierce poppy ray red reed rich rob robin rocky rose ruby rusty sandy skip sky"
    " sterling stone sue summer sunny terry tiffany tom trace vernon victor violet wade ward will willow"
    " winter woody mai ernst frieder heide iris jan kai klaus rosa sonne stern wolf bar an do in so am es er"
    " sie wir ihr das die baker bell berg best black brown church cook cross day field fisher ford fox"
    " gold gray green hall hart hill hunt hunter king klein knight koch lang law long marsh moon moore north"
    " park pope price rice richter rivers roth schmied sharp short small smith snow stern stark swan wall"
    " walker water waters weber weiss west white wise wood woods young"
)
"""Given names that are words of every day: taken only where they begin with a capital."""

NO_NAMES: Final = _listed(
    "mum mom mummy mommy mama mami mutti mutter mother dad daddy papa papi vati vater father grandma grandpa"
    " granny oma opa aunt auntie uncle tante onkel sister brother schwester bruder cousin wife husband frau"
    " mann son daughter sohn tochter mr mrs ms miss dr prof sir herr von van de der den del della di da du la"
    " le el al bin ibn ben the and und et of home work office mobile phone handy arbeit privat neu new old alt"
    " doctor doc boss chef team group support service taxi pizza bank hotel friend freund freundin signal"
    " matrix element me ich you"
    " admin root bot test info user system server guest moderator"
)
"""No names: what somebody is to the owner, titles, particles, and what address books are full of."""


Called = Mapping[tuple[str, ...], str]
"""Names, as their words in lower case, and what to write instead."""


def _first_digit(digits: str, known: str, glued: Sequence[bool]) -> int:
    """Where a known number begins that these digits end with: before its country, where it has one, and its zeros.

    A zero is the number's own only where it is written together with it (`glued`), else it ends the one before.
    """

    def before_zeros(at: int) -> int:
        while at and digits[at - 1] == "0" and glued[at - 1]:
            at -= 1
        return at

    at, left = len(digits), len(known)
    while at and left and digits[at - 1] == known[left - 1]:
        at, left = at - 1, left - 1
    at = before_zeros(at)
    if left and digits[:at].endswith(known[:left]):
        at = before_zeros(at - left)
    return at


def _digits(text: str) -> str:
    """The digits of a text, of whatever script, as ASCII's."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def plain_letters(name: str) -> str:
    """A name as it is typed in haste: `Zoë` as `Zoe`; an Arabic or Indian one as it is."""
    if not any("\u00c0" <= sign <= "\u024f" for sign in name):
        return name
    return "".join(sign for sign in unicodedata.normalize("NFD", name) if not "\u0300" <= sign <= "\u036f")


class Names:
    """What to call everybody, and what to look for in texts.

    Args:
        people: Everybody; number 0 is the owner.
        key: The key of the pseudonyms.
        owner: What identifies the owner.

    Attributes:
        author: The owner's pseudonym.
        called: Everybody's, by number.
        identities: What these were made from.
    """

    def __init__(self, people: People, key: bytes, owner: str) -> None:
        self._key = key
        self.author = pseudonym(key, "author", owner)
        self.identities = [owner, *(person.identity for person in people.all[1:])]
        self.called = [self.author, *(pseudonym(key, "person", person.identity) for person in people.all[1:])]
        self._bearers: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._exact: dict[tuple[str, ...], set[str]] = {}
        self._unspaced: dict[str, int] = {}
        self._numbers: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._users: dict[str, int] = {}
        for number, person in enumerate(people.all):
            self._learn(number, person.keys, person.names)
        self._longest: dict[str, int] = {}
        for words in self._bearers:
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))
        self._first = frozenset(self._longest) | {word + "s" for word in self._longest}
        self._first_ascii = frozenset(word.encode() for word in self._first if word.isascii())
        longest_first = sorted(self._unspaced, key=lambda name: (-len(name), name))
        self._foreign = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._shared_names: dict[int, list[tuple[str, ...]]] = defaultdict(list)
        for words, bearers in self._bearers.items():
            for bearer in bearers if len(bearers) > 1 else ():
                self._shared_names[bearer].append(words)
        self._everywhere = {words: self._shared(words, bearers) for words, bearers in self._bearers.items()}

    def _learn(self, number: int, keys: Iterable[str], names: Iterable[str]) -> None:
        for key in keys:
            if key.startswith("user:"):
                self._users[key.removeprefix("user:")] = number
            if key.startswith(("aci:", "pni:")):
                self._add(number, key[4:], whole=True)
        for name in (unicodedata.normalize("NFC", name) for name in names):
            digits = _digits(name)
            if len(digits) >= _FEWEST_DIGITS and not any(sign.isalpha() for sign in name):
                self._numbers[digits[-_FEWEST_DIGITS:]].append((digits, number))
            elif _UNSPACED.search(name):
                for part in (name, *name.split()):
                    if len(part) > 1 and _UNSPACED.search(part):
                        self._unspaced.setdefault(part, number)
            elif not name.startswith("@"):
                self._add(number, name, whole=True)

    def _add(self, number: int, name: str, *, whole: bool) -> None:
        """Look for a name; for each of its words too, where it has several and they look like names."""
        found = _WORD.findall(name)
        words = tuple(word.casefold() for word in found)
        if not words or not any(sign.isalpha() for sign in name):
            return
        if len(words) == 1:
            word = words[0]
            if word in NO_NAMES or len(word) < 2:
                return
            written = {found[0], found[0].capitalize(), found[0].upper()} - {word}
            if written and (word in EVERYDAY or len(word) < _SHORTEST):  # a script without capitals has one spelling
                self._exact.setdefault(words, set()).update(written)
        self._bearers[words].add(number)
        if (plain := plain_letters(name)) != name:
            self._add(number, plain, whole=False)
        if len(words) > 1 and len("".join(words)) >= _SHORTEST_JOINED:
            self._bearers["".join(words),].add(number)  # `AnnaLena`, `oneill`, a handle
        if whole and len(words) > 1:
            for part in dict.fromkeys([*name.split(), *found]):
                if len(part) >= _SHORTEST and part[0].isupper() and not any(sign.isdigit() for sign in part):
                    self._add(number, part, whole=False)

    def _shared(self, words: tuple[str, ...], bearers: Collection[int]) -> str:
        if len(bearers) == 1:
            return self.called[next(iter(bearers))]
        return pseudonym(self._key, "name", " ".join(words))

    def within(self, partners: Collection[int]) -> Called:
        """What names that several people bear stand for in a conversation of the owner and these people."""
        here: dict[tuple[str, ...], str] = {}
        present = {0, *partners}
        for number in present:
            for words in self._shared_names.get(number, ()):
                if len(self._bearers[words] & present) == 1:
                    here[words] = self.called[number]
        return here

    def clean(self, text: str, here: Called) -> str:
        """A text in which nobody is named.

        Args:
            text: As a sheet has it.
            here: What `within` gives for the conversation.
        """
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
            if self._unspaced:
                text = self._foreign.sub(lambda found: self.called[self._unspaced[found[0]]], text)
        if ("@" in text and ":" in text) or "%40" in text:
            text = _USER.sub(self._user, text)
        if self._numbers and _DIGIT.search(text):
            text = _DIGITS.sub(self._number, text)
        if self._may_name(text):
            text = self._without_names(text, here)
        return _MENTION.sub(self._mention, text) if "\0" in text else text

    def _may_name(self, text: str) -> bool:
        """Whether a word of the text begins a name. For ASCII three times as fast as by the expression for words."""
        if text.isascii():
            return not self._first_ascii.isdisjoint(text.lower().encode().translate(_BLANKS).split())
        return not self._first.isdisjoint([word.casefold() for word in _WORD.findall(text)])

    def _mention(self, found: re.Match[str]) -> str:
        return ("@" if found[1] == "@" else "") + self.called[int(found[2])]

    def _user(self, found: re.Match[str]) -> str:
        user = unquote(found[0])
        number = self._users.get(user)
        return "@" + (pseudonym(self._key, "person", f"user:{user}") if number is None else self.called[number])

    def _number(self, found: re.Match[str]) -> str:
        """A run of digits and separators, in which known numbers are looked for from its end."""
        text = found[0]
        places = [at for at, sign in enumerate(text) if sign.isdecimal()]
        glued = [text[one + 1 : other] in {"", ")"} for one, other in pairwise(places)]
        digits = _digits(text)
        end = len(digits)
        while end >= _FEWEST_DIGITS:
            for known, number in self._numbers.get(digits[end - _FEWEST_DIGITS : end], ()):
                first = _first_digit(digits[:end], known, glued)
                start = len(text[: places[first]].rstrip("+("))
                text = text[:start] + self.called[number] + text[places[end - 1] + 1 :]
                end = first + 1
                break
            end -= 1
        return text

    def _without_names(self, text: str, here: Called) -> str:
        matches = list(_WORD.finditer(text))
        words = [match[0].casefold() for match in matches]
        parts: list[str] = []
        at = done = 0
        while at < len(words):
            taken, replacement = self._match(text, matches, words, at, here) if words[at] in self._first else (0, "")
            if taken:
                parts += [text[done : matches[at].start()], replacement]
                done = matches[at + taken - 1].end()
            at += taken or 1
        return "".join([*parts, text[done:]])

    def _match(
        self,
        text: str,
        matches: Sequence[re.Match[str]],
        words: Sequence[str],
        at: int,
        here: Called,
    ) -> tuple[int, str]:
        """How many words from here on are a name, the longest one, and what to write instead."""
        first = words[at]
        longest = max(self._longest.get(first, 0), self._longest.get(first[:-1], 0) if first.endswith("s") else 0)
        for count in range(min(longest, len(words) - at), 0, -1):
            if not all(
                _GAP.fullmatch(text[matches[i].end() : matches[i + 1].start()]) for i in range(at, at + count - 1)
            ):
                continue
            phrase = tuple(words[at : at + count])
            for name, ending in ((phrase, ""), ((*phrase[:-1], phrase[-1].removesuffix("s")), "s")):
                called = here.get(name) or self._everywhere.get(name)
                if called is not None and self._written(name, matches[at][0], ending):
                    return count, called + ending
        return 0, ""

    def _written(self, name: tuple[str, ...], found: str, ending: str) -> bool:
        """Whether a name that is also a word is written as a name."""
        allowed = self._exact.get(name)
        return allowed is None or (found in allowed and not ending)
