"""Names, bodies and documentation in languages whose grammars have few fields: scripting and functional ones.

Namers, finders and readers as `corpus.code.language` describes them, for the rows of `corpus.code.languages_more`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from corpus.code.language import Fragment
from corpus.code.names import text_of

if TYPE_CHECKING:
    import tree_sitter

__all__ = [
    "bash_constant",
    "elixir_attribute",
    "elixir_body",
    "elixir_call",
    "elixir_documentation",
    "elixir_heading",
    "haskell_body",
    "haskell_heading",
    "haskell_name",
    "julia_assignment",
    "julia_body",
    "julia_constant",
    "julia_documentation",
    "julia_heading",
    "julia_name",
    "lua_assignment",
    "lua_body",
    "lua_field",
    "lua_function",
    "lua_heading",
    "ocaml_body",
    "ocaml_name",
    "ocaml_value",
    "ruby_constant",
    "ruby_heading",
    "ruby_method",
    "ruby_module",
    "ruby_singleton_method",
    "ruby_type",
    "sql_body",
    "sql_heading",
    "sql_name",
    "zig_heading",
    "zig_value",
    "zig_variable",
]

_Named = tuple[str, str] | None


def _child(node: tree_sitter.Node | None, kinds: Collection[str]) -> tree_sitter.Node | None:
    """The first child of one of these kinds."""
    return None if node is None else next((child for child in node.children if child.type in kinds), None)


def _first(node: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """The first child that has a name in the grammar and is no comment."""
    if node is None:
        return None
    return next((child for child in node.children if child.is_named and "comment" not in child.type), None)


def _last(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return next((child for child in reversed(node.children) if child.is_named and "comment" not in child.type), None)


_RUBY_MAKERS: Final = re.compile(r"(?:::)?(?:Struct|Class|Data|Module)\.(?:new|define)\b")
_RUBY_AROUND: Final = frozenset({"body_statement", "argument_list", "call"})


def ruby_method(source: bytes, node: tree_sitter.Node) -> _Named:
    """A method as Ruby's documentation writes it: `#name`, or `.name` in `class << self`."""
    name, around = node.child_by_field_name("name"), node.parent
    if name is None:
        return None
    while around is not None and around.type in _RUBY_AROUND:
        around = around.parent
    joint = "." if around is not None and around.type == "singleton_class" else "#"
    return "function", joint + text_of(source, name)


def ruby_singleton_method(source: bytes, node: tree_sitter.Node) -> _Named:
    """A method of one object: `.name` for `self`, else with the object's name."""
    name, of = node.child_by_field_name("name"), node.child_by_field_name("object")
    if name is None or of is None:
        return None
    return "function", f"{'' if of.type == 'self' else text_of(source, of)}.{text_of(source, name)}"


def ruby_type(source: bytes, node: tree_sitter.Node) -> _Named:
    """The name of a class, without the colons of the root."""
    name = text_of(source, node.child_by_field_name("name")).removeprefix("::")
    return ("type", name) if name else None


def ruby_module(source: bytes, node: tree_sitter.Node) -> _Named:
    """The name of a module, without the colons of the root."""
    name = text_of(source, node.child_by_field_name("name")).removeprefix("::")
    return ("module", name) if name else None


