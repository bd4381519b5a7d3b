"""A Hub that refuses, lies or says nothing, strangers in the repository, and two publishers at once."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx2
import pytest
from huggingface_hub import close_session, constants, get_session, set_client_factory
from huggingface_hub.utils import _http

import corpus
from corpus.errors import ConfigError, IntegrityError, PublishError
from corpus.hub import client, publisher
from corpus.hub import guard as guarding
from corpus.hub.cardmerge import split_card
from corpus.hub.guard import guard_process
from tests.hub import Answer, Hub, Request, User
from tests.hub.flows import MORE, OWNER, ROWS, data_of, forget, publish, seed, serve, shown, written

pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")

Truth = Callable[[], Answer]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("corpora") / "first", ROWS)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("corpora") / "second", ROWS + MORE)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(client, "_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda _: None))
    with serve(monkeypatch, xet=False) as server:

        def loaded(_: str, revision: str, **__: Any) -> dict[str, Any]:
            manifest = server.repo("me/rows").resolve(revision).tree["manifest.json"].content
            return {"rows": {}, "fingerprint": json.loads(manifest)["fingerprint"]}

        monkeypatch.setattr(publisher, "loaded", loaded)
        yield server


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> list[float]:
    """The seconds for which somebody has waited, who did not; the guard's clock goes on by as many."""
    seconds: list[float] = []
    monkeypatch.setattr(guarding, "time", SimpleNamespace(monotonic=lambda: 1000 + sum(seconds)))
    for waits in (client, _http):
        monkeypatch.setattr(waits, "time", SimpleNamespace(sleep=seconds.append))
    return seconds


def refused(hub: Hub, place: Path, **options: Any) -> str:
    """What a publication that is refused says; what it says nowhere is the token."""
    before = shown(hub)
    with pytest.raises(PublishError) as error:
        publish(hub, place, **options)
    chain = [error.value.__cause__, error.value.__context__]
    told = "".join(traceback.format_exception(error.value)) + str(error.value) + repr(error.value.got)
    assert "hf_owner" not in told
    assert chain == [None, None], "the client's errors carry the request, and so the token"
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", str(error.value))
    assert shown(hub) == before
    return str(error.value)


# Sentences


@dataclass(frozen=True)
class Lie:
    """What a Hub says instead of the truth, and what is made of it."""

    route: str
    sentence: str
    status: int = 200
    body: Any = None
    code: str = ""
    location: str = ""


