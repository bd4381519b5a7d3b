"""Verdicts and corrections by hand survive a rebuild."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import shellworld
from shellworld import CODE

import corpus
import falsify
from corpus.carried import corrections, gathered
from corpus.curate.corrections import text_hash
from corpus.review.verdicts import CRITERIA, load_verdicts, save_verdicts

pytestmark = pytest.mark.usefixtures("module_in_this_process")

SCHEMA_OF = ("id", "text_hash", "reviewer", "status", "verdict", "note", "correction", "at")
WHEN = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
TIDE, FOAM = CODE.replace(b"wave", b"tide"), CODE.replace(b"wave", b"foam").replace(b"lake", b"pond")


def say(folder: Path, rows: Mapping[str, Mapping[str, Any]], *, at: dt.datetime = WHEN) -> None:
    """Write verdicts on rows of a corpus, as somebody who reviewed them."""
    import pyarrow as pa

    table = [
        {"id": row["id"], "text_hash": text_hash(row), "reviewer": "ann", "status": "judged", "verdict": "good",
         "note": "", "correction": correction, "at": at}
        for correction, row in ((None if key.startswith("-") else key, row) for key, row in rows.items())
    ]  # fmt: skip
    file = folder / ".private" / "reviews.parquet"
    schema = pa.schema([(n, pa.string()) for n in SCHEMA_OF[:-1]] + [("at", pa.timestamp("us", tz="UTC"))])
    pq.write_table(pa.Table.from_pylist(table, schema=schema), file)


def row_of(made: corpus.Corpus, path: str, symbol: str, task: str = "document") -> dict[str, Any]:
    return next(
        row for row in made.table.to_pylist() if (row["path"], row["symbol"], row["task"]) == (path, symbol, task)
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus that was reviewed, and built again after a commit."""
    folder = tmp_path_factory.mktemp("carried")
    shellworld.repository(folder / "repo", {"waves.py": CODE, "tides.py": TIDE, "foam.py": FOAM})
    first = corpus.extract(folder / "repo", workers=1).normalize().redact().score().filter().deduplicate().split()
    first.write(folder / "c")
    verdicts = {
        "-stays": row_of(first, "waves.py", "wave"),
        "-moves": row_of(first, "tides.py", "tide"),
        "-changes": row_of(first, "foam.py", "calm"),
        "Says how long a wave is; ask joe.doe@gmail.com.": row_of(first, "waves.py", "wave", "implement"),
        "Never applied.": row_of(first, "foam.py", "calm", "implement"),
    }
    say(folder / "c", verdicts)
    changed = FOAM.replace(b"no wind blows over it at all", b"a wind blows over it and over the land")
    shellworld.commit(folder / "repo", {"tides.py": b"", "moved.py": TIDE, "foam.py": changed})
    return folder


@pytest.fixture(scope="module")
def rebuilt(place: Path) -> corpus.Corpus:
    return corpus.build(place / "repo", out=place / "c", workers=1, progress=False)


def test_each_verdict_stands_moves_with_its_row_or_is_stale(place: Path, rebuilt: corpus.Corpus) -> None:
    assert rebuilt.carried is not None
    changed = row_of(rebuilt, "foam.py", "calm", "implement")["id"]
    assert rebuilt.carried.to_dict() == {
        "current": 1, "moved": 1, "corrected": 1, "stale": 2, "unapplied": [changed], "waiting": 0,
    }  # fmt: skip
    kept = pq.read_table(place / "c" / ".private" / "reviews.parquet").to_pylist()
    assert len(kept) == 5, "a stale verdict is kept"
    moved = row_of(rebuilt, "moved.py", "tide")
    assert [row["id"] for row in kept if row["text_hash"] == text_hash(moved)] == [moved["id"]]
    assert "2 are stale" in str(rebuilt.carried)
    assert changed in str(rebuilt.carried)


