"""The entries of one note: its sections, definitions, cards and fields, its notes in context, and its relations."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from corpus.entry import Entry, Origin
from corpus.notes.cards import GLOSSARY, Card
from corpus.notes.compose import Place, Text, Vault, heading_key, section_end, title_of, topic_of, whole_text
from corpus.notes.inline import MARK, Reference
from corpus.notes.parse import Note, Section
from corpus.notes.phrases import ask
from corpus.notes.properties import created_at
from corpus.notes.questions import definition_of, question_for

__all__ = ["NoteEntries"]

_TOGETHER: Final = 1500  # characters: a section and those below it that are no longer are one answer
_WORDS: Final = 8  # an answer with fewer words says too little; of Chinese or Japanese, two letters count as a word
_CONTEXT: Final = 200  # characters from which a section is worth being asked with other notes at hand
_LINKED: Final = 0.6  # of a text's characters in links: a list of them, not an explanation
_RELATED: Final = (3, 12)  # notes to be called relations, at least and at most
_REPEATED: Final = 5  # notes
_TRIED: Final = 100  # links that are looked at for them
_GIVEN: Final = (1, 4)  # notes at hand, at least and at most
_MATERIAL: Final = 600  # characters of each
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{1,2}|[^\W_\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]+"
)
_EXTERNAL: Final = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)|https?://\S+")
_REFERRING: Final = re.compile(
    r"(?:see also|see|related|references?|links?|sources?|backlinks|further reading|footnotes|bibliography|attachments?"
    r"|table of contents|toc|index|indice|índice|sommario|sommaire|contents|inhalt(?:sverzeichnis)?|目录"
    r"|siehe auch|quellen|literatur|weblinks|voir aussi|ver también|riferimenti|fonti"
    r"|参考|相关|参考文献|関連)(?: \w+)?:?",
    re.IGNORECASE,
)
_STOP: Final = re.compile(r"[.!?]\s|[。！？]")
_BLOCK: Final = re.compile(r".+?(?=\n[ \t]*\n|\n[ \t>]*(?:[-*+|#]|\d+[.)])|\Z)", re.DOTALL)
_ITEM: Final = re.compile(r"\A[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(?:\[.\][ \t]+)?")


@dataclass(slots=True)
class NoteEntries:
    """Makes the entries of a vault's notes; counts what it leaves out, and why.

    Attributes:
        vault: With all its notes.
        daily: Paths of daily notes.
        language: Of notes that say too little to tell.
        left_out: Reason to number of sections that gave no row.
    """

    vault: Vault
    daily: frozenset[str]
    language: str
    left_out: Counter[str] = field(default_factory=Counter)
    _marks: Counter[int] = field(default_factory=Counter)
    _leads: dict[str, Text | None] = field(default_factory=dict)
    _hosted: dict[str, list[tuple[int, str]]] | None = None

    def __post_init__(self) -> None:
        for note in self.vault.notes.values():
            self._marks.update({section.mark for section in note.sections if section.mark})

    def is_repeated(self, section: Section) -> bool:
        """Whether a section says the same in many notes: a footer, a form."""
        return self._marks[section.mark] >= _REPEATED

    def lead_of(self, path: str) -> Text | None:
        """How a note begins, or None where it does not say enough or must not appear."""
        if path not in self._leads:
            note = self.vault.notes.get(path)
            lead = note.lead if note and path not in self.vault.closed else None
            said = self.vault.text(path, lead[0]).text if lead else ""
            enough = len(_WORD.findall(said)) >= _WORDS and _external(said) <= _LINKED * len(said)
            self._leads[path] = Text(said, [Place(path, lead[1], lead[2])]) if lead and enough else None
        return self._leads[path]

    def of(self, path: str) -> Iterator[Entry]:
        """The entries of one note, in order of their lines."""
        note = self.vault.notes[path]
        made = _OneNote(self, path, note)
        yield from sorted(made.entries(), key=lambda entry: (entry.line_start or 0, entry.line_end or 0))

    def hosted(self, path: str) -> list[tuple[int, str, Text]]:
        """The notes that are at hand when a note is asked about: the line of the link, path, and how they begin.

        Rows that share text must not be separated by a split, and notes that were at hand in rows of many others would
        tie a whole vault together. So half of the notes (by a hash of their path) are hosts, each of the others is at
        hand for one host alone, and no more than a host and its guests are tied.
        """
        if self._hosted is None:
            self._hosted = self._find_hosts()
        found = ((line, guest, self.lead_of(guest)) for line, guest in self._hosted.get(path, ()))
        return [(line, guest, lead) for line, guest, lead in found if lead is not None]

    def _find_hosts(self) -> dict[str, list[tuple[int, str]]]:
        host_of: dict[str, tuple[int, str, int]] = {}
        for path, note in self.vault.notes.items():
            if _hash(path) % 2 or path in self.vault.closed:
                continue
            for reference in note.references:
                guest = self.vault.target(reference.target, "", path).path if reference.kind == "link" else None
                if guest is not None and guest in self.vault.notes and _hash(guest) % 2:
                    bid = (_hash(f"{path}\0{guest}"), path, reference.line)
                    if guest not in host_of or bid < host_of[guest]:
                        host_of[guest] = bid
        hosted: dict[str, list[tuple[int, str]]] = {}
        for guest, (_, host, line) in sorted(host_of.items()):
            hosted.setdefault(host, []).append((line, guest))
        return {host: sorted(guests) for host, guests in hosted.items()}


def _external(text: str) -> int:
    """Characters of a text in links that lead elsewhere."""
    return sum(map(len, _EXTERNAL.findall(text)))


def _hash(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))


class _OneNote:
    def __init__(self, makers: NoteEntries, path: str, note: Note) -> None:
        self.makers, self.vault, self.left_out = makers, makers.vault, makers.left_out
        self.path, self.note = path, note
        self.title = title_of(path, note)
        self.daily = path in makers.daily
        self.topic = self.title if self.daily else topic_of(path, self.title)
        self.language = note.language or makers.language
        said = note.properties.get("lang") or note.properties.get("language")
        self.facts: dict[str, Any] = {
            "path": path,
            "created_at": created_at(note.properties),
            "language": said.lower() if isinstance(said, str) and re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", said) else None,
        }
        self._section_starts = [section.line_start for section in note.sections]
        self.decks = {self._section_starts[card.section] for card in note.cards if card.kind == "flashcard"}
        self._paths = list(_paths(note.sections, self.title))
        self._sentences: dict[int, list[tuple[int, str]]] = {}
        self.taught: list[tuple[str, Text, int, int, str | None]] = []

    def entries(self) -> Iterator[Entry]:
        yield from self._cards()
        definition = self._definition()
        yield from definition
        self._collect(0, len(self.note.sections), bool(definition))
        for question, text, start, end, symbol in self.taught:
            yield self._entry("note", "explain", question, text, start, end, symbol)
        yield from self._given()
        yield from self._related()

    def _entry(
        self, category: str, task: str, question: str, answer: Text, start: int, end: int, symbol: str | None = None,
        material: str = "",
    ) -> Entry:  # fmt: skip
        own = Place(self.path, start, end)
        places = [own, *(place for place in dict.fromkeys(answer.places) if place != own)]
        origins = [Origin(self.vault.name, p.path, None, p.line_start, p.line_end) for p in places]
        return Entry(
            category=category,
            task=task,
            instruction=question,
            input=material,
            output=answer.text,
            line_start=start,
            line_end=end,
            symbol=symbol,
            origins=tuple(origins) if len(origins) > 1 else (),
            **self.facts,
        )

    def _headings(self, number: int) -> list[str]:
        """The headings above a section and its own, the note's title left out."""
        return self._paths[number]

    def _symbol(self, number: int) -> str | None:
        return " > ".join(name for name in self._headings(number) if name) or None

    def _collect(self, first: int, after: int, defined: bool) -> None:
        """Deal sections to answers: short ones together with those below them, long ones each by itself."""
        sections = self.note.sections
        if first == 0 and self._fits(0, after):
            self._take(0, after, only_definition=defined)
            return
        while first < after:
            end = section_end(sections, first)
            if end - first > 1 and not self._fits(first, end):
                end = first + 1
            self._take(first, end, only_definition=defined)
            first = end

    def _fits(self, first: int, after: int) -> bool:
        return sum(len(section.text) + len(section.heading) for section in self.note.sections[first:after]) <= _TOGETHER

    def _take(self, first: int, after: int, *, only_definition: bool) -> None:
        sections = self.note.sections[first:after]
        own = self._own(sections)
        text = self.vault.text(self.path, own)
        why = self._unfit(sections, text.text, more_below=after < section_end(self.note.sections, first))
        if why is None and only_definition and self.note.lead and text.text == self.note.lead[0]:
            return  # it is the definition, and nothing more
        if why is not None:
            self.left_out[why] += bool(own)
            return
        headings = [] if after - first > 1 and first == 0 else self._headings(first)
        question = question_for(self.topic, headings, self.language, daily=self.daily)
        symbol = " > ".join(filter(None, headings)) or None
        end = max(section.line_end for section in sections)
        self.taught.append((question, text, sections[0].line_start, end, symbol))

    def _own(self, sections: list[Section]) -> str:
        """The text of sections, without a heading that says the title again."""
        sections = [one for one in sections if one is sections[0] or self._belongs(one)]
        sections = [
            replace(one, level=0) if one.level == 1 and self._is_title(one.heading) else one for one in sections
        ]
        if sections[0].level == 0 and sections[0].text == "" and len(sections) == 1:
            return ""
        return whole_text(sections, first_heading=sections[0].level == 0)

    def _belongs(self, section: Section) -> bool:
        return not _REFERRING.fullmatch(section.heading) and not self.makers.is_repeated(section)

    def _is_title(self, heading: str) -> bool:
        return heading_key(heading) == heading_key(self.title)

    def _unfit(self, sections: list[Section], text: str, *, more_below: bool) -> str | None:
        """Why a text is no answer, or None."""
        words = _WORD.findall(text)
        if not text:
            return "empty"
        if len(words) < _WORDS:
            return "too short"
        if more_below and text.endswith((":", "：")) and "\n\n" not in text:
            return "a lead-in"
        if any(section.line_start in self.decks for section in sections):
            return "flashcards"
        if _REFERRING.fullmatch(sections[0].heading.strip()):
            return "references"
        if len(sections) == 1 and self.makers.is_repeated(sections[0]):
            return "repeated"
        linked = sum(section.linked for section in sections) + _external(text)
        if linked > _LINKED * len(text):
            return "links only"
        if sum(map(len, words)) < len(text) * 0.2:
            return "no words"
        return None

    def _definition(self) -> list[Entry]:
        """The first paragraph, where it says what the note's title is."""
        lead = self.note.lead
        if not lead or self.daily:
            return []
        text = self.vault.text(self.path, lead[0])
        question = definition_of(self.title, self.note.aliases, text.text, self.language)
        if not question or text.text.endswith(":") or len(_WORD.findall(text.text)) < _WORDS:
            return []
        return [self._entry("definition", "answer", question, text, lead[1], lead[2])]

    def _cards(self) -> Iterator[Entry]:
        for card in self.note.cards:
            question, category = self._card_question(card)
            answer = self.vault.text(self.path, card.back)
            least = 5 if card.kind == "term" else 1
            if question and answer.text and len(_WORD.findall(answer.text)) >= least:
                symbol = self._symbol(card.section)
                yield self._entry(category, "answer", question, answer, card.line_start, card.line_end, symbol)

    def _card_question(self, card: Card) -> tuple[str, str]:
        front = self.vault.text(self.path, card.front).text
        headings = [name for name in self._headings(card.section) if name]
        headings = [name for name in headings[-1:] if not GLOSSARY.search(name)]
        topic = ": ".join([self.topic, *headings])
        if card.kind == "field":
            key = front.replace("_", " ")
            key = key if key[1:2].isupper() else key[:1].lower() + key[1:]
            return ask(self.language, "field", title=self.title, key=key), "definition"
        if card.kind == "term":
            return ask(self.language, "what in", term=front, title=topic), "definition"
        return front, "card"

    def _given(self) -> Iterator[Entry]:
        """The section that leans most on the notes that this one hosts, asked with these at hand."""
        hosted = self.makers.hosted(self.path)
        best: tuple[int, int] | None = None
        notes: dict[str, Text] = {}
        for index, (_, text, start, end, _) in enumerate(self.taught if len(hosted) >= _GIVEN[0] else ()):
            linked = {path: lead for line, path, lead in hosted if start <= line <= end}
            if len(text.text) >= _CONTEXT and len(linked) >= _GIVEN[0] and (best is None or len(linked) > best[0]):
                best, notes = (len(linked), index), linked
        if best is None or self.daily:
            return
        question, text, start, end, symbol = self.taught[best[1]]
        given = dict(list(notes.items())[: _GIVEN[1]])
        material = "\n\n".join(
            f"## {title_of(path, self.vault.notes[path])}\n\n{lead.text[:_MATERIAL]}" for path, lead in given.items()
        )
        places = [*text.places, *(place for lead in given.values() for place in lead.places)]
        asked = ask(self.language, "given", question=question)
        yield self._entry("note", "answer", asked, Text(text.text, places), start, end, symbol, material)

    def _related(self) -> Iterator[Entry]:
        """What a note links to, each with the sentence that says how: the graph around it in words."""
        said: dict[str, str] = {}
        for reference in self.note.references[:_TRIED]:
            path = self.vault.target(reference.target, "", self.path).path
            if reference.kind != "link" or path is None or path == self.path or path in said:
                continue
            sentence = self._sentence_with(reference) if path in self.vault.notes else ""
            if sentence and sentence not in said.values() and path not in self.vault.closed:
                said[path] = sentence
            if len(said) == _RELATED[1]:
                break
        if len(said) < _RELATED[0] or self.daily:
            return
        lines = [f"- **{title_of(path, self.vault.notes[path])}**: {sentence}" for path, sentence in said.items()]
        question = ask(self.language, "related", title=self.title)
        answer = Text("\n".join(lines), [Place(path, 1, max(1, self.vault.notes[path].lines)) for path in said])
        yield self._entry("relation", "answer", question, answer, 1, max(self.note.lines, 1))

    def _sentence_with(self, reference: Reference) -> str:
        """The sentence that a link stands in, where it says more than the link."""
        number = bisect_right(self._section_starts, reference.line) - 1
        text = self.note.sections[max(0, number)].text
        at = text.find(reference.display)
        if at < 0:
            return ""
        if number not in self._sentences:
            self._sentences[number] = [(found.start(), found[0]) for found in _BLOCK.finditer(text)]
        start, said = self._sentences[number][bisect_right(self._sentences[number], (at, "\U0010ffff")) - 1]
        first = max((found.end() for found in _STOP.finditer(said, 0, at - start)), default=0)
        stop = _STOP.search(said, at - start + len(reference.display))
        sentence = _ITEM.sub("", " ".join(said[first : stop.end() if stop else len(said)].split())).strip()
        unfit = MARK in sentence or "|" in sentence or "```" in sentence or sentence.startswith("#")
        return "" if unfit or len(_WORD.findall(sentence)) < len(_WORD.findall(reference.display)) + 4 else sentence


def _paths(sections: list[Section], title: str) -> Iterator[list[str]]:
    """For each section the headings above it and its own, without the one on top that stands for the title."""
    tops = [section for section in sections if section.level == 1]
    alone = len(tops) == 1 and tops[0] is sections[1] and not sections[0].text
    above: list[Section] = []
    for section in sections:
        while above and above[-1].level >= section.level:
            above.pop()
        if section.level:
            above.append(section)
        names = [one.heading for one in above]
        titled = above and above[0].level == 1 and (alone or heading_key(names[0]) == heading_key(title))
        yield names[1:] if titled else names
