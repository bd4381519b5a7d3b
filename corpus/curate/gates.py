"""Gates: small named reasons for which a row is not worth training on, each with its threshold.

A gate looks at one row and either lets it pass or says why not, with the numbers. The first gate that refuses
a row gives its reason, in the order of `GATES`. Thresholds are configuration: `c.filter(long=8192)` sets one,
`c.filter(long=None)` switches that gate off.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from corpus.code import pairs
from corpus.curate.stage import Stage, removed_rows
from corpus.entry import CODE_COLUMNS, REMOVED_SCHEMA, SCHEMA
from corpus.errors import ConfigError
from corpus.reserved import CONTROL, RESERVED
from corpus.store import Spool, batches

__all__ = ["GATES", "VERSION", "Gate", "apply_gates"]

VERSION: Final = "gates-2"

Row = Mapping[str, Any]

_PLACEHOLDER: Final = re.compile(
    r"\A\W*(?:todo|fixme|xxx|tbd|tba|placeholder|undocumented|no documentation|missing documentation"
    r"|not implemented|lorem ipsum)\b|\bauto-?generated\b|\bdo not edit\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Gate:
    """A reason to remove a row.

    Attributes:
        name: What `removed` and the configuration call it.
        claim: What it refuses, in one sentence.
        source: Where the rule and its threshold come from.
        threshold: The number it is set to by default; True where it has none.
        refuse: From a row and the threshold, why the row is refused, with the numbers, or None.
    """

    name: str
    claim: str
    source: str
    threshold: float
    refuse: Callable[[Row, float], str | None]


def documentation_of(row: Row) -> str | None:
    """The documentation of a row about code, be it the answer or the question; None for other rows."""
    return _documentation(row) if row["language"] else None


def _documentation(row: Row) -> str | None:
    return pairs.documentation_of(row["category"], row["task"], row["instruction"], row["input"], row["output"])


def code_of(row: Row) -> str | None:
    """The code of a row, if its task has some; the answer's where both sides are code."""
    columns = CODE_COLUMNS.get(row["task"], ()) if row["language"] else ()
    return row[columns[-1]] if columns else None


def _empty(row: Row, _: float) -> str | None:
    for column in ("instruction", "output"):
        if not row[column].strip():
            return f"{column} is empty"
    return None


def _broken(row: Row, threshold: float) -> str | None:
    value = (row["signals"] or {}).get("well_formedness")
    return f"well_formedness {value:g}, at least {threshold:g}" if value is not None and value < threshold else None


def _control(row: Row, _: float) -> str | None:
    for column, text in _texts(row):
        found = CONTROL.search(text)
        if found:
            return f"U+{ord(found[0]):04X} in {column} at character {found.start()}"
    return None


def _reserved(row: Row, _: float) -> str | None:
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


def _long(row: Row, threshold: float) -> str | None:
    tokens = row["tokens_input"] + row["tokens_output"]
    return f"{tokens} tokens, at most {threshold:g}" if tokens > threshold else None


def _long_line(row: Row, threshold: float) -> str | None:
    longest = max((len(line) for line in (code_of(row) or "").splitlines()), default=0)
    return f"a line of {longest} characters, at most {threshold:g}" if longest > threshold else None


def _terse(row: Row, threshold: float) -> str | None:
    text = documentation_of(row)
    if text is None:
        return None
    words = len(_WORD.findall(text))
    return f"{words} words of documentation, at least {threshold:g}" if words < threshold else None


def _placeholder(row: Row, _: float) -> str | None:
    found = _PLACEHOLDER.search(documentation_of(row) or "")
    return f"the documentation says {found[0].strip()!r}" if found else None


def name_similarity(symbol: str, text: str) -> float:
    """How much of the first 200 characters of a text is the name said again, 0-1; near 1 for "Get name." echoes."""
    last = re.split(r"::|\.", symbol)[-1]
    name = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", last)).lower()
    said = " ".join(_WORD.findall(text[:200])).lower()
    return difflib.SequenceMatcher(None, name, said, autojunk=False).ratio() if name else 0.0


