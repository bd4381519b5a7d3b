"""A whole vault: its files, its parsed notes, what its links mean, and its texts with the embeds in them resolved."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from corpus.notes.canvas import Canvas
from corpus.notes.inline import MARK
from corpus.notes.links import Resolver, fold
from corpus.notes.parse import Block, Note, Section, tidy
from corpus.notes.words import FOLDERS

__all__ = ["Place", "Target", "Text", "Vault", "title_of", "topic_of"]

_MARKED: Final = re.compile(rf"^([^\n{MARK}]*){MARK}(\d+){MARK}([^\n]*)$", re.MULTILINE)
_ONE: Final = re.compile(rf"{MARK}(\d+){MARK}")
_PREFIX: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?")
_MAX_DEPTH: Final = 5  # embeds in embeds
_MAX_TEXT: Final = 100_000  # characters that embeds may add to one text; a note that doubles itself ends here
_NO_WORD: Final = re.compile(r"[\W_]+")
_NUMBERED: Final = re.compile(r"\A(?:\d{8,14}[ _-]+|\d{1,3}\s*[.)–-]\s+|[^\w\s(\[\"'`<$@.#/+¿¡-]+\s+)(?=\S)")
_ALONE: Final = re.compile(r"(?<![^\n]\n)^[ \t]*>[ \t]*\*\*[^*\n]{0,78}[^*\n.!?]\*\*(?=\n(?![ \t]*>)|\Z)", re.MULTILINE)
_NUMBERED_FOLDER: Final = re.compile(r"\A\d+\s*[-_.)]*\s*")
_QUESTIONS: Final = re.compile(r"\bFAQs?\b|frequently asked questions", re.IGNORECASE)
_NAMELESS: Final = frozenset({"readme", "index", "untitled", "_index", "home page"})


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a note."""

    path: str
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to.

    Attributes:
        path: The file, or None where there is none.
        status: `resolved`, `ambiguous`, `no-heading` or `unresolved`.
        section: The number of the section in that note, if the link names a heading.
        block: The block, if the link names one.
    """

    path: str | None
    status: str
    section: int | None = None
    block: Block | None = None


@dataclass(slots=True)
class Text:
    """A text with its embeds resolved, the places that they came from, and how many characters they added."""

    text: str
    places: list[Place] = field(default_factory=list)
    added: int = 0


@dataclass(slots=True)
class Vault:
    """A vault that was read.

    Attributes:
        name: What rows say as their source.
        kinds: Every file's path, and what it is.
        notes: The notes that could be parsed.
        canvases: The canvases that could be parsed.
        closed: Notes whose text must not appear anywhere: excluded ones and templates.
    """

    name: str
    kinds: Mapping[str, str]
    notes: Mapping[str, Note]
    canvases: Mapping[str, Canvas] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    resolver: Resolver = field(init=False)
    _headings: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _blocks: dict[str, dict[str, Block]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.resolver = Resolver(self.kinds)

    def target(self, target: str, subpath: str, source: str) -> Target:
        """What a link in a note leads to."""
        found = self.resolver.resolve(target, source)
        if found.path is None:
            return Target(None, "unresolved")
        status = "ambiguous" if found.ambiguous else "resolved"
        note = self.notes.get(found.path)
        if not subpath or note is None:
            return Target(found.path, status)
        if subpath.startswith("^") or "#^" in subpath:
            block = self._block(found.path, note, subpath.rpartition("^")[2])
            return Target(found.path, status if block else "no-heading", block=block)
        section = self._section(found.path, note, subpath)
        return Target(found.path, status if section is not None else "no-heading", section=section)

    def _block(self, path: str, note: Note, name: str) -> Block | None:
        if path not in self._blocks:
            blocks: dict[str, Block] = {}
            for block in note.blocks:
                blocks.setdefault(block.id, block)
            self._blocks[path] = blocks
        return self._blocks[path].get(name.strip().lower())

    def _section(self, path: str, note: Note, subpath: str) -> int | None:
        """The section under a heading, or under headings below each other, `A#B`."""
        if path not in self._headings:
            index: dict[str, list[int]] = {}
            for number, section in enumerate(note.sections):
                for name in dict.fromkeys((heading_key(section.raw), heading_key(section.heading))):
                    if section.level and name:
                        index.setdefault(name, []).append(number)
            self._headings[path] = index
        index = self._headings[path]
        whole = index.get(heading_key(subpath))
        if whole:
            return whole[0]
        parts = [heading_key(part) for part in subpath.split("#") if part.strip()]
        return _below(note.sections, [index.get(part, []) for part in parts])

    def text(self, path: str, text: str) -> Text:
        """A text of a note with its embeds resolved, cycles cut."""
        done = Text("")
        if MARK not in text:
            done.text = text
            return done
        shown = tidy(self._expanded(path, text, done, ((path, None),)))
        done.text = tidy(_ALONE.sub("", shown))  # callouts that held a picture and nothing else
        return done

    def _expanded(self, path: str, text: str, done: Text, above: tuple[tuple[str, object], ...]) -> str:
        def replaced(found: re.Match[str]) -> str:
            before, after = found[1], found[3]
            said, display = self._embedded(path, int(found[2]), done, above)
            rest = _ONE.sub(lambda m: self._inline(path, int(m[1]), done, above), after)
            if "\n" not in said:
                return f"{before}{said}{rest}" if said else _closed_up(before, rest)
            if rest.strip() or not _PREFIX.fullmatch(before):
                return f"{before}{display}{rest}"
            return before + said.replace("\n", "\n" + _continued(before))

        return _MARKED.sub(replaced, text)

    def _inline(self, path: str, number: int, done: Text, above: tuple[tuple[str, object], ...]) -> str:
        said, display = self._embedded(path, number, done, above)
        return display if "\n" in said else said

    def _embedded(self, path: str, number: int, done: Text, above: tuple[tuple[str, object], ...]) -> tuple[str, str]:
        """The text of an embed, and what to say where it does not fit."""
        reference = self.notes[path].references[number]
        target = self.target(reference.target, reference.subpath, path)
        note = self.notes.get(target.path or "")
        if target.path is None or note is None:
            return "", ""  # a picture, a recording, a note that is not there or not read
        display = reference.display
        part = target.block.id if target.block else target.section
        here = (target.path, part)
        if target.path in self.closed:
            return "", ""  # its name is its own business, too
        if target.status == "no-heading":
            return display, display
        if here in above or (target.path, None) in above[1:] or (part is None and target.path == path):
            return display, display
        if len(above) > _MAX_DEPTH:
            return display, display
        text, place = _part(target, note)
        if done.added + len(text) > _MAX_TEXT:
            return display, display
        done.added += len(text) + 1
        done.places.append(place)
        return self._expanded(target.path, text, done, (*above, here)).strip(), display


def _closed_up(before: str, after: str) -> str:
    """What stood around a picture, with one blank between, and none before the end of a sentence."""
    if before.endswith(" ") and before.strip():
        after = after.lstrip(" ")
        return (before.rstrip(" ") if after[:1] in (".", ",", ";", ":", ")", "") else before) + after
    return before + after


def _continued(before: str) -> str:
    """What the lines after the first begin with, so that they stay in their quotation or item."""
    quote = before[: before.rfind(">") + 2] if ">" in before else ""
    return quote + " " * (len(before) - len(quote))


def _part(target: Target, note: Note) -> tuple[str, Place]:
    """The text that an embed shows, and where it stands."""
    path = target.path or ""
    if target.block:
        return target.block.text, Place(path, target.block.line_start, target.block.line_end)
    first = target.section or 0
    after = section_end(note.sections, first) if target.section is not None else len(note.sections)
    return whole_text(note.sections[first:after]), Place(
        path, note.sections[first].line_start, note.sections[after - 1].line_end
    )


def section_end(sections: list[Section], number: int) -> int:
    """The number after the last section below a section; level 0 holds nothing but itself."""
    level = sections[number].level
    after = number + 1
    while level and after < len(sections) and sections[after].level > level:
        after += 1
    return after


def whole_text(sections: list[Section], *, first_heading: bool = True) -> str:
    """Sections as Markdown, one after the other."""
    parts = []
    for number, section in enumerate(sections):
        if section.level and section.heading and (number or first_heading):
            parts.append(f"{'#' * section.level} {section.heading}")
        if section.text:
            parts.append(section.text)
    return "\n\n".join(parts)


def _below(sections: list[Section], candidates: list[list[int]]) -> int | None:
    """The first section of the last list that stands below one of each list before, in order."""
    low, high, found = 0, len(sections), None
    for numbers in candidates:
        place = bisect_left(numbers, low)
        if place == len(numbers) or numbers[place] >= high:
            return None
        found = numbers[place]
        low, high = found + 1, section_end(sections, found)
    return found


@lru_cache(maxsize=65_536)
def heading_key(text: str) -> str:
    """A heading as links compare it: punctuation is a blank, blanks are one, letters have no case."""
    return _NO_WORD.sub(" ", fold(text)).strip()


def title_of(path: str, note: Note) -> str:
    """What a note is called: its property `title`, else its file's name, without a leading date or number.

    A file whose name says nothing (`README`, `index`, a number) is called by its first heading, or by its folder.
    """
    named = note.properties.get("title")
    if isinstance(named, str) and 0 < len(named.strip()) <= 200 and "[[" not in named:
        return " ".join(named.split())
    stem = path.rsplit("/", 1)[-1]
    stem = stem[:-3] if stem.lower().endswith(".md") else stem
    short = _NUMBERED.sub("", stem)
    if short.lower() in _NAMELESS or (
        re.fullmatch(r"[\d_-]{8,}", short) and not re.fullmatch(r"\d{4}-\d\d-\d\d", short)
    ):
        heading = next((s.heading for s in note.sections if s.level == 1 and s.heading), "")
        folder = path.rsplit("/", 2)[-2] if "/" in path else ""
        return heading or folder or short
    return short


def topic_of(path: str, title: str) -> str:
    """What a note is about: its title, and its folder's name where a single word needs it to be understood."""
    folder = _NUMBERED_FOLDER.sub("", path.rsplit("/", 2)[-2]) if "/" in path else ""
    vague = not re.search(r"\s", title) and title.isascii()
    if not folder or folder.lower() in FOLDERS or folder.casefold() == title.casefold() or not folder[0].isalpha():
        return title
    if _QUESTIONS.search(title):
        return folder
    return f"{title} ({folder})" if vague else title
