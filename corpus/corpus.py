"""The corpus: an immutable handle on a table, what was removed from it, what was skipped, and how it came about.

Every method that changes something gives a new corpus and leaves this one as it is. A corpus knows its
lineage: one record for each stage, in which what went in equals what came out and what was removed. Tables
that are larger than `corpus.store.IN_MEMORY` are memory-mapped files.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpus import foreign, show
from corpus.curate import Stage, apply_gates, deduplicate, normalize, score
from corpus.entry import REMOVED_SCHEMA, SCHEMA, SKIPPED_SCHEMA, Entry, messages_array
from corpus.errors import ConfigError, SchemaError
from corpus.fingerprint import fingerprint
from corpus.graph import Graph
from corpus.places import place_of
from corpus.sources.base import Source
from corpus.split import assign_splits
from corpus.store import concat
from corpus.validation import validate
from corpus.verify import reread
from corpus.write.folder import Stored, read_corpus, write_corpus

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from falsify import Report

__all__ = ["CacheUse", "Corpus", "from_arrow", "from_pandas", "load"]


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How many units an extraction read, and where it found them.

    Attributes:
        extracted: Units that were parsed in this run.
        cached: Units that an earlier run had parsed.
    """

    extracted: int
    cached: int


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """Entries and where they came from. Made by `corpus.extract`, `corpus.load` or `corpus.from_pandas`.

    Attributes:
        table: The rows, with `corpus.entry.SCHEMA`.
        removed: Rows that stages removed, with `corpus.entry.REMOVED_SCHEMA`.
        skipped: Units that were not read, with `corpus.entry.SKIPPED_SCHEMA`.
        lineage: One record for each stage that the corpus went through.
        sources: The sources it came from, for re-extraction; empty where they are not at hand.
        source_facts: What the manifest says of each source.
        cache_use: How many units were parsed and how many came from a cache, in this process.
        report: The falsification report that the corpus was written with, if it was loaded with one.
        graph: The knowledge graph of the vaults in it; empty where there is none.
    """

    table: pa.Table
    removed: pa.Table = field(default_factory=REMOVED_SCHEMA.empty_table)
    skipped: pa.Table = field(default_factory=SKIPPED_SCHEMA.empty_table)
    lineage: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[Source, ...] = ()
    source_facts: tuple[Mapping[str, Any], ...] = ()
    cache_use: CacheUse | None = None
    report: Mapping[str, Any] | None = None
    graph: Graph = field(default_factory=Graph)

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Entry]:
        for batch in self.table.to_batches(max_chunksize=1024):
            for row in batch.to_pylist():
                yield Entry.from_row(row)

    def __getitem__(self, index: int) -> Entry:
        """One entry by its row number; negative ones count from the end. Several: `table.slice` or `sample`."""
        if not isinstance(index, int):
            raise ConfigError("a corpus is asked for one row at a time", expected="a row number", got=repr(index))
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of a corpus of {len(self)} rows")
        return Entry.from_row(self.table.slice(index % len(self), 1).to_pylist()[0])

    def __repr__(self) -> str:
        return show.line(self)

    def _repr_html_(self) -> str:
        return show.html(self)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all rows; a falsification report names the one that it judged."""
        return fingerprint(self.table)

    def normalize(self) -> Corpus:
        """The same rows with their texts in one form: NFC, line feeds, no blanks at line ends. Code keeps its own."""
        return self._after(normalize(self.table))

    def filter(self, **thresholds: float | None) -> Corpus:
        """The rows that pass every gate; the others go to `removed` with their reason.

        Args:
            **thresholds: Gate name (with `_` for `-`) to threshold; None switches a gate off. See
                `corpus.curate.GATES`.

        Raises:
            ConfigError: There is no gate of that name.
        """
        return self._after(apply_gates(self.table, thresholds))

    def score(self) -> Corpus:
        """The same rows with their `signals` and `quality`. See `corpus.curate.scores`."""
        return self._after(score(self.table))

    def deduplicate(self, *, threshold: float = 0.8, shingle: int = 5, together: float = 0.3) -> Corpus:
        """The best row of each set of duplicates, and groups of what is alike. See `corpus.curate.duplicates`.

        Args:
            threshold: Jaccard similarity of word shingles from which a row is a duplicate.
            shingle: Words in a shingle.
            together: Containment from which two rows that stay are put into one group.

        Raises:
            ConfigError: A threshold is not in 0-1.
        """
        return self._after(deduplicate(self.table, threshold=threshold, shingle=shingle, together=together))

    def split(self, ratios: Mapping[str, float] | None = None, *, previous: Corpus | None = None) -> Corpus:
        """The same rows with their `split`, ordered by it; groups stay whole. See `corpus.split`.

        Args:
            ratios: Share of `train`, `validation` and `test`; .8, .1 and .1 by default.
            previous: An earlier corpus, whose rows stay on their side.

        Raises:
            ConfigError: The ratios are no shares.
        """
        if previous is not None and not isinstance(previous, Corpus):
            raise ConfigError(
                "previous is no corpus", expected="a Corpus: corpus.load(path)", got=type(previous).__name__
            )
        earlier = None if previous is None else previous.table
        return self._after(assign_splits(self.table, ratios=ratios, previous=earlier))

    def replay(self, record: Mapping[str, Any]) -> Corpus:
        """The corpus after one stage, done as a line of a lineage says.

        Raises:
            ConfigError: There is no such stage, or it was done with an earlier corpus that is not at hand.
        """
        stage, config = record["stage"], record.get("config", {})
        if stage == "normalize":
            return self.normalize()
        if stage == "filter":
            return self.filter(**config)
        if stage == "score":
            return self.score()
        if stage == "deduplicate":
            return self.deduplicate(**{name: config[name] for name in ("threshold", "shingle", "together")})
        if stage == "split" and not config["previous"]:
            return self.split(config["ratios"])
        raise ConfigError("a stage cannot be replayed", where=stage, got=config)

    def reread(
        self, rows: pa.Table | None = None, *, workers: int = 1, progress: bool | None = False
    ) -> list[str | None]:
        """Extract rows again from where they say they are; for each, None if it is the same, else what is not.

        Args:
            rows: Rows of this corpus; all by default.
            workers: Number of worker processes.
            progress: Whether to show a bar; None shows it on a terminal and in a notebook.
        """
        table = self.table if rows is None else rows
        return reread(table, self.sources, self.lineage, workers=workers, progress=progress)

    def stats(self) -> dict[str, Any]:
        """Counts by split, category, task, kind, language and licence, what was removed and skipped and why."""
        return show.stats(self)

    def sample(self, n: int = 5, *, seed: int = 0, **columns: str) -> list[Entry]:
        """Some entries, the same ones for the same seed whatever else the corpus holds.

        Args:
            n: How many, at most.
            seed: Another seed gives other entries.
            **columns: Column and value that they shall have: `category="function"`.

        Raises:
            SchemaError: There is no such column.
        """
        chosen = self._where(columns)
        order = sorted(
            range(len(chosen)),
            key=lambda i: hashlib.blake2b(f"{seed}:{chosen['id'][i].as_py()}".encode(), digest_size=8).digest(),
        )
        return [Entry.from_row(row) for row in chosen.take(pa.array(order[: max(0, n)], pa.int64())).to_pylist()]

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame, `messages` included."""
        from corpus.entry import MESSAGES

        frame: pd.DataFrame = self.table.append_column(MESSAGES, messages_array(self.table)).to_pandas()
        return frame

    def to_datasets(self) -> datasets.DatasetDict:
        """The rows as a `datasets.DatasetDict` with one `Dataset` a split, `messages` included."""
        import datasets

        from corpus.entry import MESSAGES

        splits = self.table["split"].cast(pa.string()).fill_null("train").to_pylist()
        whole = self.table.append_column(MESSAGES, messages_array(self.table))
        parts = {
            name: datasets.Dataset(whole.filter(pa.array([split == name for split in splits])))
            for name in Counter(splits)
        }
        return datasets.DatasetDict(parts)

    def write(self, path: str | PathLike[str], *, report: Report | None = None, croissant: bool = False) -> Path:
        """Write the corpus into a folder: Parquet, card with plots, manifest, and the report if there is one.

        Plots need matplotlib (the extra `plot`); without it the card has its tables alone.

        Args:
            path: A new folder, an empty one, or an earlier corpus, which is replaced as a whole.
            report: What `falsify.falsify` said of this corpus.
            croissant: Also write `croissant.json`, the card for machines. See `corpus.write.croissant`.

        Raises:
            ConfigError: The place holds something else, or the report judged other rows.
            IntegrityError: What was written reads back differently.
            MissingExtraError: Croissant was asked for, and `mlcroissant` is not installed.
        """
        from corpus.write.card import render_card
        from corpus.write.croissant import render_croissant, require_croissant

        if croissant:
            require_croissant()
        if report is not None and not hasattr(report, "fingerprint"):
            hint = "a loaded corpus holds its report as a dict: falsify.Report.from_dict(c.report), or judge it again"
            raise ConfigError("this is no report", expected="a falsify.Report", got=type(report).__name__, hint=hint)
        if report is not None and report.fingerprint != self.fingerprint:
            raise ConfigError(
                "the report judged another corpus",
                expected=f"fingerprint {self.fingerprint}",
                got=f"fingerprint {report.fingerprint}",
                hint="run falsify.falsify on this one",
            )
        folder = place_of(path)
        stored = Stored(self.table, self.removed, self.skipped, self._manifest(), None, self._locations(), self.graph)
        write_corpus(
            folder,
            stored,
            card=render_card,
            report=report.to_dict() if report is not None else None,
            croissant=render_croissant if croissant else None,
        )
        return folder

    def export(self, path: str | PathLike[str], *, format: str = "messages") -> Path:  # noqa: A002 - the word for it
        """Write the rows as the JSON lines of other trainers, one file a split. See `corpus.write.export`.

        Args:
            path: A new folder, or an empty one.
            format: `messages`, `prompt-completion`, `alpaca`, `sharegpt`, `text`, `llama-factory` or `axolotl`.

        Raises:
            ConfigError: There is no such format, or the folder holds something.
            SchemaError: The turns of a row do not alternate where the format needs that.
        """
        from corpus.write.export import export

        folder = place_of(path)
        export(self.table, folder, format)
        return folder

    def _manifest(self) -> dict[str, Any]:
        from corpus.versions import versions

        return {
            "sources": [dict(facts) for facts in self.source_facts],
            "lineage": [dict(record) for record in self.lineage],
            "tokenizer": {"name": None, "counts": "an estimate: UTF-8 bytes / 4"},
            "versions": versions(),
        }

    def _locations(self) -> list[dict[str, Any]]:
        return [{"kind": source.kind, "name": source.name, **source.location()} for source in self.sources]

    def _after(self, stage: Stage) -> Corpus:
        return replace(
            self,
            table=stage.table,
            removed=concat([self.removed, stage.removed], REMOVED_SCHEMA),
            lineage=(*self.lineage, stage.record),
            report=None,
        )

    def _where(self, columns: Mapping[str, str]) -> pa.Table:
        import pyarrow.compute as pc

        table = self.table
        for name, value in columns.items():
            if name not in SCHEMA.names:
                raise SchemaError("there is no such column", column=name, expected=" | ".join(SCHEMA.names), got=name)
            table = table.filter(pc.equal(table[name].cast(pa.string()), value))
        return table


