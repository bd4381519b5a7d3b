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
    "NoRedact",
    "OptionalOut",
    "PresetName",
    "Pseudonyms",
    "Public",
    "PublicValue",
    "Quiet",
    "RealNames",
    "SourcePaths",
    "Workers",
]


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
Folder = Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="DIR")]
NewFolder = Annotated[Path, typer.Option("--out", help="A new folder.", metavar="DIR")]
OptionalOut = Annotated[
    Path | None,
    typer.Option("--out", help="The folder to write to: new, empty, or an earlier corpus.", metavar="DIR"),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="Where the settings stand; without SOURCE ./corpus.toml.", metavar="FILE"),
]
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
PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        help="Rules of a data set: codesearchnet, vault, self-oss-instruct, commitpackft.",
        autocompletion=_presets,
    ),
]
Me = Annotated[str | None, typer.Option("--me", help="Your id in exports of Matrix: @you:example.org.")]
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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars, and no more than the result.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
