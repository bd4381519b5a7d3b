"""What a function's code, name and documentation look like, by rules that published data sets have.

Each function takes texts and answers with what it saw, or None. `corpus.curate.gates` makes gates of them.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

__all__ = [
    "accessor_name",
    "boilerplate",
    "bot",
    "comment_share",
    "cut_off",
    "dominant_word",
    "has_open_fence",
    "is_special",
    "is_test_name",
    "letters",
    "link",
    "parameters",
    "question",
    "refusal",
    "repeated",
    "returns_value",
    "top_phrase",
    "trails_off",
    "unfinished",
]

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_COMMENT: Final = re.compile(r"^\s*(?://|#(?!\[)|\*|/\*|--).*$", re.MULTILINE)
_ATTRIBUTE: Final = re.compile(r"^\s*(?:@[\w.]+(?:\([^\n]*\))?|#!?\[[^\n]*\])\s*$", re.MULTILINE)
_LONGEST: Final = 1500  # characters; what is longer is more than one statement

_SELF: Final = r"(?:\$?this|self|@)(?:\.|->|::)?"
_FIELD: Final = rf"[&*]?(?:mut )?{_SELF}\w+"
_CONVERTED: Final = r"(?:\.(?:clone|as_str|as_ref|as_deref|as_slice|to_string|to_owned|copied|cloned|get|len)\(\))?"
_GETTER: Final = re.compile(rf"(?:return )?{_FIELD}{_CONVERTED};?")
_BARE: Final = re.compile(r"return \w+;?")
_SETTER: Final = re.compile(
    rf"{_SELF}\w+ = (\w+)(?:\.into\(\)|\.to_string\(\)|\.to_owned\(\))?;?(?: (?:return )?\$?(?:self|this);?)?"
)
_SUPER: Final = re.compile(
    r"(?:return |await |return await )?(?:super\(\w*(?:, \w+)?\)|super|base|parent)(?:\.|::)(\w+)\([^()]*\);?"
)
_ACCESSOR: Final = re.compile(r"(?:get|set|is|has)(?=[A-Z_])")


def boilerplate(code: str, symbol: str) -> str | None:
    """Whether a function does no more than hand out or take a field, or call what it overrides: which of them."""
    if len(code) > _LONGEST:
        return None
    name = _last(symbol)
    body = _body(_ATTRIBUTE.sub("", _COMMENT.sub("", code)))
    if body is None:
        return None
    if _GETTER.fullmatch(body) or (_BARE.fullmatch(body) and _ACCESSOR.match(name) and "_" not in name):
        return f"a getter: {body}"
    if _SETTER.fullmatch(body):
        return f"a setter: {body}"
    found = _SUPER.fullmatch(body)
    return f"calls what it overrides: {body}" if found and found[1] == name else None


def _body(code: str) -> str | None:
    """The only statement of a function with white space folded, or None where it may have more."""
    text = " ".join(code.split())
    if text.startswith(("def ", "async def ")):
        lines = [line.strip() for line in code.splitlines() if line.strip()]
        if lines[-1] == "end":  # Ruby
            return lines[1] if len(lines) == 3 else None
        return lines[-1] if _is_header(lines[:-1]) else None
    if not text.endswith("}") or text.count("{") != 1:
        return None
    return text[text.index("{") + 1 : -1].strip()


def _is_header(lines: list[str]) -> bool:
    """Whether some lines are the header of a Python function and no more: its parentheses close in the last one."""
    open_ = 0
    for line in lines[:-1]:
        open_ += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        if open_ <= 0:
            return False
    return bool(lines) and lines[-1].endswith(":")


def _last(symbol: str) -> str:
    return re.split(r"::|[.#]", symbol)[-1]


def _words(symbol: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(_last(symbol))]


def is_test_name(symbol: str) -> bool:
    """Whether one of the words of a name is `test`: `test_sum`, `sumTest`, but neither `latest` nor `contest`."""
    return bool({"test", "tests"} & set(_words(symbol)))


def is_special(symbol: str) -> bool:
    """Whether a name is that of a constructor or of a method that the language calls: `__init__`, `toString`."""
    name = _last(symbol)
    names = {"constructor", "initialize", "toString", "hashCode", "equals", "finalize", "clone", "ToString", "Equals",
             "GetHashCode", "to_s", "inspect"}  # fmt: skip
    parts = re.split(r"::|[.#]", symbol)
    same = len(parts) > 1 and parts[-1] == parts[-2]  # a constructor in Java, C++ and C#
    return bool(re.fullmatch(r"__\w+__", name)) or name in names or same


def accessor_name(symbol: str) -> str | None:
    """The `get` or `set` that a name begins with, as a word: `get_name`, `setName`, but not `settle`."""
    words = _words(symbol)
    return words[0] if len(words) > 1 and words[0] in ("get", "set") else None


def question(doc: str) -> str | None:
    """The question that a documentation is instead of an answer."""
    first = doc.strip().partition("\n")[0]
    asks = first.endswith("?") or re.match(
        r"(?i)(?:why|how|what'?s?|where|when) (?:is|are|do|does|to|should|can)\b", first
    )
    return first[:80] if asks else None


def link(doc: str) -> str | None:
    """The first address on the web in a documentation."""
    found = re.search(r"https?://\S+|\bwww\.\S+", doc)
    return found[0][:80] if found else None


def letters(doc: str) -> float:
    """The share of letters among the characters of a text that are not blank, 0-1."""
    dense = "".join(doc.split())
    return sum(map(str.isalpha, dense)) / len(dense) if dense else 0.0


def returns_value(code: str) -> bool:
    """Whether a Python function returns something."""
    return re.search(r"(?m)^\s*(?:return|yield)[ \t]+(?!None\b)\S", code) is not None


def parameters(code: str) -> str:
    """What stands between the parentheses of a Python function's header, without `self` and `cls`."""
    found = re.search(r"\bdef\s+\w+\s*(?:\[[^\]]*\])?\s*\(([^)]*)", code)
    return "" if found is None else re.sub(r"^\s*(?:self|cls)\b\s*,?\s*", "", found[1]).strip(" ,\n\t/*")


