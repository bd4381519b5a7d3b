"""The last look before anything is put in place: the bytes of every file that is about to be written.

Files are read back and decoded, so what stands in a dictionary page, a JSON string or the card is seen as a reader
sees it; the values of secrets in the environment are looked for in the raw bytes too. A finding refuses the whole
folder: the error says file, kind, rule and place, and never the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from corpus.entry import CODE_COLUMNS, MESSAGES, messages_array
from corpus.errors import IntegrityError
from corpus.privacy.environment import RULE, EnvironmentSecrets
from corpus.privacy.rule import Finding

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["scan_folder"]

_HEX: Final = re.compile(r"[0-9a-f]{40,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OURS: Final = frozenset({"id", "group", "kept_id", MESSAGES.name})  # made here, or compared with what they are made of
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_STRICT: Final = frozenset({"source", "author"})  # columns in which a handle may stand


class Looks(Protocol):
    """What finds in a text what has to go from it: `corpus.curate.Redactor`."""

    def findings(
        self, text: str, language: str | None = None, *, loose: bool = True
    ) -> list[tuple[Finding, str | None]]:
        """Findings, each with a pseudonym or None."""


class _Grave:
    """What looks where nothing was redacted: for what is never written, private keys and tokens that may be in use."""

    def __init__(self) -> None:
        from corpus.privacy.detector import Detector

        self._detector = Detector(finders=(EnvironmentSecrets(),))

    def findings(
        self, text: str, language: str | None = None, *, loose: bool = True
    ) -> list[tuple[Finding, str | None]]:
        del loose
        return [(f, None) for f in self._detector.find(text, language=language) if f.action == "remove"]


def scan_folder(folder: Path, looks: Looks | None = None, *, skip: Iterable[str] = ("cache",)) -> None:
    """Refuse a folder that holds what may not be written.

    Args:
        folder: All files in it are looked at.
        looks: What looks; without it private keys and tokens that may be in use are looked for.
        skip: Folders in it that hold what the sources hold, and are never published.

    Raises:
        IntegrityError: Something was found; says where, and never what.
    """
    finder, environment, left_out = looks or _Grave(), EnvironmentSecrets(), frozenset(skip)
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if left_out & set(place.parts) or not path.is_file():
            continue
        name = place.as_posix()
        data = path.read_bytes()
        for variable in environment.in_bytes(data):
            raise _refusal(name, "secret", RULE, f"the value of the environment's {variable}")
        found = _in_parquet(path, finder) if path.suffix == ".parquet" else _in_text(path.suffix, data, finder)
        for finding, where in found:
            raise _refusal(name, finding.kind, finding.rule, where)


def _refusal(file: str, kind: str, rule: str, where: str) -> IntegrityError:
    return IntegrityError(
        "what was about to be written holds a secret or personal data, so nothing was written",
        where=f"{file}, {where}",
        got=f"{kind} ({rule})",
        hint="corpus.redact() takes it out; what may stay is named in redact(keep=[...], public=[...])",
    )


def _in_text(suffix: str, data: bytes, finder: Looks) -> Iterator[tuple[Finding, str]]:
    if suffix == ".png" and data.startswith(_PNG):
        yield from _in_png(data, finder)
        return
    text = data.decode(errors="replace")
    if suffix == ".json":
        yield from _in_value(json.loads(text), finder, "")
        return
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((finding, f"line {number}") for finding in _found(line, None, finder, loose=False))
    yield from ((f, f"line {text.count(chr(10), 0, f.start) + 1}") for f in _found(text, None, finder, loose=False))


def _in_png(data: bytes, finder: Looks) -> Iterator[tuple[Finding, str]]:
    """What a picture says beside its pixels. These are compressed: read as text they say anything by chance."""
    at = len(_PNG)
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if kind != b"IDAT":
            told = data[at + 8 : at + 8 + length].decode(errors="replace")
            yield from ((finding, f"byte {at}") for finding in _found(told, None, finder, loose=False))
        at += length + 12  # length, name and checksum


def _in_value(value: Any, finder: Looks, where: str) -> Iterator[tuple[Finding, str]]:
    if isinstance(value, str):
        yield from ((finding, where) for finding in _found(value, None, finder, loose=False))
    elif isinstance(value, Mapping):
        for number, (key, one) in enumerate(value.items()):
            yield from ((finding, f"{where}, name {number}") for finding in _found(key, None, finder, loose=False))
            # A name that nothing is found in may be shown.
            yield from _in_value(one, finder, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _in_value(one, finder, f"{where}[{number}]")


def _in_parquet(path: Path, finder: Looks) -> Iterator[tuple[Finding, str]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        metadata = {**(file.schema_arrow.metadata or {}), **(file.metadata.metadata or {})}
        for key, value in metadata.items():
            told = (key + b" " + value).decode(errors="replace") if key != b"ARROW:schema" else ""
            yield from ((finding, "metadata") for finding in _found(told, None, finder, loose=False))
        before = 0
        for index in range(file.num_row_groups):
            group = file.read_row_group(index)
            yield from _in_rows(group, finder, before)
            before += len(group)


def _in_rows(table: pa.Table, finder: Looks, before: int) -> Iterator[tuple[Finding, str]]:
    import pyarrow.types as kinds

    if MESSAGES.name in table.column_names and not table[MESSAGES.name].combine_chunks().equals(messages_array(table)):
        raise IntegrityError("the messages of a file are not made of its rows", where=f"rows from {before}")
    has_code = {"task", "language"} <= set(table.column_names)
    tasks = table["task"].to_pylist() if has_code else ()
    languages = table["language"].to_pylist() if has_code else ()
    for column in table.column_names:
        kind = table.schema.field(column).type
        if column in _OURS or not (kinds.is_dictionary(kind) or kinds.is_string(kind) or kinds.is_nested(kind)):
            continue
        for row, value in enumerate(table[column].to_pylist()):
            language = languages[row] if has_code and column in CODE_COLUMNS.get(tasks[row], ()) else None
            for text in _texts(value):
                for finding in _found(text, language, finder, loose=column not in _STRICT):
                    yield finding, f"row {before + row}, column {column}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _found(text: str, language: str | None, finder: Looks, *, loose: bool) -> list[Finding]:
    if not text or _HEX.fullmatch(text):
        return []
    return [finding for finding, _ in finder.findings(text, language, loose=loose)]
