"""A corpus as a folder, and back.

    data/train-00000-of-00001.parquet …   the rows, one set of files a split
    README.md                             the dataset card
    images/*.png                          its plots, where matplotlib is installed
    croissant.json                        the card for machines, where it was asked for
    falsification.json                    the report, bound to the rows and files by their hashes
    manifest.json                         sources, versions, configuration, counts, hashes; written last
    .private/                             removed and skipped rows, pairs of rows
    .private/cache/                       what the sources hold: units as read, people, secrets, where the sources lie

Everything is written into `.private/new` and read back before the first byte of the old corpus is touched.
Then the old manifest goes, the new files come, and the new manifest last: where there is a manifest, the
corpus is complete. A run that is killed in between is repeated by `corpus.build` with the same outcome.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.entry import PAIRS_SCHEMA, REMOVED_SCHEMA, SCHEMA, SCHEMA_VERSION, SKIPPED_SCHEMA, SPLITS
from corpus.errors import ConfigError, IntegrityError
from corpus.fingerprint import fingerprint
from corpus.graph import EDGES, NODES, Graph
from corpus.guess import near_path
from corpus.store import concat
from corpus.write.files import dump_json, locked, private_folder, replace_file, sha256_of, sync
from corpus.write.parquet import by_split, read_tables, write_split, write_table
from corpus.write.plots import PLOTS, can_draw, draw
from corpus.write.statistics import statistics

__all__ = [
    "CACHE",
    "MANIFEST",
    "PEOPLE",
    "PRIVATE",
    "SECRETS",
    "SHARD",
    "SOURCES",
    "Stored",
    "check_beside",
    "check_place",
    "read_corpus",
    "read_manifest",
    "write_corpus",
]

MANIFEST: Final = "manifest.json"
PRIVATE: Final = ".private"
CACHE: Final = "cache"
REPORT: Final = "falsification.json"
CARD: Final = "README.md"
IMAGES: Final = "images"
CROISSANT: Final = "croissant.json"
SOURCES: Final = "cache/sources.json"
PEOPLE: Final = "cache/people.json"
SECRETS: Final = "cache/secrets.json"
FINDERS: Final = "cache/finders.json"
_SOURCES_BEFORE: Final = "sources.json"  # where an earlier version said where the sources lie
REMOVED: Final = "removed.parquet"
SKIPPED: Final = "skipped.parquet"
PAIRS: Final = "pairs.parquet"
GRAPH: Final = ("graph/nodes.parquet", "graph/edges.parquet")

_AGAIN: Final = "run corpus.build again: it goes on where it stopped"
_TABLES_IN_IT: Final = ("rows", "versions", "private_files", "images", "configuration")
_EXPECTED: Final = {"files", "fingerprint", "lineage", "rows", "sources", "versions"}
SHARD: Final = re.compile(rf"({'|'.join(SPLITS)})-\d{{5}}-of-\d{{5}}\.parquet")
_OURS: Final = {"data", IMAGES, CARD, CROISSANT, REPORT, MANIFEST, PRIVATE, ".git", ".gitattributes", ".gitignore"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a folder holds.

    Attributes:
        table: The rows, with `SCHEMA`.
        removed: The removed rows, with `REMOVED_SCHEMA`.
        skipped: The skipped units, with `SKIPPED_SCHEMA`.
        manifest: The manifest, as it is on disk.
        report: The falsification report, as it is on disk, or None.
        locations: Where the sources lie on this machine, if that is known.
        graph: The knowledge graph of the vaults in it.
        people: Who is known to the sources, as JSON values.
        secrets: What the sources are known to hold, as JSON values.
        finders: What redaction asked beside the rules, as JSON values; models, with where they lie.
        pairs: Rows that deduplication compared, with `PAIRS_SCHEMA`.
    """

    table: pa.Table
    removed: pa.Table
    skipped: pa.Table
    manifest: dict[str, Any]
    report: dict[str, Any] | None
    locations: list[dict[str, Any]]
    graph: Graph = field(default_factory=Graph)
    people: Any = None
    secrets: Any = None
    finders: Any = None
    pairs: pa.Table = field(default_factory=PAIRS_SCHEMA.empty_table)


