"""What an error says is read by people and kept in logs: secrets and addresses in it are masked.

Paths stay, since who reads the message has to find the file; so does everything that is no secret and no address.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from corpus.privacy.environment import EnvironmentSecrets

__all__ = ["masked"]

_KINDS: Final = frozenset({"home-path", "ip", "coordinates"})  # what a message may need to say where something is


@cache
def _detector() -> Any:
    from corpus.privacy.detector import Detector, kinds

    return Detector(kinds=[kind for kind in kinds() if kind not in _KINDS])


def masked(text: str) -> str:
    """A message in which each secret and each address is the name of its kind."""
    found = [*_detector().find(text), *EnvironmentSecrets()(text)]
    for finding in sorted(found, key=lambda one: -one.start):
        text = f"{text[: finding.start]}<{finding.kind.upper().replace('-', '_')}>{text[finding.end :]}"
    return text
