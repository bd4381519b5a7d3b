"""Go, Ruby, Bash, Lua, Elixir, Haskell, OCaml, Julia, Zig and SQL: every construct of a fixture, and every rule."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from corpus.code import LANGUAGES, Definition, definitions, parses
from corpus.code.languages import language_of

FIXTURES: Final = Path(__file__).parent.parent / "fixtures" / "code"

# Symbol, category, first and last line, documentation, signature.
EXPECTED: Final[dict[str, list[tuple[str, str, int, int, str, str]]]] = {
    "constructs.go": [
        ("", "module", 1, 87, "Package shapes is documented in a block.\n\n\tindented", ""),
        (
            "Größe",
            "function",
            16,
            25,
            "Größe says how large it is.\n\nDeprecated: use another.",
            "func Größe[T any, K comparable](a, b int, rest ...T) (n int, err error)",
        ),
        ("Größe.local", "type", 22, 22, "", "type local"),
        ("undocumented", "function", 29, 29, "", "func undocumented()"),
        ("Shape", "type", 31, 37, "Shape is an interface.", "type Shape"),
        ("Shape.Area", "function", 33, 34, "Area is the area.", "Area() float64"),
        ("Shape.perimeter", "function", 36, 36, "", "perimeter(precise bool) float64"),
        ("Pair", "type", 39, 43, "Pair holds two.", "type Pair[T any]"),
        ("Pair.Swap", "function", 45, 48, "Swap swaps.", "func (p *Pair[T]) Swap() (*Pair[T], error)"),
        ("Pair.none", "function", 50, 50, "", "func (Pair[T]) none()"),
        ("next", "function", 51, 51, "", "func next()"),
        ("ID, name", "type", 53, 58, "Group of types.", "type"),
        ("ID", "type", 55, 56, "ID is one.", "ID"),
        ("name", "type", 57, 57, "", "name"),
        ("Limit", "constant", 60, 61, "Limit is the limit.", "const Limit int"),
        ("Red, …, Alpha", "constant", 63, 70, "The colours.", "const"),
        ("Red", "constant", 65, 66, "Red is warm.", "Red"),
        ("Green", "constant", 67, 67, "", "Green"),
        ("Blue", "constant", 68, 68, "", "Blue"),
        ("Alpha", "constant", 69, 69, "", "Alpha"),
        ("Alone", "constant", 73, 74, "Alone has documentation in a group without.", "Alone"),
        ("Default, other", "constant", 77, 78, "Default is a variable.", "var Default, other"),
        ("ErrA, ErrB", "constant", 80, 84, "The errors.", "var"),
        ("ErrA", "constant", 82, 82, "", "ErrA"),
        ("ErrB", "constant", 83, 83, "", "ErrB"),
        ("Extern", "function", 86, 87, "Extern is elsewhere.", "func Extern(x int) int"),
    ],
    "constructs.rb": [
        ("", "module", 1, 92, "What the file is for.\n\n  indented", ""),
        ("Outer::Inner", "module", 12, 79, "A module.", ""),
        ("Outer::Inner::LIMIT", "constant", 14, 15, "A limit.", "LIMIT"),
        ("Outer::Inner::OTHER", "constant", 17, 17, "", "OTHER"),
        ("Outer::Inner::Point", "type", 19, 23, "A struct that is made.", "Point"),
        ("Outer::Inner::Point#sum", "function", 21, 22, "In the struct.", "def sum"),
        ("Outer::Inner::Größe", "type", 25, 71, "A class\nof two lines.", "class Größe < Base::Thing"),
        (
            "Outer::Inner::Größe#initialize",
            "function",
            28,
            31,
            "First in the body.",
            "def initialize(a, b = 1, *rest, key:, other: nil, **options, &block)",
        ),
        ("Outer::Inner::Größe#undocumented", "function", 35, 35, "", "def undocumented"),
        ("Outer::Inner::Größe#==", "function", 37, 40, "An operator.", "def ==(other)"),
        ("Outer::Inner::Größe.build", "function", 42, 45, "Of the class.", "def self.build(...)"),
        ("Outer::Inner::Größe.create", "function", 48, 51, "In the singleton class.", "def create"),
        ("Outer::Inner::Größe.create#inside", "function", 50, 50, "", "def inside"),
        ("Outer::Inner::Größe#question?", "function", 55, 57, "", "def question?"),
        ("Outer::Inner::Größe#hidden", "function", 60, 62, "", "def hidden(x)"),
        ("Outer::Inner::Größe#conditional!", "function", 65, 66, "Under a condition.", "def conditional!()"),
        ("Outer::Inner::Größe::Error", "type", 69, 70, "An error.", "class Error < StandardError"),
        ("Outer::Inner#ruled", "function", 73, 78, "Ruled.", "def ruled"),
        ("block", "function", 81, 84, "A block.", "def block(x)"),
        ("Object", "type", 86, 92, "Reopened.", "class ::Object"),
        ("Object::obj.single", "function", 88, 91, "Of another object.", "def obj.single"),
    ],
    "constructs.sh": [
        ("", "module", 1, 55, "What the file is for.\nMore.", ""),
        ("say", "function", 9, 17, "Says größe.\n\nArguments:\n  $1 - a name", "say()"),
        ("say.inner", "function", 15, 16, "Inside.", "inner()"),
        ("undocumented", "function", 21, 21, "", "undocumented()"),
        ("log::info", "function", 23, 26, "With the keyword.", "function log::info"),
        ("both", "function", 28, 35, "Ruled.\nGlobals:\n  X", "function both()"),
        ("next", "function", 38, 38, "", "next()"),
        ("LIMIT", "constant", 40, 41, "A limit.", "readonly LIMIT=3"),
        ("OTHER", "constant", 42, 43, "Declared.", 'declare -r -x OTHER="a"'),
        ("conditional", "function", 47, 49, "Under a condition.", "conditional()"),
    ],
    "constructs.lua": [
        ("", "module", 1, 68, "What the module is for.\nMore.\n@module constructs", ""),
        ("LIMIT", "constant", 8, 9, "A limit.", "local LIMIT <const>"),
        ("M", "constant", 11, 16, "", "local M"),
        ("M.one", "function", 12, 13, "In a table.", "one = function(a)"),
        ("M.two", "function", 14, 14, "", '["two"] = function()'),
        (
            "M.say",
            "function",
            18,
            28,
            "Says something.\n@param name größe\n@tparam[opt] number n how often\n@return a string",
            "function M.say(name, n)",
        ),
        ("M.say.inner", "function", 23, 24, "Inside.", "local function inner()"),
        ("M.say.M.assigned", "function", 25, 25, "", "M.assigned = function()"),
        ("M:method", "function", 30, 33, "A plain comment.", "function M:method(...)"),
        ("undocumented", "function", 37, 37, "", "local function undocumented()"),
        ("block", "function", 39, 44, "A block.\n\n  indented", "local function block()"),
        ("M.deep.er", "function", 46, 49, "A long block.", "M.deep.er = function(a, b)"),
        ("ruled", "function", 51, 55, "Ruled.\n@local", "local ruled = function()"),
        ("x", "constant", 57, 57, "", "local x"),
        ("next_one", "function", 58, 58, "", "function next_one()"),
        ("ignored", "function", 61, 61, "", "function ignored()"),
        ("M.in_block", "function", 64, 65, "In a block.", "function M.in_block()"),
    ],
    "constructs.ex": [
        ("", "module", 1, 92, "", ""),
        ("Shapes.Outer", "module", 2, 92, "What the module is for.\n\n    indented", ""),
        ("Shapes.Outer.t/1", "type", 11, 12, "A type.", "@type t(a) :: %{a: a}"),
        ("Shapes.Outer.hidden/0", "type", 13, 13, "", "@opaque hidden :: integer"),
        (
            "Shapes.Outer.say/2",
            "function",
            17,
            33,
            "Says größe.\n\n## Examples\n\n    iex> 1\n    1",
            '@doc since: "1.0"\n@spec say(atom, integer) :: atom\ndef say(name, n \\\\ 1)',
        ),
        ("Shapes.Outer.say/1", "function", 35, 35, "", "def say(one)"),
        ("Shapes.Outer.undocumented/1", "function", 37, 38, "", "@doc false\ndef undocumented(x)"),
        (
            "Shapes.Outer.unless/2",
            "macro",
            40,
            48,
            "A sigil with #{no} \\n escapes.",
            "@impl true\ndefmacro unless(condition, do: block)",
        ),
        ("Shapes.Outer.<~>/2", "function", 50, 51, 'An "operator".', "def a <~> b"),
        ("Shapes.Outer.private/0", "function", 53, 53, "", "defp private"),
        ("Shapes.Outer.is_even/1", "macro", 55, 56, "A guard.", "defguard is_even(x) when rem(x, 2) == 0"),
        ("Shapes.Outer.size/1", "function", 58, 59, "Elsewhere.", "defdelegate size(x)"),
        ("Shapes.Outer.run/1", "function", 61, 62, "A callback.", "@callback run(arg :: term) :: :ok | {:error, term}"),
        ("Shapes.Outer.__struct__", "type", 64, 65, "A struct.", "defstruct"),
        ("Shapes.Outer.Inner", "module", 67, 77, "", ""),
        ("Shapes.Outer.Inner.leaf/0", "function", 70, 76, "In a nested module.", '@deprecated "use another"\ndef leaf'),
        ("Shapes.Outer.Area", "type", 79, 83, "A protocol.", "defprotocol Area"),
        ("Shapes.Outer.Area.area/1", "function", 81, 82, "Required.", "def area(shape)"),
        ("Shapes.Outer.Area.Map", "module", 85, 87, "", ""),
        ("Shapes.Outer.Area.Map.area/1", "function", 86, 86, "", "def area(shape)"),
        ("Shapes.Outer.after_attribute/1", "function", 91, 91, "", "def after_attribute(x)"),
    ],
    "constructs.hs": [
        ("", "module", 1, 96, "What the module is for.\n\n> code", ""),
        (
            "size",
            "function",
            13,
            26,
            "Says größe.\n\n>>> size 1\n1",
            "size :: Ord a\n     => a    -- ^ an argument\n     -> Int",
        ),
        ("undocumented", "function", 31, 32, "", "undocumented :: Int"),
        ("Shape", "type", 34, 39, "A block\nof two lines.", "data Shape a"),
        ("Wrap", "type", 41, 42, "A wrapper.", "newtype Wrap f"),
        ("Name", "type", 44, 45, "A synonym.", "type Name"),
        ("Area", "type", 47, 56, "A class.", "class Area a"),
        ("Area.Unit", "type", 49, 50, "A type in it.", "type Unit a"),
        ("Area.area", "function", 51, 52, "Required.", "area :: a -> Double"),
        ("Area.perimeter", "function", 53, 55, "With a default.", "perimeter :: a -> Double"),
        ("Area (Shape Double)", "type", 58, 61, "An instance.", "instance Area (Shape Double)"),
        ("Area (Shape Double).area", "function", 60, 61, "", "area (Circle r)"),
        ("(<+>)", "function", 63, 65, "Operator.", "(<+>) :: Int -> Int -> Int"),
        ("plus", "function", 68, 68, "", "x `plus` y"),
        ("first", "function", 70, 71, "", "first, second :: (a, a) -> a"),
        ("second", "function", 72, 72, "", "second (_, b)"),
        ("square", "function", 74, 77, "Documented from below.\nMore.", "square :: Int -> Int"),
        ("P", "function", 82, 84, "A pattern.", "pattern P :: Int -> Maybe Int"),
        ("F", "type", 86, 88, "A family.", "type family F a"),
        ("c_sin", "function", 90, 91, "Foreign.", 'foreign import ccall "math.h sin" c_sin :: Double -> Double'),
        ("later", "function", 93, 96, "A blank line is no obstacle.", "later :: Int"),
    ],
    "constructs.ml": [
        ("", "module", 1, 78, "What the file is for.\n\n{v indented v}", ""),
        ("say", "function", 9, 13, "Says größe.\n@param x a thing", "let say ?(a = 1) ~b x : int"),
        ("constant", "constant", 15, 15, "Documented from below.", "let constant"),
        ("undocumented", "function", 20, 20, "", "let undocumented ()"),
        ("stars", "function", 23, 23, "", "let stars x"),
        ("even", "function", 25, 29, "Even.", "let rec even n"),
        ("odd", "function", 28, 29, "Odd.", "odd n"),
        ("shape", "type", 31, 37, "A type.", "type 'a shape"),
        ("other", "type", 36, 37, "Another.", "other"),
        ("Failed", "type", 39, 40, "An error.", "exception Failed of string"),
        ("Inner", "module", 42, 54, "A module.", ""),
        ("Inner.leaf", "function", 44, 45, "In a module.", "let leaf"),
        ("Inner.S", "module", 47, 53, "", ""),
        ("Inner.S.t", "type", 48, 48, "A type in a signature.", "type t"),
        ("Inner.S.size", "function", 51, 51, "The size.", "val size : t -> int"),
        ("Make", "module", 56, 59, "A functor.", ""),
        ("(<+>)", "function", 61, 62, "An operator.", "let ( <+> ) a b"),
        ("counter", "type", 64, 73, "A class.", "class counter (start : int)"),
        ("counter.next", "function", 69, 70, "A method.", "method next"),
        ("counter.hidden", "function", 72, 72, "", "method private hidden"),
        ("sin", "function", 75, 76, "Foreign.", 'external sin : float -> float = "caml_sin"'),
    ],
    "constructs.mli": [
        ("", "module", 1, 48, "What the interface is for.", ""),
        ("say", "function", 5, 6, "Says größe.", "val say : ?a:int -> b:int -> int -> int"),
        ("below", "constant", 8, 8, "Documented from below,\nin two lines.", "val below : int"),
        ("t", "type", 12, 12, "A type.", "type t = private"),
        ("shape", "type", 15, 18, "A variant.", "type shape"),
        ("Inner", "module", 20, 26, "A module.", ""),
        ("Inner.t", "type", 22, 22, "", "type t"),
        ("Inner.leaf", "function", 24, 24, "In a module.", "val leaf : t -> t"),
        ("S", "module", 28, 30, "A signature.", ""),
        ("S.size", "constant", 29, 29, "", "val size : int"),
        ("Failed", "type", 33, 33, "An error.", "exception Failed of string"),
        ("(<+>)", "function", 36, 37, "An operator.", "val ( <+> ) : int -> int -> int"),
        ("undocumented", "constant", 39, 39, "", "val undocumented : unit"),
        (
            "counter",
            "type",
            41,
            45,
            "A class.",
            "class counter : int -> object\n  method next : int\n  (** A method. *)\nend",
        ),
        ("counter.next", "function", 43, 43, "A method.", "method next : int"),
        ("sin", "function", 47, 47, "Foreign.", 'external sin : float -> float = "caml_sin"'),
    ],
    "constructs.jl": [
        ("", "module", 1, 106, "", ""),
        ("Shapes", "module", 3, 106, "    Shapes\n\nWhat the module is for.", ""),
        (
            "Shapes.area",
            "function",
            12,
            26,
            "    area(x; key=1)\n\nSays größe.\n\n# Examples\n```jldoctest\njulia> area(1)\n1\n```",
            "function area(x::T; key::Int=1) where {T<:Number}",
        ),
        ("Shapes.area.helper", "function", 24, 24, "", "helper(y)"),
        ("Shapes.short", "function", 28, 29, "One line.", "short(x, y=2)::Int"),
        ("Shapes.undocumented", "function", 33, 33, "", "undocumented()"),
        ("Shapes.commented", "function", 36, 38, "", "function commented(x)"),
        ("Shapes.Pair", "type", 40, 50, "A type.", "mutable struct Pair{A,B} <: AbstractPair{A}"),
        ("Shapes.Pair.Pair", "function", 46, 49, "A constructor.", "Pair{A,B}(a) where {A,B}"),
        ("Shapes.Shape", "type", 52, 53, "An abstract type.", "abstract type Shape <: Any"),
        ("Shapes.Word", "type", 55, 56, "Bits.", "primitive type Word"),
        ("Shapes.LIMIT", "constant", 58, 59, "A limit.", "const LIMIT"),
        ("Shapes.@say", "macro", 61, 64, "A macro.", "macro say(x)"),
        ("Shapes.fast", "function", 66, 71, "Inlined.", "@inline function fast(x)"),
        ("Shapes.Options", "type", 73, 76, "With a keyword definition.", "Base.@kwdef struct Options"),
        ("Shapes.Base.:+", "function", 78, 79, "Of another module.", "Base.:+(a::Pair, b::Pair)"),
        ("Shapes.Base.show", "function", 81, 86, "Raw \\alpha $x.", "function Base.show(io::IO, p::Pair)"),
        ("Shapes.bymacro", "function", 88, 93, "By the macro \\beta.", "function bymacro(x)"),
        ("Shapes.generic", "function", 95, 96, "A generic function.", "function generic"),
        ("Shapes.(p::Pair)", "function", 98, 99, "Callable.", "(p::Pair)(x)"),
        ("Shapes.Inner", "module", 101, 104, "", ""),
        ("Shapes.Inner.leaf", "function", 102, 103, "In a module.", "leaf(x)"),
    ],
    "constructs.zig": [
        ("", "module", 1, 82, "What the file is for.\n\n  indented", ""),
        ("limit", "constant", 7, 8, "A limit.", "pub const limit: u32"),
        ("say", "function", 10, 21, "Says größe.\n\nMore.", "pub fn say(comptime T: type, name: []const u8) !void"),
        ("say.Inner", "type", 15, 18, "", "const Inner"),
        ("say.Inner.leaf", "function", 16, 17, "Inside.", "fn leaf() void"),
        ("four", "function", 24, 26, "", "fn four() u8"),
        ("plain", "function", 29, 29, "", "fn plain() void"),
        ("Shape", "type", 31, 45, "A struct.", "pub const Shape"),
        ("Shape.area", "function", 38, 41, "A method.", "pub fn area(self: Self) u8"),
        ("Shape.Kind", "type", 43, 44, "An enum.", "pub const Kind"),
        ("List", "function", 47, 61, "A generic type.", "pub fn List(comptime T: type) type"),
        ("List.append", "function", 52, 56, "Of the generic type.", "pub fn append(self: *@This(), x: T) void"),
        ("List.size", "constant", 58, 59, "A constant of it.", "pub const size"),
        ("Error", "type", 63, 64, "Errors.", "pub const Error"),
        ("U", "type", 66, 67, "A union.", "const U"),
        ("sin", "function", 69, 70, "Foreign.", 'extern "c" fn sin(x: f64) f64'),
        ("later", "function", 72, 75, "Later.", "inline fn later() void"),
        ("counter", "constant", 77, 78, "A variable.", "pub var counter: usize"),
    ],
    "constructs.sql": [
        ("", "module", 1, 35, "What the file is for.", ""),
        ("app.people", "type", 5, 10, "People.\nGröße in cm.", "CREATE TABLE IF NOT EXISTS app.people"),
        (
            "add",
            "function",
            12,
            17,
            "Adds.",
            "CREATE OR REPLACE FUNCTION add(a integer, b integer DEFAULT 1) RETURNS integer",
        ),
        ("adults", "type", 21, 21, "", "CREATE VIEW adults"),
        ("mood", "type", 23, 26, "Ruled.", "create type mood as enum"),
        ("counts", "type", 28, 29, "Counted.", "CREATE MATERIALIZED VIEW counts"),
        (
            "fires",
            "function",
            31,
            32,
            "Fires.",
            "CREATE TRIGGER fires BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION",
        ),
        ("bare", "type", 35, 35, "", "CREATE TABLE bare"),
    ],
}


def of_fixture(name: str) -> list[Definition]:
    language = language_of(name)
    assert language is not None
    return definitions((FIXTURES / name).read_bytes(), language)


def found(source: str, language: str) -> list[tuple[str, str]]:
    """Symbols and documentation, without the file's."""
    return [(d.symbol, d.doc) for d in definitions(source.encode(), language) if d.symbol]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_construct_is_found_with_its_documentation_and_signature(name: str) -> None:
    have = [(d.symbol, d.category, d.line_start, d.line_end, d.doc, d.signature) for d in of_fixture(name)]
    assert have == EXPECTED[name]
    assert not any(d.has_error for d in of_fixture(name))


