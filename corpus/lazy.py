"""Names of a package that are imported when they are asked for: a worker process needs few of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazy"]


def lazy(package: str, places: Mapping[str, tuple[str, ...]], name: str) -> Any:
    """What a package's `__getattr__` gives: a public name from the module that has it, imported now and kept.

    Args:
        package: The package's `__name__`.
        places: Module to the public names that it has.
        name: The name that is asked for.

    Raises:
        AttributeError: No module has it.
    """
    place = next((module for module, names in places.items() if name in names), None)
    if place is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    value = getattr(import_module(place), name)
    setattr(sys.modules[package], name, value)
    return value
