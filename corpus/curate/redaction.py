"""Redaction: secrets and personal data leave the rows, and everything that is recorded about them.

A row that holds a private key or a token that may be in use goes, with its values masked, to `removed`; so do the
other rows of a unit most of whose rows hold such. Everything else that is found is replaced: by a placeholder that
says what stood there (`<EMAIL>`), by the pseudonym of a person whom the sources know, and in paths and symbols, which
have to stay different, by a keyed hash. What was redacted is looked at again until nothing is found in it.

Code stays code: where a placeholder would end a parse that succeeded before, a name, and then zeros stand instead.
An id that was made from a place which had to change is made anew from the new one: it follows from what is there, and
no guess of what was there can be tested against it.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corpus.curate.stage import Stage, removed_rows
from corpus.entry import CODE_COLUMNS, SCHEMA, entry_group, entry_id, estimate_asked, estimate_tokens
from corpus.errors import ConfigError, IntegrityError
from corpus.graph import Graph
from corpus.guess import did_you_mean
from corpus.people import Person
from corpus.privacy import VERSION as DETECTOR
from corpus.privacy import Detector, Finder, Finding, kinds
from corpus.privacy.environment import EnvironmentSecrets, environment_secrets
from corpus.privacy.identities import PERSON, Identities
from corpus.privacy.known import KnownSecrets, Secret, digest, lasting, together
from corpus.privacy.presidio import KINDS as MODEL_KINDS
from corpus.pseudonyms import fingerprint_of_key, pseudonym
from corpus.store import Spool, batches, filtered, with_columns

__all__ = [
    "VERSION",
    "Redactor",
    "Settings",
    "finder_name",
    "finders_of",
    "redact",
    "redact_beside",
    "redactor_of",
    "salt_of",
    "secrets_in",
    "settings_of",
]

VERSION: Final = f"redact-3 detector-{DETECTOR}"

_TEXTS: Final = ("instruction", "input", "output")
_NAMES: Final = ("source", "path", "symbol", "author")
_READ: Final = ("id", "kind", "task", "language", "group", "system", "history", "origins", *_TEXTS, *_NAMES)
_AGAIN: Final = 4  # a text is looked at again this often, until nothing is found in what is left of it
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,6}\Z")
# `<PASSWORD-4kq7v2d3>`, of which a rule may see but what stands inside.
_KINDS: Final = sorted({*kinds(), *MODEL_KINDS.values()})
_STAND_IN: Final = re.compile(rf"<?(?:{'|'.join(kind.upper().replace('-', '_') for kind in _KINDS)})-[a-z2-7]{{8}}>?")
_UNSETTLED: Final = "<REMOVED>"
_MEMO: Final = 1 << 12
_MOST_CLEAN: Final = 1 << 21  # of 12 bytes: what was looked at once is not looked at again before it is written
_MOST_OF: Final = 0.5  # of a unit's rows with secrets: then none of them is kept
_FEWEST: Final = 3  # of these


Found = list[tuple[Finding, str | None]]
"""Findings in order, each with the pseudonym that stands for it where it is a person."""


class Hit(NamedTuple):
    """What was found where, without its value."""

    column: str
    kind: str
    rule: str
    action: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How to redact.

    Attributes:
        keep: Kinds that are neither looked for nor replaced.
        public: Values that were declared public; an address may be `@example.org`, for all of a domain.
        pseudonyms: Whether a placeholder tells values of a kind apart: `<EMAIL-4kq7v2d3>`.
        salt: What makes the pseudonyms those of one corpus, 32 hexadecimal digits.
        finders: Names of further finders that rows were shown to, such as that of a model.

    Raises:
        ConfigError: There is no such kind, or a value that is no text.
    """

    keep: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    pseudonyms: bool = False
    salt: str = ""
    finders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = {*kinds(), PERSON}
        unknown = sorted(set(self.keep) - known)
        if unknown:
            raise ConfigError(
                "there is no such kind of finding",
                where="keep",
                expected=" | ".join(sorted(known)),
                got=unknown[0],
                hint=did_you_mean(unknown[0], known),
            )
        for value in self.public:
            if not isinstance(value, str) or len(value.strip()) < 2:
                raise ConfigError("a public value is no text", where="public", expected="an address, a name")

    @property
    def config(self) -> dict[str, Any]:
        """As JSON values, for the lineage. What is declared public may be read there."""
        return {
            "keep": sorted(self.keep),
            "public": sorted(self.public),
            "pseudonyms": self.pseudonyms,
            "corpus": self.salt,
            **({"finders": list(self.finders)} if self.finders else {}),
        }


