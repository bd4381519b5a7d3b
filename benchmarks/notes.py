"""Speed of reading a vault as ratios, against the bare parse of the same files by markdown-it-py in the same run.

    python benchmarks/notes.py VAULT

Medians of several interleaved rounds. `obsidiantools` stands beside it where it is installed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

import corpus

ROUNDS = 5


def bare_parse(texts: list[str]) -> None:
    """CommonMark with tables, footnotes and math: what a reader of notes needs at the least."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin).use(dollarmath_plugin)
    for text in texts:
        parser.parse(text)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def by_hand(vault: corpus.ObsidianVault) -> None:
    """List, parse, join, in this process: what reading costs without processes, cache and tables."""
    units = sorted((unit for unit in vault.units() if isinstance(unit, corpus.Unit)), key=lambda unit: unit.path)
    list(vault.join([(unit, vault.parse(unit)) for unit in units]).entries)


def obsidiantools(path: Path) -> Callable[[], object] | None:
    try:
        from obsidiantools.api import Vault
    except ImportError:
        return None
    return lambda: Vault(path).connect().gather()


def main() -> None:
    path = Path(sys.argv[1])
    files = sorted(path.rglob("*.md"))
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    print(f"{len(files)} notes, {sum(map(len, texts)) / 1e6:.1f} million characters")
    vault = corpus.ObsidianVault(path)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache.sqlite"
        corpus.extract(vault, cache=cache, progress=False)
        works: dict[str, Callable[[], object]] = {
            "bare parse": lambda: bare_parse(texts),
            "list, parse and join, one process": lambda: by_hand(vault),
            "corpus.extract, one worker": lambda: corpus.extract(vault, workers=1, progress=False),
            "corpus.extract, two workers": lambda: corpus.extract(vault, workers=2, progress=False),
            "corpus.extract, from the cache": lambda: corpus.extract(vault, workers=1, cache=cache, progress=False),
        }
        taken: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                taken[name].append(seconds(work))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    peer = obsidiantools(path)
    if peer is not None:
        medians["obsidiantools, once"] = seconds(peer)
    floor = medians["bare parse"]
    for name, value in medians.items():
        print(f"{name:<40} {value * 1000:9.1f} ms   {value / floor:6.2f} x the bare parse")
    done = corpus.extract(vault, progress=False)
    print(done)
    print(done.graph)
    print(f"links: {done.source_facts[0]['links']}")


if __name__ == "__main__":
    main()