def from_arrow(table: pa.Table, *, name: str = "table", **constants: Any) -> Corpus:
    """A corpus from somebody else's table: `instruction` and `output`, or `messages`, are enough.

    What can be derived is derived; provenance that nobody knows stays null. Columns of the entry's schema are
    taken as they are, others are dropped and named in the lineage.

    Args:
        table: A pyarrow Table.
        name: What rows say as their `source`, where the table does not.
        **constants: Column and value for all rows, where the table does not have it: `category="note"`.

    Raises:
        SchemaError: Neither pair of columns is there, or a value does not fit.
    """
    rows, record = foreign.adopt(table, name, constants)
    return Corpus(rows, lineage=(record,), source_facts=({"kind": "table", "name": name},))


def from_pandas(frame: pd.DataFrame, *, name: str = "table", **constants: Any) -> Corpus:
    """A corpus from somebody else's DataFrame. See `from_arrow`."""
    return from_arrow(pa.Table.from_pandas(frame, preserve_index=False), name=name, **constants)


def load(path: str | PathLike[str], *, sources: Sequence[Source] = ()) -> Corpus:
    """A corpus from the folder that it was written to; rows and report are compared with the manifest's hashes.

    Args:
        path: The folder.
        sources: The sources that it came from. By default those that lie where they lay when it was built.

    Raises:
        IntegrityError: It is incomplete, or a file is not what the manifest says.
    """
    from corpus.sources.detect import relocate

    folder = place_of(path)
    stored = read_corpus(folder)
    validate(stored.table)
    return Corpus(
        stored.table,
        stored.removed,
        stored.skipped,
        tuple(stored.manifest["lineage"]),
        tuple(sources) or tuple(relocate(stored.locations)),
        tuple(stored.manifest["sources"]),
        report=stored.report,
        graph=stored.graph,
    )
