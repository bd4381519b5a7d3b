"""What stands in running text: links, embeds, tags, comments, math, code, footnotes, highlights, fields.

A scanner over the source itself, one pass, so that everything that it finds has its place in the file. It is given
the ranges of text that the block parser found (paragraphs, headings, rows of tables), and gives references (links and
embeds), tags, fields, and edits: which stretch of the source to replace with what, so that it can be read without
Obsidian. Code and math are passed over as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

__all__ = ["MARK", "Edit", "Field", "Reference", "Scanner", "Tag"]

MARK: Final = "\0"
"""Around the number of an embed in a text: no note that is read holds a NUL."""

Edit = tuple[int, int, str]
"""Start, end, and what to put there instead."""

# Obsidian's documentation: letters, digits, `_`, `-`, `/`, also of other alphabets, and emoji.
_TAG: Final = re.compile(
    r"#([^\s!-,.:-@\[-^`{-\x9f\xa1-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7"
    r"\u2000-\u206f\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+)"
)
_TAG_RUN: Final = re.compile(r"(?:[ \t]*#[^\s#]+)*[ \t]*")
_TAGS_BEFORE: Final = re.compile(r"(?:\A|(?<=\s))(?:#[^\s#]+\s*)*\Z")
_TASK_MARK: Final = re.compile(r"[\s>]*(?:[-*+]|\d+[.)])(?:\s+\[.\]|\Z)")
_NO_NUMBER: Final = re.compile(r"[^\d/]")
_WIKI: Final = re.compile(r"(!?)\[\[(?!\[)((?:[^\[\]\n]|\](?!\])|\[(?!\[))++)\]\]")
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.|\[[^\[\]\n]*+\])*+\])*+)\]\(", re.DOTALL)
_DESTINATION: Final = re.compile(
    r"[ \n]*(?:<([^<>\n]*)>|((?:[^\s()\\\x00-\x1f]|\\.|\((?:[^\s()\\\x00-\x1f]|\\.)*\))*))"
    r"(?:[ \n]+(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?[ \n]*\)"
)
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:|//")
_URL: Final = re.compile(r"https?://[^\s<>\[\]|`]+")
_HTML: Final = re.compile(
    r"<(?:/[A-Za-z][\w-]*\s*|[A-Za-z][\w-]*(?:\s+[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*\s*/?)>"
    r"|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>",
    re.DOTALL,
)
_DRESSING: Final = re.compile(r"</?(?:span|font|button|center|div|p)\b", re.IGNORECASE)
_MATH: Final = re.compile(r"(?<!\d)\$(?![\s$])((?:[^$\\]|\\.)*)\$(?!\d)", re.DOTALL)
_MATHS: Final = re.compile(r"\$\$.+?\$\$", re.DOTALL)
_HIGHLIGHT: Final = re.compile(r"==(?=[^\s=])([^=\n]*(?:=(?!=)[^=\n]*)*)(?<=[^\s=])==")
_NOTE_MARK: Final = re.compile(r"\[\^([^\s\]\[]+)\](?!:)")
_INLINE_NOTE: Final = re.compile(r"\^\[((?:[^\[\]\n]|\[[^\[\]\n]*\])+)\]")
_FIELD: Final = re.compile(
    r"([\[(])([^\[\]()\n:]{1,60})::[ \t]*((?:[^\[\]()\n]|\[\[[^\[\]\n]*+\]\]|\[[^\[\]\n]*+\]|\([^()\n]*+\))*+)[\])]"
)
_TEMPLATE: Final = re.compile(r"\{\{[^{}\n]{1,80}\}\}|<%[^\n]{0,300}?%>")
_SIZE: Final = re.compile(r"\s*\d+(?:x\d+)?\s*")
_STOPS: Final = re.compile(r"[\\`%$<\[!#=^{(]|https?://")


@dataclass(slots=True)
class Reference:
    """A link or an embed, as it is written.

    Attributes:
        kind: `link`, `embed` or `property`.
        target: Before the `#`; empty for the note itself.
        subpath: After it: headings joined by `#`, or `^` and a block's id.
        display: What Obsidian shows for it.
        line: 1-based.
        wiki: Whether it is written `[[…]]`.
        start: Where it stands, in characters.
    """

    kind: str
    target: str
    subpath: str
    display: str
    line: int
    wiki: bool = True
    start: int = 0


@dataclass(slots=True)
class Tag:
    """A tag, without its `#`, and its line."""

    name: str
    line: int


@dataclass(slots=True)
class Field:
    """An inline field `key:: value`; `whole` when it has a line of its own."""

    key: str
    value: str
    line: int
    start: int
    end: int
    whole: bool = False


def split_target(body: str) -> tuple[str, str, str]:
    """Target, subpath and display of what stands between `[[` and `]]`."""
    body = body.replace("\\|", "|")
    link, bar, alias = body.partition("|")
    target, mark, subpath = link.partition("#")
    shown = alias.strip() if bar and alias.strip() else ""
    return target.strip(), subpath.strip() if mark else "", shown


def shown_name(target: str, subpath: str) -> str:
    """What a link without a display text of its own is called: note, then headings, never a block's id."""
    name = target.rsplit("/", 1)[-1]
    name = name[:-3] if name.lower().endswith(".md") else name
    headings = [] if subpath.startswith("^") else [part.strip() for part in subpath.split("#") if part.strip()]
    headings = [part for part in headings if not part.startswith("^")]
    return " > ".join([*filter(None, [name]), *headings])


