"""How a corpus shows itself: a line, a screenful for the shell, a summary in a notebook, counts for a program."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.entry import SPLITS, Entry, Message

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = [
    "bubble",
    "counts",
    "cross",
    "entry_html",
    "entry_text",
    "html",
    "line",
    "plain",
    "stats",
    "summary",
    "text_table",
]

Cells = Sequence[Sequence[object]]

_FEW_STRATA: Final = 24  # with the header; more is for `Corpus.splits`
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def counts(table: pa.Table, column: str) -> dict[str, int]:
    """How many rows have each value of a column, most frequent first; null counts as `unknown`."""
    values = pc.value_counts(table[column].cast(pa.string())).to_pylist()
    found = {"unknown" if row["values"] is None else row["values"]: row["counts"] for row in values}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def cross(table: pa.Table, rows: str, columns: str) -> Counter[tuple[str, str]]:
    """How many rows have each pair of values of two columns; null counts as `unknown`."""
    one, other = (table[name].cast(pa.string()).fill_null("unknown").to_pylist() for name in (rows, columns))
    return Counter(zip(one, other, strict=True))


def stats(corpus: Corpus) -> dict[str, Any]:
    """Counts of rows, removals and skips, quality and length, and what the texts are like (`corpus.curate.slices`)."""
    from corpus.curate.slices import slices

    table = corpus.table
    quality = pc.mean(table["quality"]).as_py()
    return {
        "rows": len(table),
        **{f"by_{name}": counts(table, name) for name in ("split", "category", "task", "kind", "language", "license")},
        "tokens": {name: pc.sum(table[name]).as_py() or 0 for name in ("tokens_input", "tokens_output")},
        "quality_mean": None if quality is None else round(quality, 4),
        "groups": pc.count_distinct(table["group"]).as_py(),
        "strata": {" ".join(row[:3]): f"{row[4]} rows: {' '.join(row[5:])}" for row in strata(corpus)[1:]},
        **slices(table),
        "removed": removed_counts(corpus.removed),
        "skipped": counts(corpus.skipped, "reason"),
    }


def removed_counts(removed: pa.Table) -> dict[str, int]:
    """How many rows each stage removed for each reason, as `stage: reason`."""
    pairs = cross(removed, "stage", "reason")
    return {f"{stage}: {why}": n for (stage, why), n in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))}


def line(corpus: Corpus) -> str:
    """One line: rows, categories, splits, removed and skipped."""
    parts = [f"{n} {name}" for name, n in counts(corpus.table, "category").items()]
    split = counts(corpus.table, "split")
    if set(split) != {"unknown"} and split:
        parts.append("split " + "/".join(str(split.get(name, 0)) for name in SPLITS))
    parts += [f"{len(corpus.removed)} removed", f"{len(corpus.skipped)} units skipped"]
    return f"<Corpus {len(corpus)} rows: {', '.join(parts)}>"


def composition(corpus: Corpus) -> Cells:
    """Rows of a table of categories by splits, with a header and sums."""
    cells = cross(corpus.table, "category", "split")
    splits = [name for name in (*SPLITS, "unknown") if any(split == name for _, split in cells)]
    categories = list(counts(corpus.table, "category"))
    body = [[c, *(cells[c, s] for s in splits), sum(cells[c, s] for s in splits)] for c in categories]
    sums = ["all", *(sum(cells[c, s] for c in categories) for s in splits), len(corpus)]
    return [["category", *splits, "all"], *body, sums]


def strata(corpus: Corpus) -> list[list[str]]:
    """The strata of a split with what each side got and was to get, after a header; no cells before the split."""
    found = corpus.splits().to_pylist()
    head = ["category", "language", "source", "groups", "rows", *SPLITS]
    body = [
        [*(str(row[name]) for name in head[:5]), *(f"{row[side]} of {row[f'{side}_wanted']:g}" for side in SPLITS)]
        for row in found
    ]
    return [head, *body] if body else []


def summary(corpus: Corpus) -> str:
    """A screenful for a shell: rows by category and split, what was removed and skipped and why."""
    lines = ["Rows", text_table(composition(corpus))]
    removed = removed_counts(corpus.removed)
    lines += ["", f"Removed: {len(corpus.removed)} of {len(corpus) + len(corpus.removed)} rows"]
    lines += [text_table([[name, n] for name, n in removed.items()])] if removed else []
    small = _small(corpus)
    lines += ["", small] if small else []
    skipped = counts(corpus.skipped, "reason")
    units = next((record for record in corpus.lineage if record["stage"] == "extract"), None)
    if units:
        lines += ["", f"Units: {units['units']} listed = {units['read']} read + {units['skipped']} skipped"]
    lines += [text_table([[name, n] for name, n in skipped.items()])] if skipped else []
    return "\n".join(lines)


def _small(corpus: Corpus) -> str | None:
    """How many strata have too few groups to stand on three sides, and which are the largest of them."""
    found = [row for row in corpus.splits().to_pylist() if row["groups"] < len(SPLITS)]
    if not found:
        return None
    names = [plain(f"{row['category']} {row['language']} {row['source']}") for row in found[:3]]
    more = ["\N{HORIZONTAL ELLIPSIS}"] if len(found) > 3 else []
    return f"Strata with fewer than three groups, not on every side: {len(found)} ({', '.join([*names, *more])})"


def text_table(cells: Cells) -> str:
    """Cells as aligned text: the first column to the left, the others to the right."""
    widths = [max(len(str(row[i])) for row in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  "
        + "  ".join(
            str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def entry_html(entry: Entry) -> str:
    """One entry for a notebook: where it comes from and its turns, those of a conversation as speech."""
    place = f"{entry.path}:{entry.line_start}-{entry.line_end}" if entry.line_start else entry.path
    facts = [f"{entry.source} {place or ''}".strip(), entry.symbol, entry.category, entry.task, entry.language]
    head = " \N{MIDDLE DOT} ".join(escape(plain(fact)) for fact in facts if fact)
    spoken = entry.category == "conversation"
    turns = "".join(_spoken(turn) if spoken else _turn(turn) for turn in entry.messages)
    width = ' style="max-width:48em"' if spoken else ""
    return f"<div{width}><small>{head}</small>{turns}</div>"


def _turn(turn: Message) -> str:
    return (
        f'<div style="margin:.4em 0"><b>{turn.role}</b>'
        f'<pre style="white-space:pre-wrap;margin:.1em 0 0 1em">{escape(plain(turn.content))}</pre></div>'
    )


def _spoken(turn: Message) -> str:
    text = f'<div style="white-space:pre-wrap">{escape(plain(turn.content))}</div>'
    return bubble(f"<small><b>{turn.role}</b></small>{text}", mine=turn.role == "assistant")


def bubble(inner: str, *, mine: bool) -> str:
    """What somebody says, as HTML: mine to the right. Shades are transparent, for dark notebooks and light ones."""
    side, shade = ("left:auto", "70,130,220,.22") if mine else ("right:auto", "128,128,128,.18")
    style = f"width:fit-content;max-width:80%;margin-{side};margin-top:.4em;padding:.3em .7em;border-radius:.7em"
    return f'<div style="{style};background:rgba({shade});color:inherit">{inner}</div>'


def entry_text(entry: Entry) -> str:
    """One entry for a shell: where it comes from, earlier turns, question and answer; nothing that a terminal obeys."""
    place = f"{entry.path}:{entry.line_start}-{entry.line_end}" if entry.line_start else entry.path
    facts = [entry.category, entry.task, entry.language, entry.license, entry.split]
    quality = "" if entry.quality is None else f", quality {entry.quality:.2f}"
    question = f"{entry.instruction}\n\n{entry.input}" if entry.input else entry.instruction
    system = ["── system", "", entry.system, ""] if entry.system is not None else []
    before = [line for turn in entry.history for line in (f"── {turn.role}", "", turn.content, "")]
    lines = "\n".join(
        [
            f"── {entry.source} {place or ''} {entry.symbol or ''}".rstrip(),
            f"   {', '.join(filter(None, facts))}{quality}, commit {entry.commit or 'unknown'}, id {entry.id}",
            "",
            *system,
            *before,
            *(["── user", ""] if system or before else []),
            question,
            "",
            "── answer",
            "",
            entry.output,
        ]
    )
    return plain(lines)


def plain(text: str) -> str:
    """A text in which nothing is left that a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def html(corpus: Corpus) -> str:
    """What a notebook shows: the same numbers as `summary`, in tables that take the notebook's colours."""
    removed, skipped = removed_counts(corpus.removed), counts(corpus.skipped, "reason")
    parts = [
        f"<p><b>Corpus</b> of {len(corpus)} rows, {len(corpus.removed)} removed, {len(corpus.skipped)} units skipped",
        _html_table(composition(corpus)),
        *([_html_table(table)] if 1 < len(table := strata(corpus)) <= _FEW_STRATA else []),
        _html_counts("removed", removed),
        _html_counts("skipped", skipped),
    ]
    return f'<div style="font-family:sans-serif">{"".join(parts)}</div>'


def _html_counts(title: str, found: Mapping[str, int]) -> str:
    return _html_table([[title, "rows" if title == "removed" else "units"], *found.items()]) if found else ""


def _html_table(cells: Iterable[Sequence[object]]) -> str:
    head, *body = cells
    style = "text-align:right;padding:2px 12px 2px 0"
    first = "text-align:left;padding:2px 12px 2px 0"

    def row(tag: str, values: Sequence[object]) -> str:
        inner = "".join(
            f'<{tag} style="{style if i else first}">{escape(str(value))}</{tag}>' for i, value in enumerate(values)
        )
        return f"<tr>{inner}</tr>"

    return f'<table style="margin:6px 0">{row("th", head)}{"".join(row("td", values) for values in body)}</table>'
