"""What makes extraction fast changes nothing: each short way gives what the long one gives."""

from __future__ import annotations

import ast
import itertools
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from corpus.cache import Cache, Whole
from corpus.code import definitions
from corpus.code import parts as code_parts
from corpus.code.grammar import load
from corpus.code.sections.lines import FENCE, fence_end, outside_fences
from corpus.code.sections.markup import without_definitions
from corpus.entry import Entry, code_entry, entry_id, entry_ids
from corpus.errors import BuildError, SourceError
from corpus.forgotten import forget_people
from corpus.sources.base import Skip, SkipUnit, Source, Unit
from corpus.workers import Workers
from tests import hostile

PYTHON_PIECES = ('"""Say."""\n', "'say'\n", "# a\n", "def f():\n    ", "class A:\n    ", "x = {1: 'a'}\n", "pass\n")
RUST_PIECES = (
    "/// Says.\n",
    "//! Says.\n",
    "/** Says. */\n",
    '#[doc = "Says."]\n',
    "// a\n",
    "fn f() {}\n",
    "mod m {\n",
    "}\n",
)
C_PIECES = ("/** Says. */\n", "/* a */\n", "// a\n", "int f(void) { return 1; }\n", "struct a { int b; };\n")


@pytest.mark.parametrize(
    ("language", "pieces"),
    [("python", PYTHON_PIECES), ("rust", RUST_PIECES), ("java", ("class A {\n", *C_PIECES)), ("go", C_PIECES)],
)
def test_what_is_not_parsed_has_no_documentation(language: str, pieces: tuple[str, ...]) -> None:
    grammar = load(language)
    silent: list[bool] = []

    @given(st.lists(st.sampled_from((*pieces, "\n", "    ", "(", ";")), max_size=8).map("".join))
    def check(text: str) -> None:
        source = text.encode()
        wanted = [d for d in definitions(source, language) if d.documented]
        found, places = definitions(source, language, documented=True), grammar.places(source)
        # What cannot be read beside a part that can be may be taken for a part of it, where all is parsed.
        is_torn = grammar.in_parts(source, places) is not None and grammar.parse(source).has_error
        assert found == wanted or is_torn
        silent.append(grammar.silent(source, places))
        assert not (silent[-1] and wanted)

    check()
    assert any(silent)
    assert not all(silent)


DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
PYTHON_PARTS = (
    'def f(x):\n    """Say."""\n    return {"a": "b"}\n',
    'class A:\n    """Say."""\n\n    @property\n    def g(self):\n        pass\n',
    "def f(x):\n    return x\n",
    "@decorated(\n    1,\n)\ndef f(\n    x,\n): 'Say.'\n",
    "x = \"\"\"\ndef f():\n    '''Say.'''\n\nclass B:\n\"\"\"\n",
    "if x:\n    def g():\n        '''Say.'''\nelse:\n    y = 1\n",
    "y = [\n1,\nx\n]\n",
    "# a comment\n",
    "def f(): 'Say.'; return 1 \\\nif x else 2\n",
    "x = {'a': 'b', 'c': 'd'}\n\n\n",
    "@decorated(\n    1,\n)\n@plain\ndef h(x):\n    return x\n",
    "try:\n    import a\nexcept ImportError:\n    def g():\n        'Say.'\nfinally:\n    z = 'a\\\nb'\n",
)
RUST_PARTS = (
    "/// Says.\nfn f() {\n    g();\n}\n",
    "/// Says.\nstruct A;\n",
    "mod m {\n    /// Says.\n    fn f() {}\n}\n",
    "mod m {\n//! Says.\nfn f() {\n}\n}\n",
    "#[cfg(test)]\nmod tests {\n    #[test]\n    fn f() {}\n}\n",
    'const A: &str = r#"\n/// Says.\nfn f() {\n}\n"#;\n',
    "/*\n}\n*/\n",
    "m! {\n    /// Says.\n    fn f() {}\n}\n",
    "/// Says.\nimpl A {\n    #[inline]\n    fn f(&self) {}\n}\n",
    "fn g() {\n    let c = ['{', '\"'];\n}\n",
    'const B: &str = "\n}\n/// Says.\nfn f() {\n}\n";\n',
    '// a " and a {\nfn g() {\n    "{}"\n}\n',
)


