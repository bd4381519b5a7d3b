"""Code in colours, in one pass over the text: enough to read by, whatever the text holds.

Comments, strings, numbers, keywords and names that are being defined are told apart, by one pattern a language, whose
parts end where they cannot go on and never go back. Pygments knows more and is quadratic in what strangers write:
20,000 characters of `a ` took its lexer of Java 9 seconds, blank lines that of C 5. Here they take some milliseconds.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from corpus.code.languages import LANGUAGES

__all__ = ["Run", "coloured"]

Run = tuple[str, str]
"""A class (`k` keyword, `s` string, `n` number, `c` comment, `f` name of a definition, or none), and a text."""

_ALIASES: Final = {
    "c++": "cpp", "c#": "csharp", "cs": "csharp", "ex": "elixir", "golang": "go", "h": "c", "hs": "haskell",
    "jl": "julia", "js": "javascript", "jsx": "javascript", "kt": "kotlin", "ml": "ocaml", "py": "python",
    "python3": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "shell": "bash", "zsh": "bash", "ts": "typescript",
}  # fmt: skip

_DEFINING: Final = frozenset(
    "actor class def defmacro defmodule defp enum fn fun func function interface macro module namespace object "
    "protocol record struct trait type union".split()
)
_KEYWORDS: Final = _DEFINING | frozenset(
    "False None True abstract alias and as assert async await begin bool break case catch char const continue "
    "data default defer deriving do double elif else elsif end esac except export extends extern false fi final "
    "finally float for foreach from function global goto guard if impl implements import in include inline "
    "instance int internal is lambda let local long loop match mod module mut mutable new nil nonlocal not null "
    "of open or out override package private protected pub public raise readonly rec ref require rescue return "
    "self short signed sizeof static super switch then this throw throws trait true try type typedef typeof "
    "unless unsafe unsigned until use using val var virtual void volatile when where while with yield".split()
)
_SQL: Final = frozenset(
    "add all alter and as asc begin between by case check column constraint create cross default delete desc "
    "distinct drop else end exists foreign from full function group having if in index inner insert into is join "
    "key left like limit not null on or order outer primary references replace returns right select set table "
    "then trigger union unique update values view when where with".split()
)

_LINE: Final = {"#": r"\#[^\n]*+", "//": r"//[^\n]*+", "--": r"--[^\n]*+"}
_BLOCK: Final = {  # what is not closed goes to the end
    "//": r"/\*(?s:.)*?(?:\*/|\Z)",
    "(*": r"\(\*(?s:.)*?(?:\*\)|\Z)",
    "lua": r"--\[\[(?s:.)*?(?:\]\]|\Z)",
    "haskell": r"\{-(?s:.)*?(?:-\}|\Z)",
    "julia": r"\#=(?s:.)*?(?:=\#|\Z)",
    "sql": r"/\*(?s:.)*?(?:\*/|\Z)",
}
_TRIPLE: Final = {"python", "julia", "elixir", "kotlin", "scala", "swift", "java"}
_APOSTROPHE_IS_STRING: Final = {
    "python", "javascript", "typescript", "tsx", "ruby", "bash", "php", "lua", "sql", "elixir",
}  # fmt: skip
_BACKTICK_IS_STRING: Final = {"javascript", "typescript", "tsx", "go"}
_OVER_LINES: Final = {"rust", "ruby", "bash", "elixir", "julia", "php", "ocaml", "sql"}  # a string goes on


def coloured(text: str, language: str | None) -> list[Run]:
    """Code as runs whose texts together are the text; of a language that is not known one run without a class."""
    name = (language or "").lower()
    name = _ALIASES.get(name, name)
    if name not in LANGUAGES or not text:
        return [("", text)] if text else []
    keywords = _SQL if name == "sql" else _KEYWORDS
    runs: list[tuple[str, list[str]]] = []
    at, before = 0, ""
    for found in _pattern(name).finditer(text):
        kind, part = found.lastgroup or "", found[0]
        if kind == "w":
            word = part.lower() if name == "sql" else part
            kind = "f" if before in _DEFINING and word not in keywords else "k" if word in keywords else ""
            before = word
        elif kind != "c":
            before = ""
        _add(runs, "", text[at : found.start()])
        _add(runs, kind, part)
        at = found.end()
    _add(runs, "", text[at:])
    return [(kind, "".join(parts)) for kind, parts in runs]


def _add(runs: list[tuple[str, list[str]]], kind: str, text: str) -> None:
    """Put a text behind the others, in the last run where that is of its class."""
    if not text:
        return
    if not runs or runs[-1][0] != kind:
        runs.append((kind, []))
    runs[-1][1].append(text)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """What a language's code is cut by; each part begins with its own sign, and none that began can fail later."""
    marker = LANGUAGES[name].line_comment
    comments = [_BLOCK.get(name), _BLOCK.get(marker), _LINE.get(marker), _LINE["#"] if name == "php" else None]
    signs = ['"', *("'" if name in _APOSTROPHE_IS_STRING else ""), *("`" if name in _BACKTICK_IS_STRING else "")]
    strings = [rf"{3 * sign}(?s:.)*?(?:{3 * sign}|\Z)" for sign in "\"'" if name in _TRIPLE and sign in signs]
    for sign in signs:
        inner = rf"[^{sign}\\]" if sign == "`" or name in _OVER_LINES else rf"[^{sign}\\\n]"
        strings.append(rf"{sign}(?:{inner}|\\(?s:.))*+{sign}?")
    if "'" not in signs:
        strings.append(r"'(?:\\[^'\n]{1,8}|[^'\\\n])'")  # one character; a lifetime of Rust is none
    parts = {
        "c": "|".join(one for one in comments if one),
        "s": "|".join(strings),
        "n": r"\b\d\w*+(?:\.\d\w*+)?+",
        "f": r"@[^\W\d][\w.]*+",
        "w": r"[^\W\d]\w*+",
    }
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in parts.items()))
