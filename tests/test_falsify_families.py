"""What the hypotheses on prose, twins, documents, forms, leaks, drift and scores see, and what they leave alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdlib_corpus import stdlib_table

import falsify
from corpus.curate.contamination import Item, collected
from falsify import prose, semantics
from falsify.belonging import holds_name
from falsify.criteria import CRITERIA, TESTS, to_markdown
from falsify.documents import contradictions, signature_of
from falsify.drift import jensen_shannon, told_apart
from falsify.forms import is_mojibake, parsed_turns, rendered
from falsify.hypothesis import Measurement
from falsify.prose import cut, end_wins, order_wins, shuffled
from falsify.scoring import is_prose, library_score
from falsify.subject import Subject
from falsify.texts import last_name

pytestmark = pytest.mark.usefixtures("plants")

BY_ID = {h.id: h for h in falsify.HYPOTHESES}


@cache
def clean() -> Subject:
    return Subject.of(stdlib_table(400))


def seen(name: str, subject: Subject) -> Measurement:
    return BY_ID[name].test(subject)


def is_refuted(name: str, subject: Subject) -> bool:
    found = seen(name, subject)
    return found.value is not None and BY_ID[name].refuted_by(found.value)


def prose_changed(change: Any, part: float = 1.0, subject: Subject | None = None) -> Subject:
    rng, subject = np.random.default_rng(3), subject or clean()
    columns = {name: list(subject.texts(name)) for name in ("input", "output")}
    for row, task in enumerate(subject.texts("task")):
        column = columns["input" if task == "implement" else "output"]
        if rng.random() < part:
            column[row] = change(column[row], rng)
    return subject.with_column("input", columns["input"]).with_column("output", columns["output"])


@pytest.mark.parametrize("name", ["T1", "T2", "C1h", "C1k", "C8", "S6", "S7", "D7", "D8", "Q3", "Q4"])
def test_a_clean_corpus_is_left_alone(name: str) -> None:
    assert seen(name, clean()).value is not None
    assert not is_refuted(name, clean())


@pytest.mark.parametrize("part", [0.5, 1.0])
def test_words_in_another_order_are_refuted(part: float) -> None:
    assert is_refuted("T1", prose_changed(shuffled, part))


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8])
def test_prose_that_was_cut_is_refuted(share: float) -> None:
    assert is_refuted("T2", prose_changed(lambda text, _: cut(text, share)))


def test_prose_that_was_cut_between_words_is_refuted() -> None:
    # In the few files of a smaller one most texts end in doctests, of which every line ends as a text does.
    subject = Subject.of(stdlib_table(1200))

    def change(text: str, _: Any) -> str:
        return " ".join(text.split()[: max(1, len(text.split()) * 2 // 3)])

    assert is_refuted("T2", prose_changed(change, subject=subject))


def test_of_shuffled_texts_another_shuffle_is_as_good() -> None:
    rng = np.random.default_rng(0)
    texts = [shuffled(text, rng) for text in clean().prose]
    half = np.arange(len(texts)) % 2
    for wins in (order_wins, end_wins):
        _, won, worth = wins(texts, half, rng)
        assert abs(float(np.average(won, weights=worth)) - 0.5) < 0.12


def test_texts_that_the_others_know_nothing_of_say_nothing_of_their_order() -> None:
    rng = np.random.default_rng(0)
    known = ["the reader opens a file and closes it when the work is done"] * 20
    strange = [" ".join(f"w{text}x{at}" for at in range(12)) for text in range(20)]
    half = np.arange(40) % 2
    rows, won, worth = order_wins([*known, *strange], half, rng)
    assert rows.tolist() == list(range(20))
    assert won.min() > 0.8
    assert set(worth.tolist()) == {12.0}  # eleven pairs of its own and one or more of its shuffles
    some = [f"{text} w{at} x{at} y{at} z{at} of it" for at, text in enumerate(["as it"] * 20)]
    _, _, less = order_wins([*known, *some], half, rng)
    assert less[20:].max() < 12.0


def test_a_twentieth_of_the_documentation_moved_within_its_files_is_refuted() -> None:
    subject = clean()
    outputs, rows = list(subject.texts("output")), subject.where(["document"]).tolist()
    by_file: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        by_file.setdefault(subject.files[row], []).append(row)
    pairs = [pair[:2] for pair in by_file.values() if len(pair) > 1][: len(rows) // 40]
    for one, other in pairs:
        outputs[one], outputs[other] = outputs[other], outputs[one]
    moved = subject.with_column("output", outputs)
    assert is_refuted("C1h", moved)
    assert {row for pair in pairs for row in pair} <= set(seen("C1h", moved).found.tolist())


def test_code_of_another_definition_is_refuted() -> None:
    subject = clean()
    outputs, rows = list(subject.texts("output")), subject.where(["implement"]).tolist()
    for one, other in zip(rows[::8], rows[4::8], strict=False):
        outputs[one], outputs[other] = outputs[other], outputs[one]
    assert is_refuted("C1k", subject.with_column("output", outputs))


def test_an_arity_is_no_part_of_a_name() -> None:
    assert last_name("Plug.Conn.put/2") == "put"
    assert last_name("Conn::get_mut") == "get_mut"
    assert last_name("|||/2") is None


def test_a_parameter_of_one_letter_is_found_behind_a_keyword_that_holds_it() -> None:
    found = signature_of("function Date:add (t)\n  self:set(t)\nend", "Date:add", "lua")
    assert found is not None
    assert "t" in found.names
    assert "x" not in found.names


CODE = "def area(width, height, *, unit='m'):\n    if width < 0:\n        raise ValueError\n    return width * height\n"


@pytest.mark.parametrize(
    ("doc", "wrong"),
    [
        ("The area.\n\nArgs:\n    width: How wide.\n    unit: Of what.\n\nReturns:\n    The area.", 0),
        ("The area.\n\nArgs:\n    breadth: How wide.", 1),
        ("The area.\n\n:param depth: How deep.\n:param breadth: How wide.\n:returns: The area.", 2),
    ],
)
def test_documented_parameters_must_be_in_the_signature(doc: str, wrong: int) -> None:
    from corpus.code.sections import sections

    signature = signature_of(CODE, "area", "python")
    assert signature is not None
    assert len(contradictions(sections(doc, "python", CODE), signature)) == wrong


def test_a_result_of_what_gives_none_is_a_contradiction() -> None:
    from corpus.code.sections import sections

    doc = "Say it.\n\nReturns:\n    What was said."
    for code, wrong in (
        ("def say(x):\n    print(x)\n", 1),
        ("def say(x):\n    yield x\n", 0),
        ("def say(x): ...\n", 0),
    ):
        signature = signature_of(code, "say", "python")
        assert signature is not None
        assert len(contradictions(sections(doc, "python", code), signature)) == wrong
    assert signature_of("def say(:", "say", "python") is None


def documented(doc: str, count: int = 30) -> Subject:
    """Rows that document functions of their own, all in the same words."""
    rows = [dict(row) for row in clean().rows_at(clean().where(["document"])[:count])]
    for index, row in enumerate(rows):
        name = f"area_{index}"
        row.update(symbol=name, input=CODE.replace("area", name), output=doc.replace("area", name))
    return clean().with_rows(rows)


def test_documentation_that_contradicts_its_signature_is_refuted_and_named() -> None:
    good = documented("The area.\n\nArgs:\n    width: How wide.")
    bad = documented("The area.\n\nArgs:\n    breadth: How wide.")
    assert seen("C5", good).value == 0.0
    assert is_refuted("C5", bad)
    assert "there is no parameter breadth" in seen("C5", bad).reason


@pytest.mark.parametrize(
    ("shown", "ids"),
    [(">>> area(2, 3)\n6", set()), (">>> area((2, 3)\n6", {"C6"}), (">>> volume(2, 3)\n6", {"C7"})],
)
def test_examples_parse_and_use_what_they_are_an_example_of(shown: str, ids: set[str]) -> None:
    subject = replace(documented(f"The area.\n\n{shown}"), parses=lambda *_: True)
    assert {name for name in ("C6", "C7") if is_refuted(name, subject)} == ids


@pytest.mark.parametrize(
    "history",
    [
        [("user", "And?"), ("assistant", "")],
        [("user", "And?"), ("user", "And then?"), ("assistant", "Nothing.")],
        [("user", "And?")],
        [("assistant", "Well.")],
    ],
)
def test_turns_that_do_not_alternate_are_refuted(history: list[tuple[str, str]]) -> None:
    turns = [[] for _ in range(clean().rows)]
    turns[5] = [{"role": role, "content": content} for role, content in history]
    subject = clean().with_column("history", turns)
    assert seen("S6", subject).found.tolist() == [5]


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=30)), max_size=6))
@settings(max_examples=10)
def test_turns_without_a_template_s_marks_survive_the_template(said: list[tuple[str, str]]) -> None:
    turns = [{"role": role, "content": text} for role, text in said if "<|im_" not in text]
    assert parsed_turns(rendered(turns)) == turns


@given(st.text(max_size=60))
@settings(max_examples=25)
def test_text_that_was_encoded_twice_is_seen_and_ascii_never(text: str) -> None:
    assert not is_mojibake(text.encode("ascii", "ignore").decode())
    assert is_mojibake("caf\u00e9".encode().decode("latin-1") + text.encode("ascii", "ignore").decode())


@pytest.mark.parametrize(
    "text", ["caf\u00e9", "citt\u00e0 \u00e8 l\u2019", "na\u00efve \u2014 yes", "\u4e2d\u6587", "\u0391\u03b2"]
)
def test_text_that_was_decoded_once_is_no_mojibake(text: str) -> None:
    assert not is_mojibake(text)
    assert is_mojibake(text.encode().decode("cp1252", "ignore")) or not text.encode().decode("cp1252", "ignore")


def note(text: str) -> dict[str, Any]:
    row = dict(clean().rows_at([0])[0])
    return row | {"kind": "obsidian", "category": "note", "task": "explain", "language": None, "output": text}


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        ("See [[Moon]] and [[Sun|the sun]].", False),
        ("See [[Moon and the sun.", True),
        ("`x = [[1, 2]`\n\n```\na[[0\n```", False),
        ("---\ntags: one\n---\nText.", False),
        ("---\ntags: one\n\nText.", True),
        ("---\n\nA rule above.", False),
    ],
)
def test_notes_close_what_they_open(text: str, damaged: bool) -> None:
    subject = clean().with_rows([note(text)])
    assert len(seen("S8", subject).found) == damaged


def test_a_label_that_the_file_contradicts_is_refuted() -> None:
    languages = [name if index % 10 else "rust" for index, name in enumerate(clean().texts("language"))]
    assert is_refuted("C8", clean().with_column("language", languages))
    outputs = [f"# SPDX-License-Identifier: MIT\n{text}" for text in clean().texts("output")]
    assert is_refuted("C8", clean().with_column("output", outputs))


def test_tokens_are_counted_by_the_tokenizer_that_is_handed_in() -> None:
    assert seen("S9", clean()).value is None
    counted = replace(clean(), tokenize=lambda texts: [len(text) // 4 for text in texts], context=10**6)
    assert seen("S9", counted).value == 0.0
    assert is_refuted("S9", replace(counted, context=100))


def test_a_problem_of_a_benchmark_is_found_by_its_hashes() -> None:
    said = "Given a list of harbour names sorted by tide return those whose lighthouse was lit twice before dawn"
    known = collected([({"name": "ours"}, [Item("1", [said])])])
    outputs = list(clean().texts("output"))
    outputs[7] += f"\n\n{said.upper()}"
    subject = replace(clean().with_column("output", outputs), benchmarks=(known,))
    found = seen("D7", subject)
    assert found.found.tolist() == [7]
    assert "ours 1" in found.reason


@pytest.mark.parametrize(("times", "refuted"), [(9, False), (10, True)])
def test_fifty_words_in_ten_definitions_are_refuted(times: int, refuted: bool) -> None:
    said = " ".join(f"clause{index}" for index in range(50))
    hosts = clean().where(["document"])[:times].tolist()
    outputs = [f"{said}\n{text}" if row in hosts else text for row, text in enumerate(clean().texts("output"))]
    subject = clean().with_column("output", outputs)
    assert (len(seen("D8", subject).found) == times) is refuted
    outputs[hosts[0]] += f"\n{said}"  # twice in one definition is once
    assert (len(seen("D8", clean().with_column("output", outputs)).found) == times) is refuted


def test_sides_of_a_split_that_can_be_told_apart_are_refuted() -> None:
    table = stdlib_table(1200)
    groups = [str(index // 6) for index in range(len(table))]
    sides = ["test" if int(group) * 37 % 10 == 0 else "train" for group in groups]
    subject = Subject.of(table).with_column("group", groups).with_column("split", sides)
    assert seen("D9", subject).value is not None
    assert not is_refuted("D9", subject)
    told = [f"{text} zq{i % 40} zq{i % 7}" * 3 if side == "test" else text
            for i, (text, side) in enumerate(zip(subject.texts("output"), sides, strict=True))]  # fmt: skip
    assert is_refuted("D9", subject.with_column("output", told))


def two_topics(sizes: list[int], held: list[int]) -> Subject:
    """Groups of rows, each about one of two things; those of these numbers are held out."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(1)
    outputs = [" ".join(f"{'ab'[group % 2]}{n}" for n in rng.integers(0, 60, 12)) for group in groups.tolist()]
    base = Subject.of(stdlib_table(1200))
    subject = base.take(np.resize(np.arange(base.rows), len(groups)))
    subject = subject.with_column("input", [""] * len(groups)).with_column("output", outputs)
    subject = subject.with_column("group", [f"{group:03}" for group in groups.tolist()])
    return subject.with_column("split", ["test" if group in held else "train" for group in groups.tolist()])


