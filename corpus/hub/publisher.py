"""`corpus.publish`: a corpus goes to the Hub in one commit that is loaded again before anyone sees it.

The commit goes into a pull request. From there the dataset is loaded into an empty cache, in a process of its own,
and compared with the corpus: files by their hashes, rows by their fingerprint. Only then is the pull request merged.
Until that moment the branch shows what it showed; after it, all of the new. A process that is killed anywhere leaves
at most an open pull request, which the next call takes up where it holds the same bytes, and closes where it does not.

A branch other than `main` has no pull requests: there the same commit is tried on a branch of its own first.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.corpus import Corpus
from corpus.errors import ConfigError, IntegrityError, PublishError
from corpus.hub.cardmerge import merge_cards
from corpus.hub.check import CheckError, loaded
from corpus.hub.client import MovedError, attempt, open_api, without_token
from corpus.hub.naming import check_reference, check_repository
from corpus.hub.plan import Plan, plan_of
from corpus.hub.publication import Publication, Published
from corpus.places import place_of
from corpus.privacy.forgetting import PUBLICATIONS
from corpus.write.card import for_repository
from corpus.write.files import dump_json, locked, private_folder, replace_file
from corpus.write.folder import CARD, CROISSANT, IMAGES, MANIFEST, PRIVATE, SHARD, read_manifest
from corpus.write.plots import PLOTS

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["publish"]

_KIND: Final = "dataset"
_TITLE: Final = "Publish corpus"
_STAGING: Final = "sovereign-corpus-staging"
_ROUNDS: Final = 3
_BESIDE: Final = frozenset({CROISSANT, *(f"{IMAGES}/{name}" for name in PLOTS)})
_OURS: Final = re.compile(rf"{_TITLE} [0-9a-f]{{12}} [0-9a-f]{{12}}")  # pull requests that an earlier call has opened


@dataclass(frozen=True)
class _Change:
    """What one commit on top of a head shall do.

    Attributes:
        head: The commit that it builds on.
        files: Every file of the corpus, and whether it is new.
        contents: Path to what is sent: a file on this machine, or bytes.
        wanted: Path to git object id, or SHA-256 of a large file: the tree after it, as far as it is ours.
        digest: Of all this.
    """

    head: str
    files: tuple[Published, ...]
    contents: Mapping[str, Path | bytes]
    wanted: Mapping[str, frozenset[str]]
    digest: str

    @property
    def deleted(self) -> tuple[str, ...]:
        return tuple(file.path for file in self.files if file.change == "deleted")


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
        ConfigError: The name is no repository's, or no branch's or tag's.
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
    with _folder_of(corpus) as folder:
        if dry_run:
            plan = plan_of(folder, private=private, licenses=licenses)
            return _planned(plan, repo_id, private=private, branch=branch, tag=tag, endpoint=endpoint)
        read_manifest(folder)  # where no corpus is, nothing is made
        with locked(private_folder(folder / PRIVATE)):  # what was looked through is what is sent
            plan = plan_of(folder, private=private, licenses=licenses)
            _known_publications(folder)  # a damaged list is refused before anything is sent
            api = open_api(token, endpoint)
            done = _Publisher(api, plan, _full_name(api, repo_id), private=private, branch=branch, tag=tag).publish()
            _remember(folder, done)
            return done


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


def _planned(
    plan: Plan, repo_id: str, *, private: bool, branch: str, tag: str | None, endpoint: str | None
) -> Publication:
    from huggingface_hub import constants

    return Publication(
        repo_id=repo_id,
        url=f"{endpoint or constants.ENDPOINT}/datasets/{repo_id}",
        private=private,
        revision=branch,
        commit=None,
        pull_request=None,
        tag=tag,
        files=plan.listed(),
        fingerprint=plan.fingerprint,
        verdict=plan.verdict,
        notes=("the repository was not asked what it holds already: that is not sent again", *plan.notes),
        dry_run=True,
    )


def _remember(folder: Path, done: Publication) -> None:
    """Note beside the corpus where it was published: where rows must be taken back if somebody is to be forgotten."""
    file = private_folder(folder / PRIVATE) / PUBLICATIONS
    known = _known_publications(folder)
    record = {"repo": done.repo_id, "revision": done.commit, "fingerprint": done.fingerprint}
    record |= {"branch": done.revision, "tag": done.tag, "url": done.url}
    if record not in known:
        replace_file(file, dump_json([*known, record]))


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

    def __init__(self, api: HfApi, plan: Plan, repo_id: str, *, private: bool, branch: str, tag: str | None) -> None:
        self._api = api
        self._plan = plan
        self._repo = repo_id
        self._private = private
        self._is_private = private
        self._staging = f"{_STAGING}-{hashlib.sha256(branch.encode()).hexdigest()[:8]}"
        self._branch = branch
        self._tag = tag

    def publish(self) -> Publication:
        self._open()
        for _ in range(_ROUNDS):
            try:
                return self._publish_once()
            except MovedError:
                continue
        raise PublishError(
            "the repository changes faster than it can be published to",
            where=self._repo,
            got=f"{_ROUNDS} times somebody else's commit in between",
            hint="publish again when nobody else writes to it",
        )

    def _publish_once(self) -> Publication:
        change = self._change()
        self._check_tag(change)
        done = Publication(
            repo_id=self._repo,
            url=f"{self._api.endpoint}/datasets/{self._repo}",
            private=self._is_private,
            revision=self._branch,
            commit=change.head,
            pull_request=None,
            tag=self._tag,
            files=change.files,
            fingerprint=self._plan.fingerprint,
            verdict=self._plan.verdict,
            notes=self._plan.notes,
        )
        if not done.unchanged:
            done = self._on_main(change, done) if self._branch == "main" else self._on_branch(change, done)
        self._name(done)
        return done

    # The repository

    def _open(self) -> None:
        """Make the repository where there is none, and refuse one that others could read against the wish."""
        self._ask(
            lambda: self._api.create_repo(self._repo, repo_type=_KIND, private=self._private, exist_ok=True),
            "making the repository",
        )
        self._is_private = self._visibility(self._info("main"))
        known = self._branches() if self._branch != "main" else {"main": ""}
        for left in known:
            if left.startswith(f"{self._staging}-"):  # of a call that was killed
                self._drop(left)
        if self._branch not in known:
            self._ask(
                lambda: self._api.create_branch(self._repo, branch=self._branch, repo_type=_KIND, exist_ok=True),
                f"making the branch {self._branch}",
            )

    def _visibility(self, info: Any) -> bool:
        """Whether the repository is private; one that is not where it was to be is refused."""
        if self._private and not info.private:
            raise PublishError(
                "the repository is public, and the corpus was to be private",
                where=f"{self._api.endpoint}/datasets/{self._repo}",
                expected="a private repository",
                got="a public one: `private` counts only when a repository is made",
                hint="make it private in its settings, choose another name, or publish with private=False",
            )
        return bool(info.private)

    def _info(self, revision: str) -> Any:
        return self._ask(lambda: self._api.dataset_info(self._repo, revision=revision), "asking for the repository")

    def _branches(self) -> dict[str, str]:
        refs = self._ask(lambda: self._api.list_repo_refs(self._repo, repo_type=_KIND), "listing the branches")
        return {ref.name: ref.target_commit for ref in refs.branches}

    def _tree(self, revision: str) -> dict[str, Any]:
        """Path to what the Hub says of each file at a revision."""

        def listed() -> dict[str, Any]:
            entries = self._api.list_repo_tree(self._repo, recursive=True, revision=revision, repo_type=_KIND)
            return {entry.path: entry for entry in entries if hasattr(entry, "blob_id")}

        found: dict[str, Any] = self._ask(listed, "listing the repository's files")
        return found

    def _ask(self, ask: Any, what: str, has_happened: Any = None) -> Any:
        return attempt(ask, has_happened=has_happened, what=what, api=self._api)

    # The change

    def _change(self) -> _Change:
        """What has to be sent, against what the branch holds now."""
        info = self._info(self._branch)
        self._visibility(info)  # somebody may have opened it since
        head = str(info.sha)
        there = self._tree(head)
        contents: dict[str, Path | bytes] = dict(self._plan.files)
        contents[CARD] = self._card(head, there).encode()
        old = self._beside(head, there, contents)
        stale = sorted(path for path in there if (_is_shard(path) or path in old) and path not in contents)
        names = {path: _names(content) for path, content in contents.items()}
        files = [
            Published(path, size, sha256, _compared(there.get(path), names[path].ids))
            for path, (size, sha256) in ((path, (name.size, name.sha256)) for path, name in sorted(names.items()))
        ]
        files += [Published(path, there[path].size, _hash_of(there[path]), "deleted") for path in stale]
        wanted = {path: name.ids for path, name in names.items()}
        text = "\n".join([head, *(f"{file.path} {file.sha256} {file.change}" for file in files)])
        return _Change(head, tuple(files), contents, wanted, hashlib.sha256(text.encode()).hexdigest())

    def _card(self, head: str, there: Mapping[str, Any]) -> str:
        ours = for_repository(self._plan.card, self._repo, f"{self._api.endpoint}/datasets/{self._repo}")
        if CARD not in there:
            return merge_cards(ours, None)

        try:
            theirs = self._read(CARD, head).decode()
        except UnicodeDecodeError as error:
            raise IntegrityError(
                "the repository's card cannot be read",
                where=f"{self._repo}: {CARD}",
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
            manifest = json.loads(self._read(MANIFEST, head))
            named = {f"{IMAGES}/{name}" for name in manifest.get("images", ())}
            return _BESIDE & (named | {CROISSANT} if "croissant" in manifest else named)
        except (ValueError, AttributeError, TypeError):
            return frozenset()  # not a manifest of ours

    def _read(self, name: str, revision: str) -> bytes:
        def read() -> bytes:
            with tempfile.TemporaryDirectory(prefix="corpus-read-") as place:
                file = self._api.hf_hub_download(self._repo, name, repo_type=_KIND, revision=revision, cache_dir=place)
                return Path(file).read_bytes()

        content: bytes = self._ask(read, f"reading the repository's {name}")
        return content

    def _operations(self, change: _Change) -> list[Any]:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        sent = [file.path for file in change.files if file.change in {"new", "changed"}]
        contents = {path: change.contents[path] for path in sent}
        added = [CommitOperationAdd(path, c if isinstance(c, bytes) else str(c)) for path, c in contents.items()]
        return [*added, *(CommitOperationDelete(path) for path in change.deleted)]

    def _holds(self, revision: str, change: _Change) -> bool:
        """Whether a revision shows the corpus: every file of it, and no rows besides, and nothing that it deletes."""
        there = self._tree(revision)
        strangers = [path for path in there if _is_shard(path) and path not in change.wanted]
        strangers += [path for path in change.deleted if path in there]
        return not strangers and all(
            path in there and _hash_of(there[path]) in ids for path, ids in change.wanted.items()
        )

    # Through a pull request

    def _on_main(self, change: _Change, done: Publication) -> Publication:
        number = self._pull_request(change)
        verified = self._verify(f"refs/pr/{number}", change)
        if str(self._info("main").sha) != change.head:
            self._close(number)
            raise MovedError
        self._merge(number)
        commit = str(self._info("main").sha)
        if not self._holds(commit, change):
            raise MovedError  # a commit of somebody else between the last look and the merge
        address = f"{done.url}/discussions/{number}"
        return replace(done, commit=commit, pull_request=address, verified=verified)

    def _pull_request(self, change: _Change) -> int:
        """The number of a pull request that holds the change: one that an earlier call left, or a new one."""
        title = f"{_TITLE} {self._plan.fingerprint[:12]} {change.digest[:12]}"
        found = self._left_over(title, change)
        if found is not None:
            return found

        def commit() -> int | None:
            made = self._api.create_commit(
                self._repo,
                self._operations(change),
                commit_message=title,
                repo_type=_KIND,
                create_pr=True,
                parent_commit=change.head,
            )
            return made.pr_num

        number: int = self._ask(commit, "sending the corpus", lambda: self._left_over(title, change))
        return number

    def _left_over(self, title: str, change: _Change) -> int | None:
        """An open pull request of this very change; those of other changes, which an earlier call left, are closed."""
        found = None
        for pull in self._pulls():
            if pull.title == title and found is None and self._holds(f"refs/pr/{pull.num}", change):
                found = pull.num
            else:
                self._close(pull.num)
        return found

    def _pulls(self) -> list[Any]:
        def listed() -> list[Any]:
            pulls = self._api.get_repo_discussions(
                self._repo, discussion_type="pull_request", discussion_status="open", repo_type=_KIND
            )
            return [pull for pull in pulls if _OURS.fullmatch(pull.title)]

        found: list[Any] = self._ask(listed, "looking for pull requests that an earlier call left")
        return found

    def _close(self, number: int) -> None:
        def is_closed() -> bool | None:
            details = self._api.get_discussion_details(self._repo, number, repo_type=_KIND)
            return True if details.status in {"closed", "merged"} else None

        def close() -> bool:
            self._api.change_discussion_status(self._repo, number, "closed", repo_type=_KIND)
            return True

        self._ask(close, "closing a pull request that is of no use any more", is_closed)

    def _merge(self, number: int) -> None:
        from huggingface_hub.errors import HfHubHTTPError

        def is_merged() -> bool | None:
            details = self._api.get_discussion_details(self._repo, number, repo_type=_KIND)
            return True if details.status == "merged" else None

        def merge() -> bool:
            try:
                self._api.merge_pull_request(self._repo, number, repo_type=_KIND)
            except HfHubHTTPError as error:
                if error.response.status_code == 409:
                    raise MovedError from None
                raise
            return True

        try:
            self._ask(merge, "merging the pull request", is_merged)
        except MovedError:
            self._close(number)
            raise

    # On another branch

    def _on_branch(self, change: _Change, done: Publication) -> Publication:
        staging = f"{self._staging}-{change.digest[:12]}"
        self._ask(
            lambda: self._api.create_branch(
                self._repo, branch=staging, revision=change.head, repo_type=_KIND, exist_ok=True
            ),
            "making a branch to try the commit on",
        )
        try:
            if not self._holds(staging, change):
                self._commit(staging, change, str(self._info(staging).sha))
            verified = self._verify(staging, change)
            commit = self._commit(self._branch, change, change.head)
        finally:
            self._drop(staging)
        return replace(done, commit=commit, verified=verified)

    def _drop(self, staging: str) -> None:
        def drop() -> bool:
            self._api.delete_branch(self._repo, branch=staging, repo_type=_KIND)
            return True

        self._ask(
            drop,
            "deleting the branch that the commit was tried on",
            lambda: None if staging in self._branches() else True,
        )

    def _commit(self, branch: str, change: _Change, parent: str) -> str:
        from huggingface_hub.errors import HfHubHTTPError

        def commit() -> str:
            try:
                made = self._api.create_commit(
                    self._repo,
                    self._operations(change),
                    commit_message=f"{_TITLE} {self._plan.fingerprint[:12]}",
                    repo_type=_KIND,
                    revision=branch,
                    parent_commit=parent,
                )
            except HfHubHTTPError as error:
                if error.response.status_code == 412:
                    raise MovedError from None
                raise
            return str(made.oid)

        def is_there() -> str | None:
            return str(self._info(branch).sha) if self._holds(branch, change) else None

        made: str = self._ask(commit, "sending the corpus", is_there)
        return made

    # Afterwards

    def _verify(self, revision: str, change: _Change) -> dict[str, int]:
        """Load what was sent as a stranger would, and compare it.

        Raises:
            PublishError: What comes back is not the corpus; the branch was not touched.
        """
        place = f"{self._repo}@{revision}"
        if not self._holds(revision, change):
            hint = "the branch is as it was; publish again"
            raise PublishError("the files on the Hub are not those that were sent", where=place, hint=hint)
        for pause in (1.0, 4.0, None):
            try:
                found = loaded(self._repo, revision, endpoint=self._api.endpoint, token=str(self._api.token))
                break
            except CheckError as error:
                if pause is None:
                    raise PublishError(
                        "what was sent cannot be loaded again",
                        where=place,
                        got=without_token(str(error), self._api),
                        hint="the branch is as it was, and the pull request is open: look at it there",
                    ) from None
                time.sleep(pause)
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

    def _check_tag(self, change: _Change) -> None:
        """Refuse a tag that names something else before anything is sent."""
        named = self._tags().get(self._tag) if self._tag is not None else None
        if named is None or (named == change.head and all(file.change == "unchanged" for file in change.files)):
            return
        raise PublishError(
            "the tag names another commit",
            where=f"{self._repo}@{self._tag}",
            got=named,
            hint="choose another tag: one that people have loaded should not change what it names",
        )

    def _tags(self) -> dict[str, str]:
        refs = self._ask(lambda: self._api.list_repo_refs(self._repo, repo_type=_KIND), "listing the tags")
        return {ref.name: ref.target_commit for ref in refs.tags}

    def _name(self, done: Publication) -> None:
        tag = self._tag
        if tag is None or self._tags().get(tag) == done.commit:
            return

        def name() -> bool:
            self._api.create_tag(self._repo, tag=tag, revision=done.commit, repo_type=_KIND)
            return True

        self._ask(name, f"making the tag {tag}", lambda: True if self._tags().get(tag) == done.commit else None)


@dataclass(frozen=True, slots=True)
class _Name:
    """What a content is called: by git where it is small, by its SHA-256 where it is large."""

    size: int
    sha256: str
    ids: frozenset[str]


def _names(content: Path | bytes) -> _Name:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    blob, sha256 = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False), hashlib.sha256()
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        while data := file.read(1 << 20):
            blob.update(data)
            sha256.update(data)
    return _Name(size, sha256.hexdigest(), frozenset({blob.hexdigest(), sha256.hexdigest()}))


def _is_shard(path: str) -> bool:
    """Whether a path of the repository is one of a split's files, of this corpus or of an earlier one."""
    folder, _, name = path.partition("/")
    return folder == "data" and SHARD.fullmatch(name) is not None


def _hash_of(entry: Any) -> str:
    """What the Hub calls a file: the SHA-256 of a large one, the git object id of another."""
    return str(entry.lfs.sha256) if entry.lfs is not None else str(entry.blob_id)


def _compared(entry: Any, ids: frozenset[str]) -> str:
    if entry is None:
        return "new"
    return "unchanged" if _hash_of(entry) in ids else "changed"
