"""What is added to `transformers.Trainer`: batches without a mask, guards, progress. It imports torch: import it late.

The trainer itself is used as it is. Its default for numbers that are none (`logging_nan_inf_filter`) writes the loss of
a batch that is NaN as 0.0 and goes on; here a gradient that is no number stops the run before the weights take it.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import torch
from transformers import TrainerCallback

from training.errors import DivergedError, NotReadyError
from training.masking import IGNORED

__all__ = [
    "FP16_SKIPS",
    "Collator",
    "Complete",
    "Guard",
    "Progress",
    "Shard",
    "complete_checkpoints",
    "leak",
    "refuse_leaks",
]

_MARK: Final = "complete.json"
_PATIENCE: Final = 10  # steps that a loss may stay above the limit
FP16_SKIPS: Final = 25  # a gradient scaler begins at 2^16 and halves: some first steps are skipped by design


class Shard(torch.utils.data.Dataset):
    """Rows of an Arrow shard as a torch data set: they stay in the file until they are asked for."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.columns = {name: table[name] for name in ("input_ids", "labels", "position_ids")}

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return {name: column[row].values.to_numpy() for name, column in self.columns.items()}


class Collator:
    """Rows of one batch as tensors, `(rows, longest)`.

    What fills a row begins anew at position 0, so that it is a part that nothing else can see; no attention mask is
    made, and labels are filled by place, never by the id of a token.
    """

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Tensors `input_ids`, `labels` and `position_ids`, all of int64."""
        longest = max(len(row["input_ids"]) for row in rows)
        ids = np.full((len(rows), longest), self.pad_id, np.int64)
        labels = np.full((len(rows), longest), IGNORED, np.int64)
        places = np.zeros((len(rows), longest), np.int64)
        for at, row in enumerate(rows):
            length = len(row["input_ids"])
            ids[at, :length], labels[at, :length] = row["input_ids"], row["labels"]
            places[at, :length], places[at, length:] = row["position_ids"], np.arange(longest - length)
        tensors = {"input_ids": ids, "labels": labels, "position_ids": places}
        return {name: torch.from_numpy(values) for name, values in tensors.items()}


def leak(model: Any, ids: Sequence[int], first: int, *, use_cache: bool = False) -> float:
    """How far logits of a second part change when the first part of a packed row says something else; 0 if unseen.

    Args:
        model: In which attention is to be looked at.
        ids: Tokens of two parts.
        first: Tokens of the first one.
        use_cache: As the model is called in training; with True the parts of a packed row see one another.
    """
    places = [*range(first), *range(len(ids) - first)]
    other = [*reversed(ids[:first]), *ids[first:]]
    other[0] = ids[0]
    mode = model.training
    model.eval()
    with torch.no_grad():
        where = next(model.parameters()).device
        said = [
            model(
                input_ids=torch.tensor([one], device=where),
                position_ids=torch.tensor([places], device=where),
                use_cache=use_cache,
            )
            .logits[0, first:]
            .float()
            for one in (list(ids), other)
        ]
    model.train(mode)
    return float((said[0] - said[1]).abs().max())


def refuse_leaks(model: Any, table: pa.Table) -> None:
    """Try on a packed row whether its second part sees the first, with the model's own attention.

    Raises:
        NotReadyError: It does.
    """
    for at, rows in enumerate(table["rows"].to_pylist()):
        if len(rows) < 2:
            continue
        places = table["position_ids"][at].values.to_numpy()
        first = int(np.flatnonzero(places == 0)[1])
        ids = table["input_ids"][at].values.to_numpy()[max(0, first - 64) : first + 64].tolist()
        seen = leak(model, ids, min(first, 64))
        if not seen < 1e-3:
            raise NotReadyError(
                "rows that are packed together see one another in this model", got=f"logits differ by {seen:.3g}",
                hint="packing: false",
            )  # fmt: skip
        return


class Guard(TrainerCallback):
    """Stops a run whose gradients or loss are no numbers, before the weights take them, or whose loss only grows.

    At the first step it also looks whether all that is to be trained has a gradient: a layer without one (the trap of
    `training.models.spare_the_trap`) trains wrongly and says nothing.
    """

    def __init__(self, out: Path, divergence: float, *, skips: int = 0) -> None:
        self.out = out
        self.divergence = divergence
        self.skips = skips
        self.skipped = 0
        self.above = 0
        self.looked = False

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Look at the gradients, which have been clipped by now: one that is no number makes all of them so."""
        trained = [(name, one) for name, one in kwargs["model"].named_parameters() if one.requires_grad]
        if not self.looked:
            self.looked = True
            without = [name for name, one in trained if one.grad is None]
            if without:
                raise NotReadyError(
                    "some of what is to be trained gets no gradient", where=without[0],
                    got=f"{len(without)} of {len(trained)} weights",
                )  # fmt: skip
        finite = all(bool(torch.isfinite(one.grad).all()) for _, one in trained if one.grad is not None)
        self.skipped = 0 if finite else self.skipped + 1
        if finite:
            self.skips = min(self.skips, 2)  # later the scaler tries a larger scale now and then
        elif self.skipped > self.skips:
            self._stop("a gradient is no number", state.global_step + 1, "NaN or infinite")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        if not math.isfinite(loss):
            self._stop("the loss is no number", state.global_step, loss)
        first = next((line["loss"] for line in state.log_history if "loss" in line), loss)
        self.above = self.above + 1 if loss > self.divergence * max(first, 1.0) else 0
        if self.above >= _PATIENCE:
            self._stop(f"the loss stays above {self.divergence:g} times what it began with", state.global_step, loss)

    def _stop(self, what: str, step: int, got: object) -> None:
        good = complete_checkpoints(self.out)
        raise DivergedError(what, step=step, checkpoint=good[-1] if good else None, got=got)