def test_held_out_groups_are_compared_with_other_groups_that_might_have_been() -> None:
    rng = np.random.default_rng(0)
    fair = told_apart(two_topics([4] * 100, list(range(0, 40, 2)) + list(range(41, 81, 2))), rng)
    assert fair is not None
    assert abs(fair.auc - fair.mean) < 2 * fair.deviation
    assert abs(fair.mean - 0.5) < 0.1
    one = told_apart(two_topics([4] * 100, list(range(0, 80, 2))), rng)
    assert one is not None
    assert one.auc > 0.8 > one.mean + 3 * one.deviation
    # Large groups that went to train are about one thing as well: that says nothing of how the others were dealt.
    large = told_apart(two_topics([4] * 100 + [60, 1] * 3, list(range(0, 40, 2)) + list(range(41, 81, 2))), rng)
    assert large is not None
    assert large.rows == fair.rows
    assert abs(large.auc - fair.auc) < 0.05
    assert told_apart(two_topics([4] * 100, list(range(19))), rng) is None


def test_a_release_that_lost_a_task_has_drifted() -> None:
    before = clean().table
    assert seen("D10", clean()).applicable is False
    assert not is_refuted("D10", replace(clean(), previous=before))
    few = clean().take(np.arange(120))  # any two draws of it differ
    assert seen("D10", replace(few, previous=few.table)).value == 0
    assert seen("D10", replace(few.take(np.arange(60)), previous=few.table)).value is None
    assert is_refuted("D10", replace(clean().take(clean().where(["document"])), previous=before))


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6), st.lists(st.integers(0, 50), min_size=2, max_size=6))
@settings(max_examples=25)
def test_the_distance_of_jensen_and_shannon_is_one(left: list[int], right: list[int]) -> None:
    size = min(len(left), len(right))
    a, b = (np.array(side[:size], float) + 0.1 for side in (left, right))
    a, b = a / a.sum(), b / b.sum()
    assert 0 <= jensen_shannon(a, b) <= 1
    assert jensen_shannon(a, a) == pytest.approx(0, abs=1e-7)
    assert jensen_shannon(a, b) == pytest.approx(jensen_shannon(b, a))


