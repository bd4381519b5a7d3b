"""What a row says about itself: signals in 0-1, each computed from the row and the rows of its own file, note or chat.

    relevance         do question and answer speak of the same thing, and more so than of the neighbours' things?
    novelty           does the text say more than the name?
    completeness      does it end where a text ends, as its neighbours do?
    well_formedness   does the code parse, and is what the text opens closed?
    consistency       does the documentation speak of the parameters, results and errors that are there?
    readability       are its words words, in an order that people write?
    information       does it say something, once?

No signal looks outside the row's own file, so a file that changes changes no other file's rows. None is computed where
it has no meaning: `consistency` needs documentation with sections, `readability` a text in English.

Comparing a pair with its neighbours is what tells a documentation from that of another definition in the same file:
see `corpus.curate.background`. The constants of the two logistic functions were fitted by `benchmarks/quality.py --fit`
on the packages in `corpus.curate.english.FITTED_ON`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final

from corpus.code.sections import Sections, sections
from corpus.curate import english
from corpus.curate.background import Background, Definition
from corpus.curate.reasons import code_of, documentation_of, is_placeholder
from corpus.curate.rules import has_open_fence
from corpus.curate.signature import header_of, identifiers, names_in
from corpus.curate.stems import Text, common
from corpus.curate.words import STEM, last_part, name_parts

__all__ = ["Place", "Reading", "reading_of"]

Row = Mapping[str, Any]
FULL: Final[Mapping[str, float]] = {
    **dict.fromkeys(("well_formedness", "consistency", "information"), 1.0),
    "relevance": 0.95,
    "novelty": 0.87,
    "completeness": 0.75,
    "readability": 0.89,
}
"""What counts as 1. Without it, a text that is cut rises by chance above one that was as good as texts are."""

NEIGHBOURS: Final = 32  # definitions compared on each side, nearest first: more change no AUC, and cost
_HEADER: Final = 400  # characters of code in which its header stands
_ENOUGH: Final = 12.0  # rarity of what is new from which on a text says more than the name: two or three rare words
_RARE: Final = 1.5  # a word in more than a fifth of all texts says nothing
_MOST: Final = 6.0  # that one word counts
_PRIOR: Final = 6.0  # rarity that every text is taken to have besides: a cut text is not more to the point
_REPLY: Final = 0.15  # weighted share of words in common at which people who talk are as close as they get
_NOTES: Final = 0.15  # nor does a section repeat its heading
_UNSAID: Final = 0.3  # a section need not repeat its heading, nor people each other: that they do not says little
_SHARED: Final = 0.3  # a signature and what is said of it
_LISTED: Final = frozenset({"argument", "error"})  # answers that are items of a list: a name, and what is said of it
_PROSE: Final = frozenset({"note", "definition", "card", "relation"})

_FAMILIAR: Final = 0.6  # share of a text's words that its file knows, from which on that says no more

_ABBREVIATION: Final = (3, 4, 5)  # letters of a short form
_SHORT: Final = 3.0  # rarity from which on a short word is one of code

RELEVANCE: Final[Mapping[str, float]] = {
    "bias": -3.21,
    "cosine": 1.88,
    "name": 1.17,
    "local": 3.78,
    "alone": 2.6,
    "row_header": 1.14,
    "row_name": 1.39,
    "row_identifiers": 2.19,
    "column": 1.44,
    "recall": 2.31,
    "abbreviated": 6.78,
    "unknown": -2.6,
}
"""Of the logistic function of `Place.relevance_features`; none but the bias and `unknown` is negative."""

COMPLETENESS: Final[Mapping[str, float]] = {
    "bias": 1.25,
    "end": 0.66,
    "habit": -1.59,
    "unusual": -1.51,
    "open": -3.62,
    "missing": -1.72,
    "fragment": -2.28,
}
"""Of the logistic function of `Place.completeness_features`."""

_ENDS: Final = re.compile(r"[.!?;)\]}>`'\"*|~=\u2026\u3002\uff01\uff1f-]\Z")
_SENTENCE: Final = re.compile(r"[.!?\u3002]['\"`)*\]]*\Z")
_SHOWN: Final = re.compile(r"(?:^|\n)[ \t]*(?:>>> [^\n]*(?:\n[ \t]*\S[^\n]*)*|(?:```|~~~))\Z")  # a text may end in code
_CLOSED: Final = re.compile(
    r"[ \t]*(?:\.\. (?:version\w+|deprecated)::[ \t]*v?\d[\w.]*|:(?:r?type|vartype)\b[^:\n]*:[ \t]*\S+"
    r"|:meta[ \t]+\w+:"
    r"|\.\. _[^:\n]+:[ \t]*\S+|\[[^\]\n]+\]:[ \t]*\S+|(?:[-*+][ \t]+)?<?https?://\S+)"
)
"""A last line that is never a sentence: a version, a type, a link."""

_BLOCK: Final = re.compile(r"(?:[^\n]*::|\.\. (?:code|code-block|sourcecode|math|prompt)::[^\n]*)\Z")
_USUAL_END: Final = 2.0
_LAST_WORD: Final = re.compile(r"[^\W\d_]+\Z")
_USUAL_LAST: Final = 6.0  # rarity up to which a word is no fragment of another
_LINE_END: Final = re.compile(r"\r\n?")
_FENCE: Final = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A row's sides.

    Attributes:
        prose: The text that people wrote; empty where both sides are code.
        other: What it is about: code, a signature, a question.
        name: Words of the symbol.
        documents: Whether the prose is a definition's documentation and the other side its code.
        key: What it is compared with: rows of the same key.
        enough: Share of weighted words in common that is as much as there is, where it documents nothing.
    """

    prose: str
    other: str
    name: tuple[str, ...]
    documents: bool
    key: tuple[str, ...]
    enough: float


