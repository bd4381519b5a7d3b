"""What stands around a pair in its file: how much of a text, and of a definition, any neighbour would match.

A text that fits the definition it stands at fits it better than it fits the others of the file, and better than the
others' documentation fits that definition. Both are held against the mean of the neighbours and not against the best
of them: a mean is a sum over words, so it is made once a file and costs a row no comparison with any other.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import Final, NamedTuple

from corpus.curate.stems import Text, Weights, common

__all__ = ["Background", "Definition", "mentioned"]

_HEADER: Final = 8.0  # stems that every header, name, code and text is taken to have besides its own
_NAME: Final = 3.0
_CODE: Final = 20.0
_TEXT: Final = 8.0
_UNIT: Final = 1 << 40
_LEAST: Final = {"header": 0.1, "name": 0.2, "column": 0.05, "identifiers": 0.3}  # fits below which nothing is said
_NAMED: Final = re.compile(
    r"[A-Za-z_]\w*(?:\.\w+)+|\w+_\w+|[a-z]+[A-Z]\w*|[A-Z]\w*[a-z]\w*[A-Z]\w*|(?<=`)[A-Za-z_]\w*(?=`)|\w+(?=\()"
    r"|\*\w+|[A-Z]{3,}|\d{2,}|[\"']\w+[\"']"
)
_PART: Final = re.compile(r"\w+")
_LONGEST_TEXT: Final = 20_000  # characters in which names are looked for
_LONGEST_CODE: Final = 200_000  # and where they are looked for as parts of others
_SIGNS: Final = ".,;:!?"


def mentioned(text: str) -> frozenset[str]:
    """What a text mentions as one does a piece of code.

    Names with a dot, an underscore or a capital inside, what stands in backticks or quotes or before a parenthesis,
    names in capitals, and numbers.
    """
    found = []
    for piece in set(text[:_LONGEST_TEXT].split()):
        plain = piece.strip(_SIGNS)
        if not (plain.isalpha() and (plain.islower() or plain.istitle())):  # most are words, and no name has a blank
            found += _NAMED.findall(piece)
    return frozenset(part for name in found for part in _PART.findall(name) if len(part) > 1)


class Definition:
    """A definition that documentation stands at, each part of it when it is asked for.

    Args:
        code: Taken apart.
        header: Its first line, taken apart.
        symbol: Its qualified name, taken apart.
    """

    def __init__(self, code: Text, header: Text, symbol: Text) -> None:
        self.code, self._header, self._symbol = code, header, symbol

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of the code and the qualified name."""
        return self.code.stems | self.name

    @property
    def name(self) -> frozenset[str]:
        """The stems of the qualified name."""
        return self._symbol.stems

    @cached_property
    def header(self) -> frozenset[str]:
        """The stems of the first line and of the qualified name."""
        return self._header.stems | self.name

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """The names and numbers in it as they are written."""
        return frozenset((*_PART.findall(self.code.text), *_PART.findall(self._symbol.text)))

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Those of some names that it does not hold, nor holds as a part of another, whatever their case."""
        lower = self.code.text[:_LONGEST_CODE].lower()
        return [name for name in names if name not in self.identifiers and name.lower() not in lower]


class _Share(NamedTuple):
    """Sets of stems: how few hold each one, as a logarithm, and how much of all sets it is, in `_UNIT`.

    Whole numbers, so that their sum is the same in whatever order the sets come.
    """

    many: int
    rarity: Weights
    mass: Mapping[str, int]
    base: float

    def margin(self, said: Weights, own: Set[str], known: Set[str], least: float) -> float:
        """How much better a text fits a set than it fits the others in the mean, -1 to 1.

        Args:
            said: The roots of the weights of the stems of the text.
            own: The set.
            known: What stands for it among the sets, which is none of the others.
            least: Fit below which nothing is said.
        """
        part = _part(len(known), self.base)
        fit, others = [], []
        rarity, masses = self.rarity, self.mass
        for stem, root in said.items():
            if stem in rarity:
                worth = root * rarity[stem]
                if stem in own:
                    fit.append(worth)
                others.append(worth * (masses[stem] - part if stem in known else masses[stem]))
        size = math.sqrt(len(said) + _TEXT)
        here = math.fsum(fit) / math.sqrt(len(own) + self.base)
        return _contrast(here / size, math.fsum(others) / _UNIT / (self.many - 1) / size, least)


def _part(members: int, base: float) -> int:
    """What one of so many members of a set is of it."""
    return round(_UNIT / math.sqrt(members + base))


def _share(sets: Sequence[Set[str]], base: float) -> _Share:
    holds: Counter[str] = Counter()
    mass: dict[str, int] = defaultdict(int)
    for members in sets:
        holds.update(members)
        part = _part(len(members), base)
        for stem in members:
            mass[stem] += part
    return _Share(len(sets), _rarity(holds, len(sets)), mass, base)


def _rarity(holds: Mapping[str, int], many: int) -> Weights:
    """Of what so many sets hold how few hold it, as a logarithm."""
    logarithms = {held: math.log((many + 1) / held) for held in set(holds.values())}
    return {stem: logarithms[held] for stem, held in holds.items()}


def _contrast(own: float, others: float, least: float) -> float:
    return (own - others) / (own + others + least)


class _Said:
    """How much of some texts each stem is, in `_UNIT`, and how many texts they are."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self.mass: dict[str, int] = defaultdict(int)
        self.many = 0
        for said in texts:
            self.many += 1
            size = _UNIT / math.sqrt(len(said.roots) + _TEXT)
            for stem, root in said.roots.items():
                self.mass[stem] += round(root * size)

    def at(self, stems: Set[str], rarity: Weights) -> float:
        """How much the texts say of something, all together."""
        mass = self.mass
        return math.fsum([rarity[stem] * mass[stem] for stem in stems if stem in mass and stem in rarity]) / _UNIT


