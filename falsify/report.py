"""What a falsification found: one result a hypothesis, and one verdict.

The verdict is `refuted` when a hypothesis with a veto is refuted, when one is refuted gravely, or when those
refuted are worth more than 15 of 100 applicable points. A refutation is grave beyond a second value of the
statistic, registered with the hypothesis (`Hypothesis.grave`): one row with a NUL is a lesser fault, a NUL in more
than a twentieth of the rows is a broken corpus, however few points the hypothesis is worth. Otherwise the verdict
is `corroborated` when at least 70 of 100 applicable points were earned and every veto that rows alone can decide
was tested: a corpus that was never asked whether its answers belong to their questions has not stood a test. In
all other cases it is `untested`. 15 is what a careful corpus may lose by two of its lesser faults and no more (the
largest hypothesis without a veto is worth 8); 70 is what a table earns with all that is inside it well and nothing
handed in to read or build it again.

A corpus has passed when it is corroborated and earned 85 of 100 applicable points: between 70 and 85 nothing speaks
against it, and more was left untested than a corpus may leave that calls itself tested. No rows pass nothing.

As JSON a report is a contract: `to_dict` gives it, `schema` describes it (JSON Schema), `from_dict` reads it and those
of earlier versions. What it shows (a line, Markdown, HTML, a notebook) is made from the same values.

Nothing in a report depends on the clock or on PYTHONHASHSEED: the same rows and seed give the same report.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from corpus.errors import ConfigError
from falsify.power import Alarms, Grade
from falsify.thresholds import Change

__all__ = ["CORROBORATED", "LOSS", "PASSED", "Report", "Result", "Sensitivity", "schema", "verdict_of"]

LOSS: Final = 15.0
CORROBORATED: Final = 70.0
PASSED: Final = 85.0
REPORT_VERSION: Final = 2

_SIGNS: Final = {"refuted": "✗", "corroborated": "✓", "untested": "?", "not applicable": "–"}
# Readable on white and on black: mid tones for the signs, everything else in the notebook's own colour.
_COLOURS: Final = {"refuted": "#d64545", "corroborated": "#2e9e5b", "untested": "#c08a1e", "not applicable": "#888888"}


@dataclass(frozen=True)
class Sensitivity:
    """How many planted violations a test found in this run.

    Attributes:
        kills: Found.
        plants: Planted.
        lower: One-sided 95 % lower bound of the share (Clopper-Pearson), of the plant that is found least.
    """

    kills: int
    plants: int
    lower: float


@dataclass(frozen=True)
class Result:
    """What became of one hypothesis.

    Attributes:
        id: The hypothesis.
        family: Its family.
        claim: What must never be seen.
        verdict: `refuted`, `corroborated`, `untested` or `not applicable`.
        veto: Whether its refutation refutes the corpus.
        points: What it is worth.
        earned: What it earned.
        statistic: The number that decided; None if there is none.
        threshold: The number that it was held against.
        looked: How many rows were looked at.
        population: How these were drawn.
        evidence: Ids of rows that speak against the claim, 20 at the most.
        severity: For a corroborated claim, how likely its violation would have been seen: a defect rate of `rate`
            among the rows, or the corpus-wide violation that was planted.
        rate: That defect rate; None for a corpus-wide violation.
        sensitivity: How many plants the test found; None if none were made.
        reason: What was seen, in a sentence.
        version: Version of the hypothesis.
        grave: Whether it was refuted so far beyond the threshold that this alone refutes the corpus.
        notes: What speaks against each row of `evidence`, in the same order; empty where `reason` says it of all.
        power: Each plant at each strength, how often it was found.
        alarms: How often the test speaks against corpora that are right; None if that is not known.
    """

    id: str
    family: str
    claim: str
    verdict: str
    veto: bool
    points: int
    earned: float
    statistic: float | None
    threshold: float
    looked: int
    population: str
    evidence: tuple[str, ...]
    severity: float | None
    rate: float | None
    sensitivity: Sensitivity | None
    reason: str
    version: int
    grave: bool = False
    notes: tuple[str, ...] = ()
    power: tuple[Grade, ...] = ()
    alarms: Alarms | None = None


@dataclass(frozen=True)
class Report:
    """What a falsification found.

    Attributes:
        verdict: `refuted`, `corroborated` or `untested`.
        score: Points earned of 100 applicable.
        results: One a hypothesis, in the order of registration.
        fingerprint: Of the table that was judged, see `corpus.fingerprint`.
        registration: Hash of all that was fixed before the run.
        seed: Every draw follows from it.
        rows: Rows of the table.
        shipped: The registration that this library ships; another one than `registration` where thresholds were
            registered by hand.
        changes: What was registered otherwise than it ships.
        power: Whether the power of the tests was measured; without it nothing is corroborated.
    """

    verdict: str
    score: float
    results: tuple[Result, ...]
    fingerprint: str
    registration: str
    seed: int
    rows: int
    shipped: str = ""
    changes: tuple[Change, ...] = ()
    power: bool = True

    @property
    def passed(self) -> bool:
        """Whether the corpus stood its tests, and enough of them."""
        return self.verdict == "corroborated" and self.score >= PASSED and self.rows > 0

    @property
    def refuted(self) -> tuple[str, ...]:
        """Ids of the refuted hypotheses."""
        return tuple(result.id for result in self.results if result.verdict == "refuted")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; `schema` describes them."""
        return {"version": REPORT_VERSION, "passed": self.passed, **_plain_values(asdict(self))}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Report:
        """The report that `to_dict` gave, in this version or an earlier one.

        Raises:
            ConfigError: It was written by a later version, or lacks what every report has.
        """
        if not isinstance(values, Mapping) or values.get("version") not in range(1, REPORT_VERSION + 1):
            got = values.get("version") if isinstance(values, Mapping) else type(values).__name__
            raise ConfigError("this report cannot be read", expected=f"version 1 to {REPORT_VERSION}", got=got)
        try:
            found: Report = _decoded(cls, values)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError("this report is damaged", expected="what `to_dict` gave", got=repr(error)) from None
        return found

    def to_markdown(self) -> str:
        """The section of the dataset card."""
        from corpus.write.card_trust import falsification

        return falsification(self.to_dict()) + "\n"

    def to_html(self, path: str | PathLike[str], corpus: Any = None) -> Path:
        """Write the report as one file that opens from the disk, without a network.

        Args:
            path: The file; an earlier one is replaced.
            corpus: What was judged, a `Corpus` or its table: the rows that refute are then shown with where they come
                from and what they say. Such a file holds what these rows hold, secrets included.

        Returns:
            The path.

        Raises:
            ConfigError: The rows are not those that were judged.
        """
        from falsify.html import page, write_page

        return write_page(path, page(self, corpus))

    def __str__(self) -> str:
        head = (
            f"{self.verdict}, {'passed' if self.passed else 'not passed'}: {self.score:.1f} of 100 points, "
            f"{self.rows} rows, seed {self.seed}"
        )
        told = [f"! {change.direction}: {change}" for change in self.changes]
        told += ["! the power of the tests was not measured, so nothing is corroborated"] * (not self.power)
        lines = [
            f"{_SIGNS[r.verdict]} {r.id:<4} {r.verdict:<14} {r.earned:>4g}/{r.points:<3g} "
            f"{_number(r.statistic):>8} {_weight(r):<11}{_strength(r):<32} {r.claim}: {r.reason}"
            for r in self.results
        ]
        return "\n".join([head, *(_plain(line) for line in (*told, *lines))])

    def _repr_html_(self) -> str:
        by = {name: [result for result in self.results if result.verdict == name] for name in _SIGNS}
        told = ", ".join(f"{len(found)} {name}" for name, found in by.items() if found)
        others = [result for result in self.results if result.verdict not in ("refuted", "untested")]
        colour = _COLOURS[self.verdict]
        changed = "".join(f"<li>{change.direction}: {html.escape(str(change))}</li>" for change in self.changes)
        return (
            f"<div><p><b style='color:{colour}'>{html.escape(self.verdict)}</b>"
            f" &middot; {'passed' if self.passed else 'not passed'} &middot; {self.score:.1f} of 100 points"
            f" &middot; {self.rows} rows &middot; seed {self.seed}</p><p>{len(self.results)} tests: {told}</p>"
            + (f"<p>Registered otherwise than shipped:</p><ul>{changed}</ul>" if changed else "")
            + ("" if self.power else "<p>The power of the tests was not measured, so nothing is corroborated.</p>")
            + _html_table([*by["refuted"], *by["untested"]])
            + (f"<details><summary>The other {len(others)}</summary>{_html_table(others)}</details>" if others else "")
            + f"<p><small>registration {html.escape(self.registration[:16])} &middot; "
            f"rows {html.escape(self.fingerprint[:16])}</small></p></div>"
        )


