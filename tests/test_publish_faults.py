"""Publishing goes wrong at every request, in every way, on every route: the old corpus is shown, or the new one."""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Final, Literal

import httpx2
import pytest
from huggingface_hub.utils import _http

import corpus
from corpus.hub import client, publisher
from tests.hub import Hub, Request
from tests.hub.flows import MORE, ROWS, data_of, forget, publish, seed, serve, shown, written

pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")

How = int | Literal["cut-before", "cut-after"]
STATUSES: Final[tuple[How, ...]] = (429, 500, 503, "cut-before")  # the Hub has not done what it was asked for
CHANGING: Final = re.compile(
    r"repos/create|PUT /large/|complete_multipart|/verify$|/commit/|/merge$|/status$|/branch/|/tag/"
)


class KilledError(BaseException):
    """The process is gone: nothing of it runs any more, `finally` neither, as far as the Hub can see."""


@dataclass(frozen=True)
class Flow:
    """A way to publish, and what the repository is like before.

    Attributes:
        state: It holds the `first` corpus, or the `second`, which is published; it is `new`; or it was `deleted`,
            and the storage still knows its large files.
        meddle: Whether somebody else commits to it once, when the pull request is there.
        parts: Whether large files are sent in parts.
    """

    xet: bool = False
    state: Literal["new", "deleted", "first", "second"] = "first"
    branch: str = "main"
    private: bool = True
    tag: str | None = "v2"
    meddle: bool = False
    parts: bool = False


