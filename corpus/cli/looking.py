"""Commands that show what is in a corpus: inspect, stats, sample, similar, card."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

import corpus as library
from corpus.cli.app import command
from corpus.cli.options import Folder, Quiet, Workers


@command("Judge", "corpus inspect my-corpus --verify")
def inspect(
    folder: Folder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Extract every row again from commit:path:lines and compare.")
    ] = False,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Check a corpus' files against its manifest and show what it holds; with --verify, row by row."""
    found = library.load(folder)
    print(library.show.summary(found))
    print_verdict(found.report)
    print("\nFiles: rows, report and what was removed are what the manifest says")
    if not verify:
        return
    verdicts = found.reread(workers=workers or library.pipeline.default_workers(), progress=False if quiet else None)
    wrong = [why for why in verdicts if why is not None]
    print(f"Rows: {len(verdicts) - len(wrong)} of {len(verdicts)} are what their commit, path and lines give again")
    for why in wrong[:20]:
        print(f"  {library.show.plain(why)}")
    if wrong:
        raise typer.Exit(1)


@command("Look", "corpus stats my-corpus --json")
def stats(folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Counts: rows by split, category, task, language and licence; removed and skipped by reason."""
    found = library.load(folder).stats()
    if as_json:
        print(json.dumps(found, indent=2, sort_keys=True))
        return
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{name}\n{library.show.text_table([[k, v] for k, v in value.items()]) if value else '  none'}")
        else:
            print(f"{name}  {value}")


@command("Look", "corpus sample my-corpus -n 2 --category function")
def sample(
    folder: Folder,
    n: Annotated[int, typer.Option("-n", help="How many rows.")] = 3,
    category: Annotated[str | None, typer.Option("--category", help="Only rows of this category.")] = None,
    split: Annotated[str | None, typer.Option("--split", help="Only rows of this split.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed shows other rows.")] = 0,
) -> None:
    """Show some rows in full, with where they come from."""
    columns = {"category": category, "split": split}
    chosen = library.load(folder).sample(n, seed=seed, **{k: v for k, v in columns.items() if v is not None})
    print("\n\n".join(library.show.entry_text(entry) for entry in chosen) if chosen else "no such rows")


@command("Look", "corpus similar my-corpus - < question.txt")
def similar(
    text: Annotated[str, typer.Argument(help="Some sentences or lines of code; - reads them from standard input.")],
    folder: Folder,
    n: Annotated[int, typer.Option("-n", help="How many rows.")] = 5,
) -> None:
    """Show the rows that are most like a text, and how much."""
    found = library.load(folder).similar(sys.stdin.read() if text == "-" else text, n)
    for one in found:
        print(f"{one.similarity:.2f} ({one.part})\n{library.show.entry_text(library.Entry.from_row(one.row))}\n")
    if not found:
        print("no row is like it")


@command("Look", "corpus card my-corpus")
def card(folder: Folder) -> None:
    """Print the dataset card, made anew from the manifest and the report."""
    from corpus.write import read_manifest
    from corpus.write.card import render_card

    print(render_card(read_manifest(folder), library.load(folder).report), end="")


def print_verdict(report: Any) -> None:
    """What the falsifier said: the verdict, what was refuted and why, what was untested."""
    if report is None:
        print("\nVerdict: nobody has tried to refute this corpus (corpus falsify DIR)")
        return
    print(f"\nVerdict: {report['verdict']}, {report['score']:g} of 100 points")
    for result in report["results"]:
        if result["verdict"] == "refuted":
            print(f"  refuted {result['id']}: {result['claim']} {result['reason']}")
    untested = [result["id"] for result in report["results"] if result["verdict"] == "untested"]
    if untested:
        print(f"  untested: {', '.join(untested)}")
