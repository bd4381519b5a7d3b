"""Sources: one of your own in thirty lines, what a repository is called, whose names it shows, who may see it."""

from __future__ import annotations

import hashlib
import mailbox
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

import hostile
import pytest
from conftest import PYTHON, Grown, shell, shell_environment

import corpus
from corpus import Entry, Skip, SkipUnit, Source, Unit
from corpus.errors import ConfigError, SourceError

MAIL = "From ada Sat Jan  3 01:05:34 1996\nSubject: {subject}\nFrom: ada@example.org\n\n{body}\n\n"


here = pytest.mark.usefixtures("in_this_process")
"""A worker is half a second, and says nothing of how a repository is called."""


class Mbox(Source):
    """Questions and answers from mailboxes in a folder."""

    kind: ClassVar[str] = "x-mbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    def units(self) -> Iterable[Unit | Skip]:
        for file in sorted(self.folder.iterdir()):
            if file.suffix != ".mbox":
                yield Skip(file.name, "unsupported-type", f"no mailbox: {file.suffix}")
                continue
            data = file.read_bytes()
            yield Unit(file.name, hashlib.sha256(data).hexdigest(), len(data), facts={"license": "CC0-1.0"})

    def extract(self, unit: Unit) -> Iterable[Entry]:
        line = 1
        for message in mailbox.mbox(self.folder / unit.path):
            subject, body = str(message["subject"]), str(message.get_payload())
            if not body.strip():
                raise SkipUnit("x-empty-mail", f"line {line}: a message without a text")
            end = line + len(message.as_string().splitlines())
            yield Entry(category="conversation", task="answer", instruction=subject, output=body, symbol=subject,
                        line_start=line, line_end=end)  # fmt: skip
            line = end + 1


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    folder = tmp_path / "mail"
    folder.mkdir()
    for month in range(30):
        subjects = [f"What is thing {month}-{n}?" for n in range(3)]
        text = "".join(
            MAIL.format(subject=s, body=f"It is the thing called {s[14:-1]} of {month * 7 + n} parts.")
            for n, s in enumerate(subjects)
        )
        (folder / f"{month:02}.mbox").write_text(text)
    (folder / "empty.mbox").write_text(MAIL.format(subject="x", body=""))
    (folder / "notes.txt").write_text("x")
    return folder


