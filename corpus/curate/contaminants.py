"""Decontamination: rows that hold a problem of a benchmark, or a row of another corpus, are removed.

What is compared are hashes (`corpus.curate.contamination`): of sequences of 13 words over everything that a row says,
and of the Python code in it, whatever its names. For HumanEval and MBPP they come with this library, and no text does.
A row is compared alone, so neither the order of rows nor their number changes what is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

import pyarrow as pa

from corpus.curate.contamination import VERSION as HASHES
from corpus.curate.contamination import Fingerprints, Item, collected, shipped
from corpus.curate.shingles import compared_texts
from corpus.curate.stage import Stage, removed_rows
from corpus.engines import current
from corpus.entry import CODE_COLUMNS, REMOVED_SCHEMA
from corpus.errors import ConfigError
from corpus.guess import did_you_mean
from corpus.store import batches, concat, filtered

__all__ = ["BENCHMARKS", "VERSION", "decontaminate", "fingerprints_of"]

VERSION: Final = f"decontaminate-1 {HASHES}"
BENCHMARKS: Final = ("humaneval", "mbpp")

_COLUMNS: Final = ("task", "language", "system", "history", "instruction", "input", "output")
_FENCED: Final = re.compile(
    r"^[ \t]*(```+|~~~+)[ \t]*(?:python|py)?[ \t]*\n(.*?)^[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE
)
_LIKE_CODE: Final = re.compile(r"^\s*(?:def|return|for|while|import|from|class)\b", re.MULTILINE)


def decontaminate(
    table: pa.Table,
    *,
    benchmarks: Sequence[str] = BENCHMARKS,
    corpora: Sequence[tuple[Mapping[str, Any], pa.Table]] = (),
) -> Stage:
    """Remove the rows in which something stands that a model will be tested with.

    Args:
        table: Rows with `SCHEMA`.
        benchmarks: Which of `BENCHMARKS` to look for.
        corpora: Corpora to look for: a description with its `name`, and rows with `SCHEMA`.

    Raises:
        ConfigError: There is no such benchmark.
    """
    unknown = [name for name in benchmarks if name not in BENCHMARKS]
    if unknown:
        raise ConfigError(
            "there are no hashes of that benchmark",
            where="against",
            expected=" | ".join(BENCHMARKS),
            got=repr(unknown[0]),
            hint=did_you_mean(unknown[0], BENCHMARKS) or "give its rows as a Corpus",
        )
    known = [shipped()] if benchmarks else []
    known += [fingerprints_of(described, rows) for described, rows in corpora]
    found = list(_found(table, known, benchmarks))
    hit = [row for row, said in enumerate(found) if said is not None]
    details = [said for said in found if said is not None]
    removed = removed_rows(table.take(hit), "decontaminate", ["benchmark"] * len(hit), details) if hit else None
    sources = [dict(source) for one in known for source in one.sources]
    config = {
        "benchmarks": list(benchmarks),
        "corpora": [dict(described) for described, _ in corpora],
        "sources": [source for source in sources if source["name"] in benchmarks],
    }
    return Stage(
        "decontaminate",
        VERSION,
        config,
        len(table),
        filtered(table, pa.array([said is None for said in found], pa.bool_())) if hit else table,
        removed if removed is not None else concat([], REMOVED_SCHEMA),
        {"items": {name: _count(known, name) for name in (*benchmarks, *(str(c["name"]) for c, _ in corpora))}},
    )


def fingerprints_of(described: Mapping[str, Any], rows: pa.Table) -> Fingerprints:
    """The hashes of a corpus' rows. The wording of a question about code is one of a few and is left aside."""
    ids = rows["id"].to_pylist()
    texts = compared_texts(rows)
    codes = (code for batch in batches(rows.select(_COLUMNS)) for code in map(_codes, batch.to_pylist()))
    items = (Item(one, three, code) for one, three, code in zip(ids, texts, codes, strict=True))
    return collected([(described, items)])


def _found(table: pa.Table, known: Sequence[Fingerprints], benchmarks: Sequence[str]) -> Iterator[str | None]:
    """For each row the item and the evidence, or None."""
    looked = partial(_looked, known, benchmarks)
    return chain.from_iterable(current().map(looked, batches(table.select(_COLUMNS))))


def _looked(known: Sequence[Fingerprints], benchmarks: Sequence[str], batch: pa.Table) -> list[str | None]:
    rows = batch.to_pylist()
    texts, codes = [_text(row) for row in rows], [_codes(row) for row in rows]
    answers = [one.find(texts, codes) for one in known]
    found = []
    for said in zip(*answers, strict=True) if answers else [()] * len(rows):
        hits = (f"{item}: {why}" for item, why in filter(None, said) if _is_asked(item, benchmarks))
        found.append(next(hits, None))
    return found


def _is_asked(item: str, benchmarks: Sequence[str]) -> bool:
    name = item.partition(" ")[0]
    return name not in BENCHMARKS or name in benchmarks


def _count(known: Sequence[Fingerprints], name: str) -> int:
    return sum(item.startswith(f"{name} ") for one in known for item in one.items)


def _text(row: Mapping[str, Any]) -> str:
    """Everything that a row says, in the order in which it is read: what is cut in two is whole again."""
    said = [row["system"] or "", *(turn["content"] for turn in row["history"])]
    return "\n".join([*said, row["instruction"], row["input"], row["output"]])


def _codes(row: Mapping[str, Any]) -> list[str]:
    """The Python code of a row: its columns of code, or else fenced blocks and texts that look like code."""
    texts = [row["input"], row["output"]]
    if row["language"] == "python" and row["task"] in CODE_COLUMNS:
        held = [row[column] for column in CODE_COLUMNS[row["task"]]]
        return [*held, "\n".join(texts)] if len(held) > 1 else held
    fenced = [block[1] for text in (*texts, row["instruction"]) for block in _FENCED.findall(text)]
    return [*fenced, *(text for text in texts if _LIKE_CODE.search(text) and "```" not in text)]
