"""What the scores are worth, and what they cost.

    python benchmarks/quality.py REPOSITORY ... [--hosts 2000] [--seed 0] [--out docs/quality-table.md] [--plot auc.png]
    python benchmarks/quality.py REPOSITORY ... --speed [--rounds 3]
    python benchmarks/quality.py REPOSITORY ... --fit

The first prints the table of docs/quality.md: defects planted in the functions of the repositories, the laws, and the
correlation with length. None of the repositories may be among `corpus.curate.english.FITTED_ON`. The second compares
the CPU time of all signals with that of the extraction of the same rows by one worker, in turns. The third fits the
constants of `corpus.curate.signals` anew and prints them.
"""

from __future__ import annotations

import argparse
import resource
import statistics
from pathlib import Path

import numpy as np

import corpus
from corpus.curate import score, validate_score
from corpus.curate.defects import DEFECTS, Neighbours
from corpus.curate.english import FITTED_ON
from corpus.curate.evaluation import Trial, random_of
from corpus.curate.ranks import Floats
from corpus.curate.signals import COMPLETENESS, RELEVANCE, Place


def extracted(repositories: list[Path]) -> corpus.Corpus:
    return corpus.extract(*repositories, progress=False).normalize()


def table(made: corpus.Corpus, given: argparse.Namespace) -> None:
    report = validate_score(made, hosts=given.hosts, seed=given.seed)
    names = ", ".join(sorted(set(made.table["source"].to_pylist())))
    text = f"Measured on {names}; fitted on {', '.join(FITTED_ON)}.\n\n{report.to_markdown()}\n"
    print(text)
    print(f"threshold at 5 % false alarms: {report.threshold:.3f}; all targets and laws: {report.passed}")
    if given.out is not None:
        given.out.write_text(text, encoding="utf-8")
    if given.plot is not None:
        report.plot().savefig(given.plot, dpi=120)


def speed(repositories: list[Path], rounds: int) -> None:
    """CPU seconds of extraction and of scoring, the median of rounds that take turns."""
    sources = [corpus.GitRepo(path) for path in repositories]
    units = [(source, unit) for source in sources for unit in source.units() if isinstance(unit, corpus.Unit)]
    taken: dict[str, list[float]] = {"entries": [], "extract": [], "score": []}
    rows = 0
    for _ in range(rounds):
        times = [cpu()]
        rows = sum(len(list(source.extract(unit))) for source, unit in units)
        times.append(cpu())
        made = corpus.extract(*repositories, workers=1, progress=False)
        times.append(cpu())
        score(made.table)
        times.append(cpu())
        for name, begin, end in zip(taken, times, times[1:], strict=False):
            taken[name].append(end - begin)
    entries, extract, scored = (statistics.median(taken[name]) for name in taken)
    print(f"{rows} rows: {extract:.2f} s of CPU to extract, {entries:.2f} s of it for entries; {scored:.2f} s to score")
    print(
        f"  scoring takes {scored / extract:.2f} times as long as extraction, {scored / entries:.2f} times the entries"
    )


def cpu() -> float:
    """Seconds of CPU of this process and of those that it waited for."""
    return sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
               for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip


def fit(made: corpus.Corpus, hosts: int) -> None:
    """The constants of relevance (against documentation at the wrong place) and of completeness (against cuts)."""
    trial = Trial(made.table, None, hosts, 0)
    kinds = {defect.name: defect for defect in DEFECTS}
    for names, wrong in (
        (RELEVANCE, {"other package": 2.0, "same package": 1.0, "same file": 2.0}),
        (COMPLETENESS, {"truncation": 1.0}),
    ):
        features = [name for name in names if name != "bias"]
        good = [planted_features(place, at, None) for _, place, at in trial.hosts]
        rows, said, weight = [*good], [1.0] * len(good), [sum(wrong.values())] * len(good)
        for name, times in wrong.items():
            for row, place, at in trial.hosts:
                random = random_of(0, name, row["id"])
                near: Neighbours = trial.near(row, random)
                text = kinds[name].plant(row, near, random)
                if text is not None:
                    rows.append(planted_features(place, at, {**row, "output": text}))
                    said.append(0.0)
                    weight.append(times)
        columns = np.array([[1.0, *(row[name] for name in features)] for row in rows])
        found = logistic(columns, np.array(said), np.array(weight))
        print(dict(zip(["bias", *features], np.round(found, 2).tolist(), strict=True)))


def planted_features(place: Place, at: int, row: dict[str, object] | None) -> dict[str, float]:
    return {**place.relevance_features(at, row), **place.completeness_features(at, row)}


def logistic(columns: Floats, said: Floats, weight: Floats) -> Floats:
    """Logistic regression by Newton's method, with a small penalty."""
    found = np.zeros(columns.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(columns @ found, -50, 50)))
        hessian = (columns.T * (weight * chance * (1 - chance))) @ columns + np.eye(len(found)) * 0.5
        found = found + np.linalg.solve(hessian, columns.T @ (weight * (said - chance)) - 0.5 * found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    if given.speed:
        speed(given.repositories, given.rounds)
    elif given.fit:
        fit(extracted(given.repositories), given.hosts)
    else:
        table(extracted(given.repositories), given)


if __name__ == "__main__":
    main()
