"""Known people, found everywhere: one automaton over all names, addresses and handles that the sources carry.

Names are compared as words, whatever their case and whatever stands between their parts (`Jane Doe`, `jane_doe`,
`Doe, Jane`, a line's end), so `Ann` is not found in `annual`. A name of one word is taken as it is written only, and
not where it is a word of every day too (`Will`, `May`) or, of an author, might be one (`dash`, `Jason`). Of people
whom the owner knows (contacts, members, a note about somebody) a part of the name stands for them as well; of the
thousand authors of a repository only the whole name does. Numbers are found by their digits, in whatever spelling.
The text is passed once, whatever the number of people.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from corpus.chats.names import EVERYDAY, NO_NAMES, plain_letters
from corpus.people import Person, sorted_people
from corpus.privacy.rule import Finding

__all__ = ["PERSON", "Identities"]

PERSON: Final = "person"
"""The kind of what is found here; its rules are `known-name`, `known-id` and `known-number`."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_GAP: Final = re.compile(r"(?:[_.,\-+ \t\u00a0]|%20){1,4}|[ \t]{0,4}\r?\n[ \t]*(?:[#*>;]|//|--)?[ \t]*")
_DIGITS: Final = re.compile(r"\+?\(?\d[\d \-/()._\u00a0\u2009\u2010-\u2015\u202f\u2212]{5,}\d")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_FEWEST_DIGITS: Final = 7
_SHORTEST_PART: Final = 3
_SHORTEST_HANDLE: Final = 5
_SHORTEST_PLAIN: Final = 8  # of a handle that is nothing but small letters
_SHORTEST_JOINED: Final = 7
_SHORTEST_ADDRESS: Final = 5  # `me@pc`; what is shorter is an operator between names
# Names of authors and handles that are words of programs or of nobody; beside those that no address book means.
_STOP: Final = _listed(
    "admin administrator android anonymous apple author azure build builder builds codecov commit config"
    " contributor contributors copyright debian default demo dependabot deploy developer developers"
    " devops docker docs dummy example fedora fixup foobar github gitlab google guest hello import"
    " jenkins johndoe linux macos mailer maintainer maintainers master mercurial merge microsoft mozilla"
    " nobody noreply none null origin owner project public python readme release releases renovate robot"
    " runner server service snyk staff string student support system team teams temp tester testing tests"
    " todo travis true ubuntu undefined unknown upstream user username users vagrant webmaster windows"
    " worker yourname action actions object value values error errors index input output request requests"
    " response session client module package script source static style table thread token update version"
)


class _Name(NamedTuple):
    words: tuple[str, ...]
    called: str
    exact: frozenset[str]  # spellings that count; empty: any case
    loose: bool  # a handle or a part of a name: not looked for in the names of sources


class Identities:
    """Everybody whom the sources know, to be found in texts.

    Args:
        people: Who they are.
        public: What was declared public: a name, an address; compared without case.
    """

    def __init__(self, people: Iterable[Person], public: Collection[str] = ()) -> None:
        self.people = sorted_people(people)
        self._public = frozenset(text.casefold() for text in public)
        self._names: dict[str, list[_Name]] = defaultdict(list)  # by their first word
        self._ids: dict[str, tuple[str, bool]] = {}
        self._numbers: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._called: dict[tuple[str, str], str] = {}
        for person in self.people:
            for name in person.names:
                self._learn_name(person, name)
            for one in person.ids:
                self._learn_id(person, one)
        for known in self._names.values():
            known.sort(key=lambda name: (-len(name.words), name.words))
        self._automaton = self._made()

    def __len__(self) -> int:
        return len(self.people)

    def __repr__(self) -> str:
        return f"<Identities of {len(self.people)} people>"

    def digest(self, key: bytes) -> str:
        """A keyed hash of all of them: whether two redactions knew the same people, and nothing else."""
        told = repr([(p.called, p.names, p.ids, p.near) for p in self.people]).encode(errors="surrogatepass")
        return hashlib.blake2b(told, key=key, digest_size=8).hexdigest()

    def find(self, text: str) -> list[Finding]:
        """Everybody who is named in a text, as findings that do not overlap; the longest name first."""
        return [finding for finding, _ in self.found(text)]

    def found(self, text: str, *, loose: bool = True) -> list[tuple[Finding, str]]:
        """Who is named in a text, and what to write instead.

        Args:
            text: Any text.
            loose: Whether handles and parts of names count; in the name of a source they do not.
        """
        spans = [*self._named(text, loose), *(self._numbered(text) if self._numbers else ())]
        spans.sort(key=lambda span: (span[0] - span[1], span[0], span[3]))  # longest first
        taken = bytearray(len(text))
        done = []
        for start, end, rule, called in spans:
            if not any(taken[start:end]) and text[start:end].casefold() not in self._public:
                taken[start:end] = b"\1" * (end - start)
                done.append((Finding(start, end, PERSON, rule, "redact"), called))
        return sorted(done, key=lambda pair: pair[0].start)

    def _learn_name(self, person: Person, name: str) -> None:
        name = unicodedata.normalize("NFC", name).strip()
        if "@" in name:
            self._learn_id(person, name)
            return
        digits = _digits(name)
        if len(digits) >= _FEWEST_DIGITS and not any(sign.isalpha() for sign in name):
            self._numbers[digits[-_FEWEST_DIGITS:]].append((digits, person.called))
            return
        if _UNSPACED.search(name):
            if len(name) > 1:
                self._add_id(name, person.called, loose=False)
            return
        for spelling in dict.fromkeys([name, plain_letters(name)]):
            self._add_words(person, _WORD.findall(spelling))

    def _add_words(self, person: Person, found: Sequence[str]) -> None:
        words = tuple(word.casefold() for word in found)
        if len(words) > 1:
            if all(len(word) < _SHORTEST_PART for word in words) or all(word in NO_NAMES for word in words):
                return
            self._add(_Name(words, person.called, frozenset(), loose=False))
            self._add(_Name((words[-1], *words[:-1]), person.called, frozenset(), loose=False))
            joined = "".join(words)
            if len(joined) >= _SHORTEST_JOINED and joined not in _STOP:
                self._add(_Name((joined,), person.called, frozenset(), loose=True))
            for word in found if person.near else ():
                self._add_single(person, word, _SHORTEST_PART)
        elif words:
            self._add_single(person, found[0], _SHORTEST_PART)

    def _add_single(self, person: Person, word: str, shortest: int) -> None:
        """A name of one word, or a part of one that is: only as names are written."""
        lower = word.casefold()
        if len(word) < shortest or lower in EVERYDAY or lower in NO_NAMES or lower in _STOP or not word[0].isalpha():
            return
        if not person.near and not _is_telling(word):
            return
        capitals = {word.capitalize(), word.upper()}
        self._add(_Name((lower,), person.called, frozenset({word, *capitals}), loose=True))

    def _add(self, name: _Name) -> None:
        known = self._names[name.words[0]]
        same = next((i for i, one in enumerate(known) if one.words == name.words), None)
        if same is None:
            known.append(name)
            return
        one = known[same]  # of two who bear the name the first by their pseudonym; any spelling if one of them has it
        exact = one.exact | name.exact if one.exact and name.exact else frozenset()
        known[same] = _Name(name.words, min(one.called, name.called), exact, one.loose and name.loose)

    def _learn_id(self, person: Person, one: str) -> None:
        one = unicodedata.normalize("NFC", one).strip()
        digits = _digits(one)
        if "@" not in one and len(digits) >= _FEWEST_DIGITS and not any(sign.isalpha() for sign in one):
            self._numbers[digits[-_FEWEST_DIGITS:]].append((digits, person.called))
            return
        if not _is_address(one):
            return
        local = one.partition("@")[0].casefold()
        if "@" not in one or one.startswith("@"):
            local = one.lstrip("@").partition(":")[0].casefold()
            if not one.startswith("@") and (not _is_telling(one) or local in _STOP or local in EVERYDAY):
                return
        elif local.partition("+")[0] in {"noreply", "no-reply"} and not any(sign.isdigit() for sign in local):
            return
        self._add_id(one, person.called, loose="@" not in one)
        if "@" in one:
            self._add_id(one.replace("@", "%40").replace(":", "%3A"), person.called, loose=False)

    def _add_id(self, one: str, called: str, *, loose: bool) -> None:
        known = self._ids.get(one.casefold())
        self._ids[one.casefold()] = (called, loose) if known is None else (min(called, known[0]), known[1] and loose)

    def _made(self) -> Any:
        if not self._names and not self._ids:
            return None
        import ahocorasick

        automaton = ahocorasick.Automaton()
        for literal in sorted({*self._names, *self._ids}):
            automaton.add_word(literal, literal)
        automaton.make_automaton()
        return automaton

    def _named(self, text: str, loose: bool) -> Iterator[tuple[int, int, str, str]]:
        if self._automaton is None:
            return
        lower = text.lower()
        if len(lower) != len(text):  # a letter whose small form is two: the others keep their places
            lower = "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)
        for last, literal in self._automaton.iter(lower):
            start = last + 1 - len(literal)
            yield from self._at(text, lower, start, literal, loose)

    def _at(self, text: str, lower: str, start: int, literal: str, loose: bool) -> Iterator[tuple[int, int, str, str]]:
        end = start + len(literal)
        spaced = not _UNSPACED.search(literal)
        if spaced and not _begins(text, start):
            return
        known = self._ids.get(literal)
        if known is not None and (loose or not known[1]) and (not spaced or _ends(text, end)):
            yield start, end, "known-id", known[0]
        for name in self._names.get(literal, ()):
            if name.loose and not loose:
                continue
            stop = _last(text, lower, end, name.words[1:])
            if stop is not None and _is_written(name, text[start:stop]):
                yield start, stop, "known-name", name.called
                break

    def _numbered(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """Known numbers within runs of digits and separators."""
        for run in _DIGITS.finditer(text):
            places = [run.start() + at for at, sign in enumerate(run[0]) if sign.isdecimal()]
            digits = _digits(run[0])
            for end in range(len(digits), _FEWEST_DIGITS - 1, -1):
                for known, called in self._numbers.get(digits[end - _FEWEST_DIGITS : end], ()):
                    first = _first_digit(digits[:end], known)
                    start = places[first]
                    while start > run.start() and text[start - 1] in "+(":
                        start -= 1
                    yield start, places[end - 1] + 1, "known-number", called


def _is_address(one: str) -> bool:
    """Whether an id can be looked for: git takes `<@>` for an address, and `a@b` is as often code."""
    before, sign, after = one.removeprefix("@").partition("@")
    if one.startswith("@"):
        return any(letter.isalnum() for letter in before.partition(":")[0])
    return not sign or (len(one) >= _SHORTEST_ADDRESS and bool(before) and any(letter.isalnum() for letter in after))


def _is_telling(word: str) -> bool:
    """Whether a word is so much a name that it is no other word: authors call themselves `dash` and `space` too."""
    odd = any(sign.isdigit() or sign in "-_." for sign in word) or any(sign.isupper() for sign in word[1:])
    return len(word) >= (_SHORTEST_HANDLE if odd else _SHORTEST_PLAIN)


def _is_written(name: _Name, found: str) -> bool:
    """Whether a name of one word is written as a name is."""
    return not name.exact or found in name.exact or found.removesuffix("s") in name.exact


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def _first_digit(digits: str, known: str) -> int:
    """Where a known number begins that these digits end with, its country and zeros included where they are there."""
    at, left = len(digits), len(known)
    while at and left and digits[at - 1] == known[left - 1]:
        at, left = at - 1, left - 1
    return len(digits[:at].rstrip("0")) if left else at


def _begins(text: str, start: int) -> bool:
    r"""Whether a word can begin here: after a sign, an escape (`\n`), or `%3C`."""
    if start == 0 or not text[start - 1].isalnum():
        return True
    return text[max(0, start - 2) : start] in {"\\n", "\\r", "\\t"} or text[max(0, start - 3) : start - 2] == "%"


def _ends(text: str, end: int) -> bool:
    return end >= len(text) or not text[end].isalnum()


def _last(text: str, lower: str, end: int, words: Sequence[str]) -> int | None:
    """Where a name ends whose first word ends here; a genitive's or plural's `s` belongs to it."""
    for word in words:
        gap = _GAP.match(text, end)
        if gap is None or not lower.startswith(word, gap.end()):
            return None
        end = gap.end() + len(word)
    if _ends(text, end):
        return end
    return end + 1 if lower[end] == "s" and _ends(text, end + 1) else None
