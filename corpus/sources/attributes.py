"""What a repository's `.gitattributes` say for GitHub Linguist: which files are vendored or generated.

The files are parsed as text from the tree; git is not asked, since it would look into the user's own configuration
as well. Patterns are those of `.gitignore` without negation (gitattributes(5)): without a slash they are compared
with the last name of a path, else with the whole path below the file that they stand in; `*` and `?` never match a
slash, `**` matches any number of folders, and a pattern that ends in a slash matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Final

__all__ = ["ATTRIBUTES", "FILE", "Attributes"]

FILE: Final = ".gitattributes"
ATTRIBUTES: Final[Mapping[str, str]] = {"linguist-vendored": "vendored", "linguist-generated": "generated"}
"""Attribute to the reason that it stands for."""

MAX_BYTES: Final = 64 * 1024
MAX_PATTERNS: Final = 500  # that name one of the attributes: each is compared with each path of the tree

_WORDS: Final = re.compile(r'[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^ \t"#]\S*))[ \t]+(.+)')
_TRUE: Final = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, slots=True)
class _Rule:
    names: tuple[re.Pattern[str] | None, ...]  # one for each name of a path; None stands for `**`
    anywhere: bool
    says: Mapping[str, bool | None]

    def matches(self, names: list[str]) -> bool:
        if self.anywhere:
            pattern = self.names[0]
            return pattern is not None and pattern.match(names[-1]) is not None
        reached = {0}  # how many of the pattern's names are used up, as a set: linear in both, no backtracking
        for name in names:
            reached = {after for at in self._closed(reached) for after in self._after(at, name)}
            if not reached:
                return False
        return len(self.names) in reached or (self.names[-1] is None and len(self.names) - 1 in reached)

    def _closed(self, reached: set[int]) -> set[int]:
        """With the places behind a `**`, which may stand for no folder at all."""
        found = set(reached)
        for at in sorted(reached):
            while at < len(self.names) - 1 and self.names[at] is None:
                at += 1  # noqa: PLW2901 - a run of `**` counts like one
                found.add(at)
        return found

    def _after(self, at: int, name: str) -> list[int]:
        if at == len(self.names):
            return []
        pattern = self.names[at]
        if pattern is None:
            return [at]
        return [at + 1] if pattern.match(name) else []


class Attributes:
    """The rules of all `.gitattributes` of a tree.

    Args:
        files: Folder (`""` for the root, else without a slash at its end) to the bytes of its `.gitattributes`.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._rules = {folder: _rules(data) for folder, data in files.items()}
        self._rules = {folder: rules for folder, rules in self._rules.items() if rules}

    def of(self, path: str) -> dict[str, bool]:
        """What is said of a path: a reason of `ATTRIBUTES` to whether it holds; the last matching line wins."""
        said: dict[str, bool] = {}
        if not self._rules:
            return said
        names = path.split("/")
        for depth in range(len(names)):
            for rule in self._rules.get("/".join(names[:depth]), ()):
                if rule.matches(names[depth:]):
                    _say(said, rule.says)
        return said


def _say(said: dict[str, bool], says: Mapping[str, bool | None]) -> None:
    for reason, value in says.items():
        if value is None:
            said.pop(reason, None)  # `!attribute`: as if nothing had been said
        else:
            said[reason] = value


def _rules(data: bytes) -> list[_Rule]:
    rules = []
    for line in data[:MAX_BYTES].decode("utf-8", "replace").splitlines():
        found = _WORDS.match(line)
        says = _says(found[3].split()) if found else {}
        pattern = "" if found is None else (re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2])
        if not says or not pattern or pattern.startswith("!") or pattern.endswith("/"):
            continue
        rules.append(_rule(pattern, says))
        if len(rules) == MAX_PATTERNS:
            break
    return rules


def _rule(pattern: str, says: Mapping[str, bool | None]) -> _Rule:
    parts = pattern.removeprefix("/").split("/")
    names = tuple(None if part == "**" else re.compile(translate(part.replace("[^", "[!"))) for part in parts)
    return _Rule(names, "/" not in pattern and names[0] is not None, says)


def _says(words: Iterable[str]) -> dict[str, bool | None]:
    """Reason to True (`x`, `x=true`), False (`-x`, `x=false`) or None (`!x`), of the attributes that count."""
    says: dict[str, bool | None] = {}
    for word in words:
        name, equals, value = word.lstrip("-!").partition("=")
        reason = ATTRIBUTES.get(name)
        if reason is None:
            continue
        if word.startswith(("-", "!")):
            says[reason] = False if word.startswith("-") else None
        else:
            says[reason] = not equals or value.lower() in _TRUE
    return says
