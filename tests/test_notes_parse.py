"""One note: what is a link, a tag, a property, a block, and what is none."""

from __future__ import annotations

import json
import time

import pytest
from conftest import once
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.notes.canvas import parse_base, parse_canvas
from corpus.notes.parse import Note, parse_note
from corpus.notes.properties import created_at, find_properties, plain_yaml


def targets(text: str) -> list[tuple[str, str, str, int]]:
    return [(r.kind, r.target, r.subpath, r.line) for r in parse_note(text).references]


def tags(text: str) -> list[str]:
    return [tag.name for tag in parse_note(text).tags]


def shown(text: str) -> str:
    return "\n\n".join(section.text for section in parse_note(text).sections if section.text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[Note]]", [("link", "Note", "", 1)]),
        ("a\nb [[Folder/Note#Heading|shown]]", [("link", "Folder/Note", "Heading", 2)]),
        ("![[image.png|640x480]]", [("embed", "image.png", "", 1)]),
        ("[[#Here]] [[N#A#B]] [[N#^id]]", [("link", "", "Here", 1), ("link", "N", "A#B", 1), ("link", "N", "^id", 1)]),
        ("[[Sq]uare]]", [("link", "Sq]uare", "", 1)]),
        ("[[Nested [[Inner]] x]]", [("link", "Inner", "", 1)]),
        ("[[https://example.org]]", [("link", "https://example.org", "", 1)]),
        ("[t](My%20Note.md#H)", [("link", "My Note.md", "H", 1)]),
        ("[t](<My Note.md>) ![i](a.png)", [("link", "My Note.md", "", 1), ("embed", "a.png", "", 1)]),
        ("[![alt](a.png)](B.md)", [("link", "B.md", "", 1)]),
        ("[![[a.png]]](https://example.org)", [("embed", "a.png", "", 1)]),
        ("| a |\n|---|\n| [[X\\|y]] |", [("link", "X", "", 3)]),
        ("%% [[Hidden]] %%", [("link", "Hidden", "", 1)]),
        ("**[[Bold]]** ==[[Marked]]== _[[a_b_c]]_", [("link", n, "", 1) for n in ("Bold", "Marked", "a_b_c")]),
        ("> [!note] [[Title]]\n> [[Body]]", [("link", "Title", "", 1), ("link", "Body", "", 2)]),
        ("- [?] [[Task]]\n\t- [[Deeper]]", [("link", "Task", "", 1), ("link", "Deeper", "", 2)]),
        ("text[^1]\n\n[^1]: See [[Foot]].", [("link", "Foot", "", 3)]),
        ("costs $5 [[A]] and $6", [("link", "A", "", 1)]),
        ("---\nup: '[[Home#X]]'\n---\n[[B]]", [("link", "B", "", 4), ("property", "Home", "X", 2)]),
        ("(see:: [[A]]) [by:: [[B]]]", [("link", "A", "", 1), ("link", "B", "", 1)]),
    ],
)
def test_links_are_found_where_obsidian_finds_them(text: str, expected: list[tuple[str, str, str, int]]) -> None:
    assert targets(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "`[[Code]]` ``[[Co`de]]``",
        "```\n[[Fence]]\n```",
        "> ```\n> [[Quoted fence]]\n> ```",
        "    [[Indented]]",
        "$[[m]]$",
        "$$\n[[m]]\n\n[[n]]\n$$",
        "a $$[[m]]$$ b",
        "<div>\n[[Html]]\n</div>",
        '<a title="[[x]]">y</a>',
        "<!-- [[Comment]] -->",
        "\\[[Escaped]]",
        "[[two\nlines]]",
        "[[]] [[|alias]]",
        "[t](My Note.md)",
        "[t](https://example.org) [m](mailto:a@example.org)",
        "---\nlink: [[Unquoted]]\n---\n",
        "| a |\n|---|\n| [[X|y]] |",
    ],
)
def test_no_link_is_found_where_obsidian_finds_none(text: str) -> None:
    assert targets(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#tag #a/b #y1984 #1984 #日本語 #🚀", ["tag", "a/b", "y1984", "日本語", "🚀"]),
        ("text#no https://example.org/#no [x](#no) `#no`", []),
        ("# Heading\n## #real", ["real"]),
        ("#one#two", ["one", "two"]),
        ("%%#comment%%", ["comment"]),
        ("#ends, #here. (#not)", ["ends", "here"]),
        ("---\ntags: [a, '#b', c/d, 2024]\n---\n", ["a", "b", "c/d"]),
        ("---\ntags: one, two three\n---\n", ["one", "two", "three"]),
        ("---\ntags:\n---\n", []),
        ("---\ntags: [has blank, true]\n---\n", []),
    ],
)
def test_tags(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See [[Folder/Note]] and [[N#A#B]], [[N#^id]].", "See Note and N > A > B, N."),
        ("a ==b== c[^1] ^[inline]\n\n[^1]: The *note*.", "a b c (The *note*.) (inline)"),
        ("kept %%hidden%% here", "kept here"),
        ("kept\n\n%%\n# Hidden\n[[x]]\n%%\n\nalso", "kept\n\nalso"),
        ("100 %% is not a comment", "100 %% is not a comment"),
        ("before\n\n%% never closed\n\nrest", "before"),
        ("A sentence. #label #two", "A sentence."),
        ("I like #deep/blue_sky very much", "I like blue sky very much"),
        ("Text here. ^block-id", "Text here."),
        ("Written on {{date:YYYY}} by <% tp.user %>.", "Written on by."),
        ("[key:: value] and (hidden:: shown)", "key: value and shown"),
        ("status:: done", "status: done"),
        ("> [!warning]- Take care\n> Really.", "> **Take care**\n> Really."),
        ("> [!tip]\n> Really.", "> **Tip**\n> Really."),
        ("```dataview\nTABLE x\n```\n\nafter", "after"),
        ("![](a.png) ![alt|100](https://example.org/a.png)", "\x000\x00"),
        ('A <span class="x">plain</span> word, and <kbd>Ctrl</kbd>.', "A plain word, and <kbd>Ctrl</kbd>."),
        ("`==code==` and `%%x%%` and $a == b$", "`==code==` and `%%x%%` and $a == b$"),
        ("| [[A\\|b]] | [[C]] |\n|---|---|\n| x | y |", "| b | C |\n|---|---|\n| x | y |"),
    ],
)
def test_what_is_left_can_be_read_without_obsidian(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_code_keeps_every_character() -> None:
    code = "```python\ndef f():\n\n\n    return '[[x]] ==y== #z %%w%% ^id'\n```"
    assert shown(f"Before.\n\n{code}\n\nAfter.") == f"Before.\n\n{code}\n\nAfter."


def test_sections_have_their_lines() -> None:
    note = parse_note("---\na: 1\n---\nintro\n\n# One\n\ntext\n\n## Two ##\n\nSetext\n===\nend\n")
    assert [(s.level, s.heading, s.line_start, s.line_end) for s in note.sections] == [
        (0, "", 4, 4),
        (1, "One", 6, 8),
        (2, "Two", 10, 10),
        (1, "Setext", 12, 14),
    ]


def test_blocks_are_what_stands_before_their_id() -> None:
    text = (
        "para ^one\n\n- item ^two\n- other\n\n^three\n\n> quote\n\n^four\n\n| a |\n|---|\n\n^five\n\n![[p.png]]^six\n"
    )
    found = {block.id: (block.line_start, block.line_end) for block in parse_note(text).blocks}
    assert found == {"one": (1, 1), "two": (3, 3), "three": (3, 5), "four": (8, 8), "five": (12, 13), "six": (17, 17)}


def test_tasks_have_any_status() -> None:
    found = parse_note("- [ ] open\n- [x] done\n1. [?] asked\n* [-] dropped\n- [] none").tasks
    assert [(task.status, task.text) for task in found] == [
        (" ", "open"),
        ("x", "done"),
        ("?", "asked"),
        ("-", "dropped"),
    ]


def cards(text: str) -> list[tuple[str, str, str]]:
    return [(card.kind, card.front, card.back) for card in parse_note(text).cards]


def test_questions_and_answers_as_they_stand() -> None:
    assert cards("> [!faq]+ Why?\n> Because.\n>\n> - so") == [("question", "Why?", "Because.\n\n- so")]
    assert cards("#flashcards\n\nfront::back\n\nWho?\n?\nShe. <!--SR:!2024-01-01,3,250-->") == [
        ("flashcard", "front", "back"),
        ("flashcard", "Who?", "She."),
    ]
    assert cards("Q: Where?\nA: Here.") == [("flashcard", "Where?", "Here.")]
    assert cards("- **Term**: meaning\n- **Not one** of them") == [("term", "Term", "meaning")]
    assert cards("- Word: meaning") == []
    assert cards("# Glossary\n- Word: meaning") == [("term", "Word", "meaning")]
    assert cards("status:: active\nuse std::vector<int>") == [("field", "status", "active")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: yes\nb: on\nc: true", {"a": "yes", "b": "on", "c": True}),
        ("a: 12:30\nb: 2024-01-02\nc: 0123", {"a": "12:30", "b": "2024-01-02", "c": 123}),
        ("a: 0o17\nb: 0x1f\nc: 1e3\nd: ~", {"a": 15, "b": 31, "c": 1000.0, "d": None}),
        ('{"a": [1, "b"],\n\t"c": null}', {"a": [1, "b"], "c": None}),
        ("a: [x, y]", {"a": ["x", "y"]}),
    ],
)
def test_properties_are_yaml_1_2(text: str, expected: dict[str, object]) -> None:
    assert find_properties(f"---\n{text}\n---\n").values == expected


@pytest.mark.parametrize(
    "head",
    [
        "a: {{date}}",
        "title: Foo: bar",
        "- a\n- list",
        "just words",
        "a: &x [1]\nb: *x",
        "a: !!python/object/apply:os.system [ls]",
        "a: " + "[" * 50_000,
        "a: " + "- " * 30_000,
        "a: " + "9" * 5000 + "e999",
        "x: " + "y" * 70_000,
        "\tb: 1",
        "? [a]\n: {b: [}",
    ],
)
def test_broken_properties_cost_themselves_and_not_the_note(head: str) -> None:
    note = parse_note(f"---\n{head}\n---\n\nThe note has [[a link]].")
    assert note.references[0].target == "a link"
    assert note.sections[0].text == "The note has a link."
    assert note.problem or note.properties


def test_a_head_that_is_not_closed_is_text() -> None:
    note = parse_note("---\na: 1\n\ntext")
    assert (note.properties, note.problem) == ({}, None)
    assert "text" in note.sections[-1].text


def test_references_of_a_bomb_are_not_followed() -> None:
    bomb = "a: &a [x,x,x]\n" + "".join(
        f"{b}: &{b} [*{a},*{a},*{a}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    with pytest.raises(ValueError, match="alias"):
        plain_yaml(bomb)


def test_when_a_note_was_written_is_what_it_says() -> None:
    assert str(created_at({"Created": "2024-03-05"})) == "2024-03-05 00:00:00+00:00"
    assert str(created_at({"date": "2024-03-05T10:00:00+02:00"})) == "2024-03-05 10:00:00+02:00"
    assert created_at({"date": "[[2024-03-05]]", "created": 5}) is None


PIECES = [
    "[[", "]]", "[", "]", "(", ")", "![[", "|", "\\|", "\\", "#", "#tag", "^", "^id", "^[", "[^1]", "[^1]: ", "%%",
    "$", "$$", "`", "``", "```", "~~~\n", "==", "**", "_", "::", "key:: v", "{{", "}}", "<%", "%>", "<!--", "-->",
    "<div>", "<", ">", "> ", "> [!note] ", "> [!question]- ", "---\n", "---", "- ", "- [x] ", "1. ", "\t", "    ",
    "\n", "\n\n", "\r\n", "\r", "# ", "## ", "===\n", "| a | b |\n|---|---|\n", "word", "é", "e\u0301", "中文", "🚀",
    "\ufeff", "\u2028", "\x0c", "https://e.org/#a",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@given(SOUP | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_parser_and_what_it_finds_lies_in_the_text(text: str) -> None:
    text = text.replace("\0", "")
    note = parse_note(text)
    plain = json.dumps(note.to_json(), ensure_ascii=False)
    assert Note.from_json(json.loads(plain)) == note
    lines = text.count("\n") + text.count("\r") + 1
    places = [(s.line_start, s.line_end) for s in (*note.sections, *note.blocks, *note.cards)]
    assert all(1 <= start <= end <= lines + 1 for start, end in places)
    assert all(1 <= one.line <= lines for one in (*note.references, *note.tags, *note.tasks))
    assert parse_note(text) == note


@given(SOUP)
@settings(max_examples=80, deadline=None)
def test_a_byte_order_mark_and_line_ends_change_nothing(text: str) -> None:
    text = text.replace("\r", "").replace("\ufeff", "")
    assert parse_note("\ufeff" + text.replace("\n", "\r\n")) == parse_note(text)


@pytest.mark.parametrize(
    "unit",
    ["[", "[[", "![[", "[[a|", "[a](", "`", "` ``", "$", "$$", "<!--", "<a ", "<%", "{{", "%%", "==", "#a ",
     "^[", "(a::",
     "a:: ", "> ",
     "- ", "[^", "|", "\\", "*", "- [ ] ", "[[a]] ", "x ^id\n\n"],
)  # fmt: skip
def test_time_is_linear_in_the_size(unit: str) -> None:
    def seconds(count: int) -> float:
        text = unit * (count // len(unit))
        started = time.process_time()
        parse_note(text)
        return time.process_time() - started

    # 16 times the size; 256 times the work if it were quadratic
    assert once(lambda: seconds(24_000) < 80 * max(seconds(1_500), 0.003))


def test_canvases_and_bases_that_are_broken_say_so() -> None:
    assert parse_canvas("").skip is None
    assert parse_canvas("[]").skip is not None
    assert parse_canvas("{").skip is not None
    assert parse_canvas('{"nodes": [1, {"id": 5}, {"id": "a", "type": "text"}], "edges": {}}').cards == [
        ("a", "text", "", "", 1)
    ]
    assert parse_base("") == ([], None)
    assert parse_base("views:\n  - name: All\n") == (["All"], None)
    assert parse_base("a: [")[1] is not None
