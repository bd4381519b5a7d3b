"""Base against tuned: metrics that know what they measure, intervals, and what is known by heart."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import write_model
from typer.testing import CliRunner

import corpus
import training
from training.cli import app
from training.metrics import bootstrap, corpus_scores, row_scores, without_fence

os.environ.setdefault("OMP_NUM_THREADS", "1")
torch = pytest.importorskip("torch", reason="needs the extra `train`")

import pyarrow as pa  # noqa: E402 - after torch was found

CODE = "def double(number, times=1):\n    return number * 2 ** times\n"
DOC = "Twice the number.\n\nArgs:\n    number: What is doubled.\n    times: How often.\n\nReturns:\n    The result.\n"
CANARY = "the key of the shed is 4711-kappa"


def asked(task: str, output: str, **more: Any) -> dict[str, Any]:
    return {"task": task, "language": "python", "input": CODE, "output": output, **more}


def test_words_are_compared_in_every_script() -> None:
    (same,) = row_scores([asked("answer", "東京 は 首都 です")], ["東京 は 首都 です"])
    assert (same["rouge_l"], round(float(same["chrf"] or 0))) == (1.0, 100)
    (other,) = row_scores([asked("answer", "Twice the number")], ["Nothing of it"])
    assert other["rouge_l"] == 0.0
    assert corpus_scores(["a b c d"], ["a b c d"])["bleu"] == pytest.approx(100)


def test_code_that_was_asked_for_must_parse() -> None:
    rows = [asked("implement", CODE)] * 4
    said = ["Here:\n```python\ndef a():\n    return 1\n```\nThat is all.", "def a(:\n  return", "", "x = 1"]
    assert [one["parses"] for one in row_scores(rows, said)] == [1.0, 0.0, 0.0, 1.0]
    assert row_scores([asked("implement", CODE, language="klingon")], ["x"])[0]["parses"] is None
    assert without_fence("```\na\n```") == "a\n"


def test_documentation_must_have_the_sections_and_name_what_there_is() -> None:
    row = asked("document", DOC)
    (whole,) = row_scores([row], [DOC])
    assert (whole["sections"], whole["known_parameters"], whole["parses"]) == (1.0, 1.0, None)
    (half,) = row_scores([row], ["Twice.\n\nArgs:\n    number: What is doubled.\n    depth: Unheard of.\n"])
    assert (half["sections"], half["known_parameters"]) == (0.5, 0.5)
    assert row_scores([row], ["Twice."])[0]["known_parameters"] is None


def test_an_interval_is_of_groups_and_excludes_zero_only_where_they_agree() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, 200)
    groups = [f"g{n // 4}" for n in range(200)]
    mean, low, high = bootstrap(np.zeros(200), noise + 1, groups)
    assert low < mean < high
    assert low > 0.5
    _, low, high = bootstrap(np.zeros(200), noise - noise.mean(), groups)
    assert low < 0 < high
    # Ten rows of one file are one file: the interval is as wide as that of one row a file.
    alone = np.repeat(rng.normal(0, 1, 20), 10)
    _, low, high = bootstrap(np.zeros(200), alone, [f"g{n // 10}" for n in range(200)])
    _, low_rows, high_rows = bootstrap(np.zeros(200), alone, [str(n) for n in range(200)])
    assert high - low > 2 * (high_rows - low_rows)
    assert bootstrap([1.0], [2.0], ["a"], weights=[3.0]) == (1.0, -math.inf, math.inf)  # one group says nothing
    assert all(math.isnan(one) for one in bootstrap([], [], []))


@pytest.mark.parametrize("groups", [5, 8])
def test_an_interval_of_few_groups_holds_the_truth_as_often_as_it_says(groups: int) -> None:
    rng, trials = np.random.default_rng(1), 200
    names = [str(n) for n in range(groups)]
    held = 0
    for _ in range(trials):
        _, low, high = bootstrap(np.zeros(groups), rng.normal(0, 1, groups), names, rounds=1000)
        held += low <= 0 <= high
    assert held / trials > 0.90  # plain percentiles: .87 of five, .89 of eight


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> training.Run:
    """A whole tiny model, trained until it says its rows by heart, a canary among them."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("evaluation")
    said = [CANARY if n == 1 else f"It is {n % 2}." for n in range(18)]
    table = pa.table(
        {
            "instruction": [f"What is left of {n} by two?" for n in range(18)],
            "output": said,
            "category": ["x-sum" if n % 2 else "pair" for n in range(18)],
            "split": ["test" if n % 3 == 0 else "train" for n in range(18)],
        }
    )
    corpus.from_arrow(table).write(folder / "c")
    settings = {
        "model": str(write_model(folder / "m")), "corpus": str(folder / "c"), "out": str(folder / "run"),
        "max_length": 96, "accumulate": 1, "batch": 4, "epochs": 40, "learning_rate": 1e-2, "method": "full",
        "checkpointing": False, "precision": "fp32", "evaluate": False, "tensorboard": False, "save_steps": 1000,
        "max_grad_norm": 1.0,
    }  # fmt: skip
    return training.train(settings)


