"""A run of training on disk, and how it shows itself."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from corpus.errors import IntegrityError
from training.config import Config, config_of

__all__ = ["Run", "chart", "read_json", "write_json"]


def read_json(path: Path) -> dict[str, Any] | None:
    """What a JSON file says, or None where there is none."""
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all. A number that is none becomes null."""
    made = path.with_name(f".{path.name}")
    with made.open("w", encoding="utf-8") as file:
        json.dump(_plain(value), file, indent=1, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class Run:
    """A run that is finished: its folder, read when it is asked.

    Attributes:
        path: The folder, `out` of the configuration.
    """

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Configuration, data, versions, environment, what was measured, and every loss.

        Raises:
            IntegrityError: The run did not finish, or there is none.
        """
        found = read_json(self.path / "manifest.json")
        if found is None and not (self.path / "plan.json").exists():
            raise IntegrityError("there is no run here", where=self.path, expected="the folder `out` of a run")
        if found is None:
            raise IntegrityError(
                "the run is not finished", where=self.path, hint="train again: it goes on where it stopped"
            )
        return found

    @property
    def config(self) -> Config:
        """What the run was told, with what was chosen for it."""
        return config_of(self.manifest["config"])

    @property
    def model(self) -> str:
        """The base model."""
        return self.config.model

    @property
    def adapter(self) -> Path:
        """The folder of what was trained: an adapter, or with `full` a model."""
        return self.path / str(self.manifest["result"])

    @property
    def losses(self) -> list[tuple[int, float]]:
        """Step and training loss."""
        return [(line["step"], line["loss"]) for line in self.manifest["history"] if "loss" in line]

    @property
    def held_out(self) -> list[tuple[int, float]]:
        """Step and loss on the validation split."""
        return [(line["step"], line["eval_loss"]) for line in self.manifest["history"] if "eval_loss" in line]

    def __str__(self) -> str:
        manifest, losses = self.manifest, self.losses
        measured = manifest["measured"]
        memory = ", ".join(f"{size / 1e9:.2f} GB of the {name}" for name, size in measured["peak_memory"].items())
        lines = [
            f"{self.config.method} of {self.model}: {measured['steps']} steps, {measured['epochs']:.2f} epochs",
            f"loss {losses[0][1]:.3f} to {losses[-1][1]:.3f}",
            f"{measured['seconds']:.0f} s ({measured['cpu_seconds']:.0f} s of CPU), at most {memory}",
            f"{self.adapter}: {measured['trainable']:,} of {measured['parameters']:,} parameters",
        ]
        if self.held_out:
            lines[1] += f"; on the validation split {self.held_out[0][1]:.3f} to {self.held_out[-1][1]:.3f}"
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>{chart(self.losses, self.held_out)}"


def chart(losses: list[tuple[int, float]], held_out: list[tuple[int, float]]) -> str:
    """Losses by step as an inline SVG: training as a line, validation as points on a second one."""
    points = losses + held_out
    if not points:
        return ""
    width, height, left, low = 480, 160, 40, 18
    last = max(step for step, _ in points) or 1
    top = max(loss for _, loss in points) or 1.0

    def path(series: list[tuple[int, float]]) -> str:
        return " ".join(
            f"{left + (width - left - 8) * step / last:.1f},{8 + (height - low - 8) * (1 - loss / top):.1f}"
            for step, loss in series
        )

    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="2.5" fill="#c60"/>' for x, y in (at.split(",") for at in path(held_out).split())
    )
    axis = f"M{left},8 V{height - low} H{width - 8}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="Loss by step: training from {points[0][1]:.3f} to {losses[-1][1] if losses else top:.3f}" '
        'font-family="sans-serif" font-size="10">'
        f'<path d="{axis}" fill="none" stroke="#888"/>'
        f'<text x="{left - 4}" y="14" text-anchor="end">{top:.2f}</text>'
        f'<text x="{left - 4}" y="{height - low}" text-anchor="end">0</text>'
        f'<text x="{width - 8}" y="{height - 4}" text-anchor="end">step {last}</text>'
        f'<polyline points="{path(losses)}" fill="none" stroke="#36c" stroke-width="1.2"/>'
        f'<polyline points="{path(held_out)}" fill="none" stroke="#c60" stroke-width="1.2"/>{dots}'
        f'<text x="{left + 6}" y="{height - 4}"><tspan fill="#36c">training</tspan>'
        + (' <tspan fill="#c60">validation</tspan>' if held_out else "")
        + "</text></svg>"
    )
