"""Rust definitions. rustc's own syntax tree agrees on all of ripgrep; here every rule has its case."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from conftest import once
from hypothesis import given
from hypothesis import strategies as st

from corpus.code import Definition, definitions, parses
from corpus.code.grammar import load

FIXTURE = Path(__file__).parent.parent / "fixtures" / "code" / "constructs.rs"


def rust(source: str) -> list[Definition]:
    return definitions(source.encode(), "rust")


def only(source: str) -> Definition:
    _, found = rust(source)
    return found


@pytest.fixture(scope="module")
def fixture() -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    for definition in definitions(FIXTURE.read_bytes(), "rust"):
        found.setdefault(definition.symbol, []).append(definition)
    return found


def test_every_construct_is_found_once_and_in_order(fixture: dict[str, list[Definition]]) -> None:
    assert {symbol: [d.category for d in found] for symbol, found in fixture.items()} == {
        "": ["module"],
        "add": ["function"],
        "add::helper": ["function"],
        "add::Local": ["type"],
        "four": ["function"],
        "stars": ["function"],
        "nothing": ["function"],
        "plain": ["function"],
        "blank_line": ["function"],
        "Block": ["type"],
        "Choice": ["type"],
        "Bits": ["type"],
        "Pair": ["type"],
        "Unit": ["type"],
        "inner": ["module"],
        "inner::leaf": ["function"],
        "inner::deeper": ["module"],
        "inner::deeper::leaf": ["function"],
        "Shape": ["type"],
        "Shape::required": ["function"],
        "Shape::provided": ["function"],
        "Block::SIZE": ["constant"],
        "Block::SIZE::in_constant": ["function"],
        "Block::method": ["function", "function"],
        "<Block<u8> as Shape>::required": ["function"],
        "<inner::Name<'a> as From<&'a str>>::from": ["function"],
        "<dyn Shape>::on_dyn": ["function"],
        "<[T] as Extension>::on_slice": ["function"],
        "foreign": ["function"],
    }
    found = definitions(FIXTURE.read_bytes(), "rust")
    assert [d.line_start for d in found] == sorted(d.line_start for d in found)
    assert not any(d.has_error for d in found)


def test_the_walk_finds_what_a_walk_over_every_node_finds(fixture: dict[str, list[Definition]]) -> None:
    grammar = load("rust")
    waiting, seen = [grammar.parser.parse(FIXTURE.read_bytes()).root_node], 1
    while waiting:
        node = waiting.pop()
        seen += node.kind_id in grammar.definitions and (
            not grammar.definitions[node.kind_id].bodied or node.child_by_field_name("body") is not None
        )
        waiting.extend(node.children)
    assert sum(map(len, fixture.values())) == seen


@pytest.mark.parametrize(
    ("symbol", "doc"),
    [
        ("", "What the file is for.\n\n    an indented line"),
        ("add", "Adds.\n\nGrößer than nothing.\nDocumented from the inside, too."),
        ("add::helper", ""),
        ("four", ""),
        ("stars", ""),
        ("nothing", ""),
        ("plain", ""),
        ("blank_line", "A blank line is no obstacle."),
        ("Block", "A block with stars,\n  indented."),
        ("Choice", "One line."),
        ("Bits", 'First "line".\nGreat.\n "raw"'),
        ("inner", "Outer.\nInner."),
        ("inner::leaf", "In a module."),
        ("Shape::required", "Required."),
        ("Shape::provided", "Provided."),
        ("Block::method", "A method."),
        ("foreign", "Foreign."),
    ],
)
def test_documentation_is_what_rustdoc_takes_for_it(
    fixture: dict[str, list[Definition]], symbol: str, doc: str
) -> None:
    found = fixture[symbol][0]
    assert found.doc == doc
    assert found.documented == (doc != "")


@pytest.mark.parametrize(
    ("symbol", "signature"),
    [
        ("", ""),
        (
            "add",
            (
                "#[inline]\n#[must_use]\n"
                "pub(crate) async unsafe fn add<'a, T: Into<u64> + 'a>(left: T, right: &'a [u8; 4]) -> Option<T>\n"
                "where\n    T: Copy,"
            ),
        ),
        ("Block", "pub struct Block<T>\nwhere\n    T: fmt::Debug,"),
        ("Choice", "pub enum Choice"),
        ("Pair", "pub struct Pair<T> where T: Copy"),
        ("Unit", "pub struct Unit"),
        ("inner", ""),
        ("Shape", "pub trait Shape: Sized"),
        ("Shape::required", "fn required(&self) -> f64"),
        ("Block::SIZE", "const SIZE: usize"),
        ("Block::method", "#[cfg(unix)]\npub const fn method(&self) -> u8"),
        ("foreign", "fn foreign(x: u8) -> u8"),
    ],
)
def test_the_signature_is_the_header_as_written(
    fixture: dict[str, list[Definition]], symbol: str, signature: str
) -> None:
    assert fixture[symbol][0].signature == signature


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        ("blank_line", "fn blank_line() -> u8 { 0 }"),
        ("four", "fn four() -> u8 { 4 }"),
        ("Choice", "pub enum Choice { A, B }"),
        ("Bits", '#[doc(hidden)]\n#[doc = include_str!("nothing.md")]\npub union Bits {\n    whole: u32,\n}'),
        ("inner::leaf", "pub fn leaf() { todo!() }"),
        ("Block::method", "#[cfg(unix)]\npub const fn method(&self) -> u8 { 1 }"),
        ("Shape::required", "fn required(&self) -> f64;"),
        ("Block", "pub struct Block<T>\nwhere\n    T: fmt::Debug,\n{\n    /// A field.\n    pub field: T,\n}"),
    ],
)
def test_documentation_leaves_no_trace_in_the_code(
    fixture: dict[str, list[Definition]], symbol: str, code: str
) -> None:
    assert fixture[symbol][0].code == code


def test_attributes_and_comments_between_stay_in_code_and_lines(fixture: dict[str, list[Definition]]) -> None:
    (found,) = fixture["add"]
    lines = FIXTURE.read_text().splitlines()
    assert lines[found.line_start - 1] == "/// Adds."
    assert lines[found.line_end - 1] == "}"
    assert found.code.startswith("#[inline]\n// between\n#[must_use]\npub(crate) async")
    assert "{\n    fn helper() -> u8 {\n        1\n    }\n    let closure" in found.code


def test_a_module_keeps_the_documentation_of_what_is_in_it(fixture: dict[str, list[Definition]]) -> None:
    (module,) = fixture["inner"]
    assert module.code.startswith("pub mod inner {\n    /// In a module.\n    pub fn leaf()")
    (file,) = fixture[""]
    assert file.code.startswith("#!/usr/bin/env run-cargo-script\n// A comment before the documentation.\n#![allow")
    assert "/// Adds." in file.code
    assert (file.line_start, file.line_end) == (1, len(FIXTURE.read_text().splitlines()))


def test_trivial_is_what_has_nothing_to_implement(fixture: dict[str, list[Definition]]) -> None:
    assert [symbol for symbol, found in fixture.items() if found[0].trivial] == [
        "add::Local",
        "Unit",
        "inner::leaf",
        "inner::deeper::leaf",
        "Shape::required",
        "<dyn Shape>::on_dyn",
        "<[T] as Extension>::on_slice",
        "foreign",
    ]
    assert only("fn f() { #![allow(unused)] // later\n ; }").trivial
    assert only('fn f() { todo!("a {}", b()); }').trivial
    assert only("struct Empty {}").trivial
    assert not only("fn f() { 0 }").trivial
    assert not only("fn f() { todo!(); g() }").trivial


def test_every_definition_parses_by_itself(fixture: dict[str, list[Definition]]) -> None:
    assert all(parses(d.code, "rust") for found in fixture.values() for d in found)
    assert parses("pub(in crate::a) default fn f(self: Box<Self>) where Self: Sized;", "rust")
    assert not parses("fn f( {}", "rust")


@pytest.mark.parametrize("attribute", ["#[inline]", "#[must_use]", '#[cfg(feature = "x")]', "#[rustfmt::skip]"])
def test_an_attribute_does_not_part_documentation_from_its_item(attribute: str) -> None:
    for source in (f"/// Doc.\n{attribute}\nfn f() {{ g() }}\n", f"{attribute}\n/// Doc.\nfn f() {{ g() }}\n"):
        found = only(source)
        assert (found.doc, found.code, found.line_start) == ("Doc.", f"{attribute}\nfn f() {{ g() }}", 1)


def test_documentation_of_something_else_is_not_taken() -> None:
    source = "/// Constant.\nconst A: u8 = 1;\n/// Macro.\nm! {}\n/// Module.\nmod elsewhere;\nfn f() { g() }\n"
    found = {d.symbol: (d.category, d.doc, d.line_start) for d in rust(source)}
    assert found == {"": ("module", "", 1), "A": ("constant", "Constant.", 1), "f": ("function", "", 7)}
    assert only("//! File.\nfn f() { g() }\n").doc == ""
    assert only("/// Stray.\n//! File.\nfn f() { g() }\n").doc == ""


def test_a_comment_above_is_no_part_of_the_definition() -> None:
    found = only("// License.\n\n/* About. */\n/// Doc.\nfn f() { g() }\n")
    assert (found.line_start, found.doc, found.code) == (4, "Doc.", "fn f() { g() }")


def test_lines_count_right_with_byte_order_mark_and_crlf() -> None:
    source = '//! Größe.\n\n/// Ä\n///  b\nfn f() {\n    "ö";\n}\n/** c\n * d\n */\nfn g() { h() }\n'
    plain = rust(source)
    assert definitions(b"\xef\xbb\xbf" + source.replace("\n", "\r\n").encode(), "rust") == plain
    assert [(d.line_start, d.line_end, d.doc) for d in plain] == [
        (1, 11, "Größe."),
        (3, 7, "Ä\n b"),
        (8, 11, "c\nd"),
    ]


def test_documentation_in_the_middle_of_a_line() -> None:
    _, trait, method = rust("trait T { /// Doc.\n    fn f(&self); }\n")
    assert (method.doc, method.code, method.line_start, method.line_end) == ("Doc.", "fn f(&self);", 1, 2)
    assert "/// Doc." in trait.code
    assert only("fn f() { //! Inner.\n    g()\n}").code == "fn f() {\n    g()\n}"


def test_items_in_a_macro_that_stands_for_items_are_found() -> None:
    source = """\
