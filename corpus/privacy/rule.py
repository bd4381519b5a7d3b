"""What a rule of the detector is: a literal to look for, a pattern around it, and checks that look at what was found.

Patterns are RE2's: linear in the text whatever it holds. A pattern's first group that matched is what would have to
go, or all of it where it has none. What a pattern repeats is bounded by
its window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

__all__ = ["ACTIONS", "Action", "Candidate", "Check", "Finding", "Grow", "Rule"]

Action = Literal["remove", "redact"]
"""What a finding asks for: its row goes, or the finding is replaced."""
ACTIONS: Final[tuple[Action, ...]] = ("remove", "redact")


class Finding(NamedTuple):  # a hundred thousand a megabyte may be made, and a frozen dataclass takes four times as long
    """Something that would have to go, as character offsets into the text that was searched."""

    start: int
    end: int
    kind: str
    rule: str
    action: Action


@dataclass(slots=True)  # not frozen: many are made, and that takes six times as long
class Candidate:
    """What a rule's pattern matched, with the text around it, for the rule's checks.

    Args:
        data: The whole text as UTF-8.
        start: Where the value starts, in bytes.
        end: Where it ends.
        outer: Where the whole match starts, of which the value is a part.
        code: Whether the text is source code.
    """

    data: bytes
    start: int
    end: int
    outer: int
    code: bool

    @property
    def value(self) -> str:
        """The value itself."""
        return self.data[self.start : self.end].decode("utf-8", "replace")

    @property
    def lead(self) -> str:
        """What the pattern matched in front of the value: the name it is assigned to, the words that announce it."""
        return self.data[self.outer : self.start].decode("utf-8", "replace")

    @property
    def raw(self) -> bytes:
        """The value's bytes."""
        return self.data[self.start : self.end]

    @property
    def last(self) -> int:
        """The byte in front of the value, a line's end where there is none."""
        return self.data[self.start - 1] if self.start else 10

    def front(self, length: int) -> bytes:
        """Up to so many bytes in front of the value, on its own line."""
        piece = self.data[self.start - length if self.start > length else 0 : self.start]
        return piece[piece.rfind(b"\n") + 1 :]

    def back(self, length: int) -> bytes:
        """Up to so many bytes behind the value, on its own line."""
        return self.data[self.end : self.end + length].partition(b"\n")[0]

    def before(self, length: int) -> str:
        """As `front`, as text."""
        return self.front(length).decode("utf-8", "replace")

    def after(self, length: int) -> str:
        """As `back`, as text."""
        return self.back(length).decode("utf-8", "replace")


Check = Callable[[Candidate], bool]
Grow = Callable[[bytes, int, int], list[tuple[int, int]]]
"""From where a pattern matched to where the things that it announces start and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be found.

    Args:
        name: Unique among the rules, as `github-pat`.
        kind: What it is to a reader: `api-key`, `password`, `email`, …; placeholders and counts go by it.
        pattern: RE2 syntax, over bytes of UTF-8; its group that took part, if any, is the value.
        group: The number of the group that is the value, where several take part.
        keywords: Lower-case literals, one of which must be near. Without any the pattern runs over the whole text.
        anchored: The match starts with the keyword, and no letter or digit stands in front of it.
        reach: How many bytes before and behind a keyword the pattern looks, at most.
        action: What a finding asks for.
        grow: What the values are, where a pattern can only say where they begin.
        closing: Bytes of which one ends each match whose value is not its last three bytes. RE2 says where a match ends
            three times as fast as where its groups are.
        check: Whether a candidate is one; everything that matches where there is none.
        among_many: What decides instead of `check`, and faster, after the first two thousand candidates of a text.
        live: Whether a candidate can be in use: with `remove`, one that cannot (a wrong checksum) is only redacted.
        source: Who says that it looks so: the vendor's page, a standard.
    """

    name: str
    kind: str
    pattern: str
    source: str
    keywords: tuple[str, ...] = ()
    anchored: bool = False
    reach: tuple[int, int] = (0, 300)
    action: Action = "redact"
    group: int | None = None
    grow: Grow | None = None
    closing: bytes = b""
    check: Check | None = None
    among_many: Check | None = None
    live: Check | None = None
