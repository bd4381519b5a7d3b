"""Scores: four signals in 0-1 and one `quality` computed from them by a rule that can be read.

- `relevance`: do question and answer speak of the same things? The share of the answer's words, weighted by
  how rare they are in this corpus (IDF), that the question's words hold too. Identifiers count as their words.
  IDF overlap is what agreed best with human ratings of code search (Spearman .35 where people agree at .47).
- `novelty`: does the answer say more than the name? Overlap alone rewards "Gets the name" for `get_name`.
- `completeness`: does the text end where a text ends, and not in mid-sentence?
- `well_formedness`: does the code parse? Known from extraction.

`quality` is the mean of the signals that are there, weighted by `WEIGHTS`: monotone in each of them, and none
of them is a length. They are signals of a first order; see docs/log.md for what they do not see.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import pyarrow as pa

from corpus.curate.gates import code_of, documentation_of, name_similarity
from corpus.curate.stage import Stage
from corpus.engines import current
from corpus.entry import REMOVED_SCHEMA, SCHEMA, SIGNALS
from corpus.store import Spool, batches, with_columns

__all__ = ["VERSION", "WEIGHTS", "score"]

VERSION: Final = "score-3"

WEIGHTS: Final[Mapping[str, float]] = {
    "relevance": 0.4,
    "novelty": 0.2,
    "completeness": 0.2,
    "well_formedness": 0.2,
}

_SATURATION: Final = 0.5  # half of the weighted words in common is as relevant as documentation gets
_REPLY: Final = 0.15  # and people who talk repeat fewer of each other's words: .13 on average in our own fixtures
_NOTES: Final = (
    0.15  # nor does a section repeat its heading: .09 and .08 on average in two vaults, .016 and .008 shuffled
)
_PROSE: Final = frozenset({"note", "definition", "card", "relation"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_ENDS: Final = re.compile(r"[.!?:;)\]}>`'\"*|~=\u2026\u3002\uff01\uff1f-]\Z")


def score(table: pa.Table) -> Stage:
    """Compute every row's signals and its `quality`. Removes nothing: a threshold is the filter's business."""
    idf = _inverse_document_frequency(table)
    done = Spool(SCHEMA)
    for scored in current().map(partial(_scored, idf), batches(table)):
        done.add(scored)
    config = {
        "weights": dict(WEIGHTS),
        "saturation": _SATURATION,
        "saturation_reply": _REPLY,
        "saturation_notes": _NOTES,
    }
    return Stage("score", VERSION, config, len(table), done.table(), REMOVED_SCHEMA.empty_table(), {})


def _scored(idf: Mapping[str, float], batch: pa.Table) -> pa.Table:
    signals = [_signals(row, idf) for row in batch.to_pylist()]
    return with_columns(batch, {"signals": signals, "quality": [_quality(row) for row in signals]})


def words_of(text: str) -> set[str]:
    """The words of a text or of code, identifiers taken apart at case and underscores, in lower case."""
    return {word.lower() for word in _WORD.findall(text) if len(word) > 1}


def _inverse_document_frequency(table: pa.Table) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for counted in current().map(_rows_with_words, batches(table.select(["input", "output"]))):
        counts.update(counted)
    total = len(table) + 1
    return {word: math.log(total / (count + 1)) + 1e-9 for word, count in counts.items()}


def _rows_with_words(batch: pa.Table) -> Counter[str]:
    """In how many rows of a batch each word stands."""
    counts: Counter[str] = Counter()
    for row in batch.to_pylist():
        counts.update(words_of(row["input"]) | words_of(row["output"]))
    return counts


def _signals(row: Mapping[str, Any], idf: Mapping[str, float]) -> dict[str, float | None]:
    known = row["signals"] or {}
    question = "\n".join([*(turn["content"] for turn in row["history"]), row["instruction"], row["input"]])
    text = documentation_of(row)
    prose = text if text is not None else (row["output"] if code_of(row) is None else None)
    return {
        **{name: known.get(name) for name in SIGNALS},
        "relevance": _relevance(question, row["output"], row, idf),
        "novelty": None if text is None or not row["symbol"] else round(1 - name_similarity(row["symbol"], text), 6),
        "completeness": None if prose is None else (1.0 if _ENDS.search(prose) else 0.5),
    }


def _relevance(question: str, answer: str, row: Mapping[str, Any], idf: Mapping[str, float]) -> float | None:
    """Weighted share of the prose's words that the other side holds: the doc's words in the code, both ways."""
    prose, other = (question, answer) if row["task"] == "implement" else (answer, question)
    words, held = words_of(prose), words_of(other)
    total = math.fsum(idf.get(word, 1.0) for word in words)
    if not total:
        return None
    share = math.fsum(idf.get(word, 1.0) for word in words & held) / total
    return round(min(1.0, share / _enough(row)), 6)


def _enough(row: Mapping[str, Any]) -> float:
    """The share of words that is as relevant as a row of this kind gets."""
    if row["task"] == "reply":
        return _REPLY
    return _NOTES if row["category"] in _PROSE else _SATURATION


def _quality(signals: Mapping[str, float | None]) -> float:
    present = [(WEIGHTS[name], value) for name, value in signals.items() if value is not None]
    weight = math.fsum(w for w, _ in present)
    return round(math.fsum(w * value for w, value in present) / weight, 6) if weight else 0.0
