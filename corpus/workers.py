"""Disposable worker processes: what is read was written by strangers, and parsers in C do crash.

A 100 kB Java file can end a process with SIGSEGV and 40 kB can take 3 GB (measured; see docs/design.md), so
nothing from a source is parsed in the caller's process. `run` maps a function over items in `workers`
processes, yields the results in the order of the items whatever the number of workers, and turns a crash, a
time-out or exhausted memory into one `Failure` for the one item that caused it.

Items travel in chunks, since a message costs about as much as parsing a small file. When a chunk fails, its
items are run again one by one: the result for an item never depends on its neighbours.

Processes come from pebble, which replaces a dead worker and fails only its task, started by loky's context:
a fresh interpreter (no fork of a process with threads) that does not import the caller's `__main__` again, so
a script needs no `if __name__ == "__main__"` and a notebook may define its own source. `multiprocessing`'s
own contexts lack the one or the other.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar, cast

import cloudpickle

from corpus.errors import ConfigError

__all__ = ["Failure", "Limits", "Workers", "run"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK_ITEMS: Final = 64
_CHUNK_BYTES: Final = 256 * 1024
_IN_FLIGHT: Final = 8  # chunks a worker: enough that none waits, few enough that memory stays bounded
_MEGABYTE: Final = 1_000_000
_SECONDS_TO_START: Final = 10.0
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one item may cost before its worker is stopped.

    Attributes:
        seconds: Wall time, for each begun megabyte of the item.
        memory: Bytes of address space on top of what the fresh worker uses. Enforced on Linux.

    Raises:
        ConfigError: One of them is not above 0, or no number.
    """

    seconds: float = 30.0
    memory: int = 2 * 1024**3

    def __post_init__(self) -> None:
        seconds: object = self.seconds
        memory: object = self.memory
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
            raise ConfigError(
                "the limit of time makes no sense", where="seconds", expected="above 0", got=repr(seconds)
            )
        if isinstance(memory, bool) or not isinstance(memory, int) or memory <= 0:
            raise ConfigError(
                "the limit of memory makes no sense", where="memory", expected="above 0", got=repr(memory)
            )


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item has no result.

    Attributes:
        reason: `crashed`, `timeout`, `memory` or `error` (the function raised).
        detail: A sentence for a person.
    """

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Raised:
    """An exception's text, sent back instead of the exception: it may not unpickle here."""

    kind: str
    text: str


def run(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int = 1,
    limits: Limits | None = None,
    size: Callable[[Item], int] = lambda _: 0,
) -> Generator[tuple[Item, Result | Failure]]:
    """Map a function over items in disposable processes.

    Args:
        function: Called in a worker with one item. It is sent by value, so it may be a closure or a method of
            an object that was defined in a notebook; what it returns must pickle.
        items: Consumed lazily, a few chunks ahead of the results.
        workers: Number of processes, at least 1.
        limits: What one item may cost.
        size: Bytes that an item stands for, used to form chunks of even cost.

    Yields:
        Each item with its result or its `Failure`, in the order of `items`.

    Raises:
        ConfigError: `workers` is below 1, or the function cannot be sent to a worker.
    """
    with Workers(function, workers=workers, limits=limits, size=size) as pool:
        yield from pool.map(items)


