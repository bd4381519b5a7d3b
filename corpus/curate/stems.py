"""A text taken apart for scores: its words, their stems, and how rare those are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from functools import cached_property, lru_cache

from corpus.curate import english
from corpus.curate.words import STEM, prose_of, words_of

__all__ = ["Text", "Weights", "common"]

Weights = Mapping[str, float]


@lru_cache(maxsize=1 << 16)
def _weight(word: str) -> tuple[str, float]:
    return word[:STEM], english.rarity(word)


class Text:
    """A text taken apart, each part when it is asked for.

    Args:
        text: As a row has it.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> list[str]:
        """All words in lower case."""
        return words_of(self.text)

    @cached_property
    def prose(self) -> str:
        """The text without the code that it shows."""
        return prose_of(self.text)

    @cached_property
    def prose_words(self) -> list[str]:
        """The words of the prose."""
        return self.words if len(self.prose) == len(self.text) else words_of(self.prose)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words."""
        return frozenset(self.words)

    @cached_property
    def is_foreign(self) -> bool:
        """Whether the prose is in another language than English."""
        return english.is_foreign(self.prose_words)

    @cached_property
    def weights(self) -> Weights:
        """The stems, and how rare the most usual of their words is."""
        found: dict[str, float] = {}
        for stem, weight in map(_weight, self.vocabulary):
            if stem not in found or weight < found[stem]:
                found[stem] = weight
        return found

    @cached_property
    def roots(self) -> Weights:
        """The stems, and the root of how rare they are."""
        return {stem: math.sqrt(weight) for stem, weight in self.weights.items()}

    @cached_property
    def stems(self) -> frozenset[str]:
        """The different stems."""
        return frozenset(self.weights)

    @cached_property
    def total(self) -> float:
        """The weight of all stems."""
        return math.fsum(self.weights.values())

    @cached_property
    def size(self) -> float:
        """The sum of the squares of the weights."""
        return math.fsum([w * w for w in self.weights.values()])


def common(said: Weights, about: Set[str]) -> float:
    """The weight of the stems that are among others."""
    return math.fsum([weight for stem, weight in said.items() if stem in about])
