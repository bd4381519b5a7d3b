"""Every mistake that a person can make in a call, with the exit code and the message that it gives."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import shellworld
from conftest import shell_environment
from shellworld import run

from corpus.cli.app import EXIT_CODES, FACTS
from corpus.cli.main import code_of
from corpus.errors import BuildError, ConfigError, IntegrityError, MissingExtraError, PublishError, SourceError

# A command line, its exit code, and what its message says.
MISTAKES = [
    # Commands, options, arguments.
    ("", 2, "what shall be done?", "Make a corpus from your sources"),
    ("biuld", 2, "there is no command 'biuld'", "did you mean 'build'?"),
    ("--vresion", 2, "there is no option --vresion", "did you mean '--version'?"),
    ("build --pubic x", 2, "there is no option --pubic", "where: corpus build", "did you mean '--public'?"),
    ("stats", 2, "missing argument 'DIR'", "to do: corpus stats my-corpus"),
    ("stats c d", 2, "got unexpected extra argument"),
    ("export c", 2, "missing option '--out'", "to do: corpus export my-corpus --out"),
    ("build repo --out o --workers 0", 2, "--workers has a value", "expected: greater than or equal to 1", "got: 0"),
    ("build repo --out o --workers two", 2, "--workers has a value", "expected: a valid integer", "got: two"),
    ("build repo --out o --seed x", 2, "--seed has a value", "got: x"),
    ("sample c -n -1", 2, "-n has a value", "got: -1"),
    ("similar c 'one two' -n 0", 2, "-n has a value", "greater than or equal to 1"),
    ("audit c --sample -1", 2, "--sample has a value"),
    # Sources.
    ("build", 2, "no source was given", "corpus init writes one"),
    ("build reop --out o", 2, "there is nothing at this path", "where: reop", "did you mean repo?"),
    ("build https://example.org/x --out o", 2, "this is a URL, and a path is asked for", "corpus clone URL"),
    ("build repo", 2, "it is not said where to write", "--out DIR"),
    ("build c --out o", 2, "this is not a source that can be read", "got: a corpus, which is made of sources"),
    ("build empty --out o", 2, "this is not a source that can be read", "got: an empty folder"),
    ("build folder --out o", 2, "this is not a source", "got: a folder without .git and .obsidian", "git init"),
    ("build file.txt --out o", 2, "this is not a source that can be read", "got: a file"),
    ("build unborn --out o", 2, "the repository has no commits yet", "git add . && git commit"),
    ("build x.backup --out o", 2, "a backup of Signal needs its passphrase"),
    ("build repo repo --out o", 2, "two sources have the same name", "where: git source 'repo'"),
    ("build repo --out o --public rpeo", 2, "--public names something that is no SOURCE", "did you mean 'repo'?"),
    # Where to write.
    ("build repo --out file.txt", 2, "a corpus is a folder, and there is a file", "where: file.txt"),
    ("build repo --out repo", 2, "the folder holds something else than a corpus", "got: vendor, waves.py"),
    ("build repo --out file.txt/o", 2, "the folder cannot be made", "where: file.txt/o"),
    ("build repo --out ''", 2, "--out has a value", "expected: a path", "got: ''"),
    ("extract repo --out=", 2, "--out has a value", "expected: a path"),
    ("inspect ''", 2, "DIR has a value", "expected: a path"),
    ("extract repo", 2, "it is not said where to write", "to do: --out DIR"),
    ("extract repo --out file.txt", 2, "a corpus is a folder, and there is a file"),
    ("export c --out file.txt", 2, "an export goes into a folder of its own"),
    ("export c --out c", 2, "an export goes into a folder of its own"),
    ("graph c --format json --out empty", 2, "is a directory", "where: empty"),
    ("graph c --format json --out nowhere/x", 2, "no such file or directory", "where: nowhere/x"),
    ("graph c --format json --out /dev/full", 4, "no space left on device", "where: /dev/full"),
    ("graph c --out x", 2, "a file needs a format", "--format graphml, svg, json or csv"),
    # Settings on the command line.
    ("build repo --out o --ratios 1,2", 2, "--ratios are three numbers", "got: 1,2"),
    ("build repo --out o --ratios 0.5,0.6,0.7", 2, "the ratios are no shares", "that sum to 1"),
    ("build repo --out o --by tmie", 2, "where: --by", "did you mean 'time'?"),
    ("build repo --out o --engine rya", 2, "there is no such engine", "did you mean 'ray'?"),
    ("build repo --out o --preset valt", 2, "there is no such preset", "did you mean 'vault'?"),
    ("build repo --out o --gate lnog=3", 2, "there is no such gate", "did you mean 'long'?"),
    ("build repo --out o --gate long=x", 2, "--gate is a name and a value", "got: long=x"),
    ("build repo --out o --gate long", 2, "--gate is a name and a value", "got: long"),
    ("build repo --out o --max-removed 3", 2, "where: --max-removed", "a number from 0 to 1", "got: 3.0"),
    ("build repo --out o --max-seconds -1", 2, "where: --max-seconds", "a number above 0"),
    ("build repo --out o --max-memory 0", 2, "where: --max-memory", "a whole number from 1 on"),
    ("build repo --out o --seed -1", 2, "where: --seed", "a whole number from 0 on"),
    ("build repo --out o --previous cc", 2, "there is no complete corpus here", "where: cc"),
    ("build repo --out o --against humanevl", 2, "there is nothing of that name", "did you mean 'humaneval'?"),
    ("build repo --out o --keep emial", 2, "there is no such kind of finding", "did you mean 'email'?"),
    ("build repo --out o --no-redact --keep email", 2, "--no-redact redacts nothing"),
    ("build repo --out o --license MTI", 2, "something else than a licence", "got: 'MTI'"),
    # Settings in a file.
    ("build --config key.toml", 2, "there is no such setting", "where: key.toml, line 1, wrokers", "'workers'?"),
    ("build --config type.toml", 2, "where: type.toml, line 3, workers", "a whole number from 1 on", "'two', a text"),
    ("build --config syntax.toml", 2, "the file is not TOML", "line 1, column 7"),
    ("build --config gate.toml", 2, "where: gate.toml, line 2, gates.lnog", "did you mean 'long'?"),
    ("build --config gate-value.toml", 2, "where: gate-value.toml, line 2, gates.long", "true for the gate's own"),
    ("build --config source-key.toml", 2, "line 1, sources.visibilty", "did you mean 'visibility'?"),
    ("build --config second-source.toml", 2, "line 6, sources.rve", "got: 'rve'"),
    ("build --config no-source.toml", 2, "no source was given", "where: no-source.toml"),
    ("build --config empty-sources.toml", 2, "no source was given", "where: empty-sources.toml"),
    ("build --config no-out.toml", 2, "it is not said where to write", "where: no-out.toml"),
    ("build --config kind.toml", 2, "there is no such kind of source", "line 3, sources.kind", "did you mean 'git'?"),
    ("build --config no-path.toml", 2, "a source has no path", "line 1, sources"),
    ("build --config benchmark.toml", 2, "there is nothing of that name", "did you mean 'humaneval'?"),
    ("build --config table.toml", 2, "where: table.toml, line 1, limits", "expected: a table", "got: 3, a number"),
    ("build --config limit.toml", 2, "line 2, limits.secnds", "did you mean 'seconds'?"),
    ("build --config option.toml", 2, "a source of the kind git has no such option", "got: 'tags'"),
    ("build --config latin.toml", 2, "the file is not UTF-8", "got: byte 7"),
    ("build --config tabel.toml", 2, "there is no such file", "did you mean table.toml?"),
    ("build --config empty", 2, "the file cannot be read", "got: Is a directory"),
    ("init nowhere", 2, "there is no such folder", "where: nowhere"),
    ("init file.txt", 2, "there is no such folder"),
    # Cloning.
    ("clone nowhere", 2, "git could not copy the repository", "does not exist"),
    ("clone ext::sh", 2, "git would run a program for this URL"),
    ("clone repo empty", 2, "there is something at this place already"),
    # Corpora that are none, or not whole.
    ("inspect cc", 2, "there is no complete corpus here", "where: cc", "got: nothing"),
    ("stats brokne", 2, "there is no complete corpus here", "did you mean broken?"),
    ("inspect broken", 2, "a file is not what the manifest says", "expected: sha256", "run corpus.build again"),
    ("inspect garbled", 2, "the manifest cannot be read", "garbled/manifest.json"),
    ("inspect newer", 2, "written with another schema", "expected: schema_version 2", "got: 99"),
    ("inspect unfinished", 2, "got: an unfinished build", "it goes on where it stopped"),
    ("inspect empty", 2, "there is no complete corpus here", "got: no corpus"),
    ("inspect file.txt", 2, "a corpus is a folder, and this is a file"),
    ("inspect ~nobodyhere/x", 2, "names a home that nobody has"),
    ("stats c\udcff", 2, "there is no complete corpus here"),
    ("build repo --out c\udcff", 2, "the name of a corpus' folder must be UTF-8"),
    ("inspect c --verify", 2, "a source that rows came from is not at hand", "table source 'sums'"),
    ("falsify broken", 2, "a file is not what the manifest says"),
    ("card empty", 2, "there is no complete corpus here"),
    ("diff c", 2, "missing argument 'NEW'"),
    ("diff c cc", 2, "there is no complete corpus here"),
    ("diff c broken", 2, "a file is not what the manifest says"),
    ("diff c c --json --html", 2, "one form is printed", "--json or --html"),
    ("audit cc", 2, "there is no complete corpus here"),
    ("audit c --json --markdown", 2, "an audit is printed in one form", "--json or --markdown"),
    ("forget c nobody", 2, "nobody in this corpus is known by that"),
    ("clean empty", 2, "there is no corpus here"),
    ("build repo --out reviewed", 2, "the verdicts cannot be read", "reviews.parquet"),
    # Values that no row has, texts that are none.
    ("sample c --category noet", 1, "no row has the category 'noet': did you mean 'note'?"),
    ("sample c --split tran", 1, "no row has the split 'tran': did you mean 'train'?"),
    ("review cc", 2, "there is no complete corpus here", "where: cc"),
    ("review c --json", 2, "--json is for the report", "corpus review c --report --json"),
    ("review c -n 0", 2, "-n has a value", "greater than or equal to 1"),
    ("similar c", 2, "one text is looked for", "--file FILE", "got: none"),
    ("similar c ''", 2, "there is nothing to look for"),
    ("similar c x --file file.txt", 2, "one text is looked for", "got: two"),
    ("similar c --file fiel.txt", 2, "there is nothing at this path", "did you mean file.txt?"),
    ("similar c --file latin.py", 2, "the file is not UTF-8", "got: byte 2"),
    ("similar c --file empty", 2, "the file cannot be read"),
    ("graph c", 1, "there is no vault in it"),
    ("graph empty", 2, "there is no complete corpus here"),
    ("graph c --format grphml", 2, "there is no such format", "did you mean 'graphml'?"),
    ("export c --out e --format alpca", 2, "there is no such export", "did you mean 'alpaca'?"),
    # Files to parse.
    ("parse", 2, "missing argument 'FILE'", "to do: corpus parse src/lantern/wick.py"),
    ("parse fiel.txt", 2, "there is nothing at this path", "did you mean file.txt?"),
    ("parse empty", 2, "this is not one file", "got: a folder"),
    ("parse file.txt --me @a:b.org", 2, "nothing in this file heeds it", "an export of Matrix", "leave it out"),
    ("parse /dev/null", 2, "this is not one file", "got: a device or a pipe"),
    ("parse file.txt --language pyhton", 2, "there is no such language", "did you mean 'python'?"),
    # Words of a call in another place, or with another meaning.
    ("--json stats c", 2, "there is no option --json before a command", "corpus stats … --json"),
    ("build repo -o o", 2, "there is no option -o", "did you mean '--out'?"),
    ("build repo --out", 2, "option '--out' requires an argument", "where: corpus build", "--out my-corpus"),
    ("build --config", 2, "option '--config' requires an argument", "corpus build --help"),
    ("BUILD repo", 2, "there is no command 'BUILD'", "did you mean 'build'?"),
    ("help", 2, "there is no command 'help'", "corpus --help"),
    ("card c --json", 2, "there is no option --json", "corpus card --help"),
    ("diff c c c", 2, "got unexpected extra argument"),
    ("falsify", 2, "no corpus was given", "corpus falsify PATH"),
    ("export c --out e --format MESSAGES", 2, "there is no such export", "did you mean 'messages'?"),
    # Something else than a path, or a path to something else.
    ("build git@example.org:you/it.git --out o", 2, "there is nothing at this path", "corpus clone URL"),
    ("build repo --out https://example.org/x", 2, "this is a URL, and a path is asked for"),
    ("parse https://example.org/x.py", 2, "this is a URL, and a path is asked for", "corpus clone URL"),
    ("falsify https://example.org/x.parquet", 2, "this is a URL, and a path is asked for"),
    ("build '' --out o", 2, "where: SOURCE", "expected: a path"),
    ("build repo/waves.py --out o", 2, "got: a file", "corpus parse FILE shows what is seen in one file"),
    ("build pairs.csv --out o", 2, "got: a file", "corpus.from_pandas"),
    ("build bare.git --out o", 2, "the repository has no commits yet"),
    ("build fakegit --out o", 2, "leads to a repository that does not know this folder", "corpus clone PATH"),
    ("build dangling --out o", 2, "there is nothing at this path"),
    ("build loop --out o", 2, "there is nothing at this path"),
    ("build pipe --out o", 2, "this is not a source that can be read"),
    ("build repo --out .", 2, "the folder holds something else than a corpus", "where: ."),
    ("build repo --out /dev/null", 2, "a corpus is a folder, and there is a file"),
    ("build repo --out o --previous file.txt", 2, "a corpus is a folder, and this is a file"),
    ("build repo --out o --author nobody@example.org", 2, "nobody of this name or address", "git shortlog -se"),
    ("build repo --out o --author ''", 2, "an author has no name"),
    ("build repo --out o --gate long=-5", 2, "where: --gate long", "a number from 0 on"),
    ("build repo --out o --me @a:b.org", 2, "no source heeds it", "where: --me", "the kind matrix", "got: git"),
    ("build repo --out o --ratios=-1,1,1", 2, "where: --ratios", "a number from 0 to 1"),
    ("build repo --out o --gate long=nan", 2, "where: --gate long", "got: nan"),
    ("build repo --out o --max-seconds inf", 2, "where: --max-seconds", "a number above 0"),
    ("build --config dashes.toml", 2, "got: 'real-names'", "did you mean 'real_names'?"),
    ("build --config nested.toml", 2, "got: 'build'", "settings stand at the top of the file"),
    ("build --config one-source.toml", 2, "expected: a list of paths", "got: 'repo', a text"),
    ("build --config number.toml", 2, "expected: a list of paths", "got: [3], a list"),
    ("build --config ratios.toml", 2, "expected: a table: {train = 0.8"),
    ("build --config yes.toml", 2, "expected: true, false, or a number of commits"),
    ("build --config blank.toml", 2, "no source was given"),
    ("falsify nowhere", 2, "there is nothing at this place", "check the spelling"),
    ("falsify file.txt", 2, "this is no Parquet file"),
    ("falsify pairs.csv", 2, "this is no Parquet file", "pandas.read_csv"),
    ("falsify bad.parquet", 2, "a Parquet file cannot be read", "get it once more"),
    ("falsify zero.parquet", 2, "this is no Parquet file", "got: an empty file"),
    ("falsify pipe", 2, "this is no file", "got: a device or a pipe"),
    ("falsify repo", 2, "there is no Parquet in this folder", "corpus build repo --out DIR"),
    ("falsify theirs.parquet", 2, "--column instruction=… --column output=…"),
    ("falsify theirs.parquet --column instruction=qq", 2, "did you mean 'q'?"),
    ("falsify theirs.parquet --column instruction", 2, "--column is ours=theirs"),
    ("falsify c --register register.toml", 2, "there is no such hypothesis", "got: 'X9'"),
    ("falsify c --write-register x.txt", 2, "a registration is TOML or JSON"),
    ("stats vault", 2, "there is no complete corpus here", "corpus build vault --out DIR"),
    ("inspect c/data", 2, "there is no complete corpus here", "did you mean c?"),
    ("inspect c/manifest.json", 2, "a corpus is a folder, and this is a file", "did you mean c?"),
    ("clean brokne", 2, "there is no corpus here", "did you mean broken?"),
    ("parse pipe", 2, "this is not one file", "got: a device or a pipe"),
    ("similar c --file -", 2, "--file reads a file", "TEXT of - reads standard input"),
    ("clone ''", 2, "no repository is named"),
    ("clone file.txt", 2, "there are no commits to copy"),
    # Publishing.
    ("publish c https://example.org/me/x --dry-run", 2, "this names no repository"),
    ("publish c", 2, "missing argument 'REPO'"),
    ("publish c me/x --dry-run", 4, "nobody has tried to refute this corpus"),
    ("publish cc me/x", 2, "there is no complete corpus here"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    shellworld.populate(folder)
    return folder


def test_every_mistake_is_a_message_and_an_exit_code(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    wrong = []
    for line, code, *words in MISTAKES:
        said = run(*shlex.split(line))
        missing = [word for word in words if word not in said.err]
        if said.code != code or missing or "Traceback" in said.err:
            wrong.append((line, said.code, missing, said.err))
    assert wrong == []
    assert not (world / "o").exists() or not (world / "o" / "manifest.json").exists()


def test_every_command_is_in_the_table_of_mistakes() -> None:
    assert set(FACTS) - {line.split()[0] for line, *_ in MISTAKES if line and line[0] != "-"} == set()


def test_a_mistake_writes_nothing_to_standard_output(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    assert run("inspect", "broken").out == ""
    assert run("stats", "cc", "--json").out == ""


def test_exit_codes_follow_the_kind_of_error_and_are_all_documented() -> None:
    told = {
        2: [ConfigError("x"), SourceError("x"), IntegrityError("x"), FileNotFoundError(2, "x"), IsADirectoryError()],
        4: [
            BuildError("x"),
            PublishError("x"),
            MissingExtraError("a", extra="b", step="c"),
            PermissionError(),
            MemoryError(),
        ],
        70: [ValueError("x"), AssertionError()],
    }
    for code, errors in told.items():
        assert {code_of(error) for error in errors} == {code}
        assert code in EXIT_CODES
    assert {code for _, code, *_ in MISTAKES} <= set(EXIT_CODES)


def test_a_fault_of_the_program_says_so_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("corpus.load", failing, raising=False)
    said = run("stats", "c")
    assert said.code == 70
    assert "RuntimeError: a bug" in said.err
    assert "this is a fault of the program and not yours" in said.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_rights_is_a_message(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    (world / "damaged").chmod(0)
    try:
        assert run("inspect", "damaged").code in (2, 3)
        assert "Traceback" not in run("parse", "damaged/a.py").err
    finally:
        (world / "damaged").chmod(0o700)


def test_ctrl_c_says_how_to_go_on(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corpus.load", interrupted, raising=False)
    said = run("stats", "c")
    assert (said.code, said.out) == (130, "")
    assert "interrupted" in said.err


def test_who_ends_it_is_answered_as_ctrl_c_is(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open is closed: a program that is ended at once leaves semaphores, of which somebody complains."""
    closed = []

    def ended(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            closed.append(signal.getsignal(signal.SIGTERM))

    monkeypatch.setattr("corpus.load", ended, raising=False)
    said = run("stats", "c")
    assert (said.code, said.out, closed) == (143, "", [signal.SIG_DFL])
    assert "ended by SIGTERM" in said.err


SCRIPT = """
ulimit -c 0
{corpus} --help | true; echo pipe ${{PIPESTATUS[0]}}
{corpus} --help >/dev/full; echo full $?
{corpus} stats c >&-; echo closed $?
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_pipes_full_disks_and_closed_streams_end_in_a_code(world: Path) -> None:
    script = SCRIPT.format(corpus=f"{sys.executable} -m corpus.cli")
    done = subprocess.run(
        ["bash", "-c", script], cwd=world, capture_output=True, check=False, env=shell_environment(), timeout=300
    )
    said = done.stdout.decode(errors="replace")
    assert said.splitlines() == ["pipe 0", "full 4", "closed 4"]
    error = done.stderr.decode(errors="replace")
    assert "no space left on device" in error
    assert "standard output is closed" in error
    assert "Traceback" not in error
    assert "Exception ignored" not in error
