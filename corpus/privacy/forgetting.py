"""Forgetting: somebody leaves a corpus, what was removed from it, and its cache, and does not come back.

Who is meant is said by a pseudonym, or by a name, an address or a number that the corpus' sources know, or by the
path of a note. Rows that are theirs go (their commits' and files' rows, the conversation with them, their note), and
so do rows that name them, in a group's conversation or anywhere. Their pseudonyms are put on a list in the user's
configuration (`corpus.forgotten`), which every later extraction heeds. What was published stays published: the answer
lists the revisions.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corpus.errors import ConfigError
from corpus.forgotten import forget_people, forgotten_people
from corpus.graph import Graph
from corpus.people import Person
from corpus.privacy.identities import Identities
from corpus.privacy.known import Secret, digest
from corpus.pseudonyms import pseudonym, user_key
from corpus.store import Spool, batches

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["PUBLICATIONS", "Forgotten", "forget", "heeded", "without"]

PUBLICATIONS: Final = "publications.json"
"""In `.private/`: what was published from a folder, a list of `{"repo", "revision", "fingerprint"}`, oldest first."""

VERSION: Final = "forget-1"
_TEXTS: Final = ("system", "instruction", "input", "output", "path", "symbol", "author")
_CALLED: Final = re.compile(r"\b(?:author|person)-[a-z2-7]{12}\b")
_HASHED: Final = re.compile(r"[a-z]-[a-z2-7]{12}(?![a-z2-7])")
_ROLES: Final = ("author", "person")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What left a corpus with somebody.

    Attributes:
        called: The pseudonyms that stood for them; nobody else is named here.
        rows: Rows that left, by source.
        removed: Removed rows that left.
        skipped: Skipped units that left.
        nodes: Nodes of the graph that left.
        cache: Bytes of the cache that were deleted.
        verdicts: Verdicts of reviewers that left: on rows that are gone, or naming somebody in a note or correction.
        published: Revisions that were published before and still carry what left.
        corpus: The corpus without them.
    """

    called: tuple[str, ...]
    rows: dict[str, int]
    removed: int
    skipped: int
    nodes: int
    cache: int
    published: tuple[dict[str, str], ...]
    corpus: Corpus
    verdicts: int = 0

    def __repr__(self) -> str:
        lines = [
            f"forgotten: {', '.join(self.called)}",
            f"  rows: {sum(self.rows.values())}" + "".join(f", {n} of {source}" for source, n in self.rows.items()),
            f"  removed rows: {self.removed}, skipped units: {self.skipped}, nodes of the graph: {self.nodes}",
            f"  cache: {self.cache} bytes deleted, verdicts: {self.verdicts}",
            "  a later build leaves them out",
        ]
        lines += [f"  still published: {one['repo']} at {one['revision']}" for one in self.published]
        return "\n".join([*lines] if self.published else [*lines, "  nothing of this corpus was published"])


def forget(corpus: Corpus | str | PathLike[str], person: str) -> Forgotten:
    """Take somebody out of a corpus, for good.

    Args:
        corpus: The folder of a corpus, which is written anew as a whole, or a corpus in memory.
        person: A pseudonym (`author-…`, `person-…`), a name, an address or a number that the sources know, or the
            path of a note.

    Returns:
        What left, and which published revisions still carry it. The corpus has to be judged anew.

    Raises:
        ConfigError: Nobody in the corpus is known by that.
        IntegrityError: The folder holds no complete corpus.
    """
    from corpus.corpus import Corpus, load
    from corpus.places import place_of
    from corpus.review.verdicts import forget_verdicts
    from corpus.write.files import locked
    from corpus.write.folder import CACHE, PRIVATE

    if isinstance(corpus, Corpus):
        known, folder = corpus, None
    else:
        folder = place_of(corpus)
        known = load(folder)
    called, paths = _meant(known, person)
    found = without(known, called, paths)
    forget_people(called)
    if folder is None:
        return found
    with locked(folder / PRIVATE):
        published = _published(folder / PRIVATE / PUBLICATIONS)
        found.corpus.write(folder)
        size = _emptied(folder / PRIVATE / CACHE)
        rows = {id_ for table in (found.corpus.table, found.corpus.removed) for id_ in table["id"].to_pylist()}
        verdicts = forget_verdicts(folder, rows, _Named(known.people, called))
    return replace(found, cache=size, published=published, verdicts=verdicts)