def redactor_of(
    settings: Settings,
    people: Sequence[Person],
    key: bytes,
    finders: Sequence[Finder] = (),
    secrets: Sequence[Secret] = (),
) -> Redactor:
    """A redactor, the same one for the same arguments: it remembers in which texts there is nothing."""
    environment = tuple(environment_secrets().items())
    return _redactor_of(settings, tuple(people), key, tuple(finders), tuple(secrets), environment)


@lru_cache(maxsize=4)
def _redactor_of(
    settings: Settings,
    people: tuple[Person, ...],
    key: bytes,
    finders: tuple[Finder, ...],
    secrets: tuple[Secret, ...],
    environment: tuple[tuple[str, str], ...],
) -> Redactor:
    return Redactor(settings, people, key, finders, secrets, _clean_of(settings, people, key, environment))


@lru_cache(maxsize=2)
def _clean_of(
    settings: Settings, people: tuple[Person, ...], key: bytes, environment: tuple[tuple[str, str], ...]
) -> set[bytes]:
    """What redactors share that differ in known secrets: these are looked for in any case."""
    del settings, people, key, environment  # others of these, other texts in which there is nothing
    return set()


def finder_name(finder: Finder) -> str:
    """What a lineage calls a finder: its `name`, or that of the function."""
    named = getattr(finder, "name", None) or getattr(finder, "__qualname__", type(finder).__qualname__)
    return str(named)


def finders_of(settings: Settings, finders: Iterable[Finder]) -> tuple[Finder, ...]:
    """Of some finders those that settings name.

    Raises:
        IntegrityError: One is not among them.
    """
    known = {finder_name(finder): finder for finder in finders}
    missing = [name for name in settings.finders if name not in known]
    if missing:
        raise IntegrityError(
            "a finder that the rows were shown to is not at hand, so what it did cannot be done again",
            where="redact",
            expected=missing[0],
            got=", ".join(known) or "none",
            hint="corpus.load(path, finders=[…]) takes it; a model lies where it lay, as it was",
        )
    return tuple(known[name] for name in settings.finders)


