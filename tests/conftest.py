"""What tests share: a configuration folder of their own, real repositories, and the command line in a subprocess."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pygit2
import pytest
from hypothesis import settings

import falsify.judge
from corpus import Entry, Skip, SkipUnit, Source, workers
from tests import nursery, quick

ROOT = Path(__file__).parent.parent
SOWN = {name: getattr(falsify.judge, name) for name in quick.ASSUMED}

# The same examples each time, so that what passed once passes again; `make fuzz` draws others. Machines are shared: an
# example that takes long once says nothing.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, print_blob=True)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def _no_plots() -> Iterator[None]:
    """Cards without plots, which take half a second each; the fixture `plots` draws them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpus.write.folder.can_draw", lambda: False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_plants() -> Iterator[None]:
    """Builds that take for granted that the falsifier finds its plants, see `tests.quick`; `plants` sows them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, assumed in quick.ASSUMED.items():
            patch.setattr(falsify.judge, name, assumed)
        yield


@pytest.fixture(scope="module")
def plants() -> Iterator[None]:
    """A falsifier that sows its plants and looks what becomes of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, sown in SOWN.items():
            patch.setattr(falsify.judge, name, sown)
        yield


@pytest.fixture
def plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards with their plots."""
    pytest.importorskip("matplotlib", reason="needs the extra `plot`: matplotlib")
    monkeypatch.setattr("corpus.write.folder.can_draw", lambda: True)


RUST = b"""//! Distances between words, as a spelling checker needs them to propose what was meant.

/// The smallest number of letters to change, add or take away until one word is the other.
///
/// Two rows of the table are kept, so the memory is that of the shorter word.
pub fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = i;
        row[0] = i + 1;
        for (j, b) in other.chars().enumerate() {
            let next = row[j + 1];
            row[j + 1] = (before + usize::from(a != b)).min(next + 1).min(row[j] + 1);
            before = next;
        }
    }
    row[other.len()]
}

/// A dictionary that remembers how often each of its words was used.
pub struct Dictionary {
    words: std::collections::HashMap<String, u32>,
}

impl Dictionary {
    /// Count one more use of a word, which is added when it was never used before.
    pub fn count(&mut self, word: &str) -> u32 {
        let uses = self.words.entry(word.to_owned()).or_insert(0);
        *uses += 1;
        *uses
    }
}
"""

PYTHON = b'''"""Moons of the planets, with their distances, for tables in an almanac."""


def period(distance: float, mass: float) -> float:
    """Days that a moon takes for one way around its planet, by Kepler's third law.

    Args:
        distance: From the centre of the planet, in kilometres.
        mass: Of the planet, in kilograms.
    """
    metres = distance * 1000
    seconds = 2 * 3.141592653589793 * (metres**3 / (6.6743e-11 * mass)) ** 0.5
    return seconds / 86400


class Moon:
    """A body that goes around a planet and is not too small to have a name."""

    def __init__(self, name: str, distance: float) -> None:
        self.name = name
        self.distance = distance

    def label(self) -> str:
        """Name and distance as they stand in the almanac's margin, right-aligned."""
        return f"{self.name:>12} {self.distance:>10.0f} km"
