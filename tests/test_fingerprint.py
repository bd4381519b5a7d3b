"""The fingerprint depends on what a table says and on nothing else."""

from datetime import UTC, datetime
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import fingerprint as module
from corpus.entry import SCHEMA, Entry, Message, Origin, entry_id, table_of
from corpus.fingerprint import fingerprint


def rows(count: int) -> pa.Table:
    return table_of(
        Entry(
            id=entry_id("git", "s", "p", "", "document", n),
            kind="git" if n % 2 else "signal",
            category="function",
            task="document",
            instruction="é" * (n % 3),
            output="b",
            source="s",
            path=None if n % 2 else f"p{n % 4}",
            line_start=n + 1 if n % 3 else None,
            group="g",
            created_at=datetime(2020, 1, 1, tzinfo=UTC) if n % 3 else None,
            history=[Message("user", "x" * n)] * (n % 3),
            origins=[Origin("s", "p", line_start=n)] if n % 5 == 0 else (),
            signals={"relevance": n / 50} if n % 2 else {},
            synthetic=None if n % 7 == 0 else bool(n % 2),
        )
        for n in range(count)
    )


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 50), max_size=6), window=st.integers(1, 60))
def test_chunks_offsets_and_dictionaries_do_not_matter(cuts: list[int], window: int) -> None:
    whole = rows(50)
    edges = [0, *sorted(cuts), 50]
    pieces = [whole.slice(a, b - a) for a, b in pairwise(edges)]
    fresh = [pa.Table.from_pylist(piece.to_pylist(), schema=SCHEMA) for piece in pieces]
    expected = fingerprint(whole)
    assert fingerprint(pa.concat_tables(pieces)) == expected
    assert fingerprint(pa.concat_tables(fresh)) == expected
    assert fingerprint(rows(60).slice(0, 50)) == expected
    original, module._WINDOW = module._WINDOW, window  # type: ignore[misc]
    try:
        in_windows = fingerprint(whole), fingerprint(pa.concat_tables(fresh))
    finally:
        module._WINDOW = original  # type: ignore[misc]
    assert in_windows[0] == in_windows[1]


@settings(deadline=None)
@given(row=st.integers(0, 49), column=st.sampled_from(["output", "commit", "line_end", "quality", "synthetic", "kind"]))
def test_every_changed_value_changes_it(row: int, column: str) -> None:
    changed = rows(50).to_pylist()
    new = {"output": "c", "commit": "c", "line_end": 99, "quality": 0.25, "synthetic": True, "kind": "matrix"}[column]
    if changed[row][column] == new:
        new = False
    changed[row][column] = new
    assert fingerprint(pa.Table.from_pylist(changed, schema=SCHEMA)) != fingerprint(rows(50))


def test_swapped_rows_and_moved_text_change_it() -> None:
    table = rows(50)
    assert fingerprint(table.take(pa.array([1, 0, *range(2, 50)]))) != fingerprint(table)
    one = pa.table({"a": ["xy", "z"], "b": ["", "w"]})
    other = pa.table({"a": ["x", "yz"], "b": ["", "w"]})
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(pa.table({"a": pa.array([None], pa.string())})) != fingerprint(pa.table({"a": [""]}))
