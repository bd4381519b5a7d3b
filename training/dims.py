"""The sizes that decide how much memory a model needs, from its configuration or from a table of known ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, Final

from corpus.errors import ConfigError
from corpus.guess import nearest
from training.weights import opened, sizes

__all__ = ["KNOWN", "Dims", "dims_of"]


@dataclass(frozen=True, slots=True)
class Dims:
    """A decoder of Llama's form: grouped attention, a gated MLP, norms without biases.

    Attributes:
        name: What to call it.
        hidden: Width of the residual stream.
        inner: Width of the MLP.
        layers: How many layers.
        heads: Heads of attention.
        kv_heads: Heads of keys and values.
        vocabulary: Rows of the embeddings.
        tied: Whether the output shares the embeddings.
        biases: Whether q, k and v have biases (Qwen2).
        head_size: Width of a head; 0 means hidden / heads.
    """

    name: str
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    tied: bool
    biases: bool = False
    head_size: int = 0

    @property
    def queries(self) -> int:
        """Width of all heads together."""
        return self.heads * (self.head_size or self.hidden // self.heads)

    @property
    def keys(self) -> int:
        """Width of all heads of keys (and of values) together."""
        return self.kv_heads * (self.head_size or self.hidden // self.heads)

    @property
    def linears(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs of a layer's seven linear modules: q, k, v, o, gate, up, down."""
        attention = ((self.hidden, self.queries), (self.hidden, self.keys), (self.hidden, self.keys))
        gated = ((self.hidden, self.inner), (self.hidden, self.inner), (self.inner, self.hidden))
        return (*attention, (self.queries, self.hidden), *gated)

    @property
    def linear_parameters(self) -> int:
        """Weights of all linear modules in the layers: what is quantised."""
        return self.layers * sum(inputs * outputs for inputs, outputs in self.linears)

    @property
    def embedding_parameters(self) -> int:
        """Weights of the embeddings and of the output: never quantised."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def other_parameters(self) -> int:
        """Norms and biases."""
        biases = self.layers * (self.queries + 2 * self.keys) if self.biases else 0
        return self.hidden * (2 * self.layers + 1) + biases

    @property
    def parameters(self) -> int:
        """All weights."""
        return self.linear_parameters + self.embedding_parameters + self.other_parameters

    def adapter_parameters(self, rank: int) -> int:
        """Weights of a LoRA adapter on all linear modules of the layers."""
        return self.layers * sum(rank * (inputs + outputs) for inputs, outputs in self.linears)


KNOWN: Final[Mapping[str, Dims]] = {
    dims.name.lower(): dims
    for dims in (
        # As in `config.json` of each repository on the Hub (HuggingFaceTB, Qwen, meta-llama, mistralai). A test
        # compares the number of weights that follows with that of the model that transformers makes of these sizes.
        Dims("SmolLM2-135M", 576, 1536, 30, 9, 3, 49152, tied=True),
        Dims("SmolLM2-360M", 960, 2560, 32, 15, 5, 49152, tied=True),
        Dims("SmolLM2-1.7B", 2048, 8192, 24, 32, 32, 49152, tied=True),
        Dims("Qwen2.5-Coder-0.5B", 896, 4864, 24, 14, 2, 151936, tied=True, biases=True),
        Dims("Qwen2.5-Coder-1.5B", 1536, 8960, 28, 12, 2, 151936, tied=True, biases=True),
        Dims("Qwen2.5-Coder-3B", 2048, 11008, 36, 16, 2, 151936, tied=True, biases=True),
        Dims("Qwen2.5-Coder-7B", 3584, 18944, 28, 28, 4, 152064, tied=False, biases=True),
        Dims("Qwen2.5-Coder-14B", 5120, 13824, 48, 40, 8, 152064, tied=False, biases=True),
        Dims("Qwen2.5-Coder-32B", 5120, 27648, 64, 40, 8, 152064, tied=False, biases=True),
        Dims("Llama-3.2-1B", 2048, 8192, 16, 32, 8, 128256, tied=True),
        Dims("Llama-3.2-3B", 3072, 8192, 28, 24, 8, 128256, tied=True),
        Dims("Llama-3.1-8B", 4096, 14336, 32, 32, 8, 128256, tied=False),
        Dims("Llama-3.1-70B", 8192, 28672, 80, 64, 8, 128256, tied=False),
        Dims("Mistral-7B-v0.3", 4096, 14336, 32, 32, 8, 32768, tied=False),
    )
}
"""Models by their names in lower case."""

_FORMS: Final = {"llama": False, "mistral": False, "qwen2": True}  # model_type to whether q, k and v have biases


def dims_of(model: Dims | Mapping[str, Any] | str | PathLike[str] | Any) -> Dims:
    """The sizes of a model.

    Args:
        model: Sizes, a `config.json` as a mapping, a configuration of transformers, a model's folder, or a name in
            `KNOWN` (`-Instruct` and an owner before a slash are of no account).

    Raises:
        ConfigError: The name is not known, or the model has another form.
    """
    if isinstance(model, Dims):
        return model
    if isinstance(model, str):
        name = model.rpartition("/")[2].lower().removesuffix("-instruct")
        if name in KNOWN:
            return KNOWN[name]
    if isinstance(model, str | PathLike):
        return _of_folder(model)
    return _from_config(model if isinstance(model, Mapping) else model.to_dict(), "the configuration")


def _of_folder(model: str | PathLike[str]) -> Dims:
    try:
        found = opened(model)
    except ConfigError:
        near = nearest(str(model).rpartition("/")[2], KNOWN, alike=0.4)
        names = ", ".join(dims.name for dims in KNOWN.values())
        raise ConfigError(
            "neither a model's folder nor a known model",
            where=model,
            expected=f"a folder with config.json, or {names}",
            hint=f"did you mean {KNOWN[near].name!r}?" if near else None,
        ) from None
    return _from_config(found.config, str(found.folder))


def _from_config(config: Mapping[str, Any], where: str) -> Dims:
    form = config.get("model_type")
    if form not in _FORMS:
        raise ConfigError(
            "the memory of this kind of model is not known", where=where, expected=", ".join(_FORMS), got=form
        )
    said = sizes(
        config, ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"), where
    )
    heads = said["num_attention_heads"]
    return Dims(
        name=str(config.get("_name_or_path") or where),
        hidden=said["hidden_size"],
        inner=said["intermediate_size"],
        layers=said["num_hidden_layers"],
        heads=heads,
        kv_heads=int(config.get("num_key_value_heads") or heads),
        vocabulary=said["vocab_size"],
        tied=bool(config.get("tie_word_embeddings", False)),
        biases=_FORMS[str(form)] or bool(config.get("attention_bias")),
        head_size=int(config.get("head_dim") or 0),
    )
