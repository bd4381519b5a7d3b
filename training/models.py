"""Tokenizers and models as they are loaded, on a machine with a GPU or without."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ConfigError
from training.extras import needs

__all__ = ["Device", "device", "load_model", "load_tokenizer", "spare_the_trap", "stop_ids", "tokenizer_digest"]

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


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


def load_tokenizer(model: str) -> Any:
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


def stop_ids(model: str) -> set[int]:
    """The tokens at which generation ends, by the model's generation config, else by its config."""
    transformers = needs("transformers", "reading a generation config")
    try:
        found = transformers.GenerationConfig.from_pretrained(model).eos_token_id
    except OSError:
        found = None
    if found is None:
        found = getattr(_loaded(transformers.AutoConfig, model), "eos_token_id", None)
    return set(found) if isinstance(found, list) else {found} - {None}


def _loaded(factory: Any, model: str, **options: Any) -> Any:
    try:
        return factory.from_pretrained(model, **options)
    except (OSError, ValueError, KeyError) as error:
        if os.environ.get("HF_HUB_OFFLINE"):
            hint = "HF_HUB_OFFLINE is set: only folders and what was downloaded before are found"
        else:
            hint = "a folder with config.json and tokenizer.json, or a name on the Hub"
        first = str(error).strip().partition("\n")[0]
        raise ConfigError("there is no such model", where=model, got=first, hint=hint) from None


def load_model(model: str, *, quantized: bool = False, precision: str = "auto", train: bool = False) -> Any:
    """A causal language model, ready to be computed with.

    Args:
        model: Name or folder.
        quantized: Its linear layers in NF4 with double quantisation (Dettmers et al. 2023), on a CPU too.
        precision: Of its weights and computation: bf16, fp16, fp32, or what the machine has.
        train: Weights of at least 32 bits where they are not quantised: for full training.

    Raises:
        ConfigError: There is no such model.
        MissingExtraError: A package is not installed.
    """
    torch, transformers = needs("torch", "loading a model"), needs("transformers", "loading a model")
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
    where = device()
    precision = where.precision if precision == "auto" else precision
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[precision]
    options: dict[str, Any] = {"dtype": torch.float32 if train else kind}
    if where.kind == "cuda":
        options["device_map"] = {"": torch.cuda.current_device()}
    if quantized:
        needs("bitsandbytes", "quantising to NF4")
        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=kind
        )
    loaded = _loaded(transformers.AutoModelForCausalLM, model, **options)
    loaded.config.use_cache = False  # with a cache, packed rows see one another
    spare_the_trap(loaded)
    return loaded


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
