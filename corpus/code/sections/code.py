"""Blocks of code in a documentation, in any of the ways in which languages mark them."""

from __future__ import annotations

import html
import re
from collections.abc import Container
from functools import lru_cache
from typing import Final

from corpus.code.sections.lines import FENCE, dedent, deeper, fence_end, fenced, indent_of, next_line
from corpus.code.sections.model import PROMPT, Code, Reading

__all__ = ["INTRODUCES", "REJECTED", "code_at", "without_hidden"]


_PROMPTING: Final = frozenset({"python", "haskell", "elixir", "julia", "ruby"})
REJECTED: Final = "compile_fail"  # shows what the compiler refuses: no example to learn from
_DIRECTIVE: Final = re.compile(
    r"[ \t]*\.\. (?P<name>code-block|code|sourcecode|doctest|testcode|ipython)::[ \t]*(?P<info>\S*)"
)
_HIDDEN: Final = re.compile(r"[ \t]*#(?: |[ \t]*\Z)")
INTRODUCES: Final = re.compile(r"\b(?:examples?|e\.g\.|usage|for instance|like (?:this|so))\b.*:?\s*\Z", re.IGNORECASE)
# Code between marks: opening, closing. Each pair belongs to one convention and means code in the file's language.
_ENCLOSED: Final = (
    (re.compile(r"[ \t]*[@\\]code(?:\{\.?(?P<info>\w+)\})?[ \t]*\Z"), re.compile(r"[ \t]*[@\\]endcode\b")),
    (re.compile(r"[ \t]*\{\{\{[ \t]*\Z"), re.compile(r"[ \t]*\}\}\}[ \t]*\Z")),
    (re.compile(r"[ \t]*\{\[[ \t]*\Z"), re.compile(r"[ \t]*\]\}[ \t]*\Z")),
    (re.compile(r"[ \t]*<pre>[ \t]*(?:\{@code|<code>)[ \t]*\Z"), re.compile(r"[ \t]*(?:\}|</code>)[ \t]*</pre>")),
    (re.compile(r"[ \t]*<pre>[ \t]*\Z"), re.compile(r"[ \t]*</pre>")),
    (re.compile(r"[ \t]*\{@snippet[ \t]*:?[ \t]*\Z"), re.compile(r"\}[ \t]*\Z")),
)
_HASKELL_BLOCK: Final = re.compile(r"[ \t]*@[ \t]*\Z")


def code_at(reading: Reading, index: int) -> Code | None:
    """The block of code that begins at a line, in any of the ways in which it can be marked."""
    line = reading.lines[index]
    mark = line.lstrip()[:1]
    if mark in ("`", "~"):
        fence = FENCE.match(line)
        return _fenced(reading, index, fence) if fence else None
    if mark in (">", "i", "j") and reading.language in _PROMPTING and PROMPT.match(line):
        return _session(reading, index)
    if mark == "." and reading.language == "python":
        directive = _DIRECTIVE.match(line)
        return _directive(reading, index, directive) if directive else None
    if mark in ("@", "\\", "{", "<"):
        return _enclosed(reading, index)
    return None


def _fenced(reading: Reading, index: int, fence: re.Match[str]) -> Code:
    end = fence_end(reading.lines, index, fence)
    inside = reading.lines[index + 1 : end]
    if inside and inside[-1].strip().startswith(fence["mark"]):
        inside.pop()
    words = _info(fence["info"])
    sure = words[0] in reading.dialect.fences and REJECTED not in words
    language = REJECTED if REJECTED in words else words[0].lstrip(".")
    language = reading.language if sure or not language else language
    if sure and reading.language == "rust":
        inside = [line.replace("##", "#", 1) if line.lstrip().startswith("##") else line for line in _shown(inside)]
    return Code(end, dedent(inside), language, sure)


def without_hidden(doc: str, fences: Container[str]) -> str:
    """A documentation of Rust without the lines of its examples that rustdoc hides.

    Args:
        doc: The documentation.
        fences: What a fence with Rust in it says first.
    """
    parts: list[str] = []
    last = 0
    for fence, end in fenced(doc):
        start = fence.end() + 1
        if doc.find("#", start, end) >= 0 and _info(fence["info"])[0] in fences:
            parts += [doc[last:start], "\n".join(_shown(doc[start:end].split("\n")))]
            last = end
    return "".join([*parts, doc[last:]])


@lru_cache(maxsize=256)
def _info(text: str) -> list[str]:
    """The words behind the mark of a fence."""
    return re.split(r"[\s,;{}]+", text.strip().lower())


def _shown(lines: list[str]) -> list[str]:
    """What rustdoc shows of an example."""
    return [line for line in lines if "#" not in line or not _HIDDEN.match(line)]


def _session(reading: Reading, index: int) -> Code:
    """Prompts with what they print, up to a blank line that no prompt follows."""
    lines, start, indent = reading.lines, index, indent_of(reading.lines[index])
    while True:
        while index < len(lines) and lines[index].strip() and indent_of(lines[index]) >= indent:
            if FENCE.match(lines[index]):
                break
            index += 1
        following = next_line(lines, index)
        if following == index or following == len(lines) or not PROMPT.match(lines[following]):
            return Code(index, dedent(lines[start:index]), reading.language, True)
        index = following


def _directive(reading: Reading, index: int, directive: re.Match[str]) -> Code | None:
    lines, indent = reading.lines, indent_of(reading.lines[index])
    start = index + 1
    while start < len(lines) and lines[start].strip().startswith(":"):
        start += 1
    end = deeper(lines, start, indent)
    info = directive["info"].lower()
    sure = info in reading.dialect.fences or directive["name"] in ("doctest", "testcode", "ipython")
    code = dedent(lines[start:end])
    return Code(end, code, reading.language if sure or not info else info, sure) if code else None


def _enclosed(reading: Reading, index: int) -> Code | None:
    lines = reading.lines
    pairs = _ENCLOSED if reading.language != "haskell" else ((_HASKELL_BLOCK, _HASKELL_BLOCK),)
    for opening, closing in pairs:
        match = opening.match(lines[index])
        if not match:
            continue
        end = index + 1
        while end < len(lines) and not closing.match(lines[end]):
            end += 1
        info = match.groupdict().get("info") or ""
        sure = end < len(lines) and (not info or info in reading.dialect.fences)
        code = (
            html.unescape(dedent(lines[index + 1 : end]))
            if "pre>" in closing.pattern
            else dedent(lines[index + 1 : end])
        )
        return Code(end + 1, code, reading.language if sure else info or reading.language, sure)
    return None