def _echo(row: Row, threshold: float) -> str | None:
    text, symbol = documentation_of(row), row["symbol"]
    if text is None or not symbol or len(text) > 200:
        return None
    share = name_similarity(symbol, text)
    return f"{share:.2f} alike to the name {symbol!r}, at most {threshold:g}" if share > threshold else None


GATES: Final[tuple[Gate, ...]] = (
    Gate("empty", "The question or the answer is empty.", "every peer", True, _empty),
    Gate("broken-syntax", "The definition does not parse.", "tree-sitter's ERROR and MISSING nodes", 1.0, _broken),
    Gate("control-character", "The text holds control characters or U+FFFD.", "dolma", True, _control),
    Gate("reserved-token", "The text holds a token of chat templates.", "the models' templates", True, _reserved),
    Gate("long", "The pair has more tokens than most trainers take.", "usual length of packing: 4096", 4096, _long),
    Gate("long-line", "The code has a line as long as generated code has.", "StarCoder: 1000", 1000, _long_line),
    Gate("terse", "The documentation has too few words to say anything.", "CodeSearchNet: 3", 3, _terse),
    Gate("placeholder", "The documentation is a placeholder.", "The Vault's comment rules", True, _placeholder),
    Gate("name-echo", "The documentation says the name and no more.", "after The Vault's rule", 0.8, _echo),
)
"""All gates, in the order in which they are asked."""


def apply_gates(table: pa.Table, thresholds: Mapping[str, float | None] | None = None) -> Stage:
    """Remove the rows that a gate refuses, each with the gate's name and the numbers.

    Args:
        table: Rows with `SCHEMA`.
        thresholds: Gate name to threshold, for gates that shall not have their default; None switches one off.

    Raises:
        ConfigError: There is no gate of that name.
    """
    config = _configuration(thresholds or {})
    active = [(gate, config[gate.name]) for gate in GATES if config[gate.name] is not None]
    kept, removed = Spool(SCHEMA), Spool(REMOVED_SCHEMA)
    for batch in batches(table):
        verdicts = [_verdict(row, active) for row in batch.to_pylist()]
        passed = pa.array([verdict is None for verdict in verdicts])
        kept.add(batch.filter(passed))
        refused = [verdict for verdict in verdicts if verdict is not None]
        rows = batch.filter(pa.array([verdict is not None for verdict in verdicts]))
        removed.add(removed_rows(rows, "filter", [name for name, _ in refused], [why for _, why in refused]))
    return Stage("filter", VERSION, config, len(table), kept.table(), removed.table(), {})


def _verdict(row: Row, active: list[tuple[Gate, Any]]) -> tuple[str, str] | None:
    for gate, threshold in active:
        why = gate.refuse(row, threshold)
        if why is not None:
            return gate.name, why
    return None


def _configuration(thresholds: Mapping[str, float | None]) -> dict[str, float | None]:
    config: dict[str, float | None] = {gate.name: gate.threshold for gate in GATES}
    for name, value in thresholds.items():
        known = name.replace("_", "-")
        if known not in config:
            close = difflib.get_close_matches(known, config, n=1)
            hint = f"did you mean {close[0]!r}?" if close else None
            raise ConfigError("there is no such gate", expected=" | ".join(config), got=repr(name), hint=hint)
        given: object = value
        unnumbered = given is True and config[known] is True
        number = isinstance(given, int | float) and not isinstance(given, bool) and abs(given) <= sys.float_info.max
        if not (given is None or number or unnumbered):
            raise ConfigError(
                "the threshold of a gate makes no sense",
                where=known,
                expected="a finite number, or None to switch the gate off",
                got=repr(given)[:80],
            )
        config[known] = value
    return config
