"""Checks before training: each fault that a trainer would not notice is named."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import corpus
import training
from training.cli import app


def pairs(count: int, **changes: list[Any]) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "instruction": [f"What is {n} plus one?" for n in range(count)],
        "output": [f"It is {n + 1}." for n in range(count)],
        "split": ["test" if n % 5 == 0 else "train" for n in range(count)],
    }
    return pa.table({**columns, **changes})


def written(folder: Path, table: pa.Table) -> Path:
    return corpus.from_arrow(table).write(folder / "c")


def outcome(folder: Path, name: str, **options: int) -> training.Check:
    (found,) = [check for check in training.check(folder, **options).checks if check.name == name]
    return found


def test_a_sound_corpus_is_ready_once_it_was_judged(tmp_path: Path) -> None:
    folder = written(tmp_path, pairs(20))
    found = training.check(folder)
    assert [check.name for check in found.checks if not check.passed] == ["falsification"]
    assert found.rows == {"train": 16, "test": 4}
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["falsification"] = {"verdict": "corroborated", "score": 90.0}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert training.check(folder).ready
    manifest["falsification"]["verdict"] = "refuted"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert not training.check(folder).ready


def test_a_held_out_conversation_among_the_training_rows_is_found(tmp_path: Path) -> None:
    same = ["What is it?"] * 20
    folder = written(tmp_path, pairs(20, instruction=same, output=["This."] * 20))
    assert outcome(folder, "held out").detail.startswith("4 of 4")


def test_a_group_on_two_sides_is_found(tmp_path: Path) -> None:
    folder = written(tmp_path, pairs(20, group=["g"] * 20))
    assert not outcome(folder, "groups on one side").passed
    assert outcome(folder, "rows on one side").passed


def test_turns_that_do_not_alternate_are_found(tmp_path: Path) -> None:
    twice = [[{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]] + [[]] * 19
    folder = written(tmp_path, pairs(20, history=twice))
    assert outcome(folder, "chat turns").detail.startswith("1 of 20")


def test_rows_that_would_be_cut_are_counted_by_category(tmp_path: Path) -> None:
    folder = written(tmp_path, pairs(20, output=["word " * 500] * 3 + ["short"] * 17))
    assert outcome(folder, "length", max_length=100).detail.startswith("3 of 20")
    assert training.check(folder, max_length=100).too_long == {"pair": (3, 20)}
    assert outcome(folder, "length", max_length=1000).passed


def test_a_changed_file_and_a_missing_corpus_are_errors(tmp_path: Path) -> None:
    folder = written(tmp_path, pairs(20))
    (file,) = (folder / "data").glob("test-*")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(corpus.IntegrityError, match="not what the manifest says"):
        training.check(folder)
    with pytest.raises(corpus.IntegrityError, match="no complete corpus"):
        training.check(tmp_path)
    with pytest.raises(corpus.ConfigError):
        training.check(folder, max_length=0)


def test_the_shell_says_the_same(tmp_path: Path) -> None:
    folder = written(tmp_path, pairs(20))
    done = CliRunner().invoke(app, ["check", str(folder)])
    assert done.exit_code == 1
    assert "FAIL  falsification" in done.output
    assert "16 train, 4 test" in done.output
