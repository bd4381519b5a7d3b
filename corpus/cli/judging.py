"""Commands that judge a corpus: falsify, inspect."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import corpus as library
from corpus.cli import say
from corpus.cli.app import command
from corpus.cli.options import Folder, Json, Quiet, Workers, given_path

if TYPE_CHECKING:
    from falsify import Report

_SHOWN = 20
_LISTED = 10  # untested tests: of a small corpus there are so many that nobody reads them
_REASON = 150  # characters: the report has all of it
_REMEDIES = {
    "I1": "build it from more sources: most tests want some tens or hundreds of rows",
    "R1": "corpus falsify {folder} --rebuild",
    "Q5": "corpus review {folder}",
    "S9": "corpus-train check {folder} --max-length 4096   (asks the same of what a model reads)",
}
"""What to do about a test that is refuted or untested for want of something that can be had, by its id."""


@command(
    "Judge",
    "corpus falsify my-corpus",
    "corpus falsify my-corpus --rebuild --json",
    "corpus falsify my-corpus --html report.html",
    "corpus falsify theirs.parquet --column instruction=prompt --column output=completion",
    keys={"verdict": "corroborated, refuted or untested", "score": "points, of 100", "results": "one for each test"},
    codes={1: "the corpus is refuted", 3: "it is not, and has not passed: too much is untested"},
)
def falsify(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="The folder of a corpus, a Parquet file, or a folder of them.", metavar="PATH", parser=given_path
        ),
    ] = None,
    workers: Workers = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the samples.")] = 0,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="SOURCE", help="Where it came from: rows are read again; repeatable."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Extract and curate everything once more and compare. Slow.")
    ] = False,
    power: Annotated[
        bool,
        typer.Option("--power/--no-power", help="Measure what the tests would miss; without it none corroborates."),
    ] = True,
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous",
            metavar="DIR",
            help="The release before this one: has it drifted from there?",
            parser=given_path,
        ),
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option(
            "--register",
            metavar="FILE",
            help="Thresholds that were registered before the data was seen.",
            parser=given_path,
        ),
    ] = None,
    write_register: Annotated[
        Path | None,
        typer.Option(
            "--write-register",
            metavar="FILE",
            help="Write the thresholds as they ship (.toml, .json), only.",
            parser=given_path,
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="OURS=THEIRS", help="For somebody else's table: instruction=prompt; repeatable."
        ),
    ] = None,
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the report as Markdown.")] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write a page, with the rows that refute.", parser=given_path),
    ] = None,
) -> None:
    """Try to refute a corpus on disk.

    Its sources should be at hand: what needs them is untested without.
    """
    from falsify import falsify as refute
    from falsify import read
    from falsify import register as write

    if as_json and as_markdown:
        raise library.ConfigError("a report is printed in one form", expected="--json or --markdown", got="both")
    if write_register is not None:
        print(f"Written to {write(write_register)}")
        return
    if path is None:
        raise library.ConfigError("no corpus was given", expected="corpus falsify PATH", got="nothing")
    columns = _columns(column)
    report = refute(
        path,
        columns=columns,
        sources=source or (),
        register=register,
        power=power,
        previous=previous,
        rebuild=rebuild,
        seed=seed,
        workers=workers or library.pipeline.default_workers(),
    )
    if html is not None:
        report.to_html(html, read(path, columns=columns))
    if as_json:
        say.print_json(report.to_dict())
    else:
        print(report.to_markdown() if as_markdown else library.show.plain(_folded(str(report))))
    if not report.passed:
        code = 1 if report.verdict == "refuted" else 3
        if not as_json:
            say.note(_why_not(report, path, code))
        raise typer.Exit(code)


def _folded(lines: str) -> str:
    """Lines of a report as a terminal shows them well; as they are where a program reads them, one a test."""
    if not sys.stdout.isatty():
        return lines
    width = max(40, shutil.get_terminal_size().columns)
    return "\n".join(
        textwrap.fill(" ".join(line.split()), width, subsequent_indent="    ", break_on_hyphens=False)
        for line in lines.splitlines()
    )


def _why_not(report: Report, path: Path, code: int) -> str:
    """What it means that a corpus has not passed, for somebody who sees only an exit code that is not 0."""
    refuted = [result.id for result in report.results if result.verdict == "refuted"]
    told = f"\nExit code {code}: {_meaning(report.to_dict())}"
    told += f" Refuted: {', '.join(refuted)}." if refuted else ""
    is_small = "I1" in refuted or (report.power and code == 3 and not refuted)
    remedies = [f"  to do: {_REMEDIES['I1']}"] if is_small else []
    return "\n".join([told, *remedies, f"  corpus falsify {path} --html report.html   shows the rows behind it"])


def _meaning(report: Any) -> str:
    """A verdict in a sentence."""
    refuted = {result["id"] for result in report["results"] if result["verdict"] == "refuted"}
    if not report["rows"]:
        return "there are no rows: corpus parse FILE shows what is seen in a file, and why nothing comes of it."
    if refuted == {"I1"}:
        return "it is too small to be judged."
    if report["verdict"] == "refuted":
        return "rows speak against this corpus, by what was fixed before anybody looked at them."
    if report.get("passed") and refuted:
        return f"only {', '.join(sorted(refuted))} found something that speaks against it, and too little to refute it."
    if report.get("passed"):
        return "nothing was found that speaks against it, by tests that would have noticed."
    untested = sum(result["verdict"] == "untested" for result in report["results"])
    what = "nothing refutes this corpus, and it has not passed: that takes 85 points."
    return f"{what} It has {report['score']:.1f}; {untested} tests are untested, with {report['rows']} rows."


def _columns(pairs: list[str] | None) -> dict[str, str] | None:
    """Our names and theirs, from `ours=theirs`. Raises ConfigError for anything else."""
    if pairs is None:
        return None
    split = [pair.partition("=") for pair in pairs]
    for ours, sign, theirs in split:
        if not (ours and sign and theirs):
            raise library.ConfigError(
                "--column is ours=theirs", expected="instruction=prompt", got=f"{ours}{sign}{theirs}"
            )
    return {ours: theirs for ours, _, theirs in split}


@command(
    "Judge",
    "corpus inspect my-corpus",
    "corpus inspect my-corpus --verify",
    keys={
        "rows": "how many",
        "by_split": "rows by split",
        "by_category": "rows by category",
        "removed": "removed rows by `stage: reason`",
        "skipped": "units that were not read by reason",
        "fingerprint": "of all rows",
        "verdict": "of the falsifier; null where nobody asked it",
        "verified": "with --verify, how many rows are what their place gives again; else null",
        "wrong": "with --verify, what is not, row by row",
    },
    codes={1: "with --verify: rows are not what their source gives again"},
)
def inspect(
    folder: Folder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Extract every row again from commit:path:lines and compare.")
    ] = False,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a corpus' files, and with --verify its rows.

    The files are compared with the hashes in the manifest, and shown in a screenful; with --verify every row is
    extracted again and compared, byte for byte.
    """
    found = library.load(folder)
    if not as_json:
        print(library.show.summary(found))
        print_verdict(found.report, folder)
        print("\nFiles: rows, report and what was removed are what the manifest says")
    verdicts: list[str | None] | None = None
    if verify:
        workers = workers or library.pipeline.default_workers()
        verdicts = found.reread(workers=workers, progress=False if quiet or as_json else None)
    wrong = [why for why in verdicts or () if why is not None]
    if as_json:
        say.print_json(_inspected(found, verdicts, wrong))
    elif verdicts is not None:
        same = len(verdicts) - len(wrong)
        print(f"Rows: {same} of {len(verdicts)} are what their commit, path and lines give again")
        for why in wrong[:_SHOWN]:
            print(f"  {library.show.plain(why)}")
        if len(wrong) > _SHOWN:
            print(f"  and {len(wrong) - _SHOWN} more (--json names all)")
    if wrong:
        raise typer.Exit(1)