_HEADS: Final = ("", "id", "claim", "points", "statistic", "threshold", "strength of the test", "what was seen")


def verdict_of(results: Sequence[Result], needs: Mapping[str, str]) -> tuple[str, float]:
    """The verdict on the whole and the score, by the rule that this module's docstring states.

    Args:
        results: One a hypothesis.
        needs: What the caller has to hand in for a hypothesis, by id; empty for what rows alone decide.
    """
    applicable = [result for result in results if result.verdict != "not applicable"]
    possible = sum(result.points for result in applicable)
    if not possible:
        return "untested", 0.0
    score = 100.0 * sum(result.earned for result in applicable) / possible
    refuted = [result for result in applicable if result.verdict == "refuted"]
    lost = 100.0 * sum(result.points for result in refuted) / possible
    open_veto = any(r.veto and r.verdict == "untested" and not needs.get(r.id) for r in applicable)
    if any(result.veto or result.grave for result in refuted) or lost > LOSS:
        verdict = "refuted"
    elif score >= CORROBORATED and not open_veto:
        verdict = "corroborated"
    else:
        verdict = "untested"
    return verdict, round(score, 4)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `Report.to_dict` gives in this version."""
    own = _object(Report)
    own["properties"] = {"version": {"const": REPORT_VERSION}, "passed": {"type": "boolean"}, **own["properties"]}
    own["required"] = ["version", "passed", *own["required"]]
    own["properties"]["verdict"] = {"enum": ["refuted", "corroborated", "untested"]}
    own["properties"]["results"]["items"]["properties"]["verdict"] = {"enum": list(_SIGNS)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Falsification report", **own}


_JSON_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def _schema_of(kind: Any) -> dict[str, Any]:
    if isinstance(kind, UnionType):
        return {"anyOf": [_schema_of(one) for one in get_args(kind)]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema_of(get_args(kind)[0])}
    return {"type": _JSON_TYPES[kind]} if kind in _JSON_TYPES else _object(kind)


def _object(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]
    properties = {name: _schema_of(hints[name]) for name in names}
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _decoded(kind: Any, value: Any) -> Any:
    """A value of this type from plain ones; a field that an earlier version did not have takes its default."""
    if isinstance(kind, UnionType):
        return None if value is None else _decoded(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_decoded(get_args(kind)[0], one) for one in value)
    if kind in _JSON_TYPES:
        return value
    hints = get_type_hints(kind)
    needed = [f for f in fields(kind) if f.name in value or (f.default is MISSING and f.default_factory is MISSING)]
    return kind(**{f.name: _decoded(hints[f.name], value[f.name]) for f in needed})


def _plain_values(value: Any) -> Any:
    """Lists for tuples, all the way down: what JSON gives back is then equal to what it was given."""
    if isinstance(value, dict):
        return {name: _plain_values(one) for name, one in value.items()}
    return [_plain_values(one) for one in value] if isinstance(value, list | tuple) else value


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _weight(result: Result) -> str:
    """What makes this one result refute the corpus."""
    return " ".join(["veto"] * result.veto + ["grave"] * result.grave)


def _strength(result: Result) -> str:
    found = result.sensitivity
    if found is None:
        return ""
    told = f"{found.kills}/{found.plants} plants"
    if result.severity is None:
        return told
    return f"{told}, severity {result.severity:.3f}" + (f" at {result.rate:.1%}" if result.rate is not None else "")


def _plain(line: str) -> str:
    """One line, whatever stands in the data: a name in it must not move the shell's cursor."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line).rstrip()


def _html_table(results: Sequence[Result]) -> str:
    if not results:
        return ""
    head = "".join(f"<th style='text-align:left'>{name}</th>" for name in _HEADS)
    rows = "".join(_html_row(result) for result in results)
    style = "color:inherit;background:transparent"
    return f"<table style='{style}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_row(r: Result) -> str:
    sign = f"<span style='color:{_COLOURS[r.verdict]}' title='{r.verdict}'>{_SIGNS[r.verdict]}</span>"
    weight = _weight(r)
    name = f"{html.escape(r.id)} <small>{weight}</small>" if weight else html.escape(r.id)
    texts = (r.claim, f"{r.earned:g}/{r.points:g}", _number(r.statistic), f"{r.threshold:g}", _strength(r), r.reason)
    cells = "".join(f"<td style='text-align:left'>{html.escape(text)}</td>" for text in texts)
    return f"<tr><td>{sign}</td><td>{name}</td>{cells}</tr>"
