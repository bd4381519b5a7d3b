"""The page as an ASGI application: who may ask, what is answered.

Every address begins with a token that only the printed address has, compared in constant time. A request whose
`Host` is not the loopback is refused, so a name that is made to lead here (DNS rebinding) leads nowhere; so is one
that another site's page sends (`Origin`, `Sec-Fetch-Site`). What changes something needs the token in a header as
well, which no form and no other origin can send: there is no CORS. No cookie is set, since cookies of the loopback
are shared by all its ports. The page loads nothing from elsewhere and its policy forbids it; rows come as runs of
text that the script sets as text.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from corpus.colours import coloured
from corpus.curate.scores import WEIGHTS
from corpus.entry import CODE_COLUMNS
from corpus.errors import CorpusError, MissingExtraError
from corpus.highlight import LONGEST, blocks, lines_of, shown
from corpus.review.session import JudgedError, Session
from corpus.review.verdicts import CRITERIA
from corpus.show import plain

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Guard", "application", "row_payload"]

_BODY: Final = 2 << 20  # a corrected answer of 200,000 characters, escaped
_LONGEST_TITLE: Final = 160
_STATIC: Final = {"": ("review.html", "text/html"), "review.css": ("review.css", "text/css"),
                  "review.js": ("review.js", "text/javascript")}  # fmt: skip
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_TOKEN: Final = "x-review-token"  # noqa: S105 - the name of a header


class Guard:
    """Lets a request through to the application, with the token taken off its path, or answers it with why not.

    Args:
        app: The application.
        token: That every address begins with.
        hosts: `host:port` under which the page is served.
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: frozenset[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there is nothing else here
        why, rest = self._why_not(scope)
        answer = partial(_with_headers, send)
        if why is not None:
            from starlette.responses import PlainTextResponse

            await PlainTextResponse(f"{why}\n", 403)(scope, receive, answer)
            return
        await self._app({**scope, "path": rest, "raw_path": rest.encode(), "root_path": ""}, receive, answer)

    def _why_not(self, scope: Scope) -> tuple[str | None, str]:
        """Why a request is refused, or None, and its path without the token."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "This page is served on the loopback, and the request names another host.", ""
        origins = headers.get("origin", [])
        if any(origin.removeprefix("http://") not in self._hosts or "://" not in origin for origin in origins):
            return "Another site's page sent this request.", ""
        given, _, rest = scope["path"].lstrip("/").partition("/")
        if not self._is_token(given):
            return "The address lacks its token. Use the one that `corpus review` has printed.", ""
        if scope["method"] in {"GET", "HEAD"}:
            return None, f"/{rest}"
        if headers.get("sec-fetch-site", ["same-origin"]) != ["same-origin"]:
            return "Another site's page sent this request.", ""
        sent = headers.get(_TOKEN, [""])
        if len(sent) != 1 or not self._is_token(sent[0]):
            return "What changes something needs the token in its header.", ""
        return None, f"/{rest}"

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self._token)


async def _with_headers(send: Send, message: Any) -> None:
    if message["type"] == "http.response.start":
        ours = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
        message = {**message, "headers": [*message.get("headers", []), *ours]}
    await send(message)


def application(session: Session) -> Starlette:
    """The page and what it asks for, without the guard.

    Args:
        session: Whose rows are shown.

    Raises:
        MissingExtraError: starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ImportError:
        raise MissingExtraError("starlette", extra="review", step="the page for review") from None
    answers: list[tuple[str, str, Callable[[Session, Mapping[str, Any]], tuple[int, Any]]]] = [
        ("verdict", "POST", _verdict), ("skip", "POST", _skip), ("undo", "POST", _undo),
    ]  # fmt: skip
    routes = [Route(f"/{name}", _static(*file), methods=["GET"]) for name, file in _STATIC.items()]
    routes += [Route(f"/api/{name}", _posted(session, answer), methods=[how]) for name, how, answer in answers]
    routes += [
        Route("/api/state", _asked(session, lambda s, _: (200, _state(s, s.next_open()))), methods=["GET"]),
        Route("/api/rows/{index:int}", _asked(session, _row), methods=["GET"]),
        Route("/api/rows/{index:int}/context", _asked(session, _context), methods=["GET"]),
    ]
    return Starlette(
        routes=routes,
        exception_handlers={404: _say("There is no such page."), 405: _say("This address is not asked in that way.")},
        max_body_size=_BODY,
    )


def _say(words: str) -> Any:
    async def handler(_request: Request, error: Any) -> Response:
        return _json(error.status_code, {"error": words})

    return handler


def _json(status: int, value: Any) -> Response:
    from starlette.responses import Response

    return Response(json.dumps(value, ensure_ascii=True).encode(), status, media_type="application/json")


def _static(name: str, kind: str) -> Callable[[Request], Response]:
    data = files("corpus.review").joinpath("static", name).read_bytes()

    def endpoint(_request: Request) -> Response:
        from starlette.responses import Response

        return Response(data, media_type=kind)

    return endpoint


_Answer = Callable[[Session, Mapping[str, Any]], tuple[int, Any]]


def _asked(session: Session, answer: _Answer) -> Callable[[Request], Response]:
    """An endpoint that reads. It is no coroutine: starlette runs it in a thread, so a slow source stops nobody."""

    def endpoint(request: Request) -> Response:
        return _json(*_answered(session, answer, request.path_params))

    return endpoint


def _posted(session: Session, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that changes something: its body is a JSON object."""

    async def endpoint(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _json(415, {"error": "The body is to be JSON."})
        try:
            body = json.loads(await request.body() or b"{}")
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return _json(422, {"error": "The body is not a JSON object."})
        return _json(*await run_in_threadpool(_answered, session, answer, body))

    return endpoint


def _answered(session: Session, answer: _Answer, asked: Mapping[str, Any]) -> tuple[int, Any]:
    try:
        return answer(session, asked)
    except JudgedError as error:
        return 409, {"error": error.what, "hint": error.hint}
    except CorpusError as error:
        return 422, {"error": str(error)}
    except OSError as error:  # a full disk: the verdict was not saved, and the page says so
        return 507, {"error": f"The verdict was not saved: {error.strerror}."}


def _verdict(session: Session, asked: Mapping[str, Any]) -> tuple[int, Any]:
    place = session.place(str(asked.get("id")))
    if place is None:
        return 404, {"error": "The row is not in this sample."}
    criteria = asked.get("criteria") or {}
    if not isinstance(criteria, dict):
        return 422, {"error": "Criteria are an object."}
    session.judge(
        session.drawn[place].id,
        str(asked.get("verdict")),
        criteria=criteria,
        note=asked.get("note", ""),
        correction=asked.get("correction"),
        seconds=asked.get("seconds", 0.0),
    )
    return 200, _after(session, place)


def _skip(session: Session, asked: Mapping[str, Any]) -> tuple[int, Any]:
    place = session.place(str(asked.get("id")))
    if place is None:
        return 404, {"error": "The row is not in this sample."}
    session.skip(session.drawn[place].id, seconds=asked.get("seconds", 0.0))
    return 200, _after(session, place)


def _after(session: Session, place: int) -> dict[str, Any]:
    row = session.row(place)
    said = _said(session, place)
    return {**_state(session, session.next_open(place)), "said": said, "reveal": _reveal(row, said)}


def _undo(session: Session, _asked: Mapping[str, Any]) -> tuple[int, Any]:
    return 200, {**_state(session, session.next_open()), "index": session.undo(), "progress": session.progress()}


def _state(session: Session, following: int | None) -> dict[str, Any]:
    return {
        "reviewer": session.reviewer,
        "rows": len(session),
        "next": following,
        "criteria": list(CRITERIA),
        "signals": list(WEIGHTS),
        "progress": session.progress(),
    }


def _row(session: Session, asked: Mapping[str, Any]) -> tuple[int, Any]:
    index = asked["index"]
    if index >= len(session):
        return 404, {"error": "The sample has no such row."}
    row, said = session.row(index), _said(session, index)
    return 200, {**row_payload(row), "index": index, "said": said, "reveal": _reveal(row, said)}


def _said(session: Session, index: int) -> dict[str, Any] | None:
    said = session.said(index)
    names = ("status", "verdict", "note", "correction", "informed", *CRITERIA)
    return None if said is None else {name: said[name] for name in names}


def _reveal(row: Mapping[str, Any], said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Signals and quality, once there is a verdict: seen before, they would be what is judged."""
    if said is None or said["status"] != "judged":
        return None
    signals = row["signals"] or {}
    return {"quality": row["quality"], "signals": [[name, signals.get(name)] for name in WEIGHTS]}


def row_payload(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as the page shows it: its place and its texts in runs, and nothing that tells how it was scored.

    Args:
        row: With the columns of the corpus.
    """
    place = row["path"]
    if place is not None and row["line_start"] is not None:
        place = f"{place}:{row['line_start']}-{row['line_end']}"
    code = CODE_COLUMNS.get(row["task"], ()) if row["language"] else ()
    parts = [("System prompt", row["system"], None)] if row["system"] else []
    parts += [(f"Earlier: {turn['role']}", turn["content"], None) for turn in row["history"]]
    parts += [("Question", row["instruction"], None)]
    quoted = "input" in code or row["kind"] == "git"  # a repository's material is its code, if only a signature
    parts += [("Material", row["input"], row["language"] if quoted else None)] if row["input"] else []
    parts += [("Answer", row["output"], row["language"] if "output" in code else None)]
    title = plain(row["symbol"] or row["path"] or f"{row['category']} of {row['source']}").replace("\n", " ")
    facts = [row["category"], row["task"], row["language"], row["license"], row["split"]]
    return {
        "id": row["id"],
        "title": title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE]} \N{HORIZONTAL ELLIPSIS}",
        "facts": [plain(fact) for fact in facts if fact],
        "place": plain(f"{row['source']} {place or ''}".strip()),
        "commit": (row["commit"] or "")[:12],
        "parts": [_part(label, text, language) for label, text, language in parts],
        "answer": row["output"] if len(row["output"]) <= LONGEST else None,
    }


def _part(label: str, text: str, language: str | None) -> dict[str, Any]:
    clean, replaced, more = shown(text)
    return {"label": label, "blocks": blocks(clean, language), "replaced": replaced, "more": more}


def _context(session: Session, asked: Mapping[str, Any]) -> tuple[int, Any]:
    index = asked["index"]
    if index >= len(session):
        return 404, {"error": "The sample has no such row."}
    row = session.row(index)
    around = session.surroundings.of(row)
    text = "\n".join((*around.head, shown("\n".join(around.lines))[0]))
    runs = lines_of(coloured(text, row["language"] if row["kind"] == "git" else None)) if around.lines else []
    lines = [
        {"number": number, "inside": around.start <= number <= around.end, "runs": line}
        for number, line in enumerate(runs[len(around.head) :], around.first)
    ]
    return 200, {"lines": lines, "why": around.why}
