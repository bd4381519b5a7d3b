import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from falsify import joins, texts
from falsify.joins import Pairs, contained, overlaps, similar
from falsify.texts import Grams, Lexicon, parts, shingled, shingled_words, shingles, words

pytestmark = pytest.mark.usefixtures("plants")

TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=14).map(" ".join), min_size=1, max_size=25)


def as_sets(sets: Grams) -> list[frozenset[int]]:
    return [frozenset(one.tolist()) for one in np.split(sets.items, sets.ends[:-1])]


def same(one: Pairs, other: Pairs) -> bool:
    columns = ("left", "right", "share", "complete")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)


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


def many(rows: int = 120) -> list[str]:
    rng = np.random.default_rng(3)
    made = [" ".join(rng.choice(list("abcdefghijklmnop"), int(rng.integers(0, 30)))) for _ in range(rows)]
    return made + [f"{text} z" for text in made[::3]]


@pytest.mark.parametrize("threshold", [0.3, 0.85])
@pytest.mark.parametrize("few", [1, 7])
def test_what_is_done_in_parts_is_the_same_to_the_last_bit(
    threshold: float, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shingled(many(), 3)
    small, large = np.arange(0, len(whole), 2), np.arange(1, len(whole), 2)
    expected = similar(whole, threshold), contained(whole, small, large, threshold)
    monkeypatch.setattr(texts, "_BATCH", few)
    monkeypatch.setattr(joins, "_PART", 3 * few)
    monkeypatch.setattr(joins, "_CANDIDATES", 2 * few)
    again = shingled(iter(many()), 3)
    np.testing.assert_array_equal(again.items, whole.items)
    np.testing.assert_array_equal(again.ends, whole.ends)
    assert len(expected[0].left) > 20
    assert same(similar(again, threshold), expected[0])
    assert same(contained(again, small, large, threshold), expected[1])


def test_shares_are_those_that_python_counts() -> None:
    sets = shingled(many(), 3)
    every = as_sets(sets)
    found = similar(sets, 0.5)
    for left, right, share in zip(found.left.tolist(), found.right.tolist(), found.share.tolist(), strict=True):
        assert share == len(every[left] & every[right]) / len(every[left] | every[right])
    pairs = np.arange(len(every) - 1), np.arange(1, len(every))
    assert overlaps(sets, *pairs).tolist() == [len(a & b) for a, b in pairwise(every)]


@given(TEXTS, TEXTS, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_contained_finds_every_pair_and_no_other(small: list[str], large: list[str], threshold: float) -> None:
    both = shingles(words([*small, *large]), 2)
    every = as_sets(both)
    wanted = {
        (i, j)
        for i, x in enumerate(every[: len(small)])
        for j, y in enumerate(every[len(small) :])
        if x and len(x & y) >= threshold * len(x)
    }
    found = contained(both, np.arange(len(small)), np.arange(len(small), len(both)), threshold)
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == wanted


def test_a_join_that_does_not_fit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "BUDGET", 10)
    sets = shingled(["a b c d"] * 50, 1)
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


def test_a_lexicon_gives_the_words_that_taking_texts_apart_gives() -> None:
    lexicon, given = Lexicon(), [text.title() for text in many()]
    for lower in (True, False):
        for asked in (given[:80], given[40:] + given[:80], given[::-1], [*given, "Not seen before, Ünseen"]):
            found, wanted = lexicon.words(asked, lower=lower), words(asked, lower=lower)
            assert np.array_equal(found.ids, wanted.ids)
            assert np.array_equal(found.starts, wanted.starts)
            assert found.vocabulary == wanted.vocabulary


def test_a_lexicon_forgets_before_it_grows_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_REMEMBERED", 10)
    lexicon = Lexicon()
    for shift in range(3):
        asked = [f"{text} {shift}" for text in many()]
        assert lexicon.words(asked).vocabulary == words(asked).vocabulary


def test_terms_are_the_parts_of_all_words() -> None:
    asked = [f"{text} getUserName {number}" for number, text in enumerate(many())]
    found = Lexicon().terms(asked)
    for row, text in enumerate(asked):
        told = [found.vocabulary[i] for i in found.ids[found.starts[row] : found.starts[row + 1]].tolist()]
        assert told == [part for word in re.findall(r"\w+", text) for part in parts(word)]


def test_shingles_of_some_texts_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, rows = as_sets(shingles(words(many()), 3)), np.array([5, 3, 3, 150, 0])
    for batch in (2, 4096):
        monkeypatch.setattr(texts, "_BATCH", batch)
        assert as_sets(shingled_words(words(many()), 3, rows)) == [whole[row] for row in rows]
