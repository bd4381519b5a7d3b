"""A report as one page that opens from the disk: no network, no framework, dark and light.

Everything in it that comes from a corpus is hostile: it is escaped, and characters that turn the direction of text or
move a cursor are shown as such. What may run is named by its hash in the page's own policy (Content-Security-Policy),
so that a script that slipped through would still not run. Without JavaScript the page shows everything and filters
nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.entry import SCHEMA
from corpus.errors import ConfigError
from corpus.fingerprint import fingerprint
from corpus.places import place_of
from falsify.opening import table_of
from falsify.power import Grade
from falsify.report import PASSED, Report, Result, Sensitivity

__all__ = ["page", "write_page"]

_EXCERPT: Final = 1200  # characters of a text that are shown: a screenful
_SIGNS: Final = {"refuted": "✗", "corroborated": "✓", "untested": "?", "not applicable": "–"}
_ORDER: Final = tuple(_SIGNS)
_MEANING: Final = {
    "refuted": "speaks against the corpus",
    "corroborated": "stood a test of known strength",
    "untested": "nobody knows: it earns nothing",
    "not applicable": "not about rows of this kind: it leaves the sum",
}

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --page: #ffffff; --card: #f6f8fa; --line: #d0d7de;
  --refuted: #b3261e; --corroborated: #1a7f43; --untested: #8a5a00; --na: #57606a; --link: #0550ae }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --page: #0d1117; --card: #161b22;
  --line: #30363d; --refuted: #ff8a80; --corroborated: #56d364; --untested: #e3b341; --na: #9aa5b1; --link: #79b8ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 .2rem } h2 { font-size: 1.2rem; margin: 2rem 0 .6rem }
h3 { font-size: 1rem; margin: 0; display: inline } p { margin: .3rem 0 } a { color: var(--link) }
small, .soft { color: var(--soft); font-size: .875rem } code, pre, .mono { font-family: ui-monospace, monospace;
  font-size: .85rem } .refuted { color: var(--refuted) } .corroborated { color: var(--corroborated) }
.untested { color: var(--untested) } .na { color: var(--na) }
.verdict { font-size: 2rem; font-weight: 700; line-height: 1.2 }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: .8rem 0; padding: 0; list-style: none }
meter { width: 100%; height: 1rem; max-width: 30rem }
.families { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; padding: 0;
  list-style: none } .families li { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .7rem }
.families meter { height: .6rem }
.warn { border-left: .3rem solid var(--untested); background: var(--card); padding: .5rem .8rem; margin: .8rem 0 }
form { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; position: sticky; top: 0; z-index: 1;
  background: var(--page); padding: .6rem 0; border-bottom: 1px solid var(--line) }
form label { display: grid; font-size: .875rem; color: var(--soft) } form .grow { flex: 1 1 14rem }
input, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem; padding: .35rem .5rem; width: 100%; min-height: 2.4rem }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
details.test { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; background: var(--card) }
details.test > summary { padding: .6rem .8rem; cursor: pointer; display: flex; flex-wrap: wrap; gap: .2rem .7rem;
  align-items: baseline; list-style: none } summary::-webkit-details-marker { display: none }
details.test > summary::before { content: "▸"; color: var(--soft) }
details.test[open] > summary::before { content: "▾" }
.sign { font-weight: 700; min-width: 8.5rem } .claim { flex: 1 1 20rem }
.tag { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .75rem }
.body { padding: 0 .8rem .8rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr);
  gap: .15rem 1rem; margin: .5rem 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
.row small { display: block }
.row { border-top: 1px solid var(--line); padding: .6rem 0 } pre { margin: .2rem 0 .6rem; padding: .5rem .6rem;
  white-space: pre-wrap; overflow-wrap: anywhere; background: var(--page); border: 1px solid var(--line);
  border-radius: .4rem; max-height: 22rem; overflow: auto } .theirs { unicode-bidi: isolate }
[hidden] { display: none !important }
@media (max-width: 34rem) { dl { grid-template-columns: minmax(0, 1fr) } dt { margin-top: .3rem }
  .sign { min-width: 0 } }
@media print { form { display: none } details.test { break-inside: avoid } }
"""

