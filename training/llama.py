"""llama.cpp in this process, by the package `xllamacpp`: to try a GGUF file and to compare it with its origin."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from corpus.errors import ConfigError, IntegrityError
from corpus.places import place_of
from training.extras import needs

__all__ = ["Agreement", "Llama", "agreement"]


class Llama:
    """A GGUF file, loaded.

    Args:
        file: The GGUF file.
        adapter: A LoRA adapter as GGUF, applied on top.
        length: Tokens of context.
        threads: How many threads compute.

    Raises:
        ConfigError: There is no such file.
        IntegrityError: llama.cpp cannot load it.
        MissingExtraError: `xllamacpp` is not installed.
    """

    def __init__(
        self,
        file: str | PathLike[str],
        *,
        adapter: str | PathLike[str] | None = None,
        length: int = 2048,
        threads: int = 1,
    ) -> None:
        package = needs("xllamacpp", "running a GGUF file")
        path = place_of(file)
        if not path.is_file():
            raise ConfigError("there is no such file", where=path, expected="a GGUF file")
        params = package.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel, params.port = length, 1, 0  # port 0: any that is free, on this machine alone
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.warmup, params.verbosity = False, -1
        if adapter is not None:
            params.lora_adapters = [package.CommonAdapterLoraInfo(str(place_of(adapter)), 1.0)]
        try:
            self._server = package.Server(params)
        except RuntimeError as error:
            raise IntegrityError("llama.cpp cannot load the file", where=path, got=error) from None

    def tokenise(self, text: str) -> list[int]:
        """The ids of a text, special tokens read as such and `bos` put first where the file says so."""
        said = {"content": text, "add_special": True, "parse_special": True}
        tokens: list[int] = self._post("/tokenize", said)["tokens"]
        return tokens

    def next_token(self, tokens: Sequence[int], count: int) -> tuple[int | None, dict[int, float]]:
        """What comes next.

        Returns:
            The likeliest token, or None where the turn ends; and the natural logarithms of the probabilities of the
            `count` likeliest, which llama.cpp does not say where the turn ends or a character has only begun.
        """
        said = {"prompt": list(tokens), "n_predict": 1, "temperature": 0, "n_probs": count, "cache_prompt": False}
        answer = self._post("/completion", {**said, "return_tokens": True})
        (found, *_) = answer.get("completion_probabilities") or [{"top_logprobs": []}]
        choice = answer["tokens"][0] if answer["tokens"] else None
        return choice, {one["id"]: one["logprob"] for one in found["top_logprobs"]}

    def chat(self, turns: Sequence[dict[str, str]], *, tokens: int, temperature: float, seed: int) -> str:
        """What the model answers, by the template inside the file and up to a token that ends the turn."""
        said = {"messages": list(turns), "max_tokens": tokens, "temperature": temperature, "seed": seed}
        answer = self._post("/v1/chat/completions", said)
        return str(answer["choices"][0]["message"].get("content") or "")

    def _post(self, path: str, said: dict[str, Any]) -> Any:
        body = json.dumps(said).encode()
        request = Request(self._server.listening_address + path, body, {"Content-Type": "application/json"})  # noqa: S310 our own server's address
        try:
            with urlopen(request, timeout=600) as answer:  # noqa: S310 the same
                return json.loads(answer.read())
        except HTTPError as error:
            raise IntegrityError("llama.cpp refused", where=path, got=error.read().decode("utf-8", "replace")) from None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a GGUF file says what its origin says.

    Attributes:
        prompts: How many prompts were compared.
        same_tokens: For how many the tokens were the same.
        same_choice: For how many the likeliest next token was the same.
        largest: The largest difference of a token's log-probability among those compared.
        mean: The mean of these differences.
    """

    prompts: int
    same_tokens: int
    same_choice: int
    largest: float
    mean: float

    def __str__(self) -> str:
        return (
            f"{self.prompts} prompts: same tokens {self.same_tokens}, same next token {self.same_choice}, "
            f"log-probabilities differ by {self.largest:.4f} at most and {self.mean:.4f} in the mean"
        )


def agreement(llama: Llama, model: Any, tokenizer: Any, prompts: Sequence[str], *, count: int = 100) -> Agreement:
    """Compare a GGUF file with the model in transformers that it was made of.

    Args:
        llama: The loaded file.
        model: The model (`PreTrainedModel` or a peft model), in evaluation mode.
        tokenizer: Its tokenizer.
        prompts: Texts as the model reads them, the template applied.
        count: How many of llama.cpp's likeliest tokens are compared for each prompt.
    """
    import torch

    same_tokens = same_choice = 0
    differences: list[float] = []
    for prompt in prompts:
        # The template's own `bos` is in the text already, as llama.cpp's server sees it too.
        ids = tokenizer(prompt)["input_ids"]
        same_tokens += llama.tokenise(prompt) == ids
        with torch.inference_mode():
            here = torch.log_softmax(
                model(input_ids=torch.tensor([ids], device=model.device)).logits[0, -1].float(), -1
            )
        choice, there = llama.next_token(ids, count)
        mine = int(here.argmax())
        same_choice += mine == choice if choice is not None else _ends(mine, model)
        differences += [abs(float(here[token]) - value) for token, value in there.items()]
    mean = sum(differences) / len(differences) if differences else 0.0
    return Agreement(len(prompts), same_tokens, same_choice, max(differences, default=0.0), mean)


def _ends(token: int, model: Any) -> bool:
    ends = model.generation_config.eos_token_id
    return token in (ends if isinstance(ends, list) else [ends])
