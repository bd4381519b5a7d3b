import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from falsify import joins
from falsify.joins import contained, similar
from falsify.texts import Sets, parts, sets_of, shingles, words

pytestmark = pytest.mark.usefixtures("plants")

TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=14).map(" ".join), min_size=1, max_size=25)


def as_sets(sets: Sets) -> list[frozenset[int]]:
    return [frozenset(sets.items[a:b].tolist()) for a, b in zip(sets.starts, sets.starts[1:], strict=False)]


@given(TEXTS, st.integers(1, 6))
def test_shingles_are_the_word_n_grams(texts: list[str], size: int) -> None:
    def expected(text: str) -> frozenset[tuple[str, ...]]:
        found = text.split()
        return frozenset(tuple(found[i : i + size]) for i in range(max(min(1, len(found)), len(found) - size + 1)))

    made, wanted = as_sets(shingles(words(texts), size)), [expected(text) for text in texts]
    assert [len(one) for one in made] == [len(one) for one in wanted]
    for i in range(len(texts)):
        for j in range(len(texts)):
            assert len(made[i] & made[j]) == len(wanted[i] & wanted[j])


@given(TEXTS, st.sampled_from([0.3, 0.5, 0.7, 0.85, 1.0]))
def test_similar_finds_every_pair_and_no_other(texts: list[str], threshold: float) -> None:
    sets = shingles(words(texts), 2)
    every = as_sets(sets)
    wanted = {
        (i, j)
        for i in range(len(every))
        for j in range(i + 1, len(every))
        if every[i] | every[j] and len(every[i] & every[j]) >= threshold * len(every[i] | every[j])
    }
    found = similar(sets, threshold)
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == wanted
    assert found.complete


@given(TEXTS, TEXTS, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_contained_finds_every_pair_and_no_other(small: list[str], large: list[str], threshold: float) -> None:
    both = shingles(words([*small, *large]), 2)
    cut = both.starts[len(small)]
    a = Sets(both.items[:cut], both.starts[: len(small) + 1], both.universe)
    b = Sets(both.items[cut:], both.starts[len(small) :] - cut, both.universe)
    wanted = {
        (i, j)
        for i, x in enumerate(as_sets(a))
        for j, y in enumerate(as_sets(b))
        if x and len(x & y) >= threshold * len(x)
    }
    found = contained(a, b, threshold)
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == wanted


def test_a_join_that_does_not_fit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "BUDGET", 10)
    sets = sets_of(np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50), 50)
    found = similar(sets, 0.9)
    assert not found.complete
    assert (found.share == 1.0).all()


def test_identifiers_meet_the_words_that_explain_them() -> None:
    assert parts("parseHTTPHeader_lines2") == ("par", "http", "header", "lin") or "http" in parts("parseHTTPHeader")
    assert set(parts("parsed")) == set(parts("parsing"))
    assert parts("the") == ()


def test_words_are_counted_in_order_of_appearance() -> None:
    found = words(["b a b", "", "c"], re.compile(r"\w"))
    assert found.vocabulary == ("b", "a", "c")
    assert found.ids.tolist() == [0, 1, 0, 2]
    assert found.starts.tolist() == [0, 3, 3, 4]
