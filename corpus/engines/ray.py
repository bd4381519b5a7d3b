"""Stages on a cluster of Ray: each part is a task, and results are taken in the order of the parts.

Parts travel as bytes that this module makes (Arrow's stream format for tables, pickle for the rest), and are copied
out of Ray's shared memory where they arrive: nothing that a stage holds ends with the cluster. A slice of a table is
sent as what it is; pickled without further ado, it would take the whole table along.

A cluster that runs is used as it is: one that this process is connected to, or the one that RAY_ADDRESS names.
Otherwise one is started on this machine for as long as the stages take. Texts are private, and a cluster of Ray listens
on all addresses of a machine to whoever speaks its language: so it asks for a token that is drawn here, its sockets
and logs lie in a folder that its owner alone may enter (Ray opens its own to everyone), and so does what exceeds its
memory.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pickle
import secrets
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

import cloudpickle
import pyarrow as pa

from corpus.engines.local import LocalEngine
from corpus.errors import BuildError, ConfigError, CorpusError, MissingExtraError
from corpus.versions import library_version

__all__ = ["RayEngine", "cluster", "import_ray"]

Part = TypeVar("Part")
Result = TypeVar("Result")

_SECONDS_TO_REACH: Final = 10.0
_AHEAD: Final = 2  # tasks a core of the cluster, so that none waits for this process
_SOCKET: Final = 107 - len("/ray/session_2026-11-21_16-54-23_128452_1234567/sockets/plasma_store")
_AUTHENTICATION: Final = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
_QUIET: Final[Mapping[str, str]] = {
    "RAY_USAGE_STATS_ENABLED": "0",  # or it tells its makers of every cluster
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}


class RayEngine:
    """A cluster that this process is connected to."""

    finer = 8

    def __init__(self) -> None:
        self._ray = import_ray()
        self._task = self._ray.remote(_done)
        self._ahead = _AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def map(self, work: Callable[[Part], Result], parts: Iterable[Part], *, threads: bool = False) -> Iterator[Result]:  # noqa: ARG002 - processes need none
        """See `corpus.engines.Engine.map`."""
        sent = self._ray.put(packed(work))  # once, however many parts there are
        ahead: deque[Any] = deque()
        for part in parts:
            ahead.append(self._task.remote(library_version(), [sent], packed(part)))
            if len(ahead) > self._ahead:
                yield self._result(ahead.popleft())
        while ahead:
            yield self._result(ahead.popleft())

    def _result(self, reference: Any) -> Any:
        exceptions = self._ray.exceptions
        try:
            return unpacked(self._ray.get(reference))
        except exceptions.RayTaskError as error:
            if isinstance(error.cause, CorpusError):
                raise error.cause from None
            raise BuildError("a worker of the cluster failed", got=error.cause, hint=_SAME) from None
        except exceptions.RayError as error:
            raise BuildError(
                "the cluster lost a task", got=str(error).partition("\n")[0], hint="see Ray's logs on its nodes"
            ) from None


_SAME: Final = 'every node needs what this one has: pip install "sovereign-corpus[distributed]"'


def import_ray() -> Any:
    """The package, told to be quiet before it is imported.

    Raises:
        MissingExtraError: It is not installed.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise MissingExtraError("ray", extra="distributed", step="the engine 'ray'") from None


@contextlib.contextmanager
def cluster(workers: int, folder: Path | None) -> Iterator[RayEngine]:
    """The cluster that runs, or one of this machine's own for as long as it is needed.

    Args:
        workers: Worker processes of a cluster that is started.
        folder: Below it lies what exceeds such a cluster's memory; None is the system's folder for temporary files.

    Raises:
        ConfigError: It cannot be reached, or not be started.
        MissingExtraError: Ray is not installed.
    """
    ray = import_ray()
    if ray.is_initialized():
        yield RayEngine()
        return
    address = os.environ.get("RAY_ADDRESS")
    with (
        _handlers_kept(),
        _connected(ray, address) if address and address != "local" else _started(ray, workers, folder),
    ):
        yield RayEngine()


@contextlib.contextmanager
def _connected(ray: Any, address: str) -> Iterator[None]:
    try:
        _reach(address)
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(
            "the cluster cannot be reached", where=address, got=error, hint="correct RAY_ADDRESS, or unset it"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """Knock where a cluster should be: where nobody answers, Ray ends the process after a minute.

    Raises:
        OSError: Nobody answers.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():  # or a word that Ray knows: `auto`
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS_TO_REACH).close()


@contextlib.contextmanager
def _started(ray: Any, workers: int, folder: Path | None) -> Iterator[None]:
    from corpus.engines import SPILLED

    own = _short_folder()
    spilled = (own if folder is None else folder) / SPILLED
    spilled.mkdir(mode=0o700)
    try:
        with _token(secrets.token_hex(32)):
            ray.init(
                address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False,
                logging_level="ERROR", _temp_dir=str(own / "ray"), object_spilling_directory=str(spilled),
            )  # fmt: skip
            try:
                yield
            finally:
                ray.shutdown()
    except (RuntimeError, ValueError, OSError) as error:
        if ray.is_initialized():
            raise
        raise ConfigError("a cluster cannot be started", got=error, hint="engine='local' needs none") from None
    finally:
        for place in (own, spilled):
            _remove(place)


def _remove(folder: Path) -> None:
    """Remove a folder in which processes that were just told to end may still write a last line."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _short_folder() -> Path:
    """A folder for sockets, whose paths a system wants short."""
    folder = Path(tempfile.mkdtemp())
    if len(os.fsencode(folder)) <= _SOCKET:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(dir="/tmp"))


@contextlib.contextmanager
def _token(token: str) -> Iterator[None]:
    """Have clusters that start here ask for a token, and this process know it; no file is written.

    Without one of ours, Ray makes one in the home of the user and leaves it there.
    """
    before = {name: os.environ.get(name) for name in _AUTHENTICATION}
    for name in _AUTHENTICATION:
        os.environ.pop(name, None)  # unset, the mode is to ask for a token
    os.environ["RAY_AUTH_TOKEN"] = token
    _read_again()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        _read_again()


def _read_again() -> None:
    """Ray remembers the token that it has seen first."""
    importlib.import_module("ray._raylet").AuthenticationTokenLoader.instance().reset_cache()


@contextlib.contextmanager
def _handlers_kept() -> Iterator[None]:
    """Ray puts a handler of its own in place of the caller's."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


# How values travel.


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
    def reducer_override(self, value: Any) -> Any:
        if type(value) is pa.Table:
            return _table, (_stream(value),)
        return super().reducer_override(value)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _table(stream: bytes) -> pa.Table:
    return pa.ipc.open_stream(stream).read_all()


def packed(value: Any) -> bytes:
    """A value as bytes: a function by its name, a slice of a table without the rest of it."""
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def unpacked(data: bytes) -> Any:
    """The value that `packed` made bytes of. Only what this library's own processes sent is read."""
    return cloudpickle.loads(data)


# What follows runs in a worker.


def _done(version: str, sent: list[Any], part: bytes) -> bytes:
    """One task: the work done on one part."""
    from corpus.engines import running

    if version != library_version():
        raise ConfigError("a node has another version of this library", expected=version, got=library_version())
    with running(LocalEngine(threads=1)):  # the cluster has a task for each core
        return packed(_work(sent[0])(unpacked(part)))


@lru_cache(maxsize=1)
def _work(sent: Any) -> Callable[[Any], Any]:
    """A stage's function, read once for all of its parts."""
    work: Callable[[Any], Any] = unpacked(import_ray().get(sent))
    return work
