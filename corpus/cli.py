"""The shell's face: `corpus …`. It parses arguments, calls the library and prints; it decides nothing.

Results go to standard output, progress and errors to standard error. Exit status: 0 done (a build is done when its
corpus is written, whatever the verdict; `falsify` is, when the corpus has passed), 1 `falsify` refuted the corpus or
`inspect --verify` found other rows, 2 a mistake in the call or the input, 3 the corpus was not refuted and has not
passed, 130 interrupted.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import corpus as library
from corpus import show
from corpus.curate import BENCHMARKS
from corpus.engines import ENGINES
from corpus.entry import SPLITS
from corpus.errors import CorpusError
from corpus.sources import GitRepo, MatrixExport, ObsidianVault, SignalExport

app = typer.Typer(
    help="A person's code, notes and conversations become a training corpus that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Sources = Annotated[
    list[str],
    typer.Argument(
        help="Paths of git repositories, Obsidian vaults, and exports of Signal and Matrix.", metavar="SOURCE..."
    ),
]
Folder = Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="DIR")]
Out = Annotated[Path, typer.Option("--out", help="The folder to write to: new, empty, or an earlier corpus.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes; one a core by default.")]
Public = Annotated[
    list[str] | None, typer.Option("--public", help="A SOURCE that you declare public; the others stay private.")
]
RealNames = Annotated[bool, typer.Option("--real-names", help="Write authors' names instead of pseudonyms.")]
Author = Annotated[
    list[str] | None,
    typer.Option("--author", help="Only code mostly written by this address or name; may be repeated."),
]
History = Annotated[bool, typer.Option("--history", help="Also make rows of commits: message, before, after.")]
License = Annotated[
    list[str] | None, typer.Option("--license", help="Only files of this licence (SPDX id); may be repeated.")
]
PresetName = Annotated[str | None, typer.Option("--preset", help=f"Rules of a data set: {', '.join(library.PRESETS)}.")]
Me = Annotated[str | None, typer.Option("--me", help="Your id in exports of Matrix: @you:example.org.")]
Ratios = Annotated[
    str | None, typer.Option("--ratios", help="Shares of train, validation and test: 0.8,0.1,0.1 by default.")
]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", help="A kind that is not redacted (email, phone, …); may be repeated.")
]
PublicValue = Annotated[
    list[str] | None,
    typer.Option("--public-value", help="An address or name that you declare public; may be repeated."),
]
Pseudonyms = Annotated[bool, typer.Option("--pseudonyms", help="Tell redacted values apart: <EMAIL-4kq7v2d3>.")]
NoRedact = Annotated[bool, typer.Option("--no-redact", help="Leave secrets and personal data in.")]
Croissant = Annotated[
    bool, typer.Option("--croissant", help="Also write croissant.json, the card for machines (extra `croissant`).")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")]


@app.command()
def build(
    sources: Sources,
    out: Out,
    workers: Workers = None,
    public: Public = None,
    real_names: RealNames = False,
    author: Author = None,
    history: History = False,
    license_: License = None,
    preset: PresetName = None,
    me: Me = None,
    keep: Keep = None,
    public_value: PublicValue = None,
    pseudonyms: Pseudonyms = False,
    no_redact: NoRedact = False,
    previous: Annotated[
        Path | None, typer.Option("--previous", help="An earlier corpus, whose rows stay on their side of the split.")
    ] = None,
    ratios: Ratios = None,
    by: Annotated[
        str, typer.Option("--by", help="What a split keeps whole or in order: group, source or time.")
    ] = "group",
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="A corpus whose rows are removed, beside HumanEval's and MBPP's; repeatable."),
    ] = None,
    decontaminate: Annotated[
        bool, typer.Option("--decontaminate/--no-decontaminate", help="Remove what HumanEval and MBPP test.")
    ] = True,
    max_removed: Annotated[
        float, typer.Option("--max-removed", help="Share of a source that may go as near-duplicates; 1 lifts it.")
    ] = 0.5,
    engine: Annotated[str, typer.Option("--engine", help=f"Where curation runs: {', '.join(ENGINES)}.")] = "local",
    max_seconds: Annotated[float, typer.Option("--max-seconds", help="Time that one file may take.")] = 30.0,
    max_memory: Annotated[int, typer.Option("--max-memory", help="MiB that one file may take.")] = 2048,
    croissant: Croissant = False,
    quiet: Quiet = False,
) -> None:
    """Build a corpus: extract, curate, split, try to refute it, and write it."""
    limits = library.Limits(seconds=max_seconds, memory=max_memory << 20)
    earlier = library.load(previous) if previous is not None else None
    options = _options(real_names, author, history, license_, preset)
    done = library.build(
        *_resolved(sources, public or [], options, me),
        out=out,
        workers=workers,
        limits=limits,
        redact=_redaction(keep, public_value, pseudonyms, no_redact),
        gates=library.PRESETS[preset].gates if preset else None,
        duplicates={"max_removed": max_removed},
        against=[*(BENCHMARKS if decontaminate else ()), *map(Path, against or ())],
        ratios=_shares(ratios),
        by=by,
        previous=earlier,
        croissant=croissant,
        engine=engine,
        progress=False if quiet else None,
    )
    print(show.summary(done))
    if done.cache_use is not None:
        print(f"\nFiles: {done.cache_use.extracted} extracted, {done.cache_use.cached} from the cache")
    _print_verdict(done.report)
    print(f"\nWritten to {out}: data/*.parquet, README.md, manifest.json, falsification.json")
    print(f"  corpus inspect {out} --verify    extracts every row again from its commit and lines")
    print(f"  corpus sample {out}              shows some of them")


@app.command()
def extract(
    sources: Sources,
    out: Out,
    workers: Workers = None,
    public: Public = None,
    real_names: RealNames = False,
    author: Author = None,
    history: History = False,
    license_: License = None,
    preset: PresetName = None,
    me: Me = None,
    keep: Keep = None,
    public_value: PublicValue = None,
    pseudonyms: Pseudonyms = False,
    no_redact: NoRedact = False,
    quiet: Quiet = False,
) -> None:
    """Write what the sources hold, redacted: not filtered, not split, not judged."""
    found = _resolved(sources, public or [], _options(real_names, author, history, license_, preset), me)
    done = library.extract(*found, workers=workers, progress=False if quiet else None)
    redaction = _redaction(keep, public_value, pseudonyms, no_redact)
    done = done if redaction is False else done.redact(**redaction)
    done.write(out)
    print(show.summary(done))
    print(f"\nWritten to {out}")


@app.command()
def clone(
    url: Annotated[str, typer.Argument(help="The repository's URL.")],
    folder: Annotated[Path | None, typer.Argument(help="Where to put it; NAME.git here by default.")] = None,
) -> None:
    """Copy a repository with its history, without a checkout: nothing of it is ever run."""
    from corpus.sources.clone import clone_repository

    print(clone_repository(url, folder))


@app.command()
def falsify(
    path: Annotated[
        Path | None,
        typer.Argument(help="The folder of a corpus, a Parquet file, or a folder of them.", metavar="PATH"),
    ] = None,
    workers: Workers = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the samples.")] = 0,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="Where it came from: its rows are read again and it is rebuilt; repeatable."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Extract and curate everything once more and compare. Slow.")
    ] = False,
    power: Annotated[
        bool,
        typer.Option("--power/--no-power", help="Measure what the tests would miss; without it none corroborates."),
    ] = True,
    previous: Annotated[
        Path | None, typer.Option("--previous", help="The release before this one: has it drifted from there?")
    ] = None,
    register: Annotated[
        Path | None, typer.Option("--register", help="Thresholds that were registered before the data was seen.")
    ] = None,
    write_register: Annotated[
        Path | None, typer.Option("--write-register", help="Write the thresholds as they ship (.toml, .json) and stop.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Ours and theirs, for somebody else's table: instruction=prompt; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the report as Markdown.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write it as a page, with the rows that refute, in full.")
    ] = None,
) -> None:
    """Try to refute a corpus, its sources at hand, and print the report.

    Exit status: 0 it has passed, 1 it is refuted, 3 neither.
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
    report = refute(
        path,
        columns=_columns(column),
        sources=source or (),
        register=register,
        power=power,
        previous=previous,
        rebuild=rebuild,
        seed=seed,
        workers=workers or library.pipeline.default_workers(),
    )
    if html is not None:
        report.to_html(html, read(path, columns=_columns(column)))
    if as_json:
        print(json.dumps(report.to_dict(), indent=2, sort_keys=True))
    else:
        print(report.to_markdown() if as_markdown else report)
    if not report.passed:
        raise typer.Exit(1 if report.verdict == "refuted" else 3)


