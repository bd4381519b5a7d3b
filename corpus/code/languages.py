"""What a language is to this library: one row of one table.

Everything that differs between languages stands in `LANGUAGES`: the grammar's package, the file endings, which
nodes are definitions, how a name is qualified, where documentation is written and what an empty body looks
like. A language is added with a row and a fixture. Nothing here imports a grammar.

`keywords` is what makes the walk fast and complete at once. Where a definition cannot be written without one of
them, a subtree that holds none is left unread. The usual alternative, a list of the nodes that may hold a
definition, is as fast and silently loses what nobody thought of (a first list for Rust missed 3 of 4,220).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from corpus.code import names, parts, rows_c, rows_jvm, rows_web
from corpus.code.language import Docs, Docstrings, Kind, Language, Marker
from corpus.code.languages_more import MORE
from corpus.errors import ConfigError

__all__ = ["LANGUAGES", "language_of", "row_of"]

_FUNCTION: Final = Kind("function")
_TYPE: Final = Kind("type")

_PYTHON: Final = Language(
    name="python",
    title="Python",
    distribution="tree-sitter-python",
    module="tree_sitter_python",
    endings=(".py", ".pyi"),
    keywords=("def", "class"),
    callables=("def",),
    definitions={"function_definition": _FUNCTION, "class_definition": _TYPE},
    wrappers={"decorated_definition": None},
    comments=("comment",),
    header_end=re.compile(rb":\s*\Z"),
    documentation=Docstrings(
        statement="expression_statement",
        literals=("string", "concatenated_string", "parenthesized_expression"),
        opening=re.compile(rb":[\s\\(;]*+(?:#[^\n]*+[\s\\(;]*+)*+[a-zA-Z]{0,2}['\"]"),
        # Its first line has the keyword, a further one closes a bracket or follows a backslash.
        header=re.compile(rb"[)\]}]|\b(?:def|class)\b|\\\n|\n\s*\Z"),
        silent=re.compile(rb"(?:\s|#[^\n]*)*+(?:@|(?![a-zA-Z]{1,2}['\"])[a-zA-Z_]|\Z)"),
    ),
    hollow=re.compile(rb"(?:pass|\.\.\.)\Z|raise\s+NotImplementedError\b"),
    filler=b"...",
    elided=b"...",
    line_comment="#",
    seams=parts.PYTHON,
)

_RUST: Final = Language(
    name="rust",
    title="Rust",
    distribution="tree-sitter-rust",
    module="tree_sitter_rust",
    endings=(".rs",),
    keywords=("fn", "struct", "enum", "union", "trait", "mod", "const", "static", "type", "macro_rules!"),
    callables=("fn",),
    definitions={
        "function_item": _FUNCTION,
        "function_signature_item": _FUNCTION,
        "struct_item": _TYPE,
        "enum_item": _TYPE,
        "union_item": _TYPE,
        "trait_item": _TYPE,
        "type_item": Kind("type", body=("type",), lasting=True),
        "associated_type": Kind("type", body=(), lasting=True),
        "mod_item": Kind("module", bodied=True),  # `mod x;` is defined by another file
        "const_item": Kind("constant", body=("value",), lasting=True),
        "static_item": Kind("constant", body=("value",), lasting=True),
        "macro_definition": Kind("macro", name=names.rust_macro, body=()),
    },
    scopes={"impl_item": names.rust_implementation},
    separator="::",
    attributes=("attribute_item",),
    openers=("inner_attribute_item", "shebang"),
    comments=("line_comment", "block_comment"),
    macros={"macro_invocation": "token_tree"},
    header_end=re.compile(rb"(?:[;=]\s*)+\Z"),
    # https://doc.rust-lang.org/reference/comments.html#doc-comments
    documentation=Docs(
        markers=(
            Marker(b"///"),
            Marker(b"//!", inner=True),
            Marker(b"/**", b"*/"),
            Marker(b"/*!", b"*/", inner=True),
        ),
        plain=re.compile(rb"////|/\*\*\*|/\*\*/"),
        inside=re.compile(rb"\{?\s*+(?://(?!!)[^\n]*+\n\s*+)*+(?://!|/\*|#!)"),
        attribute=re.compile(rb'#!?\s*\[\s*doc\s*=\s*(?P<text>r(?P<hashes>#*)".*"(?P=hashes)|".*")\s*\]', re.DOTALL),
    ),
    hollow=re.compile(rb"(?:todo|unimplemented)!.*[)\]}]\s*;?\Z|#!\[|;\Z", re.DOTALL),
    seams=parts.RUST,
)

_GO_GROUP: Final = Kind(
    "constant", name=names.go_group, body=names.itself, heading=names.go_heading, lasting=True, scope=False
)

# https://go.dev/doc/comment: the comments directly above a declaration, without a blank line.
_GO: Final = Language(
    name="go",
    title="Go",
    distribution="tree-sitter-go",
    module="tree_sitter_go",
    endings=(".go",),
    keywords=("type", "const", "var"),
    opaque=("block",),
    definitions={
        "function_declaration": _FUNCTION,
        "method_declaration": Kind("function", name=names.go_method),
        "type_spec": Kind("type", body=("type",)),
        "type_alias": Kind("type", body=("type",)),
        "method_elem": Kind("function", body=()),
        "type_declaration": _GO_GROUP,
        "const_declaration": _GO_GROUP,
        "var_declaration": _GO_GROUP,
        "const_spec": Kind("constant", name=names.go_constant, body=("value",), lasting=True),
        "var_spec": Kind("constant", name=names.go_constant, body=("value",), lasting=True, noun="variable"),
    },
    wrappers={
        # In a group the documentation above belongs to all of them, and each has its own.
        "type_declaration": re.compile(rb"type\s+[^\s(]"),
        "const_declaration": re.compile(rb"const\s+[^\s(]"),
        "var_declaration": re.compile(rb"var\s+[^\s(]"),
    },
    comments=("comment",),
    documentation=Docs(
        markers=(Marker(b"//"), Marker(b"/*", b"*/")),
        # Directives, as go/ast knows them: `//name:argument` without a space, and the older ones.
        plain=re.compile(rb"//(?:[a-z0-9]+:[a-z0-9]|line |export |extern |nolint|\s*\+build)"),
        adjacent=True,
        file_heads=("package_clause",),
    ),
    hollow=re.compile(rb"panic\(\"(?:not implemented|TODO|todo)"),
    contexts=(("", "\n"), ("type _ interface {\n", "\n}\n"), ("const ", "\n"), ("type ", "\n")),
)

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {row.name: row for row in (_PYTHON, _RUST, _GO, *rows_web.ROWS, *rows_jvm.ROWS, *rows_c.ROWS, *MORE)}
)
"""Every language that definitions can be read from, by name."""

_BY_ENDING: Final = {ending: row.name for row in LANGUAGES.values() for ending in row.endings}


def language_of(path: str, source: bytes = b"") -> str | None:
    """The language of a file by the ending of its name, or None where no row has it.

    Args:
        path: With `/`.
        source: The file, where it is at hand: two languages may share an ending, as C and C++ do.
    """
    file = path.rpartition("/")[2]
    stem, dot, ending = file.rpartition(".")
    name = _BY_ENDING.get(dot + ending.lower()) if stem else None
    sibling = LANGUAGES[name].sibling if name is not None else None
    return sibling[0] if sibling is not None and sibling[1].search(source) else name


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
