"""`corpus.review`: where a review begins, in a notebook, a script and the shell."""

from __future__ import annotations

import sys
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import ConfigError
from corpus.review.agreement import ReviewReport, report_of
from corpus.review.session import Session
from corpus.review.verdicts import current, load_verdicts

if TYPE_CHECKING:
    import pyarrow as pa

    from corpus.corpus import Corpus

__all__ = ["Review", "review"]


class Review:
    """A review of a corpus: shows itself as a widget in a notebook, and serves a page elsewhere.

    Attributes:
        corpus: What is reviewed.
        folder: Where it lies; verdicts are kept in its `.private/reviews.parquet`.
        session: The reviewer's way through the sample.
    """

    def __init__(self, corpus: Corpus, folder: Path, reviewer: str, n: int | None, seed: int | None) -> None:
        self.corpus = corpus
        self.folder = folder
        self._asked: dict[str, Any] = {"reviewer": reviewer, "n": n, "seed": seed}

    @cached_property
    def session(self) -> Session:
        """The reviewer's way through the sample; raises ConfigError where a value makes no sense."""
        return Session(self.corpus, self.folder, **self._asked)

    @property
    def verdicts(self) -> pa.Table:
        """The verdicts of all reviewers that count now, with `corpus.review.verdicts.SCHEMA`, oldest first."""
        return current(load_verdicts(self.folder), self.corpus.table)

    def report(self) -> ReviewReport:
        """Shares of good rows with their intervals, and how far reviewers agree."""
        every, counting = load_verdicts(self.folder), self.verdicts
        return report_of(counting, len(self.corpus), outdated=len(every) - len(counting))

    def serve(self, *, browser: bool = True) -> None:
        """Serve the page on the loopback until Ctrl-C, its address on standard output.

        Args:
            browser: Whether to open it in the browser of this machine.

        Raises:
            MissingExtraError: The extra `review` is not installed.
        """
        import webbrowser

        from corpus.review.serving import Served

        page = Served(self.session)
        sys.stdout.write(f"{page.url}\n")
        sys.stdout.flush()
        sys.stderr.write("Open it in a browser of this machine. Ctrl-C ends the review; what you have said is saved.\n")
        if browser:
            webbrowser.open(page.url)
        page.run()

    def widget(self) -> Any:
        """The review as an ipywidgets widget. Raises MissingExtraError without ipywidgets."""
        from corpus.review.widget import Widget

        return Widget(self.session)

    def __repr__(self) -> str:
        done = self.session.progress()
        return (
            f"<Review of {self.folder.name} by {self.session.reviewer}: {done['done']} of {done['rows']} rows; "
            ".serve() opens the page, .report() says what was found>"
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display

        from corpus.errors import MissingExtraError

        try:
            display(self.widget().box)  # type: ignore[no-untyped-call]  # IPython has no types for it
        except MissingExtraError as error:
            print(f"{self!r}\n{error}")  # noqa: T201 - what a notebook shows instead of a widget


def review(
    corpus: Corpus | str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    reviewer: str = "me",
    n: int | None = None,
    seed: int | None = None,
) -> Review:
    """Review a corpus by hand, one row of a stratified sample at a time.

    Verdicts are kept in `.private/reviews.parquet` of the corpus' folder, one after the other: the same call goes
    on where it stopped. They are never published. `Corpus.calibrate(folder)` and the falsifier read them.

    Args:
        corpus: The folder of a corpus, or a corpus.
        folder: Where verdicts are kept, for a corpus that was not loaded from a folder.
        reviewer: Who reviews. Another one sees the same rows in another order, and nothing of what was said before.
        n: How many rows; 100, or what earlier verdicts were given with.
        seed: Of the sample; 0, or what earlier verdicts were given with.

    Returns:
        The review: a widget in a notebook; `.serve()` opens a page, `.report()` says what was found.

    Raises:
        ConfigError: It is not known where the corpus lies.
        IntegrityError: The folder holds no complete corpus.
    """
    from corpus.corpus import Corpus, load
    from corpus.places import place_of

    found = corpus if isinstance(corpus, Corpus) else load(corpus)
    place = found.folder if folder is None else place_of(folder)
    if place is None:
        raise ConfigError(
            "verdicts are kept beside a corpus, and this one lies nowhere",
            expected="a corpus that was written or loaded",
            hint='c.write("my-corpus"), then corpus.review("my-corpus")',
        )
    return Review(found, place, reviewer, n, seed)