class Workers(Generic[Item, Result]):
    """Processes that work for several calls of `map`, see `run`. They start with the first item, or `beforehand`.

    Args:
        function: Called in a worker with one item.
        workers: Number of processes, at least 1.
        limits: What one item may cost.
        size: Bytes that an item stands for.

    Raises:
        ConfigError: `workers` is below 1.
    """

    def __init__(
        self,
        function: Callable[[Item], Result],
        *,
        workers: int = 1,
        limits: Limits | None = None,
        size: Callable[[Item], int] = lambda _: 0,
    ) -> None:
        if workers < 1:
            raise ConfigError("the number of workers makes no sense", expected="1 or more", got=workers)
        self._function = function
        self._workers = workers
        self._limits = limits or Limits()
        self._size = size
        self._pool: _Pool | None = None
        self._begun: deque[_Stream] = deque()  # what `map` was asked for and has not been sent, in order
        self._flying = 0  # chunks that were sent and not collected

    def __enter__(self) -> Workers[Item, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()

    def map(self, items: Iterable[Item], *, more: bool = False) -> Generator[tuple[Item, Result | Failure]]:
        """Each item with its result, in order, see `run`.

        Processes that run already begin with the items at once, as far as they have nothing else to do; several calls
        may be under way, and get their turns in order.

        Args:
            items: Consumed lazily, a few chunks ahead of the results.
            more: More items will follow, so all processes are started, be these as few as they are.

        Raises:
            ConfigError: The function cannot be sent to a worker.
        """
        stream = _Stream(_chunks(items, self._size))
        self._begun.append(stream)
        if self._pool is not None:
            self._send(self._pool)
        return self._collected(stream, more=more)

    @contextlib.contextmanager
    def beforehand(self, seconds: float) -> Iterator[None]:
        """Start all processes when what is done in here takes longer: much to do follows what takes long.

        Args:
            seconds: So long no process is started.
        """
        if self._pool is not None:
            yield
            return
        timer = threading.Timer(seconds, self._start_all)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _start_all(self) -> None:
        with contextlib.suppress(ConfigError):  # who asks for work is told
            pool = self._processes(self._workers)
            pool.submit([], pool.payload)
            self._pool = pool

    def _processes(self, count: int) -> _Pool:
        return _Pool(_payload(self._function), count, self._limits, self._size)

    def _collected(self, stream: _Stream, *, more: bool) -> Generator[tuple[Item, Result | Failure]]:
        while True:
            pool = self._pool or self._start(more=more)
            if pool is None:
                return
            self._send(pool)
            if not stream.sent and not self._send_of(stream, pool):
                return
            self._flying -= 1
            yield from pool.collect(*stream.sent.popleft(), stream.payload)

    def _start(self, *, more: bool) -> _Pool | None:
        """As many processes as there is work for; none where there is no work."""
        ready = 0
        for stream in self._begun:
            stream.chunks, few = _and_again(stream.chunks, self._workers - ready)
            ready += len(few)
        if ready:
            self._pool = self._processes(self._workers if more else ready)
        return self._pool

    def _send(self, pool: _Pool) -> None:
        """Send what is to be done until there is enough under way."""
        while self._begun and self._flying < self._workers * _IN_FLIGHT:
            if not self._send_of(self._begun[0], pool):
                self._begun.popleft()

    def _send_of(self, stream: _Stream, pool: _Pool) -> bool:
        chunk = next(stream.chunks, None)
        if chunk is None:
            return False
        if not stream.payload:  # what the function holds may have changed since the processes started
            stream.payload = _payload(self._function)
        stream.sent.append((chunk, pool.submit(chunk, stream.payload)))
        self._flying += 1
        return True


@dataclass(slots=True)
class _Stream:
    """What one call of `map` was asked for: what is to be sent, and what was sent, with where its results will be."""

    chunks: Iterator[list[Any]]
    sent: deque[tuple[list[Any], Any]] = field(default_factory=deque)
    payload: bytes = b""  # the function as it was when the first chunk was sent


def _and_again(chunks: Iterator[list[Any]], count: int) -> tuple[Iterator[list[Any]], list[list[Any]]]:
    """An iterator as it was, and what its first ones are."""
    first = list(itertools.islice(chunks, count))
    return itertools.chain(first, chunks), first


def _payload(function: Callable[..., Any]) -> bytes:
    try:
        return cast("bytes", cloudpickle.dumps(function))
    except Exception as error:  # noqa: BLE001 - pickling calls the user's code, which may raise anything
        raise ConfigError(
            "the work cannot be sent to a worker process",
            where=function,
            got=f"{type(error).__name__}: {error}",
            hint="keep open files, connections and locks out of the source object; open them in extract()",
        ) from None


def _chunks(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    chunk: list[Item] = []
    total = 0
    for item in items:
        chunk.append(item)
        total += size(item)
        if len(chunk) >= _CHUNK_ITEMS or total >= _CHUNK_BYTES:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk


class _Pool:
    """A pebble pool, and what its failures mean."""

    def __init__(self, payload: bytes, workers: int, limits: Limits, size: Callable[[Any], int]) -> None:
        from loky.backend import get_context
        from pebble import ProcessPool

        _start_tracker()
        context = get_context("loky")
        self.payload = payload
        self._limits = limits
        self._size = size
        self._started = context.Semaphore(0)
        self._starts = workers
        self._pool: Any = ProcessPool(
            max_workers=workers,
            context=context,
            initializer=_begin,
            initargs=(payload, limits.memory, os.getpid(), self._started),
        )

    def close(self) -> None:
        """Stop all workers, those first that have begun: one that is stopped before prints a traceback."""
        deadline = time.monotonic() + _SECONDS_TO_START
        for _ in range(self._starts):
            if not self._started.acquire(timeout=max(0.0, deadline - time.monotonic())):
                break
        self._pool.stop()
        self._pool.join()

    def submit(self, chunk: list[Any], payload: bytes) -> Any:
        """Have a chunk worked on by a function; it travels along where it is not the one that workers start with."""
        own = None if payload == self.payload else payload
        with _uninterrupted():  # the first chunk starts the processes, and the thread that will replace them
            return self._pool.schedule(_work, args=(chunk, own), timeout=self._seconds(chunk))

    def _seconds(self, chunk: list[Any]) -> float:
        return self._limits.seconds * max([1, *(-(-self._size(item) // _MEGABYTE) for item in chunk)])

    def collect(self, chunk: list[Any], future: Any, payload: bytes) -> Iterator[tuple[Any, Any]]:
        results = self._result(future, self._seconds(chunk))
        if isinstance(results, Failure):
            if len(chunk) == 1:
                yield chunk[0], results
                return
            for item in chunk:
                yield from self.collect([item], self.submit([item], payload), payload)
            return
        for item, result in zip(chunk, results, strict=True):
            yield item, (_failure(result) if isinstance(result, _Raised) else result)

    def _result(self, future: Any, seconds: float) -> list[Any] | Failure:
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        try:
            return cast("list[Any]", future.result())
        except TimeoutError:
            self._starts += 1  # pebble puts another worker in its place
            return Failure("timeout", f"took more than {seconds:g} s")
        except MemoryError:
            return Failure("memory", f"needed more than {self._limits.memory >> 20} MiB")
        except ProcessExpired as error:
            self._starts += 1
            limit = f"under a limit of {self._limits.memory >> 20} MiB"
            return Failure("crashed", f"the worker died of {_cause(error.exitcode)} {limit}")
        except BrokenProcessPool as error:
            self._starts = 0
            raise ConfigError(
                "worker processes cannot start",
                got=error,
                hint="a source must be importable in a fresh interpreter; see docs/sources.md",
            ) from None


def _start_tracker() -> None:
    """Start what loky would start before the first worker: an older Python lets Ctrl-C through again when it does."""
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing.resource_tracker import ensure_running

        with _uninterrupted():
            ensure_running()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started in here leave Ctrl-C to this one: the terminal sends it to all of them.

    An interpreter that is interrupted while it starts prints a traceback. What is blocked stays so in a child, also
    while it has no handler yet; this process gets its Ctrl-C at the end.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit status {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"


def _failure(raised: _Raised) -> Failure:
    return Failure("error", f"{raised.kind}: {raised.text}" if raised.text else raised.kind)


# What follows runs in the worker.

_function: Callable[[Any], Any] | None = None


def _begin(payload: bytes, memory: int, parent: int, started: Any) -> None:
    global _function  # noqa: PLW0603 - a worker's one piece of state, set once before its first task
    # The system ends it at once: a handler in Python waits for a parser in C, and prints a traceback where the worker,
    # whose pipe was closed, is on its way out already.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent(parent)
    _function = _function_in(payload)
    _limit_memory(memory)
    started.release()


def _work(chunk: list[Any], payload: bytes | None) -> list[Any]:
    function = _function if payload is None else _function_in(payload)
    if function is None:
        raise RuntimeError("the worker was not set up")
    return [_guarded(function, item) for item in chunk]


@lru_cache(maxsize=1)
def _function_in(payload: bytes) -> Callable[[Any], Any]:
    # Reads only what our own parent process wrote a moment ago.
    function: Callable[[Any], Any] = cloudpickle.loads(payload)
    return function


def _guarded(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except MemoryError:
        raise  # perhaps its neighbours' doing: the chunk is run again one by one
    except BaseException as error:  # noqa: BLE001 - an extractor may raise anything, `sys.exit()` too; a named skip
        return _Raised(type(error).__name__, _text_of(error))


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception's own __str__ is a stranger's code
        return "its message cannot be read"


def _die_with_parent(parent: int) -> None:
    """Ask Linux to kill this worker when the parent is killed: a hung parser would go on for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed while this worker started, before anybody asked
        os._exit(1)


def _limit_memory(memory: int) -> None:
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - one line, no Path needed
        in_use = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    most = min(in_use + memory, sys.maxsize)  # more than that is no limit, and no number that the system takes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
