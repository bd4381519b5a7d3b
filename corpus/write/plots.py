"""The plots of the card, drawn from the manifest alone: the same manifest and matplotlib give the same bytes.

They need matplotlib (the extra `plot`). Without it the card has its tables, which say the same.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from corpus.entry import SPLITS
from corpus.write.markdown import clipped, number, visible
from corpus.write.statistics import BINS, UNKNOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PLOTS", "can_draw", "draw", "pictures"]

# Okabe and Ito's colours: told apart by colour-blind people, and in print.
_COLOURS: Final = {"train": "#0072b2", "validation": "#e69f00", "test": "#009e73", UNKNOWN: "#999999"}
_BAR, _OTHER, _GONE = "#0072b2", "#e69f00", "#d55e00"
_BARS: Final = 12  # of one panel; what is rarer is one more
_FEWEST: Final = 3  # bars that a panel has room for
_SEEN: Final = 0.01  # of all: a bar that is shorter is not seen
_LABEL: Final = 28  # characters
_WIDTH: Final = 9.0  # inches
_DPI: Final = 110

Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class _Panel:
    """One set of axes: how high it wants to be, and what draws it."""

    height: float
    draw: Callable[[Axes], None]


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return find_spec("matplotlib") is not None


def draw(manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """The plots as PNG, by the names of `PLOTS`; those that would show nothing are left out.

    Raises:
        ImportError: matplotlib is not installed; ask `can_draw` first.
    """
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()  # a user's own style would change the bytes
        mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 9, "text.parse_math": False})
        panels = {name: make(manifest) for name, (_, make) in PLOTS.items()}
        return {name: _png(found) for name, found in panels.items() if found}


def _png(panels: Sequence[_Panel]) -> bytes:
    from matplotlib.figure import Figure

    height = max(panel.height for panel in panels)
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, layout="constrained", facecolor="white")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for panel, axis in zip(panels, axes, strict=True):
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        panel.draw(axis)
    written = io.BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def pictures(manifest: Mapping[str, Any], *names: str) -> list[str]:
    """Those of the plots that were drawn, as Markdown."""
    images = manifest.get("images", {})
    return [f"![{PLOTS[name][0]}](images/{name})" for name in names if name in images]


# What is drawn


def _composition(manifest: Mapping[str, Any]) -> list[_Panel]:
    crossed = manifest.get("statistics", {}).get("crossed", {})
    found = [(title, crossed.get(f"{title}_by_split", {})) for title in ("category", "task")]
    return [_stacked(f"rows by {title} and split", counts) for title, counts in found if counts]


def _spread(manifest: Mapping[str, Any]) -> list[_Panel]:
    """Where rows come from, as far as that is not nearly always the same place."""
    rows = manifest["rows"]
    titles = (("language", "language"), ("source", "source"), ("license", "licence"))
    found = [(title, rows.get(name, {})) for name, title in titles]
    panels = [_bars(f"rows by {title}", counts) for title, counts in found if _varied(counts)]
    return panels[:2]


def _varied(counts: Mapping[str, int]) -> bool:
    return sum(counts.values()) - max(counts.values(), default=0) >= _SEEN * sum(counts.values()) > 0


def _quality(manifest: Mapping[str, Any]) -> list[_Panel]:
    known = manifest.get("statistics", {})
    quality, lengths = known.get("quality"), known.get("lengths", {})
    panels = []
    if quality:
        panels.append(_Panel(2.8, lambda axis: _histogram(axis, quality)))
    if any(one["histogram"] for one in lengths.values()):
        panels.append(_Panel(2.8, lambda axis: _lengths(axis, lengths)))
    return panels


def _removed(manifest: Mapping[str, Any]) -> list[_Panel]:
    lost = {
        f"{record['stage']}: {why}": n
        for record in manifest["lineage"]
        for why, n in record.get("removed", {}).items()
        if n
    }
    return [_bars("rows removed, by stage and reason", lost, colour=_GONE)] if lost else []


PLOTS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any]], list[_Panel]]]]] = {
    "composition.png": ("Bars: rows by category and by task, each divided into splits", _composition),
    "spread.png": ("Bars: rows by the languages, sources or licences that they come from", _spread),
    "quality.png": ("Histograms: quality of the rows, and lengths of questions and answers", _quality),
    "removed.png": ("Bars: rows that were removed, by stage and reason", _removed),
}
"""Name of a plot to what it shows, in words, and what makes its panels."""


# How it is drawn


def _stacked(title: str, counts: Counts) -> _Panel:
    totals = _most({name: sum(parts.values()) for name, parts in counts.items()})
    names = list(totals)
    splits = [s for s in (*SPLITS, UNKNOWN) if any(parts.get(s) for parts in counts.values())]
    rest = [name for name in counts if name not in totals]

    def of(name: str, split: str) -> int:
        if name in counts:
            return counts[name].get(split, 0)
        return sum(counts[one].get(split, 0) for one in rest)

    def paint(axis: Axes) -> None:
        left = [0] * len(names)
        for split in splits:
            widths = [of(name, split) for name in names]
            axis.barh(range(len(names)), widths, left=left, color=_COLOURS[split], label=split, height=0.72)
            left = [one + more for one, more in zip(left, widths, strict=True)]
        _name_bars(axis, title, totals)
        if len(splits) > 1:
            axis.legend(
                loc="upper right", bbox_to_anchor=(1, 0.02), ncols=4, frameon=False, fontsize=8
            )  # below the bars

    return _Panel(_height(names), paint)


def _bars(title: str, counts: Mapping[str, int], *, colour: str = _BAR) -> _Panel:
    totals = _most(counts)

    def paint(axis: Axes) -> None:
        axis.barh(range(len(totals)), list(totals.values()), color=colour, height=0.72)
        _name_bars(axis, title, totals)

    return _Panel(_height(list(totals)), paint)


def _name_bars(axis: Axes, title: str, totals: Mapping[str, int]) -> None:
    """Labels to the left, numbers to the right of the bars, the first bar on top."""
    axis.set_yticks(range(len(totals)), [_label(name) for name in totals])
    axis.set_ylim(max(_FEWEST, len(totals)) - 0.5, -0.6)  # the first on top; a single bar is no thicker than others
    axis.set_title(title, loc="left", fontsize=10)
    widest = max(totals.values(), default=0)
    for place, n in enumerate(totals.values()):
        axis.text(n + widest * 0.015, place, number(n), va="center", fontsize=8, color="#333333")
    axis.set_xlim(0, max(1, widest) * 1.15)
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_visible(False)
    axis.spines["bottom"].set_visible(False)


def _histogram(axis: Axes, quality: Mapping[str, Any]) -> None:
    counts = quality["histogram"]
    axis.bar([(i + 0.5) / BINS for i in range(BINS)], counts, width=0.9 / BINS, color=_BAR)
    median = quality["quantiles"][3]
    axis.axvline(median, color=_GONE, linewidth=1.2)
    axis.set_xlim(0, 1)
    axis.set_ylim(0, max(1, *counts) * 1.12)
    side, shift = ("right", -0.015) if median > 0.5 else ("left", 0.015)
    axis.text(median + shift, max(1, *counts) * 1.03, f"median {median:.2f}", color=_GONE, fontsize=8, ha=side)
    axis.set_title("rows by quality", loc="left", fontsize=10)
    _whole_numbers(axis)


def _lengths(axis: Axes, lengths: Mapping[str, Any]) -> None:
    powers = sorted({int(power) for one in lengths.values() for power in one["histogram"]})
    places = {power: place for place, power in enumerate(powers)}
    for shift, colour, name, told in (
        (-0.21, _BAR, "tokens_input", "question"),
        (0.21, _OTHER, "tokens_output", "answer"),
    ):
        histogram = lengths[name]["histogram"]
        axis.bar(
            [places[int(power)] + shift for power in histogram],
            list(histogram.values()),
            width=0.4,
            color=colour,
            label=told,
        )
    axis.set_xticks(range(len(powers)), [number(power) for power in powers], rotation=45, fontsize=8)
    axis.set_xlabel("tokens, from this many to twice as many", fontsize=8)
    axis.set_title("rows by length", loc="left", fontsize=10)
    axis.legend(frameon=False, fontsize=8)
    _whole_numbers(axis)


def _whole_numbers(axis: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(int(value))))
    axis.tick_params(axis="both", labelsize=8)


def _most(counts: Mapping[str, int]) -> dict[str, int]:
    """The largest counts first, and what is left in one more."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept = dict(ordered[:_BARS]) if len(ordered) > _BARS + 1 else dict(ordered)
    rest = len(ordered) - len(kept)
    return {**kept, f"{rest} more": sum(n for _, n in ordered[len(kept) :])} if rest else kept


def _height(names: Sequence[str]) -> float:
    return 0.9 + 0.27 * max(_FEWEST, len(names))


def _label(name: str) -> str:
    """A name that the font can show: what it lacks, and what is not seen, is a replacement character."""
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    known = font.get_charmap()
    return "".join(c if ord(c) in known else "\N{REPLACEMENT CHARACTER}" for c in clipped(visible(name), _LABEL))
