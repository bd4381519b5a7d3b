"""Commands that hand a corpus on: export, publish, audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

import corpus as library
from corpus.cli.app import command
from corpus.cli.options import Folder


@command("Share", "corpus export my-corpus --out alpaca --format alpaca")
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


@command("Share", "corpus publish my-corpus me/my-corpus --dry-run")
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


@command("Share", "corpus audit my-corpus")
def audit(
    folder: Folder,
    sample: Annotated[int, typer.Option("--sample", min=0, help="How many rows to show for reading.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")] = False,
) -> None:
    """Audit a corpus: where it lies, whose it is, what was redacted, what stands in the way of publishing it."""
    found = library.audit(folder, sample=sample)
    print(found.to_json() if as_json else library.show.plain(str(found)))