_SCRIPT: Final = """
const form = document.querySelector("form"), tests = [...document.querySelectorAll("details.test")];
const told = document.getElementById("told");
const show = () => {
  const words = form.elements.words.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const family = form.elements.family.value, verdict = form.elements.verdict.value;
  let shown = 0;
  for (const test of tests) {
    const text = test.textContent.toLowerCase();
    test.hidden = !((!family || test.dataset.family === family) && (!verdict || test.dataset.verdict === verdict)
      && words.every(word => text.includes(word)));
    shown += !test.hidden;
  }
  told.textContent = `${shown} of ${tests.length} shown`;
};
form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", event => event.preventDefault());
show();
"""


def write_page(path: str | PathLike[str], text: str) -> Path:
    """Write a page as a whole or not at all; an earlier one is replaced."""
    place = place_of(path)
    if place.is_dir():
        raise ConfigError("a report is written to a file, and there is a folder", where=place)
    if not place.parent.is_dir():
        raise ConfigError("there is no folder to write the report to", where=place.parent)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")  # 0600: it may hold what rows hold
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return place


def page(report: Report, corpus: Any = None) -> str:
    """The page: verdict, families, and every hypothesis with the rows that speak against it.

    Args:
        report: What was found.
        corpus: What was judged, as `falsify.read` takes it; without it rows are named and not shown.

    Raises:
        ConfigError: The rows are not those that were judged.
    """
    rows = _rows(report, corpus)
    results = sorted(report.results, key=lambda r: (_ORDER.index(r.verdict), not (r.veto or r.grave)))
    tests = "".join(_test(result, rows) for result in results)
    policy = f"default-src 'none'; style-src '{_hash(_STYLE)}'; script-src '{_hash(_SCRIPT)}'; base-uri 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>Falsification: {_text(report.verdict)}</title><style>{_STYLE}</style></head>'
        f"<body><header>{_head(report)}</header><main>{_warnings(report)}<h2>Points by family</h2>{_families(report)}"
        f"<h2>Hypotheses</h2>{_form(report)}{tests}</main><footer>{_foot(report)}</footer>"
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _rows(report: Report, corpus: Any) -> dict[str, dict[str, Any]]:
    """The rows that the report names, by id, each with its number in the table."""
    if corpus is None:
        return {}
    table = table_of(corpus)
    if fingerprint(table) != report.fingerprint:
        raise ConfigError(
            "these are not the rows that were judged",
            expected=f"fingerprint {report.fingerprint[:16]}",
            got=fingerprint(table)[:16],
            hint="give what falsify.falsify was given",
        )
    wanted = {name for result in report.results for name in result.evidence}
    if not wanted or not set(SCHEMA.names) <= set(table.column_names):
        return {}
    at = pc.indices_nonzero(pc.is_in(table["id"], pa.array(sorted(wanted), pa.string())))
    shown = table.take(at).to_pylist()
    return {row["id"]: {**row, "number": number} for number, row in zip(at.to_pylist(), shown, strict=True)}


def _text(value: object) -> str:
    """Escaped; a character that is not to be seen stands as its number; line breaks and tabs stay."""
    shown = (c if c.isprintable() or c in "\n\t" else f"\u27e8U+{ord(c):04X}\u27e9" for c in str(value))
    return html.escape("".join(shown))


def _head(report: Report) -> str:
    kind = _css(report.verdict)
    passed = "passed" if report.passed else "not passed"
    counts = (f"{sum(r.verdict == verdict for r in report.results)} {verdict}" for verdict in _ORDER)
    verdict = f"{_SIGNS[report.verdict]} {_text(report.verdict)}, {passed}"
    return (
        f'<h1>Falsification</h1><p class="verdict {kind}">{verdict}</p>'
        f"<p>{report.score:.1f} of 100 points; a corpus passes at {PASSED:g}, with no veto refuted.</p>"
        f"{_meter(report.score, 100, 'Score')}"
        f'<ul class="facts"><li>{report.rows:,} rows</li>{"".join(f"<li>{told}</li>" for told in counts)}</ul>'
    )


