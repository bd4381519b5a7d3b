"""Progress bars: on a terminal and in a notebook, on standard error, never on standard output."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import TypeVar

__all__ = ["bar"]

T = TypeVar("T")


def bar(items: Iterable[T], what: str, *, total: int | None = None, show: bool | None = None) -> Iterable[T]:
    """The items, with a bar that follows their consumption.

    Args:
        items: What is iterated over.
        what: A few words that stand before the bar.
        total: How many items there will be, where that is known.
        show: True and False mean it; None shows a bar on a terminal and in a notebook only.
    """
    if show is False:
        return items
    with warnings.catch_warnings():
        # tqdm warns that ipywidgets is missing and falls back to text, which is what we want then.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm
    hidden = None if show is None else False
    return tqdm(items, desc=what, total=total, disable=hidden, file=sys.stderr, unit="file", leave=False)
