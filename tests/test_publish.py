"""`corpus.publish` with the real client against the loopback Hub: whole, or not at all."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from huggingface_hub import CommitOperationAdd, HfApi, constants
from huggingface_hub.utils import _http

import corpus
from corpus.errors import BuildError, ConfigError, IntegrityError, PublishError
from corpus.hub import check, client, publisher
from corpus.hub.cardmerge import BEGIN, END, merge_cards, split_card
from corpus.write.files import sha256_of
from tests.hub import Hub, Request, User
from tests.hub.flows import (
    MORE,
    OWNER,
    ROWS,
    a_corpus,
    a_report,
    as_the_manifest_says,
    data_of,
    publish,
    seed,
    serve,
    shown,
    written,
)

pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("corpora") / "first", ROWS)


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("corpora") / "second", ROWS + MORE)


@pytest.fixture(params=["lfs", "xet"])
def hub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve(monkeypatch, xet=request.param == "xet") as server:
        yield server


@pytest.fixture
def lfs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve(monkeypatch, xet=False) as server:
        yield server


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the loading in another process, which takes seconds: what it decides is tested with it, once and for all."""

    monkeypatch.setattr(publisher, "loaded", as_the_manifest_says)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda _: None))  # the client's own, a second each


def test_first_second_and_again(hub: Hub, folder: Path, longer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(hub, folder, tag="v1")
    assert shown(hub) == data_of(folder)
    assert first.verified == json.loads((folder / "manifest.json").read_bytes())["rows"]["split"]
    assert first.commit == hub.repo("me/rows").refs["refs/heads/main"] == hub.repo("me/rows").refs["refs/tags/v1"]
    assert hub.repo("me/rows").private
    assert not any(path.startswith(".private") for path in hub.files("me/rows"))

    commits = len(hub.repo("me/rows").commits)
    again = publish(hub, folder, tag="v1")
    assert again.unchanged
    assert again.commit == first.commit
    assert len(hub.repo("me/rows").commits) == commits

    monkeypatch.setattr(publisher, "loaded", as_the_manifest_says)  # the first was loaded in another process
    second = publish(hub, longer)
    assert shown(hub) == data_of(longer)
    assert second.commit != first.commit
    assert second.pull_request is not None
    with pytest.raises(PublishError, match="the tag names another commit"):
        publish(hub, folder, tag="v1")
    assert shown(hub) == data_of(longer)


@pytest.mark.usefixtures("unchecked")
def test_a_few_new_rows_send_a_small_part_of_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By xet; by LFS, a file that has changed goes as a whole."""
    monkeypatch.setattr(corpus.Corpus, "check_bytes", lambda *_, **__: None)  # of two megabytes, a few seconds
    chance = random.Random(0)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(30_000)]
    rows = [{"instruction": f"What is it {n}?", "output": " ".join(chance.choices(words, k=600))} for n in range(403)]
    sent = [0]
    with serve(monkeypatch, xet=True) as hub:
        for number in (400, 403):
            c = corpus.from_pandas(pd.DataFrame(rows[:number]), visibility="public", license="MIT").split()
            redacted = {"stage": "redact", "version": "r", "rows_in": number, "rows_out": number, "removed": {},
                        "config": {"corpus": "s", "keep": [], "public": [], "pseudonyms": False}}  # fmt: skip
            c = replace(c, lineage=(*c.lineage, redacted))
            publish(hub, c.write(tmp_path / str(number), report=a_report(c)))
            sent.append(hub.uploaded)
    first, second = sent[1] - sent[0], sent[2] - sent[1]
    assert second < first / 4


def test_where_it_was_published_is_noted_for_who_is_to_be_forgotten(lfs: Hub, tmp_path: Path, unchecked: None) -> None:
    place = written(tmp_path / "corpus", ROWS)
    done = publish(lfs, place, private=False)
    assert not lfs.repo("me/rows").private
    file = place / ".private" / "publications.json"
    noted = json.loads(file.read_bytes())
    assert [(one["repo"], one["revision"]) for one in noted] == [("me/rows", done.commit)]
    publish(lfs, place, private=False)
    assert json.loads(file.read_bytes()) == noted


@pytest.mark.usefixtures("unchecked")
def test_a_corpus_in_memory_is_published_and_says_that_nobody_notes_it(lfs: Hub, folder: Path) -> None:
    done = publish(lfs, corpus.load(folder))
    assert shown(lfs) == data_of(folder)
    assert any("from memory" in note for note in done.notes)


@pytest.mark.usefixtures("unchecked")
def test_what_was_sent_and_not_merged_is_noted_too(lfs: Hub, tmp_path: Path) -> None:
    place = written(tmp_path / "corpus", ROWS)
    file = place / ".private" / "publications.json"
    lfs.fail("POST .*/preupload/", 403)
    with pytest.raises(PublishError):
        publish(lfs, place)
    (begun,) = json.loads(file.read_bytes())
    assert begun["revision"].startswith("begun")
    done = publish(lfs, place)
    assert [one["revision"] for one in json.loads(file.read_bytes())] == [done.commit]


def test_another_branch_is_tried_on_a_branch_of_its_own(lfs: Hub, folder: Path, longer: Path) -> None:
    seed(lfs, folder)
    done = publish(lfs, longer, revision="next")
    assert shown(lfs) == data_of(folder)
    assert shown(lfs, "next") == data_of(longer)
    assert done.commit == lfs.repo("me/rows").refs["refs/heads/next"]
    assert set(lfs.repo("me/rows").refs) == {"refs/heads/main", "refs/heads/next"}


@pytest.mark.usefixtures("unchecked")
def test_rows_that_are_gone_leave_no_file_behind(lfs: Hub, folder: Path) -> None:
    publish(lfs, folder)
    lfs.push("me/rows", {"data/test-00001-of-00002.parquet": b"old", "data/notes.txt": b"theirs"})
    done = publish(lfs, folder)
    assert [file.path for file in done.files if file.change == "deleted"] == ["data/test-00001-of-00002.parquet"]
    assert shown(lfs).keys() == {*data_of(folder), "data/notes.txt"}


# What is refused


def test_what_is_refused_before_anything_is_asked(lfs: Hub, tmp_path: Path, folder: Path) -> None:
    c = a_corpus(ROWS)
    with pytest.raises(PublishError, match="no report"):
        publish(lfs, c)
    with pytest.raises(PublishError, match="no report"):
        publish(lfs, c.write(tmp_path / "unjudged"))
    with pytest.raises(PublishError, match="is refuted"):
        publish(lfs, written(tmp_path / "refuted", ROWS, verdict="refuted"))
    with pytest.raises(PublishError, match="may not be published for everyone") as error:
        publish(lfs, written(tmp_path / "private", ROWS, visibility="private"), private=False)
    assert "40 rows are of sources that were not declared public (table 40)" in str(error.value)
    open_to_all = corpus.from_pandas(pd.DataFrame(ROWS), visibility="public").normalize().redact().split()
    unlicensed = open_to_all.write(tmp_path / "unlicensed", report=a_report(open_to_all))
    with pytest.raises(PublishError, match="licence-unknown: 40 rows"):
        publish(lfs, unlicensed, private=False)
    raw = corpus.from_pandas(pd.DataFrame(ROWS)).normalize().split()
    with pytest.raises(PublishError, match="secrets and personal data were not taken out"):
        publish(lfs, raw.write(tmp_path / "raw", report=a_report(raw)))
    with pytest.raises(ConfigError, match="names no repository"):
        corpus.publish(folder, "https://huggingface.co/me/rows", token="hf_owner", endpoint=lfs.endpoint)
    with pytest.raises(IntegrityError):
        publish(lfs, tmp_path / "nothing")
    assert lfs.requests == []


def test_changed_bytes_are_refused(lfs: Hub, tmp_path: Path) -> None:
    place = written(tmp_path / "corpus", ROWS)
    report = place / "falsification.json"
    report.write_bytes(report.read_bytes().replace(b"corroborated", b"corroborates"))
    with pytest.raises(IntegrityError, match="not what the manifest says"):
        publish(lfs, place)
    place = written(tmp_path / "corpus", ROWS)
    file = next((place / "data").glob("train-*"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match="not what the manifest says"):
        publish(lfs, place)
    assert lfs.requests == []


def test_a_public_repository_is_not_private_because_one_says_so(lfs: Hub, folder: Path) -> None:
    HfApi(endpoint=lfs.endpoint, token="hf_owner").create_repo("me/rows", repo_type="dataset", private=False)
    with pytest.raises(PublishError, match="the repository is public"):
        publish(lfs, folder)
    assert shown(lfs) == {}
    assert not any("/commit/" in request.path or request.origin == "storage" for request in lfs.requests)


def test_who_may_not(
    lfs: Hub, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for token, sentence in (
        ("hf_other", "may not do that"),
        ("hf_reader", "may not do that"),
        ("hf_wrong_secret", "the token is not valid"),
    ):
        with pytest.raises(PublishError, match=sentence) as error:
            publish(lfs, folder, token=token)
        assert token not in str(error.value)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(PublishError, match="no token"):
        publish(lfs, folder, token=None)
    assert "hf_" not in "".join(capfd.readouterr()).replace("hf_xet", "")


def test_no_hub_there(folder: Path) -> None:
    with pytest.raises(PublishError, match="the Hub does not answer"):
        corpus.publish(folder, "me/rows", token="hf_owner", endpoint="http://127.0.0.1:9")


def test_a_hub_without_xet_says_what_to_do(lfs: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    with pytest.raises(PublishError, match="HF_HUB_DISABLE_XET=1"):
        publish(lfs, folder)


def test_a_dry_run_needs_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: pytest.fail("asked for a token"))
    plan = corpus.publish(folder, "me/rows", dry_run=True, endpoint="http://127.0.0.1:9")
    assert plan.dry_run
    assert plan.commit is None
    assert {file.path for file in plan.files} == {"README.md", "manifest.json", "falsification.json", *data_of(folder)}
    assert "Would publish me/rows" in str(plan)
    assert "<table>" in plan._repr_html_()


@pytest.mark.parametrize(
    "name",
    ["", "me/", "/rows", "me/..", "me/-x", "me/a--b", "me/x.git", "me/" + "x" * 97, "../x", "mé/x", "a/b/c", "x y"],
)
def test_what_names_no_repository_is_refused_by_a_dry_run_too(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="names no repository"):
        corpus.publish(folder, name, dry_run=True)


@pytest.mark.parametrize("name", ["", "v 1", "a..b", "refs/tags/x", "x" * 300, "-x", "a/", "x.lock", "0" * 40])
def test_a_tag_or_a_branch_that_git_would_not_take_is_refused_before_anything_is_sent(
    lfs: Hub, folder: Path, name: str
) -> None:
    for option in ("tag", "revision"):
        with pytest.raises(ConfigError, match=f"can be no {option}"):
            publish(lfs, folder, **{option: name})
    with pytest.raises(ConfigError, match="mistaken"):
        publish(lfs, folder, tag="main")
    assert lfs.requests == []


@pytest.mark.parametrize("token", ["hf_secret\r\nX: y", "hf_sec\nret", "hf_sécret", "hf_a b"])
def test_what_can_be_no_token_stands_in_no_error(lfs: Hub, folder: Path, token: str) -> None:
    with pytest.raises(PublishError, match="as the token") as error:
        publish(lfs, folder, token=token)
    assert "hf_s" not in "".join(traceback.format_exception(error.value)).replace(ascii(token), "")
    assert lfs.requests == []


@pytest.mark.usefixtures("unchecked")
def test_a_token_that_was_read_from_a_file_ends_with_a_line_feed(lfs: Hub, folder: Path) -> None:
    assert publish(lfs, folder, token="hf_owner\n").commit


def test_loading_it_again_runs_nothing_of_the_current_folder(
    lfs: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("corpus", "datasets"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\nraise SystemExit(7)\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(check.CheckError):
        check.loaded("me/none", "main", endpoint=lfs.endpoint, token="hf_owner")
    assert not (tmp_path / "run").exists()


def test_what_lies_beside_the_corpus_and_is_damaged_is_named_before_anything_is_sent(lfs: Hub, tmp_path: Path) -> None:
    place = written(tmp_path / "corpus", ROWS)
    (place / ".private" / "publications.json").write_text("[broken")
    with pytest.raises(IntegrityError, match="list of earlier publications"):
        publish(lfs, place)
    (place / ".private" / "publications.json").write_text("{}")
    with pytest.raises(IntegrityError, match="list of earlier publications"):
        publish(lfs, place)
    (place / "README.md").unlink()
    with pytest.raises(IntegrityError, match="card cannot be read"):
        publish(lfs, place)
    assert lfs.requests == []


def test_a_corpus_whose_people_were_deleted_says_that_nobody_looked_for_them(tmp_path: Path) -> None:
    place = written(tmp_path / "corpus", ROWS)
    assert len(corpus.publish(place, "me/rows", dry_run=True).notes) == 1
    manifest = json.loads((place / "manifest.json").read_bytes())
    next(record for record in manifest["lineage"] if record["stage"] == "redact").update(people=3, known=2)
    (place / "manifest.json").write_text(json.dumps(manifest))
    notes = corpus.publish(place, "me/rows", dry_run=True).notes
    assert "names of the 3 people" in notes[1]
    assert "values of the 2 secrets" in notes[2]


def test_nothing_is_published_while_a_build_is_at_work(lfs: Hub, tmp_path: Path) -> None:
    place = written(tmp_path / "corpus", ROWS)
    code = (
        "import filelock, sys; a = filelock.FileLock(sys.argv[1]); a.acquire(); print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place / ".private" / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BuildError, match="at work in this folder"):
            publish(lfs, place)
        other.communicate()
    assert lfs.requests == []


@pytest.mark.usefixtures("unchecked")
def test_a_repository_that_is_opened_meanwhile_gets_nothing(lfs: Hub, folder: Path) -> None:
    seed(lfs, folder)

    def opened(request: Request) -> None:
        if sum(one.path.endswith("/revision/main") for one in lfs.requests) == 2:
            lfs.repo("me/rows").private = False

    lfs.before = opened
    with pytest.raises(PublishError, match="the repository is public"):
        publish(lfs, folder)


@pytest.mark.usefixtures("unchecked")
def test_a_hub_that_knows_the_files_of_a_deleted_repository_is_explained(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with Hub(forgetful=True) as hub:
        publish(hub, folder)
        HfApi(endpoint=hub.endpoint, token="hf_owner").delete_repo("me/rows", repo_type="dataset")
        with pytest.raises(PublishError, match="take another name"):
            publish(hub, folder)


# Others at work


@pytest.mark.usefixtures("unchecked")
def test_a_pull_request_of_a_similar_title_stays_open(lfs: Hub, folder: Path, longer: Path) -> None:
    seed(lfs, folder)
    lfs.repo("me/rows").open_pull("Publish corpus of recipes", "other")
    publish(lfs, longer)
    assert [pull.status for pull in lfs.repo("me/rows").pulls] == ["open", "merged"]


@pytest.mark.usefixtures("unchecked")
def test_a_foreign_commit_in_between_is_built_upon(lfs: Hub, folder: Path, longer: Path) -> None:
    publish(lfs, folder)
    interrupted = []

    def meddle(request: Request) -> None:
        if request.path.endswith("manifest.json") and "refs%2Fpr" in request.path and not interrupted:
            interrupted.append(request)
            lfs.push("me/rows", {"theirs.txt": b"hello"})

    lfs.before = meddle
    publish(lfs, longer)
    assert interrupted
    assert shown(lfs) == data_of(longer)
    assert "theirs.txt" in lfs.files("me/rows")
    assert [pull.status for pull in lfs.repo("me/rows").pulls] == ["merged", "closed", "merged"]


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("path", ["README.md", "theirs.txt"])
def test_a_foreign_commit_at_the_moment_of_merging_is_kept(lfs: Hub, folder: Path, longer: Path, path: str) -> None:
    seed(lfs, folder)
    card = lfs.repo("me/rows").resolve("main").tree["README.md"].content
    interrupted = []

    def meddle(request: Request) -> None:
        if request.path.endswith("/merge") and not interrupted:
            interrupted.append(request)
            lfs.push("me/rows", {path: card + b"\nTheir words.\n"})

    lfs.before = meddle
    publish(lfs, longer)
    assert interrupted
    assert shown(lfs) == data_of(longer)
    assert b"Their words." in lfs.repo("me/rows").resolve("main").tree[path].content


@pytest.mark.usefixtures("unchecked")
def test_who_always_meddles_is_named(lfs: Hub, folder: Path, longer: Path) -> None:
    publish(lfs, folder)
    count = iter(range(100))

    def meddle(request: Request) -> None:
        if request.path.endswith("manifest.json") and "refs%2Fpr" in request.path and request.method == "HEAD":
            lfs.push("me/rows", {f"theirs-{next(count)}.txt": b"hello"})

    lfs.before = meddle
    with pytest.raises(PublishError, match="faster than it can be published to"):
        publish(lfs, longer)
    assert shown(lfs) == data_of(folder)


@pytest.mark.usefixtures("unchecked")
def test_a_repository_that_was_deleted_is_made_anew(hub: Hub, folder: Path) -> None:
    publish(hub, folder)
    HfApi(endpoint=hub.endpoint, token="hf_owner").delete_repo("me/rows", repo_type="dataset")
    publish(hub, folder)
    assert shown(hub) == data_of(folder)


# Faults that last, and more than one: those of each request, once, are in tests/test_publish_faults.py


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("how", [503, "cut-before", "cut-after"])
def test_a_merge_whose_answer_is_lost_is_looked_for(lfs: Hub, folder: Path, longer: Path, how: Any) -> None:
    seed(lfs, folder)
    lfs.fail("POST .*/merge", "cut-after")
    lfs.fail("GET .*/discussions/[0-9]+$", how)
    publish(lfs, longer)
    assert [fault.times for fault in lfs.faults] == [0, 0]
    assert shown(lfs) == data_of(longer)
    assert [pull.status for pull in lfs.repo("me/rows").pulls] == ["merged"]


@pytest.mark.usefixtures("unchecked")
def test_overload_that_lasts_is_an_error_and_main_is_as_it_was(lfs: Hub, folder: Path, longer: Path) -> None:
    publish(lfs, folder)
    lfs.fail("POST .*/merge", 503, times=50)
    with pytest.raises(PublishError, match="overloaded"):
        publish(lfs, longer)
    assert shown(lfs) == data_of(folder)
    lfs.faults.clear()
    done = publish(lfs, longer)
    assert shown(lfs) == data_of(longer)
    assert done.pull_request is not None
    assert done.pull_request.endswith("/2"), "the pull request that was left is taken up"


def test_what_comes_back_otherwise_never_reaches_main(
    lfs: Hub, folder: Path, longer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher.time, "sleep", lambda _: None)
    seed(lfs, folder)
    with monkeypatch.context() as patch:
        patch.setattr(publisher, "loaded", lambda *_, **__: {"rows": {"train": 1}, "fingerprint": "0" * 64})
        with pytest.raises(PublishError, match="is not what was sent"):
            publish(lfs, longer)

        def unreadable(*_: Any, **__: Any) -> None:
            raise check.CheckError("ValueError: hf_owner is in this text")

        patch.setattr(publisher, "loaded", unreadable)
        with pytest.raises(PublishError, match="cannot be loaded again") as error:
            publish(lfs, longer)
        assert "hf_owner" not in str(error.value)
    assert shown(lfs) == data_of(folder)


# Cards


def test_a_card_that_people_wrote_in_is_merged(lfs: Hub, folder: Path, longer: Path, unchecked: None) -> None:
    publish(lfs, folder)
    card = lfs.repo("me/rows").resolve("main").tree["README.md"].content.decode()
    mine = card.replace("tags:\n", "doi: 10.1/abc\ntags:\n- mine\n", 1).replace(BEGIN, f"# My words\n\n{BEGIN}")
    api = HfApi(endpoint=lfs.endpoint, token="hf_owner")
    operation = CommitOperationAdd("README.md", mine.encode())
    api.create_commit("me/rows", [operation], commit_message="words", repo_type="dataset")
    publish(lfs, longer)
    card = lfs.repo("me/rows").resolve("main").tree["README.md"].content.decode()
    head, body = split_card(card)
    assert head["doi"] == "10.1/abc"
    assert "mine" in head["tags"]
    assert body.startswith("# My words")
    assert sum(split["num_examples"] for split in head["dataset_info"]["splits"]) == len(ROWS) + 1
    assert publish(lfs, longer).unchanged


def test_merging_is_stable_and_computed_keys_win() -> None:
    ours = "---\nlicense: mit\ntags:\n- a\n---\n\n# Ours\n"
    once = merge_cards(ours, None)
    assert merge_cards(ours, once) == once
    foreign = merge_cards(ours, "---\nlicense: gpl-3.0\nlanguage: en\ntags: [b]\n---\n# Theirs\n")
    head, body = split_card(foreign)
    assert head == {"license": "mit", "tags": ["a", "b"], "language": "en"}
    assert body.index("# Ours") < body.index(END) < body.index("# Theirs")
    assert merge_cards(ours, foreign) == foreign
    for broken in ("---\n: [\n---\n", "---\n- a\n---\n", "---\nx: 2020-99-99\n---\n"):
        with pytest.raises(IntegrityError, match="YAML") as error:
            merge_cards(ours, broken)
        assert "mend the YAML" in str(error.value)


@pytest.mark.parametrize("card", ["\n---\ndoi: x\n---\n# Mine", "\ufeff---\r\ndoi: x\r\n--- \r\n# Mine\r\n"])
def test_a_head_is_one_where_the_hub_sees_one(card: str) -> None:
    merged = merge_cards("---\nlicense: mit\n---\n\n# Ours\n", card)
    assert split_card(merged)[0] == {"license": "mit", "doi": "x"}
    assert merged.count("doi") == merged.count("# Mine") == 1
    assert split_card("---\nx: |\n  a\n  ---b\n---\n# Mine")[0] == {"x": "a\n---b\n"}
    assert split_card("---\nlicense: mit\n# No end\n") == ({}, "---\nlicense: mit\n# No end\n")


def test_configurations_of_others_stay_and_the_corpus_is_what_is_loaded(tmp_path: Path, folder: Path) -> None:
    import datasets

    theirs = """---
configs:
- config_name: extra
  default: true
  data_files: [{split: train, path: extra/*.parquet}]
dataset_info:
- config_name: extra
  features: [{name: x, dtype: int64}]
---
"""
    ours = (folder / "README.md").read_text()
    merged = merge_cards(ours, theirs)
    assert merge_cards(ours, merged) == merged
    place = tmp_path / "repository"
    shutil.copytree(folder / "data", place / "data")
    (place / "extra").mkdir()
    pd.DataFrame({"x": [1]}).to_parquet(place / "extra" / "a.parquet")
    (place / "README.md").write_text(merged)
    assert datasets.load_dataset(str(place), cache_dir=str(tmp_path))["train"].num_rows > 1
    extra = datasets.load_dataset(str(place), "extra", cache_dir=str(tmp_path))
    assert extra["train"].to_list() == [{"x": 1}]


# Who reads it from there.


def test_what_is_read_from_the_hub_is_what_its_card_says(
    lfs: Hub, folder: Path, tmp_path: Path, unchecked: None
) -> None:
    import duckdb
    import polars as pl

    done = publish(lfs, folder, tag="v1")
    api = HfApi(endpoint=lfs.endpoint, token=OWNER)
    place = Path(api.snapshot_download("me/rows", repo_type="dataset", revision="v1", cache_dir=tmp_path))
    head, _ = split_card((place / "README.md").read_text())
    told = {split["name"]: split["num_examples"] for split in head["dataset_info"]["splits"]}
    assert told == done.verified
    named = [feature["name"] for feature in head["dataset_info"]["features"]]
    for config in head["configs"][0]["data_files"]:
        files = sorted(str(file) for file in place.glob(config["path"]))
        assert pd.concat(map(pd.read_parquet, files)).columns.to_list() == named
        assert pl.read_parquet(files).height == told[config["split"]]
        assert duckdb.sql(f"select count(*) from read_parquet({files})").fetchall() == [(told[config["split"]],)]
    assert head["dataset_info"]["download_size"] == sum(file.stat().st_size for file in (place / "data").iterdir())
    known = corpus.load(place)  # with its manifest and its report: what came back is a corpus
    assert known.fingerprint == done.fingerprint
    assert known.report is not None


# Plots, Croissant and what the card says of itself.


@pytest.mark.usefixtures("plots")
def test_plots_travel_and_those_of_an_earlier_version_go(
    lfs: Hub, tmp_path: Path, folder: Path, unchecked: None
) -> None:
    drawn = written(tmp_path / "drawn", ROWS)
    wanted = {f"images/{path.name}": sha256_of(path) for path in (drawn / "images").iterdir()}
    assert wanted
    assert wanted.keys() <= {file.path for file in publish(lfs, drawn).uploaded}
    assert {path: name for path, name in lfs.files("me/rows").items() if path.startswith("images/")} == wanted
    lfs.push("me/rows", {"images/mine.png": b"mine"})
    second = publish(lfs, folder)
    assert {file.path for file in second.files if file.change == "deleted"} == wanted.keys()
    assert [path for path in lfs.files("me/rows") if path.startswith("images/")] == ["images/mine.png"]
    assert publish(lfs, folder).unchanged


def test_a_picture_of_that_name_that_nobody_published_stays(lfs: Hub, folder: Path, unchecked: None) -> None:
    lfs.store.create("dataset", "me/rows", User("me"), private=True)
    lfs.push("me/rows", {"images/quality.png": b"mine", "croissant.json": b"{}", "manifest.json": b"[]"})
    publish(lfs, folder)
    assert {"images/quality.png", "croissant.json"} <= lfs.files("me/rows").keys()


def test_the_card_on_the_hub_says_how_to_load_it_from_there(lfs: Hub, folder: Path, unchecked: None) -> None:
    publish(lfs, folder)
    card = lfs.repo("me/rows").resolve("main").tree["README.md"].content.decode()
    assert 'load_dataset("me/rows")' in card
    assert f"\\url{{{lfs.endpoint}/datasets/me/rows}}" in card


def test_a_corpus_of_no_rows_is_not_published(tmp_path: Path) -> None:
    c = a_corpus(ROWS)
    none = corpus.Corpus(c.table.slice(0, 0))
    with pytest.raises(PublishError, match="there is no row"):
        corpus.publish(none.write(tmp_path / "c", report=a_report(none)), "me/none", dry_run=True)


def test_a_licence_that_people_name_stays_where_none_was_computed() -> None:
    theirs = "---\nlicense: other\nlicense_name: mine\nlicense_link: LICENSE\n---\n"
    unknown, known = (f"---\nlicense: {name}\nlicense_of_rows: {name}\n---\n\nbody" for name in ("unknown", "mit"))
    head, _ = split_card(merge_cards(unknown, theirs))
    assert head == {
        "license": "other", "license_name": "mine", "license_link": "LICENSE", "license_of_rows": "unknown"
    }  # fmt: skip
    head, _ = split_card(merge_cards(known, theirs))
    assert head == {"license": "mit", "license_of_rows": "mit"}
    head, _ = split_card(merge_cards(unknown, known))  # computed for rows that are gone
    assert head == {"license": "unknown", "license_of_rows": "unknown"}
