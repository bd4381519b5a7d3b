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
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from corpus.code import LANGUAGES, Definition
from corpus.code.phrasing import GAP, phrase, summary_in
from corpus.code.sections import Example, Item, Sections, sections
from corpus.entry import Entry

__all__ = ["documentation_of", "pairs"]

_EXPLAINED: Final = 20  # words of prose from which on it is an explanation and no label
_SAID: Final = 3  # words from which on a parameter or an error is documented
_GAP_LINES: Final = (2, 12)  # fewest and most lines to be filled in
_FILLABLE: Final = (8, 80)  # lines of a function that is asked to be filled in
_MODULE: Final = 4_000  # characters of a file or module up to which it may be asked to be written
_LAST_NAME: Final = re.compile(r"::|[.#/\\]")
_WORD: Final = re.compile(r"\w+")
_TYPE_WORD: Final = re.compile(r"\b(?:class|struct|enum|union|trait|interface|record|protocol|object|actor)\b")
# Markup between two words of a summary: marks, and the target of a link or the role of a reference.
_BETWEEN: Final = re.compile(
    r"(?:\]\([^()\s]*\)|\]\[[^\[\]]*\]|:[a-z]+(?::[a-z]+)?:(?=`)|~(?:\w+\.)+|\s<[^<>]*>(?=`)|\W)*+"
)
_SENTENCE_END: Final = re.compile(r"(?:\]\([^()\s]*\)|\]\[[^\[\]]*\]|[^\w\s])*(?=\s|\Z)")
_NOTES: Final = re.compile(r"^\.\. (?:version\w+|deprecated)::.*(?:\n(?:[ \t]+.*)?)*", re.MULTILINE)
_DEFINES: Final = r"\b(?:fn|def|func|function|class|struct|trait|interface)\s+"
_CLOSES: Final = re.compile(r"[)\]}]|(?:else|elif|except|finally|catch|end|case|rescue|ensure|when)\b")


def pairs(definition: Definition, language: str) -> Iterator[Entry]:
    """The entries that a definition gives: none without documentation, and no `implement` without a body."""
    if not definition.doc or not definition.code.strip():
        return
    row = LANGUAGES[language]
    found = sections(definition.doc, language, definition.signature)
    facts: dict[str, Any] = {
        "symbol": definition.symbol or None,
        "language": language,
        "line_start": definition.line_start,
        "line_end": definition.line_end,
        "signals": {"well_formedness": 0.0 if definition.has_error else 1.0},
    }
    words = {
        "what": f"{row.title} {_noun(definition)}",
        "title": row.title,
        "comment": "a docstring" if row.docstring else "a doc comment",
        "name": f"`{definition.symbol}`",
    }
    signature = _without_blank_lines(definition.signature)

    def ask(question: str, task: str, category: str, material: str, answer: str, **more: str) -> Entry:
        instruction = phrase(question, definition.symbol, **words, **more)
        return Entry(task=task, category=category, instruction=instruction, input=material, output=answer, **facts)

    category = definition.category
    yield ask("document", "document", category, definition.outline or definition.code, definition.doc)
    if _implementable(definition):
        summary, rest = _parted(definition.doc, found.summary)
        material = "\n\n".join(filter(None, (signature, rest)))
        question = "implement" if summary else "implement-documented"
        yield ask(question, "implement", category, material, definition.code, summary=summary)
    if not definition.symbol:
        return
    prose = _prose(found) if found.description else ""
    if len(prose.split(None, _EXPLAINED)) > _EXPLAINED:
        yield ask("explain", "explain", category, signature, prose)
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


def _noun(definition: Definition) -> str:
    """What people call it: a class is a class and not a type."""
    match = _TYPE_WORD.search(definition.signature) if definition.category == "type" else None
    return match[0] if match else definition.category


def _implementable(definition: Definition) -> bool:
    if definition.trivial or definition.category == "constant":
        return False
    return definition.category != "module" or len(definition.code) <= _MODULE


def _without_blank_lines(signature: str) -> str:
    """The signature, so that the first blank line of an `implement` row is where its documentation begins."""
    return "\n".join(line for line in signature.split("\n") if line.strip())


def _parted(doc: str, summary: str) -> tuple[str, str]:
    """The summary and the rest of a documentation. Where it does not begin with it, both are given whole.

    A summary has lost the markup of the text that it was taken from, so words are compared and what may stand
    between them is skipped.
    """
    size = len(summary)
    if size and doc[:size].replace("\n", " ") == summary and not doc[size : size + 1].strip():
        return summary, doc[size:].strip()
    words = _WORD.findall(summary)
    position = 0
    for word in words:
        between = _BETWEEN.match(doc, position)
        position = between.end() if between else position
        if not doc.startswith(word, position):
            return summary, doc
        position += len(word)
    match = _SENTENCE_END.match(doc, position)
    return (summary, doc[match.end() :].strip()) if match and words else (summary, doc)


def _prose(found: Sections) -> str:
    """The prose without notes on versions."""
    return "\n\n".join(filter(None, (found.summary, _NOTES.sub("", found.description).strip())))


def _listed(items: Iterable[Item]) -> str:
    """Items as a list; empty where nothing of substance is said."""
    lines = []
    for item in items:
        if not item.name or len(item.text.split(None, _SAID)) < _SAID:
            continue
        name = "Panic" if item.name == "panic" else f"`{item.name}`"
        name += f" ({item.type})" if item.type else ""
        lines.append(f"- {name}: " + item.text.replace("\n", "\n  "))
    return "\n".join(lines)


def _of_item(examples: Sequence[Example], definition: Definition, language: str) -> Iterator[str]:
    """The code of the examples in the file's language that name the definition."""
    name = _LAST_NAME.split(definition.symbol)[-1].strip("!?>") if examples else ""
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
        if not indent or _CLOSES.match(lines[start], indent) or lines[start - 1].lstrip().startswith("@"):
            continue
        best = None
        for stop in range(start + 1, min(len(lines), start + longest + 1)):
            here = indents[stop]
            if here is not None and here <= indent:
                if here < indent or not _CLOSES.match(lines[stop], here):
                    best = stop
                if here < indent:
                    break
        if best is None or best - start < _GAP_LINES[0]:
            continue
        while indents[best - 1] is None:
            best -= 1
        if len(" ".join(lines[start:best]).split(None, _SAID)) > _SAID:
            return start, best
    return None


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
