"""What somebody may have meant who wrote something else: a name that nearly is one, a path that nearly exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

__all__ = ["did_you_mean", "near_path", "nearest"]

_LOOKED_AT: Final = 5000
"""Names of a folder that a misspelt one is compared with: a folder of a million files is not worth it."""


def nearest(word: object, known: Iterable[str], *, alike: float = 0.6) -> str | None:
    """The known word that is most like another one, or None where none is much like it.

    Args:
        word: What was written.
        known: What there is.
        alike: difflib's ratio from which on it may have been meant.
    """
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(str(word).lower(), names, n=1, cutoff=alike)
    return names[close[0]] if close else None


def did_you_mean(word: object, known: Iterable[str], *, alike: float = 0.6) -> str | None:
    """The question as a hint for an error, or None where there is nothing to ask. See `nearest`."""
    close = nearest(word, known, alike=alike)
    return None if close is None else f"did you mean {close!r}?"


def near_path(path: Path) -> str | None:
    """For a path at which there is nothing: the hint that names one that is much like it, if there is one.

    The first part of the path that does not exist is the one that is taken to be misspelt.
    """
    missing = path
    while missing.parent != missing and not missing.parent.exists():
        missing = missing.parent
    try:
        beside = [entry.name for entry in islice(missing.parent.iterdir(), _LOOKED_AT)]
    except OSError:
        return None
    close = nearest(missing.name, beside, alike=0.7)  # a folder holds names of all kinds
    if close is None or close == missing.name:
        return None
    meant = missing.with_name(close) / path.relative_to(missing)
    return f"did you mean {meant}?"
