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

__all__ = ["base_of", "how_trained", "load_adapter", "load_model", "load_tokenizer"]

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


def load_adapter(base: Place, adapter: Place, *, four_bit: bool | None = None, dtype: str | None = None) -> Any:
    """A model with an adapter on it, not merged.

    Args:
        base: The base model's folder.
        adapter: The adapter's folder.
        four_bit: Put it on a 4-bit base; None: as it was trained.
        dtype: As in `load_model`; None: as it was trained.
    """
    peft = needs("peft", "adapters")
    found = opened(adapter)
    if not found.is_adapter:
        raise ConfigError("this is no adapter", where=found.folder, expected="adapter_config.json")
    bits, kind = how_trained(found)
    model = load_model(base, four_bit=bits if four_bit is None else four_bit, dtype=kind if dtype is None else dtype)
    return peft.PeftModel.from_pretrained(model, str(found.folder)).eval()


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


def how_trained(adapter: ModelFolder) -> tuple[bool, str]:
    """On which base an adapter was trained, by the manifest of its run; without one, as QLoRA in bfloat16.

    Returns:
        Whether the base was in 4 bits, and what was computed in: a base that is rounded from another type of number
        is rounded otherwise here and there.
    """
    run = (read_json(adapter.folder.parent / "manifest.json") or {}).get("config", {})
    types = {"fp32": "float32", "fp16": "float16"}
    return run.get("method", "qlora") == "qlora", types.get(run.get("precision", "bf16"), "bfloat16")
