"""The handle on a corpus: immutable, made from any table, shown without harm, larger than memory if need be."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from conftest import PYTHON, Grown
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import TEXTS, entry, table

import corpus
from corpus import store
from corpus.corpus import Corpus
from corpus.entry import SCHEMA, table_of
from corpus.errors import ConfigError, SchemaError
from corpus.validation import validate

EVIL = "</td><script>alert(1)</script>"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    grown = Grown(tmp_path_factory.mktemp("corpus") / "moons")
    grown.commit({"moons.py": PYTHON, "copy/moons.py": PYTHON, "bad.py": b"\xff"})
    return corpus.extract(grown.path, workers=1, progress=False)


STEPS: list[Callable[[Corpus], Corpus]] = [
    lambda c: c.normalize(),
    lambda c: c.filter(long=10),
    lambda c: c.score(),
    lambda c: c.deduplicate(),
    lambda c: c.split(),
]


def test_every_method_leaves_the_corpus_as_it_is(raw: Corpus) -> None:
    before = raw.table.to_pylist()
    for step in STEPS:
        after = step(raw)
        assert after is not raw
        assert len(after) + len(after.removed) == len(raw)
        assert len(after.lineage) == len(raw.lineage) + 1
        assert (raw.table.to_pylist(), len(raw.removed), len(raw.lineage)) == (before, 0, 1)
    with pytest.raises(AttributeError):
        raw.table = raw.table  # type: ignore[misc]


def test_rows_are_entries_in_order(raw: Corpus) -> None:
    entries = list(raw)
    assert len(entries) == len(raw) > 5
    assert entries[0] == raw[0] == raw[-len(raw)]
    assert entries[-1] == raw[-1]
    for outside in (len(raw), -len(raw) - 1):
        with pytest.raises(IndexError, match=f"row {outside} of a corpus of {len(raw)} rows"):
            raw[outside]
    places = [(e.path, e.line_start) for e in entries]
    assert [path for path, _ in places] == sorted(path for path, _ in places)
    assert raw.table["id"].to_pylist() == [e.id for e in entries]
    validate(raw.table)


def test_a_sample_is_the_same_for_the_same_seed(raw: Corpus) -> None:
    assert raw.sample(3, seed=1) == raw.sample(3, seed=1)
    assert raw.sample(3, seed=1) != raw.sample(3, seed=2)
    assert raw.sample(0) == raw.sample(-1) == []
    assert {e.category for e in raw.sample(99, category="function")} == {"function"}
    with pytest.raises(SchemaError, match="no such column"):
        raw.sample(colour="red")


def test_a_whole_round_through_a_folder_changes_nothing(raw: Corpus, tmp_path: Path) -> None:
    done = raw
    for step in STEPS:
        done = step(done)
    assert len(done.removed) > 0
    assert len(done.skipped) == 1
    done.write(tmp_path / "out")
    back = corpus.load(tmp_path / "out")
    assert back.fingerprint == done.fingerprint
    assert back.table.to_pylist() == done.table.to_pylist()
    assert back.removed.to_pylist() == done.removed.to_pylist()
    assert back.skipped.to_pylist() == done.skipped.to_pylist()
    assert back.lineage == done.lineage
    assert [source.location() for source in back.sources] == [source.location() for source in raw.sources]
    assert back.reread() == [None] * len(back)
    assert back.stats() == done.stats()
    again = corpus.extract(*back.sources, workers=1, progress=False)
    for record in back.lineage[1:]:
        again = again.replay(record)
    assert again.fingerprint == done.fingerprint


def test_a_report_of_other_rows_is_refused(raw: Corpus, tmp_path: Path) -> None:
    class Report:
        fingerprint = raw.fingerprint

    with pytest.raises(ConfigError, match="the report judged another corpus"):
        raw.score().write(tmp_path / "out", report=Report())  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_pandas_and_datasets_get_the_rows_with_messages(raw: Corpus) -> None:
    frame = raw.to_pandas()
    assert len(frame) == len(raw)
    assert frame["messages"][0][-1] == {"role": "assistant", "content": raw[0].output}
    done = table_of(entry(n, split="test" if n else "train") for n in range(5))
    found = Corpus(done).to_datasets()
    assert {name: len(part) for name, part in found.items()} == {"train": 1, "test": 4}
    assert found["test"][0]["messages"][0]["content"] == "Question 1?"


# Somebody else's table.


def test_instruction_and_output_are_enough() -> None:
    frame = pd.DataFrame({"instruction": ["a", "a"], "output": ["b", "b"], "mood": [1, 2]})
    found = corpus.from_pandas(frame, name="mine", category="note", license="MIT")
    validate(found.table)
    assert [(e.instruction, e.output, e.source, e.category, e.license) for e in found] == [
        ("a", "b", "mine", "note", "MIT")
    ] * 2
    assert found[0].id != found[1].id
    assert found[0].path is found[0].commit is found[0].author is found[0].synthetic is None
    assert found.lineage[0]["columns_dropped"] == ["mood"]
    again = corpus.from_pandas(frame, name="mine", category="note", license="MIT")
    assert again.fingerprint == found.fingerprint


def turns(*said: tuple[str, Any]) -> pa.Table:
    return pa.table({"messages": [[{"role": role, "content": content} for role, content in said]]})


def test_messages_are_enough() -> None:
    said = [("system", "s"), ("user", "hello"), ("assistant", "hi"), ("user", "q"), ("assistant", "a")]
    (one,) = corpus.from_arrow(turns(*said))
    assert [(m.role, m.content) for m in one.messages] == said
    assert (one.system, one.instruction, one.output, one.category) == ("s", "q", "a", "conversation")


def test_nothing_of_a_table_vanishes_without_a_word() -> None:
    said: list[dict[str, Any]] = [
        {"role": "user", "content": "q", "name": "Ann", "tool_calls": None},
        {"role": "assistant", "content": "a", "name": None, "tool_calls": ["look"]},
    ]

    def dropped(**columns: list[Any]) -> Any:
        return corpus.from_arrow(pa.table(columns)).lineage[0]["columns_dropped"]

    pair = {"instruction": ["q"], "output": ["a"]}
    keys = ["messages.name", "messages.tool_calls"]
    assert dropped(messages=[said]) == keys
    assert dropped(messages=[said], mood=[1], system=["s"]) == [*keys, "mood", "system"]
    assert dropped(messages=[said], **pair) == ["messages"]
    assert dropped(history=[said], **pair) == ["history.name", "history.tool_calls"]
    assert dropped(messages=[[{"role": turn["role"], "content": turn["content"]} for turn in said]]) == []


@pytest.mark.parametrize(
    ("given", "column", "row"),
    [
        (pa.table({"question": ["a"]}), None, None),
        (pa.table({"instruction": ["a", None], "output": ["b", "c"]}), "instruction", 1),
        (pa.table({"instruction": [1], "output": ["b"]}), "instruction", 0),
        (pa.table({"instruction": [b"\xff"], "output": ["b"]}), "instruction", 0),
        (pa.table({"instruction": ["a"], "output": ["b"], "history": ["x"]}), "history", 0),
        (pa.table({"instruction": ["a"], "output": ["b"], "signals": [3]}), "signals", 0),
        (pa.table({"instruction": ["a"], "output": ["b"], "origins": [[{"path": "x"}]]}), "origins", 0),
        (pa.table({"instruction": ["a"] * 2, "output": ["b"] * 2, "line_start": [1, 2**40]}), "line_start", 1),
        (pa.table({"instruction": ["a"], "output": ["b"], "created_at": ["today"]}), "created_at", 0),
        (pa.table({"instruction": ["a"], "output": ["b"], "split": ["dev"]}), "split", 0),
        (pa.Table.from_arrays([pa.array(["a"])] * 3, names=["instruction", "output", "output"]), "output", None),
        (turns(("user", "a")), "messages", 0),
        (turns(("assistant", "a"), ("user", "b")), "messages", 0),
        (turns(("user", "a"), ("assistant", None)), "messages", 0),
        (turns(("user", ["a"]), ("assistant", ["b"])), "messages", 0),
        (turns(("wizard", "a"), ("user", "a"), ("assistant", "b")), "history", 0),
        (pa.table({"messages": [["a", "b"]]}), "messages", 0),
        (pa.table({"messages": ["a"]}), "messages", 0),
    ],
)
def test_a_table_that_cannot_be_meant_is_an_error_that_says_where(given: pa.Table, column: str, row: int) -> None:
    with pytest.raises(SchemaError) as caught:
        corpus.from_arrow(given)
    assert (caught.value.column, caught.value.row) == (column, row)


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=8))
def test_any_texts_make_a_valid_corpus(pairs: list[tuple[str, str]]) -> None:
    given = pa.table(
        {name: pa.array([p[i] for p in pairs], pa.string()) for i, name in enumerate(["instruction", "output"])}
    )
    found = corpus.from_arrow(given)
    validate(found.table)
    assert [(e.instruction, e.output) for e in found] == pairs
    done = found.normalize().filter().score().deduplicate().split()
    assert len(done) + len(done.removed) == len(pairs)


# How it shows itself.


def test_a_notebook_shows_names_as_text() -> None:
    rows = table_of([entry(0, category="note"), entry(1, category="note")])
    removed = Corpus(rows).filter(long=0).removed
    index = removed.schema.get_field_index("reason")
    hostile = removed.set_column(index, removed.schema.field(index), pa.array([EVIL] * 2).dictionary_encode())
    skipped = pa.Table.from_pylist(
        [{"kind": "git", "source": EVIL, "unit": EVIL, "reason": EVIL, "detail": ""}],
        schema=corpus.entry.SKIPPED_SCHEMA,
    )
    found = Corpus(rows, hostile, skipped)
    html = found._repr_html_()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 2
    assert repr(found) == "<Corpus 2 rows: 2 note, 2 removed, 1 units skipped>"


# Larger than memory.


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 40), max_size=8), limit=st.integers(0, 20_000))
def test_a_spool_gives_the_same_table_above_its_limit_and_below(sizes: list[int], limit: int) -> None:
    spool, held = store.Spool(SCHEMA, limit=limit), store.Spool(SCHEMA)
    for number, size in enumerate(sizes):
        part = table([f"answer {number} {n}" for n in range(size)], path=f"p{number}", source=f"s{number % 3}")
        spool.add(part)
        held.add(part)
    assert spool.table().to_pylist() == held.table().to_pylist()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what is mapped")
def test_going_over_a_mapped_table_does_not_hold_it_in_memory() -> None:
    rows = pa.table({"text": [f"{number:01000d}" for number in range(store.BATCH_ROWS)]})
    spool = store.Spool(rows.schema, limit=0)
    for _ in range(16):  # 65 MB
        spool.add(rows)
    mapped = spool.table()

    def held() -> int:
        return int(Path("/proc/self/status").read_text().split("RssFile:")[1].split()[0]) // 1024

    mapped.combine_chunks()
    before = held()
    assert sum(part.equals(rows) for part in store.batches(mapped)) == 16
    assert held() < before - 50
    assert mapped.slice(0, store.BATCH_ROWS).equals(rows)


def test_a_spool_leaves_no_file_behind_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = store.Spool(SCHEMA, limit=0)
    for _ in range(3):
        spool.add(table(["a", "b"]))
        assert list(tmp_path.iterdir()) == []
    assert spool._file is not None
    assert len(spool.table()) == 6
    assert list(tmp_path.iterdir()) == []


def test_everything_works_on_tables_that_are_mapped(
    raw: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole() -> Corpus:
        done = corpus.extract(*raw.sources, workers=1, progress=False)
        for step in STEPS:
            done = step(done)
        return done

    held = whole()
    monkeypatch.setattr(store.Spool.__init__, "__kwdefaults__", {"limit": 0})
    mapped = whole()
    assert mapped.fingerprint == held.fingerprint
    assert mapped.removed.to_pylist() == held.removed.to_pylist()
    mapped.write(tmp_path / "mapped")
    held.write(tmp_path / "held")
    names = [path.relative_to(tmp_path / "held") for path in (tmp_path / "held").rglob("*") if path.is_file()]
    assert [
        name for name in names if (tmp_path / "held" / name).read_bytes() != (tmp_path / "mapped" / name).read_bytes()
    ] == []


def test_a_slice_and_a_report_that_is_none_are_messages(tmp_path: Path) -> None:
    c = Corpus(table(["An answer."]))
    with pytest.raises(ConfigError, match="one row at a time"):
        c[0:1]  # type: ignore[index]
    with pytest.raises(ConfigError, match="no report"):
        c.write(tmp_path / "c", report={"verdict": "corroborated"})  # type: ignore[arg-type]