def ruby_constant(source: bytes, node: tree_sitter.Node) -> _Named:
    """A constant that is assigned; a type, where it is a class that is made there."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or left.type not in {"constant", "scope_resolution"}:
        return None
    made = right.type == "call" and _RUBY_MAKERS.match(text_of(source, right)) is not None
    return "type" if made else "constant", text_of(source, left).removeprefix("::")


def ruby_heading(node: tree_sitter.Node) -> int:
    """Behind the parameters, the superclass or the name."""
    for name in ("parameters", "superclass", "name"):
        found = node.child_by_field_name(name)
        if found is not None:
            return found.end_byte
    return node.end_byte


_BASH_LASTING: Final = re.compile(rb"readonly\b|(?:declare|typeset|local)\s+(?:-\w+\s+)*-\w*r")


def bash_constant(source: bytes, node: tree_sitter.Node) -> _Named:
    """What a declaration makes read-only."""
    if not _BASH_LASTING.match(source, node.start_byte):
        return None
    names = [text_of(source, child.child_by_field_name("name")) for child in node.children if child.type == _ASSIGNED]
    return ("constant", ", ".join(names)) if names and all(names) else None


_ASSIGNED: Final = "variable_assignment"


def lua_function(source: bytes, node: tree_sitter.Node) -> _Named:
    """The name of a function as it is written: `f`, `a.b`, `a.b:c`."""
    name = "".join(text_of(source, node.child_by_field_name("name")).split())
    return ("function", name) if name else None


def lua_assignment(source: bytes, node: tree_sitter.Node) -> _Named:
    """One variable that is given a function, or in the file itself a value; what `require` gives is none."""
    targets = [child for child in node.children if child.type == "variable_list"]
    value = _lua_value(node)
    if len(targets) != 1 or value is None:
        return None
    names = [child for child in targets[0].children if child.is_named and child.type != "attribute"]
    if len(names) != 1 or names[0].type not in {"identifier", "dot_index_expression"}:
        return None
    name = text_of(source, names[0])
    if not re.fullmatch(r"\w+(?:\.\w+)*", name) or re.match(rb"require\b", source[value.start_byte : value.end_byte]):
        return None
    if value.type == "function_definition":
        return "function", name
    around = node.parent
    if around is not None and around.type == "variable_declaration":
        around = around.parent
    return ("constant", name) if around is not None and around.type == "chunk" else None


def lua_field(source: bytes, node: tree_sitter.Node) -> _Named:
    """A function in a table."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None or value is None or value.type != "function_definition":
        return None
    return "function", text_of(source, name).strip("'\"")


def lua_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The block of a function, or a value."""
    value = _lua_value(node)
    if value is None or value.type == "function_definition":
        return (value or node).child_by_field_name("body")
    return value


def lua_heading(node: tree_sitter.Node) -> int:
    """Behind the parameters of a function, or where a value begins."""
    value = _lua_value(node)
    parameters = (value or node).child_by_field_name("parameters")
    if parameters is not None:
        return parameters.end_byte
    return value.start_byte if value is not None else node.end_byte


def _lua_value(node: tree_sitter.Node) -> tree_sitter.Node | None:
    if node.type == "field":
        return node.child_by_field_name("value")
    values = _child(node, {"expression_list"})
    return values.child_by_field_name("value") if values is not None else None


_ELIXIR_CATEGORIES: Final = {
    "defmodule": "module",
    "defimpl": "module",
    "defprotocol": "type",
    "defstruct": "type",
    "defexception": "type",
    "def": "function",
    "defp": "function",
    "defdelegate": "function",
    "defmacro": "macro",
    "defmacrop": "macro",
    "defguard": "macro",
    "defguardp": "macro",
    "defn": "function",
    "defnp": "function",
}
_ELIXIR_ATTRIBUTES: Final = {
    "type": "type",
    "typep": "type",
    "opaque": "type",
    "callback": "function",
    "macrocallback": "macro",
}
_ELIXIR_DOCUMENTATION: Final = re.compile(rb"@(?:doc|typedoc|(?P<inner>moduledoc))\b")
_ESCAPED: Final = re.compile(r"\\(\n[ \t]*|.)", re.DOTALL)


def elixir_call(source: bytes, node: tree_sitter.Node) -> _Named:
    """A module, or a function or macro with its arity: `name/2`."""
    target = node.child_by_field_name("target")
    if target is None or target.type != "identifier":
        return None
    word = text_of(source, target)
    category = _ELIXIR_CATEGORIES.get(word)
    if category is None:
        return None
    head = _first(_child(node, {"arguments"}))
    if word in {"defstruct", "defexception"}:
        return category, "__struct__"
    if head is None:
        return None
    if word == "defimpl":
        return category, text_of(source, head) + _elixir_for(source, node)
    if word in {"defmodule", "defprotocol"}:
        return (category, text_of(source, head)) if head.type in {"alias", "dot", "identifier"} else None
    name = _elixir_name(source, head)
    return (category, name) if name else None


def elixir_attribute(source: bytes, node: tree_sitter.Node) -> _Named:
    """A type or a callback with its arity."""
    call = node.child_by_field_name("operand")
    if call is None or call.type != "call" or not source.startswith(b"@", node.start_byte):
        return None
    category = _ELIXIR_ATTRIBUTES.get(text_of(source, call.child_by_field_name("target")))
    head = _first(_child(call, {"arguments"}))
    if category is None or head is None:
        return None
    while head is not None and head.type == "binary_operator" and _operator(source, head) in {"::", "when"}:
        head = head.child_by_field_name("left")
    name = _elixir_name(source, head) if head is not None else ""
    return (category, name) if name else None


def elixir_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The block, or the first value of the keywords `do: …`."""
    found = _elixir_behind(node)
    pair = _first(found) if found is not None and found.type == "keywords" else None
    return found if pair is None else pair.child_by_field_name("value")


