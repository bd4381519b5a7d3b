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

Nothing in a report depends on the clock or on PYTHONHASHSEED: the same rows and seed give the same report.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from falsify.power import Alarms, Grade

__all__ = ["LOSS", "PASS", "Report", "Result", "Sensitivity", "verdict_of"]

LOSS: Final = 15.0
PASS: Final = 70.0
REPORT_VERSION: Final = 1

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
    """

    verdict: str
    score: float
    results: tuple[Result, ...]
    fingerprint: str
    registration: str
    seed: int
    rows: int

    @property
    def passed(self) -> bool:
        """Whether the corpus stood its tests."""
        return self.verdict == "corroborated"

    @property
    def refuted(self) -> tuple[str, ...]:
        """Ids of the refuted hypotheses."""
        return tuple(result.id for result in self.results if result.verdict == "refuted")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["results"] = [
            {**asdict(r), "evidence": list(r.evidence), "power": [asdict(grade) for grade in r.power]}
            for r in self.results
        ]
        return {"version": REPORT_VERSION, "passed": self.passed, **values}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Report:
        """The report that `to_dict` gave."""
        own = {f.name: values[f.name] for f in fields(cls)}
        own["results"] = tuple(_result(result) for result in values["results"])
        return cls(**own)

    def __str__(self) -> str:
        head = f"{self.verdict}: {self.score:.1f} of 100 points, {self.rows} rows, seed {self.seed}"
        lines = [
            f"{_SIGNS[r.verdict]} {r.id:<4} {r.verdict:<14} {r.earned:>4g}/{r.points:<3g} "
            f"{_number(r.statistic):>8} {_weight(r):<11}{_strength(r):<32} {r.claim}: {r.reason}"
            for r in self.results
        ]
        return "\n".join([head, *(_plain(line) for line in lines)])

    def _repr_html_(self) -> str:
        rows = "".join(_html_row(result) for result in self.results)
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in _HEADS)
        colour = _COLOURS[self.verdict]
        return (
            f"<div><p><b style='color:{colour}'>{html.escape(self.verdict)}</b> &middot; {self.score:.1f} of 100 points"
            f" &middot; {self.rows} rows &middot; seed {self.seed}</p>"
            f"<table style='color:inherit;background:transparent'><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
            f"<p><small>registration {html.escape(self.registration[:16])} &middot; "
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
    elif score >= PASS and not open_veto:
        verdict = "corroborated"
    else:
        verdict = "untested"
    return verdict, round(score, 4)


def _result(values: Mapping[str, Any]) -> Result:
    # A report from before there were grave refutations, grades of power and false alarms has none.
    later = ("grave", "power", "alarms")
    own = {f.name: values[f.name] for f in fields(Result) if f.name not in later}
    own["grave"] = bool(values.get("grave", False))
    own["power"] = tuple(Grade(**grade) for grade in values.get("power", ()))
    own["alarms"] = Alarms(**values["alarms"]) if values.get("alarms") else None
    own["evidence"] = tuple(values["evidence"])
    if values["sensitivity"] is not None:
        own["sensitivity"] = Sensitivity(**values["sensitivity"])
    return Result(**own)


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


def _html_row(r: Result) -> str:
    sign = f"<span style='color:{_COLOURS[r.verdict]}' title='{r.verdict}'>{_SIGNS[r.verdict]}</span>"
    weight = _weight(r)
    name = f"{html.escape(r.id)} <small>{weight}</small>" if weight else html.escape(r.id)
    texts = (r.claim, f"{r.earned:g}/{r.points:g}", _number(r.statistic), f"{r.threshold:g}", _strength(r), r.reason)
    cells = "".join(f"<td style='text-align:left'>{html.escape(text)}</td>" for text in texts)
    return f"<tr><td>{sign}</td><td>{name}</td>{cells}</tr>"
