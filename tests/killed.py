"""Builds that are killed: forks of one process, each of which ends before another change of its folder or its cache.

    python -m tests.killed SOURCE REFERENCE FOLDER COUNT

What they leave lies in FOLDER, every other one over a copy of the corpus REFERENCE; standard output says where, and how
many changes a build makes.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import nursery
from tests.conftest import work_here

CONNECT = sqlite3.connect
CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.chmod"}


def fork_and_build(source: Path, reference: Path, out: Path, kill_at: int) -> int:
    """How many changes a build has made, or minus one if it was killed before one of them."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.write(writer, str(_build(source, reference, out, kill_at)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        number = told.read()
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) == (0 if number else -signal.SIGKILL)
    return int(number or -1)


def _build(source: Path, reference: Path, out: Path, kill_at: int) -> int:
    import corpus
    from corpus.write import folder

    plots = {path.name: path.read_bytes() for path in (reference / "images").iterdir()}
    folder.can_draw, folder.draw = lambda: True, lambda _: plots
    seen = 0

    def step(_: object = None) -> None:
        nonlocal seen
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in CHANGES or written) and str(arguments[0]).startswith(str(out)):
            step()

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        made = CONNECT(*arguments, **named)
        made.set_trace_callback(step)
        return made

    sys.addaudithook(count)
    sqlite3.connect = connect  # type: ignore[assignment] # each statement is a change
    corpus.build(source, out=out, workers=1, progress=False)
    return seen


def main(source: Path, reference: Path, folder: Path, count: int) -> None:
    """Count the changes of a build, and kill so many others."""
    nursery.prepare()
    with pytest.MonkeyPatch.context() as patch:
        work_here(patch)
        shutil.copytree(reference, folder / "again")
        changes = [fork_and_build(source, reference, folder / name, sys.maxsize) for name in ("whole", "again")]
        left = []
        for number in range(count):
            out = folder / f"killed-{number}"
            if number % 2:
                shutil.copytree(reference, out)
            at = number // 2 * (changes[number % 2] - 1) // ((count - 1) // 2)
            assert fork_and_build(source, reference, out, at) < 0, number
            left.append(str(out))
    sys.stdout.write(json.dumps({"changes": changes, "left": left}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), int(sys.argv[4]))
