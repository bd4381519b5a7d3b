"""Gates: small named reasons for which a row is not worth training on, each with its threshold.

A gate looks at one row and either lets it pass or says why not, with the numbers. The first gate that refuses
a row gives its reason, in the order of `GATES`. Thresholds are configuration: `c.filter(long=8192)` sets one,
`c.filter(long=None)` switches that gate off. Some gates are off by default: rules of published data sets, see
`corpus.PRESETS`, and slices that are worth a look and no defect by themselves (`refusal`, `ellipsis`).

A gate that refuses more of a source than its registered share has met something that it was not made for: nothing is
removed, and an error asks what to do. `c.filter(dry_run=True)` shows what each gate would remove, with examples.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corpus.curate import reasons
from corpus.curate.reasons import Row
from corpus.curate.stage import Stage, removed_rows
from corpus.engines import LocalEngine, current
from corpus.entry import REMOVED_SCHEMA, SCHEMA
from corpus.errors import ConfigError
from corpus.guess import did_you_mean
from corpus.store import Spool, batches

__all__ = ["ASKED_FROM", "GATES", "VERSION", "Gate", "Shares", "apply_gates", "default_verdict", "prepared", "rows_of"]

VERSION: Final = "gates-5"

ASKED_FROM: Final = 200
"""Rows of a source from which on a gate's share of it is looked at: of a few rows any share is chance."""

_CODE: Final = ("document", "implement", "complete", "change")


@dataclass(frozen=True, slots=True)
class Gate:
    """A reason to remove a row.

    Attributes:
        name: What `removed` and the configuration call it.
        claim: What it refuses, in one sentence.
        source: Where the rule and its threshold come from.
        threshold: The number it is set to by default; True where it has none.
        refuse: From a row and the threshold, why the row is refused, with the numbers, or None. A class of such
            that remember rows is made anew for each table.
        active: Whether it is asked without being named.
        share: Of the rows of a source, the most that it may refuse before it asks.
        version: Changes whenever the same row and threshold may be judged differently.
        kinds: Kinds of rows that it is asked of; all where there are none.
        categories: Categories that it is asked of; all where there are none.
        tasks: Tasks that it is asked of; all where there are none.
    """

    name: str
    claim: str
    source: str
    threshold: float
    refuse: Callable[[Row, float], str | None] | type[reasons.Overloads]
    active: bool = True
    share: float = 1.0
    version: int = 1
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()

    def applies(self, row: Row) -> bool:
        """Whether it is asked of a row."""
        return (
            (not self.tasks or row["task"] in self.tasks)
            and (not self.categories or row["category"] in self.categories)
            and (not self.kinds or row["kind"] in self.kinds)
        )


_OFF: Final[Mapping[str, Any]] = {"active": False}
_DOCS: Final[Mapping[str, Any]] = {"tasks": ("document", "implement")}
_FUNCTION: Final[Mapping[str, Any]] = {"tasks": ("document", "implement"), "categories": ("function",)}
_HAS_CODE: Final[Mapping[str, Any]] = {"tasks": _CODE}

