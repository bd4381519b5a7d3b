"""What reviewers found, and whether they agree: the share of good rows with its interval, and Cohen's kappa.

Kappa is agreement beyond what two who answer at random, each as often yes as they do, would reach (Cohen 1960,
https://doi.org/10.1177/001316446002000104). Its interval is a percentile bootstrap over rows, drawn with a seed: no
normal approximation holds for some dozens of rows. Where both say the same of all rows kappa has no value: there
was nothing to disagree about, and the report says so.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpus.review.verdicts import CRITERIA
from corpus.show import plain, text_table

__all__ = ["Agreement", "ReviewReport", "Share", "agreement", "kappa", "report_of"]

RESAMPLES: Final = 2000
_SEED: Final = 20260101

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """How many rows one reviewer called good, or said yes of.

    Attributes:
        reviewer: Who.
        what: `verdict`, or a criterion.
        yes: How many rows.
        said: Of how many.
        lower: Of the exact 95 % interval of the share (Clopper and Pearson 1934), two-sided.
        upper: See `lower`.
    """

    reviewer: str
    what: str
    yes: int
    said: int
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two reviewers agree.

    Attributes:
        reviewers: Both of them.
        what: `verdict`, or a criterion.
        rows: That both said something of.
        same: Of these, how many they said the same of.
        kappa: Cohen's; None where it has no value.
        lower: Of its 95 % interval, by the bootstrap; None where kappa has no value in most resamples.
        upper: See `lower`.
    """

    reviewers: tuple[str, str]
    what: str
    rows: int
    same: int
    kappa: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What was found in a review. `str()` gives text, `to_dict` JSON values; shows itself in a notebook.

    Attributes:
        rows: Rows of the corpus.
        progress: Reviewer to the number of rows judged and skipped.
        outdated: Verdicts on rows that are gone or say something else now; they count nowhere here.
        shares: By reviewer and criterion.
        agreements: Of each pair of reviewers, by criterion.
        notes: How many verdicts have a note, and `corrections` how many a corrected answer.
        corrections: See `notes`.
    """

    rows: int
    progress: Mapping[str, Mapping[str, int]]
    outdated: int
    shares: tuple[Share, ...]
    agreements: tuple[Agreement, ...]
    notes: int
    corrections: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return found

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if not self.progress:
            return f"No row of this corpus' {self.rows} was reviewed yet."
        lines = [f"{name}: {', '.join(self._done(name))}" for name in self.progress]
        lines += [f"{self.notes} notes, {self.corrections} corrected answers"]
        if self.outdated:
            why = "are on rows that are gone, were corrected, or say something else now; they do not count"
            lines.append(f"{self.outdated} verdicts {why}")
        for title, cells in self._tables():
            lines += ["", title, text_table(cells)]
        return plain("\n".join(lines))

    def _done(self, reviewer: str) -> list[str]:
        return [f"{n} {what}" for what, n in self.progress[reviewer].items()]

    def _tables(self) -> list[tuple[str, list[list[str]]]]:
        shares = [
            [one.what, one.reviewer, f"{one.yes} of {one.said}", f"{one.yes / one.said:.0%}", _interval(one)]
            for one in self.shares
        ]
        agreed = [
            [
                one.what,
                " and ".join(one.reviewers),
                str(one.rows),
                f"{one.same / one.rows:.0%}",
                _kappa(one),
                _interval(one),
            ]
            for one in self.agreements
        ]
        head = ["", "reviewer", "yes", "share", "95 %"]
        tables = [("Good, and yes to each question", [head, *shares])] if shares else []
        head = ["", "reviewers", "rows", "same", "kappa", "95 %"]
        return [*tables, ("Agreement (Cohen's kappa)", [head, *agreed])] if agreed else tables

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(line)}</p>" for line in str(self).partition("\n\n")[0].splitlines()]
        for title, (head, *body) in self._tables():
            rows = "".join(f"<tr>{''.join(f'<td>{escape(plain(cell))}</td>' for cell in row)}</tr>" for row in body)
            cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
            parts.append(f"<p><b>{escape(title)}</b></p><table><tr>{cells}</tr>{rows}</table>")
        return f"<div>{''.join(parts)}</div>"


def report_of(verdicts: pa.Table, rows: int, *, outdated: int = 0) -> ReviewReport:
    """What a review found.

    Args:
        verdicts: Those that count, with `corpus.review.verdicts.SCHEMA`.
        rows: Of the corpus.
        outdated: How many verdicts do not count.
    """
    from falsify.statistics import at_least, at_most

    said = verdicts.to_pylist()
    progress: dict[str, Counter[str]] = defaultdict(Counter)
    for row in said:
        progress[row["reviewer"]].update({what: int(row["status"] == what) for what in ("judged", "skipped")})
    answers = _answers(said)
    shares = []
    for what, by_reviewer in answers.items():
        for reviewer, given in by_reviewer.items():
            yes, all_ = sum(given.values()), len(given)
            # One-sided bounds at 97.5 % each are the two-sided interval at 95 %.
            shares.append(Share(reviewer, what, yes, all_, at_least(yes, all_, 0.975), at_most(yes, all_, 0.975)))
    agreements = [
        agreement((one, other), what, by_reviewer[one], by_reviewer[other])
        for what, by_reviewer in answers.items()
        for one, other in combinations(sorted(by_reviewer), 2)
        if by_reviewer[one].keys() & by_reviewer[other].keys()
    ]
    return ReviewReport(
        rows,
        {name: dict(progress[name]) for name in sorted(progress)},
        outdated,
        tuple(shares),
        tuple(agreements),
        sum(bool(row["note"]) for row in said),
        sum(row["correction"] is not None for row in said),
    )


def _answers(said: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, bool]]]:
    """Question to reviewer to row to the answer, where there is one."""
    found: dict[str, dict[str, dict[str, bool]]] = {what: defaultdict(dict) for what in ("verdict", *CRITERIA)}
    for row in said:
        for what, by_reviewer in found.items():
            answer = row[what] if what != "verdict" or row[what] is None else row[what] == "good"
            if answer is not None:
                by_reviewer[row["reviewer"]][row["id"]] = answer
    return {what: dict(sorted(by_reviewer.items())) for what, by_reviewer in found.items()}


def agreement(reviewers: tuple[str, str], what: str, one: Mapping[str, bool], other: Mapping[str, bool]) -> Agreement:
    """How far two reviewers agree on the rows that both have answered.

    Args:
        reviewers: Their names.
        what: What they were asked.
        one: Row id to the answer of the first.
        other: Row id to the answer of the second.
    """
    both = sorted(one.keys() & other.keys())
    left, right = (np.array([given[id_] for id_ in both], bool) for given in (one, other))
    value = kappa(left, right)
    lower, upper = _bootstrap(left, right) if value is not None else (None, None)
    return Agreement(reviewers, what, len(both), int((left == right).sum()), _rounded(value), lower, upper)


def kappa(one: Bools, other: Bools) -> float | None:
    """Cohen's kappa of two series of answers; None where agreement by chance is already complete, or of no rows.

    Args:
        one: Answers of the first, of shape (rows,).
        other: Answers of the second to the same rows.
    """
    if not len(one):
        return None
    value = float(_kappas(np.array([_cells(one, other)]))[0])
    return None if np.isnan(value) else value


def _cells(one: Bools, other: Bools) -> list[int]:
    """How often both said yes, only the first, only the second, and neither."""
    return [int((a & b).sum()) for a, b in ((one, other), (one, ~other), (~one, other), (~one, ~other))]


def _kappas(cells: npt.NDArray[Any]) -> Floats:
    """Kappa of each line of four counts; nan where it has no value."""
    yes, first, second, no = (cells[:, i].astype(np.float64) for i in range(4))
    n = yes + first + second + no
    seen = (yes + no) / n
    chance = ((yes + first) * (yes + second) + (no + first) * (no + second)) / n**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1, (seen - chance) / (1 - chance), np.nan)


def _bootstrap(one: Bools, other: Bools) -> tuple[float | None, float | None]:
    """The 95 % percentile interval of kappa when rows are drawn again.

    Only the four counts matter, so a resample is one draw from a multinomial distribution. Resamples in which kappa
    has no value are left out; where they are the most, so is the interval.
    """
    counts = np.array(_cells(one, other))
    drawn = np.random.default_rng(_SEED).multinomial(counts.sum(), counts / counts.sum(), RESAMPLES)
    found = _kappas(drawn)
    found = found[~np.isnan(found)]
    if len(found) < RESAMPLES / 2:
        return None, None
    lower, upper = np.percentile(found, [2.5, 97.5])
    return _rounded(float(lower)), _rounded(float(upper))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _interval(one: Share | Agreement) -> str:
    return "" if one.lower is None or one.upper is None else f"{one.lower:.2f} to {one.upper:.2f}"


def _kappa(one: Agreement) -> str:
    return "no value: all alike" if one.kappa is None else f"{one.kappa:.2f}"
