"""What plots are drawn with: colours and an ink that are legible on a white page and on a dark one.

A picture does not know the page that it lies on, so it has no ground of its own. Bars and lines have 3 : 1 against
white and against dark pages (from #0d1117, a forge's, to #1e1e1e, an editor's), words 4.3 and 3.9: more of one is less
of the other. What stands on bars and dots, too, is dark and light at once: dashes by turns, words with a rim.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BLUE", "DARK", "DASHES", "FAINT", "GREEN", "INK", "LIGHT", "LITERALLY", "ORANGE", "VERMILION", "literally",
    "without_ground",
]  # fmt: skip

# Okabe and Ito's colours, told apart by colour-blind people and in print; orange is darker than theirs.
BLUE: Final = "#0072b2"
ORANGE: Final = "#cc8400"
GREEN: Final = "#009e73"
VERMILION: Final = "#d55e00"
FAINT: Final = "#8f8f8f"
INK: Final = "#7a7a7a"
DARK: Final = "#222222"
LIGHT: Final = "#ffffff"
DASHES: Final = ((DARK, (0, (3, 3))), (LIGHT, (3, (3, 3))))
"""Colours and styles of the two lines in one place of which one is seen on any page and on any bar: no third is."""
LITERALLY: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titleweight": "bold",
    "text.parse_math": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
}
"""Settings of matplotlib under which names are drawn as they are, whatever the user's style."""


def literally() -> AbstractContextManager[None]:
    """While it lasts, names are drawn as they are, in a font and an ink that are known, and a `$` is no formula."""
    import matplotlib as mpl

    return mpl.rc_context(LITERALLY)


def without_ground(figure: Figure) -> None:
    """Let the page be seen behind a figure and its axes.

    Not by a colour that is transparent: a notebook takes such a figure for one in black, and puts white behind it.
    """
    for patch in (figure.patch, *(axis.patch for axis in figure.axes)):
        patch.set_visible(False)
