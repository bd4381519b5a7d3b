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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
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
_DIGITS: Final = re.compile(
    r"\+?\(?\d(?:(?:[^\w\0]|_){0,3}\d){6,}"
)  # whatever is between them: blanks, dashes, keycaps
_CLOCK: Final = r"(?!\d{1,2}:\d\d(?![\w.-]*\.\w))"  # `@12:30` is when, and nobody
_USER: Final = re.compile(
    rf"(?:@{_CLOCK}|%40|\bmatrix:u/)[^\s\0:@/%]+(?::|%3[Aa])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?"
)
_MENTION: Final = re.compile(r"\0(.)(\d+)\0")
_GAP: Final = re.compile(r"(?:[^\w\n\0]|_){0,3}")
_UNSPACED: Final = re.compile(
    "[\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_HIDDEN: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")  # signs within words that nobody sees
_HANDLE: Final = re.compile(r"(\w+)\.\d{2,}")  # Signal's user names end in digits that the application gives
_UNSPACED_RUN: Final = re.compile(rf"(?:{_UNSPACED.pattern})+")
_FEWEST_DIGITS: Final = 7  # of a number written without its country: fewer are dates, prices, years
_FEWEST_DIGITS_WITHIN: Final = 9  # of a number beside letters of a name
_SHORTEST_JOINED: Final = 5  # letters of a name whose words are written as one
_SHORTEST: Final = 3  # letters of a part of a name that stands for it in any case; two only as they are written


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVERYDAY: Final = _listed(
    "amber angel april art august autumn bill brook carol chance chase clay cliff dawn dean dick don drew earl"
    " eve faith frank gene ginger glen grace grant guy harmony hazel heath heather holly hope ivy jade jay jewel"
    " joy june laurel lily major mark mason max may melody mercy miles misty nick norm olive opal page paris pat"
    " patience pearl penny pierce poppy ray red reed rich rob robin rocky rose ruby rusty sandy skip sky sterling"
    " stone sue summer sunny trace violet wade ward will willow winter woody mai ernst heide jan rosa sonne stern"
    " wolf bar an do in so am es er sie wir ihr das die baker bell berg best black brown church cook cross day"
    " field fisher ford fox gold gray green hall hart hill hunt hunter king klein knight koch lang law long marsh"
    " moon moore north park pope price rice richter rivers roth schmied sharp short small smith snow stern stark"
    " swan wall walker water waters weber weiss west white wise wood woods young"
    " gross jung kurz lange schön schon schoen"
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
    " from with at on for by vom zum zur aus bei mit für beim"
    " whatsapp telegram discord slack irc gmessages bridge"
)
"""No names: what somebody is to the owner, titles, particles, and what address books are full of."""
_SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严張劉陳楊黃趙吳孫馬鄭謝羅許韓馮鄧蔣葉蘇魏呂盧鍾譚陸鄒龍賀顧龔萬錢嚴"
    "김이박최정강조윤장임한오서신권황안송류홍전고문손양배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기"
)
"""Chinese and Korean names of families, of one sign: what follows is what somebody is called by."""
# Letters that are a letter and a stroke, which no normal form takes apart.
_STROKES: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",
     "Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "Æ": "AE", "Œ": "OE", "Þ": "Th"}
)  # fmt: skip
_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)


Called = Mapping[tuple[str, ...], str]
"""Names, as their words in lower case, and what to write instead."""


def _first_digit(digits: str, end: int, known: str, glued: Sequence[bool]) -> int:
    """Where a known number begins that ends here: before its country, where it has one, and its zeros.

    A zero is the number's own only where it is written together with it (`glued`), else it ends the one before.
    """

    def before_zeros(at: int) -> int:
        while at and digits[at - 1] == "0" and glued[at - 1]:
            at -= 1
        return at

    at, left = end, len(known)
    while at and left and digits[at - 1] == known[left - 1]:
        at, left = at - 1, left - 1
    at = before_zeros(at)
    if left and digits.endswith(known[:left], 0, at):
        at = before_zeros(at - left)
    return at


