"""Which rows are like a text: an index that grows, over the shingles that deduplication compares.

datasketch's `MinHashLSH` holds the signatures, which are those of `candidates`, in 32 bands of 4: a text that shares
four shingles in ten with a text of a row is found with a probability of .56, one that shares six with .99. What
it proposes is ordered by exact similarity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus import sketch
from corpus.curate.candidates import SLOTS, each, each_batch, permutations
from corpus.curate.shingles import COLUMNS, TEXTS, compared, shingles_of, text_of
from corpus.errors import ConfigError
from corpus.sketch import Sets, joined
from corpus.store import picked

__all__ = ["Similar", "SimilarIndex"]

_BANDS: Final = (32, 4)
_WORDS: Final = 5
_HEAD: Final = 100  # characters
_NAMED: Final = ("id", "source", "path", "line_start", "line_end", "symbol", "category", "task", "split")
_PARTS: Final = ("question", "input", "output")


@dataclass(frozen=True, slots=True)
class Similar:
    """A row that is like a text.

    Attributes:
        row: The row, as `Corpus.table` has it.
        similarity: Exact Jaccard similarity of the text and that part of the row.
        part: `question`, `input` or `output`.
    """

    row: Mapping[str, Any]
    similarity: float
    part: str

    @property
    def place(self) -> str:
        """Where the row comes from: source, path and lines, and what it is about."""
        row = self.row
        lines = f":{row['line_start']}-{row['line_end']}" if row["line_start"] else ""
        return " ".join(part for part in (row["source"], f"{row['path'] or ''}{lines}", row["symbol"]) if part)

    @property
    def head(self) -> str:
        """The beginning of the part that is like the text, on one line."""
        text = " ".join(str(self.row["instruction" if self.part == "question" else self.part]).split())
        return text if len(text) <= _HEAD else f"{text[: _HEAD - 1]}\N{HORIZONTAL ELLIPSIS}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: the score, the place and the head, not the whole row."""
        return {
            "similarity": round(self.similarity, 6),
            "part": self.part,
            **{name: self.row[name] for name in _NAMED},
            "head": self.head,
        }


class SimilarIndex:
    """Rows by the shingles of each of their texts.

    Args:
        table: Rows with `SCHEMA`, the first to be added.
    """

    def __init__(self, table: pa.Table) -> None:
        from datasketch import MinHashLSH

        self._index = MinHashLSH(num_perm=SLOTS, params=_BANDS)
        self._table = table.slice(0, 0)
        self.add(table)

    def __len__(self) -> int:
        return len(self._table)

    def add(self, table: pa.Table) -> None:
        """Add rows; those that are there already are not read again."""
        first = len(self._table) * TEXTS
        with self._index.insertion_session() as session:
            for signatures, sizes in each_batch(table.select(COLUMNS), _signed):
                for number in np.flatnonzero(sizes).tolist():
                    session.insert(first + number, _minhash(signatures[number]), check_duplication=False)
                first += len(sizes)
        self._table = pa.concat_tables([self._table, table])

    def query(self, text: str, n: int = 5) -> list[Similar]:
        """The rows that are most like a text, read as prose and as code; the most similar first.

        Args:
            text: Some sentences, or lines of code without comments; of fewer than five words, only the very same.
            n: How many rows, at most.

        Raises:
            ConfigError: The text has no words.
        """
        asked = [_asked(text, code) for code in (0, 1)]
        if not len(asked[1].hashes):
            raise ConfigError("there is nothing to look for", where="text", expected="words", got=repr(text[:80]))
        found: set[int] = set()
        for sets in asked:
            found.update(self._index.query(_minhash(sketch.signatures(sets.hashes, sets.ends, *permutations())[0])))
        keys = np.array(sorted(found), np.int64)
        rows = np.unique(keys // TEXTS)
        made = joined(list(each(picked(self._table.select(COLUMNS), rows), _sets)))
        wanted = np.searchsorted(rows, keys // TEXTS) * TEXTS + keys % TEXTS
        shares = np.max([_shares(sets, made, wanted) for sets in asked], axis=0)
        best: dict[int, tuple[float, int]] = {}
        for key, share in zip(keys.tolist(), shares.tolist(), strict=True):
            best[key // TEXTS] = max(best.get(key // TEXTS, (0.0, 0)), (share, key % TEXTS))
        ordered = sorted(best, key=lambda row: (-best[row][0], row))[: max(0, n)]
        return [
            Similar(self._table.slice(row, 1).to_pylist()[0], best[row][0], _PARTS[best[row][1]]) for row in ordered
        ]


def _signed(batch: pa.Table) -> tuple[Any, Any]:
    found = shingles_of(compared(batch), _WORDS)
    return sketch.signatures(found.hashes, found.ends, *permutations()), np.diff(found.ends, prepend=0)


def _sets(batch: pa.Table) -> Sets:
    found = shingles_of(compared(batch), _WORDS)
    return sketch.distinct(found.hashes, found.ends)


def _asked(text: str, code: int) -> Sets:
    shape = (1, 1)
    width = np.full(shape, _WORDS * 2 if code else _WORDS, np.int32)
    found = sketch.shingles([text_of(pa.array([text]))], width, np.full(shape, code, np.uint8))
    return sketch.distinct(found.hashes, found.ends)


def _shares(asked: Sets, made: Sets, wanted: Any) -> Any:
    both = joined([asked, made])
    shared = sketch.overlaps(both, np.zeros(len(wanted), np.int64), wanted + 1)
    return shared / np.maximum(1, len(asked.hashes) + made.sizes[wanted] - shared)


def _minhash(signature: Any) -> Any:
    from datasketch import MinHash

    return MinHash(hashvalues=signature, permutations=permutations(), scheme="affine32", seed=1)
