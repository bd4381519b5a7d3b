"""The shell's commands on one small corpus: what they print, as words and as JSON, as it is documented."""

import json
import os
import random
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hostile
import pyarrow as pa
import pygit2
import pytest
import shellworld
import typer
from conftest import ROOT, shell_environment
from shellworld import CODE, run

import corpus
import falsify
from corpus import cli
from corpus.cli import options, say
from corpus.cli.app import EXIT_CODES, FACTS, app
from corpus.cli.judging import print_verdict
from corpus.cli.reference import reference
from corpus.errors import BuildError, ConfigError, SourceError
from corpus.progress import steps
from corpus.sources.clone import clone_repository

pytestmark = pytest.mark.usefixtures("module_in_this_process")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shellworld.sums(tmp_path_factory.mktemp("sums") / "c")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a repository, a corpus.toml and the corpus that was built of it."""
    place = tmp_path_factory.mktemp("built")
    shellworld.repository(place / "repo", {"waves.py": CODE, "more.py": CODE.replace(b"wave", b"tide")})
    (place / "corpus.toml").write_text('sources = ["repo"]\nout = "c"\nworkers = 1\n\n[gates]\nterse = false\n')
    done = run("build", "--config", place / "corpus.toml", "--json")
    assert done.code == 0, done.err
    (place / "said.json").write_text(done.out)
    return place


def test_help_names_every_command_by_what_it_is_for_and_is_quick() -> None:
    script = (
        "import sys, time\nfrom corpus import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "print(round(time.process_time(), 3), *sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=shell_environment()
    )
    seconds, *modules = done.stderr.split("\n")
    assert set(FACTS) <= set(done.stdout.split())
    assert not {"pyarrow", "numpy", "corpus.corpus", "rich.console"} & set(modules)
    assert float(seconds) < 1, "alone on a machine it takes 0.12 s"


def _is_understood(line: str) -> bool:
    """Whether each call in a line, before a pipe or a redirection, has the arguments and options of its command."""
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined] # it is a group
    calls = [shlex.split(part.split(">")[0]) for part in re.split(r"&&|\|", line) if part.strip().startswith("corpus")]
    for _, name, *words in calls:
        known[name].make_context(name, list(words))  # raises for what it does not know
    return bool(calls)


def test_every_command_has_help_with_examples_that_call_it() -> None:
    listed = run("--help").out
    for name, facts in FACTS.items():
        said = run(name, "--help")
        assert said.code == 0
        assert facts.examples
        assert all(line in said.out for line in facts.examples)
        assert all(f"corpus {name}" in line for line in facts.examples)
        assert [line for line in facts.examples if not _is_understood(line)] == []
        assert "..." not in listed.split(f"  {name} ")[1].split("\n")[0]


def test_the_page_about_the_shell_is_written_from_the_commands() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference()
    assert all(f"| {code} |" in reference() for code in EXIT_CODES)


def test_names_in_the_help_are_those_that_there_are() -> None:
    told = run("build", "--help").out.replace("\n", " ")
    assert all(name in told for name in corpus.PRESETS)
    assert options._presets() == list(corpus.PRESETS)
    assert "local or ray" in told


def test_the_version_is_the_one_of_the_library() -> None:
    assert run("--version").out.startswith(f"corpus {corpus.__version__} ")


def test_a_shell_completes_commands_options_and_values() -> None:
    asked = {"corpus st": "stats", "corpus build --prev": "--previous", "corpus sample c --split t": "train"}
    for line, wanted in asked.items():
        words = {"_CORPUS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
        done = subprocess.run(
            [sys.executable, "-m", "corpus.cli"], capture_output=True, text=True, check=False,
            env={**shell_environment(), **words},
        )  # fmt: skip
        assert wanted in done.stdout.split(), line


def test_colours_go_to_terminals_and_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert not say.coloured(sys.stdout)
    assert "\033" not in run("biuld").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\033[31mcorpus:\033[0m" in run("biuld").err
    assert "\033[1mUsage\033[0m:" in run("--help").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in run("biuld").err
    reader, writer = os.openpty()
    with os.fdopen(writer, "w") as terminal:
        monkeypatch.setenv("NO_COLOR", "")
        monkeypatch.delenv("FORCE_COLOR")
        monkeypatch.setenv("TERM", "xterm")
        assert say.coloured(terminal)
        monkeypatch.setenv("TERM", "dumb")
        assert not say.coloured(terminal)
    os.close(reader)


def _keys(name: str) -> set[str]:
    """The documented keys of a command's JSON, at the top."""
    listed = [key for keys in FACTS[name].keys for key in keys.split(", ")] if "[]" not in str(FACTS[name].keys) else [
        key for key in FACTS[name].keys if "[]" not in key
    ]  # fmt: skip
    return set(listed)