def _css(verdict: str) -> str:
    return "na" if verdict == "not applicable" else verdict


def _meter(value: float, most: float, label: str) -> str:
    high = most * PASSED / 100
    return (
        f'<meter min="0" max="{max(most, 1):g}" low="{high * 0.82:g}" high="{high:g}" optimum="{most:g}" '
        f'value="{value:g}" aria-label="{_text(label)}: {value:.4g} of {most:g}">{value:.4g} of {most:g}</meter>'
    )


def _warnings(report: Report) -> str:
    parts = []
    if report.changes:
        lines = "".join(
            f"<li><b>{_text(change.direction)}</b>: <span class=mono>{_text(change)}</span></li>"
            for change in report.changes
        )
        parts.append(f'<div class="warn"><p>Registered otherwise than shipped:</p><ul>{lines}</ul></div>')
    if not report.power:
        parts.append(
            '<div class="warn"><p>The power of the tests was not measured: this run could refute, and corroborates '
            "nothing.</p></div>"
        )
    return "".join(parts)


def _families(report: Report) -> str:
    parts = []
    for family in dict.fromkeys(result.family for result in report.results):
        own = [r for r in report.results if r.family == family and r.verdict != "not applicable"]
        earned, possible = sum(r.earned for r in own), sum(r.points for r in own)
        told = "".join(
            f'<span class="{verdict}">, {count} {verdict}</span>'
            for verdict in ("refuted", "untested")
            if (count := sum(r.verdict == verdict for r in own))
        )
        meter = _meter(earned, possible, family) if possible else '<p class="soft">not applicable</p>'
        parts.append(
            f"<li><b>{_text(family)}</b><br>{meter}<br><small>{earned:g} of {possible:g} points{told}</small></li>"
        )
    return f'<ul class="families">{"".join(parts)}</ul>'


def _form(report: Report) -> str:
    families = dict.fromkeys(result.family for result in report.results)
    verdicts = [verdict for verdict in _ORDER if any(r.verdict == verdict for r in report.results)]
    return (
        '<form hidden role="search"><label class="grow">Search<input type="search" name="words" '
        'placeholder="id, claim, path, text"></label>'
        f"<label>Family{_select('family', families)}</label><label>Verdict{_select('verdict', verdicts)}</label>"
        '<output id="told" class="soft" aria-live="polite"></output></form>'
    )


def _select(name: str, values: Sequence[str] | Mapping[str, None]) -> str:
    options = "".join(f"<option>{_text(value)}</option>" for value in values)
    return f'<select name="{name}"><option value="">all</option>{options}</select>'


def _test(result: Result, rows: Mapping[str, Mapping[str, Any]]) -> str:
    tags = [name for name, has in (("veto", result.veto), ("grave", result.grave)) if has]
    labels = "".join(f'<span class="tag">{tag}</span>' for tag in tags)
    is_open = " open" if result.verdict == "refuted" else ""
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(result))
    evidence = "".join(_evidence(result, index, rows) for index in range(len(result.evidence)))
    return (
        f'<details class="test" data-family="{_text(result.family)}" data-verdict="{_text(result.verdict)}"{is_open}>'
        f'<summary><span class="sign {_css(result.verdict)}">{_SIGNS[result.verdict]} {_text(result.verdict)}</span>'
        f'<h3 class="mono">{_text(result.id)}</h3><span class="claim">{_text(result.claim)}</span>{labels}'
        f'<span class="soft">{result.earned:g} of {result.points:g}</span></summary>'
        f'<div class="body"><p class="theirs">{_text(result.reason)}</p><dl>{facts}</dl>{evidence}</div></details>'
    )


