"""What a model says, many prompts at once: greedily by default, so that the same model gives the same answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Any

from training.extras import needs
from training.masking import Conversation, Template, render

__all__ = ["answers", "continuations"]


def answers(
    model: Any,
    tokenizer: Any,
    template: Template,
    prompts: Sequence[Conversation],
    *,
    max_new_tokens: int,
    batch: int = 16,
) -> list[str]:
    """The answer to each prompt, without its stop token.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        template: Of the tokenizer.
        prompts: Turns of each, which end with the user's.
        max_new_tokens: Tokens of an answer at the most.
        batch: Prompts at once.
    """
    texts = [render(tokenizer, turns, prompt=True) + template.lead for turns in prompts]
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    said = continuations(model, ids, stop_ids={template.stop_id}, max_new_tokens=max_new_tokens, batch=batch)
    return [tokenizer.decode(one, skip_special_tokens=True).strip() for one in said]


def continuations(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    stop_ids: Collection[int],
    max_new_tokens: int,
    batch: int = 16,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[list[int]]:
    """The tokens that follow each prompt, up to a stop token.

    Args:
        model: A causal language model.
        prompts: Tokens of each.
        stop_ids: The tokens that end an answer.
        max_new_tokens: How many at the most.
        batch: Prompts at once; those of like length go together.
        temperature: 0 takes the likeliest token every time.
        seed: Of the draws, where the temperature is not 0.
    """
    torch = needs("torch", "generating")
    said: list[list[int]] = [[] for _ in prompts]
    order = sorted(range(len(prompts)), key=lambda one: (len(prompts[one]), one))
    where = next(model.parameters()).device
    stops = sorted(stop_ids)
    choice = {"do_sample": temperature > 0, "temperature": temperature or None, "top_p": None, "top_k": None}
    mode = model.training
    model.eval()
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        longest = max(len(prompts[one]) for one in chosen)
        ids = torch.full((len(chosen), longest), stops[0], device=where)
        mask = torch.zeros_like(ids)
        for at, one in enumerate(chosen):  # filled on the left, by place
            ids[at, longest - len(prompts[one]) :] = torch.tensor(list(prompts[one]), device=where)
            mask[at, longest - len(prompts[one]) :] = 1
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(seed + start)
            made = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=max_new_tokens, use_cache=True,
                eos_token_id=stops, pad_token_id=stops[0], **choice,
            )  # fmt: skip
        for at, one in enumerate(chosen):
            said[one] = list(takewhile(lambda token: token not in stop_ids, made[at, longest:].tolist()))
    model.train(mode)
    return said
