"""Paths that people give: `~` means their home, and what no file can be called is refused before work begins."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from corpus.errors import ConfigError

__all__ = ["place_of"]


def place_of(path: str | PathLike[str]) -> Path:
    """The path that a person means.

    Raises:
        ConfigError: It is empty, holds a NUL, or names a home that nobody has.
    """
    text = fspath(path)
    if not isinstance(text, str) or not text or "\0" in text:
        raise ConfigError("this is not a path", expected="a path in words", got=repr(text))
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ConfigError("the path names a home that nobody has", got=text, hint=str(error)) from None
