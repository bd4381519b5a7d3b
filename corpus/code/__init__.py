"""The AST layer: which definitions a source file holds, how they are documented and where they stand.

    languages   the table: what a language is
    language    what a row of it consists of
    names       names that a grammar does not keep in one place
    grammar     loads a row's grammar; version and well-formedness
    walk        where a tree holds definitions
    layout      bytes and lines: what to cut, how to dedent
    docstrings  documentation that is a string
    comments    documentation that is comments
    extract     definitions with their documentation, and `Definition`

The grammars are tree-sitter's official ones, which read half-written files too and come inside their wheels.
Importing this package loads none. Parsers are written in C and strangers write their input: callers run this in
a disposable worker (`corpus.workers`).
"""

from corpus.code.extract import Definition, definitions
from corpus.code.grammar import parses, version
from corpus.code.languages import LANGUAGES, language_of

__all__ = ["LANGUAGES", "Definition", "definitions", "language_of", "parses", "version"]
