"""The rows of a corpus as a trainer sees them: by split, with their turns, from a folder or from memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.entry import MESSAGES, SCHEMA, SCHEMA_VERSION, SPLITS, messages_array
from corpus.errors import ConfigError, IntegrityError
from corpus.places import place_of
from corpus.write.files import sha256_of

__all__ = ["COLUMNS", "InMemory", "Rows", "Source", "files_of", "manifest_of", "read_rows", "whole_table"]

COLUMNS: Final = [
    "id", "group", "category", "task", "language", "source", "instruction", "input", "output",
    "tokens_input", "tokens_output", MESSAGES.name,
]  # fmt: skip
"""What training and evaluation look at."""


class InMemory(Protocol):
    """What is asked of a corpus that is not on disk: `corpus.Corpus` has it."""

    @property
    def table(self) -> pa.Table:
        """The rows, with `corpus.entry.SCHEMA`."""

    @property
    def fingerprint(self) -> str:
        """A hash of all rows."""

    @property
    def report(self) -> Any:
        """The falsification report as a mapping, or None."""


Source = str | PathLike[str] | InMemory


@dataclass(frozen=True, slots=True)
class Rows:
    """A corpus to train on.

    Attributes:
        splits: Name of the split to its rows, with `COLUMNS`.
        digest: A hash of the data: of the files on disk, or of the table in memory.
        verdict: What falsification said, or None where nobody asked.
        where: What to call it in an error.
    """

    splits: dict[str, pa.Table]
    digest: str
    verdict: str | None
    where: str


def read_rows(source: Source) -> Rows:
    """The rows of a corpus, its files compared with their hashes.

    Raises:
        IntegrityError: There is no complete corpus at the path.
        ConfigError: The corpus in memory is not split, or this is no corpus.
    """
    if isinstance(source, str | PathLike):
        return _from_folder(place_of(source))
    table, digest = getattr(source, "table", None), getattr(source, "fingerprint", None)
    if not isinstance(table, pa.Table) or digest is None:
        raise ConfigError("this is no corpus", expected="a folder or a corpus.Corpus", got=type(source).__name__)
    return _from_table(table, digest, source.report)


def whole_table(path: str | PathLike[str]) -> pa.Table:
    """Every row of a corpus on disk with every column, its files compared with their hashes.

    Raises:
        IntegrityError: There is no complete corpus at the path.
    """
    folder = place_of(path)
    manifest = _checked(folder)
    paths = [folder / "data" / file["name"] for name in SPLITS for file in manifest["files"].get(name, [])]
    tables = [pq.read_table(one, columns=SCHEMA.names, memory_map=True).cast(SCHEMA) for one in paths]
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _checked(folder: Path) -> dict[str, Any]:
    """The manifest of a corpus whose files are what it says."""
    manifest = manifest_of(folder)
    files = [(folder / "data" / name, digest) for name, digest in files_of(manifest)]
    changed = [path.name for path, digest in files if not path.is_file() or sha256_of(path) != digest]
    if changed:
        raise IntegrityError("a file is not what the manifest says", where=", ".join(changed), hint="build it again")
    return manifest


def _from_folder(folder: Path) -> Rows:
    manifest = _checked(folder)
    splits = {name: _read(folder, manifest, name) for name in SPLITS if name in manifest["files"]}
    digest = hashlib.sha256("".join(f"{name}\0{digest}\n" for name, digest in files_of(manifest)).encode())
    found = manifest.get("falsification")
    return Rows(splits, digest.hexdigest(), found["verdict"] if found else None, str(folder))


def _from_table(table: pa.Table, digest: str, report: Any) -> Rows:
    if table["split"].null_count:
        raise ConfigError("the corpus is not split", where="split", hint="corpus.split() before training")
    table = table.append_column(MESSAGES, messages_array(table))
    split = table["split"].cast(pa.string())
    found = {name: table.filter(pc.equal(split, name)).select(COLUMNS) for name in SPLITS}
    verdict = report.get("verdict") if report else None
    return Rows({name: rows for name, rows in found.items() if len(rows)}, digest, verdict, "the corpus in memory")


def _read(folder: Path, manifest: dict[str, Any], split: str) -> pa.Table:
    paths = [folder / "data" / file["name"] for file in manifest["files"][split]]
    return pa.concat_tables([pq.read_table(path, columns=COLUMNS, memory_map=True) for path in paths])


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a corpus on disk.

    Raises:
        IntegrityError: There is none, or it is of another schema.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError) as error:
        raise IntegrityError("there is no complete corpus here", where=folder, got=error) from None
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise IntegrityError(
            "the corpus has another schema", where=folder, expected=SCHEMA_VERSION, got=manifest.get("schema_version")
        )
    return manifest


def files_of(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of each file of a corpus."""
    for files in manifest["files"].values():
        yield from ((file["name"], file["sha256"]) for file in files)
