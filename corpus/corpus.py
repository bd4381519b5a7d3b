"""The corpus: an immutable handle on a table, what was removed from it, what was skipped, and how it came about.

Every method that changes something gives a new corpus and leaves this one as it is. A corpus knows its
lineage: one record for each stage, in which what went in equals what came out and what was removed. Tables
that are larger than `corpus.store.IN_MEMORY` are memory-mapped files.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

import pyarrow as pa

from corpus import foreign, show
from corpus.curate import (
    BENCHMARKS,
    Deduplicated,
    Redactor,
    Settings,
    Stage,
    apply_gates,
    decontaminate,
    deduplicate,
    finder_name,
    finders_of,
    normalize,
    redact,
    redact_beside,
    redactor_of,
    rethreshold,
    salt_of,
    score,
    secrets_in,
    settings_of,
)
from corpus.curate.components import LARGEST
from corpus.entry import PAIRS_SCHEMA, REMOVED_SCHEMA, SCHEMA, SKIPPED_SCHEMA, Entry, messages_array
from corpus.errors import ConfigError, SchemaError
from corpus.fingerprint import fingerprint
from corpus.graph import Graph
from corpus.people import Person, from_values, to_values
from corpus.places import place_of
from corpus.privacy import known
from corpus.privacy.detector import Finder
from corpus.privacy.known import Secret, together
from corpus.privacy.presidio import PresidioFinder, presidio_finder
from corpus.privacy.presidio import from_values as stored_finders
from corpus.pseudonyms import user_key
from corpus.sources.base import Source
from corpus.split import assign_splits, splits_of
from corpus.store import concat
from corpus.validation import validate
from corpus.verify import reread
from corpus.write.folder import Stored, read_corpus, write_corpus

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from corpus.carried import Carried
    from corpus.curate.preview import Preview
    from corpus.curate.similar import Similar, SimilarIndex
    from corpus.plotting import Plots
    from corpus.privacy.forgetting import Forgotten
    from corpus.views.rows import Entries
    from falsify import Report

Against: TypeAlias = "str | PathLike[str] | Corpus"

__all__ = ["Borderline", "CacheUse", "Corpus", "from_arrow", "from_pandas", "load"]


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How many units an extraction read, and where it found them.

    Attributes:
        extracted: Units that were parsed in this run.
        cached: Units that an earlier run had parsed.
    """

    extracted: int
    cached: int