def reading_of(row: Row) -> Reading:
    """The sides of a row, whatever its line ends."""
    if any("\r" in row[name] for name in ("instruction", "input", "output")):
        row = {**row, **{name: _LINE_END.sub("\n", row[name]) for name in ("instruction", "input", "output")}}
    doc, code = documentation_of(row), code_of(row)
    name = name_parts(row["symbol"] or "")
    key = (row["category"], row["task"])
    if doc is not None:
        return Reading(doc, code or "", name, True, key, _SHARED)
    asked = row["input"] or "\n".join([*(turn["content"] for turn in row["history"]), row["instruction"]])
    if row["task"] == "change":
        return Reading(row["instruction"], f"{row['input']}\n{row['output']}", name, False, key, _SHARED)
    if row["task"] == "complete" or row["category"] == "example":
        return Reading("", f"{asked}\n", name, False, key, _SHARED)
    enough = _REPLY if row["task"] == "reply" else _NOTES if row["category"] in _PROSE else _SHARED
    return Reading(row["output"], asked, name, False, key, enough)


class Place:
    """The rows of one file, note or chat, each to be judged beside the others.

    Args:
        rows: In the order in which they stand; the order among equals does not matter.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._texts: dict[str, Text] = {}
        self._code: dict[tuple[str, int | None], str] = {}
        for row in rows:
            code = code_of(row) if row["task"] in ("document", "implement") else None
            if code is not None and row["symbol"]:
                self._code.setdefault((row["symbol"], row["line_start"]), code.replace("\r", ""))
        self._rows = [(row, self._read(row)) for row in rows]
        order = sorted(range(len(rows)), key=lambda i: (rows[i]["line_start"] or 0, rows[i]["id"]))
        alike: dict[tuple[str, ...], list[int]] = {}
        for index in order:
            alike.setdefault(self._rows[index][1].key, []).append(index)
        self._beside = {index: (group, at) for group in alike.values() for at, index in enumerate(group)}
        self._held: Counter[str] = Counter()
        self._said = {key: [0, 0, 0] for key in alike}
        self._alike = alike
        self._definitions: dict[tuple[str, str], Definition] = {}
        self._backgrounds: dict[tuple[str, ...], Background] = {}
        for _, reading in self._rows:
            self._held.update(self._text(reading.prose).stems | self._text(reading.other).stems)
            if reading.prose:
                self._said[reading.key][0] += 1
                self._said[reading.key][1] += _ends(reading.prose)
                self._said[reading.key][2] += _is_sentence(reading.prose)

    def __len__(self) -> int:
        return len(self._rows)

    def signals(self, index: int, row: Row | None = None) -> dict[str, float | None]:
        """The signals of one row.

        Args:
            index: Which of the rows.
            row: What would stand there instead, to see what a change does.
        """
        own, before = self._rows[index]
        row, reading = (own, before) if row is None else (row, self._read(row))
        known = (row["signals"] or {}).get("well_formedness")
        text = reading.prose
        found = _sections(row, reading)
        values = {
            "relevance": self._relevance(index, row, reading),
            "novelty": None if row["category"] in _LISTED else _novelty(reading, self._text(text)),
            "completeness": self._completeness(index, row, reading, found),
            "well_formedness": _well_formed(text, known),
            "consistency": None if found is None else _consistency(found, row, reading),
            "readability": readability(self._text(text), self._text(reading.other)),
            "information": _information(self._text(text), reading.documents),
        }
        return {
            name: None if value is None else round(min(1.0, value / FULL[name]), 6) for name, value in values.items()
        }

    def _read(self, row: Row) -> Reading:
        """The sides of a row. What explains a definition is held against its code, where another row has that."""
        reading = reading_of(row)
        if row["language"] is None or row["task"] not in ("explain", "answer") or not reading.prose:
            return reading
        code = self._code.get((row["symbol"] or "", row["line_start"]))
        return reading if code is None else replace(reading, other=code, documents=True)

    def _text(self, text: str) -> Text:
        """A text taken apart: once, however many rows hold it."""
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = Text(text)
        return found

    def _others(self, index: int) -> list[int]:
        """The nearest rows of the same kind before and behind."""
        group, at = self._beside[index]
        return group[max(0, at - NEIGHBOURS) : at] + group[at + 1 : at + 1 + NEIGHBOURS]

    def relevance_features(self, index: int, row: Row | None = None) -> dict[str, float]:
        """What the relevance of documentation is computed from: see `RELEVANCE`; each 0-1 but margins, -1 to 1."""
        own, before = self._rows[index]
        row, reading = (own, before) if row is None else (row, self._read(row))
        return self._relevance_features(index, row, reading)

    def _relevance_features(self, index: int, row: Row, reading: Reading) -> dict[str, float]:
        before = self._rows[index][1]
        said, about = self._text(reading.prose), self._text(reading.other)
        named = {word[:STEM]: english.rarity(word) for word in reading.name}
        total = math.fsum(named.values())
        there = about.stems | self._text(row["symbol"] or "").stems | self._text(row["path"] or "").stems
        mine = self._text(before.prose).stems | self._text(before.other).stems
        found = {
            "cosine": _cosine(said, about),
            "name": (common(named, said.stems) / total if total else 0.0) if named else 0.5,
            "local": self._local(said, there, mine),
        }
        if not reading.documents:
            return found
        first = self._text(_beginning(reading.prose))  # whatever stands behind it, a text is as relevant as that
        found["cosine"] = max(found["cosine"], _cosine(first, about))
        found["local"] = max(found["local"], self._local(first, there, mine))
        background = self._background(reading.key)
        definition = self._definition(row, reading)
        return {
            **found,
            **background.features(before.other, definition, said, first),
            "alone": float(background.alone),
            "abbreviated": _abbreviated(said, about),
        }

    def _definition(self, row: Row, reading: Reading) -> Definition:
        key = (reading.other, row["symbol"] or "")
        found = self._definitions.get(key)
        if found is None:
            header = self._text(_header(reading))
            found = self._definitions[key] = Definition(self._text(reading.other), header, self._text(key[1]))
        return found

    def _background(self, key: tuple[str, ...]) -> Background:
        """What stands around the rows that document definitions."""
        found = self._backgrounds.get(key)
        if found is None:
            rows = [self._rows[index] for index in self._alike.get(key, ())]
            found = self._backgrounds[key] = Background(
                [
                    (self._definition(row, reading), self._text(reading.prose))
                    for row, reading in rows
                    if reading.documents
                ]
            )
        return found

    def _local(self, said: Text, about: Set[str], mine: Set[str]) -> float:
        """Share of the weight of a text that what it stands at says, its path, or anything else in the place."""
        held, weights = self._held.get, said.weights
        here = [w for stem, w in weights.items() if stem in about or held(stem, 0) > (stem in mine)]
        return min(_FAMILIAR, math.fsum(here) / said.total) if said.total else 0.0

    def _relevance(self, index: int, row: Row, reading: Reading) -> float | None:
        if not reading.prose:
            share = _share(self._text(row["output"]), self._text(row["input"]))
            # Never all of it: what is quite foreseeable is no better for it.
            return None if share is None else FULL["relevance"] * math.sqrt(share)
        if reading.documents:
            return _logistic(RELEVANCE, self._relevance_features(index, row, reading))
        said, about = self._text(reading.prose), self._text(reading.other)
        share = min(1.0, common(said.weights, about.stems) / (said.total + _PRIOR) / reading.enough)
        others = [self._rows[i][1].other for i in self._others(index)]
        rivals = [self._text(other) for other in dict.fromkeys(others) if other != reading.other]
        found = (share + (1 + _margin(said, about, rivals)) / 2) / 2 if rivals else share
        return _UNSAID + (FULL["relevance"] - _UNSAID) * found

    def completeness_features(self, index: int, row: Row | None = None) -> dict[str, float]:
        """What completeness is computed from."""
        own, before = self._rows[index]
        row, reading = (own, before) if row is None else (row, self._read(row))
        return self._end_features(index, row, reading, _sections(row, reading))

    def _end_features(self, index: int, row: Row, reading: Reading, found: Sections | None) -> dict[str, float]:
        text = reading.prose.rstrip()
        shown = _ends_in_markup(text)
        ends = shown or _ends(text)
        end = None if shown else english.end_affinity(text)
        listed = row["category"] in _LISTED  # such items end in a full stop or not, as their author likes
        rows, ended, sentences = self._said.get(reading.key, (0, 0, 0))
        own = self._rows[index][1].prose
        rows, ended, sentences = rows - bool(own), ended - _ends(own), sentences - _is_sentence(own)
        opened = (text.endswith(":") and not shown) or sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))
        whole = shown or listed or _is_sentence(text)
        return {
            "end": _USUAL_END if end is None else end,
            "habit": 0.0 if whole else (sentences + 1) / (rows + 2),
            "unusual": 0.0 if ends or listed else (ended + 1) / (rows + 2),
            "open": float(opened or text.count("`") % 2 or text.count('"') % 2),
            "missing": _missing_last(found, row) if found is not None else 0.0,
            "fragment": 0.0 if ends else self._fragment(text, reading),
        }

    def _fragment(self, text: str, reading: Reading) -> float:
        """How much the last word of a text looks like the first letters of another, 0-1."""
        said = self._text(reading.prose)
        last = _LAST_WORD.search(text)
        if last is None or said.is_foreign or last[0] in self._text(reading.other).text:
            return 0.0
        rarity = english.rarity(last[0].lower())
        return min(1.0, max(0.0, (rarity - _USUAL_LAST) / (english.UNSEEN - _USUAL_LAST)))

    def _completeness(self, index: int, row: Row, reading: Reading, found: Sections | None) -> float | None:
        if not reading.prose.strip():
            return None
        return _logistic(COMPLETENESS, self._end_features(index, row, reading, found))


def _beginning(text: str) -> str:
    """The first paragraph of a text; its first sentence, where there is one paragraph."""
    first, blank, _ = text.partition("\n\n")
    return first if blank else text.partition(". ")[0]


def _share(said: Text, about: Text) -> float | None:
    return common(said.weights, about.stems) / said.total if said.total else None


def _abbreviated(said: Text, about: Text) -> float:
    """Share of the weight of a text in long words whose first letters the code has as a word: `directory` and `dir`."""
    short, stems, found = about.vocabulary, about.stems, []
    for word in [word for word in said.vocabulary if len(word) > _ABBREVIATION[-1] and word[:STEM] not in stems]:
        for size in _ABBREVIATION:
            if word[:size] in short and english.rarity(word[:size]) > _SHORT and english.rarity(word) < english.UNSEEN:
                found.append(english.rarity(word))
                break
    return math.fsum(found) / (said.total + _PRIOR)


def _cosine(said: Text, about: Text) -> float:
    """The root of the cosine of two texts."""
    held = about.stems
    common = math.fsum([w * w for stem, w in said.weights.items() if stem in held])
    return math.sqrt(common / math.sqrt(said.size * about.size)) if common else 0.0


def _header(reading: Reading) -> str:
    """The first line of the code, as far as a header goes."""
    return reading.other[:_HEADER].partition(":\n")[0]


def _margin(said: Text, about: Text, rivals: Sequence[Text]) -> float:
    """How much better a text fits what it stands at than the best of the neighbours, -1 to 1.

    A word counts by its rarity and by how few of the neighbours hold it; a longer neighbour holds more by chance.
    """
    sides = [about, *rivals]
    stems, weights, many = said.stems, said.weights, len(sides) + 1
    common = [stems & side.stems for side in sides]
    held = Counter(itertools.chain.from_iterable(common))
    weight = {stem: math.sqrt(weights[stem]) * math.log(many / n) for stem, n in held.items()}
    of = weight.__getitem__
    fits = [
        math.fsum(map(of, shared)) / math.sqrt(len(side.stems) + 20) for shared, side in zip(common, sides, strict=True)
    ]
    own, best = fits[0], max(fits[1:])
    return (own - best) / (own + best) if own + best > 0 else 0.0


def _novelty(reading: Reading, said: Text) -> float | None:
    if not reading.documents or not reading.name:
        return None
    name = {word[:STEM] for word in reading.name}
    most = math.inf if said.is_foreign else english.UNSEEN  # noise makes no news
    new = math.fsum(min(w, _MOST) for stem, w in said.weights.items() if _RARE < w < most and stem not in name)
    return min(1.0, new / _ENOUGH)


def _well_formed(text: str, known: float | None) -> float | None:
    """Whether the code parses, as extraction knows, and whether every fence of the text is closed."""
    if ("```" not in text and "~~~" not in text) or _FENCE.search(text) is None:
        return known
    return min(1.0 if known is None else known, 0.3 if has_open_fence(text) else 1.0)


def _sections(row: Row, reading: Reading) -> Sections | None:
    """The documentation of a function, taken apart."""
    if not reading.documents or row["category"] != "function" or "\n" not in reading.prose:
        return None
    return sections(reading.prose, row["language"], reading.other[:_HEADER])


def _documented(found: Sections) -> list[str]:
    names = (name.strip("*`&. \\<>") for item in found.parameters for name in item.name.split(","))
    return [name for name in names if name.replace("_", "a").isalnum()]


def _consistency(found: Sections, row: Row, reading: Reading) -> float | None:
    """How far the documented parameters, results and errors are those of the code."""
    named = _documented(found)
    if not (named or found.returns or found.errors):
        return None
    value, code = 1.0, reading.other
    header = header_of(code, last_part(row["symbol"] or ""))
    open_ended = header is None or "*" in header or "..." in header
    there = identifiers(code) if open_ended else identifiers(header or "")
    unknown = sum(name not in there for name in named)
    wrong = unknown > 0
    if wrong and "**" in (header or ""):  # a keyword may have any name; it is wrong where one that is there has none
        keys = _KEY.findall(code) if unknown > 1 else (*_KEY.findall(code), *_STARRED.findall(header or ""))
        wrong = any(name not in named for name in (*names_in(header or ""), *keys))
    value *= 0.02 if wrong else 1.0
    if row["language"] == "python":
        if found.returns and not _GIVES.search(code) and len(code.splitlines()) > 3:
            value *= 0.6
        if found.errors and "raise" not in code and not _CALLS.search(code):
            value *= 0.8
    return value


_STARRED: Final = re.compile(r"\*\*\s*(\w+)")
_KEY: Final = re.compile(r"(?:\b(?:pop|get|setdefault)\(|\w\[)\s*['\"](\w+)['\"]")  # a keyword that is taken out
_GIVES: Final = re.compile(r"\b(?:return|yield|raise|lambda|\.\.\.|pass)\b")
_CALLS: Final = re.compile(r"\w\(")


def _ends(text: str) -> bool:
    """Whether the last character is one that texts end in."""
    return _ENDS.match(text[-1:]) is not None


def _is_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return _SENTENCE.search(text[-12:]) is not None


def _ends_in_markup(text: str) -> bool:
    """Whether a text ends in code that it shows, or in a line that is no sentence in any text."""
    if (">>>" in text or text.endswith(("```", "~~~"))) and _SHOWN.search(text) is not None:
        return True
    if "\n" not in text:
        return False
    lines = text.split("\n")
    if _CLOSED.fullmatch(lines[-1]):
        return True
    if lines[-1][:1] not in (" ", "\t") or "::" not in text:
        return False
    opener = next((line for line in reversed(lines) if line and line[0] not in " \t"), "")
    return _BLOCK.match(opener) is not None


def _missing_last(found: Sections, row: Row) -> float:
    """1 where a Python documentation tells of parameters and not of the last one, as one that was cut does."""
    named = _documented(found)
    if not named or row["language"] != "python":
        return 0.0
    code = code_of(row) or ""
    names = names_in(header_of(code, last_part(row["symbol"] or "")) or "")
    return float(bool(names) and names[-1] not in named)


_GIVEN_WORDS: Final = 3.0  # words that a text is taken to have besides its own, as usual as they get
_USUAL_KNOWN: Final = 0.97  # share of known words in documentation
_USUAL_ORDER: Final = 1.0


def readability(text: Text, other: Text) -> float | None:
    """How sure one can be that a text is made of words, in an order that people write."""
    words = text.prose_words
    if not words or text.is_foreign:
        return None
    looked = [word for word in words if word not in other.vocabulary]
    known = english.known(looked) + _USUAL_KNOWN * _GIVEN_WORDS
    pairs = english.affinities(english.tokens(text.prose))
    order = math.fsum(pairs) + _USUAL_ORDER * _GIVEN_WORDS
    order /= len(pairs) + _GIVEN_WORDS
    return _sigmoid(25 * (known / (len(looked) + _GIVEN_WORDS) - 0.67)) * _sigmoid(7 * (order - 0.03))


def _information(text: Text, documents: bool) -> float | None:
    """Share of groups of three words that were not said before; nothing where documentation is a placeholder."""
    words = text.prose_words
    if not words:
        return None
    if documents and is_placeholder(text.text):
        return 0.0
    count = len(words) - 2
    share = len(set(zip(words, words[1:], words[2:], strict=False))) / count if count > 0 else 1.0
    return min(1.0, share / 0.8) ** 2


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def _logistic(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return _sigmoid(weights["bias"] + math.fsum(w * features[name] for name, w in weights.items() if name != "bias"))
