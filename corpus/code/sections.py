"""Documentation as structure: summary, prose, parameters, return values, errors and examples.

A text is read by the conventions of its language; each is a row here with the page that its rules come from:

    Google       https://google.github.io/styleguide/pyguide.html#383-functions-and-methods and
                 https://www.sphinx-doc.org/en/master/usage/extensions/napoleon.html
    NumPy        https://numpydoc.readthedocs.io/en/latest/format.html
    Sphinx       https://www.sphinx-doc.org/en/master/usage/domains/python.html#info-field-lists
    Epydoc       https://epydoc.sourceforge.net/manual-fields.html
    doctest      https://docs.python.org/3/library/doctest.html#how-are-docstring-examples-recognized
    rustdoc      https://doc.rust-lang.org/rustdoc/write-documentation/documentation-tests.html and
                 https://rust-lang.github.io/api-guidelines/documentation.html
    Markdown     https://spec.commonmark.org/0.31.2/ (headings, fences, lists, link definitions)
    Julia        https://docs.julialang.org/en/v1/manual/documentation/
    Elixir       https://hexdocs.pm/elixir/writing-documentation.html
    Swift        https://www.swift.org/documentation/docc/writing-symbol-documentation-in-your-source-files
    JSDoc, TSDoc https://jsdoc.app/ and https://tsdoc.org/
    Javadoc      https://docs.oracle.com/en/java/javase/21/docs/specs/javadoc/doc-comment-spec.html
    KDoc         https://kotlinlang.org/docs/kotlin-doc.html
    Scaladoc     https://docs.scala-lang.org/style/scaladoc.html
    Doxygen      https://www.doxygen.nl/manual/commands.html
    C# XML       https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/recommended-tags
    PHPDoc       https://docs.phpdoc.org/guide/references/phpdoc/tags/
    YARD, RDoc   https://rubydoc.info/gems/yard/file/docs/Tags.md and https://ruby.github.io/rdoc/
    LDoc         https://lunarmodules.github.io/ldoc/manual/manual.md.html and https://luals.github.io/wiki/annotations/
    odoc         https://ocaml.github.io/odoc/odoc/odoc_for_authors.html
    roxygen2     https://roxygen2.r-lib.org/articles/rd.html
    godoc        https://go.dev/doc/comment
    Haddock      https://haskell-haddock.readthedocs.io/latest/markup.html

Precision goes before recall: what is not plainly a section stays in the description, as written. One reader goes
over the lines once and never back, whatever the text; a text without a mark of structure is not split into lines
at all. `docstring-parser` and `griffe` know the four styles of Python only and are too slow for every definition
of a repository (see docs/log.md).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["Example", "Item", "Sections", "sections"]


@dataclass(frozen=True, slots=True)
class Item:
    """A documented parameter, return value or error.

    Attributes:
        name: The parameter (`*args`, `opts.depth` and `<T>` as written), the name of a returned value, the type
            of an error or `panic`; empty where none is said.
        type: As written; empty where none is said.
        text: What is said about it, dedented, inline markup read as plain words.
    """

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """Code that shows a use.

    Attributes:
        code: As written, dedented: prompts and shown output stay, lines that rustdoc hides are gone.
        language: Of the fence, else the language of the file.
        text: What is said about it right before it; empty where nothing is.
    """

    code: str
    language: str
    text: str = ""

    @property
    def source(self) -> str:
        """What a person would type: where there are prompts, without them and without the output."""
        lines = self.code.split("\n")
        typed = [match["code"] or "" for line in lines if (match := _PROMPTED.match(line))]
        return "\n".join(typed) if _PROMPT.search(self.code) else self.code


@dataclass(frozen=True, slots=True)
class Sections:
    """A documentation, taken apart. A section that it does not have is empty.

    Attributes:
        summary: First sentence, on one line, inline markup read as plain words.
        description: The rest of the prose. Sections of other names stay in it as written; code that became an
            example does not.
        parameters: Those that something is said about.
        returns: What is returned or yielded.
        errors: What is raised, thrown or returned as an error, and panics.
        examples: In order.
    """

    summary: str = ""
    description: str = ""
    parameters: tuple[Item, ...] = ()
    returns: tuple[Item, ...] = ()
    errors: tuple[Item, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """How a language writes documentation.

    Attributes:
        hint: What occurs in every text that has any structure.
        markup: Reads inline markup as plain words.
        heads: Readers of what begins at a line: each takes it or leaves it.
        fences: Languages of fences that hold the language itself.
        tag: How a tag begins; None where there are no tags.
        indented: Whether an indented block that is introduced as an example is one.
        tag_ends: A blank line ends a tag: `blank`, or `unindented` if what follows is not indented; else `never`.
    """

    hint: re.Pattern[str]
    markup: Callable[[str], str]
    heads: tuple[Callable[[_Reading, int], int], ...] = ()
    fences: frozenset[str] = frozenset()
    tag: re.Pattern[str] | None = None
    indented: bool = False
    tag_ends: str = "never"


@dataclass(slots=True)
class _Reading:
    """A text while it is read: its lines, and what was found so far."""

    lines: list[str]
    language: str
    dialect: _Dialect
    signature: str = ""
    prose: list[str] = field(default_factory=list)
    parameters: list[Item] = field(default_factory=list)
    returns: list[Item] = field(default_factory=list)
    errors: list[Item] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)


class _Code(NamedTuple):
    """A block of code in a text; `sure` where it is certainly in the language of the file."""

    end: int
    code: str
    language: str
    sure: bool


def sections(doc: str, language: str, signature: str = "") -> Sections:
    r"""Take a documentation apart. Any text is read, in time linear in its length; none raises.

    A parameter of which only the name or the type is written is not documented and left out; one that the
    signature does not have is kept.

    Args:
        doc: Clean text: without comment markers or quotes, moved to the left margin.
        language: Of the code, as in `corpus.code.LANGUAGES`; of one that is unknown here, tags (`@param`), headings
            and fences are read.
        signature: Of the definition; tells a name from a type where a convention leaves it open.

    Example:
        >>> sections("Add.\n\nArgs:\n    x (int): A number.", "python").parameters
        (Item(name='x', type='int', text='A number.'),)
    """
    if "\r" in doc:
        doc = doc.replace("\r\n", "\n").replace("\r", "\n")
    dialect = _DIALECTS.get(language, _TAGGED)
    if dialect is _HASKELL:
        doc = _HADDOCK_MARK.sub("", doc)
    if "]:" in doc and dialect.markup in (_plain_markdown, _plain_web):
        doc = _without_definitions(doc)
    if not dialect.hint.search(doc):
        return Sections(*_summary(doc, dialect))
    reading = _Reading(doc.split("\n"), language, dialect, signature)
    if dialect is _XML and _XML_TAG.search(doc):
        _read_xml(reading, doc)
    elif dialect.tag is not None:
        _read_tags(reading, dialect.tag)
    else:
        _read(reading)
    if reading.types:
        _apply_types(reading)
    summary, description = _summary("\n".join(reading.prose), dialect)
    return Sections(
        summary,
        description,
        tuple(reading.parameters),
        tuple(reading.returns),
        tuple(reading.errors),
        tuple(reading.examples),
    )


# --- Prose ----------------------------------------------------------------------------------------------------

_BLANK_RUN: Final = re.compile(r"\n(?:[ \t]*\n){2,}")
_BLANKS: Final = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE_END: Final = re.compile(r"[.!?](?=[\"')\]`*_]*(?:\s+[\"'(\[`*_]*[A-Z0-9]|$))|[。！？]")
_ABBREVIATION: Final = re.compile(r"(?:\b(?:e\.g|i\.e|eg|ie|etc|vs|cf|approx|resp|incl|al|no|Dr|Mr|Mrs|St)|\.)\Z")
_LIST_ITEM: Final = re.compile(r"\n[ \t]*(?:[-*+•]|\d+[.)])[ \t]+\S")
_CALL: Final = re.compile(r"(?:[\w, ]+=[ ]?)?[\w.]+\([^\n]*\)(?:[ ]?->[ ]?[^\n]+)?\Z")
_UNDERLINE: Final = re.compile(r"\n[ \t]*[-=~^]{3,}[ \t]*(?=\n|$)")
_SENTENCES_WITHIN: Final = 2000  # characters of a first paragraph in which the end of a sentence is looked for


def _summary(prose: str, dialect: _Dialect) -> tuple[str, str]:
    """The first sentence on one line, and the rest, both as plain words."""
    prose = _outside_fences(prose, lambda text: _BLANK_RUN.sub("\n\n", dialect.markup(text))).strip("\n").rstrip()
    paragraph, before, rest = _first_paragraph(prose)
    if paragraph.startswith(("```", "~~~")):
        return "", prose
    heading = _HEADING.match(paragraph)
    end = heading.end() if heading else _sentence_end(paragraph)
    listed = _LIST_ITEM.search(paragraph, 0, end)
    end = listed.start() if listed else end
    summary = " ".join(_UNDERLINE.sub("", paragraph[:end]).split()).lstrip("# ")
    parts = (before, paragraph[end:].strip("\n").strip(" "), rest)
    return summary, "\n\n".join(part for part in parts if part)


def _outside_fences(text: str, change: Callable[[str], str]) -> str:
    """A text in which everything but fenced blocks is changed."""
    if "```" not in text and "~~~" not in text:
        return change(text)
    lines = text.split("\n")
    parts: list[str] = []
    start = index = 0
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        if fence is None:
            index += 1
            continue
        end = _fence_end(lines, index, fence)
        if start < index:
            parts.append(change("\n".join(lines[start:index])))
        parts += lines[index:end]
        start = index = end
    if start < index:
        parts.append(change("\n".join(lines[start:])))
    return "\n".join(parts)


def _first_paragraph(prose: str) -> tuple[str, str, str]:
    """The first paragraph, what stands before it (a signature, as in NumPy and Julia), and what is behind."""
    head, *tail = _BLANKS.split(prose, maxsplit=1)
    if tail and (head.startswith(("    ", "\t")) or _CALL.match(head)):
        rest = prose[len(head) :].lstrip()
        second, *tail = _BLANKS.split(rest, maxsplit=1)
        return second, head, _behind(rest, second) if tail else ""
    return head, "", _behind(prose, head) if tail else ""


def _behind(prose: str, head: str) -> str:
    """What follows a paragraph, without the blank lines between; its own indentation stays."""
    rest = prose[len(head) :]
    blank = len(rest) - len(rest.lstrip())
    return rest[rest.rfind("\n", 0, blank) + 1 :]


def _sentence_end(text: str) -> int:
    """Where the first sentence ends; not in code or parentheses, nor behind an abbreviation."""
    ticks = depth = last = 0
    for match in _SENTENCE_END.finditer(text, 0, _SENTENCES_WITHIN):
        end = match.end()
        ticks += text.count("`", last, end)
        depth += text.count("(", last, end) - text.count(")", last, end)
        last = end
        if ticks % 2 or depth > 0:
            continue
        if match[0] == "." and _ABBREVIATION.search(text, max(0, end - 8), end - 1):
            continue
        while end < len(text) and text[end] in "\"')]`*_":
            end += 1
        return end
    return len(text)


# --- Inline markup ---------------------------------------------------------------------------------------------

_ROLE: Final = re.compile(r"(?<![\w:]):(?:[a-z]+:)?[a-zA-Z]+:`(?P<text>[^`\n]*(?:\n[^`\n]+)?)`")
_TITLED: Final = re.compile(r"(?P<title>[^<]*\S)\s*<[^<>]*>\Z")
_LITERAL: Final = re.compile(r"``([^`]+)``")
_MARKDOWN_LINK: Final = re.compile(
    r"(?<![\w\]])\[(?P<text>`[^`\n]+`|[^\[\]\n`]+)\](?:\((?P<url>[^()\s]*)\)|\[[^\[\]\n]*\])?"
)
_LINK_DEFINITION: Final = re.compile(r"^ {0,3}\[([^\[\]\n]+)\]:[ \t]*\S[^\n]*(?:\n|\Z)", re.MULTILINE)
_REFERENCE: Final = re.compile(r"\[(?P<text>[^\[\]\n]+)\](?![\[(:])")
_INLINE_TAG: Final = re.compile(r"\{@(?P<tag>\w+)[ \t]*\n?(?P<text>[^{}]*)\}")
_HTML: Final = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z]\w*)(?P<rest>(?:\s[^<>]*)?/?)>")
_XML_NAME: Final = re.compile(r"(?:cref|name|langword|href)\s*=\s*[\"']([^\"']*)[\"']")
_BREAKS: Final = frozenset({"p", "para", "br", "ul", "ol", "dl", "div", "h1", "h2", "h3", "h4", "list", "table", "tr"})
_ITEMS: Final = frozenset({"li", "dt", "dd", "item"})
_CODES: Final = frozenset({"code", "tt", "c", "kbd", "samp"})
_NAMES: Final = frozenset({"see", "seealso", "paramref", "typeparamref"})
_STYLES: Final = frozenset(
    {"b", "i", "em", "strong", "a", "span", "sup", "sub", "pre", "blockquote", "small", "u", "var", "cite"}
    | {"term", "description", "listheader", "remarks", "value", "summary", "img", "hr", "td", "th", "tbody", "thead"}
)


def _plain(text: str) -> str:
    return text


def _plain_rst(text: str) -> str:
    """reStructuredText: roles, double backticks, `::` at the end of a paragraph."""
    if "`" in text:
        text = _LITERAL.sub(r"`\1`", _ROLE.sub(_role, text))
    return text.replace("::\n", ":\n")[: -1 if text.endswith("::") else None]


def _role(match: re.Match[str]) -> str:
    text = match["text"]
    titled = _TITLED.match(text)
    if titled:
        return titled["title"]
    name = text.lstrip("!")
    return f"`{name.rpartition('.')[2].strip() if name.startswith('~') else name}`"


def _plain_markdown(text: str) -> str:
    """Markdown: the text of links."""
    return _MARKDOWN_LINK.sub(_link, text) if "[" in text else text


def _without_definitions(text: str) -> str:
    """Markdown without the definitions of its links, which nobody is shown; what refers to them is their text."""
    labels = {label.lower() for label in _LINK_DEFINITION.findall(text)}
    if not labels:
        return text

    def shown(part: str) -> str:
        part = _LINK_DEFINITION.sub("", part)
        return _REFERENCE.sub(lambda match: match["text"] if match["text"].lower() in labels else match[0], part)

    return _outside_fences(text, shown)


def _link(match: re.Match[str]) -> str:
    text = match["text"]
    if match["url"] is None and not text.startswith("`") and match.end() == match.start() + len(text) + 2:
        return match[0]  # `[0, 1]`, `[x]`: brackets around words are no link of their own
    return text


def _plain_html(text: str) -> str:
    """Javadoc, KDoc, Scaladoc, Doxygen and C#: inline tags, HTML and its entities, XML names."""
    if "{@" in text:
        text = _INLINE_TAG.sub(_inline_tag, text)
    if "<" in text:
        text = _HTML.sub(_element, text)
    return html.unescape(text) if "&" in text else text