macro_rules! m { () => { fn hidden() {} } }
cfg_rt! {
    /// First.
    #[inline]
    pub fn first() -> u8 { 1 }

    mod inner {
        cfg_io! {
            /// Second.
            fn second() -> u8 { 2 }
        }
    }
}
impl T {
    cfg_io! {
        /// Third.
        fn third(&self) -> u8 { 3 }
    }
}
bitflags! { struct Flags: u32 { const A = 1; } }
thread_local!(static KEY: u8 = 1);
fn f() { quote! { /** A template. */ fn template() {} } }
/// Last.
fn last() -> u8 { 4 }
"""
    assert [(d.symbol, d.category, d.doc, d.line_start, d.line_end) for d in rust(source)[1:]] == [
        ("m!", "macro", "", 1, 1),
        ("first", "function", "First.", 3, 5),
        ("inner", "module", "", 7, 12),
        ("inner::second", "function", "Second.", 9, 10),
        ("T::third", "function", "Third.", 16, 17),
        ("f", "function", "", 22, 22),
        ("last", "function", "Last.", 23, 24),
    ]
    assert [d.symbol for d in definitions(source.encode(), "rust", documented=True)] == [
        "first", "inner::second", "T::third", "last"
    ]  # fmt: skip
    assert rust(source)[2].code == "#[inline]\npub fn first() -> u8 { 1 }"


def test_constants_types_and_macros_are_definitions_outside_of_functions() -> None:
    source = """\
