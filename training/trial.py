"""Try a model out: one prompt, the chat template, and generation up to a token that ends the turn."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from corpus.errors import ConfigError
from training.adapters import base_of, load_adapter
from training.generation import continuations
from training.masking import render
from training.models import load_model, load_tokenizer, stop_ids
from training.weights import opened

__all__ = ["run"]


def run(
    prompt: str | Sequence[dict[str, str]],
    *,
    model: str | PathLike[str] | None = None,
    adapter: str | PathLike[str] | None = None,
    gguf: str | PathLike[str] | None = None,
    system: str | None = None,
    tokens: int = 256,
    temperature: float = 0.0,
    seed: int = 0,
) -> str:
    """What a model answers.

    Args:
        prompt: What the user says, or turns with `role` and `content`.
        model: A model's folder. With an adapter alone, the base that the adapter names.
        adapter: An adapter's folder, put on the model as it was trained (on a 4-bit base where that was so).
        gguf: A GGUF file instead, run by llama.cpp; with `adapter`, a LoRA adapter as GGUF.
        system: A system prompt.
        tokens: At most so many tokens are generated.
        temperature: 0 takes the likeliest token every time.
        seed: The seed where the temperature is not 0.

    Raises:
        ConfigError: Neither or both of a model and a GGUF file are given, or one is not there.
        MissingExtraError: A package is not installed.
    """
    if (gguf is not None) == (model is not None or (adapter is not None and gguf is None)):
        raise ConfigError("one model is run at a time", expected="model= or adapter=, or gguf=", got="both or neither")
    if tokens < 1 or temperature < 0:
        raise ConfigError("this cannot be generated", expected="tokens of 1 or more, temperature of 0 or more")
    turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)
    turns = ([] if system is None else [{"role": "system", "content": system}]) + turns
    if gguf is not None:
        from training.llama import Llama

        return Llama(gguf, adapter=adapter).chat(turns, tokens=tokens, temperature=temperature, seed=seed)
    base = opened(model).folder if model is not None else base_of(opened(str(adapter)))
    loaded = load_model(base, precision="saved") if adapter is None else load_adapter(base, adapter)
    tokenizer = load_tokenizer(base)
    if tokenizer.chat_template is None:
        raise ConfigError("the tokenizer has no chat template", where=base, hint="give the folder of an instruct model")
    ids = tokenizer(render(tokenizer, turns, prompt=True), add_special_tokens=False)["input_ids"]
    ends = stop_ids(base) or {int(tokenizer.eos_token_id)}
    (said,) = continuations(
        loaded, [ids], stop_ids=ends, max_new_tokens=tokens, temperature=temperature, seed=seed
    )  # fmt: skip
    answer: str = tokenizer.decode(said, skip_special_tokens=True)
    return answer