@dataclass(slots=True)
class Scanner:
    """Scans ranges of one note's text, in order. What it finds accumulates in its attributes.

    Attributes:
        text: The whole note.
        footnotes: What the note's footnotes say, by name; their marks are replaced by it.
    """

    text: str
    footnotes: dict[str, str] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    _comment: tuple[int, int] | None = None

    def scan(self, start: int, end: int, line: int, *, table: bool = False) -> None:
        """Scan one range, which begins on a line."""
        text, at = self.text, start
        self._line, self._counted, self._table, self._end = line, start, table, end
        while True:
            stop = _STOPS.search(text, at, end)
            if not stop:
                return
            at = self._at(stop.start(), stop[0])

    _line: int = 0
    _counted: int = 0
    _table: bool = False
    _end: int = 0

    def _line_at(self, place: int) -> int:
        self._line += self.text.count("\n", self._counted, place)
        self._counted = place
        return self._line

    def _at(self, at: int, what: str) -> int:
        """Look at one place that may begin something; where to go on."""
        handler = _HANDLERS.get(what)
        if handler is None:  # an address
            found = _URL.match(self.text, at, self._end)
            return found.end() if found else at + len(what)
        return handler(self, at)

    def _escape(self, at: int) -> int:
        return at + 2

    def _code(self, at: int) -> int:
        run = at
        while run < self._end and self.text[run] == "`":
            run += 1
        ticks = self.text[at:run]
        close = run
        while True:
            close = self.text.find(ticks, close, self._end)
            if close < 0:
                return run
            after = close + len(ticks)
            while after < self._end and self.text[after] == "`":
                after += 1
            if after - close == len(ticks):
                return after
            close = after

    def _percent(self, at: int) -> int:
        if not self.text.startswith("%%", at):
            return at + 1
        if self._comment is None:
            self._comment = (at, len(self.edits))
        else:
            begin, edits = self._comment
            self._remove(begin, at + 2, edits)
            self._comment = None
        return at + 2

    def _remove(self, begin: int, end: int, edits: int) -> None:
        """Take a stretch out of the text, and the edits inside it."""
        del self.edits[edits:]
        self.edits.append((begin, end, ""))

    def finish(self, end: int) -> None:
        """A comment that is never closed hides the rest of the note if it begins a line, else it is none."""
        if self._comment is not None:
            begin, edits = self._comment
            if not self.text[self.text.rfind("\n", 0, begin) + 1 : begin].strip():
                self._remove(begin, end, edits)
            self._comment = None

    def _dollar(self, at: int) -> int:
        if self.text.startswith("$$", at):
            found = _MATHS.match(self.text, at, self._end)
            return found.end() if found else at + 2
        found = _MATH.match(self.text, at, self._end)
        if found and not found[1][-1:].isspace() and found[1]:
            return found.end()
        return at + 1

    def _angle(self, at: int) -> int:
        if self.text.startswith("<%", at):
            return self._template(at)
        if self.text.startswith("<!--", at):
            close = self.text.find("-->", at + 4, self._end) if self._end != self._open_until else -1
            if close < 0:
                self._open_until = self._end
                return at + 4
            self.edits.append((at, close + 3, ""))
            return close + 3
        found = _HTML.match(self.text, at, self._end)
        if found and _DRESSING.match(found[0]):
            self.edits.append((at, found.end(), ""))
        return found.end() if found else at + 1

    _open_until: int = -1

    def _template(self, at: int) -> int:
        found = _TEMPLATE.match(self.text, at, self._end)
        if not found:
            return at + 1
        self.edits.append((at, found.end(), ""))
        return found.end()

    def _bang(self, at: int) -> int:
        return self._bracket(at) if self.text.startswith("[", at + 1) else at + 1

    def _bracket(self, at: int) -> int:
        found = _WIKI.match(self.text, at, self._end)
        if found:
            return self._wikilink(at, found)
        note = _NOTE_MARK.match(self.text, at, self._end)
        if note:
            said = self.footnotes.get(note[1].lower())
            gap = "" if self.text[at - 1 : at].isspace() else " "
            self.edits.append((at, note.end(), f"{gap}({said})" if said else ""))
            return note.end()
        found = _LINK.match(self.text, at, self._end)
        tail = found and _DESTINATION.match(self.text, found.end(), self._end)
        if found and tail:
            return self._markdown_link(at, found, tail)
        return self._field(at)

    def _wikilink(self, at: int, found: re.Match[str]) -> int:
        body = found[2]
        if self._table and "|" in body.replace("\\|", ""):
            return at + 2  # the bar ends the cell, and with it the link
        target, subpath, alias = split_target(body)
        if not target and "#" not in body:
            return found.end()
        self._add(at, found.end(), bool(found[1]), target, subpath, alias, wiki=True)
        return found.end()

    def _add(self, at: int, end: int, embed: bool, target: str, subpath: str, alias: str, *, wiki: bool) -> None:
        if embed and _SIZE.fullmatch(alias.rsplit("|", 1)[-1] or "x"):
            alias = alias.rpartition("|")[0]
        display = alias or shown_name(target, subpath)
        kind = "embed" if embed else "link"
        self.references.append(Reference(kind, target, subpath, display, self._line_at(at), wiki, at))
        shown = f"{MARK}{len(self.references) - 1}{MARK}" if embed else display
        self.edits.append((at, end, shown.replace("|", "\\|") if self._table else shown))

    def _markdown_link(self, at: int, found: re.Match[str], tail: re.Match[str]) -> int:
        place = tail[1] if tail[1] is not None else tail[2] or ""
        inside = found.end() - 2  # the `]`
        if _SCHEME.match(place) or not place:
            if found[1]:  # a picture from elsewhere
                self.edits.append((at, tail.end(), ""))
                return tail.end()
            self._resume(found.start(2), inside)
            return tail.end()
        target, mark, subpath = unquote(place, errors="replace").partition("#")
        self._add(at, tail.end(), bool(found[1]), target.strip(), subpath if mark else "", found[2], wiki=False)
        return tail.end()

    def _resume(self, start: int, end: int) -> None:
        """Scan inside a link's text: a picture may stand in it."""
        outer, self._end, at = self._end, end, start
        while stop := _STOPS.search(self.text, at, end):
            at = self._at(stop.start(), stop[0])
        self._end = outer

    def _field(self, at: int) -> int:
        found = _FIELD.match(self.text, at, self._end)
        if not found or {"[": "]", "(": ")"}[found[1]] != found[0][-1]:
            return at + 1
        key, value = found[2].strip(), found[3].strip()
        self.fields.append(Field(key, value, self._line_at(at), at, found.end()))
        self.edits.append((at, found.start(3), f"{key}: " if found[1] == "[" else ""))
        self.edits.append((found.end(3), found.end(), ""))
        return found.start(3)

    def _hash(self, at: int) -> int:
        before = self.text[at - 1] if at else "\n"
        if not (before.isspace() or self.text.startswith("%%", at - 2) or self._after_tag == at):
            return at + 1
        found = _TAG.match(self.text, at, self._end)
        name = found[1].strip("/") if found else ""
        if not found or not _NO_NUMBER.search(name):
            return at + 1
        self.tags.append(Tag(name, self._line_at(at)))
        self._after_tag = found.end()
        shown = "" if self._is_label(at, found.end()) else name.rsplit("/", 1)[-1].replace("_", " ")
        self.edits.append((at, found.end(), shown))
        return found.end()

    def _is_label(self, start: int, end: int) -> bool:
        """Whether a tag stands at the end of a line as a label, and not as a word of a sentence."""
        if end > self._tags_end:
            run = _TAG_RUN.match(self.text, end, self._end)
            self._tags_end = run.end() if run else end
        if self._tags_end < self._end and self.text[self._tags_end] != "\n":
            return False
        line = self.text.rfind("\n", max(0, start - 300), start) + 1
        before = _TAGS_BEFORE.sub("", self.text[max(line, start - 300) : start]).rstrip()
        return not before or before[-1] in ".!?…:;)。！？" or bool(_TASK_MARK.match(before))

    _tags_end: int = -1
    _after_tag: int = -1

    def _equals(self, at: int) -> int:
        found = _HIGHLIGHT.match(self.text, at, self._end)
        if not found:
            run = at
            while run < self._end and self.text[run] == "=":
                run += 1
            return run
        self.edits.append((at, at + 2, ""))
        self.edits.append((found.end() - 2, found.end(), ""))
        self._resume(at + 2, found.end() - 2)
        return found.end()

    def _caret(self, at: int) -> int:
        found = _INLINE_NOTE.match(self.text, at, self._end)
        if not found:
            return at + 1
        self.edits.append((at, at + 2, "(" if self.text[at - 1 : at].isspace() else " ("))
        self.edits.append((found.end() - 1, found.end(), ")"))
        return at + 2


_HANDLERS: Final = {
    "\\": Scanner._escape,
    "`": Scanner._code,
    "%": Scanner._percent,
    "$": Scanner._dollar,
    "<": Scanner._angle,
    "[": Scanner._bracket,
    "!": Scanner._bang,
    "#": Scanner._hash,
    "=": Scanner._equals,
    "^": Scanner._caret,
    "{": Scanner._template,
    "(": Scanner._field,
}