def check_place(path: Path) -> None:
    """Refuse a place where a corpus would overwrite something else.

    Raises:
        ConfigError: There is a file, or a folder that holds something else than a corpus.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ConfigError("the name of a corpus' folder must be UTF-8", got=ascii(str(path))) from None
    if not path.exists():
        return
    if not path.is_dir():
        raise ConfigError("a corpus is a folder, and there is a file", where=path, hint="choose another place")
    strangers = sorted(entry.name for entry in path.iterdir() if entry.name not in _OURS)
    is_ours = (path / PRIVATE).is_dir() or _is_manifest(path / MANIFEST)
    if is_ours:
        strangers += _strangers_in(path / "data", SHARD.fullmatch) + _strangers_in(path / IMAGES, PLOTS.__contains__)
    if strangers or (any(path.iterdir()) and not is_ours):
        names = ", ".join(strangers[:5]) or "files that a corpus did not write"
        raise ConfigError(
            "the folder holds something else than a corpus",
            where=path,
            expected="a new folder, an empty one, or an earlier corpus",
            got=names,
            hint="choose another place with --out",
        )


def _is_manifest(path: Path) -> bool:
    """Whether a file is a manifest of ours: many programs call something `manifest.json`."""
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and {"schema_version", "fingerprint", "lineage"} <= manifest.keys()


def _strangers_in(folder: Path, is_ours: Callable[[str], object]) -> list[str]:
    """What lies in a folder of ours and bears no name that we give: it would be lost with the old files."""
    if not folder.is_dir():
        return []
    return sorted(f"{folder.name}/{entry.name}" for entry in folder.iterdir() if not is_ours(entry.name))


def write_corpus(
    path: Path,
    stored: Stored,
    *,
    card: Any,
    report: Mapping[str, Any] | None = None,
    croissant: Callable[[Mapping[str, Any], Mapping[str, Any] | None], dict[str, Any]] | None = None,
    check: Callable[[Path], None] | None = None,
) -> dict[str, Any]:
    """Write a corpus into a folder, replacing an earlier one there as a whole.

    Args:
        path: The folder.
        stored: Rows, removed rows, skipped units, the beginnings of a manifest, and where the sources lie.
        card: Called with the finished manifest and the report; gives the dataset card's text.
        report: The falsification report, if there is one.
        croissant: Called like `card`; gives what `croissant.json` holds. None writes no such file.
        check: Called with the folder of all new files before any is put in place; raises to refuse them.

    Returns:
        The manifest as written.

    Raises:
        ConfigError: The place holds something else.
        IntegrityError: What was written reads back differently, or holds what may not be written.
    """
    check_place(path)
    private = private_folder(path / PRIVATE)
    with locked(private):
        try:
            return _write_locked(path, private, stored, card, report, croissant, check)
        finally:
            shutil.rmtree(private / "new", ignore_errors=True)  # what was refused stays nowhere


def _write_locked(
    path: Path,
    private: Path,
    stored: Stored,
    card: Any,
    report: Mapping[str, Any] | None,
    croissant: Any,
    check: Callable[[Path], None] | None,
) -> dict[str, Any]:
    fresh = private / "new"
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "data").mkdir(parents=True)
    manifest = {
        **stored.manifest,
        "schema_version": SCHEMA_VERSION,
        "fingerprint": fingerprint(stored.table),
        "files": _write_rows(stored.table, fresh / "data"),
        "rows": _counts(stored.table),
        "statistics": statistics(stored.table),
    }
    write_table(stored.removed, fresh / REMOVED)
    write_table(stored.skipped, fresh / SKIPPED)
    write_table(stored.pairs, fresh / PAIRS)
    private_files = [REMOVED, SKIPPED, PAIRS]
    if len(stored.graph):
        (fresh / "graph").mkdir()
        for name, part in zip(GRAPH, (stored.graph.nodes, stored.graph.edges), strict=True):
            write_table(part, fresh / name)
        private_files += GRAPH
    private_folder(fresh / CACHE)
    replace_file(fresh / SOURCES, dump_json(stored.locations))
    replace_file(fresh / PEOPLE, dump_json(stored.people or []))
    if stored.secrets:
        replace_file(fresh / SECRETS, dump_json(stored.secrets))
    if stored.finders:
        replace_file(fresh / FINDERS, dump_json(stored.finders))
    if report is not None:
        files = {f"data/{file['name']}": file["sha256"] for files in manifest["files"].values() for file in files}
        replace_file(fresh / REPORT, dump_json({**report, "files": files}))
        manifest["falsification"] = {
            "verdict": report["verdict"],
            "score": report["score"],
            "sha256": sha256_of(fresh / REPORT),
        }
    _write_images(manifest, fresh)
    known = json.loads(dump_json(manifest))  # as it is on disk, so that the card can be made again from there
    replace_file(fresh / CARD, card(known, report).encode())
    if croissant is not None:
        replace_file(fresh / CROISSANT, dump_json(croissant(known, report)))
        manifest["croissant"] = sha256_of(fresh / CROISSANT)
    manifest["private_files"] = {name: sha256_of(fresh / name) for name in private_files}
    replace_file(fresh / MANIFEST, dump_json(manifest))
    if check is not None:
        check(fresh)
    _swap(fresh, path)
    return manifest


def _write_rows(table: pa.Table, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """One set of files for each split that has rows; rows that were never split are all `train`."""
    written = {}
    for name, rows in by_split(table):
        if len(rows) or (name == "train" and not len(table)):  # a corpus of no rows has a file that says so
            written[name] = write_split(rows, folder, name)
    return written


def _write_images(manifest: dict[str, Any], fresh: Path) -> None:
    """The card's plots, where they can be drawn; their hashes and what drew them go into the manifest."""
    if not can_draw():
        return
    drawn = draw(json.loads(dump_json(manifest)))
    if not drawn:
        return
    (fresh / IMAGES).mkdir()
    for name, data in drawn.items():
        replace_file(fresh / IMAGES / name, data)
    manifest["images"] = {name: sha256_of(fresh / IMAGES / name) for name in sorted(drawn)}
    manifest["versions"] = {**manifest["versions"], "matplotlib": version("matplotlib")}


