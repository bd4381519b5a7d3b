"""Human review: a person reads rows of a corpus one at a time and says what they are worth.

    corpus.review("my-corpus")            # a widget in a notebook; elsewhere `.serve()` opens a page
    corpus.review("my-corpus").report()   # share of good rows, agreement of reviewers

`verdicts` keeps what was said, `sampling` draws what is shown, `agreement` compares reviewers, `session` is one
reviewer's way through the sample, `context` reads the lines around a row, `page` and `serving` are the web page,
`widget` is the notebook's.

This package can be called, as `corpus.review(...)`: whoever imports `corpus.review.verdicts` puts the package in
the place of a function of that name, whichever came first.
"""

from __future__ import annotations

import sys
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING, Any

from corpus.lazy import lazy

if TYPE_CHECKING:
    from corpus.corpus import Corpus
    from corpus.review.agreement import ReviewReport
    from corpus.review.face import Review
    from corpus.review.verdicts import load_verdicts

__all__ = ["Review", "ReviewReport", "load_verdicts"]

_PLACES = {
    "corpus.review.face": ("Review",),
    "corpus.review.agreement": ("ReviewReport",),
    "corpus.review.verdicts": ("load_verdicts",),
}


def __getattr__(name: str) -> Any:
    return lazy(__name__, _PLACES, name)


class _Called(ModuleType):
    def __call__(
        self,
        corpus: Corpus | str | PathLike[str],
        *,
        folder: str | PathLike[str] | None = None,
        reviewer: str = "me",
        n: int | None = None,
        seed: int | None = None,
    ) -> Review:
        """Review a corpus by hand. See `corpus.review.face.review`."""
        from corpus.review.face import review

        return review(corpus, folder=folder, reviewer=reviewer, n=n, seed=seed)


sys.modules[__name__].__class__ = _Called
