"""Speed as ratios: each figure against a floor or a peer that is measured in the same run.

    python benchmarks/run.py [REPOSITORY ...]     this repository by default

Medians of several interleaved rounds. Ratios last longer than seconds: machines differ and are shared.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import corpus
from corpus import code
from corpus.code.grammar import load

ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(**works: Callable[[], object]) -> dict[str, float]:
    """The median of each, its rounds interleaved with the others' so that a busy moment hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: statistics.median(times) for name, times in taken.items()}


def line(what: str, value: float, floor: str, floor_value: float) -> None:
    print(f"{what:<44} {value * 1000:9.1f} ms   {value / floor_value:6.2f} x {floor} ({floor_value * 1000:.1f} ms)")


def imports() -> None:
    def fresh(statement: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", statement], check=True)

    found = medians(ours=fresh("import corpus"), floor=fresh("import pyarrow, pyarrow.parquet, pygit2"))
    line("import corpus, in a fresh interpreter", found["ours"], "importing pyarrow and pygit2", found["floor"])


def extraction(repositories: list[Path]) -> None:
    sources = [corpus.GitRepo(path) for path in repositories]
    units = [(source, unit) for source in sources for unit in source.units() if isinstance(unit, corpus.Unit)]
    contents = [(source.read(unit), code.language_of(unit.path) or "") for source, unit in units]
    print(f"{len(contents)} files, {sum(len(data) for data, _ in contents) / 1e6:.1f} MB")

    def parse() -> None:
        for data, language in contents:
            load(language).parser.parse(data)

    def definitions() -> None:
        for data, language in contents:
            code.definitions(data, language)

    def entries() -> None:
        for source, unit in units:
            list(source.extract(unit))

    found = medians(parse=parse, definitions=definitions, entries=entries)
    line("definitions with documentation", found["definitions"], "the bare parse", found["parse"])
    line("entries, blobs read from git", found["entries"], "the bare parse", found["parse"])


def builds(repositories: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache.sqlite"

        def extract(workers: int, cached: Path | None = None) -> Callable[[], object]:
            return lambda: corpus.extract(*repositories, workers=workers, cache=cached, progress=False)

        extract(1, cache)()
        found = medians(one=extract(1), two=extract(2), again=extract(1, cache))
        line("corpus.extract, two workers", found["two"], "one worker", found["one"])
        line("corpus.extract, from the cache", found["again"], "without", found["one"])
        build = seconds(lambda: corpus.build(*repositories, out=Path(folder) / "c", progress=False))
        line("corpus.build, judged and written", build, "corpus.extract with one worker", found["one"])


def main() -> None:
    repositories = [Path(path) for path in sys.argv[1:]] or [Path(__file__).parent.parent]
    imports()
    extraction(repositories)
    builds(repositories)


if __name__ == "__main__":
    main()
