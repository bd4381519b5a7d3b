"""The loopback Hub, asked by the real clients: what they see is what they see of the real one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from tests.hub import Hub

# The client itself hands httpx2 a file as `data`.
pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")

ROWS = 500
CARD = """---
license: mit
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
---
# Rows
"""


@pytest.fixture(params=["lfs", "xet"])
def hub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", request.param == "lfs")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    with Hub(xet=request.param == "xet", page=2) as server:
        yield server


def api(hub: Hub, token: str | bool = "hf_owner") -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=token)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"number": range(ROWS), "text": [f"row {n}" for n in range(ROWS)]}), file)
    return file


def operations(parquet: Path) -> list[CommitOperationAdd]:
    return [
        CommitOperationAdd("README.md", CARD.encode()),
        CommitOperationAdd("data/train-00000-of-00001.parquet", str(parquet)),
    ]


def publish(hub: Hub, parquet: Path, **options: Any) -> Any:
    api(hub).create_repo("me/rows", repo_type="dataset", private=True, exist_ok=True)
    return api(hub).create_commit("me/rows", operations(parquet), commit_message="rows", repo_type="dataset", **options)


def in_a_fresh_process(hub: Hub, code: str, tmp_path: Path, token: str = "hf_owner") -> Any:
    """What a script prints as JSON; `datasets` takes its endpoint from the environment, when it is imported."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.endpoint,
        "HF_TOKEN": token,
        "HF_HOME": str(tmp_path / "fresh"),
        "HF_HUB_DISABLE_XET": "0" if hub.xet else "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_dataset_goes_through_a_pull_request_and_comes_back(hub: Hub, parquet: Path, tmp_path: Path) -> None:
    before = publish(hub, parquet)  # an older state, on main
    changed = tmp_path / "more.parquet"
    pq.write_table(pa.table({"number": range(ROWS + 1), "text": ["x"] * (ROWS + 1)}), changed)
    info = api(hub).create_commit(
        "me/rows", operations(changed), commit_message="more", repo_type="dataset", create_pr=True,
        parent_commit=before.oid,
    )  # fmt: skip
    assert info.pr_revision == "refs/pr/1"
    count = (
        "import json, datasets; "
        "found = [datasets.load_dataset('me/rows', revision=one)['train'].num_rows for one in {!r}]; "
        "print(json.dumps(found))"
    )
    assert in_a_fresh_process(hub, count.format(["refs/pr/1", "main"]), tmp_path) == [ROWS + 1, ROWS]
    assert api(hub).get_discussion_details("me/rows", 1, repo_type="dataset").status == "open"
    api(hub).merge_pull_request("me/rows", 1, repo_type="dataset")
    api(hub).create_tag("me/rows", tag="v1", repo_type="dataset")
    assert in_a_fresh_process(hub, count.format(["v1"]), tmp_path) == [ROWS + 1]
    refs = api(hub).list_repo_refs("me/rows", repo_type="dataset", include_pull_requests=True)
    assert [ref.name for ref in refs.tags] == ["v1"]
    assert [ref.ref for ref in refs.pull_requests or []] == ["refs/pr/1"]
    assert hub.files("me/rows")["data/train-00000-of-00001.parquet"] == hashlib.sha256(changed.read_bytes()).hexdigest()


def test_what_was_sent_is_not_sent_again_and_makes_no_commit(hub: Hub, parquet: Path) -> None:
    first = publish(hub, parquet)
    sent = hub.uploaded
    assert sent > parquet.stat().st_size / 2
    assert publish(hub, parquet).oid == first.oid
    assert hub.uploaded - sent < 4096
    assert len(api(hub).list_repo_commits("me/rows", repo_type="dataset")) == 2  # the initial one, and ours


def test_a_stale_parent_is_refused_and_a_pull_request_starts_there(hub: Hub, parquet: Path) -> None:
    head = publish(hub, parquet).oid
    hub.push("me/rows", {"note.txt": b"hello"})
    extra = [CommitOperationAdd("more.txt", b"more")]
    with pytest.raises(HfHubHTTPError) as error:
        api(hub).create_commit("me/rows", extra, commit_message="x", repo_type="dataset", parent_commit=head)
    assert error.value.response.status_code == 412
    info = api(hub).create_commit(
        "me/rows", extra, commit_message="x", repo_type="dataset", parent_commit=head, create_pr=True
    )
    assert "note.txt" not in hub.files("me/rows", info.pr_revision)
    api(hub).merge_pull_request("me/rows", info.pr_num, repo_type="dataset")
    assert {"note.txt", "more.txt"} <= hub.files("me/rows").keys()


def test_pull_requests_that_change_the_same_file_conflict(hub: Hub, parquet: Path) -> None:
    head = publish(hub, parquet).oid
    info = api(hub).create_commit(
        "me/rows", [CommitOperationAdd("a.txt", b"ours")], commit_message="x", repo_type="dataset",
        parent_commit=head, create_pr=True,
    )  # fmt: skip
    hub.push("me/rows", {"a.txt": b"theirs"})
    details = api(hub).get_discussion_details("me/rows", info.pr_num, repo_type="dataset")
    assert details.conflicting_files == ["a.txt"]
    with pytest.raises(HfHubHTTPError):
        api(hub).merge_pull_request("me/rows", info.pr_num, repo_type="dataset")


