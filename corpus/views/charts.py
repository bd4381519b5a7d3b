"""Small charts as inline SVG. A bar stands in a table beside its number: where styles are stripped, the table stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from corpus.views.style import clip, text

__all__ = ["MOST", "bars", "flex", "histogram", "largest", "stacked", "table"]

MOST: Final = 8
"""Bars of one chart; what is rarer is one more."""

_WIDTH: Final = 150  # pixels of the longest bar
_NAME: Final = 48  # characters of a name
_HEIGHT: Final = 60  # pixels of a histogram


def largest(counts: Mapping[str, int], most: int = MOST) -> dict[str, int]:
    """The largest counts first, and what is left as one more."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept = dict(ordered if len(ordered) <= most + 1 else ordered[:most])
    left = len(ordered) - len(kept)
    return {**kept, f"{left} more": sum(n for _, n in ordered[len(kept) :])} if left else kept


def flex(*parts: str) -> str:
    """Charts side by side, as many as there is room for."""
    return f'<div class="cv-flex">{"".join(part for part in parts if part)}</div>'


def bars(title: str, counts: Mapping[str, int], *, shade: str = "train") -> str:
    """A bar for each count, the longest first; nothing where there is nothing to count."""
    return stacked(title, {name: {shade: n} for name, n in counts.items()}, legend=False)


def stacked(title: str, counts: Mapping[str, Mapping[str, int]], *, legend: bool = True) -> str:
    """A bar for each name, divided into shades: `train`, `validation`, `test`, `unknown` or `gone`."""
    if not counts:
        return ""
    totals = largest({name: sum(parts.values()) for name, parts in counts.items()})
    shades = [s for s in ("train", "validation", "test", "unknown", "gone") if any(p.get(s) for p in counts.values())]
    rest = [name for name in counts if name not in totals]
    widest = max(1, *totals.values())
    rows = "".join(
        _row(name, {s: _of(counts, name, rest, s) for s in shades}, total, widest) for name, total in totals.items()
    )
    key = _legend(shades) if legend and len(shades) > 1 else ""
    return f"<figure><figcaption>{text(title)}{key}</figcaption><table><tbody>{rows}</tbody></table></figure>"


def _of(counts: Mapping[str, Mapping[str, int]], name: str, rest: Sequence[str], shade: str) -> int:
    if name in counts:
        return counts[name].get(shade, 0)
    return sum(counts[one].get(shade, 0) for one in rest)


def _row(name: str, parts: Mapping[str, int], total: int, widest: int) -> str:
    left, drawn = 0.0, []
    for shade, n in parts.items():
        if n:
            width = max(1.0, n / widest * _WIDTH)
            told = f"<title>{shade} {n:,}</title>" if len(parts) > 1 else ""
            drawn.append(f'<rect class="cv-{shade}" x="{left:.1f}" y="1" width="{width:.1f}" height="10">{told}</rect>')
            left += width
    bar = f'<svg width="{_WIDTH}" height="12" viewBox="0 0 {_WIDTH} 12" aria-hidden="true">{"".join(drawn)}</svg>'
    return f'<tr><th scope="row">{text(clip(name, _NAME))}</th><td>{bar}</td><td class="cv-n">{total:,}</td></tr>'


def _legend(shades: Sequence[str]) -> str:
    keys = "".join(
        '<svg width="9" height="9" style="display:inline-block;margin:0 4px 0 10px" aria-hidden="true">'
        f'<rect class="cv-{shade}" width="9" height="9"/></svg>{shade}'
        for shade in shades
    )
    return f" <small>{keys}</small>"


def histogram(title: str, counts: Sequence[int], labels: Sequence[str], ends: Sequence[str], *, note: str = "") -> str:
    """Bars side by side.

    Args:
        title: What is counted.
        counts: One a bar.
        labels: One a bar, for who points at it.
        ends: Words below the chart, spread from its left end to its right end.
        note: What stands behind the title: a median, say.
    """
    if not any(counts):
        return ""
    highest, step = max(counts), 220 / len(counts)
    drawn = "".join(
        f'<rect class="cv-train" x="{i * step + 0.5:.1f}" y="{_HEIGHT - max(1.0, n / highest * _HEIGHT):.1f}" '
        f'width="{step - 1:.1f}" height="{max(1.0, n / highest * _HEIGHT):.1f}">'
        f"<title>{text(label)}: {n:,}</title></rect>"
        for i, (n, label) in enumerate(zip(counts, labels, strict=True))
        if n
    )
    words = "".join(
        f'<text x="{i * 220 / max(1, len(ends) - 1):.0f}" y="{_HEIGHT + 13}" text-anchor="{_anchor(i, len(ends))}">'
        f"{text(word)}</text>"
        for i, word in enumerate(ends)
    )
    described = text(f"{title}, {note}" if note else title)
    return (
        f"<figure><figcaption>{text(title)} <small>{text(note)}</small></figcaption>"
        f'<svg width="220" height="{_HEIGHT + 16}" viewBox="0 0 220 {_HEIGHT + 16}" role="img" '
        f'aria-label="{described}">{drawn}'
        f'<line class="cv-rule" x1="0" x2="220" y1="{_HEIGHT + 0.5}" y2="{_HEIGHT + 0.5}"/>{words}</svg></figure>'
    )


def _anchor(place: int, places: int) -> str:
    return "start" if place == 0 else "end" if place == places - 1 else "middle"


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[int] = ()) -> str:
    """Cells as a table; the columns that are numbers stand to the right."""

    def cell(tag: str, place: int, value: object) -> str:
        side = ' class="cv-n"' if place in numbers else ""
        return f"<{tag}{side}>{text(value)}</{tag}>"

    top = "".join(cell("th", i, name) for i, name in enumerate(head))
    body = "".join(f"<tr>{''.join(cell('td', i, value) for i, value in enumerate(row))}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