def _inline_tag(match: re.Match[str]) -> str:
    tag, text = match["tag"], match["text"].strip()
    if tag in {"code", "literal"}:
        return f"`{text}`" if tag == "code" else text
    if tag in {"link", "linkplain", "see", "value", "linkcode"}:
        target, _, label = text.partition("|" if "|" in text else " ")
        return label.strip() or f"`{target.strip().replace('#', '.').lstrip('.')}`"
    return "" if tag.lower() == "inheritdoc" else match[0]


def _element(match: re.Match[str]) -> str:
    tag, close = match["tag"].lower(), bool(match["close"])
    if tag in _BREAKS:
        return "\n\n" if not close else "\n"
    if tag in _ITEMS:
        return "" if close else "\n- "
    if tag in _CODES:
        return "`"
    if tag in _NAMES:
        name = _XML_NAME.search(match["rest"])
        return f"`{name[1].partition(':')[2] or name[1]}`" if name else ""
    return "" if tag in _STYLES else match[0]  # `List<String>` is no markup


_ODOC: Final = re.compile(r"\{!(?:[\w-]+:)?(?P<name>[^{}]+)\}|\[(?P<code>[^\[\]\n]+)\]")


def _plain_web(text: str) -> str:
    """JSDoc and KDoc: HTML and Markdown."""
    return _plain_markdown(_plain_html(text))


def _plain_odoc(text: str) -> str:
    """OCaml: `[code]` and `{!reference}`."""
    return _ODOC.sub(lambda match: f"`{match['code'] or match['name']}`", text) if "[" in text or "{!" in text else text


# --- Lines -----------------------------------------------------------------------------------------------------


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedent(lines: Iterable[str]) -> str:
    """Lines without the indentation that all share and without blank lines around."""
    lines = [line.rstrip() for line in lines]
    margin = min((_indent(line) for line in lines if line), default=0)
    return "\n".join([line[margin:] for line in lines]).strip("\n")


