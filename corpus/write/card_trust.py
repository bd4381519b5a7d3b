"""The card's sections on what a reader has to trust: what was tested and what was not, people, licences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from corpus.write.markdown import count, counted, escape, number, ordered, table
from corpus.write.metadata import stage_of
from corpus.write.statistics import UNKNOWN

__all__ = ["falsification", "licences", "personal_data", "searched"]

Record = Mapping[str, Any]

_NBSP: Final = "\N{NO-BREAK SPACE}"
_REASON: Final = 600  # characters of why something was not tested: no cell of a table, and not to be guessed
_VERDICTS: Final = ("refuted", "untested", "corroborated", "not applicable")


def falsification(report: Record | None) -> str:
    """The report: refuted claims first, then those that were not tested, then those that stood their test."""
    if report is None:
        return "## Falsification\n\nNobody has tried to refute this corpus: it was written without a report."
    results = report["results"]
    by_verdict = {v: [r for r in results if r["verdict"] == v] for v in _VERDICTS}
    counts = ", ".join(f"{len(found)} {verdict}" for verdict, found in by_verdict.items() if found)
    parts = [
        "## Falsification",
        f"Verdict: **{escape(report['verdict'])}**, {report['score']:.1f} of 100 points"
        + (f" ({counts} of {len(results)} hypotheses)." if results else "."),
        (
            "Each hypothesis is a claim about what must never be seen, with a threshold that was fixed before the rows "
            "were looked at. Severity is the probability with which its test would have found a violation; it was "
            "measured by planting violations into these rows, or follows from the number of rows that were looked at."
        ),
    ]
    parts += _registered(report)
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


def _registered(report: Record) -> list[str]:
    """What was fixed otherwise than this library ships it, and whether the tests were tested."""
    lines = [
        f"- {escape(c['direction'])}: {escape(c['id'])} {escape(c['key'])}: {_value(c['shipped'])} shipped, "
        f"{_value(c['registered'])} registered"
        for c in report.get("changes", ())
    ]
    parts = ["**Registered otherwise than this library ships:**", "\n".join(lines)] if lines else []
    if report.get("power") is False:
        parts.append("The power of the tests was not measured, so nothing is corroborated.")
    return parts


def _value(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _results(results: Iterable[Record]) -> str:
    body = [[r["id"], r["claim"], _severity(r), r.get("looked"), r["reason"]] for r in results]
    return table(["", "claim", "severity", "looked at", "what was seen"], body, right=(2, 3))


def _severity(result: Record) -> str:
    if result.get("severity") is None:
        return ""
    rate = result.get("rate")
    return f"{result['severity']:.3f}" + (f"{_NBSP}at{_NBSP}{100 * rate:g}{_NBSP}%" if rate is not None else "")


def _sentence(text: str) -> str:
    told = escape(text[:1].upper() + text[1:], _REASON)
    return told if told.endswith((".", "!", "?", "\N{HORIZONTAL ELLIPSIS}")) else f"{told}."


def searched(manifest: Record) -> str:
    """Whether somebody has looked for personal data, in one line."""
    record = stage_of(manifest, "redact")
    if record is None:
        return "not searched for: what the sources hold, the rows hold"
    return "searched for and taken out, as far as they have a form or a known name"


def personal_data(manifest: Record) -> str:
    """What was searched for and taken out, under which names people stand, and what nobody looked for."""
    parts = ["## Personal data, and how it was treated"]
    record = stage_of(manifest, "redact")
    if record is None:
        parts.append(
            "Personal data and secrets were **not** searched for in the texts: what the sources hold, the rows hold."
        )
    else:
        parts += _redacted(record)
    parts += _authors(manifest["sources"])
    visible = manifest["rows"].get("visibility", {})
    if visible.get("private"):
        parts.append(f"{count(visible['private'], 'row')} of sources that nobody has declared public.")
    if {"signal", "matrix"} & manifest["rows"]["kind"].keys():
        parts.append("Conversations hold words of others, who did not write them to be read by strangers.")
    return "\n\n".join(parts)


def _redacted(record: Record) -> list[str]:
    removed = sum(record.get("removed", {}).values())
    parts = [
        (
            "Texts, paths and names were searched for secrets and personal data by rules that know their form, and for "
            "the people whom the sources know. What has no form and no known name stays."
        )
    ]
    counts = [f"{count(removed, 'row')} could not be repaired and were removed"]
    if "rows_changed" in record:
        counts.insert(0, f"{count(record['rows_changed'], 'row')} were changed")
    if "people" in record:
        counts.append(f"{number(record['people'])} people are known by name")
    if record.get("known"):
        counts.append(f"{count(record['known'], 'secret')} that one place shows were looked for in all others")
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
    return [
        (kind, list(rules.items()) if isinstance(rules, Mapping) else [("", rules)]) for kind, rules in found.items()
    ]


def _authors(sources: Iterable[Record]) -> list[str]:
    git = [source for source in sources if source.get("kind") == "git"]
    named = [escape(source.get("name")) for source in git if not source.get("pseudonym_fingerprint")]
    parts = []
    if len(named) < len(git):
        parts.append(
            "Authors of code stand in the column `author` under keyed pseudonyms; the key stays on the owner's machine."
        )
    if named:
        parts.append(f"Authors stand under their own names in rows of {', '.join(named)}.")
    return parts


def licences(manifest: Record) -> str:
    """Rows by licence, and by source where there are several."""
    found = manifest["rows"].get("license", {})
    parts = ["## Licences"]
    crossed = manifest.get("statistics", {}).get("crossed", {}).get("source_by_license", {})
    body = [(source, name, n) for source, licences in crossed.items() for name, n in ordered(licences)]
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
    return f"Of {count(rows, 'row')} no licence is known: nobody has given others a right to them."
