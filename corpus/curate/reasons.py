"""Why a row is not worth training on: one function for each reason, from a row and a threshold to the numbers, or None.

`corpus.curate.gates` names them, sets them and asks them. What they look for in code and texts is in
`corpus.curate.rules`.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from corpus.code import pairs
from corpus.curate import rules
from corpus.curate.words import last_part, prose_of, words_of
from corpus.entry import CODE_COLUMNS
from corpus.reserved import CONTROL, RESERVED
from corpus.sources.messages import message_of, refused

__all__ = [
    "Overloads",
    "Row",
    "accessor_name",
    "alphanumeric",
    "arguments",
    "boilerplate",
    "bot",
    "broken",
    "calls",
    "code_of",
    "comments",
    "commit_message",
    "control",
    "documentation_of",
    "dominant_word",
    "echo",
    "ellipsis",
    "empty",
    "foreign",
    "is_placeholder",
    "letters",
    "link",
    "long",
    "long_code",
    "long_doc",
    "long_line",
    "long_word",
    "low_score",
    "mean_line",
    "name_similarity",
    "open_fence",
    "placeholder",
    "prose_in",
    "question",
    "ratio",
    "refusal",
    "repeated_lines",
    "repetition",
    "reserved",
    "returns",
    "says_test",
    "short",
    "short_code",
    "special_method",
    "terse",
    "top_phrase",
    "trailing_space",
    "truncated",
    "unfinished",
    "unparsed",
    "uppercase",
    "variables",
    "xml_header",
]

Row = Mapping[str, Any]

_PLACEHOLDER: Final = re.compile(
    r"\W*(?:todo|fixme|xxx|tbd|tba|placeholder|undocumented|no documentation|missing documentation"
    r"|not implemented|lorem ipsum|auto-?generated)\b",
    re.IGNORECASE,
)
_GENERATED: Final = re.compile(
    r"\b(?:is|was|are|were|been) auto(?:-?|matically )generated\b|\bdo not edit\b", re.IGNORECASE
)
_OPENING: Final = 300  # characters in which a text says what it is; behind them it may speak of other files
_WORD: Final = re.compile(r"\w+")
_ELEMENT: Final = re.compile(r"</?[a-z]+>")  # of C#'s documentation: a tag is no word; one with a name says it


_CAMEL: Final = re.compile(r"[a-z][A-Z]")
_CALL: Final = re.compile(r"\w\([^()]*\)")
_IN_TICKS: Final = re.compile(r"`[^`\n]*`")


def documentation_of(row: Row) -> str | None:
    """The documentation of a row about code, be it the answer or the question; None for other rows."""
    return _documentation(row) if row["language"] else None


def _documentation(row: Row) -> str | None:
    text = pairs.documentation_of(row["category"], row["task"], row["instruction"], row["input"], row["output"])
    return _ELEMENT.sub(" ", text) if text and row["language"] == "csharp" else text


def code_of(row: Row) -> str | None:
    """The code of a row, if its task has some; the answer's where both sides are code."""
    columns = CODE_COLUMNS.get(row["task"], ()) if row["language"] else ()
    return row[columns[-1]] if columns else None


def empty(row: Row, _: float) -> str | None:
    """The question or the answer is empty."""
    for column in ("instruction", "output"):
        if not row[column].strip():
            return f"{column} is empty"
    return None


def broken(row: Row, threshold: float) -> str | None:
    """The definition does not parse, as extraction found."""
    value = (row["signals"] or {}).get("well_formedness")
    return f"well_formedness {value:g}, at least {threshold:g}" if value is not None and value < threshold else None


def control(row: Row, _: float) -> str | None:
    """A text holds a control character or U+FFFD."""
    for column, text in _texts(row):
        found = CONTROL.search(text)
        if found:
            return f"U+{ord(found[0]):04X} in {column} at character {found.start()}"
    return None


def reserved(row: Row, _: float) -> str | None:
    """A text holds a token of chat templates."""
    for column, text in _texts(row):
        found = RESERVED.search(text)
        if found:
            return f"{found[0]} in {column} at character {found.start()}"
    return None


def _texts(row: Row) -> Iterator[tuple[str, str]]:
    """Every text that is trained on, with where it stands."""
    yield "system", row["system"] or ""
    yield from (("history", turn["content"]) for turn in row["history"])
    yield from ((column, row[column]) for column in ("instruction", "input", "output"))


