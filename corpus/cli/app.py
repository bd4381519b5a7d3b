"""The application: its groups of commands, and for each command examples, the keys of its JSON and its exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from corpus.cli import say

__all__ = ["EXIT_CODES", "FACTS", "GROUPS", "Facts", "app", "command"]

F = TypeVar("F", bound=Callable[..., Any])

GROUPS: Final = {
    "Make": "a corpus from your sources",
    "Judge": "what was made",
    "Look": "at a corpus, a file, a graph",
    "Share": "with trainers and with others",
    "Keep": "it in order",
}

EXIT_CODES: Final[Mapping[int, str]] = {
    0: "done; a build is done when its corpus is written, whatever the verdict",
    1: "the answer is no: refuted, other rows, differences, nothing found",
    2: "a mistake in the call or the input: an option, a path, a setting, a source or a corpus that cannot be read",
    3: "falsify: the corpus was not refuted and has not passed",
    4: "it cannot be done as things are: no room, no right, another build at work, publishing refused",
    70: "a fault of this program; the traceback says where, and a report is welcome",
    130: "interrupted; the same command goes on where it stopped",
    143: "ended by SIGTERM; the same command goes on where it stopped",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a command beside its arguments.

    Attributes:
        group: The name of its group, one of `GROUPS`.
        examples: Lines as one types them.
        keys: With `--json`, the keys of what is printed and what they mean; none where there is no `--json`.
        codes: Exit codes whose meaning is narrower here than in `EXIT_CODES`.
    """

    group: str
    examples: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[int, str] = field(default_factory=dict)


FACTS: Final[dict[str, Facts]] = {}
"""By the name of the command."""


class _Command(TyperCommand):
    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Arguments as other programs show them: DIR is needed, [DIR] is not; our own names have the brackets."""
        pieces: list[str] = super().collect_usage_pieces(ctx)
        return [one.strip("{}").replace("[[", "[").removesuffix("...").replace("]]", "]") for one in pieces]

    def get_help(self, ctx: Any) -> str:
        ctx.color = say.coloured(sys.stdout)  # else typer takes out what is no terminal's
        return say.headed(super().get_help(ctx))


class _Group(TyperGroup):
    """The commands by group, in the order in which one needs them."""

    def get_help(self, ctx: Any) -> str:
        ctx.color = say.coloured(sys.stdout)
        return say.headed(super().get_help(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        order = list(GROUPS)
        return sorted(super().list_commands(ctx), key=lambda name: order.index(FACTS[name].group))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        names = self.list_commands(ctx)
        width = max(map(len, names))  # one column for all groups
        limit = formatter.width - 6 - width
        for group, about in GROUPS.items():
            mine = [(n, self.commands[n].get_short_help_str(limit)) for n in names if FACTS[n].group == group]
            with formatter.section(f"{group} {about}"):
                formatter.write_dl([(name.ljust(width), said) for name, said in mine])


app = typer.Typer(
    cls=_Group,
    help="A person's code, notes and conversations become a training corpus that can be trusted.",
    epilog="\b\nBegin with:\n  corpus init && corpus build\n  corpus build ~/src/lantern ~/Notes --out my-corpus",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help is a third of a second faster, and a pipe reads it
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(
    group: str,
    *examples: str,
    keys: Mapping[str, str] | None = None,
    codes: Mapping[int, str] | None = None,
) -> Callable[[F], F]:
    """Make a function a command of `app`: its name is the command's, its docstring the help.

    Args:
        group: One of `GROUPS`.
        *examples: Lines as one types them.
        keys: For a command with `--json`: key to its meaning. `rows[].id` is a key of each element of `rows`.
        codes: Exit codes whose meaning is narrower than in `EXIT_CODES`.
    """

    def registered(function: F) -> F:
        name = function.__name__
        FACTS[name] = Facts(group, examples, keys or {}, codes or {})
        lines = ["\b", "Examples:", *(f"  {line}" for line in examples)]
        for code, meaning in FACTS[name].codes.items():
            lines += ["", "\b", f"Exit code {code}: {meaning}."]
        app.command(name, cls=_Command, epilog="\n".join(lines))(function)
        return function

    return registered


def _print_version(wanted: bool) -> None:
    if wanted:
        from corpus.versions import library_version

        print(f"corpus {library_version()} (Python {sys.version.split()[0]})")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A person's code, notes and conversations become a training corpus that can be trusted."""
