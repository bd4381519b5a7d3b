"""The HTTP face of the loopback Hub, and its storage on another origin, as the real one has it."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import yaml

from tests.hub.store import Blob, Commit, PullRequest, RefusalError, Repo, Store, User, now
from tests.hub.xet import hashes_of

__all__ = ["Answer", "Fault", "Hub", "Request"]

_KINDS: Final = {"models": "model", "datasets": "dataset", "spaces": "space"}
_LARGE_ENDINGS: Final = (".parquet", ".arrow", ".png", ".jpg", ".jpeg", ".gif", ".zip", ".gz", ".bin", ".safetensors")
_LARGE: Final = 10 * 2**20  # bytes from which everything is a large file
_NAME: Final = "(?P<owner>[^/]+)/(?P<repo>[^/]+?)"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]
    origin: Literal["hub", "storage"]

    @property
    def token(self) -> str | None:
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" and token else None

    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(slots=True)
class Fault:
    """What goes wrong, at which requests, and how often.

    Attributes:
        route: A regular expression that the method and the path are searched with: `POST .*/commit/`.
        how: A status to answer with, or `cut-before` and `cut-after`: the connection ends without an answer,
            before the request has had its effect or after.
        times: How often; each one counts down.
        skip: How many requests that match are let through first.
    """

    route: str
    how: int | Literal["cut-before", "cut-after"]
    times: int = 1
    skip: int = 0

    def strikes(self, request: Request) -> bool:
        if self.times <= 0 or not re.search(self.route, f"{request.method} {request.path}"):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


_Handler = Callable[["Hub", Request, dict[str, str]], Answer]
_ROUTES: Final[list[tuple[str, re.Pattern[str], str, _Handler]]] = []


def _route(method: str, pattern: str, origin: str = "hub") -> Callable[[_Handler], _Handler]:
    def register(handler: _Handler) -> _Handler:
        _ROUTES.append((method, re.compile(pattern + r"/?\Z"), origin, handler))
        return handler

    return register


class Hub:
    """A Hub on the loopback; a context manager that serves until its end.

    Args:
        users: Token to user. By default `hf_owner` writes as `me`, `hf_reader` only reads as `me`, and `hf_other`
            writes as `other`.
        xet: Whether large files travel by xet (into a local folder) or by LFS.
        page: Files on one page of a listing.
        multipart: Bytes from which an LFS upload is sent in parts of that size.
        forgetful: Whether a repository that is made anew refuses large files that the storage still knows, as the
            Hub did (huggingface_hub#3829).

    Attributes:
        requests: Everything that was asked, in order.
        faults: What shall go wrong next.
        before: Called with each request before it is answered; a test may stop its client there.
        lie: Given each request, and how to get the true answer, gives the answer that goes back.
    """

    def __init__(
        self,
        users: Mapping[str, User] | None = None,
        *,
        xet: bool = False,
        page: int = 50,
        multipart: int = 64 * 2**20,
        forgetful: bool = False,
    ) -> None:
        known = {"hf_owner": User("me"), "hf_reader": User("me", "read"), "hf_other": User("other")}
        self.store = Store(known if users is None else users)
        self.xet = xet
        self.page = page
        self.multipart = multipart
        self.forgetful = forgetful
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.before: Callable[[Request], None] | None = None
        self.lie: Callable[[Request, Callable[[], Answer]], Answer] | None = None
        self.lock = threading.RLock()
        self.parts: dict[str, dict[int, bytes]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="hub-")
        self._servers = [_serve(self, origin) for origin in ("hub", "storage")]

    @property
    def endpoint(self) -> str:
        """What clients call it: `HF_ENDPOINT`."""
        return _address(self._servers[0])

    @property
    def storage(self) -> str:
        """Where large files lie: another origin."""
        return _address(self._servers[1])

    @property
    def cas(self) -> Path:
        """The folder that xet writes to."""
        return Path(self._folder.name)

    @property
    def uploaded(self) -> int:
        """Bytes of content that clients have sent: large files, what xet has stored, and commits."""
        sent = sum(len(request.body) for request in self.requests if request.method in {"POST", "PUT"})
        return sent + sum(file.stat().st_size for file in self.cas.rglob("*") if file.is_file())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._folder.cleanup()

    def fail(self, route: str, how: int | Literal["cut-before", "cut-after"], *, times: int = 1, skip: int = 0) -> None:
        """Let requests go wrong. See `Fault`."""
        self.faults.append(Fault(route, how, times, skip))

    def repo(self, name: str, kind: str = "dataset") -> Repo:
        """A repository as it is, without asking for rights."""
        return self.store.repos[kind, name]

    def files(self, name: str, revision: str = "main", kind: str = "dataset") -> dict[str, str]:
        """Path to hash (SHA-256 of large files, git object id of others) at a revision: what a reader would see."""
        tree = self.repo(name, kind).resolve(revision).tree
        return {path: blob.sha256 or blob.oid for path, blob in sorted(tree.items())}

    def push(self, name: str, files: Mapping[str, bytes], title: str = "somebody else", kind: str = "dataset") -> None:
        """A commit to `main` by somebody else."""
        with self.lock:
            repo = self.repo(name, kind)
            tree = {**repo.resolve("main").tree, **{path: Blob(content) for path, content in files.items()}}
            repo.add("refs/heads/main", tree, title, "", "other")

    def answer(self, request: Request) -> Answer | None:
        """The answer to one request; None where the connection is cut."""
        fault = self._next_fault(request)
        if self.before is not None:
            self.before(request)
        if fault is not None and fault.how == "cut-before":
            return None
        if fault is not None and isinstance(fault.how, int):
            return Answer.of({"error": f"injected {fault.how}"}, fault.how, Retry_After="0")
        with self.lock:
            answer = self._handled(request) if self.lie is None else self.lie(request, lambda: self._handled(request))
        return None if fault is not None else answer

    def _next_fault(self, request: Request) -> Fault | None:
        with self.lock:
            self.requests.append(request)
            return next((fault for fault in self.faults if fault.strikes(request)), None)

    def _handled(self, request: Request) -> Answer:
        for method, pattern, origin, handler in _ROUTES:
            match = pattern.match(request.path)
            if match and method == request.method and origin == request.origin:
                arguments = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
                try:
                    return handler(self, request, arguments)
                except RefusalError as refusal:
                    return _refused(refusal)
        return _refused(RefusalError(404, f"There is no route {request.method} {request.path}"))

    def open(self, request: Request, found: Mapping[str, str], *, write: bool = False) -> Repo:
        """The repository of a request's path, where the one who asks may have it."""
        kind = _KINDS[found["kind"]] if found.get("kind") else "model"
        user = self.store.user(request.token)
        return self.store.repo(kind, f"{found['owner']}/{found['repo']}", user, write=write)

    def knows(self, oid: str) -> bool:
        return oid in self.store.large or (self.xet and oid in hashes_of(self.cas))


def _refused(refusal: RefusalError) -> Answer:
    headers = {"X-Error-Message": refusal.message.splitlines()[0]}
    if refusal.code:
        headers["X-Error-Code"] = refusal.code
    answer = Answer.of({"error": refusal.message}, refusal.status)
    answer.headers.update(headers)
    return answer


def _serve(hub: Hub, origin: Literal["hub", "storage"]) -> ThreadingHTTPServer:
    handler = type("Handler", (_Connection,), {"hub": hub, "origin": origin})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def _address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


class _Connection(BaseHTTPRequestHandler):
    """Reads a request, asks the Hub, writes the answer."""

    hub: Hub
    origin: Literal["hub", "storage"]
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, and that at once: else each request waits 40 ms for an acknowledgement
    disable_nagle_algorithm = True

    def _do(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, query, self._body(), headers, self.origin)
        answer = self.hub.answer(request)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = answer.body
        if self.command in {"GET", "HEAD"} and answer.status == HTTPStatus.OK and "range" in headers:
            answer, body = _ranged(answer, headers["range"])
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - the names that http.server looks for

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing: what was asked stands in `Hub.requests`."""


def _ranged(answer: Answer, wanted: str) -> tuple[Answer, bytes]:
    size = len(answer.body)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1 if first and last else size, size)
    if start >= size:
        return Answer(416, b"", {"Content-Range": f"bytes */{size}"}), b""
    headers = {**answer.headers, "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return Answer(206, b"", headers), answer.body[start:end]


# Repositories


@_route("GET", "/api/whoami-v2")
def _whoami(hub: Hub, request: Request, _: dict[str, str]) -> Answer:
    user = hub.store.user(request.token)
    if not user.name:
        raise RefusalError(401, "Invalid username or password.")
    token = {"type": "access_token", "accessToken": {"displayName": "test", "role": user.role}}
    return Answer.of({"type": "user", "name": user.name, "fullname": user.name, "orgs": [], "auth": token})


@_route("POST", "/api/repos/create")
def _create(hub: Hub, request: Request, _: dict[str, str]) -> Answer:
    asked = request.json()
    user = hub.store.user(request.token)
    kind = asked.get("type", "model")
    name = f"{asked.get('organization') or user.name}/{asked['name']}"
    url = f"{hub.endpoint}/{'' if kind == 'model' else kind + 's/'}{name}"
    try:
        repo = hub.store.create(kind, name, user, private=asked.get("visibility", "public") != "public")
    except RefusalError as refusal:
        if refusal.status != HTTPStatus.CONFLICT:
            raise
        return Answer.of({"error": refusal.message, "url": url}, 409)
    return Answer.of({"url": url, "name": name, "id": f"{repo.generation:024x}", "private": repo.private})


@_route("DELETE", "/api/repos/delete")
def _delete(hub: Hub, request: Request, _: dict[str, str]) -> Answer:
    asked = request.json()
    user = hub.store.user(request.token)
    kind = asked.get("type", "model")
    repo = hub.store.repo(kind, f"{asked.get('organization') or user.name}/{asked['name']}", user, write=True)
    del hub.store.repos[kind, repo.name]
    return Answer()


@_route("PUT", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/settings")
def _settings(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    asked = request.json()
    repo.private = asked.get("visibility", "private" if asked.get("private") else "public") != "public"
    return Answer.of({"private": repo.private})


@_route("POST", "/api/validate-yaml")
def _validate(_: Hub, request: Request, __: dict[str, str]) -> Answer:
    errors = [{"message": error} for error in _yaml_errors(request.json()["content"])]
    return Answer.of({"errors": errors, "warnings": []}, 400 if errors else 200)


@functools.lru_cache(64)
def _yaml_errors(text: str) -> list[str]:
    """What the Hub finds wrong in a card's head: no YAML, or values that its fields do not have."""
    if not text.startswith("---\n"):
        return []
    try:
        data = yaml.safe_load(text[4 : text.index("\n---", 3)])
    except (yaml.YAMLError, ValueError) as error:
        return [f"YAML: {error}"]
    if not isinstance(data, dict):
        return ["YAML: the metadata is no mapping"]
    licenses = _list(data.get("license", []))
    splits = [
        str(file.get("split")) for config in _list(data.get("configs", [])) for file in _list(config.get("data_files"))
    ]
    errors = [f'"license" must be one of the known identifiers, not {one!r}' for one in licenses if not _is_id(one)]
    if not all(isinstance(tag, str) for tag in _list(data.get("tags", []))):
        errors.append('"tags" must be an array of strings')
    named = re.compile(r"\w+(\.\w+)*")
    errors += [f"the split {split!r} does not match ^\\w+(\\.\\w+)*$" for split in splits if not named.fullmatch(split)]
    return errors


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", value) is not None


@_route("GET", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}(/revision/(?P<revision>.+))?")
def _info(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found)
    commit = repo.resolve(found.get("revision", "main"))
    return Answer.of(repo.facts(commit, blobs=request.query.get("blobs", "").lower() == "true"))


# Files


@_route(
    "GET",
    f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/tree/(?P<revision>refs(?:%2F|/)[^/]+(?:%2F|/)[^/]+|[^/]+)(/(?P<path>.*))?",
)
def _tree(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found)
    commit = repo.resolve(found["revision"])
    folder = found.get("path", "").strip("/")
    rows = _listed(hub, commit, folder, recursive=request.query.get("recursive", "").lower() == "true")
    if folder and not rows:
        refusal = _refused(RefusalError(404, f"{folder} does not exist on this revision", "EntryNotFound"))
        refusal.headers["X-Repo-Commit"] = commit.oid
        return refusal
    start = int(request.query.get("cursor", "0"))
    answer = Answer.of(rows[start : start + hub.page])
    if start + hub.page < len(rows):
        query = urlencode({**request.query, "cursor": start + hub.page})
        answer.headers["Link"] = f'<{hub.endpoint}{request.path}?{query}>; rel="next"'
    return answer


def _listed(hub: Hub, commit: Commit, folder: str, *, recursive: bool) -> list[dict[str, Any]]:
    prefix = f"{folder}/" if folder else ""
    below = {path: blob for path, blob in commit.tree.items() if path.startswith(prefix)}
    folders = {path[: place.start()] for path in below for place in re.finditer("/", path)}
    rows = [_file_row(hub, path, blob) for path, blob in below.items()]
    rows += [_folder_row(name) for name in folders if name.startswith(prefix)]
    if not recursive:
        rows = [row for row in rows if "/" not in row["path"].removeprefix(prefix)]
    return sorted(rows, key=lambda row: row["path"])


def _file_row(hub: Hub, path: str, blob: Blob) -> dict[str, Any]:
    xet = hashes_of(hub.cas).get(blob.sha256) if hub.xet and blob.sha256 else None
    return {"type": "file", "path": path, **blob.facts(), **({"xetHash": xet} if xet else {})}


def _folder_row(name: str) -> dict[str, Any]:
    return {"type": "directory", "path": name, "size": 0, "oid": hashlib.sha1(name.encode()).hexdigest()}


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/paths-info/(?P<revision>.+)")
def _paths(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    commit = hub.open(request, found).resolve(found["revision"])
    rows = []
    for path in parse_qs(request.body.decode()).get("paths", []):
        if path in commit.tree:
            rows.append(_file_row(hub, path, commit.tree[path]))
        elif any(name.startswith(f"{path}/") for name in commit.tree):
            rows.append(_folder_row(path))
    return Answer.of(rows)


_RESOLVE: Final = f"(/(?P<kind>datasets|spaces))?/{_NAME}/resolve/(?P<revision>refs%2F[^/]+|[^/]+)/(?P<path>.+)"


@_route("HEAD", _RESOLVE)
@_route("GET", _RESOLVE)
def _resolve(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found)
    commit = repo.resolve(found["revision"])
    blob = commit.tree.get(found["path"])
    if blob is None:
        answer = _refused(RefusalError(404, "Entry not found", "EntryNotFound"))
        answer.headers["X-Repo-Commit"] = commit.oid
        return answer
    if blob.sha256 is None:
        headers = {"X-Repo-Commit": commit.oid, "ETag": f'"{blob.oid}"', "Accept-Ranges": "bytes"}
        return Answer(200, blob.content, headers)
    headers = {
        "Location": f"{hub.storage}/large/{blob.sha256}",
        "X-Repo-Commit": commit.oid,
        "X-Linked-Etag": f'"{blob.sha256}"',
        "X-Linked-Size": str(blob.size),
    }
    if hub.xet:
        route = f"{hub.endpoint}/api/{repo.kind}s/{repo.name}/xet-read-token/{commit.oid}"
        headers["X-Xet-Hash"] = hashes_of(hub.cas)[blob.sha256]
        headers["Link"] = f'<{route}>; rel="xet-auth"'
    return Answer(302, b"", headers)


# Large files


@_route("POST", f"(/(?P<kind>datasets|spaces))?/{_NAME}\\.git/info/lfs/objects/batch")
def _batch(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    asked = request.json()
    repo = hub.open(request, found, write=asked["operation"] == "upload")
    rows = []
    for wanted in asked["objects"]:
        row = {"oid": wanted["oid"], "size": wanted["size"]}
        if wanted["oid"] not in hub.store.large:
            row["actions"] = {"upload": _upload(hub, wanted), "verify": _verify_action(hub, repo)}
        rows.append(row)
    multipart = any("chunk_size" in row.get("actions", {}).get("upload", {}).get("header", {}) for row in rows)
    return Answer.of({"transfer": "multipart" if multipart else "basic", "objects": rows})


def _upload(hub: Hub, wanted: Mapping[str, Any]) -> dict[str, Any]:
    url = f"{hub.storage}/large/{wanted['oid']}"
    if wanted["size"] <= hub.multipart:
        return {"href": url}
    parts = -(-wanted["size"] // hub.multipart)
    header = {"chunk_size": str(hub.multipart), **{str(n): f"{url}/{n}" for n in range(1, parts + 1)}}
    return {"href": f"{hub.endpoint}/api/complete_multipart?oid={wanted['oid']}", "header": header}


def _verify_action(hub: Hub, repo: Repo) -> dict[str, Any]:
    return {"href": f"{hub.endpoint}/{repo.kind}s/{repo.name}.git/info/lfs/objects/verify"}


@_route("POST", f"(/(?P<kind>datasets|spaces))?/{_NAME}\\.git/info/lfs/objects/verify")
def _verify(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    asked = request.json()
    if len(hub.store.large.get(asked["oid"], b"")) != asked["size"]:
        raise RefusalError(404, "The object does not exist")
    repo.large.add(asked["oid"])
    return Answer.of({})


@_route("POST", "/api/complete_multipart")
def _complete(hub: Hub, request: Request, _: dict[str, str]) -> Answer:
    oid = request.json()["oid"]
    parts = hub.parts.pop(oid, {})
    _keep(hub, oid, b"".join(parts[number] for number in sorted(parts)))
    return Answer.of({"success": True})


@_route("PUT", "/large/(?P<oid>[0-9a-f]{64})(/(?P<part>[0-9]+))?", "storage")
def _put(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    if request.token is not None:
        raise RefusalError(400, "A storage URL is signed: the token has no business here")
    if "part" in found:
        hub.parts.setdefault(found["oid"], {})[int(found["part"])] = request.body
    else:
        _keep(hub, found["oid"], request.body)
    return Answer(200, b"", {"ETag": f'"{hashlib.md5(request.body, usedforsecurity=False).hexdigest()}"'})


def _keep(hub: Hub, oid: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != oid:
        raise RefusalError(400, "The content is not what its name says")
    hub.store.large[oid] = content


@_route("HEAD", "/large/(?P<oid>[0-9a-f]{64})", "storage")
@_route("GET", "/large/(?P<oid>[0-9a-f]{64})", "storage")
def _large(hub: Hub, _: Request, found: dict[str, str]) -> Answer:
    if found["oid"] not in hub.store.large:
        raise RefusalError(404, "The object does not exist")
    return Answer(200, hub.store.large[found["oid"]], {"ETag": f'"{found["oid"]}"', "Accept-Ranges": "bytes"})


@_route("GET", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/xet-(?P<right>read|write)-token/(?P<revision>.+)")
def _xet_token(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    hub.open(request, found, write=found["right"] == "write")
    if not hub.xet:
        raise RefusalError(404, "This Hub does not speak xet")
    expires = int(time.time()) + 3600
    facts = {"casUrl": f"local://{hub.cas}", "accessToken": secrets.token_hex(8), "exp": expires}
    answer = Answer.of(facts)
    answer.headers |= {
        "X-Xet-Cas-Url": facts["casUrl"],
        "X-Xet-Access-Token": facts["accessToken"],
        "X-Xet-Token-Expiration": str(expires),
    }
    return answer


# Commits


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/preupload/(?P<revision>.+)")
def _preupload(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    tree = hub.open(request, found, write=True).resolve(found["revision"]).tree
    rows = []
    for file in request.json()["files"]:
        known = tree.get(file["path"])
        large = file["path"].lower().endswith(_LARGE_ENDINGS) or file["size"] > _LARGE
        row = {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
        rows.append({**row, "oid": known.sha256 or known.oid} if known else row)
    return Answer.of({"files": rows})


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/commit/(?P<revision>.+)")
def _commit(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    lines = [json.loads(line) for line in request.body.splitlines() if line.strip()]
    header = next(line["value"] for line in lines if line["key"] == "header")
    author = hub.store.user(request.token).name
    base = repo.branch(found["revision"])
    parent = header.get("parentCommit")
    wants_pull = request.query.get("create_pr") == "1"
    if parent and parent != repo.refs[base] and not wants_pull:
        raise RefusalError(412, "The head of the branch has moved: a commit has been made since")
    start = repo.resolve(parent or base)  # a pull request starts at the parent that it names
    tree = _applied(hub, repo, start.tree, lines)
    pull = repo.open_pull(header["summary"], author, base=base, start=start.oid) if wants_pull else None
    commit = repo.add(pull.ref if pull else base, tree, header["summary"], header.get("description", ""), author)
    place = f"{hub.endpoint}/{repo.kind}s/{repo.name}"
    facts = {"success": True, "commitOid": commit.oid, "commitUrl": f"{place}/commit/{commit.oid}", "hookOutput": ""}
    return Answer.of(facts | ({"pullRequestUrl": f"{place}/discussions/{pull.number}"} if pull else {}))


def _applied(hub: Hub, repo: Repo, old: Mapping[str, Blob], lines: list[dict[str, Any]]) -> dict[str, Blob]:
    """The tree after the operations of a commit; a pointer to a file that nobody has sent is refused."""
    tree = dict(old)
    for line in lines:
        value = line["value"]
        match line["key"]:
            case "file":
                tree[value["path"]] = Blob(base64.b64decode(value["content"]))
            case "lfsFile":
                tree[value["path"]] = _pointer(hub, repo, value)
            case "deletedFile":
                if value["path"] not in tree:
                    raise RefusalError(404, f"A file with this name doesn't exist: {value['path']}", "EntryNotFound")
                del tree[value["path"]]
            case "deletedFolder":
                prefix = value["path"].rstrip("/") + "/"
                tree = {path: blob for path, blob in tree.items() if not path.startswith(prefix)}
    return tree


def _pointer(hub: Hub, repo: Repo, value: Mapping[str, Any]) -> Blob:
    known = value["oid"] in repo.large if hub.forgetful and not hub.xet else hub.knows(value["oid"])
    if not known:
        raise RefusalError(
            400, f"Your push was rejected because an LFS pointer pointed to a file that does not exist: {value['path']}"
        )
    return Blob(sha256=value["oid"], large_size=value["size"])


@_route("GET", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/commits/(?P<revision>.+)")
def _commits(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    history = hub.open(request, found).history(found["revision"])
    rows = [
        {"id": one.oid, "title": one.title, "message": one.message, "date": one.date, "authors": [{"user": one.author}]}
        for one in history
    ]
    return Answer.of(rows, X_Total_Count=str(len(rows)))


@_route("GET", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/refs")
def _refs(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found)
    groups: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": []}
    if request.query.get("include_prs"):
        groups["pullRequests"] = []
    places = {"refs/heads/": "branches", "refs/tags/": "tags", "refs/pr/": "pullRequests"}
    for ref, oid in sorted(repo.refs.items()):
        prefix = next(start for start in places if ref.startswith(start))
        if places[prefix] in groups:
            groups[places[prefix]].append({"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": oid})
    return Answer.of(groups)


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/(?P<what>tag|branch)/(?P<revision>.+)")
def _name(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    asked = request.json()
    if found["what"] == "tag":
        ref, target = f"refs/tags/{asked['tag']}", repo.resolve(found["revision"])
    else:
        ref, target = f"refs/heads/{found['revision']}", repo.resolve(asked.get("startingPoint", "main"))
    if ref in repo.refs:
        raise RefusalError(409, "Reference already exists")
    repo.refs[ref] = target.oid
    return Answer.of({}, 201)


@_route("DELETE", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/(?P<what>tag|branch)/(?P<revision>.+)")
def _unname(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    ref = f"refs/{'tags' if found['what'] == 'tag' else 'heads'}/{found['revision']}"
    if repo.refs.pop(ref, None) is None:
        raise RefusalError(404, f"Invalid rev id: {found['revision']}", "RevisionNotFound")
    return Answer()


# Pull requests


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/discussions")
def _discuss(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    asked = request.json()
    if not asked.get("pullRequest"):
        raise RefusalError(400, "This Hub has pull requests only")
    pull = repo.open_pull(asked["title"], hub.store.user(request.token).name, status="draft")
    return Answer.of({"num": pull.number, "url": f"{hub.endpoint}/{repo.kind}s/{repo.name}/discussions/{pull.number}"})


@_route("GET", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/discussions")
def _discussions(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found)
    wanted = request.query.get("status", "all")
    rows = [_overview(repo, pull) for pull in reversed(repo.pulls)]
    rows = [row for row in rows if wanted == "all" or (row["status"] in {"open", "draft"}) == (wanted == "open")]
    start = int(request.query.get("p", "0")) * hub.page
    return Answer.of({"discussions": rows[start : start + hub.page], "count": len(rows), "start": start})


def _overview(repo: Repo, pull: PullRequest) -> dict[str, Any]:
    return {
        "num": pull.number, "title": pull.title, "status": pull.status, "isPullRequest": True,
        "author": {"name": pull.author}, "createdAt": pull.date, "repo": {"name": repo.name, "type": repo.kind},
        "repoOwner": {"name": repo.owner},
    }  # fmt: skip


@_route("GET", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/discussions/(?P<number>[0-9]+)")
def _details(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found)
    pull = repo.pull(int(found["number"]))
    conflicts = repo.conflicts(pull) if pull.status in {"open", "draft"} else []
    changes = {"base": pull.base, "ref": pull.ref, **({"mergeCommitId": pull.merged} if pull.merged else {})}
    facts = {"filesWithConflicts": conflicts, "changes": changes, "events": [], "diff": ""}
    return Answer.of(_overview(repo, pull) | facts)


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/discussions/(?P<number>[0-9]+)/merge")
def _merge(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    repo.merge(int(found["number"]), hub.store.user(request.token).name)
    return Answer.of({})


@_route("POST", f"/api/(?P<kind>datasets|models|spaces)/{_NAME}/discussions/(?P<number>[0-9]+)/status")
def _status(hub: Hub, request: Request, found: dict[str, str]) -> Answer:
    repo = hub.open(request, found, write=True)
    pull = repo.pull(int(found["number"]))
    if pull.status == "merged":
        raise RefusalError(400, "This pull request is merged")
    pull.status = request.json()["status"]
    user = hub.store.user(request.token)
    event = {"id": secrets.token_hex(8), "type": "status-change", "createdAt": now(), "author": {"name": user.name}}
    return Answer.of({"newStatus": event | {"data": {"status": pull.status}}})
