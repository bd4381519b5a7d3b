"""An audit as a terminal shows it: the sections of its Markdown (`str(audit)`), with nothing of the markup."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from corpus.cli import say
from corpus.show import plain, text_table

if TYPE_CHECKING:
    from corpus.privacy.auditing import Audit

__all__ = ["audit_text"]

_WIDTH: Final = 100  # characters of a line of prose
_MOST: Final = 10  # values of one kind: a project has thousands of authors
_ANSWER: Final = 300  # of a row that is shown


def audit_text(found: Audit) -> str:
    """What an audit found, as plain text; nothing in it steers a terminal."""
    facts = found.facts
    sections = {
        "What to do": _lines(facts["plan"]),
        "What stands in the way of publishing to everyone": _lines(
            f"{one['name']}: {one['what']}" for one in facts["obstacles"]
        ),
        "Where the data lies": _places(facts["places"]),
        "Whose rows they are": _rows(facts["rows"]),
        "What was redacted": _redacted(facts["redaction"], facts["removed"]),
        "What may still identify somebody: the rows of a sample that speak most of persons": _telling(
            facts["may_still_tell"]
        ),
        "What can reach the network, by what it declares to be": _software(facts["software"]),
    }
    return "\n\n".join("\n".join([say.paint(name, "bold"), *lines]) for name, lines in sections.items())


def _lines(said: Iterable[str]) -> list[str]:
    return [_wrapped(one.replace("`", ""), "  - ", "    ") for one in said] or ["  nothing"]


def _wrapped(words: str, first: str = "  ", next_: str = "  ") -> str:
    text = plain(" ".join(words.split()))
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=next_, break_on_hyphens=False)


def _places(places: list[Mapping[str, Any]]) -> list[str]:
    if not places:
        return ["  in memory only"]
    cells = [[p["place"], f"{p['bytes']:,}", p["mode"], "yes" if p["others_may_read"] else "no"] for p in places]
    return [text_table([["place", "bytes", "mode", "others may read"], *cells])]


def _rows(rows: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {rows['all']:,} rows"
    for name in ("kind", "source", "visibility", "license", "author"):
        counted = [f"{plain(str(value))} {n:,}" for value, n in list(rows[name].items())[:_MOST]]
        more = len(rows[name]) - len(counted)
        counted += [f"and {more} more"] if more else []
        yield _wrapped(f"{name}: {', '.join(counted)}", "  ", "    ") if counted else f"  {name}: none"


def _redacted(record: Mapping[str, Any] | None, removed: Mapping[str, int]) -> Iterator[str]:
    if record is None:
        yield "  nothing: this corpus was not redacted"
    else:
        gone = sum(record["removed"].values())
        yield f"  {record['rows_changed']} rows were changed, {gone} removed; {record['people']} people known by name"
        for kind, rules in record.get("redacted", {}).items():
            yield _wrapped(f"{kind}: {', '.join(f'{rule} in {n} rows' for rule, n in rules.items())}", "  ", "    ")
    yield f"  {removed['rows']} rows were removed and {removed['units']} units skipped, all of it on record"


def _telling(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    for one in rows:
        yield _wrapped(one["place"])
        yield _wrapped(one["question"][:_ANSWER], "    ", "    ")
        yield _wrapped(one["answer"][:_ANSWER], "    > ", "    > ")
    if not rows:
        yield "  no row was asked for (--sample N)"


def _software(software: list[Mapping[str, Any]]) -> Iterator[str]:
    for one in software:
        if one["network"]:
            yield _wrapped(f"{one['name']} {one['version']}: {one['network']}".replace("`", ""), "  ", "    ")
    others = [f"{one['name']} {one['version']}" for one in software if not one["network"]]
    yield _wrapped(f"what takes part besides: {', '.join(others)}", "  ", "    ")
