"""Markdown in which what comes from data is only text: no markup, no HTML, no link, nothing invisible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from corpus.reserved import RESERVED

__all__ = [
    "ROWS",
    "clipped",
    "count",
    "counted",
    "escape",
    "facts",
    "literal",
    "number",
    "ordered",
    "share",
    "table",
    "visible",
]

ROWS: Final = 30
"""Rows of a table of counts; what is rarer is summed up in one more."""

_LONG: Final = 200  # characters of one cell: a path may have thousands
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]#!|~$])")
# Controls, formats, fillers, surrogates, private use: what is not seen, or makes others be seen elsewhere.
_INVISIBLE: Final = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def visible(value: object) -> str:
    """A string in which every character is seen where it stands; what is not is U+FFFD."""
    return _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def clipped(text: str, limit: int = _LONG) -> str:
    """A string of at most so many characters; what was cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def escape(value: object, limit: int = _LONG) -> str:
    """A string from the data as literal text in Markdown: no markup, no HTML, no invisible characters."""
    text = _SPECIAL.sub(r"\\\1", clipped(visible(value), limit))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("://", "&#58;//").replace("www.", "www&#46;")  # GitHub's Markdown makes links of bare URLs
    text = text.replace("@", "&#64;")  # and of addresses and names of accounts
    # What begins a list, a heading or a formula at the beginning of a line or of a cell that somebody pastes.
    return re.sub(r"\A( *)([=+\-]|\d+(?=[.)](?: |$)))", _entity, text)


def literal(value: str) -> str:
    """A string as a Python literal of printable ASCII, for a block of code: it says the same and shows no markup."""
    text = ascii(value).replace("<", "\\x3c").replace("`", "\\x60")
    return RESERVED.sub(lambda found: f"\\x{ord(found[0][0]):02x}{found[0][1:]}", text)


def number(value: float) -> str:
    """A number as people read it: `12,345`, `0.764`."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent, with one digit."""
    return f"{100 * part / whole:.1f} %" if whole else ""


def count(n: int, what: str) -> str:
    """A number and what it counts, in the plural where it must be."""
    return f"{number(n)} {what}{'s' * (n != 1)}"


def ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Values and their counts, most first, then by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> str:
    """A table whose cells are text from the data.

    Args:
        head: Names of the columns, Markdown of our own.
        rows: Cells; whole numbers are shown with their thousands apart.
        right: Columns of numbers, which stand to the right.
    """
    rule = "|".join("---:" if index in right else "---" for index in range(len(head)))
    lines = [f"| {' | '.join(head)} |", f"|{rule}|"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def counted(title: str, counts: Mapping[str, int], unit: str = "rows") -> str:
    """A table of values and how many rows have each, most first, with their shares; the rarest in one line."""
    whole = sum(counts.values())
    found = ordered(counts)
    rows: list[tuple[object, ...]] = [(name, n, share(n, whole)) for name, n in found[:ROWS]]
    rest = found[ROWS:]
    if rest:
        left = sum(n for _, n in rest)
        rows.append((f"{len(rest)} more", left, share(left, whole)))
    return table([title, unit, "share"], rows, right=(1, 2))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else escape(value)


def _entity(found: re.Match[str]) -> str:
    mark = found.group(2)
    return found.group(1) + (f"&#{ord(mark)};" if not mark.isdigit() else f"&#{ord(mark[0])};{mark[1:]}")


def facts(values: Mapping[str, Any], *, most: int = 12) -> list[str]:
    """Facts of a stage or a source as lines: numbers, words, and counts by name, the most frequent first."""
    lines = []
    for name, value in values.items():
        told = _told(value, most)
        if told:
            lines.append(f"{escape(name.replace('_', ' '))}: {told}")
    return lines


def _told(value: Any, most: int) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, Mapping):
        return _told_mapping(value, most)
    if isinstance(value, list | tuple):
        told = [_told(one, most) for one in value[:most]]
        return ", ".join(filter(None, told)) + (f" and {len(value) - most} more" if len(value) > most else "")
    return _cell(value)


def _told_mapping(value: Mapping[str, Any], most: int) -> str:
    if all(isinstance(n, int) and not isinstance(n, bool) for n in value.values()):
        found = ordered(value)
        told = [f"{escape(name)} {number(n)}" for name, n in found[:most] if n]
        left = sum(n for _, n in found[most:])
        return ", ".join(told) + (f", {len(found) - most} more {number(left)}" if left else "")
    inner = [(escape(str(name).replace("_", " ")), _told(one, most)) for name, one in value.items()]
    return "; ".join(f"{name}: {told}" for name, told in inner if told)
