"""Names that are not a field's text: how a definition is called where the grammar does not say it in one place.

Each function gets the source and a node, and gives category and name, or None where the node defines nothing
that has a name. The rows of `corpus.code.languages` say which of them a node kind takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from corpus.code.layout import behind_text

if TYPE_CHECKING:
    import tree_sitter

    from corpus.code.language import Namer

__all__ = [
    "go_constant",
    "go_group",
    "go_heading",
    "go_method",
    "itself",
    "joined",
    "rust_implementation",
    "rust_macro",
    "text_of",
]

_RUST_PATH: Final = re.compile(r"[\w#]+(?:::[\w#]+)*")


def text_of(source: bytes, node: tree_sitter.Node | None) -> str:
    """The text of a node on one line; empty where there is none."""
    return "" if node is None else " ".join(source[node.start_byte : node.end_byte].decode().split())


def rust_implementation(source: bytes, node: tree_sitter.Node) -> str:
    """What an `impl` block adds to the names in it: `Type`, `<Type as Trait>` or `<[T]>`."""
    own, trait = (text_of(source, node.child_by_field_name(name)) for name in ("type", "trait"))
    if trait:
        return f"<{own} as {trait}>"
    path = own.partition("<")[0]
    return path if _RUST_PATH.fullmatch(path) else f"<{own}>"


def rust_macro(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """The name of a `macro_rules!`, with the mark of a macro."""
    name = text_of(source, node.child_by_field_name("name"))
    return ("macro", f"{name}!") if name else None


def go_method(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """A method with the type that it belongs to: `Type.Method`."""
    name, receiver = node.child_by_field_name("name"), node.child_by_field_name("receiver")
    if name is None or receiver is None:
        return None
    of_type = re.search(r"\*?\s*([\w.]+)(?:\[[^\]]*\])?\s*\)\Z", text_of(source, receiver))
    return "function", f"{of_type[1]}.{text_of(source, name)}" if of_type else text_of(source, name)


def go_constant(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """The names that a specification of constants or variables gives, with commas."""
    names = [text_of(source, name) for name in node.children_by_field_name("name") if name.is_named]
    return ("constant", ", ".join(names)) if names else None


_GO_SPECS: Final = frozenset({"const_spec", "var_spec", "type_spec", "type_alias"})


def go_group(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
    """`const ( … )` with a comment directly above: one declaration, as go/doc shows it, by its first and last name."""
    line = node.start_byte - node.start_point[1]
    if behind_text(source, line, node.start_byte) != line:  # what stands above its line is not its own
        return None
    above = source[source.rfind(b"\n", 0, max(line - 1, 0)) + 1 : line].strip()
    if not (above.startswith(b"//") or above.endswith(b"*/")):
        return None
    within = next((child for child in node.children if child.type == "var_spec_list"), node)
    if not any(child.type == "(" for child in within.children):
        return None
    names = [
        text_of(source, name)
        for spec in within.children
        if spec.type in _GO_SPECS
        for name in spec.children_by_field_name("name")
        if name.is_named
    ]
    if not names:
        return None
    category = "type" if node.type == "type_declaration" else "constant"
    return category, ", ".join(names if len(names) < 4 else [names[0], "…", names[-1]])


def go_heading(node: tree_sitter.Node) -> int:
    """Behind the keyword of a group."""
    return node.children[0].end_byte


def itself(node: tree_sitter.Node) -> tree_sitter.Node:
    """A node whose statements stand in it directly."""
    return node


def joined(kind: str, category: str = "constant") -> Namer:
    """What finds the names that a declaration gives, with commas.

    Args:
        kind: Of each declared thing; its field `name` or its first child is the name.
        category: Of the declaration.
    """

    def find(source: bytes, node: tree_sitter.Node) -> tuple[str, str] | None:
        declared = (child for child in node.children if child.type == kind)
        names = [text_of(source, child.child_by_field_name("name") or child.child(0)) for child in declared]
        return (category, ", ".join(names)) if names else None

    return find