def without(corpus: Corpus, called: Collection[str], paths: Collection[str] = ()) -> Forgotten:
    """A corpus without the rows of some people, who are known by their pseudonyms, and of some places.

    Args:
        corpus: Any.
        called: Their pseudonyms.
        paths: Paths of rows that are theirs, as rows have them.
    """
    told = _Named(corpus.people, called)
    table, gone = _left(corpus.table, told, paths)
    removed, gone_removed = _left(corpus.removed, told, paths)
    left = {row["path"] for row in gone} - set(table["path"].to_pylist())
    kept_ids = set(table["id"].to_pylist())
    skipped, gone_skipped = _left(corpus.skipped, told, paths)
    graph, nodes = _without_nodes(corpus.graph, told, paths)
    record: dict[str, Any] = {
        "stage": "forget",
        "version": VERSION,
        "config": {},
        "rows_in": len(corpus.table),
        "rows_out": len(table),
        "removed": {},
        "forgotten": len(gone),
        "forgotten_removed": [[*key, count] for key, count in sorted(_reasons(gone_removed).items())],
        "forgotten_units": [[why, n] for why, n in sorted(Counter(row["reason"] for row in gone_skipped).items())],
    }
    done = replace(
        corpus,
        table=table,
        removed=_unkept(removed, kept_ids, {row["id"] for row in gone}),
        skipped=skipped,
        graph=graph,
        people=tuple(one for one in corpus.people if one.called not in called),
        secrets=_not_theirs(corpus.secrets, told, {*paths, *left}),
        lineage=(*corpus.lineage, record),
        report=None,
        pairs=_unpaired(corpus.pairs, [row["id"] for row in (*gone, *gone_removed)]),
        deduplicated=None,  # it holds the rows before
    )
    redactor = done._redactor()
    if redactor is not None:  # who is known now, by which rows are verified from here on
        record["people_digest"] = redactor.identities.digest(redactor.key)
        record["known"], record["known_digest"] = len(done.secrets), digest(done.secrets, redactor.key)
    rows = dict(sorted(Counter(row["source"] for row in gone).items()))
    return Forgotten(tuple(sorted(called)), rows, len(gone_removed), len(gone_skipped), nodes, 0, (), done)


def heeded(verdicts: pa.Table | None, previous: Corpus | None) -> pa.Table | None:
    """What people said of an earlier corpus, without what is said of forgotten people or of rows that are theirs.

    Args:
        verdicts: What `corpus.carried.gathered` gave.
        previous: The earlier corpus; one that was written before somebody was forgotten still knows their name.
    """
    forgotten = forgotten_people() if verdicts is not None and previous is not None else frozenset()
    if verdicts is None or previous is None or not forgotten:
        return verdicts
    people = [one for one in previous.people if one.called in forgotten]
    redactor = previous._redactor()
    paths = {path for one in people for path in one.places}
    paths |= {redactor.name(path)[0] for path in paths} if redactor is not None else set()
    named = _Named(people, forgotten)
    gone = {row["id"] for table in (previous.table, previous.removed) for row in _left(table, named, paths)[1]}
    texts = ("note", "correction", "reviewer")
    theirs = [
        row["id"] in gone or any(named(row[name]) for name in texts if row.get(name)) for row in verdicts.to_pylist()
    ]
    return verdicts.filter(pa.array([not one for one in theirs], pa.bool_()))


def _not_theirs(secrets: Iterable[Secret], told: _Named, paths: Collection[str]) -> tuple[Secret, ...]:
    """Secrets without those that stood in nothing but what is forgotten; of the others its paths go."""
    found = []
    for one in secrets:
        places = tuple(place for place in one.places if place not in paths and not told(place))
        if places or not one.places:
            found.append(replace(one, places=places))
    return tuple(found)


class _Named:
    """Whether a text names one of some people: by their pseudonym, or, where nothing was redacted, by their name."""

    def __init__(self, people: Sequence[Person], called: Collection[str]) -> None:
        self._called = tuple(called)
        self._identities = Identities([one for one in people if one.called in called])

    def __call__(self, text: str) -> bool:
        return any(one in text for one in self._called) or bool(self._identities.found(text))


def _meant(corpus: Corpus, person: str) -> tuple[set[str], set[str]]:
    """The pseudonyms of who is meant, and the paths of rows that are theirs."""
    if not isinstance(person, str) or not person.strip():
        raise ConfigError("nobody is named", where="person", expected="a pseudonym, a name, an address, a note's path")
    key, said = user_key(), person.strip()
    redactor = corpus._redactor()
    rename = (lambda path: path) if redactor is None else (lambda path: redactor.name(path)[0])
    fitting = [one for one in corpus.people if _fits(one, said.casefold()) or said in map(rename, one.places)]
    called = {one.called for one in fitting}
    known = {said, *(pseudonym(key, role, said) for role in _ROLES)}
    called |= known & set(corpus.table["author"].cast(pa.string()).to_pylist())
    paths = {path for one in fitting for path in one.places}
    there = _paths(corpus)
    if not fitting and {said, rename(said)} & there:
        paths |= {said, *_originals(corpus, said, rename)}
    paths |= {rename(path) for path in paths}
    if not called and not paths:
        named = known & _pseudonyms(corpus)
        if named:
            return named, set()
        raise ConfigError(
            "nobody in this corpus is known by that",
            expected="a pseudonym, a name, an address or a number that its sources know, or the path of a note",
            hint="corpus audit DIR lists the authors by their pseudonyms; without .private/cache no name is known",
        )
    notes = {pseudonym(key, "note", path) for path in paths if not called}
    return called | notes, paths


