"""Java, Kotlin and Scala: Javadoc, KDoc and Scaladoc, all between `/**` and `*/`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from corpus.code.language import Docs, Kind, Language, Marker
from corpus.code.names import joined, text_of
from corpus.code.rewrite import Rewrite, rewriter
from corpus.code.rows_web import LICENSE

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["ROWS"]

_FUNCTION: Final = Kind("function")
_TYPE: Final = Kind("type")

_PLAIN: Final = re.compile(rb"/\*\*/|" + LICENSE)
# More stars at the beginning are still documentation.
_MARKERS: Final = (Marker(b"/***", b"*/"), Marker(b"/**", b"*/"))
_DOCS: Final = Docs(markers=_MARKERS, plain=_PLAIN, nearest=True)

_variables = joined("variable_declarator")


def _static_final(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """The names of a field that is a constant: `static final`."""
    modifiers = next((child for child in node.children if child.type == "modifiers"), None)
    words = {child.type for child in modifiers.children} if modifiers is not None else set()
    return _variables(source, node) if {"static", "final"} <= words else None


# https://docs.oracle.com/en/java/javase/21/docs/specs/javadoc/doc-comment-spec.html
_JAVA: Final = Language(
    name="java",
    title="Java",
    distribution="tree-sitter-java",
    module="tree_sitter_java",
    endings=(".java",),
    keywords=("class", "interface", "enum", "record", "new", "/**"),
    opaque=("block", "constructor_body", "argument_list", "array_initializer"),
    definitions={
        "method_declaration": _FUNCTION,
        "constructor_declaration": _FUNCTION,
        "compact_constructor_declaration": _FUNCTION,
        "annotation_type_element_declaration": Kind("function", body=()),
        "class_declaration": _TYPE,
        "interface_declaration": _TYPE,
        "enum_declaration": _TYPE,
        "record_declaration": _TYPE,
        "annotation_type_declaration": _TYPE,
        "field_declaration": Kind("constant", name=_static_final, body=(), lasting=True),
        "constant_declaration": Kind("constant", name=_variables, body=(), lasting=True),
    },
    comments=("line_comment", "block_comment"),
    documentation=Docs(
        markers=_MARKERS,
        plain=_PLAIN,
        nearest=True,
        file_heads=("package_declaration", "module_declaration"),
    ),
    hollow=re.compile(
        rb"throw\s+new\s+(?:UnsupportedOperationException|\w*NotImplemented\w*|"
        rb"\w+\(\s*\"(?i:not (?:yet )?implemented|todo\b))"
    ),
    contexts=(
        ("", ""),
        ("class _ {\n", "\n}"),
        ("interface _ {\n", "\n}"),
        ("@interface _ {\n", "\n}"),
        ("record _() {\n", "\n}"),
    ),
)


_RECEIVER: Final = re.compile(r"<[^<>]*>")


def _extended(source: bytes, node: tree_sitter.Node, name: tree_sitter.Node | None) -> str:
    """A name behind the type that it extends, without the type's arguments: `List.second`."""
    if name is None or name.is_missing:
        return ""
    receiver = ""
    for child in node.children:
        if child.start_byte >= name.start_byte:
            break
        if child.is_named and child.type not in _BEFORE_RECEIVER:
            receiver = _RECEIVER.sub("", _RECEIVER.sub("", text_of(source, child)))
    own = text_of(source, name)
    return f"{receiver}.{own}" if receiver else own


_BEFORE_RECEIVER: Final = frozenset(
    {"modifiers", "type_parameters", "line_comment", "block_comment", "annotation", "type_constraints"}
)


