"""Workers: results in order, one failure for one item, few items ahead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import shell_environment

from corpus.errors import ConfigError
from corpus.workers import _CHUNK_ITEMS, _IN_FLIGHT, Failure, Limits, Workers, run


def test_results_come_in_the_order_of_the_items() -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.05 if number % 64 == 0 else 0)
        return number * 2

    done = list(run(slow_first, range(300), workers=2))
    assert done == [(number, number * 2) for number in range(300)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_is_that_of_its_item_alone(workers: int) -> None:
    def wild(number: int) -> int:
        if number == 70:
            os.abort()
        if number == 5:
            raise ValueError("five")
        return number

    done = dict(run(wild, range(100), workers=workers))
    assert done.pop(70) == Failure("crashed", "the worker died of SIGABRT under a limit of 2048 MiB")
    assert done.pop(5) == Failure("error", "ValueError: five")
    assert done == {number: number for number in range(100) if number not in {5, 70}}


def test_items_are_taken_only_a_little_ahead_of_the_results() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken = number
            yield number

    done = run(lambda number: number, items(), workers=1)
    for expected in range(1, 2000):
        next(done)
        assert taken <= expected + _CHUNK_ITEMS * (_IN_FLIGHT + 3)
    done.close()
    assert taken < 9000


def test_what_was_asked_for_later_is_begun_with_while_what_came_first_is_waited_for() -> None:
    started: list[int] = []

    def items(first: int) -> Iterator[int]:
        for number in range(first, first + 100):
            started.append(number)
            yield number

    pool: Workers[int, int] = Workers(lambda number: number, workers=2, size=lambda _: 1 << 20)
    with pool:
        assert dict(pool.map([-1], more=True)) == {-1: -1}
        later = [pool.map(items(first)) for first in range(0, 10_000, 100)]
        assert started == list(range(2 * _IN_FLIGHT))  # and no more, however often it is asked
        assert [number for number, _ in later[7]] == list(range(700, 800))  # not the next one
        for number, stream in enumerate(later):
            if number != 7:
                assert [found for _, found in stream] == list(range(number * 100, number * 100 + 100))
        assert sorted(started) == list(range(10_000))


def test_processes_start_while_something_else_takes_long() -> None:
    pool: Workers[int, int] = Workers(lambda number: number, workers=2)
    with pool:
        with pool.beforehand(60):
            pass
        assert pool._pool is None  # it took no time
        with pool.beforehand(0.01):
            deadline = time.monotonic() + 20
            while pool._pool is None and time.monotonic() < deadline:
                time.sleep(0.01)
        assert pool._pool is not None
        begun = pool._pool
        with pool.beforehand(0):
            pass
        assert [number for number, _ in pool.map(range(100))] == list(range(100))
        assert pool._pool is begun


def test_work_that_cannot_be_sent_is_told_of_when_it_is_asked_for() -> None:
    lock = threading.Lock()
    pool: Workers[int, bool] = Workers(lambda _: lock.locked(), workers=2)
    with pool:
        with pool.beforehand(0.01):
            time.sleep(0.1)
        with pytest.raises(ConfigError, match="cannot be sent"):
            next(pool.map([1]))


def test_as_many_processes_as_all_have_work_for() -> None:
    def who(number: int) -> int:
        time.sleep(0.3)
        return os.getpid()

    pool: Workers[int, int] = Workers(who, workers=4)
    with pool:
        streams = [pool.map([number]) for number in range(2)]  # before there are any
        assert len({pid for stream in streams for _, pid in stream}) == 2
    with Workers(who, workers=4) as idle:
        assert list(idle.map([])) == []


def test_large_items_travel_in_small_chunks() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    done = run(lambda number: number, items(), workers=1, size=lambda _: 1 << 20)
    next(done)
    assert len(taken) <= _IN_FLIGHT + 3
    done.close()


def test_time_is_the_items_own() -> None:
    def sleep(number: int) -> int:
        time.sleep(0.7 if number else 600)
        return number

    done = list(run(sleep, range(6), workers=2, limits=Limits(seconds=3.0)))
    assert done == [(0, Failure("timeout", "took more than 3 s")), *((number, number) for number in range(1, 6))]


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="there are no masks of signals here")
def test_a_worker_leaves_ctrl_c_to_its_parent_and_ends_at_once_when_it_is_told_to() -> None:
    script = (  # of its own: what Python starts before the first worker of a process, and how, is part of it
        "import signal\n"
        "from corpus.workers import run\n"
        "def signals(_):\n"
        "    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())\n"
        "    return signal.SIGINT in blocked, signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "found = [result for _, result in run(signals, range(128), workers=2)]\n"
        "print(set(found), signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=shell_environment(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("{(True, True)} False\n", "", 0)


def test_no_items_start_no_process() -> None:
    def never(_: Any) -> Any:
        raise AssertionError

    assert list(run(never, [])) == []


def test_a_number_of_workers_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigError, match="the number of workers makes no sense"):
        list(run(str, [1], workers=0))


@pytest.mark.skipif(sys.platform != "linux", reason="the system is asked to end workers with their parent")
def test_a_worker_that_hangs_dies_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from corpus.workers import run\n"
        "def hang(path):\n"
        "    pathlib.Path(path).write_text(str(os.getpid()))\n"
        "    while True: pass\n"
        "list(run(hang, [sys.argv[1]]))"
    )
    told = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", script, str(told)], env=shell_environment())
    while parent.poll() is None and not (told.exists() and told.read_text()):
        time.sleep(0.01)
    worker = Path("/proc") / told.read_text()
    assert worker.exists()
    parent.kill()
    parent.wait()
    end = time.monotonic() + 60
    while worker.exists() and " Z " not in (worker / "stat").read_text() and time.monotonic() < end:
        time.sleep(0.01)
    try:
        assert " Z " in (worker / "stat").read_text()
    except OSError:
        assert not worker.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("seconds", value) for value in (0, -1.0, float("nan"), float("inf"), "3", None, True)),
        *(("memory", value) for value in (0, -1, 2.5, float("nan"), "3", None, True)),
    ],
)
def test_a_limit_that_makes_no_sense_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match="makes no sense") as caught:
        Limits(**{name: value})
    assert (caught.value.where, caught.value.expected, caught.value.got) == (name, "above 0", repr(value))
    assert Limits(seconds=1, memory=1) == Limits(1.0, 1)
