"""Tokenizers and models as they are loaded, on a machine with a GPU or without."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError
from training.extras import needs

__all__ = [
    "Device",
    "device",
    "load_config",
    "load_model",
    "load_tokenizer",
    "nf4",
    "spare_the_trap",
    "stop_ids",
    "tokenizer_digest",
]

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

_TYPES: Final = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}


@dataclass(frozen=True, slots=True)
class Device:
    """Where a model is computed.

    Attributes:
        kind: `cuda` or `cpu`.
        name: What the machine calls it.
        precision: `bf16` where it computes in it, `fp16` on older GPUs, else `fp32`.
    """

    kind: str
    name: str
    precision: str


def device() -> Device:
    """The GPU if there is one that this build of torch can use, else the processor."""
    torch = needs("torch", "training")
    if torch.cuda.is_available():
        bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device("cuda", torch.cuda.get_device_name(), "bf16" if bf16 else "fp16")
    import platform

    # Without the instructions bf16 is emulated, slower than fp32.
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    bf16 = "avx512_bf16" in flags or "amx_bf16" in flags
    return Device("cpu", platform.processor() or platform.machine(), "bf16" if bf16 else "fp32")


def load_tokenizer(model: str | PathLike[str]) -> Any:
    """The tokenizer of a model.

    Raises:
        ConfigError: There is no such model, or its tokenizer does not say where its tokens stand in a text.
    """
    transformers = needs("transformers", "tokenizing")
    tokenizer = _loaded(transformers.AutoTokenizer, model)
    if not tokenizer.is_fast:
        raise ConfigError("the tokenizer does not say where its tokens stand", where=model, expected="a tokenizer.json")
    return tokenizer


def tokenizer_digest(tokenizer: Any) -> str:
    """A hash of all that decides how a text becomes tokens."""
    parts = [
        tokenizer.backend_tokenizer.to_str(),
        str(tokenizer.chat_template),
        str(sorted(tokenizer.special_tokens_map.items())),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def load_config(model: str | PathLike[str]) -> Any:
    """The configuration of a model.

    Raises:
        ConfigError: There is no such model.
    """
    return _loaded(needs("transformers", "reading a configuration").AutoConfig, model)


def stop_ids(model: str | PathLike[str]) -> set[int]:
    """The tokens at which generation ends, by the model's generation config, else by its config."""
    transformers = needs("transformers", "reading a generation config")
    try:
        found = transformers.GenerationConfig.from_pretrained(model).eos_token_id
    except OSError:
        found = None
    if found is None:
        found = getattr(load_config(model), "eos_token_id", None)
    return set(found) if isinstance(found, list) else {found} - {None}


def _loaded(factory: Any, model: str | PathLike[str], **options: Any) -> Any:
    safetensors = needs("safetensors", "loading a model")
    try:
        return factory.from_pretrained(model, **options)
    except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
        got = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    if Path(model).is_dir():
        needed = "config.json, tokenizer.json and model.safetensors, as save_pretrained writes them"
        raise ConfigError("the model in this folder cannot be loaded", where=model, expected=needed, got=got)
    if os.environ.get("HF_HUB_OFFLINE"):
        hint = "HF_HUB_OFFLINE is set: only folders and what was downloaded before are found"
    else:
        hint = "a folder with config.json and tokenizer.json, or a name on the Hub"
    raise ConfigError("there is no such model", where=model, got=got, hint=hint)


def load_model(
    model: str | PathLike[str],
    *,
    quantized: bool = False,
    precision: str = "auto",
    train: bool = False,
    place: str = "auto",
) -> Any:
    """A causal language model in evaluation mode.

    Args:
        model: Name or folder.
        quantized: Its linear layers in NF4 with double quantisation, on a CPU too.
        precision: Of its weights and computation: bf16, fp16, fp32, what the machine has (`auto`), or what the weights
            were saved in (`saved`).
        train: Weights of at least 32 bits where they are not quantised: for full training.
        place: `cpu`, or the GPU where there is one (`auto`).

    Raises:
        ConfigError: There is no such model, or it is an adapter alone.
        MissingExtraError: A package is not installed.
    """
    torch, transformers = needs("torch", "loading a model"), needs("transformers", "loading a model")
    if (Path(model) / "adapter_config.json").is_file():
        raise ConfigError("this is an adapter and no model", where=model, hint="give the base as well")
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
    where = device()
    precision = where.precision if precision == "auto" else precision
    kind: Any = "auto" if precision == "saved" else getattr(torch, _TYPES[precision])
    options: dict[str, Any] = {"dtype": torch.float32 if train else kind}
    if where.kind == "cuda" and place != "cpu":
        options["device_map"] = {"": torch.cuda.current_device()}
    if quantized and not getattr(load_config(model), "quantization_config", None):
        options["quantization_config"] = nf4(where.precision if precision == "saved" else precision)
    loaded = _loaded(transformers.AutoModelForCausalLM, model, **options)
    spare_the_trap(loaded)
    return loaded


def nf4(precision: str) -> Any:
    """How QLoRA keeps a base: NF4, the constants quantised again (Dettmers et al. 2023).

    Args:
        precision: What is computed in: bf16, fp16 or fp32.
    """
    needs("bitsandbytes", "quantising to NF4")
    torch, transformers = needs("torch", "4-bit weights"), needs("transformers", "4-bit weights")
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, _TYPES[precision]),
    )


def spare_the_trap(model: Any) -> int:
    """Keep 4-bit layers from being packed for inference, which they never undo.

    On processors with AVX512-BF16, `bitsandbytes` 0.50 packs a layer's weight anew in its first evaluation without
    gradients. The layer then has no gradient to its input any more, and dequantising it gives noise; nothing says so.

    Returns:
        How many layers there are in 4 bits.
    """
    found = 0
    for module in model.modules():
        if type(module).__name__ == "Linear4bit":
            found += 1
            if hasattr(module, "support_avx512bf16_for_cpu"):
                module.support_avx512bf16_for_cpu = False
    return found
