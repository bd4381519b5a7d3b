"""The shell's face: `corpus …`. It parses arguments, calls the library and prints; it decides nothing.

    app         the application: groups of commands, their examples, what each prints as JSON, exit codes
    options     arguments and options that several commands have
    say         words and colours: results to standard output, progress and errors to standard error
    main        runs it; what can go wrong is a message and an exit code
    audited     an audit as plain text
    making, judging, reviewing, looking, sharing, keeping    the commands by what they are for
    reference   docs/cli.md, written from all of this

Nothing heavy is imported before a command needs it: `corpus --help` takes a fifth of a second.
"""

from __future__ import annotations

from corpus.cli import judging, keeping, looking, making, reviewing, sharing
from corpus.cli.app import app
from corpus.cli.main import main

__all__ = ["app", "judging", "keeping", "looking", "main", "making", "reviewing", "sharing"]
