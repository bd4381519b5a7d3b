"""How fast documented code becomes entries, for Python and Rust apart, beside the bare parse of the same bytes.

    python benchmarks/extraction.py [REPOSITORY ...] [--rounds 5] [--codetext PYTHON]

A single process is measured by its CPU time and workers by the wall clock, in rounds that take turns; figures are
medians, and ratios are to what was measured in the same rounds. `codetext` 0.0.9 needs tree-sitter 0.21 with
tree-sitter-languages, and so an interpreter of its own: name it, and it reads the same bytes there, beside a bare
parse by its own grammars.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import corpus
from corpus import code
from corpus.code.grammar import load

LANGUAGES: Final = ("python", "rust")

# Prints the seconds that a parse and the whole of codetext's extraction take, as JSON.
PEER: Final = """
import json, sys, time
from pathlib import Path
from codetext.parser import PythonParser, RustParser
from tree_sitter_languages import get_parser
language, folder = sys.argv[1:]
files = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
parser, reader = get_parser(language), {"python": PythonParser, "rust": RustParser}[language]
begin = time.process_time()
for data in files:
    parser.parse(data)
parsed = time.process_time()
found = 0
for data in files:
    root = parser.parse(data).root_node
    for node in (*reader.get_function_list(root), *reader.get_class_list(root)):
        found += bool(reader.get_docstring(node))
    for node in reader.get_function_list(root):
        reader.get_function_metadata(node)
print(json.dumps({"parse": parsed - begin, "all": time.process_time() - parsed, "documented": found}))
"""


def medians(clock: Callable[[], float], rounds: int, works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median seconds of each work; its rounds take turns with the others'."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begin = clock()
            work()
            taken[name].append(clock() - begin)
    return {name: statistics.median(times) for name, times in taken.items()}


def units_in(sources: list[corpus.GitRepo], language: str) -> list[tuple[corpus.GitRepo, corpus.Unit]]:
    """The units of one language, with their sources."""
    listed = ((source, unit) for source in sources for unit in source.units())
    return [(s, u) for s, u in listed if isinstance(u, corpus.Unit) and code.language_of(u.path) == language]


def single_process(sources: list[corpus.GitRepo], language: str, rounds: int, peer: str | None) -> None:
    """The bare parse, definitions and entries of one language's files."""
    units = units_in(sources, language)
    if not units:
        return
    files = [source.read(unit) for source, unit in units]
    parser = load(language).parser

    def parse() -> None:
        for data in files:
            parser.parse(data)

    works: dict[str, Callable[[], object]] = {
        "definitions": lambda: [code.definitions(data, language, documented=True) for data in files],
        "all, undocumented too": lambda: [code.definitions(data, language) for data in files],
        "entries": lambda: [list(source.extract(unit)) for source, unit in units],
    }
    parse()
    found = medians(time.process_time, rounds, {"parse": parse, **works})
    size, floor = sum(map(len, files)) / 1e6, found["parse"]
    print(
        f"{language}: {len(files)} files, {size:.1f} MB; the bare parse {floor:.2f} s of CPU, {size / floor:.1f} MB/s"
    )
    for name in works:
        print(f"  {name:<24} {found[name]:8.2f} s  {found[name] / floor:6.2f} x the parse")
    if peer is not None:
        print(f"  {'codetext':<24} {beside(peer, language, files)}")


def beside(python: str, language: str, files: list[bytes]) -> str:
    """What codetext needs for the same bytes, or why it does not run."""
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(files):
            (Path(folder) / f"{number:06}").write_bytes(data)
        command = [python, "-W", "ignore", "-c", PEER, language, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"does not run there: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
    found = json.loads(done.stdout.splitlines()[-1])
    ratio = found["all"] / found["parse"]
    return f"{found['all']:8.2f} s  {ratio:6.2f} x its own parse, {found['documented']} documented"


def whole(repositories: list[Path], rounds: int) -> None:
    """`corpus.extract` with one worker, with two and from the cache."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache.sqlite"

        def extract(workers: int, cached: Path | None = None) -> Callable[[], object]:
            return lambda: corpus.extract(*repositories, workers=workers, cache=cached, progress=False)

        begin = time.perf_counter()
        extract(1, cache)()
        first = time.perf_counter() - begin
        works = {"one": extract(1), "two": extract(2), "again": extract(1, cache)}
        found = medians(time.perf_counter, rounds, works)
    print(f"corpus.extract: one worker {found['one']:.2f} s of wall time, two {found['two']:.2f} s")
    print(f"  two workers are {found['one'] / found['two']:.2f} times as fast as one")
    print(f"  from the cache {found['again']:.3f} s: {found['again'] / first:.1%} of the first run ({first:.2f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", type=Path, default=[Path(__file__).parent.parent])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--codetext", metavar="PYTHON", help="an interpreter that can import codetext")
    given = parser.parse_args()
    sources = [corpus.GitRepo(path) for path in given.repositories]
    for language in LANGUAGES:
        single_process(sources, language, given.rounds, given.codetext)
    whole(given.repositories, given.rounds)


if __name__ == "__main__":
    main()
