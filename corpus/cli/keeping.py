"""Commands that keep a corpus in order: forget, clean."""

from __future__ import annotations

from typing import Annotated

import typer

import corpus as library
from corpus.cli.app import command
from corpus.cli.options import Folder


@command("Keep", "corpus forget my-corpus +491701234567")
def forget(
    folder: Folder,
    person: Annotated[str, typer.Argument(help="A pseudonym, name, address or number, or the path of a note.")],
) -> None:
    """Take somebody out of a corpus, what was removed from it and its cache, now and in every later build."""
    print(library.forget(folder, person))
    print(f"\nThe corpus is another one now: corpus falsify {folder}")


@command("Keep", "corpus clean my-corpus")
def clean(folder: Folder) -> None:
    """Delete .private/cache: what the sources hold, who is in it, and where they lie."""
    from corpus.privacy.auditing import clean as empty

    print(f"{empty(folder)} bytes deleted")