def test_a_source_of_ones_own_goes_the_whole_way(mail: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = corpus.build(Mbox(mail), out=out, workers=2, progress=False, duplicates={"threshold": 0.95})
    assert done.cache_use == corpus.corpus.CacheUse(extracted=30, cached=0)
    assert len(done) + len(done.removed) == 90
    assert {row["reason"] for row in done.skipped.to_pylist()} == {"unsupported-type", "x-empty-mail"}
    first = next(e for e in done if e.symbol == "What is thing 3-1?")
    assert (first.kind, first.source, first.path, first.license) == ("x-mbox", "mail", "03.mbox", "CC0-1.0")
    assert (first.visibility, first.commit, first.author) == ("private", None, None)
    assert len({split for e in done for split in [e.split]}) == 3
    loaded = corpus.load(out, sources=[Mbox(mail)])
    assert loaded.reread(workers=2) == [None] * len(done)
    with pytest.raises(SourceError, match="a source that rows came from is not at hand"):
        corpus.load(out).reread()
    (mail / "03.mbox").unlink()
    verdicts = [why for why in loaded.reread() if why is not None]
    assert verdicts
    assert all("cannot be read again: missing" in why for why in verdicts)


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("""
import corpus

print("started")

class Mine(corpus.Source):
    kind = "x-mine"
    name = "mine"
    def units(self):
        return [corpus.Unit(str(n), str(n), 1) for n in range(5)]
    def extract(self, unit):
        return [answer(unit.content)]

def answer(number):
    return corpus.Entry(category="note", task="answer", instruction=f"Number {number}?", output=WORD)

WORD = "Yes."
print(len(corpus.extract(Mine(), workers=2)))
""")
    command = [sys.executable, str(script)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=shell_environment(), cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("started\n5\n", "")


def test_a_source_that_cannot_be_sent_to_a_worker_is_a_clear_error(mail: Path) -> None:
    source = Mbox(mail)
    source.lock = threading.Lock()  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="the work cannot be sent to a worker process") as caught:
        corpus.extract(source, workers=1, progress=False)
    assert "lock" in str(caught.value.got)
    assert "open them in extract()" in str(caught.value.hint)


@here
def test_two_sources_of_one_name_are_refused_with_their_places(tmp_path: Path) -> None:
    for side in ("one", "other"):
        (tmp_path / side).mkdir()
        Grown(tmp_path / side / "same").commit({"moons.py": PYTHON})
    with pytest.raises(ConfigError, match="two sources have the same name") as caught:
        corpus.extract(tmp_path / "one" / "same", tmp_path / "other" / "same")
    assert str(tmp_path / "other" / "same") in str(caught.value.got)
    named = corpus.GitRepo(tmp_path / "other" / "same", name="another")
    found = corpus.extract(tmp_path / "one" / "same", named, workers=1, progress=False)
    assert set(found.table["source"].to_pylist()) == {"same", "another"}


@pytest.mark.parametrize(
    ("what", "value"), [("kind", "mail"), ("name", ""), ("name", "a\nb"), ("name", "\udcff"), ("name", 3)]
)
def test_a_source_that_no_row_could_name_is_refused_before_it_is_read(mail: Path, what: str, value: object) -> None:
    source = Mbox(mail)
    setattr(source, what, value)
    with pytest.raises(ConfigError, match=f"a source has no {what} that can be used"):
        corpus.extract(source, workers=1, progress=False)


@pytest.mark.parametrize("wrong", [[], [3], [None]])
def test_no_source_and_nothing_like_one_are_refused(wrong: list[object]) -> None:
    with pytest.raises(ConfigError):
        corpus.extract(*wrong)  # type: ignore[arg-type]


# Repositories.


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://me:ghp_secret@GitHub.com/me/x.git", "github.com/me/x"),
        ("https://github.com/me/x?token=secret#secret", "github.com/me/x"),
        ("ssh://git:secret@host.org:22/me/x/", "host.org/me/x"),
        ("git@github.com:me/x.git", "github.com/me/x"),
        ("host.org:x", "host.org/x"),
        ("me:secret@host.org:x/y", None),
        ("/home/me/secret.git", None),
        ("../secret", None),
        ("file:///home/me/secret", None),
        ("ext::/home/me/secret", None),
        ("https://[secret/x.git", None),
        ("https://host.org/name\u202e", "host.org/name\N{REPLACEMENT CHARACTER}"),
        ("", None),
    ],
)
@here
def test_a_repository_is_called_after_its_remote_without_credentials(
    tmp_path: Path, url: str, name: str | None
) -> None:
    grown = Grown(tmp_path / "folder")
    grown.commit({"moons.py": PYTHON})
    with (grown.path / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(f'[remote "origin"]\n\turl = "{url}"\n')
    source = corpus.GitRepo(grown.path)
    assert source.name == (name or "folder")
    found = corpus.extract(source, workers=1, progress=False)
    assert "secret" not in str(found.table.to_pylist()) + str(found.source_facts)


@here
def test_a_folder_or_a_remote_that_is_not_utf8_has_a_name_all_the_same(tmp_path: Path) -> None:
    Grown(tmp_path / "caf").commit({"moons.py": PYTHON})
    odd = (tmp_path / "caf").rename(tmp_path / "caf\udce9")
    assert set(corpus.extract(odd, workers=1, progress=False).table["source"].to_pylist()) == {
        "caf\N{REPLACEMENT CHARACTER}"
    }
    with (odd / ".git" / "config").open("ab") as config:
        config.write(b'[remote "origin"]\n\turl = "https://host.org/\xff"\n')
    assert corpus.GitRepo(odd).name == "caf\N{REPLACEMENT CHARACTER}"


@here
def test_authors_are_pseudonyms_unless_told_otherwise(library: Path) -> None:
    shown = corpus.extract(corpus.GitRepo(library, real_names=True), workers=1, progress=False)
    hidden = corpus.extract(library, workers=1, progress=False)
    assert set(shown.table["author"].to_pylist()) == {"Ada Lovelace", "Grace Hopper"}
    pairs = set(zip(shown.table["author"].to_pylist(), hidden.table["author"].to_pylist(), strict=True))
    assert len(pairs) == 2
    assert all(name.startswith("author-") for _, name in pairs)
    assert "example.org" not in str(hidden.table["author"].to_pylist()) + str(hidden.source_facts)
    assert len(set(hidden.table["commit"].to_pylist())) == 3
    assert set(hidden.table["language"].to_pylist()) == {"python", "rust"}


@here
def test_what_is_not_declared_public_is_private(almanac: Path, tmp_path: Path) -> None:
    assert set(corpus.extract(almanac, workers=1, progress=False).table["visibility"].to_pylist()) == {"private"}
    done = shell("extract", almanac, "--public", almanac, "--out", tmp_path / "out", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert set(corpus.load(tmp_path / "out").table["visibility"].to_pylist()) == {"public"}
    wrong = shell("extract", almanac, "--public", "elsewhere", "--out", tmp_path / "other")
    assert (wrong.returncode, "is no SOURCE" in wrong.stderr) == (2, True)
    with pytest.raises(ConfigError, match="unknown visibility"):
        corpus.GitRepo(almanac, visibility="secret")


@here
def test_another_commit_can_be_read(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "grown")
    first = grown.commit({"moons.py": PYTHON})
    grown.commit({"suns.py": PYTHON.replace(b"oon", b"un")})
    before = corpus.extract(corpus.GitRepo(grown.path, rev=first), workers=1, progress=False)
    assert set(before.table["path"].to_pylist()) == {"moons.py"}
    assert set(before.table["commit"].to_pylist()) == {first}
    for rev in ("nowhere", "..", "\0", "HEAD~5", "HEAD^{tree}"):
        with pytest.raises(SourceError, match="no such commit"):
            corpus.GitRepo(grown.path, rev=rev)


@here
def test_a_limit_of_bytes_is_a_limit(tmp_path: Path) -> None:
    Grown(tmp_path / "grown").commit({"moons.py": PYTHON, "words.py": hostile.SOURCE})
    found = corpus.extract(corpus.GitRepo(tmp_path / "grown", max_bytes=200), workers=1, progress=False)
    assert found.skipped["unit"].to_pylist() == ["moons.py"]
    assert found.skipped["detail"].to_pylist() == [f"{len(PYTHON)} bytes, limit 200"]


class Changes(Mbox):
    """Many units whose rows all name one path, as the commits that changed one file would."""

    def units(self) -> Iterable[Unit | Skip]:
        return [Unit(f"{n:04}", str(n), 1) for n in range(600)]

    def extract(self, unit: Unit) -> Iterable[Entry]:
        return [Entry(category="commit", task="explain", instruction="Why?", output=unit.content, path="a.py")]


@here
def test_ids_are_unique_over_all_units_of_a_source(mail: Path) -> None:
    found = corpus.extract(Changes(mail), workers=1, progress=False)
    assert len(set(found.table["id"].to_pylist())) == 600
    assert len(set(found.table["group"].to_pylist())) == 1


def borrowed_commondir(folder: Path, victim: Path) -> None:
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".git" / "refs").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (folder / ".git" / "commondir").write_text(str(victim / ".git"))


def borrowed_objects(folder: Path, victim: Path) -> None:
    shutil.copytree(victim / ".git", folder / ".git")
    shutil.rmtree(folder / ".git" / "objects")
    (folder / ".git" / "objects").symlink_to(victim / ".git" / "objects")


def borrowed_git(folder: Path, victim: Path) -> None:
    folder.mkdir()
    (folder / ".git").symlink_to(victim / ".git")


def piped(folder: Path, victim: Path) -> None:
    shutil.copytree(victim / ".git", folder / ".git")
    os.mkfifo(folder / ".git" / "shallow")


@pytest.mark.parametrize("borrow", [borrowed_commondir, borrowed_objects, borrowed_git, piped])
@here
def test_a_repository_that_leads_elsewhere_is_refused(tmp_path: Path, borrow: Callable[[Path, Path], None]) -> None:
    hostile.commit_files(hostile.new_repository(tmp_path / "victim"), {b"a.py": hostile.SOURCE})
    assert len(corpus.extract(tmp_path / "victim", progress=False))
    borrow(tmp_path / "folder", tmp_path / "victim")
    with pytest.raises(SourceError):
        corpus.GitRepo(tmp_path / "folder")


def test_paths_that_nobody_can_mean_are_messages(tmp_path: Path) -> None:
    for path in ("", "a\0b", "~nobody-has-this-home/x"):
        with pytest.raises(ConfigError):
            corpus.build(path, out=tmp_path / "c")
        with pytest.raises(ConfigError):
            corpus.load(path)