def test_shams_of_a_score_are_refuted() -> None:
    rng = np.random.default_rng(1)
    length = np.array([len(text) for text in clean().texts("output")], float)
    assert is_refuted("Q3", clean().with_column("quality", [0.7] * clean().rows))
    assert is_refuted("Q3", clean().with_column("quality", rng.random(clean().rows).tolist()))
    assert is_refuted("Q1", clean().with_column("quality", (length / length.max()).tolist()))


def test_a_score_upside_down_breaks_the_laws() -> None:
    def turned(table: pa.Table) -> list[float]:
        return [1 - value for value in library_score(table)]

    subject = replace(clean().with_column("quality", turned(clean().table)), scorer=turned)
    assert is_refuted("Q4", subject)
    assert seen("Q4", clean().with_column("quality", turned(clean().table))).value is None


@pytest.mark.parametrize(("good", "verdict"), [(100, "stands"), (70, "refuted"), (92, "untested")])
def test_nine_in_ten_judged_rows_are_good(good: int, verdict: str) -> None:
    said = pa.Table.from_pylist(
        [{"id": name, "verdict": "good" if at < good else "bad"} for at, name in enumerate(clean().ids[:100])]
    )
    subject = replace(clean(), reviews=said)
    found = seen("Q5", subject)
    assert verdict == ("untested" if found.value is None else "refuted" if is_refuted("Q5", subject) else "stands")
    assert seen("Q5", replace(clean(), reviews=said.slice(0, 20))).value is None
    assert seen("Q5", clean()).value is None


