"""What came, what went, what changed and what moved between two corpora, and why.

    found = corpus.diff("my-corpus-2025", "my-corpus")
    found.counts       # old = kept + went, new = kept + came; kept = same + changed + moved
    found.rows         # an Arrow table: one row for each that is not the same
    found.context      # what else is different: sources, stages, versions, the file of settings

A row is the same row if it has the same id; an id follows from source, path, symbol and task, not from the text. What
then is left is matched by its text (it moved to another place) and by its place (it changed, and has another id as it
stands elsewhere among equals). Why a row went is looked up where the new corpus keeps what it removed and skipped;
why one came, where the old one does. Everything is linear in the rows.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.places import place_of

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["CHANGES", "ROWS", "Difference", "diff"]

CHANGES: Final = ("came", "went", "changed", "moved")

ROWS: Final = pa.schema(
    [
        pa.field("change", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("old_id", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("path", pa.string()),
        pa.field("symbol", pa.string()),
        pa.field("category", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("old_split", pa.string()),
        pa.field("split", pa.string()),
        pa.field("why", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)
"""A row that is not the same. `why` is short and can be counted, `detail` is for a person."""

_TEXTS: Final = ("task", "system", "history", "instruction", "input", "output")
_WHERE: Final = ("source", "path", "symbol", "task")
_READ: Final = ("id", "kind", "category", "commit", "split", *_WHERE)
_SHOWN: Final = 20


@dataclass(frozen=True, eq=False, repr=False)
class Difference:
    """How one corpus is another one than an earlier one.

    Attributes:
        counts: Rows: `old`, `new`, `kept` (`same`, `changed` and `moved`), `came` and `went`.
        rows: Those that are not the same, with `ROWS`: came, went, changed, moved, each in the order of its corpus.
        context: What else is different, by `sources`, `stages`, `versions` and `configuration`; empty where nothing is.
    """

    counts: Mapping[str, int]
    rows: pa.Table
    context: Mapping[str, Any]

    def __bool__(self) -> bool:
        """Whether any row is different."""
        return len(self.rows) > 0

    @property
    def came(self) -> pa.Table:
        """Rows that only the new corpus has."""
        return self._only("came")

    @property
    def went(self) -> pa.Table:
        """Rows that only the old corpus has."""
        return self._only("went")

    @property
    def changed(self) -> pa.Table:
        """Rows of which the text is another one."""
        return self._only("changed")

    @property
    def moved(self) -> pa.Table:
        """Rows with the same text in another place or on another side of the split."""
        return self._only("moved")

    @cached_property
    def reasons(self) -> dict[str, dict[str, int]]:
        """For each change how many rows there are for each `why`, the most frequent first."""
        found = Counter(zip(self.rows["change"].to_pylist(), self.rows["why"].to_pylist(), strict=True))
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][1]))
        return {change: {why: n for (one, why), n in ordered if one == change} for change in CHANGES}

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "counts": dict(self.counts),
            "reasons": self.reasons,
            "context": json.loads(json.dumps(self.context, default=str)),
            "rows": self.rows.to_pylist(),
        }

    def __repr__(self) -> str:
        return f"<Difference of {self.counts['old']} and {self.counts['new']} rows: {self._headline()}>"

    def __str__(self) -> str:
        """A screenful: counts, reasons, what else is different, and the first rows of each change."""
        lines = [f"{self.counts['old']} rows, then {self.counts['new']}: {self._headline()}"]
        for change, reasons in self.reasons.items():
            lines += [f"\n{change.capitalize()}: {self.counts[change]}"] if reasons else []
            lines += [f"  {n:>6}  {why}" for why, n in reasons.items()]
            shown = self._only(change).slice(0, _SHOWN).to_pylist()
            lines += [f"    {_place(row)}{_detail(row)}" for row in shown]
            more = self.counts[change] - len(shown)
            lines += [f"    and {more} more"] if more > 0 else []
        for name, facts in self.context.items():
            lines += [f"\n{name.capitalize()}"] if facts else []
            lines += [f"  {line}" for line in _told(facts)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.to_html(whole=False)

    def to_html(self, *, whole: bool = True) -> str:
        """Counts, reasons and rows as HTML; colours are those of what it stands in, dark or light.

        Args:
            whole: A page of its own with all rows; otherwise what a notebook shows, with some.
        """
        parts = [f"<p><b>Difference</b> of {self.counts['old']} and {self.counts['new']} rows: {self._headline()}</p>"]
        parts += [f"<p><b>{escape(name)}</b><br>{'<br>'.join(map(escape, _told(facts)))}</p>"
                  for name, facts in self.context.items() if facts]  # fmt: skip
        for change, reasons in self.reasons.items():
            if not reasons:
                continue
            rows = self._only(change).slice(0, None if whole else _SHOWN).to_pylist()
            cells = "".join(
                f"<tr><td>{escape(_place(row))}</td><td>{escape(row['why'])}</td><td>{escape(row['detail'])}</td></tr>"
                for row in rows
            )
            table = f"<table style='text-align:left'><tr><th>where</th><th>why</th><th>detail</th></tr>{cells}</table>"
            opened = " open" if self.counts[change] <= _SHOWN else ""
            parts.append(f"<details{opened}><summary>{change}: {self.counts[change]}</summary>{table}</details>")
        body = f'<div style="font-family:sans-serif">{"".join(parts)}</div>'
        if not whole:
            return body
        head = (
            "<meta charset=utf-8><title>Difference of two corpora</title><style>:root{color-scheme:light dark}</style>"
        )
        return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>\n"

    def _headline(self) -> str:
        return ", ".join(f"{self.counts[name]} {name}" for name in ("same", *CHANGES))

    def _only(self, change: str) -> pa.Table:
        return self.rows.filter(pc.equal(self.rows["change"], change))


def diff(old: Corpus | str | PathLike[str], new: Corpus | str | PathLike[str]) -> Difference:
    """What came, went, changed and moved from one corpus to another one.

    Args:
        old: A corpus, or the folder of one.
        new: Another one.

    Raises:
        IntegrityError: There is no complete corpus in a folder.
    """
    before, after = _Side.of(old), _Side.of(new)
    pairs = _matched(before, after)
    matched = {one for one, _ in pairs}, {other for _, other in pairs}
    reasons = _Reasons(before, after)
    rows = [_row("came", None, after.rows[n], reasons.came(n)) for n in range(len(after.rows)) if n not in matched[1]]
    rows += [
        _row("went", before.rows[n], None, reasons.went(n)) for n in range(len(before.rows)) if n not in matched[0]
    ]
    counted: Counter[str] = Counter(row["change"] for row in rows)
    kept = []
    for one, other in sorted(pairs, key=lambda pair: pair[1]):
        change, why = _kept(before, after, one, other)
        counted[change] += 1
        if change != "same":
            kept.append(_row(change, before.rows[one], after.rows[other], why))
    kept.sort(key=lambda row: CHANGES.index(row["change"]))
    counts = {
        "old": len(before.rows),
        "new": len(after.rows),
        "kept": len(pairs),
        **{name: counted[name] for name in ("same", "changed", "moved", "came", "went")},
    }
    return Difference(counts, pa.Table.from_pylist(rows + kept, schema=ROWS), _context(before, after))


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two corpora, with what is looked up in it."""

    corpus: Corpus
    versions: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    texts: Sequence[bytes]

    @classmethod
    def of(cls, given: Corpus | str | PathLike[str]) -> _Side:
        from corpus.corpus import Corpus, load
        from corpus.write.folder import read_manifest

        if isinstance(given, Corpus):
            return cls(given, {}, given.table.select(_READ).to_pylist(), text_keys(given.table))
        corpus = load(given)
        versions = read_manifest(place_of(given))["versions"]
        return cls(corpus, versions, corpus.table.select(_READ).to_pylist(), text_keys(corpus.table))


