"""C, C++, C# and Swift: lines of `///` and what Doxygen reads, with names inside of declarators."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from corpus.code.language import Docs, Kind, Language, Marker
from corpus.code.names import joined, text_of
from corpus.code.rewrite import Rewrite, rewriter
from corpus.code.rewrite_branches import rewrite_branches
from corpus.code.rows_web import LICENSE

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["ROWS"]

_FUNCTION: Final = Kind("function")
_TYPE: Final = Kind("type")

_NAMES: Final = frozenset(
    {
        "identifier",
        "field_identifier",
        "type_identifier",
        "primitive_type",  # `typedef … size_t`
        "destructor_name",
        "operator_name",
        "qualified_identifier",
        "operator_cast",
        "template_function",
    }
)
_CALLED: Final = re.compile(
    rb"[A-Z][A-Z0-9_]{2,}[ \t]*\([ \t]*(\w+)[ \t]*\)[ \t]*\("
)  # `typedef int CALLBACK(name)(int a)`
_CONSTANT: Final = frozenset({b"const", b"constexpr", b"constinit"})


def _declarator(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """What a declaration declares, inside of its pointers, parentheses, parameters and arrays.

    A function (or the declaration of one) is a function, a `typedef` a type, a variable that says `const` a
    constant; other variables and pointers to functions are none of these and have no name here.
    """
    category, inner = ("type" if node.type == "type_definition" else ""), node.child_by_field_name("declarator")
    pointer = False
    while inner is not None and inner.type not in _NAMES:
        following = inner.child_by_field_name("declarator")
        if inner.type == "function_declarator":
            pointer = following is not None and following.type == "parenthesized_declarator" and _points(following)
            category = category or ("function" if not pointer else "")
        if following is None and inner.type in {"parenthesized_declarator", "reference_declarator"}:
            following = next((child for child in inner.children if child.is_named), None)
        inner = following
    if inner is None:
        return None
    if inner.type == "operator_cast":
        return "function", text_of(source, inner).partition("(")[0].strip()
    if not category and not pointer and node.type != "function_definition" and _says_constant(source, node):
        category = "constant"
    name = text_of(source, inner)
    if category == "type" and (called := _CALLED.match(source, inner.start_byte)):
        name = called[1].decode()
    return (category, name) if category and name else None


def _points(node: tree_sitter.Node) -> bool:
    return any(child.type in {"pointer_declarator", "reference_declarator"} for child in node.children)


def _says_constant(source: bytes, node: tree_sitter.Node) -> bool:
    return any(
        child.type == "type_qualifier" and source[child.start_byte : child.end_byte] in _CONSTANT
        for child in node.children
    )


# A preprocessor would have taken these away, or put something else in their place. A grammar that meets them reads
# a class as a function, or gives up. Each is written over with what means the same to it: `inline` where a
# declaration begins, `if` where a statement goes on, else blanks.
_MACRO: Final = rb"[A-Z][A-Z0-9_]{2,}"
_TYPE_WORD: Final = (
    rb"(?:void|int|char|bool|float|double|long|short|unsigned|signed|struct|union|enum|class|auto|static|inline|virtual|"
    rb"explicit|extern|constexpr|typename|size_t|u?int\d+_t)\b"
)
# `#if …` around the rest of a list, as of base classes: what is in it begins with `:` or a comma
_CONDITIONAL_LIST: Final = Rewrite(
    b"",
    re.compile(rb"^([ \t]*#[ \t]*if[^\n]*\n[ \t]*[:,][^{};#]*\n[ \t]*#[ \t]*endif[^\n]*)$", re.MULTILINE),
)
# `WARN_UNUSED` between a function and its documentation; a blank line would part them
_BEHIND_COMMENT: Final = Rewrite(
    b"inline",
    re.compile(
        rb"(?:\*/|^[ \t]*//[^\n]*)[ \t]*\n[ \t]*("
        + _MACRO
        + rb"(?:\([\w, ]*\))?)[ \t]*$(?=\n(?:[ \t]*"
        + _MACRO
        + rb"(?:\([\w, ]*\))?[ \t]*\n)?[ \t]*"
        rb"(?!(?:namespace|template|using|typedef|friend|class|struct|enum|union|extern)\b)[A-Za-z_~\[])",
        re.MULTILINE,
    ),
)
_BEHIND_ANOTHER: Final = Rewrite(
    b"",
    re.compile(rb"^[ \t]*inline[ \t]*\n[ \t]*(" + _MACRO + rb"(?:\([\w, ]*\))?)[ \t]*$", re.MULTILINE),
    (b"inline",),
)
_REWRITES: Final = (
    _CONDITIONAL_LIST,
    Rewrite(
        b"",
        re.compile(
            rb"\b(WINAPI|APIENTRY|STDMETHODCALLTYPE|__(?:stdcall|cdecl|fastcall|extension__)|[A-Z_]*NOEXCEPT)\b(?!\()"
        ),
        (b"WINAPI", b"APIENTRY", b"STDMETHODCALLTYPE", b"__stdcall", b"__cdecl", b"__fastcall", b"__ext", b"NOEXCEPT"),
    ),
    # `GIT_BEGIN_DECL` alone on a line, and nothing on the next that it could be the type of
    Rewrite(
        b"", re.compile(rb"^(" + _MACRO + rb"(?:\([^(){};\n]*\);?)?)[ \t]*$(?=\n[ \t]*(?:\n|/[*/]|#|\Z))", re.MULTILINE)
    ),
    # `TRY {`
    Rewrite(b"", re.compile(rb"^[ \t]+(" + _MACRO + rb")(?=[ \t]*\{)", re.MULTILINE)),
    _BEHIND_COMMENT,
    _BEHIND_ANOTHER,
    # `NON_NULL(2)` on the line above what it is said of
    Rewrite(
        b"",
        re.compile(
            rb"^[ \t]*("
            + _MACRO
            + rb"(?:\([^(){};\n]*\))?)[ \t]*$(?=\n[ \t]*(?:"
            + _TYPE_WORD
            + rb"|(?:namespace|template|using|typedef|friend)\b|std::))",
            re.MULTILINE,
        ),
    ),
    # `int f(void) GIT_FORMAT_PRINTF(1, 2);`
    Rewrite(
        b"", re.compile(rb"^[A-Za-z][^=\n{}]*\)[ \t]+(" + _MACRO + rb"(?:\([^()\n]*\))?)(?=[ \t]*[;{])", re.MULTILINE)
    ),
    # `class SPDLOG_API logger {`
    Rewrite(
        b"",
        re.compile(
            rb"\b(?:class|struct|union|enum(?:[ \t]+class)?)[ \t]+(" + _MACRO + rb"(?:\([^()\n]*\))?)"
            rb"(?=[ \t]+\w+(?:::\w+)*(?:<[^<>\n]*>)?[ \t]*(?:final[ \t]*)?\n?[ \t]*[:{])"
        ),
    ),
    Rewrite(b"", re.compile(rb"^template[ \t]+(" + _MACRO + rb")(?=[ \t]+\w)", re.MULTILINE), (b"template ",)),
    # `FMT_CONSTEXPR rgb(int hex) : …`: what ends so says how something is declared, wherever it stands
    Rewrite(
        b"inline",
        re.compile(
            rb"\b(?=[A-Z])(?<!define )(?<!ifdef )(?<!ifndef )(?<!undef )"
            rb"([A-Z][A-Z0-9_]*_(?:CONSTEXPR\d*|CONSTEVAL|INLINE|API|EXPORT|NODISCARD|DEPRECATED|VISIBLE|VISIBILITY))"
            rb"(?=[ \t\n]+[\w~:])"
        ),
        (b"_CONST", b"_INLINE", b"_API", b"_EXPORT", b"_NODISCARD", b"_DEPRECATED", b"_VISIB"),
    ),
    # `va_arg(arguments, const char *)`
    Rewrite(b"0", re.compile(rb"\bva_arg\([^,()\n]+,([^()\n;]*)\)"), (b"va_arg",)),
    # `GIT_API void f(`, `GIT_API const char *f(`, `GIT_API logger &f(`, `GIT_API logger::logger(`
    Rewrite(
        b"inline",
        re.compile(
            rb"^[ \t]*(?:static[ \t]+)?(" + _MACRO + rb")(?=[ \t]+(?:" + _TYPE_WORD + rb"|std::|"
            rb"const[ \t]+[\w:]+(?:[ \t]*[*&]+[ \t]*|[ \t]+)\w|"
            rb"[A-Za-z_][\w:]*(?:<[^<>\n]*>)?(?:[ \t]*[*&]+[ \t]*|[ \t]+)[A-Za-z_~][\w:~]*[ \t]*\(|"
            rb"(?:\w+::)*(\w+)(?:<[^<>\n]*>)?::~?\2[ \t]*\())",
            re.MULTILINE,
        ),
    ),
    # `git_vector_foreach(&file->rules, i, rule) {`
    Rewrite(
        b"if",
        re.compile(
            rb"^[ \t]+(?=\w*(?:foreach|for_each|FOREACH|FOR_EACH))(\w++)(?=[ \t]*\([^;\n]*\)[ \t]*(?:\{|\n|/[*/]))",
            re.MULTILINE,
        ),
        (b"foreach", b"for_each", b"FOREACH", b"FOR_EACH"),
    ),
)


# C has no convention of its own; Doxygen's forms and a plain comment directly above are what people write.
_COMMENTS: Final = Docs(
    markers=(
        Marker(b"/**", b"*/"),
        Marker(b"/*!", b"*/"),
        Marker(b"///"),
        Marker(b"//!"),
        Marker(b"/*", b"*/"),
        Marker(b"//"),
    ),
    plain=re.compile(
        rb"/\*[*!]?<|//[/!]<|/\*\*/|/[/*][-=*#/_ ]{8,400}\s|"
        rb"/[/*]\s*(?:NOLINT|clang-format|#\s*(?:if|endif|else|define))|" + LICENSE
    ),
    adjacent=True,
    nearest=True,
    trailing=re.compile(rb"[ \t]*;?[ \t]*(?:/\*[*!]<(?P<text>.*?)\*/)", re.DOTALL),
    file_tag=re.compile(r"^[^\S\n]*[@\\]file\b", re.MULTILINE),
)

_C: Final = Language(
    name="c",
    title="C",
    distribution="tree-sitter-c",
    module="tree_sitter_c",
    endings=(".c", ".h"),
    keywords=("struct", "enum", "union", "typedef", "define"),
    opaque=("compound_statement", "parameter_list", "argument_list", "initializer_list"),
    definitions={
        "function_definition": Kind("function", name=_declarator),
        "declaration": Kind("function", name=_declarator, body=(), lasting=True),
        "type_definition": Kind("type", name=_declarator, body=("type", "body"), whole=True),
        "struct_specifier": Kind("type", bodied=True),
        "union_specifier": Kind("type", bodied=True),
        "enum_specifier": Kind("type", bodied=True),
        "preproc_function_def": Kind("macro", body=("value",)),
        "preproc_def": Kind("constant", body=("value",), lasting=True),
    },
    separator="::",
    wrappers={"declaration": re.compile(rb"(?:(?:static|const|extern)\s+)*(?:struct|union|enum)\b[^;(=]*\{")},
    openers=("preproc_include", "preproc_def", "preproc_call"),
    guards=("preproc_ifdef", "preproc_if"),
    comments=("comment",),
    header_end=re.compile(rb"\s*[;{]\s*\Z"),
    documentation=_COMMENTS,
    hollow=re.compile(rb"(?!)"),
    contexts=(("", "\n"), ("", "\n;")),
    rewriter=rewriter(*_REWRITES, rewrite_branches),
    sibling=(
        "cpp",
        re.compile(
            rb"^[ \t]*(?:(?:inline[ \t]+)?namespace\b|template[ \t]*<|using[ \t]+\w|"
            rb"(?:public|private|protected)[ \t]*:|"
            rb"class[ \t]+\w[\w \t]*(?:final[ \t]*)?[:{;\n]|constexpr\b|#[ \t]*include[ \t]*<[a-z_]+>)",
            re.MULTILINE,
        ),
    ),
)

_CPP: Final = replace(
    _C,
    name="cpp",
    title="C++",
    distribution="tree-sitter-cpp",
    module="tree_sitter_cpp",
    endings=(".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".ipp", ".inl", ".tpp"),
    keywords=("struct", "class", "enum", "union", "typedef", "define", "using"),
    definitions={
        **_C.definitions,
        "field_declaration": Kind("function", name=_declarator, body=(), lasting=True),
        "class_specifier": Kind("type", bodied=True),
        "alias_declaration": Kind("type", body=("type",), lasting=True),
        "concept_definition": Kind("type", body=(), whole=True),
    },
    scopes={"namespace_definition": lambda source, node: text_of(source, node.child_by_field_name("name"))},
    wrappers={
        **_C.wrappers,
        "field_declaration": re.compile(rb"(?:struct|union|enum|class)\b[^;(=]*\{"),
        "template_declaration": None,
        "linkage_specification": re.compile(rb'extern\s*"[^"]*"\s*[^\s{]'),
    },
    header_end=re.compile(rb"(?:\s*[;{=])+\s*\Z"),
    hollow=re.compile(rb"throw\s+std::(?:logic_error|runtime_error)\(\s*\"(?i:not (?:yet )?implemented|todo\b)"),
    contexts=(("", "\n"), ("", "\n;"), ("struct _ {\n", "\n};"), ("struct _ {\n", "\n;};")),
    sibling=None,
)


_CSHARP_OPERATOR: Final = re.compile(r"\b(?:(implicit|explicit)\s+)?operator\s+(?:checked\s+)?([^\s(]+(?:\s*<[^(]*>)?)")


def _csharp_member(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A member with the interface that it implements, where it says so: `IDisposable.Dispose`."""
    interface = next((child for child in node.children if child.type == "explicit_interface_specifier"), None)
    name = node.child_by_field_name("name")
    own = "this[]" if node.type == "indexer_declaration" else text_of(source, name)
    return ("function", text_of(source, interface) + own) if own else None


