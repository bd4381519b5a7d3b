"""An evaluation as one page of HTML that needs nothing else: the table, the intervals, and answers side by side."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from training.evaluation import Compared, Evaluation, Sample

__all__ = ["page"]

_STYLE: Final = """
body{font:15px/1.45 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .7rem;border-bottom:1px solid #ccc;text-align:right}
td:first-child,th:first-child{text-align:left}.tuned{color:#176b2c;font-weight:600}.base{color:#a11;font-weight:600}
.three{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.8rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f5f5;padding:.6rem;margin:.2rem 0;font-size:13px}
"""


def page(found: Evaluation) -> str:
    """The page of an evaluation."""
    rows = "".join(_row(one) for one in found.compared)
    whole = "".join(
        f"<li>{escape(name)} of all answers: {base:.2f} of the base, {tuned:.2f} tuned</li>"
        for name, (base, tuned) in found.whole.items()
    )
    memory = "".join(
        f"<li>{what} rows completed word for word: {base} by the base, {tuned} tuned, of {count}</li>"
        for what, (base, tuned, count) in found.memory.items()
    )
    canaries = "".join(
        f"<li>canary <code>{escape(after.text)}</code>: exposure {before.exposure:.1f} to {after.exposure:.1f} "
        f"bits of 7, {'completed' if after.completed else 'not completed'}</li>"
        for before, after in found.canaries
    )
    left_out = "".join(f"<li>{count} rows not asked: {escape(why)}</li>" for why, count in found.left_out.items())
    before, after = found.perplexity
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Base against tuned</title>'
        f"<style>{_STYLE}</style></head><body><h1>Base against tuned</h1>"
        f"<p><code>{escape(found.base)}</code> and <code>{escape(found.adapter)}</code></p>"
        "<table><thead><tr><th>metric</th><th>rows</th><th>groups</th><th>base</th><th>tuned</th><th>difference</th>"
        f"<th>95 % interval</th><th></th></tr></thead><tbody>{rows}</tbody></table>"
        f"<ul><li>perplexity: {before:.2f} of the base, {after:.2f} tuned</li>{whole}{memory}{canaries}{left_out}</ul>"
        f"<h2>Side by side</h2>{''.join(_sample(one) for one in found.samples)}</body></html>"
    )


def _row(one: Compared) -> str:
    better = f"{one.better} is better" if one.better else "undecided"
    return (
        f"<tr><td>{escape(one.metric)}</td><td>{one.rows}</td><td>{one.groups}</td><td>{one.base:.3f}</td><td>{one.tuned:.3f}</td>"
        f"<td>{one.difference:+.3f}</td><td>[{one.low:+.3f}, {one.high:+.3f}]</td>"
        f'<td class="{one.better}">{better}</td></tr>'
    )


def _sample(one: Sample) -> str:
    said = (("reference", one.reference), ("base", one.base), ("tuned", one.tuned))
    columns = "".join(f"<div><b>{name}</b><pre>{escape(text)}</pre></div>" for name, text in said)
    return f'<h3>{escape(one.id)}</h3><pre>{escape(one.question)}</pre><div class="three">{columns}</div>'
