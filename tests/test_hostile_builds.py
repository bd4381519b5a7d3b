"""Repositories and sources that mean harm: a message or a named skip each, and nothing of theirs is run or leaked."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import hostile
import pygit2
import pytest
from conftest import MARKER, RUST, cpu_seconds, needs_proc, new_marker, outliving, shell

import corpus
from corpus import Entry, Limits, Skip, SkipUnit, Source, Unit, code
from corpus.code.grammar import load
from corpus.code.language import Docs
from corpus.errors import CorpusError

LIMITS = Limits(seconds=3, memory=512 << 20)


def not_a_repository(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.py").write_bytes(hostile.SOURCE)
    return tmp_path / "folder"


def a_file(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_bytes(hostile.SOURCE)
    return tmp_path / "a.py"


def missing(tmp_path: Path) -> Path:
    return tmp_path / "missing"


def url(_: Path) -> str:
    return "https://example.org/me/repository.git"


def unborn_branch(tmp_path: Path) -> Path:
    """Commits, but HEAD names a branch that is not there."""
    path = hostile.bare(tmp_path)
    (path / "HEAD").write_text("ref: refs/heads/nowhere\n")
    return path


def broken_config(tmp_path: Path) -> Path:
    path = hostile.bare(tmp_path)
    (path / "config").write_text("[remote\n")
    return path


def refused(build: Callable[[Path], Path | str], message: str) -> object:
    return pytest.param(build, message, id=build.__name__)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        refused(not_a_repository, "this is not a source that can be read"),
        refused(a_file, "this is not a source that can be read"),
        refused(missing, "there is nothing at this path"),
        refused(url, "a repository is copied first: corpus clone URL"),
        refused(hostile.empty, "the repository has no commits yet"),
        refused(unborn_branch, "the repository has no commits yet"),
        refused(broken_config, "no git repository can be opened here"),
        refused(hostile.alternates, "the repository borrows objects from another one"),
        refused(hostile.gitdir_file, "leads to a repository that does not know this folder"),
        refused(hostile.tree_bomb, "the commit holds too many files"),
    ],
)
def test_what_cannot_be_read_is_a_message_and_leaves_no_corpus(
    build: Callable[[Path], Path | str], message: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = shell("build", build(tmp_path), "--out", out)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("corpus: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (out / "manifest.json").exists()
    assert_no_secret(out, done.stdout + done.stderr)


def linked_worktree(tmp_path: Path) -> Path:
    path = tmp_path / "main"
    repo = hostile.new_repository(path)
    hostile.commit_files(repo, {b"a.py": hostile.SOURCE})
    repo.add_worktree("side", tmp_path / "side")
    return tmp_path / "side"


def line_ends(tmp_path: Path) -> Path:
    """CRLF, a byte order mark and a NUL byte, each in a file of its own."""
    repo = hostile.new_repository(tmp_path / "ends", bare=True)
    files = {b"a.py": hostile.SOURCE, b"nul.py": hostile.SOURCE + b"\0"}
    for name, word in ((b"bom.py", b"mark"), (b"crlf.py", b"carriage"), (b"cr.py", b"typewriter")):
        text = hostile.SOURCE.replace(b"add", word).replace(b"two numbers", b"two of the " + word + b"s")
        if name == b"bom.py":
            text = b"\xef\xbb\xbf" + text
        files[name] = text.replace(b"\n", {b"crlf.py": b"\r\n", b"cr.py": b"\r"}.get(name, b"\n"))
    hostile.commit_files(repo, files)
    return tmp_path / "ends"


def read(build: Callable[[Path], Path], **skips: set[str]) -> object:
    return pytest.param(build, {reason.replace("_", "-"): units for reason, units in skips.items()}, id=build.__name__)


@pytest.mark.parametrize(
    ("build", "skips"),
    [
        read(hostile.bare),
        read(hostile.shallow_clone),
        read(linked_worktree),
        read(hostile.missing_parent, missing_object={"lost"}),
        read(hostile.symlinks, symlink={"file.py", "up.py", "dir", "self.py"}),
        read(hostile.submodules, submodule={"sub"}, unsafe_path={"sub\r"}, unsupported_type={".gitmodules"}),
        read(line_ends, binary={"nul.py"}),
    ],
)
def test_what_is_strange_is_a_named_skip_and_the_rest_is_read(
    build: Callable[[Path], Path], skips: dict[str, set[str]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = shell("extract", build(tmp_path), "--out", out, "--workers", "1")
    assert done.returncode == 0, done.stderr
    found = corpus.load(out)
    assert skipped(found) == skips
    assert "a.py" in found.table["path"].to_pylist()
    assert all(detail for detail in found.skipped["detail"].to_pylist())
    assert_no_secret(out, done.stdout + done.stderr)


def skipped(found: corpus.Corpus) -> dict[str, set[str]]:
    units: dict[str, set[str]] = {}
    for skip in found.skipped.to_pylist():
        units.setdefault(skip["reason"], set()).add(skip["unit"])
    return units


def assert_no_secret(folder: Path, printed: str = "") -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    texts = [printed.encode(), *(path.read_bytes() for path in files)]
    if (folder / "manifest.json").exists():  # Parquet is compressed
        found = corpus.load(folder)
        texts += [str(table.to_pylist()).encode() for table in (found.table, found.removed, found.skipped)]
    assert not any(b"THE-OUTSIDE-SECRET" in text for text in texts)


def test_the_secret_would_be_found(tmp_path: Path) -> None:
    corpus.extract(hostile.outside(tmp_path), workers=1, progress=False).write(tmp_path / "out")
    with pytest.raises(AssertionError):
        assert_no_secret(tmp_path / "out")


@pytest.mark.parametrize("build", [hostile.hostile_repository, hostile.partial_clone])
def test_a_whole_build_of_a_repository_that_names_programs_runs_none(
    build: Callable[[Path], tuple[Path, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, canaries = build(tmp_path)
    out = tmp_path / "out"
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    done = shell("build", path, "--out", out, "--workers", "1")
    assert done.returncode == 0, done.stderr
    verified = shell("inspect", out, "--verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    found = corpus.load(out)
    assert found.table["path"].to_pylist() == ["a.py"] * len(found)
    assert len(found) > 0
    if build is hostile.partial_clone:
        assert skipped(found) == {"missing-object": {"gone.py"}}
    assert hostile.fired(canaries) == []


def test_a_local_clone_of_a_repository_that_names_programs_runs_none(tmp_path: Path) -> None:
    path, canaries = hostile.hostile_repository(tmp_path)
    done = shell("clone", path, tmp_path / "copy.git")
    assert done.returncode == 0, done.stderr
    assert hostile.fired(canaries) == []
    assert corpus.extract(tmp_path / "copy.git", workers=1, progress=False).skipped.num_rows == 3


def test_odd_names_are_named_skips_that_lead_nowhere(tmp_path: Path) -> None:
    found = corpus.extract(hostile.odd_names(tmp_path), workers=1, progress=False)
    paths = set(found.table["path"].to_pylist())
    assert {"a.py", "inner/-option.py", "inner/=1+1.py", "inner/<script>.py", "inner/C:drive.py"} <= paths
    for path in paths:
        assert not any(unicodedata.category(character) == "Cc" for character in path)
        assert not {"..", ".", ".git", ""} & set(path.lower().split("/"))
        assert "\\" not in path
    unsafe = skipped(found)["unsafe-path"]
    assert {"inner/..", "inner/.git", "inner/.GIT", "inner/new\nline.py"} <= unsafe
    assert any("xff" in unit for unit in unsafe)
    found.write(tmp_path / "out")
    assert len(corpus.load(tmp_path / "out")) == len(found)


def test_odd_contents_are_named_skips_with_line_and_offset_and_cost_little(tmp_path: Path) -> None:
    path = hostile.odd_contents(tmp_path)
    out = tmp_path / "out"
    begin = cpu_seconds()
    done = shell("extract", path, "--out", out, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert cpu_seconds() - begin < 20
    details = {skip["unit"]: (skip["reason"], skip["detail"]) for skip in corpus.load(out).skipped.to_pylist()}
    assert details["large.py"] == ("too-large", f"{50 * 1024**2 + len(hostile.SOURCE)} bytes, limit 1000000")
    assert details["not-utf8.py"] == ("not-utf-8", "line 1: byte 0xff at offset 2 is not UTF-8")
    assert details["latin1.py"] == ("not-utf-8", "line 2: byte 0xe9 at offset 28 is not UTF-8")
    assert details["nul.py"] == ("binary", f"a NUL byte at offset {len(hostile.SOURCE)}")
    assert details["utf16.py"][0] == "binary"
    assert set(details) == {"large.py", "one-line.py", "not-utf8.py", "latin1.py", "nul.py", "utf16.py"}


def test_a_file_of_fifty_megabytes_is_never_held_in_memory(tmp_path: Path) -> None:
    path = hostile.odd_contents(tmp_path)
    script = (
        "import sys, resource, corpus\n"
        "list(corpus.GitRepo(sys.argv[1]).units()); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "corpus.extract(sys.argv[1], workers=1, progress=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", script, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(corpus.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) < 40_000  # KiB; the file alone is 51,200


def test_a_deep_tree_is_cut_with_a_named_skip(tmp_path: Path) -> None:
    found = corpus.extract(hostile.deep_tree(tmp_path), workers=1, progress=False)
    assert set(found.table["path"].to_pylist()) == {"a.py"}
    assert list(skipped(found)) == ["too-deep"]


@pytest.mark.parametrize(
    "data",
    [
        b"{([<" * 225_000,
        b"(" * 100_000 + b")" * 100_000,
        b"x = " + b"[" * 50_000 + b"1" + b"]" * 50_000,
        b"a.b" * 300_000,
    ],
    ids=["brackets", "parentheses", "lists", "attributes"],
)
def test_a_file_that_is_hard_to_parse_costs_no_more_than_its_limits(data: bytes, tmp_path: Path) -> None:
    repo = hostile.new_repository(tmp_path / "hard", bare=True)
    hostile.commit_files(repo, {b"a.py": hostile.SOURCE, b"hard.py": data, b"z.rs": RUST})
    begin = cpu_seconds()
    found = corpus.extract(tmp_path / "hard", workers=1, limits=LIMITS, progress=False)
    assert cpu_seconds() - begin < 20
    assert {"a.py", "z.rs"} <= set(found.table["path"].to_pylist())
    assert {skip["unit"] for skip in found.skipped.to_pylist()} <= {"hard.py"}
    assert {skip["reason"] for skip in found.skipped.to_pylist()} <= {"crashed", "timeout", "memory"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 << 20


@needs_proc
def test_a_process_that_is_left_behind_is_found() -> None:
    marker = new_marker()
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={**os.environ, MARKER: marker})
    try:
        assert len(outliving(marker, seconds=0.1)) == 1
    finally:
        left.kill()
        left.wait()
    assert outliving(marker) == []


@needs_proc
def test_a_build_reads_or_names_every_file_that_is_hard_to_parse_and_leaves_no_process(tmp_path: Path) -> None:
    path, out = hostile.hard_to_parse(tmp_path), tmp_path / "out"
    limits = ("--max-seconds", "3", "--max-memory", "512")
    marker = new_marker()
    done = shell("build", path, "--out", out, "--workers", "2", *limits, **{MARKER: marker})
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert outliving(marker) == []
    found = corpus.load(out)
    assert {"a.py", "z.py"} <= {*found.table["path"].to_pylist(), *found.removed["path"].to_pylist()}
    reasons = {skip["unit"]: skip["reason"] for skip in found.skipped.to_pylist()}
    assert set(reasons.values()) <= {"crashed", "timeout", "memory", "generated", "minified"}
    assert reasons["generics.java"] in {"crashed", "timeout", "memory"}


# Sources whose extract() does what a parser may do.


class Wild(Source):
    """Units that say what happens to the process that reads them."""

    kind: ClassVar[str] = "x-wild"
    name = "wild"

    def __init__(self, *acts: str) -> None:
        self.acts = acts

    def units(self) -> Iterable[Unit | Skip]:
        return [Unit(f"{number}-{act}", content=f"{number}-{act}", size=1) for number, act in enumerate(self.acts)]

    def extract(self, unit: Unit) -> Iterable[Entry]:
        return ACTS[unit.content.partition("-")[2]]()


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def loop() -> None:
    while True:
        pass


def memory() -> None:
    held = []
    while True:
        held.append(bytearray(1 << 20))


def recursion() -> None:
    recursion()


def raised(error: BaseException) -> None:
    raise error


ACTS: dict[str, Callable[[], Any]] = {
    "fine": lambda: [pair()],
    "crash": crash,
    "loop": loop,
    "memory": memory,
    "recursion": recursion,
    "raise": lambda: raised(ValueError("what the parser said \udcff")),
    "exit": lambda: raised(SystemExit(3)),
    "interrupt": lambda: raised(KeyboardInterrupt()),
    "speechless": lambda: raised(SpeechlessError()),
    "skip": lambda: raised(SkipUnit("x-own-reason", "with \udcff in its detail")),
    "numbers": lambda: [1, 2],
    "nothing": lambda: None,
    "surrogate": lambda: [pair(output="\udcff")],
    "late": lambda: (pair() if n < 3 else 1 / 0 for n in range(9)),
    "category": lambda: [pair(category="nonsense")],
}


def pair(category: str = "note", output: str = "An answer.") -> Entry:
    return Entry(category=category, task="answer", instruction="A question?", output=output)


@pytest.mark.parametrize(
    ("act", "reason", "detail"),
    [
        ("crash", "crashed", "the worker died of SIGSEGV under a limit of 512 MiB"),
        ("loop", "timeout", "took more than 3 s"),
        ("memory", "memory", "needed more than 512 MiB"),
    ],
)
def test_one_unit_that_ends_its_worker_is_one_named_skip(act: str, reason: str, detail: str) -> None:
    limits = LIMITS if act == "loop" else Limits(seconds=60, memory=LIMITS.memory)
    found = corpus.extract(Wild("fine", act, "fine", "fine"), workers=2, limits=limits, progress=False)
    assert found.table["path"].to_pylist() == ["0-fine", "2-fine", "3-fine"]
    (skip,) = found.skipped.to_pylist()
    assert (skip["unit"], skip["reason"]) == (f"1-{act}", reason)
    assert skip["detail"].startswith(detail)


RAISED = {
    "raise": ("error", "ValueError: what the parser said \\udcff"),
    "exit": ("error", "SystemExit: 3"),
    "interrupt": ("error", "KeyboardInterrupt"),
    "speechless": ("error", "SpeechlessError: its message cannot be read"),
    "recursion": ("error", "RecursionError: maximum recursion depth exceeded"),
    "skip": ("x-own-reason", "with \\udcff in its detail"),
    "numbers": ("error", "TypeError: extract() yielded int, expected corpus.Entry"),
    "nothing": ("error", "TypeError: 'NoneType' object is not iterable"),
    "surrogate": ("error", "UnicodeEncodeError: "),
    "late": ("error", "ZeroDivisionError: division by zero"),
}


@pytest.fixture(scope="module")
def raised_among_others() -> corpus.Corpus:
    """What is read of units each second of which raises something."""
    acts = [act for name in RAISED for act in ("fine", name)]
    return corpus.extract(Wild(*acts, "fine"), workers=2, limits=Limits(seconds=60), progress=False)


@pytest.mark.parametrize("number", range(len(RAISED)), ids=[*RAISED])
def test_one_unit_that_goes_wrong_is_one_named_skip(number: int, raised_among_others: corpus.Corpus) -> None:
    found, act = raised_among_others, [*RAISED][number]
    fine = [f"{at}-fine" for at in range(0, 2 * len(RAISED) + 1, 2)]
    assert sorted(found.table["path"].to_pylist()) == sorted(fine)
    assert len(found.skipped) == len(RAISED)
    (skip,) = (one for one in found.skipped.to_pylist() if one["unit"] == f"{2 * number + 1}-{act}")
    assert skip["reason"] == RAISED[act][0]
    assert skip["detail"].startswith(RAISED[act][1])


def test_what_went_wrong_is_tried_again_and_what_was_read_is_not(tmp_path: Path) -> None:
    for _ in range(2):
        wild = Wild("fine", "raise", "skip")
        found = corpus.extract(wild, workers=1, cache=tmp_path / "cache", progress=False)
        assert skipped(found) == {"error": {"1-raise"}, "x-own-reason": {"2-skip"}}
    assert found.cache_use == corpus.corpus.CacheUse(extracted=0, cached=1)


def test_an_entry_of_no_known_category_is_an_error_that_names_the_source() -> None:
    with pytest.raises(corpus.SchemaError, match="x-wild source 'wild', 1-category") as caught:
        corpus.extract(Wild("fine", "category"), workers=1, progress=False)
    assert (caught.value.column, caught.value.got) == ("category", "'nonsense'")


class Listed(Wild):
    """A source that lists what it was given."""

    def __init__(self, *units: object) -> None:
        super().__init__()
        self.given = units

    def units(self) -> Iterable[Unit | Skip]:
        return self.given  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ([1], "units() yields something else than units and skips"),
        ([Unit("a", "1", 1), Unit("a", "2", 1)], "a source lists a unit twice"),
        ([Unit("a", "-fine", 1, facts={"mood": "good"})], "a unit states a fact that is no column"),
        ([Unit("a", "-fine", 1, facts={"created_at": "yesterday"})], "a fact that does not fit its column"),
    ],
)
def test_a_source_that_lists_nonsense_is_an_error_that_says_so(units: list[object], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        corpus.extract(Listed(*units), workers=1, progress=False)
    assert message in str(caught.value)


def test_names_that_are_not_text_are_named_skips() -> None:
    listed = Listed(Unit("\udcff", "-fine", 1), Skip("\ud800", "odd", "\udcff"), Unit("a", "-fine", 1))
    found = corpus.extract(listed, workers=1, progress=False)
    assert skipped(found) == {"unsafe-path": {"\\udcff"}, "odd": {"\\ud800"}}
    assert len(found) == 1


@pytest.mark.parametrize("line", [b"", b"A <a@x> 99999999999999999 +9999", b"\xe9\xff <\xff@x> 1700000000 +0000"])
@pytest.mark.parametrize("real_names", [True, False])
def test_a_strange_author_is_a_row_or_a_message(
    line: bytes, real_names: bool, tmp_path: Path, in_this_process: None
) -> None:
    repo = hostile.new_repository(tmp_path / "author")
    blob = repo.odb.write(pygit2.enums.ObjectType.BLOB, hostile.SOURCE)
    hostile.write_commit(repo, hostile.write_tree(repo, [(hostile.FILE, b"a.py", blob)]), author=line)
    try:
        source = corpus.GitRepo(tmp_path / "author", real_names=real_names)
    except corpus.SourceError as error:
        assert line == b""
        assert error.where == tmp_path / "author"  # noqa: PT017
        return
    found = corpus.extract(source, workers=1, progress=False)
    assert len(found) == 2
    assert (found[0].author or "").isprintable()
    assert (found[0].author or "").startswith("author-") != real_names


# Blanks, chains and single lines that a pattern or a walk backwards could go over again and again: what is said of
# each is that the reading costs little more than the parse, with room for a busy machine.


@pytest.mark.parametrize(
    ("language", "data"),
    [
        ("python", b"def f(a," + b" " * 200_000 + b"b):\n    'A documented function.'\n"),
        ("c", b"int f(int a," + b"\n" * 200_000 + b"int b) {\n}\n"),
        ("elixir", b"def f(a," + b" " * 200_000 + b"b), do: 1\n"),
        ("julia", b"@A " * 30_000),
        ("go", b"package a;" + b"/*d*/const(a=1);" * 10_000),
        ("c", b"/*d*/int f(){} " * 10_000),
        ("c", b" " + b"foreach" * 15_000),
        ("c", b" " * 100_000 + b"/*d*/int f(){} " * 5_000),
        ("rust", b"#[a]\n/// d\n" * 9_000 + b"fn f() {}\n"),
        ("zig", b"// a\n" * 60_000 + b"/// d\nfn f() void {}\n"),
    ],
    ids=[
        "python-blanks",
        "c-lines",
        "elixir-blanks",
        "julia-macros",
        "go-line",
        "c-line",
        "c-word",
        "c-indented",
        "rust-attributes",
        "zig-comments",
    ],
)
def test_what_is_read_of_a_tree_costs_no_more_than_its_length(language: str, data: bytes) -> None:
    code.definitions(b"", language)
    begin = time.process_time()
    load(language).parser.parse(data)
    parsed = time.process_time()
    found = code.definitions(data, language)
    documented = code.definitions(data, language, documented=True)
    assert time.process_time() - parsed < 6 + 40 * (parsed - begin)
    assert found[0].category == "module"
    assert documented == [one for one in found if one.documented]


def test_what_documents_a_file_is_looked_for_once_a_line() -> None:
    blank = "\n" * 40_000
    tags = [row.documentation.file_tag for row in code.LANGUAGES.values() if isinstance(row.documentation, Docs)]
    begin = time.process_time()
    assert not any(tag is not None and tag.search(blank) for tag in tags)
    assert time.process_time() - begin < 1


# Every trouble in every language. The sizes are what a test has time for.

SIZE = 4_000
UNREAD = {"bytes": "binary", "nul": "binary", "not utf-8": "not-utf-8", "utf-16": "binary"}
ALWAYS_READ = {"definitions", "invisible", "crlf", "mark", "lines", "overloads", "documentation"}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> corpus.Corpus:
    """What is read of all pathological files of all languages, each language in a folder."""
    repo = hostile.new_repository(tmp_path_factory.mktemp("troubled") / "repo", bare=True)
    folders = []
    for ending in hostile.SYNTAX:
        files = {f"{name}.{ending}".encode(): data for name, data in hostile.pathological(ending, SIZE).items()}
        blobs = {name: repo.odb.write(pygit2.enums.ObjectType.BLOB, data) for name, data in files.items()}
        entries = [(hostile.FILE, name, blob) for name, blob in blobs.items()]
        folders.append((hostile.TREE, ending.encode(), hostile.write_tree(repo, entries)))
    hostile.write_commit(repo, hostile.write_tree(repo, folders))
    source = corpus.GitRepo(repo.path, skip=())
    return corpus.extract(source, workers=2, limits=Limits(seconds=10, memory=1 << 30), progress=False)


def test_every_pathological_file_of_every_language_is_read_or_named(troubled: corpus.Corpus) -> None:
    files = {f"{ending}/{name}.{ending}" for ending in hostile.SYNTAX for name in hostile.pathological(ending, SIZE)}
    reasons = {skip["unit"]: skip["reason"] for skip in troubled.skipped.to_pylist()}
    assert set(reasons) <= files
    assert set(troubled.table["path"].to_pylist()) <= files - set(reasons)
    assert troubled.cache_use.extracted + len(reasons) == len(files)
    named = {path: UNREAD[_name(path)] for path in files if _name(path) in UNREAD}
    assert {path: reason for path, reason in reasons.items() if path in named} == named
    assert {reason for path, reason in reasons.items() if path not in named} <= {"crashed", "timeout", "memory"}


@pytest.mark.parametrize("ending", hostile.SYNTAX)
def test_trouble_in_one_file_takes_nothing_from_another(ending: str, troubled: corpus.Corpus) -> None:
    read = {_name(path) for path in troubled.table["path"].to_pylist() if path.startswith(f"{ending}/")}
    assert read >= ALWAYS_READ


def _name(path: str) -> str:
    return path.partition("/")[2].rpartition(".")[0]
