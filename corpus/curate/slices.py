"""What the texts of a corpus are like: lengths, repetition, slices that are worth a look, how varied the questions are.

Nothing here is a defect by itself: a chat is full of short answers and of ellipses. Gates of the same names remove such
rows where that is wanted.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.curate import rules
from corpus.curate.words import words_of
from corpus.store import batches

__all__ = ["slices"]

_SHORT: Final = 3  # words up to which an answer is short
_QUANTILES: Final[Mapping[str, float]] = {"min": 0.0, "p05": 0.05, "median": 0.5, "p95": 0.95, "max": 1.0}


def slices(table: pa.Table) -> dict[str, Any]:
    """Lengths in tokens, and counts of rows by what their texts are like.

    Returns:
        `lengths`: quantiles of tokens of questions and answers. `duplicates`: rows whose answer, and whose whole pair,
        stood in an earlier row word for word. `slices`: rows with a short answer (at most three words), one that
        ends in an ellipsis, one that declines. `questions`: how many differ, the share of different pairs of words
        in them (distinct-2, Li et al. 2016), and the commonest first words.
    """
    answers: set[bytes] = set()
    pairs: set[bytes] = set()
    questions: set[bytes] = set()
    grams: set[int] = set()
    openings: Counter[str] = Counter()
    found = Counter({"short_answers": 0, "ellipses": 0, "refusals": 0})
    total = 0
    for batch in batches(table.select(["instruction", "input", "output"])):
        for row in batch.to_pylist():
            answer, asked = row["output"], words_of(row["instruction"])
            answers.add(_digest(answer))
            pairs.add(_digest(row["instruction"], row["input"], answer))
            questions.add(_digest(row["instruction"]))
            grams.update(hash_of(one, other) for one, other in itertools.pairwise(asked))
            total += max(0, len(asked) - 1)
            openings.update(asked[:1])
            found["short_answers"] += len(answer.split(None, _SHORT)) <= _SHORT
            found["ellipses"] += rules.trails_off(answer)
            found["refusals"] += rules.refusal(answer) is not None
    return {
        "lengths": {name: _quantiles(table[name]) for name in ("tokens_input", "tokens_output")},
        "duplicates": {"answers": len(table) - len(answers), "pairs": len(table) - len(pairs)},
        "slices": dict(found),
        "questions": {
            "different": len(questions),
            "distinct_2": round(len(grams) / total, 4) if total else None,
            "first_words": dict(sorted(openings.items(), key=lambda item: (-item[1], item[0]))[:10]),
        },
    }


def hash_of(one: str, other: str) -> int:
    """A number for a pair of words, the same in every run."""
    return int.from_bytes(_digest(one, other)[:8], "big")


def _digest(*texts: str) -> bytes:
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=12).digest()


def _quantiles(column: pa.ChunkedArray) -> dict[str, int]:
    values = column.to_numpy()
    return {name: int(np.quantile(values, q)) if len(values) else 0 for name, q in _QUANTILES.items()}
