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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from corpus.code import LANGUAGES, Definition
from corpus.code.gaps import COMMENT, with_gap
from corpus.code.nouns import called, is_value, noun_of
from corpus.code.phrasing import phrase, summary_in, words_of
from corpus.code.sections import COST, Example, Item, Sections, in_elements, plain, sections
from corpus.entry import Entry, code_entry

__all__ = ["documentation_of", "pairs"]

_EXPLAINED: Final = 20  # words of prose from which on it is an explanation and no label
_SAID: Final = 3  # words from which on a parameter or an error is documented
_MODULE: Final = 4_000  # characters of a file or module up to which it may be asked to be written
_LAST_NAME: Final = re.compile(r"::|[.#/\\:]")
_SIGNED: Final = re.compile(r"/\d+\Z|(?<=\w)\(.*\Z")  # `name/2` of Elixir, `name(label:)` of Swift
_WORD: Final = re.compile(r"\w+")
_REST: Final = 40  # characters up to which a line is the rest of one that was cut
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
_ONLY_LINK: Final = re.compile(r"<?https?://\S+\Z")
_ATTRIBUTION: Final = re.compile(r"^\W*copyright\b[^\n]*(?:\(c\)|©|\d{4})", re.IGNORECASE | re.MULTILINE)
_NAMELESS: Final = frozenset({"", "_"})
# Lines of a file that do something, and those that only name what stands elsewhere.
_DOES: Final = re.compile(
    r"[=(]|\b(?:fn|def|func|fun|function|class|struct|enum|trait|interface|impl|create|select|insert|alter|do|if|for"
    r"|while|return|echo|print)\b",
    re.IGNORECASE,
)
_GLUE: Final = re.compile(
    r"\s*(?:(?:pub(?:\([^()]*\))?\s+)?(?:use|mod|extern)\b|(?:package|import|from|require\w*|include|export|using|open"
    r"|autoload|load)\b|#!?\[|#include\b|@|\*)"
)
_NOTICE: Final = re.compile(r"copyright|licen[sc]e|SPDX-", re.IGNORECASE)
_BLOCK_COMMENT: Final = re.compile(r"\s*/\*(?:[^*]|\*(?!/))*\*/[ \t]*(?:\n|\Z)\s*")
# What stands before the summary: tags that introduce it, and in Julia a signature.
_OPENING: Final = re.compile(r"(?:\s*[@\\](?:file\b[^\n]*|(?:brief|short|summary|description|desc)\b))*+")
_PARAGRAPH: Final = re.compile(r"[^\n]+\n(?:[^\n]+\n)*\s*\n")
_BLANK_LINES: Final = re.compile(r"\A(?:[ \t]*\n)+")
_TAG: Final = re.compile(r"@\w++(?!@)")  # `@mempty@` is code in Haskell
_TOMDOC: Final = re.compile(r"(?:Public|Internal|Private|Deprecated): +")
# Tags that file a definition, or say who may see it, and nothing of what it does; `@{` and `@}` of Doxygen.
_LABELS: Final = re.compile(
    r"^@(?:(?:static|member[oO]f!?|since|see|category|private|protected|public|internal|author|version|final|override|api"
    r"|name|alias|virtual|readonly|beta|alpha|experimental|package|group|ingroup|defgroup|constructor|class|function"
    r"|method|abstract|async|ignore|global|inner|instance|license|copyright)\b[^\n]*|[{}][ \t]*)(?:\n|\Z)",
    re.MULTILINE,
)
_UNTAGGED: Final = frozenset({"python", "rust", "elixir", "julia", "go", "haskell"})  # languages without such tags
_NOTES: Final = re.compile(r"^\.\. (?:version\w+|deprecated)::.*(?:\n(?:[ \t]+.*)?)*", re.MULTILINE)
_DEFINES: Final = re.compile(r"\b(?:fn|def|func|function|class|struct|trait|interface)\s+")
_ATTRIBUTE_MACRO: Final = re.compile(r"#\[proc_macro_(?:attribute|derive)\b")