def text_keys(table: pa.Table) -> list[bytes]:
    """A hash of what each row asks and answers: equal for equal texts, whatever place they stand in."""
    found: list[bytes] = []
    for batch in table.select(_TEXTS).to_batches(max_chunksize=1024):
        for row in batch.to_pylist():
            said = json.dumps([row[name] for name in _TEXTS], ensure_ascii=True)
            found.append(hashlib.blake2b(said.encode(), digest_size=16).digest())
    return found


def _matched(before: _Side, after: _Side) -> list[tuple[int, int]]:
    """Pairs of rows that are one row: by id, then by text, then by place; each row in one pair at most."""
    pairs: list[tuple[int, int]] = []
    left, right = list(range(len(before.rows))), list(range(len(after.rows)))
    for key in (_by_id, _by_text, _by_place):
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for n in reversed(left):
            name = key(before, n)
            if name is not None:
                waiting[name].append(n)
        found = [(waiting[name].pop(), n) for n in right if (name := key(after, n)) is not None and waiting.get(name)]
        pairs += found
        ours, theirs = {one for one, _ in found}, {other for _, other in found}
        left, right = [n for n in left if n not in ours], [n for n in right if n not in theirs]
    return pairs


def _by_id(side: _Side, n: int) -> Hashable:
    return str(side.rows[n]["id"])