GATES: Final[tuple[Gate, ...]] = (
    Gate("empty", "The question or the answer is empty.", "every peer", True, reasons.empty, share=0.2),
    Gate("broken-syntax", "The definition does not parse.", "tree-sitter's ERROR and MISSING nodes", 1.0,
         reasons.broken,
         share=0.5),
    Gate("control-character", "The text holds control characters or U+FFFD.", "dolma", True, reasons.control,
         share=0.3),
    Gate("reserved-token", "The text holds a token of chat templates.", "the models' templates", True, reasons.reserved,
         share=0.3),
    Gate("long", "The pair has more tokens than most trainers take.", "usual length of packing: 4096", 4096,
         reasons.long,
         share=0.5),
    Gate("long-line", "The code has a line as long as generated code has.", "StarCoder: 1000", 1000, reasons.long_line,
         share=0.3, **_HAS_CODE),
    Gate("open-fence", "A code fence is opened and never closed.", "CommonMark 4.5", True, reasons.open_fence,
         share=0.2),
    Gate("terse", "The documentation has too few words to say anything.", "CodeSearchNet: 3", 3, reasons.terse,
         share=0.7,
         **_DOCS),
    Gate("placeholder", "The documentation is a placeholder.", "The Vault's comment rules", True, reasons.placeholder,
         share=0.5, version=2, **_DOCS),
    Gate("name-echo", "The documentation says the name and no more.", "after The Vault's rule", 0.8, reasons.echo,
         share=0.6,
         **_DOCS),
    Gate("boilerplate", "The function hands out or takes a field, or calls what it overrides.", "ours", True,
         reasons.boilerplate, share=0.7, **_FUNCTION),
    Gate("overload", "An overload is described by the words of another one.", "ours", True, reasons.Overloads,
         share=0.6, tasks=("answer", "explain")),
    Gate("repetition", "Most of the text was said before in it.", "after Gopher's repeated n-grams", 0.6,
         reasons.repetition, share=0.3),
    Gate("truncated", "The documentation ends in a word that ends no sentence.", "ours", True, reasons.truncated,
         share=0.3,
         **_DOCS),
    Gate("bot", "The answer says that a program wrote it.", "StarCoder's lists of bots", True, reasons.bot, share=0.5,
         tasks=("reply",)),
    Gate("ratio", "One side is many times as long as the other.", "ours: 400 lets 99.9 % of 157,000 pairs pass", 400,
         reasons.ratio, share=0.3),
    Gate("score", "The quality is very low; asked of rows that were scored.", "ours", 0.1, reasons.low_score,
         share=0.5),
    Gate("short", "The answer has few tokens.", "ours: 2", 2, reasons.short, **_OFF),
    Gate("unparsed", "The code does not parse by itself.", "tree-sitter", True, reasons.unparsed, **_OFF, **_HAS_CODE),
    Gate("trailing-space", "Lines of the code end in blanks.", "style checkers", True, reasons.trailing_space, **_OFF,
         **_HAS_CODE),
    Gate("short-code", "The function has few lines.", "CodeSearchNet: 3", 3, reasons.short_code, **_OFF, **_FUNCTION),
    Gate("long-code", "The function has many lines.", "self-oss-instruct: 150", 150, reasons.long_code, **_OFF,
         **_FUNCTION),
    Gate("test-name", "The function's name says test.", "CodeSearchNet", True, reasons.says_test, **_OFF, **_FUNCTION),
    Gate("special-method", "The language calls the method.", "CodeSearchNet", True, reasons.special_method, **_OFF,
         **_FUNCTION),
    Gate("accessor-name", "The name begins with get or set.", "The Vault", True, reasons.accessor_name, **_OFF,
         **_FUNCTION),
    Gate("question", "The documentation is a question.", "The Vault", True, reasons.question, **_OFF, **_DOCS),
    Gate("link", "The documentation holds a link.", "The Vault", True, reasons.link, **_OFF, **_DOCS),
    Gate("letters", "The documentation has few letters.", "The Vault: 0.65", 0.65, reasons.letters, **_OFF, **_DOCS),
    Gate("long-doc", "The documentation has many lines.", "The Vault: 200", 200, reasons.long_doc, **_OFF, **_DOCS),
    Gate("dominant-word", "One word makes up much of the documentation.", "The Vault: 0.3", 0.3, reasons.dominant_word,
         **_OFF, **_DOCS),
    Gate("uppercase", "Much of the documentation is in capitals.", "The Vault: 0.3", 0.3, reasons.uppercase, **_OFF,
         **_DOCS),
    Gate("variables", "Much of the documentation is names of variables.", "The Vault: 0.3", 0.3, reasons.variables,
         **_OFF,
         **_DOCS),
    Gate("calls", "Much of the documentation is calls.", "The Vault: 0.2", 0.2, reasons.calls, **_OFF, **_DOCS),
    Gate("long-word", "The documentation has a word as no language has.", "The Vault: 30", 30, reasons.long_word,
         **_OFF,
         **_DOCS),
    Gate("mean-line", "The lines of the code are long on average.", "StarCoder: 100", 100, reasons.mean_line, **_OFF,
         **_HAS_CODE),
    Gate("alphanumeric", "Little of the code is letters and digits.", "StarCoder: 0.25", 0.25, reasons.alphanumeric,
         **_OFF,
         **_HAS_CODE),
    Gate("comments", "Most of the code is comments.", "StarCoder: 0.8", 0.8, reasons.comments, **_OFF, **_HAS_CODE),
    Gate("xml-header", "The code begins with an XML declaration.", "StarCoder", True, reasons.xml_header, **_OFF,
         **_HAS_CODE),
    Gate("repeated-lines", "Many lines stood before.", "Gopher: 0.3", 0.3, reasons.repeated_lines, **_OFF),
    Gate("top-phrase", "One pair of words makes up much of the text.", "Gopher: 0.2", 0.2, reasons.top_phrase, **_OFF),
    Gate("commit-message", "The message breaks a rule of CommitPackFT.", "OctoPack", True, reasons.commit_message,
         **_OFF,
         categories=("commit",)),
    Gate("returns", "A Python function returns nothing.", "self-oss-instruct", True, reasons.returns, **_OFF,
         **_FUNCTION),
    Gate("arguments", "A Python function takes no argument.", "self-oss-instruct", True, reasons.arguments, **_OFF,
         **_FUNCTION),
    Gate("unfinished", "Code or documentation says todo, fixme or bug.", "self-oss-instruct", True, reasons.unfinished,
         **_OFF, **_HAS_CODE),
    Gate("refusal", "The answer declines, in the words of a model.", "every peer", True, reasons.refusal, **_OFF),
    Gate("ellipsis", "The answer trails off.", "every peer", True, reasons.ellipsis, **_OFF),
    Gate("language", "The text is not in English.", "ours", True, reasons.foreign, **_OFF),
)  # fmt: skip
"""All gates, in the order in which they are asked."""

