"""`corpus.toml`: what it may say, where it is wrong, what it comes to."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import shellworld
from hypothesis import given, settings
from hypothesis import strategies as st
from shellworld import CODE

import corpus
from corpus.config import Configuration, read, start
from corpus.curate.gates import GATES
from corpus.errors import ConfigError
from corpus.settings import SECTIONS, SETTINGS, SOURCE_KINDS, beginning, source_settings
from corpus.split import RATIOS
from corpus.workers import Limits


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    shellworld.repository(folder / "repo", {"waves.py": CODE})
    (folder / "Notes" / ".obsidian").mkdir(parents=True)
    (folder / "Notes" / "Note.md").write_text("# Note\n\nSomething.\n")
    (folder / "plain").mkdir()
    return folder


def write(folder: Path, text: str) -> Path:
    file = folder / "corpus.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting_is_shown_with_a_value_that_it_may_have() -> None:
    for known in (SETTINGS, *SECTIONS.values(), *SOURCE_KINDS.values()):
        for name, setting in known.items():
            value = tomllib.loads(f"x = {setting.shown}")["x"]
            assert setting.kind.is_good(value), name
            assert setting.about.endswith("."), name


def test_what_init_writes_is_read_with_and_without_its_comments(place: Path) -> None:
    text = beginning(["repo", 'a "quoted" \\ name'], "c")
    assert read(write(place, text)).settings["sources"][1]["path"] == str(place / 'a "quoted" \\ name')
    whole = re.sub(r"^# (?=\[?[a-z_]+[\] ]*=?.*[\]=])", "", text, flags=re.MULTILINE)
    told = tomllib.loads(whole)
    assert set(told) == set(SETTINGS)
    assert read(write(place, whole)).settings["limits"] == {"seconds": 30, "memory": 2048}


def test_the_defaults_that_are_shown_are_the_librarys() -> None:
    shown = {name: tomllib.loads(f"x = {one.shown}")["x"] for name, one in SECTIONS["ratios"].items()}
    assert shown == RATIOS
    limits = {name: tomllib.loads(f"x = {one.shown}")["x"] for name, one in SECTIONS["limits"].items()}
    assert Limits(limits["seconds"], limits["memory"] << 20) == Limits()
    deduplicate = corpus.Corpus.deduplicate.__kwdefaults__
    for name, one in SECTIONS["deduplicate"].items():
        assert tomllib.loads(f"x = {one.shown}")["x"] == deduplicate[name], name


def test_init_finds_the_sources_and_overwrites_nothing(place: Path) -> None:
    (place / "corpus.toml").unlink(missing_ok=True)
    file = start(place)
    assert [Path(one["path"]).name for one in read(file).settings["sources"]] == ["Notes", "repo"]
    with pytest.raises(ConfigError, match="such a file already"):
        start(place)
    told = tomllib.loads(start(place / "repo").read_text())
    assert (told["sources"], told["out"]) == (["."], "../repo-corpus"), "a corpus is no part of its source"


def test_paths_are_taken_from_the_folder_of_the_file(place: Path) -> None:
    told = read(write(place, 'sources = ["repo"]\nout = "c"\nagainst = ["mbpp", "repo"]\nprevious = "/x"\n')).settings
    assert (told["out"], told["previous"]) == (str(place / "c"), "/x")
    assert told["sources"] == [{"path": str(place / "repo")}]
    assert told["against"] == ["mbpp", str(place / "repo")]


def test_a_source_takes_its_own_options_and_those_at_the_top(place: Path) -> None:
    text = """
out = "c"
authors = ["ann@example.org"]
[[sources]]
path = "repo"
visibility = "public"
name = "tide"
[[sources]]
path = "Notes"
exclude_tags = ["journal"]
[[sources]]
path = "plain"
kind = "obsidian"
"""
    repo, notes, plain = read(write(place, text)).sources()
    assert (repo.name, repo.visibility, repo.authors) == ("tide", "public", ("ann@example.org",))
    assert (notes.exclude_tags, notes.visibility) == (("journal",), "private")
    assert (plain.kind, plain.name) == ("obsidian", "plain")


def test_what_is_said_now_wins_over_the_file_and_over_its_sources(place: Path) -> None:
    file = read(
        write(place, 'out = "c"\nsources = [{path = "repo", authors = ["b@example.org"]}]\n[gates]\nlong = 9\n')
    )
    both = Configuration({"gates": {"terse": False}, "authors": ["ann@example.org"]}).over(file)
    assert both.settings["gates"] == {"long": 9, "terse": False}
    assert both.sources()[0].authors == ("ann@example.org",)
    assert both.file == file.file


def test_what_no_source_heeds_is_refused(place: Path) -> None:
    for name, value in {"me": "@ann:example.org", "authors": ["ann@example.org"], "history": True}.items():
        told = Configuration({"sources": [str(place / "Notes")], name: value})
        with pytest.raises(ConfigError, match=f"{name} is said, and no source heeds it"):
            told.sources()
    assert Configuration({"sources": [str(place / "Notes")], "history": False, "preset": "vault"}).sources()


def test_gates_are_on_off_or_a_number(place: Path) -> None:
    own = {gate.name: gate.threshold for gate in GATES}
    file = read(write(place, 'sources = ["repo"]\nout = "c"\n[gates]\nlong = 8192\nterse = false\nlong-doc = true\n'))
    assert file.arguments()["gates"] == {"long": 8192, "terse": None, "long-doc": own["long-doc"]}


def test_the_record_names_no_place_and_nobody(place: Path) -> None:
    text = (
        'sources = ["repo"]\nout = "secret-place"\nauthors = ["ann@example.org"]\nme = "@ann:example.org"\nseed = 3\n'
    )
    text += '[redact]\npublic = ["ann@example.org"]\npseudonyms = true\n'
    record = read(write(place, text)).record()
    assert record == {"file": "corpus.toml", "settings": {"seed": 3, "redact": {"pseudonyms": True}}}


def test_exports_of_one_messenger_must_agree(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"room_name": "r", "exported_by": "@a:b", "messages": []}')
    text = 'sources = [{path = "a.json", silence = 60}, {path = "b.json", silence = 90}]\nout = "c"\n'
    with pytest.raises(ConfigError, match="say different things"):
        read(write(tmp_path, text)).sources()
    joined = read(write(tmp_path, 'sources = [{path = ["a.json", "b.json"], me = "@a:b"}]\nout = "c"\n')).sources()
    assert len(joined) == 1
    with pytest.raises(ConfigError, match="not one person's to declare public"):
        read(write(tmp_path, 'sources = [{path = "a.json", visibility = "public"}]\nout = "c"\n')).sources()


NAMES = st.sampled_from([*SETTINGS, *source_settings(None), "gates.long", "x", "redact.keep", "limits.seconds"])
VALUES = st.sampled_from(["1", "-1", "1.5", "nan", "inf", "true", '"x"', '""', "[]", "[1]", '["x"]', "{}", "{x = 1}",
                          "2026-01-01", "[[]]", '[{path = "x"}]', "{train = 2}"])  # fmt: skip


@settings(max_examples=60)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_stands_in_a_file_is_settings_or_one_clear_error(told: dict[str, str]) -> None:
    folder = Path(__file__).parent
    text = "\n".join(f"{name} = {value}" for name, value in told.items())
    file = folder / "corpus.toml"
    error: ConfigError | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpus.config._text_of", lambda _: text)
        try:
            found = read(file)
        except ConfigError as refused:
            error = refused
    if error is None:
        assert set(found.settings) == {name.partition(".")[0] for name in told}
    else:
        assert error.where
        assert error.expected or error.hint or error.got
