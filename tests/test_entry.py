"""The entry: what is one, what is none, and how an error says so."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXTS, entry, table

from corpus.entry import SCHEMA, SIGNALS, Entry, Message, Origin, entry_id, messages_array, table_of
from corpus.errors import SchemaError
from corpus.validation import validate


def changed(row: int, **values: Any) -> pa.Table:
    rows = table(["a", "b", "c"]).to_pylist()
    rows[row].update(values)
    plain = pa.schema(
        [pa.field(f.name, f.type) for f in SCHEMA], metadata=SCHEMA.metadata
    )  # the schema without `not null`: pyarrow itself would refuse some of the tables
    return pa.Table.from_pylist(rows, schema=plain)


@pytest.mark.parametrize(
    ("make", "column", "row", "expected", "got"),
    [
        (lambda: changed(1, category="poem"), "category", 1, "function | type", "'poem'"),
        (lambda: changed(2, task="sing"), "task", 2, "document | implement", "'sing'"),
        (lambda: changed(0, kind="X-own"), "kind", 0, "x-", "'X-own'"),
        (lambda: changed(1, visibility="x-mine"), "visibility", 1, "private | public", "'x-mine'"),
        (lambda: changed(1, split="dev"), "split", 1, "train | validation | test", "'dev'"),
        (lambda: changed(1, id="1"), "id", 1, "UUID", "'1'"),
        (lambda: changed(2, id=entry(0).id), "id", 2, "unique", "as in row 0"),
        (lambda: changed(1, output=None), "output", 1, "string", None),
        (lambda: changed(1, line_start=3), "line_start", 1, "line_start <= line_end", "3-None"),
        (lambda: changed(1, line_start=0, line_end=3), "line_start", 1, "1 <=", "0-3"),
        (lambda: changed(2, line_start=4, line_end=3), "line_start", 2, "1 <=", "4-3"),
        (lambda: changed(1, quality=1.01), "quality", 1, "0.0 to 1.0", "1.01"),
        (lambda: changed(1, quality=float("nan")), "quality", 1, "0.0 to 1.0", "nan"),
        (lambda: changed(1, tokens_output=-1), "tokens_output", 1, "0 to", "-1"),
        (lambda: changed(1, history=[{"role": "wizard", "content": ""}]), "history", 1, "system | user", "'wizard'"),
        (lambda: changed(0).drop(["task"]), "task", None, "dictionary", "no such column"),
        (lambda: changed(0).append_column("mood", pa.array([1] * 3)), "mood", None, "no such column", "mood"),
        (lambda: changed(0).set_column(6, "instruction", pa.array([1] * 3)), "instruction", None, "string", "int64"),
    ],
)
def test_an_error_says_column_row_expected_and_got(
    make: Callable[[], pa.Table], column: str, row: int | None, expected: str, got: str | None
) -> None:
    with pytest.raises(SchemaError) as caught:
        validate(make())
    error = caught.value
    assert (error.column, error.row) == (column, row)
    assert expected in str(error.expected)
    assert got is None or got in str(error.got)
    for fact in (repr(column), str(error.expected)):
        assert fact in str(error)


def test_what_is_right_passes() -> None:
    for good in (changed(0, category="x-own-thing"), changed(0, line_start=1, line_end=1), SCHEMA.empty_table()):
        validate(good)


@pytest.mark.parametrize("name", ["x-", "x-A", "x-a-", "x--a", "x-a\n", "xa", "x-a b"])
def test_a_name_of_ones_own_has_one_form(name: str) -> None:
    with pytest.raises(SchemaError):
        validate(changed(0, category=name))


@given(parts=st.lists(st.tuples(*[st.text(max_size=5)] * 5, st.integers(0, 3)), max_size=30))
def test_ids_are_stable_and_differ_when_anything_does(parts: list[tuple[str, str, str, str, str, int]]) -> None:
    parts = [part for part in parts if not any("\0" in text for text in part[:5])]
    ids = [entry_id(*part) for part in parts]
    assert ids == [entry_id(*part) for part in parts]
    assert len(set(ids)) == len(set(parts))
    assert all(uuid.UUID(id_).version == 5 for id_ in ids)


def test_an_id_is_the_same_in_every_version() -> None:
    assert entry_id("git", "s", "a.py", "f", "document", 0) == ID


ID = "a0dbf89d-1074-5526-965a-f8d54b9b7036"


@given(
    texts=st.tuples(TEXTS, TEXTS, TEXTS),
    system=st.none() | TEXTS,
    history=st.lists(st.builds(Message, st.sampled_from(["user", "assistant", "tool"]), TEXTS), max_size=3),
    lines=st.none() | st.integers(1, 2**31 - 1),
    signals=st.dictionaries(st.sampled_from(SIGNALS), st.floats(0, 1), max_size=4),
    created=st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    synthetic=st.sampled_from([None, True, False]),
)
def test_an_entry_comes_back_from_its_row(
    texts: tuple[str, str, str], system: str | None, history: list[Message], lines: int | None,
    signals: dict[str, float], created: datetime | None, synthetic: bool | None,
) -> None:  # fmt: skip
    origins = [Origin("s", "a.md", line_start=lines, line_end=lines), Origin("t", "b.md", commit="c")]
    before = Entry(
        category="note", task="answer", instruction=texts[0], input=texts[1], output=texts[2], system=system,
        history=tuple(history), line_start=lines, line_end=lines, signals=signals, created_at=created,
        synthetic=synthetic, origins=tuple(origins), id=entry(0).id, kind="x-k", source="s", group="g",
    )  # fmt: skip
    rows = table_of([before])
    validate(rows)
    assert Entry.from_row(rows.to_pylist()[0]) == before
    turns = messages_array(rows).to_pylist()[0]
    assert [Message(**turn) for turn in turns] == before.messages
    assert [turn["role"] for turn in turns[-2:]] == ["user", "assistant"]
    assert len(turns) == len(history) + 2 + (system is not None)


def test_a_notebook_shows_the_turns_and_obeys_none_of_them() -> None:
    entry = Entry(
        category="conversation",
        task="reply",
        instruction="<script>alert(1)</script>",
        output="No.\x1b[2J",
        history=[Message("user", "a < b?"), Message("assistant", "yes")],
        source="signal",
        path="chat-1",
    )
    shown = entry._repr_html_()
    assert "<script" not in shown
    assert "\x1b" not in shown
    assert [shown.index(part) for part in ("a &lt; b?", "yes", "alert(1)", "No.")] == sorted(
        shown.index(part) for part in ("a &lt; b?", "yes", "alert(1)", "No.")
    )
