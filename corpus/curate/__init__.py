"""Stages that make entries better or fewer: from `normalize` and `redact` to `deduplicate` and `decontaminate`.

Each takes a table and gives a `Stage`: the table after it, the rows that it removed with their reasons, and
its line in the lineage. `corpus.pipeline` alone knows the order in which they come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpus.curate.contaminants import BENCHMARKS, decontaminate
from corpus.curate.duplicates import Deduplicated, deduplicate, rethreshold
from corpus.curate.gates import GATES, Gate, apply_gates
from corpus.curate.redaction import (
    Redactor,
    Settings,
    finder_name,
    finders_of,
    redact,
    redact_beside,
    redactor_of,
    salt_of,
    secrets_in,
    settings_of,
)
from corpus.curate.scores import score
from corpus.curate.stage import Stage
from corpus.curate.text import normalize, normalize_row
from corpus.lazy import lazy

if TYPE_CHECKING:
    from corpus.curate.evaluation import ScoreReport, validate_score
    from corpus.curate.judged import Judge, ModelSignals, model_signals

__all__ = [
    "BENCHMARKS",
    "GATES",
    "Deduplicated",
    "Gate",
    "Judge",
    "ModelSignals",
    "Redactor",
    "ScoreReport",
    "Settings",
    "Stage",
    "apply_gates",
    "decontaminate",
    "deduplicate",
    "finder_name",
    "finders_of",
    "model_signals",
    "normalize",
    "normalize_row",
    "redact",
    "redact_beside",
    "redactor_of",
    "rethreshold",
    "salt_of",
    "score",
    "secrets_in",
    "settings_of",
    "validate_score",
]


def __getattr__(name: str) -> Any:
    places = {
        "corpus.curate.evaluation": ("ScoreReport", "validate_score"),
        "corpus.curate.judged": ("Judge", "ModelSignals", "model_signals"),
    }
    return lazy(__name__, places, name)
