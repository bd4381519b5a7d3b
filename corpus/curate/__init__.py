"""Stages that make entries better or fewer: normalise, filter, score, deduplicate.

Each takes a table and gives a `Stage`: the table after it, the rows that it removed with their reasons, and
its line in the lineage. `corpus.pipeline` alone knows the order in which they come.
"""

from __future__ import annotations

from corpus.curate.duplicates import Deduplicated, deduplicate, rethreshold
from corpus.curate.gates import GATES, Gate, apply_gates
from corpus.curate.scores import score
from corpus.curate.stage import Stage
from corpus.curate.text import normalize, normalize_row

__all__ = [
    "GATES",
    "Deduplicated",
    "Gate",
    "Stage",
    "apply_gates",
    "deduplicate",
    "normalize",
    "normalize_row",
    "rethreshold",
    "score",
]