def _by_text(side: _Side, n: int) -> Hashable:
    return side.texts[n]


def _by_place(side: _Side, n: int) -> Hashable:
    """Where a row stands; None for rows of which nobody knows it."""
    row = side.rows[n]
    return None if row["path"] is None else tuple(row[name] for name in _WHERE)


def _kept(before: _Side, after: _Side, one: int, other: int) -> tuple[str, tuple[str, str]]:
    """Whether a row that both have is the same, changed or moved, and why."""
    was, now = before.rows[one], after.rows[other]
    if before.texts[one] != after.texts[other]:
        if was["commit"] != now["commit"]:
            why = "its source changed", f"commit {_short(was['commit'])}, then {_short(now['commit'])}"
        else:
            why = "it is made otherwise", "the source is as it was; see what else is different"
        return "changed", (why[0], f"{_lines(before, after, one, other)}; {why[1]}")
    places = [f"{row['source']} {row['path'] or ''} {row['symbol'] or ''}".strip() for row in (was, now)]
    if places[0] != places[1]:
        return "moved", ("another place", f"{places[0]}, then {places[1]}")
    if was["split"] != now["split"]:
        return "moved", (f"{was['split']}, then {now['split']}", "another side of the split")
    return "same", ("", "")


def _lines(before: _Side, after: _Side, one: int, other: int) -> str:
    """How many lines of which column came and went."""
    rows = [side.corpus.table.select(_TEXTS).slice(n, 1).to_pylist()[0] for side, n in ((before, one), (after, other))]
    said = []
    for name in _TEXTS:
        was, now = (row[name] if isinstance(row[name], str) else json.dumps(row[name]) for row in rows)
        if was != now:
            marks = [mark[0] for mark in difflib.unified_diff(was.splitlines(), now.splitlines(), lineterm="", n=0)]
            said.append(f"{name} +{max(0, marks.count('+') - 1)} -{max(0, marks.count('-') - 1)}")
    return ", ".join(said)


class _Reasons:
    """Why rows went and came: what the other corpus says of them."""

    def __init__(self, before: _Side, after: _Side) -> None:
        self._before, self._after = before, after
        self._gone, self._been = _Left(after.corpus), _Left(before.corpus)
        self._known = {id(side): _known(side.corpus) for side in (before, after)}

    def went(self, n: int) -> tuple[str, str]:
        """Why the new corpus has not got a row of the old one."""
        row = self._before.rows[n]
        return self._gone.said(row, self._before.texts[n]) or self._absent(row, self._after, "is not there any more")

    def came(self, n: int) -> tuple[str, str]:
        """Why the old corpus had not got a row of the new one."""
        row = self._after.rows[n]
        left = self._been.said(row, self._after.texts[n])
        if left is not None:
            return f"it is no more {left[0]}", left[1]
        return self._absent(row, self._before, "is new")

    def _absent(self, row: Mapping[str, Any], other: _Side, said: str) -> tuple[str, str]:
        """The largest thing that the other corpus does not know: the source, the file, or the row in it."""
        sources, paths = self._known[id(other)]
        if row["source"] not in sources:
            return f"the source {said}", row["source"]
        if (row["source"], row["path"]) not in paths:
            return f"the file {said}", row["path"] or ""
        return f"it {said} in its file", row["path"] or ""


