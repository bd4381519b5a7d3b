"""Groups: what is joined stays together, what is too large is cut where it shares least, a lone chat has blocks."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import entry

from corpus.curate import deduplicate
from corpus.curate.components import Links, connected, time_blocks
from corpus.entry import SPLITS, entry_group, table_of
from corpus.split import assign_splits

START = datetime(2024, 1, 1, tzinfo=UTC)
PAIRS = st.lists(
    st.tuples(st.integers(0, 29), st.integers(0, 29), st.sampled_from([0.3, 0.45, 0.65, 0.9])), max_size=60
)


def links(pairs: list[tuple[int, int, float]]) -> Links:
    left, right, share = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Links(np.array(left, np.int64), np.array(right, np.int64), np.array(share, np.float64))


def files(count: int, rows: int = 1) -> pa.Table:
    return table_of(entry(n, path=f"f{n // rows:02}.py") for n in range(count * rows))


@given(pairs=PAIRS, seed=st.integers(0, 9))
def test_what_is_as_alike_as_duplicates_is_never_parted_and_order_does_not_matter(
    pairs: list[tuple[int, int, float]], seed: int
) -> None:
    table = files(30)
    found = connected(table, links(pairs), together=0.3, apart=0.8, largest=0.1)
    for one, other, share in pairs:
        if share >= 0.8:
            assert found.names[one] == found.names[other]
    order = random.Random(seed).sample(range(30), 30)
    at = {row: place for place, row in enumerate(order)}
    mixed = [(at[other], at[one], share) for one, other, share in reversed(pairs)]
    again = connected(table.take(order), links(mixed), together=0.3, apart=0.8, largest=0.1)
    assert again.names.take(pa.array([at[row] for row in range(30)])) == found.names
    assert (again.joined, again.cuts) == (found.joined, found.cuts)
    largest = max(Counter(found.names.to_pylist()).values())
    assert largest <= 3 or found.cuts
    assert found.joined == 30 - len(set(found.names.to_pylist()))


@given(pairs=PAIRS)
def test_what_is_not_too_large_is_not_parted(pairs: list[tuple[int, int, float]]) -> None:
    found = connected(files(30), links(pairs), together=0.3, apart=0.8, largest=1.0)
    assert all(found.names[one] == found.names[other] for one, other, _ in pairs)
    assert found.cuts == []


def test_a_component_is_cut_where_it_shares_least_and_named() -> None:
    strong = [(n, n + 1, 0.65) for n in range(9) if n != 4]
    found = connected(files(100), links([*strong, (4, 5, 0.35)]), together=0.3, apart=0.8, largest=0.05)
    assert found.names[0] == found.names[4] != found.names[5] == found.names[9]
    (cut,) = found.cuts
    assert {name: cut[name] for name in ("rows", "files", "parts", "largest_part", "similarity")} == {
        "rows": 10, "files": 10, "parts": 2, "largest_part": 5, "similarity": 0.4,
    }  # fmt: skip


def test_what_cannot_be_cut_is_named_as_whole() -> None:
    chain = [(n, n + 1, 0.9) for n in range(9)]
    found = connected(files(100), links(chain), together=0.3, apart=0.8, largest=0.05)
    assert len({*found.names[:10]}) == 1
    assert [(cut["rows"], cut["parts"], "similarity" in cut) for cut in found.cuts] == [(10, 1, False)]


def test_two_of_the_largest_files_may_be_one_group_in_a_small_corpus() -> None:
    pairs = [(0, 10, 0.35)]
    assert connected(files(6, 10), links(pairs), together=0.3, apart=0.8).cuts == []
    three = connected(files(6, 10), links([*pairs, (10, 20, 0.35)]), together=0.3, apart=0.8)
    assert [cut["parts"] for cut in three.cuts] == [3]


def test_tasks_of_one_definition_are_one_group_whatever_their_source_says() -> None:
    rows = [entry(n, path="a.py", symbol="f", group=f"g{n}") for n in range(3)]
    rows.append(entry(9, path="a.py", symbol="g", group="g9"))
    found = connected(table_of(rows), links([]), together=0.3, apart=0.8)
    assert found.names.to_pylist() == ["g0", "g0", "g0", "g9"]


def chat(count: int, hours: float, path: str = "chat", **values: object) -> list[object]:
    """Rows of one conversation; every tenth after a silence of so many hours, others after ten minutes."""
    found, date = [], START
    for n in range(count):
        date += timedelta(hours=hours) if n % 10 == 0 else timedelta(minutes=10)
        text = " ".join(f"w{n}x{i}" for i in range(12))
        found.append(
            entry(n, text, path=path, kind="signal", category="conversation", task="reply", created_at=date,
                  group=entry_group("signal", "s", path), **values)
        )  # fmt: skip
    return found


def test_the_only_conversation_is_cut_at_its_silences() -> None:
    table = table_of(chat(200, 50))  # type: ignore[arg-type]
    blocks, (record,) = time_blocks(table)
    names = blocks.to_pylist()
    assert (record["blocks"], record["silence_hours"]) == (20, 24.0)
    assert [len({*names[n : n + 10]}) for n in range(0, 200, 10)] == [1] * 20
    assert len(set(names)) == 20
    stage = deduplicate(table)
    assert stage.facts["time_blocks"] == [record]
    done = assign_splits(stage.table)
    assert set(done.table["split"].to_pylist()) == set(SPLITS)
    assert len(done.removed) == 0  # the silences are gap enough


def test_a_conversation_that_never_falls_silent_is_cut_into_runs_and_loses_rows_at_borders() -> None:
    table = table_of(chat(200, 1))  # type: ignore[arg-type]
    blocks, (record,) = time_blocks(table)
    names = blocks.to_pylist()
    assert (record["blocks"], record["silence_hours"], len(set(names))) == (10, None, 10)
    stage = assign_splits(deduplicate(table).table)
    kept = sorted(stage.table.to_pylist(), key=lambda row: row["created_at"])
    assert 2 <= len(stage.removed) <= 8
    assert set(stage.removed["reason"].to_pylist()) == {"embargo"}
    assert all("hours from a row of" in detail for detail in stage.removed["detail"].to_pylist())
    for one, other in pairwise(kept):
        if one["split"] != other["split"]:
            assert other["created_at"] - one["created_at"] > timedelta(minutes=15)


def test_two_conversations_and_a_short_one_are_left_whole() -> None:
    two = table_of([*chat(40, 50), *chat(40, 50, path="other")])  # type: ignore[list-item]
    assert time_blocks(two) == (two["group"], [])
    short = table_of(chat(29, 50))  # type: ignore[arg-type]
    assert time_blocks(short) == (short["group"], [])


def test_a_conversation_that_goes_on_keeps_its_blocks() -> None:
    grown = table_of(chat(300, 50))  # type: ignore[arg-type]
    before, after = time_blocks(grown.slice(0, 200))[0], time_blocks(grown)[0]
    assert after.slice(0, 200) == before


def test_the_only_note_is_cut_in_the_order_of_its_lines() -> None:
    rows = [
        entry(n, f"Section {n}.", path="a.md", kind="obsidian", line_start=n + 1, line_end=n + 1) for n in range(40)
    ]
    table = table_of(rows).take(random.Random(1).sample(range(40), 40))
    blocks, (record,) = time_blocks(table)
    names = blocks.to_pylist()
    assert record["blocks"] == 10
    lines = table["line_start"].to_pylist()
    by_line = [name for _, name in sorted(zip(lines, names, strict=True))]
    assert all(len({*by_line[n : n + 4]}) == 1 for n in range(0, 40, 4))


@pytest.mark.parametrize("part", [0.02, 0.05, 0.1])
def test_edited_copies_do_not_cross_sides(part: float) -> None:
    rng = random.Random(3)
    words = [f"w{n}" for n in range(5000)]
    texts = [rng.choices(words, k=rng.randint(60, 200)) for _ in range(400)]
    rows = [entry(n, " ".join(text), path=f"f{n // 2}.py") for n, text in enumerate(texts)]
    planted = rng.sample(range(400), 60)
    for n, host in enumerate(planted):
        changed = [rng.choice(words) if rng.random() < part else word for word in texts[host]]
        rows.append(entry(400 + n, " ".join(changed), path=f"copy{n}.py"))
    done = assign_splits(deduplicate(table_of(rows)).table).table
    side = dict(zip(done["id"].to_pylist(), done["split"].to_pylist(), strict=True))
    ids = [row.id for row in rows]
    apart = sum(side.get(ids[host], "") != side.get(ids[400 + n], "") for n, host in enumerate(planted)
                if ids[host] in side and ids[400 + n] in side)  # fmt: skip
    assert apart / 60 <= {0.02: 0.0, 0.05: 0.02, 0.1: 0.16}[part]
    weights = [rng.choices(SPLITS, (8, 1, 1))[0] for _ in rows]
    random_ = sum(weights[host] != weights[400 + n] for n, host in enumerate(planted))
    assert random_ / 60 > 0.16