def _elixir_behind(node: tree_sitter.Node) -> tree_sitter.Node | None:
    if node.type == "unary_operator":
        return None
    block = _child(node, {"do_block"})
    if block is not None:
        return block
    arguments = _child(node, {"arguments"})
    last = _last(arguments) if arguments is not None else None
    return last if last is not None and last.type in {"keywords", "list"} else None


def elixir_heading(node: tree_sitter.Node) -> int:
    """Where the block or the keywords begin."""
    found = _elixir_behind(node)
    return node.end_byte if found is None else found.start_byte


def elixir_documentation(source: bytes, node: tree_sitter.Node) -> Fragment | None:
    """The text of `@doc`, `@typedoc` or `@moduledoc`; None for `false`, for metadata and for other attributes."""
    start = node.start_byte
    match = _ELIXIR_DOCUMENTATION.match(source, start)
    operand = node.child_by_field_name("operand") if match is not None else None
    literal = _first(_child(operand, {"arguments"}))
    if match is None or literal is None or literal.type not in {"string", "sigil"}:
        return None
    inside = [child for child in literal.children if child.type not in {"sigil_name", "sigil_modifiers"}]
    first, last = (inside[1 if literal.type == "sigil" else 0], inside[-1]) if len(inside) > 1 else (literal, literal)
    text = source[first.end_byte : last.start_byte].decode() if len(inside) > 1 else ""
    name = _child(literal, {"sigil_name"})
    if name is None or text_of(source, name).islower():
        text = _ESCAPED.sub(_unescaped, text)
    inner = match["inner"] is not None
    return Fragment(start, node.end_byte, node.start_point[1], inner, "text", _heredoc(text))


def _elixir_name(source: bytes, head: tree_sitter.Node) -> str:
    while head.type == "binary_operator" and _operator(source, head) == "when":
        left = head.child_by_field_name("left")
        if left is None:
            return ""
        head = left
    if head.type == "binary_operator":
        return f"{_operator(source, head)}/2"
    if head.type == "unary_operator":
        return f"{_operator(source, head)}/1"
    if head.type == "identifier":
        return f"{text_of(source, head)}/0"
    target = head.child_by_field_name("target") if head.type == "call" else None
    name = text_of(source, target)
    if not name or name == "unquote" or (target is not None and target.type != "identifier"):
        return ""
    arguments = _child(head, {"arguments"})
    return f"{name}/{sum(child.is_named for child in arguments.children) if arguments is not None else 0}"


def _elixir_for(source: bytes, node: tree_sitter.Node) -> str:
    keywords = _child(_child(node, {"arguments"}), {"keywords"})
    for pair in keywords.children if keywords is not None else ():
        if text_of(source, pair.child_by_field_name("key")).rstrip() == "for:":
            return f".{text_of(source, pair.child_by_field_name('value'))}"
    return ""


def _operator(source: bytes, node: tree_sitter.Node) -> str:
    return text_of(source, node.child_by_field_name("operator"))


def _unescaped(match: re.Match[str]) -> str:
    plain = {"n": "\n", "t": "\t", "r": "\r", "s": " "}
    return "" if match[1].startswith("\n") else plain.get(match[1], match[1])


def _heredoc(text: str) -> str:
    """A text without the margin that its lines share; a first line right behind the quotes has none."""
    first, *rest = text.split("\n")
    margin = min((len(line) - len(line.lstrip(" \t")) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[margin:] for line in rest)]).strip("\n").rstrip()


def haskell_name(source: bytes, node: tree_sitter.Node) -> _Named:
    """What a declaration names: functions and values `function`, the others as their kind says."""
    category = "function" if node.type in _HASKELL_VALUES else "type"
    name = node.child_by_field_name("name") or node.child_by_field_name("names")
    if node.type in _HASKELL_INSTANCES:
        parts = (text_of(source, node.child_by_field_name(part)) for part in ("name", "patterns"))
        return category, " ".join(filter(None, parts))
    if name is None and node.type == "pattern_synonym":
        name = _haskell_synonym(node)
    if name is not None and name.type != "infix":
        return category, text_of(source, name)
    infix = name or _child(node, {"infix"})
    operator = infix.child_by_field_name("operator") if infix is not None else None
    if operator is not None:
        written = text_of(source, operator)
        return category, written.strip("` ") if written.startswith("`") else f"({written})"
    return None


