"""The command by which a person judges rows: review."""

from __future__ import annotations

from typing import Annotated

import typer

import corpus as library
from corpus.cli import say
from corpus.cli.app import command
from corpus.cli.options import Folder, Json


@command(
    "Judge",
    "corpus review my-corpus",
    "corpus review my-corpus --reviewer second",
    "corpus review my-corpus --report",
    keys={
        "rows": "rows of the corpus",
        "progress": "rows judged and skipped, by reviewer",
        "outdated": "verdicts on rows that are gone or say something else now; they count nowhere",
        "shares": "by reviewer and criterion, with their intervals",
        "agreements": "of each pair of reviewers, by criterion: Cohen's kappa with its interval",
        "notes": "verdicts with a note",
        "corrections": "verdicts with a corrected answer",
    },
)
def review(
    folder: Folder,
    n: Annotated[
        int | None, typer.Option("-n", metavar="N", min=1, help="How many rows; 100, or as many as before.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", min=0, help="Seed of the sample; 0, or as before.")
    ] = None,
    reviewer: Annotated[
        str,
        typer.Option(
            "--reviewer", metavar="NAME", help="Who reviews: another one sees the same rows, and no verdicts."
        ),
    ] = "me",
    report: Annotated[bool, typer.Option("--report", help="Show what was found, and serve nothing.")] = False,
    as_json: Json = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")] = True,
) -> None:
    """Read rows one at a time and say what they are worth.

    On a page that only this machine can open. With --report: what was said, and how far two reviewers agree.
    """
    found = library.review(folder, reviewer=reviewer, n=n, seed=seed)
    if report:
        told = found.report()
        if as_json:
            say.print_json(told.to_dict())
        else:
            print(told)
        return
    if as_json:
        raise library.ConfigError("--json is for the report", hint=f"corpus review {folder} --report --json")
    found.serve(browser=browser)
    done = found.session.progress()
    print(f"{done['done']} of {done['rows']} rows: {done['judged']} judged, {done['skipped']} skipped")