@pytest.mark.parametrize(("language", "parts"), [("python", PYTHON_PARTS), ("rust", RUST_PARTS)])
def test_what_has_no_documentation_need_not_be_parsed(
    monkeypatch: pytest.MonkeyPatch, language: str, parts: tuple[str, ...]
) -> None:
    monkeypatch.setattr(code_parts, "_LEAST", 1)
    grammar = load(language)
    assert grammar.row.seams is not None
    read = gaps = 0
    for chosen in itertools.product(parts, repeat=3):
        source = "".join(chosen).encode()
        assert not grammar.parse(source).has_error
        wanted = [d for d in definitions(source, language) if d.documented]
        assert definitions(source, language, documented=True) == wanted
        places = grammar.places(source)
        gaps += len(code_parts.parts(source, places, grammar.row.seams)) - 1
        read += grammar.in_parts(source, places) is not None
    assert read > len(parts) ** 3 / 10
    assert gaps > len(parts)


@pytest.mark.parametrize(
    ("language", "source", "whole"),
    [
        ("python", "def f():\n    'a'; g(\na,\nb)\ndef h():\n    'b'\n", True),  # a bracket goes on
        ("python", "def f():\n    'a'\nx = '''\ny\n'''\ndef h():\n    'b'\n", True),
        ("python", "def f():\n    'a'\nx = 1\ny = 2\ndef h():\n    'b'\n", False),
        ("rust", '/// a\nfn f() {\n}\nfn g() { "\n}\n/// b\nfn h() {\n}\n"; }\n', True),
        ("rust", "/// a\nmod m {\n}\nmod n {\nfn g() {\n}\n/// b\nfn h() {\n}\n}\n", True),  # in another module
        ("rust", "/// a\nfn f() {\n}\nfn g() {\n}\n/// b\nfn h() {\n}\n", False),
        (
            "rust",
            "/// a\nfn f() {\n}\nm!(\nfn g() {\n}\n/// b\nfn h() {\n}\n);\nfn i() {\n}\n/// c\nfn j() {\n}\n",
            True,
        ),
        ("python", "x = 1\n@g(\n'x', [\na,\nb,\n])\ndef h():\n    'b'\n", False),
        ("python", "x = 1\n@a(\\\nb,\nc)\ndef h():\n    'b'\n", False),
        ("python", "x = 1\n# see \\\n@a\ndef h():\n    'b'\n", True),
        ("python", "x = 1\n\f@a\n@b\ndef h():\n    'b'\n", True),
        ("python", "@a\nclass C:\n    @b\n    def f(self): return 1\ndef h():\n    'b'\n", False),
    ],
)
def test_nothing_is_left_out_that_may_be_open(
    monkeypatch: pytest.MonkeyPatch, language: str, source: str, whole: bool
) -> None:
    monkeypatch.setattr(code_parts, "_LEAST", 1)
    grammar, data = load(language), source.encode()
    wanted = [d for d in definitions(data, language) if d.documented]
    assert definitions(data, language, documented=True) == wanted
    assert (grammar.in_parts(data, grammar.places(data)) is None) == whole


def test_a_file_is_read_in_a_few_parts_at_most() -> None:
    one = "def f{0}():\n    'Doc.'\n\n\ns{0} = '{1}'\n"
    source = "".join(one.format(number, "x" * 300) for number in range(500)).encode()
    grammar = load("python")
    assert grammar.row.seams is not None
    found = code_parts.parts(source, grammar.places(source), grammar.row.seams)
    assert len(found) == code_parts._MOST + 1
    assert [d.symbol for d in definitions(source, "python", documented=True)] == [f"f{n}" for n in range(500)]


@pytest.mark.parametrize(
    "header",
    [
        "def f(): ",
        "class A: ",
        "class A(\n    B,\n): ",
        "def f(x={'a': 'b'}, y='c'): ",
        "def f() -> 'A': ",
        "def f() -> \\\n    int: ",
        "def f() -> {\n    'a': 'b'\n}: ",
        "def f() -> A[\n    'a']: ",
        "async def f(x: 'A'): # a\n    ",
        "def f(): \\\n    ",
        "def f() \\\n: ",
        "x = {'a': 'b'}; y = {'c': 'd'}\ndef f():\n    ",
    ],
)
def test_a_docstring_on_the_line_of_its_header_is_found(header: str) -> None:
    source = f"import a\n{header}'''Says.'''\n"
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, DOCUMENTED)]
    found = definitions(source.encode(), "python", documented=True)
    assert [d.doc for d in found] == [ast.get_docstring(node) for node in nodes] == ["Says."]


