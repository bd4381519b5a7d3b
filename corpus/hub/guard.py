"""Patience that ends, and a token that stays: what every request to the Hub goes through while a corpus is published.

The client waits for an answer as long as it takes, and sends the token along wherever an answer of the Hub points to:
to the next page of a listing, to where an upload is confirmed. Redirects to another place it sends without the token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from corpus.errors import PublishError

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

__all__ = ["guard", "limit", "unguard"]

_CONNECT: Final = 30.0  # seconds
_ANSWER: Final = {"GET": 60.0, "HEAD": 60.0}
_CHANGE: Final = 300.0  # a large commit, or a part of a large file, takes the Hub a while
_PORTS: Final = {"http": 80, "https": 443}


class _Guard:
    """A hook of the client's session, for the token of one publication."""

    def __init__(self, api: HfApi) -> None:
        from huggingface_hub import constants

        self.api = api
        self.places = {_origin(api.endpoint), _origin(constants.ENDPOINT)}

    def __call__(self, request: httpx2.Request) -> None:
        if request.headers.get("authorization") == f"Bearer {self.api.token}":
            place = _origin(str(request.url))
            if place not in self.places:
                raise PublishError(
                    "the Hub named another place, which the token is not for",
                    where=self.api.endpoint,
                    got="{}://{}:{}".format(*place),
                    hint="nothing was sent there; give the address that the Hub has for itself as the endpoint",
                )
        limit(request)


def limit(request: httpx2.Request) -> None:
    """A hook of a session: see to it that a request ends, where nobody else has."""
    wanted = _ANSWER.get(request.method, _CHANGE)
    known = request.extensions.get("timeout", {})
    limits: dict[str, Any] = {"connect": _CONNECT, "read": wanted, "write": wanted, "pool": wanted}
    limits |= {name: seconds for name, seconds in known.items() if seconds is not None}
    request.extensions = {**request.extensions, "timeout": limits}


def guard(api: HfApi) -> None:
    """Put the hook into the client's session, which is made anew when a connection fails: before every request."""
    from huggingface_hub import get_session

    session = get_session()
    hooks = session.event_hooks
    if not any(isinstance(hook, _Guard) and hook.api is api for hook in hooks["request"]):
        session.event_hooks = {**hooks, "request": [*hooks["request"], _Guard(api)]}


def unguard(api: HfApi) -> None:
    """Leave the session as it was."""
    from huggingface_hub import get_session

    try:
        session = get_session()
    except (ImportError, ValueError):  # of a proxy that there cannot be: there never was a session
        return
    hooks = session.event_hooks
    kept = [hook for hook in hooks["request"] if not (isinstance(hook, _Guard) and hook.api is api)]
    session.event_hooks = {**hooks, "request": kept}


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
