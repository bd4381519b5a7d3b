"""What an error says is read by people and kept in logs: secrets and addresses in it are masked.

Paths stay, since who reads the message has to find the file; so does everything that is no secret and no address.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from corpus.privacy.environment import EnvironmentSecrets

__all__ = ["masked"]

# Most messages hold nothing like it, and loading the rules takes longer than showing one.
_SUSPICIOUS: Final = re.compile(r"@|[A-Za-z0-9+_=-]{16}|\d{6}|(?i:pass|secret|token|BEGIN|key\b|pw|pin\b)|\+\d")
_KINDS: Final = frozenset({"home-path", "ip", "coordinates"})  # what a message may need to say where something is


@cache
def _detector() -> Any:
    from corpus.privacy.detector import Detector, kinds

    return Detector(kinds=[kind for kind in kinds() if kind not in _KINDS])


def masked(text: str) -> str:
    """A message in which each secret and each address is the name of its kind."""
    found = list(EnvironmentSecrets()(text))
    if _SUSPICIOUS.search(text):
        found += _detector().find(text)
    parts, at = [], 0
    for finding in sorted(found, key=lambda one: (one.start, -one.end)):
        if finding.end > at:
            parts += [text[at : finding.start], f"<{finding.kind.upper().replace('-', '_')}>"]
            at = finding.end
    return "".join([*parts, text[at:]])