def salt_of(names: Iterable[tuple[str, str]], key: bytes) -> str:
    """The salt of a corpus from the kinds and names of its sources: another corpus has other pseudonyms."""
    told = repr(sorted(names)).encode(errors="surrogatepass")
    return hashlib.blake2b(told, key=key, digest_size=16, person=b"corpus salt").hexdigest()


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings that a line of a lineage names.

    Raises:
        ConfigError: It is no line that `Settings.config` gave.
    """
    try:
        keep, public = (tuple(str(value) for value in config[name]) for name in ("keep", "public"))
        finders = tuple(str(value) for value in config.get("finders", ()))
        return Settings(keep, public, bool(config["pseudonyms"]), str(config["corpus"]), finders)
    except (KeyError, TypeError):
        raise ConfigError(
            "the lineage does not say how the corpus was redacted", where="redact", expected=sorted(Settings().config)
        ) from None


@dataclass(slots=True)
class Redactor:
    """Redacts texts, names and rows; equal ones alike.

    Args:
        settings: How.
        people: Whom the sources know.
        key: The user's key.
        finders: Further looks at the texts of rows: once at each, as it was, and not at code unless they say so.
        secrets: What the sources are known to hold, wherever it stands.
        clean: Hashes of texts in which nothing was found but perhaps these.
    """

    settings: Settings
    people: Sequence[Person]
    key: bytes
    finders: Sequence[Finder] = ()
    secrets: Sequence[Secret] = ()
    clean: set[bytes] = field(default_factory=set)
    identities: Identities = field(init=False)
    _detector: Detector = field(init=False)
    _corpus_key: bytes = field(init=False)
    _memo: Callable[[str, str | None], tuple[str, tuple[Hit, ...]]] = field(init=False)
    _named: Callable[[str, bool], tuple[str, tuple[Hit, ...]]] = field(init=False)
    _known: KnownSecrets = field(init=False)

    def __post_init__(self) -> None:
        kept = {*self.settings.keep}
        self.identities = Identities(() if PERSON in kept else self.people, self.settings.public)
        wanted = None if not kept - {PERSON} else [kind for kind in kinds() if kind not in kept]
        self._known = KnownSecrets(one for one in self.secrets if one.kind not in kept)
        self._detector = Detector(kinds=wanted, finders=(EnvironmentSecrets(), self._known))
        self._corpus_key = hashlib.blake2b(self.settings.salt.encode(), key=self.key, digest_size=32).digest()
        self._memo = lru_cache(_MEMO)(self._redacted)
        self._named = lru_cache(_MEMO)(self._renamed)

    def findings(self, text: str, language: str | None = None, *, loose: bool = True) -> Found:
        """What has to go from a text, and the pseudonym where it is a person: in order, not overlapping.

        Args:
            text: Any text.
            language: The programming language that it is written in, if it is code.
            loose: Whether handles and parts of names count.
        """
        mark = hashlib.blake2b(f"{language}\0{loose}\0{text}".encode(errors="surrogatepass"), digest_size=12).digest()
        if mark in self.clean and not self._known.stand_in(text):
            return []
        found = self._looked(text, language, loose=loose)
        if not found and len(self.clean) < _MOST_CLEAN:
            self.clean.add(mark)
        return found

    def _looked(self, text: str, language: str | None, *, loose: bool) -> Found:
        ruled = [
            f
            for f in self._detector.find(text, language=language)
            if not self._is_public(text[f.start : f.end]) and not self._is_ours(text[f.start : f.end])
        ]
        people = self.identities.found(text, loose=loose) if len(self.identities) else []
        if not people:
            return [(finding, None) for finding in ruled]
        # A known address has its person's pseudonym; a secret that holds a name is a secret.
        named = [(f, called) for f, called in people if not any(_meet(f, r) and not _within(r, f) for r in ruled)]
        left = [(r, None) for r in ruled if not any(_meet(f, r) for f, _ in named)]
        return sorted([*named, *left], key=lambda pair: pair[0].start)

    def text(self, text: str, language: str | None = None) -> tuple[str, tuple[Hit, ...]]:
        """A text in which nothing is found any more, and what was.

        Args:
            text: Any text.
            language: The programming language that it is written in, if it is code: it parses afterwards if it did.
        """
        return self._memo(text, language)

    def name(self, name: str, *, loose: bool = True) -> tuple[str, tuple[Hit, ...]]:
        """A path, a symbol, the name of a source: different ones stay different."""
        return self._named(name, loose)

    def row(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[Hit]]:
        """One row with everything redacted but its id and group; a pure function, replayed when a row is read again."""
        code = CODE_COLUMNS.get(row["task"], ()) if row["language"] else ()
        done, hits = dict(row), list[Hit]()

        def put(column: str, found: tuple[str, tuple[Hit, ...]]) -> str:
            hits.extend(hit._replace(column=column) for hit in found[1])
            return found[0]

        for column in ("system", *_TEXTS):
            if row[column]:
                done[column] = put(column, self.text(row[column], row["language"] if column in code else None))
        done["history"] = [{**t, "content": put("history", self.text(t["content"]))} for t in row["history"]]
        for column in _NAMES:
            if row.get(column):
                done[column] = put(column, self.name(row[column], loose=column not in ("source", "author")))
        done["origins"] = [
            {
                **origin,
                "source": put("origins", self.name(origin["source"], loose=False)),
                "path": put("origins", self.name(origin["path"])),
            }
            for origin in row["origins"]
        ]
        return done, hits

    def values(self, value: Any, hits: list[Hit], column: str = "facts") -> Any:
        """Texts in plain values (lists, dicts), redacted; keys too."""
        if isinstance(value, str):
            done, found = self.name(value, loose=False)
            hits.extend(hit._replace(column=column) for hit in found)
            return done
        if isinstance(value, Mapping):
            return {self.values(k, hits, column): self.values(v, hits, column) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.values(item, hits, column) for item in value]
        return value

    def keyed_id(self, old: str) -> str:
        """An id in place of one that was made from what a row says: nothing can be tested against it."""
        return str(
            uuid.UUID(bytes=hashlib.blake2b(old.encode(), key=self._corpus_key, digest_size=16).digest(), version=5)
        )

    def _is_public(self, value: str) -> bool:
        value = value.casefold()
        return any(
            value == (given := public.casefold()) or (given.startswith("@") and value.endswith(given))
            for public in self.settings.public
        )

    def _is_ours(self, value: str) -> bool:
        """Whether a pseudonym that stands for a value is all that was found: it looks as drawn as what it replaced."""
        return self.settings.pseudonyms and not any(map(str.isalnum, _STAND_IN.sub("", value)))

    def _beside(self, text: str, language: str | None, found: Found) -> Found:
        """What is found already, and what the further finders find beside it."""
        if not text or not self.finders:
            return found
        asked = [one for one in self.finders if language is None or getattr(one, "code", True)]
        also = [f for one in asked for f in one(text) if f.kind not in self.settings.keep]
        done = list(found)
        for finding in sorted(also, key=lambda f: (f.start - f.end, f.start, f.rule)):  # longest first
            public = self._is_public(text[finding.start : finding.end])
            if finding.start < finding.end and not public and not any(_meet(finding, f) for f, _ in done):
                done.append((finding, None))
        return sorted(done, key=lambda pair: pair[0].start)

    def _redacted(self, text: str, language: str | None) -> tuple[str, tuple[Hit, ...]]:
        hits: list[Hit] = []
        for again in range(_AGAIN):
            found = self.findings(text, language)
            if not again:  # a model finds something else in what it has changed, and never comes to an end
                found = self._beside(text, language, found)
            if not found:
                break
            hits += [Hit("", f.kind, f.rule, f.action) for f, _ in found]
            text = self._code(text, found, language) if language else self._prose(text, found)
        else:
            hits.append(Hit("", "unsettled", "again", "remove"))
            text = _UNSETTLED  # what is left of it may be recorded, and something is still in it
        return text, tuple(hits)

    def _prose(self, text: str, found: Sequence[tuple[Finding, str | None]]) -> str:
        return _replaced(text, [(f, called or self._placeholder(text[f.start : f.end], f)) for f, called in found])

    def _placeholder(self, value: str, finding: Finding) -> str:
        kind = finding.kind.upper().replace("-", "_")
        if not self.settings.pseudonyms:
            return f"<{kind}>"
        return f"<{kind}-{self._hashed(value, finding)[:8]}>"

    def _hashed(self, value: str, finding: Finding) -> str:
        return pseudonym(self._corpus_key, finding.kind, value).rpartition("-")[2]

    def _choices(self, value: str, finding: Finding, called: str | None) -> tuple[str, ...]:
        """What may stand for a value in code, the most telling first."""
        first = called or self._placeholder(value, finding)
        word = "".join(sign if sign.isalnum() else "_" for sign in first).strip("_")
        number = "".join("0" if sign.isalnum() else sign for sign in value)
        return first, word, number, "0"

    def _code(self, text: str, found: Sequence[tuple[Finding, str | None]], language: str) -> str:
        from corpus import code

        first = _replaced(text, [(f, self._choices(text[f.start : f.end], f, called)[0]) for f, called in found])
        if language not in code.LANGUAGES or code.parses(first, language):
            return first
        if not code.parses(text, language):  # a part that does not parse by itself
            return _replaced(text, [(f, self._in_part(text, f, called)) for f, called in found])
        # From the last to the first, so that the places of what is left to do stay; each by what still parses.
        done = text
        for finding, called in reversed(found):
            choices = self._choices(text[finding.start : finding.end], finding, called)
            tried = [_replaced(done, [(finding, choice)]) for choice in choices]
            done = next((one for one in tried if code.parses(one, language)), tried[0])
        return done

    def _in_part(self, text: str, finding: Finding, called: str | None) -> str:
        """What stands for a value in code that does not parse by itself: zeros for a bare number."""
        value = text[finding.start : finding.end]
        first, _, number, _ = self._choices(value, finding, called)
        bare = text[finding.start - 1 : finding.start] not in {'"', "'", "`"}
        return number if bare and value.replace(".", "").replace("_", "").isdigit() else first

    def _renamed(self, name: str, loose: bool) -> tuple[str, tuple[Hit, ...]]:
        given, hits = name, list[Hit]()
        for _ in range(_AGAIN):
            # An address before an ending (`x@example.org.py`) would take the ending for its last part.
            stem = name[: ending.start()] if (ending := _ENDING.search(name)) else name
            found = self.findings(stem, loose=loose) or self.findings(name, loose=loose)
            if not found:
                break
            hits += [Hit("", f.kind, f.rule, f.action) for f, _ in found]
            spans = [(f, called or f"{f.kind}-{self._hashed(name[f.start : f.end], f)}") for f, called in found]
            name = _replaced(name, spans)
        else:
            hits.append(Hit("", "unsettled", "again", "remove"))
            name = pseudonym(self._corpus_key, "removed", given)
        return name, tuple(hits)


def redact(table: pa.Table, redactor: Redactor) -> Stage:
    """Redact every row; those with what cannot be repaired are removed.

    Args:
        table: With `SCHEMA`.
        redactor: What redacts.
    """
    done, why = Spool(SCHEMA), _Why()
    seen: Counter[tuple[str, ...]] = Counter()
    for batch in batches(table):
        rows = batch.select(list(_READ)).to_pylist()
        after = [redactor.row(row) for row in rows]
        fresh = []
        for old, (new, hits) in zip(rows, after, strict=True):
            _place_anew(old, new, redactor, seen)
            why.add(old, hits)
            fresh.append(new)
        done.add(_with(batch, rows, fresh))
    whole = done.table()
    reasons = why.reasons()
    kept = filtered(whole, pa.array([reason is None for reason in reasons], pa.bool_()))
    gone = [i for i, reason in enumerate(reasons) if reason is not None]
    removed = removed_rows(
        whole.take(pa.array(gone, pa.int64())),
        "redact",
        [str(reasons[i]) for i in gone],
        [why.details[i] or "a row of a unit most of whose rows hold secrets" for i in gone],
    )
    facts = {
        "rows_changed": why.changed,
        "redacted": _counts(why.hits),
        "people": len(redactor.identities),
        "people_digest": redactor.identities.digest(redactor.key),
        "known": len(redactor.secrets),
        "known_digest": digest(redactor.secrets, redactor.key),
        "pseudonym_fingerprint": fingerprint_of_key(redactor.key),
    }
    return Stage("redact", VERSION, redactor.settings.config, len(table), kept, removed, facts)


def secrets_in(table: pa.Table, redactor: Redactor) -> set[Secret]:
    """What the texts of rows show to be a secret wherever it stands.

    Args:
        table: With `SCHEMA`.
        redactor: What looks; it remembers in which texts there is nothing.
    """
    found: set[Secret] = set()
    for path, text, language in _texts(table):
        found |= lasting(text, [finding for finding, _ in redactor.findings(text, language)], path)
    known = {one.value for one in redactor.secrets}
    if fresh := [one for one in together(found) if one.value not in known]:
        here = KnownSecrets(fresh)  # of what was known before, the looks above told all places
        for path, text, _ in _texts(table):
            found |= here.at(text, path) if path is not None else set()
    return found


def _texts(table: pa.Table) -> Iterator[tuple[str | None, str, str | None]]:
    """The texts of rows, each with its path and with the language that it is written in if it is code."""
    for batch in batches(table):
        for row in batch.select(list(_READ)).to_pylist():
            yield from ((row["path"], text, language) for text, language in _texts_of(row))


def _texts_of(row: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The texts of a row, each with the language that it is written in if it is code."""
    code = CODE_COLUMNS.get(row["task"], ()) if row["language"] else ()
    yield from ((row[name], row["language"] if name in code else None) for name in ("system", *_TEXTS) if row[name])
    yield from ((turn["content"], None) for turn in row["history"])