def _digits(text: str) -> str:
    """The digits of a text, of whatever script, as ASCII's."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def plain_letters(name: str) -> str:
    """A name as it is typed in haste: `Zoë` as `Zoe`; an Arabic or Indian one as it is."""
    if not any("\u00c0" <= sign <= "\u024f" or "\u1e00" <= sign <= "\u1eff" for sign in name):
        return name
    apart = unicodedata.normalize("NFD", name.translate(_STROKES))
    return "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")


def _spellings(name: str) -> list[str]:
    """A name as it is, without its accents, and with its umlauts as they are written where no key has them."""
    return (
        [name]
        if name.isascii()
        else list(dict.fromkeys([name, plain_letters(name), plain_letters(name.translate(_UMLAUTS))]))
    )


def _parts_without_blanks(name: str) -> Iterator[str]:
    """What stands for somebody of a name in a script without blanks: all, its words, and what follows the family's."""
    for part in (name, *name.split()):
        if len(part) > 1 and _UNSPACED.search(part):
            yield part
            if len(part) == 3 and part[0] in _SURNAMES:
                yield part[1:]


def _looks_like_a_name(part: str, name: str) -> bool:
    """Whether a word of a name may stand for the whole one.

    It does so with a capital, or where there are none (Arabic, or a name that is written small as a whole).
    """
    if len(part) < 2 or any(sign.isdigit() for sign in part):
        return False
    if len(part) < _SHORTEST:  # `Jo`, and neither `TU` nor `in`
        return part[0].isupper() and part[1].islower() and part.casefold() not in EVERYDAY
    handle = not any(sign.isspace() for sign in name) and not re.fullmatch(r"[^\W\d]+\.[^\W\d]+", name)
    return not part[0].islower() or (name.islower() and not handle)


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
        self._unspaced: set[str] = set()
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
            if key.startswith("e164:"):
                self._learn_number(number, key[5:])
        forms = [unicodedata.normalize(form, name) for name in names for form in ("NFC", "NFKC")]
        for name in dict.fromkeys(_HIDDEN.sub("", form) for form in forms):
            self._learn_numbers(number, name)
            for part in _parts_without_blanks(name):
                self._unspaced.add(part)
                self._bearers[part,].add(number)
            if not _USER.fullmatch(name):
                self._add(number, _UNSPACED_RUN.sub(" ", name), whole=True)
                if handle := _HANDLE.fullmatch(name):
                    self._add(number, handle[1], whole=False)

    def _learn_number(self, number: int, digits: str) -> None:
        known = self._numbers[digits[-_FEWEST_DIGITS:]] if len(digits) >= _FEWEST_DIGITS else []
        if (digits, number) not in known:
            known.append((digits, number))

    def _learn_numbers(self, number: int, name: str) -> None:
        """A name that is a number, or that holds one which is too long to be a date."""
        if not any(sign.isalpha() for sign in name):
            self._learn_number(number, _digits(name))
            return
        for found in _DIGITS.finditer(name):
            digits = _digits(found[0])
            if len(digits) >= _FEWEST_DIGITS_WITHIN or found[0].startswith("+"):
                self._learn_number(number, digits)

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
        for other in _spellings(name)[1:]:
            self._add(number, other, whole=False)
        if len(words) > 1 and len("".join(words)) >= _SHORTEST_JOINED:
            self._bearers["".join(words),].add(number)  # `AnnaLena`, `oneill`, a handle
        if whole and len(words) > 1:
            for part in dict.fromkeys([*name.split(), *found]):
                if _looks_like_a_name(part, name):
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
            text = _HIDDEN.sub("", text)
            if self._unspaced:
                text = self._foreign.sub(lambda found: here.get((found[0],)) or self._everywhere[found[0],], text)
        if ("@" in text and ":" in text) or "%40" in text or "matrix:u/" in text:
            text = _USER.sub(self._user, text)
        digits = _DIGIT.search(text) is not None
        if digits and self._numbers:
            text = _DIGITS.sub(self._number, text)
        if self._may_name(text, digits=digits):
            text = self._without_names(text, here)
        return _MENTION.sub(self._mention, text) if "\0" in text else text

    def _may_name(self, text: str, *, digits: bool) -> bool:
        """Whether a word of the text begins a name. For ASCII three times as fast as by the expression for words."""
        if not text.isascii():
            return any(self._begins(word.casefold()) for word in _WORD.findall(text))
        words = text.lower().encode().translate(_BLANKS).split()
        if not self._first_ascii.isdisjoint(words):
            return True
        return digits and any(self._begins(word.decode()) for word in words)

    def _begins(self, word: str) -> bool:
        """Whether a name begins with this word, however it is spelled."""
        if word in self._first:
            return True
        return (not word.isascii() or word[-1].isdigit()) and not self._first.isdisjoint(self._variants(word))

    def _variants(self, word: str) -> list[str]:
        """A word as it is, as it is typed in haste, and without digits at its end, as of a handle (`josh123`)."""
        found = _spellings(word)
        if word[-1].isdigit():
            stem = word.rstrip("0123456789")
            found += [stem] if len(stem) >= _SHORTEST else []
        return found

    def _mention(self, found: re.Match[str]) -> str:
        return ("@" if found[1] == "@" else "") + self.called[int(found[2])]

    def _user(self, found: re.Match[str]) -> str:
        user = "@" + unquote(found[0].removeprefix("matrix:u/")).removeprefix("@")
        number = self._users.get(user)
        return "@" + (pseudonym(self._key, "person", f"user:{user}") if number is None else self.called[number])

    def _number(self, found: re.Match[str]) -> str:
        """A run of digits and separators, in which known numbers are looked for from its end."""
        text = found[0]
        places = [at for at, sign in enumerate(text) if sign.isdecimal()]
        glued = [text[one + 1 : other] in {"", ")"} for one, other in pairwise(places)]
        digits = _digits(text)
        end, cut = len(digits), len(text)
        parts: list[str] = []
        while end >= _FEWEST_DIGITS:
            for known, number in self._numbers.get(digits[end - _FEWEST_DIGITS : end], ()):
                first = _first_digit(digits, end, known, glued)
                parts += [text[places[end - 1] + 1 : cut], self.called[number]]
                cut, end = places[first], first + 1
                while cut and text[cut - 1] in "+(":
                    cut -= 1
                break
            end -= 1
        return "".join([text[:cut], *reversed(parts)])

    def _without_names(self, text: str, here: Called) -> str:
        matches = list(_WORD.finditer(text))
        words = [match[0].casefold() for match in matches]
        parts: list[str] = []
        at = done = 0
        while at < len(words):
            taken, replacement = self._match(text, matches, words, at, here) if self._begins(words[at]) else (0, "")
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
        firsts = self._variants(words[at])
        longest = max(self._longest.get(first.removesuffix(end), 0) for first in firsts for end in ("", "s"))
        for count in range(min(longest, len(words) - at), 0, -1):
            if not all(
                _GAP.fullmatch(text[matches[i].end() : matches[i + 1].start()]) for i in range(at, at + count - 1)
            ):
                continue
            for phrase in zip_longest(*map(self._variants, words[at : at + count])):
                whole = tuple(word or words[at + place] for place, word in enumerate(phrase))
                for name, ending in ((whole, ""), ((*whole[:-1], whole[-1].removesuffix("s")), "s")):
                    called = here.get(name) or self._everywhere.get(name)
                    if called is not None and self._written(name, matches[at][0], ending):
                        return count, called + ending
        return 0, ""

    def _written(self, name: tuple[str, ...], found: str, ending: str) -> bool:
        """Whether a name that is also a word is written as a name."""
        allowed = self._exact.get(name)
        return allowed is None or (found in allowed and not ending)
