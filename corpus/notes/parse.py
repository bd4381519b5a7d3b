"""One note: its properties, sections, blocks, links, tags, questions. Runs in a worker; the result is cached.

markdown-it-py finds the blocks (its inline rules are switched off: they would take two thirds of the time and lose
the places), `inline` scans the text in them once, and everything else is read off these two. A note that is damaged
gives what can be read of it.
"""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from corpus.notes.cards import Card, cards_of
from corpus.notes.inline import Edit, Field, Reference, Scanner, Tag
from corpus.notes.phrases import detect
from corpus.notes.properties import Properties, find_properties, names

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["Block", "Note", "NoteParser", "Section", "Task", "dump", "parse_note", "restore", "tidy"]

_CALLOUT: Final = re.compile(r"[ \t]*(?:>[ \t]*)+(\[!([^\]\n|]+)(?:\|[^\]\n]*)?\][+-]?[ \t]*)([^\n]*)")
_QUOTE: Final = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)
_BLOCK_ID: Final = re.compile(r"(?:(?<=\s)|(?<=\]\])|\A)\^([A-Za-z0-9-]+)[ \t]*\Z")
_HEADING: Final = re.compile(r"\A[ \t]*#{1,6}(?:[ \t]+|\Z)|[ \t]+#+[ \t]*\Z|\n[ \t]*(?:=+|-+)[ \t]*\Z")
_EMPHASIS: Final = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|~~")
_TASK: Final = re.compile(r"\[(.)\][ \t]+(.*)", re.DOTALL)
_FIELD_LINE: Final = re.compile(
    r"^([ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d+[.)])[ \t]+(?:\[.\][ \t]+)?)?)"
    r"([^:`\[\](){}\n|]{1,60})::(?=[ \t]|$)[ \t]*([^\n]*)",
    re.MULTILINE,
)
_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})")
_EMPTY_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]*(?:\[.\][ \t]*)?\Z")
_SEPARATOR: Final = re.compile(r"(?:\A|\n)[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*\Z")
_ADDRESS: Final = re.compile(r"https?://[^\s)\"'>\]]+")
_LISTS: Final = frozenset(
    ["index", "indice", "índice", "related", "toc", "contents", "table of contents", "see also", "correlati", "目录"]
)
"""Callouts that list places and say nothing."""
_AFTER_GAP: Final = frozenset([*" \n.,;:!?)", ""])
_QUERIES: Final = frozenset(
    [
        "dataview",
        "dataviewjs",
        "query",
        "base",
        "tasks",
        "tracker",
        "button",
        "leaflet",
        "sqlseal",
        "meta-bind",
        "meta-bind-button",
    ]
)
"""Fences that a plugin replaces by a result, which the note does not hold."""


@dataclass(slots=True)
class Section:
    """A heading and what stands below it, up to the next heading. The first has level 0 and no heading.

    Attributes:
        level: 1-6, or 0 before the first heading.
        heading: The heading's text.
        raw: The heading as it is written, to which links compare.
        line_start: Line of the heading; the first line of the note's text for level 0.
        line_end: Last line before the next heading.
        text: The section's own text, readable without Obsidian; embeds as a number between two `MARK`.
        linked: Characters of it that are shown for links.
        mark: A checksum of the text without addresses, by which a text that stands in many notes is known.
    """

    level: int
    heading: str
    raw: str
    line_start: int
    line_end: int
    text: str = ""
    linked: int = 0
    mark: int = 0


@dataclass(slots=True)
class Block:
    """A block with an id: lines, text, and the number of its section."""

    id: str
    line_start: int
    line_end: int
    text: str
    section: int


@dataclass(slots=True)
class Task:
    """An item of a list with a box: the sign in it, the text, the line."""

    status: str
    text: str
    line: int


