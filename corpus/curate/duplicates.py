"""Deduplication: the best row of each set of duplicates stays, and every removal names the row it lost to.

Rows of one task are compared over the shingles of their texts (`shingles`); where the question is the row's own (all
but rows about a repository's code), questions and answers must be alike each for itself too, and of those the answers
at least by half: one class with two documentations is two rows. Exact duplicates go first, then what
`candidates` proposes and `evidence` confirms. What remains alike below the threshold of removal must still not be
separated by a split: rows of different files that share a large part of their shingles are joined into one `group`.

A rule that takes most of a source is more often wrong than the source is: in other people's corpora, fuzzy
deduplication was found to have taken a median of 76 % of each source, and 64 % of the disagreements that were read
were false. So a stage that would remove more than its share of a source as near-duplicates stops and shows why.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus import sketch
from corpus.curate.candidates import BANDS, SLOTS, digests_of, each_batch, sign
from corpus.curate.components import LARGEST
from corpus.curate.evidence import MARGIN, Decision, Evidence, decide, gather, twins_of
from corpus.curate.groups import joined_groups
from corpus.curate.shingles import COLUMNS, compared, shingles_of
from corpus.curate.stage import Stage, removed_rows
from corpus.entry import PAIRS_SCHEMA, REMOVED_SCHEMA, SCHEMA
from corpus.errors import BuildError, ConfigError
from corpus.sketch import Ints, U64s
from corpus.store import concat, filtered

__all__ = ["METHODS", "VERSION", "Deduplicated", "deduplicate", "digests", "evidence_of", "rethreshold", "staged"]

VERSION: Final = f"deduplicate-6 {sketch.VERSION} datasketch-affine32"

METHODS: Final = ("minhash", "exact")
_MEASURES: Final = ("similarity", "containment", "estimate")
_FEWEST: Final = 100  # rows: a share of a smaller source says little


@dataclass(frozen=True, slots=True)
class Deduplicated(Stage):
    """The outcome of deduplication, with all that another threshold needs.

    Attributes:
        before: The rows before it.
        others: Rows of another corpus that they were compared with.
        evidence: What pairs of them are like.
    """

    before: pa.Table = field(default_factory=SCHEMA.empty_table)
    others: pa.Table = field(default_factory=SCHEMA.empty_table)
    evidence: Evidence | None = None


def deduplicate(
    table: pa.Table,
    *,
    threshold: float = 0.8,
    method: str = "minhash",
    shingle: int = 5,
    together: float = 0.3,
    largest: float = LARGEST,
    max_removed: float = 0.5,
    against: pa.Table | None = None,
) -> Deduplicated:
    """Remove duplicates, keeping the best of each, and join what is alike into groups.

    Args:
        table: Rows with `SCHEMA`. Of duplicates the one of the highest `quality` stays; of equals the more complete,
            then the longer, then the older, then the first by provenance.
        threshold: Jaccard similarity, 0-1, from which a row is a duplicate.
        method: `minhash` finds near-duplicates; `exact` only rows that are the same but for white space and comments.
        shingle: Words in a shingle; of code twice as many tokens.
        together: Containment, 0-1, from which rows that both stay are put into one group.
        largest: Share of the rows, 0-1, that a group of several files may have before it is cut.
        max_removed: Share of a source, 0-1, that may go as near-duplicates; 1 lifts the limit.
        against: Rows of another corpus: what repeats one of them goes too.

    Raises:
        ConfigError: A threshold is not in 0-1, a shingle has no words, or there is no such method.
        BuildError: More of a source than `max_removed` would go.
    """
    shares = {"threshold": threshold, "together": together, "largest": largest, "max_removed": max_removed}
    for name, value in shares.items():
        _check_share(name, value)
    if not isinstance(shingle, int) or isinstance(shingle, bool) or shingle < 1:
        raise ConfigError("a shingle needs words", where="shingle", expected="1 or more", got=repr(shingle))
    if method not in METHODS:
        raise ConfigError("there is no such method", where="method", expected=" | ".join(METHODS), got=repr(method))
    others = SCHEMA.empty_table() if against is None else against
    config = {
        **shares, "method": method, "shingle": shingle, "against": len(others) if against is not None else None,
        "bands": [BANDS, SLOTS // BANDS], "slots": SLOTS,
    }  # fmt: skip
    both = concat([others, table], SCHEMA)
    signed = sign(both, shingle)
    if method == "exact":
        signed.sizes[:] = 0  # without shingles there are no candidates
    evidence = gather(both, signed, _best_first(both, len(others)), len(others), shingle, threshold)
    return staged(table, others, evidence, config)


def rethreshold(done: Deduplicated, threshold: float) -> Deduplicated:
    """The same rows deduplicated at another threshold, from the pairs that are known.

    Raises:
        ConfigError: The threshold lies below the pairs that were looked for, or not all of them were looked at.
        BuildError: More of a source than `max_removed` would go.
    """
    _check_share("threshold", threshold)
    hint = f"deduplicate again: deduplicate(threshold={threshold})"
    if done.evidence is None or not done.evidence.complete:
        raise ConfigError("the corpus has families of texts so alike that not all pairs were looked at", hint=hint)
    if threshold < done.evidence.floor:
        raise ConfigError(
            "pairs of so little similarity were not written down",
            where="threshold",
            expected=f"{done.evidence.floor:g} or more: {MARGIN:g} below the threshold that was used",
            got=threshold,
            hint=hint,
        )
    return staged(done.before, done.others, done.evidence, {**done.config, "threshold": threshold})


def _check_share(name: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
        raise ConfigError("a similarity is out of range", where=name, expected="above 0, at most 1", got=repr(value))


def staged(table: pa.Table, others: pa.Table, evidence: Evidence, config: Mapping[str, Any]) -> Deduplicated:
    """The stage that evidence decides.

    Args:
        table: The rows before it.
        others: Rows of another corpus that they were compared with.
        evidence: Of the others' rows, then the rows.
        config: What `deduplicate` was told.

    Raises:
        BuildError: More of a source than `max_removed` would go.
    """
    decision = decide(evidence, config["threshold"])
    both = concat([others, table], SCHEMA)
    lost = np.flatnonzero(decision.kept != np.arange(len(both)))
    exact = evidence.twins[lost] == decision.kept[lost]
    _check_sources(both, len(others), lost, exact, decision, config["max_removed"])
    keep = np.ones(len(both), np.bool_)
    keep[lost] = False
    kept = filtered(table, pa.array(keep[len(others) :]))
    grouping = joined_groups(kept, config["together"], apart=config["threshold"], largest=config["largest"])
    kept = kept.set_column(SCHEMA.get_field_index("group"), SCHEMA.field("group"), grouping.names)
    facts: dict[str, Any] = {**grouping.facts, "pairs_compared": len(evidence.left)}
    if evidence.complete:
        facts["pairs_from"] = evidence.floor
    if evidence.cut:
        facts["rows_with_too_many_candidates"] = evidence.cut
    return Deduplicated(
        "deduplicate", VERSION, config, len(table), kept,
        _removed(both, filtered(both, pa.array(~keep)), lost, exact, decision), facts,
        _pairs(both, evidence, decision, lost[exact]), table, others, evidence,
    )  # fmt: skip


def evidence_of(table: pa.Table, pairs: pa.Table, floor: float) -> Evidence:
    """What is known of rows whose pairs were written down, all of them from `floor` on.

    Args:
        table: The rows before deduplication.
        pairs: With `PAIRS_SCHEMA`; of rows that are not there they say nothing.
        floor: Least similarity of a pair.
    """
    order = _best_first(table, 0)
    twins = twins_of(digests_of(table), order)
    places = [pc.index_in(pairs[name], table["id"].combine_chunks()) for name in ("id", "other_id")]
    left, right = (np.asarray(pc.fill_null(place, -1).to_numpy(), np.int64) for place in places)
    known = (left >= 0) & (right >= 0)
    known[known] = twins[left[known]] == left[known]  # the others are exact duplicates
    chosen = np.flatnonzero(known)[np.lexsort((right[known], left[known]))]
    similarity, containment, estimate = (pairs[name].to_numpy()[chosen] for name in _MEASURES)
    return Evidence(
        order, 0, twins, left[chosen], right[chosen], similarity, containment, estimate, floor, complete=True, cut=0
    )


def _best_first(table: pa.Table, fixed: int) -> Ints:
    """Row numbers from the best to the worst; the first `fixed` rows before all others.

    Quality, completeness, length of the answer, age, provenance. By provenance, and not by id, the rows of all tasks
    of a definition lose to those of the same other one.
    """
    signals = table["signals"].combine_chunks()
    completeness = pc.struct_field(signals, "completeness") if len(table) else pa.array([], pa.float64())
    keys: dict[str, Any] = {
        "fixed": pa.array(np.arange(len(table)) >= fixed),
        "quality": pc.negate(pc.fill_null(table["quality"], 0.0)),
        "completeness": pc.negate(pc.fill_null(completeness, 0.0)),
        "length": pc.negate(table["tokens_output"]),
        "created_at": table["created_at"],
        "kind": table["kind"].cast(pa.string()),
        "source": table["source"].cast(pa.string()),
        "path": pc.fill_null(table["path"].cast(pa.string()), ""),
        "line": pc.fill_null(table["line_start"], 0),
        "id": table["id"],
    }
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys])  # nulls last
    return np.asarray(order.to_numpy(), np.int64)


def digests(table: pa.Table) -> list[bytes]:
    """A hash of each row's task and the tokens of its texts: equal hashes are exact duplicates.

    White space and comments of code are left aside; capitals and punctuation are not.
    """
    tasks = [hashlib.blake2b(task.encode(), digest_size=8).digest() for task in table["task"].to_pylist()]
    parts = each_batch(table.select(COLUMNS), _digested)
    numbers = np.concatenate([*parts, np.empty(0, np.uint64)])
    return [task + int(number).to_bytes(8, "little") for task, number in zip(tasks, numbers, strict=True)]


def _digested(batch: pa.Table) -> U64s:
    return shingles_of(compared(batch), 1).digests


def _check_sources(
    both: pa.Table, fixed: int, lost: Ints, exact: npt.NDArray[np.bool_], decision: Decision, most: float
) -> None:
    """Stop where near-duplicates are most of a source."""
    near = lost[~exact]
    sources = both["source"].cast(pa.string())
    rows = Counter(sources.slice(fixed).to_pylist())
    gone = Counter(sources.take(pa.array(near)).to_pylist())
    for source, count in gone.most_common():
        if rows[source] < _FEWEST or count <= most * rows[source]:
            continue
        own = near[np.asarray(pc.equal(sources.take(pa.array(near)), source))]
        raise BuildError(
            f"near-duplicates are {count / rows[source]:.0%} of a source",
            where=source,
            expected=f"at most {most:.0%} of its {rows[source]} rows",
            got=f"{count} rows. {_examples(both, sources, own, decision)}",
            hint="read them; if they are rightly removed: deduplicate(max_removed=1), or corpus build --max-removed 1; "
            "if not: a higher threshold",
        )


def _examples(both: pa.Table, sources: pa.ChunkedArray, rows: Ints, decision: Decision) -> str:
    """Whom they lost to, and the three least alike."""
    winners = Counter(sources.take(pa.array(decision.kept[rows])).to_pylist()).most_common(3)
    least = rows[np.argsort(decision.similarity[rows], kind="stable")[:3]]
    names = zip(_places(both, least), _places(both, decision.kept[least]), decision.similarity[least], strict=True)
    return (
        f"They lost to rows of {', '.join(f'{name} ({count})' for name, count in winners)}; "
        f"the least alike: {'; '.join(f'{one} ~ {other} ({share:.2f})' for one, other, share in names)}"
    )


def _places(table: pa.Table, rows: Ints) -> list[str]:
    """Path and symbol of rows, or their ids."""
    some = table.select(["path", "symbol", "id"]).take(pa.array(rows)).to_pylist()
    return [" ".join(filter(None, (row["path"], row["symbol"]))) or f"row {row['id']}" for row in some]


def _removed(both: pa.Table, gone: pa.Table, lost: Ints, exact: npt.NDArray[np.bool_], decision: Decision) -> pa.Table:
    if not len(lost):
        return REMOVED_SCHEMA.empty_table()
    kept, similarity = decision.kept[lost], decision.similarity[lost]
    details = [
        f"the same text as {place}" if same else f"a Jaccard similarity of {share:.3f} to {place}"
        for place, same, share in zip(_places(both, kept), exact.tolist(), similarity.tolist(), strict=True)
    ]
    reasons = np.where(exact, "exact-duplicate", "near-duplicate").tolist()
    ids = both["id"].take(pa.array(kept)).to_pylist()
    return removed_rows(gone, "deduplicate", reasons, details, ids, np.round(similarity, 6).tolist())


def _pairs(both: pa.Table, evidence: Evidence, decision: Decision, copies: Ints) -> pa.Table:
    """All pairs that were measured, and the exact duplicates."""
    left, right = np.r_[copies, evidence.left], np.r_[decision.kept[copies], evidence.right]
    ones = np.ones(len(copies))
    accepted = decision.kept[left] == right
    columns: Sequence[Any] = (
        both["id"].take(pa.array(left)),
        both["id"].take(pa.array(right)),
        *(pa.array(np.r_[ones, values]) for values in (evidence.similarity, evidence.containment, evidence.estimate)),
        pa.array(accepted),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(left), np.int32)), pa.array([VERSION])),
    )
    return pa.Table.from_arrays(list(columns), schema=PAIRS_SCHEMA)
