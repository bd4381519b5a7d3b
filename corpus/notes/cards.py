"""What a note already holds as question and answer: callouts, flashcards, glossaries, fields.

Flashcards are those of the plugin that most people use (github.com/st3v3nmw/obsidian-spaced-repetition):
`question::answer`, `question:::answer`, or two blocks with a line `?` or `??` between them, in a note with a tag
`#flashcards` or `#card`; and `Q:` / `A:` anywhere. Elsewhere `key:: value` is a field, as Dataview has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from corpus.notes.parse import NoteParser

__all__ = ["GLOSSARY", "Card", "cards_of"]

_QUESTIONS: Final = frozenset({"question", "help", "faq", "q"})
_DECKS: Final = frozenset({"flashcard", "flashcards", "card", "cards", "anki"})
_ITEM: Final = r"(?:[-*+]|\d+[.)])[ \t]+"
_TERM: Final = re.compile(
    rf"[ \t>]*{_ITEM}(\*\*|__|`)((?:(?!\1)[^\n]){{1,80}}?)(:?)\1[ \t]*((?::|-{{1,2}}|–|—|=|→)?)[ \t]+(?=\S)"
)
_PLAIN_TERM: Final = re.compile(rf"[ \t>]*{_ITEM}([^\n:*`]{{2,60}}?)(?::|[ \t][-–—])[ \t]+(?=\S)")
GLOSSARY: Final = re.compile(
    r"glossar|terminolog|definition|vocabular|begriffe|lexi[ckq]|术语|词汇|用語", re.IGNORECASE
)
_ASKED: Final = re.compile(
    r"\A[ \t>]*(?:Q|Question|F|Frage)[:.][ \t]*(.+?)\n[ \t>]*(?:A|Answer|Antwort)[:.][ \t]*(.+)\Z", re.DOTALL
)
_ONE_LINE: Final = re.compile(rf"[ \t>]*(?:{_ITEM})?(\S[^\n]*?)[ \t]?:::?[ \t]?(\S[^\n]*)")
_SIGN: Final = re.compile(r"^[ \t]*\?\??[ \t]*$", re.MULTILINE)
_COLONS: Final = re.compile(r"[ \t]?:::?[ \t]?")
_SCHEDULE: Final = re.compile(r"<!--SR:.*?-->")


@dataclass(slots=True)
class Card:
    """A question and its answer, or a term and what it means.

    Attributes:
        kind: `question` (a callout), `flashcard`, `term` or `field`.
        front: The question, the term or the field's name.
        back: The answer, the definition or the field's value.
        line_start: First line, 1-based.
        line_end: Last line.
        section: The number of the section that it stands in.
    """

    kind: str
    front: str
    back: str
    line_start: int
    line_end: int
    section: int


def cards_of(note: NoteParser) -> Iterator[Card]:
    """The cards of a note that was scanned, in no order."""
    deck = any(tag.name.lower().partition("/")[0] in _DECKS for tag in note.found.tags)
    for kind, title, start, end in note.callouts:
        if kind in _QUESTIONS and title:
            yield from _card(note, "question", note.clean_title(start), note.quoted(start, end), start, end)
    for start, end, _ in note.paragraphs:
        source = note.source(start, end)
        if deck and (":" in source or "?" in source):
            yield from _flashcards(note, source, start, end)
        asked = _ASKED.match(source) if "A" in source and source.lstrip(" \t>")[:1] in "QF" else None
        if asked:
            low = note.starts[start]
            front, back = (note.clean(low + asked.start(i), low + asked.end(i)) for i in (1, 2))
            yield from _card(note, "flashcard", front, back, start, end)
        elif not deck:
            yield from _term(note, source, start, end)
    for field in note.scanner.fields if not deck else ():
        value = note.clean(field.start, field.end) if field.whole else field.value
        if field.whole:
            yield from _card(note, "field", field.key, value, field.line - 1, field.line)


def _card(note: NoteParser, kind: str, front: str, back: str, start: int, end: int) -> Iterator[Card]:
    front, back = " ".join(front.split()), _SCHEDULE.sub("", back).strip()
    if front and back:
        yield Card(kind, front, back, start + 1, note.last_line(start, end), note.section_at(start))


def _flashcards(note: NoteParser, source: str, start: int, end: int) -> Iterator[Card]:
    low = note.starts[start]
    sign = _SIGN.search(source)
    if sign:
        front, back = note.clean(low, low + sign.start()), note.clean(low + sign.end(), low + len(source))
        yield from _card(note, "flashcard", front, back, start, end)
        return
    place = 0
    for number, line in enumerate(source.split("\n")):
        found = _ONE_LINE.match(line) if "::" in line and "`" not in line.partition("::")[0] else None
        if found:
            at = low + place
            front, back = (note.clean(at + found.start(i), at + found.end(i)) for i in (1, 2))
            yield from _card(note, "flashcard", front, back, start + number, start + number + 1)
        place += len(line) + 1


def _term(note: NoteParser, source: str, start: int, end: int) -> Iterator[Card]:
    found = _TERM.match(source)
    low = note.starts[start]
    if found and (found[3] or found[4]):
        front = found[2]
    else:
        found = _PLAIN_TERM.match(source)
        if not found or not GLOSSARY.search(note.heading_at(start)):
            return
        front = found[1]
    if "[" in front or "\0" in front:
        front = note.clean(low + source.index(front), low + source.index(front) + len(front))
    back = note.clean(low + found.end(), low + len(source))
    yield from _card(note, "term", front, back, start, end)