def _haskell_synonym(node: tree_sitter.Node) -> tree_sitter.Node | None:
    inside = _child(node, {"signature", "equation"})
    name = inside.child_by_field_name("synonym") if inside is not None else None
    while name is not None and name.type in {"apply", "record"}:
        name = _first(name)
    return name


_HASKELL_INSTANCES: Final = frozenset({"instance", "deriving_instance"})
_HASKELL_VALUES: Final = frozenset({"function", "bind", "signature", "pattern_synonym"})


def haskell_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The first right side, the constructors or the declarations."""
    found = (node.child_by_field_name(name) for name in _HASKELL_BODIES.get(node.type, _HASKELL_DECLARATIONS))
    return next((body for body in found if body is not None), None)


_HASKELL_DECLARATIONS: Final = ("declarations",)
_HASKELL_BODIES: Final = {
    "function": ("match",),
    "bind": ("match",),
    "data_type": ("constructors",),
    "newtype": ("constructor",),
    "type_synonym": ("type",),
    "type_family": ("closed_family",),
}


def haskell_heading(node: tree_sitter.Node) -> int:
    """Where `where` or the body begins."""
    body = haskell_body(node) if node.type in _HASKELL_BODIES else None
    end = _child(node, {"where"}) or body
    return node.end_byte if end is None else end.start_byte


_OCAML_NAMES: Final = frozenset(
    {
        "value_name",
        "parenthesized_operator",
        "type_constructor",
        "type_constructor_path",
        "module_name",
        "module_type_name",
        "class_name",
        "class_type_name",
        "method_name",
    }
)
_OCAML_CATEGORIES: Final = {
    "value_specification": "function",
    "external": "function",
    "method_definition": "function",
    "method_specification": "function",
    "module_binding": "module",
    "module_type_definition": "module",
}
_OCAML_FUNCTIONS: Final = frozenset({"fun_expression", "function_expression"})


def ocaml_name(source: bytes, node: tree_sitter.Node) -> _Named:
    """The name of a declaration; a value whose type is no function is a constant."""
    inner = _child(node, {"constructor_declaration"}) if node.type == "exception_definition" else node
    name = _child(inner, {*_OCAML_NAMES, "constructor_name"})
    if name is None:
        return None
    category = _OCAML_CATEGORIES.get(node.type, "type")
    if node.type == "value_specification" and "->" not in text_of(source, node):
        category = "constant"
    return category, _operator_name(source, name)


def ocaml_value(source: bytes, node: tree_sitter.Node) -> _Named:
    """A `let` that binds one name: a function where it has parameters or is written as one."""
    pattern, body = node.child_by_field_name("pattern"), node.child_by_field_name("body")
    if pattern is None or pattern.type not in {"value_name", "parenthesized_operator"}:
        return None
    kind = node.child_by_field_name("type")
    function = (
        _child(node, {"parameter"}) is not None
        or (body is not None and body.type in _OCAML_FUNCTIONS)
        or (kind is not None and "->" in text_of(source, kind))
    )
    return "function" if function else "constant", _operator_name(source, pattern)


def ocaml_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The right side, or the signature of a module."""
    return node.child_by_field_name("body") or (
        node.child_by_field_name("module_type") if node.type == "module_binding" else None
    )


def _operator_name(source: bytes, name: tree_sitter.Node) -> str:
    text = text_of(source, name)
    return f"({text[1:-1].strip()})" if name.type == "parenthesized_operator" else text


_JULIA_AROUND: Final = frozenset(
    {"where_expression", "typed_expression", "binary_expression", "signature", "type_head"}
)
_JULIA_TYPE: Final = re.compile(r"[\w.!]+")


def julia_name(source: bytes, node: tree_sitter.Node) -> _Named:
    """A function, macro or type by its head."""
    head = _child(node, {"signature", "type_head"})
    if head is None:
        return None
    if head.type == "type_head":
        match = _JULIA_TYPE.match(text_of(source, head))
        return ("type", match[0]) if match else None
    name = _julia_callee(source, head)
    if node.type == "macro_definition":
        return ("macro", f"@{name}") if name else None
    return ("function", name) if name else None


def julia_assignment(source: bytes, node: tree_sitter.Node) -> _Named:
    """`f(x) = …`."""
    left = _first(node)
    name = _julia_callee(source, left) if left is not None and left.type != "identifier" else ""
    return ("function", name) if name else None


