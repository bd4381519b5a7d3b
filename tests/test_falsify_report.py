import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdlib_corpus import stdlib_table
from test_falsify_verdicts import run

from corpus.fingerprint import fingerprint
from falsify import Report, Result, Sensitivity
from falsify.report import verdict_of

pytestmark = pytest.mark.usefixtures("plants")

RESULTS = st.builds(
    Result,
    id=st.text(max_size=5),
    family=st.just("syntax"),
    claim=st.text(),
    verdict=st.sampled_from(["refuted", "corroborated", "untested", "not applicable"]),
    veto=st.booleans(),
    points=st.integers(0, 10),
    earned=st.floats(0, 10),
    statistic=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    threshold=st.floats(0, 1),
    looked=st.integers(0, 10**6),
    population=st.text(),
    evidence=st.lists(st.text(), max_size=20).map(tuple),
    severity=st.none() | st.floats(0, 1),
    rate=st.none() | st.floats(0, 1),
    sensitivity=st.none() | st.builds(Sensitivity, st.integers(0, 9), st.integers(0, 9), st.floats(0, 1)),
    reason=st.text(),
    version=st.integers(1, 9),
    grave=st.booleans(),
)
REPORTS = st.builds(
    Report,
    verdict=st.sampled_from(["refuted", "corroborated", "untested"]),
    score=st.floats(0, 100),
    results=st.lists(RESULTS, max_size=4).map(tuple),
    fingerprint=st.text(),
    registration=st.text(),
    seed=st.integers(),
    rows=st.integers(0),
)


@given(REPORTS)
def test_a_report_survives_json(report: Report) -> None:
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


@given(REPORTS)
def test_a_report_without_grave_refutations_is_still_read(report: Report) -> None:
    told = report.to_dict()
    for result in told["results"]:
        del result["grave"]
    assert Report.from_dict(told).results == tuple(replace(r, grave=False) for r in report.results)


@given(REPORTS)
def test_what_stands_in_the_data_moves_no_cursor_and_makes_no_markup(report: Report) -> None:
    assert len(str(report).split("\n")) == 1 + len(report.results)
    assert "\x1b" not in str(report)
    evil = [replace(r, reason="<script>alert('x')</script>", claim="<img src=x>") for r in report.results]
    shown = replace(report, results=tuple(evil))._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown


@pytest.fixture(scope="module")
def report() -> Report:
    return run(stdlib_table(150))


def test_a_report_is_bound_to_the_rows(report: Report) -> None:
    assert report.fingerprint == fingerprint(stdlib_table(150))
    assert report.rows == len(stdlib_table(150))


def test_a_report_is_the_same_in_every_process() -> None:
    program = (
        "import json, sys; from stdlib_corpus import stdlib_table; from test_falsify_verdicts import run;"
        "json.dump(run(stdlib_table(60)).to_dict(), sys.stdout)"
    )
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent)])
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "TZ": zone},
            check=True,
            capture_output=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert told[0] == told[1]


def result(verdict: str, points: int, *, veto: bool = False, grave: bool = False) -> Result:
    earned = float(points) if verdict == "corroborated" else 0.0
    return Result(
        "X", "syntax", "", verdict, veto, points, earned, 0.0, 0.0, 1, "all", (), None, None, None, "", 1, grave
    )  # fmt: skip


@pytest.mark.parametrize(
    ("results", "verdict", "score"),
    [
        ([result("corroborated", 100)], "corroborated", 100),
        ([result("corroborated", 99), result("refuted", 1, veto=True)], "refuted", 99),
        ([result("corroborated", 99), result("refuted", 1, grave=True)], "refuted", 99),
        ([result("corroborated", 85), result("refuted", 15)], "corroborated", 85),
        ([result("corroborated", 84), result("refuted", 16)], "refuted", 84),
        ([result("corroborated", 69), result("untested", 31)], "untested", 69),
        ([result("corroborated", 70), result("untested", 30)], "corroborated", 70),
        ([result("corroborated", 95), result("untested", 5, veto=True)], "untested", 95),
        ([result("corroborated", 50), result("not applicable", 50)], "corroborated", 100),
        ([], "untested", 0),
    ],
)
def test_the_rule_of_the_whole(results: list[Result], verdict: str, score: float) -> None:
    assert verdict_of(results, {}) == (verdict, score)


def test_a_veto_that_the_caller_did_not_enable_costs_points_only() -> None:
    results = [result("corroborated", 95), result("untested", 5, veto=True)]
    assert verdict_of(results, {"X": "reread"}) == ("corroborated", 95)


def test_a_grave_refutation_is_shown() -> None:
    found = Report("refuted", 99.0, (result("refuted", 1, grave=True), result("refuted", 1)), "", "", 0, 1)
    assert [" grave " in line for line in str(found).splitlines()[1:]] == [True, False]
    assert found._repr_html_().count("<small>grave</small>") == 1