def test_a_string_in_a_mapping_is_no_docstring_to_look_for() -> None:
    source = b"x = {'a': 'b', 1: 'c',\n     d: 'e'}\ndef f():\n    'Says.'\n    return {'a': 'b'}\n"
    assert load("python").places(source) == [source.index(b":\n    'Says.'")]


DEFINED = re.compile(r"^ {0,3}\[([^\[\]\n]+)\]:[ \t]*\S[^\n]*(?:\n|\Z)", re.MULTILINE)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["[a]", "[b]:", " ", "    ", "x", "\n", "]:", "[", "::"]), max_size=20).map("".join))
def test_definitions_of_links_are_found_by_their_marks(text: str) -> None:
    labels = set(DEFINED.findall(text))
    shown = DEFINED.sub("", text)
    shown = re.sub(r"\[([^\[\]\n]+)\](?![\[(:])", lambda match: match[1] if match[1] in labels else match[0], shown)
    assert without_definitions(text) == (shown if labels else text)


@pytest.mark.parametrize(
    "opening", ["", "#!/usr/bin/env python\n\n", "# a\n", "import a\n", "r", "(", "\\\n", "é = 1\n"]
)
def test_a_file_that_may_have_a_docstring_is_parsed(opening: str) -> None:
    source = f"{opening}'''Say what a file holds.'''\n".encode()
    found = definitions(source, "python", documented=True)
    assert [d.doc for d in found] == [d.doc for d in definitions(source, "python") if d.documented]
    assert bool(found) == (opening not in {"import a\n", "é = 1\n", "("})


FENCED = st.lists(
    st.sampled_from(["```", "~~~", "````", "`", " ", "  ", "\t", "a", "rust", "\n", "\v", "　"]), max_size=30
)


@given(FENCED.map("".join))
def test_fences_are_found_as_line_by_line(text: str) -> None:
    lines, parts, start, index = text.split("\n"), [], 0, 0
    while index < len(lines):
        fence = FENCE.match(lines[index])
        if fence is None:
            index += 1
            continue
        end = fence_end(lines, index, fence)
        parts += [f"<{chr(10).join(lines[start:index])}>"] * (start < index) + lines[index:end]
        start = index = end
    parts += [f"<{chr(10).join(lines[start:])}>"] * (start < index)
    assert outside_fences(text, lambda part: f"<{part}>") == "\n".join(parts)


def test_an_entry_about_code_is_the_entry() -> None:
    columns = {"category": "function", "task": "document", "instruction": "i", "input": "m", "output": "o"}
    place = {"symbol": None, "language": "rust", "line_start": 1, "line_end": 2, "signals": {"well_formedness": 1.0}}
    made = code_entry(**columns, **place)  # type: ignore[arg-type]
    assert made == Entry(**columns, **place)  # type: ignore[arg-type]
    assert type(made) is Entry
    with pytest.raises(AttributeError):
        made.task = "explain"  # type: ignore[misc]


NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(NAME, st.lists(st.tuples(NAME, NAME, NAME, st.integers(0, 99))))
def test_ids_of_many_rows_are_those_of_each(source: str, rows: list[tuple[str, str, str, int]]) -> None:
    names = ["\0".join(map(str, row)) for row in rows]
    assert entry_ids("git", source, names).to_pylist() == [entry_id("git", source, *row) for row in rows]


def test_processes_stay_for_what_comes_next() -> None:
    pool: Workers[int, int] = Workers(lambda _: os.getpid(), workers=1)
    with pool:
        first, second = (dict(pool.map(range(3))), dict(pool.map(range(3, 6))))
    assert set(first.values()) == set(second.values())
    assert os.getpid() not in first.values()


class Listed(Source):
    """Says where it was listed."""

    kind = "x-listed"

    def __init__(self, name: str, trouble: bool = False) -> None:
        self.name = name
        self.trouble = trouble

    def units(self) -> Iterator[Unit | Skip]:
        if self.trouble:
            raise SourceError("nothing can be listed here", where=self.name)
        yield Skip("a", "listed", str(os.getpid()))
        yield Unit("b", content="b", size=1)

    def listing(self) -> str:
        return self.name

    def extract(self, unit: Unit) -> Iterator[Entry]:
        yield Entry(category="note", task="answer", instruction="Who?", output=unit.content, language="en")


