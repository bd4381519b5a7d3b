"""JavaScript, TypeScript and PHP: what `/** */` documents, with names that an assignment may give."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from corpus.code.language import Docs, Kind, Language, Marker
from corpus.code.names import joined, text_of
from corpus.code.rewrite import Rewrite, rewriter

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["LICENSE", "ROWS"]

# A licence stands in the form of documentation above much that it does not document.
LICENSE: Final = (
    rb"/[*/][*!/]?[\s*/=#-]{0,200}(?:@licen[cs]e|@preserve|@copyright|[Cc]opyright|\([Cc]\)|SPDX-|"
    rb"[Ll]icensed (?:to|under)|Licen[cs]e\b|The MIT License|MIT License|Apache License|Permission is hereby|"
    rb"This (?:file|program|library|source|software|product) (?:is|was) (?:free|part|licensed|subject|a part|released))"
)

_FUNCTION: Final = Kind("function")
_TYPE: Final = Kind("type")

_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function", "function_declaration"})
_TARGET: Final = re.compile(r"(?:module\.)?exports\.|(?:this|self|window|globalThis)\.|\.?prototype(?=\.)")
_PLAIN_NAME: Final = re.compile(r"[\w$#]+(?:\.[\w$#]+)*")


def _value(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A variable, property or field by what it holds: a function, a class, or else a constant."""
    name = node.child_by_field_name("name") or node.child_by_field_name("key") or node.child_by_field_name("property")
    if name is None or name.type in {"object_pattern", "array_pattern", "computed_property_name"}:
        return None
    category = _category(node.child_by_field_name("value"))
    if node.type == "pair" and category == "constant":
        return None
    return category, text_of(source, name).strip("'\"")