def _json_calls(folder: Path, built: Path, tmp_path: Path) -> Iterator[tuple[str, int, tuple[object, ...]]]:
    yield "stats", 0, (folder,)
    yield "sample", 0, (folder, "-n", 1)
    yield "similar", 0, (folder, "It is 3, as everybody who can count will say.", "-n", 2)
    yield "inspect", 0, (folder,)
    yield "review", 0, (folder, "--report")
    yield "diff", 1, (folder, built / "c")
    yield "graph", 0, (ROOT / "fixtures" / "vault",)
    yield "parse", 0, (built / "repo" / "waves.py",)
    yield "export", 0, (folder, "--out", tmp_path / "exported")
    yield "audit", 0, (folder, "--sample", 0)
    yield "clone", 0, (built / "repo", tmp_path / "copy.git")
    yield "extract", 0, (built / "repo", "--out", tmp_path / "raw", "--workers", 1)
    yield "clean", 0, (tmp_path / "raw",)


def test_json_has_the_documented_keys(folder: Path, built: Path, tmp_path: Path) -> None:
    for name, code, arguments in _json_calls(folder, built, tmp_path):
        said = run(name, *arguments, "--json")
        assert (said.code, said.err) == (code, ""), (name, said.err)
        found = json.loads(said.out)
        assert said.out.isascii()
        assert _keys(name) <= set(found), name
    built_json = json.loads((built / "said.json").read_text())
    assert set(built_json) == _keys("build")
    documented = {name for name, facts in FACTS.items() if facts.keys}
    with_json = {name for name in FACTS if "--json" in run(name, "--help").out}
    assert documented == with_json
    assert set(FACTS) - with_json == {"init", "card"}, "their results are files of their own"


def _recorded(monkeypatch: pytest.MonkeyPatch, built: Path) -> list[tuple[tuple[object, ...], dict[str, object]]]:
    """What `corpus.build` is called with from now on; it builds nothing."""
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []
    done = corpus.load(built / "c")

    def build(*sources: object, **arguments: object) -> corpus.Corpus:
        calls.append((sources, arguments))
        return done

    monkeypatch.setattr("corpus.pipeline.build", build)
    return calls


def test_build_reads_its_file_and_the_manifest_keeps_the_settings(built: Path) -> None:
    done = corpus.load(built / "c")
    assert done.configuration == {"file": "corpus.toml", "settings": {"gates": {"terse": False}}}
    config = next(record for record in done.lineage if record["stage"] == "filter")["config"]
    assert config["terse"] is None