@pytest.mark.parametrize(("count", "workers", "here"), [(2, 2, False), (1, 2, True), (2, 1, True)])
def test_several_sources_are_listed_in_workers(count: int, workers: int, here: bool) -> None:
    done = corpus.extract(*(Listed(f"s{i}") for i in range(count)), workers=workers, progress=False)
    assert len(done.table) == count
    assert [pid == str(os.getpid()) for pid in done.skipped["detail"].to_pylist()] == [here] * count


class Waiting(Source):
    """Is listed when another source has been read, or after ten seconds."""

    kind = "x-waiting"

    def __init__(self, name: str, sign: Path, *, waits: bool) -> None:
        self.name, self.sign, self.waits = name, sign, waits

    def units(self) -> Iterator[Unit | Skip]:
        deadline = time.monotonic() + 10
        while self.waits and not self.sign.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield Skip("a", "listed", f"read: {self.sign.exists()}")
        yield Unit("b", content="b", size=1)

    def listing(self) -> str:
        return self.name

    def extract(self, unit: Unit) -> Iterator[Entry]:
        self.sign.touch()
        yield Entry(category="note", task="answer", instruction="Who?", output=unit.content, language="en")


def test_a_source_is_read_while_another_is_listed(tmp_path: Path) -> None:
    sources = [Waiting(name, tmp_path / "read", waits=name == "two") for name in ("one", "two")]
    done = corpus.extract(*sources, workers=2, progress=False)
    assert done.skipped["detail"].to_pylist() == ["read: False", "read: True"]


class Stateful(Source):
    """Keeps what it lists; slower than workers wait for."""

    kind = "x-stateful"
    name = "stateful"

    def __init__(self, named: bool) -> None:
        self.named = named
        self.listed = ""

    def units(self) -> Iterator[Unit]:
        time.sleep(0.6)
        self.listed = "listed"
        yield Unit("a", content="a", size=1)

    def listing(self) -> str | None:
        return "a" if self.named else None

    def extract(self, unit: Unit) -> Iterator[Entry]:
        yield Entry(category="note", task="answer", instruction="Who?", output=unit.path + self.listed, language="en")


@pytest.mark.parametrize("named", [True, False])
def test_what_a_listing_leaves_on_its_source_travels(named: bool) -> None:
    for workers in (1, 2):
        sources = [Stateful(named)] if named else [Listed("one"), Stateful(named)]
        found = corpus.extract(*sources, workers=workers, progress=False)
        assert found.table["output"].to_pylist()[-1] == "alisted"


def test_what_cannot_be_listed_says_so_wherever_it_is_listed() -> None:
    with pytest.raises(SourceError, match="nothing can be listed here"):
        corpus.extract(Listed("one"), Listed("two", trouble=True), workers=2, progress=False)


def test_the_cache_gives_many_units_in_the_order_asked_for(tmp_path: Path) -> None:
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.put([(b"a", b"1"), (b"b", Skip("", "late", "too late")), (b"c", b"")])
        assert cache.get([b"c", b"a", b"b", b"a"]) == [b"", b"1", Skip("", "late", "too late"), b"1"]
        assert cache.get([]) == []


class Counted(Source):
    """Counts how often it was listed; one of its units fails as long as it shall."""

    kind = "x-counted"

    def __init__(self, state: str = "a", fails: bool = False, visibility: str = "private") -> None:
        self.name = "counted"
        self.state, self.fails, self.visibility = state, fails, visibility
        self.listed = 0

    def units(self) -> Iterator[Unit | Skip]:
        self.listed += 1
        yield Skip("left", "left-out", "not for reading")
        yield Unit("none", content=f"none {self.state}", size=1)
        yield Unit("some", content=self.state, size=1, facts={"author": "author-aaaaaaaaaaaa"})

    def listing(self) -> str:
        return self.state

    def extract(self, unit: Unit) -> Iterator[Entry]:
        if unit.path == "some" and self.fails:
            raise ValueError("not today")
        if unit.path == "some":
            yield Entry(category="note", task="answer", instruction="Which?", output=unit.content, language="en")


