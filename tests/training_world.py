"""What the tests of merging, exporting and running share: tiny models and adapters on disk, made once a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models import tiny_model, write_model

ROWS: list[dict[str, Any]] = [
    {
        "messages": [
            {"role": "user", "content": "What does the function double do?"},
            {"role": "assistant", "content": "It gives twice the number."},
        ]
    }
]


def write_adapter(folder: Path, base: Path, family: str, *, rank: int = 8, seed: int = 1, **options: Any) -> Path:
    """An adapter with random weights, so that it changes what the model says, and names its base."""
    import peft
    import torch

    config = peft.LoraConfig(
        r=rank, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False,
        **options,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = peft.get_peft_model(tiny_model(family), config)
    model.peft_config["default"].base_model_name_or_path = str(base)
    model.save_pretrained(folder)
    return folder


def write_world(folder: Path, family: str) -> Path:
    """`model` and two adapters of it, `one` of rank 8 and `two` of rank 4."""
    base = write_model(folder / "model", family)
    write_adapter(folder / "one", base, family)
    write_adapter(folder / "two", base, family, rank=4, seed=2)
    return folder
