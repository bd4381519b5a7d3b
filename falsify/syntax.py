"""Is each text well-formed: code parses, characters are text, fences close, no turn of a chat is forged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from corpus.entry import CODE_COLUMN
from corpus.reserved import CONTROL, RESERVED, RESERVED_TOKENS
from falsify.hypothesis import Hypothesis, Measurement, not_applicable, share, untested
from falsify.plants import edited_rows
from falsify.subject import Row, Subject, prose_column
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "is_open_fence", "verdicts"]

_BLANK: Final = re.compile("[\\s\u200b-\u200d\u2060\ufeff]*\\Z")
_FENCE: Final = re.compile(r"[ >]*(`{3,}|~{3,})([^\n]*)")
_TEXTS: Final = ("system", "instruction", "input", "output")


def _flagged(subject: Subject, wrong: Callable[[str], object], columns: tuple[str, ...] = _TEXTS) -> list[int]:
    """The rows in which one of the columns, or a turn of the history, is wrong."""
    found = {row for name in columns for row, text in enumerate(subject.texts(name)) if wrong(text)}
    if columns == _TEXTS:
        for row, turns in enumerate(subject.column("history")):
            if any(wrong(turn["content"] or "") for turn in turns or ()):
                found.add(row)
    return sorted(found)


def _parse(subject: Subject) -> Measurement:
    tasks, languages = subject.column("task"), subject.column("language")
    rows = np.array([i for i, t in enumerate(tasks) if t in CODE_COLUMN and languages[i] is not None], np.int64)
    if not len(rows):
        return not_applicable("no row holds code in a known language")
    drawn = subject.draw(rows, subject.sample, "S1")
    texts = [(subject.texts(CODE_COLUMN[tasks[row]])[row], languages[row]) for row in drawn.tolist()]
    said = verdicts(subject, texts)
    looked = drawn[[verdict is not None for verdict in said]]
    if not len(looked):
        return untested("no parser for these languages")
    found = drawn[[verdict is False for verdict in said]]
    result = share(found, looked, "hold code that does not parse", tolerated=True)
    how = f"{len(looked)} of {len(rows)} at random, seed {subject.seed}"
    return Measurement(result.value, result.looked, result.found, how, result.reason)


def verdicts(subject: Subject, texts: list[tuple[str, str]]) -> list[bool | None]:
    """Whether each (code, language) parses; None where no parser knows the language.

    The text was written by strangers and grammars in C do crash, so it is parsed in disposable workers. A parser
    that crashes, hangs or runs out of memory did not parse.
    """
    if subject.parses is not None:
        return [subject.parses(code, language) for code, language in texts]
    from corpus.workers import Failure, run

    said = [result for _, result in run(_parses, texts, workers=subject.workers, size=lambda item: len(item[0]))]
    return [None if _is_unknown(one) else (one is True) for one in said if isinstance(one, bool | Failure)]


def _is_unknown(said: object) -> bool:
    """Whether this is a question that the parser refused, not code that broke it."""
    refused = ("ConfigError", "ImportError", "KeyError", "ModuleNotFoundError", "ValueError")
    return str(getattr(said, "detail", "")).startswith(refused)


def _parser() -> Callable[[tuple[str, str]], bool]:
    def parse(item: tuple[str, str]) -> bool:
        from corpus.code import parses  # type: ignore[attr-defined,unused-ignore]

        return bool(parses(*item))

    return parse


_parses = _parser()
"""Runs in the worker. Without a name of its own it is sent by value: to import this package takes half a second."""


def _unparsable(row: Row, rng: np.random.Generator) -> Row | None:
    """Code with a bracket that nothing closes, or closed that nothing opened, or cut at its first bracket."""
    column = CODE_COLUMN.get(row["task"])
    if column is None or row["language"] is None:
        return None
    code = row[column]
    ways = ["((\n" + code, code + "\n)]}\n"]
    if "(" in code and not code.lstrip().startswith(("#", "/", '"', "'")):
        ways.append(code[: code.index("(") + 1])
    return {**row, column: ways[int(rng.integers(len(ways)))]}


def _insert(
    pieces: tuple[str, ...], columns: tuple[str, ...] = ("instruction", "input", "output")
) -> Callable[..., Row]:
    """An edit that puts one of the pieces somewhere into one of the columns."""

    def edit(row: Row, rng: np.random.Generator) -> Row:
        column = columns[int(rng.integers(len(columns)))]
        text = row[column]
        at = int(rng.integers(0, len(text) + 1))
        return {**row, column: text[:at] + pieces[int(rng.integers(len(pieces)))] + text[at:]}

    return edit


def _blank(row: Row, rng: np.random.Generator) -> Row:
    column = ("instruction", "output")[int(rng.integers(2))]
    return {**row, column: ("", " ", "\n\t\n", "\u200b")[int(rng.integers(4))]}


def is_open_fence(text: str) -> bool:
    """Whether a code fence is opened and never closed (CommonMark 4.5), the commonest trace of a cut text.

    Tildes alone under a line of text are no fence but the underline of a heading, as reStructuredText writes it.
    """
    if "```" not in text and "~~~" not in text:
        return False
    opened = above = ""
    for line in text.split("\n"):
        match, below, above = _FENCE.match(line), above, line
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


def _open_fences(subject: Subject) -> Measurement:
    prose = subject.prose
    looked = [row for row, text in enumerate(prose) if text]
    found = [row for row in looked if is_open_fence(prose[row])]
    return share(found, len(looked), "hold a code fence that is never closed", tolerated=True)


def _cut_in_fence(row: Row, rng: np.random.Generator) -> Row:
    column = prose_column(row["task"])
    return {
        **row,
        column: row[column] + ("\n\n```\nlet x", "\n\n```python\n>>> f(", "\n\n~~~\ny =")[int(rng.integers(3))],
    }


def _all_rows(
    wrong: Callable[[str], object], what: str, columns: tuple[str, ...] = _TEXTS
) -> Callable[..., Measurement]:
    def test(subject: Subject) -> Measurement:
        found: Ints = np.array(_flagged(subject, wrong, columns), np.int64)
        return share(found, subject.rows, what)

    return test


HYPOTHESES: Final = (
    Hypothesis(
        id="S1",
        family="syntax",
        claim="No more than 1 % of the code fails to parse",
        statistic="lower bound (95 %) of the share of code that does not parse in its language",
        threshold=0.01,  # grammars lag behind languages: of 100 shipped rows all parse, of a new dialect not all can
        population="sample",
        test=_parse,
        plants=(edited_rows("a bracket too many, or code cut at its first bracket", _unparsable),),
        points=3,
        grave=0.05,
        rate=0.02,
        min_sensitivity=0.9,
        applies_to=tuple(CODE_COLUMN),
    ),
    Hypothesis(
        id="S2",
        family="syntax",
        claim="No text holds a control character, a carriage return or a replacement character",
        statistic="share of rows that hold one",
        threshold=0,
        test=_all_rows(CONTROL.search, "hold a control, CR, BOM or replacement character"),
        plants=(edited_rows("one such character", _insert(("\r", "\x00", "\x1b", "\x85", "\ufffd", "\ufeff"))),),
        points=1,
        grave=0.05,
    ),
    Hypothesis(
        id="S3",
        family="syntax",
        claim="No question and no answer is empty",
        statistic="share of rows whose instruction or output is only white space",
        threshold=0,
        test=_all_rows(_BLANK.match, "have an empty instruction or output", ("instruction", "output")),
        plants=(edited_rows("nothing but white space", _blank),),
        points=2,
        grave=0.05,
    ),
    Hypothesis(
        id="S4",
        family="syntax",
        claim="No text holds a token that chat templates reserve",
        statistic="share of rows that hold one",
        threshold=0,
        test=_all_rows(RESERVED.search, "hold a token that a chat template reserves"),
        plants=(edited_rows("a reserved token", _insert(RESERVED_TOKENS)),),
        points=1,
        grave=0.05,
    ),
    Hypothesis(
        id="S5",
        family="syntax",
        claim="No more than 0.5 % of the prose ends inside a code fence",
        statistic="lower bound (95 %) of the share of prose with an open fence",
        threshold=0.005,
        test=_open_fences,
        plants=(edited_rows("a fence opened at the end", _cut_in_fence),),
        points=1,
        grave=0.05,
        rate=0.01,
    ),
)
