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
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter
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
_FIELDS: Final = {
    name: tuple(field_ for field_ in kind._fields if field_ not in _LEFT_OUT)
    for name, kind in vars(ast).items()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""What is written down of each type of node."""
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
    written = _Written()
    written.add(tree.body)
    if written.size >= SMALLEST:
        found.renamed.add(_hash(written.renamed(0, len(written.words))))
    for start, body, end, size, of_body in written.functions:
        if of_body >= SMALLEST:
            found.renamed.add(_hash(written.renamed(body, end - 1)))
        if size >= _SMALLEST_VERBATIM:
            found.verbatim.add(_hash(written.words[start:end]))
    return found


def _hash(words: list[str]) -> int:
    text = " ".join(words).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def _parsed(code: str) -> ast.Module | None:
    if len(code) > _LONGEST or _depth(code) > _DEEPEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in somebody's string is theirs
        found = _tree(code)
        if found is None and (text := textwrap.dedent(code)) != code:
            found = _tree(text)
    return found


def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _depth(code: str) -> int:
    """The deepest nesting of brackets, strings included: at least as deep as the parser sees."""
    depth = deepest = 0
    for bracket in _BRACKETS.findall(code):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


class _Written:
    """Some statements as words, written down once for all the functions in them.

    Attributes:
        words: The types of nodes, their fields' names and values, and `)` at the end of each node.
        names: Which of the words are names that may be others: where each stands, and when it was come upon.
        size: The number of nodes.
        functions: Of each function where it begins, where its body does and where it ends; the nodes of both.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self.names: list[tuple[int, int]] = []
        self.size = 0
        self.functions: list[tuple[int, int, int, int, int]] = []

    def renamed(self, start: int, end: int) -> list[str]:
        """The words from one to another, each name as its number in the order of appearance among them.

        A node's own names come before those of the nodes in it, wherever they are written: `error` before `KeyError`
        in `except KeyError as error`.
        """
        number: dict[str, str] = {}
        said = self.words[start:end]
        names = self.names[bisect_left(self.names, (start,)) : bisect_left(self.names, (end,))]
        for at, _ in sorted(names, key=itemgetter(1)):
            said[at - start] = number.setdefault(self.words[at], f"${len(number)}")
        return said

    def add(self, nodes: list[Any]) -> None:
        """Write down some nodes; a stack instead of recursion."""
        stack: list[Any] = nodes[::-1]
        words = self.words
        while stack:
            item = stack.pop()
            kind = item.__class__
            if kind is str:
                words.append(item)
            elif kind is tuple:
                if item[0] not in _BUILTINS:
                    self.names.append((len(words), item[1]))
                words.append(item[0])
            elif kind is _Function:
                self._pass(item)
            elif not _is_docstring(item):
                parts = [kind.__name__, *_parts(item, self.size), ")"]
                if kind in _FUNCTION:
                    of = _Function(len(words), self.size)
                    parts.insert(parts.index("body") + 1, of)
                    parts.append(of)
                self.size += 1
                parts.reverse()
                stack += parts

    def _pass(self, function: _Function) -> None:
        """Where a function's body begins, and where the function ends."""
        if function.body < 0:
            function.body, function.nodes_before_body = len(self.words), self.size
            return
        sizes = self.size - function.nodes_before, self.size - function.nodes_before_body
        self.functions.append((function.start, function.body, len(self.words), *sizes))


@dataclass(slots=True)
class _Function:
    """A function that is being written down: its first word, and that of its body."""

    start: int
    nodes_before: int
    body: int = -1
    nodes_before_body: int = 0


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _parts(node: ast.AST, when: int) -> list[Any]:
    """What a node is made of: its fields' names, nodes, and values as text; what is empty is left out.

    A name that could be another one is a tuple: the name, and when it was come upon.
    """
    if isinstance(node, ast.Constant):
        return [f"{type(node.value).__name__} {node.value!r}"]
    parts: list[Any] = []
    for field_ in _FIELDS[type(node).__name__]:
        value = getattr(node, field_, None)
        if value is None or value == []:
            continue
        parts.append(field_)
        is_name = field_ in _NAMES and not isinstance(node, ast.alias | ast.ImportFrom | ast.Import)
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, ast.AST):
                parts.append(part)
            else:
                parts.append((part, when) if is_name and isinstance(part, str) else str(part))
    return parts
