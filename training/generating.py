"""Try a model out: one prompt, the chat template, and generation up to a token that ends the turn."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

from corpus.errors import ConfigError
from training.extras import needs
from training.loading import base_of, load_adapter, load_model, load_tokenizer
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
    base = model if model is not None else base_of(opened(str(adapter)))
    loaded = load_model(base) if adapter is None else load_adapter(base, adapter)
    return generate(loaded, load_tokenizer(base), turns, tokens=tokens, temperature=temperature, seed=seed)


def generate(
    model: Any, tokenizer: Any, turns: Sequence[dict[str, str]], *, tokens: int, temperature: float = 0.0, seed: int = 0
) -> str:
    """What a loaded model answers to a conversation; it stops where its generation config says."""
    torch = needs("torch", "generation")
    if tokenizer.chat_template is None:
        raise ConfigError("the tokenizer has no chat template", hint="give the folder of an instruct model")
    told = tokenizer.apply_chat_template(
        list(turns), add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(model.device)
    choice: dict[str, Any] = {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
    model.eval()
    with torch.inference_mode(), torch.random.fork_rng():
        torch.manual_seed(seed)
        out = model.generate(**told, max_new_tokens=tokens, pad_token_id=tokenizer.pad_token_id, **choice)
    answer: str = tokenizer.decode(out[0, told["input_ids"].shape[1] :], skip_special_tokens=True)
    return answer
