"""What a falsification costs beside the build that made what it judges: CPU seconds and memory, in one run.

    python benchmarks/falsify.py [ROWS]     100000 rows by default

The Python files of this interpreter and of what is installed beside it, package by package in a seeded order, become
git repositories, as many as it takes for about ROWS rows. They are built into a corpus, without the falsification that
`corpus.build` ends with; then that corpus is judged without planting, and with it (`power`). Each step is a process of
its own, with one worker, and pays for its children. The corpus is not rebuilt: that costs a build, whoever does it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pygit2

SEED = 1
DOCSTRINGS_A_ROW = 0.29  # measured: a docstring gives some three rows that survive curation


def packages() -> list[tuple[str, list[Path]]]:
    """Every package at hand and its Python files, in a seeded order; tests are no code that anybody documents."""
    paths = sysconfig.get_paths()
    tops = [top for name in ("stdlib", "purelib") for top in sorted(Path(paths[name]).iterdir())]
    skipped = {"site-packages", "test", "tests", "__pycache__", "idlelib"}
    found: list[tuple[str, list[Path]]] = []
    for top in tops:
        if top.name in skipped or not top.is_dir():
            continue
        files = [file for file in sorted(top.rglob("*.py")) if not skipped & set(file.relative_to(top).parts)]
        if files:
            found.append((top.name, files))
    order = np.random.default_rng(SEED).permutation(len(found))
    return [found[index] for index in order.tolist()]


def repositories(folder: Path, rows: int) -> list[Path]:
    """Repositories of a commit each, until their docstrings promise so many rows."""
    made: list[Path] = []
    wanted = rows * DOCSTRINGS_A_ROW
    for name, files in packages():
        if wanted <= 0:
            break
        root = folder / name
        if root.exists():
            continue
        repository = pygit2.init_repository(str(root))
        for file in files:
            data = file.read_bytes()
            wanted -= data.count(b'):\n    """') + data.count(b':\n        """')
            target = root / file.relative_to(file.parents[len(file.parts) - 1 - file.parts.index(name)])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            if wanted <= 0:
                break
        repository.index.add_all()
        who = pygit2.Signature("Ann Example", "ann@example.org", 1_700_000_000, 0)
        repository.create_commit("HEAD", who, who, "All", repository.index.write_tree(), [])
        made.append(root)
    return made


def build(sources: list[str], out: str) -> dict[str, object]:
    import corpus

    raw = corpus.extract(*sources, workers=1, progress=False).normalize().redact()
    done = raw.score().filter(dry_run=False).deduplicate().decontaminate().split()
    done.write(out)
    return {"rows": len(done)}


def judge(out: str, *, power: bool) -> dict[str, object]:
    import falsify

    report = falsify.falsify(out, power=power)
    return {"rows": report.rows, "verdict": report.verdict, "score": report.score, "refuted": report.refuted}


def peak() -> float:
    """The most memory that this process had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def step(work: Callable[[], dict[str, object]]) -> None:
    """Do it, and print what came of it and what it cost; imports included."""
    started = time.perf_counter()
    told = work()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    print(json.dumps({"cpu": cpu, "wall": time.perf_counter() - started, "peak": peak(), **told}))


def measured(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-P", __file__, *arguments]  # -P: this file bears the name of the package
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        name, out, *sources = asked.step
        step({"build": lambda: build(sources, out), "judge": lambda: judge(out, power=False),
              "power": lambda: judge(out, power=True)}[name])  # fmt: skip
        return
    with tempfile.TemporaryDirectory() as folder:
        sources = repositories(Path(folder) / "repositories", asked.rows)
        out = str(Path(folder) / "corpus")
        made = measured("--step", "build", out, *map(str, sources))
        print(f"{made['rows']} rows of {len(sources)} packages")
        print(f"{'build, without judging':<34} {made['cpu']:8.1f} s CPU  {made['peak']:7.0f} MB", flush=True)
        for name, what in (("judge", "falsify, power=False"), ("power", "falsify, power measured")):
            told = measured("--step", name, out)
            ratio = told["cpu"] / made["cpu"]
            print(f"{what:<34} {told['cpu']:8.1f} s CPU  {told['peak']:7.0f} MB  {ratio:5.2f} x the build")
            print(f"  {told['verdict']}, {told['score']:.1f} points, refuted: {told['refuted']}", flush=True)


if __name__ == "__main__":
    main()
