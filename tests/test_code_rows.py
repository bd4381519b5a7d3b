"""What was wrong in rows that were read by eye, one test for each kind."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.code import definitions
from corpus.code.gaps import with_gap
from corpus.code.pairs import pairs
from corpus.code.rewrite_branches import rewrite_branches
from corpus.code.rewrite_sql import rewrite_sql
from corpus.code.sections import sections
from corpus.entry import Entry


def rows(source: str, language: str, task: str = "", symbol: str | None = None) -> list[Entry]:
    found = definitions(textwrap.dedent(source).encode(), language, documented=True)
    entries = [entry for definition in found for entry in pairs(definition, language)]
    return [e for e in entries if e.task == (task or e.task) and (symbol is None or e.symbol == symbol)]


def row(source: str, language: str, task: str, symbol: str | None = None) -> Entry:
    (found,) = rows(source, language, task, symbol)
    return found


GO = """
package a

// Bind reads a body. It looks at the header to know how, and it gives back what it did not understand at all.
//
// Example:
//
//	if err := c.Bind(&user); err != nil {
//		return
//	}
func (c *Context) Bind(obj any) error { return c.with(obj) }

var (
	// ErrSize says that it was too long.
	ErrSize = errors.New("size")
)

// Places that are trusted.
const (
	Here = "a"
	There = "b"
	Nowhere = "c"
	Gone = "d"
)

// Names are what they are called.
var (
	One, Two = 1, 2
	Three = 3
)