def test_listing_goes_over_pages_and_files_are_deleted(hub: Hub, parquet: Path) -> None:
    publish(hub, parquet)
    many = [CommitOperationAdd(f"notes/n{number}.txt", b"x%d" % number) for number in range(7)]
    api(hub).create_commit("me/rows", many, commit_message="notes", repo_type="dataset")
    assert len(list(api(hub).list_repo_tree("me/rows", "notes", repo_type="dataset"))) == 7
    gone = [CommitOperationDelete("notes/", is_folder=True), CommitOperationDelete("README.md")]
    api(hub).create_commit("me/rows", gone, commit_message="less", repo_type="dataset")
    assert set(hub.files("me/rows")) == {".gitattributes", "data/train-00000-of-00001.parquet"}
    with pytest.raises(EntryNotFoundError):
        list(api(hub).list_repo_tree("me/rows", "notes", repo_type="dataset"))


def test_files_are_downloaded_whole(hub: Hub, parquet: Path, tmp_path: Path) -> None:
    publish(hub, parquet)
    for name, content in (("README.md", CARD.encode()), ("data/train-00000-of-00001.parquet", parquet.read_bytes())):
        file = api(hub).hf_hub_download("me/rows", name, repo_type="dataset", cache_dir=tmp_path / "cache")
        assert Path(file).read_bytes() == content


def test_who_may_not_see_a_repository_does_not_learn_of_it(hub: Hub, parquet: Path) -> None:
    publish(hub, parquet)
    for token in ("hf_other", False):
        with pytest.raises(RepositoryNotFoundError):
            api(hub, token).dataset_info("me/rows")
    with pytest.raises(HfHubHTTPError, match="401"):
        api(hub, "hf_wrong").dataset_info("me/rows")
    assert api(hub, "hf_reader").dataset_info("me/rows").private
    with pytest.raises(HfHubHTTPError, match="403"):
        api(hub, "hf_reader").create_commit(
            "me/rows", [CommitOperationAdd("a.txt", b"a")], commit_message="a", repo_type="dataset"
        )
    with pytest.raises(HfHubHTTPError, match="403"):
        api(hub, "hf_other").create_repo("me/else", repo_type="dataset")
    with pytest.raises(RevisionNotFoundError):
        api(hub).dataset_info("me/rows", revision="no-such")


def test_privacy_is_set_when_a_repository_is_made_and_not_by_asking_again(hub: Hub) -> None:
    api(hub).create_repo("me/open", repo_type="dataset", private=False)
    api(hub).create_repo("me/open", repo_type="dataset", private=True, exist_ok=True)
    assert not api(hub).dataset_info("me/open").private
    api(hub).update_repo_settings("me/open", repo_type="dataset", private=True)
    assert api(hub).dataset_info("me/open").private


def test_a_card_that_means_nothing_is_refused_before_anything_is_sent(hub: Hub) -> None:
    api(hub).create_repo("me/rows", repo_type="dataset")
    card = CommitOperationAdd("README.md", CARD.replace("split: train", "split: my-train").encode())
    with pytest.raises(ValueError, match="my-train"):
        api(hub).create_commit("me/rows", [card], commit_message="x", repo_type="dataset")
    assert set(hub.files("me/rows")) == {".gitattributes"}


def test_faults_strike_as_often_as_asked(hub: Hub, parquet: Path) -> None:
    publish(hub, parquet)
    more = [CommitOperationAdd("a.txt", b"a")]
    hub.fail("POST .*/commit/", 503)
    with pytest.raises(HfHubHTTPError, match="503"):
        api(hub).create_commit("me/rows", more, commit_message="a", repo_type="dataset")
    assert "a.txt" not in hub.files("me/rows")
    hub.fail("POST .*/commit/", "cut-before")
    with pytest.raises(httpx2.TransportError):
        api(hub).create_commit("me/rows", more, commit_message="a", repo_type="dataset")
    assert "a.txt" not in hub.files("me/rows")
    hub.fail("POST .*/commit/", "cut-after")
    with pytest.raises(httpx2.TransportError):
        api(hub).create_commit("me/rows", more, commit_message="a", repo_type="dataset")
    assert "a.txt" in hub.files("me/rows")


def test_large_files_go_in_parts_and_to_storage_without_the_token(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with Hub(multipart=2000) as hub:
        publish(hub, parquet)
        sent = [request for request in hub.requests if request.origin == "storage" and request.method == "PUT"]
        assert len(sent) == -(-parquet.stat().st_size // 2000)
        assert all(request.token is None for request in sent)
        assert hub.store.large[hub.files("me/rows")["data/train-00000-of-00001.parquet"]] == parquet.read_bytes()


def test_a_repository_made_anew_may_have_forgotten_its_large_files(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    for forgetful in (True, False):
        with Hub(forgetful=forgetful) as hub:
            publish(hub, parquet)
            api(hub).delete_repo("me/rows", repo_type="dataset")
            if forgetful:
                with pytest.raises(HfHubHTTPError, match="LFS pointer pointed to a file that does not exist"):
                    publish(hub, parquet)
            else:
                publish(hub, parquet)
                assert "README.md" in hub.files("me/rows")


def test_a_hub_without_xet_tells_a_client_that_insists(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    with Hub() as hub, pytest.raises(ConnectionError):
        publish(hub, parquet)
