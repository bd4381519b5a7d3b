"""The loss of each row by itself, which a trainer's mean of batches is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.extras import needs
from training.masking import IGNORED, Encoded

__all__ = ["row_losses", "text_losses"]

Floats = npt.NDArray[np.float64]


def row_losses(model: Any, rows: Sequence[Encoded]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The loss of each row, summed over the tokens that the assistant wrote.

    Args:
        model: A causal language model.
        rows: As `training.masking.encode` gives them.

    Returns:
        Nats of each row, and how many tokens they are of; both `(len(rows),)`.
    """
    torch = needs("torch", "measuring a loss")
    sums, counts = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
    where = next(model.parameters()).device
    mode = model.training
    model.eval()
    with torch.no_grad():
        for at, row in enumerate(rows):
            ids = torch.from_numpy(row.ids.astype(np.int64))[None].to(where)
            labels = torch.from_numpy(row.labels.astype(np.int64)).to(where)[1:]
            logits = model(input_ids=ids, use_cache=False).logits[0, :-1].float()
            loss = torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")
            sums[at], counts[at] = loss.item(), int((labels != IGNORED).sum())
    model.train(mode)
    return sums, counts


def text_losses(model: Any, tokenizer: Any, texts: Sequence[str]) -> Floats:
    """The loss of a token of each text, as it stands, without any turn around it."""
    rows = []
    for text in texts:
        ids = np.array(tokenizer(text, add_special_tokens=False)["input_ids"], np.int32)
        labels = ids.copy()
        labels[:1] = IGNORED
        rows.append(Encoded(ids, labels, (text,)))
    sums, counts = row_losses(model, rows)
    return sums / np.maximum(counts, 1)
