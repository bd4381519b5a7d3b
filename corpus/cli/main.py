"""Runs the command line: what can go wrong is a message on standard error and an exit code, never a traceback."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import typer
from typer.exceptions import TyperException

from corpus.cli import say
from corpus.cli.app import FACTS, app
from corpus.errors import BuildError, ConfigError, CorpusError, MissingExtraError, PublishError
from corpus.guess import did_you_mean

__all__ = ["code_of", "main"]

_AS_THINGS_ARE: Final = (BuildError, PublishError, MissingExtraError)
_ENDED: Final = 128 + 15  # what a shell says of a program that SIGTERM has ended


class _Lost(io.StringIO):
    """Stands for a standard output that is closed: takes what is printed, so that its loss can be reported."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake is a message, never a traceback.

    Args:
        arguments: What follows the program's name; those of the process by default.

    Raises:
        SystemExit: Always, with the exit code: see `corpus.cli.app.EXIT_CODES`.
    """
    lost = _prepared()
    with _orderly_end():
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    if lost is not None and lost.getvalue() and code == 0:
        say.error("standard output is closed, so that what it was to show is lost")
        code = 4
    raise SystemExit(code)


@contextmanager
def _orderly_end() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does: workers are stopped, and what only stands for a run is given back.

    Ended at once, it would leave its semaphores to loky's tracker, which takes them away and complains. A second
    SIGTERM ends it at once; where another handler stands, or none is wanted, that stays.
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise SystemExit(_ENDED)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _prepared() -> _Lost | None:
    """Streams that take every character; what stands for standard output where that is closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # a file that is opened later would get this number, and be written into
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows only ASCII shows a ? and goes on
    if sys.stderr is None:
        sys.stderr = io.StringIO()
    if sys.stdout is not None:
        return None
    lost = _Lost()
    sys.stdout = lost
    return lost


def _run(arguments: list[str]) -> int:
    """The exit code of a command line."""
    try:
        done = app(arguments, prog_name="corpus", standalone_mode=False)
        sys.stdout.flush()  # a disk that is full says so here, and not when nobody can answer any more
    except KeyboardInterrupt:
        done = 130
    except SystemExit as stopped:  # typer's own: 1 where nobody reads the pipe any more, or completion is done
        if stopped.code == _ENDED:
            say.error("ended by SIGTERM; the same command goes on where it stopped")
        return 0 if stopped.code == 1 else int(stopped.code or 0)
    except Exception as error:  # noqa: BLE001 - the last place that can turn a fault into a message and a code
        return _told(error, arguments)
    if done == 130:  # which typer makes of Ctrl-C
        say.error("interrupted; the same command goes on where it stopped")
    return done if isinstance(done, int) else 0


def _told(error: Exception, arguments: Sequence[str]) -> int:
    """Say what went wrong, and give the exit code for it."""
    if isinstance(error, BrokenPipeError):
        _let_go(sys.stdout)  # what reads our output has gone; there is nobody to tell
        return 0
    if isinstance(error, typer.Abort):
        say.error("aborted")
        return 130
    if isinstance(error, CorpusError):
        say.error(str(error))
    elif isinstance(error, TyperException):
        say.error(_usage(error, arguments))
    elif isinstance(error, OSError):  # a full disk, a folder that is not ours: the system's words say it best
        what = (error.strerror or str(error)).lower()
        say.error(str(CorpusError(what, where=error.filename or "standard output")))
        if error.filename is None:
            _let_go(sys.stdout)
    elif isinstance(error, MemoryError):
        say.error("there is not enough memory")
    else:
        traceback.print_exception(error)
        say.error("this is a fault of the program and not yours; what stands above says where it is")
    return code_of(error)


def code_of(error: Exception) -> int:
    """The exit code for an error."""
    if isinstance(error, _AS_THINGS_ARE):
        return 4
    if isinstance(error, CorpusError | TyperException):
        return 2
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        return 2
    return 4 if isinstance(error, OSError | MemoryError) else 70


def _let_go(stream: Any) -> None:
    """Point a stream that takes nothing any more to nowhere: Python flushes it once more at the end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError, AttributeError):
        return


def _usage(error: TyperException, arguments: Sequence[str]) -> str:
    """A mistake in the words of a call, as this library's errors are told."""
    context: Any = getattr(error, "ctx", None)
    named = next((one for one in arguments if one in FACTS), None)  # an option without its value has no context
    path = context.command_path if context is not None else " ".join(filter(None, ["corpus", named]))
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return f"what shall be done?\n\n{error.message}"
    if kind == "NoSuchOption":
        return _no_option(error, context, path, arguments)
    what = error.format_message().rstrip(".")
    if what.startswith("No such command"):
        return _no_command(context, arguments)
    what = what[:1].lower() + what[1:]
    facts = FACTS.get(path.removeprefix("corpus "))
    option = getattr(error, "option_name", None)
    examples = [one for one in facts.examples if option is None or f" {option} " in one] if facts else []
    example = f"{examples[0]}   ({path} --help says more)" if examples else f"{path} --help"
    option, said, expected = what.removeprefix("invalid value for ").partition(": ")
    if what.startswith("invalid value for ") and said:
        name = option.strip("'")
        expected = expected.removeprefix("Input should be ").partition(", unable")[0]
        got = next((after for one, after in pairwise(arguments) if one == name), None)
        got = repr(got) if got == "" else got
        return str(ConfigError(f"{name} has a value that cannot be meant", where=path, expected=expected, got=got))
    return str(ConfigError(what, where=path, hint=example))


def _no_option(error: Any, context: Any, path: str, arguments: Sequence[str]) -> str:
    known = _options_of(context.command)
    later = [one for one in getattr(context.command, "commands", {}).values() if error.option_name in _options_of(one)]
    if later:
        meant = next((one.name for one in later if one.name in arguments), later[0].name)
        hint = f"options stand behind the command: corpus {meant} … {error.option_name}"
        return str(ConfigError(f"there is no option {error.option_name} before a command", where=path, hint=hint))
    short = [name for name in known if name.startswith(f"-{error.option_name}")]  # -o, where there is only --out
    meant = f"did you mean {short[0]!r}?" if len(short) == 1 else did_you_mean(error.option_name, known)
    hint = meant or f"{path} --help"
    return str(ConfigError(f"there is no option {error.option_name}", where=path, hint=hint))


def _options_of(command: Any) -> list[str]:
    return [name for one in command.params for name in (*one.opts, *one.secondary_opts) if name[0] == "-"]


def _no_command(context: Any, arguments: Sequence[str]) -> str:
    known = list(context.command.commands)
    got = next((one for one in arguments if not one.startswith("-")), "")
    hint = did_you_mean(got, known) or "corpus --help"
    return str(ConfigError(f"there is no command {got!r}", where="corpus", expected=" | ".join(known), hint=hint))
