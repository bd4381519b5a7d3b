"""Fit the tables of `corpus.curate.english` on documentation, and write them.

    python benchmarks/english.py SOURCE [SOURCE ...] --out corpus/curate/english.bin

Each source is a git repository. Every documented definition is two texts, its code and its documentation: how many
texts hold a word is counted over both, which tokens follow each other over the documentation. The same sources give
the same bytes. Prints the checksum that `english.py` names.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import math
from collections import Counter
from pathlib import Path

import corpus
from corpus.curate import english
from corpus.curate.words import prose_of, words_of

LEAST = 2  # times that a pair or a word is seen before it counts


def quantised(value: float, low: float) -> int:
    return max(1, min(255, 1 + round((value - low) * english.STEP)))


def fit(sources: list[Path]) -> bytes:
    made = corpus.extract(*sources, progress=False).normalize()
    rows = [row for row in made.table.select(["task", "input", "output"]).to_pylist() if row["task"] == "document"]
    documentation = sorted({row["output"] for row in rows})
    holds: Counter[str] = Counter()
    for text in (*documentation, *sorted({row["input"] for row in rows})):
        holds.update(set(words_of(text)))
    table = bytearray(english.WORD_SLOTS + english.PAIR_SLOTS)
    texts = len(documentation) + len({row["input"] for row in rows})
    # What is frequent is written last: where two words share a slot, the frequent one keeps it.
    for word, n in sorted(holds.items(), key=lambda item: (item[1], item[0])):
        if n >= LEAST:
            value = min(math.log(texts / n), english.UNSEEN - 0.1)
            table[english.slot(word, english.WORD_SLOTS)] = max(1, round(value * english.STEP))
    english.use(bytes(table))
    single: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in documentation:
        found = english.tokens(prose_of(text))
        single.update(found)
        pairs.update(itertools.pairwise(found))
    total = sum(pairs.values())
    half = math.log(total) / 2
    for token, n in sorted(single.items(), key=lambda item: (item[1], item[0])):
        table[english.slot("\t" + token, english.WORD_SLOTS)] = quantised(max(0.0, math.log(n) - half), 0.0)
    for (one, other), n in sorted(pairs.items(), key=lambda item: (item[1], item[0])):
        if n >= LEAST and (one, other) != (english.END, english.START):
            value = math.log((n - 0.5) * total / (single[one] * single[other]))
            at = english.WORD_SLOTS + english.slot(f"{one} {other}", english.PAIR_SLOTS)
            table[at] = quantised(value, english.LOWEST)
    print(f"{len(documentation)} documentations, {len(holds)} words, {total} pairs, {len(pairs)} different ones")
    return bytes(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = fit(given.sources)
    given.out.write_bytes(data)
    print(f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
