"""The entries of one note: its sections, definitions, cards and fields, its notes in context, and its relations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from corpus.entry import Entry, Origin
from corpus.notes.cards import Card
from corpus.notes.compose import Place, Text, Vault, section_end, title_of, topic_of, whole_text
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
_GIVEN: Final = (2, 4)  # notes at hand, at least and at most
_MATERIAL: Final = 600  # characters of each
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{1,2}|[^\W_\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]+"
)
_EXTERNAL: Final = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)|https?://\S+")
_REFERRING: Final = re.compile(
    r"(?:see also|see|related|references?|links?|sources?|backlinks|further reading|footnotes|bibliography|attachments?"
    r"|table of contents|toc|siehe auch|quellen|literatur|weblinks|voir aussi|ver también|riferimenti|fonti"
    r"|参考|相关|参考文献|関連)(?: \w+)?:?",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r".{20,}?(?:[.!?](?=\s|$)|[。！？]|$)", re.DOTALL)


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
    _leads: dict[str, Text | None] = field(default_factory=dict)

    def lead_of(self, path: str) -> Text | None:
        """How a note begins, or None where it does not say enough or must not appear."""
        if path not in self._leads:
            note = self.vault.notes.get(path)
            lead = note.lead if note and path not in self.vault.closed else None
            said = self.vault.text(path, lead[0]).text if lead else ""
            enough = lead is not None and len(_WORD.findall(said)) >= _WORDS
            self._leads[path] = Text(said, [Place(path, lead[1], lead[2])]) if lead and enough else None
        return self._leads[path]

    def of(self, path: str) -> Iterator[Entry]:
        """The entries of one note, in order of their lines."""
        note = self.vault.notes[path]
        made = _OneNote(self, path, note)
        yield from sorted(made.entries(), key=lambda entry: (entry.line_start or 0, entry.line_end or 0))


class _OneNote:
    def __init__(self, makers: NoteEntries, path: str, note: Note) -> None:
        self.makers, self.vault, self.left_out = makers, makers.vault, makers.left_out
        self._links: list[tuple[int, str, Text]] | None = None
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
        names: list[str] = []
        level = 7
        for section in reversed(self.note.sections[: number + 1]):
            if 0 < section.level < level:
                names.append(section.heading)
                level = section.level
        names.reverse()
        return names[1:] if names and names[0].casefold() == self.title.casefold() else names

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
        if len(sections) > 1 and not sections[0].text and sections[1].heading.casefold() == self.title.casefold():
            sections = sections[1:]
        if sections[0].level == 0 and sections[0].text == "" and len(sections) == 1:
            return ""
        return whole_text(sections, first_heading=sections[0].level == 0)

    def _unfit(self, sections: list[Section], text: str, *, more_below: bool) -> str | None:
        """Why a text is no answer, or None."""
        words = len(_WORD.findall(text))
        if not text:
            return "empty"
        if words < _WORDS:
            return "too short"
        if more_below and text.endswith((":", "：")) and "\n\n" not in text:
            return "a lead-in"
        if _REFERRING.fullmatch(sections[0].heading.strip()):
            return "references"
        linked = sum(section.linked for section in sections) + sum(map(len, _EXTERNAL.findall(text)))
        if linked > _LINKED * len(text):
            return "links only"
        if sum(map(str.isalpha, text)) < len(text) * 0.2:
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
        topic = ": ".join([self.topic, *headings[-1:]])
        if card.kind == "field":
            key = front.replace("_", " ")
            key = key if key[1:2].isupper() else key[:1].lower() + key[1:]
            return ask(self.language, "field", title=self.title, key=key), "definition"
        if card.kind == "term":
            return ask(self.language, "what in", term=front, title=topic), "definition"
        return front, "card"

    def _linked_notes(self, low: int = 0, high: int = 1 << 60) -> dict[str, Text]:
        """The notes that lines link to and that say what they are, in order, each with the beginning of its text."""
        if self._links is None:
            self._links = list(self._find_links())
        return {path: lead for line, path, lead in self._links if low <= line <= high}

    def _find_links(self) -> Iterator[tuple[int, str, Text]]:
        for reference in self.note.references:
            if reference.kind == "embed" or not reference.target:
                continue
            path = self.vault.target(reference.target, "", self.path).path
            if path is not None and path != self.path:
                lead = self.makers.lead_of(path)
                if lead is not None:
                    yield reference.line, path, lead

    def _given(self) -> Iterator[Entry]:
        """The section that leans most on other notes, asked with these at hand."""
        best: tuple[int, int] | None = None
        notes: dict[str, Text] = {}
        for index, (_, text, start, end, _) in enumerate(self.taught):
            if len(text.text) < _CONTEXT:
                continue
            linked = self._linked_notes(start, end)
            if len(linked) >= _GIVEN[0] and (best is None or len(linked) > best[0]):
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
        """What a note links to, each with what it is: the graph around it in words."""
        linked = self._linked_notes()
        if len(linked) < _RELATED[0] or self.daily:
            return
        chosen = dict(list(linked.items())[: _RELATED[1]])
        lines = []
        for path, lead in chosen.items():
            sentence = _SENTENCE.match(" ".join(lead.text.split()))
            lines.append(f"- **{title_of(path, self.vault.notes[path])}**: {sentence[0] if sentence else lead.text}")
        places = [place for lead in chosen.values() for place in lead.places]
        question = ask(self.language, "related", title=self.title)
        last = max(self.note.lines, 1)
        yield self._entry("relation", "answer", question, Text("\n".join(lines), places), 1, last)
