"""From a corpus on disk to a tuned model. So far: the checks that come before any hour of a GPU.

It reads what `corpus` wrote and imports of it only the schema: whoever has the folder can train.
"""

from __future__ import annotations

from typing import Any, Final

from corpus.lazy import lazy
from training.checks import Check, Readiness, check

_PLACES: Final = {
    "training.exporting": ("Exported", "export"),
    "training.generating": ("run",),
    "training.merging": ("LostMergeError", "Merged", "combine", "merge"),
}

__all__ = ["Check", "Exported", "LostMergeError", "Merged", "Readiness", "check", "combine", "export", "merge", "run"]


def __getattr__(name: str) -> Any:
    return lazy(__name__, _PLACES, name)