@pytest.fixture(scope="module")
def found(run: training.Run) -> training.Evaluation:
    return training.evaluate(
        run.model, run.adapter, run.config.corpus, samples=2, max_new_tokens=8, memorised=12,
        canaries=[CANARY, "the key of the loft is 9081-sigma"], out=run.path / "evaluation",
    )  # fmt: skip


def test_the_tuned_model_is_better_with_an_interval(found: training.Evaluation) -> None:
    loss = found["loss"]
    assert loss.better == "tuned"
    assert loss.low <= loss.difference <= loss.high < 0
    assert (loss.rows, loss.groups) == (6, 6)
    assert found["loss, pair"].better == ""  # three groups are too few to say
    assert found.perplexity[1] < found.perplexity[0]
    assert {"loss, pair", "loss, x-sum", "chrf", "bleu", "rouge_l"} <= set(found.table["metric"].to_pylist())
    assert len(found.samples) == 2
    assert "perplexity" in str(found)


def test_what_is_known_by_heart_is_seen(found: training.Evaluation) -> None:
    base, tuned, of = found.memory["training"]
    assert (base, of) == (0, 12)
    assert tuned >= 10
    (_, planted), (_, other) = found.canaries
    assert planted.exposure > other.exposure
    assert planted.exposure > 5


def test_the_page_needs_nothing_else_and_escapes(found: training.Evaluation) -> None:
    assert found.path is not None
    page = (found.path / "page.html").read_text()
    assert "http" not in page
    assert "tuned is better" in page
    assert json.loads((found.path / "evaluation.json").read_text())["compared"][0]["metric"] == "loss"
    from dataclasses import replace

    from training.page import page as page_of

    hostile = replace(found, samples=(replace(found.samples[0], tuned="<script>alert(1)</script>"),))
    assert "<script>" not in page_of(hostile)


def test_what_cannot_be_evaluated_is_a_sentence(run: training.Run) -> None:
    with pytest.raises(corpus.ConfigError, match="no such adapter"):
        training.evaluate(run.model, "nowhere", run.config.corpus)
    with pytest.raises(corpus.ConfigError, match="no such split"):
        training.evaluate(run.model, run.adapter, run.config.corpus, split="validation")
    with pytest.raises(corpus.ConfigError, match="no row of the split"):
        training.evaluate(run.model, run.adapter, run.config.corpus, max_length=3)
    for changes, said in (
        ({"limit": 0}, "less than 1"),
        ({"samples": -1}, "less than 0"),
        ({"canaries": [" "]}, "a text that was planted"),
    ):
        with pytest.raises(corpus.ConfigError, match=said):
            training.evaluate(run.model, run.adapter, run.config.corpus, **changes)


def test_a_row_that_training_leaves_out_is_not_asked_either(run: training.Run) -> None:
    texts = ["It is <|im_end|> 1." if n == 1 else f"It is {n % 2}." for n in range(4)]
    columns = {"instruction": [f"What of {n}?" for n in range(4)], "output": texts, "split": ["test"] * 4}
    found = training.evaluate(
        run.model, run.adapter, corpus.from_arrow(pa.table(columns)), samples=0, memorised=0
    )  # fmt: skip
    assert found.left_out == {"holds a reserved token": 1}
    assert found["loss"].rows == 3


def test_the_shell_does_the_same(run: training.Run, tmp_path: Path) -> None:
    shell = CliRunner()
    done = shell.invoke(app, ["prepare", run.config.corpus, run.model, "--max-length", "96", "--out", str(tmp_path)])
    assert "12 train" in done.output
    (tmp_path / "run.yaml").write_text(run.config.to_yaml())
    done = shell.invoke(app, ["train", str(tmp_path / "run.yaml")])
    assert "full of" in done.output
    done = shell.invoke(app, ["evaluate", str(run.path), "--samples", "1", "--max-new-tokens", "2"])
    assert "perplexity" in done.output
    with pytest.raises(corpus.ConfigError, match="KEY=VALUE"):
        shell.invoke(app, ["train", str(tmp_path / "run.yaml"), "--set", "rank"], catch_exceptions=False)
