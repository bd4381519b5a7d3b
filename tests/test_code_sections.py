"""Sections of documentation: each style that people write, and what only looks like one."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest
from conftest import once
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.code.sections import Example, Item, Sections, sections

LANGUAGES = [
    "python", "rust", "javascript", "typescript", "tsx", "go", "java", "c", "cpp", "csharp", "ruby", "php", "kotlin",
    "swift", "scala", "lua", "bash", "haskell", "ocaml", "julia", "zig", "elixir", "r", "sql", "a language to come",
]  # fmt: skip


def read(doc: str, language: str = "python", signature: str = "") -> Sections:
    return sections(dedent(doc).strip("\n"), language, signature)


def names(items: tuple[Item, ...]) -> list[str]:
    return [item.name for item in items]


# --- Prose


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "doc",
    [
        "Returns the value of the key.",
        "Raises the flag: it is seen from afar.",
        "Parameters are read from the file.",
        "Note: nothing is returned.",
        "Examples of this are trees.",
        "Errors and warnings go to standard error.",
    ],
)
def test_words_of_sections_in_prose_are_no_sections(doc: str, language: str) -> None:
    assert read(doc, language) == Sections(summary=doc)


def test_the_summary_is_the_first_sentence_on_one_line() -> None:
    found = read("Read a file,\nline by line. Blank ones count.\n\nMore of it.")
    assert found.summary == "Read a file, line by line."
    assert found.description == "Blank ones count.\n\nMore of it."


@pytest.mark.parametrize(
    ("doc", "summary"),
    [
        ("Join parts, e.g. A and B. Then stop.", "Join parts, e.g. A and B."),
        ("Call `a. B` first. Then go.", "Call `a. B` first."),
        ("Load (see RFC 2616. It is old) and go. Done.", "Load (see RFC 2616. It is old) and go."),
        ("Version 3.11 only. Not 3.10.", "Version 3.11 only."),
        ("Do these:\n- one. Two\n- three", "Do these:"),
        ("zeros(shape, dtype=float)\n\nMake zeros. Fast.", "Make zeros."),
        ("No end", "No end"),
        ("", ""),
    ],
)
def test_a_sentence_ends_where_it_ends(doc: str, summary: str) -> None:
    assert read(doc).summary == summary


def test_roles_and_literals_are_read_as_plain_words() -> None:
    found = read("Send a :class:`~requests.Request` with ``data``, see :ref:`here <there>`.\n\nLike so::\n\n    x")
    assert found.summary == "Send a `Request` with `data`, see here."
    assert found.description == "Like so:\n\n    x"


# --- Google


def test_google() -> None:
    found = read("""
        Fetch rows.

        Long text.

        Args:
            keys (dict[str, list[int]]): The keys: all of them,
                and more.

                - nested: list
            *args: The rest.
            **kwargs (Any, optional): Passed on.
            size (Literal["a:b", "c"]): How much.
            x, y: A point.
            empty:
            only_type (int):

        Returns:
            dict[str, int]: What was found: rows.

        Raises:
            ValueError, KeyError: If a key is wrong.
            os.error: If the disk is full.

        Note:
            Slow.
    """)
    assert found.summary == "Fetch rows."
    assert found.description == "Long text.\n\nNote:\n    Slow."
    assert found.parameters == (
        Item("keys", "dict[str, list[int]]", "The keys: all of them,\nand more.\n\n- nested: list"),
        Item("*args", "", "The rest."),
        Item("**kwargs", "Any, optional", "Passed on."),
        Item("size", 'Literal["a:b", "c"]', "How much."),
        Item("x", "", "A point."),
        Item("y", "", "A point."),
    )
    assert found.returns == (Item("", "dict[str, int]", "What was found: rows."),)
    assert names(found.errors) == ["ValueError", "KeyError", "os.error"]


def test_google_sections_in_any_order_and_prose_between() -> None:
    found = read("""
        Do.

        Yields:
            Lines: of text that are no type.
        Between.

        Arguments:
            path: Where.
        After.
    """)
    assert found.parameters == (Item("path", "", "Where."),)
    assert found.description == "Between.\n\nAfter."
    assert len(found.returns) == 1


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("int: The count.", "int", "The count."),
        ("`str` or `list` of `str`: Names.", "`str` or `list` of `str`", "Names."),
        ("The count: how many there are.", "", "The count: how many there are."),
        ("Callable[[int], str] | None: A function.", "Callable[[int], str] | None", "A function."),
        ("Note: nothing.", "", "Note: nothing."),
        ("True if it is.", "", "True if it is."),
    ],
)
def test_a_type_is_told_from_a_text(line: str, kind: str, text: str) -> None:
    assert read(f"Do.\n\nReturns:\n    {line}").returns == (Item("", kind, text),)


def test_google_type_above_its_text() -> None:
    found = read("Do.\n\nArgs:\n    path (`str`, *optional*):\n\n        Where: here.\n    key (`int`)\n        Which.")
    assert found.parameters == (Item("path", "`str`, *optional*", "Where: here."), Item("key", "`int`", "Which."))


@pytest.mark.parametrize("title", ["Args", "Args :x", "args:", "Arguments are:", "Argh:"])
def test_what_is_no_title_stays_in_the_description(title: str) -> None:
    found = read(f"Do.\n\n{title}\n    x: An x.")
    assert found.parameters == ()
    assert "x: An x." in found.description


def test_a_title_with_nothing_below_it_stays() -> None:
    assert read("Do.\n\nArgs:\n\nMore.") == Sections("Do.", "Args:\n\nMore.")
    assert read("Do.\n\nArgs:\n    just prose here").description == "Args:\n    just prose here"


def test_sections_indented_into_another_are_their_own() -> None:
    found = read("Do.\n\nArgs:\n    x: An x.\n\n    Returns:\n        A y.")
    assert found.parameters == (Item("x", "", "An x."),)
    assert found.returns == (Item("", "", "A y."),)


def test_what_is_no_item_is_not_added_to_the_item_before() -> None:
    found = read(
        "Do.\n\nArgs:\n    x: An x,\n    lazily continued.\n    y (`list[str`, optional):\n        A y.\n"
        "    z `int`, malformed):\n        A z."
    )
    assert found.parameters == (Item("x", "", "An x,\nlazily continued."), Item("y", "`list[str`, optional", "A y."))
    assert "A z." in found.description


def test_a_section_ends_where_its_indentation_does() -> None:
    found = read("Do.\n\nArgs:\n    x: An x.\n\n Example usage:\n ```py\n f(x)\n ```")
    assert found.parameters == (Item("x", "", "An x."),)
    assert found.examples == (Example("f(x)", "python", "Example usage:"),)


def test_names_that_are_words_of_prose_elsewhere() -> None:
    found = read("Do.\n\nArgs:\n    default: What else.\n    example: One.\n    Note: no name.")
    assert names(found.parameters) == ["default", "example"]


# --- NumPy


def test_numpy() -> None:
    found = read("""
        Solve it.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            The data: two rows.

            - a list
        mode : {'a', 'b'}, optional
            Which.
        \\*args, **kwargs
            Passed on.
        bare : int

        Returns
        -------
        out : ndarray
            The result.
        bool
            Whether it worked.

        Other Parameters
        ----------------
        tol : float
            How near.

        Raises
        ------
        LinAlgError
            If it is singular.
        ValueError : if it is empty

        See Also
        --------
        solve : Another.

        Examples
        --------
        First:

        >>> solve(1)
        2

        >>> solve(2)
        3

        And then:

        >>> solve(3)

        That is all.
    """)
    assert found.parameters == (
        Item("x", "array_like, shape (n,)", "The data: two rows.\n\n- a list"),
        Item("y", "array_like, shape (n,)", "The data: two rows.\n\n- a list"),
        Item("mode", "{'a', 'b'}, optional", "Which."),
        Item("*args", "", "Passed on."),
        Item("**kwargs", "", "Passed on."),
        Item("tol", "float", "How near."),
    )
    assert found.returns == (Item("out", "ndarray", "The result."), Item("", "bool", "Whether it worked."))
    assert found.errors == (Item("LinAlgError", "", "If it is singular."), Item("ValueError", "", "if it is empty"))
    assert found.examples == (
        Example(">>> solve(1)\n2\n\n>>> solve(2)\n3", "python", "First:"),
        Example(">>> solve(3)", "python", "And then:"),
    )
    assert found.examples[0].source == "solve(1)\nsolve(2)"
    assert found.description == "See Also\n--------\nsolve : Another.\n\nThat is all."


def test_numpy_prose_among_parameters_is_no_parameter() -> None:
    found = read("Do.\n\nParameters\n----------\nx : int\n    An x.\n\nThis is said of all of them.")
    assert names(found.parameters) == ["x"]
    assert found.description == "This is said of all of them."


# --- Sphinx and Epydoc


def test_sphinx() -> None:
    found = read(r"""
        Send it.

        :param url: URL for the :class:`Request`: absolute.
        :param dict[str, int] params: (optional) Data
            that goes on,

            and on.
        :param \*\*kwargs: Passed on.
        :type url: str
        :param undocumented:
        :keyword timeout: Seconds.
        :returns: An answer.
        :rtype: Response
        :raises ValueError, TypeError: If wrong.
        :raises: Something else.
        :meta private:

        Usage::

            >>> send("x")
            <Response>

        The end.
    """)
    assert found.parameters == (
        Item("url", "str", "URL for the `Request`: absolute."),
        Item("params", "dict[str, int]", "(optional) Data\nthat goes on,\n\nand on."),
        Item("**kwargs", "", "Passed on."),
        Item("timeout", "", "Seconds."),
    )
    assert found.returns == (Item("", "Response", "An answer."),)
    assert names(found.errors) == ["ValueError", "TypeError", ""]
    assert found.examples == (Example('>>> send("x")\n<Response>', "python"),)
    assert ":meta private:" in found.description
    assert found.description.endswith("The end.")


def test_a_field_ends_at_a_blank_line_that_nothing_indented_follows() -> None:
    found = read(":param x: one\nlazily two\n\nProse.")
    assert found.parameters == (Item("x", "", "one\nlazily two"),)
    assert found.summary == "Prose."


def test_fields_in_an_indented_block_are_quoted() -> None:
    found = read("Reads lines such as\n\n    :param x: An x.\n    :returns: A y.")
    assert found == Sections("Reads lines such as", "    :param x: An x.\n    :returns: A y.")


def test_epydoc() -> None:
    found = read(
        "Add.\n\n@param x: An x,\n  or so.\n@type x: int\n@return: A sum.\n@raise ValueError: Never.\n@see: there"
    )
    assert found.parameters == (Item("x", "int", "An x,\nor so."),)
    assert found.returns == (Item("", "", "A sum."),)
    assert found.errors == (Item("ValueError", "", "Never."),)
    assert found.description == "@see: there"


# --- Examples in Python


def test_doctests_in_prose_are_examples_and_prose_stays() -> None:
    found = read("Add.\n\nIt adds:\n\n>>> add(1,\n...     2)\n3\n\nIt is pure.")
    assert found.examples == (Example(">>> add(1,\n...     2)\n3", "python", "It adds:"),)
    assert found.examples[0].source == "add(1,\n    2)"
    assert found.description == "It adds:\n\nIt is pure."


def test_fences_that_hold_section_headers() -> None:
    found = read("Do.\n\n```text\nArgs:\n    x: No parameter.\n```\n\nArgs:\n    y: A y.")
    assert names(found.parameters) == ["y"]
    assert "x: No parameter." in found.description
    assert found.examples == ()


def test_a_fence_below_an_unindented_title() -> None:
    found = read("Do.\n\nExample:\n\n```py\n>>> f()\n1\n```")
    assert found.examples == (Example(">>> f()\n1", "python"),)
    assert found.description == ""


def test_an_unclosed_fence_ends_with_what_it_is_in() -> None:
    found = read("Do.\n\nExample:\n    ```python\n    f()\n\nArgs:\n    x: An x.")
    assert found.examples == (Example("f()", "python"),)
    assert names(found.parameters) == ["x"]
    assert read("Do.\n\n```python\nf()\n\nArgs:\n    x: No.").parameters == ()


def test_directives_and_literal_blocks() -> None:
    found = read(
        "Do.\n\n.. code-block:: python\n    :linenos:\n\n    f()\n\n.. code-block:: console\n\n"
        "    $ x\n\nExample::\n\n    g()"
    )
    assert [example.code for example in found.examples] == ["f()", "g()"]
    assert "$ x" in found.description


def test_an_example_that_is_only_prose_stays_prose() -> None:
    assert read("Do.\n\nExample:\n    Take a tree.") == Sections("Do.", "Example:\n    Take a tree.")


def test_line_ends_do_not_matter() -> None:
    doc = "Do.\n\nArgs:\n    x: An x.\n\n>>> f()\n1"
    assert (
        sections(doc.replace("\n", "\r\n"), "python")
        == sections(doc, "python")
        == sections(doc.replace("\n", "\r"), "python")
    )


# --- Markdown


def test_rustdoc() -> None:
    found = read(
        """
        Opens the [`File`] at [path](http://x).

        See [the book] for [0, 1].

        [the book]: https://example.org
        [`File`]: crate::File

        # Arguments

        * `path` - Where: the [`Path`].
          And on.
        * `mode`: How.
        * `unsaid`

        # Errors

        * [`NotFound`] - when it is not there
        * `Denied`: when not allowed

        # Panics

        Panics if [empty](x).

        # Safety

        Must be `Send`.

        # Examples

        Open:

        ```
        # use x::File;
        #[test]
        fn main() {
            ##hash
        #   hidden
            File::open("x")?;
            #
        }
        ```

        Fails:

        ```compile_fail
        no()
        ```

        ```text
        out
        ```
        """,
        "rust",
    )
    assert found.summary == "Opens the `File` at path."
    assert found.parameters == (Item("path", "", "Where: the `Path`.\nAnd on."), Item("mode", "", "How."))
    assert found.errors == (
        Item("NotFound", "", "when it is not there"),
        Item("Denied", "", "when not allowed"),
        Item("panic", "", "Panics if empty."),
    )
    assert found.examples[0] == Example('#[test]\nfn main() {\n    #hash\n    File::open("x")?;\n}', "rust", "Open:")
    assert [example.language for example in found.examples] == ["rust", "text"]
    assert "See the book for [0, 1]." in found.description
    assert "# Safety\n\nMust be `Send`." in found.description
    assert "example.org" not in found.description


def test_headings_in_fences_are_code() -> None:
    found = read("Do.\n\n```\n# Errors\nfoo();\n```\n\n## Errors\n\nNone.\n\n# Notes\n\nText.", "rust")
    assert found.errors == (Item("", "", "None."),)
    assert found.examples == (Example("foo();", "rust", "Do."),)
    assert found.description == "# Notes\n\nText."


def test_a_section_ends_at_a_heading_of_its_level_only() -> None:
    found = read(
        "Do.\n\n# Examples\n\n## One\n\n```rust,no_run\na();\n```\n\n## Two\n\n```should_panic\n"
        "b();\n```\n\n# Arguments\n\nNone.",
        "rust",
    )
    assert [example.code for example in found.examples] == ["a();", "b();"]
    assert found.parameters == ()
    assert found.description == "# Arguments\n\nNone."


def test_julia() -> None:
    found = read(
        """
            add(x, y)

        Add. Fast.

        # Arguments
        - `x::Vector{Int}=[1]`: the first: a list.
        - `y, z`: no two names in one code
        - `a`, `b`: two.

        # Examples
        ```jldoctest; setup = 1
        julia> add(1, 2)
        3
        ```
        """,
        "julia",
    )
    assert found.summary == "Add."
    assert found.parameters[0] == Item("x", "Vector{Int}", "the first: a list.")
    assert names(found.parameters[-2:]) == ["a", "b"]
    assert found.examples == (Example("julia> add(1, 2)\n3", "julia"),)
    assert found.examples[0].source == "add(1, 2)"


def test_elixir() -> None:
    found = read(
        "Adds.\n\n## Parameters\n\n  - a: The first.\n  * `b` - The second.\n\n## Examples\n\n"
        "    iex> add(1, 2)\n    3\n\n    iex(2)> add(2,\n    ...(2)> 2)\n    4\n",
        "elixir",
    )
    assert found.parameters == (Item("a", "", "The first."), Item("b", "", "The second."))
    assert found.examples[0].source == "add(1, 2)\nadd(2,\n2)"


def test_swift() -> None:
    found = read(
        "Adds.\n\n- Parameter x: The x:\n  on and on.\n- Parameters:\n  - y: The y.\n"
        "  - z: The z.\n- Note: slow.\n- Returns: A sum.\n- Throws: `E` never.",
        "swift",
    )
    assert found.parameters == (Item("x", "", "The x:\non and on."), Item("y", "", "The y."), Item("z", "", "The z."))
    assert found.returns == (Item("", "", "A sum."),)
    assert found.errors == (Item("", "", "`E` never."),)
    assert found.description == "- Note: slow."


# --- Tags


def test_jsdoc() -> None:
    found = read(
        """
        Adds {@link Foo} & <b>more</b>.

        @since 1.0
        @param {Object<string, {a: number}>} opts - The options: all.
          And on.
        @param {number} [opts.depth=10] How deep.
        @param {...string} rest
        @param name - Plain.
        @returns {Promise<void>} Nothing.
        @throws {RangeError} When far.
        @throws When near.
        @example <caption>One</caption>
        @Component({})
        class A {}

        add(1)
        @example
        ```ts
        add(2)
        ```
        """,
        "typescript",
    )
    assert found.summary == "Adds `Foo` & more."
    assert found.parameters == (
        Item("opts", "Object<string, {a: number}>", "The options: all.\nAnd on."),
        Item("opts.depth", "number", "How deep."),
        Item("name", "", "Plain."),
    )
    assert found.returns == (Item("", "Promise<void>", "Nothing."),)
    assert found.errors == (Item("RangeError", "", "When far."), Item("", "", "When near."))
    assert found.examples == (
        Example("@Component({})\nclass A {}\n\nadd(1)", "typescript", "One"),
        Example("add(2)", "typescript"),
    )
    assert found.description == "@since 1.0"


def test_a_type_before_a_name_is_told_by_the_signature() -> None:
    doc = "Adds.\n\n@param Number count How many."
    assert read(doc, "javascript", "function add(count)").parameters == (Item("count", "Number", "How many."),)
    assert read(doc, "javascript").parameters == (Item("Number", "", "count How many."),)


def test_javadoc() -> None:
    found = read(
        """
        Gets the {@code List<String>} of {@link Foo#bar(int) bars}. More &lt;b&gt;.
        <p>Second <i>paragraph</i> of a Map&lt;K, V&gt;:
        <pre>{@code
        x.get("a");
        @Override
        }</pre>

        @param <T>  the type
        @param key  the key,
                    or {@code null}
        @param empty
        @return the value
        @throws java.io.IOException if it fails
        @author Someone
        """,
        "java",
    )
    assert found.summary == "Gets the `List<String>` of bars."
    assert found.description.startswith("More <b>.\n\nSecond paragraph of a Map<K, V>:")
    assert found.parameters == (Item("<T>", "", "the type"), Item("key", "", "the key,\nor `null`"))
    assert found.returns == (Item("", "", "the value"),)
    assert found.errors == (Item("java.io.IOException", "", "if it fails"),)
    assert found.examples[0].code == 'x.get("a");\n@Override'
    assert found.description.endswith("@author Someone")


def test_doxygen() -> None:
    found = read(
        r"""
        \brief Copies.

        Details.

        \param[in,out] dst Where to: there.
        @param src,n From and how much.

        \tparam T A type.
        \retval 0 It worked.
        \return A code.
        \throws std::bad_alloc When full.

        @code{.cpp}
        copy(a, b);
        \param no
        @endcode

        Prose again.
        """,
        "cpp",
    )
    assert found.summary == "Copies."
    assert found.parameters == (
        Item("dst", "", "Where to: there."),
        Item("src", "", "From and how much."),
        Item("n", "", "From and how much."),
        Item("T", "", "A type."),
    )
    assert found.returns == (Item("0", "", "It worked."), Item("", "", "A code."))
    assert found.errors == (Item("std::bad_alloc", "", "When full."),)
    assert found.examples == (Example("copy(a, b);\n\\param no", "cpp", "Details."),)
    assert found.description == "Details.\n\nProse again."


def test_kdoc_and_scaladoc() -> None:
    assert read("Adds [Foo].\n\n@param[x] The x.\n@param y The y.\n@return it", "kotlin").parameters == (
        Item("x", "", "The x."),
        Item("y", "", "The y."),
    )
    found = read("Adds.\n\n{{{\nadd(1)\n}}}\n\n@tparam A A type.\n@throws E never", "scala")
    assert found.parameters == (Item("A", "", "A type."),)
    assert found.examples == (Example("add(1)", "scala", "Adds."),)


def test_csharp() -> None:
    found = read(
        """
        <summary>
        Gets a <see cref="T:System.Foo"/> &amp; <paramref name="x"/>.
        </summary>
        <typeparam name="T">A type.</typeparam>
        <param name="x">The <c>x</c>.</param>
        <param name="y"></param>
        <returns>A value.</returns>
        <exception cref="System.ArgumentException">Never.</exception>
        <remarks><para>Slow.</para></remarks>
        <example>So:
        <code>
        Foo&lt;int&gt;();
        </code>
        </example>
        """,
        "csharp",
    )
    assert found.summary == "Gets a `System.Foo` & `x`."
    assert found.parameters == (Item("<T>", "", "A type."), Item("x", "", "The `x`."))
    assert found.returns == (Item("", "", "A value."),)
    assert found.errors == (Item("System.ArgumentException", "", "Never."),)
    assert found.examples == (Example("Foo<int>();", "csharp", "So:"),)
    assert found.description == "Slow."


def test_phpdoc() -> None:
    found = read(
        "Adds.\n\n@param array<string, int>|null $map The map.\n"
        "@param callable(int $a): string ...$f Functions.\n@param $bare It.\n@param int $no\n"
        "@return ?array<int, string> A list.\n@throws \\A\\B If bad.",
        "php",
    )
    assert found.parameters == (
        Item("$map", "array<string, int>|null", "The map."),
        Item("$f", "callable(int $a): string", "Functions."),
        Item("$bare", "", "It."),
    )
    assert found.returns == (Item("", "?array<int, string>", "A list."),)
    assert found.errors == (Item("\\A\\B", "", "If bad."),)


def test_yard() -> None:
    found = read(
        "Adds.\n\n@param name [Array<String, nil>] the name\n@param [Hash] opts the options\n"
        "@option opts [Integer] :depth (10) how deep\n@param *rest others\n"
        "@return [Boolean] whether\n@raise [ArgumentError] if bad\n@example Sum\n  add(1)\n"
        "  add(2)\n\nProse at the end.",
        "ruby",
    )
    assert found.parameters == (
        Item("name", "Array<String, nil>", "the name"),
        Item("opts", "Hash", "the options"),
        Item(":depth", "Integer", "how deep"),
        Item("*rest", "", "others"),
    )
    assert found.returns == (Item("", "Boolean", "whether"),)
    assert found.errors == (Item("ArgumentError", "", "if bad"),)
    assert found.examples == (Example("add(1)\nadd(2)", "ruby", "Sum"),)
    assert found.description == "Prose at the end."


def test_lua() -> None:
    found = read(
        "Adds.\n@tparam string name the name\n@param count the count\n"
        "@param path string|nil the path\n@string key the key\n@param[opt] last the last\n"
        "@treturn bool whether\n@raise never\n@usage add(1)\nadd(2)",
        "lua",
    )
    assert found.parameters == (
        Item("name", "string", "the name"),
        Item("count", "", "the count"),
        Item("path", "string|nil", "the path"),
        Item("key", "string", "the key"),
        Item("last", "", "the last"),
    )
    assert found.returns == (Item("", "bool", "whether"),)
    assert found.examples == (Example("add(1)\nadd(2)", "lua"),)


def test_odoc_and_roxygen() -> None:
    found = read(
        "[add x y] is {!sum}.\n\n{[\nadd 1\n]}\n\n@param x the [x]\n@return it\n@raise Not_found never", "ocaml"
    )
    assert found.summary == "`add x y` is `sum`."
    assert found.parameters == (Item("x", "", "the `x`"),)
    assert found.errors == (Item("Not_found", "", "never"),)
    assert found.examples[0].code == "add 1"
    found = read("Add.\n\n@param x,y Numbers.\n@return A sum.\n@examples\nadd(1)\n\nadd(2)\n@export", "r")
    assert names(found.parameters) == ["x", "y"]
    assert found.examples == (Example("add(1)\n\nadd(2)", "r"),)


def test_godoc_and_haddock() -> None:
    found = read("Add adds.\n\nExample:\n\n\tAdd(1)\n\tAdd(2)\n\nA table:\n\n\ta b", "go")
    assert found.examples == (Example("Add(1)\nAdd(2)", "go", "Example:"),)
    assert "a b" in found.description
    found = read("| Adds. More.\n\n>>> add 1\n2\n\n@\nadd 3\n@", "haskell")
    assert found.summary == "Adds."
    assert [example.code for example in found.examples] == [">>> add 1\n2", "add 3"]


def test_mail_addresses_and_annotations_are_no_tags() -> None:
    found = read("Ask.\n\n@param.x is no tag\n@Override\nme@param.org\n@unknown thing", "java")
    assert found.parameters == ()
    assert found.description == "@param.x is no tag\n@Override\nme@param.org\n@unknown thing"


# --- All texts

PIECES = st.sampled_from(
    [
        "Args:",
        "Returns:",
        "Example::",
        "Parameters",
        "-----",
        "x : int",
        "    y (int): text.",
        ":param x: y",
        "@param x y",
        "# Errors",
        "## Examples",
        "```",
        "~~~",
        "```rust",
        ">>> f()",
        "    iex> f",
        "* `x` - y",
        "- Parameters:",
        "@code",
        "<param name='x'>",
        "</param>",
        "<example><code>",
        "</code>",
        "{@code",
        "{[",
        "<pre>",
        "@",
        "",
        "[a]: b",
        "[a]",
        "# ",
        "- Returns: [",
        "@param {",
        "@param [",
        "@return $",
        "@example",
        "(((",
        "`",
        "::",
        ".. code-block:: python",
        "\t",
    ]
)
DOCS = st.one_of(
    st.text(max_size=200),
    st.lists(st.one_of(PIECES, PIECES.map(lambda piece: f"    {piece}"), st.text(max_size=10)), max_size=20).map(
        "\n".join
    ),
)


@settings(max_examples=600, deadline=None)
@given(DOCS, st.sampled_from(LANGUAGES), st.text(max_size=20))
def test_any_text_is_read_and_nothing_is_made_up(doc: str, language: str, signature: str) -> None:
    found = sections(doc, language, signature)
    assert found == sections(doc, language, signature)
    assert "\n" not in found.summary
    assert all(item.text for item in found.parameters)
    assert all(example.code.strip() for example in found.examples)
    source = set("".join(doc.split()))
    if not any(mark in doc for mark in "&`<{["):  # of which markup makes other characters
        told = [found.summary, found.description, *(i.text for i in (*found.parameters, *found.returns))]
        assert set("".join("".join(told).split())) <= source | set("@")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["one", "two", "three", "four"]), min_size=1, max_size=30), st.sampled_from(LANGUAGES))
def test_plain_words_are_all_kept(words: list[str], language: str) -> None:
    found = sections(" ".join(words), language)
    assert found == Sections(summary=" ".join(words))


@pytest.mark.parametrize(
    "piece",
    [
        "Args:\n",
        "Args:\n  x: y\n",
        "Returns\n---\n",
        ":param x: y\n",
        "@param x y\n",
        "@param {\n",
        "@return " + "(",
        "# Errors\n",
        "```\n",
        "* `x`\n",
        "[a]",
        "[a]: b\n",
        "<p>",
        "<",
        "<summary>",
        "{@code ",
        "{@",
        ">>> x\n\n",
        "a\n```py\nx\n```\n",
        "@throws {@link ",
        "`",
        "(",
        ". A",
        "x, ",
        "    x\n",
        "Example::\n\n",
        ":type x: y\n",
        "a" * 50,
        " ",
        "\n",
        "{[\n",
        "@code\n",
        "- Parameters:\n",
        "<pre>\n",
        "x or ",
        "`x`, ",
        "A, ",
    ],
)
@pytest.mark.parametrize("language", ["python", "rust", "typescript", "cpp", "csharp", "ruby", "lua", "swift"])
def test_reading_is_linear(piece: str, language: str) -> None:
    def seconds() -> float:
        started = time.process_time()
        for prefix in ("", "Do.\n\nArgs:\n    ", "Do.\n\n@param ", "Do.\n\n# Arguments\n\n* ", "Do.\n\nReturns\n---\n"):
            sections(prefix + piece * (10_000 // len(piece)), language)
        return time.process_time() - started

    assert once(lambda: seconds() < 0.75)
