"""Do splits leak, and do they come out as wanted? Measured on texts of a seeded generator, and on corpora of yours.

    python benchmarks/splits.py [CORPUS ...]      folders that corpus.build or Corpus.write made

First: copies with 2, 5 and 10 % of their words replaced are planted into other files; how many end on another side
than what they were copied from, by deduplication and groups, and by random splits of files and of rows.

Then, for each corpus and for one of the generator: three ways to deal groups to sides, by how far all rows are from
80/10/10 (percentage points, the worst side), and how far strata are from their quotas (rows off, as a share of all).
"""

from __future__ import annotations

import hashlib
import random
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import corpus
from corpus.curate import deduplicate
from corpus.entry import SPLITS, Entry, entry_group, entry_id, estimate_tokens, table_of
from corpus.split import RATIOS, assign_splits

FILES, ROWS, PLANTED = 2000, 4, 200  # fewer pairs than half the files: more would tie all files into one component
SEED = 7
Sides = Mapping[str, str]  # group to side


def generated(rng: random.Random) -> tuple[pa.Table, dict[float, list[tuple[str, str]]]]:
    """Rows of made-up words in files of many sizes, and planted pairs (id of the original, id of the copy) by edit."""
    vocabulary = [f"w{number:x}" for number in range(20_000)]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]  # Zipf, as in texts
    entries: list[Entry] = []
    texts: list[list[str]] = []
    for file in range(FILES):
        language = ("python", "rust", "go")[file % 3]
        for _ in range(min(60, 1 + int(rng.expovariate(1 / ROWS)))):
            texts.append(rng.choices(vocabulary, weights, k=max(30, int(rng.lognormvariate(4.8, 0.5)))))
            entries.append(row(len(entries), file, language, texts[-1], rng))
    pairs: dict[float, list[tuple[str, str]]] = {}
    for part in (0.02, 0.05, 0.1):
        pairs[part] = []
        for host in rng.sample(range(len(texts)), PLANTED):
            changed = [rng.choice(vocabulary) if rng.random() < part else word for word in texts[host]]
            entries.append(row(len(entries), rng.randrange(FILES), str(entries[host].language), changed, rng))
            pairs[part].append((entries[host].id, entries[-1].id))
    return table_of(entries), pairs


def row(number: int, file: int, language: str, words: list[str], rng: random.Random) -> Entry:
    path, output = f"file{file}", " ".join(words)
    return Entry(
        category=rng.choices(("function", "type", "module"), (8, 2, 1))[0],
        task="document",
        instruction="Document it.",
        output=output,
        id=entry_id("git", "s", path, "", "document", number),
        kind="git",
        source=f"repository{file % 4}",
        path=path,
        symbol=f"s{number}",
        language=language,
        group=entry_group("git", "s", path),
        tokens_output=estimate_tokens(output),
        quality=0.5,
    )


def leaks(table: pa.Table, pairs: Mapping[float, list[tuple[str, str]]]) -> None:
    side = dict(zip(table["id"].to_pylist(), table["group"].to_pylist(), strict=True))
    rng = random.Random(SEED)
    weights = [RATIOS[name] for name in SPLITS]
    by_row = {one: rng.choices(SPLITS, weights)[0] for one in side}
    by_file = {group: rng.choices(SPLITS, weights)[0] for group in sorted(set(side.values()))}
    done = assign_splits(deduplicate(table).table)
    ours = dict(zip(done.table["id"].to_pylist(), done.table["split"].to_pylist(), strict=True))
    gone = done.record["removed"].get("leak", 0)
    print(f"{len(table)} rows in {FILES} files; {gone} held-out rows removed since they stood by half in one of train")
    print("pairs of which one is on another side than the other")
    print(f"{'words replaced':<16}{'ours':>8}{'files':>8}{'rows':>8}")
    for part, found in pairs.items():
        apart = [
            sum(one in sides and other in sides and sides[one] != sides[other] for one, other in found) / len(found)
            for sides in (ours, {one: by_file[group] for one, group in side.items()}, by_row)
        ]
        print(f"{part:<16.0%}" + "".join(f"{share:>8.1%}" for share in apart))


