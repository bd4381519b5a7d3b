"""The YAML at the head of the card: what the Hub and `datasets` read of it.

It is written by a dumper and read back before it is used. What stands in it is true of every row: a key that nobody
knows the value of is left out. Keys and values: https://github.com/huggingface/hub-docs/blob/main/datasetcard.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from corpus.entry import MESSAGES, SCHEMA, SPLITS
from corpus.errors import IntegrityError
from corpus.reserved import RESERVED
from corpus.write.licenses import hub_license
from corpus.write.markdown import clipped, visible
from corpus.write.statistics import UNKNOWN

__all__ = ["NATURAL", "OF_ROWS", "bibtex", "dump", "features", "head", "size_category", "stage_of", "title"]

OF_ROWS: Final = "license_of_rows"
"""A key of our own beside `license`: where the two differ, a person has named another licence on the Hub."""

_ISO_639_1: Final = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee
    el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io
    is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn
    mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se
    sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo
    wa wo xh yi yo za zh zu
"""
NATURAL: Final = frozenset(_ISO_639_1.split())
"""ISO 639-1, which is how rows name a natural language; all else in that column is a programming language."""

_SIZES: Final = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)
_TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#. _-]{0,30}")  # without a colon: `license:mit` would be the Hub's
_CHATS: Final = frozenset({"signal", "matrix"})
_OWN_WORDS: Final = frozenset({"git", "obsidian"})  # whose questions this library phrases
_TYPES: Final = {"utf8": "string", "large_string": "string", "double": "float64", "float": "float32"}


def head(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What stands at the head of the card, before it is dumped."""
    rows = manifest["rows"]
    counts = rows.get("language", {})
    spoken = sorted({code for code in map(_natural, counts) if code})
    files = manifest["files"]
    licence = hub_license(rows.get("license", {}))
    return {
        "pretty_name": title(manifest),
        **({"language": spoken} if spoken else {}),
        **licence,
        OF_ROWS: licence["license"],
        **_creators(manifest),
        "size_categories": [size_category(rows["all"])],
        "task_categories": ["text-generation", *(["question-answering"] if "answer" in rows.get("task", {}) else [])],
        **({"task_ids": ["dialogue-modeling"]} if _CHATS & rows.get("kind", {}).keys() else {}),
        "tags": _tags(rows),
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": s, "path": f"data/{s}-*"} for s in SPLITS if s in files],
            }
        ],
        "dataset_info": {
            "features": features(SCHEMA.append(MESSAGES)),
            "splits": [
                {
                    "name": split,
                    "num_bytes": sum(file["arrow_bytes"] for file in files[split]),
                    "num_examples": sum(file["rows"] for file in files[split]),
                }
                for split in SPLITS
                if split in files
            ],
            "download_size": sum(file["bytes"] for split in files.values() for file in split),
            "dataset_size": sum(file["arrow_bytes"] for split in files.values() for file in split),
        },
    }


def dump(data: Mapping[str, Any]) -> str:
    """The head as YAML.

    Raises:
        IntegrityError: It does not read back as it was meant.
    """
    import yaml

    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True)
    if yaml.safe_load(text) != data:
        raise IntegrityError("the card's YAML does not read back as it was meant", where="README.md")
    return text


def title(manifest: Mapping[str, Any]) -> str:
    """What a corpus is called: after its sources. Text from the data."""
    names = [RESERVED.sub("\N{REPLACEMENT CHARACTER}", str(source.get("name", ""))) for source in manifest["sources"]]
    names = [clipped(visible(name), 60) for name in names]
    names = [name for name in names if name.strip()]
    if not names:
        return "A corpus of one's own work"
    told = ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
    return f"Corpus of {told}"


def stage_of(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """A stage's line in the lineage; None where the corpus did not go through it."""
    return next((record for record in manifest["lineage"] if record["stage"] == name), None)


def bibtex(manifest: Mapping[str, Any], place: str | None = None) -> str:
    """How to cite a corpus: after its sources, by its fingerprint; the year is that of its newest row.

    Args:
        manifest: The manifest.
        place: Where it is published, if that is told.
    """
    times = manifest.get("statistics", {}).get("created_at")
    version = _tex(str(manifest["versions"]["sovereign-corpus"]))
    fields = {
        "title": _tex(title(manifest)),
        **({"year": times["last"][:4]} if times else {}),
        "version": manifest["fingerprint"][:12],
        **({"howpublished": place} if place else {}),
        "note": f"{manifest['rows']['all']} rows, made with sovereign-corpus {version}",
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{corpus_{manifest['fingerprint'][:12]},\n{lines}\n}}"


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows: `n<1K` to `n>1T`."""
    return next((name for limit, name in _SIZES if rows < limit), "n>1T")


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """A schema's columns as `datasets` writes them into a card: name, and dtype, list or struct."""
    return [{"name": field.name, **_feature(field.type)} for field in schema]


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_dictionary(kind):
        return _feature(kind.value_type)
    if pa.types.is_list(kind):
        inner = _feature(kind.value_type)
        return {"list": inner.get("struct", inner.get("dtype"))}
    if pa.types.is_struct(kind):
        return {"struct": [{"name": field.name, **_feature(field.type)} for field in kind]}
    return {"dtype": _TYPES.get(str(kind), str(kind))}


def _natural(language: str) -> str | None:
    """The ISO 639-1 code of a natural language, `en` of `en-GB`; None for a programming language."""
    code = language.partition("-")[0].lower()
    return code if code in NATURAL and (len(language) == 2 or "-" in language) else None


def _tags(rows: Mapping[str, Any]) -> list[str]:
    kinds = sorted(kind for kind in rows.get("kind", {}) if kind != UNKNOWN)
    counts = rows.get("language", {})
    coded = [name for name in counts if name != UNKNOWN and _natural(name) is None]
    found = ["sovereign-corpus", *kinds, *(["code"] if "git" in kinds else []), *sorted(coded)]
    return list(dict.fromkeys(tag for tag in found if _TAG.fullmatch(tag)))


def _creators(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Who wrote texts and questions, as far as every row says so; `original` where no row is somebody else's table."""
    rows = manifest["rows"]
    synthetic = manifest.get("statistics", {}).get("synthetic", {})
    kinds = {kind for kind, n in rows.get("kind", {}).items() if n}
    known: dict[str, Any] = {}
    if kinds and kinds <= _OWN_WORDS | _CHATS:
        asked = ["machine-generated"] * bool(kinds & _OWN_WORDS) + ["found"] * bool(kinds & _CHATS)
        known["annotations_creators"] = sorted(asked)
        known["source_datasets"] = ["original"]
    if rows["all"] and synthetic.get(UNKNOWN) == 0:
        written = ["found"] * bool(synthetic["no"]) + ["machine-generated"] * bool(synthetic["yes"])
        known["language_creators"] = written
    spoken = {code: n for code, n in rows.get("language", {}).items() if n}
    if spoken and all(_natural(code) for code in spoken):
        known["multilinguality"] = ["monolingual" if len({_natural(code) for code in spoken}) == 1 else "multilingual"]
    return known


def _tex(text: str) -> str:
    """A string for a BibTeX field inside a block of code: letters, digits and a few marks; the rest is dropped."""
    return "".join(c if c.isalnum() or c in " .,-+" else " " for c in text).strip()
