"""The dataset card: every number in it comes from the manifest and the report of the same run, every string is escaped.

Its sections are those of Datasheets for Datasets (Gebru et al., 2021, https://arxiv.org/abs/1803.09010). What was not
computed is not told, or it is said in words that nobody knows; there is no placeholder. Stages are told by their lines
of the lineage, whatever stages there are; redaction and decontamination have sections of their own.
Names of repositories, authors and notes are data: they could hold Markdown, HTML or YAML of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from corpus.entry import SPLITS
from corpus.write import metadata
from corpus.write.markdown import counted, escape, facts, literal, number, share, table
from corpus.write.plots import PLOTS
from corpus.write.statistics import QUANTILES, UNKNOWN

__all__ = ["escape", "for_repository", "render_card"]

Record = Mapping[str, Any]

_NBSP: Final = "\N{NO-BREAK SPACE}"
_HERE: Final = "path/of/this/folder"
_RECORD: Final = frozenset({"stage", "version", "config", "rows_in", "rows_out", "removed"})
_EXTRACT: Final = frozenset({"units", "read", "skipped", "skipped_by_reason"})
_SOURCE: Final = frozenset({"name", "kind", "commit", "visibility", "units", "read", "version", "pseudonym_key"})
_REDACTED: Final = frozenset({"redacted", "redacted_beside", "rows_changed", "people"})
_MADE_OF: Final = {
    "git": "definitions in repositories and their documentation, and commits where these were asked for",
    "obsidian": "sections, definitions, flashcards and links of notes",
    "signal": "conversations in Signal, the owner's messages as answers",
    "matrix": "conversations in Matrix, the owner's messages as answers",
    "table": "a table that somebody else has made",
}
_COLUMNS: Final = (
    ("messages", "the pair as chat turns, which trainers read"),
    ("system, history, instruction, input, output", "the same as texts"),
    ("source, commit, path, line_start, line_end, symbol, origins", "where the row comes from"),
    ("kind, category, task, language, license, author, created_at, visibility", "what is known of it"),
    ("tokens_input, tokens_output, quality, signals", "how long and how good it is"),
    ("group, split", "what is never separated, and the side it is on"),
    ("id, synthetic", "its name in every version of the corpus; whether a model wrote it"),
)
_VERDICTS: Final = ("refuted", "untested", "corroborated", "not applicable")


def render_card(manifest: Record, report: Record | None) -> str:
    """The text of `README.md` for a corpus.

    Args:
        manifest: The manifest, complete but for the card's own hash.
        report: The falsification report, if there is one.

    Raises:
        IntegrityError: The YAML does not read back as it was meant.
    """
    sections = [
        f"# {escape(metadata.title(manifest))}",
        _about(manifest, report),
        _motivation(manifest),
        _composition(manifest),
        _quality(manifest),
        _collection(manifest),
        _processing(manifest),
        _decontamination(manifest),
        _falsification(report),
        _personal_data(manifest),
        _licences(manifest),
        _uses(manifest, report),
        _maintenance(),
        _loading(manifest),
        _rebuilding(manifest),
        _citation(manifest),
    ]
    head = metadata.dump(metadata.head(manifest))
    return f"---\n{head}---\n\n" + "\n\n".join(section for section in sections if section) + "\n"


def for_repository(card: str, repo_id: str, url: str) -> str:
    """A card that says how to load the corpus from a repository instead of a folder.

    Args:
        card: The card of the folder.
        repo_id: The repository, `name/of-it`.
        url: Its page.
    """
    return card.replace(f'load_dataset("{_HERE}")', f'load_dataset("{repo_id}")').replace(
        f"howpublished = {{{_HERE}}}", f"howpublished = {{\\url{{{url}}}}}"
    )


# What it is


def _about(manifest: Record, report: Record | None) -> str:
    rows, sources = manifest["rows"], manifest["sources"]
    version = escape(manifest["versions"]["sovereign-corpus"])
    kinds = " and ".join(f"{number(n)} from {escape(kind)}" for kind, n in _ordered(rows["kind"])) or "none"
    sizes = [file for files in manifest["files"].values() for file in files]
    sides = ", ".join(f"{split} {number(n)}" for split, n in _by_split(rows["split"]).items())
    verdict = "no report" if report is None else f"{report['verdict']}, {report['score']:.1f} of 100 points"
    told = [
        ("rows", number(rows["all"])),
        ("splits", sides or "not split"),
        ("rows by kind", kinds),
        ("Parquet", f"{_bytes(sum(file['bytes'] for file in sizes))} in {_count(len(sizes), 'file')}"),
        ("falsification", escape(verdict)),
        ("personal data and secrets", _searched(manifest)),
        ("fingerprint of the rows", f"`{manifest['fingerprint'][:16]}`"),
    ]
    begin = (
        f"{_count(rows['all'], 'question-answer pair')} from {_count(len(sources), 'source')}, made on the owner's own "
        f"machine by sovereign-corpus {version}. Rows name the place that they come from, as far as it is known."
    )
    return f"{begin}\n\n| at a glance | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in told)


def _motivation(manifest: Record) -> str:
    made = [_MADE_OF[kind] for kind in sorted(manifest["rows"]["kind"]) if kind in _MADE_OF]
    parts = [
        "## Motivation",
        "A person's own work, turned into training data on that person's machine: to fine-tune a language model that "
        "knows this code, these notes, this way of writing.",
    ]
    if made:
        parts.append("Its rows are made of\n\n" + "\n".join(f"- {what}" for what in made))
    return "\n\n".join(parts)


def _composition(manifest: Record) -> str:
    rows, known = manifest["rows"], manifest.get("statistics", {})
    parts = ["## Composition"]
    if not rows["all"]:
        parts.append(
            "There is no row in this corpus. pandas, polars and DuckDB read its empty file; `load_dataset` refuses a "
            "split without rows."
        )
    parts.append("Each row is one question and its answer.")
    parts.append(
        "| columns | what they say |\n|---|---|\n"
        + "\n".join(f"| {', '.join(f'`{name}`' for name in names.split(', '))} | {told} |" for names, told in _COLUMNS)
    )
    parts += _pictures(manifest, "composition.png", "spread.png")
    crossed = known.get("crossed", {})
    for name in ("category", "task", "language"):
        if rows.get(name):
            parts.append(_by_splits(name, rows[name], crossed.get(f"{name}_by_split")))
    parts += [counted(name, rows[name]) for name in ("kind", "visibility") if len(rows.get(name, {})) > 1]
    parts += _told_of_rows(known)
    return "\n\n".join(parts)


def _by_splits(title: str, counts: Mapping[str, int], crossed: Mapping[str, Mapping[str, int]] | None) -> str:
    """Rows by a column and by split; without the split where rows were not split."""
    sides = [s for s in (*SPLITS, UNKNOWN) if any(parts.get(s) for parts in (crossed or {}).values())]
    if len(sides) < 2 or crossed is None:
        return counted(title, counts)
    whole = sum(counts.values())
    ordered = _ordered(counts)
    body = [(name, n, share(n, whole), *(crossed.get(name, {}).get(s, 0) for s in sides)) for name, n in ordered[:30]]
    rest = ordered[30:]
    if rest:
        left = sum(n for _, n in rest)
        of = [sum(crossed.get(name, {}).get(s, 0) for name, _ in rest) for s in sides]
        body.append((f"{len(rest)} more", left, share(left, whole), *of))
    return table([title, "rows", "share", *sides], body, right=range(1, 3 + len(sides)))


def _told_of_rows(known: Record) -> list[str]:
    lines = []
    distinct, turns, times = known.get("distinct"), known.get("turns"), known.get("created_at")
    synthetic = known.get("synthetic", {})
    if distinct:
        lines.append(
            f"{_count(distinct['group'], 'group')} of rows that belong together, {_count(distinct['path'], 'path')}, "
            f"{_count(distinct['author'], 'author')}."
        )
    if turns and (turns["system"] or turns["history"]):
        lines.append(f"{number(turns['system'])} rows have a system prompt, {number(turns['history'])} earlier turns.")
    if times:
        lines.append(f"Written between {times['first']} and {times['last']}, as far as dated ({number(times['rows'])}).")
    if synthetic.get("yes"):
        lines.append(f"{number(synthetic['yes'])} rows were written by a model, {number(synthetic['no'])} were not.")
    elif synthetic.get(UNKNOWN):
        lines.append(f"Whether a model wrote them is not known of {number(synthetic[UNKNOWN])} rows.")
    return ["\n".join(f"- {line}" for line in lines)] if lines else []


def _quality(manifest: Record) -> str:
    known = manifest.get("statistics", {})
    quality, lengths = known.get("quality"), known.get("lengths", {})
    parts = ["## Quality and length", *_pictures(manifest, "quality.png")]
    if quality:
        head = [f"{100 * q:g} %" if 0 < q < 1 else ("lowest", "highest")[int(q)] for q in QUANTILES]
        parts.append(
            f"`quality` is in 0–1 and known of {_count(quality['rows'], 'row')}; its mean is {quality['mean']:.3f}. "
            "It is the weighted mean of the signals below, which a program computes: no person has rated the rows."
        )
        parts.append(table(head, [[f"{value:.3f}" for value in quality["quantiles"]]], right=range(len(head))))
        body = [(name, f"{one['mean']:.3f}", one["rows"]) for name, one in known.get("signals", {}).items()]
        parts += [table(["signal", "mean", "rows"], body, right=(1, 2))] if body else []
    elif known:
        parts.append("The rows were not scored.")
    if any(one["histogram"] for one in lengths.values()):
        names = {"tokens_input": "question", "tokens_output": "answer"}
        body = [[told, *(lengths[name][k] for k in ("median", "p95", "longest", "sum"))] for name, told in names.items()]
        parts.append(table(["tokens", "median", "95 %", "longest", "all"], body, right=(1, 2, 3, 4)))
    parts.append(f"Token counts are {escape(manifest['tokenizer']['counts'])}.")
    return "\n\n".join(parts)


# How it was made


def _collection(manifest: Record) -> str:
    rows = manifest["rows"].get("source", {})
    body = [
        [s.get("name"), s.get("kind"), s.get("commit"), s.get("visibility"), s.get("units"), s.get("read")]
        + [rows.get(s.get("name"), 0)]
        for s in manifest["sources"]
    ]
    parts = [
        "## Collection process",
        "Nothing was crawled and nobody was asked to write: the sources below were read where they lay. Of git, only "
        "objects at the named commit; nothing that was read was run. Rows are those that are left after all stages.",
        table(["source", "kind", "commit", "visibility", "units", "read", "rows"], body, right=(4, 5, 6)),
    ]
    lines = []
    for source in manifest["sources"]:
        told = facts({name: value for name, value in source.items() if name not in _SOURCE})
        lines += [f"- {escape(source.get('name'))}: {line}" for line in told]
    if lines:
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _processing(manifest: Record) -> str:
    stages = [record for record in manifest["lineage"] if "rows_in" in record]
    parts = ["## Preprocessing, and what was removed and why", *_pictures(manifest, "removed.png"), *_skipped(manifest)]
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
    extract = _stage(manifest, "extract")
    if extract is None or "units" not in extract:
        return []
    read, skipped = number(extract["read"]), number(extract["skipped"])
    parts = [f"Units (files, commits, notes, chats): {number(extract['units'])} = {read} read + {skipped} skipped."]
    if extract["skipped"]:
        parts.append(counted("skipped because", extract["skipped_by_reason"], "units"))
    return parts


def _told_by(record: Record) -> list[str]:
    """What a stage has counted besides rows that went in, out, and away."""
    hidden = _RECORD | (_EXTRACT if record["stage"] == "extract" else frozenset())
    if record["stage"] == "redact":
        hidden |= _REDACTED
    if record["stage"] == "decontaminate":
        return []
    return facts({name: value for name, value in record.items() if name not in hidden and not _is_digest(value)})


def _decontamination(manifest: Record) -> str:
    record = _stage(manifest, "decontaminate")
    if record is None:
        return ""
    removed = sum(record.get("removed", {}).values())
    told = facts({name: value for name, value in record.items() if name not in _RECORD and not _is_digest(value)})
    told += facts(record.get("config", {}))
    parts = [
        "## Decontamination",
        f"Rows were compared with benchmarks, and {number(removed)} of {number(record['rows_in'])} were removed.",
    ]
    return "\n\n".join([*parts, "\n".join(f"- {line}" for line in told)] if told else parts)


# What was tested


def _falsification(report: Record | None) -> str:
    if report is None:
        return "## Falsification\n\nNobody has tried to refute this corpus: it was written without a report."
    results = report["results"]
    by_verdict = {v: [r for r in results if r["verdict"] == v] for v in _VERDICTS}
    counts = ", ".join(f"{len(found)} {verdict}" for verdict, found in by_verdict.items() if found)
    parts = [
        "## Falsification",
        f"Verdict: **{escape(report['verdict'])}**, {report['score']:.1f} of 100 points"
        + (f" ({counts} of {len(results)} hypotheses)." if results else "."),
        "Each hypothesis is a claim about what must never be seen, with a threshold that was fixed before the rows were "
        "looked at. Severity is the probability with which its test would have found a violation; it was measured by "
        "planting violations into these rows, or follows from the number of rows that were looked at.",
    ]
    if by_verdict["refuted"]:
        parts += ["**Refuted:**", _results(by_verdict["refuted"])]
    open_claims = by_verdict["untested"]
    if open_claims:
        lines = [f"- {escape(r['id'])}: {escape(r['claim'])}. {_sentence(r['reason'])}" for r in open_claims]
        parts += ["**Not tested**, so nobody knows:", "\n".join(lines)]
    elif results:
        parts.append("Every hypothesis that applies to these rows was tested.")
    if by_verdict["corroborated"]:
        parts += ["**Stood the test:**", _results(by_verdict["corroborated"])]
    beside = by_verdict["not applicable"]
    if beside:
        parts.append("Not about rows of this kind: " + ", ".join(escape(r["id"]) for r in beside) + ".")
    return "\n\n".join(parts)


def _results(results: Iterable[Record]) -> str:
    body = [[r["id"], r["claim"], _severity(r), r.get("looked"), r["reason"]] for r in results]
    return table(["", "claim", "severity", "looked at", "what was seen"], body, right=(2, 3))


def _severity(result: Record) -> str:
    if result.get("severity") is None:
        return ""
    rate = result.get("rate")
    return f"{result['severity']:.3f}" + (f"{_NBSP}at{_NBSP}{100 * rate:g}{_NBSP}%" if rate is not None else "")


def _sentence(text: str) -> str:
    told = escape(text[:1].upper() + text[1:])
    return told if told.endswith((".", "!", "?")) else f"{told}."


# Whom it concerns


def _searched(manifest: Record) -> str:
    """Whether somebody has looked for personal data, in one line."""
    record = _stage(manifest, "redact")
    if record is None:
        return "not searched for: what the sources hold, the rows hold"
    return "searched for and taken out, as far as they have a form or a known name"


def _personal_data(manifest: Record) -> str:
    parts = ["## Personal data, and how it was treated"]
    record = _stage(manifest, "redact")
    if record is None:
        parts.append(
            "Personal data and secrets were **not** searched for in the texts: what the sources hold, the rows hold."
        )
    else:
        parts += _redacted(record)
    parts += _authors(manifest["sources"])
    visible = manifest["rows"].get("visibility", {})
    if visible.get("private"):
        parts.append(f"{_count(visible['private'], 'row')} of sources that nobody has declared public.")
    if {"signal", "matrix"} & manifest["rows"]["kind"].keys():
        parts.append("Conversations hold words of others, who did not write them to be read by strangers.")
    return "\n\n".join(parts)


def _redacted(record: Record) -> list[str]:
    removed = sum(record.get("removed", {}).values())
    parts = [
        "Texts, paths and names were searched for secrets and personal data by rules that know their form, and for the "
        "people whom the sources know. What has no form and no known name stays."
    ]
    counts = [f"{_count(removed, 'row')} could not be repaired and were removed"]
    if "rows_changed" in record:
        counts.insert(0, f"{_count(record['rows_changed'], 'row')} were changed")
    if "people" in record:
        counts.append(f"{number(record['people'])} people are known by name")
    parts.append("; ".join(counts) + ".")
    where = (("redacted", "found in rows"), ("redacted_beside", "found in what was removed or skipped, and in facts"))
    for name, told in where:
        body = [(kind, rule, n) for kind, rules in _nested(record.get(name)) for rule, n in rules]
        parts += [table(["kind", "rule", told], body, right=(2,))] if body else []
    kept = record.get("config", {}).get("keep")
    if kept:
        parts.append(f"Left in on request: {escape(', '.join(map(str, kept)))}.")
    return parts


def _nested(found: Any) -> list[tuple[str, list[tuple[str, int]]]]:
    """Counts by kind and rule; by kind alone, where that is all there is."""
    if not isinstance(found, Mapping):
        return []
    return [(kind, list(rules.items()) if isinstance(rules, Mapping) else [("", rules)]) for kind, rules in found.items()]


def _authors(sources: Iterable[Record]) -> list[str]:
    git = [source for source in sources if source.get("kind") == "git"]
    named = [escape(source.get("name")) for source in git if not source.get("pseudonym_key")]
    parts = []
    if len(named) < len(git):
        parts.append(
            "Authors of code stand in the column `author` under keyed pseudonyms; the key stays on the owner's machine."
        )
    if named:
        parts.append(f"Authors stand under their own names in rows of {', '.join(named)}.")
    return parts


def _licences(manifest: Record) -> str:
    found = manifest["rows"].get("license", {})
    parts = ["## Licences"]
    crossed = manifest.get("statistics", {}).get("crossed", {}).get("source_by_license", {})
    body = [(source, name, n) for source, licences in crossed.items() for name, n in _ordered(licences)]
    if len(crossed) > 1 and body:
        parts.append(table(["source", "licence", "rows"], body[:200], right=(2,)))
    if found:
        parts.append(counted("licence", found))
    parts.append(
        "A row has the licence that its file, its folder or its repository names; this corpus adds none of its own. "
        + _unlicensed(found.get(UNKNOWN, 0))
    )
    return "\n\n".join(parts)


def _unlicensed(rows: int) -> str:
    if not rows:
        return "Every row has one."
    return f"Of {_count(rows, 'row')} no licence is known: nobody has given others a right to them."


def _uses(manifest: Record, report: Record | None) -> str:
    lines = [
        f"- Token counts are {escape(manifest['tokenizer']['counts'])}; a tokenizer gives others."
        if manifest["tokenizer"].get("name") is None
        else "",
        "- Questions about code and notes are phrased by this library from templates, not by people."
        if {"git", "obsidian"} & manifest["rows"]["kind"].keys()
        else "",
        "- The rows come from one source: its habits and errors are theirs." if len(manifest["sources"]) == 1 else "",
        "- They were not compared with benchmarks: what these ask may stand in them."
        if _stage(manifest, "decontaminate") is None
        else "",
        "- Nobody has tried to refute them." if report is None else "",
    ]
    limits = "\n".join(line for line in lines if line)
    return (
        "## Uses, and limits\n\n"
        "Meant for fine-tuning language models, and for looking at what such a model is taught. "
        + _held_out(manifest)
        + "\n\nNot meant for finding out who a person is, nor for judging people by their work. "
        "What is known to limit it:\n\n" + limits
    )


def _held_out(manifest: Record) -> str:
    split = _stage(manifest, "split")
    if split is None:
        return "The rows were not split: there is nothing held out to measure a model with."
    return "Rows that belong together are on one side of the split: `validation` and `test` were held out by groups."


def _maintenance() -> str:
    return (
        "## Distribution and maintenance\n\n"
        "Whoever published this corpus maintains it; a private one is not distributed. Name a row that is wrong, or "
        "that should not be here, by its `id`: it is the same in every version. A later version is built from newer "
        "commits, with rows on the same side of the split; versions are told apart by the fingerprint of their rows."
    )


# How it is used


def _loading(manifest: Record) -> str:
    fingerprint: str = manifest["fingerprint"]
    split = next((name for name in SPLITS if manifest["files"].get(name)), "train")
    return (
        "## How to load it\n\n```python\nfrom datasets import load_dataset\n\n"
        f'rows = load_dataset("{_HERE}")\nrows["{split}"][0]["messages"]\n```\n\n'
        "pandas, polars and DuckDB read `data/*.parquet` as they are. The fingerprint of all rows is `"
        + fingerprint
        + "`; `manifest.json` has the SHA-256 of every file."
    )


def _rebuilding(manifest: Record) -> str:
    opened = ",\n".join(f"    {call}" for call in map(_opened, manifest["sources"]) if call)
    configs = {
        record["stage"]: {name: value for name, value in record.get("config", {}).items() if value is not None}
        for record in manifest["lineage"]
    }
    versions = ", ".join(f"{escape(name)} {escape(version)}" for name, version in sorted(manifest["versions"].items()))
    parts = ["## How to rebuild it"]
    if opened:
        parts.append(
            "With the sources at hand; where you keep them, and arguments that would tell what lies in them, stay out of "
            f"this card:\n\n```python\nimport corpus\n\ncorpus.build(\n{opened},\n" + '    out="my-corpus",\n)\n```'
        )
    parts.append(
        "The stages in their order, with their settings:\n\n```json\n" + _ascii_json(configs) + "\n```"
        if configs
        else "No stage is known: the rows were made elsewhere."
    )
    parts.append(
        f"With {versions}. The same sources, settings, key and versions give the same bytes; "
        "`corpus falsify DIR --rebuild` builds it once more and compares."
    )
    return "\n\n".join(parts)


def _opened(source: Record) -> str:
    """The call that opens a source again, as far as the manifest tells."""
    path = literal(f"path/of/{source.get('name', '')}")
    match source.get("kind"):
        case "git":
            told = [path, f"rev={literal(str(source.get('commit', 'HEAD')))}"]
            told += [f"preset={literal(str(source['preset']))}"] if source.get("preset") else []
            if isinstance(source.get("licenses"), list):
                told.append(f"licenses=[{', '.join(literal(str(name)) for name in source['licenses'])}]")
            told += ["history=True"] if "commits" in source else []
            told += ["real_names=True"] if not source.get("pseudonym_key") else []
            told += ['visibility="public"'] if source.get("visibility") == "public" else []
            return f"corpus.GitRepo({', '.join(told)})"
        case "obsidian":
            return f"corpus.ObsidianVault({path})"
        case "signal":
            return f"corpus.SignalExport({path})"
        case "matrix":
            return f"corpus.MatrixExport({path}, me=...)"
    return ""


def _citation(manifest: Record) -> str:
    times = manifest.get("statistics", {}).get("created_at")
    key = f"corpus_{manifest['fingerprint'][:12]}"
    lines = [
        f"  title = {{{_tex(metadata.title(manifest))}}},",
        *([f"  year = {{{times['last'][:4]}}},"] if times else []),
        f"  version = {{{manifest['fingerprint'][:12]}}},",
        f"  howpublished = {{{_HERE}}},",
        f"  note = {{{manifest['rows']['all']} rows, made with sovereign-corpus "
        f"{_tex(str(manifest['versions']['sovereign-corpus']))}}}",
    ]
    told = " The year is that of the newest row." if times else ""
    return (
        f"## Citation\n\n```bibtex\n@misc{{{key},\n"
        + "\n".join(lines)
        + f"\n}}\n```\n\nThe version is the beginning of the fingerprint.{told}"
    )


# Small things


def _stage(manifest: Record, name: str) -> Record | None:
    return next((record for record in manifest["lineage"] if record["stage"] == name), None)


def _pictures(manifest: Record, *names: str) -> list[str]:
    images = manifest.get("images", {})
    return [f"![{PLOTS[name][0]}](images/{name})" for name in names if name in images]


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _by_split(counts: Mapping[str, int]) -> dict[str, int]:
    return {split: counts[split] for split in SPLITS if counts.get(split)}


def _count(n: int, what: str) -> str:
    return f"{number(n)} {what}{'s' * (n != 1)}"


def _bytes(size: int) -> str:
    """A size as people say it, in powers of 1000."""
    power = min(max(0, len(str(size)) - 1) // 3, 4)
    return f"{size / 1000**power:.4g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"


def _is_digest(value: object) -> bool:
    """A hash says nothing to a reader; the manifest has it."""
    return isinstance(value, str) and len(value) >= 16 and all(c in "0123456789abcdef" for c in value)


def _ascii_json(stages: Mapping[str, Any]) -> str:
    """Settings by stage, a line each, in printable ASCII: a name in them can neither end the block nor show markup."""
    lines = [f" {json.dumps(name)}: {json.dumps(config)}" for name, config in stages.items()]
    text = "{\n" + ",\n".join(lines) + "\n}"
    return text.replace("<", "\\u003c").replace("`", "\\u0060").replace("\x7f", "\\u007f")


def _tex(text: str) -> str:
    """A string for a BibTeX field inside a block of code: letters, digits and a few marks; the rest is dropped."""
    return "".join(c if c.isalnum() or c in " .,-+" else " " for c in text).strip()