def redact_beside(
    redactor: Redactor, removed: pa.Table, skipped: pa.Table, graph: Graph, facts: Sequence[Mapping[str, Any]]
) -> tuple[pa.Table, pa.Table, Graph, tuple[dict[str, Any], ...], dict[str, dict[str, int]]]:
    """What stands beside the rows, redacted: removed rows, skipped units, graph, facts of sources; and the counts."""
    hits: list[Hit] = []
    spool = Spool(removed.schema)
    for batch in batches(removed):
        rows = batch.select([*_READ, "detail"]).to_pylist()
        fresh = []
        for row in rows:
            new, found = redactor.row(row)
            new["detail"], also = redactor.text(row["detail"])
            if new != row and (row["path"] is None or new["path"] != row["path"]):
                new["id"] = redactor.keyed_id(row["id"])  # ordinals of removed rows cannot be counted again
                new["group"] = _group(row, new, redactor)
            hits += [*found, *(hit._replace(column="detail") for hit in also)]
            fresh.append(new)
        spool.add(with_columns(_with(batch, rows, fresh), {"detail": [new["detail"] for new in fresh]}))
    skipped = _strings(skipped, redactor, hits)
    graph = Graph(_strings(graph.nodes, redactor, hits), _strings(graph.edges, redactor, hits)) if len(graph) else graph
    told = tuple(redactor.values(dict(one), hits) for one in facts)
    return spool.table(), skipped, graph, told, _counts(hits)


