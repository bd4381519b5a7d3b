"""`corpus.publish`: a corpus goes to the Hub in one commit that is loaded again before anyone sees it.

The commit goes into a pull request. From there the dataset is loaded into an empty cache, in a process of its own,
and compared with the corpus: files by their hashes, rows by their fingerprint. Only then is the pull request merged.
Until that moment the branch shows what it showed; after it, all of the new. A process that is killed anywhere leaves
at most an open pull request, which the next call takes up where it holds that change and nothing else. Others of this
library are closed when the branch shows the corpus.

A branch other than `main` has no pull requests: there the same commit is tried on a branch of its own first.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from corpus.corpus import Corpus
from corpus.errors import ConfigError, IntegrityError, PublishError
from corpus.hub.cardmerge import merge_cards
from corpus.hub.change import Change, change_to
from corpus.hub.check import CheckError, loaded
from corpus.hub.client import MovedError, attempt, open_api
from corpus.hub.guard import unguard
from corpus.hub.naming import check_endpoint, check_reference, check_repository
from corpus.hub.plan import Plan, plan_of
from corpus.hub.publication import Publication
from corpus.hub.refusals import without_token
from corpus.hub.repository import Repository
from corpus.places import place_of
from corpus.privacy.forgetting import PUBLICATIONS
from corpus.write.card import for_repository
from corpus.write.files import dump_json, locked, private_folder, replace_file
from corpus.write.folder import CARD, CROISSANT, IMAGES, MANIFEST, PRIVATE, read_manifest
from corpus.write.plots import PLOTS

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["publish"]

_BEGUN: Final = "begun; what was sent may lie in a pull request or a branch"
_FROM_MEMORY: Final = "it was published from memory: no folder notes where, for who is to be forgotten"
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_STAGING: Final = "sovereign-corpus-staging"
_ROUNDS: Final = 3
_BESIDE: Final = frozenset({CROISSANT, *(f"{IMAGES}/{name}" for name in PLOTS)})


def publish(
    corpus: Corpus | str | PathLike[str],
    repo_id: str,
    *,
    private: bool = True,
    revision: str | None = None,
    dry_run: bool = False,
    tag: str | None = None,
    licenses: Iterable[str] | None = None,
    token: str | None = None,
    endpoint: str | None = None,
) -> Publication:
    """Publish a corpus to the Hugging Face Hub, whole or not at all.

    What is refused: a corpus without a falsification report, one that is refuted, one whose report judged other
    bytes, one that was not redacted; for a public repository all that `corpus.obstacles` names: private rows,
    conversations, licences that forbid it. The bytes are looked through for secrets once more before they go.

    Args:
        corpus: A corpus with its report, or the folder of one.
        repo_id: The dataset's repository, `name/of-it`; without a name, of the token's owner. Made where there is none.
        private: Whether only its owner may see it. An existing public repository is refused where this is asked.
        revision: The branch; `main` by default.
        dry_run: Only say what would be done. Needs no token and asks nobody.
        tag: A name for the commit, like `v1.0.0`.
        licenses: SPDX ids that you may publish under, for a public repository; see `corpus.obstacles`.
        token: By default the one that `hf auth login` has stored, or `HF_TOKEN`.
        endpoint: Another Hub; by default the one that `HF_ENDPOINT` names.

    Returns:
        What was done and verified. Where the repository holds the same bytes already, no commit is made.

    Raises:
        ConfigError: The name is no repository's, or no branch's or tag's; the endpoint is no address.
        IntegrityError: The folder holds no complete corpus.
        BuildError: A build is at work in the folder.
        PublishError: It must not be published, or the Hub refused; what the Hub shows is as it was, or complete.
    """
    check_repository(repo_id)
    branch = "main" if revision is None else revision
    check_reference(branch, "revision")
    if tag is not None:
        check_reference(tag, "tag")
        if tag == branch:
            raise ConfigError("a tag and a branch of the same name are mistaken for each other", where="tag", got=tag)
    address = check_endpoint(endpoint)
    with _folder_of(corpus) as folder:
        if dry_run:
            plan = plan_of(folder, private=private, licenses=licenses)
            return _planned(plan, repo_id, private=private, branch=branch, tag=tag, endpoint=address)
        read_manifest(folder)  # where no corpus is, nothing is made
        with locked(private_folder(folder / PRIVATE)):  # what was looked through is what is sent
            plan = plan_of(folder, private=private, licenses=licenses)
            _known_publications(folder)  # a damaged list is refused before anything is sent
            api = open_api(token, address)
            try:
                repo = Repository(api, _full_name(api, repo_id))
                begun = partial(_remember, folder, _record(repo, plan, branch))
                done = _Publisher(repo, plan, private=private, branch=branch, tag=tag, begun=begun).publish()
                _remember(folder, {**_record(repo, plan, branch), "revision": done.commit, "tag": tag})
            finally:
                unguard(api)
            return replace(done, notes=(*done.notes, _FROM_MEMORY)) if isinstance(corpus, Corpus) else done


@contextmanager
def _folder_of(corpus: Corpus | str | PathLike[str]) -> Iterator[Path]:
    if not isinstance(corpus, Corpus):
        yield place_of(corpus)
        return
    from falsify import Report

    if corpus.report is None:
        hint = "report = falsify.falsify(c); c.write(path, report=report); corpus.publish(path, …)"
        raise PublishError("nobody has tried to refute this corpus: it has no report", hint=hint)
    with tempfile.TemporaryDirectory(prefix="corpus-publish-") as place:
        yield corpus.write(Path(place) / "corpus", report=Report.from_dict(corpus.report))


def _planned(plan: Plan, repo_id: str, *, private: bool, branch: str, tag: str | None, endpoint: str) -> Publication:
    return Publication(
        repo_id=repo_id,
        url=f"{endpoint}/datasets/{repo_id}",
        private=private,
        revision=branch,
        commit=None,
        pull_request=None,
        tag=tag,
        files=plan.listed(),
        fingerprint=plan.fingerprint,
        verdict=plan.verdict,
        notes=(
            "the repository was not asked what it holds already: that is not sent again",
            *plan.notes,
            *_in_the_clear(endpoint),
        ),
        dry_run=True,
    )


def _record(repo: Repository, plan: Plan, branch: str) -> dict[str, Any]:
    """A line of the list of publications, for one that has begun and may never be completed."""
    begun = {"repo": repo.name, "revision": _BEGUN, "fingerprint": plan.fingerprint}
    return {**begun, "branch": branch, "tag": None, "url": repo.url}


def _remember(folder: Path, record: Mapping[str, Any]) -> None:
    """Note beside the corpus where it was published: where rows must be taken back if somebody is to be forgotten.

    Before anything is sent, as begun: rows in a pull request that was never merged are on the Hub all the same.
    """
    file = private_folder(folder / PRIVATE) / PUBLICATIONS
    known = _known_publications(folder)
    completed = [one for one in known if one != {**record, "revision": _BEGUN, "tag": None}]
    if record not in known or completed != known:
        replace_file(file, dump_json([*completed, record] if record not in completed else completed))


def _known_publications(folder: Path) -> list[Any]:
    file = folder / PRIVATE / PUBLICATIONS
    try:
        known = json.loads(file.read_bytes()) if file.exists() else []
    except (OSError, ValueError) as error:
        known = error
    if not isinstance(known, list):
        raise IntegrityError(
            "the list of earlier publications cannot be read",
            where=file,
            expected="a list, as it was written",
            got=known if isinstance(known, Exception) else type(known).__name__,
            hint="it says where rows must be taken back for who is to be forgotten: mend it, or move it away",
        )
    return known


def _full_name(api: HfApi, repo_id: str) -> str:
    if "/" in repo_id:
        return repo_id
    owner = attempt(api.whoami, what="asking whose token this is", api=api)["name"]
    return f"{owner}/{repo_id}"


class _Publisher:
    """One publication to one branch of one repository."""

    def __init__(
        self, repo: Repository, plan: Plan, *, private: bool, branch: str, tag: str | None, begun: Callable[[], None]
    ) -> None:
        self._repo = repo
        self._plan = plan
        self._private = private
        self._is_private = private
        self._staging = f"{_STAGING}-{hashlib.sha256(branch.encode()).hexdigest()[:8]}"
        self._branch = branch
        self._tag = tag
        self._begun = begun

    def publish(self) -> Publication:
        moved = []
        for _ in range(_ROUNDS):
            try:
                self._open()
                done = self._publish_once()
                self._tidy()
            except MovedError as error:
                moved.append(str(error))
            else:
                return done
        raise PublishError(
            "the repository changes faster than it can be published to",
            where=self._repo.name,
            got="; ".join(moved),
            hint="publish again when nobody else writes to it",
        )

    def _publish_once(self) -> Publication:
        change = self._change()
        self._check_tag(change)
        done = Publication(
            repo_id=self._repo.name,
            url=self._repo.url,
            private=self._is_private,
            revision=self._branch,
            commit=change.head,
            pull_request=None,
            tag=self._tag,
            files=change.files,
            fingerprint=self._plan.fingerprint,
            verdict=self._plan.verdict,
            notes=(*self._plan.notes, *_in_the_clear(self._repo.api.endpoint)),
        )
        if not done.unchanged:
            self._begun()
            done = self._on_main(change, done) if self._branch == "main" else self._on_branch(change, done)
        if self._tag is not None and self._repo.tags().get(self._tag) != done.commit:
            self._repo.make_tag(self._tag, str(done.commit))
        return done

    def _open(self) -> None:
        """Make the repository where there is none, and refuse one that others could read against the wish."""
        self._repo.make(private=self._private)
        self._is_private = self._visibility(self._repo.info("main"))
        if self._branch != "main" and self._branch not in self._repo.branches():
            self._repo.make_branch(self._branch)

    def _visibility(self, info: Any) -> bool:
        """Whether the repository is private; one that is not where it was to be is refused."""
        if self._private and not info.private:
            raise PublishError(
                "the repository is public, and the corpus was to be private",
                where=self._repo.url,
                expected="a private repository",
                got="a public one: `private` counts only when a repository is made",
                hint="make it private in its settings, choose another name, or publish with private=False",
            )
        return bool(info.private)

    def _tidy(self) -> None:
        """Take away what a call that was killed has left: pull requests, or branches that a commit was tried on.

        Only now, when the branch shows the corpus: somebody else's that is under way would have to begin again anyhow.
        """
        if self._branch == "main":
            for pull in self._repo.pulls():
                self._repo.close(pull.number)
            return
        for left in self._repo.branches():
            if left.startswith(f"{self._staging}-"):
                self._repo.drop_branch(left)

    # The change

    def _change(self) -> Change:
        """What has to be sent, against what the branch holds now."""
        info = self._repo.info(self._branch)
        self._visibility(info)  # somebody may have opened it since
        head = str(info.sha)
        there = self._repo.tree(head)
        contents: dict[str, Path | bytes] = {**self._plan.files, CARD: self._card(head, there).encode()}
        return change_to(head, there, contents, self._beside(head, there, contents))

    def _card(self, head: str, there: Mapping[str, Any]) -> str:
        ours = for_repository(self._plan.card, self._repo.name, self._repo.url)
        if CARD not in there:
            return merge_cards(ours, None)
        try:
            theirs = self._repo.read(CARD, head).decode()
        except UnicodeDecodeError as error:
            raise IntegrityError(
                "the repository's card cannot be read",
                where=f"{self._repo.name}: {CARD}",
                expected="UTF-8",
                got=error.reason,
                hint="mend it there: what people have written in it is kept",
            ) from None
        return merge_cards(ours, theirs)

    def _beside(self, head: str, there: Mapping[str, Any], contents: Mapping[str, Any]) -> frozenset[str]:
        """Plots and Croissant of an earlier publication, by its manifest; others' files of such names stay."""
        if MANIFEST not in there or not any(path in _BESIDE and path not in contents for path in there):
            return frozenset()
        try:
            manifest = json.loads(self._repo.read(MANIFEST, head))
            named = {f"{IMAGES}/{name}" for name in manifest.get("images", ())}
            return _BESIDE & (named | {CROISSANT} if "croissant" in manifest else named)
        except (ValueError, AttributeError, TypeError):
            return frozenset()  # not a manifest of ours

    # Through a pull request, or, on another branch than `main`, by way of a branch of its own

    def _on_main(self, change: Change, done: Publication) -> Publication:
        number = self._repo.propose(change, self._plan.fingerprint)
        try:
            verified = self._verify(f"refs/pr/{number}", change)
            if self._repo.head("main") != change.head:
                raise MovedError("somebody else's commit in between")
            self._repo.merge(number)
        except MovedError:
            self._repo.close(number)
            raise
        commit = self._repo.head("main")
        if not change.is_shown(self._repo.tree(commit)):
            raise MovedError("somebody else's commit between the last look and the merge")
        return replace(done, commit=commit, pull_request=f"{done.url}/discussions/{number}", verified=verified)

    def _on_branch(self, change: Change, done: Publication) -> Publication:
        staging = f"{self._staging}-{change.digest[:12]}"
        fingerprint = self._plan.fingerprint
        self._repo.make_branch(staging, change.head)
        try:
            if not change.is_all(self._repo.tree(staging)):
                self._repo.commit(staging, change, self._repo.head(staging), fingerprint)
            verified = self._verify(staging, change)
        except PublishError:
            with suppress(PublishError):  # the first error is the one to tell; a later call takes the branch away
                self._repo.drop_branch(staging)
            raise
        commit = self._repo.commit(self._branch, change, change.head, fingerprint)
        return replace(done, commit=commit, verified=verified)

    def _verify(self, revision: str, change: Change) -> dict[str, int]:
        """Load what was sent as a stranger would, and compare it.

        Raises:
            MovedError: Somebody else has changed the branch, so that the client has not sent all of it.
            PublishError: What comes back is not the corpus; the branch was not touched.
        """
        place = f"{self._repo.name}@{revision}"
        if not change.is_all(self._repo.tree(revision)):
            if self._repo.head(self._branch) != change.head:
                raise MovedError("somebody else's commit in between")
            hint = "the branch is as it was; publish again"
            raise PublishError("the files on the Hub are not those that were sent", where=place, hint=hint)
        found = self._loaded(revision, place)
        if found["fingerprint"] != self._plan.fingerprint:
            raise PublishError(
                "what was loaded again is not what was sent",
                where=place,
                expected=f"{self._plan.rows} with the fingerprint {self._plan.fingerprint}",
                got=f"{found['rows']} with the fingerprint {found['fingerprint']}",
                hint="the branch is as it was; publish again",
            )
        rows: dict[str, int] = found["rows"]
        return rows

    def _loaded(self, revision: str, place: str) -> dict[str, Any]:
        api = self._repo.api
        said = ""
        for pause in (1.0, 4.0, None):
            try:
                return loaded(self._repo.name, revision, endpoint=api.endpoint, token=str(api.token))
            except CheckError as error:
                said = without_token(str(error), api)
            if pause is not None:
                time.sleep(pause)
        raise PublishError(
            "what was sent cannot be loaded again",
            where=place,
            got=said,
            hint="the branch is as it was"
            + (", and the pull request is open: look at it there" if self._branch == "main" else ""),
        )

    def _check_tag(self, change: Change) -> None:
        """Refuse a tag that names something else before anything is sent."""
        named = self._repo.tags().get(self._tag) if self._tag is not None else None
        if named is None or (named == change.head and all(file.change == "unchanged" for file in change.files)):
            return
        raise PublishError(
            "the tag names another commit",
            where=f"{self._repo.name}@{self._tag}",
            got=named,
            hint="choose another tag: one that people have loaded should not change what it names",
        )


def _in_the_clear(endpoint: str) -> tuple[str, ...]:
    """That everyone on the way could read the token and the rows."""
    parts = urlsplit(endpoint)
    if parts.scheme == "https" or parts.hostname in _HERE:
        return ()
    return (f"{endpoint} was spoken to without encryption: who is on the way could read the token and the rows",)