@dataclass(slots=True)
class Note:
    """What is to be known of one note.

    Attributes:
        properties: Name to value.
        problem: Why the properties could not be read, if they could not.
        written: What the lines of properties say that could not be read; see `Properties`.
        aliases: Other names of the note.
        sections: In order; the first is what stands before the first heading.
        blocks: Blocks with an id.
        references: Links and embeds in order; after them the links in properties.
        tags: Tags, those of the properties included.
        tasks: Items with a box.
        cards: Questions and answers, definitions and fields as they stand.
        lead: The first paragraph: text, first line, last line.
        language: ISO 639-1, where enough is said to tell; see `phrases.detect`.
        lines: Number of lines.
        skip: Reason and detail, for a file that cannot be read as a note.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    written: dict[str, list[str]] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    lead: tuple[str, int, int] | None = None
    language: str | None = None
    lines: int = 0
    skip: tuple[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values, for the cache: parts as lists of their values."""
        values = {name: getattr(self, name) for name in _NAMES}
        for name, kind in _PARTS.items():
            places = _FIELDS[kind]
            values[name] = [[getattr(part, place) for place in places] for part in values[name]]
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Note:
        """Back from `to_json`."""
        made: dict[str, Any] = {name: [kind(*part) for part in values[name]] for name, kind in _PARTS.items()}
        lead, skip = values["lead"], values["skip"]
        made |= {"lead": tuple(lead) if lead else None, "skip": tuple(skip) if skip else None}
        return cls(**{**values, **made})


