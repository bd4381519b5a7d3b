"""The shell's face called in this process, and a folder with everything in it that a person may name by mistake."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pygit2

import corpus
from corpus import cli

CODE = b'''"""Waves, and how to make them."""


def wave(height: float) -> float:
    """Gives the length of a wave of this height, in metres.

    Args:
        height: From trough to crest.

    Returns:
        The length of a wave that is about to break.
    """
    return height * 7.0


def still(water):
    return water


def calm(lake: str) -> str:
    """Says what a lake looks like when no wind blows over it at all."""
    return f"{lake} is a mirror"
'''

CONFIGURATIONS = {
    "key": "wrokers = 2\n",
    "type": 'out = "o"\n\nworkers = "two"\n',
    "syntax": "out = \n",
    "gate": "[gates]\nlnog = 3\n",
    "gate-value": '[gates]\nlong = "x"\n',
    "source-key": 'sources = [{path="a", visibilty="public"}]\n',
    "second-source": '[[sources]]\npath = "a"\n\n[[sources]]\npath = "b"\nrve = "main"\n',
    "no-source": 'out = "o"\n',
    "empty-sources": 'sources = []\nout = "o"\n',
    "no-out": 'sources = ["repo"]\n',
    "kind": '[[sources]]\npath = "a"\nkind = "gti"\n',
    "no-path": '[[sources]]\nname = "a"\n',
    "benchmark": 'sources = ["repo"]\nout = "o"\nagainst = ["humanevl"]\n',
    "table": "limits = 3\n",
    "limit": "[limits]\nsecnds = 3\n",
    "option": 'out = "o"\n[[sources]]\npath = "repo"\ntags = ["x"]\n',
    "dashes": 'sources = ["repo"]\nout = "o"\nreal-names = true\n',
    "nested": '[build]\nsources = ["repo"]\nout = "o"\n',
    "one-source": 'sources = "repo"\nout = "o"\n',
    "number": 'sources = [3]\nout = "o"\n',
    "ratios": 'sources = ["repo"]\nout = "o"\nratios = [0.8, 0.1, 0.1]\n',
    "yes": 'sources = ["repo"]\nout = "o"\nhistory = "yes"\n',
    "blank": "",
    "register": "[X9]\nthreshold = 3\n",
}


@dataclass(frozen=True)
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Said:
    """`corpus …` in this process, through the function that the installed command calls."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
    assert isinstance(code, int)
    return Said(code, out.getvalue(), err.getvalue())


def sums(folder: Path) -> Path:
    """A corpus of twenty rows without a source."""
    table = pa.table(
        {
            "instruction": [f"What is {n} plus one?" for n in range(20)],
            "output": [f"It is {n + 1}, as everybody who can count will say." for n in range(20)],
            "category": ["note" if n % 2 else "pair" for n in range(20)],
        }
    )
    return corpus.from_arrow(table, name="sums").split().write(folder)


def repository(folder: Path, files: dict[str, bytes]) -> Path:
    """A repository with one commit."""
    made = pygit2.init_repository(str(folder))
    commit(folder, files)
    assert not made.is_bare
    return folder


def commit(folder: Path, files: dict[str, bytes]) -> None:
    """Another commit: files as given, the others as they are; one without content is removed."""
    made = pygit2.Repository(str(folder))
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if data:
            (folder / name).write_bytes(data)
            made.index.add(name)
        else:
            made.index.remove(name)
    made.index.write()
    who = pygit2.Signature("Ann Example", "ann@example.org", 1_700_000_000, 0)
    parents = [] if made.head_is_unborn else [made.head.target]
    made.create_commit("HEAD", who, who, "A commit", made.index.write_tree(), parents)


def populate(world: Path) -> None:
    """Fill a folder with what the table of mistakes names."""
    whole = sums(world / "c")
    for name in ("broken", "garbled", "newer"):
        shutil.copytree(whole, world / name)
    file = next((world / "broken" / "data").iterdir())
    file.write_bytes(file.read_bytes()[:-20])
    (world / "garbled" / "manifest.json").write_text("{")
    manifest = world / "newer" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 2', '"schema_version": 99'))
    (world / "unfinished" / ".private").mkdir(parents=True)
    (world / "empty").mkdir()
    (world / "file.txt").write_text("hello\n")
    (world / "latin.py").write_bytes(b"# \xe9\n")
    (world / "link.py").symlink_to("file.txt")
    pygit2.init_repository(str(world / "unborn"))
    (world / "folder").mkdir()
    (world / "folder" / "a.py").write_bytes(CODE)
    (world / "x.backup").write_text("x")
    (world / "damaged").mkdir()
    shutil.copytree(whole, world / "reviewed")
    (world / "reviewed" / ".private" / "reviews.parquet").write_bytes(b"none")
    for name, text in CONFIGURATIONS.items():
        (world / f"{name}.toml").write_text(text)
    (world / "latin.toml").write_bytes(b'out = "\xff"\n')
    repository(world / "repo", {"waves.py": CODE, "vendor/other.py": CODE})
    pygit2.init_repository(str(world / "bare.git"), bare=True)
    (world / "fakegit").mkdir()
    (world / "fakegit" / ".git").write_text("gitdir: ../repo/.git\n")
    (world / "vault" / ".obsidian").mkdir(parents=True)
    (world / "dangling").symlink_to("nothing-of-that-name")
    (world / "loop").symlink_to("loop")
    os.mkfifo(world / "pipe")
    (world / "pairs.csv").write_text("instruction,output\na,b\n")
    (world / "bad.parquet").write_bytes(b"PAR1 and nothing more")
    (world / "zero.parquet").write_bytes(b"")
    pq.write_table(pa.table({"q": ["a"], "a": ["b"]}), world / "theirs.parquet")
