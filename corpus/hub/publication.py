"""What a publication was, or would be: where, which bytes, and what was verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Publication", "Published"]


@dataclass(frozen=True, slots=True)
class Published:
    """One file of a publication.

    Attributes:
        path: Its path in the repository.
        size: Its bytes.
        sha256: Of its content.
        change: `new`, `changed`, `unchanged` or `deleted`, against what the repository held.
    """

    path: str
    size: int
    sha256: str
    change: str


@dataclass(frozen=True)
class Publication:
    """What `corpus.publish` did, or with `dry_run` would do.

    Attributes:
        repo_id: The dataset's repository.
        url: Its page.
        private: Whether only its owner sees it.
        revision: The branch.
        commit: The commit that the branch shows now; None for a plan.
        pull_request: The address of the pull request that it went through; None where there was nothing to change,
            for another branch than `main`, and for a plan.
        tag: The tag that names the commit, if one was asked for.
        files: Every file of the corpus, and what happened to it.
        fingerprint: Of the rows, as the manifest and the report have it.
        verdict: Of the falsification report.
        verified: Rows of each split, as loaded from the Hub into an empty cache before the branch was moved; empty
            for a plan, and where nothing was to be changed.
        notes: What a person should know.
        dry_run: Whether this is only the plan.
    """

    repo_id: str
    url: str
    private: bool
    revision: str
    commit: str | None
    pull_request: str | None
    tag: str | None
    files: tuple[Published, ...]
    fingerprint: str
    verdict: str
    verified: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def uploaded(self) -> tuple[Published, ...]:
        """The files that were new or changed."""
        return tuple(file for file in self.files if file.change in {"new", "changed"})

    @property
    def unchanged(self) -> bool:
        """Whether the repository held all of it already, so that no commit was made."""
        return all(file.change == "unchanged" for file in self.files)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        return {**asdict(self), "files": [asdict(file) for file in self.files], "notes": list(self.notes)}

    def __str__(self) -> str:
        return "\n".join([self.headline(), *(f"  {name}: {value}" for name, value in self.facts()), *self._listing()])

    def __repr__(self) -> str:
        return f"<{self.headline()}>"

    def _repr_html_(self) -> str:
        from corpus.views.publications import publication_html

        return publication_html(self)

    def headline(self) -> str:
        """What was done, in a line."""
        if self.dry_run:
            return f"Would publish {self.repo_id}: {len(self.uploaded)} of {len(self.files)} files to send"
        if self.unchanged:
            return f"{self.repo_id} holds this corpus already: nothing was sent, no commit was made"
        return f"Published {self.repo_id}: {len(self.uploaded)} of {len(self.files)} files sent, in one commit"

    def facts(self) -> list[tuple[str, str]]:
        """What is known of it, by name, without what there is not."""
        verified = ", ".join(f"{split} {rows}" for split, rows in self.verified.items())
        facts = [
            ("page", self.url),
            ("visibility", "private" if self.private else "public"),
            ("branch", self.revision),
            ("commit", self.commit),
            ("pull request", self.pull_request),
            ("tag", self.tag),
            ("falsification", self.verdict),
            ("loaded again from the Hub before the branch was moved", verified),
            *(("note", note) for note in self.notes),
        ]
        return [(name, value) for name, value in facts if value]

    def _listing(self) -> list[str]:
        return [f"  {file.change:<9} {file.size:>12,}  {file.path}" for file in self.files]
