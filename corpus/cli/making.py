"""Commands that make a corpus from sources: init, clone, extract, build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import corpus as library
from corpus.cli import say
from corpus.cli.app import command
from corpus.cli.judging import print_verdict
from corpus.cli.options import (
    Author,
    Config,
    Croissant,
    History,
    Json,
    Keep,
    License,
    Me,
    OptionalOut,
    PresetName,
    Pseudonyms,
    Public,
    PublicValue,
    Quiet,
    RealNames,
    Redact,
    SourcePaths,
    Verbose,
    Workers,
    given_path,
)

if TYPE_CHECKING:
    from corpus.config import Configuration
    from corpus.corpus import Corpus

_MADE = {
    "out": "the folder",
    "rows": "how many rows it has",
    "by_split": "rows by split",
    "by_category": "rows by category",
    "removed": "removed rows by `stage: reason`",
    "skipped": "units that were not read by reason",
    "fingerprint": "of all rows; a report names the one that it judged",
}


def _gate_names() -> list[str]:
    from corpus.curate.gates import GATES

    return [f"{gate.name}=" for gate in GATES]


@command("Make", "corpus init", "corpus init ~/src/lantern && corpus build --config ~/src/lantern/corpus.toml")
def init(
    folder: Annotated[Path, typer.Argument(help="The folder that it shall lie in.", metavar="[FOLDER]")] = Path(),
) -> None:
    """Write a commented corpus.toml for a folder.

    It names the repositories, vaults and exports that are there, and every setting with its default as a comment.
    """
    file = library.config.start(folder)
    begin = "corpus build" + ("" if folder == Path() else f" --config {file}")
    if library.config.read(file).settings["sources"]:
        print(f"Written to {file}; next: {begin}")
    else:
        print(f"Written to {file}. No repository, vault or export was found in this folder:")
        print(f"  name yours at `sources` in that file, then: {begin}")


@command(
    "Make",
    "corpus clone https://github.com/BurntSushi/ripgrep",
    "corpus clone ~/src/lantern lantern.git",
    keys={"folder": "where the copy lies"},
)
def clone(
    url: Annotated[str, typer.Argument(help="The repository's URL.", metavar="URL")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where to put it; NAME.git here by default.", metavar="[FOLDER]", parser=given_path),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy a repository, with nothing checked out.

    The copy has the whole history and no work tree, so that nothing of the repository is ever run.
    """
    from corpus.sources.clone import clone_repository

    place = clone_repository(url, folder)
    if as_json:
        say.print_json({"folder": str(place)})
    else:
        print(place)