class _Left:
    """What a corpus left out, and why, by id, by text and by unit."""

    def __init__(self, corpus: Corpus) -> None:
        removed = corpus.removed
        told = removed.select(["id", "stage", "reason", "detail", "kept_id"]).to_pylist()
        said = [
            (f"removed by {one['stage']}: {one['reason']}",
             " ".join([one["detail"], *([f"for {one['kept_id']}"] if one["kept_id"] else [])]))
            for one in told
        ]  # fmt: skip
        self._by_id = dict(zip((one["id"] for one in told), said, strict=True))
        self._by_text = dict(zip(text_keys(removed), said, strict=True))
        self._units = {
            (one["source"], one["unit"]): (f"skipped: {one['reason']}", one["detail"])
            for one in corpus.skipped.to_pylist()
        }

    def said(self, row: Mapping[str, Any], text: bytes) -> tuple[str, str] | None:
        """Why a row of the other corpus is not in this one, if it says so."""
        found = self._by_id.get(row["id"]) or self._by_text.get(text)
        return found or self._units.get((row["source"], row["path"]))


def _known(corpus: Corpus) -> tuple[set[str], set[tuple[str, str | None]]]:
    """The sources and files from which anything came, whether it was kept or not."""
    paths: set[tuple[str, str | None]] = set()
    for table in (corpus.table, corpus.removed):
        paths.update(zip(table["source"].to_pylist(), table["path"].to_pylist(), strict=True))
    return {str(facts.get("name")) for facts in corpus.source_facts} | {source for source, _ in paths}, paths


def _row(
    change: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, why: tuple[str, str]
) -> dict[str, Any]:
    row = now or was or {}
    return {
        "change": change,
        "id": row["id"],
        "old_id": None if was is None else was["id"],
        **{name: row[name] for name in ("source", "path", "symbol", "category", "task")},
        "old_split": None if was is None else was["split"],
        "split": None if now is None else now["split"],
        "why": why[0],
        "detail": why[1],
    }


def _context(before: _Side, after: _Side) -> dict[str, Any]:
    """What is different beside the rows: sources, stages with their settings, versions, the file of settings."""
    old, new = before.corpus, after.corpus
    return {
        "sources": _differing(_facts(old.source_facts), _facts(new.source_facts)),
        "stages": _differing(_stages(old.lineage), _stages(new.lineage)),
        "versions": _differing(before.versions, after.versions) if before.versions and after.versions else {},
        "configuration": _differing(_flat(old.configuration), _flat(new.configuration)),
    }


def _facts(facts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What is said of each source, by kind and name."""
    return {
        f"{one.get('kind')} {one.get('name')}": {k: v for k, v in _flat(one).items() if k not in ("kind", "name")}
        for one in facts
    }


def _stages(lineage: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(record["stage"]): {"version": record.get("version"), **_flat(record.get("config", {}))}
        for record in lineage
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, with dots between the names."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """For each name of which the value differs, the two values; of tables what differs in them."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            found[name] = _differing(was, now)
        else:
            found[name] = {"old": was, "new": now}
    return found


def _told(facts: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Lines that say what differs."""
    lines = []
    for name, value in facts.items():
        if set(value) != {"old", "new"}:
            lines += _told(value, f"{prefix}{name} ")
        elif any(isinstance(one, Mapping) for one in value.values()):
            lines.append(f"{prefix}{name}: {'only in the new one' if value['old'] is None else 'only in the old one'}")
        else:
            lines.append(f"{prefix}{name}: {_brief(value['old'])}, then {_brief(value['new'])}")
    return lines


def _brief(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= 60 else f"{said[:57]}…"


def _place(row: Mapping[str, Any]) -> str:
    parts = (row["source"], row["path"], row["symbol"], f"({row['category']}, {row['task']})")
    return " ".join(part for part in parts if part)


def _detail(row: Mapping[str, Any]) -> str:
    return f": {row['detail']}" if row["detail"] and row["change"] != "came" else ""


def _short(commit: str | None) -> str:
    return commit[:12] if commit else "unknown"