def _paths(corpus: Corpus) -> set[str]:
    """Every path that a row, a removed row, a skipped unit or a node of the graph has."""
    columns = [(corpus.table, "path"), (corpus.removed, "path"), (corpus.skipped, "unit"), (corpus.graph.nodes, "path")]
    return {path for table, name in columns for path in table[name].cast(pa.string()).unique().to_pylist() if path}


def _originals(corpus: Corpus, said: str, rename: Callable[[str], str]) -> set[str]:
    """The paths of the sources at hand that a redacted path stands for."""
    if not _HASHED.search(said):
        return set()
    return {path for source in corpus.sources for path in source.places(None) if rename(path) == said}


def _pseudonyms(corpus: Corpus) -> set[str]:
    """Every pseudonym that stands in a text of the corpus."""
    found = set[str]()
    for batch in batches(corpus.table):
        for row in batch.select(["instruction", "input", "output", "history"]).to_pylist():
            texts = [row["instruction"], row["input"], row["output"], *(turn["content"] for turn in row["history"])]
            found.update(one for text in texts for one in _CALLED.findall(text))
    return found


def _fits(person: Person, wanted: str) -> bool:
    known = {person.called, *(text.casefold() for text in (*person.names, *person.ids))}
    digits = "".join(sign for sign in wanted if sign.isdigit())
    numbers = {"".join(sign for sign in text if sign.isdigit()) for text in (*person.names, *person.ids)}
    is_number = len(digits) >= 7 and not any(sign.isalpha() for sign in wanted)
    return wanted in known or wanted.lstrip("@") in known or (is_number and digits in numbers)


def _left(table: pa.Table, named: _Named, paths: Collection[str]) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The rows of a table that are nobody's of them, and what is to be told of those that are."""
    spool, gone = Spool(table.schema), list[dict[str, Any]]()
    for batch in batches(table):
        rows = batch.to_pylist()
        keep = [not _is_theirs(row, named, paths) for row in rows]
        spool.add(batch.filter(pa.array(keep, pa.bool_())))
        told = ("id", "path", "source", "stage", "reason")
        gone += [{n: row.get(n) for n in told} for row, kept in zip(rows, keep, strict=True) if not kept]
    return spool.table(), gone


def _is_theirs(row: dict[str, Any], named: _Named, paths: Collection[str]) -> bool:
    places = [row.get("path"), row.get("unit"), *(origin["path"] for origin in row.get("origins") or ())]
    if any(place in paths for place in places if place is not None):
        return True
    texts = [row.get(name) for name in (*_TEXTS, "unit", "detail")]
    texts += [turn["content"] for turn in row.get("history") or ()]
    return any(named(text) for text in texts if text)


def _unkept(removed: pa.Table, kept: set[str], gone: set[str]) -> pa.Table:
    """Removed rows whose better duplicate has gone point at nothing."""
    from corpus.store import with_columns

    ids = removed["kept_id"].to_pylist()
    if not gone.intersection(one for one in ids if one is not None):
        return removed
    return with_columns(removed, {"kept_id": [one if one in kept else None for one in ids]})


def _unpaired(pairs: pa.Table, gone: Sequence[str]) -> pa.Table:
    """Pairs of rows that deduplication compared, without those of rows that have gone."""
    import pyarrow.compute as pc

    ids = pa.array(gone, pa.string())
    return pairs.filter(pc.invert(pc.or_(pc.is_in(pairs["id"], ids), pc.is_in(pairs["other_id"], ids))))


def _reasons(rows: Sequence[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter((row["stage"], row["reason"]) for row in rows)


def _without_nodes(graph: Graph, named: _Named, paths: Collection[str]) -> tuple[Graph, int]:
    """A graph without the nodes of some people, and without the edges at them and those that name them."""
    nodes = graph.nodes.to_pylist()
    gone = {
        node["id"]
        for node in nodes
        if node["path"] in paths or any(named(text) for text in (node["name"], node["path"] or "", *node["aliases"]))
    }
    if not gone:
        return graph, 0
    stay = pa.array([node["id"] not in gone for node in nodes], pa.bool_())
    edges = graph.edges.to_pylist()
    clean = [not {e["source"], e["target"]} & gone and not named(e["text"]) for e in edges]
    return Graph(graph.nodes.filter(stay), graph.edges.filter(pa.array(clean, pa.bool_()))), len(gone)


def _published(path: Path) -> tuple[dict[str, str], ...]:
    """What was published from this folder, by the record that publishing keeps."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return ()
    known = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple({name: str(one.get(name, "")) for name in ("repo", "revision", "fingerprint")} for one in known)


def _emptied(cache: Path) -> int:
    """Delete what units yielded: nothing in it says whose it is. Where the sources lie stays. Gives the bytes."""
    size = 0
    for path in sorted(cache.glob("*")):
        if path.name in {"sources.json", "people.json", "secrets.json", "finders.json"}:
            continue
        size += path.stat().st_size if path.is_file() else 0
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return size
