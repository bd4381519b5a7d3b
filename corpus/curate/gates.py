"""Gates: small named reasons for which a row is not worth training on, each with its threshold.

A gate looks at one row and either lets it pass or says why not, with the numbers. The first gate that refuses
a row gives its reason, in the order of `GATES`. Thresholds are configuration: `c.filter(long=8192)` sets one,
`c.filter(long=None)` switches that gate off. Some gates are off by default: rules of published data sets, see
`corpus.PRESETS`.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pyarrow as pa

from corpus.code import pairs
from corpus.curate import rules
from corpus.curate.stage import Stage, removed_rows
from corpus.engines import current
from corpus.entry import CODE_COLUMNS, REMOVED_SCHEMA, SCHEMA
from corpus.errors import ConfigError
from corpus.reserved import CONTROL, RESERVED
from corpus.store import Spool, batches

__all__ = ["GATES", "VERSION", "Gate", "apply_gates"]

VERSION: Final = "gates-3"

Row = Mapping[str, Any]

_PLACEHOLDER: Final = re.compile(
    r"\A\W*(?:todo|fixme|xxx|tbd|tba|placeholder|undocumented|no documentation|missing documentation"
    r"|not implemented|lorem ipsum)\b|\bauto-?generated\b|\bdo not edit\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")
_ELEMENT: Final = re.compile(r"</?[a-z]+>")  # of C#'s documentation: a tag is no word; one with a name says it


@dataclass(frozen=True, slots=True)
class Gate:
    """A reason to remove a row.

    Attributes:
        name: What `removed` and the configuration call it.
        claim: What it refuses, in one sentence.
        source: Where the rule and its threshold come from.
        threshold: The number it is set to by default; True where it has none.
        refuse: From a row and the threshold, why the row is refused, with the numbers, or None.
        active: Whether it is asked without being named.
    """

    name: str
    claim: str
    source: str
    threshold: float
    refuse: Callable[[Row, float], str | None]
    active: bool = True


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
    last = re.split(r"::|[.#:]", symbol.partition("/")[0])[-1]
    name = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", last)).lower()
    said = " ".join(_WORD.findall(text[:200])).lower()
    return difflib.SequenceMatcher(None, name, said, autojunk=False).ratio() if name else 0.0


def _echo(row: Row, threshold: float) -> str | None:
    text, symbol = documentation_of(row), row["symbol"]
    if text is None or not symbol or len(text) > 200:
        return None
    share = name_similarity(symbol, text)
    return f"{share:.2f} alike to the name {symbol!r}, at most {threshold:g}" if share > threshold else None


def _function(row: Row) -> str | None:
    """The code of a row about a whole function; None for other rows."""
    return code_of(row) if row["category"] == "function" and row["task"] in ("document", "implement") else None


def _boilerplate(row: Row, _: float) -> str | None:
    code = _function(row)
    return rules.boilerplate(code, row["symbol"] or "") if code else None


def _short_code(row: Row, threshold: float) -> str | None:
    lines = _lines(_function(row))
    return f"{lines} lines of code, at least {threshold:g}" if 0 < lines < threshold else None


def _long_code(row: Row, threshold: float) -> str | None:
    lines = _lines(_function(row))
    return f"{lines} lines of code, at most {threshold:g}" if lines > threshold else None


def _lines(text: str | None) -> int:
    return sum(bool(line.strip()) for line in (text or "").splitlines())


def _test_name(row: Row, _: float) -> str | None:
    named = _function(row) is not None and rules.is_test_name(row["symbol"] or "")
    return f"{row['symbol']!r} says test" if named else None


def _special_method(row: Row, _: float) -> str | None:
    special = _function(row) is not None and rules.is_special(row["symbol"] or "")
    return f"{row['symbol']!r} is called by the language" if special else None


def _accessor_name(row: Row, _: float) -> str | None:
    word = rules.accessor_name(row["symbol"] or "") if _function(row) is not None else None
    return f"{row['symbol']!r} begins with {word}" if word else None


def _question(row: Row, _: float) -> str | None:
    found = rules.question(documentation_of(row) or "")
    return f"the documentation asks: {found!r}" if found else None


def _link(row: Row, _: float) -> str | None:
    found = rules.link(documentation_of(row) or "")
    return f"the documentation links to {found}" if found else None


def _letters(row: Row, threshold: float) -> str | None:
    text = documentation_of(row)
    share = rules.letters(text) if text else 1.0
    return f"{share:.2f} of the documentation are letters, at least {threshold:g}" if share < threshold else None


def _long_doc(row: Row, threshold: float) -> str | None:
    lines = _lines(documentation_of(row))
    return f"{lines} lines of documentation, at most {threshold:g}" if lines > threshold else None


def _returns(row: Row, _: float) -> str | None:
    code = _function(row) if row["language"] == "python" else None
    return "the function returns nothing" if code and not rules.returns_value(code) else None


def _arguments(row: Row, _: float) -> str | None:
    code = _function(row) if row["language"] == "python" else None
    return "the function takes no argument" if code and not rules.parameters(code) else None


def _unfinished(row: Row, _: float) -> str | None:
    found = rules.unfinished(f"{code_of(row) or ''}\n{documentation_of(row) or ''}") if row["language"] else None
    return f"the text says {found!r}" if found else None


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
    Gate(
        "boilerplate",
        "The function hands out or takes a field, or calls what it overrides.",
        "ours",
        True,
        _boilerplate,
    ),
    Gate("short-code", "The function has few lines.", "CodeSearchNet: 3", 3, _short_code, active=False),
    Gate("long-code", "The function has many lines.", "self-oss-instruct: 150", 150, _long_code, active=False),
    Gate("test-name", "The function's name says test.", "CodeSearchNet", True, _test_name, active=False),
    Gate("special-method", "The language calls the method.", "CodeSearchNet", True, _special_method, active=False),
    Gate("accessor-name", "The name begins with get or set.", "The Vault", True, _accessor_name, active=False),
    Gate("question", "The documentation is a question.", "The Vault", True, _question, active=False),
    Gate("link", "The documentation holds a link.", "The Vault", True, _link, active=False),
    Gate("letters", "The documentation has few letters.", "The Vault: 0.65", 0.65, _letters, active=False),
    Gate("long-doc", "The documentation has many lines.", "The Vault: 200", 200, _long_doc, active=False),
    Gate("returns", "A Python function returns nothing.", "self-oss-instruct", True, _returns, active=False),
    Gate("arguments", "A Python function takes no argument.", "self-oss-instruct", True, _arguments, active=False),
    Gate(
        "unfinished",
        "Code or documentation says todo, fixme or bug.",
        "self-oss-instruct",
        True,
        _unfinished,
        active=False,
    ),
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
    kept, removed = Spool(SCHEMA), Spool(REMOVED_SCHEMA)
    for passed, refused in current().map(partial(_parted, config), batches(table)):
        kept.add(passed)
        removed.add(refused)
    return Stage("filter", VERSION, config, len(table), kept.table(), removed.table(), {})


def _parted(config: Mapping[str, float | None], batch: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows of a batch that pass every gate, and those that do not, with the reason."""
    active = [(gate, config[gate.name]) for gate in GATES if config[gate.name] is not None]
    verdicts = [_verdict(row, active) for row in batch.to_pylist()]
    refused = [verdict for verdict in verdicts if verdict is not None]
    rows = batch.filter(pa.array([verdict is not None for verdict in verdicts]))
    removed = removed_rows(rows, "filter", [name for name, _ in refused], [why for _, why in refused])
    return batch.filter(pa.array([verdict is None for verdict in verdicts])), removed


def _verdict(row: Row, active: list[tuple[Gate, Any]]) -> tuple[str, str] | None:
    for gate, threshold in active:
        why = gate.refuse(row, threshold)
        if why is not None:
            return gate.name, why
    return None


def _configuration(thresholds: Mapping[str, float | None]) -> dict[str, float | None]:
    config: dict[str, float | None] = {gate.name: gate.threshold if gate.active else None for gate in GATES}
    unnumbered_gates = {gate.name for gate in GATES if gate.threshold is True}
    for name, value in thresholds.items():
        known = name.replace("_", "-")
        if known not in config:
            close = difflib.get_close_matches(known, config, n=1)
            hint = f"did you mean {close[0]!r}?" if close else None
            raise ConfigError("there is no such gate", expected=" | ".join(config), got=repr(name), hint=hint)
        given: object = value
        unnumbered = given is True and known in unnumbered_gates
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
