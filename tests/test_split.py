"""Splits: whole groups, every category, the right shares, whatever the order of rows."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import entry

from corpus import Corpus, show
from corpus.entry import SPLITS, table_of
from corpus.errors import ConfigError
from corpus.split import BY, RATIOS, assign_splits, splits_of
from corpus.validation import validate

CATEGORIES = ["function", "type", "module"]
GROUPS = st.lists(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=6), min_size=1, max_size=60)


def grouped(groups: list[list[str]]) -> pa.Table:
    """A table in which each inner list is a group of rows with these categories."""
    number = 0
    entries = []
    for group, categories in enumerate(groups):
        for category in categories:
            entries.append(entry(number, path=f"g{group}.py", category=category))
            number += 1
    return table_of(entries)


def sides(table: pa.Table) -> dict[str, str]:
    return dict(zip(table["id"].to_pylist(), table["split"].to_pylist(), strict=True))


TIE = ["function"] * 5, ["function"] * 2 + ["type"] * 4, ["type"] * 6, ["type"] + ["module"] * 5, CATEGORIES


@settings(deadline=None)
@example(groups=list(TIE), seed=0)  # sums of floats in another order decided it
@given(groups=GROUPS, seed=st.integers(0, 9))
def test_groups_stay_whole_and_the_order_of_rows_does_not_matter(groups: list[list[str]], seed: int) -> None:
    table = grouped(groups)
    done = assign_splits(table).table
    validate(done)
    seen = defaultdict(set)
    for group, split in zip(done["group"].to_pylist(), done["split"].to_pylist(), strict=True):
        seen[group].add(split)
    assert all(len(splits) == 1 for splits in seen.values())
    assert sorted(done["id"].to_pylist()) == sorted(table["id"].to_pylist())
    order = list(range(len(table)))
    random.Random(seed).shuffle(order)
    assert sides(assign_splits(table.take(order)).table) == sides(done)
    positions = [SPLITS.index(split) for split in done["split"].to_pylist()]
    assert positions == sorted(positions)


@settings(deadline=None, max_examples=60)
@example(counts=[18, 21, 20], size=1)  # one after another, without changing places: 14 of the 20 in train
@given(counts=st.lists(st.integers(5, 60), min_size=1, max_size=3), size=st.integers(1, 3))
def test_each_side_is_within_one_group_of_its_quota_in_every_category(counts: list[int], size: int) -> None:
    groups = [[name] * size for name, count in zip(CATEGORIES, counts, strict=False) for _ in range(count)]
    done = assign_splits(grouped(groups)).table
    cells = Counter(zip(done["category"].to_pylist(), done["split"].to_pylist(), strict=True))
    for split, share in RATIOS.items():
        for name, count in zip(CATEGORIES, counts, strict=False):
            assert abs(cells[name, split] / size - share * count) <= 1 + 1e-9
            assert count < 12 or cells[name, split] > 0
        total = sum(cells[name, split] for name in CATEGORIES)
        assert abs(total / size - share * sum(counts)) <= 1 + 1e-9


def test_groups_of_one_size_in_many_strata_are_within_one_group_of_their_quotas() -> None:
    draw = random.Random(2)
    strata = [(name, language, source) for name in CATEGORIES for language in ("python", None) for source in "ab"]
    groups = [(*stratum, 2) for stratum in strata for _ in range(draw.randint(1, 25))]
    stage = assign_splits(joint(groups))
    for row in splits_of(stage.table, [stage.record]).to_pylist():
        assert all(abs(row[side] - row[f"{side}_wanted"]) <= 2 for side in SPLITS)
    for side, share in RATIOS.items():
        assert abs(stage.table["split"].to_pylist().count(side) - share * len(stage.table)) <= 2


def test_the_shares_are_close_when_groups_are_of_many_sizes() -> None:
    draw = random.Random(1)
    groups = [[draw.choice(CATEGORIES)] * min(30, int(draw.paretovariate(1.2))) for _ in range(800)]
    done = assign_splits(grouped(groups)).table
    for split, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        assert abs(done["split"].to_pylist().count(split) / len(done) - share) < 0.01


@settings(deadline=None, max_examples=40)
@given(groups=GROUPS, more=GROUPS)
def test_a_row_that_was_placed_stays_where_it_is(groups: list[list[str]], more: list[list[str]]) -> None:
    before = assign_splits(grouped(groups)).table
    after = assign_splits(grouped([*groups, *more]), previous=before).table
    old, new = sides(before), sides(after)
    assert {id_: new[id_] for id_ in old} == old


def test_a_group_joined_from_two_sides_goes_where_it_was_tested() -> None:
    before = assign_splits(grouped([["function"]] * 40)).table
    trained = before["id"][0].as_py()
    tested = before["id"][len(before) - 1].as_py()
    assert (sides(before)[trained], sides(before)[tested]) == ("train", "test")
    rows = before.to_pylist()
    joined = next(row["group"] for row in rows if row["id"] == tested)
    for row in rows:
        row["group"] = joined if row["id"] == trained else row["group"]
    after = assign_splits(pa.Table.from_pylist(rows, schema=before.schema), previous=before).table
    assert sides(after)[trained] == sides(after)[tested] == "test"


@pytest.mark.parametrize(
    "ratios",
    [
        {"train": 1.0},
        {"train": 0.8, "validation": 0.1, "test": 0.2},
        {"train": 1.2, "validation": -0.1, "test": -0.1},
        {"train": 0.8, "validation": 0.1, "dev": 0.1},
        {"train": float("nan"), "validation": 0.1, "test": 0.1},
    ],
)
def test_ratios_that_are_no_shares_are_refused(ratios: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="the ratios are no shares"):
        assign_splits(grouped([["function"]]), ratios=ratios)


@pytest.mark.parametrize("ratios", [[0.8, 0.1, 0.1], 0.8, {}, {"train": None, "validation": 0.5, "test": 0.5}])
def test_ratios_of_another_kind_are_refused(ratios: object) -> None:
    with pytest.raises(ConfigError):
        assign_splits(grouped([["function"]] * 5), ratios=ratios)  # type: ignore[arg-type]


def test_a_share_of_nothing_gets_nothing() -> None:
    ratios = {"train": 0.9, "validation": 0.0, "test": 0.1}
    done = assign_splits(grouped([["function"]] * 50), ratios=ratios).table
    assert Counter(done["split"].to_pylist()) == {"train": 45, "test": 5}


def test_no_rows_are_no_error() -> None:
    assert len(assign_splits(grouped([["function"]]).slice(0, 0)).table) == 0


@pytest.mark.parametrize("count", range(3, 12))
def test_three_groups_are_enough_for_every_side_to_get_one(count: int) -> None:
    done = assign_splits(grouped([["function"] * 4] * count)).table
    assert set(done["split"].to_pylist()) == set(SPLITS)


def test_a_file_that_was_moved_keeps_its_side() -> None:
    texts = [f"answer {n} with words of its own" for n in range(40)]
    before = assign_splits(table_of(entry(n, text, instruction=text) for n, text in enumerate(texts))).table
    moved = table_of(entry(n, text, instruction=text, path=f"other/{99 - n}.py") for n, text in enumerate(texts))
    after = assign_splits(moved, previous=before)
    assert set(moved["id"].to_pylist()).isdisjoint(before["id"].to_pylist())
    by_text = {table["output"][i].as_py(): table["split"][i].as_py() for table in [before] for i in range(40)}
    now = {after.table["output"][i].as_py(): after.table["split"][i].as_py() for i in range(40)}
    assert now == by_text
    assert after.record["rows_moved"] == 0


# Strata of category, language and source.

DRAWN = st.lists(
    st.tuples(
        st.sampled_from(CATEGORIES), st.sampled_from(["python", "rust", None]), st.sampled_from("ab"), st.integers(1, 6)
    ),
    min_size=40,
    max_size=120,
)


def joint(groups: list[tuple[str, str | None, str, int]]) -> pa.Table:
    """A group of each category, language, source and number of rows."""
    rows = [
        entry(100 * n + i, path=f"g{n}.py", category=category, language=language, source=source)
        for n, (category, language, source, size) in enumerate(groups)
        for i in range(size)
    ]
    return table_of(rows)


@settings(deadline=None, max_examples=25)
@given(groups=DRAWN, seed=st.integers(0, 9))
def test_shares_are_within_a_point_over_all_and_within_what_groups_allow_in_each_stratum(
    groups: list[tuple[str, str | None, str, int]], seed: int
) -> None:
    table = joint(groups)
    stage = assign_splits(table)
    largest = max(size for *_, size in groups)
    for side, share in RATIOS.items():
        got = stage.table["split"].to_pylist().count(side)
        assert abs(got - share * len(table)) <= max(0.01 * len(table), largest)
    for row in splits_of(stage.table, [stage.record]).to_pylist():
        for side in SPLITS:
            assert abs(row[side] - row[f"{side}_wanted"]) <= largest
    order = random.Random(seed).sample(range(len(table)), len(table))
    assert sides(assign_splits(table.take(order)).table) == sides(stage.table)


def test_the_report_of_strata_adds_up_and_names_the_small_ones() -> None:
    groups = [("function", "python", "a", 3)] * 20 + [("type", None, "b", 4)] * 2
    stage = assign_splits(joint(groups))
    record = stage.record
    assert [(one["rows"], one["groups"]) for one in record["strata"]] == [(60, 20), (8, 2)]
    assert all(sum(one["got"].values()) == one["rows"] for one in record["strata"])
    assert record["strata"][0]["wanted"] == {"train": 48.0, "validation": 6.0, "test": 6.0}
    assert record["strata"][0]["got"] == {"train": 48, "validation": 6, "test": 6}
    assert (record["small_strata"], record["small_strata_in_all"]) == ([["type", "unknown", "b"]], 1)
    assert json.loads(json.dumps(record)) == record


def test_what_splits_report_is_shown() -> None:
    groups = [("function", "python", "a", 3)] * 20 + [("type", None, "b", 4)] * 2
    raw = Corpus(joint(groups))
    assert (len(raw.splits()), raw.stats()["strata"]) == (0, {})
    done = raw.split()
    assert done.splits()["train"].to_pylist() == [48, 8] or sum(done.splits()["train"].to_pylist()) >= 48
    assert "60 rows: 48 of 48 6 of 6 6 of 6" in done.stats()["strata"].values()
    assert "fewer than three groups, not on every side: 1 (type unknown b)" in show.summary(done)
    assert "48 of 48" in done._repr_html_()


# With an earlier split.


def test_a_merge_across_sides_is_reported_with_its_rows() -> None:
    before = assign_splits(grouped([["function"]] * 40)).table
    rows = before.to_pylist()
    trained, tested = rows[0], rows[-1]
    joined = [{**row, "group": tested["group"] if row["id"] == trained["id"] else row["group"]} for row in rows]
    record = assign_splits(pa.Table.from_pylist(joined, schema=before.schema), previous=before).record
    assert record["moved"] == [{"id": trained["id"], "from": "train", "to": "test"}]
    assert record["merged"] == [{"group": tested["group"], "sides": {"test": 1, "train": 1}, "side": "test"}]
    assert (record["rows_moved"], record["groups_merged_across_sides"]) == (1, 1)


# By source.


@settings(deadline=None, max_examples=40)
@given(groups=DRAWN, sources=st.lists(st.integers(0, 7), min_size=120, max_size=120))
def test_by_source_neither_a_source_nor_a_group_is_on_two_sides(
    groups: list[tuple[str, str | None, str, int]], sources: list[int]
) -> None:
    drawn = [(*one[:2], f"s{source}", one[3]) for one, source in zip(groups, sources, strict=False)]
    stage = assign_splits(joint(drawn), by="source")
    for column in ("source", "group"):
        held = defaultdict(set)
        for name, side in zip(stage.table[column].to_pylist(), stage.table["split"].to_pylist(), strict=True):
            held[name].add(side)
        assert all(len(found) == 1 for found in held.values())
    assert len(stage.removed) == 0
    if len({source for *_, source, _ in drawn}) >= 3:
        assert set(stage.table["split"].to_pylist()) == set(SPLITS)
    assert stage.record["sources_dealt"] == len({source for *_, source, _ in drawn})


def test_sources_that_share_a_group_are_on_one_side() -> None:
    rows = [
        entry(n, path=f"f{n}", source=f"s{n % 10}", group=f"g{n % 10 if n >= 10 else n // 2 * 2}") for n in range(60)
    ]
    done = assign_splits(table_of(rows), by="source").table
    side = dict(zip(done["source"].to_pylist(), done["split"].to_pylist(), strict=True))
    assert all(side[f"s{n}"] == side[f"s{n + 1}"] for n in range(0, 10, 2))


# By time.

DATED = st.lists(st.tuples(st.integers(0, 20), st.one_of(st.none(), st.integers(0, 60))), min_size=1, max_size=80)


def dated(drawn: list[tuple[int, int | None]]) -> pa.Table:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return table_of(
        entry(n, path=f"g{group}", created_at=None if day is None else start + timedelta(days=day))
        for n, (group, day) in enumerate(drawn)
    )


@settings(deadline=None, max_examples=40)
@given(drawn=DATED, seed=st.integers(0, 9))
def test_by_time_the_test_is_newer_and_what_does_not_fit_is_removed_with_a_reason(
    drawn: list[tuple[int, int | None]], seed: int
) -> None:
    table = dated(drawn)
    if all(day is None for _, day in drawn):
        with pytest.raises(ConfigError, match="no row has a date"):
            assign_splits(table, by="time")
        return
    stage = assign_splits(table, by="time")
    newest: datetime | None = None
    rows = stage.table.to_pylist()
    for side in SPLITS:
        own = [row["created_at"] for row in rows if row["split"] == side]
        assert newest is None or all(date > newest for date in own)
        newest = max([*own, newest] if newest else own, default=None)
    held = defaultdict(set)
    for row in rows:
        held[row["group"]].add(row["split"])
    assert all(len(found) == 1 for found in held.values())
    ids = [row["id"] for row in rows] + stage.removed["id"].to_pylist()
    assert sorted(ids) == sorted(table["id"].to_pylist())
    undated = [day is None for _, day in drawn]
    assert stage.record["removed"].get("no-date", 0) == sum(undated)
    order = random.Random(seed).sample(range(len(table)), len(table))
    again = assign_splits(table.take(order), by="time")
    assert sides(again.table) == sides(stage.table)


def test_by_time_rows_that_fit_are_kept_and_the_shares_reached() -> None:
    stage = assign_splits(dated([(n % 21 + 100 * n, n) for n in range(100)]), by="time")
    assert Counter(stage.table["split"].to_pylist()) == {"train": 80, "validation": 10, "test": 10}
    assert len(stage.removed) == 0


def test_by_time_a_conversation_is_parted_and_the_rows_at_its_borders_are_left_out() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        entry(n, path=f"chat{n % 2}", category="conversation", kind="signal", created_at=start + timedelta(minutes=n))
        for n in range(200)
    ]
    stage = assign_splits(table_of(rows), by="time")
    assert stage.record["removed"] == {"embargo": 4}  # two conversations, two borders
    assert Counter(stage.table["split"].to_pylist()) == {"train": 158, "validation": 18, "test": 20}


def test_by_time_there_is_no_earlier_split_to_keep() -> None:
    table = dated([(0, 1)])
    with pytest.raises(ConfigError, match="cannot keep an earlier one"):
        assign_splits(table, by="time", previous=assign_splits(table).table)
    with pytest.raises(ConfigError, match="by something else") as caught:
        assign_splits(table, by="month")
    assert caught.value.expected == "group | source | time"


@pytest.mark.parametrize("by", BY)
def test_a_split_is_replayed_from_its_line(by: str) -> None:
    raw = Corpus(dated([(n, n) for n in range(40)]))
    done = raw.split({"train": 0.5, "validation": 0.25, "test": 0.25}, by=by)
    assert raw.replay(done.lineage[-1]).table == done.table


def test_a_row_of_which_only_layout_and_comments_changed_keeps_its_side() -> None:
    def rows(place: str, bodies: list[str], first: int = 0) -> list[object]:
        return [
            entry(first + n, f"def f{n}(one):\n{body}", path=f"{place}{n}.py", task="implement", language="python")
            for n, body in enumerate(bodies)
        ]

    before = assign_splits(table_of(rows("f", ["    # Note.\n    return one"] * 60))).table  # type: ignore[arg-type]
    moved = table_of(rows("g", ["\treturn  one", "    return one + 1"] * 30, 100))  # type: ignore[arg-type]
    after = assign_splits(moved, previous=before)
    assert after.facts["groups_kept_in_place"] == 30  # the others have other code
    sides = dict(zip(before["path"].to_pylist(), before["split"].to_pylist(), strict=True))
    now = dict(zip(after.table["path"].to_pylist(), after.table["split"].to_pylist(), strict=True))
    assert all(now[f"g{n}.py"] == sides[f"f{n}.py"] for n in range(0, 60, 2))
