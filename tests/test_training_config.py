"""A configuration that cannot be meant gets a sentence, before anything heavy is imported."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import training
from corpus.errors import ConfigError

NEEDED = {"model": "m", "corpus": "c", "out": "o"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"learning_rat": 1e-4}, "did you mean 'learning_rate'?"),
        ({"zzzzzz": 1}, "known are model, corpus, out"),
        ({"rank": "8"}, "expected: int or nothing"),
        ({"packing": 1}, "expected: bool"),
        ({"epochs": True}, "expected: float"),
        ({"learning_rate": "1e-4"}, "write 1.0e-4"),
        ({"method": "qlra"}, "did you mean 'qlora'?"),
        ({"rank": 0}, "cannot be less than 1"),
        ({"epochs": 0}, "must be more than 0"),
        ({"dropout": 1.0}, "less than 1"),
        ({"scheduler": "cosin"}, "did you mean 'cosine'?"),
        ({"weight_decay": -1.0}, "cannot be less than 0"),
        ({"weight_decay": float("nan")}, "cannot be less than 0"),
        ({"seed": -1}, "this is no seed"),
        ({"seed": 2**32}, "this is no seed"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        training.config_of({**NEEDED, **changes})
    assert said in str(error.value)


def test_a_setting_that_is_missing_and_a_file_that_is_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a setting is missing"):
        training.config_of({"model": "m"})
    with pytest.raises(ConfigError, match="cannot be read"):
        training.config_of(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(ConfigError, match="a list of settings"):
        training.config_of(tmp_path / "list.yaml")
    (tmp_path / "broken.yaml").write_text("a: [\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        training.config_of(tmp_path / "broken.yaml")


def test_a_file_says_the_same_as_the_dataclass(tmp_path: Path) -> None:
    config = training.Config(**NEEDED, method="lora", rank=4, epochs=1)
    (tmp_path / "run.yaml").write_text(config.to_yaml())
    assert training.config_of(tmp_path / "run.yaml") == config
    assert yaml.safe_load(config.to_yaml())["rank"] == 4


def test_rank_and_learning_rate_follow_the_task_and_the_method() -> None:
    one = training.config_of({**NEEDED, "skill": "one"}).resolved()
    assert (one.rank, one.alpha, one.learning_rate) == (8, 16, 2e-4)
    several = training.config_of({**NEEDED, "method": "full"}).resolved()
    assert (several.rank, several.learning_rate) == (16, 1e-5)
    assert training.config_of({**NEEDED, "rank": 3, "alpha": 5}).resolved().alpha == 5


def test_importing_training_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'transformers', 'peft', 'sacrebleu', 'pandas'}"
    code = f"import sys, training; training.Config; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