@dataclass(frozen=True, slots=True)
class Borderline:
    """Two rows that are nearly, or barely, duplicates.

    Attributes:
        row: The one that would go.
        other: The better one.
        similarity: By which it is decided.
        containment: Share of the smaller row's shingles that the other one has.
        accepted: Whether `row` was removed for `other`.
    """

    row: Entry
    other: Entry
    similarity: float
    containment: float
    accepted: bool


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
        people: Who is known to the sources, to be found by `redact`; of what is written, only `.private/cache` has it.
        secrets: What the sources are known to hold, to be found by `redact` wherever it stands; written as people are.
        finders: What redaction asked beside its rules, to be asked again when rows are verified.
        pairs: Rows that deduplication compared, with `corpus.entry.PAIRS_SCHEMA`: ids and numbers, no text.
        configuration: What the manifest says of the `corpus.toml` that it was built from; empty without one.
        carried: What became of verdicts and corrections by hand, if it was built in this process and there are any.
        deduplicated: The last stage, if that was deduplication in this process: what `rethreshold` goes on from.
        folder: Where it lies, if it was loaded or built there.
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
    people: tuple[Person, ...] = ()
    secrets: tuple[Secret, ...] = ()
    finders: tuple[Finder, ...] = ()
    pairs: pa.Table = field(default_factory=PAIRS_SCHEMA.empty_table)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    carried: Carried | None = None
    deduplicated: Deduplicated | None = None
    folder: Path | None = None

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
        from corpus.views.overview import corpus_html

        return corpus_html(self)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all rows; a falsification report names the one that it judged."""
        return fingerprint(self.table)

    def normalize(self) -> Corpus:
        """The same rows with their texts in one form: NFC, line feeds, no blanks at line ends. Code keeps its own."""
        return self._after(normalize(self.table))

    def redact(
        self,
        *,
        keep: Collection[str] = (),
        public: Collection[str] = (),
        pseudonyms: bool = False,
        finders: Sequence[Finder] = (),
        model: str | PathLike[str] | None = None,
        language: str = "en",
    ) -> Corpus:
        """The same rows without secrets and personal data; rows that cannot be repaired go to `removed`.

        Texts, paths, symbols, authors and origins are redacted, and so is what stands beside the rows: those that were
        removed before, skipped units, the graph, the facts of the sources. See `docs/redaction.md`.

        Args:
            keep: Kinds that stay: `("email",)`. See `corpus.privacy.kinds()`; `person` are the people whom the
                sources know.
            public: Values that you declare public: a project's address, a name; `@example.org` for a whole domain.
            pseudonyms: Tell values of a kind apart: `<EMAIL-4kq7v2d3>` instead of `<EMAIL>`, the same value always
                alike in this corpus, and otherwise in another one.
            finders: Further finders, which are shown the texts of rows; see `corpus.privacy.Finder`.
            model: The folder of a spaCy model that finds names and places: `corpus.privacy.presidio_finder`.
            language: The language of the model.

        Raises:
            ConfigError: There is no such kind, or no such model.
            MissingExtraError: A model is named, and presidio or spaCy is not installed.
        """
        if isinstance(keep, str) or isinstance(public, str):
            raise ConfigError("this is one text, and a list is asked for", where="redact", got=repr(keep or public))
        key = user_key()
        salt = salt_of(((str(s.get("kind")), str(s.get("name"))) for s in self.source_facts), key)
        asked = (*finders, *(() if model is None else (presidio_finder(model, language=language),)))
        names = tuple(finder_name(finder) for finder in asked)
        settings = Settings(tuple(sorted(set(keep))), tuple(sorted(set(public))), bool(pseudonyms), salt, names)
        looked = secrets_in(self.table, redactor_of(settings, self.people, key, asked, self.secrets))
        secrets = together((*self.secrets, *looked))
        redactor = redactor_of(settings, self.people, key, asked, secrets)
        stage = redact(self.table, redactor)
        removed, skipped, graph, facts, counts = redact_beside(
            redactor, self.removed, self.skipped, self.graph, self.source_facts
        )
        stage = replace(stage, facts={**stage.facts, "redacted_beside": counts})
        done = replace(
            self,
            removed=removed,
            skipped=skipped,
            graph=graph,
            source_facts=facts,
            finders=asked,
            secrets=secrets,
            pairs=PAIRS_SCHEMA.empty_table(),
        )  # pairs have ids, which may change, and say how alike texts were as they stood
        return done._after(stage)

    def correct(self, corrections: Mapping[tuple[str, str], str]) -> Corpus:
        """The same rows with answers that somebody wrote by hand. See `corpus.curate.corrections`.

        Args:
            corrections: Id and text hash of a row (`corpus.curate.corrections.text_hash`) to its answer; where the row
                says something else by now, nothing is done. What was written is redacted as the rows are.
        """
        from corpus.curate.corrections import correct

        return self._after(correct(self.table, corrections, self._redactor()))

    def forget(self, person: str) -> Forgotten:
        """Take somebody out, for good. See `corpus.privacy.forgetting`; `corpus.forget(path, person)` does it on disk.

        Args:
            person: A pseudonym, a name, an address or a number that the sources know, or the path of a note.

        Raises:
            ConfigError: Nobody in the corpus is known by that.
        """
        from corpus.privacy.forgetting import forget

        return forget(self, person)

    @overload
    def filter(
        self, *, dry_run: Literal[False] = ..., shares: Mapping[str, float] | None = ..., **thresholds: float | None
    ) -> Corpus: ...

    @overload
    def filter(
        self, *, dry_run: Literal[True], shares: Mapping[str, float] | None = ..., **thresholds: float | None
    ) -> Preview: ...

    def filter(
        self, *, dry_run: bool = False, shares: Mapping[str, float] | None = None, **thresholds: float | None
    ) -> Corpus | Preview:
        """The rows that pass every gate; the others go to `removed` with their reason.

        Args:
            dry_run: Remove nothing and show what each gate would remove, with examples.
            shares: Gate name to the share of a source that it may remove, where that is more than the gate's own.
            **thresholds: Gate name (with `_` for `-`) to threshold; None switches a gate off. See
                `corpus.curate.GATES`.

        Raises:
            ConfigError: There is no gate of that name, or one would remove more of a source than it may.
        """
        if dry_run:
            from corpus.curate.preview import preview

            return preview(self.table, thresholds, shares=shares)
        return self._after(apply_gates(self.table, thresholds, shares=shares))

    def score(self) -> Corpus:
        """The same rows with their `signals` and `quality`. See `corpus.curate.scores`."""
        return self._after(score(self.table))

    def calibrate(self, ratings: pa.Table | pd.DataFrame | str | PathLike[str]) -> Corpus:
        """The same rows, `quality` being the probability that the person who rated some of them calls a row good.

        Too few verdicts change nothing; the lineage then says so, and so does a warning.

        Args:
            ratings: A table, or a Parquet or CSV file, with the columns `id` and `verdict` (good or bad) or `rating`;
                or the folder of a corpus that was reviewed: of that the verdicts on rows that still say the same.

        Raises:
            ConfigError: Columns are missing, a verdict cannot be read, or a rated row has no score.
        """
        from corpus.curate.calibration import calibrate, ratings_from

        if isinstance(ratings, str | PathLike) and place_of(ratings).is_dir():
            from corpus.review.verdicts import current, load_verdicts

            ratings = current(load_verdicts(ratings), self.table)
        stage = calibrate(self.table, ratings_from(ratings))
        if "unchanged" in stage.facts:
            warnings.warn(str(stage.facts["unchanged"]), stacklevel=2)
        return self._after(stage)

    def select(
        self, n: int, *, diversity: float = 0.5, by: pa.ChunkedArray | Sequence[float | None] | None = None
    ) -> Corpus:
        """The best `n` rows of which no two are much alike; the others go to `removed`. See `corpus.curate.selection`.

        Args:
            n: How many rows, at most.
            diversity: 0-1: no two rows have a cosine of more than 1 minus this.
            by: A number for each row to go by instead of `quality`, such as a column of
                `corpus.curate.model_signals`; a row without one is not selected.

        Raises:
            ConfigError: `n`, `diversity` or `by` makes no sense, or a row has no quality.
        """
        from corpus.curate.selection import select

        return self._after(select(self.table, n, diversity=diversity, by=by))

    def deduplicate(
        self,
        *,
        threshold: float = 0.8,
        method: str = "minhash",
        shingle: int = 5,
        together: float = 0.3,
        largest: float = LARGEST,
        max_removed: float = 0.5,
        against: Corpus | None = None,
    ) -> Corpus:
        """The best row of each set of duplicates, and groups of what is alike. See `corpus.curate.duplicates`.

        What was compared is in `pairs`; `rethreshold` decides anew without comparing, `borderline` shows what to read.

        Args:
            threshold: Jaccard similarity of shingles from which a row is a duplicate.
            method: `minhash` finds near-duplicates, `exact` only what is the same but for white space and comments.
            shingle: Words in a shingle; of code twice as many tokens.
            together: Containment from which two rows that stay are put into one group.
            largest: Share of the rows that a group of several files may have before it is cut.
            max_removed: Share of a source that may go as near-duplicates; 1 lifts the limit.
            against: Another corpus: what repeats one of its rows goes too.

        Raises:
            ConfigError: A threshold is not in 0-1, or there is no such method.
            BuildError: More of a source than `max_removed` would go as near-duplicates.
        """
        if against is not None and not isinstance(against, Corpus):
            raise ConfigError(
                "against is no corpus", expected="a Corpus: corpus.load(path)", got=type(against).__name__
            )
        stage = deduplicate(
            self.table, threshold=threshold, method=method, shingle=shingle, together=together, largest=largest,
            max_removed=max_removed, against=None if against is None else against.table,
        )  # fmt: skip
        return self._after(stage)

    def rethreshold(self, threshold: float) -> Corpus:
        """This corpus deduplicated at another threshold, decided from the pairs known, be it read from disk.

        Decontamination and the split, where they came after it, are done anew as the lineage says.

        Args:
            threshold: Jaccard similarity, from .1 below the one that was used.

        Raises:
            ConfigError: The threshold lies too low, there was no deduplication, stages after it changed rows, or they
                were done with another corpus, which is not at hand.
            BuildError: More of a source than was allowed would go as near-duplicates.
        """
        import pyarrow.compute as pc

        from corpus.curate.restored import restored

        done = self.deduplicated or restored(self.table, self.removed, self.pairs, self.lineage)
        at = next(n for n in reversed(range(len(self.lineage))) if self.lineage[n]["stage"] == "deduplicate")
        later = self.lineage[at + 1 :]
        undone = {"deduplicate", *(record["stage"] for record in later)}
        if self.deduplicated is not None:
            earlier = self.removed.slice(0, len(self.removed) - len(done.removed))
        else:
            earlier = self.removed.filter(
                pc.invert(pc.is_in(self.removed["stage"].cast(pa.string()), pa.array(undone)))
            )
        again = replace(self, removed=earlier, lineage=self.lineage[:at])._after(rethreshold(done, threshold))
        for record in later:
            again = again.replay(record)
        return again

    def borderline(self, n: int = 20) -> list[Borderline]:
        """Pairs of rows nearest to the threshold of deduplication, on both sides of it, to be read.

        Args:
            n: How many, at most.

        Raises:
            ConfigError: The corpus was not deduplicated.
        """
        record = next((one for one in reversed(self.lineage) if one["stage"] == "deduplicate"), None)
        if record is None:
            raise ConfigError("the corpus was not deduplicated", hint="c.deduplicate().borderline()")
        return borderline(self, record["config"]["threshold"], n)

    @cached_property
    def similar_index(self) -> SimilarIndex:
        """An index of the rows by what they are like; rows of other corpora can be added to it."""
        from corpus.curate.similar import SimilarIndex

        return SimilarIndex(self.table)

    def similar(self, text: str, n: int = 5) -> list[Similar]:
        """The rows that are most like a text, with their exact similarity. The first call makes an index.

        Args:
            text: Some sentences, or lines of code.
            n: How many, at most.

        Raises:
            ConfigError: The text has no words.
        """
        return self.similar_index.query(text, n)

    def decontaminate(self, against: Against | Sequence[Against] = BENCHMARKS) -> Corpus:
        """The rows in which nothing stands that a model will be tested with. See `corpus.curate.contaminants`.

        Args:
            against: Names of `corpus.curate.BENCHMARKS`, corpora, and folders of corpora; one or several.

        Raises:
            ConfigError: Something is none of these.
            IntegrityError: A folder holds no complete corpus.
        """
        benchmarks, corpora = [], []
        for one in [against] if isinstance(against, str | PathLike | Corpus) else against:
            if isinstance(one, str) and (one in BENCHMARKS or not place_of(one).is_dir()):
                benchmarks.append(one)  # an unknown one is refused there, with the names that there are
            elif isinstance(one, str | PathLike | Corpus):
                other = one if isinstance(one, Corpus) else load(one)
                facts = {"name": f"corpus-{other.fingerprint[:12]}", "fingerprint": other.fingerprint}
                corpora.append((facts, other.table))
            else:
                raise ConfigError(
                    "a corpus is decontaminated against something else",
                    where="against",
                    expected="names of benchmarks, corpora, folders of corpora",
                    got=type(one).__name__,
                )
        return self._after(decontaminate(self.table, benchmarks=benchmarks, corpora=corpora))

    def split(
        self, ratios: Mapping[str, float] | None = None, *, by: str = "group", previous: Corpus | None = None
    ) -> Corpus:
        """The same rows with their `split`, ordered by it; groups stay whole. See `corpus.split`.

        Args:
            ratios: Share of `train`, `validation` and `test`; .8, .1 and .1 by default.
            by: What else is kept whole or in order: `group`, `source` or `time`.
            previous: An earlier corpus, whose rows stay on their side.

        Raises:
            ConfigError: The ratios are no shares, or there is no such way to split.
        """
        if previous is not None and not isinstance(previous, Corpus):
            raise ConfigError(
                "previous is no corpus", expected="a Corpus: corpus.load(path)", got=type(previous).__name__
            )
        earlier = None if previous is None else previous.table
        return self._after(assign_splits(self.table, ratios=ratios, by=by, previous=earlier))

    def splits(self) -> pa.Table:
        """For each stratum (category, language, source) how many rows each side was to get, and how many it got.

        Returns:
            One row a stratum, the largest first: `category`, `language`, `source`, `groups`, `rows`, and for each
            side `train_wanted` and `train`. No rows before the split.
        """
        return splits_of(self.table, self.lineage)

    def replay(self, record: Mapping[str, Any]) -> Corpus:
        """The corpus after one stage, done as a line of a lineage says.

        Raises:
            ConfigError: There is no such stage, or it was done with an earlier corpus that is not at hand.
        """
        stage, config = record["stage"], record.get("config", {})
        if stage == "normalize":
            return self.normalize()
        if stage == "forget":
            return self  # an extraction heeds the list of who was forgotten
        if stage == "redact":
            asked = finders_of(settings_of(config), self.finders)
            return self.redact(**{name: config[name] for name in ("keep", "public", "pseudonyms")}, finders=asked)
        if stage == "filter":
            return self.filter(dry_run=False, **config)
        if stage == "score":
            return self.score()
        if stage == "calibrate":
            from corpus.curate.calibration import Model, calibrate

            model = config["model"]
            return self._after(calibrate(self.table, None if model is None else Model.from_dict(model)))
        if stage == "select" and "by" not in config:
            return self.select(config["n"], diversity=config["diversity"])
        if stage == "deduplicate" and config.get("against") is None:
            names = ("threshold", "method", "shingle", "together", "largest", "max_removed")
            return self.deduplicate(**{name: config[name] for name in names if name in config})
        if stage == "decontaminate" and not config["corpora"]:
            return self.decontaminate(config["benchmarks"])
        if stage == "split" and not config["previous"]:
            return self.split(config["ratios"], by=config.get("by", "group"))
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
        return reread(
            table,
            self.sources,
            self.lineage,
            people=self.people,
            secrets=self.secrets,
            finders=self.finders,
            workers=workers,
            progress=progress,
        )

    def stats(self) -> dict[str, Any]:
        """Counts by split, category, task, kind, language and licence, what was removed and skipped and why."""
        return show.stats(self)

    def sample(self, n: int = 5, *, seed: int = 0, **columns: str) -> Entries:
        """Some entries, the same ones for the same seed whatever else the corpus holds.

        In a notebook they show themselves with their code in colours and a link to the file and line.

        Args:
            n: How many, at most.
            seed: Another seed gives other entries.
            **columns: Column and value that they shall have: `category="function"`.

        Returns:
            A list of entries.

        Raises:
            SchemaError: There is no such column.
        """
        from corpus.views.places import folders
        from corpus.views.rows import Entries

        chosen = self._where(columns)
        order = sorted(
            range(len(chosen)),
            key=lambda i: hashlib.blake2b(f"{seed}:{chosen['id'][i].as_py()}".encode(), digest_size=8).digest(),
        )
        rows = chosen.take(pa.array(order[: max(0, n)], pa.int64())).to_pylist()
        return Entries(map(Entry.from_row, rows), folders(self.sources))

    @property
    def plot(self) -> Plots:
        """Pictures of the corpus: `c.plot.composition()`, `.quality()`, `.lengths()`, … See `corpus.plotting`.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        from corpus.plotting import Plots

        return Plots(self)

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
        stored = Stored(
            self.table,
            self.removed,
            self.skipped,
            self._manifest(),
            None,
            self._locations(),
            self.graph,
            people=to_values(self.people),
            secrets=known.to_values(self.secrets),
            finders=[one.to_values() for one in self.finders if isinstance(one, PresidioFinder)],
            pairs=self.pairs,
        )
        judged = report.to_dict() if report is not None else None
        write_corpus(
            folder,
            stored,
            card=render_card,
            report=judged,
            croissant=render_croissant if croissant else None,
            check=self.check_bytes,
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

    def check_bytes(self, folder: Path, *, skip: Iterable[str] = ("cache",)) -> None:
        """Refuse a folder in which anything is found that this corpus' redaction should have taken out.

        Args:
            folder: All files in it are looked at, as a reader would see them.
            skip: Names of folders in it that are left out.

        Raises:
            IntegrityError: Something was found; says where, and never what.
        """
        from corpus.privacy.scan import scan_folder

        scan_folder(folder, self._redactor(), skip=skip)

    def _redactor(self) -> Redactor | None:
        """What redacted this corpus; None where nothing has."""
        config = next((r["config"] for r in self.lineage if r["stage"] == "redact"), None)
        if config is None:
            return None
        return redactor_of(settings_of(config), self.people, user_key(), self.finders, self.secrets)

    def _manifest(self) -> dict[str, Any]:
        from corpus.versions import versions

        return {
            "sources": [dict(facts) for facts in self.source_facts],
            "lineage": [dict(record) for record in self.lineage],
            "tokenizer": {"name": None, "counts": "an estimate: UTF-8 bytes / 4"},
            "versions": versions(),
            **({"configuration": dict(self.configuration)} if self.configuration else {}),
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
            pairs=self.pairs if stage.pairs is None else stage.pairs,
            deduplicated=stage if isinstance(stage, Deduplicated) else None,
            folder=None,
        )

    def _where(self, columns: Mapping[str, str]) -> pa.Table:
        import pyarrow.compute as pc

        table = self.table
        for name, value in columns.items():
            if name not in SCHEMA.names:
                raise SchemaError("there is no such column", column=name, expected=" | ".join(SCHEMA.names), got=name)
            table = table.filter(pc.equal(table[name].cast(pa.string()), value))
        return table


def borderline(corpus: Corpus, threshold: float, n: int) -> list[Borderline]:
    """The pairs of a corpus that are nearest to a threshold, of which both rows are at hand."""
    import pyarrow.compute as pc

    known = concat([corpus.table, corpus.removed.select(SCHEMA.names)], SCHEMA)
    ids = known["id"]
    pairs = corpus.pairs.filter(pc.and_(pc.is_in(corpus.pairs["id"], ids), pc.is_in(corpus.pairs["other_id"], ids)))
    distance = pc.abs(pc.subtract(pairs["similarity"], threshold))
    order = pc.sort_indices(
        pairs.append_column("distance", distance),
        sort_keys=[("distance", "ascending"), ("id", "ascending"), ("other_id", "ascending")],
    )
    found = pairs.take(order[: max(0, n)]).to_pylist()
    wanted = pa.array({pair[name] for pair in found for name in ("id", "other_id")}, pa.string())
    entries = {row["id"]: Entry.from_row(row) for row in known.filter(pc.is_in(ids, wanted)).to_pylist()}
    return [
        Borderline(
            entries[pair["id"]], entries[pair["other_id"]], pair["similarity"], pair["containment"], pair["accepted"]
        )
        for pair in found
    ]


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


def load(path: str | PathLike[str], *, sources: Sequence[Source] = (), finders: Sequence[Finder] = ()) -> Corpus:
    """A corpus from the folder that it was written to; rows and report are compared with the manifest's hashes.

    Args:
        path: The folder.
        sources: The sources that it came from. By default those that lie where they lay when it was built.
        finders: What it was redacted with beside the rules. By default the models that lie where they lay.

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
        people=from_values(stored.people),
        secrets=known.from_values(stored.secrets),
        finders=tuple(finders) or stored_finders(stored.finders),
        pairs=stored.pairs,
        configuration=stored.manifest.get("configuration", {}),
        folder=folder,
    )