/// Limit.
pub const LIMIT: usize = 3;
/// Name.
static NAME: &'static str = "x";
/// Result.
pub type Result<T> = std::result::Result<T, Error>;
/// Makes.
#[macro_export]
macro_rules! make { () => { 1 } }
trait T {
    /// Item.
    type Item: Clone;
}
fn f() { const INNER: u8 = 1; type Own = u8; }
"""
    found = [(d.symbol, d.category, d.doc, d.signature, d.trivial) for d in rust(source)[1:] if d.doc]
    assert found == [
        ("LIMIT", "constant", "Limit.", "pub const LIMIT: usize", False),
        ("NAME", "constant", "Name.", "static NAME: &'static str", False),
        ("Result", "type", "Result.", "pub type Result<T>", False),
        ("make!", "macro", "Makes.", "#[macro_export]\nmacro_rules! make", False),
        ("T::Item", "type", "Item.", "type Item: Clone", True),
    ]
    assert [d.symbol for d in rust(source) if not d.doc] == ["", "T", "f"]


def test_deep_nesting_is_no_recursion() -> None:
    deep = "fn f() { " + "{ " * 5_000 + "fn g() {} " + "} " * 5_000 + "}"
    assert [d.symbol for d in rust(deep)] == ["", "f", "f::g"]


def test_definitions_in_definitions_end_somewhere() -> None:
    """Each holds the text of all inside it, so 5,000 levels would be 12 million lines."""
    found = rust("fn f() { " * 5_000 + "}" * 5_000)
    assert 10 < len(found) < 100
    assert sum(len(d.code) for d in found) < 5_000_000


def test_a_broken_file_still_gives_what_can_be_read() -> None:
    module, *found = rust("/// Fine.\nfn good() { 1 }\nfn bad( {\n/// Also fine.\nfn after() { 2 }\n")
    assert module.has_error
    assert {d.symbol.split("::")[-1]: d.doc for d in found if not d.has_error}["good"] == "Fine."


@pytest.mark.parametrize("separator", ["\n", " "])
def test_time_is_proportional_to_the_file_even_on_one_line(separator: str) -> None:
    one = f"#[inline] fn größe(a: u8) {{ /*! Doc. */ struct S; a }}{separator}"

    def seconds(count: int) -> float:
        started = time.process_time()
        assert len(rust(one * count)) == 2 * count + 1
        return time.process_time() - started

    assert once(lambda: seconds(5_000) < 30 * seconds(500))  # 10 where it is linear, 100 where it is quadratic


def test_noise_is_no_error() -> None:
    source = FIXTURE.read_text()
    dice = random.Random(7)
    for _ in range(200):
        start, end = sorted(dice.choices(range(len(source)), k=2))
        module, *found = rust(source[start:end] + source[: dice.randrange(200)])
        assert all(1 <= d.line_start <= d.line_end <= module.line_end for d in found)


def test_an_item_that_was_never_closed_ends_on_the_last_line() -> None:
    assert [(d.symbol, d.line_end, d.has_error) for d in rust("trait T {\n/// Doc.\n")] == [
        ("", 2, True),
        ("T", 2, True),
    ]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
LINES = st.lists(st.one_of(st.just(""), st.builds(str.__add__, st.sampled_from(["", "  "]), WORDS)), max_size=5)
LEADS = st.lists(st.sampled_from(["#[inline]", "// comment", "", "//// rule", "/* block */"]), max_size=3)


@given(LINES, LEADS, st.sampled_from(["", "    ", "\t"]))
def test_any_documentation_comes_back_and_leaves_the_rest(lines: list[str], leads: list[str], indent: str) -> None:
    comment = [f"/// {line}" for line in lines]
    code = ["#[must_use]", *leads, "pub fn f(&self) -> u8 {", "    1", "}"]
    body = [indent + line for line in [*comment, *code]]
    found = rust("\n".join(["impl T {", "", *body, "}", ""]))[-1]
    assert (found.symbol, found.line_start, found.line_end) == ("T::f", 3, 2 + len(body))
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    assert found.doc == "\n".join(line[margin:] for line in lines).strip("\n")
    # An empty line of `leads` is only indentation and stays so.
    assert found.code.split("\n") == code
