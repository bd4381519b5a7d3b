"""Mutants of the falsifier itself: each breaks one of its promises, and a named check of that promise fails.

The checks are small runs on forty rows. Unbroken they hold; under a mutant the check that it is named with does not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pytest

import corpus
from corpus.entry import SCHEMA
from falsify import hypothesis, power, reference, report
from falsify import judge as judging
from falsify.hypothesis import Hypothesis, Measurement, Trial, share
from falsify.judge import HYPOTHESES, judge, subject_of
from falsify.power import Alarms, Grade
from falsify.subject import Subject

pytestmark = pytest.mark.usefixtures("plants")

OF: Final = {h.id: h for h in HYPOTHESES}


def rows(*, bad: int = 0) -> Subject:
    """Forty rows, some of which hold a NUL."""
    said = [f"The boat number {i} lies in the harbour and waits for the summer." for i in range(40)]
    said = [text + "\0" if index < bad else text for index, text in enumerate(said)]
    asked = [f"Where is boat {i}?" for i in range(40)]
    return subject(corpus.from_arrow(pa.table({"instruction": asked, "output": said})).table)


def subject(table: pa.Table) -> Subject:
    nothing = dict.fromkeys(("reread", "rebuild", "lineage", "removed"))
    return subject_of(table, **nothing, seed=0, sample=30, workers=1)


def like(name: str, test: Callable[[Subject], Measurement], **other: Any) -> Hypothesis:
    return replace(OF["S2"], id=name, test=test, **other)


def sees_half(asked: Subject) -> Measurement:
    """Finds what S2 finds, in every second row."""
    seen = OF["S2"].test(asked)
    return share(seen.found[seen.found % 2 == 0], asked.rows, "hold one")


def draws_all(asked: Subject) -> Measurement:
    drawn = asked.draw(np.arange(asked.rows), asked.sample, "all")
    found = OF["S2"].test(asked).found
    return share(np.intersect1d(found, drawn), drawn, "hold one")


def noise(asked: Subject) -> Measurement:
    """4 of 100 where 1 % is allowed: p = .018."""
    return share(range(4 if asked.rows == 40 else 0), 100, "are wrong", tolerated=True)


def verdict(hypothesis: Hypothesis, asked: Subject) -> str:
    return judge(asked, [hypothesis]).results[0].verdict


def used(name: str) -> Hypothesis:
    """The hypothesis as the falsifier would use it."""
    return next(h for h in judging.HYPOTHESES if h.id == name)


def holm_spares() -> bool:
    many = [like(f"N{index}", noise, population="sample", threshold=0.01) for index in range(6)]
    quiet = [replace(h, test=lambda asked: share((), asked.rows, "", tolerated=True)) for h in many[1:]]
    return not judge(rows(), [many[0], *quiet], power=False).refuted


def shows_its_registration() -> bool:
    moved = [replace(OF["S2"], threshold=0.5)]
    return judge(rows(), [OF["S2"]], power=False).registration != judge(rows(), moved, power=False).registration


def refutes_by_points() -> bool:
    lost = [replace(OF["S2"], points=16, grave=None, veto=False), replace(OF["S3"], points=84)]
    return judge(rows(bad=1), lost).verdict == "refuted"


CHECKS: Final[dict[str, Callable[[], bool]]] = {
    "a NUL refutes": lambda: verdict(used("S2"), rows(bad=1)) == "refuted",
    "a NUL is seen in a sample": lambda: verdict(like("X1", draws_all), rows(bad=30)) == "refuted",
    "clean rows corroborate": lambda: verdict(used("S2"), rows()) == "corroborated",
    "a blind test is untested": lambda: verdict(like("X2", lambda s: share((), s.rows, "")), rows()) == "untested",
    "a half-blind test is untested": lambda: verdict(like("X3", sees_half), rows()) == "untested",
    "a test that cries wolf refutes nothing": lambda: (
        verdict(like("X4", lambda s: share(range(s.rows), s.rows, "")), rows()) == "untested"
    ),
    "chance among many refutes nothing": holm_spares,
    "the bad row is named": lambda: len(judge(rows(bad=1), [OF["S2"]]).results[0].evidence) == 1,
    "a veto alone refutes": lambda: (
        judge(rows(bad=1), [replace(OF["S2"], veto=True, points=1), replace(OF["S3"], points=99)]).verdict == "refuted"
    ),
    "a grave fault alone refutes": lambda: (
        judge(rows(bad=20), [replace(OF["S2"], points=1), replace(OF["S3"], points=99)]).verdict == "refuted"
    ),
    "sixteen points refute": refutes_by_points,
    "a threshold shows in the registration": shows_its_registration,
    "no rows pass nothing": lambda: judge(subject(SCHEMA.empty_table()), HYPOTHESES).verdict == "refuted",
    "what is untested earns nothing": lambda: judge(rows(), [OF["R1"], OF["S3"]]).score < 50,
    "what could not be planted is not shown": lambda: (
        verdict(replace(OF["S2"], plants=(replace(OF["S2"].plants[0], sow=lambda *_: iter(())),)), rows()) == "untested"
    ),
}

REFUTED_BY: Final = Hypothesis.refuted_by
OUTCOME: Final = power._outcome
VERDICT_OF: Final = report.verdict_of
MEASURED: Final = judging._measured


def without_plants(hypothesis: Hypothesis, trial: Trial) -> tuple[int, int]:
    """The plants are counted, and what is tested is a corpus without them."""
    clean = rows()
    return OUTCOME(hypothesis, Trial(clean, trial.planted and frozenset(clean.ids)))


def without(what: str) -> Callable[..., tuple[str, float]]:
    def verdict_of(results: Sequence[report.Result], needs: dict[str, str]) -> tuple[str, float]:
        return VERDICT_OF([replace(result, **{what: False}) for result in results], needs)

    return verdict_of


def generous(results: Sequence[report.Result], needs: dict[str, str]) -> tuple[str, float]:
    """What is untested counts as corroborated."""
    earned = [replace(r, verdict="corroborated", earned=r.points) if r.verdict == "untested" else r for r in results]
    return VERDICT_OF(earned, needs)


def rows_of_nothing(hypothesis: Hypothesis, asked: Subject) -> Measurement:
    """Of nothing, nothing is wrong."""
    return MEASURED(hypothesis, asked) if asked.rows else Measurement(float(hypothesis.threshold), 0)


def with_test(test: Callable[[Subject], Measurement]) -> tuple[Hypothesis, ...]:
    return tuple(replace(h, test=test) if h.id == "S2" else h for h in HYPOTHESES)


MUTANTS: Final[dict[str, tuple[object, str, object, str]]] = {
    "the sign of the threshold flipped": (
        Hypothesis, "refuted_by", lambda self, value: not REFUTED_BY(self, value), "a NUL refutes",
    ),
    "a sample of none": (Subject, "draw", lambda _self, found, *_: found[:0], "a NUL is seen in a sample"),
    "a test that finds nothing": (
        judging, "HYPOTHESES", with_test(lambda s: share((), s.rows, "")), "clean rows corroborate",
    ),
    "a test that finds everything": (
        judging, "HYPOTHESES", with_test(lambda s: share(range(s.rows), s.rows, "")), "clean rows corroborate",
    ),
    "every lower bound 1": (power, "at_least", lambda *_: 1.0, "a half-blind test is untested"),
    "power without a requirement": (Grade, "falls_short", False, "a half-blind test is untested"),
    "plants not applied": (power, "_outcome", without_plants, "clean rows corroborate"),
    "plants found without looking": (
        power, "_outcome", lambda _, trial: (len(trial.planted),) * 2, "a blind test is untested",
    ),
    "untested is corroborated": (
        judging, "_corroborated", lambda *_, **__: ("corroborated", ""),
        "what could not be planted is not shown",
    ),
    "untested earns its points": (judging, "verdict_of", generous, "what is untested earns nothing"),
    "Holm dropped": (hypothesis, "holm", lambda chances: [True] * len(chances), "chance among many refutes nothing"),
    "false alarms ignored": (Alarms, "are_too_many", False, "a test that cries wolf refutes nothing"),
    "evidence dropped": (judging, "_evidence", lambda *_: (), "the bad row is named"),
    "veto ignored": (judging, "verdict_of", without("veto"), "a veto alone refutes"),
    "graveness ignored": (Hypothesis, "is_grave", lambda *_: False, "a grave fault alone refutes"),
    "lost points ignored": (report, "LOSS", 100.0, "sixteen points refute"),
    "registration constant": (judging, "registration", lambda _: "0" * 64, "a threshold shows in the registration"),
    "nothing is wrong with nothing": (judging, "_measured", rows_of_nothing, "no rows pass nothing"),
}  # fmt: skip
"""Where it is broken, what is put in its place, and the check that must notice."""


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """No run knows the false alarms that another one, broken or not, has counted."""
    reference.false_alarms.cache_clear()
    yield
    reference.false_alarms.cache_clear()


@pytest.mark.parametrize("name", CHECKS)
def test_unbroken_every_check_holds(name: str) -> None:
    assert CHECKS[name]()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_falsifier_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, what, instead, check = MUTANTS[name]
    monkeypatch.setattr(where, what, instead)
    assert not CHECKS[check]()


def test_every_check_notices_a_mutant() -> None:
    assert {check for *_, check in MUTANTS.values()} == set(CHECKS)