class Complete(TrainerCallback):
    """Marks a checkpoint as complete once all of it is written: a run that is killed while it saves leaves none."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Name the files and their sizes, last of all."""
        folder = self.out / f"checkpoint-{state.global_step}"
        sizes = {
            file.relative_to(folder).as_posix(): file.stat().st_size for file in folder.rglob("*") if file.is_file()
        }
        made = folder / f".{_MARK}"
        with made.open("w", encoding="utf-8") as file:
            json.dump(dict(sorted(sizes.items())), file)
            file.flush()
            os.fsync(file.fileno())
        made.replace(folder / _MARK)


def complete_checkpoints(out: Path) -> list[Path]:
    """Checkpoints below a folder that are whole, by step."""
    found = [path for path in out.glob("checkpoint-*") if path.name.rpartition("-")[2].isdigit() and _is_whole(path)]
    return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]))


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / _MARK).read_bytes())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


class Progress(TrainerCallback):
    """A bar on standard error with the loss, tokens a second and the time left.

    Args:
        tokens: Of the training shard.
        rows: Packed rows of it.
        show: True and False mean it; None: on a terminal and in a notebook.
    """

    def __init__(self, tokens: int, rows: int, *, show: bool | None) -> None:
        self.tokens_of_row = tokens / max(1, rows)
        self.hidden = None if show is None else not show
        self.bar: Any = None
        self.began = 0.0
        self.from_step = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Draw the bar, from where a run goes on."""
        from tqdm.auto import tqdm

        self.began, self.from_step = time.monotonic(), state.global_step
        self.bar = tqdm(
            total=state.max_steps,
            initial=state.global_step,
            desc="train",
            unit="step",
            disable=self.hidden,
            file=sys.stderr,
        )

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Say loss and speed."""
        if self.bar is None or "loss" not in (logs or {}):
            return
        rows = (state.global_step - self.from_step) * args.train_batch_size * args.gradient_accumulation_steps
        speed = rows * self.tokens_of_row / max(1e-9, time.monotonic() - self.began)
        self.bar.set_postfix({"loss": f"{(logs or {})['loss']:.3f}", "tokens/s": f"{speed:.0f}"}, refresh=False)
        self.bar.update(state.global_step - self.bar.n)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
