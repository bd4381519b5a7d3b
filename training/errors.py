"""What can go wrong in training beside what `corpus.errors` names."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import CorpusError

__all__ = ["DivergedError", "NotReadyError"]


class NotReadyError(CorpusError):
    """A corpus or a model is not fit to be trained on or with, found before any hour of a GPU."""


class DivergedError(CorpusError):
    """Training was stopped since its loss or its gradients were no longer numbers, or the loss only grew.

    Args:
        what: What is wrong, in one sentence.
        step: The optimizer step at which it was seen; the weights are those before it.
        checkpoint: The last good checkpoint, from which training can go on; None where there is none yet.
        got: What was seen.
    """

    def __init__(self, what: str, *, step: int, checkpoint: Path | None, got: object = None) -> None:
        kept = f"{checkpoint} is the last good checkpoint" if checkpoint else "there is no checkpoint before it"
        super().__init__(
            what,
            where=f"step {step}; {kept}",
            got=got,
            hint="halve learning_rate, lower max_grad_norm, lengthen warmup; look at the rows of that step",
        )
        self.step = step
        self.checkpoint = checkpoint