def _hanging(first: str, rest: Iterable[str]) -> str:
    """A text whose first line stands behind its head; the others are dedented on their own."""
    return f"{first.strip()}\n{_dedent(rest)}".strip()


def _until(lines: list[str], start: int, end: Callable[[str], bool]) -> int:
    """The first line from `start` on that ends a section; lines in fences do not."""
    index = start
    while index < len(lines):
        line = lines[index]
        fence = _FENCE.match(line)
        if fence:
            index = _fence_end(lines, index, fence)
        elif line and end(line):
            break
        else:
            index += 1
    return index


def _next_line(lines: list[str], index: int) -> int:
    """The first line from `index` on that is not blank."""
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _item(reading: _Reading, name: str, kind: str, text: str) -> Item:
    return Item(name.strip(), kind.strip(), reading.dialect.markup(text).strip())


def _add_parameters(reading: _Reading, names: Iterable[str], kind: str, text: str) -> None:
    if text.strip():
        reading.parameters.extend(_item(reading, name.replace("\\", ""), kind, text) for name in names)


# --- Code ------------------------------------------------------------------------------------------------------

_FENCE: Final = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)\Z")
_PROMPT: Final = re.compile(r"^[ \t]*(?:>>>(?:[ \t]|$)|(?:iex|julia|irb)(?:\([^()\n]*\))?>(?:[ \t]|$))", re.MULTILINE)
_PROMPTED: Final = re.compile(
    r"[ \t]*(?:>>>|\.\.\.|(?:iex|julia|irb|\.\.\.)(?:\([^()\n]*\))?>)(?:[ \t](?P<code>.*)|[ \t]*\Z)"
)
_PROMPTING: Final = frozenset({"python", "haskell", "elixir", "julia", "ruby"})
_REJECTED: Final = "compile_fail"  # shows what the compiler refuses: no example to learn from
_DIRECTIVE: Final = re.compile(
    r"[ \t]*\.\. (?P<name>code-block|code|sourcecode|doctest|testcode|ipython)::[ \t]*(?P<info>\S*)"
)
_HIDDEN: Final = re.compile(r"[ \t]*#(?: |[ \t]*\Z)")
_INTRODUCES: Final = re.compile(r"\b(?:examples?|e\.g\.|usage|for instance|like (?:this|so))\b.*:?\s*\Z", re.IGNORECASE)
# Code between marks: opening, closing. Each pair belongs to one convention and means code in the file's language.
_ENCLOSED: Final = (
    (re.compile(r"[ \t]*[@\\]code(?:\{\.?(?P<info>\w+)\})?[ \t]*\Z"), re.compile(r"[ \t]*[@\\]endcode\b")),
    (re.compile(r"[ \t]*\{\{\{[ \t]*\Z"), re.compile(r"[ \t]*\}\}\}[ \t]*\Z")),
    (re.compile(r"[ \t]*\{\[[ \t]*\Z"), re.compile(r"[ \t]*\]\}[ \t]*\Z")),
    (re.compile(r"[ \t]*<pre>[ \t]*(?:\{@code|<code>)[ \t]*\Z"), re.compile(r"[ \t]*(?:\}|</code>)[ \t]*</pre>")),
    (re.compile(r"[ \t]*<pre>[ \t]*\Z"), re.compile(r"[ \t]*</pre>")),
    (re.compile(r"[ \t]*\{@snippet[ \t]*:?[ \t]*\Z"), re.compile(r"\}[ \t]*\Z")),
)
_HADDOCK_MARK: Final = re.compile(r"\A[|^][ \t]?")
_HASKELL_BLOCK: Final = re.compile(r"[ \t]*@[ \t]*\Z")


def _code(reading: _Reading, index: int) -> _Code | None:
    """The block of code that begins at a line, in any of the ways in which it can be marked."""
    line = reading.lines[index]
    mark = line.lstrip()[:1]
    if mark in ("`", "~"):
        fence = _FENCE.match(line)
        return _fenced(reading, index, fence) if fence else None
    if mark in (">", "i", "j") and reading.language in _PROMPTING and _PROMPT.match(line):
        return _session(reading, index)
    if mark == "." and reading.language == "python":
        directive = _DIRECTIVE.match(line)
        return _directive(reading, index, directive) if directive else None
    if mark in ("@", "\\", "{", "<"):
        return _enclosed(reading, index)
    return None


def _fence_end(lines: list[str], index: int, fence: re.Match[str]) -> int:
    """The line behind a fenced block: an unclosed one ends with what it is in, be it the text."""
    mark, indent = fence["mark"], _indent(lines[index])
    index += 1
    while index < len(lines):
        line = lines[index]
        stripped = line.strip()
        if stripped.startswith(mark) and not stripped.strip(mark[0]):
            return index + 1
        if indent and stripped and _indent(line) < indent:
            return index
        index += 1
    return index


def _fenced(reading: _Reading, index: int, fence: re.Match[str]) -> _Code:
    end = _fence_end(reading.lines, index, fence)
    inside = reading.lines[index + 1 : end]
    if inside and inside[-1].strip().startswith(fence["mark"]):
        inside.pop()
    words = re.split(r"[\s,;{}]+", fence["info"].strip().lower())
    sure = words[0] in reading.dialect.fences and _REJECTED not in words
    language = _REJECTED if _REJECTED in words else words[0].lstrip(".")
    language = reading.language if sure or not language else language
    if sure and reading.language == "rust":
        inside = [line.replace("##", "#", 1) if line.lstrip().startswith("##") else line for line in _shown(inside)]
    return _Code(end, _dedent(inside), language, sure)


def _shown(lines: list[str]) -> list[str]:
    """What rustdoc shows of an example."""
    return [line for line in lines if not _HIDDEN.match(line)]


def _session(reading: _Reading, index: int) -> _Code:
    """Prompts with what they print, up to a blank line that no prompt follows."""
    lines, start, indent = reading.lines, index, _indent(reading.lines[index])
    while True:
        while index < len(lines) and lines[index].strip() and _indent(lines[index]) >= indent:
            if _FENCE.match(lines[index]):
                break
            index += 1
        following = _next_line(lines, index)
        if following == index or following == len(lines) or not _PROMPT.match(lines[following]):
            return _Code(index, _dedent(lines[start:index]), reading.language, True)
        index = following


def _directive(reading: _Reading, index: int, directive: re.Match[str]) -> _Code | None:
    lines, indent = reading.lines, _indent(reading.lines[index])
    start = index + 1
    while start < len(lines) and lines[start].strip().startswith(":"):
        start += 1
    end = _deeper(lines, start, indent)
    info = directive["info"].lower()
    sure = info in reading.dialect.fences or directive["name"] in ("doctest", "testcode", "ipython")
    code = _dedent(lines[start:end])
    return _Code(end, code, reading.language if sure or not info else info, sure) if code else None


def _deeper(lines: list[str], start: int, indent: int) -> int:
    """The end of a run of lines that are blank or indented more than `indent`; blank ones at its end are not in it."""
    end = index = start
    while index < len(lines):
        if lines[index].strip():
            if _indent(lines[index]) <= indent:
                break
            end = index + 1
        index += 1
    return end


def _enclosed(reading: _Reading, index: int) -> _Code | None:
    lines = reading.lines
    pairs = _ENCLOSED if reading.language != "haskell" else ((_HASKELL_BLOCK, _HASKELL_BLOCK),)
    for opening, closing in pairs:
        match = opening.match(lines[index])
        if not match:
            continue
        end = index + 1
        while end < len(lines) and not closing.match(lines[end]):
            end += 1
        info = match.groupdict().get("info") or ""
        sure = end < len(lines) and (not info or info in reading.dialect.fences)
        code = (
            html.unescape(_dedent(lines[index + 1 : end]))
            if "pre>" in closing.pattern
            else _dedent(lines[index + 1 : end])
        )
        return _Code(end + 1, code, reading.language if sure else info or reading.language, sure)
    return None


# --- The walk --------------------------------------------------------------------------------------------------


def _read(reading: _Reading) -> None:
    """Read every line once: code, what a head takes, and prose."""
    lines, prose, index = reading.lines, reading.prose, 0
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            prose.append("")
            index += 1
            continue
        code = _code(reading, index) or _introduced(reading, index)
        if code is not None:
            if code.sure and code.code:
                reading.examples.append(Example(code.code, code.language, _last_paragraph(reading)))
            else:
                prose.extend(lines[index : code.end])
            index = code.end
            continue
        end = index
        for head in reading.dialect.heads:
            end = head(reading, index)
            if end > index:
                break
        else:
            prose.append(line)
            end = index + 1
        index = end