@pytest.mark.parametrize("name", EXPECTED)
def test_every_definition_parses_by_itself_and_holds_no_documentation_of_its_own(name: str) -> None:
    language = language_of(name)
    assert language is not None
    for definition in of_fixture(name):
        assert parses(definition.code, language), definition.code
        assert not definition.doc or definition.doc not in definition.code, definition.code


@pytest.mark.parametrize("name", EXPECTED)
def test_carriage_returns_and_a_byte_order_mark_change_nothing(name: str) -> None:
    language = language_of(name)
    assert language is not None
    source = (FIXTURES / name).read_bytes()
    assert definitions(b"\xef\xbb\xbf" + source.replace(b"\n", b"\r\n"), language) == of_fixture(name)


@pytest.mark.parametrize(
    ("name", "trivial"),
    [
        (
            "constructs.go",
            ["undocumented", "Shape.Area", "Shape.perimeter", "Pair.Swap", "Pair.none", "next", "Extern"],
        ),
        (
            "constructs.rb",
            [
                "Outer::Inner::Größe#undocumented",
                "Outer::Inner::Größe#==",
                "Outer::Inner::Größe.create#inside",
                "Outer::Inner::Größe#conditional!",
                "Outer::Inner::Größe::Error",
            ],
        ),
        ("constructs.sh", ["say.inner", "conditional"]),
        ("constructs.lua", ["M.two", "M.say.M.assigned", "M:method", "undocumented"]),
        (
            "constructs.ex",
            ["Shapes.Outer.t/1", "Shapes.Outer.hidden/0", "Shapes.Outer.run/1", "Shapes.Outer.Area.area/1"],
        ),
        ("constructs.hs", ["Area.Unit", "Area.area", "c_sin"]),
        ("constructs.ml", ["undocumented", "Failed", "Inner.S.t", "Inner.S.size", "sin"]),
        ("constructs.mli", ["say", "Inner.t", "Inner.leaf", "Failed", "(<+>)", "counter", "counter.next", "sin"]),
        ("constructs.jl", ["Shapes.Shape", "Shapes.bymacro", "Shapes.generic"]),
        ("constructs.zig", ["say.Inner.leaf", "plain", "sin", "later"]),
        ("constructs.sql", []),
    ],
)
def test_trivial_is_what_has_nothing_to_implement(name: str, trivial: list[str]) -> None:
    assert [d.symbol for d in of_fixture(name) if d.trivial] == trivial


