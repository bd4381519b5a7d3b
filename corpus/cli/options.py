"""Arguments and options that several commands have. What they may be is asked of the library, when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Author",
    "Config",
    "Croissant",
    "Folder",
    "History",
    "Json",
    "Keep",
    "License",
    "Me",
    "NewFolder",
    "OptionalOut",
    "PresetName",
    "Pseudonyms",
    "Public",
    "PublicValue",
    "Quiet",
    "RealNames",
    "Redact",
    "SourcePaths",
    "Verbose",
    "Workers",
    "given_path",
]


def given_path(text: str) -> Path:
    """What a path's option or argument is made of.

    `Path("")` is the current folder, which nobody means who gives "" (or a variable of the shell that is not set).
    """
    if not text:
        raise typer.BadParameter("a path")
    return Path(text)


def _presets() -> list[str]:
    from corpus.presets import PRESETS

    return list(PRESETS)


SourcePaths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Paths of git repositories, Obsidian vaults, and exports of Signal and Matrix.",
        metavar="[SOURCE...]",
        show_default=False,
    ),
]
Folder = Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="DIR", parser=given_path)]
NewFolder = Annotated[Path, typer.Option("--out", help="A new folder.", metavar="DIR", parser=given_path)]
OptionalOut = Annotated[
    Path | None,
    typer.Option(
        "--out", help="The folder to write to: new, empty, or an earlier corpus.", metavar="DIR", parser=given_path
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Where the settings stand; without SOURCE ./corpus.toml.", metavar="FILE", parser=given_path
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="Worker processes; one a core by default.")
]
Public = Annotated[
    list[str] | None,
    typer.Option("--public", metavar="SOURCE", help="A SOURCE that you declare public; the others stay private."),
]
RealNames = Annotated[
    bool | None,
    typer.Option(
        "--real-names/--no-real-names", help="Write authors' names instead of pseudonyms.", show_default=False
    ),
]
Author = Annotated[
    list[str] | None,
    typer.Option("--author", metavar="WHO", help="Only code mostly written by this address or name; may be repeated."),
]
History = Annotated[
    bool | None,
    typer.Option(
        "--history/--no-history", help="Also make rows of commits: message, before, after.", show_default=False
    ),
]
License = Annotated[
    list[str] | None,
    typer.Option("--license", metavar="SPDX", help="Only files of this licence (SPDX id); may be repeated."),
]
PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="Rules of a data set: codesearchnet, vault, self-oss-instruct, commitpackft.",
        autocompletion=_presets,
    ),
]
Me = Annotated[str | None, typer.Option("--me", metavar="ID", help="Your id in exports of Matrix: @you:example.org.")]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="KIND", help="A kind that is not redacted (email, phone, …); may be repeated."),
]
PublicValue = Annotated[
    list[str] | None,
    typer.Option(
        "--public-value", metavar="VALUE", help="An address or name that you declare public; may be repeated."
    ),
]
Pseudonyms = Annotated[
    bool | None,
    typer.Option(
        "--pseudonyms/--no-pseudonyms", help="Tell redacted values apart: <EMAIL-4kq7v2d3>.", show_default=False
    ),
]
Redact = Annotated[
    bool | None,
    typer.Option(
        "--redact/--no-redact",
        help="Take secrets and personal data out, or leave them in; they go by default.",
        show_default=False,
    ),
]
Croissant = Annotated[
    bool | None,
    typer.Option(
        "--croissant/--no-croissant",
        help="Also write croissant.json, the card for machines (extra `croissant`).",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars, and no more than the result.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say what each stage did, on standard error.")]
