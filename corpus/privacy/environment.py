"""Secrets of the process' environment: what `HF_TOKEN` and the like hold must be in nothing that is written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from corpus.privacy.rule import Finding

__all__ = ["RULE", "EnvironmentSecrets", "environment_secrets"]

RULE: Final = "environment"
_NAME: Final = re.compile(
    r"(?:^|_)(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT|APIKEY)(?:_|$)", re.IGNORECASE
)
_PUBLIC: Final = frozenset({"GPG_KEY"})  # a key's fingerprint, in the images of Python
_SHORTEST: Final = 10
_PLACE: Final = re.compile(r"(?:[A-Za-z]:)?[~.]?[/\\]")


def environment_secrets(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Name to value of what is secret in the environment: by its name, unless its value is a path or too short."""
    found = os.environ if environ is None else environ
    return {
        name: value
        for name, value in sorted(found.items())
        if _NAME.search(name) and name not in _PUBLIC and _is_secret(value)
    }


def _is_secret(value: str) -> bool:
    """A value that stands for nothing else: long enough, of two kinds of signs at the least, and no path."""
    if len(value) < _SHORTEST or _PLACE.match(value) or any(sign.isspace() for sign in value):
        return False
    return sum((any(map(kind, value)) for kind in (str.isdigit, str.islower, str.isupper)), 0) > 1


class EnvironmentSecrets:
    """A finder of these values.

    Args:
        environ: Name to value; the process' environment by default.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._values = environment_secrets(environ)

    def __call__(self, text: str) -> Iterator[Finding]:
        """Where these values stand in a text."""
        for value in self._values.values():
            at = text.find(value)
            while at >= 0:
                yield Finding(at, at + len(value), "secret", RULE, "remove")
                at = text.find(value, at + len(value))

    def in_bytes(self, data: bytes) -> list[str]:
        """Names of the variables whose values stand in some bytes."""
        return [name for name, value in self._values.items() if value.encode(errors="surrogateescape") in data]