_SECRET: Final = "secret"  # noqa: S105 - the name of a reason
_UNIT: Final = "secret-unit"


@dataclass(slots=True)
class _Why:
    """Why rows go, and what was found in all of them."""

    details: list[str | None] = field(default_factory=list)
    units: list[tuple[Any, ...]] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    changed: int = 0

    def add(self, old: Mapping[str, Any], hits: list[Hit]) -> None:
        self.changed += bool(hits)
        self.hits += hits
        grave = Counter(f"{hit.kind} ({hit.rule}) in {hit.column}" for hit in hits if hit.action == "remove")
        self.details.append("; ".join(f"{n} {what}" for what, n in sorted(grave.items())) or None)
        self.units.append((old["kind"], old["source"], old["path"]))

    def reasons(self) -> list[str | None]:
        """One a row; None where it stays."""
        held = Counter(unit for unit, detail in zip(self.units, self.details, strict=True) if detail)
        sizes = Counter(self.units)
        full = {unit for unit, n in held.items() if n >= _FEWEST and n > _MOST_OF * sizes[unit] and unit[2] is not None}
        return [
            _UNIT if unit in full else _SECRET if detail else None
            for unit, detail in zip(self.units, self.details, strict=True)
        ]


def _place_anew(
    old: Mapping[str, Any], new: dict[str, Any], redactor: Redactor, seen: Counter[tuple[str, ...]]
) -> None:
    """Give a row whose place had to change the id and the group of its new place."""
    if old["path"] is None or old["kind"] == "table":
        if any(old[name] != new[name] for name in ("system", "history", *_TEXTS)):
            new["id"] = redactor.keyed_id(old["id"])
            new["group"] = new["id"] if old["group"] == old["id"] else old["group"]
        return
    place = (new["kind"], new["source"], new["path"], new["symbol"] or "", new["task"])
    ordinal, seen[place] = seen[place], seen[place] + 1
    if any(old[name] != new[name] for name in ("source", "path", "symbol")):
        new["id"] = entry_id(*place, ordinal)
        new["group"] = _group(old, new, redactor)