def long(row: Row, threshold: float) -> str | None:
    """Question and answer have more tokens than the threshold."""
    tokens = row["tokens_input"] + row["tokens_output"]
    return f"{tokens} tokens, at most {threshold:g}" if tokens > threshold else None


def long_line(row: Row, threshold: float) -> str | None:
    """A line of the code is longer than the threshold."""
    longest = max((len(line) for line in (code_of(row) or "").splitlines()), default=0)
    return f"a line of {longest} characters, at most {threshold:g}" if longest > threshold else None


def terse(row: Row, threshold: float) -> str | None:
    """The documentation has fewer words than the threshold."""
    text = documentation_of(row)
    if text is None:
        return None
    words = len(_WORD.findall(text))
    return f"{words} words of documentation, at least {threshold:g}" if words < threshold else None


def is_placeholder(text: str) -> bool:
    """Whether a text stands where documentation should."""
    return _placeholder_in(text) is not None


def _placeholder_in(text: str) -> re.Match[str] | None:
    found = _PLACEHOLDER.match(text)
    if found is None:
        text = text[:_OPENING]
        lower = text.lower()  # to look for two words in it is much cheaper than the pattern that they stand in
        found = _GENERATED.search(text) if "generated" in lower or "do not edit" in lower else None
    return found


def placeholder(row: Row, _: float) -> str | None:
    """The documentation is a placeholder."""
    found = _placeholder_in(documentation_of(row) or "")
    return f"the documentation says {found[0].strip()!r}" if found else None


def name_similarity(symbol: str, text: str) -> float:
    """How much of the first 200 characters of a text is the name said again, 0-1; near 1 for "Get name." echoes."""
    name = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", last_part(symbol))).lower()
    said = " ".join(_WORD.findall(text[:200])).lower()
    return difflib.SequenceMatcher(None, name, said, autojunk=False).ratio() if name else 0.0


def echo(row: Row, threshold: float) -> str | None:
    """The documentation says the name and little more."""
    text, symbol = documentation_of(row), row["symbol"]
    if text is None or not symbol or len(text) > 200:
        return None
    share = name_similarity(symbol, text)
    return f"{share:.2f} alike to the name {symbol!r}, at most {threshold:g}" if share > threshold else None


def _function(row: Row) -> str | None:
    """The code of a row about a whole function; None for other rows."""
    return code_of(row) if row["category"] == "function" and row["task"] in ("document", "implement") else None


def boilerplate(row: Row, _: float) -> str | None:
    """The function does no more than hand out or take a field, or call what it overrides."""
    code = _function(row)
    return rules.boilerplate(code, row["symbol"] or "") if code else None


def short_code(row: Row, threshold: float) -> str | None:
    """The function has fewer lines than the threshold."""
    lines = _lines(_function(row))
    return f"{lines} lines of code, at least {threshold:g}" if 0 < lines < threshold else None


def long_code(row: Row, threshold: float) -> str | None:
    """The function has more lines than the threshold."""
    lines = _lines(_function(row))
    return f"{lines} lines of code, at most {threshold:g}" if lines > threshold else None


def _lines(text: str | None) -> int:
    return sum(bool(line.strip()) for line in (text or "").splitlines())


def says_test(row: Row, _: float) -> str | None:
    """The name says test."""
    named = _function(row) is not None and rules.is_test_name(row["symbol"] or "")
    return f"{row['symbol']!r} says test" if named else None


def special_method(row: Row, _: float) -> str | None:
    """The language calls the method."""
    special = _function(row) is not None and rules.is_special(row["symbol"] or "")
    return f"{row['symbol']!r} is called by the language" if special else None


def accessor_name(row: Row, _: float) -> str | None:
    """The name begins with get or set."""
    word = rules.accessor_name(row["symbol"] or "") if _function(row) is not None else None
    return f"{row['symbol']!r} begins with {word}" if word else None


def question(row: Row, _: float) -> str | None:
    """The documentation asks."""
    found = rules.question(documentation_of(row) or "")
    return f"the documentation asks: {found!r}" if found else None


def link(row: Row, _: float) -> str | None:
    """The documentation holds an address on the web."""
    found = rules.link(documentation_of(row) or "")
    return f"the documentation links to {found}" if found else None


def letters(row: Row, threshold: float) -> str | None:
    """Too few characters of the documentation are letters."""
    text = documentation_of(row)
    share = rules.letters(text) if text else 1.0
    return f"{share:.2f} of the documentation are letters, at least {threshold:g}" if share < threshold else None


