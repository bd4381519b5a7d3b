"""`c.plot`: what a corpus is made of, how good and how long its rows are, what went away, where the rest stands.

Drawn by matplotlib (the extra `plot`) with what draws the card's plots, in colours that colour-blind people tell
apart, on a white page and on a dark one. Each takes `ax=` and gives back the axes, as pandas does; what there is
nothing of is said in words.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from corpus.entry import SPLITS
from corpus.errors import ConfigError, MissingExtraError
from corpus.ink import literally, without_ground
from corpus.show import removed_counts
from corpus.write import plots
from corpus.write.plots import Panel
from corpus.write.statistics import cross, statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corpus.corpus import Corpus

__all__ = ["Plots"]

_BY: Final = ("category", "task", "language", "source", "license", "kind")
_NODES: Final = 300  # that a picture of the graph shows: a layout of more takes long and shows a ball
_EMPTY: Final = 1.6  # inches high


class Plots:
    """Pictures of a corpus; `Corpus.plot` makes them.

    Args:
        corpus: What is shown.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """

    def __init__(self, corpus: Corpus) -> None:
        if find_spec("matplotlib") is None:
            raise MissingExtraError("matplotlib", extra="plot", step="Corpus.plot")
        self._corpus = corpus

    def __repr__(self) -> str:
        names = ", ".join(f"{name}()" for name in vars(type(self)) if not name.startswith("_"))
        return f"<Plots of {len(self._corpus)} rows: {names}>"

    def composition(self, by: str = "category", *, ax: Axes | None = None) -> Axes:
        """Rows by a column, each bar divided into splits.

        Args:
            by: `category`, `task`, `language`, `source`, `license` or `kind`.
            ax: Where to draw; a figure of its own by default.

        Raises:
            ConfigError: There is no such column to count by.
        """
        if by not in _BY:
            raise ConfigError("rows are not counted by this", where="by", expected=" | ".join(_BY), got=repr(by))
        table = self._corpus.table
        panel = plots.stacked(f"rows by {by} and split", cross(table, by, "split")) if len(table) else None
        return _drawn(panel, "no rows", ax)

    def quality(self, *, ax: Axes | None = None) -> Axes:
        """How the quality of the rows is spread, with its median. Needs `score()`."""
        found = statistics(self._corpus.table)["quality"]
        return _drawn(plots.histogram(found) if found else None, self._why_none("no row has a quality: score()"), ax)

    def lengths(self, *, ax: Axes | None = None) -> Axes:
        """Tokens of questions and of answers, by powers of two."""
        found = statistics(self._corpus.table)["lengths"]
        some = any(one["histogram"] for one in found.values())
        return _drawn(plots.lengths_of(found) if some else None, "no rows", ax)

    def removed(self, *, ax: Axes | None = None) -> Axes:
        """Rows that were removed, by stage and reason."""
        found = removed_counts(self._corpus.removed)
        panel = plots.bars("rows removed, by stage and reason", found, colour=plots.GONE) if found else None
        return _drawn(panel, "no row was removed", ax)

    def splits(self, *, ax: Axes | None = None) -> Axes:
        """How each stratum (category, language, source) is divided, the largest first, against what was asked for.

        Groups stay whole, so a small stratum cannot be divided as was asked; all of them together nearly are.
        """
        strata = self._corpus.splits().to_pylist()
        if not strata:
            return _drawn(None, self._why_none("no row has a split: split()"), ax)
        counts = {"all": {side: sum(row[side] for row in strata) for side in SPLITS}}
        for row in strata:
            name = " ".join(str(row[column]) for column in ("category", "language", "source"))
            counts[name] = {side: row[side] for side in SPLITS}
        wanted = [sum(row[f"{side}_wanted"] for row in strata) for side in SPLITS]
        ends = [sum(wanted[: i + 1]) / sum(wanted) for i in range(len(wanted) - 1)]
        return _drawn(plots.shares("rows by split, dashed as was asked for", counts, ends), "", ax)

    def graph(self, *, most: int = _NODES, labels: int = 12, ax: Axes | None = None) -> Axes:
        """The notes and the links between them, as Obsidian's graph view shows them.

        Args:
            most: How many files are drawn, those with most links first.
            labels: How many of them are named.
            ax: Where to draw; a figure of its own by default.

        Raises:
            MissingExtraError: networkx is not installed.
        """
        from corpus.layout import arranged

        found = self._corpus.graph
        return _drawn(plots.net(arranged(found, most), labels) if len(found) else None, "no notes, so no graph", ax)

    def _why_none(self, otherwise: str) -> str:
        return otherwise if len(self._corpus) else "no rows"


def _drawn(panel: Panel | None, otherwise: str, ax: Axes | None) -> Axes:
    """A panel on the axes given, or on those of a new figure; words where there is none."""
    shown = panel or Panel(_EMPTY, lambda axis: _say(axis, otherwise))
    made: Callable[[], Axes] = partial(_axes, _figure(shown)) if ax is None else lambda: ax
    with literally():
        axis = made()
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        shown.draw(axis)
    return axis


def _figure(panel: Panel) -> Figure:
    """A new figure, made before settings change for a while: a session's first switches a notebook's backend on."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=(panel.width, panel.height), layout="constrained")


def _axes(figure: Figure) -> Axes:
    axis: Axes = figure.subplots()
    without_ground(figure)
    return axis


def _say(axis: Axes, words: str) -> None:
    axis.text(0.5, 0.5, words, ha="center", va="center", transform=axis.transAxes)
    axis.set_axis_off()
