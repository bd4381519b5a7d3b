"""Exports: what other trainers read, with nothing lost and nothing turned round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pytest
import yaml

import corpus
from corpus.errors import ConfigError, SchemaError
from corpus.write.export import FORMATS

TALK = [
    {"role": "system", "content": "You are Robin."},
    {"role": "user", "content": "Are you there?"},
    {"role": "assistant", "content": "Yes — since «nine»."},
    {"role": "user", "content": "Good.\nShall we go?"},
    {"role": "assistant", "content": "Let us go."},
]


@pytest.fixture(scope="module")
def c() -> corpus.Corpus:
    rows: list[dict[str, Any]] = [{"messages": TALK}]
    rows += [
        {"messages": [{"role": "user", "content": f"Question {n}?"}, {"role": "assistant", "content": f"Answer {n}."}]}
        for n in range(29)
    ]
    return corpus.from_pandas(pd.DataFrame(rows)).split()


def lines(folder: Path) -> dict[str, dict[str, Any]]:
    """Every line of an export, by its row's id."""
    read = [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return {line["id"]: line for line in read}


@pytest.mark.parametrize("form", FORMATS)
def test_every_row_is_there_once_in_its_split(c: corpus.Corpus, tmp_path: Path, form: str) -> None:
    folder = c.export(tmp_path / form, format=form)
    for split in ("train", "validation", "test"):
        expected = c.table.filter([s == split for s in c.table["split"].to_pylist()])["id"].to_pylist()
        assert [json.loads(line)["id"] for line in (folder / f"{split}.jsonl").read_text().splitlines()] == expected
    assert set(lines(folder)) == set(c.table["id"].to_pylist())


def test_each_format_says_the_conversation(c: corpus.Corpus, tmp_path: Path) -> None:
    talk = next(entry for entry in c if entry.system is not None).id
    said = {form: lines(c.export(tmp_path / form, format=form))[talk] for form in FORMATS}
    assert said["messages"]["messages"] == TALK
    assert said["prompt-completion"]["prompt"] + said["prompt-completion"]["completion"] == TALK
    assert said["alpaca"]["history"] == [["Are you there?", "Yes — since «nine»."]]
    assert (said["alpaca"]["instruction"], said["alpaca"]["output"]) == ("Good.\nShall we go?", "Let us go.")
    turns = said["sharegpt"]["conversations"]
    assert [turn["from"] for turn in turns] == ["human", "gpt", "human", "gpt"]
    assert [turn["value"] for turn in turns] == [turn["content"] for turn in TALK[1:]]
    assert said["sharegpt"]["system"] == "You are Robin."
    assert said["text"]["text"].splitlines()[0] == "You are Robin."
    assert said["llama-factory"] == said["sharegpt"]
    assert said["axolotl"] == said["messages"]


def test_configurations_name_the_files_that_are_there(c: corpus.Corpus, tmp_path: Path) -> None:
    factory = c.export(tmp_path / "factory", format="llama-factory")
    info = json.loads((factory / "dataset_info.json").read_bytes())
    assert {entry["file_name"] for entry in info.values()} == {file.name for file in factory.glob("*.jsonl")}
    axolotl = c.export(tmp_path / "axolotl", format="axolotl")
    settings = yaml.safe_load((axolotl / "axolotl.yaml").read_text())
    assert [entry["path"] for entry in settings["datasets"]] == ["train.jsonl"]
    assert [entry["path"] for entry in settings["test_datasets"]] == ["validation.jsonl"]


def test_datasets_reads_the_lines(c: corpus.Corpus, tmp_path: Path) -> None:
    folder = c.export(tmp_path / "messages")
    read = datasets.load_dataset("json", data_files=str(folder / "train.jsonl"), cache_dir=str(tmp_path / "cache"))
    assert read["train"].num_rows == len((folder / "train.jsonl").read_text().splitlines())
    assert [turn["role"] for turn in read["train"][0]["messages"]][-1] == "assistant"


def test_turns_that_do_not_alternate_are_named(tmp_path: Path) -> None:
    broken = [{"messages": [TALK[1], TALK[3], TALK[4]]}]
    c = corpus.from_pandas(pd.DataFrame(broken))
    for form in ("alpaca", "sharegpt", "llama-factory"):
        with pytest.raises(SchemaError, match="do not alternate") as error:
            c.export(tmp_path / form, format=form)
        assert c[0].id in str(error.value)
        assert not (tmp_path / form).exists()
    assert lines(c.export(tmp_path / "messages"))[c[0].id]["messages"] == broken[0]["messages"]


def test_what_is_refused(c: corpus.Corpus, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such export"):
        c.export(tmp_path / "x", format="csv")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="a folder of its own"):
        c.export(tmp_path / "full")
    assert [file.name for file in tmp_path.iterdir()] == ["full"]