@pytest.mark.usefixtures("own_list")
def test_a_source_that_is_as_it_was_is_one_read(tmp_path: Path) -> None:
    def run(source: Counted) -> tuple[corpus.Corpus, int]:
        return corpus.extract(source, workers=1, cache=tmp_path / "c.sqlite", progress=False), source.listed

    failed, listed = run(Counted(fails=True))
    assert (listed, len(failed.skipped)) == (1, 2)
    first, _ = run(Counted())  # what failed is tried again, whatever was kept
    again, listed = run(Counted())
    assert listed == 0
    assert first.table.equals(again.table)
    assert first.skipped.equals(again.skipped)
    assert (first.source_facts, first.lineage, first.people) == (again.source_facts, again.lineage, again.people)
    assert again.cache_use == corpus.corpus.CacheUse(extracted=0, cached=2)
    assert run(Counted(state="b"))[0].table["output"].to_pylist() == ["b"]
    public, _ = run(Counted(state="b", visibility="public"))
    assert public.table["visibility"].to_pylist() == ["public"]
    forget_people(["author-aaaaaaaaaaaa"])
    gone, listed = run(Counted(state="b", visibility="public"))
    assert len(gone.table) == 0


def test_a_source_that_was_kept_and_is_damaged_says_so(tmp_path: Path) -> None:
    with Cache(tmp_path / "c.sqlite") as cache:
        cache.put_whole(b"s", b"k", Whole(1, 2, (), (), b"skipped", b"rows"))
        assert cache.whole(b"s", b"k") == Whole(1, 2, (), (), b"skipped", b"rows")
        assert cache.whole(b"s", b"other") is None
        cache._db.execute("UPDATE wholes SET rows = x'00'")
        with pytest.raises(BuildError, match="damaged"):
            cache.whole(b"s", b"k")
        cache._db.execute("UPDATE wholes SET told = NULL")  # as a changed bit makes it
        with pytest.raises(BuildError, match="another kind"):
            cache.whole(b"s", b"k")


class Partial(Counted):
    """Lacks objects as long as they are missing: one when it is listed, the other when it is read."""

    def __init__(self, missing: bool) -> None:
        super().__init__()
        self.missing = missing

    def units(self) -> Iterator[Unit | Skip]:
        other = Unit("late", content="late", size=1)
        yield Skip("late", "missing-object", "a partial clone?") if self.missing else other
        yield Unit("some", content="some", size=1)

    def extract(self, unit: Unit) -> Iterator[Entry]:
        if self.missing:
            raise SkipUnit("missing-object", "a partial clone?")
        yield Entry(category="note", task="answer", instruction="Which?", output=unit.content, language="en")


def test_what_an_object_was_missing_for_is_not_remembered(tmp_path: Path) -> None:
    def run(missing: bool) -> corpus.Corpus:
        return corpus.extract(Partial(missing), workers=1, cache=tmp_path / "c.sqlite", progress=False)

    assert run(True).skipped["reason"].to_pylist() == ["missing-object", "missing-object"]
    fetched = run(False)
    assert fetched.table["output"].to_pylist() == ["late", "some"]
    assert len(fetched.skipped) == 0


@pytest.mark.parametrize("name", [b"LICENSE", b"pyproject.toml", b"a.py.license", b".gitattributes"])
def test_a_file_that_says_something_of_others_and_was_missing_is_asked_again(name: bytes, tmp_path: Path) -> None:
    """A partial clone that lacks only that one: a licence that is unknown for now, rules that do not hold for now."""
    said = {
        b"LICENSE": b"SPDX-License-Identifier: MIT\n",
        b"pyproject.toml": b'[project]\nlicense = "MIT"\n',
        b"a.py.license": b"SPDX-License-Identifier: MIT\n",
        b".gitattributes": b"*.py linguist-generated\n",
    }[name]
    repo = hostile.new_repository(tmp_path / "partial", bare=True)
    code = repo.odb.write(pygit2.enums.ObjectType.BLOB, hostile.SOURCE)
    tree = hostile.write_tree(repo, [(hostile.FILE, b"a.py", code), (hostile.FILE, name, pygit2.hash(said))])
    hostile.write_commit(repo, tree)

    def run() -> corpus.Corpus:
        source = corpus.GitRepo(tmp_path / "partial")
        return corpus.extract(source, workers=1, cache=tmp_path / "c.sqlite", progress=False)

    partial = run()
    assert set(partial.table["license"].to_pylist()) == {None}
    assert dict(zip(partial.skipped["unit"].to_pylist(), partial.skipped["reason"].to_pylist(), strict=True)) == {
        name.decode(): "missing-object"
    }
    repo.odb.write(pygit2.enums.ObjectType.BLOB, said)
    completed = run()
    found = set(completed.table["license"].to_pylist())
    assert found == ({"MIT"} if name != b".gitattributes" else set()), "of a file that is generated no row comes"
    assert "missing-object" not in completed.skipped["reason"].to_pylist()
