"""Without a test a defect escapes: for each a plant that it refutes and that none of the others does."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow as pa
import pytest

from falsify import belonging, reference
from falsify.hypothesis import Hypothesis
from falsify.judge import HYPOTHESES
from falsify.reference import clean_subject
from falsify.sole import SOLE, as_built
from falsify.subject import Subject
from falsify.table import escapes, lines, refuting

SCORES = frozenset(["Q3", "Q4", "Q6"])
"""They score rows again, which is three fifths of what all tests cost: asked here of what is wrong with the scores, and
by the mutation table of every plant."""
FEW = 110  # rows
TRIED = (
    3  # corpora: nearly always the first is enough, whatever rows a later version of the library makes of its fixtures
)
WHOLE = frozenset((
    "C1", "C1b", "C1c", "C1d", "C1e", "C1f", "C1g", "C1i", "C5", "C6", "C7", "D2", "D4", "D5", "D5b", "D5c", "D5d",
    "D10", "Q3", "Q4", "Q6", "S10", "S11", "S12", "T1", "T1b", "T2", "T3", "T4",
))  # fmt: skip
"""What is planted in whole corpora. All others are in a row or some, of which a few files are enough."""
ELSEWHERE = {"S8": "home", "S13": "kiln", "D9": "all"}


@pytest.fixture(scope="module")
def clean() -> dict[str, Subject]:
    corpora = reference.corpora()
    everything = pa.concat_tables(list(corpora.values())).unify_dictionaries()
    found = {name: clean_subject(table) for name, table in {**corpora, "all": everything}.items()}
    whole = found["lantern"]
    few = whole.take(whole.draw_files(np.arange(whole.rows), FEW, whole.rng("few")))
    return {**found, "few": clean_subject(few.table)}


@pytest.mark.parametrize("hypothesis", HYPOTHESES, ids=lambda h: h.id)
def test_without_it_its_own_plant_escapes(
    clean: dict[str, Subject], hypothesis: Hypothesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    if hypothesis.id == "C1i":  # the corpora that ship have 95 rows in a file with others
        monkeypatch.setattr(belonging, "_PAIRS", 90)
    own = hypothesis.id
    corpus = clean[ELSEWHERE.get(own, "lantern" if own in WHOLE else "few")]
    trials = islice(SOLE[own].sow(corpus, corpus.where(()), corpus.rng(own)), TRIED)
    asked = [h for h in HYPOTHESES if h.id not in SCORES or hypothesis.family == "quality"]
    assert {own} in (refuting(trial.subject, asked) for trial in trials)


def test_the_corpora_without_a_plant_are_refuted_by_nothing(clean: dict[str, Subject]) -> None:
    for name in ("few", "lantern"):
        assert refuting(as_built(clean[name]), HYPOTHESES) == set(), name


def test_each_test_has_one_and_no_two_are_alike() -> None:
    assert set(SOLE) == {h.id for h in HYPOTHESES}
    names = [plant.name for plant in (*SOLE.values(), *(plant for h in HYPOTHESES for plant in h.plants))]
    assert len(set(names)) == len(names)


def test_the_table_names_it_where_no_other_test_sees_it(clean: dict[str, Subject]) -> None:
    own = next(h for h in HYPOTHESES if h.id == "S2")
    assert escapes([clean["few"]], [own]) == {"S2": (SOLE["S2"].name,)}
    assert escapes([clean["few"]], [own, replace(own, id="X2")]) == {"S2": (), "X2": ()}
    line = lines({"few": clean["few"].given}, [own], draws=1)[0]
    assert line.needed_for == (SOLE["S2"].name, own.plants[0].name)
    assert [(grade.plant, grade.required, grade.found) for grade in line.grades[-1:]] == [(SOLE["S2"].name, 0.0, 6)]