def _last_paragraph(reading: _Reading) -> str:
    """What is said right before an example."""
    lines: list[str] = []
    for line in reversed(reading.prose):
        if line.strip():
            lines.append(line)
        elif lines:
            break
    return reading.dialect.markup(_dedent(reversed(lines))).strip()


def _introduced(reading: _Reading, index: int) -> _Code | None:
    """An indented block behind words that say it is an example, as in Go and Ruby."""
    if (
        not reading.dialect.indented
        or _indent(reading.lines[index]) < 1
        or (index and reading.lines[index - 1].strip())
    ):
        return None
    if not _INTRODUCES.search(_last_paragraph(reading)[-200:]):
        return None
    end = _deeper(reading.lines, index, 0)
    return _Code(end, _dedent(reading.lines[index:end]), reading.language, True)


def _read_examples(reading: _Reading, lines: list[str], heading: list[str], literal: bool = False) -> None:
    """A section of examples: each with the prose before it; prose that no code follows belongs to the description."""
    inner = _Reading(_dedent(lines).split("\n"), reading.language, reading.dialect)
    text: list[str] = []
    index, found = 0, len(reading.examples)
    while index < len(inner.lines):
        code = _Code(len(inner.lines), "\n".join(inner.lines), reading.language, True) if literal else None
        code = code or _code(inner, index) or _literal(inner, index, text)
        if code is None:
            text.append(inner.lines[index])
            index += 1
            continue
        if code.code and code.language != _REJECTED:
            said = reading.dialect.markup(_dedent(text)).strip()
            reading.examples.append(Example(code.code, code.language, said))
            text = []
        else:
            text.extend(inner.lines[index : code.end])
        index = code.end
    if len(reading.examples) == found:
        reading.prose.extend(["", *heading, *lines])
    elif any(text):
        reading.prose.extend(["", *text])


def _literal(inner: _Reading, index: int, text: list[str]) -> _Code | None:
    """An indented block in a section of examples."""
    line = inner.lines[index]
    indent, before = _indent(line), next((said for said in reversed(text) if said.strip()), "")
    if not line.strip() or (text and text[-1].strip()):
        return None
    if inner.language == "python":
        if indent <= _indent(before) or not before.rstrip().endswith("::"):
            return None
    elif indent < 4 and not line.startswith("\t"):
        return None
    end = _deeper(inner.lines, index, indent - 1)
    return _Code(end, _dedent(inner.lines[index:end]), inner.language, True)


# --- Python ----------------------------------------------------------------------------------------------------

_PARAMETERS: Final = frozenset(
    {"args", "arguments", "argument", "parameters", "parameter", "params", "param", "keyword args"}
    | {"keyword arguments", "other parameters", "keyword parameters", "positional arguments", "inputs"}
)
_RETURNS: Final = frozenset(
    {"returns", "return", "yields", "yield", "return value", "return values", "returned value", "return type"}
)
_ERRORS: Final = frozenset({"raises", "raise", "errors", "error", "throws", "exceptions", "panics", "panic"})
_EXAMPLES: Final = frozenset({"examples", "example", "usage", "example usage", "usage example", "usage examples"})
_ROLES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_PARAMETERS, "parameters")
    | dict.fromkeys(_RETURNS, "returns")
    | dict.fromkeys(_ERRORS, "errors")
    | dict.fromkeys(_EXAMPLES, "examples")
)
_NO_PYTHON_TITLES: Final = frozenset({"panics", "panic", "errors", "error", "inputs"})
_GOOGLE_TITLE: Final = re.compile(r"(?P<title>[A-Z][A-Za-z]+(?: [A-Za-z]+)?)(?P<colons>::?)[ \t]*\Z")
_NUMPY_UNDERLINE: Final = re.compile(r"(?:-{3,}|={3,})[ \t]*\Z")
_GOOGLE_NAMES: Final = re.compile(
    r"(?P<names>\\?\*{0,2}`{0,2}[A-Za-z_][\w.\-]*`{0,2}(?:[ ]?,[ ]?\\?\*{0,2}`{0,2}[A-Za-z_]\w*`{0,2})*)[ ]*"
)
_NUMPY_HEAD: Final = re.compile(
    r"(?P<names>\\?\*{0,2}`{0,2}[A-Za-z_][\w.]*`{0,2}(?:[ ]*,[ ]*(?:\\?\*{0,2}`{0,2}[A-Za-z_][\w.]*`{0,2}|\.\.\.))*)"
    r"[ ]*(?::[ ]*(?P<type>\S.*)?)?\Z"
)
_ERROR_NAME: Final = r"(?::\w+:)?[`\[~!]*(?:[A-Za-z_]\w*(?:\.\w+)+|[A-Z]\w*)[`\]]*"
_ERROR_HEAD: Final = re.compile(
    rf"(?:[-*+][ ]+)?(?P<names>{_ERROR_NAME}(?:[ ]*(?:,[ ]*(?:or[ ])?|/|[ ]or[ ]){_ERROR_NAME})*)[ ]*"
)
_ERROR_WORD: Final = re.compile(r"\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\Z")
_NAME: Final = re.compile(r"[A-Za-z_][\w.]*")
_TYPE_WORD: Final = r"[`~\"'*&?]*[A-Za-z_][\w.:`\"'?*&-]*(?:\[\])*[`\"'?*&]*"
_TYPE: Final = re.compile(rf"{_TYPE_WORD}(?:(?:[ ]*[|,/][ ]*|[ ](?:or|of|and)[ ]){_TYPE_WORD})*\Z")
_NO_NAMES: Final = frozenset(  # words that a colon follows in prose; parameters are seldom capitalised
    {"Note", "NOTE", "Notes", "Warning", "WARNING", "Example", "Examples", "Default", "Defaults", "Returns", "Raises"}
    | {"TODO", "See", "If", "if", "e.g", "i.e", "E.g", "I.e", "Otherwise", "Caution", "Important", "Tip", "Hint"}
)
_TYPE_WITHIN: Final = 200  # characters in which a type is looked for
_CLOSING: Final[Mapping[str, str]] = MappingProxyType({"(": ")", "[": "]", "{": "}", "<": ">"})


def _google(reading: _Reading, index: int) -> int:
    """`Args:` and what is indented below it."""
    line = reading.lines[index]
    title = _GOOGLE_TITLE.match(line) if line.rstrip().endswith(":") else None
    role = _python_role(title["title"]) if title else ""
    if title is None or not role or (title["colons"] == "::" and role != "examples"):
        return index
    start = _next_line(reading.lines, index + 1)
    if start == len(reading.lines):
        return index
    if _indent(reading.lines[start]) == 0:
        code = _code(reading, start) if role == "examples" else None
        if code is None or not code.code:
            return index
        reading.examples.append(Example(code.code, code.language))
        return code.end
    end = _deeper(reading.lines, start, _indent(reading.lines[start]) - 1)
    body = reading.lines[start:end]
    if role == "examples":
        prompted = any(_PROMPT.match(part) or _FENCE.match(part) for part in body)
        _read_examples(reading, body, [line], literal=title["colons"] == "::" and not prompted)
    else:
        _keep(reading, [line, *body], _google_items(reading, role, _groups(body)))
    return end


def _google_items(reading: _Reading, role: str, groups: list[list[str]]) -> list[str] | None:
    """The items of a section, and those of a section that was indented into it."""
    own: list[list[str]] = []
    for group in groups:
        title = _GOOGLE_TITLE.match(group[0])
        nested = _python_role(title["title"]) if title and len(group) > 1 else ""
        if own and nested in _PYTHON_ITEMS and _PYTHON_ITEMS[nested](reading, _groups(group[1:]), ":") is not None:
            continue
        own.append(group)
    return _PYTHON_ITEMS[role](reading, own, ":")


def _numpy(reading: _Reading, index: int) -> int:
    """`Parameters`, underlined, and everything up to the next underlined title."""
    lines = reading.lines
    role = _python_role(lines[index]) if _underlined(lines, index) else ""
    if not role:
        return index
    end = index + 2
    while end < len(lines) and not _underlined(lines, end):
        end += 1
    body = lines[index + 2 : end]
    if role == "examples":
        _read_examples(reading, body, lines[index : index + 2])
    else:
        _keep(reading, [*lines[index : index + 2], *body], _PYTHON_ITEMS[role](reading, _groups(body), ""))
    return end