_PARTS: Final[dict[str, type[Any]]] = {
    "sections": Section,
    "blocks": Block,
    "references": Reference,
    "tags": Tag,
    "tasks": Task,
    "cards": Card,
}
_NAMES: Final = tuple(f.name for f in fields(Note))
_FIELDS: Final = {kind: tuple(f.name for f in fields(kind)) for kind in _PARTS.values()}


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
    # Its defaults take "$5 and $6" for math; only its blocks are used here, `inline` has the rule for the rest.
    parser.use(dollarmath_plugin, allow_labels=False)
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def parse_note(text: str) -> Note:
    """Parse a note.

    Args:
        text: The file's text, without NUL; a byte order mark and any line ends are taken care of.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return NoteParser(text).note()


class NoteParser:
    """The state of parsing one note: the text, where its lines begin, and what was found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self.head: Properties = find_properties(text)
        self.offset = text.count("\n", 0, self.head.end)
        if self.head.end and not text.endswith("\n") and self.head.end == len(text):
            self.offset += 1  # the closing line is the last one, and has no line feed
        self.tokens: list[Token] = _markdown().parse(text[self.head.end :])
        self.scanner = Scanner(text)
        self.found = Note(
            properties=self.head.values,
            problem=self.head.problem,
            written=self.head.written,
            aliases=names(self.head.values, "aliases", "alias"),
            lines=len(self.starts) - 1 - text.endswith("\n"),
        )
        self.headings: list[tuple[int, str, int, int]] = []  # level, raw, line of the heading, first line below
        self.paragraphs: list[tuple[int, int, bool]] = []  # first line, line after the last, at the top level
        self.callouts: list[tuple[str, str, int, int]] = []  # type, title, first line, line after the last
        self.ids: list[tuple[str, int, int]] = []  # id, first line, line after the last
        self.before: dict[int, tuple[int, int]] = {}  # level to the lines of the last block there
        self.ranges: list[Edit] = []

    def note(self) -> Note:
        """Parse it."""
        self._footnotes()
        self._walk()
        self.scanner.finish(len(self.text))
        self._settle()
        self._properties()
        self._sections()
        found = self.found
        found.blocks = [
            Block(name, start + 1, end, self._clean_lines(start, end), self.section_at(start))
            for name, start, end in self.ids
        ]
        found.references = self.scanner.references + found.references  # an embed's number is its place here
        found.tags += self.scanner.tags
        for reference in self.scanner.references:
            if reference.kind == "link":
                found.sections[self.section_at(reference.line - 1)].linked += len(reference.display)
        found.language = detect("\n".join(section.text for section in found.sections))
        self._lead()
        found.cards = sorted(cards_of(self), key=lambda card: (card.line_start, card.line_end))
        return found

    def _footnotes(self) -> None:
        """What footnotes say, before the text that they belong to is scanned."""
        tokens = self.tokens
        for index, token in enumerate(tokens):
            if token.type != "footnote_reference_open" or not token.map:
                continue
            inside = [t.content for t in tokens[index : index + 4] if t.type == "inline"]
            if inside and len(inside[0]) <= 300:
                scanner = Scanner(inside[0])
                scanner.scan(0, len(inside[0]), 1)
                said = _applied(inside[0], 0, len(inside[0]), _settled(scanner.edits))
                self.scanner.footnotes[token.meta["label"].lower()] = " ".join(said.split())

    def _walk(self) -> None:
        """Look at each block once, in order."""
        skip_until = -1  # tables are scanned by their rows, footnotes were scanned before
        depth = 0
        for index, token in enumerate(self.tokens):
            if token.type in ("footnote_reference_open", "footnote_reference_close"):
                depth += token.nesting
                if token.map and token.nesting == 1:
                    self._cut(*self._lines(token))
            if not token.map or token.map[0] < skip_until:
                continue
            start, end = self._lines(token)
            if token.type == "table_open":
                skip_until = token.map[1]
                self._table(start, end)
            elif token.type == "inline":
                self._inline(self.tokens[index - 1], token, start, end, noted=depth > 0)
            elif token.type == "blockquote_open":
                self._callout(start, end)
            elif _is_unreadable(token):
                self._cut(start, end)
            if token.type not in ("inline", "paragraph_open") and token.nesting >= 0:
                self.before[token.level] = (start, end)

    def _lines(self, token: Token) -> tuple[int, int]:
        """First line and line after the last, 0-based, in the whole file."""
        first, after = token.map or (0, 0)
        return first + self.offset, min(after + self.offset, len(self.starts) - 1)

    def _cut(self, start: int, end: int) -> None:
        self.scanner.edits.append((self.starts[start], self._end_of(end), ""))

    def _end_of(self, line: int) -> int:
        """Where the lines before this one end, the last line feed left out."""
        return max(0, min(self.starts[line] - 1, len(self.text)))

    def _table(self, start: int, end: int) -> None:
        for line in range(start, end):
            self.scanner.scan(self.starts[line], self._end_of(line + 1), line + 1, table=True)

    def _inline(self, opener: Token, token: Token, start: int, end: int, *, noted: bool) -> None:
        low, high = self.starts[start], self._end_of(end)
        if opener.type == "heading_open":
            if token.level == 1:
                self.headings.append((int(opener.tag[1]), token.content, start, end))
        elif not noted:
            self.paragraphs.append((start, end, token.level == 1))
            task = _TASK.match(token.content) if token.level > 1 else None
            if task:
                self.found.tasks.append(Task(task[1], task[2].strip(), start + 1))
        name = _BLOCK_ID.search(self.text, low, high)
        if name:
            self._block_id(name, token.level - 1, low, start, end)
            high = name.start()
        elif opener.type != "heading_open":
            self.before[token.level - 1] = (start, end)
        self.scanner.scan(low, high, start + 1)
        if "::" in token.content:
            self._field_lines(low, high, start)

    def _block_id(self, name: re.Match[str], level: int, low: int, start: int, end: int) -> None:
        alone = not self.text[low : name.start()].strip()
        lines = self.before.get(level, (start, end)) if alone else (start, end)
        self.ids.append((name[1].lower(), *lines))
        if not alone:
            self.before[level] = (start, end)
        self.scanner.edits.append((name.start(), name.end(), ""))

    def _field_lines(self, low: int, high: int, start: int) -> None:
        for found in _FIELD_LINE.finditer(self.text, low, high):
            key = found[2].strip().strip("*_~").strip()
            line = start + 1 + self.text.count("\n", low, found.start(2))
            if key:
                self.scanner.fields.append(Field(key, found[3].strip(), line, found.start(3), found.end(3), whole=True))
                colons = self.text.index("::", found.end(2))
                self.scanner.edits.append((colons, colons + 2, ":"))

    def _callout(self, start: int, end: int) -> None:
        found = _CALLOUT.match(self.text, self.starts[start], self._end_of(start + 1))
        if not found:
            return
        kind, title = found[2].strip().lower(), found[3].strip()
        if (title or kind).lower().rstrip(":") in _LISTS:
            self._cut(start, end)  # a list of links that Obsidian's outline and backlinks show as well
            return
        self.callouts.append((kind, title, start, end))
        bold = "" if "**" in title else "**"
        shown = f"**{kind.replace('-', ' ').capitalize()}**" if not title else bold
        self.scanner.edits.append((found.start(1), found.end(1), shown))
        if title and bold:
            self.scanner.edits.append((found.end(3) - len(found[3]) + len(found[3].rstrip()), found.end(3), bold))

    def _settle(self) -> None:
        self.ranges = _settled(self.scanner.edits)
        self._begins = [edit[0] for edit in self.ranges]

    def clean(self, low: int, high: int) -> str:
        """A stretch of the source, readable without Obsidian."""
        first = bisect_left(self._begins, low)
        last = bisect_left(self._begins, high, lo=first)
        if first and self.ranges[first - 1][1] > low:
            low = min(high, self.ranges[first - 1][1])  # it begins inside a comment
        return tidy(_applied(self.text, low, high, self.ranges[first:last]))

    def _clean_lines(self, start: int, end: int) -> str:
        return self.clean(self.starts[start], self._end_of(end))

    def _properties(self) -> None:
        for name in names(self.head.values, "tags", "tag"):
            for part in name.replace(",", " ").split() if self._is_line(name) else [name]:
                tag = part.lstrip("#").strip("/")
                if tag and " " not in tag and re.search(r"[^\d/]", tag):
                    self.found.tags.append(Tag(tag, self._line_with(tag)))
        for text in _texts(self.head.values):
            if "[[" in text or "](" in text:
                scanner = Scanner(text)
                scanner.scan(0, len(text), 1)
                for reference in scanner.references:
                    reference.kind, reference.start = "property", 0
                    reference.line = self._line_with(reference.target or reference.subpath)
                    self.found.references.append(reference)

    def _line_with(self, part: str) -> int:
        """The 1-based line of the properties on which a text stands; the first where it is written in another way."""
        at = self.text.find(part, 0, self.head.end)
        return bisect_right(self.starts, at) if at >= 0 else 1

    def _is_line(self, name: str) -> bool:
        """Whether tags are written in one text, with commas or blanks between them."""
        return any(value == name for value in self.head.values.values())

    def _sections(self) -> None:
        headings = [heading for heading in self.headings if not self._is_cut(self.starts[heading[2]])]
        marks = [(0, "", self.offset, self.offset), *headings]
        ends = [start for _, _, start, _ in marks[1:]] + [len(self.starts) - 1]
        for (level, raw, start, below), end in zip(marks, ends, strict=True):
            heading = self._clean_lines(start, below) if level else ""
            heading = _HEADING.sub("", _HEADING.sub("", heading))
            text = _SEPARATOR.sub("", self._clean_lines(below, end)) if below < end else ""
            last = self.last_line(start, end)
            first = start + 1 if level else min(start + 1, max(last, 1))
            mark = zlib.crc32(_ADDRESS.sub("", text).encode(errors="replace")) if text else 0
            self.found.sections.append(Section(level, plain_heading(heading), raw, first, last, text.strip(), 0, mark))
        self._section_lines = [start for _, _, start, _ in marks]

    def last_line(self, start: int, end: int) -> int:
        """The last line of a range that is not blank, 1-based."""
        while end > start + 1 and not self.text[self.starts[end - 1] : self._end_of(end)].strip():
            end -= 1
        return max(end, start + 1)

    def _is_cut(self, place: int) -> bool:
        index = bisect_right(self._begins, place) - 1
        return index >= 0 and self.ranges[index][1] > place and not self.ranges[index][2]

    def section_at(self, line: int) -> int:
        """The number of the section that a 0-based line belongs to."""
        return bisect_right(self._section_lines, line) - 1

    def _lead(self) -> None:
        for start, end, top in self.paragraphs:
            text = self._clean_lines(start, end) if top else ""
            if text.strip("\0 0123456789") and not _FIELD_LINE.match(self.source(start, end)):
                self.found.lead = (text, start + 1, end)
                return

    def source(self, start: int, end: int) -> str:
        """Lines as they are written, from a 0-based one to the one before another."""
        return self.text[self.starts[start] : self._end_of(end)]

    def quoted(self, start: int, end: int) -> str:
        """The text of a callout below its first line, without the marks of quotation."""
        return tidy(_QUOTE.sub("", self._clean_lines(start + 1, end))) if end > start + 1 else ""

    def clean_title(self, start: int) -> str:
        """The title of the callout that begins on a 0-based line."""
        found = _CALLOUT.match(self.text, self.starts[start], self._end_of(start + 1))
        return plain_heading(self.clean(found.start(3), found.end(3))) if found else ""

    def heading_at(self, line: int) -> str:
        """The heading that a 0-based line stands under; empty before the first."""
        return self.found.sections[self.section_at(line)].heading


