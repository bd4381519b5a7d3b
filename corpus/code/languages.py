"""What a language is to this library: one row of one table.

Everything that differs between languages stands in `LANGUAGES`: the grammar's package, the file endings, which
nodes are definitions, how a name is qualified, where documentation is written and what an empty body looks
like. A language is added with a row and a fixture. Nothing here imports a grammar.

`keywords` is what makes the walk fast and complete at once. A definition cannot be written without one of
them, so a subtree that holds none is left unread. The usual alternative, a list of the nodes that may hold a
definition, is as fast and silently loses what nobody thought of (a first list for Rust missed 3 of 4,220).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from corpus.errors import ConfigError

__all__ = ["LANGUAGES", "DocComments", "Docstrings", "Language", "language_of", "row_of"]


@dataclass(frozen=True, slots=True)
class Docstrings:
    """Documentation is a string that stands as the first statement of a body.

    Attributes:
        statement: Kind of the statement.
        literals: Kinds of what it may consist of; whether that is a plain string is for its value to say.
    """

    statement: str
    literals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocComments:
    """Documentation is comments of a special form, above the definition or at the start of its body.

    Attributes:
        outer: How a comment begins that documents what follows it.
        inner: How a comment begins that documents what it stands in.
        plain: What looks like one of these and is an ordinary comment.
        attribute: Attributes that are documentation; the group `text` is a string literal of the language.
    """

    outer: tuple[bytes, ...]
    inner: tuple[bytes, ...]
    plain: tuple[bytes, ...]
    attribute: re.Pattern[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One row of the table. Kinds and fields are names of the grammar, checked when it is loaded.

    Attributes:
        name: As it stands in the column `language`.
        title: As people write it.
        distribution: Package that brings the grammar; its version is part of `version`.
        module: Module to import for it.
        entry: Function of the module that gives the grammar.
        endings: Of file names, in lower case.
        keywords: Words of which one stands in every definition.
        definitions: Node kind to category. Each has a field `name`, and a field `body` or none.
        bodied: Those of them that are no definition without a body.
        scopes: Node kind of what qualifies names without being a definition, to its fields that hold the type
            and the trait.
        separator: Between the parts of a qualified name.
        wrappers: Node kind of what stands around a definition and belongs to it, to the field that holds it.
        attributes: Kinds that stand before a definition and belong to it.
        openers: Kinds that may stand before the documentation of what they are in.
        comments: Kinds of comments.
        terminators: Tokens that end a header and are no part of the signature.
        documentation: Where documentation is written.
        hollow: A statement that implements nothing.
        filler: What stands for a body that consisted of documentation, where the language needs something.
    """

    name: str
    title: str
    distribution: str
    module: str
    entry: str = "language"
    endings: tuple[str, ...]
    keywords: tuple[str, ...]
    definitions: Mapping[str, str]
    bodied: tuple[str, ...] = ()
    scopes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    separator: str
    wrappers: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    openers: tuple[str, ...] = ()
    comments: tuple[str, ...]
    terminators: tuple[str, ...]
    documentation: Docstrings | DocComments
    hollow: re.Pattern[bytes]
    filler: bytes = b""


_PYTHON: Final = Language(
    name="python",
    title="Python",
    distribution="tree-sitter-python",
    module="tree_sitter_python",
    endings=(".py", ".pyi"),
    keywords=("def", "class"),
    definitions={"function_definition": "function", "class_definition": "type"},
    separator=".",
    wrappers={"decorated_definition": "definition"},
    comments=("comment",),
    terminators=(":",),
    documentation=Docstrings(
        statement="expression_statement",
        literals=("string", "concatenated_string", "parenthesized_expression"),
    ),
    hollow=re.compile(rb"(?:pass|\.\.\.)\Z|raise\s+NotImplementedError\b"),
    filler=b"...",
)

_RUST: Final = Language(
    name="rust",
    title="Rust",
    distribution="tree-sitter-rust",
    module="tree_sitter_rust",
    endings=(".rs",),
    keywords=("fn", "struct", "enum", "union", "trait", "mod"),
    definitions={
        "function_item": "function",
        "function_signature_item": "function",
        "struct_item": "type",
        "enum_item": "type",
        "union_item": "type",
        "trait_item": "type",
        "mod_item": "module",
    },
    bodied=("mod_item",),  # `mod x;` is defined by another file
    scopes={"impl_item": ("type", "trait")},
    separator="::",
    attributes=("attribute_item",),
    openers=("inner_attribute_item", "shebang"),
    comments=("line_comment", "block_comment"),
    terminators=(";",),
    # https://doc.rust-lang.org/reference/comments.html#doc-comments
    documentation=DocComments(
        outer=(b"///", b"/**"),
        inner=(b"//!", b"/*!"),
        plain=(b"////", b"/***", b"/**/"),
        attribute=re.compile(rb'#!?\s*\[\s*doc\s*=\s*(?P<text>r(?P<hashes>#*)".*"(?P=hashes)|".*")\s*\]', re.DOTALL),
    ),
    hollow=re.compile(rb"(?:todo|unimplemented)!.*[)\]}]\s*;?\Z|#!\[|;\Z", re.DOTALL),
)

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({row.name: row for row in (_PYTHON, _RUST)})
"""Every language that definitions can be read from, by name."""

_BY_ENDING: Final = {ending: row.name for row in LANGUAGES.values() for ending in row.endings}


def language_of(path: str) -> str | None:
    """The language of a file by the ending of its name, or None where no row has it.

    Args:
        path: With `/`.
    """
    return _BY_ENDING.get(PurePosixPath(path).suffix.lower())


def row_of(language: str) -> Language:
    """The row of a language.

    Raises:
        ConfigError: There is none.
    """
    try:
        return LANGUAGES[language]
    except KeyError:
        raise ConfigError(
            "code in this language cannot be read", expected=", ".join(LANGUAGES), got=repr(language)
        ) from None
