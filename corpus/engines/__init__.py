"""Where the stages of curation run: in this process, or on a distributed engine.

A stage is a loop over independent parts of its input (mostly batches of rows) and a function of one part. The loop is
the stage's, the function is sent to an engine, and what comes back is in the order of the parts: so a stage cannot know
where its work was done, and its outcome is the same, bit for bit. An engine is how a corpus is made and not what it is:
no lineage and no manifest speaks of it.

    with engines.using("ray"):
        c = c.normalize().redact().score().filter().deduplicate()

The work of a stage is a function of a module, with `functools.partial` for what it needs beside its part: it is sent to
processes that import this library, and may be done twice where one of them is lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final, Protocol, TypeVar

from corpus.engines.local import LocalEngine
from corpus.errors import ConfigError
from corpus.guess import did_you_mean

__all__ = ["ENGINES", "SPILLED", "Engine", "LocalEngine", "check_engine", "current", "running", "using"]

ENGINES: Final = ("local", "ray")
SPILLED: Final = "spilled"
"""Below the folder of a build: what exceeded the memory of a cluster."""

Part = TypeVar("Part")
Result = TypeVar("Result")


class Engine(Protocol):
    """What a stage asks of whatever runs it."""

    @property
    def finer(self) -> int:
        """Into how many times as many parts a stage cuts what it can cut as it likes."""
        ...

    def map(self, work: Callable[[Part], Result], parts: Iterable[Part], *, threads: bool = False) -> Iterator[Result]:
        """What a function makes of each part, in their order; parts are taken a few ahead.

        Args:
            work: A pure function. Its result and each part are plain values, arrays and tables.
            parts: Consumed lazily.
            threads: The work lets go of the interpreter's lock, so that threads of one process gain by it.
        """
        ...


_LOCAL: Final = LocalEngine()
_CURRENT: Final[ContextVar[Engine]] = ContextVar("engine", default=_LOCAL)


def current() -> Engine:
    """The engine that stages run on here."""
    return _CURRENT.get()


@contextmanager
def running(engine: Engine) -> Iterator[None]:
    """Let stages run on an engine that is there."""
    token = _CURRENT.set(engine)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def check_engine(name: str) -> None:
    """Look whether an engine can be used, without starting it.

    Raises:
        ConfigError: There is no such engine.
        MissingExtraError: Its package is not installed.
    """
    if name not in ENGINES:
        raise ConfigError(
            "there is no such engine",
            where="engine",
            expected=" | ".join(ENGINES),
            got=repr(name),
            hint=did_you_mean(name, ENGINES),
        )
    if name == "ray":
        from corpus.engines.ray import import_ray

        import_ray()


@contextmanager
def using(name: str, *, workers: int = 2, folder: Path | None = None) -> Iterator[None]:
    """Let stages run on an engine, which is started where it does not run yet, and stopped then.

    Args:
        name: One of `ENGINES`.
        workers: Worker processes of a cluster that is started here.
        folder: Where such a cluster may put what exceeds its memory: below it, in a folder that its owner alone may
            enter, and gone in the end. By default among the system's temporary files.

    Raises:
        ConfigError: There is no such engine, or a cluster cannot be reached or started.
        MissingExtraError: Its package is not installed.
    """
    check_engine(name)
    if folder is not None:
        shutil.rmtree(folder / SPILLED, ignore_errors=True)  # of a build that was killed
    if name == "local":
        yield
        return
    from corpus.engines.ray import cluster

    with cluster(workers, folder) as engine, running(engine):
        yield