@pytest.mark.parametrize(
    ("language", "symbol", "code"),
    [
        ("go", "Pair", "type Pair[T any] struct {\n\t// A field.\n\ta, b T\n}"),
        ("go", "Default, other", "var Default, other = 1, 2"),
        ("ruby", "Outer::Inner::Größe#hidden", "def hidden(x)\n  x\nend"),
        ("ruby", "Outer::Inner::Point", "Point = Struct.new(:x, :y) do\n  # In the struct.\n  def sum = x + y\nend"),
        ("bash", "both", "function both() (\n  cd /tmp\n)"),
        ("lua", "M.one", "one = function(a) return a end"),
        ("lua", "ruled", "local ruled = function() return 1 end"),
        ("elixir", "Shapes.Outer.Area", 'defprotocol Area do\n  @doc "Required."\n  def area(shape)\nend'),
        ("elixir", "Shapes.Outer.Inner.leaf/0", '@deprecated "use another"\ndef leaf do\n  :ok\nend'),
        ("haskell", "square", "square :: Int -> Int\nsquare n = n * n"),
        ("haskell", "Area.perimeter", "perimeter :: a -> Double\nperimeter _ = 0"),
        ("ocaml", "odd", "and odd n = n <> 0 && even (n - 1)"),
        (
            "ocaml",
            "shape",
            "type 'a shape =\n  | Circle of 'a  (** a circle *)\n  | Square\n\n(** Another. *)\nand other = int shape",
        ),
        ("ocaml_interface", "Inner", "module Inner : sig\n  type t\n\n  val leaf : t -> t\n  (** In a module. *)\nend"),
        ("julia", "Shapes.bymacro", 'function bymacro(x)\n    error("not implemented")\nend'),
        ("julia", "Shapes.fast", "@inline function fast(x)\n    x + 1\nend"),
        ("zig", "Shape.area", "pub fn area(self: Self) u8 {\n    return self.a;\n}"),
        ("sql", "counts", "CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM app.people"),
    ],
)
def test_code_is_the_definition_without_its_documentation(language: str, symbol: str, code: str) -> None:
    name = next(name for name in EXPECTED if language_of(name) == language)
    assert next(d.code for d in of_fixture(name) if d.symbol == symbol) == code


