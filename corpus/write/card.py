"""The dataset card: every number in it comes from the manifest of the same run, every string is escaped.

The YAML at its head is written by a dumper and read back before it is used; the body holds no placeholder.
Names of repositories, authors and notes are data: they could hold Markdown, HTML or YAML of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from corpus.entry import SPLITS
from corpus.errors import IntegrityError

__all__ = ["render_card"]

_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_STRATUM: Final = ("category", "language", "source")
_FEW_STRATA: Final = 24
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]#!|~$])")
_BIDI: Final = re.compile("[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def render_card(manifest: Mapping[str, Any], report: Mapping[str, Any] | None) -> str:
    """The text of `README.md` for a corpus.

    Args:
        manifest: The manifest, complete but for the card's own hash.
        report: The falsification report, if there is one.

    Raises:
        IntegrityError: The YAML does not read back as it was meant.
    """
    sections = [
        "# A corpus of one's own work",
        _about(manifest),
        _composition(manifest),
        _provenance(manifest),
        _removed(manifest),
        _redacted(manifest),
        _falsification(report),
        _use(manifest),
    ]
    return f"---\n{_front_matter(manifest)}---\n\n" + "\n\n".join(filter(None, sections)) + "\n"


def escape(value: object) -> str:
    """A string from the data as literal text in Markdown: no markup, no HTML, no invisible characters."""
    text = _BIDI.sub("\N{REPLACEMENT CHARACTER}", str(value))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("://", "&#58;//").replace("www.", "www&#46;")  # GitHub's Markdown makes links of bare URLs
    return _SPECIAL.sub(r"\\\1", text)


def _front_matter(manifest: Mapping[str, Any]) -> str:
    import yaml

    files = manifest["files"]
    rows = manifest["rows"]["all"]
    data: dict[str, Any] = {
        "pretty_name": "A corpus of one's own work",
        "size_categories": [next((name for limit, name in _SIZES if rows < limit), "1M<n<10M")],
        "task_categories": ["text-generation"],
        "tags": ["sovereign-corpus", *sorted(k for k in manifest["rows"]["kind"] if k != "unknown")],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": s, "path": f"data/{s}-*"} for s in SPLITS if s in files],
            }
        ],
        "dataset_info": {
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
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    if yaml.safe_load(text) != data:
        raise IntegrityError("the card's YAML does not read back as it was meant", where="README.md")
    return text


def _about(manifest: Mapping[str, Any]) -> str:
    rows, sources = manifest["rows"]["all"], len(manifest["sources"])
    version = escape(manifest["versions"]["sovereign-corpus"])
    return (
        f"{rows} question-answer pairs from {sources} source{'s' * (sources != 1)}, made on the owner's own machine by "
        f"sovereign-corpus {version}. Every row names the commit, file and lines that it came from. "
        + _searched(manifest)
    )


def _redaction_of(manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((record for record in manifest["lineage"] if record["stage"] == "redact"), None)


def _searched(manifest: Mapping[str, Any]) -> str:
    if _redaction_of(manifest) is None:
        return "Personal data and secrets were **not** searched for: what the sources hold, the rows hold."
    return "Personal data and secrets were searched for and taken out, as far as they have a form or a known name."


def _redacted(manifest: Mapping[str, Any]) -> str:
    """What was taken out, by kind and rule; what was left in on request."""
    record = _redaction_of(manifest)
    if record is None:
        return ""  # which the first lines say
    head = f"{record.get('rows_changed')} rows were changed and {sum(record['removed'].values())} removed; "
    known = f"{record.get('people')} people were known by name, and stand here under pseudonyms."
    parts = ["## Personal data and secrets", head + known]
    counted = [(kind, rule, n) for kind, rules in record.get("redacted", {}).items() for rule, n in rules.items()]
    if counted:
        parts.append(_table(["kind", "rule", "found in rows"], counted))
    kept = record.get("config", {}).get("keep")
    if kept:
        parts.append(f"Left in on request: {escape(', '.join(kept))}.")
    return "\n\n".join(parts)


def _composition(manifest: Mapping[str, Any]) -> str:
    rows = manifest["rows"]
    parts = ["## Composition"]
    titles = ("split", "category", "task", "language", "license", "visibility")
    parts += [_table([title, "rows"], rows[title].items()) for title in titles if rows.get(title)]
    parts += _strata(manifest["lineage"])
    parts.append(f"Token counts are {escape(manifest['tokenizer']['counts'])}.")
    return "\n\n".join(parts)


def _strata(lineage: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where a split has few strata, what each side was to get and got; else how many there are."""
    record: Mapping[str, Any] = next((record for record in reversed(list(lineage)) if record["stage"] == "split"), {})
    if "strata" not in record:
        return []
    count, small = record["strata_in_all"], record["small_strata_in_all"]
    said = (
        f"The split, by {record['config']['by']}, keeps the shares in {count} strata of category, language and source"
    )
    said += f"; {small} of them have fewer than three groups and cannot be on every side." if small else "."
    if count > _FEW_STRATA:
        return [said]
    cells = (
        [
            " ".join(one[n] for n in _STRATUM),
            one["groups"],
            *(f"{one['got'][side]} of {one['wanted'][side]:g}" for side in SPLITS),
        ]
        for one in record["strata"]
    )
    return [said, _table(["stratum", "groups", *(f"{side}, got of wanted" for side in SPLITS)], cells)]


