"""Every example of the README and the docs is run: their commands and their Python, on one small home.

A block of `bash` or `python` is run. What cannot be run here (it installs, serves a page, needs a model) stands in
a block of `sh` or `console`, or has a comment above that says why: `<!-- not run: it downloads a model -->`; a
command with a URL is not run either. What a page needs to be there is made below; its blocks share their names, as in a
session.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi, constants

import corpus
import falsify
from tests.conftest import ROOT, Grown
from tests.hub import Hub

INES, MAYA, JANE = "Ines Halvorsen <ines@example.org>", "Maya Okafor <maya@example.org>", "Jane Doe <jane@example.org>"
YOU = "You <you@example.org>"
PROJECTS = ROOT / "fixtures" / "projects"
SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
ELSEWHERE = {"docs/sources.md": "tests/test_docs_sources.py"}
"""Pages whose examples another test runs, with what they need."""

ANSWERS = {"diff": {1}, "falsify": {1, 3}}
"""Exit codes that are answers, by command: two corpora differ; too few rows are refuted, or leave much untested."""

GENERATED = {"gates.md", "hypotheses.md", "schema.md", "notebooks.md"}
"""Pages that docs/site/hook.py makes of the code; the site's own build looks whether links find them."""

PAGES = sorted(page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"(?:^<!-- not run: [^\n]+ -->\n\n?)?^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and text of what is run of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [(found[1], found[2]) for found in BLOCK.finditer(text) if not found[0].startswith("<!--")]


def files(project: str, *paths: str) -> dict[str, bytes]:
    return {path: (PROJECTS / project / path).read_bytes() for path in paths}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_this_process: None) -> Iterator[Path]:
    """A home as the pages assume it: two repositories in ~/src, a vault in ~/Notes, two exports in ~/exports."""
    folder = tmp_path / "home"
    (folder / "src").mkdir(parents=True)
    lantern = Grown(folder / "src" / "lantern")
    lantern.commit(files("lantern", "LICENSE", "src/lantern/gaps.py", "src/lantern/alarms.py"), INES, "Find gaps")
    changed = files("lantern", "src/lantern/gaps.py")
    changed["src/lantern/gaps.py"] = changed["src/lantern/gaps.py"].replace(b"return ", b"return  ", 1)
    lantern.commit(files("lantern", "src/lantern/statistics.py"), YOU, "Statistics of what was read")
    lantern.commit(changed, INES, "Longer gaps are reported with the number of readings that are missing in them")
    kiln = Grown(folder / "src" / "kiln")
    kiln.commit(files("kiln", "Cargo.toml", "src/backoff.rs"), MAYA, "Waiting between attempts")
    kiln.commit(files("kiln", "src/random.rs"), JANE, "Random numbers for the jitter")
    shutil.copytree(ROOT / "fixtures" / "vault", folder / "Notes")
    make = [sys.executable, ROOT / "fixtures" / "conversations.py", folder / "exports"]
    subprocess.run(make, check=True, timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)})
    theirs = {"prompt": [f"What is {n} and {n}?" for n in range(30)], "completion": [f"{2 * n}." for n in range(30)]}
    pq.write_table(pa.table(theirs), folder / "theirs.parquet")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TQDM_DISABLE", "1")
    with Hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
        address = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix("https://huggingface.co")
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.endpoint + address)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", "hf_owner")
        monkeypatch.setattr("corpus.hub.publisher.loaded", as_the_manifest_says)
        yield folder


def as_the_manifest_says(repo_id: str, revision: str, *, endpoint: str, token: str) -> dict[str, Any]:
    """What loading from the Hub gives, without the process that loads: tests/test_publish.py has that."""
    api = HfApi(endpoint=endpoint, token=token)
    file = api.hf_hub_download(repo_id, "manifest.json", repo_type="dataset", revision=revision)
    manifest = json.loads(Path(file).read_bytes())
    return {"rows": manifest["rows"]["split"], "fingerprint": manifest["fingerprint"]}


def commands(block: str) -> list[list[str]]:
    """The commands of a block, their words as a shell gives them."""
    lines = re.split(r"\n|&&", block.replace("\\\n", " "))
    words = [
        [str(Path(word).expanduser()) if word.startswith("~") else word for word in shlex.split(line, comments=True)]
        for line in lines
    ]
    return [line for line in words if line and not any("://" in word for word in line)]


def command(words: list[str]) -> None:
    """One command in this process: what it prints goes to standard output, and it says that all is well."""
    module, name = SCRIPTS[words[0]].split(":")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", words)
        try:
            status = getattr(import_module(module), name)()
        except SystemExit as end:
            status = end.code
    assert status in {None, 0, *ANSWERS.get(words[1], ())}, f"{shlex.join(words)} ended with {status}"


def run(page: str, names: dict[str, Any]) -> str:
    """Run what is to be run of a page, and what it printed."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        for language, block in blocks(page):
            if language == "python":
                exec(compile(block, page, "exec"), names)
            else:
                for words in commands(block):
                    command(words)
    return told.getvalue()


@pytest.mark.usefixtures("own_list")
@pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")
def test_the_readme_does_what_it_says_and_so_do_the_docs(
    home: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    monkeypatch.chdir(home)
    with subtests.test("README.md"):
        told = run("README.md", {})
        assert "are what their commit, path and lines give again" in told
        assert "{'source_path': 'Home.md', 'line': 9, 'text': 'the aperture'}" in told
        assert "'sticker': 1" in told
        for folder in ("my-corpus", "my-voice", "by-hand"):
            assert (home / folder / "falsification.json").is_file()
    shutil.copytree("my-corpus", "last-year")
    for page in PAGES:
        if blocks(page) and page not in ELSEWHERE:
            with subtests.test(page), pytest.MonkeyPatch.context() as patch:
                here = home.parent / page.replace("/", "-")  # each page has a home of its own, as the README left it
                shutil.copytree(home, here, symlinks=True)
                patch.chdir(here)
                patch.setenv("HOME", str(here))
                run(page, {"corpus": corpus, "falsify": falsify, "c": corpus.load("my-corpus")})


def test_what_is_a_command_and_what_is_not_run() -> None:
    text = "corpus init  # here\ncorpus clone https://example.org/x\n\ncorpus stats \\\n  a && corpus card 'b c'\n"
    assert commands(text) == [["corpus", "init"], ["corpus", "stats", "a"], ["corpus", "card", "b c"]]
    page = "```bash\na\n```\n<!-- not run: why -->\n```python\nb\n```\n```sh\nc\n```\n"
    assert [m[2] for m in BLOCK.finditer(page) if not m[0].startswith("<!--")] == ["a\n"]


@pytest.mark.parametrize("page", ["README.md", *PAGES])
def test_every_file_that_a_page_links_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL))
    places = {link: (ROOT / page).parent / link for link in links}
    assert [link for link, place in places.items() if not place.exists() and place.name not in GENERATED] == []