LONG: Final = {
    "go": (
        "// Package x is long.\npackage x\n",
        "\nfunc f{}() int {{\n\treturn {}\n}}\n",
        "",
        "func f1003() int { /* ... */ }",
    ),
    "ruby": ("# Long.\nclass X\n", "\n  def f{}(a)\n    a + {}\n  end\n", "end\n", "  def f1003(a)\n    # ...\n  end"),
    "bash": ("# Long.\n\n", "f{}() {{\n  echo {}\n}}\n", "", "f1003() { :; }"),
    "lua": (
        "--- Long.\n-- @module x\n\n",
        "function f{}(a)\n  return a + {}\nend\n",
        "",
        "function f1003(a)\n  -- ...\nend",
    ),
    "elixir": (
        'defmodule X do\n  @moduledoc "Long."\n',
        "\n  def f{}(a) do\n    a + {}\n  end\n",
        "end\n",
        "  def f1003(a) do\n    # ...\n  end",
    ),
    "ocaml": ("(** Long. *)\n\n", "let f{} a =\n  a + {} + 100000000\n", "", "let f1003 a =\n  assert false"),
    "julia": (
        '"Long."\nmodule X\n',
        "function f{}(a)\n    a + {}\nend\n",
        "end\n",
        "function f1003(a)\n    # ...\nend",
    ),
    "zig": ("//! Long.\n\n", "fn f{}(a: u8) u8 {{\n    return a + {};\n}}\n", "", "fn f1003(a: u8) u8 {}"),
}