@command("Make", "corpus extract ~/src/lantern --out raw", "corpus extract --config corpus.toml --out raw", keys=_MADE)
def extract(
    sources: SourcePaths = None,
    out: OptionalOut = None,
    config: Config = None,
    workers: Workers = None,
    public: Public = None,
    real_names: RealNames = None,
    author: Author = None,
    history: History = None,
    license_: License = None,
    preset: PresetName = None,
    me: Me = None,
    keep: Keep = None,
    public_value: PublicValue = None,
    pseudonyms: Pseudonyms = None,
    redact: Redact = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write what the sources hold, redacted.

    Nothing is filtered, split or judged: that is what build does beside.
    """
    told = {
        **_of_sources(sources, public, real_names, author, history, license_, preset, me),
        **_redaction(redact, keep, public_value, pseudonyms),
        **_given(workers=workers),
    }
    if out is None:  # what a file calls `out` is where the whole build goes
        raise library.ConfigError("it is not said where to write", expected="a folder", hint="--out DIR")
    plan = _planned(config, sources, told)
    library.write.folder.check_place(library.places.place_of(out))  # before hours of reading
    done = library.extract(
        *plan.sources(),
        workers=plan.settings.get("workers"),
        limits=plan.limits(),
        progress=_shown(quiet, as_json),
    )
    chosen = plan.settings.get("redact", True)
    done = done if chosen is False else done.redact(**({} if chosen is True else chosen))
    done.write(out)
    if as_json:
        say.print_json(_made(done, out))
        return
    print(library.show.summary(done))
    print(f"\nWritten to {out}")


@command(
    "Make",
    "corpus build",
    "corpus build ~/src/lantern ~/Notes --public ~/src/lantern --out my-corpus",
    "corpus build exports/signal-export exports/element.json --me @you:example.org --out my-voice",
    "corpus build ~/src/lantern --author you@example.org --gate long=8192 --gate terse=off --out mine",
    keys={
        **_MADE,
        "files": "units that were `extracted` now, and that came from what is `cached`",
        "verdict": "of the falsifier: corroborated, refuted or untested",
        "score": "its points, of 100",
        "refuted": "the hypotheses that were refuted, by id, with the reason",
        "untested": "the ids of those that could not be tested",
        "verdicts": "by hand: how many are `current`, `moved`, `corrected`, `stale`, which are `unapplied`, how many "
        "corrections are `waiting` for the next build",
    },
)
def build(
    sources: SourcePaths = None,
    out: OptionalOut = None,
    config: Config = None,
    workers: Workers = None,
    public: Public = None,
    real_names: RealNames = None,
    author: Author = None,
    history: History = None,
    license_: License = None,
    preset: PresetName = None,
    me: Me = None,
    keep: Keep = None,
    public_value: PublicValue = None,
    pseudonyms: Pseudonyms = None,
    redact: Redact = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            "--gate",
            metavar="NAME=VALUE",
            help="Another threshold for a gate: long=8192, terse=off, link=on; may be repeated.",
            autocompletion=_gate_names,
        ),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous",
            metavar="DIR",
            help="An earlier corpus, whose rows stay on their side of the split.",
            parser=given_path,
        ),
    ] = None,
    ratios: Annotated[
        str | None,
        typer.Option("--ratios", metavar="A,B,C", help="Shares of train, validation and test: 0.8,0.1,0.1 by default."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="HOW",
            help="What a split keeps whole or in order: group (by default), source or time.",
            autocompletion=lambda: ["group", "source", "time"],
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="DIR",
            help="A corpus whose rows are removed, beside HumanEval's and MBPP's; repeatable.",
        ),
    ] = None,
    decontaminate: Annotated[
        bool | None,
        typer.Option(
            "--decontaminate/--no-decontaminate", help="Remove what HumanEval and MBPP test.", show_default=False
        ),
    ] = None,
    max_removed: Annotated[
        float | None,
        typer.Option(
            "--max-removed", metavar="SHARE", help="Share of a source that may go as near-duplicates: 0.5; 1 lifts it."
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="Where curation runs: local or ray.",
            autocompletion=lambda: ["local", "ray"],
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Seed of the falsifier's samples.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option("--max-seconds", metavar="N", help="Time that one file may take: 30.")
    ] = None,
    max_memory: Annotated[
        int | None, typer.Option("--max-memory", metavar="MIB", help="MiB that one file may take: 2048.")
    ] = None,
    croissant: Croissant = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Build a corpus from your sources.

    Extracts, curates, splits, tries to refute the outcome, and writes it. Without SOURCE ./corpus.toml says what to do;
    an option wins over the file. The same command goes on where it was stopped.
    """
    told = {
        **_of_sources(sources, public, real_names, author, history, license_, preset, me),
        **_redaction(redact, keep, public_value, pseudonyms),
        **_given(
            out=None if out is None else str(out),
            workers=workers,
            gates=_gates(gate),
            previous=None if previous is None else str(previous),
            ratios=_shares(ratios),
            by=by,
            against=_against(against, decontaminate),
            deduplicate=_given(max_removed=max_removed),
            engine=engine,
            seed=seed,
            limits=_given(seconds=max_seconds, memory=max_memory),
            croissant=croissant,
        ),
    }
    plan = _planned(config, sources, told)
    done = plan.build(progress=_shown(quiet, as_json))
    if verbose:
        _say_stages(done)
    if as_json:
        say.print_json({**_made(done, plan.settings["out"]), **_judged(done)})
        return
    _print_built(done, plan.settings["out"])


def _print_built(done: Corpus, out: str) -> None:
    print(library.show.summary(done))
    if done.cache_use is not None:
        print(f"\nFiles: {done.cache_use.extracted} extracted, {done.cache_use.cached} from the cache")
    print_verdict(done.report, out)
    if done.carried:
        print(f"\n{done.carried}")
    print(f"\nWritten to {out}: data/*.parquet, README.md, manifest.json, falsification.json")
    print(f"  corpus inspect {out} --verify    extracts every row again from its commit and lines")
    print(f"  corpus sample {out}              shows some of them")


def _say_stages(done: Corpus) -> None:
    """What each stage did, as the lineage has it."""
    for record in done.lineage:
        rows = f"{record['rows_in']} rows in, {record['rows_out']} out" if "rows_in" in record else ""
        rows = rows or f"{record.get('rows_out', len(done))} rows"
        why = ", ".join(f"{n} {reason}" for reason, n in record.get("removed", {}).items() if n)
        say.note(f"{record['stage']} ({record.get('version', 'sources')}): {rows}{f'; removed: {why}' if why else ''}")


def _shown(quiet: bool, as_json: bool) -> bool | None:
    """Whether to show bars: not where a program asks; otherwise a terminal decides."""
    return False if quiet or as_json else None


def _made(done: Corpus, out: object) -> dict[str, Any]:
    from corpus.show import counts, removed_counts

    return {
        "out": str(out),
        "rows": len(done),
        "by_split": counts(done.table, "split"),
        "by_category": counts(done.table, "category"),
        "removed": removed_counts(done.removed),
        "skipped": counts(done.skipped, "reason"),
        "fingerprint": done.fingerprint,
    }


def _judged(done: Corpus) -> dict[str, Any]:
    use, report = done.cache_use, done.report or {}
    results = report.get("results", [])
    return {
        "files": {"extracted": use.extracted, "cached": use.cached} if use else {},
        "verdict": report.get("verdict"),
        "score": report.get("score"),
        "refuted": {one["id"]: one["reason"] for one in results if one["verdict"] == "refuted"},
        "untested": [one["id"] for one in results if one["verdict"] == "untested"],
        "verdicts": done.carried.to_dict() if done.carried else {},
    }


def _planned(config: Path | None, sources: list[str] | None, told: dict[str, Any]) -> Configuration:
    """What is to be built: what the command line says, and behind it what a file says, if one is asked for."""
    from corpus.config import NAME, Configuration, read

    above = Configuration(told).check()
    if config is not None:
        return above.over(read(config))
    return above.over(read(NAME)) if not sources and Path(NAME).exists() else above


def _given(**settings: Any) -> dict[str, Any]:
    """The settings that were given at all."""
    return {name: value for name, value in settings.items() if value is not None and value != {}}


def _of_sources(
    sources: list[str] | None,
    public: list[str] | None,
    real_names: bool | None,
    authors: list[str] | None,
    history: bool | None,
    licenses: list[str] | None,
    preset: str | None,
    me: str | None,
) -> dict[str, Any]:
    """Settings of the sources. Raises ConfigError for a preset that there is not, and a public source that is none."""
    library.presets.preset_of(preset)
    strangers = sorted(set(public or ()) - set(sources or ()))
    if strangers:
        raise library.ConfigError(
            "--public names something that is no SOURCE",
            got=", ".join(strangers),
            hint=library.guess.did_you_mean(strangers[0], sources or ()) or "give it in the same words",
        )
    listed = [{"path": one, **({"visibility": "public"} if one in (public or ()) else {})} for one in sources or ()]
    return _given(
        sources=listed or None,
        real_names=real_names,
        authors=authors or None,
        history=history,
        licenses=licenses or None,
        preset=preset,
        me=me,
    )


def _redaction(
    redact: bool | None, keep: list[str] | None, public: list[str] | None, pseudonyms: bool | None
) -> dict[str, Any]:
    """What `redact` is set to, if anything is said of it. Raises ConfigError where it is asked for and not."""
    chosen = _given(keep=keep or None, public=public or None, pseudonyms=pseudonyms)
    if redact is False and chosen:
        raise library.ConfigError("--no-redact redacts nothing, so there is nothing to choose", got="other options")
    return {"redact": chosen or redact} if chosen or redact is not None else {}


def _gates(told: list[str] | None) -> dict[str, Any]:
    """Gates by name. Raises ConfigError for what is no NAME=VALUE, and for a gate that there is not."""
    from corpus.curate.gates import configuration

    found: dict[str, Any] = {}
    for one in told or ():
        name, _, value = one.partition("=")
        try:
            found[name] = {"on": True, "off": False}[value] if value in ("on", "off") else float(value)
        except ValueError:
            raise library.ConfigError(
                "--gate is a name and a value", expected="long=8192, terse=off, link=on", got=one
            ) from None
        configuration({name: None})  # says which gates there are
    return found


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


def _against(told: list[str] | None, decontaminate: bool | None) -> list[str] | None:
    """What rows must not be found in, if anything is said of it."""
    if told is None and decontaminate is None:
        return None
    return [*(() if decontaminate is False else library.curate.BENCHMARKS), *(told or ())]
