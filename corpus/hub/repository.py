"""A dataset's repository on the Hub: what it shows, and each change to it, which is never made twice.

Where the answer to a request is lost, `attempt` first looks whether it has been done. Where somebody else was faster,
`MovedError` says so: the caller begins again from what is there.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from corpus.hub.change import Change
from corpus.hub.client import MovedError, attempt

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

__all__ = ["Repository"]

_Value = TypeVar("_Value")
_KIND: Final = "dataset"
_TITLE: Final = "Publish corpus"
_OURS: Final = re.compile(rf"{_TITLE} [0-9a-f]{{12}} [0-9a-f]{{12}}")  # pull requests that an earlier call has opened
_OVERTAKEN: Final = frozenset({409, 412})  # another commit is being made, or has been made since


class _Pull(NamedTuple):
    number: int
    title: str


class Repository:
    """A dataset's repository.

    Args:
        api: The client.
        name: The repository, `name/of-it`.
    """

    def __init__(self, api: HfApi, name: str) -> None:
        self.api = api
        self.name = name
        self.url = f"{api.endpoint}/datasets/{name}"

    def ask(
        self, ask: Callable[[], _Value], what: str, has_happened: Callable[[], _Value | None] | None = None
    ) -> _Value:
        """One request, or several that together may be repeated; see `attempt`."""
        return attempt(ask, has_happened=has_happened, what=what, api=self.api)

    # What it shows

    def info(self, revision: str) -> Any:
        """What the Hub says of the repository at a revision: `sha`, `private`."""
        return self.ask(lambda: self.api.dataset_info(self.name, revision=revision), "asking for the repository")

    def head(self, branch: str) -> str:
        """The commit that a branch shows."""
        return str(self.info(branch).sha)

    def branches(self) -> dict[str, str]:
        """Branch to commit."""
        refs = self.ask(lambda: self.api.list_repo_refs(self.name, repo_type=_KIND), "listing the branches")
        return {ref.name: ref.target_commit for ref in refs.branches}

    def tags(self) -> dict[str, str]:
        """Tag to commit."""
        refs = self.ask(lambda: self.api.list_repo_refs(self.name, repo_type=_KIND), "listing the tags")
        return {ref.name: ref.target_commit for ref in refs.tags}

    def tree(self, revision: str) -> dict[str, Any]:
        """Path to what the Hub says of each file at a revision."""

        def listed() -> dict[str, Any]:
            entries = self.api.list_repo_tree(self.name, recursive=True, revision=revision, repo_type=_KIND)
            return {entry.path: entry for entry in entries if hasattr(entry, "blob_id")}

        return self.ask(listed, "listing the repository's files")

    def read(self, file: str, revision: str) -> bytes:
        """The bytes of a file."""

        def read() -> bytes:
            with tempfile.TemporaryDirectory(prefix="corpus-read-") as place:
                found = self.api.hf_hub_download(self.name, file, repo_type=_KIND, revision=revision, cache_dir=place)
                return Path(found).read_bytes()

        return self.ask(read, f"reading the repository's {file}")

    # Making, branches and tags

    def make(self, *, private: bool) -> None:
        """Make it where there is none."""
        self.ask(
            lambda: self.api.create_repo(self.name, repo_type=_KIND, private=private, exist_ok=True),
            "making the repository",
        )

    def make_branch(self, branch: str, start: str | None = None) -> None:
        """Make a branch where there is none."""
        self.ask(
            lambda: self.api.create_branch(self.name, branch=branch, revision=start, repo_type=_KIND, exist_ok=True),
            f"making the branch {branch}",
        )

    def drop_branch(self, branch: str) -> None:
        """Delete a branch, if it is still there."""
        from huggingface_hub.errors import RevisionNotFoundError

        def drop() -> bool:
            try:
                self.api.delete_branch(self.name, branch=branch, repo_type=_KIND)
            except RevisionNotFoundError:
                return True
            return True

        self.ask(drop, "deleting the branch that the commit was tried on")

    def make_tag(self, tag: str, commit: str) -> None:
        """Name a commit, if it is not named so already."""

        def make() -> bool:
            self.api.create_tag(self.name, tag=tag, revision=commit, repo_type=_KIND)
            return True

        self.ask(make, f"making the tag {tag}", lambda: True if self.tags().get(tag) == commit else None)

    # Commits

    def commit(self, branch: str, change: Change, parent: str, fingerprint: str) -> str:
        """Make a change on a branch.

        Args:
            branch: The branch.
            change: What it does.
            parent: The commit that the branch must show.
            fingerprint: Of the rows, for the title.

        Returns:
            The commit.
        """
        from huggingface_hub.errors import HfHubHTTPError

        def commit() -> str:
            try:
                made = self.api.create_commit(
                    self.name,
                    change.operations(),
                    commit_message=f"{_TITLE} {fingerprint[:12]}",
                    repo_type=_KIND,
                    revision=branch,
                    parent_commit=parent,
                )
            except HfHubHTTPError as error:
                raise _overtaken(error) from None
            return str(made.oid)

        def is_there() -> str | None:
            return self.head(branch) if change.is_shown(self.tree(branch)) else None

        return self.ask(commit, "sending the corpus", is_there)

    # Pull requests

    def propose(self, change: Change, fingerprint: str) -> int:
        """The number of a pull request that holds a change: one that an earlier call left, or a new one."""
        from huggingface_hub.errors import HfHubHTTPError

        title = f"{_TITLE} {fingerprint[:12]} {change.digest[:12]}"

        def left() -> int | None:
            return next((p.number for p in self.pulls() if p.title == title and self._is_all(p.number, change)), None)

        def propose() -> int:
            try:
                made = self.api.create_commit(
                    self.name,
                    change.operations(),
                    commit_message=title,
                    repo_type=_KIND,
                    create_pr=True,
                    parent_commit=change.head,
                )
            except HfHubHTTPError as error:
                raise _overtaken(error) from None
            if made.pr_num is None:  # the branch holds all of it by now, and the client makes no empty commit
                raise MovedError("somebody else has published the same")
            return int(made.pr_num)

        found = left()
        return self.ask(propose, "sending the corpus", left) if found is None else found

    def _is_all(self, number: int, change: Change) -> bool:
        return change.is_all(self.tree(f"refs/pr/{number}"))

    def pulls(self) -> list[_Pull]:
        """Open pull requests that this library has made."""

        def listed() -> list[_Pull]:
            pulls = self.api.get_repo_discussions(
                self.name, discussion_type="pull_request", discussion_status="open", repo_type=_KIND
            )
            return [_Pull(pull.num, pull.title) for pull in pulls if _OURS.fullmatch(pull.title)]

        return self.ask(listed, "looking for pull requests that an earlier call left")

    def close(self, number: int) -> None:
        """Close a pull request, if it is open."""

        def close() -> bool:
            if self._state(number) in {"open", "draft"}:
                self.api.change_discussion_status(self.name, number, "closed", repo_type=_KIND)
            return True

        self.ask(close, "closing a pull request that is of no use any more")

    def merge(self, number: int) -> None:
        """Merge a pull request.

        Raises:
            MovedError: Somebody else has changed the same files, or has closed it.
        """
        from huggingface_hub.errors import HfHubHTTPError

        def merge() -> bool:
            try:
                self.api.merge_pull_request(self.name, number, repo_type=_KIND)
            except HfHubHTTPError as error:
                state = self._state(number) if error.response.status_code in {400, *_OVERTAKEN} else "open"
                if state == "merged":
                    return True
                if state == "closed":
                    raise MovedError("somebody else has closed the pull request") from None
                raise _overtaken(error) from None
            return True

        self.ask(merge, "merging the pull request", lambda: True if self._state(number) == "merged" else None)

    def _state(self, number: int) -> str:
        return str(self.api.get_discussion_details(self.name, number, repo_type=_KIND).status)


def _overtaken(error: HfHubHTTPError) -> Exception:
    """What to raise for a refusal: that somebody else was faster, where it says so."""
    if error.response.status_code in _OVERTAKEN:
        return MovedError("somebody else's commit in between")
    return error
