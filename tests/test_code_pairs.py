"""What a documented definition asks and answers."""

from __future__ import annotations

import textwrap
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.code import definitions
from corpus.code.pairs import documentation_of, pairs
from corpus.code.phrasing import GAP, phrase, summary_in, words_of
from corpus.entry import Entry

PYTHON = '''
def fetch(url: str, timeout: float = 3.0, *, retries: int = 0) -> bytes:
    """Fetch the bytes behind a URL.

    Redirects are followed up to ten times. What a server sends after its promised length is thrown away, and a
    connection that is closed early is an error.

    Args:
        url: Where to look, with its scheme.
        timeout: Seconds to wait for each packet.
        retries: n

    Raises:
        ValueError: The URL has no scheme.
        OSError: Nobody answers in time.

    Example:
        >>> len(fetch("file:///dev/null"))
        0
        >>> other()
    """
    parts = split(url)
    if not parts.scheme:
        raise ValueError(url)

    for attempt in range(retries + 1):
        try:
            with open_connection(parts, timeout) as connection:
                return connection.read()
        except TimeoutError:
            continue

    raise OSError(f"no answer from {parts.host}")
'''


def entries(source: str, language: str = "python") -> list[Entry]:
    found = definitions(textwrap.dedent(source).encode(), language, documented=True)
    return [entry for definition in found for entry in pairs(definition, language)]


def one(task: str, category: str, source: str = PYTHON, language: str = "python") -> Entry:
    (found,) = [e for e in entries(source, language) if (e.task, e.category) == (task, category)]
    return found


def test_a_well_documented_function_gives_every_kind_of_row() -> None:
    assert Counter((e.category, e.task) for e in entries(PYTHON)) == {
        ("function", "document"): 1,
        ("function", "implement"): 1,
        ("function", "explain"): 1,
        ("function", "complete"): 1,
        ("argument", "answer"): 1,
        ("error", "answer"): 1,
        ("example", "answer"): 1,
    }
    assert {(e.symbol, e.language, e.line_start, e.line_end) for e in entries(PYTHON)} == {("fetch", "python", 2, 33)}


def test_implement_asks_in_plain_words_and_holds_the_documentation_once() -> None:
    row = one("implement", "function")
    assert "Fetch the bytes behind a URL." in row.instruction
    assert row.input.startswith("def fetch(url: str, timeout: float = 3.0, *, retries: int = 0) -> bytes\n\nRedirects")
    assert "Fetch the bytes" not in row.input
    assert '"""' not in row.output
    assert row.output.startswith("def fetch(")
    document = one("document", "function")
    said = documentation_of("function", "implement", row.instruction, row.input, row.output)
    assert said is not None
    assert said.split() == document.output.split()


def test_arguments_and_errors_are_those_that_something_is_said_about() -> None:
    assert one("answer", "argument").output == (
        "- `url`: Where to look, with its scheme.\n- `timeout`: Seconds to wait for each packet."
    )
    assert one("answer", "error").output == (
        "- `ValueError`: The URL has no scheme.\n- `OSError`: Nobody answers in time."
    )
    assert not [e for e in entries('def f(a):\n    """Do it.\n\n    Args:\n        a: x\n    """\n    return a\n') if
                e.category == "argument"]  # fmt: skip


def test_an_example_is_code_that_names_the_definition() -> None:
    assert one("answer", "example").output == '>>> len(fetch("file:///dev/null"))\n0\n>>> other()'
    silent = PYTHON.replace("        0\n", "")
    assert one("answer", "example", silent).output == 'len(fetch("file:///dev/null"))\nother()'
    rust = """
    /// Adds.
    ///
    /// ```
    /// assert_eq!(total(1), 2);
    /// ```
    ///
    /// ```
    /// fn total(a: u8) -> u8;
    /// ```
    ///
    /// ```text
    /// total
    /// ```
    fn total(a: u8) -> u8 { a + 1 }
    """
    assert one("answer", "example", rust, "rust").output == "assert_eq!(total(1), 2);"


