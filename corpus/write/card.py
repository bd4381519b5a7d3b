"""The dataset card: every number in it comes from the manifest and the report of the same run, every string is escaped.

Its sections are those of Datasheets for Datasets (Gebru et al., 2021, https://arxiv.org/abs/1803.09010). What was not
computed is not told, or it is said in words that nobody knows; there is no placeholder. Stages are told by their lines
of the lineage, whatever stages there are; redaction and decontamination have sections of their own.
Names of repositories, authors and notes are data: they could hold Markdown, HTML or YAML of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from corpus.entry import SPLITS
from corpus.write import metadata
from corpus.write.card_process import collection, decontamination, processing, rebuilding
from corpus.write.card_trust import falsification, licences, personal_data, searched
from corpus.write.markdown import ROWS, count, counted, escape, number, ordered, share, table
from corpus.write.metadata import stage_of
from corpus.write.plots import pictures
from corpus.write.statistics import QUANTILES, UNKNOWN

__all__ = ["escape", "for_repository", "render_card"]

Record = Mapping[str, Any]

_STRATUM: Final = ("category", "language", "source")
_FEW_STRATA: Final = 24
_HERE: Final = "path/of/this/folder"
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
    ("id, synthetic", "its name, the same while its place is; whether a model wrote it"),
)


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
        collection(manifest),
        processing(manifest),
        decontamination(manifest),
        falsification(report),
        personal_data(manifest),
        licences(manifest),
        _uses(manifest, report),
        _maintenance(),
        _loading(manifest),
        rebuilding(manifest),
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
    kinds = ", ".join(f"{number(n)} from {escape(kind)}" for kind, n in ordered(rows["kind"])) or "none"
    sizes = [file for files in manifest["files"].values() for file in files]
    sides = ", ".join(f"{split} {number(n)}" for split, n in _by_split(rows["split"]).items())
    verdict = "no report" if report is None else f"{report['verdict']}, {report['score']:.1f} of 100 points"
    told = [
        ("rows", number(rows["all"])),
        ("splits", sides or "not split"),
        ("rows by kind", kinds),
        ("Parquet", f"{_bytes(sum(file['bytes'] for file in sizes))} in {count(len(sizes), 'file')}"),
        ("falsification", escape(verdict)),
        ("personal data and secrets", searched(manifest)),
        ("fingerprint of the rows", f"`{manifest['fingerprint'][:16]}`"),
    ]
    begin = (
        f"{count(rows['all'], 'question-answer pair')} from {count(len(sources), 'source')}, made on the owner's own "
        f"machine by sovereign-corpus {version}. Rows name the place that they come from, as far as it is known."
    )
    return f"{begin}\n\n| at a glance | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in told)


def _motivation(manifest: Record) -> str:
    made = [_MADE_OF[kind] for kind in sorted(manifest["rows"]["kind"]) if kind in _MADE_OF]
    parts = [
        "## Motivation",
        (
            "A person's own work, turned into training data on that person's machine: to fine-tune a language model "
            "that knows this code, these notes, this way of writing."
        ),
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
    parts += pictures(manifest, "composition.png", "spread.png")
    crossed = known.get("crossed", {})
    for name in ("category", "task", "language"):
        if rows.get(name):
            parts.append(_by_splits(name, rows[name], crossed.get(f"{name}_by_split")))
    parts += [counted(name, rows[name]) for name in ("kind", "visibility") if len(rows.get(name, {})) > 1]
    parts += _strata(manifest)
    parts += _told_of_rows(known)
    return "\n\n".join(parts)


def _strata(manifest: Record) -> list[str]:
    """Where a split has few strata, what each side was to get and got; else how many there are."""
    record = stage_of(manifest, "split")
    if record is None or "strata" not in record:
        return []
    count, small = record["strata_in_all"], record["small_strata_in_all"]
    said = (
        f"The split, by {escape(record['config']['by'])}, keeps the shares in {number(count)} strata of category, "
        "language and source"
    )
    have = "has" if small == 1 else "have"
    said += f"; {number(small)} of them {have} fewer than three groups and cannot be on every side." if small else "."
    if count > _FEW_STRATA:
        return [said]
    cells = (
        [
            " ".join(str(one[name]) for name in _STRATUM),
            one["groups"],
            *(f"{one['got'][side]} of {one['wanted'][side]:g}" for side in SPLITS),
        ]
        for one in record["strata"]
    )
    return [
        said,
        table(["stratum", "groups", *(f"{side}, got of wanted" for side in SPLITS)], cells, right=range(1, 5)),
    ]


def _by_splits(title: str, counts: Mapping[str, int], crossed: Mapping[str, Mapping[str, int]] | None) -> str:
    """Rows by a column and by split; without the split where rows were not split."""
    sides = [s for s in (*SPLITS, UNKNOWN) if any(parts.get(s) for parts in (crossed or {}).values())]
    if len(sides) < 2 or crossed is None:
        return counted(title, counts)
    whole = sum(counts.values())
    found = ordered(counts)
    body = [(name, n, share(n, whole), *(crossed.get(name, {}).get(s, 0) for s in sides)) for name, n in found[:ROWS]]
    rest = found[ROWS:]
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
            f"{count(distinct['group'], 'group')} of rows that belong together, {count(distinct['path'], 'path')}, "
            f"{count(distinct['author'], 'author')}."
        )
    if turns and (turns["system"] or turns["history"]):
        lines.append(f"{number(turns['system'])} rows have a system prompt, {number(turns['history'])} earlier turns.")
    if times:
        lines.append(
            f"Written between {times['first']} and {times['last']}, as far as dated ({number(times['rows'])})."
        )
    if synthetic.get("yes"):
        lines.append(f"{number(synthetic['yes'])} rows were written by a model, {number(synthetic['no'])} were not.")
    elif synthetic.get(UNKNOWN):
        lines.append(f"Whether a model wrote them is not known of {number(synthetic[UNKNOWN])} rows.")
    return ["\n".join(f"- {line}" for line in lines)] if lines else []


def _quality(manifest: Record) -> str:
    known = manifest.get("statistics", {})
    quality, lengths = known.get("quality"), known.get("lengths", {})
    parts = ["## Quality and length", *pictures(manifest, "quality.png")]
    if quality:
        head = [f"{100 * q:g} %" if 0 < q < 1 else ("lowest", "highest")[int(q)] for q in QUANTILES]
        parts.append(
            f"`quality` is in 0–1 and known of {count(quality['rows'], 'row')}; its mean is {quality['mean']:.3f}. "
            "A program computes it from the signals below; no person has rated the rows."
        )
        parts.append(table(head, [[f"{value:.3f}" for value in quality["quantiles"]]], right=range(len(head))))
        body = [(name, f"{one['mean']:.3f}", one["rows"]) for name, one in known.get("signals", {}).items()]
        parts += [table(["signal", "mean", "rows"], body, right=(1, 2))] if body else []
    elif known:
        parts.append("The rows were not scored.")
    if any(one["histogram"] for one in lengths.values()):
        names = {"tokens_input": "question", "tokens_output": "answer"}
        spread = [
            [told, *(lengths[name][k] for k in ("median", "p95", "longest", "sum"))] for name, told in names.items()
        ]
        parts.append(table(["tokens", "median", "95 %", "longest", "all"], spread, right=(1, 2, 3, 4)))
    parts.append(f"Token counts are {escape(manifest['tokenizer']['counts'])}.")
    return "\n\n".join(parts)


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
        if stage_of(manifest, "decontaminate") is None
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
    split = stage_of(manifest, "split")
    if split is None:
        return "The rows were not split: there is nothing held out to measure a model with."
    return "Rows that belong together are on one side of the split: `validation` and `test` were held out by groups."


def _maintenance() -> str:
    return (
        "## Distribution and maintenance\n\n"
        "Whoever published this corpus maintains it; a private one is not distributed. Name a row that is wrong, or "
        "that should not be here, by its `id`: it stays the same while the row's place does. A later version is built "
        "from newer commits, with rows on the same side of the split; versions are told apart by the fingerprint of "
        "their rows."
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


def _citation(manifest: Record) -> str:
    told = " The year is that of the newest row." if manifest.get("statistics", {}).get("created_at") else ""
    return (
        f"## Citation\n\n```bibtex\n{metadata.bibtex(manifest, _HERE)}\n```\n\n"
        f"The version is the beginning of the fingerprint.{told}"
    )


# Small things


def _by_split(counts: Mapping[str, int]) -> dict[str, int]:
    return {split: counts[split] for split in SPLITS if counts.get(split)}


def _bytes(size: int) -> str:
    """A size as people say it, in powers of 1000."""
    power = min(max(0, len(str(size)) - 1) // 3, 4)
    return f"{size / 1000**power:.4g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"
