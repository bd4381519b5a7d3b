"""A documented definition as questions and answers.

    document   code -> its documentation
    implement  what it shall do, and its signature -> code
    explain    its name and signature -> what it does, in prose; where the documentation says more than a sentence
    complete   code with some lines missing -> those lines
    argument   its signature -> what its parameters mean; where they are documented
    error      its signature -> when it fails; where that is documented
    example    its signature -> code that uses it; where the documentation has some that names it

The documentation never stands in the code of the same row: it would be the answer to `document`, and
`implement` would teach to repeat the question.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from corpus.code import LANGUAGES, Definition
from corpus.code.phrasing import GAP, phrase, summary_in, words_of
from corpus.code.sections import COST, Example, Item, Sections, in_elements, plain, sections
from corpus.entry import Entry, code_entry

__all__ = ["documentation_of", "pairs"]

_EXPLAINED: Final = 20  # words of prose from which on it is an explanation and no label
_SAID: Final = 3  # words from which on a parameter or an error is documented
_GAP_LINES: Final = (2, 12)  # fewest and most lines to be filled in
_FILLABLE: Final = (8, 80)  # lines of a function that is asked to be filled in
_MODULE: Final = 4_000  # characters of a file or module up to which it may be asked to be written
_LAST_NAME: Final = re.compile(r"::|[.#/\\:]")
_SIGNED: Final = re.compile(r"/\d+\Z|(?<=\w)\(.*\Z")  # `name/2` of Elixir, `name(label:)` of Swift
_WORD: Final = re.compile(r"\w+")
_REST: Final = 40  # characters up to which a line is the rest of one that was cut
_FILES: Final = {
    "bash": "script",
    "sql": "script",
    "c": "file",
    "cpp": "file",
    "csharp": "file",
    "php": "file",
    "ruby": "file",
    "swift": "file",
    "zig": "file",
    "go": "package",
    "java": "package",
}  # what a file that documents itself is called, where it is no module
_MEMBERS: Final = frozenset({"javascript", "typescript", "tsx", "swift"})  # what belongs to a type is a property there
_VALUES: Final = frozenset({"scala", "ocaml", "ocaml_interface", "haskell"})
_HEADER: Final = 200  # characters of a signature in which the words are that say what it is
_CONSTANT_WORD: Final = re.compile(r"\b(?:const|constexpr|final|define)\b")
_VARIABLE_WORD: Final = re.compile(r"\b(?:var|let|val|event)\s+\w")
_ATTRIBUTE: Final = re.compile(r"^\s*\[[^\n]*\]\s*$", re.MULTILINE)
_TYPE_WORD: Final = re.compile(r"\b(?:class|struct|enum|union|trait|interface|record|protocol|object|actor)\b")
# Markup between two words of a summary: marks, and the target of a link or the role of a reference.
_BETWEEN: Final = re.compile(
    r"(?:\]\([^()\s]*\)|\]\[[^\[\]]*\]|:[a-z]+(?::[a-z]+)?:(?=`)|~(?:\w+\.)+|\s<[^<>]*>(?=`)|\W)*+"
)
_SENTENCE_END: Final = re.compile(r"(?:\]\([^()\s]*\)|\]\[[^\[\]]*\]|[^\w\s])*(?=\s|\Z)")
_UNDERLINE: Final = re.compile(r"\s*\n[-=~^*+#]{3,}[ \t]*(?=\n|\Z)")
# Documentation that only refers to another's or says who may see what stands below.
_SAYS_NOTHING: Final = re.compile(
    r"(?:\s|\{@inheritdoc\b[^{}]*\}|<inheritdoc\b[^<>]*/?>|@\w+(?=\s|\Z)|:(?:nodoc|doc|stopdoc|startdoc):)*+\Z",
    re.IGNORECASE,
)
# What stands before the summary: tags that introduce it, and in Julia a signature.
_OPENING: Final = re.compile(r"(?:\s*[@\\](?:file\b[^\n]*|(?:brief|short|summary|description|desc)\b))*+")
_PARAGRAPH: Final = re.compile(r"[^\n]+\n(?:[^\n]+\n)*\s*\n")
_BLANK_LINES: Final = re.compile(r"\A(?:[ \t]*\n)+")
_TAG: Final = re.compile(r"@\w++(?!@)")  # `@mempty@` is code in Haskell
_TOMDOC: Final = re.compile(r"(?:Public|Internal|Private|Deprecated): +")
# Tags that file a definition, or say who may see it, and nothing of what it does; `@{` and `@}` of Doxygen.
_LABELS: Final = re.compile(
    r"^@(?:(?:static|member[oO]f!?|since|category|private|protected|public|internal|author|version|final|override|api"
    r"|name|alias|virtual|readonly|beta|alpha|experimental|package|group|ingroup|defgroup|constructor|class|function"
    r"|method|abstract|async|ignore|global|inner|instance|license|copyright)\b[^\n]*|[{}][ \t]*)(?:\n|\Z)",
    re.MULTILINE,
)
_UNTAGGED: Final = frozenset({"python", "rust", "elixir", "julia", "go", "haskell"})  # languages without such tags
_NOTES: Final = re.compile(r"^\.\. (?:version\w+|deprecated)::.*(?:\n(?:[ \t]+.*)?)*", re.MULTILINE)
_DEFINES: Final = r"\b(?:fn|def|func|function|class|struct|trait|interface)\s+"
_CLOSES: Final = re.compile(
    r"[)\]}]|(?:else|elif|elsif|except|finally|catch|end|case|rescue|ensure|when|fi|done|esac)\b"
)
# A line that goes on with what stands above: a body in braces, a call in a chain, an operator, a comment.
_GOES_ON: Final = re.compile(r"[{.?:,]|&&|\|\||=>?(?:\s|\Z)|->|\*(?:\s|/|\Z)|(?:and|or|then|do|where)\b")
_UNFINISHED: Final = re.compile(r"(?:[(\[,\\+]|&&|\|\|)\s*\Z")
_COMMENT: Final = re.compile(r"\s*(?:#(?![!\[])|//|--|;|%|/\*|\(\*|\{-)")


def pairs(definition: Definition, language: str) -> Iterator[Entry]:
    """The entries that a definition gives: none without documentation, and no `implement` without a body."""
    if not definition.code.strip() or _SAYS_NOTHING.match(definition.doc):
        return
    row = LANGUAGES[language]
    found = sections(definition.doc, language, definition.signature)
    category, symbol = definition.category, definition.symbol
    signals = {"well_formedness": 0.0 if definition.has_error else 1.0}
    what = f"{row.title.removesuffix(' interface')} {_noun(definition, language)}"
    words = words_of(
        what,
        title=row.title,
        comment="a docstring" if row.docstring else "a doc comment",
        name=f"`{symbol}`",
    )
    signature = _without_blank_lines(definition.signature)

    def ask(
        question: str, task: str, category: str, material: str, answer: str, said: Mapping[str, str] = words
    ) -> Entry:
        return code_entry(
            category=category,
            task=task,
            instruction=phrase(question, symbol or definition.doc, said),
            output=answer,
            input=material,
            symbol=symbol or None,
            language=language,
            line_start=definition.line_start,
            line_end=definition.line_end,
            signals=signals,
        )

    yield ask("document", "document", category, definition.outline or definition.code, definition.doc)
    doc = _rest_of(found) if in_elements(definition.doc, language) else plain(definition.doc, language)
    if "@" in doc and language not in _UNTAGGED:
        doc = _LABELS.sub("", doc).strip("\n")
    said = _said(found, language)
    rest, cut = _behind_summary(doc, found.summary) if said else (doc, False)
    if _implementable(definition):
        material = "\n\n".join(filter(None, (signature, rest)))
        question = ("implement-file" if category == "module" else "implement") if said else "implement-documented"
        named = f" `{symbol}`" if category == "module" and symbol else ""
        yield ask(question, "implement", category, material, definition.code, words_of(what + named, summary=said))
    if not symbol:
        return
    prose = _prose(found, cut) if found.description else ""
    if len(prose.split(None, _EXPLAINED)) > _EXPLAINED:
        shown = (definition.outline or definition.code) if category == "module" else signature
        yield ask("explain", "explain", category, shown, prose)
    if category == "function" and not definition.trivial:
        filled = _with_gap(definition)
        if filled is not None:
            yield ask("complete", "complete", category, *filled)
    for question, items in (("argument", found.parameters), ("error", found.errors)):
        listed = _listed(items)
        if listed:
            yield ask(question, "answer", question, signature, listed)
    for example in _of_item(found.examples, definition, language):
        yield ask("example", "answer", "example", signature, example)


def _noun(definition: Definition, language: str) -> str:
    """What people call it: a class is a class and not a type, a file of Bash a script."""
    signature = definition.signature
    if definition.category == "type":
        match = _TYPE_WORD.search(signature)
        return match[0] if match else "type"
    if definition.category == "module" and not definition.symbol:
        return _FILES.get(language, "module")
    if definition.category == "constant":
        return _noun_of_value(definition, language)
    if language == "csharp" and definition.category == "function" and "(" not in _ATTRIBUTE.sub("", signature):
        return "indexer" if "this[" in signature else "property"
    return definition.category


def _noun_of_value(definition: Definition, language: str) -> str:
    header = definition.signature[:_HEADER]
    if _CONSTANT_WORD.search(header):
        return "constant"
    word = _VARIABLE_WORD.search(header)
    if language == "csharp":
        return "event" if word and word[0].startswith("event") else "constant"
    if language == "kotlin" or (language in _MEMBERS and "." in definition.symbol):
        return "property"
    return "variable" if word and word[0].startswith("var") else "value" if language in _VALUES else "constant"


def _implementable(definition: Definition) -> bool:
    if definition.trivial or definition.category == "constant":
        return False
    return definition.category != "module" or len(definition.code) <= _MODULE


def _without_blank_lines(signature: str) -> str:
    """The signature, so that the first blank line of an `implement` row is where its documentation begins."""
    if "\n" not in signature:
        return signature if signature.strip() else ""
    return "\n".join([line for line in signature.split("\n") if line.strip()])


def _said(found: Sections, language: str) -> str:
    """The summary, where it is none of a tag; in Ruby without the word of TomDoc that says for whom it is."""
    if _TAG.match(found.summary):
        return ""
    return _TOMDOC.sub("", found.summary, count=1) if language == "ruby" else found.summary


def _behind_summary(doc: str, summary: str) -> tuple[str, bool]:
    """What a documentation says beside the summary, and whether that goes on in the summary's last line.

    All of the documentation where the summary is not found at its beginning, behind a tag that introduces it,
    behind a cost or behind a signature.
    """
    opening = _OPENING.match(doc)
    start = opening.end() if opening else 0
    end = _summary_end(doc, start, summary)
    before = ""
    if end < 0:
        first = COST.match(doc) or _PARAGRAPH.match(doc)
        end = _summary_end(doc, first.end(), summary) if first else -1
        before = first[0].rstrip() if first else ""
    if end < 0:
        return doc, False
    underline = _UNDERLINE.match(doc, end)
    end = underline.end() if underline else end
    rest = doc[end:].rstrip()
    cut = rest.startswith(" ") and not _BLANK_LINES.match(rest)
    rest = _joined(rest.strip()) if cut else _BLANK_LINES.sub("", rest)
    return "\n\n".join(filter(None, (before, rest))), cut


def _summary_end(doc: str, start: int, summary: str) -> int:
    """Where a summary ends that begins at a place; less than 0 where it does not stand there.

    It may have lost the markup of the text that it was taken from, so words are compared and what may stand between
    them is skipped.
    """
    end = start + len(summary)
    if summary and doc[start:end].replace("\n", " ") == summary and not doc[end : end + 1].strip():
        return end
    words, position = _WORD.findall(summary), start
    for word in words:
        between = _BETWEEN.match(doc, position)
        position = between.end() if between else position
        if not doc.startswith(word, position):
            return -1
        position += len(word)
    match = _SENTENCE_END.match(doc, position)
    return match.end() if match and words else -1


def _joined(text: str) -> str:
    """A text that began in the last line of another: its first line, a rest, goes together with the second."""
    first, line_break, second = text.partition("\n")
    return f"{first} {second}" if line_break and len(first) < _REST and second[:1].isalnum() else text


def _rest_of(found: Sections) -> str:
    """A documentation written out again from its parts."""
    parts = [found.summary, found.description]
    for title, items in (("Parameters", found.parameters), ("Returns", found.returns), ("Errors", found.errors)):
        lines = [_line(item) if item.name else f"- {item.text}" for item in items if item.text]
        if lines:
            parts.append("\n".join([f"{title}:", *lines]))
    parts += [f"Example:\n\n{example.code}" for example in found.examples]
    return "\n\n".join(filter(None, parts))


def _prose(found: Sections, cut: bool) -> str:
    """The prose without notes on versions, and without words at its end that introduce what is not shown."""
    description = _NOTES.sub("", found.description)
    description = (_LABELS.sub("", description) if "@" in description else description).strip()
    text = "\n\n".join(filter(None, (found.summary, _joined(description) if cut else description)))
    while text.endswith(":"):
        start = text.rfind("\n\n") + 1
        text = text[: max([start, *(text.rfind(end, start) + 1 for end in (". ", ".\n"))])].rstrip()
    return text


def _line(item: Item) -> str:
    name = "Panic" if item.name == "panic" else f"`{item.name}`"
    name += f" ({item.type})" if item.type else ""
    return f"- {name}: " + item.text.replace("\n", "\n  ")


def _listed(items: Iterable[Item]) -> str:
    """Items as a list; empty where nothing of substance is said."""
    return "\n".join(_line(item) for item in items if item.name and len(item.text.split(None, _SAID)) >= _SAID)


def _of_item(examples: Sequence[Example], definition: Definition, language: str) -> Iterator[str]:
    """The code of the examples in the file's language that name the definition."""
    name = _LAST_NAME.split(_SIGNED.sub("", definition.symbol))[-1].strip("!?>") if examples else ""
    if not name:
        return
    for example in examples:
        code = example.source.strip("\n")
        if example.language not in {language, ""} or not _names(code, name):
            continue
        if "\n" in code or not re.search(_DEFINES + re.escape(name), code):  # one line that defines it shows no use
            yield code


