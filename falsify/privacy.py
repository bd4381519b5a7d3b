"""Is there a secret or somebody's data in a row, by other rules than those that took them out.

The rules here are few, written apart from the redactor's, and of what can be told by its form alone: a block of a
private key, a token with its provider's prefix, an address, a home. Whether they see anything is shown in the same run
by values drawn at random and planted in the corpus' own rows. A detector of somebody else's (`Subject.detector`) is
asked as well where it is handed in.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from falsify.hypothesis import Hypothesis, Measurement, share, untested
from falsify.plants import edited_rows
from falsify.subject import Row, Subject

__all__ = ["HYPOTHESES"]

_UPPER: Final = string.ascii_uppercase + string.digits
_ALNUM: Final = string.ascii_letters + string.digits
_TOKENS: Final[tuple[tuple[str, str, int], ...]] = (
    ("AKIA", string.ascii_uppercase + "234567", 16),
    ("ghp_", _ALNUM, 36),
    ("glpat-", _ALNUM, 20),
    ("hf_", string.ascii_letters, 34),
    ("npm_", _ALNUM, 36),
    ("AIza", _ALNUM, 35),
    ("xoxb-", string.digits, 12),
    ("sk_live_", _ALNUM, 24),
    ("dop_v1_", "0123456789abcdef", 64),
    ("SG.", _ALNUM, 22),
)
"""Prefix, alphabet and length of tokens, as their providers document them."""

_SECRET: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----(?:\s|\\[nr]){1,8}[A-Za-z0-9+/=]{30}"
    + "".join(
        rf"|(?<![A-Za-z0-9]){re.escape(prefix)}[{re.escape(alphabet)}]{{{length}}}"
        for prefix, alphabet, length in _TOKENS
    )
)
_LITERALS: Final = ("PRIVATE KEY", *(prefix for prefix, _, _ in _TOKENS))
_DUMMY: Final = re.compile(r"(.)\1{7}|EXAMPLE|example|xxxx|XXXX|0123456789|abcdefghij", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9][\w.%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|de|fr|uk|io|info)\b"
)
_NOBODY: Final = re.compile(
    r"(?:^|[@.])(?:example\.(?:com|org|net|edu)|[\w-]+\.(?:example|test|invalid|localhost))\Z|^(?:git|hg|svn)@",
    re.IGNORECASE,
)
_HOME: Final = re.compile(r"(?:(?<![\w.])/home/|/Users/|\\Users\\)([A-Za-z][\w.-]{1,31})(?=[/\\\s\"']|\Z)")
_ANYBODY: Final = frozenset(
    ["user", "username", "you", "me", "foo", "bar", "name", "runner", "shared", "public", "default", "test", "alice",
     "bob", "john", "jane", "ubuntu", "vagrant", "root", "home", "git", "docker", "app", "vscode", "someone"]
)  # fmt: skip
_COLUMNS: Final = ("system", "instruction", "input", "output", "path", "symbol")


def _texts(subject: Subject) -> Iterator[str]:
    """All that a row shows, as one text."""
    history = ("\n".join(turn["content"] for turn in turns) for turns in subject.column("history"))
    return map("\n".join, zip(*(subject.texts(name) for name in _COLUMNS), history, strict=True))


def _secrets(subject: Subject) -> Measurement:
    # One of these stands in every match; to look for them first is ten times as fast as the alternatives alone.
    near = ((row, text) for row, text in enumerate(_texts(subject)) if any(literal in text for literal in _LITERALS))
    found = [row for row, text in near if any(not _DUMMY.search(m[0]) for m in _SECRET.finditer(text))]
    if subject.detector is not None:
        found = sorted({*found, *(row for row, hit in enumerate(subject.detector(list(_texts(subject)))) if hit)})
    return share(found, subject.rows, "hold a private key or a token of a provider's form")


def _personal(subject: Subject) -> Measurement:
    record = next((stage for stage in subject.lineage or () if stage.get("stage") == "redact"), None)
    if record is None:
        return untested("the corpus was not redacted, as far as its lineage says")
    config = record.get("config", {})
    public = tuple(str(value).casefold() for value in config.get("public", ()))
    checks: list[Callable[[str], bool]] = []
    if "email" not in config.get("keep", ()):
        checks.append(lambda text: "@" in text and any(not _is_public(one, public) for one in _addresses(text)))
    if "home-path" not in config.get("keep", ()):
        checks.append(lambda text: any(m[1].lower() not in _ANYBODY for m in _homes(text)))
    if not checks:
        return untested("addresses and home paths were left in on request")
    found = [row for row, text in enumerate(_texts(subject)) if any(check(text) for check in checks)]
    return share(found, subject.rows, "show an address or somebody's home")


def _homes(text: str) -> Iterator[re.Match[str]]:
    """Paths of homes; to look for their first letters is ten times as fast as the expression alone."""
    return _HOME.finditer(text) if "/home/" in text or "Users" in text else iter(())


def _addresses(text: str) -> Iterator[str]:
    """Addresses of mail; what stands before the `@` of a URL is none."""
    for match in _ADDRESS.finditer(text):
        before = text[max(0, match.start() - 80) : match.start()].split()
        if not before or "://" not in before[-1] or text[match.start() - 1].isspace():
            yield match[0]


def _is_public(address: str, public: tuple[str, ...]) -> bool:
    if _NOBODY.search(address):
        return True
    address = address.casefold()
    return any(address == one or (one.startswith("@") and address.endswith(one)) for one in public)


def _some(rng: np.random.Generator, alphabet: str, length: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(0, len(alphabet), length))


def _with_secret(row: Row, rng: np.random.Generator) -> Row:
    which = int(rng.integers(len(_TOKENS) + 1))
    if which == len(_TOKENS):
        lines = "\n".join(_some(rng, _ALNUM + "+/", 64) for _ in range(8))
        value = f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"
    else:
        prefix, alphabet, length = _TOKENS[which]
        value = prefix + _some(rng, alphabet, length)
    return _planted(row, f"\n{value}\n", rng)


def _with_address(row: Row, rng: np.random.Generator) -> Row:
    name = _some(rng, string.ascii_lowercase, 9)
    value = f"{name}@{_some(rng, string.ascii_lowercase, 8)}.org" if rng.integers(2) else f"/home/{name}/notes"
    return _planted(row, f" {value} ", rng)


def _planted(row: Row, value: str, rng: np.random.Generator) -> Row:
    column = ("instruction", "input", "output")[int(rng.integers(3))]
    lines = row[column].split("\n")
    at = int(rng.integers(0, len(lines) + 1))
    return {**row, column: "\n".join([*lines[:at], value, *lines[at:]])}


HYPOTHESES: Final = (
    Hypothesis(
        id="P1",
        family="privacy",
        claim="No row holds a private key or a token of a known form",
        statistic="share of rows that do, by rules other than the redactor's",
        threshold=0,
        test=_secrets,
        plants=(edited_rows("a key or a token", _with_secret),),
        points=3,
        veto=True,
    ),
    Hypothesis(
        id="P2",
        family="privacy",
        claim="No row of a redacted corpus shows somebody's address or home",
        statistic="share of rows that do, by rules other than the redactor's, but for what was declared public",
        threshold=0,
        test=_personal,
        plants=(edited_rows("an address or a home path", _with_address),),
        points=3,
        grave=0.01,
        needs="lineage",
    ),
)
