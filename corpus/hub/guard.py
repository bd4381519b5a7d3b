"""Patience that ends, and a token that stays: what every request to the Hub goes through while a corpus is published.

The client waits for an answer as long as it takes, and before it asks again as long as a `Retry-After` says, be it a
day; it sends the token along wherever an answer of the Hub points to: to the next page of a listing, to where an upload
is confirmed, to where a download by xet is let in. Redirects to another place it sends without the token.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from corpus.errors import PublishError
from corpus.hub.refusals import OVERLOADED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2
    from huggingface_hub import HfApi

__all__ = ["asked_to_wait", "guard", "guard_process", "limit", "unguard"]

_CONNECT: Final = 30.0  # seconds
_ANSWER: Final = {"GET": 60.0, "HEAD": 60.0}
_CHANGE: Final = 300.0  # a large commit, or a part of a large file, takes the Hub a while
_PATIENCE: Final = 600  # seconds in all: the Hub counts requests over five minutes, and asks for what is left of these
_PORTS: Final = {"http": 80, "https": 443}


class _Guard:
    """Two hooks of the client's session, for the token of one publication."""

    def __init__(self, endpoint: str, token: str | bool | None) -> None:
        from huggingface_hub import constants

        self._endpoint = endpoint
        self._token = token
        self._places = {_origin(endpoint), _origin(constants.ENDPOINT)}
        self._lock = threading.Lock()
        self._waited = 0.0
        self._until = 0.0

    def before(self, request: httpx2.Request) -> None:
        """Stop a request that would take the token to another place; see to it that any other one ends."""
        if request.headers.get("authorization") == f"Bearer {self._token}":
            place = _origin(str(request.url))
            if place not in self._places:
                raise PublishError(
                    "the Hub named another place, which the token is not for",
                    where=self._endpoint,
                    got="{}://{}:{}".format(*place),
                    hint="nothing was sent there; give the address that the Hub has for itself as the endpoint",
                )
        limit(request)

    def after(self, response: httpx2.Response) -> None:
        """Stop at an answer that asks for more patience than there is: the client would sleep through it."""
        seconds = asked_to_wait(response.status_code, response.headers)
        if seconds is None:
            return
        with self._lock:  # files are sent by several threads, which wait side by side
            now, before = time.monotonic(), self._waited
            until = max(self._until, now + min(seconds, _PATIENCE + 1))
            self._waited += until - max(self._until, now)
            self._until = until
            is_too_much = self._waited > _PATIENCE
        if is_too_much:
            told = f", after {before:.0f} s that were waited" if before else ""
            raise PublishError(
                f"the Hub asks for more time than a call waits ({response.status_code})",
                where=self._endpoint,
                expected=f"{_PATIENCE} s at most in all",
                got=f"{seconds} s before it is asked again{told}",
                hint="nothing is half done; publish again when that time is over",
            )


_guards: Final[dict[HfApi, _Guard]] = {}  # of the publications that are under way: what each has waited in all


def asked_to_wait(status: int, headers: Mapping[str, str]) -> int | None:
    """The seconds for which an overloaded Hub wants to be left alone, as its client reads it; a date is none."""
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]  # as its docstring has it

    if status not in OVERLOADED:
        return None
    limits = parse_ratelimit_headers(headers) if status == 429 else None
    if limits is not None and limits.remaining == 0:
        return limits.reset_in_seconds
    asked = headers.get("Retry-After", "").strip()
    return int(asked) if asked.isdecimal() else None


def limit(request: httpx2.Request) -> None:
    """A hook of a session: see to it that a request ends, where nobody else has."""
    wanted = _ANSWER.get(request.method, _CHANGE)
    known = request.extensions.get("timeout", {})
    limits: dict[str, Any] = {"connect": _CONNECT, "read": wanted, "write": wanted, "pool": wanted}
    limits |= {name: seconds for name, seconds in known.items() if seconds is not None}
    request.extensions = {**request.extensions, "timeout": limits}


def guard(api: HfApi) -> None:
    """Put the hooks into the client's session, which is made anew when a connection fails: before every request."""
    from huggingface_hub import get_session

    one = _guards.setdefault(api, _Guard(api.endpoint, api.token))
    session = get_session()
    hooks = session.event_hooks
    if one.before not in hooks["request"]:
        session.event_hooks = _with(one, hooks)


def guard_process(endpoint: str, token: str | bool | None) -> None:
    """Put the hooks into every session of a process that does nothing else."""
    import httpx2
    from huggingface_hub import get_session, set_client_factory

    hooks = _with(_Guard(endpoint, token), get_session().event_hooks)
    set_client_factory(lambda: httpx2.Client(event_hooks=hooks, follow_redirects=True, timeout=None))


def unguard(api: HfApi) -> None:
    """Leave the session as it was."""
    from huggingface_hub import get_session

    one = _guards.pop(api, None)
    if one is None:
        return
    try:
        session = get_session()
    except (ImportError, ValueError):  # of a proxy that there cannot be: there never was a session
        return
    own = (one.before, one.after)
    session.event_hooks = {
        event: [hook for hook in hooks if hook not in own] for event, hooks in session.event_hooks.items()
    }


def _with(one: _Guard, hooks: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {"request": [*hooks["request"], one.before], "response": [*hooks["response"], one.after]}


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
