"""Who shall stay forgotten: a list of pseudonyms in the user's configuration, that every later extraction heeds.

A pseudonym is a keyed hash, so the list names nobody; the file is the user's alone (0600) and never with a corpus.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from corpus.errors import ConfigError
from corpus.pseudonyms import config_folder

__all__ = ["forget_people", "forgotten_people"]

_CALLED: Final = re.compile(r"[a-z]+-[a-z2-7]{12}")


def _file() -> Path:
    return config_folder() / "forgotten.json"


def forgotten_people() -> frozenset[str]:
    """The pseudonyms of everybody who was forgotten.

    Raises:
        ConfigError: The list cannot be read: nobody comes back because a file is damaged.
    """
    path = _file()
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) and _CALLED.fullmatch(one) for one in found):
        raise ConfigError(
            "the list of forgotten people cannot be read",
            where=path,
            expected="a list of pseudonyms, as JSON",
            hint="restore it from a backup; without it people who were forgotten would come back",
        )
    return frozenset(found)


def forget_people(called: Iterable[str]) -> None:
    """Add pseudonyms to the list.

    Raises:
        ConfigError: The list cannot be written.
    """
    path, known = _file(), sorted({*forgotten_people(), *called})
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(json.dumps(known, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise ConfigError("the list of forgotten people cannot be written", where=path, got=error.strerror) from None