def _is_unreadable(token: Token) -> bool:
    """Whether a block is a comment, or a query whose result the note does not hold."""
    if token.type == "html_block":
        return token.content.lstrip().startswith("<!--") and token.content.rstrip().endswith("-->")
    return token.type == "fence" and token.info.strip().partition(" ")[0].lower() in _QUERIES


def _settled(edits: list[Edit]) -> list[Edit]:
    """In order, and without those that stand inside another one."""
    settled: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if not settled or edit[0] >= settled[-1][1]:
            settled.append(edit)
    return settled


def _applied(text: str, low: int, high: int, edits: list[Edit]) -> str:
    parts = []
    for start, end, shown in edits:
        gone = not shown and text[start - 1 : start] in (" ", "\t") and text[end : end + 1] in _AFTER_GAP
        parts += [text[low : start - gone], shown]
        low = max(low, end)
    parts.append(text[low:high])
    return "".join(parts)


def tidy(text: str) -> str:
    """Without blanks at the ends of lines, empty items and more than one blank line in a row."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and not line[mark.end() :].strip())):
            fence = "" if fence else mark[1]
        elif not fence:
            if _EMPTY_ITEM.match(line) and line.strip():
                continue
            if not line.strip() and (not lines or not lines[-1].strip()):
                continue
            if not line.lstrip().startswith(">"):
                _drop_empty_quotes(lines)
        lines.append(line.rstrip())
    _drop_empty_quotes(lines)
    return "\n".join(lines).strip("\n")


def _drop_empty_quotes(lines: list[str]) -> None:
    """Take away what is left at the end of a quotation when its last lines were taken out."""
    while lines and ">" in lines[-1] and not lines[-1].strip("> \t"):
        lines.pop()


def plain_heading(heading: str) -> str:
    """A heading without emphasis, on one line."""
    return " ".join(_EMPHASIS.sub("", heading).split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def dump(note: Note) -> bytes:
    """For the cache."""
    return json.dumps(note.to_json(), ensure_ascii=False, separators=(",", ":")).encode()


def restore(data: bytes) -> Note:
    """Back from `dump`."""
    return Note.from_json(json.loads(data))
