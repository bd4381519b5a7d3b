import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdlib_corpus import stdlib_table
from test_falsify_verdicts import run

from corpus.errors import ConfigError
from corpus.fingerprint import fingerprint
from falsify import Alarms, Change, Grade, Report, Result, Sensitivity, schema
from falsify.report import verdict_of

pytestmark = pytest.mark.usefixtures("plants")

GRADES = st.builds(
    Grade, st.text(max_size=5), st.floats(0, 1), st.text(max_size=5), st.integers(0, 9), st.integers(0, 9),
    st.floats(0, 1), st.floats(0, 1), st.booleans(),
)  # fmt: skip
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
    notes=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    power=st.lists(GRADES, max_size=2).map(tuple),
    alarms=st.none() | st.builds(Alarms, st.integers(0, 9), st.integers(0, 9), st.floats(0, 1), st.text(max_size=5)),
)
CHANGES = st.builds(
    Change, st.text(max_size=5), st.text(max_size=5), st.none() | st.floats(0, 1), st.floats(0, 1), st.text(max_size=5)
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
    shipped=st.text(max_size=5),
    changes=st.lists(CHANGES, max_size=2).map(tuple),
    power=st.booleans(),
)
few = settings(max_examples=25)


@few
@given(REPORTS)
def test_a_report_survives_json_and_keeps_its_contract(report: Report) -> None:
    told = json.loads(json.dumps(report.to_dict()))
    assert Report.from_dict(told) == report
    jsonschema.Draft202012Validator(schema()).validate(told)


def test_the_contract_is_strict() -> None:
    contract = jsonschema.Draft202012Validator(schema())
    jsonschema.Draft202012Validator.check_schema(schema())
    told = Report("refuted", 1.0, (result("refuted", 1),), "", "", 0, 1).to_dict()
    assert contract.is_valid(told)
    for key in told:
        assert not contract.is_valid({name: value for name, value in told.items() if name != key}), key
    assert not contract.is_valid({**told, "more": 1})
    assert not contract.is_valid({**told, "verdict": "valid"})
    assert not contract.is_valid({**told, "results": [{**told["results"][0], "points": "4"}]})


@few
@given(REPORTS)
def test_a_report_of_the_first_version_is_still_read(report: Report) -> None:
    told = {**report.to_dict(), "version": 1}
    for name in ("shipped", "changes", "power"):
        del told[name]
    for one in told["results"]:
        for name in ("grave", "notes", "power", "alarms"):
            del one[name]
    bare = tuple(replace(r, grave=False, notes=(), power=(), alarms=None) for r in report.results)
    assert Report.from_dict(told).results == bare


@pytest.mark.parametrize(
    "bad", [[], {}, {"version": 99}, {"version": "2"}, {"version": 2}, {"version": 2, "results": 5}]
)
def test_what_is_no_report_is_an_error(bad: Any) -> None:
    with pytest.raises(ConfigError, match="this report"):
        Report.from_dict(bad)


@few
@given(REPORTS)
def test_what_stands_in_the_data_moves_no_cursor_and_makes_no_markup(report: Report) -> None:
    assert len(str(report).split("\n")) == 1 + len(report.changes) + (not report.power) + len(report.results)
    assert "\x1b" not in str(report)
    evil = [replace(r, reason="<script>alert('x')</script>", claim="<img src=x>") for r in report.results]
    shown = replace(report, results=tuple(evil))._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown
    assert "color:inherit" in shown or not evil  # the notebook's own colours, be it dark or light
    assert shown.count("&lt;img src=x&gt;") == len(evil), "each test is shown once, folded away or not"


@pytest.fixture(scope="module")
def report() -> Report:
    return run(stdlib_table(150), power=False)


def test_a_report_is_bound_to_the_rows(report: Report) -> None:
    assert report.fingerprint == fingerprint(stdlib_table(150))
    assert report.rows == len(stdlib_table(150))


def test_a_report_is_the_same_in_every_process() -> None:
    # Every third test, and the power of some: what draws at random is the same code in each.
    program = (
        "import json, sys; from stdlib_corpus import stdlib_table; from test_falsify_verdicts import parses;"
        "from falsify.judge import HYPOTHESES, judge, subject_of;"
        "given = dict(seed=0, sample=1000, workers=1, parses=parses);"
        "subject = subject_of(stdlib_table(60), **given);"
        "reports = [judge(subject, HYPOTHESES[::3], power=False), judge(subject, HYPOTHESES[2::16])];"
        "json.dump([report.to_dict() for report in reports], sys.stdout)"
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


@pytest.mark.parametrize(
    ("results", "rows", "passed"),
    [
        ([result("corroborated", 85), result("untested", 15)], 20, True),
        ([result("corroborated", 84), result("untested", 16)], 20, False),
        ([result("corroborated", 99), result("refuted", 1, veto=True)], 20, False),
        ([result("corroborated", 99), result("refuted", 1, grave=True)], 20, False),
        ([result("corroborated", 95), result("untested", 5, veto=True)], 20, False),
        ([result("corroborated", 100)], 0, False),
    ],
)
def test_what_passes_has_85_points_no_refuted_veto_and_rows(results: list[Result], rows: int, passed: bool) -> None:
    verdict, score = verdict_of(results, {})
    assert Report(verdict, score, tuple(results), "", "", 0, rows).passed is passed


def test_a_veto_that_the_caller_did_not_enable_costs_points_only() -> None:
    results = [result("corroborated", 95), result("untested", 5, veto=True)]
    assert verdict_of(results, {"X": "reread"}) == ("corroborated", 95)


def test_a_grave_refutation_is_shown() -> None:
    found = Report("refuted", 99.0, (result("refuted", 1, grave=True), result("refuted", 1)), "", "", 0, 1)
    assert [" grave " in line for line in str(found).splitlines()[1:]] == [True, False]
    assert found._repr_html_().count("<small>grave</small>") == 1
