"""One reviewer's way through a sample: what comes next, what was said, and taking it back.

Nothing is held that is not on disk: a verdict is saved before it counts, so closing the page or killing the process
loses at most what is being typed. What other reviewers said is never looked at here.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import ConfigError
from corpus.places import place_of
from corpus.review.context import Surroundings
from corpus.review.sampling import Drawn, draw, order_for
from corpus.review.verdicts import CRITERIA, VERDICTS, load_verdicts, save_verdicts, text_hash
from corpus.show import plain

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["ROWS", "JudgedError", "Session"]

ROWS: Final = 100
"""Rows in a sample: 95 good ones of 100 leave an interval from .89 to .98."""

_LONGEST_NOTE: Final = 10_000
_LONGEST_NAME: Final = 80
_LONGEST_ANSWER: Final = 200_000
_LONGEST_LOOK: Final = 86_400.0


class JudgedError(ConfigError):
    """The row has its verdict; it has to be taken back before there can be another."""


class Session:
    """A sample of a corpus as one reviewer sees it. Its methods may be called from several threads.

    Args:
        corpus: Its rows.
        folder: Where it lies, and where verdicts go.
        reviewer: Who reviews.
        n: How many rows, at most; what earlier verdicts were given with, or else `ROWS`, where this is None.
        seed: Of the sample; as for `n`, or else 0.

    Attributes:
        reviewer: Who reviews.
        drawn: The rows of the sample, in this reviewer's order.
        surroundings: Reads the lines around rows.

    Raises:
        ConfigError: The name, the number or the seed makes no sense, or the corpus has no rows.
        IntegrityError: The verdicts on disk are damaged.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str | PathLike[str],
        *,
        reviewer: str = "me",
        n: int | None = None,
        seed: int | None = None,
    ) -> None:
        self.reviewer = _name(reviewer)
        self.folder = place_of(folder)
        verdicts = load_verdicts(self.folder, all=True)
        self.n, self.seed = _sample(verdicts, n, seed)
        drawn = draw(corpus.table, self.n, self.seed)
        if not drawn:
            raise ConfigError("the corpus has no rows to review", where=self.folder)
        rows = corpus.table.take(pa.array([one.index for one in drawn], pa.int64())).to_pylist()
        self._rows = {row["id"]: row for row in rows}
        self._hashes = {row["id"]: text_hash(row) for row in rows}
        self.drawn = order_for(drawn, self.seed, self.reviewer)
        self._places = {one.id: index for index, one in enumerate(self.drawn)}
        mine = verdicts.filter(pc.equal(verdicts["reviewer"], self.reviewer)).to_pylist()
        self._said = {one["id"]: one for one in mine if self._hashes.get(one["id"]) == one["text_hash"]}
        self._last = max((one["at"] for one in mine), default=None)
        self._lock = threading.RLock()
        self.surroundings = Surroundings(corpus)

    def __len__(self) -> int:
        return len(self.drawn)

    def row(self, index: int) -> dict[str, Any]:
        """A row of the sample by its place in this reviewer's order, with the columns of the corpus."""
        row: dict[str, Any] = self._rows[self.drawn[index].id]
        return row

    def said(self, index: int) -> dict[str, Any] | None:
        """What this reviewer said of a row, a verdict that was taken back included (`status` is `open`)."""
        with self._lock:
            found = self._said.get(self.drawn[index].id)
            return None if found is None else dict(found)

    def place(self, id_: str) -> int | None:
        """Where a row stands in this reviewer's order; None where it is not in the sample."""
        return self._places.get(id_)

    def judge(
        self,
        id_: str,
        verdict: str,
        *,
        criteria: Mapping[str, bool | None] | None = None,
        note: str = "",
        correction: str | None = None,
        seconds: float = 0.0,
    ) -> dict[str, Any]:
        """Give a verdict on a row. It is on disk when this returns.

        Args:
            id_: The row's.
            verdict: One of `corpus.review.verdicts.VERDICTS`.
            criteria: Name, of `corpus.review.verdicts.CRITERIA`, to yes, no, or None for not said.
            note: A few words.
            correction: The answer as it should be; None, or the same answer, for none.
            seconds: That the row was looked at.

        Returns:
            What was saved.

        Raises:
            ConfigError: The row is not in the sample, or a value makes no sense.
            JudgedError: The row has its verdict.
        """
        if verdict not in VERDICTS:
            raise ConfigError("there is no such verdict", expected=" or ".join(VERDICTS), got=repr(verdict)[:80])
        answers = _answers(criteria or {})
        note = _text(note, "note", _LONGEST_NOTE).strip()
        answer = None if correction is None else _text(correction, "correction", _LONGEST_ANSWER)
        with self._lock:
            row = self._open(id_)
            if answer is not None and answer.strip() in {"", _lines(row["output"]).strip()}:
                answer = None
            return self._save(id_, "judged", verdict, {**answers, "note": note, "correction": answer}, seconds)

    def skip(self, id_: str, *, seconds: float = 0.0) -> dict[str, Any]:
        """Say nothing of a row and go on. Raises as `judge` does."""
        with self._lock:
            self._open(id_)
            return self._save(id_, "skipped", None, {}, seconds)

    def undo(self) -> int | None:
        """Take back what was said last, of whichever row, and give its place; None where there is nothing left.

        What was said stays in the form, to be changed. A new verdict on it is marked as `informed` where the old one
        had shown its signals.
        """
        with self._lock:
            given = [one for one in self._said.values() if one["status"] != "open"]
            if not given:
                return None
            last = max(given, key=lambda one: one["at"])
            informed = last["informed"] or last["status"] == "judged"
            back = {**last, "status": "open", "verdict": None, "informed": informed}
            save_verdicts(self.folder, [back])
            self._said[last["id"]] = back
            return self._places[last["id"]]

    def next_open(self, after: int = -1) -> int | None:
        """The first row after a place, or else from the beginning, of which nothing was said; None at the end."""
        with self._lock:
            order = [*range(after + 1, len(self)), *range(min(after + 1, len(self)))]
            return next((index for index in order if not self._is_done(self.drawn[index])), None)

    def progress(self) -> dict[str, Any]:
        """How far this reviewer is: `rows`, `done`, `judged`, `skipped`, and rows and done by category."""
        with self._lock:
            status = Counter(one["status"] for one in self._said.values())
            rows = Counter(one.category for one in self.drawn)
            done = Counter(one.category for one in self.drawn if self._is_done(one))
        return {
            "rows": len(self),
            "done": status["judged"] + status["skipped"],
            "judged": status["judged"],
            "skipped": status["skipped"],
            "categories": [{"category": name, "rows": rows[name], "done": done[name]} for name in sorted(rows)],
        }

    def _is_done(self, one: Drawn) -> bool:
        found = self._said.get(one.id)
        return found is not None and found["status"] != "open"

    def _open(self, id_: str) -> dict[str, Any]:
        """The row, if it waits for a verdict."""
        if id_ not in self._rows:
            raise ConfigError("the row is not in the sample", got=repr(id_)[:80])
        found = self._said.get(id_)
        if found is not None and found["status"] != "open":
            raise JudgedError("the row has its verdict", where=f"row {id_}", hint="undo it first")
        row: dict[str, Any] = self._rows[id_]
        return row

    def _save(
        self, id_: str, status: str, verdict: str | None, more: Mapping[str, Any], seconds: float
    ) -> dict[str, Any]:
        before = self._said.get(id_)
        record = {
            "id": id_,
            "text_hash": self._hashes[id_],
            "reviewer": self.reviewer,
            "status": status,
            "verdict": verdict,
            **dict.fromkeys(CRITERIA),
            "note": "",
            "correction": None,
            **more,
            "informed": before is not None and before["informed"],
            "seconds": _seconds(seconds),
            "at": self._now(),
            "seed": self.seed,
            "rows": self.n,
            "weight": self.drawn[self._places[id_]].weight,
        }
        save_verdicts(self.folder, [record])
        self._said[id_] = record
        return dict(record)

    def _now(self) -> datetime:
        """Now, and later than anything before: the clock may be set back, and undo goes by this."""
        now = datetime.now(UTC)
        self._last = now if self._last is None else max(now, self._last + timedelta(microseconds=1))
        return self._last