def _group(old: Mapping[str, Any], new: Mapping[str, Any], redactor: Redactor) -> str:
    """The group of a new place; one that deduplication has made stays the same for all that are in it."""
    if old["path"] is None:
        return redactor.keyed_id(old["group"]) if old["group"] != old["id"] else str(new["id"])
    if old["group"] == entry_group(old["kind"], old["source"], old["path"]):
        return entry_group(new["kind"], new["source"], new["path"])
    return str(old["group"])


def _with(batch: pa.Table, rows: Sequence[Mapping[str, Any]], fresh: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns: dict[str, Sequence[Any]] = {}
    for name in _READ:
        values = [row[name] for row in fresh]
        if any(row[name] != value for row, value in zip(rows, values, strict=True)):
            columns[name] = values
    if columns.keys() & {"system", "history", *_TEXTS}:
        columns["tokens_input"] = [estimate_asked(row) for row in fresh]
        columns["tokens_output"] = [estimate_tokens(row["output"]) for row in fresh]
    return with_columns(batch, columns)


def _strings(table: pa.Table, redactor: Redactor, hits: list[Hit]) -> pa.Table:
    """A table whose texts are redacted, names among them: equal ones alike, so that what refers to them still does."""
    for number, column in enumerate(table.schema):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not (pa.types.is_string(kind) or pa.types.is_list(kind)):
            continue
        old = table[column.name].to_pylist()
        new = [_string(value, redactor, hits, column.name) for value in old]
        if new != old:
            table = table.set_column(number, column, pa.array(new, kind).cast(column.type))
    return table


def _string(value: Any, redactor: Redactor, hits: list[Hit], column: str) -> Any:
    if isinstance(value, list):
        return [_string(item, redactor, hits, column) for item in value]
    if not value:
        return value
    done, found = redactor.name(value, loose=column not in ("source", "kind"))
    hits += [hit._replace(column=column) for hit in found]
    return done


def _replaced(text: str, spans: Sequence[tuple[Finding, str]]) -> str:
    parts, at = [], 0
    for finding, stand_in in spans:
        parts += [text[at : finding.start], stand_in]
        at = finding.end
    return "".join([*parts, text[at:]])


def _meet(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


def _within(one: Finding, other: Finding) -> bool:
    """Whether the first is no more than the second."""
    return one.action != "remove" and other.start <= one.start and one.end <= other.end


def _counts(hits: Iterable[Hit]) -> dict[str, dict[str, int]]:
    """How often each kind was found, by rule."""
    found: dict[str, Counter[str]] = {}
    for hit in hits:
        found.setdefault(hit.kind, Counter())[hit.rule] += 1
    return {kind: dict(sorted(rules.items())) for kind, rules in sorted(found.items())}
