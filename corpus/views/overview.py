"""A corpus as a notebook shows it: how much of what there is, how good, how long, and what went away and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from corpus.show import counts, cross, removed_counts, strata
from corpus.views.charts import bars, flex, histogram, stacked, table
from corpus.views.style import chip, page, text
from corpus.write.statistics import BINS, statistics

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["corpus_html"]

_FEW_STRATA: Final = 24  # with the header; more is for `Corpus.splits`
_SIGNS: Final = {"refuted": "✗", "corroborated": "✓", "untested": "?"}


def corpus_html(corpus: Corpus) -> str:
    """Rows by category, source and split, their quality and lengths, and what was removed and skipped."""
    known = statistics(corpus.table)
    return page(
        _head(corpus),
        flex(
            stacked("Rows by category", _crossed(corpus, "category")),
            *(
                stacked(f"Rows by {column}", _crossed(corpus, column), legend=False)
                for column in ("source", "language")
                if len(counts(corpus.table, column)) > 1
            ),
            _quality(known["quality"]),
            _lengths(known["lengths"]["tokens_output"]),
            bars("Removed, by stage and reason", removed_counts(corpus.removed), shade="gone"),
            bars("Skipped, by reason", counts(corpus.skipped, "reason"), shade="unknown"),
        ),
        _strata(corpus),
    )


def _head(corpus: Corpus) -> str:
    sums = f"of {len(corpus):,} rows, {len(corpus.removed):,} removed, {len(corpus.skipped):,} units skipped"
    return f"<p><b>Corpus</b> {sums} {_verdict(corpus)}</p>"


def _verdict(corpus: Corpus) -> str:
    if corpus.report is None:
        return chip("not judged yet")
    verdict = str(corpus.report["verdict"])
    return chip(f"{_SIGNS.get(verdict, '')} {verdict}, {corpus.report['score']:.1f} of 100 points")


def _crossed(corpus: Corpus, column: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for (name, split), n in cross(corpus.table, column, "split").items():
        found.setdefault(name, Counter())[split] += n
    return found


def _quality(quality: dict[str, Any] | None) -> str:
    if quality is None:
        return ""
    labels = [f"{i / BINS:.2f} to {(i + 1) / BINS:.2f}" for i in range(BINS)]
    note = f"median {quality['quantiles'][3]:.2f}"
    return histogram("Rows by quality", quality["histogram"], labels, ["0", "0.5", "1"], note=note)


def _lengths(lengths: dict[str, Any]) -> str:
    found = {int(power): n for power, n in lengths["histogram"].items()}
    if not found:
        return ""
    powers = [2**i for i in range(min(found).bit_length() - 1, max(found).bit_length())]
    labels = [f"{power:,} to {2 * power:,} tokens" for power in powers]
    ends = [f"{powers[0]:,}", f"{2 * powers[-1]:,} tokens"]
    note = f"median {lengths['median']:,}, longest {lengths['longest']:,}"
    return histogram("Answers by length", [found.get(power, 0) for power in powers], labels, ends, note=note)


def _strata(corpus: Corpus) -> str:
    cells = strata(corpus)
    if not 1 < len(cells) <= _FEW_STRATA:
        return ""
    shown = table(cells[0], cells[1:], numbers=(3, 4))
    return f"<details><summary>{text('The split: what each side got of what it was to get')}</summary>{shown}</details>"
