"""Commands that make a corpus from sources: clone, extract, build."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import corpus as library
from corpus.cli.app import command
from corpus.cli.looking import print_verdict
from corpus.cli.options import (
    Author,
    Croissant,
    History,
    Keep,
    License,
    Me,
    NewFolder,
    NoRedact,
    PresetName,
    Pseudonyms,
    Public,
    PublicValue,
    Quiet,
    RealNames,
    Workers,
)


@command("Make", "corpus clone https://github.com/BurntSushi/ripgrep")
def clone(
    url: Annotated[str, typer.Argument(help="The repository's URL.")],
    folder: Annotated[Path | None, typer.Argument(help="Where to put it; NAME.git here by default.")] = None,
) -> None:
    """Copy a repository with its history, without a checkout: nothing of it is ever run."""
    from corpus.sources.clone import clone_repository

    print(clone_repository(url, folder))


@command("Make", "corpus extract ~/src/lantern --out raw")
def extract(
    sources: Annotated[list[str], typer.Argument(help="Paths.", metavar="SOURCE...")],
    out: NewFolder,
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
    print(library.show.summary(done))
    print(f"\nWritten to {out}")


@command("Make", "corpus build ~/src/lantern ~/Notes --out my-corpus")
def build(
    sources: Annotated[list[str], typer.Argument(help="Paths.", metavar="SOURCE...")],
    out: NewFolder,
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
    ratios: Annotated[
        str | None, typer.Option("--ratios", help="Shares of train, validation and test: 0.8,0.1,0.1 by default.")
    ] = None,
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
    engine: Annotated[str, typer.Option("--engine", help="Where curation runs: local or ray.")] = "local",
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
        against=[*(library.curate.BENCHMARKS if decontaminate else ()), *map(Path, against or ())],
        ratios=_shares(ratios),
        by=by,
        previous=earlier,
        croissant=croissant,
        engine=engine,
        progress=False if quiet else None,
    )
    print(library.show.summary(done))
    if done.cache_use is not None:
        print(f"\nFiles: {done.cache_use.extracted} extracted, {done.cache_use.cached} from the cache")
    print_verdict(done.report)
    print(f"\nWritten to {out}: data/*.parquet, README.md, manifest.json, falsification.json")
    print(f"  corpus inspect {out} --verify    extracts every row again from its commit and lines")
    print(f"  corpus sample {out}              shows some of them")


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
        if isinstance(source, library.GitRepo):
            done.append(library.GitRepo(source.path, visibility="public" if place in public else "private", **options))
        elif isinstance(source, library.ObsidianVault):
            source.visibility = "public" if place in public else "private"
            done.append(source)
        elif place in public:
            raise library.ConfigError("a conversation is not one person's to declare public", where=place)
        elif not isinstance(source, library.SignalExport | library.MatrixExport):
            done.append(source)
    # Exports of one messenger are one source: the same chat in two of them is one conversation.
    signal = [place for place, source in found if isinstance(source, library.SignalExport)]
    matrix = [place for place, source in found if isinstance(source, library.MatrixExport)]
    if signal:
        done.append(library.SignalExport(*signal))
    if matrix:
        done.append(library.MatrixExport(*matrix, me=me))
    return done


def _shares(ratios: str | None) -> dict[str, float] | None:
    """Three numbers with commas between them. Raises ConfigError for anything else."""
    if ratios is None:
        return None
    try:
        return dict(zip(library.entry.SPLITS, map(float, ratios.split(",")), strict=True))
    except ValueError:
        raise library.ConfigError(
            "--ratios are three numbers", expected="train,validation,test: 0.8,0.1,0.1", got=ratios
        ) from None