@pytest.mark.parametrize("language", LONG)
def test_an_outline_keeps_headers_and_parses(language: str) -> None:
    start, each, end, shown = LONG[language]
    source = start + "".join(each.format(n, n) for n in range(1000, 1200)) + end
    (long,) = (d for d in definitions(source.encode(), language) if d.doc)
    assert shown in long.outline
    assert len(long.outline) < len(long.code)
    assert parses(long.outline, language)


@pytest.mark.parametrize(
    ("language", "function"),
    [
        ("go", "func f() {}"),
        ("ruby", "def f; end"),
        ("bash", "f() { :; }"),
        ("lua", "function f() end"),
        ("sql", "CREATE TABLE f (id integer);"),
        ("ocaml", "let f x = x"),
        ("julia", "function f() end"),
    ],
)
def test_a_blank_line_parts_documentation_where_every_comment_may_be_some(language: str, function: str) -> None:
    comment = {"ocaml": "(** Doc. *)", "julia": '"Doc."'}.get(language, f"{LANGUAGES[language].line_comment} Doc.")
    first = {"go": "package x\n"}.get(language, "")
    if language == "ocaml":
        first = "open X\n\n"
    (touching,) = found(f"{first}{comment}\n{function}\n", language)
    (parted,) = found(f"{first}{comment}\n\n{function}\n", language)
    assert (touching[1], parted[1]) == ("Doc.", "")


