"""Commands that keep a corpus in order: forget, clean."""

from __future__ import annotations

from typing import Annotated

import typer

import corpus as library
from corpus.cli import say
from corpus.cli.app import command
from corpus.cli.options import Folder, Json


@command(
    "Keep",
    "corpus forget my-corpus person-4kq7v2d3",
    'corpus forget my-corpus "Kim Example"',
    keys={
        "called": "the pseudonyms that stood for them",
        "rows": "rows that left, by source",
        "removed, skipped, nodes": "what left beside them",
        "cache": "bytes of the cache that were deleted",
        "published": "revisions that were published before and still carry what left",
    },
)
def forget(
    folder: Folder,
    person: Annotated[
        str, typer.Argument(help="A pseudonym, name, address or number, or the path of a note.", metavar="PERSON")
    ],
    as_json: Json = False,
) -> None:
    """Take somebody out, now and in every later build.

    Out of the rows, of what was removed, and of the cache.
    """
    done = library.forget(folder, person)
    if as_json:
        names = ("rows", "removed", "skipped", "nodes", "cache")
        told = {name: getattr(done, name) for name in names}
        say.print_json({**told, "called": list(done.called), "published": list(done.published)})
        return
    print(done)
    print(f"\nThe corpus is another one now: corpus falsify {folder}")


@command("Keep", "corpus clean my-corpus", keys={"bytes": "how many were deleted"})
def clean(folder: Folder, as_json: Json = False) -> None:
    """Delete what only the cache holds.

    That is .private/cache: what the sources hold, who is in it, and where they lie.
    """
    from corpus.privacy.auditing import clean as empty

    size = empty(folder)
    if as_json:
        say.print_json({"bytes": size})
    else:
        print(f"{size} bytes deleted")