@app.command()
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
    print(show.summary(found))
    _print_verdict(found.report)
    print("\nFiles: rows, report and what was removed are what the manifest says")
    if not verify:
        return
    verdicts = found.reread(workers=workers or library.pipeline.default_workers(), progress=False if quiet else None)
    wrong = [why for why in verdicts if why is not None]
    print(f"Rows: {len(verdicts) - len(wrong)} of {len(verdicts)} are what their commit, path and lines give again")
    for why in wrong[:20]:
        print(f"  {show.plain(why)}")
    if wrong:
        raise typer.Exit(1)


@app.command()
def stats(folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Counts: rows by split, category, task, language and licence; removed and skipped by reason."""
    found = library.load(folder).stats()
    if as_json:
        print(json.dumps(found, indent=2, sort_keys=True))
        return
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{name}\n{show.text_table([[k, v] for k, v in value.items()]) if value else '  none'}")
        else:
            print(f"{name}  {value}")


@app.command()
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
    print("\n\n".join(show.entry_text(entry) for entry in chosen) if chosen else "no such rows")


@app.command()
def similar(
    text: Annotated[str, typer.Argument(help="Some sentences or lines of code; - reads them from standard input.")],
    folder: Folder,
    n: Annotated[int, typer.Option("-n", help="How many rows.")] = 5,
) -> None:
    """Show the rows that are most like a text, and how much."""
    found = library.load(folder).similar(sys.stdin.read() if text == "-" else text, n)
    for one in found:
        print(f"{one.similarity:.2f} ({one.part})\n{show.entry_text(library.Entry.from_row(one.row))}\n")
    if not found:
        print("no row is like it")


@app.command()
def card(folder: Folder) -> None:
    """Print the dataset card, made anew from the manifest and the report."""
    from corpus.write import read_manifest
    from corpus.write.card import render_card

    print(render_card(read_manifest(folder), library.load(folder).report), end="")


@app.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="A new folder.")],
    form: Annotated[
        str,
        typer.Option("--format", help="messages, prompt-completion, alpaca, sharegpt, text, llama-factory or axolotl."),
    ] = "messages",
) -> None:
    """Write the rows as the JSON lines of other trainers, one file a split."""
    print(f"Written to {library.load(folder).export(out, format=form)}")


@app.command()
def publish(
    folder: Folder,
    repo_id: Annotated[str, typer.Argument(help="The dataset's repository: name/of-it.", metavar="REPO")],
    public: Annotated[bool, typer.Option("--public", help="Everyone may read it; by default only you.")] = False,
    revision: Annotated[str | None, typer.Option("--revision", help="The branch; main by default.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="A name for the commit: v1.0.0.")] = None,
    license_: Annotated[
        list[str] | None,
        typer.Option("--license", help="A licence that you may publish under (SPDX id); may be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; needs no token.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Publish a corpus to the Hugging Face Hub: loaded again from there and compared before anyone sees it."""
    done = library.publish(
        folder,
        repo_id,
        private=not public,
        revision=revision,
        tag=tag,
        licenses=license_ or None,
        dry_run=dry_run,
    )
    print(json.dumps(done.to_dict(), indent=2, sort_keys=True) if as_json else done)


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


def _shares(ratios: str | None) -> dict[str, float] | None:
    """Three numbers with commas between them. Raises ConfigError for anything else."""
    if ratios is None:
        return None
    try:
        return dict(zip(SPLITS, map(float, ratios.split(",")), strict=True))
    except ValueError:
        raise library.ConfigError(
            "--ratios are three numbers", expected="train,validation,test: 0.8,0.1,0.1", got=ratios
        ) from None


@app.command()
def audit(
    folder: Folder,
    sample: Annotated[int, typer.Option("--sample", min=0, help="How many rows to show for reading.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")] = False,
) -> None:
    """Audit a corpus: where it lies, whose it is, what was redacted, what stands in the way of publishing it."""
    found = library.audit(folder, sample=sample)
    print(found.to_json() if as_json else show.plain(str(found)))


@app.command()
def forget(
    folder: Folder,
    person: Annotated[str, typer.Argument(help="A pseudonym, name, address or number, or the path of a note.")],
) -> None:
    """Take somebody out of a corpus, what was removed from it and its cache, now and in every later build."""
    print(library.forget(folder, person))
    print(f"\nThe corpus is another one now: corpus falsify {folder}")


@app.command()
def clean(folder: Folder) -> None:
    """Delete .private/cache: what the sources hold, who is in it, and where they lie."""
    from corpus.privacy.auditing import clean as empty

    print(f"{empty(folder)} bytes deleted")


def _options(
    real_names: bool, authors: list[str] | None, history: bool, licenses: list[str] | None, preset: str | None
) -> dict[str, Any]:
    """The arguments that every repository is opened with. Raises ConfigError for a preset that there is not."""
    library.presets.preset_of(preset)
    return {
        "real_names": real_names,
        "authors": authors or (),
        "history": history,
        "licenses": licenses or None,
        "preset": preset,
    }


def _redaction(
    keep: list[str] | None, public: list[str] | None, pseudonyms: bool, no_redact: bool
) -> dict[str, Any] | Literal[False]:
    """The arguments of `Corpus.redact`, or False. Raises ConfigError where both are asked for."""
    if no_redact and (keep or public or pseudonyms):
        raise library.ConfigError("--no-redact redacts nothing, so there is nothing to choose", got="other options")
    return False if no_redact else {"keep": keep or (), "public": public or (), "pseudonyms": pseudonyms}


def _resolved(sources: list[str], public: list[str], options: dict[str, Any], me: str | None) -> list[Any]:
    strangers = sorted(set(public) - set(sources))
    if strangers:
        raise library.ConfigError(
            "--public names something that is no SOURCE", got=", ".join(strangers), hint="give it in the same words"
        )
    found = [(place, library.sources.source_of(place)) for place in sources]
    done: list[Any] = []
    for place, source in found:
        if isinstance(source, GitRepo):
            done.append(GitRepo(source.path, visibility="public" if place in public else "private", **options))
        elif isinstance(source, ObsidianVault):
            source.visibility = "public" if place in public else "private"
            done.append(source)
        elif place in public:
            raise library.ConfigError("a conversation is not one person's to declare public", where=place)
        elif not isinstance(source, SignalExport | MatrixExport):
            done.append(source)
    # Exports of one messenger are one source: the same chat in two of them is one conversation.
    signal = [place for place, source in found if isinstance(source, SignalExport)]
    matrix = [place for place, source in found if isinstance(source, MatrixExport)]
    if signal:
        done.append(SignalExport(*signal))
    if matrix:
        done.append(MatrixExport(*matrix, me=me))
    return done


def _print_verdict(report: Any) -> None:
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


def main() -> None:
    """Run the command line; a user's mistake is a message, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows only ASCII shows a ? and goes on
    try:
        app()
    except CorpusError as error:
        print(f"corpus: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:
        sys.stderr.close()  # what reads our output has gone; there is nobody to tell
        raise SystemExit(0) from None
    except OSError as error:  # a full disk, a folder that is not ours: the system's words say it best
        print(f"corpus: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("corpus: interrupted; the same command goes on where it stopped", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
