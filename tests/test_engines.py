"""Engines: a corpus has the same bytes wherever its stages ran, and a cluster leaves nothing behind."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import ROOT, shell
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import entry

import corpus
from corpus import MatrixExport, Message, SignalExport, engines
from corpus.curate import apply_gates, deduplicate, evidence, gates, score, scores
from corpus.engines import ray as on_ray
from corpus.entry import REMOVED_SCHEMA, SCHEMA, table_of
from corpus.store import batches

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason='ray is not installed: pip install "sovereign-corpus[distributed]"'
)
WORKERS = 2


def snapshot(folder: Path) -> dict[str, bytes]:
    """All bytes of a corpus, private tables included."""
    private = [folder / ".private" / name for name in ("removed.parquet", "skipped.parquet", "pairs.parquet")]
    public = [path for path in folder.rglob("*") if path.is_file() and ".private" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in [*public, *private]}


def different(one: Path, other: Path) -> list[str]:
    a, b = snapshot(one), snapshot(other)
    return sorted(name for name in {*a, *b} if a.get(name) != b.get(name))


@pytest.fixture(scope="module")
def private() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def ray_engine(private: Path) -> Iterator[on_ray.RayEngine]:
    """A cluster of two worker processes; stages that ask for one while it runs get this one."""
    with on_ray.cluster(WORKERS, private) as engine:
        yield engine


def texts(count: int, seed: int = 0) -> list[str]:
    """Texts of some 60 words; a third of them are others with a few words changed."""
    rng = random.Random(seed)
    words = [f"word{number}" for number in range(3000)]
    made: list[list[str]] = []
    for _ in range(count):
        text = rng.choices(words, k=rng.randrange(30, 90))
        if made and rng.random() < 0.35:
            text = list(rng.choice(made[-400:]))
            for _ in range(rng.randrange(4)):
                text[rng.randrange(len(text))] = rng.choice(words)
        made.append(text)
    return [" ".join(text) for text in made]


def rows(count: int, seed: int = 0) -> pa.Table:
    """Rows for every stage: texts to be normalised, rows to be refused, and duplicates."""
    made = texts(count, seed)
    return table_of(
        entry(
            number,
            f"{text}  \r\nand so on" if number % 7 else "",
            instruction="What of it?",
            source=f"s{number % 3}",
            category="note" if number % 2 else "definition",
            history=[Message("user", "Before\f that")] if number % 11 == 0 else [],
            quality=None,
        )
        for number, text in enumerate(made)
    )


def written(made: corpus.Corpus, folder: Path) -> Path:
    scored = made.normalize().redact().score().filter(repetition=None, score=None)
    return scored.deduplicate(max_removed=1).decontaminate().split().write(folder)


# The same bytes.


@needs_ray
def test_repositories_and_chats_have_the_same_bytes(ray_engine: on_ray.RayEngine, tmp_path: Path) -> None:
    for script, folder in (("repositories.py", "repositories"), ("conversations.py", "chats")):
        subprocess.run([sys.executable, ROOT / "fixtures" / script, tmp_path / folder], check=True, timeout=300)
    made = corpus.extract(
        *(tmp_path / "repositories" / name for name in ("lantern", "kiln")),
        SignalExport(tmp_path / "chats" / "signal-export"),
        MatrixExport(tmp_path / "chats" / "element.json", me="@robin:example.org"),
        workers=WORKERS,
        progress=False,
    )
    local = written(made, tmp_path / "local")
    with engines.using("ray"):  # the one that runs
        assert isinstance(engines.current(), on_ray.RayEngine)
        on_cluster = written(made, tmp_path / "ray")
    assert different(local, on_cluster) == []
    assert {"README.md", "manifest.json", ".private/pairs.parquet"} < set(snapshot(local))
    loaded = corpus.load(on_cluster)
    assert set(loaded.table["kind"].to_pylist()) == {"git", "signal", "matrix"}
    assert min(len(loaded), len(loaded.removed)) > 20
    assert isinstance(engines.current(), engines.LocalEngine)  # and what comes after it runs here
    assert list(ray_engine.map(len, ["abc"])) == [3]  # it was not ours to stop


@needs_ray
def test_thousands_of_near_duplicates_are_the_same_in_any_number_of_tasks(
    ray_engine: on_ray.RayEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = corpus.Corpus(rows(5000))  # two batches of rows
    local = written(made, tmp_path / "local")
    monkeypatch.setattr(evidence, "_HELD", 20_000 * ray_engine.finer)  # some fifteen portions
    with engines.running(ray_engine):
        on_cluster = written(made, tmp_path / "ray")
    assert different(local, on_cluster) == []
    reasons = corpus.load(local).removed["reason"].to_pylist()
    assert {"empty", "near-duplicate", "exact-duplicate"} <= set(reasons)
    assert reasons.count("near-duplicate") > 200


@needs_ray
def test_work_is_done_in_two_processes_and_its_order_kept(ray_engine: on_ray.RayEngine, tmp_path: Path) -> None:
    met = str(tmp_path)

    def slow(number: int) -> tuple[int, int]:
        """The first of all to begin waits for one that begins in the other process."""
        Path(met, str(os.getpid())).touch()
        end = time.monotonic() + 120
        while len([*Path(met).iterdir()]) < WORKERS and time.monotonic() < end:
            time.sleep(0.01)
        return number, os.getpid()

    done = list(ray_engine.map(slow, iter(range(12))))
    assert [number for number, _ in done] == list(range(12))
    processes = {process for _, process in done}
    assert len(processes) == WORKERS
    assert os.getpid() not in processes


class Elsewhere:
    """What a cluster does, without one: parts are taken some ahead, and everything travels as bytes."""

    finer = 8

    def __init__(self, ahead: int) -> None:
        self.ahead = ahead

    def map(self, work: Callable[[Any], Any], parts: Iterable[Any], *, threads: bool = False) -> Iterator[Any]:  # noqa: ARG002 - there are none
        there = on_ray.unpacked(on_ray.packed(work))
        waiting: list[bytes] = []
        for part in parts:
            waiting.append(on_ray.packed(there(on_ray.unpacked(on_ray.packed(part)))))
            if len(waiting) > self.ahead:
                yield on_ray.unpacked(waiting.pop(0))
        yield from map(on_ray.unpacked, waiting)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6), count=st.integers(0, 60), ahead=st.integers(0, 5), held=st.sampled_from([8, 800, 8000]),
    spend=st.one_of(st.integers(0, 60), st.just(10**6)),
)  # fmt: skip
def test_neither_portions_nor_what_is_known_late_change_a_decision(
    seed: int, count: int, ahead: int, held: int, spend: int
) -> None:
    table = table_of(
        entry(number, text, instruction="", quality=None) for number, text in enumerate(texts(count, seed))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "_SPEND", (0, spend))
        here = deduplicate(table, max_removed=1)
        patch.setattr(evidence, "_HELD", held)
        with engines.running(Elsewhere(ahead)):
            there = deduplicate(table, max_removed=1)
    assert here.table.equals(there.table)
    assert here.removed.equals(there.removed)
    assert here.pairs is not None
    assert here.pairs.equals(there.pairs)
    assert here.record == there.record
    assert here.evidence is not None
    assert there.evidence is not None
    assert here.evidence.complete == there.evidence.complete


def said(seed: int, count: int) -> pa.Table:
    """Rows of a few files, in disorder: overloads that are told the same, some of them refused by another gate."""
    rng = random.Random(seed)
    return table_of(
        entry(
            number,
            rng.choice(["Writes `int` to it.", "Writes `byte` to it.", "Reads one", "It is\ufffd `int` here.", ""]),
            path=f"file{rng.randrange(4)}.cs",
            symbol=rng.choice(["Write", "Read"]),
            language="csharp",
            category="function",
            line_start=(line := rng.randrange(1, 9)),
            line_end=line,
            task=rng.choice(["answer", "explain", "document"]),
            input=rng.choice(["void Write(int value) { stream.Put(value); }", "int Read() => stream.Take();"]),
            quality=None,
        )
        for number in range(count)
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(0, 120), ahead=st.integers(0, 5), size=st.integers(1, 40))
def test_where_rows_are_cut_changes_no_verdict_and_no_score(seed: int, count: int, ahead: int, size: int) -> None:
    table = said(seed, count)
    here, scored_here = apply_gates(table), score(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "batches", partial(batches, rows=size))
        patch.setattr(scores, "BATCH_ROWS", size)
        with engines.running(Elsewhere(ahead)):
            there, scored_there = apply_gates(table), score(table)
    assert here.table.to_pylist() == there.table.to_pylist()
    assert here.removed.to_pylist() == there.removed.to_pylist()
    assert here.record == there.record
    assert scored_here.table.to_pylist() == scored_there.table.to_pylist()


def test_an_overload_is_found_where_the_first_was_in_another_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "batches", partial(batches, rows=7))
    with engines.running(Elsewhere(3)):
        reasons = apply_gates(said(1, 100)).removed["reason"].to_pylist()
    assert reasons.count("overload") > 10
    assert {"overload", "empty", "control-character"} <= set(reasons)


def test_what_a_killed_build_left_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / engines.SPILLED).mkdir()
    (tmp_path / engines.SPILLED / "object").write_bytes(b"texts")
    with engines.using("local", folder=tmp_path):
        assert list(tmp_path.iterdir()) == []


# How values travel.


@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 40), min_size=2, max_size=2))
@settings(max_examples=30)
def test_a_slice_travels_as_what_it_is(seed: int, cuts: list[int]) -> None:
    start, stop = sorted(cuts)
    table = pa.concat_tables([rows(20, seed), rows(20, seed + 1)])
    part = table.slice(start, stop - start)
    back = on_ray.unpacked(on_ray.packed({"rows": [part]}))["rows"][0]
    assert back.equals(part)
    assert back.schema.equals(SCHEMA, check_metadata=True)


def test_a_slice_travels_without_the_rest() -> None:
    table = rows(2000)
    assert len(on_ray.packed(table.slice(0, 2000))) > 20 * len(on_ray.packed(table.slice(7, 20)))
    empty = on_ray.unpacked(on_ray.packed(REMOVED_SCHEMA.empty_table()))
    assert (len(empty), empty.schema) == (0, REMOVED_SCHEMA)


# What goes wrong.


def test_an_unknown_engine_is_named_before_anything_is_read(tmp_path: Path, almanac: Path) -> None:
    with pytest.raises(corpus.ConfigError, match=r"(?s)no such engine.*local \| ray.*'spark'"):
        corpus.build(almanac, out=tmp_path / "out", engine="spark")
    assert not (tmp_path / "out").exists()
    done = shell("build", almanac, "--out", tmp_path / "out", "--engine", "spark")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "local | ray" in done.stderr


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, almanac: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(corpus.MissingExtraError, match=r'pip install "sovereign-corpus\[distributed\]"'):
        corpus.build(almanac, out=tmp_path / "out", engine="ray")
    assert not (tmp_path / "out").exists()


@needs_ray
def test_what_fails_on_a_node_is_an_error_here(ray_engine: on_ray.RayEngine) -> None:
    with pytest.raises(corpus.BuildError, match=r"(?s)worker of the cluster failed.*modulo by zero"):
        list(ray_engine.map(partial(divmod, 1), [1, 0]))

    def refuse(what: str) -> None:
        raise corpus.ConfigError(what)

    with pytest.raises(corpus.ConfigError, match="a threshold"):
        list(ray_engine.map(refuse, ["a threshold"]))
    assert list(ray_engine.map(partial(divmod, 1), [1])) == [(1, 0)]  # and the cluster goes on


def test_a_node_with_another_version_refuses() -> None:
    with pytest.raises(corpus.ConfigError, match="another version"):
        on_ray._done("0.0.0", [], b"")


@needs_ray
def test_a_cluster_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(corpus.ConfigError, match=r"(?s)cannot be reached.*127\.0\.0\.1:1\b.*RAY_ADDRESS"),
        on_ray._connected(on_ray.import_ray(), "127.0.0.1:1"),
    ):
        pass


# What a cluster leaves behind.


@needs_ray
def test_what_exceeds_memory_lies_where_its_owner_alone_may_enter(ray_engine: on_ray.RayEngine, private: Path) -> None:
    assert stat.S_IMODE((private / engines.SPILLED).stat().st_mode) == 0o700
    import ray

    session = Path(ray._private.worker._global_node.get_session_dir_path())
    assert stat.S_IMODE(session.parent.parent.stat().st_mode) == 0o700


@needs_ray
def test_the_shell_says_the_same_and_nothing_stays(almanac: Path) -> None:
    home = Path(tempfile.mkdtemp(dir="/tmp"))  # a short path: sockets need one
    try:
        (home / "tmp").mkdir()
        environment = {"HOME": str(home), "TMPDIR": str(home / "tmp")}
        said = {}
        for engine in engines.ENGINES:
            done = shell(
                "build", almanac, "--out", home / engine, "--engine", engine, "--workers", WORKERS, "-q", **environment
            )
            assert done.returncode == 0, done.stderr
            said[engine] = done.stdout.replace(str(home / engine), "OUT")
        assert said["ray"] == said["local"]
        assert different(home / "local", home / "ray") == []
        assert sorted(path.name for path in (home / "ray" / ".private").iterdir()) == sorted(
            path.name for path in (home / "local" / ".private").iterdir()
        )
        assert [path for path in (home / "tmp").iterdir() if "loky" not in path.name] == []
        assert not (home / ".ray").exists()  # Ray's token, which it leaves there by itself
    finally:
        shutil.rmtree(home)
