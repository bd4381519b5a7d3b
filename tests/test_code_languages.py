"""Every language of the table: its constructs, and what holds for all of them alike.

`fixtures/code/expected/<language>.json` lists the definitions of a fixture as a person who knows the language would:
category, symbol, first and last line, signature, documentation, and whether there is nothing to implement.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from pathlib import Path

import pytest
from conftest import once
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.code import LANGUAGES, Definition, definitions, language_of, parses
from corpus.code.grammar import load
from corpus.code.walk import sites_of

FIXTURES = Path(__file__).parent.parent / "fixtures" / "code"
EXPECTED = sorted(path.stem for path in (FIXTURES / "expected").glob("*.json"))


def fixture(language: str) -> bytes:
    """The file of constructs of a language."""
    paths = [FIXTURES / f"constructs{ending}" for ending in LANGUAGES[language].endings]
    return next(path for path in paths if path.exists()).read_bytes()


WITH_FIXTURE = sorted(
    name
    for name, row in LANGUAGES.items()
    if any((FIXTURES / f"constructs{ending}").exists() for ending in row.endings)
)

languages = pytest.mark.parametrize("language", WITH_FIXTURE)


def found_in(source: str, language: str) -> dict[str, Definition]:
    """The definitions of a source by symbol, without the file."""
    return {definition.symbol: definition for definition in definitions(source.encode(), language)[1:]}


def test_every_list_of_constructs_has_its_fixture() -> None:
    assert set(EXPECTED) <= set(WITH_FIXTURE)


@pytest.mark.parametrize("language", EXPECTED)
def test_every_construct_is_found_with_its_lines_signature_and_documentation(language: str) -> None:
    expected = json.loads((FIXTURES / "expected" / f"{language}.json").read_text())
    found = definitions(fixture(language), language)
    assert [[d.category, d.symbol, d.line_start, d.line_end, d.signature, d.doc, d.trivial] for d in found] == expected


@languages
def test_a_definition_parses_by_itself_and_its_documentation_is_gone_from_its_code(language: str) -> None:
    for definition in definitions(fixture(language), language):
        assert definition.has_error or parses(definition.code, language), definition.code
        line = max(definition.doc.split("\n"), key=len)
        if len(line) > 8 and definition.symbol:
            assert line not in definition.code


WITHOUT_LOCALS = {"haskell"}  # what a `where` names is the business of its function


@languages
def test_the_walk_finds_what_a_walk_over_every_node_finds(language: str) -> None:
    grammar, source = load(language), fixture(language)
    every = dataclasses.replace(grammar, opaque=frozenset(), keywords=[re.compile(rb"(?=.)", re.DOTALL)])
    root = grammar.parse(source)
    functions: list[tuple[int, int]] = []
    wanted = []
    for site in sites_of(source, root, every):
        node = site.node
        local = any(start <= node.start_byte and node.end_byte <= end for start, end in functions)
        if not (local and language in WITHOUT_LOCALS):
            wanted.append((site.category, site.symbol))
        if site.category == "function":
            functions.append((node.start_byte, node.end_byte))
    assert [(s.category, s.symbol) for s in sites_of(source, root, grammar)] == wanted


@languages
def test_documented_gives_the_documented_ones_of_all(language: str) -> None:
    found = definitions(fixture(language), language)
    assert definitions(fixture(language), language, documented=True) == [d for d in found if d.documented]
    assert any(d.documented for d in found)
    assert not all(d.documented for d in found)


@languages
def test_a_byte_order_mark_and_crlf_change_nothing(language: str) -> None:
    source = fixture(language)
    assert b"\r" not in source
    changed = b"\xef\xbb\xbf" + source.replace(b"\n", b"\r\n")
    assert definitions(changed, language) == definitions(source, language)


@languages
def test_lines_and_code_are_those_of_the_file(language: str) -> None:
    source = fixture(language).decode()
    lines = source.splitlines()
    for definition in definitions(source.encode(), language):
        assert 1 <= definition.line_start <= definition.line_end <= len(lines)
        within = "\n".join(lines[definition.line_start - 1 : definition.line_end])
        for line in "" if definition.documented else definition.code.splitlines():
            assert line.strip() in within


@languages
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_noise_raises_nothing_and_gives_the_same_twice(language: str, data: st.DataObject) -> None:
    source = fixture(language).decode()
    place = st.integers(0, len(source))
    first, last, noise = data.draw(place), data.draw(place), data.draw(st.text(max_size=20))
    damaged = (source[:first] + noise.encode("utf-8", "replace").decode() + source[last:]).encode()
    found = definitions(damaged, language)
    assert found == definitions(damaged, language)
    if not any(d.has_error for d in found):  # where the parser guesses, what is documented is a guess too
        assert [d.documented for d in found if d.documented] == [
            d.documented for d in definitions(damaged, language, documented=True)
        ]


@languages
def test_time_is_proportional_to_the_source(language: str) -> None:
    source = fixture(language)

    def seconds(times: int) -> float:
        started = time.process_time()
        definitions(source * times, language)
        return time.process_time() - started

    definitions(source, language)
    assert once(lambda: seconds(32) < 8 * seconds(4) * 3 + 0.05)


@languages
def test_comments_in_the_form_of_a_licence_document_nothing(language: str) -> None:
    row = LANGUAGES[language]
    if row.name in {"python", "rust"} or row.line_comment != "//":
        pytest.skip("documentation there is marked, and a licence never is")
    source = fixture(language).replace(b"A class.", b"Copyright (c) nobody").decode()
    assert "Copyright (c) nobody" not in {d.doc.partition("\n")[0] for d in definitions(source.encode(), language)[1:]}


def test_a_header_in_cpp_is_known_by_what_is_in_it() -> None:
    assert language_of("a/b.h") == "c"
    assert language_of("a/b.h", b"#include <stdio.h>\nint classify(void);\nstruct template_t { int x; };\n") == "c"
    for line in (
        b"namespace a {",
        b"template <class T>",
        b"class A {",
        b"  public:",
        b"using B = int;",
        b"#include <map>",
    ):
        assert language_of("a/b.h", b"#pragma once\n" + line + b"\n") == "cpp"
    assert language_of("a/b.c", b"") == "c"


@pytest.mark.parametrize(
    ("source", "symbol", "doc"),
    [
        ("/** Doc. */\nAPI_EXPORT void f(int a);\n", "f", "Doc."),
        ("/** Doc. */\nAPI(int) f(int a);\n", "f", "Doc."),
        ("BEGIN_DECLS\n\n/** Doc. */\nint f(void);\n\nEND_DECLS\n", "f", "Doc."),
        ("/** Doc. */\nint f(const char *a, ...) FORMAT_PRINTF(1, 2);\n", "f", "Doc."),
        ("/** Doc. */\nvoid WINAPI f(int a);\n", "f", "Doc."),
        ("/** Doc. */\nstruct API_EXPORT f { int a; };\n", "f", "Doc."),
        ("/** Doc. */\nint f(void) {\n  list_for_each(a, b) { use(va_arg(c, int *)); }\n}\n", "f", "Doc."),
    ],
)
def test_macros_of_c_do_not_hide_what_they_stand_at(source: str, symbol: str, doc: str) -> None:
    (found,) = definitions(source.encode(), "c")[1:]
    assert (found.symbol, found.doc, found.has_error) == (symbol, doc, False)
    assert parses(found.code, "c")


def test_what_is_written_over_for_the_parse_is_still_in_the_code() -> None:
    found = found_in("class LIB_API Wagen : public Base {\n  LIB_INLINE void go() NOEXCEPT;\n};\n", "cpp")
    assert found["Wagen"].signature == "class LIB_API Wagen : public Base"
    assert found["Wagen::go"].code == "LIB_INLINE void go() NOEXCEPT;"


def test_only_javascript_functions_count_inside_of_functions() -> None:
    source = "const a = () => {\n  const b = () => 1;\n  const c = 2;\n  let d = class {};\n};\n"
    assert list(found_in(source, "javascript")) == ["a", "a.b", "a.d"]


def test_php_needs_no_tag_to_parse_but_must_be_php() -> None:
    assert parses("public function f(): int { return 1; }", "php")
    assert not parses("public function f(: int { return 1; }", "php")


@pytest.mark.parametrize("unit", ["/*****", "/** a */\n", "// a\n"])
def test_comments_without_end_take_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        source = (unit * (size // len(unit))).encode()
        started = time.process_time()
        definitions(source, "c")
        return time.process_time() - started

    assert once(lambda: seconds(40_000) < 8 * max(seconds(10_000), 0.02))
