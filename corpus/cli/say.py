"""How the shell's face speaks: colour on a terminal only, JSON for programs, what is no result on standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import IO, Any, Final

__all__ = ["coloured", "error", "headed", "note", "paint", "print_json", "verdict"]

_STYLES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_HEADING: Final = re.compile(r"^(Usage|[A-Z][A-Za-z ]+)(:)", re.MULTILINE)
_VERDICTS: Final = {"corroborated": "green", "refuted": "red", "untested": "yellow"}


def coloured(stream: IO[str] | None) -> bool:
    """Whether colours go to a stream: NO_COLOR says no (no-color.org), FORCE_COLOR yes, else a terminal does."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced != "0"
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, stream: IO[str] | None = None) -> str:
    """A text in a colour, or as it is where the stream (standard output by default) takes none.

    Args:
        text: The text.
        style: `bold`, `dim`, `red`, `green`, `yellow` or `cyan`.
        stream: Where it will be written.
    """
    return f"\033[{_STYLES[style]}m{text}\033[0m" if coloured(sys.stdout if stream is None else stream) else text


def headed(help_text: str) -> str:
    """A page of help with its headings in bold, where standard output takes colours."""
    return _HEADING.sub(lambda found: paint(found[1], "bold") + found[2], help_text)


def verdict(word: str) -> str:
    """A verdict in its colour."""
    return paint(word, _VERDICTS.get(word, "bold"))


def print_json(value: Any) -> None:
    """A result for programs: JSON with sorted keys, ASCII only, so that it survives every terminal and pipe."""
    print(json.dumps(value, indent=2, sort_keys=True))


def note(text: str) -> None:
    """Something that is no result: to standard error."""
    print(text, file=sys.stderr)


def error(text: str) -> None:
    """What went wrong: to standard error, its first line marked."""
    print(f"{paint('corpus:', 'red', sys.stderr)} {text}", file=sys.stderr)