def test_a_licence_at_the_top_documents_nothing() -> None:
    for language in ("ruby", "bash", "lua", "sql"):
        mark = LANGUAGES[language].line_comment
        source = f"{mark} Copyright 2020 Nobody.\n{mark} Licensed under the MIT License.\n\n{mark} About.\n\n"
        (file,) = definitions(source.encode(), language)
        assert file.doc == "About."


def test_what_stands_right_below_the_first_comment_has_it() -> None:
    (file, function) = definitions(b"# Doc.\ndef f\n  1\nend\n", "ruby")
    assert (file.doc, function.doc) == ("", "Doc.")


def test_go_directives_are_no_documentation() -> None:
    source = (
        "package x\n\n// F is.\n//\n//go:noinline\n//nolint:all\nfunc F() { g() }\n\n//export G\nfunc G() { g() }\n"
    )
    assert found(source, "go") == [("F", "F is."), ("G", "")]


def test_a_group_of_constants_without_documentation_is_none() -> None:
    assert found("package x\n\nconst (\n\t// A is.\n\tA = 1\n)\n", "go") == [("A", "A is.")]


def test_elixir_clauses_end_where_something_else_stands() -> None:
    source = "defmodule A do\n  def f(1), do: g()\n  @x 2\n  def f(2), do: h()\nend\n"
    assert [symbol for symbol, _ in found(source, "elixir")] == ["A", "A.f/1", "A.f/1"]


