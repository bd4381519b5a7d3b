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
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from corpus.code import names
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
    definitions={"function_definition": _FUNCTION, "class_definition": _TYPE},
    wrappers={"decorated_definition": None},
    comments=("comment",),
    header_end=re.compile(rb"\s*:\s*\Z"),
    documentation=Docstrings(
        statement="expression_statement",
        literals=("string", "concatenated_string", "parenthesized_expression"),
    ),
    hollow=re.compile(rb"(?:pass|\.\.\.)\Z|raise\s+NotImplementedError\b"),
    filler=b"...",
    elided=b"...",
    line_comment="#",
)

_RUST: Final = Language(
    name="rust",
    title="Rust",
    distribution="tree-sitter-rust",
    module="tree_sitter_rust",
    endings=(".rs",),
    keywords=("fn", "struct", "enum", "union", "trait", "mod", "const", "static", "type", "macro_rules!"),
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
    header_end=re.compile(rb"(?:\s*[;=])+\s*\Z"),
    # https://doc.rust-lang.org/reference/comments.html#doc-comments
    documentation=Docs(
        markers=(
            Marker(b"///"),
            Marker(b"//!", inner=True),
            Marker(b"/**", b"*/"),
            Marker(b"/*!", b"*/", inner=True),
        ),
        plain=re.compile(rb"////|/\*\*\*|/\*\*/"),
        inside=re.compile(rb"\{?\s*[/#]"),
        attribute=re.compile(rb'#!?\s*\[\s*doc\s*=\s*(?P<text>r(?P<hashes>#*)".*"(?P=hashes)|".*")\s*\]', re.DOTALL),
    ),
    hollow=re.compile(rb"(?:todo|unimplemented)!.*[)\]}]\s*;?\Z|#!\[|;\Z", re.DOTALL),
)

# https://jsdoc.app/about-getting-started: a comment of documentation begins with exactly two stars.
_JSDOC: Final = Docs(
    markers=(Marker(b"/**", b"*/"),),
    plain=re.compile(rb"/\*\*\*|/\*\*/"),
    nearest=True,
    file_tag=re.compile(r"^\s*@(?:file|fileoverview|overview|module|packageDocumentation)\b", re.MULTILINE),
)
_JAVASCRIPT_VALUE: Final = Kind("constant", name=names.javascript_value, body=("value", "body"), lasting=True)

_JAVASCRIPT: Final = Language(
    name="javascript",
    title="JavaScript",
    distribution="tree-sitter-javascript",
    module="tree_sitter_javascript",
    endings=(".js", ".mjs", ".cjs", ".jsx"),
    keywords=("function", "class", "=>", "/**"),
    opaque=("statement_block", "arguments", "array"),
    definitions={
        "function_declaration": _FUNCTION,
        "generator_function_declaration": _FUNCTION,
        "method_definition": _FUNCTION,
        "class_declaration": _TYPE,
        "variable_declarator": _JAVASCRIPT_VALUE,
        "field_definition": _JAVASCRIPT_VALUE,
        "pair": _JAVASCRIPT_VALUE,
        "assignment_expression": Kind("function", name=names.javascript_assignment, body=("right", "body")),
    },
    wrappers={
        "export_statement": None,
        "lexical_declaration": None,
        "variable_declaration": None,
        "expression_statement": None,
    },
    attributes=("decorator",),
    openers=("hash_bang_line",),
    comments=("comment",),
    header_end=re.compile(rb"\s*(?:=>|[={;])*\s*\Z"),
    documentation=_JSDOC,
    hollow=re.compile(rb"(?!)"),
    contexts=(("", ""), ("class _ {\n", "\n}"), ("({\n", "\n})")),
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
        "var_spec": Kind("constant", name=names.go_constant, body=("value",), lasting=True),
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

# C has no convention of its own; Doxygen's forms and a plain comment directly above are what people write.
_C_COMMENTS: Final = Docs(
    markers=(
        Marker(b"/**", b"*/"),
        Marker(b"/*!", b"*/"),
        Marker(b"///"),
        Marker(b"//!"),
        Marker(b"/*", b"*/"),
        Marker(b"//"),
    ),
    plain=re.compile(rb"/\*[*!]?<|//[/!]<|/\*\*/|/[/*][-=*#/_ ]{8,}\s|/[/*]\s*(?:NOLINT|clang-format|Copyright|SPDX)"),
    adjacent=True,
    nearest=True,
    file_tag=re.compile(r"^\s*[@\\]file\b", re.MULTILINE),
)

_C: Final = Language(
    name="c",
    title="C",
    distribution="tree-sitter-c",
    module="tree_sitter_c",
    endings=(".c", ".h"),
    keywords=("struct", "enum", "union", "typedef"),
    opaque=("compound_statement", "parameter_list", "argument_list", "initializer_list"),
    definitions={
        "function_definition": Kind("function", name=names.c_declarator),
        "declaration": Kind("function", name=names.c_declarator, body=(), lasting=True),
        "type_definition": Kind("type", name=names.c_declarator, body=("type", "body")),
        "struct_specifier": Kind("type", bodied=True),
        "union_specifier": Kind("type", bodied=True),
        "enum_specifier": Kind("type", bodied=True),
        "preproc_function_def": Kind("macro", body=("value",)),
        "preproc_def": Kind("constant", body=("value",), lasting=True),
    },
    separator="::",
    comments=("comment",),
    header_end=re.compile(rb"\s*[;{]\s*\Z"),
    documentation=_C_COMMENTS,
    hollow=re.compile(rb"(?!)"),
)

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {row.name: row for row in (_PYTHON, _RUST, _JAVASCRIPT, _GO, _C, *MORE)}
)
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