def _provenance(manifest: Mapping[str, Any]) -> str:
    table = _table(
        ["source", "kind", "commit", "visibility", "units", "read"],
        (
            [s.get(n, "") for n in ("name", "kind", "commit", "visibility", "units", "read")]
            for s in manifest["sources"]
        ),
    )
    return f"## Sources\n\n{table}"


def _removed(manifest: Mapping[str, Any]) -> str:
    extract = next((record for record in manifest["lineage"] if record["stage"] == "extract"), None)
    parts = ["## What was left out, and why"]
    if extract:
        parts.append(f"Units: {extract['units']} = {extract['read']} read + {extract['skipped']} skipped.")
        if extract["skipped"]:
            parts.append(_table(["skipped because", "units"], extract["skipped_by_reason"].items()))
    stages = [record for record in manifest["lineage"] if "rows_in" in record]
    lost = [(record["stage"], why, n) for record in stages for why, n in record["removed"].items()]
    first = stages[0]["rows_in"] if stages else manifest["rows"]["all"]
    removed = sum(n for _, _, n in lost)
    parts.append(f"Rows: {first} extracted = {manifest['rows']['all']} kept + {removed} removed.")
    if lost:
        parts.append(_table(["stage", "removed because", "rows"], lost))
    return "\n\n".join(parts)


def _falsification(report: Mapping[str, Any] | None) -> str:
    if report is None:
        return "## Falsification\n\nNobody has tried to refute this corpus: it was written without a report."
    rows = [
        [r["id"], r["claim"], r["verdict"], "" if r.get("severity") is None else f"{r['severity']:.3f}", r["reason"]]
        for r in report["results"]
    ]
    return (
        f"## Falsification\n\nVerdict: **{escape(report['verdict'])}**, {report['score']:g} of 100 points. "
        "Severity is the probability with which the test would have found what it looked for.\n\n"
        + _table(["", "claim", "verdict", "severity", "reason"], rows)
    )


def _use(manifest: Mapping[str, Any]) -> str:
    fingerprint: str = manifest["fingerprint"]
    return (
        "## Use\n\n```python\nfrom datasets import load_dataset\n\n"
        'rows = load_dataset("path/of/this/folder")\nrows["train"][0]["messages"]\n```\n\n'
        "The fingerprint of all rows is `" + fingerprint + "`; `manifest.json` has the hash of every file."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)
