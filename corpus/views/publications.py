"""A publication as a notebook shows it: what went where, who sees it, and that it was loaded again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from corpus.views.charts import bars, flex, table
from corpus.views.style import chip, page, text

if TYPE_CHECKING:
    from corpus.hub.publication import Publication

__all__ = ["publication_html"]


def publication_html(done: Publication) -> str:
    """The headline, the facts, bytes by what happened to them, and every file."""
    size: Counter[str] = Counter()
    for file in done.files:
        size[file.change] += file.size
    chips = [
        "a plan: nothing was sent" if done.dry_run else "done",
        "private" if done.private else "public",
        done.verdict,
    ]
    facts = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{_fact(value)}</td></tr>' for name, value in done.facts()
    )
    files = table(
        ["file", "bytes", "", "SHA-256"],
        [[file.path, f"{file.size:,}", file.change, file.sha256[:12]] for file in done.files],
        numbers=(1,),
    )
    return page(
        f"<p><b>{text(done.headline())}</b></p><p>{''.join(map(chip, chips))}</p>",
        flex(f"<table>{facts}</table>", bars("Bytes, by what happens to them", size)),
        f"<details><summary>{len(done.files)} files</summary>{files}</details>",
    )


def _fact(value: str) -> str:
    """A fact; an address of the web as a link."""
    if urlsplit(value).scheme in {"http", "https"}:
        return f'<a href="{text(value)}">{text(value)}</a>'
    return text(value)