def test_a_stage_without_a_version_is_undeclared() -> None:
    from corpus.versions import versions

    told = [{"stage": "extract", "config": {}}, {"stage": "split", "version": "split-1", "config": {"by": "group"}}]
    subject = replace(clean(), lineage=told, versions=versions())
    assert seen("R2", subject).value == 0.0
    assert is_refuted("R2", replace(subject, lineage=[told[0], {"stage": "split", "config": {}}]))
    assert is_refuted("R2", replace(subject, versions={**versions(), "pyarrow": ""}))
    assert "other packages" in seen("R2", replace(subject, versions={"pyarrow": "0.1"})).reason
    drawn = {**versions(), "hypothesis": version("hypothesis")}  # as matplotlib, where a card has plots
    assert seen("R2", replace(subject, versions=drawn)).value == 0.0
    assert "x-none missing" in seen("R2", replace(subject, versions={**drawn, "x-none": "1"})).reason
    assert seen("R2", clean()).value is None


def test_every_test_and_criterion_is_decided_somewhere() -> None:
    assert [one.id for one in TESTS] == [f"{a}{n}" for a, count in zip("ABCDE", (8, 7, 8, 8, 6), strict=True)
                                         for n in range(1, count + 1)]  # fmt: skip
    assert [one.id for one in CRITERIA] == [str(number) for number in range(1, 49)]
    assert all(one.by or one.where for one in (*TESTS, *CRITERIA))
    named = {name for one in (*TESTS, *CRITERIA) for name in one.by}
    assert named <= set(BY_ID)
    assert set(BY_ID) == {name for one in TESTS for name in one.by}