def _kotlin_function(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    name = _extended(source, node, node.child_by_field_name("name"))
    return ("function", name) if name else None


def _kotlin_property(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A property: a function where code gives its value, else a constant."""
    declared = next((child for child in node.children if child.type == "variable_declaration"), None)
    name = _extended(source, node, declared)
    if declared is None or not name:
        return None
    own = text_of(source, next((child for child in declared.children if child.type == "identifier"), None))
    prefix = name[: len(name) - len(text_of(source, declared))]
    computed = any(child.type in {"getter", "setter"} and _has_body(child) for child in node.children)
    return "function" if computed else "constant", prefix + own


def _has_body(node: tree_sitter.Node) -> bool:
    return any(child.type == "function_body" for child in node.children)


def _kotlin_companion(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    return "type", text_of(source, node.child_by_field_name("name")) or "Companion"


def _kotlin_constructor(_source: bytes, _node: tree_sitter.Node) -> tuple[str, str] | None:
    return "function", "constructor"


def _kotlin_parameter(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A property that a parameter of the primary constructor declares: `val` or `var` stands before its name."""
    if not any(child.type in {"val", "var"} for child in node.children):
        return None
    return "constant", text_of(source, next((child for child in node.children if child.type == "identifier"), None))


def _kotlin_primary(_source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A primary constructor with its keyword: only such a one can be documented."""
    return ("function", "constructor") if any(child.type == "constructor" for child in node.children) else None


_KOTLIN_TYPE: Final = Kind("type", bodies=("class_body", "enum_class_body"), whole=True)

# The grammar reads no comment and no more than one modifier before a constructor that begins a line, and no
# annotation of an accessor.
_KOTLIN_REWRITES: Final = (
    Rewrite(b"", re.compile(rb"\b(actual|expect)(?=[ \t]+(?:\w+[ \t]+)?constructor\b)"), (b"constructor",)),
    Rewrite(
        b"",
        re.compile(rb"^[ \t]*(//[^\n]*)$(?=\n[ \t]*(?:\w+[ \t]+){0,3}constructor\b)", re.MULTILINE),
        (b"constructor",),
    ),
    Rewrite(b"", re.compile(rb"^[ \t]+(@[\w.:]+(?:\([^()\n]*\))?)(?=[ \t]+[gs]et\b)", re.MULTILINE), (b"get", b"set")),
)

# https://kotlinlang.org/docs/kotlin-doc.html
_KOTLIN: Final = Language(
    name="kotlin",
    title="Kotlin",
    distribution="tree-sitter-kotlin",
    module="tree_sitter_kotlin",
    endings=(".kt", ".kts"),
    keywords=("fun", "class", "interface", "object", "/**"),
    opaque=("function_body", "block", "lambda_literal", "value_arguments"),
    definitions={
        "function_declaration": Kind("function", name=_kotlin_function, bodies=("function_body",)),
        "secondary_constructor": Kind("function", name=_kotlin_constructor, bodies=("block",)),
        "primary_constructor": Kind("function", name=_kotlin_primary, body=(), scope=False),
        "class_parameter": Kind("constant", name=_kotlin_parameter, body=()),
        "property_declaration": Kind("constant", name=_kotlin_property, bodies=("getter", "setter"), lasting=True),
        "class_declaration": _KOTLIN_TYPE,
        "object_declaration": _KOTLIN_TYPE,
        "companion_object": Kind("type", name=_kotlin_companion, bodies=("class_body",)),
        "type_alias": Kind("type", name="type", body=(), whole=True),
    },
    attributes=("annotated_expression",),  # so the grammar reads `@Throws(IOException::class)` on a line above
    comments=("line_comment", "block_comment"),
    documentation=_DOCS,
    hollow=re.compile(
        rb"\{\s*\}\Z|(?:\{\s*)?(?:TODO\(|throw\s+(?:UnsupportedOperationException|NotImplementedError)\().*\Z",
        re.DOTALL,
    ),
    rewriter=rewriter(*_KOTLIN_REWRITES),
    contexts=(("", ""), ("class _ {\n", "\n}"), ("interface _ {\n", "\n}"), ("class _ ", ""), ("class _(", ")")),
)


def _scala_value(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A `val` or `var` of one name."""
    name = node.child_by_field_name("pattern") or node.child_by_field_name("name")
    if name is None or name.type not in {"identifier", "operator_identifier"}:
        return None
    return "constant", text_of(source, name)


def _scala_given(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A given instance by its name, or by the type that it is given for."""
    name = node.child_by_field_name("name") or node.child_by_field_name("return_type")
    return ("constant", text_of(source, name)) if name is not None else None


_SCALA_VALUE: Final = Kind("constant", name=_scala_value, body=("value",), lasting=True)
_SCALA_DECLARED: Final = Kind("constant", name=_scala_value, body=(), lasting=True)

# https://docs.scala-lang.org/style/scaladoc.html
_SCALA: Final = Language(
    name="scala",
    title="Scala",
    distribution="tree-sitter-scala",
    module="tree_sitter_scala",
    endings=(".scala", ".sc"),
    keywords=("def", "class", "object", "trait", "enum", "given", "new", "/**"),
    opaque=("block", "indented_block", "arguments", "case_block"),
    definitions={
        "function_definition": _FUNCTION,
        "function_declaration": Kind("function", body=()),
        "class_definition": Kind("type", whole=True),
        "object_definition": _TYPE,
        "package_object": _TYPE,
        "trait_definition": _TYPE,
        "enum_definition": _TYPE,
        "type_definition": Kind("type", body=("type",), lasting=True),
        "val_definition": _SCALA_VALUE,
        "var_definition": _SCALA_VALUE,
        "val_declaration": _SCALA_DECLARED,
        "var_declaration": _SCALA_DECLARED,
        "given_definition": Kind("constant", name=_scala_given),
    },
    scopes={"extension_definition": lambda _source, _node: ""},
    comments=("comment", "block_comment"),
    header_end=re.compile(rb"\s*[{:=]\s*\Z"),
    documentation=_DOCS,
    hollow=re.compile(rb"(?:\{\s*)?(?:\?\?\?|throw\s+new\s+(?:NotImplementedError|UnsupportedOperationException)\b)"),
    elided=b"???",
    bare=("template_body", "with_template_body", "enum_body", "indented_block"),
    contexts=(("", ""), ("trait _ {\n", "\n}")),
)

ROWS: Final = (_JAVA, _KOTLIN, _SCALA)
