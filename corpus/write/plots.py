"""The plots of the card, drawn from the manifest alone: the same manifest and matplotlib give the same bytes.

What paints one set of axes is also what `corpus.plotting` paints with.

They need matplotlib (the extra `plot`). Without it the card has its tables, which say the same.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from corpus.entry import SPLITS
from corpus.ink import BLUE, DARK, DASHES, FAINT, GREEN, LIGHT, LITERALLY, ORANGE, VERMILION, literally, without_ground
from corpus.write.markdown import clipped, number, visible
from corpus.write.statistics import BINS, UNKNOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from corpus.layout import Layout

__all__ = [
    "GONE",
    "PLOTS",
    "Panel",
    "bars",
    "can_draw",
    "draw",
    "histogram",
    "lengths_of",
    "net",
    "pictures",
    "shares",
    "stacked",
]

_COLOURS: Final = {"train": BLUE, "validation": ORANGE, "test": GREEN, UNKNOWN: FAINT}
_BAR, _OTHER, GONE = BLUE, ORANGE, VERMILION
_BARS: Final = 12  # of one panel; what is rarer is one more
_FEWEST: Final = 3  # bars that a panel has room for
_SEEN: Final = 0.01  # of all: a bar that is shorter is not seen
_LABEL: Final = 28  # characters
_WIDTH: Final = 9.0  # inches
_DPI: Final = 110

Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Panel:
    """One set of axes.

    Attributes:
        height: How high it wants to be, in inches.
        draw: What paints it.
        width: How wide it wants to be where it stands alone.
    """

    height: float
    draw: Callable[[Axes], None]
    width: float = 7.0


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return find_spec("matplotlib") is not None


def draw(manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """The plots as PNG, by the names of `PLOTS`; those that would show nothing are left out.

    Raises:
        ImportError: matplotlib is not installed; ask `can_draw` first.
    """
    import matplotlib as mpl

    with literally():
        mpl.rcdefaults()  # a user's own style would change the bytes
        mpl.rcParams.update(LITERALLY)
        panels = {name: make(manifest) for name, (_, make) in PLOTS.items()}
        return {name: _png(found) for name, found in panels.items() if found}


def _png(panels: Sequence[Panel]) -> bytes:
    from matplotlib.figure import Figure

    height = max(panel.height for panel in panels)
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    without_ground(figure)
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


def _composition(manifest: Mapping[str, Any]) -> list[Panel]:
    crossed = manifest.get("statistics", {}).get("crossed", {})
    found = [(title, crossed.get(f"{title}_by_split", {})) for title in ("category", "task")]
    return [stacked(f"rows by {title} and split", counts) for title, counts in found if counts]


def _spread(manifest: Mapping[str, Any]) -> list[Panel]:
    """Where rows come from, as far as that is not nearly always the same place."""
    rows = manifest["rows"]
    titles = (("language", "language"), ("source", "source"), ("license", "licence"))
    found = [(title, rows.get(name, {})) for name, title in titles]
    panels = [bars(f"rows by {title}", counts) for title, counts in found if _varied(counts)]
    return panels[:2]


def _varied(counts: Mapping[str, int]) -> bool:
    return sum(counts.values()) - max(counts.values(), default=0) >= _SEEN * sum(counts.values()) > 0


def _quality(manifest: Mapping[str, Any]) -> list[Panel]:
    known = manifest.get("statistics", {})
    quality, lengths = known.get("quality"), known.get("lengths", {})
    panels = []
    if quality:
        panels.append(histogram(quality))
    if any(one["histogram"] for one in lengths.values()):
        panels.append(lengths_of(lengths))
    return panels


def _removed(manifest: Mapping[str, Any]) -> list[Panel]:
    lost = {
        f"{record['stage']}: {why}": n
        for record in manifest["lineage"]
        for why, n in record.get("removed", {}).items()
        if n
    }
    return [bars("rows removed, by stage and reason", lost, colour=GONE)] if lost else []


PLOTS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any]], list[Panel]]]]] = {
    "composition.png": ("Bars: rows by category and by task, each divided into splits", _composition),
    "spread.png": ("Bars: rows by the languages, sources or licences that they come from", _spread),
    "quality.png": ("Histograms: quality of the rows, and lengths of questions and answers", _quality),
    "removed.png": ("Bars: rows that were removed, by stage and reason", _removed),
}
"""Name of a plot to what it shows, in words, and what makes its panels."""


# How it is drawn


def stacked(title: str, counts: Counts) -> Panel:
    """A bar for each name, divided into splits."""
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
        _namebars(axis, title, totals)
        if len(splits) > 1:
            axis.legend(
                loc="upper right", bbox_to_anchor=(1, 0.02), ncols=4, frameon=False, fontsize=8
            )  # below the bars

    return Panel(_height(names), paint)


def bars(title: str, counts: Mapping[str, int], *, colour: str = _BAR) -> Panel:
    """A bar for each name, the longest first."""
    totals = _most(counts)

    def paint(axis: Axes) -> None:
        axis.barh(range(len(totals)), list(totals.values()), color=colour, height=0.72)
        _namebars(axis, title, totals)

    return Panel(_height(list(totals)), paint)


def _namebars(axis: Axes, title: str, totals: Mapping[str, int]) -> None:
    """Labels to the left, numbers to the right of the bars, the first bar on top."""
    _rows_of_names(axis, title, list(totals))
    widest = max(totals.values(), default=0)
    for place, n in enumerate(totals.values()):
        axis.text(n + widest * 0.015, place, number(n), va="center", fontsize=8)
    axis.set_xlim(0, max(1, widest) * 1.15)


def _rows_of_names(axis: Axes, title: str, names: Sequence[str]) -> None:
    axis.set_yticks(range(len(names)), [_label(name) for name in names])
    for label in axis.get_yticklabels():
        label.set_parse_math(False)  # the axes may be the caller's, made before names were to be taken literally
    axis.set_ylim(max(_FEWEST, len(names)) - 0.5, -0.6)  # the first on top; a single bar is no thicker than others
    axis.set_title(title, loc="left", fontsize=10)
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_visible(False)
    axis.spines["bottom"].set_visible(False)


def histogram(quality: Mapping[str, Any]) -> Panel:
    """How quality is spread, as `corpus.write.statistics` counts it."""
    return Panel(2.8, lambda axis: _histogram(axis, quality))


def lengths_of(lengths: Mapping[str, Any]) -> Panel:
    """How long questions and answers are, as `corpus.write.statistics` counts them."""
    return Panel(2.8, lambda axis: _lengths(axis, lengths))


def shares(title: str, counts: Counts, wanted: Sequence[float]) -> Panel:
    """For each name how it is divided into splits, all bars of one length.

    Args:
        title: What is divided.
        counts: Name to split to rows, in the order of the bars; those beyond the most that a chart holds are one more.
        wanted: Shares of 0-1 at which one split should end and the next begin.
    """
    names = list(counts) if len(counts) <= _BARS + 1 else list(counts)[:_BARS]
    rest = list(counts)[len(names) :]
    rows = [counts[name] for name in names]
    if rest:
        rows.append({split: sum(counts[name].get(split, 0) for name in rest) for split in SPLITS})
        names.append(f"{len(rest)} more")

    def paint(axis: Axes) -> None:
        totals = [max(1, sum(parts.values())) for parts in rows]
        left = [0.0] * len(rows)
        for split in SPLITS:
            widths = [parts.get(split, 0) / total for parts, total in zip(rows, totals, strict=True)]
            axis.barh(range(len(rows)), widths, left=left, color=_COLOURS[split], label=split, height=0.72)
            left = [one + more for one, more in zip(left, widths, strict=True)]
        for share in wanted:
            for colour, style in DASHES:
                axis.axvline(share, color=colour, linewidth=1, linestyle=style)
        _rows_of_names(axis, title, names)
        for place, parts in enumerate(rows):
            axis.text(1.015, place, number(sum(parts.values())), va="center", fontsize=8)
        axis.set_xlim(0, 1.1)
        axis.legend(loc="upper right", bbox_to_anchor=(1, 0.02), ncols=4, frameon=False, fontsize=8)

    return Panel(_height(names), paint)


_KINDS: Final = {"note": _BAR, "unresolved": FAINT}


def net(layout: Layout, labels: int) -> Panel:
    """Files as dots, links as lines, the files with most links named."""

    def paint(axis: Axes) -> None:
        from matplotlib.collections import LineCollection
        from matplotlib.patheffects import withStroke

        degree = layout.degree()
        places = layout.places
        axis.add_collection(
            LineCollection([[places[one], places[other]] for one, other in layout.edges], colors=FAINT, linewidths=0.8)
        )
        for kind, colour in (("note", _BAR), ("other files", _OTHER), ("unresolved", FAINT)):
            nodes = [
                node
                for node in places
                if (layout.kinds[node] if layout.kinds[node] in _KINDS else "other files") == kind
            ]
            if nodes:
                axis.scatter(
                    [places[node][0] for node in nodes],
                    [places[node][1] for node in nodes],
                    s=[16 + 14 * degree[node] for node in nodes],
                    color=colour,
                    label=kind,
                    zorder=2,
                )
        for node in layout.hubs(labels):
            axis.annotate(
                _label(layout.names[node]),
                places[node],
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=DARK,
                path_effects=[withStroke(linewidth=2, foreground=LIGHT)],
                zorder=3,
            )
        more = f", {number(layout.left_out)} more with fewer links" if layout.left_out else ""
        axis.set_title(f"{number(len(places))} files and what they link to{more}", loc="left", fontsize=10)
        axis.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, 0), ncols=3)
        axis.margins(0.12)
        axis.set_ylim(1.15, -1.15)  # what is linked with nothing lies below
        axis.set_axis_off()

    return Panel(6.0, paint)


def _histogram(axis: Axes, quality: Mapping[str, Any]) -> None:
    counts = quality["histogram"]
    axis.bar([(i + 0.5) / BINS for i in range(BINS)], counts, width=0.9 / BINS, color=_BAR)
    median = quality["quantiles"][3]
    axis.axvline(median, color=GONE, linewidth=1.2)
    axis.set_xlim(0, 1)
    axis.set_ylim(0, max(1, *counts) * 1.12)
    side, shift = ("right", -0.015) if median > 0.5 else ("left", 0.015)
    axis.text(median + shift, max(1, *counts) * 1.03, f"median {median:.2f}", color=GONE, fontsize=8, ha=side)
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