def test_explain_is_prose_and_needs_more_than_a_sentence() -> None:
    row = one("explain", "function")
    assert row.output.startswith("Fetch the bytes behind a URL.\n\nRedirects")
    assert "Args" not in row.output
    assert row.input.startswith("def fetch(")
    assert not [e for e in entries('def f():\n    """Only a sentence."""\n    return 1\n') if e.task == "explain"]


def test_notes_on_versions_explain_nothing() -> None:
    source = '''
    def f():
        """Register a function to use as a custom filter.

        The decorator of the same name can be used to register a function by decorating it instead.

        .. versionchanged:: 2.0
            It was slower.
        """
        return 1
    '''
    assert "version" not in one("explain", "function", source).output
    assert "versionchanged" in one("document", "function", source).output


def test_complete_takes_whole_lines_of_one_block_and_they_fit_back() -> None:
    row, whole = one("complete", "function"), one("implement", "function").output
    (gap,) = [line for line in row.input.split("\n") if line.strip() == GAP]
    indent = gap.removesuffix(GAP)
    back = "\n".join(indent + line if line else line for line in row.output.split("\n"))
    assert row.input.replace(gap, back) == whole
    assert not row.output.startswith(" ")


LINES = ["a = 1", "if a:", "    b()", "    return c", "", "else:", "for x in y:", "    (", "    )"]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LINES), min_size=4, max_size=40), st.text("abc", min_size=1, max_size=5))
def test_any_gap_fits_back(lines: list[str], name: str) -> None:
    body = "\n".join("    " + line if line else line for line in lines)
    for row in entries(f'def {name}():\n    """Say what it does."""\n{body}\n'):
        if row.task != "complete":
            continue
        (gap,) = [line for line in row.input.split("\n") if line.strip() == GAP]
        indent = gap.removesuffix(GAP)
        back = "\n".join(indent + line if line.strip() else line for line in row.output.split("\n"))
        before, _, after = row.input.partition(gap)
        code = next(
            d.code for d in definitions(f'def {name}():\n    """Say."""\n{body}\n'.encode(), "python") if d.symbol
        )
        assert (before + back + after).split() == code.split()
        assert all(line.startswith(indent) for line in back.split("\n") if line.strip())


def test_a_long_class_is_shown_as_an_outline() -> None:
    methods = "\n".join(
        f"    def m{i}(self):\n        return {i} * 'a long string of no great meaning'\n" for i in range(60)
    )
    row = one("document", "type", f'class Long:\n    """Hold many methods."""\n\n{methods}')
    assert "def m59(self):\n        ..." in row.input
    assert "meaning" not in row.input
    assert "meaning" in one("implement", "type", f'class Long:\n    """Hold many methods."""\n\n{methods}').output


def test_a_constant_is_documented_and_never_implemented() -> None:
    assert [e.task for e in entries("/// The limit of all things.\nconst LIMIT: u8 = 1;\n", "rust")] == ["document"]


@pytest.mark.parametrize("question", ["document", "explain", "complete", "argument", "error", "example"])
def test_phrasings_vary_with_the_name_and_not_with_the_run(question: str) -> None:
    words = {"what": "Python function", "title": "Python", "comment": "a docstring", "name": "`f`"}
    said = [phrase(question, f"name{i}", words_of(**words)) for i in range(60)]
    assert len(set(said)) >= 3
    assert said == [phrase(question, f"name{i}", words_of(**words)) for i in range(60)]
    assert not any("{" in text for text in said)


@given(st.text(min_size=1).filter(lambda text: text.strip() == text), st.text("abc", max_size=9))
def test_the_summary_is_found_again_in_every_phrasing(summary: str, symbol: str) -> None:
    assert summary_in(phrase("implement", symbol, words_of("C++ function", summary=summary))) == summary


def test_a_class_is_called_a_class() -> None:
    assert "class" in one("document", "type", 'class A:\n    """Hold something."""\n    x = 1\n').instruction


