"""Models, adapters and tokenizers from their folders, nothing fetched: in 4 bits as QLoRA trains them, or whole."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from corpus.errors import ConfigError
from training.extras import needs
from training.models import spare_the_trap
from training.runs import read_json
from training.weights import ModelFolder, opened

__all__ = ["base_of", "load_adapter", "load_model", "load_tokenizer", "trained_in_four_bits"]

Place = str | PathLike[str]


def load_model(folder: Place, *, four_bit: bool = False, dtype: str = "auto") -> Any:
    """A language model for evaluation and generation.

    Args:
        folder: The model's folder.
        four_bit: Quantise it to NF4 with double quantisation, as QLoRA trains on it.
        dtype: `float32`, `bfloat16`, `float16` or, as it was saved, `auto`; with `four_bit` what is computed in.
    """
    transformers = needs("transformers", "loading a model")
    found = opened(folder)
    if found.is_adapter:
        raise ConfigError("this is an adapter and no model", where=found.folder, hint="give the base as well")
    chosen: dict[str, Any] = {"dtype": dtype}
    if four_bit and found.bits is None:
        chosen = {"quantization_config": nf4(dtype), "dtype": _compute(dtype)}
    model = transformers.AutoModelForCausalLM.from_pretrained(found.folder, local_files_only=True, **chosen)
    spare_the_trap(model)
    return model.eval()


def nf4(dtype: str) -> Any:
    """How QLoRA keeps a base: NF4, the constants quantised again (Dettmers et al. 2023)."""
    needs("bitsandbytes", "4-bit weights")
    transformers = needs("transformers", "4-bit weights")
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=_compute(dtype),
    )


def _compute(dtype: str) -> Any:
    torch = needs("torch", "loading a model")
    return torch.bfloat16 if dtype == "auto" else getattr(torch, dtype)


def load_adapter(base: Place, adapter: Place, *, four_bit: bool | None = None, dtype: str = "auto") -> Any:
    """A model with an adapter on it, not merged.

    Args:
        base: The base model's folder.
        adapter: The adapter's folder.
        four_bit: Put it on a 4-bit base; None: as it was trained.
        dtype: As in `load_model`.
    """
    peft = needs("peft", "adapters")
    found = opened(adapter)
    if not found.is_adapter:
        raise ConfigError("this is no adapter", where=found.folder, expected="adapter_config.json")
    bits = trained_in_four_bits(found) if four_bit is None else four_bit
    model = peft.PeftModel.from_pretrained(load_model(base, four_bit=bits, dtype=dtype), str(found.folder))
    return model.eval()


def load_tokenizer(folder: Place) -> Any:
    """The tokenizer beside a model."""
    transformers = needs("transformers", "loading a tokenizer")
    return transformers.AutoTokenizer.from_pretrained(opened(folder).folder, local_files_only=True)


def base_of(adapter: ModelFolder) -> Path:
    """The base that an adapter names.

    Raises:
        ConfigError: It names none that is here.
    """
    named = adapter.config.get("base_model_name_or_path") or ""
    if not named or not (Path(named) / "config.json").is_file():
        raise ConfigError(
            "the adapter's base is not on this machine", where=adapter.folder, got=named, hint="give the base's folder"
        )
    return Path(named)


def trained_in_four_bits(adapter: ModelFolder) -> bool:
    """Whether an adapter was trained on a 4-bit base, by the manifest of its run; without one it counts as such."""
    run = read_json(adapter.folder.parent / "manifest.json") or {}
    return bool(run.get("config", {}).get("method", "qlora") == "qlora")
