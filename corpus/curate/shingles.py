"""Word shingles as sorted arrays of 64-bit hashes: what near-duplicates and leaks are measured on.

Words are hashed once each (BLAKE2b, so the numbers are the same everywhere), a shingle is the wrapped
polynomial of its words' hashes, and sets are sorted unique arrays: no Python object per shingle.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus.entry import CODE_COLUMNS
from corpus.store import batches

__all__ = ["Hashes", "Shingler", "compared_texts", "containment", "jaccard"]

Hashes = npt.NDArray[np.uint64]

_ABOUT_DEFINITIONS: Final = ("explain", "answer")
_TOKEN: Final = re.compile(r"\w+")
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplication modulo 2^64 loses nothing


def compared_texts(table: pa.Table) -> Iterator[tuple[str, str, str]]:
    """What rows are compared by: what was said and asked, the material, the answer.

    The instruction of a row about code is one of a few phrasings and says nothing of the row, so its question is
    empty; elsewhere it is what the answer answers, and the same material may be asked about many times. Where a
    definition is asked about that is not shown, what is shown of it (its signature) is the question.
    """
    columns = ["kind", "category", "task", "language", "system", "history", "instruction", "input", "output"]
    for batch in batches(table.select(columns)):
        for row in batch.to_pylist():
            about_code = row["language"] is not None and row["task"] in CODE_COLUMNS
            if row["kind"] == "git" and row["language"] and row["input"] and row["task"] in _ABOUT_DEFINITIONS:
                yield f"{row['category']}\n{row['input']}", "", row["output"]
                continue
            said = [row["system"] or "", *(turn["content"] for turn in row["history"]), row["instruction"]]
            yield "" if about_code else "\n".join(said), row["input"], row["output"]


class Shingler:
    """Turns texts into sets of shingle hashes. Equal words give equal hashes in every run.

    Args:
        words: Length of a shingle in words. A text of fewer words is one shingle.
    """

    def __init__(self, words: int) -> None:
        self._words = words
        self._hashes: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> Hashes:
        """The shingles of several texts together, sorted and unique; none spans two texts."""
        found = [self._of(text) for text in texts]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)

    def _of(self, text: str) -> Hashes:
        known = self._hashes
        words = _TOKEN.findall(text.lower())
        for word in words:
            if word not in known:
                known[word] = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
        hashes = np.fromiter((known[word] for word in words), np.uint64, len(words))
        length = min(self._words, len(hashes))
        if length == 0:
            return hashes
        shingles = np.zeros(len(hashes) - length + 1, np.uint64)
        for offset in range(length):
            shingles = shingles * _FACTOR + hashes[offset : offset + len(shingles)]
        return shingles


def jaccard(one: Hashes, other: Hashes) -> float:
    """The exact Jaccard similarity of two sets, 0-1; 1 for two empty ones."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - common
    return common / union if union else 1.0


def containment(one: Hashes, other: Hashes) -> float:
    """The share of the smaller set that the other one holds, 0-1; 0 where one is empty."""
    smaller = min(len(one), len(other))
    return len(np.intersect1d(one, other, assume_unique=True)) / smaller if smaller else 0.0