def _fit(said: Text, stems: Set[str], rarity: Weights) -> float:
    """How much a text says of something."""
    roots = said.roots
    fit = math.fsum([root * rarity[stem] for stem, root in roots.items() if stem in stems and stem in rarity])
    return fit / math.sqrt(len(roots) + _TEXT)


class Background:
    """The definitions of one kind in a file, and what is said of them.

    Args:
        rows: Of each the definition and the documentation, taken apart. Rows about the same code are one definition:
            the first.
    """

    def __init__(self, rows: Sequence[tuple[Definition, Text]]) -> None:
        self._definitions: dict[str, Definition] = {}
        self._texts: dict[str, list[Text]] = defaultdict(list)
        self._copies: Counter[str] = Counter()
        self._here: dict[str, Counter[str]] = defaultdict(Counter)
        self._at: dict[str, _Said] = {}
        for definition, said in rows:
            self._definitions.setdefault(definition.code.text, definition)
            self._texts[definition.code.text].append(said)
            self._copies[said.text.strip()] += 1
            self._here[definition.code.text][said.text.strip()] += 1

    @property
    def alone(self) -> bool:
        """Whether there is one definition only."""
        return len(self._definitions) < 2

    def features(self, code: str, definition: Definition, said: Text, first: Text) -> dict[str, float]:
        """How a text fits a definition beside all others.

        Args:
            code: What stands there in the file, which is none of the others.
            definition: What the text is held against.
            said: The text.
            first: Its beginning.

        Returns:
            `row_header`, `row_name` and `row_identifiers`: the text, against the other definitions; `column`: the
            definition, against the other texts; each from -1 to 1, and 0 where there is no other definition.
            `recall`: the share of the header that the text says. `unknown`: the share of what it mentions as code
            that the definition does not hold.
        """
        names = mentioned(said.text)
        known = self._definitions.get(code, definition)
        found = dict.fromkeys(("row_header", "row_name", "row_identifiers", "column"), 0.0)
        if not self.alone:
            headers, symbols = self._headers, self._names
            found = {
                "row_header": headers.margin(said.roots, definition.header, known.header, _LEAST["header"]),
                "row_name": symbols.margin(first.roots, definition.name, known.name, _LEAST["name"]),
                "row_identifiers": self._identifiers_margin(names, definition, known),
                "column": self._column(code, definition, first, said.text.strip()),
            }
        found["recall"] = self._recall(said, definition)
        found["unknown"] = len(definition.lacks(names)) / (len(names) + 1)
        return found

    @cached_property
    def _headers(self) -> _Share:
        return _share([one.header for one in self._definitions.values()], _HEADER)

    @cached_property
    def _names(self) -> _Share:
        return _share([one.name for one in self._definitions.values()], _NAME)

    @cached_property
    def _rarity(self) -> Weights:
        """How few of the definitions hold a stem."""
        holds = Counter(itertools.chain.from_iterable(one.stems for one in self._definitions.values()))
        return _rarity(holds, len(self._definitions))

    @cached_property
    def _identifiers(self) -> Counter[str]:
        return Counter(itertools.chain.from_iterable(one.identifiers for one in self._definitions.values()))

    @cached_property
    def _said(self) -> _Said:
        return _Said(itertools.chain.from_iterable(self._texts.values()))

    def _said_at(self, code: str) -> _Said:
        if code not in self._at:
            self._at[code] = _Said(self._texts.get(code, ()))
        return self._at[code]

    def _recall(self, said: Text, definition: Definition) -> float:
        rarity = self._headers.rarity
        worth = {stem: rarity.get(stem, 0.0) for stem in definition.header}
        return common(worth, said.stems) / (math.fsum(worth.values()) + 1)

    def _identifiers_margin(self, names: Set[str], definition: Definition, known: Definition) -> float:
        held, many = self._identifiers, len(self._definitions)
        worth = {name: math.log((many + 1) / max(1, held[name])) for name in names}
        others = [value * (held[name] - (name in known.identifiers)) for name, value in worth.items()]
        size = len(names) + 2
        return _contrast(
            common(worth, definition.identifiers) / size, math.fsum(others) / (many - 1) / size, _LEAST["identifiers"]
        )

    def _column(self, code: str, definition: Definition, first: Text, text: str) -> float:
        """How much better the beginning of a text fits the definition than the other texts do in the mean.

        A text that stands elsewhere too is none of those: where it came from must not show.
        """
        stems, rarity = definition.stems, self._rarity
        own = _fit(first, stems, rarity)
        here = self._texts.get(code, [])
        copies = self._copies[text] - (self._here[code][text] if code in self._here else 0)
        number = self._said.many - len(here) - copies
        total = self._said.at(stems, rarity) - (
            _fit(here[0], stems, rarity) if len(here) == 1 else self._said_at(code).at(stems, rarity)
        )
        if copies:
            total -= copies * _fit(Text(text), stems, rarity)
        others = max(0.0, total) / number if number else 0.0
        inverse = 1 / math.sqrt(len(stems) + _CODE)
        return _contrast(own * inverse, others * inverse, _LEAST["column"])