def _inspected(found: Any, verdicts: list[str | None] | None, wrong: list[str]) -> dict[str, Any]:
    from corpus.show import counts, removed_counts

    return {
        "rows": len(found),
        "by_split": counts(found.table, "split"),
        "by_category": counts(found.table, "category"),
        "removed": removed_counts(found.removed),
        "skipped": counts(found.skipped, "reason"),
        "fingerprint": found.fingerprint,
        "verdict": None if found.report is None else found.report["verdict"],
        "verified": None if verdicts is None else len(verdicts) - len(wrong),
        "wrong": wrong,
    }


def print_verdict(report: Any, folder: object) -> None:
    """What the falsifier said: the verdict, what was refuted and why, what was untested and what to do about it."""
    if report is None:
        print(f"\nVerdict: nobody has tried to refute this corpus (corpus falsify {folder})")
        return
    print(f"\nVerdict: {say.verdict(report['verdict'])}, {report['score']:.1f} of 100 points")
    print(textwrap.fill(_meaning(report), 100, initial_indent="  ", subsequent_indent="  "))
    for result in report["results"]:
        if result["verdict"] == "refuted":
            _print_result(result, f"refuted: {result['reason']}", folder)
    if report["rows"]:
        _print_untested(report["results"], folder)


def _print_untested(results: list[dict[str, Any]], folder: object) -> None:
    untested = [result for result in results if result["verdict"] == "untested"]
    if not untested:
        return
    from corpus.views.style import clip

    print(f"\nNot tested: {len(untested)} of {len(results)} tests, which earn no points and say nothing of this corpus")
    told = untested if len(untested) <= _LISTED else [one for one in untested if one["id"] in _REMEDIES]
    for result in told:
        _print_result(result, clip(result["reason"], _REASON), folder)
    rest = [one["id"] for one in untested if one not in told]
    if rest:
        names = f"{len(rest)} that want more rows, or other ones: {', '.join(rest)}"
        print(textwrap.fill(names, 100, initial_indent="  ", subsequent_indent="      "))
        print(f"      to do: corpus falsify {folder} says of each what it wants")


def _print_result(result: dict[str, Any], reason: str, folder: object) -> None:
    remedy = _REMEDIES.get(result["id"], "").format(folder=folder)
    print(library.show.plain(f"  {result['id']}: {result['claim']}\n      {reason}"))
    print(f"      to do: {remedy}\n" if remedy else "", end="")
