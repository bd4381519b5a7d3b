"""The card for machines: Croissant 1.0 with the vocabulary for responsible AI, made and validated by `mlcroissant`.

It says what the card says, from the same manifest and report: nothing is in it that was not computed in that run.
Files are named relative to it, so it describes the folder, a copy of it, and the repository that it is published to.
It needs the extra `croissant`. Terms: https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Final

import pyarrow as pa

from corpus.entry import MESSAGES, SCHEMA, SPLITS
from corpus.errors import IntegrityError, MissingExtraError
from corpus.write.licenses import spdx_address
from corpus.write.markdown import visible
from corpus.write.metadata import bibtex, head, stage_of, title
from corpus.write.statistics import UNKNOWN

__all__ = ["render_croissant", "require_croissant"]

Record = Mapping[str, Any]

_CROISSANT: Final = "http://mlcommons.org/croissant/1.0"
_RAI: Final = "http://mlcommons.org/croissant/RAI/1.0"
_PHRASED: Final = "Questions about code and notes are phrased from templates by the library."
_HELD_OUT: Final = "Validation and testing on splits that were held out by groups"
_PARQUET: Final = "application/x-parquet"


def render_croissant(manifest: Record, report: Record | None) -> dict[str, Any]:
    """What `croissant.json` holds.

    Args:
        manifest: The manifest.
        report: The falsification report, if there is one.

    Raises:
        MissingExtraError: `mlcroissant` is not installed.
        IntegrityError: `mlcroissant` finds an error in what it made.
    """
    require_croissant()
    import mlcroissant as mlc

    splits = [split for split in SPLITS if split in manifest["files"]]
    front = head(manifest)
    with _quiet():
        try:
            metadata = mlc.Metadata(
                ctx=mlc.Context(),
                conforms_to=[_CROISSANT, _RAI],
                name=title(manifest),
                cite_as=bibtex(manifest),
                description=_description(manifest),
                license=_licences(manifest) or None,
                keywords=front["tags"],
                in_language=front.get("language"),
                version=f"0.0.0+{manifest['fingerprint'][:16]}",
                distribution=[*_files(mlc, manifest), *(_file_set(mlc, split) for split in splits)],
                record_sets=[_record_set(mlc, split) for split in splits],
                **_responsible(manifest, report),
            )
            data: dict[str, Any] = metadata.to_json()
            mlc.Dataset(jsonld=data)
        except mlc.ValidationError as error:
            raise IntegrityError("mlcroissant refuses what was made", where="croissant.json", got=error) from None
    return data


def require_croissant() -> None:
    """Refuse before the work begins, where it could not be finished.

    Raises:
        MissingExtraError: `mlcroissant` is not installed.
    """
    if find_spec("mlcroissant") is None:
        raise MissingExtraError("mlcroissant", extra="croissant", step="writing croissant.json")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without advice to name what nobody knows, such as the day of publication, and without rdflib's to itself."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logging.disable(before)


def _files(mlc: Any, manifest: Record) -> list[Any]:
    return [
        mlc.FileObject(
            id=f"data/{file['name']}",
            name=file["name"],
            content_url=f"data/{file['name']}",
            content_size=f"{file['bytes']} B",
            encoding_formats=[_PARQUET],
            sha256=file["sha256"],
        )
        for split in SPLITS
        for file in manifest["files"].get(split, [])
    ]


def _file_set(mlc: Any, split: str) -> Any:
    return mlc.FileSet(
        id=f"files-of-{split}",
        name=f"files-of-{split}",
        encoding_formats=[_PARQUET],
        includes=[f"data/{split}-*.parquet"],
    )


def _record_set(mlc: Any, split: str) -> Any:
    columns = [_field(mlc, split, column.name, column.type) for column in SCHEMA.append(MESSAGES)]
    return mlc.RecordSet(id=split, name=split, description=f"The rows of the split {split}.", fields=columns)


def _field(mlc: Any, split: str, name: str, kind: pa.DataType) -> Any:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    inner = kind.value_type if pa.types.is_list(kind) else kind
    if not pa.types.is_struct(inner):
        source = mlc.Source(file_set=f"files-of-{split}", extract=mlc.Extract(column=name))
        return mlc.Field(id=f"{split}/{name}", name=name, data_types=[_data_type(mlc, kind)], source=source)
    parts = [
        mlc.Field(
            id=f"{split}/{name}/{part.name}",
            name=part.name,
            data_types=[_data_type(mlc, part.type)],
            source=mlc.Source(
                file_set=f"files-of-{split}",
                extract=mlc.Extract(column=name),
                transforms=[mlc.Transform(json_path=part.name)],
            ),
        )
        for part in inner
    ]
    return mlc.Field(id=f"{split}/{name}", name=name, sub_fields=parts, repeated=pa.types.is_list(kind) or None)


def _data_type(mlc: Any, kind: pa.DataType) -> Any:
    if pa.types.is_boolean(kind):
        return mlc.DataType.BOOL
    if pa.types.is_integer(kind):
        return mlc.DataType.INTEGER
    if pa.types.is_floating(kind):
        return mlc.DataType.FLOAT
    return mlc.DataType.DATETIME if pa.types.is_timestamp(kind) else mlc.DataType.TEXT


def _licences(manifest: Record) -> list[str]:
    """Addresses of licences at spdx.org; an expression of several as it stands."""
    found = sorted(name for name in manifest["rows"].get("license", {}) if name != UNKNOWN)
    return [spdx_address(name) or visible(name) for name in found]


def _description(manifest: Record) -> str:
    rows = manifest["rows"]
    kinds = ", ".join(f"{n} from {kind}" for kind, n in sorted(rows["kind"].items()))
    return f"{rows['all']} question-answer pairs of a person's own work ({kinds or 'none'}), for fine-tuning."


def _responsible(manifest: Record, report: Record | None) -> dict[str, Any]:
    """The vocabulary for responsible AI, as far as the run knows."""
    rows = manifest["rows"]
    sources = [
        " ".join(visible(source[k]) for k in ("kind", "name", "commit") if source.get(k))
        for source in manifest["sources"]
    ]
    times = manifest.get("statistics", {}).get("created_at")
    extract = stage_of(manifest, "extract")
    skipped = (
        f"{extract['skipped']} of {extract['units']} units were not read." if extract and "units" in extract else None
    )
    told: dict[str, Any] = {
        "data_collection": f"Read from the owner's own sources: {'; '.join(sources)}." if sources else None,
        "data_collection_type": ["Existing datasets"] if "table" in rows["kind"] else ["Others"],
        "data_collection_missing_data": skipped,
        "data_collection_timeframe": [times["first"], times["last"]] if times else None,
        "data_preprocessing_protocol": [_protocol(r) for r in manifest["lineage"] if "rows_in" in r] or None,
        "data_annotation_protocol": [_PHRASED] if {"git", "obsidian"} & rows["kind"].keys() else None,
        "data_use_cases": ["Fine-tuning of language models", *([_HELD_OUT] if stage_of(manifest, "split") else [])],
        "data_limitations": _limitations(manifest, report),
        "data_biases": ["All rows come from one source."] if len(manifest["sources"]) == 1 else None,
        "personal_sensitive_information": [_personal(manifest)],
        "data_release_maintenance_plan": (
            "Versions are told apart by the fingerprint of their rows; a row keeps its id while it keeps its place."
        ),
    }
    return {name: value for name, value in told.items() if value is not None}


def _protocol(record: Record) -> str:
    removed = ", ".join(f"{why} {n}" for why, n in record["removed"].items()) or "nothing"
    return visible(f"{record['stage']} ({record.get('version')}): {record['rows_in']} rows, removed: {removed}")


def _limitations(manifest: Record, report: Record | None) -> list[str]:
    lines = []
    if report is None:
        lines.append("Nobody has tried to refute this corpus.")
    else:
        lines.append(f"Falsification: {report['verdict']}, {report['score']:.1f} of 100 points.")
        lines += [
            visible(f"{result['verdict']}: {result['id']}: {result['claim']}: {result['reason']}")
            for result in report["results"]
            if result["verdict"] in {"refuted", "untested"}
        ]
    if stage_of(manifest, "decontaminate") is None:
        lines.append("Rows were not compared with benchmarks.")
    return lines


def _personal(manifest: Record) -> str:
    record = stage_of(manifest, "redact")
    if record is None:
        return "Personal data and secrets were not searched for in the texts."
    removed = sum(record.get("removed", {}).values())
    return f"Secrets and personal data that have a form or a known name were taken out; {removed} rows were removed."
