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

import re
from typing import Final

from corpus.code.sections.code import REJECTED, without_hidden
from corpus.code.sections.dialects import DIALECTS, HADDOCK_MARK, HASKELL, TAGGED, XML
from corpus.code.sections.lines import outside_fences
from corpus.code.sections.markup import plain_kdoc, plain_markdown, plain_web, without_definitions
from corpus.code.sections.model import Dialect, Example, Item, Reading, Sections
from corpus.code.sections.prose import COST, summarize
from corpus.code.sections.python import apply_types
from corpus.code.sections.tags import read_tags
from corpus.code.sections.walk import read_lines
from corpus.code.sections.xml import XML_TAG, read_xml

__all__ = ["COST", "Example", "Item", "Sections", "in_elements", "plain", "sections"]

_SHOWN: Final = re.compile(r"^[ \t]*@example\b[^\n]*(?:\n(?![ \t]*@[A-Za-z])[^\n]*)*", re.MULTILINE)
_MARKED: Final = re.compile(r"[`\[<{&+:](?:(?<!:)|(?=:))")  # in every text with markup; `::`, but not one colon
_WITH_HIDDEN: Final = DIALECTS["rust"].fences | {REJECTED}
_CALLS: Final = re.compile(r"^[ \t]*:call-seq:[^\n]*\n?(?:[ \t]*\S[^\n]*(?:\n|\Z))*\s*", re.MULTILINE)
"""How RDoc shows calls: instead of the signature, up to a blank line."""
_BLANK_LINES: Final = re.compile(r"\n(?:[ \t]*\n){2,}")


def in_elements(doc: str, language: str) -> bool:
    """Whether a documentation is written in XML, as in C#."""
    return DIALECTS.get(language) is XML and XML_TAG.search(doc) is not None


def plain(doc: str, language: str) -> str:
    """A documentation with its inline markup read as plain words: as long as it was, its tags and its code untouched.

    Args:
        doc: Clean text, as for `sections`.
        language: Of the code.
    """
    if language == "ruby" and ":call-seq:" in doc:
        doc = _CALLS.sub("", doc)
    if not _MARKED.search(doc):
        return doc
    if language == "rust" and "```" in doc:
        doc = without_hidden(doc, _WITH_HIDDEN)
    markup = DIALECTS.get(language, TAGGED).markup
    if "]:" in doc and markup in (plain_kdoc, plain_markdown, plain_web):
        doc = without_definitions(doc)

    def read(text: str) -> str:
        if "@example" not in text:
            return _BLANK_LINES.sub("\n\n", markup(text))
        parts, last = [], 0
        for match in _SHOWN.finditer(text):
            parts += [markup(text[last : match.start()]), match[0]]
            last = match.end()
        return _BLANK_LINES.sub("\n\n", "".join([*parts, markup(text[last:])]))

    return outside_fences(doc, read).strip("\n").rstrip()


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
    dialect = DIALECTS.get(language, TAGGED)
    if language == "ruby" and ":call-seq:" in doc:
        doc = _CALLS.sub("", doc)
    if dialect is HASKELL:
        doc = HADDOCK_MARK.sub("", doc)
    if "]:" in doc and dialect.markup in (plain_kdoc, plain_markdown, plain_web):
        doc = without_definitions(doc)
    if not _has_structure(doc, dialect):
        return Sections(*summarize(doc, dialect))
    reading = Reading(doc.split("\n"), language, dialect, signature)
    if dialect is XML and XML_TAG.search(doc):
        read_xml(reading, doc)
    elif dialect.tag is not None:
        read_tags(reading, dialect.tag)
    else:
        read_lines(reading)
    if reading.types:
        apply_types(reading)
    summary, description = summarize("\n".join(reading.prose), dialect)
    return Sections(
        summary,
        description,
        tuple(reading.parameters),
        tuple(reading.returns),
        tuple(reading.errors),
        tuple(reading.examples),
    )


def _has_structure(doc: str, dialect: Dialect) -> bool:
    """Whether a documentation holds anything but prose."""
    for sign in dialect.signs:
        if sign in doc:
            break
    else:
        if dialect.signs:
            return False
    return dialect.hint.search(doc) is not None or (dialect.start is not None and dialect.start.match(doc) is not None)
