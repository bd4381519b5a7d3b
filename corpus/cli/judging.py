"""Commands that judge a corpus: falsify."""

from __future__ import annotations

import json
from typing import Annotated

import typer

import corpus as library
from corpus.cli.app import command
from corpus.cli.options import Folder, Workers


@command("Judge", "corpus falsify my-corpus", "corpus falsify my-corpus --rebuild --json")
def falsify(
    folder: Folder,
    workers: Workers = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the samples.")] = 0,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Extract and curate everything once more and compare. Slow.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Try to refute a corpus on disk, its sources at hand, and print the report."""
    from corpus.pipeline import judge

    report = judge(library.load(folder), workers=workers, seed=seed, again=rebuild)
    print(json.dumps(report.to_dict(), indent=2, sort_keys=True) if as_json else report)
    if report.verdict == "refuted":
        raise typer.Exit(1)
