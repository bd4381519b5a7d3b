"""What people said of a corpus' rows stays when the corpus is built again.

Verdicts lie in `.private/reviews.parquet`, one row a reviewer and row of the corpus: `id` and `text_hash` say what was
judged. A build in place leaves the file where it is, one with an earlier corpus as `previous` takes that one's along.
Then every verdict is one of

    current     its row says what it said
    moved       its row has another id by now, being in another place; the verdict follows it
    corrected   its row says what the reviewer wrote in place of what it said
    stale       its row is gone, or says something else; the verdict is kept and counts for nothing

Corrections are applied while the corpus is built (`corpus.curate.corrections`), where the row still says what was
corrected; the others are reported. What is said meanwhile is there when it is done, and a correction among it waits
for the next build. The file is that of `corpus.review.verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.curate.corrections import text_hashes
from corpus.errors import IntegrityError
from corpus.review.verdicts import FILE, as_table, locked, write_file

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["Carried", "corrections", "gathered", "settle"]

_NEEDED: Final = {"id", "text_hash", "reviewer", "status", "correction", "at"}


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of the verdicts on a corpus when it was built again.

    Attributes:
        current: Verdicts whose row says what it said.
        moved: Those whose row was found in another place.
        corrected: Those whose row says what they put in place of it.
        stale: Those whose row is gone or says something else.
        unapplied: Ids of the rows of which a correction could not be applied.
        waiting: Corrections that the next build applies: written while this one ran, or of rows that moved.
    """

    current: int = 0
    moved: int = 0
    corrected: int = 0
    stale: int = 0
    unapplied: tuple[str, ...] = ()
    waiting: int = 0

    def __bool__(self) -> bool:
        """Whether there are any verdicts."""
        return bool(self.current or self.moved or self.corrected or self.stale)

    def __str__(self) -> str:
        parts = {
            "stand": self.current,
            "moved with their rows": self.moved,
            "corrected their rows": self.corrected,
            "are stale, for their rows changed or went": self.stale,
        }
        told = f"Verdicts: {', '.join(f'{n} {what}' for what, n in parts.items() if n)}"
        lost = [f"  a correction was not applied: row {id_} changed or went" for id_ in self.unapplied]
        later = [f"  corrections that the next build applies: {self.waiting}"] if self.waiting else []
        return "\n".join([told, *lost, *later])

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "unapplied": list(self.unapplied)}


def gathered(*privates: Path) -> pa.Table | None:
    """The verdicts of several corpora; of what a reviewer said of a row twice, the later one.

    Args:
        *privates: The `.private` folders of corpora.

    Returns:
        A table with the columns of the file, or None where nobody reviewed any of them.

    Raises:
        IntegrityError: A file cannot be read, or is none of verdicts.
    """
    tables = [table for private in privates if (table := _read(private / FILE)) is not None]
    if not tables:
        return None
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for table in tables:
        for row in table.to_pylist():
            key = row["reviewer"], row["id"]
            if key not in latest or latest[key]["at"] <= row["at"]:
                latest[key] = row
    return as_table(latest.values(), tables[0].schema)


def corrections(verdicts: pa.Table | None) -> dict[tuple[str, str], str]:
    """Id and text hash of each row that was corrected, to what it shall answer; the latest where several did."""
    rows = [] if verdicts is None else verdicts.sort_by([("at", "ascending"), ("reviewer", "ascending")]).to_pylist()
    return {(row["id"], row["text_hash"]): row["correction"] for row in rows if _corrects(row)}


def settle(
    private: Path,
    gather: Callable[[], pa.Table | None],
    corpus: Corpus,
    applied: Mapping[tuple[str, str], str],
) -> Carried | None:
    """Put verdicts beside a corpus that was just written, those of rows that moved under their new ids.

    Args:
        private: Its `.private` folder.
        gather: Gives what `gathered` does, and is asked while no reviewer can write: one may have gone on meanwhile.
        corpus: The corpus.
        applied: The `corrections` that it was built with.

    Returns:
        What became of them, or None where there are none.

    Raises:
        IntegrityError: A file of verdicts cannot be read.
        BuildError: A reviewer holds the file for too long.
    """
    if gather() is None:  # so that a corpus that nobody reviewed gets no lock
        return None
    with locked(private):
        verdicts = gather()
        if verdicts is None:
            return None
        rows, carried = _settled(verdicts, corpus, applied)
        write_file(private, rows)
    return carried


def _settled(verdicts: pa.Table, corpus: Corpus, applied: Mapping[tuple[str, str], str]) -> tuple[pa.Table, Carried]:
    """The verdicts as they stand beside a corpus from now on, and what became of them."""
    before = _corrected_rows(corpus.lineage)
    hashes = {id_: before.get(id_, hash_) for id_, hash_ in text_hashes(corpus.table)}
    places = {hash_: id_ for id_, hash_ in reversed(hashes.items())}
    said = {(row["reviewer"], row["id"]) for row in verdicts.to_pylist()}
    counts = {"current": 0, "moved": 0, "corrected": 0, "stale": 0}
    rows, unapplied = [], []
    for row in verdicts.to_pylist():
        found = _state(row, hashes, places, before, said)
        counts[found] += 1
        if found == "moved":
            row["id"] = places[row["text_hash"]]
            said.add((row["reviewer"], row["id"]))
        elif found == "stale" and _corrects(row):
            unapplied.append(row["id"])
        rows.append(row)
    table = as_table(rows, verdicts.schema)
    wanted = {key: text for key, text in corrections(table).items() if hashes.get(key[0]) == key[1]}
    waiting = sum(applied.get(key) != text for key, text in wanted.items())
    return table, Carried(**counts, unapplied=tuple(sorted(set(unapplied))), waiting=waiting)


def _state(
    row: Mapping[str, Any],
    hashes: Mapping[str, str],
    places: Mapping[str, str],
    corrected: Mapping[str, str],
    said: set[tuple[str, str]],
) -> str:
    if hashes.get(row["id"]) == row["text_hash"]:
        return "corrected" if row["id"] in corrected else "current"
    there = places.get(row["text_hash"])
    return "moved" if there is not None and (row["reviewer"], there) not in said else "stale"


def _corrects(row: Mapping[str, Any]) -> bool:
    return row["correction"] is not None and row["status"] != "open"


def _corrected_rows(lineage: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Id of each row that was corrected, to the hash of what it said before."""
    return next((dict(r["config"]["rows"]) for r in reversed(lineage) if r["stage"] == "correct"), {})


def _read(path: Path) -> pa.Table | None:
    try:  # opened once: a reviewer may put a new file in its place between two looks at its name
        with path.open("rb") as file:
            found = pq.read_table(pa.BufferReader(file.read()), page_checksum_verification=True)
    except FileNotFoundError:
        return None
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError("the verdicts cannot be read", where=path, got=str(error)[:200]) from None
    if not set(found.column_names) >= _NEEDED:
        lacking = ", ".join(sorted(_NEEDED - set(found.column_names)))
        raise IntegrityError("this is no file of verdicts", where=path, expected=lacking, got=found.column_names)
    return found