def _csharp_destructor(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    return "function", "~" + text_of(source, node.child_by_field_name("name"))


def _csharp_operator(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """`operator +` and `implicit operator int`."""
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        return None
    match = _CSHARP_OPERATOR.search(source[node.start_byte : parameters.start_byte].decode())
    return ("function", " ".join(filter(None, (match[1], "operator", match[2])))) if match else None


def _csharp_field(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """The names of a field that is a constant, and of an event."""
    words = {source[child.start_byte : child.end_byte] for child in node.children if child.type == "modifier"}
    if node.type != "event_field_declaration" and b"const" not in words and not {b"static", b"readonly"} <= words:
        return None
    declared = next((child for child in node.children if child.type == "variable_declaration"), None)
    return _variables(source, declared) if declared is not None else None


_variables = joined("variable_declarator")

_CSHARP_FIELD: Final = Kind("constant", name=_csharp_field, body=(), lasting=True)
_CSHARP_PROPERTY: Final = Kind("function", name=_csharp_member, bodies=("accessor_list", "arrow_expression_clause"))

# https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/
_CSHARP: Final = Language(
    name="csharp",
    title="C#",
    distribution="tree-sitter-c-sharp",
    module="tree_sitter_c_sharp",
    endings=(".cs", ".csx"),
    keywords=("class", "struct", "enum", "interface", "record", "delegate", "///", "/**"),
    opaque=("block", "arrow_expression_clause", "argument_list", "initializer_expression"),
    definitions={
        "method_declaration": Kind("function", name=_csharp_member),
        "local_function_statement": _FUNCTION,
        "constructor_declaration": _FUNCTION,
        "destructor_declaration": Kind("function", name=_csharp_destructor),
        "operator_declaration": Kind("function", name=_csharp_operator),
        "conversion_operator_declaration": Kind("function", name=_csharp_operator),
        "property_declaration": _CSHARP_PROPERTY,
        "indexer_declaration": _CSHARP_PROPERTY,
        "event_declaration": _CSHARP_PROPERTY,
        "class_declaration": _TYPE,
        "struct_declaration": _TYPE,
        "interface_declaration": _TYPE,
        "record_declaration": Kind("type", whole=True),
        "enum_declaration": _TYPE,
        "delegate_declaration": Kind("type", body=(), whole=True),
        "field_declaration": _CSHARP_FIELD,
        "event_field_declaration": _CSHARP_FIELD,
    },
    comments=("comment", "preproc_region", "preproc_endregion", "preproc_pragma", "preproc_nullable"),
    header_end=re.compile(rb"(?:\s*[;{=])+\s*\Z"),
    documentation=Docs(
        markers=(Marker(b"///"), Marker(b"/**", b"*/")),
        plain=re.compile(rb"////|/\*\*\*|/\*\*/|" + LICENSE),
        nearest=True,
    ),
    hollow=re.compile(
        rb"(?:=>\s*)?throw\s+new\s+(?:System\.)?(?:NotImplemented|NotSupported)Exception|(?:get|set|init);"
    ),
    rewriter=rewriter(_CONDITIONAL_LIST, rewrite_branches),
    contexts=(("", ""), ("class _ {\n", "\n}"), ("interface _ {\n", "\n}")),
)


def _swift_callable(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A function with the labels of its parameters, as Swift tells overloads apart: `move(_:to:)`."""
    fixed = _SWIFT_FIXED.get(node.type)
    name = fixed or text_of(source, node.child_by_field_name("name") or _swift_identifier(node))
    if not name:
        return None
    labels = []
    for child in node.children:
        if child.type == "parameter":
            outer = child.child_by_field_name("external_name")
            silent = outer is None and (node.type == "subscript_declaration" or not re.match(r"[\w`]", name))
            labels.append("_" if silent else text_of(source, outer or child.child_by_field_name("name")))
    category = "macro" if node.type == "macro_declaration" else "function"
    return category, name if fixed == "deinit" else f"{name}({''.join(f'{label}:' for label in labels)})"


_SWIFT_FIXED: Final = {"init_declaration": "init", "deinit_declaration": "deinit", "subscript_declaration": "subscript"}


def _swift_identifier(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return next((child for child in node.children if child.type == "simple_identifier"), None)


def _swift_property(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A property: a function where code gives its value, else a constant."""
    name = node.child_by_field_name("name")
    own = name.child_by_field_name("bound_identifier") if name is not None else None
    if own is None:
        return None
    computed = node.type == "property_declaration" and node.child_by_field_name("computed_value") is not None
    return "function" if computed else "constant", text_of(source, own)


def _swift_type(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A class, structure, enumeration or actor; an extension defines nothing itself."""
    if _swift_extends(node):
        return None
    name = node.child_by_field_name("name")
    return ("type", text_of(source, name)) if name is not None else None


def _swift_extension(source: bytes, node: tree_sitter.Node) -> str:
    return text_of(source, node.child_by_field_name("name")) if _swift_extends(node) else ""


def _swift_extends(node: tree_sitter.Node) -> bool:
    kind = node.child_by_field_name("declaration_kind")
    return kind is not None and kind.type == "extension"


_SWIFT_CALLABLE: Final = Kind("function", name=_swift_callable)

# https://www.swift.org/documentation/docc/writing-symbol-documentation-in-your-source-files
_SWIFT: Final = Language(
    name="swift",
    title="Swift",
    distribution="tree-sitter-swift",
    module="tree_sitter_swift",
    endings=(".swift",),
    keywords=("func", "class", "struct", "enum", "protocol", "actor", "///", "/**"),
    opaque=("function_body", "computed_property", "lambda_literal", "value_arguments"),
    definitions={
        "function_declaration": _SWIFT_CALLABLE,
        "protocol_function_declaration": _SWIFT_CALLABLE,
        "init_declaration": _SWIFT_CALLABLE,
        "deinit_declaration": _SWIFT_CALLABLE,
        "subscript_declaration": Kind("function", name=_swift_callable, bodies=("computed_property",)),
        "macro_declaration": Kind("macro", name=_swift_callable, body=("definition",)),
        "class_declaration": Kind("type", name=_swift_type),
        "protocol_declaration": _TYPE,
        "typealias_declaration": Kind("type", body=(), whole=True, lasting=True),
        "associatedtype_declaration": Kind("type", body=()),
        "property_declaration": Kind("constant", name=_swift_property, body=("computed_value",), lasting=True),
        "protocol_property_declaration": Kind("constant", name=_swift_property, body=()),
    },
    scopes={"class_declaration": _swift_extension},
    comments=("comment", "multiline_comment"),
    documentation=Docs(
        markers=(Marker(b"///"), Marker(b"/**", b"*/")),
        plain=re.compile(rb"////|/\*\*\*|/\*\*/|" + LICENSE),
        nearest=True,
    ),
    hollow=re.compile(rb"fatalError\((?:\s*\"(?i:not (?:yet )?implemented|unimplemented|todo)|\s*\))"),
    contexts=(("", ""), ("class _ {\n", "\n}"), ("protocol _ {\n", "\n}"), ("enum _ {\n", "\n}")),
)

ROWS: Final = (_C, _CPP, _CSHARP, _SWIFT)