def _name(reviewer: object) -> str:
    if not isinstance(reviewer, str) or not reviewer.strip() or len(reviewer) > _LONGEST_NAME:
        raise ConfigError("a reviewer has a name", expected=f"1 to {_LONGEST_NAME} characters", got=repr(reviewer)[:99])
    if plain(reviewer) != reviewer or "\n" in reviewer or "\t" in reviewer:
        raise ConfigError("the reviewer's name holds characters that cannot be shown", got=ascii(reviewer))
    return _text(reviewer, "reviewer", _LONGEST_NAME).strip()


def _sample(verdicts: pa.Table, n: int | None, seed: int | None) -> tuple[int, int]:
    """Number of rows and seed: as asked for, or else those of the latest verdict."""
    for value, name, least in ((n, "n", 1), (seed, "seed", 0)):
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (is_number and least <= value < 2**63):
            raise ConfigError(
                "the sample makes no sense", where=name, expected=f"{least} or more", got=repr(value)[:80]
            )
    last = verdicts.slice(len(verdicts) - 1).to_pylist() if len(verdicts) else [{"rows": ROWS, "seed": 0}]
    return last[0]["rows"] if n is None else n, last[0]["seed"] if seed is None else seed


def _answers(criteria: Mapping[str, bool | None]) -> dict[str, bool | None]:
    strangers = sorted(str(name) for name in criteria if name not in CRITERIA)
    if strangers:
        raise ConfigError("there is no such criterion", expected=", ".join(CRITERIA), got=", ".join(strangers)[:80])
    wrong = [name for name, value in criteria.items() if value is not None and not isinstance(value, bool)]
    if wrong:
        raise ConfigError("a criterion is yes, no or nothing", where=wrong[0], got=repr(criteria[wrong[0]])[:80])
    return {name: criteria.get(name) for name in CRITERIA}


def _text(value: object, name: str, longest: int) -> str:
    if not isinstance(value, str):
        raise ConfigError("this is no text", where=name, got=type(value).__name__)
    if len(value) > longest:
        raise ConfigError("the text is too long", where=name, expected=f"{longest} characters", got=len(value))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConfigError("half a character cannot be written", where=name, got="a surrogate by itself") from None
    return _lines(value)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ConfigError("seconds are a number", where="seconds", got=repr(value)[:80])
    return round(min(max(0.0, float(value)), _LONGEST_LOOK), 1)