def test_clauses_of_haskell_are_one_definition_whatever_stands_between() -> None:
    source = "module A where\n\n-- | Doc.\nf :: Int -> Int\n-- zero\nf 0 = 1\n{-# INLINE f #-}\nf n = n\ng = f\n"
    definition = definitions(source.encode(), "haskell")[1]
    assert (definition.symbol, definition.doc, definition.line_end, definition.trivial) == ("f", "Doc.", 8, False)


def test_documentation_that_stands_between_a_signature_and_its_clauses_leaves_the_code() -> None:
    definition = definitions(b"f :: Int -> Int\n-- ^ Below.\nf n = n\n", "haskell")[1]
    assert (definition.doc, definition.code) == ("Below.", "f :: Int -> Int\nf n = n")


def test_haddock_may_begin_below_a_plain_comment() -> None:
    source = (
        "-----------\n-- |\n-- Module : A\n-- Copyright : Nobody\n--             2020\n-- Description : About.\n--\n"
        "-- What it is for.\n-----------\n\nmodule A where\n\n-- plain\n-- | Doc.\n-- | more\nf :: Int\nf = g x\n"
    )
    file, function = definitions(source.encode(), "haskell")
    assert file.doc == "Description : About.\n\nWhat it is for."
    assert (function.doc, function.code, function.line_start) == ("Doc.\n| more", "f :: Int\nf = g x", 14)


def test_lines_of_lua_lose_one_space_each() -> None:
    assert found("---@brief\n--- Doc.\n---   more\nfunction f() g() end\n", "lua") == [("f", "@brief\nDoc.\n  more")]


def test_ruby_comments_at_the_start_of_a_body_belong_to_what_follows() -> None:
    source = "class A\n  # In A.\n  def f = g\n  if x\n    # Under x.\n    def h = g\n  end\nend\n"
    assert found(source, "ruby") == [("A", ""), ("A#f", "In A."), ("A#h", "Under x.")]


def test_a_docstring_of_julia_may_stand_above_a_macro_call() -> None:
    source = '"Doc."\n@inline @foo f(x) = x + 1\n"Of no definition."\n@testset "x" begin\n    g(x) = x + 1\nend\n'
    assert found(source, "julia") == [("f", "Doc."), ("g", "")]


@pytest.mark.parametrize("language", sorted({str(language_of(name)) for name in EXPECTED}))
def test_nothing_and_noise_have_no_definitions(language: str) -> None:
    for source in (b"", b"\n", b"\x00\x01", b"))))]]}}" * 50):
        assert [d.symbol for d in definitions(source, language)] == [""]