LIES: Final = {
    "no room": Lie("POST .*/objects/batch", "no room for it .403.: Private repository storage limit", 403,
                   {"error": "Private repository storage limit reached, please upgrade your plan"}),
    "payment": Lie("POST .*/preupload/", "no room for it .402.", 402, {"error": "Payment required"}),
    "too large": Lie("POST .*/objects/batch", "no room for it .413.", 413, {"error": "Request Entity Too Large"}),
    "quota of one file": Lie("POST .*/objects/batch", "storage quota.*storage-limits", 200, {"objects": [
        {"oid": "0" * 64, "size": 1, "error": {"code": 507, "message": "storage quota exceeded"}}]}),
    "no right": Lie("POST .*/preupload/", "may not do that .403.: not yours", 403, {"error": "not yours"}),
    "expired": Lie("GET .*/revision/", 'not any more .401.: User Access Token "ci" is expired', 401,
                   {"error": 'User Access Token "ci" is expired'}),
    "gated": Lie("GET .*/revision/", "is gated", 403, {"error": "Access restricted"}, "GatedRepo"),
    "disabled": Lie("GET .*/revision/", "has disabled", 403, {"error": "Access to this resource is disabled."}),
    "another kind": Lie("GET .*/revision/", "no such dataset.*taken by what is no dataset", 404, {"error": "Not found"},
                        "RepoNotFound"),
    "overtaken": Lie("POST .*/commit/", "faster than it can be published", 409, {"error": "Another commit"}),
    "a page to log in": Lie("GET .*/tree/", "cannot be understood", 200, {"login": "please"}),
    "another name for itself": Lie("POST .*create", "cannot be understood", 200, {"url": "https://else.example/x"}),
    "the token, in colour": Lie("POST .*/merge", "<token> is yours", 403, {"error": "\x1b[31mhf_owner is yours\u202e"}),
    "much": Lie("POST .*/merge", "xxx…", 403, {"error": "x" * 100_000}),
    "nothing": Lie("POST .*/merge", "refused .418.", 418, {}),
    "a word": Lie("POST .*/merge", "cannot be understood", 418, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_what_the_hub_refuses_becomes_a_sentence(name: str, hub: Hub, first: Path, second: Path) -> None:
    lie = LIES[name]
    seed(hub, first)
    asked = []

    def instead(request: Request, truth: Truth) -> Answer:
        if not re.search(lie.route, f"{request.method} {request.path}"):
            return truth()
        asked.append(request)
        told = Answer.of(lie.body, lie.status)
        told.headers |= {"X-Error-Code": lie.code} if lie.code else {}
        if lie.body and "error" in lie.body and lie.body["error"].isascii() and lie.body["error"].isprintable():
            told.headers["X-Error-Message"] = lie.body["error"][:1000]
        return told

    hub.lie = instead
    told = refused(hub, second)
    assert re.search(lie.sentence, told, re.DOTALL), told
    assert len(told) < 1500
    assert asked
    hub.lie = None
    publish(hub, second)
    assert shown(hub) == data_of(second)


def test_a_listing_that_lacks_files_or_tells_other_hashes_stops_it(hub: Hub, first: Path, second: Path) -> None:
    def shorter(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return rows[:-1]

    def other(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            row | {"lfs": row["lfs"] | {"oid": "0" * 64, "sha256": "0" * 64}} if "lfs" in row else row for row in rows
        ]

    def longer(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*rows, rows[0] | {"path": "slipped-in.py"}]

    for change in (shorter, other, longer):
        forget(hub)
        seed(hub, first)

        def lie(request: Request, truth: Truth) -> Answer:
            answer = truth()
            rows = change(json.loads(answer.body)) if "/tree/refs" in request.path else None  # noqa: B023 - at once
            return answer if rows is None else replace(answer, body=json.dumps(rows).encode())

        hub.lie = lie
        assert "not those that were sent" in refused(hub, second)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_followed_without_the_token(
    status: int, hub: Hub, first: Path, second: Path
) -> None:
    for route in ("GET .*/revision/", "POST .*/commit/", "POST .*/merge", "GET .*/README.md"):
        forget(hub)
        seed(hub, first)

        def elsewhere(request: Request, truth: Truth) -> Answer:
            if request.origin == "hub" and re.search(route, f"{request.method} {request.path}"):  # noqa: B023 - at once
                return Answer(status, b"", {"Location": hub.storage + request.path})
            return truth()

        hub.lie = elsewhere
        refused(hub, second)
        there = [request for request in hub.requests if request.origin == "storage"]
        assert there
        assert all(request.token is None for request in there)


def test_a_link_to_another_place_gets_no_token(hub: Hub, first: Path, second: Path) -> None:
    def next_page(answer: Answer) -> Answer:
        return replace(answer, headers={**answer.headers, "Link": f'<{hub.storage}/more>; rel="next"'})

    def confirm(answer: Answer) -> Answer:
        return replace(answer, body=answer.body.replace(b'"verify": {"href": "' + hub.endpoint.encode(), b'"verify": '
                                                        b'{"href": "' + hub.storage.encode()))  # fmt: skip

    for route, lie in (("/tree/", next_page), ("objects/batch", confirm)):
        forget(hub)
        seed(hub, first)
        hub.lie = lambda request, truth: lie(truth()) if route in request.path else truth()  # noqa: B023 - at once
        assert "named another place" in refused(hub, second)
        assert all(request.token is None for request in hub.requests if request.origin == "storage")


def test_a_client_of_xet_takes_the_token_to_no_other_place(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the Hub's client, and lets itself in: a redirect it follows without the token, a link it never sees."""

    def elsewhere(request: Request, truth: Truth) -> Answer:
        if "/xet-write-token/" in request.path and request.origin == "hub":
            return Answer(307, b"", {"Location": hub.storage + request.path})
        if "/resolve/" in request.path:
            link = f'<{hub.storage}/xet-read-token>; rel="xet-auth"'
            return replace(answer := truth(), headers={**answer.headers, "X-Xet-Hash": "0" * 64, "Link": link})
        return truth()

    with serve(monkeypatch, xet=True) as hub:
        hub.lie = elsewhere
        assert "the upload by xet failed" in refused(hub, first)
        there = [request for request in hub.requests if request.origin == "storage"]
        assert [request.token for request in there] == [None]
        forget(hub)
        seed(hub, first)
        hub.lie = elsewhere
        assert "named another place" in refused(hub, second)
        assert not any(request.origin == "storage" for request in hub.requests)


def test_who_loads_it_again_is_guarded_too_also_after_a_lost_connection(hub: Hub) -> None:
    try:
        guard_process(hub.endpoint, OWNER)
        for _ in range(2):
            with pytest.raises(PublishError, match="named another place"):
                get_session().get(hub.storage, headers={"authorization": f"Bearer {OWNER}"})
            assert get_session().get(hub.storage).status_code == 404
            close_session()  # as the client does when it cannot connect
    finally:
        set_client_factory(_http.default_client_factory)
    assert [request.token for request in hub.requests] == [None, None]


# Patience


@pytest.mark.parametrize("header", [{"Retry-After": "86400"}, {"RateLimit": '"api";r=0;t=86400'}])
@pytest.mark.parametrize("route", ["GET .*/revision/", "GET .*/tree/", "PUT .*", "POST .*/merge"])
def test_a_hub_that_wants_to_be_left_alone_for_a_day_is_not_waited_for(
    route: str, header: dict[str, str], hub: Hub, first: Path, second: Path, slept: list[float]
) -> None:
    seed(hub, first)
    hub.lie = lambda request, truth: (
        Answer(429, b"{}", header) if re.search(route, f"{request.method} {request.path}") else truth()
    )
    told = refused(hub, second)
    assert "86400 s before it is asked again" in told
    assert "600 s at most" in told
    assert sum(slept) == 0


def test_a_hub_that_wants_some_time_gets_it_until_it_is_too_much(
    hub: Hub, first: Path, second: Path, slept: list[float]
) -> None:
    seed(hub, first)
    left = ["/tree/", "/commit/"]  # the client asks for one again, and we for the other

    def tired(request: Request, truth: Truth) -> Answer:
        route = next((route for route in left if route in request.path), None)
        if route is None:
            return truth()
        left.remove(route)
        return Answer(503, b"{}", {"Retry-After": "250"})

    hub.lie = tired
    publish(hub, second)
    assert [seconds for seconds in slept if seconds] == [251, 250]
    slept.clear()
    left += ["/tree/"] * 3
    assert "after 500 s that were waited" in refused(hub, first)
    assert slept == [251, 251]


def test_threads_that_are_asked_to_wait_at_the_same_time_wait_once(slept: list[float]) -> None:
    """Files are sent five at a time; what is left of the Hub's five minutes is the same for all of them."""
    one = guarding._Guard("https://huggingface.co", OWNER)
    answer = httpx2.Response(429, headers={"Retry-After": "290"})
    for _ in range(5):
        one.after(answer)
    slept.append(291)
    for _ in range(5):
        one.after(answer)
    slept.append(291)
    with pytest.raises(PublishError, match="after 580 s that were waited"):
        one.after(answer)
    with pytest.raises(PublishError, match="more time than a call waits"):
        one.after(httpx2.Response(429, headers={"Retry-After": "9" * 400}))


# The way there


def test_who_is_told_to_stay_offline_is_told_so(hub: Hub, first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "unset HF_HUB_OFFLINE" in refused(hub, first)
    assert publish(hub, first, dry_run=True).dry_run
    assert hub.requests == []


@pytest.mark.parametrize(("proxy", "sentence"), [
    ("http://127.0.0.1:9", "does not answer.*HTTPS_PROXY"),
    ("nonsense://127.0.0.1:9", "check HF_ENDPOINT, HTTPS_PROXY"),
])  # fmt: skip
def test_a_proxy_that_is_none_is_named(
    proxy: str, sentence: str, hub: Hub, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    close_session()
    try:
        assert re.search(sentence, refused(hub, first), re.DOTALL)
    finally:
        monkeypatch.undo()
        close_session()
    assert hub.requests == []


def test_every_request_ends(hub: Hub, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None may wait for ever; one that took too long is asked again, and is not done twice."""
    seed(hub, first)
    send, sent = httpx2.HTTPTransport.handle_request, []

    def late(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        answer = send(self, request)
        sent.append((request.url.path, request.extensions["timeout"]))
        if request.url.path.endswith("/merge"):
            raise httpx2.ReadTimeout("")
        return answer

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", late)
    publish(hub, second)
    assert all(None not in limits.values() for _, limits in sent)
    assert [pull.status for pull in hub.repo("me/rows").pulls] == ["merged"]

    def never(_: httpx2.HTTPTransport, __: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("")

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", never)
    assert "did not answer in time" in refused(hub, first)


@pytest.mark.parametrize(
    "endpoint", ["hub.example", "ftp://hub.example", "https://me:secret@hub.example", "https://hub.example/a b", ""]
)
def test_what_is_no_address_of_a_hub_is_refused_and_not_repeated(endpoint: str, first: Path) -> None:
    with pytest.raises(ConfigError, match="no address of a Hub") as error:
        corpus.publish(first, "me/rows", dry_run=True, endpoint=endpoint)
    assert "secret" not in str(error.value)


def test_an_address_may_end_with_a_slash_and_one_without_encryption_is_noted(hub: Hub, first: Path) -> None:
    assert publish(hub, first, endpoint=f"{hub.endpoint}/").url == f"{hub.endpoint}/datasets/me/rows"
    plan = corpus.publish(first, "me/rows", dry_run=True, endpoint="http://hub.example")
    assert any("without encryption" in note for note in plan.notes)


# Others in the repository


def test_a_pull_request_in_which_somebody_slipped_a_file_is_not_taken_up(hub: Hub, first: Path, second: Path) -> None:
    seed(hub, first)
    hub.fail("POST .*/merge", 403, times=1)
    refused(hub, second)
    repo = hub.repo("me/rows")
    (left,) = repo.pulls
    theirs = repo.open_pull(left.title, "other")
    tree = repo.resolve(left.ref).tree
    repo.add(theirs.ref, {**tree, "load.py": tree["README.md"]}, left.title, "", "other")
    publish(hub, second)
    assert "load.py" not in hub.files("me/rows")
    assert [pull.status for pull in repo.pulls] == ["merged", "closed"]


def test_a_model_of_that_name_is_no_obstacle_and_is_left_alone(hub: Hub, first: Path) -> None:
    hub.store.create("model", "me/rows", User("me"), private=True)
    publish(hub, first)
    assert shown(hub) == data_of(first)
    assert set(hub.files("me/rows", kind="model")) == {".gitattributes"}


@pytest.mark.parametrize("head", ["x: " + "[" * 1000, "a0: &a0 [1]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))])  # fmt: skip
def test_a_head_that_would_fill_the_machine_is_refused(head: str) -> None:
    with pytest.raises(IntegrityError, match="YAML cannot be read"):
        split_card(f"---\n{head}\n---\n# Mine\n")


@pytest.mark.parametrize(
    ("branch", "other", "step"), [("main", "other", 1), ("main", "same", 1), ("next", "other", 3), ("next", "same", 5)]
)
def test_two_publish_at_once(
    branch: str, other: str, step: int, hub: Hub, first: Path, second: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Between any two requests of one publication, another one is made from its beginning to its end."""
    plans = {place: publisher.plan_of(place, private=True) for place in (first, second)}
    monkeypatch.setattr(publisher, "plan_of", lambda place, **_: plans[place] if place in plans else plans[second])
    theirs = first if other == "other" else written(tmp_path / "copy", ROWS + MORE)
    states = [{}, data_of(first), data_of(second)]
    for number in range(0, 60, step):
        forget(hub)
        hub.store.create("dataset", "me/rows", User("me"), private=True)
        seen: list[dict[str, str]] = []
        between = Between(number, lambda: publish(hub, theirs, revision=branch))
        hub.before = lambda _: between(lambda: seen.append(shown(hub, branch)))  # noqa: B023 - used at once
        publish(hub, second, revision=branch)
        hub.before = None
        if not between.done:
            assert number > 15, "every request was one that something happened before"
            return
        repo = hub.repo("me/rows")
        assert shown(hub, branch) in states[1:], number  # theirs, where ours was there before theirs began
        assert all(state in states for state in seen), number
        assert not any(pull.status == "open" for pull in repo.pulls), number
        assert not any("staging" in ref for ref in repo.refs), number
    pytest.fail("one publication does not end")


class Between:
    """Does something once, before the nth request; the requests of that are not counted."""

    def __init__(self, number: int, what: Callable[[], object]) -> None:
        self.left, self.what, self.done = number, what, False

    def __call__(self, look: Callable[[], None]) -> None:
        look()
        self.left -= 1
        if self.left < 0 and not self.done:
            self.done = True
            self.what()
