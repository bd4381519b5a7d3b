"""The shell's commands on a small corpus, and the clone that checks nothing out."""

import json
import random
from pathlib import Path

import hostile
import pyarrow as pa
import pygit2
import pytest
from typer.testing import CliRunner, Result

import corpus
from corpus import cli
from corpus.errors import BuildError, ConfigError, SourceError
from corpus.sources.clone import clone_repository


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table = pa.table(
        {
            "instruction": [f"What is {n} plus one?" for n in range(20)],
            "output": [f"It is {n + 1}." for n in range(20)],
            "category": ["note" if n % 2 else "pair" for n in range(20)],
        }
    )
    return corpus.from_arrow(table, name="sums").split().write(tmp_path / "c")


def test_sample_shows_rows_of_the_category_that_was_asked_for(folder: Path) -> None:
    shown = run("sample", folder, "-n", "3", "--category", "note")
    assert shown.exit_code == 0
    assert shown.output.count("── sums") == 3
    assert shown.output.count("note, answer") == 3
    assert run("sample", folder, "--category", "error").output == "no such rows\n"


def test_stats_as_json_are_those_of_the_library(folder: Path) -> None:
    assert json.loads(run("stats", folder, "--json").output) == corpus.load(folder).stats()
    assert "by_category" in run("stats", folder).output


def test_the_card_is_the_one_on_disk(folder: Path) -> None:
    assert run("card", folder).output == (folder / "README.md").read_text(encoding="utf-8")


def test_inspect_shows_counts_and_refuses_to_verify_without_the_source(folder: Path) -> None:
    assert "nobody has tried to refute this corpus" in run("inspect", folder).output
    verified = run("inspect", folder, "--verify")
    assert isinstance(verified.exception, SourceError)


def test_falsify_exits_with_one_when_the_corpus_is_refuted(tmp_path: Path) -> None:
    template = pa.table(
        {"instruction": [f"q{n}" for n in range(60)], "output": [f"Tests thing {n}." for n in range(60)]}
    )
    folder = corpus.from_arrow(template).split().write(tmp_path / "t")
    judged = run("falsify", folder, "--json")
    assert judged.exit_code == 1
    assert json.loads(judged.output)["verdict"] == "refuted"


def test_a_mistake_is_a_message_on_standard_error_and_exit_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["corpus", "stats", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert said.out == ""
    assert "there is no complete corpus here" in said.err


def test_a_public_source_must_be_one_of_the_sources(tmp_path: Path) -> None:
    refused = run("build", tmp_path, "--public", "elsewhere", "--out", tmp_path / "c")
    assert isinstance(refused.exception, ConfigError)


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


def test_build_stops_where_most_is_alike_and_can_be_told_that_it_is_right(tmp_path: Path) -> None:
    repository = pygit2.init_repository(str(tmp_path / "versions"))
    words = ["open", "close", "read", "write", "parse", "build", "route", "cache", "query", "token", "field", "merge"]
    for number in range(60):
        rng = random.Random(number)
        name, one, other = "_".join(rng.sample(words, 3)), *rng.sample(words, 2)
        lines = [rng.sample(words, 4) for _ in range(6)]
        said = f"Finds the {one} for every {other} and then {' '.join(map(' '.join, lines[:4]))} when needed."
        body = "".join(f"    {a} = {b}({one}, {c}, {other}, {d})\n" for a, b, c, d in lines)
        for version in range(4):
            doc = f'    """{said}\n\n    Version {version} of it.\n    """\n'
            file = tmp_path / "versions" / f"v{version}" / f"module{number}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"def {name}({one}, {other}):\n{doc}{body}    return {one}, {other}, {version}\n")
    repository.index.add_all()
    who = pygit2.Signature("Ann Example", "a@example.org", 1_700_000_000, 0)
    repository.create_commit("HEAD", who, who, "All", repository.index.write_tree(), [])
    options = ["--out", tmp_path / "out", "--workers", "1", "-q"]
    stopped = run("build", tmp_path / "versions", *options)
    assert isinstance(stopped.exception, BuildError)
    assert "--max-removed 1" in str(stopped.exception)
    assert run("build", tmp_path / "versions", *options, "--max-removed", "1").exit_code == 0
    assert corpus.load(tmp_path / "out").lineage[-3]["removed"]["near-duplicate"] > 100


def test_build_takes_shares_a_way_to_split_and_what_to_decontaminate_against(almanac: Path, tmp_path: Path) -> None:
    options = ["--ratios", "0.5,0.25,0.25", "--by", "time", "--no-decontaminate", "--workers", "1", "-q"]
    assert run("build", almanac, "--out", tmp_path / "a", *options).exit_code == 0
    first = corpus.load(tmp_path / "a")
    assert [record["stage"] for record in first.lineage][-2:] == ["deduplicate", "split"]
    told = {name: first.lineage[-1]["config"][name] for name in ("by", "ratios")}
    assert told == {"by": "time", "ratios": {"train": 0.5, "validation": 0.25, "test": 0.25}}
    again = run("build", almanac, "--out", tmp_path / "b", "--against", tmp_path / "a", "--workers", "1", "-q")
    assert again.exit_code == 0
    second = corpus.load(tmp_path / "b")
    record = second.lineage[-2]
    assert (record["stage"], record["config"]["benchmarks"]) == ("decontaminate", ["humaneval", "mbpp"])
    assert record["config"]["corpora"][0]["fingerprint"] == first.fingerprint
    assert record["removed"]["benchmark"] > 0
    wrong = run("build", almanac, "--out", tmp_path / "c", "--ratios", "0.8,0.2")
    assert isinstance(wrong.exception, ConfigError)
