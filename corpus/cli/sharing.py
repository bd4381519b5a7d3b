"""Commands that hand a corpus on: export, publish, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import corpus as library
from corpus.cli import say
from corpus.cli.app import command
from corpus.cli.options import Folder, Json, NewFolder


def _formats() -> list[str]:
    from corpus.write.export import FORMATS

    return list(FORMATS)


@command(
    "Share",
    "corpus export my-corpus --out for-axolotl --format axolotl",
    keys={"folder": "where the files are", "format": "which format", "files": "the files in it"},
)
def export(
    folder: Folder,
    out: NewFolder,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help="messages, prompt-completion, alpaca, sharegpt, text, llama-factory or axolotl.",
            autocompletion=_formats,
        ),
    ] = "messages",
    as_json: Json = False,
) -> None:
    """Write the rows for other trainers.

    As JSON lines, one file a split.
    """
    place: Path = library.load(folder).export(out, format=form)
    if as_json:
        say.print_json({"folder": str(place), "format": form, "files": sorted(one.name for one in place.iterdir())})
    else:
        print(f"Written to {place}")


@command(
    "Share",
    "corpus publish my-corpus me/my-corpus --dry-run",
    "corpus publish my-corpus me/my-corpus --public --tag v1.0.0 --license Apache-2.0",
    keys={
        "repo_id": "the repository",
        "revision": "the branch",
        "commit": "the commit that shows it; null for a dry run or where nothing had changed",
        "files": "each file with `path`, `size`, `sha256` and `change`",
    },
    codes={4: "it must not be published as it is, or the Hub refused"},
)
def publish(
    folder: Folder,
    repo_id: Annotated[str, typer.Argument(help="The dataset's repository: name/of-it.", metavar="REPO")],
    public: Annotated[bool, typer.Option("--public", help="Everyone may read it; by default only you.")] = False,
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="NAME", help="The branch; main by default.")
    ] = None,
    tag: Annotated[str | None, typer.Option("--tag", metavar="NAME", help="A name for the commit: v1.0.0.")] = None,
    license_: Annotated[
        list[str] | None,
        typer.Option(
            "--license", metavar="SPDX", help="A licence that you may publish under (SPDX id); may be repeated."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; needs no token.")] = False,
    as_json: Json = False,
) -> None:
    """Publish a corpus to the Hugging Face Hub.

    It is loaded again from there and compared before anyone sees it; private unless asked otherwise.
    """
    done = library.publish(
        folder,
        repo_id,
        private=not public,
        revision=revision,
        tag=tag,
        licenses=license_ or None,
        dry_run=dry_run,
    )
    if as_json:
        say.print_json(done.to_dict())
    else:
        print(done)


@command(
    "Share",
    "corpus audit my-corpus --sample 3",
    "corpus audit my-corpus --json | jq .obstacles",
    keys={"rows": "counts", "obstacles": "what stands in the way of publishing", "redaction": "what was redacted"},
)
def audit(
    folder: Folder,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, help="How many rows to show for reading.")
    ] = 12,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print it as Markdown.")] = False,
    as_json: Json = False,
) -> None:
    """Audit a corpus before it is shared.

    Where it lies, whose it is, what was redacted, what stands in the way of publishing it.
    """
    if as_json and as_markdown:
        raise library.ConfigError("an audit is printed in one form", expected="--json or --markdown", got="both")
    from corpus.cli.audited import audit_text

    found = library.audit(folder, sample=sample)
    if as_json:
        say.print_json(found.to_dict())
    else:
        print(library.show.plain(str(found)) if as_markdown else audit_text(found))
