"""From a corpus on disk to a tuned model. So far: the checks that come before any hour of a GPU.

It reads what `corpus` wrote and imports of it only the schema: whoever has the folder can train.
"""

from __future__ import annotations

from training.checks import Check, Readiness, check

__all__ = ["Check", "Readiness", "check"]
