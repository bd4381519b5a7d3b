"""What a documentation is taken apart into, and the state of taking it apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

__all__ = ["PROMPT", "Code", "Dialect", "Example", "Item", "Reading", "Sections"]


class Item(NamedTuple):
    """A documented parameter, return value or error. A tuple, as are the next two: a repository has thousands.

    Attributes:
        name: The parameter (`*args`, `opts.depth` and `<T>` as written), the name of a returned value, the type
            of an error or `panic`; empty where none is said.
        type: As written; empty where none is said.
        text: What is said about it, dedented, inline markup read as plain words.
    """

    name: str
    type: str
    text: str


class Example(NamedTuple):
    """Code that shows a use.

    Attributes:
        code: As written, dedented: prompts and shown output stay, lines that rustdoc hides are gone.
        language: Of the fence, else the language of the file.
        text: What is said about it right before it; empty where nothing is.
    """

    code: str
    language: str
    text: str = ""

    @property
    def source(self) -> str:
        """What a person would type: where there are prompts, without them and without the output."""
        return "\n".join(self._typed()) if self._is_session() else self.code

    @property
    def shown(self) -> str:
        """What a person would be shown: a session with what it prints, else the source."""
        if not self._is_session():
            return self.code
        lines, typed = [line for line in self.code.split("\n") if line.strip()], self._typed()
        return self.code if len(typed) < len(lines) else "\n".join(typed)

    def _is_session(self) -> bool:
        return any(word in self.code for word in _PROMPT_WORDS) and PROMPT.search(self.code) is not None

    def _typed(self) -> list[str]:
        return [match["code"] or "" for line in self.code.split("\n") if (match := _PROMPTED.match(line))]


class Sections(NamedTuple):
    """A documentation, taken apart. A section that it does not have is empty.

    Attributes:
        summary: First sentence, on one line, inline markup read as plain words.
        description: The rest of the prose. Sections of other names stay in it as written; code that became an
            example does not.
        parameters: Those that something is said about.
        returns: What is returned or yielded.
        errors: What is raised, thrown or returned as an error, and panics.
        examples: In order.
    """

    summary: str = ""
    description: str = ""
    parameters: tuple[Item, ...] = ()
    returns: tuple[Item, ...] = ()
    errors: tuple[Item, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a language writes documentation.

    Attributes:
        hint: What occurs in every text that has any structure; alternatives that begin with a character each are
            searched for five times as fast as those that begin with `^`.
        start: What every other text with structure begins with.
        signs: Of which one stands in every text with such a hint, and which are found sooner; empty where not known.
        opens: How a line begins that may be more than prose.
        markup: Reads inline markup as plain words.
        heads: Readers of what begins at a line: each takes it or leaves it.
        fences: Languages of fences that hold the language itself.
        tag: How a tag begins; None where there are no tags.
        indented: Whether an indented block that is introduced as an example is one.
        tag_ends: A blank line ends a tag: `blank`, or `unindented` if what follows is not indented; else `never`.
    """

    hint: re.Pattern[str]
    start: re.Pattern[str] | None = None
    signs: tuple[str, ...] = ()
    opens: re.Pattern[str] = re.compile(r"[^\w(\"'\[]|[ij]")
    markup: Callable[[str], str]
    heads: tuple[Callable[[Reading, int], int], ...] = ()
    fences: frozenset[str] = frozenset()
    tag: re.Pattern[str] | None = None
    indented: bool = False
    tag_ends: str = "never"


@dataclass(slots=True)
class Reading:
    """A text while it is read: its lines, and what was found so far."""

    lines: list[str]
    language: str
    dialect: Dialect
    signature: str = ""
    prose: list[str] = field(default_factory=list)
    parameters: list[Item] = field(default_factory=list)
    returns: list[Item] = field(default_factory=list)
    errors: list[Item] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    told: int = 0  # lines of prose before the last example


class Code(NamedTuple):
    """A block of code in a text; `sure` where it is certainly in the language of the file."""

    end: int
    code: str
    language: str
    sure: bool


PROMPT: Final = re.compile(r"^[ \t]*(?:>>>(?:[ \t]|$)|(?:iex|julia|irb)(?:\([^()\n]*\))?>(?:[ \t]|$))", re.MULTILINE)
_PROMPT_WORDS: Final = (">>>", "iex", "julia", "irb")  # of which one stands in every prompt; found sooner
_PROMPTED: Final = re.compile(
    r"[ \t]*(?:>>>|\.\.\.|(?:iex|julia|irb|\.\.\.)(?:\([^()\n]*\))?>)(?:[ \t](?P<code>.*)|[ \t]*\Z)"
)
