"""The licence of one file, and whether an allow-list permits it.

A file's own tag (`SPDX-License-Identifier: …` in the comments that it begins with, https://spdx.dev/ids) wins over
the `.license` file beside it (REUSE 3.3), and that over the licence of the repository. `REUSE.toml` is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from corpus.errors import ConfigError
from corpus.sources.leftout import HEAD_BYTES, head_of
from corpus.sources.licenses import canonical

__all__ = ["SIDECAR", "allow_list", "file_license", "permits", "sidecar_license"]

SIDECAR: Final = ".license"
"""What REUSE adds to a file's name for the file that holds its licence."""

_TAG: Final = re.compile(
    r"SPDX-License-Identifier:[ \t]*([^\r\n]{1,300}?)[ \t]*(?:\*/|-->|\*\)|-\}|\"\"\"|''')?[ \t]*$", re.MULTILINE
)
_TOKEN: Final = re.compile(r"[()]|[^\s()]+")
_MAX_DEPTH: Final = 50  # parentheses in parentheses


def file_license(text: str) -> str | None:
    """The SPDX expression that a file states in its head, or None where it states none.

    Several tags hold together (AND). A tag that is no expression is a licence all the same, that nobody can know:
    `LicenseRef-` and its words.
    """
    return _joined(_TAG.findall(head_of(text))) if "SPDX-License-Identifier:" in text[:HEAD_BYTES] else None


def sidecar_license(text: str) -> str | None:
    """The SPDX expression that a `.license` file states, or None."""
    return _joined(_TAG.findall(text))


def _joined(tags: Iterable[str]) -> str | None:
    found = list(dict.fromkeys(canonical(tag) or _unknown(tag) for tag in tags))
    if len(found) < 2:
        return found[0] if found else None
    return " AND ".join(f"({one})" if " " in one else one for one in found)


def _unknown(tag: str) -> str:
    return "LicenseRef-" + (re.sub(r"[^A-Za-z0-9.]+", "-", tag).strip("-")[:100] or "unknown")


def allow_list(licenses: Iterable[str]) -> frozenset[str]:
    """The licences of an allow-list by their canonical ids.

    Raises:
        ConfigError: One of them is no SPDX id.
    """
    named = [licenses] if isinstance(licenses, str) else list(licenses)
    found = {name: canonical(name) if isinstance(name, str) else None for name in named}
    for name, one in found.items():
        if one is None or " " in one:
            raise ConfigError(
                "the allow-list holds something else than a licence",
                where="licenses",
                expected="SPDX ids: MIT, Apache-2.0, …",
                got=repr(name),
                hint="see https://spdx.org/licenses",
            )
    if not found:
        raise ConfigError("the allow-list is empty", where="licenses", hint="leave it out to read files of any licence")
    return frozenset(str(one) for one in found.values())


def permits(expression: str | None, allowed: frozenset[str]) -> bool:
    """Whether a list of licences permits what an SPDX expression says.

    Of alternatives (OR) one must be in the list, of conditions that hold together (AND) all. An exception (WITH)
    only adds permissions, so its licence is enough; and who may take any later version may take the first one,
    so `GPL-3.0-only` in the list permits `GPL-3.0-or-later`. An unknown licence is not permitted.

    Args:
        expression: In its canonical form, or None where the licence is unknown.
        allowed: From `allow_list`.
    """
    if expression is None:
        return False
    try:
        return _alternatives(_TOKEN.finditer(expression), allowed, 0)
    except RecursionError:
        return False


def _alternatives(tokens: Iterator[re.Match[str]], allowed: frozenset[str], depth: int) -> bool:
    """Up to the closing parenthesis or the end: OR binds loosest, then AND, then WITH (SPDX 2.3, annex D)."""
    if depth > _MAX_DEPTH:
        raise RecursionError
    one, all_ = False, True
    exception = False
    for token in tokens:
        word = token[0]
        if word == ")":
            break
        if exception or word == "AND":
            exception = False
        elif word == "OR":
            one, all_ = one or all_, True
        elif word == "WITH":
            exception = True
        else:
            good = _alternatives(tokens, allowed, depth + 1) if word == "(" else _is_allowed(word, allowed)
            all_ = all_ and good
    return one or all_


def _is_allowed(license_: str, allowed: frozenset[str]) -> bool:
    return license_ in allowed or license_.removesuffix("-or-later") + "-only" in allowed
