"""What is to be published, and what stands in the way: decided on this machine, before anything is asked or sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.corpus import Corpus, load
from corpus.entry import SPLITS
from corpus.errors import IntegrityError, PublishError
from corpus.hub.publication import Published
from corpus.privacy.publishing import Obstacle, obstacles
from corpus.write.files import sha256_of
from corpus.write.folder import CARD, MANIFEST, PRIVATE, REPORT, check_beside, read_manifest

__all__ = ["Plan", "plan_of"]


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
        notes: What a person should know.
    """

    folder: Path
    card: str
    files: dict[str, Path]
    fingerprint: str
    verdict: str
    rows: dict[str, int]
    notes: tuple[str, ...] = ()

    def listed(self) -> tuple[Published, ...]:
        """Every file as new: what a repository gets that holds nothing."""
        files = {CARD: self.folder / CARD, **self.files}
        return tuple(
            Published(path, file.stat().st_size, sha256_of(file), "new") for path, file in sorted(files.items())
        )


def plan_of(folder: Path, *, private: bool, licenses: Iterable[str] | None = None) -> Plan:
    """Read a corpus from its folder, and refuse what must not be published.

    Args:
        folder: Of a corpus.
        private: Whether only its owner shall see it.
        licenses: SPDX ids that may be published under; see `corpus.obstacles`.

    Raises:
        IntegrityError: It is incomplete, its files are not those that the manifest names, or a secret stands in them.
        PublishError: There is no row, no report, it refuted the corpus or judged another one, or privacy forbids it.
    """
    corpus = load(folder)
    manifest = read_manifest(folder)
    verdict = _verdict(corpus.report, manifest, folder)
    if not len(corpus):
        hint = "look at what was removed and skipped, and why: corpus inspect DIR"
        raise PublishError(
            "there is no row to publish, and `datasets` loads no split without rows", where=folder, hint=hint
        )
    _refuse(obstacles(corpus, public=not private, licenses=licenses), folder, private=private)
    beside = check_beside(folder, manifest)
    corpus.check_bytes(folder, skip=(PRIVATE, ".git"))
    data = {f"data/{file['name']}" for split in SPLITS for file in manifest["files"].get(split, [])}
    return Plan(
        folder=folder,
        card=_card(folder / CARD),
        files={path: folder / path for path in (*sorted(data), *beside, MANIFEST, REPORT)},
        fingerprint=manifest["fingerprint"],
        verdict=verdict,
        rows={
            split: sum(file["rows"] for file in manifest["files"][split])
            for split in SPLITS
            if split in manifest["files"]
        },
        notes=_notes(corpus),
    )


def _notes(corpus: Corpus) -> tuple[str, ...]:
    """What the last look knew no more, where redaction had known some: `corpus clean` deletes it."""
    record: Mapping[str, Any] = next((one for one in corpus.lineage if one["stage"] == "redact"), {})
    known = (
        (record.get("people"), corpus.people, "names of the {} people whom the sources knew"),
        (record.get("known"), corpus.secrets, "values of the {} secrets that the sources showed"),
    )
    return tuple(
        f"the {what.format(count)} are not here any more: rows were searched for them when they were written; what was "
        "written into the card since was not"
        for count, here, what in known
        if count and not here
    )


def _card(file: Path) -> str:
    """The corpus' own card, in which its owner may have written."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "corpus card DIR shows the card as it was made: put it there"
        raise IntegrityError("the card cannot be read", where=file, got=error, hint=hint) from None


def _verdict(report: Mapping[str, Any] | None, manifest: Mapping[str, Any], folder: Path) -> str:
    """The verdict on these very rows; one that refuted them forbids publishing."""
    if report is None or "falsification" not in manifest:
        hint = "report = falsify.falsify(c); c.write(path, report=report), or build it with corpus.build"
        raise PublishError("nobody has tried to refute this corpus: it has no report", where=folder, hint=hint)
    if report.get("fingerprint") != manifest["fingerprint"]:
        raise PublishError(
            "the report judged another corpus",
            where=folder / REPORT,
            expected=f"fingerprint {manifest['fingerprint']}",
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
    verdict: str = report["verdict"]
    return verdict


def _refuse(found: Iterable[Obstacle], folder: Path, *, private: bool) -> None:
    """Refuse for what stands in the way, all of it at once.

    In a private repository kinds that were kept on request may stand, and a corpus that is neither refuted nor
    corroborated: that is its owner's business.
    """
    bearable = {"not-corroborated", "kinds-kept"} if private else {"not-corroborated"}
    grave = [obstacle for obstacle in found if obstacle.name not in bearable]
    if grave:
        raise PublishError(
            f"this corpus may not be published {'even privately' if private else 'for everyone'}",
            where=folder,
            got="; ".join(str(obstacle) for obstacle in grave),
            hint="corpus audit DIR shows all of it"
            + ("" if private else "; in a private repository (private=True) less stands in the way"),
        )
