"""The same run for another trainer: every setting is one that the trainer knows, and says what ours said."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from foreign_settings import AXOLOTL, AXOLOTL_DATASET, LLAMA_FACTORY, UNSLOTH_ADAPT, UNSLOTH_LOAD
from typer.testing import CliRunner

import corpus
import training
from corpus.errors import ConfigError
from training.config import Config


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    numbers = range(20)
    table = pa.table(
        {
            "instruction": [f"What is {n} plus one?" for n in numbers],
            "output": [f"It is {n + 1}." for n in numbers],
            "split": [("test", "validation", "train", "train", "train")[n % 5] for n in numbers],
        }
    )
    return corpus.from_arrow(table).write(tmp_path_factory.mktemp("handover") / "c")


def config(rows: Path, **changes: Any) -> Config:
    return Config(model="Qwen/Qwen2.5-Coder-0.5B-Instruct", corpus=str(rows), out="run", **changes)


CHANGES: list[dict[str, Any]] = [
    {},
    {"method": "lora", "packing": False, "precision": "fp32", "tensorboard": False, "targets": "q_proj, v_proj"},
    {"method": "full", "max_steps": 40, "save_steps": 10, "precision": "bf16", "checkpointing": False},
    {"rank": 4, "learning_rate": 1e-4, "precision": "fp16", "optimizer": "adamw_bnb_8bit", "evaluate": False},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_axolotl_knows_every_setting(rows: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    made = training.handover(config(rows, **changes), tmp_path / "out", to="axolotl")
    told = yaml.safe_load(made.file.read_text())
    assert set(told) <= AXOLOTL
    assert all(set(one) <= AXOLOTL_DATASET for one in told["datasets"])
    assert told.get("adapter") == (None if changes.get("method") == "full" else changes.get("method", "qlora"))
    assert told["load_in_4bit"] is (changes.get("method", "qlora") == "qlora")
    assert (tmp_path / "out" / told["datasets"][0]["path"]).is_file()


@pytest.mark.parametrize("changes", CHANGES)
def test_llama_factory_knows_every_setting(rows: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra `train` is not installed")
    made = training.handover(config(rows, **changes), tmp_path / "out", to="llama-factory")
    told = yaml.safe_load(made.file.read_text())
    # It takes transformers' arguments too; `warmup_ratio` is in those versions that it allows (up to 5.8).
    theirs = {one.name for one in dataclasses.fields(transformers.TrainingArguments)} | {"warmup_ratio"}
    assert set(told) <= LLAMA_FACTORY | theirs
    known = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    assert {told["dataset"], told.get("eval_dataset", told["dataset"])} <= set(known)
    assert ("quantization_bit" in told) is (changes.get("method", "qlora") == "qlora")


@pytest.mark.parametrize("changes", CHANGES)
def test_the_script_for_unsloth_calls_what_there_is(rows: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    trl = pytest.importorskip("trl", reason="the extra `train` is not installed")
    made = training.handover(config(rows, **changes), tmp_path / "out", to="unsloth")
    calls = {
        ast.unparse(node.func): {one.arg: one.value for one in node.keywords}
        for node in ast.walk(ast.parse(made.file.read_text()))
        if isinstance(node, ast.Call)
    }
    assert set(calls["FastLanguageModel.from_pretrained"]) <= UNSLOTH_LOAD
    assert set(calls.get("FastLanguageModel.get_peft_model", {})) <= UNSLOTH_ADAPT
    assert set(calls["SFTConfig"]) <= {one.name for one in dataclasses.fields(trl.SFTConfig)}
    assert ("FastLanguageModel.get_peft_model" in calls) is (changes.get("method") != "full")
    row = json.loads((tmp_path / "out" / "train.jsonl").read_text().splitlines()[0])
    assert [turn["role"] for turn in row["prompt"] + row["completion"]] == ["user", "assistant"]


def test_the_numbers_are_those_of_the_run(rows: Path, tmp_path: Path) -> None:
    ours = config(rows, rank=4, epochs=3.0, accumulate=2)
    axolotl = yaml.safe_load(training.handover(ours, tmp_path / "a", to="axolotl").file.read_text())
    factory = yaml.safe_load(training.handover(ours, tmp_path / "f", to="llama-factory").file.read_text())
    script = training.handover(ours, tmp_path / "u", to="unsloth").file.read_text()
    assert (axolotl["lora_r"], axolotl["lora_alpha"], axolotl["num_epochs"]) == (4, 8, 3.0)
    assert (factory["lora_rank"], factory["lora_alpha"], factory["num_train_epochs"]) == (4, 8, 3.0)
    assert axolotl["learning_rate"] == factory["learning_rate"] == 2e-4
    assert "    r=4,\n    lora_alpha=8," in script
    assert 'math.ceil(3.0 * len(rows["train"]) / 2)' in script


def test_what_cannot_be_told_is_said(rows: Path, tmp_path: Path) -> None:
    made = training.handover(config(rows, replay="general"), tmp_path / "out", to="unsloth")
    assert any("replay of general is not handed over" in note for note in made.notes)
    with pytest.raises(ConfigError, match=r"axolotl \| llama-factory \| unsloth"):
        training.handover(config(rows), tmp_path / "other", to="torchtune")
    with pytest.raises(ConfigError, match="no finished run"):
        training.handover(tmp_path, tmp_path / "other")


def test_the_command_takes_a_file_or_the_folder_of_a_run(rows: Path, tmp_path: Path) -> None:
    from training.cli import app

    (tmp_path / "run.yaml").write_text(config(rows).to_yaml())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text(json.dumps({"config": config(rows).as_dict()}))
    texts = []
    for place in ("run.yaml", "run"):
        out = tmp_path / f"{place}-out"
        done = CliRunner().invoke(app, ["handover", str(tmp_path / place), str(out), "--to", "axolotl"])
        assert done.exit_code == 0, done.output
        assert "axolotl train axolotl.yaml" in done.output
        texts.append((out / "axolotl.yaml").read_text())
    assert texts[0] == texts[1]
