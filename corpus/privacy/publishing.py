"""What stands in the way of publishing a corpus, each with its count and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.sources.allowed import allow_list, permits

if TYPE_CHECKING:
    from corpus.corpus import Corpus

__all__ = ["FREE", "Obstacle", "obstacles"]

_FREE: Final = (
    "0BSD AFL-3.0 AGPL-3.0-only Apache-2.0 Artistic-2.0 BSD-1-Clause BSD-2-Clause BSD-3-Clause BSL-1.0 CC-BY-3.0"
    " CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CECILL-2.1 ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.2 GPL-2.0-only"
    " GPL-3.0-only ISC LGPL-2.1-only LGPL-3.0-only MIT MIT-0 MPL-2.0 MulanPSL-2.0 NCSA OFL-1.1 OSL-3.0 PostgreSQL"
    " PSF-2.0 Python-2.0 Ruby Unicode-3.0 Unlicense UPL-1.0 W3C WTFPL X11 Zlib ZPL-2.1"
)
FREE: Final = tuple(_FREE.split())
"""Licences that allow a text to be passed on; conditions that they make (a notice, the same licence) remain."""

_CHATS: Final = ("signal", "matrix")
_SHARED: Final = ("git", "table")  # kinds whose texts others may have written under a licence


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way of publishing.

    Attributes:
        name: Short, for programs: `private-rows`.
        count: Of rows, where it is about rows; else 1.
        what: A sentence.
        todo: What to do about it.
        groups: How the rows are made up: value to count.
    """

    name: str
    count: int
    what: str
    todo: str
    groups: Mapping[str, int]

    def __str__(self) -> str:
        told = ", ".join(f"{value} {count}" for value, count in self.groups.items())
        return f"{self.name}: {self.what}{f' ({told})' if told else ''}. {self.todo}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "groups": dict(self.groups)}


def obstacles(
    corpus: Corpus | str | PathLike[str], *, public: bool = True, licenses: Iterable[str] | None = None
) -> list[Obstacle]:
    """What stands in the way of publishing a corpus; nothing, where it may be published.

    Args:
        corpus: A corpus, or the folder of one.
        public: Whether all the world shall see it; a private repository is seen by who has it, and refused for less.
        licenses: SPDX ids that you may publish under; `FREE` by default.

    Raises:
        IntegrityError: The folder holds no complete corpus.
        ConfigError: A licence is no SPDX id.
    """
    from corpus.corpus import Corpus, load

    found = corpus if isinstance(corpus, Corpus) else load(corpus)
    checks = [_verdict(found), _redaction(found)]
    if public:
        checks += [_private(found.table), _chats(found.table), *_licenses(found.table, licenses or FREE)]
    return [obstacle for obstacle in checks if obstacle is not None]


def _verdict(corpus: Corpus) -> Obstacle | None:
    if corpus.report is None:
        todo = "Try to refute it: corpus falsify DIR, or corpus.build."
        return Obstacle("no-report", 1, "nobody has tried to refute this corpus", todo, {})
    if corpus.report["verdict"] == "corroborated":
        return None
    refuted = sorted(r["id"] for r in corpus.report["results"] if r["verdict"] == "refuted")
    what = f"the falsifier's verdict is {corpus.report['verdict']}"
    return Obstacle("not-corroborated", 1, what, "Read the report and mend what it says.", dict.fromkeys(refuted, 1))


def _redaction(corpus: Corpus) -> Obstacle | None:
    record = next((r for r in corpus.lineage if r["stage"] == "redact"), None)
    if record is None:
        what = "secrets and personal data were not taken out"
        return Obstacle("not-redacted", len(corpus), what, "corpus.redact(), or build without --no-redact.", {})
    kept = record["config"]["keep"]
    if not kept:
        return None
    what = "kinds of personal data were left in on request"
    return Obstacle("kinds-kept", len(kept), what, "Build again without keep.", dict.fromkeys(kept, 1))


def _private(table: pa.Table) -> Obstacle | None:
    rows = table.filter(pc.not_equal(table["visibility"].cast(pa.string()), "public"))
    what = "rows are of sources that were not declared public"
    todo = "Declare a source public that is yours to publish (--public, visibility='public'), or leave it out."
    return _of_rows("private-rows", rows, what, todo, "source")


def _chats(table: pa.Table) -> Obstacle | None:
    kinds, categories = (table[name].cast(pa.string()) for name in ("kind", "category"))
    told = pc.or_(pc.is_in(kinds, pa.array(_CHATS)), pc.equal(categories, "conversation"))
    what = "rows are conversations, which others took part in"
    todo = "Leave conversations out: they are not one person's to publish."
    return _of_rows("conversations", table.filter(told), what, todo, "source")


def _licenses(table: pa.Table, allowed: Iterable[str]) -> list[Obstacle | None]:
    """Rows of a licence that forbids it, and rows of none that is known."""
    free = allow_list(allowed)
    shared = table.filter(pc.is_in(table["kind"].cast(pa.string()), pa.array(_SHARED)))
    licences = shared["license"].cast(pa.string())
    unknown = pc.fill_null(pc.equal(licences, "NOASSERTION"), True)
    judged = {one: permits(one, free) for one in pc.unique(licences).to_pylist() if one is not None}
    forbidden = pa.array([one for one, good in judged.items() if not good and one != "NOASSERTION"], pa.string())
    return [
        _of_rows(
            "licence-forbids",
            shared.filter(pc.is_in(licences, forbidden)),
            "rows are under a licence that is not known to allow it",
            "Leave them out (licenses=[...]), or name the licence if you may: obstacles(licenses=[...]).",
            "license",
        ),
        _of_rows(
            "licence-unknown",
            shared.filter(unknown),
            "rows have no licence that is known (NOASSERTION), so all rights are reserved",
            "Add a LICENSE file or SPDX headers to what is yours; leave out what is not.",
            "source",
        ),
    ]


def _of_rows(name: str, rows: pa.Table, what: str, todo: str, by: str) -> Obstacle | None:
    if not len(rows):
        return None
    counted = Counter(value or "unknown" for value in rows[by].cast(pa.string()).to_pylist())
    return Obstacle(name, len(rows), f"{len(rows)} {what}", todo, dict(sorted(counted.items())))