Active = Sequence[tuple[Gate, Any]]
Shares = Mapping[str, float]


def apply_gates(
    table: pa.Table, thresholds: Mapping[str, float | None] | None = None, *, shares: Shares | None = None
) -> Stage:
    """Remove the rows that a gate refuses, each with the gate's name and the numbers.

    Args:
        table: Rows with `SCHEMA`.
        thresholds: Gate name to threshold, for gates that shall not have their default; None switches one off.
        shares: Gate name to the share of a source that it may remove, for gates that may remove more than theirs.

    Raises:
        ConfigError: There is no gate of that name, or one would remove more of a source than it may.
    """
    config = configuration(thresholds or {})
    allowed = allowed_shares(shares or {})
    # Where it is asked whether code parses, that is looked up in workers of this process, for all batches.
    engine = LocalEngine() if config["unparsed"] is not None else current()
    remembering = {gate.name: gate.refuse for gate, _ in prepared(config) if isinstance(gate.refuse, reasons.Overloads)}
    kept, removed = Spool(SCHEMA), Spool(REMOVED_SCHEMA)
    held: Counter[str] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for batch, answers in zip(batches(table), engine.map(partial(_answers, config), batches(table)), strict=True):
        verdicts = [_settled(answer, remembering) for answer in answers]
        for source, verdict in zip(batch["source"].to_pylist(), verdicts, strict=True):
            held[source] += 1
            if verdict is not None:
                refused[source, verdict[0]] += 1
        kept.add(batch.filter(pa.array([verdict is None for verdict in verdicts])))
        found = [verdict for verdict in verdicts if verdict is not None]
        out = batch.filter(pa.array([verdict is not None for verdict in verdicts]))
        removed.add(removed_rows(out, "filter", [name for name, _ in found], [why for _, why in found]))
    _ask(held, refused, allowed)
    recorded = {**config, **({"shares": dict(shares)} if shares else {})}
    return Stage("filter", VERSION, recorded, len(table), kept.table(), removed.table(), {})


class _Answer(NamedTuple):
    """What gates say of a row by itself.

    Attributes:
        verdict: The first gate that refuses it, of those that remember no other row, and why.
        notes: For the gates before that one that do remember: their names, and what they look at.
    """

    verdict: tuple[str, str] | None
    notes: list[tuple[str, tuple[bytes, int]]]


def _answers(config: Mapping[str, float | None], batch: pa.Table) -> list[_Answer]:
    """One answer for each row of a batch."""
    active = prepared(config)
    return [_answer(row, active) for row in rows_of(batch, active)]


def _answer(row: Row, active: Active) -> _Answer:
    notes = []
    for gate, threshold in active:
        refuse = gate.refuse
        if isinstance(refuse, type) or not gate.applies(row):
            continue
        if isinstance(refuse, reasons.Overloads):
            note = refuse.note(row)
            notes += [(gate.name, note)] if note is not None else []
            continue
        why = refuse(row, threshold)
        if why is not None:
            return _Answer((gate.name, why), notes)
    return _Answer(None, notes)


def _settled(answer: _Answer, remembering: Mapping[str, reasons.Overloads]) -> tuple[str, str] | None:
    """The verdict on a row, as `default_verdict` gives it, when all rows before it were settled."""
    for name, note in answer.notes:
        why = remembering[name].recall(note)
        if why is not None:
            return name, why
    return answer.verdict


