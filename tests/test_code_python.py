"""Python definitions: everything is compared with what `ast`, an independent reader, says."""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
import textwrap
import time
import warnings
from pathlib import Path

import pytest
from conftest import once
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.code import LANGUAGES, Definition, definitions, language_of, parses, version
from corpus.errors import ConfigError

FIXTURE = Path(__file__).parent.parent / "fixtures" / "code" / "constructs.py"
STDLIB = Path(sysconfig.get_paths()["stdlib"])
Truth = dict[tuple[int, str], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]


def python(source: str) -> list[Definition]:
    return definitions(textwrap.dedent(source).encode(), "python")


def only(source: str) -> Definition:
    _, found = python(source)
    return found


@pytest.fixture(scope="module")
def fixture() -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    for definition in definitions(FIXTURE.read_bytes(), "python"):
        found.setdefault(definition.symbol, []).append(definition)
    return found


def truth_of(source: bytes) -> tuple[ast.Module, Truth]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    found: Truth = {}
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        parent, scope = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            inner = scope
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{scope}.{node.name}".lstrip(".")
                found[min([node.lineno, *(d.lineno for d in node.decorator_list)]), inner] = node
            waiting.append((node, inner))
    return tree, found


def agrees(source: bytes) -> int:
    """Compare all definitions of a file with `ast`; how many there were."""
    tree, truth = truth_of(source)
    module, *found = definitions(source, "python")
    assert module.doc == (ast.get_docstring(tree) or "")
    assert [d.line_start for d in found] == sorted(d.line_start for d in found)
    assert sorted((d.line_start, d.symbol) for d in found) == sorted(truth)
    for definition in found:
        node = truth[definition.line_start, definition.symbol]
        assert definition.doc == (ast.get_docstring(node) or "")
        assert definition.category == ("type" if isinstance(node, ast.ClassDef) else "function")
        assert definition.line_end >= (node.end_lineno or 0)
        without_documentation(definition, node)
    return len(found)


def without_documentation(definition: Definition, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (again,) = ast.parse(definition.code).body
        header = ast.parse(definition.signature + ": ...").body[0]
    assert isinstance(again, type(node))
    assert parses(definition.code, "python")
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    assert kinds(again.body) == (kinds(body) or ["Expr", "Constant"])
    assert isinstance(header, type(node))
    assert header.name == node.name


def kinds(body: list[ast.stmt]) -> list[str]:
    return [type(node).__name__ for statement in body for node in ast.walk(statement)]


def test_every_construct_agrees_with_ast(fixture: dict[str, list[Definition]]) -> None:
    # `def f[T]` is newer than the oldest interpreter that this must run on.
    assert agrees(FIXTURE.read_bytes().replace(b"decorated[T]", b"decorated")) == 25


def test_standard_library_agrees_with_ast() -> None:
    files = [path for folder in ("json", "email", "asyncio", "unittest") for path in (STDLIB / folder).glob("*.py")]
    files += [STDLIB / name for name in ("ast.py", "dataclasses.py", "typing.py", "argparse.py", "decimal.py")]
    assert sum(agrees(path.read_bytes()) for path in files) > 1_000


def test_symbols_are_qualified_and_in_order(fixture: dict[str, list[Definition]]) -> None:
    assert list(fixture)[-9:] == [
        "Outer",
        "Outer.guarded",
        "Outer.fallback",
        "Outer.Inner",
        "Outer.Inner.method",
        "Outer.Inner.method.closure",
        "Outer.twin",
        "Outer.twin.matched",
        "Empty",
    ]
    assert len(fixture["Outer.guarded"]) == 2
    assert len(fixture["Outer.twin"]) == 3


def test_the_file_is_a_module(fixture: dict[str, list[Definition]]) -> None:
    (module,) = fixture[""]
    lines = FIXTURE.read_text().splitlines()
    assert (module.category, module.signature, module.trivial) == ("module", "", False)
    assert (module.line_start, module.line_end) == (1, len(lines))
    assert module.doc == "What the module is for.\n\n    An indented line stays indented.\nAnother does not."
    assert module.code.startswith(
        "#!/usr/bin/env python3\n# A comment may stand before the module's documentation.\nfrom functools"
    )
    assert "What the module is for" not in module.code


def test_decorators_belong_to_code_lines_and_signature(fixture: dict[str, list[Definition]]) -> None:
    (found,) = fixture["decorated"]
    lines = FIXTURE.read_text().splitlines()
    assert lines[found.line_start - 1] == "@cache"
    assert lines[found.line_end - 1] == "    return {second: text}"
    assert found.signature == (
        "@cache\n@wraps(print)\n"
        'async def decorated[T](first: int = 1, *,\n                       second: str = ":") -> dict[str, T]'
    )
    assert found.doc == r"Raw: \d stays."
    assert found.code == (
        "@cache\n# between decorators\n@wraps(print)\n"
        'async def decorated[T](first: int = 1, *,\n                       second: str = ":") -> dict[str, T]'
        ":  # behind the header\n"
        "    # before the documentation\n"
        '    text = """\n  less indented\n"""\n    return {second: text}'
    )


@pytest.mark.parametrize(
    ("symbol", "doc"),
    [
        ("concatenated", "One string."),
        ("quoted", '"Quotes" at both "ends"'),
        ("not_first", ""),
        ("of_bytes", ""),
        ("formatted", ""),
        ("added", ""),
        ("tuple_of", ""),
        ("blank", ""),
        ("Outer", "The outer class.\n\nWith two paragraphs."),
        ("Outer.Inner.method", "Innermost, größer."),
        ("Outer.twin", ""),
    ],
)
def test_documentation_is_what_python_takes_for_it(fixture: dict[str, list[Definition]], symbol: str, doc: str) -> None:
    assert fixture[symbol][0].doc == doc
    assert fixture[symbol][0].documented == (doc != "")


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        ("blank", "def blank():\n    return 3"),
        ("one_line", "def one_line(): ..."),
        ("two_on_a_line", "def two_on_a_line(): return 4"),
        ("noqa", "def noqa():\n    return 5"),
        ("only_documentation", "def only_documentation():\n    ...\n    # and a comment"),
        ("Empty", "class Empty(Exception):\n    ..."),
        (
            "not_first",
            (
                'def not_first():\n    value = 1\n    """Not documentation: something stands before it."""\n'
                "    return value"
            ),
        ),
        ("Outer.Inner.method.closure", "def closure():\n    return x"),
    ],
)
def test_documentation_leaves_no_trace_in_the_code(
    fixture: dict[str, list[Definition]], symbol: str, code: str
) -> None:
    assert fixture[symbol][0].code == code