// Check that it is one.
var _ Render = Json{}
"""


def test_code_in_comments_of_go_keeps_its_indentation() -> None:
    assert (
        "\n\n\tif err := c.Bind(&user); err != nil {\n\t\treturn\n\t}"
        in row(GO, "go", "document", "Context.Bind").output
    )
    example = row(GO, "go", "answer", "Context.Bind")
    assert example.output == "if err := c.Bind(&user); err != nil {\n\treturn\n}"


def test_go_calls_methods_variables_and_groups_what_they_are() -> None:
    said = {e.symbol: e.instruction for e in rows(GO, "go", "document")}
    assert "Go method" in said["Context.Bind"]
    assert "Go variable" in said["ErrSize"]
    assert "group of Go constants" in said["Here, …, Gone"]
    assert "group of Go variables" in said["One, Two, Three"]
    assert "Go variable" in said["_"]


@pytest.mark.parametrize(
    ("source", "language", "noun"),
    [
        ("class A {\n  /** Make it. */\n  A(int a) { this.a = a + 1; }\n}\n", "java", "constructor"),
        ("class A {\n  /** Make it. */\n  int f(int a) { return a + 1; }\n}\n", "java", "method"),
        ("class A:\n    def f(self):\n        '''Make it.'''\n        return 1\n", "python", "method"),
        ("class A:\n    @property\n    def f(self):\n        '''Make it.'''\n        return 1\n", "python", "property"),
        (
            "class A:\n    @staticmethod\n    def f(a):\n        '''Make it.'''\n        return 1\n",
            "python",
            "function",
        ),
        ("impl A {\n    /// Make it.\n    pub fn f<'a>(&'a mut self) -> u8 { 1 }\n}\n", "rust", "method"),
        ("impl A {\n    /// Make it.\n    pub fn f(a: u8) -> u8 { 1 }\n}\n", "rust", "function"),
        ("# Make it.\ndef f(a)\n  a + 1\nend\n", "ruby", "method"),
        ("/** Say who may use it. */\nmodule a.b {\n  exports a.b;\n}\n", "java", "module"),
    ],
)
def test_a_noun_is_what_people_of_the_language_say(source: str, language: str, noun: str) -> None:
    assert f" {noun}" in row(source, language, "document").instruction


def test_a_value_is_not_asked_what_it_does() -> None:
    said = "A number that is bigger than every other one, of which we know, so that nobody has to think of one twice."
    source = f"/// {said}\n///\n/// It is a good one.\nconst A{{}}: u8 = 1;\n"
    asked = [row(source.format(n), "rust", "explain").instruction for n in range(40)]
    assert len({text.partition(" `A")[0] for text in asked}) == 3
    assert not any(text.startswith("What does") for text in asked)


def test_what_is_filed_below_see_and_what_is_a_link_only_is_left_out() -> None:
    java = """
    class A {
      /**
       * Blocks all access to what is not ours, be it a field or a method, in every version that there is of it.
       *
       * @see Other#one(int, int)
       */
      static final Filter BLOCK = new Filter();

      /** https://example.org/what-it-is */
      static final int B = 1;
    }
    """
    assert "@see" not in row(java, "java", "explain").output
    assert "@see" in row(java, "java", "document").output
    assert {e.symbol for e in rows(java, "java")} == {"A.BLOCK"}


def test_a_notice_of_somebody_s_work_documents_nothing() -> None:
    source = "# adapted from Others\n# Copyright (c) Others and contributors.\nTEMPLATE = 'a'\n"
    assert [e for e in rows(source, "ruby") if e.symbol == "TEMPLATE"] == []


@pytest.mark.parametrize(
    ("text", "language", "summary"),
    [
        ("# Safety\n\nThe pointer must be valid.", "rust", ""),
        ("# Overview of it\n\nIt is good.", "rust", "Overview of it"),
        ("N.B. the empty ones count. Others do not.", "ruby", "N.B. the empty ones count."),
        ("==== The header\n\nIt is one.", "ruby", "The header"),
        ("Create an :class:`.Context` for :meth:`.App.run`.", "python", "Create an `Context` for `App.run`."),
        (
            "Use {@link #toJson(Writer, Object)} or {@link A#b label} here.",
            "java",
            "Use `toJson(Writer, Object)` or label here.",
        ),
        ("See [`f()`](crate::f()) and [`g`](crate::g).", "rust", "See `f()` and `g`."),
    ],
)
def test_a_summary_is_a_sentence_in_plain_words(text: str, language: str, summary: str) -> None:
    assert sections(text, language).summary == summary


def test_a_question_shows_no_line_that_rustdoc_hides() -> None:
    source = """
    /// Add up.
    ///
    /// ```
    /// # fn main() {
    /// total(1);
    /// # }
    /// ```
    ///
    /// ```toml
    /// # features
    /// a = 1
    /// ```
    fn total(a: u8) -> u8 { a + 1 }
    """
    question = row(source, "rust", "implement").input
    assert "fn main" not in question
    assert "total(1);" in question
    assert "# features" in question
    assert "# fn main() {" in row(source, "rust", "document").output


def test_the_text_of_a_heredoc_belongs_to_its_constant() -> None:
    source = "# The page.\nPAGE = render(<<~A, <<~B)\n  one\nA\n  two\nB\n\n# A number.\nN = 1 << 2\n"
    assert row(source, "ruby", "document", "PAGE").input == "PAGE = render(<<~A, <<~B)\n  one\nA\n  two\nB"
    assert row(source, "ruby", "document", "PAGE").line_end == 6
    assert row(source, "ruby", "document", "N").input == "N = 1 << 2"


def test_several_marks_of_a_comment_are_marks() -> None:
    assert row("## One.\n## Two.\ndef f(a)\n  a + 1\nend\n", "ruby", "document", "f").output == "One.\nTwo."


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("/* Copyright (C) 2008 X, licensed as is. */\n\n/** Classes for streams. */\npackage a.b;\n", "java"),
        ("// Package a is good for you.\npackage a\n", "go"),
        ("//! Types of the network.\n\npub mod pipes;\npub use pipes::{One, Two};\n", "rust"),
        ("# What is bad.\nmodule Bad\nend\n", "ruby"),
    ],
)
def test_a_file_that_only_names_others_is_not_asked_for(source: str, language: str) -> None:
    assert rows(source, language, "document")
    assert rows(source, language, "implement") == []


def test_a_file_is_asked_for_without_the_notice_of_its_licence() -> None:
    java = "/*\n * Copyright 2008 X\n */\n\n/** Who may use it. */\nmodule a {\n  exports a(1);\n}\n"
    assert row(java, "java", "implement").output == "module a {\n  exports a(1);\n}"
    python = '#!/usr/bin/python\n# Copyright 2008 X\n# All rights reserved.\n\n"""Say it."""\nprint(1)\n'
    assert row(python, "python", "implement").output == "#!/usr/bin/python\nprint(1)"
    said = '# Say it twice.\n\n"""Say it."""\nprint(1)\n'
    assert row(said, "python", "implement").output.startswith("# Say it twice.")


def test_an_explanation_does_not_introduce_what_it_does_not_show() -> None:
    source = """
    /// Adapts things whose type is not known when they are written, and puts them back as what they were before.
    ///
    /// This is needed when they differ. For example, look at these:
    ///
    /// ```
    /// adapt(1);
    /// ```
    ///
    /// Without more, nobody knows what they are.
    fn adapt(a: u8) -> u8 { a + 1 }
    """
    assert row(source, "rust", "explain").output.endswith(
        "\n\nThis is needed when they differ.\n\nWithout more, nobody knows what they are."
    )


def test_a_gap_is_no_part_of_a_list() -> None:
    listed = "".join(f"\t\t{name}: a,\n" for name in ("One", "Two", "Three", "Four", "Five"))
    source = f"// F does it.\nfunc f%d(a int) {{\n\tRender(Reader{{\n{listed}\t}})\n}}\n"
    for number in range(30):
        (found,) = [d for d in definitions((source % number).encode(), "go", documented=True) if d.symbol]
        assert with_gap(found) is None


def test_a_gap_begins_with_the_first_line_of_a_comment() -> None:
    step = "    // What is done next takes a line\n    // and another one\n    // to be said.\n    go(n);\n    go(n);\n"
    seen = 0
    for number in range(40):
        source = f"/// Goes.\nfn f{number}(n: u8) {{\n{step * 3}}}\n"
        (found,) = definitions(source.encode(), "rust", documented=True)
        filled = with_gap(found)
        if filled is not None:
            seen += filled[1].startswith("//")
            assert not filled[1].startswith(("// and", "// to"))
    assert seen


def test_an_example_of_an_attribute_applies_it() -> None:
    source = """
    /// Marks a function.
    ///
    /// ```
    /// #[lib::main]
    /// async fn main() {
    ///     say();
    /// }
    /// ```
    ///
    /// The same without it:
    ///
    /// ```
    /// fn main() {
    ///     block_on(say());
    /// }
    /// ```
    #[proc_macro_attribute]
    pub fn main(args: TokenStream, item: TokenStream) -> TokenStream { expand(args, item) }
    """
    assert row(source, "rust", "answer").output.startswith("#[lib::main]")


@pytest.mark.parametrize(
    ("source", "language", "left"),
    [
        ("# Keys of all.\nONE = 1\nTWO = 2\n\n# The third.\nTHREE = 3\n\nFOUR = 4\n", "ruby", "THREE"),
        ("/* Keys of all. */\n#define ONE 1\n#define TWO 2\n\n/* The third. */\n#define THREE 3\n", "c", "THREE"),
        ("/** The first. */\n#define ONE 1\n#define TWO 2\n", "c", "ONE"),
        ("/// The first.\nconst ONE: u8 = 1;\nconst TWO: u8 = 2;\n", "rust", "ONE"),
    ],
)  # fmt: skip
def test_a_plain_comment_above_several_constants_documents_none_of_them(source: str, language: str, left: str) -> None:
    assert {e.symbol for e in rows(source, language, "document")} == {left}
    assert len(definitions(source.encode(), language, documented=True)) == 1 + ("Keys" in source)


def test_a_generic_type_of_csharp_is_written_as_in_code() -> None:
    source = """
    class A {
        /// <summary>Wraps a <see cref="T:Old.List{T}"/>.</summary>
        /// <param name="value">The <see cref="Nullable{T}"/> of it.</param>
        public static explicit operator A(int? value) { return new A(value); }
    }
    """
    assert row(source, "csharp", "answer").output == "- `value`: The `Nullable<T>` of it."
    said = row(source, "csharp", "implement")
    assert said.instruction.endswith("Wraps a `Old.List<T>`.")
    assert "C# operator" in said.instruction


def test_markup_of_rdoc_is_no_part_of_a_question() -> None:
    source = "# :call-seq:\n#   f(a) -> b\n#\n# Adds +one+ to +a+, and 1 + 2 + 3.\ndef f(a)\n  a + 1\nend\n"
    said = row(source, "ruby", "implement")
    assert said.instruction.endswith("Adds `one` to `a`, and 1 + 2 + 3.")
    assert "call-seq" not in said.input
    assert row(source, "ruby", "document").output.startswith(":call-seq:")


SQL = r"""
\set ON_ERROR_STOP on
-- Adds one.
CREATE FUNCTION @extschema@.plus(p_a int, OUT b int)
    RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