CSHARP = """
class Shop {
    /// <summary>Sells a <see cref="Thing"/> of the <c>shelf</c>.</summary>
    /// <param name="number">How many <paramref name="thing"/> to sell.</param>
    /// <returns>What is left of it.</returns>
    /// <exception cref="System.ArgumentException">When there are none.</exception>
    public int Sell(int number) {
        return stock - number;
    }

    /// <inheritdoc/>
    public int Buy(int number) {
        return stock + number;
    }

    /// <summary>The name over the door.</summary>
    public string Name { get { return "at " + street; } }
}
"""


def test_implement_asks_in_plain_words_where_documentation_is_xml() -> None:
    row = next(e for e in entries(CSHARP, "csharp") if e.task == "implement" and e.symbol == "Shop.Sell")
    assert row.instruction.endswith("Sells a `Thing` of the `shelf`.")
    assert "<" not in row.input
    assert "Sells" not in row.input
    assert "- `number`: How many `thing` to sell." in row.input
    assert "- `System.ArgumentException`: When there are none." in row.input
    documented = next(e for e in entries(CSHARP, "csharp") if e.task == "document" and e.symbol == "Shop.Sell")
    assert documented.output.startswith("<summary>Sells a <see")


@pytest.mark.parametrize(
    ("source", "language"),
    [
        (CSHARP, "csharp"),
        ("/** @private */\nfunction f(a) { return a + 1 }\n", "javascript"),
        ("class A {\n  /** {@inheritDoc} */\n  int f() { return 1 + 2; }\n}\n", "java"),
        ("# :nodoc:\ndef f(a)\n  a + 1\nend\n", "ruby"),
    ],
)
def test_documentation_that_says_nothing_gives_no_row(source: str, language: str) -> None:
    assert not [e for e in entries(source, language) if e.symbol not in {"Shop.Sell", "Shop.Name"}]


@pytest.mark.parametrize(
    ("source", "language", "summary", "rest"),
    [
        (
            "class A {\n/**\n * Adds {@link It}. <p>Not\n * b.\n *\n * @param a {@code I}\n */\nint f() { g(); }\n}\n",
            "java",
            "Adds `It`.",
            "Not\nb.\n\n@param a `I`",
        ),
        (
            "/**\n * Draws a {@link Box}.\n *\n * @example\n * f(<p>x</p>)\n */\nfunction f(a) { return a + 1 }\n",
            "javascript",
            "Draws a `Box`.",
            "@example\nf(<p>x</p>)",
        ),
        ("/** Feeds a [Dog.Puppy]. */\nfun f(a: Int): Int { return a + 1 }\n", "kotlin", "Feeds a `Dog.Puppy`.", ""),
        ("/** Feeds a [[Dog]]. */\ndef f(a: Int): Int = { a + 1 }\n", "scala", "Feeds a `Dog`.", ""),
        ("/**\n * @brief Adds two numbers.\n */\nint f(int a) { return a + 1; }\n", "c", "Adds two numbers.", ""),
        (
            "-- | \\(O(n)\\). Drop the first.\n--\n-- Never fails.\nf :: Int -> Int\nf x = g x + 1\n",
            "haskell",
            "Drop the first.",
            "\\(O(n)\\).\n\nNever fails.",
        ),
        ('"""\n    f(x)\n\nAdd one.\n\nMore.\n"""\nf(x) = g(x) + 1\n', "julia", "Add one.", "f(x)\n\nMore."),
        ("-- | @mempty@ = 'empty'.\nf :: Int -> Int\nf x = g x + 1\n", "haskell", "@mempty@ = 'empty'.", ""),
        ("# Public: Wash it.\ndef f(a)\n  a + 1\nend\n", "ruby", "Wash it.", ""),
        ("/// Wash [`Dog`].\n///\n/// [`Dog`]: crate::Dog\nfn f() -> u8 { g() + 1 }\n", "rust", "Wash `Dog`.", ""),
    ],
)
def test_the_summary_is_said_once_and_without_markup(source: str, language: str, summary: str, rest: str) -> None:
    row = next(e for e in entries(source, language) if e.task == "implement")
    assert row.instruction.endswith(" " + summary)
    assert row.input.partition("\n\n")[2].strip() == rest
    found = documentation_of(row.category, row.task, row.instruction, row.input, row.output)
    assert (found or "").startswith(summary)


