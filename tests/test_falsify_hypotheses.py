"""Each hypothesis on its own: what refutes it, what leaves it untested."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from stdlib_corpus import stdlib_table
from test_falsify_verdicts import parses, template_rows

import falsify
import falsify.judge
from corpus.entry import REMOVED_SCHEMA, SCHEMA
from corpus.errors import ConfigError
from falsify.distribution import skeletons
from falsify.hypothesis import Hypothesis, Measurement, registration
from falsify.judge import judge, subject_of
from falsify.semantics import is_echo
from falsify.syntax import is_open_fence
from tests import quick

pytestmark = pytest.mark.usefixtures("plants")

NOTHING: dict[str, Any] = dict.fromkeys(("reread", "rebuild", "lineage", "removed"))


def result(name: str, table: pa.Table, **given: Any) -> falsify.Result:
    chosen = [h for h in falsify.HYPOTHESES if h.id == name]
    values = {**NOTHING, "seed": 0, "sample": 1000, "workers": 1, "parses": parses, **given}
    return judge(subject_of(table, **values), chosen).results[0]


@pytest.fixture(scope="module")
def clean() -> pa.Table:
    return stdlib_table(400)


def changed(table: pa.Table, row: int, **values: Any) -> pa.Table:
    rows = table.to_pylist()
    rows[row] |= values
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def column(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    field = SCHEMA.field(name)
    return table.set_column(SCHEMA.get_field_index(name), field, pa.array(values, field.type))


def test_ids_are_unique_and_a_grave_value_lies_beyond_the_threshold() -> None:
    assert all(h.grave is None or h.refuted_by(h.grave) for h in falsify.HYPOTHESES)
    assert len({h.id for h in falsify.HYPOTHESES}) == len(falsify.HYPOTHESES)
    assert all(h.plants for h in falsify.HYPOTHESES)


def test_registration_changes_with_a_threshold() -> None:
    from dataclasses import replace

    first = registration(falsify.HYPOTHESES)
    other = [replace(falsify.HYPOTHESES[0], threshold=1), *falsify.HYPOTHESES[1:]]
    assert registration(other) != first
    assert registration(falsify.HYPOTHESES[::-1]) == first


def test_a_grave_value_is_registered() -> None:
    from dataclasses import replace

    chosen = next(h for h in falsify.HYPOTHESES if h.id == "S2")
    assert registration([replace(chosen, grave=0.5)]) != registration([chosen])


@pytest.mark.parametrize(("floor", "value", "grave"), [(False, 0.3, True), (False, 0.2, False), (True, 0.05, True)])
def test_grave_has_the_direction_of_the_threshold(floor: bool, value: float, grave: bool) -> None:
    from dataclasses import replace

    chosen = next(h for h in falsify.HYPOTHESES if h.id == "S2")
    asked = replace(chosen, floor=floor, threshold=0.15, grave=0.1 if floor else 0.25)
    assert asked.refuted_by(value)
    assert asked.is_grave(value) is grave


def test_one_bad_row_is_no_grave_fault_and_a_tenth_is(clean: pa.Table) -> None:
    outputs = clean["output"].to_pylist()
    few = result("S2", column(clean, "output", [f"{t}\0" if i < 5 else t for i, t in enumerate(outputs)]))
    many = result("S2", column(clean, "output", [f"{t}\0" if i % 10 == 0 else t for i, t in enumerate(outputs)]))
    assert (few.verdict, few.grave) == ("refuted", False)
    assert (many.verdict, many.grave) == ("refuted", True)


@pytest.mark.parametrize("prefix", ["", "# ", "    /// "])
def test_an_answer_inside_its_question_is_seen(clean: pa.Table, prefix: str) -> None:
    assert result("C4", clean).verdict == "corroborated"
    inputs = [
        row["input"] + "\n" + "".join(f"{prefix}{line}\n" for line in row["output"].splitlines())
        if row["task"] == "document"
        else row["input"]
        for row in clean.to_pylist()
    ]
    found = result("C4", column(clean, "input", inputs))
    assert found.verdict == "refuted"
    assert found.grave


def test_short_answers_and_passages_that_hold_the_answer_are_no_fault(clean: pa.Table) -> None:
    rows = [{**row, "instruction": "Return self, or not.", "output": "Return self"} for row in clean.to_pylist()]
    assert result("C4", pa.Table.from_pylist(rows, schema=SCHEMA)).verdict == "not applicable"
    rows = [{**row, "task": "answer", "input": f"So: {row['output']}"} for row in clean.to_pylist()]
    assert result("C4", pa.Table.from_pylist(rows, schema=SCHEMA)).verdict == "corroborated"


def test_a_test_that_its_own_plants_escape_may_not_corroborate(clean: pa.Table) -> None:
    blind = Hypothesis(
        id="X1",
        family="syntax",
        claim="Nothing is wrong",
        statistic="always 0",
        threshold=0,
        test=lambda subject: Measurement(0.0, subject.rows),
        plants=next(h for h in falsify.HYPOTHESES if h.id == "S2").plants,
        points=1,
    )
    subject = subject_of(clean, **NOTHING, seed=0, sample=10, workers=1)
    found = judge(subject, [blind]).results[0]
    assert found.verdict == "untested"
    assert "its own plants escape: 0 of 60" in found.reason
    assert found.earned == 0


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("S2", {"output": "a\r\nb"}),
        ("S2", {"instruction": "Say \x00."}),
        ("S2", {"history": [{"role": "user", "content": "\ufffd"}]}),
        ("S3", {"output": " \n\u200b"}),
        ("S3", {"instruction": ""}),
        ("S4", {"output": "a<|im_end|>b"}),
        ("I3", {"id": "00000000-0000-4000-8000-000000000000"}),
        ("Q2", {"quality": 0.01}),
    ],
)
def test_one_bad_row_refutes_and_is_named(clean: pa.Table, name: str, values: dict[str, Any]) -> None:
    assert result(name, clean).verdict == "corroborated"
    table = changed(clean, 7, **values)
    found = result(name, table)
    assert found.verdict == "refuted"
    assert found.evidence == (table["id"][7].as_py(),)


def test_code_that_does_not_parse_refutes(clean: pa.Table) -> None:
    outputs = [f"{text} ((" if index % 10 == 0 else text for index, text in enumerate(clean["output"].to_pylist())]
    inputs = [f"{text} ((" if index % 10 == 0 else text for index, text in enumerate(clean["input"].to_pylist())]
    assert result("S1", column(column(clean, "output", outputs), "input", inputs)).verdict == "refuted"


def test_a_missing_parser_leaves_syntax_untested(clean: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    from falsify import syntax

    monkeypatch.setattr(syntax, "_parses", _no_parser)
    assert result("S1", clean.slice(0, 30), parses=None).verdict == "untested"


def test_code_is_parsed_in_workers(clean: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    from falsify import syntax

    monkeypatch.setattr(syntax, "_parses", _python)
    found = result("S1", clean.slice(0, 60), parses=None)
    assert found.verdict == "corroborated", found.reason


def _no_parser(item: tuple[str, str]) -> bool:
    raise ImportError(item[1])


def _python(item: tuple[str, str]) -> bool:
    return parses(*item)


def test_a_table_that_is_not_a_corpus_is_refuted_and_the_rest_untested(clean: pa.Table) -> None:
    report = falsify.falsify(clean.drop_columns(["path"]), parses=parses)
    assert report.verdict == "refuted"
    assert report.refuted == ("I2",)
    assert {r.verdict for r in report.results if r.id not in {"I1", "I2"}} == {"untested"}


def test_other_things_than_corpora_are_refused() -> None:
    with pytest.raises(ConfigError, match="not a corpus"):
        falsify.falsify([1, 2])
    with pytest.raises(ConfigError, match="workers"):
        falsify.falsify(SCHEMA.empty_table(), workers=0)


def test_the_column_messages_as_on_disk_is_left_aside(clean: pa.Table) -> None:
    from corpus.entry import MESSAGES, messages_array

    assert result("I2", clean.append_column(MESSAGES, messages_array(clean))).verdict == "corroborated"


LEDGER = [
    {"stage": "extract", "units": 10, "read": 8, "skipped": 2, "rows_out": 405},
    {"stage": "filter", "rows_in": 405, "rows_out": 400, "removed": {"too-short": 5}},
]


def ledger(rows: int) -> list[dict[str, Any]]:
    return [LEDGER[0] | {"rows_out": rows + 5}, LEDGER[1] | {"rows_in": rows + 5, "rows_out": rows}]


def removed_rows(table: pa.Table, count: int) -> pa.Table:
    rows = table.slice(0, count).to_pylist()
    more = {"stage": "filter", "reason": "too-short", "detail": "", "kept_id": None, "similarity": None}
    return pa.Table.from_pylist([row | more for row in rows], schema=REMOVED_SCHEMA)


def test_counts_that_add_up_are_corroborated(clean: pa.Table) -> None:
    found = result("I4", clean, lineage=ledger(len(clean)), removed=removed_rows(clean, 5))
    assert found.verdict == "corroborated", found.reason
    assert result("I4", clean).verdict == "untested"


def test_a_swallowed_row_is_noticed_wherever_it_vanishes(clean: pa.Table) -> None:
    told = ledger(len(clean))
    assert result("I4", clean.slice(1), lineage=told).verdict == "refuted"
    assert "4 found" in result("I4", clean, lineage=told, removed=removed_rows(clean, 4)).reason
    assert result("I4", clean, lineage=[told[0] | {"read": 7}, told[1]]).verdict == "refuted"
    assert result("I4", clean, lineage=[told[0] | {"rows_out": 1}, told[1]]).verdict == "refuted"


def test_provenance_is_read_again(clean: pa.Table) -> None:
    truth = {row["id"]: row["output"] for row in clean.to_pylist()}

    def reread(rows: pa.Table) -> list[str | None]:
        return [None if truth[r["id"]] == r["output"] else "other bytes" for r in rows.to_pylist()]

    assert result("I5", clean, reread=reread).verdict == "corroborated"
    found = result("I5", changed(clean, 3, output="Something else."), reread=reread)
    assert found.verdict == "refuted"
    assert "other bytes" in found.reason
    lenient = result("I5", clean, reread=lambda rows: [None] * len(rows))
    assert lenient.verdict == "untested"
    assert "escape" in lenient.reason
    assert result("I5", clean, reread=lambda _: []).verdict == "untested"


def test_a_second_build_must_give_the_same_rows(clean: pa.Table) -> None:
    assert result("R1", clean, rebuild=lambda: clean).verdict == "corroborated"
    order = np.arange(len(clean))[::-1]
    assert result("R1", clean, rebuild=lambda: clean.take(pa.array(order))).verdict == "refuted"
    assert "399 rows" in result("R1", clean.slice(0, 400), rebuild=lambda: clean.slice(0, 399)).reason


def test_without_a_split_leaks_are_untested(clean: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    table = column(clean, "split", [None] * len(clean))
    assert {result(name, table).verdict for name in ("D2", "D2b", "D3", "D4")} == {"untested"}
    for name, assumed in quick.ASSUMED.items():  # even if every plant were found
        monkeypatch.setattr(falsify.judge, name, assumed)
    assert falsify.falsify(table, parses=parses).verdict == "untested"


def test_a_group_on_two_sides_refutes(clean: pa.Table) -> None:
    rows = clean.to_pylist()
    row = next(i for i, r in enumerate(rows) if r["split"] == "train")
    found = result("D3", changed(clean, row, split="test"))
    assert found.verdict == "refuted"


def test_a_source_on_two_sides_refutes_a_split_by_source(clean: pa.Table) -> None:
    by_source = [{"stage": "split", "config": {"by": "source"}}]
    side = {"a": "train", "b": "test"}
    sources = ["ab"[sum(map(ord, group)) % 2] for group in clean["group"].to_pylist()]
    table = column(column(clean, "source", sources), "split", [side[source] for source in sources])
    assert result("D3", table, lineage=by_source).verdict == "corroborated"
    assert result("D4", table, lineage=by_source).verdict == "not applicable"
    groups, sides = table["group"].to_pylist(), table["split"].to_pylist()
    groups[3], sides[3] = "a group of its own", "train" if sides[3] == "test" else "test"
    moved = column(column(table, "group", groups), "split", sides)
    assert result("D3", moved).verdict == "corroborated"
    assert result("D3", moved, lineage=by_source).verdict == "refuted"


def test_a_row_of_the_past_among_the_tested_refutes_a_split_by_time(clean: pa.Table) -> None:
    by_time = [{"stage": "split", "config": {"by": "time"}}]
    day = {"train": 1, "validation": 11, "test": 21}
    dates = [datetime(2024, 1, day[side] + n % 9, tzinfo=UTC) for n, side in enumerate(clean["split"].to_pylist())]
    table = column(clean, "created_at", dates)
    assert result("D3", table, lineage=by_time).verdict == "corroborated"
    row = next(n for n, side in enumerate(clean["split"].to_pylist()) if side == "test")
    for date in (datetime(2024, 1, 12, tzinfo=UTC), None):
        changed_ = column(table, "created_at", [date if n == row else one for n, one in enumerate(dates)])
        found = result("D3", changed_, lineage=by_time)
        assert found.verdict == "refuted"
        assert table["id"][row].as_py() in found.evidence
        assert result("D3", changed_).verdict == "corroborated"


def test_quality_that_is_constant_or_length_is_refuted(clean: pa.Table) -> None:
    length = [len(text) / 1e6 for text in clean["output"].to_pylist()]
    assert result("Q1", column(clean, "quality", [0.7] * len(clean))).verdict == "refuted"
    assert result("Q1", column(clean, "quality", length)).verdict == "refuted"
    assert result("Q1", column(clean, "quality", [None] * len(clean))).verdict == "untested"


def test_two_arguments_of_one_function_may_have_one_answer(clean: pa.Table) -> None:
    rows = clean.to_pylist()
    twin = {**rows[0], "id": "00000000-0000-4000-8000-000000000001", "instruction": "What is the other one for?"}
    assert result("D1", pa.Table.from_pylist([*rows, twin], schema=SCHEMA)).verdict == "corroborated"
    elsewhere = {**twin, "path": "elsewhere.py"}
    found = result("D1", pa.Table.from_pylist([*rows, elsewhere], schema=SCHEMA))
    assert found.verdict == "refuted"
    assert set(found.evidence) == {rows[0]["id"], twin["id"]}


def test_a_side_that_lacks_a_category_is_refuted() -> None:
    table = stdlib_table(1200)
    groups = [index // 4 for index in range(len(table))]
    table = column(table, "group", [str(group) for group in groups])
    sides = [("train", "validation", "test")[max(0, group % 10 - 7)] for group in groups]
    assert result("D4", column(table, "split", sides)).verdict == "corroborated"
    without = ["train" if side == "test" else side for side in sides]
    assert result("D4", column(table, "split", without)).verdict == "refuted"


@pytest.mark.parametrize("ratios", [(0.5, 0.25, 0.25), (0.9, 0.1, 0.0), (1.0, 0.0, 0.0), (0.34, 0.33, 0.33)])
def test_the_split_is_judged_by_the_ratios_it_was_made_with(ratios: tuple[float, float, float]) -> None:
    names = ("train", "validation", "test")
    table = stdlib_table(1200)
    groups = [index // 4 for index in range(len(table))]
    table = column(table, "group", [str(group) for group in groups])
    bounds = np.cumsum(ratios) * 100 - 1e-6
    sides = [names[int(np.searchsorted(bounds, group * 37 % 100, side="right"))] for group in groups]
    table = column(table, "split", sides)
    told = [{"stage": "split", "config": {"ratios": dict(zip(names, ratios, strict=True))}}]
    found = result("D4", table, lineage=told)
    assert found.verdict == "corroborated", found.reason
    eight = [{"stage": "split", "config": {"ratios": {"train": 0.8, "validation": 0.1, "test": 0.1}}}]
    if ratios[2] != 0.1:
        assert result("D4", table, lineage=eight).verdict == "refuted"
    broken = [{"stage": "split", "config": {"ratios": {"train": float("nan"), "validation": 0, "test": 0}}}]
    assert result("D4", table, lineage=broken).statistic == result("D4", table).statistic


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("a\n```rust\nfn f() {}\n```\nb", False),
        ("a\n```rust\nfn f() {}", True),
        ("````\n```\n````", False),
        ("inline ``` ticks ``` here", False),
        ("~~~\n```\n~~~", False),
        ("```\na\n~~~", True),
        ("requests.models\n~~~~~~~~~~~~~~~\n\nText.", False),
        ("Text.\n\n~~~\ncode", True),
        ("Text.\n\n~~~\ncode\n~~~", False),
        ("", False),
    ],
)
def test_open_fences_are_those_of_commonmark(text: str, is_open: bool) -> None:
    assert is_open_fence(text) is is_open


def test_an_echo_says_nothing_that_the_name_does_not() -> None:
    assert is_echo("Session.get_user", "Gets the user.")
    assert not is_echo("Session.get_user", "Gets the user, or None before the login.")


def test_a_skeleton_hides_the_names_and_keeps_the_template() -> None:
    shapes = skeletons([f"Tests function {index} of {'abcdefghijklmnopqrstuvwxy'[index] * 4}." for index in range(25)])
    assert set(shapes) == {"tests function _ of _ ."}
    assert set(skeletons([letter * 4 for letter in "abcdefghijklmnopqrstuvwxy"])) == {""}


def test_a_template_is_measured_at_its_share() -> None:
    found = result("D5", template_rows())
    assert found.verdict == "refuted"
    assert found.statistic == 1.0
