"""Paths that people give: `~` means their home, and what is no file's name is refused before work begins."""

from __future__ import annotations

import re
from os import PathLike, fspath
from pathlib import Path
from typing import Final

from corpus.errors import ConfigError

__all__ = ["place_of"]

_URL: Final = re.compile(r"(?:https?|ssh|git|ftp|file|s3|hf):/", re.IGNORECASE)
"""How a URL begins; a `Path` that was made of one has lost the second of its slashes."""


def place_of(path: str | PathLike[str]) -> Path:
    """The path that a person means.

    Raises:
        ConfigError: It is empty, a URL, holds a NUL, or names a home that nobody has.
    """
    text = fspath(path)
    if not isinstance(text, str) or not text or "\0" in text:
        raise ConfigError("this is not a path", expected="a path in words", got=repr(text))
    if _URL.match(text):
        hint = "a repository is copied first: corpus clone URL"
        raise ConfigError("this is a URL, and a path is asked for", got=text, hint=hint)
    try:
        place = Path(text).expanduser()
    except RuntimeError as error:
        raise ConfigError("the path names a home that nobody has", got=text, hint=str(error)) from None
    return place.absolute() if ":" in text else place  # Arrow takes a name that begins with `word:` for a URI
