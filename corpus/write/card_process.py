"""The card's sections on how a corpus was made: sources, stages with what each removed, and how to make it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from corpus.reserved import RESERVED
from corpus.write.markdown import counted, escape, facts, literal, number, table
from corpus.write.metadata import stage_of
from corpus.write.plots import pictures

__all__ = ["collection", "decontamination", "processing", "rebuilding"]

Record = Mapping[str, Any]

_RECORD: Final = frozenset({"stage", "version", "config", "rows_in", "rows_out", "removed"})
_SOURCE: Final = frozenset(
    {"name", "kind", "commit", "visibility", "units", "read", "version", "pseudonym_fingerprint"}
)
_TOLD_ELSEWHERE: Final[Mapping[str, frozenset[str]]] = {
    "extract": frozenset({"units", "read", "skipped", "skipped_by_reason"}),
    "redact": frozenset({"redacted", "redacted_beside", "rows_changed", "people", "known"}),
    "split": frozenset({"rows", "strata", "strata_in_all", "small_strata", "small_strata_in_all"}),
}
"""What of a stage's counts stands in another section."""


def collection(manifest: Record) -> str:
    """The sources, what was read of each, and what each has to say."""
    rows = manifest["rows"].get("source", {})
    body = [
        [
            s.get("name"),
            s.get("kind"),
            str(s.get("commit") or "")[:12],  # the whole of it stands in the call that rebuilds
            s.get("visibility"),
            s.get("units"),
            s.get("read"),
            rows.get(s.get("name"), 0),
        ]
        for s in manifest["sources"]
    ]
    parts = [
        "## Collection process",
        (
            "Nothing was crawled and nobody was asked to write: the sources below were read where they lay. Of git, "
            "only objects at the named commit; nothing that was read was run. Rows are those that are left after all "
            "stages."
        ),
        table(["source", "kind", "commit", "visibility", "units", "read", "rows"], body, right=(4, 5, 6)),
    ]
    lines = []
    for source in manifest["sources"]:
        told = facts({name: value for name, value in source.items() if name not in _SOURCE})
        lines += [f"- {escape(source.get('name'))}: {line}" for line in told]
    if lines:
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def processing(manifest: Record) -> str:
    """The stages: rows before and after each, what was removed and why, and what else each has counted."""
    stages = [record for record in manifest["lineage"] if "rows_in" in record]
    parts = ["## Preprocessing, and what was removed and why", *pictures(manifest, "removed.png"), *_skipped(manifest)]
    first = stages[0]["rows_in"] if stages else manifest["rows"]["all"]
    gone = sum(n for record in stages for n in record["removed"].values())
    parts.append(f"Rows: {number(first)} before = {number(manifest['rows']['all'])} kept + {number(gone)} removed.")
    if stages:
        body = [
            [r["stage"], r.get("version"), r["rows_in"], sum(r["removed"].values()), r.get("rows_out")] for r in stages
        ]
        parts.append(table(["stage", "version", "rows before", "removed", "rows after"], body, right=(2, 3, 4)))
    lost = [(record["stage"], why, n) for record in stages for why, n in record["removed"].items()]
    if lost:
        parts.append(table(["stage", "removed because", "rows"], lost, right=(2,)))
    lines = [f"- {escape(record['stage'])}: {line}" for record in manifest["lineage"] for line in _told_by(record)]
    if lines:
        parts.append("What the stages counted:\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _skipped(manifest: Record) -> list[str]:
    extract = stage_of(manifest, "extract")
    if extract is None or "units" not in extract:
        return []
    read, skipped = number(extract["read"]), number(extract["skipped"])
    parts = [f"Units (files, commits, notes, chats): {number(extract['units'])} = {read} read + {skipped} skipped."]
    if extract["skipped"]:
        parts.append(counted("skipped because", extract["skipped_by_reason"], "units"))
    return parts


def _told_by(record: Record) -> list[str]:
    """What a stage has counted besides rows that went in, out, and away."""
    if record["stage"] == "decontaminate":
        return []
    hidden = _RECORD | _TOLD_ELSEWHERE.get(record["stage"], frozenset())
    return facts({name: value for name, value in record.items() if name not in hidden and not _is_digest(value)})


def decontamination(manifest: Record) -> str:
    """What was compared with which benchmarks; empty where that was not done."""
    record = stage_of(manifest, "decontaminate")
    if record is None:
        return ""
    removed = sum(record.get("removed", {}).values())
    config = record.get("config", {})
    listed = _benchmarks(config.get("sources"))
    parts = [
        "## Decontamination",
        f"Rows were compared with benchmarks, and {number(removed)} of {number(record['rows_in'])} were removed.",
        *listed,
    ]
    shown = {"sources", "benchmarks", *(() if config.get("corpora") else ("items",))} if listed else set()
    known = {**{name: value for name, value in record.items() if name not in _RECORD}, **config}
    told = facts({name: value for name, value in known.items() if name not in shown and not _is_digest(value)})
    return "\n\n".join([*parts, "\n".join(f"- {line}" for line in told)] if told else parts)


def _benchmarks(sources: Any) -> list[str]:
    """The files that rows were compared with, as a table: without their hashes nobody knows which version it was."""
    if not isinstance(sources, list) or not sources or not all(isinstance(one, Mapping) for one in sources):
        return []
    body = [[one.get(name) for name in ("name", "items", "file", "sha256")] for one in sources]
    return [table(["benchmark", "items", "file", "SHA-256"], body, right=(1,))]


def rebuilding(manifest: Record) -> str:
    """The call, the settings and the versions that give the same bytes again."""
    opened = ",\n".join(f"    {call}" for call in map(_opened, manifest["sources"]) if call)
    configs = {
        record["stage"]: {name: value for name, value in record.get("config", {}).items() if value is not None}
        for record in manifest["lineage"]
    }
    versions = ", ".join(f"{escape(name)} {escape(version)}" for name, version in sorted(manifest["versions"].items()))
    parts = ["## How to rebuild it"]
    if opened:
        parts.append(
            "With the sources at hand; where you keep them, and arguments that would tell what lies in them, stay out "
            f"of this card:\n\n```python\nimport corpus\n\ncorpus.build(\n{opened},\n" + '    out="my-corpus",\n)\n```'
        )
    parts.append(
        "The stages in their order, with their settings:\n\n```json\n" + _ascii_json(configs) + "\n```"
        if configs
        else "No stage is known: the rows were made elsewhere."
    )
    parts.append(
        f"With {versions}. The same sources, settings, key and versions give the same bytes, whose fingerprint is "
        f"`{manifest['fingerprint']}`; `corpus falsify DIR --rebuild` builds it once more and compares."
    )
    return "\n\n".join(parts)


def _opened(source: Record) -> str:
    """The call that opens a source again, as far as the manifest tells."""
    path = literal(f"path/of/{source.get('name', '')}")
    public = ['visibility="public"'] if source.get("visibility") == "public" else []
    match source.get("kind"):
        case "git":
            told = [path, f"rev={literal(str(source.get('commit', 'HEAD')))}"]
            told += [f"preset={literal(str(source['preset']))}"] if source.get("preset") else []
            if isinstance(source.get("licenses"), list):
                told.append(f"licenses=[{', '.join(literal(str(name)) for name in source['licenses'])}]")
            told += ["history=True"] if "commits" in source else []
            told += ["real_names=True"] if not source.get("pseudonym_fingerprint") else []
            return f"corpus.GitRepo({', '.join([*told, *public])})"
        case "obsidian":
            return f"corpus.ObsidianVault({', '.join([path, *public])})"
        case "signal":
            return f"corpus.SignalExport({path})"
        case "matrix":
            return f"corpus.MatrixExport({path}, me=...)"
    return ""


def _is_digest(value: object) -> bool:
    """A hash says nothing to a reader; the manifest has it."""
    return isinstance(value, str) and len(value) >= 16 and all(c in "0123456789abcdef" for c in value)


def _ascii_json(stages: Mapping[str, Any]) -> str:
    """Settings by stage, a line each, in printable ASCII: a name in them can neither end the block nor show markup."""
    lines = [f" {json.dumps(name)}: {json.dumps(config)}" for name, config in stages.items()]
    text = "{\n" + ",\n".join(lines) + "\n}"
    text = text.replace("<", "\\u003c").replace("`", "\\u0060").replace("\x7f", "\\u007f")
    return RESERVED.sub(lambda found: f"\\u{ord(found[0][0]):04x}{found[0][1:]}", text)
