"""docs/cli.md, written from the commands themselves: `python -m corpus.cli.reference > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from corpus.cli.app import EXIT_CODES, FACTS, GROUPS, app
from corpus.settings import SECTIONS, SETTINGS, SOURCE_KINDS, Setting

__all__ = ["reference"]

_HEAD = """\
# The shell

Written from the commands themselves by `python -m corpus.cli.reference > docs/cli.md`; do not edit it.

Results go to standard output, progress and errors to standard error. Colours go to a terminal only: `NO_COLOR` switches
them off, `FORCE_COLOR` on. `corpus --install-completion` teaches your shell the commands, options and their values.
`--json` prints JSON in ASCII with sorted keys, for programs; the keys that stand here stay, others may be added.

An error says what is wrong, where, what was expected, what was found, and what to do; a name that nearly is one, or a
path that nearly exists, is asked about.
"""

_FILE = """\
## corpus.toml

`corpus init` writes one with everything in it as comments. `corpus build` without SOURCE reads `./corpus.toml`, or what
`--config` names; an option of the command line wins over the file. Paths are taken from the folder of the file. The
manifest keeps the settings, but for paths and people. In Python: `corpus.config.read("corpus.toml").build()`.

```toml
out = "my-corpus"
sources = [
    "~/src/lantern",
    {path = "~/src/kiln", visibility = "public", authors = ["you@example.org"]},
    {path = "~/Notes", exclude_tags = ["journal"]},
]

[gates]
long = 8192     # another threshold
terse = false   # off
link = true     # on, with its own threshold
```
"""


def reference() -> str:
    """The page."""
    return "\n".join([_HEAD, *_codes(), *_commands(), _FILE, *_settings()]).rstrip() + "\n"


def _codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield from _table(("code", "meaning"), [(str(code), meaning) for code, meaning in EXIT_CODES.items()])


def _commands() -> Iterator[str]:
    known: Any = typer.main.get_command(app)
    for group, about in GROUPS.items():
        yield f"## {group} {about}\n"
        for name, facts in FACTS.items():
            if facts.group == group:
                yield from _command(name, known.commands[name])


def _command(name: str, command: Any) -> Iterator[str]:
    facts = FACTS[name]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    shown = " ".join([name, *(one.metavar or one.name.upper() for one in arguments)])
    yield f"### corpus {shown}\n"
    yield f"{command.help}\n"
    yield "\n".join(["```console", *(f"$ {line}" for line in facts.examples), "```"]) + "\n"
    rows = [(f"`{one.metavar or one.name.upper()}`", one.help or "") for one in arguments]
    rows += [(f"`{_called(one)}`", one.help or "") for one in options]
    yield from _table(("argument or option", "meaning"), rows)
    if facts.codes:
        yield "\n".join(f"Exit code {code}: {meaning}." for code, meaning in facts.codes.items()) + "\n"
    if facts.keys:
        yield from _table(("key of the JSON", "what it is"), [(f"`{key}`", said) for key, said in facts.keys.items()])


def _called(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return f"{names} {option.metavar}" if option.metavar else names


def _settings() -> Iterator[str]:
    yield "### At the top\n"
    yield from _keys(SETTINGS)
    for name, keys in SECTIONS.items():
        yield f"### `[{name}]`\n"
        yield from _keys(keys)
    for kind, keys in SOURCE_KINDS.items():
        yield f"### A source of the kind `{kind}`\n"
        yield from _keys(keys)


def _keys(keys: Mapping[str, Setting]) -> Iterator[str]:
    rows = [(f"`{name}`", one.about, one.kind.words, f"`{one.shown}`") for name, one in keys.items()]
    yield from _table(("key", "meaning", "value", "for example"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    yield "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