def _ask(held: Mapping[str, int], refused: Mapping[tuple[str, str], int], allowed: Shares) -> None:
    """Stop where a gate would remove more of a source than it may."""
    for (source, name), count in sorted(refused.items()):
        share = count / held[source]
        if held[source] >= ASKED_FROM and share > allowed[name]:
            at = name.replace("-", "_")
            raise ConfigError(
                f"the gate {name!r} would remove most of what it was not made for: {share:.0%} of a source",
                where=source,
                expected=f"at most {allowed[name]:.0%} of its {held[source]} rows",
                got=f"{count} rows",
                hint=f"look at filter(dry_run=True); then filter({at}=None) switches the gate off, "
                f"and filter(shares={{{name!r}: 1.0}}) lets it remove them",
            )


def prepared(thresholds: Mapping[str, float | None]) -> Active:
    """The gates that are asked, with their thresholds."""
    config = configuration(thresholds)
    return [(_ready(gate), config[gate.name]) for gate in GATES if config[gate.name] is not None]


def _ready(gate: Gate) -> Gate:
    """A gate that remembers nothing of another table."""
    return replace(gate, refuse=gate.refuse()) if isinstance(gate.refuse, type) else gate


def default_verdict(row: Row, active: Active) -> tuple[str, str] | None:
    """The name of the first gate that refuses a row, and why."""
    return next(verdicts(row, active), None)


def verdicts(row: Row, active: Active) -> Iterator[tuple[str, str]]:
    """The names of all gates that refuse a row, and why."""
    for gate, threshold in active:
        refuse = gate.refuse
        why = refuse(row, threshold) if not isinstance(refuse, type) and gate.applies(row) else None
        if why is not None:
            yield gate.name, why


def rows_of(batch: pa.Table, active: Active) -> list[dict[str, Any]]:
    """The rows of a batch as gates read them: with `parses`, where a gate asks for it."""
    rows: list[dict[str, Any]] = batch.to_pylist()
    if any(gate.name == "unparsed" for gate, _ in active):
        _look_up_parses(rows)
    return rows


def _look_up_parses(rows: Sequence[dict[str, Any]]) -> None:
    """Parse code in workers: a parser may crash on what strangers wrote, and says then that it does not parse."""
    from corpus.code import LANGUAGES
    from corpus.workers import run

    looked = [
        row for row in rows if row["language"] in LANGUAGES and row["task"] in ("document", "implement", "change")
    ]
    texts = [(reasons.code_of(row) or "", row["language"]) for row in looked]
    for row, (_, parsed) in zip(looked, run(_parses, texts, workers=1, size=lambda item: len(item[0])), strict=True):
        row["parses"] = parsed is True


def _parses(item: tuple[str, str]) -> bool:
    from corpus.code import parses

    return parses(*item)


def allowed_shares(shares: Shares) -> dict[str, float]:
    """The share of a source that each gate may remove."""
    allowed = {gate.name: gate.share for gate in GATES}
    for name, value in shares.items():
        given: object = value
        if not _is_number(given) or not 0 <= value <= 1:
            raise ConfigError("this is no share", where=name, expected="a number in 0-1", got=repr(value)[:80])
        allowed[_known(name, allowed)] = value
    return allowed


def configuration(thresholds: Mapping[str, float | None]) -> dict[str, float | None]:
    """The threshold of each gate, None where it is off.

    Raises:
        ConfigError: There is no gate of that name, or its threshold is no number.
    """
    config: dict[str, float | None] = {gate.name: gate.threshold if gate.active else None for gate in GATES}
    unnumbered_gates = {gate.name for gate in GATES if gate.threshold is True}
    for name, value in thresholds.items():
        known = _known(name, config)
        given: object = value
        unnumbered = given is True and known in unnumbered_gates
        if not (given is None or _is_number(given) or unnumbered):
            raise ConfigError(
                "the threshold of a gate makes no sense",
                where=known,
                expected="a finite number from 0 on, or None to switch the gate off",
                got=repr(value)[:80],
            )
        config[known] = value
    return config


def _known(name: str, gates: Mapping[str, Any]) -> str:
    known = name.replace("_", "-")
    if known not in gates:
        raise ConfigError(
            "there is no such gate", expected=" | ".join(gates), got=repr(name), hint=did_you_mean(known, gates)
        )
    return known


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= sys.float_info.max