def check_beside(path: Path, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The files beside rows, card and report that the manifest names: plots, and the card for machines.

    Raises:
        IntegrityError: One is missing, or is not what the manifest says.
    """
    named = {f"{IMAGES}/{name}": digest for name, digest in manifest.get("images", {}).items()}
    if "croissant" in manifest:
        named[CROISSANT] = manifest["croissant"]
    for name, digest in named.items():
        _check_file(path / name, digest)
    return tuple(sorted(named))


def _counts(table: pa.Table) -> dict[str, Any]:
    """Rows in all and by the columns that a reader asks for first."""
    by: dict[str, Any] = {"all": len(table)}
    for name in ("split", "category", "task", "kind", "language", "license", "source", "visibility"):
        counted = pc.value_counts(table[name].cast(pa.string()))
        by[name] = {str(row["values"]): row["counts"] for row in counted.to_pylist() if row["values"] is not None}
        by[name] = dict(sorted(by[name].items()))
        unknown = table[name].null_count
        if unknown:
            by[name]["unknown"] = unknown
    return by


def _swap(fresh: Path, path: Path) -> None:
    """Put what lies in `fresh` in place of what is in `path`: no manifest while it is neither the one nor the other."""
    private = path / PRIVATE
    (path / MANIFEST).unlink(missing_ok=True)
    sync(path)
    shutil.rmtree(path / "data", ignore_errors=True)
    shutil.rmtree(path / IMAGES, ignore_errors=True)
    for name in (REPORT, CROISSANT):
        (path / name).unlink(missing_ok=True)
    (fresh / "data").rename(path / "data")
    shutil.rmtree(private / "graph", ignore_errors=True)
    private_folder(private / CACHE)
    for name in (_SOURCES_BEFORE, SECRETS, FINDERS):
        (private / name).unlink(missing_ok=True)
    for name in (REMOVED, SKIPPED, PAIRS, SOURCES, PEOPLE, SECRETS, FINDERS, "graph"):
        if (fresh / name).exists():
            (fresh / name).replace(private / name)
    for name in (IMAGES, REPORT, CARD, CROISSANT):
        if (fresh / name).exists():
            (fresh / name).replace(path / name)
    sync(private)
    sync(path)
    (fresh / MANIFEST).replace(path / MANIFEST)
    sync(path)
    shutil.rmtree(fresh)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a corpus on disk.

    Raises:
        IntegrityError: There is no complete corpus at the path.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise IntegrityError(
            "there is no complete corpus here",
            where=path,
            expected=f"a folder with {MANIFEST}",
            got=_what_is_at(path),
            hint=_way_to_corpus(path),
        ) from None
    except NotADirectoryError:
        raise IntegrityError(
            "a corpus is a folder, and this is a file",
            where=path,
            expected=f"a folder with {MANIFEST}",
            hint=_way_to_corpus(path),
        ) from None
    except (OSError, ValueError) as error:
        raise IntegrityError("the manifest cannot be read", where=path / MANIFEST, got=error) from None
    if not isinstance(manifest, dict) or manifest.get("schema_version") != SCHEMA_VERSION:
        raise IntegrityError(
            "the corpus was written with another schema",
            where=path / MANIFEST,
            expected=f"schema_version {SCHEMA_VERSION}",
            got=manifest.get("schema_version") if isinstance(manifest, dict) else type(manifest).__name__,
        )
    lacking = sorted(_EXPECTED - manifest.keys())
    if lacking:
        raise IntegrityError("the manifest lacks what every manifest has", where=path / MANIFEST, expected=lacking)
    if not _is_well_formed(manifest):
        raise IntegrityError("the manifest does not have the form of one", where=path / MANIFEST)
    return manifest


def _way_to_corpus(path: Path) -> str | None:
    """What to do about a place that is no corpus: perhaps it is what one is made of, or lies in one."""
    if (path / PRIVATE).is_dir():
        return _AGAIN
    if (path / ".git").exists() or (path / ".obsidian").is_dir():
        return f"a corpus is made of it first: corpus build {path} --out DIR"
    around = next((folder for folder in path.parents if _is_manifest(folder / MANIFEST)), None)
    return near_path(path) if around is None else f"did you mean {around}?"


def _what_is_at(path: Path) -> str:
    if (path / PRIVATE).is_dir():
        return "an unfinished build"
    return "no corpus" if path.exists() else "nothing"


def _is_well_formed(manifest: dict[str, Any]) -> bool:
    """Whether what is read from a manifest has the types that it is read as; it may come from anyone."""
    files, lineage = manifest["files"], manifest["lineage"]
    verdict = manifest.get("falsification", {"verdict": "", "score": 0, "sha256": ""})
    return (
        isinstance(files, dict)
        and set(files) <= set(SPLITS)
        and all(isinstance(found, list) and all(_is_file_record(one) for one in found) for found in files.values())
        and all(isinstance(manifest[name], list) for name in ("lineage", "sources"))
        and all(isinstance(record, dict) for record in (*lineage, *manifest["sources"]))
        and all(isinstance(record.get("stage"), str) for record in lineage)
        and all(isinstance(record.get("removed"), dict) for record in lineage if "rows_in" in record)
        and all(isinstance(manifest.get(name, {}), dict) for name in _TABLES_IN_IT)
        and manifest.get("images", {}).keys() <= PLOTS.keys()
        and isinstance(verdict, dict)
        and [type(verdict.get(name)) for name in ("verdict", "sha256")] == [str, str]
        and isinstance(verdict.get("score"), int | float)
    )


def _is_file_record(record: object) -> bool:
    if not isinstance(record, dict):
        return False
    name = record.get("name")
    return isinstance(name, str) and SHARD.fullmatch(name) is not None and isinstance(record.get("sha256"), str)


def read_corpus(path: Path) -> Stored:
    """A corpus from its folder; the files' hashes are compared with the manifest's.

    Raises:
        IntegrityError: It is incomplete, or a file is not what the manifest says.
    """
    manifest = read_manifest(path)
    tables = []
    for split in SPLITS:
        files = manifest["files"].get(split, [])
        for file in files:
            _check_file(path / "data" / file["name"], file["sha256"])
        tables.append(read_tables([path / "data" / file["name"] for file in files], SCHEMA))
    known = {file["name"] for files in manifest["files"].values() for file in files}
    strangers = sorted(file.name for file in (path / "data").iterdir() if file.name not in known)
    if strangers:
        raise IntegrityError(
            "there is a file among the rows that the manifest does not name",
            where=path / "data" / strangers[0],
            hint="readers that take all files of the folder would read it too: move it away",
        )
    private = path / PRIVATE
    removed, skipped, pairs = private / REMOVED, private / SKIPPED, private / PAIRS
    for name, expected in manifest.get("private_files", {}).items():
        if name in (REMOVED, SKIPPED, PAIRS, *GRAPH) and (private / name).exists():
            _check_file(private / name, expected)
    report, locations = path / REPORT, private / SOURCES
    if (private / _SOURCES_BEFORE).exists():
        locations = private / _SOURCES_BEFORE
    if "falsification" in manifest:
        _check_file(report, manifest["falsification"]["sha256"])
    return Stored(
        table=concat(tables, SCHEMA),
        removed=read_tables([removed], REMOVED_SCHEMA) if removed.exists() else REMOVED_SCHEMA.empty_table(),
        skipped=read_tables([skipped], SKIPPED_SCHEMA) if skipped.exists() else SKIPPED_SCHEMA.empty_table(),
        manifest=manifest,
        report=_json(report),
        locations=_json(locations) or [],
        graph=_read_graph(private),
        people=_json(private / PEOPLE),
        secrets=_json(private / SECRETS),
        finders=_json(private / FINDERS),
        pairs=read_tables([pairs], PAIRS_SCHEMA) if pairs.exists() else PAIRS_SCHEMA.empty_table(),
    )


def _read_graph(private: Path) -> Graph:
    nodes, edges = (private / name for name in GRAPH)
    if not (nodes.exists() and edges.exists()):
        return Graph()
    return Graph(read_tables([nodes], NODES), read_tables([edges], EDGES))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes()) if path.exists() else None
    except (OSError, ValueError) as error:
        raise IntegrityError("a file of the corpus is damaged", where=path, got=error, hint="build it again") from None


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise IntegrityError("a file of the corpus is missing", where=path, hint="run corpus.build again")
    got = sha256_of(path)
    if got != expected:
        raise IntegrityError(
            "a file is not what the manifest says",
            where=path,
            expected=f"sha256 {expected}",
            got=f"sha256 {got}",
            hint="it was changed after the build; run corpus.build again",
        )
