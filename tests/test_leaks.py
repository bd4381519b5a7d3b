"""Leaks of a split: what stands by half in a row of train is found, all of it and nothing else, and goes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import astuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import entry, table

from corpus import Corpus, show
from corpus.curate import leaks as room
from corpus.curate.leaks import LEAKED, leaks
from corpus.entry import table_of
from corpus.split import assign_splits
from falsify.duplicates import HYPOTHESES
from falsify.judge import subject_of

PASSAGES = [" ".join(f"p{number}w{at}" for at in range(18)) for number in range(4)]
# Rows of one to three passages, some of them common, and of a tail of their own of so many words.
ROWS = st.lists(st.tuples(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 40)), min_size=2, max_size=24)


def texts(drawn: list[tuple[list[int], int]]) -> list[str]:
    return [
        " ".join([*(PASSAGES[one] for one in passages), *(f"own{row}w{at}" for at in range(tail))])
        for row, (passages, tail) in enumerate(drawn)
    ]


def grams(text: str) -> set[tuple[str, ...]]:
    found = text.lower().split()
    return {tuple(found[at : at + 8]) for at in range(len(found) - 7)}


def by_force(rows: list[str], held: list[int], train: list[int]) -> dict[tuple[int, int], float]:
    """All pairs that leak, and how much."""
    sets = [grams(row) for row in rows]
    pairs = {(one, other): len(sets[one] & sets[other]) for one in held if len(sets[one]) >= 20 for other in train}
    return {(one, other): n / len(sets[one]) for (one, other), n in pairs.items() if n >= LEAKED * len(sets[one])}


@settings(deadline=None, max_examples=40)
@given(drawn=ROWS, seed=st.integers(0, 9), pairs=st.sampled_from([1, 7, 1 << 21]), kept=st.booleans())
def test_what_leaks_is_what_brute_force_finds(
    drawn: list[tuple[list[int], int]], seed: int, pairs: int, kept: bool
) -> None:
    rows = texts(drawn)
    order = random.Random(seed).sample(range(len(rows)), len(rows))
    held, train = sorted(order[: len(order) // 2]), sorted(order[len(order) // 2 :])
    wanted = by_force(rows, held, train)
    body = pa.table({"instruction": ["Asked."] * len(rows), "input": rows, "output": [""] * len(rows)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_PAIRS", pairs)  # some at a time, or all
        patch.setattr(room, "_PART", pairs)
        found = leaks(body, np.array(held), np.array(train), kept=kept)
    assert found.rows.tolist() == sorted({pair[kept] for pair in wanted})
    for row, other, share in zip(*(one.tolist() for one in astuple(found)), strict=True):
        assert share == pytest.approx(wanted[(other, row) if kept else (row, other)])


def test_a_copy_in_capitals_and_without_its_comment_is_found() -> None:
    said = " ".join(f"Слово{at} и" for at in range(20))
    found = leaks(table([f"{said} # note", said.upper()]), np.array([1]), np.array([0]))
    assert (found.rows.tolist(), found.others.tolist()) == ([1], [0])


def test_without_rows_nothing_leaks() -> None:
    body = table([PASSAGES[0]] * 3)
    for held, train in (([], [0, 1]), ([0, 1], []), ([], [])):
        assert not len(leaks(body, np.array(held, np.int64), np.array(train, np.int64)).rows)
    assert len(leaks(body, np.array([0]), np.array([1, 2])).rows) == 0  # of 11 shingles: shared by accident


# In a split.


def family(members: int, others: int, first: int = 0) -> list[object]:
    """Files that share two thirds of their words, two rows each, and files that share nothing."""
    rows = []
    for file in range(first, first + members + others):
        shared = PASSAGES if file - first < members else []
        for row in range(2):
            own = (f"own{file}x{row}w{at}" for at in range(36))
            rows.append(entry(2 * file + row, " ".join([*shared, *own]), path=f"file{file}.py", group=f"g{file}"))
    return rows  # type: ignore[return-value]


def test_a_family_that_was_cut_leaks_no_more() -> None:
    done = Corpus(table_of(family(30, 70))).deduplicate(max_removed=1.0)  # type: ignore[arg-type]
    assert done.lineage[-1]["largest_cut"][0]["rows"] == 60
    split = done.split()
    record = split.lineage[-1]
    assert record["removed"]["leak"] == sum(record["leaks"].values()) > 0
    assert record["rows_in"] == record["rows_out"] + len(split.removed) == 200
    gone = split.removed.to_pylist()
    train = {row["id"] for row in split.table.to_pylist() if row["split"] == "train"}
    assert {row["kept_id"] for row in gone} <= train
    assert all(row["similarity"] >= LEAKED and "of it stands in a row of train" in row["detail"] for row in gone)
    verdicts = {one.id: one.test(subject_of(split.table, sample=10, workers=1)) for one in HYPOTHESES}
    assert [verdicts[name].value for name in ("D2", "D2b", "D3")] == [0.0, 0.0, 0.0]
    mixed = Corpus(done.table.take(random.Random(1).sample(range(200), 200))).split()
    assert set(mixed.removed["id"].to_pylist()) == set(split.removed["id"].to_pylist())


def test_a_corpus_that_is_one_family_is_told_that_little_is_left_to_test_with() -> None:
    split = Corpus(table_of(family(40, 0))).deduplicate(max_removed=1.0).split()  # type: ignore[arg-type]
    record = split.lineage[-1]
    assert 0 < record["rows_held_out"] == sum(record["leaks"].values())
    said = f"were removed: {record['rows_held_out']} of {record['rows_held_out']}.\nMost of these rows are one family"
    assert said in show.summary(split)
    few = Corpus(table_of(family(30, 70))).deduplicate(max_removed=1.0).split()  # type: ignore[arg-type]
    assert few.lineage[-1]["leaks"]
    assert "family" not in show.summary(few)


def test_what_was_tested_stays_and_the_new_copy_of_it_goes() -> None:
    before = assign_splits(table_of(family(0, 60))).table  # type: ignore[arg-type]
    tested = next(row for row in before.to_pylist() if row["split"] == "test")
    trained = next(row for row in before.to_pylist() if row["split"] == "train")
    copies = [
        entry(900 + at, f"{row['output']} and more", path=trained["path"], group=trained["group"])
        for at, row in enumerate((tested, trained))
    ]
    rows = table_of([*family(0, 60), *copies])  # type: ignore[list-item]
    after = assign_splits(rows, previous=before)
    (gone,) = after.removed.to_pylist()
    assert (gone["id"], gone["kept_id"], gone["reason"]) == (copies[0].id, tested["id"], "leak")
    assert gone["detail"] == "94% of a held-out row stands in it"
    old = dict(zip(before["id"].to_pylist(), before["split"].to_pylist(), strict=True))
    new = dict(zip(after.table["id"].to_pylist(), after.table["split"].to_pylist(), strict=True))
    assert {row: new[row] for row in old} == old
    assert after.record["leaks"] == {"train": 1}
    again = assign_splits(rows, previous=after.table)
    assert Counter(again.removed["id"].to_pylist()) == Counter(after.removed["id"].to_pylist())
