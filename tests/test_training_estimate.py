"""What a run needs in memory: numbers of weights as published, and a peak that was really measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import training
from corpus.errors import ConfigError
from training.dims import KNOWN, Dims, dims_of
from training.footprint import TIERS

# `total_parameters` of the safetensors in each repository on the Hub.
PUBLISHED = {
    "SmolLM2-135M": 134_515_008,
    "SmolLM2-1.7B": 1_711_376_384,
    "Qwen2.5-Coder-0.5B": 494_032_768,
    "Qwen2.5-Coder-1.5B": 1_543_714_304,
    "Qwen2.5-Coder-3B": 3_085_938_688,
    "Qwen2.5-Coder-7B": 7_615_616_512,
    "Qwen2.5-Coder-14B": 14_770_033_664,
    "Qwen2.5-Coder-32B": 32_763_876_352,
    "Llama-3.2-1B": 1_235_814_400,
    "Llama-3.2-3B": 3_212_749_824,
    "Llama-3.1-8B": 8_030_261_248,
    "Llama-3.1-70B": 70_553_706_496,
    "Mistral-7B-v0.3": 7_248_023_552,
}


def test_the_table_of_models_has_as_many_weights_as_their_repositories() -> None:
    assert {dims.name: dims.parameters for dims in KNOWN.values() if dims.name in PUBLISHED} == PUBLISHED


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
    assert training.estimate("Llama-3.1-8B", method="lora").parts["weights"] == 2 * PUBLISHED["Llama-3.1-8B"]
    assert training.estimate("Llama-3.1-8B", method="full").parts["optimizer"] == 8 * PUBLISHED["Llama-3.1-8B"]


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


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory is reset by Linux alone")
def test_the_estimate_is_near_a_measured_peak() -> None:
    """One case of `benchmarks/estimate.py`, small: 20 % here, where what libraries keep for themselves weighs more."""
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    dims = Dims("small", 256, 704, 4, 4, 2, 16384, tied=False)
    settings: dict[str, Any] = {"method": "lora", "length": 512, "precision": "fp32", "accumulate": 1}
    settings["checkpointing"] = False
    case = {"dims": {name: getattr(dims, name) for name in Dims.__dataclass_fields__}, "settings": settings}
    script = Path(__file__).parents[1] / "benchmarks" / "estimate.py"
    done = subprocess.run(
        [sys.executable, str(script), "--case", json.dumps(case)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"},
    )
    peak = json.loads(done.stdout.splitlines()[-1])["peak"]
    told = training.estimate(dims, device="cpu", optimizer="adamw_torch", **settings).allocated
    assert told / peak == pytest.approx(1.0, abs=0.2)