DECLARE v_x int; -- it's a number
BEGIN
    FOR v_x IN SELECT 1 LOOP
        EXECUTE format($fmt$ CREATE TABLE %s (a int) $fmt$, 'x');
    END LOOP;
END
$$;

-- Holds what's left of $$.
CREATE TABLE left_over (a int);

-- Doubles it.
CREATE PROCEDURE @extschema:other@.twice(p_a int) LANGUAGE plpgsql AS $body$ BEGIN COMMIT; END $body$;
"""


def test_what_stands_between_dollars_is_a_string_and_hides_nothing() -> None:
    found = {d.symbol: d for d in definitions(SQL.encode(), "sql") if d.symbol}
    assert {name: d.doc for name, d in found.items()} == {
        "@extschema@.plus": "Adds one.",
        "left_over": "Holds what's left of $$.",
        "@extschema:other@.twice": "Doubles it.",
    }
    assert not any(d.has_error for d in found.values())
    assert found["@extschema@.plus"].signature.endswith("LANGUAGE plpgsql SECURITY DEFINER")
    assert found["@extschema@.plus"].code.endswith("END LOOP;\nEND\n$$")
    assert (found["@extschema@.plus"].line_start, found["@extschema@.plus"].line_end) == (3, 14)


@given(st.lists(st.sampled_from(["$$", "$a$", "'", "--", "/*", "*/", "\n", " x ", "@extschema@", "\\d", "é"])))
def test_source_that_is_written_over_keeps_its_length_and_lines(parts: list[str]) -> None:
    source = "".join(parts).encode()
    found = rewrite_sql(source)
    assert len(found) == len(source)
    assert [at for at, byte in enumerate(found) if byte == 10] == [at for at, byte in enumerate(source) if byte == 10]


def test_dollars_that_are_never_closed_are_looked_for_once() -> None:
    source = b"".join(b"$a%d$ " % number for number in range(100_000))
    begin = time.process_time()
    assert rewrite_sql(source) == source
    assert time.process_time() - begin < 3


BRANCHES = """
class A {
    /// <summary>Compares them.</summary>
    int Compare(object a) {
#if HAVE_OFFSETS
        if (a is DateTime date)
        {
#else
            DateTime date = (DateTime)a;
#endif
            return 1;
#if HAVE_OFFSETS
        }
        else
#endif
        {
            return 2; // }
        }
    }

