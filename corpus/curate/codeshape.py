"""Python code as hashes that survive renaming and reformatting: what a benchmark's solution is recognised by.

Code is parsed, never run. Comments, docstrings, annotations, decorators, quotes and layout are not part of the tree
that is hashed. In a *renamed* hash every identifier is its number in the order of appearance, but for attributes,
imported modules and the names that Python itself brings (nobody renames `len`), so a solution with other names has
the same one.
A *verbatim* hash keeps the names and the header: with it, a one-line function can be told from others like it.

The tree is written down by a walk of our own and not by `ast.dump`, whose form changes between versions of Python.
"""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["SMALLEST", "Shapes", "shapes_of"]

SMALLEST: Final = 18
"""Nodes that a body needs before its renamed hash says anything; see docs/splits.md for what less costs."""

_SMALLEST_VERBATIM: Final = 8  # a function of one expression with its name and its parameters
_LONGEST: Final = 32_768  # characters; the longest solution of MBPP and HumanEval has 2,000
_DEEPEST: Final = 60  # brackets and blocks; Python's own limits are 200 and 100
_LEFT_OUT: Final = frozenset({"ctx", "type_comment", "kind", "annotation", "returns", "decorator_list", "type_params"})
_NAMES: Final = frozenset({"id", "arg", "name", "asname", "names", "rest"})
# The functions and exceptions of Python 3.11, written down so that other versions give the same hashes.
_BUILTINS_TEXT: Final = """
False None True abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile
complex delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash help
hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow
print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip
ArithmeticError AssertionError AttributeError Exception IndexError KeyError NotImplementedError OSError
OverflowError RuntimeError StopIteration TypeError ValueError ZeroDivisionError
"""
_BUILTINS: Final = frozenset(_BUILTINS_TEXT.split())
_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_BRACKETS: Final = re.compile(r"[()\[\]{}]")


@dataclass(slots=True)
class Shapes:
    """Hashes of some code, 64 bits each.

    Attributes:
        renamed: Of the body of each function, and of the statements outside of functions, names by order of appearance.
        verbatim: Of each function with its name, its parameters and its names.
    """

    renamed: set[int] = field(default_factory=set)
    verbatim: set[int] = field(default_factory=set)


def shapes_of(code: str) -> Shapes:
    """The hashes of all functions in some Python code, and of the code itself where it is a body without a header.

    What does not parse, and what is longer or deeper than a benchmark's solution could be, has none.
    """
    found = Shapes()
    tree = _parsed(code)
    if tree is None:
        return found
    _add(found.renamed, tree.body, renamed=True, least=SMALLEST)
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTION):
            _add(found.renamed, node.body, renamed=True, least=SMALLEST)
            _add(found.verbatim, [node], renamed=False, least=_SMALLEST_VERBATIM)
    return found


def _add(found: set[int], nodes: list[Any], *, renamed: bool, least: int) -> None:
    written, size = _written(nodes, renamed)
    if size >= least:
        found.add(int.from_bytes(hashlib.blake2b(written.encode("utf-8", "replace"), digest_size=8).digest(), "little"))


def _parsed(code: str) -> ast.Module | None:
    if len(code) > _LONGEST or _depth(code) > _DEEPEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in somebody's string is theirs
        for text in (code, textwrap.dedent(code)):
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _depth(code: str) -> int:
    """The deepest nesting of brackets, strings included: at least as deep as the parser sees."""
    depth = deepest = 0
    for bracket in _BRACKETS.findall(code):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


def _written(nodes: list[Any], renamed: bool) -> tuple[str, int]:
    """Some statements as text, and the number of their nodes; a stack instead of recursion."""
    number: dict[str, int] = {}

    def name(text: str) -> str:
        if not renamed or text in _BUILTINS:
            return text
        return f"${number.setdefault(text, len(number))}"

    written: list[str] = []
    size = 0
    stack: list[Any] = nodes[::-1]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            written.append(item)
        elif not _is_docstring(item):
            size += 1
            written.append(type(item).__name__)
            stack += [")", *list(_parts(item, name))[::-1]]
    return " ".join(written), size


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _parts(node: ast.AST, name: Callable[[str], str]) -> Iterator[Any]:
    """What a node is made of: its fields' names, nodes, and values as text; what is empty is left out."""
    if isinstance(node, ast.Constant):
        yield f"{type(node.value).__name__} {node.value!r}"
        return
    is_import = isinstance(node, ast.alias | ast.ImportFrom | ast.Import)
    for field_, value in ast.iter_fields(node):
        if field_ in _LEFT_OUT or value is None or value == []:
            continue
        yield field_
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and field_ in _NAMES and not is_import:
                yield name(part)
            else:
                yield part if isinstance(part, ast.AST) else str(part)