'''


@dataclass
class Grown:
    """A repository that grows commit by commit, without a work tree."""

    path: Path

    def __post_init__(self) -> None:
        self.repo = pygit2.init_repository(self.path, initial_head="main")
        self.files: dict[str, bytes] = {}
        self.time = 1_700_000_000

    def commit(
        self,
        files: Mapping[str, bytes],
        author: str = "Ada Lovelace <ada@example.org>",
        message: str = "A change",
    ) -> str:
        """Add files or change them; the id of the commit."""
        self.files.update(files)
        self.time += 86_400
        index = pygit2.Index()
        for path, data in self.files.items():
            index.add(pygit2.IndexEntry(path, self.repo.create_blob(data), pygit2.enums.FileMode.BLOB))
        name, _, email = author.rstrip(">").partition(" <")
        who = pygit2.Signature(name, email, self.time)
        tree = index.write_tree(self.repo)
        parents = [] if self.repo.head_is_unborn else [self.repo.head.target]
        return str(self.repo.create_commit("HEAD", who, who, message, tree, parents))


def read_here(source: Source) -> tuple[list[Entry], dict[str, Skip]]:
    """What a source holds, extracted in this process and with its facts, and what it skips, by path."""
    entries: list[Entry] = []
    skips: dict[str, Skip] = {}
    for unit in source.units():
        if isinstance(unit, Skip):
            skips[unit.path] = unit
            continue
        try:
            found = list(source.extract(unit))
        except SkipUnit as skip:
            skips[unit.path] = Skip(unit.path, skip.reason, skip.detail)
            continue
        facts = {"path": unit.path, **unit.facts}
        for entry in found:
            missing = {name: value for name, value in facts.items() if getattr(entry, name) is None}
            entries.append(replace(entry, **missing))
    return entries, skips


def project_files(*folders: str) -> dict[str, bytes]:
    """Sources of the projects of the fixtures, by path: unlike this library's own they stay as they are."""
    place = ROOT / "fixtures" / "projects"
    paths = [path for folder in folders for path in sorted((place / folder).iterdir())]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in paths if path.suffix in {".py", ".rs"}}


def shell(*arguments: object, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
    """`corpus …` as a person runs it: another process, its own output streams; but see `tests.quick`.

    With something in its environment it is a process from its first instruction on, and draws plots. Otherwise it is a
    fork of one that has imported everything, see `tests.nursery`.
    """
    words = [*map(str, arguments)]
    if nursery.AVAILABLE and not environment:
        return nursery.nursery().run(words, env=shell_environment(), timeout=timeout)
    command = [sys.executable, "-m", "tests.quick", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, check=False, env=shell_environment(**environment)
    )


def shell_environment(**more: str) -> dict[str, str]:
    """This process's environment, in which `import corpus` finds the library under test."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def once(holds: Callable[[], bool], *, tries: int = 6) -> bool:
    """Whether something holds at one of several times: for measured times, which other work on a machine lengthens."""
    return any(holds() for _ in range(tries))


def cpu_seconds() -> float:
    """What this process and its ended children have computed: a busy machine does not change it much."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


MARKER = "CORPUS_TEST_MARKER"
"""A variable of the environment that a process hands on to those that it starts, whatever they call themselves."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found through /proc")


def new_marker() -> str:
    """A value for `MARKER` that no other process has."""
    return f"corpus-{uuid.uuid4().hex}"


def outliving(marker: str, *, seconds: float = 60) -> list[str]:
    """Processes with the marker in their environment that are still there after some seconds, by command."""
    end = time.monotonic() + seconds
    while (found := living(marker)) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def living(marker: str) -> list[str]:
    """Processes with the marker in their environment, by command."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


def work_here(patch: pytest.MonkeyPatch) -> None:
    """Let what workers do be done in this process: each that starts costs half a second of imports."""

    def mapped(self: workers.Workers, items: Iterable[Any], *, more: bool = False) -> Iterator[tuple[Any, Any]]:
        for item in items:
            try:
                yield item, self._function(item)
            except Exception as error:  # noqa: BLE001 - a worker sends back whatever was raised
                yield item, workers.Failure("error", f"{type(error).__name__}: {error}")

    patch.setattr(workers.Workers, "map", mapped)
    patch.setattr("corpus.pipeline.default_workers", lambda: 1)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What workers do is done here, in this test."""
    work_here(monkeypatch)


@pytest.fixture(scope="module")
def module_in_this_process() -> Iterator[None]:
    """What workers do is done here, in this module."""
    with pytest.MonkeyPatch.context() as patch:
        work_here(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder for the session: no test sees or changes that of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("configuration")
        patch.setenv("CORPUS_CONFIG_DIR", str(folder))
        yield folder


@pytest.fixture
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configuration: Path) -> Path:
    """A configuration of one's own, with the key of all: what is forgotten in a test is forgotten there only."""
    shutil.copytree(configuration, tmp_path / "configuration")
    monkeypatch.setenv("CORPUS_CONFIG_DIR", str(tmp_path / "configuration"))
    return tmp_path / "configuration"


@pytest.fixture(autouse=True)
def _nobody_forgotten_for_all(configuration: Path) -> Iterator[None]:
    """A test that forgets somebody in the configuration of all fails itself, and not one that runs later."""
    yield
    listed = configuration / "forgotten.json"
    if listed.exists():
        listed.unlink()
        pytest.fail("somebody was forgotten for all tests that follow: use the fixture `own_list`")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of real files by two authors in several commits, with things in it that are skipped."""
    grown = Grown(tmp_path_factory.mktemp("repositories") / "library")
    grown.commit({**project_files("lantern/src/lantern"), "README.md": b"# Read me\n"})
    grown.commit(project_files("kiln/src"), "Grace Hopper <grace@example.org>")
    grown.commit({"src/words.rs": RUST, "old.py": b"# \xe9t\xe9\n" + PYTHON}, "Grace Hopper <grace@example.org>")
    return grown.path


@pytest.fixture(scope="session")
def almanac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small repository, quickly read."""
    grown = Grown(tmp_path_factory.mktemp("repositories") / "almanac")
    grown.commit({"moons.py": PYTHON, "words.rs": RUST})
    return grown.path
