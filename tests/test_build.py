"""A build from end to end: what it writes can be read, adds up, comes from where it says, and is always the same."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import filelock
import hostile
import pandas as pd
import polars as pl
import pyarrow.compute as pc
import pytest
import yaml
from conftest import (
    MARKER,
    PYTHON,
    ROOT,
    RUST,
    Grown,
    living,
    needs_proc,
    new_marker,
    outliving,
    project_files,
    shell,
    shell_environment,
)

import corpus
from corpus import pipeline
from corpus.entry import CODE_COLUMN, SCHEMA_VERSION
from corpus.write import folder as folders
from corpus.write.plots import can_draw
from tests import nursery

SPLITS = ("train", "validation", "test")
REPHRASED = {"Panic"}  # what "# Panics" says, told to whoever writes the function
FILLERS = {"...", "pass", "<missing lines>", "{ /* ... */ }"}  # what stands for a body, or for lines asked for


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every byte that a build promises to be the same."""
    public = [path for path in folder.rglob("*") if path.is_file() and ".private" not in path.parts]
    private = [folder / ".private" / name for name in ("removed.parquet", "skipped.parquet", "pairs.parquet")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in [*public, *private]}


def difference(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


@pytest.fixture(autouse=True)
def _plots_as_in_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is built here is compared with what a shell's command builds, and that draws the plots where it can."""
    monkeypatch.setattr(folders, "can_draw", can_draw)


@pytest.fixture(scope="session")
def run(
    tmp_path_factory: pytest.TempPathFactory, library: Path, almanac: Path
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("built") / "corpus"
    done = shell("build", library, almanac, "--out", out, "--workers", "2", PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    return out, done


@pytest.fixture(scope="session")
def built(run: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    return run[0]


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_bytes())


# What it writes.


def test_everyone_reads_the_same_rows(built: Path, tmp_path: Path) -> None:
    counts = {}
    for split in SPLITS:
        (file,) = (built / "data").glob(f"{split}-*.parquet")
        counts[split] = len(pd.read_parquet(file))
        assert len(pl.read_parquet(file)) == counts[split]
        assert duckdb.sql(f"select count(*) from '{file}'").fetchall() == [(counts[split],)]
    assert manifest_of(built)["rows"]["split"] == counts
    assert min(counts.values()) > 0
    script = (
        "import sys, json; from datasets import load_dataset; d = load_dataset(sys.argv[1]);"
        "m = d['train'][0]['messages'];"
        "print(json.dumps([{k: len(v) for k, v in d.items()}, [t['role'] for t in m]]))"
    )
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "HF_DATASETS_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", script, str(built)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, env=shell_environment(**offline))
    assert json.loads(loaded.stdout) == [counts, ["user", "assistant"]]


def test_the_card_counts_what_the_data_hold(built: Path) -> None:
    card = (built / "README.md").read_text(encoding="utf-8")
    _, head, body = card.split("---\n", 2)
    frame = pd.concat([pd.read_parquet(file) for file in sorted((built / "data").iterdir())])
    info = yaml.safe_load(head)["dataset_info"]
    assert {split["name"]: split["num_examples"] for split in info["splits"]} == dict(Counter(frame["split"]))
    assert info["download_size"] == sum(file.stat().st_size for file in (built / "data").iterdir())
    tables = dict(tables_of(body))
    for column in ("category", "task", "language"):
        assert {name: int(n) for name, n, *_ in tables[column]} == dict(Counter(frame[column])), column
        beside = {(name, split): int(n) for name, *_, in_train, in_validation, in_test in tables[column]
                  for split, n in zip(SPLITS, (in_train, in_validation, in_test), strict=True)}  # fmt: skip
        assert +Counter(beside) == Counter(zip(frame[column], frame["split"], strict=True)), column
    sides = Counter(frame["split"])
    assert ["splits", ", ".join(f"{split} {sides[split]}" for split in SPLITS)] in tables["at a glance"]
    loaded = corpus.load(built)
    assert {name: int(n) for name, n, _ in tables["skipped because"]} == Counter(loaded.skipped["reason"].to_pylist())
    lost = zip(loaded.removed["stage"].to_pylist(), loaded.removed["reason"].to_pylist(), strict=True)
    assert {(stage, why): int(n) for stage, why, n in tables["stage"]} == Counter(lost)
    assert f"{len(frame):,} question-answer pairs from 2 sources" in body


def tables_of(markdown: str) -> Iterator[tuple[str, list[list[str]]]]:
    """First word of the header and rows of each table, unescaped."""
    for table in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        cells = [
            [re.sub(r"\\|(?<=\d),(?=\d{3})", "", cell.strip()) for cell in row.split("|")[1:-1]]
            for row in table.splitlines()
        ]
        yield cells[0][0], cells[2:]


def test_nothing_vanishes(built: Path) -> None:
    first, *stages = manifest_of(built)["lineage"]
    loaded = corpus.load(built)
    assert first["units"] == first["read"] + first["skipped"]
    assert first["skipped"] == len(loaded.skipped) == 2
    assert sum(source["units"] for source in manifest_of(built)["sources"]) == first["units"]
    assert first["rows_out"] == len(loaded) + len(loaded.removed)
    assert len(loaded.removed) > 0
    rows = first["rows_out"]
    for stage in stages:
        assert stage["rows_in"] == rows
        assert stage["rows_out"] == rows - sum(stage["removed"].values())
        rows = stage["rows_out"]
    assert rows == len(loaded)
    assert set(loaded.table["id"].to_pylist()).isdisjoint(loaded.removed["id"].to_pylist())
    (late,) = loaded.skipped.filter(pc.equal(loaded.skipped["unit"], "old.py")).to_pylist()
    assert (late["reason"], late["detail"]) == ("not-utf-8", "line 1: byte 0xe9 at offset 2 is not UTF-8")


def test_the_shell_prints_a_screenful_and_progress_elsewhere(
    run: tuple[Path, subprocess.CompletedProcess[str]], almanac: Path, tmp_path: Path
) -> None:
    assert 10 < len(run[1].stdout.splitlines()) < 60
    assert max(map(len, run[1].stdout.splitlines())) < 200
    assert "\r" not in run[1].stdout
    assert "%|" not in run[1].stdout
    script = "import corpus, sys; corpus.extract(sys.argv[1], progress=True)"
    command = [sys.executable, "-c", script, str(almanac)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=shell_environment())
    assert shown.stdout == ""
    assert "almanac:   0%|" in shown.stderr


# Where it comes from.


def test_every_row_can_be_extracted_again(built: Path) -> None:
    done = shell("inspect", built, "--verify", "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = manifest_of(built)["rows"]["all"]
    assert f"Rows: {rows} of {rows} are what their commit, path and lines give again" in done.stdout


def test_a_row_that_was_changed_does_not_verify(built: Path, tmp_path: Path) -> None:
    whole = corpus.load(built)
    rows = whole.table.to_pylist()
    rows[3]["output"] += " And more."
    rows[4]["line_end"] += 1
    rows[5]["author"], rows[6]["license"] = "somebody else", "Unlicense"
    rows[7]["created_at"] = datetime(2001, 2, 3, tzinfo=UTC)
    verdicts = whole.reread(corpus.entry.SCHEMA.empty_table().from_pylist(rows, schema=corpus.entry.SCHEMA))
    assert [index for index, verdict in enumerate(verdicts) if verdict is not None] == [3, 4, 5, 6, 7]
    assert "differs in output" in str(verdicts[3])
    assert [str(verdict).rpartition(" in ")[2] for verdict in verdicts[5:8]] == ["author", "license", "created_at"]


def test_git_shows_every_row_in_its_commit_path_and_lines(built: Path, library: Path, almanac: Path) -> None:
    seen: dict[tuple[str, str, str], list[str]] = {}
    wrong = []
    for entry in corpus.load(built):
        place = (entry.source, str(entry.commit), str(entry.path))
        if place not in seen:
            repository = library if entry.source == "library" else almanac
            shown = hostile.git(repository, "show", f"{entry.commit}:{entry.path}", hardened=True)
            seen[place] = shown.stdout.decode().split("\n")
        assert entry.line_start is not None
        lines = seen[place][entry.line_start - 1 : entry.line_end]
        there = "\n".join(lines)
        code = getattr(entry, CODE_COLUMN[entry.task]) if entry.task in CODE_COLUMN else entry.input
        stripped = {line.strip() for line in code.splitlines()} - FILLERS
        shown_as = {line.removesuffix("...").removesuffix("{ /* ... */ }").strip() for line in stripped}
        missing = {line for line in shown_as if line not in there}
        doc = entry.output if entry.task != "implement" else entry.input
        words = set(re.findall(r"[^\W_]+", doc)) - set(re.findall(r"[^\W_]+", there)) - REPHRASED
        if missing or words:
            wrong.append((place, entry.line_start, entry.symbol, missing, words))
    assert len(seen) > 20
    assert wrong == []


# Always the same.


def test_workers_order_and_environment_do_not_change_a_byte(
    built: Path, library: Path, almanac: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    other = {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "COLUMNS": "40"}
    done = shell("build", almanac, library, "--out", out, "--workers", "1", **other)
    assert done.returncode == 0, done.stderr
    expected, got = snapshot(built), snapshot(out)
    assert {"README.md", "manifest.json", "falsification.json", ".private/removed.parquet"} <= set(expected)
    assert difference(expected, got) == []


def test_a_build_over_an_earlier_one_ends_in_the_same_bytes(reference: Path, almanac: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    again = corpus.build(almanac, out=out, workers=1, progress=False)
    assert again.cache_use == corpus.corpus.CacheUse(extracted=0, cached=2)
    assert difference(snapshot(reference), snapshot(out)) == []


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory, almanac: Path) -> Path:
    """The small repository's corpus, from a build that nobody disturbed."""
    out = tmp_path_factory.mktemp("reference") / "corpus"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "can_draw", can_draw)
        corpus.build(almanac, out=out, workers=1, progress=False)
    return out


@pytest.fixture
def as_known(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a build its time and is known: what the falsifier says, and the plots."""
    said = corpus.load(reference).report
    assert said is not None
    plain = {name: value for name, value in said.items() if name != "files"}
    plots = {path.name: path.read_bytes() for path in (reference / "images").iterdir()}

    class Said:
        fingerprint = plain["fingerprint"]

        def to_dict(self) -> dict[str, Any]:
            return plain

    monkeypatch.setattr(pipeline, "judge", lambda *_, **__: Said())
    monkeypatch.setattr(folders, "draw", lambda _: plots)


# Killed at any moment.

MOMENTS: dict[str, Callable[[str, Path], bool]] = {
    "a worker starts": lambda marker, _: any("popen_loky" in command for command in living(marker)),
    "units are kept": lambda _, out: (out / ".private" / "cache" / "units.sqlite").exists(),
    "it is written": lambda _, out: (out / ".private" / "new").exists(),
}


@needs_proc
@pytest.mark.parametrize(
    ("moment", "group", "replaces"),
    [
        ("a worker starts", False, False),
        ("units are kept", False, False),
        ("it is written", True, False),
        ("it is written", False, True),
    ],
)
def test_a_killed_build_leaves_no_process_goes_on_and_ends_in_the_same_bytes(
    moment: str, group: bool, replaces: bool, reference: Path, almanac: Path, tmp_path: Path, as_known: None
) -> None:
    out = tmp_path / "out"
    if replaces:
        shutil.copytree(reference, out)
    marker = new_marker()
    command = [sys.executable, "-m", "tests.quick", "build", str(almanac), "--out", str(out), "--workers", "2", "-q"]
    process = subprocess.Popen(
        command,
        env=shell_environment(**{MARKER: marker}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not MOMENTS[moment](marker, out):
        time.sleep(0.001)
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    assert outliving(marker) == []
    check_what_was_left(out, reference)
    if replaces:
        assert shell("build", almanac, "--out", out, TZ="UTC").returncode == 0
    else:
        corpus.build(almanac, out=out, workers=1, progress=False)
    assert difference(snapshot(reference), snapshot(out)) == []
    assert not (out / ".private" / "new").exists()


def check_what_was_left(out: Path, reference: Path) -> None:
    """It is a corpus, which is that one, or says that it is none."""
    if (out / "manifest.json").exists():
        assert difference(snapshot(reference), snapshot(out)) == []
        assert len(corpus.load(out)) > 0
    elif out.exists():
        with pytest.raises(corpus.IntegrityError, match="no complete corpus"):
            corpus.load(out)


KILLS = 16


def test_a_build_that_is_killed_at_a_change_of_its_folder_ends_in_the_same_bytes(
    reference: Path, almanac: Path, tmp_path: Path, as_known: None, in_this_process: None
) -> None:
    """Killed before something in it is made, written, renamed or deleted, at the first change, the last and between."""
    command = [sys.executable, "-m", "tests.killed", str(almanac), str(reference), str(tmp_path), str(KILLS)]
    environment = shell_environment(**nursery.ONE_THREAD)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert min(told["changes"]) > 2 * KILLS
    for out in map(Path, told["left"]):
        check_what_was_left(out, reference)
        corpus.build(almanac, out=out, workers=1, progress=False)
        assert difference(snapshot(reference), snapshot(out)) == [], out.name
        assert not (out / ".private" / "new").exists()


@pytest.mark.parametrize("operation", ["fsync", "replace", "rename", "unlink"])
def test_a_failure_of_any_call_leaves_a_corpus_or_says_that_it_is_unfinished(
    operation: str, reference: Path, almanac: Path, tmp_path: Path, as_known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    whole = corpus.load(reference)
    place = os if operation == "fsync" else Path
    original = getattr(place, operation)
    for nth in range(1, 100):
        calls = 0

        def failing(*arguments: Any, nth: int = nth, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == nth:
                raise OSError(28, "No space left on device")
            return original(*arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(place, operation, failing)
            try:
                whole.write(out)
            except OSError:
                assert calls == nth
            else:
                assert calls < nth
                break
        try:
            assert corpus.load(out).fingerprint == whole.fingerprint
        except corpus.IntegrityError as error:
            assert error.got == "an unfinished build"  # noqa: PT017
    assert nth > 1
    assert corpus.load(out).fingerprint == whole.fingerprint


# Growing.


def test_a_second_build_reads_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_this_process: None
) -> None:
    grown = Grown(tmp_path / "grown")
    monkeypatch.setattr(folders, "can_draw", lambda: False)
    several = [*project_files("kiln/src").items()][:4]
    grown.commit({**dict(several), "moons.py": PYTHON, "words.rs": RUST})
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    before = corpus.build(grown.path, out=out, workers=2, progress=False)
    assert before.cache_use is not None
    assert before.cache_use.cached == 0
    grown.commit({"moons.py": PYTHON.replace(b"right-aligned", b"aligned to the right")}, "Grace <grace@example.org>")
    after = corpus.build(grown.path, out=out, workers=2, progress=False)
    assert after.cache_use == corpus.corpus.CacheUse(extracted=1, cached=before.cache_use.extracted - 1)
    columns = [name for name in corpus.entry.SCHEMA.names if name not in {"signals", "quality", "split"}]
    old, new = ({row["id"]: row for row in c.table.select(columns).to_pylist()} for c in (before, after))
    assert set(old) == set(new)
    changed = {id_ for id_ in old if old[id_] != new[id_]}
    assert {new[id_]["path"] for id_ in changed} == {"moons.py"}
    assert len(changed) == sum(row["path"] == "moons.py" for row in new.values())
    corpus.build(grown.path, out=fresh, workers=1, progress=False)
    assert difference(snapshot(fresh), snapshot(out)) == []


def modules(first: int, last: int) -> dict[str, bytes]:
    """Modules of two functions each, all of them about something else."""
    made = {}
    for number in range(first, last):
        draw = random.Random(number)
        words = ["".join(draw.choices("bdfgklmnprstvz", k=3) + draw.choices("aeiou", k=2)) for _ in range(60)]
        said = [" ".join(draw.choices(words, k=14)).capitalize() for _ in range(5)]
        code = "\n\n".join(
            f'def {words[0]}_{name}({words[1]}, {words[2]}):\n    """{said[name]}.\n\n    {said[name + 2]}.\n    """\n'
            f"    {words[3]} = [{words[1]} + {draw.randrange(999)} for {words[4]} in {words[2]}]\n"
            f"    return {words[5]}({words[3]}, {name})\n"
            for name in range(2)
        )
        made[f"module{number}.py"] = f'"""{said[4]}."""\n\n\n{code}'.encode()
    return made


def test_no_row_changes_sides_when_a_repository_grows(tmp_path: Path, in_this_process: None) -> None:
    grown = Grown(tmp_path / "grown")
    grown.commit(modules(0, 40))

    def curated(previous: corpus.Corpus | None) -> corpus.Corpus:
        raw = corpus.extract(grown.path, workers=1, progress=False)
        return raw.normalize().filter().score().deduplicate().split(previous=previous)

    before = curated(None)
    grown.commit({**modules(40, 100), "words.rs": RUST})
    after, without = curated(before), curated(None)
    sides = [dict(zip(c.table["id"].to_pylist(), c.table["split"].to_pylist(), strict=True)) for c in (before, after)]
    common = set(sides[0]) & set(sides[1])
    assert len(common) > 0.9 * len(before) > 90
    assert len(after) > 1.5 * len(before)
    assert [id_ for id_ in common if sides[0][id_] != sides[1][id_]] == []
    free = dict(zip(without.table["id"].to_pylist(), without.table["split"].to_pylist(), strict=True))
    assert any(sides[0][id_] != free[id_] for id_ in common if id_ in free)
    for split, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        assert abs(corpus.show.counts(after.table, "split")[split] / len(after) - share) < 0.05


# Places where it must not build.


def test_two_builds_into_one_place_do_not_meet(almanac: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with filelock.FileLock(folders.private_folder(out / ".private") / "lock"):
        with pytest.raises(corpus.BuildError, match="another build is at work"):
            corpus.build(almanac, out=out, workers=1, progress=False)
        done = shell("build", almanac, "--out", out)
    assert done.returncode == 4
    assert done.stderr.startswith("corpus: another build is at work in this folder\n")
    assert not (out / "manifest.json").exists()


@pytest.mark.parametrize("stranger", ["thesis.txt", "data/own.csv", ".git/HEAD"])
def test_a_folder_that_holds_something_else_is_left_as_it_is(almanac: Path, tmp_path: Path, stranger: str) -> None:
    file = tmp_path / "home" / stranger
    file.parent.mkdir(parents=True)
    file.write_text("years of work")
    done = shell("build", almanac, "--out", tmp_path / "home")
    assert done.returncode == 2
    assert done.stderr.startswith("corpus: the folder holds something else than a corpus\n")
    assert [path.read_text() for path in (tmp_path / "home").rglob("*") if path.is_file()] == ["years of work"]


def test_a_place_that_the_system_refuses_is_a_message(almanac: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("years of work")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        done = shell("build", almanac, "--out", out)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert str(tmp_path / "file") in done.stderr


def test_too_little_disk_is_said_before_anything_is_read(
    almanac: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.extraction.free_bytes", lambda _: 1 << 20)
    monkeypatch.setattr(corpus.GitRepo, "extract", lambda *_: pytest.fail("it was read"))
    with pytest.raises(corpus.BuildError, match="not enough room on the disk") as caught:
        corpus.build(almanac, out=tmp_path / "out", workers=1, progress=False)
    assert caught.value.got == "1 MiB free"


# Damage.


@pytest.fixture
def damaged(reference: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(reference, tmp_path / "damaged"))


def test_a_flipped_byte_is_seen(damaged: Path) -> None:
    file = next((damaged / "data").iterdir())
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(corpus.IntegrityError, match="a file is not what the manifest says") as caught:
        corpus.load(damaged)
    assert caught.value.where == file


def test_a_missing_file_is_named(damaged: Path) -> None:
    file = next((damaged / "data").iterdir())
    file.unlink()
    with pytest.raises(corpus.IntegrityError, match="a file of the corpus is missing") as caught:
        corpus.load(damaged)
    assert caught.value.where == file


def test_without_a_manifest_there_is_no_complete_corpus(damaged: Path, tmp_path: Path) -> None:
    (damaged / "manifest.json").unlink()
    for place, got in ((damaged, "an unfinished build"), (tmp_path / "nothing", "nothing")):
        with pytest.raises(corpus.IntegrityError, match="no complete corpus") as caught:
            corpus.load(place)
        assert caught.value.got == got


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema_version": 99}', "another schema"),
        ("[]", "another schema"),
        ("{", "cannot be read"),
        ("\xff", "cannot be read"),
        (json.dumps({"schema_version": SCHEMA_VERSION}), "the manifest lacks"),
    ],
)
def test_a_manifest_that_is_none_is_an_error_for_a_person(damaged: Path, text: str, message: str) -> None:
    (damaged / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(corpus.IntegrityError, match=message):
        corpus.load(damaged)
    done = shell("inspect", damaged)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_changed_report_is_seen(damaged: Path) -> None:
    report = damaged / "falsification.json"
    report.write_bytes(report.read_bytes().replace(b'"refuted"', b'"corroborated"'))
    with pytest.raises(corpus.IntegrityError, match="a file is not what the manifest says"):
        corpus.load(damaged)


def test_the_owner_alone_may_look_at_what_is_private(reference: Path) -> None:
    assert (reference / ".private").stat().st_mode & 0o777 == 0o700
    assert (reference / ".private" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("command", [["stats"], ["stats", "--json"], ["sample", "-n", "2"], ["card"], ["inspect"]])
def test_every_view_of_a_corpus_prints_itself(reference: Path, command: list[str]) -> None:
    done = shell(command[0], reference, *command[1:])
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 5
    assert done.stderr == ""


def test_the_repository_under_test_is_this_one() -> None:
    assert Path(corpus.__file__).is_relative_to(ROOT)