def test_a_class_keeps_the_documentation_of_its_methods(fixture: dict[str, list[Definition]]) -> None:
    (outer,) = fixture["Outer"]
    assert outer.signature == "class Outer(dict, metaclass=type)"
    assert outer.code.startswith("class Outer(dict, metaclass=type):\n    attribute = 1\n")
    assert '"""Innermost, größer."""' in outer.code


def test_trivial_is_what_has_nothing_to_implement(fixture: dict[str, list[Definition]]) -> None:
    trivial = [(s, i) for s, found in fixture.items() for i, definition in enumerate(found) if definition.trivial]
    assert trivial == [
        ("one_line", 0),
        ("only_documentation", 0),
        ("Outer.guarded", 0),
        ("Outer.guarded", 1),
        ("Outer.fallback", 0),
        ("Outer.twin", 0),
        ("Outer.twin", 1),
        ("Empty", 0),
    ]
    assert not only("def f():\n    raise ValueError").trivial
    assert not only("def f():\n    pass\n    return 1").trivial


def test_lines_count_right_with_byte_order_mark_and_crlf() -> None:
    source = '"""Größe."""\n\n@d\ndef f():\n    """Ä\n\n    B\n    """\n    return "ö"\n'
    plain = definitions(source.encode(), "python")
    assert definitions(b"\xef\xbb\xbf" + source.replace("\n", "\r\n").encode(), "python") == plain
    assert (plain[1].line_start, plain[1].line_end, plain[1].doc) == (3, 9, "Ä\n\nB")


@pytest.mark.parametrize("source", ["", "\n", "x = 1", "x = 1\n", "# only\n# comments"])
def test_a_file_without_definitions_is_one_module(source: str) -> None:
    (module,) = definitions(source.encode(), "python")
    assert (module.line_start, module.line_end) == (1, max(1, len(source.splitlines())))
    assert module.code == source.strip()


def test_an_escape_of_a_surrogate_stays_an_escape() -> None:
    found = only('def f():\n    "\\ud800 \\N{BULLET} \\d"\n    return 1')
    assert found.doc == "\\ud800 • \\d"
    found.doc.encode()


def test_a_broken_file_still_gives_what_can_be_read() -> None:
    module, *found = python(
        """
        class A:
            def good(self):
                \"\"\"Fine.\"\"\"
                return 1
            def bad(self
                return 1
        """
    )
    assert module.has_error
    good = next(d for d in found if d.symbol.endswith("good"))
    assert (good.doc, good.has_error) == ("Fine.", False)