def long_doc(row: Row, threshold: float) -> str | None:
    """The documentation has more lines than the threshold."""
    lines = _lines(documentation_of(row))
    return f"{lines} lines of documentation, at most {threshold:g}" if lines > threshold else None


def returns(row: Row, _: float) -> str | None:
    """A Python function returns nothing."""
    code = _function(row) if row["language"] == "python" else None
    return "the function returns nothing" if code and not rules.returns_value(code) else None


def arguments(row: Row, _: float) -> str | None:
    """A Python function takes no argument."""
    code = _function(row) if row["language"] == "python" else None
    return "the function takes no argument" if code and not rules.parameters(code) else None


def unfinished(row: Row, _: float) -> str | None:
    """Code or documentation says todo, fixme or bug."""
    found = rules.unfinished(f"{code_of(row) or ''}\n{documentation_of(row) or ''}") if row["language"] else None
    return f"the text says {found!r}" if found else None


def prose_in(row: Row) -> str:
    """What people wrote in a row: the documentation, or an answer that is not code; empty where both sides are code."""
    doc = documentation_of(row)
    if doc is not None:
        return doc
    return "" if code_of(row) is not None or row["category"] == "example" else row["output"]


def low_score(row: Row, threshold: float) -> str | None:
    """The quality is below the threshold; a row that has none passes."""
    value = row["quality"]
    return f"quality {value:.3f}, at least {threshold:g}" if value is not None and value < threshold else None


def open_fence(row: Row, _: float) -> str | None:
    """A code fence is opened and never closed."""
    return "a code fence is never closed" if rules.has_open_fence(prose_in(row)) else None


def short(row: Row, threshold: float) -> str | None:
    """The answer has fewer tokens than the threshold."""
    tokens = row["tokens_output"]
    return f"an answer of {tokens} tokens, at least {threshold:g}" if tokens < threshold else None


def ratio(row: Row, threshold: float) -> str | None:
    """Question and answer differ in length by more than the threshold."""
    sides = sorted((max(1, row["tokens_input"]), max(1, row["tokens_output"])))
    share = sides[1] / sides[0]
    return f"one side is {share:.0f} times the other, at most {threshold:g}" if share > threshold else None


def unparsed(row: Row, _: float) -> str | None:
    """The code does not parse by itself; `parses` was looked up in workers."""
    return "the code does not parse" if row.get("parses") is False else None


def trailing_space(row: Row, _: float) -> str | None:
    """Lines of the code end in blanks."""
    lines = sum(line != line.rstrip() for line in (code_of(row) or "").splitlines())
    return f"{lines} lines end in blanks" if lines else None


def repetition(row: Row, threshold: float) -> str | None:
    """More than a share of the groups of three words was said before."""
    share = rules.repeated(words_of(prose_of(prose_in(row))), 3)
    return f"{share:.2f} of it was said before, at most {threshold:g}" if share > threshold else None


def repeated_lines(row: Row, threshold: float) -> str | None:
    """More than a share of the lines stood before."""
    lines = [line.strip() for line in prose_in(row).splitlines() if line.strip()]
    share = 1 - len(set(lines)) / len(lines) if lines else 0.0
    return f"{share:.2f} of the lines stood before, at most {threshold:g}" if share > threshold else None


def top_phrase(row: Row, threshold: float) -> str | None:
    """One pair of words makes up more than a share of the text."""
    share = rules.top_phrase(words_of(prose_in(row)))
    return f"one pair of words is {share:.2f} of it, at most {threshold:g}" if share > threshold else None


def dominant_word(row: Row, threshold: float) -> str | None:
    """One word, said three times or more, is more than a share of the documentation."""
    word, share = rules.dominant_word(words_of(documentation_of(row) or ""))
    return f"{word!r} is {share:.2f} of the words, at most {threshold:g}" if share > threshold else None


def uppercase(row: Row, threshold: float) -> str | None:
    """More than a share of more than ten words is in capitals."""
    found = [word for word in _WORD.findall(documentation_of(row) or "") if word.isalpha()]
    share = sum(word.isupper() for word in found) / len(found) if len(found) > 10 else 0.0
    return f"{share:.2f} of the words are in capitals, at most {threshold:g}" if share > threshold else None


def variables(row: Row, threshold: float) -> str | None:
    """More than a share of the words are names of variables."""
    found = (documentation_of(row) or "").split()
    share = sum("_" in word or bool(_CAMEL.search(word)) for word in found) / len(found) if found else 0.0
    return f"{share:.2f} of the words are variables, at most {threshold:g}" if share > threshold else None