def julia_constant(source: bytes, node: tree_sitter.Node) -> _Named:
    """What `const` gives a value to."""
    left = _first(_child(node, {"assignment"}))
    match = _JULIA_TYPE.match(text_of(source, left)) if left is not None else None
    return ("constant", match[0]) if match else None


def julia_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The definition itself, whose statements follow the header; the right side of an assignment."""
    if node.type == "const_statement":
        assignment = _child(node, {"assignment"})
        return _last(assignment) if assignment is not None else None
    return _last(node) if node.type == "assignment" else node


def julia_heading(node: tree_sitter.Node) -> int:
    """Behind the head."""
    if node.type == "const_statement":
        left = _first(_child(node, {"assignment"}))
    elif node.type == "assignment":
        left = _first(node)
    else:
        left = _child(node, {"signature", "type_head"}) or node.child_by_field_name("name")
    return node.end_byte if left is None else left.end_byte


def julia_documentation(source: bytes, node: tree_sitter.Node) -> Fragment | None:
    """A string above a definition, or `@doc` with one."""
    literal: tree_sitter.Node | None = node
    if node.type == "macrocall_expression":
        arguments = _child(node, {"macro_argument_list"})
        given = [child for child in arguments.children if child.is_named] if arguments is not None else []
        literal = given[0] if len(given) == 1 else None
    if literal is None or literal.type not in {"string_literal", "prefixed_string_literal"}:
        return None
    written = source[literal.start_byte : literal.end_byte].decode()
    prefix, quote, text = written.partition('"')
    if text.startswith('""') and text.endswith('"""') and len(text) >= 5:
        quote, text = '"""', text[2:-3]
    else:
        text = text.removesuffix('"')
    if not prefix:
        text = _ESCAPED.sub(_unescaped, text)
    if quote == '"""':
        text = _heredoc(text)
    return Fragment(node.start_byte, node.end_byte, node.start_point[1], False, "text", text)


def _julia_callee(source: bytes, head: tree_sitter.Node) -> str:
    found: tree_sitter.Node | None = head
    while found is not None and found.type in _JULIA_AROUND:
        found = _first(found)
    if found is None:
        return ""
    if found.type == "call_expression":
        callee = _first(found)
        name = text_of(source, callee)
        if callee is not None and callee.type == "parametrized_type_expression":
            name = name.partition("{")[0]
        return name
    return (
        text_of(source, found) if found.type in {"identifier", "field_expression"} and head.type == "signature" else ""
    )


_ZIG_TYPES: Final = frozenset(
    {"struct_declaration", "enum_declaration", "union_declaration", "opaque_declaration", "error_set_declaration"}
)


def zig_variable(source: bytes, node: tree_sitter.Node) -> _Named:
    """A type or a constant of a container; what is imported and what is local are none."""
    name, value = _child(node, {"identifier"}), zig_value(node)
    if name is None or value is None:
        return None
    if value.type in _ZIG_TYPES:
        return "type", text_of(source, name)
    around = node.parent
    if around is None or (around.type not in _ZIG_TYPES and around.type != "source_file"):
        return None
    if source.startswith((b"@import", b"@This"), value.start_byte):
        return None
    return "constant", text_of(source, name)


def zig_value(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """What stands behind the equals sign."""
    found = _last(node)
    equals = _child(node, {"="})
    return found if found is not None and equals is not None and found.start_byte >= equals.end_byte else None


def zig_heading(node: tree_sitter.Node) -> int:
    """Where the value begins."""
    value = zig_value(node)
    return node.end_byte if value is None else value.start_byte


_SQL_CATEGORIES: Final = {"create_function": "function", "create_procedure": "function", "create_trigger": "function"}
_SQL_BODIES: Final = frozenset({"function_body", "procedure_body", "column_definitions", "create_query"})


def sql_name(source: bytes, node: tree_sitter.Node) -> _Named:
    """What is created: functions, procedures and triggers; tables, views and types."""
    name = text_of(source, _child(node, {"object_reference"}))
    return (_SQL_CATEGORIES.get(node.type, "type"), name) if name else None


def sql_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The body, the columns or the query; else what stands last."""
    return _child(node, _SQL_BODIES) or _last(node)


def sql_heading(node: tree_sitter.Node) -> int:
    """Where the body begins."""
    body = sql_body(node)
    return node.end_byte if body is None else body.start_byte
