"""How a corpus shows itself: a line, a screenful for the shell, counts for a program. In a notebook: `corpus.views`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.entry import SPLITS, Entry

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = [
    "bubble",
    "counts",
    "cross",
    "entry_text",
    "line",
    "plain",
    "stats",
    "summary",
    "text_table",
]

Cells = Sequence[Sequence[object]]

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
    for said in (_small(corpus), _leaked(corpus)):
        lines += ["", said] if said else []
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


def _leaked(corpus: Corpus) -> str | None:
    """How many held-out rows went as leaks, where they are half of them or more and little is left to test with."""
    record = next((one for one in reversed(corpus.lineage) if one["stage"] == "split"), None) or {}
    held = record.get("rows_held_out", 0)
    gone = sum(n for side, n in record.get("leaks", {}).items() if side != SPLITS[0])
    if not gone or 2 * gone < held:
        return None
    return (
        f"Held-out rows that stood by half in a row of train, and were removed: {gone} of {held}.\n"
        "Most of these rows are one family of copies: to test with something else it takes another source."
    )


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


def bubble(inner: str, *, mine: bool) -> str:
    """What somebody says, as HTML: mine to the right. Shades are transparent, for dark notebooks and light ones."""
    side, shade = ("left:auto", "70,130,220,.22") if mine else ("right:auto", "128,128,128,.18")
    style = f"width:fit-content;max-width:80%;margin-{side};margin-top:.4em;padding:.3em .7em;border-radius:.7em"
    return f'<div style="{style};background:rgba({shade});color:inherit">{inner}</div>'


def entry_text(entry: Entry) -> str:
    """One entry for a shell: where it comes from, earlier turns, question and answer; nothing that a terminal obeys."""
    place = f"{entry.path}:{entry.line_start}-{entry.line_end}" if entry.line_start else entry.path
    quality = None if entry.quality is None else f"quality {entry.quality:.2f}"
    commit = None if entry.commit is None else f"commit {entry.commit}"
    facts = [entry.category, entry.task, entry.language, entry.license, entry.split, quality, commit, f"id {entry.id}"]
    question = f"{entry.instruction}\n\n{entry.input}" if entry.input else entry.instruction
    system = ["── system", "", entry.system, ""] if entry.system is not None else []
    before = [line for turn in entry.history for line in (f"── {turn.role}", "", turn.content, "")]
    lines = "\n".join(
        [
            f"── {entry.source} {place or ''} {entry.symbol or ''}".rstrip(),
            f"   {', '.join(filter(None, facts))}",
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