def _facts(result: Result) -> Iterator[tuple[str, str]]:
    yield "family", _text(result.family)
    if result.statistic is not None:
        yield "statistic", f"{result.statistic:.6g}, threshold {result.threshold:g}"
    yield "looked at", _text(f"{result.looked:,} ({result.population})")
    if result.power:
        yield "its plants", "".join(f"<p>{_grade(grade)}</p>" for grade in result.power)
    elif result.sensitivity is not None:
        yield "its plants", _plants(result.sensitivity)
    if result.alarms is not None:
        alarms = result.alarms
        yield (
            "false alarms",
            _text(f"{alarms.flagged} of {alarms.looked:,} {alarms.of} of corpora that are right")
            + (f", at most {alarms.upper:.2%} (95 %)"),
        )
    if result.severity is not None:
        at = "" if result.rate is None else f" of rows that are wrong at a rate of {result.rate:.2%}"
        yield "severity", f"{result.severity:.4f}: the chance that it would have been seen{at}"
    yield "meaning", f"{_MEANING[result.verdict]}; version {result.version} of the test"


def _grade(grade: Grade) -> str:
    name = _text(grade.plant) + (f", {grade.strength:.0%} {_text(grade.unit)}" if grade.unit else "")
    if not grade.planted:
        return f'<span class="soft">{name}: cannot be planted in these rows</span>'
    told = f"{name}: {grade.found} of {grade.planted} found, at least {grade.lower:.1%}"
    if not grade.required:
        return f'<span class="soft">{told}</span>'
    return told + (
        f'; <b class="refuted">{grade.required:.0%} is required</b>'
        if grade.falls_short
        else f"; {grade.required:.0%} is required"
    )


def _plants(found: Sensitivity) -> str:
    return f"{found.kills} of {found.plants} found; at least {found.lower:.3f} of such violations (95 %)"


def _evidence(result: Result, index: int, rows: Mapping[str, Mapping[str, Any]]) -> str:
    name = result.evidence[index]
    note = f'<p class="theirs">{_text(result.notes[index])}</p>' if index < len(result.notes) else ""
    row = rows.get(name)
    if row is None:
        return f'<div class="row"><code>{_text(name)}</code>{note}</div>'
    texts = "".join(
        f'<small>{column}</small><pre class="theirs" tabindex="0">{_text(_cut(row[column]))}</pre>'
        for column in ("instruction", "input", "output")
        if row[column]
    )
    head = f'<b class="mono theirs">{_text(_place(row))}</b> <small>{_text(name)}</small>'
    return f'<div class="row">{head}{note}{texts}</div>'


def _place(row: Mapping[str, Any]) -> str:
    """Where a row comes from, as an editor or a reader of the table finds it."""
    lines = "" if row["line_start"] is None else f":{row['line_start']}-{row['line_end']}"
    commit = f" at {row['commit'][:12]}" if row["commit"] else ""
    path = f" {row['path']}{lines}{commit}" if row["path"] is not None else ""
    symbol = f" {row['symbol']}" if row["symbol"] else ""
    return f"{row['source']}{path}{symbol}, row {row['number'] + 1}, {row['task']}"


def _cut(text: str) -> str:
    left = len(text) - _EXCERPT
    return text if left <= 0 else f"{text[:_EXCERPT]}\n… {left:,} characters more"


def _foot(report: Report) -> str:
    shipped = "as shipped" if report.registration == report.shipped else f"shipped: {report.shipped}"
    return (
        "<h2>What this report is bound to</h2><dl>"
        f"<dt>rows</dt><dd><code>{_text(report.fingerprint)}</code></dd><dt>registration</dt><dd><code>"
        f"{_text(report.registration)}</code>, {_text(shipped)}</dd><dt>seed</dt><dd>{report.seed}</dd></dl>"
        '<p class="soft">Every hypothesis forbids something and was fixed before the rows were looked at. A test whose '
        "own planted violations escape may not corroborate. Rows of the corpus may stand in this file.</p>"
    )
