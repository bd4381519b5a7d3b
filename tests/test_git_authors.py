"""Whose code it is: by blame, by more than half of a definition's lines, by the mailmap."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pygit2
import pytest
from conftest import PYTHON, Grown, read_here, shell
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus import Unit
from corpus.errors import ConfigError, SourceError
from corpus.sources.authors import Owners, line_owners, majority
from corpus.sources.history import Change, commits
from corpus.sources.objects import Objects

ADA = "Ada Lovelace <ada@example.org>"
GRACE = "Grace Hopper <grace@example.org>"
OLD = "ada <ada@old.example.org>"


def function(name: str, lines: Iterable[str]) -> bytes:
    body = "".join(f"    {line}\n" for line in lines)
    return f'def {name}(a):\n    """Says what comes of {name}, for the tables."""\n{body}\n\n'.encode()


@pytest.fixture
def shared(tmp_path: Path) -> Grown:
    """Ada wrote `hers` and most of `mixed`; Grace wrote `other` and the whole of suns.py."""
    grown = Grown(tmp_path / "shared")
    hers = function("hers", ["b = a + 1", "c = b + 1", "return c"])
    mixed = function("mixed", ["b = a * 1", "c = b * 1", "return c"])
    other = function("other", ["b = a - 1", "c = b - 1", "return c"])
    grown.commit({"moons.py": hers + mixed}, ADA)
    grown.commit({"suns.py": PYTHON}, GRACE)
    changed = mixed.replace(b"b = a * 1", b"b = a * 2").replace(b"return c", b"return 2 * c")
    grown.commit({"moons.py": hers + changed + other}, GRACE)
    return grown


def symbols(path: Path, *authors: str, **arguments: object) -> set[str | None]:
    source = corpus.GitRepo(path, authors=authors, **arguments)  # type: ignore[arg-type]
    return {entry.symbol for entry in read_here(source)[0]}


def test_only_what_they_mostly_wrote_is_kept(shared: Grown) -> None:
    assert symbols(shared.path, "ada@example.org") == {"hers", "mixed"}
    assert symbols(shared.path, "ADA@Example.org") == {"hers", "mixed"}
    assert symbols(shared.path, "Ada Lovelace") == {"hers", "mixed"}
    grace = symbols(shared.path, "grace@example.org")
    assert {"other", "period"} <= grace
    assert not {"hers", "mixed"} & grace
    both = symbols(shared.path, "Ada Lovelace", "grace@example.org")
    assert {"hers", "mixed", "other", "period"} <= both


def test_a_file_with_nothing_of_theirs_is_a_skip_with_numbers(shared: Grown) -> None:
    found = corpus.extract(corpus.GitRepo(shared.path, authors=["ada@example.org"]), workers=1, progress=False)
    (skip,) = found.skipped.to_pylist()
    assert (skip["unit"], skip["reason"]) == ("suns.py", "other-authors")
    assert skip["detail"].startswith("0 of ")
    assert found.source_facts[0]["authors"] == 1
    assert "ada" not in str(found.source_facts).lower()
    assert found.reread() == [None] * len(found)


def test_the_author_of_a_row_is_who_wrote_most_of_it(shared: Grown) -> None:
    source = corpus.GitRepo(shared.path, authors=["ada@example.org", "Grace Hopper"], real_names=True)
    found, _ = read_here(source)
    said = {entry.symbol: entry.author for entry in found}
    assert said["hers"] == said["mixed"] == "Ada Lovelace"  # although Grace changed the file last
    assert said["other"] == said["period"] == "Grace Hopper"
    hidden, _ = read_here(corpus.GitRepo(shared.path, authors=["Ada Lovelace"]))
    assert all(str(entry.author).startswith("author-") for entry in hidden)
    everything, _ = read_here(corpus.GitRepo(shared.path))
    assert {entry.author for entry in everything} == {e.author for e in everything if e.path == "suns.py"}
    assert {entry.author for entry in hidden}.isdisjoint({entry.author for entry in everything})


def test_the_mailmap_says_who_is_who(shared: Grown) -> None:
    third = function("third", ["b = a // 1", "return b"])
    shared.commit({"third.py": third}, OLD)
    assert "third" not in symbols(shared.path, "ada@example.org")
    assert symbols(shared.path, "ada@old.example.org") == {"third"}
    shared.commit({".mailmap": b"Ada Lovelace <ada@example.org> <ada@old.example.org>\n\xff\0 nonsense <\n"}, GRACE)
    assert symbols(shared.path, "ada@example.org") == {"hers", "mixed", "third"}
    assert "third" in symbols(shared.path, "ada@old.example.org")
    found, _ = read_here(corpus.GitRepo(shared.path, authors=["Ada Lovelace"]))
    assert len({entry.author for entry in found}) == 1


def test_the_cache_knows_whose_rows_it_holds(shared: Grown) -> None:
    def key(*authors: str, path: str = "moons.py") -> tuple[str, str]:
        (unit,) = [u for u in corpus.GitRepo(shared.path, authors=authors).units() if u.path == path]
        assert isinstance(unit, Unit)
        return unit.content, unit.extractor

    ada = key("ada@example.org")
    assert ada == key("ada@example.org")
    assert len({key(), ada, key("grace@example.org"), key("ada@example.org", "grace@example.org")}) == 4
    shared.commit({"suns.py": PYTHON + b"\n"}, GRACE)
    assert key("ada@example.org") == ada
    moons = shared.files["moons.py"]
    shared.commit({"moons.py": moons.replace(b"c = b * 1", b"c = b * 4")}, GRACE)
    shared.commit({"moons.py": moons}, GRACE)  # the same bytes again, of which she now wrote one line more
    assert key("ada@example.org")[0] == ada[0]
    assert key("ada@example.org") != ada
    assert symbols(shared.path, "ada@example.org") == {"hers"}
    again = key("ada@example.org")
    shared.commit({".mailmap": b"Ada Lovelace <ada@example.org> <grace@example.org>\n"}, GRACE)
    assert key("ada@example.org") != again


def test_only_their_commits_are_rows(shared: Grown) -> None:
    moons = shared.files["moons.py"]
    shared.commit({"moons.py": moons.replace(b"c = b + 1", b"c = b + 5")}, ADA, "Count in fives from here on")
    shared.commit({"moons.py": moons.replace(b"c = b - 1", b"c = b - 5")}, GRACE, "Subtract in fives from here on")
    source = corpus.GitRepo(shared.path, authors=["Ada Lovelace"], history=True)
    found, _ = read_here(source)
    assert [e.instruction for e in found if e.task == "change"] == ["Count in fives from here on"]
    assert source.describe()["commits"]["left_out"]["other-authors"] == 3


def test_somebody_whom_nobody_knows_is_an_error_that_tells_no_names(shared: Grown) -> None:
    with pytest.raises(SourceError, match="nobody of this name") as caught:
        list(corpus.GitRepo(shared.path, authors=["me@example.org"]).units())
    assert "2 authors" in str(caught.value.expected)
    assert "shortlog" in str(caught.value.hint)
    assert "ada" not in str(caught.value).lower()


def test_a_history_that_is_bent_into_a_circle_is_refused_before_blame_follows_it(shared: Grown) -> None:
    head = shared.repo[shared.repo.head.target].peel(pygit2.Commit)
    (shared.path / ".git" / "info").mkdir(exist_ok=True)
    (shared.path / ".git" / "info" / "grafts").write_text(f"{head.parent_ids[0]} {head.id}\n")
    with pytest.raises(SourceError, match="grafted"):
        corpus.GitRepo(shared.path, authors=["ada@example.org"])
    assert read_here(corpus.GitRepo(shared.path, history=True))[0]


def test_the_shell_takes_several_authors(shared: Grown, tmp_path: Path) -> None:
    command = ["extract", shared.path, "--out", tmp_path / "out", "--workers", "1"]
    done = shell(*command, "--author", "ada@example.org", "--author", "ada@elsewhere.example.org")
    assert done.returncode == 0, done.stderr
    loaded = corpus.load(tmp_path / "out")
    assert {entry.symbol for entry in loaded} == {"hers", "mixed"}
    assert loaded.reread() == [None] * len(loaded)
    assert "example.org" not in (tmp_path / "out" / "manifest.json").read_text()


@pytest.mark.parametrize("wrong", [[""], [3], [" "], [None]])
def test_an_author_without_a_name_is_refused(almanac: Path, wrong: list[object]) -> None:
    with pytest.raises(ConfigError, match="an author has no name"):
        corpus.GitRepo(almanac, authors=wrong)  # type: ignore[arg-type]


PEOPLE = st.sampled_from([None, ("Ada", "a@x"), ("Grace", "g@x")])
LINES = st.lists(st.tuples(st.sampled_from(["x = 1", "", "  "]), PEOPLE), max_size=12)


@given(LINES)
def test_half_of_the_lines_is_not_enough_and_blank_ones_do_not_count(
    lines: list[tuple[str, tuple[str, str] | None]],
) -> None:
    told = [person for text, person in lines if text.strip()]
    theirs = [person for person in told if person is not None]
    found = majority(lines)
    assert (found is not None) == (2 * len(theirs) > len(told))
    assert found is None or theirs.count(found) == max(theirs.count(one) for one in theirs)
    assert majority([*lines, ("", None), ("  ", ("Eve", "e@x"))]) == found


@given(st.binary(max_size=120), st.text(max_size=20), st.text(max_size=20))
def test_any_bytes_are_a_mailmap(mailmap: bytes, name: str, address: str) -> None:
    from datetime import UTC, datetime

    change = Change("0" * 40, name, address, datetime(2026, 1, 1, tzinfo=UTC))
    assert Owners([address or "x@y"], mailmap).resolve(change)
    if "@" in address:
        assert Owners([address.upper().casefold()], mailmap).match(change) is not None


def test_blame_says_what_git_says(shared: Grown) -> None:
    head = str(shared.repo.head.target)
    owners = Owners(["ada@example.org", "grace@example.org"])
    for path in ("moons.py", "suns.py"):
        found = line_owners(shared.repo, Objects(shared.repo), path, head, owners)
        command = ["git", "--git-dir", shared.repo.path, "blame", "--line-porcelain", head, "--", path]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        names = [line.removeprefix("author ") for line in said if line.startswith("author ")]
        assert [person and person[0] for person in found] == names


def test_every_commit_comes_once(library: Path) -> None:
    repository = pygit2.Repository(str(library))
    found = [oid.hex() for oid, _ in commits(Objects(repository), repository.head.target.raw)]
    command = ["git", "--git-dir", repository.path, "rev-list", "HEAD"]
    assert found == subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