def test_options_win_over_the_file(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = _recorded(monkeypatch, built)
    monkeypatch.chdir(built)
    said = run(
        "build", "--out", tmp_path / "d", "--gate", "terse=5", "--gate", "link=on", "--ratios", "0.5,0.25,0.25",
        "--by", "time", "--no-decontaminate", "--history", "--license", "MIT", "--max-memory", "512", "-q", "-v",
    )  # fmt: skip
    assert said.code == 0
    assert "deduplicate (deduplicate-" in said.err
    assert run("build").code == 0
    assert run("build", "repo", "--out", "e", "--against", "c", "--author", "a@example.org").code == 0
    (first, told), (_, plain), (given, alone) = calls
    assert [(source.name, source.history, source.licenses is None) for source in first] == [("repo", True, False)]
    assert told["gates"] == {"terse": 5.0, "link": True}
    assert (told["by"], told["ratios"]) == ("time", {"train": 0.5, "validation": 0.25, "test": 0.25})
    assert (told["against"], told["limits"].memory, told["out"]) == ([], 512 << 20, str(tmp_path / "d"))
    assert (plain["gates"], plain["workers"], plain["out"]) == ({"terse": None}, 1, "c")
    assert "against" not in plain
    assert alone["against"] == ["humaneval", "mbpp", Path("c")]
    assert "configuration" not in alone, "with SOURCE no file is read"
    assert given[0].authors == ("a@example.org",)


def test_sample_shows_rows_of_the_category_that_was_asked_for(folder: Path) -> None:
    shown = run("sample", folder, "-n", "3", "--category", "note")
    assert shown.code == 0
    assert shown.out.count("── sums") == 3
    assert shown.out.count("note, answer") == 3
    assert run("sample", folder, "--category", "error").out == "no such rows\n"


def test_stats_as_json_are_those_of_the_library(folder: Path) -> None:
    assert json.loads(run("stats", folder, "--json").out) == corpus.load(folder).stats()
    assert "by_category" in run("stats", folder).out


def test_similar_says_how_much_and_where(built: Path) -> None:
    asked = "Says what a lake looks like when no wind blows over it at all."
    found = run("similar", built / "c", asked, "-n", "1")
    assert found.code == 0
    assert found.out.startswith("1.00 repo ")
    assert ".py:" in found.out
    assert asked[:40] in found.out
    (built / "asked.txt").write_text(asked)
    assert run("similar", built / "c", "--file", built / "asked.txt", "-n", "1").out == found.out
    assert run("similar", built / "c", "nothing of this kind was ever said in here").code == 1


def test_the_card_is_the_one_on_disk(folder: Path) -> None:
    assert run("card", folder).out == (folder / "README.md").read_text(encoding="utf-8")


def test_inspect_counts_and_verifies(folder: Path, built: Path) -> None:
    assert "nobody has tried to refute this corpus" in run("inspect", folder).out
    said = run("inspect", built / "c", "--verify", "--workers", "1", "-q")
    assert said.code == 0
    assert "are what their commit, path and lines give again" in said.out


def test_a_build_says_what_was_not_tested_and_what_to_do_about_it(built: Path) -> None:
    told = run("inspect", built / "c").out
    report = corpus.load(built / "c").report or {}
    untested = [one for one in report["results"] if one["verdict"] == "untested"]
    assert f"Not tested: {len(untested)} of " in told
    named = told.partition("Not tested: ")[2]
    assert all(re.search(rf"\b{one['id']}\b", named) for one in untested)
    assert f"to do: corpus falsify {built / 'c'} --rebuild" in told
    assert f"to do: corpus review {built / 'c'}" in told


def test_an_audit_is_plain_text_unless_markdown_is_asked_for(folder: Path) -> None:
    told = run("audit", folder, "--sample", "2").out
    assert "What to do\n  - " in told
    assert not re.search(r"\\[`_|*]|^#|&lt;|\|---", told, re.MULTILINE)
    assert all(len(line) <= 110 for line in told.splitlines())
    assert run("audit", folder, "--sample", "2", "--markdown").out.startswith("# Sovereignty audit\n")


def test_init_where_nothing_can_be_read_asks_for_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("init")
    assert said.code == 0
    assert "name yours at `sources`" in said.out
    refused = run("build")
    assert (refused.code, "no source was given" in refused.err, "where: corpus.toml" in refused.err) == (2, True, True)
    shellworld.repository(tmp_path / "again" / "repo", {"waves.py": CODE})
    assert run("init", tmp_path / "again").out.endswith(
        f"next: corpus build --config {tmp_path / 'again/corpus.toml'}\n"
    )


def test_falsify_exits_with_one_when_the_corpus_is_refuted(tmp_path: Path) -> None:
    template = pa.table(
        {"instruction": [f"q{n}" for n in range(60)], "output": [f"Tests thing {n}." for n in range(60)]}
    )
    place = corpus.from_arrow(template).split().write(tmp_path / "t")
    judged = run("falsify", place, "--json")
    assert judged.code == 1
    assert json.loads(judged.out)["verdict"] == "refuted"


def test_a_graph_is_shown_and_handed_out(tmp_path: Path) -> None:
    vault = corpus.extract(ROOT / "fixtures" / "vault", workers=1).write(tmp_path / "v")
    said = run("graph", vault)
    assert "Notes without a link: 5" in said.out
    assert "Ephemeris  (unresolved)" in said.out
    done = run("graph", vault, "--format", "csv", "--out", tmp_path / "edges.csv")
    assert (done.code, done.out) == (0, "")
    lines = (tmp_path / "edges.csv").read_text().splitlines()
    facts = json.loads(run("graph", vault, "--json").out)
    assert len(lines) == 1 + sum(facts["edges"].values())
    assert len(json.loads(run("graph", vault, "--format", "json").out)["nodes"]) == sum(facts["nodes"].values())
    assert run("graph", vault, "--format", "svg").out.startswith("<svg")
    assert "<graphml" in run("graph", vault, "--format", "graphml").out


def test_nothing_that_a_terminal_obeys_comes_out_of_a_text(tmp_path: Path) -> None:
    table = pa.table({"instruction": ["a\033[31m question about terminals"], "output": ["an answer\033]0;x\007 to it"]})
    place = corpus.from_arrow(table, name="hostile").write(tmp_path / "h")
    for command in (("sample", place), ("similar", place, "an answer to it", "-v"), ("stats", place)):
        assert "\033" not in run(*command).out


def test_a_public_source_must_be_one_of_the_sources(tmp_path: Path) -> None:
    refused = run("build", tmp_path, "--public", "elsewhere", "--out", tmp_path / "c")
    assert (refused.code, "--public names something" in refused.err) == (2, True)


def test_clone_copies_the_history_and_runs_nothing(tmp_path: Path) -> None:
    repository, canaries = hostile.hostile_repository(tmp_path)
    target = clone_repository(str(repository), tmp_path / "copy.git")
    assert hostile.fired(canaries) == []
    copy = pygit2.Repository(str(target))
    assert copy.is_bare
    assert copy.head.target == pygit2.Repository(str(repository)).head.target


def test_clone_refuses_what_git_would_run_and_what_is_taken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run a program"):
        clone_repository("ext::sh -c touch% /tmp/never", tmp_path / "x")
    with pytest.raises(SourceError, match="could not copy"):
        clone_repository(str(tmp_path / "nothing"), tmp_path / "y")
    with pytest.raises(ConfigError, match="something at this place"):
        clone_repository(str(tmp_path), tmp_path)


def test_where_most_is_alike_a_build_stops_and_says_which_option_lets_it_go_on() -> None:
    words = ["open", "close", "read", "write", "parse", "build", "route", "cache", "query", "token", "field", "merge"]
    said = []
    for number in range(40):
        rng = random.Random(number)
        text = " ".join(rng.choice(words) for _ in range(100))
        said += [f"{text} version {version} of it" for version in range(4)]
    table = pa.table({"instruction": [f"Recite poem {n // 4} of the book." for n in range(len(said))], "output": said})
    rows = corpus.from_arrow(table, name="versions").normalize().score()
    with pytest.raises(BuildError, match="--max-removed 1"):
        rows.deduplicate()
    assert rows.deduplicate(max_removed=1.0).lineage[-1]["removed"]["near-duplicate"] > 100


def test_the_command_is_installed_under_its_name() -> None:
    assert cli.main.__module__ == "corpus.cli.main"
    assert 'corpus = "corpus.cli:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_steps_are_named_on_standard_error_and_only_where_they_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for show in (False, None, True):  # None: nobody looks here
        with steps(2, show=show) as step:
            step("redacting")
            step("scoring")
        told = capsys.readouterr()
        assert told.out == ""
        assert (re.findall(r"(\w+) \[(\d)/2", told.err) == [("redacting", "1"), ("scoring", "2")]) is (show is True)
        assert bool(told.err) is (show is True)


def test_a_falsification_that_is_not_passed_says_why_and_what_to_do(tmp_path: Path) -> None:
    few = pa.table({"instruction": ["What is one and one?"] * 3, "output": ["Two, as everybody knows."] * 3})
    said = run("falsify", corpus.from_arrow(few).write(tmp_path / "few"), "--no-power")
    assert said.code == 1
    assert "Exit code 1: " in said.err
    assert "Refuted: I1" in said.err
    assert "build it from more sources" in said.err
    empty = corpus.from_arrow(few.slice(0, 0))
    empty.write(tmp_path / "none", report=falsify.falsify(empty, power=False))
    told = run("inspect", tmp_path / "none").out
    assert "there are no rows: corpus parse FILE shows" in told
    assert "Not tested" not in told, "fifty tests that found no row say nothing"


def test_many_untested_tests_are_named_in_a_line_but_for_those_that_something_can_be_done_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ["R1", *(f"X{n}" for n in range(20))]
    results = [{"id": name, "claim": f"claim of {name}", "verdict": "untested", "reason": "few rows"} for name in names]
    print_verdict({"verdict": "untested", "score": 50.0, "rows": 30, "results": results}, "some-corpus")
    told = capsys.readouterr().out
    assert "nothing refutes this corpus, and it has not passed: that takes 85 points. It has 50.0" in told
    assert "R1: claim of R1" in told
    assert "to do: corpus falsify some-corpus --rebuild" in told
    assert "claim of X3" not in told
    assert "20 that want more rows, or other ones: X0, X1" in told


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("refuted", "only X1 found something that speaks against it, and too little to refute it."),
        ("corroborated", "nothing was found that speaks against it, by tests that would have noticed."),
    ],
)
def test_a_corpus_that_passes_with_a_test_refuted_says_so(
    capsys: pytest.CaptureFixture[str], verdict: str, said: str
) -> None:
    results = [{"id": "X1", "claim": "claim of X1", "verdict": verdict, "reason": "11 of 100"}]
    print_verdict(
        {"verdict": "corroborated", "passed": True, "score": 90.0, "rows": 30, "results": results}, "some-corpus"
    )
    assert said in " ".join(capsys.readouterr().out.split())
