"""Adapters on disk: on which base one was trained, and a model with one on it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from corpus.errors import ConfigError
from training.extras import needs
from training.models import load_model
from training.runs import read_json
from training.weights import ModelFolder, opened

__all__ = ["base_of", "how_trained", "load_adapter", "with_adapter"]

Place = str | PathLike[str]


def load_adapter(
    base: Place, adapter: Place, *, quantized: bool | None = None, precision: str | None = None, place: str = "auto"
) -> Any:
    """A model with an adapter on it, not merged.

    Args:
        base: The base model's folder.
        adapter: The adapter's folder.
        quantized: Put it on a 4-bit base; None: as it was trained.
        precision: As in `load_model`; None: as it was trained.
        place: As in `load_model`.

    Raises:
        ConfigError: One of them is not there, or they do not fit.
    """
    found = opened(adapter)
    if not found.is_adapter:
        raise ConfigError("this is no adapter", where=found.folder, expected="adapter_config.json")
    bits, kind = how_trained(found)
    bits = bits if quantized is None else quantized
    kind = kind if precision is None else precision
    return with_adapter(load_model(opened(base).folder, quantized=bits, precision=kind, place=place), found.folder)


def with_adapter(model: Any, adapter: Place) -> Any:
    """A loaded model with an adapter on it.

    Raises:
        ConfigError: The adapter is of a model of other sizes, or of none that peft knows.
    """
    peft = needs("peft", "adapters")
    try:
        return peft.PeftModel.from_pretrained(model, str(adapter)).eval()
    except (RuntimeError, ValueError, KeyError, TypeError) as error:  # what torch says of other shapes, peft of others
        lines = [line.strip() for line in str(error).strip().splitlines()]
        raise ConfigError(
            "the adapter does not fit the model", where=adapter, got=" ".join(lines[:2]),
            hint="give the base that it was trained on",
        ) from None  # fmt: skip


def base_of(adapter: ModelFolder) -> Path:
    """The base that an adapter names.

    Raises:
        ConfigError: It names none that is here, or this is no adapter.
    """
    if not adapter.is_adapter:
        raise ConfigError("this is no adapter", where=adapter.folder, expected="adapter_config.json")
    named = adapter.config.get("base_model_name_or_path") or ""
    if not named or not (Path(named) / "config.json").is_file():
        raise ConfigError(
            "the adapter's base is not on this machine", where=adapter.folder, got=named, hint="give the base's folder"
        )
    return Path(named)


def how_trained(adapter: ModelFolder) -> tuple[bool, str]:
    """On which base an adapter was trained, by the manifest of its run; without one, as QLoRA in bf16.

    Returns:
        Whether the base was in 4 bits, and what was computed in: a base that is rounded from another type of number
        is rounded otherwise here and there.
    """
    run = (read_json(adapter.folder.parent / "manifest.json") or {}).get("config", {})
    precision = run.get("precision", "bf16")
    return run.get("method", "qlora") == "qlora", precision if precision in {"fp16", "fp32"} else "bf16"