def test_a_rest_keeps_the_indentation_of_its_code() -> None:
    source = 'defmodule A do\n  @doc """\n  Adds.\n\n      iex> A.f(1)\n      2\n  """\n  def f(x), do: x + 1\nend\n'
    row = one("implement", "function", source, "elixir")
    assert row.input.endswith("\n\n    iex> A.f(1)\n    2")


def test_an_article_fits_and_what_a_value_is_called_too() -> None:
    words = {"what": "Elixir function", "summary": "Adds."}
    said = {phrase("implement", f"name{i}", words_of(**words)) for i in range(60)}
    assert any("an Elixir function" in text for text in said)
    assert not any(" a Elixir" in text for text in said)
    assert "C# property" in next(e for e in entries(CSHARP, "csharp") if e.symbol == "Shop.Name").instruction
    assert (
        "Go variable" in one("document", "constant", "package a\n\n// Limit of all.\nvar Limit = 1\n", "go").instruction
    )


def test_a_module_has_no_signature_and_phrasings_of_its_own() -> None:
    rows = [one("implement", "module", f'"""Say {i} things of great weight."""\nprint(say({i}))\n') for i in range(20)]
    assert len({row.instruction.partition("Say")[0] for row in rows}) >= 3
    assert not any("signature" in row.instruction for row in rows)
    assert all(summary_in(row.instruction).startswith("Say") for row in rows)
    assert (
        "Bash script"
        in one("document", "module", "#!/bin/bash\n#\n# @file Clean it all up.\n\nls\n", "bash").instruction
    )


ALLMAN = """
class A {
    /// <summary>Say what it does.</summary>
    public int F%d(int a)
    {
        if (a == 1)
        {
            return Other(a);
        }

        while (Next(a))
        {
            Handle(a);
            // Then go on.
        }

        return list
            .Where(x)
            .First();
    }
}
"""


def test_a_gap_is_of_whole_statements_where_braces_have_their_own_lines() -> None:
    for number in range(40):
        for row in entries(ALLMAN % number, "csharp"):
            if row.task == "complete":
                after = row.input.partition(GAP)[2].strip()
                assert not after.startswith(("{", "."))
                assert not row.output.startswith(("{", ".", "//"))
                assert not row.output.split("\n")[-1].startswith("//")
                assert row.output.count("{") == row.output.count("}")


def test_an_explanation_ends_with_a_sentence_and_not_with_what_introduces_an_example() -> None:
    source = '''
    def f(x):
        """Turn a thing around.

        Whatever it is, it stands on its head afterwards and can be turned around again by whoever wants to do
        that with it. For example:

            >>> f(1)
            2
        """
        return g(x) + 1
    '''
    assert one("explain", "function", source).output.endswith("wants to do\nthat with it.")


def test_tags_that_only_file_a_definition_explain_nothing() -> None:
    source = """
    /**
     * Turns a thing around.
     *
     * Whatever it is, it stands on its head afterwards and can be turned around again by whoever wants to do that.
     *
     * @static
     * @memberOf _
     * @since 0.1.0
     * @category Things
     * @param {Object} thing What to turn.
     */
    function turn(thing) { return flip(thing) + 1 }
    """
    assert "@" not in one("explain", "function", source, "javascript").output
    assert one("implement", "function", source, "javascript").input.endswith(
        "do that.\n\n@param {Object} thing What to turn."
    )


def test_a_summary_that_is_a_tag_is_no_sentence_to_ask_with() -> None:
    source = "class A {\n  /** @deprecated Use the other one instead. */\n  int f() { return g() + 1; }\n}\n"
    row = one("implement", "function", source, "java")
    assert not summary_in(row.instruction)
    assert "@deprecated Use the other one instead." in row.input
