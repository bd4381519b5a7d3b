"""The AST layer: which definitions a source file holds, how they are documented and where they stand.

    languages   the table: what a language is
    grammar     loads a row's grammar; version and well-formedness
    layout      bytes and lines: what to cut, how to dedent
    docstrings  documentation that is a string
    comments    documentation that is comments
    extract     the walk, and `Definition`

The walk runs on tree-sitter with the official grammars, which read half-written files too and come inside
their wheels. It is our own instead of queries because a query costs a third of the parse on top and its
predicates about adjacent comments are not applied by the Python binding. Importing this package loads no
grammar. Parsers are written in C and strangers write their input: callers run this in a disposable worker
(`corpus.workers`).
"""

from corpus.code.extract import Definition, definitions
from corpus.code.grammar import parses, version
from corpus.code.languages import LANGUAGES, language_of

__all__ = ["LANGUAGES", "Definition", "definitions", "language_of", "parses", "version"]