def _python_role(title: str) -> str:
    title = title.strip().lower()
    return "" if title in _NO_PYTHON_TITLES else _ROLES.get(title, "")


def _underlined(lines: list[str], index: int) -> bool:
    return (
        index + 1 < len(lines)
        and lines[index + 1].startswith(("---", "==="))
        and lines[index][:1].isalpha()
        and _NUMPY_UNDERLINE.match(lines[index + 1]) is not None
    )


def _keep(reading: _Reading, section: list[str], leftover: list[str] | None) -> None:
    """Lines of a section that belong to no item stay in the prose; with its title where there is no item at all."""
    if leftover is None:
        reading.prose.extend(["", *section, ""])
    elif leftover:
        reading.prose.extend(["", *leftover, ""])


def _groups(lines: list[str]) -> list[list[str]]:
    """Lines at the left margin of a section, each with what is indented below it."""
    groups: list[list[str]] = []
    for line in _dedent(lines).split("\n"):
        if line and not line[0].isspace():
            groups.append([line])
        elif groups:
            groups[-1].append(line)
    return groups


def _python_parameters(reading: _Reading, groups: list[list[str]], mark: str) -> list[str] | None:
    found: list[tuple[list[str], str, str, list[str]]] = []
    leftover: list[str] = []
    for group in groups:
        head = _google_head(group) if mark else _numpy_head(group)
        if head is not None:
            found.append((*head, group[1:]))
        elif found and mark:
            found[-1][3].extend(group)
        else:
            leftover.extend(group)
    for names, kind, first, rest in found:
        _add_parameters(reading, names, kind, _hanging(first, rest))
    return leftover if found else None


def _google_head(group: list[str]) -> tuple[list[str], str, str] | None:
    """`name (type): text`: names, type and text; the colon may lack where there is a type and text below."""
    line = group[0]
    match = _GOOGLE_NAMES.match(line)
    if match is None or match["names"] in _NO_NAMES:
        return None
    rest, kind = line[match.end() :], ""
    if rest.startswith("("):
        end = _closing(rest, 0)
        if end < 0:
            return None
        kind, rest = rest[1:end], rest[end + 1 :].lstrip()
    if rest.startswith("--"):
        rest = rest.lstrip("-")
    elif rest.startswith(":") and not rest.startswith("::"):
        rest = rest[1:]
    elif rest or not kind or len(group) == 1:
        return None
    return _names(match["names"]), kind, rest


def _numpy_head(group: list[str]) -> tuple[list[str], str, str] | None:
    """`x, y : type` with something below it."""
    match = _NUMPY_HEAD.match(group[0].rstrip())
    if match is None or match["names"] in _NO_NAMES:
        return None
    return _names(match["names"]), match["type"] or "", ""


def _names(names: str) -> list[str]:
    return [name for part in names.split(",") if (name := part.strip(" `")) and name != "..."]


