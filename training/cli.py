"""The shell's face of training: `corpus-train …`. It parses arguments, calls the library and prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
import yaml

import training
from corpus.errors import ConfigError, CorpusError
from training.checks import check as check_corpus
from training.cli_more import add_commands, examples

app = typer.Typer(
    help="Train on a corpus: checks, tokens, an adapter, and what it is worth.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain, as that of `corpus`: a pipe reads it
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("corpus-train doctor", "corpus-train prepare my-corpus MODEL", "corpus-train train run.yaml"),
)


@app.command(epilog=examples("corpus-train check my-corpus --max-length 4096"))
def check(
    folder: Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="DIR")],
    max_length: Annotated[int, typer.Option("--max-length", min=1, help="Tokens that a row may have.")] = 2048,
) -> None:
    """Look whether a corpus is complete, unrefuted and fit to be trained on as it is."""
    found = check_corpus(folder, max_length=max_length)
    print(found)
    if not found.ready:
        raise typer.Exit(1)


@app.command(epilog=examples("corpus-train prepare my-corpus Qwen/Qwen2.5-Coder-0.5B-Instruct --max-length 2048"))
def prepare(
    folder: Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="DIR")],
    model: Annotated[str, typer.Argument(help="Name or folder of the model.", metavar="MODEL")],
    max_length: Annotated[
        int, typer.Option("--max-length", min=8, help="Tokens of a row; longer ones stay out.")
    ] = 2048,
    packing: Annotated[bool, typer.Option(help="Put several rows into one, unseen by one another.")] = True,
    replay: Annotated[Path | None, typer.Option(help="A general corpus to mix in.", metavar="DIR")] = None,
    replay_share: Annotated[float, typer.Option("--replay-share", help="Its share of the rows.")] = 0.05,
    out: Annotated[Path | None, typer.Option(help="Where the shards are kept.", metavar="DIR")] = None,
    force: Annotated[bool, typer.Option("--force", help="Go on although a check failed.")] = False,
) -> None:
    """Tokenise a corpus for a model and look whether it can be trained on."""
    found = training.prepare(
        folder, model, max_length=max_length, packing=packing, replay=replay, replay_share=replay_share,
        out=out, force=force,
    )  # fmt: skip
    print(found)
    print(f"{found.path}{' (as before)' if found.reused else ''}")


@app.command(epilog=examples("corpus-train train run.yaml", "corpus-train train run.yaml --set epochs=1 --set rank=32"))
def train(
    config: Annotated[
        Path,
        typer.Argument(help="A YAML file: model, corpus, out and what differs from the defaults.", metavar="CONFIG"),
    ],
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="A setting that differs from the file.", metavar="KEY=VALUE")
    ] = None,
) -> None:
    """Train as a configuration says; a run that was interrupted goes on."""
    settings = training.config_of(config).as_dict()
    print(training.train({**settings, **dict(map(_setting, changes or []))}))


def _setting(text: str) -> tuple[str, object]:
    name, found, value = text.partition("=")
    if not found:
        raise ConfigError("this is no setting", where="--set", expected="KEY=VALUE", got=text)
    return name, yaml.safe_load(value)


@app.command(epilog=examples("corpus-train evaluate my-run", "corpus-train evaluate my-run --samples 100 --limit 500"))
def evaluate(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.", metavar="RUN")],
    folder: Annotated[
        Path | None, typer.Option("--corpus", help="Another corpus than the run's.", metavar="DIR")
    ] = None,
    samples: Annotated[int, typer.Option(min=0, help="Questions that are answered.")] = 50,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows of which the loss is measured.")] = None,
    max_new_tokens: Annotated[int, typer.Option("--max-new-tokens", min=1, help="Tokens of an answer.")] = 256,
    canaries: Annotated[
        list[str] | None, typer.Option("--canary", help="A text that was planted.", metavar="TEXT")
    ] = None,
) -> None:
    """Compare what a run trained with its base on held-out rows, and write a page."""
    done = training.Run(run)
    found = training.evaluate(
        done.model, done.adapter, folder or done.config.corpus, samples=samples, limit=limit,
        max_length=done.config.max_length, max_new_tokens=max_new_tokens, canaries=canaries or (),
        out=run / "evaluation",
    )  # fmt: skip
    print(found)
    print(run / "evaluation" / "page.html")


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
