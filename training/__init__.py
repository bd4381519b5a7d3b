"""From a corpus on disk to a tuned model that is measurably better, thin and checked.

    import training

    ready = training.prepare("my-corpus", "Qwen/Qwen2.5-Coder-0.5B-Instruct")   # tokens, masks, packing, checks
    run = training.train({"model": …, "corpus": "my-corpus", "out": "my-run"})
    found = training.evaluate(run.model, run.adapter, "my-corpus")              # base against tuned, with intervals

It reads what `corpus` wrote and imports of it only the schema and the errors: whoever has the folder can train.
Packages of the extra `train` are imported where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from corpus.lazy import lazy
from training.checks import Check, Readiness, check

if TYPE_CHECKING:
    from training.config import Config, config_of
    from training.errors import DivergedError, NotReadyError
    from training.evaluation import Evaluation, evaluate
    from training.exporting import Exported, export
    from training.fitting import train
    from training.footprint import Estimate, Estimates, estimate, estimates
    from training.handing_over import HANDOVERS, handover
    from training.machine import Machine, doctor
    from training.merging import LostMergeError, Merged, combine, merge
    from training.preparation import Prepared, prepare
    from training.runs import Run
    from training.trial import run

__all__ = [
    "HANDOVERS",
    "Check",
    "Config",
    "DivergedError",
    "Estimate",
    "Estimates",
    "Evaluation",
    "Exported",
    "LostMergeError",
    "Machine",
    "Merged",
    "NotReadyError",
    "Prepared",
    "Readiness",
    "Run",
    "check",
    "combine",
    "config_of",
    "doctor",
    "estimate",
    "estimates",
    "evaluate",
    "export",
    "handover",
    "merge",
    "prepare",
    "run",
    "train",
]

_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "training.config": ("Config", "config_of"),
    "training.errors": ("DivergedError", "NotReadyError"),
    "training.exporting": ("Exported", "export"),
    "training.footprint": ("Estimate", "Estimates", "estimate", "estimates"),
    "training.handing_over": ("HANDOVERS", "handover"),
    "training.machine": ("Machine", "doctor"),
    "training.merging": ("LostMergeError", "Merged", "combine", "merge"),
    "training.evaluation": ("Evaluation", "evaluate"),
    "training.fitting": ("train",),
    "training.preparation": ("Prepared", "prepare"),
    "training.runs": ("Run",),
    "training.trial": ("run",),
}


def __getattr__(name: str) -> Any:
    return lazy(__name__, _PLACES, name)
