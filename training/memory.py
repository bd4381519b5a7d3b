"""Does a model say its training rows by heart?

A row is memorised where its beginning makes the model write the rest, word for word (Carlini et al. 2023, "Quantifying
Memorization"). A canary is a text of one's own that was put among the rows; its exposure is how much more likely the
model holds it than others of the same form (Carlini et al. 2019, "The Secret Sharer").
"""

from __future__ import annotations

import math
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from training.generation import continuations
from training.losses import text_losses
from training.masking import IGNORED, Encoded

__all__ = ["Canary", "canaries_in", "verbatim"]

_TOKENS: Final = 50  # of a beginning and of what must follow, as in the paper
_OTHERS: Final = 127  # texts of the same form: an exposure of 7 bits is the most that can be seen


@dataclass(frozen=True, slots=True)
class Canary:
    """What a model holds of a text that was planted.

    Attributes:
        text: The text.
        completed: Whether its first half makes the model write the second.
        exposure: log2 of 128 less log2 of its rank among 127 others of its form: 7 is the first place, 0 the last.
    """

    text: str
    completed: bool
    exposure: float


def verbatim(model: Any, rows: Sequence[Encoded], stop_id: int) -> int:
    """Of how many rows the model writes the second half of the answer word for word, given the first.

    Args:
        model: A causal language model.
        rows: As `training.masking.encode` gives them.
        stop_id: The token that ends an answer.
    """
    prompts, rests = [], []
    for row in rows:
        kept = row.labels != IGNORED
        first = int(np.argmax(kept))
        written = kept[first:].tolist()
        last = first + (written.index(False) if False in written else len(written)) - 1  # less the stop token
        middle = first + min(_TOKENS, (last - first) // 2)
        prompts.append(row.ids[:middle].tolist())
        rests.append(row.ids[middle : min(last, middle + _TOKENS)].tolist())
    longest = max((len(rest) for rest in rests), default=1)
    said = continuations(model, prompts, stop_ids={stop_id}, max_new_tokens=max(1, longest))
    return sum(one[: len(rest)] == rest for one, rest in zip(said, rests, strict=True))


def canaries_in(model: Any, tokenizer: Any, texts: Sequence[str], stop_id: int, *, seed: int = 0) -> list[Canary]:
    """What the model holds of each of these texts."""
    found = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        middle = max(1, len(ids) // 2)
        (said,) = continuations(model, [ids[:middle]], stop_ids={stop_id}, max_new_tokens=max(1, len(ids) - middle))
        rng = random.Random(f"{seed} {text}")  # noqa: S311 - for others of the same form, not for a secret
        losses = text_losses(model, tokenizer, [text, *(_alike(text, rng) for _ in range(_OTHERS))])
        rank = 1 + int((losses[1:] <= losses[0]).sum())
        found.append(Canary(text, said[: len(ids) - middle] == ids[middle:], math.log2((_OTHERS + 1) / rank)))
    return found


def _alike(text: str, rng: random.Random) -> str:
    """A text of the same form: other digits, other letters of the same case in words that hold a digit."""
    return " ".join(_other(word, rng) if any(one.isdigit() for one in word) else word for word in text.split(" "))


def _other(word: str, rng: random.Random) -> str:
    kinds = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    return "".join(next((rng.choice(kind) for kind in kinds if one in kind), one) for one in word)
