"""What is to be published, and what stands in the way: decided on this machine, before anything is asked or sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from corpus.entry import SPLITS
from corpus.errors import PublishError
from corpus.hub.publication import Published
from corpus.write.files import sha256_of
from corpus.write.folder import CARD, MANIFEST, REPORT, Stored, check_beside, read_corpus

__all__ = ["Plan", "plan_of"]

_CHATS: Final = {"signal", "matrix"}


@dataclass(frozen=True)
class Plan:
    """The files of a corpus that travel, and what they say.

    Attributes:
        folder: Where the corpus lies.
        card: The corpus' own card.
        files: Path in the repository to file on this machine, without the card. Nothing of `.private/` is among them.
        fingerprint: Of the rows.
        verdict: Of the falsification report.
        rows: Rows of each split.
    """

    folder: Path
    card: str
    files: dict[str, Path]
    fingerprint: str
    verdict: str
    rows: dict[str, int]

    def listed(self) -> tuple[Published, ...]:
        """Every file as new: what a repository gets that holds nothing."""
        files = {CARD: self.folder / CARD, **self.files}
        return tuple(
            Published(path, file.stat().st_size, sha256_of(file), "new") for path, file in sorted(files.items())
        )


def plan_of(folder: Path, *, private: bool) -> Plan:
    """Read a corpus from its folder, and refuse what must not be published.

    Raises:
        IntegrityError: It is incomplete, or its files are not those that the manifest names.
        PublishError: There is no row, no report, it refuted the corpus or judged another one, or privacy forbids it.
    """
    stored = read_corpus(folder)
    report = _report(stored, folder)
    _refuse_private(stored.table, private=private)
    if not len(stored.table):
        hint = "look at what was removed and skipped, and why: corpus inspect DIR"
        raise PublishError(
            "there is no row to publish, and `datasets` loads no split without rows", where=folder, hint=hint
        )
    beside = check_beside(folder, stored.manifest)
    data = {f"data/{file['name']}" for split in SPLITS for file in stored.manifest["files"].get(split, [])}
    return Plan(
        folder=folder,
        card=(folder / CARD).read_text(encoding="utf-8"),
        files={path: folder / path for path in (*sorted(data), *beside, MANIFEST, REPORT)},
        fingerprint=stored.manifest["fingerprint"],
        verdict=report["verdict"],
        rows={
            split: sum(file["rows"] for file in stored.manifest["files"][split])
            for split in SPLITS
            if split in stored.manifest["files"]
        },
    )


def _report(stored: Stored, folder: Path) -> dict[str, Any]:
    """The report on these very bytes; one that refuted them forbids publishing."""
    report = stored.report
    if report is None or "falsification" not in stored.manifest:
        hint = "report = falsify.falsify(c); c.write(path, report=report), or build it with corpus.build"
        raise PublishError("nobody has tried to refute this corpus: it has no report", where=folder, hint=hint)
    if report.get("fingerprint") != stored.manifest["fingerprint"]:
        raise PublishError(
            "the report judged another corpus",
            where=folder / REPORT,
            expected=f"fingerprint {stored.manifest['fingerprint']}",
            got=f"fingerprint {report.get('fingerprint')}",
            hint="judge this one: corpus falsify DIR, or corpus.build again",
        )
    if report["verdict"] == "refuted":
        refuted = [result["id"] for result in report["results"] if result["verdict"] == "refuted"]
        raise PublishError(
            "the corpus is refuted, and a refuted corpus is not published",
            where=folder / REPORT,
            got=f"refuted: {', '.join(refuted)}",
            hint="read the rows that refute it in falsification.json, mend what made them, build again",
        )
    return report


def _refuse_private(table: pa.Table, *, private: bool) -> None:
    """No private row and nobody else's words go to a public repository."""
    if private:
        return
    visible = Counter(zip(table["kind"].to_pylist(), table["source"].to_pylist(), _visibilities(table), strict=True))
    lines = []
    for (kind, source, visibility), rows in sorted(visible.items()):
        if kind in _CHATS:
            lines.append(f"{rows} rows of {source}: conversations are not one person's to make public")
        elif visibility != "public":
            lines.append(f"{rows} rows of {source}: private, since nobody declared that source public")
    if lines:
        raise PublishError(
            "rows of this corpus may not be public",
            got="; ".join(lines[:20]),
            hint="publish with private=True, or build without them, or declare the source public (--public)",
        )


def _visibilities(table: pa.Table) -> list[str]:
    found: list[str] = table["visibility"].cast(pa.string()).to_pylist()
    return found