def test_an_error_does_not_run_into_the_signature() -> None:
    source = "class A:\n    def f(self):\n        (a.\n    b)\n    def g(self):\n        return 1\n"
    assert all("\n" not in d.signature for d in definitions(source.encode(), "python"))


def test_deep_nesting_is_no_recursion() -> None:
    parens = "x = " + "(" * 5_000 + ")" * 5_000
    ifs = "".join(" " * i + "if x:\n" for i in range(400)) + " " * 400 + "def f(): return 1\n"
    assert [d.symbol for d in definitions(f"{parens}\ndef f(): return 1\n".encode(), "python")] == ["", "f"]
    assert [d.symbol for d in definitions(ifs.encode(), "python")] == ["", "f"]


def test_time_is_proportional_to_the_file() -> None:
    one = "@d\ndef größe(a):\n    '''Doc.'''\n    def inner(): return 1\n    return a\n\n"

    def seconds(count: int) -> float:
        source = (one * count).encode()
        started = time.process_time()
        assert len(definitions(source, "python")) == 2 * count + 1
        return time.process_time() - started

    assert once(lambda: seconds(5_000) < 30 * seconds(500))  # 10 where it is linear, 100 where it is quadratic


def test_parses_takes_a_method_by_itself() -> None:
    assert parses("@property\ndef f(self) -> int:\n    return self.x", "python")
    assert not parses("def f(self:\n    return 1", "python")
    assert not parses("\ud800", "python")


def test_language_follows_from_the_ending() -> None:
    paths = ("a/b.py", "b.pyi", "src/lib.rs", "SETUP.PY", "Makefile", "a.pyc", ".py", "a.py/b")
    assert [language_of(path) for path in paths] == ["python", "python", "rust", "python", None, None, None, None]


def test_version_names_extractor_and_packages() -> None:
    assert {version(name) for name in LANGUAGES} != {version("python")}
    extractor, engine, grammar = version("python").split()
    assert extractor.startswith("code-")
    assert engine.startswith("tree-sitter-0.")
    assert grammar.startswith("tree-sitter-python-0.")


def test_an_unknown_language_is_named_with_those_that_are_known() -> None:
    for function in (lambda: definitions(b"", "cobol"), lambda: version("cobol"), lambda: parses("", "cobol")):
        with pytest.raises(ConfigError, match="python, rust"):
            function()


def test_importing_loads_no_grammar() -> None:
    code = "import sys, corpus.code; print([m for m in sys.modules if m.startswith('tree_sitter')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=30)
NAMES = st.sampled_from(["a", "größe", "_b", "define", "classy", "Klasse"])


@st.composite
def literals(draw: st.DrawFn) -> str:
    """A string statement, whether Python takes it for documentation or not."""
    written = draw(st.sampled_from(["repr", "triple", "concatenated", "parens"]))
    value = draw(TEXT)
    if written == "triple":
        prefix = draw(st.sampled_from(["", "r", "u", "R", "b", "f", "rb"]))
        text = "".join(c for c in value if c not in "\\{}" and (ord(c) < 128 or "b" not in prefix))
        quote = draw(st.sampled_from(['"""', "'''"]))
        return prefix + quote + text.replace(quote[0], "") + quote
    if written == "repr":
        return repr(value)
    pair = f"{value!r} {draw(TEXT)!r}"
    return f"({pair})" if written == "parens" else pair


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """Lines of a body, not yet indented."""
    statements = [["x = 1"], ["pass"], ["# class comment"], ['y = "def f(): pass"'], ["z = [", "0]"], [""]]
    lines: list[str] = draw(st.lists(literals(), max_size=1))
    for _ in range(draw(st.integers(0, 3))):
        header = draw(st.sampled_from(["def", "async def", "class", "if 1", "try", "while 0", "plain"]))
        if header == "plain" or depth > 2:
            lines += draw(st.sampled_from(statements))
            continue
        if header.endswith(("def", "class")):
            lines += ["@d", "@e(1)"][: draw(st.integers(0, 2))]
            header += " " + draw(NAMES) + ("()" if header != "class" else draw(st.sampled_from(["", "(int)"])))
        lines += [f"{header}:", *indented(draw(blocks(depth + 1)))]
        lines += ["except E:", *indented(draw(blocks(depth + 1)))] if header == "try" else []
    if not any(line and not line.startswith("#") for line in lines):
        lines.append("...")
    return lines


def indented(lines: list[str]) -> list[str]:
    # Only the first line of a statement is indented: what follows inside a literal is its value.
    return [f"    {line}" if line else line for line in lines]


@settings(max_examples=150, deadline=None)
@given(blocks())
def test_any_module_agrees_with_ast(lines: list[str]) -> None:
    agrees(("\n".join(lines) + "\n").encode())