def by_hash(table: pa.Table) -> Sides:
    """Each group belongs to its most frequent stratum; there, groups in the order of a hash, cut at the quotas."""
    strata: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    columns = (
        table[name].cast(pa.string()).fill_null("unknown").to_pylist() for name in ("category", "language", "source")
    )
    for group, *stratum in zip(table["group"].to_pylist(), *columns, strict=True):
        strata[group][tuple(stratum)] += 1
    members: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group, counts in strata.items():
        members[min(counts, key=lambda stratum: (-counts[stratum], stratum))].append(group)
    placed = {}
    for groups in members.values():
        groups.sort(key=lambda group: hashlib.blake2b(group.encode(), digest_size=8).digest())
        total, seen = sum(strata[group].total() for group in groups), 0.0
        for group in groups:
            middle = (seen + strata[group].total() / 2) / total
            placed[group] = "test" if middle < 0.1 else "validation" if middle < 0.2 else "train"
            seen += strata[group].total()
    return placed


def by_size(table: pa.Table) -> Sides:
    """Split-1: the largest group first, to the side furthest below its share of the group's categories."""
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for group, category in zip(table["group"].to_pylist(), table["category"].to_pylist(), strict=True):
        held[group][category] += 1
    totals, sides, placed = sum(held.values(), Counter()), {side: Counter() for side in SPLITS}, {}
    for group in sorted(
        held, key=lambda name: (-held[name].total(), hashlib.blake2b(name.encode(), digest_size=8).digest())
    ):

        def need(side: str, counts: Counter[str] = held[group]) -> float:
            return sum((sides[side][c] + n) / (RATIOS[side] * totals[c]) for c, n in counts.items()) / len(counts)

        placed[group] = min(SPLITS, key=need)
        sides[placed[group]].update(held[group])
    return placed


def ours(table: pa.Table) -> Sides:
    done = assign_splits(table).table
    return dict(zip(done["group"].to_pylist(), done["split"].to_pylist(), strict=True))


def off(table: pa.Table, placed: Sides) -> tuple[float, float]:
    """How far the worst side of all rows is from its ratio, and the rows of strata beyond their quotas, as shares.

    Rows of a group that is on no side, since each of them leaked, do not count.
    """
    table = table.filter(pc.is_in(table["group"], pa.array(sorted(placed))))
    columns = (
        table[name].cast(pa.string()).fill_null("unknown").to_pylist() for name in ("category", "language", "source")
    )
    strata: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for group, *stratum in zip(table["group"].to_pylist(), *columns, strict=True):
        strata[tuple(stratum)][placed[group]] += 1
    rows = Counter(placed[group] for group in table["group"].to_pylist())
    overall = max(abs(rows[side] / len(table) - RATIOS[side]) for side in SPLITS)
    beyond = sum(abs(held[side] - RATIOS[side] * held.total()) for held in strata.values() for side in SPLITS) / 2
    return overall, beyond / len(table)


def ways(name: str, table: pa.Table) -> None:
    groups = Counter(table["group"].to_pylist())
    largest = max(groups.values()) / len(table)
    print(f"\n{name}: {len(table)} rows, {len(groups)} groups, the largest {largest:.1%}")
    print(f"{'dealt':<24}{'all rows off by':>16}{'rows of strata beyond quotas':>30}{'CPU s':>8}")
    deal: Callable[[pa.Table], Sides]
    for what, deal in (
        ("by hash in a stratum", by_hash),
        ("by size (split-1)", by_size),
        ("by distance (split-4)", ours),
    ):
        begin = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        overall, beyond = off(table, deal(table))
        spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - begin
        print(f"{what:<24}{overall * 100:>13.2f} pp{beyond:>30.1%}{spent:>8.2f}")
    record = assign_splits(table).record
    print(f"{record['rows_held_out']} rows held out, {record['removed'].get('leak', 0)} of them removed as leaks")


def main() -> None:
    table, pairs = generated(random.Random(SEED))
    leaks(table, pairs)
    ways("generated", deduplicate(table).table)
    for folder in sys.argv[1:]:
        ways(Path(folder).name, corpus.load(folder).table)


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
