"""Packages of the extra `train`: imported where used, named with the pip command where missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from corpus.errors import MissingExtraError

__all__ = ["needs"]


def needs(name: str, step: str) -> Any:
    """A module of the extra `train`.

    Args:
        name: The module, such as `torch`.
        step: What needs it, for the error.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(name.partition(".")[0], extra="train", step=step) from error