FLOWS: Final = {
    "second": Flow(),
    "second-xet": Flow(xet=True),
    "first": Flow(state="new"),
    "first-xet": Flow(xet=True, state="new", tag=None),
    "public": Flow(private=False, tag=None),
    "nothing-new": Flow(state="second"),
    "deleted": Flow(state="deleted", tag=None),
    "meddled": Flow(meddle=True),
    "in-parts": Flow(parts=True),
    "branch": Flow(branch="next"),
    "branch-xet": Flow(xet=True, branch="next", tag=None),
    "branch-first": Flow(state="new", branch="next", tag=None),
}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("corpora") / "first", ROWS)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("corpora") / "second", ROWS + MORE)


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch, second: Path) -> None:
    """No pauses; and what asks no Hub, and gives the same each time, is done once: reading, merging, loading again."""
    monkeypatch.setattr(client, "_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda _: None))
    for name in ("plan_of", "merge_cards"):
        monkeypatch.setattr(publisher, name, functools.cache(getattr(publisher, name)))
    fingerprint = corpus.load(second).fingerprint
    monkeypatch.setattr(publisher, "loaded", lambda *_, **__: {"rows": {"train": 1}, "fingerprint": fingerprint})


class Trial:
    """A Hub, a flow, and what is published: set up, tried, and looked at again and again."""

    def __init__(self, hub: Hub, flow: Flow, first: Path, second: Path) -> None:
        self.hub, self.flow, self.first, self.second = hub, flow, first, second
        self.before, self.after = data_of(first), data_of(second)
        self.dead = False
        self.mortal = False

    def begin(self) -> None:
        """The Hub as the flow finds it."""
        forget(self.hub)
        self.seen: list[tuple[dict[str, str], dict[str, str]]] = []
        self.dead = self.mortal = False
        self.meddled = not self.flow.meddle
        if self.flow.state in {"first", "second"}:
            seed(self.hub, getattr(self, self.flow.state), private=self.flow.private)
        elif self.flow.state == "deleted":
            seed(self.hub, self.second)
            self.hub.store.repos.clear()
        self.hub.before = self._look

    def _look(self, request: Request) -> None:
        self.seen.append((shown(self.hub), shown(self.hub, "next")))
        if not self.meddled and request.path.endswith("/merge"):
            self.meddled = True
            self.hub.push("me/rows", {"theirs.txt": b"hello", "manifest.json": b"{}"})
        if self.mortal and self.hub.faults and not self.hub.faults[0].times:
            self.dead = True

    def publish(self) -> corpus.Publication:
        flow = self.flow
        return publish(self.hub, self.second, private=flow.private, revision=flow.branch, tag=flow.tag)

    def holds(self, told: str) -> None:
        """The branch shows the new corpus; it was old or new at each request, and nothing is left lying about."""
        repo, branch, tag = self.hub.repo("me/rows"), self.flow.branch, self.flow.tag
        old = {"first": self.before, "second": self.after}.get(self.flow.state, {})
        assert shown(self.hub, branch) == self.after, told
        mains = (old, self.after) if branch == "main" else (old,)
        assert all(main in mains and other in ({}, old, self.after) for main, other in self.seen), told
        assert repo.private is self.flow.private, told
        assert tag is None or repo.refs[f"refs/tags/{tag}"] == repo.refs[f"refs/heads/{branch}"], told
        assert {ref for ref in repo.refs if "staging" in ref} == set(), told
        assert not any(pull.status == "open" for pull in repo.pulls), told
        made = sum("Publish corpus" in commit.title for commit in repo.history(branch))
        assert made == (self.flow.state != "second"), told
        assert not self.flow.meddle or "theirs.txt" in self.hub.files("me/rows"), told
        assert all(request.token is None for request in self.hub.requests if request.origin == "storage"), told


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch, first: Path, second: Path) -> Iterator[Callable[[str], Trial]]:
    """Gives the trial of a flow; a process that is killed in it sends nothing any more."""
    trials: list[Trial] = []
    send = httpx2.HTTPTransport.handle_request

    def mortal(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        if trials[0].dead:
            raise KilledError
        try:
            return send(self, request)
        except httpx2.TransportError:
            if trials[0].dead:
                raise KilledError from None
            raise

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", mortal)
    opened = []

    def made(name: str) -> Trial:
        opened.append(serve(monkeypatch, xet=FLOWS[name].xet, multipart=8000 if FLOWS[name].parts else 2**20))
        trials.append(Trial(opened[0].__enter__(), FLOWS[name], first, second))
        return trials[0]

    yield made
    opened[0].__exit__(None, None, None)


@pytest.mark.parametrize("name", FLOWS)
def test_every_request_may_fail_once(
    name: str,
    trial: Callable[[str], Trial],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """All five faults at each request of the usual flow; on the others, those that differ in what the Hub has done.

    A request that reads what was read before fails once more in the usual flow, in one way.
    """
    caplog.set_level(logging.DEBUG, logger="" if name == "nothing-new" else "huggingface_hub")
    one = trial(name)
    one.begin()
    one.publish()
    one.holds("without a fault")
    asked = [f"{request.method} {request.path}" for request in one.hub.requests]
    for number, request in enumerate(asked):
        again = request in asked[:number] and not CHANGING.search(request)  # what is only asked for once more
        hows = [*STATUSES, "cut-after"] if name == "second" and not again else [STATUSES[number % 4]]
        if CHANGING.search(request) and name != "second":
            hows.append("cut-after")
        if again and name != "second":
            continue
        for how in hows:
            one.begin()
            one.hub.fail(".", how, skip=number)
            one.publish()  # no fault that strikes once is an error
            assert one.hub.faults[0].times == 0, f"{number} {how}: it has never struck"
            one.holds(f"{name}: {how} at request {number}, {request}")
    assert "hf_owner" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("name", FLOWS)
def test_the_process_may_end_after_every_request_that_changes_something(
    name: str, trial: Callable[[str], Trial], tmp_path: Path
) -> None:
    """What lies between two of them changes nothing on the Hub. The next call completes what was begun."""
    one = trial(name)
    one.begin()
    one.publish()
    asked = [f"{request.method} {request.path}" for request in one.hub.requests]
    for number, request in enumerate(asked):
        if not CHANGING.search(request):
            continue
        one.begin()
        one.mortal = True
        one.hub.fail(".", "cut-after", skip=number)
        with pytest.raises(KilledError):
            one.publish()
        one.dead = one.mortal = False
        one.publish()
        one.holds(f"{name}: killed after request {number}, {request}")


# Real processes, killed for good: what was simulated above is what happens.


NURSERY = """
import json, os, sys
import falsify, filelock, httpx2, pandas, pyarrow.parquet, pygit2, tqdm.auto, yaml
import huggingface_hub._commit_api, huggingface_hub.file_download, huggingface_hub.hf_api
from huggingface_hub import constants
import corpus, corpus.privacy.scan, corpus.privacy.publishing
from corpus.hub import client, publisher
client._PAUSES = (0.0, 0.0, 0.0)
for line in sys.stdin:
    asked = json.loads(line)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.read(reader, 1)
        constants.HF_HUB_DISABLE_XET = not asked["xet"]
        fingerprint = corpus.load(asked["place"]).fingerprint
        publisher.loaded = lambda *_, **__: {"rows": {}, "fingerprint": fingerprint}
        try:
            corpus.publish(asked["place"], "me/rows", token="hf_owner", endpoint=asked["endpoint"], tag="v2",
                           revision=asked["revision"])
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()
    os.write(writer, b".")
    print(os.waitpid(child, 0)[1], flush=True)
    os.close(reader)
    os.close(writer)
"""


class Nursery:
    """A process that has imported everything, and is forked for each publication that is to be killed."""

    def __init__(self, errors: Path) -> None:
        self.errors = errors
        self.written = errors.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.written,
            text=True, bufsize=1,
        )  # fmt: skip

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")

    def said(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def publish(self, hub: Hub, place: Path, revision: str, kill_at: str | None = None) -> int:
        """Publish in a process of its own, killed when the Hub gets a request; the status that it ended with."""
        self.tell(json.dumps({"place": str(place), "endpoint": hub.endpoint, "xet": hub.xet, "revision": revision}))
        child = self.said()

        look = hub.before

        def kill(request: Request) -> None:
            if look is not None:
                look(request)
            if kill_at is not None and re.search(kill_at, f"{request.method} {request.path}"):
                os.kill(child, signal.SIGKILL)

        hub.before = kill
        self.tell("go")
        status = self.said()
        hub.before = look
        return status


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("nursery") / "errors")
    yield nursery
    nursery.process.communicate()
    nursery.written.close()


@pytest.mark.parametrize(
    ("name", "route"),
    [("second", "/merge"), ("second-xet", "commit/main"), ("branch", "commit/next")],
)
def test_killed_for_good(name: str, route: str, nursery: Nursery, trial: Callable[[str], Trial]) -> None:
    one = trial(name)
    one.begin()
    assert nursery.publish(one.hub, one.second, one.flow.branch, kill_at=route) == signal.SIGKILL
    assert nursery.publish(one.hub, one.second, one.flow.branch) == 0, nursery.errors.read_text()
    one.holds(f"{name}: killed at {route}")
    assert "hf_owner" not in nursery.errors.read_text()
