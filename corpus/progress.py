"""Progress bars: on a terminal and in a notebook, on standard error, never on standard output."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["bar", "steps"]

T = TypeVar("T")


def bar(
    items: Iterable[T], what: str, *, total: int | None = None, show: bool | None = None, unit: str = "file"
) -> Iterable[T]:
    """The items, with a bar that follows their consumption.

    Args:
        items: What is iterated over.
        what: A few words that stand before the bar.
        total: How many items there will be, where that is known.
        show: True and False mean it; None shows a bar on a terminal and in a notebook only.
        unit: What one item is called.
    """
    return items if show is False else _tqdm()(items, desc=what, total=total, unit=unit, **_ways(show))


@contextmanager
def steps(total: int, *, show: bool | None = None) -> Iterator[Callable[[str], None]]:
    """A line that says which of some steps is being done: it is called with the name of each that begins.

    Args:
        total: How many steps there will be.
        show: As for `bar`.
    """
    if show is False:
        yield lambda _: None
        return
    with _tqdm()(total=total, bar_format="{desc} [{n}/{total}, {elapsed}]", **_ways(show)) as line:

        def begin(name: str) -> None:
            line.n += 1
            line.set_description_str(name)

        yield begin


def _tqdm() -> Any:
    with warnings.catch_warnings():
        # tqdm warns that ipywidgets is missing and falls back to text, which is what we want then.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm
    return tqdm


def _ways(show: bool | None) -> dict[str, Any]:
    """How a bar is shown: not where nobody looks, on standard error, and gone when it is done."""
    return {"disable": None if show is None else False, "file": sys.stderr, "leave": False}
