"""What rows record of themselves, what texts are held against: what is right passes, what is wrong is seen."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from falsify import records, reference
from falsify.hypothesis import Measurement
from falsify.judge import HYPOTHESES
from falsify.subject import Row, Subject
from falsify.wording import _is_cased, _signature, differs, direction

OF = {h.id: h for h in HYPOTHESES}
NEW = ("I6", "I7", "I8", "Q6", "C1m", "T1b", "T3", "T4", "S10", "S11", "S12", "S13", "D4b")
LANTERN = next(subject for subject in reference.subjects() if "lantern" in subject.column("source"))


def seen(name: str, subject: Subject) -> Measurement:
    return OF[name].test(subject)


def changed(subject: Subject, change: Callable[[int, Row], dict[str, Any]]) -> Subject:
    rows = subject.rows_at(range(subject.rows))
    return subject.with_rows([{**row, **change(index, row)} for index, row in enumerate(rows)])


def of_prose(change: Callable[[str], str]) -> Callable[[int, Row], dict[str, Any]]:
    """All prose but what stands in the question for code."""
    return lambda _, row: {} if row["task"] in ("implement", "complete") else {"output": change(row["output"])}


def turned(text: str) -> str:
    return " ".join(text.split()[::-1])


def flat(row: Row) -> dict[str, Any]:
    column = {"document": "input", "implement": "output"}.get(row["task"])
    return {column: "\n".join(line.lstrip() for line in row[column].split("\n"))} if column else {}


def shortened(text: str) -> str:
    return text[: len(text) * 4 // 5]


def moved_lines(index: int, row: Row) -> dict[str, Any]:
    by = index % 3
    return {name: row[name] and row[name] + by for name in ("line_start", "line_end")}


WRONG: dict[str, list[Callable[[int, Row], dict[str, Any]]]] = {
    "I6": [
        of_prose(shortened),
        lambda i, _: {"system": "Be brief."} if i % 9 == 0 else {},
    ],
    "I7": [
        moved_lines,
        lambda i, _: {"license": None} if i % 5 == 0 else {},
        lambda i, _: {"commit": f"{i:040x}"},
        lambda i, _: {"author": "somebody"} if i % 7 == 0 else {},
    ],
    "I8": [
        lambda *_: {"created_at": datetime.now(UTC) + timedelta(days=400)},
        lambda *_: {"created_at": datetime(1970, 1, 1, tzinfo=UTC)},
    ],
    "Q6": [of_prose(turned), of_prose(str.lower)],
    "C1m": [
        of_prose(turned),
        of_prose(shortened),
        of_prose(lambda text: text.replace("1", "7") + " 7"),
    ],
    "T3": [of_prose(turned)],
    "T4": [of_prose(str.lower), of_prose(str.upper)],
    "S10": [of_prose(lambda text: text[:120])],
    "S11": [of_prose(lambda text: f"{text}\n\n{text}")],
    "S12": [of_prose(html.escape)],
    "S13": [lambda _, row: flat(row)],
    "D4b": [lambda _, row: {"split": {"train": "test", "test": "train"}.get(row["split"], row["split"])}],
}


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("subject", reference.subjects(), ids=("kiln", "lantern", "home"))
def test_what_is_right_is_left_alone(name: str, subject: Subject) -> None:
    found = seen(name, subject)
    assert found.value is None or not OF[name].refuted_by(found.value), found.reason


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, ways in WRONG.items() for at in range(len(ways))])
def test_what_is_wrong_is_refuted(name: str, at: int) -> None:
    found = seen(name, changed(LANTERN, WRONG[name][at]))
    assert found.value is not None
    assert OF[name].refuted_by(found.value), found.reason


def test_words_of_one_task_shuffled_are_not_outvoted_by_the_others() -> None:
    plant = OF["T1b"].plants[0].change
    assert plant is not None
    spoilt = plant(1.0)(LANTERN, LANTERN.rng("x"))
    assert spoilt is not None
    found = seen("T1b", spoilt)
    assert found.value is not None
    assert OF["T1b"].is_grave(found.value)
    assert "of document" in found.reason


def test_counts_by_a_models_tokenizer_are_not_taken_for_wrong_ones() -> None:
    names = ("tokens_input", "tokens_output")
    found = seen("I6", changed(LANTERN, lambda _, row: {name: row[name] * 7 // 5 + 1 for name in names}))
    assert (found.value, found.applicable) == (None, True)
    assert "tokenizer" in found.reason


def test_a_score_of_another_version_is_not_asked_of_this_one() -> None:
    lineage = [*(LANTERN.lineage or ()), {"stage": "score", "version": "score-1"}]
    found = seen("Q6", replace(changed(LANTERN, of_prose(turned)), lineage=lineage))
    assert (found.value, found.applicable) == (None, True)
    assert "score-1" in found.reason
    assert not seen("Q6", changed(LANTERN, lambda *_: {"quality": None, "signals": None})).applicable


def test_definitions_may_stand_in_each_other_and_not_across() -> None:
    inside = [(1, 20, 0), (3, 9, 1), (10, 20, 2), (30, 40, 3), (30, 40, 4), (None, None, 5)]
    assert records._across(inside) == set()
    assert records._across([*inside, (8, 12, 6)]) == {1, 2, 6}
    assert records._across([*inside, (35, 41, 7)]) == {3, 4, 7}


def test_a_text_is_the_same_where_its_words_are_and_in_their_order() -> None:
    text = "One boat lies in the harbour and waits. Another sails out to the islands in the morning."
    said = text.split()
    assert differs("", said, ["Implement", "this", *said[:9], "def", "boat", *said[9:]]) is None
    assert differs("", said, said[8:] + said[:8]) == "another order"
    assert differs("", said, said[::-1]) == "other words"


@pytest.mark.parametrize(
    "before",
    ["    haskey(collection, key) -> Bool\n    haskey(set)\n\n", "```\nf(a, b) -> int\n```\n\n", r"\(O(\log n)\). "],
)
def test_a_summary_may_be_told_before_a_signature_or_a_cost(before: str) -> None:
    said = [
        "Keep",
        "all",
        "values",
        "that",
        "satisfy",
        "the",
        "predicate.",
        "Others",
        "are",
        "left",
        "out",
        "of",
        "what",
        "is",
        "given",
        "back.",
    ]
    text = before + " ".join(said)
    head, words = before.split(), text.split()
    assert _signature(text)
    assert differs(text, words, [*said[:7], *head, *said[7:]], head) is None
    assert differs(text, words, [*said[7:], *head, *said[:7]], head) == "another order"
    assert not _signature(" ".join(said) + "\n\nMore of it.")
    assert not _signature("    a line\n" * 2000 + "a b " * 20_000)


def test_a_corrected_answer_need_not_be_what_its_twin_says() -> None:
    subject = changed(LANTERN, of_prose(turned))
    lineage = [*(LANTERN.lineage or ()), {"stage": "correct", "config": {"rows": dict.fromkeys(subject.ids, "")}}]
    assert OF["C1m"].refuted_by(seen("C1m", subject).value or 0)
    assert not seen("C1m", replace(subject, lineage=lineage)).applicable


def test_georgian_has_no_capitals_to_lose() -> None:
    assert _is_cased("the rows that are in the table")
    assert _is_cased("THE ROWS THAT ARE IN THE TABLE")
    assert not _is_cased("მწკრივები რომლებიც ცხრილში არის და სხვა")


def test_english_has_a_direction_and_lists_and_other_languages_have_none() -> None:
    text = "Returns the number of rows that are in the table, or zero if there is none."
    forwards, backwards = direction(text), direction(turned(text))
    assert forwards is not None
    assert backwards is not None
    assert forwards > 1 > -1 > backwards
    assert direction("Restituisce il numero delle righe che sono nella tabella, o zero se non ce ne sono.") is None
    assert direction("Too short.") is None


def test_a_head_is_closed_by_its_own_end_and_by_no_rule_further_down() -> None:
    from falsify.forms import _is_damaged

    assert not _is_damaged("---\ntags: [one, two]\ntitle: it\n---\nText.\n\n---\n\nMore.")
    assert _is_damaged("---\ntags: [one\n\nText.\n\n---\n\nMore.")
    assert _is_damaged("---\ntitle: it\n\nText.")
    assert not _is_damaged("---\n\nA rule, and text.")