def calls(row: Row, threshold: float) -> str | None:
    """More than a share of the words are calls."""
    found = (documentation_of(row) or "").split()
    share = sum(bool(_CALL.search(word)) for word in found) / len(found) if found else 0.0
    return f"{share:.2f} of the words are calls, at most {threshold:g}" if share > threshold else None


def long_word(row: Row, threshold: float) -> str | None:
    """A word is longer than words are."""
    longest = max((len(word) for word in _WORD.findall(documentation_of(row) or "")), default=0)
    return f"a word of {longest} characters, at most {threshold:g}" if longest > threshold else None


def mean_line(row: Row, threshold: float) -> str | None:
    """The lines of the code are long on average."""
    lines = (code_of(row) or "").splitlines()
    mean = sum(map(len, lines)) / len(lines) if lines else 0.0
    return f"lines of {mean:.0f} characters on average, at most {threshold:g}" if mean > threshold else None


def alphanumeric(row: Row, threshold: float) -> str | None:
    """Too few characters of the code are letters and digits."""
    code = code_of(row) or ""
    share = sum(map(str.isalnum, code)) / len(code) if code else 1.0
    return f"{share:.2f} of the code are letters and digits, at least {threshold:g}" if share < threshold else None


def comments(row: Row, threshold: float) -> str | None:
    """More than a share of the lines of code are comments."""
    code = code_of(row)
    share = rules.comment_share(code) if code else 0.0
    return f"{share:.2f} of the lines are comments, at most {threshold:g}" if share > threshold else None


def xml_header(row: Row, _: float) -> str | None:
    """The code begins with XML."""
    return "it begins with an XML declaration" if "<?xml" in (code_of(row) or "")[:100] else None


def commit_message(row: Row, _: float) -> str | None:
    """The message of a commit breaks a rule of CommitPackFT."""
    why = refused(message_of(row["instruction"]), row["path"] or "", strict=True)
    return f"the message is {why}" if why else None


def bot(row: Row, _: float) -> str | None:
    """The answer says that a program wrote it."""
    found = rules.bot(row["output"])
    return f"the answer says {found!r}" if found else None


def refusal(row: Row, _: float) -> str | None:
    """The answer declines to answer, in the words of a model."""
    found = rules.refusal(row["output"])
    return f"the answer says {found!r}" if found else None


def ellipsis(row: Row, _: float) -> str | None:
    """The answer trails off."""
    return "the answer ends in an ellipsis" if rules.trails_off(row["output"]) else None


def truncated(row: Row, _: float) -> str | None:
    """The documentation ends in a word that ends no sentence, or in a comma."""
    found = rules.cut_off(documentation_of(row) or "")
    return f"the documentation ends in {found!r}" if found else None


def foreign(row: Row, _: float) -> str | None:
    """The text is not in English."""
    from corpus.curate import english

    words = words_of(prose_of(prose_in(row)))
    return "the text is not in English" if len(words) >= 6 and english.is_foreign(words) else None


class Overloads:
    """Refuses what is said of an overload where the same was said of an earlier one of its name and file.

    Two texts are the same where they differ in nothing but code: C#'s `WriteValue` has forty overloads, and of each
    it says that `value` is the `bool`, `byte`, … value to write.
    """

    def __init__(self) -> None:
        self._lines: dict[bytes, int] = {}

    def __call__(self, row: Row, _: float) -> str | None:
        """Why the row is refused: where the same was said before."""
        note = self.note(row)
        return None if note is None else self.recall(note)

    @staticmethod
    def note(row: Row) -> tuple[bytes, int] | None:
        """All that is looked at of a row: a hash of its place and what it says, and its line. None: it has no place."""
        if not row["language"] or not row["symbol"]:
            return None
        place = (row["kind"], row["source"], row["path"], row["symbol"], row["category"], row["task"])
        said = "\0".join([*(str(part) for part in place), _IN_TICKS.sub("`", row["output"])])
        return hashlib.blake2b(said.encode(), digest_size=16).digest(), row["line_start"] or 0

    def recall(self, note: tuple[bytes, int]) -> str | None:
        """Why the row of a note is refused. Rows are asked after in their order, each once: it is remembered."""
        key, line = note
        first = self._lines.setdefault(key, line)
        return f"says what is said of the overload in line {first}" if first != line else None
