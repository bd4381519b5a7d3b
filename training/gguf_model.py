"""A model's hyperparameters and weights as GGUF says them: Llama's and Qwen2's families, and LoRA adapters of them.

Only what is needed of the `gguf` package: its writer, its map of names and its quantisers in NumPy. Weights pass one
by one from safetensors to the file, so a model needs the memory of its largest tensor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from corpus.errors import ConfigError
from training.extras import needs
from training.weights import ModelFolder, sizes

__all__ = ["ARCHITECTURES", "QUANTISATIONS", "Family", "family_of", "quantised", "rope_theta"]

ARCHITECTURES: Final[Mapping[str, str]] = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",  # llama.cpp reads Mistral as Llama
    "Qwen2ForCausalLM": "qwen2",
}
"""transformers' class to llama.cpp's architecture, those that are written here."""

QUANTISATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "f32": ("F32", "ALL_F32"),
    "f16": ("F16", "MOSTLY_F16"),
    "bf16": ("BF16", "MOSTLY_BF16"),
    "q8_0": ("Q8_0", "MOSTLY_Q8_0"),
    "q5_1": ("Q5_1", "MOSTLY_Q5_1"),
    "q5_0": ("Q5_0", "MOSTLY_Q5_0"),
    "q4_1": ("Q4_1", "MOSTLY_Q4_1"),
    "q4_0": ("Q4_0", "MOSTLY_Q4_0"),
}
"""Name to `gguf.GGMLQuantizationType` and `gguf.LlamaFileType`: what the package can quantise to (no K-quants)."""


class Family:
    """How models of one architecture are written.

    Args:
        config: The model's `config.json`.
        name: llama.cpp's name of the architecture.
    """

    def __init__(self, config: Mapping[str, Any], name: str) -> None:
        gguf = needs("gguf", "export")
        self.config = config
        self.name = name
        self.layers = int(config["num_hidden_layers"])
        self.heads = int(config["num_attention_heads"])
        self.kv_heads = int(config.get("num_key_value_heads") or self.heads)
        self.head_size = int(config.get("head_dim") or config["hidden_size"] // self.heads)
        architectures = {known: number for number, known in gguf.MODEL_ARCH_NAMES.items()}
        self._names = gguf.get_tensor_name_map(architectures[name], self.layers)

    @property
    def context(self) -> int:
        """Positions that the model can attend over as it did in training.

        No more than a sliding window of Mistral's, which llama.cpp does not apply.
        """
        longest = int(self.config["max_position_embeddings"])
        window = self.config.get("sliding_window") if self.config.get("use_sliding_window", True) else None
        return min(longest, int(window)) if window and self.name == "llama" else longest

    def describe(self, writer: Any) -> None:
        """Write the hyperparameters.

        Raises:
            ConfigError: The rotary positions are scaled in a way that is not written here.
        """
        writer.add_vocab_size(int(self.config["vocab_size"]))
        writer.add_context_length(self.context)
        writer.add_embedding_length(int(self.config["hidden_size"]))
        writer.add_block_count(self.layers)
        writer.add_feed_forward_length(int(self.config["intermediate_size"]))
        writer.add_head_count(self.heads)
        writer.add_head_count_kv(self.kv_heads)
        writer.add_key_length(self.head_size)
        writer.add_value_length(self.head_size)
        writer.add_layer_norm_rms_eps(float(self.config["rms_norm_eps"]))
        writer.add_rope_dimension_count(self.head_size)
        writer.add_rope_freq_base(rope_theta(self.config))
        self._describe_scaling(writer)

    def _describe_scaling(self, writer: Any) -> None:
        gguf = needs("gguf", "export")
        scaling = _rope(self.config)
        kind = scaling.get("rope_type", scaling.get("type", "default"))
        if kind in {"default", "llama3"}:  # Llama 3.1's is a tensor: `factors`
            return
        if kind not in {"linear", "yarn"}:
            raise ConfigError(
                "these rotary positions cannot be written", expected="default, linear, llama3, yarn", got=kind
            )
        types = {"linear": gguf.RopeScalingType.LINEAR, "yarn": gguf.RopeScalingType.YARN}
        writer.add_rope_scaling_type(types[kind])
        writer.add_rope_scaling_factor(float(scaling["factor"]))
        if kind == "yarn":
            writer.add_rope_scaling_orig_ctx_len(int(scaling["original_max_position_embeddings"]))

    def factors(self) -> list[float] | None:
        """Llama 3.1's divisors of the rotary frequencies, one for each pair of a head's dimensions.

        By transformers' `_compute_llama3_parameters`; llama.cpp reads them as the tensor `rope_freqs.weight`.
        """
        scaling = _rope(self.config)
        if scaling.get("rope_type", scaling.get("type")) != "llama3":
            return None
        factor, low, high = (float(scaling[key]) for key in ("factor", "low_freq_factor", "high_freq_factor"))
        before = float(scaling["original_max_position_embeddings"])
        found = []
        for pair in range(0, self.head_size, 2):
            wavelength = 2 * math.pi * rope_theta(self.config) ** (pair / self.head_size)
            smooth = min(1.0, max(0.0, (before / wavelength - low) / (high - low)))
            found.append(1 / ((1 - smooth) / factor + smooth))
        return found

    def gguf_name(self, name: str) -> str | None:
        """The name of a tensor of transformers in GGUF; None where llama.cpp has no use of it."""
        if name.endswith("rotary_emb.inv_freq"):
            return None
        found = self._names.get_name(name, try_suffixes=(".weight", ".bias"))
        if found is None:
            raise ConfigError(f"a weight has no place in llama.cpp's {self.name}", where=name)
        return str(found)

    def arranged(self, name: str, tensor: Any) -> Any:
        """A weight or a bias of transformers as llama.cpp wants it.

        Llama's rotary positions turn halves of a head in transformers and neighbours in llama.cpp, so the rows of q
        and k change places (`permute` of its converter); Qwen2 turns halves in both.
        """
        if self.name != "llama":
            return tensor
        if ".q_proj." in name:
            return _interleaved(tensor, self.heads)
        return _interleaved(tensor, self.kv_heads) if ".k_proj." in name else tensor


def family_of(model: ModelFolder) -> Family:
    """How a model is written.

    Raises:
        ConfigError: Its architecture is not known here, its weights are quantised, or it does not say its sizes.
    """
    if model.architecture not in ARCHITECTURES:
        raise ConfigError(
            "models of this architecture cannot be exported",
            where=model.folder,
            expected=", ".join(ARCHITECTURES),
            got=model.architecture,
            hint="convert the merged folder with llama.cpp's convert_hf_to_gguf.py",
        )
    if model.bits is not None:
        raise ConfigError(
            f"the weights are quantised to {model.bits} bits",
            where=model.folder,
            expected="whole weights (float32, bfloat16, float16)",
            hint="merge first: corpus-train merge",
        )
    sizes(
        model.config,
        (
            "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
            "max_position_embeddings",
        ),
        model.folder,
    )  # fmt: skip
    return Family(model.config, ARCHITECTURES[model.architecture])


def rope_theta(config: Mapping[str, Any]) -> float:
    """The base of the rotary frequencies, where transformers 5 or 4 writes it."""
    return float(_rope(config).get("rope_theta") or config.get("rope_theta") or 10000.0)


def _rope(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return found


def _interleaved(tensor: Any, heads: int) -> Any:
    halves = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
    return halves.swapaxes(1, 2).reshape(tensor.shape)


def quantised(name: str, shape: tuple[int, ...], quantisation: str) -> Any:
    """The type in which a tensor is kept: `gguf.GGMLQuantizationType`.

    Norms, biases and factors stay float32. Rows that do not divide into a quantiser's blocks stay float16, and the
    embeddings and the output stay 8-bit where the rest is 4 or 5: as llama.cpp's own mixtures do, where a coarse
    vocabulary costs more than it saves.

    Args:
        name: The name in GGUF.
        shape: Its shape, as NumPy has it.
        quantisation: One of `QUANTISATIONS`.
    """
    gguf = needs("gguf", "export")
    types = gguf.GGMLQuantizationType
    wanted = types[QUANTISATIONS[quantisation][0]]
    if len(shape) == 1:
        return types.F32
    block, _ = gguf.GGML_QUANT_SIZES[wanted]
    if shape[-1] % block:
        return types.F16
    coarse = quantisation[:2] in {"q4", "q5"}
    return types.Q8_0 if coarse and name.split(".", maxsplit=1)[0] in {"token_embd", "output"} else wanted