def _closing(text: str, start: int) -> int:
    """Where the bracket at `start` is closed, or -1."""
    waiting: list[str] = []
    for index in range(start, len(text)):
        character = text[index]
        if character in _CLOSING:
            waiting.append(_CLOSING[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
            if not waiting:
                return index
    return -1


def _python_returns(reading: _Reading, groups: list[list[str]], mark: str) -> list[str] | None:
    """Google has one value, a type before the colon if there is one; NumPy has a head for each."""
    if mark:
        lines = [line for group in groups for line in group]
        kind, first = _typed(lines[0])
        reading.returns.append(_item(reading, "", kind, _hanging(first, lines[1:])))
        return []
    said: list[str] = []
    for group in groups:
        head, text = group[0].rstrip(), _dedent(group[1:])
        match = _NUMPY_HEAD.match(head)
        if match and match["type"] and (text or _is_type(match["type"])):
            reading.returns.extend(_item(reading, name, match["type"], text) for name in _names(match["names"]))
        elif _is_type(head.split(", shape")[0]) and (text or len(groups) == 1):
            reading.returns.append(_item(reading, "", head, text))
        else:
            said.extend(group)
    if said:
        reading.returns.append(_item(reading, "", "", _hanging(said[0], said[1:])))
    return [] if groups else None


def _typed(line: str) -> tuple[str, str]:
    """The type before the first colon that stands in no brackets, and what is behind it."""
    waiting: list[str] = []
    for index, character in enumerate(line[:_TYPE_WITHIN]):
        if character in _CLOSING:
            waiting.append(_CLOSING[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
        elif character == ":" and not waiting and line[index + 1 : index + 2] in ("", " "):
            kind = line[:index].strip()
            return (kind, line[index + 1 :]) if _is_type(kind) else ("", line)
    return "", line


def _is_type(text: str) -> bool:
    """Whether this reads as a type: words and brackets, joined by `or`, `of`, `|` or commas."""
    if not text or len(text) > _TYPE_WITHIN or text in _NO_NAMES:
        return False
    flat, depth = [], 0
    for character in text:
        if character in "[({":
            depth += 1
        elif character in "])}":
            depth -= 1
        elif depth == 0:
            flat.append(character)
    return depth == 0 and _TYPE.match("".join(flat).removesuffix(", optional").strip()) is not None


def _python_errors(reading: _Reading, groups: list[list[str]], mark: str) -> list[str] | None:
    found: list[tuple[list[str], str, list[str]]] = []
    for group in groups:
        head = _error_head(group, mark)
        if head is not None:
            found.append((*head, group[1:]))
        elif found:
            found[-1][2].extend(group)
        else:
            found.append(([""], group[0], group[1:]))
    for names, first, rest in found:
        text = _hanging(first, rest)
        reading.errors.extend(_item(reading, name, "", text) for name in names if name or text)
    return [] if found else None


def _error_head(group: list[str], mark: str) -> tuple[list[str], str] | None:
    """`ValueError, TypeError: text`: names and text."""
    match = _ERROR_HEAD.match(group[0])
    if match is None:
        return None
    names, rest = _NAME.findall(re.sub(r":\w+:|(?<=[\s,/])or(?=\s)", "", match["names"])), group[0][match.end() :]
    if names[0] in _NO_NAMES:
        return None
    if rest.startswith(":") and not rest.startswith("::"):
        return names, rest[1:]
    if not rest and not mark:
        return names, ""
    if len(names) == 1 and _ERROR_WORD.match(names[0].rpartition(".")[2]):
        return names, rest or ""
    return None


_PYTHON_ITEMS: Final[Mapping[str, Callable[[_Reading, list[list[str]], str], list[str] | None]]] = MappingProxyType(
    {"parameters": _python_parameters, "returns": _python_returns, "errors": _python_errors}
)

_FIELD: Final = re.compile(
    r"[ \t]*(?P<mark>[:@])(?P<key>param|parameter|arg|argument|key|keyword|kwarg|kwparam|type|returns?|rtype|yields?|raises?"
    r"|except|exception)(?:[ \t]+(?P<argument>[^:\s][^:\n]*))?:(?!:)(?P<text>.*)"
)
_ANY_FIELD: Final = re.compile(r"[ \t]*[:@][A-Za-z]\w*(?:[ \t][^:\n`]*)?:(?:\s|\Z)")


def _field(reading: _Reading, index: int) -> int:
    """`:param int x: text` and `@param x: text`, with what hangs below."""
    line = reading.lines[index]
    match = _FIELD.match(line) if line.lstrip()[:1] in (":", "@") else None
    if match is None:
        return index
    end = _field_end(reading.lines, index)
    text = _hanging(match["text"], reading.lines[index + 1 : end])
    key, argument = match["key"], (match["argument"] or "").strip()
    if key == "type":
        reading.types[argument] = text
    elif key in ("return", "returns", "yield", "yields"):
        reading.returns.append(_item(reading, "", argument, text))
    elif key == "rtype":
        reading.types[""] = text
    elif key in ("raise", "raises", "except", "exception"):
        names = [name.strip(" `~") for name in argument.split(",")]
        reading.errors.extend(_item(reading, name, "", text) for name in names if name or text)
    elif not argument:
        return index
    else:
        kind, _, name = argument.rpartition(" ")
        _add_parameters(reading, [name.strip("`")], kind, text)
    return end


def _field_end(lines: list[str], index: int) -> int:
    """Behind the lines that hang below a field: indented ones, and others up to a blank line or the next field."""
    indent = _indent(lines[index])
    index += 1
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            following = _next_line(lines, index)
            if following == len(lines) or _indent(lines[following]) <= indent:
                return index
            index = following
        elif _indent(line) <= indent and (_ANY_FIELD.match(line) or _FENCE.match(line) or _PROMPT.match(line)):
            return index
        else:
            index += 1
    return index


def _apply_types(reading: _Reading) -> None:
    """`:type x:` and `:rtype:` may stand before or behind what they speak of."""
    types = reading.types
    for number, item in enumerate(reading.parameters):
        kind = item.type or types.get(item.name, "") or types.get(item.name.lstrip("*"), "")
        reading.parameters[number] = Item(item.name, kind, item.text)
    if "" in types:
        first = reading.returns[0] if reading.returns else Item("", "", "")
        reading.returns[:1] = [Item(first.name, first.type or types[""], first.text)]


# --- Markdown --------------------------------------------------------------------------------------------------

_HEADING: Final = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<title>\S[^\n]*)")
_RDOC_HEADING: Final = re.compile(r"(?P<level>={1,6})[ \t]*(?P<title>\w[^\n]*)")
_BULLET: Final = re.compile(r"(?P<indent>[ \t]{0,3})(?:[-*+]|\d{1,9}[.)])[ \t]+(?P<text>\S.*)")
_CODE_NAMES: Final = re.compile(
    r"(?:\*\*)?\[?`(?P<names>[^`\n]+`(?:[ ]*,[ ]*`[^`\n]+`)*)\]?(?:\*\*)?[ ]*(?:\((?P<type>[^()\n]*)\))?(?:\*\*)?"
    r"[ ]*(?::(?!:)|-{1,3}(?=[ ])|–|—|=>)[ ]*(?P<text>.*)"
)
_WORD_NAME: Final = re.compile(
    r"(?:\*\*|__|\*|<tt>:?)?(?P<names>[A-Za-z_][\w.]*)(?:</tt>|\*\*|__|\*)?[ ]*(?:\((?P<type>[^()\n]*)\))?"
    r"(?::(?!:)|[ ]+(?:-{1,3}|–|—|:)(?=[ ]))[ ]*(?:\*\*)?(?P<text>.*)"
)
_SWIFT: Final = re.compile(
    r"[-*+][ ]+(?P<key>parameters?|returns|throws)(?:[ ]+(?P<name>\w+))?[ ]*:[ ]*(?P<text>.*)", re.IGNORECASE
)


def _headed(reading: _Reading, index: int) -> int:
    """`# Errors` and everything up to the next heading of its level."""
    line = reading.lines[index]
    pattern = _RDOC_HEADING if line.startswith("=") and reading.language == "ruby" else _HEADING
    match = pattern.match(line)
    title = match["title"].rstrip("#=: \t").lower() if match else ""
    role = _ROLES.get(title, "")
    if match is None or not role:
        return index
    level = len(match["level"])

    def ends(other: str) -> bool:
        found = pattern.match(other) if other.lstrip(" ")[:1] in "#=" else None
        return found is not None and len(found["level"]) <= level

    end = _until(reading.lines, index + 1, ends)
    body = reading.lines[index + 1 : end]
    if role == "examples":
        _read_examples(reading, body, [line])
    elif role == "parameters":
        _keep(reading, [line, *body], _listed(reading, body))
    else:
        _say(reading, role, title, body)
    return end


def _say(reading: _Reading, role: str, title: str, body: list[str]) -> None:
    """What is returned or goes wrong: an item for each entry of a list that names one, else one for all."""
    text = _dedent(body)
    if not text:
        return
    items, leftover = _list_items(body)
    named = [_named(reading, item, _CODE_NAMES) for item in items]
    if title.startswith("panic"):
        reading.errors.append(_item(reading, "panic", "", text))
    elif role == "errors" and named and None not in named and not any(line.strip() for line in leftover):
        reading.errors.extend(
            _item(reading, name, "", said) for names, _, said in filter(None, named) for name in names
        )
    else:
        (reading.returns if role == "returns" else reading.errors).append(_item(reading, "", "", text))


def _listed(reading: _Reading, body: list[str]) -> list[str] | None:
    """The parameters of a Markdown list."""
    items, leftover = _list_items(body)
    found = False
    for item in items:
        named = _named(reading, item, _CODE_NAMES) or _named(reading, item, _WORD_NAME)
        if named is None:
            leftover.extend([item[0], *item[1:]])
            continue
        found = True
        names, kind, text = named
        _add_parameters(reading, names, kind, text)
    return [line for line in leftover if line.strip()] if found else None


def _list_items(lines: list[str]) -> tuple[list[list[str]], list[str]]:
    """Items of the outermost list, each with what belongs to it, and the lines that belong to none."""
    items: list[list[str]] = []
    leftover: list[str] = []
    margin, blank = -1, False
    for line in lines:
        match = _BULLET.match(line)
        if match and (margin < 0 or len(match["indent"]) <= margin):
            margin = len(match["indent"])
            items.append([line])
        elif items and not line.strip():
            items[-1].append("")
        elif items and (_indent(line) > margin or not blank):
            items[-1].append(line)
        else:
            leftover.append(line)
        blank = not line.strip()
    return items, leftover


def _named(reading: _Reading, item: list[str], pattern: re.Pattern[str]) -> tuple[list[str], str, str] | None:
    """The names, type and text of an item of a list."""
    bullet = _BULLET.match(item[0])
    match = pattern.match(bullet["text"]) if bullet else None
    if match is None:
        return None
    names, kind = [name.strip(" `") for name in re.split(r"`[ ]*,[ ]*`", match["names"])], match["type"] or ""
    if reading.language == "julia" and "::" in names[-1]:
        kind = names[-1].partition("::")[2].partition("=")[0].rstrip("; ")
        names = [name.partition("::")[0] for name in names]
    if not all(names) or names[0] in _NO_NAMES:
        return None
    return names, kind, _hanging(match["text"], item[1:])


def _swift(reading: _Reading, index: int) -> int:
    """`- Parameter x: text`, `- Parameters:` and the list below it, `- Returns:`, `- Throws:`."""
    match = _SWIFT.match(reading.lines[index])
    key = match["key"].lower() if match else ""
    if match is None or (key == "parameter") != (match["name"] is not None):
        return index
    end = _until(reading.lines, index + 1, lambda line: not line[0].isspace())
    rest = reading.lines[index + 1 : end]
    text = _hanging(match["text"], rest)
    if key == "parameters":
        indent = min((_indent(line) for line in rest if line.strip()), default=0)
        _keep(reading, reading.lines[index:end], _listed(reading, [line[indent:] for line in rest]))
    elif key == "parameter":
        _add_parameters(reading, [match["name"]], "", text)
    else:
        (reading.returns if key == "returns" else reading.errors).append(_item(reading, "", "", text))
    return end


# --- Tags ------------------------------------------------------------------------------------------------------

_TAG_ROLES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("param", "arg", "argument", "tparam", "typeparam", "option", "yieldparam"), "parameters")
    | dict.fromkeys(("string", "number", "int", "bool", "func", "tab"), "parameters")
    | dict.fromkeys(("return", "returns", "treturn", "retval", "result", "yieldreturn"), "returns")
    | dict.fromkeys(("throws", "throw", "exception", "raise", "raises"), "errors")
    | dict.fromkeys(("example", "examples", "usage"), "examples")
    | dict.fromkeys(("brief", "short", "summary"), "summary")
    | dict.fromkeys(("description", "desc", "details", "remarks", "remark", "classdesc", "note", "par"), "prose")
    | dict.fromkeys(
        # Of other things: they end the tag before them and stay in the description as written.
        (
            "abstract access alias api async attention augments author authors bug callback category class constant"
            " constructor constructs copyright date default defaultvalue defgroup define deprecated docType endgroup"
            " enum event exports export exportClass exportMethod extends external family field file fileoverview fires"
            " final format function generic global group hideconstructor ignore implements import importFrom"
            " inGroup include ingroup inherit inheritDoc inheritdoc inheritParams inner instance interface internal"
            " invariant keywords kind license link listens local md member memberof method mixes mixin module name"
            " namespace noRd overload override package packageDocumentation post pre private property prop"
            " protected public rdname readonly receiver requires sa sample sealed section see seealso serial"
            " serialData serialField since slot static subpackage suppress template test this title todo tutorial"
            " type typedef useDynLib uses var variation version virtual warning yield yields"
        ).split(),
        "other",
    )
)
_LDOC_TYPES: Final = frozenset({"string", "number", "int", "bool", "func", "tab"})
_LUA_TYPE: Final = re.compile(
    r"(?:(?:string|number|integer|boolean|table|function|nil|any|thread|userdata)\b[\[\]?|<>,\w.]*|fun\([^()\n]*\)\S*|[\w.]+(?:\[\]|\?)+)(?=\s|\Z)"
)
_TAG_NAME: Final = re.compile(r"(?:<[^<>\s]+>|[&*.$\\]*[\w$:.\[\]/?-]*\w[\]?:]*)(?:[ ]*,[ ]*[.\w]+)*")
_SEPARATOR: Final = re.compile(r"\s*(?:[-–—:]+(?=\s|\Z))?\s*")
_MODIFIERS: Final = re.compile(r"\[[^\[\]\n]*\]")
_CAPTION: Final = re.compile(r"\s*<caption>(?P<text>[^<]*)</caption>\s*")
_THROWN: Final = re.compile(r"\{@link(?:plain)?[ ]+(?P<linked>[^{}|\s]+)[^{}]*\}|(?P<name>[A-Za-z_\\][\w.:$\\]*)")


def _read_tags(reading: _Reading, tag: re.Pattern[str]) -> None:
    """Texts in which tags follow the prose."""
    body, tags = _split_tags(reading, tag)
    reading.lines = body
    _read(reading)
    for name, lines in tags:
        role = _TAG_ROLES[name]
        first, rest = lines[0], lines[1:]
        text = _hanging(first, rest)
        if role == "summary":
            reading.prose[:0] = [text, ""]
        elif role == "prose":
            _tagged_prose(reading, text)
        elif role == "examples":
            _tagged_examples(reading, name, first, rest)
        elif role == "other" or not text or not _TAG_READERS[role](reading, name, text):
            reading.prose.extend(["", f"@{name} {text}".rstrip()])


def _split_tags(reading: _Reading, tag: re.Pattern[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The lines before the first tag and after those that end at a blank line; the tags with theirs."""
    body: list[str] = []
    tags: list[tuple[str, list[str]]] = []
    lines, index, current = reading.lines, 0, body
    while index < len(lines):
        line = lines[index]
        match = tag.match(line)
        if match and match["tag"] in _TAG_ROLES:
            current = [line[match.end() :]]
            tags.append((match["tag"], current))
            index += 1
            continue
        mark = line.lstrip()[:1]
        code = _code(reading, index) if mark and mark in "`~@\\{<" else None
        if code is not None:
            current.extend(lines[index : code.end])
            index = code.end
            continue
        if current is not body and not line.strip():
            current = _after_blank(reading, index, current, body)
        current.append(line)
        index += 1
    return body, tags


def _after_blank(reading: _Reading, index: int, current: list[str], body: list[str]) -> list[str]:
    """Where lines behind a blank one belong."""
    ends = reading.dialect.tag_ends
    if ends == "never":
        return current
    following = reading.lines[index + 1] if index + 1 < len(reading.lines) else ""
    return current if ends == "unindented" and (not following.strip() or following[0].isspace()) else body


def _tagged_prose(reading: _Reading, text: str) -> None:
    inner = _Reading(text.split("\n"), reading.language, reading.dialect)
    _read(inner)
    reading.prose.extend(["", *inner.prose])
    reading.examples.extend(inner.examples)


def _tagged_examples(reading: _Reading, tag: str, first: str, rest: list[str]) -> None:
    """The code of `@example`: what is fenced, else all; a caption or title is what is said about it."""
    title, own = "", first.strip()
    caption = _CAPTION.match(own)
    if caption:
        title, own = caption["text"].strip(), own[caption.end() :]
    elif own and reading.language in ("ruby", "php") and any(line.strip() for line in rest):
        title, own = own, ""
    lines = [own, *_dedent(rest).split("\n")] if own else _dedent(rest).split("\n")
    if any(_FENCE.match(line) for line in lines):
        _read_examples(reading, [title, *lines] if title else lines, [f"@{tag}"])
    else:
        code = _dedent(lines)
        if code:
            reading.examples.append(Example(code, reading.language, reading.dialect.markup(title).strip()))


def _tag_parameter(reading: _Reading, tag: str, text: str) -> bool:
    """The names, type and text of `@param` in the order of the language."""
    language = reading.language
    if language == "ruby":
        names, kind, said = _ruby_parameter(tag, text)
    elif language == "php" and "$" in text:
        names, kind, said = _php_parameter(text)
    elif language == "lua":
        names, kind, said = _lua_parameter(tag, text)
    else:
        names, kind, said = _plain_parameter(text, reading.signature)
    if not names:
        return False
    _add_parameters(reading, names, kind, said)
    return True


def _plain_parameter(text: str, signature: str) -> tuple[list[str], str, str]:
    """`{type} name text`, `[name=default] - text`, `[in] a,b text`, `name text`; `type name text` by the signature."""
    kind, text = _braced(text, "{")
    if text.startswith("["):  # JSDoc: [name=default]; Doxygen: [in,out] name; KDoc: [name] text
        end = _closing(text, 0)
        inside, behind = text[1:end].strip(), text[end + 1 :]
        if end < 0:
            return [], kind, text
        if inside.replace(" ", "") not in ("in", "out", "in,out", "inout"):
            return [inside.partition("=")[0].strip()], kind, behind[_separator(behind) :]
        text = behind.lstrip()
    match = _TAG_NAME.match(text)
    if match is None:
        return [], kind, text
    rest = text[match.end() :]
    if not kind:
        typed, behind = _braced(rest.lstrip(" "), "{")
        second = _TAG_NAME.match(behind.lstrip(" "))
        if typed:
            kind, rest = typed, behind
        elif second and not _in(match[0], signature) and _in(second[0], signature):
            kind, rest, match = match[0], behind.lstrip(" ")[second.end() :], second
    names = [name.strip().rstrip(":") for name in match[0].split(",")]
    return names, kind, rest[_separator(rest) :]


def _in(name: str, signature: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", signature) is not None


def _separator(text: str) -> int:
    match = _SEPARATOR.match(text)
    return match.end() if match else 0


def _braced(text: str, opening: str) -> tuple[str, str]:
    """What stands in brackets at the start, and what is behind them."""
    if not text.startswith(opening) or text.startswith("{@"):
        return "", text
    end = _closing(text, 0)
    return (text[1:end].strip(), text[end + 1 :].lstrip()) if end > 0 else ("", text)


def _ruby_parameter(tag: str, text: str) -> tuple[list[str], str, str]:
    """`name [Type] text`, `[Type] name text`; `@option hash [Type] :key text`."""
    kind, text = _braced(text, "[")
    if tag == "option":
        text = text.partition(" ")[2].lstrip()
        kind, text = _braced(text, "[")
    match = re.match(r"[&*]{0,2}:?\w+[?!]?:?", text)
    if match is None:
        return [], kind, text
    rest = text[match.end() :].lstrip(" ")
    if tag == "option":
        rest = re.sub(r"^\([^()\n]*\)[ ]*", "", rest)  # its default
    elif not kind:
        kind, rest = _braced(rest, "[")
    return [match[0].rstrip(":") if tag != "option" else match[0]], kind, rest[_separator(rest) :]


def _php_parameter(text: str) -> tuple[list[str], str, str]:
    """`Type $name text`; a type may hold names of its own in brackets."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "$" and depth == 0:
            name = re.compile(r"\$\w+").match(text, index)
            if name is None:
                break
            kind = text[:index].rstrip(" &.")
            return [name[0]], kind, text[name.end() :][_separator(text[name.end() :]) :]
    return [], "", text


def _lua_parameter(tag: str, text: str) -> tuple[list[str], str, str]:
    """LDoc: `@tparam type name text`, `@string name text`; annotations of the language server: `name type text`."""
    modifiers = _MODIFIERS.match(text)
    text = text[modifiers.end() :].lstrip() if modifiers else text
    kind = tag if tag in _LDOC_TYPES else ""
    if tag == "tparam":
        kind, _, text = text.partition(" ")
        text = text.lstrip()
    match = re.match(r"(?:\.\.\.|[\w.]+\??)", text)
    if match is None:
        return [], kind, text
    rest = text[match.end() :].lstrip(" ")
    typed = _LUA_TYPE.match(rest) if tag == "param" else None
    if typed:
        kind, rest = typed[0], rest[typed.end() :]
    return [match[0]], kind, rest[_separator(rest) :]


def _tag_return(reading: _Reading, tag: str, text: str) -> bool:
    """`@return` with a type where the language writes one."""
    kind, name = "", ""
    if tag == "retval":
        name, _, text = text.partition(" ")
    elif tag == "treturn":
        kind, _, text = text.partition(" ")
    elif reading.language == "ruby":
        kind, text = _braced(text, "[")
    elif reading.language in ("php", "lua"):
        kind, text = _leading_type(reading.language, text)
    else:
        kind, text = _braced(text, "{")
    reading.returns.append(_item(reading, name, kind, text[_separator(text) :]))
    return True


def _leading_type(language: str, text: str) -> tuple[str, str]:
    """The type that PHP and the language server of Lua write before the text."""
    if language == "lua":
        match = _LUA_TYPE.match(text)
        return (match[0], text[match.end() :]) if match else ("", text)
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character.isspace() and depth == 0:
            kind = text[:index]
            break
    else:
        kind = text
    return (kind, text[len(kind) :]) if re.match(r"[?\\$\w][\w\\|&?\[\]<>{}(), :'\"*$=.-]*\Z", kind) else ("", text)


def _tag_error(reading: _Reading, tag: str, text: str) -> bool:
    """`@throws E text`, `{E}` in JSDoc, `[E]` in YARD; of JSDoc without braces only what is named like an error."""
    del tag
    kind, rest = _braced(text, "{")
    if not kind and reading.language == "ruby":
        kind, rest = _braced(text, "[")
    if not kind:
        match = _THROWN.match(text)
        word = (match["linked"] or match["name"]) if match else ""
        free = reading.language in ("javascript", "typescript", "tsx", "ruby", "lua") and not (
            match and match["linked"]
        )
        if match and (not free or _ERROR_WORD.match(word)):
            kind, rest = word, text[match.end() :]
    reading.errors.append(_item(reading, kind, "", rest[_separator(rest) :]))
    return True


_TAG_READERS: Final[Mapping[str, Callable[[_Reading, str, str], bool]]] = MappingProxyType(
    {"parameters": _tag_parameter, "returns": _tag_return, "errors": _tag_error}
)

# --- C# --------------------------------------------------------------------------------------------------------

_XML_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<tag>summary|remarks|param|typeparam|returns|value|exception|example|code)\b(?P<rest>[^<>]*)>"
)


def _read_xml(reading: _Reading, doc: str) -> None:
    """Elements of the outermost level; what stands between them is prose."""
    depth, opened, rest, last = 0, "", "", 0
    for match in _XML_TAG.finditer(doc):
        tag = match["tag"]
        if match["rest"].endswith("/") or (tag == "code" and depth == 0):
            continue
        if depth == 0 and not match["close"]:
            reading.prose.extend(doc[last : match.start()].split("\n"))
            opened, rest, last, depth = tag, match["rest"], match.end(), 1
        elif tag == opened:
            depth += -1 if match["close"] else 1
            if depth == 0:
                _read_element(reading, opened, rest, doc[last : match.start()])
                last = match.end()
    reading.prose.extend(doc[last:].split("\n"))


def _read_element(reading: _Reading, tag: str, rest: str, text: str) -> None:
    name = _XML_NAME.search(rest)
    said = name[1] if name else ""
    plain = _dedent(text.split("\n"))
    if tag in ("param", "typeparam"):
        _add_parameters(reading, [f"<{said}>" if tag == "typeparam" else said], "", plain)
    elif tag in ("returns", "value"):
        if plain:
            reading.returns.append(_item(reading, "", "", plain))
    elif tag == "exception":
        reading.errors.append(_item(reading, said[2:] if said[1:2] == ":" else said, "", plain))
    elif tag == "example":
        _xml_example(reading, text)
    elif tag == "summary":
        reading.prose[:0] = [*plain.split("\n"), ""]
    else:
        reading.prose.extend(["", *plain.split("\n"), ""])


def _xml_example(reading: _Reading, text: str) -> None:
    last, said = 0, ""
    for match in _XML_TAG.finditer(text):
        if match["tag"] != "code":
            continue
        between = text[last : match.start()]
        last = match.end()
        if match["close"]:
            code = html.unescape(_dedent(between.removeprefix("<![CDATA[").removesuffix("]]>").split("\n")))
            if code:
                reading.examples.append(Example(code, reading.language, said))
        else:
            said = " ".join(_plain_html(between).split())
    reading.prose.extend(["", *_dedent(text[last:].split("\n")).split("\n")])


# --- Languages -------------------------------------------------------------------------------------------------

_AT: Final = re.compile(r"[ \t]*@(?P<tag>[A-Za-z][\w-]*)(?![\w.(@-])[ \t]*")
_AT_OR_BACKSLASH: Final = re.compile(r"[ \t]*[@\\](?P<tag>[A-Za-z]\w*)(?![\w.(])[ \t]*")

_FENCED_RUST: Final = frozenset(
    {"", "rust", "rs", "ignore", "no_run", "should_panic", "standalone_crate", "test_harness"}
    | {"edition2015", "edition2018", "edition2021", "edition2024"}
)


_TAG_HINT: Final = r"[@\\]\w|```|~~~|\{\{\{|\{\[|<pre|^ {0,3}#|^=|>>>|irb|<[a-z]+[ >]"
_MARKDOWN_HINT: Final = r"^ {0,3}#|```|~~~|iex|julia>"


def _markdown(fences: str, *heads: Callable[[_Reading, int], int], hint: str = _MARKDOWN_HINT) -> _Dialect:
    return _Dialect(
        hint=re.compile(hint, re.MULTILINE),
        markup=_plain_markdown,
        heads=(_headed, *heads),
        fences=frozenset(fences.split()),
    )


def _tagged(
    fences: str,
    tag: re.Pattern[str] = _AT,
    markup: Callable[[str], str] = _plain_html,
    tag_ends: str = "never",
    indented: bool = False,
) -> _Dialect:
    return _Dialect(
        hint=re.compile(_TAG_HINT if not indented else rf"{_TAG_HINT}|\n[ \t]", re.MULTILINE),
        markup=markup,
        heads=(_headed,),
        fences=frozenset(fences.split()),
        tag=tag,
        tag_ends=tag_ends,
        indented=indented,
    )


_PYTHON: Final = _Dialect(
    hint=re.compile(r">>>|```|~~~|:[ \t]*\n|\n[-=]{3}|^[ \t]*[:@][a-z]|\.\. [a-z]", re.MULTILINE),
    markup=_plain_rst,
    heads=(_google, _numpy, _field),
    fences=frozenset("python py python3 pycon python-console ipython doctest".split()),
)
_RUST: Final = _Dialect(
    hint=re.compile(_MARKDOWN_HINT, re.MULTILINE), markup=_plain_markdown, heads=(_headed,), fences=_FENCED_RUST
)
_TAGGED: Final = _tagged("")
_XML: Final = _tagged("c# cs csharp")
_GO: Final = _Dialect(
    hint=re.compile(r"```|\n[ \t]"), markup=_plain_markdown, fences=frozenset({"go", "golang"}), indented=True
)
_HASKELL: Final = _Dialect(
    hint=re.compile(r">>>|^[ \t]*@[ \t]*$|```", re.MULTILINE), markup=_plain, fences=frozenset({"haskell", "hs"})
)
_PROSE: Final = _Dialect(hint=re.compile(r"```|~~~"), markup=_plain)
_SCRIPT: Final = _tagged("js javascript jsx ts typescript tsx", markup=_plain_web)
_DIALECTS: Final[Mapping[str, _Dialect]] = MappingProxyType(
    {
        "python": _PYTHON,
        "rust": _RUST,
        "javascript": _SCRIPT,
        "typescript": _SCRIPT,
        "tsx": _SCRIPT,
        "java": _tagged("java"),
        "kotlin": _tagged("kotlin kt", markup=_plain_web),
        "scala": _tagged("scala"),
        "c": _tagged("c", _AT_OR_BACKSLASH, tag_ends="blank"),
        "cpp": _tagged("cpp c++ cc c", _AT_OR_BACKSLASH, tag_ends="blank"),
        "csharp": _XML,
        "c_sharp": _XML,
        "c-sharp": _XML,
        "php": _tagged("php"),
        "ruby": _tagged("ruby rb", tag_ends="unindented", indented=True),
        "lua": _tagged("lua", markup=_plain_markdown),
        "ocaml": _tagged("ocaml ml", markup=_plain_odoc),
        "r": _tagged("r", markup=_plain_markdown),
        "elixir": _markdown("elixir ex iex"),
        "julia": _markdown("julia jldoctest julia-repl @example @repl"),
        "swift": _markdown("swift", _swift, hint=rf"{_MARKDOWN_HINT}|^[-*+] +[PpRrTt]"),
        "zig": _markdown("zig"),
        "dart": _markdown("dart"),
        "go": _GO,
        "haskell": _HASKELL,
        "bash": _PROSE,
        "sql": _PROSE,
    }
)
