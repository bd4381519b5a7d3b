"""The shell's face of training: `corpus-train …`. It parses arguments, calls the library and prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from corpus.errors import CorpusError
from training.checks import check as check_corpus
from training.cli_more import add_commands

app = typer.Typer(
    help="Train on a corpus. So far: the checks that come before.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _commands() -> None:
    """Keep `check` a command of its own while it is the only one."""


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="DIR")],
    max_length: Annotated[int, typer.Option("--max-length", min=1, help="Tokens that a row may have.")] = 2048,
) -> None:
    """Look whether a corpus is complete, unrefuted and fit to be trained on as it is."""
    found = check_corpus(folder, max_length=max_length)
    print(found)
    if not found.ready:
        raise typer.Exit(1)


add_commands(app)


def main() -> None:
    """Run the command line; a user's mistake is a message, never a traceback."""
    try:
        app()
    except CorpusError as error:
        print(f"corpus-train: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
