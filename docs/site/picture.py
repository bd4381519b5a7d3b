"""Draw the README's picture, in the reader's dark or light: `python docs/site/picture.py` writes docs/picture.svg."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

from falsify import HYPOTHESES

__all__ = ["drawn"]

PLACE: Final = Path(__file__).resolve().parent.parent / "picture.svg"
_WIDTH: Final = 880
_HEIGHT: Final = 330

_SVG: Final = "http://www.w3.org/2000/svg"
_TITLE: Final = "Sources become rows, rows are curated and split, and what is not refuted is written with its report"

_STYLE: Final = """
text{font:14px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1f2328}
.small{font-size:12px;fill:#59636e}.head{font-weight:600}
.box{fill:#f3f5f7;stroke:#aab4be}.line{stroke:#59636e;fill:none;stroke-width:1.5}.tip{fill:#59636e}
.train{fill:#0072b2}.validation{fill:#e69f00}.test{fill:#009e73}.gone{fill:#d55e00}.on{fill:#fff}
@media (prefers-color-scheme:dark){text{fill:#e4e7ea}.small{fill:#a0a8b1}.box{fill:#20252b;stroke:#57606a}
.line{stroke:#a0a8b1}.tip{fill:#a0a8b1}.train{fill:#56b4e9}.test{fill:#2fb58f}.gone{fill:#ee7733}.on{fill:#16191d}}
"""
_SOURCES: Final = (
    ("git", "documented definitions, commits"),
    ("Obsidian", "notes, links, embeds"),
    ("Signal", "what you answered"),
    ("Matrix", "what you answered"),
)
_STAGES: Final = (
    ("redact", "secrets out, people renamed"),
    ("score, filter", "gates with numbers"),
    ("deduplicate", "compared, not guessed"),
    ("split", "relatives stay together"),
)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _box(x: float, y: float, width: float, height: float, title: str, words: str) -> str:
    return (
        f'<rect class="box" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'
        + _text(x + 12, y + 21, title, "head")
        + _text(x + 12, y + 39, words, "small")
    )


def _arrow(*points: tuple[float, float]) -> str:
    path = " ".join(f"{'ML'[i > 0]}{x} {y}" for i, (x, y) in enumerate(points))
    x, y = points[-1]
    return f'<path class="line" d="{path}"/><path class="tip" d="M{x + 1} {y}l-8 -4.5v9z"/>'


def drawn() -> str:
    """The picture as SVG."""
    parts = [
        f'<svg xmlns="{_SVG}" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">',
        f"<title>{_TITLE}</title>",
        f"<style>{_STYLE}</style>",
    ]
    for i, (name, words) in enumerate(_SOURCES):
        y = 34 + 62 * i
        parts += [_box(10, y, 216, 50, name, words), _arrow((226, y + 25), (247, y + 25), (247, 152), (272, 152))]
    parts.append(_text(10, 22, "your machine, and nothing leaves it", "small"))
    for i, (name, words) in enumerate(_STAGES):
        y = 34 + 62 * i
        parts.append(_box(274, y, 212, 50, name, words))
        parts.append(f'<circle class="gone" cx="500" cy="{y + 25}" r="3.5"/>' if i < 3 else _sides(286, y + 56))
    parts += [
        _text(274, 22, "one Arrow schema; every row knows its lines", "small"),
        _text(512, 62, "removed, with", "small"),
        _text(512, 78, "the reason and", "small"),
        _text(512, 94, "the numbers", "small"),
        _arrow((486, 245), (612, 245), (612, 93), (634, 93)),
        _box(636, 34, 234, 118, "tries to refute it", f"{len(HYPOTHESES)} hypotheses, fixed before"),
        _text(648, 97, "✗ refuted: these rows", "small"),
        _text(648, 117, "✓ corroborated: severity 0.95", "small"),
        _text(648, 137, "? untested: earns nothing", "small"),
        _box(636, 174, 234, 54, "Parquet, card, report", "datasets, pandas, polars, TRL"),
        _arrow((753, 152), (753, 166)).replace("l-8 -4.5v9z", "l-4.5 -8h9z"),
        _box(636, 258, 110, 50, "Hub", "private"),
        _box(760, 258, 110, 50, "training", "QLoRA"),
        _arrow((691, 228), (691, 250)).replace("l-8 -4.5v9z", "l-4.5 -8h9z"),
        _arrow((815, 228), (815, 250)).replace("l-8 -4.5v9z", "l-4.5 -8h9z"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _sides(x: float, y: float) -> str:
    """The split as a bar, as all pictures show it."""
    shares = (("train", 152), ("validation", 18), ("test", 18))
    bars, left = [], x
    for name, width in shares:
        bars.append(f'<rect class="{name}" x="{left}" y="{y}" width="{width}" height="9"/>')
        left += width
    return "".join(bars) + _text(x, y + 24, "train, validation, test", "small")


if __name__ == "__main__":
    PLACE.write_text(drawn(), encoding="utf-8")