def pairs(definition: Definition, language: str) -> Iterator[Entry]:
    """The entries that a definition gives: none without documentation, and no `implement` without a body."""
    if not definition.code.strip() or definition.shared or _says_nothing(definition):
        return
    row = LANGUAGES[language]
    found = sections(definition.doc, language, definition.signature)
    category, symbol = definition.category, definition.symbol
    signals = {"well_formedness": 0.0 if definition.has_error else 1.0}
    noun = noun_of(definition, language)
    what = called(definition, language, noun)
    said = _said(found, language)
    words = words_of(
        what,
        summary=said,
        title=row.title,
        comment="a docstring" if row.docstring else "a doc comment",
        name=", ".join([name if name == "…" else f"`{name}`" for name in _names_of(definition)]),
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
    rest, cut = _behind_summary(doc, found.summary) if said else (doc, False)
    if _implementable(definition):
        material = "\n\n".join(filter(None, (signature, rest)))
        answer = definition.code if definition.symbol else _without_notice(definition.code, row.line_comment)
        question = ("implement-file" if category == "module" else "implement") if said else "implement-documented"
        named = words_of(f"{what} `{symbol}`", summary=said) if category == "module" and symbol else words
        yield ask(question, "implement", category, material, answer, named)
    if symbol in _NAMELESS:
        return
    prose = _prose(found, cut) if found.description else ""
    if len(prose.split(None, _EXPLAINED)) > _EXPLAINED:
        shown = (definition.outline or definition.code) if category == "module" else signature
        question = "explain-value" if is_value(definition, noun) else "explain"
        yield ask(question, "explain", category, shown, prose)
    if category == "function" and not definition.trivial:
        filled = with_gap(definition)
        if filled is not None:
            yield ask("complete", "complete", category, *filled)
    for question, items in (("argument", found.parameters), ("error", found.errors)):
        listed = _listed(items)
        if listed:
            yield ask(question, "answer", question, signature, listed)
    for example in _of_item(found.examples, definition, language):
        yield ask("example", "answer", "example", signature, example)


def _implementable(definition: Definition) -> bool:
    if definition.trivial or definition.category == "constant":
        return False
    return definition.category != "module" or (len(definition.code) <= _MODULE and _has_substance(definition.code))


def _says_nothing(definition: Definition) -> bool:
    """Whether documentation only refers to another's, is a link, or says whose work it is."""
    doc = definition.doc
    if _SAYS_NOTHING.match(doc) or _ONLY_LINK.match(doc):
        return True
    said = "opyright" in doc or "OPYRIGHT" in doc  # ten times as fast as the pattern
    return said and definition.category != "module" and _ATTRIBUTION.search(doc) is not None


def _has_substance(code: str) -> bool:
    """Whether a module does something, rather than to say what it consists of."""
    lines = (line for line in code.split("\n") if not COMMENT.match(line) and not _GLUE.match(line))
    return any(_DOES.search(line) for line in lines)


def _without_notice(code: str, line_comment: str) -> str:
    """A file without the notice of its licence: nothing that anybody would write for being asked."""
    block = _BLOCK_COMMENT.match(code)
    if block is not None:
        return code[block.end() :] if _NOTICE.search(block[0]) else code
    lines = code.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#!")), 0)
    end = next((n for n, line in enumerate(lines[first:], first) if not line.startswith(line_comment)), len(lines))
    if end == first or not _NOTICE.search("\n".join(lines[first:end])):
        return code
    return "\n".join([*lines[:first], "\n".join(lines[end:]).lstrip("\n")])


def _names_of(definition: Definition) -> list[str]:
    """The names that a definition gives: a declaration of several has several."""
    several = definition.category in {"constant", "type"} and "<" not in definition.symbol
    return definition.symbol.split(", ") if several else [definition.symbol]


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
    description = found.description
    if ".. " in description:
        description = _NOTES.sub("", description)
    description = (_LABELS.sub("", description) if "@" in description else description).strip()
    for example in found.examples:
        description = _without_lead(description, example.text)
    text = "\n\n".join(filter(None, (found.summary, _joined(description) if cut else description)))
    while text.endswith(":"):
        text = _without_last_sentence(text)
    return text


def _without_lead(description: str, lead: str) -> str:
    """A description without the sentence that introduces an example, which is not shown."""
    last = lead[lead.rfind("\n\n") + 1 :].strip() if lead.endswith(":") else ""
    at = description.find(f"{last}\n\n") if last else -1
    if at < 0:
        return description
    kept = _without_last_sentence(description[: at + len(last)])
    return "\n\n".join(filter(None, (kept, description[at + len(last) :].lstrip("\n"))))


def _without_last_sentence(text: str) -> str:
    """A text up to the end of the sentence before its last one; that of a paragraph takes the paragraph along."""
    start = text.rfind("\n\n") + 1
    return text[: max([start, *(text.rfind(end, start) + 1 for end in (". ", ".\n"))])].rstrip()


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
    attribute = language == "rust" and _ATTRIBUTE_MACRO.search(definition.signature) is not None
    for example in examples:
        code = example.source.strip("\n")
        if example.language not in {language, ""} or not _names(code, name):
            continue
        if attribute and not re.search(rf"#!?\[(?:\w+::)*{re.escape(name)}\b|derive\(", code):
            continue
        if "\n" in code or not _defines(code, name):  # one line that defines it shows no use
            yield example.shown.strip("\n")


def _names(code: str, name: str) -> bool:
    """Whether a name stands in code as a word."""
    start = code.find(name)
    while start >= 0:
        end = start + len(name)
        if not (_is_word(code[start - 1 : start]) or _is_word(code[end : end + 1])):
            return True
        start = code.find(name, end)
    return False


def _defines(code: str, name: str) -> bool:
    """Whether code defines a name."""
    return any(code.startswith(name, match.end()) for match in _DEFINES.finditer(code))


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


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
