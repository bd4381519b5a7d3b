"""A process that has imported the command line once, and is forked for each command that a test gives in a shell.

A command's start is a second of imports, a fork is none. The fork has an environment, a folder and output streams of
its own, and ends as a program ends. What depends on how a process begins (the seed of hashes, the time zone) needs a
process that begins: see `conftest.shell`. The falsifier is taken for granted, as in `tests.quick`; cards have no plots.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parent.parent
AVAILABLE = sys.platform == "linux"
"""Elsewhere a fork of what has imported the libraries of the system is not safe."""

PRELOADED = (
    *("corpus.config", "corpus.highlight", "corpus.hub", "corpus.privacy.scan", "corpus.settings", "corpus.views"),
    *("ahocorasick", "filelock", "git", "loky.backend", "multiprocessing.spawn", "numpy", "pandas", "pebble"),
    *("platformdirs", "pyarrow.dataset", "re2", "tqdm.auto", "typer._adapters", "yaml"),
)
"""What commands import when they need it."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""The environment of who is to be forked: a fork has none of the other threads."""


class Nursery:
    """The process, seen from the tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            env={**os.environ, "PYTHONPATH": str(ROOT), **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        atexit.register(self.close)

    def run(
        self, arguments: Sequence[str], *, env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """`corpus …` with these arguments and in this environment, in the folder that is the current one.

        Raises:
            subprocess.TimeoutExpired: It took longer than `timeout` seconds, and was killed.
        """
        with tempfile.TemporaryDirectory() as folder:
            said = [Path(folder) / "out", Path(folder) / "err"]
            asked = {"arguments": [*arguments], "env": {**env}, "cwd": str(Path.cwd()), "said": [*map(str, said)]}
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            child = self._number()
            assert self._process.stdout is not None
            if not select.select([self._process.stdout], [], [], timeout)[0]:
                os.kill(child, signal.SIGKILL)
                self._number()
                raise subprocess.TimeoutExpired([*arguments], timeout)
            return subprocess.CompletedProcess([*arguments], self._number(), *(path.read_text() for path in said))

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.communicate()


@cache
def nursery() -> Nursery:
    """The one of this process, which starts when it is first asked for."""
    return Nursery()


# What follows runs in it.


def prepare() -> None:
    """Import what a build imports, so that a fork has it; and take for granted what `tests.quick` does."""
    import corpus.cli.main
    import corpus.pipeline
    import corpus.write.folder
    import falsify.judge
    from corpus.curate import Settings, redactor_of
    from tests import quick

    for name in PRELOADED:
        import_module(name)
    redactor_of(Settings(), (), b"k" * 32).text("a.b@mail-of-a-firm.com")  # its patterns are compiled once
    for name, assumed in quick.ASSUMED.items():
        setattr(falsify.judge, name, assumed)
    corpus.write.folder.can_draw = lambda: False
    gc.freeze()
    threads = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
    assert len([name for name in threads if name != "jemalloc_bg_thd"]) == 1, threads  # which knows of forks


def serve() -> None:
    """Fork for each line that is read, and print the fork's number and its status."""
    prepare()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
        _tell(child)
        _tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _become(asked: dict[str, Any]) -> NoReturn:
    """Be the command that was asked for: this ends the process."""
    from corpus.cli.main import main

    for number, (path, flags) in enumerate(((os.devnull, os.O_RDONLY), *((path, _WRITTEN) for path in asked["said"]))):
        opened = os.open(path, flags)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["corpus", *asked["arguments"]]
    main()
    raise AssertionError


_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_APPEND

if __name__ == "__main__":
    serve()
