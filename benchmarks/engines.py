"""Engines: what curation costs in this process, and on a cluster of Ray with two worker processes on this machine.

    python benchmarks/engines.py [ROWS ...]     20000 rows by default

The texts are those of `benchmarks/dedup.py`. Each engine runs in a process of its own. Seconds of CPU are those of all
processes that it started, Ray's own included, from the first stage to the last; how long the cluster took to start and
to stop is given by itself. Two more rows ask what signatures and buckets cost (the part of deduplication that a
cluster does best), by tasks as `corpus.engines.ray` sends them and through Ray's Data API with a shuffle by key.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from dedup import WORDS, documents, peak, table_of

WORKERS = 2


def descendants() -> list[int]:
    """This process and all that it started, and that those started."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
    found = {os.getpid()}
    while True:
        more = {process for process, parent in parents.items() if parent in found} - found
        if not more:
            return sorted(found)
        found |= more


def seconds_of_cpu() -> float:
    """Of this process and all that it started, those that have ended included."""
    total = 0
    for process in descendants():
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(cost: dict[str, float], name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), seconds_of_cpu()
    yield
    cost[name] = time.perf_counter() - wall
    cost[f"{name} cpu"] = seconds_of_cpu() - cpu


def curated(table: pa.Table, cost: dict[str, float]) -> str:
    """All stages; a hash of what remains and why the rest went."""
    import corpus
    from corpus.fingerprint import fingerprint

    rows = corpus.Corpus(table)
    with measured(cost, "rows"):
        rows = rows.normalize().score().filter(empty=None, repetition=None, score=None)
    with measured(cost, "duplicates"):
        rows = rows.deduplicate(max_removed=1)
    return fingerprint(rows.table) + fingerprint(rows.removed) + fingerprint(rows.pairs)


def bucketed(table: pa.Table, cost: dict[str, float]) -> str:
    from corpus.curate.candidates import buckets_of, sign

    with measured(cost, "duplicates"):
        found = buckets_of(sign(table, WORDS).keys)
    return str(len(found.rows))


def bucketed_by_data(table: pa.Table, cost: dict[str, float]) -> str:
    """The same by Ray Data: batches are mapped to rows of band, key and row, and these are shuffled by key."""
    import ray

    from corpus.curate.shingles import COLUMNS
    from corpus.store import batches

    ray.data.DataContext.get_current().enable_progress_bars = False
    numbered = table.select(COLUMNS).append_column("row", pa.array(np.arange(len(table))))
    bits = len(table).bit_length()
    with measured(cost, "duplicates"):
        found = ray.data.from_arrow([pa.Table.from_batches(part.to_batches()) for part in batches(numbered)])
        found = found.map_batches(partial(band_rows, bits), batch_format="pyarrow", batch_size=None)
        found = found.repartition(2 * WORKERS, keys=["key"])
        found = found.map_batches(meeting, batch_format="pyarrow", batch_size=None)
        rows = sum(len(part["row"]) for part in found.iter_batches(batch_format="numpy", batch_size=None))
    return str(rows)


def band_rows(bits: int, batch: pa.Table) -> pa.Table:
    from corpus.curate.candidates import BANDS, _signed

    keys, _, _ = _signed(WORDS, batch)
    low = np.uint64((1 << bits) - 1)
    rows = batch["row"].to_numpy()
    band = np.repeat(np.arange(BANDS, dtype=np.uint8), len(rows))
    return pa.table({"band": band, "key": (keys & ~low).reshape(-1), "row": np.tile(rows, BANDS)})


def meeting(part: pa.Table) -> pa.Table:
    band, key = part["band"].to_numpy(), part["key"].to_numpy()
    order = np.lexsort((key, band))
    same = (band[order][1:] == band[order][:-1]) & (key[order][1:] == key[order][:-1])
    member = np.r_[False, same] | np.r_[same, False]
    return part.take(pa.array(order[member]))


RUNS = {
    "local": ("local", curated),
    "ray": ("ray", curated),
    "buckets, local": ("local", bucketed),
    "buckets, ray": ("ray", bucketed),
    "buckets, ray data": ("ray", bucketed_by_data),
}


def run(name: str, data: Path) -> None:
    """One engine on one file; what it cost goes to standard output."""
    from corpus import engines

    with pa.memory_map(str(data)) as source:
        table = pa.ipc.open_file(source).read_all()
    engine, work = RUNS[name]
    cost: dict[str, float] = {}
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, engines.using(engine, workers=WORKERS, folder=Path(folder)):
        cost["start"] = time.perf_counter() - started
        list(engines.current().map(len, ["a"] * 8))  # workers are there
        outcome = work(table, cost)
        stop = time.perf_counter()
    cost["stop"] = time.perf_counter() - stop
    print(json.dumps({**cost, "outcome": outcome, "peak": peak()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, default=[20_000])
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run(given.run[0], Path(given.run[1]))
        return
    for rows in given.rows:
        vocabulary, texts, _ = documents(rows, 1)
        table = table_of((" ".join(vocabulary[word] for word in text.tolist()) for text in texts), rows)
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "texts.arrow"
            with pa.OSFile(str(data), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
            del table
            compare(rows, data)


def compare(rows: int, data: Path) -> None:
    print(f"\n{rows:,} rows, load {os.getloadavg()[0]:.1f}")
    print("| engine | rows: wall s | CPU s | duplicates: wall s | CPU s | start, stop s | driver MB |")
    outcomes = {}
    for name in RUNS:
        command = [sys.executable, __file__, "--run", name, str(data)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"| {name} | failed: {done.stderr.strip().splitlines()[-1]} |")
            continue
        cost = json.loads(done.stdout.splitlines()[-1])
        outcomes[name] = cost["outcome"]
        keys = ("rows", "rows cpu", "duplicates", "duplicates cpu")
        numbers = [f"{cost[key]:.2f}" if key in cost else "" for key in keys]
        print(f"| {name} | {' | '.join(numbers)} | {cost['start']:.1f}, {cost['stop']:.1f} | {cost['peak']:.0f} |")
    for kind in ("", "buckets"):
        same = {value for name, value in outcomes.items() if name.startswith("buckets") == bool(kind)}
        print(f"{kind or 'curation'}: {'equal' if len(same) == 1 else 'DIFFERENT'}")


if __name__ == "__main__":
    main()