    /// <summary>Makes one.</summary>
    static A Make() { return new A(); }

    /// <summary>Kinds.</summary>
    enum Kind {
        One,
#if HAVE_TWO
        Two,
#endif
        Three
    }

    /// <summary>Says which.</summary>
    int Which(int a) {
        if (a == 1) { return 1; }
#if HAVE_TWO
        else if (a == 2) { return 2; }
#endif
        else { return 3; }
    }

#if HAVE_BOTH
    /// <summary>One of two.</summary>
    int Twin() { return 1; }
#else
    /// <summary>The other one.</summary>
    int Twin() { return 2; }
#endif
}
"""


def test_branches_that_are_no_code_by_themselves_do_not_lose_the_class_around() -> None:
    found = [(d.symbol, d.doc, d.has_error) for d in definitions(BRANCHES.encode(), "csharp", documented=True)]
    assert [(symbol, error) for symbol, _, error in found] == [
        ("A.Compare", False),
        ("A.Make", False),
        ("A.Kind", False),
        ("A.Which", False),
        ("A.Twin", False),
        ("A.Twin", False),
    ]
    code = next(d.code for d in definitions(BRANCHES.encode(), "csharp") if d.symbol == "A.Compare")
    assert "#else\n        DateTime date = (DateTime)a;\n#endif" in code


@given(
    st.lists(st.sampled_from(["#if A\n", "#else\n", "#elif B\n", "#endif\n", "{\n", "}\n", "else\n", "a;\n", '"{"\n']))
)
def test_branches_that_are_written_over_keep_length_and_lines(parts: list[str]) -> None:
    source = "".join(parts).encode()
    found = rewrite_branches(source)
    assert len(found) == len(source)
    assert found.count(b"\n") == source.count(b"\n")
    assert all(new in (old, 32) for new, old in zip(found, source, strict=True))


def test_a_macro_between_a_function_and_its_documentation_parts_nothing() -> None:
    source = """
    class A {
        /// Says what was wrong.
        LIB_RETURNS_NON_NULL
        constexpr const char* message() const noexcept { return text; }

        /** Makes one. */
        LIB_WARN_UNUSED_RESULT
        LIB_NON_NULL(1, 2)
        static basic_thing binary(const typename T::type& init) { return basic_thing(init); }
    };
    """
    found = [(d.symbol, d.doc, d.has_error) for d in definitions(source.encode(), "cpp", documented=True)]
    assert found == [("A::message", "Says what was wrong.", False), ("A::binary", "Makes one.", False)]
    assert row(source, "cpp", "implement", "A::message").output.startswith(
        "LIB_RETURNS_NON_NULL\nconstexpr const char*"
    )
