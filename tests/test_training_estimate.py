"""What a run needs in memory: numbers of weights as transformers makes them, and peaks that were really measured."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import training
from corpus.errors import ConfigError
from training.dims import KNOWN, Dims, dims_of
from training.footprint import TIERS


def of_two_layers(dims: Dims) -> int:
    """The weights of the model that transformers makes of these sizes, two layers of it, without any memory."""
    torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    sizes = {
        "vocab_size": dims.vocabulary, "hidden_size": dims.hidden, "intermediate_size": dims.inner,
        "num_hidden_layers": 2, "num_attention_heads": dims.heads, "num_key_value_heads": dims.kv_heads,
        "tie_word_embeddings": dims.tied,
    }  # fmt: skip
    with torch.device("meta"):
        model = Qwen2ForCausalLM(Qwen2Config(**sizes)) if dims.biases else LlamaForCausalLM(LlamaConfig(**sizes))
    return int(model.num_parameters())


@pytest.mark.parametrize("dims", KNOWN.values(), ids=lambda dims: dims.name)
def test_known_models_have_as_many_weights_as_transformers_makes_of_their_sizes(dims: Dims) -> None:
    two = replace(dims, layers=2)
    assert two.parameters == of_two_layers(dims)
    # Each further layer is as large as these.
    assert dims.parameters - two.parameters == (dims.layers - 2) * (two.parameters - replace(dims, layers=1).parameters)


def test_sizes_are_those_of_the_models_that_transformers_makes() -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    from models import tiny_model

    for family in ("llama", "qwen2"):
        model = tiny_model(family)
        sizes = dims_of(model.config)
        assert sizes.parameters == model.num_parameters()
        assert dims_of(model.config.to_dict()) == sizes


def test_four_bits_take_what_bitsandbytes_takes() -> None:
    torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
    functional = pytest.importorskip("bitsandbytes", reason="the extra `train` is not installed").functional
    from training.footprint import _NF4

    weight = torch.randn(1024, 2048)
    small, state = functional.quantize_4bit(weight, quant_type="nf4", compress_statistics=True)
    held = small.nbytes + state.absmax.nbytes + state.state2.absmax.nbytes
    assert held / weight.numel() == pytest.approx(_NF4, rel=1e-6)


def test_every_part_grows_with_what_it_is_made_of() -> None:
    one = training.estimate("Qwen2.5-Coder-7B").parts
    longer = training.estimate("Qwen2.5-Coder-7B", length=4096).parts
    assert longer["logits and loss"] == pytest.approx(2 * one["logits and loss"], rel=0.1)
    assert longer["weights"] == one["weights"]
    wider = training.estimate("Qwen2.5-Coder-7B", rank=32).parts
    assert wider["adapter"] == wider["gradients"] == 2 * one["adapter"]
    kept = training.estimate("Qwen2.5-Coder-7B", checkpointing=False).parts
    assert kept["activations"] > 10 * one["activations"]
    assert training.estimate("Llama-3.1-8B", method="lora").parts["weights"] == 2 * KNOWN["llama-3.1-8b"].parameters
    assert training.estimate("Llama-3.1-8B", method="full").parts["optimizer"] == 8 * KNOWN["llama-3.1-8b"].parameters


def test_seventy_billion_in_four_bits_need_more_than_some_tables_say() -> None:
    found = training.estimate("meta-llama/Llama-3.1-70B-Instruct", length=512)
    assert found.card == 48  # not 24, and not 40: the weights alone take 39.5 GB
    assert 39e9 < found.parts["weights"] < 40e9


def test_the_table_shows_each_tier_and_method(tmp_path: Path) -> None:
    found = training.estimates(length=1024)
    assert len(found.rows) == 3 * len(TIERS)
    page = found.to_html()
    assert page.count("<tr>") == 1 + 3 * len(TIERS)
    assert "embeddings and output are not quantised" in page
    named = Dims("<b>", 64, 128, 2, 4, 2, 100, tied=True)
    assert "<b>" not in training.estimate(named)._repr_html_()
    from training.cli import app

    done = CliRunner().invoke(app, ["estimate", "qwen2.5-coder-7b", "--length", "512"])
    assert done.exit_code == 0
    assert str(training.estimate("Qwen2.5-Coder-7B", length=512)) in done.output
    assert "Llama-3.1-70B" in CliRunner().invoke(app, ["estimate"]).output


def test_what_is_not_known_is_asked_back(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'Qwen2.5-Coder-7B'\?"):
        training.estimate("Qwen2.5-Codr-7B")
    with pytest.raises(ConfigError, match="there is no such method"):
        training.estimate("Llama-3.1-8B", method="dora")
    with pytest.raises(ConfigError, match="cannot be less than 1"):
        training.estimate("Llama-3.1-8B", length=0)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mamba"}))
    with pytest.raises(ConfigError, match="this kind of model"):
        training.estimate(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", "hidden_size": "64"}))
    with pytest.raises(ConfigError, match="does not say how large the model is") as error:
        training.estimate(tmp_path)
    assert "hidden_size: '64'" in str(error.value)


SMALL = Dims("small", 128, 352, 4, 4, 2, 4096, tied=False)
PEAKS: list[dict[str, Any]] = [
    {"method": "lora", "precision": "fp32", "checkpointing": False, "accumulate": 1},
    {"method": "lora", "precision": "fp32", "checkpointing": True, "accumulate": 1},
    {"method": "lora", "checkpointing": False, "batch": 2, "packing": False},
    {"method": "qlora", "checkpointing": False, "dropout": 0.0},
    {"method": "full", "precision": "fp32", "checkpointing": False, "accumulate": 1},
]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
@pytest.mark.parametrize("told", PEAKS, ids=lambda told: " ".join(map(str, told.values())))
def test_the_estimate_is_within_a_tenth_of_the_measured_peak(told: dict[str, Any], one_thread: None) -> None:
    """What PyTorch allocates in steps as `train` makes them, of small models; the weights are there before."""
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    told = {**told, "length": 256}
    found = training.estimate(SMALL, device="cpu", optimizer="adamw_torch", **told)
    there = found.parts["weights"] + found.parts["adapter"]
    assert (found.allocated - there) / benchmark().allocated(SMALL, told) == pytest.approx(1.0, abs=0.1)


@pytest.fixture
def one_thread() -> Iterator[None]:
    torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def benchmark() -> Any:
    path = Path(__file__).parents[1] / "benchmarks" / "estimate.py"
    spec = importlib.util.spec_from_file_location("benchmark_estimate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
