"""A merge keeps what the adapter learned or is refused; several adapters become one as peft can do it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

import torch
from models import write_model
from training_world import ROWS, write_adapter

import training
from corpus.errors import ConfigError
from training import merging
from training.adapters import load_adapter
from training.merging import Losses, LostMergeError
from training.models import load_model

pytestmark = [
    # peft 0.21 asks transformers 5.23 by the old name
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merge")
    write_model(folder / "model")
    write_adapter(folder / "one", folder / "model", "llama")
    # As the manifest of a run says it: trained on a base that was rounded to 4 bits and computed in float32.
    (folder / "manifest.json").write_text(json.dumps({"config": {"method": "qlora", "precision": "fp32"}}))
    write_adapter(folder / "two", folder / "model", "llama", rank=4, seed=2)
    return folder


def said(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return model(input_ids=torch.arange(5, 25)[None]).logits[0].float()


def test_merged_onto_the_dequantised_base_it_says_what_the_adapter_says(world: Path, tmp_path: Path) -> None:
    made = training.merge(world / "model", world / "one", tmp_path / "out", rows=ROWS, dtype="float32")
    assert made.losses is not None
    assert made.losses.tokens == 7
    assert abs(made.losses.after - made.losses.before) < 0.05 * abs(made.losses.base - made.losses.before)
    with_adapter = said(load_adapter(world / "model", world / "one"))
    merged = said(load_model(tmp_path / "out", precision="saved"))
    assert (merged - with_adapter).abs().max() < 1e-3
    original = said(load_adapter(world / "model", world / "one", quantized=False, precision="fp32"))
    assert (merged - original).abs().max() > 0.05  # the base was rounded, so it is another model than this one
    manifest = json.loads((tmp_path / "out" / "merge.json").read_text())
    assert manifest["onto"] == "dequantised"
    assert manifest["losses"]["after"] == made.losses.after
    assert "quantization_config" not in json.loads((tmp_path / "out" / "config.json").read_text())


def test_merged_onto_the_original_base_it_is_that_base_with_the_adapter(world: Path, tmp_path: Path) -> None:
    made = training.merge(None, world / "one", tmp_path / "out", onto="original", dtype="float32")
    assert made.losses is None
    assert "not measured" in str(made)
    with_adapter = said(load_adapter(world / "model", world / "one", quantized=False, precision="fp32"))
    assert (said(load_model(tmp_path / "out", precision="saved")) - with_adapter).abs().max() < 1e-4


def test_a_merge_into_four_bits_is_caught_by_its_loss(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mistake that peft allows with a warning, made in place of our merge: an adapter as small as training's."""
    import peft

    adapter = tmp_path / "small"
    shrunk = load_adapter(world / "model", world / "one", quantized=False, precision="fp32")
    for name, weight in shrunk.named_parameters():
        if "lora_B" in name:
            weight.data *= 0.02
    shrunk.save_pretrained(adapter)

    def into_four_bits(base: Path, adapter: Path, _: str) -> Any:
        model = peft.PeftModel.from_pretrained(
            load_model(base, quantized=True, precision="bf16"), str(adapter)
        ).merge_and_unload()
        return model.dequantize(dtype=torch.float32)

    monkeypatch.setattr(merging, "_added", into_four_bits)
    with (
        pytest.warns(UserWarning, match="Merge lora module to 4-bit"),
        pytest.raises(LostMergeError, match="lost what the adapter had learned") as caught,
    ):
        training.merge(world / "model", adapter, tmp_path / "out", rows=ROWS, tolerance=0.0)
    assert caught.value.figures.after > caught.value.figures.allowed
    assert sorted(one.name for one in tmp_path.iterdir()) == ["small"]


def test_what_is_lost_is_measured_by_what_was_gained() -> None:
    assert not Losses(base=4.0, before=1.0, after=1.14, tokens=9, tolerance=0.05).lost
    assert Losses(base=4.0, before=1.0, after=1.16, tokens=9, tolerance=0.05).lost
    assert Losses(base=1.0, before=1.0, after=1.03, tokens=9, tolerance=0.05).lost
    assert Losses(base=4.0, before=1.0, after=math.nan, tokens=9, tolerance=0.05).lost


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"onto": "4bit"}, r"dequantised \| original"),
        ({"dtype": "nf4"}, "merged weights are whole"),
        ({"rows": []}, "nothing to measure the loss on"),
        ({"rows": [{"text": "What?"}]}, "a row has no conversation"),
    ],
)
def test_arguments_that_make_no_sense_are_named(
    world: Path, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        training.merge(world / "model", world / "one", tmp_path / "out", **options)
    assert not list(tmp_path.iterdir())


def test_an_adapter_of_a_model_of_other_sizes_is_a_sentence(world: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "wide", hidden=128)
    with pytest.raises(ConfigError, match="the adapter does not fit the model"):
        training.merge(tmp_path / "wide", world / "one", tmp_path / "out", onto="original")
    with pytest.raises(ConfigError, match="this is no adapter"):
        training.merge(None, world / "model", tmp_path / "out")


def test_there_is_no_original_of_a_model_that_was_saved_in_four_bits(world: Path, tmp_path: Path) -> None:
    load_model(world / "model", quantized=True, precision="bf16").save_pretrained(tmp_path / "small")
    with pytest.raises(ConfigError, match="saved in 4 bits"):
        training.merge(tmp_path / "small", world / "one", tmp_path / "out", onto="original")


# Several adapters


def change(folder: Path, base: Path) -> torch.Tensor:
    """What an adapter adds to what the base says, at a layer that is linear in the adapter."""
    import peft

    model = peft.PeftModel.from_pretrained(load_model(base, precision="fp32"), str(folder))
    return sum(
        (
            module.get_delta_weight("default")
            for name, module in model.named_modules()
            if name.endswith("0.mlp.up_proj")
        ),
        torch.zeros(()),
    )


def test_cat_is_the_exact_weighted_sum_whatever_the_ranks(world: Path, tmp_path: Path) -> None:
    made = training.combine(world / "model", {world / "one": 1.0, world / "two": 0.5}, tmp_path / "cat")
    wanted = change(world / "one", world / "model") + 0.5 * change(world / "two", world / "model")
    assert (change(made, world / "model") - wanted).abs().max() < 1e-5
    assert json.loads((made / "adapter_config.json").read_text())["r"] == 12
    smaller = training.combine(None, {world / "one": 1.0, world / "two": 0.5}, tmp_path / "svd", how="svd", rank=6)
    assert json.loads((smaller / "adapter_config.json").read_text())["r"] == 6
    off = (change(smaller, world / "model") - wanted).norm() / wanted.norm()
    best = torch.linalg.svdvals(wanted)
    assert off == pytest.approx(float((best[6:] ** 2).sum().sqrt() / best.norm()), rel=1e-3)  # Eckart-Young


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"how": "linear"}, "unequal ranks"),
        ({"how": "ties", "density": 0.5}, "unequal ranks"),
        ({"how": "ties_svd"}, "density does not fit"),
        ({"how": "cat", "density": 0.5}, "density does not fit"),
        ({"how": "cat", "rank": 4}, "shrink with how='svd'"),
        ({"how": "average"}, "cannot be combined so"),
    ],
)
def test_what_peft_cannot_combine_is_refused(world: Path, tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        training.combine(world / "model", {world / "one": 1.0, world / "two": 1.0}, tmp_path / "out", **options)
    assert not list(tmp_path.iterdir())