def test_a_correction_is_applied_redacted_and_verified(place: Path, rebuilt: corpus.Corpus) -> None:
    corrected = row_of(rebuilt, "waves.py", "wave", "implement")
    assert corrected["output"] == "Says how long a wave is; ask <EMAIL>."
    loaded = corpus.load(place / "c")
    assert loaded.reread() == [None] * len(loaded)
    record = next(one for one in loaded.lineage if one["stage"] == "correct")
    assert list(record["config"]["rows"]) == [corrected["id"]]
    elsewhere = loaded.table.set_column(loaded.table.schema.get_field_index("output"), "output", [["x"] * len(loaded)])
    assert any(why is not None for why in loaded.reread(elsewhere))


def test_they_go_along_with_an_earlier_corpus_and_again(
    place: Path, rebuilt: corpus.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = falsify.Report.from_dict(rebuilt.report or {})  # judging the same rows once more takes seconds
    monkeypatch.setattr("corpus.pipeline.judge", lambda *_, **__: judged)
    assert rebuilt.folder == place / "c"
    next_one = corpus.build(
        place / "repo", out=place / "d", previous=corpus.load(place / "c"), workers=1, progress=False
    )
    assert next_one.carried is not None
    assert next_one.carried.corrected == 1
    assert (next_one.carried.current, next_one.carried.stale) == (2, 2)
    assert row_of(next_one, "waves.py", "wave", "implement")["output"].startswith("Says how long a wave is")
    assert next_one.fingerprint == corpus.load(place / "c").fingerprint


def test_of_two_verdicts_of_a_person_the_later_one_counts(place: Path, rebuilt: corpus.Corpus, tmp_path: Path) -> None:
    row = row_of(rebuilt, "waves.py", "wave")
    for number, folder in enumerate(("a", "b")):
        (tmp_path / folder / ".private").mkdir(parents=True)
        say(tmp_path / folder, {f"Version {number}.": row}, at=WHEN + dt.timedelta(days=number))
    one, other = (tmp_path / name / ".private" for name in ("a", "b"))
    for order in ((one, other), (other, one)):
        assert list(corrections(gathered(*order)).values()) == ["Version 1."]
    assert gathered(tmp_path) is None


def test_what_is_said_while_a_build_runs_is_there_when_it_is_done(
    place: Path, rebuilt: corpus.Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(place / "c", tmp_path / "c")
    (folder / ".private" / "reviews.parquet").unlink()
    wave, tide = row_of(rebuilt, "waves.py", "wave"), row_of(rebuilt, "moved.py", "tide")
    judged = falsify.Report.from_dict(rebuilt.report or {})

    def tell(row: Mapping[str, Any], verdict: str, *, minutes: int, correction: str | None = None) -> None:
        record = {
            "id": row["id"], "text_hash": text_hash(row), "reviewer": "ann", "status": "judged", "verdict": verdict,
            **dict.fromkeys(CRITERIA), "note": "", "correction": correction, "informed": False, "seconds": 1.0,
            "at": WHEN + dt.timedelta(minutes=minutes), "seed": 0, "rows": 2, "weight": 1.0,
        }  # fmt: skip
        save_verdicts(folder, [record])

    def meanwhile(made: corpus.Corpus, **_: object) -> falsify.Report:
        tell(wave, "good", minutes=1)
        tell(tide, "bad", minutes=2, correction="Says how far the water goes.")
        return replace(judged, fingerprint=made.fingerprint)

    tell(wave, "bad", minutes=0)
    monkeypatch.setattr("corpus.pipeline.judge", meanwhile)
    done = corpus.build(place / "repo", out=folder, workers=1, progress=False)
    said = {row["id"]: row["verdict"] for row in load_verdicts(folder).to_pylist()}
    assert said == {wave["id"]: "good", tide["id"]: "bad"}
    assert done.carried is not None
    assert (done.carried.current, done.carried.waiting) == (2, 1)
    assert "corrections that the next build applies: 1" in str(done.carried)
