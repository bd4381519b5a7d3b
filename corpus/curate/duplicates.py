"""Deduplication: LSH proposes, exact similarity disposes, and every removal names the row it lost to.

Rows of one task are compared over the word shingles of their texts; where the question is the row's own (all but
rows about code), questions and answers must be alike each for itself too. Exact duplicates go first.
MinHash signatures (datasketch, 128 slots) in 16 bands of 8 rows then propose candidates (recall .95 at a
similarity of .8), whose exact Jaccard similarity decides. Rows are visited from the best to the worst and
compared with rows that are *kept*, so each removed row is a direct neighbour of the row that stays: chains of
neighbours, which make union-find throw away rows that are like nothing left, cannot arise.

What remains alike below the threshold of removal must still not be separated by a split: rows of different
files that share a large part of their shingles are joined into one `group`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.curate.components import LARGEST
from corpus.curate.groups import joined_groups
from corpus.curate.shingles import Hashes, Shingler, compared_texts, jaccard
from corpus.curate.stage import Stage, removed_rows
from corpus.entry import REMOVED_SCHEMA
from corpus.errors import ConfigError
from corpus.store import filtered, with_columns

__all__ = ["VERSION", "deduplicate", "digests"]

VERSION: Final = "deduplicate-4 datasketch-affine32"

_SLOTS: Final = 128
_BANDS: Final = (16, 8)
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class _Loss:
    """A row that goes, and the row that it is a duplicate of."""

    row: int
    kept: int
    similarity: float
    reason: str


def deduplicate(
    table: pa.Table, *, threshold: float = 0.8, shingle: int = 5, together: float = 0.3, largest: float = LARGEST
) -> Stage:
    """Remove duplicates, keeping the best of each, and join what is alike into groups.

    Args:
        table: Rows with `SCHEMA`; those of higher `quality` are kept before others, then longer, then first ones.
        threshold: Jaccard similarity, 0-1, from which a row is a duplicate.
        shingle: Words in a shingle.
        together: Containment, 0-1, from which rows that both stay are put into one group.
        largest: Share of the rows, 0-1, that a group of several files may have before it is cut.

    Raises:
        ConfigError: A threshold is not in 0-1, or a shingle has no words.
    """
    for name, value in (("threshold", threshold), ("together", together), ("largest", largest)):
        if not isinstance(value, int | float) or not 0 < value <= 1:
            raise ConfigError(
                "a similarity is out of range", where=name, expected="above 0, at most 1", got=repr(value)
            )
    if not isinstance(shingle, int) or shingle < 1:
        raise ConfigError("a shingle needs words", where="shingle", expected="1 or more", got=repr(shingle))
    losses = _losses(table, _shingles(table, shingle), threshold)
    keep = np.ones(len(table), dtype=bool)
    keep[[loss.row for loss in losses]] = False
    kept = filtered(table, pa.array(keep))
    grouping = joined_groups(kept, together, apart=threshold, largest=largest)
    kept = with_columns(kept, {"group": grouping.names})
    config: dict[str, Any] = {"threshold": threshold, "shingle": shingle, "together": together, "largest": largest}
    config |= {"bands": list(_BANDS), "slots": _SLOTS}
    return Stage("deduplicate", VERSION, config, len(table), kept, _removed(table, losses), grouping.facts)


@dataclass(frozen=True, slots=True)
class _Sets:
    """The shingles of a row: of all its texts, and of question and answer apart where the question is its own."""

    whole: Hashes
    apart: tuple[Hashes, Hashes] | None

    def similarity(self, other: _Sets) -> float:
        """Jaccard similarity; that of the questions or the answers where one of them is less alike than the whole."""
        whole = jaccard(self.whole, other.whole)
        if self.apart is None or other.apart is None:
            return whole
        return min(whole, *(jaccard(one, two) for one, two in zip(self.apart, other.apart, strict=True)))


def _shingles(table: pa.Table, words: int) -> list[_Sets]:
    shingler = Shingler(words)
    return [
        _Sets(shingler(texts), (shingler(texts[:1]), shingler(texts[2:])) if texts[0] else None)
        for texts in compared_texts(table)
    ]


def _losses(table: pa.Table, shingles: Sequence[_Sets], threshold: float) -> list[_Loss]:
    """Every row that goes, in order of rows."""
    by_task: dict[str, list[int]] = defaultdict(list)
    order = _best_first(table)
    tasks = table["task"].to_pylist()
    for row in order:
        by_task[tasks[row]].append(row)
    exact = digests(table)
    losses = [loss for rows in by_task.values() for loss in _losses_among(rows, exact, shingles, threshold)]
    return sorted(losses, key=lambda loss: loss.row)


def _best_first(table: pa.Table) -> list[int]:
    """Row numbers from the best to the worst: quality, then length of the answer, then provenance.

    By provenance, and not by id, the rows of all tasks of a definition lose to those of the same other one.
    """
    columns = ("quality", "tokens_output", "kind", "source", "path", "line_start", "id")
    values = table.select(columns).to_pylist()
    return sorted(range(len(values)), key=lambda row: _rank(values[row]))


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    place = (row["kind"], row["source"], row["path"] or "", row["line_start"] or 0, row["id"])
    return (-(row["quality"] or 0.0), -row["tokens_output"], *place)


def digests(table: pa.Table) -> list[bytes]:
    """A hash of each row's task and texts with white space folded: equal hashes are exact duplicates."""
    tasks = table["task"].to_pylist()
    return [_digest(task, *texts) for task, texts in zip(tasks, compared_texts(table), strict=True)]