def unfinished(text: str) -> str | None:
    """A word that says that something is not done or wrong: todo, fixme, bug."""
    found = re.search(r"(?i)\b(?:todo|fixme|bug)\b", text)
    return found[0] if found else None


_FENCE_LINE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_BOT: Final = re.compile(
    r"(?i)\b(?:this is an? automated (?:message|reply|response|comment)|i(?:'m| am) a bot\b|beep boop|"
    r"sent (?:automatically )?by (?:a|the) bot\b|do not reply to this (?:e-?mail|message))|\A[\w-]+\[bot\]"
)
_REFUSAL: Final = re.compile(
    r"(?i)\A.{0,80}?\b(?:i(?:'m| am) sorry,? but i (?:can(?:no|')t|am unable)|as an ai\b|i(?:'m| am) (?:just )?an? ai\b"
    r"|i can(?:no|')t (?:help|assist) with|i(?:'m| am) (?:not able|unable) to (?:help|assist|provide|fulfil))",
    re.DOTALL,
)
_CUT_OFF: Final = re.compile(r"(?:\b(?:the|an?|of|and|or|your|its|their|than|because|which)|,)\Z", re.IGNORECASE)


def has_open_fence(text: str) -> bool:
    """Whether a code fence is opened and never closed (CommonMark 4.5), the commonest trace of a cut text.

    Tildes alone under a line of text are no fence but the underline of a heading, as reStructuredText writes it.
    """
    if "```" not in text and "~~~" not in text:
        return False
    opened = above = ""
    for line in text.split("\n"):
        match, below, above = _FENCE_LINE.match(line.strip(" \t")), above, line
        if match is None:
            continue
        fence, rest = match[1], match[2]
        if not opened and fence[0] == "~" and not rest.strip() and below.strip():
            continue
        if not opened:
            opened = fence if "`" not in rest or fence[0] == "~" else ""
        elif fence[0] == opened[0] and len(fence) >= len(opened) and not rest.strip():
            opened = ""
    return bool(opened)


def repeated(words: Sequence[str], size: int) -> float:
    """The share of groups of so many words that stood before, 0-1."""
    groups = list(zip(*(words[at:] for at in range(size)), strict=False))
    return 1 - len(set(groups)) / len(groups) if groups else 0.0


def top_phrase(words: Sequence[str]) -> float:
    """The share of characters that the most frequent pair of words makes up, where it stands twice (Gopher), 0-1."""
    pairs = Counter(itertools.pairwise(words))
    total = sum(map(len, words))
    if not pairs or not total:
        return 0.0
    pair, times = max(pairs.items(), key=lambda item: (item[1], item[0]))
    return times * sum(map(len, pair)) / total if times > 1 else 0.0


def dominant_word(words: Sequence[str]) -> tuple[str, float]:
    """The most frequent word and its share of all words, where it stands three times or more (The Vault)."""
    if not words:
        return "", 0.0
    word, times = max(Counter(words).items(), key=lambda item: (item[1], item[0]))
    return word, times / len(words) if times >= 3 else 0.0


def comment_share(code: str) -> float:
    """The share of lines of code that are comments, 0-1."""
    lines = [line for line in code.splitlines() if line.strip()]
    return sum(_COMMENT.match(line) is not None for line in lines) / len(lines) if lines else 0.0


def bot(text: str) -> str | None:
    """The words by which a program says that it wrote a text."""
    found = _BOT.search(text)
    return found[0] if found else None


def refusal(text: str) -> str | None:
    """The words by which a model declines, at the beginning of an answer."""
    found = _REFUSAL.search(text)
    return found[0][-80:] if found else None


def trails_off(text: str) -> bool:
    """Whether a text ends in an ellipsis."""
    return text.rstrip().endswith(("...", "\u2026"))


def cut_off(text: str) -> str | None:
    """The word or the comma in which a text ends and no sentence does."""
    found = _CUT_OFF.search(text.rstrip())
    return found[0] if found else None