def _assignment(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """`exports.f = function …` and `A.prototype.f = …`: what is assigned, under the name that it is reached by."""
    left, category = node.child_by_field_name("left"), _category(node.child_by_field_name("right"))
    if left is None or left.type not in {"member_expression", "identifier"} or category == "constant":
        return None
    name = _TARGET.sub("", text_of(source, left)).strip(".").replace("..", ".")
    return (category, name) if _PLAIN_NAME.fullmatch(name) else None


def _default(_source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """`export default function …` that has no name of its own."""
    category = _category(node.child_by_field_name("value"))
    return (category, "default") if category != "constant" else None


def _category(value: tree_sitter.Node | None) -> str:
    if value is None:
        return "constant"
    if value.type in _FUNCTIONS:
        return "function"
    return "type" if value.type == "class" else "constant"


def _quoted(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A namespace or a module that a string names."""
    name = text_of(source, node.child_by_field_name("name")).strip("'\"")
    return ("module", name) if name else None


# https://jsdoc.app/about-getting-started: a comment of documentation begins with exactly two stars.
_JSDOC: Final = Docs(
    markers=(Marker(b"/**", b"*/"),),
    plain=re.compile(rb"/\*\*\*|/\*\*/|" + LICENSE),
    nearest=True,
    file_tag=re.compile(r"^[^\S\n]*@(?:file|fileoverview|overview|module|packageDocumentation)\b", re.MULTILINE),
)
_VALUE: Final = Kind("constant", name=_value, body=("value", "body"), lasting=True)

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
        "variable_declarator": _VALUE,
        "field_definition": _VALUE,
        "pair": _VALUE,
        "assignment_expression": Kind("function", name=_assignment, body=("right", "body")),
        "export_statement": Kind("function", name=_default, body=("value", "body")),
    },
    wrappers={
        "export_statement": None,
        "lexical_declaration": None,
        "variable_declaration": None,
        "expression_statement": None,
    },
    attributes=("decorator",),
    openers=("hash_bang_line", "import_statement", "expression_statement"),
    comments=("comment",),
    header_end=re.compile(rb"(?:\s*(?:=>|[={;]))+\s*\Z"),
    documentation=_JSDOC,
    hollow=re.compile(
        rb"throw\s+new\s+(?:TypeError|Error)\(\s*['\"`](?i:not (?:yet )?implemented|unimplemented|todo\b)"
    ),
    contexts=(("", ""), ("class _ {\n", "\n}"), ("({\n", "\n})")),
)

_TYPESCRIPT: Final = replace(
    _JAVASCRIPT,
    name="typescript",
    title="TypeScript",
    distribution="tree-sitter-typescript",
    module="tree_sitter_typescript",
    entry="language_typescript",
    endings=(".ts", ".mts", ".cts"),
    keywords=("function", "class", "interface", "type", "enum", "namespace", "module", "=>", "/**"),
    definitions={
        **{kind: known for kind, known in _JAVASCRIPT.definitions.items() if kind != "field_definition"},
        "public_field_definition": _VALUE,
        "function_signature": Kind("function", body=()),
        "method_signature": Kind("function", body=()),
        "abstract_method_signature": Kind("function", body=()),
        "abstract_class_declaration": _TYPE,
        "interface_declaration": _TYPE,
        "enum_declaration": _TYPE,
        "type_alias_declaration": Kind("type", body=("value",)),
        "internal_module": Kind("module", name=_quoted),
        "module": Kind("module", name=_quoted),
    },
    wrappers={**_JAVASCRIPT.wrappers, "ambient_declaration": None},
    contexts=(
        *_JAVASCRIPT.contexts,
        ("interface _ {\n", "\n}"),
        ("abstract class _ {\n", "\n}"),
        ("declare namespace _ {\n", "\n}"),
    ),
)

_TSX: Final = replace(_TYPESCRIPT, name="tsx", title="TSX", entry="language_tsx", endings=(".tsx",))


def _define(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """`define('NAME', …)`."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or text_of(source, function).lstrip("\\").lower() != "define":
        return None
    name = re.match(r"\(\s*['\"]([\w\\]+)['\"]\s*,", text_of(source, arguments))
    return ("constant", name[1]) if name else None


# https://docs.phpdoc.org/guide/references/phpdoc/basic-syntax.html
_PHP: Final = Language(
    name="php",
    title="PHP",
    distribution="tree-sitter-php",
    module="tree_sitter_php",
    entry="language_php",
    endings=(".php", ".phtml", ".inc"),
    keywords=("function", "class", "interface", "trait", "enum", "const", "define", "/**"),
    opaque=("compound_statement", "arguments", "array_creation_expression"),
    definitions={
        "function_definition": _FUNCTION,
        "method_declaration": _FUNCTION,
        "class_declaration": _TYPE,
        "interface_declaration": _TYPE,
        "trait_declaration": _TYPE,
        "enum_declaration": _TYPE,
        "const_declaration": Kind("constant", name=joined("const_element"), body=()),
        "function_call_expression": Kind("constant", name=_define, body=(), lasting=True),
    },
    separator="::",
    wrappers={"expression_statement": None},
    openers=("php_tag", "text"),
    comments=("comment",),
    documentation=Docs(
        markers=(Marker(b"/**", b"*/"),),
        plain=re.compile(rb"/\*\*\*|/\*\*/|" + LICENSE),
        nearest=True,
        file_tag=re.compile(r"^[^\S\n]*@(?:file|package)\b(?![\s\S]*@(?:param|return|var)\b)", re.MULTILINE),
        file_heads=("namespace_definition", "namespace_use_declaration", "declare_statement"),
    ),
    hollow=re.compile(
        rb"throw\s+new\s+[\w\\]*(?:NotImplemented|BadMethodCall)\w*\(|"
        rb"throw\s+new\s+[\w\\]+\(\s*['\"](?i:not (?:yet )?implemented|todo\b)"
    ),
    contexts=(
        ("<?php ", ""),
        ("<?php class _ {\n", "\n}"),
        ("<?php interface _ {\n", "\n}"),
        ("<?php abstract class _ {\n", "\n}"),
        ("?>", ""),
    ),
    # What has no tag is text: as a snippet it is to be code.
    rewriter=rewriter(Rewrite(b"<?", re.compile(rb"\A(\?>)(?!.*<\?)", re.DOTALL))),
)

ROWS: Final = (_JAVASCRIPT, _TYPESCRIPT, _TSX, _PHP)
