"""What a model says: greedily, so that the same model gives the same answer."""

from __future__ import annotations

from collections.abc import Sequence
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
    batch: int = 8,
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
    said = continuations(model, ids, stop_id=template.stop_id, max_new_tokens=max_new_tokens, batch=batch)
    return [tokenizer.decode(one, skip_special_tokens=True).strip() for one in said]


def continuations(
    model: Any, prompts: Sequence[Sequence[int]], *, stop_id: int, max_new_tokens: int, batch: int = 8
) -> list[list[int]]:
    """The tokens that follow each prompt, greedily, up to a stop token.

    Args:
        model: A causal language model.
        prompts: Tokens of each.
        stop_id: The token that ends an answer.
        max_new_tokens: How many at the most.
        batch: Prompts at once; those of like length go together.
    """
    torch = needs("torch", "generating")
    said: list[list[int]] = [[] for _ in prompts]
    order = sorted(range(len(prompts)), key=lambda one: (len(prompts[one]), one))
    where = next(model.parameters()).device
    mode = model.training
    model.eval()
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        longest = max(len(prompts[one]) for one in chosen)
        ids = torch.full((len(chosen), longest), stop_id, device=where)
        mask = torch.zeros_like(ids)
        for at, one in enumerate(chosen):  # filled on the left, by place
            ids[at, longest - len(prompts[one]) :] = torch.tensor(list(prompts[one]), device=where)
            mask[at, longest - len(prompts[one]) :] = 1
        with torch.no_grad():
            made = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=max_new_tokens, do_sample=False, use_cache=True,
                eos_token_id=stop_id, pad_token_id=stop_id,
                temperature=None, top_p=None, top_k=None,
            )  # fmt: skip
        for at, one in enumerate(chosen):
            new = made[at, longest:].tolist()
            said[one] = new[: new.index(stop_id)] if stop_id in new else new
    model.train(mode)
    return said
