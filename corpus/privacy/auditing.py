"""The sovereignty audit: where a corpus lies, whose it is, what made it, what was taken out, what may still tell.

Everything in it is read off the corpus and this machine now; it names nobody that the rows do not name. Software that
can reach the network is found by what it declares to need and to be, not by watching it: the report says so.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.errors import ConfigError, IntegrityError
from corpus.guess import near_path
from corpus.privacy.publishing import obstacles

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["Audit", "audit", "clean"]

_NETWORK: Final[Mapping[str, str]] = {
    "datasets": "loads from and pushes to the Hugging Face Hub; reads of local folders only, here",
    "fsspec": "opens URLs and remote file systems when it is given one",
    "gitpython": "runs git, which fetches when it is told to; used by `corpus clone` only",
    "huggingface-hub": "talks to the Hugging Face Hub; comes with datasets, and publishing will use it",
    "pygit2": "libgit2 can fetch and push; here it opens local repositories only",
    "pyarrow": "has clients for S3, GCS and HDFS; given local paths only, here",
    "pandas": "reads URLs when it is given one",
    "aiohttp": "an HTTP client; comes with others",
    "httpx": "an HTTP client; comes with others",
    "requests": "an HTTP client; comes with others",
    "urllib3": "an HTTP client; comes with others",
    "wandb": "sends metrics when it is switched on",
}
_TELLING: Final = re.compile(
    r"\b(?:I|my|we|our|ich|mein\w*|wir|unser\w*|je|mon|yo|mi|eu|meu)\b|[A-Z][a-z]+ [A-Z][a-z]+"
)
_SAMPLE: Final = 12
_READ_ROWS: Final = 2000  # rows that the sample to read is chosen from
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found. `str()` gives Markdown, `to_dict` JSON values.

    Attributes:
        facts: Sections by name.
    """

    facts: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        found: dict[str, Any] = json.loads(json.dumps(self.facts, default=str))
        return found

    def to_json(self) -> str:
        """As JSON text."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True, ensure_ascii=False)

    def __repr__(self) -> str:
        return f"<Audit of {self.facts['rows']['all']} rows, {len(self.facts['obstacles'])} obstacles>"

    def __str__(self) -> str:
        return _markdown(self.facts)

    def _repr_markdown_(self) -> str:
        return str(self)


def audit(corpus: Corpus | str | PathLike[str], *, sample: int = _SAMPLE, seed: int = 0) -> Audit:
    """Audit a corpus: where the data lies, whose it is, what made it, what was redacted, what may still tell.

    Args:
        corpus: The folder of a corpus, or a corpus in memory, which lies nowhere.
        sample: How many rows to show for reading.
        seed: Another seed shows other rows.

    Raises:
        IntegrityError: The folder holds no complete corpus.
        ConfigError: The sample makes no sense.
    """
    from corpus.corpus import Corpus, load
    from corpus.places import place_of

    if sample < 0:
        raise ConfigError("the sample makes no sense", where="sample", expected="0 or more", got=sample)
    folder = None if isinstance(corpus, Corpus) else place_of(corpus)
    found = corpus if isinstance(corpus, Corpus) else load(corpus)
    stands = obstacles(found, public=True)
    redaction = next((record for record in found.lineage if record["stage"] == "redact"), None)
    facts = {
        "places": [] if folder is None else _places(folder),
        "rows": _rows(found),
        "software": _software(),
        "redaction": None if redaction is None else _told(redaction),
        "removed": {"rows": len(found.removed), "units": len(found.skipped)},
        "may_still_tell": _telling(found, sample, seed),
        "obstacles": [one.to_dict() for one in stands],
    }
    return Audit({**facts, "plan": _plan(facts, [one.todo for one in stands])})


def clean(path: str | PathLike[str]) -> int:
    """Delete `.private/cache` of a corpus: what the sources hold, who is in it, where they lie. Gives the bytes.

    Rows cannot be extracted again from it then without naming the sources, and the next build reads everything anew.
    What a build on a cluster left behind when it was killed, in `.private/spilled`, goes too.

    Raises:
        IntegrityError: There is no corpus at the path.
        BuildError: A build is at work there.
    """
    import shutil

    from corpus.engines import SPILLED
    from corpus.places import place_of
    from corpus.write.files import locked
    from corpus.write.folder import CACHE, PRIVATE

    private = place_of(path) / PRIVATE
    if not private.is_dir():
        place = place_of(path)
        hint = None if place.exists() else near_path(place) or "check the spelling"
        raise IntegrityError("there is no corpus here", where=place, expected=f"a folder with {PRIVATE}", hint=hint)
    with locked(private):
        named = (CACHE, SPILLED, "sources.json", "new")
        old = [*(private / name for name in named), *private.glob("cache.sqlite*")]
        size = sum(_size(place) for place in old)
        for place in old:
            shutil.rmtree(place, ignore_errors=True)
            if place.is_file():
                place.unlink()
    return size


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _places(folder: Path) -> list[dict[str, Any]]:
    """Where the data lies: each part with its bytes and who may read it."""
    from corpus.pseudonyms import config_folder

    parts = {
        "data": "the rows",
        "README.md": "the card",
        "manifest.json": "sources, versions, counts, hashes",
        "falsification.json": "the report",
        ".private": "removed rows, skipped units, the graph: redacted, and not for publishing",
        ".private/reviews.parquet": "what reviewers said of rows, in their own words: not redacted, never published",
        ".private/cache": "what the sources hold, who is in it, where they lie: as it is",
    }
    found = [{"place": name, "holds": what, **_mode(folder / name)} for name, what in parts.items()]
    for name, what in (("pseudonym.key", "the pseudonym key"), ("forgotten.json", "who was forgotten, as pseudonyms")):
        found.append({"place": f"configuration/{name}", "holds": what, **_mode(config_folder() / name)})
    return [one for one in found if one["bytes"] is not None]


def _mode(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"bytes": None, "mode": "", "others_may_read": False}
    mode = stat.S_IMODE(path.stat().st_mode)
    closed = any(not stat.S_IMODE(up.stat().st_mode) & 0o077 for up in (path, *list(path.parents)[:2]))
    readable = bool(mode & 0o044) and not closed
    return {"bytes": _size(path), "mode": f"{mode:04o}", "others_may_read": readable and os.name == "posix"}


def _rows(corpus: Corpus) -> dict[str, Any]:
    """How many rows there are, and of whom, by columns."""
    from corpus.show import counts

    table = corpus.table
    by = {name: counts(table, name) for name in ("kind", "source", "visibility", "license", "author", "split")}
    authors = by.pop("author")
    return {
        "all": len(table),
        **by,
        "authors": len(authors),
        "author": dict(list(authors.items())[:20]),
        "authors_by_name": sum(not re.fullmatch(r"[a-z]+-[a-z2-7]{12}|unknown", one) for one in authors),
    }


def _software() -> list[dict[str, Any]]:
    """What takes part: this library and what it needs, transitively, as installed; with what can reach the network."""
    found: dict[str, dict[str, Any]] = {}
    waiting = ["sovereign-corpus"]
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = {"name": name, "version": distribution.version, "network": _NETWORK.get(name)}
        waiting += [_required(text) for text in distribution.requires or () if "extra ==" not in text]
    return [found[name] for name in sorted(found)]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(text: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", text)
    return found[0] if found else text


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    wanted = (
        "version",
        "config",
        "rows_changed",
        "removed",
        "redacted",
        "redacted_beside",
        "people",
        "known",
        "pseudonym_fingerprint",
    )
    return {name: record[name] for name in wanted if name in record}


def _telling(corpus: Corpus, sample: int, seed: int) -> list[dict[str, Any]]:
    """Rows to read: those of some drawn at random that speak most of persons."""
    drawn = corpus.sample(_READ_ROWS, seed=seed)
    scored = [(len(_TELLING.findall(f"{one.instruction}\n{one.output}")), one) for one in drawn]
    best = sorted(scored, key=lambda pair: (-pair[0], pair[1].id))[:sample]
    return [
        {
            "id": one.id,
            "place": f"{one.source} {one.path or ''}".strip(),
            "marks": marks,
            "question": one.instruction[:_LONGEST],
            "answer": one.output[:_LONGEST],
        }
        for marks, one in best
    ]


def _plan(facts: Mapping[str, Any], todos: Iterable[str]) -> list[str]:
    plan = list(dict.fromkeys(todos))
    open_ = [one["place"] for one in facts["places"] if one["others_may_read"]]
    if open_:
        plan.append(f"Others on this machine may read {', '.join(open_)}: chmod -R go-rwx the folder.")
    if any(one["place"] == ".private/cache" for one in facts["places"]):
        plan.append("`corpus clean` deletes .private/cache, once nothing shall be verified or built again from here.")
    if facts["rows"]["authors_by_name"]:
        plan.append("Authors are named: build without --real-names, or ask them.")
    if facts["may_still_tell"]:
        plan.append("Read the sample: what a person can be known by has no form that a rule finds.")
    return plan


def _markdown(facts: Mapping[str, Any]) -> str:
    from corpus.write.card import escape

    rows = facts["rows"]
    parts = ["# Sovereignty audit", "## What to do", *(_list(escape(one) for one in facts["plan"]) or ["Nothing."])]
    parts += ["## What stands in the way of publishing to everyone"]
    parts += _list(f"{escape(o['name'])}: {escape(o['what'])}" for o in facts["obstacles"]) or ["Nothing."]
    parts += ["## Where the data lies"]
    places = [[p["place"], p["holds"], p["bytes"], p["mode"], _yes(p["others_may_read"])] for p in facts["places"]]
    parts += [_cells(("place", "holds", "bytes", "mode", "others may read"), places) if places else "In memory only."]
    parts += [f"## Whose rows they are\n\n{rows['all']} rows, {rows['authors']} authors."]
    for name in ("kind", "source", "visibility", "license", "author"):
        parts.append(_cells((name, "rows"), list(rows[name].items())))
    parts += ["## What was redacted", *_redacted(facts["redaction"])]
    removed = facts["removed"]
    parts += [f"{removed['rows']} rows were removed and {removed['units']} units skipped, all of it on record."]
    parts += ["## What may still identify somebody", "The rows of the sample that speak most of persons:"]
    shown = [[t["place"], t["question"], t["answer"]] for t in facts["may_still_tell"]]
    parts += [_cells(("place", "question", "answer"), shown)]
    parts += ["## Software", "What can reach the network, by what it declares to be:"]
    reaching = [[s["name"], s["version"], s["network"]] for s in facts["software"] if s["network"]]
    parts += [_cells(("name", "version", "how"), reaching)]
    others = [f"{s['name']} {s['version']}" for s in facts["software"] if not s["network"]]
    parts += [f"What takes part besides: {escape(', '.join(others))}."]
    return "\n\n".join(parts) + "\n"


def _redacted(record: Mapping[str, Any] | None) -> list[str]:
    if record is None:
        return ["Nothing: this corpus was not redacted."]
    told = [
        [kind, rule, rows, beside]
        for kind, rule, rows, beside in _by_rule(record.get("redacted", {}), record.get("redacted_beside", {}))
    ]
    head = f"{record['rows_changed']} rows were changed, {sum(record['removed'].values())} removed; "
    head += f"{record['people']} people were known by name."
    return [head, _cells(("kind", "rule", "in rows", "beside them"), told)] if told else [head]


_Counts = Mapping[str, Mapping[str, int]]


def _by_rule(rows: _Counts, beside: _Counts) -> Iterable[tuple[Any, ...]]:
    one, other = (Counter({(k, r): n for k, rules in m.items() for r, n in rules.items()}) for m in (rows, beside))
    for kind, rule in sorted(one.keys() | other.keys()):
        yield kind, rule, one[kind, rule], other[kind, rule]


def _list(lines: Iterable[str]) -> list[str]:
    found = [f"- {line}" for line in lines]
    return ["\n".join(found)] if found else []


def _cells(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    from corpus.write.card import escape

    body = [f"| {' | '.join(escape(' '.join(str(cell).split())) for cell in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *body])


def _yes(value: object) -> str:
    return "yes" if value else "no"
