import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from falsify.statistics import (
    at_least,
    at_most,
    binomial_tail,
    bootstrap,
    detectable_rate,
    effective_number,
    holm,
    mean_bounds,
    normal_tail,
    severity,
    spearman,
    storey,
)


@pytest.mark.parametrize(
    ("hits", "trials", "bound"),
    [(59, 59, 0.9505), (92, 93, 0.950), (122, 124, 0.950), (203, 208, 0.950), (299, 299, 0.990), (472, 473, 0.990)],
)
def test_lower_bound_is_that_of_clopper_and_pearson(hits: int, trials: int, bound: float) -> None:
    assert at_least(hits, trials) == pytest.approx(bound, abs=5e-4)


@pytest.mark.parametrize(
    ("trials", "bound"), [(59, 0.0495), (100, 0.0295), (300, 0.0099), (1000, 0.0030), (3000, 0.0010), (10000, 0.0003)]
)
def test_upper_bound_of_nothing_found_is_that_of_clopper_and_pearson(trials: int, bound: float) -> None:
    assert at_most(0, trials) == pytest.approx(bound, abs=6e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_bounds_enclose_the_share_and_grow_with_the_hits(case: tuple[int, int]) -> None:
    hits, trials = case
    assert at_least(hits, trials) <= hits / trials <= at_most(hits, trials)
    assert at_least(hits, trials) < at_least(hits + 1, trials)
    assert at_most(hits, trials) < at_most(hits + 1, trials)


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        at_least(3, 2)
    with pytest.raises(ValueError, match="0 of 0"):
        at_most(0, 0)


@pytest.mark.parametrize(
    ("looked", "sensitivity", "rate", "expected"),
    [(1000, 1.0, 0.005, 0.993), (1000, 0.6, 0.005, 0.950), (1000, 1.0, 0.001, 0.63), (2995, 1.0, 0.001, 0.95)],
)
def test_severity_of_nothing_found(looked: int, sensitivity: float, rate: float, expected: float) -> None:
    assert severity(looked, sensitivity, rate) == pytest.approx(expected, abs=3e-3)


@given(st.integers(0, 20), st.integers(21, 500))
def test_severity_falls_with_every_defect_found_and_grows_with_the_rows(found: int, looked: int) -> None:
    assert severity(looked, 0.9, 0.05, found + 1) < severity(looked, 0.9, 0.05, found) <= 1.0
    assert severity(looked, 0.9, 0.05, found) <= severity(looked + 1, 0.9, 0.05, found)


def test_detectable_rate_is_the_rule_of_three() -> None:
    assert detectable_rate(1000, 1.0) == pytest.approx(0.003, abs=1e-5)
    assert severity(1000, 0.8, detectable_rate(1000, 0.8)) == pytest.approx(0.95)
    assert detectable_rate(0, 1.0) == 1.0


def test_spearman_follows_the_ranks_and_not_the_values() -> None:
    x = np.arange(50, dtype=np.float64)
    assert spearman(x, np.exp(x / 10)) == pytest.approx(1.0)
    assert spearman(x, -(x**3)) == pytest.approx(-1.0)
    assert spearman(x, np.ones(50)) == 0.0


def test_storey_estimates_the_share_of_random_rows() -> None:
    rng = np.random.default_rng(0)
    wins = np.concatenate([rng.random(3000), np.full(7000, 0.99)])
    assert storey(wins).mean() == pytest.approx(0.3, abs=0.02)


def test_bounds_of_a_mean_are_wider_where_rows_come_in_clusters() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.random(40), 25)
    _, low, high = mean_bounds(values, np.repeat(np.arange(40), 25))
    _, low_alone, high_alone = mean_bounds(values, np.arange(1000))
    assert high - low > 4 * (high_alone - low_alone)


def test_holm_keeps_what_stays_refuted_among_all() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]  # the example of Holm (1979)
    assert holm([0.04]) == [True]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_is_between_bonferroni_and_no_correction(chances: list[float]) -> None:
    kept = holm(chances)
    for chance, stays in zip(chances, kept, strict=True):
        assert stays or chance > 0.05 / len(chances)
        assert not stays or chance <= 0.05


def test_the_tail_of_a_share_is_the_p_value_of_its_bound() -> None:
    assert binomial_tail(4, 100, at_least(4, 100)) == pytest.approx(0.05)
    assert normal_tail(1.6448536269514722) == pytest.approx(0.05)
    assert detectable_rate(300, 1.0) == pytest.approx(0.01, abs=1e-4)


def test_bootstrap_by_unit_is_as_wide_as_units_are_few() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.random(40), 25)
    units = np.repeat(np.arange(40), 25)
    low, high = bootstrap(units, lambda rows: float(values[rows].mean()), np.random.default_rng(1))
    low_alone, high_alone = bootstrap(
        np.arange(1000), lambda rows: float(values[rows].mean()), np.random.default_rng(1)
    )
    assert low < values.mean() < high
    assert high - low > 3 * (high_alone - low_alone)
    _, lower, upper = mean_bounds(values, units)
    assert (low, high) == (pytest.approx(lower, abs=0.02), pytest.approx(upper, abs=0.02))
    assert effective_number(units) == pytest.approx(40)
    assert effective_number(np.array([0] * 99 + [1])) == pytest.approx(1.02, abs=0.01)