def _names(code: str, name: str) -> bool:
    """Whether a name stands in code as a word."""
    start = code.find(name)
    while start >= 0:
        end = start + len(name)
        if not (_is_word(code[start - 1 : start]) or _is_word(code[end : end + 1])):
            return True
        start = code.find(name, end)
    return False


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _with_gap(definition: Definition) -> tuple[str, str] | None:
    """The code with some whole lines taken out, and those lines, moved to the left margin; None where it is too short.

    The lines are whole statements of one block. Which ones is decided by a hash of the name.
    """
    lines = definition.code.split("\n")
    if not _FILLABLE[0] <= len(lines) <= _FILLABLE[1]:
        return None
    indents = [len(line) - len(line.lstrip()) if line.strip() else None for line in lines]
    first = definition.signature.count("\n") + 1
    found = _gap(lines, indents, first, zlib.crc32(definition.symbol.encode()))
    if found is None:
        return None
    start, stop = found
    missing = lines[start:stop]
    indent = indents[start] or 0
    gap = missing[0][:indent] + GAP
    return "\n".join([*lines[:start], gap, *lines[stop:]]), "\n".join(line[indent:] for line in missing)


def _gap(lines: list[str], indents: list[int | None], first: int, dice: int) -> tuple[int, int] | None:
    """A run of lines, from `first` on, that is whole statements of one block: nothing in it is less indented."""
    count = len(lines) - first
    longest = min(_GAP_LINES[1], count // 2)
    for step in range(count):
        start = first + (dice + step) % count
        indent = indents[start]
        if not indent or not _begins(lines, start, indent):
            continue
        best = None
        for stop in range(start + 1, min(len(lines), start + longest + 1)):
            here = indents[stop]
            if here is not None and here <= indent:
                if here < indent or not (_CLOSES.match(lines[stop], here) or _GOES_ON.match(lines[stop], here)):
                    best = stop
                if here < indent:
                    break
        if best is None:
            continue
        while best > start and (indents[best - 1] is None or _COMMENT.match(lines[best - 1])):
            best -= 1
        if best - start < _GAP_LINES[0]:
            continue
        if len(" ".join(lines[start:best]).split(None, _SAID)) > _SAID:
            return start, best
    return None


def _begins(lines: list[str], start: int, indent: int) -> bool:
    """Whether a statement may begin in a line: it closes nothing and goes on with nothing that stands above."""
    first, at = lines[start], indent
    if _COMMENT.match(first):
        first, at = next((line.lstrip() for line in lines[start:] if line.strip() and not _COMMENT.match(line)), ""), 0
    if _CLOSES.match(first, at) or _GOES_ON.match(first, at) or _GOES_ON.match(lines[start], indent):
        return False
    above = lines[start - 1]
    return not above.lstrip().startswith("@") and not _UNFINISHED.search(above)


def documentation_of(category: str, task: str, instruction: str, material: str, answer: str) -> str | None:
    """The documentation in a row that `pairs` made; None for another task.

    Args:
        category: The row's `category`; a module has no signature before its documentation.
        task: The row's `task`.
        instruction: Its `instruction`.
        material: Its `input`.
        answer: Its `output`.
    """
    if task == "document":
        return answer
    if task != "implement":
        return None
    summary = summary_in(instruction)
    if category == "module":
        rest = material
    else:
        _, blank_line, rest = material.partition("\n\n")
        rest = rest if blank_line or summary else material
    return "\n\n".join(filter(None, (summary, rest)))
