"""Serving the page: on the loopback, at a port that the system chooses, for as long as the review lasts."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from corpus.errors import MissingExtraError
from corpus.review.page import Guard, application
from corpus.review.session import Session

if TYPE_CHECKING:
    import uvicorn

__all__ = ["Served", "served"]

_LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 128


class Served:
    """A page that is about to be served: its socket listens, so its address is known and nobody else can take it.

    Args:
        session: Whose rows are shown.

    Attributes:
        url: The address, with its token. Who knows it sees the rows.

    Raises:
        MissingExtraError: starlette or uvicorn is not installed.
    """

    def __init__(self, session: Session) -> None:
        try:
            import uvicorn
        except ImportError:
            raise MissingExtraError("uvicorn", extra="review", step="the page for review") from None
        token = secrets.token_urlsafe(32)
        app = application(session)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.bind((_LOOPBACK, 0))
        self.socket.listen(_BACKLOG)
        port = self.socket.getsockname()[1]
        hosts = frozenset({f"{_LOOPBACK}:{port}", f"localhost:{port}"})
        self.url = f"http://{_LOOPBACK}:{port}/{token}/"
        config: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
        config |= {"server_header": False, "proxy_headers": False, "timeout_graceful_shutdown": 1}
        self.server: uvicorn.Server = uvicorn.Server(uvicorn.Config(Guard(app, token=token, hosts=hosts), **config))

    def run(self) -> None:
        """Serve until interrupted (Ctrl-C)."""
        try:
            self.server.run(sockets=[self.socket])
        except KeyboardInterrupt:  # uvicorn has closed its connections, and hands on what closed them
            return
        finally:
            self.socket.close()


@contextmanager
def served(session: Session) -> Iterator[str]:
    """Serve the page from another thread of this process, and give its address."""
    page = Served(session)
    thread = threading.Thread(target=page.run, name="corpus-review", daemon=True)
    thread.start()
    try:
        yield page.url
    finally:
        page.server.should_exit = True
        thread.join(timeout=10)