def test_the_page_shows_the_table_of_what_is_decided() -> None:
    page = (Path(__file__).parent.parent / "docs" / "falsification.md").read_text(encoding="utf-8")
    assert to_markdown() in page


def test_a_hundred_points_are_shared_by_all_families() -> None:
    assert sum(h.points for h in falsify.HYPOTHESES) == 100
    assert {h.family for h in falsify.HYPOTHESES} == set(falsify.hypothesis.FAMILIES)


@given(st.text(alphabet="aB_1\u00b2\u0130. ,(\n", max_size=90), st.data())
@settings(max_examples=60)
def test_the_last_token_read_backwards_is_the_last_one(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    if text.isascii():
        assert prose._first(text[::-1].lower(), len(text) - at) == prose._last(text[:at].rstrip())


def test_a_cut_in_a_long_word_ends_with_its_last_sixty_letters() -> None:
    assert prose._first("x" * 100, 10) == prose._last("x" * 90) == "x" * 60


@given(st.lists(st.sampled_from(["get", "_", "x", " ", "(", "\u00e9", "\n", "getx"]), max_size=12).map("".join))
def test_a_name_is_looked_for_as_a_word(code: str) -> None:
    for name in ("get", "x", "xx", "getx"):
        assert holds_name(code, name) == bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code))


@pytest.mark.parametrize(
    "text",
    ["TODO", "  todo: document", "Not a TODO.", "Auto-generated stub", "AUTOGENERATED", "ı autogenerated",
     "Add docs here", "It is here.", "As an AI model", "[more information needed]", "Lorem ipsum dolor",
     "Generated by nobody", ""],
)  # fmt: skip
def test_placeholders_are_those_of_the_expression(text: str) -> None:
    assert semantics.is_placeholder(text) == bool(semantics._PLACEHOLDER.search(text))


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("Opens the file and reads it to the end.", True),
        ("Opens the file - all of it - and reads it.\nIt returns nothing: what was read is kept.", True),
        ("Opens a file.", False),  # too short for a law to change it much
        ("Opens the file and reads it.\n\n@param path where it is", False),
        ("Opens the file and reads it.\n\n:param path: where it is", False),
        ("<summary>\nOpens the file and reads it.\n</summary>", False),
        ("Opens the file and reads it.\n\nArgs:\n    path: where it is", False),
        ("Opens the file and reads it.\n\nReturns\n-------\nint", False),
        ("Opens the file and reads it:\n\n- the head\n- the rest", False),
        ("Opens the file and reads it.\n\n# Examples\n\nas below", False),
        ("Opens the file and reads it.\n\npath - where it is\n\nReturns nothing", False),
        ("Opens the file, see [`read`].\n\n[`read`]: crate::read", False),
        ("Opens the file and reads it.\n\n>>> read()", False),
    ],
)
def test_documentation_in_prose_alone_has_no_parts(text: str, alone: bool) -> None:
    assert is_prose(text) is alone


def test_laws_are_not_asked_of_documentation_that_has_parts() -> None:
    texts = [f"{text}\n\n@param x what is looked for" for text in clean().texts("output")]
    found = seen("Q4", clean().with_column("output", texts))
    assert found.value is None
    assert found.applicable
    assert "prose alone" in found.reason