def _digest(*parts: Any) -> bytes:
    folded = "\0".join(" ".join(str(part).split()) for part in parts)
    return hashlib.blake2b(folded.encode(), digest_size=16).digest()


def _losses_among(
    rows: Sequence[int], exact: Sequence[bytes], shingles: Sequence[_Sets], threshold: float
) -> Iterator[_Loss]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=_SLOTS, params=_BANDS)
    # The shingles are hashes already; affine32 takes 32 bits of them.
    settings = {"num_perm": _SLOTS, "seed": _SEED, "scheme": "affine32", "hashfunc": int}
    signatures = MinHash.generator(((shingles[row].whole & np.uint64(0xFFFFFFFF)).tolist() for row in rows), **settings)
    first: dict[bytes, int] = {}
    rank = {row: position for position, row in enumerate(rows)}
    for row, signature in zip(rows, signatures, strict=True):
        if exact[row] in first:
            yield _Loss(row, first[exact[row]], 1.0, "exact-duplicate")
            continue
        near = [(shingles[row].similarity(shingles[other]), other) for other in sorted(index.query(signature))]
        similarity, other = max(near, key=lambda pair: (pair[0], -rank[pair[1]]), default=(0.0, -1))
        if similarity >= threshold and len(shingles[row].whole):
            yield _Loss(row, other, similarity, "near-duplicate")
            continue
        first[exact[row]] = row
        index.insert(row, signature)


def _removed(table: pa.Table, losses: Sequence[_Loss]) -> pa.Table:
    if not losses:
        return REMOVED_SCHEMA.empty_table()
    ids, symbols, paths = (table[name].to_pylist() for name in ("id", "symbol", "path"))
    details = [_detail(loss, paths[loss.kept], symbols[loss.kept], ids[loss.kept]) for loss in losses]
    return removed_rows(
        table.take([loss.row for loss in losses]),
        "deduplicate",
        [loss.reason for loss in losses],
        details,
        [ids[loss.kept] for loss in losses],
        [round(loss.similarity, 6) for loss in losses],
    )


def _detail(loss: _Loss, path: str | None, symbol: str | None, kept_id: str) -> str:
    kept = " ".join(filter(None, (path, symbol))) or f"row {kept_id}"
    if loss.reason == "exact-duplicate":
        return f"the same text as {kept}"
    return f"a Jaccard similarity of {loss.similarity:.3f} to {kept}"
